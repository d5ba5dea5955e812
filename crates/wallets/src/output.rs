//! What comes out: addresses with their clusters, and transfers between clusters in the shape of the table `transfers`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use rustc_hash::FxHashMap;
use tributary_graph::Interner;
use tributary_model::{Amount, Timestamp};

use crate::link::{Clusters, Refusal, Why};
use crate::store::{Leg, Moves, NO_ADDRESS, Utxo};
use crate::utxo::Found;

/// What is not in the transfers, since it stays in one hand or says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Skipped {
    /// Outputs or movements within one cluster: change, and moving one's own coin.
    pub own: u64,
    /// Outputs without an address that carry nothing.
    pub data: u64,
}

/// Writes a field, quoted where it must be.
fn field(out: &mut impl Write, text: &str) -> io::Result<()> {
    if text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        write!(out, "\"{}\"", text.replace('"', "\"\""))
    } else {
        out.write_all(text.as_bytes())
    }
}

fn line(out: &mut impl Write, fields: &[&str]) -> io::Result<()> {
    for (at, text) in fields.iter().enumerate() {
        if at > 0 {
            out.write_all(b",")?;
        }
        field(out, text)?;
    }
    out.write_all(b"\n")
}

/// Writes one row an address, by address: `address, cluster_id, core_id, size, class, reasons, linked_to, transaction, refused, entity, entity_kind`.
///
/// `cluster_id` and `core_id` (common inputs alone) are smallest addresses. `reasons` are those of the links that name the address, joined by `+`, with the votes of change in brackets;
/// `linked_to` and `transaction` are of the first such link. `refused` says why a link of this address was not made. `id_of` names a transaction by its number.
///
/// # Errors
/// The output cannot be written.
pub fn write_addresses<'a>(
    out: &mut impl Write,
    addresses: &Interner,
    clusters: &Clusters,
    id_of: impl Fn(u32) -> Option<&'a str>,
) -> io::Result<()> {
    // (address, position of a link that names it), by address.
    let ends = (0_u32..).zip(&clusters.links).flat_map(|(at, link)| [(link.a, at), (link.b, at)]);
    let mut ends: Vec<(u32, u32)> = ends.collect();
    ends.sort_unstable();
    let mut refused: BTreeMap<u32, Refusal> = BTreeMap::new();
    for refusal in &clusters.refused {
        for end in [refusal.link.a, refusal.link.b] {
            refused.entry(end).or_insert(refusal.refusal);
        }
    }
    let name = |number: u32| addresses.name(number).unwrap_or_default();
    let mut order: Vec<u32> = (0..addresses.len() as u32).collect();
    order.sort_unstable_by_key(|number| name(*number));
    line(out, &["address", "cluster_id", "core_id", "size", "class", "reasons", "linked_to", "transaction", "refused", "entity", "entity_kind"])?;
    for number in order {
        let begin = ends.partition_point(|end| end.0 < number);
        let links = ends.iter().skip(begin).take_while(|end| end.0 == number).filter_map(|end| clusters.links.get(end.1 as usize));
        // Of a hub's many links the first few speak for all.
        let mut whys: Vec<Why> = links.clone().take(8).map(|link| link.why).collect();
        whys.sort_unstable();
        whys.dedup();
        let reasons: Vec<String> = whys.into_iter().map(reason).collect();
        let first = links.clone().next();
        let other = first.map_or("", |link| name(if link.a == number { link.b } else { link.a }));
        let refusal = refused.get(&number).map_or("", |refusal| match refusal {
            Refusal::Size => "size",
            Refusal::Tags => "tags",
        });
        let (size, tag) = (clusters.size(number).to_string(), clusters.tag(number));
        line(
            out,
            &[
                name(number),
                name(clusters.cluster(number)),
                name(clusters.core(number)),
                &size,
                clusters.class(number).name(),
                &reasons.join("+"),
                other,
                first.and_then(|link| id_of(link.transaction)).unwrap_or_default(),
                refusal,
                tag.map_or("", |tag| &tag.entity),
                tag.map_or("", |tag| &tag.kind),
            ],
        )?;
    }
    Ok(())
}

fn reason(why: Why) -> String {
    match why {
        Why::Change(votes) => {
            let named = [("fresh", votes.fresh), ("address_type", votes.address_type), ("round_amount", votes.round_amount)];
            let named: Vec<&str> = named.into_iter().filter(|(_, is)| *is).map(|(name, _)| name).collect();
            format!("change({})", named.join(" "))
        }
        why => why.name().to_owned(),
    }
}

const HEADER: [&str; 7] = ["transfer_id", "at", "from_account", "to_account", "amount", "currency", "channel"];

