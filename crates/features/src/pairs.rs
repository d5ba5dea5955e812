//! Pairs of accounts: how often and how much one paid the other, and whether it still does.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: numbers are checked against what is kept first")]

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use crate::store::NONE;

/// A transfer as its pair remembers it.
#[derive(Clone, Copy, Debug)]
struct Past {
    time: i64,
    amount: i64,
    previous: u64,
    next: u64,
    key: u64,
}

/// The transfers of one pair within the longest account window.
#[derive(Clone, Copy, Debug)]
struct Pair {
    first: u64,
    last: u64,
    count: u32,
    sum: i128,
}

/// What a transfer finds of its pair.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PairFacts {
    pub(crate) count: u32,
    pub(crate) sum: i128,
    /// Seconds since the last one, when there is one in the window.
    pub(crate) since: Option<i64>,
}

/// All pairs that are kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pairs {
    pairs: FxHashMap<u64, Pair>,
    past: VecDeque<Past>,
    /// Number of `past[0]`.
    base: u64,
}

/// The key of a payer's and a payee's slots.
pub(crate) fn key(from: u32, to: u32) -> u64 {
    u64::from(from) << 32 | u64::from(to)
}

impl Pairs {
    fn get(&self, seq: u64) -> Option<&Past> {
        if seq == NONE { None } else { self.past.get(seq.checked_sub(self.base)? as usize) }
    }

    /// Adds a transfer and gives the number of the one before of its pair, or [`NONE`]. A transfer of an account to itself
    /// (`key` is `None`) takes a number and joins no pair.
    pub(crate) fn enter(&mut self, key: Option<u64>, seq: u64, time: i64, amount: i64) -> u64 {
        if self.past.is_empty() {
            self.base = seq;
        }
        let Some(key) = key else {
            self.past.push_back(Past { time, amount, previous: NONE, next: NONE, key: NONE });
            return NONE;
        };
        let pair = self.pairs.entry(key).or_insert(Pair { first: seq, last: NONE, count: 0, sum: 0 });
        let previous = pair.last;
        pair.last = seq;
        if pair.count == 0 {
            pair.first = seq;
        }
        pair.count += 1;
        pair.sum += i128::from(amount.max(0));
        if previous != NONE && previous >= self.base {
            self.past[(previous - self.base) as usize].next = seq;
        }
        self.past.push_back(Past { time, amount, previous, next: NONE, key });
        previous
    }

    /// Brings a pair near; the result says nothing.
    pub(crate) fn touch(&self, key: u64) -> u64 {
        self.pairs.get(&key).map_or(0, |pair| pair.last)
    }

    /// What is known of a pair now: transfers since `from`. `except` is not taken for the last one.
    pub(crate) fn facts(&mut self, key: u64, from: i64, now: i64, except: u64) -> PairFacts {
        let Some(pair) = self.pairs.get_mut(&key) else {
            return PairFacts::default();
        };
        while pair.count > 0 {
            let Some(past) = pair.first.checked_sub(self.base).and_then(|at| self.past.get(at as usize)) else {
                break;
            };
            if past.time >= from {
                break;
            }
            pair.count -= 1;
            pair.sum -= i128::from(past.amount.max(0));
            pair.first = past.next;
        }
        let (count, sum, last) = (pair.count, pair.sum, pair.last);
        let last = if last == except { self.get(last).map_or(NONE, |past| past.previous) } else { last };
        let since = self.get(last).filter(|past| past.time >= from).map(|past| now - past.time);
        PairFacts { count, sum, since }
    }

    /// Did the payer pay the payee since `from`, by a transfer numbered below `before`?
    pub(crate) fn alive(&self, key: u64, from: i64, before: u64) -> bool {
        let Some(pair) = self.pairs.get(&key) else {
            return false;
        };
        let mut at = pair.last;
        while let Some(past) = self.get(at) {
            if at < before {
                return past.time >= from;
            }
            at = past.previous;
        }
        false
    }

    /// Forgets transfers before `floor`.
    pub(crate) fn forget(&mut self, floor: i64) {
        while let Some(past) = self.past.front().copied().filter(|past| past.time < floor) {
            if past.key != NONE {
                self.leave(&past);
            }
            self.past.pop_front();
            self.base += 1;
        }
    }

    fn leave(&mut self, past: &Past) {
        if past.next == NONE {
            self.pairs.remove(&past.key);
        } else if let Some(pair) = self.pairs.get_mut(&past.key).filter(|pair| pair.first == self.base && pair.count > 0) {
            pair.count -= 1;
            pair.sum -= i128::from(past.amount.max(0));
            pair.first = past.next;
        }
    }
}
