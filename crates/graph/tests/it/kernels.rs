//! Rarity, overlap, components and walks.

use proptest::prelude::*;
use tributary_graph::{
    Activity, WalkSettings, WeightedGraph, components, overlapping_activity, page_rank, random_walk_with_restart, rarity, reference,
};

#[test]
fn rarity_falls_with_use() {
    for (n, df, expected) in [(1_000_000, 1, 1.0), (1_000_000, 1_000, 0.5), (1_000_000, 1_000_000, 0.0), (10, 20, 0.0), (1, 1, 0.0), (9, 0, 0.0)] {
        assert!((rarity(n, df) - expected).abs() < 1e-12, "{df} of {n}");
    }
}

/// A number that changed hands joins nobody.
#[test]
fn recycled_identifiers_do_not_overlap() {
    let span = |first, last| Activity { first, last };
    for (a, b, slack, expected) in [
        (span(0, 10), span(10, 20), 0, true),
        (span(0, 10), span(11, 20), 0, false),
        (span(0, 10), span(11, 20), 1, true),
        (span(0, 100), span(40, 50), 0, true),
        (span(i64::MIN, i64::MIN), span(i64::MAX, i64::MAX), i64::MAX, false),
    ] {
        assert_eq!(overlapping_activity(a, b, slack), expected);
        assert_eq!(overlapping_activity(b, a, slack), expected);
    }
}

const NODES: u32 = 9;

proptest! {
    #[test]
    fn components_equal_label_spreading(mut edges in proptest::collection::vec((0..NODES, 0..NODES), 0..12)) {
        let found = components(NODES, edges.iter().copied());
        prop_assert_eq!(&found, &reference::components(NODES, &edges));
        edges.reverse();
        prop_assert_eq!(found, components(NODES, edges));
    }

    #[test]
    fn walks_equal_the_plain_walk(edges in proptest::collection::vec((0..NODES, 0..NODES, 0.1f64..3.0), 0..30), seeds in proptest::collection::vec(0.0f64..1.0, NODES as usize)) {
        let settings = WalkSettings { tolerance: 0.0, steps_max: 30, ..WalkSettings::default() };
        let graph = WeightedGraph::new(NODES, &edges).unwrap();
        let fast = random_walk_with_restart(&graph, &seeds, settings);
        let plain = reference::random_walk_with_restart(NODES, &edges, &seeds, settings);
        for (fast, plain) in fast.iter().zip(&plain) {
            prop_assert!((fast - plain).abs() < 1e-9, "{fast} {plain}");
        }
        prop_assert!((page_rank(&graph, settings).iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }
}

/// The same bits on one thread and on four.
#[test]
fn walks_do_not_depend_on_threads() {
    let n = 20_000_u32;
    let edges: Vec<(u32, u32, f64)> =
        (0..60_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) % n, i.wrapping_mul(40_503) % n, f64::from(i % 7))).collect();
    let graph = WeightedGraph::new(n, &edges).unwrap();
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| page_rank(&graph, WalkSettings::default())).iter().map(|v| v.to_bits()).collect::<Vec<_>>()
    };
    assert_eq!(on(1), on(4));
    assert!(random_walk_with_restart(&graph, &[], WalkSettings::default()).iter().all(|v| *v == 0.0));
}
