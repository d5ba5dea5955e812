//! Windows that slide over one account's edges: where are many distinct others close together in time?
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: positions run within the slice they were made from")]

use std::ops::Range;

use rustc_hash::FxHashMap;

/// Overlapping dense windows, merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// Positions in the edges searched.
    pub(crate) edges: Range<usize>,
    /// Most distinct others in one window.
    pub(crate) peak: usize,
    /// The earliest window that has so many.
    pub(crate) peak_edges: Range<usize>,
}

/// Distinct values of a sliding set.
#[derive(Default)]
pub(crate) struct Distinct {
    counts: FxHashMap<u32, u32>,
}

impl Distinct {
    pub(crate) fn add(&mut self, value: u32) {
        *self.counts.entry(value).or_default() += 1;
    }

    pub(crate) fn remove(&mut self, value: u32) {
        if let Some(count) = self.counts.get_mut(&value) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&value);
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.counts.len()
    }

    /// How many distinct values there are in all of `values`.
    pub(crate) fn of(values: impl Iterator<Item = u32>) -> usize {
        let mut met: Vec<u32> = values.collect();
        met.sort_unstable();
        met.dedup();
        met.len()
    }
}

/// The windows `[t, t + window]` with at least `k` distinct others, `t` being the time of an edge; windows that share an edge are merged.
/// `items` are (time, other) in the order of time.
pub(crate) fn dense_runs(items: &[(i64, u32)], window: i64, k: usize) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    if items.len() < k || (k > 1 && items.len() > 64 && Distinct::of(items.iter().map(|item| item.1)) < k) {
        return runs;
    }
    let mut inside = Distinct::default();
    let mut end = 0;
    for start in 0..items.len() {
        while end < items.len() && items[end].0 <= items[start].0.saturating_add(window) {
            inside.add(items[end].1);
            end += 1;
        }
        if inside.len() >= k {
            extend(&mut runs, start..end, inside.len());
        }
        inside.remove(items[start].1);
    }
    runs
}

pub(crate) fn extend(runs: &mut Vec<Run>, window: Range<usize>, distinct: usize) {
    match runs.last_mut().filter(|run| window.start < run.edges.end) {
        Some(run) => {
            run.edges.end = window.end;
            if distinct > run.peak {
                run.peak = distinct;
                run.peak_edges = window;
            }
        }
        None => runs.push(Run { edges: window.clone(), peak: distinct, peak_edges: window }),
    }
}

/// Tiles from which on the upper quartile is taken; with fewer, one pattern could fill a quarter of them.
const TILES_FOR_QUARTILE: usize = 8;
/// With fewer tiles than this there is no history against which anything is usual.
const TILES_MIN: usize = 4;

/// The usual number of distinct others: over the consecutive tiles of length `window` of the graph's whole period, empty tiles
/// included, the upper quartile, so that what recurs monthly is usual (with fewer than 8 tiles the lower median). 0 when `window` is 0 or there
/// are fewer than 4 tiles.
pub(crate) fn usual(items: &[(i64, u32)], window: i64, period: (i64, i64)) -> usize {
    if window <= 0 || items.is_empty() {
        return 0;
    }
    let tile = |at: i64| (at - period.0) / window;
    let tiles = tile(period.1) as usize + 1;
    let counts = items.chunk_by(|a, b| tile(a.0) == tile(b.0)).map(|piece| Distinct::of(piece.iter().map(|item| item.1))).collect();
    usual_of(counts, tiles)
}

/// The usual number, given the numbers of the tiles that are not empty.
pub(crate) fn usual_of(mut counts: Vec<usize>, tiles: usize) -> usize {
    counts.sort_unstable();
    // Empty tiles come first in the order of counts.
    usual_rank(tiles).and_then(|rank| (rank + counts.len()).checked_sub(tiles)).map_or(0, |at| counts[at])
}

/// Position, among that many tiles in ascending order, of the usual one.
pub(crate) fn usual_rank(tiles: usize) -> Option<usize> {
    match tiles {
        0..TILES_MIN => None,
        TILES_MIN..TILES_FOR_QUARTILE => Some((tiles - 1) / 2),
        TILES_FOR_QUARTILE.. => Some((3 * (tiles - 1)).div_ceil(4)),
    }
}

/// The least number of distinct others that counts for an account: `k`; for a licensed account, or one that usually has `k`,
/// `factor` times its usual number.
pub(crate) fn threshold(k: u32, usual: usize, licensed: bool, factor: f64) -> usize {
    let k = k as usize;
    if licensed || usual >= k { k.max((usual as f64 * factor).ceil() as usize) } else { k }
}

/// Most of the score's parts: how far `n` goes beyond the least number `k`: 0.5 at `k`, towards 1.
pub(crate) fn size_score(n: usize, k: usize) -> f64 {
    n as f64 / (n + k) as f64
}

/// 1 for all at once, 0.5 for a full window.
pub(crate) fn tightness(span: i64, window: i64) -> f64 {
    if window <= 0 { 1.0 } else { 1.0 - 0.5 * (span as f64 / window as f64).clamp(0.0, 1.0) }
}

/// 1 for an account that usually does nothing of the kind, 0.5 for one that usually does as much.
pub(crate) fn surprise(n: usize, usual: usize) -> f64 {
    if n == 0 { 0.0 } else { n as f64 / (n + usual) as f64 }
}
