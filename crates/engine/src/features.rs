//! Features of each transfer of a file, written as they come.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use tributary_features::{Column, Config, Cuts, Engine, Feature, FeatureError, SortError, Sorted, Sorter, Table, Transfer, Worker};
use tributary_ingest::{Flow, Mapping};
use tributary_lake::ParquetFile;
use tributary_model::Timestamp;

use crate::error::EngineError;
use crate::transfers::{self, Piece, Read};

/// Bytes of transfers and their ids that are held while a file out of order is sorted; beyond it sorted runs go to temporary files.
const SORT_BYTES: usize = 512 << 20;
/// Bytes of features held so that a file out of order comes out in its own order; the rows of a larger one come out in the order of time.
const HELD_BYTES: u64 = 1 << 30;
/// Rows of a sorted file worked on at once.
const PIECE: usize = 16_384;

/// Where rows of features go, in the order they come.
pub trait RowSink {
    /// Rows with their ids, in the columns of the schema.
    ///
    /// # Errors
    /// They cannot be kept.
    fn rows(&mut self, ids: &[String], table: &Table) -> Result<(), EngineError>;
    /// How many rows are done; says whether to go on.
    fn progress(&mut self, rows: u64) -> Flow;
}

/// What came of a file.
#[derive(Debug)]
pub struct FeatureSummary {
    /// What reading it came to.
    pub read: Read,
    /// Searches cut at their bound, by family.
    pub cuts: Cuts,
    /// Was the file in the order of time, so that nothing but the windows was held?
    pub streamed: bool,
    /// Was it too large to be put back into its own order, so that its rows came out in the order of time?
    pub by_time: bool,
    /// Its currencies, when there is more than one: amounts were then compared as if they were of one.
    pub currencies: Vec<String>,
}

fn failed(error: FeatureError) -> EngineError {
    EngineError::Stage { stage: "features", problem: error.to_string() }
}

fn unsorted(error: SortError) -> EngineError {
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
    EngineError::Stage { stage: "features", problem: format!("{error}{cause}") }
}

/// The engine on a thread of its own, and whose rows come next.
struct Work<'s> {
    worker: Worker,
    ids: VecDeque<Vec<String>>,
    done: u64,
    sink: &'s mut dyn RowSink,
}

impl Work<'_> {
    /// Hands transfers over and hands on the rows that are done; says whether to go on.
    fn push(&mut self, ids: Vec<String>, transfers: Vec<Transfer>) -> Result<Flow, EngineError> {
        self.ids.push_back(ids);
        for table in self.worker.push(transfers).map_err(failed)? {
            self.emit(&table)?;
        }
        Ok(self.sink.progress(self.done))
    }

    fn emit(&mut self, table: &Table) -> Result<(), EngineError> {
        let ids = self.ids.pop_front().unwrap_or_default();
        self.done += ids.len() as u64;
        self.sink.rows(&ids, table)
    }

    /// The last rows, and which searches were cut.
    fn finish(mut self) -> Result<Cuts, EngineError> {
        while let Some(table) = self.worker.wait().map_err(failed)? {
            self.emit(&table)?;
        }
        let stopped = || EngineError::Stage { stage: "features", problem: "the engine stopped".to_owned() };
        Ok(self.worker.finish().ok_or_else(stopped)?.cuts())
    }
}

/// The first pass: transfers in order go straight to the engine; at the first one out of order it stops.
fn streamed(
    (path, mapping, now): (&Path, Option<&Mapping>, Timestamp),
    engine: Engine,
    sink: &mut dyn RowSink,
    currencies: &mut std::collections::BTreeSet<String>,
) -> Result<Option<(Read, Cuts)>, EngineError> {
    let mut work = Work { worker: Worker::new(engine), ids: VecDeque::new(), done: 0, sink };
    let (mut last, mut disorder) = (i64::MIN, false);
    let read = transfers::read(path, mapping, now, &mut |piece: Piece| {
        currencies.extend(piece.currencies);
        for transfer in &piece.transfers {
            disorder |= transfer.time < last;
            last = transfer.time;
        }
        if disorder { Ok(Flow::Stop) } else { work.push(piece.ids, piece.transfers) }
    });
    match read {
        Err(EngineError::Stopped) if disorder => Ok(None),
        read => Ok(Some((read?, work.finish()?))),
    }
}

