//! R1 to R10: one broken set a case.

use crate::support::{FilesExt as _, changed, check, files, load, locked};
use tributary_typology::PackSet;

const PACK: &str = "test.toml";
const PLACE: &str = "jurisdictions/default.toml";

#[test]
fn packs_in_order_load() {
    let set = load(files()).expect("in order");
    assert_eq!(set.indicators().count(), 1);
}

#[test]
fn r1_no_lone_trigger_sg_010() {
    for (old, new) in [
        ("families_min = 2", "families_min = 1"),
        ("families_min_per_side = 2", "families_min_per_side = 1"),
        ("sources_min = 2", "sources_min = 1"),
        ("human_resolution", "alert"),
    ] {
        check(changed("combination.toml", old, new), "R1", "");
    }
    check(changed(PACK, "cap = 1.0", "cap = 3.0"), "R1", "cap");
    let mut without = files();
    without.remove("combination.toml");
    check(without, "R1", "missing");
}

#[test]
fn r2_each_protected_trait_is_refused_sg_004() {
    // In a literal, in a name, in a parameter, and as a describing column of a person.
    let traits = [
        "religion",
        "sect",
        "ethnicity",
        "tribe",
        "language",
        "political",
        "gender",
        "nationality",
        "home_district",
        "clan",
        "caste",
        "surname",
        "race",
        "birth_date",
        "dress",
        "mosque",
        "dialect",
        "citizenship",
        "ideology",
    ];
    for word in traits {
        check(changed(PACK, "GROUP BY t.to_account", &format!("WHERE t.purpose = '{word}' GROUP BY t.to_account")), "R2", word);
        check(changed(PACK, "GROUP BY t.to_account", &format!("WHERE t.{word} IS NULL GROUP BY t.to_account")), "R2", word);
        check(changed(PACK, "payers_min", &format!("{word}_min")), "R2", word);
    }
    for column in ["name", "birth_date", "gender", "nationality", "address", "country", "admin1"] {
        let sql = format!("FROM transfers t JOIN parties p ON p.entity_id = t.to_entity WHERE p.{column} IS NULL");
        check(changed(PACK, "FROM transfers t", &sql), "R2", column);
        let sql = format!("FROM transfers t JOIN entities p ON p.entity_id = t.to_entity WHERE {column} IS NULL");
        check(changed(PACK, "FROM transfers t", &sql), "R2", column);
    }
    check(changed(PACK, "FROM transfers t", "FROM transfers t JOIN (SELECT * FROM parties) p ON p.entity_id = t.to_entity"), "R2", "*");
    check(changed(PACK, "FROM transfers t", "FROM transfers t JOIN (SELECT e.* FROM entities e) p ON p.entity_id = t.to_entity"), "R2", "e.*");
}

#[test]
fn r3_only_controllers_are_flagged() {
    for role in ["victim", "worker", "payer", "traveller", "donor", "witness", "minor", "advertised", "suspect"] {
        check(changed(PACK, "collector", role), "R3", role);
    }
    check(changed(PACK, "'collector' AS role", "'hub' AS role"), "R3", "collector");
    check(changed(PACK, "'account' AS subject_type", "'party' AS subject_type"), "R3", "account");
}

#[test]
fn r4_the_context_only_list_holds() {
    let listed =
        changed(PACK, "FTR-99", "FTR-10").and("fixtures/FTR-99.toml", "FTR-99", "FTR-10").renamed("fixtures/FTR-99.toml", "fixtures/FTR-10.toml");
    let listed = listed.and(PLACE, "FTR-99", "FTR-10");
    check(listed.clone(), "R4", "FTR-10");
    let set = load(listed.and(PACK, "weight = 0.8", "context_only = true\nweight = 0.8")).expect("context only is honoured");
    assert!(set.indicator("FTR-10").expect("there").1.context_only);
}

#[test]
fn r5_parameters_and_labels_are_dated_and_sourced() {
    check(changed(PACK, "unit = \"payers\"", "unit = \"\""), "R5", "unit");
    check(changed(PACK, "default = 3", "default = 30"), "R5", "default");
    check(changed(PACK, "default = 3", "default = \"3\""), "R5", "default");
    check(changed(PACK, ", min = 1.0, max = 9.0", ""), "R5", "range");
    check(changed(PACK, ":payers_min", ":payers_most"), "R5", "payers_most");
    check(changed(PACK, "'collector' AS role", "'collector' AS role, 'PK' AS place"), "R5", "PK");
    check(changed(PACK, "weight = 0.8", "weight = 0.1"), "R5", "weight");
    check(changed(PLACE, "source = \"a document, p. 1\"", "source = \"\""), "R5", "hub");
    check(changed(PLACE, "valid_to = \"2027-01-01\"", "valid_to = \"2019-01-01\""), "R5", "hub");
    check(changed(PLACE, "value = 5", "value = 50"), "R5", "payers_min");
    check(changed(PLACE, "calibration = \"none\"", "calibration = \"\""), "R5", "calibration");
}

