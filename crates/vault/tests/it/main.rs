//! What the vault promises: what is sealed opens with the same key and id alone, and tells nothing otherwise.

use proptest::prelude::*;
use tributary_vault::{Entropy, Marker, MasterKey, Pseudonym, Sealed, VaultError, WrappedKey, hex, unhex};

/// A counter in place of random bytes: each draw differs, and tests are the same at each run.
struct Counter(u64);

impl Entropy for Counter {
    fn fill(&mut self, to: &mut [u8]) {
        for part in to.chunks_mut(8) {
            self.0 += 1;
            let bytes = (self.0.wrapping_mul(0x9E37_79B9_7F4A_7C15)).to_be_bytes();
            part.copy_from_slice(&bytes[..part.len()]);
        }
    }
}

#[test]
fn a_record_opens_with_its_key_and_id_alone() {
    let mut entropy = Counter(1);
    let (key, other) = (MasterKey::generate(&mut entropy), MasterKey::generate(&mut entropy));
    let sealed = Sealed::seal("victim-1", "a name".as_bytes(), &key, &mut entropy).unwrap();
    assert_eq!(sealed.open("victim-1", &key).unwrap().as_slice(), b"a name");
    assert_eq!(sealed.open("victim-2", &key), Err(VaultError::Closed));
    assert_eq!(sealed.open("victim-1", &other), Err(VaultError::Closed));
    let elsewhere = Sealed::seal("victim-2", b"another", &key, &mut entropy).unwrap();
    let mixed = Sealed { key: elsewhere.key, bytes: sealed.bytes.clone() };
    assert_eq!(mixed.open("victim-1", &key), Err(VaultError::Closed));
    assert_eq!(mixed.open("victim-2", &key), Err(VaultError::Closed));
}

#[test]
fn two_records_of_the_same_bytes_look_unlike() {
    let mut entropy = Counter(1);
    let key = MasterKey::generate(&mut entropy);
    let [a, b] = [0, 1].map(|_| Sealed::seal("victim-1", b"the same", &key, &mut entropy).unwrap());
    assert_ne!(a.bytes, b.bytes);
    assert_ne!(a.key, b.key);
}

#[test]
fn without_its_wrapped_key_a_record_is_gone_sg_081() {
    let mut entropy = Counter(1);
    let key = MasterKey::generate(&mut entropy);
    let sealed = Sealed::seal("victim-1", b"erased", &key, &mut entropy).unwrap();
    let forgotten = Sealed { key: WrappedKey::from_bytes(Vec::new()), bytes: sealed.bytes.clone() };
    assert_eq!(forgotten.open("victim-1", &key), Err(VaultError::Form));
    let newly = Sealed::seal("victim-1", b"anew", &key, &mut entropy).unwrap();
    assert_eq!(Sealed { key: newly.key, bytes: sealed.bytes }.open("victim-1", &key), Err(VaultError::Closed));
}

#[test]
fn the_master_key_changes_without_opening_records() {
    let mut entropy = Counter(1);
    let (old, new) = (MasterKey::generate(&mut entropy), MasterKey::generate(&mut entropy));
    let sealed = Sealed::seal("victim-1", b"kept", &old, &mut entropy).unwrap();
    let turned = Sealed { key: sealed.key.rewrap("victim-1", &old, &new, &mut entropy).unwrap(), bytes: sealed.bytes };
    assert_eq!(turned.open("victim-1", &new).unwrap().as_slice(), b"kept");
    assert_eq!(turned.open("victim-1", &old), Err(VaultError::Closed));
    assert_eq!(turned.key.rewrap("victim-1", &old, &new, &mut entropy), Err(VaultError::Closed));
}

#[test]
fn keys_are_read_as_they_are_written_and_show_nothing() {
    let key = MasterKey::generate(&mut Counter(7));
    assert_eq!(MasterKey::parse(&key.to_text()).unwrap().to_text(), key.to_text());
    assert_eq!(format!("{key:?}"), "MasterKey(..)");
    for bad in ["", "00", "zz", &"0".repeat(63), &"0".repeat(65), &"0".repeat(66), &"é".repeat(64)] {
        assert!(matches!(MasterKey::parse(bad), Err(VaultError::KeyForm)), "{bad}");
    }
}

#[test]
fn pseudonyms_and_markers_keep_scopes_kinds_and_epochs_apart() {
    let mut entropy = Counter(1);
    let (key, other) = (MasterKey::generate(&mut entropy), MasterKey::generate(&mut entropy));
    let all = [
        Pseudonym::of(&key, "case-1", "person"),
        Pseudonym::of(&key, "case-2", "person"),
        Pseudonym::of(&key, "case-1p", "erson"),
        Pseudonym::of(&other, "case-1", "person"),
    ];
    assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len());
    assert_eq!(all[0], Pseudonym::of(&key, "case-1", "person"));
    let markers = [
        Marker::of(&key, 1, "phone", "923001234567"),
        Marker::of(&key, 2, "phone", "923001234567"),
        Marker::of(&key, 1, "wallet", "923001234567"),
        Marker::of(&other, 1, "phone", "923001234567"),
    ];
    assert_eq!(markers.iter().collect::<std::collections::BTreeSet<_>>().len(), markers.len());
    assert_eq!(markers[0].as_str().len(), 64);
}

proptest! {
    #[test]
    fn whatever_is_sealed_opens_and_a_changed_bit_does_not(id in ".{0,20}", plain in proptest::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>(), bit in 0..8u8, seed in any::<u32>()) {
        let mut entropy = Counter(u64::from(seed));
        let key = MasterKey::generate(&mut entropy);
        let sealed = Sealed::seal(&id, &plain, &key, &mut entropy).unwrap();
        let opened = sealed.open(&id, &key).unwrap();
        prop_assert_eq!(opened.as_slice(), plain.as_slice());
        let mut bytes = sealed.bytes.clone();
        bytes[at.index(sealed.bytes.len())] ^= 1 << bit;
        let changed = Sealed { key: sealed.key.clone(), bytes };
        prop_assert!(changed.open(&id, &key).is_err());
        let mut wrapped = sealed.key.as_bytes().to_vec();
        let place = at.index(wrapped.len());
        wrapped[place] ^= 1 << bit;
        let rewrapped = Sealed { key: WrappedKey::from_bytes(wrapped), bytes: sealed.bytes };
        prop_assert!(rewrapped.open(&id, &key).is_err());
    }

    #[test]
    fn any_bytes_as_a_record_are_refused_and_not_more(bytes in proptest::collection::vec(any::<u8>(), 0..100), wrapped in proptest::collection::vec(any::<u8>(), 0..100)) {
        let key = MasterKey::generate(&mut Counter(3));
        let opened = Sealed { key: WrappedKey::from_bytes(wrapped), bytes }.open("x", &key);
        prop_assert!(opened.is_err());
    }

    #[test]
    fn hexadecimal_digits_are_read_back(bytes in proptest::collection::vec(any::<u8>(), 0..50), text in ".{0,10}") {
        prop_assert_eq!(unhex(&hex(&bytes)), Some(bytes));
        if let Some(read) = unhex(&text) { prop_assert_eq!(hex(&read), text.to_lowercase()); }
    }
}
