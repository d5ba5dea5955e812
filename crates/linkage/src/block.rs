//! Candidate pairs: rows that agree on all keys of a rule. A pair that two rules find is handed out once, by the first of them.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: rows are below the table's length and rules below their number")]

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::config::{Form, Key, Rule};
use crate::date;
use crate::strings::phonetic;
use crate::table::{Dictionary, NULL, Table};
use crate::{EXPRESSIONS_MAX, LinkageError};

/// One rule's rows in order of their key: the seam at which a query engine may do the sorting (and the spilling).
pub(crate) type Sorted = Vec<(u64, u32)>;

/// What one rule found.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct RuleReport {
    /// The rule as text.
    pub rule: String,
    /// Pairs within its blocks.
    pub pairs: u64,
    /// Blocks skipped because they were larger than the bound.
    pub blocks_skipped: u64,
    /// Pairs in skipped blocks.
    pub pairs_skipped: u64,
    /// Largest block kept, in rows.
    pub block_rows_largest: u64,
}

/// The codes of every expression for every row, and the rules over them.
pub(crate) struct Blocks {
    /// Row after row, `stride` codes each (the last ones unused), so that one row is one cache line or two.
    codes: Vec<u32>,
    stride: usize,
    rows: usize,
    masks: Vec<u32>,
    rules: Vec<Vec<usize>>,
    texts: Vec<String>,
    limit: usize,
    /// Keys of blocks that are too large, a set for each rule.
    pub(crate) oversize: Vec<FxHashSet<u64>>,
}

/// Derived text of a value under `form`; `None` where the form cannot be made.
pub(crate) fn derive(value: &str, form: Form) -> Option<String> {
    match form {
        Form::Value => Some(value.to_owned()),
        Form::Prefix(n) => (value.chars().count() >= usize::from(n)).then(|| value.chars().take(n.into()).collect()),
        Form::Suffix(n) => {
            let length = value.chars().count();
            (length >= usize::from(n)).then(|| value.chars().skip(length - usize::from(n)).collect())
        }
        Form::Phonetic => Some(phonetic(value)).filter(|s| s.len() > 1),
        Form::Year => date::read(value).map(|d| d.year.to_string()),
        Form::YearMonth => date::read(value).filter(|d| d.month > 0).map(|d| format!("{}-{}", d.year, d.month)),
        Form::MonthDay => date::read(value).filter(|d| d.day > 0).map(|d| format!("{}-{}", d.month, d.day)),
        Form::Words => {
            let mut words: Vec<&str> = value.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
            words.sort_unstable();
            (!words.is_empty()).then(|| words.join(" "))
        }
    }
}

/// One code a row for `key`.
pub(crate) fn expression(table: &Table, key: &Key) -> Result<Vec<u32>, LinkageError> {
    let position = table.position(&key.column).ok_or_else(|| LinkageError::UnknownColumn { name: key.column.clone() })?;
    let column = &table.columns()[position];
    if key.form == Form::Value {
        return Ok(column.codes().to_vec());
    }
    let mut derived = Dictionary::default();
    let map: Vec<u32> =
        (0..column.dictionary().len() as u32).map(|c| derive(column.dictionary().value(c), key.form).map_or(NULL, |t| derived.intern(&t))).collect();
    Ok(column.codes().iter().map(|c| if *c == NULL { NULL } else { map[*c as usize] }).collect())
}

