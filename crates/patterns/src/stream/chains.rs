//! Chains and peel chains as transfers come: links near a change are made again, and the paths through them.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::chain::{NONE, cut_apart, hit, link, predecessor};
use crate::flow::at_least;
use crate::search_all::PatternHit;
use crate::stream::keyed::{Diff, Owned, Step};
use crate::stream::{Changed, Key};

/// Links by the payment carried on, and the reverse; hits by their payments (peels belong to a hit but are not owned by it).
#[derive(Debug, Default)]
pub(crate) struct Chains {
    next: FxHashMap<Key, Key>,
    before: FxHashMap<Key, Key>,
    hits: Owned,
}

impl Chains {
    pub(crate) fn remembered(&self) -> usize {
        self.next.len() + self.before.len() + self.hits.remembered()
    }

    pub(crate) fn hits(&self) -> Vec<&PatternHit> {
        self.hits.all()
    }

    pub(crate) fn step(&mut self, step: &Step<'_>) -> Diff {
        let mut dirty: BTreeSet<Key> = BTreeSet::new();
        let mut seeds: BTreeSet<Key> = BTreeSet::new();
        let mut onward: BTreeSet<u32> = BTreeSet::new();
        for changed in step.changed {
            self.near(step, changed, &mut dirty, &mut onward);
        }
        for next in onward {
            dirty.extend(self.before.get(&step.live.key(next)));
            let (before, _) = predecessor(step.flow, step.request, next);
            dirty.extend((before != NONE).then(|| step.live.key(before)));
        }
        let dirty: Vec<Key> = dirty.into_iter().collect();
        let found = step.of_all(&dirty, |key| {
            let edge = step.live.find(key)?;
            let (next, cut) = link(step.flow, step.request, edge);
            (next != NONE).then(|| (step.live.key(next), cut))
        });
        // All old links go first: a new one may end where an old one does.
        for key in &dirty {
            seeds.insert(*key);
            if let Some(old) = self.next.remove(key) {
                self.before.remove(&old);
                seeds.insert(old);
            }
        }
        let mut cut = false;
        for (key, next) in dirty.iter().zip(found) {
            if let Some((next, also)) = next {
                cut |= also;
                self.next.insert(*key, next);
                self.before.insert(next, *key);
                seeds.insert(next);
            }
        }
        self.paths(step, seeds, cut)
    }

    /// The payments whose link may have changed, and those whose own predecessor may have. A payment is linked by what its payee pays soon after (carried on, or split off), and by what
    /// else that payment's payer received just before. Only amounts that may carry on each other do.
    fn near(&self, step: &Step<'_>, changed: &Changed, dirty: &mut BTreeSet<Key>, onward: &mut BTreeSet<u32>) {
        let (flow, at, tau) = (step.flow, changed.key.0, step.request.tau_micros);
        dirty.insert(changed.key);
        dirty.extend(self.before.get(&changed.key));
        let before = flow.received_between(changed.from, at.saturating_sub(tau), at).iter().copied();
        dirty.extend(before.filter(|edge| flow.amount(*edge) >= changed.amount).map(|edge| step.live.key(edge)));
        let after = flow.paid_between(changed.to, at, at.saturating_add(tau)).iter().copied();
        onward.extend(after.filter(|edge| {
            let amount = flow.amount(*edge);
            amount <= changed.amount && at_least(i128::from(amount), step.request.rho, i128::from(changed.amount))
        }));
    }

    /// Makes the paths through `seeds` again, in place of the hits that own any of their payments.
    fn paths(&mut self, step: &Step<'_>, seeds: BTreeSet<Key>, cut: bool) -> Diff {
        let mut met: BTreeSet<Key> = BTreeSet::new();
        let (mut stale, mut pieces) = (seeds.clone(), Vec::new());
        for seed in seeds {
            if !met.contains(&seed) && step.live.find(seed).is_some() {
                let path = self.path(seed);
                met.extend(&path);
                stale.extend(&path);
                let edges: Vec<u32> = path.iter().filter_map(|key| step.live.find(*key)).collect();
                pieces.extend(cut_apart(step.flow, &edges, step.request.length_min as usize));
            }
        }
        let old = self.hits.take(stale).into_values().map(|owner| owner.hit).collect();
        let mut new = Vec::new();
        for piece in pieces {
            let shown = step.shown(&hit(step.flow, step.request, step.number, &piece), cut);
            new.push(shown.clone());
            self.hits.put(shown, step.keys(&piece));
        }
        Diff::between(old, new)
    }

    /// The whole path through a payment; a ring from its first payment on.
    fn path(&self, seed: Key) -> Vec<Key> {
        let (mut head, mut smallest) = (seed, seed);
        while let Some(before) = self.before.get(&head).copied() {
            smallest = smallest.min(before);
            head = before;
            if head == seed {
                head = smallest;
                break;
            }
        }
        let mut path = vec![head];
        let mut at = head;
        while let Some(next) = self.next.get(&at).copied().filter(|next| *next != head) {
            path.push(next);
            at = next;
        }
        path
    }
}
