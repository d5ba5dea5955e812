//! A register's folder is backed up, put back into either store, and never rolled back in silence.

use std::path::{Path, PathBuf};

use tributary_access::Role;
use tributary_cases::{LedgerFolder, Note, Notes};
use tributary_desk::{DeskError, Place, Restore};
use tributary_ledger::append::Log;
use tributary_ledger::entry::Entry;
use tributary_ledger::inspect::inspect;
use tributary_ledger::note::VerifierKey;
use tributary_model::{Date, Timestamp};
use tributary_register::Register;
use tributary_register::people::account::AccountIs;
use tributary_register::people::first::First;

use crate::support::database;

const PASSWORD: &str = "seven quiet herons at dusk";

fn at(seconds: i64) -> Timestamp {
    Timestamp((1_790_000_000 + seconds) * 1_000_000)
}

struct Bench {
    root: tempfile::TempDir,
    place: Place,
}

impl Bench {
    /// A register whose first administrator is signed in.
    async fn open(store: &str) -> (Self, Register, String) {
        let root = tempfile::tempdir().unwrap();
        let place = Place::at(&root.path().join("register"));
        place.make(store, "PK", "register.example/log").unwrap();
        let register = place.open().await.unwrap();
        let is = |login: &str| AccountIs {
            login: login.into(),
            name: login.into(),
            agency: "operator".into(),
            unit: "u1".into(),
            role: Role::Administrator,
            vetting: 0,
            vetted_until: Date::parse("2090-01-01").unwrap(),
            jurisdictions: ["PK".to_owned()].into(),
        };
        let first = First { agency: ("operator".into(), "Operator".into()), administrators: [is("asma"), is("bilal")] };
        let invited = register.begin(first, at(0)).await.unwrap();
        let enrolled = register.enrol(&invited[0].token, PASSWORD, at(1)).await.unwrap();
        let secret = tributary_access::second_factor::from_base32(&enrolled.secret).unwrap();
        let code = tributary_access::second_factor::code_at(&secret, 1_790_000_002).unwrap();
        let token = register.sign_in("asma", PASSWORD, &code, at(2)).await.unwrap().token;
        register.publish(at(3)).await.unwrap();
        (Self { root, place }, register, token)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn how(&self, store: &str) -> Restore {
        Restore {
            backup: self.path("backup"),
            store: store.into(),
            keys: self.path("register"),
            erasures: Some(self.path("register/erasures.list")),
            log: Some(self.path("register/ledger")),
            ..Restore::default()
        }
    }

    async fn restore(&self, name: &str, how: Restore) -> Result<tributary_desk::Done, DeskError> {
        let done = Place::at(&self.path(name)).restore(&how, at(100)).await;
        assert_eq!(done.is_ok(), self.path(name).exists(), "whole or not there");
        let left =
            std::fs::read_dir(self.root.path()).unwrap().filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".part"));
        assert_eq!(left.count(), 0);
        done
    }
}

async fn more(register: &Register, kind: &'static str) {
    let writing = register.store().write(at(50)).await.unwrap();
    writing.commit(Notes::one(Note::of(kind).about("thing", "", "x"))).await.unwrap();
    register.publish(at(51)).await.unwrap();
}

fn logged(folder: &Path) -> Vec<Entry> {
    let key = VerifierKey::parse(std::fs::read_to_string(folder.join("log.vkey")).unwrap().trim()).unwrap();
    let ledger = LedgerFolder::at(&folder.join("ledger"));
    let log = Log::open(&ledger, &key).unwrap();
    let mut entries = Vec::new();
    assert_eq!(inspect(&ledger, &log.checkpoint(), |_, bytes| entries.push(Entry::decode(bytes).unwrap())).unwrap().damage, []);
    entries
}

fn refusal<T: std::fmt::Debug>(answer: Result<T, DeskError>) -> String {
    answer.unwrap_err().to_string()
}

fn stores() -> Vec<(String, String)> {
    let lite = || "tributary.db".to_owned();
    vec![(lite(), lite()), (lite(), database()), (database(), lite()), (database(), database())]
}

fn each(story: impl AsyncFn(Bench, Register, String, String)) {
    for (from, to) in stores() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let (bench, register, token) = Bench::open(&from).await;
            story(bench, register, token, to).await;
        });
    }
}

