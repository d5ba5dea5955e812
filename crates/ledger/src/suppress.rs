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

/// A cell over atoms (sets of entries that no cell parts), with how many entries it counts.
struct Weighed {
    table: usize,
    total: bool,
    atoms: BTreeSet<usize>,
    size: u64,
}

/// The cells over atoms, and how many entries each atom has.
fn weigh(cells: &[Cell]) -> (Vec<Weighed>, Vec<u64>) {
    let mut members: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (number, cell) in cells.iter().enumerate() {
        for entry in &cell.entries {
            members.entry(*entry).or_default().push(number);
        }
    }
    let mut atoms: BTreeMap<Vec<usize>, u64> = BTreeMap::new();
    for numbers in members.into_values() {
        *atoms.entry(numbers).or_default() += 1;
    }
    let weighed = |cell: &Cell| Weighed { table: cell.table, total: cell.total, atoms: BTreeSet::new(), size: cell.entries.len() as u64 };
    let mut cells: Vec<Weighed> = cells.iter().map(weighed).collect();
    for (atom, numbers) in atoms.keys().enumerate() {
        for number in numbers {
            if let Some(cell) = cells.get_mut(*number) {
                cell.atoms.insert(atom);
            }
        }
    }
    (cells, atoms.into_values().collect())
}

/// Which cells must be hidden so that no count from 1 to `k - 1` can be worked out of the others. `k` of 0 or 1 hides nothing.
#[must_use]
pub fn hide(cells: &[Cell], k: u64) -> Vec<bool> {
    let (cells, weights) = weigh(cells);
    let primary: Vec<bool> = cells.iter().map(|cell| cell.size > 0 && cell.size < k).collect();
    let mut hidden = primary.clone();
    while let Some(next) =
        contained(&cells, &hidden, k).or_else(|| left_over(&cells, &weights, &hidden, k)).or_else(|| solved(&cells, &primary, &hidden))
    {
        match hidden.get_mut(next) {
            Some(place) if !*place => *place = true,
            _ => return vec![true; cells.len()],
        }
    }
    hidden
}

/// Published cells with entries, smallest first, then in order.
fn published<'a>(cells: &'a [Weighed], hidden: &'a [bool]) -> Vec<(usize, &'a Weighed)> {
    let mut shown: Vec<(usize, &Weighed)> =
        cells.iter().zip(hidden).enumerate().filter(|(_, (c, h))| !**h && c.size > 0).map(|(at, (c, _))| (at, c)).collect();
    shown.sort_by_key(|(at, cell)| (cell.size, *at));
    shown
}

/// Two published counts, one within the other, with a small rest: the smaller is to be hidden.
fn contained(cells: &[Weighed], hidden: &[bool], k: u64) -> Option<usize> {
    let shown = published(cells, hidden);
    for (number, (at, inner)) in shown.iter().enumerate() {
        for (_, outer) in shown.iter().skip(number + 1) {
            let rest = outer.size - inner.size;
            if rest > 0 && rest < k && inner.atoms.is_subset(&outer.atoms) {
                return Some(*at);
            }
        }
    }
    None
}

/// A published count, less the published groups of a table within it: what is left is in hidden groups. Were it small, or so small that
/// each of `m` hidden groups is narrowly bounded, another group is hidden; where none is left, the count itself.
fn left_over(cells: &[Weighed], weights: &[u64], hidden: &[bool], k: u64) -> Option<usize> {
    let tables: BTreeSet<usize> = cells.iter().map(|cell| cell.table).collect();
    for (outer_at, outer) in published(cells, hidden) {
        for table in &tables {
            let groups = || cells.iter().zip(hidden).enumerate().filter(|(_, (c, _))| c.table == *table && !c.total);
            let within = |cell: &Weighed| cell.size > 0 && cell.atoms.is_subset(&outer.atoms);
            let mut left = outer.atoms.clone();
            for (_, (cell, _)) in groups().filter(|(at, (cell, hidden))| *at != outer_at && !**hidden && within(cell)) {
                left.retain(|atom| !cell.atoms.contains(atom));
            }
            let unknown = groups().filter(|(_, (cell, hidden))| **hidden && !cell.atoms.is_disjoint(&outer.atoms)).count() as u64;
            let rest: u64 = left.iter().filter_map(|atom| weights.get(*atom)).sum();
            let safe = if unknown > 1 { rest + 2 >= unknown + k } else { rest >= k };
            if unknown == 0 || rest == 0 || safe {
                continue;
            }
            let smallest = groups().filter(|(at, (cell, hidden))| *at != outer_at && !**hidden && within(cell));
            return Some(smallest.min_by_key(|(at, (cell, _))| (cell.size, *at)).map_or(outer_at, |(at, _)| at));
        }
    }
    None
}

/// A small count that the published ones determine: one of those beside it is to be hidden.
fn solved(cells: &[Weighed], primary: &[bool], hidden: &[bool]) -> Option<usize> {
    let row = |cell: &Weighed| cell.atoms.iter().map(|atom| (*atom, 1)).collect::<Row>();
    let mut span = Span::default();
    for (cell, _) in cells.iter().zip(hidden).filter(|(_, hidden)| !**hidden) {
        span.add(row(cell));
    }
    let (small, _) = cells.iter().zip(primary).find(|(cell, primary)| **primary && span.rest(row(cell)).is_empty())?;
    let shown = published(cells, hidden);
    let beside = shown.iter().find(|(_, cell)| cell.table == small.table && !cell.total);
    let above = || shown.iter().find(|(_, cell)| cell.table == small.table);
    let touching = || shown.iter().find(|(_, cell)| !cell.atoms.is_disjoint(&small.atoms));
    beside.or_else(above).or_else(touching).or_else(|| shown.first()).map(|(at, _)| *at)
}
