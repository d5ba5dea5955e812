//! Small cells are not published, and neither is what they could be worked out from (SG-039).
//!
//! A table has groups as rows and the stages of a funnel as columns, each stage a part of the one before it. What somebody can work out is
//! not only a cell: also how many of a group left between two stages, and what is hidden in a column when its total is known.

use serde::{Deserialize, Serialize};
use tributary_ledger::report::K_MIN;

/// The smallest number of people or cases that is published (CTDC's k of 11).
pub const SMALLEST: u64 = K_MIN;

/// A table as it is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppressed {
    /// The cells; none where a number is not published.
    pub rows: Vec<Vec<Option<u64>>>,
    /// The sums over all rows; none where a cell of the column is hidden.
    pub totals: Vec<Option<u64>>,
}

/// Whether a group of this size may be told of: nobody, or enough.
const fn safe(size: u64) -> bool {
    size == 0 || size >= SMALLEST
}

/// A row: each stage is shown as long as it is large enough, and so is what left before it. After the first hidden stage nothing is shown.
fn row(counts: &[u64]) -> Vec<Option<u64>> {
    let mut open = true;
    let mut before: Option<u64> = None;
    counts
        .iter()
        .map(|&count| {
            // No number is shown for an empty first stage: that nobody is there can be as telling as that somebody is.
            open &= count >= SMALLEST && before.is_none_or(|before| count <= before && safe(before - count));
            before = Some(count);
            open.then_some(count)
        })
        .collect()
}

/// Suppresses a table of nested counts: rows of equal length, each stage no larger than the one before. A row that is not nested is hidden.
/// A total is published where every cell under it is: next to a hidden cell it would tell it, or narrow it down.
#[must_use]
pub fn suppress(counts: &[Vec<u64>]) -> Suppressed {
    let rows: Vec<Vec<Option<u64>>> = counts.iter().map(|counts| row(counts)).collect();
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let total = |column: usize| rows.iter().map(|row| row.get(column).copied().flatten()).sum::<Option<u64>>();
    let totals = (0..width).map(total).collect();
    Suppressed { rows, totals }
}
