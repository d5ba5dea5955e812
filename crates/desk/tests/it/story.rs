//! The whole story by the API: an alert is read by two who do not know of each other, becomes a case, meets another agency's case, somebody
//! is helped, the finding goes up under its protocol, and an outsider verifies what happened from the log alone.

use serde_json::{Value, json};
use tributary_ledger::audit::audit;
use tributary_ledger::checkpoint::Checkpoint;
use tributary_ledger::entry::{Entry, commitment};
use tributary_ledger::inspect::inspect;
use tributary_ledger::note::{Kind, Signer};
use tributary_ledger::policy::Policy;
use tributary_ledger::receipt::Receipt;
use tributary_ledger::rules::Rules;
use tributary_ledger::store::TileRead as _;
use tributary_register::alert::Import;

use crate::support::{LOG, Office, both, by};

/// Identities of the alert, which nobody may see masked.
const IDS: [&str; 2] = ["+92300555017", "ACC-000451"];
/// Figures of the alert, which nobody may see before weighing.
const FIGURES: [&str; 3] = ["0.8123", "0.00192", "0.0113"];

fn indicator(id: &str, family: &str, side: &str, batch: &str) -> Value {
    json!({ "id": id, "version": "0.1.0", "family": family, "side": side, "weight": 1.25, "statement": "One contact point, many places.",
        "sources": ["FATF 2022, p. 7"], "benign": ["National chains"], "observations": [format!("transfers/{batch}/1")], "observations_total": 1,
        "subject": "account:ACC-000451" })
}

pub(crate) fn alert() -> Value {
    json!({
        "alert_id": "00000000000000a1", "snapshot": "5f0e", "detector": { "program": "0.1.0", "packs": "aa11", "settings": "cc33" },
        "kind": "convergence", "rank": 1,
        "subjects": [{ "type": "identifier", "id": "phone:+92300555017", "role": "shared_infrastructure", "score": 0.9898 },
            { "type": "account", "id": "ACC-000451", "role": "collector", "score": 0.6464 }],
        "protected": { "count": 1 }, "score": 0.8123, "p_value": 0.00192, "q_value": 0.0113, "trafficking": 0.7171,
        "terrorist_financing": 0.6464, "convergence": 0.9898,
        "indicators": [indicator("REC-02", "REC", "trafficking", "b1"), indicator("MOV-01", "MOV", "trafficking", "b2"),
            indicator("FTF-03", "FTF", "terrorist_financing", "b1"), indicator("HAW-01", "HAW", "neutral", "b2")],
        "path": [],
        "hypotheses": [
            { "name": "shared_infrastructure", "log_odds": 2.5, "evidence_for": ["both sides"], "evidence_against": [], "would_decide": "another source" },
            { "name": "lawful", "log_odds": -1.5, "evidence_for": [], "evidence_against": ["no licence"], "would_decide": "a licence" }],
        "explanation": "The shared point is identifier:phone:+92300555017.", "limits": [],
        "from": "2024-08-03T00:00:00Z", "to": "2025-03-01T00:00:00Z", "places": ["PK-BA"], "jurisdictions": ["PK"]
    })
}

pub(crate) async fn people(office: &mut Office) {
    for (id, class) in [
        ("fia", "police"),
        ("north-police", "police"),
        ("prosecution", "prosecution"),
        ("shelter", "victim_service"),
        ("clinic", "victim_service"),
        ("ombudsperson", "oversight"),
    ] {
        office.agency(id, class).await;
    }
    for (login, role, agency, unit) in [
        ("asma", "police_analyst", "fia", "cell-a"),
        ("bilal", "police_analyst", "fia", "cell-b"),
        ("chanda", "police_analyst", "north-police", "cell-a"),
        ("dawood", "prosecutor", "prosecution", "cell-a"),
        ("esin", "victim_support", "shelter", "cell-a"),
        ("farid", "rights_officer", "ombudsperson", "cell-a"),
    ] {
        office.person(login, role, agency, unit).await;
    }
}

pub(crate) fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no `{key}` in {value}")).to_owned()
}

pub(crate) fn version(value: &Value) -> i64 {
    value["version"].as_i64().unwrap_or_else(|| panic!("no version in {value}"))
}

