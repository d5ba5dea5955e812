//! How unusual each transfer is, without labels: what the hits that hold it say together.
#![expect(
    clippy::indexing_slicing,
    reason = "a numeric kernel: edge numbers come from hits over the same graph"
)]

use tributary_graph::TransferGraph;

use std::collections::BTreeMap;

use crate::hit::Hit;
use crate::request::{Kind, Request, Value};

/// For each edge of the graph a score, 0..=1; 0 when no hit holds it.
///
/// Hits speak against chance independently: the score is `1 - Π (1 - s)` over the hits that hold the transfer, the strongest one of each kind.
#[must_use]
pub fn transfer_scores(graph: &TransferGraph, hits: &[Hit]) -> Vec<f64> {
    let mut best: Vec<(u32, u32, f64)> = Vec::new();
    for hit in hits {
        best.extend(
            hit.edges
                .iter()
                .filter(|edge| (**edge as usize) < graph.len())
                .map(|edge| (*edge, hit.kind as u32, hit.score)),
        );
    }
    best.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(b.2.total_cmp(&a.2)));
    best.dedup_by_key(|row| (row.0, row.1));
    let mut left = vec![1.0_f64; graph.len()];
    for (edge, _, score) in best {
        left[edge as usize] *= 1.0 - score.clamp(0.0, 1.0);
    }
    left.into_iter().map(|left| 1.0 - left).collect()
}

/// The requests on which [`transfer_scores`] ranks transfers when nothing is known of the jurisdiction: every kind, over a week and over four.
#[must_use]
pub fn ranking_requests() -> Vec<Request> {
    let mut requests = Vec::new();
    for (window, ties) in [(7.0, "all"), (28.0, "all"), (7.0, "passing"), (28.0, "passing")] {
        for kind in Kind::ALL.into_iter().filter(|kind| kind.in_transfers()) {
            let mut parameters = BTreeMap::from([("window".to_owned(), Value::Number(window))]);
            parameters.insert("ties".to_owned(), Value::from(ties));
            if matches!(kind, Kind::Cycle | Kind::ScatterGather | Kind::GatherScatter) {
                // Launderers mix amounts: what counts is the shape.
                parameters.insert("margin".to_owned(), Value::Number(4.0));
            }
            requests.extend(Request::new(kind.name(), kind, &parameters));
        }
    }
    requests
}
