//! Lists as their publishers write them, with invented entries.

use proptest::prelude::*;
use tributary_screen::read::{self, ReadError, Reading};
use tributary_screen::{Kind, Quality};

use crate::shared::{day, today};

const UN: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST dateGenerated="2026-02-27T00:00:09.554Z"><INDIVIDUALS><INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>ZARLAKHT</FIRST_NAME>
<SECOND_NAME>MARUFKHEL</SECOND_NAME><UN_LIST_TYPE>Invented</UN_LIST_TYPE><REFERENCE_NUMBER>XXi.001</REFERENCE_NUMBER><GENDER>Male</GENDER>
<NAME_ORIGINAL_SCRIPT>زرلخت معروف خیل</NAME_ORIGINAL_SCRIPT><NATIONALITY><VALUE>Afghanistan</VALUE></NATIONALITY>
<INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Zarlakht Khel</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>Torbaaz</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1970</FROM_YEAR><TO_YEAR>1973</TO_YEAR></INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>APPROXIMATELY</TYPE_OF_DATE><YEAR>1971</YEAR></INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_PLACE_OF_BIRTH><CITY>Shindokai</CITY><COUNTRY>Afghanistan</COUNTRY></INDIVIDUAL_PLACE_OF_BIRTH>
<INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT><NUMBER>ZX4481209</NUMBER></INDIVIDUAL_DOCUMENT></INDIVIDUAL></INDIVIDUALS>
<ENTITIES><ENTITY><DATAID>2</DATAID><FIRST_NAME>Invented Trading &amp; Co</FIRST_NAME></ENTITY><ENTITY><FIRST_NAME>No Id</FIRST_NAME></ENTITY></ENTITIES></CONSOLIDATED_LIST>"#;

fn names(reading: &Reading, id: &str) -> Vec<(String, Quality)> {
    reading.list.entry(id).unwrap().names.iter().map(|name| (name.text.clone(), name.quality)).collect()
}

#[test]
fn the_un_list() {
    let reading = read::un(UN.as_bytes(), today()).unwrap();
    assert_eq!((reading.list.name.as_str(), reading.list.published, reading.list.entries.len()), ("un", Some(day("2026-02-27")), 2));
    let expected = [
        ("ZARLAKHT MARUFKHEL", Quality::Primary),
        ("زرلخت معروف خیل", Quality::Primary),
        ("Zarlakht Khel", Quality::Strong),
        ("Torbaaz", Quality::Weak),
    ];
    assert_eq!(names(&reading, "XXi.001"), expected.map(|(text, quality)| (text.to_owned(), quality)));
    let entry = reading.list.entry("XXi.001").unwrap();
    assert_eq!(entry.births.iter().map(ToString::to_string).collect::<Vec<_>>(), ["1970 to 1973", "about 1971"]);
    assert_eq!(
        (entry.places.as_slice(), entry.documents.as_slice()),
        (&["Shindokai, Afghanistan".to_owned()][..], &["passport:ZX4481209".to_owned()][..])
    );
    assert_eq!((reading.put_aside_count, reading.put_aside[0].piece.as_str()), (1, "No Id"));
    assert_eq!(reading.list.entry("2").unwrap().names[0].text, "Invented Trading & Co");
}

/// SG-005: what may not enter is dropped and counted, and is nowhere in the entry.
#[test]
fn traits_are_dropped_and_counted() {
    assert_eq!(read::un(UN.as_bytes(), today()).unwrap().dropped, 1);
    let line = r#"{"id":"p","schema":"Person","properties":{"name":["Zarlakht Marufkhel"],"gender":["male"],"religion":["zzfaith"],"ethnicity":["zzfolk"]}}"#;
    let reading = read::follow_the_money(line.as_bytes(), "own", None, today()).unwrap();
    assert_eq!(reading.dropped, 3);
    let text = serde_json::to_string(&reading.list).unwrap();
    assert!(!text.contains("zzf") && !text.contains("male"), "{text}");
}

#[test]
fn the_ofac_list() {
    let sdn = "7,\"MARUFKHEL, Zarlakht\",\"individual\",\"SDGT] [INV\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"DOB 14 May 1971; alt. DOB circa 1972; POB Shindokai, Afghanistan; nationality Afghanistan; Gender Male; Passport ZX4481209 (Afghanistan); Digital Currency Address - XBT bc1qinvented; a.k.a. 'TORBAAZ'.\"\r\n8,\"INVENTED SHIP\",\"vessel\",\"INV\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n9,\"BROKEN\"\r\n\u{1a}\r\n";
    let add = "7,1,\"Street 1\",\"Gul Dara\",\"Afghanistan\",-0- \r\n";
    let alt = "7,2,\"aka\",\"MARUFKHEIL, Zarlakht\",-0- \r\n";
    let reading = read::ofac(sdn.as_bytes(), add.as_bytes(), alt.as_bytes(), None, today()).unwrap();
    let expected = [("Zarlakht MARUFKHEL", Quality::Primary), ("Zarlakht MARUFKHEIL", Quality::Strong), ("TORBAAZ", Quality::Weak)];
    assert_eq!(names(&reading, "7"), expected.map(|(text, quality)| (text.to_owned(), quality)));
    let entry = reading.list.entry("7").unwrap();
    assert_eq!(entry.births.iter().map(ToString::to_string).collect::<Vec<_>>(), ["1971-05-14", "about 1972"]);
    assert_eq!((entry.wallets.as_slice(), entry.programmes.len()), (&["bc1qinvented".to_owned()][..], 2));
    assert_eq!(reading.list.entry("8").unwrap().kind, Kind::Craft);
    assert_eq!(reading.put_aside_count, 1);
}

