//! Linkage that goes on: rows are added and withdrawn, judgements arrive, clusters keep their ids, and the history says what happened.
//!
//! Parameters and frequencies stand still between trainings, so that a pair scores the same whenever it is met. Clustering looks at one
//! connected component at a time, so that only components touched by new pairs are looked at again; the partition is that of
//! linking all rows at once with the same parameters.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: rows are below the table's length, rules below their number")]

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::LinkageError;
use crate::cluster::{Components, Edge};
use crate::engine::{self, Engine};
use crate::judgement::{Judgement, Rulings};
use crate::link::{Progress, explain, solve_all};
use crate::parameters::Parameters;
use crate::score::Waterfall;
use crate::solve::{CONNECT, KEEP, Part};
use crate::table::Table;

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

/// The cluster of a withdrawn row.
const NONE: u64 = u64::MAX;

/// A linked table that grows.
pub struct State {
    table: Table,
    parameters: Parameters,
    engine: Engine,
    components: Components,
    parts: BTreeMap<u32, Part>,
    clusters: Vec<u64>,
    next: u64,
    changes: u64,
    judgements: Vec<Judgement>,
    delta: Vec<FxHashMap<u64, Vec<u32>>>,
    history: Vec<Entry>,
    withdrawn: BTreeSet<u32>,
}

impl State {
    /// Links `table` under `parameters`, whose frequencies are taken from the table unless they are kept with them.
    ///
    /// # Errors
    /// Parameters that do not fit the table.
    pub fn new(table: Table, mut parameters: Parameters, progress: &mut dyn Progress) -> Result<Self, LinkageError> {
        if parameters.frequencies.is_none() {
            parameters.freeze(&table);
        }
        let engine = Engine::with(&table, &parameters)?;
        let edges = engine.edges(progress);
        progress.stage("clustering", edges.len() as u64, "pairs");
        let rows = table.rows();
        let mut components = Components::new(rows);
        let parts = engine::parts(&mut components, rows, &edges, &Rulings::default());
        let delta = vec![FxHashMap::default(); engine.blocks.rules()];
        let mut out = Self {
            table,
            parameters,
            engine,
            components,
            parts,
            clusters: vec![NONE; rows],
            next: 0,
            changes: 0,
            judgements: Vec::new(),
            delta,
            history: Vec::new(),
            withdrawn: BTreeSet::new(),
        };
        let roots: Vec<u32> = out.parts.keys().copied().collect();
        out.settle(&roots)?;
        for row in 0..rows {
            if out.clusters[row] == NONE {
                out.clusters[row] = out.fresh();
            }
        }
        out.history.clear();
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
        let mut refused = None;
        for row in rows {
            if let Err(error) = self.table.push(row) {
                refused = Some(error);
                break;
            }
        }
        let rows = self.table.rows();
        self.engine.scorer.comparator.extend(&self.table);
        self.engine.blocks.extend(&self.table);
        self.components.grow(rows);
        self.clusters.resize(rows, NONE);
        self.changes += 1;
        let edges = self.candidates(known);
        let touched = self.connect(&edges);
        self.settle(&touched)?;
        for row in known..rows as u32 {
            if self.clusters[row as usize] == NONE {
                let cluster = self.fresh();
                self.clusters[row as usize] = cluster;
                self.tell(Event::Created { cluster, rows: vec![row] });
            }
        }
        refused.map_or(Ok(&self.history[told..]), Err)
    }

