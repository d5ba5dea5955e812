//! Rows into Arrow columns, with the checks of the contract. A bad row leaves nulls behind and is filtered out at the end of its block.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Builder, Decimal128Builder, Float64Builder, ListBuilder, StringBuilder, TimestampMicrosecondBuilder, UInt64Builder,
};
use arrow::compute::filter;
use arrow::error::ArrowError;
use tributary_adverts::{Settings, Sketcher};
use tributary_model::amount::{PRECISION, SCALE};
use tributary_model::table::ColumnKind;
use tributary_model::{Amount, Column, Table};

use crate::check;
use crate::limits::Limits;
use crate::moment::Clock;
use crate::problem::{Problem, Wrong};
use crate::record::Value;

/// One column under construction.
enum Column_ {
    Text(StringBuilder),
    List(ListBuilder<StringBuilder>),
    Time(TimestampMicrosecondBuilder),
    Date(Date32Builder),
    Amount(Decimal128Builder),
    Count(UInt64Builder),
    Degrees(Float64Builder, f64),
}

/// How a value of a column is to be read beyond its kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading<'a> {
    /// How times are written.
    pub(crate) clock: &'a Clock,
    /// By what amounts are multiplied.
    pub(crate) scale: Option<Amount>,
    /// What stands between the items of a list in one text.
    pub(crate) separator: char,
}

/// The usual reading.
pub(crate) const USUAL: Reading<'static> = Reading { clock: &Clock::Offset, scale: None, separator: '|' };

/// A table's columns for one block of rows.
pub(crate) struct TableBuilder {
    columns: Vec<Column_>,
    attributes: StringBuilder,
    sketches: Option<(Box<Sketcher>, ListBuilder<UInt64Builder>)>,
    keep_text: bool,
    good: Vec<bool>,
    /// Row numbers relative to the block's first.
    rows: Vec<u32>,
}

/// The columns of a block, without bad rows.
pub(crate) struct Built {
    /// One for each column of the table, then attributes, then for `posts` the sketches.
    pub(crate) arrays: Vec<ArrayRef>,
    /// Row numbers relative to the block's first, of good rows.
    pub(crate) rows: Vec<u32>,
}

impl TableBuilder {
    pub(crate) fn new(table: Table, keep_text: bool) -> Self {
        let columns = table.columns().iter().map(Column_::new).collect();
        let sketches = (table == Table::Posts).then(|| (Box::new(Sketcher::new(&Settings::default())), ListBuilder::new(UInt64Builder::new())));
        Self { columns, attributes: StringBuilder::new(), sketches, keep_text, good: Vec::new(), rows: Vec::new() }
    }

    /// Adds a value to a column of the row under construction, or null with the problem.
    pub(crate) fn add(
        &mut self,
        index: usize,
        column: &'static Column,
        value: Value<'_>,
        reading: Reading<'_>,
        limits: &Limits,
    ) -> Result<(), Problem> {
        let Some(builder) = self.columns.get_mut(index) else {
            return Ok(());
        };
        if let (Some((sketcher, sketches)), true) = (&mut self.sketches, column.name == "text") {
            match value {
                Value::Text(text) => sketches.append_value(sketcher.sketch(text).to_words().into_iter().map(Some)),
                _ => sketches.append_null(),
            }
            if !self.keep_text && matches!(value, Value::Text(_)) {
                builder.null();
                return Ok(());
            }
        }
        match builder.add(column, value, reading, limits) {
            Ok(()) => Ok(()),
            Err(problem) => {
                builder.null();
                Err(problem)
            }
        }
    }

    /// Ends a row.
    pub(crate) fn end_row(&mut self, row: u32, good: bool, attributes: Option<&str>) {
        self.attributes.append_option(attributes);
        self.good.push(good);
        self.rows.push(row);
    }

    /// The block's columns.
    pub(crate) fn finish(mut self) -> Result<Built, ArrowError> {
        let mut arrays: Vec<ArrayRef> = self.columns.iter_mut().map(Column_::finish).collect();
        arrays.push(Arc::new(self.attributes.finish()));
        if let Some((_, sketches)) = &mut self.sketches {
            arrays.push(Arc::new(sketches.finish()));
        }
        if self.good.iter().all(|good| *good) {
            return Ok(Built { arrays, rows: self.rows });
        }
        let mask = BooleanArray::from(self.good.clone());
        let arrays = arrays.iter().map(|array| filter(array, &mask)).collect::<Result<_, _>>()?;
        let rows = self.rows.iter().zip(&self.good).filter(|(_, good)| **good).map(|(row, _)| *row).collect();
        Ok(Built { arrays, rows })
    }
}

impl Column_ {
    fn new(column: &Column) -> Self {
        if column.list {
            return Self::List(ListBuilder::new(StringBuilder::new()).with_field(Arc::new(arrow::datatypes::Field::new(
                "item",
                arrow::datatypes::DataType::Utf8,
                true,
            ))));
        }
        match column.kind {
            ColumnKind::Time => Self::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            ColumnKind::Date => Self::Date(Date32Builder::new()),
            ColumnKind::Amount => {
                Self::Amount(Decimal128Builder::new().with_data_type(arrow::datatypes::DataType::Decimal128(PRECISION, SCALE as i8)))
            }
            ColumnKind::Count => Self::Count(UInt64Builder::new()),
            ColumnKind::Latitude => Self::Degrees(Float64Builder::new(), 90.0),
            ColumnKind::Longitude => Self::Degrees(Float64Builder::new(), 180.0),
            _ => Self::Text(StringBuilder::new()),
        }
    }

