//! `tributary screen`: watch lists of invented entries, invented customers.

use std::path::Path;

use crate::{at, fails, ok, text, tributary};

const UN: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST dateGenerated="2026-02-20T00:00:00.000Z"><INDIVIDUALS><INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>ZARLAKHT</FIRST_NAME>
<SECOND_NAME>MARUFKHEL</SECOND_NAME><UN_LIST_TYPE>Invented</UN_LIST_TYPE><REFERENCE_NUMBER>XXi.001</REFERENCE_NUMBER>
<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>Torbaaz Wrekhmin</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>EXACT</TYPE_OF_DATE><DATE>1971-04-03</DATE></INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT><NUMBER>ZX4481209</NUMBER></INDIVIDUAL_DOCUMENT></INDIVIDUAL></INDIVIDUALS>
<ENTITIES></ENTITIES></CONSOLIDATED_LIST>"#;
const OWN: &str = "id,name,alias,weak_alias,birth,document\nq1,Qandrish Polvashti,,,1960,\nq2,Dremzai Holustan,Dremzai Kaloti,,,\n";
const OWN_NEW: &str = "id,name,alias,weak_alias,birth,document\nq1,Qandrish Polvashti,Yesgat Murovand,,1960,\nq3,Bartonak Shelimzai,,,,\n";
const CUSTOMERS: &str = "id,full_name,date_of_birth,document,protected,shoe_size\n\
c1,Zarlakht Marufkel,1971-04-03,,,41\nc2,Nobody Whatsoever,1990-01-01,,,42\nc3,Zarlakht Marufkhel,,,victim,43\nc4,Nobody Atall,,,victim,44\n\
c5,Yesgat Murovand,1960,,,45\nc6,Bartonak Shelimzai,,,,46\nc7,Someone Else,sometime,passport:ZX4481209,,47\n";

struct Files {
    folder: tempfile::TempDir,
    un: String,
    own: String,
}

