//! Where an observation came from, on what legal basis, for what purpose, and how it is graded.

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::{Table, Timestamp};

/// Names one observation for good: table, batch and the row number in the source file (1 is the first row after the header).
///
/// The text form is `table/batch/row`, e.g. `transfers/9f1c2ab34d5e/1042`; the batch is the first 12 hex digits of the
/// SHA-256 of what was ingested, so the same file gives the same ids anywhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObservationId(String);

impl ObservationId {
    /// Builds the id from its parts.
    #[must_use]
    pub fn new(table: Table, batch: &str, row: u64) -> Self {
        Self(format!("{table}/{batch}/{row}"))
    }

    /// Takes an id that the lake wrote.
    #[must_use]
    pub const fn from_text(text: String) -> Self {
        Self(text)
    }

    /// The text form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObservationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How far the source can be relied on (UK 3x5x2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum SourceGrade {
    /// Reliable.
    #[serde(rename = "1")]
    Reliable,
    /// Untested.
    #[serde(rename = "2")]
    Untested,
    /// Not reliable.
    #[serde(rename = "3")]
    NotReliable,
}

/// How far the information can be relied on (UK 3x5x2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum InformationGrade {
    /// Known directly.
    A,
    /// Known indirectly but corroborated.
    B,
    /// Known indirectly.
    C,
    /// Not known.
    D,
    /// Suspected to be false.
    E,
}

/// May it be passed on (UK 3x5x2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "GradedHandling"))]
pub enum Handling {
    /// May be shared under standard conditions.
    P,
    /// Conditions apply.
    C,
}

/// Source, information and handling, each graded on its own (SG-050). There is no default: an ungraded item is not entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Grading {
    /// Grade of the source.
    pub source: SourceGrade,
    /// Grade of the information.
    pub information: InformationGrade,
    /// Handling code.
    pub handling: Handling,
}

/// Source of what nobody declared a source for. It is never independent of anything: whose it is, is not known.
pub const UNDECLARED: &str = "undeclared";

/// What every batch of observations must say of itself (SG-001). All fields are required and none has a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Who supplied it: the unit of independence between sources.
    pub source: String,
    /// When it was taken in.
    pub collected_at: Timestamp,
    /// Code of the legal basis.
    pub legal_basis: String,
    /// Code of the purpose.
    pub purpose: String,
    /// Grade at entry.
    pub grading: Grading,
}
