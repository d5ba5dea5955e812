//! Merkle proofs: made over any source of node hashes, verified by the iterative algorithms of RFC 9162, sections 2.1.3.2 and 2.1.4.2.

use crate::hash::Hash;

/// The longest proof a tree of 2^63 leaves can need.
pub const PROOF_MAX: usize = 63;

/// Where hashes of perfect subtrees come from.
pub trait Nodes {
    /// What may go wrong while one is fetched.
    type Error;
    /// The hash over leaves `index << height .. (index + 1) << height`, all of which are in the tree.
    ///
    /// # Errors
    /// What the source says.
    fn node(&self, height: u32, index: u64) -> Result<Hash, Self::Error>;
}

/// Why a proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The entry lies outside the tree.
    #[error("index {index} is not in a tree of {size} entries")]
    Outside {
        /// Index of the entry, from 0.
        index: u64,
        /// Entries in the tree.
        size: u64,
    },
    /// The sizes are in the wrong order.
    #[error("a tree cannot shrink from {old} to {new} entries")]
    Shrunk {
        /// The earlier size.
        old: u64,
        /// The later size.
        new: u64,
    },
    /// Too many or too few hashes.
    #[error("the proof has the wrong number of hashes")]
    Length,
    /// The hashes lead elsewhere.
    #[error("the proof leads to another root")]
    Root,
}

/// The greatest power of two smaller than `count` (which is at least 2), as an exponent.
const fn split(count: u64) -> u32 {
    (count - 1).ilog2()
}

/// The hash over leaves `low..high`, where `low` is a multiple of the greatest power of two not above `high - low`.
fn span<N: Nodes>(nodes: &N, low: u64, high: u64) -> Result<Hash, N::Error> {
    let mut peaks = Vec::new();
    let mut at = low;
    while at < high {
        let height = (high - at).ilog2();
        peaks.push(nodes.node(height, at >> height)?);
        at += 1 << height;
    }
    Ok(fold(&peaks))
}

/// The root over perfect subtrees, largest first. Of none: the empty tree's.
#[must_use]
pub fn fold(peaks: &[Hash]) -> Hash {
    peaks.iter().rev().copied().reduce(|right, left| Hash::node(&left, &right)).unwrap_or_else(Hash::empty)
}

/// The root of the first `size` leaves.
///
/// # Errors
/// What the source of nodes says.
pub fn root<N: Nodes>(nodes: &N, size: u64) -> Result<Hash, N::Error> {
    span(nodes, 0, size)
}

/// The inclusion proof of the leaf at `index` in the tree of `size` leaves, from the leaf's sibling up (RFC 9162, 2.1.3.1).
/// Empty where `index >= size`: there is none.
///
/// # Errors
/// What the source of nodes says.
pub fn inclusion<N: Nodes>(nodes: &N, index: u64, size: u64) -> Result<Vec<Hash>, N::Error> {
    let (mut low, mut high, mut path) = (0, size, Vec::new());
    while index < size && high - low > 1 {
        let middle = low + (1 << split(high - low));
        if index < middle {
            path.push(span(nodes, middle, high)?);
            high = middle;
        } else {
            path.push(span(nodes, low, middle)?);
            low = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The consistency proof from `old` to `new` leaves (RFC 9162, 2.1.4.1). Empty for `old` of 0, `old == new`, and `old > new`.
///
/// # Errors
/// What the source of nodes says.
pub fn consistency<N: Nodes>(nodes: &N, old: u64, new: u64) -> Result<Vec<Hash>, N::Error> {
    let (mut low, mut high, mut whole, mut path) = (0, new, true, Vec::new());
    if old == 0 || old >= new {
        return Ok(path);
    }
    while old != high {
        let middle = low + (1 << split(high - low));
        if old <= middle {
            path.push(span(nodes, middle, high)?);
            high = middle;
        } else {
            path.push(span(nodes, low, middle)?);
            low = middle;
            whole = false;
        }
    }
    if !whole {
        path.push(span(nodes, low, high)?);
    }
    path.reverse();
    Ok(path)
}

/// Holds an inclusion proof against a root (RFC 9162, 2.1.3.2).
///
/// # Errors
/// Where the proof does not show that `leaf` is at `index` of the tree.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Outside { index, size });
    }
    let (mut first, mut last, mut reached) = (index, size - 1, *leaf);
    for step in proof {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if first & 1 == 1 || first == last {
            reached = Hash::node(step, &reached);
            while first & 1 == 0 && first != 0 {
                first >>= 1;
                last >>= 1;
            }
        } else {
            reached = Hash::node(&reached, step);
        }
        first >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(ProofError::Length);
    }
    if reached == *root { Ok(()) } else { Err(ProofError::Root) }
}

/// Holds a consistency proof against two roots (RFC 9162, 2.1.4.2). From an empty tree to any, and between equal trees, the proof is empty.
///
/// # Errors
/// Where the proof does not show that the first `old` leaves of the new tree are the old tree's.
pub fn verify_consistency(old: u64, old_root: &Hash, new: u64, new_root: &Hash, proof: &[Hash]) -> Result<(), ProofError> {
    if old > new {
        return Err(ProofError::Shrunk { old, new });
    }
    if old == 0 || old == new {
        let (expected, found) = if old == new { (old_root, new_root) } else { (&Hash::empty(), old_root) };
        return match (proof.is_empty(), expected == found) {
            (false, _) => Err(ProofError::Length),
            (true, same) => same.then_some(()).ok_or(ProofError::Root),
        };
    }
    let mut steps = proof.iter();
    let start = if old.is_power_of_two() { old_root } else { steps.next().ok_or(ProofError::Length)? };
    let (mut first, mut last) = (old - 1, new - 1);
    while first & 1 == 1 {
        first >>= 1;
        last >>= 1;
    }
    let (mut reached_old, mut reached_new) = (*start, *start);
    for step in steps {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if first & 1 == 1 || first == last {
            reached_old = Hash::node(step, &reached_old);
            reached_new = Hash::node(step, &reached_new);
            while first & 1 == 0 && first != 0 {
                first >>= 1;
                last >>= 1;
            }
        } else {
            reached_new = Hash::node(&reached_new, step);
        }
        first >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(ProofError::Length);
    }
    if reached_old == *old_root && reached_new == *new_root { Ok(()) } else { Err(ProofError::Root) }
}
