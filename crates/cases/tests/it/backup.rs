//! Backups: made beside who writes, put back into either store, refused when damaged; what was erased since stays erased, and the log is never
//! rolled back in silence.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tributary_cases::backup::{Backup, Lost, Restoring};
use tributary_cases::{CasesError, Erasures, Find, Note, Notes, Page, Place, Store};
use tributary_ledger::append::Log;
use tributary_ledger::entry::{Entry, commitment};
use tributary_vault::unhex;

use crate::ledger::logged;
use crate::support::{Bench, Thing, at, keys, postgres, runtime, signer};

async fn note_of(store: &Store, seconds: i64, id: &str) {
    let mut writing = store.write(at(seconds)).await.unwrap();
    let thing = Thing { keys: vec!["shared".into()], sole: Some(id.into()), due: Some(at(seconds)), ..Thing::of("open") };
    writing.add(id, thing).await.unwrap();
    writing.seal(id, format!("sealed {id}").as_bytes()).await.unwrap();
    let note = Note::of("thing.added").about("thing", "", id).tag("step", "added").with(&serde_json::json!({"of": id}));
    writing.commit(Notes::one(note)).await.unwrap();
}

async fn erase(store: &Store, seconds: i64, id: &str) {
    let mut writing = store.write(at(seconds)).await.unwrap();
    let thing = writing.need::<Thing>(id).await.unwrap();
    writing.erase(id).await.unwrap();
    assert_eq!(writing.forget_about("thing", id).await.unwrap(), 1);
    writing.remove(&thing).await.unwrap();
    writing.commit(Notes::one(Note::of("thing.erased").about("thing", "", id))).await.unwrap();
}

async fn back_up(bench: &Bench, store: &Store, name: &str) -> Backup {
    let to = bench.root.join(name);
    store.backup(&bench.folder, signer().verifier(), &to, &[("settings.toml", b"a = 1\n".to_vec())], at(500)).await.unwrap();
    Backup::verify(&to, Some(&keys())).unwrap()
}

/// Puts a backup back with what the caller knows of later times.
async fn put_back(to: &Bench, backup: &Backup, erasures: Option<Erasures>, log: Option<&Bench>) -> Result<(Lost, u64), CasesError> {
    let store = to.open().await;
    let mut restoring = Restoring::begin(&store, backup, erasures, at(900)).await?;
    let own = backup.file("checkpoint").unwrap().unwrap();
    let (mut lost, mut checkpoint) = (Lost::default(), own);
    if let Some(log) = log {
        lost = restoring.take_over(&log.folder, signer().verifier()).await?;
        checkpoint = std::fs::read(log.root.join("ledger/checkpoint")).unwrap();
    }
    restoring.write_log(&to.folder, &checkpoint, signer().verifier()).await?;
    let repeated = restoring.repeated();
    restoring.into_writing().commit(Notes::one(Note::of("register.restored"))).await?;
    store.publish(&to.folder, &signer()).await?;
    store.close().await;
    Ok((lost, repeated))
}

fn benches() -> Vec<(Bench, Bench)> {
    let place = |on_postgres: bool| Bench::new(on_postgres.then(postgres));
    [(false, false), (false, true), (true, false), (true, true)].into_iter().map(|(from, to)| (place(from), place(to))).collect()
}

async fn things(bench: &Bench) -> Vec<String> {
    let store = bench.open().await;
    let found = store.read().await.unwrap().list::<Thing>(Find::Key("key", "shared"), &Page::first(10_000)).await.unwrap();
    store.close().await;
    found.into_iter().map(|thing| thing.id).collect()
}

