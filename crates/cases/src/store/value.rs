//! What goes into a statement and comes out of a row: text and whole numbers, the two types that both stores share.

use sqlx::{Row as _, TypeInfo, ValueRef};

use crate::CasesError;

/// A parameter of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// Text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A whole number that may be absent.
    MaybeInt(Option<i64>),
    /// Text that may be absent.
    MaybeText(Option<String>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Self::MaybeInt(number)
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Self::MaybeText(text)
    }
}

/// A row of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row(Vec<Cell>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Cell {
    Text(String),
    Int(i64),
    Null,
}

impl Row {
    /// The columns as JSON: what a backup holds of a row.
    pub(crate) fn json(&self) -> serde_json::Value {
        let cell = |cell: &Cell| match cell {
            Cell::Text(text) => text.as_str().into(),
            Cell::Int(number) => (*number).into(),
            Cell::Null => serde_json::Value::Null,
        };
        self.0.iter().map(cell).collect()
    }

    /// The text in a column.
    pub(crate) fn text(&self, column: usize) -> Result<String, CasesError> {
        self.maybe_text(column)?.ok_or_else(|| CasesError::row(column))
    }

    /// The text in a column that may be absent.
    pub(crate) fn maybe_text(&self, column: usize) -> Result<Option<String>, CasesError> {
        match self.0.get(column) {
            Some(Cell::Text(text)) => Ok(Some(text.clone())),
            Some(Cell::Null) => Ok(None),
            _ => Err(CasesError::row(column)),
        }
    }

    /// The number in a column.
    pub(crate) fn int(&self, column: usize) -> Result<i64, CasesError> {
        self.maybe_int(column)?.ok_or_else(|| CasesError::row(column))
    }

    /// The number in a column that may be absent.
    pub(crate) fn maybe_int(&self, column: usize) -> Result<Option<i64>, CasesError> {
        match self.0.get(column) {
            Some(Cell::Int(number)) => Ok(Some(*number)),
            Some(Cell::Null) => Ok(None),
            _ => Err(CasesError::row(column)),
        }
    }
}

/// Reads a row of either store by what its columns say they hold.
macro_rules! read_row {
    ($name:ident, $row:ty) => {
        pub(super) fn $name(row: &$row) -> Result<Row, CasesError> {
            let mut cells = Vec::with_capacity(row.len());
            for column in 0..row.len() {
                let raw = row.try_get_raw(column)?;
                let cell = if raw.is_null() {
                    Cell::Null
                } else if matches!(raw.type_info().name(), "INTEGER" | "INT8" | "BIGINT" | "INT4") {
                    Cell::Int(row.try_get::<i64, _>(column)?)
                } else {
                    Cell::Text(row.try_get::<String, _>(column)?)
                };
                cells.push(cell);
            }
            Ok(Row(cells))
        }
    };
}

read_row!(sqlite_row, sqlx::sqlite::SqliteRow);
read_row!(postgres_row, sqlx::postgres::PgRow);
