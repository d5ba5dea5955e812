//! The repository's own packs.

use std::collections::BTreeMap;
use std::path::Path;
use tributary_model::Family;
use tributary_typology::{PackSet, catalogue};

fn own() -> BTreeMap<String, String> {
    let root = Path::new("../../packs");
    let mut files = BTreeMap::new();
    for (folder, prefix) in [("", ""), ("jurisdictions", "jurisdictions/"), ("fixtures", "fixtures/")] {
        for entry in std::fs::read_dir(root.join(folder)).expect("the packs folder") {
            let path = entry.expect("an entry").path();
            if path.is_file() {
                let name = path.file_name().expect("a name").to_string_lossy();
                files.insert(format!("{prefix}{name}"), std::fs::read_to_string(&path).expect("text"));
            }
        }
    }
    files
}

#[test]
fn own_packs_are_in_order_and_signed() {
    let set = PackSet::load(&own()).unwrap_or_else(|errors| panic!("{errors:#?}"));
    assert!(set.indicators().count() >= 36);
    for family in Family::ALL {
        assert!(set.packs().iter().any(|pack| pack.family == family && !pack.indicators.is_empty()), "no indicator of {family}");
    }
}

#[test]
fn the_catalogue_has_131_indicators() {
    assert_eq!(catalogue::ids().len(), 131);
    let set = PackSet::load_unsigned(&own()).expect("in order");
    let coverage = catalogue::coverage(&set);
    let (covered, missing) = coverage.iter().fold((0, 0), |(c, m), family| (c + family.covered.len(), m + family.missing.len()));
    assert_eq!(covered + missing, 131);
}
