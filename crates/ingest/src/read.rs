//! A whole file through readers, workers and the ordered stage that finds duplicates and hands rows to the sink.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, Seek};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::reader::ChunkReader;
use rustc_hash::{FxHashMap, FxHashSet};
use tributary_model::{Table, Timestamp};

use crate::blocks::{Block, TextBlocks};
use crate::columnar::is_readable;
use crate::csv;
use crate::decode::{self, Packing, Unpacked};
use crate::error::IngestError;
use crate::keep::{Keeping, Kept};
use crate::limits::Limits;
use crate::lists;
use crate::mapping::{HashKey, Mapping, MappingKind};
use crate::ordered::Ordered;
use crate::parse::{Job, Lines, Parsed, Scratch, parse};
use crate::plan::{From, Plan, Shape};
use crate::problem::Problem;
use crate::quarantine::{Flow, QuarantineEntry};
use crate::record::Fields;

/// Rows of a Parquet file in a block.
const PARQUET_ROWS: usize = 16_384;

/// One file to be read.
pub struct Input {
    /// Its name without folders, for messages and quarantine.
    pub name: String,
    /// Its bytes.
    pub file: File,
    /// Counts the bytes read of it.
    pub count: Arc<AtomicU64>,
}

/// What becomes of a file.
pub struct Options<'a> {
    /// The table, for files of its own shape.
    pub table: Option<Table>,
    /// The mapping, for other shapes.
    pub mapping: Option<&'a Mapping>,
    /// Key for keyed hashes.
    pub key: Option<&'a HashKey>,
    /// Keep the text of adverts?
    pub keep_text: bool,
    /// When it was collected: the time of identifiers that a list does not date.
    pub as_of: Timestamp,
    /// Bounds.
    pub limits: &'a Limits,
    /// Threads that parse, at least 1.
    pub threads: usize,
    /// Batch ids, one for each output.
    pub batches: &'a [String],
    /// Key of the digests of quarantined rows: made from the bytes of the files, so that only who has them can try digests out.
    pub digest_key: [u8; 32],
}

/// Receives what is read, in the order of the file.
pub trait Sink {
    /// Accepted rows of an output: the table's batch schema; and the protected traits of those that state any.
    ///
    /// # Errors
    /// The rows could not be stored.
    fn accept(&mut self, output: usize, rows: &arrow::array::RecordBatch, traits: Option<&arrow::array::RecordBatch>) -> Result<(), SinkError>;
    /// A row of an output that was not accepted.
    ///
    /// # Errors
    /// The entry could not be stored.
    fn quarantine(&mut self, output: usize, entry: &QuarantineEntry) -> Result<(), SinkError>;
    /// Hashes of ids that earlier batches of an output's table hold (see [`crate::plan::id_hash`]).
    ///
    /// # Errors
    /// Earlier batches could not be read.
    fn known_ids(&mut self, output: usize) -> Result<FxHashSet<u64>, SinkError>;
    /// How far it is: rows read until now.
    fn progress(&mut self, rows: u64) -> Flow;
}

/// Why a sink failed.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// What came of one output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutputSummary {
    /// Rows read: accepted + quarantined + left out.
    pub rows_read: u64,
    /// Rows accepted.
    pub rows: u64,
    /// Rows quarantined.
    pub quarantined: u64,
    /// Of the quarantined, those whose id was there already.
    pub duplicates: u64,
    /// Rows that the mapping leaves out.
    pub left_out: u64,
    /// Did any row state a protected trait?
    pub traits: bool,
    /// Quarantined rows by `column: problem`.
    pub problems: BTreeMap<String, u64>,
    /// The first quarantined rows.
    pub first: Vec<QuarantineEntry>,
}

/// What came of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// One for each output, in the order of [`output_tables`].
    pub outputs: Vec<OutputSummary>,
    /// Unknown columns, kept as attributes.
    pub unknown_columns: BTreeSet<String>,
    /// What was dropped on purpose: banned properties, label columns.
    pub dropped: BTreeMap<String, u64>,
    /// What was met that has no place in the tables.
    pub unmapped: BTreeMap<String, u64>,
    /// What an importer counted in its source.
    pub counts: BTreeMap<String, u64>,
}

