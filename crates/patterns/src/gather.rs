//! Gather–scatter, and collect-and-send.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: positions run within the slices they were made from")]

use std::ops::Range;

use rayon::prelude::*;

use crate::fan::{Direction, finish, period};
use crate::flow::{Flow, at_least};
use crate::hit::{Hit, Role};
use crate::request::Request;
use crate::window::{Distinct, size_score, surprise, threshold, tightness, usual};

/// A window of edges that slides forward: range, distinct others, sum.
struct Slide<'a> {
    flow: &'a Flow<'a>,
    edges: &'a [u32],
    direction: Direction,
    range: Range<usize>,
    distinct: Distinct,
    sum: i128,
}

impl<'a> Slide<'a> {
    fn new(flow: &'a Flow<'a>, edges: &'a [u32], direction: Direction) -> Self {
        Self { flow, edges, direction, range: 0..0, distinct: Distinct::default(), sum: 0 }
    }

    /// Moves to the edges at a time in `from..=to`; both ends only grow from call to call.
    fn to(&mut self, from: i64, to: i64) {
        while self.range.end < self.edges.len() && self.flow.at(self.edges[self.range.end]) <= to {
            let edge = self.edges[self.range.end];
            self.distinct.add(self.direction.other(self.flow, edge));
            self.sum += i128::from(self.flow.amount(edge));
            self.range.end += 1;
        }
        while self.range.start < self.range.end && self.flow.at(self.edges[self.range.start]) < from {
            let edge = self.edges[self.range.start];
            self.distinct.remove(self.direction.other(self.flow, edge));
            self.sum -= i128::from(self.flow.amount(edge));
            self.range.start += 1;
        }
    }
}

fn asked(flow: &Flow<'_>, request: &Request, edges: &[u32]) -> Vec<u32> {
    edges.iter().copied().filter(|edge| flow.valued(*edge) && flow.asked(*edge, request)).collect()
}

/// The least number of distinct counterparties of `node` in one direction, and its usual number.
fn least(flow: &Flow<'_>, request: &Request, direction: Direction, node: u32, edges: &[u32]) -> (usize, usize) {
    let items: Vec<(i64, u32)> = edges.iter().map(|edge| (flow.at(*edge), direction.other(flow, *edge))).collect();
    let usual = usual(&items, request.window_micros, period(flow));
    (threshold(request.k, usual, flow.roles.is_licensed(node), request.usual_factor), usual)
}

/// What belongs to one centre while pivots are merged.
struct Merged {
    edges: Vec<u32>,
    /// Positions of the last received and sent edges, so that overlap with the next pivot is seen.
    last: (usize, usize),
    score: f64,
}

/// All maximal gather–scatters: at a pivot time `p` (of a payment made), at least `k` payers in `[p - W, p]` and at least `k` payees in `[p, p + W]`,
/// with the sum sent within the margin of the sum received.
pub(crate) fn gather_scatter(flow: &Flow<'_>, request: &Request, number: u32) -> Vec<Hit> {
    (0..flow.n_nodes()).into_par_iter().flat_map_iter(|node| gather_scatter_of(flow, request, number, node)).collect()
}

