//! Scatter–gather as transfers come: pairs (source, sink) whose legs changed are searched again.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::cycle::follows;
use crate::legs::{Leg, blocks, scatter_hit};
use crate::search_all::PatternHit;
use crate::stream::keyed::{Diff, Keyed, Step};
use crate::stream::{Changed, Key};

/// Source and sink.
type Pair = (u32, u32);

/// Hits by pair.
#[derive(Debug)]
pub(crate) struct Scatter {
    hits: Keyed<Pair>,
    /// For each row the pairs whose hits rest on it.
    holding: FxHashMap<u32, BTreeSet<Pair>>,
    /// Which fans those of sources and of sinks are.
    scattered: usize,
    gathered: usize,
}

impl Scatter {
    pub(crate) fn new(scattered: usize, gathered: usize) -> Self {
        Self { hits: Keyed::default(), holding: FxHashMap::default(), scattered, gathered }
    }

    pub(crate) fn remembered(&self) -> usize {
        self.holding.len()
    }

    pub(crate) fn hits(&self) -> Vec<&PatternHit> {
        self.hits.all()
    }

    pub(crate) fn step(&mut self, step: &Step<'_>) -> Diff {
        let mut turned: BTreeSet<Changed> = step.changed.iter().copied().collect();
        turned.extend(step.turned(self.scattered));
        turned.extend(step.turned(self.gathered));
        let mut dirty: BTreeSet<Pair> = BTreeSet::new();
        for changed in &turned {
            // Legs that went were in a hit, or are missed by nobody.
            dirty.extend(self.holding.get(&changed.key.1).into_iter().flatten());
            self.pairs_through(step, changed.key, &mut dirty);
        }
        let dirty: Vec<Pair> = dirty.into_iter().collect();
        let found = step.of_all(&dirty, |pair| self.of_pair(step, pair));
        let mut diff = Diff::default();
        for (pair, hits) in dirty.into_iter().zip(found) {
            for row in self.hits.hits.get(&pair).into_iter().flatten().flat_map(|hit| &hit.transfers) {
                if let Some(pairs) = self.holding.get_mut(row) {
                    pairs.remove(&pair);
                    if pairs.is_empty() {
                        self.holding.remove(row);
                    }
                }
            }
            hits.iter().flat_map(|hit| &hit.transfers).for_each(|row| _ = self.holding.entry(*row).or_default().insert(pair));
            diff.add(self.hits.replace(pair, hits));
        }
        diff
    }

    /// The pairs that have a leg with this transfer, as things stand now.
    fn pairs_through(&self, step: &Step<'_>, key: Key, dirty: &mut BTreeSet<Pair>) {
        let Some(edge) = step.live.find(key) else {
            return;
        };
        let flow = step.flow;
        let (from, to, at) = (flow.from(edge), flow.to(edge), flow.at(edge));
        let window = step.request.window_micros;
        let good =
            |first: u32, second: u32| flow.to(second) != flow.from(first) && follows(flow.amount(first), flow.amount(second), step.request.margin);
        if step.in_fans(self.scattered, edge) {
            let seconds = flow.paid_between(to, at, at.saturating_add(window)).iter().copied();
            dirty.extend(seconds.filter(|second| step.in_fans(self.gathered, *second) && good(edge, *second)).map(|second| (from, flow.to(second))));
        }
        if step.in_fans(self.gathered, edge) {
            let firsts = flow.received_between(from, at.saturating_sub(window), at).iter().copied();
            dirty.extend(firsts.filter(|first| step.in_fans(self.scattered, *first) && good(*first, edge)).map(|first| (flow.from(first), to)));
        }
    }

    fn of_pair(&self, step: &Step<'_>, (source, sink): Pair) -> Vec<PatternHit> {
        let flow = step.flow;
        let (mut found, mut cut) = (Vec::new(), false);
        for first in flow.paid_by(source).iter().copied().filter(|edge| flow.valued(*edge) && step.in_fans(self.scattered, *edge)) {
            let (middle, at) = (flow.to(first), flow.at(first));
            let following = flow.paid_between(middle, at, at.saturating_add(step.request.window_micros));
            cut |= following.len() > flow.limits.legs_max;
            for second in following.iter().copied().take(flow.limits.legs_max).filter(|second| flow.to(*second) == sink && sink != source) {
                let good = flow.valued(second) && follows(flow.amount(first), flow.amount(second), step.request.margin);
                if good && step.in_fans(self.gathered, second) {
                    found.push(Leg { a: source, b: sink, first: at, last: flow.at(second), middle, edges: [first, second] });
                }
            }
        }
        if found.len() < step.request.k as usize {
            return Vec::new();
        }
        found.sort_unstable();
        let (blocks, also) = blocks(&found, step.request.window_micros, step.request.k as usize, flow.limits.group_max);
        blocks.iter().map(|block| step.shown(&scatter_hit(flow, step.request, step.number, block), cut || also)).collect()
    }
}
