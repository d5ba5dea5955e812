//! Parquet files whose bytes depend on their rows alone.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use tributary_ingest::schema::ROW;

use crate::error::LakeError;

/// Rows handed to the encoder at a time. Fixed, so that page boundaries do not depend on how the rows arrived.
const CHUNK_ROWS: usize = 65_536;
/// Rows in a row group.
const GROUP_ROWS: usize = 262_144;
/// More columns than any table of observations has: such rows are handed on and grouped in smaller numbers, so that memory stays bounded.
const WIDE_COLUMNS: usize = 64;
/// [`CHUNK_ROWS`] and [`GROUP_ROWS`] of a wide table.
const WIDE_ROWS: (usize, usize) = (4_096, 32_768);
/// Compression level: 1 is within a few percent of 3 in size on such tables, and faster.
const ZSTD_LEVEL: i32 = 1;

/// How every Parquet file of the lake is written.
#[must_use]
pub(crate) fn properties() -> WriterProperties {
    let level = ZstdLevel::try_new(ZSTD_LEVEL).unwrap_or_default();
    WriterProperties::builder()
        .set_created_by("tributary".to_owned())
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .build()
}

/// How batch files are written: ids that are all different and running numbers need no dictionary.
pub(crate) fn batch_properties(unique: Option<&str>) -> WriterProperties {
    let mut builder = properties().into_builder().set_statistics_enabled(EnabledStatistics::Chunk);
    if let Some(name) = unique {
        builder = builder.set_column_dictionary_enabled(name.into(), false);
    }
    for name in [ROW, "at"] {
        builder = builder.set_column_dictionary_enabled(name.into(), false).set_column_encoding(name.into(), Encoding::DELTA_BINARY_PACKED);
    }
    builder.build()
}

/// A Parquet file under construction: written beside its place and moved there when whole.
pub struct ParquetFile {
    path: PathBuf,
    temporary: PathBuf,
    writer: ArrowWriter<File>,
    schema: SchemaRef,
    waiting: Vec<RecordBatch>,
    waiting_rows: usize,
    chunk_rows: usize,
    rows: u64,
}

impl ParquetFile {
    /// Starts a file.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn create(path: &Path, schema: SchemaRef) -> Result<Self, LakeError> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let temporary = path.with_file_name(name);
        let file = File::create(&temporary).map_err(LakeError::io("create", &temporary))?;
        let wide = schema.fields().len() > WIDE_COLUMNS;
        let (chunk_rows, group_rows) = if wide { WIDE_ROWS } else { (CHUNK_ROWS, GROUP_ROWS) };
        let properties = properties().into_builder().set_max_row_group_row_count(Some(group_rows)).build();
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties)).map_err(LakeError::parquet("start", path))?;
        Ok(Self { path: path.to_owned(), temporary, writer, schema, waiting: Vec::new(), waiting_rows: 0, chunk_rows, rows: 0 })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        self.rows += batch.num_rows() as u64;
        let mut rest = batch.clone();
        while self.waiting_rows + rest.num_rows() >= self.chunk_rows {
            let taken = self.chunk_rows - self.waiting_rows;
            self.waiting.push(rest.slice(0, taken));
            rest = rest.slice(taken, rest.num_rows() - taken);
            self.flush()?;
        }
        if rest.num_rows() > 0 {
            self.waiting_rows += rest.num_rows();
            self.waiting.push(rest);
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), LakeError> {
        let whole = concat_batches(&self.schema, &self.waiting)?;
        self.waiting.clear();
        self.waiting_rows = 0;
        self.writer.write(&whole).map_err(LakeError::parquet("write", &self.path))
    }

    /// Takes the unfinished file away.
    pub fn discard(self) {
        // What cannot be removed stays beside its place under a name that nothing reads.
        let _ = std::fs::remove_file(&self.temporary);
    }

    /// Ends the file, makes it durable and moves it to its place.
    ///
    /// # Errors
    /// It cannot be written or put in its place.
    pub fn finish(mut self) -> Result<u64, LakeError> {
        if self.waiting_rows > 0 {
            self.flush()?;
        }
        let path = self.path;
        let file = self.writer.into_inner().map_err(LakeError::parquet("end", &path))?;
        file.sync_all().map_err(LakeError::io("make durable", &path))?;
        std::fs::rename(&self.temporary, &path).map_err(LakeError::io("put in place", &path))?;
        Ok(self.rows)
    }
}
