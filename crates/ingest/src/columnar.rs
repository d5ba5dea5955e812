//! Parquet rows as records: every cell becomes the text that the contract would have it written as.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Field, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, Schema, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::error::ArrowError;
use std::fmt::Write;
use std::sync::Arc;
use tributary_model::{Date, Timestamp};

use crate::record::{Fields, Slot};

/// Puts a row's cells into fields, one slot a column.
pub(crate) fn row(batch: &RecordBatch, row: usize, fields: &mut Fields) {
    for column in batch.columns() {
        let slot = cell(column, row, fields);
        fields.slots.push(slot);
    }
}

/// A row as text, for quarantine.
pub(crate) fn raw(batch: &RecordBatch, row: usize) -> String {
    let mut fields = Fields::default();
    let mut object = serde_json::Map::new();
    for (column, field) in batch.columns().iter().zip(batch.schema_ref().fields()) {
        fields.clear();
        let text = match cell(column, row, &mut fields) {
            Slot::Arena(start, end) | Slot::Nested(start, end) => fields.arena.get(start as usize..end as usize).unwrap_or_default().to_owned(),
            Slot::Items(..) => fields.items.iter().filter_map(|(s, e)| fields.arena.get(*s as usize..*e as usize)).collect::<Vec<_>>().join("|"),
            _ => continue,
        };
        object.insert(field.name().clone(), serde_json::Value::String(text));
    }
    serde_json::Value::Object(object).to_string()
}

/// A batch without dictionaries: their values stand in their place.
pub(crate) fn plain(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    if !batch.columns().iter().any(|column| matches!(column.data_type(), DataType::Dictionary(_, _))) {
        return Ok(batch.clone());
    }
    let mut fields = Vec::new();
    let mut columns = Vec::new();
    for (field, column) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        let column = match column.data_type() {
            DataType::Dictionary(_, value) => arrow::compute::cast(column, value)?,
            _ => column.clone(),
        };
        fields.push(Field::new(field.name(), column.data_type().clone(), true));
        columns.push(column);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

/// Can cells of this type be read?
pub(crate) fn is_readable(kind: &DataType) -> bool {
    match kind {
        DataType::List(item) | DataType::LargeList(item) => {
            is_readable(item.data_type()) && !matches!(item.data_type(), DataType::List(_) | DataType::LargeList(_))
        }
        DataType::Dictionary(_, value) => is_readable(value),
        DataType::Null
        | DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::Boolean
        | DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64
        | DataType::Float32
        | DataType::Float64
        | DataType::Date32
        | DataType::Decimal128(_, _)
        | DataType::Timestamp(_, _) => true,
        _ => false,
    }
}

macro_rules! number {
    ($array:expr, $kind:ty, $row:expr, $fields:expr) => {
        show(&$array.as_primitive::<$kind>().value($row), $fields)
    };
}

fn show(value: &dyn std::fmt::Display, fields: &mut Fields) -> Slot {
    let start = fields.arena.len() as u32;
    // Writing to a String cannot fail.
    let _ = write!(fields.arena, "{value}");
    Slot::Arena(start, fields.arena.len() as u32)
}

fn cell(array: &ArrayRef, row: usize, fields: &mut Fields) -> Slot {
    if array.is_null(row) {
        return Slot::Absent;
    }
    match array.data_type() {
        DataType::Utf8 => fields.keep(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => fields.keep(array.as_string::<i64>().value(row)),
        DataType::Utf8View => fields.keep(array.as_string_view().value(row)),
        DataType::Boolean => fields.keep(if array.as_boolean().value(row) { "true" } else { "false" }),
        DataType::Int8 => number!(array, Int8Type, row, fields),
        DataType::Int16 => number!(array, Int16Type, row, fields),
        DataType::Int32 => number!(array, Int32Type, row, fields),
        DataType::Int64 => number!(array, Int64Type, row, fields),
        DataType::UInt8 => number!(array, UInt8Type, row, fields),
        DataType::UInt16 => number!(array, UInt16Type, row, fields),
        DataType::UInt32 => number!(array, UInt32Type, row, fields),
        DataType::UInt64 => number!(array, UInt64Type, row, fields),
        // Rust shows the shortest digits that read back the same, without an exponent.
        DataType::Float32 => number!(array, Float32Type, row, fields),
        DataType::Float64 => number!(array, Float64Type, row, fields),
        DataType::Date32 => match array.as_primitive::<Date32Type>().value(row) {
            days if days.unsigned_abs() < 1 << 28 => show(&Date(days), fields),
            _ => fields.keep("out of range"),
        },
        DataType::Decimal128(_, scale) => decimal(array.as_primitive::<Decimal128Type>().value(row), *scale, fields),
        DataType::Timestamp(unit, zone) => time(array, row, *unit, zone.is_some(), fields),
        DataType::List(_) => items(&array.as_list::<i32>().value(row), fields),
        DataType::LargeList(_) => items(&array.as_list::<i64>().value(row), fields),
        _ => Slot::Absent,
    }
}

fn time(array: &ArrayRef, row: usize, unit: TimeUnit, zoned: bool, fields: &mut Fields) -> Slot {
    let micros = match unit {
        TimeUnit::Second => array.as_primitive::<TimestampSecondType>().value(row).checked_mul(1_000_000),
        TimeUnit::Millisecond => array.as_primitive::<TimestampMillisecondType>().value(row).checked_mul(1_000),
        TimeUnit::Microsecond => Some(array.as_primitive::<TimestampMicrosecondType>().value(row)),
        TimeUnit::Nanosecond => Some(array.as_primitive::<TimestampNanosecondType>().value(row).div_euclid(1_000)),
    };
    // Outside the years that dates can show, the raw number is shown, which the time check then refuses.
    let bound = 200_000_i64 * 366 * 86_400 * 1_000_000;
    match micros.filter(|micros| (-bound..bound).contains(micros)) {
        Some(micros) => {
            let slot = show(&Timestamp(micros), fields);
            if let (Slot::Arena(start, end), false) = (slot, zoned) {
                // A time without a zone keeps none: the contract refuses it unless a mapping names one.
                fields.arena.pop();
                return Slot::Arena(start, end - 1);
            }
            slot
        }
        None => fields.keep("out of range"),
    }
}

fn decimal(units: i128, scale: i8, fields: &mut Fields) -> Slot {
    let Ok(scale) = usize::try_from(scale) else {
        return show(&units, fields);
    };
    let sign = if units < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at_checked(digits.len() - scale).unwrap_or((&digits, ""));
    let point = if fraction.is_empty() { "" } else { "." };
    show(&format_args!("{sign}{whole}{point}{fraction}"), fields)
}

fn items(values: &ArrayRef, fields: &mut Fields) -> Slot {
    let first = fields.items.len() as u32;
    for index in 0..values.len() {
        if let Slot::Arena(start, end) = cell(values, index, fields) {
            fields.items.push((start, end));
        }
    }
    Slot::Items(first, fields.items.len() as u32)
}
