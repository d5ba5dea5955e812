//! Which output of a transaction goes back to who made it.
//!
//! One-time change: Meiklejohn et al. (2013). Votes of several signs, and how wrong each alone is: Möser, Narayanan (2022); Kappos et al. (2022).
#![expect(clippy::indexing_slicing, reason = "address numbers come from the store that the columns are made for")]

use tributary_model::Amount;

use crate::settings::{ChangeRule, Settings};
use crate::store::{Leg, NO_ADDRESS, Transaction, Utxo};

/// What kind of script an address stands for, by how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AddressType {
    /// `1…`.
    P2pkh,
    /// `3…`.
    P2sh,
    /// `bc1q…` of 42 characters.
    P2wpkh,
    /// `bc1q…`, longer.
    P2wsh,
    /// `bc1p…`.
    P2tr,
    /// Anything else: it votes for nothing.
    Other,
}

impl AddressType {
    /// By prefix and length (BIP 173, BIP 350); test networks' too.
    #[must_use]
    pub fn of(address: &str) -> Self {
        let lower = address.to_ascii_lowercase();
        let witness = ["bc1", "tb1"].iter().find_map(|prefix| lower.strip_prefix(prefix));
        match witness {
            Some(rest) if rest.starts_with('p') => Self::P2tr,
            Some(rest) if rest.starts_with('q') => {
                if rest.len() == 39 {
                    Self::P2wpkh
                } else {
                    Self::P2wsh
                }
            }
            _ if address.starts_with(['1', 'm', 'n']) => Self::P2pkh,
            _ if address.starts_with(['3', '2']) => Self::P2sh,
            _ => Self::Other,
        }
    }
}

/// Which signs name an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Votes {
    /// Never seen before, and receives once in all.
    pub fresh: bool,
    /// The only one of the inputs' kind of address.
    pub address_type: bool,
    /// The only one that is not round.
    pub round_amount: bool,
}

/// An output taken for change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its address.
    pub address: u32,
    /// What named it.
    pub votes: Votes,
}

/// What is known of each address over the whole file.
pub(crate) struct View {
    /// Number of the first transaction that shows it.
    pub(crate) first: Vec<u32>,
    /// How many transactions pay it; more than 255 count as 255.
    receipts: Vec<u8>,
    types: Vec<AddressType>,
}

impl View {
    pub(crate) fn of(chain: &Utxo) -> Self {
        let n = chain.addresses.len();
        let types = chain.addresses.names().map(AddressType::of).collect();
        let mut view = Self { first: vec![u32::MAX; n], receipts: vec![0; n], types };
        for transaction in chain.iter() {
            for leg in transaction.inputs.iter().chain(transaction.outputs).filter(|leg| leg.address != NO_ADDRESS) {
                let first = &mut view.first[leg.address as usize];
                *first = (*first).min(transaction.number);
            }
            for (at, leg) in transaction.outputs.iter().enumerate().filter(|(_, leg)| leg.address != NO_ADDRESS) {
                let again = transaction.outputs[..at].iter().any(|other| other.address == leg.address);
                // Long lists are payouts: an address twice in one of them counts twice, which is more than once either way.
                let receipts = &mut view.receipts[leg.address as usize];
                *receipts = receipts.saturating_add(u8::from(at > 64 || !again));
            }
        }
        view
    }

    fn is_fresh(&self, transaction: &Transaction<'_>, leg: &Leg) -> bool {
        self.first[leg.address as usize] == transaction.number && self.receipts[leg.address as usize] == 1
    }
}

/// The only element that fits, if there is just one.
fn only<'a>(legs: &[&'a Leg], fits: impl Fn(&Leg) -> bool) -> Option<&'a Leg> {
    let mut fitting = legs.iter().filter(|leg| fits(leg));
    fitting.next().filter(|_| fitting.next().is_none()).copied()
}

/// The output that goes back to the payer by the rule of the settings; nothing when the signs are silent or disagree, when an output goes to an input's address openly, or when
/// there are more outputs than one payment makes.
pub(crate) fn change(view: &View, settings: &Settings, transaction: &Transaction<'_>) -> Option<Change> {
    let (inputs, outputs) = (transaction.inputs, transaction.outputs);
    // Data carries no coin and is no payment.
    let paid: Vec<&Leg> = outputs.iter().filter(|leg| leg.address != NO_ADDRESS || leg.amount > 0).collect();
    let unknown = paid.iter().any(|leg| leg.address == NO_ADDRESS) || inputs.iter().any(|leg| leg.address == NO_ADDRESS);
    if settings.change == ChangeRule::Off || inputs.is_empty() || unknown || !(2..=settings.change_outputs_max).contains(&paid.len()) {
        return None;
    }
    if paid.iter().any(|leg| inputs.iter().any(|input| input.address == leg.address)) {
        return None;
    }
    let fresh = only(&paid, |leg| view.is_fresh(transaction, leg));
    let kind = inputs.first().map(|leg| view.types[leg.address as usize]).filter(|kind| *kind != AddressType::Other);
    let kind = kind.filter(|kind| inputs.iter().all(|leg| view.types[leg.address as usize] == *kind));
    let of_type = kind.and_then(|kind| only(&paid, |leg| view.types[leg.address as usize] == kind));
    let uneven = only(&paid, |leg| !is_round(leg.amount, settings.round));
    let named = match settings.change {
        ChangeRule::Off => None,
        ChangeRule::Fresh => fresh,
        ChangeRule::AddressType => of_type,
        ChangeRule::RoundAmount => uneven,
        ChangeRule::Intersection => fresh.filter(|fresh| {
            let others = [of_type, uneven];
            others.iter().flatten().all(|other| other.address == fresh.address) && others.iter().any(Option::is_some)
        }),
    }?;
    let is = |vote: Option<&Leg>| vote.is_some_and(|leg| leg.address == named.address);
    Some(Change { address: named.address, votes: Votes { fresh: is(fresh), address_type: is(of_type), round_amount: is(uneven) } })
}

pub(crate) fn is_round(amount: i64, unit: Amount) -> bool {
    unit.0 > 0 && i128::from(amount) % unit.0 == 0
}
