//! Candidates and scores of one table under given parameters; the machinery that batch and incremental linkage share.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: rows are below the table's length")]

use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::block::{Blocks, RuleReport, Sorted};
use crate::choose;
use crate::cluster::{Components, Edge};
use crate::compare::Comparator;
use crate::config::{Blocking, Config, Rule};
use crate::judgement::{Label, Rulings};
use crate::link::Progress;
use crate::parameters::Parameters;
use crate::score::Scorer;
use crate::solve::{CONNECT, KEEP, Part};
use crate::table::Table;
use crate::train;
use crate::{COMPARISONS_MAX, LinkageError};

/// Under loaded parameters a block may grow to this many times the bound before it is skipped.
const GROWTH: usize = 20;

pub(crate) struct Engine {
    pub(crate) scorer: Scorer,
    pub(crate) blocks: Blocks,
    pub(crate) sorted: Vec<Sorted>,
    pub(crate) reports: Vec<RuleReport>,
}

fn limit(config: &Config) -> usize {
    if config.blocking == Blocking::Everything { usize::MAX } else { config.limits.block_rows_max }
}

impl Engine {
    /// Trains on `table` and is ready to score it.
    pub(crate) fn train(table: &Table, config: &Config, labels: &[Label], progress: &mut dyn Progress) -> Result<(Self, Parameters), LinkageError> {
        let comparator = Comparator::new(table, config)?;
        progress.stage("random pairs", config.limits.random_pairs as u64, "pairs");
        let random = train::random_shares(table, &comparator, config);
        let (rules, blocking_recall) = rules(table, config, &random, progress)?;
        let mut blocks = Blocks::new(table, &rules, limit(config))?;
        let sorted: Vec<Sorted> = (0..blocks.rules()).map(|r| blocks.sorted(r)).collect();
        let reports: Vec<RuleReport> = sorted.iter().enumerate().map(|(r, s)| blocks.survey(r, s)).collect();
        let candidates: u64 = reports.iter().map(|r| r.pairs).sum();
        let every = (candidates / config.limits.training_pairs.max(1) as u64).max(1);
        progress.stage("training", candidates / every, "pairs");
        let known = known_m(table, &comparator, labels)?;
        let patterns = train::patterns(&comparator, &blocks, &sorted, every);
        let estimate = train::fit(config, table.rows(), every, &patterns, &random, known.as_deref());
        let parameters = Parameters {
            name: String::new(),
            config: config.clone(),
            rules,
            oversize: blocks.oversize_texts(table, &sorted),
            estimate: estimate.clone(),
            levels: comparator.comparisons.iter().map(|c| c.labels.clone()).collect(),
            threshold_bits: config.threshold_bits.unwrap_or(0.0),
            blocking_recall,
            frequencies: None,
        };
        let scorer = Scorer::new(table, comparator, estimate, None);
        Ok((Self { scorer, blocks, sorted, reports }, parameters))
    }

    /// Is ready to score `table` with parameters trained before.
    pub(crate) fn with(table: &Table, parameters: &Parameters) -> Result<Self, LinkageError> {
        parameters.check()?;
        let comparator = Comparator::new(table, &parameters.config)?;
        let fits = comparator.comparisons.iter().zip(&parameters.levels).all(|(c, l)| c.labels == *l);
        if !fits {
            return Err(LinkageError::Parameters { why: "levels that this program does not make".to_owned() });
        }
        let mut blocks = Blocks::new(table, &parameters.rules, limit(&parameters.config).saturating_mul(GROWTH))?;
        blocks.set_oversize(table, &parameters.oversize);
        let sorted: Vec<Sorted> = (0..blocks.rules()).map(|r| blocks.sorted(r)).collect();
        let reports = sorted.iter().enumerate().map(|(r, s)| blocks.survey(r, s)).collect();
        let scorer = Scorer::new(table, comparator, parameters.estimate.clone(), parameters.frequencies.as_ref());
        Ok(Self { scorer, blocks, sorted, reports })
    }

