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
    let data = std::env::var("TRIBUTARY_DATA").unwrap_or_else(|_| "../../../shared/data".to_owned());
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

/// The rows of `file`'s lines given to `tributary stream`, and what it said on standard error.
fn streamed(lines: &[String], more: &[&str]) -> (Vec<Value>, String) {
    use std::io::Write as _;
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_tributary"))
        .arg("stream")
        .args(more)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let text: String = lines.iter().map(|line| line.clone() + "\n").collect();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{}", crate::text(&output.stderr));
    (crate::text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect(), crate::text(&output.stderr))
}

fn as_json(line: &str) -> String {
    let cells: Vec<&str> = line.split(',').collect();
    format!(
        "{{\"transfer_id\":\"{}\",\"at\":\"{}\",\"from_account\":\"{}\",\"to_account\":\"{}\",\"amount\":\"{}\",\"currency\":\"USD\",\"channel\":\"{}\"}}",
        cells[0], cells[1], cells[2], cells[3], cells[4], cells[6]
    )
}

/// What comes late within the horizon is put in its place: the rows are those of the batch, whatever the sizes of batches.
#[test]
fn a_stream_gives_the_rows_of_the_batch() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| at(folder.path(), name);
    let lines = transfers();
    std::fs::write(path("sorted.csv"), file(&lines)).unwrap();
    ok(&["--quiet", "features", &path("sorted.csv"), "--out", &path("out.csv")]);
    let batch = std::fs::read_to_string(path("out.csv")).unwrap();
    let names: Vec<&str> = batch.lines().next().unwrap().split(',').collect();
    let mut events: Vec<String> = lines.iter().map(|line| as_json(line)).collect();
    for size in ["1", "7", "64"] {
        let (rows, said) = streamed(&events, &["--horizon", "0s", "--batch-max", size]);
        assert!(said.contains("400 rows, 0 refused"), "{said}");
        for (row, line) in rows.iter().zip(batch.lines().skip(1)) {
            for (name, cell) in names.iter().zip(line.split(',')) {
                let told = row.get(*name).map_or_else(String::new, |v| v.as_str().map_or_else(|| v.as_f64().unwrap().to_string(), str::to_owned));
                let cell = cell.parse::<f64>().map_or_else(|_| cell.to_owned(), |number| number.to_string());
                assert_eq!(told, cell, "{name} of {line:.30} in batches of {size}");
            }
        }
        assert_eq!(rows.len(), 400);
    }
    // Groups of one time change places, 37 minutes apart: within an hour's horizon nothing is lost and nothing else changes.
    events = lines.chunks(6).flat_map(|two| two.iter().skip(3).chain(two.iter().take(3))).map(|line| as_json(line)).collect();
    let (rows, said) = streamed(&events, &["--horizon", "1h"]);
    assert!(said.contains("400 rows, 0 refused"), "{said}");
    let degrees =
        |rows: &[Value]| rows.iter().map(|row| (row["transfer_id"].to_string(), row["from_out_count_7d"].to_string())).collect::<BTreeMap<_, _>>();
    let (ordered, _) = streamed(&lines.iter().map(|line| as_json(line)).collect::<Vec<_>>(), &["--horizon", "0s"]);
    assert_eq!(degrees(&rows), degrees(&ordered));
    // Late beyond the horizon, in the future, and what is no transfer: told with the line, and the rest goes on.
    let future = as_json("t900,2099-01-01T00:00:00Z,a1,a2,1.00,USD,wire");
    let late = as_json("t901,2024-01-01T00:00:00Z,a1,a2,1.00,USD,wire");
    let odd = [
        "[]".to_owned(),
        future,
        late,
        as_json("t902,2025-04-01T00:00:00Z,a1,a2,1e9,USD,wire"),
        "{\"transfer_id\":".to_owned() + &"9".repeat(2_000_000),
    ];
    let (rows, _) = streamed(&events.iter().cloned().chain(odd).collect::<Vec<_>>(), &["--horizon", "1h", "--families", "transfer"]);
    let refused: Vec<(u64, &str)> = rows.iter().filter_map(|row| Some((row["line"].as_u64()?, row["refused"].as_str()?))).collect();
    let words = [(401, "no transfer"), (402, "future"), (404, "no exponent"), (403, "behind the newest"), (405, "longer than")];
    assert_eq!(refused.len(), words.len(), "{refused:?}");
    assert!(words.iter().all(|(line, word)| refused.iter().any(|(at, why)| at == line && why.contains(word))), "{refused:?}");
    assert_eq!(rows.len(), 405);
}

