//! Chains and peel chains: a payment goes on from account to account.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: edge numbers come from the graph, positions from the vectors they index")]

use rayon::prelude::*;

use crate::fan::finish;
use crate::flow::{Flow, at_least};
use crate::hit::{Hit, Role};
use crate::request::{Kind, Request};
use crate::search::Cuts;
use crate::window::{size_score, tightness};

/// No edge.
pub(crate) const NONE: u32 = u32::MAX;

/// Does `next` carry on what `edge` brought? The same account, not before, at most `tau` later, at least `rho` and at most all of it, not back to the payer.
pub(crate) fn carries_on(flow: &Flow<'_>, request: &Request, edge: u32, next: u32) -> bool {
    let (came, went) = (i128::from(flow.amount(edge)), i128::from(flow.amount(next)));
    flow.to(edge) == flow.from(next)
        && flow.to(next) != flow.from(edge)
        && (flow.at(edge)..=flow.at(edge).saturating_add(request.tau_micros)).contains(&flow.at(next))
        && went <= came
        && at_least(went, request.rho, came)
        && good(flow, request, next)
        && good(flow, request, edge)
}

fn good(flow: &Flow<'_>, request: &Request, edge: u32) -> bool {
    flow.valued(edge) && flow.asked(edge, request)
}

/// What was split off on the way from `edge` to `next`: payments of the account in between, to neither the payer nor the next account, at most `tau` after the
/// receipt, each no more than what `next` left.
pub(crate) fn peels(flow: &Flow<'_>, request: &Request, edge: u32, next: u32) -> Vec<u32> {
    let residue = flow.amount(edge) - flow.amount(next);
    let at = flow.at(edge);
    flow.paid_between(flow.from(next), at, at.saturating_add(request.tau_micros))
        .iter()
        .copied()
        .filter(|peel| {
            flow.valued(*peel)
                && flow.to(*peel) != flow.from(edge)
                && flow.to(*peel) != flow.to(next)
                && flow.amount(*peel) <= residue
                && *peel != next
        })
        .collect()
}

/// The edge that carries `edge` on: the closest in amount, of equals the earliest. And whether a bound cut.
fn successor(flow: &Flow<'_>, request: &Request, edge: u32) -> (u32, bool) {
    if !good(flow, request, edge) {
        return (NONE, false);
    }
    let at = flow.at(edge);
    let following = flow.paid_between(flow.to(edge), at, at.saturating_add(request.tau_micros));
    let most = flow.limits.legs_max;
    let best = following
        .iter()
        .take(most)
        .copied()
        .filter(|next| carries_on(flow, request, edge, *next))
        .min_by_key(|next| (std::cmp::Reverse(flow.amount(*next)), *next));
    (best.unwrap_or(NONE), following.len() > most)
}

/// The edge that `edge` carries on: the closest in amount, of equals the latest.
pub(crate) fn predecessor(flow: &Flow<'_>, request: &Request, edge: u32) -> (u32, bool) {
    if !good(flow, request, edge) {
        return (NONE, false);
    }
    let at = flow.at(edge);
    let preceding = flow.received_between(flow.from(edge), at.saturating_sub(request.tau_micros), at);
    let most = flow.limits.legs_max;
    let best = preceding
        .iter()
        .rev()
        .take(most)
        .copied()
        .filter(|first| carries_on(flow, request, *first, edge))
        .min_by_key(|first| (flow.amount(*first), std::cmp::Reverse(*first)));
    (best.unwrap_or(NONE), preceding.len() > most)
}

/// The payment that is linked to `edge`, given its successor: each is the other's closest, and (of peel chains) something was split off.
fn linked(flow: &Flow<'_>, request: &Request, edge: u32, (next, cut): (u32, bool)) -> (u32, bool) {
    if next == NONE {
        return (NONE, cut);
    }
    let (back, also) = predecessor(flow, request, next);
    let peeled = request.kind == Kind::Chain || !peels(flow, request, edge, next).is_empty();
    (if back == edge && peeled { next } else { NONE }, cut || also)
}

/// The payment that is linked to `edge`, or [`NONE`]; and whether a bound cut.
pub(crate) fn link(flow: &Flow<'_>, request: &Request, edge: u32) -> (u32, bool) {
    linked(flow, request, edge, successor(flow, request, edge))
}

