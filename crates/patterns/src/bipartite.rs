//! Layers: the same payers pay the same payees (bipartite), and layers of layers (stack).
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: positions run within the vectors they were made from")]

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use tributary_graph::UnionFind;

use crate::fan::{Direction, finish};
use crate::flow::Flow;
use crate::hit::{Hit, Role};
use crate::legs::{Block, Leg, blocks, in_fans};
use crate::request::Request;
use crate::search::Cuts;
use crate::window::{size_score, tightness};

/// Two payees whom at least `k` payers all pay within the window; such pairs that share a payment are merged into one block.
pub(crate) fn bipartite(flow: &Flow<'_>, request: &Request, number: u32) -> (Vec<Hit>, Cuts) {
    let gathered = in_fans(flow, request, Direction::In);
    let of_node: Vec<(Vec<Leg>, u64)> = (0..flow.n_nodes()).into_par_iter().map(|payer| pairs_of(flow, request, payer, &gathered)).collect();
    let mut cuts = Cuts { legs: of_node.iter().map(|(_, cut)| cut).sum(), ..Cuts::default() };
    let mut legs: Vec<Leg> = of_node.into_iter().flat_map(|(legs, _)| legs).collect();
    legs.par_sort_unstable();
    let groups: Vec<&[Leg]> = legs.chunk_by(|x, y| (x.a, x.b) == (y.a, y.b)).filter(|group| group.len() >= request.k as usize).collect();
    let found: Vec<(Vec<Block>, bool)> =
        groups.into_par_iter().map(|group| blocks(group, request.window_micros, request.k as usize, flow.limits.group_max)).collect();
    cuts.group = found.iter().filter(|(_, cut)| *cut).count() as u64;
    (merged(flow, request, number, found.into_iter().flat_map(|(blocks, _)| blocks).collect()), cuts)
}

/// The pairs of payments to different payees, within the window, of one payer.
fn pairs_of(flow: &Flow<'_>, request: &Request, payer: u32, gathered: &[bool]) -> (Vec<Leg>, u64) {
    let paid: Vec<u32> = flow.paid_by(payer).iter().copied().filter(|edge| gathered[*edge as usize] && flow.asked(*edge, request)).collect();
    let (mut legs, mut cut) = (Vec::new(), 0);
    for (at, first) in paid.iter().enumerate() {
        let end = flow.at(*first).saturating_add(request.window_micros);
        let ahead = paid[at + 1..].partition_point(|edge| flow.at(*edge) <= end);
        cut += u64::from(ahead > flow.limits.legs_max);
        for second in paid[at + 1..].iter().take(ahead.min(flow.limits.legs_max)) {
            let (one, other) = (flow.to(*first), flow.to(*second));
            if one != other {
                let (a, b) = (one.min(other), one.max(other));
                legs.push(Leg { a, b, first: flow.at(*first), last: flow.at(*second), middle: payer, edges: [*first, *second] });
            }
        }
    }
    (legs, cut)
}

pub(crate) fn merged(flow: &Flow<'_>, request: &Request, number: u32, found: Vec<Block>) -> Vec<Hit> {
    let mut union = UnionFind::new(found.len() as u32);
    let mut first: FxHashMap<u32, u32> = FxHashMap::default();
    for (block, found) in (0_u32..).zip(&found) {
        for edge in found.legs.iter().flat_map(|leg| leg.edges) {
            let met = *first.entry(edge).or_insert(block);
            union.join(met, block);
        }
    }
    let mut groups: Vec<(u32, usize)> = union.labels().into_iter().zip(0..found.len()).collect();
    groups.sort_unstable();
    groups
        .chunk_by(|a, b| a.0 == b.0)
        .map(|group| {
            let blocks = || group.iter().map(|(_, block)| &found[*block]);
            let edges: Vec<u32> = blocks().flat_map(|block| block.legs.iter().flat_map(|leg| leg.edges)).collect();
            let members: Vec<(u32, Role)> = edges.iter().flat_map(|edge| [(flow.from(*edge), Role::Source), (flow.to(*edge), Role::Sink)]).collect();
            let score =
                blocks().map(|block| size_score(block.peak, request.k as usize) * tightness(block.span, request.window_micros)).fold(0.0, f64::max);
            let mut hit = finish(flow, request, number, None, members, edges, score);
            hit.score *= density(flow, &hit);
            hit
        })
        .collect()
}

/// Which share of the pairs (payer, payee) of a block are paid.
fn density(flow: &Flow<'_>, hit: &Hit) -> f64 {
    let mut paid: Vec<(u32, u32)> = hit.edges.iter().map(|edge| (flow.from(*edge), flow.to(*edge))).collect();
    paid.sort_unstable();
    paid.dedup();
    let count = |role| hit.members.iter().filter(|member| member.1 == role).count();
    paid.len() as f64 / (count(Role::Source) * count(Role::Sink)).max(1) as f64
}

/// Two bipartite blocks, at least two payees of the first being payers of the second, the second beginning no earlier and at most the window
/// after the first has ended.
pub(crate) fn stack(flow: &Flow<'_>, request: &Request, number: u32) -> (Vec<Hit>, Cuts) {
    let (layers, cuts) = bipartite(flow, request, number);
    let mut paying: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
    for (layer, hit) in layers.iter().enumerate() {
        for (node, _) in hit.members.iter().filter(|member| member.1 == Role::Source) {
            paying.entry(*node).or_default().push(layer);
        }
    }
    let mut hits = Vec::new();
    for (upper, hit) in layers.iter().enumerate() {
        let mut lower: Vec<usize> = hit
            .members
            .iter()
            .filter(|member| member.1 == Role::Sink)
            .flat_map(|member| paying.get(&member.0).into_iter().flatten().copied())
            .collect();
        lower.sort_unstable();
        for shared in lower.chunk_by(|a, b| a == b).filter(|shared| shared.len() >= 2 && shared[0] != upper) {
            let next = &layers[shared[0]];
            if next.from >= hit.from && next.from <= hit.to.saturating_add(request.window_micros) {
                hits.push(stacked(flow, request, number, hit, next));
            }
        }
    }
    (hits, cuts)
}

pub(crate) fn stacked(flow: &Flow<'_>, request: &Request, number: u32, upper: &Hit, lower: &Hit) -> Hit {
    let members = upper.members.iter().chain(&lower.members).map(|(node, role)| {
        let (sent, received) = (lower.members.contains(&(*node, Role::Source)), upper.members.contains(&(*node, Role::Sink)));
        (*node, if sent && received { Role::Middle } else { *role })
    });
    let edges = upper.edges.iter().chain(&lower.edges).copied().collect();
    finish(flow, request, number, None, members.collect(), edges, (upper.score * lower.score).sqrt())
}
