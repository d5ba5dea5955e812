//! What people who are let in could do wrong, one by one over HTTP: each is prevented, or found by somebody whose task it is to find it.
//! The table in docs/insiders.md is what ran here (`TRIBUTARY_WRITE=1` writes it anew).

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tributary_ledger::checkpoint::Checkpoint;
use tributary_ledger::inspect::inspect;
use tributary_ledger::note::{Kind, Signer};
use tributary_ledger::store::TileRead as _;
use tributary_model::Timestamp;
use tributary_register::alert::Import;

use crate::story::{alert, builds_file, escalation, opens_case, people, reads, text, version};
use crate::support::{As, LOG, Office, both, by, pack};

const PAGE: &str = "../../docs/insiders.md";

/// One abuse, and what came of it.
struct Row {
    abuse: &'static str,
    safeguard: &'static str,
    outcome: &'static str,
    evidence: String,
}

/// The table as it grows.
struct Table {
    office: Office,
    rows: Vec<Row>,
}

impl Table {
    /// Ids of the entries that were written at this second.
    async fn entries(&self) -> Vec<(String, String)> {
        let now = self.office.now();
        let found = self.office.register.store().entries_between(now, Timestamp(now.0 + 1), None, 100_000).await.unwrap();
        let kind = |entry: &str| tributary_ledger::entry::Entry::decode(entry.as_bytes()).unwrap().kind().to_owned();
        found.into_iter().map(|written| (written.id, kind(&written.entry))).collect()
    }

    /// Somebody tries, and the register says no: its status, and the entry that stays of the attempt.
    async fn prevented(&mut self, abuse: &'static str, safeguard: &'static str, path: &str, who: As<'_>, body: Option<Value>, statuses: &[u16]) {
        // Signing in has an entry of its own.
        self.office.copied_token(who.who).await;
        let before: BTreeSet<String> = self.entries().await.into_iter().map(|(id, _)| id).collect();
        let (status, answer) = match body {
            Some(body) => self.office.ask(path, who, body).await,
            None => self.office.get(path, who).await,
        };
        assert!(statuses.contains(&status), "{abuse}: {status} {answer}");
        let left: BTreeSet<String> = self.entries().await.into_iter().filter(|(id, _)| !before.contains(id)).map(|(_, kind)| kind).collect();
        let left = if left.is_empty() { "nothing was done".into() } else { format!("entry `{}`", left.into_iter().collect::<Vec<_>>().join("`, `")) };
        self.rows.push(Row { abuse, safeguard, outcome: "prevented", evidence: format!("{status}; {left}") });
    }

    fn found(&mut self, abuse: &'static str, safeguard: &'static str, evidence: impl Into<String>) {
        self.rows.push(Row { abuse, safeguard, outcome: "found", evidence: evidence.into() });
    }

    fn page(&self) -> String {
        let mut page = String::from(
            "# Abuses from inside\n\nWho is let in can do wrong. Each of these was tried by a test, over HTTP but for 14, 32 and 33 (`desk`: `insider::`), on SQLite and on PostgreSQL; a test holds this table to\n\
             what ran. *Prevented*: the register said no, with this status and this entry in its log. *Found*: it happened, and somebody whose task it\nis to look sees it, by this line.\n\n\
             What is not in the table is not shown. Who holds the machine and its keys can read everything that is not sealed by another's key, and\ncan stop the register; what has been cosigned outside cannot be changed unseen.\n\n\
             | # | abuse | safeguard | outcome | evidence |\n|---|---|---|---|---|\n",
        );
        for (n, row) in self.rows.iter().enumerate() {
            page.push_str(&format!("| {} | {} | {} | {} | {} |\n", n + 1, row.abuse, row.safeguard, row.outcome, row.evidence));
        }
        page
    }
}

