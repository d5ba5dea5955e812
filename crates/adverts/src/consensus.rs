//! The consensus of a group — which features most of its members hold — and what agrees with it as well as its members do.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: places are below the lengths they index")]

use rayon::prelude::*;

use crate::candidate::{Filed, draw};
use crate::union::Union;
use crate::weigh::{WEIGHT_MAX, Weighted, weight};

/// Members that are read for a consensus.
pub(crate) const SAMPLE: usize = 96;
/// Members whose agreement with it is taken for all of theirs.
pub(crate) const SAMPLE_OWN: usize = 24;
/// Share of the sample that must hold a feature, in hundredths.
pub(crate) const SHARE: usize = 4;
/// Keys of a group, for each key of a post.
pub(crate) const KEYS_TIMES: usize = 4;
/// Groups under one key that are looked at.
pub(crate) const UNDER_KEY_MAX: usize = 8;
/// Keys that a post, and `KEYS_TIMES` as many that a group, must share with a group to be compared with it.
pub(crate) const HITS_MIN: usize = 2;
/// Filed posts that one task looks at.
const PART: usize = 1 << 15;
/// Rounds of joining.
pub(crate) const ROUNDS: usize = 4;

/// A group and what its members agree on.
struct Group {
    root: u32,
    size: usize,
    /// Features with the weight times the share of members, ascending.
    features: Vec<u32>,
    bound: u32,
    total: u32,
    /// The members' own mean agreement, in thousandths.
    own: u32,
    /// New or changed in this round.
    fresh: bool,
}

/// The features that a good share of members hold.
fn consensus(posts: &Weighted, members: &[u32]) -> Group {
    let step = members.len().div_ceil(SAMPLE).max(1);
    let sample: Vec<u32> = members.iter().copied().step_by(step).collect();
    let bound = sample.iter().map(|m| posts.bound(*m as usize)).min().unwrap_or(u32::MAX);
    let mut all: Vec<u32> = sample.iter().flat_map(|m| posts.features(*m as usize).iter().copied()).collect();
    all.sort_unstable();
    let least = (sample.len() * SHARE).div_ceil(100).max(2);
    let features: Vec<u32> = all
        .chunk_by(|a, b| a == b)
        .filter(|run| run.len() >= least && run[0] <= bound)
        .map(|run| {
            let share = (weight(run[0]) as usize * run.len()).div_ceil(sample.len()).max(1) as u32;
            (run[0] & !WEIGHT_MAX) | share
        })
        .collect();
    let total = features.iter().map(|f| weight(*f)).sum();
    let mut out = Group { root: members.first().copied().unwrap_or(0), size: members.len(), features, bound, total, own: 0, fresh: true };
    let own = sample.iter().step_by(sample.len().div_ceil(SAMPLE_OWN).max(1));
    let count = (own.len() as u64).max(1);
    let sum: u64 = own.map(|m| u64::from(agreement(posts, *m as usize, &out))).sum();
    out.own = (sum / count) as u32;
    out
}

/// How well a post agrees with a consensus: the harmonic mean of the share of the consensus it holds and its own share within it, thousandths.
fn agreement(posts: &Weighted, post: usize, group: &Group) -> u32 {
    let bound = posts.bound(post).min(group.bound);
    f1((posts.features(post), posts.total(post)), (&group.features, group.total), bound)
}

fn f1(a: (&[u32], u32), b: (&[u32], u32), bound: u32) -> u32 {
    let ((a, all_a), (b, all_b)) = ((a.0, within(a, bound)), (b.0, within(b, bound)));
    let (mut i, mut j, mut in_a, mut in_b) = (0_usize, 0_usize, 0_u32, 0_u32);
    while i < a.len() && j < b.len() {
        let (x, y) = (a[i], b[j]);
        if x.min(y) > bound {
            break;
        }
        let (fx, fy) = (x >> 6, y >> 6);
        let same = u32::from(fx == fy);
        in_a = same.wrapping_mul(weight(x)).wrapping_add(in_a);
        in_b = same.wrapping_mul(weight(y)).wrapping_add(in_b);
        i = usize::from(fx <= fy).wrapping_add(i);
        j = usize::from(fy <= fx).wrapping_add(j);
    }
    if in_a == 0 || in_b == 0 {
        return 0;
    }
    let (p, r) = (f64::from(in_a) / f64::from(all_a.max(in_a)), f64::from(in_b) / f64::from(all_b.max(in_b)));
    (2_000.0 * p * r / (p + r)) as u32
}

/// The weight of features, known to be `total`, up to `bound`.
fn within((features, total): (&[u32], u32), bound: u32) -> u32 {
    if features.last().is_none_or(|last| *last <= bound) { total } else { features.iter().take_while(|f| **f <= bound).map(|f| weight(*f)).sum() }
}

/// The members of the groups, with those of the same group as in `before` taken from there.
fn groups(posts: &Weighted, union: &mut Union, before: Vec<Group>) -> Vec<Group> {
    let mut members: Vec<u64> = (0..posts.len() as u32).map(|post| u64::from(union.find(post)) << 32 | u64::from(post)).collect();
    members.par_sort_unstable();
    let parts: Vec<&[u64]> = members.chunk_by(|a, b| a >> 32 == b >> 32).filter(|part| part.len() > 1).collect();
    // Groups only grow: one of the same root and size is the same.
    let mut old = before.into_iter().peekable();
    let mut kept: Vec<Option<Group>> = Vec::with_capacity(parts.len());
    for part in &parts {
        let root = (part[0] >> 32) as u32;
        while old.peek().is_some_and(|g| g.root < root) {
            old.next();
        }
        kept.push(old.next_if(|g| g.root == root && g.size == part.len()));
    }
    let make = |(part, kept): (&&[u64], Option<Group>)| match kept {
        Some(group) => Group { fresh: false, ..group },
        None => consensus(posts, &part.iter().map(|m| *m as u32).collect::<Vec<_>>()),
    };
    parts.par_iter().zip(kept).map(make).collect()
}

