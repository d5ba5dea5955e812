//! Who can never be a subject, held by types.
//!
//! The only way to a [`Subject`] is [`ProtectedSet::admit`], and the only alert that leaves the program
//! ([`crate::Alert`]) is made of subjects. A party whom any record shows as victim, witness, worker, advertised person,
//! payer of a fee or ransom, or minor, and every account such a party holds, is in the set (design invariant 2; SG-031, SG-033).

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::SubjectType;

/// Why a party is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protected {
    /// An agency's case names them a victim.
    Victim,
    /// An agency's case names them a witness.
    Witness,
    /// An agency's case names them as who reported it.
    Reporter,
    /// Under 18 at the latest time the snapshot speaks of.
    Minor,
    /// The person an advert offers, or a worker, traveller or payer whom an indicator shows as exploited.
    Exploited,
}

/// The set of all that may not be a subject, by type and id.
#[derive(Clone, Debug, Default)]
pub struct ProtectedSet {
    members: BTreeMap<(SubjectType, String), Protected>,
}

impl ProtectedSet {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts something under protection. The first reason stays.
    pub fn protect(&mut self, subject_type: SubjectType, id: &str, reason: Protected) {
        self.members.entry((subject_type, id.to_owned())).or_insert(reason);
    }

    /// Why it is protected, if it is.
    #[must_use]
    pub fn reason(&self, subject_type: SubjectType, id: &str) -> Option<Protected> {
        self.members.get(&(subject_type, id.to_owned())).copied()
    }

    /// How many are protected.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Is nobody protected?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Everything under protection, in order.
    pub fn iter(&self) -> impl Iterator<Item = (SubjectType, &str, Protected)> {
        self.members.iter().map(|((subject_type, id), reason)| (*subject_type, id.as_str(), *reason))
    }

    /// The one door to being a subject.
    ///
    /// # Errors
    /// The reason for protection, when the thing is protected: the caller counts it and names nobody.
    pub fn admit(&self, subject_type: SubjectType, id: &str, role: &str, score: f64) -> Result<Subject, Protected> {
        match self.reason(subject_type, id) {
            Some(reason) => Err(reason),
            None => Ok(Subject { subject_type, id: id.to_owned(), role: role.to_owned(), score: score.clamp(0.0, 1.0) }),
        }
    }
}

/// Something an alert may name. Cannot be made but by [`ProtectedSet::admit`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Subject {
    #[serde(rename = "type")]
    subject_type: SubjectType,
    id: String,
    role: String,
    score: f64,
}

impl Subject {
    /// What it is.
    #[must_use]
    pub const fn subject_type(&self) -> SubjectType {
        self.subject_type
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its role in the pattern.
    #[must_use]
    pub fn role(&self) -> &str {
        &self.role
    }

    /// Share of the alert's evidence that speaks of it, 0..=1.
    #[must_use]
    pub const fn score(&self) -> f64 {
        self.score
    }
}
