//! Escalations in the register: the whole way, and who may not take which step.

use std::collections::{BTreeMap, BTreeSet};

use tributary_access::{Handling, Purpose};
use tributary_cases::{Page, Stored};
use tributary_escalation::words::{Answer, Came, Category, Disposition, Outcome, Side, Stands};
use tributary_escalation::{Finding, Item, Material, Party, Product, Promotion, State};
use tributary_model::{Date, Grading, InformationGrade, SourceGrade, Timestamp};
use tributary_register::case::{CaseKind, EvidenceKind, NewCase, NewIntelligence, NewParty, ObjectiveFact, Offence, PartyRole, Shared};
use tributary_register::escalation::{EscalationFile, NewEscalation, NewFeedback, NewReceipt, Sent};
use tributary_register::victim::NewVictim;
use tributary_register::{Caller, RegisterError};

use crate::case;
use crate::support::{Office, both};

const BASIS: &str = "pk-ptpa-2018";

pub(crate) fn text_of(name: &str) -> String {
    std::fs::read_to_string(format!("../../protocols/{name}.toml")).unwrap()
}

pub(crate) fn finding() -> Finding {
    Finding {
        families_trafficking: 3,
        families_financing: 2,
        sources: 2,
        second_reads: 1,
        q: Some(0.01),
        disposition: Some(Disposition::Confirmed),
        withdrawn: false,
    }
}

/// A party as its drafter writes it; fact and offence are left to the record.
fn subject(id: &str, name: &str, answer: Answer) -> Party {
    Party {
        id: id.into(),
        stands: Stands::Subject,
        natural: true,
        minor: false,
        coerced: BTreeSet::new(),
        promotion: None,
        identity: BTreeMap::from([("name".into(), name.into())]),
        identifiers: Vec::new(),
        categories: Category::ALL.iter().map(|category| (*category, if *category == Category::Lawyer { answer } else { Answer::No })).collect(),
    }
}

fn material(item: &str, parties: Vec<Party>) -> Material {
    let item = Item {
        id: item.into(),
        typology: "debt-bondage".into(),
        text: "Wages were kept back at a kiln".into(),
        grade: None,
        handling: tributary_escalation::words::Handling::P,
        conditions: None,
        approver: None,
        source: Some("Zarrin Quill".into()),
        statement: None,
        on: None,
        place: None,
        amount: Some(125_000),
    };
    Material { parties, items: vec![item], narrative: "A recruiter keeps wages.".into(), attachments: Vec::new(), counts: BTreeMap::new() }
}

pub(crate) fn new(case: &str, material: Material) -> NewEscalation {
    NewEscalation {
        protocol: "pk-fia-ahtc".into(),
        case: Some(case.to_owned()),
        alert: "alert-1".into(),
        recipient_agency: "north-police".into(),
        owner: None,
        side: Side::Intersecting,
        product: Product { decision: "open an inquiry".into(), recipient: "the circle".into(), wanted: Date::parse("2027-06-30").unwrap() },
        order: None,
        community: Answer::No,
        danger: None,
        material,
    }
}

/// An office in which the protocol is released and police-1 has a case.
pub(crate) struct Desk {
    pub(crate) office: Office,
    pub(crate) case: String,
    pub(crate) police: Caller,
    /// Its parties Harun and Mira, both promoted.
    pub(crate) parties: [String; 2],
    /// Its item of intelligence.
    pub(crate) item: String,
}

/// Names of the case's parties.
const NAMES: [&str; 2] = ["Harun Testfeld", "Mira Beispiel"];

/// A party of the case, promoted on a piece of evidence.
async fn promoted(office: &Office, police: &Caller, case: &str, name: &str) -> String {
    let register = &office.register;
    let new = NewParty { label: "P".into(), names: vec![name.into()], ..case::party(PartyRole::Recruiter) };
    let party = register.add_party(police, case, new, office.at(1)).await.unwrap();
    let seized = register.add_evidence(police, case, case::evidence(office, EvidenceKind::Seizure), office.at(1)).await.unwrap();
    let facts = vec![ObjectiveFact::Seizure(seized.id)];
    let offences = vec![Offence { charge: "pk-ptpa-adult".into(), acted_on: Date::parse("2026-01-01").unwrap(), confirmed_in_force: true }];
    let done =
        register.promote_party(police, &party.id, facts, offences, "the ledger is theirs", &case::charges(), party.version, office.at(2)).await;
    done.unwrap().id
}

