//! Migrations: a store of every released version comes up at the newest with what it holds, and one of a later version is refused.

use sha2::{Digest as _, Sha384};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use tributary_cases::{CasesError, Find, Note, Notes, Page, Place, Store};
use tributary_ledger::entry::Entry;

use crate::support::{Bench, Thing, at, keys, runtime, signer};

/// The tables as version 1 made them: never changed again.
const VERSION_1: &str = include_str!("version_1.sql");
/// What the library of version 1 wrote down of having made them.
const APPLIED: &str = "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, \
     installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)";

async fn run(place: &Place, sql: String) {
    match place {
        Place::Sqlite(path) => {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
            let mut link = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
            link.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
            link.close().await.unwrap();
        }
        Place::Postgres(address) => {
            let mut link = sqlx::PgConnection::connect(address).await.unwrap();
            link.execute(sqlx::raw_sql(AssertSqlSafe(sql.replace("BLOB", "BYTEA")))).await.unwrap();
            link.close().await.unwrap();
        }
    }
}

fn mark(place: &Place, version: i64, checksum: &str) -> String {
    let bytes = match place {
        Place::Sqlite(_) => format!("x'{checksum}'"),
        Place::Postgres(_) => format!("'\\x{checksum}'"),
    };
    format!("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES ({version}, 'objects', TRUE, {bytes}, 1);")
}

/// A store as version 1 left it, with a thing, an alert, an escalation and two entries, of which one was published.
async fn version_1(bench: &Bench) -> Vec<String> {
    // Entries as they are written today have the form of version 1.
    let other = Bench::new(None);
    let store = other.open().await;
    let mut entries = Vec::new();
    for n in 0..2 {
        let writing = store.write(at(n)).await.unwrap();
        let note = Note::of("thing.added").about("thing", "", "one").about("actor", "one", "somebody").with(&serde_json::json!({"n": n}));
        let id = writing.commit(Notes::one(note)).await.unwrap().remove(0);
        entries.push((id.clone(), store.entry(&id).await.unwrap().unwrap()));
    }
    let thing = serde_json::to_string(&Thing::of("open")).unwrap();
    let made = at(0).0;
    let mut sql = format!("{VERSION_1};{APPLIED};{}", mark(&bench.place, 1, &tributary_vault::hex(&Sha384::digest(VERSION_1))));
    for (kind, id, body) in [
        ("thing", "one", thing.as_str()),
        ("alert", "a-1", "{}"),
        ("escalation", "e-1", "{}"),
        ("redress", "r-1", "{}"),
        ("notice", "n-1", "{}"),
        ("search_anomaly", "s-1", "{}"),
    ] {
        sql += &format!("INSERT INTO object VALUES ('{kind}', '{id}', '', 'fia', 'open', NULL, {made}, 3, '{body}');");
    }
    sql += "INSERT INTO lookup VALUES ('thing', 'key', 'shared', 'one'); INSERT INTO sole VALUES ('thing', 'sole', 'mine', 'one');";
    for (place, (id, entry)) in entries.iter().enumerate() {
        let (salt, payload) = (entry.salt.as_ref().unwrap(), entry.payload.as_ref().unwrap());
        let place = if place == 0 { "0" } else { "NULL" };
        sql += &format!("INSERT INTO ledger_entry VALUES ('{id}', {made}, '{}', '{salt}', '{payload}', {place});", entry.entry);
    }
    run(&bench.place, sql).await;
    entries.into_iter().map(|(id, _)| id).collect()
}

