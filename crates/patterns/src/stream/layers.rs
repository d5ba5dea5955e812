//! Bipartite blocks and stacks as transfers come: pairs of payees whose common payers changed are searched again, and the blocks they are part of.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use crate::bipartite::{merged, stacked};
use crate::hit::{Hit, Role};
use crate::legs::{Block, Leg, blocks};
use crate::request::{Kind, Request};
use crate::search_all::PatternHit;
use crate::stream::keyed::{Diff, Keyed, Owned, Owner, Step};
use crate::stream::{Changed, Key};

/// Two payees, the smaller first.
type Pair = (u32, u32);

/// A leg that stays when numbers change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    payer: u32,
    edges: [Key; 2],
}

/// A block of one pair.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    legs: Vec<Held>,
    peak: usize,
    span: i64,
}

/// Blocks by pair of payees, and the hits they are merged to.
#[derive(Debug)]
pub(crate) struct Layers {
    /// Which fans those of payees are.
    gathered: usize,
    pieces: BTreeMap<Pair, Vec<Piece>>,
    /// For each transfer the pairs with a block that holds it.
    holding: FxHashMap<Key, BTreeSet<Pair>>,
    layers: Owned,
    /// Of stacks: layers by who pays in them, and by who is paid.
    paying: BTreeMap<u32, BTreeSet<u64>>,
    paid: BTreeMap<u32, BTreeSet<u64>>,
    stacks: Keyed<(u64, u64)>,
    /// The requests by which blocks and stacks are told, with their numbers.
    block: Option<(u32, Request)>,
    stack: Option<(u32, Request)>,
}

impl Layers {
    pub(crate) fn new(gathered: usize) -> Self {
        Self {
            gathered,
            pieces: BTreeMap::new(),
            holding: FxHashMap::default(),
            layers: Owned::default(),
            paying: BTreeMap::new(),
            paid: BTreeMap::new(),
            stacks: Keyed::default(),
            block: None,
            stack: None,
        }
    }

    /// Tells the blocks or the stacks of this request too; requests of one object have the same parameters.
    pub(crate) fn tell(&mut self, number: u32, request: &Request) {
        match request.kind {
            Kind::Stack => self.stack = Some((number, request.clone())),
            _ => self.block = Some((number, request.clone())),
        }
    }

    /// Are these its parameters, and not told yet?
    pub(crate) fn suit(&self, gathered: usize, request: &Request) -> bool {
        self.gathered == gathered && if request.kind == Kind::Stack { self.stack.is_none() } else { self.block.is_none() }
    }

    pub(crate) fn remembered(&self) -> usize {
        self.pieces.len() + self.holding.len() + self.layers.remembered() + self.paying.len() + self.paid.len()
    }

    pub(crate) fn hits(&self) -> Vec<&PatternHit> {
        let blocks = if self.block.is_some() { self.layers.all() } else { Vec::new() };
        blocks.into_iter().chain(self.stacks.all()).collect()
    }

    pub(crate) fn step(&mut self, step: &Step<'_>) -> Diff {
        let mut turned: BTreeSet<Changed> = step.changed.iter().copied().collect();
        turned.extend(step.turned(self.gathered));
        let mut dirty: BTreeSet<Pair> = BTreeSet::new();
        for changed in &turned {
            dirty.extend(self.holding.get(&changed.key).into_iter().flatten());
            self.pairs_with(step, changed.key, &mut dirty);
        }
        let dirty: Vec<Pair> = dirty.into_iter().collect();
        let found = step.of_all(&dirty, |pair| self.of_pair(step, pair));
        let (mut stale, mut cut) = (BTreeSet::new(), false);
        for (pair, (pieces, also)) in dirty.into_iter().zip(found) {
            cut |= also;
            self.replace(pair, pieces, &mut stale);
        }
        let (block, stack) = (self.block.clone(), self.stack.clone());
        let (old, new) = match &block {
            Some((number, request)) => self.merge(&Step { request, number: *number, ..*step }, stale, cut),
            None => self.merge(step, stale, cut),
        };
        let mut diff = Diff::default();
        if let Some((number, request)) = &stack {
            diff.add(self.restack(&Step { request, number: *number, ..*step }, &old, &new));
        }
        if block.is_some() {
            diff.add(self.told(old, &new));
        }
        diff
    }

    /// The pairs of payees that the payer of this transfer pays within the window, this one's payee among them.
    fn pairs_with(&self, step: &Step<'_>, key: Key, dirty: &mut BTreeSet<Pair>) {
        let Some(edge) = step.live.find(key).filter(|edge| step.in_fans(self.gathered, *edge)) else {
            return;
        };
        let (flow, window) = (step.flow, step.request.window_micros);
        let one = flow.to(edge);
        let around = flow.paid_between(flow.from(edge), flow.at(edge).saturating_sub(window), flow.at(edge).saturating_add(window));
        let others = around.iter().copied().filter(|other| flow.to(*other) != one && step.in_fans(self.gathered, *other));
        dirty.extend(others.map(|other| (one.min(flow.to(other)), one.max(flow.to(other)))));
    }

