//! From a pair of rows to a vector of levels. Work is done once for a pair of distinct values and remembered.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: codes index the dictionaries that made them; levels are below the declared number")]

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::config::{Comparison, Config, Measure, TextLevel};
use crate::date::{self, AGREEMENTS, Written};
use crate::layout::Layout;
use crate::strings::{edits, jaro_winkler, phonetic, within_one};
use crate::table::{Dictionary, NULL, Table};
use crate::{COMPARISONS_MAX, LinkageError};

/// Level of a comparison in which a value is absent: it says nothing.
pub(crate) const ABSENT: u8 = 0;

/// Value pairs remembered for one part, as a power of two.
const CACHE_BITS: u32 = 14;

/// What a level means for the weight of rare values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rarity {
    None,
    /// The values of this part are equal.
    Exact(u8),
    /// The values of this part are close.
    Close(u8),
    /// Both values are equal crosswise.
    Swapped,
}

/// The distinct values of a column in the form its kernel reads; grows with the dictionary.
enum Prepared {
    Text(Box<Texts>),
    Date(Vec<Option<Written>>),
    Set(Vec<Vec<u64>>, char),
    Place(Vec<Option<(f64, f64)>>, Vec<f32>),
}

/// Symbols become bytes: ASCII as it is, other letters by order of appearance (beyond 128 of them, several share a byte).
struct Texts {
    levels: Vec<TextLevel>,
    short: Vec<Short>,
    /// Values of more symbols than [`Short`] holds, one after another.
    long: Vec<u8>,
    sounds: Vec<u32>,
    jaro_least: f64,
    listening: bool,
    other: rustc_hash::FxHashMap<char, u8>,
    heard: rustc_hash::FxHashMap<String, u32>,
}

/// A value in half a cache line, or where it stands among the long ones.
#[derive(Clone, Copy, Default)]
struct Short {
    /// One bit for each symbol in it (modulo 64).
    mask: u64,
    symbols: [u8; HEAD],
    length: u8,
}

/// Symbols that a [`Short`] holds.
const HEAD: usize = 23;

pub(crate) struct PreparedPart {
    pub(crate) column: usize,
    pub(crate) levels: u8,
    pub(crate) term_frequency: bool,
    prepared: Prepared,
}

pub(crate) struct PreparedComparison {
    pub(crate) parts: Vec<PreparedPart>,
    pub(crate) levels: u8,
    pub(crate) rarity: Vec<Rarity>,
    pub(crate) labels: Vec<String>,
}

struct Swap {
    first: usize,
    second: usize,
    columns: (usize, usize),
    /// Code in the second column of each value of the first, or a code that no row has.
    to_second: Vec<u32>,
    seconds: usize,
}

impl Swap {
    fn extend(&mut self, table: &Table) {
        let (a, b) = (table.columns()[self.columns.0].dictionary(), table.columns()[self.columns.1].dictionary());
        for second in self.seconds as u32..b.len() as u32 {
            if let Some(first) = a.code(b.value(second))
                && let Some(known) = self.to_second.get_mut(first as usize)
            {
                *known = second;
            }
        }
        self.seconds = b.len();
        self.to_second.extend((self.to_second.len() as u32..a.len() as u32).map(|c| b.code(a.value(c)).unwrap_or(NULL - 1)));
    }
}

/// The comparisons of a configuration bound to a table.
pub(crate) struct Comparator {
    pub(crate) comparisons: Vec<PreparedComparison>,
    swap: Option<Swap>,
    /// Codes row after row, one for each part in order: a pair touches two cache lines.
    packed: Vec<u32>,
    width: usize,
    /// First part of each comparison within a packed row.
    pub(crate) slots: Vec<usize>,
    /// Memories not in use: values keep their codes, so that what was compared once holds.
    rested: Mutex<Vec<Caches>>,
}

/// For each part, levels of pairs of distinct values: 50 bits that tell the pair and 8 of its level.
type Caches = Vec<Vec<u64>>;

/// A worker's memory of value pairs already compared.
pub(crate) struct Memory<'a> {
    caches: Caches,
    rested: &'a Mutex<Vec<Caches>>,
}

impl Drop for Memory<'_> {
    fn drop(&mut self) {
        let caches = std::mem::take(&mut self.caches);
        self.rested.lock().unwrap_or_else(PoisonError::into_inner).push(caches);
    }
}

