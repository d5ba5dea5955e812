//! Notes, keys, checkpoints and cosignatures: the standards' examples and what must be refused.

use proptest::prelude::*;
use tributary_ledger::checkpoint::Checkpoint;
use tributary_ledger::note::{Kind, Note, NoteError, Signature, Signer, VerifierKey};
use tributary_ledger::{Hash, cosign};

use crate::{ORIGIN, log_key, log_signer, signer};

/// The example of golang.org/x/mod/sumdb/note, whose format c2sp.org/signed-note is.
const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_NOTE: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

/// The checkpoint and cosignature lines of c2sp.org/tlog-cosignature's example.
const EXAMPLE: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\u{2014} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";

#[test]
fn the_standards_example_verifies_and_a_changed_one_does_not() {
    let key = VerifierKey::parse(GO_KEY).unwrap();
    assert_eq!((key.name(), key.id(), key.kind(), key.to_string()), ("PeterNeumann", 0xc74f_20a3, Kind::Ed25519, GO_KEY.to_owned()));
    let note = Note::parse(GO_NOTE.as_bytes()).unwrap();
    assert_eq!(note.to_string(), GO_NOTE);
    assert_eq!(note.verify(&[&key]).unwrap().len(), 1);
    let changed = Note::parse(GO_NOTE.replace("answer", "Answer").as_bytes()).unwrap();
    assert_eq!(changed.verify(&[&key]), Err(NoteError::Forged("PeterNeumann".to_owned())));
    let other = signer("PeterNeumann", Kind::Ed25519, 9);
    assert_eq!(note.verify(&[other.verifier()]), Err(NoteError::Unsigned));
}

#[test]
fn the_checkpoint_example_reads_with_the_time_of_its_cosignature() {
    let (checkpoint, note) = Checkpoint::parse(EXAMPLE.as_bytes()).unwrap();
    assert_eq!((checkpoint.origin.as_str(), checkpoint.size), ("example.com/behind-the-sofa", 20_852_163));
    assert_eq!(note.to_string(), EXAMPLE);
    let time = note.signatures[1].bytes.first_chunk::<8>().copied().map(u64::from_be_bytes);
    assert_eq!((note.signatures[1].id, time), (0x8d66_cf3f, Some(1_679_315_147)));
    let message = cosign::message(1_679_315_147, &note.text);
    assert!(message.starts_with("cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n") && message.ends_with("jxq2I=\n"));
}