    /// The blocks of one pair of payees; and whether a bound cut.
    fn of_pair(&self, step: &Step<'_>, (a, b): Pair) -> (Vec<Piece>, bool) {
        let (flow, request) = (step.flow, step.request);
        let good = |edge: &u32| step.in_fans(self.gathered, *edge) && flow.asked(*edge, request);
        // Who pays both is looked for among those who pay the payee that fewer pay.
        let (few, many) = if flow.received_by(a).len() <= flow.received_by(b).len() { (a, b) } else { (b, a) };
        let mut payers: Vec<u32> = flow.received_by(few).iter().copied().filter(good).map(|edge| flow.from(edge)).collect();
        payers.sort_unstable();
        payers.dedup();
        payers.retain(|payer| flow.paid_by(*payer).iter().any(|edge| flow.to(*edge) == many && good(edge)));
        if payers.len() < request.k as usize {
            return (Vec::new(), false);
        }
        let (mut legs, mut cut) = (Vec::new(), false);
        for payer in payers {
            let paid: Vec<u32> = flow.paid_by(payer).iter().copied().filter(good).collect();
            for (at, first) in paid.iter().enumerate().filter(|(_, first)| flow.to(**first) == a || flow.to(**first) == b) {
                let end = flow.at(*first).saturating_add(request.window_micros);
                let other = if flow.to(*first) == a { b } else { a };
                let ahead = paid.iter().skip(at + 1).take_while(|edge| flow.at(**edge) <= end);
                cut |= ahead.clone().nth(flow.limits.legs_max).is_some();
                let seconds = ahead.take(flow.limits.legs_max).filter(|second| flow.to(**second) == other);
                legs.extend(seconds.map(|second| Leg {
                    a,
                    b,
                    first: flow.at(*first),
                    last: flow.at(*second),
                    middle: payer,
                    edges: [*first, *second],
                }));
            }
        }
        if legs.len() < request.k as usize {
            return (Vec::new(), cut);
        }
        legs.sort_unstable();
        let (blocks, also) = blocks(&legs, request.window_micros, request.k as usize, flow.limits.group_max);
        let held = |leg: &Leg| Held { payer: leg.middle, edges: leg.edges.map(|edge| step.live.key(edge)) };
        let piece = |block: Block| Piece { legs: block.legs.iter().map(held).collect(), peak: block.peak, span: block.span };
        (blocks.into_iter().map(piece).collect(), cut || also)
    }

    /// The blocks of a pair are these now; adds the transfers of blocks that are new or gone.
    fn replace(&mut self, pair: Pair, pieces: Vec<Piece>, stale: &mut BTreeSet<Key>) {
        let old = self.pieces.remove(&pair).unwrap_or_default();
        if old == pieces {
            if !pieces.is_empty() {
                self.pieces.insert(pair, pieces);
            }
            return;
        }
        let keys = |pieces: &[Piece]| pieces.iter().flat_map(|piece| piece.legs.iter().flat_map(|leg| leg.edges)).collect::<BTreeSet<Key>>();
        let (before, after) = (keys(&old), keys(&pieces));
        for key in before.difference(&after) {
            if let Some(pairs) = self.holding.get_mut(key) {
                pairs.remove(&pair);
                if pairs.is_empty() {
                    self.holding.remove(key);
                }
            }
        }
        after.iter().for_each(|key| _ = self.holding.entry(*key).or_default().insert(pair));
        stale.extend(before);
        stale.extend(after);
        if !pieces.is_empty() {
            self.pieces.insert(pair, pieces);
        }
    }