#[test]
fn either_store_takes_back_what_either_has_given() {
    for (from, to) in benches() {
        runtime().block_on(async {
            let store = from.open().await;
            for n in 0..300 {
                note_of(&store, n, &format!("t{n:03}")).await;
            }
            store.publish(&from.folder, &signer()).await.unwrap();
            // Waits for its place when the backup is made.
            note_of(&store, 300, "t300").await;
            let backup = back_up(&from, &store, "backup").await;
            assert_eq!((backup.manifest().log.size, backup.manifest().parts.len()), (300, 9));
            assert!(backup.files().all(|name| !name.ends_with(".key")));
            let (lost, repeated) = put_back(&to, &backup, None, None).await.unwrap();
            assert_eq!((lost, repeated), (Lost::default(), 0));
            assert_eq!(things(&to).await, things(&from).await);
            assert_eq!(logged(&to).len(), 302, "what waited is published, and that it was put back");
            assert_eq!(logged(&to)[..300], logged(&from)[..300]);
            let again = to.open().await;
            let mut writing = again.write(at(1_000)).await.unwrap();
            assert_eq!(writing.unseal("t007").await.unwrap(), b"sealed t007");
            let taken = writing.add("other", Thing { sole: Some("t007".into()), ..Thing::of("open") }).await;
            assert!(matches!(taken, Err(CasesError::Taken { .. })), "keys of their own are put back: {taken:?}");
            drop(writing);
            let full = Restoring::begin(&again, &backup, None, at(1_000)).await;
            assert!(matches!(full.err(), Some(CasesError::Backup(why)) if why.contains("not empty")));
        });
    }
}

#[test]
fn erasures_made_after_the_backup_are_repeated_sg_081() {
    for (from, to) in benches() {
        runtime().block_on(async {
            let store = from.open().await;
            for n in 0..4 {
                note_of(&store, n, &format!("t{n}")).await;
            }
            erase(&store, 5, "t0").await;
            store.publish(&from.folder, &signer()).await.unwrap();
            let list = from.root.join("erasures.list");
            assert_eq!(store.list_erasures(&list).await.unwrap(), 3);
            let older = Erasures::read(&list).unwrap();
            erase(&store, 6, "t1").await;
            let backup = back_up(&from, &store, "backup").await;
            let refused = put_back(&Bench::new(None), &backup, Some(older), None).await;
            assert!(matches!(refused, Err(CasesError::Backup(why)) if why.contains("older than the backup")));
            erase(&store, 7, "t2").await;
            store.publish(&from.folder, &signer()).await.unwrap();
            assert_eq!(store.list_erasures(&list).await.unwrap(), 6);
            let text = std::fs::read_to_string(&list).unwrap();
            assert!(!text.contains("t2") && text.lines().count() == 10, "keyed hashes alone: {text}");

            let (_, repeated) = put_back(&to, &backup, Some(Erasures::read(&list).unwrap()), Some(&from)).await.unwrap();
            assert_eq!(repeated, 3, "t2: object, sealed record, and the entry about it");
            assert_eq!(things(&to).await, ["t3"]);
            let again = to.open().await;
            let mut writing = again.write(at(1_000)).await.unwrap();
            assert!(matches!(writing.unseal("t2").await, Err(CasesError::Erased)));
            assert_eq!(writing.unseal("t3").await.unwrap(), b"sealed t3");
            drop(writing);
            // The list of the new register knows all of them.
            let new_list = to.root.join("erasures.list");
            assert_eq!(again.list_erasures(&new_list).await.unwrap(), 9);
            assert_eq!(Erasures::read(&new_list).unwrap(), Erasures::read(&list).unwrap());
            salts(&again, &to).await;
        });
    }
}

/// The salt of an entry about what was erased is gone, of the others not; each entry is in the log as before.
async fn salts(store: &Store, bench: &Bench) {
    let entries = logged(bench);
    let open = |id: String| async move {
        let waiting = store.entry(&id).await.unwrap().unwrap();
        waiting.salt.map(|salt| (salt, waiting.payload.unwrap(), waiting.entry))
    };
    let mut opened = 0;
    for id in ids(bench).await {
        if let Some((salt, payload, entry)) = open(id).await {
            let salt: [u8; 32] = unhex(&salt).unwrap().try_into().unwrap();
            assert_eq!(*Entry::decode(entry.as_bytes()).unwrap().commit(), commitment(&salt, payload.as_bytes()));
            assert!(entries.contains(&entry));
            assert!(!["t0", "t1", "t2"].iter().any(|gone| payload.contains(gone)), "{payload}");
            opened += usize::from(payload.contains("t3"));
        }
    }
    assert_eq!(opened, 1, "what was not erased opens");
}

