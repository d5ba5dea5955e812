//! Runs the fixtures of packs through the real path: the reader of observations, the enriched tables, the indicator.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::RecordBatch;
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use serde::Serialize;
use tributary_ingest::schema::{ATTRIBUTES, BATCH, ROW, SKETCH, batch_schema, open_columns};
use tributary_ingest::{Flow, Input, Limits, Options, QuarantineEntry, Sink, SinkError};
use tributary_lake::{Session, SessionOptions};
use tributary_model::Table;
use tributary_typology::{FixtureCase, FixtureKind, Indicator, Pack, PackSet};

use super::run_some;
use crate::error::EngineError;
use crate::prepare::prepare;

/// How one fixture case went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseResult {
    /// Indicator.
    pub indicator: String,
    /// Kind and name of the case.
    pub case: String,
    /// Did the indicator say what the case expects?
    pub passed: bool,
    /// What was expected and what came, where they differ.
    pub detail: String,
}

/// Runs every fixture case of every indicator, in the order of indicators and cases.
///
/// # Errors
/// The temporary folder cannot be written, or the pipeline itself fails. A case that does not read well is a failed case.
pub fn test_packs(packs: &PackSet) -> Result<Vec<CaseResult>, EngineError> {
    let scratch = Scratch::new()?;
    let cases: Vec<_> = packs
        .indicators()
        .filter_map(|(pack, indicator)| packs.fixture(&indicator.id).map(|fixture| (pack, indicator, fixture)))
        .flat_map(|(pack, indicator, fixture)| fixture.cases.iter().map(move |case| (pack, indicator, fixture, case)))
        .collect();
    cases
        .par_iter()
        .enumerate()
        .map(|(number, (pack, indicator, fixture, case))| {
            let folder = scratch.0.join(number.to_string());
            std::fs::create_dir_all(&folder).map_err(EngineError::io("create", &folder))?;
            let kind = match case.kind {
                FixtureKind::Positive => "positive",
                FixtureKind::Negative => "negative",
                FixtureKind::Benign => "benign",
                FixtureKind::Abstain => "abstain",
            };
            let detail = run_case(&folder, packs, (pack, indicator), case, &fixture.tables(case)).unwrap_or_else(|error| error.chain());
            Ok(CaseResult { indicator: indicator.id.clone(), case: format!("{kind}: {}", case.name), passed: detail.is_empty(), detail })
        })
        .collect()
}

/// What differs from what the case expects; empty when nothing does.
fn run_case(
    folder: &Path,
    packs: &PackSet,
    indicator: (&Pack, &Indicator),
    case: &FixtureCase,
    tables: &BTreeMap<&str, Vec<&str>>,
) -> Result<String, EngineError> {
    // One thread: the tables are tiny and a runtime of many would cost more than the work.
    let options = SessionOptions { threads: 1, ..SessionOptions::default() };
    let raw = raw_session(folder, tables, &options)?;
    let prepared = prepare(&raw, packs, &[], &folder.join("enriched"), &options)?;
    let outcome = run_some(&prepared, packs, "default", &[indicator])?;
    let abstained = outcome.abstained.first().map(|abstained| abstained.reason.as_str());
    let mut subjects: Vec<String> = outcome.findings.iter().map(|finding| format!("{}:{}", finding.subject_type, finding.subject_id)).collect();
    subjects.sort();
    let mut protects: Vec<String> = outcome.protects.iter().map(|(kind, id)| format!("{kind}:{id}")).collect();
    protects.sort();
    if case.kind == FixtureKind::Abstain {
        return Ok(if abstained.is_some() { String::new() } else { format!("it did not abstain and spoke of [{}]", subjects.join(", ")) });
    }
    if let Some(reason) = abstained {
        return Ok(format!("it abstained: {reason}"));
    }
    let (mut expect, mut expect_protects) = (case.expect.clone(), case.protects.clone());
    expect.sort();
    expect_protects.sort();
    let mut detail = String::new();
    if subjects != expect {
        detail.push_str(&format!("expected [{}], it spoke of [{}]", expect.join(", "), subjects.join(", ")));
    }
    if case.kind == FixtureKind::Positive && protects != expect_protects {
        detail.push_str(&format!(" expected to protect [{}], it protects [{}]", expect_protects.join(", "), protects.join(", ")));
    }
    let weak = outcome.findings.iter().find(|finding| finding.observations.is_empty() || finding.sources.is_empty() || finding.weight <= 0.0);
    if let Some(finding) = weak {
        detail.push_str(&format!(" `{}` shows no observations, no sources or no weight", finding.subject_id));
    }
    Ok(detail)
}

