#!/bin/sh
# Times ingest of N transfers (CSV), and DuckDB and Polars reading the same file in the same run, one JSON line each.
# Needs: cargo, python3 with venv. Usage: bench/ingest.sh [ROWS] [FOLDER]
# The others only read and write Parquet: they keep no quarantine, no provenance and no row names, and check no codes or repeated ids.
set -eu
rows="${1:-5000000}"
folder="${2:-${TMPDIR:-/tmp}/tributary-bench}"
here="$(cd "$(dirname "$0")/.." && pwd)"
mkdir -p "$folder"
cd "$here"
# The whole workspace, as `make build` does: choosing one package would build the engine again with other features.
cargo build --quiet --locked --workspace --all-targets
"${CARGO_TARGET_DIR:-target}/debug/examples/ingest_bench" "$folder" "$rows" 1 0
if [ ! -x "$folder/venv/bin/python" ]; then
    python3 -m venv "$folder/venv"
    "$folder/venv/bin/pip" --quiet install duckdb polars
fi
for tool in duckdb polars; do
    "$folder/venv/bin/python" "$here/bench/ingest_others.py" "$tool" "$folder/transfers.csv" "$folder/$tool.parquet"
done