/// Three rings among other transfers: found with their accounts and transfers, whatever the order of the file.
#[test]
fn patterns_name_accounts_and_transfers() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| at(folder.path(), name);
    let mut lines = transfers();
    for ring in 0..3 {
        for step in 0..4 {
            let next = (step + 1) % 4;
            lines.push(format!("r{ring}{step},2025-02-{:02}T0{step}:00:00Z,ring{ring}{step},ring{ring}{next},900.00,USD,wire", ring * 5 + 1));
        }
    }
    std::fs::write(path("in.csv"), file(&lines)).unwrap();
    let found = |name: &str, more: &[&str]| -> Vec<Value> {
        let (input, out) = (path(name), path("out.ndjson"));
        let mut arguments = vec!["--quiet", "patterns", &input, "--out", &out];
        arguments.extend(more);
        ok(&arguments);
        std::fs::read_to_string(&out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let cycles = found("in.csv", &["--kinds", "cycle"]);
    let ring = |ring: usize| {
        cycles.iter().any(|hit| {
            let names =
                |key: &str| hit[key].as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect::<std::collections::BTreeSet<_>>();
            names("accounts") == (0..4).map(|step| format!("ring{ring}{step}")).collect()
                && names("transfers") == (0..4).map(|step| format!("r{ring}{step}")).collect()
                && (0.0..=1.0).contains(&hit["score"].as_f64().unwrap())
                && hit["from"].as_str().unwrap().ends_with("T00:00:00Z")
        })
    };
    assert!((0..3).all(ring) && cycles.iter().all(|hit| hit["kind"] == "cycle"), "{cycles:?}");
    let every = found("in.csv", &[]);
    assert!(every.len() > cycles.len() && every == found("in.csv", &[]), "the same bytes twice");
    lines.reverse();
    std::fs::write(path("turned.csv"), file(&lines)).unwrap();
    assert_eq!(found("turned.csv", &["--kinds", "cycle"]).len(), cycles.len());
    fails(2, "no kind of pattern", &["patterns", &path("in.csv"), "--kinds", "zigzag"]);
    fails(2, "such as k=5", &["patterns", &path("in.csv"), "--set", "width_min"]);
    fails(2, "no file of transfers", &["patterns", &path("out.ndjson")]);
}

/// Transfers of 120 days in which every payment into three accounts at night is labelled.
fn labelled() -> Vec<String> {
    let line = |n: u64| {
        let night = n % 9 == 0;
        let (from, to) = (format!("a{}", n * 7 % 40), if night { format!("n{}", n % 3) } else { format!("a{}", n * 11 % 39) });
        let at = 1_735_689_600 + n as i64 * 5_184;
        let hour = if night { 3 } else { 9 + n % 8 };
        let day = tributary_model::Timestamp(at * 1_000_000).date();
        format!("t{n},{day}T{hour:02}:00:00Z,{from},{to},{}.00,USD,wire,{}", 100 + n * 37 % 400, u8::from(night))
    };
    (0..2_000).map(line).collect()
}

#[test]
fn a_ranking_is_learned_kept_and_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| at(folder.path(), name);
    let lines = labelled();
    let whole = |lines: &[String]| format!("{},confirmed\n{}", HEADER.trim(), lines.iter().map(|line| line.clone() + "\n").collect::<String>());
    std::fs::write(path("in.csv"), whole(&lines)).unwrap();
    let (input, out, model) = (path("in.csv"), path("ranks.csv"), path("model.json"));
    let learn =
        ["rank", &input, "--labels", "confirmed", "--train-until", "2025-04-10", "--save-model", &model, "--card", &path("card.md"), "--out", &out];
    let said = crate::text(&crate::tributary(&learn).stderr);
    assert!(said.contains("average precision") && said.contains("held-out"), "{said}");
    let ranks = std::fs::read_to_string(&out).unwrap();
    let ids: Vec<&str> = ranks.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(ids, (0..2_000).map(|n| format!("t{n}")).collect::<Vec<_>>(), "one row a transfer, in the order of the file");
    // The best tenth of the held-out transfers are the labelled ones.
    let leads = |ranks: &str| {
        let late = ranks.lines().skip(1).zip(&lines).filter(|(_, line)| line.split(',').nth(1).unwrap() >= "2025-04-10");
        let mut late: Vec<(f64, bool)> = late.map(|(rank, line)| (rank.split(',').nth(1).unwrap().parse().unwrap(), line.ends_with('1'))).collect();
        late.sort_by(|a, b| b.0.total_cmp(&a.0));
        let labelled = late.iter().filter(|(_, label)| *label).count();
        let found = late.iter().take(labelled).filter(|(_, label)| *label).count();
        assert!(labelled > 20 && found * 10 >= labelled * 9, "{found} of {labelled}");
    };
    leads(&ranks);
    let card = std::fs::read_to_string(path("card.md")).unwrap();
    assert!(card.contains("alert") && card.contains("confirmed of in.csv"), "{card}");
    // The same bytes again, and the same scores from the kept model.
    let first = std::fs::read(&model).unwrap();
    ok(&learn);
    assert_eq!((std::fs::read(&model).unwrap(), std::fs::read_to_string(&out).unwrap()), (first, ranks.clone()));
    // Most of this file the model has learned from, and knows too well: that is told, and is no reason for the rest to be ranked differently.
    fails(2, "the score has shifted", &["rank", &input, "--model", &model, "--out", &path("again.csv")]);
    ok(&["--quiet", "rank", &input, "--model", &model, "--despite-drift", "--out", &path("again.csv")]);
    leads(&std::fs::read_to_string(path("again.csv")).unwrap());
    // What was known at the time alone: a model of its own, and one that says so by its columns.
    ok(&[&learn[..], &["--before-only"]].concat());
    leads(&std::fs::read_to_string(&out).unwrap());
    assert!(!std::fs::read_to_string(&model).unwrap().contains("_after"));
    // Without labels: how strange each is.
    let strange = ok(&["--quiet", "rank", &input]);
    assert!(strange.starts_with("transfer_id,score\n") && strange.lines().count() == 2_001);
    fails(2, "no column `colour`", &["rank", &input, "--labels", "colour", "--out", &out]);
    let bad = path("bad.csv");
    std::fs::write(&bad, whole(&[lines[0].strip_suffix(",1").unwrap().to_owned() + ",perhaps"])).unwrap();
    fails(2, "neither yes nor no", &["rank", &bad, "--labels", "confirmed", "--out", &out]);
    std::fs::write(&model, "{}").unwrap();
    fails(2, "error", &["rank", &input, "--model", &model, "--out", &out]);
}

