//! The state machine: the whole way, and what each step refuses.

use std::collections::BTreeSet;

use tributary_escalation::words::{Answer, Came, Class, Outcome};
use tributary_escalation::{Escalation, Event, Material, Order, ProtocolRef, State};
use tributary_model::Date;

use crate::office::{Story, answers, at, draft, finding, material, moment, protocol, victim, who};

fn hard() -> Material {
    let mut made = material();
    made.parties.push(victim("v", "Mira Beispiel"));
    made.parties[0].categories = answers(Answer::Unknown);
    made
}

fn gate(story: &Story, account: &str, outcome: Outcome, referral_offered: bool) -> Event {
    Event::Gate { by: who(account), party: "v".into(), outcome, reason: "considered".into(), referral_offered, hash: story.hash() }
}

fn cosign(story: &Story, account: &str, accept: bool) -> Event {
    Event::Cosign { by: who(account), accept, reason: "considered".into(), hash: story.hash() }
}

fn ask(story: &Story) -> Event {
    let bodies = vec![("civil".to_owned(), Class::CivilSociety), ("civil-b".to_owned(), Class::CivilSociety)];
    Event::Ask { by: who("police-1"), question: "Does such a report harm a community?".into(), bodies, hash: story.hash() }
}

fn receive(account: &str, hours: i64, document: Option<String>) -> Event {
    Event::Receive { by: who(account), reference: "R-7".into(), office: "front desk".into(), document, received: at(hours) }
}

fn feedback(account: &str, came: Came, review: Option<&str>) -> Event {
    Event::Feedback { by: who(account), came, review_reference: review.map(str::to_owned), effect: "an inquiry".into() }
}

#[test]
fn the_whole_way_with_every_review() {
    let mut story = Story::new("pk-fia-ahtc", draft(), hard());
    story.screened(1).expect("screened");
    assert_eq!(story.now.state, State::Gate);
    assert_eq!(story.does(gate(&story, "police-1", Outcome::Proceed, false), 2), Err(vec!["reviewer", "drafter"]));
    assert_eq!(story.does(gate(&story, "police-2", Outcome::Proceed, false), 2), Err(vec!["reviewer"]));
    story.does(gate(&story, "support-1", Outcome::ProtectFirst, false), 2).expect("protect first");
    assert_eq!(story.now.state, State::Gate, "SG-032: it stays until a referral was offered");
    assert_eq!(story.does(gate(&story, "support-1", Outcome::Proceed, false), 3), Err(vec!["referral"]));
    story.does(gate(&story, "prosecutor-2", Outcome::Proceed, true), 4).expect("proceed");
    assert_eq!(story.now.state, State::Rights);
    assert_eq!(story.does(cosign(&story, "prosecutor-1", true), 5), Err(vec!["role"]), "SG-006");
    story.does(cosign(&story, "rights-1", true), 5).expect("co-signed");
    assert_eq!(story.now.state, State::Consultation);
    assert_eq!(story.signed_by("police-2", 5), Err(vec!["state"]), "no signature before the reviews are through");
    story.does(ask(&story), 6).expect("asked");
    let answer = |account: &str, objections: &[&str]| Event::Answer {
        by: who(account),
        text: "We see a risk.".into(),
        objections: objections.iter().map(|one| (*one).to_owned()).collect(),
    };
    assert_eq!(story.does(answer("support-1", &[]), 7), Err(vec!["body"]));
    story.does(answer("civil-1", &["It may harm families."]), 7).expect("answered");
    let close = |account: &str| Event::CloseConsultation { by: who(account), reason: "heard".into() };
    assert_eq!(story.does(close("police-1"), 8), Err(vec!["days", "objections"]), "SG-087");
    assert_eq!(story.does(close("rights-1"), 8), Err(vec!["objections"]), "SG-087: also for a rights officer");
    story.does(Event::Reply { by: who("police-1"), objection: 0, text: "Names are left out.".into() }, 8).expect("replied");
    story.does(close("police-1"), 6 + 7 * 24).expect("its days are over");
    assert_eq!(story.now.state, State::Screened);
    assert_eq!(story.signed_by("prosecutor-2", 180), Err(vec!["gate"]), "SG-032: who decided in the gate does not sign");
    story.signed_by("police-2", 180).expect("signed");
    assert_eq!(story.sent(180), Err(vec!["state", "sign_off"]));
    story.signed_by("prosecutor-1", 181).expect("signed");
    assert_eq!(story.now.state, State::Signed);
    story.sent(182).expect("sent");
    assert_eq!(story.does(receive("fiu-1", 183, None), 183), Err(vec!["recipient"]));
    assert_eq!(story.does(receive("police-2", 183, None), 183), Err(vec!["document"]), "by letter the sender records it with the document's hash");
    assert_eq!(story.does(receive("police-3", 181, None), 183), Err(vec!["received"]));
    story.does(receive("police-3", 183, None), 184).expect("received");
    assert_eq!(story.does(feedback("police-3", Came::MeasureTaken, None), 190), Err(vec!["review_reference"]), "SG-071");
    story.does(feedback("police-3", Came::MeasureTaken, Some("OWN-12")), 190).expect("feedback");
    assert_eq!(story.now.state, State::Feedback);
}