impl Desk {
    pub(crate) async fn open(office: Office) -> Self {
        release(&office, "pk-fia-ahtc").await;
        let investigating = office.caller("police-1", Purpose::Investigation).await;
        let case = NewCase {
            title: "kiln".into(),
            kind: CaseKind::Intersecting,
            jurisdiction: "PK".into(),
            sensitivity: 1,
            handling: Handling::P,
            decision: "open an inquiry".into(),
            stage_due: office.at(10_000),
            excluded: BTreeSet::new(),
        };
        let case = office.register.create_case(&investigating.clone().on_basis(BASIS), case, office.at(0)).await.unwrap().id;
        let police = investigating.for_case(&case).on_basis(BASIS);
        let parties = [promoted(&office, &police, &case, NAMES[0]).await, promoted(&office, &police, &case, NAMES[1]).await];
        let new = NewIntelligence {
            text: "wages are kept back at a kiln".into(),
            source: "Zarrin Quill".into(),
            grading: Grading { source: SourceGrade::Reliable, information: InformationGrade::A, handling: tributary_model::Handling::P },
            conditions: None,
            collected_at: office.at(0),
            shared: Shared::All,
        };
        let item = office.register.add_intelligence(&police, &case, new, office.at(2)).await.unwrap().id;
        Self { office, case, police, parties, item }
    }

    /// One of the two parties, with what a person answered about them.
    pub(crate) fn subject(&self, which: usize, answer: Answer) -> Party {
        subject(&self.parties[which - 1], NAMES[which - 1], answer)
    }

    pub(crate) fn material(&self, parties: Vec<Party>) -> Material {
        material(&self.item, parties)
    }

    pub(crate) fn at(&self, minutes: i64) -> Timestamp {
        self.office.at(minutes)
    }

    pub(crate) async fn drafted(&self, parties: Vec<Party>) -> Stored<EscalationFile> {
        let register = &self.office.register;
        let mut file = register.draft_escalation(&self.police, new(&self.case, self.material(parties)), Some(finding()), self.at(10)).await.unwrap();
        for login in ["police-2", "prosecutor-1", "rights-1"] {
            file = register.add_to_escalation(&self.police, &file.id, &self.office.id(login), self.at(11)).await.unwrap();
        }
        register.screen_escalation(&self.police, &file.id, file.version, self.at(12)).await.unwrap()
    }

    pub(crate) async fn signs(&self, login: &str, purpose: Purpose, id: &str) -> Result<Stored<EscalationFile>, RegisterError> {
        let register = &self.office.register;
        let caller = self.office.caller(login, purpose).await;
        let seen = register.read_escalation(&caller, id, self.at(20)).await?;
        let hash = seen.content.expect("screened").hash().expect("a hash");
        register.sign_escalation(&caller, id, seen.file.version, &hash, self.at(21)).await
    }

    pub(crate) async fn signed(&self, id: &str) -> Stored<EscalationFile> {
        self.signs("police-2", Purpose::Investigation, id).await.unwrap();
        self.signs("prosecutor-1", Purpose::Prosecution, id).await.unwrap()
    }

    async fn sent(&self) -> Sent {
        let file = self.drafted(vec![self.subject(1, Answer::No)]).await;
        let file = self.signed(&file.id).await;
        self.office.register.send_escalation(&self.police, &file.id, file.version, Some(finding()), self.at(30)).await.unwrap()
    }
}

pub(crate) async fn release(office: &Office, name: &str) {
    let admin = office.caller("admin-1", Purpose::Administration).await;
    let rights = office.caller("rights-2", Purpose::RightsReview).await;
    let proposed = office.register.propose_protocol(&admin, &text_of(name), "civil was heard; no objection", office.at(0)).await.unwrap();
    office.register.approve_protocol(&rights, &proposed.id, proposed.version, office.at(0)).await.unwrap();
}

fn is_duty<T: std::fmt::Debug>(answer: Result<T, RegisterError>, why: &str) {
    assert!(matches!(answer, Err(RegisterError::Duty(_))), "{why}: {answer:?}");
}

pub(crate) fn is_state<T: std::fmt::Debug>(answer: Result<T, RegisterError>, says: &str) {
    assert!(matches!(&answer, Err(RegisterError::State(why)) if why.contains(says)), "{says}: {answer:?}");
}

