//! `kill -9` at random points under load: nothing acknowledged is lost, and ledger and store agree.
//!
//! The test starts itself as another program that writes and says what was acknowledged, kills it, and looks. `TRIBUTARY_KILLS` says how
//! often; `make soak` takes 1,000.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use tributary_cases::{Note, Notes, Place};
use tributary_ledger::entry::Entry;

use crate::ledger::logged;
use crate::support::{Bench, Thing, at, keys, postgres, runtime, signer};

/// What tells the other program where to write.
const STORE: &str = "TRIBUTARY_KILL_STORE";
const FOLDER: &str = "TRIBUTARY_KILL_FOLDER";

#[test]
fn nothing_acknowledged_is_lost_by_kill_9() {
    if let (Ok(store), Ok(folder)) = (std::env::var(STORE), std::env::var(FOLDER)) {
        runtime().block_on(write_for_ever(&store, &folder));
    }
    let kills: u64 = std::env::var("TRIBUTARY_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(12);
    for place in [None, Some(postgres())] {
        let bench = Bench::new(place);
        let mut acknowledged = Vec::new();
        for kill in 0..kills {
            // Points spread over the first fifth of a second: opening, migrating, writing, publishing.
            acknowledged.extend(run_and_kill(&bench, Duration::from_micros(kill * 7_919_717 % 200_000)));
            if kill % 10 == 9 || kill + 1 == kills {
                runtime().block_on(check(&bench, &acknowledged));
            }
        }
        assert!(!acknowledged.is_empty(), "something was written before the kills");
    }
}

/// Starts the other program, kills it after a while, and gives what it said was acknowledged.
fn run_and_kill(bench: &Bench, after: Duration) -> Vec<String> {
    let store = match &bench.place {
        Place::Sqlite(path) => path.to_str().unwrap().to_owned(),
        Place::Postgres(address) => address.clone(),
    };
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::nothing_acknowledged_is_lost_by_kill_9", "--nocapture"])
        .env(STORE, store)
        .env(FOLDER, bench.root.join("ledger"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // It says when its store is open; the clock of the kill starts there.
    while lines.next().is_some_and(|line| !line.unwrap().ends_with("ready")) {}
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
    lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("ack ").map(ToOwned::to_owned)).collect()
}

/// The other program: four who write, and one who publishes, until the end.
async fn write_for_ever(store: &str, folder: &str) {
    let store = tributary_cases::Store::open(&Place::of(store), 8, keys()).await.unwrap();
    let folder = tributary_cases::LedgerFolder::at(std::path::Path::new(folder));
    println!("\nready");
    for _ in 0..4 {
        let store = store.clone();
        tokio::spawn(async move {
            loop {
                let mut writing = store.write(at(0)).await.unwrap();
                let id = writing.new_id();
                writing.add(&id, Thing::of("open")).await.unwrap();
                // A token has few digits: letters stand for them.
                let name: String = id.chars().map(|c| char::from(b'a' + u8::try_from(c.to_digit(16).unwrap()).unwrap())).collect();
                writing.commit(Notes::one(Note::of("thing.added").tag("name", name))).await.unwrap();
                println!("ack {id}");
            }
        });
    }
    loop {
        store.publish(&folder, &signer()).await.unwrap();
    }
}

async fn check(bench: &Bench, acknowledged: &[String]) {
    let store = bench.open().await;
    store.publish(&bench.folder, &signer()).await.unwrap();
    let mut stored = Vec::new();
    let mut page = tributary_cases::Page::first(1_000);
    loop {
        let part = store.read().await.unwrap().list::<Thing>(tributary_cases::Find::All, &page).await.unwrap();
        let Some(last) = part.last() else { break };
        page.after = Some((last.made, last.id.clone()));
        stored.extend(part.into_iter().map(|thing| thing.id));
    }
    stored.sort();
    for id in acknowledged {
        assert!(stored.binary_search(id).is_ok(), "{id} was acknowledged and is lost");
    }
    let spelled = |id: &str| id.chars().map(|c| char::from(b'a' + u8::try_from(c.to_digit(16).unwrap()).unwrap())).collect::<String>();
    let mut in_log: Vec<String> =
        logged(bench).iter().map(|entry| Entry::decode(entry.as_bytes()).unwrap().tag("name").unwrap().to_owned()).collect();
    in_log.sort();
    let mut in_store: Vec<String> = stored.iter().map(|id| spelled(id)).collect();
    in_store.sort();
    assert_eq!(in_log, in_store, "ledger and store agree, each entry once");
    store.close().await;
}
