//! Evidence, intelligence, the defence's pack and the dissemination ledger.

use std::collections::BTreeSet;

use tributary_access::{Handling, Purpose};
use tributary_cases::Stored;
use tributary_model::{Grading, Handling as Grade, InformationGrade, SourceGrade};
use tributary_register::Caller;
use tributary_register::case::{
    Alternative, Case, DefencePack, DefenceStatus, DisclosureState, Evidence, EvidenceKind, InputUsed, NewDisclosure, NewEvidence, NewIntelligence,
    NewPack, NewParty, PartyRole, RuleUsed, Shared,
};

use crate::case::{evidence, investigator, join, open, party, prosecutor, protect, status};
use crate::support::{Office, both};

const DAY: i64 = 24 * 60;

async fn entered(office: &Office, caller: &Caller, case: &str, new: NewEvidence) -> Stored<Evidence> {
    office.register.add_evidence(caller, case, new, office.at(4)).await.unwrap()
}

/// A case of the police with a prosecutor in it.
async fn with_prosecutor(office: &Office) -> (Stored<Case>, Caller, Caller) {
    let case = open(office, "police-1").await;
    join(office, "police-1", &case.id, "prosecution", "prosecutor-1").await;
    (case, investigator(office, "police-1").await, prosecutor(office, "prosecutor-1").await)
}

#[test]
fn sg_122_custody_is_handed_over_by_two_and_only_grows() {
    both(|office| async move {
        let register = &office.register;
        let case = open(&office, "police-1").await;
        let (one, two) = (investigator(&office, "police-1").await, investigator(&office, "police-2").await);
        register.add_member(&one, &case.id, &office.id("police-2"), office.at(3)).await.unwrap();
        let without = office.caller("police-1", Purpose::Investigation).await;
        let new = || evidence(&office, EvidenceKind::Seizure);
        assert_eq!(status(register.add_evidence(&without, &case.id, new(), office.at(4)).await), 422, "SG-001: a legal basis");
        for wrong in [
            NewEvidence { hash: "ab".repeat(31), ..new() },
            NewEvidence { hash: "zz".repeat(32), ..new() },
            NewEvidence { collected_at: office.at(5), ..new() },
            NewEvidence { label: "x".repeat(121), ..new() },
            NewEvidence { description: String::new(), ..new() },
        ] {
            assert_eq!(status(register.add_evidence(&one, &case.id, wrong, office.at(4)).await), 422);
        }
        let seized = entered(&office, &one, &case.id, new()).await;
        let (hash, at) = ("AB".repeat(32), office.at(5));
        assert_eq!(seized.body.custodian(), Some(office.id("police-1").as_str()));
        assert_eq!(status(register.give_evidence(&two, &seized.id, &office.id("police-1"), "store", at).await), 403, "who has it gives it");
        assert_eq!(status(register.give_evidence(&one, &seized.id, &office.id("police-1"), "store", at).await), 403, "not to oneself");
        assert_eq!(status(register.give_evidence(&one, &seized.id, &office.id("fiu-1"), "store", at).await), 422, "no member");
        let given = register.give_evidence(&one, &seized.id, &office.id("police-2"), "store", at).await.unwrap();
        assert_eq!(given.body.custodian(), Some(office.id("police-1").as_str()), "until it is received");
        assert_eq!(status(register.give_evidence(&one, &seized.id, &office.id("police-2"), "again", at).await), 409, "on its way");
        assert_eq!(status(register.receive_evidence(&one, &seized.id, &hash, at).await), 403, "not by the giver");
        assert_eq!(status(register.receive_evidence(&two, &seized.id, &"cd".repeat(32), at).await), 409, "another hash");
        let received = register.receive_evidence(&two, &seized.id, &hash, at).await.unwrap();
        assert_eq!((received.body.custodian(), received.body.custody.len()), (Some(office.id("police-2").as_str()), 2));
        assert_eq!(received.body.custody[0], seized.body.custody[0], "nothing before it has changed");
        assert_eq!(status(register.receive_evidence(&two, &seized.id, &hash, at).await), 409, "once");
        assert_eq!(status(register.give_evidence(&one, &seized.id, &office.id("police-2"), "mine", at).await), 403, "not any more");
    });
}