/// Ids of the entries of a store, read from a backup of it.
async fn ids(bench: &Bench) -> Vec<String> {
    let store = bench.open().await;
    back_up(bench, &store, "again").await;
    let text = std::fs::read_to_string(bench.root.join("again/ledger_entry.ndjson")).unwrap();
    text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()[0].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_log_goes_on_from_where_it_is() {
    for (from, to) in benches() {
        runtime().block_on(async {
            let store = from.open().await;
            for n in 0..260 {
                note_of(&store, n, &format!("t{n}")).await;
            }
            store.publish(&from.folder, &signer()).await.unwrap();
            note_of(&store, 260, "waits").await;
            let backup = back_up(&from, &store, "backup").await;
            for n in 261..530 {
                note_of(&store, n, &format!("t{n}")).await;
            }
            store.publish(&from.folder, &signer()).await.unwrap();
            let (lost, _) = put_back(&to, &backup, None, Some(&from)).await.unwrap();
            assert_eq!(lost.entries, 269, "what waited when the backup was made is not lost");
            assert_eq!(lost.kinds["thing.added"], 269);
            assert_eq!(things(&to).await.len(), 261);
            let (before, after) = (logged(&from), logged(&to));
            assert_eq!((before.len(), after.len()), (530, 531));
            assert_eq!(after[..530], before[..], "no entry of the log is missing, and none stands twice");
        });
    }
}

#[test]
fn a_log_of_another_history_is_not_taken_over() {
    runtime().block_on(async {
        let (one, other) = (Bench::new(None), Bench::new(None));
        for (bench, id) in [(&one, "a"), (&other, "b")] {
            let store = bench.open().await;
            note_of(&store, 0, id).await;
            store.publish(&bench.folder, &signer()).await.unwrap();
        }
        let store = one.open().await;
        let backup = back_up(&one, &store, "backup").await;
        let parted = put_back(&Bench::new(None), &backup, None, Some(&other)).await;
        assert!(matches!(parted, Err(CasesError::LogParted(_))), "{parted:?}");
    });
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn a_damaged_backup_is_refused_and_the_part_is_named() {
    let bench = Bench::new(None);
    runtime().block_on(async {
        let store = bench.open().await;
        for n in 0..10 {
            note_of(&store, n, &format!("t{n}")).await;
        }
        erase(&store, 20, "t1").await;
        store.publish(&bench.folder, &signer()).await.unwrap();
        back_up(&bench, &store, "backup").await;
    });
    let whole = bench.root.join("backup");
    let names: Vec<String> = std::fs::read_dir(&whole).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names.len(), 11, "{names:?}");
    for (n, name) in names.iter().enumerate() {
        let bytes = std::fs::read(whole.join(name)).unwrap();
        let mut flipped = bytes.clone();
        flipped[bytes.len() / 2] ^= 1;
        let first_line = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        let changes =
            [Some(flipped), Some(bytes[..bytes.len() - 1].to_vec()), Some(bytes[first_line..].to_vec()), Some([&bytes[..], b"[]\n"].concat()), None];
        for (m, change) in changes.into_iter().enumerate() {
            let damaged = bench.root.join(format!("damaged-{n}-{m}"));
            copy(&whole, &damaged);
            match change {
                Some(bytes) => std::fs::write(damaged.join(name), bytes).unwrap(),
                None => std::fs::remove_file(damaged.join(name)).unwrap(),
            }
            let found = Backup::verify(&damaged, Some(&keys()));
            // A manifest that does not fit its seal: which of the two was changed nobody can tell.
            let named = |part: &str| part == name || name == "manifest.json" && part == "manifest.seal";
            // A seal without its line end, or with a line more, is another matter of taste: the digits decide.
            let harmless = name == "manifest.seal" && m == 1;
            assert!(harmless == found.is_ok(), "{name}, change {m}: {found:?}");
            assert!(harmless || matches!(&found, Err(CasesError::Damaged { part, .. }) if named(part)), "{name}, change {m}: {found:?}");
        }
    }
    // A pipe in the place of a part: nobody writes into it, and nobody waits for that.
    for name in ["manifest.json", "object.ndjson", "checkpoint"] {
        let piped = bench.root.join(format!("piped-{name}"));
        copy(&whole, &piped);
        std::fs::remove_file(piped.join(name)).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(piped.join(name)).status().unwrap().success());
        let found = Backup::verify(&piped, Some(&keys()));
        assert!(matches!(&found, Err(CasesError::Damaged { part, .. }) if part == name), "{name}: {found:?}");
    }
    let other = tributary_cases::Keys::new(tributary_vault::MasterKey::parse(&"6b".repeat(32)).unwrap(), Box::new(|_: &mut [u8]| {}));
    assert!(Backup::verify(&whole, Some(&other)).is_err(), "another register's key");
    assert!(Backup::verify(&whole, None).is_ok(), "hashes hold without a key");
}

