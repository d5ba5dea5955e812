//! Where rows stand in memory: rows alike in the column that most rules use stand together, so that a block's rows are near each other
//! and blocks met one after another touch the same memory. Only speed depends on it.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: ranks are below the dictionary's length, places below the number of rows")]

use rayon::prelude::*;

use crate::config::Rule;
use crate::table::{NULL, Table};

/// The row at each place and the place of each row; both empty while rows stand in their own order. Rows beyond stand in their own place.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layout {
    rows: Vec<u32>,
    places: Vec<u32>,
    /// The column, and the place after the rows of each of its values.
    column: usize,
    ends: Vec<u32>,
}

impl Layout {
    /// For `rules` over `table`: rows in order of the values (as texts) of the column that most rules have a key of.
    pub(crate) fn of(table: &Table, rules: &[Rule]) -> Self {
        let uses = |name: &str| rules.iter().filter(|r| r.keys.iter().any(|k| k.column == name)).count();
        let columns = table.columns();
        let most = columns.iter().enumerate().map(|(at, c)| (uses(c.name()), columns.len() - at)).max();
        match most {
            Some((1.., from_last)) => Self::by(table, columns.len() - from_last),
            _ => Self::default(),
        }
    }

    fn by(table: &Table, at: usize) -> Self {
        let column = &table.columns()[at];
        let dictionary = column.dictionary();
        let mut values: Vec<u32> = (0..dictionary.len() as u32).collect();
        values.par_sort_unstable_by_key(|code| dictionary.value(*code));
        // where the next row of each value goes; absent values come last
        let mut next = vec![0u32; values.len()];
        let mut sum = 0;
        for code in values {
            next[code as usize] = sum;
            sum += dictionary.count(code);
        }
        let mut rows = vec![0; table.rows()];
        let mut places = vec![0; table.rows()];
        for (row, code) in column.codes().iter().enumerate() {
            let place = if *code == NULL { &mut sum } else { &mut next[*code as usize] };
            rows[*place as usize] = row as u32;
            places[row] = *place;
            *place += 1;
        }
        Self { rows, places, column: at, ends: next }
    }

    /// Rows `from..to`, which were added, by where rows like them stand.
    pub(crate) fn near(&self, table: &Table, from: u32, to: u32) -> Vec<u32> {
        let codes = table.columns().get(self.column).map_or(&[][..], |c| c.codes());
        let place = |row: u32| codes.get(row as usize).and_then(|code| self.ends.get(*code as usize)).copied().unwrap_or(u32::MAX);
        let mut out: Vec<(u32, u32)> = (from..to).map(|row| (place(row), row)).collect();
        out.sort_unstable();
        out.into_iter().map(|(_, row)| row).collect()
    }

    pub(crate) fn row(&self, place: u32) -> u32 {
        self.rows.get(place as usize).copied().unwrap_or(place)
    }

    pub(crate) fn place(&self, row: u32) -> u32 {
        self.places.get(row as usize).copied().unwrap_or(row)
    }
}
