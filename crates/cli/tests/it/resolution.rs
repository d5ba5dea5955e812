//! The resolution queue of a workspace: possible pairs of parties, hits on its lists, and what people say of both.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::{at, fails, ok, text, tributary, workspace, world};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn rows(text: &str) -> Vec<Value> {
    text.lines().map(json).collect()
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn entity(workspace: &str, party: &str) -> String {
    let sql = format!("SELECT DISTINCT entity_id FROM parties WHERE party_id = '{party}'");
    word(&rows(&ok(&["sql", workspace, &sql, "--format", "ndjson"]))[0]["entity_id"]).to_owned()
}

/// Judgements of people hold in every later run and are part of what a run is.
#[test]
fn what_people_say_of_two_parties_holds() {
    let folder = tempfile::tempdir().unwrap();
    let files = world(folder.path());
    let ws = workspace(folder.path(), "ws", &files);
    let first = json(&ok(&["--quiet", "run", &ws, "--format", "json"]));
    let queue = rows(&ok(&["resolution", "list", &ws, "--of", "parties", "--format", "ndjson"]));
    assert!(queue.len() >= 2 && first["possible_links"] == queue.len(), "{} of {}", queue.len(), first["possible_links"]);
    let pair = |at: usize| (word(&queue[at]["id"]), word(&queue[at]["a"]), word(&queue[at]["b"]));
    let ((one, a, b), (two, c, d)) = (pair(0), pair(1));
    assert_ne!(entity(&ws, a), entity(&ws, b), "a possible pair was not joined");
    let shown = ok(&["resolution", "show", &ws, one]);
    assert!(shown.contains("name") && shown.contains("in all") && shown.contains("state open"), "{shown}");
    fails(2, "say who judges", &["resolution", "judge", &ws, one, "same", "--by", " ", "--reason", "x"]);
    fails(2, "no pair `ffff`", &["resolution", "judge", &ws, "ffff", "same", "--by", "R. Qadri", "--reason", "x"]);
    ok(&["resolution", "judge", &ws, one, "same", "--by", "R. Qadri", "--reason", "both passports seen"]);
    ok(&["resolution", "judge", &ws, two, "different", "--by", "R. Qadri", "--reason", "twins, says the registry"]);
    let open = rows(&ok(&["resolution", "list", &ws, "--of", "parties", "--format", "ndjson"]));
    assert_eq!(open.len(), queue.len() - 2);
    for _ in 0..2 {
        let run = json(&ok(&["--quiet", "run", &ws, "--format", "json"]));
        assert_eq!(run["judgements"], 2);
        assert_ne!(run["run"], first["run"], "what people said is part of what a run is");
        assert_eq!(entity(&ws, a), entity(&ws, b), "judged the same");
        assert_ne!(entity(&ws, c), entity(&ws, d), "judged different");
    }
    let log = rows(&ok(&["resolution", "log", &ws, "--format", "ndjson"]));
    assert_eq!(log.len(), 2);
    assert!(log[0]["by"] == "R. Qadri" && log[0]["pair"]["compared"][0]["a"].is_string(), "{}", log[0]);
    // A torn last line was never acknowledged; the next judgement follows what was.
    let journal = Path::new(&ws).join("resolution/judgements.ndjson");
    let kept = std::fs::read_to_string(&journal).unwrap();
    std::fs::write(&journal, format!("{kept}{{\"pair\":")).unwrap();
    ok(&["resolution", "judge", &ws, two, "insufficient", "--by", "S. Amin", "--reason", "the registry erred"]);
    assert_eq!(rows(&ok(&["resolution", "log", &ws, "--format", "ndjson"])).len(), 3);
    assert!(std::fs::read_to_string(&journal).unwrap().starts_with(&kept), "nothing that was kept is rewritten");
}

/// Names and birth dates of a few parties: `free` who are nothing to any case, and one whom a case names as victim.
fn known(workspace: &str) -> (Vec<Value>, Value) {
    let ask = |more: &str| {
        let sql = format!(
            "SELECT p.party_id, p.entity_id, p.name[1] AS name, CAST(p.birth_date AS VARCHAR) AS birth FROM parties p {more} \
             AND p.kind = 'person' AND p.birth_date < DATE '1995-01-01' ORDER BY p.party_id LIMIT 4"
        );
        rows(&ok(&["sql", workspace, &sql, "--format", "ndjson"]))
    };
    let free = ask("LEFT JOIN case_records c ON c.entity_id = p.entity_id WHERE c.case_id IS NULL");
    let victim = ask("JOIN case_records c ON c.entity_id = p.entity_id WHERE c.role = 'victim'").remove(0);
    (free, victim)
}

fn entry(id: &str, of: &Value, alias: &str) -> String {
    format!("{id},\"{}\",{alias},{}\n", word(&of["name"]), word(&of["birth"]))
}

