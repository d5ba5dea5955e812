//! Objects: versions, keys, lists, and the vault's records.

use tributary_cases::{CasesError, Find, Notes, Page};
use tributary_model::Timestamp;

use crate::support::{Thing, at, both, note};

#[test]
fn an_object_is_read_as_it_was_written_and_changed_by_one_at_a_time() {
    both(|bench| async move {
        let store = bench.open().await;
        let mut writing = store.write(at(0)).await.unwrap();
        let made = writing.add("a", Thing { due: Some(at(9)), keys: vec!["k".into()], ..Thing::of("open") }).await.unwrap();
        writing.commit(Notes::one(note())).await.unwrap();
        let read = store.read().await.unwrap().need::<Thing>("a").await.unwrap();
        assert_eq!(read, made);
        assert_eq!((read.version, read.made), (1, at(0)));

        let (mut mine, mut theirs) = (read.clone(), read);
        let mut writing = store.write(at(1)).await.unwrap();
        mine.body.state = "mine".into();
        writing.put(&mut mine).await.unwrap();
        writing.commit(Notes::one(note())).await.unwrap();
        assert_eq!(mine.version, 2);
        let mut writing = store.write(at(2)).await.unwrap();
        theirs.body.state = "theirs".into();
        assert!(matches!(writing.put(&mut theirs).await, Err(CasesError::Conflict { .. })));
        drop(writing);
        assert_eq!(store.read().await.unwrap().need::<Thing>("a").await.unwrap().body.state, "mine");
    });
}

#[test]
fn what_is_not_committed_never_happened() {
    both(|bench| async move {
        let store = bench.open().await;
        let mut writing = store.write(at(0)).await.unwrap();
        writing.add("a", Thing::of("open")).await.unwrap();
        writing.seal("s", b"sealed").await.unwrap();
        drop(writing);
        assert_eq!(store.read().await.unwrap().get::<Thing>("a").await.unwrap(), None);
        assert!(matches!(store.write(at(1)).await.unwrap().unseal("s").await, Err(CasesError::Erased)));
        assert_eq!(store.waiting().await.unwrap(), 0);
    });
}

#[test]
fn ids_and_sole_keys_are_taken_once_and_free_again_when_given_up() {
    both(|bench| async move {
        let store = bench.open().await;
        let named = |name: &str| Thing { sole: Some(name.into()), ..Thing::of("open") };
        let mut writing = store.write(at(0)).await.unwrap();
        let mut first = writing.add("a", named("one")).await.unwrap();
        assert!(matches!(writing.add("a", named("two")).await, Err(CasesError::Taken { name: "id", .. })));
        assert!(matches!(writing.add("b", named("one")).await, Err(CasesError::Taken { name: "sole", .. })));
        drop(writing);
        let mut writing = store.write(at(0)).await.unwrap();
        first = writing.add("a", first.body).await.unwrap();
        first.body.sole = Some("other".into());
        writing.put(&mut first).await.unwrap();
        writing.add("b", named("one")).await.unwrap();
        writing.commit(Notes::one(note())).await.unwrap();
        let mut reading = store.read().await.unwrap();
        assert_eq!(reading.sole::<Thing>("sole", "one").await.unwrap().unwrap().id, "b");
        assert_eq!(reading.sole::<Thing>("sole", "other").await.unwrap().unwrap().id, "a");
        assert_eq!(reading.sole::<Thing>("sole", "two").await.unwrap(), None);
        drop(reading);
        let mut writing = store.write(at(1)).await.unwrap();
        let gone = writing.need::<Thing>("b").await.unwrap();
        writing.remove(&gone).await.unwrap();
        writing.add("c", named("one")).await.unwrap();
        writing.commit(Notes::one(note())).await.unwrap();
        assert_eq!(store.read().await.unwrap().sole::<Thing>("sole", "one").await.unwrap().unwrap().id, "c");
    });
}

