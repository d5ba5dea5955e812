//! Blocking rules chosen without labels, with their recall estimated.
//!
//! On a sample of rows, pairs that agree exactly on two columns are found and EM says how likely each is of one person. For each group
//! of columns, pairs found *without* that group show how often its keys agree among the same (each group is thus seen through a
//! filter that does not depend on it, as in capture–recapture). Drawing groups independently gives simulated matches, on which any
//! set of rules can be tried; rules are taken greedily by new matches for each pair they cost (a budgeted set cover; Bilenko, Kamath and
//! Mooney 2006), until the budget is spent or nothing is gained.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: expressions, groups and rules are below their numbers")]

use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::block::Blocks;
use crate::compare::Comparator;
use crate::config::{Config, Form, Key, Measure, Rule};
use crate::em::{self, Estimate};
use crate::layout::Layout;
use crate::scan::Groups;
use crate::sort;
use crate::table::Table;
use crate::train::{self, Draw};
use crate::{EXPRESSIONS_MAX, LinkageError};

/// Rules at most.
const RULES_MAX: usize = 16;
/// Simulated matches.
const TRIALS: usize = 20_000;
/// A rule must find at least this share of all matches anew.
const GAIN_LEAST: f64 = 0.0004;
/// Bounds of the sample, in rows.
const SAMPLE: (usize, usize) = (60_000, 200_000);
/// Pairs looked at in the sample.
const PAIRS: u64 = 1_000_000;

/// Rules and the share of true pairs they are estimated to find.
pub(crate) struct Choice {
    pub(crate) rules: Vec<Rule>,
    pub(crate) recall: f64,
}

struct Candidate {
    expressions: Vec<usize>,
    mask: u32,
    /// Estimated pairs in the whole table.
    pairs: f64,
    /// Share of rows in blocks that would be too large.
    lost: f64,
}

/// Chooses rules for `table`.
pub(crate) fn choose(table: &Table, config: &Config, random: &[Vec<f64>], pairs_per_row: f64) -> Result<Choice, LinkageError> {
    let part = sample(table);
    let (keys, groups) = expressions(&part, config);
    let scale = table.rows() as f64 / part.rows().max(1) as f64;
    let blocks = Blocks::with_keys(&part, &keys, &[], config.limits.block_rows_max, &Layout::default())?;
    let budget = pairs_per_row * table.rows() as f64;
    let candidates = candidates(&blocks, &keys, budget, scale, config.limits.block_rows_max);
    let seeds: Vec<&Candidate> = seeds(&keys, &groups, &candidates, table.rows() as f64);
    let rule = |c: &Candidate| Rule { keys: c.expressions.iter().map(|e| keys[*e].clone()).collect() };
    let rules: Vec<Rule> = seeds.iter().map(|c| rule(c)).collect();
    let agreements = agreements(&part, config, random, &keys, &groups, &rules)?;
    let trials = simulate(&agreements, config.seed);
    let (taken, recall) = cover(&candidates, &trials, budget, table.rows() as f64);
    Ok(Choice { rules: taken.into_iter().map(|c| rule(&candidates[c])).collect(), recall })
}

fn sample(table: &Table) -> Table {
    let rows = table.rows();
    let wanted = (rows / 16).clamp(SAMPLE.0, SAMPLE.1);
    table.pick(|row| rows <= wanted || Draw(row as u64).below(rows as u64) < wanted as u64)
}

/// Keys that could serve, and the group of each: columns compared together (or that may be swapped) are one group.
fn expressions(table: &Table, config: &Config) -> (Vec<Key>, Vec<usize>) {
    let mut out: Vec<(Key, usize)> = Vec::new();
    let swapped = |name: &str| config.swapped.as_ref().is_some_and(|(_, b)| b == name);
    let first = config.swapped.as_ref().and_then(|(a, _)| config.comparisons.iter().position(|c| c.name == *a));
    for (c, comparison) in config.comparisons.iter().enumerate() {
        let group = if swapped(&comparison.name) { first.unwrap_or(c) } else { c };
        for part in &comparison.parts {
            let forms: &[Form] = match &part.measure {
                Measure::Date => &[Form::Value, Form::YearMonth, Form::MonthDay, Form::Year],
                Measure::Text(_) if alphabetic(table, &part.column) => &[Form::Value, Form::Prefix(3), Form::Phonetic],
                Measure::Text(_) => &[Form::Value, Form::Prefix(3)],
                Measure::Set(_) | Measure::Place(_) => &[Form::Value],
            };
            out.extend(forms.iter().map(|form| (Key { column: part.column.clone(), form: *form }, group)));
        }
    }
    // values before forms when there are too many
    out.sort_by_key(|(key, _)| key.form != Form::Value);
    out.truncate(EXPRESSIONS_MAX);
    out.sort();
    out.into_iter().unzip()
}

