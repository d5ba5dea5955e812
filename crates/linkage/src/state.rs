//! Linkage that goes on: rows are added and withdrawn, judgements arrive, clusters keep their ids, and the history says what happened.
//!
//! Parameters and frequencies stand still between trainings, so that a pair scores the same whenever it is met. Clustering looks at one
//! connected component at a time, so that only components touched by new pairs are looked at again; the partition is that of
//! linking all rows at once with the same parameters.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: rows are below the table's length, rules below their number")]

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use crate::LinkageError;
use crate::cluster::{Edge, Parts};
use crate::engine::{self, Engine};
use crate::judgement::{Judgement, Rulings};
use crate::link::{Progress, explain, solve_all};
use crate::parameters::Parameters;
use crate::score::Waterfall;
use crate::solve::Solved;
use crate::table::Table;
use crate::web::{Finder, Recent, Web};

/// One thing that happened to a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// A cluster came to be with these rows.
    Created {
        /// Its id.
        cluster: u64,
        /// Its rows.
        rows: Vec<u32>,
    },
    /// A row came into a cluster.
    Joined {
        /// The cluster.
        cluster: u64,
        /// The row.
        row: u32,
    },
    /// A cluster ended; its rows are in another.
    Merged {
        /// The one that goes on.
        into: u64,
        /// The one that ended.
        from: u64,
    },
    /// Rows left a cluster for another.
    Split {
        /// Where they were.
        from: u64,
        /// Where they are.
        into: u64,
        /// Which rows.
        rows: Vec<u32>,
    },
    /// A row was taken back by its source.
    Withdrawn {
        /// Where it was.
        cluster: u64,
        /// The row.
        row: u32,
    },
}

/// An event and the change it belongs to; changes are numbered from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Number of the change (one call of `add`, `judge` or `withdraw`).
    pub change: u64,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// Added rows that one thread takes at a time.
const TASK: usize = 128;

/// Components that one thread clusters at a time after a change.
const SETTLED: usize = 256;

/// The cluster of a withdrawn row.
pub(crate) const NONE: u64 = u64::MAX;

/// A linked table that grows.
pub struct State {
    pub(crate) table: Table,
    pub(crate) parameters: Parameters,
    pub(crate) engine: Engine,
    pub(crate) web: Web,
    pub(crate) clusters: Vec<u64>,
    pub(crate) next: u64,
    pub(crate) changes: u64,
    pub(crate) judgements: Vec<Judgement>,
    pub(crate) rulings: Rulings,
    pub(crate) recent: Recent,
    pub(crate) history: Vec<Entry>,
}

impl State {
    /// Links `table` under `parameters`, whose frequencies are taken from the table unless they are kept with them.
    ///
    /// # Errors
    /// Parameters that do not fit the table.
    pub fn new(table: Table, mut parameters: Parameters, progress: &mut dyn Progress) -> Result<Self, LinkageError> {
        let mut engine = Engine::with(&table, &parameters, true)?;
        if parameters.frequencies.is_none() {
            parameters.freeze(&table);
        }
        let edges = engine.edges(progress);
        engine.groups = Vec::new();
        progress.stage("clustering", edges.len() as u64, "pairs");
        let (rows, rulings) = (table.rows(), Rulings::default());
        let mut components = engine::components(rows, &edges, &rulings);
        let parts = Parts::of(&mut components, &edges);
        let solved = solve_all(&engine, &parameters, &rulings, &parts);
        let recent = Recent::new(rows, engine.blocks.rules());
        let web = Web::new(components, &parts, edges);
        let mut out = Self {
            table,
            parameters,
            engine,
            web,
            clusters: vec![NONE; rows],
            next: 0,
            changes: 0,
            judgements: Vec::new(),
            rulings,
            recent,
            history: Vec::new(),
        };
        let mut first: Vec<u32> = (0..rows as u32).collect();
        solved.iter().flat_map(|s| &s.clusters).for_each(|(row, cluster)| first[*row as usize] = *cluster);
        for row in 0..rows {
            let first = first[row] as usize;
            out.clusters[row] = if first == row { out.fresh() } else { out.clusters[first] };
        }
        Ok(out)
    }

    /// The cluster of each row; `None` for a withdrawn one. Ids are never used again.
    #[must_use]
    pub fn cluster(&self, row: u32) -> Option<u64> {
        self.clusters.get(row as usize).copied().filter(|c| *c != NONE)
    }

