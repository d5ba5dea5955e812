//! Whole small worlds: a detector that knows the truth gets full marks, one that guesses does not.
use crate::support::{A, ndjson};
use std::collections::BTreeMap;
use std::path::Path;
use tributary_evaluate::{Report, evaluate, pool};
use tributary_world::{Overlap, WorldOptions, generate};

fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_path(path).unwrap().deserialize().map(Result::unwrap).collect()
}

/// What a detector with open eyes says, and one that names every tenth person.
fn judged(seed: u64) -> (Report, Report) {
    let folder = tempfile::tempdir().unwrap();
    generate(&WorldOptions { seed, scale: 0.02, overlap: Overlap::High }, folder.path(), &|_| true).unwrap();
    let truth = folder.path().join("truth");
    let mut first: BTreeMap<String, String> = BTreeMap::new();
    for row in rows(&truth.join("members.csv")) {
        first.entry(row["network_id"].clone()).or_insert(format!("{}:{}", row["subject_type"], row["id"]));
    }
    let networks = rows(&truth.join("networks.csv"));
    let pairs = rows(&truth.join("convergences.csv"));
    let mut alerts: Vec<(&str, Vec<&str>)> = networks.iter().map(|n| (n["side"].as_str(), vec![first[&n["network_id"]].as_str()])).collect();
    alerts.extend(pairs.iter().map(|p| ("convergence", vec![first[&p["trafficking_network"]].as_str(), first[&p["financing_network"]].as_str()])));
    let records: Vec<A<'_>> = alerts.iter().map(|(kind, subjects)| A(kind, 0.01, subjects, &[])).collect();
    let knowing = evaluate(ndjson(&records).as_bytes(), &truth).unwrap();
    let people: Vec<String> = rows(&truth.join("groups.csv")).iter().step_by(10).map(|r| format!("party:{}", r["party_id"])).collect();
    let guesses: Vec<Vec<&str>> = people.iter().map(|p| vec![p.as_str()]).collect();
    let records: Vec<A<'_>> = guesses.iter().map(|s| A("trafficking", 0.01, s, &[])).collect();
    let guessing = evaluate(ndjson(&records).as_bytes(), &truth).unwrap();
    (knowing, guessing)
}

#[test]
fn knowing_and_guessing() {
    let (knowing, guessing): (Vec<Report>, Vec<Report>) = (80..83).map(judged).unzip();
    let (knowing, guessing) = (pool(&knowing), pool(&guessing));
    for kind in ["trafficking", "terrorist_financing", "convergence", "all"] {
        let figures = knowing.kind(kind).unwrap();
        let all = figures.at.last().unwrap();
        assert_eq!((all.precision.value, all.recall.value, figures.average_precision.value), (Some(1.0), Some(1.0), Some(1.0)), "{kind}");
    }
    assert_eq!(knowing.convergence.false_alerts.hits, 0);
    assert!(knowing.protected.held);
    assert!(guessing.base_rate.precision_at_workload.value.unwrap() < 0.05);
    assert!(guessing.calibration[1].up_to_0_1.above_claim);
    assert!(!guessing.protected.held, "one in ten people at random hits children and recorded victims, and the report says so");
    // Guessing has no regard to groups: no disparity beyond the limit by gender.
    let gender = guessing.fairness.iter().find(|t| t.name == "gender").unwrap();
    assert_ne!(gender.verdict, "beyond_limit");
}
