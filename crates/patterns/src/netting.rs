//! Net settlement: the balance of two accounts builds up and is settled in one, again and again (a sawtooth).
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: positions run within the vectors they were made from")]

use rayon::prelude::*;

use crate::fan::finish;
use crate::flow::Flow;
use crate::hit::{Hit, Role};
use crate::request::Request;
use crate::window::size_score;

/// Runs of at least `times_min` settlements, each at most the window after the one before. A settlement is one payment against the balance that leaves at most
/// `eps` of it open in either direction, after at least `k` payments since the settlement before (or the beginning).
pub(crate) fn search(flow: &Flow<'_>, request: &Request, number: u32) -> Vec<Hit> {
    (0..flow.n_nodes()).into_par_iter().flat_map_iter(|node| hits_of(flow, request, number, node)).collect()
}

pub(crate) fn hits_of(flow: &Flow<'_>, request: &Request, number: u32, node: u32) -> Vec<Hit> {
    let (paid, received) = (flow.paid_by(node), flow.received_by(node));
    if paid.is_empty() || received.is_empty() {
        return Vec::new();
    }
    let good = |edge: &u32| flow.valued(*edge) && flow.asked(*edge, request);
    // Each pair once, at its smaller account. Who only pays, or is only paid, has nothing to settle: the shorter list says who may.
    let ends = |few: &[u32], other: fn(&Flow<'_>, u32) -> u32| -> Vec<u32> {
        let mut others: Vec<u32> = few.iter().map(|edge| other(flow, *edge)).filter(|other| *other > node).collect();
        others.sort_unstable();
        others.dedup();
        others
    };
    let both = if paid.len() < received.len() { ends(paid, |flow, edge| flow.to(edge)) } else { ends(received, |flow, edge| flow.from(edge)) };
    let deals = |other: u32| both.binary_search(&other).is_ok();
    let out = paid.iter().filter(|edge| deals(flow.to(**edge)) && good(edge)).map(|edge| (flow.to(*edge), *edge, true));
    let back = received.iter().filter(|edge| deals(flow.from(**edge)) && good(edge)).map(|edge| (flow.from(*edge), *edge, false));
    let mut dealings: Vec<(u32, u32, bool)> = out.chain(back).collect();
    dealings.sort_unstable();
    dealings.chunk_by(|a, b| a.0 == b.0).flat_map(|pair| hits_of_pair(flow, request, number, node, pair)).collect()
}

/// A settlement: its position, where the payments that it settles begin, and which share of the balance it settled.
struct Settlement {
    at: usize,
    begin: usize,
    settled: f64,
}

fn hits_of_pair(flow: &Flow<'_>, request: &Request, number: u32, node: u32, pair: &[(u32, u32, bool)]) -> Vec<Hit> {
    if pair.len() < request.times_min as usize * (request.k as usize + 1) {
        return Vec::new();
    }
    let mut settlements: Vec<Settlement> = Vec::new();
    let (mut balance, mut begin) = (0_i128, 0);
    for (at, (_, edge, paid)) in pair.iter().enumerate() {
        let amount = i128::from(flow.amount(*edge));
        let after = if *paid { balance + amount } else { balance - amount };
        let against = (balance < 0) == *paid && balance != 0;
        let open = (after.abs(), balance.abs());
        if against && at - begin >= request.k as usize && !beyond(open, request.eps) {
            settlements.push(Settlement { at, begin, settled: 1.0 - open.0 as f64 / open.1 as f64 });
            begin = at + 1;
        }
        balance = after;
    }
    settlements
        .chunk_by(|a, b| flow.at(pair[b.at].1) - flow.at(pair[a.at].1) <= request.window_micros)
        .filter(|run| run.len() >= request.times_min as usize)
        .map(|run| {
            let edges = pair[run[0].begin..=run[run.len() - 1].at].iter().map(|row| row.1).collect();
            let settled = run.iter().map(|settlement| settlement.settled).sum::<f64>() / run.len() as f64;
            let members = vec![(node, Role::Member), (pair[0].0, Role::Member)];
            finish(flow, request, number, None, members, edges, size_score(run.len(), request.times_min as usize) * settled)
        })
        .collect()
}

/// Is more than the share `eps` of the balance still open?
fn beyond((open, balance): (i128, i128), eps: f64) -> bool {
    open * 1_000_000 > balance * i128::from((eps * 1e6).round() as i64)
}