pub(crate) fn gather_scatter_of(flow: &Flow<'_>, request: &Request, number: u32, node: u32) -> Vec<Hit> {
    let k = request.k as usize;
    if flow.received_by(node).len() < k || flow.paid_by(node).len() < k {
        return Vec::new();
    }
    let (received, sent) = (asked(flow, request, flow.received_by(node)), asked(flow, request, flow.paid_by(node)));
    if received.len() < k || sent.len() < k {
        return Vec::new();
    }
    let ((least_in, usual_in), (least_out, usual_out)) =
        (least(flow, request, Direction::In, node, &received), least(flow, request, Direction::Out, node, &sent));
    let (mut before, mut after) = (Slide::new(flow, &received, Direction::In), Slide::new(flow, &sent, Direction::Out));
    let mut merged: Vec<Merged> = Vec::new();
    let mut last_pivot = None;
    for edge in &sent {
        let pivot = flow.at(*edge);
        if last_pivot.replace(pivot) == Some(pivot) {
            continue;
        }
        before.to(pivot.saturating_sub(request.window_micros), pivot);
        after.to(pivot, pivot.saturating_add(request.window_micros));
        let kept = at_least(after.sum, 1.0 - request.margin, before.sum) && at_least(before.sum, 1.0 / (1.0 + request.margin), after.sum);
        if before.distinct.len() < least_in || after.distinct.len() < least_out || !kept {
            continue;
        }
        let balance = before.sum.min(after.sum) as f64 / before.sum.max(after.sum).max(1) as f64;
        let first = flow.at(received[before.range.start]);
        let last = flow.at(sent[after.range.end - 1]);
        let score = size_score(before.distinct.len(), least_in).min(size_score(after.distinct.len(), least_out))
            * surprise(before.distinct.len(), usual_in).min(surprise(after.distinct.len(), usual_out))
            * tightness(last - first, 2 * request.window_micros)
            * balance;
        let edges: Vec<u32> = received[before.range.clone()].iter().chain(&sent[after.range.clone()]).copied().collect();
        match merged.last_mut().filter(|merged| before.range.start < merged.last.0 || after.range.start < merged.last.1) {
            Some(merged) => {
                merged.edges.extend(edges);
                merged.last = (before.range.end, after.range.end);
                merged.score = merged.score.max(score);
            }
            None => merged.push(Merged { edges, last: (before.range.end, after.range.end), score }),
        }
    }
    merged.into_iter().map(|merged| around(flow, request, number, node, merged.edges, merged.score)).collect()
}

/// A hit whose members are read from its edges: who pays the centre, whom it pays.
pub(crate) fn around(flow: &Flow<'_>, request: &Request, number: u32, node: u32, edges: Vec<u32>, score: f64) -> Hit {
    let member = |edge: &u32| {
        if flow.to(*edge) == node { (flow.from(*edge), Role::Source) } else { (flow.to(*edge), Role::Sink) }
    };
    let mut members: Vec<(u32, Role)> = edges.iter().map(member).collect();
    members.push((node, Role::Center));
    finish(flow, request, number, Some(node), members, edges, score)
}

/// All maximal collect-and-sends: a payment made at `t`, preceded in `[t - W, t]` by receipts (of the amounts asked for) from at least `k` payers, the last
/// at most `tau` before it, whose amount is at least `rho` and at most `1 + margin` of their sum.
pub(crate) fn collect_and_send(flow: &Flow<'_>, request: &Request, number: u32) -> Vec<Hit> {
    (0..flow.n_nodes()).into_par_iter().flat_map_iter(|node| collect_and_send_of(flow, request, number, node)).collect()
}

pub(crate) fn collect_and_send_of(flow: &Flow<'_>, request: &Request, number: u32, node: u32) -> Vec<Hit> {
    let k = request.k as usize;
    if flow.received_by(node).len() < k || flow.paid_by(node).is_empty() {
        return Vec::new();
    }
    let received = asked(flow, request, flow.received_by(node));
    if received.len() < k {
        return Vec::new();
    }
    let (least, usual) = least(flow, request, Direction::In, node, &received);
    let mut before = Slide::new(flow, &received, Direction::In);
    let mut merged: Vec<Merged> = Vec::new();
    for lump in flow.paid_by(node).iter().copied().filter(|edge| flow.valued(*edge)) {
        let (at, amount) = (flow.at(lump), i128::from(flow.amount(lump)));
        before.to(at.saturating_sub(request.window_micros), at);
        let soon = before.range.end > before.range.start && flow.at(received[before.range.end - 1]) >= at.saturating_sub(request.tau_micros);
        let kept = at_least(amount, request.rho, before.sum) && at_least(before.sum, 1.0 / (1.0 + request.margin), amount);
        if before.distinct.len() < least || !soon || !kept {
            continue;
        }
        let balance = amount.min(before.sum) as f64 / amount.max(before.sum).max(1) as f64;
        let span = at - flow.at(received[before.range.start]);
        let n = before.distinct.len();
        let score = size_score(n, least) * surprise(n, usual) * tightness(span, request.window_micros) * balance;
        let edges: Vec<u32> = received[before.range.clone()].iter().copied().chain([lump]).collect();
        match merged.last_mut().filter(|merged| before.range.start < merged.last.0) {
            Some(merged) => {
                merged.edges.extend(edges);
                merged.last.0 = before.range.end;
                merged.score = merged.score.max(score);
            }
            None => merged.push(Merged { edges, last: (before.range.end, 0), score }),
        }
    }
    merged.into_iter().map(|merged| around(flow, request, number, node, merged.edges, merged.score)).collect()
}
