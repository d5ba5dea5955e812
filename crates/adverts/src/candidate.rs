//! Candidate pairs by locality-sensitive hashing: each post is filed under a few keys, a weighted sample of its features that alike posts
//! draw alike (bottom-k of hash over weight: Cohen, Kaplan 2007; consistent weighted sampling: Manasse et al. 2010), and compared with its
//! neighbours in each file. Rare features are drawn often, boilerplate seldom; a file of any size costs linear time.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: windows lie within the sorted entries")]

use rayon::prelude::*;

use crate::weigh::{WEIGHT_MAX, Weighted, weight};

/// Posts whose keys one task draws.
const CHUNK: usize = 4_096;

/// Most distinct posts: what is left of 64 bits.
pub(crate) const POSTS_MAX: usize = 1 << 26;

/// A post under a key; within a key by twelve bits of the post's next key, so that posts alike in two stand together; then by post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Filed(u64);

impl Filed {
    /// `key` and `next` without their six lowest bits.
    const fn new(key: u32, next: u32, post: u32) -> Self {
        Self(((key >> 6) as u64) << 38 | (beside(next) as u64) << 26 | post as u64)
    }

    /// The key, its six lowest bits zero.
    pub(crate) const fn key(self) -> u32 {
        ((self.0 >> 38) as u32) << 6
    }

    pub(crate) const fn post(self) -> u32 {
        self.0 as u32 & (POSTS_MAX as u32 - 1)
    }
}

/// 32 bits of a feature, spread anew: in another order than the features' own, by which sketches are cut.
const fn spread(feature: u32) -> u32 {
    let mut x = feature >> 6;
    x = (x ^ (x >> 15)).wrapping_mul(0xD168_AAAD);
    x = (x ^ (x >> 13)).wrapping_mul(0xAF72_3597);
    x = (x ^ 0x5BD1_E995).wrapping_mul(0x9E37_79B1);
    x ^ (x >> 16)
}

/// 2^24 over each weight.
const RECIPROCAL: [u64; WEIGHT_MAX as usize + 1] = {
    let mut out = [1 << 24; WEIGHT_MAX as usize + 1];
    let mut weight = 2;
    while weight < out.len() {
        out[weight] = (1 << 24) / weight as u64;
        weight += 1;
    }
    out
};

/// The place of a feature in the order by which keys are drawn: hash over weight.
pub(crate) const fn key_order(feature: u32, weight: u32) -> u64 {
    spread(feature) as u64 * RECIPROCAL[(weight & WEIGHT_MAX) as usize]
}

/// Twelve bits of a key, by which posts under another are sorted.
pub(crate) const fn beside(key: u32) -> u32 {
    spread(key) >> 20
}

/// The `keys` features that come first by hash over weight, in that order.
pub(crate) fn draw(features: impl Iterator<Item = (u32, u32)>, keys: usize, out: &mut Vec<(u64, u32)>) {
    out.clear();
    for (feature, weight) in features {
        let rank = key_order(feature, weight);
        if out.len() == keys && out.last().is_some_and(|last| last.0 <= rank) {
            continue;
        }
        if out.len() == keys {
            out.pop();
        }
        let at = out.partition_point(|(r, _)| *r < rank);
        out.insert(at, (rank, feature & !WEIGHT_MAX));
    }
}

/// The keys of each post, side by side, ascending.
#[derive(Debug)]
pub(crate) struct Drawn {
    keys: Vec<u32>,
    each: usize,
}

impl Drawn {
    /// Have two posts at least two keys in common, or either so few that one says as much?
    pub(crate) fn shared(&self, a: u32, b: u32) -> bool {
        let of = |post: u32| &self.keys[post as usize * self.each..(post as usize + 1) * self.each];
        let (a, b) = (of(a), of(b));
        let (mut i, mut j, mut common) = (0_usize, 0_usize, 0_u32);
        while i < a.len() && j < b.len() {
            let (x, y) = (a[i], b[j]);
            common = common.wrapping_add(u32::from(x == y && x != NONE));
            i = i.wrapping_add(usize::from(x <= y));
            j = j.wrapping_add(usize::from(y <= x));
        }
        common >= 2 || a.last() == Some(&NONE) || b.last() == Some(&NONE)
    }
}

/// Stands where a post has fewer keys. No key: keys have no low bits.
const NONE: u32 = u32::MAX;

/// All posts under their keys, sorted; and the keys of each post.
pub(crate) fn files(posts: &Weighted, keys: usize) -> (Vec<Filed>, Drawn) {
    let mut own = vec![NONE; posts.len() * keys];
    let mut out = vec![Filed(u64::MAX); posts.len() * keys];
    own.par_chunks_mut(CHUNK * keys).zip(out.par_chunks_mut(CHUNK * keys)).enumerate().for_each(|(chunk, (own, out))| {
        let mut drawn = Vec::new();
        for (within, (own, out)) in own.chunks_mut(keys).zip(out.chunks_mut(keys)).enumerate() {
            let post = chunk * CHUNK + within;
            draw(posts.features(post).iter().map(|f| (*f, weight(*f))), keys, &mut drawn);
            for at in 0..drawn.len() {
                own[at] = drawn[at].1;
                out[at] = Filed::new(drawn[at].1, drawn[(at + 1) % drawn.len()].1, post as u32);
            }
            own.sort_unstable();
        }
    });
    out.par_sort_unstable();
    let end = out.partition_point(|f| f.0 != u64::MAX);
    out.truncate(end);
    (out, Drawn { keys: own, each: keys })
}

/// Pairs of neighbours under one key, the lower post first, in order, each once.
pub(crate) fn pairs(files: &[Filed], window: usize) -> Vec<(u32, u32)> {
    let part = 1 << 16;
    let mut out: Vec<u64> = (0..files.len().div_ceil(part))
        .into_par_iter()
        .flat_map_iter(|block| {
            let (from, to) = (block * part, ((block + 1) * part).min(files.len()));
            let mut found = Vec::with_capacity(part);
            for at in from..to {
                for other in files[at + 1..].iter().take(window).take_while(|o| o.key() == files[at].key()) {
                    let (a, b) = (files[at].post(), other.post());
                    found.push(u64::from(a.min(b)) << 32 | u64::from(a.max(b)));
                }
            }
            found
        })
        .collect();
    out.par_sort_unstable();
    out.dedup();
    out.into_iter().map(|pair| ((pair >> 32) as u32, pair as u32)).collect()
}
