//! The ordered stage: numbers rows, finds duplicates, hands rows to the sink and keeps the account.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StringArray, UInt64Array};
use arrow::compute::{filter, is_not_null, or};
use arrow::datatypes::SchemaRef;
use rustc_hash::FxHashSet;
use tributary_model::Table;

use crate::error::IngestError;
use crate::keep::{Keeping, Kept};
use crate::parse::{Parsed, ParsedOutput, RawRows};
use crate::plan::Plan;
use crate::problem::Problem;
use crate::quarantine::{Flow, QuarantineEntry};
use crate::read::{Options, OutputSummary, Sink, Summary, entry};
use crate::schema::{batch_schema, trait_schema};

/// Quarantine entries that the report shows.
const FIRST_ENTRIES: usize = 10;
/// Kinds of problem that the report counts apart.
const PROBLEMS_MAX: usize = 100;

/// One output's place.
struct Place {
    table: Table,
    batch: String,
    schema: SchemaRef,
    traits: Option<SchemaRef>,
    /// Position of the column that names the row.
    unique: Option<usize>,
    ids: Option<FxHashSet<u64>>,
    distinct: Option<FxHashSet<u64>>,
    summary: OutputSummary,
}

/// The stage's state for one file.
pub(crate) struct Ordered<'a, 'o> {
    file: String,
    options: &'o Options<'o>,
    keeping: Keeping,
    sink: &'a mut dyn Sink,
    places: Vec<Place>,
    summary: Summary,
    rows: u64,
}

impl<'a, 'o> Ordered<'a, 'o> {
    /// Starts with the ids that earlier batches hold.
    pub(crate) fn new(file: &str, plan: &Plan, keeping: Keeping, options: &'o Options<'o>, sink: &'a mut dyn Sink) -> Result<Self, IngestError> {
        let mut places = Vec::with_capacity(plan.outputs.len());
        for (index, output) in plan.outputs.iter().enumerate() {
            let ids = match output.unique {
                None => None,
                Some(_) => Some(sink.known_ids(index).map_err(IngestError::Sink)?),
            };
            places.push(Place {
                table: output.table,
                batch: options.batches.get(index).cloned().unwrap_or_default(),
                schema: batch_schema(output.table),
                traits: trait_schema(output.table),
                unique: output.unique,
                ids,
                distinct: (!output.distinct.is_empty()).then(FxHashSet::default),
                summary: OutputSummary::default(),
            });
        }
        let mut summary = Summary::default();
        summary.unknown_columns.extend(plan.unknown.iter().filter_map(|index| plan.fields.get(*index).cloned()));
        Ok(Self { file: file.to_owned(), options, keeping, sink, places, summary, rows: 0 })
    }

    /// Takes the next block of the file.
    pub(crate) fn take(&mut self, parsed: Parsed) -> Result<(), IngestError> {
        let Parsed { rows, outputs, unknown, dropped, raw } = parsed;
        for (index, output) in outputs.into_iter().enumerate() {
            self.output(index, output, &raw)?;
        }
        self.summary.unknown_columns.extend(unknown);
        for (name, count) in dropped {
            *self.summary.dropped.entry(name).or_insert(0) += count;
        }
        self.rows += u64::from(rows);
        match self.sink.progress(self.rows) {
            Flow::Continue => Ok(()),
            Flow::Stop => Err(IngestError::Stopped),
        }
    }

    fn output(&mut self, index: usize, mut output: ParsedOutput, raw: &RawRows) -> Result<(), IngestError> {
        let Some(place) = self.places.get_mut(index) else {
            return Ok(());
        };
        let base = place.summary.rows_read;
        place.summary.rows_read += u64::from(output.rows);
        place.summary.left_out += output.left_out;
        let (fresh, repeated) = fresh(place, &output);
        let bads = std::mem::take(&mut output.bad);
        let mut bad: Vec<(u32, Problem, Kept)> = bads.into_iter().map(|bad| (bad.row, bad.problem, bad.kept)).collect();
        for index_of_good in repeated {
            let row = output.built.rows.get(index_of_good).copied().unwrap_or_default();
            let mut problem =
                Problem::of_row("repeats an id that is there already", "if it is another record give it another id; if it is the same, leave it out");
            problem.column = place.table.unique_id().unwrap_or_default().into();
            problem.duplicate = true;
            // As it is stored: where a mapping hashes ids, the hash.
            problem.value = id_of(place, &output, index_of_good);
            bad.push((row, problem, raw.kept(index, row, &self.keeping)));
        }
        bad.sort_by_key(|(row, _, _)| *row);
        for (row, problem, kept) in bad {
            let entry = entry(&self.file, base + u64::from(row) + 1, &problem, kept, self.options.limits);
            note(&mut place.summary, &entry, problem.duplicate);
            self.sink.quarantine(index, &entry).map_err(IngestError::Sink)?;
        }
        let numbers: Vec<u64> = output.built.rows.iter().map(|row| base + u64::from(*row) + 1).collect();
        accept(place, index, output.built.arrays, numbers, fresh.as_ref(), self.sink)
    }

    /// The account of the whole file; refuses it when more than half is bad.
    pub(crate) fn finish(mut self) -> Result<Summary, IngestError> {
        for place in self.places {
            judge(&place.summary)?;
            self.summary.outputs.push(place.summary);
        }
        Ok(self.summary)
    }
}

