//! A smoke run over the readers with bytes that were damaged from a seed; it needs no special toolchain.
//!
//! Nothing may panic, and where a file is taken in, rows accepted + quarantined + left out must be rows read, as the sink saw them.
//! `TRIBUTARY_FUZZ_ROUNDS=100000 cargo test -p tributary-lake smoke` runs longer; `TRIBUTARY_FUZZ_SEED` chooses another seed.

use std::io::{Seek, Write};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use arrow::array::RecordBatch;
use rustc_hash::FxHashSet;
use tributary_ingest::{Flow, Input, Limits, Mapping, Options, QuarantineEntry, Sink, SinkError, ingest, output_tables};
use tributary_model::{Table, Timestamp};

/// Counts what arrives.
#[derive(Default)]
struct Counting {
    accepted: Vec<u64>,
    quarantined: Vec<u64>,
}

impl Sink for Counting {
    fn accept(&mut self, output: usize, rows: &RecordBatch, _traits: Option<&RecordBatch>) -> Result<(), SinkError> {
        self.accepted[output] += rows.num_rows() as u64;
        Ok(())
    }
    fn quarantine(&mut self, output: usize, entry: &QuarantineEntry) -> Result<(), SinkError> {
        assert!(!entry.problem.is_empty() && !entry.remedy.is_empty() && entry.row > 0);
        self.quarantined[output] += 1;
        Ok(())
    }
    fn known_ids(&mut self, _output: usize) -> Result<FxHashSet<u64>, SinkError> {
        Ok(FxHashSet::default())
    }
    fn progress(&mut self, _rows: u64) -> Flow {
        Flow::Continue
    }
}

#[path = "damage.rs"]
mod damage;

use damage::{Numbers, damage};

/// What is telling to readers of files.
const PIECES: [&[u8]; 14] =
    [b"\"", b",", b"\n", b"\r", b"\0", b"\xff", b"{", b"}", b"[", b"\\u", b"<", b"&x;", b"-", b"99999999999999999999999999999999999999999"];

/// Takes bytes in; checks the account. Was it taken in?
fn check(inputs: &[&[u8]], table: Option<Table>, mapping: Option<&Mapping>) -> bool {
    let limits = Limits {
        record_bytes_max: 1 << 12,
        decompressed_bytes_max: 1 << 22,
        ratio_free_bytes: 1 << 20,
        document_bytes_max: 1 << 22,
        ..Limits::default()
    };
    let outputs = output_tables(table, mapping).len();
    let batches = vec!["0".repeat(12); outputs];
    let files = inputs.iter().map(|bytes| {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        Input { name: "fuzzed".to_owned(), file, count: Arc::new(AtomicU64::new(0)) }
    });
    let options = Options {
        table,
        mapping,
        key: None,
        keep_text: false,
        as_of: Timestamp(0),
        limits: &limits,
        threads: 1,
        batches: &batches,
        digest_key: [0; 32],
    };
    let mut sink = Counting { accepted: vec![0; outputs], quarantined: vec![0; outputs] };
    let Ok(summary) = ingest(files.collect(), &options, &mut sink) else {
        return false;
    };
    for (index, output) in summary.outputs.iter().enumerate() {
        assert_eq!((output.rows, output.quarantined), (sink.accepted[index], sink.quarantined[index]));
        assert_eq!(output.rows + output.quarantined + output.left_out, output.rows_read);
    }
    true
}

fn parquet() -> Vec<u8> {
    let session = tributary_lake::Session::new(&tributary_lake::SessionOptions::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("places.parquet");
    let sql = "SELECT * FROM (VALUES ('x', 'PK', 25.1, 62.3), ('y', 'AF', 34.5, 69.2)) AS t (place, country, lat, lon)";
    session.write_parquet(sql, &path).unwrap();
    std::fs::read(path).unwrap()
}

#[test]
fn smoke() {
    let setting = |name: &str, otherwise: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let (rounds, mut numbers) = (setting("TRIBUTARY_FUZZ_ROUNDS", 400), Numbers(setting("TRIBUTARY_FUZZ_SEED", 1)));
    let csv: &[u8] = include_bytes!("corpus/transfers.csv");
    let ndjson: &[u8] = include_bytes!("corpus/parties.ndjson");
    let xml: &[u8] = include_bytes!("corpus/list.xml");
    let entities: &[u8] = include_bytes!("corpus/entities.ftm.json");
    let mapping_text = include_str!("corpus/mapping.toml");
    let sdn: &[u8] = b"1,\"EXAMPLE, Invented\",\"individual\",\"SDGT\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"DOB 01 Jan 1970; Passport A1 (Nowhere); Digital Currency Address - XBT x1.\"\r\n\x1a";
    let (add, alt): (&[u8], &[u8]) = (b"1,1,-0- ,\"Nowhere\",\"Pakistan\",-0- \r\n\x1a", b"1,2,\"aka\",\"BETA\",-0- \r\n\x1a");
    let parquet = parquet();
    let packed = zstd::encode_all(csv, 1).unwrap();
    let mapping = Mapping::parse(mapping_text).unwrap();
    let built_in = |name: &str| Mapping::built_in(name).unwrap();
    let (un, ofac, ftm) = (built_in("un-consolidated"), built_in("ofac-sdn"), built_in("followthemoney"));
    // What is not damaged is taken in: the corpora mean something.
    assert!(check(&[csv], Some(Table::Transfers), None) && check(&[csv], None, Some(&mapping)) && check(&[ndjson], Some(Table::Parties), None));
    assert!(check(&[&parquet], Some(Table::Places), None) && check(&[xml], None, Some(&un)) && check(&[entities], None, Some(&ftm)));
    assert!(check(&[sdn, add, alt], None, Some(&ofac)) && check(&[&packed], Some(Table::Transfers), None));
    let mut taken = 0_u64;
    for _ in 0..rounds {
        let mut hurt = |bytes: &[u8]| damage(bytes, &PIECES, 4, &mut numbers);
        taken += u64::from(check(&[&hurt(csv)], Some(Table::Transfers), None));
        taken += u64::from(check(&[&hurt(csv)], None, Some(&mapping)));
        taken += u64::from(check(&[&hurt(ndjson)], Some(Table::Parties), None));
        taken += u64::from(check(&[&hurt(&parquet)], Some(Table::Places), None));
        taken += u64::from(check(&[&hurt(xml)], None, Some(&un)));
        taken += u64::from(check(&[&hurt(entities)], None, Some(&ftm)));
        taken += u64::from(check(&[&hurt(sdn), &hurt(add), &hurt(alt)], None, Some(&ofac)));
        taken += u64::from(check(&[&hurt(&packed)], Some(Table::Transfers), None));
        if let Ok(mapping) = Mapping::parse(&String::from_utf8_lossy(&hurt(mapping_text.as_bytes()))) {
            taken += u64::from(check(&[csv], None, Some(&mapping)));
        }
    }
    assert!(taken > rounds, "only {taken} of {rounds} rounds of nine were taken in: the damage is too great to reach the checks");
}
