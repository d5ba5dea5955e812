//! Communities by modularity: the Leiden algorithm.
//!
//! Source: Traag, Waltman, van Eck 2019. Nodes are moved from a queue; each community is refined from single nodes by merging what is well connected within it; the refined
//! communities are the nodes of the next level. All weights are whole numbers, so sums are exact. Departures: in the refinement the best merge is taken, not one drawn at
//! random, so that the result depends on the graph alone; communities that fell apart are split at the end, which never lowers modularity; and moving
//! ends after `SWEEPS_MAX` looks at every neighbour, though nodes may still wait.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: nodes and communities are numbers below the number of nodes of their level")]

use crate::components::UnionFind;
use crate::simple::SimpleGraph;

/// How communities are sought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeidenSettings {
    /// Resolution, above 0: larger gives smaller communities. 1 is modularity.
    pub resolution: f64,
    /// Most rounds, each from the nodes up and from what the round before found; it ends earlier when a round changes nothing: then no node gains by leaving.
    pub rounds_max: u32,
    /// Decides the order in which nodes are visited; the same seed gives the same communities.
    pub seed: u64,
}

impl Default for LeidenSettings {
    fn default() -> Self {
        Self { resolution: 1.0, rounds_max: 2, seed: 1 }
    }
}

/// Most levels of one round: each has fewer nodes than the one before.
const LEVELS_MAX: usize = 64;

/// How often, on average, each neighbour is looked at while one level's nodes are moved.
const SWEEPS_MAX: u64 = 6;

/// A weighted graph of one level. Loops are left out: they move with their node.
struct Level {
    offsets: Vec<u32>,
    targets: Vec<u32>,
    /// Empty when all weights are 1.
    weights: Vec<u32>,
    /// Sum of a node's weights, with what lies within it twice.
    strength: Vec<u32>,
}

impl Level {
    fn len(&self) -> usize {
        self.strength.len()
    }

    fn arcs(&self, node: usize) -> impl Iterator<Item = (usize, u32)> {
        let range = self.offsets[node] as usize..self.offsets[node + 1] as usize;
        let weights = if self.weights.is_empty() { &[][..] } else { &self.weights[range.clone()] };
        self.targets[range].iter().enumerate().map(move |(at, target)| (*target as usize, weights.get(at).copied().unwrap_or(1)))
    }
}

/// Weights to communities of the neighbours of one node.
struct Tally {
    weight: Vec<u32>,
    met: Vec<u32>,
}

impl Tally {
    fn new(n: usize) -> Self {
        Self { weight: vec![0; n], met: Vec::with_capacity(64) }
    }

    fn add(&mut self, community: u32, weight: u32) {
        let held = &mut self.weight[community as usize];
        if *held == 0 {
            self.met.push(community);
        }
        *held += weight;
    }

    fn clear(&mut self) {
        for community in self.met.drain(..) {
            self.weight[community as usize] = 0;
        }
    }
}

/// For each node the smallest node of its community. Communities are connected; the result depends on the graph, the settings and nothing else.
#[must_use]
pub fn leiden(graph: &SimpleGraph, settings: LeidenSettings) -> Vec<u32> {
    let n = graph.n_nodes() as usize;
    let total = graph.neighbours.len().max(1) as f64;
    let per_strength = settings.resolution / total;
    let order = by_degree(graph);
    let base = in_order(graph, &order);
    let mut partition: Vec<u32> = (0..n as u32).collect();
    for round in 0..settings.rounds_max {
        let before = partition.clone();
        partition = numbered(one_round(&base, partition, per_strength, settings.seed.wrapping_add(u64::from(round))));
        if partition == before {
            break;
        }
    }
    let mut of_node = vec![0_u32; n];
    order.iter().zip(&partition).for_each(|(node, community)| of_node[*node as usize] = *community);
    connected(graph, &of_node)
}

/// Nodes by degree downwards, of equals by number. Most neighbours are nodes of high degree: side by side, they stay in the cache.
fn by_degree(graph: &SimpleGraph) -> Vec<u32> {
    let degree = |node: u32| graph.neighbours(node).len();
    let most = (0..graph.n_nodes()).map(degree).max().unwrap_or(0);
    let mut begins = vec![0_u32; most + 2];
    (0..graph.n_nodes()).for_each(|node| begins[most - degree(node) + 1] += 1);
    (0..=most).for_each(|at| begins[at + 1] += begins[at]);
    let mut order = vec![0_u32; graph.n_nodes() as usize];
    for node in 0..graph.n_nodes() {
        let at = &mut begins[most - degree(node)];
        order[*at as usize] = node;
        *at += 1;
    }
    order
}

/// The graph with its nodes numbered by their place in `order`.
fn in_order(graph: &SimpleGraph, order: &[u32]) -> Level {
    let mut number = vec![0_u32; order.len()];
    (0_u32..).zip(order).for_each(|(at, node)| number[*node as usize] = at);
    let (mut offsets, mut targets) = (vec![0_u32], Vec::with_capacity(graph.neighbours.len()));
    let mut strength = Vec::with_capacity(order.len());
    for node in order {
        let neighbours = graph.neighbours(*node);
        targets.extend(neighbours.iter().map(|other| number[*other as usize]));
        offsets.push(targets.len() as u32);
        strength.push(neighbours.len() as u32);
    }
    Level { offsets, targets, weights: Vec::new(), strength }
}