    fn null(&mut self) {
        match self {
            Self::Text(builder) => builder.append_null(),
            Self::List(builder) => builder.append_null(),
            Self::Time(builder) => builder.append_null(),
            Self::Date(builder) => builder.append_null(),
            Self::Amount(builder) => builder.append_null(),
            Self::Count(builder) => builder.append_null(),
            Self::Degrees(builder, _) => builder.append_null(),
        }
    }

    fn add(&mut self, column: &'static Column, value: Value<'_>, reading: Reading<'_>, limits: &Limits) -> Result<(), Problem> {
        let text = match value {
            Value::Absent if column.required => {
                return Err(Problem::of_value(column.name, "", Wrong::new("is missing", "every row must have a value in this column")));
            }
            Value::Absent => {
                self.null();
                return Ok(());
            }
            Value::Nested(text) => {
                let wrong = Wrong::new("is a structure where a plain value belongs", "write text or a number, or a list of texts in a list column");
                return Err(Problem::of_value(column.name, text, wrong));
            }
            Value::List(items) => {
                let Self::List(builder) = self else {
                    let wrong = Wrong::new("is a list where one value belongs", "write one value");
                    return Err(Problem::of_value(column.name, &items.iter().collect::<Vec<_>>().join("|"), wrong));
                };
                return list(builder, column, items.iter(), limits);
            }
            Value::Text(text) => text,
        };
        if text.len() > limits.value_bytes_max {
            let wrong = Wrong::new("is longer than a value may be", "shorten it, or raise the limit for the length of values");
            return Err(Problem::of_value(column.name, text, wrong));
        }
        let wrong = |wrong: Wrong| Problem::of_value(column.name, text, wrong);
        match self {
            Self::Text(builder) => {
                check::check_text(column.kind, text).map_err(wrong)?;
                builder.append_value(text);
            }
            Self::List(builder) => {
                return list(builder, column, text.split(reading.separator), limits);
            }
            Self::Time(builder) => builder.append_value(reading.clock.read(text).map_err(|error| wrong(of_time(&error)))?.0),
            Self::Date(builder) => builder.append_value(reading.clock.read_date(text).map_err(|error| wrong(of_time(&error)))?.0),
            Self::Amount(builder) => builder.append_value(amount(text, reading.scale).map_err(wrong)?.0),
            Self::Count(builder) => builder.append_value(check::count(text).map_err(wrong)?),
            Self::Degrees(builder, limit) => builder.append_value(check::degrees(text, *limit).map_err(wrong)?),
        }
        Ok(())
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::List(builder) => Arc::new(builder.finish()),
            Self::Time(builder) => Arc::new(builder.finish()),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::Amount(builder) => Arc::new(builder.finish()),
            Self::Count(builder) => Arc::new(builder.finish()),
            Self::Degrees(builder, _) => Arc::new(builder.finish()),
        }
    }
}

fn list<'a>(
    builder: &mut ListBuilder<StringBuilder>,
    column: &'static Column,
    items: impl Iterator<Item = &'a str>,
    limits: &Limits,
) -> Result<(), Problem> {
    // A list is checked whole before any of it is added, so that a bad item leaves nothing behind.
    let mut good: Vec<&str> = Vec::new();
    for item in items.map(str::trim).filter(|item| !item.is_empty()) {
        if good.len() >= limits.list_items_max || item.len() > limits.value_bytes_max {
            let wrong = Wrong::new("has more or longer items than a list may have", "shorten it, or raise the limits for lists");
            return Err(Problem::of_value(column.name, item, wrong));
        }
        check::check_text(column.kind, item).map_err(|wrong| Problem::of_value(column.name, item, wrong))?;
        good.push(item);
    }
    if good.is_empty() {
        builder.append_null();
        return Ok(());
    }
    for item in good {
        builder.values().append_value(item);
    }
    builder.append(true);
    Ok(())
}

#[cold]
fn of_time(error: &tributary_model::time::TimeError) -> Wrong {
    Wrong::split(&error.to_string(), "write it as 2025-03-01T10:00:00Z (times) or 2025-03-01 (dates), or describe it in a mapping file")
}

/// Reads an amount and multiplies it, exactly.
fn amount(text: &str, scale: Option<Amount>) -> Result<Amount, Wrong> {
    let amount = Amount::parse(text).map_err(|error| Wrong::split(&error.to_string(), "write it as 1250.50"))?;
    let Some(scale) = scale else {
        return Ok(amount);
    };
    let unit = 10_i128.pow(u32::from(SCALE));
    let largest = 10_i128.pow(u32::from(PRECISION)) - 1;
    let product = amount.0.checked_mul(scale.0).ok_or_else(|| Wrong::new("is beyond decimal(38,9) after `scale`", "check `scale` in the mapping"))?;
    if product % unit != 0 || product / unit > largest {
        return Err(Wrong::new("cannot be scaled exactly within decimal(38,9)", "check `scale` in the mapping, or round at the source"));
    }
    Ok(Amount(product / unit))
}
