//! Periods: what is learned comes before what it is measured on.

use serde::{Deserialize, Serialize};

use crate::RankError;

/// Four periods, one after the other; a row belongs to one by its time alone. Rows of the same time are never parted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// Rows before are learned from.
    pub stop_from: i64,
    /// Rows from `stop_from` on and before this say when to stop adding trees.
    pub calibrate_from: i64,
    /// Rows from `calibrate_from` on and before this give probabilities and the threshold.
    pub test_from: i64,
}

/// A period of a [`Split`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// Learned from.
    Fit,
    /// Says when to stop.
    Stop,
    /// Gives probabilities and the threshold.
    Calibrate,
    /// Only measured on.
    Test,
}

impl Split {
    /// Periods that hold about these shares of the rows, the rest being for the test.
    ///
    /// # Errors
    /// [`RankError::Setting`] when shares are not above 0 or leave nothing for the test; [`RankError::Split`] when there are too few
    /// different times.
    pub fn shares(times: &[i64], fit: f64, stop: f64, calibrate: f64) -> Result<Self, RankError> {
        let whole = fit + stop + calibrate;
        if !(fit > 0.0 && stop > 0.0 && calibrate > 0.0 && whole < 1.0) {
            return Err(RankError::Setting { setting: "split", range: "shares above 0 that sum to less than 1" });
        }
        let sorted = sorted(times);
        Self { stop_from: at(&sorted, fit), calibrate_from: at(&sorted, fit + stop), test_from: at(&sorted, whole) }.checked()
    }

    /// The test begins at `test_from`; of the rows before, the latest fifth calibrates and the fifth before it stops.
    ///
    /// # Errors
    /// [`RankError::Split`] when there are too few different times before.
    pub fn until(times: &[i64], test_from: i64) -> Result<Self, RankError> {
        let mut sorted = sorted(times);
        sorted.truncate(sorted.partition_point(|time| *time < test_from));
        Self { stop_from: at(&sorted, 0.6), calibrate_from: at(&sorted, 0.8), test_from }.checked()
    }

    /// The split, when its times ascend.
    ///
    /// # Errors
    /// [`RankError::Split`].
    pub fn checked(self) -> Result<Self, RankError> {
        let Self { stop_from: stop, calibrate_from: calibrate, test_from: test } = self;
        if stop < calibrate && calibrate < test { Ok(self) } else { Err(RankError::Split { stop, calibrate, test }) }
    }

    /// Which period a time is in.
    #[must_use]
    pub const fn period(&self, time: i64) -> Period {
        match time {
            t if t < self.stop_from => Period::Fit,
            t if t < self.calibrate_from => Period::Stop,
            t if t < self.test_from => Period::Calibrate,
            _ => Period::Test,
        }
    }
}

fn sorted(times: &[i64]) -> Vec<i64> {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted
}

/// The time at this share of the rows.
fn at(sorted: &[i64], share: f64) -> i64 {
    let row = (sorted.len() as f64 * share) as usize;
    sorted.get(row.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}