#[test]
fn objects_are_found_by_what_they_say_and_paged_in_order() {
    both(|bench| async move {
        let store = bench.open().await;
        for n in 0..25_i64 {
            let mut writing = store.write(at(n / 3)).await.unwrap();
            let body = Thing {
                parent: if n % 2 == 0 { "even".into() } else { "odd".into() },
                agency: format!("agency-{}", n % 5),
                due: (n % 4 == 0).then(|| at(n)),
                keys: vec![format!("k{}", n % 3), "all".into()],
                ..Thing::of(if n < 10 { "open" } else { "closed" })
            };
            writing.add(&format!("{n:02}"), body).await.unwrap();
            writing.commit(Notes::one(note())).await.unwrap();
        }
        let found = async |find: Find<'_>| {
            let list = store.read().await.unwrap().list::<Thing>(find, &Page::first(100)).await.unwrap();
            list.into_iter().map(|thing| thing.id.parse::<i64>().unwrap()).collect::<Vec<_>>()
        };
        let those = |keep: fn(i64) -> bool| (0..25).filter(|n| keep(*n)).collect::<Vec<i64>>();
        assert_eq!(found(Find::All).await, those(|_| true));
        assert_eq!(found(Find::Parent("odd")).await, those(|n| n % 2 == 1));
        assert_eq!(found(Find::Agency("agency-3")).await, those(|n| n % 5 == 3));
        assert_eq!(found(Find::State("open")).await, those(|n| n < 10));
        assert_eq!(found(Find::Key("key", "k1")).await, those(|n| n % 3 == 1));
        assert_eq!(found(Find::Due(at(12))).await, those(|n| n % 4 == 0 && n <= 12));
        assert_eq!(found(Find::Key("other", "k1")).await, Vec::<i64>::new());
        assert_eq!(store.read().await.unwrap().count::<Thing>("closed").await.unwrap(), 15);

        let mut all = Vec::new();
        let mut page = Page::first(7);
        loop {
            let part = store.read().await.unwrap().list::<Thing>(Find::Key("key", "all"), &page).await.unwrap();
            let Some(last) = part.last() else { break };
            page.after = Some((last.made, last.id.clone()));
            all.extend(part.into_iter().map(|thing| thing.id.parse::<i64>().unwrap()));
        }
        assert_eq!(all, those(|_| true));
    });
}

#[test]
fn sealed_records_open_until_they_are_erased_sg_034() {
    both(|bench| async move {
        let store = bench.open().await;
        let mut writing = store.write(at(0)).await.unwrap();
        writing.seal("v", "نام".as_bytes()).await.unwrap();
        writing.commit(Notes::one(note())).await.unwrap();
        assert_eq!(store.write(at(1)).await.unwrap().unseal("v").await.unwrap(), "نام".as_bytes());
        let mut writing = store.write(at(2)).await.unwrap();
        writing.seal("v", b"changed").await.unwrap();
        writing.commit(Notes::one(note())).await.unwrap();
        assert_eq!(store.write(at(3)).await.unwrap().unseal("v").await.unwrap(), b"changed");
        let mut writing = store.write(at(4)).await.unwrap();
        writing.erase("v").await.unwrap();
        writing.commit(Notes::one(note())).await.unwrap();
        assert!(matches!(store.write(at(5)).await.unwrap().unseal("v").await, Err(CasesError::Erased)));
    });
}

#[test]
fn plain_text_of_a_sealed_record_is_in_no_file() {
    let bench = crate::support::Bench::new(None);
    crate::support::runtime().block_on(async {
        let store = bench.open().await;
        let mut writing = store.write(at(0)).await.unwrap();
        writing.seal("v", b"Zarlakht of the test").await.unwrap();
        writing.commit(Notes::one(note())).await.unwrap();
        store.close().await;
    });
    let mut looked = 0;
    for file in std::fs::read_dir(&bench.root).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(8).any(|part| part == b"Zarlakht"), "{}", path.display());
            looked += 1;
        }
    }
    assert!(looked > 0, "the store has files");
}

#[test]
fn two_who_change_the_same_object_at_once_do_not_overwrite_each_other() {
    both(|bench| async move {
        let store = bench.open().await;
        let mut writing = store.write(at(0)).await.unwrap();
        writing.add("a", Thing::of("open")).await.unwrap();
        writing.commit(Notes::one(note())).await.unwrap();
        let mut tasks = Vec::new();
        for _ in 0..8 {
            let store = store.clone();
            tasks.push(tokio::spawn(async move {
                let mut done = 0_u64;
                while done < 20 {
                    let mut writing = store.write(at(1)).await.unwrap();
                    let mut thing = writing.need::<Thing>("a").await.unwrap();
                    thing.body.count += 1;
                    match writing.put(&mut thing).await {
                        Ok(()) => {
                            writing.commit(Notes::one(note())).await.unwrap();
                            done += 1;
                        }
                        Err(CasesError::Conflict { .. }) => {}
                        Err(other) => panic!("{other}"),
                    }
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        let thing = store.read().await.unwrap().need::<Thing>("a").await.unwrap();
        assert_eq!((thing.body.count, thing.version), (160, 161));
    });
}

#[test]
fn a_time_far_away_is_kept() {
    both(|bench| async move {
        let store = bench.open().await;
        let far = Timestamp::parse("2099-12-31T23:59:59Z").unwrap();
        let mut writing = store.write(at(0)).await.unwrap();
        writing.add("a", Thing { due: Some(far), ..Thing::of("open") }).await.unwrap();
        writing.commit(Notes::one(note())).await.unwrap();
        assert_eq!(store.read().await.unwrap().list::<Thing>(Find::Due(far), &Page::first(1)).await.unwrap().len(), 1);
    });
}
