//! Kernels by cases.

use proptest::prelude::*;
use tributary_linkage::config::{Comparison, Config, Measure, Part, TextLevel};
use tributary_linkage::date::{self, Agreement};
use tributary_linkage::strings::{edits, jaro_winkler, phonetic, within_one};
use tributary_linkage::{LinkageError, Table, kilometres, reference};

#[test]
fn dates_agree_as_people_write_them() {
    let check = |a: &str, b: &str, want: Agreement| {
        let (a, b) = (date::read(a).unwrap(), date::read(b).unwrap());
        assert_eq!((date::agree(a, b), date::agree(b, a)), (want, want), "{a:?} {b:?}");
    };
    check("1980-03-04", "19800304", Agreement::Exact);
    check("1980-03-04", "04/03/1980", Agreement::Exact);
    check("1980-03-04", "1980-04-03", Agreement::Swapped);
    check("1980-03-04", "1980-01-01", Agreement::NewYearHabit);
    check("1980-03-04", "1980", Agreement::NewYearHabit);
    check("1980-03-04", "1980-03-14", Agreement::DayDigit);
    check("1980-03-04", "1980-03-28", Agreement::SameMonth);
    check("1980-03-04", "1970-03-04", Agreement::YearDigit);
    check("1980-03-04", "1955-03-04", Agreement::SameDay);
    check("1980-03-04", "1980-05-04", Agreement::OneDigit);
    check("1980-03-04", "1980-11-20", Agreement::SameYear);
    check("1980-03-04", "1981-11-20", Agreement::NearYear);
    check("1980-03-04", "1999-11-20", Agreement::Different);
    for no in ["", "yesterday", "1980-44-01", "1980-01-01-01", "٣", "12"] {
        assert_eq!(date::read(no), None, "{no}");
    }
}

#[test]
fn strings_by_known_values() {
    let jw = |a: &str, b: &str| (jaro_winkler(a.as_bytes(), b.as_bytes()) * 1000.0).round() / 1000.0;
    assert_eq!([jw("martha", "marhta"), jw("dixon", "dicksonx"), jw("dwayne", "duane"), jw("abc", "xyz")], [0.961, 0.813, 0.84, 0.0]);
    assert_eq!([edits(b"ca", b"abc", 3), edits(b"kitten", b"sitting", 3), edits(b"ab", b"ba", 3), edits(b"aaaa", b"bbbb", 2)], [3, 3, 1, 3]);
    assert_eq!(phonetic("qadir"), phonetic("kadeer"));
    assert_ne!(phonetic("qadir"), phonetic("latif"));
}

proptest! {
    #[test]
    fn one_edit_is_a_distance_of_one(a in "[abc]{0,7}", b in "[abc]{0,7}") {
        prop_assert_eq!(within_one(a.as_bytes(), b.as_bytes()), edits(a.as_bytes(), b.as_bytes(), 4) <= 1);
        let s = jaro_winkler(a.as_bytes(), b.as_bytes());
        prop_assert!((0.0..=1.0).contains(&s));
        prop_assert!((s - jaro_winkler(b.as_bytes(), a.as_bytes())).abs() < 0.2);
    }
}

fn level(measure: Measure, a: &str, b: &str) -> String {
    let mut table = Table::new(&["x"]).unwrap();
    table.push([a]).unwrap();
    table.push([b]).unwrap();
    let part = Part { column: "x".into(), measure, term_frequency: true };
    let config = Config::new(vec![Comparison { name: "x".into(), parts: vec![part], household: false }]);
    reference::levels(&table, &config, 0, 1).unwrap().remove(0)
}

