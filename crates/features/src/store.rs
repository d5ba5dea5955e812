//! What is remembered: each account's transfers in the order of (time, id), and running sums of each window.
//!
//! A transfer is kept twice, as a [`Leg`] of its payer and of its payee. A leg knows when the next transfer of the same pair came
//! (`next`), so that "distinct counterparties" needs no set: among the legs up to any moment, those whose `next` lies beyond it are
//! the latest of their pair, one for each counterparty.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: positions come from the lists they index")]

use std::collections::VecDeque;

use crate::moments::{AmountSums, TimeSums};

/// No transfer.
pub(crate) const NONE: u64 = u64::MAX;
/// The side of transfers an account made.
pub(crate) const OUT: usize = 0;
/// The side of transfers an account received.
pub(crate) const IN: usize = 1;

/// One transfer as one of its accounts sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leg {
    pub(crate) time: i64,
    /// Number of the transfer in the order of (time, id), from the engine's first on.
    pub(crate) seq: u64,
    /// The next transfer from the same payer to the same payee, or [`NONE`].
    pub(crate) next: u64,
    pub(crate) amount: i64,
    /// Slot of the other account.
    pub(crate) other: u32,
}

/// Running sums over the legs of one window.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct WindowSums {
    /// Position (counted from the side's first leg ever) of the first leg in the window.
    pub(crate) tail: u64,
    pub(crate) fan: u32,
    pub(crate) amounts: AmountSums,
    pub(crate) times: TimeSums,
}

/// The legs of one account in one direction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Side {
    legs: Vec<Leg>,
    head: usize,
    /// Position of `legs[0]`.
    base: u64,
    /// (time, amount) of what is smaller than all that came later; the first within a window is its smallest.
    lows: VecDeque<(i64, i64)>,
    highs: VecDeque<(i64, i64)>,
}

impl Side {
    /// The legs that are kept.
    pub(crate) fn live(&self) -> &[Leg] {
        &self.legs[self.head..]
    }

    /// Position after the last leg.
    pub(crate) fn end(&self) -> u64 {
        self.base + self.legs.len() as u64
    }

    pub(crate) fn at(&self, position: u64) -> &Leg {
        &self.legs[(position - self.base) as usize]
    }

    pub(crate) fn last(&self) -> Option<&Leg> {
        self.live().last()
    }

    /// The smallest and the largest known amount since `from`; NaN when there is none.
    pub(crate) fn extremes(&self, from: i64) -> (f64, f64) {
        let first = |list: &VecDeque<(i64, i64)>| list.get(list.partition_point(|entry| entry.0 < from)).map_or(f64::NAN, |entry| entry.1 as f64);
        (first(&self.lows), first(&self.highs))
    }

    /// Forgets legs before `floor`.
    fn forget(&mut self, floor: i64) {
        while self.head < self.legs.len() && self.legs[self.head].time < floor {
            self.head += 1;
        }
        if self.head > 16 && self.head * 2 > self.legs.len() {
            self.legs.drain(..self.head);
            self.base += self.head as u64;
            self.head = 0;
            if self.legs.capacity() > 4 * self.legs.len() + 64 {
                self.legs.shrink_to(2 * self.legs.len());
            }
        }
        for list in [&mut self.lows, &mut self.highs] {
            while list.front().is_some_and(|entry| entry.0 < floor) {
                list.pop_front();
            }
        }
    }

    fn note_extremes(&mut self, time: i64, amount: i64) {
        while self.lows.back().is_some_and(|entry| entry.1 >= amount) {
            self.lows.pop_back();
        }
        self.lows.push_back((time, amount));
        while self.highs.back().is_some_and(|entry| entry.1 <= amount) {
            self.highs.pop_back();
        }
        self.highs.push_back((time, amount));
    }

    /// Position of the leg of this number, if it is kept.
    fn find(&self, seq: u64) -> Option<u64> {
        let at = self.legs[self.head..].binary_search_by_key(&seq, |leg| leg.seq).ok()?;
        Some(self.base + (self.head + at) as u64)
    }
}

/// What the store keeps up.
#[derive(Clone, Debug)]
pub(crate) struct Upkeep {
    pub(crate) windows: Vec<i64>,
    pub(crate) fans: bool,
    pub(crate) amounts: bool,
    pub(crate) times: bool,
    pub(crate) extremes: bool,
    /// Are there any account statistics at all?
    pub(crate) windowed: bool,
}

