//! What a search reads of the graph: whole-number amounts, limits, roles.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: edge numbers come from the graph itself")]

use std::borrow::Cow;
use std::collections::BTreeMap;

use rayon::prelude::*;
use tributary_graph::TransferGraph;

use crate::request::Request;
use crate::roles::HubRole;
use crate::stream::Live;

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
        Self { hits_max: 50_000, steps_max: 2_000, legs_max: 256, group_max: 512 }
    }
}

/// What is known of the accounts.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Roles {
    licensed: Vec<bool>,
    roles: BTreeMap<u32, HubRole>,
    institutions: Vec<Option<u32>>,
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
        Self { licensed, ..Self::default() }
    }

    /// What these nodes are known to be: their scores are put in relation to those of their like. A node given twice has the later role.
    #[must_use]
    pub fn with_roles(mut self, roles: impl IntoIterator<Item = (u32, HubRole)>) -> Self {
        self.roles.extend(roles);
        self
    }

    /// The institution of each node, as the caller numbers them; `None` and nodes beyond the list are unknown.
    #[must_use]
    pub fn with_institutions(mut self, institutions: Vec<Option<u32>>) -> Self {
        self.institutions = institutions;
        self
    }

    /// What the node is known to be.
    #[must_use]
    pub fn role(&self, node: u32) -> Option<HubRole> {
        self.roles.get(&node).copied()
    }

    /// The institution that keeps the account.
    #[must_use]
    pub fn institution(&self, node: u32) -> Option<u32> {
        self.institutions.get(node as usize).copied().flatten()
    }

    /// How many nodes have each role.
    pub(crate) fn sizes(&self) -> BTreeMap<HubRole, usize> {
        let mut sizes = BTreeMap::new();
        self.roles.values().for_each(|role| *sizes.entry(*role).or_default() += 1);
        sizes
    }

    /// Is it?
    #[must_use]
    pub fn is_licensed(&self, node: u32) -> bool {
        self.licensed.get(node as usize).copied().unwrap_or(false)
    }
}

/// What a search reads of one edge, side by side, so that one edge costs one cache line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    pub(crate) at: i64,
    /// Amount in units, -1 when unknown.
    pub(crate) amount: i64,
    /// Time between the first and the last transfer from the same payer to the same payee; 0 when no request asks for ties.
    pub(crate) tie: i64,
    pub(crate) from: u32,
    pub(crate) to: u32,
}

/// Where the edges of an account are listed.
#[derive(Clone, Copy)]
enum Accounts<'a> {
    /// In a graph that is whole.
    Graph(&'a TransferGraph),
    /// In one that transfers enter and leave.
    Live(&'a Live),
}

/// The graph with amounts in units. 32 bytes an edge.
pub(crate) struct Flow<'a> {
    accounts: Accounts<'a>,
    pub(crate) roles: &'a Roles,
    pub(crate) limits: &'a Limits,
    edges: Cow<'a, [Edge]>,
    /// The number of the first edge.
    first: u32,
}

impl<'a> Flow<'a> {
    pub(crate) fn new(graph: &'a TransferGraph, roles: &'a Roles, limits: &'a Limits, requests: &[Request]) -> Self {
        let edge = |number: usize| Edge {
            at: graph.at()[number],
            amount: units(graph.value()[number]).unwrap_or(-1),
            tie: 0,
            from: graph.from()[number],
            to: graph.to()[number],
        };
        let edges = (0..graph.len()).map(edge).collect();
        let mut flow = Self { accounts: Accounts::Graph(graph), roles, limits, edges: Cow::Owned(edges), first: 0 };
        if requests.iter().any(|request| request.tie_micros.is_some()) {
            flow.measure_ties();
        }
        flow
    }

    /// What is alive now. Edge numbers begin where those that have gone end.
    pub(crate) fn live(live: &'a Live, roles: &'a Roles, limits: &'a Limits) -> Self {
        let (first, edges) = live.edges();
        Self { accounts: Accounts::Live(live), roles, limits, edges: Cow::Borrowed(edges), first }
    }

    /// How many edges.
    pub(crate) fn len(&self) -> usize {
        self.edges.len()
    }

    /// Is there none?
    pub(crate) fn is_empty(&self) -> bool {
        self.edges.is_empty()
    }

