//! How a ranking of one or two readings is trained.

use serde::{Deserialize, Serialize};

use crate::RankError;
use crate::around::Reach;
use crate::settings::{Growth, Settings};

const DAY: i64 = 86_400;

/// The plan of [`crate::read`]. The same plan, rows and labels give the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Rows from then on are measured on; labels from then on are read by no tree, probability or threshold.
    pub test_from: i64,
    /// Rows from then on, before the test, give probabilities and threshold; all rows before the test when none, or when fewer than 100 positive ones
    /// would be left. Where features look ahead, give a period that ends as the test does: as many days before `test_from` as the last row lies behind it.
    pub calibrate_from: Option<i64>,
    /// Blocks of time that the rows before the test are parted into, 2 to 16: each is scored by trees that have not seen it.
    pub blocks: usize,
    /// Settings of the first reading. `patience` counts on the latest block; `refit` is always done.
    pub first: Settings,
    /// Settings of the second; none for one reading.
    pub second: Option<Settings>,
    /// Stretches of time in which the second reading looks at the transfers around, up to 8.
    pub reaches: Vec<Reach>,
    /// Probabilities above this are summed up as high, 0 to 1.
    pub above: f64,
    /// Columns of the matrix that the second reading keeps, those that carried most in the first; 1 to [`crate::COLUMNS_MAX`].
    pub columns: usize,
    /// The most negative rows learned from for each positive one, above 0. Beyond, negatives are drawn, likelier the more they look like positives, and
    /// a drawn one stands for as many as its chance was one in. Positive rows are never left out.
    pub negatives: f64,
}

impl Plan {
    /// The plan for alerts while money moves: one side of time.
    #[must_use]
    pub fn before(test_from: i64, seed: u64) -> Self {
        let reaches = vec![Reach { before: 7 * DAY, after: 0 }, Reach { before: 28 * DAY, after: 0 }];
        let settings = Settings {
            seed,
            rounds: 300,
            patience: 30,
            learning_rate: 0.1,
            depth: 12,
            leaves: 31,
            bins: 64,
            leaf_weight: 0.5,
            l2: 5.0,
            columns: 0.2,
            rows: 0.8,
            growth: Growth::Leaf,
            ..Settings::default()
        };
        Self {
            test_from,
            calibrate_from: None,
            blocks: 3,
            first: settings,
            second: Some(settings),
            reaches,
            above: 0.2,
            columns: 80,
            negatives: 30.0,
        }
    }

    /// The plan for a closed period that ends at `last`: both sides of time (features of `_after` too).
    #[must_use]
    pub fn both(test_from: i64, last: i64, seed: u64) -> Self {
        let mut plan = Self::before(test_from, seed);
        plan.reaches.extend([Reach { before: 0, after: 7 * DAY }, Reach { before: 0, after: 28 * DAY }]);
        plan.calibrate_from = Some(test_from.saturating_sub(last.saturating_sub(test_from).max(1)));
        plan
    }

    /// Says which part of the plan is out of range.
    ///
    /// # Errors
    /// The first such part.
    pub fn check(&self) -> Result<(), RankError> {
        self.first.check()?;
        self.second.as_ref().map_or(Ok(()), Settings::check)?;
        let reaches = check_reaches(&self.reaches) && (self.second.is_none() || !self.reaches.is_empty());
        let checks = [
            ("blocks", (2..=16).contains(&self.blocks), "2 to 16"),
            ("reaches", reaches, "1 to 8 stretches of time, each at least 0"),
            ("above", (0.0..=1.0).contains(&self.above), "0 to 1"),
            ("columns", (1..=crate::COLUMNS_MAX).contains(&self.columns), "1 to 8192"),
            ("negatives", self.negatives > 0.0 && self.negatives <= 1e9, "a number above 0"),
            ("calibrate_from", self.calibrate_from.is_none_or(|from| from < self.test_from), "a time before the test"),
        ];
        match checks.into_iter().find(|(_, holds, _)| !holds) {
            Some((setting, _, range)) => Err(RankError::Setting { setting, range }),
            None => Ok(()),
        }
    }
}

pub(crate) fn check_reaches(reaches: &[Reach]) -> bool {
    let year = 0..=(1_i64 << 40);
    reaches.len() <= 8 && reaches.iter().all(|reach| year.contains(&reach.before) && year.contains(&reach.after))
}
