//! Ranking single transfers by the patterns that hold them, without labels; and measuring that ranking on labelled sets.

use std::collections::HashMap;
use std::path::Path;

use tributary_evaluate::{AmlgentexInstances, LabelledTransfer, TransferReport, TransferSettings, evaluate_transfers};
use tributary_lake::Session;
use tributary_patterns::{Limits, Roles, ranking_requests, search, transfer_scores};

use crate::alerts::analyst_session;
use crate::columns::Columns;
use crate::error::EngineError;
use crate::prepare::Flows;
use crate::workspace::Workspace;

/// A score for every transfer of the latest run, 0..=1: how rare the patterns are that hold it.
///
/// # Errors
/// There is no run, or its tables cannot be read.
pub fn transfer_ranks(workspace: &Workspace) -> Result<HashMap<String, f64>, EngineError> {
    crate::alerts::latest(workspace)?;
    let session = analyst_session(workspace, 0)?;
    let flows = Flows::of(&session)?;
    let hits = search(&flows.graph, &ranking_requests(), &Limits::default(), &Roles::licensed(flows.licensed.iter().copied())).hits;
    let scores = transfer_scores(&flows.graph, &hits);
    let by_observation: HashMap<&str, f64> = (0_u32..).zip(scores).filter_map(|(edge, score)| Some((flows.observation(edge)?, score))).collect();
    let mut ranks = HashMap::with_capacity(by_observation.len());
    for batch in session.query("SELECT transfer_id, obs FROM transfers")? {
        let columns = Columns::new("transfers", &batch);
        let (id, obs) = (columns.text("transfer_id")?, columns.text("obs")?);
        for row in 0..batch.num_rows() {
            if let (Some(id), Some(score)) = (id.get(row), obs.get(row).and_then(|obs| by_observation.get(obs))) {
                ranks.insert(id.to_owned(), *score);
            }
        }
    }
    Ok(ranks)
}

struct Label {
    id: String,
    from: String,
    to: String,
    positive: bool,
    pattern: i64,
}

/// The labels of an AMLGentex file, transfers between accounts only: ids below 0 are the world outside.
fn labels(path: &Path) -> Result<Vec<Label>, EngineError> {
    let session = Session::new(&tributary_lake::SessionOptions::default())?;
    session.register_file("labels", path)?;
    let sql = "SELECT CAST(transfer_id AS VARCHAR) AS id, CAST(from_account AS VARCHAR) AS from_account, CAST(to_account AS VARCHAR) AS to_account, \
               CAST(is_sar AS BIGINT) AS positive, CAST(pattern_id AS BIGINT) AS pattern FROM labels \
               WHERE from_account >= 0 AND to_account >= 0 ORDER BY transfer_id";
    let mut labels = Vec::new();
    for batch in session.query(sql)? {
        let columns = Columns::new("labels", &batch);
        let (id, from, to) = (columns.text("id")?, columns.text("from_account")?, columns.text("to_account")?);
        let (positive, pattern) = (columns.i64("positive")?, columns.i64("pattern")?);
        for row in 0..batch.num_rows() {
            let (Some(id), Some(from), Some(to)) = (id.get(row), from.get(row), to.get(row)) else { continue };
            labels.push(Label {
                id: id.to_owned(),
                from: from.to_owned(),
                to: to.to_owned(),
                positive: positive.value(row) != 0,
                pattern: pattern.value(row),
            });
        }
    }
    Ok(labels)
}

/// Measures the ranking on an AMLGentex set: average precision over transfers between accounts, and planted instances found.
/// The labels are read here and nowhere else.
///
/// # Errors
/// There is no run, or one of the files cannot be read.
pub fn evaluate_amlgentex(workspace: &Workspace, labels_file: &Path, instances_file: &Path) -> Result<TransferReport, EngineError> {
    let ranks = transfer_ranks(workspace)?;
    let labels = labels(labels_file)?;
    let planted = AmlgentexInstances::read(instances_file)?;
    let first = labels.iter().filter(|l| l.positive).map(|l| l.pattern).min().unwrap_or(0);
    let transfers: Vec<LabelledTransfer<'_>> = labels
        .iter()
        .map(|l| LabelledTransfer {
            score: ranks.get(&l.id).copied().unwrap_or(0.0),
            positive: l.positive,
            from: &l.from,
            to: &l.to,
            instance: if l.positive { planted.index(l.pattern, first) } else { None },
        })
        .collect();
    Ok(evaluate_transfers(&transfers, &planted.instances(), TransferSettings { transfers_max: None, accounts_max: None, seed: 1 }))
}
