//! Deposit addresses of account chains: an exchange gives each customer one, and forwards what it receives to its hot wallet. Who pays one deposit address is one customer.
//!
//! Victor, "Address Clustering Heuristics for Ethereum" (Financial Cryptography 2020), with limits of amount and time.
#![expect(clippy::indexing_slicing, reason = "numbers come from the store that the columns are made for")]

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::link::{Clusters, Link, Linker, Why};
use crate::settings::DepositSettings;
use crate::store::{Move, Moves};
use crate::tags::Tags;

/// An address that forwards to one exchange what it receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deposit {
    /// Its number.
    pub address: u32,
    /// The exchange.
    pub entity: String,
    /// (receipt, forward), by numbers of movements: at most the shortfall less, at most the time later; one to one.
    pub forwards: Vec<(u32, u32)>,
    /// Who paid it what it forwarded, ascending; addresses that bear a tag, and deposit addresses, are not among them.
    pub senders: Vec<u32>,
}

/// Deposit addresses, and the clusters of those who pay them. The movements are in the order of time ([`Moves::sort`]). An address is one when it bears no tag, all that it sends goes to
/// addresses of one exchange (tags of kind `exchange`), and some of that forwards a receipt.
///
/// Linear in the movements but for a deposit address's own receipts within the time allowed.
#[must_use]
pub fn user_clusters(moves: &Moves, tags: &Tags, settings: &DepositSettings) -> (Clusters, Vec<Deposit>) {
    let mut deposits = deposits(moves, tags, settings);
    let are: BTreeSet<u32> = deposits.iter().map(|deposit| deposit.address).collect();
    let tagged = |address: u32| moves.addresses.name(address).is_some_and(|name| tags.of(name).next().is_some());
    let mut linker = Linker::new(&moves.addresses, tags, settings.cluster_max);
    let cores = linker.labels();
    for deposit in &mut deposits {
        deposit.senders.retain(|sender| !are.contains(sender) && !tagged(*sender));
        let Some(first) = deposit.senders.first().copied().filter(|_| deposit.senders.len() <= settings.senders_max) else {
            continue;
        };
        for (receipt, _) in &deposit.forwards {
            let sender = moves.get(*receipt).map(|(_, receipt)| receipt.from).filter(|sender| deposit.senders.binary_search(sender).is_ok());
            if let Some(sender) = sender {
                linker.join_weakly(Link { a: first, b: sender, why: Why::Deposit, transaction: *receipt });
            }
        }
    }
    (linker.finish(&moves.addresses, tags, cores), deposits)
}

/// Movements by the addresses that forward to an exchange: who they are, what they receive and send.
fn deposits(moves: &Moves, tags: &Tags, settings: &DepositSettings) -> Vec<Deposit> {
    let n = moves.addresses.len();
    let mut exchange: Vec<Option<&str>> = vec![None; n];
    let mut tagged = vec![false; n];
    for (address, tag) in tags.iter() {
        if let Some(number) = moves.addresses.get(address) {
            tagged[number as usize] = true;
            exchange[number as usize] = (tag.kind == "exchange").then_some(tag.entity.as_str());
        }
    }
    // The one exchange an address sends to; nothing once it sends anything elsewhere.
    let mut to: FxHashMap<u32, Option<&str>> = FxHashMap::default();
    for (_, sent) in moves.iter().filter(|(_, sent)| is_payment(sent) && !tagged[sent.from as usize]) {
        let target = exchange[sent.to as usize];
        let only = to.entry(sent.from).or_insert(target);
        *only = only.filter(|only| Some(*only) == target);
    }
    to.retain(|_, exchange| exchange.is_some());
    let mut flows: FxHashMap<u32, Flows> = FxHashMap::default();
    for (number, (_, one)) in (0_u32..).zip(moves.iter()) {
        if to.contains_key(&one.to) && one.from != one.to {
            flows.entry(one.to).or_default().receipts.push((number, one));
        }
        if to.contains_key(&one.from) && is_payment(&one) {
            flows.entry(one.from).or_default().forwards.push((number, one));
        }
    }
    let mut found: Vec<Deposit> = Vec::new();
    for (address, flows) in flows {
        let forwards = flows.matched(settings);
        let mut senders: Vec<u32> = forwards.iter().filter_map(|(receipt, _)| moves.get(*receipt)).map(|(_, receipt)| receipt.from).collect();
        senders.sort_unstable();
        senders.dedup();
        if let Some(entity) = to.get(&address).copied().flatten().filter(|_| !forwards.is_empty()) {
            found.push(Deposit { address, entity: entity.to_owned(), forwards, senders });
        }
    }
    found.sort_by_key(|deposit| deposit.address);
    found
}

fn is_payment(one: &Move) -> bool {
    one.amount.0 > 0 && one.from != one.to
}

#[derive(Default)]
struct Flows {
    receipts: Vec<(u32, Move)>,
    forwards: Vec<(u32, Move)>,
}

impl Flows {
    /// Each forward with the latest receipt left that it can be the forward of.
    fn matched(&self, settings: &DepositSettings) -> Vec<(u32, u32)> {
        let mut used = vec![false; self.receipts.len()];
        let mut pairs = Vec::new();
        for (number, forward) in &self.forwards {
            // Movements are in the order of time: what has a smaller number came first.
            let before = self.receipts.partition_point(|(receipt, _)| receipt < number);
            let recent = (0..before).rev().take_while(|at| forward.at - self.receipts[*at].1.at <= settings.within_micros);
            let fits = |at: &usize| {
                let receipt = self.receipts[*at].1;
                !used[*at] && receipt.token == forward.token && (0..=settings.shortfall_max.0).contains(&(receipt.amount.0 - forward.amount.0))
            };
            if let Some(at) = { recent }.find(fits) {
                used[at] = true;
                pairs.push((self.receipts[at].0, *number));
            }
        }
        pairs
    }
}
