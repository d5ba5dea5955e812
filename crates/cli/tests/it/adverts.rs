//! `tributary adverts` and `tributary wallets`: files in, files out, no workspace.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::{at, fails, ok};

/// Groups as sets of ids, without those alone.
fn groups(path: &Path) -> BTreeSet<BTreeSet<String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    assert_eq!(reader.headers().unwrap(), vec!["post_id", "group"]);
    let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in reader.records().map(Result::unwrap).filter(|row| !row[1].is_empty()) {
        groups.entry(row[1].to_owned()).or_default().insert(row[0].to_owned());
    }
    groups.into_values().collect()
}

/// The posts of groups that were found whole, and those rightly alone, as a share of all: one post too many or too few loses the group.
fn right(found: &BTreeSet<BTreeSet<String>>, truth: &Path) -> f64 {
    let mut of: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut all = 0;
    for row in csv::Reader::from_path(truth).unwrap().records().map(Result::unwrap) {
        all += 1;
        let group = if row[1].is_empty() { format!("alone {}", &row[0]) } else { row[1].to_owned() };
        of.entry(group).or_default().insert(row[0].to_owned());
    }
    let grouped: BTreeSet<&String> = found.iter().flatten().collect();
    let same = of.values().filter(|members| found.contains(*members) || members.len() == 1 && !grouped.contains(members.first().unwrap()));
    same.map(BTreeSet::len).sum::<usize>() as f64 / f64::from(all)
}

/// Accounts that the evidence names.
fn evidence_of(path: &str) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    lines.flat_map(|line| line["subjects"].as_array().unwrap().iter().map(|s| s.as_str().unwrap().to_owned()).collect::<Vec<_>>()).collect()
}