/// The tables a file gives rows for, in order. Empty when neither table nor mapping is known.
#[must_use]
pub fn output_tables(table: Option<Table>, mapping: Option<&Mapping>) -> Vec<Table> {
    match mapping.map(|mapping| &mapping.kind) {
        None => table.into_iter().collect(),
        Some(MappingKind::Columns(declared)) => declared.outputs.iter().map(|output| output.table).collect(),
        Some(MappingKind::Importer(importer)) => lists::tables(*importer).to_vec(),
    }
}

/// Reads files and hands their rows to a sink. More than half of the rows bad, or any error: the caller keeps nothing.
///
/// # Errors
/// The file as a whole was refused, or the sink failed.
pub fn ingest(inputs: Vec<Input>, options: &Options<'_>, sink: &mut dyn Sink) -> Result<Summary, IngestError> {
    if let Some(mapping) = options.mapping
        && mapping.needs_key()
        && options.key.is_none()
    {
        return Err(IngestError::NeedsKey { mapping: mapping.name().to_owned() });
    }
    if let Some(importer) = options.mapping.and_then(Mapping::importer) {
        return lists::import(importer, inputs, options, sink);
    }
    let shape = match (options.mapping.map(|mapping| &mapping.kind), options.table) {
        (Some(MappingKind::Columns(declared)), _) => Shape::Mapped(declared.clone()),
        (_, Some(table)) => Shape::Own(table),
        _ => {
            let remedy = "name the table (`--table`) or a mapping (`--mapping`)".to_owned();
            return Err(IngestError::Shape { expected: "named after a table", remedy });
        }
    };
    let Some(input) = inputs.into_iter().next() else {
        return Err(IngestError::Empty);
    };
    one_file(input, &shape, options, sink)
}

fn one_file(input: Input, shape: &Shape, options: &Options<'_>, sink: &mut dyn Sink) -> Result<Summary, IngestError> {
    let Input { name, mut file, count } = input;
    let mut start = [0_u8; 4];
    let plain_parquet = file.read_exact(&mut start).is_ok() && &start == b"PAR1";
    file.rewind().map_err(IngestError::Read)?;
    if plain_parquet {
        return columns(&name, file, shape, options, sink);
    }
    let mut unpacked = decode::unpack(Box::new(file), count, options.limits)?;
    if unpacked.head.starts_with(b"PAR1") {
        let bytes = decode::whole(&mut unpacked.reader, unpacked.packing, options.limits)?;
        return columns(&name, bytes::Bytes::from(bytes), shape, options, sink);
    }
    text(&name, unpacked, shape, options, sink)
}

/// CSV or JSON lines.
fn text(name: &str, unpacked: Unpacked, shape: &Shape, options: &Options<'_>, sink: &mut dyn Sink) -> Result<Summary, IngestError> {
    let packing = unpacked.packing;
    let read = match shape {
        Shape::Own(_) => None,
        Shape::Mapped(declared) => Some(&declared.read),
    };
    let unpacked_text = decode::text(unpacked, read.and_then(|read| read.encoding.as_deref()));
    let transcoded = unpacked_text.transcoded;
    let mut reader = unpacked_text.reader;
    let first = first_visible(&mut reader, packing)?;
    let Some(first) = first else {
        return Err(IngestError::Empty);
    };
    let reader: Box<dyn Read + Send> = Box::new(std::io::Cursor::new(vec![first]).chain(reader));
    if first == b'<' {
        let remedy = "XML needs an importer: name it with `--mapping un-consolidated`".to_owned();
        return Err(IngestError::Shape { expected: "CSV, JSON lines or Parquet", remedy });
    }
    let (plan, lines, blocks) = if first == b'{' {
        let plan = Plan::without_header(shape)?;
        let positions: FxHashMap<String, usize> = plan.fields.iter().enumerate().map(|(index, field)| (field.clone(), index)).collect();
        (plan, Lines::Json(positions), TextBlocks::new(reader, packing, None, options.limits))
    } else {
        let delimiter = read.and_then(|read| read.delimiter).and_then(|c| u8::try_from(c).ok()).unwrap_or(b',');
        let mut blocks = TextBlocks::new(reader, packing, Some(delimiter), options.limits);
        let header = match read.and_then(|read| read.header.clone()) {
            Some(header) => header,
            None => header(&mut blocks, delimiter, options.limits)?,
        };
        let plan = Plan::with_header(header, shape, options.limits.columns_max)?;
        let columns = plan.fields.len();
        (plan, Lines::Csv { delimiter, columns }, blocks)
    };
    let keeping = Keeping::new(&plan, Some(lines.clone()), options.keep_text, options.digest_key, options.limits);
    let job = Job { plan: &plan, lines, transcoded, limits: options.limits, key: options.key, keep_text: options.keep_text, keeping: &keeping };
    let mut blocks = blocks;
    run(name, &job, options, &mut move || blocks.next(), sink)
}