#[test]
fn a_store_of_version_1_comes_up_with_what_it_holds() {
    for place in [None, Some(crate::support::postgres())] {
        let bench = Bench::new(place);
        runtime().block_on(async {
            let entries = version_1(&bench).await;
            let store = bench.open().await;
            assert_eq!(Store::schema(), 3);
            let mut reading = store.read().await.unwrap();
            let thing = reading.need::<Thing>("one").await.unwrap();
            assert_eq!((thing.version, thing.body.state.as_str()), (3, "open"));
            assert_eq!(reading.list::<Thing>(Find::Key("key", "shared"), &Page::first(9)).await.unwrap().len(), 1);
            assert!(reading.sole::<Thing>("sole", "mine").await.unwrap().is_some());
            drop(reading);
            clocks(&bench).await;

            // Version 1 did not say how far its log was published: an empty folder is no log of it.
            let lost = store.publish(&bench.folder, &signer()).await;
            assert!(matches!(&lost, Err(CasesError::LogBehind { found: 0, .. })), "{lost:?}");
            store.rebuild_log(&bench.folder, &signer(), at(5)).await.unwrap();
            assert_eq!(store.publish(&bench.folder, &signer()).await.unwrap().size, 3);
            store.check_log(&bench.folder, &signer()).await.unwrap();

            // Entries of version 1 are found by what they are about.
            let mut writing = store.write(at(6)).await.unwrap();
            assert_eq!(writing.forget_about("thing", "one").await.unwrap(), 2);
            assert_eq!(writing.forget_about("actor", "somebody").await.unwrap(), 0);
            writing.commit(Notes::one(Note::of("thing.erased"))).await.unwrap();
            for id in entries {
                let entry = store.entry(&id).await.unwrap().unwrap();
                assert_eq!((entry.salt, entry.payload), (None, None));
                Entry::decode(entry.entry.as_bytes()).unwrap();
            }
            store.close().await;
            bench.open().await.close().await;
        });
    }
}

/// What had no clock in version 1 has got one.
async fn clocks(bench: &Bench) {
    let store = bench.open().await;
    let to = bench.root.join("look");
    std::fs::create_dir_all(bench.root.join("none")).unwrap();
    let none = tributary_cases::LedgerFolder::at(&bench.root.join("none"));
    store.backup(&none, signer().verifier(), &to, &[], at(0)).await.unwrap();
    let text = std::fs::read_to_string(to.join("object.ndjson")).unwrap();
    let clocks: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (thing, class, days) in
        [("a-1", "alert", 730), ("e-1", "escalation", 1_826), ("r-1", "request", 1_096), ("n-1", "notice", 1_096), ("s-1", "finding", 730)]
    {
        let clock = clocks.iter().find(|row| row[0] == "retention_clock" && row[2] == thing).unwrap();
        assert_eq!(clock[5], at(0).0 + days * 86_400_000_000, "{clock}");
        let body: serde_json::Value = serde_json::from_str(clock[8].as_str().unwrap()).unwrap();
        assert_eq!((&body["class"], &body["thing"], &body["agency"]), (&class.into(), &thing.into(), &"fia".into()));
    }
}

#[test]
fn a_store_of_a_later_version_is_refused() {
    for place in [None, Some(crate::support::postgres())] {
        let bench = Bench::new(place);
        runtime().block_on(async {
            bench.open().await.close().await;
            run(&bench.place, mark(&bench.place, 99, "00")).await;
            let refused = Store::open(&bench.place, 2, keys()).await.err();
            assert!(matches!(refused, Some(CasesError::Newer { found: 99, known: 3 })), "{refused:?}");
        });
    }
}

#[test]
fn a_step_that_fails_leaves_the_store_as_it_was() {
    for place in [None, Some(crate::support::postgres())] {
        let bench = Bench::new(place);
        runtime().block_on(async {
            version_1(&bench).await;
            // The last statement of version 2 fails: a clock of that id is there already.
            run(&bench.place, "INSERT INTO object VALUES ('retention_clock', 'alert-a-1', '', '', '', NULL, 0, 1, '{}');".into()).await;
            let refused = Store::open(&bench.place, 2, keys()).await.err();
            assert!(matches!(refused, Some(CasesError::Migration(_))), "{refused:?}");
            // Taken away, the step goes through from its beginning: nothing of it had stayed.
            run(&bench.place, "DELETE FROM object WHERE kind = 'retention_clock';".into()).await;
            bench.open().await.close().await;
        });
    }
}
