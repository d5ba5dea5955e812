//! The whole way: candidates, training, scores, clusters.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::LinkageError;
use crate::block::RuleReport;
use crate::cluster::{Components, Edge, Parts};
use crate::config::Config;
use crate::engine::{self, Engine};
use crate::judgement::{Judgement, Label, Rulings};
use crate::kernel::Kernel;
use crate::parameters::Parameters;
use crate::score::Waterfall;
use crate::solve::{CONNECT, Solved, Solver};
use crate::table::Table;

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
    pub(crate) table: &'t Table,
    pub(crate) engine: std::sync::Arc<Engine>,
    pub(crate) parameters: Parameters,
    pub(crate) clusters: Vec<u32>,
    pub(crate) pairs: Vec<Pair>,
    pub(crate) bridges: Vec<Pair>,
    pub(crate) contradictions: Vec<(u32, u32)>,
    pub(crate) refused: usize,
}

impl Linked<'_> {
    /// The cluster of each row, named by its smallest row.
    #[must_use]
    pub fn clusters(&self) -> &[u32] {
        &self.clusters
    }

    /// Pairs worth showing, by row: candidates of at least −6 bits, and all pairs within a cluster.
    #[must_use]
    pub fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// Pairs without which a cluster would fall into two: worth a person's look.
    #[must_use]
    pub fn bridges(&self) -> &[Pair] {
        &self.bridges
    }

    /// What was learnt, or was given.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// What each blocking rule found and skipped.
    #[must_use]
    pub fn rules(&self) -> &[RuleReport] {
        &self.engine.reports
    }

    /// Judgements of sameness that could not be kept because others say the contrary: a person must look.
    #[must_use]
    pub fn contradictions(&self) -> &[(u32, u32)] {
        &self.contradictions
    }

    /// Joins that the bound on a cluster's size forbade.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.refused
    }

    /// Why rows `i` and `j` score what they score; `None` for a row that is not there.
    #[must_use]
    pub fn explain(&self, i: u32, j: u32) -> Option<Waterfall> {
        explain(&self.engine, self.table, &self.parameters, i, j)
    }
}

pub(crate) fn explain(engine: &Engine, table: &Table, parameters: &Parameters, i: u32, j: u32) -> Option<Waterfall> {
    if i.max(j) as usize >= table.rows() || i == j {
        return None;
    }
    let names: Vec<String> = parameters.config.comparisons.iter().map(|c| c.name.clone()).collect();
    Some(engine.scorer.explain(table, &engine.layout, &names, i, j))
}

/// Links `table` to itself: trains without labels, finds candidates, scores them and clusters.
///
/// # Errors
/// A configuration that does not fit the table, or a judgement of a row that is not there.
pub fn link<'t>(table: &'t Table, config: &Config, judgements: &[Judgement], progress: &mut dyn Progress) -> Result<Linked<'t>, LinkageError> {
    link_labelled(table, config, &[], judgements, progress)
}

/// As [`link`], with m learnt from labelled pairs.
///
/// # Errors
/// As [`link`], and a label of a row that is not there.
pub fn link_labelled<'t>(
    table: &'t Table,
    config: &Config,
    labels: &[Label],
    judgements: &[Judgement],
    progress: &mut dyn Progress,
) -> Result<Linked<'t>, LinkageError> {
    let rulings = Rulings::new(judgements, table.rows())?;
    let (engine, parameters) = Engine::train(table, config, labels, progress)?;
    Ok(all(table, engine, parameters, rulings, progress))
}

/// As [`link`], with parameters trained before.
///
/// # Errors
/// Parameters that do not fit the table, or a judgement of a row that is not there.
pub fn link_with<'t>(
    table: &'t Table,
    parameters: &Parameters,
    judgements: &[Judgement],
    progress: &mut dyn Progress,
) -> Result<Linked<'t>, LinkageError> {
    let rulings = Rulings::new(judgements, table.rows())?;
    let engine = Engine::with(table, parameters, false)?;
    Ok(all(table, engine, parameters.clone(), rulings, progress))
}

fn all<'t>(table: &'t Table, engine: Engine, parameters: Parameters, rulings: Rulings, progress: &mut dyn Progress) -> Linked<'t> {
    let edges = engine.edges(progress);
    finish(Kernel::new(table, engine, parameters, rulings), &edges, progress)
}

/// Clusters `edges`, which are in order of their rows.
pub(crate) fn finish<'t>(kernel: Kernel<'t>, edges: &[Edge], progress: &mut dyn Progress) -> Linked<'t> {
    let Kernel { table, engine, parameters, rulings } = kernel;
    progress.stage("clustering", edges.len() as u64, "pairs");
    let mut components = engine::components(table.rows(), edges, &rulings);
    let parts = Parts::of(&mut components, edges);
    let solved = solve_all(&engine, &parameters, &rulings, &parts);
    drop(parts);
    let mut out = Linked {
        table,
        engine,
        parameters,
        clusters: (0..table.rows() as u32).collect(),
        pairs: Vec::with_capacity(edges.len() + edges.len() / 8),
        bridges: Vec::new(),
        contradictions: Vec::new(),
        refused: 0,
    };
    for part in solved {
        for (row, cluster) in part.clusters {
            if let Some(at) = out.clusters.get_mut(row as usize) {
                *at = cluster;
            }
        }
        out.pairs.extend(part.pairs);
        out.bridges.extend(part.bridges);
        out.contradictions.extend(part.contradictions);
        out.refused += part.refused;
    }
    out.pairs.extend(between(&mut components, edges));
    out.pairs.par_sort_unstable_by_key(|p| (p.left, p.right));
    out
}

/// Weak candidates between components.
fn between(components: &mut Components, edges: &[Edge]) -> Vec<Pair> {
    let weak = edges.iter().filter(|e| e.2 < CONNECT && components.root(e.0) != components.root(e.1));
    weak.map(|e| Pair { left: e.0, right: e.1, bits: f64::from(e.2) / 1000.0, collective_bits: f64::from(e.2) / 1000.0 }).collect()
}

/// Components solved at a time.
const TASK: usize = 1_024;

/// Clusters all `parts`; results are those of runs of parts, in their order.
pub(crate) fn solve_all(engine: &Engine, parameters: &Parameters, rulings: &Rulings, parts: &Parts) -> Vec<Solved> {
    let threshold = (parameters.threshold_bits * 1000.0).clamp(-1e6, 1e6) as i32;
    let solver = Solver { scorer: &engine.scorer, layout: &engine.layout, rulings, threshold, rows_max: parameters.config.limits.cluster_rows_max };
    let run = |task: usize| {
        let (mut work, mut out) = (solver.work(), Solved::default());
        (task * TASK..parts.len().min((task + 1) * TASK)).for_each(|at| solver.solve(&mut work, parts.get(at), &mut out));
        out
    };
    (0..parts.len().div_ceil(TASK)).into_par_iter().map(run).collect()
}
