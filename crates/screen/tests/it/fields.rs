//! Dates of birth and countries.

use tributary_screen::{Birth, BirthLevel};

fn check(a: &str, b: &str, expected: BirthLevel) {
    let (left, right) = (Birth::parse(a).unwrap(), Birth::parse(b).unwrap());
    assert_eq!(left.level(right), expected, "{a} and {b}");
    assert_eq!(right.level(left), expected, "{b} and {a}");
}

#[test]
fn dates_of_birth_agree_by_levels() {
    for (a, b, expected) in [
        ("1971-05-14", "14 May 1971", BirthLevel::Day),
        ("1971-05-04", "1971-04-05", BirthLevel::Swapped),
        ("1971-05-14", "1981-05-14", BirthLevel::YearDigit),
        ("1971-05-14", "1972-05-14", BirthLevel::YearDigit),
        ("1971-05-14", "1971", BirthLevel::Year),
        ("1971-01-01", "1971-01-01", BirthLevel::Year),
        ("1971-01-01", "1971-05-14", BirthLevel::Year),
        ("1971-05-14", "May 1971", BirthLevel::Year),
        ("1971-05-14", "Jun 1971", BirthLevel::OtherDay),
        ("circa 1971", "1973-02-02", BirthLevel::Span),
        ("1970 to 1974", "1973-02-02", BirthLevel::Span),
        ("1970-1974", "1972", BirthLevel::Span),
        ("1971", "1972", BirthLevel::NextYear),
        ("1971-05-14", "1971-05-15", BirthLevel::OtherDay),
        ("1971-05-14", "1974-02-15", BirthLevel::Near),
        ("1971-05-14", "1990-02-15", BirthLevel::Far),
        ("1971", "1990", BirthLevel::Far),
    ] {
        check(a, b, expected);
    }
}

#[test]
fn dates_that_are_none_are_refused() {
    for text in ["", "spring", "1971-13-01", "31 Feb 1971", "0971", "1971 to 2071", "1974 to 1970", "19/1/1/1", &"9".repeat(500)] {
        assert_eq!(Birth::parse(text), None, "{text}");
    }
}

#[test]
fn dates_read_as_they_are_shown() {
    for (text, shown) in
        [("14 May 1971", "1971-05-14"), ("circa 1971", "about 1971"), ("1970-1974", "1970 to 1974"), ("1971-03", "1971-03-01 to 1971-03-31")]
    {
        assert_eq!(Birth::parse(text).unwrap().to_string(), shown);
    }
}

#[test]
fn countries_have_codes() {
    for (name, code) in [("Afghanistan", Some("AF")), ("pk", Some("PK")), ("the Republic of Nowhere", None)] {
        assert_eq!(tributary_model::country::code(name), code, "{name}");
    }
}
