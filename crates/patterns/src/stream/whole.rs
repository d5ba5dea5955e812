//! Kinds that weigh an account against all others: searched over all that is held, when the window moves on or the caller says so.

use tributary_graph::{TransferColumns, TransferGraph};

use crate::flow::{Limits, Roles};
use crate::request::Request;
use crate::search::search;
use crate::search_all::{PatternHit, shown};
use crate::stream::keyed::Diff;
use crate::stream::{Delta, Finder, Live};

/// The hits of the last whole search.
#[derive(Debug, Default)]
pub(crate) struct Whole {
    hits: Vec<PatternHit>,
}

impl Whole {
    pub(crate) fn hits(&self) -> Vec<&PatternHit> {
        self.hits.iter().collect()
    }
}

/// Searches again for the requests whose finder is a [`Whole`].
pub(crate) fn settle(live: &Live, (requests, limits, roles): (&[Request], &Limits, &Roles), finders: &mut [Finder], delta: &mut Delta) {
    let wanted: Vec<(u32, &Request)> =
        (0_u32..).zip(requests).zip(finders.iter()).filter(|(_, finder)| matches!(finder, Finder::Whole(_))).map(|(request, _)| request).collect();
    if wanted.is_empty() {
        return;
    }
    let mut columns = TransferColumns::default();
    let (first, edges) = live.edges();
    for (number, edge) in (first..).zip(edges) {
        columns.push(edge.from, edge.to, edge.at, value_of(edge.amount), 0, live.row(number));
    }
    // Ends are below the number of nodes, and columns of one length.
    let graph = TransferGraph::new(live.n_nodes(), columns).unwrap_or_default();
    for (number, request) in wanted {
        let outcome = search(&graph, std::slice::from_ref(request), limits, roles);
        let cut = !outcome.bounds_hit.is_empty();
        let found: Vec<PatternHit> = outcome.hits.iter().map(|hit| PatternHit { request: number, ..shown(&graph, hit, cut) }).collect();
        if let Some(Finder::Whole(whole)) = finders.get_mut(number as usize) {
            let diff = Diff::between(std::mem::replace(&mut whole.hits, found.clone()), found);
            delta.appeared.extend(diff.appeared);
            delta.withdrawn.extend(diff.withdrawn);
        }
    }
}

/// The dollars that make these units: back and forth they are the same units.
fn value_of(amount: i64) -> f64 {
    if amount < 0 { f64::NAN } else { amount as f64 / crate::flow::UNITS_PER_DOLLAR }
}
