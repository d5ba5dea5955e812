//! A query session: DataFusion behind a blocking door.
//!
//! The engine's tasks run on a runtime of the session's own, so a session may be used from any thread, also from within
//! another asynchronous runtime (it then blocks that thread). Results of a query without ORDER BY have no promised order.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::catalog::TableProvider;
use datafusion::common::TableReference;
use datafusion::dataframe::DataFrame;
use datafusion::datasource::MemTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::execution::context::SQLOptions;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use futures_util::StreamExt;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tokio::runtime::Runtime;

use crate::error::LakeError;
use crate::parquet_file::ParquetFile;
use crate::store::{Lake, Snapshot};
use crate::views;

/// Rows that the engine handles at a time.
const BATCH_ROWS: usize = 8_192;

/// How a session may use the machine.
#[derive(Clone, Debug, Default)]
pub struct SessionOptions {
    /// Threads; 0 is one for each processor.
    pub threads: usize,
    /// Memory that sorts, joins and aggregates may hold together, in bytes; `None` is no limit.
    pub memory_limit_bytes: Option<usize>,
    /// Folder for what does not fit into memory; `None` is the system's folder for temporary files.
    pub spill_dir: Option<PathBuf>,
    /// How long one query may take; `None` is no limit.
    pub time_limit: Option<Duration>,
}

/// A place to define views and ask questions. All methods block.
pub struct Session {
    context: SessionContext,
    runtime: Option<Runtime>,
    time_limit: Option<Duration>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("tables", &self.tables()).finish_non_exhaustive()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // A runtime may not be waited for inside another one; its workers end on their own.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Session {
    /// An empty session.
    ///
    /// # Errors
    /// The runtime or the engine could not be set up.
    pub fn new(options: &SessionOptions) -> Result<Self, LakeError> {
        let threads = crate::threads(options.threads);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("tributary-query")
            .enable_time()
            .build()
            .map_err(LakeError::io("start threads for", Path::new("the query engine")))?;
        let mut builder = RuntimeEnvBuilder::new();
        if let Some(bytes) = options.memory_limit_bytes {
            builder = builder.with_memory_pool(Arc::new(FairSpillPool::new(bytes)));
        }
        if let Some(folder) = &options.spill_dir {
            builder = builder.with_temp_file_path(folder);
        }
        let mut config = SessionConfig::new()
            .with_target_partitions(threads)
            .with_batch_size(BATCH_ROWS)
            .with_information_schema(true)
            // Plain Utf8 everywhere, so that the types of ARCHITECTURE.md are what comes out.
            .set_bool("datafusion.execution.parquet.schema_force_view_types", false)
            .set_bool("datafusion.sql_parser.map_string_types_to_utf8view", false);
        config.options_mut().execution.parquet.pushdown_filters = false;
        let context = SessionContext::new_with_config_rt(config, builder.build_arc()?);
        Ok(Self { context, runtime: Some(runtime), time_limit: options.time_limit })
    }

    /// A session with the raw views over a snapshot: each table under its own name, with `obs`, `source` and `attributes`.
    /// A table without batches is an empty view with the right schema.
    ///
    /// # Errors
    /// A batch file is gone, or the engine refuses it.
    pub fn over(lake: &Lake, snapshot: &Snapshot, options: &SessionOptions) -> Result<Self, LakeError> {
        let session = Self::new(options)?;
        views::register(&session, lake, snapshot)?;
        Ok(session)
    }

    /// Puts a table of batches in memory under a name; what had that name before is replaced.
    ///
    /// # Errors
    /// A batch does not have that schema.
    pub fn register_batches(&self, name: &str, schema: SchemaRef, batches: Vec<RecordBatch>) -> Result<(), LakeError> {
        // One partition for each thread, in order, so that in-memory tables are scanned in parallel.
        let partitions = self.context.copied_config().target_partitions().max(1);
        let mut parts: Vec<Vec<RecordBatch>> = vec![Vec::new(); partitions];
        let each = batches.len().div_ceil(partitions).max(1);
        for (part, chunk) in parts.iter_mut().zip(batches.chunks(each)) {
            part.extend_from_slice(chunk);
        }
        self.register(name, Arc::new(MemTable::try_new(schema, parts)?))
    }

