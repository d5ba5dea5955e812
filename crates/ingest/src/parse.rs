//! A block of records into columns, row by row, with what was wrong.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::error::ArrowError;
use rustc_hash::FxHashMap;

use crate::banned::strip;
use crate::blocks::{Block, too_long};
use crate::builder::{Built, Reading, TableBuilder, USUAL};
use crate::columnar;
use crate::csv;
use crate::keep::{Keeping, Kept};
use crate::limits::Limits;
use crate::mapping::{HashKey, Rule};
use crate::moment::Clock;
use crate::ndjson;
use crate::plan::{From, OutputPlan, Plan, id_hash};
use crate::problem::{Problem, Wrong};
use crate::record::{Fields, Record, Value};

/// A row that was not accepted.
#[derive(Debug)]
pub(crate) struct BadRow {
    /// Relative to the block's first row.
    pub(crate) row: u32,
    pub(crate) problem: Problem,
    pub(crate) kept: Kept,
}

/// What one output got of a block.
pub(crate) struct ParsedOutput {
    /// Rows of the source that were looked at for it.
    pub(crate) rows: u32,
    pub(crate) built: Built,
    /// Hashes of the ids of good rows, where the table has a unique id.
    pub(crate) ids: Option<Vec<u64>>,
    /// Hashes of the values that are taken once.
    pub(crate) distinct: Option<Vec<u64>>,
    pub(crate) bad: Vec<BadRow>,
    pub(crate) left_out: u64,
}

/// What came of a block.
pub(crate) struct Parsed {
    /// Records read.
    pub(crate) rows: u32,
    pub(crate) outputs: Vec<ParsedOutput>,
    pub(crate) unknown: BTreeSet<String>,
    pub(crate) dropped: BTreeMap<String, u64>,
    pub(crate) raw: RawRows,
}

/// The raw rows of a block, for what is found wrong later.
pub(crate) enum RawRows {
    Text(Vec<u8>, Vec<(u32, u32)>),
    Columns(RecordBatch),
    /// What stands in for an importer's records, by output and row.
    Given(Vec<Vec<Kept>>),
}

impl RawRows {
    /// What may be kept of a row.
    pub(crate) fn kept(&self, output: usize, row: u32, keeping: &Keeping) -> Kept {
        match self {
            Self::Columns(batch) => {
                let mut fields = Fields::default();
                columnar::row(batch, row as usize, &mut fields);
                keeping.split(&Record { text: "", fields: &fields }, columnar::raw(batch, row as usize).as_bytes())
            }
            Self::Given(rows) => rows.get(output).and_then(|rows| rows.get(row as usize)).cloned().unwrap_or_default(),
            Self::Text(bytes, ranges) => {
                let range = ranges.get(row as usize).copied().unwrap_or_default();
                keeping.again(bytes.get(range.0 as usize..range.1 as usize).unwrap_or_default())
            }
        }
    }
}

/// How records stand in text.
#[derive(Clone, Debug)]
pub(crate) enum Lines {
    Csv { delimiter: u8, columns: usize },
    Json(FxHashMap<String, usize>),
}

/// What every worker needs to know.
pub(crate) struct Job<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) lines: Lines,
    pub(crate) transcoded: bool,
    pub(crate) limits: &'a Limits,
    pub(crate) key: Option<&'a HashKey>,
    pub(crate) keep_text: bool,
    pub(crate) keeping: &'a Keeping,
}

/// A worker's reusable room.
#[derive(Default)]
pub(crate) struct Scratch {
    fields: Fields,
    text: String,
    attributes: String,
}

struct Building<'a> {
    job: &'a Job<'a>,
    builders: Vec<TableBuilder>,
    bad: Vec<Vec<BadRow>>,
    left_out: Vec<u64>,
    unknown: BTreeSet<String>,
    dropped: BTreeMap<String, u64>,
    rows: u32,
    /// Number of the block's first row, where a rule asks for row numbers.
    base: u64,
}

