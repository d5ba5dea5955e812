//! Clocks of alerts, escalations and victims' records (SG-057), and what the ledger forgets with them (SG-081).

use std::collections::BTreeSet;

use tributary_access::Purpose;
use tributary_cases::{CasesError, LedgerFolder, Page};
use tributary_ledger::append::Log;
use tributary_ledger::entry::Entry;
use tributary_ledger::inspect::inspect;
use tributary_ledger::note::{Kind, Signer};
use tributary_ledger::policy::Policy;
use tributary_ledger::receipt::Receipt;
use tributary_register::retention::Class;
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
        let mut writing = register.store().write(office.at(822 * DAY)).await.unwrap();
        for name in ["identity", "contact"] {
            assert!(matches!(writing.unseal(&format!("{name}/{gone}")).await, Err(CasesError::Erased)), "{name}");
            assert!(writing.unseal(&format!("{name}/{kept}")).await.is_ok(), "{name} of the other stays");
        }
    });
}

/// The entries of the log, which must lead to its signed root.
fn logged(office: &Office) -> Vec<Entry> {
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
