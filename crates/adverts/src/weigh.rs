//! What a feature weighs: one as long as few posts hold it, less the more do (Spärck Jones 1972), so that boilerplate counts little.
//!
//! Counts are kept in a table of 2^20 cells, by the highest bits of the feature; cells add up, so neither the order of posts nor the number of
//! threads changes a weight. A feature that shares its cell with others is at most underrated, and only by what they add.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: cells are below 2^20, posts below their number")]

use rayon::prelude::*;

use crate::candidate::draw;
use crate::store::Store;

/// Bits of a feature that name its cell.
const CELL_BITS: u32 = 20;
/// Posts that one task copies.
const BLOCK: usize = 4_096;
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

/// Distinct posts with weighted features: the weight takes the place of a feature's six lowest bits. Posts whose first keys are the same lie
/// side by side, so that posts that will be compared are near each other in memory.
#[derive(Debug)]
pub(crate) struct Weighted {
    /// Where each one's features begin, and the end.
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
    /// Of these posts of the store; with it for each of them its place here.
    pub(crate) fn new(store: &Store, posts: &[u32], weights: &[u8]) -> (Self, Vec<u32>) {
        let packed = |f: &u32| (f & !WEIGHT_MAX) | u32::from(weights[(f >> (32 - CELL_BITS)) as usize]);
        let mut order: Vec<(u64, u32)> = posts
            .par_iter()
            .enumerate()
            .map_init(Vec::new, |drawn, (at, post)| {
                draw(store.features(*post as usize).iter().map(packed).map(|f| (f, weight(f))), 2, drawn);
                let key = drawn.iter().fold(0, |key, (_, k)| key << 32 | u64::from(*k));
                (key, at as u32)
            })
            .collect();
        order.par_sort_unstable();
        let mut starts = vec![0];
        starts.extend(order.iter().scan(0, |end, (_, at)| {
            *end += store.features(posts[*at as usize] as usize).len();
            Some(*end)
        }));
        let mut features = vec![0; starts[order.len()]];
        let (mut rest, mut pieces) = (features.as_mut_slice(), Vec::new());
        for block in 0..order.len().div_ceil(BLOCK) {
            let (from, to) = (block * BLOCK, ((block + 1) * BLOCK).min(order.len()));
            let (piece, after) = rest.split_at_mut(starts[to] - starts[from]);
            pieces.push((piece, &order[from..to]));
            rest = after;
        }
        pieces.into_par_iter().for_each(|(piece, order)| {
            let own = order.iter().flat_map(|(_, at)| store.features(posts[*at as usize] as usize));
            piece.iter_mut().zip(own).for_each(|(to, from)| *to = packed(from));
        });
        let own = |at: usize| &features[starts[at]..starts[at + 1]];
        let bound = |at: usize| if store.truncated(posts[order[at].1 as usize] as usize) { own(at).last().copied().unwrap_or(0) } else { u32::MAX };
        let bounds = (0..order.len()).into_par_iter().map(bound).collect();
        let totals = (0..order.len()).into_par_iter().map(|at| own(at).iter().map(|f| weight(*f)).sum()).collect();
        let mut places = vec![0; order.len()];
        order.iter().enumerate().for_each(|(place, (_, at))| places[*at as usize] = place as u32);
        (Self { starts, features, bounds, totals }, places)
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
