//! Reading what runs have kept.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use tributary_lake::Session;
use tributary_model::alert::AlertRecord;

use crate::error::EngineError;
use crate::run::RunSummary;
use crate::workspace::Workspace;

/// The folder of the latest finished run.
///
/// # Errors
/// There is none yet.
pub fn latest(workspace: &Workspace) -> Result<PathBuf, EngineError> {
    let runs = workspace.root().join("runs");
    let name = std::fs::read_to_string(runs.join("latest.txt")).map_err(|_| EngineError::NoRun { path: workspace.root().to_path_buf() })?;
    let folder = runs.join(name.trim());
    if folder.join("run.json").is_file() { Ok(folder) } else { Err(EngineError::NoRun { path: workspace.root().to_path_buf() }) }
}

/// The id of the latest finished run.
///
/// # Errors
/// There is none yet.
pub fn latest_id(workspace: &Workspace) -> Result<String, EngineError> {
    Ok(latest(workspace)?.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default())
}

/// The latest run's summary.
///
/// # Errors
/// There is none, or its file is damaged.
pub fn summary(workspace: &Workspace) -> Result<RunSummary, EngineError> {
    let path = latest(workspace)?.join("run.json");
    let text = std::fs::read_to_string(&path).map_err(EngineError::io("read", &path))?;
    serde_json::from_str(&text).map_err(|e| EngineError::Configuration { path, problem: e.to_string() })
}

/// The latest run's alerts as they were written: NDJSON, best first.
///
/// # Errors
/// There is no run, or its file cannot be read.
pub fn alerts_ndjson(workspace: &Workspace) -> Result<Vec<u8>, EngineError> {
    let path = latest(workspace)?.join("alerts.ndjson");
    std::fs::read(&path).map_err(EngineError::io("read", &path))
}

/// The latest run's alerts, best first.
///
/// # Errors
/// There is no run, or its file is damaged.
pub fn alerts(workspace: &Workspace) -> Result<Vec<AlertRecord>, EngineError> {
    let path = latest(workspace)?.join("alerts.ndjson");
    let file = std::fs::File::open(&path).map_err(EngineError::io("read", &path))?;
    let mut alerts = Vec::new();
    for (number, line) in BufReader::new(file).lines().enumerate() {
        let line = line.map_err(EngineError::io("read", &path))?;
        let alert = serde_json::from_str(&line)
            .map_err(|e| EngineError::Configuration { path: path.clone(), problem: format!("line {}: {e}", number + 1) })?;
        alerts.push(alert);
    }
    Ok(alerts)
}

/// One alert of the latest run, by id, by the start of its id if that names only one, or by rank (`#3` or `3`).
///
/// # Errors
/// There is no run, or no such alert.
pub fn alert(workspace: &Workspace, id: &str) -> Result<AlertRecord, EngineError> {
    let rank: Option<u64> = id.strip_prefix('#').unwrap_or(id).parse().ok().filter(|_| id.len() < 8);
    let all = alerts(workspace)?;
    let mut named = all.iter().filter(|a| Some(a.rank) == rank || (id.len() >= 4 && a.alert_id.starts_with(id)));
    match (named.next(), named.next()) {
        (Some(alert), None) => Ok(alert.clone()),
        _ => Err(EngineError::NoAlert { id: id.to_owned() }),
    }
}

/// A session for an analyst: the raw tables, and where there is a run, its enriched tables in their place.
///
/// # Errors
/// The lake or the run cannot be read.
pub fn analyst_session(workspace: &Workspace, threads: usize) -> Result<Session, EngineError> {
    let snapshot = workspace.lake().snapshot()?;
    let session = Session::over(workspace.lake(), &snapshot, &workspace.session_options(threads))?;
    if let Ok(folder) = latest(workspace) {
        crate::prepare::register_enriched(&session, &folder.join("enriched"))?;
    }
    Ok(session)
}
