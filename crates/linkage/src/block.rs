//! Candidate pairs: rows that agree on all keys of a rule. A pair that two rules find is handed out once, by the first of them.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: rows are below the table's length and rules below their number")]

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::config::{Form, Key, Rule};
use crate::date;
use crate::layout::Layout;
use crate::scan::{Groups, equal_bits};
use crate::sort::{Keyed, Sorter};
use crate::strings::phonetic;
use crate::table::{Dictionary, NULL, Table};
use crate::{EXPRESSIONS_MAX, LinkageError};

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

/// The codes of every expression for every row, and the rules over them. Rows are meant by their places (see [`Layout`]).
pub(crate) struct Blocks {
    /// Row after row, `stride` codes each (the last ones unused), so that one row is one cache line or two.
    codes: Vec<u32>,
    expressions: Vec<Expression>,
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

/// A key's expression: what each distinct value of its column becomes.
struct Expression {
    key: Key,
    column: usize,
    derived: Dictionary,
    map: Vec<u32>,
}

impl Expression {
    fn new(table: &Table, key: &Key) -> Result<Self, LinkageError> {
        let column = table.position(&key.column).ok_or_else(|| LinkageError::UnknownColumn { name: key.column.clone() })?;
        let mut out = Self { key: key.clone(), column, derived: Dictionary::default(), map: Vec::new() };
        out.extend(table);
        Ok(out)
    }

    fn extend(&mut self, table: &Table) {
        let dictionary = table.columns()[self.column].dictionary();
        if self.key.form == Form::Value {
            return;
        }
        for code in self.map.len() as u32..dictionary.len() as u32 {
            let derived = derive(dictionary.value(code), self.key.form);
            self.map.push(derived.map_or(NULL, |t| self.derived.intern(&t)));
        }
    }

    fn code(&self, value: u32) -> u32 {
        if value == NULL || self.key.form == Form::Value { value } else { self.map[value as usize] }
    }

    fn text(&self, table: &Table, code: u32) -> String {
        let dictionary = if self.key.form == Form::Value { table.columns()[self.column].dictionary() } else { &self.derived };
        dictionary.value(code).to_owned()
    }

    fn find(&self, table: &Table, text: &str) -> Option<u32> {
        if self.key.form == Form::Value { table.columns()[self.column].dictionary().code(text) } else { self.derived.code(text) }
    }
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
    pub(crate) fn new(table: &Table, rules: &[Rule], limit: usize, layout: &Layout) -> Result<Self, LinkageError> {
        let mut keys: Vec<Key> = rules.iter().flat_map(|r| r.keys.iter().cloned()).collect();
        keys.sort();
        keys.dedup();
        Self::with_keys(table, &keys, rules, limit, layout)
    }

    /// As [`Blocks::new`] over `keys`, which are in order and hold those of all rules.
    pub(crate) fn with_keys(table: &Table, keys: &[Key], rules: &[Rule], limit: usize, layout: &Layout) -> Result<Self, LinkageError> {
        if keys.len() > EXPRESSIONS_MAX {
            return Err(LinkageError::Expressions { given: keys.len() });
        }
        let expressions = keys.par_iter().map(|k| Expression::new(table, k)).collect::<Result<Vec<_>, _>>()?;
        let rules_at: Vec<Vec<usize>> = rules.iter().map(|r| r.keys.iter().filter_map(|k| keys.binary_search(k).ok()).collect()).collect();
        let masks = rules_at.iter().map(|r| r.iter().fold(0, |m, e| m | 1 << e)).collect();
        let oversize = vec![FxHashSet::default(); rules.len()];
        let texts = rules.iter().map(ToString::to_string).collect();
        let stride = keys.len().next_multiple_of(8);
        let mut out = Self { codes: Vec::new(), expressions, stride, rows: 0, masks, rules: rules_at, texts, limit, oversize };
        out.extend(table, layout);
        Ok(out)
    }

