//! What is found, what is not, and who is never named.

use tributary_converge::{Evidence, Settings};
use tributary_graph::relation::{LinkKind, NodeKind, RelationGraph};
use tributary_model::protection::Protected;
use tributary_model::{AlertKind, Family, ProtectedSet, Side, SubjectType};

use crate::fixture::{finding, link, run, town};

/// A trafficking network around a0 and a financing network around a400, joined by one handset used by a1 and a401.
fn joined() -> (RelationGraph, Vec<Evidence>) {
    let mut builder = town(600, 11);
    let handset = builder.node(NodeKind::Identifier, "device:shared");
    for account in ["a1", "a401"] {
        let node = builder.node(NodeKind::Account, account);
        builder.link(link(node, handset, LinkKind::Identifier, 0.95));
    }
    let graph = builder.finish();
    let t = |account, family, n| finding(&graph, account, family, Side::Trafficking, n);
    let f = |account, family, n| finding(&graph, account, family, Side::TerroristFinancing, n);
    let evidence = vec![
        t("a0", Family::Ftr, 1),
        t("a1", Family::Rec, 2),
        t("a2", Family::Mov, 3),
        f("a400", Family::Ftf, 4),
        f("a401", Family::List, 5),
        f("a402", Family::Ftf, 6),
    ];
    (graph, evidence)
}

fn convergence(outcome: &tributary_converge::Outcome) -> Vec<&tributary_model::Alert> {
    outcome.alerts.iter().filter(|a| a.kind == AlertKind::Convergence).collect()
}

#[test]
fn a_shared_handset_is_found_and_explained() {
    let (graph, evidence) = joined();
    let outcome = run(&graph, &evidence, &ProtectedSet::new(), &Settings::default());
    let found = convergence(&outcome);
    assert_eq!(found.len(), 1, "{outcome:?}");
    let alert = found[0];
    assert!(alert.q_value <= 0.1, "{}", alert.q_value);
    assert!(alert.path.iter().any(|l| l.from == "identifier:device:shared" || l.to == "identifier:device:shared"));
    assert_eq!(alert.path.iter().filter(|l| l.weakest).count(), 1);
    // SG-011, SG-012, SG-040: reason, five hypotheses with what would decide, benign explanations, and the standing caution.
    assert_eq!(alert.hypotheses.len(), 5);
    assert!(alert.hypotheses.iter().all(|h| !h.would_decide.is_empty()));
    assert!(alert.indicators.iter().all(|i| !i.benign.is_empty()));
    assert!(alert.limits.iter().any(|l| l.contains("proves nothing")));
    assert!(alert.explanation.contains("comparable places"));
}

/// SG-010: two families on each side and two independent sources, or nothing.
#[test]
fn floors_hold() {
    let (graph, evidence) = joined();
    let without = |family: Family| -> Vec<Evidence> { evidence.iter().filter(|e| e.family != family).cloned().collect() };
    let cases = [
        ("one financing family", without(Family::List)),
        ("one trafficking family", evidence.iter().filter(|e| !matches!(e.family, Family::Rec | Family::Mov)).cloned().collect()),
        (
            "one source",
            evidence
                .iter()
                .cloned()
                .map(|mut e| {
                    e.sources = vec!["bank".into()];
                    e
                })
                .collect(),
        ),
        (
            "one source and one that nobody declared",
            evidence
                .iter()
                .cloned()
                .map(|mut e| {
                    e.sources = vec![if e.side == Side::Trafficking { "bank".into() } else { tributary_model::UNDECLARED.into() }];
                    e
                })
                .collect(),
        ),
        (
            "context only",
            evidence
                .iter()
                .cloned()
                .map(|mut e| {
                    e.context_only |= e.side == Side::TerroristFinancing;
                    e
                })
                .collect(),
        ),
        ("no evidence", vec![]),
    ];
    for (name, evidence) in cases {
        let outcome = run(&graph, &evidence, &ProtectedSet::new(), &Settings::default());
        assert!(convergence(&outcome).is_empty(), "{name}");
    }
}

#[test]
fn networks_far_apart_do_not_meet() {
    let (_, evidence) = joined();
    let graph = town(600, 11).finish();
    let outcome = run(&graph, &evidence, &ProtectedSet::new(), &Settings::default());
    assert!(convergence(&outcome).iter().all(|a| a.q_value > 0.1));
}

/// SG-031, design invariant 2: whoever is protected is counted and never named, whichever node it is.
#[test]
fn the_protected_are_never_named() {
    let (graph, evidence) = joined();
    for account in ["a0", "a1", "a2", "a400", "a401", "a402"] {
        let mut protected = ProtectedSet::new();
        protected.protect(SubjectType::Account, account, Protected::Victim);
        let outcome = run(&graph, &evidence, &protected, &Settings::default());
        for alert in &outcome.alerts {
            let text = serde_json::to_string(alert).unwrap();
            assert!(!text.contains(&format!("\"{account}\"")) && !text.contains(&format!("account:{account}\"")), "{account}: {text}");
            assert!(!text.contains(&format!("account {account} ")), "{account}: {text}");
        }
    }
}

#[test]
fn the_same_input_gives_the_same_alerts_on_one_and_two_threads() {
    let (graph, evidence) = joined();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| serde_json::to_string(&run(&graph, &evidence, &ProtectedSet::new(), &Settings::default()).alerts).unwrap())
    };
    let once = on(1);
    assert!(once.len() > 100);
    assert_eq!(once, on(1));
    assert_eq!(once, on(2));
}
