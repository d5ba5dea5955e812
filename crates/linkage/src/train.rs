//! Parameters from data: u from random pairs, m, shares of classes and λ by EM over patterns of candidate pairs.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: levels are below the declared number, rows below the table's length")]

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::COMPARISONS_MAX;
use crate::block::Blocks;
use crate::compare::{Comparator, Levels, Memory};
use crate::config::Config;
use crate::em::{self, Estimate, Pattern};
use crate::scan::{Groups, Visit};
use crate::score::Frequencies;
use crate::table::Table;

/// Random pairs of one task.
const TASK: u64 = 20_000;

/// Random pairs fetched together.
const BATCH: usize = 256;

/// A small, fast, seeded generator (SplitMix64; Steele, Lea and Flood 2014).
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `n`, evenly but for a bias of n / 2^64.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }
}

/// Shares of levels among random pairs (all pairs when they are few), absent left out.
pub(crate) fn random_shares(table: &Table, comparator: &Comparator, config: &Config) -> Vec<Vec<f64>> {
    let rows = table.rows() as u64;
    let all = rows * rows.saturating_sub(1) / 2;
    let wanted = config.limits.random_pairs as u64;
    let every = all <= wanted;
    let tasks = if every { rows } else { wanted.div_ceil(TASK) };
    let empty = || -> Vec<Vec<u64>> { comparator.comparisons.iter().map(|c| vec![0; c.levels as usize]).collect() };
    let counts = (0..tasks)
        .into_par_iter()
        .map_init(
            || Codes::new(comparator),
            |codes, task| {
                let (mut counts, mut pairs) = (empty(), Vec::new());
                if every {
                    pairs.extend((task + 1..rows).map(|j| (task, j)));
                } else {
                    let mut draw = Draw(config.seed.wrapping_mul(0xd134_2543_de82_ef95) ^ task);
                    pairs.extend((0..TASK).map(|_| (draw.below(rows), draw.below(rows))).filter(|(i, j)| i != j));
                }
                for some in pairs.chunks(BATCH) {
                    codes.fetch(some.iter().flat_map(|(i, j)| [*i as usize, *j as usize]));
                    for at in 0..some.len() {
                        let levels = codes.levels(2 * at, 2 * at + 1);
                        counts.iter_mut().zip(levels).for_each(|(counts, level)| counts[level as usize] += 1);
                    }
                }
                counts
            },
        )
        .reduce_with(|mut a, b| {
            a.iter_mut().flatten().zip(b.iter().flatten()).for_each(|(x, y)| *x += y);
            a
        })
        .unwrap_or_else(empty);
    counts.iter().zip(&comparator.comparisons).map(|(counts, c)| shares(table, counts, c)).collect()
}

/// Counts as shares. Where one column is compared by frequency, the share of exact agreement is known from the frequencies.
fn shares(table: &Table, counts: &[u64], comparison: &crate::compare::PreparedComparison) -> Vec<f64> {
    let levels = counts.len() as f64 - 1.0;
    let seen: f64 = counts.iter().skip(1).map(|c| *c as f64).sum();
    let mut out: Vec<f64> = counts.iter().map(|c| (*c as f64 + 0.1) / (seen + 0.1 * levels)).collect();
    out[0] = 1.0;
    if let [part] = comparison.parts.as_slice() {
        let exact = Frequencies::of(table, part.column).chance.exp().min(0.999);
        let others: f64 = out.iter().skip(2).sum();
        out[1] = exact;
        out.iter_mut().skip(2).for_each(|p| *p *= (1.0 - exact) / others.max(1e-300));
    }
    out
}

/// Counts of patterns among candidates; one block in `every`.
pub(crate) fn patterns(comparator: &Comparator, blocks: &Blocks, groups: &[Groups], every: u64) -> Vec<Pattern> {
    let mut counts: FxHashMap<u64, u64> = FxHashMap::default();
    for (rule, groups) in groups.iter().enumerate() {
        let visitor = || Patterns { fetched: Codes::new(comparator), counts: FxHashMap::default() };
        for ((pattern, _), n) in blocks.scan(rule, groups, every, visitor).into_iter().flatten() {
            *counts.entry(pattern).or_default() += n;
        }
    }
    ordered(comparator, counts)
}

