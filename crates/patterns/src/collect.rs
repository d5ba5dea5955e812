//! Collect–consolidate–distribute: collectors hand what they gathered to one account, which pays it out to many.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: positions run within the vectors they were made from")]

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use tributary_graph::UnionFind;

use crate::fan::finish;
use crate::flow::{Flow, at_least};
use crate::gather::scattering;
use crate::hit::{Hit, Role};
use crate::request::Request;
use crate::search::Cuts;
use crate::window::{Distinct, size_score, tightness};

/// Fewest collectors: one alone consolidates nothing.
pub(crate) const COLLECTORS_MIN: usize = 2;

/// A payment to the centre of what its payer had collected.
struct Lump {
    edge: u32,
    receipts: Vec<u32>,
}

/// Is `sent` at least `least` and at most `1 + margin` of `received`?
pub(crate) fn kept(received: i128, sent: i128, least: f64, margin: f64) -> bool {
    at_least(sent, least, received) && at_least(received, 1.0 / (1.0 + margin), sent)
}

/// All maximal pivots of a centre, which is the time of a payment by it: in the window before it lumps from at least two collectors; in the window after it payments
/// to at least `k` payees; sent within the margin of what the lumps brought.
pub(crate) fn search(flow: &Flow<'_>, request: &Request, number: u32) -> (Vec<Hit>, Cuts) {
    let found: Vec<(Vec<Hit>, u64)> = (0..flow.n_nodes()).into_par_iter().map(|node| hits_of(flow, request, number, node)).collect();
    let cuts = Cuts { legs: found.iter().map(|(_, cut)| cut).sum(), ..Cuts::default() };
    (found.into_iter().flat_map(|(hits, _)| hits).collect(), cuts)
}

/// The lump that `edge` is, if it is one; and whether a bound left it out.
fn lump(flow: &Flow<'_>, request: &Request, edge: u32) -> (Option<Lump>, bool) {
    let (collector, center, at) = (flow.from(edge), flow.to(edge), flow.at(edge));
    if flow.received_by(collector).len() < request.k as usize {
        return (None, false);
    }
    let before = flow.received_between(collector, at.saturating_sub(request.window_micros), at);
    if before.len() < request.k as usize {
        return (None, false);
    }
    if before.len() > flow.limits.legs_max {
        return (None, true);
    }
    let good = |receipt: &u32| flow.valued(*receipt) && flow.asked(*receipt, request) && flow.from(*receipt) != center;
    let receipts: Vec<u32> = before.iter().copied().filter(good).collect();
    let soon = receipts.last().is_some_and(|last| flow.at(*last) >= at.saturating_sub(request.tau_micros));
    let is_lump = soon
        && Distinct::of(receipts.iter().map(|receipt| flow.from(*receipt))) >= request.k as usize
        && kept(flow.sum(&receipts), i128::from(flow.amount(edge)), request.rho, request.margin);
    (is_lump.then_some(Lump { edge, receipts }), false)
}

pub(crate) fn hits_of(flow: &Flow<'_>, request: &Request, number: u32, node: u32) -> (Vec<Hit>, u64) {
    let (received, paid) = (flow.received_by(node), flow.paid_by(node));
    if received.len() < COLLECTORS_MIN || paid.len() < request.k as usize {
        return (Vec::new(), 0);
    }
    let sent: Vec<u32> = paid.iter().copied().filter(|edge| flow.valued(*edge)).collect();
    let times = scattering(flow, request, &sent);
    let (Some(first), Some(last)) = (times.first().copied(), times.last().copied()) else {
        return (Vec::new(), 0);
    };
    let (mut lumps, mut cut) = (Vec::new(), 0);
    for edge in flow.received_between(node, first.saturating_sub(request.window_micros), last).iter().copied().filter(|edge| flow.valued(*edge)) {
        let (found, over) = lump(flow, request, edge);
        lumps.extend(found);
        cut += u64::from(over);
    }
    if lumps.len() < COLLECTORS_MIN {
        return (Vec::new(), cut);
    }
    let pivots: Vec<(Vec<u32>, f64)> = times.into_iter().filter_map(|at| pivot(flow, request, at, &lumps, &sent)).collect();
    (merged(pivots).into_iter().map(|(edges, score)| hit(flow, request, number, node, edges, score)).collect(), cut)
}

/// What lies around a pivot, with its score.
fn pivot(flow: &Flow<'_>, request: &Request, at: i64, lumps: &[Lump], sent: &[u32]) -> Option<(Vec<u32>, f64)> {
    let (from, to) = (at.saturating_sub(request.window_micros), at.saturating_add(request.window_micros));
    let before = &lumps[lumps.partition_point(|lump| flow.at(lump.edge) < from)..lumps.partition_point(|lump| flow.at(lump.edge) <= at)];
    let after = &sent[sent.partition_point(|edge| flow.at(*edge) < at)..sent.partition_point(|edge| flow.at(*edge) <= to)];
    let collectors = Distinct::of(before.iter().map(|lump| flow.from(lump.edge)));
    let payees = Distinct::of(after.iter().map(|edge| flow.to(*edge)));
    if collectors < COLLECTORS_MIN || payees < request.k as usize {
        return None;
    }
    let gathered = before.iter().map(|lump| i128::from(flow.amount(lump.edge))).sum();
    let paid = flow.sum(after);
    if !kept(gathered, paid, 1.0 - request.margin, request.margin) {
        return None;
    }
    let balance = gathered.min(paid) as f64 / gathered.max(paid).max(1) as f64;
    let span = flow.at(after[after.len() - 1]) - flow.at(before[0].edge);
    let score =
        size_score(payees, request.k as usize).min(size_score(collectors, COLLECTORS_MIN)) * balance * tightness(span, 2 * request.window_micros);
    let mut edges: Vec<u32> = before.iter().flat_map(|lump| lump.receipts.iter().copied().chain([lump.edge])).chain(after.iter().copied()).collect();
    edges.sort_unstable();
    edges.dedup();
    Some((edges, score))
}

/// Unites sets that share an edge; of each union the best score.
fn merged(sets: Vec<(Vec<u32>, f64)>) -> Vec<(Vec<u32>, f64)> {
    let mut union = UnionFind::new(sets.len() as u32);
    let mut first: FxHashMap<u32, u32> = FxHashMap::default();
    for (set, (edges, _)) in (0_u32..).zip(&sets) {
        for edge in edges {
            union.join(*first.entry(*edge).or_insert(set), set);
        }
    }
    let mut groups: Vec<(u32, usize)> = union.labels().into_iter().zip(0..sets.len()).collect();
    groups.sort_unstable();
    let one = |group: &[(u32, usize)]| {
        let edges = group.iter().flat_map(|(_, set)| sets[*set].0.iter().copied()).collect();
        (edges, group.iter().map(|(_, set)| sets[*set].1).fold(0.0, f64::max))
    };
    groups.chunk_by(|a, b| a.0 == b.0).map(one).collect()
}

/// Payers of the centre are collectors; the others pay a collector or are paid by the centre.
fn hit(flow: &Flow<'_>, request: &Request, number: u32, node: u32, edges: Vec<u32>, score: f64) -> Hit {
    let role = |edge: &u32| match (flow.from(*edge), flow.to(*edge)) {
        (from, _) if from == node => (flow.to(*edge), Role::Sink),
        (from, to) if to == node => (from, Role::Middle),
        (from, _) => (from, Role::Source),
    };
    let mut members: Vec<(u32, Role)> = edges.iter().map(role).collect();
    members.push((node, Role::Center));
    finish(flow, request, number, Some(node), members, edges, score)
}
