//! What a workspace says of itself: whose data it holds, what for, and whether they are still whole.

use std::path::Path;

use crate::{at, ok, text, tributary};

/// A workspace with two files of one batch each; gives its path.
fn two_batches(folder: &Path, arguments: &[&str]) -> String {
    let workspace = at(folder, "ws");
    ok(&["init", &workspace]);
    for (name, rows) in [("accounts.csv", "account_id,kind\na1,bank\n"), ("parties.csv", "party_id,kind\np1,person\n")] {
        let file = at(folder, name);
        std::fs::write(&file, rows).unwrap();
        let mut all = vec!["ingest", &workspace, &file];
        all.extend(arguments.iter().copied());
        ok(&all);
    }
    workspace
}

fn sources(workspace: &str) -> String {
    ok(&["sql", workspace, "SELECT source FROM accounts UNION SELECT source FROM parties ORDER BY source", "--format", "ndjson"])
}

/// SG-010, SG-104: what nobody declared never counts as two sources.
#[test]
fn undeclared_files_are_one_source() {
    let cases: [(&[&str], &[&str]); 3] =
        [(&[], &["undeclared"]), (&["--source", "bank-a"], &["bank-a"]), (&["--source-per-file"], &["accounts", "parties"])];
    for (arguments, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        let workspace = two_batches(folder.path(), arguments);
        let found = sources(&workspace);
        assert!(found.lines().count() == expected.len() && expected.iter().all(|source| found.contains(source)), "{arguments:?}: {found}");
    }
    let folder = tempfile::tempdir().unwrap();
    let workspace = two_batches(folder.path(), &[]);
    let settings = Path::new(&workspace).join("tributary.toml");
    let declared = std::fs::read_to_string(&settings).unwrap().replace("[ingest]\n", "[ingest]\nsource = \"bank-z\"\n");
    std::fs::write(&settings, declared).unwrap();
    let file = at(folder.path(), "accounts.ndjson");
    std::fs::write(&file, "{\"account_id\":\"a2\",\"kind\":\"bank\"}\n").unwrap();
    let told = tributary(&["ingest", &workspace, &file]);
    assert!(told.status.success() && !text(&told.stderr).contains("undeclared"), "{}", text(&told.stderr));
    assert!(sources(&workspace).contains("bank-z"));
    // The same bytes under another source stay where they are, and that is said.
    let told = tributary(&["ingest", &workspace, &file, "--source", "bank-y"]);
    assert!(text(&told.stderr).contains("stays under it"), "{}", text(&told.stderr));
}

#[test]
fn ingest_says_that_no_source_was_named_and_that_nothing_was_added() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = at(folder.path(), "ws");
    ok(&["init", &workspace]);
    let file = at(folder.path(), "accounts.csv");
    std::fs::write(&file, "account_id,kind\n").unwrap();
    let told = text(&tributary(&["ingest", &workspace, &file]).stderr);
    assert!(told.contains("--source") && told.contains("no rows"), "{told}");
    // A cause is told once.
    std::fs::write(&file, "").unwrap();
    let told = text(&tributary(&["ingest", &workspace, &file]).stderr);
    assert_eq!(told.matches("is empty").count(), 1, "{told}");
}

#[test]
fn doctor_finds_a_changed_byte_and_a_run_that_lost_its_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = two_batches(folder.path(), &["--source", "bank-a"]);
    ok(&["--quiet", "run", &workspace]);
    assert!(ok(&["doctor", &workspace]).contains("every byte"));
    assert!(ok(&["doctor", &workspace, "--quick"]).contains("--quick"));
    let batches = Path::new(&workspace).join("lake/batches");
    let batch = std::fs::read_dir(&batches).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read(&batch).unwrap();
    let mut harmed = whole.clone();
    harmed[20] ^= 1;
    std::fs::write(&batch, &harmed).unwrap();
    let told = tributary(&["doctor", &workspace]);
    let name = batch.file_name().unwrap().to_string_lossy().into_owned();
    assert!(told.status.code() == Some(1) && text(&told.stdout).contains(&name) && text(&told.stdout).contains("restore"), "{}", text(&told.stdout));
    std::fs::remove_file(&batch).unwrap();
    assert!(text(&tributary(&["doctor", &workspace, "--quick"]).stdout).contains("whose batch"));
    std::fs::write(&batch, whole).unwrap();
    let manifest = Path::new(&workspace).join("lake/manifest.ndjson");
    let first = std::fs::read_to_string(&manifest).unwrap().lines().next().map(|line| format!("{line}\n")).unwrap();
    std::fs::write(&manifest, first).unwrap();
    let told = tributary(&["doctor", &workspace]);
    assert!(told.status.code() == Some(1) && text(&told.stdout).contains("start another run"), "{}", text(&told.stdout));
}

#[test]
fn results_of_an_evaluation_say_so() {
    let cases: [(&[&str], bool); 2] = [(&[], true), (&["--legal-basis", "PK-AMLA-2010", "--purpose", "financial-intelligence"], false)];
    for (arguments, said) in cases {
        let folder = tempfile::tempdir().unwrap();
        let workspace = at(folder.path(), "ws");
        let mut all = vec!["init", &workspace];
        all.extend(arguments.iter().copied());
        ok(&all);
        let file = at(folder.path(), "accounts.csv");
        std::fs::write(&file, "account_id,kind\na1,bank\n").unwrap();
        ok(&["--quiet", "ingest", &workspace, &file]);
        for command in ["run", "alerts"] {
            assert_eq!(ok(&["--quiet", command, &workspace]).contains("for evaluation only"), said, "{command} {arguments:?}");
        }
    }
}