/// Writes what flows between clusters of a chain of unspent outputs: one row for each transaction and each cluster it pays, in the order of time. Accounts are clusters.
///
/// Change and whatever else comes back to the payer is left out, so that a chain of peels shows as one account paying one after another. A CoinJoin is an account of its own
/// (`coinjoin:` and its id) that its inputs pay and that pays its outputs: value is not mixed up and nobody is said to have paid anybody. New coin comes from `coinbase`; what has no known address
/// goes to or comes from `unknown:` and the id. Where inputs belong to several clusters (no common input link was made), each pays its share into `joint:` and the id, which pays the outputs.
///
/// # Errors
/// The output cannot be written.
pub fn write_transfers(out: &mut impl Write, chain: &Utxo, found: &Found, currency: &str) -> io::Result<Skipped> {
    let mut skipped = Skipped::default();
    line(out, &HEADER)?;
    for transaction in chain.iter() {
        let sums = |legs: &[Leg]| sums(chain, found, legs);
        let (paid, mut received) = (sums(transaction.inputs), sums(transaction.outputs));
        let is_mixed = found.coinjoins.contains_key(&transaction.number);
        let text = |account: Account| match account {
            Account::Cluster(number) => Cow::Borrowed(chain.addresses.name(number).unwrap_or_default()),
            Account::Unknown => Cow::Owned(format!("unknown:{}", transaction.id)),
            Account::Joint => Cow::Owned(format!("{}:{}", if is_mixed { "coinjoin" } else { "joint" }, transaction.id)),
            Account::Coinbase => Cow::Borrowed("coinbase"),
        };
        let at = Timestamp(transaction.at.0).to_string();
        let mut number = 0;
        let mut row = |out: &mut _, from: Account, to: Account, amount: i128| {
            let id = format!("{}:{number}", transaction.id);
            number += 1;
            line(out, &[&id, &at, &text(from), &text(to), &Amount(amount).to_string(), currency, "onchain"])
        };
        let payer = match paid.as_slice() {
            [] => Account::Coinbase,
            [only] if !is_mixed => only.0,
            several => {
                for (from, amount) in several {
                    // What comes back openly was never paid.
                    let own = received.iter_mut().find(|(to, _)| to == from && !is_mixed);
                    let back = own.map_or(0, |own| {
                        let back = own.1.min(*amount);
                        own.1 -= back;
                        back
                    });
                    skipped.own += u64::from(back > 0);
                    if *amount > back {
                        row(out, *from, Account::Joint, amount - back)?;
                    }
                }
                Account::Joint
            }
        };
        for (to, amount) in received {
            if to == payer {
                skipped.own += 1;
            } else if amount == 0 {
                skipped.data += 1;
            } else {
                row(out, payer, to, amount)?;
            }
        }
    }
    Ok(skipped)
}

/// Whose account a side of a transfer is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Account {
    Cluster(u32),
    Unknown,
    Joint,
    Coinbase,
}

/// What each cluster has of these legs, by its smallest address; what has no address comes last.
fn sums(chain: &Utxo, found: &Found, legs: &[Leg]) -> Vec<(Account, i128)> {
    let cluster = |leg: &Leg| if leg.address == NO_ADDRESS { NO_ADDRESS } else { found.clusters.cluster(leg.address) };
    let mut amounts: Vec<(u32, i128)> = legs.iter().map(|leg| (cluster(leg), i128::from(leg.amount))).collect();
    amounts.sort_unstable();
    amounts.dedup_by(|next, sum| {
        let same = next.0 == sum.0;
        sum.1 += if same { next.1 } else { 0 };
        same
    });
    amounts.sort_by_key(|(cluster, _)| (*cluster == NO_ADDRESS, chain.addresses.name(*cluster)));
    let account = |cluster: u32| if cluster == NO_ADDRESS { Account::Unknown } else { Account::Cluster(cluster) };
    amounts.into_iter().map(|(cluster, sum)| (account(cluster), sum)).collect()
}

/// Writes the movements of an account chain between clusters, in the order of time, each with its token as currency.
///
/// # Errors
/// The output cannot be written.
pub fn write_moves(out: &mut impl Write, moves: &Moves, clusters: &Clusters) -> io::Result<Skipped> {
    let mut skipped = Skipped::default();
    line(out, &HEADER)?;
    let name = |number: u32| moves.addresses.name(clusters.cluster(number)).unwrap_or_default();
    // One transaction may move several tokens: its movements are numbered.
    let mut numbers: FxHashMap<&str, u32> = FxHashMap::default();
    for (id, one) in moves.iter() {
        let next = numbers.entry(id).or_default();
        let number = std::mem::replace(next, *next + 1);
        if clusters.cluster(one.from) == clusters.cluster(one.to) {
            skipped.own += 1;
            continue;
        }
        if one.amount.0 == 0 {
            skipped.data += 1;
            continue;
        }
        let token = moves.tokens.name(one.token).unwrap_or_default();
        let (id, at) = (format!("{id}:{number}"), Timestamp(one.at).to_string());
        line(out, &[&id, &at, name(one.from), name(one.to), &one.amount.to_string(), token, "onchain"])?;
    }
    Ok(skipped)
}
