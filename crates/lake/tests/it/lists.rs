//! Lists of authorities, whole, with the counts that are known of them.

use tributary_ingest::Mapping;
use tributary_lake::{IngestRequest, NoObserver, Session, SessionOptions};

use crate::support::{Place, absent, account, data, provenance};

fn import(importer: &str, files: &[&str]) -> (Place, tributary_lake::IngestReport) {
    let place = Place::new();
    let mut request = IngestRequest::new(data(files[0]), provenance("list"));
    request.files = files.iter().map(|file| data(file)).collect();
    request.mapping = Some(Mapping::built_in(importer).unwrap());
    let report = place.lake.ingest(&request, &NoObserver).unwrap();
    report.batches.iter().for_each(account);
    for batch in &report.batches {
        assert_eq!(batch.quarantined, 0, "{:?}", batch.first);
    }
    println!("{importer}: {:?}; dropped {:?}; unmapped {:?}", report.counts, report.dropped, report.unmapped);
    (place, report)
}

#[test]
fn the_un_list_whole() {
    if absent() {
        return;
    }
    let (place, report) = import("un-consolidated", &["screening/un_consolidated_2026-02-27.xml"]);
    for (name, expected) in [("individuals", 730), ("entities", 273), ("individual_aliases", 2_308), ("original_script_names", 378)] {
        assert_eq!(report.counts.get(name), Some(&expected), "{name}");
    }
    assert_eq!(report.batches[0].rows, 730 + 273);
    let session = Session::over(&place.lake, &place.lake.snapshot().unwrap(), &SessionOptions::default()).unwrap();
    let sql = "SELECT count(*) AS n FROM case_records WHERE kind = 'terrorist_financing' AND role = 'suspect' AND opened_at IS NOT NULL";
    assert!(format!("{:?}", session.query(sql).unwrap()).contains("481"), "341 of Al-Qaida and 140 of the Taliban list");
}

#[test]
fn the_ofac_list_whole() {
    if absent() {
        return;
    }
    let (place, report) = import("ofac-sdn", &["screening/ofac_sdn_2021-07.csv", "screening/ofac_add_2021-07.csv", "screening/ofac_alt_2021-07.csv"]);
    // The files' last line is the end mark 0x1A: it is counted as a line, and is no entry.
    for (name, expected) in [("lines of entries", 8_977), ("entries", 8_976), ("lines of aliases", 11_911), ("aliases", 11_910)] {
        assert_eq!(report.counts.get(name), Some(&expected), "{name}");
    }
    assert_eq!(report.batches[0].rows, 8_976);
    let session = Session::over(&place.lake, &place.lake.snapshot().unwrap(), &SessionOptions::default()).unwrap();
    let wallets = session.query("SELECT DISTINCT identifier FROM sightings WHERE identifier_kind = 'wallet'").unwrap();
    assert!(wallets.iter().map(|batch| batch.num_rows()).sum::<usize>() > 50);
}

#[test]
fn sg_005_followthemoney_drops_and_counts_banned_properties() {
    let place = Place::new();
    let lines = [
        r#"{"id":"p1","schema":"Person","properties":{"name":["A B"],"birthDate":["1990-01-02"],"ethnicity":["x"],"religion":["y","z"],"political":["w"],"gender":["male"],"country":["pk"],"eyeColor":["brown"]}}"#,
        r#"{"id":"a1","schema":"BankAccount","properties":{"bankName":["Bank"],"holder":["p1"]}}"#,
        r#"{"id":"w1","schema":"CryptoWallet","properties":{"publicKey":["addr"],"holder":["p1"]}}"#,
        r#"{"id":"t1","schema":"Payment","properties":{"payer":["a1"],"beneficiary":["w1"],"amount":["5"],"currency":["USD"],"date":["2024-01-01"]}}"#,
        r#"{"id":"d1","schema":"Passport","properties":{"holder":["p1"],"number":["N1"],"country":["pk"]}}"#,
        r#"{"id":"o1","schema":"Ownership","properties":{"owner":["p1"],"asset":["c1"]}}"#,
    ];
    let mut request = place.request("entities.ftm.json", lines.join("\n").as_bytes());
    request.mapping = Some(Mapping::built_in("followthemoney").unwrap());
    let report = place.lake.ingest(&request, &NoObserver).unwrap();
    assert_eq!(report.batches.iter().map(|batch| batch.rows).collect::<Vec<_>>(), [1, 2, 1, 2]);
    assert_eq!(
        report.dropped.iter().map(|(name, count)| (name.as_str(), *count)).collect::<Vec<_>>(),
        [("ethnicity", 1), ("political", 1), ("religion", 2)]
    );
    assert_eq!(report.unmapped.get("Ownership"), Some(&1));
    assert_eq!(report.unmapped.get("Person.eyeColor"), Some(&1));
    let entries = place.lake.snapshot().unwrap().batches;
    assert!(entries.iter().all(|entry| entry.parts == 4 && entry.commit == entries[0].commit), "one file, one commit");
}

#[test]
fn a_table_under_the_mapping_of_entities_is_refused_at_its_first_line() {
    let place = Place::new();
    let mut request = place.request("transfers.csv", b"edge_id,src,dst\n1,a,b\n2,b,c\n");
    request.mapping = Some(Mapping::built_in("followthemoney").unwrap());
    let refused = place.lake.ingest(&request, &NoObserver).unwrap_err().to_string();
    assert!(refused.contains("its first line is no JSON object"), "{refused}");
    assert!(place.lake.snapshot().unwrap().batches.is_empty());
}
