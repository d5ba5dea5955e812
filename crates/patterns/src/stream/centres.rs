//! Kinds whose hits are about one account and rest on transfers at most two steps from it: the accounts near a change are searched again.

use std::collections::BTreeSet;

use crate::fan::Direction;
use crate::flow::Flow;
use crate::hit::Hit;
use crate::request::{Kind, Request};
use crate::search_all::PatternHit;
use crate::stream::keyed::{Diff, Keyed, Step};
use crate::{collect, fan, gather, legs, netting, pass};

/// Hits by centre; of netting by the smaller account of the pair.
#[derive(Debug, Default)]
pub(crate) struct Centres {
    hits: Keyed<u32>,
    tiles: Option<(i64, i64)>,
}

impl Centres {
    pub(crate) fn hits(&self) -> Vec<&PatternHit> {
        self.hits.all()
    }

    pub(crate) fn step(&mut self, step: &Step<'_>) -> Diff {
        let mut dirty: BTreeSet<u32> = BTreeSet::new();
        for changed in step.changed {
            concerned(step, changed.from, changed.to, changed.key.0, &mut dirty);
        }
        let usual = matches!(step.request.kind, Kind::FanIn | Kind::FanOut | Kind::GatherScatter | Kind::CollectAndSend);
        if usual && self.tiles.replace(step.tiles()) != Some(step.tiles()) {
            dirty.extend(step.live.nodes());
            dirty.extend(self.hits.hits.keys());
        }
        let dirty: Vec<u32> = dirty.into_iter().collect();
        let found = step.of_all(&dirty, |node| {
            let (hits, cut) = around(step.flow, step.request, step.number, node);
            hits.iter().map(|hit| step.shown(hit, cut > 0)).collect::<Vec<_>>()
        });
        let mut diff = Diff::default();
        for (node, hits) in dirty.into_iter().zip(found) {
            diff.add(self.hits.replace(node, hits));
        }
        diff
    }
}

/// The centres whose hits a transfer can be part of, or keep others from.
fn concerned(step: &Step<'_>, from: u32, to: u32, at: i64, dirty: &mut BTreeSet<u32>) {
    let onward = |within: i64| step.flow.paid_between(to, at, at.saturating_add(within)).iter().map(|edge| step.flow.to(*edge));
    match step.request.kind {
        Kind::FanIn => dirty.extend([to]),
        Kind::FanOut => dirty.extend([from]),
        Kind::Netting => dirty.extend([from.min(to)]),
        // Whoever the payee pays next may be handed this on.
        Kind::Sweep => dirty.extend(onward(step.request.tau_micros).chain([to])),
        Kind::CollectDistribute => dirty.extend(onward(step.request.window_micros).chain([from, to])),
        _ => dirty.extend([from, to]),
    }
}

/// All hits of one centre, and how often a bound cut.
fn around(flow: &Flow<'_>, request: &Request, number: u32, node: u32) -> (Vec<Hit>, u64) {
    match request.kind {
        Kind::FanIn => (fan::of_node(flow, request, number, Direction::In, node), 0),
        Kind::FanOut => (fan::of_node(flow, request, number, Direction::Out, node), 0),
        Kind::GatherScatter => (gather::gather_scatter_of(flow, request, number, node), 0),
        Kind::CollectAndSend => (gather::collect_and_send_of(flow, request, number, node), 0),
        Kind::PassThrough => (pass::hits_of(flow, request, number, node), 0),
        Kind::Netting => (netting::hits_of(flow, request, number, node), 0),
        Kind::Sweep => legs::sweeps_of(flow, request, number, node),
        Kind::CollectDistribute => collect::hits_of(flow, request, number, node),
        _ => (Vec::new(), 0),
    }
}
