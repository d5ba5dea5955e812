//! Every stored byte is held against the manifest.

use crate::support::Place;

/// Every stored byte counts: changed, cut, gone.
#[test]
fn a_damaged_file_is_named_with_its_remedy() {
    type Harm = fn(&std::path::Path);
    let flip: Harm = |path| {
        let mut bytes = std::fs::read(path).unwrap();
        let middle = bytes.len() / 3;
        bytes[middle] ^= 1;
        std::fs::write(path, bytes).unwrap();
    };
    let cut: Harm = |path| {
        let bytes = std::fs::read(path).unwrap();
        std::fs::write(path, &bytes[..bytes.len() - 9]).unwrap();
    };
    let remove: Harm = |path| std::fs::remove_file(path).unwrap();
    for folder in ["batches", "traits"] {
        for harm in [flip, cut, remove] {
            let place = Place::new();
            let report = place.ingest("parties.csv", b"party_id,kind,gender\na,person,female\n").unwrap();
            assert!(place.lake.verify(true).unwrap().faults.is_empty());
            let name = format!("{}.parquet", report.batches[0].id);
            harm(&place.lake.folder().join(folder).join(&name));
            let faults = place.lake.verify(true).unwrap().faults;
            let told = faults[0].to_string();
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert!(told.contains(&name) && told.contains(folder) && told.contains("restore") && told.contains("parties.csv"), "{told}");
        }
    }
}

#[test]
fn a_manifest_without_digests_still_opens_and_its_rows_are_counted() {
    let place = Place::new();
    place.ingest("parties.csv", b"party_id,kind\na,person\n").unwrap();
    let path = place.lake.folder().join("manifest.ndjson");
    let mut line: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    for key in ["sha256", "traits_sha256", "content"] {
        assert!(line.as_object_mut().unwrap().remove(key).is_some(), "{key}");
    }
    std::fs::write(&path, format!("{line}\n")).unwrap();
    let verified = place.lake.verify(true).unwrap();
    assert_eq!((verified.batches, verified.rows, verified.undigested, verified.faults.len()), (1, 1, 1, 0));
}

#[test]
fn an_earlier_snapshot_can_be_found_and_a_lost_one_cannot() {
    let place = Place::new();
    place.ingest("parties.csv", b"party_id,kind\na,person\n").unwrap();
    let earlier = place.lake.snapshot().unwrap();
    place.ingest("accounts.csv", b"account_id,kind\na,bank\n").unwrap();
    assert_eq!(place.lake.find_snapshot(&earlier.id).unwrap(), Some(earlier));
    assert_eq!(place.lake.find_snapshot("0123456789abcdef").unwrap(), None);
}