/// SG-015: two signers, all different, of different units, none the drafter, each of whom opened the content.
#[test]
fn sg_015_who_may_not_sign() {
    let mut story = Story::new("pk-fia-ahtc", draft(), material());
    story.screened(1).expect("screened");
    let hash = story.hash();
    assert_eq!(story.does(Event::Sign { by: who("police-2"), hash }, 2), Err(vec!["opened"]));
    for (account, why) in [("police-1", vec!["drafter", "unit"]), ("police-1b", vec!["unit"]), ("support-1", vec!["role"]), ("bank-1", vec!["role"])]
    {
        assert_eq!(story.signed_by(account, 2), Err(why), "{account}");
    }
    story.signed_by("police-2", 2).expect("signed");
    assert_eq!(story.signed_by("police-2", 3), Err(vec!["unit", "twice", "role"]));
    assert_eq!(story.signed_by("police-3", 3), Err(vec!["role"]), "one of these is asked for, and is there");
    assert_eq!(story.now.state, State::Screened);
}

#[test]
fn a_changed_content_or_protocol_voids_everything() {
    type Change = fn(&Story) -> Event;
    let changes: [Change; 2] =
        [|_| Event::ContentChanged, |story| Event::ProtocolChanged { to: ProtocolRef { version: "0.2.0".into(), ..story.now.protocol.clone() } }];
    for change in changes {
        let mut story = Story::new("pk-fia-ahtc", draft(), hard());
        story.screened(1).expect("screened");
        story.does(gate(&story, "support-1", Outcome::Proceed, true), 2).expect("through");
        story.does(cosign(&story, "rights-1", true), 2).expect("co-signed");
        story.does(change(&story), 3).expect("changed");
        let now = &story.now;
        assert_eq!(now.state, State::Draft);
        assert!(now.hash.is_none() && now.cosign.is_none() && now.gated.is_empty() && now.signatures.is_empty() && now.opened.is_empty());
    }
    let mut story = Story::new("pk-fia-ahtc", draft(), material());
    story.screened(1).expect("screened");
    let old = story.hash();
    story.does(Event::ContentChanged, 2).expect("changed");
    story.material.narrative.push_str(" More.");
    story.screened(3).expect("screened");
    assert_ne!(story.hash(), old);
    assert_eq!(story.does(Event::Opened { by: who("police-2"), hash: old }, 4), Err(vec!["content"]));
}

#[test]
fn sg_032_who_is_left_out_stays_out() {
    let mut story = Story::new("pk-fia-ahtc", draft(), hard());
    story.screened(1).expect("screened");
    story.does(gate(&story, "support-1", Outcome::LeaveOut, false), 2).expect("left out");
    assert_eq!((story.now.state, story.now.out.len()), (State::Draft, 1));
    story.screened(3).expect("screened");
    assert_eq!((story.now.state, story.now.left_out), (State::Rights, 1));
}

