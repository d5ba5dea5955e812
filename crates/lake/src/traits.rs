//! The only door to `lake/traits`: protected traits (gender, nationality, language) that one thing may read, the fairness report.
//!
//! Three things keep them out of rules and scores (SG-004). The files of `lake/batches`, and so every view, do not hold them.
//! The crates that compute rules and scores (`resolve`, `patterns`, `typology`, `converge`) stand on floors below this one and
//! cannot name [`TraitStore`]. And whoever stands above must hold a [`TraitAccess`], which only states its purpose by being
//! made with [`TraitAccess::for_fairness_report`]; no type stops another room of the floors above from making one, so `xtask` has to hold that `evaluate` alone does.

use arrow::record_batch::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::File;
use tributary_ingest::schema::trait_schema;
use tributary_model::Table;

use crate::error::LakeError;
use crate::store::{Lake, Snapshot};

/// Leave to read protected traits. Neither `Clone` nor `Default`: it is made once, where the fairness report is made.
#[derive(Debug)]
pub struct TraitAccess {
    _private: (),
}

impl TraitAccess {
    /// Leave for the fairness report, the only reader of protected traits. `evaluate` alone may call this.
    #[must_use]
    pub const fn for_fairness_report() -> Self {
        Self { _private: () }
    }
}

/// Protected traits by batch and row.
#[derive(Debug)]
pub struct TraitStore<'a> {
    lake: &'a Lake,
    _access: TraitAccess,
}

/// The traits of one batch.
#[derive(Debug)]
pub struct TraitBatch {
    /// The table.
    pub table: Table,
    /// The batch, as in `obs`.
    pub batch: String,
    /// `_row` and the trait columns; only rows that state a trait.
    pub rows: Vec<RecordBatch>,
}

impl<'a> TraitStore<'a> {
    /// Opens the store.
    #[must_use]
    pub const fn open(lake: &'a Lake, access: TraitAccess) -> Self {
        Self { lake, _access: access }
    }

    /// The traits of every batch of a table, in the snapshot's order. Empty for a table without protected columns.
    ///
    /// # Errors
    /// A trait file named by the manifest cannot be read.
    pub fn read(&self, snapshot: &Snapshot, table: Table) -> Result<Vec<TraitBatch>, LakeError> {
        if trait_schema(table).is_none() {
            return Ok(Vec::new());
        }
        let mut all = Vec::new();
        for entry in snapshot.of_table(table).filter(|entry| entry.traits) {
            let path = self.lake.traits_path(&entry.id);
            let file = File::open(&path).map_err(LakeError::io("open", &path))?;
            let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(ParquetRecordBatchReaderBuilder::build);
            let reader = reader.map_err(LakeError::parquet("read", &path))?;
            let rows = reader.collect::<Result<Vec<_>, _>>()?;
            all.push(TraitBatch { table, batch: entry.id.clone(), rows });
        }
        Ok(all)
    }
}
