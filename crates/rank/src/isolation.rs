//! How easily a row is told apart from the others: an isolation forest (Liu, Ting & Zhou 2008), for work without labels.
//!
//! Each tree draws rows and parts them by a random column at a random value between its least and greatest, until each is alone.
//! Strange rows are alone early. A missing value goes to a side drawn for each branch.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::RankError;
use crate::importance::shuffle;
use crate::matrix::{Matrix, Named};

/// Settings of the isolation score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IsolationSettings {
    /// Seed of rows, columns and values.
    pub seed: u64,
    /// Trees, 1 to 10,000.
    pub trees: usize,
    /// Rows drawn for each tree, 2 to 65,536.
    pub rows: usize,
}

impl Default for IsolationSettings {
    fn default() -> Self {
        Self { seed: 1, trees: 200, rows: 256 }
    }
}

/// A branch, or the rows that end here.
#[derive(Clone, Copy, Debug)]
enum Node {
    Branch { column: usize, below: f32, missing_left: bool, right: usize },
    Leaf { rows: usize },
}

/// Scores of all rows, 0 to 1 (about 0.5: as the others; towards 1: strange), in the matrix's order.
///
/// # Errors
/// [`RankError::Setting`] for settings out of range.
pub fn isolation(matrix: &Matrix, settings: &IsolationSettings) -> Result<Vec<f64>, RankError> {
    if !(1..=10_000).contains(&settings.trees) {
        return Err(RankError::Setting { setting: "trees", range: "1 to 10000" });
    }
    if !(2..=65_536).contains(&settings.rows) {
        return Err(RankError::Setting { setting: "rows", range: "2 to 65536" });
    }
    let columns = matrix.columns();
    let drawn = settings.rows.min(matrix.rows());
    let depth = (drawn.max(2) as f64).log2().ceil() as usize;
    let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
    let mut sums = vec![0.0; matrix.rows()];
    for _ in 0..settings.trees {
        let mut rows = draw(matrix.rows(), drawn, &mut random);
        let mut tree = Vec::new();
        grow(columns, &mut rows, depth, &mut tree, &mut random);
        for (row, sum) in sums.iter_mut().enumerate() {
            *sum += path(&tree, columns, row);
        }
    }
    let expected = unsuccessful(drawn);
    let score = |sum: f64| if expected > 0.0 { (-sum / settings.trees as f64 / expected).exp2() } else { 0.5 };
    Ok(sums.into_iter().map(score).collect())
}

/// Distinct rows, drawn by Floyd's method, in random order.
fn draw(rows: usize, wanted: usize, random: &mut ChaCha8Rng) -> Vec<usize> {
    let mut chosen = std::collections::BTreeSet::new();
    for last in rows - wanted..rows {
        let row = random.random_range(0..=last);
        if !chosen.insert(row) {
            chosen.insert(last);
        }
    }
    let mut chosen: Vec<usize> = chosen.into_iter().collect();
    shuffle(&mut chosen, random);
    chosen
}

/// Appends the tree of these rows: a branch, its left side, its right side.
fn grow(columns: &[Named], rows: &mut [usize], depth: usize, tree: &mut Vec<Node>, random: &mut ChaCha8Rng) {
    let split = if rows.len() > 1 && depth > 0 { cut(columns, rows, random) } else { None };
    let Some((column, below, missing_left)) = split else {
        tree.push(Node::Leaf { rows: rows.len() });
        return;
    };
    rows.sort_by_key(|row| !left(columns, column, below, missing_left, *row));
    let middle = rows.partition_point(|row| left(columns, column, below, missing_left, *row));
    let (low, high) = rows.split_at_mut(middle);
    let at = tree.len();
    tree.push(Node::Leaf { rows: 0 });
    grow(columns, low, depth - 1, tree, random);
    let right = tree.len();
    grow(columns, high, depth - 1, tree, random);
    if let Some(node) = tree.get_mut(at) {
        *node = Node::Branch { column, below, missing_left, right };
    }
}

/// A column that tells these rows apart, and where. A few columns are tried: most rows differ in most.
fn cut(columns: &[Named], rows: &[usize], random: &mut ChaCha8Rng) -> Option<(usize, f32, bool)> {
    for _ in 0..16.min(columns.len() * 4) {
        let column = random.random_range(0..columns.len());
        let missing_left = random.random_range(0..2_u8) == 0;
        let share: f64 = random.random_range(0.0..1.0);
        let values = || rows.iter().filter_map(|row| columns.get(column)?.values.get(*row).copied()).filter(|value| !value.is_nan());
        let (least, most) = values().fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), value| (least.min(value), most.max(value)));
        if least < most {
            // Above the least and up to the greatest: both sides get a row.
            let below = (f64::from(least) + (f64::from(most) - f64::from(least)) * (1.0 - share)) as f32;
            return Some((column, if below > least { below } else { most }, missing_left));
        }
    }
    None
}

fn left(columns: &[Named], column: usize, below: f32, missing_left: bool, row: usize) -> bool {
    match columns.get(column).and_then(|column| column.values.get(row)) {
        Some(value) if !value.is_nan() => *value < below,
        _ => missing_left,
    }
}

/// Steps down to the leaf, and what the rows that end there would need on average to be told apart.
fn path(tree: &[Node], columns: &[Named], row: usize) -> f64 {
    let (mut at, mut steps) = (0, 0.0);
    loop {
        match tree.get(at) {
            Some(Node::Branch { column, below, missing_left, right }) => {
                at = if left(columns, *column, *below, *missing_left, row) { at + 1 } else { *right };
                steps += 1.0;
            }
            Some(Node::Leaf { rows }) => return steps + unsuccessful(*rows),
            None => return steps,
        }
    }
}

/// The mean path of an unsuccessful search in a binary search tree of so many rows: 2 H(n − 1) − 2 (n − 1) / n.
fn unsuccessful(rows: usize) -> f64 {
    if rows < 2 {
        return 0.0;
    }
    let harmonic: f64 = (1..rows).map(|k| 1.0 / k as f64).sum();
    2.0 * harmonic - 2.0 * (rows as f64 - 1.0) / rows as f64
}
