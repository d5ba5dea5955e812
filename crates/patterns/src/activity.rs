//! How an account's own activity changes: bursts, and changes for good.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: positions run within the vectors they were made from")]

use rayon::prelude::*;

use crate::chance::binomial_tail;
use crate::fan::period;
use crate::flow::Flow;
use crate::gather::around;
use crate::hit::Hit;
use crate::request::Request;
use crate::window::{size_score, tightness};

/// All payments of an account that are asked for, in the order of time.
fn dealings(flow: &Flow<'_>, request: &Request, node: u32) -> Vec<u32> {
    let both = flow.received_by(node).iter().chain(flow.paid_by(node));
    let mut edges: Vec<u32> = both.copied().filter(|edge| flow.asked(*edge, request)).collect();
    edges.sort_unstable();
    edges
}

/// The chance that one payment falls into a window, from those of all others: (in the window, in all), with one added for what is not known.
/// So what all do at one time (wage days, feasts) is not a burst.
pub(crate) fn share_of_others(inside: u64, total: u64) -> f64 {
    (inside + 1) as f64 / (total + 1) as f64
}

/// The p-value of `n` of an account's `total` payments in one window that begins with one of them (Bonferroni over the windows tried).
pub(crate) fn burst_p(n: u64, total: u64, share: f64) -> f64 {
    (binomial_tail(total - 1, n - 1, share) * total as f64).min(1.0)
}

/// Windows in which an account has at least `k` payments, when so many have a p-value of at most `p_max` given how all others' payments lie in time.
pub(crate) fn bursts(flow: &Flow<'_>, request: &Request, number: u32) -> Vec<Hit> {
    let times: Vec<i64> = (0..flow.len() as u32).filter(|edge| flow.asked(*edge, request)).map(|edge| flow.at(edge)).collect();
    (0..flow.n_nodes()).into_par_iter().flat_map_iter(|node| bursts_of(flow, request, number, node, &times)).collect()
}

fn bursts_of(flow: &Flow<'_>, request: &Request, number: u32, node: u32, times: &[i64]) -> Vec<Hit> {
    if flow.received_by(node).len() + flow.paid_by(node).len() < request.k as usize {
        return Vec::new();
    }
    let edges = dealings(flow, request, node);
    let total = edges.len();
    let mut hits: Vec<(Vec<u32>, f64, f64)> = Vec::new();
    for start in (0..total).filter(|start| *start == 0 || flow.at(edges[start - 1]) < flow.at(edges[*start])) {
        let (from, to) = (flow.at(edges[start]), flow.at(edges[start]).saturating_add(request.window_micros));
        let n = edges[start..].partition_point(|edge| flow.at(*edge) <= to);
        if n < request.k as usize {
            continue;
        }
        let all = times.partition_point(|at| *at <= to) - times.partition_point(|at| *at < from);
        let share = share_of_others((all - n) as u64, (times.len() - total) as u64);
        let p = burst_p(n as u64, total as u64, share);
        if p > request.p_max {
            continue;
        }
        let window = &edges[start..start + n];
        let expected = total as f64 * share;
        let span = flow.at(window[n - 1]) - from;
        let score = size_score(n, request.k as usize) * (n as f64 / (n as f64 + expected)) * tightness(span, request.window_micros);
        match hits.last_mut().filter(|hit| hit.0.last() >= window.first()) {
            Some(hit) => {
                hit.0.extend(window);
                (hit.1, hit.2) = (hit.1.max(score), hit.2.min(p));
            }
            None => hits.push((window.to_vec(), score, p)),
        }
    }
    hits.into_iter().map(|(edges, score, p)| Hit { p: Some(p), ..around(flow, request, number, node, edges, score) }).collect()
}

/// Fewest tiles in which a change can be seen.
pub(crate) const TILES_MIN: usize = 8;
/// Most tiles: a longer history is cut at its beginning, and said so.
const TILES_MAX: i64 = 4_096;

/// Where a series changes: Pettitt's test (1979). (position of the last value before the change, |U| there, p-value by his approximation); the first of equals.
pub(crate) fn change(series: &[f64]) -> Option<(usize, i64, f64)> {
    let n = series.len() as i64;
    let mut order: Vec<usize> = (0..series.len()).collect();
    order.sort_by(|a, b| series[*a].total_cmp(&series[*b]));
    // Twice the mid-rank, so that ties stay whole numbers.
    let mut rank = vec![0_i64; series.len()];
    let mut at = 0_i64;
    for equal in order.chunk_by(|a, b| series[*a] == series[*b]) {
        let many = equal.len() as i64;
        equal.iter().for_each(|position| rank[*position] = 2 * at + many + 1);
        at += many;
    }
    let (mut sum, mut best) = (0_i64, None::<(usize, i64)>);
    for (position, rank) in rank.iter().enumerate().take(series.len().saturating_sub(1)) {
        sum += rank;
        let u = (sum - (position as i64 + 1) * (n + 1)).abs();
        if best.is_none_or(|best| u > best.1) {
            best = Some((position, u));
        }
    }
    best.map(|(position, u)| {
        let (u, n) = (u as f64, n as f64);
        (position, u as i64, (2.0 * (-6.0 * u * u / (n * n * n + n * n)).exp()).min(1.0))
    })
}

