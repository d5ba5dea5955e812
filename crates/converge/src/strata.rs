//! Strata of comparable nodes: same kind, like degree, region and activity. The null model moves networks only within them.

use rustc_hash::FxHashMap;
use tributary_graph::relation::{NodeKind, RelationGraph};

/// A stratum's key. Coarser keys leave parts out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key {
    kind: NodeKind,
    subkind: Option<u16>,
    degree: Option<u32>,
    activity: Option<u32>,
    region: Option<u16>,
}

/// Which stratum each node is in, and the nodes of each.
#[derive(Debug)]
pub struct Strata {
    of: Vec<u32>,
    members: Vec<Vec<u32>>,
}

/// Bin of a count on a log scale with base 2.
fn bin(count: u32) -> u32 {
    32 - count.leading_zeros()
}

fn key(graph: &RelationGraph, node: u32, coarseness: u32) -> Key {
    let (kind, _) = graph.name(node);
    let facts = graph.facts(node);
    Key {
        kind,
        subkind: (coarseness < 3).then_some(facts.subkind),
        degree: (coarseness < 4).then(|| bin(graph.degree(node) as u32)),
        activity: (coarseness < 2).then(|| bin(facts.activity)),
        region: (coarseness < 1).then_some(facts.region),
    }
}

impl Strata {
    /// Strata by kind, sub-kind, degree, activity and region; where fewer than `size_min` nodes are alike in all of
    /// these, the comparison leaves out first the region, then the activity, the sub-kind, and last the degree.
    #[must_use]
    pub fn new(graph: &RelationGraph, size_min: usize) -> Self {
        let n = graph.node_count();
        let mut of = vec![u32::MAX; n];
        let mut members: Vec<Vec<u32>> = Vec::new();
        for coarseness in 0..=4 {
            // All nodes of a key are its peers, also those that have a finer stratum of their own: they are comparable as well.
            let mut groups: FxHashMap<Key, Vec<u32>> = FxHashMap::default();
            for node in 0..n as u32 {
                groups.entry(key(graph, node, coarseness)).or_default().push(node);
            }
            let mut groups: Vec<(Key, Vec<u32>)> = groups.into_iter().collect();
            groups.sort();
            for (_, nodes) in groups.into_iter().filter(|(_, nodes)| nodes.len() >= size_min || coarseness == 4) {
                let mut needed = false;
                for node in &nodes {
                    if let Some(slot) = of.get_mut(*node as usize).filter(|slot| **slot == u32::MAX) {
                        *slot = members.len() as u32;
                        needed = true;
                    }
                }
                if needed {
                    members.push(nodes);
                }
            }
        }
        Self { of, members }
    }

    /// The nodes comparable with this one, itself included, in order.
    #[must_use]
    pub fn peers(&self, node: u32) -> &[u32] {
        self.members.get(self.index(node)).map_or(&[], Vec::as_slice)
    }

    /// The index of a node's stratum.
    #[must_use]
    pub fn index(&self, node: u32) -> usize {
        self.of.get(node as usize).map_or(usize::MAX, |stratum| *stratum as usize)
    }

    /// How many strata there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Are there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}
