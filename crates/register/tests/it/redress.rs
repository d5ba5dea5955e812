//! SG-018: who thinks that something is held of them asks, has it put right, and appeals; the clocks run, and no answer tells what may not be told.

use tributary_access::Purpose;
use tributary_cases::Page;
use tributary_model::Timestamp;
use tributary_register::case::{CaseKind, NewCase, NewParty, PartyKind, PartyRole, Shared, Standing};
use tributary_register::governance::redress::{
    About, AboutKind, Asks, NewDecision, NewRedress, NoticeRule, Redress, RedressRules, Remedy, Requester, Ruling,
};
use tributary_register::{Caller, RegisterError};

use crate::support::{Office, both};

const DAY: i64 = 24 * 60;

fn status<T>(answer: Result<T, RegisterError>) -> u16 {
    answer.map_or_else(|error| error.status(), |_| 200)
}

fn about(kind: AboutKind, id: &str) -> Option<About> {
    Some(About { kind, id: id.into() })
}

fn asks(asks: Asks, about: Option<About>) -> NewRedress {
    NewRedress {
        asks,
        about,
        jurisdiction: "PK".into(),
        requester: Requester { name: "Nadia Testfall".into(), contact: "by letter".into(), text: "I think that you hold something.".into() },
        victim: None,
        appeal_of: None,
        put_to_agency: None,
        put_to_judge: None,
    }
}

fn ruling(version: i64, ruling: Ruling, remedies: Vec<Remedy>) -> NewDecision {
    NewDecision { version, ruling, reason: "the file says so".into(), remedies }
}

async fn rights(office: &Office) -> Caller {
    office.caller("rights-1", Purpose::RightsReview).await
}

/// A case of an agency with one party; ids of both.
async fn case_with_party(office: &Office, login: &str) -> (String, String) {
    let owner = office.caller(login, Purpose::Investigation).await.on_basis("pk-ptpa-2018");
    let new = NewCase {
        title: "Kiln".into(),
        kind: CaseKind::Trafficking,
        jurisdiction: "PK".into(),
        sensitivity: 1,
        handling: tributary_access::Handling::P,
        decision: "whether to ask for a warrant".into(),
        stage_due: office.at(900 * DAY),
        excluded: [].into(),
    };
    let case = office.register.create_case(&owner, new, office.at(1)).await.unwrap().id;
    let party = NewParty {
        kind: PartyKind::Person,
        role: PartyRole::Broker,
        label: "P-1".into(),
        names: vec!["Nadia Testfall".into()],
        shared: Shared::Own,
        official: None,
    };
    let party = office.register.add_party(&owner.for_case(&case), &case, party, office.at(2)).await.unwrap();
    (case, party.id)
}

/// Taken in, decided, answered; the request as it stands then.
async fn through(office: &Office, new: NewRedress, decided: Ruling, words: &str) -> (String, Redress) {
    let officer = rights(office).await;
    let register = &office.register;
    let taken = register.take_redress(&officer, new, office.at(10)).await.unwrap();
    let done = register.decide_redress(&officer, &taken.id, ruling(taken.version, decided, vec![]), office.at(DAY)).await.unwrap();
    let early = register.answer_redress(&officer, &taken.id, done.version, words, office.at(9 * DAY)).await;
    assert_eq!(status(early), 409, "how fast an answer comes must tell nothing");
    let answered = register.answer_redress(&officer, &taken.id, done.version, words, office.at(11 * DAY)).await.unwrap();
    (taken.id, answered.body)
}