#[test]
fn abuses_from_inside_are_prevented_or_found() {
    both(|office| async move {
        let mut table = Table { office, rows: Vec::new() };
        table.office.wait_minutes(-30 * 60);
        everybody(&mut table.office).await;
        let (case, other) = cases(&mut table).await;
        accounts_and_rules(&mut table).await;
        alerts(&mut table, &case).await;
        names(&mut table, &case, &other).await;
        victims(&mut table, &case).await;
        searches(&mut table, &other).await;
        log(&mut table).await;
        assert!(table.rows.len() >= 30);
        let page = table.page();
        if std::env::var_os("TRIBUTARY_WRITE").is_some() {
            std::fs::write(PAGE, &page).unwrap();
        }
        assert_eq!(std::fs::read_to_string(PAGE).unwrap_or_default(), page, "write it anew with TRIBUTARY_WRITE=1");
    });
}

async fn everybody(office: &mut Office) {
    people(office).await;
    office.release_packs("aa11").await;
    for (id, class) in [("vid", "platform"), ("audit-office", "oversight"), ("court", "court")] {
        office.agency(id, class).await;
    }
    for (login, role, agency, unit) in [
        ("gibran", "police_analyst", "fia", "cell-a"),
        ("hania", "police_analyst", "fia", "cell-b"),
        ("idris", "police_analyst", "fia", "cell-c"),
        ("javed", "police_analyst", "north-police", "cell-b"),
        ("kiran", "police_analyst", "north-police", "cell-c"),
        ("leena", "victim_support", "shelter", "cell-b"),
        ("musa", "auditor", "audit-office", "cell-a"),
        ("nadir", "platform_analyst", "vid", "cell-a"),
        ("omar", "judge", "court", "cell-a"),
    ] {
        office.person(login, role, agency, unit).await;
    }
    office.vetted_person("parveen", "police_analyst", "fia", "cell-d", 3).await;
}

/// Cases of others: their walls, and their clocks.
async fn cases(table: &mut Table) -> (String, String) {
    let case = opens_case(&mut table.office, "asma", "Kiln and broker").await;
    let other = opens_case(&mut table.office, "chanda", "Broker of the north").await;
    let of = |rest: &str| format!("/api/v1/cases/{case}{rest}");
    table.prevented("reads a case of others", "SG-054", &of(""), by("bilal", "investigation"), None, &[404]).await;
    table.prevented("a platform asks for case data", "SG-054", &of(""), by("nadir", "detection"), None, &[404]).await;
    table.prevented("the administrator looks into a case", "SG-054", &of(""), by("admin-1", "administration"), None, &[404]).await;
    table.prevented("reads a case in order to deport", "SG-038", &of(""), by("asma", "return").on(&case), None, &[404]).await;
    let change = json!({ "version": 1, "change": { "sensitivity": 0 } });
    table.prevented("lowers a case's sensitivity", "SG-054", &of("/change"), by("asma", "investigation").on(&case), Some(change), &[409, 422]).await;
    let backdated = json!({ "version": 1, "reason": "done", "at": "2020-01-01T00:00:00Z" });
    table.prevented("dates an act back", "SG-080", &of("/close"), by("asma", "investigation").on(&case), Some(backdated), &[422]).await;
    let sealed = opens_case(&mut table.office, "parveen", "A case that names an officer").await;
    let exclusion = json!({ "agency": "north-police" });
    table.office.did(&format!("/api/v1/cases/{sealed}/exclusions"), by("parveen", "investigation").on(&sealed), exclusion).await;
    let chanda = table.office.id("chanda");
    let member = json!({ "account": chanda });
    table
        .prevented(
            "adds oneself to a case that shuts the own agency out",
            "SG-058",
            &format!("/api/v1/cases/{sealed}/members"),
            by("chanda", "investigation"),
            Some(member),
            &[404],
        )
        .await;
    let own = format!("/api/v1/cases/{other}/break-glass");
    let used = table.office.did(&own, by("gibran", "investigation"), json!({ "reason": "somebody is in danger" })).await;
    let (_, waiting) = table.office.get("/api/v1/break-glass", by("musa", "audit")).await;
    assert!(waiting.to_string().contains(&text(&used, "id")), "{waiting}");
    table.found("breaks the glass of another's case", "SG-055", "`break_glass.used` in the log; oversight's list of uses to review, at once");
    (case, other)
}