    /// Appends a judgement and applies it.
    ///
    /// # Errors
    /// A row that is not there.
    pub fn judge(&mut self, judgement: Judgement) -> Result<&[Entry], LinkageError> {
        let told = self.history.len();
        let (left, right) = (judgement.left, judgement.right);
        Rulings::new(std::slice::from_ref(&judgement), self.table.rows())?;
        self.judgements.push(judgement);
        self.changes += 1;
        let touched = self.rebuild(&[left, right])?;
        self.settle(&touched)?;
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
        self.withdrawn.insert(row);
        self.tell(Event::Withdrawn { cluster, row });
        self.clusters[row as usize] = NONE;
        let touched = self.rebuild(&[row])?;
        self.settle(&touched)?;
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
        for rule in 0..self.engine.blocks.rules() {
            for row in known..rows {
                if let Some(key) = self.engine.blocks.key(rule, row as usize) {
                    self.delta[rule].entry(key).or_default().push(row);
                }
            }
        }
        let (engine, delta, withdrawn) = (&self.engine, &self.delta, &self.withdrawn);
        let found: Vec<Vec<Edge>> = (known..rows)
            .into_par_iter()
            .with_min_len(1024)
            .map_init(
                || engine.scorer.comparator.memory(),
                |memory, j| {
                    let mut out = Vec::new();
                    for (rule, delta) in delta.iter().enumerate() {
                        let Some(key) = engine.blocks.key(rule, j as usize) else { continue };
                        if engine.blocks.is_oversize(rule, j as usize) {
                            continue;
                        }
                        let sorted = &engine.sorted[rule];
                        let start = first_at(sorted, key);
                        let old = sorted[start..].iter().take_while(|e| e.0 == key).map(|e| e.1);
                        let new = delta.get(&key).into_iter().flatten().copied().take_while(|i| *i < j);
                        for i in old.chain(new).filter(|i| !withdrawn.contains(i)) {
                            if engine.blocks.first(rule, i as usize, j as usize)
                                && let Some(bits) = engine.scorer.milli_from(memory, i as usize, j as usize, KEEP)
                            {
                                out.push((i, j, bits));
                            }
                        }
                    }
                    out
                },
            )
            .collect();
        found.into_iter().flatten().filter(|e| e.2 >= CONNECT).collect()
    }

    /// Joins components along `edges` and returns the roots of those touched.
    fn connect(&mut self, edges: &[Edge]) -> Vec<u32> {
        let mut touched = BTreeSet::new();
        for (i, j, bits) in edges {
            let (a, b) = (self.components.root(*i), self.components.root(*j));
            self.components.join(a, b);
            let (low, high) = (a.min(b), a.max(b));
            let alone = |row: u32| Part { rows: vec![row], edges: Vec::new() };
            let mut part = self.parts.remove(&low).unwrap_or_else(|| alone(low));
            if low != high {
                let other = self.parts.remove(&high).unwrap_or_else(|| alone(high));
                part.rows.extend(other.rows);
                part.edges.extend(other.edges);
                touched.remove(&high);
            }
            if *bits > i32::MIN {
                part.edges.push((*i, *j, *bits));
            }
            self.parts.insert(low, part);
            touched.insert(low);
        }
        for root in &touched {
            if let Some(part) = self.parts.get_mut(root) {
                part.rows.sort_unstable();
                part.edges.sort_unstable();
            }
        }
        touched.into_iter().collect()
    }

    /// Takes the components of `rows` apart and joins them anew from their pairs and the judgements in force.
    fn rebuild(&mut self, rows: &[u32]) -> Result<Vec<u32>, LinkageError> {
        let roots: BTreeSet<u32> = rows.iter().map(|r| self.components.root(*r)).collect();
        let mut all = Part::default();
        for root in &roots {
            let part = self.parts.remove(root).unwrap_or(Part { rows: vec![*root], edges: Vec::new() });
            all.rows.extend(part.rows);
            all.edges.extend(part.edges);
        }
        all.rows.sort_unstable();
        self.components.scatter(&all.rows);
        let gone = |row: u32| self.withdrawn.contains(&row);
        let mut edges: Vec<Edge> = all.edges.into_iter().filter(|e| !gone(e.0) && !gone(e.1)).collect();
        let rulings = self.rulings()?;
        let inside = |row: u32| all.rows.binary_search(&row).is_ok();
        // judgements of sameness connect without being pairs: their score is none
        edges.extend(rulings.same().filter(|(a, b)| inside(*a) && inside(*b) && !gone(*a) && !gone(*b)).map(|(a, b)| (a, b, i32::MIN)));
        let mut touched = self.connect(&edges);
        // a row left by itself must still be settled
        for row in all.rows.into_iter().filter(|r| !self.withdrawn.contains(r)) {
            if self.components.root(row) == row && !self.parts.contains_key(&row) {
                self.parts.insert(row, Part { rows: vec![row], edges: Vec::new() });
                touched.push(row);
            }
        }
        touched.sort_unstable();
        Ok(touched)
    }

