//! Patterns of accounts' lives: cascades of new mules, and accounts that take over from others.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: node and edge numbers come from the graph")]

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use tributary_graph::{UnionFind, rarity};

use crate::fan::{finish, period};
use crate::flow::{Flow, at_least};
use crate::hit::{Hit, Role};
use crate::request::Request;
use crate::search::Cuts;
use crate::window::{size_score, tightness};

/// The first time an account passed value on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Start {
    /// What it received.
    pub(crate) receipt: u32,
    /// What it passed on.
    pub(crate) payment: u32,
}

/// First payment of `node` that passes on (at least `rho` and at most all of it, within `tau`) a payment asked for that it received from somebody else than the payee:
/// the latest such. And whether a bound left receipts out.
fn start(flow: &Flow<'_>, request: &Request, node: u32) -> (Option<Start>, bool) {
    let mut cut = false;
    if flow.received_by(node).is_empty() {
        return (None, false);
    }
    for payment in flow.paid_by(node).iter().copied().filter(|edge| flow.valued(*edge)) {
        let at = flow.at(payment);
        let before = flow.received_between(node, at.saturating_sub(request.tau_micros), at);
        cut |= before.len() > flow.limits.legs_max;
        let fits = |receipt: &u32| {
            let (came, went) = (i128::from(flow.amount(*receipt)), i128::from(flow.amount(payment)));
            flow.valued(*receipt)
                && flow.asked(*receipt, request)
                && flow.from(*receipt) != flow.to(payment)
                && went <= came
                && at_least(went, request.rho, came)
        };
        if let Some(receipt) = before.iter().rev().take(flow.limits.legs_max).copied().find(fits) {
            return (Some(Start { receipt, payment }), cut);
        }
    }
    (None, cut)
}

/// First time of each account, or the latest time there is.
fn births(flow: &Flow<'_>) -> Vec<i64> {
    let mut births = vec![i64::MAX; flow.n_nodes() as usize];
    for edge in (0..flow.len() as u32).rev() {
        births[flow.from(edge) as usize] = flow.at(edge);
        births[flow.to(edge) as usize] = flow.at(edge);
    }
    births
}

/// Cascades: trees of accounts in which each new account's first pass-on pays the one above it. An account is new when its first transfer lies at least the window after the
/// graph's first and its first pass-on at most the window later. The one above is not new, or began to pass on before it (in the order of edges) and at most the window before.
/// A hit is a tree of at least `k` new accounts, one of them under another.
pub(crate) fn recruitment(flow: &Flow<'_>, request: &Request, number: u32) -> (Vec<Hit>, Cuts) {
    let (first, _) = period(flow);
    let births = births(flow);
    let starts: Vec<(Option<Start>, bool)> = (0..flow.n_nodes()).into_par_iter().map(|node| start(flow, request, node)).collect();
    let known_from = first.saturating_add(request.window_micros);
    let is_new = |node: u32| {
        starts[node as usize]
            .0
            .is_some_and(|start| births[node as usize] >= known_from && flow.at(start.payment) - births[node as usize] <= request.window_micros)
    };
    let upline = |node: u32| {
        let own = starts[node as usize].0.filter(|_| is_new(node))?;
        let above = flow.to(own.payment);
        let theirs = starts[above as usize].0?;
        let lately = theirs.payment < own.payment && flow.at(own.payment) - flow.at(theirs.payment) <= request.window_micros;
        (!is_new(above) || lately).then_some(above)
    };
    let links: Vec<(u32, u32)> = (0..flow.n_nodes()).filter_map(|node| upline(node).map(|above| (node, above))).collect();
    let mut union = UnionFind::new(flow.n_nodes());
    links.iter().for_each(|(node, above)| _ = union.join(*node, *above));
    let mut trees: Vec<(u32, u32, u32)> = links.iter().map(|(node, above)| (union.find(*node), *node, *above)).collect();
    trees.sort_unstable();
    let hits = trees
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|tree| tree.len() >= request.k as usize)
        .filter_map(|tree| cascade(flow, request, number, tree, &starts))
        .collect();
    (hits, Cuts { legs: starts.iter().filter(|(_, cut)| *cut).count() as u64, ..Cuts::default() })
}