/// What one person may not do alone.
async fn accounts_and_rules(table: &mut Table) {
    let account = json!({ "login": "ghost", "name": "Ghost", "agency": "fia", "unit": "cell-z", "role": "police_analyst", "vetting": 3,
        "vetted_until": "2090-01-01", "jurisdictions": ["PK"] });
    let proposed = table.office.did("/api/v1/accounts", by("admin-1", "administration"), account).await;
    let path = format!("/api/v1/accounts/{}/approval", text(&proposed, "account"));
    table.prevented("approves the account that one proposed", "SG-054", &path, by("admin-1", "administration"), Some(json!({})), &[403]).await;
    let files: std::collections::BTreeMap<String, String> = tributary_access::shipped::files().into_iter().collect();
    let files = files
        .into_iter()
        .filter(|(name, _)| name != "forbid.cedar")
        .chain([("open.cedar".to_owned(), "@id(\"open\") permit (principal, action, resource);".to_owned())]);
    let policies = json!({ "schema": tributary_access::shipped::SCHEMA, "files": files.collect::<std::collections::BTreeMap<_, _>>(),
        "tests": std::fs::read_to_string("../../policies/tests.toml").unwrap(), "reason": "it is simpler" });
    table
        .prevented("opens everything by a policy of one's own", "SG-054", "/api/v1/policies", by("admin-1", "administration"), Some(policies), &[422])
        .await;
    let day = table.office.now().date().to_string();
    let new = table.office.did("/api/v1/packs/releases", by("admin-1", "administration"), pack("bb22", &day)).await;
    let path = format!("/api/v1/packs/releases/{}/approval", text(&new, "id"));
    table.prevented("releases a rule pack alone", "SG-086", &path, by("admin-1", "administration"), Some(json!({ "version": 1 })), &[403]).await;
    let stop = json!({ "scope": { "pack": { "pack": "rec" } }, "reason": "it does harm" });
    let set = table.office.did("/api/v1/stops", by("farid", "rights_review"), stop).await;
    let path = format!("/api/v1/stops/{}/lift", text(&set, "id"));
    let first = table.office.did(&path, by("admin-1", "administration"), json!({ "version": version(&set), "reason": "targets" })).await;
    let again = json!({ "version": version(&first), "reason": "targets" });
    table.prevented("lifts a stop alone", "SG-014", &path, by("admin-1", "administration"), Some(again), &[403]).await;
    let token = table.office.copied_token("idris").await;
    let path = format!("/api/v1/accounts/{}/suspension", table.office.id("idris"));
    table.office.did(&path, by("admin-1", "administration"), json!({ "reason": "left" })).await;
    let (status, _) = table.office.get_with("/api/v1/cases", Some((token, by("idris", "investigation")))).await;
    assert_eq!(status, 401);
    table.rows.push(Row {
        abuse: "uses a colleague's session after the account was closed",
        safeguard: "SG-054",
        outcome: "prevented",
        evidence: "401; the session ended with the account".into(),
    });
}

fn import(agency: &str, packs: &str) -> Import {
    let mut record = alert();
    record["detector"]["packs"] = packs.into();
    Import {
        run: "run-1".into(),
        agency: agency.into(),
        jurisdiction: "PK".into(),
        sensitivity: 1,
        handling: tributary_access::Handling::P,
        packs: [("REC-02".to_owned(), "other".to_owned())].into(),
        sources: [].into(),
        pilot: false,
        alerts: vec![serde_json::from_value(record).unwrap()],
    }
}

