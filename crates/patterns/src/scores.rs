//! How unusual each transfer is, without labels: what the hits that hold it say together.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: edge numbers come from hits over the same graph")]

use tributary_graph::TransferGraph;

use std::collections::BTreeMap;

use crate::hit::Hit;
use crate::request::{Kind, Request, Value};

/// For each edge of the graph a score, 0..=1; 0 when no hit holds it.
///
/// A hit is as convincing as it is rare among the hits of its request: with `c` of the graph's `N` transfers in hits at least as strong, it adds
/// `ln(N / c)`. Of hits of one family (what rests on the same payments says the same thing) the most convincing one counts; families add up to `s`, and
/// the score is `s / (s + ln N)`: half for what one transfer in all has.
#[must_use]
pub fn transfer_scores(graph: &TransferGraph, hits: &[Hit]) -> Vec<f64> {
    let total = (graph.len().max(2) as f64).ln();
    let n = graph.len();
    let mut best = vec![[0.0_f32; FAMILIES]; n];
    let mut order: Vec<&Hit> = hits.iter().filter(|hit| family(hit.kind) < FAMILIES).collect();
    order.sort_by(|a, b| a.request.cmp(&b.request).then(b.score.total_cmp(&a.score)));
    for hits in order.chunk_by(|a, b| a.request == b.request) {
        let mut held = vec![false; n];
        let mut count = 0_usize;
        for equal in hits.chunk_by(|a, b| a.score == b.score) {
            for edge in equal.iter().flat_map(|hit| &hit.edges).filter(|edge| (**edge as usize) < n) {
                count += usize::from(!std::mem::replace(&mut held[*edge as usize], true));
            }
            let evidence = (total - (count.max(1) as f64).ln()).max(0.0) as f32;
            for hit in equal {
                for edge in hit.edges.iter().filter(|edge| (**edge as usize) < n) {
                    let best = &mut best[*edge as usize][family(hit.kind)];
                    *best = best.max(evidence);
                }
            }
        }
    }
    let sum = |best: &[f32; FAMILIES]| best.iter().map(|evidence| f64::from(*evidence)).sum::<f64>();
    best.iter().map(|best| sum(best) / (sum(best) + total)).collect()
}

/// How many families of kinds there are.
const FAMILIES: usize = 5;

/// Kinds that rest on the same payments.
const fn family(kind: Kind) -> usize {
    match kind {
        Kind::FanIn | Kind::GatherScatter | Kind::CollectAndSend | Kind::PassThrough | Kind::Sweep => 0,
        Kind::FanOut => 1,
        Kind::ScatterGather => 2,
        Kind::Cycle => 3,
        Kind::Bipartite | Kind::Stack => 4,
        // Not of the ranking: what they show is weighed by rule packs, and ranks stay comparable with what was measured.
        _ => FAMILIES,
    }
}

/// The requests on which [`transfer_scores`] ranks transfers when nothing is known of the jurisdiction: every kind that ranks, over a week and over four, among
/// ties that last at most a week (who pays the same payee month after month is at home there), and with amounts free to change on the way.
#[must_use]
pub fn ranking_requests() -> Vec<Request> {
    let mut requests = Vec::new();
    for window in ["7d", "28d"] {
        for kind in Kind::ALL.into_iter().filter(|kind| family(*kind) < FAMILIES) {
            let mut parameters = BTreeMap::from([("window".to_owned(), Value::from(window)), ("ties".to_owned(), Value::from("7d"))]);
            if kind.parameters().contains(&"margin") {
                parameters.insert("margin".to_owned(), Value::Number(4.0));
            }
            requests.extend(Request::new(kind.name(), kind, &parameters));
        }
    }
    requests
}