#[test]
fn adverts_of_one_template_are_found_from_texts_and_from_sketches() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| at(folder.path(), name);
    let made = ok(&["adverts", "corpus", &path("corpus"), "--seed", "9", "--posts", "1500", "--noise", "mid", "--format", "json"]);
    assert!(made.contains("\"posts\": 1500"), "{made}");
    let posts = path("corpus/posts.csv");
    let told = ok(&[
        "adverts",
        "cluster",
        &posts,
        "--out",
        &path("g.csv"),
        "--html",
        &path("page.html"),
        "--tables",
        &path("corpus"),
        "--evidence",
        &path("e.ndjson"),
    ]);
    assert!(told.contains("1500 adverts") && told.contains("groups for a person to look at"), "{told}");
    let found = groups(Path::new(&path("g.csv")));
    let share = right(&found, Path::new(&path("corpus/truth/adverts.csv")));
    assert!(share > 0.9, "{share}");
    assert!(told.contains("no account is named") && evidence_of(&path("e.ndjson")).is_empty(), "{told}");
    // From sketches alone, made elsewhere: the same groups; nothing of a text is in them.
    ok(&["adverts", "sketch", &posts, "--out", &path("s.ndjson")]);
    ok(&["--quiet", "adverts", "cluster", &path("s.ndjson"), "--sketches", "--out", &path("h.csv")]);
    assert_eq!(std::fs::read(path("g.csv")).unwrap(), std::fs::read(path("h.csv")).unwrap());
    // Offers in another language, told beside the groups: most of what is told is a translation.
    ok(&["--quiet", "adverts", "cluster", &posts, "--out", &path("g.csv"), "--translations", &path("t.csv")]);
    assert!(std::fs::read_to_string(path("t.csv")).unwrap().starts_with("group,other\n"));
    // SG-031: a victim's account is counted and not named; where roles are not understood, nobody is.
    let weigh = ["--quiet", "adverts", "cluster", &posts, "--out", &path("g.csv"), "--tables", &path("corpus"), "--evidence", &path("e.ndjson")]
        .map(str::to_owned);
    let weigh: Vec<&str> = weigh.iter().map(String::as_str).collect();
    std::fs::write(path("corpus/case_records.csv"), "case_id,subject,role\n").unwrap();
    ok(&weigh);
    let named = evidence_of(&path("e.ndjson"));
    let shield = |role: &str| std::fs::write(path("corpus/case_records.csv"), format!("case_id,subject,role\nc1, {} ,{role}\n", named[0])).unwrap();
    shield("Victim");
    ok(&weigh);
    assert!(!evidence_of(&path("e.ndjson")).contains(&named[0]) && named.len() > 3);
    shield("victm");
    fails(2, "row 1: `role` `victm`", &weigh);
    std::fs::write(path("corpus/case_records.csv"), "case_id;subject;role\n").unwrap();
    fails(2, "no column `subject`", &weigh);
    // Minors neither.
    std::fs::write(path("corpus/case_records.csv"), "case_id,subject,role\n").unwrap();
    let accounts = std::fs::read_to_string(path("corpus/accounts.csv")).unwrap();
    let holder = accounts.lines().find(|line| line.contains(&named[1])).unwrap().split(',').find(|cell| cell.starts_with('P')).unwrap().to_owned();
    let parties = std::fs::read_to_string(path("corpus/parties.csv")).unwrap();
    let at_birth = parties.lines().next().unwrap().split(',').position(|name| name == "birth_date").unwrap();
    let young = |line: &str| {
        let mut cells: Vec<&str> = line.split(',').collect();
        if cells[0] == holder {
            cells[at_birth] = "2012-05-01";
        }
        cells.join(",") + "\n"
    };
    std::fs::write(path("corpus/parties.csv"), parties.lines().map(young).collect::<String>()).unwrap();
    ok(&weigh);
    assert!(!evidence_of(&path("e.ndjson")).contains(&named[1]));
    fails(
        2,
        "would replace the input",
        &["adverts", "cluster", &posts, "--out", &path("corpus/accounts.csv"), "--tables", &path("corpus"), "--evidence", &path("x")],
    );
    // Neither contacts nor, in the evidence, any text.
    let (page, evidence) = (std::fs::read_to_string(path("page.html")).unwrap(), std::fs::read_to_string(path("e.ndjson")).unwrap());
    assert!(page.contains("dir=\"auto\"") && page.contains("phone"), "{page:.2000}");
    let mut contacts = 0;
    for row in csv::Reader::from_path(&posts).unwrap().deserialize::<BTreeMap<String, String>>().map(Result::unwrap) {
        for contact in row["contact"].split('|').filter(|contact| contact.len() > 6) {
            contacts += 1;
            assert!(!page.contains(contact) && !evidence.contains(contact), "{contact}");
        }
    }
    assert!(contacts > 500, "{contacts}");
    assert!(evidence.lines().next().unwrap().contains("\"verdict\":\"review\""), "{evidence:.300}");
    let one = found.iter().max_by_key(|group| group.len()).unwrap().first().unwrap().clone();
    let why = ok(&["adverts", "cluster", &posts, "--out", &path("g.csv"), "--explain", &one]);
    assert!(why.contains("template: ") && why.contains("bits together") && why.contains("true"), "{why}");
}