#[test]
fn a_register_is_put_back_with_its_sessions_ended() {
    each(async |bench, register, token, to| {
        for within in ["register/ledger/backup", "register/ledger/tile/backup"] {
            let said = refusal(bench.place.backup(&bench.path(within), at(10)).await);
            assert!(said.contains("within the log's folder") && !bench.path(within).exists(), "{said}");
        }
        let manifest = bench.place.backup(&bench.path("backup"), at(10)).await.unwrap();
        for taken in ["erasures.list", "MASTER.KEY"] {
            assert!(refusal(bench.restore("a", bench.how(taken)).await).contains("another file of the register's"), "{taken}");
        }
        for outside in ["../tributary.db", "/elsewhere/tributary.db", "ledger/tributary.db", "."] {
            assert!(refusal(bench.restore("a", bench.how(outside)).await).contains("no file of the new folder"), "{outside}");
        }
        let names: Vec<&str> = manifest.parts.iter().map(|part| part.name.as_str()).collect();
        assert!(names.contains(&"witness.policy") && !names.iter().any(|name| name.ends_with(".key")), "{names:?}");
        let settings = std::fs::read_to_string(bench.path("backup/register.toml")).unwrap();
        assert!(!settings.contains("store") && settings.contains("PK"), "where the store is, and its password, stay at home: {settings}");
        for file in std::fs::read_dir(bench.path("backup")).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            let master = std::fs::read(bench.path("register/master.key")).unwrap();
            assert!(!bytes.windows(64).any(|part| part == &master[..64]), "no key in it");
        }

        assert!(refusal(bench.restore("a", Restore { erasures: None, ..bench.how(&to) }).await).contains("--without-erasures"));
        let alone = Restore { log: None, ..bench.how(&to) };
        assert!(refusal(bench.restore("b", alone).await).contains("nobody says"), "no copy of the log, and no witness");
        let full = bench.path("full");
        std::fs::create_dir(&full).unwrap();
        std::fs::write(full.join("x"), "").unwrap();
        assert!(refusal(Place::at(&full).restore(&bench.how(&to), at(100)).await).contains("not empty"));

        let done = bench.restore("new", bench.how(&to)).await.unwrap();
        assert_eq!((done.sessions, done.restored.lost, done.restored.confirmed), (1, 0, true));
        let again = Place::at(&bench.path("new")).open().await.unwrap();
        let purpose = tributary_access::Purpose::Administration;
        assert!(register.caller(&token, purpose, at(11)).await.is_ok());
        assert_eq!(again.caller(&token, purpose, at(11)).await.unwrap_err().status(), 401, "sessions do not come back");
        again.publish(at(101)).await.unwrap();
        let (before, after) = (logged(&bench.path("register")), logged(&bench.path("new")));
        assert_eq!(after[..before.len()], before[..]);
        let restored = after.iter().find(|entry| entry.kind() == "register.restored").unwrap();
        let tags = ["older", "confirmed", "erasures"].map(|name| restored.tag(name).unwrap());
        assert_eq!(tags, ["no", "yes", "repeated"]);
        if to != "tributary.db" {
            assert!(refusal(bench.restore("again", bench.how(&to)).await).contains("not empty"), "nor into a store that holds something");
        }
    });
}

#[test]
fn an_older_backup_is_put_back_by_word_alone_and_the_log_goes_on() {
    each(async |bench, register, _, to| {
        bench.place.backup(&bench.path("backup"), at(10)).await.unwrap();
        for kind in ["consent.withdrawn", "account.suspended", "consent.withdrawn"] {
            more(&register, kind).await;
        }
        let refused = refusal(bench.restore("a", bench.how(&to)).await);
        assert!(refused.contains("3 entries") && refused.contains("2 consent.withdrawn") && refused.contains("--accept-older"), "{refused}");
        let done = bench.restore("new", Restore { accept_older: true, ..bench.how(&to) }).await.unwrap();
        assert_eq!((done.restored.lost, done.lost["consent.withdrawn"]), (3, 2));
        let again = Place::at(&bench.path("new")).open().await.unwrap();
        again.publish(at(101)).await.unwrap();
        let (before, after) = (logged(&bench.path("register")), logged(&bench.path("new")));
        assert_eq!(after[..before.len()], before[..], "the log is not rolled back");
        let restored = after.iter().find(|entry| entry.kind() == "register.restored").unwrap();
        assert_eq!(restored.tag("older"), Some("yes"));
        assert_eq!(restored.tag("log_size").unwrap(), before.len().to_string());
        assert_eq!(restored.tag("backup_size").unwrap(), (before.len() - 3).to_string());
    });
}

#[test]
fn other_keys_and_damaged_backups_are_refused() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let (bench, _register, _) = Bench::open("tributary.db").await;
        bench.place.backup(&bench.path("backup"), at(10)).await.unwrap();
        assert!(refusal(bench.place.backup(&bench.path("backup"), at(11)).await).contains("there already"));
        let other = Place::at(&bench.path("other"));
        other.make("tributary.db", "PK", "register.example/log").unwrap();
        let how = Restore { keys: bench.path("other"), ..bench.how("tributary.db") };
        assert!(refusal(bench.restore("a", how).await).contains("another register's key"));
        let text = std::fs::read_to_string(bench.path("backup/object.ndjson")).unwrap();
        std::fs::write(bench.path("backup/object.ndjson"), text.replacen("asma", "esma", 1)).unwrap();
        assert!(refusal(bench.restore("b", bench.how("tributary.db")).await).contains("object.ndjson"));
    });
}

#[test]
fn a_register_without_its_ledger_does_not_open() {
    for store in ["tributary.db".to_owned(), database()] {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let (bench, register, _) = Bench::open(&store).await;
            let before = logged(&bench.path("register"));
            std::fs::rename(bench.path("register/ledger"), bench.path("lost")).unwrap();
            let refused = refusal(bench.place.open().await.map(|_| ()));
            assert!(refused.contains("rebuild-log") && refused.contains("0 entries"), "{refused}");
            assert!(register.publish(at(20)).await.is_err(), "nor does one go on that is open");
            assert!(!register.keeper().unwrap().status().quorum);
            std::fs::remove_dir_all(bench.path("register/ledger")).ok();
            assert_eq!(bench.place.rebuild_log(at(21)).await.unwrap(), before.len() as u64);
            bench.place.open().await.unwrap();
            let after = logged(&bench.path("register"));
            assert_eq!(after[..before.len()], before[..]);
            assert!(after.iter().any(|entry| entry.kind() == "log.rebuilt"));
        });
    }
}
