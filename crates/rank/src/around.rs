//! Scores of the transfers around each transfer: a second reading, in which a transfer between two accounts that both stand in
//! suspicious motifs weighs more (stacked generalisation on a graph; Wolpert 1992, Cohen & Carvalho 2005).

use serde::{Deserialize, Serialize};

use crate::RankError;
use crate::matrix::Named;

/// Which transfers are looked at, in the unit of the times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// So far back, at least 0.
    pub before: i64,
    /// So far ahead, at least 0; 0 for ranking while money moves.
    pub after: i64,
}

/// Who paid whom when: one entry a row.
#[derive(Clone, Copy, Debug)]
pub struct Ends<'a> {
    /// Payers; `u32::MAX` is nobody the transfers are about (the world outside).
    pub from: &'a [u32],
    /// Payees, in the same way.
    pub to: &'a [u32],
    /// Times, any unit.
    pub times: &'a [i64],
}

/// Stands for the world outside.
const NOBODY: u32 = u32::MAX;
/// So many transfers of an account are looked at before a moment, and as many from then on: the nearest.
pub const NEAREST_MAX: usize = 256;

/// What one end of a transfer shows in one direction.
const STEMS: [&str; 4] = ["mean", "max", "second", "above"];

/// Columns on the probabilities of other transfers near in time: for each end (`from`, `to`) and direction (`out`, `in`), of the
/// transfers other than those between the same two accounts in the same direction: mean, greatest, second greatest, and the sum of
/// those above `above`. NaN where there is none. Then the same three for the pair itself, without the row.
///
/// Transfers with the world outside are not looked at; their own rows are given what the account on the other end shows. Of a busy account the
/// [`NEAREST_MAX`] nearest before the row's time and as many from then on are looked at. Rows of the same time count as before. `probabilities` of rows that the first reading was trained on must come from a model that did not
/// see them.
///
/// # Errors
/// [`RankError::Rows`] for different lengths.
pub fn around(ends: Ends<'_>, probabilities: &[f64], reach: Reach, above: f64) -> Result<Vec<Named>, RankError> {
    let rows = probabilities.len();
    for (what, found) in [("the payers", ends.from.len()), ("the payees", ends.to.len()), ("the times", ends.times.len())] {
        if found != rows {
            return Err(RankError::Rows { what: what.into(), found, wanted: rows });
        }
    }
    let (out, into) = (Index::new(ends.from, ends), Index::new(ends.to, ends));
    let mut columns = Vec::new();
    for (end, account) in [("from", ends.from), ("to", ends.to)] {
        for (direction, index) in [("out", &out), ("in", &into)] {
            let mut values: [Vec<f32>; 4] = std::array::from_fn(|_| Vec::with_capacity(rows));
            for (row, account) in account.iter().enumerate() {
                let pair = |other: usize| ends.from.get(other) == ends.from.get(row) && ends.to.get(other) == ends.to.get(row);
                let near = index.near(*account, ends.times, row, reach).filter(|other| !pair(*other));
                push(&mut values, summary(near, probabilities, above));
            }
            columns.extend(named(&format!("around_{end}_{direction}"), values));
        }
    }
    let mut values: [Vec<f32>; 4] = std::array::from_fn(|_| Vec::with_capacity(rows));
    for (row, account) in ends.from.iter().enumerate() {
        let same = |other: &usize| *other != row && ends.to.get(*other) == ends.to.get(row);
        push(&mut values, summary(out.near(*account, ends.times, row, reach).filter(same), probabilities, above));
    }
    columns.extend(named("around_pair", values));
    Ok(columns)
}

fn push(values: &mut [Vec<f32>; 4], row: [f64; 4]) {
    for (values, value) in values.iter_mut().zip(row) {
        values.push(value as f32);
    }
}

fn named(stem: &str, values: [Vec<f32>; 4]) -> impl Iterator<Item = Named> + '_ {
    STEMS.iter().zip(values).map(move |(word, values)| Named { name: format!("{stem}_{word}"), family: "around".into(), values })
}

fn summary(rows: impl Iterator<Item = usize>, probabilities: &[f64], above: f64) -> [f64; 4] {
    let (mut count, mut sum, mut high) = (0_u64, 0.0, 0.0);
    let mut top = (f64::NAN, f64::NAN);
    for p in rows.filter_map(|row| probabilities.get(row).copied()) {
        count += 1;
        sum += p;
        high += if p > above { p } else { 0.0 };
        if top.0.is_nan() || p > top.0 {
            top = (p, top.0);
        } else if top.1.is_nan() || p > top.1 {
            top.1 = p;
        }
    }
    if count == 0 { [f64::NAN; 4] } else { [sum / count as f64, top.0, top.1, high] }
}

/// Rows by account, then time, then row.
struct Index {
    rows: Vec<(u32, i64, usize)>,
}

impl Index {
    /// Of transfers between accounts.
    fn new(accounts: &[u32], ends: Ends<'_>) -> Self {
        let both = ends.from.iter().zip(ends.to).zip(ends.times).zip(accounts).enumerate();
        let mut rows: Vec<(u32, i64, usize)> = both
            .filter(|(_, (((from, to), _), _))| **from != NOBODY && **to != NOBODY)
            .map(|(row, ((_, time), account))| (*account, *time, row))
            .collect();
        rows.sort_unstable();
        Self { rows }
    }

    fn near(&self, account: u32, times: &[i64], row: usize, reach: Reach) -> impl Iterator<Item = usize> + '_ {
        let time = times.get(row).copied().unwrap_or_default();
        let (first, last) = (time.saturating_sub(reach.before.max(0)), time.saturating_add(reach.after.max(0)));
        let to = |end: i64, with: bool| {
            self.rows.partition_point(|(other, at, _)| (*other, *at) < (account, end) || (with && (*other, *at) == (account, end)))
        };
        let here = to(time, false);
        let (low, high) = (to(first, false).max(here.saturating_sub(NEAREST_MAX)), to(last, true).min(here.saturating_add(NEAREST_MAX)));
        self.rows.get(low..high).unwrap_or_default().iter().map(|(_, _, row)| *row)
    }
}
