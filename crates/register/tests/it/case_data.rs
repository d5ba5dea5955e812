//! Tables: grades on other scales, the list of charges, ways of writing, small cells.

use proptest::prelude::*;
use tributary_access::Purpose;
use tributary_model::{Date, InformationGrade, SourceGrade};
use tributary_register::case::charges::{ChargeKind, Charges};
use tributary_register::case::grading::{
    AdmiraltyInformation, AdmiraltySource, EuropolInformation, EuropolSource, admiralty_information, admiralty_source, europol_information,
    europol_source, information_of_admiralty, information_of_europol, information_of_stix, source_of_admiralty, source_of_europol, stix_confidence,
};
use tributary_register::case::{CaseKind, MarkerKind, SMALLEST, normalised, normalised_name, suppress};

use crate::case::{charges, investigator, open, status};
use crate::support::both;

#[test]
fn sg_051_grades_on_other_scales() {
    use InformationGrade::{A, B, C, D, E};
    let table = [
        (A, AdmiraltyInformation::Confirmed, Some(EuropolInformation::One), Some(90)),
        (B, AdmiraltyInformation::ProbablyTrue, Some(EuropolInformation::Two), Some(70)),
        (C, AdmiraltyInformation::PossiblyTrue, Some(EuropolInformation::Three), Some(50)),
        (D, AdmiraltyInformation::Unknown, Some(EuropolInformation::Four), None),
        (E, AdmiraltyInformation::Improbable, None, Some(10)),
    ];
    for (grade, admiralty, europol, stix) in table {
        assert_eq!((admiralty_information(grade), europol_information(grade), stix_confidence(grade)), (admiralty, europol, stix), "{grade:?}");
        assert_eq!(information_of_admiralty(admiralty), grade, "and back");
        assert_eq!(information_of_stix(stix), grade, "and back");
        assert!(europol.is_none_or(|europol| information_of_europol(europol) == grade), "and back");
    }
    let sources = [
        (SourceGrade::Reliable, AdmiraltySource::A, EuropolSource::A),
        (SourceGrade::Untested, AdmiraltySource::F, EuropolSource::X),
        (SourceGrade::NotReliable, AdmiraltySource::E, EuropolSource::C),
    ];
    for (grade, admiralty, europol) in sources {
        assert_eq!((admiralty_source(grade), europol_source(grade)), (admiralty, europol));
        assert_eq!((source_of_admiralty(admiralty), source_of_europol(europol)), (grade, grade), "and back");
    }
    // What lies between two grades claims the less of them, and what nobody judged stays so: never an even chance.
    assert_eq!(source_of_admiralty(AdmiraltySource::B), SourceGrade::Reliable);
    for between in [AdmiraltySource::C, AdmiraltySource::D] {
        assert_eq!(source_of_admiralty(between), SourceGrade::Untested);
    }
    assert_eq!(source_of_europol(EuropolSource::B), SourceGrade::Untested);
    assert_eq!(information_of_admiralty(AdmiraltyInformation::Doubtful), D);
    for confidence in [None, Some(20), Some(39), Some(101), Some(255)] {
        assert_eq!(information_of_stix(confidence), D, "{confidence:?}");
    }
    assert_eq!((information_of_stix(Some(0)), information_of_stix(Some(40)), information_of_stix(Some(100))), (E, C, A));
}

#[test]
fn the_list_of_charges_reads_and_knows_its_days() {
    let list = charges();
    assert!(list.charges.len() > 40 && list.get("pk-ptpa-adult").is_some_and(|charge| charge.kind == ChargeKind::Offence));
    for act in ["Prevention of Trafficking in Persons Act", "Anti-Terrorism Act", "Pakistan Penal Code"] {
        assert!(list.charges.iter().any(|charge| charge.act.starts_with(act)), "{act}");
    }
    let day = |text: &str| Date::parse(text).unwrap();
    let fits = |id: &str, kind: CaseKind, on: &str, confirmed: bool| list.offence(id, kind, day(on), confirmed).is_ok();
    assert!(fits("pk-ptpa-adult", CaseKind::Trafficking, "2018-06-01", false));
    assert!(!fits("pk-ptpa-adult", CaseKind::Trafficking, "2018-05-31", true), "before it was in force, whoever confirms");
    assert!(!fits("pk-ptpa-adult", CaseKind::Financing, "2020-01-01", false), "for another kind of case");
    assert!(!fits("pk-ata-11n", CaseKind::Financing, "2020-01-01", true), "a penalty");
    let head = "jurisdiction=\"PK\"\nversion=\"1\"\nowner=\"x\"\nreview_on=\"2027-01-01\"\n";
    let line =
        "[[charge]]\nid=\"a\"\nact=\"b\"\nsection=\"1\"\ntitle=\"c\"\nkind=\"offence\"\ncase_kinds=[\"trafficking\"]\nmark=\"M\"\nsource=\"d\"\n";
    assert!(Charges::parse(&format!("{head}{line}")).is_ok());
    for wrong in [
        format!("{head}{line}{line}"),
        format!("{head}{line}valid_from=\"2020-01-02\"\nvalid_until=\"2020-01-01\"\n"),
        format!("{head}{line}penalty=\"life\"\n"),
        line.to_owned(),
        "not toml".to_owned(),
        "#".repeat((1 << 20) + 1),
    ] {
        assert_eq!(status(Charges::parse(&wrong)), 422, "{}", wrong.chars().take(80).collect::<String>());
    }
}

