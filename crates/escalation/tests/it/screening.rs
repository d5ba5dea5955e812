//! What screening takes out, finds and asks for.

use std::collections::{BTreeMap, BTreeSet};

use tributary_escalation::words::{Answer, Category, Coerced, Handling, Stands};
use tributary_escalation::{Draft, Material, Party, Review, Screening, canonical, dry_run, leaks, screen};
use tributary_model::Date;

use crate::office::{DAY, answers, draft, material, protocol, pseudonym, subject, victim};

fn screened(name: &str, draft: &Draft, material: &Material) -> Screening {
    screen(&protocol(name), draft, material, &BTreeSet::new(), &pseudonym)
}

fn rules(found: &Screening) -> Vec<&'static str> {
    found.missing.iter().map(|one| one.rule).collect()
}

#[test]
fn what_pins_a_source_down_is_generalised() {
    let found = screened("pk-fia-ahtc", &draft(), &material());
    assert_eq!(found.missing, Vec::new());
    let text = found.content.canonical().expect("canonical");
    for secret in ["Zarrin", "in a tin", "Mill Lane", "2026-02-12", "125000"] {
        assert!(!text.contains(secret), "`{secret}` is taken out");
    }
    for general in ["2026-W07", "Northvale", "100000 to 999999", "Harun Testfeld", "prove nothing"] {
        assert!(text.contains(general), "`{general}` stays (SG-040)");
    }
    assert_eq!(found.hash, tributary_escalation::sha256(text.as_bytes()));
}

#[test]
fn a_recipient_without_personal_data_gets_counts() {
    let mut asked = draft();
    asked.basis = "pk-nacta-2013".into();
    let found = screened("pk-nacta-liaison", &asked, &material());
    assert_eq!(found.missing, Vec::new());
    assert_eq!(found.content.counts, BTreeMap::from([("debt-bondage".into(), "14".into()), ("hawala-settlement".into(), "fewer than 11".into())]));
    let text = found.content.canonical().expect("canonical");
    for personal in ["Harun", "0300", "recruiter", "Wages", "Northvale"] {
        assert!(!text.contains(personal), "`{personal}`");
    }
    assert!(!found.names_a_person);
}

/// SG-033: each kind of coerced offence opens the protective route by itself, whatever the person stands as.
#[test]
fn sg_033_a_coerced_offence_opens_the_gate() {
    for coerced in Coerced::ALL {
        let mut made = material();
        made.parties.push(Party { coerced: BTreeSet::from([*coerced]), ..subject("p-2", "Mira Beispiel") });
        let found = screened("pk-fia-ahtc", &draft(), &made);
        assert!(found.needs.contains(&Review::Gate), "{coerced}");
        assert_eq!(found.gated, BTreeSet::from(["p-2".to_owned()]));
        assert_eq!(found.content.subjects.len(), 1, "{coerced}: SG-031");
        assert_eq!(found.content.protected.len(), 1);
        assert_eq!(found.content.protected[0].marked, "possible_victim");
    }
}

#[test]
fn sg_031_nobody_under_protection_is_a_subject() {
    let persons = [
        victim("v", "Mira Beispiel"),
        Party { stands: Stands::ConfirmedVictim, ..victim("v", "Mira Beispiel") },
        Party { stands: Stands::Witness, ..victim("v", "Mira Beispiel") },
        Party { stands: Stands::Worker, ..victim("v", "Mira Beispiel") },
        Party { stands: Stands::Protected, ..victim("v", "Mira Beispiel") },
        Party { minor: true, ..subject("v", "Mira Beispiel") },
    ];
    for name in ["pk-fia-ahtc", "pk-fmu-str", "pk-provincial-police", "platform-lawful-process"] {
        for person in &persons {
            let mut made = material();
            made.parties.push(person.clone());
            let found = screened(name, &draft(), &made);
            let text = found.content.canonical().expect("canonical");
            assert!(!text.contains("Mira"), "{name}: {:?}", person.stands);
            assert_eq!(found.content.subjects.len(), 1);
            let kept = found.content.protected.len();
            assert_eq!(found.left_out as usize + kept, 1, "{name}: somebody is said to be there");
        }
    }
}

#[test]
fn what_is_removed_may_not_come_back_in_words() {
    let cases = [
        ("narrative", "They told of mira BEISPIEL there."),
        ("narrative", "The informant, zarrin quill, said so"),
        ("narrative", "she says: They kept my papers in a tin."),
        ("narrative", "near House 7 Mill Lane"),
        ("narrative", "on 2026-02-12"),
    ];
    for (_, narrative) in cases {
        let mut made = material();
        made.parties.push(victim("v", "Mira Beispiel"));
        made.narrative = narrative.into();
        assert!(rules(&screened("pk-fia-ahtc", &draft(), &made)).contains(&"leak"), "{narrative}");
    }
    let mut made = material();
    made.counts.insert("seen with Harun Testfeld".into(), 20);
    let mut asked = draft();
    asked.basis = "pk-nacta-2013".into();
    assert!(rules(&screened("pk-nacta-liaison", &asked, &made)).contains(&"leak"), "a name in a key of a count");
    assert!(leaks(&made, "Is Harun  Testfeld known?", true) && !leaks(&made, "Is it known?", true), "SG-087");
}