    /// Puts Parquet files, all of one schema, under a name. Columns a file lacks are null. No file: an empty table.
    ///
    /// # Errors
    /// A file is not there, or the engine refuses the files.
    pub fn register_parquet(&self, name: &str, files: &[PathBuf], schema: SchemaRef) -> Result<(), LakeError> {
        let provider = self.parquet_provider(files, schema)?;
        self.register(name, provider)
    }

    /// Puts one Parquet file, whatever its columns, under a name.
    ///
    /// # Errors
    /// The file is not there, or is no Parquet file.
    pub fn register_file(&self, name: &str, file: &Path) -> Result<(), LakeError> {
        let opened = std::fs::File::open(file).map_err(LakeError::io("open", file))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(opened).map_err(LakeError::parquet("read", file))?;
        self.register_parquet(name, &[file.to_path_buf()], reader.schema().clone())
    }

    /// Defines a view by SQL; what had that name before is replaced. The view is planned now and run when asked.
    ///
    /// # Errors
    /// The SQL is not a question the engine understands.
    pub fn define_view(&self, name: &str, sql: &str) -> Result<(), LakeError> {
        let frame = self.plan(sql)?;
        self.register(name, frame.into_view())
    }

    /// Runs a question and gives all of its rows.
    ///
    /// # Errors
    /// The SQL is not a question, the engine fails, or the time limit passes.
    pub fn query(&self, sql: &str) -> Result<Vec<RecordBatch>, LakeError> {
        let frame = self.plan(sql)?;
        self.block(async move { Ok(frame.collect().await?) })
    }

    /// Runs an analyst's question: no statement that defines, changes, copies or sets anything, no file by name, at most `rows_max` rows.
    ///
    /// # Errors
    /// As [`Session::query`]; [`LakeError::ReadOnly`] for other statements; [`LakeError::RowLimit`] for more rows.
    pub fn query_read_only(&self, sql: &str, rows_max: usize) -> Result<(SchemaRef, Vec<RecordBatch>), LakeError> {
        let (schema, batches, more) = self.query_first(sql, rows_max)?;
        if more { Err(LakeError::RowLimit { rows_max }) } else { Ok((schema, batches)) }
    }

    /// As [`Session::query_read_only`], but gives the first `rows_max` rows and says whether there were more.
    ///
    /// # Errors
    /// As [`Session::query_read_only`], without [`LakeError::RowLimit`].
    pub fn query_first(&self, sql: &str, rows_max: usize) -> Result<(SchemaRef, Vec<RecordBatch>, bool), LakeError> {
        let frame = self.plan(sql)?;
        self.block(async move {
            let mut stream = frame.execute_stream().await?;
            let schema = stream.schema();
            let (mut batches, mut rows) = (Vec::new(), 0_usize);
            while let Some(batch) = stream.next().await {
                let batch = batch?;
                let left = rows_max - rows;
                if batch.num_rows() > left {
                    batches.push(batch.slice(0, left));
                    return Ok((schema, batches, true));
                }
                rows += batch.num_rows();
                batches.push(batch);
            }
            Ok((schema, batches, false))
        })
    }

    /// Sets how long one query may take from now on.
    pub const fn set_time_limit(&mut self, limit: Duration) {
        self.time_limit = Some(limit);
    }

    /// Runs a question and writes its rows to a Parquet file (zstd), replacing what is there only when all is written.
    /// For a question with a total ORDER BY the file's bytes depend on the rows alone. Returns the number of rows.
    ///
    /// # Errors
    /// As [`Session::query`], or the file cannot be written.
    pub fn write_parquet(&self, sql: &str, path: &Path) -> Result<u64, LakeError> {
        let frame = self.plan(sql)?;
        let path = path.to_owned();
        self.block(async move {
            let mut stream = frame.execute_stream().await?;
            let mut file = ParquetFile::create(&path, stream.schema())?;
            while let Some(batch) = stream.next().await {
                file.write(&batch?)?;
            }
            file.finish()
        })
    }

    /// The schema of a question's answer, without running it.
    ///
    /// # Errors
    /// The SQL is not a question the engine understands.
    pub fn schema_of(&self, sql: &str) -> Result<SchemaRef, LakeError> {
        let frame = self.plan(sql)?;
        let schema: &Schema = frame.schema().as_arrow();
        Ok(Arc::new(schema.clone()))
    }

