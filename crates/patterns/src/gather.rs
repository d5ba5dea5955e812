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

    /// Leaves out edges at a time outside `from..=to`, before the first move.
    fn skip(&mut self, from: i64, to: i64) {
        self.edges = &self.edges[..self.edges.partition_point(|edge| self.flow.at(*edge) <= to)];
        let first = self.edges.partition_point(|edge| self.flow.at(*edge) < from);
        self.range = first..first;
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
    (0..flow.n_nodes()).into_par_iter().flat_map_iter(|node| gather_scatter_of(flow, request, number, node).0).collect()
}

/// The times of payments from which on, over the window, at least `k` are paid.
pub(crate) fn scattering(flow: &Flow<'_>, request: &Request, sent: &[u32]) -> Vec<i64> {
    let mut after = Slide::new(flow, sent, Direction::Out);
    let mut times: Vec<i64> = sent.iter().map(|edge| flow.at(*edge)).collect();
    times.dedup();
    times.retain(|pivot| {
        after.to(*pivot, pivot.saturating_add(request.window_micros));
        after.distinct.len() >= request.k as usize
    });
    times
}

/// The hits of one centre; and whether its usual numbers matter to it.
pub(crate) fn gather_scatter_of(flow: &Flow<'_>, request: &Request, number: u32, node: u32) -> (Vec<Hit>, bool) {
    let (k, nothing) = (request.k as usize, (Vec::new(), false));
    if flow.received_by(node).len() < k || flow.paid_by(node).len() < k {
        return nothing;
    }
    let sent = asked(flow, request, flow.paid_by(node));
    // Who never pays many needs no look at what he receives.
    let times = scattering(flow, request, &sent);
    let (Some(first), Some(last)) = (times.first().copied(), times.last().copied()) else {
        return nothing;
    };
    let received = asked(flow, request, flow.received_by(node));
    let (mut before, mut after) = (Slide::new(flow, &received, Direction::In), Slide::new(flow, &sent, Direction::Out));
    before.skip(first.saturating_sub(request.window_micros), last);
    let pivots: Vec<Pivot> = times.into_iter().filter_map(|at| pivot(request, &mut before, &mut after, at)).collect();
    if pivots.is_empty() {
        return nothing;
    }
    let ((least_in, usual_in), (least_out, usual_out)) =
        (least(flow, request, Direction::In, node, &received), least(flow, request, Direction::Out, node, &sent));
    let mut merged: Vec<Merged> = Vec::new();
    for pivot in pivots.into_iter().filter(|pivot| pivot.payers >= least_in && pivot.payees >= least_out) {
        let span = flow.at(sent[pivot.after.end - 1]) - flow.at(received[pivot.before.start]);
        let score = size_score(pivot.payers, least_in).min(size_score(pivot.payees, least_out))
            * surprise(pivot.payers, usual_in).min(surprise(pivot.payees, usual_out))
            * tightness(span, 2 * request.window_micros)
            * pivot.balance;
        let edges: Vec<u32> = received[pivot.before.clone()].iter().chain(&sent[pivot.after.clone()]).copied().collect();
        match merged.last_mut().filter(|merged| pivot.before.start < merged.last.0 || pivot.after.start < merged.last.1) {
            Some(merged) => {
                merged.edges.extend(edges);
                merged.last = (pivot.before.end, pivot.after.end);
                merged.score = merged.score.max(score);
            }
            None => merged.push(Merged { edges, last: (pivot.before.end, pivot.after.end), score }),
        }
    }
    (merged.into_iter().map(|merged| around(flow, request, number, node, merged.edges, merged.score)).collect(), true)
}

/// What lies around the time of a payment.
struct Pivot {
    before: Range<usize>,
    after: Range<usize>,
    payers: usize,
    payees: usize,
    balance: f64,
}