/// One round: moves, refines and coarsens until nothing can be coarsened.
fn one_round(base: &Level, start: Vec<u32>, per_strength: f64, seed: u64) -> Vec<u32> {
    let mut partition = numbered(start);
    // The node of the present level that each node of the graph lies in.
    let mut place: Vec<u32> = (0..base.len() as u32).collect();
    let mut coarse: Option<Level> = None;
    for _ in 0..LEVELS_MAX {
        let level = coarse.as_ref().unwrap_or(base);
        let communities = move_nodes(level, &mut partition, per_strength, seed);
        if communities == level.len() {
            break;
        }
        let (refined, count) = refine(level, &partition, communities, per_strength);
        if count == level.len() {
            break;
        }
        let next = coarsened(level, &refined, count);
        let mut of_coarse = vec![0_u32; count];
        refined.iter().zip(&partition).for_each(|(node, community)| of_coarse[*node as usize] = *community);
        place.iter_mut().for_each(|place| *place = refined[*place as usize]);
        partition = of_coarse;
        coarse = Some(next);
    }
    place.iter().map(|place| partition[*place as usize]).collect()
}

/// Communities as numbers from 0 in the order of their first nodes.
fn numbered(mut partition: Vec<u32>) -> Vec<u32> {
    let mut number = vec![u32::MAX; partition.iter().max().map_or(0, |most| *most as usize + 1)];
    let mut count = 0;
    for community in &mut partition {
        let slot = &mut number[*community as usize];
        if *slot == u32::MAX {
            *slot = count;
            count += 1;
        }
        *community = *slot;
    }
    partition
}

/// The order in which nodes are first visited: by a hash of the node and the seed.
fn visiting_order(n: usize, seed: u64) -> Vec<u32> {
    let mut order: Vec<u32> = (0..n as u32).collect();
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    for last in (1..n).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        order.swap(last, ((u128::from(state) * (last as u128 + 1)) >> 64) as usize);
    }
    order
}

/// Moves nodes to the neighbouring community that gains most, from a queue, until none gains; numbers the communities anew and says how many there are.
fn move_nodes(level: &Level, partition: &mut Vec<u32>, per_strength: f64, seed: u64) -> usize {
    let n = level.len();
    let mut totals = vec![0_u32; n];
    let mut sizes = vec![0_u32; n];
    for (community, strength) in partition.iter().zip(&level.strength) {
        totals[*community as usize] += strength;
        sizes[*community as usize] += 1;
    }
    let mut empty: Vec<u32> = (0..n as u32).rev().filter(|community| sizes[*community as usize] == 0).collect();
    let mut tally = Tally::new(n);
    // A ring: a node stands in it once at most.
    let mut queue = visiting_order(n, seed);
    let mut waiting = vec![true; n];
    let (mut head, mut count) = (0_usize, n);
    // Hubs are called back again and again for little: what is left is for the next level, or the next round.
    let mut left = level.targets.len() as u64 * SWEEPS_MAX + n as u64;
    while count > 0 && left > 0 {
        let node = queue[head] as usize;
        head = if head + 1 == n { 0 } else { head + 1 };
        count -= 1;
        waiting[node] = false;
        left = left.saturating_sub(u64::from(level.offsets[node + 1] - level.offsets[node]));
        let own = partition[node];
        level.arcs(node).for_each(|(target, weight)| tally.add(partition[target], weight));
        let strength = level.strength[node];
        let pull = f64::from(strength) * per_strength;
        totals[own as usize] -= strength;
        let gain = |community: u32| f64::from(tally.weight[community as usize]) - pull * f64::from(totals[community as usize]);
        let (mut best, mut most) = (own, gain(own));
        for community in &tally.met {
            let gained = gain(*community);
            if gained > most {
                (best, most) = (*community, gained);
            }
        }
        // On its own it gains nothing and loses nothing.
        if most < 0.0 && sizes[own as usize] > 1 {
            best = empty.pop().unwrap_or(own);
        }
        tally.clear();
        totals[best as usize] += strength;
        if best == own {
            continue;
        }
        partition[node] = best;
        sizes[best as usize] += 1;
        sizes[own as usize] -= 1;
        if sizes[own as usize] == 0 {
            empty.push(own);
        }
        for (target, _) in level.arcs(node) {
            if !waiting[target] && partition[target] != best {
                waiting[target] = true;
                let tail = head + count;
                queue[if tail >= n { tail - n } else { tail }] = target as u32;
                count += 1;
            }
        }
    }
    *partition = numbered(std::mem::take(partition));
    partition.iter().max().map_or(0, |most| *most as usize + 1)
}

