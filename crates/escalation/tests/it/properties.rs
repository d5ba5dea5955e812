//! Whatever happens in whatever order: nothing is sent without all that it needs, and nobody under protection is a party of what is sent.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tributary_escalation::words::{Answer, Category, Class, Coerced, Outcome, Stands};
use tributary_escalation::{Escalation, Event, Material, Party, Protocol, ProtocolRef, Review, State, screen};

use crate::office::{EVERYBODY, answers, at, draft, finding, material, moment, protocol, pseudonym, subject, victim, who};

/// What may be tried: who, what, and a number that turns it.
#[derive(Debug, Clone)]
struct Try {
    who: usize,
    what: u8,
    turn: u8,
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let one = (0..EVERYBODY.len(), 0_u8..16, any::<u8>()).prop_map(|(who, what, turn)| Try { who, what, turn });
    prop::collection::vec(one, 1..60)
}

fn event(now: &Escalation, made: &Material, protocol: &Protocol, one: &Try) -> Event {
    let by = who(EVERYBODY[one.who]);
    let hash = if one.turn == 0 { "f".repeat(64) } else { now.hash.clone().unwrap_or_default() };
    let reason = "considered".to_owned();
    match one.what {
        0 | 1 => Event::Screened(Box::new(screen(protocol, &now.draft, made, &now.out, &pseudonym))),
        2 => {
            let outcome = Outcome::ALL[usize::from(one.turn) % 3];
            Event::Gate { by, party: "v".into(), outcome, reason, referral_offered: one.turn > 128, hash }
        }
        3 => Event::Cosign { by, accept: one.turn > 20, reason, hash },
        4 => Event::Ask { by, question: "Does it harm?".into(), bodies: vec![("civil".into(), Class::CivilSociety)], hash },
        5 => Event::Answer { by, text: "It may.".into(), objections: (0..one.turn % 2).map(|_| "Why?".to_owned()).collect() },
        6 => Event::Reply { by, objection: 0, text: "So.".into() },
        7 => Event::CloseConsultation { by, reason },
        8 | 9 => Event::Opened { by, hash },
        10 | 11 => Event::Sign { by, hash },
        12 | 13 => {
            let mut now = moment(now);
            now.quorum = one.turn % 8 != 1;
            now.stopped = one.turn % 8 == 2;
            Event::Send { by, moment: Box::new(now) }
        }
        14 if one.turn < 32 => Event::ContentChanged,
        14 if one.turn < 40 => Event::ProtocolChanged { to: ProtocolRef { sha256: "0".repeat(64), ..now.protocol.clone() } },
        14 if one.turn < 60 => Event::SourceWithdrawn { finding: tributary_escalation::Finding { sources: u32::from(one.turn % 3), ..finding() } },
        14 => Event::Tick,
        _ if one.turn < 8 => Event::Refuse { by, reason },
        _ if one.turn < 16 => Event::Withdraw { by, reason },
        _ => Event::Opened { by, hash },
    }
}

/// The needs of a sent escalation, told anew from its record and its content and not from the machine's own word.
fn holds(sent: &Escalation, made: &Material, protocol: &Protocol) -> Result<(), TestCaseError> {
    let found = screen(protocol, &sent.draft, made, &sent.out, &pseudonym);
    let hash = sent.hash.clone().expect("what is sent has a content");
    prop_assert_eq!(&found.hash, &hash, "what is sent is what was screened");
    prop_assert!(found.missing.is_empty() && found.refused.is_empty());
    let signers: Vec<_> = sent.signatures.iter().filter(|one| one.hash == hash).map(|one| &one.by).collect();
    prop_assert!(signers.len() >= 2, "SG-015");
    let mut people: BTreeSet<(&str, &str)> = signers.iter().map(|by| (by.agency.as_str(), by.unit.as_str())).collect();
    people.insert((&sent.draft.by.agency, &sent.draft.by.unit));
    prop_assert_eq!(people.len(), signers.len() + 1, "SG-015: all of different units, the drafter among them");
    for row in &protocol.sign_off {
        let many = signers.iter().filter(|by| row.roles.contains(&by.role)).count();
        prop_assert!(many >= row.count as usize);
    }
    for party in &found.gated {
        let decided = sent.gated.get(party).and_then(Option::as_ref);
        let decided = decided.expect("SG-032: decided");
        prop_assert!(decided.outcome == Outcome::Proceed && decided.hash == hash);
        prop_assert!(signers.iter().all(|by| by.account != decided.by.account) && decided.by.account != sent.draft.by.account);
    }
    let hit = made.parties.iter().any(|party| party.stands == Stands::Subject && party.categories.values().any(|answer| answer.counts()));
    prop_assert_eq!(hit, found.needs.contains(&Review::Rights), "SG-006");
    if hit {
        prop_assert!(sent.cosign.as_ref().is_some_and(|one| one.hash == hash && one.by.agency != sent.draft.by.agency), "SG-006");
    }
    if found.needs.contains(&Review::Consultation) {
        let consulted = sent.consultation.as_ref().expect("SG-087: asked");
        prop_assert!(consulted.closed.is_some() && consulted.hash == hash && consulted.objections.iter().all(|one| one.reply.is_some()));
    }
    Ok(())
}

