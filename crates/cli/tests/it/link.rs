//! `tributary link`: any CSV file, no workspace. The people are invented from syllables.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::{at, fails, ok, text, tributary};

/// Invented people: 120, every second of them written down twice, the second time with a slip, a swapped date or a blank.
fn people() -> String {
    let syllables = ["ba", "zor", "mi", "tal", "ken", "fu", "rash", "lo", "dem", "qi", "vur", "nes"];
    let mut seed = 7_u64;
    let mut draw = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    let mut out = "rec,first_name,surname,dob,city,gender\n".to_owned();
    for person in 0..120 {
        let mut word = |n: usize| (0..n).map(|_| syllables[draw(12)]).collect::<String>();
        let (first, last, city) = (word(2), word(3), word(2));
        let (year, month, day) = (1950 + draw(50), 1 + draw(12), 1 + draw(28));
        writeln!(out, "a{person},{first},{last},{year}-{month:02}-{day:02},\"{city}, town\",x").unwrap();
        if person % 2 == 0 {
            let slip = format!("{last}e");
            let (first, last) = if person % 4 == 0 { (first.as_str(), slip.as_str()) } else { (first.as_str(), last.as_str()) };
            let city = if person % 6 == 0 { String::new() } else { format!("\"{city}, town\"") };
            writeln!(out, "b{person},{first},{last},{year}-{month:02}-{day:02},{city},y").unwrap();
        }
    }
    out
}

fn folder() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = at(folder.path(), "people.csv");
    std::fs::write(&file, people()).unwrap();
    (folder, file)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

/// The cluster of each record by its name.
fn by_record(path: &str) -> std::collections::BTreeMap<String, String> {
    let cells = |line: &str| line.split(',').take(2).map(str::to_owned).collect::<Vec<_>>();
    read(path).lines().skip(1).map(cells).map(|c| (c[1].clone(), c[0].clone())).collect()
}

#[test]
fn people_written_twice_are_found_and_every_column_stays() {
    let (folder, file) = folder();
    let (out, pairs, charts) = (at(folder.path(), "clusters.csv"), at(folder.path(), "pairs.csv"), at(folder.path(), "page.html"));
    let arguments = ["--quiet", "link", &file, "--out", &out, "--pairs", &pairs, "--charts", &charts, "--explain", "0,1", "--format", "json"];
    let summary = json(&ok(&arguments));
    assert_eq!(summary["rows"], 180);
    let clusters = by_record(&out);
    let found = (0..120).step_by(2).filter(|p| clusters[&format!("a{p}")] == clusters[&format!("b{p}")]).count();
    assert!(found >= 55, "{found} of 60");
    let distinct: std::collections::BTreeSet<&String> = clusters.values().collect();
    assert!((118..=125).contains(&distinct.len()), "{}", distinct.len());
    assert_eq!(summary["clusters"], distinct.len());
    // Every column and value of the input follows the cluster, quotes where they are needed.
    let written: Vec<String> = read(&out).lines().map(|l| l.split_once(',').unwrap().1.to_owned()).collect();
    assert_eq!(written, people().lines().map(str::to_owned).collect::<Vec<_>>());
    assert!(read(&out).starts_with("cluster,rec,first_name"));
    assert!(read(&pairs).starts_with("left,right,bits,collective_bits,same_cluster\n") && read(&pairs).contains(",true"));
    // SG-004: a protected trait is neither compared nor a key.
    assert!(!summary["comparisons"].to_string().contains("gender") && !summary["rules"].to_string().contains("gender"), "{summary}");
    // The steps of a waterfall add up to its score.
    let waterfall = &summary["explained"]["waterfall"];
    let sum: f64 =
        waterfall["steps"].as_array().unwrap().iter().map(|s| s["weight_bits"].as_f64().unwrap() + s["rarity_bits"].as_f64().unwrap()).sum();
    assert!((sum - waterfall["bits"].as_f64().unwrap()).abs() < 0.05, "{waterfall}");
    let page = read(&charts);
    assert!(page.contains("Rows 0 and 1") && page.matches("<svg").count() == 6 && !page.contains("<script"), "{}", page.matches("<svg").count());
    assert!(ok(&["--quiet", "link", &file, "--explain", "0,1"]).contains("in one cluster"));
}