/// The hit of one tree, (label, account, the one above it) by account; `None` when it has one tier only.
fn cascade(flow: &Flow<'_>, request: &Request, number: u32, tree: &[(u32, u32, u32)], starts: &[(Option<Start>, bool)]) -> Option<Hit> {
    let under = |node: u32| tree.binary_search_by_key(&node, |row| row.1).is_ok();
    let root = tree.iter().map(|row| row.2).find(|above| !under(*above))?;
    let tiers = tree.iter().filter(|row| row.2 != root).count();
    if tiers == 0 {
        return None;
    }
    let mut edges = Vec::new();
    let mut members = vec![(root, Role::Center)];
    for start in tree.iter().filter_map(|row| starts[row.1 as usize].0) {
        edges.extend([start.receipt, start.payment]);
        members.push((flow.from(start.payment), Role::Middle));
    }
    // Who paid a recruit is a source, unless it is a recruit (or the root) itself.
    let payers = edges.iter().map(|edge| flow.from(*edge)).filter(|payer| *payer != root && !under(*payer));
    members.extend(payers.map(|payer| (payer, Role::Source)));
    let mut begun: Vec<i64> = tree.iter().filter_map(|row| starts[row.1 as usize].0).map(|start| flow.at(start.payment)).collect();
    begun.sort_unstable();
    let gap = (begun[begun.len() - 1] - begun[0]) / (begun.len() as i64 - 1).max(1);
    let deep = tiers as f64 / tree.len() as f64;
    let score = size_score(tree.len(), request.k as usize) * (0.5 + 0.5 * deep) * tightness(gap, request.window_micros);
    Some(finish(flow, request, number, Some(root), members, edges, score))
}

/// A counterparty in one direction: `2 × account`, one more when it is paid.
type Tie = u64;

/// Two accounts, the old and the new, and how similar they are.
pub(crate) type Heirs = (u32, u32, f64);

/// An account's life: first and last time, and its ties, ascending.
pub(crate) struct Life {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) ties: Vec<Tie>,
}

fn life(flow: &Flow<'_>, request: &Request, node: u32) -> Option<Life> {
    let asked = |edge: &u32| flow.asked(*edge, request);
    let received: Vec<u32> = flow.received_by(node).iter().copied().filter(asked).collect();
    let paid: Vec<u32> = flow.paid_by(node).iter().copied().filter(asked).collect();
    let mut ties: Vec<Tie> =
        received.iter().map(|edge| 2 * u64::from(flow.from(*edge))).chain(paid.iter().map(|edge| 2 * u64::from(flow.to(*edge)) + 1)).collect();
    ties.sort_unstable();
    ties.dedup();
    let first = [received.first(), paid.first()].into_iter().flatten().map(|edge| flow.at(*edge)).min()?;
    let last = [received.last(), paid.last()].into_iter().flatten().map(|edge| flow.at(*edge)).max()?;
    Some(Life { first, last, ties })
}

/// Does `new` take over when `old` leaves? It begins, and ends, after the old one does; it begins at most the window before or after the old one's last transfer; and
/// the graph shows the window before the one began and after the other ended.
pub(crate) fn takes_over(old: &Life, new: &Life, period: (i64, i64), window: i64) -> bool {
    new.first > old.first
        && new.last > old.last
        && (new.first - old.last).abs() <= window
        && old.last <= period.1.saturating_sub(window)
        && new.first >= period.0.saturating_add(window)
}

