//! The entry's form: one writing, and nothing that could carry a name (SG-081).

use std::collections::BTreeMap;

use proptest::prelude::*;
use tributary_ledger::entry::{Entry, EntryError, Pseudonym, commitment, is_token, pseudonym};
use tributary_ledger::hash::to_hex;
use tributary_ledger::time::{parse_time, write_time};

fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The vectors of specs/ledger-entry.md, read from the page itself.
#[test]
fn the_vectors_of_the_specification_hold() {
    let page = std::fs::read_to_string("../../specs/ledger-entry.md").unwrap();
    let value = |name: &str| page.lines().find_map(|l| l.strip_prefix(&format!("{name} = "))).unwrap_or_else(|| panic!("{name}")).to_owned();
    let commit = commitment(&[0x11; 32], b"{\"case\":\"C-1\"}");
    assert_eq!(to_hex(&commit), value("commit"));
    let actor = pseudonym(&[0x22; 32], "escalation:E-7", "actor", "a.khan");
    assert_eq!(actor.to_string(), value("actor"));
    let unit = pseudonym(&[0x22; 32], "escalation:E-7", "unit", "u1");
    assert_eq!(unit.to_string(), value("unit"));
    let refs = BTreeMap::from([("unit".to_owned(), unit), ("actor".to_owned(), actor)]);
    let entry = Entry::new("escalation.signed", 1_769_851_800_123, commit, refs, tags(&[("outcome", "accepted"), ("protocol", "pk.fia")])).unwrap();
    assert_eq!(entry.encode(), value("entry"));
    assert_eq!(tributary_ledger::Hash::leaf(entry.encode().as_bytes()).to_base64(), value("leaf"));
    assert_eq!(Entry::decode(value("entry").as_bytes()).unwrap(), entry);
}

#[test]
fn anything_but_the_one_writing_is_refused() {
    let good =
        Entry::new("a.b", 0, [0; 32], BTreeMap::from([("case".to_owned(), Pseudonym([1; 16]))]), tags(&[("a", "x"), ("b", "y")])).unwrap().encode();
    assert!(Entry::decode(good.as_bytes()).is_ok());
    let hex = "01".repeat(16);
    let changes: [(&str, String); 22] = [
        ("\"v\":1", "\"v\":2".into()),
        ("\"v\":1", "\"v\":1.0".into()),
        ("\"v\":1", "\"v\": 1".into()),
        (",\"v\":1", String::new()),
        ("\"kind\":\"a.b\"", "\"kind\":\"A.b\"".into()),
        ("\"kind\":\"a.b\"", "\"kind\":\"a..b\"".into()),
        ("\"kind\":\"a.b\"", format!("\"kind\":\"{}\"", "a".repeat(49))),
        ("\"kind\":\"a.b\"", "\"kind\":\"a.b\",\"name\":\"x\"".into()),
        ("1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00Z".into()),
        ("1970-01-01T00:00:00.000Z", "1970-01-01T00:00:60.000Z".into()),
        ("1970-01-01T00:00:00.000Z", "1970-02-30T00:00:00.000Z".into()),
        ("1970-01-01T00:00:00.000Z", "1970-01-01t00:00:00.000Z".into()),
        ("1970-01-01T00:00:00.000Z", "1969-12-31T23:59:59.999Z".into()),
        (&hex, "01".repeat(15)),
        (&hex, "0A".repeat(16)),
        ("\"a\":\"x\",\"b\":\"y\"", "\"b\":\"y\",\"a\":\"x\"".into()),
        ("\"a\":\"x\"", "\"a\":\"x\",\"a\":\"x\"".into()),
        ("\"a\":\"x\"", "\"a\":\"Muhammad Khan\"".into()),
        ("\"a\":\"x\"", "\"a\":\"\\u0078\"".into()),
        ("\"a\":\"x\"", "\"a\":\"\"".into()),
        ("\"a\":\"x\"", "\"a\":1".into()),
        ("AAAAAA=", "AAAAAB=".into()),
    ];
    for (from, to) in &changes {
        assert!(good.contains(from), "{from}");
        let bad = good.replacen(from, to, 1);
        assert!(Entry::decode(bad.as_bytes()).is_err(), "{bad}");
    }
    for bad in [format!(" {good}"), format!("{good}\n"), good.replace(',', ", "), good.replace('"', "'"), String::new()] {
        assert!(Entry::decode(bad.as_bytes()).is_err(), "{bad}");
    }
}

