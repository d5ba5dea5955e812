//! What quarantine may hold: enough to find a row again, and nothing that may not be kept.

use tributary_ingest::{HashKey, Mapping, QuarantineEntry};
use tributary_lake::{LakeError, NoObserver};

use crate::support::{Place, account};

const KEY: &[u8] = b"0123456789abcdef";

/// Takes a file in; gives the quarantine of its first batch as it lies on disk.
fn quarantine(name: &str, bytes: &[u8], mapping: Option<Mapping>) -> (String, Vec<QuarantineEntry>) {
    let place = Place::new();
    let mut request = place.request(name, bytes);
    request.mapping = mapping;
    request.key = HashKey::new(KEY);
    let report = place.lake.ingest(&request, &NoObserver).unwrap();
    report.batches.iter().for_each(account);
    let text = std::fs::read_to_string(place.lake.quarantine_path(&report.batches[0].id)).unwrap();
    let entries = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (text, entries)
}

/// One file: none of `secrets` is in its quarantine, each of `kept` is, and every entry says where its row is.
fn check(name: &str, bytes: &str, mapping: Option<Mapping>, secrets: &[&str], kept: &[&str]) {
    let (text, entries) = quarantine(name, bytes.as_bytes(), mapping);
    for secret in secrets {
        assert!(!text.contains(secret), "{name}: `{secret}` in {text}");
    }
    for word in kept {
        assert!(text.contains(word), "{name}: no `{word}` in {text}");
    }
    for entry in entries {
        assert!(entry.row > 0 && entry.file == name && entry.bytes > 0 && entry.digest.len() == 32, "{entry:?}");
    }
}

#[test]
fn sg_004_sg_005_quarantine_holds_no_trait_and_nothing_banned() {
    let good = "party_id,kind,name,gender,religion,shoe\np1,person,A,female,x,40\np2,person,B,male,x,40\n";
    let cases: [(&str, String, &[&str], &[&str]); 6] = [
        // A row that was split: field by field.
        (
            "parties.csv",
            format!("{good}p3,robot,C,nonbinary,sikh,41\n"),
            &["nonbinary", "sikh"],
            &["robot", "withheld: trait", "withheld: banned", "41"],
        ),
        // The trait itself is what is wrong.
        (
            "parties.csv",
            "party_id,kind,nationality\np1,person,PK\np2,person,Ruritanian\n".to_owned(),
            &["Ruritanian"],
            &["p2", "is not a country code"],
        ),
        // Rows that could not be split: too few fields, an open quote.
        ("parties.csv", format!("{good}p3,person,C,nonbinary\n"), &["nonbinary", "p3"], &["not split into fields"]),
        ("parties.csv", format!("{good}\"p3,person,C,nonbinary,sikh,1\n"), &["nonbinary", "sikh"], &["never closed"]),
        // A repeated id is found later, when the fields are gone: they are split once more.
        (
            "posts.csv",
            "post_id,at,account,kind,religion\nx1,2025-01-01T00:00:00Z,a,job,r\nx2,2025-01-01T00:00:00Z,b,job,r\nx1,2025-01-02T00:00:00Z,c,job,sikh\n".to_owned(),
            &["sikh"],
            &["repeats an id", "x1", "withheld: banned"],
        ),
        // JSON names its fields itself.
        (
            "parties.ndjson",
            "{\"party_id\":\"p1\",\"kind\":\"person\"}\n{\"party_id\":\"p2\",\"kind\":\"person\"}\n{\"party_id\":\"p3\",\"kind\":\"person\"}\n\
             {\"party_id\":\"p4\",\"kind\":\"robot\",\"gender\":\"nonbinary\",\"tribe\":\"t1\",\"more\":{\"sect\":\"t2\"}}\n{\"gender\":\"t3\"\n"
                .to_owned(),
            &["nonbinary", "t1", "t2", "t3"],
            &["robot", "withheld: structure"],
        ),
    ];
    for (name, bytes, secrets, kept) in cases {
        check(name, &bytes, None, secrets, kept);
    }
}

#[test]
fn sg_005_quarantine_of_a_mapping_holds_nothing_dropped_or_hashed_on_read() {
    let mapping = "name = \"x\"\ndrop = [\"flag\"]\n[[output]]\ntable = \"accounts\"\n[output.columns]\n\
        account_id = { from = \"phone\", keyed_hash = true }\nkind = \"kind\"\n";
    let good = "phone,kind,flag\n03001,bank,f1\n03002,bank,f2\n03003,bank,f3\n";
    for bad in ["03009,purse,f9\n", "03009,bank\n"] {
        let bytes = format!("{good}{bad}");
        check("x.csv", &bytes, Some(Mapping::parse(mapping).unwrap()), &["0300", "f9"], &["withheld"]);
    }
    // Also where the value fails before it is hashed.
    let listed = mapping.replace("keyed_hash = true", "values = { a = \"b\" }, keyed_hash = true");
    let bytes = "phone,kind,flag\na,bank,\n03009,bank,\n";
    check("x.csv", bytes, Some(Mapping::parse(&listed).unwrap()), &["03009"], &["is not among the `values`"]);
}