/// The second pass, over a file out of order: sorts it within [`SORT_BYTES`], in runs in `scratch` where there is more; then works on it.
fn sorted(
    (path, mapping, now): (&Path, Option<&Mapping>, Timestamp),
    mut engine: Engine,
    sink: &mut dyn RowSink,
    scratch: &Path,
    currencies: &mut std::collections::BTreeSet<String>,
) -> Result<(Read, Cuts, bool), EngineError> {
    let mut number = 0_u32;
    let mut sorter = Sorter::new(SORT_BYTES, || {
        number += 1;
        let run = scratch.join(format!(".tributary-features-{}-{number}", std::process::id()));
        let file = File::options().create_new(true).read(true).write(true).open(&run)?;
        // It has no name from here on: it is gone when it is closed, however this ends.
        std::fs::remove_file(&run)?;
        Ok(file)
    });
    let read = transfers::read(path, mapping, now, &mut |piece: Piece| {
        currencies.extend(piece.currencies);
        for (transfer, id) in piece.transfers.iter().zip(&piece.ids) {
            sorter.push(*transfer, id).map_err(unsorted)?;
        }
        Ok(sink.progress(sorter.counts().0))
    })?;
    let (rows, runs) = sorter.counts();
    let row_bytes = engine.schema().len() as u64 * 8 + 64;
    let mut sorted = sorter.finish().map_err(unsorted)?;
    if runs == 0 && rows.saturating_mul(row_bytes) <= HELD_BYTES {
        in_own_order(&mut sorted, &mut engine, sink)?;
        return Ok((read, engine.cuts(), false));
    }
    let mut work = Work { worker: Worker::new(engine), ids: VecDeque::new(), done: 0, sink };
    loop {
        let (transfers, ids) = sorted.take(PIECE).map_err(unsorted)?;
        if transfers.is_empty() {
            return Ok((read, work.finish()?, true));
        }
        if work.push(ids, transfers)? == Flow::Stop {
            return Err(EngineError::Stopped);
        }
    }
}

/// Transfers worked on in the order of time and written in that of the file, which their `id` tells.
fn in_own_order(sorted: &mut Sorted<File>, engine: &mut Engine, sink: &mut dyn RowSink) -> Result<(), EngineError> {
    let (transfers, mut ids) = sorted.take(usize::MAX).map_err(unsorted)?;
    let table = engine.push(&transfers).map_err(failed)?;
    let mut place = vec![0_usize; table.len()];
    for (row, id) in table.id.iter().enumerate() {
        if let Some(place) = usize::try_from(*id).ok().and_then(|id| place.get_mut(id)) {
            *place = row;
        }
    }
    let columns = table.columns.iter().map(|column| match column {
        Column::Whole(values) => Column::Whole(place.iter().filter_map(|row| values.get(*row).copied()).collect()),
        Column::Real(values) => Column::Real(place.iter().filter_map(|row| values.get(*row).copied()).collect()),
    });
    let own: Vec<String> = place.iter().filter_map(|row| ids.get_mut(*row).map(std::mem::take)).collect();
    sink.rows(&own, &Table { id: (0..place.len() as u64).collect(), columns: columns.collect() })
}

/// Computes the features of every transfer of a file. Rows come in the order of the file, or, when a file out of order is too large for that, in the order
/// of time. Memory is that of the windows and of the ids, whatever the file's size; a file out of order is sorted, beyond 512 MiB in temporary files in the
/// folder `scratch`. `sink` is made anew by `begin` for each pass; a file out of order needs a second one.
///
/// # Errors
/// The file cannot be read, a setting is out of range, the rows or temporary files cannot be kept, or the work was stopped.
pub fn features<S: RowSink>(
    path: &Path,
    mapping: Option<&Mapping>,
    (config, threads): (&Config, usize),
    now: Timestamp,
    scratch: &Path,
    mut begin: impl FnMut(&[Feature]) -> Result<S, EngineError>,
) -> Result<(S, FeatureSummary), EngineError> {
    let engine = || Engine::new(config.clone(), tributary_lake::threads(threads)).map_err(failed);
    let told = |currencies: std::collections::BTreeSet<String>| if currencies.len() > 1 { currencies.into_iter().collect() } else { Vec::new() };
    let first = engine()?;
    let mut sink = begin(first.schema())?;
    let mut currencies = std::collections::BTreeSet::new();
    if let Some((read, cuts)) = streamed((path, mapping, now), first, &mut sink, &mut currencies)? {
        return Ok((sink, FeatureSummary { read, cuts, streamed: true, by_time: false, currencies: told(currencies) }));
    }
    // What was written of the first pass goes before the second begins.
    drop(sink);
    let second = engine()?;
    let mut sink = begin(second.schema())?;
    let (read, cuts, by_time) = sorted((path, mapping, now), second, &mut sink, scratch, &mut currencies)?;
    Ok((sink, FeatureSummary { read, cuts, streamed: false, by_time, currencies: told(currencies) }))
}

