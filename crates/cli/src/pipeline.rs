//! Making a workspace, a world, and taking data through the pipeline.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use tributary_engine::ingest::{HashKey, IngestReport, IngestRequest, Mapping};
use tributary_engine::run::{RunOptions, run as run_pipeline};
use tributary_engine::workspace::{Declared, UNDECLARED};
use tributary_engine::world::{Overlap as WorldOverlap, WorldOptions, WorldSummary, generate};
use tributary_engine::{RunSummary, Workspace};
use tributary_model::{Table as TableName, Timestamp};

use crate::Failure;
use crate::arguments::{Format, Ingest, Init, Overlap, Run, World};
use crate::output::{Table, emit, emit_rows, not_an_input, print, printable, spare};
use crate::progress::{Progress, Stop};

pub(crate) fn init(a: Init, quiet: bool) -> Result<(), Failure> {
    let evaluation = a.legal_basis == "evaluation-only";
    let workspace = Workspace::init(&a.workspace, Declared { legal_basis: a.legal_basis, purpose: a.purpose }, a.grading)?;
    if quiet {
        return Ok(());
    }
    let mut text = format!("workspace made in {}\n", workspace.root().display());
    if evaluation {
        text.push_str("It is declared for evaluation only; give --legal-basis and --purpose before real data are ingested.\n");
    }
    print(text.as_bytes())
}

/// The clock, read once at the edge.
pub(crate) fn now() -> Timestamp {
    let micros = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_micros());
    Timestamp(i64::try_from(micros).unwrap_or(i64::MAX))
}

/// What one ingested file came to, for print.
#[derive(Debug, Serialize)]
pub(crate) struct FileReport {
    file: String,
    table: String,
    batch: String,
    rows: u64,
    quarantined: u64,
    left_out: u64,
    already: bool,
    unknown_columns: Vec<String>,
    dropped: std::collections::BTreeMap<String, u64>,
    problems: std::collections::BTreeMap<String, u64>,
}

fn reports(report: &IngestReport) -> Vec<FileReport> {
    report
        .batches
        .iter()
        .map(|batch| FileReport {
            file: report.file.clone(),
            table: batch.table.name().to_owned(),
            batch: batch.id.clone(),
            rows: batch.rows,
            quarantined: batch.quarantined,
            left_out: batch.left_out,
            already: report.already,
            unknown_columns: report.unknown_columns.clone(),
            dropped: report.dropped.clone(),
            problems: batch.problems.clone(),
        })
        .collect()
}

pub(crate) fn mapping(name: &str) -> Result<Mapping, Failure> {
    let path = Path::new(name);
    if path.is_file() {
        let text = std::fs::read_to_string(path).map_err(|e| Failure::input(format!("cannot read the mapping `{name}`: {e}")))?;
        return Mapping::parse(&text).map_err(|e| Failure::input(format!("mapping `{name}`: {e}")));
    }
    Mapping::built_in(name).map_err(|e| Failure::input(e.to_string()))
}

/// A file's name up to its first point.
fn stem(file: &Path) -> String {
    file.file_name().map(|name| name.to_string_lossy().into_owned()).and_then(|name| name.split('.').next().map(str::to_owned)).unwrap_or_default()
}

