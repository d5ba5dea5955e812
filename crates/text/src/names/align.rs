//! Weighted alignment of two spelled-out tokens: the cheapest way to read both as one name.

#![expect(clippy::indexing_slicing, reason = "numeric kernel over arrays of fixed length; every index is below LETTERS_MAX + 1")]

use super::costs::{COST_NEVER, Costs, REACH};
use super::units::{EMPTY_ARABIC, EMPTY_LATIN, LETTERS_MAX, NO_UNIT, Spelling};

/// Over every limit, and far from overflow.
const FAR: u32 = u32::MAX / 4;

/// What it costs that two neighbouring letters changed places, beside their own costs.
const SWAPPED: u32 = 20;

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
            if i > 1 && j > 1 {
                let crossed = [(a.one[i - 2], b.one[j - 1]), (a.one[i - 1], b.one[j - 2])];
                let cost = crossed.iter().map(|(left, right)| u32::from(costs.of(*left, *right))).sum::<u32>() + SWAPPED;
                let total = best[i - 2][j - 2].0.saturating_add(cost);
                if total < best[i][j].0 {
                    let cost = u8::try_from(cost).unwrap_or(COST_NEVER);
                    best[i][j] = (total, Some((2, 2, Step { left: a.one[i - 2], right: b.one[j - 1], cost })));
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
    let (n, m) = (usize::from(a.length).min(LETTERS_MAX), usize::from(b.length).min(LETTERS_MAX));
    let (empty_a, empty_b) = (empty_of(a), empty_of(b));
    let mut rows = [[FAR; LETTERS_MAX + 2]; 3];
    rows[0][1] = 0;
    let mut insert = [0_u32; LETTERS_MAX];
    let from_empty = costs.row(empty_a);
    for j in 0..m {
        insert[j] = u32::from(from_empty[usize::from(b.one[j])]);
        rows[0][j + 2] = rows[0][j + 1] + insert[j];
    }
    let mut above_min = 0;
    for i in 0..n {
        let [row, above, second] = rolled(&mut rows, i);
        let one = costs.row(a.one[i]);
        let two = (i > 0 && a.two[i - 1] != NO_UNIT).then(|| costs.row(a.two[i - 1]));
        let delete = u32::from(one[usize::from(empty_b)]);
        row[1] = above[1] + delete;
        let mut least = row[1];
        let (mut pair, mut letter_before) = (NO_UNIT, NO_UNIT);
        let one_before = costs.row(if i > 0 { a.one[i - 1] } else { NO_UNIT });
        for j in 0..m {
            let letter = usize::from(b.one[j]);
            // Letters that changed places; before the second letter column 0 or the first row is out of reach.
            let swapped = second[j] + u32::from(one[usize::from(letter_before)]) + u32::from(one_before[letter]) + SWAPPED;
            let mut cell = (above[j + 1] + u32::from(one[letter])).min(above[j + 2] + delete).min(row[j + 1] + insert[j]).min(swapped);
            if let Some(two) = two {
                cell = cell.min(second[j + 1] + u32::from(two[letter]));
                // Column 0 is out of reach, so a pair before the first letter never counts.
                cell = cell.min(second[j] + u32::from(two[usize::from(pair)]));
            }
            cell = cell.min(above[j] + u32::from(one[usize::from(pair)]));
            (pair, letter_before) = (b.two[j], b.one[j]);
            row[j + 2] = cell;
            least = least.min(cell);
        }
        if least > limit && above_min > limit {
            return None;
        }
        above_min = least;
    }
    let total = rows[n % 3][m + 1];
    (total <= limit).then_some(total)
}

/// The row to fill, the one above it and the one above that.
fn rolled(rows: &mut [[u32; LETTERS_MAX + 2]; 3], i: usize) -> [&mut [u32; LETTERS_MAX + 2]; 3] {
    let [first, second, third] = rows;
    match i % 3 {
        0 => [second, first, third],
        1 => [third, second, first],
        _ => [first, third, second],
    }
}

/// A lower bound of the cost: a letter none of whose units comes within reach of any letter of the other side costs at least [`REACH`],
/// since an operation that takes two letters is out of reach only from twice that cost on. `reach` is that of the other side's script.
#[inline]
pub(crate) fn lower_bound(reach: &[u64; 256], a: &Spelling, letters_b: u64) -> u32 {
    let (mut out_of_reach, mut before) = (0, 0);
    for (one, two) in a.ones().iter().zip(a.twos()) {
        let pair = reach[usize::from(*two)];
        out_of_reach += u32::from((reach[usize::from(*one)] | pair | before) & letters_b == 0);
        before = pair;
    }
    out_of_reach * u32::from(REACH)
}
