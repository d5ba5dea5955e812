//! The plain searches: slow, obvious, and what the fast ones must equal. For small graphs in tests only; no bounds.
#![expect(clippy::indexing_slicing, reason = "only for small graphs in tests; edge numbers come from the graph itself")]

mod lives;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use tributary_graph::TransferGraph;

use crate::cycle::follows;
use crate::flow::{Flow, Limits, Roles, at_least};
use crate::hit::Role;
use crate::request::{Kind, Request};
use crate::window::{threshold, usual_rank};

/// Outer accounts, first and last time, middle, payments.
type PlainLeg = ((u32, u32), [i64; 2], u32, [u32; 2]);

/// A set of edges.
type Edges = BTreeSet<u32>;

/// What a plain search finds: a centre, where the kind has one, and edges.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// The node it is about.
    pub center: Option<u32>,
    /// Its edges.
    pub edges: BTreeSet<u32>,
}

/// All maximal patterns of one request, in order.
#[must_use]
pub fn search(graph: &TransferGraph, request: &Request, roles: &Roles) -> Vec<Found> {
    let limits = Limits::default();
    let flow = Flow::new(graph, roles, &limits, std::slice::from_ref(request));
    let plain = Plain { flow: &flow, request };
    let mut found = match request.kind {
        Kind::FanIn => plain.of_nodes(|node| plain.fans(node, Role::Source)),
        Kind::FanOut => plain.of_nodes(|node| plain.fans(node, Role::Sink)),
        Kind::GatherScatter => plain.of_nodes(|node| plain.gather_scatters(node)),
        Kind::CollectAndSend => plain.of_nodes(|node| plain.collect_and_sends(node)),
        Kind::PassThrough => plain.of_nodes(|node| plain.pass_throughs(node)),
        Kind::Sweep => plain.of_nodes(|node| plain.sweeps(node)),
        Kind::ScatterGather => plain.scatter_gathers(),
        Kind::Cycle => plain.cycles(),
        Kind::Bipartite => plain.bipartites(),
        Kind::Stack => plain.stacks(),
        Kind::Chain | Kind::PeelChain => plain.chains(),
        Kind::Structuring => plain.structurings(),
        Kind::Mirror => plain.mirrors(),
        Kind::Netting => plain.nettings(),
        Kind::CollectDistribute => plain.of_nodes(|node| plain.collect_distributes(node)),
        Kind::Burst => plain.of_nodes(|node| plain.bursts(node)),
        Kind::RegimeChange if graph.is_empty() => Vec::new(),
        Kind::RegimeChange => plain.of_nodes(|node| plain.regime_changes(node)),
        Kind::Recruitment => plain.recruitments(),
        Kind::Succession => plain.successions(),
        Kind::SharedIdentifier | Kind::GroupTravel | Kind::Rendezvous => Vec::new(),
    };
    found.sort();
    found
}

struct Plain<'a> {
    flow: &'a Flow<'a>,
    request: &'a Request,
}

