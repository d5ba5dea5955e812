//! Transactions side by side: about 40 bytes a transaction and its id, 16 a leg; an address about three times its length.
#![expect(clippy::indexing_slicing, reason = "positions come from the columns of the same store")]

use tributary_graph::Interner;
use tributary_model::{Amount, Timestamp};

/// A leg without a known address: a script that is none, data.
pub const NO_ADDRESS: u32 = u32::MAX;

/// One input or output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Number of the address, or [`NO_ADDRESS`].
    pub address: u32,
    /// Units of 10^-9 of the chain's coin.
    pub amount: i64,
}

/// A transaction of a chain of unspent outputs.
#[derive(Clone, Copy, Debug)]
pub struct Transaction<'a> {
    /// Its number, in the order of time.
    pub number: u32,
    /// The chain's name for it.
    pub id: &'a str,
    /// When.
    pub at: Timestamp,
    /// What it spends; nothing when it makes new coin.
    pub inputs: &'a [Leg],
    /// What it pays.
    pub outputs: &'a [Leg],
}

/// Texts end to end.
#[derive(Clone, Debug, Default)]
struct Texts {
    all: String,
    ends: Vec<u64>,
}

impl Texts {
    fn push(&mut self, text: &str) {
        self.all.push_str(text);
        self.ends.push(self.all.len() as u64);
    }

    fn get(&self, at: usize) -> &str {
        let begin = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        self.all.get(begin..self.ends[at] as usize).unwrap_or_default()
    }
}

#[derive(Clone, Copy, Debug)]
struct Head {
    at: i64,
    /// Where its legs begin; its outputs begin; they end.
    legs: [u64; 3],
}

/// The transactions of a chain of unspent outputs, in the order of time.
#[derive(Clone, Debug, Default)]
pub struct Utxo {
    /// Addresses by number.
    pub addresses: Interner,
    ids: Texts,
    heads: Vec<Head>,
    legs: Vec<Leg>,
    /// Positions in the order of (time, reading).
    order: Vec<u32>,
}

impl Utxo {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a transaction; legs are (address, units of 10^-9), the address empty when it is not known. `false` when there is no room for more numbers.
    pub fn push(&mut self, id: &str, at: Timestamp, inputs: &[(&str, i64)], outputs: &[(&str, i64)]) -> bool {
        let begin = self.legs.len() as u64;
        let mut middle = begin;
        for (side, legs) in [inputs, outputs].into_iter().enumerate() {
            for (address, amount) in legs {
                let number = if address.is_empty() { Some(NO_ADDRESS) } else { self.addresses.intern(address) };
                let Some(address) = number.filter(|_| self.heads.len() < u32::MAX as usize - 1) else {
                    self.legs.truncate(begin as usize);
                    return false;
                };
                self.legs.push(Leg { address, amount: *amount });
            }
            if side == 0 {
                middle = self.legs.len() as u64;
            }
        }
        self.ids.push(id);
        self.order.push(self.heads.len() as u32);
        self.heads.push(Head { at: at.0, legs: [begin, middle, self.legs.len() as u64] });
        true
    }

    /// Puts the transactions in the order of time; of one time they keep the order in which they came.
    pub fn sort(&mut self) {
        let heads = &self.heads;
        self.order.sort_by_key(|at| (heads[*at as usize].at, *at));
    }

    /// How many transactions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Is there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The transaction of that number, if there is one.
    #[must_use]
    pub fn get(&self, number: u32) -> Option<Transaction<'_>> {
        let position = *self.order.get(number as usize)? as usize;
        let head = self.heads[position];
        let [begin, middle, end] = head.legs.map(|at| at as usize);
        let (inputs, outputs) = (&self.legs[begin..middle], &self.legs[middle..end]);
        Some(Transaction { number, id: self.ids.get(position), at: Timestamp(head.at), inputs, outputs })
    }

    /// All transactions, in the order of time.
    pub fn iter(&self) -> impl Iterator<Item = Transaction<'_>> {
        (0..self.order.len() as u32).filter_map(|number| self.get(number))
    }
}

/// One movement of an account chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// When, microseconds.
    pub at: i64,
    /// Number of the sender's address.
    pub from: u32,
    /// Number of the receiver's address.
    pub to: u32,
    /// Number of the token.
    pub token: u32,
    /// How much, in units of 10^-9 of the token.
    pub amount: Amount,
}

/// The movements of an account chain, in the order of time.
#[derive(Clone, Debug, Default)]
pub struct Moves {
    /// Addresses by number.
    pub addresses: Interner,
    /// Tokens by number.
    pub tokens: Interner,
    ids: Texts,
    moves: Vec<Move>,
    order: Vec<u32>,
}

impl Moves {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a movement. `false` when there is no room for more numbers.
    pub fn push(&mut self, id: &str, at: Timestamp, (from, to): (&str, &str), amount: Amount, token: &str) -> bool {
        let room = self.moves.len() < u32::MAX as usize - 1;
        let numbers = (self.addresses.intern(from), self.addresses.intern(to), self.tokens.intern(token));
        let (Some(from), Some(to), Some(token), true) = (numbers.0, numbers.1, numbers.2, room) else {
            return false;
        };
        self.ids.push(id);
        self.order.push(self.moves.len() as u32);
        self.moves.push(Move { at: at.0, from, to, token, amount });
        true
    }

    /// Puts the movements in the order of time; of one time they keep the order in which they came.
    pub fn sort(&mut self) {
        let moves = &self.moves;
        self.order.sort_by_key(|at| (moves[*at as usize].at, *at));
    }

    /// How many movements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Is there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The movement of that number with the chain's name for its transaction, if there is one.
    #[must_use]
    pub fn get(&self, number: u32) -> Option<(&str, Move)> {
        let position = *self.order.get(number as usize)? as usize;
        Some((self.ids.get(position), self.moves[position]))
    }

    /// All movements, in the order of time.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Move)> {
        (0..self.order.len() as u32).filter_map(|number| self.get(number))
    }
}