#[test]
fn r6_benign_hypotheses_are_stated() {
    check(changed(PACK, "benign = [\"A shop\"]", "benign = []"), "R6", "benign");
    check(changed(PACK, "discriminates = [\"Its licence\"]", "discriminates = [\"\"]"), "R6", "discriminates");
}

#[test]
fn r7_seasons_are_named_or_waived() {
    check(changed(PACK, "suppressors = [\"season\"]", "suppressors = []"), "R7", "suppressors");
    check(changed(PACK, "suppressors = [\"season\"]", "suppressors = [\"spring\"]"), "R7", "spring");
    check(changed(PLACE, "widen = 1.5", "widen = 0.5"), "R7", "season");
    let waived = "suppressors = []\nsuppressors_none = \"a ratio does not swell with a season\"";
    assert!(load(changed(PACK, "suppressors = [\"season\"]", waived)).is_ok());
}

#[test]
fn r8_every_table_has_a_floor_sg_017() {
    check(changed(PACK, "needs = [{ table = \"transfers\", rows_min = 1, reason = \"no transfers\" }]", "needs = []"), "R8", "transfers");
    check(changed(PACK, "rows_min = 1", "rows_min = 0"), "R8", "transfers");
}

#[test]
fn r9_lineage_is_what_is_read() {
    check(changed(PACK, "lineage = [\"transfers\"]", "lineage = [\"posts\"]"), "R9", "");
    check(changed(PACK, "FROM transfers t", "FROM transfers t JOIN accounts a ON a.account_id = t.to_account"), "R9", "accounts");
}

/// What rests on an agency's record says on which one, so that the record and what follows from it count once.
#[test]
fn r9_what_rests_on_a_case_record_returns_it() {
    let read = |returned: &str| {
        let mut files = changed(PACK, "lineage = [\"transfers\"]", "lineage = [\"transfers\", \"case_records\"]");
        let pack = files[PACK]
            .replace("needs = [", "needs = [{ table = \"case_records\", rows_min = 1, reason = \"no records\" }, ")
            .replace("FROM transfers t", "FROM transfers t JOIN case_records c ON c.subject = t.to_account")
            .replace("AS sources\nFROM", &format!("AS sources{returned}\nFROM"));
        files.insert(PACK.to_owned(), pack);
        files
    };
    check(read(""), "R9", "premises");
    check(read(", count(*) AS premise"), "R9", "premises");
    assert!(load(read(", array_agg(DISTINCT c.obs ORDER BY c.obs) AS premises")).is_ok());
    assert!(load(read(", array_agg(DISTINCT c.obs ORDER BY c.obs) AS \"premises\"")).is_ok());
}

#[test]
fn r10_version_citation_fixtures_and_two_roles() {
    check(changed(PACK, "version = \"1.0.0\"", "version = \"1\""), "R10", "1");
    check(changed(PACK, "page = \"p. 7\"", "page = \"\""), "R10", "page");
    check(changed(PACK, "page = \"p. 7\"", "page = \"whole\""), "R10", "page");
    check(changed(PACK, "id = \"FTR-99\"", "id = \"REC-99\""), "R10", "REC-99");
    check(changed("fixtures/FTR-99.toml", "kind = \"benign\"", "kind = \"negative\""), "R10", "benign");
    check(changed("fixtures/FTR-99.toml", "expect = [\"account:a\"]", ""), "R10", "positive");
    let one = PackSet::load(&locked(files(), &["author", "author"])).expect_err("one role is not two");
    assert!(one.iter().all(|error| error.rule() == "R10" && error.to_string().contains("two different roles")));
    let none = PackSet::load(&files()).expect_err("no lock");
    assert!(none.iter().any(|error| error.rule() == "R10" && error.to_string().contains("lock is missing")));
    let mut touched = locked(files(), &["author", "tester"]);
    touched.insert(PACK.to_owned(), files()[PACK].replace("weight = 0.8", "weight = 0.9"));
    let touched = PackSet::load(&touched).expect_err("changed after it was signed");
    assert!(touched.iter().any(|error| error.rule() == "R10" && error.to_string().contains("not the one that was signed")));
}
