//! One case a rule.
use tributary_model::{Amount, Timestamp};
use tributary_wallets::{
    AddressType, ChangeRule, Class, CoinJoin, DepositSettings, Found, Moves, Refusal, Settings, Tag, Tags, Utxo, Why, clusters, coinjoin,
    user_clusters, write_addresses, write_moves, write_transfers,
};

const COIN: i64 = 1_000_000_000;

/// Addresses and amounts.
type Legs<'a> = &'a [(&'a str, i64)];

/// Transactions as (inputs, outputs), one a second.
fn chain(transactions: &[(Legs<'_>, Legs<'_>)]) -> Utxo {
    let mut chain = Utxo::new();
    for (at, (inputs, outputs)) in (0_i64..).zip(transactions) {
        assert!(chain.push(&format!("t{at}"), Timestamp(at * 1_000_000), inputs, outputs));
    }
    chain.sort();
    chain
}

fn exchange(entity: &str) -> Tag {
    Tag { entity: entity.to_owned(), kind: "exchange".to_owned() }
}

fn cluster<'a>(chain: &'a Utxo, found: &Found, address: &str) -> &'a str {
    chain.addresses.name(found.clusters.cluster(chain.addresses.get(address).unwrap())).unwrap()
}

#[test]
fn kinds_of_address() {
    let cases = [
        ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", AddressType::P2pkh),
        ("3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", AddressType::P2sh),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", AddressType::P2wpkh),
        ("bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3", AddressType::P2wsh),
        ("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", AddressType::P2tr),
        ("data", AddressType::Other),
    ];
    for (address, kind) in cases {
        assert_eq!(AddressType::of(address), kind, "{address}");
    }
}

#[test]
fn structures_of_joint_transactions() {
    let legs = |prefix: &str, amounts: Vec<i64>| -> Vec<(String, i64)> {
        amounts.into_iter().enumerate().map(|(at, amount)| (format!("{prefix}{at}"), amount)).collect()
    };
    let uneven = |many: i64| (0..many).map(|at| COIN + at * 7_310).collect::<Vec<i64>>();
    let equal_and_rest = |equal: usize, rest: i64| [vec![COIN / 10; equal], uneven(rest)].concat();
    // 2^n satoshi and the like, most of them shared.
    let wabisabi: Vec<i64> = (0..60).map(|at| if at % 6 == 0 { 123_450 + at * 10 } else { 10 << (16 + at % 5) }).collect();
    let cases = [
        (legs("i", vec![COIN / 20 + 100; 5]), legs("o", vec![COIN / 20; 5]), Some(CoinJoin::Whirlpool)),
        (legs("i", uneven(30)), legs("o", equal_and_rest(20, 11)), Some(CoinJoin::Wasabi1)),
        (legs("i", uneven(80)), legs("o", wabisabi), Some(CoinJoin::Wasabi2)),
        (legs("i", uneven(4)), legs("o", equal_and_rest(4, 3)), Some(CoinJoin::JoinMarket)),
        // A payment, a payment to two in equal parts, a payout of one payer, a sweep.
        (legs("i", uneven(3)), legs("o", uneven(2)), None),
        (legs("i", uneven(3)), legs("o", equal_and_rest(2, 1)), None),
        (vec![("i".to_owned(), COIN); 4], legs("o", equal_and_rest(4, 1)), None),
        (legs("i", uneven(200)), legs("o", uneven(1)), None),
    ];
    for (inputs, outputs, expected) in cases {
        let side = |legs: &'static [(String, i64)]| legs.iter().map(|leg| (leg.0.as_str(), leg.1)).collect::<Vec<_>>();
        let (inputs, outputs) = (&*inputs.leak(), &*outputs.leak());
        let chain = chain(&[(&side(inputs), &side(outputs))]);
        assert_eq!(coinjoin(&chain.get(0).unwrap()), expected, "{outputs:?}");
    }
}

