#!/usr/bin/env bash
# Mutation shown: breaks one safeguard at a time in a scratch copy and holds that the test named for it fails, and fails for that.
# Not a part of `make test`: it compiles each change anew, some minutes a line. Data: scripts/mutations.tsv.
#   scripts/mutations.sh [ID ...]     only these, by the first column; prints a table in Markdown
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tributary-mutations.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
export CARGO_TARGET_DIR=${MUTATIONS_TARGET:-$here/target/mutations}
git -C "$here" ls-files -z --cached --others --exclude-standard | tar -C "$here" --null -T - -c | tar -x -C "$scratch"

# Puts the second text in the place of the first, which must stand in the file once.
replace() { # file from to
  awk -v from="$2" -v to="$3" '
    { line = line sep $0; sep = "\n" }
    END {
      at = index(line, from); if (!at) exit 3
      rest = substr(line, at + length(from)); if (index(rest, from)) exit 4
      printf "%s%s%s\n", substr(line, 1, at - 1), to, rest
    }' "$1" > "$1.changed" || { echo "mutations: \`$2\` does not stand once in $1" >&2; exit 2; }
  mv "$1.changed" "$1"
}

failed=0
echo "| safeguard | what was broken | the test that fails | result |"
echo "|---|---|---|---|"
while IFS=$'\t' read -r id what package file from to test; do
  [[ -z $id || $id == \#* ]] && continue
  if (($#)) && [[ " $* " != *" $id "* ]]; then continue; fi
  cp "$scratch/$file" "$scratch/.kept"
  replace "$scratch/$file" "$from" "$to"
  selection=()
  for one in ${package//,/ }; do selection+=(-p "$one"); done
  result="**holds on: the test does not see it**"
  if (cd "$scratch" && cargo test --locked "${selection[@]}" --test it --no-run < /dev/null) > "$scratch/.log" 2>&1; then
    # Compiled: what fails now fails for what it says.
    (cd "$scratch" && cargo test --locked "${selection[@]}" --test it -- --exact "$test" < /dev/null) > "$scratch/.log" 2>&1 || true
    grep -q "^test $test \.\.\. FAILED" "$scratch/.log" && result=fails
  else
    result="**does not compile**"
    tail -20 "$scratch/.log" >&2
  fi
  [[ $result == fails ]] || failed=1
  echo "| ${id%%:*} | $what | \`${package##*tributary-}\`: \`$test\` | $result |"
  cp "$scratch/.kept" "$scratch/$file"
done < "$here/scripts/mutations.tsv"
exit $failed
