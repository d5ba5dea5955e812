//! Why a graph cannot be built.

/// Why a graph cannot be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GraphError {
    /// The columns do not have one length.
    #[error("the columns of the graph have different lengths: `{expected}` and `{found}`; give one value a row in each")]
    Ragged {
        /// Length of the first column.
        expected: usize,
        /// Length of the column that differs.
        found: usize,
    },
    /// An edge names a node that does not exist.
    #[error("row `{row}` names node `{node}`, but there are only `{n_nodes}` nodes; intern every account first")]
    Node {
        /// The edge's position in the columns.
        row: usize,
        /// The node it names.
        node: u32,
        /// How many nodes there are.
        n_nodes: u32,
    },
    /// More edges than an edge number can hold.
    #[error("`{edges}` edges are more than the `{max}` one graph holds; cut the period into slices")]
    TooMany {
        /// How many were given.
        edges: usize,
        /// How many fit.
        max: usize,
    },
}
