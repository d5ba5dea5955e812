//! What hangs together in a linkage that grows: components as rings of rows, and the scored pairs that make them.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: rows are below the table's length, rules below their number")]

use std::collections::BTreeSet;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::block::Blocks;
use crate::cluster::{Components, Edge, Parts};
use crate::compare::Memory;
use crate::engine::Engine;
use crate::judgement::Rulings;
use crate::score::Fetched;
use crate::solve::CONNECT;
use crate::table::NULL;

/// Components and their pairs. Joining two components costs the same however large they are.
pub(crate) struct Web {
    components: Components,
    /// The next row of the same component; the last one's is the first.
    next: Vec<u32>,
    /// Pairs of the start, in order.
    edges: Vec<Edge>,
    /// Where those of each lower row of the start begin, and the end.
    starts: Vec<u32>,
    /// Pairs that came since, each with the one before it of the same lower row, and the last of each such row.
    added: Vec<(Edge, u32)>,
    last: FxHashMap<u32, u32>,
    pub(crate) withdrawn: BTreeSet<u32>,
}

impl Web {
    /// Of a first linking; `edges` are in order.
    pub(crate) fn new(components: Components, parts: &Parts, mut edges: Vec<Edge>) -> Self {
        let mut next: Vec<u32> = (0..components.len() as u32).collect();
        for rows in (0..parts.len()).map(|at| parts.get(at).rows) {
            for (row, after) in rows.iter().zip(rows.iter().cycle().skip(1)) {
                next[*row as usize] = *after;
            }
        }
        edges.retain(|e| e.2 >= CONNECT);
        edges.shrink_to_fit();
        let mut starts = vec![0; next.len() + 1];
        edges.iter().for_each(|e| starts[e.0 as usize + 1] += 1);
        for row in 1..starts.len() {
            starts[row] += starts[row - 1];
        }
        Self { components, next, edges, starts, added: Vec::new(), last: FxHashMap::default(), withdrawn: BTreeSet::new() }
    }

    /// As it was when [`Web::all_edges`] were taken.
    pub(crate) fn resume(rows: usize, edges: Vec<Edge>, withdrawn: BTreeSet<u32>, rulings: &Rulings) -> Self {
        let mut components = Components::new(rows);
        let stays = |row: u32| !withdrawn.contains(&row);
        edges.iter().filter(|e| stays(e.0) && stays(e.1)).for_each(|e| components.join(e.0, e.1));
        rulings.same().filter(|(a, b)| stays(*a) && stays(*b)).for_each(|(a, b)| components.join(a, b));
        let parts = Parts::of(&mut components, &[]);
        let mut out = Self::new(components, &parts, edges);
        out.withdrawn = withdrawn;
        out
    }

    /// All pairs, in order.
    pub(crate) fn all_edges(&self) -> Vec<Edge> {
        let mut out = self.edges.clone();
        out.extend(self.added.iter().map(|added| added.0));
        out.sort_unstable();
        out
    }

    pub(crate) fn grow(&mut self, rows: usize) {
        self.components.grow(rows);
        self.next.extend(self.next.len() as u32..rows as u32);
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.components.root(a), self.components.root(b));
        if a != b {
            self.components.join(a, b);
            self.next.swap(a as usize, b as usize);
        }
    }

    /// Takes in `edges`, joins along them and along `judged` pairs, and returns the roots of the components touched, in order.
    pub(crate) fn connect(&mut self, edges: Vec<Edge>, judged: &[(u32, u32)]) -> Vec<u32> {
        let pairs = edges.iter().map(|e| (e.0, e.1)).chain(judged.iter().copied());
        pairs.clone().for_each(|(i, j)| self.join(i, j));
        let mut touched: Vec<u32> = pairs.map(|(i, _)| self.components.root(i)).collect();
        touched.sort_unstable();
        touched.dedup();
        for edge in edges {
            let before = self.last.insert(edge.0, self.added.len() as u32).unwrap_or(NULL);
            self.added.push((edge, before));
        }
        touched
    }

    /// Rows of the component of `row`, in order.
    fn rows(&self, row: u32) -> Vec<u32> {
        let mut out = vec![row];
        let mut at = self.next[row as usize];
        while at != row {
            out.push(at);
            at = self.next[at as usize];
        }
        out.sort_unstable();
        out
    }

    /// Pairs of which `rows`, whole components, hold the lower row, in order; those of withdrawn rows left out.
    fn edges(&self, rows: &[u32]) -> Vec<Edge> {
        let mut out: Vec<Edge> = Vec::new();
        for row in rows.iter().filter(|r| !self.withdrawn.contains(r)) {
            let from = out.len();
            if let Some([start, end]) = self.starts.get(*row as usize..*row as usize + 2) {
                out.extend(&self.edges[*start as usize..*end as usize]);
            }
            let mut added = self.last.get(row).copied();
            if added.is_some() {
                while let Some(at) = added.filter(|at| *at != NULL) {
                    let (edge, before) = self.added[at as usize];
                    out.push(edge);
                    added = Some(before);
                }
                out[from..].sort_unstable();
            }
        }
        if !self.withdrawn.is_empty() {
            out.retain(|e| !self.withdrawn.contains(&e.1));
        }
        out
    }

    /// The components of `roots`, rows that are alone included.
    pub(crate) fn parts(&self, roots: &[u32]) -> Parts {
        let mut out = Parts::default();
        for root in roots {
            let rows = self.rows(*root);
            out.push(&rows, &self.edges(&rows));
        }
        out
    }

    /// Takes the components of `rows` apart and joins them anew from their pairs and the judgements in force; returns the roots of what
    /// came out, in order.
    pub(crate) fn rebuild(&mut self, rows: &[u32], rulings: &Rulings) -> Vec<u32> {
        let roots: BTreeSet<u32> = rows.iter().map(|r| self.components.root(*r)).collect();
        let mut all: Vec<u32> = roots.iter().flat_map(|root| self.rows(*root)).collect();
        all.sort_unstable();
        self.components.scatter(&all);
        all.iter().for_each(|row| self.next[*row as usize] = *row);
        let edges = self.edges(&all);
        edges.iter().for_each(|e| self.join(e.0, e.1));
        let stays = |row: u32| all.binary_search(&row).is_ok() && !self.withdrawn.contains(&row);
        let judged: Vec<(u32, u32)> = rulings.same().filter(|(a, b)| stays(*a) && stays(*b)).collect();
        judged.iter().for_each(|(a, b)| self.join(*a, *b));
        let left: Vec<u32> = all.iter().copied().filter(|r| !self.withdrawn.contains(r)).collect();
        let mut out: Vec<u32> = left.into_iter().map(|r| self.components.root(r)).collect();
        out.sort_unstable();
        out.dedup();
        out
    }
}

