//! Rules as data: each default rule broken in each way it can be, and kept.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tributary_ledger::entry::{Entry, pseudonym};
use tributary_ledger::{Rules, audit};

const HOUR: u64 = 3_600_000;

/// One line a step: `kind ref=thing ... tag:value ... @hours`. Actors and units are pseudonyms within the log's one scope.
pub(crate) fn story(text: &str) -> Vec<(u64, Entry)> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .enumerate()
        .map(|(index, line)| {
            let mut words = line.split(' ');
            let kind = words.next().unwrap();
            let (mut refs, mut tags, mut at) = (BTreeMap::new(), BTreeMap::new(), index as u64);
            for word in words {
                if let Some(hours) = word.strip_prefix('@') {
                    at += hours.parse::<u64>().unwrap() * HOUR;
                } else if let Some((name, id)) = word.split_once('=') {
                    refs.insert(name.to_owned(), pseudonym(&[1; 32], "", name, id));
                } else if let Some((name, value)) = word.split_once(':') {
                    tags.insert(name.to_owned(), value.to_owned());
                }
            }
            (index as u64, Entry::new(kind, at, [0; 32], refs, tags).unwrap())
        })
        .collect()
}

/// The rules that a story breaks, each with the entry's index.
fn broken(text: &str) -> Vec<(u64, String)> {
    audit(&story(text), &Rules::standard().unwrap(), 10_000 * HOUR).into_iter().map(|f| (f.index, f.rule)).collect()
}

const KEPT: &str = "
    review.first_read alert=1 actor=a unit=u outcome:confirmed
    review.second_read alert=1 actor=b unit=v outcome:confirmed
    escalation.proposed escalation=1 alert=1 actor=a unit=u protocol:pk.fia
    escalation.signed escalation=1 actor=b unit=v outcome:accepted role:supervisor protocol:pk.fia protocol_version:1
    escalation.signed escalation=1 actor=c unit=w outcome:accepted role:legal protocol:pk.fia protocol_version:1
    rights.cosigned escalation=1 actor=r unit=x outcome:accepted role:rights-officer
    gate.passed escalation=1 actor=p unit=y outcome:none_concerned
    escalation.sent escalation=1 alert=1 actor=a protocol:pk.fia protocol_version:1 recipient:fia signoffs_required:2 signoff_roles:supervisor:legal rights_cosign:required gate:required consultation:none
";

#[test]
fn an_escalation_that_kept_its_protocol_is_found_to_have() {
    assert_eq!(broken(KEPT), []);
}

