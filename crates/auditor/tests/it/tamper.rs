//! Each way of changing what was written, as data: who does it, and by which name the auditor finds it.

use std::fs;

use tributary_ledger::note::Kind;
use tributary_ledger::tile::{bundle_entries, push_entry};
use tributary_ledger::{Checkpoint, Hash, Log};

use crate::{Folder, Ledger, ORIGIN, cosigned, entry, log_signer, signer};

const VERIFY: &str = "verify ledger --log-key log.vkey --policy policy --since old.checkpoint --as-of 2026-02-01";

/// A bundle's entries changed in place, and the file written again.
fn rewrite(ledger: &Ledger, name: &str, change: impl Fn(&mut Vec<Vec<u8>>)) {
    let path = ledger.path(&format!("ledger/{name}"));
    let bytes = fs::read(&path).unwrap();
    let mut entries: Vec<Vec<u8>> = bundle_entries(&bytes).unwrap().into_iter().map(<[u8]>::to_vec).collect();
    change(&mut entries);
    let mut bundle = Vec::new();
    entries.iter().for_each(|e| assert!(push_entry(&mut bundle, e)));
    fs::write(path, bundle).unwrap();
}

/// The whole ledger written again with other entries, by somebody who has the log's key; witnesses have not seen it.
fn rewritten(ledger: &Ledger, count: u64, changed: u64) -> Log {
    fs::remove_dir_all(ledger.path("ledger")).unwrap();
    fs::create_dir(ledger.path("ledger")).unwrap();
    let mut folder = Folder(ledger.path("ledger"));
    let mut log = Log::open(&folder, log_signer().verifier()).unwrap();
    let entries: Vec<Vec<u8>> = (0..count).map(|n| if n == changed { entry(n + 3) } else { entry(n) }).collect();
    log.publish(&mut folder, &log_signer(), 0, &entries).unwrap();
    log
}

type Deed = fn(&Ledger);

/// What was done, how, and the finding that must be among those told.
const DEEDS: [(&str, Deed, &str); 22] = [
    ("an entry edited", |l| rewrite(l, "tile/entries/001", |e| e[7] = entry(9999)), "entry-changed"),
    ("an entry deleted", |l| rewrite(l, "tile/entries/001", |e| drop(e.remove(7))), "missing"),
    (
        "an entry deleted, another put at the end",
        |l| {
            rewrite(l, "tile/entries/001", |e| {
                e.remove(7);
                e.push(entry(1))
            })
        },
        "entry-changed",
    ),
    ("an entry put in", |l| rewrite(l, "tile/entries/000", |e| e.insert(3, entry(1))), "entry-changed"),
    ("two entries in each other's place", |l| rewrite(l, "tile/entries/000", |e| e.swap(3, 200)), "entries-reordered"),
    (
        "a bundle cut in the middle",
        |l| {
            let p = l.path("ledger/tile/entries/001");
            let b = fs::read(&p).unwrap();
            fs::write(p, &b[..b.len() / 2]).unwrap()
        },
        "missing",
    ),
    ("a bundle deleted", |l| fs::remove_file(l.path("ledger/tile/entries/001")).unwrap(), "missing"),
    ("the last bundle deleted", |l| fs::remove_file(l.path("ledger/tile/entries/002.p/88")).unwrap(), "missing"),
    (
        "two bundles in each other's place",
        |l| {
            let (a, b) = (l.path("ledger/tile/entries/000"), l.path("ledger/tile/entries/001"));
            let bytes = fs::read(&a).unwrap();
            fs::copy(&b, &a).unwrap();
            fs::write(b, bytes).unwrap();
        },
        "entry-changed",
    ),
    (
        "two tiles in each other's place",
        |l| {
            let (a, b) = (l.path("ledger/tile/0/000"), l.path("ledger/tile/0/001"));
            let bytes = fs::read(&a).unwrap();
            fs::copy(&b, &a).unwrap();
            fs::write(b, bytes).unwrap();
        },
        "tile-changed",
    ),
    (
        "a tile above changed",
        |l| {
            let p = l.path("ledger/tile/1/000.p/2");
            let mut b = fs::read(&p).unwrap();
            b[40] ^= 1;
            fs::write(p, b).unwrap()
        },
        "tile-changed",
    ),
    ("a tile deleted", |l| fs::remove_file(l.path("ledger/tile/0/001")).unwrap(), "missing"),
    (
        "an entry replaced and its tiles computed again, the checkpoint left",
        |l| {
            let kept = fs::read(l.path("ledger/checkpoint")).unwrap();
            rewritten(l, 600, 300);
            fs::write(l.path("ledger/checkpoint"), kept).unwrap();
        },
        "history-replaced",
    ),
    ("history written again and signed by the log itself", |l| drop(rewritten(l, 600, 300)), "not-consistent"),
    ("history written again, longer", |l| drop(rewritten(l, 700, 300)), "not-consistent"),
    ("history written again after what was seen, with no witness", |l| drop(rewritten(l, 600, 550)), "quorum-missing"),
    ("rolled back to fewer entries, signed again", |l| drop(rewritten(l, 300, 9999)), "rolled-back"),
    (
        "an old checkpoint put back",
        |l| {
            fs::copy(l.path("older.checkpoint"), l.path("ledger/checkpoint")).unwrap();
        },
        "rolled-back",
    ),
    (
        "signed again with another key of the same name",
        |l| {
            let checkpoint = l.log.checkpoint();
            fs::write(l.path("ledger/checkpoint"), checkpoint.sign(&signer(ORIGIN, Kind::Ed25519, 9)).to_string()).unwrap();
        },
        "signature-missing",
    ),
    (
        "the checkpoint's size edited",
        |l| {
            let text = fs::read_to_string(l.path("ledger/checkpoint")).unwrap().replace("\n600\n", "\n599\n");
            fs::write(l.path("ledger/checkpoint"), text).unwrap();
        },
        "signature-forged",
    ),
    (
        "a cosignature of another checkpoint put on",
        |l| {
            let other = Checkpoint { root: Hash::leaf(b"x"), ..l.log.checkpoint() }.sign(&log_signer());
            let mut note = l.log.checkpoint().sign(&log_signer());
            note.add(cosigned(&other, &[1, 3], 1_767_300_000).signatures.into_iter().skip(1));
            fs::write(l.path("ledger/checkpoint"), note.to_string()).unwrap();
        },
        "signature-forged",
    ),
    ("the checkpoint deleted", |l| fs::remove_file(l.path("ledger/checkpoint")).unwrap(), "checkpoint-missing"),
];

