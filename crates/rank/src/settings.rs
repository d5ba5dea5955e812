//! How a model is trained.

use serde::{Deserialize, Serialize};

use crate::RankError;

/// How much a positive row weighs against a negative one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PositiveWeight {
    /// As much as a negative one.
    One,
    /// So much that positives weigh as much as negatives, all together.
    Balanced,
    /// The square root of that.
    Root,
    /// This many times as much.
    Times(f64),
}

/// Which node of a tree is parted next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Growth {
    /// All nodes of one depth before the next depth.
    #[default]
    Level,
    /// The node whose parting saves most (Shi 2007): fewer leaves for the same loss.
    Leaf,
}

/// Settings of gradient boosting. The same settings, rows and labels give the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Seed of what is drawn: rows and columns of each tree, shuffles of importances.
    pub seed: u64,
    /// The most trees, 1 to 5,000.
    pub rounds: usize,
    /// Trees without a better loss on the stop period after which training ends, 1 to 1,000.
    pub patience: usize,
    /// Step of each tree, above 0 to 1.
    pub learning_rate: f32,
    /// The deepest tree, 1 to 16.
    pub depth: usize,
    /// The most leaves of a tree, 2 to 4,096.
    pub leaves: usize,
    /// Classes a column is cut into, 2 to 1,024.
    pub bins: u16,
    /// The least weight (sum of second derivatives) of a leaf, 0 or more.
    pub leaf_weight: f32,
    /// Shrinkage of leaves, 0 or more.
    pub l2: f32,
    /// Share of columns drawn for each tree, above 0 to 1.
    pub columns: f64,
    /// Share of rows drawn for each tree, above 0 to 1.
    pub rows: f32,
    /// How much a positive row weighs.
    pub positive: PositiveWeight,
    /// After the number of trees is known: train once more on the fit and the stop period together?
    pub refit: bool,
    /// Which node is parted next; models of before this setting grew by level.
    #[serde(default)]
    pub growth: Growth,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 1,
            rounds: 500,
            patience: 30,
            learning_rate: 0.1,
            depth: 8,
            leaves: 48,
            bins: 128,
            leaf_weight: 2.0,
            l2: 4.0,
            columns: 0.2,
            rows: 0.8,
            positive: PositiveWeight::One,
            refit: true,
            growth: Growth::Level,
        }
    }
}

impl Settings {
    /// Says which setting is out of range.
    ///
    /// # Errors
    /// The first such setting.
    pub fn check(&self) -> Result<(), RankError> {
        let share = |value: f64| value > 0.0 && value <= 1.0;
        let positive = !matches!(self.positive, PositiveWeight::Times(times) if !(times > 0.0 && times <= 1e6));
        let checks = [
            ("rounds", (1..=5_000).contains(&self.rounds), "1 to 5000"),
            ("patience", (1..=1_000).contains(&self.patience), "1 to 1000"),
            ("learning_rate", share(f64::from(self.learning_rate)), "a number above 0 and up to 1"),
            ("depth", (1..=16).contains(&self.depth), "1 to 16"),
            ("leaves", (2..=4_096).contains(&self.leaves), "2 to 4096"),
            ("bins", (2..=1_024).contains(&self.bins), "2 to 1024"),
            ("leaf_weight", (0.0..=1e6).contains(&self.leaf_weight), "a number from 0"),
            ("l2", (0.0..=1e6).contains(&self.l2), "a number from 0"),
            ("columns", share(self.columns), "a share above 0 and up to 1"),
            ("rows", share(f64::from(self.rows)), "a share above 0 and up to 1"),
            ("positive", positive, "a weight above 0"),
        ];
        match checks.into_iter().find(|(_, holds, _)| !holds) {
            Some((setting, _, range)) => Err(RankError::Setting { setting, range }),
            None => Ok(()),
        }
    }
}
