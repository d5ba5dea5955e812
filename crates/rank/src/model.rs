//! A trained ranking: what it needs, what it says, how it is kept.

use serde::{Deserialize, Serialize};

use crate::RankError;
use crate::calibrate::Calibrator;
use crate::card::Card;
use crate::drift::{Drift, Monitor};
use crate::forest::Forest;
use crate::matrix::{COLUMNS_MAX, Matrix, Named, not_a_feature};

/// Version of the model file.
pub const VERSION: u32 = 1;
/// The most bytes of a model file.
pub const MODEL_BYTES_MAX: usize = 256 << 20;
const FORMAT: &str = "tributary-rank";

/// A trained ranking. It orders what is to be looked at; it raises no alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    format: String,
    version: u32,
    pub(crate) columns: Vec<SchemaColumn>,
    pub(crate) threshold: f64,
    pub(crate) calibrator: Calibrator,
    pub(crate) card: Card,
    pub(crate) monitor: Monitor,
    pub(crate) forest: Forest,
}

/// A column that the model needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaColumn {
    /// Its name.
    pub name: String,
    /// Its family.
    pub family: String,
}

/// What a model says of rows, in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranking {
    /// Log-odds as the trees sum them, uncalibrated: the order of rows. It does not saturate.
    pub scores: Vec<f64>,
    /// Probabilities, 0 to 1, as calibrated on the calibration period.
    pub probabilities: Vec<f64>,
}

/// Why a row is scored as it is: what each column adds.
#[derive(Clone, Debug, PartialEq)]
pub struct Contributions {
    /// What every row starts from, log-odds.
    pub base: f64,
    /// One number for each column of the model's schema; with `base` they sum to the row's score.
    pub columns: Vec<f64>,
}

impl Contributions {
    /// The sum: the row's score, up to rounding of the sums.
    #[must_use]
    pub fn score(&self) -> f64 {
        self.base + self.columns.iter().sum::<f64>()
    }

    /// The columns that move the score most, up to `most` of them, the strongest first; columns that add nothing are left out.
    #[must_use]
    pub fn strongest<'a>(&self, model: &'a Model, most: usize) -> Vec<(&'a str, f64)> {
        let mut named: Vec<(&str, f64)> = model.columns.iter().map(|column| column.name.as_str()).zip(self.columns.iter().copied()).collect();
        named.retain(|(_, adds)| *adds != 0.0);
        named.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then_with(|| a.0.cmp(b.0)));
        named.truncate(most);
        named
    }
}

impl Model {
    pub(crate) fn new(columns: Vec<SchemaColumn>, forest: Forest, calibrator: Calibrator, threshold: f64, monitor: Monitor, card: Card) -> Self {
        Self { format: FORMAT.to_owned(), version: VERSION, columns, threshold, calibrator, card, monitor, forest }
    }

    /// The columns it needs, in its order.
    #[must_use]
    pub fn schema(&self) -> &[SchemaColumn] {
        &self.columns
    }

    /// The score from which a row counts as positive: the best F1 on the calibration period.
    #[must_use]
    pub const fn threshold(&self) -> f64 {
        self.threshold
    }

    /// What must be known of the model before it is used.
    #[must_use]
    pub const fn card(&self) -> &Card {
        &self.card
    }

