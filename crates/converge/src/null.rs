//! Null models: would a comparable network, placed elsewhere, have shown as much?
//!
//! **Meeting of two networks.** Evidence of one network hangs together, so its nodes must not be scattered one by one: that would
//! make chance meetings look rare. The whole network is moved instead: to every comparable node (same stratum as its centre), with
//! its seeds placed on the nodes nearest to that place. What is compared is its closeness to the *nearest* network of the other side,
//! so that one p-value answers for all of them (the maximum statistic of P. Westfall and S. Young, "Resampling-based multiple
//! testing", Wiley 1993): the number of tests grows with the networks and not with their pairs. Either side is moved, and the larger
//! p counts. Places come in an order fixed by a hash and are tried until enough of them came as close (Besag and Clifford, 1991);
//! when the stratum is no larger than the bound and few do, all of it is tried.
//!
//! **One network.** Evidence of one lineage (resting on one table) moves together; its strongest lineage is given, every
//! other lineage falls anew over the nodes of each stratum. p by sequential Monte Carlo (Besag and Clifford, "Sequential Monte
//! Carlo p-values", Biometrika 78, 1991).

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use tributary_graph::relation::{NodeKind, RelationGraph};
use tributary_model::{Side, Table};

use crate::evidence::{Evidence, own_signals};
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

/// The closeness of two networks: mean proximity between their evidence. 0 when neither reaches the other.
#[must_use]
pub fn overlap(field: &FxHashMap<u32, f64>, other: &Network) -> f64 {
    other.seeds.iter().map(|seed| seed.share * field.get(&seed.node).copied().unwrap_or(0.0)).sum()
}

/// A place a network can be moved to: the nodes nearest to a centre with their proximity to it, nearest first, the centre at the head.
type Place = Vec<(u32, NodeKind, f32)>;

/// Nearest nodes kept for a place.
const PLACE_NODES_MAX: usize = 128;

/// The places of the strata that are needed, found once.
#[derive(Debug, Default)]
pub struct Places {
    by_stratum: BTreeMap<usize, Vec<Place>>,
}

fn sample(peers: &[u32], max: usize, seed: u64) -> Vec<u32> {
    // By hash of the node: the order repeats, does not depend on that of the strata, and any head of it is a sample of the whole.
    let mut keyed: Vec<(u64, u32)> = peers.iter().map(|node| (mix(seed ^ u64::from(*node)), *node)).collect();
    keyed.sort_unstable();
    keyed.truncate(max);
    keyed.into_iter().map(|(_, node)| node).collect()
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
        // The networks' own walk, so that a network is spread there as it is here.
        let walk = Walk { damping: settings.walk_damping, steps: settings.walk_steps, cutoff: settings.walk_cutoff * 10.0 };
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
                        near.into_iter().map(|(node, proximity)| (node, graph.name(node).0, proximity as f32)).collect()
                    },
                )
                .collect();
            by_stratum.insert(stratum, places);
        }
        Self { by_stratum }
    }
}

/// All networks of one side: how close each node is to each of them.
#[derive(Debug, Default)]
pub struct Opposite {
    by_node: FxHashMap<u32, Vec<(u32, f64)>>,
    networks: usize,
}

impl Opposite {
    /// From the fields of the networks ([`field_of`]) and what closeness to each is worth, above 0.
    #[must_use]
    pub fn new(fields: &[FxHashMap<u32, f64>], worth: &[f64]) -> Self {
        let mut by_node: FxHashMap<u32, Vec<(u32, f64)>> = FxHashMap::default();
        for ((network, field), worth) in (0_u32..).zip(fields).zip(worth) {
            for (node, closeness) in field {
                by_node.entry(*node).or_default().push((network, closeness * worth));
            }
        }
        Self { by_node, networks: fields.len() }
    }
}

/// A seed of a network that is moved: its kind, its share of the evidence, and its proximity to the centre.
#[derive(Clone, Copy)]
struct Moving {
    kind: NodeKind,
    share: f64,
    proximity: f32,
}

/// The seeds of a network, the centre first.
fn moving(graph: &RelationGraph, network: &Network) -> Vec<Moving> {
    let ordered = network.seeds.iter().filter(|s| s.node == network.center).chain(network.seeds.iter().filter(|s| s.node != network.center));
    ordered.map(|seed| Moving { kind: graph.name(seed.node).0, share: seed.share, proximity: seed.proximity as f32 }).collect()
}

/// The closeness to the nearest network of the other side, of a network whose seeds (node, share) lie there. Adds up in the order of
/// the seeds, so that the sum does not depend on threads. `sums` is all zero before and after.
fn nearest(side: &Opposite, seeds: &[(u32, f64)], sums: &mut [f64], touched: &mut Vec<u32>) -> f64 {
    for (node, share) in seeds {
        for (network, closeness) in side.by_node.get(node).into_iter().flatten() {
            if let Some(sum) = sums.get_mut(*network as usize) {
                if *sum == 0.0 {
                    touched.push(*network);
                }
                *sum += share * closeness;
            }
        }
    }
    let mut greatest: f64 = 0.0;
    for network in touched.drain(..) {
        if let Some(sum) = sums.get_mut(network as usize) {
            greatest = greatest.max(std::mem::take(sum));
        }
    }
    greatest
}

