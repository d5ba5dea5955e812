//! Splitting under a limit: more payments just under it than others make there.
//!
//! The excess-mass test of bunching (Saez 2010; Kleven 2016) for one account against all others: amounts in a band around the limit, how many of them just under it.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: positions run within the vectors they were made from")]

use rayon::prelude::*;

use crate::chance::binomial_tail;
use crate::fan::Direction;
use crate::flow::{Flow, units};
use crate::gather::around;
use crate::hit::Hit;
use crate::request::Request;
use crate::window::{size_score, tightness};

/// Which payments are near the limit, and which just under it.
pub(crate) struct Band {
    near: (i64, i64),
    under: (i64, i64),
}

impl Band {
    pub(crate) fn of(request: &Request) -> Self {
        let at = |share: f64| units(request.limit * share).unwrap_or(0);
        let delta = request.delta;
        Self { near: (at(1.0 - 3.0 * delta), at(1.0 + 3.0 * delta)), under: (at(1.0 - delta), at(1.0)) }
    }

    /// `None` when not near the limit; else whether just under it. The upper ends are not included.
    pub(crate) fn place(&self, amount: i64) -> Option<bool> {
        let within = |ends: (i64, i64)| amount >= ends.0 && amount < ends.1;
        within(self.near).then(|| within(self.under))
    }
}

/// The chance that a payment near the limit is just under it, from those of others: (just under, near), with one of two added for what is not known.
pub(crate) fn base_rate(under: u64, near: u64) -> f64 {
    (under + 1) as f64 / (near + 2) as f64
}

/// Accounts with at least `k` payments just under the limit within the window, when so many of those near it being under it has a p-value of at most `p_max`
/// after the number of windows tried (Bonferroni).
pub(crate) fn search(flow: &Flow<'_>, request: &Request, number: u32) -> Vec<Hit> {
    let band = Band::of(request);
    let near: Vec<(u32, bool)> = (0..flow.len() as u32)
        .into_par_iter()
        .filter(|edge| flow.valued(*edge) && flow.asked(*edge, request))
        .filter_map(|edge| band.place(flow.amount(edge)).map(|under| (edge, under)))
        .collect();
    let total = (near.iter().filter(|(_, under)| *under).count() as u64, near.len() as u64);
    let mut of_node: Vec<(u32, u32, bool)> = Vec::new();
    let mut found = Vec::new();
    for direction in [Direction::In, Direction::Out] {
        of_node.clear();
        of_node.extend(near.iter().map(|(edge, under)| (if direction == Direction::In { flow.to(*edge) } else { flow.from(*edge) }, *edge, *under)));
        of_node.sort_unstable();
        let groups: Vec<&[(u32, u32, bool)]> =
            of_node.chunk_by(|a, b| a.0 == b.0).filter(|group| group.iter().filter(|row| row.2).count() >= request.k as usize).collect();
        found.extend(groups.into_par_iter().flat_map_iter(|group| hits_of(flow, request, number, group, total)).collect::<Vec<Hit>>());
    }
    found
}

/// The hits of one account in one direction; `group` is (account, edge, just under) in the order of time.
fn hits_of(flow: &Flow<'_>, request: &Request, number: u32, group: &[(u32, u32, bool)], total: (u64, u64)) -> Vec<Hit> {
    let own = group.iter().filter(|row| row.2).count() as u64;
    let rate = base_rate(total.0 - own, total.1 - group.len() as u64);
    let mut hits: Vec<(Vec<u32>, f64, f64)> = Vec::new();
    let mut end = 0;
    let mut under = 0_usize;
    for start in 0..group.len() {
        let last = flow.at(group[start].1).saturating_add(request.window_micros);
        while end < group.len() && flow.at(group[end].1) <= last {
            under += usize::from(group[end].2);
            end += 1;
        }
        let window = &group[start..end];
        // A window begins with all payments of an instant, one of them just under the limit.
        let at = flow.at(group[start].1);
        let begins = (start == 0 || flow.at(group[start - 1].1) < at) && window.iter().take_while(|row| flow.at(row.1) == at).any(|row| row.2);
        let p = (binomial_tail(window.len() as u64, under as u64, rate) * own as f64).min(1.0);
        if begins && under >= request.k as usize && p <= request.p_max {
            let edges: Vec<u32> = window.iter().filter(|row| row.2).map(|row| row.1).collect();
            let excess = (1.0 - window.len() as f64 * rate / under as f64).max(0.0);
            let span = flow.at(edges[edges.len() - 1]) - flow.at(edges[0]);
            let score = size_score(under, request.k as usize) * excess * tightness(span, request.window_micros);
            match hits.last_mut().filter(|hit| hit.0.last() >= edges.first()) {
                Some(hit) => {
                    hit.0.extend(edges);
                    (hit.1, hit.2) = (hit.1.max(score), hit.2.min(p));
                }
                None => hits.push((edges, score, p)),
            }
        }
        under -= usize::from(group[start].2);
    }
    hits.into_iter().map(|(edges, score, p)| Hit { p: Some(p), ..around(flow, request, number, group[0].0, edges, score) }).collect()
}
