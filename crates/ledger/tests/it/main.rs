//! The ledger against the standards' definitions, their examples, other implementations, and people who change what was written.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests stop at the first surprise")]

mod append;
mod entry;
mod fuzz;
mod note;
mod peers;
mod policy;
mod report;
mod rules;
mod tree;
mod witness;

use std::collections::BTreeMap;

use tributary_ledger::note::{Kind, Signer, VerifierKey};
use tributary_ledger::{Log, Tree};

pub(crate) type Store = BTreeMap<String, Vec<u8>>;

pub(crate) const ORIGIN: &str = "register.example/ledger";

pub(crate) fn signer(name: &str, kind: Kind, seed: u8) -> Signer {
    Signer::new(name, kind, &[seed; 32]).unwrap()
}

pub(crate) fn log_signer() -> Signer {
    signer(ORIGIN, Kind::Ed25519, 1)
}

pub(crate) fn log_key() -> VerifierKey {
    log_signer().verifier().clone()
}

/// A log of `count` made-up entries, written in batches of `batch`.
pub(crate) fn written(count: u64, batch: usize) -> (Store, Log) {
    let mut store = Store::new();
    let mut log = Log::open(&store, &log_key()).unwrap();
    let entries: Vec<Vec<u8>> = (0..count).map(entry).collect();
    log.publish(&mut store, &log_signer(), 0, &entries[..0]).unwrap();
    for (number, part) in entries.chunks(batch.max(1)).enumerate() {
        log.publish(&mut store, &log_signer(), (number * batch) as u64, part).unwrap();
    }
    (store, log)
}

pub(crate) fn entry(index: u64) -> Vec<u8> {
    format!("entry {index} {}", "x".repeat((index % 40) as usize)).into_bytes()
}

pub(crate) fn tree<'a>(store: &'a Store, log: &Log) -> Tree<&'a Store> {
    let checkpoint = log.checkpoint();
    Tree::new(store, checkpoint.size, checkpoint.root)
}