/// What stands when the stream ends is what a search over the same transfers finds, in whatever order they came within the horizon.
#[test]
fn the_patterns_of_a_stream_are_those_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let input = at(folder.path(), "transfers.csv");
    let lines = transfers();
    std::fs::write(&input, file(&lines)).unwrap();
    let kinds = "fan_in,fan_out,cycle,pass_through,scatter_gather,gather_scatter";
    // Members stand in the order in which accounts were first met, and that is the stream's own.
    let sorted = |list: &Value| list.as_array().unwrap().iter().map(ToString::to_string).collect::<std::collections::BTreeSet<_>>();
    let name = |hit: &Value| format!("{} {} {:?} {:?}", hit["kind"], hit["center"], sorted(&hit["accounts"]), sorted(&hit["transfers"]));
    let batch: Vec<Value> = ok(&["--quiet", "patterns", &input, "--kinds", kinds]).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let expected: std::collections::BTreeSet<String> = batch.iter().map(name).collect();
    assert!(expected.len() > 10, "{expected:?}");
    let events: Vec<String> = lines.chunks(6).flat_map(|six| six.iter().skip(3).chain(six.iter().take(3))).map(|line| as_json(line)).collect();
    for size in ["1", "64"] {
        let more = ["--patterns", kinds, "--pattern-window", "3650d", "--no-features", "--horizon", "2d", "--batch-max", size];
        let mut standing: BTreeMap<String, i32> = BTreeMap::new();
        for change in streamed(&events, &more).0 {
            *standing.entry(name(&change)).or_default() += if change["change"] == "appeared" { 1 } else { -1 };
        }
        assert!(standing.values().all(|times| (0..=1).contains(times)), "what is withdrawn had appeared, once");
        let standing: std::collections::BTreeSet<String> = standing.into_iter().filter(|(_, times)| *times == 1).map(|(name, _)| name).collect();
        assert_eq!(standing, expected, "in batches of {size}");
    }
    for (more, said) in [
        (&["--patterns", "fan_inn"][..], "`fan_inn` is no kind"),
        (&["--patterns", "fan_in", "--pattern-window", "1m", "--horizon", "1h"][..], "horizon"),
        (&["--pattern-window", "1d"][..], "--patterns"),
    ] {
        fails(2, said, &[&["stream"], more].concat());
    }
}
