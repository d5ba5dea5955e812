//! The shape of the repository.

use std::collections::BTreeMap;
use std::path::Path;

use xtask::{ALONE, BESIDE, FLOORS, NEVER, files, root};

fn manifest(folder: &Path) -> toml::Table {
    std::fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap()
}

fn dependencies(table: &toml::Table) -> Vec<String> {
    table.get("dependencies").and_then(|d| d.as_table()).map(|d| d.keys().cloned().collect()).unwrap_or_default()
}

#[test]
fn a_crate_uses_only_lower_floors() {
    let floors: BTreeMap<&str, u32> = FLOORS.iter().copied().collect();
    let mut seen = 0;
    for entry in std::fs::read_dir(root().join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let own = floors.get(name.as_str()).unwrap_or_else(|| panic!("crate `{name}` has no floor: add it to xtask and ARCHITECTURE.md"));
        let table = manifest(&folder);
        assert_eq!(table["package"]["name"].as_str(), Some(format!("tributary-{name}").as_str()), "folder name = crate name");
        assert_eq!(table["lints"]["workspace"].as_bool(), Some(true), "`{name}` does not inherit the lints");
        for used in dependencies(&table).iter().filter_map(|d| d.strip_prefix("tributary-")) {
            let beside = BESIDE.contains(&(name.as_str(), used));
            assert!(beside || floors[used] < *own, "`{name}` (floor {own}) uses `{used}` (floor {})", floors[used]);
        }
        for (from, to, why) in NEVER.iter().filter(|(from, _, _)| *from == name) {
            assert!(!dependencies(&table).iter().any(|d| d == to), "`{from}` must never use `{to}`: {why}");
        }
        seen += 1;
    }
    assert_eq!(seen, FLOORS.len(), "a floor is listed for a crate that is not there");
}

/// SG-082: an auditor need not trust the product it audits.
#[test]
fn what_outsiders_run_uses_nothing_of_the_product() {
    for (name, allowed) in ALONE {
        let used = dependencies(&manifest(&root().join("crates").join(name)));
        for own in used.iter().filter(|d| d.starts_with("tributary-")) {
            assert!(allowed.contains(&own.as_str()), "`{name}` uses `{own}`");
        }
    }
    let auditor = dependencies(&manifest(&root().join("crates/auditor")));
    assert_eq!(auditor, ["clap", "clap_complete", "serde_json", "thiserror", "tributary-ledger"]);
}

#[test]
fn each_crate_has_one_integration_binary_and_no_forgotten_test_file() {
    for entry in std::fs::read_dir(root().join("crates")).unwrap() {
        let tests = entry.unwrap().path().join("tests");
        if !tests.is_dir() {
            continue;
        }
        let main = std::fs::read_to_string(tests.join("it/main.rs")).unwrap_or_else(|_| panic!("{} lacks it/main.rs", tests.display()));
        for file in files(&tests.join("it"), ".rs") {
            let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
            let direct = file.parent().unwrap().ends_with("it");
            assert!(!direct || stem == "main" || main.contains(&format!("mod {stem};")), "{} is in no test binary", file.display());
        }
        assert!(
            std::fs::read_dir(&tests).unwrap().all(|e| e.unwrap().path().extension().is_none_or(|x| x != "rs")),
            "{}: one binary only",
            tests.display()
        );
    }
}

/// House numbers: files of at most 900 lines, and no longer function than the ratchet below allows.
#[test]
fn files_have_one_duty() {
    let long: Vec<String> = files(&root().join("crates"), ".rs")
        .into_iter()
        .filter_map(|file| {
            let lines = std::fs::read_to_string(&file).unwrap().lines().count();
            (lines > 900).then(|| format!("{} has {lines} lines", file.display()))
        })
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn nothing_is_left_unfinished_or_switched_off() {
    let marks =
        [["to", "do!("].concat(), ["unimpl", "emented!("].concat(), ["#[ig", "nore"].concat(), ["FIX", "ME"].concat(), ["should", "_panic"].concat()];
    // where it was compiled is not where it runs: a build cache outlives a clone
    let place = [r#"env!("CARGO_"#, r#"MANIFEST_DIR")"#].concat();
    let all = files(&root(), ".rs");
    assert!(all.len() > 300, "{} files", all.len());
    for file in all {
        let text = std::fs::read_to_string(&file).unwrap();
        for mark in marks.iter().chain([&place]) {
            assert!(!text.contains(mark.as_str()), "{} holds `{mark}`", file.display());
        }
    }
}

/// The catalogue of rights requirements, by its runs of numbers.
const CATALOGUE: [(u32, u32); 8] = [(1, 7), (10, 19), (30, 41), (50, 58), (70, 75), (80, 87), (100, 106), (120, 124)];

/// Cells of the row of an id.
fn safeguard_row<'a>(page: &'a str, id: &str) -> Vec<&'a str> {
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with(&format!("| {id} |"))).collect();
    assert_eq!(rows.len(), 1, "{id} has {} rows in docs/safeguards.md", rows.len());
    rows[0].trim_matches('|').split(" | ").map(str::trim).collect()
}

