//! Patterns of two steps, payer → middle → payee: scatter–gather, and sweeps of what many receive to one collector.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: positions run within the vectors they were made from")]

use std::cmp::Reverse;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use tributary_graph::UnionFind;

use crate::cycle::follows;
use crate::fan::{Direction, fans_of, finish};
use crate::flow::{Flow, at_least};
use crate::hit::{Hit, Role};
use crate::request::Request;
use crate::search::Cuts;
use crate::window::{Distinct, dense_runs, size_score, tightness};

/// Two payments that belong together; sorted by (a, b, first, last, …).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Leg {
    /// One outer account.
    pub(crate) a: u32,
    /// The other.
    pub(crate) b: u32,
    /// Time of the earlier payment.
    pub(crate) first: i64,
    /// Time of the later payment.
    pub(crate) last: i64,
    /// The account between them.
    pub(crate) middle: u32,
    /// The payments.
    pub(crate) edges: [u32; 2],
}

/// Which edges lie in a fan of their centre, in that direction, at the centre's own threshold. The outer edges of a scatter–gather and the edges of a
/// bipartite block must: so a hub counts only beyond its usual number, and the search is short.
pub(crate) fn in_fans(flow: &Flow<'_>, request: &Request, direction: Direction) -> Vec<bool> {
    let dense: Vec<Vec<u32>> = (0..flow.n_nodes())
        .into_par_iter()
        .filter_map(|node| fans_of(flow, request, direction, node))
        .map(|fans| fans.runs.iter().flat_map(|run| fans.edges[run.edges.clone()].iter().copied()).collect())
        .collect();
    let mut inside = vec![false; flow.len()];
    dense.into_iter().flatten().for_each(|edge| inside[edge as usize] = true);
    inside
}

/// A group of legs of one outer pair within one window.
pub(crate) struct Block {
    pub(crate) legs: Vec<Leg>,
    pub(crate) peak: usize,
    pub(crate) span: i64,
}

/// The windows of at least `k` distinct middles among legs of one outer pair, merged when they share a leg.
/// A window starts at a leg's first time and holds the legs that begin in it or later and end in it.
pub(crate) fn blocks(legs: &[Leg], window: i64, k: usize, group_max: usize) -> (Vec<Block>, bool) {
    let mut union = UnionFind::new(legs.len() as u32);
    // The best window of each start, by the start's position.
    let mut dense: Vec<(u32, usize, i64)> = Vec::new();
    let mut within = vec![false; legs.len()];
    let mut cut = false;
    for (at, start) in legs.iter().enumerate() {
        let end = start.first.saturating_add(window);
        let ahead = legs[at..].partition_point(|leg| leg.first <= end);
        cut |= ahead > group_max;
        let inside = || (at..at + ahead.min(group_max)).filter(|leg| legs[*leg].last <= end);
        let middles = Distinct::of(inside().map(|leg| legs[leg].middle));
        let Some(anchor) = inside().next().filter(|_| middles >= k) else {
            continue;
        };
        let mut last = start.first;
        for leg in inside() {
            union.join(anchor as u32, leg as u32);
            within[leg] = true;
            last = last.max(legs[leg].last);
        }
        dense.push((anchor as u32, middles, last - start.first));
    }
    let labels = union.labels();
    // The densest window of each block, the shorter on ties.
    let mut best: FxHashMap<u32, (usize, Reverse<i64>)> = FxHashMap::default();
    for (anchor, middles, span) in dense {
        let best = best.entry(labels[anchor as usize]).or_insert((0, Reverse(i64::MAX)));
        *best = (*best).max((middles, Reverse(span)));
    }
    let mut groups: Vec<(u32, usize)> = (0..legs.len()).filter(|leg| within[*leg]).map(|leg| (labels[leg], leg)).collect();
    groups.sort_unstable();
    let blocks = groups.chunk_by(|a, b| a.0 == b.0).map(|group| {
        let (peak, Reverse(span)) = best.get(&group[0].0).copied().unwrap_or((0, Reverse(0)));
        Block { legs: group.iter().map(|(_, leg)| legs[*leg]).collect(), peak, span }
    });
    (blocks.collect(), cut)
}

/// All maximal scatter–gathers: `s → m → t` through at least `k` distinct `m` within the window, each second payment no earlier than the first, at most
/// the window later, and within the margin of its amount.
pub(crate) fn scatter_gather(flow: &Flow<'_>, request: &Request, number: u32) -> (Vec<Hit>, Cuts) {
    let (scattered, gathered) = (in_fans(flow, request, Direction::Out), in_fans(flow, request, Direction::In));
    let of_node: Vec<(Vec<Leg>, u64)> =
        (0..flow.n_nodes()).into_par_iter().map(|middle| legs_through(flow, request, middle, &scattered, &gathered)).collect();
    let mut cuts = Cuts { legs: of_node.iter().map(|(_, cut)| cut).sum(), ..Cuts::default() };
    let mut legs: Vec<Leg> = of_node.into_iter().flat_map(|(legs, _)| legs).collect();
    legs.par_sort_unstable();
    let groups: Vec<&[Leg]> = legs.chunk_by(|x, y| (x.a, x.b) == (y.a, y.b)).filter(|group| group.len() >= request.k as usize).collect();
    let found: Vec<(Vec<Hit>, bool)> = groups
        .into_par_iter()
        .map(|group| {
            let (blocks, cut) = blocks(group, request.window_micros, request.k as usize, flow.limits.group_max);
            (blocks.into_iter().map(|block| scatter_hit(flow, request, number, &block)).collect(), cut)
        })
        .collect();
    cuts.group = found.iter().filter(|(_, cut)| *cut).count() as u64;
    (found.into_iter().flat_map(|(hits, _)| hits).collect(), cuts)
}

