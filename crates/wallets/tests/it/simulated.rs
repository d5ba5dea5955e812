//! How right the clusters are in a made-up world, where who holds what is known.
use std::collections::BTreeMap;

use tributary_model::Timestamp;
use tributary_wallets::{ChangeRule, Settings, Tags, Utxo, Why, clusters};

use crate::simulator::{World, simulate};

/// Pairs of addresses said to be of one hand that are, and of those that are which are said.
pub(crate) fn pairwise(chain: &Utxo, cluster: impl Fn(u32) -> u32, holders: &BTreeMap<String, u32>) -> (f64, f64) {
    let pairs = |n: u64| (n * n.saturating_sub(1) / 2) as f64;
    let (mut by_both, mut by_cluster, mut by_holder) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for (number, address) in (0_u32..).zip(chain.addresses.names()) {
        let (cluster, holder) = (cluster(number), holders[address]);
        *by_both.entry((cluster, holder)).or_insert(0_u64) += 1;
        *by_cluster.entry(cluster).or_insert(0_u64) += 1;
        *by_holder.entry(holder).or_insert(0_u64) += 1;
    }
    let right: f64 = by_both.values().map(|n| pairs(*n)).sum();
    let (said, are): (f64, f64) = (by_cluster.values().map(|n| pairs(*n)).sum(), by_holder.values().map(|n| pairs(*n)).sum());
    (right / said.max(1.0), right / are.max(1.0))
}

fn world(seed: u64, coinjoins: u64) -> (Utxo, BTreeMap<String, u32>) {
    let mut chain = Utxo::new();
    let holders = simulate(World { transactions: 12_000, people: 600, coinjoins, seed }, true, &mut |(id, at, inputs, outputs)| {
        let inputs: Vec<(&str, i64)> = inputs.iter().map(|leg| (leg.0.as_str(), leg.1)).collect();
        let outputs: Vec<(&str, i64)> = outputs.iter().map(|leg| (leg.0.as_str(), leg.1)).collect();
        assert!(chain.push(id, Timestamp(at * 1_000_000), &inputs, &outputs));
    });
    chain.sort();
    (chain, holders)
}

/// How right: pairs said that are, pairs that are said, and links of common inputs and of change that are right.
#[derive(Debug)]
struct Measured {
    precision: f64,
    recall: f64,
    inputs: f64,
    change: f64,
}

fn measured(chain: &Utxo, holders: &BTreeMap<String, u32>, change: ChangeRule, leave_out_coinjoins: bool) -> Measured {
    let settings = Settings { change, leave_out_coinjoins, ..Settings::default() };
    let found = clusters(chain, &Tags::none(), &settings);
    let (precision, recall) = pairwise(chain, |address| found.clusters.cluster(address), holders);
    let holder = |address: u32| holders[chain.addresses.name(address).unwrap()];
    let share = |weak: bool| {
        let links: Vec<bool> =
            found.clusters.links.iter().filter(|link| (link.why != Why::MultiInput) == weak).map(|link| holder(link.a) == holder(link.b)).collect();
        links.iter().filter(|right| **right).count() as f64 / links.len().max(1) as f64
    };
    Measured { precision, recall, inputs: share(false), change: share(true) }
}

#[test]
fn common_inputs_are_hardly_ever_wrong_where_joint_transactions_are_left_out() {
    for seed in 1..4 {
        let (chain, holders) = world(seed, 20);
        let apart = measured(&chain, &holders, ChangeRule::Off, true);
        assert!(apart.precision > 0.999 && apart.inputs > 0.9999 && apart.recall > 0.01, "{seed}: {apart:?}");
        // The same with joint transactions taken for one hand's.
        let mixed = measured(&chain, &holders, ChangeRule::Off, false);
        assert!(mixed.precision < 0.2, "{seed}: {mixed:?}");
    }
}

#[test]
fn change_finds_more_and_the_intersection_errs_least() {
    for seed in 4..6 {
        let (chain, holders) = world(seed, 20);
        let by = |rule| measured(&chain, &holders, rule, true);
        let (off, both) = (by(ChangeRule::Off), by(ChangeRule::Intersection));
        let others = [by(ChangeRule::Fresh), by(ChangeRule::AddressType), by(ChangeRule::RoundAmount)];
        let all = format!("{seed}: {off:?} {others:?} {both:?}");
        assert!(both.recall > 1.2 * off.recall && others.iter().all(|other| both.change > other.change), "{all}");
    }
}
