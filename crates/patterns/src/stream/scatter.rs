//! Scatter–gather as transfers come: pairs (source, sink) whose legs changed are searched again.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::cycle::follows;
use crate::fan::{Direction, fans_of};
use crate::legs::{Leg, blocks, scatter_hit};
use crate::search_all::PatternHit;
use crate::stream::keyed::{Diff, Keyed, Step};
use crate::stream::{Changed, Key};

/// The rows of transfers that lie in a fan of one direction, kept while transfers come.
#[derive(Debug)]
pub(crate) struct InFans {
    direction: Direction,
    rows: FxHashSet<u32>,
    /// The same by account, in order.
    dense: FxHashMap<u32, Vec<Key>>,
    tiles: Option<(i64, i64)>,
}

impl InFans {
    pub(crate) fn new(direction: Direction) -> Self {
        Self { direction, rows: FxHashSet::default(), dense: FxHashMap::default(), tiles: None }
    }

    pub(crate) fn remembered(&self) -> usize {
        self.rows.len() + self.dense.len()
    }

    pub(crate) fn holds(&self, step: &Step<'_>, edge: u32) -> bool {
        self.rows.contains(&step.live.row(edge))
    }

    /// Looks again at the fans of the accounts near a change; adds the transfers that entered or left a fan.
    pub(crate) fn step(&mut self, step: &Step<'_>, turned: &mut BTreeSet<Changed>) {
        let centre = |changed: &Changed| if self.direction == Direction::In { changed.to } else { changed.from };
        let mut dirty: BTreeSet<u32> = step.changed.iter().map(centre).collect();
        if self.tiles.replace(step.tiles()) != Some(step.tiles()) {
            dirty.extend(step.live.nodes());
            dirty.extend(self.dense.keys());
        }
        let dirty: Vec<u32> = dirty.into_iter().collect();
        let found = step.of_all(&dirty, |node| {
            let fans = fans_of(step.flow, step.request, self.direction, node);
            fans.map(|fans| {
                fans.runs.iter().flat_map(|run| fans.edges.get(run.edges.clone()).unwrap_or_default().iter().copied()).collect::<Vec<u32>>()
            })
        });
        for (node, dense) in dirty.into_iter().zip(found) {
            let now = dense.map_or_else(Vec::new, |dense| step.keys(&dense));
            let before = self.dense.remove(&node).unwrap_or_default();
            for key in unlike(&before, &now) {
                if !self.rows.remove(&key.1) {
                    self.rows.insert(key.1);
                }
                // One that is no longer held is among those that changed already.
                turned.extend(step.live.find(key).map(|edge| Changed { key, from: step.flow.from(edge), to: step.flow.to(edge) }));
            }
            if !now.is_empty() {
                self.dense.insert(node, now);
            }
        }
    }
}

/// What is in one of two ascending lists only.
fn unlike(a: &[Key], b: &[Key]) -> Vec<Key> {
    let (mut a, mut b) = (a.iter().copied().peekable(), b.iter().copied().peekable());
    let mut unlike = Vec::new();
    while let (Some(one), Some(other)) = (a.peek().copied(), b.peek().copied()) {
        if one != other {
            unlike.push(one.min(other));
        }
        a.next_if(|key| *key <= other);
        b.next_if(|key| *key <= one);
    }
    unlike.extend(a.chain(b));
    unlike
}

/// Source and sink.
type Pair = (u32, u32);

/// Hits by pair.
#[derive(Debug)]
pub(crate) struct Scatter {
    hits: Keyed<Pair>,
    /// For each row the pairs whose hits rest on it.
    holding: FxHashMap<u32, BTreeSet<Pair>>,
    scattered: InFans,
    gathered: InFans,
}

impl Default for Scatter {
    fn default() -> Self {
        Self { hits: Keyed::default(), holding: FxHashMap::default(), scattered: InFans::new(Direction::Out), gathered: InFans::new(Direction::In) }
    }
}

impl Scatter {
    pub(crate) fn remembered(&self) -> usize {
        self.holding.len() + self.scattered.remembered() + self.gathered.remembered()
    }

    pub(crate) fn hits(&self) -> Vec<&PatternHit> {
        self.hits.all()
    }

    pub(crate) fn step(&mut self, step: &Step<'_>) -> Diff {
        let mut turned: BTreeSet<Changed> = step.changed.iter().copied().collect();
        self.scattered.step(step, &mut turned);
        self.gathered.step(step, &mut turned);
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
        if self.scattered.holds(step, edge) {
            let seconds = flow.paid_between(to, at, at.saturating_add(window)).iter().copied();
            dirty.extend(seconds.filter(|second| self.gathered.holds(step, *second) && good(edge, *second)).map(|second| (from, flow.to(second))));
        }
        if self.gathered.holds(step, edge) {
            let firsts = flow.received_between(from, at.saturating_sub(window), at).iter().copied();
            dirty.extend(firsts.filter(|first| self.scattered.holds(step, *first) && good(*first, edge)).map(|first| (flow.from(first), to)));
        }
    }

    fn of_pair(&self, step: &Step<'_>, (source, sink): Pair) -> Vec<PatternHit> {
        let flow = step.flow;
        let (mut found, mut cut) = (Vec::new(), false);
        for first in flow.paid_by(source).iter().copied().filter(|edge| flow.valued(*edge) && self.scattered.holds(step, *edge)) {
            let (middle, at) = (flow.to(first), flow.at(first));
            let following = flow.paid_between(middle, at, at.saturating_add(step.request.window_micros));
            cut |= following.len() > flow.limits.legs_max;
            for second in following.iter().copied().take(flow.limits.legs_max).filter(|second| flow.to(*second) == sink && sink != source) {
                let good = flow.valued(second) && follows(flow.amount(first), flow.amount(second), step.request.margin);
                if good && self.gathered.holds(step, second) {
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
