//! Connected components by union–find. A component is named by its smallest node, so the order of the edges does not matter.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: nodes are checked against the length first")]

/// Disjoint sets over `0..n`; the representative of a set is its smallest member.
#[derive(Clone, Debug)]
pub struct UnionFind {
    parent: Vec<u32>,
}

impl UnionFind {
    /// `n` sets of one.
    #[must_use]
    pub fn new(n: u32) -> Self {
        Self { parent: (0..n).collect() }
    }

    /// The smallest member of the set of `node`; `node` itself when it is not below `n`.
    pub fn find(&mut self, mut node: u32) -> u32 {
        if node as usize >= self.parent.len() {
            return node;
        }
        // Path halving: each visited node is hung onto its grandparent.
        loop {
            let parent = self.parent[node as usize];
            if parent == node {
                return node;
            }
            let grand = self.parent[parent as usize];
            self.parent[node as usize] = grand;
            node = grand;
        }
    }

    /// Joins the sets of `a` and `b`; says whether they were apart. Nodes not below `n` join nothing.
    pub fn join(&mut self, a: u32, b: u32) -> bool {
        let (a, b) = (self.find(a), self.find(b));
        if a == b || a.max(b) as usize >= self.parent.len() {
            return false;
        }
        self.parent[a.max(b) as usize] = a.min(b);
        true
    }

    /// The representative of each node.
    #[must_use]
    pub fn labels(mut self) -> Vec<u32> {
        (0..self.parent.len() as u32).map(|node| self.find(node)).collect()
    }
}

/// For each of `n` nodes the smallest node of its connected component.
#[must_use]
pub fn components(n: u32, edges: impl IntoIterator<Item = (u32, u32)>) -> Vec<u32> {
    let mut union = UnionFind::new(n);
    for (a, b) in edges {
        union.join(a, b);
    }
    union.labels()
}
