//! The whole pipeline over a made world, and the server.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use tributary_engine::ingest::IngestRequest;
use tributary_engine::run::{RunOptions, run};
use tributary_engine::workspace::Declared;
use tributary_engine::world::{Overlap, WorldOptions};
use tributary_engine::{Workspace, alerts as kept, ask};
use tributary_model::{Grading, Handling, InformationGrade, SourceGrade, Table};

use crate::Failure;
use crate::arguments::{Demo, Serve};
use crate::output::{heading, print};
use crate::pipeline::{make_world, now, summary_text};
use crate::progress::{Progress, Stop};
use crate::show;

/// Left in a demo's folder, so that only a demo is ever removed to make room for the next.
const MARK: &str = "tributary-demo.txt";

pub(crate) fn demo(a: &Demo, stop: &Stop, quiet: bool) -> Result<(), Failure> {
    let started = Instant::now();
    clear(&a.folder)?;
    let (world, root) = (a.folder.join("world"), a.folder.join("workspace"));
    let summary = make_world(WorldOptions { seed: a.seed, scale: a.scale, overlap: Overlap::High }, &world, stop, quiet)?;
    let mut text = String::new();
    let rows: Vec<String> = summary.rows.iter().map(|(table, rows)| format!("{rows} {table}")).collect();
    let _ = writeln!(text, "{}\nworld         seed {}, scale {}: {}", heading("Tributary demo"), a.seed, a.scale, rows.join(", "));
    let _ = writeln!(
        text,
        "truth         {} networks, {} pairs share infrastructure, {} only seem to; the pipeline never reads it",
        summary.networks, summary.convergences, summary.near_misses
    );
    let grading = Grading { source: SourceGrade::Untested, information: InformationGrade::C, handling: Handling::P };
    let workspace = Workspace::init(&root, Declared { legal_basis: "synthetic-data".to_owned(), purpose: "demonstration".to_owned() }, grading)?;
    let (accepted, quarantined) = ingest_world(&workspace, &world, stop, quiet)?;
    let _ = writeln!(text, "ingested      {accepted} rows, {quarantined} in quarantine");
    let progress = Progress::new(stop, quiet);
    let outcome = run(&workspace, &RunOptions::default(), &progress);
    progress.finish();
    let _ = write!(text, "{}", summary_text(&outcome?));
    let alerts = kept::alerts(&workspace)?;
    let _ = writeln!(text, "\n{}\n{}", heading("Ten best alerts"), show::list(alerts.get(..alerts.len().min(10)).unwrap_or_default()));
    if let Some(first) = alerts.first() {
        let _ = writeln!(text, "{}", show::full(first));
    }
    let report = ask::evaluate(&workspace, &world.join("truth"))?;
    let _ = writeln!(text, "{}\n{}", heading("Against the truth"), report.to_text());
    let _ = writeln!(
        text,
        "{:.0} s from nothing to here; everything is in {}, the workspace in {}",
        started.elapsed().as_secs_f64(),
        a.folder.display(),
        a.folder.join("workspace").display()
    );
    print(text.as_bytes())?;
    if a.no_serve { Ok(()) } else { listen(workspace, a.listen, false) }
}

/// Removes an earlier demo, and nothing else.
fn clear(folder: &Path) -> Result<(), Failure> {
    let refused = |error: std::io::Error| Failure::input(format!("cannot make the demo in `{}`: {error}", folder.display()));
    let occupied = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if occupied && !folder.join(MARK).is_file() {
        return Err(Failure::input(format!("`{}` is not empty and no demo of ours: choose another folder", folder.display())));
    }
    if occupied {
        std::fs::remove_dir_all(folder).map_err(refused)?;
    }
    std::fs::create_dir_all(folder).map_err(refused)?;
    std::fs::write(folder.join(MARK), "A demo of Tributary: made-up people in a made-up world. `tributary demo` makes this folder anew.\n")
        .map_err(refused)
}

fn ingest_world(workspace: &Workspace, world: &Path, stop: &Stop, quiet: bool) -> Result<(u64, u64), Failure> {
    let (mut accepted, mut quarantined) = (0, 0);
    for table in Table::ALL {
        let file = world.join(format!("{}.csv", table.name()));
        if !file.is_file() {
            continue;
        }
        let progress = Progress::new(stop, quiet);
        progress.message(&format!("ingest {}", table.name()));
        // In the made-up world every table is another body's record.
        let outcome = workspace.ingest(&IngestRequest::new(file.clone(), workspace.provenance(Some(table.name()), now())), &progress);
        progress.finish();
        if stop.asked() {
            return Err(Failure::Stopped);
        }
        for batch in outcome?.batches {
            accepted += batch.rows;
            quarantined += batch.quarantined;
        }
    }
    Ok((accepted, quarantined))
}

pub(crate) fn serve(a: &Serve) -> Result<(), Failure> {
    listen(Workspace::open(&a.workspace)?, a.listen, a.take_events)
}

fn listen(workspace: Workspace, address: std::net::SocketAddr, take_events: bool) -> Result<(), Failure> {
    tributary_server::serve(workspace, address, take_events, |bound| {
        eprintln!("page on http://{bound}/ (Ctrl-C ends)");
    })
    .map_err(|error| Failure::input(error.chain()))
}
