//! Policies and receipts: whose cosignatures suffice, and what holds offline.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tributary_ledger::note::{Kind, Signer};
use tributary_ledger::policy::Policy;
use tributary_ledger::receipt::{Receipt, ReceiptError};

use crate::{ORIGIN, entry, log_key, log_signer, signer, tree, written};

fn witness(number: u8) -> Signer {
    signer(&format!("w{number}.example"), Kind::Cosignature, 100 + number)
}

/// State oversight (a court, an ombudsperson) and civil society (an organisation, a university), one of each: SG-080.
fn policy() -> String {
    let w = |name: &str, number: u8| format!("witness {name} {}\n", witness(number).verifier());
    let head = format!("# who must have seen it\nlog {} https://{ORIGIN}/\n\n", log_key());
    let witnesses = [w("court", 1), w("ombuds", 2), w("ngo", 3), w("academic", 4)].concat();
    format!("{head}{witnesses}group state any court ombuds\n\tgroup civil 1 ngo academic \ngroup both all state civil\nquorum both\n")
}

#[test]
fn a_quorum_needs_state_oversight_and_civil_society() {
    let policy = Policy::parse(policy().as_bytes()).unwrap();
    for mask in 0_u8..16 {
        let present: BTreeSet<usize> = (0..4).filter(|bit| mask & (1 << bit) != 0).collect();
        let expected = (mask & 0b0011) != 0 && (mask & 0b1100) != 0;
        assert_eq!(policy.meets(&present), expected, "{mask:04b}");
    }
}

#[test]
fn a_receipt_holds_offline_and_what_was_changed_does_not() {
    let (store, log) = written(300, 300);
    let policy = Policy::parse(policy().as_bytes()).unwrap();
    let mut note = log.note().unwrap().clone();
    let receipt =
        |checkpoint: String| Receipt { extra: Some(vec![1, 2, 3]), index: 77, proof: tree(&store, &log).inclusion(77).unwrap(), checkpoint };
    // SG-080: no quorum, no receipt that holds
    note.add([witness(1).sign(&note.text, 50), witness(2).sign(&note.text, 60)]);
    let early = receipt(note.to_string());
    assert_eq!(early.verify(&entry(77), &policy, None), Err(ReceiptError::Quorum("ngo, academic".to_owned())));
    note.add([witness(4).sign(&note.text, 70)]);
    let good = receipt(note.to_string());
    let text = good.to_string();
    assert_eq!(Receipt::parse(text.as_bytes()).unwrap(), good);
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra AQID\nindex 77\n"));
    let verdict = good.verify(&entry(77), &policy, Some(70)).unwrap();
    assert_eq!(verdict.cosigned.iter().map(|c| (c.witness.as_str(), c.time)).collect::<Vec<_>>(), [("court", 50), ("ombuds", 60), ("academic", 70)]);
    assert!(matches!(good.verify(&entry(77), &policy, Some(69)), Err(ReceiptError::Quorum(_))), "a cosignature from the future is none");
    assert!(matches!(good.verify(&entry(78), &policy, None), Err(ReceiptError::Proof(_))));
    assert!(Receipt { index: 78, ..good.clone() }.verify(&entry(77), &policy, None).is_err());
    let other = Receipt { checkpoint: good.checkpoint.replace("300\n", "301\n"), ..good.clone() };
    assert!(matches!(other.verify(&entry(77), &policy, None), Err(ReceiptError::Checkpoint(_))));
    let stranger = signer(ORIGIN, Kind::Ed25519, 2);
    let resigned = log.checkpoint().sign(&stranger).to_string();
    assert!(matches!(Receipt { checkpoint: resigned, ..good }.verify(&entry(77), &policy, None), Err(ReceiptError::Checkpoint(_))));
}

