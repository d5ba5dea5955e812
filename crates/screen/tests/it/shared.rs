//! What the tests share.

use tributary_model::Date;
use tributary_screen::{Birth, Kind, ListEntry, Quality, Query, Screener, Settings, WatchList};

/// A day.
pub(crate) fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

/// The day of screening in these tests.
pub(crate) fn today() -> Date {
    day("2026-03-02")
}

/// An entry of a person with a primary name and aliases: `weak:` marks a weak one.
pub(crate) fn person(id: &str, names: &[&str]) -> ListEntry {
    let mut entry = ListEntry { id: id.to_owned(), kind: Kind::Person, ..ListEntry::default() };
    for (at, name) in names.iter().enumerate() {
        match name.strip_prefix("weak:") {
            Some(weak) => entry.name(weak, Quality::Weak),
            None => entry.name(name, if at == 0 { Quality::Primary } else { Quality::Strong }),
        }
    }
    entry
}

/// A list dated the day before the day of screening.
pub(crate) fn list(entries: Vec<ListEntry>) -> WatchList {
    WatchList::new("invented", Some(day("2026-03-01")), today(), entries).0
}

/// A screener over one list.
pub(crate) fn screener(entries: Vec<ListEntry>) -> Screener {
    Screener::new(vec![list(entries)], Settings::default())
}

/// A query for a person.
pub(crate) fn asked(name: &str) -> Query {
    Query { kind: Kind::Person, ..Query::of_name(name) }
}

/// A query for a person with a date of birth.
pub(crate) fn born(name: &str, birth: &str) -> Query {
    Query { births: vec![Birth::parse(birth).unwrap()], ..asked(name) }
}
