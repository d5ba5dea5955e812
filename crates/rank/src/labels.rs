//! What was decided about a row, and by whom. An outcome that nobody reviewed has no way to become a label (SG-105).
//!
//! ```compile_fail
//! use tributary_rank::{Labels, Unreviewed};
//! let mut labels = Labels::new(1);
//! labels.set(0, Unreviewed::new(true)); // an alert that a rule or a model raised is no label
//! ```

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::RankError;

/// That somebody looked: who, and when.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Review {
    by: String,
    at: i64,
}

impl Review {
    /// A review by a named reviewer at a time, seconds since 1970.
    ///
    /// # Errors
    /// [`RankError::Reviewer`] when nobody is named.
    pub fn new(by: &str, at: i64) -> Result<Self, RankError> {
        let by = by.trim();
        if by.is_empty() || by.len() > 128 || by.chars().any(char::is_control) {
            return Err(RankError::Reviewer);
        }
        Ok(Self { by: by.to_owned(), at })
    }

    /// Who.
    #[must_use]
    pub fn by(&self) -> &str {
        &self.by
    }

    /// When, seconds since 1970.
    #[must_use]
    pub const fn at(&self) -> i64 {
        self.at
    }
}

/// Where a label comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provenance {
    /// A person reviewed the outcome.
    Reviewed(Review),
    /// A labelled set of this name, for measurement.
    LabelledSet(String),
}

/// An outcome that may be learned from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    positive: bool,
    provenance: Provenance,
}

/// An outcome as a system recorded it: an alert that was raised, a report that was filed, a case that lapsed. It becomes a label by
/// review alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreviewed {
    positive: bool,
}

impl Unreviewed {
    /// What the system recorded.
    #[must_use]
    pub const fn new(positive: bool) -> Self {
        Self { positive }
    }

    /// The reviewer confirms what was recorded.
    #[must_use]
    pub const fn confirmed(self, review: Review) -> Label {
        Label { positive: self.positive, provenance: Provenance::Reviewed(review) }
    }

    /// The reviewer finds the opposite.
    #[must_use]
    pub const fn overturned(self, review: Review) -> Label {
        Label { positive: !self.positive, provenance: Provenance::Reviewed(review) }
    }
}

/// One label, or none, for each row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Labels {
    values: Vec<Option<(bool, u32)>>,
    provenances: Vec<Provenance>,
    numbers: BTreeMap<Provenance, u32>,
}

impl Labels {
    /// No row is labelled yet.
    #[must_use]
    pub fn new(rows: usize) -> Self {
        Self { values: vec![None; rows], ..Self::default() }
    }

    /// All rows of a labelled set; `None` where it says nothing.
    #[must_use]
    pub fn of_set(name: &str, values: &[Option<bool>]) -> Self {
        let provenance = Provenance::LabelledSet(name.to_owned());
        let values = values.iter().map(|value| value.map(|positive| (positive, 0))).collect();
        Self { values, numbers: BTreeMap::from([(provenance.clone(), 0)]), provenances: vec![provenance] }
    }

    /// Labels a row; a later label replaces an earlier one. A row beyond the last is not taken: the answer is false.
    pub fn set(&mut self, row: usize, label: Label) -> bool {
        let next = self.provenances.len() as u32;
        let number = *self.numbers.entry(label.provenance.clone()).or_insert(next);
        if number == next {
            self.provenances.push(label.provenance);
        }
        match self.values.get_mut(row) {
            Some(value) => {
                *value = Some((label.positive, number));
                true
            }
            None => false,
        }
    }

    /// How many rows, labelled or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Is there no row?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Is the row positive? `None` when it is not labelled.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<bool> {
        self.values.get(row).copied().flatten().map(|(positive, _)| positive)
    }

    /// Where the labels come from, counted.
    #[must_use]
    pub fn sources(&self) -> Sources {
        let mut sources = Sources::default();
        let mut reviewers = BTreeSet::new();
        for (_, number) in self.values.iter().flatten() {
            match self.provenances.get(*number as usize) {
                Some(Provenance::Reviewed(review)) => {
                    sources.reviewed += 1;
                    reviewers.insert(review.by());
                    sources.latest_review = sources.latest_review.max(Some(review.at()));
                }
                Some(Provenance::LabelledSet(name)) => *sources.sets.entry(name.clone()).or_default() += 1,
                None => {}
            }
        }
        sources.reviewers = reviewers.len() as u64;
        sources
    }
}

/// Where the labels of a model come from (SG-105). Reviewers are counted, not named: the judgements' journal names them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sources {
    /// Labels that a person reviewed.
    pub reviewed: u64,
    /// By how many persons.
    pub reviewers: u64,
    /// The latest of those reviews, seconds since 1970.
    pub latest_review: Option<i64>,
    /// Labels from sets, by the set's name.
    pub sets: BTreeMap<String, u64>,
}
