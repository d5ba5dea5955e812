//! Features of each transfer of a file, written as they come.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use tributary_features::{Column, Config, Cuts, Engine, Feature, FeatureError, Table, Transfer};
use tributary_ingest::{Flow, Mapping};
use tributary_lake::ParquetFile;
use tributary_model::Timestamp;

use crate::error::EngineError;
use crate::transfers::{self, Piece, Read};

/// Rows of a file that is not in the order of time, held in memory until they are: above it the file is to be sorted first.
const UNSORTED_MAX: usize = 5_000_000;

/// Where rows of features go, in the order of the file.
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
    /// Its currencies, when there is more than one: amounts were then compared as if they were of one.
    pub currencies: Vec<String>,
}

fn failed(error: FeatureError) -> EngineError {
    EngineError::Stage { stage: "features", problem: error.to_string() }
}

/// One pass over the file: transfers in order go straight into the engine; at the first one out of order the pass stops, unless `hold` keeps them all.
struct Pass<'s> {
    engine: Engine,
    sink: &'s mut dyn RowSink,
    hold: bool,
    held: (Vec<String>, Vec<Transfer>),
    last: i64,
    disorder: bool,
    currencies: std::collections::BTreeSet<String>,
}

impl Pass<'_> {
    fn take(&mut self, piece: Piece) -> Result<Flow, EngineError> {
        self.currencies.extend(piece.currencies);
        if self.hold {
            self.held.0.extend(piece.ids);
            self.held.1.extend(piece.transfers);
            if self.held.1.len() > UNSORTED_MAX {
                let problem = format!("the file is not in the order of time and has more than {UNSORTED_MAX} rows: sort it by `at`");
                return Err(EngineError::Stage { stage: "features", problem });
            }
            return Ok(self.sink.progress(self.held.1.len() as u64));
        }
        for transfer in &piece.transfers {
            self.disorder |= transfer.time < self.last;
            self.last = transfer.time;
        }
        if self.disorder {
            return Ok(Flow::Stop);
        }
        let done = piece.transfers.last().map_or(0, |last| last.id + 1);
        let table = self.engine.push(&piece.transfers).map_err(failed)?;
        self.sink.rows(&piece.ids, &table)?;
        Ok(self.sink.progress(done))
    }

    /// The held transfers, worked on in the order of time and written in that of the file.
    fn finish(&mut self) -> Result<(), EngineError> {
        let (ids, mut transfers) = std::mem::take(&mut self.held);
        transfers.sort_unstable();
        let table = self.engine.push(&transfers).map_err(failed)?;
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
        self.sink.rows(&ids, &Table { id: (0..place.len() as u64).collect(), columns: columns.collect() })
    }
}

/// Computes the features of every transfer of a file and hands them on in the order of the file. A file in the order of time is never held whole: memory is
/// that of the windows. `sink` is made anew by `begin` for each pass; a file out of order needs a second one.
///
/// # Errors
/// The file cannot be read, a setting is out of range, the rows cannot be kept, or the work was stopped.
pub fn features<S: RowSink>(
    path: &Path,
    mapping: Option<&Mapping>,
    config: &Config,
    threads: usize,
    now: Timestamp,
    mut begin: impl FnMut(&[Feature]) -> Result<S, EngineError>,
) -> Result<(S, FeatureSummary), EngineError> {
    for hold in [false, true] {
        let engine = Engine::new(config.clone(), tributary_lake::threads(threads)).map_err(failed)?;
        let mut sink = begin(engine.schema())?;
        let mut pass =
            Pass { engine, sink: &mut sink, hold, held: Default::default(), last: i64::MIN, disorder: false, currencies: Default::default() };
        let read = match transfers::read(path, mapping, now, &mut |piece| pass.take(piece)) {
            Err(EngineError::Stopped) if pass.disorder => continue,
            read => read?,
        };
        if hold {
            pass.finish()?;
        }
        let currencies: Vec<String> = if pass.currencies.len() > 1 { pass.currencies.iter().cloned().collect() } else { Vec::new() };
        let summary = FeatureSummary { read, cuts: pass.engine.cuts(), streamed: !hold, currencies };
        return Ok((sink, summary));
    }
    Err(EngineError::Stopped)
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
