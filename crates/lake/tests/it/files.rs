//! Whole files and single rows: each thing that can be wrong is a named error or a quarantine entry.

use std::io::Write;

use proptest::prelude::*;
use tributary_ingest::{Flow, Limits};
use tributary_lake::{IngestObserver, LakeError, Session, SessionOptions, TraitAccess, TraitStore};
use tributary_model::Table;

use crate::support::{Place, account, provenance};

const HEADER: &str = "transfer_id,at,from_account,to_account,amount,currency,channel\n";
const GOOD: &str = "t1,2025-03-01T10:00:00Z,a,b,10.5,USD,wire\nt2,2025-03-01T10:00:00+05:00,a,b,1,PKR,\n";

/// A bad row among two good ones ends in quarantine with that column, problem and raw row.
fn check_row(row: &[u8], column: &str, problem: &str) {
    let place = Place::new();
    let bytes = [HEADER.as_bytes(), GOOD.as_bytes(), row, b"\n"].concat();
    let report = place.ingest("transfers.csv", &bytes).unwrap();
    let batch = &report.batches[0];
    account(batch);
    assert_eq!((batch.rows, batch.quarantined), (2, 1), "{}", String::from_utf8_lossy(row));
    let entry = &batch.first[0];
    assert_eq!((entry.row, entry.column.as_str()), (3, column), "{entry:?}");
    assert!(entry.problem.contains(problem), "{entry:?}");
    assert!(!entry.remedy.is_empty() && (entry.fields.is_empty() != entry.raw.is_empty()), "{entry:?}");
    let kept = std::fs::read_to_string(place.lake.quarantine_path(&batch.id)).unwrap();
    assert_eq!(serde_json::from_str::<tributary_ingest::QuarantineEntry>(kept.trim()).unwrap(), *entry);
}

#[test]
fn a_bad_row_is_quarantined_with_its_column_and_problem() {
    let at = "2025-03-01T10:00:00Z";
    let cases: Vec<(Vec<u8>, &str, &str)> = vec![
        (format!(",{at},a,b,1,USD,").into(), "transfer_id", "is missing"),
        (format!("t1,{at},a,b,1,USD,").into(), "transfer_id", "repeats an id"),
        (b"x,2025-03-01T10:00:00,a,b,1,USD,".into(), "at", "has no offset"),
        (b"x,2025-02-30T10:00:00Z,a,b,1,USD,".into(), "at", "not a real date"),
        (b"x,1825-03-01T10:00:00Z,a,b,1,USD,".into(), "at", "outside the years"),
        (b"x,yesterday,a,b,1,USD,".into(), "at", "not a date and time"),
        (format!("x,{at},a,b,-1,USD,").into(), "amount", "is negative"),
        (format!("x,{at},a,b,1e9,USD,").into(), "amount", "not a decimal number"),
        (format!("x,{at},a,b,0.0000000001,USD,").into(), "amount", "more than 9 digits"),
        (format!("x,{at},a,b,100000000000000000000000000000,USD,").into(), "amount", "beyond decimal(38,9)"),
        (format!("x,{at},a,b,1,usd,").into(), "currency", "not a currency code"),
        (format!("x,{at},a,b,1,USD,pigeon").into(), "channel", "not one of the words"),
        (format!("x,{at},a,b,1").into(), "", "has 5 fields"),
        (format!("x,{at},a,b,1,USD,,").into(), "", "has 8 fields"),
        (format!("x,{at},a\0,b,1,USD,").into(), "", "NUL"),
        ([b"x,", at.as_bytes(), b",\xff,b,1,USD,"].concat(), "", "not UTF-8"),
        (format!("x,{at},\"a\"b,b,1,USD,").into(), "", "after a closing quote"),
        (format!("\"x,{at},a,b,1,USD,").into(), "", "never closed"),
        (format!("{},{at},a,b,1,USD,", "x".repeat(70_000)).into(), "transfer_id", "longer than a value"),
        (format!("x,{at},a,b,1,USD,{}", "y".repeat(1 << 20)).into(), "", "is longer than"),
    ];
    for (row, column, problem) in cases {
        check_row(&row, column, problem);
    }
}