/// Levels of one pair.
pub(crate) type Levels = [u8; COMPARISONS_MAX];

impl Comparator {
    pub(crate) fn new(table: &Table, config: &Config) -> Result<Self, LinkageError> {
        if config.comparisons.is_empty() || config.comparisons.len() > COMPARISONS_MAX {
            return Err(LinkageError::Comparisons { given: config.comparisons.len() });
        }
        let mut comparisons = config.comparisons.iter().map(|c| prepare(table, c)).collect::<Result<Vec<_>, _>>()?;
        let swap = match &config.swapped {
            None => None,
            Some((a, b)) => Some(swap(config, &mut comparisons, a, b)?),
        };
        let slots = comparisons.iter().scan(0, |at, c| {
            *at += c.parts.len();
            Some(*at - c.parts.len())
        });
        let slots = slots.collect();
        let width = comparisons.iter().map(|c| c.parts.len()).sum();
        let mut out = Self { comparisons, swap, packed: Vec::new(), width, slots, rested: Mutex::default() };
        out.extend(table, &Layout::default());
        Ok(out)
    }

    /// Takes in rows and values that were added to the table since.
    pub(crate) fn extend(&mut self, table: &Table, layout: &Layout) {
        let known = self.packed.len() / self.width.max(1);
        let parts: Vec<&mut PreparedPart> = self.comparisons.iter_mut().flat_map(|c| &mut c.parts).collect();
        parts.into_par_iter().for_each(|part| part.prepared.extend(table.columns()[part.column].dictionary()));
        if let Some(swap) = &mut self.swap {
            swap.extend(table);
        }
        let columns: Vec<&[u32]> = self.comparisons.iter().flat_map(|c| &c.parts).map(|p| table.columns()[p.column].codes()).collect();
        // with room for rows to come: growing would move all of it
        if self.packed.is_empty() {
            self.packed.reserve_exact(self.width * (table.rows() + table.rows() / 16));
        }
        self.packed.resize(self.width * table.rows(), NULL);
        self.packed[known * self.width..].par_chunks_mut(self.width.max(1)).enumerate().for_each(|(at, out)| {
            let row = layout.row((known + at) as u32) as usize;
            for (out, column) in out.iter_mut().zip(&columns) {
                *out = column[row];
            }
        });
    }

    /// Lets rows stand as `layout` says; from then on rows are meant by their places.
    pub(crate) fn arrange(&mut self, table: &Table, layout: &Layout) {
        self.packed = Vec::new();
        self.extend(table, layout);
    }

