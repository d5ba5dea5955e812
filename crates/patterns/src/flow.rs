//! What a search reads of the graph: whole-number amounts, limits, roles.
#![expect(
    clippy::indexing_slicing,
    reason = "a numeric kernel: edge numbers come from the graph itself"
)]

use rayon::prelude::*;
use tributary_graph::TransferGraph;

use crate::request::Request;

/// Amounts are compared and summed as whole numbers of this many a US dollar, so that no sum depends on its order.
pub const UNITS_PER_DOLLAR: f64 = 10_000.0;
/// Greatest amount in units; larger ones count as this (10^14 dollars).
const UNITS_MAX: f64 = 1e18;

/// Dollars in units; `None` for NaN.
pub(crate) fn units(dollars: f64) -> Option<i64> {
    (!dollars.is_nan()).then(|| (dollars * UNITS_PER_DOLLAR).round().clamp(0.0, UNITS_MAX) as i64)
}

/// Units in dollars.
pub(crate) fn dollars(units: i128) -> f64 {
    units as f64 / UNITS_PER_DOLLAR
}

/// Is `part` at least `share` (0..=2) of `whole`? Exact to a part in 10^6, in whole numbers.
pub(crate) fn at_least(part: i128, share: f64, whole: i128) -> bool {
    part * 1_000_000 >= whole * i128::from((share * 1e6).round() as i64)
}

/// Bounds of a search. Every one that cuts something is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most hits a request.
    pub hits_max: usize,
    /// Most steps of the search for cycles from one edge.
    pub steps_max: u32,
    /// Most following payments looked at for one payment.
    pub legs_max: usize,
    /// Most legs, users or travellers compared pair by pair in one group.
    pub group_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            hits_max: 50_000,
            steps_max: 2_000,
            legs_max: 256,
            group_max: 512,
        }
    }
}

/// What is known of the accounts.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Roles {
    licensed: Vec<bool>,
}

impl Roles {
    /// Nothing is known.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// These nodes are licensed, or otherwise known hubs: they are measured against their own usual number of counterparties.
    #[must_use]
    pub fn licensed(nodes: impl IntoIterator<Item = u32>) -> Self {
        let mut licensed = Vec::new();
        for node in nodes {
            let node = node as usize;
            if licensed.len() <= node {
                licensed.resize(node + 1, false);
            }
            licensed[node] = true;
        }
        Self { licensed }
    }

    /// Is it?
    #[must_use]
    pub fn is_licensed(&self, node: u32) -> bool {
        self.licensed.get(node as usize).copied().unwrap_or(false)
    }
}

/// The graph with amounts in units. 8 bytes an edge.
pub(crate) struct Flow<'a> {
    pub(crate) graph: &'a TransferGraph,
    pub(crate) roles: &'a Roles,
    pub(crate) limits: &'a Limits,
    /// Amount in units, -1 when unknown.
    pub(crate) amount: Vec<i64>,
    /// Time between the first and the last transfer from the same payer to the same payee; empty when no request asks for ties.
    tie: Vec<i64>,
}

impl<'a> Flow<'a> {
    pub(crate) fn new(
        graph: &'a TransferGraph,
        roles: &'a Roles,
        limits: &'a Limits,
        requests: &[Request],
    ) -> Self {
        let amount = graph
            .value()
            .iter()
            .map(|value| units(*value).unwrap_or(-1))
            .collect();
        let tie = if requests.iter().any(|request| request.tie_micros.is_some()) {
            ties(graph)
        } else {
            Vec::new()
        };
        Self {
            graph,
            roles,
            limits,
            amount,
            tie,
        }
    }

    pub(crate) fn at(&self, edge: u32) -> i64 {
        self.graph.at()[edge as usize]
    }

    pub(crate) fn from(&self, edge: u32) -> u32 {
        self.graph.from()[edge as usize]
    }

    pub(crate) fn to(&self, edge: u32) -> u32 {
        self.graph.to()[edge as usize]
    }

    pub(crate) fn amount(&self, edge: u32) -> i64 {
        self.amount[edge as usize]
    }

    /// Between two different accounts and of known amount?
    pub(crate) fn valued(&self, edge: u32) -> bool {
        self.from(edge) != self.to(edge) && self.amount(edge) > 0
    }

    /// Between two different accounts and within the amounts asked for? Unknown amounts pass when none are asked for.
    pub(crate) fn asked(&self, edge: u32, request: &Request) -> bool {
        let span = self.tie.get(edge as usize).copied().unwrap_or(0);
        if request.tie_micros.is_some_and(|longest| span > longest) {
            return false;
        }
        let (low, high) = request.amounts();
        let amount = self.amount(edge);
        let known = amount >= 0 && (low..=high).contains(&amount);
        self.from(edge) != self.to(edge)
            && (known
                || (amount < 0 && request.amount_min.is_none() && request.amount_max.is_none()))
    }

    /// The sum of the known amounts, in units.
    pub(crate) fn sum(&self, edges: &[u32]) -> i128 {
        edges
            .iter()
            .map(|edge| i128::from(self.amount(*edge).max(0)))
            .sum()
    }
}

/// For each edge the time between the first and the last transfer from its payer to its payee.
fn ties(graph: &TransferGraph) -> Vec<i64> {
    let of_node = |node: u32| {
        let mut edges: Vec<u32> = graph.paid_by(node).to_vec();
        edges.sort_unstable_by_key(|edge| (graph.to()[*edge as usize], *edge));
        edges
            .chunk_by(|a, b| graph.to()[*a as usize] == graph.to()[*b as usize])
            .flat_map(|tie| {
                let span = graph.at()[tie[tie.len() - 1] as usize] - graph.at()[tie[0] as usize];
                tie.iter()
                    .map(move |edge| (*edge, span))
                    .collect::<Vec<_>>()
            })
            .collect::<Vec<(u32, i64)>>()
    };
    let found: Vec<Vec<(u32, i64)>> = (0..graph.n_nodes()).into_par_iter().map(of_node).collect();
    let mut spans = vec![0_i64; graph.len()];
    found
        .into_iter()
        .flatten()
        .for_each(|(edge, span)| spans[edge as usize] = span);
    spans
}
