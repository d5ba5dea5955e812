#!/usr/bin/env bash
# Holds the documents of the APIs against OpenAPI 3.1 by a validator that is not ours: openapi_check.sh [RECORDED]
# RECORDED: requests and answers that scripts/story.sh wrote down (STORY_RECORD=FILE); they must be what the desk's document says.
# Needs Node.js 20 or newer with npm; installs Debian's when run as root. What it installs from npm stands in scripts/openapi/package-lock.json.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${CARGO_TARGET_DIR:-target}/debug/tributary-desk
recorded=${1:-}
[ -z "$recorded" ] || recorded=$(realpath "$recorded")
if ! command -v npm >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    timeout 300 apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive timeout 600 apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null
  fi
  command -v npm >/dev/null || { echo "openapi_check: Node.js 20 with npm is needed: apt-get install nodejs npm" >&2; exit 2; }
fi
[ -x "$bin" ] || { echo "openapi_check: $bin is missing: make build" >&2; exit 2; }
# Installed anew only when the lock file is another one.
place=${CARGO_TARGET_DIR:-target}/openapi
mkdir -p "$place"
cp scripts/openapi/package.json scripts/openapi/package-lock.json scripts/openapi/check.mjs "$place/"
if ! cmp -s "$place/package-lock.json" "$place/installed.json"; then
  (cd "$place" && timeout 300 npm ci --ignore-scripts --no-audit --no-fund --silent)
  cp "$place/package-lock.json" "$place/installed.json"
fi
"$bin" openapi >"$place/desk.json"
node "$place/check.mjs" "$place/desk.json" ${recorded:+"$recorded"}
node "$place/check.mjs" openapi/tributary-v1.json
