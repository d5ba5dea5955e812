//! Whoever is protected is never a subject: over thousands of small random worlds. SG-031, design invariant 2.

use tributary_converge::Settings;
use tributary_graph::relation::NodeKind;
use tributary_model::protection::Protected;
use tributary_model::{Family, ProtectedSet, Side, SubjectType};

use crate::fixture::{Numbers, finding, run, town};

const WORLDS: u64 = 3_000;

#[test]
fn no_victim_or_witness_is_a_subject_in_thousands_of_small_worlds() {
    let settings = Settings {
        q_report_max: 1.0,
        null_places_max: 40,
        null_draws_max: 40,
        stratum_size_min: 5,
        families_min: 1,
        sources_min: 1,
        ..Settings::default()
    };
    let (mut alerts, mut withheld) = (0, 0);
    for seed in 0..WORLDS {
        let mut numbers = Numbers(seed);
        let graph = town(12, seed).finish();
        let mut evidence = Vec::new();
        for number in 0..10 {
            let side = [Side::Trafficking, Side::TerroristFinancing, Side::Neutral][numbers.below(3) as usize];
            let family = [Family::Ftr, Family::Rec, Family::Mov, Family::Ftf, Family::List, Family::Haw][numbers.below(6) as usize];
            let account = format!("a{}", numbers.below(48));
            let mut item = finding(&graph, &account, family, side, number);
            if numbers.below(3) == 0 {
                item.node = graph.find(NodeKind::Party, &account.replace('a', "p")).unwrap();
            }
            evidence.push(item);
        }
        let mut protected = ProtectedSet::new();
        for _ in 0..12 {
            let number = numbers.below(48);
            let reason = if numbers.below(2) == 0 { Protected::Victim } else { Protected::Witness };
            protected.protect(SubjectType::Party, &format!("p{number}"), reason);
            protected.protect(SubjectType::Account, &format!("a{number}"), reason);
        }
        for alert in run(&graph, &evidence, &protected, &settings).alerts {
            alerts += 1;
            withheld += alert.protected.count;
            for subject in &alert.subjects {
                assert_eq!(protected.reason(subject.subject_type(), subject.id()), None, "world {seed}: {subject:?}");
                // Nobody is named for standing between two networks: a person or account that is a subject bears a finding.
                let thing = !matches!(subject.subject_type(), SubjectType::Party | SubjectType::Account);
                assert!(thing || evidence.iter().any(|e| graph.name(e.node).1 == subject.id()), "world {seed}: {subject:?}");
            }
            let named =
                alert.indicators.iter().filter_map(|i| i.subject.as_deref()).chain(alert.path.iter().flat_map(|l| [l.from.as_str(), l.to.as_str()]));
            for label in named {
                let id = label.split_once(':').map_or(label, |(_, id)| id);
                assert!(
                    protected.reason(SubjectType::Account, id).is_none() && protected.reason(SubjectType::Party, id).is_none(),
                    "world {seed}: {label}"
                );
            }
        }
    }
    // The test says nothing unless there were alerts, and protected people on their paths.
    assert!(alerts > WORLDS && withheld > 100, "{alerts} alerts, {withheld} withheld");
}
