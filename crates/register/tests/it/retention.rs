//! Clocks of alerts, escalations and victims' records (SG-057), and what the ledger forgets with them (SG-081).

use std::collections::BTreeSet;

use tributary_access::Purpose;
use tributary_cases::{CasesError, LedgerFolder, Note, Notes, Page};
use tributary_ledger::append::Log;
use tributary_ledger::entry::Entry;
use tributary_ledger::inspect::inspect;
use tributary_ledger::note::{Kind, Signer};
use tributary_ledger::policy::Policy;
use tributary_ledger::receipt::Receipt;
use tributary_register::governance::anomaly::AnomalyFile;
use tributary_register::governance::redress::{About, AboutKind, Asks, NewDecision, NewRedress, Requester, Ruling};
use tributary_register::retention::{Class, RetentionClock};
use tributary_register::victim::{Capacity, Contact, IdentityIs, NewConsent, NewVictim, Risks, Use};
use tributary_register::{Caller, RegisterError};

use crate::support::{Office, both};

const DAY: i64 = 24 * 60;

fn status<T>(answer: Result<T, RegisterError>) -> u16 {
    answer.map_or_else(|error| error.status(), |_| 200)
}

async fn run(office: &Office, minutes: i64) -> tributary_register::case::RetentionReport {
    let admin = office.caller("admin-1", Purpose::Administration).await;
    office.register.run_retention(&admin, office.at(minutes)).await.unwrap()
}

#[test]
fn sg_057_an_alert_is_suspended_then_purged_unless_reviewed() {
    both(|office| async move {
        let register = &office.register;
        let ids = crate::alert::imported(&office, 2).await;
        let reader = office.caller("police-1", Purpose::Detection).await;
        assert_eq!(run(&office, 730 * DAY).await.alerts_suspended, 0, "made a minute later");
        assert_eq!(run(&office, 730 * DAY + 2).await.alerts_suspended, 2);
        let later = office.at(730 * DAY + 3);
        assert_eq!(register.queue(&reader, 500, later).await.unwrap().len(), 0, "no list shows it");
        for id in &ids {
            assert_eq!(status(register.read_alert(&reader, id, later).await), 404, "no use before it is reviewed");
            assert_eq!(status(register.claim_alert(&reader, id, 2, later).await), 404);
        }
        let stranger = office.caller("bank-1", Purpose::Detection).await;
        assert_eq!(status(register.review_record(&stranger, Class::Alert, &ids[0], "needed", later).await), 404, "not by another agency");
        assert_eq!(status(register.review_record(&reader, Class::Alert, &ids[0], "", later).await), 422, "not without a reason");
        register.review_record(&reader, Class::Alert, &ids[0], "the case is before the court", later).await.unwrap();
        assert_eq!(status(register.read_alert(&reader, &ids[0], later).await), 200);
        assert_eq!(run(&office, 819 * DAY).await.alerts_purged, 0);
        let done = run(&office, 821 * DAY).await;
        assert_eq!((done.alerts_purged, done.alerts_suspended), (1, 0), "the reviewed one has another term");
        let mut writing = register.store().write(office.at(822 * DAY)).await.unwrap();
        assert!(matches!(writing.unseal(&format!("alert/{}", ids[1])).await, Err(CasesError::Erased)), "whom it was about is gone");
        drop(writing);
        assert_eq!(status(register.review_record(&reader, Class::Alert, &ids[1], "late", office.at(822 * DAY)).await), 404);
        assert_eq!(run(&office, 1_000 * DAY).await.alerts_purged, 0, "nothing is left to strike");
    });
}

fn new_victim(case: Option<&str>) -> NewVictim {
    let none = BTreeSet::new;
    NewVictim {
        case: case.map(str::to_owned),
        jurisdiction: "PK".into(),
        minor: false,
        party: None,
        means: none(),
        exploitation: BTreeSet::new(),
        coerced: BTreeSet::new(),
    }
}

/// A record with all that hangs on it.
async fn filled(office: &Office, support: &Caller) -> String {
    let register = &office.register;
    let id = register.open_victim(support, new_victim(None), office.at(1)).await.unwrap().id;
    let consent = NewConsent {
        uses: [Use::Identity, Use::Contact].into(),
        scope: "that I need a doctor".into(),
        recipients: ["shelter".to_owned()].into(),
        language: "ur".into(),
        capacity: Capacity::Own,
        given: office.at(1),
        until: office.at(30 * DAY),
    };
    register.record_consent(support, &id, consent, office.at(2)).await.unwrap();
    let is = IdentityIs { names: vec!["Mira Beispiel".into()], born: None, documents: Vec::new(), more: None };
    register.write_identity(support, &id, &is, office.at(3)).await.unwrap();
    let risks = Risks { times: "mornings".into(), must_not_know: "the landlord".into(), dangers: "the phone is shared".into() };
    let contact = Contact { channel: "a neighbour".into(), address: "the second door".into(), word: None, risks };
    register.write_contact(support, &id, &contact, office.at(4)).await.unwrap();
    register.note_risk(support, &id, "debts at home", 30, office.at(5)).await.unwrap();
    id
}

