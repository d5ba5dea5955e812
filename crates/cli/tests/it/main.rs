//! The command as its users meet it: the whole way on a small world, the same bytes again, and what bad usage is told.

mod adverts;
mod features;
mod health;
mod kill;
mod link;
mod resolution;
mod screen;

use std::path::Path;
use std::process::{Command, Output};

fn tributary(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tributary")).args(arguments).env("NO_COLOR", "1").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs and expects success; gives standard output.
fn ok(arguments: &[&str]) -> String {
    let output = tributary(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// Runs and expects this exit code and these words on standard error.
fn fails(code: i32, words: &str, arguments: &[&str]) {
    let output = tributary(arguments);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
    assert!(text(&output.stderr).contains(words), "{arguments:?} said: {}", text(&output.stderr));
}

fn at(folder: &Path, name: &str) -> String {
    folder.join(name).to_string_lossy().into_owned()
}

fn world(folder: &Path) -> Vec<String> {
    let world = at(folder, "world");
    ok(&["--quiet", "world", &world, "--seed", "5", "--scale", "0.02", "--overlap", "high"]);
    ["parties", "accounts", "transfers", "contacts", "posts", "sightings", "movements", "case_records", "places"]
        .iter()
        .map(|table| at(folder, &format!("world/{table}.csv")))
        .collect()
}

fn workspace(folder: &Path, name: &str, files: &[String]) -> String {
    let path = at(folder, name);
    ok(&["init", &path]);
    let mut arguments = vec!["--quiet", "ingest", &path, "--source-per-file"];
    arguments.extend(files.iter().map(String::as_str));
    ok(&arguments);
    path
}

/// Design invariant 7: same snapshot, packs and seed, same bytes: twice, in another folder, on one thread and on two.
#[test]
fn the_whole_way_and_the_same_bytes_again() {
    let folder = tempfile::tempdir().unwrap();
    let files = world(folder.path());
    let (one, two) = (workspace(folder.path(), "one", &files), workspace(folder.path(), "two", &files));
    let mut outcomes = Vec::new();
    for (workspace, threads) in [(&one, "1"), (&two, "2"), (&one, "2")] {
        let summary = ok(&["--quiet", "run", workspace, "--threads", threads, "--format", "json"]);
        outcomes.push((summary, ok(&["alerts", workspace, "--format", "ndjson"])));
    }
    assert_eq!(outcomes[0], outcomes[1]);
    assert_eq!(outcomes[0], outcomes[2]);
    assert!(outcomes[0].1.lines().count() > 0, "a world without a single alert tests nothing: {}", outcomes[0].0);
    let seeded = ok(&["--quiet", "run", &one, "--seed", "9", "--format", "json"]);
    assert_ne!(seeded, outcomes[0].0, "the seed is part of what a run is");
    questions(folder.path(), &two);
    // A workspace may be named relative to where one stands, upwards too.
    let beside = Command::new(env!("CARGO_BIN_EXE_tributary"))
        .current_dir(folder.path().join("world"))
        .args(["sql", "../two", "SELECT count(*) AS n FROM transfers"])
        .output()
        .unwrap();
    assert!(beside.status.success(), "{}", text(&beside.stderr));
}

/// What can be asked of a finished run.
fn questions(folder: &Path, workspace: &str) {
    let explained = ok(&["explain", workspace, "1"]);
    let (hypotheses, score) = (explained.find("Hypotheses").unwrap(), explained.rfind("score ").unwrap());
    assert!(hypotheses < score, "SG-012: hypotheses stand before the score");
    assert!(explained.contains("proves nothing") && explained.contains("benign"), "SG-011, SG-040: {explained}");
    let report = ok(&["evaluate", workspace, "--truth", &at(folder, "world/truth"), "--format", "json"]);
    assert!(report.contains("\"protected\""), "{report}");
    assert!(ok(&["sql", workspace, "SELECT count(*) AS n FROM transfers", "--format", "json"]).contains("\"n\""));
    assert!(ok(&["doctor", workspace]).contains("ok"));
    // SG-004: no analyst query reaches a protected trait either.
    fails(2, "gender", &["sql", workspace, "SELECT gender FROM parties"]);
    fails(2, "", &["sql", workspace, "DROP TABLE parties"]);
    fails(2, "", &["sql", workspace, "COPY parties TO 'x.csv'"]);
    fails(2, "no alert", &["explain", workspace, "zzzzzzzz"]);
}

#[test]
fn ingest_says_what_is_wrong_and_keeps_what_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = at(folder.path(), "ws");
    ok(&["init", &workspace]);
    let file = at(folder.path(), "accounts.csv");
    std::fs::write(&file, "account_id,kind,country\na1,bank,PK\na2,purse,PK\na3,bank,AF\n").unwrap();
    let output = tributary(&["ingest", &workspace, &file]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("1 of 3 rows in quarantine"), "{}", text(&output.stderr));
    assert!(ok(&["ingest", &workspace, &file]).contains("nothing added"));
    fails(2, "none.csv", &["ingest", &workspace, &at(folder.path(), "none.csv")]);
    fails(2, "table", &["ingest", &workspace, &file, "--table", "accuonts"]);
}

#[test]
fn bad_usage_is_told_in_plain_words() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = at(folder.path(), "nowhere");
    fails(2, "no workspace", &["run", &nowhere]);
    fails(2, "no workspace", &["alerts", &nowhere]);
    fails(1, "", &["doctor", &nowhere]);
    fails(2, "scale", &["world", &at(folder.path(), "w"), "--scale=-1"]);
    let workspace = at(folder.path(), "ws");
    ok(&["init", &workspace]);
    fails(2, "not empty", &["init", &workspace]);
    fails(2, "no observations", &["run", &workspace]);
    fails(2, "no finished run", &["alerts", &workspace]);
    fails(2, "other machines", &["serve", &workspace, "--listen", "0.0.0.0:0"]);
    // A result never replaces a workspace's own files, an input, or another's folder.
    fails(2, "lies in the workspace", &["sql", &workspace, "SELECT 1", "--out", &format!("{workspace}/tributary.toml")]);
    let file = at(folder.path(), "accounts.csv");
    std::fs::write(&file, "account_id,kind\na1,bank\n").unwrap();
    fails(2, "would replace the input", &["ingest", &workspace, &file, "--out", &file]);
    fails(2, "not empty", &["world", &workspace, "--scale", "0.005"]);
    fails(2, "given twice", &["evaluate", "--pool", &nowhere, &nowhere]);
    std::fs::write(Path::new(&workspace).join("tributary.toml"), "surprise = 1\n").unwrap();
    fails(2, "surprise", &["run", &workspace]);
}

#[test]
fn packs_are_in_order_and_a_changed_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    ok(&["packs", "check"]);
    assert!(ok(&["packs", "list"]).lines().count() >= 31, "at least 30 indicators");
    let workspace = at(folder.path(), "ws");
    ok(&["init", &workspace]);
    let pack = Path::new(&workspace).join("packs/recruitment.toml");
    let changed = std::fs::read_to_string(&pack).unwrap().replacen("weight = ", "weight = 1", 1);
    std::fs::write(&pack, changed).unwrap();
    let output = tributary(&["packs", "check", &workspace]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
}

#[test]
fn every_command_has_help_with_an_example_and_shells_complete_it() {
    let commands =
        ["init", "ingest", "run", "alerts", "explain", "sql", "world", "evaluate", "demo", "serve", "link", "screen", "doctor", "completions"];
    for command in commands {
        let help = ok(&[command, "--help"]);
        assert!(help.contains("Example") && help.contains("tributary"), "{command}: {help}");
    }
    for shell in ["bash", "zsh", "fish"] {
        let script = ok(&["completions", shell]);
        assert!(commands.iter().all(|command| script.contains(command)), "{shell}");
    }
}
