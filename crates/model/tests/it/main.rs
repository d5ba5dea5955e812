//! Times, amounts, tables and the one door to being a subject.

use proptest::prelude::*;
use tributary_model::protection::Protected;
use tributary_model::time::{civil_from_days, days_from_civil};
use tributary_model::{Amount, Date, ProtectedSet, Provenance, SubjectType, Table, Timestamp};

#[test]
fn times() {
    let check = |text: &str, expect: &str| {
        let got = Timestamp::parse(text).map_or_else(|e| format!("error: {e}"), |t| t.to_string());
        assert!(got.starts_with(expect), "`{text}` gave `{got}`, not `{expect}`");
    };
    for (text, expect) in [
        ("2025-03-01T10:00:00Z", "2025-03-01T10:00:00Z"),
        ("2025-03-01t10:00:00z", "2025-03-01T10:00:00Z"),
        ("2025-03-01T15:00:00+05:00", "2025-03-01T10:00:00Z"),
        ("2025-03-01T05:30:00-04:30", "2025-03-01T10:00:00Z"),
        ("2025-03-01T10:00:00.1234567Z", "2025-03-01T10:00:00.123456Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
        ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"),
        ("2025-03-01T10:00:00", "error: has no offset"),
        ("2025-02-29T10:00:00Z", "error: is not a real date"),
        ("2024-02-29T10:00:00Z", "2024-02-29T10:00:00Z"),
        ("2025-13-01T10:00:00Z", "error: is not a real date"),
        ("2025-03-01T24:00:00Z", "error: is not a real date"),
        ("1899-12-31T10:00:00Z", "error: lies outside"),
        ("2101-01-01T10:00:00Z", "error: lies outside"),
        ("2025-03-01", "error: is not a date and time"),
        ("2025-03-01T10:00:00+5:00", "error: is not a date and time"),
        ("2025-03-01T10:00:00.Z", "error: is not a date and time"),
        ("", "error: is not a date and time"),
        ("۲۰۲۵-۰۳-۰۱T10:00:00Z", "error: is not a date and time"),
    ] {
        check(text, expect);
    }
    assert_eq!(Timestamp::parse_local("2025-03-01 15:00:00", 300), Timestamp::parse("2025-03-01T10:00:00Z"));
    assert_eq!(Timestamp::parse_local("2025-03-01", 0), Timestamp::parse("2025-03-01T00:00:00Z"));
}

#[test]
fn amounts() {
    for (text, expect) in [
        ("1250.50", "1250.5"),
        ("0", "0"),
        ("+7", "7"),
        ("-0", "0"),
        (".5", "0.5"),
        ("0.000000001", "0.000000001"),
        ("1.5000000000000", "1.5"),
        ("99999999999999999999999999999.999999999", "99999999999999999999999999999.999999999"),
        ("100000000000000000000000000000", "error: is beyond decimal(38,9)"),
        ("0.0000000001", "error: has more than 9 digits"),
        ("-1", "error: is negative"),
        ("1,000", "error: is not a decimal number"),
        ("1e5", "error: is not a decimal number"),
        ("12.", "error: is not a decimal number"),
        ("", "error: is not a decimal number"),
        (".", "error: is not a decimal number"),
        ("1.2.3", "error: is not a decimal number"),
        ("٥", "error: is not a decimal number"),
    ] {
        let got = Amount::parse(text).map_or_else(|e| format!("error: {e}"), |a| a.to_string());
        assert!(got == expect || (expect.starts_with("error") && got.starts_with(expect)), "`{text}` gave `{got}`, not `{expect}`");
    }
}

proptest! {
    #[test]
    fn nothing_panics_and_what_parses_prints_back(text in "\\PC{0,40}") {
        let _ = Timestamp::parse(&text);
        let _ = Date::parse(&text);
        if let Ok(amount) = Amount::parse(&text) {
            prop_assert_eq!(Amount::parse(&amount.to_string()), Ok(amount));
        }
    }

    #[test]
    fn times_print_back(micros in -2_208_988_800_000_000_i64..4_133_980_799_000_000) {
        prop_assert_eq!(Timestamp::parse(&Timestamp(micros).to_string()), Ok(Timestamp(micros)));
    }

    #[test]
    fn days_and_dates_agree(days in -25_567_i32..47_846) {
        let (year, month, day) = civil_from_days(days);
        prop_assert_eq!(days_from_civil(year, month, day), days);
    }
}

#[test]
fn tables_are_those_of_the_contract_page() {
    let page = include_str!("../../../../docs/observations.md");
    for table in Table::ALL {
        assert_eq!(Table::from_name(table.name()), Some(table));
        let row = page.lines().find(|l| l.starts_with(&format!("| `{}` |", table.name()))).unwrap();
        for column in table.columns() {
            let shown = match (column.required, column.protected) {
                (true, _) => format!("**{}**", column.name),
                (_, true) => format!("*{}*", column.name),
                _ => column.name.to_owned(),
            };
            assert!(row.contains(&shown), "{table}: `{shown}` is not on the page");
        }
    }
}

/// SG-031: the one door is shut for whoever is protected, whatever the reason.
#[test]
fn the_door() {
    let mut set = ProtectedSet::new();
    for (id, reason) in
        [("v", Protected::Victim), ("w", Protected::Witness), ("m", Protected::Minor), ("e", Protected::Exploited), ("r", Protected::Reporter)]
    {
        set.protect(SubjectType::Party, id, reason);
        assert_eq!(set.admit(SubjectType::Party, id, "collector", 0.5), Err(reason));
    }
    assert!(set.admit(SubjectType::Account, "v", "collector", 0.5).is_ok(), "ids of different types are different things");
    assert_eq!(set.admit(SubjectType::Party, "x", "collector", 7.0).unwrap().score(), 1.0);
}

/// SG-001, SG-050: a batch that does not say source, time, legal basis, purpose and grade cannot be read.
#[test]
fn provenance_has_no_defaults() {
    let whole = r#"{"source":"s","collected_at":"2025-01-01T00:00:00Z","legal_basis":"b","purpose":"p","grading":{"source":"2","information":"C","handling":"P"}}"#;
    assert!(serde_json::from_str::<Provenance>(whole).is_ok());
    let value: serde_json::Map<String, serde_json::Value> = serde_json::from_str(whole).unwrap();
    for key in value.keys() {
        let mut less = value.clone();
        less.remove(key);
        assert!(serde_json::from_value::<Provenance>(less.into()).is_err(), "{key} has a default");
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{text}")]
struct Told {
    text: &'static str,
    source: Option<Box<Told>>,
}

/// What has been said is not said again.
#[test]
fn causes_are_told_once() {
    let check = |texts: &[&'static str], expected: &str| {
        let error = texts.iter().rev().fold(None, |source, text| Some(Box::new(Told { text, source }))).unwrap();
        assert_eq!(tributary_model::with_causes(&error), expected);
    };
    check(&["a failed"], "a failed");
    check(&["a failed", "b is gone"], "a failed\n  because: b is gone");
    check(&["a failed: b is gone", "b is gone", "c broke\nadvice"], "a failed: b is gone\n  because: c broke");
    check(&["a failed", "b is gone", "b is gone"], "a failed\n  because: b is gone");
}