#[test]
fn other_tables_check_their_codes() {
    let cases = [
        ("party_id,kind,country,phone,document,birth_date", "p,person,PK,+923001234567,passport:A1,1990-01-01", "p,person,UK,,,", "country"),
        ("party_id,kind,country,phone,document,birth_date", "p,person,PK,+923001234567,passport:A1,1990-01-01", "p,person,,03001234567,,", "phone"),
        ("party_id,kind,country,phone,document,birth_date", "p,person,PK,+923001234567,passport:A1,1990-01-01", "p,person,,,A1,", "document"),
        ("party_id,kind,country,phone,document,birth_date", "p,person,PK,+923001234567,passport:A1,1990-01-01", "p,person,,,,1990", "birth_date"),
        ("place,country,admin1,lat,lon", "x,PK,PK-BA,25.1,62.3", "y,PK,Balochistan,25.1,62.3", "admin1"),
        ("place,country,admin1,lat,lon", "x,PK,PK-BA,25.1,62.3", "y,PK,PK-BA,95,62.3", "lat"),
        ("contact_id,at,from_account,to_account,count", "c,2025-01-01T00:00:00Z,a,b,3", "d,2025-01-01T00:00:00Z,a,b,-3", "count"),
    ];
    for (header, good, bad, column) in cases {
        let place = Place::new();
        let table = if header.starts_with("party") {
            "parties"
        } else if header.starts_with("place") {
            "places"
        } else {
            "contacts"
        };
        let report = place.ingest(&format!("{table}.csv"), format!("{header}\n{good}\n{bad}\n").as_bytes()).unwrap();
        account(&report.batches[0]);
        assert_eq!(report.batches[0].first[0].column, column);
    }
}