/// As [`patterns`], by the expressions that agree as well, in order.
pub(crate) fn patterns_and_agreements(comparator: &Comparator, blocks: &Blocks, groups: &[Groups], every: u64) -> Vec<((u64, u32), u64)> {
    let mut counts: FxHashMap<(u64, u32), u64> = FxHashMap::default();
    for (rule, groups) in groups.iter().enumerate() {
        let visitor = || Patterns { fetched: Codes::new(comparator), counts: FxHashMap::default() };
        for (key, n) in blocks.scan(rule, groups, every, visitor).into_iter().flatten() {
            *counts.entry(key).or_default() += n;
        }
    }
    let mut out: Vec<((u64, u32), u64)> = counts.into_iter().collect();
    out.sort_unstable();
    out
}

/// Rows' codes fetched together, and a memory to compare them with.
struct Codes<'a> {
    comparator: &'a Comparator,
    memory: Memory<'a>,
    codes: Vec<u32>,
}

impl<'a> Codes<'a> {
    fn new(comparator: &'a Comparator) -> Self {
        Self { comparator, memory: comparator.memory(), codes: Vec::new() }
    }

    fn fetch(&mut self, rows: impl Iterator<Item = usize>) {
        self.codes.clear();
        rows.for_each(|row| self.codes.extend_from_slice(self.comparator.row(row)));
    }

    fn levels(&mut self, i: usize, j: usize) -> Levels {
        let width = self.comparator.width();
        let mut levels: Levels = [0; COMPARISONS_MAX];
        self.comparator.levels(&mut self.memory, &self.codes[i * width..(i + 1) * width], &self.codes[j * width..(j + 1) * width], &mut levels);
        levels
    }
}

struct Patterns<'a> {
    fetched: Codes<'a>,
    counts: FxHashMap<(u64, u32), u64>,
}

impl Visit for Patterns<'_> {
    type Out = FxHashMap<(u64, u32), u64>;

    fn fetch(&mut self, rows: &[u32]) {
        self.fetched.fetch(rows.iter().map(|r| *r as usize));
    }

    fn pair(&mut self, i: usize, j: usize, agreement: u32) {
        let levels = self.fetched.levels(i, j);
        *self.counts.entry((self.fetched.comparator.pattern(&levels), agreement)).or_default() += 1;
    }

    fn done(self) -> Self::Out {
        self.counts
    }
}

pub(crate) fn ordered(comparator: &Comparator, counts: FxHashMap<u64, u64>) -> Vec<Pattern> {
    let mut out: Vec<(u64, u64)> = counts.into_iter().collect();
    out.sort_unstable();
    out.into_iter().map(|(p, n)| (comparator.unpattern(p), n as f64)).collect()
}

/// Estimates all parameters from pattern counts.
pub(crate) fn fit(config: &Config, rows: usize, every: u64, patterns: &[Pattern], random: &[Vec<f64>], known_m: Option<&[Vec<f64>]>) -> Estimate {
    let names: Vec<String> = config.comparisons.iter().map(|c| c.name.clone()).collect();
    let household: Vec<bool> = config.comparisons.iter().map(|c| c.household).collect();
    let swap_levels: Vec<usize> = names
        .iter()
        .map(|n| match &config.swapped {
            Some((a, _)) if a == n => 2,
            Some((_, b)) if b == n => 1,
            _ => 0,
        })
        .collect();
    let all_pairs = (rows as f64 * (rows as f64 - 1.0) / 2.0 / every as f64).max(1.0);
    em::estimate(&em::Task {
        patterns,
        random,
        household: &household,
        names: &names,
        swap_levels: &swap_levels,
        all_pairs,
        rounds_max: config.limits.rounds_max,
        known_m,
    })
}