    /// Takes in rows that were added to the table since.
    pub(crate) fn extend(&mut self, table: &Table, layout: &Layout) {
        self.expressions.par_iter_mut().for_each(|e| e.extend(table));
        // with room for rows to come: growing would move all of it
        if self.codes.is_empty() {
            self.codes.reserve_exact(self.stride * (table.rows() + table.rows() / 16));
        }
        self.codes.resize(self.stride * table.rows(), NULL);
        let (known, expressions) = (self.rows, &self.expressions);
        self.codes[known * self.stride..].par_chunks_mut(self.stride.max(1)).enumerate().for_each(|(at, out)| {
            let row = layout.row((known + at) as u32) as usize;
            for (out, e) in out.iter_mut().zip(expressions) {
                *out = e.code(table.columns()[e.column].codes()[row]);
            }
        });
        self.rows = table.rows();
    }

    /// The keys of oversize blocks as text, which holds for other tables too; `surveys` say where they were met.
    pub(crate) fn oversize_texts(&self, table: &Table, surveys: &[Survey]) -> Vec<Vec<Vec<String>>> {
        let text = |rule: usize, row: usize| self.rules[rule].iter().map(|e| self.expressions[*e].text(table, self.code(*e, row))).collect();
        let keys = |(rule, survey): (usize, &Survey)| {
            let mut keys: Vec<Vec<String>> = survey.oversize.iter().map(|(_, row)| text(rule, *row as usize)).collect();
            keys.sort_unstable();
            keys
        };
        surveys.iter().enumerate().map(keys).collect()
    }

