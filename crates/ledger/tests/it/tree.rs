//! Hashing, proofs and their verification against RFC 9162's recursive definitions.

use proptest::prelude::*;
use tributary_ledger::Hash;
use tributary_ledger::hash::{from_hex, to_hex};
use tributary_ledger::plain;
use tributary_ledger::tree::{Nodes, ProofError, consistency, inclusion, root, verify_consistency, verify_inclusion};

struct Leaves(Vec<Hash>);

impl Nodes for Leaves {
    type Error = std::convert::Infallible;
    fn node(&self, height: u32, index: u64) -> Result<Hash, Self::Error> {
        let (from, width) = ((index << height) as usize, 1_usize << height);
        Ok(plain::root(&self.0[from..from + width]))
    }
}

fn leaves(count: usize) -> Leaves {
    Leaves((0..count).map(|n| Hash::leaf(&(n as u64).to_be_bytes())).collect())
}

/// The reference inputs of Certificate Transparency's own tests (google/certificate-transparency, merkletree tests; RFC 6962 trees).
const INPUTS: [&str; 8] = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

#[test]
fn roots_are_those_of_certificate_transparency() {
    assert_eq!(to_hex(&Hash::empty().0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let bytes = |text: &str| text.as_bytes().chunks(2).map(|p| u8::from_str_radix(std::str::from_utf8(p).unwrap(), 16).unwrap()).collect::<Vec<_>>();
    let hashes: Vec<Hash> = INPUTS.iter().map(|input| Hash::leaf(&bytes(input))).collect();
    for (count, expected) in (1..).zip(ROOTS) {
        let expected = Hash(from_hex(expected).unwrap());
        assert_eq!(plain::root(&hashes[..count]), expected, "{count}");
        assert_eq!(root(&Leaves(hashes.clone()), count as u64).unwrap(), expected, "{count}");
    }
}

#[test]
fn every_proof_of_small_trees_equals_the_definition_and_verifies_nowhere_else() {
    let all = leaves(34);
    for size in 0..=34_usize {
        let here = plain::root(&all.0[..size]);
        assert_eq!(root(&all, size as u64).unwrap(), here);
        for index in 0..size {
            let proof = inclusion(&all, index as u64, size as u64).unwrap();
            assert_eq!(proof, plain::inclusion(index, &all.0[..size]));
            for (other, leaf) in all.0[..size].iter().enumerate() {
                let held = verify_inclusion(leaf, index as u64, size as u64, &proof, &here);
                assert_eq!(held.is_ok(), other == index, "{index} of {size}: {held:?}");
            }
            for wrong in (0..=size as u64 + 1).filter(|w| *w != index as u64) {
                assert!(verify_inclusion(&all.0[index], wrong, size as u64, &proof, &here).is_err());
            }
        }
        for old in 1..size {
            let before = plain::root(&all.0[..old]);
            let proof = consistency(&all, old as u64, size as u64).unwrap();
            assert_eq!(proof, plain::consistency(old, &all.0[..size]));
            assert_eq!(verify_consistency(old as u64, &before, size as u64, &here, &proof), Ok(()));
            for wrong in (1..=size).filter(|w| *w != old) {
                assert!(verify_consistency(wrong as u64, &before, size as u64, &here, &proof).is_err(), "{wrong} for {old} of {size}");
            }
        }
        let empty = Hash::empty();
        assert_eq!(verify_consistency(0, &empty, size as u64, &here, &[]), Ok(()));
        assert_eq!(verify_consistency(size as u64, &here, size as u64, &here, &[]), Ok(()));
        assert_eq!(verify_consistency(0, &here, size as u64, &here, &[]).is_ok(), size == 0);
        assert_eq!(verify_consistency(0, &empty, size as u64, &here, &[empty]), Err(ProofError::Length));
    }
}

proptest! {
    #[test]
    fn a_proof_that_was_touched_holds_no_more(size in 2_usize..300, index in 0_usize..300, old in 1_usize..300, at in 0_usize..12, bit in 0_u8..8, byte in 0_usize..32) {
        let (index, old) = (index % size, 1 + old % (size - 1).max(1));
        let all = leaves(size);
        let here = plain::root(&all.0);
        let touch = |proof: &[Hash]| {
            let mut proof = proof.to_vec();
            let at = at % proof.len();
            proof[at].0[byte] ^= 1 << bit;
            proof
        };
        let proof = inclusion(&all, index as u64, size as u64).unwrap();
        prop_assert_eq!(&proof, &plain::inclusion(index, &all.0));
        prop_assert_eq!(verify_inclusion(&all.0[index], index as u64, size as u64, &proof, &here), Ok(()));
        prop_assert!(verify_inclusion(&all.0[index], index as u64, size as u64, &touch(&proof), &here).is_err());
        prop_assert!(verify_inclusion(&all.0[index], index as u64, size as u64, &proof[1..], &here).is_err());
        let longer: Vec<Hash> = proof.iter().copied().chain([here]).collect();
        prop_assert!(verify_inclusion(&all.0[index], index as u64, size as u64, &longer, &here).is_err());
        if old < size {
            let before = plain::root(&all.0[..old]);
            let proof = consistency(&all, old as u64, size as u64).unwrap();
            prop_assert_eq!(&proof, &plain::consistency(old, &all.0));
            prop_assert_eq!(verify_consistency(old as u64, &before, size as u64, &here, &proof), Ok(()));
            prop_assert!(verify_consistency(old as u64, &before, size as u64, &here, &touch(&proof)).is_err());
            prop_assert!(verify_consistency(old as u64, &here, size as u64, &here, &proof).is_err());
            let longer: Vec<Hash> = proof.iter().copied().chain([here]).collect();
            prop_assert!(verify_consistency(old as u64, &before, size as u64, &here, &longer).is_err());
        }
    }

    #[test]
    fn verifying_never_panics(size in any::<u64>(), other in any::<u64>(), count in 0_usize..70) {
        let proof = vec![Hash::empty(); count];
        prop_assert!(verify_inclusion(&Hash::leaf(b"a"), other, size, &proof, &Hash::leaf(b"b")).is_err() || count == 0);
        let _ = verify_consistency(size, &Hash::empty(), other, &Hash::leaf(b"b"), &proof);
    }
}
