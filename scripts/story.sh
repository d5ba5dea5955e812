#!/usr/bin/env bash
# Walks the whole story of the register by its API, and says at each step what the person sees:
#   scripts/story.sh               on SQLite
#   scripts/story.sh --postgres    on PostgreSQL (scripts/postgres.sh)
#   STORY_RECORD=FILE scripts/story.sh    also writes each request and its answer there, one a line: scripts/openapi_check.sh reads them
# Two witnesses, a register for practice, ten made-up people; nothing is left behind. Fails at the first answer that is another one.
# Needs curl and python3 (its standard library: JSON, and the codes that an authenticator app shows).
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${CARGO_TARGET_DIR:-target}/debug
store=tributary.db
case "${1:-}" in
  --postgres) store=$(scripts/postgres.sh database) ;;
  "") ;;
  *) sed -n '2,7s/^# //p' "$0" >&2; exit 2 ;;
esac
for program in tributary-desk tributary-witness tributary-auditor; do
  [ -x "$bin/$program" ] || { echo "story: $bin/$program is missing: make build" >&2; exit 2; }
done
for tool in curl python3; do command -v "$tool" >/dev/null || { echo "story: $tool is needed" >&2; exit 2; }; done

work=$(mktemp -d)
servers=()
finish() {
  for server in "${servers[@]}"; do kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; done
  rm -rf "$work"
  [ "$store" = tributary.db ] || scripts/postgres.sh drop "$store"
}
trap finish EXIT

fail() { echo "story: $*" >&2; exit 1; }
part() { printf '\n%s\n' "$*"; }
say() { printf '  %s\n' "$*"; }

# A field of the last answer by its path: field escalation.version, field 0.id. Nothing where it is not there.
field() {
  python3 -c '
import json, sys
value = json.load(open(sys.argv[1]))
for step in sys.argv[2].split("."):
    try: value = value[int(step)] if isinstance(value, list) else value[step]
    except (KeyError, IndexError, TypeError, ValueError): sys.exit(0)
print(value if isinstance(value, str) else json.dumps(value))' "$work/answer" "$1"
}

# What an authenticator app shows for a secret (RFC 6238: SHA-1, 30 seconds, 6 digits).
code_of() {
  python3 -c '
import base64, hashlib, hmac, struct, sys, time
secret, behind = sys.argv[1], int(sys.argv[2])
key = base64.b32decode(secret + "=" * (-len(secret) % 8))
step = int(time.time() - 60 * behind) // 30
mac = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
at = mac[-1] & 15
print("%06d" % ((struct.unpack(">I", mac[at:at + 4])[0] & 0x7FFFFFFF) % 1000000))' "$1" "$behind"
}

# One request and its answer, for who holds them against the document of the API. A secret that is made up is none.
record() {
  python3 -c '
import json, sys
method, path, status, body, answer = sys.argv[1:6]
request = None if method == "GET" else json.load(open(body[1:])) if body.startswith("@") else json.loads(body)
print(json.dumps({"method": method, "path": path, "status": int(status), "request": request, "answer": json.load(open(answer))}))' \
    "$1" "$2" "$3" "$4" "$work/answer" >>"$STORY_RECORD"
}

# ask EXPECTED METHOD PATH BODY [HEADER...]: what is asked, and the status that must come.
ask() {
  local expected=$1 method=$2 path=$3 body=$4 status
  shift 4
  local headers=()
  for header in "$@"; do headers+=(-H "$header"); done
  if [ "$method" = GET ]; then
    status=$(curl -sS -m 60 -o "$work/answer" -w '%{http_code}' "${headers[@]}" "$url$path")
  else
    status=$(curl -sS -m 60 -o "$work/answer" -w '%{http_code}' -H 'content-type: application/json' "${headers[@]}" --data-binary "$body" "$url$path")
  fi
  [ -z "${STORY_RECORD:-}" ] || record "$method" "$path" "$status" "$body"
  [ "$status" = "$expected" ] || fail "$method $path answers $status, not $expected: $(head -c 600 "$work/answer")"
}