fn is_hidden<T: std::fmt::Debug>(answer: Result<T, RegisterError>, why: &str) {
    assert!(matches!(answer, Err(RegisterError::Missing(_))), "{why}: {answer:?}");
}

#[test]
fn sg_054_a_protocol_is_released_by_another_person() {
    both(|office| async move {
        let register = office.register.clone();
        let admin = office.caller("admin-1", Purpose::Administration).await;
        let broken =
            register.propose_protocol(&admin, &text_of("neutral").replace("families_min = 2", "families_min = 1"), "heard", office.at(0)).await;
        assert!(matches!(broken, Err(RegisterError::Invalid { field: "protocol", .. })), "SG-010");
        let proposed = register.propose_protocol(&admin, &text_of("pk-fia-ahtc"), "heard", office.at(0)).await.unwrap();
        let own = register.approve_protocol(&admin, &proposed.id, proposed.version, office.at(1)).await;
        assert!(matches!(own, Err(RegisterError::Denied { .. })), "who proposes does not release");
        let rights = office.caller("rights-1", Purpose::RightsReview).await;
        let stale = register.approve_protocol(&rights, &proposed.id, 9, office.at(1)).await;
        assert!(matches!(stale, Err(RegisterError::Conflict)));
        register.approve_protocol(&rights, &proposed.id, proposed.version, office.at(1)).await.unwrap();
        assert_eq!(register.protocols(&Page::first(10)).await.unwrap().len(), 1);
        let changed = text_of("pk-fia-ahtc").replace("draft = 168", "draft = 100");
        is_state(register.propose_protocol(&admin, &changed, "heard", office.at(2)).await, "version");
        let later = register.propose_protocol(&admin, &changed.replace("\"0.1.0\"", "\"0.2.0\""), "heard", office.at(2)).await.unwrap();
        register.approve_protocol(&rights, &later.id, later.version, office.at(3)).await.unwrap();
        let in_force = register.protocols(&Page::first(10)).await.unwrap();
        assert_eq!(in_force.iter().map(|one| one.body.version.as_str()).collect::<Vec<_>>(), ["0.2.0"]);
    });
}

/// SG-015, SG-071: draft, screening, two signatures, sending, receipt, feedback.
#[test]
fn from_draft_to_feedback() {
    both(|office| async move {
        let desk = Desk::open(office).await;
        let register = desk.office.register.clone();
        let file = desk.drafted(vec![desk.subject(1, Answer::No)]).await;
        assert_eq!(file.body.machine.state, State::Screened);
        let own = desk.signs("police-1", Purpose::Investigation, &file.id).await;
        assert!(matches!(own, Err(RegisterError::Denied { .. })), "SG-015: the drafter");
        register.add_to_escalation(&desk.police, &file.id, &desk.office.id("police-4"), desk.at(13)).await.unwrap();
        is_duty(desk.signs("police-4", Purpose::Investigation, &file.id).await, "SG-015: the drafter's unit");
        is_hidden(desk.signs("prosecutor-2", Purpose::Prosecution, &file.id).await, "not put on it");
        let now = register.read_escalation(&desk.police, &file.id, desk.at(14)).await.unwrap().file;
        is_state(register.send_escalation(&desk.police, &file.id, now.version, Some(finding()), desk.at(14)).await, "sign");
        let file = desk.signed(&file.id).await;
        let twice = desk.signs("police-2", Purpose::Investigation, &file.id).await;
        assert!(twice.is_err(), "nobody signs twice");
        let file = register.read_escalation(&desk.police, &file.id, desk.at(25)).await.unwrap().file;
        let without_basis = Caller { legal_basis: None, ..desk.police.clone() };
        let denied = register.send_escalation(&without_basis, &file.id, file.version, Some(finding()), desk.at(26)).await;
        assert!(matches!(denied, Err(RegisterError::Denied { .. })), "SG-056");
        let stale = register.send_escalation(&desk.police, &file.id, 1, Some(finding()), desk.at(26)).await;
        assert!(matches!(stale, Err(RegisterError::Conflict)));
        let weak = Finding { sources: 1, ..finding() };
        is_state(register.send_escalation(&desk.police, &file.id, file.version, Some(weak), desk.at(26)).await, "sources");
        let sent = register.send_escalation(&desk.police, &file.id, file.version, Some(finding()), desk.at(30)).await.unwrap();
        assert_eq!(sent.entries.len(), 1, "an entry to make a receipt for");
        let recipient = desk.office.caller("police-3", Purpose::Investigation).await;
        let package = register.fetch_package(&recipient, &sent.outbound, desk.at(31)).await.unwrap();
        assert_eq!(tributary_escalation::sha256(package.as_bytes()), sent.sha256);
        assert!(package.contains("Harun Testfeld") && !package.contains("Zarrin"), "the source is removed");
        is_hidden(
            register.fetch_package(&desk.office.caller("fiu-1", Purpose::Investigation).await, &sent.outbound, desk.at(31)).await,
            "not the recipient",
        );
        let receipt = NewReceipt { reference: "N-1".into(), office: "desk".into(), document: None, received: desk.at(31) };
        let got = register.record_receipt(&recipient, &file.id, sent.file.version, receipt, desk.at(32)).await.unwrap();
        let feedback =
            |review: Option<&str>| NewFeedback { came: Came::MeasureTaken, review_reference: review.map(str::to_owned), effect: "seen".into() };
        is_state(register.record_feedback(&recipient, &file.id, got.version, feedback(None), desk.at(40)).await, "own review");
        let done = register.record_feedback(&recipient, &file.id, got.version, feedback(Some("OWN-1")), desk.at(40)).await.unwrap();
        assert_eq!(done.body.machine.state, State::Feedback);
    });
}

