//! Transfers as a graph, and the two tables made from it.
//!
//! `onward`: each receipt with the payment that soon passes most of it on. `account_activity`: what each account does in all, against
//! which rules measure a part. Both are made node by node in the order of time, so no sum depends on threads.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: edge and row numbers come from the graph itself")]

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use rayon::prelude::*;
use tributary_graph::{Interner, TransferColumns, TransferGraph};
use tributary_lake::Session;

use super::{Writer, batch};
use crate::columns::Columns;
use crate::error::EngineError;

/// Longest delay between receiving and passing on that `onward` looks at, microseconds.
const ONWARD_DELAY_MAX: i64 = 72 * 3_600 * 1_000_000;
/// Receipts looked at for one payment, latest first.
const ONWARD_LOOK_BACK: usize = 64;
/// A payment passes a receipt on when it is this part of it at the least.
const ONWARD_SHARE_MIN: f64 = 0.5;
/// And this part of it at the most.
const ONWARD_SHARE_MAX: f64 = 1.05;

/// The transfers as a graph. Edge `e` is transfer `e` in the order of time and observation; node `n` is account `n` in the order of ids.
#[derive(Debug)]
pub struct Flows {
    /// The graph.
    pub graph: TransferGraph,
    /// Accounts by node.
    pub accounts: Interner,
    /// Nodes whose account is held by a licensed party, ascending.
    pub licensed: Vec<u32>,
    obs: Vec<StringArray>,
    places: Vec<(u32, u32)>,
}

impl Flows {
    /// From a session over enriched tables.
    ///
    /// # Errors
    /// A table is missing or has another shape.
    pub fn of(session: &Session) -> Result<Self, EngineError> {
        build(session)
    }

    /// The observation behind an edge.
    #[must_use]
    pub fn observation(&self, edge: u32) -> Option<&str> {
        let (batch, row) = self.places.get(edge as usize)?;
        self.obs.get(*batch as usize).map(|obs| obs.value(*row as usize))
    }
}

fn stage(problem: String) -> EngineError {
    EngineError::Stage { stage: "transfer graph", problem }
}

/// Builds the graph from the enriched `accounts` and `transfers`.
pub(super) fn build(session: &Session) -> Result<Flows, EngineError> {
    let mut accounts = Interner::new();
    let mut licensed = Vec::new();
    for rows in session.query("SELECT account_id, licensed FROM accounts ORDER BY account_id")? {
        let columns = Columns::new("accounts", &rows);
        let (id, is_licensed) = (columns.text("account_id")?, columns.boolean("licensed")?);
        for row in 0..rows.num_rows() {
            let node = id.get(row).and_then(|id| accounts.intern(id));
            licensed.extend(node.filter(|_| is_licensed.is_valid(row) && is_licensed.value(row)));
        }
    }
    let batches = session.query("SELECT obs, at, from_account, to_account, value FROM transfers")?;
    let mut obs = Vec::with_capacity(batches.len());
    let mut rows: Vec<(i64, u32, u32, u32, u32, f64)> = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
    for (number, batch) in batches.iter().enumerate() {
        let columns = Columns::new("transfers", batch);
        let (at, value) = (columns.time("at")?, columns.f64("value")?);
        let (from, to) = (columns.text("from_account")?, columns.text("to_account")?);
        let number = u32::try_from(number).map_err(|_| stage("too many batches".to_owned()))?;
        for row in 0..batch.num_rows() {
            let nodes = from.get(row).and_then(|id| accounts.get(id)).zip(to.get(row).and_then(|id| accounts.get(id)));
            let Some((from, to)) = nodes else { continue };
            let value = if value.is_valid(row) { value.value(row) } else { f64::NAN };
            rows.push((at.value(row), number, row as u32, from, to, value));
        }
        let texts = batch.column_by_name("obs").ok_or_else(|| EngineError::Shape { table: "transfers", column: "obs".to_owned() })?;
        let texts = arrow::compute::cast(texts, &arrow::datatypes::DataType::Utf8).map_err(|e| stage(e.to_string()))?;
        obs.push(texts.as_string::<i32>().clone());
    }
    drop(batches);
    rows.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| obs[a.1 as usize].value(a.2 as usize).cmp(obs[b.1 as usize].value(b.2 as usize))));
    let mut columns = TransferColumns::default();
    let mut places = Vec::with_capacity(rows.len());
    for (rank, (at, batch, row, from, to, value)) in rows.into_iter().enumerate() {
        let rank = u32::try_from(rank).map_err(|_| stage("more than 2^32 transfers".to_owned()))?;
        columns.push(from, to, at, value, 0, rank);
        places.push((batch, row));
    }
    let graph = TransferGraph::new(accounts.len() as u32, columns).map_err(|e| stage(e.to_string()))?;
    Ok(Flows { graph, accounts, licensed, obs, places })
}