# as WHO PURPOSE CASE EXPECTED METHOD PATH [BODY]: the same by somebody who is signed in; CASE is - for none.
as() {
  local who=$1 purpose=$2 case=$3 expected=$4 method=$5 path=$6 body=${7:-}
  [ -n "$body" ] || body='{}'
  local stated=("authorization: Bearer $(token "$who")" "x-purpose: $purpose" "x-legal-basis: pk-ptpa-2018")
  [ "$case" = - ] || stated+=("x-case: $case")
  ask "$expected" "$method" "$path" "$body" "${stated[@]}"
}

# Signs somebody in once; the session is kept beside the secret.
token() {
  local who=$1
  if [ ! -s "$work/$who.token" ]; then
    local answer
    answer=$(curl -sS -m 60 -H 'content-type: application/json' --data-binary \
      "{\"login\":\"$who\",\"password\":\"seven quiet herons at dusk\",\"code\":\"$(code_of "$(cat "$work/$who.secret")")\"}" "$url/api/v1/session")
    python3 -c 'import json, sys; print(json.loads(sys.argv[1])["token"])' "$answer" >"$work/$who.token" 2>/dev/null || { echo "story: $who cannot sign in: $answer" >&2; kill -TERM $$; exit 1; }
  fi
  cat "$work/$who.token"
}

enrol() {
  ask 200 POST /api/v1/enrolment "{\"invitation\":\"$2\",\"password\":\"seven quiet herons at dusk\"}"
  field secret >"$work/$1.secret"
  field account >"$work/$1.account"
}

hides() {
  local word
  for word in "$@"; do
    if grep -qF -- "$word" "$work/answer"; then fail "the answer shows $word: $(head -c 600 "$work/answer")"; fi
  done
}
shows() {
  local word
  for word in "$@"; do grep -qF -- "$word" "$work/answer" || fail "the answer lacks $word: $(head -c 600 "$work/answer")"; done
}

# The address at which something says that it listens.
listens() {
  local found
  for _ in $(seq 100); do
    found=$(sed -nE 's#.*(http://[0-9.:]+).*#\1#p' "$1" | head -n 1)
    [ -z "$found" ] || { echo "$found"; return; }
    sleep 0.1
  done
  echo "story: nothing listens: $(cat "$1")" >&2
  exit 1
}

serve() {
  "$bin/tributary-desk" serve "$work/register" --listen 127.0.0.1:0 --behind "$behind" >"$work/desk.log" 2>&1 &
  desk=$!
  servers+=("$desk")
  url=$(listens "$work/desk.log")
}

part "Before anything: a register, two witnesses outside it, ten people"
# What takes a day is told as it was yesterday: the clock of this register is 26 hours behind, and comes to today half-way.
behind=1560
"$bin/tributary-desk" init "$work/register" --store "$store" --exercise --behind "$behind" --admins admin-1 admin-2 >"$work/init.txt"
{ cat "$work/register/log.vkey" | sed 's/^/log /'; } >"$work/policy"
for name in state civil; do
  mkdir "$work/$name"
  vkey=$("$bin/tributary-witness" keygen --name "$name.example/witness" --out "$work/$name/witness.key")
  printf 'name = "%s.example/witness"\nkey = "%s"\nstate = "%s"\nlisten = "127.0.0.1:0"\n[[log]]\norigin = "register.example/log"\nvkeys = ["%s"]\n' \
    "$name" "$work/$name/witness.key" "$work/$name/state" "$(cat "$work/register/log.vkey")" >"$work/$name/witness.toml"
  mkdir "$work/$name/state"
  "$bin/tributary-witness" serve "$work/$name/witness.toml" >"$work/$name/log" 2>&1 &
  servers+=("$!")
  printf '[[witness]]\nname = "%s"\nurl = "%s"\nvkey = "%s"\n' "$name" "$(listens "$work/$name/log")" "$vkey" >>"$work/witnesses.toml"
  echo "witness $name $vkey" >>"$work/policy"