fn requests(workspace: &Workspace, a: &Ingest) -> Result<Vec<IngestRequest>, Failure> {
    let collected_at = match &a.collected_at {
        Some(text) => Timestamp::parse(text).map_err(|e| Failure::input(format!("--collected-at `{text}` {e}")))?,
        None => now(),
    };
    let table = match &a.table {
        Some(name) => Some(TableName::from_name(name).ok_or_else(|| {
            let known: Vec<&str> = TableName::ALL.iter().map(|t| t.name()).collect();
            Failure::input(format!("there is no table `{name}`: the tables are {}", known.join(", ")))
        })?),
        None => None,
    };
    let mapping = a.mapping.as_deref().map(mapping).transpose()?;
    let key = match &a.key_file {
        Some(path) => {
            let bytes = std::fs::read(path).map_err(|e| Failure::input(format!("cannot read the key file `{}`: {e}", path.display())))?;
            Some(HashKey::new(&bytes).ok_or_else(|| Failure::input(format!("the key file `{}` is too short", path.display())))?)
        }
        None => None,
    };
    // The parts of OFAC's list are one list; every other file stands alone.
    let together = mapping.as_ref().is_some_and(|m| m.name() == "ofac-sdn");
    let groups: Vec<Vec<PathBuf>> = if together { vec![a.files.clone()] } else { a.files.iter().map(|f| vec![f.clone()]).collect() };
    Ok(groups
        .into_iter()
        .map(|files| {
            let first = files.first().cloned().unwrap_or_default();
            let source = if a.source_per_file { Some(stem(&first)) } else { a.source.clone() };
            let mut request = IngestRequest::new(first, workspace.provenance(source.as_deref(), collected_at));
            request.files = files;
            request.table = table;
            request.mapping = mapping.clone();
            request.key = key.clone();
            request.keep_text = workspace.configuration().ingest.keep_text;
            request.threads = a.threads;
            request
        })
        .collect())
}

pub(crate) fn ingest(a: &Ingest, stop: &Stop, quiet: bool) -> Result<(), Failure> {
    not_an_input(&a.output, &a.files)?;
    if let Some(out) = &a.output.out {
        spare(out)?;
    }
    let workspace = Workspace::open(&a.workspace)?;
    if !quiet && a.source.is_none() && !a.source_per_file && workspace.configuration().ingest.source.is_none() {
        eprintln!(
            "no --source: what is taken in now counts as the one source `{UNDECLARED}`, and one source alone raises no convergence alert; name who supplied it"
        );
    }
    let mut rows = Vec::new();
    let mut failed = false;
    let streaming = a.output.format == Format::Ndjson && a.output.out.is_none();
    for request in requests(&workspace, a)? {
        let name = request.files.first().map(|f| f.display().to_string()).unwrap_or_default();
        let progress = Progress::new(stop, quiet);
        progress.message(&format!("ingest {name}"));
        let outcome = workspace.ingest(&request, &progress);
        progress.finish();
        match outcome {
            Ok(report) => {
                if !quiet {
                    notes(&workspace, &report);
                }
                let said = reports(&report);
                if streaming {
                    // Each file is acknowledged when it is safe on disk, not when all are.
                    emit_rows(&a.output, &said, String::new)?;
                } else {
                    rows.extend(said);
                }
            }
            Err(error) if stop.asked() => {
                eprintln!("{error}");
                return Err(Failure::Stopped);
            }
            Err(error) => {
                failed = true;
                eprintln!("error: {}: {}", printable(&name), printable(&error.chain()));
            }
        }
    }
    if !streaming {
        emit_rows(&a.output, &rows, || table(&rows))?;
    }
    if failed {
        Err(Failure::Input("not every file was taken in; the others are safe, and ingesting them again adds nothing".to_owned()))
    } else {
        Ok(())
    }
}

fn table(rows: &[FileReport]) -> String {
    let mut table = Table::new(&["file", "table", "batch", "rows", "quarantined", "note"]);
    for row in rows {
        let note = if row.already { "ingested before: nothing added" } else { "" };
        table.row([printable(&row.file), row.table.clone(), row.batch.clone(), row.rows.to_string(), row.quarantined.to_string(), note.to_owned()]);
    }
    table.render()
}

/// What a person should know of a file, on standard error.
fn notes(workspace: &Workspace, report: &IngestReport) {
    for note in &report.notes {
        eprintln!("{}: {}", printable(&report.file), printable(note));
    }
    if !report.unknown_columns.is_empty() {
        eprintln!("{}: unknown columns kept as attributes: {}", printable(&report.file), printable(&report.unknown_columns.join(", ")));
    }
    for (what, count) in &report.dropped {
        eprintln!("{}: dropped on purpose: {} ({count})", printable(&report.file), printable(what));
    }
    for batch in report.batches.iter().filter(|b| b.quarantined > 0) {
        eprintln!(
            "{}: {} of {} rows in quarantine: {}",
            report.file,
            batch.quarantined,
            batch.rows_read,
            workspace.lake().quarantine_path(&batch.id).display()
        );
        for (problem, count) in batch.problems.iter().take(5) {
            eprintln!("  {count} x {}", printable(problem));
        }
    }
}