/// SG-081: no personal datum has a writing in a leaf.
#[test]
fn what_identifies_a_person_is_no_token() {
    for bad in [
        "Ali",
        "ali khan",
        "ali@example.org",
        "+923001234567",
        "03001234567",
        "0300-1234567",
        "42101-1234567-1",
        "pk36scbl0000001123456702",
        "4111111111111111",
        "محمد",
        "a/b",
        "\u{301}",
        "ab123456789",
        "2026-11-22t10:00",
    ] {
        assert!(!is_token(bad), "{bad}");
        let made = Entry::new("a.b", 0, [0; 32], BTreeMap::new(), tags(&[("t", bad)]));
        let error = made.unwrap_err();
        assert_eq!(error, EntryError::Token("t".to_owned()));
        assert!(!error.to_string().contains(bad), "the refused value is not repeated");
    }
    for good in ["accepted", "pk.fia:2.1.0", "2026-11-22", "rights-officer", "fiu:anti_trafficking", "12"] {
        assert!(is_token(good), "{good}");
    }
}

/// SG-081: without the salt a commitment tells nothing; with it, it opens to one payload alone.
#[test]
fn a_commitment_opens_with_its_salt_alone() {
    let commit = commitment(&[5; 32], b"payload");
    assert_eq!(commit, commitment(&[5; 32], b"payload"));
    assert_ne!(commit, commitment(&[6; 32], b"payload"));
    assert_ne!(commit, commitment(&[5; 32], b"payloae"));
}

#[test]
fn one_person_has_another_pseudonym_in_each_scope() {
    let of = |scope: &str, name: &str, id: &str| pseudonym(&[9; 32], scope, name, id);
    assert_eq!(of("case:1", "actor", "a"), of("case:1", "actor", "a"));
    let all = [
        of("case:1", "actor", "a"),
        of("case:2", "actor", "a"),
        of("case:1", "unit", "a"),
        of("case:1", "actor", "b"),
        of("case:1a", "ctor", "a"),
        pseudonym(&[8; 32], "case:1", "actor", "a"),
    ];
    assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len());
}

#[test]
fn bounds_hold() {
    let many = |count: usize| (0..count).map(|n| (format!("t{n:02}"), "x".repeat(64))).collect::<BTreeMap<_, _>>();
    let refs = |count: usize| (0..count).map(|n| (format!("r{n:02}"), Pseudonym([n as u8; 16]))).collect::<BTreeMap<_, _>>();
    let largest = Entry::new(&["a"; 24].join("."), 253_402_300_799_999, [255; 32], refs(16), many(24)).unwrap();
    assert_eq!(Entry::decode(largest.encode().as_bytes()).unwrap(), largest);
    assert!(largest.encode().len() < 8192);
    assert_eq!(Entry::new("a", 0, [0; 32], refs(17), many(0)), Err(EntryError::Many));
    assert_eq!(Entry::new("a", 0, [0; 32], refs(0), many(25)), Err(EntryError::Many));
    assert_eq!(Entry::new("a", 253_402_300_800_000, [0; 32], refs(0), many(0)), Err(EntryError::Time));
    assert!(matches!(Entry::new("a", 0, [0; 32], refs(0), tags(&[("Name", "x")])), Err(EntryError::Name(_))));
}

#[test]
fn times_are_those_of_the_calendar() {
    for (ms, text) in [
        (0, "1970-01-01T00:00:00.000Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        (1_763_839_800_001, "2025-11-22T19:30:00.001Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ] {
        assert_eq!((write_time(ms).as_deref(), parse_time(text)), (Some(text), Some(ms)));
    }
    assert_eq!(parse_time("2100-02-29T00:00:00.000Z"), None);
}

proptest! {
    #[test]
    fn every_entry_reads_back(kind in "[a-z][a-z0-9_]{0,9}(\\.[a-z][a-z0-9_]{0,9}){0,2}", at in 0_u64..253_402_300_800_000, commit in any::<[u8; 32]>(),
        refs in proptest::collection::btree_map("[a-z][a-z0-9_]{0,8}", any::<[u8; 16]>().prop_map(Pseudonym), 0..6),
        tags in proptest::collection::btree_map("[a-z][a-z0-9_]{0,8}", "[a-z._:-]{1,20}[0-9]{0,8}", 0..6)) {
        let entry = Entry::new(&kind, at, commit, refs, tags).unwrap();
        let bytes = entry.encode();
        prop_assert_eq!(Entry::decode(bytes.as_bytes()).unwrap(), entry);
        // JSON all the same
        let shaped = bytes.starts_with("{\"at\":") && bytes.ends_with(",\"v\":1}");
        prop_assert!(shaped);
    }

    #[test]
    fn what_decodes_is_what_is_encoded(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(entry) = Entry::decode(&bytes) {
            prop_assert_eq!(entry.encode().into_bytes(), bytes);
        }
    }

    #[test]
    fn times_go_there_and_back(ms in 0_u64..253_402_300_800_000) {
        prop_assert_eq!(parse_time(&write_time(ms).unwrap()), Some(ms));
    }
}