/// More than half bad? Repeated ids do not count: an export that overlaps the last one is not a broken file.
pub(crate) fn judge(summary: &OutputSummary) -> Result<(), IngestError> {
    let bad = summary.quarantined - summary.duplicates;
    let rows = summary.rows_read - summary.left_out - summary.duplicates;
    if bad.saturating_mul(2) > rows {
        return Err(IngestError::Refused { bad, rows, first: summary.first.clone() });
    }
    Ok(())
}

/// Counts an entry.
pub(crate) fn note(summary: &mut OutputSummary, entry: &QuarantineEntry, duplicate: bool) {
    summary.quarantined += 1;
    summary.duplicates += u64::from(duplicate);
    let kind = if entry.column.is_empty() { entry.problem.clone() } else { format!("{}: {}", entry.column, entry.problem) };
    if summary.problems.len() < PROBLEMS_MAX || summary.problems.contains_key(&kind) {
        *summary.problems.entry(kind).or_insert(0) += 1;
    }
    if summary.first.len() < FIRST_ENTRIES {
        summary.first.push(entry.clone());
    }
}

/// The id of a good row, as it would be stored.
fn id_of(place: &Place, output: &ParsedOutput, index: usize) -> String {
    let ids = place.unique.and_then(|unique| output.built.arrays.get(unique)).and_then(|array| array.as_string_opt::<i32>());
    ids.filter(|ids| index < ids.len()).map(|ids| ids.value(index).to_owned()).unwrap_or_default()
}

/// Which good rows are new: a mask where some are not, and which of them (by position) have an id that was there already.
fn fresh(place: &mut Place, output: &ParsedOutput) -> (Option<BooleanArray>, Vec<usize>) {
    let rows = output.built.rows.len();
    let mut repeated = Vec::new();
    let mut mask: Option<Vec<bool>> = None;
    if let (Some(seen), Some(hashes)) = (&mut place.distinct, &output.distinct) {
        let first: Vec<bool> = hashes.iter().map(|hash| seen.insert(*hash)).collect();
        let again = first.iter().filter(|first| !**first).count();
        place.summary.left_out += again as u64;
        if again > 0 {
            mask = Some(first);
        }
    }
    if let (Some(seen), Some(hashes)) = (&mut place.ids, &output.ids) {
        for (index, hash) in hashes.iter().enumerate() {
            let wanted = mask.as_ref().is_none_or(|mask| mask.get(index).copied().unwrap_or(false));
            if wanted && !seen.insert(*hash) {
                repeated.push(index);
                let mask = mask.get_or_insert_with(|| vec![true; rows]);
                if let Some(slot) = mask.get_mut(index) {
                    *slot = false;
                }
            }
        }
    }
    (mask.map(BooleanArray::from), repeated)
}

/// Puts a block's columns together in the order of the batch schema and hands them on, traits apart.
fn accept(
    place: &mut Place,
    index: usize,
    arrays: Vec<ArrayRef>,
    numbers: Vec<u64>,
    fresh: Option<&BooleanArray>,
    sink: &mut dyn Sink,
) -> Result<(), IngestError> {
    let mut arrays = arrays;
    let mut numbers: ArrayRef = Arc::new(UInt64Array::from(numbers));
    if let Some(mask) = fresh {
        arrays = arrays.iter().map(|array| filter(array, mask)).collect::<Result<_, _>>()?;
        numbers = filter(&numbers, mask)?;
    }
    let rows = numbers.len();
    if rows == 0 {
        return Ok(());
    }
    place.summary.rows += rows as u64;
    let batch: ArrayRef = Arc::new(StringArray::from_iter_values(std::iter::repeat_n(place.batch.as_str(), rows)));
    let (mut open, mut traits) = (Vec::new(), vec![numbers.clone()]);
    let mut arrays = arrays.into_iter();
    for (column, array) in place.table.columns().iter().zip(arrays.by_ref()) {
        if column.protected { traits.push(array) } else { open.push(array) }
    }
    open.extend([batch, numbers]);
    // Attributes, and for posts the sketches.
    open.extend(arrays);
    let open = RecordBatch::try_new(place.schema.clone(), open)?;
    let traits = match &place.traits {
        None => None,
        Some(schema) => stated(schema, traits)?,
    };
    place.summary.traits |= traits.is_some();
    sink.accept(index, &open, traits.as_ref()).map_err(IngestError::Sink)
}

/// The rows that state a trait, if any does.
fn stated(schema: &SchemaRef, columns: Vec<ArrayRef>) -> Result<Option<RecordBatch>, IngestError> {
    let mut any: Option<BooleanArray> = None;
    for column in columns.iter().skip(1) {
        let here = is_not_null(column)?;
        any = Some(match any {
            None => here,
            Some(any) => or(&any, &here)?,
        });
    }
    let Some(mask) = any.filter(|mask| mask.true_count() > 0) else {
        return Ok(None);
    };
    let columns = columns.iter().map(|column| filter(column, &mask)).collect::<Result<_, _>>()?;
    Ok(Some(RecordBatch::try_new(schema.clone(), columns)?))
}