/// Tiles of length `tau` over the graph's period, and what all accounts moved in each.
struct Tiles {
    begin: i64,
    tile_micros: i64,
    totals: Vec<i128>,
}

/// Accounts whose share of all value changes for good: the tile after which it does, by Pettitt's test over tiles of length `tau`. A hit is what the account moved in the
/// window after the change; when it moved nothing, in the window before it.
pub(crate) fn regime_changes(flow: &Flow<'_>, request: &Request, number: u32) -> Vec<Hit> {
    let (first, last) = period(flow);
    let tile_micros = request.tau_micros.max((last - first) / TILES_MAX + 1);
    let count = ((last - first) / tile_micros) as usize + 1;
    if count < TILES_MIN || flow.is_empty() {
        return Vec::new();
    }
    let mut tiles = Tiles { begin: first, tile_micros, totals: vec![0; count] };
    for edge in (0..flow.len() as u32).filter(|edge| flow.valued(*edge) && flow.asked(*edge, request)) {
        tiles.totals[((flow.at(edge) - first) / tile_micros) as usize] += i128::from(flow.amount(edge));
    }
    (0..flow.n_nodes()).into_par_iter().filter_map(|node| change_of(flow, request, number, node, &tiles)).collect()
}

fn change_of(flow: &Flow<'_>, request: &Request, number: u32, node: u32, tiles: &Tiles) -> Option<Hit> {
    if flow.received_by(node).len() + flow.paid_by(node).len() < request.k as usize {
        return None;
    }
    let edges: Vec<u32> = dealings(flow, request, node).into_iter().filter(|edge| flow.valued(*edge)).collect();
    if edges.len() < request.k as usize {
        return None;
    }
    let mut moved = vec![0_i128; tiles.totals.len()];
    edges.iter().for_each(|edge| moved[((flow.at(*edge) - tiles.begin) / tiles.tile_micros) as usize] += i128::from(flow.amount(*edge)));
    let series: Vec<f64> = moved.iter().zip(&tiles.totals).map(|(own, all)| if *all > 0 { *own as f64 / *all as f64 } else { 0.0 }).collect();
    let (position, u, p) = change(&series).filter(|(_, _, p)| *p <= request.p_max)?;
    let at = tiles.begin + tiles.tile_micros * (position as i64 + 1);
    let within = |from: i64, to: i64| -> Vec<u32> {
        edges[edges.partition_point(|edge| flow.at(*edge) < from)..edges.partition_point(|edge| flow.at(*edge) < to)].to_vec()
    };
    let after = within(at, at.saturating_add(request.window_micros));
    let evidence = if after.is_empty() { within(at.saturating_sub(request.window_micros), at) } else { after };
    if evidence.is_empty() {
        return None;
    }
    // The greatest |U| that so many tiles allow: a half against a half.
    let half = (series.len() / 2) as i64;
    let most = half * (series.len() as i64 - half);
    let score = (1.0 - p) * u as f64 / most.max(1) as f64;
    Some(Hit { p: Some(p), ..around(flow, request, number, node, evidence, score) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pettitt's statistic by its definition: signs of all differences across the cut.
    fn plain(series: &[f64]) -> Option<(usize, i64)> {
        let mut best = None::<(usize, i64)>;
        for cut in 1..series.len() {
            let mut u = 0_i64;
            for (before, after) in series[..cut].iter().flat_map(|before| series[cut..].iter().map(move |after| (before, after))) {
                u += i64::from(before > after) - i64::from(before < after);
            }
            if best.is_none_or(|best| u.abs() > best.1) {
                best = Some((cut - 1, u.abs()));
            }
        }
        best
    }

    #[test]
    fn ranks_equal_signs() {
        let mut state = 1_u64;
        for length in 1..40 {
            let series: Vec<f64> = (0..length)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    f64::from((state >> 60) as u32)
                })
                .collect();
            assert_eq!(change(&series).map(|(at, u, _)| (at, u)), plain(&series), "{series:?}");
        }
    }
}
