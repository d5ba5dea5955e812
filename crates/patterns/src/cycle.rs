//! Time-respecting cycles through distinct accounts.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: edge numbers come from the graph, positions from the vectors they index")]

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use tributary_graph::UnionFind;

use crate::fan::finish;
use crate::flow::{Flow, at_least};
use crate::hit::{Hit, Role};
use crate::request::Request;
use crate::search::Cuts;
use crate::window::tightness;

/// Cycles kept from one starting edge; more are cut and counted.
const CYCLES_FROM_EDGE_MAX: usize = 64;

/// Does an amount follow on another within the margin?
pub(crate) fn follows(amount: i64, next: i64, margin: f64) -> bool {
    let (amount, next) = (i128::from(amount), i128::from(next));
    at_least(next, 1.0 - margin, amount) && at_least(amount, 1.0 / (1.0 + margin), next)
}

/// Depth-first search from one edge.
struct Walk<'a> {
    flow: &'a Flow<'a>,
    request: &'a Request,
    start: u32,
    last: i64,
    path: Vec<u32>,
    found: Vec<Vec<u32>>,
    steps_left: u32,
    cut: bool,
}

impl Walk<'_> {
    fn step(&mut self) {
        let Some(edge) = self.path.last().copied() else {
            return;
        };
        let (node, at) = (self.flow.to(edge), self.flow.at(edge));
        let home = self.flow.from(self.start);
        for next in self.flow.paid_between(node, at, self.last) {
            if self.steps_left == 0 || self.found.len() >= CYCLES_FROM_EDGE_MAX {
                self.cut = true;
                return;
            }
            self.steps_left -= 1;
            if !self.flow.valued(*next)
                || !self.flow.asked(*next, self.request)
                || !follows(self.flow.amount(edge), self.flow.amount(*next), self.request.margin)
            {
                continue;
            }
            let target = self.flow.to(*next);
            let length = self.path.len() as u32 + 1;
            if target == home {
                if length >= self.request.length_min {
                    let mut cycle = self.path.clone();
                    cycle.push(*next);
                    self.found.push(cycle);
                }
            } else if length < self.request.length_max && !self.path.iter().any(|edge| self.flow.from(*edge) == target) && target != node {
                self.path.push(*next);
                self.step();
                self.path.pop();
            }
        }
    }
}

/// All cycles of `length_min..=length_max` edges within the window, each edge no earlier than the one before and within the margin of its amount; those
/// through the same accounts that share an edge are merged. (A cycle within one instant is found from each of its edges and merged with itself.)
pub(crate) fn search(flow: &Flow<'_>, request: &Request, number: u32) -> (Vec<Hit>, Cuts) {
    let cyclic = cyclic_nodes(flow);
    let found: Vec<(Vec<Vec<u32>>, bool)> = (0..flow.len() as u32)
        .into_par_iter()
        .filter(|edge| flow.valued(*edge) && flow.asked(*edge, request) && cyclic[flow.from(*edge) as usize] && cyclic[flow.to(*edge) as usize])
        .map(|edge| from_edge(flow, request, edge))
        .filter(|(cycles, cut)| !cycles.is_empty() || *cut)
        .collect();
    let steps = found.iter().filter(|(_, cut)| *cut).count() as u64;
    let cycles: Vec<Vec<u32>> = found.into_iter().flat_map(|(cycles, _)| cycles).collect();
    (merged(flow, request, number, cycles), Cuts { steps, ..Cuts::default() })
}