#[test]
fn nothing_is_written_over_and_no_key_goes_along() {
    let bench = Bench::new(None);
    runtime().block_on(async {
        let store = bench.open().await;
        note_of(&store, 0, "a").await;
        back_up(&bench, &store, "backup").await;
        let again = store.backup(&bench.folder, signer().verifier(), &bench.root.join("backup"), &[], at(1)).await;
        assert!(matches!(again, Err(CasesError::Backup(why)) if why.contains("there already")));
        let key = store.backup(&bench.folder, signer().verifier(), &bench.root.join("b"), &[("master.key", Vec::new())], at(1)).await;
        assert!(matches!(key, Err(CasesError::Backup(_))) && !bench.root.join("b").exists());
    });
}

/// What tells the other program what to do.
const STORE: &str = "TRIBUTARY_BACKUP_STORE";
const ROOT: &str = "TRIBUTARY_BACKUP_ROOT";

#[test]
fn a_killed_backup_or_restore_leaves_nothing_that_looks_whole() {
    if let (Ok(store), Ok(root)) = (std::env::var(STORE), std::env::var(ROOT)) {
        runtime().block_on(for_ever(&store, Path::new(&root)));
    }
    for place in [None, Some(postgres())] {
        let from = Bench::new(place.clone());
        runtime().block_on(async {
            let store = from.open().await;
            for n in 0..400 {
                note_of(&store, n, &format!("t{n}")).await;
            }
            store.publish(&from.folder, &signer()).await.unwrap();
            back_up(&from, &store, "whole").await;
            store.close().await;
        });
        for kill in 0..8_u64 {
            let to = Bench::new(place.as_ref().map(|_| postgres()));
            let address = |place: &Place| match place {
                Place::Sqlite(path) => path.to_str().unwrap().to_owned(),
                Place::Postgres(address) => address.clone(),
            };
            let doing = if kill % 2 == 0 { address(&from.place) } else { format!("restore {}", address(&to.place)) };
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "backup::a_killed_backup_or_restore_leaves_nothing_that_looks_whole", "--nocapture"])
                .env(STORE, doing)
                .env(ROOT, &from.root)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            std::thread::sleep(Duration::from_millis(40 + kill * 23));
            child.kill().unwrap();
            child.wait().unwrap();
            for entry in std::fs::read_dir(&from.root).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                if name.starts_with("copy-") {
                    Backup::verify(&from.root.join(&name), Some(&keys())).unwrap();
                }
            }
            let found = runtime().block_on(things(&to)).len();
            assert!(found == 0 || found == 400, "a restore is whole or nothing: {found}");
        }
    }
}

/// The other program: makes backups, or puts one back, until it is killed.
async fn for_ever(store: &str, root: &Path) {
    if let Some(place) = store.strip_prefix("restore ") {
        let store = Store::open(&Place::of(place), 4, keys()).await.unwrap();
        let backup = Backup::verify(&root.join("whole"), Some(&keys())).unwrap();
        let restoring = Restoring::begin(&store, &backup, None, at(900)).await.unwrap();
        restoring.into_writing().commit(Notes::one(Note::of("register.restored"))).await.unwrap();
        std::process::exit(0);
    }
    let store = Store::open(&Place::of(store), 4, keys()).await.unwrap();
    let folder = tributary_cases::LedgerFolder::at(&root.join("ledger"));
    loop {
        let name = format!("copy-{}", store.keys().id());
        store.backup(&folder, signer().verifier(), &root.join(name), &[], at(1)).await.unwrap();
    }
}