#[test]
fn change_is_linked_when_signs_agree() {
    let first: (Legs<'_>, Legs<'_>) = (&[], &[("1a", 3 * COIN), ("3used", COIN)]);
    let cases: [(&str, Legs<'_>, bool); 6] = [
        ("fresh, of the payer's kind, uneven", &[("3used", COIN / 2), ("1new", COIN / 3)], true),
        ("both fresh: nobody knows", &[("1b", COIN / 2), ("1new", COIN / 3)], false),
        ("round amounts name the other", &[("3used", COIN / 3), ("1new", COIN / 2)], false),
        ("fresh alone is not enough", &[("1a2", COIN / 3), ("bc1pnew", COIN / 7)], false),
        ("openly back to the payer", &[("1a", COIN / 2), ("1new", COIN / 3)], false),
        ("a payout to many", &[("3used", COIN), ("3used", COIN), ("3used", COIN / 10), ("1new", COIN / 3)], false),
    ];
    for (what, outputs, linked) in cases {
        let known: (Legs<'_>, Legs<'_>) = (&[], &[("1a2", COIN)]);
        let chain = chain(&[first, known, (&[("1a", 3 * COIN)], outputs)]);
        let found = clusters(&chain, &Tags::none(), &Settings::default());
        let is = chain.addresses.get("1new").is_some() && cluster(&chain, &found, "1new") == "1a";
        assert_eq!(is, linked, "{what}");
        assert_eq!(found.clusters.class(0), if linked { Class::Likely } else { Class::Alone }, "{what}");
    }
}

#[test]
fn two_names_are_told_and_not_merged() {
    // Common inputs join what bears two names: told. Change would join two names: refused.
    let chain = chain(&[
        (&[], &[("1a", COIN), ("1b", COIN), ("3used", COIN), ("1p", COIN)]),
        (&[("1a", COIN), ("1b", COIN)], &[("1c", 2 * COIN)]),
        (&[("1p", COIN)], &[("3used", COIN / 2), ("1q", COIN / 3)]),
    ]);
    let mut tags = Tags::none();
    for (address, entity) in [("1a", "one"), ("1b", "other"), ("1p", "one"), ("1q", "third")] {
        tags.add(address, exchange(entity));
    }
    let found = clusters(&chain, &tags, &Settings::default());
    let conflicts = found.clusters.conflicts(&chain.addresses);
    assert_eq!(conflicts.iter().map(|conflict| (conflict.cluster.as_str(), conflict.size)).collect::<Vec<_>>(), [("1a", 2)]);
    assert_eq!(found.clusters.tag(chain.addresses.get("1a").unwrap()), None);
    assert_eq!(found.clusters.class(chain.addresses.get("1b").unwrap()), Class::Conflict);
    assert_eq!(found.clusters.refused.iter().map(|refused| refused.refusal).collect::<Vec<_>>(), [Refusal::Tags]);
    assert_eq!(found.clusters.tag(chain.addresses.get("1q").unwrap()), Some(&exchange("third")));
}

#[test]
fn a_cluster_grows_by_weak_links_to_its_bound_only() {
    let steps: Vec<(String, String)> = (0..6).map(|at| (format!("1s{at}"), format!("1s{}", at + 1))).collect();
    let mut chain = Utxo::new();
    assert!(chain.push("m", Timestamp(0), &[], &[("1s0", 100 * COIN), ("3used", COIN)]));
    for (at, (from, to)) in (1_i64..).zip(&steps) {
        assert!(chain.push(&format!("p{at}"), Timestamp(at), &[(from, 100 * COIN)], &[("3used", COIN), (to, 99 * COIN + 10 * at)]));
    }
    chain.sort();
    let found = clusters(&chain, &Tags::none(), &Settings { cluster_max: 4, ..Settings::default() });
    assert_eq!(found.clusters.size(chain.addresses.get("1s0").unwrap()), 4);
    assert_eq!(found.clusters.refused.iter().filter(|refused| refused.refusal == Refusal::Size).count(), 1);
    // Without the bound the chain of peels is one account that pays one after another.
    let found = clusters(&chain, &Tags::none(), &Settings::default());
    let mut out = Vec::new();
    let skipped = write_transfers(&mut out, &chain, &found, "BTC").unwrap();
    let text = String::from_utf8(out).unwrap();
    let payers: Vec<&str> = text.lines().skip(3).filter_map(|line| line.split(',').nth(2)).collect();
    assert_eq!((payers, skipped.own), (vec!["1s0"; 6], 6));
}

#[test]
fn a_joint_transaction_is_an_account_of_its_own() {
    let inputs: Vec<(String, i64)> = (0..4).map(|at| (format!("1i{at}"), COIN)).collect();
    let outputs: Vec<(String, i64)> =
        (0..4).map(|at| (format!("1o{at}"), COIN / 2)).chain((0..4).map(|at| (format!("1r{at}"), COIN / 3 + at))).collect();
    let side = |legs: &'static [(String, i64)]| legs.iter().map(|leg| (leg.0.as_str(), leg.1)).collect::<Vec<_>>();
    let chain = chain(&[(&side(inputs.leak()), &side(outputs.leak()))]);
    let found = clusters(&chain, &Tags::none(), &Settings { change: ChangeRule::Fresh, ..Settings::default() });
    assert_eq!((found.coinjoins.len(), found.clusters.links.len()), (1, 0));
    let mut out = Vec::new();
    write_transfers(&mut out, &chain, &found, "BTC").unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.lines().count(), 1 + 4 + 8);
    assert!(text.contains("t0:0,1970-01-01T00:00:00Z,1i0,coinjoin:t0,1,BTC,onchain"), "{text}");
    assert!(text.contains("coinjoin:t0,1o3,0.5,BTC,onchain"), "{text}");
}

