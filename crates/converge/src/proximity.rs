//! Proximity: a damped, degree-corrected random walk, followed only as far as it matters.
//!
//! With conductance c and strength d (at least 1), one step goes from u to v with share damping·c(u,v)/d(u); what is left over
//! stops. Proximity(u, v) = Σ_k x_k(v)·sqrt(d(u)/d(v)) is symmetric, at least 1 for u = v, and small behind a hub from either side.
//! It is the truncated form of personalised PageRank with symmetric normalisation (Zhou et al., "Learning with local and global
//! consistency", 2004; local evaluation after Andersen, Chung and Lang, 2006).

#![expect(clippy::indexing_slicing, reason = "dense scratch arrays are sized to the graph's nodes, and node indexes come from the graph")]

use tributary_graph::relation::RelationGraph;

/// How far to follow a walk.
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    /// Share that goes on at each step.
    pub damping: f64,
    /// Most steps.
    pub steps: u32,
    /// Shares below this are not followed.
    pub cutoff: f64,
}

/// Working memory for walks over one graph; one per thread.
#[derive(Debug)]
pub struct Scratch {
    next: Vec<f64>,
    sum: Vec<f64>,
}

impl Scratch {
    /// For a graph of that size.
    #[must_use]
    pub fn new(graph: &RelationGraph) -> Self {
        Self { next: vec![0.0; graph.node_count()], sum: vec![0.0; graph.node_count()] }
    }
}

/// The proximities from one node: (node, proximity), in order of node. Contains the node itself.
#[must_use]
pub fn from_node(graph: &RelationGraph, start: u32, walk: Walk, scratch: &mut Scratch) -> Vec<(u32, f64)> {
    let mut touched: Vec<u32> = vec![start];
    scratch.sum[start as usize] = 1.0;
    let mut frontier: Vec<(u32, f64)> = vec![(start, 1.0)];
    for _ in 0..walk.steps {
        let mut reached: Vec<u32> = Vec::new();
        for (node, share) in &frontier {
            let out = share * walk.damping / f64::from(graph.strength(*node));
            // Every conductance is at most 1: no neighbour can receive more than `out`.
            if out < walk.cutoff {
                continue;
            }
            for arc in graph.arcs(*node) {
                let Some(link) = graph.link(arc.link) else { continue };
                let flow = out * f64::from(link.conductance);
                if flow < walk.cutoff {
                    continue;
                }
                let slot = &mut scratch.next[arc.to as usize];
                if *slot == 0.0 {
                    reached.push(arc.to);
                }
                *slot += flow;
            }
        }
        frontier.clear();
        for node in reached {
            let share = std::mem::take(&mut scratch.next[node as usize]);
            let sum = &mut scratch.sum[node as usize];
            if *sum == 0.0 {
                touched.push(node);
            }
            *sum += share;
            frontier.push((node, share));
        }
        if frontier.is_empty() {
            break;
        }
    }
    touched.sort_unstable();
    let from_strength = f64::from(graph.strength(start));
    touched
        .into_iter()
        .map(|node| {
            let sum = std::mem::take(&mut scratch.sum[node as usize]);
            (node, sum * (from_strength / f64::from(graph.strength(node))).sqrt())
        })
        .collect()
}

/// The plain form: dense matrix-vector steps over all nodes, nothing cut. For tests.
#[must_use]
pub fn reference(graph: &RelationGraph, start: u32, damping: f64, steps: u32) -> Vec<f64> {
    let n = graph.node_count();
    let mut share = vec![0.0; n];
    share[start as usize] = 1.0;
    let mut sum = share.clone();
    for _ in 0..steps {
        let mut next = vec![0.0; n];
        for node in 0..n {
            for arc in graph.arcs(node as u32) {
                let conductance = graph.link(arc.link).map_or(0.0, |link| f64::from(link.conductance));
                next[arc.to as usize] += damping * share[node] * conductance / f64::from(graph.strength(node as u32));
            }
        }
        for node in 0..n {
            sum[node] += next[node];
        }
        share = next;
    }
    (0..n).map(|node| sum[node] * (f64::from(graph.strength(start)) / f64::from(graph.strength(node as u32))).sqrt()).collect()
}
