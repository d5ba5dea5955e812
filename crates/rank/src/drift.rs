//! Do new data still look like those the probabilities were learned on?

use serde::{Deserialize, Serialize};

use crate::RankError;
use crate::matrix::Named;
use crate::model::VERSION;

/// Classes a column is cut into, beside the one for missing values.
const CLASSES: usize = 10;
/// A share is never taken below this: the index of an empty class stays finite.
const SHARE_LEAST: f64 = 1e-4;
/// Below this many rows no verdict is given.
const ROWS_LEAST: u64 = 100;

/// When drift is too much.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Index above which a column or the score is watched; 0.1 by custom (Siddiqi 2006).
    pub watch: f64,
    /// Index above which it has shifted; 0.25 by the same custom.
    pub shift: f64,
    /// Abstain when columns that carry more than this share of the ranking have shifted.
    pub carried: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { watch: 0.1, shift: 0.25, carried: 0.25 }
    }
}

/// How far a distribution has moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As it was.
    Stable,
    /// To be watched.
    Watch,
    /// Another distribution.
    Shifted,
}

/// The distribution of one column in the reference period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Profile {
    /// Inner cuts, ascending; a value equal to a cut is above it.
    cuts: Vec<f64>,
    /// Rows of each class, the last one holding missing values.
    counts: Vec<u64>,
}

impl Profile {
    pub(crate) fn of(values: &[f64]) -> Self {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let mut cuts: Vec<f64> = (1..CLASSES).filter_map(|class| sorted.get(sorted.len() * class / CLASSES).copied()).collect();
        cuts.dedup();
        // A cut at the least value would leave the class below it empty.
        cuts.retain(|cut| sorted.first().is_some_and(|least| cut > least));
        if let (Some(least), true) = (sorted.first(), cuts.is_empty()) {
            // Nine tenths or more are one value: it is a class, what is below and above are others.
            cuts = vec![*least, least.next_up()];
        }
        let mut profile = Self { counts: vec![0; cuts.len() + 2], cuts };
        profile.counts = profile.count(values);
        profile
    }

    fn count(&self, values: &[f64]) -> Vec<u64> {
        let mut counts = vec![0; self.counts.len()];
        for value in values {
            let class = if value.is_nan() { self.cuts.len() + 1 } else { self.cuts.partition_point(|cut| cut <= value) };
            if let Some(count) = counts.get_mut(class) {
                *count += 1;
            }
        }
        counts
    }

    /// The index of new values against this profile, and what chance alone gives on average: (classes − 1) × (1/n + 1/m).
    pub(crate) fn index(&self, values: &[f64]) -> (f64, f64) {
        let counts = self.count(values);
        let used = self.counts.iter().zip(&counts).filter(|(old, new)| **old + **new > 0).count();
        let (old, new) = (self.counts.iter().sum::<u64>().max(1) as f64, (values.len() as f64).max(1.0));
        (stability(&self.counts, &counts), used.saturating_sub(1) as f64 * (1.0 / old + 1.0 / new))
    }

    pub(crate) fn check(&self) -> Result<(), RankError> {
        let holds = self.cuts.len() < CLASSES
            && self.counts.len() == self.cuts.len() + 2
            && self.cuts.iter().all(|cut| cut.is_finite())
            && self.cuts.is_sorted_by(|a, b| a < b);
        if holds { Ok(()) } else { Err(RankError::Model { version: VERSION, why: "a profile for drift does not hold".into() }) }
    }
}

/// Population stability index: Σ (new − old) ln(new / old) over the shares of classes. 0 for equal shares.
#[must_use]
pub fn stability(old: &[u64], new: &[u64]) -> f64 {
    let shares = |counts: &[u64]| -> Vec<f64> {
        let all = counts.iter().sum::<u64>().max(1) as f64;
        counts.iter().map(|count| (*count as f64 / all).max(SHARE_LEAST)).collect()
    };
    shares(old).iter().zip(shares(new)).map(|(old, new)| (new - old) * (new / old).ln()).sum()
}

/// What the model watches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Monitor {
    pub(crate) limits: Limits,
    pub(crate) score: Profile,
    /// One for each column of the model's schema.
    pub(crate) columns: Vec<Profile>,
    /// Share of the ranking that each column carries; sums to 1, or is 0 everywhere.
    pub(crate) carried: Vec<f64>,
}

/// Drift of one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnDrift {
    /// The column.
    pub name: String,
    /// Population stability index.
    pub index: f64,
    /// How far it has moved, beyond what chance gives in so many rows.
    pub level: Level,
    /// Share of the ranking that it carries.
    pub carried: f64,
}

/// Drift of new data against the reference period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// Rows looked at.
    pub rows: u64,
    /// Index of the score.
    pub score: f64,
    /// How far the score has moved.
    pub level: Level,
    /// Columns by name.
    pub columns: Vec<ColumnDrift>,
    /// Share of the ranking carried by columns that have shifted.
    pub shifted: f64,
    /// Why the ranking should not be used on these rows; none when it may be.
    pub abstain: Option<String>,
}

impl Monitor {
    /// `values` gives the values of a column of the schema by its number.
    pub(crate) fn drift<'a>(&self, names: impl Iterator<Item = &'a str>, scores: &[f64], columns: &[&Named]) -> Drift {
        let level = |(index, chance): (f64, f64)| match index - chance {
            excess if excess > self.limits.shift => Level::Shifted,
            excess if excess > self.limits.watch => Level::Watch,
            _ => Level::Stable,
        };
        let score = self.score.index(scores);
        let column = |(((name, profile), column), carried): (((&str, &Profile), &&Named), &f64)| {
            let values: Vec<f64> = column.values.iter().map(|value| f64::from(*value)).collect();
            let index = profile.index(&values);
            ColumnDrift { name: name.to_owned(), index: index.0, level: level(index), carried: *carried }
        };
        let columns: Vec<ColumnDrift> = names.zip(&self.columns).zip(columns).zip(&self.carried).map(column).collect();
        let shifted: f64 = columns.iter().filter(|column| column.level == Level::Shifted).map(|column| column.carried).sum();
        let rows = scores.len() as u64;
        let abstain = self.verdict(rows, score.0, level(score), shifted);
        Drift { rows, score: score.0, level: level(score), columns, shifted, abstain }
    }

    fn verdict(&self, rows: u64, score: f64, level: Level, shifted: f64) -> Option<String> {
        let Limits { shift, carried, .. } = self.limits;
        if rows < ROWS_LEAST {
            return None;
        }
        if level == Level::Shifted {
            return Some(format!("the score has shifted: stability index {score:.3}, limit {shift}; train again on newer labels"));
        }
        (shifted > carried).then(|| {
            format!(
                "columns that carry {:.0} % of the ranking have shifted, limit {:.0} %; train again on newer labels",
                shifted * 100.0,
                carried * 100.0
            )
        })
    }
}
