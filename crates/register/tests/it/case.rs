//! Cases: who reaches them, how they move, whom they shut out, when they end.

use std::collections::{BTreeMap, BTreeSet};

use tributary_access::{Handling, Purpose};
use tributary_cases::{Page, Stored};
use tributary_model::{Date, Timestamp};
use tributary_register::case::charges::Charges;
use tributary_register::case::{
    Case, CaseChange, CaseKind, CaseState, Item, LinkKind, LinkState, LinkTo, MoveStage, NameSearch, Named, NewCase, NewEvidence, NewInvitation,
    NewItem, NewParty, NewProduct, ObjectiveFact, Offence, Official, Party, PartyKind, PartyRole, Shared, Stage, Standing, Verdict,
};
use tributary_register::people::account::Account;
use tributary_register::{Caller, RegisterError};

use crate::support::{Office, both};

pub(crate) const BASIS: &str = "pk-ptpa-2018";
/// What a bank keeps its files on.
const BANK_BASIS: &str = "pk-amla-2010-str";
const DAY: i64 = 24 * 60;

pub(crate) fn status<T>(answer: Result<T, RegisterError>) -> u16 {
    answer.map_or_else(|error| error.status(), |_| 200)
}

/// Somebody who investigates, on a legal basis.
pub(crate) async fn investigator(office: &Office, login: &str) -> Caller {
    office.caller(login, Purpose::Investigation).await.on_basis(if login.starts_with("bank") { BANK_BASIS } else { BASIS })
}

pub(crate) async fn prosecutor(office: &Office, login: &str) -> Caller {
    office.caller(login, Purpose::Prosecution).await.on_basis(BASIS)
}

pub(crate) fn new_case(office: &Office) -> NewCase {
    NewCase {
        title: "Corridor review".into(),
        kind: CaseKind::Trafficking,
        jurisdiction: "PK".into(),
        sensitivity: 1,
        handling: Handling::P,
        decision: "whether to open a formal inquiry".into(),
        stage_due: office.at(7 * DAY),
        excluded: BTreeSet::new(),
    }
}

pub(crate) async fn open(office: &Office, login: &str) -> Stored<Case> {
    let caller = investigator(office, login).await;
    office.register.create_case(&caller, new_case(office), office.at(1)).await.unwrap()
}

pub(crate) fn party(role: PartyRole) -> NewParty {
    NewParty { kind: PartyKind::Person, label: "P-1".into(), role, official: None, names: Vec::new(), shared: Shared::All }
}

pub(crate) fn evidence(office: &Office, kind: tributary_register::case::EvidenceKind) -> NewEvidence {
    NewEvidence {
        kind,
        label: "E-1".into(),
        description: "ledger page found in the office".into(),
        hash: "ab".repeat(32),
        collector: "search team".into(),
        collected_at: office.at(0),
        handling: Handling::P,
        about: BTreeSet::new(),
        exculpatory: false,
        shared: Shared::All,
    }
}

pub(crate) fn charges() -> Charges {
    Charges::parse(&std::fs::read_to_string("../../charges/pk.toml").unwrap()).unwrap()
}

/// The agency invites, somebody of the other accepts.
pub(crate) async fn join(office: &Office, owner: &str, case: &str, agency: &str, other: &str) {
    let register = &office.register;
    let invitation = NewInvitation { agency: agency.into(), people: BTreeSet::new(), reason: "same corridor".into() };
    register.share_case(&investigator(office, owner).await, case, invitation, office.at(2)).await.unwrap();
    let purpose = if other.starts_with("prosecutor") { Purpose::Prosecution } else { Purpose::Investigation };
    register.join_case(&office.caller(other, purpose).await.on_basis(BASIS), case, office.at(3)).await.unwrap();
}

/// Vetting as an administrator would have set it.
pub(crate) async fn vet(office: &Office, login: &str, level: u8) {
    let mut writing = office.register.store().write(office.at(0)).await.unwrap();
    let mut account = writing.need::<Account>(&office.id(login)).await.unwrap();
    account.body.is.vetting = level;
    writing.put(&mut account).await.unwrap();
    writing.commit(tributary_cases::Notes::one(tributary_cases::Note::of("account.updated"))).await.unwrap();
}

#[test]
fn a_case_is_for_its_members() {
    both(|office| async move {
        let register = &office.register;
        let case = open(&office, "police-1").await;
        let at = office.at(5);
        for (login, expected) in [("police-1", 200), ("police-2", 404), ("police-3", 404), ("fiu-1", 404), ("platform-1", 404), ("police-x", 404)] {
            let caller = investigator(&office, login).await;
            assert_eq!(status(register.read_case(&caller, &case.id, at).await), expected, "{login}");
            assert_eq!(register.cases(&caller, &Page::first(10), at).await.map_or(0, |cases| cases.len()), usize::from(expected == 200), "{login}");
        }
        let first = investigator(&office, "police-1").await;
        register.add_member(&first, &case.id, &office.id("police-2"), at).await.unwrap();
        let second = investigator(&office, "police-2").await;
        assert_eq!(status(register.read_case(&second, &case.id, at).await), 200);
        for (login, expected) in [("fiu-1", 409), ("judge-1", 409), ("nobody", 404)] {
            let id = if login == "nobody" { "00".repeat(16) } else { office.id(login) };
            assert_eq!(status(register.add_member(&first, &case.id, &id, at).await), expected, "{login}: the agency does not share the case");
        }
        register.remove_member(&second, &case.id, &office.id("police-2"), "moved to another desk", at).await.unwrap();
        assert_eq!(status(register.read_case(&second, &case.id, at).await), 404);
        assert_eq!(status(register.remove_member(&first, &case.id, &office.id("police-1"), "leaves", at).await), 409, "the last one stays");
        let back = office.caller("police-1", Purpose::Return).await.on_basis(BASIS);
        assert_eq!(status(register.read_case(&back, &case.id, at).await), 404, "SG-038");
    });
}