/// Mixes codes into one key; `None` when one is absent.
pub(crate) fn mix(codes: impl Iterator<Item = u32>) -> Option<u64> {
    let mut h = 0x51_7c_c1_b7_27_22_0a_95_u64;
    for code in codes {
        if code == NULL {
            return None;
        }
        h = (h.rotate_left(29) ^ u64::from(code)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        h ^= h >> 31;
    }
    Some(h)
}

impl Blocks {
    pub(crate) fn new(table: &Table, rules: &[Rule], limit: usize) -> Result<Self, LinkageError> {
        let mut keys: Vec<Key> = rules.iter().flat_map(|r| r.keys.iter().cloned()).collect();
        keys.sort();
        keys.dedup();
        Self::with_keys(table, &keys, rules, limit)
    }

    /// As [`Blocks::new`] over `keys`, which are in order and hold those of all rules.
    pub(crate) fn with_keys(table: &Table, keys: &[Key], rules: &[Rule], limit: usize) -> Result<Self, LinkageError> {
        if keys.len() > EXPRESSIONS_MAX || rules.iter().any(|r| r.keys.is_empty()) {
            return Err(LinkageError::Expressions { given: keys.len() });
        }
        let columns = keys.par_iter().map(|k| expression(table, k)).collect::<Result<Vec<_>, _>>()?;
        let stride = keys.len().next_multiple_of(8);
        let mut codes = vec![NULL; stride * table.rows()];
        codes.par_chunks_mut(stride.max(1)).enumerate().for_each(|(row, out)| {
            for (out, column) in out.iter_mut().zip(&columns) {
                *out = column[row];
            }
        });
        let rules_at: Vec<Vec<usize>> = rules.iter().map(|r| r.keys.iter().filter_map(|k| keys.binary_search(k).ok()).collect()).collect();
        let masks = rules_at.iter().map(|r| r.iter().fold(0, |m, e| m | 1 << e)).collect();
        let oversize = vec![FxHashSet::default(); rules.len()];
        Ok(Self { codes, stride, rows: table.rows(), masks, rules: rules_at, texts: rules.iter().map(ToString::to_string).collect(), limit, oversize })
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn code(&self, expression: usize, row: usize) -> u32 {
        self.codes[row * self.stride + expression]
    }

    pub(crate) fn rule_masks(&self) -> &[u32] {
        &self.masks
    }

    pub(crate) fn rules(&self) -> usize {
        self.rules.len()
    }

    pub(crate) fn key(&self, rule: usize, row: usize) -> Option<u64> {
        mix(self.rules[rule].iter().map(|e| self.codes[row * self.stride + *e]))
    }

    /// `(key, row)` of one rule in order.
    pub(crate) fn sorted(&self, rule: usize) -> Sorted {
        let rows = self.rows();
        let mut out: Sorted = (0..rows as u32).into_par_iter().filter_map(|row| self.key(rule, row as usize).map(|k| (k, row))).collect();
        out.par_sort_unstable();
        out
    }

    pub(crate) fn agreement(&self, i: usize, j: usize) -> u32 {
        let (a, b) = (&self.codes[i * self.stride..(i + 1) * self.stride], &self.codes[j * self.stride..(j + 1) * self.stride]);
        let mut mask = 0u32;
        for (group, (a, b)) in a.chunks_exact(8).zip(b.chunks_exact(8)).enumerate() {
            let mut bits = 0u32;
            for e in 0..8 {
                bits |= u32::from((a[e] == b[e]) & (a[e] != NULL)) << e;
            }
            mask |= bits << (8 * group);
        }
        mask
    }

    /// Whether `rule` finds the pair and none before it does.
    pub(crate) fn first(&self, rule: usize, i: usize, j: usize) -> bool {
        let mask = self.agreement(i, j);
        let holds = |r: usize| mask & self.masks[r] == self.masks[r];
        holds(rule) && !(0..rule).any(|r| holds(r) && !self.is_oversize(r, i))
    }

    /// Whether some rule finds the pair.
    pub(crate) fn finds(&self, i: usize, j: usize) -> bool {
        let mask = self.agreement(i, j);
        (0..self.rules.len()).any(|r| mask & self.masks[r] == self.masks[r] && !self.is_oversize(r, i))
    }

    pub(crate) fn is_oversize(&self, rule: usize, row: usize) -> bool {
        !self.oversize[rule].is_empty() && self.key(rule, row).is_some_and(|k| self.oversize[rule].contains(&k))
    }

    /// Measures a sorted rule; blocks above the bound are noted as oversize.
    pub(crate) fn survey(&mut self, rule: usize, sorted: &Sorted) -> RuleReport {
        let mut report = RuleReport { rule: self.texts[rule].clone(), ..RuleReport::default() };
        for run in sorted.chunk_by(|a, b| a.0 == b.0) {
            let n = run.len() as u64;
            let pairs = n * (n - 1) / 2;
            if run.len() > self.limit || self.oversize[rule].contains(&run[0].0) {
                report.blocks_skipped += 1;
                report.pairs_skipped += pairs;
                self.oversize[rule].insert(run[0].0);
            } else {
                report.pairs += pairs;
                report.block_rows_largest = report.block_rows_largest.max(n);
            }
        }
        report
    }

    /// Calls `each` for every pair (i < j) that `rule` is the first to find, block by block; one block in `every` (chosen by its key).
    /// Results come back in the order of the keys, whatever the number of threads.
    pub(crate) fn scan<S, T, I, J, F>(&self, rule: usize, sorted: &Sorted, every: u64, scratch: I, output: J, each: F) -> Vec<T>
    where
        T: Send,
        I: Fn() -> S + Sync + Send,
        J: Fn() -> T + Sync + Send,
        F: Fn(&mut S, &mut T, usize, usize) + Sync,
    {
        let tasks = self.tasks(rule, sorted, every);
        tasks
            .par_iter()
            .map_init(scratch, |state, task| {
                let mut out = output();
                for run in sorted[task.clone()].chunk_by(|a, b| a.0 == b.0) {
                    if run.len() < 2 || run.len() > self.limit || run[0].0 % every != 0 || self.oversize[rule].contains(&run[0].0) {
                        continue;
                    }
                    for (at, (_, i)) in run.iter().enumerate() {
                        for (_, j) in &run[at + 1..] {
                            let (i, j) = (*i as usize, *j as usize);
                            if self.first(rule, i, j) {
                                each(state, &mut out, i, j);
                            }
                        }
                    }
                }
                out
            })
            .collect()
    }

    /// Ranges of whole blocks with some 100,000 pairs each.
    fn tasks(&self, rule: usize, sorted: &Sorted, every: u64) -> Vec<std::ops::Range<usize>> {
        let (mut out, mut start, mut at, mut pairs) = (Vec::new(), 0, 0, 0);
        for run in sorted.chunk_by(|a, b| a.0 == b.0) {
            at += run.len();
            if run.len() <= self.limit && run[0].0 % every == 0 && !self.oversize[rule].contains(&run[0].0) {
                pairs += run.len() * (run.len() - 1) / 2;
            }
            if pairs > 100_000 {
                out.push(start..at);
                start = at;
                pairs = 0;
            }
        }
        if start < at {
            out.push(start..at);
        }
        out
    }
}
