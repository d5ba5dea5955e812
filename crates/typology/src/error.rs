//! Why a set of packs does not load: one variant a rule, so that a reader knows which promise was broken.

use std::fmt;

/// Where in the packs a problem stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// File, relative to the packs folder.
    pub file: String,
    /// Indicator or block, when the problem is inside one.
    pub block: Option<String>,
}

impl At {
    /// A file as a whole.
    #[must_use]
    pub fn file(file: &str) -> Self {
        Self { file: file.to_owned(), block: None }
    }

    /// One block of a file.
    #[must_use]
    pub fn block(file: &str, block: &str) -> Self {
        Self { file: file.to_owned(), block: Some(block.to_owned()) }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.block {
            Some(block) => write!(f, "`{block}` in `{}`", self.file),
            None => write!(f, "`{}`", self.file),
        }
    }
}

/// A rule that a pack breaks. `found` is the offending text of the pack, `problem` says what is wrong and the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the three fields mean the same in every variant and are described on the type")]
pub enum PackError {
    /// The file is not the TOML or JSON that is expected.
    #[error("{at} cannot be read: {found}: {problem}")]
    Syntax { at: At, found: String, problem: &'static str },
    /// The SQL is not one plain `SELECT` over the enriched tables.
    #[error("{at}: sql: `{found}`: {problem}")]
    Sql { at: At, found: String, problem: &'static str },
    /// R1.
    #[error("{at} breaks R1 (no lone trigger): `{found}`: {problem}")]
    LoneTrigger { at: At, found: String, problem: &'static str },
    /// R2.
    #[error("{at} breaks R2 (no protected trait): `{found}`: {problem}")]
    ProtectedTrait { at: At, found: String, problem: &'static str },
    /// R3.
    #[error("{at} breaks R3 (flag the controller): `{found}`: {problem}")]
    WrongSubject { at: At, found: String, problem: &'static str },
    /// R4.
    #[error("{at} breaks R4 (context only): `{found}`: {problem}")]
    ContextOnly { at: At, found: String, problem: &'static str },
    /// R5.
    #[error("{at} breaks R5 (parameters and labels): `{found}`: {problem}")]
    Parameter { at: At, found: String, problem: &'static str },
    /// R6.
    #[error("{at} breaks R6 (benign hypotheses): `{found}`: {problem}")]
    Benign { at: At, found: String, problem: &'static str },
    /// R7.
    #[error("{at} breaks R7 (humanitarian suppressors): `{found}`: {problem}")]
    Suppressor { at: At, found: String, problem: &'static str },
    /// R8.
    #[error("{at} breaks R8 (abstain below the floor): `{found}`: {problem}")]
    Abstention { at: At, found: String, problem: &'static str },
    /// R9.
    #[error("{at} breaks R9 (source echo): `{found}`: {problem}")]
    Lineage { at: At, found: String, problem: &'static str },
    /// R10.
    #[error("{at} breaks R10 (versioning): `{found}`: {problem}")]
    Versioning { at: At, found: String, problem: &'static str },
}

impl PackError {
    /// The rule's name, `R1` to `R10`, or `syntax` or `sql`.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "syntax",
            Self::Sql { .. } => "sql",
            Self::LoneTrigger { .. } => "R1",
            Self::ProtectedTrait { .. } => "R2",
            Self::WrongSubject { .. } => "R3",
            Self::ContextOnly { .. } => "R4",
            Self::Parameter { .. } => "R5",
            Self::Benign { .. } => "R6",
            Self::Suppressor { .. } => "R7",
            Self::Abstention { .. } => "R8",
            Self::Lineage { .. } => "R9",
            Self::Versioning { .. } => "R10",
        }
    }
}
