//! Hiding small counts so that the published ones do not give them away (SG-039).
//!
//! All tables over one kind of entry are looked at together. A count below k is hidden (primary). Then more are hidden (complementary)
//! until three attacks fail: solving the published sums for a hidden count (exact linear algebra over all published cells); subtracting a
//! published count from one that contains it; and subtracting all published groups of a table from a published count above them.

use std::collections::{BTreeMap, BTreeSet};

/// A count that might be published: the entries it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its table.
    pub table: usize,
    /// The table's total, or one of its groups?
    pub total: bool,
    /// The entries counted, by index.
    pub entries: BTreeSet<u64>,
}

/// 2^61 - 1, a prime: sums of 0 and 1 are solved modulo it.
const PRIME: u64 = (1 << 61) - 1;

fn times(a: u64, b: u64) -> u64 {
    u64::try_from(u128::from(a) * u128::from(b) % u128::from(PRIME)).unwrap_or(0)
}

fn inverse(a: u64) -> u64 {
    let (mut base, mut exponent, mut result) = (a, PRIME - 2, 1);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = times(result, base);
        }
        base = times(base, base);
        exponent >>= 1;
    }
    result
}

/// A sparse row: column → value modulo [`PRIME`], no zeros.
type Row = BTreeMap<usize, u64>;

/// Rows in echelon form by their first column.
#[derive(Default)]
struct Span(BTreeMap<usize, Row>);

impl Span {
    /// What is left of a row after the span's rows are taken away: empty where it lies in the span.
    fn rest(&self, mut row: Row) -> Row {
        let mut from = 0;
        while let Some((&column, &value)) = row.range(from..).next() {
            if let Some(basis) = self.0.get(&column) {
                for (at, other) in basis {
                    let entry = row.entry(*at).or_insert(0);
                    *entry = (*entry + PRIME - times(value, *other)) % PRIME;
                }
                row.retain(|_, value| *value != 0);
            }
            from = column + 1;
        }
        row
    }

    fn add(&mut self, row: Row) {
        let rest = self.rest(row);
        if let Some((&first, &value)) = rest.first_key_value() {
            let scale = inverse(value);
            self.0.insert(first, rest.into_iter().map(|(at, value)| (at, times(value, scale))).collect());
        }
    }
}

/// Each cell over atoms: sets of entries that no cell parts.
fn rows(cells: &[Cell]) -> Vec<Row> {
    let mut members: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (number, cell) in cells.iter().enumerate() {
        for entry in &cell.entries {
            members.entry(*entry).or_default().push(number);
        }
    }
    let atoms: BTreeSet<Vec<usize>> = members.into_values().collect();
    let mut rows = vec![Row::new(); cells.len()];
    for (atom, numbers) in atoms.into_iter().enumerate() {
        for number in numbers {
            if let Some(row) = rows.get_mut(number) {
                row.insert(atom, 1);
            }
        }
    }
    rows
}

/// Which cells must be hidden so that no count from 1 to `k - 1` can be worked out of the others. `k` of 0 or 1 hides nothing.
#[must_use]
pub fn hide(cells: &[Cell], k: u64) -> Vec<bool> {
    let rows = rows(cells);
    let size = |cell: &Cell| cell.entries.len() as u64;
    let small = |count: u64| count > 0 && count < k;
    let primary: Vec<bool> = cells.iter().map(|cell| small(size(cell))).collect();
    let mut hidden = primary.clone();
    while let Some(next) = contained(cells, &hidden, k).or_else(|| left_over(cells, &hidden, k)).or_else(|| solved(cells, &rows, &primary, &hidden)) {
        match hidden.get_mut(next) {
            Some(place) if !*place => *place = true,
            _ => return vec![true; cells.len()],
        }
    }
    hidden
}

/// Published cells with entries, smallest first, then in order.
fn published<'a>(cells: &'a [Cell], hidden: &'a [bool]) -> Vec<(usize, &'a Cell)> {
    let mut shown: Vec<(usize, &Cell)> =
        cells.iter().zip(hidden).enumerate().filter(|(_, (c, h))| !**h && !c.entries.is_empty()).map(|(at, (c, _))| (at, c)).collect();
    shown.sort_by_key(|(at, cell)| (cell.entries.len(), *at));
    shown
}

/// Two published counts, one within the other, with a small rest: the smaller is to be hidden.
fn contained(cells: &[Cell], hidden: &[bool], k: u64) -> Option<usize> {
    let shown = published(cells, hidden);
    for (number, (at, inner)) in shown.iter().enumerate() {
        for (_, outer) in shown.iter().skip(number + 1) {
            let rest = (outer.entries.len() - inner.entries.len()) as u64;
            if rest > 0 && rest < k && inner.entries.is_subset(&outer.entries) {
                return Some(*at);
            }
        }
    }
    None
}

/// A published count, less the published groups of a table within it: what is left is in hidden groups. Were it small, or so small that
/// each of `m` hidden groups is narrowly bounded, another group is hidden; where none is left, the count itself.
fn left_over(cells: &[Cell], hidden: &[bool], k: u64) -> Option<usize> {
    let tables: BTreeSet<usize> = cells.iter().map(|cell| cell.table).collect();
    for (outer_at, outer) in published(cells, hidden) {
        for table in &tables {
            let groups = || cells.iter().zip(hidden).enumerate().filter(|(_, (c, _))| c.table == *table && !c.total);
            let within = |cell: &Cell| !cell.entries.is_empty() && cell.entries.is_subset(&outer.entries);
            let mut taken = BTreeSet::new();
            for (_, (cell, _)) in groups().filter(|(at, (cell, hidden))| *at != outer_at && !**hidden && within(cell)) {
                taken.extend(cell.entries.iter().copied());
            }
            let unknown = groups().filter(|(_, (cell, hidden))| **hidden && !cell.entries.is_disjoint(&outer.entries)).count() as u64;
            let rest = (outer.entries.len() - taken.len()) as u64;
            if unknown == 0 || rest == 0 || (unknown > 1 && rest + 2 >= unknown + k) {
                continue;
            }
            if unknown == 1 && rest >= k {
                continue;
            }
            let smallest = groups().filter(|(at, (cell, hidden))| *at != outer_at && !**hidden && within(cell));
            return Some(smallest.min_by_key(|(at, (cell, _))| (cell.entries.len(), *at)).map_or(outer_at, |(at, _)| at));
        }
    }
    None
}

/// A small count that the published ones determine: one of those beside it is to be hidden.
fn solved(cells: &[Cell], rows: &[Row], primary: &[bool], hidden: &[bool]) -> Option<usize> {
    let mut span = Span::default();
    for (row, _) in rows.iter().zip(hidden).filter(|(_, hidden)| !**hidden) {
        span.add(row.clone());
    }
    let found = cells.iter().zip(rows).zip(primary).find(|((_, row), primary)| **primary && span.rest((*row).clone()).is_empty());
    let ((small, _), _) = found?;
    let shown = published(cells, hidden);
    let beside = shown.iter().find(|(_, cell)| cell.table == small.table && !cell.total);
    let above = || shown.iter().find(|(_, cell)| cell.table == small.table);
    let touching = || shown.iter().find(|(_, cell)| !cell.entries.is_disjoint(&small.entries));
    beside.or_else(above).or_else(touching).or_else(|| shown.first()).map(|(at, _)| *at)
}
