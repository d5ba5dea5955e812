//! Which hits come, in which order, where they go, and what is kept from whom.

use tributary_model::{Protected, ProtectedSet, SubjectType};
use tributary_screen::{Abstention, Disposition, Outcome, ProtectionGrant, Quality, Query, Routing, Settings, probability};

use crate::shared::{asked, born, day, list, person, screener, today};

pub(crate) fn people() -> Vec<tributary_screen::ListEntry> {
    let mut zarlakht = person("A1", &["Zarlakht Obaidani Marufkhel", "Zarlakht Marufkhel", "weak:Torbaaz"]);
    zarlakht.births.extend(tributary_screen::Birth::parse("1971-05-14"));
    zarlakht.places.push("Shindokai village, Gul Dara District, Afghanistan".into());
    zarlakht.nationalities.push("Afghanistan".into());
    zarlakht.documents.push("passport:ZX 448 1209".into());
    zarlakht.wallets.push("bc1qinventedwalletaddress0000".into());
    zarlakht.phones.push("+93 70 000 4481".into());
    let mut qandeel = person("A2", &["قندیل باروزئی"]);
    qandeel.births.extend(tributary_screen::Birth::parse("circa 1964"));
    vec![zarlakht, qandeel, person("A3", &["Muhammad Khan"]), person("A4", &["Brunhault Ostrevant"])]
}

pub(crate) fn ids(outcome: &Outcome) -> Vec<&str> {
    outcome.hits.iter().map(|hit| hit.entry.as_str()).collect()
}

fn check(name: &str, expected: &[&str]) {
    assert_eq!(ids(&screener(people()).screen(&asked(name), today())), expected, "{name}");
}

#[test]
fn names_are_found_as_written_misspelled_reordered_and_in_another_script() {
    for (name, expected) in [
        ("Zarlakht Obaidani Marufkhel", vec!["A1"]),
        ("MARUFKHEL, Zarlakht", vec!["A1"]),
        ("Zarlakth Obaidani Marufkhel", vec!["A1"]),
        ("Zarlakh tObaidani Marufkhel", vec!["A1"]),
        ("زرلخت عبیدانی معروف خیل", vec!["A1"]),
        ("Qandil Barozai", vec!["A2"]),
        ("Kandeel Barozai", vec!["A2"]),
        ("Brunhault Ostrevant", vec!["A4"]),
        ("Peter Unlisted", vec![]),
        ("Brunhault Someone Else", vec![]),
        ("", vec![]),
    ] {
        check(name, &expected);
    }
}

#[test]
fn a_hit_says_what_agrees_what_disagrees_and_what_is_missing() {
    let mut query = born("Zarlakht Marufkheil", "1971-05-14");
    query.places.push("Shindokai, Afghanistan".into());
    query.nationalities.push("af".into());
    let outcome = screener(people()).screen(&query, today());
    let hit = &outcome.hits[0];
    assert_eq!((hit.name.listed.as_str(), hit.name.quality), ("Zarlakht Marufkhel", Some(Quality::Strong)));
    assert!(hit.name.matched.iter().any(|token| !token.same && token.log_odds > 0.0), "{:?}", hit.name);
    let fields: Vec<&str> = hit.reasons.iter().map(|reason| reason.field).collect();
    assert_eq!(fields, ["birth", "place", "nationality"]);
    assert_eq!(hit.missing, ["identifier"]);
    let sum: f64 = hit.name.log_odds + hit.reasons.iter().map(|reason| reason.log_odds).sum::<f64>();
    assert!((sum - hit.log_odds).abs() < 1e-9, "the reasons are the whole evidence");
    let other = screener(people()).screen(&born("Zarlakht Obaidani Marufkhel", "1999-01-30"), today());
    assert!(other.hits[0].birth().unwrap().log_odds < 0.0, "what disagrees is told");
    assert!(other.hits[0].log_odds < hit.log_odds + 20.0 && other.hits[0].disposition == Disposition::ResolutionQueue);
}

#[test]
fn ranks_do_not_saturate_and_no_probability_is_one() {
    let screener = screener(people());
    let mut query = born("Zarlakht Obaidani Marufkhel", "1971-05-14");
    let mut before = screener.screen(&asked("Zarlakht Obaidani Marufkhel"), today()).hits[0].log_odds;
    for step in 0..4 {
        match step {
            1 => query.places.push("Shindokai".into()),
            2 => query.nationalities.push("Afghanistan".into()),
            3 => query.documents.push("passport:ZX4481209".into()),
            _ => {}
        }
        let hit = &screener.screen(&query, today()).hits[0];
        assert!(hit.log_odds > before, "more evidence ranks higher, however high it is");
        assert!(hit.probability < 1.0);
        before = hit.log_odds;
    }
    assert!(probability(1e9, 0.0) < 1.0);
}

/// A hard identifier makes a strong match, which people still decide (SG-002); likeness of names never does (SG-003).
#[test]
fn only_a_hard_identifier_makes_a_strong_match() {
    let screener = screener(people());
    let exact = screener.screen(&born("Zarlakht Obaidani Marufkhel", "1971-05-14"), today());
    assert_eq!(exact.hits[0].disposition, Disposition::ResolutionQueue);
    for query in [
        Query { documents: vec!["passport: zx-4481209".into()], ..Query::of_name("Somebody Else") },
        Query { wallets: vec!["bc1qinventedwalletaddress0000".into()], ..Query::default() },
        Query { phones: vec!["0093700004481".into()], ..Query::default() },
    ] {
        let outcome = screener.screen(&query, today());
        assert_eq!((outcome.hits[0].entry.as_str(), outcome.hits[0].disposition), ("A1", Disposition::StrongMatch));
    }
    assert!(screener.screen(&Query { documents: vec!["passport:12".into()], ..Query::default() }, today()).hits.is_empty());
}