pub(crate) fn run(a: &Run, stop: &Stop, quiet: bool) -> Result<(), Failure> {
    let workspace = Workspace::open(&a.workspace)?;
    let progress = Progress::new(stop, quiet);
    let outcome = run_pipeline(&workspace, &RunOptions { seed: a.seed, threads: a.threads }, &progress);
    progress.finish();
    let summary = outcome?;
    emit(&a.output, &summary, || format!("{}{}", summary_text(&summary), caution(&workspace)))
}

/// The line that says what results may not be used for, where there is one.
pub(crate) fn caution(workspace: &Workspace) -> String {
    workspace.caution().ok().flatten().map(|text| format!("{text}\n")).unwrap_or_default()
}

/// A run's summary for people.
pub(crate) fn summary_text(summary: &RunSummary) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    let observations: Vec<String> = summary.observations.iter().map(|(table, rows)| format!("{rows} {table}")).collect();
    let _ = writeln!(text, "run {} over snapshot {} (as of {})", summary.run, summary.snapshot, summary.as_of);
    let _ = writeln!(text, "observations  {}", observations.join(", "));
    let _ = writeln!(
        text,
        "resolved      {} records are {} parties; {} parties, accounts and identifiers under protection",
        summary.records, summary.parties, summary.protected
    );
    let _ = writeln!(text, "graph         {} nodes, {} links", summary.nodes, summary.links);
    let patterns: Vec<String> = summary.patterns.iter().map(|(kind, n)| format!("{n} {kind}")).collect();
    let _ = writeln!(text, "patterns      {}", if patterns.is_empty() { "none".to_owned() } else { patterns.join(", ") });
    let _ = writeln!(
        text,
        "indicators    {} spoke ({} findings), {} abstained",
        summary.indicators.len(),
        summary.indicators.values().sum::<u64>(),
        summary.indicators_abstained.len()
    );
    let [t, f, n] = summary.networks;
    let _ =
        writeln!(text, "networks      {t} with signs of trafficking, {f} of terrorist financing, {n} neutral; {} pairs tested", summary.pairs_tested);
    let alerts: Vec<String> = summary.alerts.iter().map(|(kind, n)| format!("{n} {kind}")).collect();
    let _ = writeln!(
        text,
        "alerts        {} ({} convergence at q <= 0.1)",
        if alerts.is_empty() { "none".to_owned() } else { alerts.join(", ") },
        summary.convergence_at_q10
    );
    text
}

/// Makes a world with progress.
pub(crate) fn make_world(options: WorldOptions, out: &Path, stop: &Stop, quiet: bool) -> Result<WorldSummary, Failure> {
    let progress = Progress::new(stop, quiet);
    progress.message("world");
    let outcome = generate(&options, out, &|at| progress.position(at.done, at.total));
    progress.finish();
    if stop.asked() {
        return Err(Failure::Stopped);
    }
    outcome.map_err(|e| Failure::from(tributary_engine::EngineError::from(e)))
}

pub(crate) fn world(a: &World, stop: &Stop, quiet: bool) -> Result<(), Failure> {
    let overlap = match a.overlap {
        Overlap::None => WorldOverlap::None,
        Overlap::Low => WorldOverlap::Low,
        Overlap::High => WorldOverlap::High,
    };
    if std::fs::read_dir(&a.out_folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Failure::input(format!("`{}` is not empty: a world goes into a folder of its own", a.out_folder.display())));
    }
    let summary = make_world(WorldOptions { seed: a.seed, scale: a.scale, overlap }, &a.out_folder, stop, quiet)?;
    let mut table = Table::new(&["table", "rows"]);
    for (name, rows) in &summary.rows {
        table.row([name.clone(), rows.to_string()]);
    }
    print(format!("{}truth in {}\n", table.render(), a.out_folder.join("truth").display()).as_bytes())
}