/// One reader: what is seen before weighing, then the decision.
pub(crate) async fn reads(office: &mut Office, who: &str) -> Value {
    let (status, queue) = office.get("/api/v1/queue?budget=10", by(who, "detection")).await;
    assert_eq!(status, 200, "{queue}");
    let id = text(&queue[0], "id");
    let (_, seen) = office.get(&format!("/api/v1/alerts/{id}"), by(who, "detection")).await;
    for secret in IDS.iter().chain(&FIGURES) {
        assert!(!seen.to_string().contains(secret), "SG-012, SG-083: {who} sees {secret} before weighing: {seen}");
    }
    let decision = json!({ "version": version(&seen), "disposition": "confirmed", "reason": "facts_fit", "text": "Records say so." });
    let early = office.ask(&format!("/api/v1/alerts/{id}/disposition"), by(who, "detection"), decision.clone()).await;
    assert_eq!(early.0, 409, "SG-012: nothing is decided before every hypothesis is weighed: {}", early.1);
    let marks =
        json!({ "marks": [{ "hypothesis": "shared_infrastructure", "weight": "consistent" }, { "hypothesis": "lawful", "weight": "inconsistent" }] });
    let weighed = office.did(&format!("/api/v1/alerts/{id}/weighing"), by(who, "detection"), marks).await;
    assert!(weighed.to_string().contains("0.8123"), "figures come after weighing");
    office.did(&format!("/api/v1/alerts/{id}/disposition"), by(who, "detection"), decision).await;
    json!(id)
}

pub(crate) async fn opens_case(office: &mut Office, who: &str, title: &str) -> String {
    let due = (office.now().0 / 1_000_000) + 86_400 * 30;
    let body = json!({ "title": title, "kind": "intersecting", "jurisdiction": "PK", "sensitivity": 1, "handling": "P",
        "decision": "whether to ask for a warrant", "stage_due": tributary_model::Timestamp(due * 1_000_000) });
    text(&office.did("/api/v1/cases", by(who, "investigation"), body).await, "id")
}

/// Two agencies hold the same number: both are told to talk, and nothing else until both agree; then the case is joint.
async fn deconflict(office: &mut Office, own: &str, other: &str) {
    let marker = json!({ "kind": "phone", "value": "+92 300 555 0170" });
    office.did(&format!("/api/v1/cases/{own}/markers"), by("asma", "investigation").on(own), marker.clone()).await;
    office.did(&format!("/api/v1/cases/{other}/markers"), by("chanda", "investigation").on(other), marker).await;
    office.wait_minutes(26 * 60);
    let (status, met) = office.get(&format!("/api/v1/cases/{own}/matches"), by("asma", "investigation").on(own)).await;
    assert_eq!(status, 200, "{met}");
    let shown = met.to_string();
    assert!(!shown.contains("north-police") && !shown.contains(other), "who else holds it stays hidden: {shown}");
    let id = text(&met[0], "id");
    office.did(&format!("/api/v1/matches/{id}/answer"), by("asma", "investigation").on(own), json!({ "agrees": true })).await;
    let (_, waiting) = office.get(&format!("/api/v1/cases/{own}/matches"), by("asma", "investigation").on(own)).await;
    assert!(!waiting.to_string().contains("north-police"), "one who agrees learns nothing yet: {waiting}");
    let agreed = office.did(&format!("/api/v1/matches/{id}/answer"), by("chanda", "investigation").on(other), json!({ "agrees": true })).await;
    assert!(agreed.to_string().contains("fia"), "both agreed: {agreed}");
    let invitation = json!({ "agency": "north-police", "reason": "both hold one number" });
    office.did(&format!("/api/v1/cases/{own}/invitations"), by("asma", "investigation").on(own), invitation).await;
    let joined = office.did(&format!("/api/v1/cases/{own}/join"), by("chanda", "investigation"), json!({})).await;
    assert!(joined.to_string().contains("north-police"), "{joined}");
}

