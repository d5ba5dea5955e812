//! The plain versions: slow, obvious, and what the fast ones must equal in tests.

use std::collections::{BTreeMap, BTreeSet};

use crate::transfer::TransferColumns;
use crate::walk::WalkSettings;

/// Positions of the transfers that `node` pays at a time in `from..=to`, in the order of (at, row).
#[must_use]
pub fn paid_between(columns: &TransferColumns, node: u32, from: i64, to: i64) -> Vec<(i64, u32)> {
    let mut found = Vec::new();
    for ((payer, at), row) in columns.from.iter().zip(&columns.at).zip(&columns.row) {
        if *payer == node && *at >= from && *at <= to {
            found.push((*at, *row));
        }
    }
    found.sort_unstable();
    found
}

/// How many different nodes paid `node` at a time in `from..=to`.
#[must_use]
pub fn payers_between(columns: &TransferColumns, node: u32, from: i64, to: i64) -> usize {
    let mut payers = BTreeSet::new();
    for ((payer, payee), at) in columns.from.iter().zip(&columns.to).zip(&columns.at) {
        if *payee == node && *at >= from && *at <= to {
            payers.insert(*payer);
        }
    }
    payers.len()
}

/// Connected components by spreading the smallest label until nothing changes.
#[must_use]
pub fn components(n: u32, edges: &[(u32, u32)]) -> Vec<u32> {
    let mut labels: BTreeMap<u32, u32> = (0..n).map(|node| (node, node)).collect();
    let mut changed = true;
    while changed {
        changed = false;
        for (a, b) in edges {
            let (Some(of_a), Some(of_b)) = (labels.get(a).copied(), labels.get(b).copied()) else {
                continue;
            };
            let smaller = of_a.min(of_b);
            if of_a != of_b {
                labels.insert(*a, smaller);
                labels.insert(*b, smaller);
                changed = true;
            }
        }
    }
    labels.into_values().collect()
}

/// Random walk with restart, one edge after the other.
#[must_use]
pub fn random_walk_with_restart(n: u32, edges: &[(u32, u32, f64)], seeds: &[f64], settings: WalkSettings) -> Vec<f64> {
    let total: f64 = seeds.iter().sum();
    let start: BTreeMap<u32, f64> = (0..n).zip(seeds).map(|(node, seed)| (node, if total > 0.0 { seed / total } else { 0.0 })).collect();
    let mut leaving: BTreeMap<u32, f64> = BTreeMap::new();
    for (from, _, weight) in edges {
        *leaving.entry(*from).or_default() += weight;
    }
    let mut mass = start.clone();
    for _ in 0..settings.steps_max {
        let mut next: BTreeMap<u32, f64> = BTreeMap::new();
        let mut restarting = 0.0;
        for (node, mass) in &mass {
            restarting += if leaving.contains_key(node) { settings.restart * mass } else { *mass };
        }
        for (from, to, weight) in edges {
            let share = weight / leaving.get(from).copied().unwrap_or(1.0);
            *next.entry(*to).or_default() += (1.0 - settings.restart) * share * mass.get(from).copied().unwrap_or(0.0);
        }
        for (node, start) in &start {
            *next.entry(*node).or_default() += restarting * start;
        }
        mass = next;
    }
    mass.into_values().collect()
}

/// Modularity by its definition, over all pairs of nodes: the sum of `A(u, v) - resolution * k(u) * k(v) / 2m` over pairs of one community, by `2m`.
#[must_use]
pub fn modularity(n: u32, edges: &BTreeSet<(u32, u32)>, partition: &[u32], resolution: f64) -> f64 {
    let joined = |a: u32, b: u32| a != b && (edges.contains(&(a, b)) || edges.contains(&(b, a)));
    let degree = |a: u32| (0..n).filter(|b| joined(a, *b)).count() as f64;
    let total: f64 = (0..n).map(degree).sum();
    let community = |node: u32| partition.get(node as usize);
    let mut sum = 0.0;
    for (a, b) in (0..n).flat_map(|a| (0..n).map(move |b| (a, b))).filter(|(a, b)| community(*a) == community(*b)) {
        sum += f64::from(u8::from(joined(a, b))) - resolution * degree(a) * degree(b) / total.max(1.0);
    }
    if total > 0.0 { sum / total } else { 0.0 }
}
