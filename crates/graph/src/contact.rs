//! The temporal multigraph of contact: that two accounts were in touch, never what was said.

use std::ops::Range;

use crate::GraphError;
use crate::csr::{Csr, between, distinct, in_time_order, range, reordered, time_order};
use crate::transfer::check_edges;

/// One value a contact in each column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactColumns {
    /// Who began it.
    pub from: Vec<u32>,
    /// With whom.
    pub to: Vec<u32>,
    /// When, microseconds since 1970 UTC.
    pub at: Vec<i64>,
    /// Number of the row it came from; breaks ties of time.
    pub row: Vec<u32>,
}

impl ContactColumns {
    /// Adds one contact.
    pub fn push(&mut self, from: u32, to: u32, at: i64, row: u32) {
        self.from.push(from);
        self.to.push(to);
        self.at.push(at);
        self.row.push(row);
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
            row: reordered(&self.row, &order),
        }
    }
}

/// The temporal multigraph of contact. Edge `e` is position `e` of each column; edges are in the order of (at, row).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactGraph {
    n_nodes: u32,
    columns: ContactColumns,
    out: Csr,
    into: Csr,
}

impl ContactGraph {
    /// Builds the graph; the columns may be in any order.
    ///
    /// # Errors
    /// Columns of different lengths, a node not below `n_nodes`, or more than 2^32 - 2 edges.
    pub fn new(n_nodes: u32, columns: ContactColumns) -> Result<Self, GraphError> {
        let expected = columns.at.len();
        let lengths = [columns.from.len(), columns.to.len(), columns.row.len()];
        if let Some(found) = lengths.into_iter().find(|found| *found != expected) {
            return Err(GraphError::Ragged { expected, found });
        }
        check_edges(n_nodes, &columns.from, &columns.to)?;
        let columns = columns.sorted();
        let (out, into) = (Csr::new(n_nodes, &columns.from), Csr::new(n_nodes, &columns.to));
        Ok(Self { n_nodes, columns, out, into })
    }

    /// Adds contacts and, when `n_nodes` is larger than before, nodes. The result equals a graph built from all at once.
    ///
    /// # Errors
    /// As [`ContactGraph::new`]; the graph is then unchanged.
    pub fn append(&mut self, n_nodes: u32, mut columns: ContactColumns) -> Result<(), GraphError> {
        // Checked on its own first, so that an error leaves this graph as it was.
        let n_nodes = self.n_nodes.max(n_nodes);
        columns = Self::new(n_nodes, columns)?.columns;
        let (edges, max) = (self.len() + columns.at.len(), u32::MAX as usize - 1);
        if edges > max {
            return Err(GraphError::TooMany { edges, max });
        }
        let mut all = std::mem::take(&mut self.columns);
        all.from.append(&mut columns.from);
        all.to.append(&mut columns.to);
        all.at.append(&mut columns.at);
        all.row.append(&mut columns.row);
        *self = Self::new(n_nodes, all)?;
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
        self.columns.at.len()
    }

    /// Is there no edge?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.columns.at.is_empty()
    }

    /// All columns, in the order of (at, row).
    #[must_use]
    pub fn columns(&self) -> &ContactColumns {
        &self.columns
    }

    /// Contacts begun by `node`, in the order of time.
    #[must_use]
    pub fn begun_by(&self, node: u32) -> &[u32] {
        self.out.of(node)
    }

    /// Contacts others began with `node`, in the order of time.
    #[must_use]
    pub fn met_by(&self, node: u32) -> &[u32] {
        self.into.of(node)
    }

    /// Contacts begun by `node` at a time in `from..=to`.
    #[must_use]
    pub fn begun_between(&self, node: u32, from: i64, to: i64) -> &[u32] {
        between(self.out.of(node), &self.columns.at, from, to)
    }

    /// How many different nodes `node` began contact with at a time in `from..=to`.
    #[must_use]
    pub fn contacted_between(&self, node: u32, from: i64, to: i64) -> usize {
        distinct(self.begun_between(node, from, to), &self.columns.to)
    }

    /// All edges at a time in `from..=to`.
    #[must_use]
    pub fn window(&self, from: i64, to: i64) -> Range<usize> {
        range(&self.columns.at, from, to)
    }
}
