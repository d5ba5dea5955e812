//! What is remembered: each account's transfers in the order of (time, id), and running sums of each window.
//!
//! A transfer is kept twice, as a [`Leg`] of its payer and of its payee. A leg knows when the next transfer of the same pair came
//! (`next`), so that "distinct counterparties" needs no set: among the legs up to any moment, those whose `next` lies beyond it are
//! the latest of their pair, one for each counterparty.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: positions come from the lists they index")]

use std::collections::VecDeque;

use crate::blocks::Shelf;
use crate::moments::{AmountSums, TimeSums};

/// No transfer.
pub(crate) const NONE: u64 = u64::MAX;
/// In place of the next transfer, on a leg whose other end is outside: it is never the latest of a pair.
pub(crate) const OF_NOBODY: u64 = 0;
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
    pub(crate) kind: u16,
}

/// Sides of at most this many legs are looked through; longer ones keep sums.
const LIGHT_MAX: usize = 24;

/// Running sums over the legs of one window.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct WindowSums {
    /// Place of the first leg in the window.
    tail: usize,
    pub(crate) fan: u32,
    pub(crate) amounts: AmountSums,
    pub(crate) times: TimeSums,
}

/// What a long side keeps beside its legs. It says nothing that the legs do not: whether a side has it never shows.
#[derive(Clone, Debug)]
pub(crate) struct Heavy {
    /// Place of the first leg that is kept; a short side has none before it.
    head: usize,
    pub(crate) windows: Vec<WindowSums>,
    /// (number, sum) of transfers by window and kind.
    pub(crate) kinds: Vec<(u32, u128)>,
    /// (time, amount) of what is smaller than all that came later; the first within a window is its smallest.
    lows: VecDeque<(i64, i64)>,
    highs: VecDeque<(i64, i64)>,
}

/// The legs of one account in one direction. Small, so that both of an account lie in one line of the processor's cache.
#[derive(Clone, Debug, Default)]
pub(crate) struct Side {
    legs: Vec<Leg>,
    heavy: Option<Box<Heavy>>,
}

impl Side {
    fn head(&self) -> usize {
        self.heavy.as_ref().map_or(0, |heavy| heavy.head)
    }

    /// The legs that are kept.
    pub(crate) fn live(&self) -> &[Leg] {
        &self.legs[self.head()..]
    }

    pub(crate) fn last(&self) -> Option<&Leg> {
        self.live().last()
    }

    /// The legs of window `index`, which reaches back to `from`, and their sums if the side keeps any.
    pub(crate) fn window(&self, index: usize, from: i64) -> (&[Leg], Option<&Heavy>) {
        if let Some(heavy) = &self.heavy {
            return (&self.legs[heavy.windows[index].tail..], Some(heavy));
        }
        // Few legs are counted faster than searched: there is no branch to guess.
        let start = self.legs.iter().map(|leg| usize::from(leg.time < from)).sum::<usize>();
        (&self.legs[start..], None)
    }

    /// Forgets legs before `floor`; windows have moved past it.
    fn forget(&mut self, floor: i64) {
        let Some(heavy) = &mut self.heavy else {
            if self.legs.first().is_some_and(|leg| leg.time < floor) {
                let gone = self.legs.iter().position(|leg| leg.time >= floor).unwrap_or(self.legs.len());
                self.legs.drain(..gone);
            }
            return;
        };
        let mut head = heavy.head;
        while self.legs.get(head).is_some_and(|leg| leg.time < floor) {
            head += 1;
        }
        heavy.forget(floor);
        let light = self.legs.len() - head <= LIGHT_MAX / 2;
        if light || head * 2 > self.legs.len() {
            self.legs.drain(..head);
            heavy.windows.iter_mut().for_each(|sums| sums.tail -= head);
            head = 0;
            if self.legs.capacity() > 4 * self.legs.len() + 64 {
                self.legs.shrink_to(2 * self.legs.len());
            }
        }
        heavy.head = head;
        if light {
            self.heavy = None;
        }
    }

    /// Place of the leg of this number, if it is kept.
    fn find(&self, seq: u64) -> Option<usize> {
        let at = self.live().binary_search_by_key(&seq, |leg| leg.seq).ok()?;
        Some(self.head() + at)
    }

    /// Adds a leg; `previous` is the number of the last transfer of the same pair, or [`NONE`].
    fn push(&mut self, leg: Leg, previous: u64, upkeep: &Upkeep) {
        let found = if previous == NONE { None } else { self.find(previous) };
        if let Some(place) = found {
            self.legs[place].next = leg.seq;
        }
        self.legs.push(leg);
        if let Some(heavy) = &mut self.heavy {
            heavy.enter(&leg, found, upkeep);
        } else if self.legs.len() > LIGHT_MAX {
            self.heavy = Some(Box::new(Heavy::new(&self.legs, leg.time, upkeep)));
        }
    }

    /// Moves windows on to `now`.
    fn advance(&mut self, now: i64, upkeep: &Upkeep) {
        if let Some(heavy) = &mut self.heavy {
            for (index, (sums, window)) in heavy.windows.iter_mut().zip(&upkeep.windows).enumerate() {
                while let Some(leg) = self.legs.get(sums.tail).filter(|leg| leg.time < now - window) {
                    sums.leave(leg, upkeep);
                    if let Some((count, sum)) = upkeep.kind(index, leg).and_then(|at| heavy.kinds.get_mut(at)) {
                        (*count, *sum) = (*count - 1, *sum - known(leg));
                    }
                }
            }
        }
    }
}

