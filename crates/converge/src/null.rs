//! Null models: would a comparable network, placed elsewhere, have shown as much?
//!
//! **Meeting of two networks.** Evidence of one network hangs together, so its nodes must not be scattered one by one: that would
//! make chance meetings look rare. The whole network is moved instead: to every comparable node (same stratum as its centre), with
//! its seeds placed on the nodes nearest to that place. p is the share of places at which it comes as close to the other network
//! as it does in truth. Either side is moved, and the larger p counts. When the stratum is no larger than the bound all its
//! places are tried, so the p-value is exact and has no random part.
//!
//! **One network.** Evidence of one lineage (resting on one table) moves together; the centre keeps its strongest lineage, every
//! other lineage falls anew over the nodes of each stratum. p by sequential Monte Carlo (Besag and Clifford, "Sequential Monte
//! Carlo p-values", Biometrika 78, 1991).

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use tributary_graph::relation::{NodeKind, RelationGraph};
use tributary_model::{Side, Table};

use crate::network::{ByNode, Fields, Network};
use crate::proximity::{Scratch, Walk, from_node};
use crate::settings::Settings;
use crate::strata::Strata;

/// A p-value and what it rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PValue {
    /// 0 < p <= 1.
    pub p: f64,
    /// Places or draws at which the null model came as far.
    pub exceeded: u64,
    /// Places or draws tried.
    pub tried: u64,
}

/// How close each node is to a network: the shares of its seeds times their proximities.
#[must_use]
pub fn field_of(network: &Network, fields: &Fields) -> FxHashMap<u32, f64> {
    let mut field: FxHashMap<u32, f64> = FxHashMap::default();
    for seed in &network.seeds {
        for (node, proximity) in fields.from(seed.node) {
            *field.entry(*node).or_default() += seed.share * proximity;
        }
    }
    field
}

/// The overlap of two networks: mean proximity between their evidence. 0 when neither reaches the other.
#[must_use]
pub fn overlap(field: &FxHashMap<u32, f64>, other: &Network) -> f64 {
    other.seeds.iter().map(|seed| seed.share * field.get(&seed.node).copied().unwrap_or(0.0)).sum()
}

/// A place a network can be moved to: the nodes nearest to a centre, nearest first, the centre itself at the head.
type Place = Vec<(u32, NodeKind)>;

/// Nearest nodes kept for a place.
const PLACE_NODES_MAX: usize = 48;

/// The places of the strata that are needed, found once.
#[derive(Debug, Default)]
pub struct Places {
    by_stratum: BTreeMap<usize, Vec<Place>>,
}