/// Where the seeds of a network come to lie at a place: each on a free node of its kind that is about as near to the place's centre as
/// the seed is to its own, and on the centre where none is left.
fn placed(seeds: &[Moving], place: &Place, into: &mut Vec<(u32, f64)>) {
    into.clear();
    let mut used = [false; PLACE_NODES_MAX];
    let Some((center, ..)) = place.first() else { return };
    for (index, seed) in seeds.iter().enumerate() {
        let mut best: Option<(f32, usize)> = (index == 0).then_some((0.0, 0));
        if best.is_none() {
            for (at, (_, kind, proximity)) in place.iter().enumerate().skip(1) {
                // The ratio of the two proximities, 1 or more: 1 is as near.
                let ratio = (proximity / seed.proximity).max(seed.proximity / proximity);
                if *kind == seed.kind && !used.get(at).copied().unwrap_or(true) && best.is_none_or(|(least, _)| ratio < least) {
                    best = Some((ratio, at));
                }
            }
        }
        let node = best.and_then(|(_, at)| {
            if let Some(flag) = used.get_mut(at) {
                *flag = true;
            }
            place.get(at).map(|(node, ..)| *node)
        });
        into.push((node.unwrap_or(*center), seed.share));
    }
}

/// p for a network that is moved, for each of its closenesses to networks of the other side as they truly are (worth included):
/// the share of places at which it comes as close to *any* of them. Same order as `observed`.
#[must_use]
pub fn moved(
    graph: &RelationGraph,
    side: &Opposite,
    moves: &Network,
    observed: &[f64],
    strata: &Strata,
    places: &Places,
    settings: &Settings,
) -> Vec<PValue> {
    let shape = moving(graph, moves);
    let empty = Vec::new();
    let there = places.by_stratum.get(&strata.index(moves.center)).unwrap_or(&empty);
    let greatest = observed.iter().copied().fold(0.0, f64::max);
    let enough = u64::from(settings.null_exceedances);
    let (mut exceeded, mut tried, mut at_greatest) = (vec![0_u64; observed.len()], 0_u64, 0_u64);
    let (mut sums, mut touched, mut seeds) = (vec![0.0; side.networks], Vec::new(), Vec::with_capacity(shape.len()));
    for place in there.iter().filter(|place| place.first().is_some_and(|(node, ..)| *node != moves.center)) {
        if at_greatest >= enough {
            break;
        }
        tried += 1;
        placed(&shape, place, &mut seeds);
        let closeness = nearest(side, &seeds, &mut sums, &mut touched);
        at_greatest += u64::from(closeness >= greatest);
        for (count, observed) in exceeded.iter_mut().zip(observed) {
            *count += u64::from(closeness >= *observed);
        }
    }
    let p = |exceeded: u64| {
        if at_greatest >= enough { exceeded as f64 / tried as f64 } else { (exceeded + 1) as f64 / (tried + 1) as f64 }
    };
    exceeded.into_iter().map(|exceeded| PValue { p: p(exceeded), exceeded, tried }).collect()
}

/// [`moved`] from its definition: every place is tried, and closeness is worked out network by network. For tests.
#[must_use]
pub fn moved_reference(
    graph: &RelationGraph,
    others: &[(FxHashMap<u32, f64>, f64)],
    moves: &Network,
    observed: f64,
    strata: &Strata,
    places: &Places,
) -> PValue {
    let shape = moving(graph, moves);
    let (mut exceeded, mut tried, mut seeds) = (0, 0, Vec::new());
    for place in places.by_stratum.get(&strata.index(moves.center)).into_iter().flatten() {
        if place.first().is_none_or(|(node, ..)| *node == moves.center) {
            continue;
        }
        placed(&shape, place, &mut seeds);
        let to = |(field, worth): &(FxHashMap<u32, f64>, f64)| {
            seeds.iter().map(|(node, share)| share * (field.get(node).copied().unwrap_or(0.0) * worth)).sum::<f64>()
        };
        tried += 1;
        exceeded += u64::from(others.iter().map(to).fold(0.0, f64::max) >= observed);
    }
    PValue { p: (exceeded + 1) as f64 / (tried + 1) as f64, exceeded, tried }
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
    let items: Vec<&Evidence> =
        near.iter().flat_map(|node| by_node.of(*node, side)).filter_map(|i| by_node.get(i)).filter(|e| e.side == side).collect();
    let mut at_nodes: BTreeMap<(Table, u32), f64> = BTreeMap::new();
    for item in own_signals(&items).into_iter().filter_map(|i| items.get(i)) {
        let slot = at_nodes.entry((item.lineage, item.node)).or_default();
        *slot = (*slot + item.weight).min(settings.family_cap);
    }
    let mut seen: BTreeMap<Table, f64> = BTreeMap::new();
    for ((lineage, _), weight) in at_nodes {
        let slot = seen.entry(lineage).or_default();
        *slot = slot.max(weight);
    }
    // The network was chosen for its strongest signal: that one is given, and the others must be more than chance brings.
    let kept = seen
        .iter()
        .fold(None::<(Table, f64)>, |best, (lineage, weight)| if best.is_some_and(|b| b.1 >= *weight) { best } else { Some((*lineage, *weight)) });
    let Some((kept_lineage, _)) = kept else { return PValue { p: 1.0, exceeded: 0, tried: 0 } };
    let mut strata_near: BTreeMap<usize, usize> = BTreeMap::new();
    for node in &near {
        *strata_near.entry(strata.index(*node)).or_default() += 1;
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
