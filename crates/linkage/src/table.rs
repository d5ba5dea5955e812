//! Columns of interned text: one `u32` code a cell, one dictionary a column.
//!
//! A table of ten million rows and five columns takes 200 MB of codes; every distinct value is kept once, so that distances are
//! computed between distinct values and looked up for pairs of rows.
#![expect(clippy::indexing_slicing, reason = "codes are handed out by the dictionary they index; rows are below `rows`")]

use crate::LinkageError;

/// The code of an absent value.
pub const NULL: u32 = u32::MAX;

/// Distinct values of one column in order of first appearance, with the number of rows holding each.
#[derive(Debug, Clone, Default)]
pub struct Dictionary {
    text: String,
    ends: Vec<usize>,
    counts: Vec<u32>,
    slots: Vec<u32>,
}

fn hash(text: &str) -> u64 {
    use std::hash::Hasher;
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(text.as_bytes());
    let h = hasher.finish();
    (h ^ (h >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
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

    fn slot(&self, text: &str) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = (hash(text) as usize) & mask;
        loop {
            let code = self.slots[at];
            if code == NULL || self.value(code) == text {
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
        let code = self.slots[self.slot(text)];
        (code != NULL).then_some(code)
    }

    /// The code of `text`, which is added when new; its count grows by one.
    pub(crate) fn intern(&mut self, text: &str) -> u32 {
        if (self.ends.len() + 1) * 2 > self.slots.len() {
            self.grow();
        }
        let at = self.slot(text);
        let mut code = self.slots[at];
        if code == NULL {
            code = u32::try_from(self.ends.len()).unwrap_or(NULL - 1);
            self.text.push_str(text);
            self.ends.push(self.text.len());
            self.counts.push(0);
            self.slots[at] = code;
        }
        self.counts[code as usize] += 1;
        code
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(64);
        self.slots = vec![NULL; size];
        for code in 0..self.ends.len() {
            let at = self.slot(self.value(code as u32));
            self.slots[at] = code as u32;
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
    /// Another number of values than columns, or more than 2^32 − 2 rows.
    pub fn push<'a, I: IntoIterator<Item = &'a str>>(&mut self, values: I) -> Result<(), LinkageError> {
        let mut given = 0;
        for (index, value) in values.into_iter().enumerate() {
            given = index + 1;
            if let Some(column) = self.columns.get_mut(index) {
                let code = fold(value).map_or(NULL, |text| column.dictionary.intern(&text));
                column.codes.push(code);
            }
        }
        if given != self.columns.len() || self.rows >= (NULL - 1) as usize {
            for column in &mut self.columns {
                column.codes.truncate(self.rows);
            }
            return Err(LinkageError::RowWidth { row: self.rows + 1, given, wanted: self.columns.len() });
        }
        self.rows += 1;
        Ok(())
    }

    /// The rows that `wanted` holds for, as a table of their own.
    pub(crate) fn pick(&self, wanted: impl Fn(usize) -> bool) -> Self {
        let chosen: Vec<usize> = (0..self.rows).filter(|r| wanted(*r)).collect();
        let columns = self.columns.iter().map(|column| {
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
