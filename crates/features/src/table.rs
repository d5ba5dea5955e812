//! The rows that come out, in columns.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: every row has one value a column")]

use rayon::prelude::*;

use crate::schema::Feature;

/// The values of one column.
#[derive(Clone, Debug)]
pub enum Column {
    /// Whole numbers.
    Whole(Vec<u32>),
    /// Numbers; NaN where the feature is not defined.
    Real(Vec<f64>),
}

impl Column {
    /// The value of a row as a number; NaN beyond the last row.
    #[must_use]
    pub fn value(&self, row: usize) -> f64 {
        match self {
            Self::Whole(values) => values.get(row).map_or(f64::NAN, |value| f64::from(*value)),
            Self::Real(values) => values.get(row).copied().unwrap_or(f64::NAN),
        }
    }

    /// How many rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Whole(values) => values.len(),
            Self::Real(values) => values.len(),
        }
    }

    /// Is there no row?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Two columns are equal when they hold the same bits, NaN included.
impl PartialEq for Column {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => a == b,
            (Self::Real(a), Self::Real(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits()),
            _ => false,
        }
    }
}

/// Features by column, one row a transfer, in the order the transfers were taken in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The transfers' ids.
    pub id: Vec<u64>,
    /// One column for each entry of the schema, in its order.
    pub columns: Vec<Column>,
}

impl Table {
    /// An empty table of these columns.
    #[must_use]
    pub fn new(schema: &[Feature]) -> Self {
        let column = |feature: &Feature| if feature.whole { Column::Whole(Vec::new()) } else { Column::Real(Vec::new()) };
        Self { id: Vec::new(), columns: schema.iter().map(column).collect() }
    }

    /// How many rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.id.len()
    }

    /// Is there no row?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.id.is_empty()
    }

    /// Forgets the rows and keeps their memory, for the next ones.
    pub fn clear(&mut self) {
        self.id.clear();
        for column in &mut self.columns {
            match column {
                Column::Whole(values) => values.clear(),
                Column::Real(values) => values.clear(),
            }
        }
    }

    /// Makes room for so many more rows.
    pub(crate) fn reserve(&mut self, rows: usize) {
        self.id.reserve(rows);
        for column in &mut self.columns {
            match column {
                Column::Whole(values) => values.reserve(rows),
                Column::Real(values) => values.reserve(rows),
            }
        }
    }

    /// Adds the rows of another table of the same columns.
    pub fn append(&mut self, other: &Self) {
        self.id.extend(&other.id);
        for (column, more) in self.columns.iter_mut().zip(&other.columns) {
            match (column, more) {
                (Column::Whole(values), Column::Whole(more)) => values.extend(more),
                (Column::Real(values), Column::Real(more)) => values.extend(more),
                _ => {}
            }
        }
    }

    /// Adds rows that are given in blocks: block `b` holds columns `starts[b]..starts[b + 1]` of each row.
    pub(crate) fn add(&mut self, ids: impl Iterator<Item = u64>, blocks: &[Block<'_>], together: bool) {
        self.id.extend(ids);
        let mut starts = vec![0];
        for block in blocks {
            starts.push(starts[starts.len() - 1] + block.width);
        }
        let fill = |(index, column): (usize, &mut Column)| {
            let block = starts.partition_point(|start| *start <= index) - 1;
            let (block, offset) = (&blocks[block], index - starts[block]);
            match column {
                Column::Whole(values) => values.extend(block.rows.iter().map(|row| row[offset] as u32)),
                Column::Real(values) => values.extend(block.rows.iter().map(|row| row[offset])),
            }
        };
        if together {
            self.columns.par_iter_mut().enumerate().for_each(fill);
        } else {
            self.columns.iter_mut().enumerate().for_each(fill);
        }
    }
}

/// A part of each row.
pub(crate) struct Block<'a> {
    pub(crate) width: usize,
    pub(crate) rows: Vec<&'a [f64]>,
}
