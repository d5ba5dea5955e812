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

/// A component's clustering, and the memory it is made in.
#[derive(Debug, Default)]
pub(crate) struct Grouping {
    /// Group of each position: its smallest position.
    pub(crate) group: Vec<usize>,
    /// For each pair of positions (row-major, n × n): the average at which they came together, or that kept them apart.
    pub(crate) together: Vec<Milli>,
    /// Judgements of sameness that contradict judgements of difference.
    pub(crate) contradictions: Vec<(usize, usize)>,
    /// Merges refused because the group would have grown too large.
    pub(crate) refused: usize,
    n: usize,
    sum: Vec<i64>,
    size: Vec<i64>,
    apart: Vec<bool>,
    best: Vec<Option<(i64, usize)>>,
}

fn reset<T: Clone>(items: &mut Vec<T>, n: usize, value: T) {
    items.clear();
    items.resize(n, value);
}

impl Grouping {
    /// Clusters one component. `scores` is symmetric, n × n; groups join while their average is at least `threshold`.
    pub(crate) fn run(&mut self, n: usize, scores: &[Milli], threshold: Milli, bounds: &Bounds<'_>) {
        self.n = n;
        self.refused = 0;
        self.contradictions.clear();
        self.group.clear();
        self.group.extend(0..n);
        reset(&mut self.together, n * n, -CLIP);
        if let ([], [], 2) = (bounds.same, bounds.apart, n) {
            return self.two(scores[1].clamp(-CLIP, CLIP), threshold, bounds.rows_max);
        }
        self.sum.clear();
        self.sum.extend(scores.iter().map(|s| i64::from(*s.clamp(&-CLIP, &CLIP))));
        reset(&mut self.size, n, 1);
        reset(&mut self.apart, n * n, false);
        for &(a, b) in bounds.apart {
            self.apart[a * n + b] = true;
            self.apart[b * n + a] = true;
        }
        for &(a, b) in bounds.same {
            let (a, b) = (self.group[a], self.group[b]);
            if a == b {
                continue;
            }
            if self.apart[a * n + b] {
                self.contradictions.push((a, b));
                continue;
            }
            self.note(a.min(b), a.max(b), CLIP);
            self.join(a.min(b), a.max(b));
        }
        self.agglomerate(threshold, bounds.rows_max);
        self.remainder(threshold);
    }

    /// Two rows without judgements, which most components are.
    fn two(&mut self, score: Milli, threshold: Milli, rows_max: usize) {
        (self.together[1], self.together[2]) = (score, score);
        if score >= threshold && rows_max >= 2 {
            self.group[1] = 0;
        } else {
            self.refused = usize::from(score >= threshold);
        }
    }

    fn alive(&self, a: usize) -> bool {
        self.group[a] == a
    }

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
        for group in self.group.iter_mut().filter(|g| **g == from) {
            *group = into;
        }
    }

    fn may(&self, a: usize, b: usize, rows_max: usize) -> bool {
        !self.apart[a * self.n + b] && (self.size[a] + self.size[b]) as usize <= rows_max
    }

    fn note(&mut self, a: usize, b: usize, at: Milli) {
        let n = self.n;
        for x in (0..n).filter(|x| self.group[*x] == a) {
            for y in (0..n).filter(|y| self.group[*y] == b) {
                self.together[x * n + y] = at;
                self.together[y * n + x] = at;
            }
        }
    }

    fn best_of(&self, a: usize, rows_max: usize) -> Option<(i64, usize)> {
        let mut best: Option<(i64, usize)> = None;
        for b in (0..self.n).filter(|b| *b != a && self.alive(*b) && self.may(a, *b, rows_max)) {
            let average = self.average(a, b);
            if best.is_none_or(|(v, _)| average > v) {
                best = Some((average, b));
            }
        }
        best
    }

    /// Joins the pair of groups with the highest average, again and again. Each group remembers its best partner.
    fn agglomerate(&mut self, threshold: Milli, rows_max: usize) {
        let n = self.n;
        let mut best = std::mem::take(&mut self.best);
        best.clear();
        best.extend((0..n).map(|a| if self.alive(a) { self.best_of(a, rows_max) } else { None }));
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
            self.note(a, b, ceiling as Milli);
            self.join(a, b);
            best[b] = None;
            for c in (0..n).filter(|c| self.alive(*c)) {
                let touched = c == a || best[c].is_some_and(|(_, p)| p == a || p == b);
                if touched {
                    best[c] = self.best_of(c, rows_max);
                } else if self.may(c, a, rows_max) {
                    let average = self.average(c, a);
                    if best[c].is_none_or(|(v, p)| average > v || average == v && a < p) {
                        best[c] = Some((average, a));
                    }
                }
            }
        }
        self.best = best;
    }

    /// What kept the remaining groups apart.
    fn remainder(&mut self, threshold: Milli) {
        for a in 0..self.n {
            for b in a + 1..self.n {
                if !self.alive(a) || !self.alive(b) {
                    continue;
                }
                if self.apart[a * self.n + b] {
                    self.note(a, b, -CLIP);
                    continue;
                }
                self.refused += usize::from(self.average(a, b) >= i64::from(threshold));
                self.note(a, b, self.average(a, b) as Milli);
            }
        }
    }
}

