//! Victims: what is kept apart, who may open it, and who never can.

use std::collections::BTreeSet;

use tributary_access::{Handling, Purpose};
use tributary_cases::{CasesError, Page, Record as _, Stored};
use tributary_model::Timestamp;
use tributary_register::case::{CaseKind, NewCase, PartyRole};
use tributary_register::victim::{
    Capacity, Coerced, Contact, DecidingOrg, GateOutcome, Identity, IdentityIs, Means, NewConsent, NewReferral, NewRequest, NewVictim, RequestState,
    Risks, Status, StatusDecision, Support, Use, Victim,
};
use tributary_register::{Caller, RegisterError};

use crate::support::{Office, both};

const HELP: Purpose = Purpose::VictimAssistance;

fn new_victim(case: Option<&str>) -> NewVictim {
    NewVictim {
        case: case.map(str::to_owned),
        jurisdiction: "PK".into(),
        minor: false,
        party: None,
        means: BTreeSet::from([Means::DebtBondage]),
        exploitation: BTreeSet::new(),
        coerced: BTreeSet::from([Coerced::Mule]),
    }
}

fn who_it_is() -> IdentityIs {
    IdentityIs { names: vec!["Mira Beispiel".into()], born: Some("about 1999".into()), documents: Vec::new(), more: None }
}

fn contact() -> Contact {
    let risks = Risks { times: "Tuesday mornings".into(), must_not_know: "the landlord".into(), dangers: "the phone is shared".into() };
    Contact { channel: "a neighbour".into(), address: "the second door".into(), word: Some("heron".into()), risks }
}

fn consent(office: &Office, uses: &[Use], recipients: &[&str], capacity: Capacity) -> NewConsent {
    NewConsent {
        uses: uses.iter().copied().collect(),
        scope: "that I need a doctor".into(),
        recipients: recipients.iter().map(|one| (*one).to_owned()).collect(),
        language: "ur".into(),
        capacity,
        given: office.at(0),
        until: office.at(60 * 24 * 30),
    }
}

/// A record that support-1 opened, with support-2 on it.
async fn opened(office: &Office, support: &Caller, minor: bool) -> Stored<Victim> {
    let mut new = new_victim(None);
    new.minor = minor;
    if minor {
        new.means.clear();
    }
    let victim = office.register.open_victim(support, new, office.at(1)).await.unwrap();
    office.register.add_to_victim(support, &victim.id, &office.id("support-2"), office.at(1)).await.unwrap()
}

fn is_missing<T: std::fmt::Debug>(answer: Result<T, RegisterError>, why: &str) {
    assert!(matches!(answer, Err(RegisterError::Missing(_) | RegisterError::Denied { .. })), "{why}: {answer:?}");
}

fn is_hidden<T: std::fmt::Debug>(answer: Result<T, RegisterError>, why: &str) {
    assert!(matches!(answer, Err(RegisterError::Missing("person"))), "{why}: {answer:?}");
}

fn is_duty<T: std::fmt::Debug>(answer: Result<T, RegisterError>, why: &str) {
    assert!(matches!(answer, Err(RegisterError::Duty(_))), "{why}: {answer:?}");
}

fn is_state<T: std::fmt::Debug>(answer: Result<T, RegisterError>, why: &str) {
    assert!(matches!(answer, Err(RegisterError::State(_))), "{why}: {answer:?}");
}

