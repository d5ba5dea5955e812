//! The plain clustering: slow, obvious, and what the fast one must equal. For small chains in tests only.

use std::collections::BTreeSet;

use crate::change::{AddressType, is_round};
use crate::coinjoin::coinjoin;
use crate::settings::{ChangeRule, DepositSettings, Settings};
use crate::store::{Move, Moves, NO_ADDRESS, Transaction, Utxo};
use crate::tags::Tags;

/// A deposit address with its senders and its (receipt, forward) pairs.
pub type PlainDeposit = (String, BTreeSet<String>, Vec<(u32, u32)>);

/// A set of addresses held by one hand.
type Hand = BTreeSet<String>;

fn unite(hands: &mut Vec<Hand>, a: &str, b: &str) {
    let (with, rest): (Vec<Hand>, Vec<Hand>) = hands.drain(..).partition(|hand| hand.contains(a) || hand.contains(b));
    hands.extend(rest);
    hands.push(with.into_iter().flatten().collect());
}

fn name(chain: &Utxo, address: u32) -> String {
    chain.addresses.name(address).unwrap_or_default().to_owned()
}

/// The clusters of a chain, each as its addresses, by smallest address.
#[must_use]
pub fn clusters(chain: &Utxo, tags: &Tags, settings: &Settings) -> Vec<BTreeSet<String>> {
    let mut hands: Vec<Hand> = chain.addresses.names().map(|address| Hand::from([address.to_owned()])).collect();
    let usable: Vec<Transaction<'_>> =
        chain.iter().filter(|one| !(one.inputs.is_empty() || settings.leave_out_coinjoins && coinjoin(one).is_some())).collect();
    for transaction in &usable {
        let known: Vec<String> = transaction.inputs.iter().filter(|leg| leg.address != NO_ADDRESS).map(|leg| name(chain, leg.address)).collect();
        for pair in known.windows(2) {
            if let [a, b] = pair {
                unite(&mut hands, a, b);
            }
        }
    }
    for transaction in &usable {
        let Some(change) = change(chain, settings, transaction) else {
            continue;
        };
        let payer = transaction.inputs.first().map(|leg| name(chain, leg.address)).unwrap_or_default();
        let own: BTreeSet<&Hand> = hands.iter().filter(|hand| hand.contains(&payer) || hand.contains(&change)).collect();
        let entities: BTreeSet<&str> =
            own.iter().flat_map(|hand| hand.iter()).flat_map(|address| tags.of(address)).map(|tag| tag.entity.as_str()).collect();
        let size: usize = own.iter().map(|hand| hand.len()).sum();
        if own.len() == 2 && entities.len() <= 1 && size <= settings.cluster_max as usize {
            unite(&mut hands, &payer, &change);
        }
    }
    hands.sort();
    hands
}

/// Is the address shown by no transaction before this one, and paid by no other at all?
fn is_fresh(chain: &Utxo, transaction: &Transaction<'_>, address: u32) -> bool {
    let shows = |one: &Transaction<'_>| one.inputs.iter().chain(one.outputs).any(|leg| leg.address == address);
    let before = chain.iter().filter(|one| one.number < transaction.number).any(|one| shows(&one));
    let paid = chain.iter().filter(|one| one.outputs.iter().any(|leg| leg.address == address)).count();
    !before && paid == 1
}

fn change(chain: &Utxo, settings: &Settings, transaction: &Transaction<'_>) -> Option<String> {
    let paid: Vec<u32> = transaction.outputs.iter().filter(|leg| leg.address != NO_ADDRESS || leg.amount > 0).map(|leg| leg.address).collect();
    let spent: BTreeSet<u32> = transaction.inputs.iter().map(|leg| leg.address).collect();
    let plain = paid.len() >= 2
        && paid.len() <= settings.change_outputs_max
        && !spent.contains(&NO_ADDRESS)
        && paid.iter().all(|address| *address != NO_ADDRESS && !spent.contains(address));
    if !plain {
        return None;
    }
    let just_one = |fits: Vec<u32>| if fits.len() == 1 { fits.first().copied() } else { None };
    let fresh = just_one(paid.iter().copied().filter(|address| is_fresh(chain, transaction, *address)).collect());
    let kinds: BTreeSet<AddressType> = spent.iter().map(|address| AddressType::of(&name(chain, *address))).collect();
    let of_kind =
        |address: &u32| kinds.len() == 1 && !kinds.contains(&AddressType::Other) && kinds.contains(&AddressType::of(&name(chain, *address)));
    let typed = just_one(paid.iter().copied().filter(of_kind).collect());
    let amounts = transaction.outputs.iter().filter(|leg| leg.address != NO_ADDRESS || leg.amount > 0);
    let uneven = just_one(amounts.filter(|leg| !is_round(leg.amount, settings.round)).map(|leg| leg.address).collect());
    let named = match settings.change {
        ChangeRule::Off => None,
        ChangeRule::Fresh => fresh,
        ChangeRule::AddressType => typed,
        ChangeRule::RoundAmount => uneven,
        ChangeRule::Intersection if fresh.is_some() => {
            let votes: Vec<u32> = [typed, uneven].into_iter().flatten().collect();
            fresh.filter(|fresh| !votes.is_empty() && votes.iter().all(|vote| vote == fresh))
        }
        ChangeRule::Intersection => None,
    };
    named.map(|address| name(chain, address))
}

