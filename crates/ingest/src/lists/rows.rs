//! Rows that an importer makes itself, through the same checks as any others.

use std::collections::BTreeMap;

use tributary_model::{Column, Table};

use crate::builder::{TableBuilder, USUAL};
use crate::error::IngestError;
use crate::keep::{Keeping, Kept};
use crate::ordered::Ordered;
use crate::parse::{BadRow, Parsed, ParsedOutput, RawRows, text_hashes};
use crate::plan::{From, OutputPlan, Plan};
use crate::problem::Problem;
use crate::read::{Options, Sink, Summary};
use crate::record::{Fields, Record, Slot};

/// Rows in a block.
const BLOCK_ROWS: u32 = 16_384;

/// A row in the making: values by column.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    values: BTreeMap<&'static str, Vec<String>>,
    attributes: serde_json::Map<String, serde_json::Value>,
}

impl Draft {
    /// Adds a value to a column; empty ones mean nothing.
    pub(crate) fn set(&mut self, column: &'static str, value: impl AsRef<str>) -> &mut Self {
        let value = value.as_ref().trim();
        if !value.is_empty() {
            let values = self.values.entry(column).or_default();
            if !values.iter().any(|known| known == value) {
                values.push(value.to_owned());
            }
        }
        self
    }

    /// The values of a column until now.
    pub(crate) fn get(&self, column: &'static str) -> &[String] {
        self.values.get(column).map_or(&[], Vec::as_slice)
    }

    /// Keeps something beside the columns.
    pub(crate) fn attribute(&mut self, name: &str, value: impl AsRef<str>) -> &mut Self {
        let value = value.as_ref().trim();
        if !value.is_empty() {
            match self.attributes.get_mut(name) {
                Some(serde_json::Value::Array(values)) => values.push(value.into()),
                _ => {
                    self.attributes.insert(name.to_owned(), serde_json::Value::Array(vec![value.into()]));
                }
            }
        }
        self
    }
}

/// Takes rows of an importer's tables, block by block, to the ordered stage.
pub(crate) struct Rows<'a, 'o> {
    ordered: Ordered<'a, 'o>,
    plan: Plan,
    options: &'o Options<'o>,
    builders: Vec<TableBuilder>,
    bad: Vec<Vec<BadRow>>,
    keeping: Keeping,
    /// Length and digest of each row's record.
    raws: Vec<Vec<Kept>>,
    counts: Vec<u32>,
    /// What the importer counted, dropped and could not place.
    pub(crate) counted: BTreeMap<String, u64>,
    pub(crate) dropped: BTreeMap<String, u64>,
    pub(crate) unmapped: BTreeMap<String, u64>,
}

/// Adds to a count.
pub(crate) fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    *counts.entry(name.to_owned()).or_insert(0) += 1;
}

fn output_plan(table: Table) -> OutputPlan {
    let unique = table.unique_id().and_then(|name| table.columns().iter().position(|column| column.name == name));
    let columns = table.columns().iter().map(|column| (column, From::Nowhere)).collect();
    OutputPlan { table, columns, only: Vec::new(), attributes: true, distinct: Vec::new(), unique }
}

impl<'a, 'o> Rows<'a, 'o> {
    pub(crate) fn new(file: &str, tables: &[Table], options: &'o Options<'o>, sink: &'a mut dyn Sink) -> Result<Self, IngestError> {
        let outputs: Vec<OutputPlan> = tables.iter().map(|table| output_plan(*table)).collect();
        let plan = Plan { fields: Vec::new(), outputs, unknown: Vec::new(), dropped: Vec::new(), drop_names: Vec::new() };
        let keeping = Keeping::new(&plan, None, options.keep_text, options.digest_key, options.limits);
        let ordered = Ordered::new(file, &plan, keeping.clone(), options, sink)?;
        let mut rows = Self {
            ordered,
            plan,
            options,
            builders: Vec::new(),
            bad: Vec::new(),
            keeping,
            raws: Vec::new(),
            counts: Vec::new(),
            counted: BTreeMap::new(),
            dropped: BTreeMap::new(),
            unmapped: BTreeMap::new(),
        };
        rows.reset();
        Ok(rows)
    }

