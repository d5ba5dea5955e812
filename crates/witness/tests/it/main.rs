//! The witness as it runs: over the wire, across restarts, and killed at any moment.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests stop at the first surprise")]

mod settings;
mod wire;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use tributary_ledger::client::{Answer, AskError, ask};
use tributary_ledger::note::{Kind, Signature, Signer, VerifierKey};
use tributary_ledger::{Log, Tree};
use tributary_witness::{Address, post};

pub(crate) const ORIGIN: &str = "register.example/ledger";
pub(crate) type Store = BTreeMap<String, Vec<u8>>;

pub(crate) fn log_signer() -> Signer {
    Signer::new(ORIGIN, Kind::Ed25519, &[1; 32]).unwrap()
}

/// A log of `count` entries, of which those from `parts` on are another history's.
pub(crate) fn history(count: u64, parts: u64) -> (Store, Log) {
    let mut store = Store::new();
    let mut log = Log::open(&store, log_signer().verifier()).unwrap();
    let entries: Vec<String> = (0..count).map(|n| if n < parts { format!("{n}") } else { format!("other {n}") }).collect();
    log.publish(&mut store, &log_signer(), 0, &entries).unwrap();
    (store, log)
}

pub(crate) fn tool(folder: &Path, words: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tributary-witness")).args(words.split_whitespace()).current_dir(folder).output().unwrap()
}

/// A folder with a key and settings.
pub(crate) fn home() -> (tempfile::TempDir, VerifierKey) {
    let home = tempfile::tempdir().unwrap();
    let made = tool(home.path(), "keygen --name w.example --out witness.key");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let key = VerifierKey::parse(String::from_utf8(made.stdout).unwrap().trim()).unwrap();
    let settings = format!(
        "name = \"w.example\"\nkey = \"witness.key\"\nstate = \"state\"\nlisten = \"127.0.0.1:0\"\n[[log]]\norigin = \"{ORIGIN}\"\nvkeys = [\"{}\"]\n",
        log_signer().verifier()
    );
    std::fs::write(home.path().join("witness.toml"), settings).unwrap();
    (home, key)
}

/// A witness that runs; it is killed, without warning, when this goes.
pub(crate) struct Running {
    child: Child,
    pub(crate) address: Address,
}

impl Running {
    pub(crate) fn start(folder: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tributary-witness"))
            .args(["serve", "witness.toml"])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = lines.map(Result::unwrap).find_map(|line| line.strip_prefix("listening on ").map(str::to_owned)).unwrap();
        Self { child, address: Address::parse(&url).unwrap() }
    }

    pub(crate) fn send(&self, body: &[u8]) -> Result<Answer, String> {
        post(&self.address, body, Duration::from_secs(20))
    }

    pub(crate) fn ask(&self, (store, log): &(Store, Log), key: &VerifierKey) -> Result<Vec<Signature>, AskError> {
        let checkpoint = log.checkpoint();
        ask(&Tree::new(store, checkpoint.size, checkpoint.root), log.note().unwrap(), 0, &[key], |body| self.send(body))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
