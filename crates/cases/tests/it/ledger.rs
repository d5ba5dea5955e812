//! The ledger says what the store says: nothing more, nothing less, in one order.

use tributary_cases::{Note, Notes, Store};
use tributary_ledger::append::Log;
use tributary_ledger::checkpoint::Checkpoint;
use tributary_ledger::entry::{Entry, commitment};
use tributary_ledger::store::{TileRead, fetch_bundle};
use tributary_vault::unhex;

use crate::support::{Bench, Thing, at, both, note, signer};

/// All entries of the log, read from its files.
pub(crate) fn logged(bench: &Bench) -> Vec<String> {
    let Some(checkpoint) = bench.folder.get("checkpoint").unwrap() else { return Vec::new() };
    let (checkpoint, _) = Checkpoint::open(&checkpoint, signer().verifier()).unwrap();
    // Opening holds the tiles against the checkpoint's root.
    assert_eq!(Log::open(&bench.folder, signer().verifier()).unwrap().checkpoint(), checkpoint);
    let mut entries = Vec::new();
    while (entries.len() as u64) < checkpoint.size {
        let index = entries.len() as u64 / 256;
        let width = u16::try_from((checkpoint.size - index * 256).min(256)).unwrap();
        entries.extend(fetch_bundle(&bench.folder, index, width).unwrap().into_iter().map(|entry| String::from_utf8(entry).unwrap()));
    }
    entries
}

async fn change(store: &Store, n: i64) -> String {
    let mut writing = store.write(at(n)).await.unwrap();
    writing.add(&n.to_string(), Thing::of("open")).await.unwrap();
    let note = Note::of("thing.added").about("thing", "", &n.to_string()).tag("step", format!("n{n}"));
    writing.commit(Notes::one(note.with(&serde_json::json!({"thing": n})))).await.unwrap().remove(0)
}

#[test]
fn entries_are_published_once_and_in_the_order_of_their_times() {
    both(|bench| async move {
        let store = bench.open().await;
        for n in 0..300 {
            change(&store, n).await;
        }
        assert_eq!(store.waiting().await.unwrap(), 300);
        let published = store.publish(&bench.folder, &signer()).await.unwrap();
        assert_eq!((published.size, published.written), (300, 300));
        assert_eq!(store.waiting().await.unwrap(), 0);
        let again = store.publish(&bench.folder, &signer()).await.unwrap();
        assert_eq!((again.size, again.written), (300, 0));
        change(&store, 300).await;
        assert_eq!(store.publish(&bench.folder, &signer()).await.unwrap().size, 301);
        let steps: Vec<String> =
            logged(&bench).iter().map(|entry| Entry::decode(entry.as_bytes()).unwrap().tag("step").unwrap().to_owned()).collect();
        assert_eq!(steps, (0..=300).map(|n| format!("n{n}")).collect::<Vec<_>>());
    });
}

#[test]
fn an_entry_tells_nobody_and_opens_for_who_holds_its_salt_sg_081() {
    both(|bench| async move {
        let store = bench.open().await;
        let mut writing = store.write(at(0)).await.unwrap();
        writing.add("a", Thing::of("open")).await.unwrap();
        let secret = serde_json::json!({"name": "Zarlakht", "phone": "+92 300 1234567"});
        let id = writing.commit(Notes::one(note().about("actor", "case-1", "account-9").with(&secret))).await.unwrap().remove(0);
        store.publish(&bench.folder, &signer()).await.unwrap();
        let waiting = store.entry(&id).await.unwrap().unwrap();
        assert_eq!(waiting.place, Some(0));
        assert_eq!(logged(&bench), std::slice::from_ref(&waiting.entry));
        for word in ["Zarlakht", "1234567", "account-9", "case-1"] {
            assert!(!waiting.entry.contains(word), "{word} in {}", waiting.entry);
        }
        let salt: [u8; 32] = unhex(&waiting.salt.unwrap()).unwrap().try_into().unwrap();
        let entry = Entry::decode(waiting.entry.as_bytes()).unwrap();
        assert_eq!(*entry.commit(), commitment(&salt, waiting.payload.unwrap().as_bytes()));

        let mut writing = store.write(at(1)).await.unwrap();
        writing.forget_payload(&id).await.unwrap();
        writing.commit(Notes::one(note())).await.unwrap();
        let erased = store.entry(&id).await.unwrap().unwrap();
        assert_eq!((erased.salt, erased.payload), (None, None));
        store.publish(&bench.folder, &signer()).await.unwrap();
        assert_eq!(logged(&bench)[0], waiting.entry, "the proof stays");
    });
}

#[test]
fn one_who_acts_has_another_name_in_every_scope() {
    let keys = crate::support::keys();
    assert_eq!(keys.pseudonym("actor/case-1", "account-9"), keys.pseudonym("actor/case-1", "account-9"));
    assert_ne!(keys.pseudonym("actor/case-1", "account-9"), keys.pseudonym("actor/case-2", "account-9"));
    assert_ne!(keys.pseudonym("actor/case-1", "account-9"), keys.pseudonym("actor/case-1", "account-8"));
}

#[test]
fn what_is_no_token_cannot_become_a_public_fact() {
    both(|bench| async move {
        let store = bench.open().await;
        for tag in ["Zarlakht Khan", "", "+923001234567", "923001234567", "a/b", &"x".repeat(65)] {
            let mut writing = store.write(at(0)).await.unwrap();
            writing.add("a", Thing::of("open")).await.unwrap();
            assert!(writing.commit(Notes::one(Note::of("thing.added").tag("why", tag))).await.is_err(), "{tag}");
        }
        assert_eq!(store.read().await.unwrap().get::<Thing>("a").await.unwrap(), None, "and nothing was written");
    });
}
