//! Columns of interned text: one `u32` code a cell, one dictionary a column.
//!
//! A table of ten million rows and five columns takes 200 MB of codes; every distinct value is kept once, so that distances are
//! computed between distinct values and looked up for pairs of rows.
#![expect(clippy::indexing_slicing, reason = "codes are handed out by the dictionary they index; rows are below `rows`")]

use rayon::prelude::*;

use crate::LinkageError;

/// The code of an absent value.
pub const NULL: u32 = u32::MAX;

/// A slot of a dictionary that holds nothing.
const FREE: u64 = u64::MAX;

/// Rows of one table at most: codes of absent values are told apart by what lies above.
const ROWS_MAX: usize = 1 << 31;

/// Distinct values of one column in order of first appearance, with the number of rows holding each.
#[derive(Debug, Clone, Default)]
pub struct Dictionary {
    text: String,
    ends: Vec<usize>,
    counts: Vec<u32>,
    /// The upper half of a value's hash and its code; all ones where free.
    slots: Vec<u64>,
}

fn hash(text: &str) -> u32 {
    use std::hash::Hasher;
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(text.as_bytes());
    let h = hasher.finish();
    ((h ^ (h >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

impl Dictionary {
    /// Number of distinct values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether no value was seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The text of `code`; empty for an unknown code.
    #[must_use]
    pub fn value(&self, code: u32) -> &str {
        let code = code as usize;
        let Some(&end) = self.ends.get(code) else { return "" };
        let start = if code == 0 { 0 } else { self.ends[code - 1] };
        self.text.get(start..end).unwrap_or("")
    }

    /// How many rows hold `code`.
    #[must_use]
    pub fn count(&self, code: u32) -> u32 {
        self.counts.get(code as usize).copied().unwrap_or(0)
    }

    /// Where `text` is, or would be.
    fn slot(&self, text: &str, hash: u32) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot == FREE || (slot >> 32) as u32 == hash && self.value(slot as u32) == text {
                return at;
            }
            at = (at + 1) & mask;
        }
    }

    /// The code of `text`, if it was seen.
    #[must_use]
    pub fn code(&self, text: &str) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        let slot = self.slots[self.slot(text, hash(text))];
        (slot != FREE).then_some(slot as u32)
    }

    /// The code of `text`, which is added when new; its count grows by one.
    pub(crate) fn intern(&mut self, text: &str) -> u32 {
        if (self.ends.len() + 1) * 2 > self.slots.len() {
            self.grow();
        }
        let hash = hash(text);
        let at = self.slot(text, hash);
        if self.slots[at] == FREE {
            let code = self.ends.len() as u32;
            self.text.push_str(text);
            self.ends.push(self.text.len());
            self.counts.push(0);
            self.slots[at] = u64::from(hash) << 32 | u64::from(code);
        }
        let code = self.slots[at] as u32;
        self.counts[code as usize] += 1;
        code
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(64);
        let old = std::mem::replace(&mut self.slots, vec![FREE; size]);
        for slot in old.into_iter().filter(|s| *s != FREE) {
            let mut at = (slot >> 32) as usize & (size - 1);
            while self.slots[at] != FREE {
                at = (at + 1) & (size - 1);
            }
            self.slots[at] = slot;
        }
    }
}

/// One column: a code a row and the dictionary of its values.
#[derive(Debug, Clone)]
pub struct Column {
    name: String,
    codes: Vec<u32>,
    dictionary: Dictionary,
}

impl Column {
    /// The header's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One code a row; [`NULL`] where the value is absent.
    #[must_use]
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// The distinct values.
    #[must_use]
    pub fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    /// The text in `row`, or `None` where absent.
    #[must_use]
    pub fn text(&self, row: usize) -> Option<&str> {
        let code = *self.codes.get(row)?;
        (code != NULL).then(|| self.dictionary.value(code))
    }

    /// Rows with a value.
    #[must_use]
    pub fn filled(&self) -> usize {
        self.codes.iter().filter(|c| **c != NULL).count()
    }
}

/// Rows taken in together when they are added one by one.
const BATCH: usize = 16_384;

/// A table of columns of one length.
#[derive(Debug, Clone)]
pub struct Table {
    columns: Vec<Column>,
    rows: usize,
}

impl Table {
    /// An empty table with these column names, which must differ.
    ///
    /// # Errors
    /// A name given twice.
    pub fn new<S: AsRef<str>>(names: &[S]) -> Result<Self, LinkageError> {
        let mut columns: Vec<Column> = Vec::with_capacity(names.len());
        for name in names {
            let name = name.as_ref().trim();
            if columns.iter().any(|c| c.name == name) {
                return Err(LinkageError::ColumnTwice { name: name.to_owned() });
            }
            columns.push(Column { name: name.to_owned(), codes: Vec::new(), dictionary: Dictionary::default() });
        }
        Ok(Self { columns, rows: 0 })
    }

    /// Adds one row. Values are trimmed, brought to lower case and their inner blanks joined; an empty value is absent.
    ///
    /// # Errors
    /// Another number of values than columns, or more than 2^31 rows.
    pub fn push<'a, I: IntoIterator<Item = &'a str>>(&mut self, values: I) -> Result<(), LinkageError> {
        let mut given = 0;
        for (index, value) in values.into_iter().enumerate() {
            given = index + 1;
            if let Some(column) = self.columns.get_mut(index) {
                let code = fold(value).map_or(NULL, |text| column.dictionary.intern(&text));
                column.codes.push(code);
            }
        }
        if given != self.columns.len() || self.rows >= ROWS_MAX {
            for column in &mut self.columns {
                column.codes.truncate(self.rows);
            }
            return Err(LinkageError::RowWidth { row: self.rows + 1, given, wanted: self.columns.len() });
        }
        self.rows += 1;
        Ok(())
    }

    /// Takes rows from `fill` until it adds none: it is called with an empty batch and adds some rows, best some ten thousand. While it
    /// fills one batch, the one before is taken in, its columns on all threads.
    ///
    /// # Errors
    /// What `fill` returns, and more than 2^31 rows; rows of the batches before are kept.
    pub fn read<E: From<LinkageError> + Send>(&mut self, mut fill: impl FnMut(&mut Batch) -> Result<(), E> + Send) -> Result<(), E> {
        let empty = || Batch { columns: vec![Cells::default(); self.columns.len()], rows: 0 };
        let (mut full, mut next) = (empty(), empty());
        fill(&mut full)?;
        while full.rows > 0 {
            let (filled, taken) = rayon::join(|| fill(&mut next), || self.append(&full));
            taken?;
            filled?;
            std::mem::swap(&mut full, &mut next);
            next.clear();
        }
        Ok(())
    }

    /// Adds `rows`, columns on all threads.
    ///
    /// # Errors
    /// As [`Table::push`]; rows before the refused one are kept.
    pub(crate) fn push_all<'a, R: IntoIterator<Item = &'a str>>(&mut self, rows: impl IntoIterator<Item = R>) -> Result<(), LinkageError> {
        let mut batch = Batch { columns: vec![Cells::default(); self.columns.len()], rows: 0 };
        for row in rows {
            let pushed = batch.push(row);
            if pushed.is_err() || batch.rows >= BATCH {
                self.append(&batch)?;
                batch.clear();
            }
            if let Err(LinkageError::RowWidth { given, wanted, .. }) = pushed {
                return Err(LinkageError::RowWidth { row: self.rows + 1, given, wanted });
            }
        }
        self.append(&batch)
    }

    /// Adds the rows of `batch`.
    fn append(&mut self, batch: &Batch) -> Result<(), LinkageError> {
        if self.rows + batch.rows > ROWS_MAX {
            return Err(LinkageError::RowWidth { row: self.rows + 1, given: 0, wanted: self.columns.len() });
        }
        self.columns.par_iter_mut().zip(&batch.columns).for_each(|(column, cells)| {
            let mut start = 0;
            for end in &cells.ends {
                let value = cells.text.get(start..*end).unwrap_or("");
                column.codes.push(fold(value).map_or(NULL, |text| column.dictionary.intern(&text)));
                start = *end;
            }
        });
        self.rows += batch.rows;
        Ok(())
    }

    /// A table of columns whose values and codes were kept; `None` where they do not fit each other.
    pub(crate) fn rebuilt(columns: Vec<(String, Vec<String>, Vec<u32>)>) -> Option<Self> {
        let names: Vec<&str> = columns.iter().map(|c| c.0.as_str()).collect();
        let mut out = Self::new(&names).ok()?;
        out.rows = columns.first().map_or(0, |c| c.2.len());
        for (column, (_, values, codes)) in out.columns.iter_mut().zip(columns) {
            for (at, value) in values.iter().enumerate() {
                let whole = fold(value).is_some_and(|folded| folded == value.as_str());
                if !whole || column.dictionary.intern(value) as usize != at {
                    return None;
                }
            }
            let dictionary = &mut column.dictionary;
            dictionary.counts.iter_mut().for_each(|n| *n = 0);
            for code in codes.iter().filter(|c| **c != NULL) {
                *dictionary.counts.get_mut(*code as usize)? += 1;
            }
            if codes.len() != out.rows || out.rows > ROWS_MAX || dictionary.counts.contains(&0) {
                return None;
            }
            column.codes = codes;
        }
        Some(out)
    }

    /// The rows that `wanted` holds for, as a table of their own.
    pub(crate) fn pick(&self, wanted: impl Fn(usize) -> bool) -> Self {
        let chosen: Vec<usize> = (0..self.rows).filter(|r| wanted(*r)).collect();
        let columns = self.columns.par_iter().map(|column| {
            let mut dictionary = Dictionary::default();
            let codes = chosen.iter().map(|r| column.text(*r).map_or(NULL, |t| dictionary.intern(t))).collect();
            Column { name: column.name.clone(), codes, dictionary }
        });
        Self { columns: columns.collect(), rows: chosen.len() }
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// All columns, in the header's order.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Position of the column called `name`.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }
}

#[derive(Debug, Clone, Default)]
struct Cells {
    text: String,
    ends: Vec<usize>,
}

/// Rows on their way into a table (see [`Table::read`]).
#[derive(Debug, Clone, Default)]
pub struct Batch {
    columns: Vec<Cells>,
    rows: usize,
}

impl Batch {
    /// Adds one row of values in the order of the table's columns.
    ///
    /// # Errors
    /// Another number of values than columns; `row` counts from 1 within the batch.
    pub fn push<'a, I: IntoIterator<Item = &'a str>>(&mut self, values: I) -> Result<(), LinkageError> {
        let mut given = 0;
        for value in values {
            if let Some(cells) = self.columns.get_mut(given) {
                cells.text.push_str(value);
                cells.ends.push(cells.text.len());
            }
            given += 1;
        }
        if given != self.columns.len() {
            for cells in &mut self.columns {
                cells.ends.truncate(self.rows);
                cells.text.truncate(cells.ends.last().copied().unwrap_or(0));
            }
            return Err(LinkageError::RowWidth { row: self.rows + 1, given, wanted: self.columns.len() });
        }
        self.rows += 1;
        Ok(())
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    fn clear(&mut self) {
        self.rows = 0;
        for cells in &mut self.columns {
            cells.text.clear();
            cells.ends.clear();
        }
    }
}

/// Trimmed, lower case, runs of blanks as one; `None` when nothing is left. Borrows when nothing changes.
fn fold(value: &str) -> Option<std::borrow::Cow<'_, str>> {
    let value = value.trim();
    if value.is_empty() {
        return None;
    }
    let plain = value.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase() && (b == b' ' || !b.is_ascii_whitespace()));
    if plain && !value.contains("  ") {
        return Some(value.into());
    }
    let lower = value.to_lowercase();
    Some(lower.split_whitespace().collect::<Vec<_>>().join(" ").into())
}
