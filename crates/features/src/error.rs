//! What can be wrong with transfers or settings.

use thiserror::Error;

/// Why features cannot be computed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FeatureError {
    /// A setting is outside its range.
    #[error("setting `{setting}` is {value}; give {range}")]
    Setting {
        /// Which.
        setting: &'static str,
        /// What was given.
        value: i64,
        /// What is allowed.
        range: &'static str,
    },
    /// No feature was asked for.
    #[error("no feature family was asked for; name at least one")]
    NoFamily,
    /// A value of a transfer is outside its range.
    #[error("transfer `{id}`: {field} `{value}` is not within {range}")]
    Value {
        /// The transfer's id.
        id: u64,
        /// Which value.
        field: &'static str,
        /// What was given.
        value: i64,
        /// What is allowed.
        range: String,
    },
    /// Transfers are pushed in the order of (time, id).
    #[error("transfer `{id}` comes after one that is later; sort by (time, id), or use a stream with a horizon")]
    Order {
        /// The transfer's id.
        id: u64,
    },
    /// Columns of different lengths.
    #[error("column `{column}` has {found} rows, not {expected}")]
    Ragged {
        /// Which.
        column: &'static str,
        /// Rows of the first column.
        expected: usize,
        /// Its rows.
        found: usize,
    },
}

/// Why transfers cannot be sorted.
#[derive(Debug, Error)]
pub enum SortError {
    /// A run cannot be written.
    #[error("cannot write a sorted run: make room where temporary files go")]
    Write(#[source] std::io::Error),
    /// A run cannot be read.
    #[error("cannot read a sorted run")]
    Read(#[source] std::io::Error),
    /// A run does not hold what was written.
    #[error("a sorted run does not hold what was written to it; try again")]
    Broken,
    /// A transfer's name is too long.
    #[error("transfer `{id}`: its name is longer than 65536 bytes")]
    Name {
        /// The transfer's id.
        id: u64,
    },
}
