//! The plain searches for chains, splitting, mirrors, settlement and collect–distribute.

use std::collections::{BTreeMap, BTreeSet};

use super::{Edges, Found, Plain, merged};
use crate::chain::{carries_on, peels};
use crate::chance::binomial_tail;
use crate::collect::{COLLECTORS_MIN, kept};
use crate::flow::units;
use crate::hit::Role;
use crate::mirror::{apart, ledgers, matched, p_value, shared};
use crate::request::Kind;
use crate::structuring::base_rate;

impl Plain<'_> {
    fn found(edges: Edges) -> Found {
        Found { center: None, edges }
    }

    /// Every pair of edges is tried; each edge keeps its closest on either side; links are those that both keep.
    pub(super) fn chains(&self) -> Vec<Found> {
        let fits = |edge: u32, next: u32| self.asked(edge) && self.asked(next) && carries_on(self.flow, self.request, edge, next);
        let amount = |edge: u32| self.flow.amount(edge);
        let ahead = |edge: u32| self.all().filter(|next| fits(edge, *next)).max_by_key(|next| (amount(*next), std::cmp::Reverse(*next)));
        let back = |next: u32| self.all().filter(|edge| fits(*edge, next)).min_by_key(|edge| (amount(*edge), std::cmp::Reverse(*edge)));
        let peeled = |edge: u32, next: u32| self.request.kind == Kind::Chain || !peels(self.flow, self.request, edge, next).is_empty();
        let links: BTreeMap<u32, u32> = self
            .all()
            .filter_map(|edge| ahead(edge).map(|next| (edge, next)))
            .filter(|(edge, next)| back(*next) == Some(*edge) && peeled(*edge, *next))
            .collect();
        let mut begun: Vec<u32> = links.keys().copied().filter(|edge| !links.values().any(|next| next == edge)).collect();
        begun.extend(links.keys().copied());
        let (mut met, mut found) = (Edges::new(), Vec::new());
        for start in begun {
            let mut path = Vec::new();
            let mut at = Some(start);
            while let Some(edge) = at.filter(|edge| met.insert(*edge)) {
                path.push(edge);
                at = links.get(&edge).copied();
            }
            found.extend(self.cut_where_met_again(&path).into_iter().map(|chain| self.chain_found(&chain)));
        }
        found
    }

    fn cut_where_met_again(&self, path: &[u32]) -> Vec<Vec<u32>> {
        let mut pieces: Vec<Vec<u32>> = vec![Vec::new()];
        for edge in path {
            let target = self.flow.to(*edge);
            if pieces[pieces.len() - 1].iter().any(|before| self.flow.from(*before) == target) {
                pieces.push(Vec::new());
            }
            let last = pieces.len() - 1;
            pieces[last].push(*edge);
        }
        pieces.retain(|piece| piece.len() >= self.request.length_min as usize);
        pieces
    }

    fn chain_found(&self, chain: &[u32]) -> Found {
        let mut edges: Edges = chain.iter().copied().collect();
        if self.request.kind == Kind::PeelChain {
            edges.extend(chain.windows(2).flat_map(|step| peels(self.flow, self.request, step[0], step[1])));
        }
        Self::found(edges)
    }

    pub(super) fn structurings(&self) -> Vec<Found> {
        let limit = |share: f64| units(self.request.limit * share).unwrap_or(0);
        let delta = self.request.delta;
        let near = |edge: &u32| {
            let amount = self.flow.amount(*edge);
            self.valued(*edge) && self.asked(*edge) && amount >= limit(1.0 - 3.0 * delta) && amount < limit(1.0 + 3.0 * delta)
        };
        let under = |edge: &u32| self.flow.amount(*edge) >= limit(1.0 - delta) && self.flow.amount(*edge) < limit(1.0);
        let all: Vec<u32> = self.all().filter(near).collect();
        let mut found = Vec::new();
        for node in 0..self.flow.n_nodes() {
            for role in [Role::Source, Role::Sink] {
                let own: Vec<u32> = self.around(node, role).into_iter().filter(near).collect();
                let others: Vec<u32> = all.iter().copied().filter(|edge| !own.contains(edge)).collect();
                let rate = base_rate(others.iter().filter(|edge| under(edge)).count() as u64, others.len() as u64);
                let tried = own.iter().filter(|edge| under(edge)).count() as f64;
                let mut windows = Vec::new();
                for start in own.iter().filter(|edge| under(edge)) {
                    let window = self.between(&own, self.flow.at(*start), self.flow.at(*start) + self.request.window_micros);
                    let just: Edges = window.iter().copied().filter(|edge| under(edge)).collect();
                    let p = binomial_tail(window.len() as u64, just.len() as u64, rate) * tried;
                    if just.len() >= self.request.k as usize && p.min(1.0) <= self.request.p_max {
                        windows.push(just);
                    }
                }
                found.extend(merged(windows).into_iter().map(|edges| Found { center: Some(node), edges }));
            }
        }
        found
    }

    pub(super) fn mirrors(&self) -> Vec<Found> {
        let mut found = Vec::new();
        let nodes = self.flow.n_nodes();
        for (one, other) in (0..nodes).flat_map(|one| (0..nodes).map(move |other| (one, other))) {
            let (credits, debits) = ledgers(self.flow, self.request, one, other);
            let pairs = matched(&credits, &debits, self.request.tau_micros, self.request.margin);
            let runs: Vec<&[(u32, u32)]> = pairs
                .chunk_by(|a, b| self.flow.at(b.0) - self.flow.at(a.0) <= self.request.window_micros)
                .filter(|run| run.len() >= self.request.k as usize && apart(self.flow, one, other))
                .collect();
            let share = shared(pairs.len(), (credits.len(), debits.len()), self.request.rho);
            if share && !runs.is_empty() && p_value(self.request, &credits, &debits, (one, other), pairs.len()) <= self.request.p_max {
                found.extend(runs.into_iter().map(|run| Self::found(run.iter().flat_map(|pair| [pair.0, pair.1]).collect())));
            }
        }
        found
    }

    pub(super) fn nettings(&self) -> Vec<Found> {
        let nodes = self.flow.n_nodes();
        let mut found = Vec::new();
        for (one, other) in (0..nodes).flat_map(|one| (one + 1..nodes).map(move |other| (one, other))) {
            let between = |edge: &u32| {
                let ends = (self.flow.from(*edge), self.flow.to(*edge));
                (ends == (one, other) || ends == (other, one)) && self.asked(*edge) && self.valued(*edge)
            };
            let edges: Vec<u32> = self.all().filter(between).collect();
            // The balance from one's side after so many of them, summed anew each time.
            let balance = |count: usize| -> i128 {
                edges[..count].iter().map(|edge| i128::from(self.flow.amount(*edge)) * if self.flow.from(*edge) == one { 1 } else { -1 }).sum()
            };
            let mut settled: Vec<(usize, usize)> = Vec::new();
            for at in 0..edges.len() {
                let begin = settled.last().map_or(0, |last| last.1 + 1);
                let (before, after) = (balance(at), balance(at + 1));
                let towards_zero = before != 0 && (after - before).signum() != before.signum();
                let open = (self.request.eps * 1e6).round() as i128;
                if towards_zero && after.abs() * 1_000_000 <= before.abs() * open && at >= begin + self.request.k as usize {
                    settled.push((begin, at));
                }
            }
            let runs = settled.chunk_by(|a, b| self.flow.at(edges[b.1]) - self.flow.at(edges[a.1]) <= self.request.window_micros);
            let long = runs.filter(|run| run.len() >= self.request.times_min as usize);
            found.extend(long.map(|run| Self::found(edges[run[0].0..=run[run.len() - 1].1].iter().copied().collect())));
        }
        found
    }

    pub(super) fn collect_distributes(&self, center: u32) -> Vec<Edges> {
        let mut lumps: Vec<(u32, Edges)> = Vec::new();
        for lump in self.around(center, Role::Source).into_iter().filter(|edge| self.valued(*edge)) {
            let at = self.flow.at(lump);
            let good = |edge: &u32| self.valued(*edge) && self.asked(*edge) && self.flow.from(*edge) != center;
            let received: Vec<u32> = self.around(self.flow.from(lump), Role::Source).into_iter().filter(good).collect();
            let receipts = self.between(&received, at - self.request.window_micros, at);
            let soon = receipts.iter().any(|edge| self.flow.at(*edge) >= at - self.request.tau_micros);
            if soon
                && self.others(&receipts, Role::Source) >= self.request.k as usize
                && kept(self.sum(&receipts), i128::from(self.flow.amount(lump)), self.request.rho, self.request.margin)
            {
                lumps.push((lump, receipts));
            }
        }
        let sent: Vec<u32> = self.around(center, Role::Sink).into_iter().filter(|edge| self.valued(*edge)).collect();
        let mut found = Vec::new();
        for pivot in &sent {
            let at = self.flow.at(*pivot);
            let near = |lump: &&(u32, Edges)| (at - self.request.window_micros..=at).contains(&self.flow.at(lump.0));
            let before: Edges = lumps.iter().filter(near).map(|lump| lump.0).collect();
            let after = self.between(&sent, at, at + self.request.window_micros);
            let collectors: BTreeSet<u32> = before.iter().map(|lump| self.flow.from(*lump)).collect();
            if collectors.len() >= COLLECTORS_MIN
                && self.others(&after, Role::Sink) >= self.request.k as usize
                && kept(self.sum(&before), self.sum(&after), 1.0 - self.request.margin, self.request.margin)
            {
                let receipts = lumps.iter().filter(near).flat_map(|lump| lump.1.iter().copied());
                found.push(receipts.chain(before.iter().copied()).chain(after.iter().copied()).collect());
            }
        }
        merged(found)
    }
}
