//! Log-odds of a pair, in bits, and what they are made of.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: levels are below the declared number, codes index their dictionary")]
#![allow(clippy::needless_range_loop, reason = "one index runs over several arrays")]

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::COMPARISONS_MAX;
use crate::cluster::Milli;
use crate::compare::{ABSENT, Comparator, Levels, Memory, PreparedComparison, Rarity};
use crate::em::Estimate;
use crate::layout::Layout;
use crate::solve::milli;
use crate::table::{Dictionary, NULL, Table};

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

/// What two parts of a row tell before anything is compared: nothing (one is absent), that they are equal, or that they are not.
const STATES: usize = 3;

/// The highest ln(m/u) that a comparison can reach, by what its rarity is taken from: nothing, then agreement on the first part, on
/// the second, closeness of the first, of the second. Minus infinity where no level is of that kind.
type Best = [f32; 5];

/// Rows fetched together: their codes and how rare their values are.
#[derive(Default)]
pub(crate) struct Fetched {
    width: usize,
    codes: Vec<u32>,
    rare: Vec<f32>,
    across: Vec<u32>,
}

/// One row of those fetched.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    codes: &'a [u32],
    rare: &'a [f32],
    across: u32,
}

impl Fetched {
    pub(crate) fn row(&self, at: usize) -> Row<'_> {
        let range = at * self.width..(at + 1) * self.width;
        Row { codes: &self.codes[range.clone()], rare: &self.rare[range], across: self.across[at] }
    }
}

/// Scores pairs with fixed parameters.
pub(crate) struct Scorer {
    pub(crate) comparator: Comparator,
    estimate: Estimate,
    /// By column.
    frequencies: Vec<Option<Frequencies>>,
    /// Column of each part.
    columns: Vec<usize>,
    /// ln p by class, comparison and level, in one run of memory, after the class's ln share.
    logs: Vec<f32>,
    offsets: Vec<usize>,
    width: usize,
    /// For each comparison and the states of its parts.
    best: Vec<Vec<Best>>,
    order: Vec<usize>,
    prior: f32,
}

impl Scorer {
    pub(crate) fn new(table: &Table, comparator: Comparator, estimate: Estimate, frozen: Option<&BTreeMap<String, Frequency>>) -> Self {
        let columns: Vec<usize> = comparator.comparisons.iter().flat_map(|c| &c.parts).map(|p| p.column).collect();
        let used = |column: usize| comparator.comparisons.iter().flat_map(|c| &c.parts).any(|p| p.term_frequency && p.column == column);
        let frequencies = table.columns().par_iter().enumerate().map(|(column, c)| {
            let of = || match frozen.and_then(|f| f.get(c.name())) {
                Some(frozen) => Frequencies::frozen(table, column, frozen),
                None => Frequencies::of(table, column),
            };
            used(column).then(of)
        });
        let frequencies = frequencies.collect();
        let mut offsets = Vec::new();
        let mut width = 1;
        for c in &comparator.comparisons {
            offsets.push(width);
            width += c.levels as usize;
        }
        let mut logs = Vec::with_capacity(width * estimate.classes.len());
        for class in &estimate.classes {
            logs.push(class.share.max(1e-30).ln() as f32);
            for (c, alike) in class.alike.iter().enumerate() {
                let p = if *alike { &estimate.m[c] } else { &estimate.u[c] };
                logs.extend(p.iter().enumerate().map(|(l, p)| if l == usize::from(ABSENT) { 0.0 } else { p.max(1e-12).ln() as f32 }));
            }
        }
        let order = comparator.by_cost();
        let prior = logs[0] - logs[width];
        let mut out = Self { comparator, estimate, frequencies, columns, logs, offsets, width, best: Vec::new(), order, prior };
        out.best = (0..out.offsets.len()).map(|c| out.best(c)).collect();
        out
    }

