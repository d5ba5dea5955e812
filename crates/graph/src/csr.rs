//! Edge lists by node (compressed sparse rows) and the order of time.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: node numbers are checked against n_nodes before an index is built")]

use std::ops::Range;

/// Edge numbers by node; within a node in the order of the edges, that is of (at, row).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Csr {
    offsets: Vec<u32>,
    edges: Vec<u32>,
}

impl Csr {
    /// Indexes the edges by `ends`, the node of each edge. Every end is below `n_nodes`.
    pub(crate) fn new(n_nodes: u32, ends: &[u32]) -> Self {
        let mut offsets = vec![0_u32; n_nodes as usize + 1];
        for end in ends {
            offsets[*end as usize + 1] += 1;
        }
        for node in 1..offsets.len() {
            offsets[node] += offsets[node - 1];
        }
        let mut next = offsets.clone();
        let mut edges = vec![0_u32; ends.len()];
        for (edge, end) in (0_u32..).zip(ends) {
            let at = &mut next[*end as usize];
            edges[*at as usize] = edge;
            *at += 1;
        }
        Self { offsets, edges }
    }

    /// The edges of `node`; none for a node that does not exist.
    pub(crate) fn of(&self, node: u32) -> &[u32] {
        let node = node as usize;
        if node + 1 >= self.offsets.len() {
            return &[];
        }
        &self.edges[self.offsets[node] as usize..self.offsets[node + 1] as usize]
    }
}

/// The part of `edges` (in the order of time) whose time lies in `from..=to`.
pub(crate) fn between<'a>(edges: &'a [u32], at: &[i64], from: i64, to: i64) -> &'a [u32] {
    let start = edges.partition_point(|edge| at[*edge as usize] < from);
    let end = edges.partition_point(|edge| at[*edge as usize] <= to);
    &edges[start..end.max(start)]
}

/// The positions in the order of (at, row); ties of both keep their given order.
pub(crate) fn time_order(at: &[i64], row: &[u32]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..at.len() as u32).collect();
    order.sort_by_key(|edge| (at[*edge as usize], row[*edge as usize]));
    order
}

/// Is it already in that order?
pub(crate) fn in_time_order(at: &[i64], row: &[u32]) -> bool {
    at.windows(2).zip(row.windows(2)).all(|(at, row)| (at[0], row[0]) <= (at[1], row[1]))
}

/// A column in a new order.
pub(crate) fn reordered<T: Copy>(column: &[T], order: &[u32]) -> Vec<T> {
    order.iter().map(|edge| column[*edge as usize]).collect()
}

/// The positions whose time lies in `from..=to`, of times in ascending order.
pub(crate) fn range(at: &[i64], from: i64, to: i64) -> Range<usize> {
    let start = at.partition_point(|at| *at < from);
    let end = at.partition_point(|at| *at <= to);
    start..end.max(start)
}

/// Distinct values of `ends` over `edges`.
pub(crate) fn distinct(edges: &[u32], ends: &[u32]) -> usize {
    let mut met: Vec<u32> = edges.iter().map(|edge| ends[*edge as usize]).collect();
    met.sort_unstable();
    met.dedup();
    met.len()
}