    /// Names of the tables and views, sorted.
    #[must_use]
    pub fn tables(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.context.catalog("datafusion").and_then(|catalog| catalog.schema("public")).map(|schema| schema.table_names()).unwrap_or_default();
        names.sort();
        names
    }

    /// The engine's context, for functions and operators of the caller's own.
    #[must_use]
    pub const fn context(&self) -> &SessionContext {
        &self.context
    }

    /// Plans a question; anything that defines, changes, copies or sets is refused.
    pub(crate) fn plan(&self, sql: &str) -> Result<DataFrame, LakeError> {
        let context = self.context.clone();
        let sql = sql.to_owned();
        self.block(async move {
            let plan = context.state().create_logical_plan(&sql).await?;
            let options = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
            options.verify_plan(&plan).map_err(|error| LakeError::ReadOnly(Box::new(error)))?;
            Ok(context.execute_logical_plan(plan).await?)
        })
    }

    /// A provider over Parquet files of one schema.
    pub(crate) fn parquet_provider(&self, files: &[PathBuf], schema: SchemaRef) -> Result<Arc<dyn TableProvider>, LakeError> {
        if files.is_empty() {
            return Ok(Arc::new(MemTable::try_new(schema, vec![Vec::new()])?));
        }
        let mut urls = Vec::with_capacity(files.len());
        for file in files {
            // The engine's paths know no `..`: a workspace may be named relative to where one stands.
            let absolute = std::fs::canonicalize(file).map_err(LakeError::io("find", file))?;
            let not_found = || std::io::Error::new(std::io::ErrorKind::InvalidInput, "not a path the engine can name");
            let url = url::Url::from_file_path(&absolute).map_err(|()| LakeError::io("name", file)(not_found()))?;
            urls.push(ListingTableUrl::try_new(url, None)?);
        }
        let format = ParquetFormat::default().with_force_view_types(false);
        let options = ListingOptions::new(Arc::new(format)).with_file_extension("");
        let config = ListingTableConfig::new_with_multi_paths(urls).with_listing_options(options).with_schema(schema);
        Ok(Arc::new(ListingTable::try_new(config)?))
    }

    /// Puts a provider under a name, in place of what had it.
    pub(crate) fn register(&self, name: &str, provider: Arc<dyn TableProvider>) -> Result<(), LakeError> {
        self.context.deregister_table(TableReference::bare(name))?;
        self.context.register_table(TableReference::bare(name), provider)?;
        Ok(())
    }

    /// Changes how the engine plans from now on.
    pub(crate) fn configure(&mut self, set: impl FnOnce(SessionConfig) -> SessionConfig) {
        let state = self.context.state_ref();
        let mut state = state.write();
        let config = std::mem::take(state.config_mut());
        *state.config_mut() = set(config);
    }

    /// Runs a future on the session's own runtime and waits for it on this thread, within the time limit.
    pub(crate) fn block<T, F>(&self, future: F) -> Result<T, LakeError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, LakeError>> + Send + 'static,
    {
        let Some(runtime) = &self.runtime else {
            return Err(LakeError::Lost);
        };
        let time_limit = self.time_limit;
        let (sender, receiver) = mpsc::sync_channel(1);
        runtime.spawn(async move {
            let answer = match time_limit {
                None => future.await,
                Some(limit) => match tokio::time::timeout(limit, future).await {
                    Ok(answer) => answer,
                    Err(_) => Err(LakeError::TimeLimit { seconds: limit.as_secs() }),
                },
            };
            // The receiver lives until it has an answer.
            drop(sender.send(answer));
        });
        match time_limit {
            None => receiver.recv().map_err(|_| LakeError::Lost)?,
            // A plan that never yields never meets the timer inside; it is left behind, and its threads end with the session.
            Some(limit) => match receiver.recv_timeout(limit + Duration::from_secs(1)) {
                Ok(answer) => answer,
                Err(mpsc::RecvTimeoutError::Timeout) => Err(LakeError::TimeLimit { seconds: limit.as_secs() }),
                Err(mpsc::RecvTimeoutError::Disconnected) => Err(LakeError::Lost),
            },
        }
    }
}