#[test]
fn sg_018_no_answer_tells_whether_what_may_not_be_told_exists() {
    both(|office| async move {
        let (police_case, police_party) = case_with_party(&office, "police-1").await;
        let (_, fiu_party) = case_with_party(&office, "fiu-1").await;
        let words = "You are named as an associate in one file.";
        let (_, told) = through(&office, asks(Asks::Access, about(AboutKind::Party, &police_party)), Ruling::Upheld, words).await;
        assert_eq!(told.answer.as_ref().unwrap().1, words, "what may be told is told");

        // Of the FIU's files (reports of suspicion) nothing is told, and of nothing nothing: nobody can tell one from the other.
        let (_, secret) = through(&office, asks(Asks::Access, about(AboutKind::Party, &fiu_party)), Ruling::Upheld, words).await;
        let (_, nothing) =
            through(&office, asks(Asks::Access, about(AboutKind::Party, "00000000000000000000000000000000")), Ruling::NotUpheld, words).await;
        let (_, nowhere) = through(&office, asks(Asks::Access, None), Ruling::NotUpheld, words).await;
        assert_eq!(secret.answer, nothing.answer);
        assert_eq!(secret.answer, nowhere.answer);
        assert!(secret.answer.as_ref().unwrap().1.contains("neither confirm nor deny"));
        assert_eq!((secret.acknowledge_by, secret.answer_from, secret.decide_by), (nothing.acknowledge_by, nothing.answer_from, nothing.decide_by));
        assert_eq!((told.acknowledge_by, told.decide_by), (nothing.acknowledge_by, nothing.decide_by), "clocks are the same for every basis");

        // An order delays the notice of a case, and of everybody in it.
        let owner = office.caller("police-1", Purpose::Investigation).await.for_case(&police_case).on_basis("pk-ptpa-2018");
        office.register.share_case(&owner, &police_case, invitation("prosecution"), office.at(12 * DAY)).await.unwrap();
        let member = office.caller("prosecutor-1", Purpose::Prosecution).await.on_basis("pk-ptpa-2018");
        office.register.join_case(&member, &police_case, office.at(12 * DAY)).await.unwrap();
        let party = About { kind: AboutKind::Party, id: police_party.clone() };
        office.register.delay_notice(&member, party, office.at(60 * DAY), "an arrest is planned", office.at(12 * DAY)).await.unwrap();
        let (id, held_back) = again(&office, &police_party, words, 13).await;
        assert_eq!(held_back.answer.as_ref().unwrap().1, nothing.answer.as_ref().unwrap().1);
        // What goes into the log of it is the same, too.
        let stranger = office.caller("rights-2", Purpose::Oversight).await;
        assert_eq!(status(office.register.read_redress(&stranger, &id, office.at(30 * DAY)).await), 404, "and the purpose is asked for");
    });
}

fn invitation(agency: &str) -> tributary_register::case::NewInvitation {
    serde_json::from_value(serde_json::json!({ "agency": agency, "reason": "for the charge" })).unwrap()
}

async fn again(office: &Office, party: &str, words: &str, day: i64) -> (String, Redress) {
    let officer = rights(office).await;
    let taken = office.register.take_redress(&officer, asks(Asks::Access, about(AboutKind::Party, party)), office.at(day * DAY)).await.unwrap();
    let done =
        office.register.decide_redress(&officer, &taken.id, ruling(taken.version, Ruling::Upheld, vec![]), office.at((day + 1) * DAY)).await.unwrap();
    let answered = office.register.answer_redress(&officer, &taken.id, done.version, words, office.at((day + 11) * DAY)).await.unwrap();
    (taken.id, answered.body)
}