#[test]
fn what_is_no_policy_is_refused_with_its_line() {
    let (log, w1, w2) = (log_key().to_string(), witness(1).verifier().to_string(), witness(2).verifier().to_string());
    let cases: Vec<(String, usize, &str)> = vec![
        (format!("log {log}\n"), 0, "no quorum"),
        ("quorum none\nquorum none\n".to_owned(), 2, "already"),
        (format!("log {log}\nlog {log}\nquorum none\n"), 2, "same key"),
        (format!("log {w1}\nquorum none\n"), 1, "cannot sign as a log"),
        (format!("witness a {log}\nquorum a\n"), 1, "cannot cosign"),
        (format!("witness a {w1}\nwitness b {w1}\nquorum a\n"), 2, "same key"),
        (format!("witness a {w1}\nwitness a {w2}\nquorum a\n"), 2, "taken"),
        (format!("witness none {w1}\nquorum none\n"), 1, "taken"),
        (format!("witness a {w1}\ngroup g 2 a\nquorum g\n"), 2, "cannot need 2"),
        (format!("witness a {w1}\ngroup g 0 a\nquorum g\n"), 2, "cannot need 0"),
        (format!("witness a {w1}\ngroup g 01 a\nquorum g\n"), 2, "neither"),
        (format!("witness a {w1}\ngroup g any\nquorum g\n"), 2, "cannot need"),
        (format!("witness a {w1}\ngroup g any a a\nquorum g\n"), 2, "twice"),
        (format!("witness a {w1}\ngroup g any a\ngroup h any a g\nquorum h\n"), 3, "twice"),
        (format!("witness a {w1}\ngroup g any g\nquorum g\n"), 2, "not defined"),
        (format!("witness a {w1}\ngroup g any none\nquorum g\n"), 2, "not defined"),
        (format!("quorum a\nwitness a {w1}\n"), 1, "not defined"),
        ("quorum\u{b}none\n".to_owned(), 1, "control"),
        ("quorum none\r\n".to_owned(), 1, "control"),
        ("watch me\nquorum none\n".to_owned(), 1, "begins no line"),
        ("log a b c\nquorum none\n".to_owned(), 1, "reads `log"),
        ("log xyz\nquorum none\n".to_owned(), 1, "not a key"),
    ];
    for (text, line, why) in cases {
        let error = Policy::parse(text.as_bytes()).unwrap_err();
        assert!(error.line == line && error.why.contains(why), "{text:?}: {error}");
    }
    let widest: String = (1..=40).map(|n| format!("witness w{n} {}\n", signer("w", Kind::Cosignature, n).verifier())).collect();
    let groups: String = (1..=40).map(|n| format!("group g{n} any w{n}\n")).collect();
    assert!(Policy::parse(format!("{widest}{groups}quorum g40\n# \u{e9}t\u{e9}").as_bytes()).is_ok(), "at least 32 of each");
    assert!(Policy::parse(b"witness \xff\xfe \nquorum none").is_err());
    assert!(Policy::parse(b"quorum none\n# \xff\xfe").is_ok(), "octets above 0x7f are opaque");
}

proptest! {
    /// Groups of groups against a plain recursive count.
    #[test]
    fn groups_count_as_they_say(needs in proptest::collection::vec((1_usize..4, 2_usize..5), 1..6), mask in any::<u64>()) {
        let mut text = String::new();
        let mut free: Vec<(String, bool)> = Vec::new();
        for number in 0_u8..24 {
            text += &format!("witness w{number} {}\n", witness(number).verifier());
            free.push((format!("w{number}"), mask >> number & 1 == 1));
        }
        for (number, (need, members)) in needs.iter().enumerate() {
            let need = need.min(members);
            let part: Vec<(String, bool)> = free.drain(..*members).collect();
            let names = part.iter().map(|p| p.0.clone()).collect::<Vec<_>>().join(" ");
            text += &format!("group g{number} {need} {names}\n");
            // the newest group is a member of the next
            free.insert(0, (format!("g{number}"), part.iter().filter(|p| p.1).count() >= *need));
        }
        text += &format!("quorum {}\n", free[0].0);
        let policy = Policy::parse(text.as_bytes()).unwrap();
        let present: BTreeSet<usize> = (0..24).filter(|n| mask >> n & 1 == 1).collect();
        prop_assert_eq!(policy.meets(&present), free[0].1);
    }

    #[test]
    fn a_receipt_reads_back(index in any::<u64>(), hashes in proptest::collection::vec(any::<[u8; 32]>(), 0..63), extra in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..50))) {
        let checkpoint = tributary_ledger::Checkpoint { origin: ORIGIN.to_owned(), size: 1, root: tributary_ledger::Hash([0; 32]) }.sign(&log_signer()).to_string();
        let receipt = Receipt { extra, index, proof: hashes.into_iter().map(tributary_ledger::Hash).collect(), checkpoint };
        prop_assert_eq!(Receipt::parse(receipt.to_string().as_bytes()).unwrap(), receipt);
    }
}