    /// Merges the blocks that hold any of these transfers, and those they share transfers with, anew. Gives the layers that went and the numbers of those that came.
    fn merge(&mut self, step: &Step<'_>, stale: BTreeSet<Key>, cut: bool) -> (BTreeMap<u64, Owner>, Vec<u64>) {
        let (mut reached, mut ahead) = (stale.clone(), Vec::from_iter(stale));
        let mut met: BTreeSet<(Pair, usize)> = BTreeSet::new();
        while let Some(key) = ahead.pop() {
            for pair in self.holding.get(&key).into_iter().flatten() {
                for (number, piece) in self.pieces.get(pair).into_iter().flatten().enumerate() {
                    let holds = || piece.legs.iter().any(|leg| leg.edges.contains(&key));
                    if !met.contains(&(*pair, number)) && holds() {
                        met.insert((*pair, number));
                        ahead.extend(piece.legs.iter().flat_map(|leg| leg.edges).filter(|key| reached.insert(*key)));
                    }
                }
            }
        }
        let block = |(pair, number): &(Pair, usize)| {
            let piece = self.pieces.get(pair)?.get(*number)?;
            let leg = |held: &Held| {
                let edges = [step.live.find(held.edges[0])?, step.live.find(held.edges[1])?];
                let (first, last) = (step.flow.at(edges[0]), step.flow.at(edges[1]));
                Some(Leg { a: pair.0, b: pair.1, first, last, middle: held.payer, edges })
            };
            Some(Block { legs: piece.legs.iter().filter_map(leg).collect(), peak: piece.peak, span: piece.span })
        };
        let found: Vec<Block> = met.iter().filter_map(block).collect();
        let old = self.layers.take(reached);
        let mut new = Vec::new();
        for hit in merged(step.flow, step.request, step.number, found) {
            new.push(self.layers.put(step.shown(&hit, cut), step.keys(&hit.edges)));
        }
        (old, new)
    }

    fn told(&self, old: BTreeMap<u64, Owner>, new: &[u64]) -> Diff {
        let new = new.iter().filter_map(|id| self.layers.hits.get(id)).map(|owner| owner.hit.clone());
        Diff::between(old.into_values().map(|owner| owner.hit).collect(), new.collect())
    }

    /// Stacks of layers that went go; those that came are looked at with all that share accounts with them.
    fn restack(&mut self, step: &Step<'_>, old: &BTreeMap<u64, Owner>, new: &[u64]) -> Diff {
        let mut before = Vec::new();
        let gone: Vec<(u64, u64)> =
            self.stacks.hits.keys().filter(|(upper, lower)| old.contains_key(upper) || old.contains_key(lower)).copied().collect();
        for pair in gone {
            before.extend(self.stacks.hits.remove(&pair).unwrap_or_default());
        }
        for (id, owner) in old {
            self.index(*id, &owner.hit.members, false);
        }
        for id in new {
            let members = self.layers.hits.get(id).map(|owner| owner.hit.members.clone()).unwrap_or_default();
            self.index(*id, &members, true);
        }
        let mut pairs: BTreeSet<(u64, u64)> = BTreeSet::new();
        for id in new {
            for (node, role) in self.layers.hits.get(id).iter().flat_map(|owner| &owner.hit.members) {
                match role {
                    Role::Sink => pairs.extend(self.paying.get(node).into_iter().flatten().map(|lower| (*id, *lower))),
                    _ => pairs.extend(self.paid.get(node).into_iter().flatten().map(|upper| (*upper, *id))),
                }
            }
        }
        let mut after = Vec::new();
        for pair in pairs.into_iter().filter(|pair| pair.0 != pair.1) {
            if let Some(hit) = self.stack(step, pair) {
                self.stacks.hits.insert(pair, vec![hit.clone()]);
                after.push(hit);
            }
        }
        Diff::between(before, after)
    }

    fn index(&mut self, id: u64, members: &[(u32, Role)], enters: bool) {
        for (node, role) in members {
            let of = if *role == Role::Sink { &mut self.paid } else { &mut self.paying };
            let ids = of.entry(*node).or_default();
            if enters {
                ids.insert(id)
            } else {
                ids.remove(&id)
            };
            if ids.is_empty() {
                of.remove(node);
            }
        }
    }

    fn stack(&self, step: &Step<'_>, (upper, lower): (u64, u64)) -> Option<PatternHit> {
        let (above, below) = (self.layers.hits.get(&upper)?, self.layers.hits.get(&lower)?);
        let shared = |member: &&(u32, Role)| member.1 == Role::Sink && below.hit.members.contains(&(member.0, Role::Source));
        let close = below.hit.from >= above.hit.from && below.hit.from <= above.hit.to.saturating_add(step.request.window_micros);
        if !close || above.hit.members.iter().filter(shared).count() < 2 {
            return None;
        }
        let hit = stacked(step.flow, step.request, step.number, &as_found(step, above), &as_found(step, below));
        Some(step.shown(&hit, above.hit.bounded || below.hit.bounded))
    }
}

/// A layer as the search found it, with edge numbers of now.
fn as_found(step: &Step<'_>, layer: &Owner) -> Hit {
    let hit = &layer.hit;
    Hit {
        request: hit.request,
        kind: hit.kind,
        center: hit.center,
        members: hit.members.clone(),
        edges: layer.owned.iter().filter_map(|key| step.live.find(*key)).collect(),
        from: hit.from,
        to: hit.to,
        value: hit.value,
        score: hit.score,
        p: hit.p,
    }
}
