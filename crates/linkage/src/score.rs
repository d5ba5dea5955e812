//! Log-odds of a pair, in bits, and what they are made of.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: levels are below the declared number, codes index their dictionary")]
#![allow(clippy::needless_range_loop, reason = "one index runs over several arrays")]

use std::collections::BTreeMap;

use crate::COMPARISONS_MAX;
use crate::cluster::Milli;
use crate::compare::{ABSENT, Comparator, Levels, Memory, Rarity};
use crate::em::Estimate;
use crate::solve::milli;
use crate::table::{Dictionary, Table};

/// Bits per natural unit.
const BITS: f64 = std::f64::consts::LOG2_E;

/// How much of a close agreement's rarity counts.
const CLOSE_RARITY: f32 = 0.5;

/// Frequencies of one column's values as they were when parameters were trained.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frequency {
    /// Rows with a value.
    pub rows: f64,
    /// Probability that two random rows agree.
    pub chance: f64,
    /// Values held by two rows or more; all others count as one.
    pub counts: BTreeMap<String, u32>,
}

impl Frequency {
    /// Of `column` of `table`.
    pub(crate) fn of(table: &Table, column: usize) -> Self {
        let dictionary = table.columns()[column].dictionary();
        let (rows, chance) = Self::chance(dictionary);
        let often = (0..dictionary.len() as u32).filter(|c| dictionary.count(*c) > 1);
        Self { rows, chance, counts: often.map(|c| (dictionary.value(c).to_owned(), dictionary.count(c))).collect() }
    }

    /// Rows with a value, and the probability that two of them agree.
    fn chance(dictionary: &Dictionary) -> (f64, f64) {
        let counts = || (0..dictionary.len() as u32).map(|c| f64::from(dictionary.count(c)));
        let rows: f64 = counts().sum::<f64>().max(2.0);
        let pairs: f64 = counts().map(|c| c * (c - 1.0)).sum();
        (rows, (pairs / (rows * (rows - 1.0))).max(1.0 / (rows * rows)))
    }
}

/// Frequencies of one column's values, as natural logarithms relative to what chance agreement meets on average.
pub(crate) struct Frequencies {
    relative: Vec<f32>,
    /// Of a value not seen before.
    unseen: f32,
    /// ln of the chance that two random rows agree.
    pub(crate) chance: f64,
}

impl Frequencies {
    fn with(table: &Table, column: usize, rows: f64, chance: f64, count: impl Fn(u32) -> u32) -> Self {
        let relative = |count: u32| (f64::from(count.max(1)) / rows / chance).ln() as f32;
        let values = 0..table.columns()[column].dictionary().len() as u32;
        Self { relative: values.map(|c| relative(count(c))).collect(), unseen: relative(1), chance: chance.ln() }
    }

    pub(crate) fn of(table: &Table, column: usize) -> Self {
        let dictionary = table.columns()[column].dictionary();
        let (rows, chance) = Frequency::chance(dictionary);
        Self::with(table, column, rows, chance, |c| dictionary.count(c))
    }

    fn frozen(table: &Table, column: usize, frozen: &Frequency) -> Self {
        let dictionary = table.columns()[column].dictionary();
        Self::with(table, column, frozen.rows.max(2.0), frozen.chance.max(1e-18), |c| frozen.counts.get(dictionary.value(c)).copied().unwrap_or(1))
    }

    fn relative(&self, code: u32) -> f32 {
        self.relative.get(code as usize).copied().unwrap_or(self.unseen)
    }
}

/// One step of a waterfall.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Step {
    /// Comparison, `prior` or `household`.
    pub comparison: String,
    /// The level reached.
    pub level: String,
    /// Values of both rows, as compared; parts joined by ` · `.
    pub left: String,
    /// See `left`.
    pub right: String,
    /// Probability of the level among the same.
    pub m: f64,
    /// Probability of the level by chance.
    pub u: f64,
    /// log2(m / u).
    pub weight_bits: f64,
    /// What the rarity of the agreed value adds.
    pub rarity_bits: f64,
}

/// Why a pair scored what it scored: the bits of all steps add up to `bits`.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Waterfall {
    /// The prior first, then one step a comparison, then what the household takes off.
    pub steps: Vec<Step>,
    /// Log-odds in bits.
    pub bits: f64,
}