#[test]
fn a_bank_keeps_its_own_files_and_shares_none() {
    both(|office| async move {
        let register = &office.register;
        let case = open(&office, "bank-1").await;
        let bank = investigator(&office, "bank-1").await;
        let invitation = |agency: &str| NewInvitation { agency: agency.into(), people: BTreeSet::new(), reason: "to look at".into() };
        assert_eq!(status(register.share_case(&bank, &case.id, invitation("fia"), office.at(2)).await), 403);
        assert_eq!(status(register.read_case(&investigator(&office, "bank-3").await, &case.id, office.at(2)).await), 404);
        let police = open(&office, "police-1").await;
        let first = investigator(&office, "police-1").await;
        for agency in ["bank-a", "platform-a", "border-returns", "civil", "operator", "court"] {
            assert_eq!(status(register.share_case(&first, &police.id, invitation(agency), office.at(2)).await), 403, "{agency}");
        }
    });
}

#[test]
fn sg_120_a_case_goes_on_by_one_stage_and_back_with_a_reason() {
    both(|office| async move {
        let register = &office.register;
        let case = open(&office, "police-1").await;
        let caller = investigator(&office, "police-1").await;
        let step =
            |to: Stage, reason: Option<&str>| MoveStage { to, owner: office.id("police-1"), due: office.at(9 * DAY), reason: reason.map(Into::into) };
        let at = office.at(5);
        assert_eq!(status(register.move_stage(&caller, &case.id, step(Stage::Evaluation, Some("skip")), 1, at).await), 409, "none is left out");
        let moved = register.move_stage(&caller, &case.id, step(Stage::Collection, None), 1, at).await.unwrap();
        assert_eq!((moved.body.stage, moved.body.stages.len()), (Stage::Collection, 2));
        assert_eq!(
            status(register.move_stage(&caller, &case.id, step(Stage::Evaluation, None), 1, at).await),
            409,
            "a version that is not the present one"
        );
        assert_eq!(status(register.move_stage(&caller, &case.id, step(Stage::Tasking, None), 2, at).await), 422, "back needs a reason");
        let foreign = MoveStage { owner: office.id("police-2"), ..step(Stage::Evaluation, None) };
        assert_eq!(status(register.move_stage(&caller, &case.id, foreign, 2, at).await), 422, "no member");
        let late = MoveStage { due: office.at(4), ..step(Stage::Evaluation, None) };
        assert_eq!(status(register.move_stage(&caller, &case.id, late, 2, at).await), 422, "a day that is past");
        let mut version = 2;
        for stage in [Stage::Tasking, Stage::Collection, Stage::Evaluation, Stage::Collation, Stage::Analysis, Stage::Dissemination, Stage::Review] {
            let back = (stage == Stage::Tasking).then_some("the question was wrong");
            let moved = register.move_stage(&caller, &case.id, step(stage, back), version, at).await.unwrap();
            version = moved.version;
            let last = moved.body.stages.last().unwrap();
            assert_eq!((last.stage, last.owner.clone(), last.reason.as_deref()), (stage, office.id("police-1"), back));
        }
    });
}

#[test]
fn a_case_is_changed_as_it_was_read_and_closed_by_its_agency() {
    both(|office| async move {
        let register = &office.register;
        let case = open(&office, "police-1").await;
        join(&office, "police-1", &case.id, "fmu", "fiu-1").await;
        let (police, fiu) = (investigator(&office, "police-1").await, investigator(&office, "fiu-1").await);
        let at = office.at(5);
        let version = register.read_case(&police, &case.id, at).await.unwrap().version;
        let change = |title: &str| CaseChange { title: Some(title.into()), ..CaseChange::default() };
        let changed = register.update_case(&fiu, &case.id, change("Corridor review, second part"), version, at).await.unwrap();
        assert_eq!(status(register.update_case(&police, &case.id, change("Lost"), version, at).await), 409, "no change is lost under another");
        for title in ["", "x".repeat(121).as_str(), "a\u{7}b"] {
            assert_eq!(status(register.update_case(&police, &case.id, change(title), changed.version, at).await), 422);
        }
        let too_high = CaseChange { sensitivity: Some(3), ..CaseChange::default() };
        assert_eq!(status(register.update_case(&police, &case.id, too_high, changed.version, at).await), 403, "nobody locks themselves out");
        let lower = CaseChange { sensitivity: Some(0), ..CaseChange::default() };
        assert_eq!(status(register.update_case(&police, &case.id, lower, changed.version, at).await), 422);
        assert_eq!(status(register.close_case(&fiu, &case.id, "done", changed.version, at).await), 403, "a partner does not close it");
        let closed = register.close_case(&police, &case.id, "handed to court", changed.version, at).await.unwrap();
        assert_eq!(closed.body.state, CaseState::Closed);
        assert_eq!(status(register.add_party(&police, &case.id, party(PartyRole::Broker), at).await), 409, "closed");
        assert_eq!(status(register.read_case(&fiu, &case.id, at).await), 200);
    });
}

