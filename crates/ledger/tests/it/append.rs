//! Tiles on a store: the same log however it was written, whenever it was interrupted; nothing is ever written over.

use std::cell::Cell;

use proptest::prelude::*;
use tributary_ledger::append::Edge;
use tributary_ledger::tile::{Resource, bundle_entries, push_entry, resources, width_at};
use tributary_ledger::{AppendError, Hash, Log, StoreError, TileRead, TileStore, plain};

use crate::{Store, entry, log_key, log_signer, tree, written};

#[test]
fn names_are_the_standards() {
    let cases: [(Resource, &str); 7] = [
        (Resource::Tile { level: 0, index: 1_234_067, width: 256 }, "tile/0/x001/x234/067"),
        (Resource::Tile { level: 3, index: 0, width: 256 }, "tile/3/000"),
        (Resource::Tile { level: 0, index: 273, width: 112 }, "tile/0/273.p/112"),
        (Resource::Tile { level: 63, index: 999, width: 1 }, "tile/63/999.p/1"),
        (Resource::Entries { index: 1000, width: 255 }, "tile/entries/x001/000.p/255"),
        (Resource::Entries { index: 0, width: 256 }, "tile/entries/000"),
        (Resource::Tile { level: 1, index: 1_000_000, width: 256 }, "tile/1/x001/x000/000"),
    ];
    for (resource, path) in cases {
        assert_eq!(resource.path(), path);
        assert_eq!(Resource::parse(path), Some(resource));
    }
    for bad in [
        "",
        "tile/0/1",
        "tile/00/001",
        "tile/64/000",
        "tile/0/x000/001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/001/000",
        "tile/0/x001",
        "tile/entries/",
        "tile/0/000/",
        "tile/-1/000",
        "tile/0/0000",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
    ] {
        assert_eq!(Resource::parse(bad), None, "{bad}");
    }
}

/// The standard's example: 70,000 entries.
#[test]
fn a_tree_of_70000_has_the_tiles_the_standard_says() {
    let tiles: Vec<Resource> = resources(70_000).filter(|r| matches!(r, Resource::Tile { .. })).collect();
    let count = |level: u8, full: bool| {
        tiles.iter().filter(|r| matches!(r, Resource::Tile { level: l, width, .. } if *l == level && (*width == 256) == full)).count()
    };
    assert_eq!((count(0, true), count(0, false), count(1, true), count(1, false), count(2, true), count(2, false)), (273, 1, 1, 1, 0, 1));
    assert_eq!((width_at(70_000, 0, 273), width_at(70_000, 1, 1), width_at(70_000, 2, 0)), (112, 17, 1));
    assert_eq!(
        resources(256).filter(|r| matches!(r, Resource::Tile { .. })).map(Resource::path).collect::<Vec<_>>(),
        ["tile/0/000", "tile/1/000.p/1"]
    );
}

#[test]
fn bundles_are_length_prefixed() {
    let mut bundle = Vec::new();
    assert!(push_entry(&mut bundle, b"ab") && push_entry(&mut bundle, b"") && push_entry(&mut bundle, &[7; 65_535]));
    assert_eq!(&bundle[..6], &[0, 2, b'a', b'b', 0, 0]);
    assert_eq!(bundle_entries(&bundle).unwrap(), [&b"ab"[..], b"", &[7; 65_535]]);
    assert!(!push_entry(&mut bundle, &[0; 65_536]));
    bundle.pop();
    assert_eq!(bundle_entries(&bundle), None);
}

#[test]
fn a_log_is_the_same_however_it_is_cut_into_batches() {
    for count in [0_u64, 1, 2, 255, 256, 257, 511, 512, 700, 65_536 + 300] {
        let (store, log) = written(count, 70_000);
        let leaves: Vec<Hash> = (0..count).map(|n| Hash::leaf(&entry(n))).collect();
        assert_eq!(log.checkpoint().root, plain::root(&leaves), "{count}");
        for resource in resources(count) {
            assert!(store.contains_key(&resource.path()), "{count}: {resource:?}");
        }
        assert_eq!(store.len(), resources(count).count() + 1, "{count}: nothing else is written");
        if count < 1000 {
            let (other, again) = written(count, 97);
            assert_eq!(again.checkpoint(), log.checkpoint());
            assert!(store.iter().all(|(name, bytes)| other.get(name) == Some(bytes)));
        }
        assert_eq!(Log::open(&store, &log_key()).unwrap().checkpoint(), log.checkpoint());
    }
}

#[test]
fn proofs_from_tiles_equal_the_definition() {
    let (store, log) = written(66_200, 70_000);
    let leaves: Vec<Hash> = (0..66_200).map(|n| Hash::leaf(&entry(n))).collect();
    let tree = tree(&store, &log);
    for index in [0_u64, 1, 255, 256, 65_535, 65_536, 66_199] {
        assert_eq!(tree.inclusion(index).unwrap(), plain::inclusion(index as usize, &leaves));
        assert_eq!(tree.entry(index).unwrap(), entry(index));
    }
    for old in [1_u64, 2, 255, 256, 300, 65_536, 65_537, 66_199] {
        let before = plain::root(&leaves[..old as usize]);
        assert_eq!(tree.consistency(old, &before).unwrap(), plain::consistency(old as usize, &leaves));
        assert!(matches!(tree.consistency(old, &Hash::empty()), Err(StoreError::Proof(_))));
    }
    assert!(tree.inclusion(66_200).is_err() && tree.entry(66_200).is_err());
}