/// What lies around that time, if at least `k` pay and are paid, and what is sent is kept of what is received.
fn pivot(request: &Request, before: &mut Slide<'_>, after: &mut Slide<'_>, at: i64) -> Option<Pivot> {
    before.to(at.saturating_sub(request.window_micros), at);
    after.to(at, at.saturating_add(request.window_micros));
    let (payers, payees, k) = (before.distinct.len(), after.distinct.len(), request.k as usize);
    let kept = at_least(after.sum, 1.0 - request.margin, before.sum) && at_least(before.sum, 1.0 / (1.0 + request.margin), after.sum);
    (payers >= k && payees >= k && kept).then(|| Pivot {
        before: before.range.clone(),
        after: after.range.clone(),
        payers,
        payees,
        balance: before.sum.min(after.sum) as f64 / before.sum.max(after.sum).max(1) as f64,
    })
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
    (0..flow.n_nodes()).into_par_iter().flat_map_iter(|node| collect_and_send_of(flow, request, number, node).0).collect()
}

/// The hits of one centre; and whether its usual number matters to it.
pub(crate) fn collect_and_send_of(flow: &Flow<'_>, request: &Request, number: u32, node: u32) -> (Vec<Hit>, bool) {
    let (k, nothing) = (request.k as usize, (Vec::new(), false));
    if flow.received_by(node).len() < k || flow.paid_by(node).is_empty() {
        return nothing;
    }
    let received = asked(flow, request, flow.received_by(node));
    let lumps: Vec<Lump> = lumps(flow, request, node, &received).into_iter().filter(|lump| lump.payers >= k).collect();
    if lumps.is_empty() {
        return nothing;
    }
    let (least, usual) = least(flow, request, Direction::In, node, &received);
    let mut merged: Vec<Merged> = Vec::new();
    for lump in lumps.into_iter().filter(|lump| lump.payers >= least) {
        let span = flow.at(lump.edge) - flow.at(received[lump.before.start]);
        let score = size_score(lump.payers, least) * surprise(lump.payers, usual) * tightness(span, request.window_micros) * lump.balance;
        let edges: Vec<u32> = received[lump.before.clone()].iter().copied().chain([lump.edge]).collect();
        match merged.last_mut().filter(|merged| lump.before.start < merged.last.0) {
            Some(merged) => {
                merged.edges.extend(edges);
                merged.last.0 = lump.before.end;
                merged.score = merged.score.max(score);
            }
            None => merged.push(Merged { edges, last: (lump.before.end, 0), score }),
        }
    }
    (merged.into_iter().map(|merged| around(flow, request, number, node, merged.edges, merged.score)).collect(), true)
}

/// A payment of about what was received before it.
struct Lump {
    edge: u32,
    before: Range<usize>,
    payers: usize,
    balance: f64,
}

/// The payments of `node` soon after a receipt, of at least `rho` and at most `1 + margin` of what was received in the window before.
fn lumps(flow: &Flow<'_>, request: &Request, node: u32, received: &[u32]) -> Vec<Lump> {
    let (mut range, mut sum, mut lumps) = (0..0, 0_i128, Vec::new());
    for edge in flow.paid_by(node).iter().copied().filter(|edge| flow.valued(*edge)) {
        let (at, amount) = (flow.at(edge), i128::from(flow.amount(edge)));
        while range.end < received.len() && flow.at(received[range.end]) <= at {
            sum += i128::from(flow.amount(received[range.end]));
            range.end += 1;
        }
        while range.start < range.end && flow.at(received[range.start]) < at.saturating_sub(request.window_micros) {
            sum -= i128::from(flow.amount(received[range.start]));
            range.start += 1;
        }
        let soon = !range.is_empty() && flow.at(received[range.end - 1]) >= at.saturating_sub(request.tau_micros);
        if soon && at_least(amount, request.rho, sum) && at_least(sum, 1.0 / (1.0 + request.margin), amount) {
            let payers = Distinct::of(received[range.clone()].iter().map(|edge| flow.from(*edge)));
            lumps.push(Lump { edge, before: range.clone(), payers, balance: amount.min(sum) as f64 / amount.max(sum).max(1) as f64 });
        }
    }
    lumps
}