/// A part of the accounts. Accounts are dealt out by slot, so that parts are worked on at the same time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shard {
    sides: Vec<[Side; 2]>,
    /// By account, side and window.
    sums: Vec<WindowSums>,
}

impl Shard {
    /// Makes room for this many accounts.
    pub(crate) fn grow(&mut self, accounts: usize, upkeep: &Upkeep) {
        if accounts > self.sides.len() {
            self.sides.resize_with(accounts, Default::default);
            self.sums.resize(accounts * 2 * upkeep.windows.len(), WindowSums::default());
        }
    }

    pub(crate) fn side(&self, local: usize, side: usize) -> &Side {
        &self.sides[local][side]
    }

    pub(crate) fn sums(&self, local: usize, side: usize, windows: usize) -> &[WindowSums] {
        let at = (local * 2 + side) * windows;
        &self.sums[at..at + windows]
    }

    /// Moves the windows of an account on to `now` and forgets what lies before `floor`.
    pub(crate) fn advance(&mut self, local: usize, now: i64, floor: i64, upkeep: &Upkeep) {
        let count = upkeep.windows.len();
        for (at, side) in self.sides[local].iter_mut().enumerate() {
            let first = (local * 2 + at) * count;
            if upkeep.windowed {
                for (sums, window) in self.sums[first..first + count].iter_mut().zip(&upkeep.windows) {
                    while sums.tail < side.end() {
                        let leg = side.at(sums.tail);
                        if leg.time >= now - window {
                            break;
                        }
                        sums.leave(leg, upkeep);
                    }
                }
            }
            side.forget(floor);
        }
    }

    /// Adds a leg; `previous` is the number of the last transfer of the same pair, or [`NONE`].
    pub(crate) fn push(&mut self, local: usize, at: usize, leg: Leg, previous: u64, upkeep: &Upkeep) {
        let side = &mut self.sides[local][at];
        let found = if previous == NONE { None } else { side.find(previous) };
        if let Some(position) = found {
            let index = (position - side.base) as usize;
            side.legs[index].next = leg.seq;
        }
        side.legs.push(leg);
        if upkeep.extremes && leg.amount >= 0 {
            side.note_extremes(leg.time, leg.amount);
        }
        if upkeep.windowed {
            let count = upkeep.windows.len();
            let first = (local * 2 + at) * count;
            for sums in &mut self.sums[first..first + count] {
                sums.enter(&leg, found.is_some_and(|position| position >= sums.tail), upkeep);
            }
        }
    }

    /// Forgets legs of the first `accounts` before `floor`; gives those of which nothing is left.
    pub(crate) fn sweep(&mut self, accounts: usize, now: i64, floor: i64, upkeep: &Upkeep) -> Vec<usize> {
        (0..accounts.min(self.sides.len()))
            .filter(|local| {
                self.advance(*local, now, floor, upkeep);
                self.sides[*local].iter().all(|side| side.live().is_empty())
            })
            .collect()
    }

    /// How many transfers are remembered by their payers.
    pub(crate) fn made(&self) -> usize {
        self.sides.iter().map(|sides| sides[OUT].live().len()).sum()
    }

    /// Clears an account for another to take its place.
    pub(crate) fn clear(&mut self, local: usize, windows: usize) {
        self.sides[local] = Default::default();
        self.sums[local * 2 * windows..(local + 1) * 2 * windows].fill(WindowSums::default());
    }
}

impl WindowSums {
    fn enter(&mut self, leg: &Leg, known: bool, upkeep: &Upkeep) {
        if upkeep.fans && !known {
            self.fan += 1;
        }
        if upkeep.amounts && leg.amount >= 0 {
            self.amounts.add(leg.amount.unsigned_abs());
        }
        if upkeep.times {
            self.times.add(leg.time);
        }
    }

    fn leave(&mut self, leg: &Leg, upkeep: &Upkeep) {
        self.tail += 1;
        // The last of its pair takes the counterparty with it.
        if upkeep.fans && leg.next == NONE {
            self.fan -= 1;
        }
        if upkeep.amounts && leg.amount >= 0 {
            self.amounts.remove(leg.amount.unsigned_abs());
        }
        if upkeep.times {
            self.times.remove(leg.time);
        }
    }
}
