//! Fans as transfers come: the hits of `fan_in` and `fan_out`, and the transfers that lie in fans, on which other kinds rest.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::fan::{Direction, fans_of, hits};
use crate::request::{Kind, Request};
use crate::search_all::PatternHit;
use crate::stream::busy::{Accounts, Dense};
use crate::stream::keyed::{Diff, Keyed, Step};
use crate::stream::{Changed, Key};

/// The hits of one direction by centre.
#[derive(Debug)]
pub(crate) struct Fans {
    accounts: Accounts,
    hits: Keyed<u32>,
}

impl Fans {
    pub(crate) fn new(kind: Kind) -> Self {
        Self { accounts: Accounts::new(if kind == Kind::FanIn { Direction::In } else { Direction::Out }), hits: Keyed::default() }
    }

    pub(crate) fn remembered(&self) -> usize {
        self.accounts.remembered()
    }

    pub(crate) fn hits(&self) -> Vec<&PatternHit> {
        self.hits.all()
    }

    pub(crate) fn step(&mut self, step: &Step<'_>) -> Diff {
        let direction = self.accounts.direction;
        let found = self.accounts.step(step, step.request, |node, busy, _| match busy {
            Some(busy) => {
                let dense = busy.dense(step, step.request, node);
                let found = dense.as_ref().map_or_else(Vec::new, |dense| busy.hits(step, direction, node, dense));
                (found, dense.as_ref().map(Dense::usual))
            }
            None => {
                let fans = fans_of(step.flow, step.request, direction, node);
                let found = fans.as_ref().map_or_else(Vec::new, |fans| hits(step.flow, step.request, step.number, direction, node, fans));
                (found.iter().map(|hit| step.shown(hit, false)).collect(), fans.as_ref().map(|fans| fans.usual))
            }
        });
        let mut diff = Diff::default();
        for (node, hits) in found {
            diff.add(self.hits.replace(node, hits));
        }
        diff
    }
}

/// The transfers that lie in a fan of one direction by one set of parameters, kept while transfers come. Kinds with the same parameters share them.
#[derive(Debug)]
pub(crate) struct InFans {
    request: Request,
    accounts: Accounts,
    rows: FxHashSet<u32>,
    /// The same by account, in order, of those that are not busy.
    dense: FxHashMap<u32, Vec<Key>>,
    /// Held transfers that entered or left a fan in the last step.
    turned: Vec<Changed>,
}

impl InFans {
    pub(crate) fn new(request: &Request, direction: Direction) -> Self {
        Self {
            request: request.clone(),
            accounts: Accounts::new(direction),
            rows: FxHashSet::default(),
            dense: FxHashMap::default(),
            turned: Vec::new(),
        }
    }

    /// Are these the fans that the request looks for?
    pub(crate) fn suit(&self, request: &Request, direction: Direction) -> bool {
        let of =
            |request: &Request| (request.k, request.window_micros, request.amounts(), request.amount_min.is_some() || request.amount_max.is_some());
        self.accounts.direction == direction
            && of(&self.request) == of(request)
            && self.request.tie_micros == request.tie_micros
            && self.request.usual_factor.to_bits() == request.usual_factor.to_bits()
    }

    pub(crate) fn remembered(&self) -> usize {
        self.rows.len() + self.dense.len() + self.accounts.remembered()
    }

    pub(crate) fn holds(&self, row: u32) -> bool {
        self.rows.contains(&row)
    }

    pub(crate) fn turned(&self) -> &[Changed] {
        &self.turned
    }

    /// Looks again at the fans of the accounts near a change.
    pub(crate) fn step(&mut self, step: &Step<'_>) {
        let (direction, request, dense) = (self.accounts.direction, &self.request, &self.dense);
        let found = self.accounts.step(step, request, |node, busy, update| {
            let before = || if update.was.is_empty() { dense.get(&node).cloned().unwrap_or_default() } else { update.was.clone() };
            match busy {
                Some(busy) => {
                    let fans = busy.dense(step, request, node);
                    let turned = busy.mark(fans.as_ref().map_or(&[], |dense| dense.runs.as_slice()));
                    let turned = if update.anew { unlike(&before(), &busy.inside()) } else { [update.was.as_slice(), &turned].concat() };
                    ((turned, Vec::new()), fans.as_ref().map(Dense::usual))
                }
                None => {
                    let fans = fans_of(step.flow, request, direction, node);
                    let inside = |edges: &[u32]| step.keys(edges);
                    let now = fans.as_ref().map_or_else(Vec::new, |fans| {
                        fans.runs.iter().flat_map(|run| inside(fans.edges.get(run.edges.clone()).unwrap_or_default())).collect()
                    });
                    ((unlike(&before(), &now), now), fans.as_ref().map(|fans| fans.usual))
                }
            }
        });
        self.turned.clear();
        for (node, (turned, now)) in found {
            for key in turned {
                if !self.rows.remove(&key.1) {
                    self.rows.insert(key.1);
                }
                // One that is no longer held is among those that changed already.
                self.turned.extend(step.live.find(key).map(|edge| step.live.changed(edge)));
            }
            if now.is_empty() {
                self.dense.remove(&node);
            } else {
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