/// A session with the raw views over the tables of a case.
fn raw_session(folder: &Path, tables: &BTreeMap<&str, Vec<&str>>, options: &SessionOptions) -> Result<Session, EngineError> {
    let session = Session::new(options)?;
    if let Some(name) = tables.keys().find(|name| Table::from_name(name).is_none()) {
        return Err(fault(format!("`{name}` is no table of observations")));
    }
    for table in Table::ALL {
        let mut collected = Collected::default();
        for (number, csv) in tables.get(table.name()).into_iter().flatten().enumerate() {
            read_csv(folder, table, number, csv, &mut collected)?;
        }
        if let Some(problem) = collected.problem {
            return Err(fault(format!("`{table}`: {problem}")));
        }
        let rows = format!("rows_{table}");
        session.register_batches(&rows, batch_schema(table), collected.batches)?;
        let mut columns: Vec<String> = open_columns(table).map(|column| format!("\"{}\"", column.name)).collect();
        columns.push(format!("'{table}/' || \"{BATCH}\" || '/' || CAST(\"{ROW}\" AS VARCHAR) AS obs"));
        columns.push("'fixture' AS source".to_owned());
        columns.push(format!("\"{ATTRIBUTES}\" AS attributes"));
        if table == Table::Posts {
            columns.push(format!("\"{SKETCH}\""));
        }
        session.define_view(table.name(), &format!("SELECT {} FROM {rows}", columns.join(", ")))?;
    }
    Ok(session)
}

fn fault(problem: String) -> EngineError {
    EngineError::Stage { stage: "fixtures", problem }
}

/// Fixtures may speak of any time that observations may speak of.
const LATEST: tributary_model::Timestamp = tributary_model::Timestamp(4_102_444_800_000_000);

fn read_csv(folder: &Path, table: Table, number: usize, csv: &str, collected: &mut Collected) -> Result<(), EngineError> {
    let path = folder.join(format!("{table}.{number}.csv"));
    std::fs::File::create(&path).and_then(|mut file| file.write_all(csv.trim_start().as_bytes())).map_err(EngineError::io("write", &path))?;
    let file = std::fs::File::open(&path).map_err(EngineError::io("read", &path))?;
    let input = Input { name: format!("{table}.csv"), file, count: Arc::new(AtomicU64::new(0)) };
    let limits = Limits::default();
    let batches = [format!("fixture{number}")];
    let options = Options {
        table: Some(table),
        mapping: None,
        key: None,
        keep_text: false,
        as_of: LATEST,
        limits: &limits,
        threads: 1,
        batches: &batches,
        digest_key: [0; 32],
    };
    tributary_ingest::ingest(vec![input], &options, collected).map_err(|e| fault(format!("`{table}`: {e}")))?;
    Ok(())
}

/// Rows of one table, and the first that was refused.
#[derive(Default)]
struct Collected {
    batches: Vec<RecordBatch>,
    problem: Option<String>,
}

impl Sink for Collected {
    fn accept(&mut self, _output: usize, rows: &RecordBatch, _traits: Option<&RecordBatch>) -> Result<(), SinkError> {
        self.batches.push(rows.clone());
        Ok(())
    }

    fn quarantine(&mut self, _output: usize, entry: &QuarantineEntry) -> Result<(), SinkError> {
        self.problem.get_or_insert_with(|| format!("{entry:?}"));
        Ok(())
    }

    fn known_ids(&mut self, _output: usize) -> Result<FxHashSet<u64>, SinkError> {
        Ok(FxHashSet::default())
    }

    fn progress(&mut self, _rows: u64) -> Flow {
        Flow::Continue
    }
}

/// A folder of our own under the system's for temporary files; removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self, EngineError> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let name = format!("tributary-fixtures-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).map_err(EngineError::io("create", &path))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A folder that stays behind is for the system to clear.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