#[test]
fn a_joint_case_needs_an_invitation_and_an_answer() {
    both(|office| async move {
        let register = &office.register;
        let case = open(&office, "police-1").await;
        let (police, fiu) = (investigator(&office, "police-1").await, investigator(&office, "fiu-1").await);
        assert_eq!(status(register.join_case(&fiu, &case.id, office.at(2)).await), 404, "no invitation, no case");
        assert_eq!(status(register.join_case(&investigator(&office, "police-2").await, &case.id, office.at(2)).await), 404, "nor for a colleague");
        let invitation = NewInvitation { agency: "fmu".into(), people: BTreeSet::from([office.id("fiu-1")]), reason: "the money".into() };
        let without = office.caller("police-1", Purpose::Investigation).await;
        assert_eq!(status(register.share_case(&without, &case.id, invitation.clone(), office.at(2)).await), 403, "no legal basis, SG-056");
        let foreign = NewInvitation { people: BTreeSet::from([office.id("bank-1")]), ..invitation.clone() };
        assert_eq!(status(register.share_case(&police, &case.id, foreign, office.at(2)).await), 404, "of another agency");
        register.share_case(&police, &case.id, invitation, office.at(2)).await.unwrap();
        assert_eq!(register.invitations(&fiu, &Page::first(10), office.at(3)).await.unwrap().len(), 1);
        let other = investigator(&office, "fiu-2").await;
        assert!(register.invitations(&other, &Page::first(10), office.at(3)).await.unwrap().is_empty(), "named people only");
        assert_eq!(status(register.join_case(&other, &case.id, office.at(3)).await), 404);
        assert_eq!(status(register.join_case(&fiu, &case.id, office.at(31 * DAY)).await), 404, "it has run out");
        let joined = register.join_case(&fiu, &case.id, office.at(3)).await.unwrap();
        assert!(joined.body.agencies.contains("fmu") && joined.body.invited.is_empty() && joined.body.has_member(&office.id("fiu-1")));
    });
}

#[test]
fn each_agency_of_a_joint_case_sees_what_it_was_given() {
    both(|office| async move {
        let register = &office.register;
        let case = open(&office, "police-1").await;
        join(&office, "police-1", &case.id, "fmu", "fiu-1").await;
        join(&office, "police-1", &case.id, "joint-tf", "taskforce-1").await;
        let police = investigator(&office, "police-1").await;
        let named = NewParty { label: "Nadia TESTFALL, driver".into(), names: vec!["Nadia Testfall".into()], ..party(PartyRole::Transporter) };
        assert_eq!(status(register.add_party(&police, &case.id, named, office.at(2)).await), 422, "names are sealed, labels are not");
        let mut ids = BTreeMap::new();
        let given = Shared::With(BTreeSet::from(["fmu".to_owned()]));
        for (label, shared) in [("own", Shared::Own), ("with", given), ("all", Shared::All)] {
            let new = NewParty { label: label.into(), shared, ..party(PartyRole::Transporter) };
            ids.insert(label, register.add_party(&police, &case.id, new, office.at(4)).await.unwrap());
        }
        let at = office.at(5);
        for (login, sees) in [("police-1", vec!["own", "with", "all"]), ("fiu-1", vec!["with", "all"]), ("taskforce-1", vec!["all"])] {
            let caller = investigator(&office, login).await;
            let seen: BTreeSet<String> = register.parties(&caller, &case.id, at).await.unwrap().into_iter().map(|party| party.body.label).collect();
            assert_eq!(seen, sees.iter().map(|label| (*label).to_owned()).collect(), "{login}");
            for (label, party) in &ids {
                let expected = if sees.contains(label) { 200 } else { 404 };
                assert_eq!(status(register.read_party(&caller, &party.id, at).await), expected, "{login} {label}");
            }
        }
        let stranger = Shared::With(BTreeSet::from(["north-police".to_owned()]));
        assert_eq!(status(register.share_party(&police, &ids["own"].id, stranger, 1, at).await), 422, "it does not share the case");
        let fiu = investigator(&office, "fiu-1").await;
        assert_eq!(status(register.share_party(&fiu, &ids["with"].id, Shared::All, 1, at).await), 403, "who entered it says who sees it");
        register.share_party(&police, &ids["own"].id, Shared::All, 1, at).await.unwrap();
        assert_eq!(status(register.read_party(&fiu, &ids["own"].id, at).await), 200);
    });
}

