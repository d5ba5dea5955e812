//! From scored pairs to clusters: average linkage of log-odds within each connected component, under judgements and bounds.
//!
//! A component hangs together by single pairs; whether two groups in it are one is asked of *all* pairs between them, so that the
//! records of one person bear each other out (a pair too weak alone is carried by the rest) and a record that could be either of two
//! relatives does not join them. Average linkage on log-odds is the greedy form of correlation clustering (Bansal, Blum and Chawla 2004).
//! Each component is worked on by itself, from its rows and scores alone: what another component holds never matters.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: positions are below the component's size")]

/// Scores are thousandths of a bit, whole, so that sums do not depend on their order.
pub(crate) type Milli = i32;

/// One edge: rows `(low, high)` and log-odds in thousandths of a bit.
pub(crate) type Edge = (u32, u32, Milli);

/// No pair counts for more or less than this: one pair cannot outvote all others.
pub(crate) const CLIP: Milli = 12_000;

/// What is known of a component of `n` rows besides its scores.
pub(crate) struct Bounds<'a> {
    /// Pairs of positions judged to be the same.
    pub(crate) same: &'a [(usize, usize)],
    /// Pairs of positions judged not to be the same.
    pub(crate) apart: &'a [(usize, usize)],
    pub(crate) rows_max: usize,
}

/// A component's clustering.
#[derive(Debug, Clone, Default)]
pub(crate) struct Grouping {
    /// Group of each position: its smallest position.
    pub(crate) group: Vec<usize>,
    /// For each pair of positions (row-major, n × n): the average at which they came together, or that kept them apart.
    pub(crate) together: Vec<Milli>,
    /// Judgements of sameness that contradict judgements of difference.
    pub(crate) contradictions: Vec<(usize, usize)>,
    /// Merges refused because the group would have grown too large.
    pub(crate) refused: usize,
}

struct State {
    n: usize,
    sum: Vec<i64>,
    size: Vec<i64>,
    apart: Vec<bool>,
    alive: Vec<bool>,
    group: Vec<usize>,
    members: Vec<Vec<usize>>,
}

impl State {
    fn average(&self, a: usize, b: usize) -> i64 {
        self.sum[a * self.n + b].div_euclid(self.size[a] * self.size[b])
    }

    fn join(&mut self, into: usize, from: usize) {
        for c in 0..self.n {
            let moved = self.sum[from * self.n + c];
            self.sum[into * self.n + c] += moved;
            self.sum[c * self.n + into] += moved;
            let apart = self.apart[from * self.n + c];
            self.apart[into * self.n + c] |= apart;
            self.apart[c * self.n + into] |= apart;
        }
        self.size[into] += self.size[from];
        self.alive[from] = false;
        let members = std::mem::take(&mut self.members[from]);
        for m in &members {
            self.group[*m] = into;
        }
        self.members[into].extend(members);
    }

    fn may(&self, a: usize, b: usize, rows_max: usize) -> bool {
        !self.apart[a * self.n + b] && (self.size[a] + self.size[b]) as usize <= rows_max
    }
}

/// Clusters one component. `scores` is symmetric, n × n; groups join while their average is at least `threshold`.
pub(crate) fn group(n: usize, scores: &[Milli], threshold: Milli, bounds: &Bounds<'_>) -> Grouping {
    let sum = scores.iter().map(|s| i64::from(*s.clamp(&-CLIP, &CLIP))).collect();
    let mut state = State {
        n,
        sum,
        size: vec![1; n],
        apart: vec![false; n * n],
        alive: vec![true; n],
        group: (0..n).collect(),
        members: (0..n).map(|i| vec![i]).collect(),
    };
    for &(a, b) in bounds.apart {
        state.apart[a * n + b] = true;
        state.apart[b * n + a] = true;
    }
    let mut out = Grouping { together: vec![-CLIP; n * n], ..Grouping::default() };
    for &(a, b) in bounds.same {
        let (a, b) = (state.group[a], state.group[b]);
        if a == b {
            continue;
        }
        if state.apart[a * n + b] {
            out.contradictions.push((a, b));
            continue;
        }
        note(&state, &mut out.together, a.min(b), a.max(b), CLIP);
        state.join(a.min(b), a.max(b));
    }
    agglomerate(&mut state, threshold, bounds.rows_max, &mut out);
    out.group = state.group.clone();
    remainder(&state, &mut out);
    out
}

