//! The corpus of adverts: same bytes for the same seed, tables the contract accepts, a truth that fits them.
use crate::support::read;
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;
use tributary_model::Table;
use tributary_world::WorldError;
use tributary_world::corpus::{CorpusSettings, Language, Level, POSTS_MAX, corpus, write_corpus};

fn digests(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut digests = BTreeMap::new();
    for folder in [folder.to_owned(), folder.join("truth")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                digests.insert(path.file_name().unwrap().to_string_lossy().into_owned(), Sha256::digest(std::fs::read(&path).unwrap()).to_vec());
            }
        }
    }
    digests
}

fn written(settings: &CorpusSettings) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_corpus(folder.path(), settings).unwrap();
    folder
}

#[test]
fn same_seed_same_bytes() {
    let settings = |seed| CorpusSettings::new(seed, 1_500, Level::High);
    let (one, again, other) = (written(&settings(3)), written(&settings(3)), written(&settings(4)));
    assert_eq!(digests(one.path()), digests(again.path()));
    let (one, other) = (digests(one.path()), digests(other.path()));
    let same: Vec<&String> = one.iter().filter(|(name, digest)| other.get(*name) == Some(digest)).map(|(name, _)| name).collect();
    assert_eq!(same, ["places.csv"]);
}

#[test]
fn tables_keep_the_contract() {
    let folder = written(&CorpusSettings::new(5, 3_000, Level::Mid));
    let mut ids: BTreeMap<Table, HashSet<String>> = BTreeMap::new();
    for table in [Table::Places, Table::Parties, Table::Accounts, Table::Sightings, Table::Posts] {
        let rows = read(&folder.path().join(format!("{table}.csv")));
        assert!(!rows.is_empty(), "{table}");
        for row in &rows {
            for column in table.columns().iter().filter(|c| c.required) {
                assert!(!row[column.name].is_empty(), "{table} lacks {}", column.name);
            }
        }
        let first = table.columns()[0].name;
        let known: HashSet<String> = rows.iter().map(|row| row[first].clone()).collect();
        assert!(table == Table::Sightings || known.len() == rows.len(), "{table}: {first} is not unique");
        ids.insert(table, known);
    }
    for row in read(&folder.path().join("posts.csv")) {
        assert!(ids[&Table::Accounts].contains(&row["account"]) && ids[&Table::Places].contains(&row["place"]), "{row:?}");
        assert!(row["contact"].split('|').all(|c| !c.is_empty()) || row["contact"].is_empty());
        assert!(!row["text"].trim().is_empty());
    }
    for row in read(&folder.path().join("accounts.csv")) {
        assert!(row["holder"].is_empty() || ids[&Table::Parties].contains(&row["holder"]));
    }
}

#[test]
fn the_truth_fits() {
    let folder = written(&CorpusSettings::new(6, 8_000, Level::Low));
    let language: BTreeMap<String, String> =
        read(&folder.path().join("posts.csv")).into_iter().map(|row| (row["post_id"].clone(), row["language"].clone())).collect();
    let truth = read(&folder.path().join("truth/adverts.csv"));
    assert_eq!(truth.len(), 8_000);
    let mut groups: BTreeMap<&str, Vec<&BTreeMap<String, String>>> = BTreeMap::new();
    for row in &truth {
        assert_eq!(row["group"].is_empty(), row["kind"] == "alone");
        if !row["group"].is_empty() {
            groups.entry(&row["group"]).or_default().push(row);
        }
    }
    let grouped: usize = groups.values().map(Vec::len).sum();
    assert!((4_700..=4_800).contains(&grouped), "{grouped}");
    let kinds: BTreeSet<&str> = truth.iter().map(|row| row["kind"].as_str()).collect();
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["aggregator", "alone", "board", "charity", "franchise", "promoter", "trafficking"]);
    let languages: BTreeSet<&String> = language.values().collect();
    assert_eq!(languages.len(), Language::ALL.len());
    let mut translated = 0;
    for (name, rows) in &groups {
        let of = |column: &str| rows.iter().map(|row| row[column].clone()).collect::<BTreeSet<_>>();
        let spoken: BTreeSet<&String> = rows.iter().map(|row| &language[&row["post_id"]]).collect();
        assert!(rows.len() >= 2 && of("kind").len() == 1 && of("translation_of").len() == 1 && spoken.len() == 1, "group {name}");
        let original = &rows[0]["translation_of"];
        if let Some(others) = groups.get(original.as_str()) {
            translated += 1;
            assert_ne!(language[&others[0]["post_id"]], *spoken.into_iter().next().unwrap(), "a translation in the same language");
        } else {
            assert!(original.is_empty());
        }
    }
    assert!(translated >= 10, "{translated}");
}

/// Without noise two posts of a template differ in their slots alone; two templates differ in more.
#[test]
fn templates_are_apart() {
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<HashSet<_>>();
    for language in Language::ALL {
        let corpus = corpus(&CorpusSettings::new(8, 600, Level::Clean).only(language)).unwrap();
        let mut groups: BTreeMap<u32, Vec<HashSet<String>>> = BTreeMap::new();
        for post in corpus.posts() {
            if let Some(group) = post.group {
                groups.entry(group).or_default().push(words(&post.text));
            }
        }
        let jaccard = |a: &HashSet<String>, b: &HashSet<String>| a.intersection(b).count() as f64 / a.union(b).count() as f64;
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let inside: Vec<f64> = groups.values().map(|texts| jaccard(&texts[0], &texts[1])).collect();
        let firsts: Vec<&HashSet<String>> = groups.values().map(|texts| &texts[0]).collect();
        let between: Vec<f64> = firsts.windows(2).map(|pair| jaccard(pair[0], pair[1])).collect();
        assert!(mean(&inside) > 0.7 && mean(&between) < 0.3, "{language:?}: {} {}", mean(&inside), mean(&between));
    }
}

#[test]
fn refuses_what_makes_no_sense() {
    let good = CorpusSettings::new(1, 50, Level::Low);
    let bad = [
        CorpusSettings { posts: 0, ..good.clone() },
        CorpusSettings { posts: POSTS_MAX + 1, ..good.clone() },
        CorpusSettings { grouped: 1.1, ..good.clone() },
        CorpusSettings { translated: f64::NAN, ..good.clone() },
        CorpusSettings { languages: Vec::new(), ..good.clone() },
        CorpusSettings { languages: vec![(Language::Dari, -1.0)], ..good.clone() },
    ];
    for settings in bad {
        assert!(matches!(corpus(&settings), Err(WorldError::Corpus { .. })), "{settings:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Any seed, size and share gives as many posts as asked for, in the order of time.
    #[test]
    fn any_setting_in_range_makes_a_corpus(seed: u64, posts in 1_usize..400, grouped in 0.0..=1.0_f64, level in 0_usize..4) {
        let level = [Level::Clean, Level::Low, Level::Mid, Level::High][level];
        let corpus = corpus(&CorpusSettings { grouped, ..CorpusSettings::new(seed, posts, level) }).unwrap();
        prop_assert_eq!(corpus.posts().len(), posts);
        prop_assert!(corpus.posts().windows(2).all(|pair| pair[0].at <= pair[1].at));
        prop_assert!(corpus.posts().iter().all(|post| !post.text.trim().is_empty()));
    }
}