#[test]
fn a_deleted_partial_tile_is_read_from_the_full_one() {
    let (mut store, _) = written(200, 200);
    let early = Log::open(&store, &log_key()).unwrap().checkpoint();
    let mut log = Log::open(&store, &log_key()).unwrap();
    let more: Vec<Vec<u8>> = (200..300).map(entry).collect();
    log.publish(&mut store, &log_signer(), 200, &more).unwrap();
    store.remove("tile/0/000.p/200").unwrap();
    store.remove("tile/entries/000.p/200").unwrap();
    assert_eq!(Edge::load(&store, &early).unwrap().root(), early.root);
}

/// A disk that stops after so many writes; what was being written is then there, or not.
struct Failing {
    store: Store,
    left: Cell<u32>,
    torn: bool,
}

impl TileRead for Failing {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        TileRead::get(&self.store, name)
    }
}

impl TileStore for Failing {
    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let failed = || StoreError::Failed { name: name.to_owned(), why: "the power went".to_owned() };
        if self.left.get() == 0 {
            if self.torn {
                self.store.put(name, bytes)?;
            }
            return Err(failed());
        }
        self.left.set(self.left.get() - 1);
        self.store.put(name, bytes)
    }
}

/// Fault table: the power goes before or after each write of a batch; then the rest is given again, in other batches.
#[test]
fn a_crash_at_any_write_leaves_a_log_that_goes_on_to_the_same_end() {
    let all: Vec<Vec<u8>> = (0..900).map(entry).collect();
    let (whole, end) = written(900, 900);
    let mut crashes = 0;
    for torn in [false, true] {
        for before in [0_usize, 200, 256, 300] {
            for writes in 0.. {
                let (store, _) = written(before as u64, before.max(1));
                let mut failing = Failing { store, left: Cell::new(writes), torn };
                let mut log = Log::open(&failing, &log_key()).unwrap();
                let outcome = log.publish(&mut failing, &log_signer(), before as u64, &all[before..700]);
                let mut store = failing.store;
                // what is there is a log whose checkpoint holds
                let mut again = Log::open(&store, &log_key()).unwrap();
                assert!(again.size() == before as u64 || again.size() == 700, "{}", again.size());
                // the same rows are given again from before the crash, cut otherwise
                let from = before.saturating_sub(40);
                again.publish(&mut store, &log_signer(), from as u64, &all[from..512]).unwrap();
                let next = again.size().min(500) as usize;
                again.publish(&mut store, &log_signer(), next as u64, &all[next..]).unwrap();
                assert_eq!(again.checkpoint(), end.checkpoint(), "{before} {writes} {torn}");
                for resource in resources(900) {
                    assert_eq!(store.get(&resource.path()), whole.get(&resource.path()), "{resource:?}");
                }
                if outcome.is_ok() {
                    break;
                }
                crashes += 1;
            }
        }
    }
    assert!(crashes > 50, "{crashes}");
}

#[test]
fn what_parted_from_the_log_is_refused() {
    let (mut store, mut log) = written(300, 300);
    let before = store.clone();
    let publish = |log: &mut Log, store: &mut Store, first: u64, entries: &[&[u8]]| log.publish(store, &log_signer(), first, entries);
    assert_eq!(publish(&mut log, &mut store, 301, &[b"x"]), Err(AppendError::Gap { first: 301, size: 300 }));
    assert_eq!(publish(&mut log, &mut store, 299, &[b"x"]), Err(AppendError::Differs { index: 299 }));
    assert_eq!(publish(&mut log, &mut store, 10, &[&entry(10), b"x"]), Err(AppendError::Differs { index: 11 }));
    let long = vec![0; 65_536];
    assert!(matches!(publish(&mut log, &mut store, 300, &[&long]), Err(AppendError::Long { index: 300, .. })));
    let stranger = crate::signer("other.example", tributary_ledger::Kind::Ed25519, 1);
    assert!(matches!(log.publish(&mut store, &stranger, 300, &[b"x"]), Err(AppendError::Signer { .. })));
    assert_eq!((store.clone(), log.size()), (before, 300));
    // a damaged edge is not built upon
    for name in ["tile/0/001.p/44", "tile/entries/001.p/44", "tile/1/000.p/1"] {
        let mut hurt = store.clone();
        *hurt.get_mut(name).unwrap().last_mut().unwrap() ^= 1;
        assert!(matches!(Log::open(&hurt, &log_key()), Err(AppendError::Edge)), "{name}");
        hurt.remove(name);
        assert!(matches!(Log::open(&hurt, &log_key()), Err(AppendError::Store(StoreError::Missing { .. }))), "{name}");
    }
}

proptest! {
    #[test]
    fn any_cuts_give_the_same_tree(cuts in proptest::collection::vec(0_u64..400, 1..6)) {
        let mut store = Store::new();
        let mut log = Log::open(&store, &log_key()).unwrap();
        for cut in &cuts {
            let first = log.size().saturating_sub(cut % 7);
            let part: Vec<Vec<u8>> = (first..log.size() + cut).map(entry).collect();
            log.publish(&mut store, &log_signer(), first, &part).unwrap();
        }
        let size: u64 = cuts.iter().sum();
        let leaves: Vec<Hash> = (0..size).map(|n| Hash::leaf(&entry(n))).collect();
        prop_assert_eq!((log.size(), log.checkpoint().root), (size, plain::root(&leaves)));
        let opened = Log::open(&store, &log_key()).unwrap();
        prop_assert_eq!(opened.checkpoint(), log.checkpoint());
    }
}
