//! Taking files in: request, report and the way from one to the other.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::SystemTime;

use sha2::{Digest, Sha256};
use tributary_ingest::read::OutputSummary;
use tributary_ingest::{Flow, HashKey, IngestError, Input, Limits, Mapping, Options, QuarantineEntry, Summary, ingest, output_tables};
use tributary_model::{Provenance, Table};

use crate::error::LakeError;
use crate::manifest::BatchEntry;
use crate::sink::LakeSink;
use crate::store::{Lake, hex};

/// Hex digits of a batch's id.
const BATCH_DIGITS: usize = 12;
/// Hex digits of what the manifest calls a source's bytes.
const CONTENT_DIGITS: usize = 32;
/// Bytes hashed at a time.
const HASH_BYTES: usize = 1 << 20;

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
    /// Did rows state protected traits, which then lie apart?
    pub traits: bool,
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
    /// What an importer counted in its source, e.g. `individuals`.
    pub counts: BTreeMap<String, u64>,
    /// What a person should be told beyond the numbers, in plain sentences.
    pub notes: Vec<String>,
}

/// One of the request's files, as it was when it was looked at first.
struct SourceFile {
    path: PathBuf,
    name: String,
    length: u64,
    modified: Option<SystemTime>,
}

impl Lake {
    /// Takes files in: all of it is committed, or nothing.
    ///
    /// # Errors
    /// The file as a whole was refused, or could not be read or stored; nothing was committed then.
    pub fn ingest(&self, request: &IngestRequest, observer: &dyn IngestObserver) -> Result<IngestReport, LakeError> {
        check_provenance(&request.provenance)?;
        let files = request.files.iter().map(|path| source_file(path)).collect::<Result<Vec<_>, _>>()?;
        let Some(first) = files.first() else {
            return Err(LakeError::NoFile);
        };
        let table = match (&request.mapping, request.table) {
            (None, None) => Some(table_of(&first.name)?),
            (_, table) => table,
        };
        let tables = output_tables(table, request.mapping.as_ref());
        let lock = self.lock()?;
        self.mend(&lock)?;
        let total = files.iter().map(|file| file.length).sum();
        let content = hash_files(&files, total, observer)?;
        let ids = batch_ids(&content, &tables, request.mapping.as_ref(), request.key.as_ref());
        let entries = self.manifest()?.entries;
        if entries.iter().any(|entry| ids.contains(&entry.id)) {
            return Ok(already(first, total, &ids, &entries, &request.provenance.source));
        }
        let content = Content::of(&content);
        other_reading(&first.name, &content, &tables, request, &entries)?;
        let written = self.write(request, table, &files, &tables, &ids, &content, &entries, observer);
        if written.is_err() {
            // Left-over files are removed now where that is possible, and otherwise by the next opener.
            let _ = self.mend(&lock);
        }
        written
    }

    #[expect(clippy::too_many_arguments, reason = "the pieces of one request, each of its own kind")]
    fn write(
        &self,
        request: &IngestRequest,
        table: Option<Table>,
        files: &[SourceFile],
        tables: &[Table],
        ids: &[String],
        content: &Content,
        entries: &[BatchEntry],
        observer: &dyn IngestObserver,
    ) -> Result<IngestReport, LakeError> {
        let count = Arc::new(AtomicU64::new(0));
        let mut inputs = Vec::with_capacity(files.len());
        for file in files {
            let opened = File::open(&file.path).map_err(LakeError::io("open", &file.path))?;
            inputs.push(Input { name: file.name.clone(), file: opened, count: count.clone() });
        }
        let name = files.first().map(|file| file.name.clone()).unwrap_or_default();
        let bytes = files.iter().map(|file| file.length).sum();
        let threads = crate::threads(request.threads);
        let options = Options {
            table,
            mapping: request.mapping.as_ref(),
            key: request.key.as_ref(),
            keep_text: request.keep_text,
            as_of: request.provenance.collected_at,
            limits: &request.limits,
            threads,
            batches: ids,
            digest_key: content.key,
        };
        let mut sink = LakeSink::new(self, tables, ids, entries, observer, count, bytes);
        let summary = ingest(inputs, &options, &mut sink).map_err(|source| LakeError::Ingest { file: name.clone(), source })?;
        for file in files {
            let now = source_file(&file.path)?;
            if now.length != file.length || now.modified != file.modified {
                return Err(LakeError::Changed { file: file.name.clone() });
            }
        }
        let batches = reports(&summary, tables, ids);
        let mut new = new_entries(request, &summary, &batches, &name, bytes, content);
        sink.commit(&mut new)?;
        let notes = nothing(&batches).map(str::to_owned).into_iter().collect();
        let batches = batches.into_iter().filter(|batch| new.iter().any(|entry| entry.id == batch.id)).collect();
        Ok(IngestReport {
            file: name,
            bytes,
            already: false,
            batches,
            unknown_columns: summary.unknown_columns.into_iter().collect(),
            dropped: summary.dropped,
            unmapped: summary.unmapped,
            counts: summary.counts,
            notes,
        })
    }
}

