//! What a feature weighs: one as long as few posts hold it, less the more do (Spärck Jones 1972), so that boilerplate counts little.
//!
//! Counts are kept in a table of 2^20 cells, by the highest bits of the feature; cells add up, so neither the order of posts nor the number of
//! threads changes a weight. A feature that shares its cell with others is at most underrated, and only by what they add.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: cells are below 2^20, posts below their number")]

use rayon::prelude::*;

use crate::store::{Span, Store};

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
    /// Where each one's features lie.
    spans: Vec<Span>,
    parts: Vec<Vec<u32>>,
    /// Largest feature of a truncated post, else the largest number.
    bounds: Vec<u32>,
    totals: Vec<u32>,
}

pub(crate) const fn weight(feature: u32) -> u32 {
    feature & WEIGHT_MAX
}

impl Weighted {
    /// Of these posts of the store.
    pub(crate) fn new(store: Store, posts: &[u32], weights: &[u8]) -> Self {
        let (spans, mut parts, truncated) = store.into_parts();
        parts.par_iter_mut().for_each(|part| {
            for feature in part {
                *feature = (*feature & !WEIGHT_MAX) | u32::from(weights[(*feature >> (32 - CELL_BITS)) as usize]);
            }
        });
        let spans: Vec<Span> = posts.iter().map(|p| spans[*p as usize]).collect();
        let own = |at: usize| spans[at].of(&parts);
        let bound = |(at, post): (usize, &u32)| if truncated[*post as usize] { own(at).last().copied().unwrap_or(0) } else { u32::MAX };
        let bounds = posts.par_iter().enumerate().map(bound).collect();
        let totals = (0..posts.len()).into_par_iter().map(|at| own(at).iter().map(|f| weight(*f)).sum()).collect();
        Self { spans, parts, bounds, totals }
    }

    pub(crate) fn len(&self) -> usize {
        self.totals.len()
    }

    pub(crate) fn features(&self, at: usize) -> &[u32] {
        self.spans[at].of(&self.parts)
    }

    pub(crate) fn bound(&self, at: usize) -> u32 {
        self.bounds[at]
    }

    pub(crate) fn total(&self, at: usize) -> u32 {
        self.totals[at]
    }

    /// The features up to `bound` and their weight.
    fn within(&self, at: usize, bound: u32) -> (&[u32], u32) {
        let own = self.features(at);
        if own.last().is_none_or(|last| *last <= bound) {
            return (own, self.totals[at]);
        }
        let own = &own[..own.partition_point(|f| *f <= bound)];
        (own, own.iter().map(|f| weight(*f)).sum())
    }

    /// The weighted share of features in common, in thousandths, of the sample both posts hold.
    pub(crate) fn similarity(&self, a: usize, b: usize) -> u32 {
        let bound = self.bounds[a].min(self.bounds[b]);
        let ((a, all_a), (b, all_b)) = (self.within(a, bound), self.within(b, bound));
        let common = common(a, b);
        let all = (all_a + all_b).saturating_sub(common);
        if all == 0 { 0 } else { (u64::from(common) * 1_000 / u64::from(all)) as u32 }
    }
}

/// The weight of the features in both.
fn common(a: &[u32], b: &[u32]) -> u32 {
    let (mut i, mut j, mut sum) = (0_usize, 0_usize, 0_u32);
    while i < a.len() && j < b.len() {
        let (x, y) = (a[i], b[j]);
        sum = sum.wrapping_add(weight(x) * u32::from(x == y));
        i = i.wrapping_add(usize::from(x <= y));
        j = j.wrapping_add(usize::from(y <= x));
    }
    sum
}