/// SG-006, SG-031, SG-032, SG-033: who is recorded as a victim is no subject; the gate and the rights officer come first.
#[test]
fn a_victim_in_the_material_opens_the_gate() {
    both(|office| async move {
        let desk = Desk::open(office).await;
        let register = desk.office.register.clone();
        let support = desk.office.caller("support-1", Purpose::VictimAssistance).await;
        let helping = desk.office.caller("police-1", Purpose::VictimAssistance).await.for_case(&desk.case);
        let victim = NewVictim {
            case: Some(desk.case.clone()),
            jurisdiction: "PK".into(),
            minor: false,
            party: Some(desk.parties[1].clone()),
            means: BTreeSet::new(),
            exploitation: BTreeSet::new(),
            coerced: BTreeSet::new(),
        };
        let victim = register.open_victim(&helping, victim, desk.at(5)).await.unwrap();
        register.add_to_victim(&helping, &victim.id, &desk.office.id("support-1"), desk.at(5)).await.unwrap();
        let parties = vec![desk.subject(1, Answer::Unknown), desk.subject(2, Answer::No)];
        let file = desk.drafted(parties).await;
        assert_eq!(file.body.machine.state, State::Gate, "the drafter wrote a subject; the record says a victim");
        let police = register.gate_escalation(&helping, &file.id, file.version, &desk.parties[1], Outcome::Proceed, "x", desk.at(13)).await;
        assert!(matches!(police, Err(RegisterError::Denied { .. })), "SG-032: police hold no gate");
        let file =
            register.gate_escalation(&support, &file.id, file.version, &desk.parties[1], Outcome::Proceed, "she agrees", desk.at(13)).await.unwrap();
        assert_eq!(file.body.machine.state, State::Rights);
        let rights = desk.office.caller("rights-1", Purpose::RightsReview).await;
        is_duty(register.cosign_escalation(&rights, &file.id, file.version, true, "x", desk.at(14)).await, "SG-006: not opened");
        let seen = register.read_escalation(&rights, &file.id, desk.at(14)).await.unwrap();
        let content = seen.content.unwrap();
        assert_eq!((content.subjects.len(), content.protected.len()), (1, 1), "SG-031");
        assert!(!content.canonical().unwrap().contains("Mira"));
        let file = register.cosign_escalation(&rights, &file.id, seen.file.version, true, "needed", desk.at(15)).await.unwrap();
        assert_eq!(file.body.machine.state, State::Consultation);
        let observers = BTreeSet::from([desk.office.id("observer-1")]);
        let named = register.ask_consultation(&desk.police, &file.id, file.version, "Is Harun Testfeld known?", &observers, desk.at(16)).await;
        assert!(matches!(named, Err(RegisterError::Invalid { field: "question", .. })), "SG-087");
        let question = "Does such a report harm a community?";
        let file = register.ask_consultation(&desk.police, &file.id, file.version, question, &observers, desk.at(16)).await.unwrap();
        let observer = desk.office.caller("observer-1", Purpose::Oversight).await;
        is_hidden(register.read_escalation(&observer, &file.id, desk.at(17)).await, "SG-087: the question and no more");
        assert_eq!(register.consultation(&observer, &file.id, desk.at(17)).await.unwrap().question, question);
        register.answer_consultation(&observer, &file.id, "It may.", vec!["Why now?".into()], desk.at(18)).await.unwrap();
        let file = register.read_escalation(&desk.police, &file.id, desk.at(18)).await.unwrap().file;
        is_state(register.close_consultation(&desk.police, &file.id, file.version, "heard", desk.at(18)).await, "objection");
        let file = register.reply_objection(&desk.police, &file.id, file.version, 0, "A life is at risk.", desk.at(18)).await.unwrap();
        let file = register.close_consultation(&desk.police, &file.id, file.version, "heard", desk.at(19)).await.unwrap();
        assert_eq!(file.body.machine.state, State::Screened);
        desk.signed(&file.id).await;
    });
}

