//! Scatter–gather: a source that pays several middles which all pay one sink. One transfer is in such a pattern as the way to a middle or from it.
//!
//! As IBM's Graph Feature Preprocessor counts (arXiv 2402.08593): middles are distinct accounts, the order of the two payments is free,
//! all lie within one window, and a pattern has at least two middles.

use crate::config::Config;
use crate::near::Asked;
use crate::schema::SCATTER_GATHER_CLASSES;
use crate::store::{IN, Leg, OUT};
use crate::view::{Labels, Moment, Remembered, distinct};

/// Lists of at most this many legs are marked once and then looked up by a mark.
const MARKED_MAX: usize = 1_024;

/// Counts of patterns by class of size, and the largest.
#[derive(Clone, Copy, Debug, Default)]
struct Sizes {
    largest: u32,
    classes: [u32; SCATTER_GATHER_CLASSES.len()],
}

impl Sizes {
    fn add(&mut self, size: u32) {
        self.largest = if size > 1 { self.largest.max(size) } else { self.largest };
        let class = SCATTER_GATHER_CLASSES.iter().rposition(|low| size >= *low);
        if let Some(count) = class.and_then(|class| self.classes.get_mut(class)) {
            *count += 1;
        }
    }
}

/// Writes the columns of the family; says whether the search was cut.
pub(crate) fn search(known: Remembered<'_>, config: &Config, asked: &Asked, marks: &mut Labels, slots: usize, row: &mut Vec<f64>) -> bool {
    let mut sizes = Sizes::default();
    let mut steps = config.steps_max;
    if !asked.alone() {
        let moment = asked.with(config.scatter_gather_window);
        let [payer, payee] = asked.ends;
        // The payer as middle: sources pay it, the payee is the sink. Then the payee as middle: the payer is the source.
        for (middle, fixed, side) in [(payer, payee, IN), (payee, payer, OUT)] {
            let outer = known.legs(middle, side, moment);
            if outer.is_empty() {
                continue;
            }
            let ends = Ends { known, moment, fixed, side, legs: known.legs(fixed, side, moment) };
            // One middle makes no pattern, and the fixed end has at least this transfer.
            if ends.legs.len() < 2 {
                continue;
            }
            let marked = ends.legs.len() <= MARKED_MAX;
            if marked {
                marks.reset(slots);
                distinct(ends.legs, moment.before).for_each(|leg| marks.set(leg.other, 0));
                steps = steps.saturating_sub(ends.legs.len() as u32);
            }
            for leg in distinct(outer, moment.before).filter(|leg| leg.other != fixed) {
                sizes.add(ends.common(leg.other, marked.then_some(&*marks), &mut steps));
                if steps == 0 {
                    break;
                }
            }
        }
    }
    row.push(f64::from(sizes.largest));
    row.extend(sizes.classes.iter().map(|count| f64::from(*count)));
    steps == 0
}

/// One end held fast: the sink (`side` is [`IN`]) or the source ([`OUT`]).
struct Ends<'a> {
    known: Remembered<'a>,
    moment: Moment,
    fixed: u32,
    side: usize,
    legs: &'a [Leg],
}

impl Ends<'_> {
    /// How many accounts stand between the fixed end and `far`.
    fn common(&self, far: u32, marks: Option<&Labels>, steps: &mut u32) -> u32 {
        let away = self.known.legs(far, 1 - self.side, self.moment);
        let fits = |middle: u32| middle != far && middle != self.fixed;
        if away.len() <= self.legs.len().saturating_mul(4) {
            *steps = steps.saturating_sub(away.len() as u32);
            let met = distinct(away, self.moment.before).filter(|leg| fits(leg.other) && self.meets(leg.other, marks));
            return met.count() as u32;
        }
        *steps = steps.saturating_sub(self.legs.len() as u32);
        let met = distinct(self.legs, self.moment.before).filter(|leg| fits(leg.other) && self.pays(leg.other, far, 1 - self.side));
        met.count() as u32
    }

    fn meets(&self, middle: u32, marks: Option<&Labels>) -> bool {
        marks.map_or_else(|| self.pays(middle, self.fixed, self.side), |marks| marks.has(middle))
    }

    /// Is `end` paid by the middle (`side` [`IN`]), or does it pay the middle?
    fn pays(&self, middle: u32, end: u32, side: usize) -> bool {
        if side == IN { self.known.pays(middle, end, self.moment) } else { self.known.pays(end, middle, self.moment) }
    }
}
