//! Going through the candidates of one rule. Rows are fetched in batches, so that the memory's latency is paid for many at once.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: positions are below the batch's length, rules below their number")]
#![allow(clippy::needless_range_loop, reason = "one index runs over several arrays")]

use rayon::prelude::*;

use crate::block::Blocks;
use crate::sort;
use crate::table::NULL;

/// Rows fetched at a time, unless one block alone has more.
const BATCH: usize = 256;

/// Pairs looked at by one task, more or less.
const TASK: usize = 100_000;

/// The blocks of one rule that have two rows or more and are not too large: block b is `rows[ends[b - 1]..ends[b]]`, its rows rising.
#[derive(Default)]
pub(crate) struct Groups {
    pub(crate) rows: Vec<u32>,
    pub(crate) ends: Vec<u32>,
}

impl Groups {
    /// The same blocks in order of their first rows, so that those met one after another are near each other.
    pub(crate) fn near(self, rows: usize) -> Self {
        let scale = u64::MAX / rows.max(1) as u64;
        let firsts: Vec<(u32, u32)> = (0..self.ends.len()).map(|b| (self.rows[self.block(b).start], b as u32)).collect();
        let mut out = Self { rows: Vec::with_capacity(self.rows.len()), ends: Vec::with_capacity(self.ends.len()) };
        for (_, b) in sort::order(firsts, |(first, _)| u64::from(*first) * scale) {
            out.rows.extend_from_slice(&self.rows[self.block(b as usize)]);
            out.ends.push(out.rows.len() as u32);
        }
        out
    }

    fn block(&self, b: usize) -> std::ops::Range<usize> {
        let start = if b == 0 { 0 } else { self.ends[b - 1] };
        start as usize..self.ends[b] as usize
    }
}

/// What is done with candidates.
pub(crate) trait Visit {
    /// What a task hands back.
    type Out: Send;
    /// The next batch: pairs that follow are positions within `rows`.
    fn fetch(&mut self, rows: &[u32]);
    /// A candidate: positions of its lower and its higher row. `agreement` has a bit for each expression on which both agree.
    fn pair(&mut self, i: usize, j: usize, agreement: u32);
    /// The task is over.
    fn done(self) -> Self::Out;
}

/// Whole blocks, or some of the rows of one large block against those after them.
struct Task {
    blocks: std::ops::Range<usize>,
    left: Option<std::ops::Range<usize>>,
}

/// The codes of a batch, absent ones made different from each other.
#[derive(Default)]
pub(crate) struct Batch(Vec<u32>);

impl Batch {
    pub(crate) fn fetch(&mut self, blocks: &Blocks, rows: &[u32]) {
        self.0.clear();
        for (at, row) in rows.iter().enumerate() {
            let own = NULL - at as u32;
            // eight at a time and without a call, so that the processor has many rows on their way at once
            for codes in blocks.codes(*row as usize).as_chunks::<8>().0 {
                self.0.extend(codes.map(|code| if code == NULL { own } else { code }));
            }
        }
    }
}

/// One bit for each position at which both are equal.
pub(crate) fn equal_bits(a: &[u32], b: &[u32]) -> u32 {
    let mut mask = 0u32;
    for (group, (a, b)) in a.chunks_exact(8).zip(b.chunks_exact(8)).enumerate() {
        let mut bits = [0u32; 8];
        for e in 0..8 {
            bits[e] = u32::from(a[e] == b[e]) << e;
        }
        mask |= bits.iter().fold(0, |m, b| m | b) << (8 * group);
    }
    mask
}

impl Blocks {
    /// Shows `visitor` every pair that `rule` is the first to find, block by block; one block in `every` (blocks are
    /// in order of hashes, so that this is a fair sample).
    /// Results come in order of the keys, whatever the number of threads.
    pub(crate) fn scan<V: Visit>(&self, rule: usize, groups: &Groups, every: u64, visitor: impl Fn() -> V + Sync + Send) -> Vec<V::Out> {
        let every = usize::try_from(every.max(1)).unwrap_or(usize::MAX);
        let tasks = tasks(groups, every);
        let run = |task: &Task| {
            let mut going = Going { blocks: self, rule, visitor: visitor(), batch: Batch::default(), rows: Vec::new(), spans: Vec::new() };
            for b in task.blocks.clone().filter(|b| b % every == 0) {
                let block = &groups.rows[groups.block(b)];
                if going.rows.len() + block.len() > BATCH {
                    going.show();
                }
                going.take(block, task.left.clone().unwrap_or(0..block.len()));
            }
            going.show();
            going.visitor.done()
        };
        tasks.par_iter().map(run).collect()
    }

    fn pairs<V: Visit>(&self, rule: usize, batch: &Batch, rows: &[u32], span: &Span, visitor: &mut V) {
        let (masks, stride) = (self.rule_masks(), self.stride());
        let own = masks[rule];
        let closed = (0..rule).any(|r| !self.oversize[r].is_empty());
        for i in span.left.clone() {
            let a = &batch.0[i * stride..(i + 1) * stride];
            for j in i + 1..span.end {
                let agreement = equal_bits(a, &batch.0[j * stride..(j + 1) * stride]);
                let earlier = |r: usize| agreement & masks[r] == masks[r] && !(closed && self.is_oversize(r, rows[i] as usize));
                if agreement & own == own && !(0..rule).any(earlier) {
                    visitor.pair(i, j, agreement);
                }
            }
        }
    }
}

/// A block within a batch: its rows `left` are paired with all that follow them, up to `end`.
struct Span {
    left: std::ops::Range<usize>,
    end: usize,
}

/// One task on its way: blocks are gathered into a batch, so that only rows of blocks that are looked at are fetched.
struct Going<'a, V> {
    blocks: &'a Blocks,
    rule: usize,
    visitor: V,
    batch: Batch,
    rows: Vec<u32>,
    spans: Vec<Span>,
}

impl<V: Visit> Going<'_, V> {
    fn take(&mut self, block: &[u32], left: std::ops::Range<usize>) {
        let start = self.rows.len();
        self.rows.extend_from_slice(block);
        self.spans.push(Span { left: start + left.start..start + left.end, end: self.rows.len() });
    }

    fn show(&mut self) {
        if !self.rows.is_empty() {
            self.batch.fetch(self.blocks, &self.rows);
            self.visitor.fetch(&self.rows);
        }
        for span in self.spans.drain(..) {
            self.blocks.pairs(self.rule, &self.batch, &self.rows, &span, &mut self.visitor);
        }
        self.rows.clear();
    }
}

fn tasks(groups: &Groups, every: usize) -> Vec<Task> {
    let (mut out, mut start, mut pairs) = (Vec::new(), 0, 0);
    let size = TASK.saturating_mul(every);
    for b in 0..groups.ends.len() {
        let n = groups.block(b).len();
        if n * (n - 1) / 2 > 4 * TASK {
            out.push(Task { blocks: start..b, left: None });
            let step = (TASK / n).max(1);
            out.extend((0..n).step_by(step).map(|from| Task { blocks: b..b + 1, left: Some(from..n.min(from + step)) }));
            (start, pairs) = (b + 1, 0);
            continue;
        }
        pairs += n * (n - 1) / 2;
        if pairs > size {
            out.push(Task { blocks: start..b + 1, left: None });
            (start, pairs) = (b + 1, 0);
        }
    }
    out.push(Task { blocks: start..groups.ends.len(), left: None });
    out
}