    pub(crate) fn memory(&self) -> Memory<'_> {
        let rested = self.rested.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let caches = rested.unwrap_or_else(|| vec![vec![u64::MAX; 1 << CACHE_BITS]; self.width]);
        Memory { caches, rested: &self.rested }
    }

    /// Codes of `row`, part after part.
    pub(crate) fn row(&self, row: usize) -> &[u32] {
        &self.packed[row * self.width..(row + 1) * self.width]
    }

    /// Parts of all comparisons together.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Where the codes of the two columns that may be swapped stand in a row.
    pub(crate) fn swap_slots(&self) -> Option<(usize, usize)> {
        self.swap.as_ref().map(|s| (self.slots[s.first], self.slots[s.second]))
    }

    /// The code that the row's first name would have in the second column, or one that no row has.
    pub(crate) fn across(&self, codes: &[u32]) -> u32 {
        let swap = self.swap.as_ref();
        swap.and_then(|s| s.to_second.get(codes[self.slots[s.first]] as usize)).copied().unwrap_or(NULL - 1)
    }

    /// Whether two different values of this part may still agree exactly: a date or a set may be written in two ways.
    pub(crate) fn written_variously(part: &PreparedPart) -> bool {
        matches!(part.prepared, Prepared::Date(_) | Prepared::Set(..))
    }

    /// Comparisons, those that cost least first.
    pub(crate) fn by_cost(&self) -> Vec<usize> {
        let cost = |c: &usize| self.comparisons[*c].parts.iter().filter(|p| matches!(p.prepared, Prepared::Text(_))).count().min(1);
        let mut out: Vec<usize> = (0..self.comparisons.len()).collect();
        out.sort_by_key(cost);
        out
    }

    /// The level of one comparison between two rows' codes, swaps left aside.
    pub(crate) fn level(&self, memory: &mut Memory, c: usize, a: &[u32], b: &[u32]) -> u8 {
        let mut level = 0;
        for (p, part) in self.comparisons[c].parts.iter().enumerate() {
            let slot = self.slots[c] + p;
            level = level * part.levels + part.level(&mut memory.caches[slot], a[slot], b[slot]);
        }
        level
    }

    /// The levels of two rows' codes.
    pub(crate) fn levels(&self, memory: &mut Memory, a: &[u32], b: &[u32], out: &mut Levels) {
        for (k, level) in out.iter_mut().enumerate().take(self.comparisons.len()) {
            *level = self.level(memory, k, a, b);
        }
        if let Some(swap) = &self.swap {
            self.swapped(swap, a, b, out);
        }
    }

    /// When the two names agree better crosswise, the first comparison says so and the second says nothing.
    fn swapped(&self, swap: &Swap, i: &[u32], j: &[u32], out: &mut Levels) {
        let (a, b) = (&self.comparisons[swap.first], &self.comparisons[swap.second]);
        if out[swap.first] == 1 || out[swap.second] == 1 {
            return;
        }
        let (first, second) = (self.slots[swap.first], self.slots[swap.second]);
        let (fi, fj, si, sj) = (i[first], j[first], i[second], j[second]);
        let one = fi != NULL && sj != NULL && swap.to_second[fi as usize] == sj;
        let two = fj != NULL && si != NULL && swap.to_second[fj as usize] == si;
        let extra = match (one, two) {
            (true, true) => 2,
            (true, false) if self.cross_close(swap, fj, si) => 1,
            (false, true) if self.cross_close(swap, fi, sj) => 1,
            _ => return,
        };
        out[swap.first] = a.levels - extra;
        out[swap.second] = b.levels - 1;
    }

    fn cross_close(&self, swap: &Swap, first: u32, second: u32) -> bool {
        if first == NULL || second == NULL {
            return true;
        }
        let a = self.comparisons[swap.first].parts[0].text(first);
        let b = self.comparisons[swap.second].parts[0].text(second);
        within_one(a, b) || jaro_winkler(a, b) >= 0.85 || a.first() == b.first() && (a.len() == 1 || b.len() == 1)
    }

    /// The pattern of a level vector as one number (mixed radix).
    pub(crate) fn pattern(&self, levels: &Levels) -> u64 {
        let mut key = 0u64;
        for (k, c) in self.comparisons.iter().enumerate() {
            key = key.wrapping_mul(u64::from(c.levels)).wrapping_add(u64::from(levels[k]));
        }
        key
    }

    /// The level vector of a pattern.
    pub(crate) fn unpattern(&self, mut key: u64) -> Levels {
        let mut out = [0; COMPARISONS_MAX];
        for (k, c) in self.comparisons.iter().enumerate().rev() {
            out[k] = (key % u64::from(c.levels)) as u8;
            key /= u64::from(c.levels);
        }
        out
    }
}

fn swap(config: &Config, comparisons: &mut [PreparedComparison], a: &str, b: &str) -> Result<Swap, LinkageError> {
    let find = |name: &str| {
        let at = config.comparisons.iter().position(|c| c.name == name && c.parts.len() == 1 && matches!(c.parts[0].measure, Measure::Text(_)));
        at.ok_or_else(|| LinkageError::UnknownComparison { name: name.to_owned() })
    };
    let (first, second) = (find(a)?, find(b)?);
    if first == second {
        return Err(LinkageError::UnknownComparison { name: b.to_owned() });
    }
    let columns = (comparisons[first].parts[0].column, comparisons[second].parts[0].column);
    let swap = Swap { first, second, columns, to_second: Vec::new(), seconds: 0 };
    for (k, labels) in [(first, vec!["swapped", "swapped, one close"]), (second, vec!["counted where swapped"])] {
        for label in labels {
            comparisons[k].levels += 1;
            comparisons[k].rarity.push(if label == "swapped" { Rarity::Swapped } else { Rarity::None });
            comparisons[k].labels.push(label.to_owned());
        }
    }
    Ok(swap)
}