/// SG-030: possible until an organisation with the duty decides; its kind is stated, and it is the own one.
#[test]
fn sg_030_a_status_is_decided_by_a_named_organisation() {
    both(|office| async move {
        let (support, other) = (office.caller("support-1", HELP).await, office.caller("support-2", HELP).await);
        let victim = opened(&office, &support, false).await;
        assert_eq!((victim.body.status, victim.body.decided.clone()), (Status::Possible, None));
        let decide = |org| StatusDecision { status: Status::Confirmed, org, reason: "seen and heard".into() };
        is_duty(
            office.register.set_victim_status(&support, &victim.id, victim.version, decide(DecidingOrg::Police), office.at(2)).await,
            "not the own",
        );
        let set = office.register.set_victim_status(&support, &victim.id, victim.version, decide(DecidingOrg::Ngo), office.at(2)).await.unwrap();
        let decided = set.body.decided.unwrap();
        assert_eq!((set.body.status, decided.agency.as_str(), decided.org), (Status::Confirmed, "shelter", DecidingOrg::Ngo));
        let stale = office.register.set_victim_status(&other, &victim.id, victim.version, decide(DecidingOrg::Ngo), office.at(3)).await;
        assert!(matches!(stale, Err(RegisterError::Conflict)));
        let without: Result<StatusDecision, _> = serde_json::from_str(r#"{"status":"confirmed","reason":"x"}"#);
        assert!(without.is_err(), "the deciding organisation is mandatory");
        let said: Result<StatusDecision, _> = serde_json::from_str(r#"{"status":"actual","org":"police","reason":"x"}"#);
        assert!(said.is_err(), "there is no such word");
    });
}

/// SG-034: request, approval by another person of another unit, one reading in time.
#[test]
fn sg_034_an_identity_is_opened_once_with_a_second_approver() {
    both(|office| async move {
        let (support, other) = (office.caller("support-1", HELP).await, office.caller("support-2", HELP).await);
        let register = office.register.clone();
        let victim = opened(&office, &support, false).await;
        is_hidden(register.write_identity(&support, &victim.id, &who_it_is(), office.at(2)).await, "neither consent nor law");
        register.record_consent(&support, &victim.id, consent(&office, &[Use::Identity], &["shelter"], Capacity::Own), office.at(2)).await.unwrap();
        let ask = || NewRequest { reason: "to find a doctor".into(), put_to: None };
        is_state(register.request_identity(&support, &victim.id, ask(), office.at(3)).await, "nothing is there");
        register.write_identity(&support, &victim.id, &who_it_is(), office.at(3)).await.unwrap();
        let request = register.request_identity(&support, &victim.id, ask(), office.at(4)).await.unwrap();
        is_state(register.read_identity(&support, &request.id, office.at(4)).await, "nobody approved it");
        let own = register.decide_identity(&support, &request.id, request.version, true, "yes", office.at(5)).await;
        assert!(own.is_err(), "nobody approves their own request");
        let request = register.decide_identity(&other, &request.id, request.version, true, "it helps", office.at(5)).await.unwrap();
        is_duty(register.read_identity(&other, &request.id, office.at(6)).await, "who asked reads it");
        is_state(register.read_identity(&support, &request.id, office.at(36)).await, "the time is over");
        let request = register.request_identity(&support, &victim.id, ask(), office.at(40)).await.unwrap();
        register.decide_identity(&other, &request.id, request.version, true, "it helps", office.at(41)).await.unwrap();
        assert_eq!(register.read_identity(&support, &request.id, office.at(50)).await.unwrap(), who_it_is());
        is_state(register.read_identity(&support, &request.id, office.at(51)).await, "once");
        let late = register.request_identity(&support, &victim.id, ask(), office.at(60)).await.unwrap();
        is_state(register.decide_identity(&other, &late.id, late.version, true, "late", office.at(60 + 73 * 60)).await, "it waited too long");
        let requests = register.identity_requests(&support, &victim.id, &Page::first(10), office.at(61)).await.unwrap();
        assert!(requests.iter().any(|one| one.body.state == RequestState::Read && one.body.decided_by == Some(office.id("support-2"))));
    });
}

/// SG-035: a withdrawn consent covers nothing from that moment, also what was approved before.
#[test]
fn sg_035_a_withdrawn_consent_covers_nothing() {
    both(|office| async move {
        let (support, other) = (office.caller("support-1", HELP).await, office.caller("support-2", HELP).await);
        let rights = office.caller("rights-1", HELP).await;
        let register = office.register.clone();
        let victim = opened(&office, &support, false).await;
        let given = consent(&office, &[Use::Identity, Use::Contact, Use::Referral], &["shelter", "civil"], Capacity::Own);
        let given = register.record_consent(&support, &victim.id, given, office.at(2)).await.unwrap();
        register.write_identity(&support, &victim.id, &who_it_is(), office.at(3)).await.unwrap();
        register.write_contact(&support, &victim.id, &contact(), office.at(3)).await.unwrap();
        let request =
            register.request_identity(&support, &victim.id, NewRequest { reason: "help".into(), put_to: None }, office.at(4)).await.unwrap();
        register.decide_identity(&other, &request.id, request.version, true, "it helps", office.at(5)).await.unwrap();
        let refer = |service: &str| NewReferral { service: service.into(), support: BTreeSet::from([Support::Health]), needs: "a doctor".into() };
        is_duty(register.refer(&support, &victim.id, refer("civil"), office.at(5)).await, "SG-036: without the risks");
        register.read_risks(&support, &victim.id, office.at(5)).await.unwrap();
        is_missing(register.refer(&support, &victim.id, refer("ombudsperson"), office.at(6)).await, "the consent does not name it");
        let sent = register.refer(&support, &victim.id, refer("civil"), office.at(6)).await.unwrap();
        assert_eq!(register.read_referral(&other, &sent.id, office.at(7)).await.unwrap().1, "a doctor");
        is_duty(register.refer(&support, &victim.id, refer("civil"), office.at(5 + 15)).await, "SG-036: read too long ago");
        is_hidden(register.withdraw_consent(&rights, &given.id, office.at(7)).await, "it was not put to her");
        register.add_to_victim(&support, &victim.id, &office.id("rights-1"), office.at(7)).await.unwrap();
        register.withdraw_consent(&rights, &given.id, office.at(8)).await.unwrap();
        is_state(register.withdraw_consent(&support, &given.id, office.at(8)).await, "twice");
        is_missing(register.read_identity(&support, &request.id, office.at(8)).await, "approved, and not covered any more");
        is_missing(register.refer(&support, &victim.id, refer("civil"), office.at(8)).await, "not covered any more");
        is_missing(
            register.request_identity(&support, &victim.id, NewRequest { reason: "help".into(), put_to: None }, office.at(8)).await,
            "nor asked",
        );
    });
}

/// SG-036: how to reach a person is shown to a support worker who has read the risks just now.
#[test]
fn sg_036_contact_needs_the_risks() {
    both(|office| async move {
        let (support, other) = (office.caller("support-1", HELP).await, office.caller("support-2", HELP).await);
        let register = office.register.clone();
        let victim = opened(&office, &support, false).await;
        let given = consent(&office, &[Use::Contact], &["shelter"], Capacity::Supported("an interpreter".into()));
        register.record_consent(&support, &victim.id, given, office.at(2)).await.unwrap();
        is_state(register.read_risks(&support, &victim.id, office.at(2)).await, "none is recorded");
        register.write_contact(&support, &victim.id, &contact(), office.at(3)).await.unwrap();
        is_missing(register.read_contact(&support, &victim.id, office.at(3)).await, "without the risks");
        assert_eq!(register.read_risks(&support, &victim.id, office.at(4)).await.unwrap(), contact().risks);
        assert_eq!(register.read_contact(&support, &victim.id, office.at(5)).await.unwrap(), contact());
        is_missing(register.read_contact(&other, &victim.id, office.at(5)).await, "another has not read them");
        is_missing(register.read_contact(&support, &victim.id, office.at(19)).await, "15 minutes are over");
        register.read_risks(&support, &victim.id, office.at(20)).await.unwrap();
        register.write_contact(&other, &victim.id, &contact(), office.at(21)).await.unwrap();
        is_missing(register.read_contact(&support, &victim.id, office.at(22)).await, "the risks are new");
        assert_eq!(format!("{:?} {:?}", contact(), who_it_is()), "Contact(..) IdentityIs(..)", "nothing of it stands in a log");
    });
}

/// SG-041: a child is not asked how; consent alone opens nothing; a guardian and the best-interest step come first.
#[test]
fn sg_041_a_child() {
    both(|office| async move {
        let (support, other) = (office.caller("support-1", HELP).await, office.caller("support-2", HELP).await);
        let register = office.register.clone();
        let asked = NewVictim { minor: true, ..new_victim(None) };
        assert!(matches!(register.open_victim(&support, asked, office.at(1)).await, Err(RegisterError::Invalid { field: "means", .. })));
        let victim = opened(&office, &support, true).await;
        let grown = opened(&office, &support, false).await;
        assert!(victim.body.review_by < grown.body.review_by, "a stricter clock");
        let alone = consent(&office, &[Use::Identity], &["shelter"], Capacity::Own);
        assert!(matches!(
            register.record_consent(&support, &victim.id, alone, office.at(2)).await,
            Err(RegisterError::Invalid { field: "capacity", .. })
        ));
        let guarded = consent(&office, &[Use::Identity], &["shelter"], Capacity::Guardian("order 12 of the family court".into()));
        register.record_consent(&support, &victim.id, guarded, office.at(2)).await.unwrap();
        let by_law = support.clone().on_basis("pk-child-protection");
        register.write_identity(&by_law, &victim.id, &who_it_is(), office.at(3)).await.unwrap();
        let ask = || NewRequest { reason: "help".into(), put_to: None };
        is_missing(register.request_identity(&support, &victim.id, ask(), office.at(4)).await, "consent is not enough");
        is_missing(register.request_identity(&by_law, &victim.id, ask(), office.at(4)).await, "nor a legal basis without the step");
        register.set_best_interest(&support, &victim.id, "the family court", "a doctor is needed", office.at(5)).await.unwrap();
        is_state(register.set_best_interest(&support, &grown.id, "a court", "none", office.at(5)).await, "no child");
        let request = register.request_identity(&by_law, &victim.id, ask(), office.at(6)).await.unwrap();
        register.decide_identity(&other, &request.id, request.version, true, "it helps", office.at(7)).await.unwrap();
        assert_eq!(register.read_identity(&by_law, &request.id, office.at(8)).await.unwrap(), who_it_is());
    });
}

/// SG-032: another person than opened the record holds the review, with a reason.
#[test]
fn sg_032_a_non_punishment_review_has_outcome_and_reason() {
    both(|office| async move {
        let (support, other) = (office.caller("support-1", HELP).await, office.caller("support-2", HELP).await);
        let register = office.register.clone();
        let victim = opened(&office, &support, false).await;
        let outcome = GateOutcome::NonPunishment;
        is_duty(register.review_punishment(&support, &victim.id, victim.version, outcome, "made to", office.at(2)).await, "opened by the same");
        let empty = register.review_punishment(&other, &victim.id, victim.version, outcome, " ", office.at(2)).await;
        assert!(matches!(empty, Err(RegisterError::Invalid { field: "reason", .. })));
        let held = register.review_punishment(&other, &victim.id, victim.version, outcome, "made to carry", office.at(2)).await.unwrap();
        assert_eq!(held.body.gate.len(), 1);
        let noted = register.note_risk(&support, &victim.id, "debts remain", 30, office.at(3)).await.unwrap();
        assert_eq!(noted.body.risks.len(), 1);
        let long = register.note_risk(&support, &victim.id, &"x".repeat(2_001), 30, office.at(3)).await;
        assert!(matches!(long, Err(RegisterError::Invalid { field: "text", .. })));
    });
}

#[test]
fn erasure_closes_an_identity_for_good() {
    both(|office| async move {
        let (support, other) = (office.caller("support-1", HELP).await, office.caller("support-2", HELP).await);
        let register = office.register.clone();
        let victim = opened(&office, &support, false).await;
        let given = consent(&office, &[Use::Identity, Use::Contact], &["shelter"], Capacity::Own);
        register.record_consent(&support, &victim.id, given, office.at(2)).await.unwrap();
        register.write_identity(&support, &victim.id, &who_it_is(), office.at(3)).await.unwrap();
        register.write_contact(&support, &victim.id, &contact(), office.at(3)).await.unwrap();
        let request =
            register.request_identity(&support, &victim.id, NewRequest { reason: "help".into(), put_to: None }, office.at(4)).await.unwrap();
        register.decide_identity(&other, &request.id, request.version, true, "it helps", office.at(5)).await.unwrap();
        register.read_risks(&support, &victim.id, office.at(5)).await.unwrap();
        register.erase_identity(&other, &victim.id, "the person asked", office.at(6)).await.unwrap();
        let read = register.read_identity(&support, &request.id, office.at(7)).await;
        assert!(matches!(read, Err(RegisterError::Store(CasesError::Erased))), "{read:?}");
        is_state(register.read_contact(&support, &victim.id, office.at(7)).await, "the contact as well");
        is_state(
            register.request_identity(&support, &victim.id, NewRequest { reason: "help".into(), put_to: None }, office.at(8)).await,
            "nothing is there",
        );
    });
}

/// SG-034, SG-037: an identity has no key to be found by, and a record none but its case, its party and who is on it.
#[test]
fn sg_037_nothing_finds_a_statement_or_an_identity() {
    let identity = Identity { victim: "v".into(), written_by: "a".into(), written: Timestamp(0), erased: None };
    assert!(identity.keys().is_empty() && identity.sole_keys().is_empty());
    both(|office| async move {
        let support = office.caller("support-1", HELP).await;
        let victim = opened(&office, &support, false).await;
        let names: BTreeSet<&str> = victim.body.keys().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, BTreeSet::from(["member"]));
        // Every way to a list of victims' things goes by a record's id, or by the caller's own account.
        let lists = office.register.victims(&support, &Page::first(10), office.at(2)).await.unwrap();
        assert_eq!(lists.len(), 1);
        let body = serde_json::to_string(&victim.body).unwrap();
        assert!(!body.contains("Mira"), "the record holds no name");
    });
}

async fn a_case(office: &Office, caller: &Caller) -> String {
    let new = NewCase {
        title: "kiln".into(),
        kind: CaseKind::Trafficking,
        jurisdiction: "PK".into(),
        sensitivity: 1,
        handling: Handling::P,
        decision: "open an inquiry".into(),
        stage_due: office.at(10_000),
        excluded: BTreeSet::new(),
    };
    office.register.create_case(&caller.clone().on_basis("pk-ptpa-2018"), new, office.at(0)).await.unwrap().id
}

/// SG-031, SG-034: police reach the record in its own case, to help; never the identity they wrote.
#[test]
fn police_help_and_do_not_read_who_it_is() {
    both(|office| async move {
        let register = office.register.clone();
        let police = office.caller("police-1", Purpose::Investigation).await;
        let (case, elsewhere) = (a_case(&office, &police).await, a_case(&office, &police).await);
        let helping = office.caller("police-1", HELP).await.for_case(&case).on_basis("pk-ptpa-2018");
        let suspect = police.clone().for_case(&case).on_basis("pk-ptpa-2018");
        let suspect = register.add_party(&suspect, &case, crate::case::party(PartyRole::Other), office.at(1)).await.unwrap();
        let party = NewVictim { party: Some(suspect.id), ..new_victim(Some(&case)) };
        let victim = register.open_victim(&helping, party.clone(), office.at(1)).await.unwrap();
        is_state(register.open_victim(&helping, party, office.at(1)).await, "the party has a record");
        register.read_victim(&helping, &victim.id, office.at(2)).await.unwrap();
        assert_eq!(register.victims(&helping, &Page::first(10), office.at(2)).await.unwrap().len(), 1);
        let other_case = helping.clone().for_case(&elsewhere);
        is_hidden(register.read_victim(&other_case, &victim.id, office.at(2)).await, "membership of another case opens nothing");
        assert_eq!(register.victims(&other_case, &Page::first(10), office.at(2)).await.unwrap().len(), 0);
        is_hidden(register.read_victim(&police.clone().for_case(&case), &victim.id, office.at(2)).await, "not to investigate");
        register.write_identity(&helping, &victim.id, &who_it_is(), office.at(3)).await.unwrap();
        let ask = || NewRequest { reason: "to know".into(), put_to: None };
        is_missing(register.request_identity(&helping, &victim.id, ask(), office.at(4)).await, "police wrote it and cannot read it back");
        for stranger in ["police-2", "fiu-1", "bank-1", "platform-1", "judge-1", "admin-1", "auditor-1", "observer-1", "support-2", "prosecutor-1"] {
            let stranger = office.caller(stranger, HELP).await;
            is_hidden(register.read_victim(&stranger, &victim.id, office.at(4)).await, "a stranger");
        }
        is_duty(register.add_to_victim(&helping, &victim.id, &office.id("bank-1"), office.at(4)).await, "no business with victims");
        is_duty(register.add_to_victim(&helping, &victim.id, &office.id("police-x"), office.at(4)).await, "SG-038");
        is_hidden(
            register.add_to_victim(&office.caller("police-4", HELP).await, &victim.id, &office.id("police-4"), office.at(4)).await,
            "not oneself",
        );
        register.add_to_victim(&helping, &victim.id, &office.id("prosecutor-1"), office.at(5)).await.unwrap();
        register.add_member(&police.clone().for_case(&case), &case, &office.id("police-4"), office.at(5)).await.unwrap();
        let colleague = office.caller("police-4", HELP).await.for_case(&case);
        is_hidden(register.read_victim(&colleague, &victim.id, office.at(6)).await, "members of the case are not members of the record");
    });
}

/// SG-038: neither an immigration agency nor the purpose of return reaches anything of a victim, by any method.
#[test]
fn sg_038_return_reaches_no_victim() {
    both(|office| async move {
        let register = office.register.clone();
        let (support, other) = (office.caller("support-1", HELP).await, office.caller("support-2", HELP).await);
        let victim = opened(&office, &support, false).await;
        let all = consent(&office, &[Use::Identity, Use::Contact, Use::Referral], &["shelter", "civil"], Capacity::Own);
        let given = register.record_consent(&support, &victim.id, all.clone(), office.at(2)).await.unwrap();
        register.write_identity(&support, &victim.id, &who_it_is(), office.at(2)).await.unwrap();
        register.write_contact(&support, &victim.id, &contact(), office.at(2)).await.unwrap();
        register.read_risks(&support, &victim.id, office.at(3)).await.unwrap();
        let ask = || NewRequest { reason: "help".into(), put_to: None };
        let request = register.request_identity(&support, &victim.id, ask(), office.at(3)).await.unwrap();
        let open = register.request_identity(&support, &victim.id, ask(), office.at(3)).await.unwrap();
        register.decide_identity(&other, &request.id, request.version, true, "it helps", office.at(4)).await.unwrap();
        let refer = || NewReferral { service: "civil".into(), support: BTreeSet::from([Support::Legal]), needs: "a lawyer".into() };
        let sent = register.refer(&support, &victim.id, refer(), office.at(4)).await.unwrap();
        let mut border: Vec<Caller> = Vec::new();
        for purpose in [HELP, Purpose::Return, Purpose::Investigation] {
            border.push(office.caller("police-x", purpose).await.on_basis("pk-ptpa-2018"));
        }
        border.push(office.caller("support-1", Purpose::Return).await.on_basis("pk-ptpa-2018"));
        for caller in &border {
            let (id, at) = (victim.id.as_str(), office.at(5));
            let status = StatusDecision { status: Status::NotAVictim, org: DecidingOrg::Ngo, reason: "x".into() };
            is_missing(register.open_victim(caller, new_victim(None), at).await, "open");
            is_missing(register.read_victim(caller, id, at).await, "read");
            is_missing(register.victims(caller, &Page::first(9), at).await, "list");
            is_missing(register.add_to_victim(caller, id, &office.id("support-2"), at).await, "add");
            is_missing(register.set_victim_status(caller, id, victim.version, status, at).await, "status");
            is_missing(register.review_punishment(caller, id, victim.version, GateOutcome::NoLink, "x", at).await, "review");
            is_missing(register.note_risk(caller, id, "x", 30, at).await, "risk");
            is_missing(register.set_best_interest(caller, id, "x", "x", at).await, "best interest");
            is_missing(register.write_identity(caller, id, &who_it_is(), at).await, "write");
            is_missing(register.request_identity(caller, id, ask(), at).await, "request");
            is_missing(register.decide_identity(caller, &open.id, open.version, true, "x", at).await, "decide");
            is_missing(register.read_identity(caller, &request.id, at).await, "identity");
            is_missing(register.identity_requests(caller, id, &Page::first(9), at).await, "requests");
            is_missing(register.erase_identity(caller, id, "x", at).await, "erase");
            is_missing(register.record_consent(caller, id, all.clone(), at).await, "consent");
            is_missing(register.withdraw_consent(caller, &given.id, at).await, "withdraw");
            is_missing(register.consents(caller, id, &Page::first(9), at).await, "consents");
            is_missing(register.write_contact(caller, id, &contact(), at).await, "write contact");
            is_missing(register.read_risks(caller, id, at).await, "risks");
            is_missing(register.read_contact(caller, id, at).await, "contact");
            is_missing(register.refer(caller, id, refer(), at).await, "refer");
            is_missing(register.read_referral(caller, &sent.id, at).await, "referral");
            is_missing(register.referrals(caller, id, &Page::first(9), at).await, "referrals");
        }
        let border = consent(&office, &[Use::Referral], &["border-returns"], Capacity::Own);
        is_duty(register.record_consent(&support, &victim.id, border, office.at(6)).await, "not by consent either");
    });
}
