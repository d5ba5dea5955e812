//! Error by group: how often benign people of each group become subjects (SG-100), with small cells withheld (SG-039).

use crate::judge::Tally;
use crate::rate::{Rate, ratio};
use serde::Serialize;
use std::collections::BTreeMap;

/// No cell that speaks of fewer people than this is shown (SG-039).
pub const CELL_MIN: u64 = 11;
/// A ratio of error rates above this is too much (SG-100).
pub const DISPARITY_MAX: f64 = 1.25;

/// One group's rate of benign people who are subjects.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupRate {
    /// The group.
    pub group: String,
    /// Benign people of it who are subjects, of all; absent when withheld.
    pub rate: Option<Rate>,
}

/// How far the rates of two groups lie apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Disparity {
    /// Group with the highest rate.
    pub highest: String,
    /// Group with the lowest rate.
    pub lowest: String,
    /// How many times the lowest the highest is.
    pub ratio: f64,
    /// Lower end, 95 %.
    pub low: f64,
    /// Upper end, 95 %.
    pub high: f64,
}

/// Error by the groups of one protected trait.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TraitReport {
    /// `gender`, `nationality`, `admin1` or `language`.
    #[serde(rename = "trait")]
    pub name: String,
    /// By group, in order.
    pub groups: Vec<GroupRate>,
    /// How many groups are withheld.
    pub withheld: u64,
    /// Between the highest and the lowest group shown; absent with fewer than two.
    pub disparity: Option<Disparity>,
    /// `beyond_limit`: the whole interval lies above 1.25; `within_limit`: the whole interval lies below; else `undecided`; `too_thin`: fewer than two groups.
    pub verdict: &'static str,
}

/// Benign twins of one kind that became subjects.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TwinReport {
    /// Kind of twin, e.g. `rotating_savings`.
    pub kind: String,
    /// How many became subjects, of all; absent when withheld.
    pub rate: Option<Rate>,
}

/// May this cell be shown? Counts of 0 say nothing of anybody.
fn showable(cell: (u64, u64)) -> bool {
    cell.0 >= CELL_MIN && (cell.1 == 0 || cell.1 >= CELL_MIN)
}

/// Which cells of a table are shown. One withheld cell alone could be worked out from a total, so a second goes with it.
fn shown(cells: &[(String, (u64, u64))]) -> Vec<bool> {
    let mut shown: Vec<bool> = cells.iter().map(|(_, c)| showable(*c)).collect();
    if shown.iter().filter(|s| !**s).count() == 1 {
        let least = (0..cells.len()).filter(|i| shown.get(*i) == Some(&true)).min_by_key(|i| cells.get(*i).map(|(_, c)| *c));
        if let Some(slot) = least.and_then(|i| shown.get_mut(i)) {
            *slot = false;
        }
    }
    shown
}

/// Error by group over the worlds counted.
pub(crate) fn report(tallies: &[Tally]) -> Vec<TraitReport> {
    let mut cells: BTreeMap<(&'static str, String), (u64, u64)> = BTreeMap::new();
    for ((name, group), (benign, flagged)) in tallies.iter().flat_map(|t| &t.groups) {
        let cell = cells.entry((name, group.clone())).or_default();
        *cell = (cell.0 + benign, cell.1 + flagged);
    }
    ["gender", "nationality", "admin1", "language"]
        .into_iter()
        .map(|name| {
            let own: Vec<(String, (u64, u64))> = cells.iter().filter(|((n, _), _)| *n == name).map(|((_, g), c)| (g.clone(), *c)).collect();
            trait_report(name, &own)
        })
        .filter(|t| !t.groups.is_empty())
        .collect()
}

fn trait_report(name: &str, cells: &[(String, (u64, u64))]) -> TraitReport {
    let shown = shown(cells);
    let groups: Vec<GroupRate> = cells
        .iter()
        .zip(&shown)
        .map(|((group, (benign, flagged)), show)| GroupRate { group: group.clone(), rate: show.then(|| Rate::wilson(*flagged, *benign)) })
        .collect();
    let mut rates: Vec<(&str, Rate)> = groups.iter().filter_map(|g| g.rate.map(|r| (g.group.as_str(), r))).collect();
    rates.sort_by(|a, b| a.1.value.unwrap_or(0.0).total_cmp(&b.1.value.unwrap_or(0.0)).then_with(|| a.0.cmp(b.0)));
    let disparity = match rates.as_slice() {
        [lowest, .., highest] => ratio((highest.1.hits, highest.1.of), (lowest.1.hits, lowest.1.of)).map(|(ratio, low, high)| Disparity {
            highest: highest.0.to_owned(),
            lowest: lowest.0.to_owned(),
            ratio,
            low,
            high,
        }),
        _ => None,
    };
    let verdict = match &disparity {
        None => "too_thin",
        Some(d) if d.low > DISPARITY_MAX => "beyond_limit",
        Some(d) if d.high < DISPARITY_MAX => "within_limit",
        Some(_) => "undecided",
    };
    let withheld = shown.iter().filter(|s| !**s).count() as u64;
    TraitReport { name: name.to_owned(), groups, withheld, disparity, verdict }
}

/// Benign twins over the worlds counted.
pub(crate) fn twins(tallies: &[Tally]) -> Vec<TwinReport> {
    let mut cells: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for (kind, (all, flagged)) in tallies.iter().flat_map(|t| &t.twins) {
        let cell = cells.entry(kind.clone()).or_default();
        *cell = (cell.0 + all, cell.1 + flagged);
    }
    cells.into_iter().map(|(kind, cell)| TwinReport { kind, rate: showable(cell).then(|| Rate::wilson(cell.1, cell.0)) }).collect()
}