#[test]
fn a_change_voids_what_was_signed() {
    both(|office| async move {
        let desk = Desk::open(office).await;
        let register = desk.office.register.clone();
        let file = desk.drafted(vec![desk.subject(1, Answer::No)]).await;
        let file = desk.signed(&file.id).await;
        let mut changed = desk.material(vec![desk.subject(1, Answer::No)]);
        changed.narrative.push_str(" More.");
        let file = register.change_escalation(&desk.police, &file.id, file.version, changed, desk.at(26)).await.unwrap();
        assert_eq!((file.body.machine.state, file.body.machine.signatures.len()), (State::Draft, 0));
        is_state(register.send_escalation(&desk.police, &file.id, file.version, Some(finding()), desk.at(27)).await, "");
    });
}

/// SG-031, SG-035: somebody who becomes a victim after the signatures stops the sending.
#[test]
fn what_changed_since_the_signatures_is_seen_at_sending() {
    both(|office| async move {
        let desk = Desk::open(office).await;
        let register = desk.office.register.clone();
        let file = desk.drafted(vec![desk.subject(1, Answer::No), desk.subject(2, Answer::No)]).await;
        let file = desk.signed(&file.id).await;
        let helping = desk.office.caller("police-1", Purpose::VictimAssistance).await.for_case(&desk.case);
        let victim = NewVictim {
            case: Some(desk.case.clone()),
            jurisdiction: "PK".into(),
            minor: false,
            party: Some(desk.parties[1].clone()),
            means: BTreeSet::new(),
            exploitation: BTreeSet::new(),
            coerced: BTreeSet::new(),
        };
        register.open_victim(&helping, victim, desk.at(26)).await.unwrap();
        is_state(register.send_escalation(&desk.police, &file.id, file.version, Some(finding()), desk.at(27)).await, "screen it anew");
    });
}

/// SG-019: taken back by a withdrawn source; the recipient confirms; the package is not given out any more.
#[test]
fn sg_019_a_withdrawn_source_recalls_what_was_sent() {
    both(|office| async move {
        let desk = Desk::open(office).await;
        let register = desk.office.register.clone();
        let sent = desk.sent().await;
        let weak = Finding { sources: 1, ..finding() };
        let id = sent.file.id.clone();
        assert_eq!(register.withdraw_finding(&desk.police, &id, &weak, desk.at(40)).await.unwrap(), std::slice::from_ref(&id));
        let recipient = desk.office.caller("police-3", Purpose::Investigation).await;
        is_state(register.fetch_package(&recipient, &sent.outbound, desk.at(41)).await, "taken back");
        let file = register.read_escalation(&desk.police, &id, desk.at(41)).await.unwrap().file;
        assert_eq!(file.body.machine.state, State::Withdrawn);
        let file = register.confirm_withdrawal(&recipient, &id, file.version, desk.at(42)).await.unwrap();
        assert_eq!(file.body.machine.tell_by, None);
    });
}