#[test]
fn one_thing_has_one_way_of_writing() {
    use MarkerKind::{Account, Document, Party, Pattern, Phone, Vehicle, Wallet};
    let same: [(MarkerKind, &[&str], &str); 8] = [
        (Phone, &["+92 300 1234567", "0092-300-1234567", "0300 1234567", "+92 (0)300 1234567"], "+923001234567"),
        (
            Wallet,
            &["0x52908400098527886E0F7030069857D2E4169EE7", "0x52908400098527886e0f7030069857d2e4169ee7"],
            "0x52908400098527886e0f7030069857d2e4169ee7",
        ),
        (Account, &["PK36 SCBL 0000 0011 2345 6702", "pk36scbl0000001123456702"], "PK36SCBL0000001123456702"),
        (Account, &["bank a: 0012-345", "BANKA:0012345"], "BANKA:0012345"),
        (Pattern, &["fan in|pk-pb>ae", "Fan-In|PK-PB > AE"], "fan-in|PK-PB>AE"),
        (Vehicle, &["abc-123", "ABC 123"], "ABC123"),
        (Document, &["PK:CNIC:00000-0000000-1", "pk:cnic:0000000000001"], "PK:cnic:0000000000001"),
        (Party, &["SECP: 00 12", "secp:0012"], "secp:0012"),
    ];
    for (kind, ways, one) in same {
        for way in ways {
            assert_eq!(normalised(kind, way, "PK").unwrap(), one, "{way}");
        }
    }
    let wrong: [(MarkerKind, &[&str]); 7] = [
        (Phone, &["", "300", "call me", "+92 300 12+34567", "1234567890123456", "3001234567"]),
        (Wallet, &["short", "0x5290 8400", "has spaces in the middle of it"]),
        (Account, &["PK37SCBL0000001123456702", "PK", "b:1"]),
        (Pattern, &["fan-in", "fan-in|PK", "fan-in|Pakistan>AE"]),
        (Vehicle, &["a", "plate\u{e9}123"]),
        (Document, &["PK:cnic:123", "passport:1", "PK:passport:\u{0}\u{0}\u{0}\u{0}\u{0}"]),
        (Party, &["nothing", "x:1"]),
    ];
    for (kind, values) in wrong {
        for value in values {
            assert_eq!(status(normalised(kind, value, "PK")), 422, "{kind:?} {value}");
        }
    }
    assert_eq!(status(normalised(Phone, "0300 1234567", "ZZ")), 422, "a national number of a country whose code is not known");
    assert_eq!(normalised_name("Test,  PERSON-Alpha"), normalised_name("alpha test person"));
    assert_ne!(normalised_name("Alpha"), normalised_name("Alfa"), "likeness is not sameness");
    assert_eq!((normalised_name(" - "), normalised_name("12 34")), (None, None));
}

proptest! {
    #[test]
    fn normalising_twice_is_normalising_once(kind in 0..7_usize, value in "\\PC{0,60}") {
        let kind = MarkerKind::ALL[kind];
        if let Ok(one) = normalised(kind, &value, "PK") {
            prop_assert_eq!(normalised(kind, &one, "PK").unwrap(), one);
        }
    }

    /// SG-039: neither a cell nor what can be worked out from the cells tells of fewer than eleven, but of nobody.
    #[test]
    fn sg_039_no_small_group_can_be_worked_out(counts in prop::collection::vec(prop::collection::vec(0..60_u64, 4), 1..4)) {
        let nested: Vec<Vec<u64>> = counts.into_iter().map(|mut row| { row.sort_unstable_by(|a, b| b.cmp(a)); row }).collect();
        let shown = suppress(&nested);
        let fine = |size: u64| size == 0 || size >= SMALLEST;
        for (row, cells) in nested.iter().zip(&shown.rows) {
            let seen: Vec<u64> = cells.iter().flatten().copied().collect();
            prop_assert!(seen.iter().all(|count| *count >= SMALLEST));
            prop_assert!(seen.windows(2).all(|pair| fine(pair[0] - pair[1])), "who left between two stages");
            prop_assert_eq!(&seen[..], &row[..seen.len()], "what is shown is true, and nothing stands behind a gap");
        }
        for (column, total) in shown.totals.iter().enumerate() {
            // A total next to a hidden cell would tell it.
            let hidden = shown.rows.iter().any(|row| row[column].is_none());
            prop_assert_eq!(total.is_none(), hidden);
            if let Some(total) = total {
                prop_assert_eq!(*total, nested.iter().map(|row| row[column]).sum::<u64>());
            }
        }
    }
}

#[test]
fn sg_039_the_funnel_shows_no_small_cell_and_stays_for_a_quarter() {
    both(|office| async move {
        let register = &office.register;
        for _ in 0..10 {
            open(&office, "police-1").await;
        }
        let reader = office.caller("auditor-1", Purpose::Statistics).await;
        let year = 2026;
        let now = register.funnel(&reader, year, office.at(10)).await.unwrap();
        assert!(now.rows.iter().all(|row| row.reported.is_none()), "ten are too few");
        open(&office, "police-1").await;
        assert_eq!(register.funnel(&reader, year, office.at(20)).await.unwrap(), now, "until the quarter ends");
        let next = register.funnel(&reader, year, office.at(100 * 24 * 60)).await.unwrap();
        assert_eq!((next.rows[0].reported, next.rows[0].investigated, next.rows[3].reported), (Some(11), None, None));
        open(&office, "police-1").await;
        let after = register.funnel(&reader, year, office.at(200 * 24 * 60)).await.unwrap();
        assert_eq!(after, next, "one more case is not told by two releases");
        assert_eq!(status(register.funnel(&reader, 2090, office.at(10)).await), 422);
        let police = investigator(&office, "police-1").await;
        assert_eq!(status(register.funnel(&police, year, office.at(10)).await), 403, "not for an investigation");
    });
}
