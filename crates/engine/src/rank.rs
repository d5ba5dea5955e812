//! Ranking the transfers of a file: learned from a column of labels, with a model learned before, or by how strange they are.

use std::path::Path;

use tributary_features::{Column, Config, Engine, Families, Family, Feature, Table, Transfer, View, mirror, schema};
use tributary_ingest::{Flow, Mapping, banned};
use tributary_model::Timestamp;
use tributary_rank::{Ends, IsolationSettings, Labels, Matrix, Named, Plan, RankError, Readings, isolation};

use crate::error::EngineError;
use crate::transfers::{self, Read};

/// How the name of a column ends that looks at what came after.
const AFTER: &str = "_after";
/// Most rows of a file that is ranked: its features are held in memory, 4 bytes each, those of both sides of time some 6 kB a row at the most.
const ROWS_MAX: usize = 10_000_000;

/// How transfers are ranked.
pub enum By<'m> {
    /// A model is learned from a column of the file: 1, true or yes against 0, false or no; rows without a value teach nothing.
    Labels {
        /// The column.
        column: &'m str,
        /// Transfers from then on are measured on and not learned from; the latest fifth when not given.
        until: Option<Timestamp>,
        /// Which side of time a transfer's features look at.
        side: Side,
    },
    /// A model learned before.
    Model(&'m [u8]),
    /// How easily a transfer's features are told apart from the others'.
    Strangeness,
}

/// Which side of time the features of a transfer look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What was known when it was made: for ranking while money moves.
    Before,
    /// What came before and after it: for a closed period. No label is among it, and what is learned from is looked at as it stood when the test began.
    Both,
}

/// Transfers with their scores.
#[derive(Debug)]
pub struct Ranked {
    /// `transfer_id`, in the order of the file.
    pub ids: Vec<String>,
    /// The order: higher is more suspicious. Log-odds of a model, or a strangeness of 0 to 1.
    pub scores: Vec<f64>,
    /// Calibrated probabilities, where a model was learned.
    pub probabilities: Option<Vec<f64>>,
    /// From which score on the model would have people look first.
    pub threshold: Option<f64>,
    /// The model, when one was learned here.
    pub model: Option<Readings>,
    /// Why the model should not be relied on for this file.
    pub drift: Option<String>,
    /// What reading the file came to.
    pub read: Read,
}

fn failed(error: &RankError) -> EngineError {
    EngineError::Stage { stage: "rank", problem: error.to_string() }
}

/// The features a ranking rests on: a model fits the files whose features were computed so.
#[must_use]
pub fn config() -> Config {
    const DAY: i64 = 86_400;
    Config { windows: vec![DAY / 2, 3 * DAY, 7 * DAY, 28 * DAY], cycle_window: 28 * DAY, scatter_gather_window: 28 * DAY, ..Config::default() }
}

/// The columns of features as they come, 4 bytes a value.
struct Columns {
    schema: Vec<Feature>,
    values: Vec<Vec<f32>>,
}

impl Columns {
    fn new(schema: Vec<Feature>) -> Self {
        Self { values: vec![Vec::new(); schema.len()], schema }
    }

    fn take(&mut self, table: &Table) {
        for (values, column) in self.values.iter_mut().zip(&table.columns) {
            match column {
                Column::Whole(more) => values.extend(more.iter().map(|value| *value as f32)),
                Column::Real(more) => values.extend(more.iter().map(|value| *value as f32)),
            }
        }
    }

    fn named(self) -> impl Iterator<Item = Named> {
        self.schema.into_iter().zip(self.values).map(|(feature, values)| Named {
            name: feature.name,
            family: feature.family.name().to_owned(),
            values,
        })
    }
}

