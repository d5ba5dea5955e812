//! Parameters from data: u from random pairs, m, shares of classes and λ by EM over patterns of candidate pairs.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: levels are below the declared number, rows below the table's length")]

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::COMPARISONS_MAX;
use crate::block::{Blocks, Sorted};
use crate::compare::{Comparator, Levels};
use crate::config::Config;
use crate::em::{self, Estimate, Pattern};
use crate::score::Frequencies;
use crate::table::Table;

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
    let tasks = if every { rows } else { wanted.div_ceil(20_000) };
    let counts = (0..tasks)
        .into_par_iter()
        .map_init(
            || comparator.memory(),
            |memory, task| {
                let mut counts: Vec<Vec<u64>> = comparator.comparisons.iter().map(|c| vec![0; c.levels as usize]).collect();
                let mut levels: Levels = [0; COMPARISONS_MAX];
                let mut see = |i: u64, j: u64| {
                    comparator.levels(memory, i as usize, j as usize, &mut levels);
                    for (c, counts) in counts.iter_mut().enumerate() {
                        counts[levels[c] as usize] += 1;
                    }
                };
                if every {
                    (task + 1..rows).for_each(|j| see(task, j));
                } else {
                    let mut draw = Draw(config.seed.wrapping_mul(0xd134_2543_de82_ef95) ^ task);
                    for _ in 0..20_000 {
                        let (i, j) = (draw.below(rows), draw.below(rows));
                        if i != j {
                            see(i, j);
                        }
                    }
                }
                counts
            },
        )
        .reduce_with(|mut a, b| {
            a.iter_mut().flatten().zip(b.iter().flatten()).for_each(|(x, y)| *x += y);
            a
        })
        .unwrap_or_else(|| comparator.comparisons.iter().map(|c| vec![0; c.levels as usize]).collect());
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

/// Counts of patterns among candidates of `rules`; one block in `every`.
pub(crate) fn patterns(comparator: &Comparator, blocks: &Blocks, sorted: &[Sorted], every: u64) -> Vec<Pattern> {
    let mut counts: FxHashMap<u64, u64> = FxHashMap::default();
    for (rule, sorted) in sorted.iter().enumerate() {
        let found = blocks.scan(
            rule,
            sorted,
            every,
            || comparator.memory(),
            FxHashMap::<u64, u64>::default,
            |memory, out, i, j| {
                let mut levels: Levels = [0; COMPARISONS_MAX];
                comparator.levels(memory, i, j, &mut levels);
                *out.entry(comparator.pattern(&levels)).or_default() += 1;
            },
        );
        for (pattern, n) in found.into_iter().flatten() {
            *counts.entry(pattern).or_default() += n;
        }
    }
    ordered(comparator, counts)
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
