//! Questions put to a workspace: SQL, evaluation against a truth, and its state of health.

use std::io::BufReader;
use std::path::{Path, PathBuf};

use arrow::util::display::{ArrayFormatter, FormatOptions};
use serde::Serialize;
use tributary_evaluate::Report;

use crate::alerts::{alerts_ndjson, analyst_session, latest, summary};
use crate::error::EngineError;
use crate::workspace::Workspace;

/// The answer to a query.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Column names.
    pub columns: Vec<String>,
    /// Cells as text, by row.
    pub cells: Vec<Vec<String>>,
    /// Rows as objects; all values are text or null, so that no number loses a digit.
    pub rows: Vec<serde_json::Map<String, serde_json::Value>>,
    /// Were there more rows than asked for?
    pub cut: bool,
}

/// Asks the data a question. Read-only: one `SELECT`, bounded in rows and time.
///
/// # Errors
/// The query is not one `SELECT`, names what is not there, or takes too long.
pub fn sql(workspace: &Workspace, query: &str, rows_max: usize, seconds_max: u64) -> Result<Answer, EngineError> {
    let mut session = analyst_session(workspace, 0)?;
    session.set_time_limit(std::time::Duration::from_secs(seconds_max));
    let (schema, batches, cut) = session.query_first(query, rows_max)?;
    let columns: Vec<String> = schema.fields().iter().map(|f| f.name().clone()).collect();
    let shown = |e: arrow::error::ArrowError| EngineError::Stage { stage: "sql", problem: e.to_string() };
    let options = FormatOptions::default().with_null("");
    let (mut cells, mut rows) = (Vec::new(), Vec::new());
    for batch in &batches {
        let formatters: Vec<ArrayFormatter<'_>> =
            batch.columns().iter().map(|c| ArrayFormatter::try_new(c.as_ref(), &options)).collect::<Result<_, _>>().map_err(shown)?;
        for row in 0..batch.num_rows() {
            let line: Vec<String> = formatters.iter().map(|f| f.value(row).to_string()).collect();
            let object = columns
                .iter()
                .zip(&line)
                .zip(batch.columns())
                .map(|((name, cell), column)| (name.clone(), if column.is_null(row) { serde_json::Value::Null } else { cell.clone().into() }))
                .collect();
            cells.push(line);
            rows.push(object);
        }
    }
    Ok(Answer { columns, cells, rows, cut })
}

/// Compares the latest run's alerts with a truth folder.
///
/// # Errors
/// There is no run, or the truth folder is not complete.
pub fn evaluate(workspace: &Workspace, truth: &Path) -> Result<Report, EngineError> {
    let alerts = alerts_ndjson(workspace)?;
    Ok(tributary_evaluate::evaluate(BufReader::new(alerts.as_slice()), truth)?)
}

/// One report over several worlds: each folder holds a run's `alerts.ndjson` and the world's `truth`. Counts are added and intervals
/// made anew.
///
/// # Errors
/// A folder lacks one of them, or it cannot be read.
pub fn evaluate_pooled(folders: &[PathBuf]) -> Result<Report, EngineError> {
    let mut known = std::collections::BTreeSet::new();
    for folder in folders {
        // One world counted twice would make every interval too narrow.
        if !known.insert(std::fs::canonicalize(folder).unwrap_or_else(|_| folder.clone())) {
            return Err(EngineError::Configuration { path: folder.clone(), problem: "is given twice: name each world once".to_owned() });
        }
    }
    let mut reports = Vec::with_capacity(folders.len());
    for folder in folders {
        let path = folder.join("alerts.ndjson");
        let file = std::fs::File::open(&path).map_err(EngineError::io("read", &path))?;
        reports.push(tributary_evaluate::evaluate(BufReader::new(file), &folder.join("truth"))?);
    }
    Ok(tributary_evaluate::pool(&reports))
}

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at.
    pub check: String,
    /// Is it in order?
    pub ok: bool,
    /// What was seen, and the remedy where it is not.
    pub detail: String,
}

/// Looks a workspace over: settings, lake (every stored file against the manifest, byte by byte unless `quick`), packs, latest run. Never
/// fails; it reports.
#[must_use]
pub fn doctor(root: &Path, quick: bool) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut note = |check: &str, result: Result<String, String>| {
        let ok = result.is_ok();
        checks.push(Check { check: check.to_owned(), ok, detail: result.unwrap_or_else(|e| e) });
    };
    let workspace = match Workspace::open(root) {
        Ok(workspace) => workspace,
        Err(error) => {
            note("workspace", Err(error.chain()));
            return checks;
        }
    };
    let declared = &workspace.configuration().provenance;
    note("workspace", Ok(format!("legal basis {}, purpose {}", declared.legal_basis, declared.purpose)));
    match workspace.lake().verify(!quick) {
        Err(error) => note("lake", Err(EngineError::from(error).chain())),
        Ok(verified) if verified.faults.is_empty() => note("lake", Ok(in_order(&verified, quick))),
        Ok(verified) => verified.faults.into_iter().for_each(|fault| note("lake", Err(EngineError::from(fault).chain()))),
    }
    note("packs", workspace.packs().map_err(|e| e.chain()).map(|p| format!("{} indicators, {}", p.indicators().count(), p.hash())));
    note("lists", lists_whole(&workspace).map_err(|e| e.chain()));
    let run = match latest(&workspace) {
        Err(_) => Ok("no run yet".to_owned()),
        Ok(_) => summary(&workspace).map_err(|e| e.chain()).and_then(|s| rests_on(&workspace, &s)),
    };
    note("run", run);
    checks
}

/// Are the watch lists in force as they were loaded?
fn lists_whole(workspace: &Workspace) -> Result<String, EngineError> {
    let versions = workspace.lists()?;
    for version in &versions {
        workspace.watch_list(version)?;
    }
    Ok(if versions.is_empty() { "none loaded".to_owned() } else { format!("{} in force, every byte as it was loaded", versions.len()) })
}

/// What was looked at, where nothing was wrong.
fn in_order(verified: &tributary_lake::Verified, quick: bool) -> String {
    let what = match (quick, verified.undigested) {
        (true, _) => "rows as the manifest says; digests not looked at (--quick)".to_owned(),
        (false, 0) => "every byte as the manifest says".to_owned(),
        (false, older) => format!("as the manifest says; {older} batches of an older version have no digest, and only their rows were counted"),
    };
    format!("{} batches, {} rows: {what}", verified.batches, verified.rows)
}

/// Can the snapshot of a run still be built?
fn rests_on(workspace: &Workspace, run: &crate::run::RunSummary) -> Result<String, String> {
    let remedy = "its alerts cannot be traced to their observations: restore the `lake` folder from a copy, or start another run";
    let (id, snapshot) = (&run.run, &run.snapshot);
    match workspace.lake().find_snapshot(snapshot) {
        Err(error) => Err(EngineError::from(error).chain()),
        Ok(None) => Err(format!("run {id} rests on snapshot {snapshot}, which is gone: the manifest does not name its batches. {remedy}")),
        Ok(Some(found)) => match found.batches.iter().find(|batch| !workspace.lake().batch_path(&batch.id).is_file()) {
            Some(batch) => Err(format!("run {id} rests on snapshot {snapshot}, whose batch {} is gone. {remedy}", batch.id)),
            None => Ok(format!("run {id} over snapshot {snapshot}")),
        },
    }
}