/// Reads a block. `base` is the number of rows before it, known only where blocks are read in order by one worker.
pub(crate) fn parse(job: &Job<'_>, block: Block, base: u64, scratch: &mut Scratch) -> Result<Parsed, ArrowError> {
    let outputs = job.plan.outputs.len();
    let mut building = Building {
        job,
        builders: job.plan.outputs.iter().map(|output| TableBuilder::new(output.table, job.keep_text)).collect(),
        bad: (0..outputs).map(|_| Vec::new()).collect(),
        left_out: vec![0; outputs],
        unknown: BTreeSet::new(),
        dropped: BTreeMap::new(),
        rows: 0,
        base,
    };
    let raw = match block {
        Block::Text(bytes) => {
            let ranges = building.text(&bytes, scratch);
            RawRows::Text(bytes, ranges)
        }
        Block::Bad(bytes, problem) => {
            building.refuse(problem, &job.keeping.whole(&bytes));
            building.rows += 1;
            let range = (0, bytes.len() as u32);
            RawRows::Text(bytes, vec![range])
        }
        Block::Columns(batch) => {
            let batch = columnar::plain(&batch)?;
            for row in 0..batch.num_rows() {
                scratch.fields.clear();
                columnar::row(&batch, row, &mut scratch.fields);
                let nul = scratch.fields.arena.contains('\0');
                let raw = || columnar::raw(&batch, row).into_bytes();
                if nul {
                    building.refuse(nul_problem(), &job.keeping.split(&Record { text: "", fields: &scratch.fields }, &raw()));
                } else {
                    building.record("", scratch, &|| Cow::Owned(raw()));
                }
                building.rows += 1;
            }
            RawRows::Columns(batch)
        }
    };
    building.finish(raw)
}

fn nul_problem() -> Problem {
    Problem::of_row("holds a NUL character", "export the file again as text; UTF-16 files need their byte order mark or `encoding` in a mapping")
}

impl Building<'_> {
    /// Reads all records of a text block; gives their ranges.
    fn text(&mut self, bytes: &[u8], scratch: &mut Scratch) -> Vec<(u32, u32)> {
        let quotes = memchr::memchr(b'"', bytes).is_some();
        let mut ranges = Vec::with_capacity(bytes.len() / 64);
        let mut position = 0;
        while position < bytes.len() {
            let (end, next) = self.line(bytes, position, quotes);
            let mut record = bytes.get(position..end).unwrap_or_default();
            if let Some(shorter) = record.strip_suffix(b"\r") {
                record = shorter;
            }
            if !record.is_empty() {
                ranges.push((position as u32, (position + record.len()) as u32));
                if let Err(problem) = self.line_record(record, scratch) {
                    let kept = self.job.keeping.whole(record);
                    self.refuse(problem, &kept);
                }
                self.rows += 1;
            }
            position = next;
        }
        ranges
    }

    fn line(&self, bytes: &[u8], position: usize, quotes: bool) -> (usize, usize) {
        if let (Lines::Csv { delimiter, .. }, true) = (&self.job.lines, quotes) {
            return match csv::record_end(bytes, position, *delimiter) {
                csv::End::At(end, next) => (end, next),
                csv::End::Open(_) => (bytes.len(), bytes.len()),
            };
        }
        match bytes.get(position..).and_then(|rest| memchr::memchr(b'\n', rest)) {
            Some(step) => (position + step, position + step + 1),
            None => (bytes.len(), bytes.len()),
        }
    }

    /// One record of text: the checks of the whole row, then its fields.
    fn line_record(&mut self, record: &[u8], scratch: &mut Scratch) -> Result<(), Problem> {
        let limits = self.job.limits;
        if record.len() > limits.record_bytes_max {
            return Err(too_long(limits));
        }
        let text = std::str::from_utf8(record).map_err(|_| {
            Problem::of_row(
                "holds bytes that are not UTF-8",
                "save the file as UTF-8, or name its encoding in a mapping file (`encoding = \"windows-1256\"`)",
            )
        })?;
        if memchr::memchr(0, record).is_some() {
            return Err(nul_problem());
        }
        if self.job.transcoded && text.contains('\u{fffd}') {
            return Err(Problem::of_row(
                "holds bytes that have no meaning in the file's encoding",
                "check `encoding` in the mapping, or mend the row at its source",
            ));
        }
        scratch.fields.clear();
        match &self.job.lines {
            Lines::Csv { delimiter, columns } => {
                let found = csv::split(text, *delimiter, &mut scratch.fields, limits.columns_max)?;
                if found != *columns {
                    let remedy = "give every row as many fields as the header, and quote fields that hold the delimiter or line ends";
                    return Err(Problem::of_row(format!("has {found} fields where the header has {columns}"), remedy));
                }
            }
            Lines::Json(positions) => ndjson::parse(text, positions, &mut scratch.fields, limits.columns_max)?,
        }
        self.record(text, scratch, &|| Cow::Borrowed(text.as_bytes()));
        Ok(())
    }

    /// A row that no output can take.
    fn refuse(&mut self, problem: Problem, kept: &Kept) {
        for bad in &mut self.bad {
            bad.push(BadRow { row: self.rows, problem: problem.clone(), kept: kept.clone() });
        }
    }

    /// One record whose fields are in the scratch room: a row for each output that takes it.
    fn record<'r>(&mut self, text: &str, scratch: &mut Scratch, raw: &dyn Fn() -> Cow<'r, [u8]>) {
        let job = self.job;
        let Scratch { fields, text: room, attributes } = scratch;
        let record = Record { text, fields };
        attributes.clear();
        self.collect_attributes(&record, attributes);
        for (index, output) in job.plan.outputs.iter().enumerate() {
            if !output.only.iter().all(|condition| condition.holds(&record)) {
                if let Some(left_out) = self.left_out.get_mut(index) {
                    *left_out += 1;
                }
                continue;
            }
            let kept = (output.attributes && !attributes.is_empty()).then_some(attributes.as_str());
            let Some(builder) = self.builders.get_mut(index) else {
                continue;
            };
            let row_number = self.base + u64::from(self.rows) + 1;
            if let Err(problem) = row(job, output, builder, &record, room, row_number) {
                builder.end_row(self.rows, false, None);
                if let Some(bad) = self.bad.get_mut(index) {
                    let kept = job.keeping.split(&record, &raw());
                    bad.push(BadRow { row: self.rows, problem: job.keeping.screen(index, problem), kept });
                }
                continue;
            }
            builder.end_row(self.rows, true, kept);
        }
    }

    /// Unknown fields as JSON text; banned and dropped ones are counted.
    fn collect_attributes(&mut self, record: &Record<'_>, out: &mut String) {
        let plan = self.job.plan;
        for field in &plan.dropped {
            if !matches!(record.column(*field), Value::Absent) {
                count(&mut self.dropped, plan.fields.get(*field).map_or("", String::as_str));
            }
        }
        if plan.unknown.is_empty() && record.fields.extra.is_empty() {
            return;
        }
        let mut separator = '{';
        for field in &plan.unknown {
            let name = plan.fields.get(*field).map_or("", String::as_str);
            attribute(out, &mut separator, name, record.column(*field), &mut self.dropped);
        }
        for (name, slot) in &record.fields.extra {
            let name = record.arena(*name);
            let value = record.value(*slot);
            if plan.drops(name) {
                if !matches!(value, Value::Absent) {
                    count(&mut self.dropped, name);
                }
                continue;
            }
            if !self.unknown.contains(name) && self.unknown.len() < self.job.limits.columns_max {
                self.unknown.insert(name.to_owned());
            }
            attribute(out, &mut separator, name, value, &mut self.dropped);
        }
        if separator == ',' {
            out.push('}');
        }
    }

    fn finish(self, raw: RawRows) -> Result<Parsed, ArrowError> {
        let mut outputs = Vec::with_capacity(self.builders.len());
        for (((builder, bad), left_out), plan) in self.builders.into_iter().zip(self.bad).zip(self.left_out).zip(&self.job.plan.outputs) {
            let built = builder.finish()?;
            let ids = plan.unique.and_then(|index| built.arrays.get(index)).map(|array| text_hashes(std::slice::from_ref(array)));
            let distinct = (!plan.distinct.is_empty()).then(|| {
                let columns: Vec<ArrayRef> = plan.distinct.iter().filter_map(|index| built.arrays.get(*index).cloned()).collect();
                text_hashes(&columns)
            });
            outputs.push(ParsedOutput { rows: self.rows, built, ids, distinct, bad, left_out });
        }
        Ok(Parsed { rows: self.rows, outputs, unknown: self.unknown, dropped: self.dropped, raw })
    }
}

fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    match counts.get_mut(name) {
        Some(count) => *count += 1,
        None => {
            counts.insert(name.to_owned(), 1);
        }
    }
}

/// Hashes of the texts of some columns, row by row. Columns that are not text are passed over.
pub(crate) fn text_hashes(columns: &[ArrayRef]) -> Vec<u64> {
    let texts: Vec<_> = columns.iter().filter_map(|array| array.as_string_opt::<i32>()).collect();
    let rows = columns.first().map_or(0, |array| array.len());
    let mut joined = String::new();
    let hash = |row: usize| match texts.as_slice() {
        [one] => id_hash(if one.is_null(row) { "" } else { one.value(row) }),
        many => {
            joined.clear();
            for text in many {
                joined.push_str(if text.is_null(row) { "" } else { text.value(row) });
                joined.push('\0');
            }
            id_hash(&joined)
        }
    };
    (0..rows).map(hash).collect()
}

/// Adds one member to a JSON object.
fn attribute(out: &mut String, separator: &mut char, name: &str, value: Value<'_>, dropped: &mut BTreeMap<String, u64>) {
    let text = match value {
        Value::Absent => return,
        Value::Text(text) => serde_json::Value::from(text).to_string(),
        Value::List(items) => serde_json::Value::from(items.iter().collect::<Vec<_>>()).to_string(),
        Value::Nested(text) => {
            let mut value = serde_json::from_str::<serde_json::Value>(text).unwrap_or_default();
            // Written anew only where something was taken out: numbers stay the text they were.
            if strip(&mut value, dropped) { value.to_string() } else { text.to_owned() }
        }
    };
    out.push(*separator);
    *separator = ',';
    out.push_str(&serde_json::Value::from(name).to_string());
    out.push(':');
    out.push_str(&text);
}