#[test]
fn clocks_end_what_nobody_goes_on_with() {
    both(|office| async move {
        let desk = Desk::open(office).await;
        let register = desk.office.register.clone();
        let file = desk.drafted(vec![desk.subject(1, Answer::No)]).await;
        assert_eq!(register.run_escalation_clocks(desk.at(60)).await.unwrap().overdue, Vec::<String>::new());
        assert_eq!(register.run_escalation_clocks(desk.at(74 * 60)).await.unwrap().overdue, std::slice::from_ref(&file.id));
        let again = register.run_escalation_clocks(desk.at(75 * 60)).await.unwrap();
        assert_eq!(again, Default::default(), "it is told once");
        assert_eq!(register.run_escalation_clocks(desk.at(1_441 * 60)).await.unwrap().expired, std::slice::from_ref(&file.id));
        let file = register.read_escalation(&desk.police, &file.id, desk.at(1_442 * 60)).await.unwrap().file;
        assert_eq!(file.body.machine.state, State::Expired);
    });
}

#[test]
fn a_dry_run_tells_and_keeps_nothing() {
    both(|office| async move {
        let desk = Desk::open(office).await;
        let register = desk.office.register.clone();
        let asked = new(&desk.case, desk.material(vec![desk.subject(1, Answer::Yes)]));
        let run = register.try_escalation(&desk.police, asked.clone(), None, desk.at(5)).await.unwrap();
        assert_eq!(run.missing.iter().map(|one| one.rule).collect::<Vec<_>>(), ["finding"]);
        assert_eq!(run.needs.iter().map(|one| one.step).collect::<Vec<_>>(), ["rights", "consultation", "sign", "sign"]);
        assert!(register.escalations(&desk.police, &Page::first(10), desk.at(6)).await.unwrap().is_empty());
        let other_case = desk.police.clone().for_case("elsewhere");
        assert!(register.try_escalation(&other_case, asked.clone(), None, desk.at(6)).await.is_err(), "the case stated is its own");
        let border = NewEscalation { recipient_agency: "border-returns".into(), ..asked };
        let answer = register.try_escalation(&desk.police, border, Some(finding()), desk.at(7)).await;
        assert!(matches!(answer, Err(RegisterError::Invalid { field: "recipient_agency", .. })), "SG-038");
    });
}

/// SG-039: a report of few escalations tells no number.
#[test]
fn sg_039_a_small_report_tells_nothing() {
    both(|office| async move {
        let desk = Desk::open(office).await;
        desk.sent().await;
        let auditor = desk.office.caller("auditor-1", Purpose::Audit).await;
        let register = &desk.office.register;
        let quarter = (desk.at(-60 * 24 * 50), desk.at(60 * 24 * 50));
        let report = register.escalation_report(&auditor, quarter.0, quarter.1, desk.at(60)).await.unwrap();
        let row = &report.recipients["north-police"];
        assert!(row.counts.values().all(|count| *count == tributary_register::escalation::Count::Few));
        assert_eq!((row.stopped_percent, report.disparity), (None, None));
        let short = register.escalation_report(&auditor, quarter.0, desk.at(-60 * 24 * 49), desk.at(60)).await;
        assert!(matches!(short, Err(RegisterError::Invalid { field: "to", .. })));
    });
}

