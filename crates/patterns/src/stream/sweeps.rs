//! Sweeps as transfers come: what a payment hands on is looked for again when it, or a receipt of its payer, changed.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::legs::{handed_on, sweeps_of, sweeps_over};
use crate::search_all::PatternHit;
use crate::stream::Key;
use crate::stream::busy::BUSY;
use crate::stream::keyed::{Diff, Keyed, MANY, Step};

/// What a payment hands on, and whether a bound cut the search for it.
type Leg = (Option<Key>, bool);
/// Of a busy collector the payments that hand something on, or may.
type Legs = BTreeMap<Key, Leg>;

/// Hits by collector.
#[derive(Debug, Default)]
pub(crate) struct Sweeps {
    hits: Keyed<u32>,
    busy: FxHashMap<u32, Legs>,
}

/// A collector, payments to it that may hand on something else now, and what is remembered of it.
struct Task<'a> {
    collector: u32,
    payments: &'a [(u32, Key)],
    legs: Option<Legs>,
}

impl Sweeps {
    pub(crate) fn remembered(&self) -> usize {
        self.busy.values().map(|legs| 1 + legs.len()).sum()
    }

    pub(crate) fn hits(&self) -> Vec<&PatternHit> {
        self.hits.all()
    }

    pub(crate) fn step(&mut self, step: &Step<'_>) -> Diff {
        let mut dirty: Vec<(u32, Key)> = Vec::new();
        for changed in step.changed {
            let at = changed.key.0;
            dirty.push((changed.to, changed.key));
            // Whatever the payee pays next may hand this on.
            let onward = step.flow.paid_between(changed.to, at, at.saturating_add(step.request.tau_micros));
            dirty.extend(onward.iter().map(|edge| (step.flow.to(*edge), step.live.key(*edge))));
        }
        dirty.sort_unstable();
        dirty.dedup();
        let mut tasks: Vec<Task<'_>> = Vec::new();
        for payments in dirty.chunk_by(|a, b| a.0 == b.0) {
            tasks.extend(payments.first().map(|(collector, _)| Task { collector: *collector, payments, legs: self.busy.remove(collector) }));
        }
        let one = |mut task: Task<'_>| {
            let found = task.hits(step);
            (task.collector, task.legs, found)
        };
        let done: Vec<_> = if tasks.len() >= MANY { tasks.into_par_iter().map(one).collect() } else { tasks.into_iter().map(one).collect() };
        let mut diff = Diff::default();
        for (collector, legs, found) in done {
            self.busy.extend(legs.map(|legs| (collector, legs)));
            if let Some(found) = found {
                diff.add(self.hits.replace(collector, found));
            }
        }
        diff
    }
}

impl Task<'_> {
    /// The collector's hits now; `None` when they are what they were.
    fn hits(&mut self, step: &Step<'_>) -> Option<Vec<PatternHit>> {
        let received = step.flow.received_by(self.collector);
        if received.len() < BUSY {
            self.legs = None;
            let (hits, cut) = sweeps_of(step.flow, step.request, step.number, self.collector);
            return Some(hits.iter().map(|hit| step.shown(hit, cut > 0)).collect());
        }
        let legs = match &mut self.legs {
            Some(legs) => {
                let mut changed = false;
                for (_, key) in self.payments {
                    let now = step.live.find(*key).and_then(|edge| leg(step, edge));
                    let before = match now {
                        Some(leg) => legs.insert(*key, leg),
                        None => legs.remove(key),
                    };
                    changed |= before != now;
                }
                if !changed {
                    return None;
                }
                legs
            }
            legs => legs.insert(received.iter().filter_map(|edge| Some((step.live.key(*edge), leg(step, *edge)?))).collect()),
        };
        let swept: Vec<(u32, u32)> =
            legs.iter().filter_map(|(second, (first, _))| Some((step.live.find((*first)?)?, step.live.find(*second)?))).collect();
        let cut = legs.values().any(|leg| leg.1);
        let hits = sweeps_over(step.flow, step.request, step.number, self.collector, &swept);
        Some(hits.iter().map(|hit| step.shown(hit, cut)).collect())
    }
}

fn leg(step: &Step<'_>, edge: u32) -> Option<Leg> {
    let (first, cut) = handed_on(step.flow, step.request, edge);
    (first.is_some() || cut).then(|| (first.map(|first| step.live.key(first)), cut))
}