done
printf 'group both all state civil\nquorum both\n' >>"$work/policy"
cp "$work/policy" "$work/register/witness.policy"
sed -i '/^witness = \[\]$/d' "$work/register/register.toml"
cat "$work/witnesses.toml" >>"$work/register/register.toml"
serve
for admin in admin-1 admin-2; do enrol "$admin" "$(sed -nE "s/^invitation for $admin \(once\): //p" "$work/init.txt")"; done
for agency in fia:police north-police:police prosecution:prosecution shelter:victim_service clinic:victim_service ombudsperson:oversight civil:civil_society; do
  as admin-1 administration - 200 POST /api/v1/agencies \
    "{\"id\":\"${agency%:*}\",\"name\":\"Agency ${agency%:*}\",\"class\":\"${agency#*:}\",\"jurisdictions\":[\"PK\"]}"
done
while read -r login role agency unit; do
  as admin-1 administration - 200 POST /api/v1/accounts \
    "{\"login\":\"$login\",\"name\":\"Person $login\",\"agency\":\"$agency\",\"unit\":\"$unit\",\"role\":\"$role\",\"vetting\":2,\"vetted_until\":\"2090-01-01\",\"jurisdictions\":[\"PK\"]}"
  as admin-2 administration - 200 POST "/api/v1/accounts/$(field account)/approval"
  enrol "$login" "$(field invitation)"
done <<'PEOPLE'
asma police_analyst fia cell-a
bilal police_analyst fia cell-b
chanda police_analyst north-police cell-a
dawood prosecutor prosecution cell-a
esin victim_support shelter cell-a
farid rights_officer ombudsperson cell-a
gulnaz rights_officer ombudsperson cell-b
hina observer civil cell-a
PEOPLE
say "Two administrators enter eight people, one proposes and the other approves; each person sets a password and shows a code."

sed "s/DAY/$(date -u -d "-$behind minutes" +%F)/" scripts/story_pack.json >"$work/pack.json"
as admin-1 administration - 200 POST /api/v1/packs/releases "@$work/pack.json"
release=/api/v1/packs/releases/$(field id)
as hina oversight - 200 POST "$release/consultation/answer" '{"version":1}'
as admin-1 administration - 200 POST "$release/consultation/close" "{\"version\":$(field version)}"
as farid rights_review - 200 POST "$release/approval" "{\"version\":$(field version)}"
as gulnaz rights_review - 200 POST "$release/approval" "{\"version\":$(field version)}"
say "The rules are released: Hina of civil society was asked, the rights officers Farid and Gulnaz approve; else no alert comes in."

part "1. An alert is read, masked"
cp scripts/story_alert.json "$work/alerts.ndjson"
"$bin/tributary-desk" import "$work/register" "$work/alerts.ndjson" --run run-1 --agency fia --behind "$behind" >"$work/import.txt"
grep -q '^1 alerts taken' "$work/import.txt" || fail "import: $(cat "$work/import.txt")"
hidden=(+92300555017 ACC-000451 0.8123 0.00192 0.0113)
marks='{"marks":[{"hypothesis":"shared_infrastructure","weight":"consistent"},{"hypothesis":"lawful","weight":"inconsistent"}]}'
reads() {
  local who=$1 decision
  as "$who" detection - 200 GET '/api/v1/queue?budget=10'
  alert=$(field 0.id)
  as "$who" detection - 200 GET "/api/v1/alerts/$alert"
  hides "${hidden[@]}"
  decision="{\"version\":$(field version),\"disposition\":\"confirmed\",\"reason\":\"facts_fit\",\"text\":\"Records say so.\"}"
  as "$who" detection - 409 POST "/api/v1/alerts/$alert/disposition" "$decision"
  as "$who" detection - 200 POST "/api/v1/alerts/$alert/weighing" "$marks"
  shows 0.8123
  as "$who" detection - 200 POST "/api/v1/alerts/$alert/disposition" "$decision"
}
reads asma
say "Asma sees what speaks for and against each explanation; no name, no number. She cannot decide before she has weighed all of them (409)."
first=$alert

