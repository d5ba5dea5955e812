//! Candidates of record linkage found by the query engine: each blocking rule is an equality join that sorts, spills and may be distributed;
//! the kernel of `linkage` gives the keys and scores the pairs. The pairs are those that `linkage` finds by itself in memory.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int32Array, RecordBatch, UInt32Array, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::streaming::StreamingTable;
use datafusion::common::{DataFusionError, Result as EngineResult};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{ColumnarValue, Volatility, create_udf};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use futures_util::StreamExt;
use tributary_linkage::Join;

use crate::error::LakeError;
use crate::session::{Session, SessionOptions};

/// Two rows and their log-odds in thousandths of a bit.
pub type Scored = (u32, u32, i32);

/// Finds and scores the candidates of every rule within the options' memory; what does not fit is spilled. `told` hears, before each rule, its place, how
/// many there are and the pairs its join will yield, and says whether to go on; `None` when it said no. Pairs come in the order of the
/// rules and within one in no promised order.
///
/// # Errors
/// The engine fails, or the disk is full.
pub fn candidates(options: &SessionOptions, join: &Join, told: &mut dyn FnMut(usize, usize, u64) -> bool) -> Result<Option<Vec<Scored>>, LakeError> {
    let mut session = Session::new(options)?;
    let memory = options.memory_limit_bytes;
    session.configure(|config| {
        // A hash join holds one side in memory; a sorted one spills. The planner sorts only where there are several parts; their number says
        // nothing of the threads.
        let parts = config.target_partitions().max(2);
        let config = config.set_bool("datafusion.optimizer.prefer_hash_join", false).with_target_partitions(parts);
        match memory {
            None => config,
            // Batches, and what each sort sets aside for merging what it spilled, are small beside the memory: all sorts of a join must have theirs.
            Some(bytes) => {
                let rows = (bytes >> 12).clamp(256, config.batch_size().max(256));
                config.with_batch_size(rows).with_sort_spill_reservation_bytes((bytes / 32).min(10 << 20))
            }
        }
    });
    let mut found = Vec::new();
    for (rule, report) in join.rules().iter().enumerate() {
        if !told(rule, join.rules().len(), report.pairs) {
            return Ok(None);
        }
        register_keys(&session, join, rule)?;
        register_score(&session, join, rule);
        found.extend(scored(&session)?);
    }
    Ok(Some(found))
}

/// The keys of one rule as a table that is made while it is read, in as many parts as the session has threads.
fn register_keys(session: &Session, join: &Join, rule: usize) -> Result<(), LakeError> {
    let schema = Arc::new(Schema::new(vec![Field::new("row", DataType::UInt32, false), Field::new("key", DataType::UInt64, false)]));
    let at_once = session.context().copied_config().batch_size().clamp(1, 1 << 16);
    let parts = u32::try_from(session.context().copied_config().target_partitions().max(1)).unwrap_or(1);
    let each = join.rows().div_ceil(parts).max(1);
    let part = |number: u32| {
        let from = number.saturating_mul(each).min(join.rows());
        let rows = from..from.saturating_add(each).min(join.rows());
        Arc::new(Keys { join: join.clone(), rule, rows, at_once, schema: Arc::clone(&schema) }) as Arc<dyn PartitionStream>
    };
    let table = StreamingTable::try_new(Arc::clone(&schema), (0..parts).map(part).collect())?;
    session.register("linkage_keys", Arc::new(table))
}

/// One part of the keys of a rule.
struct Keys {
    join: Join,
    rule: usize,
    rows: Range<u32>,
    /// Rows whose keys are made at a time.
    at_once: usize,
    schema: SchemaRef,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("rule", &self.rule).field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl PartitionStream for Keys {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (join, rule, end, schema) = (self.join.clone(), self.rule, self.rows.end, Arc::clone(&self.schema));
        let at_once = u32::try_from(self.at_once).unwrap_or(1);
        let starts = self.rows.clone().step_by(self.at_once);
        let batch = move |from: u32| -> EngineResult<RecordBatch> {
            let keys = join.keys(rule, from..from.saturating_add(at_once).min(end));
            let (rows, keys): (Vec<u32>, Vec<u64>) = (from..).zip(keys).filter_map(|(row, key)| key.map(|key| (row, key))).unzip();
            let columns: Vec<ArrayRef> = vec![Arc::new(UInt32Array::from(rows)), Arc::new(UInt64Array::from(keys))];
            Ok(RecordBatch::try_new(Arc::clone(&schema), columns)?)
        };
        let batches = futures_util::stream::iter(starts.map(batch));
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches))
    }
}

/// The kernel as a function of two columns of rows; null for a pair that is another rule's or too unlike to be kept.
fn register_score(session: &Session, join: &Join, rule: usize) {
    let join = join.clone();
    let score = move |arguments: &[ColumnarValue]| -> EngineResult<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(arguments)?;
        let rows = |at: usize| {
            let column = columns.get(at).and_then(|column| column.as_any().downcast_ref::<UInt32Array>());
            column.ok_or_else(|| DataFusionError::Internal("rows are numbers".to_owned()))
        };
        let scores = join.score_pairs(rule, rows(0)?.values(), rows(1)?.values());
        Ok(ColumnarValue::Array(Arc::new(scores.into_iter().collect::<Int32Array>())))
    };
    // Volatile, so that the planner neither moves it into the join nor works it out twice.
    let function = create_udf("linkage_score", vec![DataType::UInt32, DataType::UInt32], DataType::Int32, Volatility::Volatile, Arc::new(score));
    session.context().register_udf(function);
}

/// Joins the keys with themselves and keeps the pairs that have a score.
fn scored(session: &Session) -> Result<Vec<Scored>, LakeError> {
    let sql = "SELECT l.row AS i, r.row AS j, linkage_score(l.row, r.row) AS bits FROM linkage_keys l JOIN linkage_keys r ON l.key = r.key AND l.row < r.row";
    let frame = session.plan(sql)?;
    session.block(async move {
        let mut stream = frame.execute_stream().await?;
        let mut found = Vec::new();
        while let Some(batch) = stream.next().await {
            let batch = batch?;
            let rows = |name: &str| batch.column_by_name(name).and_then(|column| column.as_any().downcast_ref::<UInt32Array>());
            let bits = batch.column_by_name("bits").and_then(|column| column.as_any().downcast_ref::<Int32Array>());
            let (Some(i), Some(j), Some(bits)) = (rows("i"), rows("j"), bits) else {
                return Err(DataFusionError::Internal("the join has the columns i, j and bits".to_owned()).into());
            };
            let kept = i.values().iter().zip(j.values()).zip(bits.iter());
            found.extend(kept.filter_map(|((i, j), bits)| bits.map(|bits| (*i, *j, bits))));
        }
        Ok(found)
    })
}