/// Somebody is recognised as a possible victim, and referred to a service with consent; police never read who it is.
async fn help(office: &mut Office, case: &str) {
    let new = json!({ "case": case, "jurisdiction": "PK", "minor": false, "coerced": [] });
    let opened = office.did("/api/v1/victims", by("asma", "victim_assistance").on(case), new).await;
    let id = text(&opened, "id");
    assert!(opened.to_string().contains("possible"), "SG-030: {opened}");
    let esin = office.id("esin");
    office.did(&format!("/api/v1/victims/{id}/members"), by("asma", "victim_assistance").on(case), json!({ "account": esin })).await;
    let day = |days: i64| tributary_model::Timestamp(office.now().0 + days * 86_400_000_000);
    let (given, until) = (day(0), day(30));
    let consent = json!({ "uses": ["identity", "contact", "referral"], "scope": "that I need a doctor", "recipients": ["clinic", "shelter"], "language": "ur",
        "capacity": "own", "given": given, "until": until });
    office.did(&format!("/api/v1/victims/{id}/consents"), by("esin", "victim_assistance"), consent).await;
    office.did(&format!("/api/v1/victims/{id}/identity"), by("esin", "victim_assistance"), json!({ "names": ["Zarlakht Testperson"] })).await;
    let contact = json!({ "channel": "phone", "address": "by the shelter's line", "risks": { "times": "mornings", "dangers": "the uncle answers", "must_not_know": "the family" } });
    let written = office.ask(&format!("/api/v1/victims/{id}/contact"), by("esin", "victim_assistance"), contact).await;
    assert_eq!(written.0, 200, "{}", written.1);
    let referral = json!({ "service": "clinic", "support": ["health"], "needs": "a doctor" });
    let early = office.ask(&format!("/api/v1/victims/{id}/referrals"), by("esin", "victim_assistance"), referral.clone()).await;
    assert_eq!(early.0, 403, "SG-036: the risks are read first: {}", early.1);
    office.get(&format!("/api/v1/victims/{id}/risks"), by("esin", "victim_assistance")).await;
    office.did(&format!("/api/v1/victims/{id}/referrals"), by("esin", "victim_assistance"), referral).await;
    let request =
        office.ask(&format!("/api/v1/victims/{id}/identity/requests"), by("asma", "investigation").on(case), json!({ "reason": "to know" })).await;
    assert!([403, 404].contains(&request.0), "SG-034: police do not read who it is: {}", request.1);
}

/// The recruiter becomes a subject by a person's decision on a piece of evidence; what a source said is entered, graded. Their ids.
pub(crate) async fn builds_file(office: &mut Office, case: &str) -> (String, String) {
    let asma = by("asma", "investigation").on(case);
    let party = json!({ "kind": "person", "label": "P-1", "role": "recruiter", "names": ["Harun Testfeld"], "shared": "all" });
    let party = office.did(&format!("/api/v1/cases/{case}/parties"), asma, party).await;
    let early = office
        .ask(
            &format!("/api/v1/parties/{}/promotion", text(&party, "id")),
            asma,
            json!({ "version": 1, "facts": [], "offences": [], "reason": "the score is high" }),
        )
        .await;
    assert_eq!(early.0, 422, "SG-002: no fact, no subject: {}", early.1);
    let seized = json!({ "kind": "seizure", "label": "E-1", "description": "a ledger page found in the office", "hash": "ab".repeat(32),
        "collector": "search team", "collected_at": office.now(), "handling": "P", "about": [], "exculpatory": false, "shared": "all" });
    let seized = office.did(&format!("/api/v1/cases/{case}/evidence"), asma, seized).await;
    let promotion = json!({ "version": version(&party), "facts": [{ "fact": "seizure", "evidence": text(&seized, "id") }],
        "offences": [{ "charge": "pk-ptpa-adult", "acted_on": "2026-01-05" }], "reason": "the page names the fee" });
    let party = office.did(&format!("/api/v1/parties/{}/promotion", text(&party, "id")), asma, promotion).await;
    let told = json!({ "text": "wages are kept back at a kiln", "source": "Zarrin Quill", "grading": { "source": "1", "information": "A", "handling": "P" },
        "collected_at": office.now(), "shared": "all" });
    let told = office.did(&format!("/api/v1/cases/{case}/intelligence"), asma, told).await;
    (text(&party, "id"), text(&told, "id"))
}

