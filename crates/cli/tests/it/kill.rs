//! `kill -9` while files are taken in: what was acknowledged is there, nothing is there twice, and the workspace is in order.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::{at, ok};

const FILES: usize = 12;
const ROWS: usize = 4_000;

fn transfers(folder: &std::path::Path, file: usize) -> String {
    let mut text = String::from("transfer_id,at,from_account,to_account,amount,currency,channel\n");
    for row in 0..ROWS {
        let (day, amount) = (1 + row % 28, 10 + row % 90);
        text.push_str(&format!("t{file}-{row},2025-03-{day:02}T10:00:00Z,a{row},b{row},{amount},PKR,mobile\n"));
    }
    let path = at(folder, &format!("transfers_{file:02}.csv"));
    std::fs::write(&path, text).unwrap();
    path
}

fn rows(workspace: &str) -> usize {
    let answer = ok(&["sql", workspace, "SELECT count(*) AS n, count(DISTINCT transfer_id) AS d FROM transfers", "--format", "ndjson"]);
    let answer: serde_json::Value = serde_json::from_str(answer.trim()).unwrap();
    assert_eq!(answer["n"], answer["d"], "a row is there twice");
    answer["n"].as_str().unwrap().parse().unwrap()
}

/// Kills the command after it has acknowledged `acknowledged` files and `more` has passed; gives how many it had acknowledged by then.
fn killed(workspace: &str, files: &[String], acknowledged: usize, more: Duration) -> usize {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tributary"))
        .args(["--quiet", "ingest", workspace, "--format", "ndjson", "--table", "transfers"])
        .args(files)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let heard = lines.by_ref().take(acknowledged).count();
    std::thread::sleep(more);
    // SIGKILL: no handler runs, no buffer is written out.
    child.kill().unwrap();
    child.wait().unwrap();
    heard + lines.map_while(Result::ok).filter(|line| line.ends_with('}')).count()
}

#[test]
fn kill_9_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<String> = (0..FILES).map(|file| transfers(folder.path(), file)).collect();
    let mut interrupted = 0;
    for trial in 0..FILES {
        let workspace = at(folder.path(), &format!("ws{trial}"));
        ok(&["init", &workspace]);
        let heard = killed(&workspace, &files, trial, Duration::from_micros(700 * trial as u64));
        interrupted += usize::from(heard < FILES);
        assert!(ok(&["doctor", &workspace]).contains("ok"), "trial {trial}");
        if heard > 0 {
            let there = rows(&workspace);
            assert!(there >= heard * ROWS && there.is_multiple_of(ROWS), "trial {trial}: {there} rows, {heard} files acknowledged");
        }
        let mut again = vec!["--quiet", "ingest", &workspace, "--table", "transfers"];
        again.extend(files.iter().map(String::as_str));
        ok(&again);
        assert_eq!(rows(&workspace), FILES * ROWS, "trial {trial}");
    }
    assert!(interrupted >= FILES / 2, "too few trials were interrupted to show anything: {interrupted}");
}
