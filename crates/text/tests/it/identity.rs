//! Dates of birth, identity numbers, phones and addresses in local form.

use proptest::prelude::*;
use tributary_text::{
    AddressLevel, BirthLevel, IdentifierLevel, cnic, compare_addresses, compare_birth_dates, compare_documents, compare_phones, e_tazkira,
    international_phone, paper_tazkira,
};

#[track_caller]
fn check<Level: PartialEq + std::fmt::Debug>(compare: impl Fn(&str, &str) -> Level, cases: &[(&str, &str, Level)]) {
    for (a, b, expected) in cases {
        assert_eq!(compare(a, b), *expected, "{a:?} and {b:?}");
        assert_eq!(compare(b, a), *expected, "{b:?} and {a:?}");
    }
}

#[test]
fn dates_of_birth() {
    use BirthLevel::{Different, EstimatedNearYear, EstimatedSameYear, Exact, OneDigit, OtherCalendar, Swapped, Unknown, YearOnly};
    check(
        compare_birth_dates,
        &[
            ("1984-05-17", "1984-05-17", Exact),
            ("1984-05-17", "۱۹۸۴/۰۵/۱۷", Exact),
            ("1984-05-07", "1984-07-05", Swapped),
            ("1984-05-17", "1984-05-19", OneDigit),
            ("1984-05-17", "1994-05-17", OneDigit),
            ("1984-01-01", "1984-05-17", EstimatedSameYear),
            ("1984-01-01", "1984-01-01", EstimatedSameYear),
            ("1984-01-01", "1985-05-17", EstimatedNearYear),
            ("1984", "1984-05-17", EstimatedSameYear),
            ("1984", "1990-05-17", Different),
            ("1984-05-17", "1984-11-29", YearOnly),
            ("1984-05-17", "1979-11-28", Different),
            // 1 Farvardin 1400 was 21 March 2021; 1 Muharram 1442 fell on 20 August 2020; 22 Bahman 1357 was 11 February 1979.
            ("1400-01-02", "2021-03-22", OtherCalendar),
            ("1357-11-22", "1979-02-11", OtherCalendar),
            ("1442-01-02", "2020-08-21", OtherCalendar),
            ("1363-01-01", "1984-01-01", EstimatedSameYear),
            ("1363", "1984", EstimatedSameYear),
            ("1363-03-04", "1990-03-04", Different),
            ("", "1984-05-17", Unknown),
            ("1984-13-17", "1984-05-17", Unknown),
            ("17 May", "1984-05-17", Unknown),
        ],
    );
}

#[test]
fn identity_numbers() {
    use IdentifierLevel::{Different, Exact, OneSlip, Unknown};
    assert_eq!(cnic("00000-1234567-1").as_deref(), Some("0000012345671"));
    assert_eq!(cnic("0000 01234567 1"), None);
    assert_eq!(e_tazkira("1400-0101-12345").as_deref(), Some("1400010112345"));
    assert_eq!(paper_tazkira("جلد ۱۲، صفحه ۳۴، نمبر ۵۶۷۸").map(|t| (t.volume, t.page, t.serial)), Some((12, 34, 5_678)));
    check(
        compare_documents,
        &[
            ("00000-1234567-1", "0000012345671", Exact),
            ("00000-1234567-1", "۰۰۰۰۰-۱۲۳۴۵۶۷-۱", Exact),
            ("00000-1234567-1", "00000-1234576-1", OneSlip),
            ("00000-1234567-1", "00000-1234569-1", OneSlip),
            ("00000-1234567-1", "00000-9876543-1", Different),
            ("1400-0101-12345", "1400010112345", Exact),
            ("12/34/5678", "12-34-5678", Exact),
            ("12/34/5678", "12/35/5678", OneSlip),
            ("12/34/5678", "1/3/5678", Different),
            ("00000-1234567-1", "1400-0101-12345", Unknown),
            ("AB123", "AB123", Unknown),
        ],
    );
}