/// Writes `onward` and `account_activity`.
pub(super) fn write(writer: &Writer<'_>, flows: &Flows) -> Result<(), EngineError> {
    writer.batch("account_activity", activity(flows)?)?;
    let pairs = onward(&flows.graph);
    let side =
        |edge: fn(&(u32, u32)) -> u32| -> ArrayRef { Arc::new(pairs.iter().map(|pair| flows.observation(edge(pair))).collect::<StringArray>()) };
    let staged = batch(vec![("in_obs", side(|pair| pair.0)), ("out_obs", side(|pair| pair.1))])?;
    writer.session.register_batches("onward_pairs", staged.schema(), vec![staged])?;
    let sql = "
SELECT i.to_account AS account, i.to_entity AS entity_id, i.obs AS in_obs, i.at AS in_at, i.from_account AS in_from, i.from_entity AS in_from_entity,
  i.value AS in_value, i.channel AS in_channel, o.obs AS out_obs, o.at AS out_at, o.to_account AS out_to, o.to_entity AS out_to_entity, o.value AS out_value,
  o.channel AS out_channel, (date_part('epoch', o.at) - date_part('epoch', i.at)) / 3600.0 AS hours, o.source
FROM onward_pairs p
JOIN transfers i ON i.obs = p.in_obs
JOIN transfers o ON o.obs = p.out_obs
ORDER BY o.at, o.obs";
    writer.query(writer.session, "onward", sql)
}

/// Pairs (receipt, payment) of edges: the payment follows within [`ONWARD_DELAY_MAX`] and passes on most of the receipt. Each edge is
/// used once on each side; a payment takes the latest receipt that fits. Node by node, ascending.
fn onward(graph: &TransferGraph) -> Vec<(u32, u32)> {
    let value = graph.value();
    let of_node = |node: u32| -> Vec<(u32, u32)> {
        let mut used = rustc_hash::FxHashSet::default();
        let mut pairs = Vec::new();
        for out in graph.paid_by(node) {
            let at = graph.at()[*out as usize];
            let receipts = graph.received_between(node, at - ONWARD_DELAY_MAX, at);
            let paid = value[*out as usize];
            let fits = |receipt: &&u32| {
                let got = value[**receipt as usize];
                **receipt < *out && got > 0.0 && paid >= ONWARD_SHARE_MIN * got && paid <= ONWARD_SHARE_MAX * got && !used.contains(*receipt)
            };
            if let Some(receipt) = receipts.iter().rev().take(ONWARD_LOOK_BACK).find(fits) {
                used.insert(*receipt);
                pairs.push((*receipt, *out));
            }
        }
        pairs
    };
    (0..graph.n_nodes()).into_par_iter().flat_map_iter(of_node).collect()
}

struct Activity {
    node: u32,
    counts: [i64; 4],
    values: [f64; 2],
    first: i64,
    last: i64,
}

fn distinct(edges: &[u32], other: &[u32]) -> i64 {
    let mut nodes: Vec<u32> = edges.iter().map(|edge| other[*edge as usize]).collect();
    nodes.sort_unstable();
    nodes.dedup();
    nodes.len() as i64
}

/// One row for each account with transfers: counts, values in US dollars (unknown ones count nothing), distinct counterparties, period.
fn activity(flows: &Flows) -> Result<RecordBatch, EngineError> {
    let graph = &flows.graph;
    let rows: Vec<Activity> = (0..graph.n_nodes())
        .into_par_iter()
        .filter_map(|node| {
            let (ins, outs) = (graph.received_by(node), graph.paid_by(node));
            let first = [ins.first(), outs.first()].into_iter().flatten().map(|edge| graph.at()[*edge as usize]).min()?;
            let last = [ins.last(), outs.last()].into_iter().flatten().map(|edge| graph.at()[*edge as usize]).max()?;
            let sum = |edges: &[u32]| edges.iter().map(|edge| graph.value()[*edge as usize]).filter(|value| !value.is_nan()).sum::<f64>();
            let counts = [ins.len() as i64, outs.len() as i64, distinct(ins, graph.from()), distinct(outs, graph.to())];
            Some(Activity { node, counts, values: [sum(ins), sum(outs)], first, last })
        })
        .collect();
    let count = |at: usize| -> ArrayRef { Arc::new(rows.iter().map(|row| Some(row.counts[at])).collect::<Int64Array>()) };
    let value = |at: usize| -> ArrayRef { Arc::new(rows.iter().map(|row| Some(row.values[at])).collect::<Float64Array>()) };
    let time = |of: fn(&Activity) -> i64| -> ArrayRef {
        Arc::new(rows.iter().map(|row| Some(of(row))).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
    };
    batch(vec![
        ("account", Arc::new(rows.iter().map(|row| flows.accounts.name(row.node)).collect::<StringArray>())),
        ("in_count", count(0)),
        ("out_count", count(1)),
        ("payers", count(2)),
        ("payees", count(3)),
        ("in_value", value(0)),
        ("out_value", value(1)),
        ("first_at", time(|row| row.first)),
        ("last_at", time(|row| row.last)),
    ])
}
