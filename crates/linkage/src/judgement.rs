//! What people decided about pairs of rows: appended, never removed, never undone by a run.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::LinkageError;

/// What a person decided about two rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// They are the same.
    Same,
    /// They are not, and never become so by way of others.
    Apart,
}

/// A decision about two rows. Of several on one pair the last holds; the earlier ones stay on record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judgement {
    /// One row.
    pub left: u32,
    /// The other row.
    pub right: u32,
    /// What was decided.
    pub verdict: Verdict,
    /// Who decided.
    pub by: String,
    /// When, as text of the caller's clock.
    pub at: String,
    /// What was looked at: comparison, left value, right value.
    pub compared: Vec<(String, String, String)>,
}

/// A pair known to be of one person or not, from which m is learnt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// One row.
    pub left: u32,
    /// The other row.
    pub right: u32,
    /// Whether both are the same.
    pub same: bool,
}

/// The judgements in force, by row.
#[derive(Debug, Default)]
pub(crate) struct Rulings {
    pairs: Vec<(u32, u32, Verdict)>,
    known: FxHashMap<(u32, u32), usize>,
    by_row: FxHashMap<u32, Vec<usize>>,
}

impl Rulings {
    pub(crate) fn new(judgements: &[Judgement], rows: usize) -> Result<Self, LinkageError> {
        let mut out = Self::default();
        judgements.iter().try_for_each(|j| out.push(j, rows))?;
        Ok(out)
    }

    /// Takes in one more; of several on one pair the last holds.
    pub(crate) fn push(&mut self, judgement: &Judgement, rows: usize) -> Result<(), LinkageError> {
        let (low, high) = (judgement.left.min(judgement.right), judgement.left.max(judgement.right));
        if high as usize >= rows || low == high {
            return Err(LinkageError::UnknownRow { row: high });
        }
        let next = self.pairs.len();
        let at = *self.known.entry((low, high)).or_insert(next);
        if let Some(pair) = self.pairs.get_mut(at) {
            pair.2 = judgement.verdict;
            return Ok(());
        }
        for row in [low, high] {
            self.by_row.entry(row).or_default().push(next);
        }
        self.pairs.push((low, high, judgement.verdict));
        Ok(())
    }

    /// Pairs judged the same.
    pub(crate) fn same(&self) -> impl Iterator<Item = (u32, u32)> {
        self.pairs.iter().filter(|p| p.2 == Verdict::Same).map(|p| (p.0, p.1))
    }

    /// Judgements with this verdict between two of `rows` (in order), as positions within them.
    pub(crate) fn within(&self, rows: &[u32], verdict: Verdict) -> Vec<(usize, usize)> {
        if self.pairs.is_empty() {
            return Vec::new();
        }
        let mut at: Vec<usize> = rows.iter().filter_map(|r| self.by_row.get(r)).flatten().copied().collect();
        at.sort_unstable();
        at.dedup();
        let pairs = at.into_iter().filter_map(|i| self.pairs.get(i)).filter(|p| p.2 == verdict);
        pairs.filter_map(|p| Some((rows.binary_search(&p.0).ok()?, rows.binary_search(&p.1).ok()?))).collect()
    }
}