#[test]
fn sg_018_delays_end_and_put_the_notice_into_the_queue_or_before_oversight() {
    both(|office| async move {
        let register = &office.register;
        let (case, _) = case_with_party(&office, "police-1").await;
        let (fiu_case, _) = case_with_party(&office, "fiu-1").await;
        let mut notices = Vec::new();
        for (login, case) in [("police-1", &case), ("fiu-1", &fiu_case)] {
            let owner = office.caller(login, Purpose::Investigation).await.for_case(case).on_basis("pk-ptpa-2018");
            register.share_case(&owner, case, invitation("prosecution"), office.at(5)).await.unwrap();
            let member = office.caller("prosecutor-1", Purpose::Prosecution).await.on_basis("pk-ptpa-2018");
            register.join_case(&member, case, office.at(6)).await.unwrap();
            let what = || About { kind: AboutKind::Case, id: case.clone() };
            let police = office.caller("police-2", Purpose::Investigation).await.on_basis("pk-ptpa-2018");
            assert_eq!(status(register.delay_notice(&police, what(), office.at(30 * DAY), "so", office.at(7)).await), 404);
            assert_eq!(status(register.delay_notice(&member, what(), office.at(181 * DAY), "so", office.at(7)).await), 422, "not for ever");
            notices.push(register.delay_notice(&member, what(), office.at(30 * DAY), "an arrest is planned", office.at(7)).await.unwrap());
            let more = register.delay_notice(&member, what(), office.at(200 * DAY), "so", office.at(20 * DAY)).await;
            assert_eq!(status(more), 422, "all orders together are bounded");
        }
        assert_eq!(register.run_redress_clocks(office.at(29 * DAY)).await.unwrap().queued, 0);
        let officer = rights(&office).await;
        assert!(register.notices(&officer, &Page::first(10), office.at(29 * DAY)).await.unwrap().is_empty());
        let ran = register.run_redress_clocks(office.at(30 * DAY)).await.unwrap();
        assert_eq!((ran.queued, ran.to_oversight), (1, 1), "reports of suspicion are reviewed, and not told");
        assert_eq!(register.run_redress_clocks(office.at(31 * DAY)).await.unwrap().queued, 0, "once");
        let due = register.notices(&officer, &Page::first(10), office.at(31 * DAY)).await.unwrap();
        assert_eq!(due.len(), 2);
        for notice in due {
            let done = register.finish_notice(&officer, &notice.id, notice.version, "by letter", office.at(32 * DAY)).await.unwrap();
            assert_eq!(status(register.finish_notice(&officer, &notice.id, done.version, "again", office.at(32 * DAY)).await), 409);
        }
    });
}

#[test]
fn sg_018_an_appeal_goes_to_another_body_than_the_one_that_decided() {
    both(|office| async move {
        let register = &office.register;
        let (_, party) = case_with_party(&office, "police-1").await;
        let (first, answered) = through(&office, asks(Asks::Correction, about(AboutKind::Party, &party)), Ruling::NotUpheld, "No.").await;
        let officer = rights(&office).await;
        let appeal = |agency: Option<&str>, judge: Option<String>| NewRedress {
            appeal_of: Some(first.clone()),
            put_to_agency: agency.map(Into::into),
            put_to_judge: judge,
            ..asks(Asks::Appeal, None)
        };
        let at = office.at(20 * DAY);
        assert_eq!(status(register.take_redress(&officer, appeal(Some("ombudsperson"), None), at).await), 403, "not the body that decided");
        assert_eq!(status(register.take_redress(&officer, appeal(Some("fia"), None), at).await), 422, "nor the agency that holds it");
        assert_eq!(status(register.take_redress(&officer, appeal(None, Some(office.id("police-1"))), at).await), 422);
        let late = office.at(11 * DAY + 91 * DAY);
        assert_eq!(status(register.take_redress(&officer, appeal(None, Some(office.id("judge-1"))), late).await), 409, "within 90 days");
        let taken = register.take_redress(&officer, appeal(None, Some(office.id("judge-1"))), at).await.unwrap();
        assert_eq!(taken.body.decide_by, Timestamp(at.0 + 60 * 86_400_000_000));
        let twice = register.take_redress(&officer, appeal(None, Some(office.id("judge-1"))), at).await;
        assert_eq!(status(twice), 409, "one appeal against one decision");
        let own = register.decide_redress(&officer, &taken.id, ruling(taken.version, Ruling::NotUpheld, vec![]), at).await;
        assert_eq!(status(own), 404, "the first body does not reach it");
        let judge = office.caller("judge-1", Purpose::Adjudication).await;
        let remedies = vec![Remedy::Party { party: party.clone() }];
        let done = register.decide_redress(&judge, &taken.id, ruling(taken.version, Ruling::Upheld, remedies), office.at(25 * DAY)).await.unwrap();
        assert_eq!(done.body.decided.unwrap().agency, "court");
        assert!(answered.answer.is_some());
        let owner = office.caller("police-1", Purpose::Investigation).await;
        let seen = register.read_party(&owner, &party, office.at(26 * DAY)).await.unwrap();
        assert!(matches!(seen.party.body.standing, Standing::Cleared { .. }), "what was wrong is put right: {:?}", seen.party.body.standing);
        let again = register.decide_redress(&judge, &taken.id, ruling(done.version, Ruling::NotUpheld, vec![]), office.at(26 * DAY)).await;
        assert_eq!(status(again), 409);
    });
}

