//! A growing linkage saved and loaded: what cannot be worked out again is kept, the rest is made anew.

use std::collections::BTreeSet;
use std::io::Write;

use serde::{Deserialize, Serialize};

use crate::LinkageError;
use crate::cluster::Edge;
use crate::engine::Engine;
use crate::judgement::{Judgement, Rulings};
use crate::parameters::Parameters;
use crate::solve::CONNECT;
use crate::state::{Entry, Event, NONE, State};
use crate::table::Table;
use crate::web::{Recent, Web};

/// What the artefact calls itself.
const FORMAT: &str = "tributary linkage state";

/// Raised whenever an older program could not continue from what this one writes, or the reverse.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    format: String,
    version: u32,
    parameters: Parameters,
    /// Name, distinct values in order of their codes, a code a row.
    columns: Vec<(String, Vec<String>, Vec<u32>)>,
    /// The cluster of each row; `null` for a withdrawn one.
    clusters: Vec<Option<u64>>,
    /// The next id.
    next: u64,
    changes: u64,
    judgements: Vec<Judgement>,
    history: Vec<Entry>,
    /// Pairs that connect: rows and thousandths of a bit, in order.
    pairs: Vec<Edge>,
    /// Keys of skipped blocks, by rule, in order.
    oversize: Vec<Vec<u64>>,
}

fn fail<T>(why: impl Into<String>) -> Result<T, LinkageError> {
    Err(LinkageError::State { why: why.into() })
}

impl State {
    /// Writes the state as JSON: parameters, values, clusters with their ids, judgements, history and the pairs that connect.
    ///
    /// # Errors
    /// What `out` refuses.
    pub fn save(&self, out: impl Write) -> Result<(), LinkageError> {
        let columns = self.table.columns().iter().map(|column| {
            let dictionary = column.dictionary();
            let values = (0..dictionary.len() as u32).map(|code| dictionary.value(code).to_owned()).collect();
            (column.name().to_owned(), values, column.codes().to_vec())
        });
        let keys = |keys: &rustc_hash::FxHashSet<u64>| {
            let mut keys: Vec<u64> = keys.iter().copied().collect();
            keys.sort_unstable();
            keys
        };
        let saved = Saved {
            format: FORMAT.to_owned(),
            version: VERSION,
            parameters: self.parameters.clone(),
            columns: columns.collect(),
            clusters: self.clusters.iter().map(|c| Some(*c).filter(|c| *c != NONE)).collect(),
            next: self.next,
            changes: self.changes,
            judgements: self.judgements.clone(),
            history: self.history.clone(),
            pairs: self.web.all_edges(),
            oversize: self.engine.blocks.oversize.iter().map(keys).collect(),
        };
        serde_json::to_writer(out, &saved).or_else(|e| fail(e.to_string()))
    }

    /// Continues from what [`State::save`] wrote: ids, history, judgements and all that is added later come out as if it had never been
    /// saved. The bytes are the bound on what is read: check their number first.
    ///
    /// # Errors
    /// Text that is no such state, is of another version, or whose parts do not fit each other.
    pub fn load(bytes: &[u8]) -> Result<Self, LinkageError> {
        let saved: Saved = serde_json::from_slice(bytes).or_else(|e| fail(e.to_string()))?;
        if saved.format != FORMAT || saved.version != VERSION {
            return fail(format!("`{}` of version {}, where this program reads `{FORMAT}` of version {VERSION}", saved.format, saved.version));
        }
        let Some(table) = Table::rebuilt(saved.columns) else { return fail("values and codes of a column do not fit") };
        let rows = table.rows();
        let judged = Rulings::new(&saved.judgements, rows)?;
        if saved.clusters.len() != rows || saved.clusters.iter().flatten().any(|c| *c >= saved.next || *c == NONE) {
            return fail("clusters that do not fit the rows");
        }
        let ordered = saved.pairs.is_sorted_by(|a, b| (a.0, a.1) < (b.0, b.1));
        let there = |e: &Edge| e.0 < e.1 && (e.1 as usize) < rows && e.2 >= CONNECT && e.2.abs() <= 1_000_000;
        if !ordered || !saved.pairs.iter().all(there) {
            return fail("pairs that do not fit the rows");
        }
        if !told(&saved.history, rows, saved.next, saved.changes) {
            return fail("a history that does not fit the rows and clusters");
        }
        let engine = Engine::resume(&table, &saved.parameters, saved.oversize)?;
        let withdrawn: BTreeSet<u32> = (0u32..).zip(&saved.clusters).filter(|(_, c)| c.is_none()).map(|(row, _)| row).collect();
        let web = Web::resume(rows, saved.pairs, withdrawn, &judged);
        let recent = Recent::new(rows, engine.blocks.rules());
        let clusters = saved.clusters.into_iter().map(|c| c.unwrap_or(NONE)).collect();
        Ok(Self {
            table,
            parameters: saved.parameters,
            engine,
            web,
            clusters,
            next: saved.next,
            changes: saved.changes,
            judgements: saved.judgements,
            rulings: judged,
            recent,
            history: saved.history,
        })
    }
}

/// Whether rows, ids and numbers of changes in the history are those of this state.
fn told(history: &[Entry], rows: usize, next: u64, changes: u64) -> bool {
    let row = |row: &u32| (*row as usize) < rows;
    let fits = |entry: &Entry| match &entry.event {
        Event::Created { cluster, rows } => *cluster < next && rows.iter().all(row),
        Event::Joined { cluster, row: r } | Event::Withdrawn { cluster, row: r } => *cluster < next && row(r),
        Event::Merged { into, from } => *into < next && *from < next,
        Event::Split { from, into, rows } => *into < next && *from < next && rows.iter().all(row),
    };
    history.iter().all(|e| fits(e) && e.change <= changes) && history.is_sorted_by_key(|e| e.change)
}
