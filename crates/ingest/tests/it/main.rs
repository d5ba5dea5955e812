//! The readers' public words, as data. Whole files are tested through the lake, which owns the files.

use tributary_ingest::banned::is_banned;
use tributary_ingest::moment::zone_minutes;
use tributary_ingest::schema::{batch_schema, trait_schema};
use tributary_ingest::{HashKey, Mapping};
use tributary_model::Table;

#[test]
fn sg_005_banned_properties_are_known_under_any_spelling() {
    let banned = [
        "religion",
        "Religion",
        "ethnic_group",
        "ethnicGroup",
        "politicalParty",
        "Home District",
        "mother_tongue",
        "GENDER",
        "spoken-language",
        "password",
        "maslak",
        "biradari_name",
        "مذہب",
        "قوم",
        "nationalité",
    ];
    for name in banned {
        assert!(is_banned(name), "{name}");
    }
    for name in ["name", "amount", "embrace", "sector", "exchange", "essex", "raced", "languageless", "zatarain", "قومی_شناختی_کارڈ"] {
        assert!(!is_banned(name), "{name}");
    }
}

#[test]
fn zones_that_stand_still_are_known_and_others_are_not() {
    for (zone, minutes) in [("Z", 0), ("+05:00", 300), ("-03:30", -210), ("Asia/Karachi", 300), ("Asia/Kabul", 270), ("Asia/Dubai", 240)] {
        assert_eq!(zone_minutes(zone), Some(minutes), "{zone}");
    }
    for zone in ["Asia/Tehran", "Europe/London", "+5", "05:00", "+15:00", "+05:60", "", "é"] {
        assert_eq!(zone_minutes(zone), None, "{zone}");
    }
}

#[test]
fn sg_004_batch_schemas_hold_no_protected_column() {
    for table in Table::ALL {
        let schema = batch_schema(table);
        for column in table.columns() {
            assert_eq!(schema.field_with_name(column.name).is_ok(), !column.protected);
            let apart = trait_schema(table).is_some_and(|schema| schema.field_with_name(column.name).is_ok());
            assert_eq!(apart, column.protected);
        }
    }
}

#[test]
fn every_built_in_is_understood() {
    for name in Mapping::built_in_names() {
        assert_eq!(Mapping::built_in(name).unwrap().name(), name);
    }
    assert!(Mapping::built_in("amlworl").unwrap_err().to_string().contains("amlworld"));
}

#[test]
fn a_key_is_long_enough_and_never_shown() {
    assert!(HashKey::new(b"short").is_none());
    assert_eq!(format!("{:?}", HashKey::new(b"0123456789abcdef").unwrap()), "HashKey(16 bytes)");
}
