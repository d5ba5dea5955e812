//! From sketches to groups: candidates, links that hold against each post's own best, consensus of each group, and posts and groups
//! that agree with a consensus as its own members do.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: posts are below their number")]

use rayon::prelude::*;

use crate::candidate::{POSTS_MAX, files, pairs};
use crate::consensus::absorb;
use crate::settings::Settings;
use crate::store::Store;
use crate::union::Union;
use crate::weigh::{Counts, Weighted};

/// Similarity below which a pair is forgotten, in thousandths.
pub(crate) const FORGET: u32 = 120;

/// What `Settings::absorb` is at a valley of [`ABSORB_AT`], and how it rises with it.
const ABSORB: f64 = 0.645;
const ABSORB_AT: f64 = 0.225;
const ABSORB_RISE: f64 = 0.8;

/// A compared pair: lower post, higher post, thousandths of similarity.
pub(crate) type Edge = (u32, u32, u32);

/// What grouping needs of a store, which may then go.
pub(crate) struct Ready {
    pub(crate) posts: Weighted,
    /// For each post of the store its place among the distinct, `u32::MAX` for a post without features.
    pub(crate) places: Vec<u32>,
}

impl Ready {
    pub(crate) fn new(store: &Store) -> Self {
        let (mut firsts, mut places) = store.distinct();
        firsts.truncate(POSTS_MAX);
        let counts = Counts::of(store, &firsts);
        let (posts, moved) = Weighted::new(store, &firsts, &counts.weights(firsts.len()));
        places.iter_mut().for_each(|place| *place = moved.get(*place as usize).copied().unwrap_or(u32::MAX));
        Self { posts, places }
    }

    /// For each post a number that its group alone has, `u32::MAX` for a post without features.
    pub(crate) fn groups(self, settings: &Settings) -> Vec<u32> {
        let roots = group(&self.posts, settings);
        self.places.into_iter().map(|place| roots.get(place as usize).copied().unwrap_or(u32::MAX)).collect()
    }
}

/// The group of each distinct post, named by its lowest.
fn group(posts: &Weighted, settings: &Settings) -> Vec<u32> {
    let (filed, drawn) = files(posts, settings.keys);
    let edges: Vec<Edge> = pairs(&filed, settings.window)
        .into_par_iter()
        .filter(|(a, b)| drawn.shared(*a, *b))
        .filter_map(|(a, b)| {
            let similarity = posts.similarity(a as usize, b as usize);
            (similarity >= FORGET).then_some((a, b, similarity))
        })
        .collect();
    let best = best(posts.len(), &edges);
    let least = settings.join.map_or_else(|| valley(&best), |join| (join * 1_000.0).round() as u32);
    let part = part_of(settings, least);
    let mut union = link(&edges, &best, least, settings);
    absorb(posts, &filed, &mut union, part, settings.keys);
    (0..posts.len() as u32).map(|post| union.find(post)).collect()
}

/// The higher strangers stand, the nearer to its members' own agreement must a post come to its group.
pub(crate) fn part_of(settings: &Settings, least: u32) -> f64 {
    settings.absorb.unwrap_or_else(|| ABSORB + (f64::from(least) / 1_000.0 - ABSORB_AT) * ABSORB_RISE)
}

/// Width of a step of similarity, in thousandths.
const STEP: u32 = 41;
/// Steps among which the valley is looked for: from 0.205 to 0.451.
const VALLEY: std::ops::Range<usize> = 5..11;
/// How far beyond the lower edge of the valley's step pairs are joined: a step and a half, since on its floor some strangers still chain.
const BEYOND: u32 = STEP * 3 / 2;
/// The step taken where nothing speaks for another.
const MIDDLE: usize = 8;

/// The similarity that parts copies from strangers, in thousandths. Each post's best similarity to any other has two hills, those that have a
/// copy and those that have none; how far apart and how high depends on how much all adverts of the place have in common and on how much
/// copies were changed. The least populated step between is the valley (as Prewitt and Mendelsohn 1966 part light from dark).
pub(crate) fn valley(best: &[u32]) -> u32 {
    let mut steps = [0_u64; 32];
    best.iter().for_each(|b| steps[((b / STEP) as usize).min(31)] += 1);
    let depth = |at: &usize| (steps[at - 1] + steps[*at] + steps[at + 1] + at.abs_diff(MIDDLE) as u64, at.abs_diff(MIDDLE));
    let at = VALLEY.min_by_key(depth).unwrap_or(MIDDLE);
    at as u32 * STEP + BEYOND
}

/// The best similarity of each post to another.
fn best(posts: usize, edges: &[Edge]) -> Vec<u32> {
    let mut best = vec![0_u32; posts];
    for (a, b, similarity) in edges {
        for post in [a, b] {
            best[*post as usize] = best[*post as usize].max(*similarity);
        }
    }
    best
}

/// Joins the pairs that are alike enough, and nearly as alike as the better-connected of the two is to anybody.
fn link(edges: &[Edge], best: &[u32], least: u32, settings: &Settings) -> Union {
    let part = (settings.relative * 1_000.0).round() as u32;
    let mut union = Union::new(best.len());
    for (a, b, similarity) in edges {
        let peak = best[*a as usize].max(best[*b as usize]);
        if *similarity >= least && similarity * 1_000 >= peak * part {
            union.join(*a, *b);
        }
    }
    union
}
