//! Union–find over positions; a set is named by its lowest.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: positions are below the length")]

/// Disjoint sets.
#[derive(Clone, Debug)]
pub(crate) struct Union {
    parent: Vec<u32>,
}

impl Union {
    pub(crate) fn new(n: usize) -> Self {
        Self { parent: (0..n as u32).collect() }
    }

    pub(crate) fn find(&mut self, at: u32) -> u32 {
        let mut at = at;
        while self.parent[at as usize] != at {
            let grand = self.parent[self.parent[at as usize] as usize];
            self.parent[at as usize] = grand;
            at = grand;
        }
        at
    }

    pub(crate) fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.find(a), self.find(b));
        self.parent[a.max(b) as usize] = a.min(b);
    }
}
