//! Arrow schemas of the batch files, derived from [`Table::columns`].
//!
//! Types: text as Utf8; times `Timestamp(Microsecond, "UTC")`; dates Date32; amounts `Decimal128(38, 9)`; counts UInt64;
//! degrees Float64; lists `List<Utf8>`. Every batch file also holds `_batch`, `_row` and `_attributes`; `posts` holds `_sketch`.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use tributary_model::amount::{PRECISION, SCALE};
use tributary_model::{Column, Table, table::ColumnKind};

/// Column of a batch file that holds the batch id (text).
pub const BATCH: &str = "_batch";
/// Column of a batch file that holds the row number in the source (UInt64, 1 is the first row after the header).
pub const ROW: &str = "_row";
/// Column of a batch file that holds unknown columns as JSON text, or null.
pub const ATTRIBUTES: &str = "_attributes";
/// Column of `posts` batch files that holds the sketch of the advert's text (list of UInt64).
pub const SKETCH: &str = "_sketch";

/// The Arrow type in which values of a column are stored.
#[must_use]
pub fn data_type(column: &Column) -> DataType {
    let scalar = match column.kind {
        ColumnKind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        ColumnKind::Date => DataType::Date32,
        ColumnKind::Amount => DataType::Decimal128(PRECISION, SCALE as i8),
        ColumnKind::Count => DataType::UInt64,
        ColumnKind::Latitude | ColumnKind::Longitude => DataType::Float64,
        ColumnKind::Id
        | ColumnKind::Text
        | ColumnKind::Country
        | ColumnKind::Subdivision
        | ColumnKind::Currency
        | ColumnKind::Language
        | ColumnKind::Phone
        | ColumnKind::Document
        | ColumnKind::OneOf(_) => DataType::Utf8,
    };
    if column.list { list_of(DataType::Utf8) } else { scalar }
}

/// A list type whose items are named as Parquet and Arrow builders name them.
#[must_use]
pub fn list_of(item: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("item", item, true)))
}

/// The columns of a table that its views show: those of the contract without the protected ones.
pub fn open_columns(table: Table) -> impl Iterator<Item = &'static Column> {
    table.columns().iter().filter(|column| !column.protected)
}

/// The columns of a table that hold protected traits.
pub fn trait_columns(table: Table) -> impl Iterator<Item = &'static Column> {
    table.columns().iter().filter(|column| column.protected)
}

/// The schema of a table's batch files: its columns without the protected ones, then `_batch`, `_row`, `_attributes`, and for `posts` `_sketch`.
#[must_use]
pub fn batch_schema(table: Table) -> SchemaRef {
    let mut fields: Vec<Field> = open_columns(table).map(|column| Field::new(column.name, data_type(column), !column.required)).collect();
    fields.push(Field::new(BATCH, DataType::Utf8, false));
    fields.push(Field::new(ROW, DataType::UInt64, false));
    fields.push(Field::new(ATTRIBUTES, DataType::Utf8, true));
    if table == Table::Posts {
        fields.push(Field::new(SKETCH, list_of(DataType::UInt64), true));
    }
    Arc::new(Schema::new(fields))
}

/// The schema of a table's trait files: `_row` and the protected columns. None where the table has none.
#[must_use]
pub fn trait_schema(table: Table) -> Option<SchemaRef> {
    let mut fields = vec![Field::new(ROW, DataType::UInt64, false)];
    fields.extend(trait_columns(table).map(|column| Field::new(column.name, data_type(column), true)));
    (fields.len() > 1).then(|| Arc::new(Schema::new(fields)))
}
