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
}

/// Evidence of the two sides that rests on the same observations is one signal: the weaker one is an echo and does not count
/// towards a meeting of the two sides. Returns, for each finding, whether it is an echo.
///
/// A finding is an echo when more than half of its shown observations also carry a heavier finding of the other side.
/// Ties go to the lower index, so the result does not depend on chance.
#[must_use]
pub fn echoes(evidence: &[Evidence]) -> Vec<bool> {
    let mut heaviest: FxHashMap<(&str, Side), (f64, usize)> = FxHashMap::default();
    for (index, item) in evidence.iter().enumerate().filter(|(_, e)| e.side != Side::Neutral) {
        for observation in &item.observations {
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
            let claimed = item
                .observations
                .iter()
                .filter(|o| {
                    heaviest.get(&(o.as_str(), other)).is_some_and(|(weight, i)| *weight > item.weight || (*weight == item.weight && *i < index))
                })
                .count();
            claimed * 2 > item.observations.len()
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
/// what a single source says counts up to the source cap. Neutral findings add at half weight and open nothing.
#[must_use]
pub fn weigh<'a>(items: impl IntoIterator<Item = &'a Evidence>, settings: &Settings) -> Weighed {
    let mut by_family: std::collections::BTreeMap<Family, Vec<f64>> = std::collections::BTreeMap::new();
    let mut sources: std::collections::BTreeSet<&str> = std::collections::BTreeSet::new();
    let mut per_source: std::collections::BTreeMap<&str, f64> = std::collections::BTreeMap::new();
    for item in items {
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

/// The distinct families, without those that open nothing (coordination, value transfer without exposure, convergence).
#[must_use]
pub fn opening_families<'a>(items: impl IntoIterator<Item = &'a Evidence>, side: Side) -> Vec<Family> {
    let set: FxHashSet<Family> = items.into_iter().filter(|e| e.side == side && !e.context_only).map(|e| e.family).collect();
    let mut families: Vec<Family> = set.into_iter().collect();
    families.sort();
    families
}