part "2. A second reader"
reads bilal
[ "$alert" = "$first" ] || fail "the second reader got another alert"
say "Bilal, of another unit, reads the same alert and does not know that he is the second. Both confirm it; now it is closed."

part "3. A case"
opens() {
  as "$1" investigation - 200 POST /api/v1/cases "{\"title\":\"$2\",\"kind\":\"intersecting\",\"jurisdiction\":\"PK\",\"sensitivity\":1,\"handling\":\"P\",\"decision\":\"whether to ask for a warrant\",\"stage_due\":\"$(date -u -d '+30 days' +%Y-%m-%dT%H:%M:%SZ)\"}"
  field id
}
own=$(opens asma "Kiln and broker")
other=$(opens chanda "Broker of the north")
as asma investigation - 404 POST "/api/v1/alerts/$alert/unmask" '{"reason":"to open a file"}'
as asma investigation "$own" 200 POST "/api/v1/alerts/$alert/unmask" '{"reason":"to open a file"}'
shows ACC-000451
say "Asma opens a case. Without it she may not see whom the alert is about (404); with it, and a legal basis, she does."

part "4. Another agency holds the same number"
marker='{"kind":"phone","value":"+92 300 555 0170"}'
as asma investigation "$own" 200 POST "/api/v1/cases/$own/markers" "$marker"
as chanda investigation "$other" 200 POST "/api/v1/cases/$other/markers" "$marker"
say "Asma and Chanda place blind markers. A day of quiet passes, so that nobody learns from the hour who came second."
kill "$desk"; wait "$desk" 2>/dev/null || true
behind=0
rm -f "$work"/*.token
serve
as asma investigation "$own" 200 GET "/api/v1/cases/$own/matches"
hides north-police "$other"
match=$(field 0.id)
as asma investigation "$own" 200 POST "/api/v1/matches/$match/answer" '{"agrees":true}'
as asma investigation "$own" 200 GET "/api/v1/cases/$own/matches"
hides north-police
as chanda investigation "$other" 200 POST "/api/v1/matches/$match/answer" '{"agrees":true}'
shows fia
say "Both are told to talk, and nothing else. When both have agreed each sees the other's name: fia and north-police."
as asma investigation "$own" 200 POST "/api/v1/cases/$own/invitations" '{"agency":"north-police","reason":"both hold one number"}'
as chanda investigation - 200 POST "/api/v1/cases/$own/join"
shows north-police
say "Asma invites the other agency, Chanda joins: a joint case."

part "5. Somebody needs help"
as asma victim_assistance "$own" 200 POST /api/v1/victims "{\"case\":\"$own\",\"jurisdiction\":\"PK\",\"minor\":false,\"coerced\":[]}"
shows possible
victim=$(field id)
as asma victim_assistance "$own" 200 POST "/api/v1/victims/$victim/members" "{\"account\":\"$(cat "$work/esin.account")\"}"
day() { date -u -d "$1" +%Y-%m-%dT%H:%M:%SZ; }
as esin victim_assistance - 200 POST "/api/v1/victims/$victim/consents" "{\"uses\":[\"identity\",\"contact\",\"referral\"],\"scope\":\"that I need a doctor\",\"recipients\":[\"clinic\",\"shelter\"],\"language\":\"ur\",\"capacity\":\"own\",\"given\":\"$(day '-1 hour')\",\"until\":\"$(day '+30 days')\"}"
as esin victim_assistance - 200 POST "/api/v1/victims/$victim/identity" '{"names":["Zarlakht Testperson"]}'
as esin victim_assistance - 200 POST "/api/v1/victims/$victim/contact" '{"channel":"phone","address":"by the shelter line","risks":{"times":"mornings","dangers":"the uncle answers","must_not_know":"the family"}}'
referral='{"service":"clinic","support":["health"],"needs":"a doctor"}'
as esin victim_assistance - 403 POST "/api/v1/victims/$victim/referrals" "$referral"
as esin victim_assistance - 200 GET "/api/v1/victims/$victim/risks"
as esin victim_assistance - 200 POST "/api/v1/victims/$victim/referrals" "$referral"
say "Asma opens the protective route: a possible victim, by pseudonym. Esin of the shelter seals who she is, with her consent,"
say "reads the risks first (403 before that), and refers her to a clinic."
as asma investigation "$own" 404 POST "/api/v1/victims/$victim/identity/requests" '{"reason":"to know"}'
say "Asma asks who she is, in order to investigate: not found (404)."

part "6. A subject, by a person's decision"
as asma investigation "$own" 200 POST "/api/v1/cases/$own/parties" '{"kind":"person","label":"P-1","role":"recruiter","names":["Harun Testfeld"],"shared":"all"}'
party=$(field id)
version=$(field version)
as asma investigation "$own" 422 POST "/api/v1/parties/$party/promotion" '{"version":1,"facts":[],"offences":[],"reason":"the score is high"}'
now() { date -u +%Y-%m-%dT%H:%M:%S.%6NZ; }
as asma investigation "$own" 200 POST "/api/v1/cases/$own/evidence" "{\"kind\":\"seizure\",\"label\":\"E-1\",\"description\":\"a ledger page found in the office\",\"hash\":\"$(printf 'ab%.0s' $(seq 32))\",\"collector\":\"search team\",\"collected_at\":\"$(now)\",\"handling\":\"P\",\"about\":[],\"exculpatory\":false,\"shared\":\"all\"}"
as asma investigation "$own" 200 POST "/api/v1/parties/$party/promotion" "{\"version\":$version,\"facts\":[{\"fact\":\"seizure\",\"evidence\":\"$(field id)\"}],\"offences\":[{\"charge\":\"pk-ptpa-adult\",\"acted_on\":\"2026-01-05\"}],\"reason\":\"the page names the fee\"}"
as asma investigation "$own" 200 POST "/api/v1/cases/$own/intelligence" "{\"text\":\"wages are kept back at a kiln\",\"source\":\"Zarrin Quill\",\"grading\":{\"source\":\"1\",\"information\":\"A\",\"handling\":\"P\"},\"collected_at\":\"$(now)\",\"shared\":\"all\"}"
item=$(field id)
say "Asma names a recruiter. A score is no reason (422); a seized page and a named offence are. What a source told is entered apart, graded."

part "7. It goes up, under a protocol"
python3 -c 'import json, sys; print(json.dumps({"text": open(sys.argv[1]).read(), "consultation": "civil society was heard; no objection"}))' protocols/pk-fia-ahtc.toml >"$work/protocol.json"
as admin-1 administration - 200 POST /api/v1/protocols "@$work/protocol.json"
as farid rights_review - 200 POST "/api/v1/protocols/$(field id)/approval" "{\"version\":$(field version)}"
python3 -c '
import json, sys
draft = json.load(open("scripts/story_escalation.json"))
draft["case"], draft["alert"], party, item = sys.argv[1:5]
draft["material"]["parties"][0]["id"], draft["material"]["items"][0]["id"] = party, item
print(json.dumps(draft))' "$own" "$alert" "$party" "$item" >"$work/draft.json"
as asma investigation "$own" 200 POST /api/v1/escalations "@$work/draft.json"
escalation=$(field id)
for login in bilal dawood; do
  as asma investigation "$own" 200 POST "/api/v1/escalations/$escalation/members" "{\"account\":\"$(cat "$work/$login.account")\"}"
done
as asma investigation "$own" 200 GET "/api/v1/escalations/$escalation"
as asma investigation "$own" 200 POST "/api/v1/escalations/$escalation/screening" "{\"version\":$(field escalation.version)}"
as asma investigation "$own" 409 POST "/api/v1/escalations/$escalation/sending" "{\"version\":$(field version)}"
say "Farid, the rights officer, approves the protocol. Asma drafts and screens the escalation; unsigned it is not sent (409)."
while read -r who purpose; do
  as "$who" "$purpose" - 200 GET "/api/v1/escalations/$escalation"
  as "$who" "$purpose" - 200 POST "/api/v1/escalations/$escalation/signature" "{\"version\":$(field escalation.version),\"hash\":$(field hash | sed 's/.*/"&"/')}"
