//! Why a file as a whole was refused. Nothing of it is taken in then.

use crate::limits::Limits;
use crate::mapping::MappingError;
use crate::plan::PlanError;
use crate::quarantine::QuarantineEntry;

/// Why a file as a whole was refused.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// No bytes, or only white space.
    #[error("the file is empty: a table file has a header row, or one JSON object on each line")]
    Empty,
    /// A container that is not read.
    #[error("the file is {kind}, which is not read: unpack it, or pack it again with gzip or zstd")]
    Container {
        /// What it is.
        kind: &'static str,
    },
    /// Compressed data that ends too early.
    #[error("the file ends in the middle of its {kind} data: copy it again from its source")]
    Truncated {
        /// What it is.
        kind: &'static str,
    },
    /// More bytes after the end of packed data.
    #[error("the file goes on after the end of its {kind} data with bytes that are not {kind}: cut them off, or copy the file again from its source")]
    Trailing {
        /// What it is.
        kind: &'static str,
    },
    /// Data that its format's reader does not understand.
    #[error("the file's {kind} data is damaged ({message}): copy it again from its source")]
    Damaged {
        /// What it is.
        kind: &'static str,
        /// What the reader said.
        message: String,
    },
    /// More comes out than is allowed.
    #[error("the file unpacks to more than {limit} bytes{ratio}: raise the limit if you trust it", ratio = if *.by_ratio { " for its size" } else { "" })]
    Bomb {
        /// The bound that was passed.
        limit: u64,
        /// Was it the ratio?
        by_ratio: bool,
    },
    /// A whole document that is too long.
    #[error("the file is longer than {limit} bytes, the limit for a document that is read whole")]
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// The header cannot be read.
    #[error("the header row {problem}: {remedy}")]
    Header {
        /// What is wrong.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// The columns do not fit.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A mapping was refused.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// A column of a type that no table column has.
    #[error("column `{column}` has the type {kind}, which is not read: write it as text, a number, a time or a list of texts")]
    ColumnType {
        /// The column.
        column: String,
        /// Its type.
        kind: String,
    },
    /// A mapping asks for keyed hashes and there is no key.
    #[error("the mapping `{mapping}` hashes identifiers with a key, and none was given: name it by environment variable or key file")]
    NeedsKey {
        /// The mapping.
        mapping: String,
    },
    /// The file is not of the shape that was said.
    #[error("the file is not {expected}: {remedy}")]
    Shape {
        /// What was expected.
        expected: &'static str,
        /// What to do.
        remedy: String,
    },
    /// An importer that reads several files together did not get them.
    #[error("`{importer}` reads {expected} together: give them in this order")]
    Files {
        /// The importer.
        importer: &'static str,
        /// The files.
        expected: &'static str,
    },
    /// More than half of the rows are bad.
    #[error("{bad} of {rows} rows are bad, more than half: nothing was taken in; the first: {}", first_of(.first))]
    Refused {
        /// Bad rows.
        bad: u64,
        /// Rows looked at.
        rows: u64,
        /// The first of them.
        first: Vec<QuarantineEntry>,
    },
    /// The observer said stop.
    #[error("stopped: nothing of this file was taken in")]
    Stopped,
    /// The file could not be read.
    #[error("the file could not be read")]
    Read(#[source] std::io::Error),
    /// Columns could not be put together.
    #[error("could not put columns together")]
    Arrow(#[from] arrow::error::ArrowError),
    /// What receives the rows failed.
    #[error("the rows could not be stored")]
    Sink(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A worker ended without an answer.
    #[error("a reader ended without an answer")]
    Lost,
}

fn first_of(first: &[QuarantineEntry]) -> String {
    first.first().map_or_else(String::new, |entry| {
        let column = if entry.column.is_empty() { String::new() } else { format!(", column `{}`", entry.column) };
        format!("row {}{column} {}; {}", entry.row, entry.problem, entry.remedy)
    })
}

/// A bound that a reader passed, carried through `std::io`.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("more than {limit} bytes")]
pub(crate) struct Passed {
    pub(crate) limit: u64,
    pub(crate) by_ratio: bool,
}

/// Bytes after the end of packed data that do not begin another part of it, carried through `std::io`.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("more bytes after the end")]
pub(crate) struct After;

impl IngestError {
    /// What an I/O error means for the file, given how it is packed.
    pub(crate) fn of_read(error: std::io::Error, kind: Option<&'static str>) -> Self {
        if let Some(passed) = error.get_ref().and_then(|inner| inner.downcast_ref::<Passed>()) {
            return Self::Bomb { limit: passed.limit, by_ratio: passed.by_ratio };
        }
        match kind {
            Some(kind) if error.get_ref().is_some_and(|inner| inner.is::<After>()) => Self::Trailing { kind },
            Some(kind) if error.kind() == std::io::ErrorKind::UnexpectedEof => Self::Truncated { kind },
            Some(kind) => Self::Damaged { kind, message: error.to_string() },
            None => Self::Read(error),
        }
    }

    pub(crate) const fn too_long(limits: &Limits) -> Self {
        Self::TooLong { limit: limits.document_bytes_max }
    }
}