fn legs_through(flow: &Flow<'_>, request: &Request, middle: u32, scattered: &[bool], gathered: &[bool]) -> (Vec<Leg>, u64) {
    let (mut legs, mut cut) = (Vec::new(), 0);
    for first in flow.received_by(middle).iter().copied().filter(|edge| scattered[*edge as usize] && flow.valued(*edge)) {
        let (payer, at) = (flow.from(first), flow.at(first));
        let following = flow.paid_between(middle, at, at.saturating_add(request.window_micros));
        cut += u64::from(following.len() > flow.limits.legs_max);
        for second in following.iter().copied().take(flow.limits.legs_max) {
            let good = gathered[second as usize]
                && flow.valued(second)
                && flow.to(second) != payer
                && follows(flow.amount(first), flow.amount(second), request.margin);
            if good {
                legs.push(Leg { a: payer, b: flow.to(second), first: at, last: flow.at(second), middle, edges: [first, second] });
            }
        }
    }
    (legs, cut)
}

pub(crate) fn scatter_hit(flow: &Flow<'_>, request: &Request, number: u32, block: &Block) -> Hit {
    let first = block.legs[0];
    let mut members: Vec<(u32, Role)> = block.legs.iter().map(|leg| (leg.middle, Role::Middle)).collect();
    members.extend([(first.a, Role::Source), (first.b, Role::Sink)]);
    let edges: Vec<u32> = block.legs.iter().flat_map(|leg| leg.edges).collect();
    let kept: f64 = block
        .legs
        .iter()
        .map(|leg| {
            let (x, y) = (flow.amount(leg.edges[0]) as f64, flow.amount(leg.edges[1]) as f64);
            x.min(y) / x.max(y)
        })
        .sum::<f64>()
        / block.legs.len() as f64;
    let score = size_score(block.peak, request.k as usize) * kept * tightness(block.span, request.window_micros);
    finish(flow, request, number, None, members, edges, score)
}

/// All maximal sweeps: a collector whom at least `k` distinct accounts pay within the window, each handing on (at least `rho` and at most all of it, within
/// `tau`) one payment of the amounts asked for that it received from somebody else.
pub(crate) fn sweep(flow: &Flow<'_>, request: &Request, number: u32) -> (Vec<Hit>, Cuts) {
    let found: Vec<(Vec<Hit>, u64)> = (0..flow.n_nodes()).into_par_iter().map(|node| sweeps_of(flow, request, number, node)).collect();
    let cuts = Cuts { legs: found.iter().map(|(_, cut)| cut).sum(), ..Cuts::default() };
    (found.into_iter().flat_map(|(hits, _)| hits).collect(), cuts)
}

/// The sweeps of one collector, and how often a bound cut.
pub(crate) fn sweeps_of(flow: &Flow<'_>, request: &Request, number: u32, collector: u32) -> (Vec<Hit>, u64) {
    let received = flow.received_by(collector);
    if received.len() < request.k as usize {
        return (Vec::new(), 0);
    }
    let (mut swept, mut cut) = (Vec::new(), 0);
    for second in received.iter().copied() {
        let (first, over) = handed_on(flow, request, second);
        cut += u64::from(over);
        swept.extend(first.map(|first| (first, second)));
    }
    (sweeps_over(flow, request, number, collector, &swept), cut)
}

/// The receipt that a payment hands on: the latest of its payer, at most `tau` earlier, from neither the payee nor itself, of which it is at least `rho` and at most all. And whether
/// a bound cut.
pub(crate) fn handed_on(flow: &Flow<'_>, request: &Request, second: u32) -> (Option<u32>, bool) {
    if !flow.valued(second) {
        return (None, false);
    }
    let (middle, collector, at) = (flow.from(second), flow.to(second), flow.at(second));
    let before = flow.received_between(middle, at.saturating_sub(request.tau_micros), at);
    let first = before.iter().rev().take(flow.limits.legs_max).copied().find(|first| {
        let (paid, handed_on) = (i128::from(flow.amount(*first)), i128::from(flow.amount(second)));
        flow.valued(*first)
            && flow.asked(*first, request)
            && flow.from(*first) != collector
            && at_least(handed_on, request.rho, paid)
            && handed_on <= paid
    });
    (first, before.len() > flow.limits.legs_max)
}

/// The sweeps of a collector, given the pairs of receipt and payment that are handed on to it, in the order of payments.
pub(crate) fn sweeps_over(flow: &Flow<'_>, request: &Request, number: u32, collector: u32, swept: &[(u32, u32)]) -> Vec<Hit> {
    let items: Vec<(i64, u32)> = swept.iter().map(|(_, second)| (flow.at(*second), flow.from(*second))).collect();
    let runs = dense_runs(&items, request.window_micros, request.k as usize);
    let hits = runs.iter().map(|run| {
        let legs = &swept[run.edges.clone()];
        let peak = &swept[run.peak_edges.clone()];
        let share: f64 = peak.iter().map(|(first, second)| flow.amount(*second) as f64 / flow.amount(*first) as f64).sum::<f64>() / peak.len() as f64;
        let span = flow.at(peak[peak.len() - 1].1) - flow.at(peak[0].1);
        let score = size_score(run.peak, request.k as usize) * share * tightness(span, request.window_micros);
        let mut members: Vec<(u32, Role)> =
            legs.iter().flat_map(|(first, second)| [(flow.from(*first), Role::Source), (flow.from(*second), Role::Middle)]).collect();
        members.push((collector, Role::Center));
        finish(flow, request, number, Some(collector), members, legs.iter().flat_map(|(first, second)| [*first, *second]).collect(), score)
    });
    hits.collect()
}