#[test]
fn sg_058_an_agency_whose_official_is_named_is_shut_out_at_once() {
    both(|office| async move {
        vet(&office, "police-1", 3).await;
        let register = &office.register;
        let case = open(&office, "police-1").await;
        join(&office, "police-1", &case.id, "north-police", "police-3").await;
        let police = investigator(&office, "police-1").await;
        let shut_out = investigator(&office, "police-3").await;
        let at = office.at(5);
        assert_eq!(status(register.read_case(&shut_out, &case.id, at).await), 200);
        let unnamed = party(PartyRole::ComplicitOfficial);
        assert_eq!(status(register.add_party(&police, &case.id, unnamed.clone(), at).await), 422, "whose official must be said");
        let own = NewParty { official: Some(Official::Of("fia".into())), ..unnamed.clone() };
        assert_eq!(status(register.add_party(&police, &case.id, own, at).await), 403, "the agency that holds the case names nobody of its own");
        let new = NewParty { official: Some(Official::Of("north-police".into())), ..unnamed };
        let named = register.add_party(&police, &case.id, new, at).await.unwrap();
        let now = register.read_case(&police, &case.id, at).await.unwrap();
        assert_eq!((now.body.sensitivity, now.body.excluded.contains("north-police"), now.body.agencies.len()), (3, true, 1));
        assert!(!now.body.has_member(&office.id("police-3")));
        assert_eq!(status(register.read_case(&shut_out, &case.id, at).await), 404);
        assert_eq!(status(register.read_party(&shut_out, &named.id, at).await), 404);
        assert_eq!(status(register.join_case(&shut_out, &case.id, at).await), 404);
        let again = NewInvitation { agency: "north-police".into(), people: BTreeSet::from([office.id("police-3")]), reason: "anyway".into() };
        assert_eq!(status(register.share_case(&police, &case.id, again, at).await), 403, "never again");
        let unnamed = NewInvitation { agency: "fmu".into(), people: BTreeSet::new(), reason: "the money".into() };
        assert_eq!(status(register.share_case(&police, &case.id, unnamed, at).await), 422, "a compartment names whom it invites");
        let colleague = investigator(&office, "police-2").await;
        register.break_glass(&colleague, &case.id, "urgent", at).await.unwrap_err();
        assert_eq!(status(register.read_case(&colleague.for_case(&case.id), &case.id, at).await), 404, "break-glass does not open it");
    });
}

#[test]
fn sg_058_nobody_locks_everybody_out() {
    both(|office| async move {
        let register = &office.register;
        let case = open(&office, "police-1").await;
        let police = investigator(&office, "police-1").await;
        let new = NewParty { official: Some(Official::Of("north-police".into())), ..party(PartyRole::ComplicitOfficial) };
        assert_eq!(status(register.add_party(&police, &case.id, new, office.at(5)).await), 403, "nobody has the vetting for a compartment");
        assert!(register.parties(&police, &case.id, office.at(5)).await.unwrap().is_empty(), "and nothing was written");
        let named = NewCase { excluded: BTreeSet::from(["north-police".to_owned()]), ..new_case(&office) };
        assert!([403, 404].contains(&status(register.create_case(&police, named, office.at(5)).await)), "nor one from the beginning");
    });
}

fn act() -> Offence {
    Offence { charge: "pk-ptpa-adult".into(), acted_on: Date::parse("2024-03-01").unwrap(), confirmed_in_force: false }
}

#[test]
fn sg_002_a_subject_needs_a_fact_and_an_offence() {
    both(|office| async move {
        let register = &office.register;
        let list = charges();
        let case = open(&office, "police-1").await;
        let other_case = open(&office, "police-1").await;
        let police = investigator(&office, "police-1").await;
        let at = office.at(5);
        let kind = tributary_register::case::EvidenceKind::Document;
        let fact = register.add_evidence(&police, &case.id, evidence(&office, kind), at).await.unwrap();
        let foreign = register.add_evidence(&police, &other_case.id, evidence(&office, kind), at).await.unwrap();
        let suspect = register.add_party(&police, &case.id, party(PartyRole::Recruiter), at).await.unwrap();
        let document = || vec![ObjectiveFact::Document(fact.id.clone())];
        let unknown = Offence { charge: "pk-of-no-act".into(), ..act() };
        let before = Offence { acted_on: Date::parse("2017-03-01").unwrap(), ..act() };
        let no_offence = Offence { charge: "pk-ata-11b".into(), confirmed_in_force: true, ..act() };
        let undated = Offence { charge: "pk-ptpa-aggravated".into(), ..act() };
        let cases = [
            (vec![], vec![act()], 422, "no fact"),
            (document(), vec![], 422, "no offence"),
            (document(), vec![unknown], 422, "no such offence"),
            (document(), vec![before], 422, "not in force then"),
            (document(), vec![no_offence], 422, "a measure is no offence"),
            (document(), vec![undated.clone()], 422, "since when is not known"),
            (vec![ObjectiveFact::Seizure(fact.id.clone())], vec![act()], 422, "another kind of evidence"),
            (vec![ObjectiveFact::Document(foreign.id.clone())], vec![act()], 404, "evidence of another case"),
            (vec![ObjectiveFact::Document(suspect.id.clone())], vec![act()], 404, "no evidence at all"),
        ];
        for (facts, offences, expected, why) in cases {
            let answer = register.promote_party(&police, &suspect.id, facts, offences, "the page names the fee", &list, 1, at).await;
            assert_eq!(status(answer), expected, "{why}");
        }
        let without = office.caller("police-1", Purpose::Investigation).await;
        let answer = register.promote_party(&without, &suspect.id, document(), vec![act()], "the page", &list, 1, at).await;
        assert_eq!(status(answer), 403, "no legal basis");
        let confirmed = Offence { confirmed_in_force: true, ..undated };
        let promoted = register.promote_party(&police, &suspect.id, document(), vec![act(), confirmed], "the page", &list, 1, at).await.unwrap();
        let Standing::Subject(decision) = &promoted.body.standing else { panic!("a subject") };
        assert_eq!((decision.by.clone(), decision.facts.len(), decision.offences.len()), (office.id("police-1"), 1, 2));
        assert_eq!(status(register.clear_party(&police, &suspect.id, "mistaken identity", 1, at).await), 409, "a version that was");
        let cleared = register.clear_party(&police, &suspect.id, "mistaken identity", 2, at).await.unwrap();
        assert!(matches!(cleared.body.standing, Standing::Cleared { .. }));
    });
}

