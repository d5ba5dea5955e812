//! One connected component at a time: score all its pairs, group its rows, say what holds it together by a thread.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: positions are below the component's size")]
#![allow(clippy::needless_range_loop, reason = "one index runs over several arrays")]

use crate::cluster::{Bounds, Components, Edge, Grouping, Milli, Part};
use crate::compare::Memory;
use crate::judgement::{Rulings, Verdict};
use crate::layout::Layout;
use crate::link::Pair;
use crate::score::{Fetched, Scorer};

/// Candidates below this are forgotten.
pub(crate) const KEEP: Milli = -6_000;

/// Pairs of at least this connect a component.
pub(crate) const CONNECT: Milli = -1_000;

/// Components beyond this many rows are taken apart at a higher score first.
const PART_ROWS_MAX: usize = 600;

/// Clusters with more rows are not searched for bridges.
const BRIDGE_ROWS_MAX: usize = 300;

/// What became of some components.
#[derive(Debug, Default)]
pub(crate) struct Solved {
    /// Each row with the smallest row of its cluster.
    pub(crate) clusters: Vec<(u32, u32)>,
    pub(crate) pairs: Vec<Pair>,
    pub(crate) bridges: Vec<Pair>,
    pub(crate) contradictions: Vec<(u32, u32)>,
    pub(crate) refused: usize,
}

/// What solving a component needs to know.
pub(crate) struct Solver<'a> {
    pub(crate) scorer: &'a Scorer,
    pub(crate) layout: &'a Layout,
    pub(crate) rulings: &'a Rulings,
    pub(crate) threshold: Milli,
    pub(crate) rows_max: usize,
}

/// A worker's memory.
pub(crate) struct Work<'a> {
    memory: Memory<'a>,
    places: Vec<u32>,
    fetched: Fetched,
    scores: Vec<Milli>,
    grouping: Grouping,
}

pub(crate) fn milli(bits: f32) -> Milli {
    (bits * 1000.0).round().clamp(-1e6, 1e6) as Milli
}

