//! The simple undirected graph (no directions, no loops, no parallel edges) and its components.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: nodes are checked against the number of nodes when the graph is built")]

use crate::GraphError;
use crate::components::UnionFind;

/// A simple undirected graph: each edge once at either end, neighbours ascending. 8 bytes an edge and 4 a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SimpleGraph {
    pub(crate) offsets: Vec<u32>,
    pub(crate) neighbours: Vec<u32>,
}

/// Neighbours looked at per node before the largest component is guessed (Afforest).
const SAMPLED: usize = 2;

impl SimpleGraph {
    /// Builds the graph; loops are dropped, edges given twice or in both directions count once.
    ///
    /// # Errors
    /// A node not below `n_nodes`, or more than 2^31 - 1 edges.
    pub fn new(n_nodes: u32, edges: &[(u32, u32)]) -> Result<Self, GraphError> {
        let max = i32::MAX as usize;
        if edges.len() > max {
            return Err(GraphError::TooMany { edges: edges.len(), max });
        }
        if let Some((row, edge)) = edges.iter().enumerate().find(|(_, edge)| edge.0.max(edge.1) >= n_nodes) {
            return Err(GraphError::Node { row, node: edge.0.max(edge.1), n_nodes });
        }
        // Counted once by either end: putting the arcs (v, u) in the order of u, then of v, sorts each list of neighbours.
        let by = |key: &dyn Fn(&(u32, u32)) -> [u32; 2]| {
            let mut offsets = vec![0_u32; n_nodes as usize + 1];
            for end in edges.iter().filter(|edge| edge.0 != edge.1).flat_map(key) {
                offsets[end as usize + 1] += 1;
            }
            (1..offsets.len()).for_each(|node| offsets[node] += offsets[node - 1]);
            offsets
        };
        let offsets = by(&|edge| [edge.0, edge.1]);
        let mut next = offsets.clone();
        let mut first = vec![0_u32; offsets[n_nodes as usize] as usize];
        for edge in edges.iter().filter(|edge| edge.0 != edge.1) {
            for (at, other) in [(edge.0, edge.1), (edge.1, edge.0)] {
                first[next[at as usize] as usize] = other;
                next[at as usize] += 1;
            }
        }
        next.copy_from_slice(&offsets);
        let mut sorted = vec![0_u32; first.len()];
        for node in 0..n_nodes {
            for other in &first[offsets[node as usize] as usize..offsets[node as usize + 1] as usize] {
                sorted[next[*other as usize] as usize] = node;
                next[*other as usize] += 1;
            }
        }
        Ok(Self::without_repeats(offsets, sorted))
    }

    fn without_repeats(mut offsets: Vec<u32>, mut neighbours: Vec<u32>) -> Self {
        let (mut kept, mut begin) = (0_usize, 0_usize);
        for offset in offsets.iter_mut().skip(1) {
            let end = *offset as usize;
            let first = kept;
            for at in begin..end {
                if kept == first || neighbours[kept - 1] != neighbours[at] {
                    neighbours[kept] = neighbours[at];
                    kept += 1;
                }
            }
            begin = end;
            *offset = kept as u32;
        }
        neighbours.truncate(kept);
        Self { offsets, neighbours }
    }

    /// How many nodes.
    #[must_use]
    pub fn n_nodes(&self) -> u32 {
        self.offsets.len().saturating_sub(1) as u32
    }

    /// How many edges.
    #[must_use]
    pub fn n_edges(&self) -> usize {
        self.neighbours.len() / 2
    }

    /// The neighbours of `node`, ascending; none for a node that does not exist.
    #[must_use]
    pub fn neighbours(&self, node: u32) -> &[u32] {
        let node = node as usize;
        if node + 1 >= self.offsets.len() {
            return &[];
        }
        &self.neighbours[self.offsets[node] as usize..self.offsets[node + 1] as usize]
    }

    /// For each node the smallest node of its connected component.
    ///
    /// Source: Sutton, Ben-Nun, Barak 2018 (Afforest): join a few neighbours of each node, then leave out whoever is in the largest component by then. Every edge
    /// has two ends, so an edge that joins the largest component to another is seen from the other.
    #[must_use]
    pub fn components(&self) -> Vec<u32> {
        let n = self.n_nodes();
        let mut union = UnionFind::new(n);
        for round in 0..SAMPLED {
            for node in 0..n {
                if let Some(other) = self.neighbours(node).get(round) {
                    union.join(node, *other);
                }
            }
        }
        let largest = self.largest_so_far(&mut union);
        for node in 0..n {
            let neighbours = self.neighbours(node);
            if neighbours.len() > SAMPLED && union.find(node) != largest {
                neighbours[SAMPLED..].iter().for_each(|other| _ = union.join(node, *other));
            }
        }
        union.labels()
    }

    /// The component most often met among every so many nodes. A wrong guess costs time only.
    fn largest_so_far(&self, union: &mut UnionFind) -> u32 {
        let step = (self.n_nodes() as usize / 1_024).max(1);
        let mut met: Vec<u32> = (0..self.n_nodes()).step_by(step).map(|node| union.find(node)).collect();
        met.sort_unstable();
        met.chunk_by(|a, b| a == b).max_by_key(|same| same.len()).map_or(0, |same| same[0])
    }
}
