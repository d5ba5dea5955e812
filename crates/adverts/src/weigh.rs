//! What a feature weighs: one as long as few posts hold it, less the more do (Spärck Jones 1972), so that boilerplate counts little.
//!
//! Counts are kept in a table of 2^20 cells, by the highest bits of the feature; cells add up, so neither the order of posts nor the number of
//! threads changes a weight. A feature that shares its cell with others is at most underrated, and only by what they add.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: cells are below 2^20, posts below their number")]

use rayon::prelude::*;

use crate::store::Store;

/// Bits of a feature that name its cell.
const CELL_BITS: u32 = 20;
/// Largest weight: a feature's lowest six bits.
pub(crate) const WEIGHT_MAX: u32 = 63;
/// A feature in at most one post of so many has the full weight.
const RARE: f64 = 50.0;
/// In a small corpus shares are taken of so many posts, lest the few copies of one template make its words look common.
const POSTS_MIN: f64 = 2_000.0;

/// How many posts hold the features of each cell.
#[derive(Clone, Debug)]
pub(crate) struct Counts {
    cells: Vec<u32>,
}

impl Counts {
    pub(crate) fn new() -> Self {
        Self { cells: vec![0; 1 << CELL_BITS] }
    }

    pub(crate) fn add(&mut self, features: &[u32]) {
        for feature in features {
            self.cells[(feature >> (32 - CELL_BITS)) as usize] += 1;
        }
    }

    fn merge(mut self, other: Self) -> Self {
        self.cells.iter_mut().zip(other.cells).for_each(|(a, b)| *a += b);
        self
    }

    /// Of these posts.
    pub(crate) fn of(store: &Store, posts: &[u32]) -> Self {
        let part = posts.len().div_ceil(rayon::current_num_threads().max(1)).max(1_024);
        let count = |posts: &[u32]| {
            let mut counts = Self::new();
            posts.iter().for_each(|p| counts.add(store.features(*p as usize)));
            counts
        };
        posts.par_chunks(part).map(count).reduce_with(Self::merge).unwrap_or_else(Self::new)
    }

    /// The weight, 1..=63, of each cell among `posts` posts.
    pub(crate) fn weights(&self, posts: usize) -> Vec<u8> {
        let posts = (posts as f64).max(POSTS_MIN);
        let weight = |count: &u32| {
            let share = (posts / f64::from((*count).max(1))).max(1.0).ln() / RARE.ln();
            (share.min(1.0) * f64::from(WEIGHT_MAX)).round().max(1.0) as u8
        };
        self.cells.par_iter().map(weight).collect()
    }
}

/// Distinct posts with weighted features: the weight takes the place of a feature's six lowest bits.
#[derive(Debug)]
pub(crate) struct Weighted {
    starts: Vec<usize>,
    features: Vec<u32>,
    /// Largest feature of a truncated post, else the largest number.
    bounds: Vec<u32>,
    totals: Vec<u32>,
}

pub(crate) const fn weight(feature: u32) -> u32 {
    feature & WEIGHT_MAX
}

impl Weighted {
    pub(crate) fn new(store: &Store, posts: &[u32], weights: &[u8]) -> Self {
        let mut starts = Vec::with_capacity(posts.len() + 1);
        starts.push(0);
        let mut features = Vec::with_capacity(posts.iter().map(|p| store.features(*p as usize).len()).sum());
        let (mut bounds, mut totals) = (Vec::with_capacity(posts.len()), Vec::with_capacity(posts.len()));
        for post in posts {
            let from = features.len();
            for feature in store.features(*post as usize) {
                let packed = (feature & !WEIGHT_MAX) | u32::from(weights[(feature >> (32 - CELL_BITS)) as usize]);
                // Two features that differ in the lowest bits alone become one.
                if features.len() == from || features.last() != Some(&packed) {
                    features.push(packed);
                }
            }
            starts.push(features.len());
            let own = &features[from..];
            bounds.push(if store.truncated(*post as usize) { own.last().copied().unwrap_or(0) } else { u32::MAX });
            totals.push(own.iter().map(|f| weight(*f)).sum());
        }
        Self { starts, features, bounds, totals }
    }

    pub(crate) fn len(&self) -> usize {
        self.totals.len()
    }

    pub(crate) fn features(&self, at: usize) -> &[u32] {
        &self.features[self.starts[at]..self.starts[at + 1]]
    }

    pub(crate) fn bound(&self, at: usize) -> u32 {
        self.bounds[at]
    }

    pub(crate) fn total(&self, at: usize) -> u32 {
        self.totals[at]
    }

    fn within(&self, at: usize, bound: u32) -> u32 {
        if bound == u32::MAX || bound >= self.features(at).last().copied().unwrap_or(0) {
            return self.totals[at];
        }
        self.features(at).iter().take_while(|f| **f <= bound).map(|f| weight(*f)).sum()
    }

    /// The weighted share of features in common, in thousandths, of the sample both posts hold.
    pub(crate) fn similarity(&self, a: usize, b: usize) -> u32 {
        let bound = self.bounds[a].min(self.bounds[b]);
        let common = common(self.features(a), self.features(b), bound);
        let all = self.within(a, bound) + self.within(b, bound) - common;
        if all == 0 { 0 } else { (u64::from(common) * 1_000 / u64::from(all)) as u32 }
    }
}

/// The weight of the features in both, up to `bound`.
pub(crate) fn common(a: &[u32], b: &[u32], bound: u32) -> u32 {
    let (mut i, mut j, mut sum) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        let (x, y) = (a[i], b[j]);
        if x > bound || y > bound {
            break;
        }
        sum += if x == y { weight(x) } else { 0 };
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    sum
}
