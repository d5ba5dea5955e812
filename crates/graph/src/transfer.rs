//! The temporal multigraph of value: one edge a transfer, columns sorted by (at, row), edge lists by node in the order of time.
//!
//! 46 bytes an edge: 30 in columns, 8 in the two indexes, and 8 while it is built.

use std::ops::Range;

use crate::GraphError;
use crate::csr::{Csr, between, distinct, in_time_order, range, reordered, time_order};

/// One value a transfer in each column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TransferColumns {
    /// Paying node.
    pub from: Vec<u32>,
    /// Receiving node.
    pub to: Vec<u32>,
    /// When, microseconds since 1970 UTC.
    pub at: Vec<i64>,
    /// Equivalent in US dollars, 0 or more; NaN when the rate is unknown.
    pub value: Vec<f64>,
    /// Number of the currency, as the caller numbers them.
    pub currency: Vec<u16>,
    /// Number of the row it came from, as the caller numbers them; breaks ties of time.
    pub row: Vec<u32>,
}

impl TransferColumns {
    /// Adds one transfer.
    pub fn push(&mut self, from: u32, to: u32, at: i64, value: f64, currency: u16, row: u32) {
        self.from.push(from);
        self.to.push(to);
        self.at.push(at);
        self.value.push(value);
        self.currency.push(currency);
        self.row.push(row);
    }

    /// How many transfers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.at.len()
    }

    /// Is there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    fn check(&self, n_nodes: u32) -> Result<(), GraphError> {
        let expected = self.at.len();
        let lengths = [self.from.len(), self.to.len(), self.value.len(), self.currency.len(), self.row.len()];
        if let Some(found) = lengths.into_iter().find(|found| *found != expected) {
            return Err(GraphError::Ragged { expected, found });
        }
        check_edges(n_nodes, &self.from, &self.to)
    }

    fn sorted(self) -> Self {
        if in_time_order(&self.at, &self.row) {
            return self;
        }
        let order = time_order(&self.at, &self.row);
        Self {
            from: reordered(&self.from, &order),
            to: reordered(&self.to, &order),
            at: reordered(&self.at, &order),
            value: reordered(&self.value, &order),
            currency: reordered(&self.currency, &order),
            row: reordered(&self.row, &order),
        }
    }

    fn append(&mut self, mut other: Self) {
        self.from.append(&mut other.from);
        self.to.append(&mut other.to);
        self.at.append(&mut other.at);
        self.value.append(&mut other.value);
        self.currency.append(&mut other.currency);
        self.row.append(&mut other.row);
    }

    fn slice(&self, part: Range<usize>) -> Self {
        Self {
            from: self.from.get(part.clone()).unwrap_or_default().to_vec(),
            to: self.to.get(part.clone()).unwrap_or_default().to_vec(),
            at: self.at.get(part.clone()).unwrap_or_default().to_vec(),
            value: self.value.get(part.clone()).unwrap_or_default().to_vec(),
            currency: self.currency.get(part.clone()).unwrap_or_default().to_vec(),
            row: self.row.get(part).unwrap_or_default().to_vec(),
        }
    }
}

/// Checks that edges fit and name existing nodes.
pub(crate) fn check_edges(n_nodes: u32, from: &[u32], to: &[u32]) -> Result<(), GraphError> {
    let max = u32::MAX as usize - 1;
    if from.len() > max {
        return Err(GraphError::TooMany { edges: from.len(), max });
    }
    for ends in [from, to] {
        if let Some((row, node)) = ends.iter().enumerate().find(|(_, node)| **node >= n_nodes) {
            return Err(GraphError::Node { row, node: *node, n_nodes });
        }
    }
    Ok(())
}

/// The temporal multigraph of value. Edge `e` is position `e` of each column; edges are in the order of (at, row).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TransferGraph {
    n_nodes: u32,
    columns: TransferColumns,
    out: Csr,
    into: Csr,
}

impl TransferGraph {
    /// Builds the graph; the columns may be in any order.
    ///
    /// # Errors
    /// Columns of different lengths, a node not below `n_nodes`, or more than 2^32 - 2 edges.
    pub fn new(n_nodes: u32, columns: TransferColumns) -> Result<Self, GraphError> {
        columns.check(n_nodes)?;
        let columns = columns.sorted();
        let (out, into) = (Csr::new(n_nodes, &columns.from), Csr::new(n_nodes, &columns.to));
        Ok(Self { n_nodes, columns, out, into })
    }