    pub(crate) fn select<'a>(&self, matrix: &'a Matrix) -> Result<Vec<&'a Named>, RankError> {
        let names: Vec<String> = self.columns.iter().map(|column| column.name.clone()).collect();
        matrix.select(&names)
    }

    /// The columns by name, from the matrix or from those made beside it.
    pub(crate) fn find<'a>(&self, matrix: &'a Matrix, made: &'a [Named]) -> Result<Vec<&'a Named>, RankError> {
        let own: Vec<String> =
            self.columns.iter().filter(|column| !made.iter().any(|made| made.name == column.name)).map(|column| column.name.clone()).collect();
        let mut own = matrix.select(&own)?.into_iter();
        let find = |column: &SchemaColumn| made.iter().find(|made| made.name == column.name).or_else(|| own.next());
        Ok(self.columns.iter().filter_map(find).collect())
    }

    pub(crate) fn predict_of(&self, columns: &[&Named], rows: usize) -> Ranking {
        let rows: Vec<usize> = (0..rows).collect();
        self.ranking(self.forest.scores(columns, &rows))
    }

    /// Scores with their probabilities.
    pub(crate) fn ranking(&self, scores: Vec<f64>) -> Ranking {
        let probabilities = scores.iter().map(|score| self.calibrator.probability(*score)).collect();
        Ranking { scores, probabilities }
    }

    pub(crate) fn contributions_of(&self, columns: &[&Named], all: usize, rows: &[usize]) -> Result<Vec<Contributions>, RankError> {
        if let Some(beyond) = rows.iter().find(|row| **row >= all) {
            return Err(RankError::Rows { what: "the matrix".into(), found: all, wanted: beyond.saturating_add(1) });
        }
        let explain = |row: &usize| {
            let mut sums = vec![0.0; self.columns.len()];
            Contributions { base: self.forest.contributions(columns, *row, &mut sums), columns: sums }
        };
        Ok(rows.iter().map(explain).collect())
    }

    pub(crate) fn drift_of(&self, columns: &[&Named], rows: usize) -> Drift {
        self.drift_from(columns, &self.predict_of(columns, rows).scores)
    }

    pub(crate) fn drift_from(&self, columns: &[&Named], scores: &[f64]) -> Drift {
        self.monitor.drift(self.columns.iter().map(|column| column.name.as_str()), scores, columns)
    }

    /// Scores and probabilities of all rows. Columns are found by name, whatever their order; others are not read.
    ///
    /// # Errors
    /// [`RankError::Missing`] when a column is not there.
    pub fn predict(&self, matrix: &Matrix) -> Result<Ranking, RankError> {
        Ok(self.predict_of(&self.select(matrix)?, matrix.rows()))
    }

    /// What each column adds to the scores of these rows.
    ///
    /// # Errors
    /// As [`Model::predict`], and [`RankError::Rows`] for a row that is not there.
    pub fn contributions(&self, matrix: &Matrix, rows: &[usize]) -> Result<Vec<Contributions>, RankError> {
        self.contributions_of(&self.select(matrix)?, matrix.rows(), rows)
    }

    /// How far these rows have drifted from the calibration period, and whether the ranking should abstain.
    ///
    /// # Errors
    /// As [`Model::predict`].
    pub fn drift(&self, matrix: &Matrix) -> Result<Drift, RankError> {
        Ok(self.drift_of(&self.select(matrix)?, matrix.rows()))
    }

    /// The model as JSON. The same model gives the same bytes.
    ///
    /// # Errors
    /// [`RankError::Model`] when it cannot be written, which a trained model never shows.
    pub fn save(&self) -> Result<Vec<u8>, RankError> {
        serde_json::to_vec(self).map_err(|error| wrong(error.to_string()))
    }

    /// Reads a model and checks all that prediction relies on. A name that would be refused in training is refused here.
    ///
    /// # Errors
    /// [`RankError::Model`] says what is wrong; [`RankError::Protected`] and [`RankError::NotAFeature`] as in [`Matrix::new`].
    pub fn load(bytes: &[u8], protected: fn(&str) -> bool) -> Result<Self, RankError> {
        if bytes.len() > MODEL_BYTES_MAX {
            return Err(RankError::TooMany { what: "bytes of a model", found: bytes.len(), limit: MODEL_BYTES_MAX });
        }
        let model: Self = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        model.check(protected)?;
        Ok(model)
    }

    /// All that prediction relies on.
    pub(crate) fn check(&self, protected: fn(&str) -> bool) -> Result<(), RankError> {
        if self.format != FORMAT || self.version != VERSION {
            return Err(wrong(format!("it says `{}` version {}", self.format.chars().take(32).collect::<String>(), self.version)));
        }
        let columns = self.columns.len();
        if columns > COLUMNS_MAX || self.monitor.columns.len() != columns || self.monitor.carried.len() != columns {
            return Err(wrong("its columns do not hold".into()));
        }
        for SchemaColumn { name, .. } in &self.columns {
            if protected(name) {
                return Err(RankError::Protected(name.clone()));
            }
            if let Some(what) = not_a_feature(name) {
                return Err(RankError::NotAFeature { name: name.clone(), what });
            }
        }
        if !self.threshold.is_finite() {
            return Err(wrong("its threshold is no number".into()));
        }
        self.calibrator.check()?;
        self.monitor.score.check()?;
        self.monitor.columns.iter().try_for_each(crate::drift::Profile::check)?;
        self.forest.check(columns)
    }
}

fn wrong(why: String) -> RankError {
    RankError::Model { version: VERSION, why }
}
