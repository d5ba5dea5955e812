#!/usr/bin/env bash
# Average precision per transfer, without labels, and planted instances found, on the AMLGentex development set.
set -euo pipefail
cd "$(dirname "$0")/.."
data=${TRIBUTARY_DATA:-../shared/data}/transactions
bin=${CARGO_TARGET_DIR:-target}/debug/tributary
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$bin" --quiet init "$folder/ws"
"$bin" --quiet ingest "$folder/ws" "$data/amlgentex_dev.parquet" --mapping amlgentex --source amlgentex --format json
"$bin" --quiet run "$folder/ws"
"$bin" --quiet evaluate "$folder/ws" --labels "$data/amlgentex_dev.parquet" --instances "$data/amlgentex_dev_alerts.csv" --format "${FORMAT:-table}"
