//! A ranking of one or two readings, in one file.

use serde::{Deserialize, Serialize};

use crate::RankError;
use crate::around::{Ends, Reach, around};
use crate::calibrate::sigmoid;
use crate::card::Card;
use crate::drift::Drift;
use crate::matrix::{Matrix, Named};
use crate::model::{Contributions, MODEL_BYTES_MAX, Model, Ranking, SchemaColumn};
use crate::plan::check_reaches;

/// Version of the file of a ranking of readings; files of version 1 hold one [`Model`] and are read too.
pub const FILE_VERSION: u32 = 2;
const FORMAT: &str = "tributary-rank";
/// The column and family that holds a row's own score in the first reading, log-odds.
pub(crate) const FIRST: &str = "first_reading";

/// A trained ranking of one or two readings: the second sees what the first said of each transfer and of those around it.
/// It orders what is to be looked at; it raises no alert.
#[derive(Clone, Debug, PartialEq)]
pub struct Readings {
    pub(crate) first: Model,
    pub(crate) second: Option<Second>,
}

/// The second reading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Second {
    pub(crate) reaches: Vec<Reach>,
    pub(crate) above: f64,
    pub(crate) model: Model,
}

/// The file, as written.
#[derive(Serialize)]
struct Written<'a> {
    format: &'a str,
    version: u32,
    first: &'a Model,
    second: &'a Option<Second>,
}

/// The file, as read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    version: u32,
    first: Model,
    second: Option<Second>,
}

/// What says which kind of file it is; other fields are passed over.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

impl From<Model> for Readings {
    fn from(model: Model) -> Self {
        Self { first: model, second: None }
    }
}

impl Readings {
    /// The reading that ranks: the second where there is one. Its columns are those that contributions are told by.
    #[must_use]
    pub fn last(&self) -> &Model {
        self.second.as_ref().map_or(&self.first, |second| &second.model)
    }

    /// How many readings: 1 or 2. Two need the ends of the transfers.
    #[must_use]
    pub const fn readings(&self) -> usize {
        if self.second.is_some() { 2 } else { 1 }
    }

    /// The columns that a matrix must have: those of the first reading, then those that only the second reads.
    #[must_use]
    pub fn schema(&self) -> Vec<&SchemaColumn> {
        let own = |column: &&SchemaColumn| column.family != FIRST && column.family != "around" && !self.first.schema().contains(column);
        self.first.schema().iter().chain(self.second.iter().flat_map(|second| second.model.schema()).filter(own)).collect()
    }

    /// The score from which a row counts as positive: the best F1 on the calibration rows.
    #[must_use]
    pub fn threshold(&self) -> f64 {
        self.last().threshold()
    }

    /// The card of the reading that ranks.
    #[must_use]
    pub fn card(&self) -> &Card {
        self.last().card()
    }

    /// The card of the first reading.
    #[must_use]
    pub const fn first_card(&self) -> &Card {
        self.first.card()
    }

    /// What the last reading reads: the matrix's columns and, for a second reading, those made of the first one's scores.
    fn made(&self, matrix: &Matrix, ends: Ends<'_>) -> Result<Vec<Named>, RankError> {
        let Some(second) = &self.second else { return Ok(Vec::new()) };
        if ends.times.len() != matrix.rows() {
            return Err(RankError::Rows { what: "the ends of the transfers".into(), found: ends.times.len(), wanted: matrix.rows() });
        }
        made(ends, &self.first.predict(matrix)?.scores, &second.reaches, second.above)
    }

    /// Scores and probabilities of all rows. Columns are found by name; `ends` says who paid whom when, one entry a row, and is not looked at by a
    /// ranking of one reading.
    ///
    /// Rows of the file that it was trained on are scored here by trees that have seen them: use [`crate::Read::ranking`] for those.
    ///
    /// # Errors
    /// [`RankError::Missing`] when a column is not there, [`RankError::Rows`] for ends of another length.
    pub fn predict(&self, matrix: &Matrix, ends: Ends<'_>) -> Result<Ranking, RankError> {
        let made = self.made(matrix, ends)?;
        Ok(self.last().predict_of(&self.last().find(matrix, &made)?, matrix.rows()))
    }

