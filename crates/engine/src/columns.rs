//! Reading query results by column name, with one clear error when a table is not what it should be.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimestampMicrosecondType, UInt32Type, UInt64Type};
use arrow::record_batch::RecordBatch;

use crate::error::EngineError;

/// The columns of one batch of a named query.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Columns<'a> {
    table: &'static str,
    batch: &'a RecordBatch,
}

impl<'a> Columns<'a> {
    pub(crate) const fn new(table: &'static str, batch: &'a RecordBatch) -> Self {
        Self { table, batch }
    }

    fn shape(&self, column: &str) -> EngineError {
        EngineError::Shape { table: self.table, column: column.to_owned() }
    }

    fn column(&self, name: &str) -> Result<&'a ArrayRef, EngineError> {
        self.batch.column_by_name(name).ok_or_else(|| self.shape(name))
    }

    /// Text of any of Arrow's string types.
    pub(crate) fn text(&self, name: &str) -> Result<Text<'a>, EngineError> {
        let column = self.column(name)?;
        match column.data_type() {
            DataType::Utf8 => Ok(Text::Small(column.as_string::<i32>())),
            DataType::LargeUtf8 => Ok(Text::Large(column.as_string::<i64>())),
            DataType::Utf8View => Ok(Text::View(column.as_string_view())),
            _ => Err(self.shape(name)),
        }
    }

    pub(crate) fn i64(&self, name: &str) -> Result<&'a arrow::array::Int64Array, EngineError> {
        self.column(name)?.as_primitive_opt::<Int64Type>().ok_or_else(|| self.shape(name))
    }

    pub(crate) fn f64(&self, name: &str) -> Result<&'a arrow::array::Float64Array, EngineError> {
        self.column(name)?.as_primitive_opt::<Float64Type>().ok_or_else(|| self.shape(name))
    }

    pub(crate) fn boolean(&self, name: &str) -> Result<&'a arrow::array::BooleanArray, EngineError> {
        self.column(name)?.as_boolean_opt().ok_or_else(|| self.shape(name))
    }

    /// Microseconds UTC.
    pub(crate) fn time(&self, name: &str) -> Result<&'a arrow::array::TimestampMicrosecondArray, EngineError> {
        self.column(name)?.as_primitive_opt::<TimestampMicrosecondType>().ok_or_else(|| self.shape(name))
    }

    /// A count, of whichever whole-number type the query engine chose.
    pub(crate) fn count(&self, name: &str, row: usize) -> Result<u32, EngineError> {
        let column = self.column(name)?;
        if column.is_null(row) {
            return Ok(0);
        }
        let value = match column.data_type() {
            DataType::Int64 => column.as_primitive::<Int64Type>().value(row).max(0).unsigned_abs(),
            DataType::UInt64 => column.as_primitive::<UInt64Type>().value(row),
            DataType::UInt32 => u64::from(column.as_primitive::<UInt32Type>().value(row)),
            _ => return Err(self.shape(name)),
        };
        Ok(u32::try_from(value).unwrap_or(u32::MAX))
    }
}

/// A text column.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Text<'a> {
    Small(&'a arrow::array::StringArray),
    Large(&'a arrow::array::LargeStringArray),
    View(&'a arrow::array::StringViewArray),
}

impl<'a> Text<'a> {
    /// The text of a row; `None` where it is absent.
    pub(crate) fn get(&self, row: usize) -> Option<&'a str> {
        match self {
            Self::Small(array) => array.is_valid(row).then(|| array.value(row)),
            Self::Large(array) => array.is_valid(row).then(|| array.value(row)),
            Self::View(array) => array.is_valid(row).then(|| array.value(row)),
        }
    }
}