/// The deposit addresses of an account chain, each with its senders; and the clusters, each as its addresses, by smallest address.
#[must_use]
pub fn user_clusters(moves: &Moves, tags: &Tags, settings: &DepositSettings) -> (Vec<PlainDeposit>, Vec<BTreeSet<String>>) {
    let name = |address: u32| moves.addresses.name(address).unwrap_or_default().to_owned();
    let is_tagged = |address: &str| tags.of(address).next().is_some();
    // An address with several tags goes by the last of them.
    let exchange = |address: u32| tags.of(&name(address)).last().filter(|tag| tag.kind == "exchange").map(|tag| tag.entity.clone());
    type Pairs = Vec<(u32, u32)>;
    let mut deposits: Vec<(u32, Vec<u32>, Pairs)> = Vec::new();
    for address in (0..moves.addresses.len() as u32).filter(|address| !is_tagged(&name(*address))) {
        let sent: Vec<Move> = moves.iter().map(|(_, one)| one).filter(|one| one.from == address && one.to != address && one.amount.0 > 0).collect();
        let to: BTreeSet<Option<String>> = sent.iter().map(|one| exchange(one.to)).collect();
        if to.len() != 1 || to.contains(&None) {
            continue;
        }
        let (mut used, mut senders, mut pairs) = (BTreeSet::new(), Vec::new(), Vec::new());
        for (number, forward) in
            moves.iter().map(|(_, one)| one).enumerate().filter(|(_, one)| one.from == address && one.to != address && one.amount.0 > 0)
        {
            let fits = |(at, one): &(usize, Move)| {
                let short = one.amount.0 - forward.amount.0;
                one.to == address
                    && one.from != address
                    && one.token == forward.token
                    && forward.at - one.at <= settings.within_micros
                    && (0..=settings.shortfall_max.0).contains(&short)
                    && !used.contains(at)
            };
            let latest = moves.iter().map(|(_, one)| one).enumerate().take(number).filter(fits).last();
            if let Some((at, receipt)) = latest {
                used.insert(at);
                senders.push(receipt.from);
                pairs.push((at as u32, number as u32));
            }
        }
        if !used.is_empty() {
            deposits.push((address, senders, pairs));
        }
    }
    let are: BTreeSet<u32> = deposits.iter().map(|deposit| deposit.0).collect();
    let mut hands: Vec<Hand> = moves.addresses.names().map(|address| Hand::from([address.to_owned()])).collect();
    let mut told = Vec::new();
    for (address, senders, pairs) in deposits {
        let senders: Vec<String> = senders.into_iter().filter(|sender| !are.contains(sender)).map(name).filter(|sender| !is_tagged(sender)).collect();
        let distinct: BTreeSet<String> = senders.iter().cloned().collect();
        // Links go from the sender that came first into the file.
        let first = senders.iter().min_by_key(|sender| moves.addresses.get(sender)).cloned();
        for sender in senders.iter().filter(|_| distinct.len() <= settings.senders_max) {
            let own: Vec<&Hand> =
                hands.iter().filter(|hand| hand.contains(sender) || first.as_ref().is_some_and(|first| hand.contains(first))).collect();
            if own.len() == 2 && own.iter().map(|hand| hand.len()).sum::<usize>() <= settings.cluster_max as usize {
                unite(&mut hands, sender, first.as_deref().unwrap_or_default());
            }
        }
        told.push((name(address), distinct, pairs));
    }
    hands.sort();
    told.sort();
    (told, hands)
}