    /// Marks blocks as oversize by the texts of their keys.
    pub(crate) fn set_oversize(&mut self, table: &Table, texts: &[Vec<Vec<String>>]) {
        for (rule, keys) in texts.iter().enumerate().take(self.rules.len()) {
            let found: Vec<u64> = keys
                .iter()
                .filter_map(|key| {
                    let codes: Option<Vec<u32>> = self.rules[rule].iter().zip(key).map(|(e, text)| self.expressions[*e].find(table, text)).collect();
                    mix(codes?.into_iter())
                })
                .collect();
            self.oversize[rule].extend(found);
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn code(&self, expression: usize, row: usize) -> u32 {
        self.codes[row * self.stride + expression]
    }

    /// Surveys all rules, in order.
    pub(crate) fn surveys(&mut self, index: bool) -> Vec<Survey> {
        let mut sorter = Sorter::default();
        (0..self.rules.len()).map(|rule| self.survey(&mut sorter, rule, index)).collect()
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

    /// The key of `row` unless its block is too large.
    pub(crate) fn open_key(&self, rule: usize, row: usize) -> Option<u64> {
        self.key(rule, row).filter(|k| !self.oversize[rule].contains(k))
    }

    /// The codes of `row`, one for each expression, padded with [`NULL`].
    pub(crate) fn codes(&self, row: usize) -> &[u32] {
        &self.codes[row * self.stride..(row + 1) * self.stride]
    }

    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    /// Bits of the expressions on which both rows agree.
    pub(crate) fn agreement(&self, i: usize, j: usize) -> u32 {
        let (a, b) = (self.codes(i), self.codes(j));
        let absent = a.iter().enumerate().filter(|(_, c)| **c == NULL).fold(0u32, |m, (e, _)| m | 1 << e);
        equal_bits(a, b) & !absent
    }

    /// Whether `rule` finds the pair and none before it does.
    pub(crate) fn first(&self, rule: usize, i: usize, j: usize) -> bool {
        let mask = self.agreement(i, j);
        let holds = |r: usize| mask & self.masks[r] == self.masks[r];
        holds(rule) && !(0..rule).any(|r| holds(r) && !self.is_oversize(r, i))
    }

    pub(crate) fn is_oversize(&self, rule: usize, row: usize) -> bool {
        !self.oversize[rule].is_empty() && self.key(rule, row).is_some_and(|k| self.oversize[rule].contains(&k))
    }

    /// Groups the rows of `rule` by their keys. Blocks above the bound are noted as oversize. With `index`, all rows are kept for look-ups.
    fn survey(&mut self, sorter: &mut Sorter, rule: usize, index: bool) -> Survey {
        let known = &self.oversize[rule];
        let large = |run: &[Keyed]| run.len() > self.limit || !known.is_empty() && known.contains(&run[0].0);
        let parts = sorter.parts(self.rows, |row| self.key(rule, row), |rows| Survey::of(rows, index, large));
        let mut out = Survey { report: RuleReport { rule: self.texts[rule].clone(), ..RuleReport::default() }, ..Survey::default() };
        parts.into_iter().for_each(|part| out.append(part));
        out.groups = out.groups.near(self.rows);
        if index {
            out.index.direct();
        }
        self.oversize[rule].extend(out.oversize.iter().map(|(key, _)| *key));
        out
    }
}

/// One rule's rows by their keys.
#[derive(Default)]
pub(crate) struct Survey {
    pub(crate) groups: Groups,
    pub(crate) index: Index,
    pub(crate) report: RuleReport,
    /// Keys of blocks that are too large, with a row of each.
    pub(crate) oversize: Vec<Keyed>,
}

impl Survey {
    fn of(rows: &[Keyed], index: bool, large: impl Fn(&[Keyed]) -> bool) -> Self {
        let mut out = Self::default();
        for run in rows.chunk_by(|a, b| a.0 == b.0) {
            let n = run.len() as u64;
            let pairs = n * (n - 1) / 2;
            if large(run) {
                out.report.blocks_skipped += 1;
                out.report.pairs_skipped += pairs;
                out.oversize.push(run[0]);
            } else if n > 1 {
                out.report.pairs += pairs;
                out.groups.rows.extend(run.iter().map(|k| k.1));
                out.groups.ends.push(out.groups.rows.len() as u32);
            }
            out.report.block_rows_largest = out.report.block_rows_largest.max(if large(run) { 0 } else { n });
        }
        if index {
            out.index.entries = rows.iter().map(|k| k.0 >> 32 << 32 | u64::from(k.1)).collect();
        }
        out
    }

    fn append(&mut self, part: Self) {
        let before = self.groups.rows.len() as u32;
        self.groups.rows.extend(part.groups.rows);
        self.groups.ends.extend(part.groups.ends.iter().map(|e| e + before));
        self.index.entries.extend(part.index.entries);
        self.oversize.extend(part.oversize);
        let (all, more) = (&mut self.report, part.report);
        all.pairs += more.pairs;
        all.pairs_skipped += more.pairs_skipped;
        all.blocks_skipped += more.blocks_skipped;
        all.block_rows_largest = all.block_rows_largest.max(more.block_rows_largest);
    }
}

/// All rows of one rule in order of the upper halves of their keys.
#[derive(Default)]
pub(crate) struct Index {
    /// The upper half of a key, then its row: one look at memory for both.
    entries: Vec<u64>,
    /// Position of the first entry whose upper bits are so much, for as many bits as make some eight entries each.
    starts: Vec<u32>,
    shift: u32,
}

impl Index {
    fn direct(&mut self) {
        let bits = (self.entries.len() / 8).max(1).ilog2();
        self.shift = 32 - bits;
        self.starts = vec![0; (1 << bits) + 1];
        for entry in &self.entries {
            self.starts[((entry >> 32) >> self.shift) as usize + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut self.starts {
            sum += *start;
            *start = sum;
        }
    }

    /// Where the rows of `key` stand among others.
    pub(crate) fn range(&self, key: u64) -> std::ops::Range<usize> {
        let at = ((key >> 32) >> self.shift) as usize;
        self.starts[at] as usize..self.starts[at + 1] as usize
    }

    /// The first and the last entry of a range, mixed: touches the memory that [`Index::find`] will read.
    pub(crate) fn ends(&self, range: &std::ops::Range<usize>) -> u64 {
        let entry = |at: usize| self.entries.get(at).copied().unwrap_or(0);
        entry(range.start) ^ entry(range.end.wrapping_sub(1))
    }

    /// Rows whose key may be `key`, out of its [`Index::range`]: all that have it, and rarely another whose upper half is the same.
    pub(crate) fn find(&self, key: u64, range: std::ops::Range<usize>) -> impl Iterator<Item = u32> + '_ {
        self.entries[range].iter().filter(move |e| *e >> 32 == key >> 32).map(|e| *e as u32)
    }
}
