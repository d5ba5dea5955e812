//! What can go wrong in the lake.

use std::path::{Path, PathBuf};

use datafusion::error::DataFusionError;
use tributary_ingest::IngestError;
use tributary_model::Table;

/// Why the lake could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// The operating system refused.
    #[error("could not {action} `{}`", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No lake there.
    #[error("`{}` holds no lake: make the workspace first with `tributary init`", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// There is a lake already.
    #[error("`{}` holds a lake already: open it, or choose another folder", path.display())]
    Exists {
        /// Where.
        path: PathBuf,
    },
    /// Another process writes.
    #[error("another ingest is writing to `{}`: wait until it has ended", path.display())]
    Busy {
        /// The lake.
        path: PathBuf,
    },
    /// A manifest line that is whole but not understood.
    #[error("line {line} of the manifest is damaged: restore `manifest.ndjson` from a copy")]
    Manifest {
        /// Line number, 1 is the first.
        line: usize,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// A batch file named by the manifest is not there.
    #[error("batch `{id}` is in the manifest but its file is gone: restore the `batches` folder from a copy")]
    BatchGone {
        /// The batch.
        id: String,
    },
    /// A stored file does not hold what the manifest says.
    #[error("`{}` is damaged ({problem}): restore it from a copy, or make the workspace anew and ingest `{file}` again", path.display())]
    BatchDamaged {
        /// The stored file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
        /// The source file that it was made of.
        file: String,
    },
    /// The same source bytes, read another way.
    #[error(
        "`{file}` was taken in before as batch `{batch}` of `{table}`, with another mapping or key ({earlier}): its rows would count twice. Keep that \
         reading, or make the workspace anew with this one"
    )]
    OtherReading {
        /// The file.
        file: String,
        /// The batch that is there.
        batch: String,
        /// Its table.
        table: Table,
        /// How it was read then.
        earlier: String,
    },
    /// A snapshot names a batch that the lake does not hold.
    #[error("the snapshot names batch `{id}`, which this lake does not hold")]
    UnknownBatch {
        /// The batch.
        id: String,
    },
    /// The query engine refused.
    #[error("the query failed: {}", first_line(.0))]
    Engine(#[source] Box<DataFusionError>),
    /// A statement that is not a question.
    #[error("only questions are allowed here (SELECT, WITH, EXPLAIN, DESCRIBE): {}", first_line(.0))]
    ReadOnly(#[source] Box<DataFusionError>),
    /// The query took too long.
    #[error("the query was stopped after {seconds} seconds: narrow it by time or add a LIMIT")]
    TimeLimit {
        /// The limit.
        seconds: u64,
    },
    /// More rows than asked for.
    #[error("the answer has more than {rows_max} rows: add a LIMIT or aggregate")]
    RowLimit {
        /// The limit.
        rows_max: usize,
    },
    /// The query's worker ended without an answer.
    #[error("the query engine ended without an answer")]
    Lost,
    /// A Parquet file could not be written or read.
    #[error("could not {action} the Parquet file `{}`", path.display())]
    Parquet {
        /// What was tried, as a verb.
        action: &'static str,
        /// Which file.
        path: PathBuf,
        /// What the library said.
        source: parquet::errors::ParquetError,
    },
    /// Columns could not be put together.
    #[error("could not put columns together")]
    Arrow(#[from] arrow::error::ArrowError),
    /// A file as a whole was refused; nothing of it was taken in.
    #[error("`{file}` was not taken in: {source}")]
    Ingest {
        /// The file's name.
        file: String,
        /// Why.
        source: IngestError,
    },
    /// A folder where a file belongs.
    #[error("`{}` is a folder: name its files", path.display())]
    Folder {
        /// Where.
        path: PathBuf,
    },
    /// A request without files.
    #[error("no file was named")]
    NoFile,
    /// A file whose name does not say which table it is.
    #[error("`{file}` is not named after a table: give `--table`, or a mapping (tables: {tables})")]
    Table {
        /// The file.
        file: String,
        /// There are.
        tables: String,
    },
    /// Provenance with an empty field (SG-001).
    #[error("the provenance does not say its `{field}`: source, legal_basis and purpose are required and have no default")]
    Provenance {
        /// Which.
        field: &'static str,
    },
    /// The file changed while it was read.
    #[error("`{file}` changed while it was read, so nothing was taken in: ingest it again when it is at rest")]
    Changed {
        /// The file.
        file: String,
    },
}

/// An engine's message without the lines of advice and back trace that follow the first.
fn first_line(error: &DataFusionError) -> String {
    error.strip_backtrace().lines().next().unwrap_or_default().to_owned()
}

impl From<DataFusionError> for LakeError {
    fn from(error: DataFusionError) -> Self {
        Self::Engine(Box::new(error))
    }
}

impl LakeError {
    /// Wraps an I/O error with what was tried on which path.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// Wraps a Parquet error with what was tried on which path.
    pub(crate) fn parquet(action: &'static str, path: &Path) -> impl FnOnce(parquet::errors::ParquetError) -> Self {
        let path = path.to_owned();
        move |source| Self::Parquet { action, path, source }
    }
}
