//! Fast forms against plain ones, and the pieces against their definitions.

use proptest::prelude::*;
use tributary_converge::evidence::{echoes, opening_families, weigh};
use tributary_converge::fdr::{family_q_values, q_values};
use tributary_converge::network::{ByNode, Fields, networks};
use tributary_converge::null::{Opposite, Places, field_of, moved, moved_reference, overlap};
use tributary_converge::proximity::{Scratch, Walk, from_node, reference};
use tributary_converge::strata::Strata;
use tributary_converge::{Settings, path};
use tributary_graph::relation::{LinkKind, NodeKind, RelationBuilder, RelationGraph};
use tributary_model::{Family, Side};

use crate::fixture::{Numbers, finding, link, town};

fn random_graph(nodes: u32, links: u32, seed: u64) -> RelationGraph {
    let mut builder = RelationBuilder::new();
    let mut numbers = Numbers(seed);
    for node in 0..nodes {
        builder.node(NodeKind::Account, &node.to_string());
    }
    for _ in 0..links {
        let (a, b) = (numbers.below(u64::from(nodes)) as u32, numbers.below(u64::from(nodes)) as u32);
        builder.link(link(a, b, LinkKind::Transfer, (numbers.below(100) + 1) as f32 / 100.0));
    }
    builder.finish()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn walk_equals_dense_form_and_is_symmetric(seed in any::<u64>(), nodes in 2_u32..30, links in 1_u32..80) {
        let graph = random_graph(nodes, links, seed);
        let mut scratch = Scratch::new(&graph);
        let walk = Walk { damping: 0.75, steps: 4, cutoff: 0.0 };
        let dense = reference(&graph, 0, 0.75, 4);
        let sparse = from_node(&graph, 0, walk, &mut scratch);
        let mut spread = vec![0.0; nodes as usize];
        for (node, proximity) in sparse {
            spread[node as usize] = proximity;
        }
        for (x, y) in dense.iter().zip(&spread) {
            prop_assert!((x - y).abs() < 1e-9, "{x} {y}");
        }
        for node in 1..nodes {
            let back = from_node(&graph, node, walk, &mut scratch).into_iter().find(|(n, _)| *n == 0).map_or(0.0, |(_, p)| p);
            prop_assert!((back - spread[node as usize]).abs() < 1e-9);
        }
    }

    #[test]
    fn closest_path_equals_exhaustive_search(seed in any::<u64>(), nodes in 2_u32..9, links in 1_u32..20) {
        let graph = random_graph(nodes, links, seed);
        let settings = Settings { path_links_max: 20, ..Settings::default() };
        let found = path::closest(&graph, &[0], &[nodes - 1], &settings);
        let best = exhaustive(&graph, 0, nodes - 1, &mut vec![0], 1.0);
        match (found, best) {
            (None, None) => {}
            (Some(steps), Some(best)) => {
                let product: f64 = steps.iter().map(|s| s.closeness).product();
                prop_assert!((product - best).abs() < 1e-9, "{product} {best}");
            }
            (found, best) => prop_assert!(false, "{found:?} {best:?}"),
        }
    }

    #[test]
    fn q_is_monotone_in_p_and_at_least_p(mut p in proptest::collection::vec(0.0_f64..1.0, 1..40), more in 0_usize..50) {
        p.sort_by(f64::total_cmp);
        let q = q_values(&p, p.len() + more);
        for (p, q) in p.iter().zip(&q) {
            prop_assert!(q >= p && *q <= 1.0);
        }
        prop_assert!(q.windows(2).all(|w| w[0] <= w[1]));
    }
}

fn exhaustive(graph: &RelationGraph, at: u32, end: u32, seen: &mut Vec<u32>, product: f64) -> Option<f64> {
    if at == end {
        return Some(product);
    }
    let mut best: Option<f64> = None;
    for arc in graph.arcs(at) {
        if seen.contains(&arc.to) {
            continue;
        }
        let c = f64::from(graph.link(arc.link).unwrap().conductance);
        let closeness = 0.75 * c / (f64::from(graph.strength(at)) * f64::from(graph.strength(arc.to))).sqrt();
        seen.push(arc.to);
        if let Some(value) = exhaustive(graph, arc.to, end, seen, product * closeness) {
            best = Some(best.map_or(value, |b: f64| b.max(value)));
        }
        seen.pop();
    }
    best
}

/// The index over all networks, the early stop and the shared scratch change nothing against the plain form.
#[test]
fn moved_equals_its_definition() {
    for seed in 0..8 {
        let graph = town(150, seed).finish();
        let mut numbers = Numbers(seed + 77);
        let evidence: Vec<_> = (0..24)
            .map(|n| {
                let side = if n % 2 == 0 { Side::Trafficking } else { Side::TerroristFinancing };
                finding(&graph, &format!("a{}", numbers.below(600)), if n % 3 == 0 { Family::Ftr } else { Family::List }, side, n)
            })
            .collect();
        let settings = Settings { null_exceedances: u32::MAX, stratum_size_min: 50, ..Settings::default() };
        let by_node = ByNode::new(&evidence, |_| true);
        let walk = Walk { damping: 0.75, steps: 5, cutoff: 1e-4 };
        let fields = Fields::new(&graph, &by_node.nodes(), walk);
        let strata = Strata::new(&graph, settings.stratum_size_min);
        let (t, f) = (networks(&by_node, &fields, Side::Trafficking, &settings), networks(&by_node, &fields, Side::TerroristFinancing, &settings));
        let others: Vec<_> = f.iter().zip([0.5, 2.0, 1.0].into_iter().cycle()).map(|(n, worth)| (field_of(n, &fields), worth)).collect();
        let (of, worths): (Vec<_>, Vec<_>) = others.iter().cloned().unzip();
        let opposite = Opposite::new(&of, &worths);
        let places = Places::new(&graph, &strata, t.iter(), &settings);
        for network in &t {
            let observed: Vec<f64> = others.iter().map(|(field, worth)| overlap(field, network) * worth).collect();
            let fast = moved(&graph, &opposite, network, &observed, &strata, &places, &settings);
            for (observed, fast) in observed.iter().zip(fast) {
                // A hair below, so that the order in which a sum is made does not decide a tie.
                let plain = moved_reference(&graph, &others, network, *observed, &strata, &places);
                assert_eq!(plain.tried, fast.tried);
                assert!(plain.exceeded.abs_diff(fast.exceeded) <= 1, "{plain:?} {fast:?}");
            }
        }
    }
}