#[test]
fn sg_057_a_victims_record_is_suspended_then_purged_with_its_keys() {
    both(|office| async move {
        let register = &office.register;
        let support = office.caller("support-1", Purpose::VictimAssistance).await;
        let (kept, gone) = (filled(&office, &support).await, filled(&office, &support).await);
        assert_eq!(run(&office, 730 * DAY).await.victims_suspended, 0);
        assert_eq!(run(&office, 730 * DAY + 2).await.victims_suspended, 2);
        let later = office.at(730 * DAY + 3);
        for id in [&kept, &gone] {
            assert_eq!(status(register.read_victim(&support, id, later).await), 404);
            assert_eq!(status(register.read_risks(&support, id, later).await), 404);
        }
        assert!(register.victims(&support, &Page::first(9), later).await.unwrap().is_empty());
        let police = office.caller("police-1", Purpose::VictimAssistance).await;
        assert_eq!(status(register.review_record(&police, Class::Victim, &kept, "needed", later).await), 404, "not by who is not on it");
        register.review_record(&support, Class::Victim, &kept, "still in our care", later).await.unwrap();
        assert_eq!(status(register.read_victim(&support, &kept, later).await), 200);
        let done = run(&office, 821 * DAY).await;
        assert_eq!((done.victims_purged, done.victims_suspended), (1, 0));
        let log = office.ledger().await;
        for kind in ["victim.purged", "identity.purged", "contact.purged", "consent.purged"] {
            assert_eq!(log.matches(&format!("\"{kind}\"")).count(), 1, "each thing that went has an entry of its own: {kind}");
        }
        let mut writing = register.store().write(office.at(822 * DAY)).await.unwrap();
        for name in ["identity", "contact"] {
            assert!(matches!(writing.unseal(&format!("{name}/{gone}")).await, Err(CasesError::Erased)), "{name}");
            assert!(writing.unseal(&format!("{name}/{kept}")).await.is_ok(), "{name} of the other stays");
        }
    });
}

fn asks(about: Option<About>) -> NewRedress {
    let requester = Requester { name: "Nadia Testfall".into(), contact: "by letter".into(), text: "I think that you hold something.".into() };
    let (victim, appeal_of, put_to_agency, put_to_judge) = (None, None, None, None);
    NewRedress { asks: Asks::Access, about, jurisdiction: "PK".into(), requester, victim, appeal_of, put_to_agency, put_to_judge }
}

/// A request that was taken in on a day, decided and answered; its id.
async fn answered(office: &Office, about: Option<About>, day: i64) -> String {
    let (register, officer) = (&office.register, office.caller("rights-1", Purpose::RightsReview).await);
    let taken = register.take_redress(&officer, asks(about), office.at(day * DAY)).await.unwrap();
    let decision = NewDecision { version: taken.version, ruling: Ruling::NotUpheld, reason: "the file says so".into(), remedies: Vec::new() };
    let decided = register.decide_redress(&officer, &taken.id, decision, office.at((day + 1) * DAY)).await.unwrap();
    register.answer_redress(&officer, &taken.id, decided.version, "No.", office.at((day + 11) * DAY)).await.unwrap();
    taken.id
}

