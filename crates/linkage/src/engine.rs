//! Candidates and scores of one table under given parameters; the machinery that batch and incremental linkage share.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: rows are below the table's length")]

use rayon::prelude::*;

use crate::block::{Blocks, Index, RuleReport, Survey};
use crate::choose;
use crate::cluster::{Components, Edge};
use crate::compare::{Comparator, Memory};
use crate::config::{Blocking, Config, Rule};
use crate::judgement::{Label, Rulings};
use crate::layout::Layout;
use crate::link::Progress;
use crate::parameters::Parameters;
use crate::scan::{Groups, Visit};
use crate::score::{Fetched, Scorer};
use crate::solve::{CONNECT, KEEP};
use crate::table::Table;
use crate::train;
use crate::{COMPARISONS_MAX, LinkageError};

/// Under loaded parameters a block may grow to this many times the bound before it is skipped.
const GROWTH: usize = 20;

pub(crate) struct Engine {
    pub(crate) layout: Layout,
    pub(crate) scorer: Scorer,
    pub(crate) blocks: Blocks,
    pub(crate) groups: Vec<Groups>,
    pub(crate) index: Vec<Index>,
    pub(crate) reports: Vec<RuleReport>,
}

fn limit(config: &Config) -> usize {
    if config.blocking == Blocking::Everything { usize::MAX } else { config.limits.block_rows_max }
}

impl Engine {
    /// Trains on `table` and is ready to score it.
    pub(crate) fn train(table: &Table, config: &Config, labels: &[Label], progress: &mut dyn Progress) -> Result<(Self, Parameters), LinkageError> {
        let mut comparator = Comparator::new(table, config)?;
        let known = known_m(table, &comparator, labels)?;
        progress.stage("random pairs", config.limits.random_pairs as u64, "pairs");
        let random = train::random_shares(table, &comparator, config);
        let (rules, blocking_recall) = rules(table, config, &random, progress)?;
        let layout = Layout::of(table, &rules);
        comparator.arrange(table, &layout);
        let mut blocks = Blocks::new(table, &rules, limit(config), &layout)?;
        let surveys = blocks.surveys(false);
        let oversize = blocks.oversize_texts(table, &surveys);
        let (groups, reports, _) = taken(surveys);
        let candidates: u64 = reports.iter().map(|r| r.pairs).sum();
        let every = (candidates / config.limits.training_pairs.max(1) as u64).max(1);
        progress.stage("training", candidates / every, "pairs");
        let patterns = train::patterns(&comparator, &blocks, &groups, every);
        let estimate = train::fit(config, table.rows(), every, &patterns, &random, known.as_deref());
        let parameters = Parameters {
            name: String::new(),
            config: config.clone(),
            rules,
            oversize,
            estimate: estimate.clone(),
            levels: comparator.comparisons.iter().map(|c| c.labels.clone()).collect(),
            threshold_bits: config.threshold_bits.unwrap_or(0.0),
            blocking_recall,
            frequencies: None,
        };
        let scorer = Scorer::new(table, comparator, estimate, None);
        Ok((Self { layout, scorer, blocks, groups, index: Vec::new(), reports }, parameters))
    }

    /// Is ready to score `table` with parameters trained before; with `index`, to look up rows by their keys.
    pub(crate) fn with(table: &Table, parameters: &Parameters, index: bool) -> Result<Self, LinkageError> {
        let limit = limit(&parameters.config).saturating_mul(GROWTH);
        Self::prepare(table, parameters, limit, index, |blocks| blocks.set_oversize(table, &parameters.oversize))
    }

    /// As it was when it was saved: `oversize` are the keys of skipped blocks, and no others are skipped.
    pub(crate) fn resume(table: &Table, parameters: &Parameters, oversize: Vec<Vec<u64>>) -> Result<Self, LinkageError> {
        let keys = oversize.into_iter().map(|keys| keys.into_iter().collect());
        let mut out = Self::prepare(table, parameters, usize::MAX, true, |blocks| blocks.oversize.iter_mut().zip(keys).for_each(|(a, b)| *a = b))?;
        out.groups = Vec::new();
        Ok(out)
    }