#[test]
fn addresses_say_why() {
    let chain =
        chain(&[(&[], &[("1b", COIN), ("1a", COIN), ("3used", COIN)]), (&[("1b", COIN), ("1a", COIN)], &[("3used", COIN / 2), ("1c", COIN / 3)])]);
    let mut tags = Tags::none();
    tags.add("1b", exchange("house"));
    let found = clusters(&chain, &tags, &Settings::default());
    let mut out = Vec::new();
    write_addresses(&mut out, &chain.addresses, &found.clusters, |number| chain.get(number).map(|one| one.id)).unwrap();
    let expected = "address,cluster_id,core_id,size,class,reasons,linked_to,transaction,refused,entity,entity_kind\n\
                    1a,1a,1a,3,likely,multi_input,1b,t1,,house,exchange\n\
                    1b,1a,1a,3,likely,multi_input+change(fresh address_type round_amount),1a,t1,,house,exchange\n\
                    1c,1a,1c,3,likely,change(fresh address_type round_amount),1b,t1,,house,exchange\n\
                    3used,3used,3used,1,alone,,,,,,\n";
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

#[test]
fn who_pays_one_deposit_address_is_one_customer() {
    let mut moves = Moves::new();
    let mut at = 0;
    let mut push = |from: &str, to: &str, amount: i128| {
        at += 60;
        assert!(moves.push(&format!("0x{at}"), Timestamp(at * 1_000_000), (from, to), Amount(amount), "ETH"));
    };
    let eth = i128::from(COIN);
    push("alice1", "deposit", eth);
    push("deposit", "hot", eth - 5_000_000);
    push("alice2", "deposit", 2 * eth);
    push("deposit", "hot", 2 * eth);
    // Short by more than a fee; sends elsewhere; another exchange's wallet.
    push("bob", "keeps", eth);
    push("keeps", "hot", eth / 2);
    push("carol", "shop", eth);
    push("shop", "hot", eth);
    push("shop", "carol", eth / 100);
    push("other_hot", "deposit", eth);
    push("deposit", "hot", eth);
    moves.sort();
    let mut tags = Tags::none();
    tags.add("hot", exchange("house"));
    tags.add("other_hot", exchange("other"));
    let (found, deposits) = user_clusters(&moves, &tags, &DepositSettings::default());
    let name = |number: &u32| moves.addresses.name(*number).unwrap();
    assert_eq!(
        deposits.iter().map(|deposit| (name(&deposit.address), deposit.entity.as_str(), deposit.forwards.len())).collect::<Vec<_>>(),
        [("deposit", "house", 3)]
    );
    assert_eq!(deposits[0].senders.iter().map(name).collect::<Vec<_>>(), ["alice1", "alice2"]);
    assert_eq!(found.links.iter().map(|link| link.why).collect::<Vec<_>>(), [Why::Deposit]);
    let mut out = Vec::new();
    write_moves(&mut out, &moves, &found).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("0x180:0,1970-01-01T00:03:00Z,alice1,deposit,2,ETH,onchain"), "{text}");
    // What one transaction moves is numbered, wherever its rows stand.
    let mut moves = Moves::new();
    for (at, (id, to)) in (0..).zip([("0x1", "b"), ("0x2", "b"), ("0x1", "c"), ("0x1", "a")]) {
        assert!(moves.push(id, Timestamp(at), ("a", to), Amount(eth), "USDCOIN"));
    }
    moves.sort();
    let (found, _) = user_clusters(&moves, &tags, &DepositSettings::default());
    let mut out = Vec::new();
    let skipped = write_moves(&mut out, &moves, &found).unwrap();
    let text = String::from_utf8(out).unwrap();
    let rows: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(skipped.own, 1);
    assert_eq!(
        rows,
        [
            "0x1:0,1970-01-01T00:00:00Z,a,b,1,USDCOIN,onchain",
            "0x2:0,1970-01-01T00:00:00.000001Z,a,b,1,USDCOIN,onchain",
            "0x1:1,1970-01-01T00:00:00.000002Z,a,c,1,USDCOIN,onchain"
        ]
    );
}