fn prepare(table: &Table, comparison: &Comparison) -> Result<PreparedComparison, LinkageError> {
    let unusable = || LinkageError::Parts { name: comparison.name.clone() };
    if comparison.parts.is_empty() || comparison.parts.len() > 2 {
        return Err(unusable());
    }
    let mut parts = Vec::new();
    let mut names = Vec::new();
    for part in &comparison.parts {
        let column = table.position(&part.column).ok_or_else(|| LinkageError::UnknownColumn { name: part.column.clone() })?;
        let (prepared, labels) = prepare_part(&part.measure);
        if labels.len() > 15 {
            return Err(unusable());
        }
        parts.push(PreparedPart { column, levels: labels.len() as u8, term_frequency: part.term_frequency, prepared });
        names.push(labels);
    }
    let mut rarity = Vec::new();
    let mut labels = Vec::new();
    for (x, first) in names[0].iter().enumerate() {
        let Some(seconds) = names.get(1) else {
            rarity.push(rarity_of(&parts, &[x]));
            labels.push(first.clone());
            continue;
        };
        for (y, second) in seconds.iter().enumerate() {
            rarity.push(rarity_of(&parts, &[x, y]));
            labels.push(format!("{} {first}, {} {second}", comparison.parts[0].column, comparison.parts[1].column));
        }
    }
    let levels = u8::try_from(labels.len()).map_err(|_| unusable())?;
    Ok(PreparedComparison { parts, levels, rarity, labels })
}

fn rarity_of(parts: &[PreparedPart], levels: &[usize]) -> Rarity {
    for (p, (part, level)) in parts.iter().zip(levels).enumerate() {
        if part.term_frequency && *level == 1 {
            return Rarity::Exact(p as u8);
        }
    }
    for (p, (part, level)) in parts.iter().zip(levels).enumerate() {
        let close = matches!(part.prepared, Prepared::Text(_)) && *level > 1 && *level + 1 < part.levels as usize;
        if part.term_frequency && close {
            return Rarity::Close(p as u8);
        }
    }
    Rarity::None
}

fn prepare_part(measure: &Measure) -> (Prepared, Vec<String>) {
    let mut labels = vec!["absent".to_owned(), "exact".to_owned()];
    let prepared = match measure {
        Measure::Text(levels) => {
            labels.extend(levels.iter().map(label));
            Prepared::Text(Box::new(Texts::new(levels)))
        }
        Measure::Date => {
            let names = ["day and month swapped", "1 January habit", "day one off", "year one off", "month one off", "same month", "same birthday"];
            labels.extend(names.iter().map(|n| (*n).to_owned()));
            labels.extend(["same year".to_owned(), "next year".to_owned()]);
            Prepared::Date(Vec::new())
        }
        Measure::Set(separator) => {
            labels.extend(["one within the other", "half in common", "something in common"].map(str::to_owned));
            Prepared::Set(Vec::new(), *separator)
        }
        Measure::Place(km) => {
            labels.extend(km.iter().map(|d| format!("within {d} km")));
            Prepared::Place(Vec::new(), km.clone())
        }
    };
    labels.push("different".to_owned());
    (prepared, labels)
}

impl Prepared {
    /// Takes in the dictionary's values beyond those known.
    fn extend(&mut self, dictionary: &Dictionary) {
        let from = |known: usize| (known as u32..dictionary.len() as u32).map(|c| dictionary.value(c));
        match self {
            Prepared::Text(texts) => from(texts.short.len()).for_each(|v| texts.push(v)),
            Prepared::Date(dates) => dates.extend(from(dates.len()).map(date::read)),
            Prepared::Set(sets, separator) => sets.extend(from(sets.len()).map(|v| elements(v, *separator))),
            Prepared::Place(places, _) => places.extend(from(places.len()).map(degrees)),
        }
    }
}

impl Texts {
    fn new(levels: &[TextLevel]) -> Self {
        let least = levels.iter().filter_map(|l| if let TextLevel::JaroWinkler(t) = l { Some(f64::from(*t)) } else { None });
        Self {
            levels: levels.to_vec(),
            short: Vec::new(),
            long: Vec::new(),
            sounds: Vec::new(),
            jaro_least: least.fold(2.0, f64::min),
            listening: levels.contains(&TextLevel::Phonetic),
            other: rustc_hash::FxHashMap::default(),
            heard: rustc_hash::FxHashMap::default(),
        }
    }

