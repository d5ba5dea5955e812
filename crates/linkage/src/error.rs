//! What can go wrong, said so that it can be mended.

/// Why a table could not be linked.
#[derive(Debug, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum LinkageError {
    /// A header names a column twice.
    #[error("the column `{name}` is there twice: rename one")]
    ColumnTwice {
        /// The name.
        name: String,
    },
    /// A row has more or fewer values than there are columns.
    #[error("row {row} has {given} values where the header has {wanted}: mend the row or its quotes")]
    RowWidth {
        /// From 1.
        row: usize,
        /// Values given.
        given: usize,
        /// Values wanted.
        wanted: usize,
    },
    /// A comparison or key names a column that is not there.
    #[error("there is no column `{name}`: name one of the header's columns")]
    UnknownColumn {
        /// The name.
        name: String,
    },
    /// `swapped` must name two text comparisons of one part each.
    #[error("`{name}` is no text comparison of one column: `swapped` takes two of those")]
    UnknownComparison {
        /// The name.
        name: String,
    },
    /// No comparison, or too many.
    #[error("{given} comparisons are declared: declare 1 to 16")]
    Comparisons {
        /// How many.
        given: usize,
    },
    /// A comparison's parts or levels are too many or none.
    #[error("the comparison `{name}` must have one or two parts of at most 12 levels")]
    Parts {
        /// Its name.
        name: String,
    },
    /// Too many blocking expressions, or an empty rule.
    #[error("the blocking rules use {given} different keys, or one has none: use 1 to 32")]
    Expressions {
        /// How many.
        given: usize,
    },
    /// A judgement or label speaks of a row that is not there.
    #[error("there is no row {row}: rows are numbered from 0")]
    UnknownRow {
        /// The row.
        row: u32,
    },
    /// Parameters belong to another configuration.
    #[error("the parameters do not fit the configuration: {why}; train anew or use the configuration saved with them")]
    Parameters {
        /// What differs.
        why: String,
    },
    /// A saved state cannot be continued from, or not be written.
    #[error("the saved linkage cannot be used: {why}; take an older copy or link anew")]
    State {
        /// What is wrong.
        why: String,
    },
    /// Nothing to compare with: no usable column.
    #[error("no column can be compared: every column is empty, constant or a row number")]
    NothingToCompare,
}