/// Nationality and place are no ground by themselves (SG-004).
#[test]
fn no_field_but_names_and_hard_identifiers_makes_a_hit() {
    let mut query = born("Entirely Different", "1971-05-14");
    query.places.push("Shindokai village, Gul Dara District".into());
    query.nationalities.push("Afghanistan".into());
    assert!(screener(people()).screen(&query, today()).hits.is_empty());
    let without = screener(people()).screen(&born("Zarlakht Obaidani Marufkhel", "1971-05-14"), today());
    let mut other = born("Zarlakht Obaidani Marufkhel", "1971-05-14");
    other.nationalities.push("Norway".into());
    let with = screener(people()).screen(&other, today());
    assert_eq!(with.hits[0].log_odds.to_bits(), without.hits[0].log_odds.to_bits(), "another nationality says nothing against");
}

#[test]
fn a_weak_alias_alone_weighs_less() {
    let strong = screener(vec![person("A", &["Unrelated Primaryname", "Torbaaz Hindukoy"])]).screen(&asked("Torbaaz Hindukoy"), today());
    let weak = screener(vec![person("A", &["Unrelated Primaryname", "weak:Torbaaz Hindukoy"])]).screen(&asked("Torbaaz Hindukoy"), today());
    assert!(weak.hits.first().is_none_or(|hit| hit.log_odds < strong.hits[0].log_odds));
    check("Torbaaz Someone", &[]);
}

/// SG-017: abstain where the data are too old or too thin, and say so.
#[test]
fn an_old_list_and_a_thin_query_abstain() {
    let screener = screener(people());
    let late = screener.screen(&asked("Zarlakht Obaidani Marufkhel"), day("2026-06-01"));
    assert_eq!(late.abstained, [Abstention::StaleList { list: "invented".into(), age_days: 92, age_days_max: 30 }]);
    assert!(late.hits.iter().all(|hit| hit.disposition == Disposition::Abstain), "no hit on an old list goes anywhere");
    assert!(!screener.screen(&asked("Nobody Atall"), day("2026-06-01")).abstained.is_empty(), "and no clearance either");
    assert!(matches!(screener.screen(&asked("x y"), day("2026-01-01")).abstained[0], Abstention::FutureList { .. }));
    let thin = screener.screen(&asked("Muhammad"), today());
    assert!(matches!(thin.abstained.as_slice(), [Abstention::ThinQuery { .. }]), "{:?}", thin.abstained);
    assert_eq!(screener.screen(&asked("  "), today()).abstained, [Abstention::EmptyQuery]);
}

/// SG-031, SG-032: a possible victim's hit goes to protection first; the ordinary queue does not learn that there is one.
#[test]
fn a_possible_victims_hit_is_sealed() {
    let mut protected = ProtectedSet::new();
    protected.protect(SubjectType::Party, "p7", Protected::Exploited);
    let screener = screener(people());
    let named = |name: &str| Query { id: "p7".into(), ..asked(name) }.under(&protected);
    let hit = screener.screen(&named("Zarlakht Obaidani Marufkhel"), today());
    let none = screener.screen(&named("Nobody Atall Whatever"), today());
    for outcome in [&hit, &none] {
        assert_eq!((outcome.routing, outcome.hits.len()), (Routing::ProtectionFirst, 0));
    }
    let text = |outcome: &Outcome| serde_json::to_string(outcome).unwrap();
    assert_eq!(text(&hit), text(&none), "hit and no hit look the same");
    assert!(ProtectionGrant::new("", "because").is_none() && ProtectionGrant::new("desk", " ").is_none());
    let grant = ProtectionGrant::new("protection desk", "review before any other step").unwrap();
    assert_eq!((hit.unseal(&grant).len(), none.unseal(&grant).len()), (1, 0));
    assert_eq!(screener.screen(&asked("Zarlakht Obaidani Marufkhel").possible_victim(), today()).routing, Routing::ProtectionFirst);
}

#[test]
fn a_batch_equals_its_queries_one_by_one() {
    let screener = screener(people());
    let names = ["Zarlakht Marufkhel", "Qandil Barozai", "Nobody Atall", "Muhammad Khan", "Brunhault Ostrevant"];
    let queries: Vec<Query> = (0..400).map(|at| Query { id: at.to_string(), ..asked(names[at % names.len()]) }).collect();
    let text = |outcomes: &[Outcome]| serde_json::to_string(outcomes).unwrap();
    let single: Vec<Outcome> = queries.iter().map(|query| screener.screen(query, today())).collect();
    assert_eq!(text(&screener.screen_batch(&queries, today())), text(&single));
}

#[test]
fn hits_are_bounded() {
    let entries = (0..200).map(|at| person(&format!("E{at:03}"), &["Brunhault Ostrevant"])).collect();
    let settings = Settings { hits_max: 7, ..Settings::default() };
    let outcome = tributary_screen::Screener::new(vec![list(entries)], settings).screen(&asked("Brunhault Ostrevant"), today());
    assert_eq!(ids(&outcome), ["E000", "E001", "E002", "E003", "E004", "E005", "E006"]);
}