/// Typology rule R9: "named in a case" and "deals with whom that case names" stand on one record and open one family.
#[test]
fn what_derives_from_a_record_counts_with_it() {
    let graph = town(4, 1).finish();
    let listed = finding(&graph, "a0", Family::List, Side::TerroristFinancing, 1);
    let mut tied = finding(&graph, "a1", Family::Ftf, Side::TerroristFinancing, 2);
    tied.weight = 1.0;
    let opened = |premises: &[&str]| {
        let mut tied = tied.clone();
        tied.premises = premises.iter().map(|p| (*p).to_owned()).collect();
        let items = [listed.clone(), tied];
        (opening_families(&items, Side::TerroristFinancing).len(), weigh(&items, &Settings::default()).total > 1.6)
    };
    let record = listed.observations[0].as_str();
    assert_eq!(opened(&[]), (2, true));
    assert_eq!(opened(&[record]), (1, false));
    assert_eq!(opened(&[record, "case_records/b/9"]), (2, true));
}

#[test]
fn known_family_q_values() {
    // Two of four families found at 0.04; a second pair of p = 0.015 passes at 0.015 * 4 / 2.
    let q = family_q_values(&[0.01, 0.02, 0.015], &[0.04, 0.04], 4);
    assert!(q.iter().zip([0.04, 0.04, 0.04]).all(|(x, y)| (x - y).abs() < 1e-12), "{q:?}");
    let q = family_q_values(&[0.3], &[0.04, 0.04], 4);
    assert!((q[0] - 0.6).abs() < 1e-12, "{q:?}");
}

#[test]
fn known_q_values() {
    // Benjamini and Hochberg by hand: p = 0.01, 0.02, 0.03 of 4 tests.
    let q = q_values(&[0.03, 0.01, 0.02], 4);
    let expect = [0.04, 0.04, 0.04];
    assert!(q.iter().zip(expect).all(|(x, y)| (x - y).abs() < 1e-12), "{q:?}");
}

#[test]
fn strata_cover_every_node_and_hold_the_least_size() {
    let graph = town(200, 3).finish();
    let strata = Strata::new(&graph, 50);
    for node in 0..graph.node_count() as u32 {
        assert!(strata.peers(node).contains(&node));
        assert!(strata.peers(node).iter().all(|peer| graph.name(*peer).0 == graph.name(node).0));
    }
}

#[test]
fn a_hub_gives_little_proximity() {
    let mut builder = RelationBuilder::new();
    let (hub, broker) = (builder.node(NodeKind::Account, "exchange"), builder.node(NodeKind::Account, "broker"));
    for customer in 0..500 {
        let account = builder.node(NodeKind::Account, &format!("c{customer}"));
        builder.link(link(account, hub, LinkKind::Transfer, 0.3));
        if customer < 4 {
            builder.link(link(account, broker, LinkKind::Transfer, 0.3));
        }
    }
    let graph = builder.finish();
    let at = |a: &str, b: &str| {
        let (a, b) = (graph.find(NodeKind::Account, a).unwrap(), graph.find(NodeKind::Account, b).unwrap());
        let walk = Walk { damping: 0.75, steps: 5, cutoff: 0.0 };
        from_node(&graph, a, walk, &mut Scratch::new(&graph)).into_iter().find(|(n, _)| *n == b).map_or(0.0, |(_, p)| p)
    };
    assert!(at("c0", "c1") > 20.0 * at("c10", "c11"), "{} {}", at("c0", "c1"), at("c10", "c11"));
}

/// SG-010, typology rule R9: two findings on the same observations count once.
#[test]
fn an_echo_counts_once() {
    let graph = town(4, 1).finish();
    let mut a = finding(&graph, "a0", Family::Ftr, Side::Trafficking, 7);
    let b = finding(&graph, "a0", Family::Ftf, Side::TerroristFinancing, 7);
    a.weight = 2.0;
    assert_eq!(echoes(&[a.clone(), b.clone()]), [false, true]);
    let elsewhere = finding(&graph, "a0", Family::Ftf, Side::TerroristFinancing, 8);
    assert_eq!(echoes(&[a, elsewhere]), [false, false]);
}

/// SG-104: what one source says counts up to a cap.
#[test]
fn one_source_is_capped() {
    let graph = town(4, 1).finish();
    let settings = Settings::default();
    let families = [Family::Ftr, Family::Ftf, Family::Haw, Family::Vas, Family::Exp];
    let loud: Vec<_> = families
        .iter()
        .enumerate()
        .map(|(i, f)| {
            let mut e = finding(&graph, "a0", *f, Side::Trafficking, i);
            e.weight = 3.0;
            e
        })
        .collect();
    assert!(weigh(&loud, &settings).total <= settings.source_cap + 1e-9);
}