/// SG-004: digits that stand for a sex or a province weigh as every other digit.
#[test]
fn no_digit_of_a_number_is_read_for_a_trait() {
    let base = "00000-1234567-1";
    for at in (0..base.len()).filter(|at| base.as_bytes()[*at] != b'-') {
        let mut other = base.to_owned().into_bytes();
        other[at] = b'9';
        assert_eq!(compare_documents(base, &String::from_utf8(other).unwrap()), IdentifierLevel::OneSlip, "digit {at}");
    }
}

#[test]
fn phones() {
    use IdentifierLevel::{Different, Exact, OneSlip, Tail, Unknown};
    for (phone, country, expected) in [
        ("0300 1234567", Some("PK"), "+923001234567"),
        ("0092 300 1234567", None, "+923001234567"),
        ("+92 (0)300-1234567", None, "+923001234567"),
        ("92 300 1234567", Some("PK"), "+923001234567"),
        ("070 123 4567", Some("AF"), "+93701234567"),
        ("+93 70 123 4567", Some("PK"), "+93701234567"),
        ("050 123 4567", Some("AE"), "+971501234567"),
        ("0300 1234567", None, "03001234567"),
        ("12", Some("PK"), ""),
    ] {
        assert_eq!(international_phone(phone, country), expected, "{phone}");
    }
    check(
        |a, b| compare_phones(a, b, None),
        &[
            ("03001234567", "+92 300 1234567", Tail),
            ("03001234567", "0300-1234567", Exact),
            ("03001234567", "03001234576", OneSlip),
            ("+923001234567", "+93701234567", Different),
            ("", "03001234567", Unknown),
        ],
    );
    check(|a, b| compare_phones(a, b, Some("PK")), &[("03001234567", "+92 300 1234567", Exact), ("0701234567", "+93701234567", Different)]);
}

#[test]
fn addresses() {
    use AddressLevel::{Different, Exact, OtherNumber, SameArea, SamePlace, Unknown};
    check(
        compare_addresses,
        &[
            ("H.No. 12, St 4, Mohalla Gulshan", "House #۱۲ Gali 4 Muhallah Gulshan Town", SamePlace),
            ("House 12 Street 4 Gulshan", "Gulshan, Street 4, House 12", Exact),
            ("گلی نمبر 4 محلہ گلشن", "محله گلشن، گلی ۴", Exact),
            ("House 12 Street 4 Gulshan", "Street 4 Gulshan", SameArea),
            ("House 12 Street 4 Gulshan", "House 19 Street 4 Gulshan", OtherNumber),
            ("House 12 Street 4 Gulshan", "House 12 Street 4 Satellite Town", Different),
            ("Killi Spinwar Tehsil Chaman", "Village Spinwar, Chaman", SamePlace),
            ("", "House 12", Unknown),
        ],
    );
}

proptest! {
    /// Whatever is given, the answer is symmetric, and what is equal and readable is never called different.
    #[test]
    fn levels_are_symmetric(a in "\\PC{0,20}", b in "[0-9+ /-]{0,18}") {
        prop_assert_eq!(compare_birth_dates(&a, &b), compare_birth_dates(&b, &a));
        prop_assert_eq!(compare_documents(&a, &b), compare_documents(&b, &a));
        prop_assert_eq!(compare_phones(&a, &b, Some("PK")), compare_phones(&b, &a, Some("PK")));
        prop_assert_eq!(compare_addresses(&a, &b), compare_addresses(&b, &a));
        prop_assert!(matches!(compare_phones(&b, &b, None), IdentifierLevel::Exact | IdentifierLevel::Unknown));
        prop_assert!(matches!(compare_addresses(&a, &a), AddressLevel::Exact | AddressLevel::Unknown));
        prop_assert!(!matches!(compare_birth_dates(&b, &b), BirthLevel::Different));
    }
}