    /// Candidate pairs with their scores, in order of rows.
    pub(crate) fn edges(&self, progress: &mut dyn Progress) -> Vec<Edge> {
        progress.stage("scoring", self.reports.iter().map(|r| r.pairs).sum(), "pairs");
        let scorer = &self.scorer;
        let mut edges = Vec::new();
        for (rule, sorted) in self.sorted.iter().enumerate() {
            let found = self.blocks.scan(
                rule,
                sorted,
                1,
                || scorer.comparator.memory(),
                Vec::new,
                |memory, out, i, j| {
                    if let Some(bits) = scorer.milli_from(memory, i, j, KEEP) {
                        out.push((i.min(j) as u32, i.max(j) as u32, bits));
                    }
                },
            );
            edges.extend(found.into_iter().flatten());
        }
        edges.par_sort_unstable();
        edges
    }
}

fn rules(table: &Table, config: &Config, random: &[Vec<f64>], progress: &mut dyn Progress) -> Result<(Vec<Rule>, Option<f64>), LinkageError> {
    Ok(match &config.blocking {
        Blocking::Rules(rules) => (rules.clone(), None),
        Blocking::Everything => (vec![Rule { keys: Vec::new() }], None),
        Blocking::Automatic { pairs_per_row } => {
            progress.stage("blocking rules", table.rows() as u64, "rows");
            let choice = choose::choose(table, config, random, *pairs_per_row)?;
            (choice.rules, Some(choice.recall))
        }
    })
}

/// m from labelled pairs of the same, smoothed by two pairs; `None` without any.
fn known_m(table: &Table, comparator: &Comparator, labels: &[Label]) -> Result<Option<Vec<Vec<f64>>>, LinkageError> {
    let mut counts: Vec<Vec<f64>> = comparator.comparisons.iter().map(|c| vec![2.0 / f64::from(c.levels - 1); c.levels as usize]).collect();
    let mut memory = comparator.memory();
    let mut seen = 0;
    for label in labels {
        let high = label.left.max(label.right);
        if high as usize >= table.rows() {
            return Err(LinkageError::UnknownRow { row: high });
        }
        if label.same && label.left != label.right {
            let mut levels = [0; COMPARISONS_MAX];
            comparator.levels(&mut memory, label.left as usize, label.right as usize, &mut levels);
            counts.iter_mut().zip(&levels).for_each(|(c, l)| c[usize::from(*l)] += 1.0);
            seen += 1;
        }
    }
    for c in &mut counts {
        let total: f64 = c.iter().skip(1).sum();
        c.iter_mut().skip(1).for_each(|p| *p /= total);
        c[0] = 1.0;
    }
    Ok((seen > 0).then_some(counts))
}

/// Components of two rows or more, by their smallest row.
pub(crate) fn parts(components: &mut Components, rows: usize, edges: &[Edge], rulings: &Rulings) -> BTreeMap<u32, Part> {
    for (i, j, bits) in edges {
        if *bits >= CONNECT {
            components.join(*i, *j);
        }
    }
    for (a, b) in rulings.same() {
        components.join(a, b);
    }
    let mut members: FxHashMap<u32, u32> = FxHashMap::default();
    for row in 0..rows as u32 {
        *members.entry(components.root(row)).or_default() += 1;
    }
    let mut out: BTreeMap<u32, Part> = BTreeMap::new();
    for row in 0..rows as u32 {
        let root = components.root(row);
        if members.get(&root).is_some_and(|n| *n > 1) {
            out.entry(root).or_default().rows.push(row);
        }
    }
    for edge in edges.iter().filter(|e| e.2 >= CONNECT) {
        if let Some(part) = out.get_mut(&components.root(edge.0)) {
            part.edges.push(*edge);
        }
    }
    out
}