#[test]
fn refusals_end_it() {
    let mut story = Story::new("pk-fia-ahtc", draft(), hard());
    story.screened(1).expect("screened");
    let refuse = |account: &str, reason: &str| Event::Refuse { by: who(account), reason: reason.into() };
    assert_eq!(story.does(refuse("civil-1", "no"), 2), Err(vec!["role"]));
    assert_eq!(story.does(refuse("prosecutor-1", " "), 2), Err(vec!["reason"]));
    story.does(refuse("prosecutor-1", "the person needs protection"), 2).expect("refused");
    assert_eq!(story.now.state, State::Refused);
    let mut story = Story::new("pk-fia-ahtc", draft(), hard());
    story.screened(1).expect("screened");
    story.does(gate(&story, "support-1", Outcome::Proceed, true), 2).expect("through");
    story.does(cosign(&story, "rights-1", false), 2).expect("refused");
    assert_eq!(story.now.state, State::Refused, "SG-006");
    let mut asked = draft();
    asked.basis = "pk-nacta-2013".into();
    let mut story = Story::new("pk-nacta-liaison", asked, hard());
    story.screened(1).expect("screening refuses");
    assert_eq!(story.now.state, State::Refused);
}

#[test]
fn the_moment_of_sending_is_asked_again() {
    let ready = || {
        let mut story = Story::new("pk-fia-ahtc", draft(), material());
        story.screened(1).expect("screened");
        story.signed_by("police-2", 2).expect("signed");
        story.signed_by("prosecutor-1", 2).expect("signed");
        story
    };
    type Change = fn(&mut tributary_escalation::Moment);
    let changes: [(&str, Change); 7] = [
        ("stopped", |moment| moment.stopped = true),
        ("consent", |moment| moment.unchanged = false),
        ("recipient", |moment| moment.excluded = true),
        ("quorum", |moment| moment.quorum = false),
        ("content", |moment| moment.hash = "0".repeat(64)),
        ("withdrawn", |moment| moment.finding.iter_mut().for_each(|found| found.withdrawn = true)),
        ("finding", |moment| moment.finding = None),
    ];
    for (rule, change) in changes {
        let mut story = ready();
        let mut now = moment(&story.now);
        change(&mut now);
        assert_eq!(
            story.does(Event::Send { by: who("police-1"), moment: Box::new(now) }, 3),
            Err(vec![rule]),
            "SG-014, SG-019, SG-035, SG-058, SG-080"
        );
        story.sent(3).expect("sent");
    }
    let mut late = ready();
    assert_eq!(late.sent(24 * 60), Err(vec!["life"]));
    late.does(Event::Tick, 24 * 60).expect("expired");
    assert_eq!(late.now.state, State::Expired);
}

#[test]
fn sg_019_a_withdrawn_source_calls_it_back() {
    let mut story = Story::new("pk-fia-ahtc", draft(), material());
    story.screened(1).expect("screened");
    story.signed_by("police-2", 2).expect("signed");
    story.signed_by("prosecutor-1", 2).expect("signed");
    story.sent(3).expect("sent");
    let weaker = |sources: u32| Event::SourceWithdrawn { finding: tributary_escalation::Finding { sources, ..finding() } };
    story.does(weaker(2), 4).expect("the floor holds");
    assert_eq!(story.now.state, State::Sent);
    story.does(weaker(1), 5).expect("the floor does not hold");
    assert_eq!((story.now.state, story.now.tell_by), (State::Withdrawn, Some(at(5 + 72))));
    assert_eq!(story.now.due(&story.protocol), Some(at(77)));
    story.does(Event::WithdrawalConfirmed { by: who("police-3") }, 6).expect("told");
    assert_eq!(story.now.tell_by, None);
    let mut story = Story::new("pk-fia-ahtc", draft(), material());
    let withdraw = |account: &str| Event::Withdraw { by: who(account), reason: "wrong".into() };
    assert_eq!(story.does(withdraw("police-2"), 1), Err(vec!["owner"]));
    story.does(withdraw("rights-1"), 1).expect("withdrawn");
    assert_eq!((story.now.state, story.now.tell_by), (State::Withdrawn, None));
}