fn graded(handling: Grade) -> Grading {
    Grading { source: SourceGrade::Untested, information: InformationGrade::C, handling }
}

#[test]
fn sg_050_intelligence_is_graded_and_never_evidence() {
    both(|office| async move {
        let register = &office.register;
        let (case, police, lawyer) = with_prosecutor(&office).await;
        let new = |handling: Grade, conditions: Option<&str>| NewIntelligence {
            text: "a house near the crossing is used".into(),
            source: "source 12".into(),
            grading: graded(handling),
            conditions: conditions.map(Into::into),
            collected_at: office.at(0),
            shared: Shared::All,
        };
        let at = office.at(5);
        assert_eq!(status(register.add_intelligence(&police, &case.id, new(Grade::C, None), at).await), 422, "SG-052: C has conditions");
        let item = register.add_intelligence(&police, &case.id, new(Grade::C, Some("ask before any use")), at).await.unwrap();
        assert_eq!(register.read_intelligence(&police, &item.id, at).await.unwrap().source.as_deref(), Some("source 12"));
        assert_eq!(register.read_intelligence(&lawyer, &item.id, at).await.unwrap().source, None, "the source is its handler's");
        assert!(!serde_json::to_string(&item.body).unwrap().contains("source 12"));
        // There is one way to evidence, by its own type: an item's id is none of its ids.
        assert_eq!(status(register.read_evidence(&police, &item.id, at).await), 404);
        assert_eq!(status(register.decide_disclosure(&lawyer, &item.id, DefenceStatus::Disclose, 1, at).await), 404);
        let ungraded = r#"{"text":"x","source":"y","collected_at":"2026-01-01T00:00:00Z"}"#;
        assert!(serde_json::from_str::<NewIntelligence>(ungraded).is_err(), "no grade, no item");
        let admin = office.caller("admin-1", Purpose::Administration).await;
        assert_eq!(register.run_retention(&admin, office.at(366 * DAY)).await.unwrap().items_suspended, 1, "SG-057: a clock of its own");
        assert_eq!(status(register.read_intelligence(&police, &item.id, office.at(367 * DAY)).await), 409);
        register.review_intelligence(&police, &item.id, graded(Grade::C), "still in use", office.at(367 * DAY)).await.unwrap();
        assert_eq!(status(register.read_intelligence(&police, &item.id, office.at(367 * DAY)).await), 200);
        assert_eq!(register.run_retention(&admin, office.at(740 * DAY)).await.unwrap().items_suspended, 1);
        assert_eq!(register.run_retention(&admin, office.at(831 * DAY)).await.unwrap().items_purged, 1);
        assert_eq!(status(register.read_intelligence(&police, &item.id, office.at(832 * DAY)).await), 404);
    });
}

fn pack(party: &str) -> NewPack {
    NewPack {
        party: party.into(),
        recipient: "counsel for the defence".into(),
        reason: "trial".into(),
        rules: vec![RuleUsed { id: "recruiter-fan-in".into(), version: "1.2.0".into(), hash: "12".repeat(32) }],
        inputs: vec![InputUsed { what: "transfers of March".into(), hash: "34".repeat(32) }],
        known_errors: vec!["one in nine alerts of this rule was wrong".into()],
        alternatives: vec![Alternative {
            hypothesis: "a licensed agency".into(),
            speaks_for: "a licence of 2019".into(),
            outcome: "it had expired".into(),
        }],
        conditions: None,
    }
}