/// A ledger of 600 entries; checkpoints of 200 and of 400 were kept outside.
fn ledger() -> Ledger {
    let mut ledger = Ledger::new(200);
    ledger.write("older.checkpoint", ledger.log.note().unwrap().to_string().as_bytes());
    ledger.add(400);
    ledger.write("old.checkpoint", ledger.log.note().unwrap().to_string().as_bytes());
    ledger.add(600);
    ledger
}

#[test]
fn an_honest_ledger_holds() {
    let ledger = ledger();
    assert_eq!(ledger.found(VERIFY), (0, Vec::new()));
    let text = String::from_utf8(ledger.run(VERIFY).stdout).unwrap();
    assert!(text.contains("600 entries and their tiles give the signed root") && text.contains("nothing was found"), "{text}");
}

#[test]
fn each_way_of_changing_it_is_found_and_named() {
    for (name, deed, rule) in DEEDS {
        let ledger = ledger();
        deed(&ledger);
        let (code, found) = ledger.found(VERIFY);
        assert_eq!(code, 1, "{name}: {found:?}");
        assert!(found.iter().any(|f| f == rule), "{name}: {found:?}");
    }
}

/// The entry at fault is named, not its neighbours.
#[test]
fn the_place_is_told() {
    let ledger = ledger();
    rewrite(&ledger, "tile/entries/001", |e| e[7] = entry(9999));
    let (_, value) = ledger.json(VERIFY);
    let indices: Vec<u64> = value["findings"].as_array().unwrap().iter().filter_map(|f| f["index"].as_u64()).collect();
    assert_eq!(indices, [263]);
}

#[test]
fn withheld_entries_show_by_the_age_of_the_newest_cosignature() {
    let ledger = ledger();
    let aged = |hours: u32| ledger.found(&format!("{VERIFY} --max-age-hours {hours}"));
    assert_eq!(aged(24), (1, vec!["stale".to_owned()]));
    assert_eq!(aged(24 * 40), (0, Vec::new()));
}

/// Two checkpoints of one size: the proof is written, holds by itself, and an honest pair gives none.
#[test]
fn a_fork_is_proven() {
    let ledger = ledger();
    fs::copy(ledger.path("ledger/checkpoint"), ledger.path("mine.checkpoint")).unwrap();
    let same = "fork mine.checkpoint ledger/checkpoint --log-key log.vkey --proof proof.json";
    assert_eq!(ledger.found(same), (0, Vec::new()));
    assert!(!ledger.path("proof.json").exists());
    assert_eq!(ledger.found("fork old.checkpoint mine.checkpoint --log-key log.vkey --ledger ledger"), (0, Vec::new()));
    rewritten(&ledger, 600, 300);
    assert_eq!(ledger.found(same), (1, vec!["forked".to_owned()]));
    let proof: serde_json::Value = serde_json::from_slice(&fs::read(ledger.path("proof.json")).unwrap()).unwrap();
    let roots: Vec<Hash> = proof["checkpoints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|text| Checkpoint::open(text.as_str().unwrap().as_bytes(), log_signer().verifier()).unwrap().0)
        .inspect(|checkpoint| assert_eq!(checkpoint.size, 600))
        .map(|checkpoint| checkpoint.root)
        .collect();
    assert!(roots.len() == 2 && roots[0] != roots[1]);
    assert_eq!(ledger.found("fork old.checkpoint ledger/checkpoint --log-key log.vkey --ledger ledger").1, ["not-consistent"]);
}