#[test]
fn sg_018_sg_019_a_correction_takes_the_source_away_from_under_alerts() {
    both(|office| async move {
        let register = &office.register;
        let import = crate::alert::import("fia", vec![crate::alert::record(1, 0.1)]);
        assert_eq!(register.import_alerts(import, office.at(1)).await.unwrap().added, 1);
        let reader = office.caller("police-1", Purpose::Detection).await;
        let id = register.queue(&reader, 10, office.at(2)).await.unwrap()[0].id.clone();
        let officer = rights(&office).await;
        let taken = register.take_redress(&officer, asks(Asks::Correction, about(AboutKind::Alert, &id)), office.at(3)).await.unwrap();
        let remedies = vec![Remedy::Source { agency: "fia".into(), source: "bank-feed".into() }];
        let none = ruling(taken.version, Ruling::NotUpheld, remedies.clone());
        assert_eq!(
            status(register.decide_redress(&officer, &taken.id, none, office.at(4)).await),
            422,
            "nothing is put right where nothing was wrong"
        );
        register.decide_redress(&officer, &taken.id, ruling(taken.version, Ruling::Upheld, remedies), office.at(4)).await.unwrap();
        assert_eq!(register.queue(&reader, 10, office.at(5)).await.unwrap().len(), 0, "it does not stand without the source");
    });
}

#[test]
fn sg_018_clocks_run_and_lateness_shows() {
    both(|office| async move {
        let register = &office.register;
        let officer = rights(&office).await;
        let taken = register.take_redress(&officer, asks(Asks::Complaint, None), office.at(0)).await.unwrap();
        assert_eq!(register.run_redress_clocks(office.at(29 * DAY)).await.unwrap().overdue, 0);
        let told = register.acknowledge_redress(&officer, &taken.id, taken.version, office.at(DAY)).await.unwrap();
        let longer = register.extend_redress(&officer, &taken.id, told.version, "a file is abroad", office.at(20 * DAY)).await.unwrap();
        assert_eq!(status(register.extend_redress(&officer, &taken.id, longer.version, "again", office.at(21 * DAY)).await), 409, "once");
        assert_eq!(register.run_redress_clocks(office.at(59 * DAY)).await.unwrap().overdue, 0);
        assert_eq!(register.run_redress_clocks(office.at(60 * DAY)).await.unwrap().overdue, 1);
        assert_eq!(register.run_redress_clocks(office.at(61 * DAY)).await.unwrap().overdue, 0, "recorded once");
        // Others take nothing in, and see nothing.
        let police = office.caller("police-1", Purpose::Investigation).await;
        assert_eq!(status(register.take_redress(&police, asks(Asks::Access, None), office.at(1)).await), 404);
        assert_eq!(status(register.read_redress(&police, &taken.id, office.at(1)).await), 404);
        let support = office.caller("support-1", Purpose::VictimAssistance).await;
        let for_nobody = NewRedress { victim: Some("0".into()), put_to_agency: Some("ombudsperson".into()), ..asks(Asks::Access, None) };
        assert_eq!(status(register.take_redress(&support, for_nobody, office.at(1)).await), 404, "for the persons they look after alone");
    });
}