/// Alerts, and what goes up on them.
async fn alerts(table: &mut Table, case: &str) {
    let at = table.office.now();
    let unreleased = table.office.register.import_alerts(import("fia", "dd44"), at).await.unwrap();
    assert_eq!((unreleased.added, unreleased.refused.len()), (0, 1));
    let evidence = "refused: `its rule packs are not released here`; entry `alert.run_imported`".into();
    table.rows.push(Row { abuse: "the operator brings in alerts of unreleased rules", safeguard: "SG-086", outcome: "prevented", evidence });
    for agency in ["vid", "fia"] {
        assert_eq!(table.office.register.import_alerts(import(agency, "aa11"), at).await.unwrap().added, 1);
    }
    let (_, queue) = table.office.get("/api/v1/queue?budget=10", by("nadir", "detection")).await;
    let platforms = format!("/api/v1/alerts/{}", text(&queue[0], "id"));
    table.prevented("a government role reads what a platform sees", "SG-072", &platforms, by("asma", "detection"), None, &[404]).await;
    let id = reads(&mut table.office, "asma").await.as_str().unwrap().to_owned();
    let decision = json!({ "version": 3, "disposition": "confirmed", "reason": "facts_fit", "text": "So it is." });
    let path = format!("/api/v1/alerts/{id}/disposition");
    table.prevented("is one's own second reader", "SG-015", &path, by("asma", "detection"), Some(decision), &[403]).await;
    let (_, seen) = table.office.get(&format!("/api/v1/alerts/{id}"), by("gibran", "detection")).await;
    let path = format!("/api/v1/alerts/{id}/claim");
    let claim = json!({ "version": version(&seen) });
    table.prevented("is the second reader of a colleague of the own unit", "SG-015", &path, by("gibran", "detection"), Some(claim), &[403]).await;
    let path = format!("/api/v1/alerts/{id}/unmask");
    table
        .prevented("unmasks an alert without a case", "SG-083", &path, by("asma", "investigation"), Some(json!({ "reason": "to know" })), &[403, 404])
        .await;
    reads(&mut table.office, "bilal").await;
    signatures(table, &id, case).await;
}

/// Drafting, signing, and signing what was changed since.
async fn signatures(table: &mut Table, alert: &str, case: &str) {
    let office = &mut table.office;
    let protocol = json!({ "text": std::fs::read_to_string("../../protocols/pk-fia-ahtc.toml").unwrap(), "consultation": "civil society was heard" });
    let proposed = office.did("/api/v1/protocols", by("admin-1", "administration"), protocol).await;
    let path = format!("/api/v1/protocols/{}/approval", text(&proposed, "id"));
    office.did(&path, by("farid", "rights_review"), json!({ "version": version(&proposed) })).await;
    let asma = by("asma", "investigation").on(case);
    office.did(&format!("/api/v1/alerts/{alert}/unmask"), asma, json!({ "reason": "to open a file" })).await;
    let (party, item) = builds_file(office, case).await;
    let new = escalation(alert, case, &party, &item);
    let draft = office.did("/api/v1/escalations", asma, new).await;
    let id = text(&draft, "id");
    for login in ["bilal", "dawood"] {
        let account = office.id(login);
        office.did(&format!("/api/v1/escalations/{id}/members"), asma, json!({ "account": account })).await;
    }
    let of = |rest: &str| format!("/api/v1/escalations/{id}{rest}");
    let (_, now) = office.get(&of(""), asma).await;
    office.did(&of("/screening"), asma, json!({ "version": version(&now["escalation"]) })).await;
    let (_, seen) = office.get(&of(""), by("bilal", "investigation")).await;
    let signature = json!({ "version": version(&seen["escalation"]), "hash": seen["hash"] });
    table.prevented("signs what one drafted", "SG-015", &of("/signature"), asma, Some(signature.clone()), &[403, 409]).await;
    let other_words = json!({ "version": version(&seen["escalation"]), "hash": "0".repeat(64) });
    let dawood = by("dawood", "prosecution");
    table.prevented("signs other words than those that stand", "SG-015", &of("/signature"), dawood, Some(other_words), &[409, 422]).await;
    table.office.did(&of("/signature"), by("bilal", "investigation"), signature.clone()).await;
    table
        .prevented("replays an approval of an earlier version", "SG-015", &of("/signature"), by("bilal", "investigation"), Some(signature), &[409])
        .await;
}