pub(crate) fn escalation(alert: &str, case: &str, party: &str, item: &str) -> Value {
    let no = json!({ "journalist": "no", "lawyer": "no", "aid_worker": "no", "rights_worker": "no", "minority_institution": "no" });
    json!({
        "protocol": "pk-fia-ahtc", "case": case, "alert": alert, "recipient_agency": "north-police", "side": "intersecting",
        "product": { "decision": "open an inquiry", "recipient": "the circle", "wanted": "2030-06-30" }, "community": "no",
        "material": {
            "parties": [{ "id": party, "stands": "subject", "natural": true, "minor": false, "coerced": [], "identity": { "name": "Harun Testfeld" }, "identifiers": [], "categories": no }],
            "items": [{ "id": item, "typology": "debt-bondage", "text": "Wages were kept back at a kiln",
                "grade": null, "handling": "P", "conditions": null, "approver": null, "source": "Zarrin Quill",
                "statement": null, "on": null, "place": null, "amount": 125_000 }],
            "narrative": "A recruiter keeps wages.", "attachments": [], "counts": {}
        }
    })
}

/// Up to another agency, under the released protocol, with two signatures of different units; what the recipient is given.
async fn escalates(office: &mut Office, alert: &str, case: &str) -> Value {
    let protocol = json!({ "text": std::fs::read_to_string("../../protocols/pk-fia-ahtc.toml").unwrap(), "consultation": "civil society was heard; no objection" });
    let proposed = office.did("/api/v1/protocols", by("admin-1", "administration"), protocol).await;
    let path = format!("/api/v1/protocols/{}/approval", text(&proposed, "id"));
    office.did(&path, by("farid", "rights_review"), json!({ "version": version(&proposed) })).await;

    let asma = by("asma", "investigation").on(case);
    let (party, item) = builds_file(office, case).await;
    let draft = office.did("/api/v1/escalations", asma, escalation(alert, case, &party, &item)).await;
    let id = text(&draft, "id");
    for login in ["bilal", "dawood"] {
        let account = office.id(login);
        office.did(&format!("/api/v1/escalations/{id}/members"), asma, json!({ "account": account })).await;
    }
    let (_, now) = office.get(&format!("/api/v1/escalations/{id}"), asma).await;
    let screened = office.did(&format!("/api/v1/escalations/{id}/screening"), asma, json!({ "version": version(&now["escalation"]) })).await;
    let early = office.ask(&format!("/api/v1/escalations/{id}/sending"), asma, json!({ "version": version(&screened) })).await;
    assert_eq!(early.0, 409, "nothing is sent unsigned: {}", early.1);
    for (who, purpose) in [("bilal", "investigation"), ("dawood", "prosecution")] {
        let (_, seen) = office.get(&format!("/api/v1/escalations/{id}"), by(who, purpose)).await;
        let signature = json!({ "version": version(&seen["escalation"]), "hash": seen["hash"] });
        office.did(&format!("/api/v1/escalations/{id}/signature"), by(who, purpose), signature).await;
    }
    let (_, now) = office.get(&format!("/api/v1/escalations/{id}"), asma).await;
    let sent = office.did(&format!("/api/v1/escalations/{id}/sending"), asma, json!({ "version": version(&now["escalation"]) })).await;
    assert!(!sent["receipts"].as_array().unwrap().is_empty(), "{sent}");
    sent
}

