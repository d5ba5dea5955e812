//! Cycles that a transfer closes: simple paths from its payee back to its payer.
//!
//! Both searches first walk from both ends, the cheaper first, until the walks meet or have together gone as far as a cycle may be long.
//! Most transfers end there: no cycle. Only where they meet are the paths walked one by one, guided by what the first walks labelled.
//! A cycle counts once for each sequence of accounts, however many parallel transfers it may be made of (arXiv 2402.08593).
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: lengths are at most the bound the counts are sized by")]

use crate::config::{CYCLE_LENGTH_MAX, Config};
use crate::near::Asked;
use crate::store::{IN, OUT};
use crate::transfer::OUTSIDE;
use crate::view::{Labels, Moment, Remembered, distinct};

/// Cycles by length; lengths 0 and 1 stay 0.
type Counts = [u32; CYCLE_LENGTH_MAX as usize + 1];

/// Memory of a search, kept between searches.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    /// From the payee on: hops, or the earliest arrival.
    pub(crate) forward: Labels,
    /// From the payer back: hops, or the latest departure.
    pub(crate) backward: Labels,
    path: Labels,
    frontiers: [Vec<u32>; 2],
    next: Vec<u32>,
}

/// Which order of time a cycle keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Each transfer after the one before, this one last.
    Temporal,
    /// Any.
    Free,
}

/// Writes the counts by length; says whether the search was cut.
pub(crate) fn search(
    known: Remembered<'_>,
    config: &Config,
    asked: &Asked,
    order: Order,
    scratch: &mut Scratch,
    slots: usize,
    row: &mut Vec<f64>,
) -> bool {
    let mut walk = Walk {
        known,
        order,
        moment: asked.before(config.cycle_window),
        payer: asked.ends[0],
        payee: asked.ends[1],
        edges_max: config.cycle_length_max - 1,
        steps: config.steps_max,
        counts: Counts::default(),
    };
    if !asked.alone() {
        walk.run(scratch, slots);
    }
    row.extend(walk.counts[2..=config.cycle_length_max as usize].iter().map(|count| f64::from(*count)));
    walk.steps == 0
}

struct Walk<'a> {
    known: Remembered<'a>,
    order: Order,
    moment: Moment,
    payer: u32,
    payee: u32,
    /// Transfers of the longest path back.
    edges_max: u32,
    steps: u32,
    counts: Counts,
}

/// How far both walks went.
#[derive(Clone, Copy, Debug, Default)]
struct Far {
    hops: [u32; 2],
    /// A walk that ended has labelled all there is.
    ended: [bool; 2],
}