/// One row of one output. Every column gets a value or null, also after a problem, so that columns stay of one length.
fn row(
    job: &Job<'_>,
    output: &OutputPlan,
    builder: &mut TableBuilder,
    record: &Record<'_>,
    room: &mut String,
    row_number: u64,
) -> Result<(), Problem> {
    let mut first: Result<(), Problem> = Ok(());
    for (index, (column, from)) in output.columns.iter().enumerate() {
        let added = match from {
            From::Nowhere => builder.add(index, column, Value::Absent, USUAL, job.limits),
            From::Field(field) => builder.add(index, column, record.column(*field), USUAL, job.limits),
            From::Rule(sources, rule) => {
                let reading = Reading {
                    clock: rule.clock.as_ref().unwrap_or(&Clock::Offset),
                    scale: rule.scale,
                    separator: if rule.from.len() > 1 && column.list { '\u{1f}' } else { rule.split.unwrap_or('|') },
                };
                match evaluate(rule, sources, column.list, record, room, row_number, job.key) {
                    Ok(()) => {
                        let value = if room.is_empty() { Value::Absent } else { Value::Text(room) };
                        builder.add(index, column, value, reading, job.limits)
                    }
                    Err(wrong) => {
                        let problem = Problem::of_value(column.name, room, wrong);
                        // The column still needs its place in this row.
                        let _ = builder.add(index, column, Value::Absent, USUAL, job.limits);
                        Err(problem)
                    }
                }
            }
        };
        if first.is_ok() {
            first = added;
        }
    }
    first
}

/// Evaluates a rule into `out`. Lists are joined by the separator that the reading then splits at.
fn evaluate(rule: &Rule, sources: &[usize], list: bool, record: &Record<'_>, out: &mut String, row: u64, key: Option<&HashKey>) -> Result<(), Wrong> {
    out.clear();
    if let Some(constant) = &rule.constant {
        out.push_str(constant);
    } else if rule.row {
        out.push_str(&row.to_string());
    } else {
        gather(rule, sources, list, record, out)?;
    }
    if out.is_empty() {
        return Ok(());
    }
    if rule.trim || rule.upper {
        let text = if rule.upper { out.trim().to_uppercase() } else { out.trim().to_owned() };
        *out = text;
    }
    if let Some(values) = &rule.values {
        match values.get(out.as_str()).or(rule.otherwise.as_ref()) {
            Some(value) => value.clone_into(out),
            None => {
                return Err(Wrong::new("is not among the `values` of the mapping", "add it to `values`, or give `otherwise`"));
            }
        }
    }
    if rule.keyed_hash && !out.is_empty() {
        let Some(key) = key else {
            return Err(Wrong::new("is to be hashed and there is no key", "give the key"));
        };
        *out = each(out, separator(rule, list), |item| key.hash(item));
    }
    if !rule.prefix.is_empty() && !out.is_empty() {
        *out = each(out, separator(rule, list), |item| format!("{}{item}", rule.prefix));
    }
    Ok(())
}

/// What stands between the items of a rule's list; None for a single value.
fn separator(rule: &Rule, list: bool) -> Option<char> {
    list.then(|| if rule.from.len() > 1 { '\u{1f}' } else { rule.split.unwrap_or('|') })
}

fn each(text: &str, separator: Option<char>, change: impl Fn(&str) -> String) -> String {
    match separator {
        None => change(text),
        Some(separator) => {
            text.split(separator).map(str::trim).filter(|item| !item.is_empty()).map(change).collect::<Vec<_>>().join(&separator.to_string())
        }
    }
}

/// The texts of a rule's sources, joined.
fn gather(rule: &Rule, sources: &[usize], list: bool, record: &Record<'_>, out: &mut String) -> Result<(), Wrong> {
    let between = if sources.len() > 1 && list { "\u{1f}" } else { rule.join.as_str() };
    let mut present = 0;
    for source in sources {
        let start = out.len();
        match record.column(*source) {
            Value::Absent => continue,
            Value::Text(text) => out.push_str(text),
            Value::List(items) => {
                let separator = separator(rule, true).unwrap_or('|').to_string();
                out.push_str(&items.iter().collect::<Vec<_>>().join(&separator));
            }
            Value::Nested(_) => {
                return Err(Wrong::new("is a structure where a plain value belongs", "map a column that holds plain values"));
            }
        }
        if present > 0 {
            out.insert_str(start, between);
        }
        present += 1;
    }
    // A joined identifier with a part missing would name something else.
    if !list && present < sources.len() {
        out.clear();
    }
    Ok(())
}