/// All chains of at least `length_min` payments. Each payment is linked with the one that carries it on when each is the other's closest; chains are the
/// paths of links, cut where an account comes again.
pub(crate) fn search(flow: &Flow<'_>, request: &Request, number: u32) -> (Vec<Hit>, Cuts) {
    let n = flow.len() as u32;
    let ahead: Vec<(u32, bool)> = (0..n).into_par_iter().map(|edge| successor(flow, request, edge)).collect();
    // Only what is somebody's successor needs its predecessor.
    let next: Vec<(u32, bool)> = ahead.par_iter().enumerate().map(|(edge, ahead)| linked(flow, request, edge as u32, *ahead)).collect();
    let cuts = Cuts { legs: next.iter().filter(|(_, cut)| *cut).count() as u64, ..Cuts::default() };
    let next: Vec<u32> = next.into_iter().map(|(next, _)| next).collect();
    let chains = paths(flow, &next, request.length_min as usize);
    (chains.par_iter().map(|chain| hit(flow, request, number, chain)).collect(), cuts)
}

/// The paths of links, cut where an account comes again. A ring (within one instant only) begins at its first edge.
fn paths(flow: &Flow<'_>, next: &[u32], length_min: usize) -> Vec<Vec<u32>> {
    let mut has_before = vec![false; next.len()];
    next.iter().filter(|next| **next != NONE).for_each(|next| has_before[*next as usize] = true);
    let mut met = vec![false; next.len()];
    let mut chains = Vec::new();
    let heads = (0..next.len()).filter(|edge| !has_before[*edge] && next[*edge] != NONE);
    // Rings have no head: what is left after all heads is one.
    for head in heads.chain(0..next.len()) {
        let mut edge = head as u32;
        let mut chain: Vec<u32> = Vec::new();
        while edge != NONE && !met[edge as usize] && next[head] != NONE {
            met[edge as usize] = true;
            chain.push(edge);
            edge = next[edge as usize];
        }
        chains.extend(cut_apart(flow, &chain, length_min));
    }
    chains
}

/// The pieces of a path in which no account comes again, of at least `length_min` payments.
pub(crate) fn cut_apart(flow: &Flow<'_>, path: &[u32], length_min: usize) -> Vec<Vec<u32>> {
    let (mut chains, mut chain) = (Vec::new(), Vec::new());
    for edge in path.iter().copied() {
        let target = flow.to(edge);
        if chain.iter().any(|before| flow.from(*before) == target) {
            keep(&mut chains, &mut chain, length_min);
        }
        chain.push(edge);
    }
    keep(&mut chains, &mut chain, length_min);
    chains
}

fn keep(chains: &mut Vec<Vec<u32>>, chain: &mut Vec<u32>, length_min: usize) {
    let chain = std::mem::take(chain);
    if chain.len() >= length_min {
        chains.push(chain);
    }
}

pub(crate) fn hit(flow: &Flow<'_>, request: &Request, number: u32, chain: &[u32]) -> Hit {
    let mut members: Vec<(u32, Role)> = chain.iter().skip(1).map(|edge| (flow.from(*edge), Role::Middle)).collect();
    members.extend([(flow.from(chain[0]), Role::Source), (flow.to(chain[chain.len() - 1]), Role::Sink)]);
    let mut edges = chain.to_vec();
    let (mut delays, mut kept) = (0_i64, 0.0);
    for step in chain.windows(2) {
        delays = delays.saturating_add(flow.at(step[1]) - flow.at(step[0]));
        let mut passed = i128::from(flow.amount(step[1]));
        if request.kind == Kind::PeelChain {
            let peels = peels(flow, request, step[0], step[1]);
            passed += flow.sum(&peels);
            members.extend(peels.iter().map(|peel| (flow.to(*peel), Role::Sink)));
            edges.extend(peels);
        }
        let (passed, came) = (passed as f64, flow.amount(step[0]) as f64);
        kept += passed.min(came) / passed.max(came);
    }
    let steps = (chain.len() - 1).max(1);
    let score = size_score(chain.len(), request.length_min as usize) * kept / steps as f64 * tightness(delays / steps as i64, request.tau_micros);
    // An account may be on the chain and be paid a peel.
    members.sort_unstable();
    members.dedup_by_key(|member| member.0);
    finish(flow, request, number, None, members, edges, score)
}
