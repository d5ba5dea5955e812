#!/usr/bin/env bash
# Looks at a running page in a real browser: web_smoke.sh URL FOLDER
# Dumps the list and the first alert as the browser understood them, takes pictures of both into FOLDER, and fails when something
# that must stand on the page does not. Needs Debian's chromium; installs it when run as root. Every step is bounded in time.
set -euo pipefail
url=${1:?usage: web_smoke.sh URL FOLDER}
folder=${2:?usage: web_smoke.sh URL FOLDER}
url=${url%/}

fail() { echo "web_smoke: $*" >&2; exit 1; }

browser=$(command -v chromium || command -v chromium-browser || true)
if [ -z "$browser" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    timeout 300 apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive timeout 600 apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null
  fi
  browser=$(command -v chromium || true)
  [ -n "$browser" ] || fail "a browser is needed: apt-get install chromium"
fi

profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
mkdir -p "$folder"

# A fresh profile for each start, and no talk with anyone but the page.
look() {
  rm -rf "$profile/data"
  timeout --kill-after=5 60 "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --disable-default-apps --hide-scrollbars --user-data-dir="$profile/data" "$@" 2>"$profile/log" \
    || { tail -n 5 "$profile/log" >&2; fail "the browser failed on: $*"; }
}

holds() { grep -qF -- "$2" "$1" || fail "$(basename "$1") lacks: $2"; }

# The number of the first line that holds a text.
line_of() { grep -nF -m 1 -- "$2" "$1" | cut -d: -f1; }

proves="An indicator that is present proves nothing, and one that is absent disproves nothing."

look --dump-dom "$url/" >"$folder/list.html"
for text in '<html lang="en"' 'href="#main"' '<h1>Alerts</h1>' "$proves" 'The run behind them' 'Looked at and not reported' '<caption>'; do
  holds "$folder/list.html" "$text"
done
if grep -qi '<script' "$folder/list.html"; then fail "list.html holds a script"; fi
look --window-size=1280,1600 --screenshot="$folder/list.png" "$url/" >/dev/null

alert=$(grep -oE 'href="/alerts/[A-Za-z0-9_%-]+"' "$folder/list.html" | head -n 1 | cut -d'"' -f2 || true)
[ -n "$alert" ] || fail "the list names no alert"
look --dump-dom "$url/resolution" >"$folder/resolution.html"
for text in '<h1>Who is who</h1>' 'A likeness is no identity.' 'Pairs that wait for a person' 'Watch lists in force' "$proves"; do
  holds "$folder/resolution.html" "$text"
done
if grep -qi '<script' "$folder/resolution.html"; then fail "resolution.html holds a script"; fi
look --window-size=1280,1500 --screenshot="$folder/resolution.png" "$url/resolution" >/dev/null
# One element a line, so that the order of the page can be seen.
look --dump-dom "$url$alert" | sed 's/></>\n</g' >"$folder/alert.html"
for text in "$proves" 'id="hypotheses"' 'id="path"' 'id="figures"' 'id="indicators"' 'Could also be' 'Documented in' 'id="time"' 'id="places"' 'id="subjects"' 'under protection' 'id="limits"' '<svg'; do
  holds "$folder/alert.html" "$text"
done
if grep -qi '<script' "$folder/alert.html"; then fail "alert.html holds a script"; fi
# Hypotheses stand before any score (SG-012).
hypotheses=$(line_of "$folder/alert.html" '<h2 id="hypotheses"')
figures=$(line_of "$folder/alert.html" '<h2 id="figures"')
[ "$hypotheses" -lt "$figures" ] || fail "figures stand before the hypotheses (SG-012)"
look --window-size=1280,4200 --screenshot="$folder/alert.png" "$url$alert" >/dev/null

for picture in list.png alert.png; do
  [ "$(stat -c %s "$folder/$picture")" -gt 10000 ] || fail "$picture is empty"
done
echo "web_smoke: list and $alert are in order; pictures in $folder"