#[test]
fn a_backup_is_one_state_while_others_write() {
    for place in [None, Some(postgres())] {
        let bench = Bench::new(place);
        runtime().block_on(async {
            let store = bench.open().await;
            let writing = store.clone();
            let others = tokio::spawn(async move {
                for n in 0..200 {
                    note_of(&writing, n, &format!("t{n}")).await;
                }
            });
            let mut made = 0;
            while !others.is_finished() || made == 0 {
                store.publish(&bench.folder, &signer()).await.unwrap();
                let backup = back_up(&bench, &store, &format!("b{made}")).await;
                let rows = |name: &str| backup.manifest().parts.iter().find(|part| part.name == name).unwrap().rows.unwrap();
                let counts = ["object", "sole", "sealed_record", "wrapped_key", "ledger_entry"].map(|table| rows(&format!("{table}.ndjson")));
                assert!(counts.iter().all(|count| *count == counts[0]), "one state: {counts:?}");
                assert!(backup.manifest().log.size <= counts[4]);
                made += 1;
            }
            others.await.unwrap();
            assert!(made > 1);
        });
    }
}

#[test]
fn a_log_that_was_cut_is_not_made_anew_in_silence() {
    for place in [None, Some(postgres())] {
        let bench = Bench::new(place);
        runtime().block_on(async {
            let store = bench.open().await;
            store.check_log(&bench.folder, &signer()).await.unwrap();
            for n in 0..300 {
                note_of(&store, n, &format!("t{n}")).await;
            }
            store.publish(&bench.folder, &signer()).await.unwrap();
            let (whole, short) = (bench.root.join("whole"), bench.root.join("ledger"));
            let checkpoint = std::fs::read(short.join("checkpoint")).unwrap();
            note_of(&store, 300, "more").await;
            store.publish(&bench.folder, &signer()).await.unwrap();
            let before = logged(&bench);

            // An older checkpoint over the same tiles.
            let newest = std::fs::read(short.join("checkpoint")).unwrap();
            std::fs::write(short.join("checkpoint"), &checkpoint).unwrap();
            for refused in [store.check_log(&bench.folder, &signer()).await, store.publish(&bench.folder, &signer()).await.map(|_| ())] {
                assert!(matches!(&refused, Err(CasesError::LogBehind { found: 300, .. })), "{refused:?}");
            }
            std::fs::write(short.join("checkpoint"), &newest).unwrap();
            store.check_log(&bench.folder, &signer()).await.unwrap();

            // Gone altogether.
            std::fs::rename(&short, &whole).unwrap();
            for refused in [store.check_log(&bench.folder, &signer()).await, store.publish(&bench.folder, &signer()).await.map(|_| ())] {
                assert!(matches!(&refused, Err(CasesError::LogBehind { found: 0, published, .. }) if published == "301"), "{refused:?}");
            }
            assert_eq!(store.rebuild_log(&bench.folder, &signer(), at(400)).await.unwrap(), 301);
            assert_eq!(logged(&bench), before, "the same log");
            let opened = Log::open(&bench.folder, signer().verifier()).unwrap();
            assert_eq!(opened.checkpoint().text().as_bytes(), &newest[..opened.checkpoint().text().len()], "and the same root");
            store.publish(&bench.folder, &signer()).await.unwrap();
            assert!(matches!(store.rebuild_log(&bench.folder, &signer(), at(401)).await, Err(CasesError::Backup(_))));

            // Another history of the same length.
            let other = Bench::new(None);
            let stranger = other.open().await;
            for n in 0..302 {
                note_of(&stranger, n, &format!("x{n}")).await;
            }
            stranger.publish(&other.folder, &signer()).await.unwrap();
            let parted = store.check_log(&other.folder, &signer()).await;
            assert!(matches!(parted, Err(CasesError::LogParted(_))), "{parted:?}");
        });
    }
}

#[test]
fn a_store_that_is_older_than_its_log_is_not_published() {
    let bench = Bench::new(None);
    runtime().block_on(async {
        let store = bench.open().await;
        note_of(&store, 0, "a").await;
        store.publish(&bench.folder, &signer()).await.unwrap();
        store.close().await;
        let Place::Sqlite(path) = &bench.place else { unreachable!() };
        let copied = bench.root.join("older.db");
        std::fs::copy(path, &copied).unwrap();
        let store = bench.open().await;
        note_of(&store, 1, "b").await;
        store.publish(&bench.folder, &signer()).await.unwrap();
        let older = Store::open(&Place::Sqlite(copied), 2, keys()).await.unwrap();
        for refused in [older.check_log(&bench.folder, &signer()).await, older.publish(&bench.folder, &signer()).await.map(|_| ())] {
            assert!(matches!(refused, Err(CasesError::StoreBehind { log: 2, store: 1 })), "{refused:?}");
        }
    });
}