/// Another key makes other sketches, and its groups are the same.
#[test]
fn a_key_of_ones_own_and_bad_files_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| at(folder.path(), name);
    let text = "Drivers wanted in Muscat, two year contract, rooms and meals given, call 0301 1234567 before Friday evening";
    let rows: String = (0..6).map(|n| format!("a{n},\"{text} {n}\"\n")).collect();
    std::fs::write(path("ads.csv"), format!("id,text\n{rows}b1,something else altogether in other words\nb2,\n")).unwrap();
    std::fs::write(path("key"), "000102030405060708090a0b0c0d0e0f\n").unwrap();
    ok(&["--quiet", "adverts", "sketch", &path("ads.csv"), "--out", &path("s1")]);
    ok(&["--quiet", "adverts", "sketch", &path("ads.csv"), "--out", &path("s2"), "--key-file", &path("key")]);
    let read = |name: &str| std::fs::read_to_string(path(name)).unwrap();
    assert!(read("s1") != read("s2") && !read("s1").contains("Muscat"));
    ok(&["--quiet", "adverts", "cluster", &path("s2"), "--sketches", "--out", &path("g.csv"), "--key-file", &path("key")]);
    let expected = BTreeSet::from([(0..6).map(|n| format!("a{n}")).collect::<BTreeSet<_>>()]);
    assert_eq!(groups(Path::new(&path("g.csv"))), expected);
    std::fs::write(path("bad.csv"), "id,words\n1,x\n").unwrap();
    std::fs::write(path("none.csv"), "id,text\n,x\n").unwrap();
    std::fs::write(path("short"), "abc").unwrap();
    std::fs::write(path("s3"), "{\"post_id\":\"x\",\"sketch\":[1,2]}\n").unwrap();
    for (said, arguments) in [
        ("no column `text`", vec!["adverts", "cluster", "bad.csv", "--out", "o.csv"]),
        ("line 2: has no id", vec!["adverts", "cluster", "none.csv", "--out", "o.csv"]),
        ("32 hexadecimal digits", vec!["adverts", "sketch", "ads.csv", "--out", "o", "--key-file", "short"]),
        ("line 1: ", vec!["adverts", "cluster", "s3", "--sketches", "--out", "o.csv"]),
        ("need the texts", vec!["adverts", "cluster", "s1", "--sketches", "--out", "o.csv", "--html", "p.html"]),
        ("is no id of the file", vec!["adverts", "cluster", "ads.csv", "--out", "o.csv", "--explain", "zz"]),
        ("would replace the input", vec!["adverts", "cluster", "ads.csv", "--out", "ads.csv"]),
        ("--noise", vec!["adverts", "corpus", "c", "--noise", "loud"]),
    ] {
        let whole: Vec<String> = arguments
            .iter()
            .map(|a| if folder.path().join(a).exists() || a.starts_with("o") || *a == "p.html" || *a == "c" { path(a) } else { (*a).to_owned() })
            .collect();
        fails(2, said, &whole.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(!Path::new(&path("o.csv")).exists(), "nothing half-done stays");
    }
}

/// What a chain's transactions come to can be searched like any other transfers.
#[test]
fn wallets_become_clusters_and_their_payments_transfers() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| at(folder.path(), name);
    let mut rows = String::from("txid,at,side,index,address,amount\n");
    for n in 0..6 {
        rows += &format!("t{n},2025-01-0{}T00:00:00Z,in,0,mine{n},1.5\nt{n},2025-01-0{}T00:00:00Z,in,1,mine{},2\n", n + 1, n + 1, n + 1);
        rows += &format!("t{n},2025-01-0{}T00:00:00Z,out,0,shop,3.4\n", n + 1);
    }
    std::fs::write(path("chain.csv"), rows + "t9,yesterday,in,0,x,1\n").unwrap();
    std::fs::write(path("tags.csv"), "address,entity,kind\nshop,A Shop,merchant\n").unwrap();
    let told =
        ok(&["wallets", &path("chain.csv"), "--chain", "utxo", "--tags", &path("tags.csv"), "--out", &path("a.csv"), "--transfers", &path("t.csv")]);
    assert!(told.contains("the largest of 7") && told.contains("1 rows were not taken in") && told.contains("column `at`: `yesterday`"), "{told}");
    let addresses = std::fs::read_to_string(path("a.csv")).unwrap();
    assert_eq!(addresses.lines().filter(|line| line.starts_with("mine") && line.contains(",mine0,")).count(), 7, "{addresses}");
    let transfers = std::fs::read_to_string(path("t.csv")).unwrap();
    assert_eq!(transfers.lines().filter(|line| line.contains("mine0,shop")).count(), 6, "{transfers}");
    let hits = ok(&["--quiet", "patterns", &path("t.csv")]);
    assert!(hits.lines().all(|hit| hit.starts_with('{')), "{hits}");
    fails(2, "no column `tx`", &["wallets", &path("chain.csv"), "--chain", "account", "--out", &path("b.csv")]);
    fails(2, "--change `all`", &["wallets", &path("chain.csv"), "--chain", "utxo", "--change", "all", "--out", &path("b.csv")]);
}
