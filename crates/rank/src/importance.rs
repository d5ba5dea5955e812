//! What the ranking loses when a column, or a family of columns, is shuffled (Breiman 2001).

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::forest::{Forest, leaf, value};
use crate::matrix::Named;
use crate::measure::average_precision;

/// At most so many rows are shuffled, drawn by the seed.
const ROWS_MOST: usize = 5_000;

/// What is lost without a column or a family.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Importance {
    /// The column or the family.
    pub name: String,
    /// Fall of average precision; below 0 when the ranking is better without.
    pub loss: f64,
}

struct Rows<'a> {
    forest: &'a Forest,
    /// Values of the rows alone, side by side.
    columns: &'a [&'a Named],
    labels: Vec<bool>,
    /// Sums of the trees, row by row.
    raw: Vec<f64>,
    /// What each tree adds, tree by tree.
    leaves: Vec<Vec<f32>>,
    reads: Vec<Vec<u32>>,
    /// Whose values a row is given.
    order: Vec<usize>,
}

impl Rows<'_> {
    fn without(&self, shuffled: &[u32], whole: f64) -> f64 {
        let mut raw = self.raw.clone();
        let trees = self.forest.trees.iter().zip(&self.leaves).zip(&self.reads);
        for ((tree, own), _) in trees.filter(|(_, reads)| shuffled.iter().any(|c| reads.binary_search(c).is_ok())) {
            for (row, ((other, own), raw)) in self.order.iter().zip(own).zip(&mut raw).enumerate() {
                let mixed = |column: u32| value(self.columns, column, if shuffled.contains(&column) { *other } else { row });
                *raw += f64::from(leaf(tree, mixed)) - f64::from(*own);
            }
        }
        whole - average_precision(&raw, &self.labels)
    }
}

/// Losses by column (only columns that some tree reads) and by family, each falling, then by name.
pub(crate) fn importances(forest: &Forest, columns: &[&Named], labelled: &[(usize, bool)], seed: u64) -> (Vec<Importance>, Vec<Importance>) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut chosen = labelled.to_vec();
    shuffle(&mut chosen, &mut random);
    chosen.truncate(ROWS_MOST);
    chosen.sort_unstable();
    let near = |column: &&Named| Named {
        name: column.name.clone(),
        family: column.family.clone(),
        values: chosen.iter().map(|(row, _)| column.values.get(*row).copied().unwrap_or(f32::NAN)).collect(),
    };
    let near: Vec<Named> = columns.iter().map(near).collect();
    let columns: Vec<&Named> = near.iter().collect();
    let rows: Vec<usize> = (0..chosen.len()).collect();
    let mut order = rows.clone();
    shuffle(&mut order, &mut random);
    let raw = forest.scores(&columns, &rows);
    let own = |tree: &Vec<crate::forest::Node>| rows.iter().map(|row| leaf(tree, |column| value(&columns, column, *row))).collect();
    let leaves = forest.trees.iter().map(own).collect();
    let labels = chosen.iter().map(|(_, label)| *label).collect();
    let view = Rows { forest, columns: &columns, labels, raw, leaves, reads: forest.reads(), order };
    let whole = average_precision(&view.raw, &view.labels);
    let mut read: Vec<u32> = view.reads.iter().flatten().copied().collect();
    read.sort_unstable();
    read.dedup();
    let name = |column: u32| columns.get(column as usize).map(|column| column.name.clone()).unwrap_or_default();
    let by_column = read.iter().map(|column| Importance { name: name(*column), loss: view.without(&[*column], whole) }).collect();
    let mut families: std::collections::BTreeMap<&str, Vec<u32>> = std::collections::BTreeMap::new();
    for column in read {
        if let Some(named) = columns.get(column as usize) {
            families.entry(named.family.as_str()).or_default().push(column);
        }
    }
    let by_family = families.into_iter().map(|(name, columns)| Importance { name: name.to_owned(), loss: view.without(&columns, whole) }).collect();
    (falling(by_column), falling(by_family))
}

fn falling(mut importances: Vec<Importance>) -> Vec<Importance> {
    importances.sort_by(|a, b| b.loss.total_cmp(&a.loss).then_with(|| a.name.cmp(&b.name)));
    importances
}

/// Fisher–Yates.
pub(crate) fn shuffle<T>(items: &mut [T], random: &mut ChaCha8Rng) {
    for at in (1..items.len()).rev() {
        items.swap(at, random.random_range(0..=at));
    }
}
