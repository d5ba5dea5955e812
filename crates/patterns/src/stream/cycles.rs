//! Cycles as transfers come: walks begin again from every transfer that leads to a changed one.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::cycle::{follows, from_edge, merged};
use crate::search_all::PatternHit;
use crate::stream::Key;
use crate::stream::keyed::{Diff, Keyed, Step};

/// The accounts of a cycle, ascending.
type Accounts = Vec<u32>;

/// The cycles that begin with one transfer, each with its accounts; and whether a bound cut the walk.
#[derive(Debug, Default)]
struct Begun {
    cycles: Vec<(Accounts, Vec<Key>)>,
    cut: bool,
}

/// Cycles by the transfer they begin with, and the hits they are merged to.
#[derive(Debug, Default)]
pub(crate) struct Cycles {
    hits: Keyed<Accounts>,
    /// The cycles from each transfer.
    from: FxHashMap<Key, Begun>,
    /// For each transfer where the cycles that hold it begin.
    holding: FxHashMap<Key, BTreeSet<Key>>,
    /// For each set of accounts where its cycles begin.
    through: BTreeMap<Accounts, BTreeSet<Key>>,
}

impl Cycles {
    pub(crate) fn remembered(&self) -> usize {
        self.from.len() + self.holding.len() + self.through.len()
    }

    pub(crate) fn hits(&self) -> Vec<&PatternHit> {
        self.hits.all()
    }

    pub(crate) fn step(&mut self, step: &Step<'_>) -> Diff {
        let mut starts: BTreeSet<Key> = BTreeSet::new();
        let mut cut = false;
        for changed in step.changed {
            starts.extend(self.holding.get(&changed.key).into_iter().flatten());
            starts.extend(self.from.contains_key(&changed.key).then_some(changed.key));
            if let Some(edge) = step.live.find(changed.key) {
                cut |= self.leading_to(step, edge, &mut starts);
            }
        }
        let mut touched: BTreeSet<Accounts> = BTreeSet::new();
        let starts: Vec<Key> = starts.into_iter().collect();
        let found = step.of_all(&starts, |start| walk(step, start));
        for (start, found) in starts.into_iter().zip(found) {
            self.forget(start, &mut touched);
            if !found.cycles.is_empty() || found.cut {
                self.keep(step, start, found, &mut touched);
            }
        }
        let mut diff = Diff::default();
        for accounts in touched {
            let hits = self.of_accounts(step, &accounts, cut);
            diff.add(self.hits.replace(accounts, hits));
        }
        diff
    }

    fn forget(&mut self, start: Key, touched: &mut BTreeSet<Accounts>) {
        let Some(begun) = self.from.remove(&start) else {
            return;
        };
        for key in begun.cycles.iter().flat_map(|(_, cycle)| cycle) {
            if let Some(starts) = self.holding.get_mut(key) {
                starts.remove(&start);
                if starts.is_empty() {
                    self.holding.remove(key);
                }
            }
        }
        for (accounts, _) in begun.cycles {
            if let Some(starts) = self.through.get_mut(&accounts) {
                starts.remove(&start);
                if starts.is_empty() {
                    self.through.remove(&accounts);
                }
            }
            touched.insert(accounts);
        }
    }

    /// Remembers the cycles that begin with a transfer. Of one set of accounts only so many beginnings are: those of accounts that pay round thousands of times.
    fn keep(&mut self, step: &Step<'_>, start: Key, found: Begun, touched: &mut BTreeSet<Accounts>) {
        let Begun { mut cycles, mut cut } = found;
        let most = step.flow.limits.group_max;
        cycles.retain(|(accounts, cycle)| {
            let starts = self.through.entry(accounts.clone()).or_default();
            let kept = starts.len() < most || starts.contains(&start);
            if kept {
                starts.insert(start);
                cycle.iter().for_each(|key| _ = self.holding.entry(*key).or_default().insert(start));
                touched.insert(accounts.clone());
            }
            cut |= !kept;
            kept
        });
        self.from.insert(start, Begun { cycles, cut });
    }

    /// The hits through just these accounts.
    fn of_accounts(&self, step: &Step<'_>, wanted: &Accounts, also: bool) -> Vec<PatternHit> {
        let starts = self.through.get(wanted).into_iter().flatten().filter_map(|start| self.from.get(start));
        let cut = also || starts.clone().any(|begun| begun.cut);
        let cycles = starts.flat_map(|begun| &begun.cycles).filter(|(accounts, _)| accounts == wanted);
        let cycles: Vec<Vec<u32>> = cycles.map(|(_, cycle)| cycle.iter().filter_map(|key| step.live.find(*key)).collect()).collect();
        merged(step.flow, step.request, step.number, cycles).iter().map(|hit| step.shown(hit, cut)).collect()
    }

    /// The transfers from which a walk may come to `edge` and go home from there: backwards along steps that a walk takes, as far as a cycle is long, the nearest first. Those
    /// whose walk a bound cut already are left as they are. Says whether a bound cut: as many steps as a walk has, and as many transfers as legs.
    fn leading_to(&self, step: &Step<'_>, edge: u32, starts: &mut BTreeSet<Key>) -> bool {
        let (flow, request) = (step.flow, step.request);
        let good = |edge: u32| flow.valued(edge) && flow.asked(edge, request);
        if !good(edge) {
            return false;
        }
        let at = flow.at(edge);
        let begin = at.saturating_sub(request.window_micros);
        // Whether anything comes home from here in time.
        let home = |start: u32| {
            let node = flow.from(start);
            node == flow.to(edge) || !flow.received_between(node, at, flow.at(start).saturating_add(request.window_micros)).is_empty()
        };
        let done = |key: &Key| self.from.get(key).is_some_and(|begun| begun.cut);
        let (mut met, mut tier) = (FxHashSet::from_iter([edge]), vec![edge]);
        let (mut steps, mut found) = (flow.limits.steps_max, flow.limits.legs_max);
        for _ in 0..request.length_max {
            for start in tier.iter().filter(|start| home(**start)).map(|start| step.live.key(*start)).filter(|key| !done(key)) {
                let Some(left) = found.checked_sub(1) else {
                    return true;
                };
                found = left;
                starts.insert(start);
            }
            let mut next = Vec::new();
            for after in tier {
                for before in flow.received_between(flow.from(after), begin, flow.at(after)).iter().rev() {
                    let Some(left) = steps.checked_sub(1) else {
                        return true;
                    };
                    steps = left;
                    // Accounts are distinct: no step comes from where the next one goes.
                    let goes = flow.from(*before) != flow.to(after) && good(*before);
                    if goes && follows(flow.amount(*before), flow.amount(after), request.margin) && met.insert(*before) {
                        next.push(*before);
                    }
                }
            }
            tier = next;
        }
        false
    }
}

fn accounts(step: &Step<'_>, cycle: &[u32]) -> Accounts {
    let mut accounts: Accounts = cycle.iter().map(|edge| step.flow.from(*edge)).collect();
    accounts.sort_unstable();
    accounts
}

/// All cycles that begin with a transfer.
fn walk(step: &Step<'_>, start: Key) -> Begun {
    let edge = step.live.find(start).filter(|edge| step.flow.valued(*edge) && step.flow.asked(*edge, step.request));
    edge.map_or_else(Begun::default, |edge| {
        let (cycles, cut) = from_edge(step.flow, step.request, edge);
        Begun { cycles: cycles.iter().map(|cycle| (accounts(step, cycle), step.keys(cycle))).collect(), cut }
    })
}