fn note(state: &State, together: &mut [Milli], a: usize, b: usize, at: Milli) {
    for x in &state.members[a] {
        for y in &state.members[b] {
            together[x * state.n + y] = at;
            together[y * state.n + x] = at;
        }
    }
}

/// Joins the pair of groups with the highest average, again and again. Each group remembers its best partner.
fn agglomerate(state: &mut State, threshold: Milli, rows_max: usize, out: &mut Grouping) {
    let n = state.n;
    let best_of = |state: &State, a: usize| {
        let mut best: Option<(i64, usize)> = None;
        for b in (0..n).filter(|b| *b != a && state.alive[*b] && state.may(a, *b, rows_max)) {
            let average = state.average(a, b);
            if best.is_none_or(|(v, _)| average > v) {
                best = Some((average, b));
            }
        }
        best
    };
    let mut best: Vec<Option<(i64, usize)>> = (0..n).map(|a| if state.alive[a] { best_of(state, a) } else { None }).collect();
    let mut ceiling = i64::from(CLIP);
    loop {
        let mut pick: Option<(i64, usize, usize)> = None;
        for (a, found) in best.iter().enumerate() {
            if let Some((v, b)) = found
                && pick.is_none_or(|(p, _, _)| *v > p)
            {
                pick = Some((*v, a, *b));
            }
        }
        let Some((value, a, b)) = pick.filter(|p| p.0 >= i64::from(threshold)) else { break };
        let (a, b) = (a.min(b), a.max(b));
        ceiling = ceiling.min(value);
        note(state, &mut out.together, a, b, ceiling as Milli);
        state.join(a, b);
        best[b] = None;
        for c in (0..n).filter(|c| state.alive[*c]) {
            let touched = c == a || best[c].is_some_and(|(_, p)| p == a || p == b);
            if touched {
                best[c] = best_of(state, c);
            } else if state.may(c, a, rows_max) {
                let average = state.average(c, a);
                if best[c].is_none_or(|(v, p)| average > v || average == v && a < p) {
                    best[c] = Some((average, a));
                }
            }
        }
    }
}

/// What kept the remaining groups apart.
fn remainder(state: &State, out: &mut Grouping) {
    for a in (0..state.n).filter(|a| state.alive[*a]) {
        for b in (a + 1..state.n).filter(|b| state.alive[*b]) {
            if state.apart[a * state.n + b] {
                note(state, &mut out.together, a, b, -CLIP);
                continue;
            }
            out.refused += usize::from(state.average(a, b) >= 0);
            note(state, &mut out.together, a, b, state.average(a, b) as Milli);
        }
    }
}

/// Connected components over `edges` by union–find; the root of a row is the smallest row of its component.
pub(crate) struct Components(Vec<u32>);

impl Components {
    pub(crate) fn new(rows: usize) -> Self {
        Self((0..rows as u32).collect())
    }

    pub(crate) fn grow(&mut self, rows: usize) {
        self.0.extend(self.0.len() as u32..rows as u32);
    }

    /// Makes each of `rows`, which must be whole components, a component of its own.
    pub(crate) fn scatter(&mut self, rows: &[u32]) {
        for row in rows {
            self.0[*row as usize] = *row;
        }
    }

    pub(crate) fn root(&mut self, mut row: u32) -> u32 {
        while self.0[row as usize] != row {
            let up = self.0[self.0[row as usize] as usize];
            self.0[row as usize] = up;
            row = up;
        }
        row
    }

    pub(crate) fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        let (low, high) = (a.min(b), a.max(b));
        self.0[high as usize] = low;
    }
}
