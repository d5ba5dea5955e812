//! A linkage that goes on: kept in a file, and rows of another file added to it.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde::Serialize;
use tributary_linkage::{Entry, Event, Judgement, Parameters, State, Table};

use super::input;
use crate::Failure;
use crate::arguments::Link;
use crate::output::{Whole, line, ndjson};
use crate::progress::Stop;
use crate::rows::Rows;

/// Most bytes of a kept state.
const STATE_BYTES_MAX: u64 = 1 << 34;

/// What adding rows did.
#[derive(Debug, Serialize)]
pub(crate) struct Added {
    file: String,
    rows_before: usize,
    rows: usize,
    clusters: usize,
    created: usize,
    joined: usize,
    merged: usize,
    split: usize,
}

impl Added {
    fn new(file: &str, rows_before: usize, state: &State, entries: &[Entry]) -> Self {
        let count = |wanted: fn(&Event) -> bool| entries.iter().filter(|entry| wanted(&entry.event)).count();
        let clusters: std::collections::BTreeSet<u64> = (0..state.rows() as u32).filter_map(|row| state.cluster(row)).collect();
        Self {
            file: file.to_owned(),
            rows_before,
            rows: state.rows(),
            clusters: clusters.len(),
            created: count(|e| matches!(e, Event::Created { .. })),
            joined: count(|e| matches!(e, Event::Joined { .. })),
            merged: count(|e| matches!(e, Event::Merged { .. })),
            split: count(|e| matches!(e, Event::Split { .. })),
        }
    }

    pub(crate) fn to_text(&self) -> String {
        format!(
            "Added {}\nrows        {} to {} rows there before; the first is row {}\nclusters    {}: {} new, {} rows joined one, {} merged, {} split\n",
            line(&self.file),
            self.rows - self.rows_before,
            self.rows_before,
            self.rows_before,
            self.clusters,
            self.created,
            self.joined,
            self.merged,
            self.split
        )
    }
}

/// Makes a state of a table under parameters learnt from it.
pub(crate) fn begin(
    table: Table,
    mut parameters: Parameters,
    judgements: Vec<Judgement>,
    told: &mut dyn tributary_linkage::Progress,
) -> Result<State, Failure> {
    if parameters.frequencies.is_none() {
        parameters.freeze(&table);
    }
    let fail = |e: tributary_linkage::LinkageError| Failure::input(e.to_string());
    let mut state = State::new(table, parameters, told).map_err(fail)?;
    for judgement in judgements {
        state.judge(judgement).map_err(fail)?;
    }
    Ok(state)
}

/// Writes a state beside its place.
pub(crate) fn keep(state: &State, path: &Path) -> Result<Whole, Failure> {
    let mut whole = Whole::create(path)?;
    state.save(&mut whole).map_err(|e| Failure::input(format!("cannot write `{}`: {e}", path.display())))?;
    Ok(whole)
}

/// The state, and the file that is held while rows are added: two commands at once would each forget the other's.
fn load(path: &Path) -> Result<(State, File), Failure> {
    let fail = |why: String| Failure::input(format!("`{}`: {why}", path.display()));
    let unread = |e: std::io::Error| fail(format!("cannot be read: {e}"));
    let mut file = File::open(path).map_err(unread)?;
    file.try_lock().map_err(|_| fail("another command is adding rows to it: wait until it has ended".to_owned()))?;
    let mut bytes = Vec::new();
    (&mut file).take(STATE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unread)?;
    if bytes.len() as u64 > STATE_BYTES_MAX {
        return Err(fail(format!("has more than {STATE_BYTES_MAX} bytes")));
    }
    Ok((State::load(&bytes).map_err(|e| fail(e.to_string()))?, file))
}

/// Adds the rows of a file to a kept state and writes what was asked for.
pub(crate) fn add(a: &Link, file: &Path, kept: &Path, stop: &Stop) -> Result<Added, Failure> {
    let (mut state, _held) = load(kept)?;
    let (rows_before, told) = (state.rows(), state.history().len());
    let wanted: Vec<String> = state.columns().map(str::to_owned).collect();
    let mut source = Rows::open(file, a.delimiter, stop)?;
    let places: Vec<usize> = wanted.iter().map(|name| source.column(name)).collect::<Result<_, _>>()?;
    let (mut rows, mut offsets): (Vec<Vec<String>>, Vec<u64>) = Default::default();
    while source.advance()? {
        offsets.push(source.offset());
        rows.push(places.iter().map(|place| source.cell(*place).map(str::to_owned)).collect::<Result<_, _>>()?);
    }
    if rows.is_empty() {
        return Err(source.fail("has no rows below its header: there is nothing to add"));
    }
    let fail = |e: tributary_linkage::LinkageError| Failure::input(format!("`{}`: {e}", file.display()));
    state.add(rows.iter().map(|row| row.iter().map(String::as_str))).map_err(fail)?;
    for judgement in input::judgements(a.judgements.as_deref(), state.rows())? {
        state.judge(judgement).map_err(fail)?;
    }
    if stop.asked() {
        return Err(Failure::Stopped);
    }
    let entries = state.history().get(told..).unwrap_or_default();
    let mut done = Vec::new();
    if let Some(path) = &a.out {
        let ids: Vec<u64> = (rows_before as u32..state.rows() as u32).map(|row| state.cluster(row).unwrap_or(u64::MAX)).collect();
        done.push(super::clusters(a, file, &super::id_column(a, source.header(), file)?, path, &ids, &offsets, stop)?);
    }
    if let Some(path) = &a.history {
        done.push(Whole::of(path, &ndjson(entries)?)?);
    }
    done.push(keep(&state, a.save_state.as_deref().unwrap_or(kept))?);
    let added = Added::new(&file.display().to_string(), rows_before, &state, entries);
    done.into_iter().try_for_each(Whole::finish_synced)?;
    Ok(added)
}