fn alphabetic(table: &Table, column: &str) -> bool {
    let Some(at) = table.position(column) else { return false };
    let dictionary = table.columns()[at].dictionary();
    let some: Vec<&str> = (0..dictionary.len().min(100) as u32).map(|c| dictionary.value(c)).collect();
    some.iter().filter(|v| v.chars().next().is_some_and(char::is_alphabetic)).count() * 2 > some.len()
}

/// All rules of one, two and three keys of different columns whose pairs fit the budget; three only where two do not.
fn candidates(blocks: &Blocks, keys: &[Key], budget: f64, scale: f64, limit: usize) -> Vec<Candidate> {
    let n = keys.len();
    let mut sets: Vec<Vec<usize>> = (0..n).map(|e| vec![e]).collect();
    let mut out = Vec::new();
    for size in 1..=3 {
        let measured: Vec<Candidate> = sets.par_iter().map(|s| measure(blocks, s, scale, limit)).collect();
        let mut wide = Vec::new();
        for candidate in measured {
            if candidate.pairs > budget * 0.15 && size < 3 {
                wide.push(candidate.expressions.clone());
            }
            if candidate.pairs <= budget * 0.5 && candidate.lost < 0.5 {
                out.push(candidate);
            }
        }
        sets = wide
            .iter()
            .flat_map(|s| (s[s.len() - 1] + 1..n).map(move |e| (s, e)))
            .filter(|(s, e)| s.iter().all(|o| keys[*o].column != keys[*e].column))
            .map(|(s, e)| s.iter().copied().chain([e]).collect())
            .collect();
    }
    out
}

fn measure(blocks: &Blocks, expressions: &[usize], scale: f64, limit: usize) -> Candidate {
    let hashes = sort::order(blocks.hashes(expressions), |h| *h);
    let (mut pairs, mut lost) = (0.0, 0usize);
    for run in hashes.chunk_by(|a, b| a == b) {
        let n = run.len() as f64;
        if n * scale > limit as f64 && run.len() > 2 {
            lost += run.len();
        } else {
            pairs += n * (n - 1.0) / 2.0;
        }
    }
    let lost = lost as f64 / hashes.len().max(1) as f64;
    Candidate { expressions: expressions.to_vec(), mask: expressions.iter().fold(0, |m, e| m | 1 << e), pairs: pairs * scale * scale, lost }
}

/// Where matches are looked for first: exact agreement on one or two columns, as cheap as may be.
fn seeds<'c>(keys: &[Key], groups: &[usize], candidates: &'c [Candidate], rows: f64) -> Vec<&'c Candidate> {
    let mut out: Vec<&Candidate> = candidates
        .iter()
        .filter(|c| c.expressions.iter().all(|e| keys[*e].form == Form::Value) && c.expressions.len() <= 2 && c.pairs <= rows * 20.0)
        .collect();
    out.sort_by(|a, b| a.pairs.total_cmp(&b.pairs).then_with(|| a.expressions.cmp(&b.expressions)));
    // every group needs seeds without it
    let touches = |c: &Candidate, g: usize| c.expressions.iter().any(|e| groups[*e] == g);
    let mut kept: Vec<&Candidate> = Vec::new();
    let mut without: FxHashMap<usize, usize> = groups.iter().map(|g| (*g, 0)).collect();
    for c in out {
        let needed = without.iter().any(|(g, n)| *n < 4 && !touches(c, *g));
        if needed && kept.len() < 24 {
            without.iter_mut().filter(|(g, _)| !touches(c, **g)).for_each(|(_, n)| *n += 1);
            kept.push(c);
        }
    }
    kept
}

/// For each group: which of its keys agree among the same, with weights.
type Agreements = Vec<Vec<(u32, f64)>>;

