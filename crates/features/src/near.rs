//! What is found close by: earlier transfers of nearly this amount, accounts within two transfers, how busy counterparties are.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: two ends and two sides")]

use crate::account::amount;
use crate::config::{Config, Family};
use crate::store::{IN, Leg, OUT};
use crate::transfer::OUTSIDE;
use crate::view::{Labels, Moment, Remembered, distinct};

/// A transfer that features are wanted of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) time: i64,
    pub(crate) seq: u64,
    /// Slots of the payer and the payee.
    pub(crate) ends: [u32; 2],
    pub(crate) amount: i64,
}

impl Asked {
    /// Is it in no pair and no pattern?
    pub(crate) fn alone(&self) -> bool {
        self.ends[0] == self.ends[1] || self.ends.contains(&OUTSIDE)
    }

    /// Just before this transfer.
    pub(crate) fn before(&self, window: i64) -> Moment {
        Moment { from: self.time - window, before: self.seq }
    }

    /// This transfer included.
    pub(crate) fn with(&self, window: i64) -> Moment {
        Moment { from: self.time - window, before: self.seq + 1 }
    }
}

/// Earlier transfers of nearly this amount, of either end and side.
pub(crate) fn matches(known: Remembered<'_>, config: &Config, asked: &Asked, row: &mut Vec<f64>) {
    if !config.families.has(Family::Match) {
        return;
    }
    let moment = asked.before(config.window_longest());
    for end in asked.ends {
        for side in [OUT, IN] {
            let legs = known.legs(end, side, moment);
            row.extend(closest(legs.iter().rev().take(config.matches_max), asked));
        }
    }
}

/// (how many are within a tenth, difference to the closest over the amount, time since the closest).
fn closest<'a>(legs: impl Iterator<Item = &'a Leg>, asked: &Asked) -> [f64; 3] {
    let wanted = asked.amount;
    if wanted < 0 {
        return [0.0, f64::NAN, f64::NAN];
    }
    let (mut similar, mut best): (u32, Option<(i64, i64)>) = (0, None);
    for leg in legs.filter(|leg| leg.amount >= 0) {
        let difference = (leg.amount - wanted).abs();
        similar += u32::from(difference <= wanted / 10);
        if best.is_none_or(|best| difference < best.0) {
            best = Some((difference, leg.time));
        }
    }
    let share = best.filter(|_| wanted > 0).map_or(f64::NAN, |best| best.0 as f64 / amount(wanted));
    [f64::from(similar), share, best.map_or(f64::NAN, |best| (asked.time - best.1) as f64)]
}

/// Accounts within two transfers of the payer's funds and of the payee's payments.
pub(crate) fn reach(known: Remembered<'_>, config: &Config, asked: &Asked, seen: &mut Labels, slots: usize, row: &mut Vec<f64>) {
    if !config.families.has(Family::Reach) {
        return;
    }
    let (moment, nearest) = (asked.before(config.cycle_window), config.neighbours_max);
    let [payer, payee] = asked.ends;
    for (start, side, in_time) in [(payer, IN, true), (payee, OUT, false)] {
        seen.reset(slots);
        if start != OUTSIDE {
            seen.set(start, 0);
        }
        let mut count = 0_u32;
        let mut note = |slot: u32| {
            if !seen.has(slot) {
                seen.set(slot, 0);
                count += 1;
            }
        };
        for first in distinct(known.legs(start, side, moment), moment.before).rev().take(nearest) {
            note(first.other);
            let then = if in_time { Moment { before: first.seq, ..moment } } else { moment };
            let legs = known.legs(first.other, side, then);
            distinct(legs, then.before).rev().take(nearest).for_each(|second| note(second.other));
        }
        row.push(f64::from(count));
    }
}

/// How many transfers the nearest counterparties made and received.
pub(crate) fn counterparties(known: Remembered<'_>, config: &Config, asked: &Asked, row: &mut Vec<f64>) {
    if !config.families.has(Family::Counterparty) {
        return;
    }
    let moment = asked.before(config.window_longest());
    for end in asked.ends {
        for side in [OUT, IN] {
            let (mut n, mut sums, mut largest) = (0_usize, [0_usize; 2], [0_usize; 2]);
            for leg in distinct(known.legs(end, side, moment), moment.before).rev().take(config.neighbours_max) {
                n += 1;
                for of in [OUT, IN] {
                    let count = known.legs(leg.other, of, moment).len();
                    sums[of] += count;
                    largest[of] = largest[of].max(count);
                }
            }
            for of in [OUT, IN] {
                let none = n == 0;
                row.push(if none { f64::NAN } else { sums[of] as f64 / n as f64 });
                row.push(if none { f64::NAN } else { largest[of] as f64 });
            }
        }
    }
}
