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

impl Batch {
    /// Bits of the expressions on which the rows at two positions agree.
    pub(crate) fn agreement(&self, stride: usize, i: usize, j: usize) -> u32 {
        equal_bits(&self.0[i * stride..(i + 1) * stride], &self.0[j * stride..(j + 1) * stride])
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
            let (mut visitor, mut batch) = (visitor(), Batch::default());
            let mut at = task.blocks.start;
            while at < task.blocks.end {
                let (first, start) = (at, groups.block(at).start);
                while at < task.blocks.end && (at == first || groups.block(at).end - start <= BATCH) {
                    at += 1;
                }
                let chosen: Vec<usize> = (first..at).filter(|b| b % every == 0).collect();
                if chosen.is_empty() {
                    continue;
                }
                let rows = &groups.rows[start..groups.block(at - 1).end];
                batch.fetch(self, rows);
                visitor.fetch(rows);
                for b in chosen {
                    let block = groups.block(b);
                    let left = task.left.clone().unwrap_or(0..block.len());
                    self.pairs(rule, &batch, rows, (block.start - start, block.end - start), left, &mut visitor);
                }
            }
            visitor.done()
        };
        tasks.par_iter().map(run).collect()
    }

    fn pairs<V: Visit>(&self, rule: usize, batch: &Batch, rows: &[u32], block: (usize, usize), left: std::ops::Range<usize>, visitor: &mut V) {
        let (masks, stride) = (self.rule_masks(), self.stride());
        let own = masks[rule];
        let closed = (0..rule).any(|r| !self.oversize[r].is_empty());
        for i in block.0 + left.start..block.0 + left.end {
            let a = &batch.0[i * stride..(i + 1) * stride];
            for j in i + 1..block.1 {
                let agreement = equal_bits(a, &batch.0[j * stride..(j + 1) * stride]);
                let earlier = |r: usize| agreement & masks[r] == masks[r] && !(closed && self.is_oversize(r, rows[i] as usize));
                if agreement & own == own && !(0..rule).any(earlier) {
                    visitor.pair(i, j, agreement);
                }
            }
        }
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
