//! The whole way: candidates, training, scores, clusters.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: rows are below the table's length, positions below the component's size")]

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::LinkageError;
use crate::block::{Blocks, RuleReport, Sorted};
use crate::choose;
use crate::cluster::{self, Bounds, Components, Edge, Milli};
use crate::compare::Comparator;
use crate::config::{Blocking, Config, Rule};
use crate::score::{Scorer, Waterfall};
use crate::table::Table;
use crate::train::{self, Parameters};

/// Candidates below this are forgotten.
const KEEP: Milli = -6_000;

/// Pairs of at least this connect a component.
const CONNECT: Milli = -1_000;

/// What a person decided about two rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// They are the same.
    Same,
    /// They are not, and never become so by way of others.
    Apart,
}

/// A decision about two rows: append-only, never undone by a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// One row.
    pub left: u32,
    /// The other row.
    pub right: u32,
    /// What was decided.
    pub verdict: Verdict,
    /// Who decided.
    pub by: String,
    /// When, as text of the caller's clock.
    pub at: String,
    /// The values both rows showed, as they were compared.
    pub compared: Vec<(String, String, String)>,
}

/// Is told how far a run is.
pub trait Progress {
    /// A stage begins: its name and its size in `unit`s.
    fn stage(&mut self, name: &str, size: u64, unit: &str);
}

impl Progress for () {
    fn stage(&mut self, _: &str, _: u64, _: &str) {}
}

/// A scored pair.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// The lower row.
    pub left: u32,
    /// The higher row.
    pub right: u32,
    /// Log-odds of this pair alone, in bits.
    pub bits: f64,
    /// The average log-odds at which the groups around both came together, or that kept them apart, in bits.
    pub collective_bits: f64,
}

/// A linked table.
pub struct Linked<'t> {
    pub(crate) scorer: Scorer<'t>,
    pub(crate) parameters: Parameters,
    pub(crate) clusters: Vec<u32>,
    pub(crate) pairs: Vec<Pair>,
    pub(crate) rules: Vec<RuleReport>,
    pub(crate) contradictions: Vec<(u32, u32)>,
}

impl Linked<'_> {
    /// The cluster of each row, named by its smallest row.
    #[must_use]
    pub fn clusters(&self) -> &[u32] {
        &self.clusters
    }

    /// Pairs worth showing, by row: candidates and pairs within a component.
    #[must_use]
    pub fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// What was learnt.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// What each blocking rule found and skipped.
    #[must_use]
    pub fn rules(&self) -> &[RuleReport] {
        &self.rules
    }

    /// Judgements of sameness that could not be kept because others say the contrary.
    #[must_use]
    pub fn contradictions(&self) -> &[(u32, u32)] {
        &self.contradictions
    }

    /// Why rows `i` and `j` score what they score; `None` for a row that is not there.
    #[must_use]
    pub fn explain(&self, i: u32, j: u32) -> Option<Waterfall> {
        let rows = self.clusters.len();
        let (i, j) = (i as usize, j as usize);
        if i >= rows || j >= rows {
            return None;
        }
        let names: Vec<String> = self.parameters.config.comparisons.iter().map(|c| c.name.clone()).collect();
        Some(self.scorer.explain(&mut self.scorer.comparator.memory(), &names, i, j))
    }
}

