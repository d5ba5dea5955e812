//! The fast clustering equals the plain one on small random chains.
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tributary_graph::Interner;
use tributary_model::{Amount, Timestamp};
use tributary_wallets::{ChangeRule, Clusters, Deposit, DepositSettings, Moves, Settings, Tag, Tags, Utxo, clusters, reference, user_clusters};

fn address(number: usize) -> String {
    let kinds = ["1a", "3a", "bc1qaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "bc1p"];
    format!("{}{number:02}", kinds[number % kinds.len()])
}

/// The sets of addresses, and a check of what each address is told.
fn sets(found: &Clusters, addresses: &Interner) -> Vec<BTreeSet<String>> {
    let mut by_cluster: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
    for (number, name) in (0_u32..).zip(addresses.names()) {
        by_cluster.entry(found.cluster(number)).or_default().insert(name.to_owned());
        assert_eq!(found.cluster(found.core(number)), found.cluster(number), "a core lies within its cluster");
    }
    for (cluster, members) in &by_cluster {
        assert_eq!(addresses.name(*cluster), members.first().map(String::as_str), "a cluster bears its smallest address");
        assert_eq!(found.size(*cluster) as usize, members.len());
    }
    assert_eq!(found.links.len(), addresses.len() - by_cluster.len(), "as many links as were needed, no more");
    let mut sets: Vec<BTreeSet<String>> = by_cluster.into_values().collect();
    sets.sort();
    sets
}

fn tags(rows: &[(usize, u8)], kinds: &[&str]) -> Tags {
    let mut tags = Tags::none();
    for (number, entity) in rows {
        tags.add(&address(*number), Tag { entity: format!("e{entity}"), kind: kinds[usize::from(*entity) % kinds.len()].to_owned() });
    }
    tags
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(384)
}

fn rules() -> impl Strategy<Value = Settings> {
    let rule = prop_oneof![
        1 => Just(ChangeRule::Off), 3 => Just(ChangeRule::Fresh), 2 => Just(ChangeRule::AddressType), 2 => Just(ChangeRule::RoundAmount),
        3 => Just(ChangeRule::Intersection)
    ];
    (rule, 2usize..5, 2u32..20, any::<bool>()).prop_map(|(change, change_outputs_max, cluster_max, leave_out_coinjoins)| Settings {
        change,
        change_outputs_max,
        cluster_max,
        leave_out_coinjoins,
        round: Amount(100_000),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn hands(
        rows in proptest::collection::vec((0i64..9, proptest::collection::vec(0usize..40, 0..4), proptest::collection::vec((0usize..40, 0i64..4), 1..5)), 1..40),
        named in proptest::collection::vec((0usize..40, 0u8..3), 0..6),
        settings in rules(),
    ) {
        let mut chain = Utxo::new();
        for (number, (at, inputs, outputs)) in rows.iter().enumerate() {
            // Address 0 is not known.
            let name = |number: usize| if number == 0 { String::new() } else { address(number) };
            let inputs: Vec<(String, i64)> = inputs.iter().map(|number| (name(*number), 500_000)).collect();
            let outputs: Vec<(String, i64)> = outputs.iter().map(|(number, amount)| (name(*number), amount * 70_000)).collect();
            let inputs: Vec<(&str, i64)> = inputs.iter().map(|leg| (leg.0.as_str(), leg.1)).collect();
            let outputs: Vec<(&str, i64)> = outputs.iter().map(|leg| (leg.0.as_str(), leg.1)).collect();
            let id = format!("t{number}");
            prop_assert!(chain.push(&id, Timestamp(*at), &inputs, &outputs));
        }
        chain.sort();
        let tags = tags(&named, &["exchange"]);
        let found = clusters(&chain, &tags, &settings);
        prop_assert_eq!(sets(&found.clusters, &chain.addresses), reference::clusters(&chain, &tags, &settings));
        // What bears two names is told, and has none.
        for conflict in found.clusters.conflicts(&chain.addresses) {
            let cluster = chain.addresses.get(&conflict.cluster).unwrap();
            prop_assert!(found.clusters.tag(cluster).is_none() && conflict.tags.len() > 1);
        }
    }

    #[test]
    fn users(
        rows in proptest::collection::vec((0i64..30, 0usize..14, prop_oneof![3 => 0usize..2, 4 => 3usize..6, 2 => 0usize..14], 0i128..4, 0u8..2), 1..60),
        named in proptest::collection::vec((0usize..3, 0u8..3), 0..4),
        within in 0i64..12, shortfall in 0i128..3, senders_max in 1usize..5, cluster_max in 1u32..6,
    ) {
        let mut moves = Moves::new();
        for (number, (at, from, to, amount, token)) in rows.iter().enumerate() {
            let (id, token) = (format!("t{number}"), format!("K{token}"));
            prop_assert!(moves.push(&id, Timestamp(*at), (&address(*from), &address(*to)), Amount(*amount), &token));
        }
        moves.sort();
        let named: Vec<(usize, u8)> = named.into_iter().chain([(0, 0)]).collect();
        let tags = tags(&named, &["exchange", "exchange", "mixer"]);
        let settings = DepositSettings { within_micros: within, shortfall_max: Amount(shortfall), senders_max, cluster_max };
        let (found, deposits) = user_clusters(&moves, &tags, &settings);
        let (plain_deposits, plain) = reference::user_clusters(&moves, &tags, &settings);
        let name = |number: u32| moves.addresses.name(number).unwrap().to_owned();
        let senders = |deposit: &Deposit| deposit.senders.iter().map(|sender| name(*sender)).collect();
        let mut told: Vec<reference::PlainDeposit> =
            deposits.iter().map(|deposit| (name(deposit.address), senders(deposit), deposit.forwards.clone())).collect();
        told.sort();
        prop_assert_eq!(told, plain_deposits);
        prop_assert_eq!(sets(&found, &moves.addresses), plain);
    }
}
