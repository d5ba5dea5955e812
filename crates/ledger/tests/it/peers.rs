//! Other implementations read what we write, and we read what they write: tlog_tiles, signed_note, ct-merkle.

use signed_note::{Note as TheirNote, StandardVerifier, VerifierList};
use tlog_tiles::{RecordProof, Tile, TreeProof, check_record, check_tree, prove_record, prove_tree, stored_hashes, tree_hash};
use tributary_ledger::hash::to_base64;
use tributary_ledger::note::{Kind, Note, VerifierKey};
use tributary_ledger::tile::Resource;
use tributary_ledger::tree::{verify_consistency, verify_inclusion};
use tributary_ledger::{Checkpoint, Hash, plain};

use crate::{ORIGIN, entry, log_key, log_signer, signer, tree, written};

fn theirs(hash: Hash) -> tlog_tiles::Hash {
    tlog_tiles::Hash(hash.0)
}

#[test]
fn signed_note_verifies_our_checkpoints_and_we_verify_its_notes() {
    let (_, log) = written(300, 300);
    let text = log.note().unwrap().to_string();
    let verifier = StandardVerifier::new(&log_key().to_string()).unwrap();
    let note = TheirNote::from_bytes(text.as_bytes()).unwrap();
    let (held, _) = note.verify(&VerifierList::new(vec![Box::new(verifier)])).unwrap();
    assert_eq!(held.len(), 1);
    let checkpoint = tlog_tiles::Checkpoint::from_bytes(note.text()).unwrap();
    assert_eq!((checkpoint.origin(), checkpoint.size(), checkpoint.hash().0), (ORIGIN, 300, log.checkpoint().root.0));

    let secret = signer("peer.example", Kind::Ed25519, 7);
    let their_signer = signed_note::StandardSigner::new(&secret.to_secret_text()).unwrap();
    let mut made = TheirNote::new(log.note().unwrap().text.as_bytes(), &[]).unwrap();
    made.add_sigs(&[&their_signer]).unwrap();
    let read = Note::parse(&made.to_bytes()).unwrap();
    assert_eq!(read.verify(&[secret.verifier()]).unwrap().len(), 1);
    assert_eq!(read.to_string().into_bytes(), made.to_bytes());
    assert_eq!(
        VerifierKey::parse(&secret.verifier().to_string()).unwrap().id(),
        signed_note::key_id("peer.example", &[&[1], secret.verifier().public()].concat())
    );
}

#[test]
fn tlog_tiles_names_reads_and_proves_the_same() {
    // their store of hashes is a list; the index is theirs
    let mut hashes: Vec<tlog_tiles::Hash> = Vec::new();
    struct List<'a>(&'a [tlog_tiles::Hash]);
    impl tlog_tiles::HashReader for List<'_> {
        fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
            Ok(indexes.iter().map(|i| self.0[usize::try_from(*i).unwrap()]).collect())
        }
    }
    let size = 700_u64;
    for index in 0..size {
        let more = stored_hashes(index, &entry(index), &List(&hashes)).unwrap();
        hashes.extend(more);
    }
    let (store, log) = written(size, 97);
    let ours = tree(&store, &log);
    let root = log.checkpoint().root;
    assert_eq!(tree_hash(size, &List(&hashes)).unwrap().0, root.0);
    for tile in Tile::new_tiles(8, 0, size) {
        let path = tile.path();
        let named = path.strip_prefix("tile/8/").map(|rest| format!("tile/{rest}")).unwrap_or(path);
        assert_eq!(store.get(&named), Some(&tile.read_data(&List(&hashes)).unwrap()), "{named}");
    }
    for index in [0, 1, 255, 256, 511, 512, 699] {
        let proof: RecordProof = ours.inclusion(index).unwrap().into_iter().map(theirs).collect();
        check_record(&proof, size, theirs(root), index, theirs(Hash::leaf(&entry(index)))).unwrap();
        let back: Vec<Hash> = prove_record(size, index, &List(&hashes)).unwrap().iter().map(|h| Hash(h.0)).collect();
        assert_eq!(verify_inclusion(&Hash::leaf(&entry(index)), index, size, &back, &root), Ok(()));
    }
    for old in [1, 2, 255, 256, 300, 512, 699] {
        let before = plain::root(&(0..old).map(|n| Hash::leaf(&entry(n))).collect::<Vec<_>>());
        let proof: TreeProof = ours.consistency(old, &before).unwrap().into_iter().map(theirs).collect();
        check_tree(&proof, size, theirs(root), old, theirs(before)).unwrap();
        let back: Vec<Hash> = prove_tree(size, old, &List(&hashes)).unwrap().iter().map(|h| Hash(h.0)).collect();
        assert_eq!(verify_consistency(old, &before, size, &root, &back), Ok(()));
    }
    assert_eq!(Resource::Tile { level: 1, index: 0, width: 2 }.path(), "tile/1/000.p/2");
}

#[test]
fn ct_merkle_builds_the_same_tree_and_verifies_our_proofs() {
    let mut theirs = ct_merkle::mem_backed_tree::MemoryBackedTree::<sha2::Sha256, Vec<u8>>::new();
    for size in 1..=520_u64 {
        theirs.push(entry(size - 1));
        if ![1, 2, 3, 7, 8, 255, 256, 257, 520].contains(&size) {
            continue;
        }
        let (store, log) = written(size, 300);
        let root = theirs.root();
        assert_eq!(root.as_bytes().as_slice(), log.checkpoint().root.0);
        let ours = tree(&store, &log);
        for index in [0, size / 2, size - 1] {
            let bytes: Vec<u8> = ours.inclusion(index).unwrap().iter().flat_map(|hash| hash.0).collect();
            let proof = ct_merkle::InclusionProof::<sha2::Sha256>::try_from_bytes(bytes).unwrap();
            root.verify_inclusion(&entry(index), index, &proof).unwrap();
            let back = theirs.prove_inclusion(usize::try_from(index).unwrap());
            assert_eq!(back.as_bytes(), proof.as_bytes());
        }
    }
}

#[test]
fn a_note_of_theirs_with_our_cosignature_still_reads() {
    let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size: 0, root: Hash::empty() };
    let mut note = checkpoint.sign(&log_signer());
    note.add([signer("w.example", Kind::Cosignature, 5).sign(&note.text, 1)]);
    let read = TheirNote::from_bytes(note.to_string().as_bytes()).unwrap();
    let verifier = StandardVerifier::new(&log_key().to_string()).unwrap();
    let (held, others) = read.verify(&VerifierList::new(vec![Box::new(verifier)])).unwrap();
    assert_eq!((held.len(), others.len()), (1, 1));
    assert_eq!(to_base64(&[0]), "AA==");
}