/// Names and numbers.
async fn names(table: &mut Table, case: &str, other: &str) {
    let search = json!({ "name": "Nadia Testfall", "reason": "she lives next door" });
    table.prevented("searches a name without a case", "SG-083", "/api/v1/search", by("asma", "investigation"), Some(search), &[403, 404, 422]).await;
    let _ = case;
    let path = format!("/api/v1/cases/{other}/markers");
    for n in 0..20 {
        let marker = json!({ "kind": "phone", "value": format!("+92 300 555 0{n:03}") });
        table.office.did(&path, by("chanda", "investigation").on(other), marker).await;
    }
    let marker = json!({ "kind": "phone", "value": "+92 300 555 0999" });
    table
        .prevented("goes through a block of numbers by markers", "SG-073", &path, by("chanda", "investigation").on(other), Some(marker), &[409])
        .await;
}

/// A victim's record: who it is, twice; taken out by police; erased under a hold.
async fn victims(table: &mut Table, case: &str) {
    let office = &mut table.office;
    let new = json!({ "case": case, "jurisdiction": "PK", "minor": false, "coerced": [] });
    let asma = by("asma", "victim_assistance").on(case);
    let id = text(&office.did("/api/v1/victims", asma, new).await, "id");
    let of = |rest: &str| format!("/api/v1/victims/{id}{rest}");
    for login in ["esin", "leena"] {
        let account = office.id(login);
        office.did(&of("/members"), asma, json!({ "account": account })).await;
    }
    let day = |days: i64| Timestamp(office.now().0 + days * 86_400_000_000);
    let (given, until) = (day(0), day(30));
    let consent = json!({ "uses": ["identity", "contact", "referral"], "scope": "that I need a doctor", "recipients": ["shelter"], "language": "ur",
        "capacity": "own", "given": given, "until": until });
    let esin = by("esin", "victim_assistance");
    office.did(&of("/consents"), esin, consent).await;
    office.did(&of("/identity"), esin, json!({ "names": ["Zarlakht Testperson"] })).await;
    table
        .prevented(
            "police take a victim's identity out",
            "SG-034",
            &of("/identity/requests"),
            by("asma", "investigation").on(case),
            Some(json!({ "reason": "to know" })),
            &[403, 404],
        )
        .await;
    table
        .prevented("police take a victim's address out", "SG-036", &of("/contact"), by("asma", "victim_assistance").on(case), None, &[403, 404])
        .await;
    let office = &mut table.office;
    let asked = office.did(&of("/identity/requests"), esin, json!({ "reason": "a doctor's form" })).await;
    let path = format!("/api/v1/identity-requests/{}", text(&asked, "id"));
    let approve = json!({ "version": version(&asked), "approve": true, "reason": "yes" });
    table
        .prevented("approves the own request for an identity", "SG-034", &format!("{path}/decision"), esin, Some(approve.clone()), &[403, 404])
        .await;
    table.office.did(&format!("{path}/decision"), by("leena", "victim_assistance"), approve).await;
    table.office.did(&format!("{path}/reading"), esin, json!({})).await;
    table.prevented("reads an identity twice by one approval", "SG-034", &format!("{path}/reading"), esin, Some(json!({})), &[403, 404, 409]).await;
    let office = &mut table.office;
    let invitation = json!({ "agency": "prosecution", "reason": "for the trial" });
    office.did(&format!("/api/v1/cases/{case}/invitations"), by("asma", "investigation").on(case), invitation).await;
    office.did(&format!("/api/v1/cases/{case}/join"), by("dawood", "prosecution"), json!({})).await;
    let hold = json!({ "until": until, "reason": "the trial" });
    office.did(&format!("/api/v1/cases/{case}/hold"), by("dawood", "prosecution").on(case), hold).await;
    table
        .prevented("erases an identity under a lawful hold", "SG-057", &of("/identity/erasure"), esin, Some(json!({ "reason": "gone" })), &[409])
        .await;
}

