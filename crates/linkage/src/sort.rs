//! Rows in order of their keys, on all threads and without a comparison sort of the whole.
//!
//! Rows are dealt into 256 parts by the first byte of their key (chunk by chunk, so that threads do not meet), then each part is put
//! in order by the bits that follow: an American-flag radix sort of two digits (McIlroy, Bostic and McIlroy 1993) whose last, tiny
//! bins are sorted by comparison. Keys are hashes, so that parts and bins come out even; where they do not, it is slower, not wrong.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: bins are below their number, positions below the sums of their sizes")]

use rayon::prelude::*;

/// A key and its row.
pub(crate) type Keyed = (u64, u32);

const PARTS: usize = 256;
const CHUNK: usize = 1 << 16;

/// A chunk of rows dealt into parts: part p is `rows[ends[p - 1]..ends[p]]`.
#[derive(Default)]
struct Dealt {
    keyed: Vec<Keyed>,
    rows: Vec<Keyed>,
    ends: Vec<u32>,
}

impl Dealt {
    fn deal(&mut self, range: std::ops::Range<usize>, key: &(impl Fn(usize) -> Option<u64> + Sync)) {
        self.keyed.clear();
        self.keyed.extend(range.filter_map(|row| key(row).map(|k| (k, row as u32))));
        let part = |k: &Keyed| (k.0 >> 56) as usize;
        self.ends.clear();
        self.ends.resize(PARTS, 0);
        self.keyed.iter().for_each(|k| self.ends[part(k)] += 1);
        self.rows.resize(self.keyed.len(), (0, 0));
        scatter(&self.keyed, &mut self.ends, part, &mut self.rows);
    }
}

/// Puts `items` into `out`, which is as long, in order of their bins, equal ones as they came. `counts` goes in as the number in each
/// bin and comes out as their ends.
fn scatter<T: Copy>(items: &[T], counts: &mut [u32], bin: impl Fn(&T) -> usize, out: &mut [T]) {
    let mut sum = 0;
    for c in counts.iter_mut() {
        let start = sum;
        sum += *c;
        *c = start;
    }
    for item in items {
        let at = &mut counts[bin(item)];
        out[*at as usize] = *item;
        *at += 1;
    }
}

/// Sorts rows by their keys, again and again in the same memory.
#[derive(Default)]
pub(crate) struct Sorter(Vec<Dealt>);

impl Sorter {
    /// Calls `each` with the rows of one part after another in order of `(key, row)`; rows without a key are left out. All rows of one
    /// key are in one part. Results come in the order of the parts, whatever the number of threads.
    pub(crate) fn parts<T: Send>(&mut self, rows: usize, key: impl Fn(usize) -> Option<u64> + Sync, each: impl Fn(&[Keyed]) -> T + Sync) -> Vec<T> {
        self.0.resize_with(rows.div_ceil(CHUNK), Dealt::default);
        self.0.par_iter_mut().enumerate().for_each(|(c, dealt)| dealt.deal(c * CHUNK..rows.min((c + 1) * CHUNK), &key));
        let part = |part: usize| {
            let mut joined: Vec<Keyed> = Vec::new();
            for chunk in &self.0 {
                let start = if part == 0 { 0 } else { chunk.ends[part - 1] };
                joined.extend_from_slice(&chunk.rows[start as usize..chunk.ends[part] as usize]);
            }
            each(&order(joined, |k| k.0 << 8))
        };
        (0..PARTS).into_par_iter().map(part).collect()
    }
}

/// `items` in order; `digits` are spread evenly over 64 bits and rise with the order.
pub(crate) fn order<T: Copy + Default + Ord>(items: Vec<T>, digits: impl Fn(&T) -> u64) -> Vec<T> {
    if items.len() < 32 {
        let mut items = items;
        items.sort_unstable();
        return items;
    }
    let width = items.len().next_power_of_two().trailing_zeros();
    let bin = |item: &T| (digits(item) >> (64 - width)) as usize;
    let mut ends = vec![0u32; 1 << width];
    items.iter().for_each(|item| ends[bin(item)] += 1);
    let mut out = vec![T::default(); items.len()];
    scatter(&items, &mut ends, bin, &mut out);
    let mut start = 0;
    for end in ends {
        let end = end as usize;
        if end > start + 1 {
            out[start..end].sort_unstable();
        }
        start = end;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_in_order_however_uneven_the_keys() {
        let (mut draw, mut sorter) = (crate::train::Draw(7), Sorter::default());
        let mut checked = |rows: usize, keys: u64, shift: u32, draw: &mut crate::train::Draw| {
            let given: Vec<Option<u64>> = (0..rows).map(|_| Some(draw.below(keys) << shift).filter(|k| k % 7 != 3)).collect();
            let mut plain: Vec<Keyed> = given.iter().enumerate().filter_map(|(row, k)| k.map(|k| (k, row as u32))).collect();
            plain.sort_unstable();
            let found: Vec<Keyed> = sorter.parts(rows, |row| given[row], <[Keyed]>::to_vec).concat();
            assert_eq!(found, plain);
        };
        for (rows, keys, shift) in [(0, 1, 0), (1, 1, 0), (40, 3, 0), (5_000, 1 << 40, 24), (5_000, 2, 63), (200_000, 1 << 32, 32), (200_000, 9, 3)] {
            checked(rows, keys, shift, &mut draw);
        }
    }
}