/// Joins posts that are alone to the group they agree with best, and groups with each other, where the agreement is at least `part` of the
/// members' own. `each` is the number of keys of a post.
pub(crate) fn absorb(posts: &Weighted, filed: &[Filed], union: &mut Union, part: f64, each: usize) {
    let mut found = Vec::new();
    for _ in 0..ROUNDS {
        found = groups(posts, union, found);
        let mut alone = vec![true; posts.len()];
        (0..posts.len() as u32).for_each(|post| {
            let root = union.find(post);
            if root != post {
                (alone[root as usize], alone[post as usize]) = (false, false);
            }
        });
        let index = keys(&found, each);
        let best = singles(posts, &found, &tries(filed, &index, &found, &alone), part);
        let merged = merges(&found, &index, part);
        let none = best.is_empty() && merged.is_empty();
        best.into_iter().for_each(|(post, group)| union.join(post, found[group as usize].root));
        merged.into_iter().for_each(|(a, b)| union.join(found[a as usize].root, found[b as usize].root));
        if none {
            break;
        }
    }
}

/// Posts that are alone with the groups that are new or changed and stand under one of their keys, once for each such key, in order.
fn tries(filed: &[Filed], index: &[(u32, u32)], found: &[Group], alone: &[bool]) -> Vec<u64> {
    let look = |part: &[Filed]| {
        let mut out = Vec::new();
        let mut at = part.first().map_or(0, |f| index.partition_point(|(k, _)| *k < f.key()));
        for filed in part.iter().filter(|f| alone[f.post() as usize]) {
            let key = filed.key();
            while index.get(at).is_some_and(|(k, _)| *k < key) {
                at += 1;
            }
            let under = index[at..].iter().take_while(|(k, _)| *k == key).take(UNDER_KEY_MAX);
            out.extend(under.filter(|(_, g)| found[*g as usize].fresh).map(|(_, g)| u64::from(filed.post()) << 32 | u64::from(*g)));
        }
        out
    };
    let mut out: Vec<u64> = filed.par_chunks(PART).flat_map_iter(look).collect();
    out.par_sort_unstable();
    out
}

/// The groups under their keys, sorted.
fn keys(found: &[Group], each: usize) -> Vec<(u32, u32)> {
    let mut out: Vec<(u32, u32)> = found
        .par_iter()
        .enumerate()
        .flat_map_iter(|(at, group)| {
            let mut drawn = Vec::new();
            draw(group.features.iter().map(|f| (*f, weight(*f))), each * KEYS_TIMES, &mut drawn);
            drawn.into_iter().map(move |(_, key)| (key, at as u32)).collect::<Vec<_>>()
        })
        .collect();
    out.par_sort_unstable();
    out
}

/// For each post that is alone the group it joins.
fn singles(posts: &Weighted, found: &[Group], tries: &[u64], part: f64) -> Vec<(u32, u32)> {
    let runs: Vec<&[u64]> = tries.chunk_by(|a, b| a >> 32 == b >> 32).collect();
    runs.par_iter()
        .filter_map(|run| {
            let post = (run[0] >> 32) as u32;
            let mut best: Option<(u32, u32)> = None;
            for same in run.chunk_by(|a, b| a == b).filter(|same| same.len() >= HITS_MIN) {
                let group = same[0] as u32;
                let agreement = agreement(posts, post as usize, &found[group as usize]);
                if f64::from(agreement) >= part * f64::from(found[group as usize].own) && best.is_none_or(|b| agreement > b.0) {
                    best = Some((agreement, group));
                }
            }
            best.map(|(_, group)| (post, group))
        })
        .collect()
}

/// Pairs of groups, one of them new or changed, whose consensus agree.
fn merges(found: &[Group], index: &[(u32, u32)], part: f64) -> Vec<(u32, u32)> {
    let mut tries: Vec<u64> = Vec::new();
    for run in index.chunk_by(|a, b| a.0 == b.0) {
        for (at, (_, a)) in run.iter().enumerate() {
            let others = run[at + 1..].iter().take(UNDER_KEY_MAX).filter(|(_, b)| found[*a as usize].fresh || found[*b as usize].fresh);
            tries.extend(others.map(|(_, b)| u64::from(*a) << 32 | u64::from(*b)));
        }
    }
    tries.par_sort_unstable();
    let often: Vec<u64> = tries.chunk_by(|a, b| a == b).filter(|same| same.len() >= HITS_MIN * KEYS_TIMES).map(|same| same[0]).collect();
    let agree = |pair: u64| {
        let (a, b) = (&found[(pair >> 32) as usize], &found[pair as u32 as usize]);
        let agreement = f1((&a.features, a.total), (&b.features, b.total), a.bound.min(b.bound));
        (f64::from(agreement) >= part * f64::from(a.own.max(b.own))).then_some(((pair >> 32) as u32, pair as u32))
    };
    often.into_par_iter().filter_map(agree).collect()
}