#[test]
fn the_eu_list() {
    let text = r#"<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2026-02-20T10:00:00.000+01:00"><sanctionEntity logicalId="13" euReferenceNumber="EU.1.1">
<regulation programme="INV"/><subjectType code="person"/><nameAlias wholeName="Zarlakht MARUFKHEL" gender="M" strong="true"/>
<nameAlias firstName="Zarlakht" lastName="Khel" strong="true"/><nameAlias wholeName="Torbaaz" strong="false"/>
<birthdate birthdate="1971-05-14" circa="false" city="Shindokai" countryDescription="AFGHANISTAN"/><citizenship countryIso2Code="AF"/>
<identification identificationTypeCode="passport" number="ZX4481209"/></sanctionEntity></export>"#;
    let reading = read::eu(text.as_bytes(), today()).unwrap();
    let expected = [("Zarlakht MARUFKHEL", Quality::Primary), ("Zarlakht Khel", Quality::Strong), ("Torbaaz", Quality::Weak)];
    assert_eq!(names(&reading, "13"), expected.map(|(text, quality)| (text.to_owned(), quality)));
    let entry = reading.list.entry("13").unwrap();
    assert_eq!((entry.kind, entry.births.len(), entry.documents.as_slice()), (Kind::Person, 1, &["passport:ZX4481209".to_owned()][..]));
    assert_eq!((reading.list.published, reading.dropped), (Some(day("2026-02-20")), 1));
}

#[test]
fn follow_the_money_lines() {
    let lines = concat!(
        r#"{"id":"p","schema":"Person","properties":{"name":["Zarlakht Marufkhel"],"weakAlias":["Torbaaz"],"birthDate":["1971"],"programId":["INV"]}}"#,
        "\n",
        r#"{"id":"d","schema":"Passport","properties":{"holder":["p"],"number":["ZX4481209"]}}"#,
        "\nnot json\n",
        r#"{"id":"o","schema":"Ownership","properties":{"owner":["p"]}}"#,
    );
    let reading = read::follow_the_money(lines.as_bytes(), "any", Some(day("2026-02-01")), today()).unwrap();
    let entry = reading.list.entry("p").unwrap();
    assert_eq!((entry.documents.as_slice(), entry.names.len(), entry.births.len()), (&["passport:ZX4481209".to_owned()][..], 2, 1));
    assert_eq!((reading.list.entries.len(), reading.put_aside_count), (1, 1));
}

#[test]
fn an_own_list_as_csv() {
    let text = "id,name,weak_alias,kind,birth,document,religion\n1,Zarlakht Marufkhel;زرلخت معروف خیل,Torbaaz,person,1971;1972,passport:ZX4481209,zzfaith\n2,Named,,robot,,,\n,No Id,,,,,\n3,,,,,,\n";
    let reading = read::csv(text.as_bytes(), "own", None, today()).unwrap();
    assert_eq!((names(&reading, "1").len(), reading.list.entries.len(), reading.put_aside_count), (3, 1, 3));
    assert!(!serde_json::to_string(&reading.list).unwrap().contains("zzfaith"));
    assert!(matches!(read::csv(b"number,who\n1,a\n", "own", None, today()), Err(ReadError::Shape { .. })));
}

#[test]
fn what_is_no_list_is_refused() {
    for bytes in [&b""[..], b"<html></html>", b"<CONSOLIDATED_LIST>", b"\xff\xfe"] {
        assert!(read::un(bytes, today()).is_err() && read::eu(bytes, today()).is_err());
        assert!(read::follow_the_money(bytes, "x", None, today()).is_err());
    }
    assert!(read::ofac(b"", b"", b"", None, today()).is_err());
    let deep = format!("<CONSOLIDATED_LIST>{}", "<INDIVIDUAL>".repeat(100));
    assert!(matches!(read::un(deep.as_bytes(), today()), Err(ReadError::Damaged { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// No bytes make a reader panic.
    #[test]
    fn any_bytes_are_read_or_refused(noise in proptest::collection::vec(any::<u8>(), 0..200), cut in 0_usize..2_000) {
        let mut bytes = UN.as_bytes().get(..cut.min(UN.len())).unwrap_or_default().to_vec();
        bytes.extend(&noise);
        let _ = (read::un(&bytes, today()), read::eu(&bytes, today()), read::follow_the_money(&noise, "x", None, today()));
        let _ = (read::ofac(&noise, &noise, &noise, None, today()), read::csv(&noise, "x", None, today()));
    }
}
