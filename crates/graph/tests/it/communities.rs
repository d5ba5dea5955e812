//! The simple graph, its components, PageRank of links, and what must hold of communities.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tributary_graph::{GraphError, LeidenSettings, LinkGraph, SimpleGraph, WalkSettings, components, leiden, modularity, reference};

const NODES: u32 = 12;

fn edges(most: usize) -> impl Strategy<Value = Vec<(u32, u32)>> {
    proptest::collection::vec((0..NODES, 0..NODES), 0..most)
}

fn simple(edges: &[(u32, u32)]) -> BTreeSet<(u32, u32)> {
    edges.iter().filter(|(a, b)| a != b).map(|(a, b)| (*a.min(b), *a.max(b))).collect()
}

/// Modularity is that of its definition; communities are connected, named by their smallest node, no worse than single nodes; after enough
/// rounds no node gains by leaving its community, and nothing is worse than after few.
#[track_caller]
fn check(edges: &[(u32, u32)], settings: LeidenSettings) {
    let graph = SimpleGraph::new(NODES, edges).unwrap();
    let found = leiden(&graph, settings);
    let quality = |partition: &[u32]| modularity(&graph, partition, settings.resolution);
    let plain = reference::modularity(NODES, &simple(edges), &found, settings.resolution);
    assert!((quality(&found) - plain).abs() < 1e-9, "{} {plain}", quality(&found));
    let within: Vec<(u32, u32)> = edges.iter().copied().filter(|(a, b)| found[*a as usize] == found[*b as usize]).collect();
    assert_eq!(components(NODES, within), found);
    let single: Vec<u32> = (0..NODES).collect();
    assert!(quality(&found) >= quality(&single) - 1e-9);
    assert_eq!(found, leiden(&graph, settings));
    let settled = leiden(&graph, LeidenSettings { rounds_max: 1_000, ..settings });
    assert!(quality(&settled) >= quality(&found) - 1e-9);
    for node in 0..NODES {
        let mut alone = settled.clone();
        alone[node as usize] = NODES + 1;
        assert!(quality(&alone) <= quality(&settled) + 1e-9, "{node} would gain by leaving: {settled:?}");
    }
}

proptest! {
    #[test]
    fn simple_graphs_hold_each_edge_once(edges in edges(60)) {
        let graph = SimpleGraph::new(NODES, &edges).unwrap();
        let held: BTreeSet<(u32, u32)> = (0..NODES).flat_map(|a| graph.neighbours(a).iter().map(move |b| (a.min(*b), a.max(*b)))).collect();
        prop_assert_eq!(graph.n_edges(), held.len());
        prop_assert_eq!(held, simple(&edges));
        prop_assert!((0..NODES).all(|node| graph.neighbours(node).is_sorted()));
    }

    #[test]
    fn sampled_components_equal_label_spreading(edges in edges(30)) {
        prop_assert_eq!(SimpleGraph::new(NODES, &edges).unwrap().components(), reference::components(NODES, &edges));
    }

    #[test]
    fn link_ranks_equal_the_plain_walk(mut edges in edges(60), restart in 0.0f64..=1.0) {
        let settings = WalkSettings { tolerance: 0.0, steps_max: 30, restart };
        let fast = LinkGraph::new(NODES, &edges).unwrap().page_rank(settings);
        let weighted: Vec<(u32, u32, f64)> = edges.iter().map(|(from, to)| (*from, *to, 1.0)).collect();
        let plain = reference::random_walk_with_restart(NODES, &weighted, &[1.0; NODES as usize], settings);
        for (fast, plain) in fast.iter().zip(&plain) {
            prop_assert!((fast - plain).abs() < 1e-9, "{fast} {plain}");
        }
        edges.reverse();
        prop_assert_eq!(fast, LinkGraph::new(NODES, &edges).unwrap().page_rank(settings));
    }

    #[test]
    fn communities_hold_together(edges in edges(60), resolution in 1u32..5, seed in any::<u64>()) {
        check(&edges, LeidenSettings { resolution: f64::from(resolution) / 2.0, seed, ..LeidenSettings::default() });
    }
}

/// Two cliques joined by one edge are two communities; nothing and loops are fine.
#[test]
fn cliques_are_communities() {
    let clique = |from: u32| (from..from + 5).flat_map(move |a| (a + 1..from + 5).map(move |b| (a, b)));
    let edges: Vec<(u32, u32)> = clique(0).chain(clique(5)).chain([(4, 5), (11, 11)]).collect();
    let graph = SimpleGraph::new(NODES, &edges).unwrap();
    assert_eq!(leiden(&graph, LeidenSettings::default()), [0, 0, 0, 0, 0, 5, 5, 5, 5, 5, 10, 11]);
    assert!(leiden(&SimpleGraph::new(0, &[]).unwrap(), LeidenSettings::default()).is_empty());
    assert_eq!(leiden(&SimpleGraph::default(), LeidenSettings::default()), [0_u32; 0]);
    assert_eq!(SimpleGraph::new(3, &[(0, 3)]), Err(GraphError::Node { row: 0, node: 3, n_nodes: 3 }));
    assert!(LinkGraph::new(2, &[(2, 0)]).is_err() && LinkGraph::default().page_rank(WalkSettings::default()).is_empty());
}

/// Planted communities are found, and the same bits come out on one thread and on four.
#[test]
fn planted_communities_are_found_on_any_number_of_threads() {
    let (n, size) = (6_000_u32, 30_u32);
    let mut state = 9_u64;
    let mut below = |most: u32| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % u64::from(most)) as u32
    };
    let edges: Vec<(u32, u32)> = (0..60_000).map(|i| (i % n, if below(10) < 8 { i % n / size * size + below(size) } else { below(n) })).collect();
    let (graph, links) = (SimpleGraph::new(n, &edges).unwrap(), LinkGraph::new(n, &edges).unwrap());
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            (leiden(&graph, LeidenSettings::default()), links.page_rank(WalkSettings::default()).iter().map(|v| v.to_bits()).collect::<Vec<_>>())
        })
    };
    let (one, four) = (on(1), on(4));
    assert_eq!(one, four);
    let truth: Vec<u32> = (0..n).map(|node| node / size).collect();
    assert!(modularity(&graph, &one.0, 1.0) >= modularity(&graph, &truth, 1.0) - 0.005);
}
