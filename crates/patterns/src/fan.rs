//! Fan-in and fan-out.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: positions come from the runs over the same slice")]

use rayon::prelude::*;

use crate::flow::{Flow, dollars};
use crate::hit::{Hit, Role};
use crate::request::{Kind, Request};
use crate::window::{Run, dense_runs, size_score, surprise, threshold, tightness, usual};

/// Which side of an edge is the centre.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Payments received.
    In,
    /// Payments made.
    Out,
}

impl Direction {
    pub(crate) fn edges<'a>(self, flow: &Flow<'a>, node: u32) -> &'a [u32] {
        match self {
            Self::In => flow.received_by(node),
            Self::Out => flow.paid_by(node),
        }
    }

    pub(crate) fn other(self, flow: &Flow<'_>, edge: u32) -> u32 {
        match self {
            Self::In => flow.from(edge),
            Self::Out => flow.to(edge),
        }
    }

    pub(crate) const fn role(self) -> Role {
        match self {
            Self::In => Role::Source,
            Self::Out => Role::Sink,
        }
    }
}

/// The dense runs of one node with its threshold and usual number, over the edges asked for.
pub(crate) struct Fans {
    pub(crate) edges: Vec<u32>,
    pub(crate) runs: Vec<Run>,
    pub(crate) least: usize,
    pub(crate) usual: usize,
}

/// First and last time of the graph.
pub(crate) fn period(flow: &Flow<'_>) -> (i64, i64) {
    flow.period()
}

/// Where `node` has at least its threshold of distinct counterparties within the window; `None` when it nowhere has `k`, so that its usual number does not matter.
pub(crate) fn fans_of(flow: &Flow<'_>, request: &Request, direction: Direction, node: u32) -> Option<Fans> {
    let all = direction.edges(flow, node);
    if all.len() < request.k as usize {
        return None;
    }
    let edges: Vec<u32> = all.iter().copied().filter(|edge| flow.asked(*edge, request)).collect();
    let items: Vec<(i64, u32)> = edges.iter().map(|edge| (flow.at(*edge), direction.other(flow, *edge))).collect();
    let mut runs = dense_runs(&items, request.window_micros, request.k as usize);
    if runs.is_empty() {
        return None;
    }
    let usual = usual(&items, request.window_micros, period(flow));
    let least = threshold(request.k, usual, flow.roles.is_licensed(node), request.usual_factor);
    if least > request.k as usize {
        runs = dense_runs(&items, request.window_micros, least);
    }
    Some(Fans { edges, runs, least, usual })
}

/// All maximal fans of one direction.
pub(crate) fn search(flow: &Flow<'_>, request: &Request, number: u32) -> Vec<Hit> {
    let direction = if request.kind == Kind::FanIn { Direction::In } else { Direction::Out };
    (0..flow.n_nodes()).into_par_iter().flat_map_iter(|node| of_node(flow, request, number, direction, node)).collect()
}

/// The maximal fans of one node.
fn of_node(flow: &Flow<'_>, request: &Request, number: u32, direction: Direction, node: u32) -> Vec<Hit> {
    fans_of(flow, request, direction, node).map_or_else(Vec::new, |fans| hits(flow, request, number, direction, node, &fans))
}

/// The hits of the fans of one node.
pub(crate) fn hits(flow: &Flow<'_>, request: &Request, number: u32, direction: Direction, node: u32, fans: &Fans) -> Vec<Hit> {
    fans.runs.iter().map(|run| hit(flow, request, number, direction, node, fans, run)).collect()
}

fn hit(flow: &Flow<'_>, request: &Request, number: u32, direction: Direction, node: u32, fans: &Fans, run: &Run) -> Hit {
    let edges = fans.edges[run.edges.clone()].to_vec();
    let peak = &fans.edges[run.peak_edges.clone()];
    let span = flow.at(peak[peak.len() - 1]) - flow.at(peak[0]);
    let score = score(request, run.peak, span, (fans.least, fans.usual));
    let mut members: Vec<(u32, Role)> = edges.iter().map(|edge| (direction.other(flow, *edge), direction.role())).collect();
    members.push((node, Role::Center));
    finish(flow, request, number, Some(node), members, edges, score)
}

/// How strong a fan of `peak` distinct counterparties within `span` is for an account of that threshold and usual number.
pub(crate) fn score(request: &Request, peak: usize, span: i64, (least, usual): (usize, usize)) -> f64 {
    (size_score(peak, least) * surprise(peak, usual) * tightness(span, request.window_micros)).clamp(0.0, 1.0)
}

/// Orders members and edges, and reads times and value from the edges.
pub(crate) fn finish(
    flow: &Flow<'_>,
    request: &Request,
    number: u32,
    center: Option<u32>,
    mut members: Vec<(u32, Role)>,
    mut edges: Vec<u32>,
    score: f64,
) -> Hit {
    members.sort_unstable();
    members.dedup();
    edges.sort_unstable();
    edges.dedup();
    // Edges are numbered in the order of time.
    let (from, to) = (edges.first().map_or(0, |edge| flow.at(*edge)), edges.last().map_or(0, |edge| flow.at(*edge)));
    let value = dollars(flow.sum(&edges));
    Hit { request: number, kind: request.kind, center, members, edges, from, to, value, score: score.clamp(0.0, 1.0), p: None }
}