/// SG-002, SG-031, SG-050, SG-052: what an escalation says of people and items is what the case says, whatever the drafter wrote.
#[test]
fn sg_002_an_escalation_names_whom_the_case_has_promoted() {
    both(|office| async move {
        let desk = Desk::open(office).await;
        let register = desk.office.register.clone();
        let missing = async |material: Material, minute: i64| -> BTreeSet<&'static str> {
            let run = register.try_escalation(&desk.police, new(&desk.case, material), Some(finding()), desk.at(minute)).await.unwrap();
            run.missing.iter().map(|one| one.rule).collect()
        };
        let of = |party: Party| desk.material(vec![party]);
        let whole = || desk.subject(1, Answer::No);
        assert_eq!(missing(of(whole()), 5).await, BTreeSet::new(), "fact and offence come from the decision");
        let stated = |fact: &str, offence: &str| Party { promotion: Some(Promotion { fact: fact.into(), offence: offence.into() }), ..whole() };
        assert_eq!(missing(of(stated("fact-1", "pk-ptpa-adult")), 5).await, BTreeSet::from(["promotion"]), "a fact of the drafter's own");
        assert_eq!(missing(of(stated("", "pk-ata-11h")), 5).await, BTreeSet::from(["promotion"]), "another offence");
        assert_eq!(missing(of(Party { id: "p-1".into(), ..whole() }), 5).await, BTreeSet::from(["party", "promotion"]), "nobody of the case");
        let other = Party { identity: BTreeMap::from([("name".into(), "Somebody Else".into())]), ..whole() };
        assert_eq!(missing(of(other), 5).await, BTreeSet::from(["name"]), "another person's name");
        let hidden = BTreeMap::from([("name".into(), "Harun Testfeld".into()), ("full_name".into(), "Somebody Else".into())]);
        assert_eq!(missing(of(Party { identity: hidden, ..whole() }), 5).await, BTreeSet::from(["identity"]), "a key of the drafter's own");
        let named = register
            .add_party(&desk.police, &desk.case, NewParty { names: vec!["Iqbal Muster".into()], ..case::party(PartyRole::Other) }, desk.at(5))
            .await
            .unwrap();
        assert_eq!(missing(of(subject(&named.id, "Iqbal Muster", Answer::No)), 6).await, BTreeSet::from(["promotion"]), "named, and no subject");
        let mut invented = of(whole());
        invented.items[0].id = "i-1".into();
        assert_eq!(missing(invented, 6).await, BTreeSet::from(["grade", "item"]), "no item of the case");
        let mut attached = of(whole());
        attached.attachments.push(tributary_escalation::Attachment { title: "a page".into(), sha256: "cd".repeat(32) });
        assert_eq!(missing(attached, 6).await, BTreeSet::from(["attachment"]), "no document of the case");

        // Somebody who is helped has a subject's name: told apart, or not told at all.
        let helping = desk.office.caller("police-1", Purpose::VictimAssistance).await.for_case(&desk.case);
        let same = NewParty { names: vec!["HAR\u{200b}UN  ｔestfeld".into()], ..case::party(PartyRole::Other) };
        let same = register.add_party(&desk.police, &desk.case, same, desk.at(6)).await.unwrap();
        let victim = |party: &str, case: Option<String>| NewVictim {
            case,
            jurisdiction: "PK".into(),
            minor: false,
            party: Some(party.into()),
            means: BTreeSet::new(),
            exploitation: BTreeSet::new(),
            coerced: BTreeSet::new(),
        };
        let foreign = register.open_victim(&helping, victim("p-1", Some(desk.case.clone())), desk.at(7)).await;
        assert!(matches!(foreign, Err(RegisterError::Missing("party"))), "no party of the case");
        register.open_victim(&helping, victim(&same.id, Some(desk.case.clone())), desk.at(7)).await.unwrap();
        assert_eq!(missing(of(whole()), 8).await, BTreeSet::from(["protected_name"]), "SG-031");

        // Who is cleared is named no more, signed or not.
        let file = desk.drafted(vec![desk.subject(2, Answer::No)]).await;
        let file = desk.signed(&file.id).await;
        let mira = register.read_party(&desk.police, &desk.parties[1], desk.at(22)).await.unwrap().party;
        register.clear_party(&desk.police, &mira.id, "it was another person", mira.version, desk.at(23)).await.unwrap();
        is_state(register.send_escalation(&desk.police, &file.id, file.version, Some(finding()), desk.at(24)).await, "screen it anew");
    });
}

/// SG-031: a record of a possible victim takes the party out of the subjects.
#[test]
fn sg_031_a_record_of_a_victim_undoes_a_subject() {
    both(|office| async move {
        let desk = Desk::open(office).await;
        let register = desk.office.register.clone();
        let helping = desk.office.caller("police-1", Purpose::VictimAssistance).await.for_case(&desk.case);
        let new = NewVictim {
            case: Some(desk.case.clone()),
            jurisdiction: "PK".into(),
            minor: false,
            party: Some(desk.parties[1].clone()),
            means: BTreeSet::new(),
            exploitation: BTreeSet::new(),
            coerced: BTreeSet::new(),
        };
        register.open_victim(&helping, new, desk.at(5)).await.unwrap();
        let party = register.read_party(&desk.police, &desk.parties[1], desk.at(6)).await.unwrap().party;
        assert!(matches!(party.body.standing, tributary_register::case::Standing::Cleared { .. }));
    });
}

