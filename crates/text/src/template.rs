//! Groups of near-duplicate texts, from their sketches: locality-sensitive hashing in bands, then union–find.
//!
//! Bounded: in one bucket each sketch is compared with at most [`COMPARISONS_MAX`] others, so that one flooded template costs linear time.

use crate::sketch::similarity;
use crate::slot::mix;

/// A threshold that joins copies of one advert template and keeps apart adverts of one trade.
pub const TEMPLATE_THRESHOLD: f64 = 0.6;
/// Most comparisons of one sketch within one bucket.
const COMPARISONS_MAX: usize = 16;

/// For each post its group, or `None` when it is alone. The group is named by the smallest post index in it.
/// Posts with an empty sketch are alone. `threshold` is the least similarity (0..=1) that joins two posts; groups are closed
/// under joining, so two members may be less alike than that. The order of `posts` does not change which groups there are.
#[must_use]
pub fn group_templates(posts: &[(u32, Vec<u64>)], threshold: f64) -> Vec<Option<u32>> {
    let mut order: Vec<usize> = (0..posts.len()).collect();
    let sketch_of = |at: usize| posts.get(at).map(|post| post.1.as_slice()).unwrap_or_default();
    let index_of = |at: usize| posts.get(at).map_or(u32::MAX, |post| post.0);
    order.sort_unstable_by(|a, b| sketch_of(*a).cmp(sketch_of(*b)).then(index_of(*a).cmp(&index_of(*b))).then(a.cmp(b)));
    let mut union = Union::new(posts.len());
    // Equal sketches are joined at once; only the first of each goes on to the bands.
    let mut distinct: Vec<usize> = Vec::new();
    for at in order {
        match distinct.last() {
            _ if sketch_of(at).is_empty() => {}
            Some(last) if sketch_of(*last) == sketch_of(at) => union.join(*last, at),
            _ => distinct.push(at),
        }
    }
    distinct.sort_unstable_by_key(|at| (index_of(*at), *at));
    // Fewer rows a band find less alike pairs and cost more comparisons.
    let rows = if threshold < 0.6 { 2 } else { 4 };
    let bands = distinct.iter().map(|at| sketch_of(*at).len()).max().unwrap_or(0).div_ceil(rows);
    for band in 0..bands {
        let mut buckets: Vec<(u64, usize)> = Vec::with_capacity(distinct.len());
        for (rank, at) in distinct.iter().enumerate() {
            if let Some(values) = sketch_of(*at).get(band * rows..((band + 1) * rows).min(sketch_of(*at).len())) {
                buckets.push((values.iter().fold(0, |state, value| mix(state ^ value)), rank));
            }
        }
        buckets.sort_unstable();
        for bucket in buckets.chunk_by(|a, b| a.0 == b.0) {
            join_bucket(bucket, &distinct, &mut union, &|a, b| similarity(sketch_of(a), sketch_of(b)) >= threshold);
        }
    }
    names(&mut union, posts)
}

/// Compares each member with the representatives of the groups already met in this bucket.
fn join_bucket(bucket: &[(u64, usize)], distinct: &[usize], union: &mut Union, alike: &dyn Fn(usize, usize) -> bool) {
    let mut representatives: Vec<usize> = Vec::new();
    for (_, rank) in bucket {
        let Some(at) = distinct.get(*rank).copied() else {
            continue;
        };
        let mut joined = false;
        for representative in &representatives {
            if union.find(*representative) == union.find(at) {
                joined = true;
            } else if alike(*representative, at) {
                union.join(*representative, at);
                joined = true;
            }
        }
        if !joined && representatives.len() < COMPARISONS_MAX {
            representatives.push(at);
        }
    }
}

/// Names each group of two or more by its smallest post index.
fn names(union: &mut Union, posts: &[(u32, Vec<u64>)]) -> Vec<Option<u32>> {
    let mut smallest: Vec<(u32, u32)> = vec![(u32::MAX, 0); posts.len()];
    for (at, post) in posts.iter().enumerate() {
        let root = union.find(at);
        if let Some((name, size)) = smallest.get_mut(root) {
            *name = (*name).min(post.0);
            *size += 1;
        }
    }
    (0..posts.len()).map(|at| smallest.get(union.find(at)).filter(|(_, size)| *size > 1).map(|(name, _)| *name)).collect()
}

/// Union–find over positions.
struct Union {
    parent: Vec<usize>,
}

impl Union {
    fn new(n: usize) -> Self {
        Self { parent: (0..n).collect() }
    }

    fn find(&mut self, mut at: usize) -> usize {
        loop {
            let parent = self.parent.get(at).copied().unwrap_or(at);
            if parent == at {
                return at;
            }
            let grand = self.parent.get(parent).copied().unwrap_or(parent);
            if let Some(slot) = self.parent.get_mut(at) {
                *slot = grand;
            }
            at = grand;
        }
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        if let Some(slot) = self.parent.get_mut(a.max(b)) {
            *slot = a.min(b);
        }
    }
}
