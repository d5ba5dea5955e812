use serde::Serialize;
use thiserror::Error;

/// Why a protocol is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EscalationError {
    /// Not TOML, a key that no protocol has, or a value of another type.
    #[error("the protocol does not read: {0}")]
    Form(String),
    /// Longer than any protocol may be.
    #[error("the protocol is longer than {0} bytes; split it, a protocol has one recipient")]
    Long(usize),
    /// A rule of specs/escalation-protocol.md, section 1 or 4.
    #[error("`{key}`: {why}")]
    Rule {
        /// Which key.
        key: &'static str,
        /// What would do.
        why: String,
    },
    /// A word that is not on its list.
    #[error("`{word}` is no {what}; one of: {known}")]
    Word {
        /// What was looked for.
        what: &'static str,
        /// What stood there.
        word: String,
        /// The list.
        known: String,
    },
}

/// One thing that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Missing {
    /// The rule, as a word for programs.
    pub rule: &'static str,
    /// What would do, for people. It repeats nothing of the content.
    pub says: String,
}

impl Missing {
    /// What is missing by a rule.
    #[must_use]
    pub fn new(rule: &'static str, says: impl Into<String>) -> Self {
        Self { rule, says: says.into() }
    }
}

/// A step that is not taken, and all that is missing for it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", .missing.iter().map(|one| one.says.as_str()).collect::<Vec<_>>().join("; "))]
pub struct Refusal {
    /// What is missing; never empty.
    pub missing: Vec<Missing>,
}

impl Refusal {
    pub(crate) fn one(rule: &'static str, says: impl Into<String>) -> Self {
        Self { missing: vec![Missing::new(rule, says)] }
    }

    /// Whether a rule is among what is missing.
    #[must_use]
    pub fn names(&self, rule: &str) -> bool {
        self.missing.iter().any(|one| one.rule == rule)
    }
}

/// `Ok` when nothing is missing.
pub(crate) fn none_missing(missing: Vec<Missing>) -> Result<(), Refusal> {
    if missing.is_empty() { Ok(()) } else { Err(Refusal { missing }) }
}

/// Notes what is missing unless a condition holds.
pub(crate) fn unless(holds: bool, missing: &mut Vec<Missing>, rule: &'static str, says: impl Into<String>) {
    if !holds {
        missing.push(Missing::new(rule, says));
    }
}
