//! `tributary features`: one row a transfer, in the order of the file, whatever that order and shape are.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use crate::{at, fails, ok};

/// 400 transfers among 30 accounts, a few of them at one time.
fn transfers() -> Vec<String> {
    let line = |n: u64| {
        let (from, to) = (n * 7 % 30, n * 11 % 29);
        let (minute, cents) = (n / 3 * 37, n * 7_919 % 100_000 + 1);
        let (day, hour, minute) = (minute / 1_440 + 1, minute / 60 % 24, minute % 60);
        format!("t{n},2025-01-{day:02}T{hour:02}:{minute:02}:00Z,a{from},a{to},{}.{:02},USD,wire", cents / 100, cents % 100)
    };
    (0..400).map(line).collect()
}

const HEADER: &str = "transfer_id,at,from_account,to_account,amount,currency,channel\n";

fn file(lines: &[String]) -> String {
    HEADER.to_owned() + &lines.iter().map(|line| line.clone() + "\n").collect::<String>()
}

fn by_id(text: &str) -> BTreeMap<String, String> {
    text.lines().skip(1).map(|line| line.split_once(',').unwrap()).map(|(id, rest)| (id.to_owned(), rest.to_owned())).collect()
}

#[test]
fn the_order_of_the_file_is_kept_and_changes_no_value() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| at(folder.path(), name);
    let mut lines = transfers();
    std::fs::write(path("sorted.csv"), file(&lines)).unwrap();
    let run = |name: &str, out: &str, more: &[&str]| -> (Value, String) {
        let (from, to) = (path(name), path(out));
        let mut arguments = vec!["--quiet", "features", &from, "--out", &to, "--format", "json"];
        arguments.extend(more);
        (serde_json::from_str(&ok(&arguments)).unwrap(), std::fs::read_to_string(to).unwrap())
    };
    let (done, sorted) = run("sorted.csv", "one.csv", &["--threads", "1"]);
    assert_eq!((&done["rows"], &done["streamed"], &done["quarantined"]), (&400.into(), &true.into(), &0.into()));
    assert_eq!(run("sorted.csv", "two.csv", &["--threads", "2"]).1, sorted, "threads never show");
    let ids: Vec<&str> = sorted.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(ids, (0..400).map(|n| format!("t{n}")).collect::<Vec<_>>());
    // No later transfer shows: the first half alone has the same rows.
    std::fs::write(path("half.csv"), file(&lines[..201])).unwrap();
    let half = run("half.csv", "half_out.csv", &[]).1;
    assert_eq!(half, sorted.lines().take(202).map(|line| line.to_owned() + "\n").collect::<String>());
    // Three transfers have each time: between them the order of the file counts, so groups are turned around whole.
    lines = lines.chunks(3).rev().flatten().cloned().collect();
    std::fs::write(path("turned.csv"), file(&lines)).unwrap();
    let (done, turned) = run("turned.csv", "turned_out.csv", &[]);
    assert_eq!(done["streamed"], false);
    assert_eq!(by_id(&turned), by_id(&sorted));
    assert!(turned.lines().nth(1).unwrap().starts_with(lines[0].split(',').next().unwrap()));
    // Parquet holds the same table.
    let parquet = path("out.parquet");
    ok(&["--quiet", "features", &path("sorted.csv"), "--out", &parquet]);
    assert!(std::fs::read(&parquet).unwrap().starts_with(b"PAR1"));
}

#[test]
fn families_windows_and_bad_rows_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| at(folder.path(), name);
    let (input, out) = (path("transfers.csv"), path("out.csv"));
    std::fs::write(&input, file(&transfers()) + "t900,some day,a1,a2,1.00,USD,wire\n").unwrap();
    let arguments = ["--quiet", "features", &input, "--out", &out, "--families", "transfer,fan", "--windows", "2d,6h", "--format", "json"];
    let done: Value = serde_json::from_str(&ok(&arguments)).unwrap();
    assert!(done["quarantined"] == 1 && done["problems"][0].as_str().unwrap().contains("at"), "{done}");
    let header = std::fs::read_to_string(&out).unwrap().lines().next().unwrap().to_owned();
    assert!(header.contains("from_out_fan_6h") && header.contains("from_out_fan_2d") && !header.contains("_30d"), "{header}");
    let described: Vec<Value> = ok(&["features", "--describe", "--families", "transfer,fan", "--windows", "6h,2d", "--format", "ndjson"])
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let names: Vec<&str> = described.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(header.split(',').skip(1).collect::<Vec<_>>(), names, "every column is described");
    assert!(described.iter().all(|one| !one["meaning"].as_str().unwrap().is_empty()));
    fails(2, "no such family", &["features", &input, "--out", &out, "--families", "sect"]);
    fails(2, "such as 6h", &["features", &input, "--out", &out, "--windows", "week"]);
    fails(2, "would replace the input", &["features", &input, "--out", &input]);
    fails(2, "no file of transfers", &["features", &path("out.csv"), "--out", &path("other.csv")]);
    assert!(!PathBuf::from(path("other.csv")).exists() && std::fs::read_dir(folder.path()).unwrap().count() == 2, "nothing half-done stays");
}

/// A shape for which there is a built-in mapping is known by its columns.
#[test]
fn a_known_shape_needs_no_mapping() {
    let folder = tempfile::tempdir().unwrap();
    let data = std::env::var("TRIBUTARY_DATA").unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").to_owned());
    let (input, out) = (format!("{data}/transactions/amlsim_50k.parquet"), at(folder.path(), "out.csv"));
    let done: Value =
        serde_json::from_str(&ok(&["--quiet", "features", &input, "--out", &out, "--families", "transfer,degree", "--format", "json"])).unwrap();
    assert_eq!(done["mapping"], "amlsim");
    let written = std::fs::read_to_string(&out).unwrap();
    assert_eq!(done["rows"].as_u64().unwrap(), written.lines().count() as u64 - 1);
    assert!(done["rows"].as_u64().unwrap() > 40_000, "{done}");
    // The generator's truth is no feature.
    assert!(!written.lines().next().unwrap().contains("sar") && !written.lines().next().unwrap().contains("alert"));
}