#[test]
fn the_same_bytes_twice_and_parameters_that_are_kept() {
    let (folder, file) = folder();
    let mut outcomes = Vec::new();
    for run in ["one", "two"] {
        let names = ["clusters", "pairs", "saved", "config", "page"].map(|what| at(folder.path(), &format!("{what}-{run}")));
        let [out, pairs, _, config, charts] = &names;
        let parameters = at(folder.path(), "trained.json");
        let summary = ok(&[
            "--quiet",
            "link",
            &file,
            "--out",
            out,
            "--pairs",
            pairs,
            "--save-parameters",
            &parameters,
            "--save-settings",
            config,
            "--charts",
            charts,
            "--format",
            "json",
        ]);
        let files: Vec<String> = [out, pairs, &parameters, config, charts].into_iter().map(|path| read(path)).collect();
        outcomes.push((summary, files));
    }
    assert!(outcomes[0] == outcomes[1], "the same input and arguments, the same bytes");
    let left: Vec<String> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    assert!(!left.iter().any(|name| name.contains(".part")), "{left:?}");
    // Saved parameters and a saved configuration give the clusters they came from.
    let (trained, config, again) = (at(folder.path(), "trained.json"), at(folder.path(), "config-one"), at(folder.path(), "again.csv"));
    for arguments in [["--parameters", &trained], ["--settings", &config]] {
        ok(&["--quiet", "link", &file, arguments[0], arguments[1], "--out", &again]);
        assert_eq!(read(&again), outcomes[0].1[0], "{arguments:?}");
    }
    assert!(ok(&["link", "diff", &trained, &trained]).contains("no difference"));
    let other = at(folder.path(), "other.json");
    ok(&["--quiet", "link", &file, "--threshold-bits", "-2", "--save-parameters", &other]);
    assert!(ok(&["link", "diff", &trained, &other]).contains("threshold"));
}

#[test]
fn what_people_decided_holds() {
    let (folder, file) = folder();
    let out = at(folder.path(), "clusters.csv");
    let judgements = at(folder.path(), "judgements.ndjson");
    let one = |left: u32, right: u32, verdict: &str| {
        format!("{{\"left\":{left},\"right\":{right},\"verdict\":\"{verdict}\",\"by\":\"reviewer\",\"at\":\"2026-01-01\",\"compared\":[]}}\n")
    };
    // Rows 0 and 1 are a0 and b0; row 2 is a1, a stranger.
    std::fs::write(&judgements, one(0, 1, "apart") + &one(0, 2, "same")).unwrap();
    ok(&["--quiet", "link", &file, "--out", &out, "--judgements", &judgements]);
    let clusters = by_record(&out);
    assert!(clusters["a0"] != clusters["b0"] && clusters["a0"] == clusters["a1"]);
    let labels = at(folder.path(), "labels.csv");
    std::fs::write(&labels, "left,right,same\n0,1,true\n0,2,no\n").unwrap();
    ok(&["--quiet", "link", &file, "--labels", &labels, "--id-column", "person", "--out", &out, "--columns", "first_name,surname,dob"]);
    assert!(read(&out).starts_with("person,rec,"));
}

