//! The transparency report's counts, from entries alone, so that anybody with the log can count again (SG-084), and small cells hidden
//! before anything is published (SG-039).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::entry::{Entry, Pseudonym};
use crate::rules::{Line, Rules};
use crate::suppress::{Cell, hide};

/// The smallest count that is published.
pub const K_MIN: u64 = 11;
/// Cells of all lines over one kind; more are refused: group by fewer tags.
pub const CELLS_MAX: usize = 512;

/// A report cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the lines over `{kind}` have {cells} cells; at most {CELLS_MAX} can be published safely: group by fewer tags")]
pub struct ReportError {
    /// The kind counted.
    pub kind: String,
    /// How many cells.
    pub cells: usize,
}

/// Counts of a period. Written as JSON it is what is published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The form's version: 1.
    pub v: u32,
    /// First millisecond counted, since 1970.
    pub from: u64,
    /// First millisecond no longer counted.
    pub to: u64,
    /// Entries of the log it was counted from.
    pub size: u64,
    /// Smallest count shown; 0 where nothing is hidden.
    pub k: u64,
    /// The tables.
    pub lines: Vec<Table>,
}

/// One table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The line's id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// The tags it is grouped by.
    pub by: Vec<String>,
    /// All of it; `None` where hidden.
    pub total: Option<u64>,
    /// The groups, in order; one without entries is not there.
    pub groups: Vec<Group>,
}

/// One group of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Its value of each tag; empty where an entry has none.
    pub key: Vec<String>,
    /// How many; `None` where hidden.
    pub count: Option<u64>,
}

/// Which entries a line counts: of its kind, its tags and the period, and the last of each thing where it says so.
fn counted<'a>(entries: &'a [(u64, Entry)], line: &Line, from: u64, to: u64) -> Vec<(u64, &'a Entry)> {
    let of_kind = entries.iter().filter(|(_, e)| e.kind() == line.kind && (from..to).contains(&e.at()));
    let Some(reference) = &line.once_per else {
        return of_kind.filter(|(_, e)| fits(e, line)).map(|(at, e)| (*at, e)).collect();
    };
    // The last decision counts, and then only if it is one of those asked for.
    let mut last: BTreeMap<Pseudonym, (u64, &Entry)> = BTreeMap::new();
    let mut loose = Vec::new();
    for (at, entry) in of_kind {
        match entry.reference(reference) {
            Some(value) => drop(last.insert(value, (*at, entry))),
            None => loose.push((*at, entry)),
        }
    }
    let mut found: Vec<(u64, &Entry)> = last.into_values().chain(loose).filter(|(_, e)| fits(e, line)).collect();
    found.sort_by_key(|(at, _)| *at);
    found
}

fn fits(entry: &Entry, line: &Line) -> bool {
    line.filter.iter().all(|(name, value)| entry.tag(name) == Some(value.as_str()))
}

/// The cells of one kind, and where each is shown: which table, and which of its groups.
type Family = (Vec<Cell>, Vec<(usize, Option<usize>)>);

/// Counts a period, `from` up to and without `to` in milliseconds since 1970, and hides what is smaller than `k` or gives such away;
/// `k` of 0 hides nothing and is for those who may read the log. `size` is the log's.
///
/// # Errors
/// Where a kind is grouped too finely to be checked.
pub fn report(entries: &[(u64, Entry)], rules: &Rules, (from, to): (u64, u64), size: u64, k: u64) -> Result<Report, ReportError> {
    let mut lines = Vec::new();
    let mut families: BTreeMap<&str, Family> = BTreeMap::new();
    for (number, line) in rules.line.iter().enumerate() {
        let found = counted(entries, line, from, to);
        let mut groups: BTreeMap<Vec<String>, BTreeSet<u64>> = BTreeMap::new();
        for (at, entry) in &found {
            let key = line.by.iter().map(|tag| entry.tag(tag).unwrap_or_default().to_owned()).collect::<Vec<_>>();
            groups.entry(key).or_default().insert(*at);
        }
        if line.by.is_empty() {
            groups.clear();
        }
        let (cells, places) = families.entry(&line.kind).or_default();
        cells.push(Cell { table: number, total: true, entries: found.iter().map(|(at, _)| *at).collect() });
        places.push((number, None));
        for (place, entries) in groups.values().enumerate() {
            cells.push(Cell { table: number, total: false, entries: entries.clone() });
            places.push((number, Some(place)));
        }
        lines.push(Table {
            id: line.id.clone(),
            title: line.title.clone(),
            by: line.by.clone(),
            total: Some(found.len() as u64),
            groups: groups.into_iter().map(|(key, entries)| Group { key, count: Some(entries.len() as u64) }).collect(),
        });
    }
    for (kind, (cells, places)) in &families {
        if cells.len() > CELLS_MAX && k > 0 {
            return Err(ReportError { kind: (*kind).to_owned(), cells: cells.len() });
        }
        for (_, (number, place)) in hide(cells, k).into_iter().zip(places).filter(|(hidden, _)| *hidden) {
            let Some(table) = lines.get_mut(*number) else { continue };
            match place {
                None => table.total = None,
                Some(place) => table.groups.get_mut(*place).into_iter().for_each(|group| group.count = None),
            }
        }
    }
    Ok(Report { v: 1, from, to, size, k, lines })
}

/// One figure that two reports tell differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The line's id, or `report` for the whole.
    pub line: String,
    /// The group's key; empty for the total.
    pub key: Vec<String>,
    /// What the published report says.
    pub published: String,
    /// What the log says.
    pub counted: String,
}

/// Holds a published report against one counted from the log with the same period and `k`.
#[must_use]
pub fn differences(published: &Report, counted: &Report) -> Vec<Difference> {
    let shown = |count: Option<Option<u64>>| match count {
        None => "absent".to_owned(),
        Some(None) => "hidden".to_owned(),
        Some(Some(count)) => count.to_string(),
    };
    let figures = |report: &Report| {
        let mut all: BTreeMap<(String, Vec<String>), Option<u64>> = BTreeMap::new();
        for table in &report.lines {
            all.insert((table.id.clone(), Vec::new()), table.total);
            all.extend(table.groups.iter().map(|group| ((table.id.clone(), group.key.clone()), group.count)));
        }
        all
    };
    let mut found = Vec::new();
    let heads = |r: &Report| format!("version {}, from {} to {}, smallest count {}", r.v, r.from, r.to, r.k);
    if heads(published) != heads(counted) {
        found.push(Difference { line: "report".to_owned(), key: Vec::new(), published: heads(published), counted: heads(counted) });
    }
    let (theirs, ours) = (figures(published), figures(counted));
    for place in theirs.keys().chain(ours.keys()).collect::<BTreeSet<_>>() {
        let (published, counted) = (theirs.get(place).copied(), ours.get(place).copied());
        if published != counted {
            found.push(Difference { line: place.0.clone(), key: place.1.clone(), published: shown(published), counted: shown(counted) });
        }
    }
    found
}
