//! The raw views over a snapshot.

use std::collections::BTreeMap;
use std::path::PathBuf;

use datafusion::dataframe::DataFrame;
use datafusion::functions::string::expr_fn::concat;
use datafusion::logical_expr::{Expr, cast, ident, lit};
use tributary_ingest::schema::{ATTRIBUTES, BATCH, ROW, SKETCH, batch_schema, open_columns};
use tributary_model::Table;

use crate::error::LakeError;
use crate::session::Session;
use crate::store::{Lake, Snapshot};

/// Registers one view for each table of the contract.
pub(crate) fn register(session: &Session, lake: &Lake, snapshot: &Snapshot) -> Result<(), LakeError> {
    for table in Table::ALL {
        let view = view(session, lake, snapshot, table)?;
        session.register(table.name(), view.into_view())?;
    }
    Ok(())
}

/// A table's view: one branch for each provenance source, since batches number many and sources few.
fn view(session: &Session, lake: &Lake, snapshot: &Snapshot, table: Table) -> Result<DataFrame, LakeError> {
    let mut files_by_source: BTreeMap<&str, Vec<PathBuf>> = BTreeMap::new();
    for entry in snapshot.batches.iter().filter(|entry| entry.table == table) {
        let file = lake.batch_path(&entry.id);
        if !file.is_file() {
            return Err(LakeError::BatchGone { id: entry.id.clone() });
        }
        files_by_source.entry(entry.provenance.source.as_str()).or_default().push(file);
    }
    if files_by_source.is_empty() {
        return branch(session, table, "", &[]);
    }
    let mut all: Option<DataFrame> = None;
    for (source, files) in &files_by_source {
        let next = branch(session, table, source, files)?;
        all = Some(match all {
            None => next,
            Some(all) => all.union(next)?,
        });
    }
    all.ok_or(LakeError::Lost)
}

fn branch(session: &Session, table: Table, source: &str, files: &[PathBuf]) -> Result<DataFrame, LakeError> {
    let provider = session.parquet_provider(files, batch_schema(table))?;
    let row = cast(ident(ROW), arrow::datatypes::DataType::Utf8);
    let obs = concat(vec![lit(format!("{table}/")), ident(BATCH), lit("/"), row]).alias("obs");
    let mut columns: Vec<Expr> = open_columns(table).map(|column| ident(column.name)).collect();
    columns.extend([obs, lit(source).alias("source"), ident(ATTRIBUTES).alias("attributes")]);
    if table == Table::Posts {
        columns.push(ident(SKETCH));
    }
    Ok(session.context().read_table(provider)?.select(columns)?)
}