/// Scores pairs with fixed parameters.
pub(crate) struct Scorer {
    pub(crate) comparator: Comparator,
    estimate: Estimate,
    frequencies: Vec<Option<Frequencies>>,
    /// ln p by class, comparison and level, in one run of memory.
    logs: Vec<f32>,
    offsets: Vec<usize>,
    width: usize,
    /// For each comparison: the highest ln(m/u), rarity included, when no part agrees exactly, and when one does.
    best: Vec<(f32, f32)>,
    prior: f32,
}

impl Scorer {
    pub(crate) fn new(table: &Table, comparator: Comparator, estimate: Estimate, frozen: Option<&BTreeMap<String, Frequency>>) -> Self {
        let mut frequencies: Vec<Option<Frequencies>> = table.columns().iter().map(|_| None).collect();
        for part in comparator.comparisons.iter().flat_map(|c| &c.parts).filter(|p| p.term_frequency) {
            frequencies[part.column] = Some(match frozen.and_then(|f| f.get(table.columns()[part.column].name())) {
                Some(frozen) => Frequencies::frozen(table, part.column, frozen),
                None => Frequencies::of(table, part.column),
            });
        }
        let mut offsets = Vec::new();
        let mut width = 0;
        for c in &comparator.comparisons {
            offsets.push(width);
            width += c.levels as usize;
        }
        let mut logs = Vec::with_capacity(width * estimate.classes.len());
        for class in &estimate.classes {
            for (c, alike) in class.alike.iter().enumerate() {
                let p = if *alike { &estimate.m[c] } else { &estimate.u[c] };
                logs.extend(p.iter().enumerate().map(|(l, p)| if l == usize::from(ABSENT) { 0.0 } else { p.max(1e-12).ln() as f32 }));
            }
        }
        let mut out = Self { comparator, estimate, frequencies, logs, offsets, width, best: Vec::new(), prior: 0.0 };
        out.prior = (out.estimate.classes[0].share.max(1e-30) / out.estimate.classes[1].share.max(1e-30)).ln() as f32;
        out.best = (0..out.offsets.len()).map(|c| out.best(c)).collect();
        out
    }

    /// See the field of this name.
    fn best(&self, c: usize) -> (f32, f32) {
        let comparison = &self.comparator.comparisons[c];
        let rarest = |column: usize| self.frequencies[column].as_ref().map_or(0.0, |f| f.relative.iter().copied().fold(f.unseen.min(0.0), f32::min));
        let (mut apart, mut exact) = (0f32, 0f32);
        for level in 1..comparison.levels as usize {
            let (m, u) = (self.estimate.m[c][level].max(1e-12), self.estimate.u[c][level].max(1e-12));
            let rarity = match comparison.rarity[level] {
                Rarity::Exact(p) => -rarest(comparison.parts[p as usize].column),
                Rarity::Close(p) => -rarest(comparison.parts[p as usize].column) * CLOSE_RARITY,
                Rarity::Swapped => continue,
                Rarity::None => 0.0,
            };
            let value = (m / u).ln() as f32 + rarity;
            exact = exact.max(value);
            if !self.comparator.exact(c, level as u8) {
                apart = apart.max(value);
            }
        }
        (apart, exact)
    }

    /// Log-odds in bits, or `None` as soon as they cannot reach `least`: texts are compared only while the pair may still matter.
    pub(crate) fn bits_from(&self, memory: &mut Memory, i: usize, j: usize, least: f32) -> Option<f32> {
        if self.comparator.crossed(i, j) {
            return Some(self.bits(memory, i, j)).filter(|b| *b >= least);
        }
        let least = least / BITS as f32;
        let mut levels: Levels = [0; COMPARISONS_MAX];
        let mut hope = self.prior;
        let equal = self.comparator.equal(i, j);
        for (c, (apart, exact)) in self.best.iter().enumerate() {
            hope += if equal >> c & 1 == 1 { *exact } else { *apart };
        }
        if hope < least {
            return None;
        }
        for (c, (apart, exact)) in self.best.iter().enumerate() {
            let level = self.comparator.level(memory, c, i, j);
            levels[c] = level;
            let (m, u) = (self.logs[self.offsets[c] + level as usize], self.logs[self.width + self.offsets[c] + level as usize]);
            hope += m - u - self.rarity(c, level, i, j) - if equal >> c & 1 == 1 { *exact } else { *apart };
            // a hundredth for rounding
            if hope < least - 0.01 {
                return None;
            }
        }
        Some(self.of(&levels, i, j)).filter(|b| *b >= least * BITS as f32)
    }