    /// Nodes are numbered below this.
    pub(crate) fn n_nodes(&self) -> u32 {
        match self.accounts {
            Accounts::Graph(graph) => graph.n_nodes(),
            Accounts::Live(live) => live.n_nodes(),
        }
    }

    /// Edges paid by `node`, in the order of time.
    pub(crate) fn paid_by(&self, node: u32) -> &'a [u32] {
        match self.accounts {
            Accounts::Graph(graph) => graph.paid_by(node),
            Accounts::Live(live) => live.paid_by(node),
        }
    }

    /// Edges received by `node`, in the order of time.
    pub(crate) fn received_by(&self, node: u32) -> &'a [u32] {
        match self.accounts {
            Accounts::Graph(graph) => graph.received_by(node),
            Accounts::Live(live) => live.received_by(node),
        }
    }

    /// First and last time there is; 0 when there is none.
    pub(crate) fn period(&self) -> (i64, i64) {
        (self.edges.first().map_or(0, |edge| edge.at), self.edges.last().map_or(0, |edge| edge.at))
    }

    fn edge(&self, edge: u32) -> &Edge {
        &self.edges[(edge - self.first) as usize]
    }

    pub(crate) fn at(&self, edge: u32) -> i64 {
        self.edge(edge).at
    }

    pub(crate) fn from(&self, edge: u32) -> u32 {
        self.edge(edge).from
    }

    pub(crate) fn to(&self, edge: u32) -> u32 {
        self.edge(edge).to
    }

    pub(crate) fn amount(&self, edge: u32) -> i64 {
        self.edge(edge).amount
    }

    /// Of edges in the order of time, those at a time in `from..=to`.
    fn between<'b>(&self, edges: &'b [u32], from: i64, to: i64) -> &'b [u32] {
        let later = &edges[edges.partition_point(|edge| self.at(*edge) < from)..];
        &later[..later.partition_point(|edge| self.at(*edge) <= to)]
    }

    /// Edges paid by `node` at a time in `from..=to`.
    pub(crate) fn paid_between(&self, node: u32, from: i64, to: i64) -> &'a [u32] {
        self.between(self.paid_by(node), from, to)
    }

    /// Edges received by `node` at a time in `from..=to`.
    pub(crate) fn received_between(&self, node: u32, from: i64, to: i64) -> &'a [u32] {
        self.between(self.received_by(node), from, to)
    }

    /// Between two different accounts and of known amount above 0?
    pub(crate) fn valued(&self, edge: u32) -> bool {
        let edge = self.edge(edge);
        edge.from != edge.to && edge.amount > 0
    }

    /// Between two different accounts, of a tie and within the amounts asked for? Unknown amounts pass when none are asked for.
    pub(crate) fn asked(&self, edge: u32, request: &Request) -> bool {
        let edge = self.edge(edge);
        if edge.from == edge.to || request.tie_micros.is_some_and(|longest| edge.tie > longest) {
            return false;
        }
        if request.amount_min.is_none() && request.amount_max.is_none() {
            return true;
        }
        let (low, high) = request.amounts();
        edge.amount >= 0 && (low..=high).contains(&edge.amount)
    }

    /// The sum of the known amounts, in units.
    pub(crate) fn sum(&self, edges: &[u32]) -> i128 {
        edges.iter().map(|edge| i128::from(self.amount(*edge).max(0))).sum()
    }

    /// Finds for each edge the time between the first and the last transfer from its payer to its payee.
    fn measure_ties(&mut self) {
        let of_node = |node: u32| {
            let mut paid: Vec<(u32, u32)> = self.paid_by(node).iter().map(|edge| (self.to(*edge), *edge)).collect();
            paid.sort_unstable();
            paid.chunk_by(|a, b| a.0 == b.0)
                .flat_map(|tie| {
                    let span = self.at(tie[tie.len() - 1].1) - self.at(tie[0].1);
                    tie.iter().map(move |(_, edge)| (*edge, span))
                })
                .filter(|(_, span)| *span > 0)
                .collect::<Vec<(u32, i64)>>()
        };
        let found: Vec<Vec<(u32, i64)>> = (0..self.n_nodes()).into_par_iter().map(of_node).collect();
        let edges = self.edges.to_mut();
        for (edge, span) in found.into_iter().flatten() {
            edges[edge as usize].tie = span;
        }
    }
}
