//! Pairs of accounts: how often and how much one paid the other, and whether it still does.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: a key's map is one of as many as there are")]

use std::hint::black_box;

use rustc_hash::FxHashMap;

use crate::blocks::Queue;
use crate::store::NONE;

/// Maps that share the pairs: each grows on its own, so that no transfer waits for all of them. A power of two.
const MAPS: usize = 256;
/// So many pairs are looked up before they are worked on, so that the waits for memory overlap.
const AHEAD: usize = 16;

/// A transfer as its pair remembers it: two of them lie in one line of the processor's cache.
#[derive(Clone, Copy, Debug)]
struct Past {
    time: i64,
    previous: u64,
    next: u64,
    key: u64,
}

/// What a transfer says of its pair, when it is its latest: what the pair's transfers within the longest account window come to. So a pair is a
/// number in a map, and what belongs to it lies where the transfer is written anyway.
#[derive(Clone, Copy, Debug)]
struct Count {
    /// Of the transfer itself.
    amount: i64,
    /// The earliest that is counted.
    first: u64,
    /// The lower and the upper half of a number of 128 bits, which alone would be kept at places of 16 bytes.
    sum: [u64; 2],
    count: u32,
}

impl Count {
    fn sum(&self) -> u128 {
        u128::from(self.sum[0]) | u128::from(self.sum[1]) << 64
    }

    fn enter(&mut self, amount: i64) {
        let sum = self.sum() + u128::from(amount.max(0).unsigned_abs());
        (self.sum, self.count) = ([sum as u64, (sum >> 64) as u64], self.count + 1);
    }

    /// Its pair's earliest leaves; `next` comes after it.
    fn leave(&mut self, amount: i64, next: u64) {
        let sum = self.sum() - u128::from(amount.max(0).unsigned_abs());
        (self.sum, self.count, self.first) = ([sum as u64, (sum >> 64) as u64], self.count - 1, next);
    }
}

/// What a transfer finds of its pair.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PairFacts {
    pub(crate) count: u32,
    pub(crate) sum: u128,
    /// Seconds since the last one, when there is one in the window.
    pub(crate) since: Option<i64>,
}

/// All pairs that are kept.
#[derive(Clone, Debug)]
pub(crate) struct Pairs {
    /// The latest transfer of each pair.
    maps: Vec<FxHashMap<u64, u64>>,
    past: Queue<Past>,
    /// Beside `past`, entry by entry; empty when nobody asks for it.
    counts: Queue<Count>,
    counted: bool,
    /// Number of `past[0]`.
    base: u64,
}

/// The key of a payer's and a payee's slots.
pub(crate) fn key(from: u32, to: u32) -> u64 {
    u64::from(from) << 32 | u64::from(to)
}

/// The map a pair is in.
fn map(key: u64) -> usize {
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 48) as usize % MAPS
}

impl Pairs {
    /// No pairs yet; `counted` when [`Pairs::facts`] will be asked.
    pub(crate) fn new(counted: bool) -> Self {
        Self { maps: vec![FxHashMap::default(); MAPS], past: Queue::default(), counts: Queue::default(), counted, base: 0 }
    }

    /// The latest transfer of a pair.
    fn latest(&self, key: u64) -> u64 {
        self.maps[map(key)].get(&key).copied().unwrap_or(NONE)
    }

    fn get(&self, seq: u64) -> Option<&Past> {
        if seq == NONE { None } else { self.past.get(seq.checked_sub(self.base)? as usize) }
    }

    fn get_mut(&mut self, seq: u64) -> Option<&mut Past> {
        if seq == NONE { None } else { self.past.get_mut(seq.checked_sub(self.base)? as usize) }
    }

    fn count(&self, seq: u64) -> Option<&Count> {
        if seq == NONE { None } else { self.counts.get(seq.checked_sub(self.base)? as usize) }
    }

    fn count_mut(&mut self, seq: u64) -> Option<&mut Count> {
        if seq == NONE { None } else { self.counts.get_mut(seq.checked_sub(self.base)? as usize) }
    }

    /// Adds a transfer and gives the number of the one before of its pair, or [`NONE`]. A transfer of an account to itself
    /// (`key` is `None`) takes a number and joins no pair.
    pub(crate) fn enter(&mut self, key: Option<u64>, seq: u64, time: i64, amount: i64) -> u64 {
        if self.past.len() == 0 {
            self.base = seq;
        }
        let previous = key.and_then(|key| self.maps[map(key)].insert(key, seq)).unwrap_or(NONE);
        if let Some(before) = self.get_mut(previous) {
            before.next = seq;
        }
        if self.counted {
            let before = self.count(previous).filter(|before| before.count > 0);
            let mut count = before.map_or(Count { amount, first: seq, sum: [0; 2], count: 0 }, |before| Count { amount, ..*before });
            if key.is_some() {
                count.enter(amount);
            }
            self.counts.push(count);
        }
        self.past.push(Past { time, previous, next: NONE, key: key.unwrap_or(NONE) });
        previous
    }

    /// Brings a pair near; the result says nothing.
    pub(crate) fn touch(&self, key: u64) -> u64 {
        let latest = self.latest(key);
        self.get(latest).map_or(latest, |past| past.next) ^ self.count(latest).map_or(0, |count| count.first)
    }

    /// What is known of a pair now: transfers since `from`. `except` is not taken for the last one.
    pub(crate) fn facts(&mut self, key: u64, from: i64, now: i64, except: u64) -> PairFacts {
        let latest = self.latest(key);
        let (Some(last), Some(mut pair)) = (self.get(latest).copied(), self.count(latest).copied()) else {
            return PairFacts::default();
        };
        let counted = pair.count;
        while pair.count > 0 {
            let Some((past, gone)) = self.get(pair.first).filter(|past| past.time < from).zip(self.count(pair.first)) else {
                break;
            };
            pair.leave(gone.amount, past.next);
        }
        if pair.count < counted
            && let Some(latest) = self.count_mut(latest)
        {
            *latest = pair;
        }
        let last = if latest == except { self.get(last.previous) } else { Some(&last) };
        let since = last.filter(|past| past.time >= from).map(|past| now - past.time);
        PairFacts { count: pair.count, sum: pair.sum(), since }
    }

    /// Did the payer pay the payee since `from`, by a transfer numbered below `before`?
    pub(crate) fn alive(&self, key: u64, from: i64, before: u64) -> bool {
        let mut at = self.latest(key);
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
        loop {
            let gone = (0..AHEAD).map_while(|at| self.past.get(at)).take_while(|past| past.time < floor);
            let (number, _) = black_box(gone.fold((0, 0), |(number, sum), past| (number + 1, sum ^ self.touch(past.key))));
            for _ in 0..number {
                if let Some(past) = self.past.get(0).copied().filter(|past| past.key != NONE) {
                    self.leave(&past);
                }
                self.past.pop();
                self.counts.pop();
                self.base += 1;
            }
            if number < AHEAD {
                return;
            }
        }
    }

    fn leave(&mut self, past: &Past) {
        if past.next == NONE {
            self.maps[map(past.key)].remove(&past.key);
            return;
        }
        let Some(amount) = self.counts.get(0).map(|gone| gone.amount) else {
            return;
        };
        let (latest, base) = (self.latest(past.key), self.base);
        if let Some(pair) = self.count_mut(latest).filter(|pair| pair.first == base && pair.count > 0) {
            pair.leave(amount, past.next);
        }
    }
}
