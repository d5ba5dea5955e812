//! Patterns in the transfers of a file, without a workspace.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use tributary_features::{OUTSIDE, Transfer, UNKNOWN};
use tributary_graph::{TransferColumns, TransferGraph};
use tributary_ingest::{Flow, Mapping};
use tributary_model::Timestamp;
use tributary_patterns::{Kind, PatternHit, Settings, Value, search_all};

use crate::error::EngineError;
use crate::transfers::{self, Read};

/// A pattern that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FoundPattern {
    /// What it is.
    pub kind: &'static str,
    /// The account it is about, where it is about one.
    pub center: Option<String>,
    /// Its accounts.
    pub accounts: Vec<String>,
    /// Its transfers.
    pub transfers: Vec<String>,
    /// Its first transfer.
    pub from: Timestamp,
    /// Its last transfer.
    pub to: Timestamp,
    /// The value it moved, in the unit of the amounts.
    pub value: f64,
    /// How far it is from what accounts of its kind do, 0..=1.
    pub score: f64,
    /// How likely chance alone makes one, where that is tested.
    pub p: Option<f64>,
    /// Did a bound cut the search for it?
    pub bounded: bool,
}

/// What a search came to.
#[derive(Debug)]
pub struct FoundPatterns {
    /// The patterns, in a total order: kind, best first.
    pub patterns: Vec<FoundPattern>,
    /// What reading the file came to.
    pub read: Read,
    /// Where bounds cut, in words.
    pub bounds: Vec<String>,
}

/// The kinds that are searched in transfers.
#[must_use]
pub fn kinds() -> Vec<&'static str> {
    Kind::ALL.into_iter().filter(|kind| kind.in_transfers()).map(Kind::name).collect()
}

/// What is searched: these kinds (all when none is named), with parameters for those that take them. Says what is wrong.
pub(crate) fn settings(named: &[String], parameters: &BTreeMap<String, f64>) -> Result<Settings, String> {
    let kind = |name: &String| {
        let known = || format!("`{name}` is no kind of pattern searched in transfers: {}", kinds().join(", "));
        Kind::from_name(name).filter(|kind| kind.in_transfers()).ok_or_else(known)
    };
    let chosen: Vec<Kind> = if named.is_empty() {
        Kind::ALL.into_iter().filter(|kind| kind.in_transfers()).collect()
    } else {
        named.iter().map(kind).collect::<Result<_, _>>()?
    };
    let parameters: BTreeMap<String, Value> = parameters.iter().map(|(name, value)| (name.clone(), Value::Number(*value))).collect();
    Settings::of_kinds(&chosen, &parameters).map_err(|e| e.to_string())
}

/// Searches the transfers of a file for patterns of these kinds (all when none is named), with parameters for the kinds that take them.
///
/// # Errors
/// The file cannot be read, or a kind or parameter is not known.
pub fn patterns(
    path: &Path,
    mapping: Option<&Mapping>,
    named: &[String],
    parameters: &BTreeMap<String, f64>,
    now: Timestamp,
    go_on: &dyn Fn() -> bool,
) -> Result<FoundPatterns, EngineError> {
    let wrong = |problem: String| EngineError::Stage { stage: "patterns", problem };
    let settings = settings(named, parameters).map_err(wrong)?;
    let (mut columns, mut ids) = (TransferColumns::default(), Vec::new());
    let read = transfers::read(path, mapping, now, &mut |piece| {
        // What comes from or goes to the world outside is between no two accounts.
        let inside = |transfer: &&Transfer| transfer.from != OUTSIDE && transfer.to != OUTSIDE;
        for (id, transfer) in piece.ids.into_iter().zip(&piece.transfers).filter(|(_, transfer)| inside(transfer)) {
            let row = u32::try_from(ids.len()).map_err(|_| wrong("more than 2^32 transfers".to_owned()))?;
            let value = if transfer.amount == UNKNOWN { f64::NAN } else { transfer.amount as f64 / 100.0 };
            columns.push(transfer.from, transfer.to, transfer.time * 1_000_000, value, 0, row);
            ids.push(id);
        }
        Ok(if go_on() { Flow::Continue } else { Flow::Stop })
    })?;
    let nodes = u32::try_from(read.accounts.len()).map_err(|_| wrong("more than 2^32 accounts".to_owned()))?;
    let graph = TransferGraph::new(nodes, columns).map_err(|e| wrong(e.to_string()))?;
    let found = search_all(&graph, &settings);
    let bounds = found.bounds_hit.iter().map(|bound| {
        let kind = settings.requests.get(bound.request as usize).map_or("", |request| request.kind.name());
        format!("{kind}: {} cut {} times", bound.bound.name(), bound.count)
    });
    let bounds = bounds.collect();
    let account = |node: u32| read.accounts.get(node as usize).cloned().unwrap_or_default();
    let transfer = |row: u32| ids.get(row as usize).cloned();
    let patterns = found.hits.iter().map(|hit| self::found(hit, &account, &transfer)).collect();
    Ok(FoundPatterns { patterns, read, bounds })
}

/// A hit under the names of its accounts and transfers.
pub(crate) fn found(hit: &PatternHit, account: &dyn Fn(u32) -> String, transfer: &dyn Fn(u32) -> Option<String>) -> FoundPattern {
    FoundPattern {
        kind: hit.kind.name(),
        center: hit.center.map(account),
        accounts: hit.accounts.iter().map(|node| account(*node)).collect(),
        transfers: hit.transfers.iter().filter_map(|row| transfer(*row)).collect(),
        from: Timestamp(hit.from),
        to: Timestamp(hit.to),
        value: hit.value,
        score: hit.score,
        p: hit.p,
        bounded: hit.bounded,
    }
}
