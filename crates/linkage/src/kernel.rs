//! Linkage cut at its join, for a query engine that finds the candidates itself (spilling, distributed).
//!
//! A rule's candidates are an equality join of the table with itself on [`Join::keys`]. What the join finds, in any order, in any
//! batches and from any machine, goes through [`Join::score_pairs`]; what that keeps goes, all together, into [`Kernel::cluster`]:
//!
//! ```
//! # use std::collections::BTreeMap;
//! # use tributary_linkage::{Kernel, Table, detect, link};
//! # let mut table = Table::new(&["first_name", "dob"])?;
//! # for n in 0..60 { table.push([["amina", "bilal", "careem"][n % 3], format!("1990-01-{:02}", n % 20 + 1).as_str()])?; }
//! # let config = detect(&table)?;
//! let kernel = Kernel::train(&table, &config, &[], &[], &mut ())?;
//! let join = kernel.join(); // owned, `Clone`, `Send` and `Sync`: what user-defined functions keep
//! let mut edges = Vec::new();
//! for rule in 0..join.rules().len() {
//!     // SELECT l.row, r.row FROM keys l JOIN keys r ON l.key = r.key AND l.row < r.row
//!     let mut blocks: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
//!     for (row, key) in join.keys(rule, 0..join.rows()).into_iter().enumerate() {
//!         if let Some(key) = key { blocks.entry(key).or_default().push(row as u32); }
//!     }
//!     for rows in blocks.values() {
//!         for (at, left) in rows.iter().enumerate() {
//!             let right = &rows[at + 1..];
//!             let scores = join.score_pairs(rule, &vec![*left; right.len()], right);
//!             edges.extend(right.iter().zip(scores).filter_map(|(right, score)| Some((*left, *right, score?))));
//!         }
//!     }
//! }
//! let linked = kernel.cluster(edges)?;
//! assert_eq!(linked.clusters(), link(&table, &config, &[], &mut ())?.clusters());
//! # Ok::<(), tributary_linkage::LinkageError>(())
//! ```
//!
//! Another machine makes the same kernel by [`Kernel::with`] from the same rows in the same order and the same [`Parameters`].

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::LinkageError;
use crate::block::RuleReport;
use crate::cluster::Edge;
use crate::config::Config;
use crate::engine::Engine;
use crate::judgement::{Judgement, Label, Rulings};
use crate::link::{self, Linked, Progress};
use crate::parameters::Parameters;
use crate::score::Fetched;
use crate::solve::KEEP;
use crate::table::Table;

/// Pairs that one thread scores at a time.
const BATCH: usize = 1_024;

/// A table with parameters, whose candidates somebody else will find.
pub struct Kernel<'t> {
    pub(crate) table: &'t Table,
    pub(crate) engine: Arc<Engine>,
    pub(crate) parameters: Parameters,
    pub(crate) rulings: Rulings,
}

impl<'t> Kernel<'t> {
    /// Trains on `table` as [`crate::link`] does; with `labels`, as [`crate::link_labelled`].
    ///
    /// # Errors
    /// A configuration that does not fit the table, or a judgement or label of a row that is not there.
    pub fn train(
        table: &'t Table,
        config: &Config,
        labels: &[Label],
        judgements: &[Judgement],
        progress: &mut dyn Progress,
    ) -> Result<Self, LinkageError> {
        let rulings = Rulings::new(judgements, table.rows())?;
        let (engine, parameters) = Engine::train(table, config, labels, progress)?;
        Ok(Self::new(table, engine, parameters, rulings))
    }

    /// With parameters trained before, as [`crate::link_with`].
    ///
    /// # Errors
    /// Parameters that do not fit the table, or a judgement of a row that is not there.
    pub fn with(table: &'t Table, parameters: &Parameters, judgements: &[Judgement]) -> Result<Self, LinkageError> {
        let rulings = Rulings::new(judgements, table.rows())?;
        Ok(Self::new(table, Engine::with(table, parameters, false)?, parameters.clone(), rulings))
    }

    pub(crate) fn new(table: &'t Table, mut engine: Engine, parameters: Parameters, rulings: Rulings) -> Self {
        engine.groups = Vec::new();
        Self { table, engine: Arc::new(engine), parameters, rulings }
    }