#[test]
fn levels_of_every_measure() {
    let names =
        || Measure::Text(vec![TextLevel::OneEdit(4), TextLevel::Initial, TextLevel::JaroWinkler(0.9), TextLevel::Phonetic, TextLevel::Prefix(3)]);
    let cases = [
        (names(), "Amina", "amina ", "exact"),
        (names(), "amina", "", "absent"),
        (names(), "amina", "anina", "one edit in 4 or more"),
        (names(), "amina", "a", "initial"),
        (names(), "abdulrahman", "abdulrahmaan jan", "Jaro–Winkler ≥ 0.9"),
        (names(), "qadir", "kadeer", "same sound"),
        (names(), "abcxyz", "abclmnoprs", "first 3"),
        (names(), "amina", "bilal", "different"),
        (Measure::Text(vec![TextLevel::User]), "a.b@one.example", "a.b@two.example", "same before @"),
        (Measure::Text(vec![TextLevel::Edits(2)]), "12345", "12354", "2 edits"),
        (Measure::Set('|'), "a|b", "b|a", "exact"),
        (Measure::Set('|'), "a|b", "a", "one within the other"),
        (Measure::Set('|'), "a|b|c", "a|b|d", "half in common"),
        (Measure::Set('|'), "a|b|c", "a|d|e", "something in common"),
        (Measure::Set('|'), "a|b", "c", "different"),
        (Measure::Place(vec![1.0, 50.0]), "34.5,69.2", "34.501,69.2", "within 1 km"),
        (Measure::Place(vec![1.0, 50.0]), "34.5,69.2", "34.7,69.2", "within 50 km"),
        (Measure::Place(vec![1.0, 50.0]), "34.5,69.2", "24.9,67.0", "different"),
        (Measure::Date, "1980-01-02", "1980-02-01", "day and month swapped"),
    ];
    for (measure, a, b, want) in cases {
        assert_eq!(level(measure.clone(), a, b), want, "{a} {b}");
        assert_eq!(level(measure, b, a), want, "{b} {a}");
    }
    assert!((kilometres((0.0, 0.0), (0.0, 180.0)) - 20015.1).abs() < 0.1);
}

#[test]
fn a_table_says_what_is_wrong() {
    assert_eq!(Table::new(&["a", "a"]).unwrap_err(), LinkageError::ColumnTwice { name: "a".into() });
    let mut table = Table::new(&["a", "b"]).unwrap();
    assert_eq!(table.push(["1"]).unwrap_err(), LinkageError::RowWidth { row: 1, given: 1, wanted: 2 });
    assert_eq!(table.push(["1", "2", "3"]).unwrap_err(), LinkageError::RowWidth { row: 1, given: 3, wanted: 2 });
    table.push(["1", " "]).unwrap();
    assert_eq!((table.rows(), table.columns()[1].text(0)), (1, None));
}

#[test]
fn rows_read_in_batches_are_rows_pushed_one_by_one() {
    let made = crate::people::rows(8, 300);
    let pushed = crate::people::table(&made);
    for size in [1, 7, 5_000] {
        let mut read = Table::new(&crate::people::COLUMNS).unwrap();
        let mut left = made.iter();
        let fill = |batch: &mut tributary_linkage::Batch| -> Result<(), LinkageError> {
            assert!(matches!(batch.push(["too", "few"]), Err(LinkageError::RowWidth { row: 1, given: 2, wanted: 5 })));
            left.by_ref().take(size).try_for_each(|(values, _)| batch.push(values.iter().map(String::as_str)))
        };
        read.read(fill).unwrap();
        assert_eq!(read.rows(), pushed.rows());
        for (a, b) in read.columns().iter().zip(pushed.columns()) {
            assert_eq!(a.codes(), b.codes());
            assert!(
                (0..b.dictionary().len() as u32)
                    .all(|c| a.dictionary().value(c) == b.dictionary().value(c) && a.dictionary().count(c) == b.dictionary().count(c))
            );
        }
    }
    let mut failing = Table::new(&["a"]).unwrap();
    let mut batches = 0;
    let fill = |batch: &mut tributary_linkage::Batch| -> Result<(), LinkageError> {
        batches += 1;
        if batches > 2 { Err(LinkageError::NothingToCompare) } else { batch.push(["x"]) }
    };
    assert_eq!(failing.read(fill), Err(LinkageError::NothingToCompare));
    assert_eq!(failing.rows(), 2);
}
