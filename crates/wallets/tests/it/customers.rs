//! How right deposit addresses make clusters in a made-up account chain: customers with several addresses, exchanges that forward, and what misleads.
use std::collections::BTreeMap;

use tributary_model::{Amount, Timestamp};
use tributary_wallets::{DepositSettings, Moves, Tag, Tags, user_clusters};

use crate::simulator::Random;

const COIN: i128 = 1_000_000_000;
const HOUR: i64 = 3_600_000_000;

struct Market {
    moves: Moves,
    holders: BTreeMap<String, u64>,
    tags: Tags,
}

/// Customers pay into their own deposit addresses from one to four addresses; a share of them is also paid there by others, a share of forwards comes days later.
fn market(seed: u64, paid_by_others: u64) -> Market {
    let mut random = Random::new(seed);
    let (mut moves, mut holders, mut tags) = (Moves::new(), BTreeMap::new(), Tags::none());
    for exchange in 0..3 {
        tags.add(&format!("hot{exchange}"), Tag { entity: format!("exchange{exchange}"), kind: "exchange".to_owned() });
    }
    let mut number = 0;
    let mut push = |moves: &mut Moves, at: i64, from: &str, to: &str, amount: i128| {
        number += 1;
        assert!(moves.push(&format!("0x{number}"), Timestamp(at), (from, to), Amount(amount), "ETH"));
    };
    let of = |customer: u64, number: u64| format!("u{customer}_{number}");
    for customer in 0..600 {
        let own = 1 + random.below(4);
        (0..own).for_each(|number| _ = holders.insert(of(customer, number), customer));
        let (deposit, hot) = (format!("d{customer}"), format!("hot{}", customer % 3));
        for _ in 0..2 + random.below(8) {
            let stranger = random.chance(paid_by_others);
            let from = if stranger { of(random.below(600), 0) } else { of(customer, random.below(own)) };
            let (at, amount) = (random.below(9_000) as i64 * HOUR, COIN / 100 * (1 + i128::from(random.below(5_000))));
            push(&mut moves, at, &from, &deposit, amount);
            let late = if random.chance(10) { 60 } else { 1 + random.below(10) as i64 };
            push(&mut moves, at + late * HOUR, &deposit, &hot, amount - COIN / 1_000);
            // Everyday life, and money that comes back from the exchange.
            push(&mut moves, at, &of(random.below(600), 0), &of(random.below(600), 0), amount / 3);
            push(&mut moves, at, &hot, &from, amount / 7);
        }
    }
    moves.sort();
    Market { moves, holders, tags }
}

/// (pairs said that are, pairs that are which are said) among customers' addresses.
fn measured(market: &Market) -> (f64, f64) {
    let (found, deposits) = user_clusters(&market.moves, &market.tags, &DepositSettings::default());
    assert!(
        deposits.iter().all(|deposit| market.moves.addresses.name(deposit.address).is_some_and(|name| name.starts_with('d'))),
        "no customer is taken for a deposit address"
    );
    let pairs = |n: &u64| (n * n.saturating_sub(1) / 2) as f64;
    let (mut both, mut said, mut are) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for (address, holder) in &market.holders {
        let cluster = market.moves.addresses.get(address).map_or(u32::MAX, |number| found.cluster(number));
        *both.entry((cluster, *holder)).or_insert(0_u64) += 1;
        *said.entry(cluster).or_insert(0_u64) += u64::from(cluster != u32::MAX);
        *are.entry(*holder).or_insert(0_u64) += 1;
    }
    both.retain(|(cluster, _), _| *cluster != u32::MAX);
    let right: f64 = both.values().map(pairs).sum();
    (right / said.values().map(pairs).sum::<f64>().max(1.0), right / are.values().map(pairs).sum::<f64>().max(1.0))
}

#[test]
fn deposit_addresses_join_their_customers() {
    for seed in 1..4 {
        let (precision, recall) = measured(&market(seed, 0));
        assert!(precision == 1.0 && recall > 0.5, "{seed}: {precision} {recall}");
    }
}

/// What the rule cannot know: who is paid at a deposit address by others is joined with them.
#[test]
fn payments_by_others_into_a_deposit_address_mislead() {
    let (precision, recall) = measured(&market(1, 2));
    assert!(precision < 0.9 && recall > 0.5, "{precision} {recall}");
}