impl Walk<'_> {
    fn run(&mut self, scratch: &mut Scratch, slots: usize) {
        let starts = [(self.payee, OUT), (self.payer, IN)];
        if starts.iter().any(|(slot, side)| self.known.legs(*slot, *side, self.moment).is_empty()) {
            return;
        }
        scratch.forward.reset(slots);
        scratch.backward.reset(slots);
        scratch.forward.set(self.payee, 0);
        scratch.backward.set(self.payer, if self.order == Order::Temporal { self.moment.before } else { 0 });
        for (frontier, (slot, _)) in scratch.frontiers.iter_mut().zip(starts) {
            frontier.clear();
            frontier.push(slot);
        }
        let Some(far) = self.meet(scratch) else {
            return;
        };
        scratch.path.reset(slots);
        scratch.path.set(self.payee, 0);
        scratch.path.set(self.payer, 0);
        match self.order {
            Order::Temporal => self.back(self.payer, self.moment.before, 0, far, scratch),
            Order::Free => {
                self.extend(far, scratch);
                self.on(self.payee, 0, scratch);
            }
        }
    }

    /// Walks from both ends as far as a cycle may be long; `None` when the walks never meet. When they do, each account of a cycle lies within
    /// one of them: on a path of at most `edges_max` transfers none is more than `hops[0]` from one end and `hops[1]` from the other at once.
    fn meet(&mut self, scratch: &mut Scratch) -> Option<Far> {
        let mut far = Far::default();
        let mut met = false;
        while far.hops[0] + far.hops[1] + u32::from(met) < self.edges_max {
            let side = self.cheaper(scratch);
            met |= self.layer(side, scratch);
            far.hops[side] += 1;
            if scratch.frontiers[side].is_empty() {
                far.ended[side] = true;
                break;
            }
            if self.steps == 0 {
                return None;
            }
        }
        met.then_some(far)
    }

    /// The side whose next layer looks at fewer legs: 0 forward, 1 backward.
    fn cheaper(&self, scratch: &Scratch) -> usize {
        let [forward, backward] = &scratch.frontiers;
        let small = usize::from(backward.len() < forward.len());
        let cost = |side: usize| scratch.frontiers[side].iter().map(|slot| self.legs(*slot, side)).sum::<usize>();
        let least = cost(small);
        // Looking at an account costs at least as much as at a leg.
        if scratch.frontiers[1 - small].len() >= least || cost(1 - small) >= least { small } else { 1 - small }
    }

    fn legs(&self, slot: u32, side: usize) -> usize {
        self.known.legs(slot, if side == 0 { OUT } else { IN }, self.moment).len()
    }

    /// One hop further on one side; says whether the walks met.
    fn layer(&mut self, side: usize, scratch: &mut Scratch) -> bool {
        let Scratch { forward, backward, frontiers, next, .. } = scratch;
        next.clear();
        let mut met = false;
        for slot in &frontiers[side] {
            let slot = *slot;
            // The other end is met, not walked through.
            if slot == if side == 0 { self.payer } else { self.payee } {
                continue;
            }
            let legs = self.known.legs(slot, if side == 0 { OUT } else { IN }, self.moment);
            self.steps = self.steps.saturating_sub(legs.len() as u32);
            met |= match (self.order, side) {
                (Order::Free, 0) => spread(distinct(legs, self.moment.before).map(|leg| leg.other), slot, forward, backward, next),
                (Order::Free, _) => spread(distinct(legs, self.moment.before).map(|leg| leg.other), slot, backward, forward, next),
                (Order::Temporal, 0) => {
                    let after = if slot == self.payee { None } else { forward.get(slot) };
                    let legs = &legs[after.map_or(0, |after| legs.partition_point(|leg| leg.seq <= after))..];
                    let better = |old: u64, new: u64| new < old;
                    arrive(legs.iter().map(|leg| (leg.other, leg.seq)), forward, next, better, |slot, seq| {
                        backward.get(slot).is_some_and(|leaves| seq < leaves)
                    })
                }
                (Order::Temporal, _) => {
                    let until = backward.get(slot).unwrap_or(0);
                    let legs = &legs[..legs.partition_point(|leg| leg.seq < until)];
                    let better = |old: u64, new: u64| new > old;
                    let payee = self.payee;
                    arrive(legs.iter().rev().map(|leg| (leg.other, leg.seq)), backward, next, better, |slot, seq| {
                        slot == payee || forward.get(slot).is_some_and(|arrives| arrives < seq)
                    })
                }
            };
        }
        std::mem::swap(&mut frontiers[side], next);
        met
    }

    /// Labels each account of the forward walk by its least hops to the payer, as far as they matter.
    fn extend(&mut self, far: Far, scratch: &mut Scratch) {
        if far.ended[1] {
            return;
        }
        let Scratch { forward, backward, frontiers, next, .. } = scratch;
        // The backward walk's edge: its accounts' payers within the forward walk are one hop further.
        for hops in far.hops[1] + 1..self.edges_max {
            next.clear();
            for slot in &frontiers[1] {
                if *slot == self.payee {
                    continue;
                }
                let legs = self.known.legs(*slot, IN, self.moment);
                self.steps = self.steps.saturating_sub(legs.len() as u32);
                for leg in distinct(legs, self.moment.before) {
                    if forward.has(leg.other) && !backward.has(leg.other) {
                        backward.set(leg.other, u64::from(hops));
                        next.push(leg.other);
                    }
                }
            }
            std::mem::swap(&mut frontiers[1], next);
        }
    }

    /// Paths onward from `slot`, which is `depth` transfers after the payee, to the payer.
    fn on(&mut self, slot: u32, depth: u32, scratch: &mut Scratch) {
        let legs = self.known.legs(slot, OUT, self.moment);
        self.steps = self.steps.saturating_sub(legs.len() as u32);
        if self.steps == 0 {
            return;
        }
        let left = u64::from(self.edges_max - depth - 1);
        for leg in distinct(legs, self.moment.before) {
            if leg.other == self.payer {
                self.counts[depth as usize + 2] += 1;
            } else if left > 0 && !scratch.path.has(leg.other) && scratch.backward.get(leg.other).is_some_and(|hops| hops <= left) {
                scratch.path.set(leg.other, 0);
                self.on(leg.other, depth + 1, scratch);
                scratch.path.remove(leg.other);
            }
        }
    }

    /// Paths backward in time from `slot`, which must be paid before `until` and is `depth` transfers before the payer, to the payee.
    fn back(&mut self, slot: u32, until: u64, depth: u32, far: Far, scratch: &mut Scratch) {
        let legs = self.known.legs(slot, IN, Moment { before: until, ..self.moment });
        self.steps = self.steps.saturating_sub(legs.len() as u32);
        if self.steps == 0 {
            return;
        }
        let left = self.edges_max - depth - 1;
        let known = far.ended[0] || left <= far.hops[0];
        // The latest payment of each payer leaves the most time before it.
        for leg in distinct(legs, until) {
            if leg.other == self.payee {
                self.counts[depth as usize + 2] += 1;
            } else if left > 0 && !scratch.path.has(leg.other) && (!known || scratch.forward.get(leg.other).is_some_and(|arrives| arrives < leg.seq))
            {
                scratch.path.set(leg.other, 0);
                self.back(leg.other, leg.seq, depth + 1, far, scratch);
                scratch.path.remove(leg.other);
            }
        }
    }
}

/// Labels what is new one hop from `slot`; says whether the other walk was there.
fn spread(others: impl Iterator<Item = u32>, slot: u32, own: &mut Labels, other: &Labels, next: &mut Vec<u32>) -> bool {
    let hops = own.get(slot).unwrap_or(0) + 1;
    let mut met = false;
    for account in others {
        if !own.has(account) {
            own.set(account, hops);
            next.push(account);
            met |= other.has(account);
        }
    }
    met
}

/// Labels what is reached at a better time; says whether the other walk fits to it.
fn arrive(
    legs: impl Iterator<Item = (u32, u64)>,
    own: &mut Labels,
    next: &mut Vec<u32>,
    better: impl Fn(u64, u64) -> bool,
    fits: impl Fn(u32, u64) -> bool,
) -> bool {
    let mut met = false;
    for (account, seq) in legs.filter(|leg| leg.0 != OUTSIDE) {
        let old = own.get(account);
        if old.is_none_or(|old| better(old, seq)) {
            own.set(account, seq);
            next.push(account);
            met |= fits(account, seq);
        }
    }
    met
}