/// Each change of the story, and the rule that finds it. SG-015, SG-006, SG-032 and the protocol's sign-offs.
#[test]
fn each_missing_step_of_an_escalation_is_found() {
    let signed_b = "    escalation.signed escalation=1 actor=b unit=v outcome:accepted role:supervisor protocol:pk.fia protocol_version:1\n";
    let cases: Vec<(&str, String, &str)> = vec![
        ("no second reading", KEPT.replace("review.second_read", "review.other"), "escalation.second-reading"),
        (
            "the same reader twice",
            KEPT.replace("alert=1 actor=b unit=v outcome:confirmed", "alert=1 actor=a unit=v outcome:confirmed"),
            "escalation.second-reading",
        ),
        (
            "a reader of the same unit",
            KEPT.replace("alert=1 actor=b unit=v outcome:confirmed", "alert=1 actor=b unit=u outcome:confirmed"),
            "escalation.second-reading",
        ),
        ("a second reading of another alert", KEPT.replace("review.second_read alert=1", "review.second_read alert=2"), "escalation.second-reading"),
        (
            "a second reading that did not confirm",
            KEPT.replace(
                "review.second_read alert=1 actor=b unit=v outcome:confirmed",
                "review.second_read alert=1 actor=b unit=v outcome:insufficient",
            ),
            "escalation.second-reading",
        ),
        ("one signature", KEPT.replace(signed_b, ""), "escalation.sign-offs"),
        ("one person signs twice", KEPT.replace("actor=c unit=w", "actor=b unit=v"), "escalation.sign-offs"),
        ("who proposed signs", KEPT.replace("actor=c unit=w", "actor=a unit=u"), "escalation.sign-offs"),
        ("a role is missing", KEPT.replace("role:legal protocol", "role:supervisor protocol"), "escalation.sign-offs"),
        (
            "a signature of another escalation",
            KEPT.replacen("escalation.signed escalation=1", "escalation.signed escalation=2", 1),
            "escalation.sign-offs",
        ),
        (
            "a signature to another protocol",
            KEPT.replacen("accepted role:supervisor protocol:pk.fia", "accepted role:supervisor protocol:pk.fmu", 1),
            "escalation.sign-offs",
        ),
        ("a refusal", KEPT.replacen("outcome:accepted role:legal", "outcome:refused role:legal", 1), "escalation.sign-offs"),
        ("more signatures are needed", KEPT.replace("signoffs_required:2", "signoffs_required:3"), "escalation.sign-offs"),
        (
            "it asks for fewer than the floor",
            KEPT.replace("signoffs_required:2", "signoffs_required:1").replace(signed_b, "").replace("supervisor:legal", "legal"),
            "escalation.sign-offs",
        ),
        ("no signature has an actor", KEPT.replace("actor=c unit=w ", ""), "escalation.sign-offs"),
        ("nobody proposed it", KEPT.replace("escalation.proposed", "escalation.thought"), "escalation.sign-offs"),
        ("signed after it was sent", KEPT.replace(signed_b, "") + signed_b, "escalation.sign-offs"),
        (
            "a signature taken back",
            KEPT.replace("    rights.cosigned", "    escalation.sign_withdrawn escalation=1 actor=c unit=w\n    rights.cosigned"),
            "escalation.sign-offs",
        ),
        ("no co-sign", KEPT.replace("rights.cosigned", "rights.asked"), "escalation.rights-co-sign"),
        ("a co-sign by a signatory", KEPT.replace("actor=r unit=x", "actor=b unit=v"), "escalation.rights-co-sign"),
        ("a co-sign in another role", KEPT.replace("role:rights-officer", "role:supervisor"), "escalation.rights-co-sign"),
        ("no gate", KEPT.replace("gate.passed", "gate.asked"), "escalation.non-punishment"),
        ("a gate by its proposer", KEPT.replace("actor=p unit=y", "actor=a unit=u"), "escalation.non-punishment"),
        (
            "a gate that was opened again",
            KEPT.replace("    escalation.sent", "    gate.reopened escalation=1 actor=q unit=y\n    escalation.sent"),
            "escalation.non-punishment",
        ),
        ("an order that nobody released a protocol for", KEPT.replace("gate:required", "gate:required ground:order"), "escalation.order-ground"),
        (
            "no second reading, and another ground",
            KEPT.replace("review.second_read", "review.other").replace("gate:required", "gate:required ground:finding"),
            "escalation.second-reading",
        ),
        ("silence on the consultation", KEPT.replace(" consultation:none", ""), "escalation.facts"),
        ("a danger that was not told", KEPT.replace("consultation:none", "consultation:danger"), "escalation.danger-told"),
        ("silence on the gate", KEPT.replace(" gate:required", ""), "escalation.facts"),
        ("no recipient", KEPT.replace(" recipient:fia", ""), "escalation.facts"),
    ];
    for (name, text, rule) in cases {
        assert_ne!(text, KEPT, "{name}");
        let found = broken(&text);
        assert!(found.iter().any(|(_, id)| id == rule), "{name}: {found:?}");
    }
}

