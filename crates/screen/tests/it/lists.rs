//! Versions of a list, and screening what changed.

use std::collections::BTreeMap;

use tributary_screen::{Birth, Change, Customers, Query, Screener, Settings, delta};

use crate::engine::{Draw, drawn_name, spoiled};
use crate::shared::{asked, list, person, today};

#[test]
fn a_delta_names_what_was_added_changed_and_removed() {
    let old = list(vec![person("A", &["Brunhault Ostrevant"]), person("B", &["Qandil Barozai"]), person("C", &["Zarlakht Marufkhel"])]);
    let mut changed = person("B", &["Qandil Barozai", "Kandil Barozai"]);
    changed.births.extend(Birth::parse("1970"));
    let new = list(vec![person("A", &["Brunhault Ostrevant"]), changed, person("D", &["Somebody Newcome"])]);
    let delta = delta(&old, &new);
    assert_eq!(delta.added, ["D"]);
    assert_eq!(delta.changed, [Change { id: "B".into(), fields: vec!["names", "births"] }]);
    assert_eq!(delta.removed, ["C"]);
    assert!(tributary_screen::delta(&new, &new).is_empty());
}

#[test]
fn the_order_of_a_file_is_no_change() {
    let mut one = person("A", &["Brunhault Ostrevant"]);
    one.documents = vec!["passport:B22222".into(), "passport:A11111".into()];
    let mut other = one.clone();
    other.documents.reverse();
    assert!(delta(&list(vec![one]), &list(vec![other])).is_empty());
}

/// Screening what changed gives, for every customer, the hits of a full screening on the entries that changed.
#[test]
fn a_rescreen_equals_a_full_screening_of_what_changed() {
    let mut draw = Draw(11);
    let names: Vec<String> = (0..600).map(|_| drawn_name(&mut draw)).collect();
    let entry = |at: usize| person(&format!("E{at:03}"), &[names[at].as_str()]);
    let old = list((0..400).map(entry).collect());
    let mut entries: Vec<_> = (100..600).map(entry).collect();
    for one in entries.iter_mut().take(40) {
        one.documents.push(format!("passport:{}00000", one.id));
        one.births.extend(Birth::parse("1971-05-14"));
    }
    let new = list(entries);
    let delta = delta(&old, &new);
    assert_eq!((delta.added.len(), delta.changed.len(), delta.removed.len()), (200, 40, 100));
    let mut customers: Vec<Query> = (0..900).map(|at| asked(&spoiled(&names[at % 600], &mut draw))).collect();
    for (at, customer) in customers.iter_mut().enumerate().step_by(50) {
        customer.documents.push(format!("passport:E{:03}00000", 100 + at % 60));
    }
    let frozen = Screener::new(vec![old], Settings::default());
    let screener = Screener::with_weights(vec![new.clone()], Settings::default(), frozen.weights().clone());
    let index = Customers::new(customers, &frozen);
    let changed: Vec<&str> = delta.to_screen().collect();
    let of = |hits: &[tributary_screen::Hit]| -> Vec<(String, u64)> {
        hits.iter().filter(|hit| changed.contains(&hit.entry.as_str())).map(|hit| (hit.entry.clone(), hit.log_odds.to_bits())).collect()
    };
    let full = screener.screen_batch(index.queries(), today());
    let expected: BTreeMap<usize, _> = full.iter().map(|outcome| of(&outcome.hits)).enumerate().filter(|(_, hits)| !hits.is_empty()).collect();
    let part = index.rescreen(&screener, &new, &delta, today());
    let found: BTreeMap<usize, _> = part.iter().map(|one| (one.customer, of(&one.outcome.hits))).collect();
    assert!(expected.len() > 100, "{}", expected.len());
    assert_eq!(found, expected);
}