/// Browsing, which each single entry allows: the auditor's report finds it, and no superior sees that report.
async fn searches(table: &mut Table, other: &str) {
    for login in ["asma", "bilal", "gibran", "hania", "javed", "kiran"] {
        let own = opens_case(&mut table.office, login, "A case").await;
        table.office.get(&format!("/api/v1/cases/{own}"), by(login, "investigation").on(&own)).await;
    }
    for n in 0..26_u8 {
        let search = json!({ "name": format!("Testa Nachbar{}", char::from(b'a' + n)), "reason": "the case" });
        table.office.did("/api/v1/search", by("chanda", "investigation").on(other), search).await;
    }
    let path = "/api/v1/anomalies/report?from=2020-01-01&to=2020-02-01";
    table.prevented("a superior reads what stands out among the own staff", "SG-083", path, by("hania", "oversight"), None, &[403]).await;
    let from = table.office.now().date();
    table.office.wait_minutes(27 * 60);
    let to = tributary_model::Date(from.0 + 1);
    let (status, report) = table.office.get(&format!("/api/v1/anomalies/report?from={from}&to={to}"), by("musa", "audit")).await;
    assert_eq!(status, 200, "{report}");
    let chanda = table.office.id("chanda");
    let about = |test: &str| report["anomalies"].as_array().unwrap().iter().any(|one| one["account"] == chanda.as_str() && one["test"] == test);
    assert!(about("neighbour_names"), "{report:#}");
    table.found("browses the names of a neighbour's family", "SG-083", "auditor's report on staff searches: `neighbour_names`");
    assert!(about("neighbour_numbers"), "{report:#}");
    table.found("goes through numbers within the day's limit", "SG-083", "auditor's report on staff searches: `neighbour_numbers`");
}

/// What the keeper of the machine does to the log.
async fn log(table: &mut Table) {
    table.office.register.publish(table.office.now()).await.unwrap();
    let root = table.office.folder.path().join("ledger");
    let folder = tributary_cases::LedgerFolder::at(&root);
    let signer = Signer::new(LOG, Kind::Ed25519, &[7; 32]).unwrap();
    let (checkpoint, _) = Checkpoint::open(&folder.get("checkpoint").unwrap().unwrap(), signer.verifier()).unwrap();
    assert_eq!(inspect(&folder, &checkpoint, |_, _| {}).unwrap().damage, []);
    let first = root.join("tile/entries/000");
    let (path, whole) = [first, root.join(format!("tile/entries/000.p/{}", checkpoint.size.min(255)))]
        .into_iter()
        .find_map(|path| std::fs::read(&path).ok().map(|bytes| (path, bytes)))
        .expect("the log has a first part");
    for (abuse, damaged) in [("rewrites an entry of the log", edited(&whole)), ("cuts entries off the log", whole[..whole.len() / 2].to_vec())] {
        std::fs::write(&path, damaged).unwrap();
        let damage = inspect(&folder, &checkpoint, |_, _| {}).map(|seen| seen.damage.len());
        assert!(damage.is_err() || damage.is_ok_and(|damage| damage > 0), "{abuse}");
        table.found(abuse, "SG-080", "auditor: the entries do not lead to the cosigned root");
        std::fs::write(&path, &whole).unwrap();
    }
}

/// One letter of a kind, changed.
fn edited(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = bytes.windows(7).position(|window| window == b"\"kind\":").unwrap() + 8;
    bytes[at] = if bytes[at] == b'a' { b'b' } else { b'a' };
    bytes
}
