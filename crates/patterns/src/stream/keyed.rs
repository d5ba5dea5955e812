//! Hits held by what they are about, so that one step replaces some of them and tells the difference.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::flow::Flow;
use crate::hit::Hit;
use crate::request::Request;
use crate::search_all::PatternHit;
use crate::stream::fans::InFans;
use crate::stream::{Changed, Key, Live};

/// What a finder is given: the transfers held after the change, and which ones changed.
pub(crate) struct Step<'a> {
    pub(crate) flow: &'a Flow<'a>,
    pub(crate) live: &'a Live,
    pub(crate) request: &'a Request,
    pub(crate) number: u32,
    pub(crate) changed: &'a [Changed],
    /// The transfers in fans, by the numbers that finders know them by.
    pub(crate) fans: &'a [InFans],
}

/// From so many things to look at on, all cores look.
pub(crate) const MANY: usize = 256;

impl Step<'_> {
    /// A hit as it is told and held: with rows in place of edge numbers, which late transfers change.
    pub(crate) fn shown(&self, hit: &Hit, bounded: bool) -> PatternHit {
        let mut accounts: Vec<u32> = hit.members.iter().map(|(node, _)| *node).collect();
        accounts.dedup();
        PatternHit {
            kind: hit.kind,
            request: hit.request,
            center: hit.center,
            accounts,
            members: hit.members.clone(),
            transfers: hit.edges.iter().map(|edge| self.live.row(*edge)).collect(),
            from: hit.from,
            to: hit.to,
            value: hit.value,
            score: hit.score,
            p: hit.p,
            bounded,
        }
    }

    /// Does the transfer lie in one of those fans?
    pub(crate) fn in_fans(&self, fans: usize, edge: u32) -> bool {
        self.fans.get(fans).is_some_and(|fans| fans.holds(self.live.row(edge)))
    }

    /// The transfers that entered or left one of those fans.
    pub(crate) fn turned(&self, fans: usize) -> &[Changed] {
        self.fans.get(fans).map_or(&[], InFans::turned)
    }

    /// Which transfers a hit rests on, whatever their numbers.
    pub(crate) fn keys(&self, edges: &[u32]) -> Vec<Key> {
        edges.iter().map(|edge| self.live.key(*edge)).collect()
    }

    /// `each` of all keys, in their order; on all cores when they are many.
    pub(crate) fn of_all<K: Sync + Copy, T: Send>(&self, keys: &[K], each: impl Fn(K) -> T + Sync + Send) -> Vec<T> {
        if keys.len() >= MANY { keys.par_iter().map(|key| each(*key)).collect() } else { keys.iter().map(|key| each(*key)).collect() }
    }
}

/// What usual numbers rest on besides an account's own transfers: where the tiles begin, and how many there are. When it changes, accounts whose usual number matters
/// are looked at again.
pub(crate) fn tiles(flow: &Flow<'_>, request: &Request) -> (i64, i64) {
    let (begin, end) = flow.period();
    let window = request.window_micros;
    if window <= 0 { (0, 0) } else { (begin, (end - begin) / window) }
}

/// The total order in which hits are told.
pub(crate) fn order(a: &PatternHit, b: &PatternHit) -> std::cmp::Ordering {
    let rest = |hit: &PatternHit| (hit.center, hit.from);
    let first = a.request.cmp(&b.request).then_with(|| b.score.total_cmp(&a.score)).then_with(|| rest(a).cmp(&rest(b)));
    first.then_with(|| (&a.transfers, &a.members).cmp(&(&b.transfers, &b.members)))
}

/// What a step changed of one request.
#[derive(Debug, Default)]
pub(crate) struct Diff {
    pub(crate) appeared: Vec<PatternHit>,
    pub(crate) withdrawn: Vec<PatternHit>,
}

impl Diff {
    /// What is in one list and not in the other. Two that differ only in whether a bound was met are the same.
    pub(crate) fn between(mut old: Vec<PatternHit>, mut new: Vec<PatternHit>) -> Self {
        old.sort_by(order);
        new.sort_by(order);
        let mut diff = Self::default();
        let (mut old, mut new) = (old.into_iter().peekable(), new.into_iter().peekable());
        while let (Some(before), Some(after)) = (old.peek(), new.peek()) {
            match order(before, after) {
                std::cmp::Ordering::Less => diff.withdrawn.extend(old.next()),
                std::cmp::Ordering::Greater => diff.appeared.extend(new.next()),
                std::cmp::Ordering::Equal => {
                    let (before, after) = (old.next(), new.next());
                    if before.as_ref().map(|hit| hit.p) != after.as_ref().map(|hit| hit.p) {
                        diff.withdrawn.extend(before);
                        diff.appeared.extend(after);
                    }
                }
            }
        }
        diff.withdrawn.extend(old);
        diff.appeared.extend(new);
        diff
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.appeared.extend(other.appeared);
        self.withdrawn.extend(other.withdrawn);
    }
}

/// Hits by a key that no other hit's transfers change: a centre, a pair, a set of accounts.
#[derive(Debug)]
pub(crate) struct Keyed<K> {
    pub(crate) hits: BTreeMap<K, Vec<PatternHit>>,
}

impl<K> Default for Keyed<K> {
    fn default() -> Self {
        Self { hits: BTreeMap::new() }
    }
}

impl<K: Ord> Keyed<K> {
    /// The hits of `key` are these now.
    pub(crate) fn replace(&mut self, key: K, hits: Vec<PatternHit>) -> Diff {
        let old = self.hits.remove(&key).unwrap_or_default();
        if old.is_empty() && hits.is_empty() {
            return Diff::default();
        }
        if !hits.is_empty() {
            self.hits.insert(key, hits.clone());
        }
        Diff::between(old, hits)
    }

    pub(crate) fn all(&self) -> Vec<&PatternHit> {
        self.hits.values().flatten().collect()
    }
}

/// A hit, and the transfers that it alone of its request may own.
#[derive(Debug)]
pub(crate) struct Owner {
    pub(crate) hit: PatternHit,
    pub(crate) owned: Vec<Key>,
}

/// Hits found again by any transfer they own.
#[derive(Debug, Default)]
pub(crate) struct Owned {
    pub(crate) hits: BTreeMap<u64, Owner>,
    owners: FxHashMap<Key, u64>,
    next: u64,
}

impl Owned {
    pub(crate) fn remembered(&self) -> usize {
        self.owners.len() + self.hits.len()
    }

    /// Takes out the hits that own one of these transfers.
    pub(crate) fn take(&mut self, keys: impl IntoIterator<Item = Key>) -> BTreeMap<u64, Owner> {
        let ids: BTreeSet<u64> = keys.into_iter().filter_map(|key| self.owners.get(&key).copied()).collect();
        let mut taken = BTreeMap::new();
        for id in ids {
            if let Some(owner) = self.hits.remove(&id) {
                owner.owned.iter().for_each(|key| _ = self.owners.remove(key));
                taken.insert(id, owner);
            }
        }
        taken
    }

    pub(crate) fn put(&mut self, hit: PatternHit, owned: Vec<Key>) -> u64 {
        let id = self.next;
        self.next += 1;
        owned.iter().for_each(|key| _ = self.owners.insert(*key, id));
        self.hits.insert(id, Owner { hit, owned });
        id
    }

    pub(crate) fn all(&self) -> Vec<&PatternHit> {
        self.hits.values().map(|owner| &owner.hit).collect()
    }
}
