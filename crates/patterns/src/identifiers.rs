//! Users joined by rare identifiers that they used at one time.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: positions run within the vectors they were made from")]

use rustc_hash::FxHashMap;
use tributary_graph::{Activity, UnionFind, overlapping_activity, rarity};

use crate::flow::Limits;
use crate::hit::{Bound, BoundHit, Hit, Outcome, Role};
use crate::request::Request;
use crate::search::keep_strongest;
use crate::window::size_score;

/// That a user used an identifier: one row a (user, identifier).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentifierUse {
    /// Who: an entity or a holderless account, as the caller numbers them.
    pub user: u32,
    /// Which identifier, as the caller numbers them.
    pub identifier: u32,
    /// From when to when.
    pub active: Activity,
}

/// Components of at least `k` users, joined where two used one identifier of at least `rarity_min` at one time (with at most `tau` between their uses).
/// `users_total` is how many users there are in the period looked at, with or without identifiers. Hits have users as members and positions in `uses` as edges;
/// `number` is the position of the request in the caller's list.
///
/// An identifier with more than `group_max` users is left out and reported: pairwise comparison would cost too much and say too little.
#[must_use]
pub fn shared_identifiers(uses: &[IdentifierUse], users_total: u64, request: &Request, number: u32, limits: &Limits) -> Outcome {
    let mut order: Vec<usize> = (0..uses.len()).collect();
    order.sort_unstable_by_key(|at| (uses[*at].identifier, uses[*at].user, *at));
    let mut numbers: Vec<u32> = uses.iter().map(|row| row.user).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let node = |user: u32| numbers.binary_search(&user).map_or(u32::MAX, |at| at as u32);
    let mut union = UnionFind::new(numbers.len() as u32);
    let mut joining: Vec<(usize, f64)> = Vec::new();
    let mut too_large = 0;
    for group in order.chunk_by(|a, b| uses[*a].identifier == uses[*b].identifier) {
        let users = group.chunk_by(|a, b| uses[*a].user == uses[*b].user).count();
        let weight = rarity(users_total, users as u64);
        if users < 2 || weight < request.rarity_min {
            continue;
        }
        if group.len() > limits.group_max {
            too_large += 1;
            continue;
        }
        for (at, a) in group.iter().enumerate() {
            for b in &group[at + 1..] {
                if uses[*a].user != uses[*b].user && overlapping_activity(uses[*a].active, uses[*b].active, request.tau_micros) {
                    union.join(node(uses[*a].user), node(uses[*b].user));
                    joining.extend([(*a, weight), (*b, weight)]);
                }
            }
        }
    }
    joining.sort_unstable_by_key(|(at, _)| *at);
    joining.dedup_by_key(|(at, _)| *at);
    let labels = union.labels();
    let mut groups: FxHashMap<u32, Vec<(usize, f64)>> = FxHashMap::default();
    for (at, weight) in joining {
        groups.entry(labels[node(uses[at].user) as usize]).or_default().push((at, weight));
    }
    let hits = groups.into_values().filter_map(|group| hit(uses, &group, request, number)).collect();
    let mut outcome = Outcome::default();
    let left_out = keep_strongest(hits, limits.hits_max, &mut outcome.hits);
    for (bound, count) in [(Bound::Hits, left_out), (Bound::Group, too_large)] {
        if count > 0 {
            outcome.bounds_hit.push(BoundHit { request: number, bound, count });
        }
    }
    outcome
}

fn hit(uses: &[IdentifierUse], group: &[(usize, f64)], request: &Request, number: u32) -> Option<Hit> {
    let mut members: Vec<(u32, Role)> = group.iter().map(|(at, _)| (uses[*at].user, Role::Member)).collect();
    members.sort_unstable();
    members.dedup();
    if members.len() < request.k as usize {
        return None;
    }
    // The tie is as strong as its rarest identifier; several identifiers of one pair do not make it rarer.
    let rarest = group.iter().map(|(_, weight)| *weight).fold(0.0, f64::max);
    let from = group.iter().map(|(at, _)| uses[*at].active.first).min()?;
    let to = group.iter().map(|(at, _)| uses[*at].active.last).max()?;
    let score = (rarest * size_score(members.len(), request.k as usize) * 2.0).min(1.0);
    let edges = group.iter().map(|(at, _)| *at as u32).collect();
    Some(Hit { request: number, kind: request.kind, center: None, members, edges, from, to, value: 0.0, score, p: None })
}