    fn text<'a>(&'a self, short: &'a Short) -> &'a [u8] {
        let length = usize::from(short.length);
        if length <= HEAD {
            return &short.symbols[..length];
        }
        let start = short.symbols.iter().take(8).rev().fold(0, |at, b| at << 8 | usize::from(*b));
        &self.long[start..start + length]
    }

    fn push(&mut self, value: &str) {
        let start = self.long.len();
        for c in value.chars().take(64) {
            let next = 128 + (self.other.len() % 128) as u8;
            self.long.push(if c.is_ascii() { c as u8 } else { *self.other.entry(c).or_insert(next) });
        }
        let symbols = &self.long[start..];
        let mut short = Short { length: symbols.len() as u8, ..Short::default() };
        short.mask = symbols.iter().fold(0u64, |m, b| m | 1 << (b & 63));
        if symbols.len() <= HEAD {
            short.symbols[..symbols.len()].copy_from_slice(symbols);
            self.long.truncate(start);
        } else {
            short.symbols[..8].copy_from_slice(&(start as u64).to_le_bytes());
        }
        self.short.push(short);
        if self.listening {
            let next = self.heard.len() as u32;
            self.sounds.push(*self.heard.entry(phonetic(value)).or_insert(next));
        }
    }
}

fn label(level: &TextLevel) -> String {
    match level {
        TextLevel::OneEdit(n) if *n <= 1 => "one edit".to_owned(),
        TextLevel::OneEdit(n) => format!("one edit in {n} or more"),
        TextLevel::Edits(n) => format!("{n} edits"),
        TextLevel::JaroWinkler(t) => format!("Jaro–Winkler ≥ {t}"),
        TextLevel::Initial => "initial".to_owned(),
        TextLevel::Prefix(n) => format!("first {n}"),
        TextLevel::Phonetic => "same sound".to_owned(),
        TextLevel::User => "same before @".to_owned(),
    }
}

fn elements(value: &str, separator: char) -> Vec<u64> {
    use std::hash::Hasher;
    let mut out: Vec<u64> = value
        .split(separator)
        .map(str::trim)
        .filter(|s| !s.is_empty())
        .map(|s| {
            let mut h = rustc_hash::FxHasher::default();
            h.write(s.as_bytes());
            h.finish()
        })
        .collect();
    out.sort_unstable();
    out.dedup();
    out
}

fn degrees(value: &str) -> Option<(f64, f64)> {
    let (lat, lon) = value.split_once(',')?;
    let (lat, lon) = (lat.trim().parse::<f64>().ok()?, lon.trim().parse::<f64>().ok()?);
    (lat.abs() <= 90.0 && lon.abs() <= 180.0).then_some((lat, lon))
}

/// Great-circle distance in kilometres (haversine, Earth's mean radius 6371.0088 km).
#[must_use]
pub fn kilometres(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (p, q) = (a.0.to_radians(), b.0.to_radians());
    let (dp, dl) = (q - p, (b.1 - a.1).to_radians());
    let h = (dp / 2.0).sin().powi(2) + p.cos() * q.cos() * (dl / 2.0).sin().powi(2);
    2.0 * 6371.0088 * h.sqrt().min(1.0).asin()
}

impl PreparedPart {
    fn text(&self, code: u32) -> &[u8] {
        let Prepared::Text(texts) = &self.prepared else { return &[] };
        texts.text(&texts.short[code as usize])
    }

