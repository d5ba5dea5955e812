//! Networks: bounded groups of evidence-bearing nodes on one side, close to one another in the relation graph.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use tributary_graph::relation::RelationGraph;
use tributary_model::{Family, Side, Timestamp};

use crate::evidence::{Evidence, Weighed, opening_families, weigh};
use crate::proximity::{Scratch, Walk, from_node};
use crate::settings::Settings;

/// The proximities from every evidence-bearing node.
#[derive(Debug, Default)]
pub struct Fields {
    by_node: FxHashMap<u32, Vec<(u32, f64)>>,
}

impl Fields {
    /// Walks from each of the nodes; the result does not depend on the number of threads.
    #[must_use]
    pub fn new(graph: &RelationGraph, nodes: &[u32], walk: Walk) -> Self {
        let rows: Vec<(u32, Vec<(u32, f64)>)> =
            nodes.par_iter().map_init(|| Scratch::new(graph), |scratch, node| (*node, from_node(graph, *node, walk, scratch))).collect();
        Self { by_node: rows.into_iter().collect() }
    }

    /// (node, proximity) from one node, in order of node; empty when the node bears no evidence.
    #[must_use]
    pub fn from(&self, node: u32) -> &[(u32, f64)] {
        self.by_node.get(&node).map_or(&[], Vec::as_slice)
    }
}

/// An evidence-bearing node of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Seed {
    /// The node.
    pub node: u32,
    /// Its own evidence, natural log.
    pub weight: f64,
    /// Its share of the network's evidence; the shares of a network add up to 1.
    pub share: f64,
    /// Proximity to the centre.
    pub proximity: f64,
}

/// Evidence of one side around a centre.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// The side.
    pub side: Side,
    /// The node around which the evidence is strongest.
    pub center: u32,
    /// The evidence-bearing nodes, nearest to the centre first.
    pub seeds: Vec<Seed>,
    /// Indexes of the evidence, in order.
    pub evidence: Vec<usize>,
    /// The evidence added up.
    pub weighed: Weighed,
    /// Families that can open a finding.
    pub opening: Vec<Family>,
    /// Period of the evidence.
    pub period: (Timestamp, Timestamp),
}

/// The evidence that may be used, by node.
#[derive(Debug)]
pub struct ByNode<'a> {
    /// All evidence.
    pub evidence: &'a [Evidence],
    by_node: FxHashMap<u32, Vec<usize>>,
}

impl<'a> ByNode<'a> {
    /// Indexes the evidence for which `usable` holds.
    #[must_use]
    pub fn new(evidence: &'a [Evidence], usable: impl Fn(usize) -> bool) -> Self {
        let mut by_node: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
        for (index, item) in evidence.iter().enumerate().filter(|(index, _)| usable(*index)) {
            by_node.entry(item.node).or_default().push(index);
        }
        Self { evidence, by_node }
    }

    /// All nodes with evidence, in order.
    #[must_use]
    pub fn nodes(&self) -> Vec<u32> {
        let mut nodes: Vec<u32> = self.by_node.keys().copied().collect();
        nodes.sort_unstable();
        nodes
    }

    /// Indexes of a node's evidence for the side, neutral evidence included.
    pub fn of(&self, node: u32, side: Side) -> impl Iterator<Item = usize> + '_ {
        self.by_node
            .get(&node)
            .into_iter()
            .flatten()
            .copied()
            .filter(move |i| self.get(*i).is_some_and(|e| e.side == side || e.side == Side::Neutral))
    }

    /// One finding.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&'a Evidence> {
        self.evidence.get(index)
    }

    fn items<'s>(&'s self, indexes: &'s [usize]) -> impl Iterator<Item = &'a Evidence> + 's {
        indexes.iter().filter_map(|i| self.evidence.get(*i))
    }

    /// Has the node evidence of this very side that may open a finding?
    fn opens(&self, node: u32, side: Side) -> bool {
        self.of(node, side).any(|i| self.get(i).is_some_and(|e| e.side == side && !e.context_only))
    }
}

/// The evidence-bearing nodes within reach of a centre, nearest first, and all their evidence.
fn reach(
    by_node: &ByNode<'_>,
    fields: &Fields,
    center: u32,
    side: Side,
    taken: &FxHashSet<u32>,
    settings: &Settings,
) -> (Vec<(u32, f64)>, Vec<usize>) {
    let mut near: Vec<(u32, f64)> = fields
        .from(center)
        .iter()
        .filter(|(node, proximity)| {
            (*proximity >= settings.network_proximity || *node == center) && !taken.contains(node) && by_node.of(*node, side).next().is_some()
        })
        .copied()
        .collect();
    near.sort_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(&y.0)));
    near.truncate(settings.network_seeds_max);
    let mut evidence: Vec<usize> = near.iter().flat_map(|(node, _)| by_node.of(*node, side)).collect();
    evidence.sort_unstable();
    (near, evidence)
}

/// The networks of a side, strongest first. Every evidence-bearing node belongs to one network at the most.
#[must_use]
pub fn networks(by_node: &ByNode<'_>, fields: &Fields, side: Side, settings: &Settings) -> Vec<Network> {
    let mut centers: Vec<(f64, u32)> = by_node
        .nodes()
        .into_par_iter()
        .filter(|node| by_node.opens(*node, side))
        .map(|node| {
            let (_, evidence) = reach(by_node, fields, node, side, &FxHashSet::default(), settings);
            (weigh(by_node.items(&evidence), settings).total, node)
        })
        .collect();
    centers.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
    let mut taken: FxHashSet<u32> = FxHashSet::default();
    let mut networks = Vec::new();
    for (_, center) in centers {
        if taken.contains(&center) {
            continue;
        }
        let (near, evidence) = reach(by_node, fields, center, side, &taken, settings);
        taken.extend(near.iter().map(|(node, _)| *node));
        networks.push(assemble(by_node, side, center, &near, evidence, settings));
    }
    networks.sort_by(|x, y| y.weighed.total.total_cmp(&x.weighed.total).then(x.center.cmp(&y.center)));
    networks
}

fn assemble(by_node: &ByNode<'_>, side: Side, center: u32, near: &[(u32, f64)], evidence: Vec<usize>, settings: &Settings) -> Network {
    // Neutral evidence adds weight where it lies, but does not say where the network is: a busy account near two networks would
    // otherwise stand in both and make them meet.
    let mut seeds: Vec<Seed> = near
        .iter()
        .filter(|(node, _)| by_node.of(*node, side).any(|i| by_node.get(i).is_some_and(|e| e.side == side)))
        .map(|(node, proximity)| {
            let own: Vec<usize> = by_node.of(*node, side).collect();
            Seed { node: *node, weight: weigh(by_node.items(&own), settings).total, share: 0.0, proximity: *proximity }
        })
        .collect();
    let sum: f64 = seeds.iter().map(|seed| seed.weight).sum();
    for seed in &mut seeds {
        seed.share = if sum > 0.0 { seed.weight / sum } else { 0.0 };
    }
    let from = by_node.items(&evidence).map(|e| e.from).min().unwrap_or_default();
    let to = by_node.items(&evidence).map(|e| e.to).max().unwrap_or_default();
    Network {
        side,
        center,
        seeds,
        weighed: weigh(by_node.items(&evidence), settings),
        opening: opening_families(by_node.items(&evidence), side),
        evidence,
        period: (from, to),
    }
}
