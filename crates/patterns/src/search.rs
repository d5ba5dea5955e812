//! Runs the requests one after the other, each over all nodes in parallel, and bounds what comes out.

use tributary_graph::TransferGraph;

use crate::flow::{Flow, Limits, Roles};
use crate::hit::{Bound, BoundHit, Hit, Outcome};
use crate::request::{Kind, Request};
use crate::{activity, bipartite, chain, collect, cycle, fan, gather, legs, lives, mirror, netting, pass, structuring};

/// How often each bound cut, within one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cuts {
    pub(crate) steps: u64,
    pub(crate) legs: u64,
    pub(crate) group: u64,
}

/// Searches the transfers for each request. Requests of kinds that are not searched in transfers find nothing here:
/// see [`crate::shared_identifiers`], [`crate::group_travel`] and [`crate::rendezvous`].
///
/// Work is near linear in the transfers; what a bound cut is reported. The same for any number of threads.
#[must_use]
pub fn search(graph: &TransferGraph, requests: &[Request], limits: &Limits, roles: &Roles) -> Outcome {
    let flow = Flow::new(graph, roles, limits, requests);
    let mut outcome = Outcome::default();
    for (number, request) in (0_u32..).zip(requests) {
        let (hits, cuts) = one(&flow, request, number);
        let left_out = keep_strongest(hits, limits.hits_max, &mut outcome.hits);
        for (bound, count) in [(Bound::Hits, left_out), (Bound::Steps, cuts.steps), (Bound::Legs, cuts.legs), (Bound::Group, cuts.group)] {
            if count > 0 {
                outcome.bounds_hit.push(BoundHit { request: number, bound, count });
            }
        }
    }
    outcome
}

fn one(flow: &Flow<'_>, request: &Request, number: u32) -> (Vec<Hit>, Cuts) {
    match request.kind {
        Kind::FanIn | Kind::FanOut => (fan::search(flow, request, number), Cuts::default()),
        Kind::GatherScatter => (gather::gather_scatter(flow, request, number), Cuts::default()),
        Kind::CollectAndSend => (gather::collect_and_send(flow, request, number), Cuts::default()),
        Kind::PassThrough => (pass::search(flow, request, number), Cuts::default()),
        Kind::ScatterGather => legs::scatter_gather(flow, request, number),
        Kind::Sweep => legs::sweep(flow, request, number),
        Kind::Cycle => cycle::search(flow, request, number),
        Kind::Bipartite => bipartite::bipartite(flow, request, number),
        Kind::Stack => bipartite::stack(flow, request, number),
        Kind::Chain | Kind::PeelChain => chain::search(flow, request, number),
        Kind::Structuring => (structuring::search(flow, request, number), Cuts::default()),
        Kind::Mirror => mirror::search(flow, request, number),
        Kind::Netting => (netting::search(flow, request, number), Cuts::default()),
        Kind::CollectDistribute => collect::search(flow, request, number),
        Kind::Burst => (activity::bursts(flow, request, number), Cuts::default()),
        Kind::RegimeChange => (activity::regime_changes(flow, request, number), Cuts::default()),
        Kind::Recruitment => lives::recruitment(flow, request, number),
        Kind::Succession => lives::succession(flow, request, number),
        Kind::SharedIdentifier | Kind::GroupTravel | Kind::Rendezvous => (Vec::new(), Cuts::default()),
    }
}

/// Orders hits by score downwards, then center, time and edges; keeps `max` of them and says how many were left out.
pub(crate) fn keep_strongest(mut hits: Vec<Hit>, max: usize, into: &mut Vec<Hit>) -> u64 {
    hits.sort_by(order);
    let left_out = hits.len().saturating_sub(max);
    hits.truncate(max);
    into.append(&mut hits);
    left_out as u64
}

/// The order of hits of one request: score downwards, then center, time, edges and members.
pub(crate) fn order(a: &Hit, b: &Hit) -> std::cmp::Ordering {
    b.score.total_cmp(&a.score).then_with(|| (a.center, a.from, &a.edges, &a.members).cmp(&(b.center, b.from, &b.edges, &b.members)))
}
