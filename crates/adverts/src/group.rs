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
const FORGET: u32 = 120;

/// A compared pair: lower post, higher post, thousandths of similarity.
pub(crate) type Edge = (u32, u32, u32);

/// What grouping needs of a store, which may then go.
pub(crate) struct Ready {
    posts: Weighted,
    /// For each post of the store its place among the distinct, `u32::MAX` for a post without features.
    places: Vec<u32>,
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
    let mut union = link(posts.len(), &edges, settings);
    absorb(posts, &filed, &mut union, settings);
    (0..posts.len() as u32).map(|post| union.find(post)).collect()
}

/// Joins the pairs that are alike enough, and nearly as alike as the better-connected of the two is to anybody.
fn link(posts: usize, edges: &[Edge], settings: &Settings) -> Union {
    let mut best = vec![0_u32; posts];
    for (a, b, similarity) in edges {
        for post in [a, b] {
            best[*post as usize] = best[*post as usize].max(*similarity);
        }
    }
    let least = (settings.join * 1_000.0).round() as u32;
    let part = (settings.relative * 1_000.0).round() as u32;
    let mut union = Union::new(posts);
    for (a, b, similarity) in edges {
        let peak = best[*a as usize].max(best[*b as usize]);
        if *similarity >= least && similarity * 1_000 >= peak * part {
            union.join(*a, *b);
        }
    }
    union
}