#[test]
fn from_an_alert_to_a_receipt_that_an_outsider_verifies() {
    both(|mut office| async move {
        // The story takes a day; it ends now, for the witnesses' clocks are real.
        office.wait_minutes(-26 * 60);
        people(&mut office).await;
        office.release_packs("aa11").await;
        let import = Import {
            run: "run-1".into(),
            agency: "fia".into(),
            jurisdiction: "PK".into(),
            sensitivity: 1,
            handling: tributary_access::Handling::P,
            packs: [].into(),
            sources: [].into(),
            pilot: false,
            alerts: vec![serde_json::from_value(alert()).unwrap()],
        };
        assert_eq!(office.register.import_alerts(import, office.now()).await.unwrap().added, 1);
        let alert = reads(&mut office, "asma").await.as_str().unwrap().to_owned();
        assert_eq!(reads(&mut office, "bilal").await, json!(alert), "SG-015: the second reader is of another unit, and blind");

        let case = opens_case(&mut office, "asma", "Kiln and broker").await;
        let other = opens_case(&mut office, "chanda", "Broker of the north").await;
        let open = office.ask(&format!("/api/v1/alerts/{alert}/unmask"), by("asma", "investigation"), json!({ "reason": "to open a file" })).await;
        assert_ne!(open.0, 200, "SG-083: not without a case");
        let unmasked =
            office.did(&format!("/api/v1/alerts/{alert}/unmask"), by("asma", "investigation").on(&case), json!({ "reason": "to open a file" })).await;
        assert!(unmasked.to_string().contains("ACC-000451"), "{unmasked}");
        deconflict(&mut office, &case, &other).await;
        help(&mut office, &case).await;
        let sent = escalates(&mut office, &alert, &case).await;

        let path = format!("/api/v1/outbound/{}", text(&sent, "outbound"));
        let (status, package) = office.get(&path, by("chanda", "investigation").on(&case)).await;
        assert_eq!(status, 200, "{package}");
        assert!(!package.to_string().contains("Zarrin Quill"), "SG-053: the source stays at home: {package}");
        assert!(!package.to_string().contains("Zarlakht"), "SG-031: nobody's victim is in it");
        let id = text(&sent["escalation"], "id");
        let now = office.now();
        let (_, standing) = office.get(&format!("/api/v1/escalations/{id}"), by("chanda", "investigation").on(&case)).await;
        assert!(standing["escalation"].is_null(), "a recipient sees nothing of the file: {standing}");
        let got =
            json!({ "version": sent["escalation"]["version"], "receipt": { "reference": "north-17", "office": "the circle", "received": now } });
        let received = office.did(&format!("/api/v1/escalations/{id}/receipt"), by("chanda", "investigation").on(&case), got).await;
        assert!(received["body"].is_null() && received["state"] == "received", "{received}");
        outsider(&office, &sent);
    });
}

/// What somebody does who has the log's folder, the keys, and the receipts, and nothing of the register.
fn outsider(office: &Office, sent: &Value) {
    let policy = Policy::parse(&std::fs::read(office.folder.path().join("witness.policy")).unwrap()).unwrap();
    for proved in sent["receipts"].as_array().unwrap() {
        let entry = text(proved, "entry");
        let verdict = Receipt::parse(text(proved, "receipt").as_bytes()).unwrap().verify(entry.as_bytes(), &policy, None).unwrap();
        assert!(verdict.quorum, "state and civil society have both cosigned");
        let salt: [u8; 32] = tributary_vault::unhex(&text(proved, "salt")).unwrap().try_into().unwrap();
        let opened = Entry::decode(entry.as_bytes()).unwrap();
        assert_eq!(*opened.commit(), commitment(&salt, text(proved, "payload").as_bytes()), "what the sender shows is what was recorded");
    }
    let folder = tributary_cases::LedgerFolder::at(&office.folder.path().join("ledger"));
    let log = Signer::new(LOG, Kind::Ed25519, &[7; 32]).unwrap();
    let (checkpoint, _) = Checkpoint::open(&folder.get("checkpoint").unwrap().unwrap(), log.verifier()).unwrap();
    let mut entries = Vec::new();
    let inspection = inspect(&folder, &checkpoint, |index, bytes| entries.push((index, Entry::decode(bytes).unwrap()))).unwrap();
    assert_eq!(inspection.damage, [], "every tile and entry leads to the signed root");
    let findings = audit(&entries, &Rules::standard().unwrap(), entries.last().unwrap().1.at());
    assert!(findings.is_empty(), "the rules of the outsiders hold: {findings:#?}");
    for (_, entry) in &entries {
        let bytes = entry.encode();
        for name in ["Zarlakht", "Harun", "asma", "300555", "fia\""] {
            assert!(!bytes.contains(name), "SG-081: {name} in {bytes}");
        }
    }
    assert!(entries.iter().any(|(_, entry)| entry.kind() == "escalation.sent"));
}