impl Heavy {
    fn new(legs: &[Leg], now: i64, upkeep: &Upkeep) -> Self {
        let kinds = vec![(0, 0); upkeep.windows.len() * usize::from(upkeep.kinds)];
        let mut heavy =
            Self { head: 0, windows: vec![WindowSums::default(); upkeep.windows.len()], kinds, lows: VecDeque::new(), highs: VecDeque::new() };
        for (index, window) in upkeep.windows.iter().enumerate() {
            let tail = legs.partition_point(|leg| leg.time < now - window);
            heavy.windows[index].tail = tail;
            for leg in &legs[tail..] {
                // The last of each pair brings its counterparty.
                heavy.windows[index].enter(leg, leg.next != NONE, upkeep);
                heavy.count_kind(index, leg, upkeep);
            }
        }
        for leg in legs.iter().filter(|leg| upkeep.extremes && leg.amount >= 0) {
            heavy.note_extremes(leg.time, leg.amount);
        }
        heavy
    }

    /// The smallest and the largest known amount since `from`; NaN when there is none.
    pub(crate) fn extremes(&self, from: i64) -> (f64, f64) {
        let first = |list: &VecDeque<(i64, i64)>| list.get(list.partition_point(|entry| entry.0 < from)).map_or(f64::NAN, |entry| entry.1 as f64);
        (first(&self.lows), first(&self.highs))
    }

    fn enter(&mut self, leg: &Leg, previous: Option<usize>, upkeep: &Upkeep) {
        for index in 0..self.windows.len() {
            let sums = &mut self.windows[index];
            sums.enter(leg, leg.next == OF_NOBODY || previous.is_some_and(|place| place >= sums.tail), upkeep);
            self.count_kind(index, leg, upkeep);
        }
        if upkeep.extremes && leg.amount >= 0 {
            self.note_extremes(leg.time, leg.amount);
        }
    }

    fn count_kind(&mut self, window: usize, leg: &Leg, upkeep: &Upkeep) {
        if let Some((count, sum)) = upkeep.kind(window, leg).and_then(|at| self.kinds.get_mut(at)) {
            (*count, *sum) = (*count + 1, *sum + known(leg));
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

    fn forget(&mut self, floor: i64) {
        for list in [&mut self.lows, &mut self.highs] {
            while list.front().is_some_and(|entry| entry.0 < floor) {
                list.pop_front();
            }
        }
    }
}

/// What the store keeps up.
#[derive(Clone, Debug)]
pub(crate) struct Upkeep {
    /// None when there are no account statistics.
    pub(crate) windows: Vec<i64>,
    pub(crate) fans: bool,
    pub(crate) amounts: bool,
    pub(crate) times: bool,
    pub(crate) extremes: bool,
    /// Kinds 1 to this are counted each.
    pub(crate) kinds: u16,
    /// Are there any account statistics at all?
    pub(crate) windowed: bool,
}

impl Upkeep {
    /// Place of the sums of a leg's kind in a window.
    fn kind(&self, window: usize, leg: &Leg) -> Option<usize> {
        (1..=self.kinds).contains(&leg.kind).then(|| window * usize::from(self.kinds) + usize::from(leg.kind) - 1)
    }
}

/// The amount of a leg, 0 when it is unknown.
pub(crate) fn known(leg: &Leg) -> u128 {
    u128::from(leg.amount.max(0).unsigned_abs())
}

/// Both sides of an account, in one line of the processor's cache.
#[derive(Clone, Debug, Default)]
#[repr(align(64))]
struct Sides([Side; 2]);

/// A part of the accounts. Accounts are dealt out by slot, so that parts are worked on at the same time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shard {
    sides: Shelf<Sides>,
    /// The lists of what is outside: always empty.
    nobody: Sides,
}

impl Shard {
    /// Makes room for this many accounts.
    pub(crate) fn grow(&mut self, accounts: usize) {
        self.sides.grow(accounts, &self.nobody);
    }

    pub(crate) fn side(&self, local: usize, side: usize) -> &Side {
        &self.sides.get(local).unwrap_or(&self.nobody).0[side]
    }

    /// Brings an account near; the result says nothing.
    pub(crate) fn touch(&self, local: usize) -> usize {
        self.sides.get(local).map_or(0, |sides| sides.0[OUT].legs.len())
    }

    /// Brings the ends of an account's lists near; the result says nothing.
    pub(crate) fn touch_legs(&self, local: usize) -> i64 {
        let ends = |side: &Side| side.legs.first().map_or(0, |leg| leg.time) ^ side.legs.last().map_or(0, |leg| leg.time);
        self.sides.get(local).map_or(0, |sides| ends(&sides.0[OUT]) ^ ends(&sides.0[IN]))
    }

    /// Moves the windows of an account on to `now` and forgets what lies before `floor`.
    pub(crate) fn advance(&mut self, local: usize, now: i64, floor: i64, upkeep: &Upkeep) {
        for side in self.sides.get_mut(local).into_iter().flat_map(|sides| &mut sides.0) {
            side.advance(now, upkeep);
            side.forget(floor);
        }
    }

    /// Adds a leg; `previous` is the number of the last transfer of the same pair, or [`NONE`].
    pub(crate) fn push(&mut self, local: usize, side: usize, leg: Leg, previous: u64, upkeep: &Upkeep) {
        if let Some(sides) = self.sides.get_mut(local) {
            sides.0[side].push(leg, previous, upkeep);
        }
    }

    /// Clears an account for another to take its place.
    pub(crate) fn clear(&mut self, local: usize) {
        for side in self.sides.get_mut(local).into_iter().flat_map(|sides| &mut sides.0) {
            side.heavy = None;
            side.legs.clear();
            // A little room is kept: the next account will need it.
            side.legs.shrink_to(8);
        }
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