#[test]
fn sg_124_the_defence_gets_everything_that_speaks_for_the_accused() {
    both(|office| async move {
        let register = &office.register;
        let (case, police, lawyer) = with_prosecutor(&office).await;
        let at = office.at(5);
        let accused = register.add_party(&police, &case.id, party(PartyRole::Recruiter), at).await.unwrap();
        let named = NewParty { names: vec!["Protected Person".into()], label: "P-2".into(), ..party(PartyRole::Transporter) };
        let victim = register.add_party(&police, &case.id, named, at).await.unwrap();
        let about = BTreeSet::from([accused.id.clone(), victim.id.clone()]);
        let one = |label: &str, exculpatory: bool, shared: Shared| NewEvidence {
            label: label.into(),
            exculpatory,
            about: about.clone(),
            shared,
            ..evidence(&office, EvidenceKind::Document)
        };
        let incriminating = entered(&office, &police, &case.id, one("against", false, Shared::All)).await;
        let clearing = entered(&office, &police, &case.id, one("for", true, Shared::All)).await;
        let kept = entered(&office, &police, &case.id, one("kept", false, Shared::All)).await;
        protect(&office, &case.id, &victim).await;
        assert_eq!(status(register.make_defence_pack(&lawyer, &case.id, pack(&accused.id), at).await), 409, "a piece is undecided");
        assert_eq!(status(register.decide_disclosure(&police, &kept.id, DefenceStatus::Disclose, 1, at).await), 403, "the prosecutor decides");
        let withhold = || DefenceStatus::Withhold { reason: "public interest; the court has seen it".into() };
        assert_eq!(status(register.decide_disclosure(&lawyer, &clearing.id, withhold(), 1, at).await), 403, "never what speaks for the accused");
        register.decide_disclosure(&lawyer, &clearing.id, DefenceStatus::Disclose, 1, at).await.unwrap();
        register.decide_disclosure(&lawyer, &incriminating.id, DefenceStatus::Disclose, 1, at).await.unwrap();
        register.decide_disclosure(&lawyer, &kept.id, withhold(), 1, at).await.unwrap();
        for wrong in [
            NewPack { alternatives: Vec::new(), ..pack(&accused.id) },
            NewPack { known_errors: Vec::new(), ..pack(&accused.id) },
            NewPack { inputs: Vec::new(), ..pack(&accused.id) },
        ] {
            assert_eq!(status(register.make_defence_pack(&lawyer, &case.id, wrong, at).await), 422);
        }
        assert_eq!(status(register.make_defence_pack(&police, &case.id, pack(&accused.id), at).await), 403, "not by police");
        let made = register.make_defence_pack(&lawyer, &case.id, pack(&accused.id), at).await.unwrap();
        let text = made.body.pack.clone().unwrap();
        let read: DefencePack = serde_json::from_str(&text).unwrap();
        let labels: BTreeSet<&str> = read.evidence.iter().map(|item| item.label.as_str()).collect();
        assert_eq!((labels, read.withheld), (BTreeSet::from(["against", "for"]), 1));
        assert!(read.evidence.iter().all(|item| item.about == BTreeSet::from([accused.id.clone()]) && !item.custody.is_empty()));
        assert!(!text.contains(&victim.id) && !text.contains("Protected Person"), "SG-034: nobody protected is in it");
        assert_eq!((read.rules.len(), read.known_errors.len(), read.alternatives.len()), (1, 1, 1));
        assert_eq!((made.body.state, made.body.hash.len()), (DisclosureState::Given, 64));
        let marked = register.mark_exculpatory(&police, &kept.id, at).await.unwrap();
        assert_eq!(marked.body.defence, DefenceStatus::Undecided, "decided anew");
    });
}

/// SG-052, SG-124: a piece that is handled more strictly than its case says so in the pack, and the pack is held to it.
#[test]
fn sg_124_what_is_handled_more_strictly_is_told_apart() {
    both(|office| async move {
        let register = &office.register;
        let (case, police, lawyer) = with_prosecutor(&office).await;
        let at = office.at(5);
        let accused = register.add_party(&police, &case.id, party(PartyRole::Recruiter), at).await.unwrap();
        let one = |label: &str, handling: Handling| NewEvidence {
            label: label.into(),
            handling,
            about: BTreeSet::from([accused.id.clone()]),
            shared: Shared::All,
            ..evidence(&office, EvidenceKind::Document)
        };
        for (label, handling) in [("plain", Handling::P), ("strict", Handling::H1)] {
            let piece = entered(&office, &police, &case.id, one(label, handling)).await;
            register.decide_disclosure(&lawyer, &piece.id, DefenceStatus::Disclose, 1, at).await.unwrap();
        }
        assert_eq!(status(register.make_defence_pack(&lawyer, &case.id, pack(&accused.id), at).await), 422, "its conditions are said");
        let perhaps =
            Alternative { hypothesis: "perhaps a licensed agency".into(), speaks_for: "a licence".into(), outcome: "it had expired".into() };
        let conditions = Some("counsel alone".to_owned());
        let wrong = NewPack { alternatives: vec![perhaps], conditions: conditions.clone(), ..pack(&accused.id) };
        assert_eq!(status(register.make_defence_pack(&lawyer, &case.id, wrong, at).await), 422, "SG-123");
        let made = register.make_defence_pack(&lawyer, &case.id, NewPack { conditions, ..pack(&accused.id) }, at).await.unwrap();
        assert_eq!((made.body.state, made.body.handling), (DisclosureState::Waiting, Handling::H1), "another member approves");
        let read: DefencePack = serde_json::from_str(&made.body.pack.unwrap()).unwrap();
        let told: BTreeSet<(&str, Option<Handling>)> = read.evidence.iter().map(|item| (item.label.as_str(), item.handling)).collect();
        assert_eq!(told, BTreeSet::from([("plain", None), ("strict", Some(Handling::H1))]));
    });
}

