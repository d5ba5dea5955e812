//! The same grouping in the plainest way: maps and sets, every step anew in every round. Slow; for tests.
#![expect(clippy::indexing_slicing, reason = "oracle: posts are below their number")]

use std::collections::{BTreeMap, BTreeSet};

use crate::candidate::key_order;
use crate::consensus::{HITS_MIN, KEYS_TIMES, ROUNDS, SAMPLE, SAMPLE_OWN, SHARE, UNDER_KEY_MAX};
use crate::group::{FORGET, Ready, part_of, valley};
use crate::settings::Settings;
use crate::store::Store;
use crate::weigh::weight;

type Features = BTreeMap<u32, u32>;

fn cut(features: &Features, bound: u32) -> Features {
    features.iter().filter(|(f, w)| (**f << 6 | **w) <= bound).map(|(f, w)| (*f, *w)).collect()
}

fn similarity(a: &(Features, u32), b: &(Features, u32)) -> u32 {
    let bound = a.1.min(b.1);
    let (a, b) = (cut(&a.0, bound), cut(&b.0, bound));
    let common: u32 = a.iter().filter(|(f, _)| b.contains_key(f)).map(|(_, w)| *w).sum();
    let all = a.values().sum::<u32>() + b.values().sum::<u32>() - common;
    (common * 1_000).checked_div(all).unwrap_or(0)
}

fn f1(a: &(Features, u32), b: &(Features, u32)) -> u32 {
    let bound = a.1.min(b.1);
    let (a, b) = (cut(&a.0, bound), cut(&b.0, bound));
    let shared = |a: &Features, b: &Features| a.iter().filter(|(f, _)| b.contains_key(f)).map(|(_, w)| *w).sum::<u32>();
    let (in_a, in_b) = (shared(&a, &b), shared(&b, &a));
    if in_a == 0 || in_b == 0 {
        return 0;
    }
    let (p, r) = (f64::from(in_a) / f64::from(a.values().sum::<u32>()), f64::from(in_b) / f64::from(b.values().sum::<u32>()));
    (2_000.0 * p * r / (p + r)) as u32
}

fn keys(features: &Features, keys: usize) -> Vec<u32> {
    let mut all: Vec<(u64, u32)> = features.iter().map(|(f, w)| (key_order(*f << 6, *w), *f << 6)).collect();
    all.sort_unstable();
    all.into_iter().take(keys).map(|(_, f)| f).collect()
}

fn relabel(groups: &mut [u32], a: u32, b: u32) {
    let (a, b) = (groups[a as usize], groups[b as usize]);
    groups.iter_mut().filter(|g| **g == a.max(b)).for_each(|g| *g = a.min(b));
}

struct Agreed {
    root: u32,
    consensus: (Features, u32),
    own: u32,
}

fn agreed(posts: &[(Features, u32)], members: &[u32]) -> Agreed {
    let step = members.len().div_ceil(SAMPLE).max(1);
    let sample: Vec<&(Features, u32)> = members.iter().step_by(step).map(|m| &posts[*m as usize]).collect();
    let bound = sample.iter().map(|p| p.1).min().unwrap_or(u32::MAX);
    let least = (sample.len() * SHARE).div_ceil(100).max(2);
    let mut counts: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    sample.iter().flat_map(|p| &p.0).for_each(|(f, w)| *counts.entry((*f, *w)).or_default() += 1);
    let held = counts.into_iter().filter(|((f, w), n)| *n >= least && (f << 6 | w) <= bound);
    let features = held.map(|((f, w), n)| (f, (w as usize * n).div_ceil(sample.len()).max(1) as u32)).collect();
    let consensus = (features, bound);
    let own: Vec<u64> = sample.iter().step_by(sample.len().div_ceil(SAMPLE_OWN).max(1)).map(|p| u64::from(f1(p, &consensus))).collect();
    let mean = own.iter().sum::<u64>() / own.len().max(1) as u64;
    Agreed { root: members[0], consensus, own: mean as u32 }
}

