//! Clusters of a chain of unspent outputs: common inputs first, change after.

use std::collections::BTreeMap;

use crate::change::{View, change};
use crate::coinjoin::{CoinJoin, coinjoin};
use crate::link::{Clusters, Link, Linker, Why};
use crate::settings::{ChangeRule, Settings};
use crate::store::{NO_ADDRESS, Utxo};
use crate::tags::Tags;

/// Clusters, and what was left out.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Who holds what.
    pub clusters: Clusters,
    /// Joint transactions, by number; none of them links anything.
    pub coinjoins: BTreeMap<u32, CoinJoin>,
    /// How many transactions make new coin.
    pub coinbase: u64,
}

/// Clusters the addresses of a chain. Transactions are taken in the order of time ([`Utxo::sort`]); common inputs of all of them are joined first, then change links are made
/// in order, each refused where it would make a cluster too large or join two names. Linear but for the union–find and one sort; about 30 bytes an address beside the chain.
#[must_use]
pub fn clusters(chain: &Utxo, tags: &Tags, settings: &Settings) -> Found {
    let mut linker = Linker::new(&chain.addresses, tags, settings.cluster_max);
    let mut found = Found::default();
    for transaction in chain.iter() {
        if transaction.inputs.is_empty() {
            found.coinbase += 1;
            continue;
        }
        if let Some(kind) = coinjoin(&transaction) {
            found.coinjoins.insert(transaction.number, kind);
            if settings.leave_out_coinjoins {
                continue;
            }
        }
        let mut known = transaction.inputs.iter().map(|leg| leg.address).filter(|address| *address != NO_ADDRESS);
        if let Some(first) = known.next() {
            for other in known.filter(|other| *other != first) {
                linker.join(Link { a: first, b: other, why: Why::MultiInput, transaction: transaction.number });
            }
        }
    }
    let cores = linker.labels();
    if settings.change != ChangeRule::Off {
        let view = View::of(chain);
        for transaction in chain.iter() {
            if settings.leave_out_coinjoins && found.coinjoins.contains_key(&transaction.number) {
                continue;
            }
            let payer = transaction.inputs.first().map(|leg| leg.address);
            if let Some((payer, change)) = payer.zip(change(&view, settings, &transaction)) {
                linker.join_weakly(Link { a: payer, b: change.address, why: Why::Change(change.votes), transaction: transaction.number });
            }
        }
    }
    found.clusters = linker.finish(&chain.addresses, tags, cores);
    found
}
