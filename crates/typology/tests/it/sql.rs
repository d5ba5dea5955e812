//! Templates, literals and what SQL may do.

use proptest::prelude::*;
use tributary_model::Timestamp;
use tributary_typology::parameter::{Value, ValueKind, literal};
use tributary_typology::template::{placeholders, render};
use tributary_typology::{Change, diff, sql};

use crate::support::{changed, check, files, load};

#[test]
fn only_one_plain_select() {
    for (new, message) in [
        ("FROM transfers t; DROP TABLE transfers; SELECT 1 FROM transfers t", ""),
        ("FROM users t", "users"),
        ("FROM public.transfers t", "schema"),
        ("FROM read_csv('x') t", ""),
        ("FROM transfers t JOIN (SELECT now() AS day) n ON true", "now"),
        ("FROM transfers t WHERE random() < 0.5", "random"),
        ("FROM transfers t WHERE (", ""),
    ] {
        check(changed("test.toml", "FROM transfers t", new), "sql", message);
    }
    assert!(sql::analyse("INSERT INTO transfers VALUES (1)").is_err());
    assert!(sql::analyse("WITH RECURSIVE a AS (SELECT 1 FROM transfers) SELECT 1 FROM a").is_err());
    assert!(sql::analyse("WITH accounts AS (SELECT 1 FROM transfers) SELECT 1 FROM accounts").is_err());
}

#[test]
fn placeholders_stand_outside_quotes_and_casts() {
    let names: Vec<String> = placeholders("a :one 'x :two' \"y :three\" b::text -- :four\n :five_5").into_iter().map(|p| p.name).collect();
    assert_eq!(names, ["one", "five_5"]);
    assert_eq!(render("a :one", |_| None), Err("one".to_owned()));
}

#[test]
fn overrides_hold_within_their_dates() {
    let set = load(files()).expect("in order");
    let (_, indicator) = set.indicator("FTR-99").expect("there");
    let value = |at: &str| set.values(indicator, "PK", Timestamp::parse(at).expect("a time"))["payers_min"].clone();
    assert_eq!(value("2025-06-01T00:00:00Z"), Value::Integer(5));
    assert_eq!(value("2026-06-01T00:00:00Z"), Value::Integer(3));
    assert_eq!(set.areas(Timestamp::parse("2028-01-01T00:00:00Z").expect("a time").date()).len(), 0);
}

#[test]
fn differences_are_named() {
    let (old, new) = (load(files()).expect("in order"), load(changed("test.toml", "weight = 0.8", "weight = 0.9")).expect("in order"));
    assert_ne!(old.hash(), new.hash());
    let changes = diff(&old, &new);
    assert!(changes.iter().any(|change| matches!(change, Change::Altered { id, field, .. } if id == "FTR-99" && *field == "weight")));
    assert_eq!(diff(&old, &old), []);
}

proptest! {
    /// No text can leave its literal: whatever it holds, the statement stays one `SELECT` with that text as a literal.
    #[test]
    fn a_text_cannot_leave_its_literal(text in "[ -~]{0,40}") {
        let sql = format!("SELECT t.obs FROM transfers t WHERE t.purpose = {}", literal(ValueKind::Text, &Value::Text(text.clone())));
        let analysis = sql::analyse(&sql).expect("one select");
        prop_assert_eq!(analysis.tables.len(), 1);
        prop_assert_eq!(analysis.literals.len(), 1);
    }
}