fn files() -> Files {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [("un.xml", UN), ("own.csv", OWN), ("new.csv", OWN_NEW), ("people.csv", CUSTOMERS)] {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let (un, own) = (format!("un={}", at(folder.path(), "un.xml")), format!("csv:own={}@2026-02-25", at(folder.path(), "own.csv")));
    Files { folder, un, own }
}

fn screen(files: &Files, more: &[&str]) -> String {
    let mut arguments = vec!["--quiet", "screen", "--list", &files.un, "--as-of", "2026-02-28"];
    arguments.extend(more);
    ok(&arguments)
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_hit_says_why_and_where_it_goes() {
    let files = files();
    let cases: [(&[&str], &[&str], &[&str]); 7] = [
        (
            &["--name", "Zarlakht Marufkel", "--birth", "1971-04-03", "--place", "Shindokai"],
            &[
                "Hit 1 of 1: un",
                "resolution queue",
                "primary name",
                "agrees",
                "birth",
                "the same day",
                "missing",
                "place, identifier on one side",
                "XXi.001",
                "for people to decide",
            ],
            &["strong match", "probability 1.0"],
        ),
        (&["--name", "Zarlakht Marufkhel", "--birth", "1930-01-09"], &["disagrees", "more than five years apart"], &["agrees     birth"]),
        (&["--name", "Torbaaz Wrekhmin", "--birth", "1971-04-03"], &["weak alias"], &[]),
        (&["--name", "Somebody Other", "--document", "passport:ZX4481209"], &["strong match", "document"], &[]),
        (&["--name", "Somebody Other"], &["no hit", "No hit is no clearance"], &["Hit 1"]),
        (&["--name", "Ali"], &["no hit", "abstained: the name says too little"], &[]),
        // SG-031, SG-032: a possible victim's outcome goes to the protection desk, whatever it is.
        (&["--name", "Zarlakht Marufkhel", "--possible-victim"], &["protection first"], &["XXi", "no hit", "nats"]),
    ];
    for (arguments, words, not) in cases {
        let said = screen(&files, arguments);
        assert!(words.iter().all(|word| said.contains(word)) && !not.iter().any(|word| said.contains(word)), "{arguments:?}: {said}");
    }
    let (hit, none) = (["--name", "Zarlakht Marufkhel", "--possible-victim"], ["--name", "Nobody Atall", "--possible-victim"]);
    assert_eq!(screen(&files, &hit), screen(&files, &none), "SG-032: hit and no hit look the same");
    let outcome =
        json(&screen(&files, &["--name", "Zarlakht Marufkhel", "--document", "passport:ZX4481209", "--birth", "1971-04-03", "--format", "json"]));
    let hit = &outcome["outcomes"][0]["hits"][0];
    assert!(hit["probability"].as_f64().unwrap() < 1.0 && hit["log_odds"].as_f64().unwrap() > 20.0, "{hit}");
}

/// SG-017: an old list abstains, and a list without a date is told to have none.
#[test]
fn the_age_of_a_list_is_said() {
    let files = files();
    let old = ok(&["screen", "--list", &files.un, "--as-of", "2026-05-01", "--name", "Zarlakht Marufkhel"]);
    assert!(old.contains("abstained: the list un is 70 days old") && old.contains("XXi.001, abstained\n"), "{old}");
    assert!(!old.contains("resolution queue"), "{old}");
    let wider = ok(&["screen", "--list", &files.un, "--as-of", "2026-05-01", "--list-age-max", "90", "--name", "Zarlakht Marufkhel"]);
    assert!(wider.contains("resolution queue"), "{wider}");
    let undated = format!("csv={}", at(files.folder.path(), "own.csv"));
    let output = tributary(&["screen", "--list", &undated, "--as-of", "2026-02-28", "--name", "Qandrish Polvashti"]);
    assert!(text(&output.stderr).contains("has no date") && text(&output.stdout).contains("not dated"), "{}", text(&output.stderr));
}

#[test]
fn many_customers_and_the_same_bytes_twice() {
    let files = files();
    let people = at(files.folder.path(), "people.csv");
    let arguments = ["--list", &files.own, &people, "--format", "json"];
    let answer = json(&screen(&files, &arguments));
    assert_eq!((&answer["asked"], &answer["with_hits"], &answer["protection_first"]), (&7.into(), &2.into(), &2.into()), "{answer}");
    assert_eq!((&answer["births_not_understood"], &answer["columns_not_read"]), (&1.into(), &serde_json::json!(["shoe_size"])));
    assert_eq!(answer["outcomes"][6]["hits"][0]["disposition"], "strong_match");
    assert_eq!(screen(&files, &arguments), screen(&files, &arguments));
    let lines = screen(&files, &["--list", &files.own, &people, "--format", "ndjson"]);
    assert_eq!(
        lines.lines().map(|line| json(line)["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>(),
        ["c1", "c2", "c3", "c4", "c5", "c6", "c7"]
    );
    let table = screen(&files, &["--list", &files.own, &people]);
    assert!(table.contains("7 asked, 2 with hits, 2 protection first") && table.contains("strong match"), "{table}");
}

/// The form that other programs rely on: `screen --list FILE... NAMES --out FILE`, one line a hit, whatever the files are.
#[test]
fn plain_files_in_and_hits_as_csv_out() {
    let files = files();
    let path = |name: &str| at(files.folder.path(), name);
    let sdn = "7001,\"MARUFKHEL, Zarlakht\",\"individual\",\"INVENTED\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"DOB 03 Apr 1971.\"\n";
    for (name, content) in [
        ("sdn.csv", sdn),
        ("alt.csv", "7001,1,\"aka\",\"WREKHMIN, Torbaaz\",-0- \n"),
        ("add.csv", "7001,1,-0- ,\"Shindokai\",\"Pakistan\",-0- \n"),
        ("names.txt", "Nobody Whatsoever\nZarlakht Marufkel\n\nTorbaaz Wrekhmin\n"),
    ] {
        std::fs::write(path(name), content).unwrap();
    }
    let (un, sdn, add, alt) = (path("un.xml"), path("sdn.csv"), path("add.csv"), path("alt.csv"));
    let (people, names, out) = (path("people.csv"), path("names.txt"), path("hits.csv"));
    let ofac = ["1,7001,1,ofac", "3,7001,1,ofac"];
    let cases: [(&[&str], &[&str]); 4] = [
        // Under protection (rows 2 and 3) there is no line, hit or no hit (SG-032).
        (&["--list", &un, &people], &["0,XXi.001,1,un", "6,XXi.001,1,un"]),
        (&["--list", &un, &names], &["1,XXi.001,1,un", "3,XXi.001,1,un"]),
        (&["--list", &sdn, "--list", &add, "--list", &alt, &names], &ofac),
        (&["--list", &sdn, &add, &alt, &names], &ofac),
    ];
    for (arguments, wanted) in cases {
        let mut all = vec!["--quiet", "screen", "--out", &out, "--as-of", "2026-02-28"];
        all.extend(arguments);
        assert_eq!(ok(&all), "", "the hits are in the file alone");
        let written = std::fs::read_to_string(&out).unwrap();
        let mut lines = written.lines();
        assert_eq!(lines.next(), Some("row,list_id,score,rank,list,probability,disposition"), "{arguments:?}");
        let found: Vec<String> = lines
            .map(|line| {
                let cells: Vec<&str> = line.split(',').collect();
                let strong = cells[6] == "strong match";
                assert!((strong || cells[2].parse::<f64>().unwrap() > 4.0) && cells[5].parse::<f64>().unwrap() < 1.0, "{line}");
                [cells[0], cells[1], cells[3], cells[4]].join(",")
            })
            .collect();
        assert_eq!(found, wanted, "{arguments:?}");
    }
    let child = std::process::Command::new(env!("CARGO_BIN_EXE_tributary"))
        .args(["screen", "--list", &un, "-", "--out", &out, "--as-of", "2026-02-28"])
        .stdin(std::fs::File::open(&people).unwrap())
        .output()
        .unwrap();
    assert!(child.status.success() && text(&child.stderr).contains("7 asked, 2 with hits"), "{}", text(&child.stderr));
    // SG-017: also where no hit has a line, it is said that a list is too old.
    let old = tributary(&["screen", "--list", &un, &names, "--out", &out, "--as-of", "2026-05-01"]);
    assert!(text(&old.stderr).contains("abstained: the list un is 70 days old"), "{}", text(&old.stderr));
    fails(2, "would replace the input", &["--quiet", "screen", "--list", &un, &people, "--out", &people]);
}

#[test]
fn a_changed_list_screens_what_changed() {
    let files = files();
    let people = at(files.folder.path(), "people.csv");
    let new = format!("csv:own={}@2026-02-27", at(files.folder.path(), "new.csv"));
    let answer = json(&screen(&files, &["--list", &new, "--previous-list", &files.own, &people, "--format", "json"]));
    let change = &answer["changes"][0];
    assert_eq!((&change["added"], &change["removed"]), (&serde_json::json!(["q3"]), &serde_json::json!(["q2"])), "{change}");
    assert_eq!((&change["changed"][0]["id"], &change["changed"][0]["fields"]), (&"q1".into(), &serde_json::json!(["names"])));
    let outcomes: Vec<(&str, usize)> =
        answer["outcomes"].as_array().unwrap().iter().map(|o| (o["id"].as_str().unwrap(), o["hits"].as_array().unwrap().len())).collect();
    // c1 and c7 hit the UN list, which did not change. SG-032: both under protection are there, though only one is listed.
    assert_eq!(outcomes, [("c3", 0), ("c4", 0), ("c5", 1), ("c6", 1)]);
}

#[test]
fn bad_input_is_told_in_plain_words() {
    let files = files();
    let inside = |name: &str| at(files.folder.path(), name);
    let (people, bad) = (inside("people.csv"), inside("bad"));
    let cases: [(&[u8], &str, &[&str], &str); 15] = [
        (b"", "pep=BAD", &["--name", "x"], "no form of list"),
        (b"", "BAD", &["--name", "x"], "no list known here"),
        (b"<html/>", "BAD", &["--name", "x"], "no list known here"),
        (b"1,2,aka,Somebody,-0-\n", "BAD", &["--name", "x"], "belongs to OFAC's entries"),
        (b"", "ofac=BAD,BAD,BAD,BAD", &["--name", "x"], "three files"),
        (b"", "ofac=BAD", &["--name", "x"], "the OFAC SDN list"),
        (b"", "csv=BAD@2026-13-01", &["--name", "x"], "2026-13-01"),
        (b"<html/>", "un:two=BAD", &["--name", "x"], "bad`: is not"),
        (b"id,name\n", "csv=BAD", &["--name", "x"], "no entry"),
        (b"surname\nx\n", "csv=BAD", &["--name", "x"], "id and name"),
        (UN.as_bytes(), "un:two=BAD@2026-02-27", &["--name", "x"], "dates itself 2026-02-20"),
        (UN.as_bytes(), "un=BAD", &["--name", "x"], "two lists are called `un`"),
        (UN.as_bytes(), "un:two=BAD", &["--name", "x", "--birth", "some day"], "--birth `some day`"),
        (b"id,colour\n1,red\n", "csv=OWN", &["BAD"], "no column to screen by"),
        (b"id,name,kind\n1,x,\n2,y,alien\n", "csv=OWN", &["BAD"], "line 3: column `kind` has `alien`"),
    ];
    for (content, list, more, words) in cases {
        std::fs::write(&bad, content).unwrap();
        let list = list.replace("BAD", &bad).replace("OWN", &inside("own.csv"));
        let more: Vec<String> = more.iter().map(|one| if *one == "BAD" { bad.clone() } else { (*one).to_owned() }).collect();
        let mut arguments = vec!["--quiet", "screen", "--list", &files.un, "--list", &list, "--as-of", "2026-02-28"];
        arguments.extend(more.iter().map(String::as_str));
        fails(2, words, &arguments);
    }
    let nowhere = format!("un={}", inside("nowhere.xml"));
    fails(2, "nowhere.xml", &["screen", "--list", &nowhere, "--name", "x"]);
    fails(2, "no --list of that name", &["--quiet", "screen", "--list", &files.un, "--previous-list", &files.own, &people]);
    assert_eq!(tributary(&["screen", "--list", &files.un]).status.code(), Some(2), "nobody is asked about");
    assert!(Path::new(&people).exists());
}

/// SG-031: a file whose protection cannot be read is refused, never screened as if nobody in it were protected.
#[test]
fn a_file_whose_protection_cannot_be_read_is_refused() {
    let files = files();
    let path = at(files.folder.path(), "names.csv");
    let cases: [(&str, &str); 6] = [
        ("id;name;protected\na;Zarlakht Marufkhel;victim\n", "another sign than the comma"),
        ("id\tname\tprotected\na\tZarlakht Marufkhel\tvictim\n", "another sign than the comma"),
        ("id,name,possible_victim\na,Zarlakht Marufkhel,yes\n", "`possible_victim` seems to say who is protected"),
        ("id,name,is witness\na,Zarlakht Marufkhel,yes\n", "call it `protected`"),
        ("name\n\"Zarlakht Marufkhel\nNobody Whatsoever\n", "a quote is opened and not closed"),
        (&format!("name\n{}\n", vec!["Zarlakht Marufkhel"; 40].join(";")), "40 names; at most 32"),
    ];
    for (content, words) in cases {
        std::fs::write(&path, content).unwrap();
        fails(2, words, &["--quiet", "screen", "--list", &files.un, &path, "--as-of", "2026-02-28"]);
    }
    // Whoever is protected in one row is protected in every row of that id.
    std::fs::write(&path, "id,name,protected\na,Zarlakht Marufkhel,\na,Somebody,victim\nb,Zarlakht Marufkhel,\n").unwrap();
    let answer = json(&screen(&files, &[&path, "--format", "json"]));
    assert_eq!((&answer["with_hits"], &answer["protection_first"]), (&1.into(), &2.into()), "{answer}");
}

/// A list of which a part would vanish unseen is refused; entries written twice under one id are one with all their names.
#[test]
fn nothing_of_a_list_vanishes() {
    let files = files();
    let path = at(files.folder.path(), "list.csv");
    std::fs::write(&path, "id,name\nq1,\"Qandrish Polvashti\nq2,Dremzai Holustan\nq3,Bartonak Shelimzai\n").unwrap();
    let list = format!("csv={path}@2026-02-25");
    fails(2, "a quote is opened and not closed", &["screen", "--list", &list, "--name", "Dremzai Holustan"]);
    std::fs::write(&path, "id,name\nq1,Qandrish Polvashti\nq1,Dremzai Holustan\n").unwrap();
    for name in ["Qandrish Polvashti", "Dremzai Holustan"] {
        let said = ok(&["--quiet", "screen", "--list", &list, "--name", name, "--as-of", "2026-02-28"]);
        assert!(said.contains("Hit 1 of 1") && said.contains("q1"), "{said}");
    }
}