#[test]
fn sg_056_what_is_given_stands_in_the_ledger_of_disseminations() {
    both(|office| async move {
        let register = &office.register;
        let (case, police, lawyer) = with_prosecutor(&office).await;
        let at = office.at(5);
        let (one, other) = (
            register.add_party(&police, &case.id, party(PartyRole::Recruiter), at).await.unwrap(),
            register.add_party(&police, &case.id, party(PartyRole::Broker), at).await.unwrap(),
        );
        let new = |about: &str, handling: Handling, conditions: Option<&str>| NewDisclosure {
            recipient: "passport office".into(),
            what: "list of document numbers".into(),
            reason: "to check their issue".into(),
            grading: Some(graded(Grade::P)),
            handling,
            conditions: conditions.map(Into::into),
            about: BTreeSet::from([about.to_owned()]),
            hash: "ef".repeat(32),
        };
        let without = office.caller("police-1", Purpose::Investigation).await;
        assert_eq!(status(register.make_disclosure(&without, &case.id, new(&one.id, Handling::P, None), at).await), 403, "no legal basis");
        assert_eq!(status(register.make_disclosure(&police, &case.id, new(&one.id, Handling::C, None), at).await), 422, "SG-052: conditions");
        assert_eq!(status(register.make_disclosure(&police, &case.id, new(&"0".repeat(32), Handling::P, None), at).await), 404);
        let given = register.make_disclosure(&police, &case.id, new(&one.id, Handling::P, None), at).await.unwrap();
        assert_eq!((given.body.state, given.body.given_at), (DisclosureState::Given, Some(at)));
        let waiting = register.make_disclosure(&police, &case.id, new(&other.id, Handling::C, Some("no copies")), at).await.unwrap();
        assert_eq!(waiting.body.state, DisclosureState::Waiting);
        assert_eq!(status(register.receipt_disclosure(&police, &waiting.id, "ref 1", at).await), 409, "it was not given");
        assert_eq!(status(register.approve_disclosure(&police, &waiting.id, 1, at).await), 403, "not by who made it");
        assert_eq!(status(register.approve_disclosure(&lawyer, &waiting.id, 7, at).await), 409, "a version that is not");
        assert_eq!(status(register.disclosure_entries(&police, &waiting.id, at).await), 409, "nothing to prove yet");
        let entries = register.disclosure_entries(&police, &given.id, at).await.unwrap();
        assert_eq!(entries.len(), 1, "SG-080: an entry to make a receipt for");
        assert!(register.receipt(&entries[0], at).await.unwrap().starts_with("c2sp.org/tlog-proof"));
        let approved = register.approve_disclosure(&lawyer, &waiting.id, 1, at).await.unwrap();
        assert_eq!(approved.body.approved_by, Some(office.id("prosecutor-1")));
        register.receipt_disclosure(&police, &waiting.id, "ref 1", at).await.unwrap();
        assert_eq!(register.disclosures(&police, &case.id, None, at).await.unwrap().len(), 2);
        let of_one = register.disclosures(&police, &case.id, Some(&one.id), at).await.unwrap();
        assert_eq!(of_one.iter().map(|row| row.id.clone()).collect::<Vec<_>>(), [given.id]);
        assert_eq!(status(register.read_disclosure(&investigator(&office, "police-2").await, &waiting.id, at).await), 404);
    });
}