/// Ranks every transfer of a file. Rows learned from are those before the test period; scores of those come from trees that had not seen their
/// part of it.
///
/// # Errors
/// The file cannot be read or has too many rows, there is no such column of labels or too few labels, the model does not fit, or it was stopped.
pub fn rank(
    path: &Path,
    mapping: Option<&Mapping>,
    by: &By<'_>,
    seed: u64,
    threads: usize,
    now: Timestamp,
    go_on: &dyn Fn() -> bool,
) -> Result<Ranked, EngineError> {
    let wrong = |problem: String| EngineError::Stage { stage: "rank", problem };
    let model = match by {
        By::Model(bytes) => Some(Readings::load(bytes, banned::is_banned).map_err(|e| failed(&e))?),
        _ => None,
    };
    let side = match (by, &model) {
        (By::Labels { side, .. }, _) => *side,
        (_, Some(model)) if model.schema().iter().any(|column| column.name.ends_with(AFTER)) => Side::Both,
        _ => Side::Before,
    };
    let column = if let By::Labels { column, .. } = by { Some(*column) } else { None };
    let (mut ids, mut rows, mut labels): (Vec<String>, Vec<Transfer>, Vec<Option<bool>>) = Default::default();
    let read = transfers::read_labelled(path, mapping, column, now, &mut |piece| {
        if ids.len() + piece.ids.len() > ROWS_MAX {
            return Err(wrong(format!("the file has more than {ROWS_MAX} transfers: split it by time")));
        }
        ids.extend(piece.ids);
        rows.extend(piece.transfers);
        labels.extend(piece.labels);
        Ok(if go_on() { Flow::Continue } else { Flow::Stop })
    })?;
    rows.sort_unstable();
    let times: Vec<i64> = rows.iter().map(|row| row.time).collect();
    let plan = match by {
        By::Labels { until, .. } => {
            let test_from = until.map_or_else(|| latest_fifth(&times), |until| until.0.div_euclid(1_000_000));
            Some(match side {
                Side::Before => Plan::before(test_from, seed),
                Side::Both => Plan::both(test_from, times.last().copied().unwrap_or(test_from), seed),
            })
        }
        _ => None,
    };
    let matrix = features(&rows, (side, plan.as_ref().map(|plan| plan.test_from)), threads, go_on)?;
    let [from, to] = [|row: &Transfer| row.from, |row: &Transfer| row.to].map(|end| rows.iter().map(end).collect::<Vec<u32>>());
    let ends = Ends { from: &from, to: &to, times: &times };
    let place = |row: &Transfer| usize::try_from(row.id).unwrap_or(usize::MAX);
    let mut ranked = Ranked { scores: Vec::new(), probabilities: None, threshold: None, model: None, drift: None, read, ids };
    let (scores, probabilities) = match (plan, model) {
        (Some(plan), _) => {
            let labels: Vec<Option<bool>> = rows.iter().map(|row| labels.get(place(row)).copied().flatten()).collect();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let labels = Labels::of_set(&format!("{} of {name}", column.unwrap_or_default()), &labels);
            let found = tributary_rank::read(&matrix, &labels, ends, &plan).map_err(|e| failed(&e))?;
            (ranked.threshold, ranked.model) = (Some(found.readings.threshold()), Some(found.readings));
            (found.ranking.scores, Some(found.ranking.probabilities))
        }
        (None, Some(model)) => {
            let (ranking, drift) = model.rank(&matrix, ends).map_err(|e| failed(&e))?;
            (ranked.drift, ranked.threshold) = (drift.abstain, Some(model.threshold()));
            (ranking.scores, Some(ranking.probabilities))
        }
        (None, None) => (isolation(&matrix, &IsolationSettings { seed, ..IsolationSettings::default() }).map_err(|e| failed(&e))?, None),
    };
    // Back into the order of the file.
    let in_order = |values: &[f64]| {
        let mut ordered = vec![f64::NAN; values.len()];
        for (row, value) in rows.iter().zip(values) {
            if let Some(slot) = ordered.get_mut(place(row)) {
                *slot = *value;
            }
        }
        ordered
    };
    ranked.scores = in_order(&scores);
    ranked.probabilities = probabilities.as_deref().map(in_order);
    Ok(ranked)
}

/// The time from which on a fifth of the transfers, which are in order, are.
fn latest_fifth(times: &[i64]) -> i64 {
    times.get(times.len() - times.len() / 5).or(times.last()).copied().unwrap_or(0)
}

/// Features of transfers in the order of time. Of both sides, those of transfers before `test_from` are computed without the ones after it: what is
/// learned from is what was there then.
fn features(rows: &[Transfer], (side, test_from): (Side, Option<i64>), threads: usize, go_on: &dyn Fn() -> bool) -> Result<Matrix, EngineError> {
    let mut named: Vec<Named> = columns(rows.iter().copied(), &config(), View::Before, threads, go_on)?.named().collect();
    if side == Side::Both {
        // What a transfer is does not depend on the side.
        let families = Family::ALL.into_iter().filter(|family| *family != Family::Transfer).collect::<Families>();
        let config = Config { families, ..config() };
        let backwards = |rows: &[Transfer]| {
            let mut columns = columns(rows.iter().rev().map(mirror), &config, View::After, threads, go_on)?;
            columns.values.iter_mut().for_each(|values| values.reverse());
            Ok::<Columns, EngineError>(columns)
        };
        let mut after = backwards(rows)?;
        let early = rows.get(..test_from.map_or(0, |from| rows.partition_point(|row| row.time < from))).unwrap_or_default();
        for (all, early) in after.values.iter_mut().zip(backwards(early)?.values) {
            all.splice(..early.len(), early);
        }
        named.extend(after.named());
    }
    Matrix::new(named, banned::is_banned).map_err(|e| failed(&e))
}

/// The columns of one view, for transfers in the order in which they are to be looked at.
fn columns(
    rows: impl Iterator<Item = Transfer>,
    config: &Config,
    view: View,
    threads: usize,
    go_on: &dyn Fn() -> bool,
) -> Result<Columns, EngineError> {
    const PIECE: usize = 16_384;
    let wrong = |problem: String| EngineError::Stage { stage: "rank", problem };
    let mut engine = Engine::new(config.clone(), tributary_lake::threads(threads)).map_err(|e| wrong(e.to_string()))?;
    let mut columns = Columns::new(schema(config, view));
    let mut rows = rows.peekable();
    let mut piece = Vec::with_capacity(PIECE);
    while rows.peek().is_some() {
        if !go_on() {
            return Err(EngineError::Stopped);
        }
        piece.clear();
        piece.extend(rows.by_ref().take(PIECE));
        columns.take(&engine.push(&piece).map_err(|e| wrong(e.to_string()))?);
    }
    Ok(columns)
}