/// Rarity-weighted Jaccard similarity of two accounts' ties, and how many they share. Sums run in the order of ties.
pub(crate) fn similarity(a: &Life, b: &Life, weight: impl Fn(Tie) -> f64) -> (usize, f64) {
    let (mut shared, mut both, mut all) = (0, 0.0, 0.0);
    let (mut i, mut j) = (0, 0);
    while i < a.ties.len() || j < b.ties.len() {
        let (x, y) = (a.ties.get(i).copied().unwrap_or(Tie::MAX), b.ties.get(j).copied().unwrap_or(Tie::MAX));
        let weight = weight(x.min(y));
        all += weight;
        if x == y {
            shared += 1;
            both += weight;
        }
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    (shared, if all > 0.0 { both / all } else { 0.0 })
}

/// Successions: a new account with at least `k` of an old one's ties, similar by at least `similarity_min`, that takes over when it leaves. Each account is in at most one hit as
/// old and one as new: of several the most similar counts for both, of equals the smaller account.
pub(crate) fn succession(flow: &Flow<'_>, request: &Request, number: u32) -> (Vec<Hit>, Cuts) {
    let period = period(flow);
    let lives: Vec<Option<Life>> = (0..flow.n_nodes()).into_par_iter().map(|node| life(flow, request, node)).collect();
    let ended = |life: &Life| life.last <= period.1.saturating_sub(request.window_micros);
    let began = |life: &Life| life.first >= period.0.saturating_add(request.window_micros);
    // By tie: how many have it, and which of them ended.
    let mut having: Vec<u32> = vec![0; flow.n_nodes() as usize * 2];
    let mut old_by_tie: FxHashMap<Tie, Vec<u32>> = FxHashMap::default();
    for (node, life) in (0_u32..).zip(&lives).filter_map(|(node, life)| life.as_ref().map(|life| (node, life))) {
        life.ties.iter().for_each(|tie| having[*tie as usize] += 1);
        if ended(life) && life.ties.len() >= request.k as usize {
            life.ties.iter().for_each(|tie| old_by_tie.entry(*tie).or_default().push(node));
        }
    }
    let weight = |tie: Tie| rarity(u64::from(flow.n_nodes()), u64::from(having[tie as usize]));
    let one = |new: u32| {
        let life = lives[new as usize].as_ref().filter(|life| began(life) && life.ties.len() >= request.k as usize)?;
        let lists = life.ties.iter().filter_map(|tie| old_by_tie.get(tie));
        let cut = lists.clone().any(|list| list.len() > flow.limits.group_max);
        let mut olds: Vec<u32> = lists.filter(|list| list.len() <= flow.limits.group_max).flatten().copied().collect();
        olds.sort_unstable();
        olds.dedup();
        let fits = |old: u32| {
            let before = lives[old as usize].as_ref().filter(|before| old != new && takes_over(before, life, period, request.window_micros))?;
            let (shared, similar) = similarity(before, life, weight);
            (shared >= request.k as usize && similar >= request.similarity_min).then_some((old, new, similar))
        };
        Some((olds.into_iter().filter_map(fits).collect::<Vec<_>>(), cut))
    };
    let found: Vec<(Vec<Heirs>, bool)> = (0..flow.n_nodes()).into_par_iter().filter_map(one).collect();
    let group = found.iter().filter(|(_, cut)| *cut).count() as u64;
    let pairs = mutual(found.into_iter().flat_map(|(pairs, _)| pairs).collect());
    let hits = pairs.into_iter().filter_map(|pair| hand_over(flow, request, number, pair, &lives)).collect();
    (hits, Cuts { group, ..Cuts::default() })
}

/// The pairs (old, new, similarity) that are the best of both.
pub(crate) fn mutual(pairs: Vec<Heirs>) -> Vec<Heirs> {
    let best_of = |key: fn(&Heirs) -> (u32, u32)| {
        let mut best: FxHashMap<u32, (f64, u32)> = FxHashMap::default();
        for pair in &pairs {
            let (own, other) = key(pair);
            let best = best.entry(own).or_insert((pair.2, other));
            if pair.2 > best.0 || (pair.2 == best.0 && other < best.1) {
                *best = (pair.2, other);
            }
        }
        best
    };
    let (of_old, of_new) = (best_of(|pair| (pair.0, pair.1)), best_of(|pair| (pair.1, pair.0)));
    let both = |pair: &Heirs| of_old.get(&pair.0).is_some_and(|best| best.1 == pair.1) && of_new.get(&pair.1).is_some_and(|best| best.1 == pair.0);
    pairs.iter().copied().filter(both).collect()
}

/// The payments of either account over the ties they share.
pub(crate) fn hand_over_edges(flow: &Flow<'_>, request: &Request, (old, new): (u32, u32), before: &Life, after: &Life) -> Vec<u32> {
    let shared = |tie: Tie| before.ties.binary_search(&tie).is_ok() && after.ties.binary_search(&tie).is_ok();
    let of = |node: u32| {
        let received = flow.received_by(node).iter().copied().filter(|edge| shared(2 * u64::from(flow.from(*edge))));
        let paid = flow.paid_by(node).iter().copied().filter(|edge| shared(2 * u64::from(flow.to(*edge)) + 1));
        received.chain(paid).filter(|edge| flow.asked(*edge, request)).collect::<Vec<u32>>()
    };
    of(old).into_iter().chain(of(new)).collect()
}

fn hand_over(flow: &Flow<'_>, request: &Request, number: u32, (old, new, similar): Heirs, lives: &[Option<Life>]) -> Option<Hit> {
    let (before, after) = (lives[old as usize].as_ref()?, lives[new as usize].as_ref()?);
    let edges = hand_over_edges(flow, request, (old, new), before, after);
    let others = edges.iter().flat_map(|edge| [flow.from(*edge), flow.to(*edge)]).filter(|node| *node != old && *node != new);
    let mut members: Vec<(u32, Role)> = others.map(|node| (node, Role::Member)).collect();
    members.sort_unstable();
    members.dedup();
    let (shared, _) = similarity(before, after, |_| 1.0);
    let score = size_score(shared, request.k as usize) * similar * tightness((after.first - before.last).abs(), request.window_micros);
    members.extend([(old, Role::Source), (new, Role::Sink)]);
    Some(finish(flow, request, number, Some(new), members, edges, score))
}