/// Connected components over `edges` by union–find; the root of a row is the smallest row of its component.
pub(crate) struct Components(Vec<u32>);

impl Components {
    pub(crate) fn new(rows: usize) -> Self {
        Self((0..rows as u32).collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
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

/// Components of two rows or more, by their smallest row, with the edges inside each; one run of memory for all.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    rows: Vec<u32>,
    edges: Vec<Edge>,
    ends: Vec<(u32, u32)>,
}

/// A component: its rows in order and scored pairs inside it, in order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part<'a> {
    pub(crate) rows: &'a [u32],
    pub(crate) edges: &'a [Edge],
}

impl Parts {
    /// Of all rows; `edges` are in order.
    pub(crate) fn of(components: &mut Components, edges: &[Edge]) -> Self {
        let rows = components.0.len();
        let mut size = vec![0u32; rows];
        (0..rows as u32).for_each(|row| size[components.root(row) as usize] += 1);
        // the number of each root's component, then where its next row and edge go
        let mut number = vec![u32::MAX; rows];
        let mut ends: Vec<(u32, u32)> = Vec::new();
        for (row, size) in size.iter().enumerate().filter(|(_, size)| **size > 1) {
            number[row] = ends.len() as u32;
            ends.push((*size, 0));
        }
        drop(size);
        let inside = |components: &mut Components, e: &Edge| Some(components.root(e.0)).filter(|root| *root == components.root(e.1));
        for e in edges {
            if let Some(root) = inside(components, e) {
                ends[number[root as usize] as usize].1 += 1;
            }
        }
        let (mut row_sum, mut edge_sum) = (0, 0);
        for end in &mut ends {
            let (rows, edges) = *end;
            *end = (row_sum, edge_sum);
            (row_sum, edge_sum) = (row_sum + rows, edge_sum + edges);
        }
        let mut out = Self { rows: vec![0; row_sum as usize], edges: vec![(0, 0, 0); edge_sum as usize], ends };
        for row in 0..rows as u32 {
            let at = number[components.root(row) as usize];
            if at != u32::MAX {
                let end = &mut out.ends[at as usize].0;
                out.rows[*end as usize] = row;
                *end += 1;
            }
        }
        for e in edges {
            if let Some(root) = inside(components, e) {
                let end = &mut out.ends[number[root as usize] as usize].1;
                out.edges[*end as usize] = *e;
                *end += 1;
            }
        }
        out
    }

    /// Appends a component; `rows` and `edges` are in order.
    pub(crate) fn push(&mut self, rows: &[u32], edges: &[Edge]) {
        self.rows.extend_from_slice(rows);
        self.edges.extend_from_slice(edges);
        self.ends.push((self.rows.len() as u32, self.edges.len() as u32));
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn get(&self, at: usize) -> Part<'_> {
        let (start, end) = (if at == 0 { (0, 0) } else { self.ends[at - 1] }, self.ends[at]);
        Part { rows: &self.rows[start.0 as usize..end.0 as usize], edges: &self.edges[start.1 as usize..end.1 as usize] }
    }
}