    /// Adds transfers and, when `n_nodes` is larger than before, nodes. The result equals a graph built from all at once.
    /// Edge numbers stay as they were when the new transfers are later than the old ones.
    ///
    /// # Errors
    /// As [`TransferGraph::new`]; the graph is then unchanged.
    pub fn append(&mut self, n_nodes: u32, columns: TransferColumns) -> Result<(), GraphError> {
        let n_nodes = self.n_nodes.max(n_nodes);
        columns.check(n_nodes)?;
        let (edges, max) = (self.len() + columns.len(), u32::MAX as usize - 1);
        if edges > max {
            return Err(GraphError::TooMany { edges, max });
        }
        self.columns.append(columns);
        self.columns = std::mem::take(&mut self.columns).sorted();
        self.n_nodes = n_nodes;
        self.out = Csr::new(n_nodes, &self.columns.from);
        self.into = Csr::new(n_nodes, &self.columns.to);
        Ok(())
    }

    /// How many nodes.
    #[must_use]
    pub fn n_nodes(&self) -> u32 {
        self.n_nodes
    }

    /// How many edges.
    #[must_use]
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Is there no edge?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// All columns.
    #[must_use]
    pub fn columns(&self) -> &TransferColumns {
        &self.columns
    }

    /// Paying node of each edge.
    #[must_use]
    pub fn from(&self) -> &[u32] {
        &self.columns.from
    }

    /// Receiving node of each edge.
    #[must_use]
    pub fn to(&self) -> &[u32] {
        &self.columns.to
    }

    /// Time of each edge, microseconds, ascending.
    #[must_use]
    pub fn at(&self) -> &[i64] {
        &self.columns.at
    }

    /// US dollar equivalent of each edge, NaN when unknown.
    #[must_use]
    pub fn value(&self) -> &[f64] {
        &self.columns.value
    }

    /// Currency number of each edge.
    #[must_use]
    pub fn currency(&self) -> &[u16] {
        &self.columns.currency
    }

    /// Row number of each edge.
    #[must_use]
    pub fn row(&self) -> &[u32] {
        &self.columns.row
    }

    /// Edges paid by `node`, in the order of time.
    #[must_use]
    pub fn paid_by(&self, node: u32) -> &[u32] {
        self.out.of(node)
    }

    /// Edges received by `node`, in the order of time.
    #[must_use]
    pub fn received_by(&self, node: u32) -> &[u32] {
        self.into.of(node)
    }

    /// Edges paid by `node` at a time in `from..=to`.
    #[must_use]
    pub fn paid_between(&self, node: u32, from: i64, to: i64) -> &[u32] {
        between(self.out.of(node), &self.columns.at, from, to)
    }

    /// Edges received by `node` at a time in `from..=to`.
    #[must_use]
    pub fn received_between(&self, node: u32, from: i64, to: i64) -> &[u32] {
        between(self.into.of(node), &self.columns.at, from, to)
    }

    /// All edges at a time in `from..=to`.
    #[must_use]
    pub fn window(&self, from: i64, to: i64) -> Range<usize> {
        range(&self.columns.at, from, to)
    }

    /// The graph of the edges at a time in `from..=to`, with the same nodes. Edge `e` of it is edge `window(from, to).start + e` of this one.
    #[must_use]
    pub fn slice(&self, from: i64, to: i64) -> Self {
        let columns = self.columns.slice(self.window(from, to));
        let (out, into) = (Csr::new(self.n_nodes, &columns.from), Csr::new(self.n_nodes, &columns.to));
        Self { n_nodes: self.n_nodes, columns, out, into }
    }

    /// The graph as it was known at the end of the instant `at`. Edge numbers stay.
    #[must_use]
    pub fn as_of(&self, at: i64) -> Self {
        self.slice(i64::MIN, at)
    }

    /// How many different nodes `node` paid at a time in `from..=to`.
    #[must_use]
    pub fn payees_between(&self, node: u32, from: i64, to: i64) -> usize {
        distinct(self.paid_between(node, from, to), &self.columns.to)
    }

    /// How many different nodes paid `node` at a time in `from..=to`.
    #[must_use]
    pub fn payers_between(&self, node: u32, from: i64, to: i64) -> usize {
        distinct(self.received_between(node, from, to), &self.columns.from)
    }
}
