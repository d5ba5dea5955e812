//! How unusual each transfer is, without labels: what the hits that hold it say together.
#![expect(
    clippy::indexing_slicing,
    reason = "a numeric kernel: edge numbers come from hits over the same graph"
)]

use tributary_graph::TransferGraph;

use crate::hit::Hit;

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