fn agreements(
    part: &Table,
    config: &Config,
    random: &[Vec<f64>],
    keys: &[Key],
    groups: &[usize],
    seeds: &[Rule],
) -> Result<Agreements, LinkageError> {
    let comparator = Comparator::new(part, config)?;
    let mut blocks = Blocks::with_keys(part, keys, seeds, config.limits.block_rows_max, &Layout::default())?;
    let surveys = blocks.surveys(false);
    let pairs: u64 = surveys.iter().map(|s| s.report.pairs).sum();
    let found: Vec<Groups> = surveys.into_iter().map(|s| s.groups).collect();
    let every = (pairs / PAIRS).max(1);
    let counts = train::patterns_and_agreements(&comparator, &blocks, &found, every);
    let mut patterns: FxHashMap<u64, u64> = FxHashMap::default();
    counts.iter().for_each(|((pattern, _), n)| *patterns.entry(*pattern).or_default() += n);
    let estimate = train::fit(config, part.rows(), every, &train::ordered(&comparator, patterns), random, None);
    let mut distinct: Vec<usize> = groups.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let masks: Vec<u32> = distinct.iter().map(|g| groups.iter().enumerate().filter(|(_, o)| *o == g).fold(0, |m, (e, _)| m | 1 << e)).collect();
    Ok(masks.iter().map(|mask| weighed(&comparator, &estimate, blocks.rule_masks(), *mask, &counts)).collect())
}

/// How often the keys of `mask` agree among the same, as told by pairs that some rule without those keys finds. Weights are counted in
/// millionths, whole.
fn weighed(comparator: &Comparator, estimate: &Estimate, rules: &[u32], mask: u32, counts: &[((u64, u32), u64)]) -> Vec<(u32, f64)> {
    let mut out: BTreeMap<u32, u64> = BTreeMap::new();
    for ((pattern, agreement), n) in counts {
        if rules.iter().any(|r| r & agreement == *r && r & mask == 0) {
            let weight = (em::posterior(estimate, &comparator.unpattern(*pattern)) * 1e6) as u64;
            if weight >= 10_000 {
                *out.entry(agreement & mask).or_default() += weight * n;
            }
        }
    }
    out.into_iter().map(|(k, v)| (k, v as f64)).collect()
}

/// Simulated matches: which keys agree, each group drawn by itself; the same ones are counted.
fn simulate(agreements: &Agreements, seed: u64) -> Vec<(u32, f64)> {
    let mut draw = Draw(seed ^ 0x5eed);
    let totals: Vec<f64> = agreements.iter().map(|a| a.iter().map(|(_, w)| w).sum()).collect();
    let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
    for _ in 0..TRIALS {
        let mut mask = 0;
        for (group, total) in agreements.iter().zip(&totals) {
            let mut left = draw.below(1 << 32) as f64 / (1u64 << 32) as f64 * total;
            for (bits, weight) in group {
                left -= weight;
                if left < 0.0 {
                    mask |= bits;
                    break;
                }
            }
        }
        *counts.entry(mask).or_default() += 1;
    }
    counts.into_iter().map(|(mask, n)| (mask, f64::from(n))).collect()
}

/// Greedy cover of the trials within the budget. A trial found through a rule with oversize blocks counts for the share not lost.
fn cover(candidates: &[Candidate], trials: &[(u32, f64)], budget: f64, rows: f64) -> (Vec<usize>, f64) {
    let mut missing: Vec<f64> = trials.iter().map(|t| t.1).collect();
    let total = TRIALS as f64;
    let (mut taken, mut spent) = (Vec::new(), 0.0);
    while taken.len() < RULES_MAX {
        let gains: Vec<f64> = candidates
            .par_iter()
            .map(|c| {
                let found: f64 = trials.iter().zip(&missing).filter(|((t, _), _)| t & c.mask == c.mask).map(|(_, m)| m).sum();
                found / total * (1.0 - c.lost)
            })
            .collect();
        let affordable = candidates.iter().enumerate().filter(|(i, c)| spent + c.pairs <= budget && !taken.contains(i) && gains[*i] >= GAIN_LEAST);
        let worth = |i: usize| gains[i] / (candidates[i].pairs + rows * 2.0);
        let best = affordable.map(|(i, _)| i).max_by(|a, b| worth(*a).total_cmp(&worth(*b)).then(b.cmp(a)));
        let Some(best) = best else { break };
        let c = &candidates[best];
        trials.iter().zip(missing.iter_mut()).filter(|((t, _), _)| t & c.mask == c.mask).for_each(|(_, m)| *m *= c.lost);
        spent += c.pairs;
        taken.push(best);
    }
    (taken, 1.0 - missing.iter().sum::<f64>() / total)
}

/// Keys of some expressions for every row that has them all.
impl Blocks {
    fn hashes(&self, expressions: &[usize]) -> Vec<u64> {
        (0..self.rows()).filter_map(|row| crate::block::mix(expressions.iter().map(|e| self.code(*e, row)))).collect()
    }
}