    fn rulings(&self) -> Result<Rulings, LinkageError> {
        Rulings::new(&self.judgements, self.table.rows())
    }

    /// Clusters the components of `roots` again and gives each group the id of the old cluster it shares most rows with.
    fn settle(&mut self, roots: &[u32]) -> Result<(), LinkageError> {
        let rulings = self.rulings()?;
        let parts: Vec<Part> = roots.iter().filter_map(|r| self.parts.get(r)).cloned().collect();
        let solved = solve_all(&self.engine, &self.parameters, &rulings, &parts);
        // named all at once: an old cluster's rows may now lie in several components
        let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (row, cluster) in solved.into_iter().flat_map(|part| part.clusters) {
            groups.entry(cluster).or_default().push(row);
        }
        self.name(groups.into_values().collect());
        for root in roots {
            if self.parts.get(root).is_some_and(|p| p.rows.len() < 2) {
                self.parts.remove(root);
            }
        }
        Ok(())
    }

    fn name(&mut self, groups: Vec<Vec<u32>>) {
        let mut shared: Vec<(usize, u64, usize)> = Vec::new();
        for (g, rows) in groups.iter().enumerate() {
            let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
            for row in rows {
                *counts.entry(self.clusters[*row as usize]).or_default() += 1;
            }
            shared.extend(counts.into_iter().filter(|(old, _)| *old != NONE).map(|(old, n)| (n, old, g)));
        }
        shared.sort_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let (mut ids, mut used) = (vec![NONE; groups.len()], BTreeSet::new());
        for (_, old, g) in &shared {
            if ids[*g] == NONE && used.insert(*old) {
                ids[*g] = *old;
            }
        }
        // a cluster whose rows go to several others did not merge into one: those are told as splits
        let mut targets: BTreeMap<u64, usize> = BTreeMap::new();
        for (_, old, _) in &shared {
            *targets.entry(*old).or_default() += 1;
        }
        let ended: BTreeSet<u64> = targets.into_iter().filter(|(old, n)| *n == 1 && !used.contains(old)).map(|(old, _)| old).collect();
        for (g, rows) in groups.into_iter().enumerate() {
            self.move_to(ids[g], rows, &ended);
        }
    }

    /// Rows take their cluster's id; what changed is told.
    fn move_to(&mut self, id: u64, rows: Vec<u32>, ended: &BTreeSet<u64>) {
        let mut moved: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        for row in &rows {
            moved.entry(self.clusters[*row as usize]).or_default().push(*row);
        }
        let new = id == NONE;
        let id = if new { self.fresh() } else { id };
        if new {
            self.tell(Event::Created { cluster: id, rows: rows.clone() });
        }
        for (old, members) in moved {
            if old == id {
                continue;
            } else if old == NONE {
                for row in members.into_iter().filter(|_| !new) {
                    self.tell(Event::Joined { cluster: id, row });
                }
            } else if ended.contains(&old) {
                self.tell(Event::Merged { into: id, from: old });
            } else {
                self.tell(Event::Split { from: old, into: id, rows: members });
            }
        }
        for row in rows {
            self.clusters[row as usize] = id;
        }
    }
}

/// Position of the first entry of at least `key`. Keys are hashes and lie evenly, so that the search starts where the key should be.
fn first_at(sorted: &[(u64, u32)], key: u64) -> usize {
    let n = sorted.len();
    let guess = ((u128::from(key) * n as u128) >> 64) as usize;
    let (mut low, mut high, mut step) = (guess, guess, 64);
    while low > 0 && sorted[low - 1].0 >= key {
        low = low.saturating_sub(step);
        step *= 4;
    }
    step = 64;
    while high < n && sorted[high].0 < key {
        high = (high + step).min(n);
        step *= 4;
    }
    low + sorted[low..high].partition_point(|e| e.0 < key)
}
