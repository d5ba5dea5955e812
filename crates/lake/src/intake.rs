//! Taking files in: request, report and the way from one to the other.

use std::collections::BTreeMap;
use std::path::PathBuf;

use tributary_ingest::{Flow, HashKey, Limits, Mapping, QuarantineEntry};
use tributary_model::{Provenance, Table};

use crate::error::LakeError;
use crate::store::Lake;

/// What to take in, and what it says of itself.
#[derive(Clone, Debug)]
pub struct IngestRequest {
    /// The file; for an importer that reads several together (OFAC: sdn, add, alt) all of them in its order.
    pub files: Vec<PathBuf>,
    /// Which table; `None` takes it from the file's stem (`transfers.csv.gz` is `transfers`).
    pub table: Option<Table>,
    /// For other shapes.
    pub mapping: Option<Mapping>,
    /// Source, time of collection, legal basis, purpose, grading: no default (SG-001, SG-050).
    pub provenance: Provenance,
    /// Key for `keyed_hash` in a mapping.
    pub key: Option<HashKey>,
    /// Keep the text of adverts? The workspace decides; otherwise it is sketched and dropped.
    pub keep_text: bool,
    /// Bounds.
    pub limits: Limits,
    /// Threads that parse; 0 is one for each processor.
    pub threads: usize,
}

impl IngestRequest {
    /// A request for one file with usual bounds.
    #[must_use]
    pub fn new(file: PathBuf, provenance: Provenance) -> Self {
        Self { files: vec![file], table: None, mapping: None, provenance, key: None, keep_text: false, limits: Limits::default(), threads: 0 }
    }
}

/// Is told how far an ingest is, and may stop it.
pub trait IngestObserver: Sync {
    /// Called a few times a second. `bytes_total` is the size of the files on disk, `bytes_read` how much of it was read.
    fn progress(&self, bytes_read: u64, bytes_total: u64, rows: u64) -> Flow;
}

/// An observer that never stops anything.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoObserver;

impl IngestObserver for NoObserver {
    fn progress(&self, _bytes_read: u64, _bytes_total: u64, _rows: u64) -> Flow {
        Flow::Continue
    }
}

/// What came of one batch.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchReport {
    /// Its id.
    pub id: String,
    /// Its table.
    pub table: Table,
    /// Rows read: accepted + quarantined + left out.
    pub rows_read: u64,
    /// Rows accepted.
    pub rows: u64,
    /// Rows quarantined, duplicates among them.
    pub quarantined: u64,
    /// Of the quarantined, rows whose id was there already.
    pub duplicates: u64,
    /// Rows that the mapping leaves out.
    pub left_out: u64,
    /// Quarantined rows by `column: problem`.
    pub problems: BTreeMap<String, u64>,
    /// The first quarantined rows.
    pub first: Vec<QuarantineEntry>,
}

/// What came of one request.
#[derive(Clone, Debug, PartialEq)]
pub struct IngestReport {
    /// Name of the (first) file.
    pub file: String,
    /// Bytes on disk.
    pub bytes: u64,
    /// Were these very bytes taken in before? Then nothing was added.
    pub already: bool,
    /// One for each table that the file gave rows for.
    pub batches: Vec<BatchReport>,
    /// Unknown columns, kept as attributes, sorted.
    pub unknown_columns: Vec<String>,
    /// What was dropped on purpose, with counts.
    pub dropped: BTreeMap<String, u64>,
    /// What was met that has no place in the tables, with counts.
    pub unmapped: BTreeMap<String, u64>,
}

impl Lake {
    /// Takes files in: all of it is committed, or nothing.
    ///
    /// # Errors
    /// The file as a whole was refused, or could not be read or stored; nothing was committed then.
    pub fn ingest(&self, request: &IngestRequest, observer: &dyn IngestObserver) -> Result<IngestReport, LakeError> {
        let _ = (request, observer);
        Err(LakeError::Lost)
    }
}
