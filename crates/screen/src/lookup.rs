//! Lists of numbers by number and by hashed key, in two arrays each.

#![expect(clippy::indexing_slicing, reason = "kernel over arrays built here; every index is a number handed out by the builder")]

/// Lists of numbers under one number each.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    starts: Vec<u32>,
    pub(crate) values: Vec<u32>,
}

impl Lists {
    /// From pairs (list, value); values of a list end up in order, each once.
    pub(crate) fn of(count: usize, mut pairs: Vec<(u32, u32)>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let mut starts = vec![0; count + 1];
        for (list, _) in &pairs {
            starts[*list as usize + 1] += 1;
        }
        for at in 0..count {
            starts[at + 1] += starts[at];
        }
        Self { starts, values: pairs.into_iter().map(|(_, value)| value).collect() }
    }

    /// Adds the next list as it is.
    pub(crate) fn push(&mut self, values: impl Iterator<Item = u32>) {
        if self.starts.is_empty() {
            self.starts.push(0);
        }
        self.values.extend(values);
        self.starts.push(u32::try_from(self.values.len()).unwrap_or(u32::MAX));
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    pub(crate) fn get(&self, list: u32) -> &[u32] {
        &self.values[self.starts[list as usize] as usize..self.starts[list as usize + 1] as usize]
    }

    pub(crate) fn bytes(&self) -> usize {
        (self.starts.capacity() + self.values.capacity()) * 4
    }
}

/// Lists of numbers under hashed keys, in about as many buckets as there are pairs. The keys themselves are not kept: a bucket may hold
/// a few numbers of other keys, which costs whoever asks a comparison.
#[derive(Debug, Default)]
pub(crate) struct Keyed {
    mask: u32,
    lists: Lists,
}

impl Keyed {
    pub(crate) fn of(pairs: Vec<(u64, u32)>) -> Self {
        let buckets = pairs.len().max(16).next_power_of_two().min(1 << 24);
        let mask = u32::try_from(buckets - 1).unwrap_or(0);
        // The low bits of the keys, which are mixed well.
        let numbered = pairs.into_iter().map(|(key, value)| (key as u32 & mask, value)).collect();
        Self { mask, lists: Lists::of(buckets, numbered) }
    }

    pub(crate) fn get(&self, key: u64) -> &[u32] {
        if self.lists.len() == 0 { &[] } else { self.lists.get(key as u32 & self.mask) }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.lists.bytes()
    }
}
