//! A store on each database, with made-up randomness and a record to write.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tributary_cases::{Keys, LedgerFolder, Note, Place, Record, Store};
use tributary_ledger::note::{Kind, Signer};
use tributary_model::Timestamp;
use tributary_vault::MasterKey;

/// A record of every shape that the store knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Thing {
    pub parent: String,
    pub agency: String,
    pub state: String,
    pub due: Option<Timestamp>,
    pub keys: Vec<String>,
    pub sole: Option<String>,
    pub count: u64,
}

impl Thing {
    pub(crate) fn of(state: &str) -> Self {
        Self { parent: String::new(), agency: String::new(), state: state.into(), due: None, keys: Vec::new(), sole: None, count: 0 }
    }
}

impl Record for Thing {
    const KIND: &'static str = "thing";

    fn parent(&self) -> &str {
        &self.parent
    }

    fn agency(&self) -> &str {
        &self.agency
    }

    fn state(&self) -> &str {
        &self.state
    }

    fn due(&self) -> Option<Timestamp> {
        self.due
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        self.keys.iter().map(|key| ("key", key.clone())).collect()
    }

    fn sole_keys(&self) -> Vec<(&'static str, String)> {
        self.sole.iter().map(|key| ("sole", key.clone())).collect()
    }
}

/// One store, and where its ledger is.
pub(crate) struct Bench {
    pub place: Place,
    pub folder: LedgerFolder,
    pub root: PathBuf,
    // Removed when the bench is dropped.
    _temporary: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new(place: Option<String>) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let root = temporary.path().to_owned();
        let place = place.map_or_else(|| Place::Sqlite(root.join("tributary.db")), Place::Postgres);
        Self { place, folder: LedgerFolder::at(&root.join("ledger")), root, _temporary: temporary }
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.place, 8, keys()).await.unwrap()
    }
}

/// The key of all test registers, and bytes from the operating system: ids must differ between processes.
pub(crate) fn keys() -> Arc<Keys> {
    let from_system = |to: &mut [u8]| {
        use std::io::Read as _;
        std::fs::File::open("/dev/urandom").unwrap().read_exact(to).unwrap();
    };
    Arc::new(Keys::new(MasterKey::parse(&"5a".repeat(32)).unwrap(), Box::new(from_system)))
}

pub(crate) fn signer() -> Signer {
    Signer::new("register.example/log", Kind::Ed25519, &[7; 32]).unwrap()
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp((1_790_000_000 + seconds) * 1_000_000)
}

pub(crate) fn note() -> Note {
    Note::of("thing.changed").tag("why", "test").about("thing", "", "one").with(&serde_json::json!({"name": "nobody"}))
}

/// A new database of PostgreSQL.
pub(crate) fn postgres() -> String {
    let made = std::process::Command::new(Path::new("../../scripts/postgres.sh")).arg("database").output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

/// Runs a story on a new store of each kind.
pub(crate) fn both<F: Future<Output = ()>>(story: impl Fn(Bench) -> F) {
    for place in [None, Some(postgres())] {
        runtime().block_on(story(Bench::new(place)));
    }
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}
