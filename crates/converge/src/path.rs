//! The smallest joining path: the links with the greatest product of closeness between two networks.
//!
//! Dijkstra's algorithm on -ln(damping·c(u,v)/sqrt(d(u)·d(v))), the closeness one step of the walk gives; bounded in links and nodes.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;
use tributary_graph::relation::RelationGraph;

use crate::settings::Settings;

/// Nodes settled at the most.
const NODES_MAX: usize = 200_000;

/// One step of a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Where it starts.
    pub from: u32,
    /// Where it leads.
    pub to: u32,
    /// The link taken.
    pub link: u32,
    /// Closeness, above 0 and at most 1.
    pub closeness: f64,
}

#[derive(PartialEq)]
struct Entry {
    cost: f64,
    links: usize,
    node: u32,
}

impl Eq for Entry {}
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        other.cost.total_cmp(&self.cost).then(other.links.cmp(&self.links)).then(other.node.cmp(&self.node))
    }
}
impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The closest path from any of `starts` to any of `ends`; empty when a node is in both, `None` when there is none within bounds.
#[must_use]
pub fn closest(graph: &RelationGraph, starts: &[u32], ends: &[u32], settings: &Settings) -> Option<Vec<Step>> {
    let mut best: FxHashMap<u32, f64> = FxHashMap::default();
    let mut came: FxHashMap<u32, Step> = FxHashMap::default();
    let mut heap = BinaryHeap::new();
    for start in starts {
        best.insert(*start, 0.0);
        heap.push(Entry { cost: 0.0, links: 0, node: *start });
    }
    let mut settled = 0;
    while let Some(Entry { cost, links, node }) = heap.pop() {
        if ends.contains(&node) {
            return Some(trace(&came, node));
        }
        settled += 1;
        if settled > NODES_MAX || links >= settings.path_links_max || best.get(&node).is_some_and(|known| cost > *known) {
            if settled > NODES_MAX {
                return None;
            }
            continue;
        }
        for arc in graph.arcs(node) {
            let Some(link) = graph.link(arc.link) else { continue };
            let strengths = f64::from(graph.strength(node)) * f64::from(graph.strength(arc.to));
            let closeness = settings.walk_damping * f64::from(link.conductance) / strengths.sqrt();
            let next = cost - closeness.ln();
            if best.get(&arc.to).is_none_or(|known| next < *known) {
                best.insert(arc.to, next);
                came.insert(arc.to, Step { from: node, to: arc.to, link: arc.link, closeness });
                heap.push(Entry { cost: next, links: links + 1, node: arc.to });
            }
        }
    }
    None
}

fn trace(came: &FxHashMap<u32, Step>, end: u32) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut node = end;
    while let Some(step) = came.get(&node) {
        steps.push(*step);
        node = step.from;
        if steps.len() > 64 {
            break;
        }
    }
    steps.reverse();
    steps
}