#[test]
fn keys_read_back_and_a_wrong_hash_is_found() {
    for kind in [Kind::Ed25519, Kind::Cosignature] {
        let made = signer("a.example/key", kind, 3);
        let text = made.verifier().to_string();
        assert_eq!(VerifierKey::parse(&text).unwrap(), *made.verifier());
        assert_eq!(Signer::parse(&made.to_secret_text()).unwrap().verifier(), made.verifier());
        assert!(!format!("{made:?}").contains("PRIVATE"));
        let other = text.replace("a.example/key", "b.example/key");
        assert!(matches!(VerifierKey::parse(&other), Err(NoteError::Key(why)) if why.contains("hash")), "{other}");
    }
    // the point of order one: it would verify anything
    let weak = [&[1][..], &[0; 31]].concat();
    assert!(VerifierKey::new("w", Kind::Ed25519, &weak).is_err());
    for bad in ["", "a", "a+b", "a+00000000+", "a+0000000g+AQ==", "+00000000+AQ==", "a b+00000000+AQ=="] {
        assert!(VerifierKey::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn what_is_no_checkpoint_is_refused() {
    let root = Hash::empty().to_base64();
    let good = format!("o\n0\n{root}\n");
    assert!(Checkpoint::parse_text(&good).unwrap().is_sound());
    let bad = [
        format!("o\n00\n{root}\n"),
        format!("o\n01\n{root}\n"),
        format!("o\n+1\n{root}\n"),
        format!("o\n-1\n{root}\n"),
        format!("o\n 1\n{root}\n"),
        format!("o\n1 \n{root}\n"),
        format!("o\n\n{root}\n"),
        format!("\n1\n{root}\n"),
        format!("o\n18446744073709551616\n{root}\n"),
        format!("o\n9223372036854775808\n{root}\n"),
        format!("o\n1\n{root}\nextension\n"),
        format!("o\n1\n{root}"),
        format!("o\n1\n{}\n", root.trim_end_matches('=')),
        format!("o\n1\n{}\n", root.replace("FU=", "FV=")),
        "o\n1\n\n".to_owned(),
        "o\n1\n".to_owned(),
    ];
    for text in bad {
        assert!(Checkpoint::parse_text(&text).is_err(), "{text:?}");
    }
    assert!(!Checkpoint::parse_text(&format!("o\n0\n{}\n", Hash::leaf(b"").to_base64())).unwrap().is_sound());
}

#[test]
fn a_checkpoint_is_opened_with_its_own_logs_key_alone() {
    let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size: 3, root: Hash::leaf(b"x") };
    let note = checkpoint.sign(&log_signer()).to_string();
    assert_eq!(Checkpoint::open(note.as_bytes(), &log_key()).unwrap().0, checkpoint);
    assert!(Checkpoint::open(note.as_bytes(), signer(ORIGIN, Kind::Ed25519, 2).verifier()).is_err());
    let foreign = Checkpoint { origin: "other.example".to_owned(), ..checkpoint }.sign(&log_signer()).to_string();
    assert!(Checkpoint::open(foreign.as_bytes(), &log_key()).is_err(), "the key's name is the log's");
}

#[test]
fn signatures_of_strangers_are_passed_over_up_to_a_bound() {
    let mut note = Checkpoint { origin: ORIGIN.to_owned(), size: 0, root: Hash::empty() }.sign(&log_signer());
    for number in 0..63 {
        note.signatures.push(Signature { name: format!("w{number}"), id: number, bytes: vec![7; 72] });
    }
    let text = note.to_string();
    assert_eq!(Note::parse(text.as_bytes()).unwrap().verify(&[&log_key()]).unwrap().len(), 1);
    note.signatures.push(Signature { name: "one-more".to_owned(), id: 1, bytes: vec![7; 72] });
    assert!(Note::parse(note.to_string().as_bytes()).is_err());
    // a known key's broken signature is no stranger's
    let mut broken = Note::parse(text.as_bytes()).unwrap();
    broken.signatures[0].bytes[5] ^= 1;
    assert_eq!(broken.verify(&[&log_key()]), Err(NoteError::Forged(ORIGIN.to_owned())));
}

#[test]
fn what_is_no_note_is_refused() {
    for bad in [
        "",
        "a\n",
        "a\n\n",
        "a\n\n\u{2014} n AAAAAAAA",
        "a\n\n- n AAAAAAAA\n",
        "a\n\n\u{2014} n\n",
        "a\n\n\u{2014}  AAAAAAAA\n",
        "a\n\n\u{2014} n AAAA\n",
        "a\n\n\u{2014} n A+A\n",
        "a\r\n\n\u{2014} n AAAAAAAA\n",
        "a\n\n\u{2014} n AAAAAAAA\n\n",
        "a\n\n\u{2014} n\u{a0}m AAAAAAAA\n",
        "a\n\n\u{2014} n AAAAAAAA \n",
        "a\0\n\n\u{2014} n AAAAAAAA\n",
    ] {
        assert!(Note::parse(bad.as_bytes()).is_err(), "{bad:?}");
    }
    assert!(Note::parse(b"a\xff\n\n\xe2\x80\x94 n AAAAAAAA\n").is_err());
    assert_eq!(Note::parse("a\n\nb\n\n\u{2014} n AAAAAAAA\n".as_bytes()).unwrap().text, "a\n\nb\n");
}

proptest! {
    #[test]
    fn a_signature_holds_for_its_text_its_key_and_its_time(text in "[a-z\n]{0,40}", seed in any::<[u8; 32]>(), time in 0_u64..1 << 63, change in 0_usize..80) {
        for kind in [Kind::Ed25519, Kind::Cosignature] {
            let signer = Signer::new("k.example", kind, &seed).unwrap();
            let text = format!("{text}\n");
            let mut signature = signer.sign(&text, time);
            let expected = if kind == Kind::Cosignature { Some(time) } else { None };
            prop_assert_eq!(signer.verifier().verify(&text, &signature), Ok(expected));
            prop_assert_eq!(Signature::parse(&signature.to_string()).unwrap(), signature.clone());
            let longer = signer.verifier().verify(&[&text, "\n"].concat(), &signature);
            prop_assert!(longer.is_err());
            let at = change % signature.bytes.len();
            signature.bytes[at] ^= 1;
            prop_assert!(signer.verifier().verify(&text, &signature).is_err());
        }
    }
}