/// A whole file is refused with that message, and nothing is committed.
fn check_file(name: &str, bytes: &[u8], limits: Limits, message: &str) {
    let place = Place::new();
    let error = place.ingest_small(name, bytes, limits).unwrap_err();
    assert!(error.to_string().contains(message), "{name}: {error}");
    assert!(place.lake.snapshot().unwrap().batches.is_empty());
    assert_eq!(std::fs::read_dir(place.lake.folder().join("new")).unwrap().count(), 0);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_file_that_cannot_be_read_is_refused_whole() {
    let good = [HEADER, GOOD].concat().repeat(50).into_bytes();
    let packed = gzip(&good);
    let zstd = zstd::encode_all(good.as_slice(), 1).unwrap();
    let bomb = gzip(&vec![b'a'; 4 << 20]);
    let small = Limits { ratio_free_bytes: 1 << 16, decompression_ratio_max: 100, ..Limits::default() };
    let few = Limits { columns_max: 3, ..Limits::default() };
    let tight = Limits { decompressed_bytes_max: 1_000, ..Limits::default() };
    let usual = Limits::default();
    let cases: Vec<(&str, Vec<u8>, Limits, &str)> = vec![
        ("transfers.csv", Vec::new(), usual, "is empty"),
        ("transfers.csv", b" \r\n\n".to_vec(), usual, "is empty"),
        ("transfers.csv", b"\xef\xbb\xbf".to_vec(), usual, "is empty"),
        ("transfers.csv", b"a,b\n1,2\n".to_vec(), usual, "has no column `transfer_id`, `at`"),
        ("transfers.csv", format!("{}x,x\n", HEADER.trim_end().to_owned() + ",").into(), usual, "names `x` twice"),
        ("transfers.csv", HEADER.as_bytes().to_vec(), few, "has more fields"),
        ("transfers.csv", [HEADER, GOOD].concat().replace('\n', "\r").into(), usual, "carriage return"),
        ("transfers.csv", format!("{HEADER}bad\nbad\nt1,2025-03-01T10:00:00Z,a,b,1,USD,\n").into(), usual, "more than half"),
        ("transfers.csv.gz", packed[..packed.len() - 20].to_vec(), usual, "in the middle of its gzip"),
        ("transfers.csv.zst", zstd[..zstd.len() - 5].to_vec(), usual, "zstd data"),
        ("transfers.csv.gz", [packed.as_slice(), b"and more"].concat(), usual, "bytes that are not gzip"),
        ("transfers.csv.gz", [packed.as_slice(), b"and more, longer than a header"].concat(), usual, "bytes that are not gzip"),
        ("transfers.csv.gz", [packed.as_slice(), &packed[..9]].concat(), usual, "in the middle of its gzip"),
        ("transfers.csv.gz", bomb, small, "unpacks to more than"),
        ("transfers.csv.gz", packed.clone(), tight, "unpacks to more than 1000"),
        ("transfers.parquet", b"PAR1 nothing of the kind PAR1".to_vec(), usual, "Parquet data is damaged"),
        ("transfers.zip", b"PK\x03\x04aaaaaaaaaaaaaa".to_vec(), usual, "a zip archive"),
        ("transfers.xml", b"<a/>".to_vec(), usual, "XML needs an importer"),
        ("money.csv", b"a\n".to_vec(), usual, "not named after a table"),
    ];
    for (name, bytes, limits, message) in cases {
        check_file(name, &bytes, limits, message);
    }
    let place = Place::new();
    let mut request = place.request("x.csv", b"");
    request.files = vec![place.folder.path().to_owned()];
    assert!(matches!(place.lake.ingest(&request, &tributary_lake::NoObserver), Err(LakeError::Folder { .. })));
}

#[test]
fn sg_001_provenance_is_required() {
    let place = Place::new();
    for field in 0..3 {
        let mut request = place.request("transfers.csv", [HEADER, GOOD].concat().as_bytes());
        match field {
            0 => request.provenance.source.clear(),
            1 => request.provenance.legal_basis = " ".to_owned(),
            _ => request.provenance.purpose.clear(),
        }
        assert!(matches!(place.lake.ingest(&request, &tributary_lake::NoObserver), Err(LakeError::Provenance { .. })));
    }
}

#[test]
fn the_same_rows_come_out_of_every_packing_and_encoding() {
    let plain = [HEADER, GOOD].concat();
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(plain.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let json = "{\"transfer_id\":\"t1\",\"at\":\"2025-03-01T10:00:00Z\",\"from_account\":\"a\",\"to_account\":\"b\",\"amount\":10.5,\"currency\":\"USD\",\"channel\":\"wire\"}\n\
        {\"transfer_id\":\"t2\",\"at\":\"2025-03-01T10:00:00+05:00\",\"from_account\":\"a\",\"to_account\":\"b\",\"amount\":\"1\",\"currency\":\"\\u0050KR\"}";
    let source = Place::new();
    source.ingest("transfers.csv", plain.as_bytes()).unwrap();
    let sql = "SELECT transfer_id, at, from_account, to_account, amount, currency, channel FROM transfers ORDER BY transfer_id";
    let parquet = source.folder.path().join("out.parquet");
    let answer = |place: &Place| {
        let session = Session::over(&place.lake, &place.lake.snapshot().unwrap(), &SessionOptions::default()).unwrap();
        (session.query(sql).unwrap(), session)
    };
    let (expected, session) = answer(&source);
    assert_eq!(session.write_parquet(sql, &parquet).unwrap(), 2);
    let once = std::fs::read(&parquet).unwrap();
    session.write_parquet(sql, &parquet).unwrap();
    assert_eq!(once, std::fs::read(&parquet).unwrap(), "an ordered question writes the same bytes again");
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("transfers.csv", [b"\xef\xbb\xbf".as_slice(), plain.as_bytes()].concat()),
        ("transfers.csv", plain.replace('\n', "\r\n").into()),
        ("transfers.csv", plain.replace("wire", "\"wire\"").into()),
        ("transfers.csv.gz", gzip(plain.as_bytes())),
        ("transfers.csv.gz", [gzip(&plain.as_bytes()[..40]), gzip(b""), gzip(&plain.as_bytes()[40..])].concat()),
        ("transfers.csv.gz", [gzip(plain.as_bytes()), vec![0; 512]].concat()),
        ("transfers.dat", zstd::encode_all(plain.as_bytes(), 1).unwrap()),
        ("transfers.csv", utf16),
        ("transfers.ndjson", json.as_bytes().to_vec()),
        ("transfers.parquet", once.clone()),
        ("transfers.parquet.gz", gzip(&once)),
    ];
    for (name, bytes) in cases {
        let place = Place::new();
        place.ingest(name, &bytes).unwrap();
        assert_eq!(answer(&place).0, expected, "{name}");
    }
}

#[test]
fn the_same_bytes_add_nothing_and_repeated_ids_are_quarantined() {
    let place = Place::new();
    let bytes = [HEADER, GOOD].concat();
    let first = place.ingest("transfers.csv", bytes.as_bytes()).unwrap();
    let snapshot = place.lake.snapshot().unwrap();
    let again = place.ingest("transfers.csv", bytes.as_bytes()).unwrap();
    assert!(again.already && !first.already);
    assert_eq!(place.lake.snapshot().unwrap(), snapshot);
    let more = format!("{bytes}t3,2025-03-01T10:00:00Z,a,b,1,USD,\n");
    let report = place.ingest("transfers.csv", more.as_bytes()).unwrap();
    account(&report.batches[0]);
    assert_eq!((report.batches[0].rows, report.batches[0].duplicates), (1, 2));
}

#[test]
fn sg_004_protected_traits_lie_apart_and_banned_columns_do_not_enter() {
    let place = Place::new();
    let bytes = "party_id,kind,name,gender,nationality,religion,shoe_size\np1,person,A|B,female,PK|AF,x,40\np2,organisation,C,,,,\n";
    let report = place.ingest("parties.csv", bytes.as_bytes()).unwrap();
    assert_eq!(report.unknown_columns, ["shoe_size"]);
    assert_eq!(report.dropped.get("religion"), Some(&1));
    let snapshot = place.lake.snapshot().unwrap();
    let session = Session::over(&place.lake, &snapshot, &SessionOptions::default()).unwrap();
    for column in ["gender", "nationality", "religion"] {
        assert!(session.query(&format!("SELECT {column} FROM parties")).is_err(), "{column}");
    }
    let shown = format!("{:?}", session.query("SELECT * FROM parties").unwrap());
    assert!(shown.contains("shoe_size") && !shown.contains("female"), "{shown}");
    let traits = TraitStore::open(&place.lake, TraitAccess::for_fairness_report()).read(&snapshot, Table::Parties).unwrap();
    assert_eq!(traits[0].rows[0].num_rows(), 1);
    assert!(format!("{:?}", traits[0].rows).contains("female"));
}

#[test]
fn advert_text_is_sketched_and_dropped_unless_kept() {
    let bytes = "post_id,at,account,kind,text\np1,2025-01-01T00:00:00Z,a,job,work abroad with good pay call now\n";
    for keep in [false, true] {
        let place = Place::new();
        let mut request = place.request("posts.csv", bytes.as_bytes());
        request.keep_text = keep;
        place.lake.ingest(&request, &tributary_lake::NoObserver).unwrap();
        let session = Session::over(&place.lake, &place.lake.snapshot().unwrap(), &SessionOptions::default()).unwrap();
        let shown = format!("{:?}", session.query("SELECT text, cardinality(_sketch) AS n FROM posts").unwrap());
        assert_eq!(shown.contains("abroad"), keep);
        assert!(shown.contains("64"), "{shown}");
    }
}

struct StopAt(u64);

impl IngestObserver for StopAt {
    fn progress(&self, _read: u64, _total: u64, rows: u64) -> Flow {
        if rows >= self.0 { Flow::Stop } else { Flow::Continue }
    }
}

#[test]
fn a_stop_leaves_nothing_behind() {
    let place = Place::new();
    let request = place.request("transfers.csv", [HEADER, GOOD].concat().as_bytes());
    for rows in [0, 1] {
        assert!(place.lake.ingest(&request, &StopAt(rows)).is_err());
        assert!(place.lake.snapshot().unwrap().batches.is_empty());
    }
}

#[test]
fn a_header_without_rows_is_no_error_and_no_batch() {
    let place = Place::new();
    assert!(place.ingest("transfers.csv", HEADER.as_bytes()).unwrap().batches.is_empty());
    assert!(place.lake.snapshot().unwrap().batches.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// SG-001: whatever importer and rows, every accepted batch carries its provenance; and nothing is ever lost.
    #[test]
    fn rows_accepted_and_quarantined_are_rows_read(rows in proptest::collection::vec("[a-c]{0,2},(2025-03-01T10:00:00Z|x),[a\"]{0,2},b,[0-9.]{0,3},USD", 0..40), threads in 1_usize..3) {
        let place = Place::new();
        let bytes = format!("transfer_id,at,from_account,to_account,amount,currency\n{}\n", rows.join("\n"));
        let mut request = place.request("transfers.csv", bytes.as_bytes());
        request.threads = threads;
        match place.lake.ingest(&request, &tributary_lake::NoObserver) {
            Ok(report) => {
                for batch in &report.batches {
                    account(batch);
                    let kept = std::fs::read_to_string(place.lake.quarantine_path(&batch.id)).unwrap_or_default();
                    prop_assert_eq!(kept.lines().count() as u64, batch.quarantined);
                }
                for entry in place.lake.snapshot().unwrap().batches {
                    prop_assert_eq!(entry.provenance, provenance("source-a"));
                }
            }
            Err(LakeError::Ingest { .. }) => prop_assert!(place.lake.snapshot().unwrap().batches.is_empty()),
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}