    fn level(&self, cache: &mut [u64], a: u32, b: u32) -> u8 {
        if a == NULL || b == NULL {
            return ABSENT;
        }
        if a == b {
            return 1;
        }
        let (x, y) = (a.min(b), a.max(b));
        if let Prepared::Text(texts) = &self.prepared
            && let Some(level) = self.far(texts, x, y)
        {
            return level;
        }
        if let Prepared::Date(_) = &self.prepared {
            return self.compute(x, y);
        }
        // an odd factor makes the product tell the pair: its upper bits say where, the others that it is this one
        let told = (u64::from(x) << 32 | u64::from(y)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let known = &mut cache[(told >> (64 - CACHE_BITS)) as usize];
        let tag = told & (u64::MAX >> CACHE_BITS);
        if *known >> 8 != tag {
            *known = tag << 8 | u64::from(self.compute(x, y));
        }
        (*known & 0xff) as u8
    }

    /// Cheap proof that no level but the last can hold: too few letters in common.
    fn far(&self, texts: &Texts, x: u32, y: u32) -> Option<u8> {
        let Texts { levels, short, jaro_least, .. } = texts;
        let (a, b) = (&short[x as usize], &short[y as usize]);
        let (ma, mb) = (a.mask, b.mask);
        let (a, b) = (texts.text(a), texts.text(b));
        let (la, lb) = (a.len(), b.len());
        let only_a = (ma & !mb).count_ones() as usize;
        let only_b = (mb & !ma).count_ones() as usize;
        if only_a.max(only_b) < 2 || la == 0 || lb == 0 || a[0] == b[0] {
            return None;
        }
        let plain = levels.iter().all(|l| match l {
            TextLevel::OneEdit(_) | TextLevel::Initial | TextLevel::JaroWinkler(_) | TextLevel::Prefix(_) => true,
            TextLevel::Edits(n) => only_a.max(only_b) > usize::from(*n),
            TextLevel::Phonetic | TextLevel::User => false,
        });
        // an upper bound of matching symbols bounds Jaro; without a common first letter the prefix adds nothing
        let m = (la - only_a.min(la)).min(lb - only_b.min(lb)) as f64;
        let bound = (m / la as f64 + m / lb as f64 + 1.0) / 3.0;
        (plain && bound < *jaro_least).then_some(self.levels - 1)
    }

    fn compute(&self, x: u32, y: u32) -> u8 {
        let found = match &self.prepared {
            Prepared::Text(texts) => self.compute_text(&texts.levels, &texts.sounds, x, y),
            Prepared::Date(dates) => match (dates[x as usize], dates[y as usize]) {
                (Some(a), Some(b)) => {
                    let agreement = date::agree(a, b) as u8;
                    debug_assert!(agreement < AGREEMENTS);
                    Some(agreement + 1)
                }
                _ => None,
            },
            Prepared::Set(sets, _) => overlap(&sets[x as usize], &sets[y as usize]),
            Prepared::Place(places, km) => match (places[x as usize], places[y as usize]) {
                (Some(a), Some(b)) => {
                    let d = kilometres(a, b);
                    km.iter().position(|limit| d <= f64::from(*limit)).map(|p| p as u8 + 2)
                }
                _ => None,
            },
        };
        found.unwrap_or(self.levels - 1)
    }

    fn compute_text(&self, levels: &[TextLevel], sounds: &[u32], x: u32, y: u32) -> Option<u8> {
        let (a, b) = (self.text(x), self.text(y));
        let mut similarity = -1.0;
        let at = levels.iter().position(|level| match level {
            TextLevel::OneEdit(n) => a.len().max(b.len()) >= usize::from(*n) && within_one(a, b),
            TextLevel::Edits(n) => edits(a, b, usize::from(*n)) <= usize::from(*n),
            TextLevel::JaroWinkler(t) => {
                if similarity < 0.0 {
                    similarity = jaro_winkler(a, b);
                }
                similarity >= f64::from(*t)
            }
            TextLevel::Initial => a.first() == b.first() && a.len().min(b.len()) == 1,
            TextLevel::Prefix(n) => a.len().min(b.len()) >= usize::from(*n) && a[..usize::from(*n)] == b[..usize::from(*n)],
            TextLevel::Phonetic => sounds[x as usize] == sounds[y as usize],
            TextLevel::User => {
                let user = |s: &[u8]| s.iter().position(|c| *c == b'@').unwrap_or(0);
                user(a) > 0 && a[..user(a)] == b[..user(b)]
            }
        });
        at.map(|p| p as u8 + 2)
    }
}

fn overlap(a: &[u64], b: &[u64]) -> Option<u8> {
    let (mut i, mut j, mut common) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                common += 1;
                i += 1;
                j += 1;
            }
        }
    }
    if common == 0 {
        None
    } else if common == a.len() && common == b.len() {
        Some(1)
    } else if common == a.len().min(b.len()) {
        Some(2)
    } else if 2 * common >= a.len().max(b.len()) {
        Some(3)
    } else {
        Some(4)
    }
}
