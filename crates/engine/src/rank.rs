//! Ranking the transfers of a file: learned from a column of labels, with a model learned before, or by how strange they are.

use std::path::Path;

use tributary_features::{Column, Config, Engine, Feature, Table, Transfer};
use tributary_ingest::{Flow, Mapping, banned};
use tributary_model::Timestamp;
use tributary_rank::{IsolationSettings, Labels, Matrix, Model, Named, RankError, Settings, Split, isolation, train};

use crate::error::EngineError;
use crate::transfers::{self, Read};

/// Most rows of a file that is ranked: its features are held in memory, 4 bytes each.
const ROWS_MAX: usize = 20_000_000;

/// How transfers are ranked.
pub enum By<'m> {
    /// A model is learned from a column of the file: 1, true or yes against 0, false or no; rows without a value teach nothing.
    Labels {
        /// The column.
        column: &'m str,
        /// Transfers from then on are measured on and not learned from; the latest fifth when not given.
        until: Option<Timestamp>,
    },
    /// A model learned before.
    Model(&'m [u8]),
    /// How easily a transfer's features are told apart from the others'.
    Strangeness,
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
    pub model: Option<Model>,
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
    fn new(schema: &[Feature]) -> Self {
        Self { schema: schema.to_vec(), values: vec![Vec::new(); schema.len()] }
    }

    fn take(&mut self, table: &Table) {
        for (values, column) in self.values.iter_mut().zip(&table.columns) {
            match column {
                Column::Whole(more) => values.extend(more.iter().map(|value| *value as f32)),
                Column::Real(more) => values.extend(more.iter().map(|value| *value as f32)),
            }
        }
    }

    fn matrix(self) -> Result<Matrix, EngineError> {
        let named = self.schema.into_iter().zip(self.values).map(|(feature, values)| Named {
            name: feature.name,
            family: feature.family.name().to_owned(),
            values,
        });
        Matrix::new(named.collect(), banned::is_banned).map_err(|e| failed(&e))
    }
}

/// Ranks every transfer of a file. Its features look at transfers up to and including its own; rows learned from are those before the test period.
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
        By::Model(bytes) => Some(Model::load(bytes, banned::is_banned).map_err(|e| failed(&e))?),
        _ => None,
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
    let matrix = features(&rows, threads, go_on)?;
    let times: Vec<i64> = rows.iter().map(|row| row.time).collect();
    let place = |row: &Transfer| usize::try_from(row.id).unwrap_or(usize::MAX);
    let mut ranked = Ranked { scores: Vec::new(), probabilities: None, threshold: None, model: None, drift: None, read, ids };
    let (scores, probabilities) = match (by, model) {
        (By::Labels { column, until }, _) => {
            let labels: Vec<Option<bool>> = rows.iter().map(|row| labels.get(place(row)).copied().flatten()).collect();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let labels = Labels::of_set(&format!("{column} of {name}"), &labels);
            let split = match until {
                Some(until) => Split::until(&times, until.0.div_euclid(1_000_000)),
                None => Split::shares(&times, 0.5, 0.15, 0.15),
            };
            let settings = Settings { seed, ..Settings::default() };
            let model = split.and_then(|split| train(&matrix, &labels, &times, split, &settings)).map_err(|e| failed(&e))?;
            let ranking = model.predict(&matrix).map_err(|e| failed(&e))?;
            (ranked.threshold, ranked.model) = (Some(model.threshold()), Some(model));
            (ranking.scores, Some(ranking.probabilities))
        }
        (_, Some(model)) => {
            let ranking = model.predict(&matrix).map_err(|e| failed(&e))?;
            ranked.drift = model.drift(&matrix).map_err(|e| failed(&e))?.abstain;
            ranked.threshold = Some(model.threshold());
            (ranking.scores, Some(ranking.probabilities))
        }
        (_, None) => (isolation(&matrix, &IsolationSettings { seed, ..IsolationSettings::default() }).map_err(|e| failed(&e))?, None),
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

/// Features of transfers in the order of time.
fn features(rows: &[Transfer], threads: usize, go_on: &dyn Fn() -> bool) -> Result<Matrix, EngineError> {
    let wrong = |problem: String| EngineError::Stage { stage: "rank", problem };
    let mut engine = Engine::new(config(), tributary_lake::threads(threads)).map_err(|e| wrong(e.to_string()))?;
    let mut columns = Columns::new(engine.schema());
    for piece in rows.chunks(16_384) {
        if !go_on() {
            return Err(EngineError::Stopped);
        }
        columns.take(&engine.push(piece).map_err(|e| wrong(e.to_string()))?);
    }
    columns.matrix()
}
