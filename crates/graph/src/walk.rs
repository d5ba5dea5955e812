//! PageRank and random walk with restart, by pulling: each node sums over its in-neighbours in a fixed order, so that the result has
//! the same bits on any number of threads.
//!
//! Source: Page, Brin, Motwani, Winograd 1998; Tong, Faloutsos, Pan 2006 (restart).
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: neighbours are checked against the number of nodes when the graph is built")]

use rayon::prelude::*;

use crate::GraphError;

/// Sums are taken over pieces of this many nodes and then over the pieces, whatever the number of threads.
const PIECE: usize = 4_096;

/// A weighted directed graph by receiving node. Undirected graphs give each edge twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WeightedGraph {
    offsets: Vec<u32>,
    sources: Vec<u32>,
    /// Share of the source's outgoing weight, 0..=1.
    shares: Vec<f64>,
    /// Nodes without outgoing weight: what stands on them restarts.
    dangling: Vec<bool>,
}

/// How a walk runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WalkSettings {
    /// Chance of restarting at each step, 0..=1.
    pub restart: f64,
    /// It ends when no more than this mass (L1 distance) moved in a step.
    pub tolerance: f64,
    /// It ends after this many steps whatever moved.
    pub steps_max: u32,
}

impl Default for WalkSettings {
    fn default() -> Self {
        Self { restart: 0.15, tolerance: 1e-9, steps_max: 100 }
    }
}

impl WeightedGraph {
    /// Builds the graph from (from, to, weight). Edges of weight 0 or less, or not finite, are left out; parallel edges add up.
    ///
    /// # Errors
    /// A node not below `n_nodes`, or more than 2^32 - 2 edges.
    pub fn new(n_nodes: u32, edges: &[(u32, u32, f64)]) -> Result<Self, GraphError> {
        let max = u32::MAX as usize - 1;
        if edges.len() > max {
            return Err(GraphError::TooMany { edges: edges.len(), max });
        }
        if let Some((row, edge)) = edges.iter().enumerate().find(|(_, edge)| edge.0.max(edge.1) >= n_nodes) {
            return Err(GraphError::Node { row, node: edge.0.max(edge.1), n_nodes });
        }
        let mut kept: Vec<(u32, u32, f64)> = edges.iter().copied().filter(|edge| edge.2 > 0.0 && edge.2.is_finite()).collect();
        // By receiver then source: the order of sums. Weight last, so that parallel edges sum the same whatever order they came in.
        kept.sort_unstable_by(|a, b| (a.1, a.0).cmp(&(b.1, b.0)).then(a.2.total_cmp(&b.2)));
        let mut leaving = vec![0.0_f64; n_nodes as usize];
        let mut offsets = vec![0_u32; n_nodes as usize + 1];
        for (from, to, weight) in &kept {
            leaving[*from as usize] += weight;
            offsets[*to as usize + 1] += 1;
        }
        for node in 1..offsets.len() {
            offsets[node] += offsets[node - 1];
        }
        let shares = kept.iter().map(|(from, _, weight)| weight / leaving[*from as usize]).collect();
        let sources = kept.iter().map(|edge| edge.0).collect();
        let dangling = leaving.iter().map(|leaving| *leaving <= 0.0).collect();
        Ok(Self { offsets, sources, shares, dangling })
    }

    /// How many nodes.
    #[must_use]
    pub fn n_nodes(&self) -> usize {
        self.dangling.len()
    }

    /// The edges into `node`: (source, share of the source's outgoing weight).
    pub fn into_node(&self, node: u32) -> impl Iterator<Item = (u32, f64)> {
        let node = node as usize;
        let range = if node < self.n_nodes() { self.offsets[node] as usize..self.offsets[node + 1] as usize } else { 0..0 };
        self.sources[range.clone()].iter().copied().zip(self.shares[range].iter().copied())
    }

    /// Nodes without outgoing weight.
    #[must_use]
    pub fn is_dangling(&self, node: u32) -> bool {
        self.dangling.get(node as usize).copied().unwrap_or(true)
    }
}

/// PageRank: a walk that restarts anywhere alike. Sums to 1.
#[must_use]
pub fn page_rank(graph: &WeightedGraph, settings: WalkSettings) -> Vec<f64> {
    random_walk_with_restart(graph, &vec![1.0; graph.n_nodes()], settings)
}

/// Where a walker is who at each step goes along an edge by its share or, with the chance `restart`, starts again by `seeds`
/// (one weight a node, 0 or more; scaled to sum 1). Sums to 1; all 0 when there is no seed.
#[must_use]
pub fn random_walk_with_restart(graph: &WeightedGraph, seeds: &[f64], settings: WalkSettings) -> Vec<f64> {
    let n = graph.n_nodes();
    let seeds: Vec<f64> = (0..n).map(|node| seeds.get(node).copied().filter(|seed| *seed > 0.0 && seed.is_finite()).unwrap_or(0.0)).collect();
    let total = sum(&seeds, |seed| *seed);
    if total <= 0.0 {
        return vec![0.0; n];
    }
    let start: Vec<f64> = seeds.iter().map(|seed| seed / total).collect();
    let restart = settings.restart.clamp(0.0, 1.0);
    let mut mass = start.clone();
    for _ in 0..settings.steps_max {
        let lost = dangling_mass(graph, &mass);
        let again = restart + (1.0 - restart) * lost;
        let next: Vec<f64> = (0..n)
            .into_par_iter()
            .with_min_len(PIECE)
            .map(|node| {
                let range = graph.offsets[node] as usize..graph.offsets[node + 1] as usize;
                let along: f64 = range.map(|edge| mass[graph.sources[edge] as usize] * graph.shares[edge]).sum();
                (1.0 - restart) * along + again * start[node]
            })
            .collect();
        let moved = sum_pairs(&next, &mass);
        mass = next;
        if moved <= settings.tolerance {
            break;
        }
    }
    mass
}

fn dangling_mass(graph: &WeightedGraph, mass: &[f64]) -> f64 {
    mass.par_chunks(PIECE)
        .zip(graph.dangling.par_chunks(PIECE))
        .map(|(mass, dangling)| mass.iter().zip(dangling).filter(|(_, dangling)| **dangling).map(|(mass, _)| mass).sum::<f64>())
        .collect::<Vec<f64>>()
        .into_iter()
        .sum()
}

/// A sum whose order of addition depends on the length alone.
fn sum(values: &[f64], of: impl Fn(&f64) -> f64 + Sync) -> f64 {
    values.par_chunks(PIECE).map(|piece| piece.iter().map(&of).sum::<f64>()).collect::<Vec<f64>>().into_iter().sum()
}

fn sum_pairs(a: &[f64], b: &[f64]) -> f64 {
    a.par_chunks(PIECE)
        .zip(b.par_chunks(PIECE))
        .map(|(a, b)| a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f64>())
        .collect::<Vec<f64>>()
        .into_iter()
        .sum()
}