/// SG-014: what a stopped pack has found does not leave; what another has found does.
#[test]
fn sg_014_a_stop_of_one_pack_holds_its_escalations() {
    both(|office| async move {
        let desk = Desk::open(office).await;
        let register = desk.office.register.clone();
        let alert = crate::alert::imported(&desk.office, 1).await.remove(0);
        let resting = async |alert: &str| {
            let asked = NewEscalation { alert: alert.into(), ..new(&desk.case, desk.material(vec![desk.subject(1, Answer::No)])) };
            let run = register.try_escalation(&desk.police, asked, Some(finding()), desk.at(6)).await.unwrap();
            run.missing.iter().map(|one| one.rule).collect::<Vec<_>>()
        };
        assert_eq!(resting(&alert).await, Vec::<&str>::new());
        let analyst = crate::alert::detecting(&desk.office, "police-1").await;
        let scope = tributary_register::governance::Scope::Pack { pack: "recruitment".into(), agency: Some("fia".into()) };
        register.set_stop(&analyst, scope, "It flags a charity.", desk.at(5)).await.unwrap();
        assert_eq!(resting(&alert).await, ["stopped"]);
        assert_eq!(resting("alert-1").await, Vec::<&str>::new(), "another alert goes on");
        let asked = NewEscalation { alert, ..new(&desk.case, desk.material(vec![desk.subject(1, Answer::No)])) };
        let drafted = register.draft_escalation(&desk.police, asked, Some(finding()), desk.at(7)).await.unwrap();
        let kept = register.send_escalation(&desk.police, &drafted.id, drafted.version, Some(finding()), desk.at(8)).await;
        is_state(kept, "a stop is in force");
    });
}

/// SG-057: an escalation has a clock, a hold of its case holds it, and with it goes what was sealed for it.
#[test]
fn sg_057_an_escalation_is_suspended_then_purged_unless_held() {
    both(|office| async move {
        let desk = Desk::open(office).await;
        let register = desk.office.register.clone();
        let sent = desk.sent().await;
        let years = 1_826 * 24 * 60;
        let admin = desk.office.caller("admin-1", Purpose::Administration).await;
        // The case has the same term, and a little less: it is reviewed and held, so that the escalation's own clock is seen.
        register.run_retention(&admin, desk.at(years + 5)).await.unwrap();
        let version = register.cases(&desk.police, &Page::first(9), desk.at(years + 6)).await.unwrap()[0].version;
        register.review_case(&desk.police, &desk.case, "needed", version, desk.at(years + 6)).await.unwrap();
        assert_eq!(register.run_retention(&admin, desk.at(years + 20)).await.unwrap().escalations_suspended, 1);
        let later = desk.at(years + 30);
        assert!(matches!(register.read_escalation(&desk.police, &sent.file.id, later).await, Err(RegisterError::Missing(_))));
        assert!(register.escalations(&desk.police, &Page::first(9), later).await.unwrap().is_empty());
        let day = 24 * 60;
        let purge = years + 301 * day;
        let mut writing = register.store().write(later).await.unwrap();
        assert!(writing.unseal(&format!("outbound/{}", sent.outbound)).await.is_ok(), "suspended is not purged");
        // A hold of its case holds it, as the prosecutor or the court would set one.
        let mut case = writing.need::<tributary_register::case::Case>(&desk.case).await.unwrap();
        let hold = tributary_register::case::Hold { legal_basis: BASIS.into(), by: "court".into(), until: desk.at(years + 300 * day) };
        case.body.retention.hold = Some(hold);
        writing.put(&mut case).await.unwrap();
        writing.commit(tributary_cases::Notes::one(tributary_cases::Note::of("hold.set"))).await.unwrap();
        assert_eq!(register.run_retention(&admin, desk.at(years + 92 * day)).await.unwrap().escalations_purged, 0, "held");
        assert_eq!(register.run_retention(&admin, desk.at(years + 299 * day)).await.unwrap().escalations_purged, 0, "held");
        assert_eq!(register.run_retention(&admin, desk.at(purge)).await.unwrap().escalations_purged, 1, "the hold has ended by itself");
        let mut writing = register.store().write(desk.at(purge)).await.unwrap();
        for name in
            [format!("outbound/{}", sent.outbound), format!("escalation/{}/material", sent.file.id), format!("escalation/{}/content", sent.file.id)]
        {
            assert!(writing.unseal(&name).await.is_err(), "{name}");
        }
        drop(writing);
        let proof = register.receipt(&sent.entries[0], desk.at(purge)).await;
        assert!(proof.is_ok(), "what was sent stays proved: {proof:?}");
        assert!(register.store().entry(&sent.entries[0]).await.unwrap().unwrap().salt.is_none());
    });
}