#[test]
fn what_is_missing_is_said() {
    let with = |change: &dyn Fn(&mut Material, &mut Draft)| {
        let (mut made, mut asked) = (material(), draft());
        change(&mut made, &mut asked);
        rules(&screened("pk-fia-ahtc", &asked, &made))
    };
    let finding = |change: &dyn Fn(&mut tributary_escalation::Finding)| {
        with(&|_, asked| {
            if let Some(found) = asked.finding.as_mut() {
                change(found);
            }
        })
    };
    assert_eq!(with(&|_, _| {}), Vec::<&str>::new());
    assert_eq!(with(&|made, _| made.parties[0].promotion = None), ["promotion"], "SG-002");
    assert_eq!(with(&|made, _| made.items[0].grade = None), ["grade"], "SG-050");
    assert_eq!(with(&|made, _| made.items[0].handling = Handling::H2), ["handling", "handling"], "SG-052");
    assert_eq!(with(&|made, _| made.parties[0].categories.retain(|category, _| *category != Category::Lawyer)), ["categories"], "SG-006");
    assert_eq!(with(&|made, _| made.narrative = "x".repeat(20_001)), ["bounds"]);
    assert_eq!(with(&|made, _| made.parties.push(subject("p-1", "Other"))), ["party.id"]);
    assert_eq!(with(&|_, asked| asked.finding = None), ["finding"]);
    assert_eq!(finding(&|found| found.families_financing = 1), ["families"], "SG-010: on each side");
    assert_eq!(finding(&|found| found.sources = 1), ["sources"], "SG-010");
    assert_eq!(finding(&|found| found.second_reads = 0), ["second_reads"], "SG-015");
    assert_eq!(finding(&|found| found.q = None), ["q"]);
    assert_eq!(finding(&|found| found.q = Some(f64::NAN)), ["q"]);
    assert_eq!(finding(&|found| found.disposition = None), ["disposition"]);
    assert_eq!(finding(&|found| found.withdrawn = true), ["withdrawn"], "SG-019");
}

#[test]
fn an_intersecting_finding_has_two_sources_whatever_the_protocol_says() {
    let mut asked = draft();
    asked.by = crate::office::who("bank-1");
    asked.finding.as_mut().expect("a finding").sources = 1;
    assert!(rules(&screened("pk-fmu-str", &asked, &material())).contains(&"sources"), "SG-010");
    asked.side = tributary_escalation::words::Side::Financing;
    assert_eq!(rules(&screened("pk-fmu-str", &asked, &material())), Vec::<&str>::new());
}

/// SG-006: a public role is answered by a person; unknown counts as yes.
#[test]
fn sg_006_an_unknown_role_asks_for_a_co_signature() {
    for (answer, asked_for) in [(Answer::No, false), (Answer::Yes, true), (Answer::Unknown, true)] {
        let mut made = material();
        made.parties[0].categories = answers(answer);
        let found = screened("pk-fia-ahtc", &draft(), &made);
        assert_eq!(found.needs.contains(&Review::Rights), asked_for, "{answer}");
        assert_eq!(found.needs.contains(&Review::Consultation), asked_for, "SG-087");
        assert!(!found.content.canonical().expect("canonical").contains("journalist"), "it is never stored as a trait");
        let refused = screened("platform-peers", &draft(), &made).refused;
        assert_eq!(!refused.is_empty(), asked_for, "peers get nothing of them");
    }
}

#[test]
fn a_dry_run_lists_what_is_needed_and_missing() {
    let mut made = material();
    made.parties.push(victim("v", "Mira Beispiel"));
    made.parties[0].categories = answers(Answer::Unknown);
    let day = Date::parse(DAY).expect("a day");
    let run = dry_run(&protocol("neutral"), &draft(), &made, true, day, &pseudonym);
    let missing: Vec<&str> = run.missing.iter().map(|one| one.rule).collect();
    assert_eq!(missing, ["basis", "jurisdiction", "stopped", "template"]);
    let steps: Vec<&str> = run.needs.iter().map(|one| one.step).collect();
    assert_eq!(steps, ["gate", "rights", "consultation", "sign", "sign"]);
}

#[test]
fn a_canonical_form_is_one() {
    let value = serde_json::json!({"b": [1, {"z": "ü\n", "a": null}], "a": true});
    assert_eq!(canonical(&value).expect("canonical"), "{\"a\":true,\"b\":[1,{\"a\":null,\"z\":\"ü\\n\"}]}");
    assert!(canonical(&serde_json::json!({"a": 0.5})).is_err(), "a fraction has no one writing");
}