#[test]
fn sg_057_a_request_of_redress_is_suspended_then_purged_with_who_asked_unless_held_reviewed_or_open() {
    both(|office| async move {
        let register = &office.register;
        let officer = office.caller("rights-1", Purpose::RightsReview).await;
        let case = crate::case::open(&office, "police-1").await.id;
        crate::case::join(&office, "police-1", &case, "prosecution", "prosecutor-1").await;
        let about = || Some(About { kind: AboutKind::Case, id: case.clone() });
        let (held, gone, kept) = (answered(&office, about(), 1).await, answered(&office, None, 1).await, answered(&office, None, 1).await);
        let waits = register.take_redress(&officer, asks(None), office.at(DAY)).await.unwrap().id;
        assert_eq!(run(&office, 1_096 * DAY).await.requests_suspended, 0);
        assert_eq!(run(&office, 1_097 * DAY + 1).await.requests_suspended, 3, "who still waits for an answer is not forgotten");
        let later = office.at(1_097 * DAY + 2);
        for id in [&held, &gone, &kept] {
            assert_eq!(status(register.read_redress(&officer, id, later).await), 404);
        }
        assert_eq!(register.redress(&officer, &Page::first(9), later).await.unwrap().len(), 1);
        assert_eq!(status(register.read_redress(&officer, &waits, later).await), 200);
        let stranger = office.caller("police-1", Purpose::Investigation).await;
        assert_eq!(status(register.review_record(&stranger, Class::Request, &kept, "needed", later).await), 404);
        register.review_record(&officer, Class::Request, &kept, "a court has asked for it", later).await.unwrap();
        assert_eq!(status(register.read_redress(&officer, &kept, later).await), 200);
        let lawyer = crate::case::prosecutor(&office, "prosecutor-1").await.for_case(&case);
        register.set_hold(&lawyer, &case, office.at(1_300 * DAY), "an appeal is pending", office.at(1_100 * DAY)).await.unwrap();
        let done = run(&office, 1_188 * DAY).await;
        assert_eq!((done.requests_purged, done.requests_suspended), (1, 0), "a hold of its case holds it");
        let erased = async |id: &str, day: i64| {
            let mut writing = register.store().write(office.at(day * DAY)).await.unwrap();
            matches!(writing.unseal(&format!("redress/{id}")).await, Err(CasesError::Erased))
        };
        assert!(erased(&gone, 1_188).await && !erased(&held, 1_188).await && !erased(&kept, 1_188).await);
        assert_eq!(run(&office, 1_299 * DAY).await.requests_purged, 0);
        assert_eq!(run(&office, 1_301 * DAY).await.requests_purged, 1, "and ends");
        assert!(erased(&held, 1_301).await);
        let log = office.ledger().await;
        assert_eq!((log.matches("\"request.suspended\"").count(), log.matches("\"request.purged\"").count()), (3, 2));
    });
}

#[test]
fn sg_057_a_request_stays_while_its_appeal_does() {
    both(|office| async move {
        let register = &office.register;
        let officer = office.caller("rights-1", Purpose::RightsReview).await;
        let first = answered(&office, None, 1).await;
        let judge = Some(office.id("judge-1"));
        let appeal = NewRedress { asks: Asks::Appeal, appeal_of: Some(first.clone()), put_to_judge: judge, ..asks(None) };
        register.take_redress(&officer, appeal, office.at(20 * DAY)).await.unwrap();
        run(&office, 1_098 * DAY).await;
        assert_eq!(run(&office, 1_190 * DAY).await.requests_purged, 0, "an appeal rests on it");
        let mut writing = register.store().write(office.at(1_191 * DAY)).await.unwrap();
        assert!(writing.unseal(&format!("redress/{first}")).await.is_ok());
    });
}

#[test]
fn sg_057_a_notice_and_a_finding_on_staff_are_suspended_then_purged() {
    both(|office| async move {
        let register = &office.register;
        let case = crate::case::open(&office, "police-1").await.id;
        crate::case::join(&office, "police-1", &case, "prosecution", "prosecutor-1").await;
        let lawyer = crate::case::prosecutor(&office, "prosecutor-1").await;
        let about = About { kind: AboutKind::Case, id: case.clone() };
        register.delay_notice(&lawyer, about, office.at(30 * DAY), "an arrest is planned", office.at(10)).await.unwrap();
        let auditor = office.caller("auditor-1", Purpose::Audit).await;
        let finding = finding(&office).await;
        assert_eq!(run(&office, 1_096 * DAY + 11).await.notices_suspended, 0, "it was not given yet");
        register.run_redress_clocks(office.at(1_097 * DAY)).await.unwrap();
        let officer = office.caller("rights-1", Purpose::RightsReview).await;
        let due = register.notices(&officer, &Page::first(9), office.at(1_097 * DAY)).await.unwrap();
        register.finish_notice(&officer, &due[0].id, due[0].version, "by letter", office.at(1_098 * DAY)).await.unwrap();
        let seen = register.anomalies(&auditor, &Page::first(9), office.at(1_098 * DAY)).await.unwrap();
        assert!(seen.is_empty(), "a settled finding was suspended after two years");
        let done = run(&office, 1_187 * DAY).await;
        assert_eq!((done.notices_suspended, done.findings_purged), (1, 1));
        let later = office.at(1_187 * DAY + 1);
        assert_eq!(status(register.review_record(&officer, Class::Notice, &due[0].id, "", later).await), 422);
        let police = office.caller("police-1", Purpose::Investigation).await;
        assert_eq!(status(register.review_record(&police, Class::Finding, &finding, "needed", later).await), 404);
        assert_eq!(run(&office, 1_278 * DAY).await.notices_purged, 1);
        assert_eq!(status(register.review_record(&officer, Class::Notice, &due[0].id, "needed", office.at(1_279 * DAY)).await), 404);
        assert_eq!(status(register.review_record(&auditor, Class::Finding, &finding, "needed", office.at(1_279 * DAY)).await), 404);
    });
}