#[test]
fn time_in_draft_counts_on() {
    let mut story = Story::new("pk-fia-ahtc", draft(), material());
    assert_eq!(story.now.due(&story.protocol), Some(at(168)));
    story.screened(100).expect("screened");
    assert_eq!(story.now.due(&story.protocol), Some(at(172)));
    story.does(Event::ContentChanged, 110).expect("changed");
    assert_eq!(story.now.due(&story.protocol), Some(at(178)), "68 of 168 hours are left");
    assert_eq!(story.does(Event::Tick, 200), Err(vec!["life"]));
}

#[test]
fn what_a_draft_must_state() {
    let with = |name: &str, change: &dyn Fn(&mut tributary_escalation::Draft)| {
        let mut asked = draft();
        change(&mut asked);
        let refused = Escalation::draft(&protocol(name), asked, false, at(0)).err();
        refused.map(|refusal| refusal.missing.iter().map(|one| one.rule).collect::<Vec<_>>()).unwrap_or_default()
    };
    let name = "pk-fia-ahtc";
    assert_eq!(with(name, &|_| {}), Vec::<&str>::new());
    assert_eq!(with(name, &|asked| asked.by = who("bank-1")), ["sender"]);
    assert_eq!(with(name, &|asked| asked.jurisdiction = "NP".into()), ["jurisdiction"]);
    assert_eq!(with(name, &|asked| asked.jurisdiction = "PK-KP".into()), Vec::<&str>::new());
    assert_eq!(with(name, &|asked| asked.side = tributary_escalation::words::Side::Financing), ["side"]);
    assert_eq!(with(name, &|asked| asked.basis = "other".into()), ["basis"]);
    assert_eq!(with(name, &|asked| asked.product.decision = " ".into()), ["product"], "SG-121");
    assert_eq!(with(name, &|asked| asked.excluded = BTreeSet::from(["north-police".into()])), ["recipient"], "SG-058");
    assert_eq!(with("pk-nacta-liaison", &|asked| asked.danger = Some("a life".into())), ["basis", "danger"]);
    let order = |until: &str, class: Class| Order {
        number: "O-1".into(),
        authority: "a court".into(),
        class,
        made: Date::parse("2026-11-01").expect("a day"),
        scope: "one account".into(),
        until: Date::parse(until).expect("a day"),
    };
    let answer = |order: Option<Order>| {
        with("platform-lawful-process", &|asked| {
            asked.by = who("bank-1");
            asked.basis = "lawful-order".into();
            asked.order.clone_from(&order);
        })
    };
    assert_eq!(answer(None), ["order"], "SG-072");
    assert_eq!(answer(Some(order("2026-12-01", Class::Court))), Vec::<&str>::new());
    assert_eq!(answer(Some(order("2026-12-01", Class::Police))), ["order"]);
    assert_eq!(answer(Some(order("2026-11-20", Class::Court))), ["order"], "it has ended");
    assert_eq!(answer(Some(order("2027-06-01", Class::Court))), ["order"], "it runs too long");
}

#[test]
fn danger_leaves_out_the_consultation_alone() {
    let mut asked = draft();
    asked.danger = Some("a person is held and a date was named".into());
    let mut story = Story::new("pk-fia-ahtc", asked, hard());
    story.screened(1).expect("screened");
    assert!(story.now.shortened, "oversight looks at it afterwards");
    story.does(gate(&story, "support-1", Outcome::Proceed, true), 2).expect("through");
    story.does(cosign(&story, "rights-1", true), 3).expect("co-signed");
    assert_eq!(story.now.state, State::Screened);
}
