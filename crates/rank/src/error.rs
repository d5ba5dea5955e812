//! What can go wrong, and the remedy.

use thiserror::Error;

/// Why a matrix, a training or a model was refused.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum RankError {
    /// A column names a protected trait or a proxy of one (SG-004).
    #[error("column `{0}` names a protected trait: no score reads one; leave the column out")]
    Protected(String),
    /// A column identifies a row or tells its label.
    #[error("column `{name}` is {what}, which is no feature; leave it out")]
    NotAFeature {
        /// The column.
        name: String,
        /// What it is.
        what: &'static str,
    },
    /// A name that is empty, too long or holds control characters.
    #[error("`{0}` is no column name: 1 to 128 printable characters are needed")]
    Name(String),
    /// The same name twice.
    #[error("column `{0}` is there twice; rename one")]
    Twice(String),
    /// Columns, labels or times of different lengths.
    #[error("{what} has {found} rows, the others have {wanted}; give one value a row")]
    Rows {
        /// Which.
        what: String,
        /// How many it has.
        found: usize,
        /// How many are needed.
        wanted: usize,
    },
    /// More than is allowed.
    #[error("{what}: {found} are too many; {limit} are allowed")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        found: usize,
        /// The bound.
        limit: usize,
    },
    /// A column that the model needs is missing.
    #[error(
        "column `{name}` is missing ({missing} of the {needed} columns that the model needs are); compute the features with the settings of the model card"
    )]
    Missing {
        /// The first.
        name: String,
        /// How many are missing.
        missing: usize,
        /// How many are needed.
        needed: usize,
    },
    /// A period has too few labelled rows of one kind.
    #[error(
        "the {period} period has {positives} positive and {negatives} negative labelled rows; {needed} of each are needed: label more or move the times of the split"
    )]
    TooFew {
        /// Which period.
        period: &'static str,
        /// Labelled positive.
        positives: usize,
        /// Labelled negative.
        negatives: usize,
        /// How many of each are needed.
        needed: usize,
    },
    /// The times of a split do not ascend.
    #[error("the split must ascend: early stopping from {stop}, calibration from {calibrate}, test from {test}")]
    Split {
        /// Start of the period for early stopping.
        stop: i64,
        /// Start of the calibration period.
        calibrate: i64,
        /// Start of the test period.
        test: i64,
    },
    /// A setting outside its range.
    #[error("setting `{setting}` is out of range: give {range}")]
    Setting {
        /// The setting.
        setting: &'static str,
        /// What is allowed.
        range: &'static str,
    },
    /// A review without a reviewer.
    #[error("a review names who made it, in 1 to 128 printable characters")]
    Reviewer,
    /// The boosting library refused.
    #[error("training failed: {0}")]
    Training(String),
    /// A model file that is not one.
    #[error("this is no model of version {version}: {why}; train it again")]
    Model {
        /// The version that is read.
        version: u32,
        /// What is wrong.
        why: String,
    },
}