impl Plain<'_> {
    fn of_nodes(&self, search: impl Fn(u32) -> Vec<Edges>) -> Vec<Found> {
        let mut found = Vec::new();
        for node in 0..self.flow.n_nodes() {
            found.extend(search(node).into_iter().map(|edges| Found { center: Some(node), edges }));
        }
        found
    }

    fn all(&self) -> impl Iterator<Item = u32> + Clone {
        0..self.flow.len() as u32
    }

    /// Asks all but the tie of the flow, and looks at the tie itself.
    fn asked(&self, edge: u32) -> bool {
        let (payer, payee, at) = (self.flow.from(edge), self.flow.to(edge), self.flow.at(edge));
        let same = |other: &u32| self.flow.from(*other) == payer && self.flow.to(*other) == payee;
        let tie: Vec<i64> = self.all().filter(same).map(|other| self.flow.at(other)).collect();
        let (first, last) = (tie.first().map_or(at, |first| *first), tie.last().map_or(at, |last| *last));
        let all = Request { tie_micros: None, ..self.request.clone() };
        let passing = self.request.tie_micros.is_none_or(|longest| last - first <= longest);
        passing && self.flow.asked(edge, &all)
    }

    fn valued(&self, edge: u32) -> bool {
        self.flow.valued(edge)
    }

    /// Edges whose other side is `role` to `node`.
    fn around(&self, node: u32, role: Role) -> Vec<u32> {
        self.all().filter(|edge| if role == Role::Source { self.flow.to(*edge) == node } else { self.flow.from(*edge) == node }).collect()
    }

    fn others(&self, edges: &Edges, role: Role) -> usize {
        edges.iter().map(|edge| if role == Role::Source { self.flow.from(*edge) } else { self.flow.to(*edge) }).collect::<BTreeSet<u32>>().len()
    }

    fn between(&self, edges: &[u32], from: i64, to: i64) -> Edges {
        edges.iter().copied().filter(|edge| (from..=to).contains(&self.flow.at(*edge))).collect()
    }

    fn sum(&self, edges: &Edges) -> i128 {
        edges.iter().map(|edge| i128::from(self.flow.amount(*edge))).sum()
    }

    /// The least number of counterparties that counts for `node`.
    fn least(&self, node: u32, role: Role, edges: &[u32]) -> usize {
        let window = self.request.window_micros;
        let (first, last) = (self.flow.at(0), self.flow.at(self.flow.len() as u32 - 1));
        let mut counts = Vec::new();
        let mut start = first;
        while window > 0 && start <= last {
            counts.push(self.others(&self.between(edges, start, start + window - 1), role));
            start += window;
        }
        counts.sort_unstable();
        let usual = usual_rank(counts.len()).map_or(0, |rank| counts[rank]);
        threshold(self.request.k, usual, self.flow.roles.is_licensed(node), self.request.usual_factor)
    }

    fn fans(&self, node: u32, role: Role) -> Vec<Edges> {
        let edges: Vec<u32> = self.around(node, role).into_iter().filter(|edge| self.asked(*edge)).collect();
        let windows = edges.iter().map(|edge| self.between(&edges, self.flow.at(*edge), self.flow.at(*edge) + self.request.window_micros));
        if edges.is_empty() {
            return Vec::new();
        }
        let least = self.least(node, role, &edges);
        merged(windows.filter(|window| self.others(window, role) >= least).collect())
    }

    fn gather_scatters(&self, node: u32) -> Vec<Edges> {
        let good = |edge: &u32| self.asked(*edge) && self.valued(*edge);
        let received: Vec<u32> = self.around(node, Role::Source).into_iter().filter(good).collect();
        let sent: Vec<u32> = self.around(node, Role::Sink).into_iter().filter(good).collect();
        let mut found = Vec::new();
        for pivot in &sent {
            let at = self.flow.at(*pivot);
            let before = self.between(&received, at - self.request.window_micros, at);
            let after = self.between(&sent, at, at + self.request.window_micros);
            if self.others(&before, Role::Source) >= self.least(node, Role::Source, &received)
                && self.others(&after, Role::Sink) >= self.least(node, Role::Sink, &sent)
                && self.kept(self.sum(&before), self.sum(&after), 1.0 - self.request.margin)
            {
                found.push(before.union(&after).copied().collect());
            }
        }
        merged(found)
    }

    /// Is what was sent at least `least` and at most `1 + margin` of what was received?
    fn kept(&self, received: i128, sent: i128, least: f64) -> bool {
        at_least(sent, least, received) && at_least(received, 1.0 / (1.0 + self.request.margin), sent)
    }

    fn collect_and_sends(&self, node: u32) -> Vec<Edges> {
        let received: Vec<u32> = self.around(node, Role::Source).into_iter().filter(|edge| self.asked(*edge) && self.valued(*edge)).collect();
        let mut found = Vec::new();
        for lump in self.around(node, Role::Sink).into_iter().filter(|edge| self.valued(*edge)) {
            let at = self.flow.at(lump);
            let before = self.between(&received, at - self.request.window_micros, at);
            let soon = before.iter().any(|edge| self.flow.at(*edge) >= at - self.request.tau_micros);
            if soon
                && self.others(&before, Role::Source) >= self.least(node, Role::Source, &received)
                && self.kept(self.sum(&before), i128::from(self.flow.amount(lump)), self.request.rho)
            {
                found.push(before.into_iter().chain([lump]).collect());
            }
        }
        merged(found)
    }

    /// Receipt by receipt: each takes from the earliest payments that are left and not too late.
    fn pass_throughs(&self, node: u32) -> Vec<Edges> {
        let sent: Vec<u32> = self.around(node, Role::Sink).into_iter().filter(|edge| self.valued(*edge)).collect();
        let mut left: BTreeMap<u32, i64> = sent.iter().map(|edge| (*edge, self.flow.amount(*edge))).collect();
        let mut passed: Vec<(i64, Edges)> = Vec::new();
        for receipt in self.around(node, Role::Source).into_iter().filter(|edge| self.asked(*edge) && self.valued(*edge)) {
            let at = self.flow.at(receipt);
            let mut open = self.flow.amount(receipt);
            let mut edges = Edges::from([receipt]);
            for payment in self.between(&sent, at, at + self.request.tau_micros) {
                let available = left.entry(payment).or_default();
                let taken = open.min(*available);
                if taken > 0 {
                    open -= taken;
                    *available -= taken;
                    edges.insert(payment);
                }
            }
            let amount = self.flow.amount(receipt);
            if open < amount && at_least(i128::from(amount - open), self.request.rho, i128::from(amount)) {
                passed.push((at, edges));
            }
        }
        passed
            .chunk_by(|a, b| b.0 - a.0 <= self.request.window_micros)
            .filter(|run| run.len() >= self.request.k as usize)
            .map(|run| run.iter().flat_map(|(_, edges)| edges.iter().copied()).collect())
            .collect()
    }

    fn sweeps(&self, collector: u32) -> Vec<Edges> {
        let mut swept: Vec<(u32, u32)> = Vec::new();
        for second in self.around(collector, Role::Source).into_iter().filter(|edge| self.valued(*edge)) {
            let (middle, at) = (self.flow.from(second), self.flow.at(second));
            let first = self.around(middle, Role::Source).into_iter().rfind(|first| {
                let (paid, on) = (i128::from(self.flow.amount(*first)), i128::from(self.flow.amount(second)));
                (at - self.request.tau_micros..=at).contains(&self.flow.at(*first))
                    && self.valued(*first)
                    && self.asked(*first)
                    && self.flow.from(*first) != collector
                    && at_least(on, self.request.rho, paid)
                    && on <= paid
            });
            swept.extend(first.map(|first| (first, second)));
        }
        let seconds: Vec<u32> = swept.iter().map(|leg| leg.1).collect();
        let windows = seconds.iter().map(|edge| self.between(&seconds, self.flow.at(*edge), self.flow.at(*edge) + self.request.window_micros));
        let dense = windows.filter(|window| self.others(window, Role::Source) >= self.request.k as usize).collect();
        merged(dense).into_iter().map(|run| swept.iter().filter(|leg| run.contains(&leg.1)).flat_map(|leg| [leg.0, leg.1]).collect()).collect()
    }

    /// Edges that lie in some fan of their centre.
    fn in_fans(&self, role: Role) -> Edges {
        (0..self.flow.n_nodes()).flat_map(|node| self.fans(node, role)).flatten().collect()
    }

    /// Windows of at least `k` middles over legs ((a, b), first time, last time, middle, edges).
    fn blocks(&self, legs: &[PlainLeg]) -> Vec<Edges> {
        let mut found = Vec::new();
        let pairs: BTreeSet<(u32, u32)> = legs.iter().map(|leg| leg.0).collect();
        for pair in pairs {
            let of_pair: Vec<_> = legs.iter().filter(|leg| leg.0 == pair).collect();
            let mut windows: Vec<BTreeSet<u32>> = Vec::new();
            for start in &of_pair {
                let inside = |leg: &&usize| of_pair[**leg].1[0] >= start.1[0] && of_pair[**leg].1[1] <= start.1[0] + self.request.window_micros;
                let window: Vec<usize> = (0..of_pair.len()).collect::<Vec<_>>().iter().filter(inside).copied().collect();
                if window.iter().map(|leg| of_pair[*leg].2).collect::<BTreeSet<u32>>().len() >= self.request.k as usize {
                    windows.push(window.iter().map(|leg| *leg as u32).collect());
                }
            }
            found.extend(merged(windows).into_iter().map(|window| window.into_iter().flat_map(|leg| of_pair[leg as usize].3).collect::<Edges>()));
        }
        found
    }

    fn scatter_gathers(&self) -> Vec<Found> {
        let (scattered, gathered) = (self.in_fans(Role::Sink), self.in_fans(Role::Source));
        let mut legs = Vec::new();
        for first in self.all().filter(|edge| self.valued(*edge) && scattered.contains(edge)) {
            for second in self.all().filter(|edge| self.valued(*edge) && gathered.contains(edge)) {
                let (s, m, t) = (self.flow.from(first), self.flow.to(first), self.flow.to(second));
                let (at, last) = (self.flow.at(first), self.flow.at(second));
                if self.flow.from(second) == m
                    && s != t
                    && (at..=at + self.request.window_micros).contains(&last)
                    && follows(self.flow.amount(first), self.flow.amount(second), self.request.margin)
                {
                    legs.push(((s, t), [at, last], m, [first, second]));
                }
            }
        }
        self.blocks(&legs).into_iter().map(|edges| Found { center: None, edges }).collect()
    }

    fn bipartites(&self) -> Vec<Found> {
        let gathered = self.in_fans(Role::Source);
        let mut legs = Vec::new();
        for first in gathered.iter().copied() {
            for second in gathered.iter().copied().filter(|second| *second > first) {
                let (one, other, payer) = (self.flow.to(first), self.flow.to(second), self.flow.from(first));
                let (at, last) = (self.flow.at(first), self.flow.at(second));
                if payer == self.flow.from(second) && one != other && last - at <= self.request.window_micros {
                    legs.push(((one.min(other), one.max(other)), [at, last], payer, [first, second]));
                }
            }
        }
        merged(self.blocks(&legs)).into_iter().map(|edges| Found { center: None, edges }).collect()
    }

    fn stacks(&self) -> Vec<Found> {
        let layers: Vec<Edges> = self.bipartites().into_iter().map(|found| found.edges).collect();
        let nodes = |edges: &Edges, role: Role| -> BTreeSet<u32> {
            edges.iter().map(|edge| if role == Role::Source { self.flow.from(*edge) } else { self.flow.to(*edge) }).collect()
        };
        let time = |edge: Option<&u32>| edge.map_or(0, |edge| self.flow.at(*edge));
        let mut found = Vec::new();
        for upper in &layers {
            for lower in layers.iter().filter(|lower| *lower != upper) {
                let shared = nodes(upper, Role::Sink).intersection(&nodes(lower, Role::Source)).count();
                let begins = time(lower.first());
                if shared >= 2 && begins >= time(upper.first()) && begins <= time(upper.last()) + self.request.window_micros {
                    found.push(Found { center: None, edges: upper.union(lower).copied().collect() });
                }
            }
        }
        found
    }

    fn cycles(&self) -> Vec<Found> {
        let mut found: Vec<Edges> = Vec::new();
        for start in self.all().filter(|edge| self.asked(*edge) && self.valued(*edge)) {
            self.extend(&mut vec![start], &mut found);
        }
        let accounts =
            |cycle: &Edges| -> Vec<u32> { cycle.iter().map(|edge| self.flow.from(*edge)).collect::<BTreeSet<u32>>().into_iter().collect() };
        let mut by_accounts: BTreeMap<Vec<u32>, Vec<Edges>> = BTreeMap::new();
        for cycle in found {
            by_accounts.entry(accounts(&cycle)).or_default().push(cycle);
        }
        by_accounts.into_values().flat_map(merged).map(|edges| Found { center: None, edges }).collect()
    }

    fn extend(&self, path: &mut Vec<u32>, found: &mut Vec<Edges>) {
        let (first, last) = (path[0], path[path.len() - 1]);
        let length = path.len() as u32;
        if self.flow.to(last) == self.flow.from(first) {
            if length >= self.request.length_min {
                found.push(path.iter().copied().collect());
            }
            return;
        }
        let met: BTreeSet<u32> = path.iter().map(|edge| self.flow.from(*edge)).collect();
        if length == self.request.length_max || met.contains(&self.flow.to(last)) {
            return;
        }
        for next in self.all().filter(|next| self.flow.from(*next) == self.flow.to(last) && self.asked(*next) && self.valued(*next)) {
            let in_time = (self.flow.at(last)..=self.flow.at(first) + self.request.window_micros).contains(&self.flow.at(next));
            if in_time && follows(self.flow.amount(last), self.flow.amount(next), self.request.margin) {
                path.push(next);
                self.extend(path, found);
                path.pop();
            }
        }
    }
}

/// Merges sets that have something in common until none have.
fn merged(sets: Vec<Edges>) -> Vec<Edges> {
    let mut done: Vec<Edges> = Vec::new();
    for mut set in sets {
        while let Some(at) = done.iter().position(|other| !other.is_disjoint(&set)) {
            let other = done.swap_remove(at);
            set.extend(other);
        }
        done.push(set);
    }
    done
}