    /// What the join's functions need.
    #[must_use]
    pub fn join(&self) -> Join {
        Join(Arc::clone(&self.engine))
    }

    /// The parameters in force.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Clusters from scored pairs `(row, row, thousandths of a bit)`, in any order; the same pair twice counts once.
    ///
    /// With all pairs that [`Join::score_pairs`] keeps this is what [`crate::link`] gives.
    ///
    /// # Errors
    /// A row that is not there.
    pub fn cluster(self, edges: Vec<(u32, u32, i32)>) -> Result<Linked<'t>, LinkageError> {
        let rows = self.table.rows();
        if let Some(edge) = edges.par_iter().find_any(|e| e.0.max(e.1) as usize >= rows) {
            return Err(LinkageError::UnknownRow { row: edge.0.max(edge.1) });
        }
        let kept = edges.into_par_iter().filter(|e| e.0 != e.1 && e.2 >= KEEP);
        let mut edges: Vec<Edge> = kept.map(|(i, j, bits)| (i.min(j), i.max(j), bits)).collect();
        edges.par_sort_unstable();
        edges.dedup_by_key(|e| (e.0, e.1));
        Ok(link::finish(self, &edges, &mut ()))
    }
}

/// Keys of rows and scores of pairs: owns all it needs, is cheap to clone and may be used by many threads.
#[derive(Clone)]
pub struct Join(Arc<Engine>);

impl Join {
    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> u32 {
        u32::try_from(self.0.blocks.rows()).unwrap_or(u32::MAX)
    }

    /// The blocking rules, in order, with the number of pairs within their blocks: how large each join will be.
    #[must_use]
    pub fn rules(&self) -> &[RuleReport] {
        &self.0.reports
    }

    /// Keys of `rows` under `rule`: two rows are candidates when both have a key and the keys are equal. `None` where a value is
    /// absent, the block is above the bound on its size, or there is no such row or rule. Keys are spread evenly over 64 bits.
    #[must_use]
    pub fn keys(&self, rule: usize, rows: Range<u32>) -> Vec<Option<u64>> {
        let there = |row: u32| rule < self.0.blocks.rules() && row < self.rows();
        rows.into_par_iter().map(|row| if there(row) { self.0.blocks.open_key(rule, self.0.layout.place(row) as usize) } else { None }).collect()
    }

    /// Log-odds of pairs that `rule` found, in thousandths of a bit, one for each position of the shorter of `left` and `right`.
    ///
    /// `None` for a pair that an earlier rule finds as well (it belongs to that one, so that each pair is scored once), one that `rule`
    /// does not find, one below −6 bits (it is forgotten), and for rows that are equal or not there. The two sides may change places.
    #[must_use]
    pub fn score_pairs(&self, rule: usize, left: &[u32], right: &[u32]) -> Vec<Option<i32>> {
        let Engine { scorer, blocks, layout, .. } = self.0.as_ref();
        let found = |i: u32, j: u32| {
            let there = rule < blocks.rules() && i.max(j) < self.rows() && i != j;
            let (i, j) = (layout.place(i), layout.place(j));
            there && !blocks.is_oversize(rule, i as usize) && blocks.first(rule, i as usize, j as usize)
        };
        let batch = |(left, right): (&[u32], &[u32])| {
            let (mut memory, mut fetched) = (scorer.comparator.memory(), Fetched::default());
            let pairs = || left.iter().copied().zip(right.iter().copied());
            let places: Vec<u32> = pairs().filter(|(i, j)| found(*i, *j)).flat_map(|(i, j)| [layout.place(i), layout.place(j)]).collect();
            scorer.fetch(&places, &mut fetched);
            let mut at = 0;
            let score = |(i, j): (u32, u32)| {
                if places.get(at..at + 2) != Some(&[layout.place(i), layout.place(j)][..]) {
                    return None;
                }
                at += 2;
                scorer.milli_from(&mut memory, fetched.row(at - 2), fetched.row(at - 1), KEEP)
            };
            pairs().map(score).collect::<Vec<_>>()
        };
        let scores: Vec<Vec<Option<i32>>> = left.par_chunks(BATCH).zip(right.par_chunks(BATCH)).map(batch).collect();
        scores.concat()
    }
}