/// Passes over white space; gives the first byte after it.
fn first_visible(reader: &mut dyn Read, packing: Packing) -> Result<Option<u8>, IngestError> {
    let mut byte = [0_u8; 1];
    loop {
        match reader.read(&mut byte) {
            Ok(0) => return Ok(None),
            Ok(_) if matches!(byte, [b' ' | b'\t' | b'\r' | b'\n']) => {}
            Ok(_) => return Ok(byte.first().copied()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(IngestError::of_read(error, packing.name())),
        }
    }
}

/// Reads the header row.
fn header(blocks: &mut TextBlocks, delimiter: u8, limits: &Limits) -> Result<Vec<String>, IngestError> {
    let bad = |problem: &str, remedy: &str| IngestError::Header { problem: problem.to_owned(), remedy: remedy.to_owned() };
    let Some(record) = blocks.first_record()? else {
        return Err(IngestError::Empty);
    };
    if record.len() > limits.record_bytes_max {
        return Err(bad("is too long", "check that lines end with a line end"));
    }
    let text = String::from_utf8(record).map_err(|_| bad("is not UTF-8", "save the file as UTF-8, or name its encoding in a mapping file"))?;
    if text.contains('\0') {
        return Err(bad("holds a NUL character", "export the file again as text; UTF-16 files need their byte order mark"));
    }
    if text.contains('\r') {
        return Err(bad("holds a carriage return", "end lines with LF or CRLF, not with CR alone"));
    }
    let mut fields = Fields::default();
    csv::split(&text, delimiter, &mut fields, limits.columns_max).map_err(|problem| bad(&problem.problem, &problem.remedy))?;
    let record = crate::record::Record { text: &text, fields: &fields };
    let mut names = Vec::with_capacity(fields.slots.len());
    for slot in &fields.slots {
        match record.value(*slot) {
            crate::record::Value::Text(name) if !name.trim().is_empty() => names.push(name.trim().to_owned()),
            _ => return Err(bad("has a column without a name", "name every column")),
        }
    }
    Ok(names)
}

/// A Parquet file.
fn columns<R: ChunkReader + 'static>(
    name: &str,
    source: R,
    shape: &Shape,
    options: &Options<'_>,
    sink: &mut dyn Sink,
) -> Result<Summary, IngestError> {
    let damaged = |error: parquet::errors::ParquetError| IngestError::Damaged { kind: "Parquet", message: error.to_string() };
    let builder = ParquetRecordBatchReaderBuilder::try_new(source).map_err(damaged)?;
    let schema = builder.schema().clone();
    if schema.fields().len() > options.limits.columns_max {
        return Err(crate::plan::PlanError::TooMany { found: schema.fields().len(), limit: options.limits.columns_max }.into());
    }
    if let Some(field) = schema.fields().iter().find(|field| !is_readable(field.data_type())) {
        return Err(IngestError::ColumnType { column: field.name().clone(), kind: field.data_type().to_string() });
    }
    let header = schema.fields().iter().map(|field| field.name().clone()).collect();
    let plan = Plan::with_header(header, shape, options.limits.columns_max)?;
    let mut reader = builder.with_batch_size(PARQUET_ROWS).build().map_err(damaged)?;
    let lines = Lines::Csv { delimiter: b',', columns: plan.fields.len() };
    let keeping = Keeping::new(&plan, Some(lines.clone()), options.keep_text, options.digest_key, options.limits);
    let job =
        Job { plan: &plan, lines, transcoded: false, limits: options.limits, key: options.key, keep_text: options.keep_text, keeping: &keeping };
    let limits = *options.limits;
    let mut bytes = 0_u64;
    let mut next = move || match reader.next() {
        None => Ok(None),
        Some(Err(error)) => Err(IngestError::Damaged { kind: "Parquet", message: error.to_string() }),
        Some(Ok(batch)) => {
            bytes = bytes.saturating_add(batch.get_array_memory_size() as u64);
            if bytes > limits.decompressed_bytes_max {
                return Err(IngestError::Bomb { limit: limits.decompressed_bytes_max, by_ratio: false });
            }
            Ok(Some(Block::Columns(batch)))
        }
    };
    run(name, &job, options, &mut next, sink)
}