    fn reset(&mut self) {
        self.builders = self.plan.outputs.iter().map(|output| TableBuilder::new(output.table, self.options.keep_text)).collect();
        self.bad = self.builders.iter().map(|_| Vec::new()).collect();
        self.raws = self.builders.iter().map(|_| Vec::new()).collect();
        self.counts = vec![0; self.builders.len()];
    }

    /// Adds a row to a table. `raw` is the source record: it may hold anything, so quarantine keeps its length and digest beside the row's columns.
    pub(crate) fn push(&mut self, table: Table, draft: &Draft, raw: &str) -> Result<(), IngestError> {
        let Some(index) = self.plan.outputs.iter().position(|output| output.table == table) else {
            return Ok(());
        };
        let limits = self.options.limits;
        let stand_in = self.keeping.stand_in(raw.as_bytes());
        let (Some(builder), Some(rows)) = (self.builders.get_mut(index), self.counts.get_mut(index)) else {
            return Ok(());
        };
        let mut fields = Fields::default();
        let mut first: Result<(), Problem> = Ok(());
        for (position, column) in table.columns().iter().enumerate() {
            fields.clear();
            let slot = slot(column, draft.get(column.name), &mut fields);
            let record = Record { text: "", fields: &fields };
            let added = builder.add(position, column, record.value(slot), USUAL, limits);
            if first.is_ok() {
                first = added;
            }
        }
        let attributes = (!draft.attributes.is_empty()).then(|| serde_json::Value::Object(draft.attributes.clone()).to_string());
        builder.end_row(*rows, first.is_ok(), attributes.as_deref());
        if let (Err(problem), Some(bad)) = (first, self.bad.get_mut(index)) {
            let values = draft.values.iter().map(|(name, values)| (*name, values.as_slice()));
            let kept = self.keeping.columns(index, values, stand_in.clone());
            bad.push(BadRow { row: *rows, problem: self.keeping.screen(index, problem), kept });
        }
        if let Some(raws) = self.raws.get_mut(index) {
            raws.push(stand_in);
        }
        *rows += 1;
        if *rows >= BLOCK_ROWS { self.flush() } else { Ok(()) }
    }

    /// Counts a record of the source that no table can take: a row of the first table, quarantined.
    pub(crate) fn refuse(&mut self, problem: Problem, raw: &str) -> Result<(), IngestError> {
        let kept = self.keeping.whole(raw.as_bytes());
        if let (Some(bad), Some(raws), Some(rows)) = (self.bad.first_mut(), self.raws.first_mut(), self.counts.first_mut()) {
            bad.push(BadRow { row: *rows, problem, kept: kept.clone() });
            raws.push(kept);
            *rows += 1;
        }
        if self.counts.first().is_some_and(|rows| *rows >= BLOCK_ROWS) { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), IngestError> {
        let builders = std::mem::take(&mut self.builders);
        let bads = std::mem::take(&mut self.bad);
        let mut outputs = Vec::with_capacity(builders.len());
        for (((builder, bad), plan), rows) in builders.into_iter().zip(bads).zip(&self.plan.outputs).zip(&self.counts) {
            let built = builder.finish()?;
            let ids = plan.unique.and_then(|index| built.arrays.get(index)).map(|array| text_hashes(std::slice::from_ref(array)));
            outputs.push(ParsedOutput { rows: *rows, built, ids, distinct: None, bad, left_out: 0 });
        }
        let raw = RawRows::Given(std::mem::take(&mut self.raws));
        self.ordered.take(Parsed {
            rows: self.counts.first().copied().unwrap_or(0),
            outputs,
            unknown: std::collections::BTreeSet::new(),
            dropped: BTreeMap::new(),
            raw,
        })?;
        self.reset();
        Ok(())
    }

    /// Ends the import.
    pub(crate) fn finish(mut self) -> Result<Summary, IngestError> {
        self.flush()?;
        let mut summary = self.ordered.finish()?;
        summary.dropped = self.dropped;
        summary.unmapped = self.unmapped;
        summary.counts = self.counted;
        Ok(summary)
    }
}

fn slot(column: &Column, values: &[String], fields: &mut Fields) -> Slot {
    if !column.list {
        return values.first().map_or(Slot::Absent, |value| fields.keep(value));
    }
    for value in values {
        if let Slot::Arena(start, end) = fields.keep(value) {
            fields.items.push((start, end));
        }
    }
    Slot::Items(0, fields.items.len() as u32)
}
