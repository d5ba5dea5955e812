//! Evidence: what an indicator found, as an additive log-likelihood ratio on a node of the relation graph.
//!
//! Additivity and caps: I. J. Good, "Weight of evidence: a brief survey" (Bayesian Statistics 2, 1985). Two signals that rest on
//! the same observations are one signal (typology rule R9).

use rustc_hash::{FxHashMap, FxHashSet};
use tributary_model::{Family, Side, Table, Timestamp};

use crate::Settings;

/// What is said of an indicator, for the alert's panel.
#[derive(Clone, Debug, PartialEq)]
pub struct IndicatorText {
    /// Catalogue id.
    pub id: String,
    /// Version of its pack.
    pub version: String,
    /// What it says.
    pub statement: String,
    /// Where it is documented.
    pub sources: Vec<String>,
    /// Innocent explanations.
    pub benign: Vec<String>,
}

/// One finding of one indicator.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Index into the run's indicator texts.
    pub indicator: usize,
    /// Family.
    pub family: Family,
    /// Side it speaks for.
    pub side: Side,
    /// Node of the relation graph.
    pub node: u32,
    /// Role of the node in the finding.
    pub role: String,
    /// Log-likelihood ratio, natural log, above 0.
    pub weight: f64,
    /// The table the finding mainly rests on: findings of one lineage move together in the null model.
    pub lineage: Table,
    /// Can raise or lower a finding but not open one (typology rule R4).
    pub context_only: bool,
    /// Start of the period.
    pub from: Timestamp,
    /// End of the period.
    pub to: Timestamp,
    /// Observations, in order, bounded.
    pub observations: Vec<String>,
    /// Number of observations in all.
    pub observations_total: u64,
    /// Sources (units of independence), sorted.
    pub sources: Vec<String>,
    /// Observation ids of the case records that the finding derives from, in order; empty when it derives from none.
    pub premises: Vec<String>,
}

impl Evidence {
    /// The records on which the finding stands: its premises, or, when it only repeats a record, the record itself.
    fn stands_on(&self) -> &[String] {
        if self.family == Family::List { &self.observations } else { &self.premises }
    }
}

/// Positions of the findings of one network that say something of their own, heaviest first. "An agency's case names X" and "Y deals
/// with X, whom that case names" stand on one record and are one signal, the heavier of the two (typology rule R9): otherwise whoever
/// pays rent to a listed person would stand in two families at once.
#[must_use]
pub fn own_signals(items: &[&Evidence]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    let weight = |i: usize| items.get(i).map_or(0.0, |item| item.weight);
    order.sort_by(|x, y| weight(*y).total_cmp(&weight(*x)).then(x.cmp(y)));
    let mut spent: FxHashSet<&str> = FxHashSet::default();
    order.retain(|i| {
        let Some(item) = items.get(*i) else { return false };
        let standing = item.stands_on();
        let echo = !standing.is_empty() && standing.iter().all(|record| spent.contains(record.as_str()));
        spent.extend(standing.iter().map(String::as_str));
        !echo
    });
    order
}

/// Evidence of the two sides that rests on the same observations is one signal: the weaker one is an echo and does not count
/// towards a meeting of the two sides. Returns, for each finding, whether it is an echo.
///
/// A finding is an echo when more than half of its shown observations, or all records it derives from, also carry a heavier finding of
/// the other side.
/// Ties go to the lower index, so the result does not depend on chance.
#[must_use]
pub fn echoes(evidence: &[Evidence]) -> Vec<bool> {
    let mut heaviest: FxHashMap<(&str, Side), (f64, usize)> = FxHashMap::default();
    for (index, item) in evidence.iter().enumerate().filter(|(_, e)| e.side != Side::Neutral) {
        for observation in item.observations.iter().chain(&item.premises) {
            let slot = heaviest.entry((observation.as_str(), item.side)).or_insert((item.weight, index));
            if item.weight > slot.0 {
                *slot = (item.weight, index);
            }
        }
    }
    evidence
        .iter()
        .enumerate()
        .map(|(index, item)| {
            let other = match item.side {
                Side::Trafficking => Side::TerroristFinancing,
                Side::TerroristFinancing => Side::Trafficking,
                Side::Neutral => return false,
            };
            let claimed = |observation: &&String| {
                heaviest
                    .get(&(observation.as_str(), other))
                    .is_some_and(|(weight, i)| *weight > item.weight || (*weight == item.weight && *i < index))
            };
            let premised = !item.premises.is_empty() && item.premises.iter().filter(claimed).count() == item.premises.len();
            premised || item.observations.iter().filter(claimed).count() * 2 > item.observations.len()
        })
        .collect()
}

/// Evidence gathered at a node or over a network: weight per family after caps, and the sources it comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weighed {
    /// Weight per family, natural log, after the family cap; in order of family.
    pub families: Vec<(Family, f64)>,
    /// Sum over families, after the source cap.
    pub total: f64,
    /// Independent sources, sorted.
    pub sources: Vec<String>,
}

/// Adds evidence up. Within a family the heaviest finding counts whole and each further one at a third, up to the family cap;
/// what a single source says counts up to the source cap. Neutral findings add at half weight and open nothing. Findings that stand on
/// one record count once ([`own_signals`]).
#[must_use]
pub fn weigh<'a>(items: impl IntoIterator<Item = &'a Evidence>, settings: &Settings) -> Weighed {
    let items: Vec<&Evidence> = items.into_iter().collect();
    let mut by_family: std::collections::BTreeMap<Family, Vec<f64>> = std::collections::BTreeMap::new();
    let mut sources: std::collections::BTreeSet<&str> = std::collections::BTreeSet::new();
    let mut per_source: std::collections::BTreeMap<&str, f64> = std::collections::BTreeMap::new();
    for item in own_signals(&items).into_iter().filter_map(|i| items.get(i)) {
        let weight = if item.side == Side::Neutral { item.weight / 2.0 } else { item.weight };
        by_family.entry(item.family).or_default().push(weight);
        for source in &item.sources {
            sources.insert(source);
            *per_source.entry(source).or_default() += weight / item.sources.len() as f64;
        }
    }
    let mut families = Vec::with_capacity(by_family.len());
    let mut total = 0.0;
    for (family, mut weights) in by_family {
        weights.sort_by(|x, y| y.total_cmp(x));
        let head = weights.first().copied().unwrap_or(0.0);
        let tail: f64 = weights.iter().skip(1).map(|w| w / 3.0).sum();
        let weight = (head + tail).min(settings.family_cap);
        families.push((family, weight));
        total += weight;
    }
    let said: f64 = per_source.values().sum();
    let heard: f64 = per_source.values().map(|w| w.min(settings.source_cap)).sum();
    if said > 0.0 {
        total *= heard / said;
    }
    Weighed { families, total, sources: sources.into_iter().map(str::to_owned).collect() }
}

/// The distinct families of the findings that say something of their own, without those that open nothing (coordination, value
/// transfer without exposure, convergence).
#[must_use]
pub fn opening_families<'a>(items: impl IntoIterator<Item = &'a Evidence>, side: Side) -> Vec<Family> {
    let items: Vec<&Evidence> = items.into_iter().filter(|e| e.side == side && !e.context_only).collect();
    let set: FxHashSet<Family> = own_signals(&items).into_iter().filter_map(|i| items.get(i)).map(|e| e.family).collect();
    let mut families: Vec<Family> = set.into_iter().collect();
    families.sort();
    families
}
