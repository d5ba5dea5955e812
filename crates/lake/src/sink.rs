//! Rows from the readers into the files of a commit.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::SchemaRef;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::{ArrowWriter, ProjectionMask};
use rustc_hash::FxHashSet;
use tributary_ingest::plan::id_hash;
use tributary_ingest::schema::batch_schema;
use tributary_ingest::{Flow, QuarantineEntry, Sink, SinkError};
use tributary_model::Table;

use sha2::{Digest, Sha256};

use crate::disk::DiskFile;
use crate::error::LakeError;
use crate::intake::IngestObserver;
use crate::manifest::{BatchEntry, Manifest};
use crate::parquet_file::batch_properties;
use crate::store::{Lake, SHA256_DIGITS, hex};

type BatchWriter = ArrowWriter<Hashed>;

/// A file that hashes what is written to it.
struct Hashed {
    file: Box<dyn DiskFile>,
    hash: Sha256,
}

impl Write for Hashed {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(buffer)?;
        self.hash.update(buffer.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// The files of one output while they are written.
struct OutputFiles {
    table: Table,
    id: String,
    rows: Option<BatchWriter>,
    traits: Option<BatchWriter>,
    quarantine: Option<BufWriter<Box<dyn DiskFile>>>,
}

/// Receives rows and keeps them in `lake/new` until they are committed.
pub(crate) struct LakeSink<'a> {
    lake: &'a Lake,
    outputs: Vec<OutputFiles>,
    earlier: &'a [BatchEntry],
    observer: &'a dyn IngestObserver,
    count: Arc<AtomicU64>,
    total: u64,
}

impl<'a> LakeSink<'a> {
    pub(crate) fn new(
        lake: &'a Lake,
        tables: &[Table],
        ids: &[String],
        earlier: &'a [BatchEntry],
        observer: &'a dyn IngestObserver,
        count: Arc<AtomicU64>,
        total: u64,
    ) -> Self {
        let files = |(table, id): (&Table, &String)| OutputFiles { table: *table, id: id.clone(), rows: None, traits: None, quarantine: None };
        Self { lake, outputs: tables.iter().zip(ids).map(files).collect(), earlier, observer, count, total }
    }

    /// Ends all files, moves them to their places and writes the manifest's lines: the commit point.
    ///
    /// The entries get the digests of the files.
    pub(crate) fn commit(mut self, entries: &mut [BatchEntry]) -> Result<(), LakeError> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut moves: Vec<(PathBuf, PathBuf)> = Vec::new();
        for output in &mut self.outputs {
            let Some(entry) = entries.iter_mut().find(|entry| entry.id == output.id) else {
                continue;
            };
            moves.extend(end(self.lake, output, entry)?);
        }
        for (from, to) in &moves {
            self.lake.disk.rename(from, to).map_err(LakeError::io("put in place", to))?;
        }
        for name in ["batches", "traits", "quarantine"] {
            let folder = self.lake.folder().join(name);
            self.lake.disk.sync_folder(&folder).map_err(LakeError::io("make durable", &folder))?;
        }
        let path = self.lake.manifest_path();
        let lines = Manifest::lines(entries).map_err(|source| LakeError::Manifest { line: 0, source })?;
        let mut manifest = self.lake.disk.append(&path).map_err(LakeError::io("open", &path))?;
        manifest.write_all(&lines).map_err(LakeError::io("write", &path))?;
        manifest.sync().map_err(LakeError::io("make durable", &path))
    }
}

fn new_path(lake: &Lake, id: &str, kind: &str) -> PathBuf {
    lake.new_folder().join(format!("{id}.{kind}"))
}

fn start(lake: &Lake, id: &str, kind: &str, schema: SchemaRef, unique: Option<&str>) -> Result<BatchWriter, LakeError> {
    let path = new_path(lake, id, kind);
    let file = lake.disk.create(&path).map_err(LakeError::io("create", &path))?;
    let file = Hashed { file, hash: Sha256::new() };
    ArrowWriter::try_new(file, schema, Some(batch_properties(unique))).map_err(LakeError::parquet("start", &path))
}