    fn prepare(table: &Table, parameters: &Parameters, limit: usize, index: bool, skip: impl FnOnce(&mut Blocks)) -> Result<Self, LinkageError> {
        parameters.check()?;
        let mut comparator = Comparator::new(table, &parameters.config)?;
        let fits = comparator.comparisons.iter().zip(&parameters.levels).all(|(c, l)| c.labels == *l);
        if !fits {
            return Err(LinkageError::Parameters { why: "levels that this program does not make".to_owned() });
        }
        let layout = Layout::of(table, &parameters.rules);
        comparator.arrange(table, &layout);
        let mut blocks = Blocks::new(table, &parameters.rules, limit, &layout)?;
        skip(&mut blocks);
        let (groups, reports, index) = taken(blocks.surveys(index));
        let scorer = Scorer::new(table, comparator, parameters.estimate.clone(), parameters.frequencies.as_ref());
        Ok(Self { layout, scorer, blocks, groups, index, reports })
    }

    /// Candidate pairs with their scores, in order of rows.
    pub(crate) fn edges(&self, progress: &mut dyn Progress) -> Vec<Edge> {
        progress.stage("scoring", self.reports.iter().map(|r| r.pairs).sum(), "pairs");
        let visitor = || Scoring {
            layout: &self.layout,
            scorer: &self.scorer,
            memory: self.scorer.comparator.memory(),
            fetched: Fetched::default(),
            rows: Vec::new(),
            edges: Vec::new(),
        };
        let found: Vec<Vec<Vec<Edge>>> = self.groups.iter().enumerate().map(|(rule, groups)| self.blocks.scan(rule, groups, 1, visitor)).collect();
        let mut edges = Vec::with_capacity(found.iter().flatten().map(Vec::len).sum());
        found.into_iter().flatten().for_each(|some| edges.extend(some));
        edges.par_sort_unstable();
        edges
    }
}

type Taken = (Vec<Groups>, Vec<RuleReport>, Vec<Index>);

fn taken(surveys: Vec<Survey>) -> Taken {
    let mut out = Taken::default();
    for survey in surveys {
        out.0.push(survey.groups);
        out.1.push(survey.report);
        out.2.push(survey.index);
    }
    out
}

/// Keeps the candidates that score enough.
struct Scoring<'a> {
    layout: &'a Layout,
    scorer: &'a Scorer,
    memory: Memory<'a>,
    fetched: Fetched,
    rows: Vec<u32>,
    edges: Vec<Edge>,
}

impl Visit for Scoring<'_> {
    type Out = Vec<Edge>;

    fn fetch(&mut self, rows: &[u32]) {
        self.rows.clear();
        self.rows.extend(rows.iter().map(|place| self.layout.row(*place)));
        self.scorer.fetch(rows, &mut self.fetched);
    }

    fn pair(&mut self, i: usize, j: usize, _: u32) {
        if let Some(bits) = self.scorer.milli_from(&mut self.memory, self.fetched.row(i), self.fetched.row(j), KEEP) {
            let (i, j) = (self.rows[i], self.rows[j]);
            self.edges.push((i.min(j), i.max(j), bits));
        }
    }

    fn done(self) -> Vec<Edge> {
        self.edges
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
            comparator.levels(&mut memory, comparator.row(label.left as usize), comparator.row(label.right as usize), &mut levels);
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

/// Rows connected by pairs that score enough, or by judgement.
pub(crate) fn components(rows: usize, edges: &[Edge], rulings: &Rulings) -> Components {
    let mut out = Components::new(rows);
    edges.iter().filter(|e| e.2 >= CONNECT).for_each(|e| out.join(e.0, e.1));
    rulings.same().for_each(|(a, b)| out.join(a, b));
    out
}
