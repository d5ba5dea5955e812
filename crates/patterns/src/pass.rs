//! Pass-through: what comes in goes out soon. First in, first out.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: positions run within the vectors they were made from")]

use rayon::prelude::*;

use crate::flow::{Flow, at_least};
use crate::gather::around;
use crate::hit::Hit;
use crate::request::Request;
use crate::window::{size_score, tightness};

/// A receipt and what became of it.
pub(crate) struct Lot {
    edge: u32,
    at: i64,
    amount: i64,
    left: i64,
    /// The payments that used it up.
    used_by: Vec<u32>,
    /// When it had gone.
    gone_at: i64,
}

/// All maximal runs of at least `k` receipts of a node, each of which was passed on (at least `rho` of it within `tau`, first in, first out),
/// each at most the window after the one before.
pub(crate) fn search(flow: &Flow<'_>, request: &Request, number: u32) -> Vec<Hit> {
    (0..flow.n_nodes()).into_par_iter().flat_map_iter(|node| hits_of(flow, request, number, node)).collect()
}

pub(crate) fn hits_of(flow: &Flow<'_>, request: &Request, number: u32, node: u32) -> Vec<Hit> {
    if flow.received_by(node).len() < request.k as usize || flow.paid_by(node).is_empty() {
        return Vec::new();
    }
    let lots = lots(flow, request, node);
    let is_passed = |lot: &Lot| lot.left < lot.amount && at_least(i128::from(lot.amount - lot.left), request.rho, i128::from(lot.amount));
    let passed: Vec<usize> = (0..lots.len()).filter(|lot| is_passed(&lots[*lot])).collect();
    passed
        .chunk_by(|a, b| lots[*b].at - lots[*a].at <= request.window_micros)
        .filter(|run| run.len() >= request.k as usize)
        .map(|run| hit(flow, request, number, node, &lots, run))
        .collect()
}

/// The receipts of a node with what later payments took of them. A receipt counts before a payment of the same time.
fn lots(flow: &Flow<'_>, request: &Request, node: u32) -> Vec<Lot> {
    let mut lots: Vec<Lot> = flow
        .received_by(node)
        .iter()
        .filter(|edge| flow.valued(**edge) && flow.asked(**edge, request))
        .map(|edge| Lot {
            edge: *edge,
            at: flow.at(*edge),
            amount: flow.amount(*edge),
            left: flow.amount(*edge),
            used_by: Vec::new(),
            gone_at: i64::MIN,
        })
        .collect();
    let mut first = 0;
    for payment in flow.paid_by(node).iter().copied().filter(|edge| flow.valued(*edge)) {
        let at = flow.at(payment);
        let mut amount = flow.amount(payment);
        // Lots that are used up or too old are done with for good, as payments come in the order of time.
        while first < lots.len() && (lots[first].left == 0 || lots[first].at < at.saturating_sub(request.tau_micros)) {
            first += 1;
        }
        let mut lot = first;
        while amount > 0 && lot < lots.len() && lots[lot].at <= at {
            let taken = amount.min(lots[lot].left);
            if taken > 0 {
                lots[lot].left -= taken;
                lots[lot].used_by.push(payment);
                lots[lot].gone_at = at;
                amount -= taken;
            }
            lot += 1;
        }
    }
    lots
}

fn hit(flow: &Flow<'_>, request: &Request, number: u32, node: u32, lots: &[Lot], run: &[usize]) -> Hit {
    let mut edges = Vec::new();
    let (mut passed, mut delays) = (0_i128, 0_i64);
    for lot in run.iter().map(|lot| &lots[*lot]) {
        edges.push(lot.edge);
        edges.extend(&lot.used_by);
        passed += i128::from(lot.amount - lot.left);
        delays = delays.saturating_add(lot.gone_at - lot.at);
    }
    // How much of all that came in over the run was passed on, and how fast.
    let received: i128 = lots[run[0]..=run[run.len() - 1]].iter().map(|lot| i128::from(lot.amount)).sum();
    let share = passed as f64 / received.max(1) as f64;
    let delay = delays / run.len() as i64;
    let score = size_score(run.len(), request.k as usize) * share * tightness(delay, request.tau_micros);
    around(flow, request, number, node, edges, score)
}
