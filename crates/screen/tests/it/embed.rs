//! What a server needs of a screener: threads, a part of the lists, new versions; and names that are slips, firms or nonsense.

use tributary_screen::{Kind, Query, Screener, Settings, WatchList};

use crate::hits::{ids, people};
use crate::shared::{asked, day, list, person, screener, today};

/// One screener serves many threads.
#[test]
fn a_screener_is_shared_between_threads() {
    let shared = std::sync::Arc::new(screener(people()));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let shared = std::sync::Arc::clone(&shared);
            std::thread::spawn(move || shared.screen(&asked("Zarlakht Obaidani Marufkhel"), today()).hits.len())
        })
        .collect();
    assert!(threads.into_iter().all(|thread| thread.join().unwrap() == 1));
}

#[test]
fn a_request_may_ask_some_of_the_lists() {
    let named =
        |name: &str, dated: &str, id: &str| WatchList::new(name, Some(day(dated)), today(), vec![person(id, &["Zarlakht Obaidani Marufkhel"])]).0;
    let screener = Screener::new(vec![named("fresh", "2026-03-01", "A"), named("old", "2025-03-01", "B")], Settings::default());
    let query = asked("Zarlakht Marufkhel");
    for (lists, found, abstained) in [(&["fresh"][..], vec!["A"], 0), (&["old"], vec!["B"], 1), (&["fresh", "old"], vec!["A", "B"], 1)] {
        let scope = screener.scope(lists).unwrap();
        let outcome = screener.screen_within(&query, today(), &scope);
        assert_eq!((ids(&outcome), outcome.abstained.len()), (found, abstained), "{lists:?}");
        let batch = screener.screen_batch_within(std::slice::from_ref(&query), today(), &scope);
        assert_eq!(serde_json::to_string(&batch).unwrap(), serde_json::to_string(&[outcome]).unwrap());
    }
    assert_eq!(screener.scope(&["un"]).unwrap_err().to_string(), "there is no list `un`; choose from: fresh, old");
}

#[test]
fn a_new_version_of_a_list_replaces_the_old_one() {
    let before = screener(people());
    let version = |names: &[(&str, &str)]| list(names.iter().map(|(id, name)| person(id, &[name])).collect());
    let (after, changed) = before.with_list(version(&[("N1", "Torbaaz Hindukoy")]));
    assert_eq!((changed.added.as_slice(), after.lists().len()), (["N1".to_owned()].as_slice(), 1));
    assert!(changed.removed.contains(&"A1".to_owned()));
    assert!(after.screen(&asked("Zarlakht Obaidani Marufkhel"), today()).hits.is_empty());
    assert_eq!(ids(&after.screen(&asked("Torbaaz Hindukoy"), today())), ["N1"]);
}

/// One letter left out, added, exchanged, or changed in place with its neighbour still finds the name; a final vowel tells names apart.
#[test]
fn a_slip_of_the_pen_is_found() {
    let screener = screener(vec![person("A", &["Zarlakht Brunhault"])]);
    for name in ["Zarlakt Brunhault", "Zarlakht Grunhault", "Zarlahkt Brunhault", "Zarlakht Brunhaulkt", "Xarlakht Brunhaut"] {
        assert_eq!(ids(&screener.screen(&asked(name), today())), ["A"], "{name}");
    }
}

/// Legal forms say little, however rare the list makes them.
#[test]
fn legal_forms_weigh_little() {
    let firm = |name: &str| Query { kind: Kind::Organisation, ..Query::of_name(name) };
    let mut entry = person("F", &["Qandahari Zumurrud Trading LLC"]);
    entry.kind = Kind::Organisation;
    let screener = screener(vec![entry]);
    for (name, hits) in
        [("Qandahari Zumurrud Trading Ltd.", 1), ("Qandahari Zumurrud", 1), ("Brunhault Trading LLC", 0), ("Ostrevant General Trading LLC", 0)]
    {
        assert_eq!(screener.screen(&firm(name), today()).hits.len(), hits, "{name}");
    }
}

/// Whatever is asked stays bounded: very long names, many aliases, one token over and over, mixed scripts, pictures.
#[test]
fn strange_queries_are_bounded() {
    let screener = screener(people());
    let long = "Zarlakht ".repeat(10_000);
    let aliases = Query { names: (0..1_000).map(|at| format!("Alias{at} Nobody")).collect(), ..Query::default() };
    for query in [asked(&long), aliases, asked(&"م".repeat(100_000)), asked("😀 👩‍👩‍👧 Жarlakht مaruf 王"), asked(&"a b ".repeat(5_000))]
    {
        assert!(screener.screen(&query, today()).hits.len() <= Settings::default().hits_max);
    }
}