/// A list in force, its next version, and what people said between them.
#[test]
fn a_changed_list_is_screened_again() {
    let folder = tempfile::tempdir().unwrap();
    let files = world(folder.path());
    let ws = workspace(folder.path(), "ws", &files);
    fails(2, "no watch lists", &["lists", "screen", &ws]);
    ok(&["--quiet", "run", &ws]);
    let (free, victim) = known(&ws);
    let list = at(folder.path(), "own.csv");
    let load = |content: String, date: &str| {
        std::fs::write(&list, format!("id,name,alias,birth\n{content}")).unwrap();
        let given = format!("csv:own={list}@{date}");
        json(&ok(&["--quiet", "lists", "load", &ws, &given, "--as-of", "2026-03-10", "--format", "json"]))
    };
    let first = load(entry("e1", &free[0], "") + &entry("e2", &free[1], "") + &entry("e3", &victim, ""), "2026-03-01");
    let hits = |screening: &Value| -> BTreeSet<String> {
        screening["hits"].as_array().unwrap().iter().map(|hit| format!("{} {}", word(&hit["pair"]["a"]), word(&hit["entry"]))).collect()
    };
    let of = |party: &Value, entry: &str| format!("{} {entry}", word(&party["entity_id"]));
    let found = hits(&first["screening"]);
    assert!(found.contains(&of(&free[0], "e1")) && found.contains(&of(&free[1], "e2")), "{found:?}");
    // SG-031, SG-032: whoever is under protection is counted among the screened and is in no hit, listed or not.
    assert!(!found.contains(&of(&victim, "e3")) && first["screening"]["protected"].as_u64().unwrap() > 0, "{found:?}");
    let queue = ok(&["resolution", "list", &ws, "--format", "ndjson"]) + &ok(&["resolution", "screening", &ws, "--format", "json"]);
    assert!(!queue.contains(&format!("\"{}\"", word(&victim["entity_id"]))), "SG-032");

    let again = load(entry("e1", &free[0], "") + &entry("e2", &free[1], "") + &entry("e3", &victim, ""), "2026-03-01");
    assert!(again["lists"][0]["already"] == true && again["screening"].is_null(), "the same bytes change nothing: {again}");

    let listed = |entry: &str| {
        let open = rows(&ok(&["resolution", "list", &ws, "--of", "listed", "--format", "ndjson"]));
        open.into_iter().find(|one| word(&one["b"]) == format!("own/{entry}") && word(&one["a"]) == word(&free[0]["entity_id"]))
    };
    let pair = word(&listed("e1").unwrap()["id"]).to_owned();
    ok(&["resolution", "judge", &ws, &pair, "different", "--by", "R. Qadri", "--reason", "another father's name"]);
    assert!(listed("e1").is_none(), "it was judged");

    // e1 as it was, e2 gone, e4 new.
    let second = load(entry("e1", &free[0], "") + &entry("e3", &victim, "") + &entry("e4", &free[2], ""), "2026-03-05");
    let screening = &second["screening"];
    assert_eq!((screening["whole"].as_bool(), screening["number"].as_u64()), (Some(false), Some(2)));
    let found = hits(screening);
    assert!(found.contains(&of(&free[0], "e1")) && found.contains(&of(&free[2], "e4")) && !found.contains(&of(&free[1], "e2")), "{found:?}");
    let gone = screening["withdrawn"].as_array().unwrap();
    assert!(!gone.is_empty() && gone.iter().all(|one| one["entry"] == "e2" && one["reason"] == "entry_removed"), "{gone:?}");
    assert!(listed("e1").is_none(), "the judgement holds: nothing that was compared changed");
    let whole = json(&ok(&["--quiet", "lists", "screen", &ws, "--as-of", "2026-03-10", "--format", "json"]));
    assert_eq!(hits(&whole), found, "what changed, screened alone, is what a whole screening finds");

    // The entry's birth date changes: what was said of other values no longer holds.
    let mut other = free[0].clone();
    other["birth"] = "1961".into();
    load(entry("e1", &other, "") + &entry("e4", &free[2], ""), "2026-03-07");
    if let Some(reopened) = listed("e1") {
        assert!(reopened["judged"]["same_values"] == false && reopened["open"] == true, "{reopened}");
    }
    // A date after today would stand in the way of every true version.
    fails(2, "after today", &["lists", "load", &ws, &format!("csv:own={list}@2099-01-01")]);
    fails(2, "load a newer one", &["lists", "load", &ws, &format!("csv:own={list}@2026-01-01")]);
    let shown = ok(&["lists", "show", &ws, "--as-of", "2026-03-10"]);
    assert!(shown.contains("own") && shown.contains("2026-03-07"), "{shown}");
    let old = text(&tributary(&["lists", "screen", &ws, "--as-of", "2026-09-01", "--quiet"]).stdout);
    assert!(old.contains("the list own is too old"), "SG-017: {old}");
}