done <<'SIGNERS'
bilal investigation
dawood prosecution
SIGNERS
as asma investigation "$own" 200 GET "/api/v1/escalations/$escalation"
as asma investigation "$own" 200 POST "/api/v1/escalations/$escalation/sending" "{\"version\":$(field escalation.version)}"
cp "$work/answer" "$work/sent.json"
say "Bilal and Dawood read and sign it. Asma sends it: the witnesses of the state and of civil society have cosigned the log."

part "8. It arrives"
as chanda investigation "$own" 200 GET "/api/v1/outbound/$(field outbound)"
hides 'Zarrin Quill' Zarlakht
cp "$work/sent.json" "$work/answer"
version=$(field escalation.version)
as chanda investigation "$own" 200 POST "/api/v1/escalations/$escalation/receipt" "{\"version\":$version,\"receipt\":{\"reference\":\"north-17\",\"office\":\"the circle\",\"received\":\"$(date -u +%Y-%m-%dT%H:%M:%S.%6NZ)\"}}"
shows received
say "Chanda gets the package, without its source and without any victim's name, and gives a receipt."

part "9. An outsider verifies, without the register"
kill "$desk"; wait "$desk" 2>/dev/null || true
cp -r "$work/register/ledger" "$work/copy"
cp "$work/register/log.vkey" "$work/log.vkey"
cp "$work/register/witness.policy" "$work/witness.policy"
cp "$work/sent.json" "$work/answer"
count=$(python3 -c '
import json, os, sys
folder = sys.argv[1]
proofs = json.load(open(os.path.join(folder, "sent.json")))["receipts"]
for n, proof in enumerate(proofs):
    for name, key in [("tlog-proof", "receipt"), ("entry", "entry"), ("payload", "payload"), ("salt", "salt")]:
        open(os.path.join(folder, "proof-%d.%s" % (n, name)), "w").write(proof[key])
print(len(proofs))' "$work")
[ "$count" -gt 0 ] || fail "nothing was receipted"
rm -rf "$work/register"
"$bin/tributary-auditor" verify "$work/copy" --log-key "$work/log.vkey" --policy "$work/witness.policy" --max-age-hours 24 >"$work/audit.txt" \
  || fail "the log does not hold: $(cat "$work/audit.txt")"
"$bin/tributary-auditor" rules "$work/copy" --log-key "$work/log.vkey" >"$work/audit.txt" || fail "the rules do not hold: $(cat "$work/audit.txt")"
for n in $(seq 0 $((count - 1))); do
  "$bin/tributary-auditor" receipt "$work/proof-$n.tlog-proof" --policy "$work/witness.policy" --entry "$work/proof-$n.entry" \
    --salt "$(cat "$work/proof-$n.salt")" --payload "$work/proof-$n.payload" >"$work/audit.txt" || fail "a receipt does not hold: $(cat "$work/audit.txt")"
done
if grep -rqE 'Zarlakht|Harun|300555' "$work/copy"; then fail "the log names somebody"; fi
say "The register is gone. With a copy of the log, its key and the witnesses' policy the auditor finds: every entry is there and unchanged,"
say "the escalation had its readings and signatures, its receipt holds, and the log names nobody."
printf '\nThe story holds (%s).\n' "$([ "$store" = tributary.db ] && echo SQLite || echo PostgreSQL)"
