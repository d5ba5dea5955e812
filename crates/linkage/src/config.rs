//! What is compared, how candidates are found and within which bounds.

use serde::{Deserialize, Serialize};

/// A level between equality and disagreement of two texts. Levels are tried in the order declared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TextLevel {
    /// One edit (insertion, deletion, substitution, transposition) where the longer has at least this many symbols.
    OneEdit(u8),
    /// At most this many edits (restricted Damerau–Levenshtein).
    Edits(u8),
    /// Jaro–Winkler similarity of at least this (0..1).
    JaroWinkler(f32),
    /// One is a single letter with which the other begins.
    Initial,
    /// The first so many symbols are equal.
    Prefix(u8),
    /// Equal phonetic keys.
    Phonetic,
    /// Equal before the `@`.
    User,
}

/// How two values of one column are compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Measure {
    /// Text: exact, then these levels, then different.
    Text(Vec<TextLevel>),
    /// Dates: the levels of [`crate::date::Agreement`].
    Date,
    /// Lists in one cell, split at this sign: same set, one within the other, half in common, something in common, nothing.
    Set(char),
    /// `latitude,longitude` in degrees: equal, within each of these distances in kilometres (rising), farther.
    Place(Vec<f32>),
}

/// One column within a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Column name.
    pub column: String,
    /// How its values are compared.
    pub measure: Measure,
    /// Whether agreement on a rare value weighs more than on a common one.
    pub term_frequency: bool,
}

/// One comparison: one column, or two whose levels are looked at together (a city and its postcode).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// Shown in waterfalls and parameters.
    pub name: String,
    /// One or two parts; of two, the first gives the term frequency when both agree.
    pub parts: Vec<Part>,
    /// Whether people of one household share it (surname, address), so that agreeing on all such says less than it seems.
    pub household: bool,
}

/// How a key is made of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// The value.
    Value,
    /// Its first so many symbols.
    Prefix(u8),
    /// Its phonetic key.
    Phonetic,
    /// The year of a date.
    Year,
    /// Year and month of a date.
    YearMonth,
    /// Month and day of a date.
    MonthDay,
    /// Words in alphabetical order.
    Words,
    /// Its last so many symbols.
    Suffix(u8),
}

/// One column's contribution to a blocking rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Column name.
    pub column: String,
    /// What of the value must agree.
    pub form: Form,
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.form {
            Form::Value => write!(f, "{}", self.column),
            Form::Prefix(n) => write!(f, "{}[..{n}]", self.column),
            Form::Suffix(n) => write!(f, "{}[-{n}..]", self.column),
            Form::Phonetic => write!(f, "sound({})", self.column),
            Form::Year => write!(f, "year({})", self.column),
            Form::YearMonth => write!(f, "month({})", self.column),
            Form::MonthDay => write!(f, "birthday({})", self.column),
            Form::Words => write!(f, "words({})", self.column),
        }
    }
}

/// Two rows are compared when all keys of one rule agree.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rule {
    /// All must agree; an absent value agrees with nothing.
    pub keys: Vec<Key>,
}

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, key) in self.keys.iter().enumerate() {
            write!(f, "{}{key}", if i == 0 { "" } else { " & " })?;
        }
        Ok(())
    }
}

/// Where candidates come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blocking {
    /// Rules are chosen so that their estimated recall is highest within this many pairs a row.
    Automatic {
        /// Candidate pairs a row at most, by estimate.
        pairs_per_row: f64,
    },
    /// These rules.
    Rules(Vec<Rule>),
    /// Every pair; for small tables and references.
    Everything,
}

/// Bounds on work and memory.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Blocks with more rows are skipped, and counted in the report.
    pub block_rows_max: usize,
    /// Clusters are not let grow beyond this many rows.
    pub cluster_rows_max: usize,
    /// Pairs drawn at random for the u-probabilities.
    pub random_pairs: usize,
    /// Candidate pairs looked at for training.
    pub training_pairs: usize,
    /// Rounds of EM at most.
    pub rounds_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { block_rows_max: 5_000, cluster_rows_max: 200, random_pairs: 1_000_000, training_pairs: 2_000_000, rounds_max: 200 }
    }
}

/// Everything a run depends on besides the table and the judgements.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What is compared; at most sixteen.
    pub comparisons: Vec<Comparison>,
    /// Names of two comparisons whose values may have changed places (forename and surname).
    pub swapped: Option<(String, String)>,
    /// Where candidates come from.
    pub blocking: Blocking,
    /// Bounds.
    pub limits: Limits,
    /// Seed of the random pairs.
    pub seed: u64,
    /// Log-odds in bits at which two groups are joined; `None`: the program chooses.
    pub threshold_bits: Option<f64>,
}

impl Config {
    /// A configuration of these comparisons with everything else at its default.
    #[must_use]
    pub fn new(comparisons: Vec<Comparison>) -> Self {
        Self {
            comparisons,
            swapped: None,
            blocking: Blocking::Automatic { pairs_per_row: 30.0 },
            limits: Limits::default(),
            seed: 1,
            threshold_bits: None,
        }
    }
}