/// The Arrow schema of rows of features: `transfer_id`, then one column a feature.
#[must_use]
pub fn arrow_schema(features: &[Feature]) -> SchemaRef {
    let kind = |feature: &Feature| if feature.whole { DataType::UInt32 } else { DataType::Float64 };
    let columns = features.iter().map(|feature| Field::new(&feature.name, kind(feature), !feature.whole));
    Arc::new(Schema::new(std::iter::once(Field::new("transfer_id", DataType::Utf8, false)).chain(columns).collect::<Vec<_>>()))
}

/// Rows of features as an Arrow batch; a feature that is not defined is null.
///
/// # Errors
/// The columns are not those of the schema.
pub fn arrow_batch(schema: &SchemaRef, ids: &[String], table: &Table) -> Result<RecordBatch, EngineError> {
    let column = |column: &Column| -> ArrayRef {
        match column {
            Column::Whole(values) => Arc::new(UInt32Array::from(values.clone())),
            Column::Real(values) => Arc::new(values.iter().map(|value| Some(*value).filter(|value| !value.is_nan())).collect::<Float64Array>()),
        }
    };
    let ids: ArrayRef = Arc::new(StringArray::from_iter_values(ids));
    let columns = std::iter::once(ids).chain(table.columns.iter().map(column)).collect();
    RecordBatch::try_new(Arc::clone(schema), columns).map_err(|e| EngineError::Stage { stage: "features", problem: e.to_string() })
}

/// Rows of features into a Parquet file, which is there whole or not at all.
pub struct ParquetRows<'p> {
    schema: SchemaRef,
    file: Option<ParquetFile>,
    progress: &'p dyn Fn(u64) -> Flow,
}

impl<'p> ParquetRows<'p> {
    /// Starts the file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn create(path: &Path, features: &[Feature], progress: &'p dyn Fn(u64) -> Flow) -> Result<Self, EngineError> {
        let schema = arrow_schema(features);
        Ok(Self { file: Some(ParquetFile::create(path, Arc::clone(&schema))?), schema, progress })
    }

    /// Puts the file in its place; how many rows it has.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(mut self) -> Result<u64, EngineError> {
        self.file.take().map_or(Ok(0), |file| Ok(file.finish()?))
    }
}

impl Drop for ParquetRows<'_> {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            file.discard();
        }
    }
}

impl RowSink for ParquetRows<'_> {
    fn rows(&mut self, ids: &[String], table: &Table) -> Result<(), EngineError> {
        let batch = arrow_batch(&self.schema, ids, table)?;
        self.file.as_mut().map_or(Ok(()), |file| Ok(file.write(&batch)?))
    }

    fn progress(&mut self, rows: u64) -> Flow {
        (self.progress)(rows)
    }
}

/// Rows of features as CSV with a header; a feature that is not defined is empty.
pub struct CsvRows<'p, W: Write> {
    to: W,
    progress: &'p dyn Fn(u64) -> Flow,
}

impl<'p, W: Write> CsvRows<'p, W> {
    /// Writes the header.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn create(mut to: W, features: &[Feature], progress: &'p dyn Fn(u64) -> Flow) -> Result<Self, EngineError> {
        let names: Vec<&str> = features.iter().map(|feature| feature.name.as_str()).collect();
        writeln!(to, "transfer_id,{}", names.join(",")).map_err(unwritten)?;
        Ok(Self { to, progress })
    }

    /// What was written to.
    ///
    /// # Errors
    /// The last of it cannot be written.
    pub fn finish(mut self) -> Result<W, EngineError> {
        self.to.flush().map_err(unwritten)?;
        Ok(self.to)
    }
}

fn unwritten(error: std::io::Error) -> EngineError {
    EngineError::Stage { stage: "features", problem: format!("cannot write the rows: {error}") }
}

/// An id as a CSV cell: in quotes where it must be.
fn cell(id: &str) -> std::borrow::Cow<'_, str> {
    if id.contains([',', '"', '\n', '\r']) { format!("\"{}\"", id.replace('"', "\"\"")).into() } else { id.into() }
}

impl<W: Write> RowSink for CsvRows<'_, W> {
    fn rows(&mut self, ids: &[String], table: &Table) -> Result<(), EngineError> {
        let mut line = String::new();
        for (row, id) in ids.iter().enumerate() {
            line.clear();
            line.push_str(&cell(id));
            for column in &table.columns {
                line.push(',');
                let value = column.value(row);
                if !value.is_nan() {
                    let _ = std::fmt::Write::write_fmt(&mut line, format_args!("{value}"));
                }
            }
            line.push('\n');
            self.to.write_all(line.as_bytes()).map_err(unwritten)?;
        }
        Ok(())
    }

    fn progress(&mut self, rows: u64) -> Flow {
        (self.progress)(rows)
    }
}