/// Links `table` to itself: trains, finds candidates, scores them and clusters.
///
/// # Errors
/// A configuration that does not fit the table, or a judgement of a row that is not there.
pub fn link<'t>(table: &'t Table, config: &Config, judgements: &[Judgement], progress: &mut dyn Progress) -> Result<Linked<'t>, LinkageError> {
    let comparator = Comparator::new(table, config)?;
    progress.stage("random pairs", config.limits.random_pairs as u64, "pairs");
    let random = train::random_shares(table, &comparator, config);
    let (rules, blocking_recall) = match &config.blocking {
        Blocking::Rules(rules) => (rules.clone(), None),
        Blocking::Automatic { pairs_per_row } => {
            progress.stage("blocking rules", table.rows() as u64, "rows");
            let choice = choose::choose(table, config, &random, *pairs_per_row)?;
            (choice.rules, Some(choice.recall))
        }
        Blocking::Everything => (Vec::new(), None),
    };
    let mut blocks = Blocks::new(table, &rules, config.limits.block_rows_max)?;
    let sorted: Vec<Sorted> = (0..blocks.rules()).map(|r| blocks.sorted(r)).collect();
    let reports: Vec<RuleReport> = sorted.iter().enumerate().map(|(r, s)| blocks.survey(r, s)).collect();
    let candidates: u64 = reports.iter().map(|r| r.pairs).sum();
    let every = (candidates / config.limits.training_pairs.max(1) as u64).max(1);
    progress.stage("training", candidates / every, "pairs");
    let patterns = train::patterns(&comparator, &blocks, &sorted, every);
    let estimate = train::fit(config, table.rows(), every, &patterns, &random, None);
    let levels = comparator.comparisons.iter().map(|c| c.labels.clone()).collect();
    let oversize = blocks
        .oversize
        .iter()
        .map(|s| {
            let mut keys: Vec<u64> = s.iter().copied().collect();
            keys.sort_unstable();
            keys
        })
        .collect();
    let parameters = Parameters {
        config: config.clone(),
        rules,
        oversize,
        estimate: estimate.clone(),
        levels,
        threshold_bits: config.threshold_bits.unwrap_or(0.0),
        blocking_recall,
    };
    let scorer = Scorer::new(table, comparator, estimate);
    progress.stage("scoring", candidates, "pairs");
    let edges = score_all(&scorer, &blocks, &sorted);
    drop(sorted);
    progress.stage("clustering", edges.len() as u64, "pairs");
    let mut linked = Linked { scorer, parameters, clusters: Vec::new(), pairs: Vec::new(), rules: reports, contradictions: Vec::new() };
    cluster_all(&mut linked, table.rows(), &edges, judgements);
    Ok(linked)
}

fn milli(bits: f32) -> Milli {
    (bits * 1000.0).round().clamp(-1e6, 1e6) as Milli
}

fn score_all(scorer: &Scorer<'_>, blocks: &Blocks, sorted: &[Sorted]) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (rule, sorted) in sorted.iter().enumerate() {
        let found = blocks.scan(rule, sorted, 1, || scorer.comparator.memory(), Vec::new, |memory, out, i, j| {
            if let Some(bits) = scorer.bits_from(memory, i, j, KEEP as f32 / 1000.0) {
                out.push((i.min(j) as u32, i.max(j) as u32, milli(bits)));
            }
        });
        edges.extend(found.into_iter().flatten());
    }
    edges.par_sort_unstable();
    edges
}

fn cluster_all(linked: &mut Linked<'_>, rows: usize, edges: &[Edge], judgements: &[Judgement]) {
    let mut components = Components::new(rows);
    for (i, j, bits) in edges {
        if *bits >= CONNECT {
            components.join(*i, *j);
        }
    }
    for j in judgements.iter().filter(|j| j.verdict == Verdict::Same) {
        components.join(j.left, j.right);
    }
    let mut members: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for row in 0..rows as u32 {
        members.entry(components.root(row)).or_default().push(row);
    }
    let mut parts: Vec<Vec<u32>> = members.into_values().filter(|m| m.len() > 1).collect();
    parts.sort_unstable();
    let scorer = &linked.scorer;
    let threshold = (linked.parameters.threshold_bits * 1000.0) as Milli;
    let rows_max = linked.parameters.config.limits.cluster_rows_max;
    let done: Vec<(Vec<(u32, u32)>, Vec<Pair>)> = parts
        .par_iter()
        .with_min_len(64)
        .map_init(|| scorer.comparator.memory(), |memory, rows| {
            let n = rows.len();
            let mut scores = vec![0; n * n];
            for a in 0..n {
                for b in a + 1..n {
                    let s = milli(scorer.bits(memory, rows[a] as usize, rows[b] as usize));
                    scores[a * n + b] = s;
                    scores[b * n + a] = s;
                }
            }
            let grouping = cluster::group(n, &scores, threshold, &Bounds { same: &[], apart: &[], rows_max });
            let clusters = rows.iter().zip(&grouping.group).map(|(r, g)| (*r, rows[*g])).collect();
            let mut pairs = Vec::new();
            for a in 0..n {
                for b in a + 1..n {
                    let (own, all) = (scores[a * n + b], grouping.together[a * n + b]);
                    if own >= KEEP || all >= 0 {
                        pairs.push(Pair { left: rows[a], right: rows[b], bits: f64::from(own) / 1000.0, collective_bits: f64::from(all) / 1000.0 });
                    }
                }
            }
            (clusters, pairs)
        })
        .collect();
    linked.clusters = (0..rows as u32).collect();
    for (clusters, pairs) in done {
        for (row, cluster) in clusters {
            linked.clusters[row as usize] = cluster;
        }
        linked.pairs.extend(pairs);
    }
    let _: &[Rule] = &linked.parameters.rules;
}