fn people() -> impl Strategy<Value = Material> {
    let answer = prop::sample::select(vec![Answer::No, Answer::No, Answer::No, Answer::Yes, Answer::Unknown]);
    (any::<bool>(), answer, any::<bool>()).prop_map(|(with_victim, answer, coerced)| {
        let mut made = material();
        made.parties[0].categories = answers(answer);
        if with_victim && coerced {
            made.parties.push(Party { coerced: BTreeSet::from([Coerced::Mule]), ..subject("v", "Mira Beispiel") });
        } else if with_victim {
            made.parties.push(victim("v", "Mira Beispiel"));
        }
        made
    })
}

proptest! {
    #[test]
    fn no_path_reaches_sent_without_every_need(made in people(), tries in tries(), bank in any::<bool>()) {
        let protocol = protocol(if bank { "pk-fmu-str" } else { "pk-fia-ahtc" });
        let mut asked = draft();
        if bank {
            asked.by = who("bank-1");
            asked.basis = "pk-amla-2010-str".into();
        }
        let mut now = Escalation::draft(&protocol, asked, false, at(0)).expect("a draft");
        for (hour, one) in (1_i64..).zip(&tries) {
            let before = now.clone();
            if let Ok(next) = now.step(&protocol, event(&now, &made, &protocol, one), at(hour * 3)) {
                now = next;
            } else {
                prop_assert_eq!(&now, &before);
            }
            if now.state == State::Sent {
                return holds(&now, &made, &protocol);
            }
        }
    }

    #[test]
    fn a_way_that_is_walked_to_its_end_is_held_too(made in people(), noise in tries()) {
        // Purposeful steps with noise between them: most of these are sent.
        let protocol = protocol("pk-fia-ahtc");
        let mut now = Escalation::draft(&protocol, draft(), false, at(0)).expect("a draft");
        let quiet: Vec<Try> = noise.into_iter().filter(|one| one.what < 14 && one.what != 2 && one.what != 3).collect();
        let place = |name: &str| EVERYBODY.iter().position(|one| *one == name).expect("known");
        let steps = [
            (0, "police-1"), (2, "support-1"), (3, "rights-1"), (4, "police-1"), (5, "civil-1"), (6, "police-1"), (7, "police-1"),
            (8, "police-2"), (10, "police-2"), (8, "prosecutor-1"), (10, "prosecutor-1"), (12, "police-1"),
        ];
        let mut hour = 0;
        for (place_in, (what, name)) in steps.into_iter().enumerate() {
            for one in [quiet.get(place_in).cloned(), Some(Try { who: place(name), what, turn: 200 })].into_iter().flatten() {
                hour += 1;
                if let Ok(next) = now.step(&protocol, event(&now, &made, &protocol, &one), at(hour)) {
                    now = next;
                }
                if now.state == State::Sent {
                    return holds(&now, &made, &protocol);
                }
            }
        }
    }

    /// SG-031: whoever may be a victim is in no party field, whatever else the content holds.
    #[test]
    fn sg_031_no_possible_victim_in_a_party_field(
        stands in prop::collection::vec((prop::sample::select(Stands::ALL.to_vec()), any::<bool>(), any::<bool>()), 0..8),
        which in 0_usize..7,
        out in prop::collection::btree_set(0_usize..8, 0..4),
    ) {
        let name = ["neutral", "pk-fia-ahtc", "pk-fmu-str", "pk-nacta-liaison", "pk-provincial-police", "platform-lawful-process", "platform-peers"][which];
        let protocol = protocol(name);
        let mut made = material();
        made.parties.clear();
        for (place, (stands, minor, coerced)) in stands.iter().enumerate() {
            let coerced = if *coerced { BTreeSet::from([Coerced::Carrying]) } else { BTreeSet::new() };
            let categories: BTreeMap<Category, Answer> = answers(Answer::No);
            made.parties.push(Party { stands: *stands, minor: *minor, coerced, categories, ..subject(&format!("id{place}x"), &format!("Person Number{place}x")) });
        }
        let out: BTreeSet<String> = out.into_iter().map(|place| format!("id{place}x")).collect();
        let found = screen(&protocol, &draft(), &made, &out, &pseudonym);
        let text = found.content.canonical().expect("canonical");
        let free: BTreeSet<String> = made.parties.iter().filter(|party| !party.is_protected()).map(|party| pseudonym(&party.id)).collect();
        for subject in &found.content.subjects {
            prop_assert!(free.contains(&subject.reference));
        }
        for party in made.parties.iter().filter(|party| party.is_protected()) {
            prop_assert!(!text.contains(&party.identity["name"]), "{name}: a protected person's name");
            prop_assert!(!text.contains(&party.id), "{name}: the case graph's id");
        }
        let protected = made.parties.iter().filter(|party| party.is_protected()).count();
        prop_assert_eq!(protected, found.left_out as usize + found.content.protected.len());
    }
}