fn check_provenance(provenance: &Provenance) -> Result<(), LakeError> {
    for (field, value) in [("source", &provenance.source), ("legal_basis", &provenance.legal_basis), ("purpose", &provenance.purpose)] {
        if value.trim().is_empty() {
            return Err(LakeError::Provenance { field });
        }
    }
    Ok(())
}

fn source_file(path: &Path) -> Result<SourceFile, LakeError> {
    let metadata = std::fs::metadata(path).map_err(LakeError::io("open", path))?;
    if metadata.is_dir() {
        return Err(LakeError::Folder { path: path.to_owned() });
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(SourceFile { path: path.to_owned(), name, length: metadata.len(), modified: metadata.modified().ok() })
}

/// The table a file is named after: its name up to the first point.
fn table_of(name: &str) -> Result<Table, LakeError> {
    let stem = name.split('.').next().unwrap_or_default();
    Table::from_name(stem).ok_or_else(|| {
        let tables = Table::ALL.iter().map(|table| table.name()).collect::<Vec<_>>().join(", ");
        LakeError::Table { file: name.to_owned(), tables }
    })
}

/// The hash over all bytes of the files, each preceded by its length.
fn hash_files(files: &[SourceFile], total: u64, observer: &dyn IngestObserver) -> Result<Sha256, LakeError> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; HASH_BYTES];
    for file in files {
        hash.update(file.length.to_le_bytes());
        let mut reader = File::open(&file.path).map_err(LakeError::io("open", &file.path))?;
        loop {
            let read = reader.read(&mut buffer).map_err(LakeError::io("read", &file.path))?;
            if read == 0 {
                break;
            }
            hash.update(buffer.get(..read).unwrap_or_default());
            if observer.progress(0, total, 0) == Flow::Stop {
                return Err(LakeError::Ingest { file: file.name.clone(), source: IngestError::Stopped });
            }
        }
    }
    Ok(hash)
}

/// What is known of a request's bytes.
struct Content {
    /// SHA-256 over length and bytes of each file: the key of quarantine's digests, never stored.
    key: [u8; 32],
    /// What the manifest calls these bytes.
    name: String,
    /// The hash before its end, for ids.
    hash: Sha256,
}

impl Content {
    fn of(hash: &Sha256) -> Self {
        let key: [u8; 32] = hash.clone().finalize().into();
        let name = Sha256::new().chain_update(b"tributary content\0").chain_update(key).finalize();
        Self { key, name: hex(&name, CONTENT_DIGITS), hash: hash.clone() }
    }
}

/// Refuses bytes that are there already under another mapping or key: each of their rows would be there twice, under other names.
fn other_reading(file: &str, content: &Content, tables: &[Table], request: &IngestRequest, entries: &[BatchEntry]) -> Result<(), LakeError> {
    // Before the key was part of it, an id did not say which key a batch was hashed with.
    let keyed = request.mapping.as_ref().is_some_and(Mapping::needs_key);
    let unkeyed = if keyed { batch_ids(&content.hash, tables, request.mapping.as_ref(), None) } else { Vec::new() };
    let there = entries.iter().find(|entry| (tables.contains(&entry.table) && entry.content == content.name) || unkeyed.contains(&entry.id));
    match there {
        None => Ok(()),
        Some(entry) => Err(LakeError::OtherReading {
            file: file.to_owned(),
            batch: entry.id.clone(),
            table: entry.table,
            earlier: if entry.mapping.is_empty() { "then without a mapping".to_owned() } else { format!("then mapping `{}`", entry.mapping) },
        }),
    }
}

/// Why nothing was added, where nothing was.
fn nothing(batches: &[BatchReport]) -> Option<&'static str> {
    let (read, left_out) = batches.iter().fold((0, 0), |sum, batch| (sum.0 + batch.rows_read, sum.1 + batch.left_out));
    match read {
        0 => Some("it has no rows, so nothing was added: check that the export is whole"),
        read if read == left_out => Some("the mapping leaves out all its rows, so nothing was added: check its `only`"),
        _ => None,
    }
}