/// Rows added since the start, by their keys: for each rule the last row of a key, and for each row the one of its key before it.
pub(crate) struct Recent {
    start: u32,
    rules: Vec<(FxHashMap<u64, u32>, Vec<u32>)>,
}

impl Recent {
    pub(crate) fn new(rows: usize, rules: usize) -> Self {
        Self { start: rows as u32, rules: vec![(FxHashMap::default(), Vec::new()); rules] }
    }

    /// Takes in the rows up to `rows`.
    pub(crate) fn take(&mut self, blocks: &Blocks, rows: u32) {
        let start = self.start;
        self.rules.par_iter_mut().enumerate().for_each(|(rule, (last, before))| {
            last.reserve((rows - start) as usize - before.len());
            for row in start + before.len() as u32..rows {
                let key = blocks.key(rule, row as usize);
                before.push(key.and_then(|k| last.insert(k, row)).unwrap_or(NULL));
            }
        });
    }

    /// Added rows before `row` with its key under `rule`, the last first.
    pub(crate) fn before(&self, rule: usize, row: u32) -> impl Iterator<Item = u32> + '_ {
        let before = move |row: u32| Some(self.rules[rule].1[(row - self.start) as usize]).filter(|b| *b != NULL);
        std::iter::successors(before(row), move |row| before(*row))
    }
}

/// Finds the pairs of added rows with all before them.
pub(crate) struct Finder<'a> {
    engine: &'a Engine,
    recent: &'a Recent,
    withdrawn: &'a BTreeSet<u32>,
    memory: Memory<'a>,
    fetched: Fetched,
    /// The row and candidates for it, as places.
    places: Vec<u32>,
    ranges: Vec<(usize, u64, std::ops::Range<usize>)>,
    pub(crate) edges: Vec<Edge>,
}

impl<'a> Finder<'a> {
    pub(crate) fn new(engine: &'a Engine, recent: &'a Recent, withdrawn: &'a BTreeSet<u32>) -> Self {
        let memory = engine.scorer.comparator.memory();
        let fetched = Fetched::default();
        Self { engine, recent, withdrawn, memory, fetched, places: Vec::new(), ranges: Vec::new(), edges: Vec::new() }
    }

    /// Pairs of `row`, whose place is its own, as that of every added row.
    pub(crate) fn find(&mut self, row: u32) {
        let Engine { layout, scorer, .. } = self.engine;
        self.candidates(row);
        scorer.fetch(&self.places, &mut self.fetched);
        for at in 1..self.places.len() {
            let place = self.places[at];
            if let Some(bits) = scorer.milli_from(&mut self.memory, self.fetched.row(at), self.fetched.row(0), CONNECT)
                && self.is_candidate(row, place)
            {
                let other = layout.row(place);
                if !self.withdrawn.contains(&other) {
                    self.edges.push((other, row, bits));
                }
            }
        }
    }

    /// Whether a rule finds the pair. An index knows half of each key, so that it rarely gives a row too many; it is cheaper to look at
    /// the few pairs that score enough than to fetch the keys of all.
    fn is_candidate(&self, row: u32, place: u32) -> bool {
        let blocks = &self.engine.blocks;
        (0..blocks.rules()).any(|rule| blocks.open_key(rule, row as usize).is_some_and(|key| blocks.key(rule, place as usize) == Some(key)))
    }

    /// The row, then the places that any rule finds for it, each once.
    fn candidates(&mut self, row: u32) {
        let Engine { blocks, index, .. } = self.engine;
        self.places.clear();
        self.places.push(row);
        // looked up in two steps for all rules, so that the memory's latency is paid for many at once
        self.ranges.clear();
        for (rule, index) in index.iter().enumerate() {
            if let Some(key) = blocks.open_key(rule, row as usize) {
                self.ranges.push((rule, key, index.range(key)));
            }
        }
        // both ends of each are asked for before any is searched: a search waits for what it branches on
        std::hint::black_box(self.ranges.iter().fold(0, |all, (rule, _, range)| all ^ index[*rule].ends(range)));
        for (rule, key, range) in self.ranges.drain(..) {
            self.places.extend(index[rule].find(key, range));
            self.places.extend(self.recent.before(rule, row));
        }
        let found = &mut self.places[1..];
        found.sort_unstable();
        self.places.dedup();
    }
}
