//! The whole way over small worlds, from files to alerts, against what only the truth knows. SG-031, design invariant 2.
//!
//! `TRIBUTARY_SMALL_WORLDS` says how many worlds are made (default 3; `docs/benchmarks.md` says how many were made once, and what was seen).

use std::path::Path;

use tributary_engine::run::{RunOptions, Unobserved, run};
use tributary_engine::workspace::Declared;
use tributary_engine::world::{Overlap, WorldOptions, generate};
use tributary_engine::{Workspace, alerts, ask};
use tributary_lake::{IngestRequest, NoObserver};
use tributary_model::{Grading, Handling, InformationGrade, SourceGrade, Table, Timestamp};

/// What became of one world.
#[derive(Default)]
struct Seen {
    alerts: usize,
    subjects: usize,
    withheld: u64,
}

/// A world of some 1,500 people in which everything is reported, however weak: no threshold stands between a victim and a name.
fn small_world(folder: &Path, seed: u64) -> Seen {
    let (world, root) = (folder.join("world"), folder.join("workspace"));
    let overlap = if seed.is_multiple_of(4) { Overlap::None } else { Overlap::High };
    generate(&WorldOptions { seed, scale: 0.03, overlap }, &world, &|_| true).unwrap();
    let declared = Declared { legal_basis: "evaluation-only".to_owned(), purpose: "evaluation-only".to_owned() };
    let grading = Grading { source: SourceGrade::Untested, information: InformationGrade::D, handling: Handling::P };
    Workspace::init(&root, declared, grading).unwrap();
    let settings = root.join("tributary.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    assert!(text.contains("q_report_max = 0.5"));
    let text = text.replace("q_report_max = 0.5", "q_report_max = 1.0").replace("null_places_max = 20000", "null_places_max = 200");
    std::fs::write(&settings, text).unwrap();
    let workspace = Workspace::open(&root).unwrap();
    for table in Table::ALL {
        let file = world.join(format!("{}.csv", table.name()));
        if file.is_file() {
            let provenance = workspace.provenance(Some(table.name()), Timestamp(1_750_000_000_000_000));
            workspace.ingest(&IngestRequest::new(file, provenance), &NoObserver).unwrap();
        }
    }
    run(&workspace, &RunOptions { seed: None, threads: 1 }, &Unobserved).unwrap();
    let found = alerts::alerts(&workspace).unwrap();
    let report = ask::evaluate(&workspace, &world.join("truth")).unwrap();
    assert_eq!(report.protected.recorded, 0, "SG-031: world {seed} names whom a record shows as victim, witness or minor");
    Seen {
        alerts: found.len(),
        subjects: found.iter().map(|alert| alert.subjects.len()).sum(),
        withheld: found.iter().map(|alert| alert.protected.count).sum(),
    }
}

#[test]
fn no_recorded_victim_or_witness_is_a_subject_in_whole_worlds() {
    let worlds: u64 = std::env::var("TRIBUTARY_SMALL_WORLDS").map_or(3, |number| number.parse().expect("a number"));
    let (mut seen, mut quiet) = (Seen::default(), 0);
    for seed in 0..worlds {
        let folder = tempfile::tempdir().unwrap();
        let one = small_world(folder.path(), 900_000 + seed);
        quiet += u64::from(one.alerts == 0);
        seen.alerts += one.alerts;
        seen.subjects += one.subjects;
        seen.withheld += one.withheld;
    }
    println!("{worlds} worlds, {quiet} without an alert, {} alerts, {} subjects, {} withheld", seen.alerts, seen.subjects, seen.withheld);
    assert!(seen.alerts as u64 >= worlds && seen.subjects > seen.alerts, "too little was seen to show anything");
}