#[test]
fn sg_005_a_banned_property_inside_a_structure_does_not_enter() {
    let place = Place::new();
    let line = "{\"party_id\":\"p1\",\"kind\":\"person\",\"more\":{\"a\":[{\"religion\":\"x\",\"shoe\":41}],\"tribe\":\"y\"}}\n";
    let report = place.ingest("parties.ndjson", line.as_bytes()).unwrap();
    let counted: Vec<(&str, u64)> = report.dropped.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!((report.batches[0].rows, counted), (1, vec![("religion", 1), ("tribe", 1)]));
}

#[test]
fn advert_texts_and_list_records_are_not_kept_either() {
    let posts = "post_id,at,account,text\np1,2025-01-01T00:00:00Z,a,good pay abroad\np2,yesterday,a,good pay abroad\n";
    check("posts.csv", posts, None, &["abroad"], &["yesterday", "withheld: advert text"]);
    let lines = "{\"id\":\"p1\",\"schema\":\"Person\",\"properties\":{\"name\":[\"A\"]}}\n\
        {\"schema\":\"Person\",\"properties\":{\"name\":[\"A\"],\"religion\":[\"sikh\"],\"gender\":[\"nonbinary\"]}}\n";
    check("e.json", lines, Some(Mapping::built_in("followthemoney").unwrap()), &["sikh", "nonbinary"], &["withheld"]);
}

#[test]
fn a_row_of_a_file_with_nothing_to_withhold_is_kept_as_it_stood() {
    let (_, entries) = quarantine("accounts.csv", b"account_id,kind\na1,bank\na2\n", None);
    assert_eq!(entries[0].raw, "a2");
    let (_, other) = quarantine("accounts.csv", b"account_id,kind\na9,bank\na2\n", None);
    assert_ne!(entries[0].digest, other[0].digest, "a digest can be tried out by whoever has the file, and by nobody else");
}

#[test]
fn identifiers_that_deceive_the_eye_are_quarantined() {
    for id in ["a\u{202e}b", "a\u{200f}", "a\tb", "\u{2066}a", "a\u{1b}[31m"] {
        let (_, entries) = quarantine("accounts.csv", format!("account_id,kind\nx,bank\n{id},bank\n").as_bytes(), None);
        assert!(entries[0].column == "account_id" && entries[0].problem.contains("direction of writing"), "{id:?}: {entries:?}");
    }
    let place = Place::new();
    let report = place.ingest("accounts.csv", "account_id,kind\nلاہور-۱,bank\n".as_bytes()).unwrap();
    assert_eq!(report.batches[0].rows, 1, "letters of any script are no deceit");
}

/// The same bytes under another key or mapping would be there twice, under other names.
#[test]
fn the_same_file_read_another_way_is_refused() {
    let mapping = "name = \"x\"\n[[output]]\ntable = \"accounts\"\n[output.columns]\naccount_id = { from = \"phone\", keyed_hash = true }\nkind = { constant = \"bank\" }\n";
    let place = Place::new();
    let mut request = place.request("x.csv", b"phone\n03001\n");
    request.mapping = Some(Mapping::parse(mapping).unwrap());
    request.key = HashKey::new(KEY);
    let first = place.lake.ingest(&request, &NoObserver).unwrap();
    assert!(place.lake.ingest(&request, &NoObserver).unwrap().already);
    let mut rekeyed = request.clone();
    rekeyed.key = HashKey::new(b"another key, long enough");
    let mut remapped = request.clone();
    remapped.mapping = Some(Mapping::parse(&mapping.replace("\"bank\"", "\"wallet\"")).unwrap());
    for other in [rekeyed, remapped] {
        match place.lake.ingest(&other, &NoObserver) {
            Err(LakeError::OtherReading { batch, .. }) => assert_eq!(batch, first.batches[0].id),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(place.lake.snapshot().unwrap().batches.len(), 1);
}

#[test]
fn what_adds_nothing_says_why() {
    let place = Place::new();
    assert!(place.ingest("accounts.csv", b"account_id,kind\n").unwrap().notes[0].contains("no rows"));
    place.ingest("accounts.csv", b"account_id,kind\na,bank\n").unwrap();
    let mut request = place.request("accounts.csv", b"account_id,kind\na,bank\n");
    request.provenance.source = "source-b".to_owned();
    let again = place.lake.ingest(&request, &NoObserver).unwrap();
    assert!(again.already && again.notes[0].contains("source-a"), "{:?}", again.notes);
}