    /// What each column of the last reading adds to the scores of these rows.
    ///
    /// # Errors
    /// As [`Readings::predict`], and [`RankError::Rows`] for a row that is not there.
    pub fn contributions(&self, matrix: &Matrix, ends: Ends<'_>, rows: &[usize]) -> Result<Vec<Contributions>, RankError> {
        let made = self.made(matrix, ends)?;
        self.last().contributions_of(&self.last().find(matrix, &made)?, matrix.rows(), rows)
    }

    /// How far these rows have drifted from the calibration rows, and whether the ranking should abstain.
    ///
    /// # Errors
    /// As [`Readings::predict`].
    pub fn drift(&self, matrix: &Matrix, ends: Ends<'_>) -> Result<Drift, RankError> {
        let made = self.made(matrix, ends)?;
        Ok(self.last().drift_of(&self.last().find(matrix, &made)?, matrix.rows()))
    }

    /// Scores, probabilities and drift at once: the first reading is done once for both.
    ///
    /// # Errors
    /// As [`Readings::predict`].
    pub fn rank(&self, matrix: &Matrix, ends: Ends<'_>) -> Result<(Ranking, Drift), RankError> {
        let made = self.made(matrix, ends)?;
        let columns = self.last().find(matrix, &made)?;
        let ranking = self.last().predict_of(&columns, matrix.rows());
        let drift = self.last().drift_from(&columns, &ranking.scores);
        Ok((ranking, drift))
    }

    /// The ranking as JSON. The same ranking gives the same bytes.
    ///
    /// # Errors
    /// [`RankError::Model`] when it cannot be written, which a trained ranking never shows.
    pub fn save(&self) -> Result<Vec<u8>, RankError> {
        let file = Written { format: FORMAT, version: FILE_VERSION, first: &self.first, second: &self.second };
        serde_json::to_vec(&file).map_err(|error| wrong(error.to_string()))
    }

    /// Reads a file of version 1 or 2 and checks all that prediction relies on.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn load(bytes: &[u8], protected: fn(&str) -> bool) -> Result<Self, RankError> {
        if bytes.len() > MODEL_BYTES_MAX {
            return Err(RankError::TooMany { what: "bytes of a model", found: bytes.len(), limit: MODEL_BYTES_MAX });
        }
        let head: Head = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        if head.version == crate::VERSION {
            return Model::load(bytes, protected).map(Self::from);
        }
        let file: File = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        if file.format != FORMAT || file.version != FILE_VERSION {
            return Err(wrong(format!("it says `{}` version {}", file.format.chars().take(32).collect::<String>(), file.version)));
        }
        file.first.check(protected)?;
        if let Some(second) = &file.second {
            if !check_reaches(&second.reaches) || !(0.0..=1.0).contains(&second.above) {
                return Err(wrong("its reaches do not hold".into()));
            }
            second.model.check(protected)?;
        }
        Ok(Self { first: file.first, second: file.second })
    }
}

/// Columns made of the first reading's scores (log-odds): the row's own, and those around in each stretch of time.
pub(crate) fn made(ends: Ends<'_>, scores: &[f64], reaches: &[Reach], above: f64) -> Result<Vec<Named>, RankError> {
    let probabilities: Vec<f64> = scores.iter().map(|score| sigmoid(*score)).collect();
    let own = scores.iter().map(|score| *score as f32).collect();
    let mut columns = vec![Named { name: FIRST.into(), family: FIRST.into(), values: own }];
    for reach in reaches {
        for column in around(ends, &probabilities, *reach, above)? {
            columns.push(Named { name: format!("{}_{}_{}", column.name, reach.before, reach.after), ..column });
        }
    }
    Ok(columns)
}

fn wrong(why: String) -> RankError {
    RankError::Model { version: FILE_VERSION, why }
}