/// Refines each community from single nodes: a node that is still alone and well connected within its community joins the well-connected part that gains most. Returns the part
/// of each node, numbered, and how many there are.
fn refine(level: &Level, partition: &[u32], communities: usize, per_strength: f64) -> (Vec<u32>, usize) {
    let n = level.len();
    let mut of_community = vec![0_u32; communities];
    partition.iter().zip(&level.strength).for_each(|(community, strength)| of_community[*community as usize] += strength);
    let mut part: Vec<u32> = (0..n as u32).collect();
    let mut totals = level.strength.clone();
    let mut alone = vec![true; n];
    // Weight from each part to the rest of its community.
    let mut outward = vec![0_u32; n];
    for (node, outward) in outward.iter_mut().enumerate() {
        *outward = level.arcs(node).filter(|(target, _)| partition[*target] == partition[node]).map(|(_, weight)| weight).sum();
    }
    let connected = |outward: u32, total: u32, community: u32| {
        f64::from(outward) >= f64::from(total) * per_strength * f64::from(of_community[community as usize] - total)
    };
    let mut tally = Tally::new(n);
    for node in 0..n {
        let community = partition[node];
        if !alone[node] || outward[node] == 0 || !connected(outward[node], level.strength[node], community) {
            continue;
        }
        level.arcs(node).filter(|(target, _)| partition[*target] == community).for_each(|(target, weight)| tally.add(part[target], weight));
        let pull = f64::from(level.strength[node]) * per_strength;
        let (mut best, mut most) = (node as u32, 0.0);
        for other in &tally.met {
            let gained = f64::from(tally.weight[*other as usize]) - pull * f64::from(totals[*other as usize]);
            if gained > most && connected(outward[*other as usize], totals[*other as usize], community) {
                (best, most) = (*other, gained);
            }
        }
        if best != node as u32 {
            let between = tally.weight[best as usize];
            part[node] = best;
            totals[best as usize] += level.strength[node];
            outward[best as usize] = outward[best as usize] + outward[node] - 2 * between;
            // `best` is the number of the node that the part began with: it is no longer alone either.
            (alone[node], alone[best as usize]) = (false, false);
        }
        tally.clear();
    }
    let part = numbered(part);
    let count = part.iter().max().map_or(0, |most| *most as usize + 1);
    (part, count)
}

/// The graph whose nodes are the parts.
fn coarsened(level: &Level, part: &[u32], count: usize) -> Level {
    let mut strength = vec![0_u32; count];
    let mut begins = vec![0_u32; count + 1];
    for (part, own) in part.iter().zip(&level.strength) {
        strength[*part as usize] += own;
        begins[*part as usize + 1] += 1;
    }
    (0..count).for_each(|at| begins[at + 1] += begins[at]);
    let mut next = begins.clone();
    let mut nodes = vec![0_u32; level.len()];
    for (node, part) in (0_u32..).zip(part) {
        nodes[next[*part as usize] as usize] = node;
        next[*part as usize] += 1;
    }
    let mut tally = Tally::new(count);
    let (mut offsets, mut targets, mut weights) = (vec![0_u32], Vec::new(), Vec::new());
    for own in 0..count {
        for node in &nodes[begins[own] as usize..begins[own + 1] as usize] {
            let outside = level.arcs(*node as usize).map(|(target, weight)| (part[target], weight)).filter(|(target, _)| *target as usize != own);
            outside.for_each(|(target, weight)| tally.add(target, weight));
        }
        targets.extend_from_slice(&tally.met);
        weights.extend(tally.met.iter().map(|target| tally.weight[*target as usize]));
        offsets.push(targets.len() as u32);
        tally.clear();
    }
    Level { offsets, targets, weights, strength }
}

/// Splits communities into their connected pieces; each is named by its smallest node.
fn connected(graph: &SimpleGraph, partition: &[u32]) -> Vec<u32> {
    let mut union = UnionFind::new(graph.n_nodes());
    for node in 0..graph.n_nodes() {
        for other in graph.neighbours(node).iter().take_while(|other| **other < node) {
            if partition[*other as usize] == partition[node as usize] {
                union.join(*other, node);
            }
        }
    }
    union.labels()
}

/// Modularity of a partition (any numbers; equal is one community) at `resolution`, -0.5..=1; 0 without edges.
#[must_use]
pub fn modularity(graph: &SimpleGraph, partition: &[u32], resolution: f64) -> f64 {
    let total = graph.neighbours.len() as f64;
    let community = |node: u32| partition.get(node as usize).copied().unwrap_or(node) as usize;
    let most = (0..graph.n_nodes()).map(community).max().map_or(0, |most| most + 1);
    let (mut inside, mut strength) = (0_u64, vec![0_u64; most]);
    for node in 0..graph.n_nodes() {
        strength[community(node)] += graph.neighbours(node).len() as u64;
        inside += graph.neighbours(node).iter().filter(|other| community(**other) == community(node)).count() as u64;
    }
    if total == 0.0 {
        return 0.0;
    }
    let expected: f64 = strength.iter().map(|strength| (*strength as f64 / total).powi(2)).sum();
    inside as f64 / total - resolution * expected
}