    /// See the field of this name.
    fn best(&self, c: usize) -> Vec<Best> {
        let comparison = &self.comparator.comparisons[c];
        let mut out = vec![[f32::NEG_INFINITY; 5]; STATES.pow(comparison.parts.len() as u32)];
        // the levels of values crosswise come after those of the parts, and are looked at by themselves
        let levels: usize = comparison.parts.iter().map(|p| p.levels as usize).product();
        for level in 0..levels {
            let value = self.logs[self.offsets[c] + level] - self.logs[self.width + self.offsets[c] + level];
            let kind = match comparison.rarity[level] {
                Rarity::None => 0,
                Rarity::Exact(p) => 1 + usize::from(p),
                Rarity::Close(p) => 3 + usize::from(p),
                Rarity::Swapped => continue,
            };
            for (state, best) in out.iter_mut().enumerate() {
                if self.reaches(comparison, state, level) {
                    best[kind] = best[kind].max(value);
                }
            }
        }
        out
    }

    /// Whether parts in these states may come out at `level`.
    fn reaches(&self, comparison: &PreparedComparison, state: usize, level: usize) -> bool {
        let part = |p: usize, state: usize, level: usize| match state {
            0 => level == 0,
            1 => level == 1,
            _ => level > 1 || level == 1 && Comparator::written_variously(&comparison.parts[p]),
        };
        match comparison.parts.as_slice() {
            [_, second] => {
                let levels = second.levels as usize;
                part(0, state / STATES, level / levels) && part(1, state % STATES, level % levels)
            }
            _ => part(0, state, level),
        }
    }

    /// Takes in rows and values that were added to the table since.
    pub(crate) fn extend(&mut self, table: &Table, layout: &Layout) {
        self.comparator.extend(table, layout);
    }

    /// Fetches the rows at these places, forgetting those before.
    pub(crate) fn fetch(&self, rows: &[u32], out: &mut Fetched) {
        out.width = self.comparator.width();
        out.codes.clear();
        for row in rows {
            out.codes.extend(self.comparator.row(*row as usize).iter().copied());
        }
        out.rare.clear();
        out.rare.resize(out.codes.len(), 0.0);
        for (slot, column) in self.columns.iter().enumerate() {
            if let Some(frequencies) = &self.frequencies[*column] {
                for at in (slot..out.codes.len()).step_by(out.width) {
                    out.rare[at] = frequencies.relative(out.codes[at]);
                }
            }
        }
        out.across.clear();
        out.across.extend(out.codes.chunks_exact(out.width).map(|codes| self.comparator.across(codes)));
    }

    /// Whether a value stands in the other of the two columns that may be swapped.
    fn crossed(&self, a: Row, b: Row) -> bool {
        self.comparator.swap_slots().is_some_and(|(_, second)| a.across == b.codes[second] || b.across == a.codes[second])
    }

    /// Log-odds of two rows, or `None` as soon as they cannot reach `least`: texts are compared only while the pair may still matter.
    pub(crate) fn milli_from(&self, memory: &mut Memory, a: Row, b: Row, least: Milli) -> Option<Milli> {
        if self.crossed(a, b) {
            return Some(self.milli(memory, a, b)).filter(|bits| *bits >= least);
        }
        // a hundredth for rounding
        let enough = least as f32 / 1000.0 / BITS as f32 - 0.01;
        let mut hopes = [0f32; COMPARISONS_MAX];
        let mut hope = self.prior;
        for c in 0..self.offsets.len() {
            hopes[c] = self.hope(c, a, b);
            hope += hopes[c];
        }
        let mut levels: Levels = [0; COMPARISONS_MAX];
        for c in &self.order {
            if hope < enough {
                return None;
            }
            let level = self.comparator.level(memory, *c, a.codes, b.codes);
            levels[*c] = level;
            let at = self.offsets[*c] + level as usize;
            hope += self.logs[at] - self.logs[self.width + at] - self.rarity(*c, level, a, b) - hopes[*c];
        }
        if hope < enough {
            return None;
        }
        Some(milli(self.of(&levels, a, b))).filter(|bits| *bits >= least)
    }

