#!/usr/bin/env bash
# The pipeline's measurements. SIZE=small runs pipeline and seeds on little data, so that they cannot rot; the default sizes are those of docs/benchmarks.md.
set -euo pipefail
cd "$(dirname "$0")/.."
# So many analysts on the register at once, for so many seconds, on a throw-away PostgreSQL.
analysts() { "${CARGO_TARGET_DIR:-target}/debug/examples/analysts" "$(scripts/postgres.sh database)" "$@"; }
if [ "${SIZE:-large}" = small ]; then
  bench/pipeline.py --scale 0.05
  bench/seeds.py --first 1 --count 2 --scale 0.05
  analysts 20 3
  exit
fi
bench/pipeline.py --scale 1 --scale 10
bench/ingest.sh
analysts 200 60
bench/seeds.py --first 5001 --count 10 --scale 1 --overlap high
bench/seeds.py --first 6001 --count 10 --scale 1 --overlap none
if [ -d "${TRIBUTARY_DATA:-../shared/data}" ]; then bench/amlgentex.sh; fi
