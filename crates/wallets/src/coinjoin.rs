//! Transactions of several people at once, known by their structure. Inputs of such a transaction say nothing about one hand.
//!
//! Equal outputs: Goldfeder, Kalodner, Reisman, Narayanan (2018); wallets' own structures: Stütz et al. (2022).

use std::collections::{BTreeMap, BTreeSet};

use crate::store::{Leg, NO_ADDRESS, Transaction};

/// Whose structure a joint transaction has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CoinJoin {
    /// As many equal outputs as inputs, five to ten, nothing else.
    Whirlpool,
    /// At least ten equal outputs, at least as many inputs.
    Wasabi1,
    /// At least 40 inputs and as many outputs or so, most outputs in amounts shared or standard.
    Wasabi2,
    /// Some equal outputs, each with at most one change output beside it, and at least as many inputs.
    JoinMarket,
}

impl CoinJoin {
    /// The word used in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Whirlpool => "whirlpool",
            Self::Wasabi1 => "wasabi1",
            Self::Wasabi2 => "wasabi2",
            Self::JoinMarket => "joinmarket",
        }
    }
}

/// Fewest people of a joint transaction: two equal payments of one payer are everyday life.
const PEOPLE_MIN: usize = 3;
/// Outputs of at most this are dust, which anyone may spread (546 satoshi, in units of 10^-9).
const DUST: i64 = 5_460;

/// The structure of a CoinJoin, if the transaction has one. Payouts of an exchange in equal amounts from many inputs may look the same: leaving them out costs links, never makes any.
#[must_use]
pub fn coinjoin(transaction: &Transaction<'_>) -> Option<CoinJoin> {
    let (inputs, outputs) = (transaction.inputs, transaction.outputs);
    let payers: BTreeSet<u32> = inputs.iter().map(|leg| leg.address).filter(|address| *address != NO_ADDRESS).collect();
    if inputs.len() < PEOPLE_MIN || outputs.len() < PEOPLE_MIN || payers.len() < PEOPLE_MIN {
        return None;
    }
    let mut payees: BTreeMap<i64, BTreeSet<u32>> = BTreeMap::new();
    for leg in outputs.iter().filter(|leg| leg.amount > DUST && leg.address != NO_ADDRESS) {
        payees.entry(leg.amount).or_default().insert(leg.address);
    }
    let equal = payees.values().map(BTreeSet::len).max().unwrap_or(0);
    if (5..=10).contains(&equal) && outputs.len() == equal && inputs.len() == equal {
        return Some(CoinJoin::Whirlpool);
    }
    if is_wasabi2(inputs, outputs, &payees) {
        return Some(CoinJoin::Wasabi2);
    }
    if equal >= 10 && inputs.len() >= equal {
        return Some(CoinJoin::Wasabi1);
    }
    (equal >= PEOPLE_MIN && outputs.len() <= 2 * equal && payers.len() >= equal).then_some(CoinJoin::JoinMarket)
}

fn is_wasabi2(inputs: &[Leg], outputs: &[Leg], payees: &BTreeMap<i64, BTreeSet<u32>>) -> bool {
    const MANY: usize = 40;
    if inputs.len() < MANY || outputs.len() < MANY / 2 {
        return false;
    }
    let standard = outputs.iter().filter(|leg| payees.get(&leg.amount).is_some_and(|payees| payees.len() > 1) || is_standard(leg.amount));
    standard.count() * 10 >= outputs.len() * 6
}

/// An amount of Wasabi 2: 2^n, 3^n, 2 × 3^n, and 1, 2, 5 × 10^n satoshi, from 5,000 on.
fn is_standard(amount: i64) -> bool {
    let satoshi = amount / 10;
    if amount % 10 != 0 || satoshi < 5_000 {
        return false;
    }
    let is_power = |base: i64, of: i64| {
        let mut power = of;
        while power < satoshi {
            power = power.saturating_mul(base);
        }
        power == satoshi
    };
    is_power(2, 1) || is_power(3, 1) || is_power(3, 2) || is_power(10, 1) || is_power(10, 2) || is_power(10, 5)
}
