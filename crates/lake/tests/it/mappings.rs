//! Mapping files: what they do, and what they refuse.

use tributary_ingest::{HashKey, Mapping};
use tributary_lake::{IngestRequest, NoObserver, Session, SessionOptions};

use crate::support::{Place, account, data, provenance};

fn rows(place: &Place, sql: &str) -> String {
    let session = Session::over(&place.lake, &place.lake.snapshot().unwrap(), &SessionOptions::default()).unwrap();
    format!("{:?}", session.query(sql).unwrap())
}

#[test]
fn every_rule_does_what_it_says() {
    let mapping = r#"
name = "bank"
drop = ["label"]
[read]
delimiter = ";"
encoding = "windows-1256"
[[output]]
table = "transfers"
only = [{ column = "kind", is_not = ["fee"] }]
[output.columns]
transfer_id = { row = true, prefix = "bank-" }
at = { from = "when", pattern = "%d.%m.%Y %H:%M", zone = "Asia/Karachi" }
from_account = { from = ["branch", "account"], join = "/" }
to_account = { from = "to", keyed_hash = true }
amount = { from = "paisa", scale = "0.01" }
currency = { constant = "PKR" }
channel = { from = "kind", values = { W = "wire" }, otherwise = "other" }
purpose = "note"
"#;
    let (note, _, _) = encoding_rs::WINDOWS_1256.encode("سلام");
    let bytes = [
        b"when;branch;account;to;paisa;kind;note;label;extra\n01.03.2025 15:00;7;x;y;12345;W;".as_slice(),
        &note,
        b";1;e\n01.03.2025 15:00;7;x;y;1;fee;;;\n",
    ]
    .concat();
    let place = Place::new();
    let mut request = place.request("export.txt", &bytes);
    request.mapping = Some(Mapping::parse(mapping).unwrap());
    assert!(place.lake.ingest(&request, &NoObserver).unwrap_err().to_string().contains("with a key"));
    request.key = HashKey::new(b"0123456789abcdef");
    let report = place.lake.ingest(&request, &NoObserver).unwrap();
    account(&report.batches[0]);
    assert_eq!((report.batches[0].rows, report.batches[0].left_out), (1, 1));
    assert_eq!(report.dropped.get("label"), Some(&1));
    let shown = rows(&place, "SELECT *, CAST(at AS VARCHAR) AS time, CAST(amount AS VARCHAR) AS paid FROM transfers");
    for part in ["bank-1", "2025-03-01T10:00:00Z", "7/x", "123.450000000", "wire", "سلام", "extra"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains("label") && !shown.contains("\"y\""), "{shown}");
}

#[test]
fn a_mapping_that_is_wrong_names_the_key() {
    let head = "name = \"x\"\n[[output]]\ntable = \"accounts\"\n[output.columns]\nkind = { constant = \"bank\" }\n";
    let cases = [
        ("name = \"x\"\ncolour = 1\noutput = []".to_owned(), "colour"),
        (format!("{head}account_id = {{ from = \"a\", wibble = 1 }}"), "wibble"),
        (format!("{head}account_id = {{ prefix = \"a\" }}"), "exactly one of"),
        (format!("{head}account_id = \"a\"\nopened_at = {{ from = \"d\", zone = \"Asia/Tehran\" }}"), "Asia/Tehran"),
        (format!("{head}account_id = \"a\"\nopened_at = {{ from = \"d\", pattern = \"%Q\", zone = \"Z\" }}"), "pattern"),
        (format!("{head}account_id = \"a\"\nwho = \"b\""), "no such column"),
        (head.to_owned(), "needs rules for account_id"),
        (head.replace("accounts", "acounts"), "acounts"),
    ];
    for (text, message) in cases {
        let error = Mapping::parse(&text).unwrap_err().to_string();
        assert!(error.contains(message), "{message}: {error}");
    }
}

#[test]
fn amlworld_with_its_two_accounts() {
    let bytes = "Timestamp,From Bank,Account,To Bank,Account,Amount Received,Receiving Currency,Amount Paid,Payment Currency,Payment Format,Is Laundering\n\
        2022/09/01 00:20,010,8000EBD30,010,8000EBD31,3697.34,US Dollar,3697.34,US Dollar,Reinvestment,1\n\
        2022/09/01 00:21,010,8000EBD30,011,8000EBD32,1,Euro,1.1,US Dollar,ACH,0\n";
    let place = Place::new();
    let mut request = place.request("HI-Small_Trans.csv", bytes.as_bytes());
    request.mapping = Some(Mapping::built_in("amlworld").unwrap());
    let report = place.lake.ingest(&request, &NoObserver).unwrap();
    report.batches.iter().for_each(account);
    assert_eq!(
        report.batches.iter().map(|batch| (batch.table.name(), batch.rows)).collect::<Vec<_>>(),
        [("transfers", 2), ("accounts", 1), ("accounts", 2)]
    );
    assert_eq!(report.dropped.get("Is Laundering"), Some(&2));
    assert!(!rows(&place, "SELECT * FROM transfers").contains("Laundering"));
}

#[test]
fn real_transaction_sets_whole() {
    if crate::support::absent() {
        return;
    }
    for (mapping, file, transfers) in
        [("amlgentex", "transactions/amlgentex_dev.parquet", 1_049_515), ("amlsim", "transactions/amlsim_50k.parquet", 579_407)]
    {
        let place = Place::new();
        let mut request = IngestRequest::new(data(file), provenance("bank"));
        request.mapping = Some(Mapping::built_in(mapping).unwrap());
        let report = place.lake.ingest(&request, &NoObserver).unwrap();
        report.batches.iter().for_each(account);
        assert_eq!(report.batches[0].rows, transfers, "{:?}", report.batches[0].first);
        assert!(report.unknown_columns.is_empty(), "{:?}", report.unknown_columns);
    }
}

#[test]
fn two_columns_are_two_items_of_a_list() {
    let mapping = "name = \"x\"\n[[output]]\ntable = \"parties\"\n[output.columns]\nparty_id = \"id\"\nkind = { constant = \"person\" }\nname = { from = [\"n1\", \"n2\"] }\nphone = { from = \"p\", split = \";\" }\n";
    let place = Place::new();
    place.mapped("x.csv", b"id,n1,n2,p\n1,Ann,,+923001234567;+923001234568\n2,Bo,Bob,\n", mapping).unwrap();
    let shown = rows(&place, "SELECT party_id, array_to_string(name, '/') AS n, array_to_string(phone, '/') AS p FROM parties ORDER BY party_id");
    assert!(shown.contains("\"Bo/Bob\"") && shown.contains("\"+923001234567/+923001234568\""), "{shown}");
}
