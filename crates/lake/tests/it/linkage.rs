//! Candidates found by the query engine are those that linkage finds by itself.

use tributary_lake::SessionOptions;
use tributary_lake::linkage::candidates;
use tributary_linkage::{Kernel, Table, detect, link};

/// People of made-up names, some of them twice with a slip.
fn people(rows: usize) -> Table {
    let (first, last) = (["amina", "bilal", "careem", "dawood", "esa", "farah", "gul"], ["rahimi", "khattak", "baloch", "noori", "qadri"]);
    let mut table = Table::new(&["first_name", "surname", "dob", "city"]).unwrap();
    for n in 0..rows {
        let person = n / 2;
        let name = first[person * 7 % first.len()].to_owned() + if n % 2 == 1 && person % 3 == 0 { "a" } else { "" };
        let surname = format!("{}{}", last[person * 11 % last.len()], person * 7_919 % 30_011);
        let dob = format!("19{:02}-{:02}-{:02}", 50 + person % 50, 1 + person / 50 % 12, 1 + person / 600 % 28);
        table.push([name.as_str(), surname.as_str(), dob.as_str(), ["quetta", "chaman", "herat"][person % 3]]).unwrap();
    }
    table
}

#[test]
fn the_engine_finds_what_linkage_finds() {
    let table = people(100_000);
    let config = detect(&table).unwrap();
    let alone = link(&table, &config, &[], &mut ()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    // The smallest holds less than the keys of one rule: its sorts spill.
    for (threads, memory) in [(2, None), (1, Some(3 << 19))] {
        let kernel = Kernel::train(&table, &config, &[], &[], &mut ()).unwrap();
        let options = SessionOptions { threads, memory_limit_bytes: memory, spill_dir: Some(folder.path().to_path_buf()), time_limit: None };
        let mut heard = Vec::new();
        let edges = candidates(&options, &kernel.join(), &mut |at, of, _| {
            heard.push((at, of));
            true
        });
        let edges = edges.unwrap().unwrap();
        assert_eq!(heard, (0..heard.len()).map(|at| (at, heard.len())).collect::<Vec<_>>());
        assert!(edges.len() > 2_000, "{} pairs", edges.len());
        let linked = kernel.cluster(edges).unwrap();
        assert_eq!(linked.clusters(), alone.clusters(), "{threads} threads, {memory:?}");
        assert_eq!(linked.pairs(), alone.pairs());
    }
    let kernel = Kernel::train(&table, &config, &[], &[], &mut ()).unwrap();
    assert!(candidates(&SessionOptions::default(), &kernel.join(), &mut |_, _, _| false).unwrap().is_none(), "it stops when told");
}
