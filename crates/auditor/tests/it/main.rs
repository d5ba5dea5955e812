//! The auditor as people run it: honest ledgers hold, and each way of changing one is found and named.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests stop at the first surprise")]

mod command;
mod tamper;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tributary_ledger::entry::{Entry, commitment, pseudonym};
use tributary_ledger::note::{Kind, Note, Signer};
use tributary_ledger::{Log, Receipt, StoreError, TileRead, TileStore, Tree};

pub(crate) const ORIGIN: &str = "register.example/ledger";
/// 2026-01-01.
pub(crate) const START: u64 = 1_767_225_600_000;
pub(crate) const AS_OF: &str = "2026-02-01";

/// A folder as a ledger writes it.
pub(crate) struct Folder(pub(crate) PathBuf);

impl TileRead for Folder {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(std::fs::read(self.0.join(name)).ok())
    }
}

impl TileStore for Folder {
    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        Ok(())
    }
}

pub(crate) fn signer(name: &str, kind: Kind, seed: u8) -> Signer {
    Signer::new(name, kind, &[seed; 32]).unwrap()
}

pub(crate) fn log_signer() -> Signer {
    signer(ORIGIN, Kind::Ed25519, 1)
}

pub(crate) fn witness(number: u8) -> Signer {
    signer(&format!("w{number}.example"), Kind::Cosignature, 10 + number)
}

/// An entry of a made-up register: alerts, and some of them decided.
pub(crate) fn entry(index: u64) -> Vec<u8> {
    let kind = if index % 3 == 2 { "alert.disposed" } else { "alert.raised" };
    let refs = BTreeMap::from([("alert".to_owned(), pseudonym(&[3; 32], "", "alert", &(index / 3).to_string()))]);
    let region = ["sindh", "punjab", "gilgit"][if index.is_multiple_of(60) { 2 } else { index as usize % 2 }];
    let tags = [("pack", "core"), ("region", region), ("outcome", "confirmed")].map(|(n, v)| (n.to_owned(), v.to_owned()));
    Entry::new(kind, START + index * 1000, commitment(&[4; 32], &index.to_be_bytes()), refs, tags.into()).unwrap().encode().into_bytes()
}

/// A ledger of `count` entries that three of four witnesses have seen, its policy and its key, in a folder of the test's own.
pub(crate) struct Ledger {
    pub(crate) home: tempfile::TempDir,
    pub(crate) log: Log,
}

impl Ledger {
    pub(crate) fn new(count: u64) -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("ledger")).unwrap();
        let log = Log::open(&Folder(home.path().join("ledger")), log_signer().verifier()).unwrap();
        let mut ledger = Self { home, log };
        let w = |number: u8| format!("witness w{number} {}\n", witness(number).verifier());
        let policy = format!(
            "log {}\n{}{}{}{}group state any w1 w2\ngroup civil any w3 w4\ngroup both all state civil\nquorum both\n",
            log_signer().verifier(),
            w(1),
            w(2),
            w(3),
            w(4)
        );
        ledger.write("policy", policy.as_bytes());
        ledger.write("log.vkey", format!("{}\n", log_signer().verifier()).as_bytes());
        ledger.add(count);
        ledger
    }

    pub(crate) fn folder(&self) -> Folder {
        Folder(self.path("ledger"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    /// Entries up to `count`, cosigned a minute after the last.
    pub(crate) fn add(&mut self, count: u64) {
        let entries: Vec<Vec<u8>> = (self.log.size()..count).map(entry).collect();
        let mut folder = self.folder();
        self.log.publish(&mut folder, &log_signer(), self.log.size(), &entries).unwrap();
        let sealed = cosigned(self.log.note().unwrap(), &[1, 3, 4], START / 1000 + count + 60);
        assert!(self.log.seal(&mut folder, &sealed).unwrap());
    }

    pub(crate) fn receipt(&self, index: u64) -> Receipt {
        let checkpoint = self.log.checkpoint();
        let proof = Tree::new(&self.folder(), checkpoint.size, checkpoint.root).inclusion(index).unwrap();
        Receipt { extra: None, index, proof, checkpoint: self.log.note().unwrap().to_string() }
    }

    /// Runs the auditor in the test's folder.
    pub(crate) fn run(&self, words: &str) -> Output {
        run_in(self.home.path(), words)
    }

    /// The exit code and the rules found, from the JSON form.
    pub(crate) fn found(&self, words: &str) -> (i32, Vec<String>) {
        let (code, value) = self.json(words);
        (code, value["findings"].as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap().to_owned()).collect())
    }

    pub(crate) fn json(&self, words: &str) -> (i32, Value) {
        let out = self.run(&format!("{words} --format json"));
        let text = String::from_utf8(out.stdout).unwrap();
        let value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{words}: {text}{}", String::from_utf8_lossy(&out.stderr)));
        (out.status.code().unwrap(), value)
    }
}

pub(crate) fn run_in(folder: &Path, words: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tributary-auditor")).args(words.split_whitespace()).current_dir(folder).output().unwrap()
}

pub(crate) fn cosigned(note: &Note, witnesses: &[u8], time: u64) -> Note {
    let mut note = note.clone();
    note.add(witnesses.iter().map(|number| witness(*number).sign(&note.text, time)).collect::<Vec<_>>());
    note
}