/// Ends a file; gives its SHA-256.
fn end_parquet(writer: BatchWriter, path: &Path) -> Result<String, LakeError> {
    let mut hashed = writer.into_inner().map_err(LakeError::parquet("end", path))?;
    hashed.file.sync().map_err(LakeError::io("make durable", path))?;
    Ok(hex(&hashed.hash.finalize(), SHA256_DIGITS))
}

/// Ends an output's files; gives the moves that bring them to their places.
fn end(lake: &Lake, output: &mut OutputFiles, entry: &mut BatchEntry) -> Result<Vec<(PathBuf, PathBuf)>, LakeError> {
    let mut moves = Vec::new();
    let from = new_path(lake, &output.id, "rows");
    let rows = match output.rows.take() {
        Some(rows) => rows,
        // Everything went to quarantine as repeated: the batch is there, without rows.
        None => start(lake, &output.id, "rows", batch_schema(output.table), output.table.unique_id())?,
    };
    entry.sha256 = end_parquet(rows, &from)?;
    moves.push((from, lake.batch_path(&output.id)));
    if let Some(traits) = output.traits.take() {
        let from = new_path(lake, &output.id, "traits");
        entry.traits_sha256 = end_parquet(traits, &from)?;
        moves.push((from, lake.traits_path(&output.id)));
    }
    if let Some(quarantine) = output.quarantine.take() {
        let from = new_path(lake, &output.id, "quarantine");
        let ended = quarantine.into_inner().map_err(std::io::IntoInnerError::into_error).and_then(|mut file| file.sync());
        ended.map_err(LakeError::io("make durable", &from))?;
        moves.push((from, lake.quarantine_path(&output.id)));
    }
    Ok(moves)
}

impl Sink for LakeSink<'_> {
    fn accept(&mut self, output: usize, rows: &RecordBatch, traits: Option<&RecordBatch>) -> Result<(), SinkError> {
        let Some(output) = self.outputs.get_mut(output) else {
            return Ok(());
        };
        if output.rows.is_none() {
            output.rows = Some(start(self.lake, &output.id, "rows", rows.schema(), output.table.unique_id())?);
        }
        if let Some(writer) = &mut output.rows {
            writer.write(rows)?;
        }
        if let Some(traits) = traits {
            if output.traits.is_none() {
                output.traits = Some(start(self.lake, &output.id, "traits", traits.schema(), None)?);
            }
            if let Some(writer) = &mut output.traits {
                writer.write(traits)?;
            }
        }
        Ok(())
    }

    fn quarantine(&mut self, output: usize, entry: &QuarantineEntry) -> Result<(), SinkError> {
        let Some(output) = self.outputs.get_mut(output) else {
            return Ok(());
        };
        if output.quarantine.is_none() {
            let path = new_path(self.lake, &output.id, "quarantine");
            output.quarantine = Some(BufWriter::new(self.lake.disk.create(&path).map_err(LakeError::io("create", &path))?));
        }
        if let Some(file) = &mut output.quarantine {
            serde_json::to_writer(&mut *file, entry)?;
            file.write_all(b"\n")?;
        }
        Ok(())
    }

    fn known_ids(&mut self, output: usize) -> Result<FxHashSet<u64>, SinkError> {
        let mut ids = FxHashSet::default();
        let Some(table) = self.outputs.get(output).map(|output| output.table) else {
            return Ok(ids);
        };
        let Some(column) = table.unique_id() else {
            return Ok(ids);
        };
        for entry in self.earlier.iter().filter(|entry| entry.table == table) {
            let path = self.lake.batch_path(&entry.id);
            let file = File::open(&path).map_err(|_| LakeError::BatchGone { id: entry.id.clone() })?;
            let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
            let mask = ProjectionMask::columns(builder.parquet_schema(), [column]);
            for batch in builder.with_projection(mask).build()? {
                let batch = batch?;
                let Some(texts) = batch.columns().first().and_then(|array| array.as_string_opt::<i32>()) else {
                    continue;
                };
                ids.extend((0..texts.len()).filter(|row| !texts.is_null(*row)).map(|row| id_hash(texts.value(row))));
            }
        }
        Ok(ids)
    }

    fn progress(&mut self, rows: u64) -> Flow {
        self.observer.progress(self.count.load(Ordering::Relaxed).min(self.total), self.total, rows)
    }
}