/// SG-031, SG-032: who comes under protection later is shown no more, in no answer and for no reason that tells.
#[test]
fn protection_that_comes_later_holds_for_what_was_found_before() {
    let folder = tempfile::tempdir().unwrap();
    let files = world(folder.path());
    let ws = workspace(folder.path(), "ws", &files);
    ok(&["--quiet", "run", &ws]);
    let (free, _) = known(&ws);
    let (party, name) = (word(&free[0]["party_id"]).to_owned(), word(&free[0]["name"]).to_owned());
    let list = at(folder.path(), "own.csv");
    std::fs::write(&list, format!("id,name,alias,birth\n{}", entry("e1", &free[0], ""))).unwrap();
    let given = format!("csv:own={list}@2026-03-01");
    ok(&["--quiet", "lists", "load", &ws, &given, "--as-of", "2026-03-10"]);
    let mine = |text: &str| text.contains(word(&free[0]["entity_id"])) || text.contains(&party) || text.contains(&name);
    let queue = ok(&["resolution", "list", &ws, "--format", "ndjson", "--of", "listed"]);
    let pair = rows(&queue).into_iter().find(|one| one["a"] == free[0]["entity_id"]).unwrap();
    let (pair, judged) = (word(&pair["id"]).to_owned(), rows(&ok(&["resolution", "list", &ws, "--of", "parties", "--format", "ndjson"])));
    ok(&["resolution", "judge", &ws, &pair, "insufficient", "--by", "R. Qadri", "--reason", "too little known"]);
    assert!(!judged.is_empty() && mine(&ok(&["resolution", "log", &ws, "--format", "ndjson"])));
    // A case names the party as a victim.
    let case = at(folder.path(), "case_records.csv");
    std::fs::write(&case, format!("case_id,agency,kind,subject,role,status\nlate1,agency,trafficking,{party},victim,open\n")).unwrap();
    ok(&["--quiet", "ingest", &ws, &case, "--source", "late"]);
    ok(&["--quiet", "run", &ws]);
    for arguments in [
        vec!["resolution", "list", &ws, "--all", "--format", "ndjson"],
        vec!["resolution", "log", &ws, "--format", "ndjson"],
        vec!["resolution", "screening", &ws, "--format", "json"],
    ] {
        assert!(!mine(&ok(&arguments)), "{arguments:?}");
    }
    fails(2, "no pair", &["resolution", "show", &ws, &pair]);
    fails(2, "no pair", &["resolution", "judge", &ws, &pair, "same", "--by", "R. Qadri", "--reason", "x"]);
    // Loading the same list again finds that the run has changed and screens; nothing says that a hit went.
    let again = json(&ok(&["--quiet", "lists", "load", &ws, &given, "--as-of", "2026-03-10", "--format", "json"]));
    assert!(again["lists"][0]["already"] == true && again["screening"]["number"] == 2, "{again}");
    assert!(!mine(&again.to_string()) && !again.to_string().contains(&pair), "{again}");
}

/// What a crash or a hand left of lists is made good: files that are gone come back, and what was not screened is.
#[test]
fn a_broken_load_is_made_good() {
    let folder = tempfile::tempdir().unwrap();
    let files = world(folder.path());
    let ws = workspace(folder.path(), "ws", &files);
    ok(&["--quiet", "run", &ws]);
    let (free, _) = known(&ws);
    let (list, bad) = (at(folder.path(), "own.csv"), at(folder.path(), "bad.bin"));
    std::fs::write(&list, format!("id,name,alias,birth\n{}", entry("e1", &free[0], ""))).unwrap();
    std::fs::write(&bad, b"\x00\x01").unwrap();
    let given = format!("csv:own={list}@2026-03-01");
    let load = || json(&ok(&["--quiet", "lists", "load", &ws, &given, "--as-of", "2026-03-10", "--format", "json"]));
    // One list of two that cannot be read: neither is put in force.
    fails(2, "bad", &["lists", "load", &ws, &given, &format!("csv:bad={bad}")]);
    assert!(ok(&["lists", "show", &ws]).contains("no lists"));
    ok(&["--quiet", "lists", "load", &ws, &given, "--no-screen"]);
    let done = load();
    assert!(done["lists"][0]["already"] == true && done["screening"]["number"] == 1, "what was not screened is: {done}");
    let version = std::fs::read_dir(Path::new(&ws).join("lists")).unwrap().flatten().map(|e| e.path()).find(|p| p.is_dir()).unwrap();
    std::fs::write(version.join("0"), "id,name\n").unwrap();
    assert!(text(&tributary(&["doctor", &ws]).stdout).contains("FAIL"));
    assert_eq!(load()["lists"][0]["already"], true);
    ok(&["doctor", &ws]);
}