/// SG-072: the answer to an order needs no second reading, under a released protocol that answers orders and no other.
#[test]
fn the_answer_to_an_order_rests_on_the_order() {
    let answer = KEPT.replace(
        "    review.first_read alert=1 actor=a unit=u outcome:confirmed\n    review.second_read alert=1 actor=b unit=v outcome:confirmed\n",
        "",
    );
    let answer = answer
        .replace("gate:required", "gate:required ground:order")
        .replace("escalation.sent escalation=1", "escalation.sent protocol=7 escalation=1");
    let released = "protocol.released protocol=7 actor=z answers:orders protocol:pk.fia protocol_version:1\n";
    assert_eq!(broken(&format!("{released}{answer}")), []);
    for (name, story) in [
        ("none was released", answer.clone()),
        ("one that takes findings", format!("{}{answer}", released.replace("orders", "findings"))),
        ("another text", format!("{}{answer}", released.replace("protocol_version:1", "protocol_version:2"))),
        ("another protocol", format!("{}{answer}", released.replace("protocol=7", "protocol=8"))),
    ] {
        let found = broken(&story);
        assert!(found.iter().all(|(_, rule)| rule == "escalation.order-ground") && found.len() == 1, "{name}: {found:?}");
    }
    let silent = format!("{released}{answer}").replace(" ground:order", "");
    assert!(broken(&silent).iter().any(|(_, rule)| rule == "escalation.second-reading"), "silence is no exception");
}

/// A danger that shortened an escalation is reviewed within its protocol's hours, by a rights officer of another agency.
#[test]
fn an_escalation_that_danger_shortened_is_reviewed_in_time() {
    let told = "escalation.shortened escalation=1 actor=a unit=u agency=x review_hours:72\n";
    let review = |more: &str| format!("{told}escalation.danger_reviewed escalation=1 {more}");
    for (name, story, found) in [
        ("in time", review("actor=r unit=o agency=y role:rights_officer outcome:unjustified @71"), 0),
        ("late", review("actor=r unit=o agency=y role:rights_officer @73"), 1),
        ("by the same agency", review("actor=r unit=o agency=x role:rights_officer @1"), 1),
        ("by another role", review("actor=r unit=o agency=y role:auditor @1"), 1),
        ("by nobody", told.to_owned(), 1),
        ("pending", told.replace("72", "72 @9990"), 0),
        (
            "of another escalation",
            review("actor=r unit=o agency=y role:rights_officer @1").replace("reviewed escalation=1", "reviewed escalation=2"),
            1,
        ),
        ("hours beyond a week", review("actor=r unit=o agency=y role:rights_officer @71").replace("72", "720"), 1),
        ("no hours", review("actor=r unit=o agency=y role:rights_officer @71").replace(" review_hours:72", ""), 1),
    ] {
        let rules: Vec<String> = broken(&story).into_iter().map(|(_, rule)| rule).collect();
        assert_eq!(rules, vec!["escalation.danger-review"; found], "{name}");
    }
}

#[test]
fn two_sendings_need_two_sets_of_signatures() {
    let sent = KEPT.lines().find(|l| l.contains("escalation.sent")).unwrap();
    let found = broken(&format!("{KEPT}{sent}\n"));
    for rule in ["escalation.sign-offs", "escalation.rights-co-sign", "escalation.non-punishment"] {
        assert!(found.contains(&(8, rule.to_owned())), "{rule}: {found:?}");
    }
}

#[test]
fn a_signature_taken_back_by_another_still_counts_and_one_given_again_does() {
    let by_other = KEPT.replace("    rights.cosigned", "    escalation.sign_withdrawn escalation=1 actor=z unit=w\n    rights.cosigned");
    assert_eq!(broken(&by_other), []);
    let again = "    escalation.sign_withdrawn escalation=1 actor=c unit=w\n    escalation.signed escalation=1 actor=c unit=w outcome:accepted role:legal protocol:pk.fia protocol_version:1\n    rights.cosigned";
    assert_eq!(broken(&KEPT.replace("    rights.cosigned", again)), []);
}

