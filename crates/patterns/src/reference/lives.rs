//! The plain searches for bursts, changes, cascades and successions.

use std::collections::{BTreeMap, BTreeSet};

use tributary_graph::rarity;

use super::{Edges, Found, Plain, merged};
use crate::activity::{TILES_MIN, burst_p, change, share_of_others};
use crate::hit::Role;
use crate::lives::{Life, hand_over_edges, mutual, similarity, takes_over};

impl Plain<'_> {
    /// All edges of a node that are asked for.
    fn dealings(&self, node: u32) -> Vec<u32> {
        self.all().filter(|edge| (self.flow.from(*edge) == node || self.flow.to(*edge) == node) && self.asked(*edge)).collect()
    }

    pub(super) fn bursts(&self, node: u32) -> Vec<Edges> {
        let own = self.dealings(node);
        let others: Vec<u32> = self.all().filter(|edge| self.asked(*edge) && !own.contains(edge)).collect();
        let mut windows = Vec::new();
        for start in &own {
            let (from, to) = (self.flow.at(*start), self.flow.at(*start) + self.request.window_micros);
            let window = self.between(&own, from, to);
            let share = share_of_others(self.between(&others, from, to).len() as u64, others.len() as u64);
            if window.len() >= self.request.k as usize && burst_p(window.len() as u64, own.len() as u64, share) <= self.request.p_max {
                windows.push(window);
            }
        }
        merged(windows)
    }

    pub(super) fn regime_changes(&self, node: u32) -> Vec<Edges> {
        let own: Vec<u32> = self.dealings(node).into_iter().filter(|edge| self.valued(*edge)).collect();
        let (first, last) = (self.flow.at(0), self.flow.at(self.flow.len() as u32 - 1));
        let tile = self.request.tau_micros.max((last - first) / 4_096 + 1);
        let all: Vec<u32> = self.all().filter(|edge| self.valued(*edge) && self.asked(*edge)).collect();
        let mut series = Vec::new();
        let mut begin = first;
        while begin <= last {
            let sum = |edges: &[u32]| self.sum(&self.between(edges, begin, begin + tile - 1));
            series.push(if sum(&all) > 0 { sum(&own) as f64 / sum(&all) as f64 } else { 0.0 });
            begin += tile;
        }
        if series.len() < TILES_MIN || own.len() < self.request.k as usize {
            return Vec::new();
        }
        let Some((position, _, _)) = change(&series).filter(|(_, _, p)| *p <= self.request.p_max) else {
            return Vec::new();
        };
        let at = first + tile * (position as i64 + 1);
        let after = self.between(&own, at, at + self.request.window_micros - 1);
        let before = self.between(&own, at - self.request.window_micros, at - 1);
        [after, before].into_iter().find(|edges| !edges.is_empty()).into_iter().collect()
    }

    /// First (receipt, payment) that passes on, of each node that has one.
    fn starts(&self) -> BTreeMap<u32, (u32, u32)> {
        let mut starts = BTreeMap::new();
        for payment in self.all().filter(|edge| self.valued(*edge)) {
            let (node, at) = (self.flow.from(payment), self.flow.at(payment));
            let receipt = self.around(node, Role::Source).into_iter().rfind(|receipt| {
                (at - self.request.tau_micros..=at).contains(&self.flow.at(*receipt))
                    && self.valued(*receipt)
                    && self.asked(*receipt)
                    && self.flow.from(*receipt) != self.flow.to(payment)
                    && self.flow.amount(payment) <= self.flow.amount(*receipt)
                    && crate::flow::at_least(i128::from(self.flow.amount(payment)), self.request.rho, i128::from(self.flow.amount(*receipt)))
            });
            if let Some(receipt) = receipt {
                starts.entry(node).or_insert((receipt, payment));
            }
        }
        starts
    }

    pub(super) fn recruitments(&self) -> Vec<Found> {
        let starts = self.starts();
        let window = self.request.window_micros;
        let birth = |node: u32| self.all().find(|edge| self.flow.from(*edge) == node || self.flow.to(*edge) == node).map(|edge| self.flow.at(edge));
        let is_new = |node: u32| {
            let start = starts.get(&node).map(|start| self.flow.at(start.1));
            birth(node).zip(start).is_some_and(|(birth, start)| birth >= self.flow.at(0) + window && start - birth <= window)
        };
        let mut above: BTreeMap<u32, u32> = BTreeMap::new();
        for (node, (_, payment)) in starts.iter().filter(|(node, _)| is_new(**node)) {
            let upper = self.flow.to(*payment);
            if let Some((_, theirs)) = starts.get(&upper) {
                let lately = theirs < payment && self.flow.at(*payment) - self.flow.at(*theirs) <= window;
                if lately || !is_new(upper) {
                    above.insert(*node, upper);
                }
            }
        }
        // Everybody under one root, whether at once or through others.
        let root = |mut node: u32| {
            while let Some(upper) = above.get(&node) {
                node = *upper;
            }
            node
        };
        let roots: BTreeSet<u32> = above.keys().map(|node| root(*node)).collect();
        let mut found = Vec::new();
        for top in roots {
            let tree: Vec<u32> = above.keys().copied().filter(|node| root(*node) == top).collect();
            if tree.len() >= self.request.k as usize && tree.iter().any(|node| above.get(node) != Some(&top)) {
                let edges = tree.iter().filter_map(|node| starts.get(node)).flat_map(|start| [start.0, start.1]).collect();
                found.push(Found { center: Some(top), edges });
            }
        }
        found
    }

    fn life(&self, node: u32) -> Option<Life> {
        let own = self.dealings(node);
        let tie =
            |edge: &u32| if self.flow.to(*edge) == node { 2 * u64::from(self.flow.from(*edge)) } else { 2 * u64::from(self.flow.to(*edge)) + 1 };
        let ties: BTreeSet<u64> = own.iter().map(tie).collect();
        Some(Life { first: self.flow.at(*own.first()?), last: self.flow.at(*own.last()?), ties: ties.into_iter().collect() })
    }

    pub(super) fn successions(&self) -> Vec<Found> {
        if self.flow.is_empty() {
            return Vec::new();
        }
        let nodes = self.flow.n_nodes();
        let lives: Vec<Option<Life>> = (0..nodes).map(|node| self.life(node)).collect();
        let period = (self.flow.at(0), self.flow.at(self.flow.len() as u32 - 1));
        let having = |tie: u64| lives.iter().flatten().filter(|life| life.ties.contains(&tie)).count() as u64;
        let mut pairs = Vec::new();
        for (old, new) in (0..nodes).flat_map(|old| (0..nodes).map(move |new| (old, new))).filter(|(old, new)| old != new) {
            if let (Some(before), Some(after)) = (&lives[old as usize], &lives[new as usize]) {
                let (shared, similar) = similarity(before, after, |tie| rarity(u64::from(nodes), having(tie)));
                let enough = shared >= self.request.k as usize && similar >= self.request.similarity_min;
                if enough && takes_over(before, after, period, self.request.window_micros) {
                    pairs.push((old, new, similar));
                }
            }
        }
        let edges = |(old, new): (u32, u32)| -> Option<Edges> {
            let (before, after) = (lives[old as usize].as_ref()?, lives[new as usize].as_ref()?);
            Some(hand_over_edges(self.flow, self.request, (old, new), before, after).into_iter().collect())
        };
        let found = mutual(pairs).into_iter().filter_map(|(old, new, _)| edges((old, new)).map(|edges| Found { center: Some(new), edges }));
        found.collect()
    }
}