    /// The highest ln(m/u), rarity included, that comparison `c` can reach, from the equality of its values alone.
    fn hope(&self, c: usize, a: Row, b: Row) -> f32 {
        let (slot, parts) = (self.comparator.slots[c], self.comparator.comparisons[c].parts.len());
        let mut state = 0;
        for s in slot..slot + parts {
            let (x, y) = (a.codes[s], b.codes[s]);
            state = state * STATES + if x == NULL || y == NULL { 0 } else { 2 - usize::from(x == y) };
        }
        let best = &self.best[c][state];
        let mut hope = best[0];
        for p in 0..parts {
            let (x, y) = (a.rare[slot + p], b.rare[slot + p]);
            hope = hope.max(best[1 + p] - f32::midpoint(x, y)).max(best[3 + p] - CLOSE_RARITY * x.max(y));
        }
        hope
    }

    /// ln of how much rarer (negative) the agreed values of comparison `k` are than chance agreement usually is: the same from either side.
    fn rarity(&self, k: usize, level: u8, a: Row, b: Row) -> f32 {
        let comparison = &self.comparator.comparisons[k];
        let slot = self.comparator.slots[k];
        // one date may be written in two ways, and crosswise values differ
        let middle = |at: usize| f32::midpoint(a.rare[at], b.rare[at]);
        match comparison.rarity[level as usize] {
            Rarity::None => 0.0,
            Rarity::Exact(p) => middle(slot + usize::from(p)),
            Rarity::Close(p) => CLOSE_RARITY * a.rare[slot + usize::from(p)].max(b.rare[slot + usize::from(p)]),
            Rarity::Swapped => {
                let Some((first, second)) = self.comparator.swap_slots() else { return 0.0 };
                let there = |at: &usize| a.codes[*at] != NULL && b.codes[*at] != NULL;
                [first, second].into_iter().filter(there).map(middle).sum()
            }
        }
    }

    /// Log-odds of two rows in thousandths of a bit.
    pub(crate) fn milli(&self, memory: &mut Memory, a: Row, b: Row) -> Milli {
        let mut levels: Levels = [0; COMPARISONS_MAX];
        self.comparator.levels(memory, a.codes, b.codes, &mut levels);
        milli(self.of(&levels, a, b))
    }

    /// Log-odds in bits of two rows whose levels are known.
    fn of(&self, levels: &Levels, a: Row, b: Row) -> f32 {
        let k = self.offsets.len();
        let mut rarity = [0f32; COMPARISONS_MAX];
        for c in 0..k {
            rarity[c] = self.rarity(c, levels[c], a, b);
        }
        let mut same = 0f32;
        let mut other = f32::NEG_INFINITY;
        for (n, class) in self.estimate.classes.iter().enumerate() {
            let logs = &self.logs[n * self.width..(n + 1) * self.width];
            let mut sum = logs[0];
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
    pub(crate) fn explain(&self, table: &Table, layout: &Layout, names: &[String], i: u32, j: u32) -> Waterfall {
        let mut fetched = Fetched::default();
        self.fetch(&[layout.place(i), layout.place(j)], &mut fetched);
        let (a, b) = (fetched.row(0), fetched.row(1));
        let mut levels: Levels = [0; COMPARISONS_MAX];
        self.comparator.levels(&mut self.comparator.memory(), a.codes, b.codes, &mut levels);
        let bits = f64::from(self.of(&levels, a, b));
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
            let rarity = -f64::from(self.rarity(c, levels[c], a, b)) * BITS;
            sum += weight + rarity;
            let shown = |row: u32| {
                let values = comparison.parts.iter().map(|p| table.columns()[p.column].text(row as usize).unwrap_or("–"));
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