#[test]
fn the_shipped_rules_read_and_say_that_counsel_has_not_confirmed_them() {
    for code in ["PK", "PK-KP", "XX"] {
        let rules = RedressRules::of(code).unwrap();
        assert!(!rules.confirmed && !rules.status.is_empty(), "{code}");
        assert_eq!(rules.notice(&[tributary_access::AgencyClass::Fiu], &[]), NoticeRule::None);
        assert_eq!(rules.notice(&[tributary_access::AgencyClass::Police], &["X-1".into()]), NoticeRule::Given);
    }
    assert_eq!(RedressRules::of("PK").unwrap().id, "pk");
    assert_eq!(RedressRules::of("PK").unwrap().notice(&[], &["pk-amla-2010".into()]), NoticeRule::None);
    let text = std::fs::read_to_string("../../redress/neutral.toml").unwrap();
    for (from, to) in [
        ("decide_days = 30", "decide_days = 0"),
        ("answer_from_days = 10", "answer_from_days = 40"),
        ("prefixes = [\"\"]", "prefixes = []"),
        ("v = 1", "v = 2"),
    ] {
        assert!(RedressRules::parse(&text.replace(from, to)).is_err(), "{to}");
    }
}

/// What who takes an appeal in is told of it, and what the log shows of it to everybody.
async fn told(office: &Office, taken: &tributary_cases::Stored<Redress>) -> (i64, Timestamp, Timestamp, String, Vec<(String, Vec<Option<String>>)>) {
    office.register.publish(office.at(0)).await.unwrap();
    let id = office.register.keys().pseudonym("request/", &taken.id).as_str().to_owned();
    let of_it =
        crate::retention::logged(office).into_iter().filter(|entry| entry.reference("request").map(|one| one.to_string()) == Some(id.clone()));
    let tags = ["role", "purpose", "case", "asks"];
    let public = of_it.map(|entry| (entry.kind().to_owned(), tags.map(|tag| entry.tag(tag).map(ToOwned::to_owned)).to_vec())).collect();
    (taken.version, taken.body.acknowledge_by, taken.body.decide_by, taken.body.rules.clone(), public)
}

