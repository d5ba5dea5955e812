//! Looking at what is remembered as it stood before a given transfer, whatever has come since.

use crate::pairs::{Pairs, key};
use crate::store::{Leg, Shard};

/// All accounts and pairs.
#[derive(Clone, Copy)]
pub(crate) struct Remembered<'a> {
    pub(crate) shards: &'a [Shard],
    pub(crate) pairs: &'a Pairs,
}

/// The moment a search looks from: legs since `from` whose number is below `before`.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) from: i64,
    pub(crate) before: u64,
}

impl<'a> Remembered<'a> {
    /// The legs of an account at that moment, in order.
    pub(crate) fn legs(self, slot: u32, side: usize, moment: Moment) -> &'a [Leg] {
        let shards = self.shards.len();
        let Some(shard) = self.shards.get(slot as usize % shards) else {
            return &[];
        };
        let mut legs = shard.side(slot as usize / shards, side).live();
        if legs.first().is_some_and(|leg| leg.time < moment.from) {
            legs = legs.get(legs.partition_point(|leg| leg.time < moment.from)..).unwrap_or_default();
        }
        if legs.last().is_some_and(|leg| leg.seq >= moment.before) {
            legs = legs.get(..legs.partition_point(|leg| leg.seq < moment.before)).unwrap_or_default();
        }
        legs
    }

    /// Did `from` pay `to` at that moment's window?
    pub(crate) fn pays(self, from: u32, to: u32, moment: Moment) -> bool {
        self.pairs.alive(key(from, to), moment.from, moment.before)
    }
}

/// The latest leg of each counterparty among `legs`, which are all below `before`.
pub(crate) fn distinct(legs: &[Leg], before: u64) -> impl DoubleEndedIterator<Item = &Leg> {
    legs.iter().filter(move |leg| leg.next >= before)
}

/// A set of slots that is emptied at once, each with a value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Labels {
    entries: Vec<(u32, u64)>,
    generation: u32,
}

#[expect(clippy::indexing_slicing, reason = "a numeric kernel: `reset` makes room for every slot")]
impl Labels {
    /// Empties the set and makes room for `slots`.
    pub(crate) fn reset(&mut self, slots: usize) {
        if self.entries.len() < slots {
            self.entries.resize(slots.next_power_of_two(), (0, 0));
        }
        self.generation = self.generation.wrapping_add(1);
        if self.generation == 0 {
            self.entries.fill((0, 0));
            self.generation = 1;
        }
    }

    pub(crate) fn get(&self, slot: u32) -> Option<u64> {
        let (generation, value) = self.entries[slot as usize];
        (generation == self.generation).then_some(value)
    }

    pub(crate) fn has(&self, slot: u32) -> bool {
        self.entries[slot as usize].0 == self.generation
    }

    pub(crate) fn set(&mut self, slot: u32, value: u64) {
        self.entries[slot as usize] = (self.generation, value);
    }

    pub(crate) fn remove(&mut self, slot: u32) {
        self.entries[slot as usize].0 = 0;
    }
}