#[test]
fn sg_003_what_the_program_made_cannot_be_written_as_a_fact() {
    for word in ["score", "cluster", "kinship", "list_similarity", "alert", "pattern", "intelligence", "hypothesis"] {
        let text = format!(r#"{{"fact":"{word}","evidence":"00"}}"#);
        assert!(serde_json::from_str::<ObjectiveFact>(&text).is_err(), "{word}");
    }
    assert!(serde_json::from_str::<ObjectiveFact>(r#"{"fact":"document","evidence":"00"}"#).is_ok());
    // A new kind of fact does not compile here until somebody has looked at it.
    let objective = |fact: &ObjectiveFact| match fact {
        ObjectiveFact::Document(_)
        | ObjectiveFact::Device(_)
        | ObjectiveFact::Seizure(_)
        | ObjectiveFact::Statement(_)
        | ObjectiveFact::Transaction(_)
        | ObjectiveFact::Observation(_)
        | ObjectiveFact::OfficialRecord(_)
        | ObjectiveFact::CourtRecord(_) => true,
    };
    assert!(objective(&ObjectiveFact::Document("00".into())));
    for word in ["victim", "witness", "possible_victim", "minor"] {
        assert!(serde_json::from_str::<PartyRole>(&format!("\"{word}\"")).is_err(), "{word} is no role of a party");
    }
}

/// As the victims' room writes it, as far as this room looks: that it is there.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Protected {
    case: String,
    party: String,
}

impl tributary_cases::Record for Protected {
    const KIND: &'static str = "victim";

    fn parent(&self) -> &str {
        &self.case
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        vec![("party", self.party.clone())]
    }
}

pub(crate) async fn protect(office: &Office, case: &str, party: &Stored<Party>) {
    let mut writing = office.register.store().write(office.at(5)).await.unwrap();
    let id = writing.new_id();
    writing.add(&id, Protected { case: case.into(), party: party.id.clone() }).await.unwrap();
    writing.commit(tributary_cases::Notes::one(tributary_cases::Note::of("victim.opened"))).await.unwrap();
}

#[test]
fn sg_031_who_is_protected_becomes_no_subject_and_is_not_charged() {
    both(|office| async move {
        let register = &office.register;
        let list = charges();
        let case = open(&office, "police-1").await;
        let police = investigator(&office, "police-1").await;
        let at = office.at(5);
        let document = tributary_register::case::EvidenceKind::Document;
        let fact = register.add_evidence(&police, &case.id, evidence(&office, document), at).await.unwrap();
        let facts = || vec![ObjectiveFact::Document(fact.id.clone())];
        let carrier = register.add_party(&police, &case.id, party(PartyRole::Transporter), at).await.unwrap();
        let charge = |offence: &str, review: Option<&str>, on: &str| NewItem {
            what: Item::Charge(Named {
                party: on.into(),
                offence: Offence { charge: offence.into(), confirmed_in_force: true, ..act() },
                review: review.map(Into::into),
                outcomes: Vec::new(),
            }),
            title: "first charge".into(),
            owner: office.id("police-1"),
            due: office.at(30 * DAY),
            shared: Shared::All,
        };
        let add = |item: NewItem| register.add_item(&police, &case.id, item, &list, at);
        assert_eq!(status(add(charge("pk-ptpa-adult", None, &carrier.id)).await), 403, "no subject, no charge");
        register.promote_party(&police, &carrier.id, facts(), vec![act()], "the page", &list, 1, at).await.unwrap();
        assert_eq!(status(add(charge("pk-passports-6", None, &carrier.id)).await), 422, "SG-032: people are often made to do this");
        let charged = add(charge("pk-passports-6", Some("review 7 of the prosecutor"), &carrier.id)).await.unwrap();
        assert_eq!(charged.body.verdict(), Some(Verdict::Pending));
        protect(&office, &case.id, &carrier).await;
        assert_eq!(status(add(charge("pk-ptpa-adult", None, &carrier.id)).await), 403, "protected since");
        let other = register.add_party(&police, &case.id, party(PartyRole::Transporter), at).await.unwrap();
        protect(&office, &case.id, &other).await;
        assert_eq!(status(register.promote_party(&police, &other.id, facts(), vec![act()], "the page", &list, 1, at).await), 403);
    });
}

#[test]
fn items_have_owners_and_clocks_and_charges_have_outcomes() {
    both(|office| async move {
        let register = &office.register;
        let list = charges();
        let case = open(&office, "police-1").await;
        let police = investigator(&office, "police-1").await;
        let at = office.at(5);
        let item =
            |what: Item, due: i64| NewItem { what, title: "next".into(), owner: office.id("police-1"), due: office.at(due), shared: Shared::All };
        let add = |item: NewItem| register.add_item(&police, &case.id, item, &list, at);
        assert_eq!(status(add(item(Item::Task, 4)).await), 422, "due before now");
        assert_eq!(status(add(NewItem { owner: office.id("police-2"), ..item(Item::Task, DAY) }).await), 422, "no member");
        assert_eq!(status(add(item(Item::Hearing { court: String::new() }, DAY)).await), 422);
        let late = add(item(Item::Deadline, 3 * DAY)).await.unwrap();
        let task = add(item(Item::Task, DAY)).await.unwrap();
        add(item(Item::Hearing { court: "Special Court".into() }, 2 * DAY)).await.unwrap();
        let order: Vec<&str> = register.items(&police, &case.id, at).await.unwrap().iter().map(|item| item.body.what.as_str()).collect::<Vec<_>>();
        assert_eq!(order, ["task", "hearing", "deadline"]);
        let done = register.finish_item(&police, &task.id, "asked and answered", 1, at).await.unwrap();
        assert_eq!(status(register.finish_item(&police, &task.id, "again", done.version, at).await), 409);
        let moved = register.move_item(&police, &late.id, &office.id("police-1"), office.at(5 * DAY), 1, at).await.unwrap();
        assert_eq!(moved.body.due, office.at(5 * DAY));
        let day = Date::parse("2026-09-01").unwrap();
        assert_eq!(status(register.record_outcome(&police, &late.id, Verdict::Convicted, "Special Court", day, 2, at).await), 409, "no charge");
        for login in ["police-2", "fiu-1"] {
            let outsider = investigator(&office, login).await;
            let (there, nowhere) =
                (register.finish_item(&outsider, &late.id, "x", 2, at).await, register.finish_item(&outsider, &"0".repeat(32), "x", 2, at).await);
            assert_eq!(there.unwrap_err().to_string(), nowhere.unwrap_err().to_string(), "what is secret sounds like what is not there");
        }
    });
}

#[test]
fn sg_083_a_named_search_needs_case_and_basis_and_is_recorded() {
    both(|office| async move {
        let register = &office.register;
        let (own, other) = (open(&office, "police-1").await, open(&office, "police-2").await);
        let (police, second) = (investigator(&office, "police-1").await, investigator(&office, "police-2").await);
        let at = office.at(5);
        let named = |name: &str| NewParty { names: vec![name.into()], ..party(PartyRole::Broker) };
        let mine = register.add_party(&police, &own.id, named("Test  PERSON-Alpha"), at).await.unwrap();
        register.add_party(&second, &other.id, named("alpha test person"), at).await.unwrap();
        let search = |name: &str, reason: &str| NameSearch { name: name.into(), reason: reason.into() };
        let stated = police.clone().for_case(&own.id);
        let hits = register.search_named(&stated, search("alpha, person test", "named by a witness"), at).await.unwrap();
        assert_eq!(
            hits.iter().map(|hit| hit.party.clone()).collect::<Vec<_>>(),
            std::slice::from_ref(&mine.id),
            "the other case's party stays unseen"
        );
        assert_eq!(register.read_party(&police, &mine.id, at).await.unwrap().names, ["Test  PERSON-Alpha"]);
        assert!(register.search_named(&stated, search("alpha", "a guess"), at).await.unwrap().is_empty(), "no likeness");
        assert_eq!(status(register.search_named(&police, search("alpha", "x"), at).await), 422, "no case");
        assert_eq!(status(register.search_named(&stated, search("alpha", ""), at).await), 422, "no reason");
        let without = office.caller("police-1", Purpose::Investigation).await.for_case(&own.id);
        assert_eq!(status(register.search_named(&without, search("alpha", "x"), at).await), 403, "no legal basis");
        assert_eq!(status(register.search_named(&police.clone().for_case(&other.id), search("alpha", "x"), at).await), 404, "not a member");
        let bank = open(&office, "bank-1").await;
        let banker = investigator(&office, "bank-1").await.for_case(&bank.id);
        assert_eq!(status(register.search_named(&banker, search("alpha", "x"), at).await), 403, "no bank searches for a person");
        let mut reading = register.store().read().await.unwrap();
        let made = reading.list::<tributary_register::case::NamedSearch>(tributary_cases::Find::Parent(&own.id), &Page::first(10)).await.unwrap();
        assert_eq!(made.iter().map(|one| one.body.hits).sum::<u32>(), 1);
        assert_eq!(made.len(), 2, "what was refused before the search began is in the ledger alone");
        assert!(made.iter().all(|one| one.body.searched.len() == 64 && !serde_json::to_string(&one.body).unwrap().to_lowercase().contains("alpha")));
        drop(reading);
        for _ in 0..98 {
            register.search_named(&stated, search("beta", "named by a witness"), at).await.unwrap();
        }
        assert_eq!(status(register.search_named(&stated, search("beta", "one more"), at).await), 409, "too many in a day");
        assert_eq!(status(register.search_named(&stated, search("beta", "tomorrow"), office.at(DAY + 5)).await), 200);
    });
}

#[test]
fn sg_121_a_product_says_its_decision_and_is_stale_without_an_effect() {
    both(|office| async move {
        let register = &office.register;
        let case = open(&office, "police-1").await;
        let police = investigator(&office, "police-1").await;
        let new = |decision: &str| NewProduct {
            title: "Route assessment".into(),
            decision: decision.into(),
            recipient: "Director, anti-trafficking".into(),
            shared: Shared::All,
        };
        assert_eq!(status(register.add_product(&police, &case.id, new(" "), office.at(5)).await), 422);
        // SG-123: the words of a product keep to the table; what somebody said may be quoted.
        let perhaps = register.add_product(&police, &case.id, new("perhaps to post two teams"), office.at(5)).await.unwrap_err().to_string();
        assert!(perhaps.contains("`decision`: character 1: `perhaps` is not of the table"), "{perhaps}");
        assert_eq!(status(register.add_product(&police, &case.id, new("a raid is likely (B2)"), office.at(5)).await), 422);
        assert_eq!(status(register.add_product(&police, &case.id, new("what \"perhaps tomorrow\" means for the teams"), office.at(5)).await), 200);
        let product = register.add_product(&police, &case.id, new("where to post two teams"), office.at(5)).await.unwrap();
        assert!(register.stale_products(&police, office.at(89 * DAY)).await.unwrap().is_empty());
        assert_eq!(register.stale_products(&police, office.at(91 * DAY)).await.unwrap().len(), 2);
        assert!(register.stale_products(&investigator(&office, "police-2").await, office.at(91 * DAY)).await.unwrap().is_empty());
        register.observe_effect(&police, &product.id, "teams were posted; three referrals", true, 1, office.at(91 * DAY)).await.unwrap();
        assert_eq!(register.stale_products(&police, office.at(95 * DAY)).await.unwrap().len(), 1, "the other");
    });
}

#[test]
fn a_link_is_proposed_by_one_case_and_agreed_by_the_other() {
    both(|office| async move {
        vet(&office, "fiu-1", 3).await;
        let register = &office.register;
        let (one, other) = (open(&office, "police-1").await, open(&office, "fiu-1").await);
        let (police, fiu) = (investigator(&office, "police-1").await.for_case(&one.id), investigator(&office, "fiu-1").await.for_case(&other.id));
        let at = office.at(5);
        let to = |id: &str| LinkTo::Case(id.into());
        assert_eq!(status(register.propose_link(&police, &one.id, &to(&"0".repeat(32)), LinkKind::SameRoute, "the same route", at).await), 404);
        assert_eq!(status(register.propose_link(&police, &one.id, &to(&one.id), LinkKind::SameRoute, "itself", at).await), 404);
        let link = register.propose_link(&police, &one.id, &to(&other.id), LinkKind::SameRoute, "the same route", at).await.unwrap();
        assert_eq!(status(register.answer_link(&police, &link.id, None, at).await), 404, "not by the side that proposed");
        let seen = register.links(&fiu, &other.id, at).await.unwrap();
        assert_eq!((seen[0].body.from.as_str(), seen[0].body.agency.as_str()), ("", "fia"), "not whose case before it is agreed");
        let agreed = register.answer_link(&fiu, &link.id, None, at).await.unwrap();
        assert!(matches!(agreed.body.state, LinkState::Agreed { .. }));
        assert_eq!(status(register.answer_link(&fiu, &link.id, Some("no"), at).await), 409);
        assert_eq!(register.links(&fiu, &other.id, at).await.unwrap()[0].body.from, one.id);
        register.exclude_agency(&fiu, &other.id, "fia", at).await.unwrap();
        assert!(register.links(&police, &one.id, at).await.unwrap().is_empty(), "SG-058: silent from then on");
        assert_eq!(status(register.propose_link(&police, &one.id, &to(&other.id), LinkKind::SameMoney, "again", at).await), 404);
    });
}

#[test]
fn a_timeline_is_in_order_and_shows_what_its_reader_sees() {
    both(|office| async move {
        let register = &office.register;
        let case = open(&office, "police-1").await;
        join(&office, "police-1", &case.id, "fmu", "fiu-1").await;
        let police = investigator(&office, "police-1").await;
        let own = NewParty { shared: Shared::Own, ..party(PartyRole::Forger) };
        register.add_party(&police, &case.id, own, office.at(6)).await.unwrap();
        let seized = tributary_register::case::EvidenceKind::Seizure;
        register.add_evidence(&police, &case.id, evidence(&office, seized), office.at(7)).await.unwrap();
        let all = register.timeline(&police, &case.id, office.at(9)).await.unwrap();
        let times: Vec<Timestamp> = all.iter().map(|event| event.at).collect();
        assert!(times.is_sorted());
        let words: Vec<&str> = all.iter().map(|event| event.what).collect();
        assert_eq!(words, ["evidence.collected", "case.member", "case.opened", "case.stage", "case.member", "party.added", "evidence.received"]);
        let partner = register.timeline(&investigator(&office, "fiu-1").await, &case.id, office.at(9)).await.unwrap();
        assert!(partner.iter().all(|event| event.what != "party.added") && partner.len() == all.len() - 1);
    });
}

#[test]
fn sg_057_clocks_suspend_then_purge_unless_reviewed_or_held() {
    both(|office| async move {
        let register = &office.register;
        let (held, reviewed, gone) = (open(&office, "police-1").await, open(&office, "police-1").await, open(&office, "police-1").await);
        let police = investigator(&office, "police-1").await;
        join(&office, "police-1", &held.id, "prosecution", "prosecutor-1").await;
        let named = NewParty { names: vec!["Test Person".into()], ..party(PartyRole::Broker) };
        let lost = register.add_party(&police, &gone.id, named, office.at(4)).await.unwrap();
        let admin = office.caller("admin-1", Purpose::Administration).await;
        assert_eq!(status(register.run_retention(&police, office.at(5)).await), 403, "not by who works the cases");
        let years = 1_826 * DAY;
        assert_eq!(register.run_retention(&admin, office.at(years)).await.unwrap().suspended, 0);
        assert_eq!(register.run_retention(&admin, office.at(years + 5)).await.unwrap().suspended, 3);
        let later = office.at(years + 6);
        for case in [&held, &reviewed, &gone] {
            assert_eq!(status(register.read_case(&police, &case.id, later).await), 409, "no use");
        }
        assert_eq!(status(register.read_party(&police, &lost.id, later).await), 409);
        let lawyer = prosecutor(&office, "prosecutor-1").await;
        assert_eq!(status(register.set_hold(&police, &held.id, office.at(years + 200 * DAY), "appeal", later).await), 403, "not by police");
        assert_eq!(status(register.set_hold(&lawyer, &held.id, office.at(years + 400 * DAY), "appeal", later).await), 422, "no hold without an end");
        register.set_hold(&lawyer, &held.id, office.at(years + 200 * DAY), "appeal", later).await.unwrap();
        let version = register.cases(&police, &Page::first(10), later).await.unwrap().iter().find(|case| case.id == reviewed.id).unwrap().version;
        register.review_case(&police, &reviewed.id, "the court asks for it", version, later).await.unwrap();
        assert_eq!(status(register.read_case(&police, &reviewed.id, later).await), 200);
        assert_eq!(register.run_retention(&admin, office.at(years + 94 * DAY)).await.unwrap().purged, 1);
        let after = office.at(years + 95 * DAY);
        assert_eq!(status(register.read_party(&police, &lost.id, after).await), 404);
        let mut writing = register.store().write(after).await.unwrap();
        assert!(matches!(writing.unseal(&format!("party/{}", lost.id)).await, Err(tributary_cases::CasesError::Erased)), "the seal is gone");
        drop(writing);
        assert_eq!(register.run_retention(&admin, office.at(years + 199 * DAY)).await.unwrap().purged, 0, "held");
        assert_eq!(register.run_retention(&admin, office.at(years + 201 * DAY)).await.unwrap().purged, 1, "the hold has ended by itself");
    });
}

#[test]
fn a_judge_reads_what_was_brought_before_the_court() {
    both(|office| async move {
        let register = &office.register;
        let case = open(&office, "police-1").await;
        join(&office, "police-1", &case.id, "prosecution", "prosecutor-1").await;
        let judge = office.caller("judge-1", Purpose::Adjudication).await;
        let at = office.at(5);
        assert_eq!(status(register.read_case(&judge, &case.id, at).await), 404);
        let police = investigator(&office, "police-1").await;
        assert_eq!(status(register.bring_to_court(&police, &case.id, &office.id("judge-1"), "trial", at).await), 403);
        let lawyer = prosecutor(&office, "prosecutor-1").await;
        assert_eq!(status(register.bring_to_court(&lawyer, &case.id, &office.id("police-2"), "trial", at).await), 403);
        register.bring_to_court(&lawyer, &case.id, &office.id("judge-1"), "trial", at).await.unwrap();
        assert_eq!(status(register.read_case(&judge, &case.id, at).await), 200);
        assert_eq!(register.cases(&judge, &Page::first(10), at).await.unwrap().len(), 1);
        assert_eq!(status(register.intelligence_of(&judge, &case.id, at).await), 403, "SG-122: no intelligence");
        assert_eq!(status(register.update_case(&judge, &case.id, CaseChange::default(), 4, at).await), 403);
    });
}

/// Shuts an agency out of a case, as naming one of its people does, without a member who may enter the compartment.
pub(crate) async fn shut_out(office: &Office, case: &str, agency: &str) {
    let mut writing = office.register.store().write(office.at(5)).await.unwrap();
    let mut case = writing.need::<tributary_register::case::Case>(case).await.unwrap();
    case.body.excluded.insert(agency.into());
    writing.put(&mut case).await.unwrap();
    writing.commit(tributary_cases::Notes::one(tributary_cases::Note::of("case.agency_excluded"))).await.unwrap();
}
