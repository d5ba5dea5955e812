//! The definitions of RFC 9162, sections 2.1.1, 2.1.3.1 and 2.1.4.1, as they are written there: recursive, over all leaves, slow.
//! Tests hold the tree of `tree` and `append` equal to these.

use crate::hash::Hash;

/// The greatest power of two smaller than the number of leaves (at least 2), where both halves begin.
fn halves(leaves: &[Hash]) -> (&[Hash], &[Hash]) {
    let middle = 1_usize << (leaves.len() - 1).ilog2();
    leaves.split_at(middle)
}

/// MTH(D\[n\]): the root over these leaf hashes.
#[must_use]
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::empty(),
        [one] => *one,
        _ => {
            let (left, right) = halves(leaves);
            Hash::node(&root(left), &root(right))
        }
    }
}

/// PATH(m, D\[n\]): the inclusion proof of leaf `index`.
#[must_use]
pub fn inclusion(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() < 2 || index >= leaves.len() {
        return Vec::new();
    }
    let (left, right) = halves(leaves);
    let (mut path, sibling) =
        if index < left.len() { (inclusion(index, left), root(right)) } else { (inclusion(index - left.len(), right), root(left)) };
    path.push(sibling);
    path
}

/// PROOF(m, D\[n\]): the consistency proof from the first `old` leaves, 0 < `old` < number of leaves.
#[must_use]
pub fn consistency(old: usize, leaves: &[Hash]) -> Vec<Hash> {
    subproof(old, leaves, true)
}

fn subproof(old: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if whole { Vec::new() } else { vec![root(leaves)] };
    }
    let (left, right) = halves(leaves);
    let (mut path, sibling) =
        if old <= left.len() { (subproof(old, left, whole), root(right)) } else { (subproof(old - left.len(), right, false), root(left)) };
    path.push(sibling);
    path
}