/// Nodes that both pay and are paid, by more than one other account, and still do when the others are left out: no other node can lie on a cycle of three.
fn cyclic_nodes(flow: &Flow<'_>) -> Vec<bool> {
    let n = flow.n_nodes();
    let mut into: Vec<u32> = (0..n).map(|node| flow.received_by(node).len() as u32).collect();
    let mut out: Vec<u32> = (0..n).map(|node| flow.paid_by(node).len() as u32).collect();
    let mut alive = vec![true; n as usize];
    // Who deals with one other account only pays back and forth.
    let one_other = |node: u32| {
        let mut others = flow.paid_by(node).iter().map(|edge| flow.to(*edge)).chain(flow.received_by(node).iter().map(|edge| flow.from(*edge)));
        let first = others.next();
        others.all(|other| Some(other) == first)
    };
    let mut gone: Vec<u32> = (0..n).filter(|node| into[*node as usize] == 0 || out[*node as usize] == 0 || one_other(*node)).collect();
    gone.iter().for_each(|node| alive[*node as usize] = false);
    while let Some(node) = gone.pop() {
        let fewer_in = flow.paid_by(node).iter().map(|edge| (flow.to(*edge), true));
        let fewer_out = flow.received_by(node).iter().map(|edge| (flow.from(*edge), false));
        for (other, is_in) in fewer_in.chain(fewer_out) {
            let left = if is_in { &mut into[other as usize] } else { &mut out[other as usize] };
            *left = left.saturating_sub(1);
            if *left == 0 && alive[other as usize] {
                alive[other as usize] = false;
                gone.push(other);
            }
        }
    }
    alive
}

pub(crate) fn from_edge(flow: &Flow<'_>, request: &Request, start: u32) -> (Vec<Vec<u32>>, bool) {
    let last = flow.at(start).saturating_add(request.window_micros);
    // Nothing comes home in time: the usual case, seen without a walk.
    if flow.received_between(flow.from(start), flow.at(start), last).is_empty() {
        return (Vec::new(), false);
    }
    let mut walk = Walk { flow, request, start, last, path: vec![start], found: Vec::new(), steps_left: flow.limits.steps_max, cut: false };
    walk.step();
    (walk.found, walk.cut)
}

/// Merges cycles through the same accounts that share an edge.
pub(crate) fn merged(flow: &Flow<'_>, request: &Request, number: u32, cycles: Vec<Vec<u32>>) -> Vec<Hit> {
    let accounts: Vec<Vec<u32>> = cycles
        .iter()
        .map(|cycle| {
            let mut accounts: Vec<u32> = cycle.iter().map(|edge| flow.from(*edge)).collect();
            accounts.sort_unstable();
            accounts
        })
        .collect();
    let mut union = UnionFind::new(cycles.len() as u32);
    let mut first: FxHashMap<(&[u32], u32), u32> = FxHashMap::default();
    for ((cycle, edges), accounts) in (0_u32..).zip(&cycles).zip(&accounts) {
        for edge in edges {
            let met = *first.entry((accounts, *edge)).or_insert(cycle);
            union.join(met, cycle);
        }
    }
    let mut groups: Vec<(u32, usize)> = union.labels().into_iter().zip(0..cycles.len()).collect();
    groups.sort_unstable();
    groups
        .chunk_by(|a, b| a.0 == b.0)
        .map(|group| {
            let score = group.iter().map(|(_, cycle)| score(flow, request, &cycles[*cycle])).fold(0.0, f64::max);
            let edges: Vec<u32> = group.iter().flat_map(|(_, cycle)| cycles[*cycle].iter().copied()).collect();
            let members = accounts[group[0].1].iter().map(|account| (*account, Role::Member)).collect();
            finish(flow, request, number, None, members, edges, score)
        })
        .collect()
}

/// Amounts that stay the same, a short time, and a length that chance seldom closes.
fn score(flow: &Flow<'_>, request: &Request, cycle: &[u32]) -> f64 {
    let amounts = cycle.iter().map(|edge| flow.amount(*edge));
    let kept = amounts.clone().min().unwrap_or(0) as f64 / amounts.max().unwrap_or(1).max(1) as f64;
    let span = flow.at(cycle[cycle.len() - 1]) - flow.at(cycle[0]);
    kept * tightness(span, request.window_micros) * (1.0 - 1.0 / cycle.len() as f64)
}
