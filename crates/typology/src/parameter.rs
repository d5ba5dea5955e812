//! Parameters of an indicator and how each is written into SQL as a typed literal.

use serde::{Deserialize, Serialize};

/// A value in a pack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// Text.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
}

/// What a parameter holds, and so how it is written into SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    /// A whole number.
    Integer,
    /// A number (`DOUBLE`).
    Number,
    /// A length of time in days, written as an interval.
    Days,
    /// A length of time in hours, written as an interval.
    Hours,
    /// Text.
    Text,
    /// A list of texts, written in round brackets for `IN`.
    Texts,
}

/// One parameter of an indicator.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Name, used as `:name` in the SQL.
    pub name: String,
    /// What it holds.
    pub kind: ValueKind,
    /// Unit in words: `accounts`, `days`, `USD`, `share`.
    pub unit: String,
    /// Value where no jurisdiction says otherwise.
    pub default: Value,
    /// Smallest value allowed (numbers and times).
    #[serde(default)]
    pub min: Option<f64>,
    /// Largest value allowed (numbers and times).
    #[serde(default)]
    pub max: Option<f64>,
}

impl Value {
    /// The value as a number, when it is one.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "parameters are small numbers; ranges are checked against f64 bounds")]
    pub const fn number(&self) -> Option<f64> {
        match self {
            Self::Integer(n) => Some(*n as f64),
            Self::Number(n) => Some(*n),
            Self::Text(_) | Self::Texts(_) => None,
        }
    }

    /// The plain text form: pattern requests and hashes use it.
    #[must_use]
    pub fn plain(&self) -> String {
        match self {
            Self::Integer(n) => n.to_string(),
            Self::Number(n) => format!("{n:?}"),
            Self::Text(text) => text.clone(),
            Self::Texts(texts) => texts.join("|"),
        }
    }
}

impl Parameter {
    /// Does `value` have this parameter's kind and lie in its range?
    #[must_use]
    pub fn accepts(&self, value: &Value) -> bool {
        let kind_fits = match self.kind {
            ValueKind::Integer => matches!(value, Value::Integer(_)),
            ValueKind::Number | ValueKind::Days | ValueKind::Hours => value.number().is_some_and(f64::is_finite),
            ValueKind::Text => matches!(value, Value::Text(_)),
            ValueKind::Texts => matches!(value, Value::Texts(texts) if !texts.is_empty()),
        };
        let in_range = value.number().is_none_or(|n| self.min.is_none_or(|min| n >= min) && self.max.is_none_or(|max| n <= max));
        kind_fits && in_range
    }

    /// Are both ends of the range stated, where the kind has a range?
    #[must_use]
    pub fn has_range(&self) -> bool {
        match self.kind {
            ValueKind::Text | ValueKind::Texts => true,
            ValueKind::Integer | ValueKind::Number | ValueKind::Days | ValueKind::Hours => {
                matches!((self.min, self.max), (Some(min), Some(max)) if min <= max)
            }
        }
    }
}

/// Text as an SQL string literal. Quotes are doubled; nothing in the text can end the literal.
#[must_use]
pub fn text_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A value as an SQL literal of its kind. A value that does not fit its kind becomes `NULL` of no effect; the loader refuses it first.
#[must_use]
pub fn literal(kind: ValueKind, value: &Value) -> String {
    match (kind, value) {
        (ValueKind::Integer, Value::Integer(n)) => format!("{n}"),
        (ValueKind::Number, value) => value.number().map_or_else(null, |n| format!("CAST({n:?} AS DOUBLE)")),
        (ValueKind::Days, value) => value.number().map_or_else(null, |n| interval(n * 86_400.0)),
        (ValueKind::Hours, value) => value.number().map_or_else(null, |n| interval(n * 3_600.0)),
        (ValueKind::Text, Value::Text(text)) => text_literal(text),
        (ValueKind::Texts, Value::Texts(texts)) => {
            format!("({})", texts.iter().map(|text| text_literal(text)).collect::<Vec<_>>().join(", "))
        }
        _ => null(),
    }
}

fn null() -> String {
    "NULL".to_owned()
}

/// An interval of whole seconds: parts of a second carry no meaning in a rule.
#[allow(clippy::cast_possible_truncation, reason = "bounded by the parameter's range; a cast saturates")]
fn interval(seconds: f64) -> String {
    format!("INTERVAL '{} seconds'", seconds.round() as i64)
}
