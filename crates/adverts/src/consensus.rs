//! The consensus of a group — which features most of its members hold — and what agrees with it as well as its members do.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: places are below the lengths they index")]

use rayon::prelude::*;

use crate::candidate::{Filed, draw};
use crate::group::Edge;
use crate::settings::Settings;
use crate::union::Union;
use crate::weigh::{WEIGHT_MAX, Weighted, weight};

/// Members that are read for a consensus.
const SAMPLE: usize = 96;
/// Members whose agreement with it is taken for all of theirs.
const SAMPLE_OWN: usize = 24;
/// Share of the sample that must hold a feature, in hundredths.
const SHARE: usize = 4;
/// Keys of a group, for each key of a post.
const KEYS_TIMES: usize = 4;
/// Groups under one key that are looked at.
const UNDER_KEY_MAX: usize = 8;
/// Keys that a post, and `KEYS_TIMES` as many that a group, must share with a group to be compared with it.
const HITS_MIN: usize = 2;
/// Rounds of joining.
const ROUNDS: usize = 4;

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
    let mut out = Group { root: members.first().copied().unwrap_or(0), size: members.len(), features, bound, total, own: 0 };
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

fn groups(posts: &Weighted, union: &mut Union) -> (Vec<Group>, Vec<bool>) {
    let mut members: Vec<(u32, u32)> = (0..posts.len() as u32).map(|post| (union.find(post), post)).collect();
    members.par_sort_unstable();
    let parts: Vec<&[(u32, u32)]> = members.chunk_by(|a, b| a.0 == b.0).filter(|part| part.len() > 1).collect();
    let found: Vec<Group> = parts
        .par_iter()
        .map(|part| {
            let members: Vec<u32> = part.iter().map(|(_, post)| *post).collect();
            consensus(posts, &members)
        })
        .collect();
    let mut grouped = vec![false; posts.len()];
    parts.iter().flat_map(|p| p.iter()).for_each(|(_, post)| grouped[*post as usize] = true);
    (found, grouped)
}

/// Joins posts that are alone to the group they agree with best, and groups with each other, where the agreement is a good part of the
/// members' own.
pub(crate) fn absorb(posts: &Weighted, filed: &[Filed], edges: &[Edge], union: &mut Union, settings: &Settings) {
    for _ in 0..ROUNDS {
        let (found, grouped) = groups(posts, union);
        let index = keys(&found, settings);
        let under = |key: u32| {
            let from = index.partition_point(|(k, _)| *k < key);
            index[from..].iter().take_while(move |(k, _)| *k == key).take(UNDER_KEY_MAX).map(|(_, g)| *g)
        };
        let mut tries: Vec<(u32, u32)> =
            filed.par_iter().filter(|f| !grouped[f.post() as usize]).flat_map_iter(|f| under(f.key()).map(|g| (f.post(), g))).collect();
        tries.par_sort_unstable();
        let best = singles(posts, &found, &tries, settings);
        let merged = merges(&found, &index, edges, union, posts, settings);
        let none = best.is_empty() && merged.is_empty();
        best.into_iter().for_each(|(post, group)| union.join(post, found[group as usize].root));
        merged.into_iter().for_each(|(a, b)| union.join(found[a as usize].root, found[b as usize].root));
        if none {
            break;
        }
    }
}

/// The groups under their keys, sorted.
fn keys(found: &[Group], settings: &Settings) -> Vec<(u32, u32)> {
    let mut out: Vec<(u32, u32)> = found
        .par_iter()
        .enumerate()
        .flat_map_iter(|(at, group)| {
            let mut drawn = Vec::new();
            draw(group.features.iter().map(|f| (*f, weight(*f))), settings.keys * KEYS_TIMES, &mut drawn);
            drawn.into_iter().map(move |(_, key)| (key, at as u32)).collect::<Vec<_>>()
        })
        .collect();
    out.par_sort_unstable();
    out
}

/// For each post that is alone the group it joins.
fn singles(posts: &Weighted, found: &[Group], tries: &[(u32, u32)], settings: &Settings) -> Vec<(u32, u32)> {
    let runs: Vec<&[(u32, u32)]> = tries.chunk_by(|a, b| a.0 == b.0).collect();
    runs.par_iter()
        .filter_map(|run| {
            let post = run[0].0;
            let mut best: Option<(u32, u32)> = None;
            for same in run.chunk_by(|a, b| a == b).filter(|same| same.len() >= HITS_MIN) {
                let group = same[0].1;
                let agreement = agreement(posts, post as usize, &found[group as usize]);
                if f64::from(agreement) >= settings.absorb * f64::from(found[group as usize].own) && best.is_none_or(|b| agreement > b.0) {
                    best = Some((agreement, group));
                }
            }
            best.map(|(_, group)| (post, group))
        })
        .collect()
}

/// Pairs of groups whose consensus agree.
fn merges(found: &[Group], index: &[(u32, u32)], _edges: &[Edge], _union: &mut Union, _posts: &Weighted, settings: &Settings) -> Vec<(u32, u32)> {
    let mut tries: Vec<(u32, u32)> = Vec::new();
    for run in index.chunk_by(|a, b| a.0 == b.0) {
        for (at, (_, a)) in run.iter().enumerate() {
            tries.extend(run[at + 1..].iter().take(UNDER_KEY_MAX).map(|(_, b)| ((*a).min(*b), (*a).max(*b))));
        }
    }
    tries.par_sort_unstable();
    let often = tries.chunk_by(|a, b| a == b).filter(|same| same.len() >= HITS_MIN * KEYS_TIMES).map(|same| same[0]).collect::<Vec<_>>();
    often
        .into_par_iter()
        .filter(|(a, b)| {
            let (a, b) = (&found[*a as usize], &found[*b as usize]);
            let agreement = f1((&a.features, a.total), (&b.features, b.total), a.bound.min(b.bound));
            f64::from(agreement) >= settings.absorb * f64::from(a.own.max(b.own)) && a.size + b.size > 0 && a.total > 0
        })
        .collect()
}
