//! Kinds whose hits are about one account and rest on transfers at most two steps from it: the accounts near a change are searched again.

use std::collections::BTreeSet;

use crate::flow::Flow;
use crate::hit::Hit;
use crate::request::{Kind, Request};
use crate::search_all::PatternHit;
use crate::stream::keyed::{Diff, Keyed, Step, tiles};
use crate::{collect, gather, netting, pass};

/// Hits by centre; of netting by the smaller account of the pair.
#[derive(Debug, Default)]
pub(crate) struct Centres {
    hits: Keyed<u32>,
    /// Accounts whose usual number matters.
    watched: BTreeSet<u32>,
    tiles: Option<(i64, i64)>,
}

impl Centres {
    pub(crate) fn remembered(&self) -> usize {
        self.watched.len()
    }

    pub(crate) fn hits(&self) -> Vec<&PatternHit> {
        self.hits.all()
    }

    pub(crate) fn step(&mut self, step: &Step<'_>) -> Diff {
        let mut dirty: BTreeSet<u32> = BTreeSet::new();
        for changed in step.changed {
            concerned(step, changed.from, changed.to, changed.key.0, &mut dirty);
        }
        let tiles = tiles(step.flow, step.request);
        if self.tiles.replace(tiles) != Some(tiles) {
            dirty.extend(&self.watched);
        }
        let dirty: Vec<u32> = dirty.into_iter().collect();
        let found = step.of_all(&dirty, |node| {
            let found = around(step.flow, step.request, step.number, node);
            (found.hits.iter().map(|hit| step.shown(hit, found.cut)).collect::<Vec<_>>(), found.usual)
        });
        let mut diff = Diff::default();
        for (node, (hits, usual)) in dirty.into_iter().zip(found) {
            diff.add(self.hits.replace(node, hits));
            if usual {
                self.watched.insert(node)
            } else {
                self.watched.remove(&node)
            };
        }
        diff
    }
}

/// The centres whose hits a transfer can be part of, or keep others from.
fn concerned(step: &Step<'_>, from: u32, to: u32, at: i64, dirty: &mut BTreeSet<u32>) {
    let flow = step.flow;
    match step.request.kind {
        Kind::Netting => dirty.extend([from.min(to)]),
        Kind::CollectDistribute => {
            let onward = flow.paid_between(to, at, at.saturating_add(step.request.window_micros));
            dirty.extend(onward.iter().map(|edge| flow.to(*edge)).chain([from, to]));
        }
        Kind::PassThrough => {
            dirty.insert(from);
            // A receipt is passed on by payments that come after it.
            if flow.paid_by(to).last().is_some_and(|last| flow.at(*last) >= at) {
                dirty.insert(to);
            }
        }
        _ => dirty.extend([from, to]),
    }
}

/// What is found around one centre.
struct Around {
    hits: Vec<Hit>,
    /// Did a bound cut?
    cut: bool,
    /// Does its usual number matter?
    usual: bool,
}

/// All hits of one centre.
fn around(flow: &Flow<'_>, request: &Request, number: u32, node: u32) -> Around {
    let weighed = |(hits, usual)| Around { hits, cut: false, usual };
    let plain = |hits, cut| Around { hits, cut, usual: false };
    match request.kind {
        Kind::GatherScatter => weighed(gather::gather_scatter_of(flow, request, number, node)),
        Kind::CollectAndSend => weighed(gather::collect_and_send_of(flow, request, number, node)),
        Kind::PassThrough => plain(pass::hits_of(flow, request, number, node), false),
        Kind::Netting => plain(netting::hits_of(flow, request, number, node), false),
        Kind::CollectDistribute => {
            let (hits, cut) = collect::hits_of(flow, request, number, node);
            plain(hits, cut > 0)
        }
        _ => plain(Vec::new(), false),
    }
}