/// What a story is called, the story, and what must be found in it.
type Told<'a> = (&'a str, &'a str, &'a [(u64, &'a str)]);

/// Policy and pack changes, break-glass (SG-055), the vault (SG-034), disclosures, consultation (SG-087), the clock.
#[test]
fn the_other_rules_find_what_breaks_them() {
    let cases: [Told<'_>; 15] = [
        (
            "policy by two",
            "policy.proposed policy=1 actor=a version:2\npolicy.approved policy=1 actor=b version:2\npolicy.approved policy=1 actor=c version:2\npolicy.in_force policy=1 version:2",
            &[],
        ),
        (
            "policy by its author",
            "policy.proposed policy=1 actor=a version:2\npolicy.approved policy=1 actor=a version:2\npolicy.approved policy=1 actor=c version:2\npolicy.in_force policy=1 version:2",
            &[(3, "policy.two-people")],
        ),
        (
            "another version was approved",
            "policy.proposed policy=1 actor=a version:2\npolicy.approved policy=1 actor=b version:1\npolicy.approved policy=1 actor=c version:2\npolicy.in_force policy=1 version:2",
            &[(3, "policy.two-people")],
        ),
        (
            "pack without hearing",
            "pack.proposed pack=1 actor=a version:2\npack.approved pack=1 actor=b version:2\npack.approved pack=1 actor=c version:2\npack.in_force pack=1 version:2",
            &[(3, "pack.consultation")],
        ),
        (
            "pack heard",
            "consultation.closed pack=1 version:2\npack.proposed pack=1 actor=a version:2\npack.approved pack=1 actor=b version:2\npack.approved pack=1 actor=c version:2\npack.in_force pack=1 version:2",
            &[],
        ),
        ("break-glass reviewed", "break_glass.used break_glass=1 actor=a unit=u\nbreak_glass.reviewed break_glass=1 actor=o unit=v @71", &[]),
        (
            "break-glass late",
            "break_glass.used break_glass=1 actor=a unit=u\nbreak_glass.reviewed break_glass=1 actor=o unit=v @73",
            &[(0, "break-glass.review")],
        ),
        (
            "break-glass by the same unit",
            "break_glass.used break_glass=1 actor=a unit=u\nbreak_glass.reviewed break_glass=1 actor=o unit=u @1",
            &[(0, "break-glass.review")],
        ),
        ("break-glass unseen", "break_glass.used break_glass=1 actor=a unit=u", &[(0, "break-glass.review")]),
        ("break-glass pending", "break_glass.used break_glass=1 actor=a unit=u @9990", &[]),
        ("vault by two", "vault.requested opening=1 actor=a\nvault.approved opening=1 actor=b\nvault.opened opening=1 actor=a purpose:referral", &[]),
        (
            "vault alone",
            "vault.requested opening=1 actor=a\nvault.approved opening=1 actor=a\nvault.opened opening=1 actor=a purpose:referral",
            &[(2, "vault.second-approver")],
        ),
        (
            "vault twice on one approval",
            "vault.requested opening=1 actor=a\nvault.approved opening=1 actor=b\nvault.opened opening=1 actor=a\nvault.opened opening=1 actor=a",
            &[(3, "vault.second-approver")],
        ),
        ("disclosure without basis", "disclosure.given disclosure=1 actor=a purpose:trial handling:p", &[(0, "disclosure.legal-basis")]),
        ("a clock set back", "search.named actor=a @5\nsearch.named actor=a @1", &[(1, "clock")]),
    ];
    for (name, text, expected) in cases {
        let expected: Vec<(u64, String)> = expected.iter().map(|(at, rule)| (*at, (*rule).to_owned())).collect();
        assert_eq!(broken(text), expected, "{name}");
    }
}

#[test]
fn words_outside_the_list_are_told() {
    let rules = Rules::parse("v = 1\n[words]\nkinds = [\"a.b\"]\ntags = [\"x\"]\nrefs = [\"case\"]\n").unwrap();
    let found = audit(&story("a.b case=1 x:y\na.c case=1\na.b name=1 y:x"), &rules, 0);
    assert_eq!(found.iter().map(|f| f.index).collect::<Vec<_>>(), [1, 2, 2]);
}

#[test]
fn what_makes_no_rule_is_refused() {
    let rule = |body: &str| format!("v = 1\n[[precede]]\nid = \"r\"\nremedy = \"x\"\nwhen = \"a.b\"\nref = \"case\"\n{body}\n");
    for bad in [
        "v = 2\n".to_owned(),
        "v = 1\nother = 1\n".to_owned(),
        rule(""),
        rule("need = []"),
        rule("need = [\"A\"]"),
        rule("need = [\"a\"]\ncount = 0"),
        rule("need = [\"a\"]\ncount = 17"),
        rule("need = [\"a\"]\napart_from = [\"b\"]"),
        rule("need = [\"a\"]\nroles = [\"Two Words\"]"),
        rule("need = [\"a\"]\nwhere = { Tag = \"x\" }"),
        rule("need = [\"a\"]\nunknown = 1"),
        format!("{}{}", rule("need = [\"a\"]"), rule("need = [\"a\"]").replace("v = 1\n", "")),
        "v = 1\n[[follow]]\nid = \"f\"\nremedy = \"x\"\nwhen = \"a\"\nref = \"r\"\nneed = \"b\"\nwithin_hours = 0\n".to_owned(),
        "v = 1\n[[require]]\nid = \"q\"\nremedy = \"x\"\nwhen = \"a\"\n".to_owned(),
        "v = 1\n[[line]]\nid = \"l\"\ntitle = \"x\"\nkind = \"a\"\nby = [\"a\",\"b\",\"c\",\"d\"]\n".to_owned(),
    ] {
        assert!(Rules::parse(&bad).is_err(), "{bad}");
    }
    assert!(Rules::parse(&rule("need = [\"a\"]")).is_ok());
}

/// A rule that cannot be decided in bounded time is told, not passed.
#[test]
fn a_crowd_made_to_confuse_is_told() {
    let mut text = String::from("p thing=1 actor=p unit=p\n");
    for actor in 0..40 {
        for unit in 0..3 {
            text += &format!("s thing=1 actor=a{actor} unit=u{unit}\n");
        }
    }
    text += "x thing=1\n";
    let rules = "v = 1\n[[precede]]\nid = \"r\"\nremedy = \"x\"\nwhen = \"x\"\nref = \"thing\"\nneed = [\"s\"]\ncount = 4\ndistinct = [\"actor\", \"unit\"]\n";
    let found = audit(&story(&text), &Rules::parse(rules).unwrap(), 0);
    assert_eq!(found.len(), 1, "three units cannot give four people of different units");
}

/// Are there `count` candidates, pairwise different in both? By trying every subset.
fn plainly(candidates: &[(u8, u8)], count: usize) -> bool {
    (0_u32..1 << candidates.len()).filter(|mask| mask.count_ones() as usize == count).any(|mask| {
        let chosen: Vec<_> = candidates.iter().enumerate().filter(|(at, _)| mask >> at & 1 == 1).map(|(_, c)| c).collect();
        chosen.iter().enumerate().all(|(at, a)| chosen.iter().skip(at + 1).all(|b| a.0 != b.0 && a.1 != b.1))
    })
}

proptest! {
    #[test]
    fn enough_different_people_are_found_where_there_are_enough(candidates in proptest::collection::vec((0_u8..5, 0_u8..4), 0..10), count in 1_usize..5) {
        let lines: String = candidates.iter().map(|(a, u)| format!("s thing=1 actor={a} unit={u}\n")).collect();
        let rules = format!("v = 1\n[[precede]]\nid = \"r\"\nremedy = \"x\"\nwhen = \"x\"\nref = \"thing\"\nneed = [\"s\"]\ncount = {count}\ndistinct = [\"actor\", \"unit\"]\n");
        let found = audit(&story(&format!("{lines}x thing=1\n")), &Rules::parse(&rules).unwrap(), 0);
        prop_assert_eq!(found.is_empty(), plainly(&candidates, count));
    }
}