/// One id for each output: the hash over file bytes, mapping, table, the output's place where a table comes twice, and the mark of the
/// key where the mapping hashes with one.
fn batch_ids(content: &Sha256, tables: &[Table], mapping: Option<&Mapping>, key: Option<&HashKey>) -> Vec<String> {
    let mark = key.filter(|_| mapping.is_some_and(Mapping::needs_key)).map(HashKey::mark);
    let mut ids = Vec::with_capacity(tables.len());
    for (index, table) in tables.iter().enumerate() {
        let earlier = tables.iter().take(index).filter(|other| *other == table).count();
        let mut hash = content.clone();
        hash.update([0]);
        hash.update(mapping.map_or("", Mapping::identity).as_bytes());
        hash.update([0]);
        hash.update(table.name().as_bytes());
        hash.update((earlier as u64).to_le_bytes());
        hash.update(mark.as_deref().unwrap_or_default().as_bytes());
        ids.push(hex(&hash.finalize(), BATCH_DIGITS));
    }
    ids
}

fn already(file: &SourceFile, bytes: u64, ids: &[String], entries: &[BatchEntry], source: &str) -> IngestReport {
    let other = entries.iter().find(|entry| ids.contains(&entry.id) && entry.provenance.source != source);
    let notes = other.map(|entry| {
        let there = &entry.provenance.source;
        format!("it is there under the source `{there}` and stays under it, not under `{source}`: only a workspace made anew can change a source")
    });
    let batches = entries.iter().filter(|entry| ids.contains(&entry.id)).map(|entry| BatchReport {
        id: entry.id.clone(),
        table: entry.table,
        rows_read: entry.rows + entry.quarantined + entry.left_out,
        rows: entry.rows,
        quarantined: entry.quarantined,
        duplicates: 0,
        left_out: entry.left_out,
        problems: BTreeMap::new(),
        first: Vec::new(),
        traits: entry.traits,
    });
    IngestReport {
        file: file.name.clone(),
        bytes,
        already: true,
        batches: batches.collect(),
        unknown_columns: Vec::new(),
        dropped: BTreeMap::new(),
        unmapped: BTreeMap::new(),
        counts: BTreeMap::new(),
        notes: notes.into_iter().collect(),
    }
}

fn reports(summary: &Summary, tables: &[Table], ids: &[String]) -> Vec<BatchReport> {
    let outputs = summary.outputs.iter().zip(tables).zip(ids);
    let report = |((output, table), id): ((&OutputSummary, &Table), &String)| BatchReport {
        id: id.clone(),
        table: *table,
        rows_read: output.rows_read,
        rows: output.rows,
        quarantined: output.quarantined,
        duplicates: output.duplicates,
        left_out: output.left_out,
        problems: output.problems.clone(),
        first: output.first.clone(),
        traits: output.traits,
    };
    outputs.map(report).collect()
}

/// Manifest entries of the outputs that got anything.
fn new_entries(request: &IngestRequest, summary: &Summary, batches: &[BatchReport], file: &str, bytes: u64, content: &Content) -> Vec<BatchEntry> {
    let full: Vec<&BatchReport> = batches.iter().filter(|batch| batch.rows + batch.quarantined > 0).collect();
    let mut hash = Sha256::new();
    for batch in &full {
        hash.update(batch.id.as_bytes());
    }
    let commit = hex(&hash.finalize(), BATCH_DIGITS);
    let parts = full.len() as u32;
    let entry = |(index, batch): (usize, &&BatchReport)| BatchEntry {
        id: batch.id.clone(),
        table: batch.table,
        rows: batch.rows,
        quarantined: batch.quarantined,
        left_out: batch.left_out,
        provenance: request.provenance.clone(),
        file: file.to_owned(),
        mapping: request.mapping.as_ref().map_or(String::new(), |mapping| mapping.name().to_owned()),
        unknown_columns: summary.unknown_columns.iter().cloned().collect(),
        dropped: summary.dropped.clone(),
        bytes,
        traits: batch.traits,
        sha256: String::new(),
        traits_sha256: String::new(),
        content: content.name.clone(),
        commit: commit.clone(),
        part: index as u32 + 1,
        parts,
    };
    full.iter().enumerate().map(entry).collect()
}
