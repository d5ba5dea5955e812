//! A smoke run over the ledger's readers with bytes that were damaged from a seed; it needs no special toolchain.
//!
//! Nothing may panic; what is read and has one writing is written as it was read; what is damaged and signed never verifies as another text.
//! `TRIBUTARY_FUZZ_ROUNDS=100000 cargo test -p tributary-ledger smoke` runs longer; `TRIBUTARY_FUZZ_SEED` chooses another seed.

use std::collections::BTreeMap;

use tributary_ledger::checkpoint::Checkpoint;
use tributary_ledger::entry::{Entry, Pseudonym};
use tributary_ledger::note::{Kind, Note, Signer, VerifierKey};
use tributary_ledger::policy::Policy;
use tributary_ledger::receipt::Receipt;
use tributary_ledger::rules::{Rules, STANDARD};
use tributary_ledger::tile::{Resource, bundle_entries, push_entry};
use tributary_ledger::witness::{AddCheckpoint, Known, Seen, add_checkpoint};
use tributary_ledger::{Hash, tree};

#[path = "damage.rs"]
mod damage;

use damage::{Numbers, damage};

/// What is telling to the ledger's readers.
const PIECES: [&[u8]; 14] =
    [b"\n", b"\n\n", b" ", b"0", b"+", b"=", b"\0", b"\xff", "\u{2014} ".as_bytes(), b"old 18446744073709551615\n", b"\"", b"}", b"{", b"\r\n"];

struct Corpus {
    log: VerifierKey,
    witness: Signer,
    text: String,
    note: String,
    request: String,
    receipt: String,
    policy: String,
    entry: String,
    bundle: Vec<u8>,
}

fn corpus() -> Corpus {
    let log = Signer::new("log.example", Kind::Ed25519, &[1; 32]).unwrap();
    let witness = Signer::new("w.example", Kind::Cosignature, &[2; 32]).unwrap();
    let checkpoint = Checkpoint { origin: "log.example".to_owned(), size: 2, root: Hash::node(&Hash::leaf(b"a"), &Hash::leaf(b"b")) };
    let mut note = checkpoint.sign(&log);
    let request = AddCheckpoint { old: 1, proof: vec![Hash::leaf(b"b")], checkpoint, note: note.clone() }.to_string();
    note.add([witness.sign(&note.text, 1_700_000_000)]);
    let receipt = Receipt { extra: Some(vec![1, 2]), index: 0, proof: vec![Hash::leaf(b"b")], checkpoint: note.to_string() }.to_string();
    let policy = format!("# x\nlog {}\nwitness a {}\ngroup g all a\nquorum g\n", log.verifier(), witness.verifier());
    let refs = BTreeMap::from([("actor".to_owned(), Pseudonym([7; 16])), ("case".to_owned(), Pseudonym([8; 16]))]);
    let tags = BTreeMap::from([("outcome".to_owned(), "accepted".to_owned()), ("role".to_owned(), "legal".to_owned())]);
    let entry = Entry::new("escalation.signed", 1_700_000_000_000, [9; 32], refs, tags).unwrap().encode();
    let mut bundle = Vec::new();
    assert!(push_entry(&mut bundle, b"a") && push_entry(&mut bundle, entry.as_bytes()));
    Corpus { log: log.verifier().clone(), witness, text: note.text.clone(), note: note.to_string(), request, receipt, policy, entry, bundle }
}

/// How many of the readers took the bytes in.
fn feed(corpus: &Corpus, hurt: &mut impl FnMut(&[u8]) -> Vec<u8>) -> u64 {
    let mut taken = 0;
    let bytes = hurt(corpus.note.as_bytes());
    if let Ok(note) = Note::parse(&bytes) {
        taken += 1;
        assert_eq!(note.to_string().into_bytes(), bytes);
        if note.verify(&[&corpus.log]).is_ok() {
            assert_eq!(note.text, corpus.text, "a signature held for another text");
        }
    }
    taken += u64::from(Checkpoint::parse(&hurt(corpus.note.as_bytes())).is_ok());
    let bytes = hurt(corpus.request.as_bytes());
    if let Ok(request) = AddCheckpoint::parse(&bytes) {
        taken += 1;
        assert_eq!(request.to_string().into_bytes(), bytes);
    }
    let known = [Known { origin: "log.example".to_owned(), keys: vec![corpus.log.clone()] }];
    let seen = Seen { size: 1, root: Hash::leaf(b"a") };
    let outcome = add_checkpoint(&bytes, &known, |_| Some(seen), 5, std::slice::from_ref(&corpus.witness));
    assert!(outcome.keep.is_none_or(|(_, seen)| seen.size == 2), "it cosigned what was never signed");
    let bytes = hurt(corpus.receipt.as_bytes());
    let policy = Policy::parse(corpus.policy.as_bytes()).unwrap();
    if let Ok(receipt) = Receipt::parse(&bytes) {
        taken += 1;
        assert_eq!(receipt.to_string().into_bytes(), bytes);
        assert!(receipt.verify(b"a", &policy, None).is_err() || receipt.index == 0);
        assert!(receipt.verify(b"c", &policy, None).is_err());
    }
    if let Ok(policy) = Policy::parse(&hurt(corpus.policy.as_bytes())) {
        taken += 1;
        let _ = policy.judge(corpus.note.as_bytes(), None);
    }
    let bytes = hurt(corpus.entry.as_bytes());
    if let Ok(entry) = Entry::decode(&bytes) {
        taken += 1;
        assert_eq!(entry.encode().into_bytes(), bytes);
    }
    let bytes = hurt(&corpus.bundle);
    if let Some(entries) = bundle_entries(&bytes) {
        taken += 1;
        let mut again = Vec::new();
        assert!(entries.iter().all(|entry| push_entry(&mut again, entry)) && again == bytes);
    }
    taken += u64::from(Rules::parse(&String::from_utf8_lossy(&hurt(STANDARD.as_bytes()))).is_ok());
    taken += u64::from(Resource::parse(&String::from_utf8_lossy(&hurt(b"tile/0/x001/x234/067.p/12"))).is_some());
    let _ = VerifierKey::parse(&String::from_utf8_lossy(&hurt(corpus.log.to_string().as_bytes())));
    let proof: Vec<Hash> = hurt(&[7; 128]).chunks_exact(32).filter_map(Hash::from_slice).collect();
    let number = |bytes: &[u8]| bytes.iter().take(8).fold(0_u64, |n, b| n << 8 | u64::from(*b));
    let (a, b) = (number(&hurt(&[0; 8])), number(&hurt(&[255; 8])));
    let _ = tree::verify_inclusion(&Hash::empty(), a, b, &proof, &Hash::empty());
    let _ = tree::verify_consistency(a, &Hash::empty(), b, &Hash::empty(), &proof);
    taken
}

#[test]
fn smoke() {
    let setting = |name: &str, otherwise: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let (rounds, mut numbers) = (setting("TRIBUTARY_FUZZ_ROUNDS", 400), Numbers(setting("TRIBUTARY_FUZZ_SEED", 1)));
    let corpus = corpus();
    assert_eq!(feed(&corpus, &mut <[u8]>::to_vec), 9, "what is not damaged is taken in");
    let mut taken = 0;
    for _ in 0..rounds {
        taken += feed(&corpus, &mut |bytes| damage(bytes, &PIECES, 2, &mut numbers));
    }
    assert!(taken > rounds / 4, "only {taken} of {rounds} rounds were taken in: the damage is too great to reach the checks");
}