fn sample(peers: &[u32], max: usize, seed: u64) -> Vec<u32> {
    if peers.len() <= max {
        return peers.to_vec();
    }
    // By hash of the node, so that the sample repeats and does not depend on the order of the strata.
    let mut keyed: Vec<(u64, u32)> = peers.iter().map(|node| (mix(seed ^ u64::from(*node)), *node)).collect();
    keyed.sort_unstable();
    keyed.truncate(max);
    let mut nodes: Vec<u32> = keyed.into_iter().map(|(_, node)| node).collect();
    nodes.sort_unstable();
    nodes
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
const fn mix(value: u64) -> u64 {
    let z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Places {
    /// Finds the places for the centres of these networks.
    #[must_use]
    pub fn new<'n>(graph: &RelationGraph, strata: &Strata, networks: impl Iterator<Item = &'n Network>, settings: &Settings) -> Self {
        // A short, coarse walk: only the order of the nearest nodes matters.
        let walk = Walk { damping: settings.walk_damping, steps: 3, cutoff: 1e-3 };
        let mut by_stratum = BTreeMap::new();
        for network in networks {
            let stratum = strata.index(network.center);
            if by_stratum.contains_key(&stratum) {
                continue;
            }
            let centers = sample(strata.peers(network.center), settings.null_places_max, settings.seed);
            let places: Vec<Place> = centers
                .par_iter()
                .map_init(
                    || Scratch::new(graph),
                    |scratch, center| {
                        let mut near = from_node(graph, *center, walk, scratch);
                        near.sort_by(|x, y| (y.0 == *center).cmp(&(x.0 == *center)).then(y.1.total_cmp(&x.1)).then(x.0.cmp(&y.0)));
                        near.truncate(PLACE_NODES_MAX);
                        near.into_iter().map(|(node, _)| (node, graph.name(node).0)).collect()
                    },
                )
                .collect();
            by_stratum.insert(stratum, places);
        }
        Self { by_stratum }
    }
}

/// The overlap with a network moved to a place: each seed goes to the next nearest free node of its kind, and to the place's
/// centre where none is left, which makes chance meetings likelier, not rarer.
fn overlap_at(field: &FxHashMap<u32, f64>, kinds: &[(NodeKind, f64)], place: &Place) -> f64 {
    let mut used = [false; PLACE_NODES_MAX];
    let Some((center, _)) = place.first() else { return 0.0 };
    let mut sum = 0.0;
    for (index, (kind, share)) in kinds.iter().enumerate() {
        let free =
            if index == 0 { Some(0) } else { place.iter().enumerate().position(|(at, (_, k))| k == kind && !used.get(at).copied().unwrap_or(true)) };
        let node = match free {
            Some(at) => {
                if let Some(flag) = used.get_mut(at) {
                    *flag = true;
                }
                place.get(at).map_or(*center, |(node, _)| *node)
            }
            None => *center,
        };
        sum += share * field.get(&node).copied().unwrap_or(0.0);
    }
    sum
}

/// p for a network that stays and another that is moved.
#[must_use]
pub fn moved(graph: &RelationGraph, stays: &FxHashMap<u32, f64>, moves: &Network, observed: f64, strata: &Strata, places: &Places) -> PValue {
    let mut kinds: Vec<(NodeKind, f64)> = Vec::with_capacity(moves.seeds.len());
    let ordered = moves.seeds.iter().filter(|s| s.node == moves.center).chain(moves.seeds.iter().filter(|s| s.node != moves.center));
    for seed in ordered {
        kinds.push((graph.name(seed.node).0, seed.share));
    }
    let empty = Vec::new();
    let tried = places.by_stratum.get(&strata.index(moves.center)).unwrap_or(&empty);
    let others = tried.iter().filter(|place| place.first().is_some_and(|(node, _)| *node != moves.center));
    let (mut exceeded, mut total) = (0_u64, 0_u64);
    for place in others {
        total += 1;
        exceeded += u64::from(overlap_at(stays, &kinds, place) >= observed);
    }
    PValue { p: (exceeded + 1) as f64 / (total + 1) as f64, exceeded, tried: total }
}

/// How often evidence of a lineage falls on a node of a stratum, and how much it weighs.
#[derive(Debug, Default)]
pub struct Background {
    /// (lineage, stratum) → weights of the nodes that bear it.
    weights: BTreeMap<Table, FxHashMap<usize, Vec<f64>>>,
    sizes: Vec<usize>,
}

fn lineage_weights(by_node: &ByNode<'_>, node: u32, side: Side, cap: f64) -> BTreeMap<Table, f64> {
    let mut weights: BTreeMap<Table, f64> = BTreeMap::new();
    for item in by_node.of(node, side).filter_map(|i| by_node.get(i)).filter(|e| e.side == side) {
        let slot = weights.entry(item.lineage).or_default();
        *slot = (*slot + item.weight).min(cap);
    }
    weights
}

impl Background {
    /// Counts a side's evidence over the strata.
    #[must_use]
    pub fn new(by_node: &ByNode<'_>, strata: &Strata, side: Side, settings: &Settings) -> Self {
        let mut background = Self { weights: BTreeMap::new(), sizes: vec![0; strata.len()] };
        for node in by_node.nodes() {
            let stratum = strata.index(node);
            if let Some(size) = background.sizes.get_mut(stratum) {
                *size = strata.peers(node).len();
            }
            for (lineage, weight) in lineage_weights(by_node, node, side, settings.family_cap) {
                background.weights.entry(lineage).or_default().entry(stratum).or_default().push(weight);
            }
        }
        background
    }

    /// For the nodes around a centre: expected number of nodes with this lineage, and the weights to draw from.
    fn expected(&self, lineage: Table, overdispersion: f64, strata_near: &BTreeMap<usize, usize>) -> (f64, Vec<(f64, &[f64])>) {
        let mut total = 0.0;
        let mut pools = Vec::new();
        if let Some(by_stratum) = self.weights.get(&lineage) {
            for (stratum, nodes) in strata_near {
                let size = self.sizes.get(*stratum).copied().unwrap_or(0);
                if let Some(weights) = by_stratum.get(stratum).filter(|_| size > 0) {
                    let rate = overdispersion * *nodes as f64 * weights.len() as f64 / size as f64;
                    total += rate;
                    pools.push((rate, weights.as_slice()));
                }
            }
        }
        (total, pools)
    }
}

/// Uniform in [0, 1).
fn uniform(random: &mut ChaCha8Rng) -> f64 {
    (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// The greatest of a Poisson number of weights drawn from the pools; 0 when the number is 0.
fn draw(random: &mut ChaCha8Rng, expected: f64, pools: &[(f64, &[f64])]) -> f64 {
    // Inversion; the expectation is small, and the loop is bounded.
    let (mut count, mut below, mut term) = (0, (-expected).exp(), (-expected).exp());
    let target = uniform(random);
    while target > below && count < 64 {
        count += 1;
        term *= expected / f64::from(count);
        below += term;
    }
    let mut greatest: f64 = 0.0;
    for _ in 0..count {
        let mut at = uniform(random) * expected;
        for (rate, weights) in pools {
            if at < *rate {
                let pick = ((at / rate) * weights.len() as f64) as usize;
                greatest = greatest.max(weights.get(pick.min(weights.len().saturating_sub(1))).copied().unwrap_or(0.0));
                break;
            }
            at -= rate;
        }
    }
    greatest
}

/// p for the evidence of one network against evidence that falls at random within strata.
#[must_use]
pub fn gathered(by_node: &ByNode<'_>, fields: &Fields, network: &Network, strata: &Strata, background: &Background, settings: &Settings) -> PValue {
    let side = network.side;
    let near: Vec<u32> = fields.from(network.center).iter().filter(|(_, p)| *p >= settings.network_proximity).map(|(node, _)| *node).collect();
    let own = lineage_weights(by_node, network.center, side, settings.family_cap);
    let kept = own
        .iter()
        .fold(None::<(Table, f64)>, |best, (lineage, weight)| if best.is_some_and(|b| b.1 >= *weight) { best } else { Some((*lineage, *weight)) });
    let Some((kept_lineage, _)) = kept else { return PValue { p: 1.0, exceeded: 0, tried: 0 } };
    let mut strata_near: BTreeMap<usize, usize> = BTreeMap::new();
    let mut seen: BTreeMap<Table, f64> = BTreeMap::new();
    for node in &near {
        *strata_near.entry(strata.index(*node)).or_default() += 1;
        for (lineage, weight) in lineage_weights(by_node, *node, side, settings.family_cap) {
            let slot = seen.entry(lineage).or_default();
            *slot = slot.max(weight);
        }
    }
    let observed: f64 = seen.iter().filter(|(lineage, _)| **lineage != kept_lineage).map(|(_, weight)| weight).sum();
    if observed <= 0.0 {
        return PValue { p: 1.0, exceeded: 0, tried: 0 };
    }
    let pools: Vec<(f64, Vec<(f64, &[f64])>)> = background
        .weights
        .keys()
        .filter(|lineage| **lineage != kept_lineage)
        .map(|lineage| background.expected(*lineage, settings.null_overdispersion, &strata_near))
        .collect();
    let mut random = ChaCha8Rng::seed_from_u64(mix(settings.seed ^ mix(u64::from(network.center))));
    let (mut exceeded, mut tried) = (0_u64, 0_u64);
    while tried < u64::from(settings.null_draws_max) && exceeded < u64::from(settings.null_exceedances) {
        tried += 1;
        let drawn: f64 = pools.iter().map(|(expected, pools)| draw(&mut random, *expected, pools)).sum();
        exceeded += u64::from(drawn >= observed);
    }
    let p =
        if exceeded >= u64::from(settings.null_exceedances) { exceeded as f64 / tried as f64 } else { (exceeded + 1) as f64 / (tried + 1) as f64 };
    PValue { p, exceeded, tried }
}