fn round(posts: &[(Features, u32)], drawn: &[Vec<u32>], groups: &mut [u32], part: f64, each: usize) -> bool {
    let mut members: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    groups.iter().enumerate().for_each(|(post, group)| members.entry(*group).or_default().push(post as u32));
    let found: Vec<Agreed> = members.values().filter(|m| m.len() > 1).map(|m| agreed(posts, m)).collect();
    let mut under: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, group) in found.iter().enumerate() {
        keys(&group.consensus.0, each * KEYS_TIMES).into_iter().for_each(|key| under.entry(key).or_default().push(at));
    }
    let mut joins: Vec<(u32, u32)> = Vec::new();
    for alone in members.values().filter(|m| m.len() == 1).map(|m| m[0]) {
        let mut hits: BTreeMap<usize, usize> = BTreeMap::new();
        let near = drawn[alone as usize].iter().filter_map(|key| under.get(key)).flat_map(|all| all.iter().take(UNDER_KEY_MAX));
        near.for_each(|group| *hits.entry(*group).or_default() += 1);
        let score = |group: usize| f1(&posts[alone as usize], &found[group].consensus);
        let fit = hits.iter().filter(|(_, n)| **n >= HITS_MIN).map(|(g, _)| (score(*g), std::cmp::Reverse(*g)));
        if let Some((_, group)) = fit.filter(|(s, g)| f64::from(*s) >= part * f64::from(found[g.0].own)).max() {
            joins.push((alone, found[group.0].root));
        }
    }
    let mut hits: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for all in under.values() {
        for (at, a) in all.iter().enumerate() {
            all[at + 1..].iter().take(UNDER_KEY_MAX).for_each(|b| *hits.entry((*a, *b)).or_default() += 1);
        }
    }
    for (a, b) in hits.iter().filter(|(_, n)| **n >= HITS_MIN * KEYS_TIMES).map(|((a, b), _)| (&found[*a], &found[*b])) {
        if f64::from(f1(&a.consensus, &b.consensus)) >= part * f64::from(a.own.max(b.own)) {
            joins.push((a.root, b.root));
        }
    }
    joins.iter().for_each(|(a, b)| relabel(groups, *a, *b));
    !joins.is_empty()
}

/// What [`crate::group_texts`] returns, found plainly.
#[must_use]
pub fn group_texts<T: AsRef<str> + Sync>(texts: &[T], settings: &Settings) -> Vec<Option<u32>> {
    let settings = settings.bounded();
    let ready = Ready::new(&Store::of_texts(texts, &settings));
    let posts: Vec<(Features, u32)> =
        (0..ready.posts.len()).map(|at| (ready.posts.features(at).iter().map(|f| (f >> 6, weight(*f))).collect(), ready.posts.bound(at))).collect();
    let drawn: Vec<Vec<u32>> = posts.iter().map(|p| keys(&p.0, settings.keys)).collect();
    let mut files: BTreeMap<u32, Vec<(u32, u32)>> = BTreeMap::new();
    for (post, own) in drawn.iter().enumerate() {
        for (at, key) in own.iter().enumerate() {
            files.entry(*key).or_default().push((crate::candidate::beside(own[(at + 1) % own.len()]), post as u32));
        }
    }
    let mut pairs: BTreeSet<(u32, u32)> = BTreeSet::new();
    for file in files.values_mut() {
        file.sort_unstable();
        for (at, (_, a)) in file.iter().enumerate() {
            pairs.extend(file[at + 1..].iter().take(settings.window).map(|(_, b)| (*a.min(b), *a.max(b))));
        }
    }
    let mut edges: Vec<(u32, u32, u32)> = Vec::new();
    for (a, b) in pairs {
        let (one, other) = (&drawn[a as usize], &drawn[b as usize]);
        let shared = one.iter().filter(|key| other.contains(key)).count();
        if shared >= 2 || one.len() < settings.keys || other.len() < settings.keys {
            edges.push((a, b, similarity(&posts[a as usize], &posts[b as usize])));
        }
    }
    edges.retain(|e| e.2 >= FORGET);
    let best: Vec<u32> =
        (0..posts.len() as u32).map(|post| edges.iter().filter(|e| e.0 == post || e.1 == post).map(|e| e.2).max().unwrap_or(0)).collect();
    let least = settings.join.map_or_else(|| valley(&best), |join| (join * 1_000.0).round() as u32);
    let relative = (settings.relative * 1_000.0).round() as u32;
    let mut groups: Vec<u32> = (0..posts.len() as u32).collect();
    for (a, b, similarity) in edges {
        if similarity >= least && similarity * 1_000 >= best[a as usize].max(best[b as usize]) * relative {
            relabel(&mut groups, a, b);
        }
    }
    for _ in 0..ROUNDS {
        if !round(&posts, &drawn, &mut groups, part_of(&settings, least), settings.keys) {
            break;
        }
    }
    let of: Vec<u32> = ready.places.iter().map(|place| groups.get(*place as usize).copied().unwrap_or(u32::MAX)).collect();
    crate::name(&of, |at| at as u32)
}
