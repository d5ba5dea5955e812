//! Named columns that may be learned from.

use std::collections::BTreeSet;

use tributary_features::{Feature, Table};

use crate::RankError;

/// The most columns a matrix has.
pub const COLUMNS_MAX: usize = 8_192;
/// The most rows a matrix has.
pub const ROWS_MAX: usize = 1 << 28;
const NAME_MAX: usize = 128;

/// One column: a name, the family it belongs to, one number a row. NaN is missing.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// The group whose importance is told as one; may be the name itself.
    pub family: String,
    /// One number a row, NaN where it is missing. Infinite numbers are taken as missing.
    pub values: Vec<f32>,
}

/// Columns of one length that passed the checks of [`Matrix::new`]. No column names a protected trait (SG-004), an identifier, a label
/// or the number of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    columns: Vec<Named>,
    rows: usize,
}

/// Parts of a name that say that a column identifies a row or tells its label, and what it is.
const NO_FEATURE: [(&str, &str); 22] = [
    ("id", "an identifier"),
    ("ids", "an identifier"),
    ("uuid", "an identifier"),
    ("identifier", "an identifier"),
    ("obs", "an identifier"),
    ("iban", "an identifier"),
    ("cnic", "an identifier"),
    ("msisdn", "an identifier"),
    ("rowid", "a row number"),
    ("rownum", "a row number"),
    ("row", "a row number"),
    ("index", "a row number"),
    ("label", "a label"),
    ("labels", "a label"),
    ("target", "a label"),
    ("truth", "a label"),
    ("outcome", "a label"),
    ("disposition", "a label"),
    ("sar", "a label"),
    ("str", "a label"),
    ("laundering", "a label"),
    ("fraud", "a label"),
];

/// What a name says the column is, when that is no feature: an identifier, a label or a row number.
#[must_use]
pub fn not_a_feature(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    // `accountId` reads as `account` and `id`; `CUSTOMER_ID` must not be torn to letters.
    let mut parts = String::with_capacity(name.len() + 8);
    let mut before = ' ';
    for letter in name.chars() {
        if letter.is_uppercase() && before.is_lowercase() {
            parts.push(' ');
        }
        parts.extend(letter.to_lowercase());
        before = letter;
    }
    let words = parts.split(|c: char| !c.is_alphanumeric()).chain(lower.split(|c: char| !c.is_alphanumeric()));
    words.filter_map(|word| NO_FEATURE.iter().find(|(banned, _)| *banned == word)).map(|(_, what)| *what).next()
}

impl Matrix {
    /// Checks the columns and takes them in.
    ///
    /// `protected` says whether a name tells a protected trait or a proxy of one; give the word list that guards ingestion.
    ///
    /// # Errors
    /// A name that is refused, twice, or no name; columns of different lengths; more than [`COLUMNS_MAX`] columns or [`ROWS_MAX`] rows;
    /// a column that counts the rows.
    pub fn new(columns: Vec<Named>, protected: fn(&str) -> bool) -> Result<Self, RankError> {
        let rows = columns.first().map_or(0, |column| column.values.len());
        let mut matrix = Self { columns: Vec::with_capacity(columns.len()), rows };
        for column in columns {
            matrix.push(column, protected)?;
        }
        Ok(matrix)
    }

    /// The columns of computed features, in their order.
    ///
    /// # Errors
    /// As [`Matrix::new`].
    pub fn from_features(schema: &[Feature], table: &Table, protected: fn(&str) -> bool) -> Result<Self, RankError> {
        if schema.len() != table.columns.len() {
            return Err(RankError::Rows { what: "the schema of features".into(), found: schema.len(), wanted: table.columns.len() });
        }
        let column = |(feature, column): (&Feature, &tributary_features::Column)| Named {
            name: feature.name.clone(),
            family: feature.family.name().to_owned(),
            values: (0..column.len()).map(|row| column.value(row) as f32).collect(),
        };
        Self::new(schema.iter().zip(&table.columns).map(column).collect(), protected)
    }

    /// Adds one column.
    ///
    /// # Errors
    /// As [`Matrix::new`].
    pub fn push(&mut self, mut column: Named, protected: fn(&str) -> bool) -> Result<(), RankError> {
        let name = &column.name;
        if self.columns.len() >= COLUMNS_MAX {
            return Err(RankError::TooMany { what: "columns", found: self.columns.len() + 1, limit: COLUMNS_MAX });
        }
        if column.values.len() > ROWS_MAX {
            return Err(RankError::TooMany { what: "rows", found: column.values.len(), limit: ROWS_MAX });
        }
        if name.is_empty() || name.len() > NAME_MAX || name.chars().any(char::is_control) {
            return Err(RankError::Name(name.chars().filter(|c| !c.is_control()).take(NAME_MAX).collect()));
        }
        if protected(name) {
            return Err(RankError::Protected(name.clone()));
        }
        if let Some(what) = not_a_feature(name) {
            return Err(RankError::NotAFeature { name: name.clone(), what });
        }
        if self.columns.iter().any(|other| other.name == *name) {
            return Err(RankError::Twice(name.clone()));
        }
        if self.columns.is_empty() {
            self.rows = column.values.len();
        }
        if column.values.len() != self.rows {
            return Err(RankError::Rows { what: format!("column `{name}`"), found: column.values.len(), wanted: self.rows });
        }
        if counts_rows(&column.values) {
            return Err(RankError::NotAFeature { name: column.name, what: "a row number: its values are those of a counter" });
        }
        for value in &mut column.values {
            if !value.is_finite() {
                *value = f32::NAN;
            }
        }
        self.columns.push(column);
        Ok(())
    }

    /// How many rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// The columns, in order.
    #[must_use]
    pub fn columns(&self) -> &[Named] {
        &self.columns
    }

    /// The columns of these names, in this order.
    ///
    /// # Errors
    /// [`RankError::Missing`] names the first that is not there.
    pub fn select<'a>(&'a self, names: &[String]) -> Result<Vec<&'a Named>, RankError> {
        let by_name: std::collections::BTreeMap<&str, &Named> = self.columns.iter().map(|column| (column.name.as_str(), column)).collect();
        let found: Vec<&Named> = names.iter().filter_map(|name| by_name.get(name.as_str()).copied()).collect();
        let missing: BTreeSet<&String> = names.iter().filter(|name| !by_name.contains_key(name.as_str())).collect();
        match names.iter().find(|name| missing.contains(name)) {
            Some(name) => Err(RankError::Missing { name: name.clone(), missing: missing.len(), needed: names.len() }),
            None => Ok(found),
        }
    }
}

/// Steps of exactly one from row to row, up or down, over at least 32 rows.
fn counts_rows(values: &[f32]) -> bool {
    let steps = |step: f32| values.windows(2).all(|pair| matches!(pair, [a, b] if b - a == step));
    values.len() >= 32 && (steps(1.0) || steps(-1.0))
}
