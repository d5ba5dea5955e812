//! Long lists in blocks: they grow by a block at a time and never move, so that no single transfer waits for a copy of all that is kept.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: places are checked against the number of entries first")]

use std::collections::VecDeque;

/// Entries of a block, a power of two.
const BLOCK: usize = 1 << 12;

/// A list that grows at the end, filled with a default.
#[derive(Clone, Debug)]
pub(crate) struct Shelf<T> {
    blocks: Vec<Vec<T>>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { blocks: Vec::new() }
    }
}

impl<T: Clone> Shelf<T> {
    /// Makes room for entries below `len`.
    pub(crate) fn grow(&mut self, len: usize, empty: &T) {
        while self.blocks.len() * BLOCK < len {
            self.blocks.push(vec![empty.clone(); BLOCK]);
        }
    }

    pub(crate) fn get(&self, at: usize) -> Option<&T> {
        self.blocks.get(at / BLOCK).map(|block| &block[at % BLOCK])
    }

    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        self.blocks.get_mut(at / BLOCK).map(|block| &mut block[at % BLOCK])
    }
}

/// A queue whose entries are found by their place.
#[derive(Clone, Debug)]
pub(crate) struct Queue<T> {
    blocks: VecDeque<Vec<T>>,
    /// Entries of the first block that have left.
    left: usize,
    len: usize,
    /// A block that was emptied, for the next.
    spare: Vec<T>,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { blocks: VecDeque::new(), left: 0, len: 0, spare: Vec::new() }
    }
}

impl<T: Copy> Queue<T> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn push(&mut self, entry: T) {
        match self.blocks.back_mut().filter(|block| block.len() < BLOCK) {
            Some(block) => block.push(entry),
            None => {
                let mut block = std::mem::take(&mut self.spare);
                block.reserve_exact(BLOCK);
                block.push(entry);
                self.blocks.push_back(block);
            }
        }
        self.len += 1;
    }

    /// The entry at that place from the first on.
    pub(crate) fn get(&self, at: usize) -> Option<&T> {
        let at = at.checked_add(self.left)?;
        self.blocks.get(at / BLOCK)?.get(at % BLOCK)
    }

    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        let at = at.checked_add(self.left)?;
        self.blocks.get_mut(at / BLOCK)?.get_mut(at % BLOCK)
    }

    /// Lets the first entry go.
    pub(crate) fn pop(&mut self) {
        if self.len == 0 {
            return;
        }
        (self.left, self.len) = (self.left + 1, self.len - 1);
        if self.left == BLOCK || self.len == 0 {
            self.left = 0;
            self.spare = self.blocks.pop_front().unwrap_or_default();
            self.spare.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, Queue, Shelf};

    #[test]
    fn a_queue_is_what_a_plain_queue_is() {
        let (mut queue, mut plain) = (Queue::default(), std::collections::VecDeque::new());
        let mut state = 1_u64;
        for number in 0..6 * BLOCK as u64 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            queue.push(number);
            plain.push_back(number);
            // It runs empty now and then, also at the end of a block.
            let go = if number % (BLOCK as u64) == BLOCK as u64 - 1 { plain.len() } else { (state >> 62) as usize };
            for _ in 0..go {
                queue.pop();
                plain.pop_front();
            }
            let at = (state >> 33) as usize % (plain.len() + 2);
            assert_eq!((queue.len(), queue.get(at), queue.get(0)), (plain.len(), plain.get(at), plain.front()));
        }
    }

    #[test]
    fn a_shelf_grows_by_blocks() {
        let mut shelf = Shelf::default();
        assert_eq!(shelf.get(0), None);
        shelf.grow(BLOCK + 1, &7);
        shelf.get_mut(BLOCK).into_iter().for_each(|entry| *entry = 8);
        assert_eq!([shelf.get(0), shelf.get(BLOCK), shelf.get(2 * BLOCK - 1), shelf.get(2 * BLOCK)], [Some(&7), Some(&8), Some(&7), None]);
    }
}
