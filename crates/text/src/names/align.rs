//! Weighted alignment of two spelled-out tokens: the cheapest way to read both as one name.

#![expect(clippy::indexing_slicing, reason = "numeric kernel over arrays of fixed length; every index is below LETTERS_MAX + 1")]

use super::costs::{COST_NEVER, Costs, REACH};
use super::units::{EMPTY_ARABIC, EMPTY_LATIN, LETTERS_MAX, NO_UNIT, Spelling};

/// Which empty unit stands opposite a unit of this spelling.
fn empty_of(spelling: &Spelling) -> u8 {
    if spelling.one[0] > EMPTY_LATIN { EMPTY_LATIN } else { EMPTY_ARABIC }
}

/// One operation of an alignment, for accounts: which letters stand against which, and the cost in sixteenths of a nat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The left unit; an empty unit when nothing stands there.
    pub left: u8,
    /// The right unit; an empty unit when nothing stands there.
    pub right: u8,
    /// What it costs.
    pub cost: u8,
}

/// The plain reference: the whole table, every operation, no bound. Cost in sixteenths of a nat and the steps.
#[must_use]
pub fn align_plain(a: &Spelling, b: &Spelling) -> (u32, Vec<Step>) {
    let costs = Costs::get();
    let (n, m) = (usize::from(a.length), usize::from(b.length));
    let (empty_a, empty_b) = (empty_of(a), empty_of(b));
    let mut best = vec![vec![(u32::MAX, None); m + 1]; n + 1];
    best[0][0] = (0, None);
    for i in 0..=n {
        for j in 0..=m {
            for (wide, high) in [(1, 1), (1, 0), (0, 1), (2, 1), (1, 2), (2, 2)] {
                if wide > i || high > j {
                    continue;
                }
                let left = [empty_a, a.one[i.saturating_sub(1)], a.two[i.saturating_sub(2)]][wide];
                let right = [empty_b, b.one[j.saturating_sub(1)], b.two[j.saturating_sub(2)]][high];
                let cost = if left == NO_UNIT || right == NO_UNIT { COST_NEVER } else { costs.of(left, right) };
                let total = best[i - wide][j - high].0.saturating_add(u32::from(cost));
                if total < best[i][j].0 {
                    best[i][j] = (total, Some((wide, high, Step { left, right, cost })));
                }
            }
        }
    }
    let mut steps = Vec::new();
    let (mut i, mut j) = (n, m);
    while let (_, Some((wide, high, step))) = best[i][j] {
        steps.push(step);
        (i, j) = (i - wide, j - high);
    }
    steps.reverse();
    (best[n][m].0, steps)
}

/// The cost of [`align_plain`] when it is at most `limit`, else `None`. Keeps three rows and stops as soon as two rows in a row are over the limit.
#[must_use]
pub(crate) fn align_within(costs: &Costs, a: &Spelling, b: &Spelling, limit: u32) -> Option<u32> {
    let (n, m) = (usize::from(a.length), usize::from(b.length));
    let (empty_a, empty_b) = (empty_of(a), empty_of(b));
    let mut rows = [[u32::MAX / 2; LETTERS_MAX + 1]; 3];
    rows[0][0] = 0;
    let mut insert = [0_u32; LETTERS_MAX];
    for j in 0..m {
        insert[j] = u32::from(costs.of(empty_a, b.one[j]));
        rows[0][j + 1] = rows[0][j] + insert[j];
    }
    let mut above_min = 0;
    for i in 0..n {
        let [row, above, second] = rolled(&mut rows, i);
        let (one, two) = (a.one[i], if i > 0 { a.two[i - 1] } else { NO_UNIT });
        let delete = u32::from(costs.of(one, empty_b));
        row[0] = above[0] + delete;
        let mut least = row[0];
        for j in 0..m {
            let letter = b.one[j];
            let mut cell = (above[j] + u32::from(costs.of(one, letter))).min(above[j + 1] + delete).min(row[j] + insert[j]);
            if two != NO_UNIT {
                cell = cell.min(second[j] + u32::from(costs.of(two, letter)));
            }
            if j > 0 && b.two[j - 1] != NO_UNIT {
                cell = cell.min(above[j - 1] + u32::from(costs.of(one, b.two[j - 1])));
                if two != NO_UNIT {
                    cell = cell.min(second[j - 1] + u32::from(costs.of(two, b.two[j - 1])));
                }
            }
            row[j + 1] = cell;
            least = least.min(cell);
        }
        if least > limit && above_min > limit {
            return None;
        }
        above_min = least;
    }
    let total = rows[n % 3][m];
    (total <= limit).then_some(total)
}

/// The row to fill, the one above it and the one above that.
fn rolled(rows: &mut [[u32; LETTERS_MAX + 1]; 3], i: usize) -> [&mut [u32; LETTERS_MAX + 1]; 3] {
    let [first, second, third] = rows;
    match i % 3 {
        0 => [second, first, third],
        1 => [third, second, first],
        _ => [first, third, second],
    }
}

/// A lower bound of the cost: a letter none of whose units comes near any letter of the other side costs at least half of [`REACH`],
/// since an operation covers at most two letters.
pub(crate) fn lower_bound(costs: &Costs, a: &Spelling, letters_b: u64, b_is_latin: bool) -> u32 {
    let mut out_of_reach = 0;
    for i in 0..usize::from(a.length) {
        let before = if i > 0 { costs.reach(a.two[i - 1], b_is_latin) } else { 0 };
        let reached = costs.reach(a.one[i], b_is_latin) | costs.reach(a.two[i], b_is_latin) | before;
        out_of_reach += u32::from(reached & letters_b == 0);
    }
    out_of_reach * u32::from(REACH / 2)
}
