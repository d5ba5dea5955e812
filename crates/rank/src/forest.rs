//! Boosted trees as the model keeps them: a plain, checked form that does not depend on the library that grew them.

use serde::{Deserialize, Serialize};

use crate::RankError;
use crate::matrix::Named;
use crate::model::VERSION;

/// The most trees of a model.
pub(crate) const TREES_MAX: usize = 5_000;
/// Rows that are scored together.
const PIECE: usize = 2_048;
/// The most nodes of one tree.
pub(crate) const NODES_MAX: usize = 3 * 4_096;

/// One node. A leaf has no children.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Node {
    /// What the tree would add if it ended here, log-odds.
    pub(crate) value: f32,
    /// How the tree goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) branch: Option<Branch>,
}

/// Values below `below` go left, others right, missing ones to `missing`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Branch {
    /// Number of the column in the model's schema.
    pub(crate) column: u32,
    pub(crate) below: f64,
    pub(crate) left: u32,
    pub(crate) right: u32,
    pub(crate) missing: u32,
}

/// A sum of trees.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Forest {
    /// Log-odds before the first tree.
    pub(crate) base: f64,
    pub(crate) trees: Vec<Vec<Node>>,
}

impl Forest {
    /// Children come after their parents, columns exist, values are numbers: every walk ends.
    pub(crate) fn check(&self, columns: usize) -> Result<(), RankError> {
        let wrong = |why: String| Err(RankError::Model { version: VERSION, why });
        if self.trees.len() > TREES_MAX {
            return wrong(format!("{} trees are more than {TREES_MAX}", self.trees.len()));
        }
        if !self.base.is_finite() {
            return wrong("its base is no number".into());
        }
        for (number, tree) in self.trees.iter().enumerate() {
            if tree.is_empty() || tree.len() > NODES_MAX {
                return wrong(format!("tree {number} has {} nodes", tree.len()));
            }
            for (at, node) in tree.iter().enumerate() {
                let holds = node.value.is_finite()
                    && node.branch.is_none_or(|branch| {
                        let child = |to: u32| (to as usize) > at && (to as usize) < tree.len();
                        (branch.column as usize) < columns
                            && branch.below.is_finite()
                            && child(branch.left)
                            && child(branch.right)
                            && child(branch.missing)
                    });
                if !holds {
                    return wrong(format!("node {at} of tree {number} does not hold"));
                }
            }
        }
        Ok(())
    }

    /// Log-odds of these rows, in their order. Trees take turns over pieces of rows: a piece's values stay near.
    pub(crate) fn scores(&self, columns: &[&Named], rows: &[usize]) -> Vec<f64> {
        let mut scores = vec![self.base; rows.len()];
        for (rows, scores) in rows.chunks(PIECE).zip(scores.chunks_mut(PIECE)) {
            for tree in &self.trees {
                for (row, score) in rows.iter().zip(scores.iter_mut()) {
                    *score += f64::from(leaf(tree, |column| value(columns, column, *row)));
                }
            }
        }
        scores
    }

    /// What each column adds to the log-odds of one row, added to `sums`; the answer is what no column adds.
    ///
    /// On the way down, the change of a node's value against its parent's is the column's that parted them (the path method of
    /// Saabas 2014). The sums and the answer together are the row's raw score.
    pub(crate) fn contributions(&self, columns: &[&Named], row: usize, sums: &mut [f64]) -> f64 {
        let mut base = self.base;
        for tree in &self.trees {
            let mut at = 0;
            base += tree.first().map_or(0.0, |node| f64::from(node.value));
            while let Some((node, branch)) = tree.get(at).and_then(|node| Some((node, node.branch?))) {
                at = branch.next(value(columns, branch.column, row));
                if let (Some(sum), Some(child)) = (sums.get_mut(branch.column as usize), tree.get(at)) {
                    *sum += f64::from(child.value) - f64::from(node.value);
                }
            }
        }
        base
    }

    /// For each tree, the columns it reads, ascending.
    pub(crate) fn reads(&self) -> Vec<Vec<u32>> {
        let columns = |tree: &Vec<Node>| {
            let mut columns: Vec<u32> = tree.iter().filter_map(|node| node.branch.map(|branch| branch.column)).collect();
            columns.sort_unstable();
            columns.dedup();
            columns
        };
        self.trees.iter().map(columns).collect()
    }
}

impl Branch {
    fn next(&self, value: f32) -> usize {
        let to = match f64::from(value) {
            value if value.is_nan() => self.missing,
            value if value < self.below => self.left,
            _ => self.right,
        };
        to as usize
    }
}

/// The value of a column in a row; NaN where there is none.
pub(crate) fn value(columns: &[&Named], column: u32, row: usize) -> f32 {
    columns.get(column as usize).and_then(|column| column.values.get(row)).copied().unwrap_or(f32::NAN)
}

/// What one tree adds for a row whose values are asked by column.
pub(crate) fn leaf(tree: &[Node], value: impl Fn(u32) -> f32) -> f32 {
    let mut at = 0;
    while let Some(branch) = tree.get(at).and_then(|node| node.branch) {
        at = branch.next(value(branch.column));
    }
    tree.get(at).map_or(0.0, |node| node.value)
}