impl Solver<'_> {
    pub(crate) fn work(&self) -> Work<'_> {
        let memory = self.scorer.comparator.memory();
        Work { memory, places: Vec::new(), fetched: Fetched::default(), scores: Vec::new(), grouping: Grouping::default() }
    }

    /// Clusters `part` into `out`.
    pub(crate) fn solve(&self, work: &mut Work, part: Part, out: &mut Solved) {
        if part.rows.len() <= PART_ROWS_MAX {
            return self.group(work, part.rows, part.edges, out);
        }
        for rows in self.split(part) {
            self.group(work, &rows, &[], out);
        }
    }

    /// The part's rows, taken apart at rising scores until each piece is small enough. Rows judged the same stay together.
    fn split(&self, part: Part) -> Vec<Vec<u32>> {
        let mut least = CONNECT;
        let mut open = vec![part.rows.to_vec()];
        let mut done = Vec::new();
        while let Some(rows) = open.pop() {
            if rows.len() <= PART_ROWS_MAX {
                done.push(rows);
                continue;
            }
            least = least.saturating_add(2_000);
            let inside: rustc_hash::FxHashMap<u32, u32> = rows.iter().enumerate().map(|(i, r)| (*r, i as u32)).collect();
            let mut components = Components::new(rows.len());
            for (i, j, bits) in part.edges {
                if *bits >= least
                    && let (Some(a), Some(b)) = (inside.get(i), inside.get(j))
                {
                    components.join(*a, *b);
                }
            }
            for (a, b) in self.rulings.within(&rows, Verdict::Same) {
                components.join(a as u32, b as u32);
            }
            let mut pieces: std::collections::BTreeMap<u32, Vec<u32>> = std::collections::BTreeMap::new();
            for (at, row) in rows.iter().enumerate() {
                pieces.entry(components.root(at as u32)).or_default().push(*row);
            }
            if least > 60_000 {
                // beyond any score: pieces that still hang together are cut by number
                done.extend(pieces.into_values().flat_map(|p| p.chunks(PART_ROWS_MAX).map(<[u32]>::to_vec).collect::<Vec<_>>()));
            } else {
                open.extend(pieces.into_values());
            }
        }
        done
    }

    /// `known` are scores of some of the pairs; the others are worked out.
    fn group(&self, work: &mut Work, rows: &[u32], known: &[Edge], out: &mut Solved) {
        let n = rows.len();
        if n < 2 {
            out.clusters.extend(rows.iter().map(|r| (*r, *r)));
            return;
        }
        self.scores(work, rows, known);
        let (same, apart) = (self.rulings.within(rows, Verdict::Same), self.rulings.within(rows, Verdict::Apart));
        let Work { scores, grouping, .. } = work;
        grouping.run(n, scores, self.threshold, &Bounds { same: &same, apart: &apart, rows_max: self.rows_max });
        out.clusters.extend(rows.iter().zip(&grouping.group).map(|(r, g)| (*r, rows[*g])));
        out.contradictions.extend(grouping.contradictions.iter().map(|(a, b)| (rows[*a], rows[*b])));
        out.refused += grouping.refused;
        let pair = |a: usize, b: usize| Pair {
            left: rows[a],
            right: rows[b],
            bits: f64::from(scores[a * n + b]) / 1000.0,
            collective_bits: f64::from(grouping.together[a * n + b]) / 1000.0,
        };
        for a in 0..n {
            for b in a + 1..n {
                if scores[a * n + b] >= KEEP || grouping.together[a * n + b] >= 0 {
                    out.pairs.push(pair(a, b));
                }
            }
        }
        for (a, b) in bridges(n, scores, &grouping.group) {
            out.bridges.push(pair(a, b));
        }
    }

    fn scores(&self, work: &mut Work, rows: &[u32], known: &[Edge]) {
        let n = rows.len();
        let Work { memory, places, fetched, scores, .. } = work;
        scores.clear();
        scores.resize(n * n, Milli::MIN);
        for (i, j, bits) in known {
            if let (Ok(a), Ok(b)) = (rows.binary_search(i), rows.binary_search(j)) {
                scores[a * n + b] = *bits;
            }
        }
        let unknown = n * (n - 1) / 2 > known.len();
        if unknown {
            places.clear();
            places.extend(rows.iter().map(|row| self.layout.place(*row)));
            self.scorer.fetch(places, fetched);
        }
        for a in 0..n {
            for b in a + 1..n {
                if scores[a * n + b] == Milli::MIN {
                    scores[a * n + b] = self.scorer.milli(memory, fetched.row(a), fetched.row(b));
                }
                scores[b * n + a] = scores[a * n + b];
            }
        }
    }
}

/// Pairs without which a cluster of four or more would fall into two parts of at least two rows each, by pairs of positive log-odds.
fn bridges(n: usize, scores: &[Milli], group: &[usize]) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    for root in (0..n).filter(|r| group[*r] == *r) {
        let members: Vec<usize> = (root..n).filter(|m| group[*m] == root).collect();
        if (4..=BRIDGE_ROWS_MAX).contains(&members.len()) {
            let mut search = Search {
                n,
                scores,
                members: &members,
                low: vec![0; members.len()],
                seen: vec![0; members.len()],
                size: vec![1; members.len()],
                clock: 0,
                out: &mut out,
            };
            search.visit(0, usize::MAX);
        }
    }
    out
}

/// Tarjan's search for bridges (1974), by depth at most the cluster's size.
struct Search<'a> {
    n: usize,
    scores: &'a [Milli],
    members: &'a [usize],
    low: Vec<usize>,
    seen: Vec<usize>,
    size: Vec<usize>,
    clock: usize,
    out: &'a mut Vec<(usize, usize)>,
}

impl Search<'_> {
    fn visit(&mut self, at: usize, from: usize) {
        self.clock += 1;
        self.seen[at] = self.clock;
        self.low[at] = self.clock;
        for next in 0..self.members.len() {
            let linked = next != at && next != from && self.scores[self.members[at] * self.n + self.members[next]] >= 0;
            if !linked {
                continue;
            }
            if self.seen[next] == 0 {
                self.visit(next, at);
                self.size[at] += self.size[next];
                self.low[at] = self.low[at].min(self.low[next]);
                let beyond = self.size[next];
                if self.low[next] > self.seen[at] && beyond >= 2 && self.members.len() - beyond >= 2 {
                    let (a, b) = (self.members[at], self.members[next]);
                    self.out.push((a.min(b), a.max(b)));
                }
            } else {
                self.low[at] = self.low[at].min(self.seen[next]);
            }
        }
    }
}