    /// As [`Scorer::bits_from`], in thousandths of a bit.
    pub(crate) fn milli_from(&self, memory: &mut Memory, i: usize, j: usize, least: Milli) -> Option<Milli> {
        self.bits_from(memory, i, j, least as f32 / 1000.0).map(milli)
    }

    /// ln of how much rarer (negative) the agreed values of comparison `k` are than chance agreement usually is.
    fn rarity(&self, k: usize, level: u8, i: usize, j: usize) -> f32 {
        let mut sum = 0.0;
        self.comparator.rarity(k, level, i, j, |kind, column, a, b| {
            let Some(f) = &self.frequencies[column] else { return };
            sum += match kind {
                Rarity::Close(_) => CLOSE_RARITY * f.relative(a).max(f.relative(b)),
                // One date may be written in two ways, and crosswise values differ: the same from either side.
                _ => f32::midpoint(f.relative(a), f.relative(b)),
            };
        });
        sum
    }

    /// Log-odds of rows `i` and `j` in bits.
    pub(crate) fn bits(&self, memory: &mut Memory, i: usize, j: usize) -> f32 {
        let mut levels: Levels = [0; COMPARISONS_MAX];
        self.comparator.levels(memory, i, j, &mut levels);
        self.of(&levels, i, j)
    }

    pub(crate) fn of(&self, levels: &Levels, i: usize, j: usize) -> f32 {
        let k = self.offsets.len();
        let mut rarity = [0f32; COMPARISONS_MAX];
        for c in 0..k {
            rarity[c] = self.rarity(c, levels[c], i, j);
        }
        let mut same = 0f32;
        let mut other = f32::NEG_INFINITY;
        for (n, class) in self.estimate.classes.iter().enumerate() {
            let logs = &self.logs[n * self.width..(n + 1) * self.width];
            let mut sum = class.share.max(1e-30).ln() as f32;
            for c in 0..k {
                sum += logs[self.offsets[c] + levels[c] as usize];
                if !class.alike[c] {
                    sum += rarity[c];
                }
            }
            if n == 0 {
                same = sum;
            } else {
                let (high, low) = if sum > other { (sum, other) } else { (other, sum) };
                other = if high - low > 12.0 { high } else { high + (low - high).exp().ln_1p() };
            }
        }
        (same - other) * BITS as f32
    }

    /// Why rows `i` and `j` score what they score.
    pub(crate) fn explain(&self, table: &Table, memory: &mut Memory, names: &[String], i: usize, j: usize) -> Waterfall {
        let mut levels: Levels = [0; COMPARISONS_MAX];
        self.comparator.levels(memory, i, j, &mut levels);
        let bits = f64::from(self.of(&levels, i, j));
        let prior = (self.estimate.classes[0].share / self.estimate.classes[1].share.max(1e-15)).max(1e-15).log2();
        let step = |comparison: &str, weight: f64| Step {
            comparison: comparison.to_owned(),
            level: String::new(),
            left: String::new(),
            right: String::new(),
            m: 1.0,
            u: 1.0,
            weight_bits: weight,
            rarity_bits: 0.0,
        };
        let mut steps = vec![step("prior", prior)];
        let mut sum = prior;
        for (c, comparison) in self.comparator.comparisons.iter().enumerate() {
            let level = levels[c] as usize;
            let absent = level == usize::from(ABSENT);
            let (m, u) = if absent { (1.0, 1.0) } else { (self.estimate.m[c][level], self.estimate.u[c][level]) };
            let weight = (m.max(1e-12) / u.max(1e-12)).log2();
            let rarity = -f64::from(self.rarity(c, levels[c], i, j)) * BITS;
            sum += weight + rarity;
            let shown = |row: usize| {
                let values = comparison.parts.iter().map(|p| table.columns()[p.column].text(row).unwrap_or("–"));
                values.collect::<Vec<_>>().join(" · ")
            };
            let name = names.get(c).map_or("", String::as_str);
            let label = comparison.labels[level].clone();
            steps.push(Step { level: label, left: shown(i), right: shown(j), m, u, rarity_bits: rarity, ..step(name, weight) });
        }
        steps.push(step("household", bits - sum));
        Waterfall { steps, bits }
    }
}