    /// Rows, withdrawn ones included.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.table.rows()
    }

    /// All that happened since the start, in order.
    #[must_use]
    pub fn history(&self) -> &[Entry] {
        &self.history
    }

    /// All judgements, in order of arrival.
    #[must_use]
    pub fn judgements(&self) -> &[Judgement] {
        &self.judgements
    }

    /// The names of the columns, in the order in which rows are given.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.table.columns().iter().map(crate::table::Column::name)
    }

    /// The parameters in force.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Why two rows score what they score.
    #[must_use]
    pub fn explain(&self, i: u32, j: u32) -> Option<Waterfall> {
        explain(&self.engine, &self.table, &self.parameters, i, j)
    }

    /// Adds rows, given as values in the order of the table's columns; returns the entries this adds to the history.
    ///
    /// # Errors
    /// A row of another width; rows before it are kept.
    pub fn add<'a, R: IntoIterator<Item = &'a str>>(&mut self, rows: impl IntoIterator<Item = R>) -> Result<&[Entry], LinkageError> {
        let (known, told) = (self.table.rows() as u32, self.history.len());
        let added = self.table.push_all(rows);
        let rows = self.table.rows();
        self.engine.scorer.extend(&self.table, &self.engine.layout);
        self.engine.blocks.extend(&self.table, &self.engine.layout);
        self.engine.blocks.set_oversize(&self.table, &self.parameters.oversize);
        self.web.grow(rows);
        self.clusters.resize(rows, NONE);
        self.changes += 1;
        let edges = self.candidates(known);
        let touched = self.web.connect(edges, &[]);
        self.settle(&touched);
        for row in known..rows as u32 {
            if self.clusters[row as usize] == NONE {
                let cluster = self.fresh();
                self.clusters[row as usize] = cluster;
                self.tell(Event::Created { cluster, rows: vec![row] });
            }
        }
        added.map(|()| &self.history[told..])
    }

    /// Appends a judgement and applies it.
    ///
    /// # Errors
    /// A row that is not there.
    pub fn judge(&mut self, judgement: Judgement) -> Result<&[Entry], LinkageError> {
        let told = self.history.len();
        let (left, right) = (judgement.left, judgement.right);
        self.rulings.push(&judgement, self.table.rows())?;
        self.judgements.push(judgement);
        self.changes += 1;
        let touched = self.web.rebuild(&[left, right], &self.rulings);
        self.settle(&touched);
        Ok(&self.history[told..])
    }

    /// Takes a row back, as when its source withdrew it. Its number stays taken.
    ///
    /// # Errors
    /// A row that is not there.
    pub fn withdraw(&mut self, row: u32) -> Result<&[Entry], LinkageError> {
        let told = self.history.len();
        let Some(cluster) = self.cluster(row) else { return Err(LinkageError::UnknownRow { row }) };
        self.changes += 1;
        self.web.withdrawn.insert(row);
        self.tell(Event::Withdrawn { cluster, row });
        self.clusters[row as usize] = NONE;
        let touched = self.web.rebuild(&[row], &self.rulings);
        self.settle(&touched);
        Ok(&self.history[told..])
    }

    fn fresh(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    fn tell(&mut self, event: Event) {
        self.history.push(Entry { change: self.changes, event });
    }

    /// Pairs between rows from `known` on and all before them.
    fn candidates(&mut self, known: u32) -> Vec<Edge> {
        let rows = self.table.rows() as u32;
        self.recent.take(&self.engine.blocks, rows);
        let (engine, recent, withdrawn) = (&self.engine, &self.recent, &self.web.withdrawn);
        let task = |rows: &[u32]| {
            let mut finder = Finder::new(engine, recent, withdrawn);
            rows.iter().for_each(|row| finder.find(*row));
            finder.edges
        };
        let found: Vec<Vec<Edge>> = engine.layout.near(&self.table, known, rows).par_chunks(TASK).map(task).collect();
        found.concat()
    }

    /// Clusters the components of `roots` again and gives each group the id of the old cluster it shares most rows with.
    fn settle(&mut self, roots: &[u32]) {
        let solve = |roots: &[u32]| solve_all(&self.engine, &self.parameters, &self.rulings, &self.web.parts(roots));
        let solved: Vec<Solved> = roots.par_chunks(SETTLED).flat_map_iter(solve).collect();
        // named all at once: an old cluster's rows may now lie in several components
        let mut groups: Vec<(u32, u32)> = solved.into_iter().flat_map(|part| part.clusters).map(|(row, cluster)| (cluster, row)).collect();
        groups.sort_unstable();
        self.name(groups.chunk_by(|a, b| a.0 == b.0).map(|g| g.iter().map(|p| p.1).collect()).collect());
    }

    fn name(&mut self, groups: Vec<Vec<u32>>) {
        let mut shared: Vec<(usize, u64, usize)> = Vec::new();
        for (g, rows) in groups.iter().enumerate() {
            let mut old: Vec<u64> = rows.iter().map(|row| self.clusters[*row as usize]).filter(|old| *old != NONE).collect();
            old.sort_unstable();
            shared.extend(old.chunk_by(|a, b| a == b).map(|same| (same.len(), same[0], g)));
        }
        shared.sort_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let (mut ids, mut used) = (vec![NONE; groups.len()], FxHashSet::default());
        for (_, old, g) in &shared {
            if ids[*g] == NONE && used.insert(*old) {
                ids[*g] = *old;
            }
        }
        // a cluster whose rows go to several others did not merge into one: those are told as splits
        let mut targets: FxHashMap<u64, usize> = FxHashMap::default();
        for (_, old, _) in &shared {
            *targets.entry(*old).or_default() += 1;
        }
        let ended: FxHashSet<u64> = targets.into_iter().filter(|(old, n)| *n == 1 && !used.contains(old)).map(|(old, _)| old).collect();
        for (g, rows) in groups.into_iter().enumerate() {
            self.move_to(ids[g], rows, &ended);
        }
    }

    /// Rows take their cluster's id; what changed is told.
    fn move_to(&mut self, id: u64, rows: Vec<u32>, ended: &FxHashSet<u64>) {
        let mut moved: Vec<(u64, u32)> = rows.iter().map(|row| (self.clusters[*row as usize], *row)).collect();
        moved.sort_unstable();
        let new = id == NONE;
        let id = if new { self.fresh() } else { id };
        if new {
            self.tell(Event::Created { cluster: id, rows: rows.clone() });
        }
        for members in moved.chunk_by(|a, b| a.0 == b.0) {
            let (old, members) = (members[0].0, members.iter().map(|m| m.1));
            if old == id {
                continue;
            } else if old == NONE {
                for row in members.filter(|_| !new) {
                    self.tell(Event::Joined { cluster: id, row });
                }
            } else if ended.contains(&old) {
                self.tell(Event::Merged { into: id, from: old });
            } else {
                self.tell(Event::Split { from: old, into: id, rows: members.collect() });
            }
        }
        for row in rows {
            self.clusters[row as usize] = id;
        }
    }
}