#[test]
fn every_safeguard_of_the_catalogue_has_a_row_and_every_claim_a_test() {
    // This file names ids to look for them; it holds none.
    let sources: String =
        files(&root(), ".rs").into_iter().filter(|f| !f.starts_with(root().join("xtask"))).map(|f| std::fs::read_to_string(f).unwrap()).collect();
    let page = std::fs::read_to_string(root().join("docs/safeguards.md")).unwrap();
    // What was broken on purpose is a table of its own, further down.
    let page = page.split("\n## ").next().unwrap();
    let (mut rows, mut held) = (0, 0);
    for number in CATALOGUE.into_iter().flat_map(|(from, to)| from..=to) {
        let id = format!("SG-{number:03}");
        let cells = safeguard_row(page, &id);
        let [_, what, tests, status, open] = cells.as_slice() else { panic!("{id}: {} cells", cells.len()) };
        rows += 1;
        match *status {
            "held" | "partly" => {
                held += 1;
                assert!(!what.is_empty() && sources.contains(&id), "{id} is claimed, and no source names it");
                let named: Vec<&str> = tests.split('`').skip(1).step_by(2).filter(|name| name.contains('_') && !name.contains('/')).collect();
                let there = |name: &&str| sources.contains(&format!("fn {name}(")) || xtask_has(name);
                assert!(named.iter().any(there) || tests.contains("::`"), "{id} names no test");
                let gone: Vec<&&str> = named.iter().filter(|name| !there(name)).collect();
                assert!(gone.is_empty(), "{id} names tests that are not there: {gone:?}");
                assert_eq!(*status == "held", open.is_empty(), "{id}: what is open is said, and makes it *partly*");
            }
            "not applicable yet" | "not held" => assert!(open.len() > 10, "{id}: why not is said"),
            other => panic!("{id}: `{other}` is no status"),
        }
    }
    assert_eq!(rows, 64, "ids of the catalogue");
    assert!(held >= 50, "{held}");
}

/// Whether a test of this very program has a name.
fn xtask_has(name: &str) -> bool {
    std::fs::read_to_string(root().join("xtask/tests/it/main.rs")).unwrap().contains(&format!("fn {name}("))
}

/// `make mutations` is run seldom: what it breaks must not move away unseen.
#[test]
fn what_is_broken_on_purpose_stands_once_where_the_table_says() {
    let table = std::fs::read_to_string(root().join("scripts/mutations.tsv")).unwrap();
    let rows: Vec<&str> = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert!(rows.len() >= 10, "{}", rows.len());
    for row in rows {
        let [id, _, _, file, from, to, test] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("`{row}` has not seven columns") };
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        assert_eq!(text.matches(from).count(), 1, "{id}: `{from}` in {file}");
        assert_ne!(from, to, "{id}");
        let name = test.rsplit("::").next().unwrap();
        assert!(files(&root(), ".rs").iter().any(|f| std::fs::read_to_string(f).unwrap().contains(&format!("fn {name}("))), "{id}: `{test}`");
    }
}

#[test]
fn the_architecture_page_names_every_crate() {
    let page = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for (name, floor) in FLOORS {
        let row = page.lines().find(|l| l.starts_with(&format!("| {floor} |")) && l.contains(&format!("`{name}`")));
        assert!(row.is_some(), "`{name}` on floor {floor} is not in ARCHITECTURE.md");
    }
}

/// SG-004: leave to read protected traits is made in `lake`, and used by `evaluate` alone.
#[test]
fn only_the_fairness_report_may_open_protected_traits() {
    let word = ["for_fairness", "_report"].concat();
    for file in files(&root().join("crates"), ".rs") {
        let path = file.to_string_lossy().replace('\\', "/");
        let allowed = path.contains("/crates/lake/") || path.contains("/crates/evaluate/");
        assert!(allowed || !std::fs::read_to_string(&file).unwrap().contains(&word), "{path} opens protected traits");
    }
}