type Numbered = (u64, Result<Block, IngestError>);
type Answer = (u64, Result<Parsed, IngestError>);

/// Reader → workers → ordered stage. Channels are short, so that memory stays bounded.
fn run(
    name: &str,
    job: &Job<'_>,
    options: &Options<'_>,
    next: &mut (dyn FnMut() -> Result<Option<Block>, IngestError> + Send),
    sink: &mut dyn Sink,
) -> Result<Summary, IngestError> {
    let mut ordered = Ordered::new(name, job.plan, job.keeping.clone(), options, sink)?;
    // Row numbers inside rules need the blocks in order.
    let numbered = job.plan.outputs.iter().any(|output| output.columns.iter().any(|(_, from)| matches!(from, From::Rule(_, rule) if rule.row)));
    let workers = if numbered { 1 } else { options.threads.max(1) };
    let stop = AtomicBool::new(false);
    let done = std::thread::scope(|scope| {
        let (block_sender, block_receiver) = sync_channel::<Numbered>(workers);
        let (answer_sender, answer_receiver) = sync_channel::<Answer>(workers);
        let shared = Arc::new(Mutex::new(block_receiver));
        let stop = &stop;
        scope.spawn(move || feed(next, &block_sender, stop));
        for _ in 0..workers {
            let (shared, sender) = (shared.clone(), answer_sender.clone());
            scope.spawn(move || work(job, &shared, &sender));
        }
        drop((shared, answer_sender));
        let done = collect(&mut ordered, &answer_receiver);
        stop.store(true, Ordering::Relaxed);
        // What is still under way is let go.
        drop(answer_receiver);
        done
    });
    done?;
    ordered.finish()
}

fn feed(next: &mut (dyn FnMut() -> Result<Option<Block>, IngestError> + Send), sender: &SyncSender<Numbered>, stop: &AtomicBool) {
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let block = match next() {
            Ok(None) => return,
            Ok(Some(block)) => Ok(block),
            Err(error) => Err(error),
        };
        let last = block.is_err();
        if sender.send((number, block)).is_err() || last {
            return;
        }
    }
}

fn work(job: &Job<'_>, receiver: &Mutex<Receiver<Numbered>>, sender: &SyncSender<Answer>) {
    let mut scratch = Scratch::default();
    let mut base = 0_u64;
    loop {
        let received = match receiver.lock() {
            Ok(receiver) => receiver.recv(),
            Err(_) => return,
        };
        let Ok((number, block)) = received else {
            return;
        };
        let parsed = block.and_then(|block| parse(job, block, base, &mut scratch).map_err(IngestError::Arrow));
        if let Ok(parsed) = &parsed {
            base += u64::from(parsed.rows);
        }
        if sender.send((number, parsed)).is_err() {
            return;
        }
    }
}

/// Takes answers in the order of the file.
fn collect(ordered: &mut Ordered<'_, '_>, receiver: &Receiver<Answer>) -> Result<(), IngestError> {
    let mut waiting: BTreeMap<u64, Result<Parsed, IngestError>> = BTreeMap::new();
    let mut expected = 0_u64;
    while let Ok((number, answer)) = receiver.recv() {
        waiting.insert(number, answer);
        while let Some(answer) = waiting.remove(&expected) {
            expected += 1;
            ordered.take(answer?)?;
        }
    }
    if waiting.is_empty() { Ok(()) } else { Err(IngestError::Lost) }
}

/// A problem as a quarantine entry.
pub(crate) fn entry(file: &str, row: u64, problem: &Problem, kept: Kept, limits: &Limits) -> QuarantineEntry {
    QuarantineEntry {
        file: file.to_owned(),
        row,
        column: problem.column.clone().into_owned(),
        value: crate::problem::cut(&problem.value, limits.quarantine_bytes_max).replace('\0', "\u{fffd}"),
        problem: problem.problem.clone().into_owned(),
        remedy: problem.remedy.clone().into_owned(),
        fields: kept.fields,
        raw: kept.raw,
        bytes: kept.bytes,
        digest: kept.digest,
    }
}
