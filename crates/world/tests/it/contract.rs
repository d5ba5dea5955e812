//! Every row is one that the observation contract accepts.
use crate::support::{make, read};
use std::collections::{BTreeSet, HashSet};
use tributary_model::table::ColumnKind;
use tributary_model::{Amount, Date, Table, Timestamp};
use tributary_world::Overlap;

fn letters(text: &str, range: std::ops::RangeInclusive<usize>, ok: impl Fn(char) -> bool) -> bool {
    range.contains(&text.chars().count()) && text.chars().all(ok)
}

/// Does the contract accept this value?
fn accepts(kind: ColumnKind, value: &str) -> bool {
    match kind {
        ColumnKind::Id | ColumnKind::Text => !value.trim().is_empty(),
        ColumnKind::Time => Timestamp::parse(value).is_ok(),
        ColumnKind::Date => Date::parse(value).is_ok(),
        ColumnKind::Amount => Amount::parse(value).is_ok_and(|a| a.0 > 0),
        ColumnKind::Count => value.parse::<u64>().is_ok_and(|n| n > 0),
        ColumnKind::Latitude => value.parse::<f64>().is_ok_and(|d| d.abs() <= 90.0),
        ColumnKind::Longitude => value.parse::<f64>().is_ok_and(|d| d.abs() <= 180.0),
        ColumnKind::Country => letters(value, 2..=2, |c| c.is_ascii_uppercase()),
        ColumnKind::Subdivision => value
            .split_once('-')
            .is_some_and(|(c, s)| letters(c, 2..=2, |c| c.is_ascii_uppercase()) && letters(s, 1..=3, |c| c.is_ascii_alphanumeric())),
        ColumnKind::Currency => letters(value, 2..=12, |c| c.is_ascii_uppercase()),
        ColumnKind::Language => value.split('-').all(|part| letters(part, 2..=8, |c| c.is_ascii_alphanumeric())),
        ColumnKind::Phone => value.strip_prefix('+').is_some_and(|d| letters(d, 7..=15, |c| c.is_ascii_digit())),
        ColumnKind::Document => value.split_once(':').is_some_and(|(k, n)| !k.is_empty() && !n.is_empty()),
        ColumnKind::OneOf(words) => words.contains(&value),
    }
}

#[test]
fn every_row_is_accepted() {
    for (seed, overlap) in [(1, Overlap::None), (2, Overlap::High)] {
        let world = make(seed, 0.02, overlap);
        for table in Table::ALL {
            let rows = world.rows(&format!("{table}.csv"));
            assert_eq!(rows.len() as u64, world.count(table.name()), "{table}");
            let mut ids = HashSet::new();
            for (index, row) in rows.iter().enumerate() {
                assert_eq!(row.len(), table.columns().len());
                for column in table.columns() {
                    let value = &row[column.name];
                    let parts: Vec<&str> = if column.list { value.split('|').collect() } else { vec![value] };
                    let good = if value.is_empty() { !column.required } else { parts.iter().all(|p| accepts(column.kind, p)) };
                    assert!(good, "seed {seed} {table} row {} {}: `{value}`", index + 1, column.name);
                }
                if let Some(id) = table.unique_id() {
                    assert!(ids.insert(row[id].clone()), "{table} {id} `{}` twice", row[id]);
                }
            }
        }
    }
}

#[test]
fn rows_point_at_what_exists() {
    let world = make(3, 0.02, Overlap::Low);
    let parties: HashSet<String> = world.column("parties.csv", "party_id").into_iter().collect();
    let accounts: HashSet<String> = world.column("accounts.csv", "account_id").into_iter().collect();
    let places: HashSet<String> = world.column("places.csv", "place").into_iter().collect();
    assert_eq!(parties.len() as u64, world.count("parties"));
    assert_eq!(accounts.len() as u64, world.count("accounts"));
    let check = |file: &str, column: &str, known: &[&HashSet<String>]| {
        for value in world.column(file, column).iter().filter(|v| !v.is_empty()) {
            assert!(known.iter().any(|k| k.contains(value)), "{file} {column} `{value}`");
        }
    };
    for file in ["transfers.csv", "contacts.csv"] {
        check(file, "from_account", &[&accounts]);
        check(file, "to_account", &[&accounts]);
    }
    check("accounts.csv", "holder", &[&parties]);
    check("posts.csv", "account", &[&accounts]);
    check("posts.csv", "place", &[&places]);
    check("sightings.csv", "subject", &[&accounts, &parties]);
    check("movements.csv", "party", &[&parties]);
    for column in ["from_place", "to_place", "crossing"] {
        check("movements.csv", column, &[&places]);
    }
    check("case_records.csv", "subject", &[&accounts, &parties]);
    check("truth/victims.csv", "party_id", &[&parties]);
    check("truth/holders.csv", "account_id", &[&accounts]);
    check("truth/groups.csv", "party_id", &[&parties]);
}

/// A place named in the source and missing from the table would silently become another one.
#[test]
fn places_named_in_the_source_exist() {
    let world = make(4, 0.02, Overlap::None);
    let places: BTreeSet<String> = world.column("places.csv", "place").into_iter().collect();
    let mut folders = vec![std::path::PathBuf::from("src")];
    let mut named = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap();
            for part in text.split("place(\"").skip(1) {
                named.insert(part.split('"').next().unwrap().to_owned());
            }
        }
    }
    assert!(named.len() > 5);
    assert!(named.is_subset(&places), "{:?}", named.difference(&places).collect::<Vec<_>>());
}

#[test]
fn truth_stands_apart() {
    let world = make(5, 0.02, Overlap::High);
    for table in Table::ALL {
        let text = std::fs::read_to_string(world.folder.path().join(format!("{table}.csv"))).unwrap();
        for word in ["N0001", "truth", "fake_jobs", "network", "hard"] {
            assert!(!text.lines().next().unwrap().contains(word), "{table} has a column {word}");
        }
    }
    // Labelled transfers lie among the others, not in a block.
    let labels: Vec<u64> = world.column("truth/transfers.csv", "transfer_id").iter().map(|id| id.trim_start_matches('T').parse().unwrap()).collect();
    let neighbours = labels.windows(2).filter(|w| w[1] == w[0] + 1).count();
    assert!(neighbours * 2 < labels.len(), "{neighbours} of {}", labels.len());
    assert!(!read(&world.folder.path().join("truth/networks.csv")).is_empty());
}