/// A settled finding on somebody of the police, as the report keeps it, with its clock.
async fn finding(office: &Office) -> String {
    let file: AnomalyFile = serde_json::from_value(serde_json::json!({
        "account": office.id("police-1"), "agency": "fia", "test": "burst", "span": { "from": office.at(0), "to": office.at(DAY) },
        "why": "forty searches on one evening", "q": 0.01, "entries": [], "question": null, "answer": null,
        "settled": ["explained", { "by": office.id("auditor-1"), "at": office.at(DAY), "text": "a raid" }]
    }))
    .unwrap();
    let clock =
        RetentionClock { class: Class::Finding, thing: "f-1".into(), agency: "fia".into(), review_by: office.at(730 * DAY).0, suspended_at: None };
    let mut writing = office.register.store().write(office.at(0)).await.unwrap();
    writing.add("f-1", file).await.unwrap();
    writing.add("finding-f-1", clock).await.unwrap();
    writing.commit(Notes::one(Note::of("search.anomaly_found"))).await.unwrap();
    "f-1".into()
}

/// The entries of the log, which must lead to its signed root.
pub(crate) fn logged(office: &Office) -> Vec<Entry> {
    let folder = LedgerFolder::at(&office.folder().join("ledger"));
    let signer = Signer::new("register.example/log", Kind::Ed25519, &[7; 32]).unwrap();
    let log = Log::open(&folder, signer.verifier()).unwrap();
    let mut entries = Vec::new();
    let inspection = inspect(&folder, &log.checkpoint(), |_, bytes| entries.push(Entry::decode(bytes).unwrap())).unwrap();
    assert_eq!(inspection.damage, []);
    entries
}

/// Rows of the store's entries as a backup shows them: id, entry, whether its salt is there.
async fn salts(office: &Office, name: &str) -> Vec<(String, String, bool)> {
    let to = office.folder().join(name);
    let folder = LedgerFolder::at(&office.folder().join("ledger"));
    let signer = Signer::new("register.example/log", Kind::Ed25519, &[7; 32]).unwrap();
    office.register.store().backup(&folder, signer.verifier(), &to, &[], office.at(0)).await.unwrap();
    let text = std::fs::read_to_string(to.join("ledger_entry.ndjson")).unwrap();
    let rows = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    rows.map(|row| (row[0].as_str().unwrap().to_owned(), row[2].as_str().unwrap().to_owned(), row[3].is_string())).collect()
}

#[test]
fn sg_081_erasing_somebody_forgets_the_salts_and_every_proof_holds() {
    both(|office| async move {
        let register = &office.register;
        let support = office.caller("support-1", Purpose::VictimAssistance).await;
        let (gone, kept) = (filled(&office, &support).await, filled(&office, &support).await);
        register.publish(office.at(6)).await.unwrap();
        let before = logged(&office);
        let pseudonym = |id: &str| register.keys().pseudonym("victim/", id).as_str().to_owned();
        let about = |rows: &[(String, String, bool)], id: &str| -> Vec<(String, String, bool)> {
            rows.iter().filter(|(_, entry, _)| entry.contains(&pseudonym(id))).cloned().collect()
        };
        let rows = salts(&office, "before").await;
        let of_gone = about(&rows, &gone);
        assert!(of_gone.len() >= 5 && of_gone.iter().all(|row| row.2));
        let receipt = register.receipt(&of_gone[0].0, office.at(7)).await.unwrap();

        register.erase_identity(&support, &gone, "she asked for it", office.at(8)).await.unwrap();
        register.publish(office.at(9)).await.unwrap();
        let rows = salts(&office, "after").await;
        let open: Vec<_> = about(&rows, &gone).into_iter().filter(|row| row.2).collect();
        assert_eq!(open.len(), 1, "the salt of the erasure's own entry alone: {open:?}");
        assert!(open[0].1.contains("identity.erased"));
        assert!(about(&rows, &kept).iter().all(|row| row.2), "those about others stay");
        assert_eq!(logged(&office)[..before.len()], before[..], "no entry of the log is changed");
        let policy = std::fs::read(office.folder().join("witness.policy")).unwrap();
        let policy = Policy::parse(&policy).unwrap();
        Receipt::parse(receipt.as_bytes()).unwrap().verify(of_gone[0].1.as_bytes(), &policy, None).unwrap();
        let again = register.receipt(&of_gone[0].0, office.at(10)).await.unwrap();
        Receipt::parse(again.as_bytes()).unwrap().verify(of_gone[0].1.as_bytes(), &policy, None).unwrap();
    });
}