#[test]
fn sg_018_who_takes_an_appeal_in_does_not_learn_whether_the_judge_holds_the_file() {
    both(|office| async move {
        let register = &office.register;
        let (case, party) = case_with_party(&office, "police-1").await;
        let owner = office.caller("police-1", Purpose::Investigation).await.for_case(&case).on_basis("pk-ptpa-2018");
        register.share_case(&owner, &case, invitation("prosecution"), office.at(3)).await.unwrap();
        let lawyer = office.caller("prosecutor-1", Purpose::Prosecution).await.on_basis("pk-ptpa-2018");
        register.join_case(&lawyer, &case, office.at(4)).await.unwrap();
        register.bring_to_court(&lawyer.for_case(&case), &case, &office.id("judge-1"), "for the charge", office.at(5)).await.unwrap();
        let nothing = "00000000000000000000000000000000";
        let (held, _) = through(&office, asks(Asks::Correction, about(AboutKind::Party, &party)), Ruling::NotUpheld, "No.").await;
        let (empty, _) = through(&office, asks(Asks::Correction, about(AboutKind::Party, nothing)), Ruling::NotUpheld, "No.").await;
        let other = office
            .newcomer("judge-2", tributary_access::Role::Judge, ("court", tributary_access::AgencyClass::Court), Purpose::Adjudication, office.at(10))
            .await;

        let officer = rights(&office).await;
        let at = office.at(20 * DAY);
        let appeal = |first: &str| NewRedress { appeal_of: Some(first.into()), put_to_judge: Some(office.id("judge-1")), ..asks(Asks::Appeal, None) };
        let of_held = register.take_redress(&officer, appeal(&held), at).await.unwrap();
        let of_nothing = register.take_redress(&officer, appeal(&empty), at).await.unwrap();
        let known = told(&office, &of_held).await;
        assert_eq!(known, told(&office, &of_nothing).await, "nothing tells one from the other");
        assert_eq!(known.4.len(), 1, "the entry of taking in");
        for taken in [&of_held, &of_nothing] {
            assert_eq!(status(register.read_redress(&officer, &taken.id, at).await), 404, "nor does reading it");
        }
        // The one goes where it was put, the other to a judge before whom the case was not brought; both are decided.
        assert_eq!(of_nothing.body.assigned, Some(office.id("judge-1")));
        assert_eq!((of_held.body.agency.as_str(), of_held.body.assigned.as_deref()), ("court", Some(other.principal.id.as_str())));
        let judge = office.caller("judge-1", Purpose::Adjudication).await;
        let decide = |taken: &tributary_cases::Stored<Redress>| (taken.id.clone(), ruling(taken.version, Ruling::NotUpheld, vec![]));
        let (id, decision) = decide(&of_held);
        assert_eq!(status(register.decide_redress(&judge, &id, decision.clone(), at).await), 404, "who holds the file does not even see it");
        assert_eq!(status(register.decide_redress(&other, &id, decision, at).await), 200);
        let (id, decision) = decide(&of_nothing);
        assert_eq!(status(register.decide_redress(&judge, &id, decision, at).await), 200);
    });
}

#[test]
fn sg_058_a_body_that_the_case_shuts_out_hears_no_appeal_about_it() {
    both(|office| async move {
        let (case, party) = case_with_party(&office, "police-1").await;
        let class = tributary_access::AgencyClass::Oversight;
        for agency in ["named-oversight", "free-oversight"] {
            let login = format!("at-{agency}");
            office.newcomer(&login, tributary_access::Role::RightsOfficer, (agency, class), Purpose::RightsReview, office.at(10)).await;
        }
        crate::case::shut_out(&office, &case, "named-oversight").await;
        let (first, _) = through(&office, asks(Asks::Correction, about(AboutKind::Party, &party)), Ruling::NotUpheld, "No.").await;
        let appeal = |to: &str| NewRedress { appeal_of: Some(first.clone()), put_to_agency: Some(to.into()), ..asks(Asks::Appeal, None) };
        let taken = office.register.take_redress(&rights(&office).await, appeal("named-oversight"), office.at(20 * DAY)).await.unwrap();
        assert_eq!(taken.body.agency, "free-oversight", "not who is named in the case, nor who took it in");
    });
}

#[test]
fn sg_018_no_body_hears_the_appeals_it_takes_in() {
    both(|office| async move {
        let register = &office.register;
        let (first, _) = through(&office, asks(Asks::Access, None), Ruling::NotUpheld, "No.").await;
        let class = tributary_access::AgencyClass::Oversight;
        let officer = office
            .newcomer("rights-9", tributary_access::Role::RightsOfficer, ("second-oversight", class), Purpose::RightsReview, office.at(10))
            .await;
        let appeal = |agency: &str| NewRedress { appeal_of: Some(first.clone()), put_to_agency: Some(agency.into()), ..asks(Asks::Appeal, None) };
        let at = office.at(20 * DAY);
        let own = register.take_redress(&officer, appeal("second-oversight"), at).await;
        assert_eq!(status(own), 403, "whatever is held: else an appeal that is missing from one's own list would tell");
        let taken = register.take_redress(&rights(&office).await, appeal("second-oversight"), at).await.unwrap();
        assert_eq!(taken.body.agency, "second-oversight");
        assert_eq!(register.redress(&officer, &Page::first(10), at).await.unwrap().len(), 1);
    });
}