#[test]
fn bad_input_is_told_with_its_place_and_remedy() {
    let cases: [(&[u8], &[&str], &[&str]); 13] = [
        (b"", &[], &["is empty", "first line"]),
        (b"a,b\n", &[], &["no rows"]),
        (b"a,b\nx,y\nz\n", &[], &["line 3", "1 values", "2", "mend"]),
        (b"a,b\nx,y\nz,w,v\n", &[], &["line 3", "3 values"]),
        (b"a,b\nx,y\n\xff,w\n", &[], &["line 3", "column `a`", "UTF-8"]),
        (b"\xff,b\nx,y\n", &[], &["column 1", "UTF-8"]),
        (b"a, a\nx,y\n", &[], &["`a`", "twice", "rename"]),
        (b"a,b\nx,y\n", &["--columns", "a,c"], &["`c`", "header has `a`, `b`"]),
        (b"name,tribe\nx,y\n", &["--columns", "name,tribe"], &["`tribe`", "protected trait", "leave it out"]),
        (b"a,b\nx,y\n", &[], &["no column can be compared"]),
        (b"a,b\nx,y\n", &["--out", "/nowhere/at/all.csv"], &["folder is not there"]),
        (b"a,b\nx,y\n", &["--explain", "3"], &["3,17"]),
        (b"a,b\nx,y\n", &["--threshold-bits", "nan"], &["bits from"]),
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = at(folder.path(), "bad.csv");
    for (bytes, more, words) in cases {
        std::fs::write(&file, bytes).unwrap();
        let mut arguments = vec!["--quiet", "link", file.as_str()];
        arguments.extend(more);
        let output = tributary(&arguments);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(words.iter().all(|word| told.contains(word)), "{bytes:?} {more:?} said: {told}");
    }
}

#[test]
fn bad_companions_of_a_good_file_are_told_too() {
    let (folder, file) = folder();
    let other = at(folder.path(), "other");
    let cases: [(&str, &str, &[&str]); 8] = [
        ("--labels", "left,right\n0,1\n", &["`same`", "there is no column"]),
        ("--labels", "left,right,same\n0,1,perhaps\n", &["line 2", "`perhaps`"]),
        ("--labels", "left,right,same\n0,999,true\n", &["line 2", "`999`", "179"]),
        ("--judgements", "{\"left\":0}\n", &["line 1", "verdict"]),
        ("--judgements", "\n{\"left\":0,\"right\":500,\"verdict\":\"same\",\"by\":\"r\",\"at\":\"\",\"compared\":[]}\n", &["line 2", "`500`"]),
        ("--settings", "{}", &["--save-settings"]),
        ("--parameters", "[]", &["do not fit"]),
        ("--out", "", &["read or written by this command already"]),
    ];
    for (option, content, words) in cases {
        std::fs::write(&other, content).unwrap();
        let target = if option == "--out" { &file } else { &other };
        let told = text(&tributary(&["--quiet", "link", &file, option, target]).stderr);
        assert!(words.iter().all(|word| told.contains(word)), "{option} {content} said: {told}");
        assert!(Path::new(&file).exists());
    }
    // A column `cluster` that is there already stays and is not compared; the new one has another name then.
    let truth: String = std::iter::once("cluster,".to_owned() + people().lines().next().unwrap())
        .chain(people().lines().skip(1).map(|line| format!("t,{line}")))
        .map(|line| line + "\n")
        .collect();
    let named = at(folder.path(), "truth.csv");
    std::fs::write(&named, truth).unwrap();
    let summary = json(&ok(&["--quiet", "link", &named, "--out", &other, "--format", "json"]));
    assert!(read(&other).starts_with("cluster_id,cluster,rec,") && !summary["comparisons"].to_string().contains("cluster"), "{summary}");
    fails(2, "--id-column", &["--quiet", "link", &file, "--id-column", "rec", "--out", &other]);
    fails(2, "two different rows", &["--quiet", "link", &file, "--explain", "4,4"]);
    fails(2, "is a folder", &["link", &folder.path().to_string_lossy()]);
    assert_eq!(tributary(&["link"]).status.code(), Some(2));
}

/// Told to stop while it works, it stops, says so, and leaves no file behind.
#[cfg(unix)]
#[test]
fn an_interrupt_stops_it_and_leaves_nothing_half_done() {
    let folder = tempfile::tempdir().unwrap();
    let (pipe, out) = (at(folder.path(), "pipe.csv"), at(folder.path(), "out.csv"));
    // A pipe that nobody writes to: the work never ends by itself.
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut command = Command::new(env!("CARGO_BIN_EXE_tributary"));
    let mut child = command.args(["link", &pipe, "--out", &out]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(told.next().unwrap().unwrap().contains("reading"));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(told.any(|line| line.unwrap().contains("stopped")));
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["pipe.csv"]);
}

/// Rows of a second file join a kept linkage: ids stay, and the partition is that of both files linked at once under the same parameters.
#[test]
fn a_kept_linkage_goes_on() {
    let (folder, file) = folder();
    let path = |name: &str| at(folder.path(), name);
    let people = people();
    let lines: Vec<&str> = people.lines().collect();
    let (first, second) = (path("first.csv"), path("second.csv"));
    // The second writings of the later half come later.
    let later =
        |line: &&str| line.strip_prefix('b').and_then(|rest| rest.split(',').next()).and_then(|n| n.parse::<u32>().ok()).is_some_and(|n| n >= 60);
    let (there, new): (Vec<&str>, Vec<&str>) = lines[1..].iter().partition(|line| !later(line));
    std::fs::write(&first, [&lines[..1], &there].concat().join("\n")).unwrap();
    std::fs::write(&second, [&lines[..1], &new].concat().join("\n")).unwrap();
    let (state, parameters) = (path("people.state"), path("parameters.json"));
    ok(&["--quiet", "link", &first, "--save-state", &state, "--save-parameters", &parameters, "--out", &path("one.csv")]);
    let kept = read(&state);
    let history = path("history.ndjson");
    let added = json(&ok(&["--quiet", "link", &second, "--state", &state, "--out", &path("two.csv"), "--history", &history, "--format", "json"]));
    assert_eq!((&added["rows_before"], &added["rows"]), (&150.into(), &180.into()), "{added}");
    assert!(added["joined"].as_u64().unwrap() >= 25 && read(&history).lines().count() > 0, "{added}");
    assert_ne!(read(&state), kept, "it is kept again");
    let (one, two) = (by_record(&path("one.csv")), by_record(&path("two.csv")));
    ok(&["--quiet", "link", &file, "--parameters", &parameters, "--out", &path("whole.csv")]);
    let whole = by_record(&path("whole.csv"));
    let growing: std::collections::BTreeMap<&String, &String> = one.iter().chain(&two).collect();
    // A cluster's name may change when rows join it; who is with whom does not, but for clusters of the first file that the second merged.
    let merged = added["merged"].as_u64().unwrap() + added["split"].as_u64().unwrap();
    let together = |clusters: &dyn Fn(&String) -> String| {
        let mut groups: std::collections::BTreeMap<String, Vec<&String>> = std::collections::BTreeMap::new();
        whole.keys().for_each(|record| groups.entry(clusters(record)).or_default().push(record));
        groups.into_values().collect::<std::collections::BTreeSet<_>>()
    };
    let (by_growth, at_once) = (together(&|record| growing[record].clone()), together(&|record| whole[record].clone()));
    let apart = by_growth.symmetric_difference(&at_once).count() as u64;
    assert!(apart <= 4 * merged, "{apart} groups differ, {merged} clusters merged or split");
    fails(2, "there is no column", &["--quiet", "link", &path("history.ndjson"), "--state", &state]);
    // No output may take the state's place.
    for option in ["--out", "--history"] {
        let before = read(&state);
        fails(2, "read or written by this command", &["--quiet", "link", &second, "--state", &state, option, &state]);
        assert_eq!(read(&state), before, "{option}");
    }
    std::fs::write(&state, &kept[..kept.len() / 2]).unwrap();
    fails(2, "people.state", &["--quiet", "link", &second, "--state", &state]);
    fails(2, "cannot be used with", &["link", &second, "--state", &state, "--columns", "dob"]);
}
