#!/usr/bin/env bash
# Serves a small demo and looks at it in a real browser; see web_smoke.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
bin=${CARGO_TARGET_DIR:-target}/debug/tributary
server=
finish() { [ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$folder"; }
trap finish EXIT
"$bin" --quiet demo "$folder/demo" --scale 0.05 --seed 1 --no-serve >"$folder/demo.txt"
"$bin" serve "$folder/demo/workspace" --listen 127.0.0.1:0 2>"$folder/serve.txt" &
server=$!
for _ in $(seq 50); do
  url=$(sed -nE 's#.*(http://[^ ]+/).*#\1#p' "$folder/serve.txt" | head -n 1)
  [ -n "$url" ] && break
  sleep 0.1
done
[ -n "$url" ] || { echo "the server did not start:" >&2; cat "$folder/serve.txt" >&2; exit 1; }
scripts/web_smoke.sh "$url" "${SCREENSHOTS:-$folder/screenshots}"
