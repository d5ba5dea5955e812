//! Commands over one file of transfers, without a workspace.

use std::io::Write as _;
use std::path::Path;

use serde::Serialize;
use tributary_engine::features::{CsvRows, FeatureSummary, ParquetRows, features as compute};
use tributary_engine::ingest::{Flow, Mapping};
use tributary_engine::rank::{By, Ranked, Side, rank as rank_file};
use tributary_engine::search;
use tributary_engine::stream::{PatternSettings, StreamEvent, StreamSettings, stream as take_stream};
use tributary_engine::transfers::Read;
use tributary_features::{Config, Families, Family, View, schema};

use crate::Failure;
use crate::arguments::{ChosenFeatures, Features, Format, Output, Patterns, Rank, Stream};
use crate::output::{Table, Whole, emit, emit_rows, not_an_input, spare, write};
use crate::pipeline::{mapping, now};
use crate::progress::{Progress, Stop, stoppable};
use crate::rows::Given;

/// Rows after which progress is shown.
const TOLD_EACH: u64 = 65_536;

/// What was done with a file.
#[derive(Debug, Serialize)]
struct Done {
    rows: u64,
    columns: usize,
    quarantined: u64,
    left_out: u64,
    problems: Vec<String>,
    mapping: Option<String>,
    streamed: bool,
    by_time: bool,
    searches_cut: u64,
    currencies: Vec<String>,
}

impl Done {
    fn new(summary: FeatureSummary, columns: usize) -> Self {
        let Read { rows, quarantined, left_out, problems, mapping, .. } = summary.read;
        let cuts = summary.cuts;
        let searches_cut = cuts.scatter_gather + cuts.temporal_cycle + cuts.simple_cycle;
        let FeatureSummary { streamed, by_time, currencies, .. } = summary;
        Self { rows, columns, quarantined, left_out, problems, mapping, streamed, by_time, searches_cut, currencies }
    }

    fn to_text(&self) -> String {
        let mut text = format!("{} transfers, {} features each", self.rows, self.columns);
        if let Some(mapping) = &self.mapping {
            text.push_str(&format!(", read as {mapping}"));
        }
        text.push('\n');
        if self.left_out > 0 {
            text.push_str(&format!("{} rows are no transfers and have no line\n", self.left_out));
        }
        if self.quarantined > 0 {
            text.push_str(&format!("{} rows could not be read and have no line:\n", self.quarantined));
            self.problems.iter().take(10).for_each(|problem| text.push_str(&format!("  {}\n", crate::output::line(problem))));
        }
        if self.by_time {
            text.push_str("the file is not in the order of time: it was sorted, and its rows are written in the order of time\n");
        } else if !self.streamed {
            text.push_str("the file is not in the order of time: it was held in memory\n");
        }
        if self.searches_cut > 0 {
            text.push_str(&format!("{} searches met their bound: their columns hold what was found until then\n", self.searches_cut));
        }
        if !self.currencies.is_empty() {
            text.push_str(&format!("amounts are of several currencies ({}) and were compared as they stand\n", self.currencies.join(", ")));
        }
        text
    }
}

/// A window of the command line: 6h, 7d, 90s.
pub(crate) fn window(text: &str) -> Result<i64, String> {
    let (digits, unit) = text.split_at_checked(text.len().saturating_sub(1)).unwrap_or(("", ""));
    let each = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => 0,
    };
    digits
        .parse::<i64>()
        .ok()
        .filter(|n| *n > 0 && each > 0)
        .and_then(|n| n.checked_mul(each))
        .ok_or_else(|| "a number and s, m, h or d, such as 6h or 7d".to_owned())
}

/// How late a transfer may be: 0s, 10m, 6h.
pub(crate) fn horizon(text: &str) -> Result<i64, String> {
    if text == "0s" || text == "0" { Ok(0) } else { window(text) }
}

/// A family of the command line.
pub(crate) fn family(text: &str) -> Result<Family, String> {
    let known = || Family::ALL.map(Family::name).join(", ");
    Family::named(text).ok_or_else(|| format!("no such family: {}", known()))
}

#[derive(Serialize)]
struct Documented {
    name: String,
    family: &'static str,
    meaning: String,
    unit: &'static str,
    window: Option<i64>,
    whole: bool,
}

fn config(chosen: &ChosenFeatures) -> Config {
    let mut config = Config::default();
    if !chosen.families.is_empty() {
        config.families = chosen.families.iter().copied().collect::<Families>();
    }
    if !chosen.windows.is_empty() {
        config.windows.clone_from(&chosen.windows);
        config.windows.sort_unstable();
    }
    config
}

pub(crate) fn features(a: Features, stop: &Stop, quiet: bool) -> Result<(), Failure> {
    let config = config(&a.chosen);
    if a.describe {
        let documented: Vec<Documented> = schema(&config, View::Before)
            .into_iter()
            .map(|f| Documented { name: f.name, family: f.family.name(), meaning: f.meaning, unit: f.unit, window: f.window, whole: f.whole })
            .collect();
        let mut table = Table::new(&["feature", "family", "unit", "meaning"]);
        documented.iter().for_each(|f| table.row([f.name.clone(), f.family.to_owned(), f.unit.to_owned(), f.meaning.clone()]));
        return emit_rows(&Output { format: a.format, out: a.out }, &documented, || table.render());
    }
    let (Some(file), Some(out)) = (a.file.clone(), a.out.clone()) else {
        return Err(Failure::input(
            "give a file of transfers, and --out FILE: a name that ends in .parquet is written as Parquet, any other as CSV".to_owned(),
        ));
    };
    not_an_input(&Output { format: a.format, out: Some(out.clone()) }, [&file])?;
    spare(&out)?;
    let given = Given::listening(&file, stop)?;
    let mapping = a.mapping.as_deref().map(mapping).transpose()?;
    let (listener, progress) = (stop.clone(), Progress::new(stop, quiet));
    let threads = a.threads.unwrap_or(0);
    let done = stoppable(stop, move || {
        let done = run(&given, mapping.as_ref(), &config, threads, &out, &listener, &progress);
        progress.finish();
        done
    })?;
    emit(&Output { format: a.format, out: None }, &done, || done.to_text())
}

fn run(
    given: &Given,
    mapping: Option<&Mapping>,
    config: &Config,
    threads: usize,
    out: &Path,
    stop: &Stop,
    progress: &Progress,
) -> Result<Done, Failure> {
    let columns = schema(config, View::Before).len();
    // Temporary files go where the output goes: there must be room there anyway.
    let scratch = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let told = |rows: u64| {
        if rows % TOLD_EACH < 16_384 {
            progress.message(&format!("{rows} transfers"));
        }
        if stop.asked() { Flow::Stop } else { Flow::Continue }
    };
    let summary = if out.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet")) {
        let (rows, summary) =
            compute(given.path(), mapping, (config, threads), now(), scratch, |features| ParquetRows::create(out, features, &told))?;
        rows.finish()?;
        summary
    } else {
        let begin = |features: &[tributary_features::Feature]| {
            let whole =
                Whole::create(out).map_err(|failure| tributary_engine::EngineError::Stage { stage: "features", problem: failure.to_string() })?;
            CsvRows::create(whole, features, &told)
        };
        let (rows, summary) = compute(given.path(), mapping, (config, threads), now(), scratch, begin)?;
        rows.finish()?.finish()?;
        summary
    };
    Ok(Done::new(summary, columns))
}

/// `NAME=NUMBER` of the command line.
pub(crate) fn parameter(text: &str) -> Result<(String, f64), String> {
    let (name, number) = text.split_once('=').ok_or("a name and a number, such as k=5")?;
    let number = number.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(|| format!("`{number}` is no number"))?;
    Ok((name.to_owned(), number))
}

pub(crate) fn patterns(a: Patterns, stop: &Stop, quiet: bool) -> Result<(), Failure> {
    let output = Output { format: Format::Ndjson, out: a.out.clone() };
    not_an_input(&output, std::iter::once(&a.file).chain(&a.accounts))?;
    if let Some(out) = a.out.as_ref().filter(|out| *out != Path::new("-")) {
        spare(out)?;
    }
    let given = Given::listening(&a.file, stop)?;
    let mapping = a.mapping.as_deref().map(mapping).transpose()?;
    let known = a.accounts.as_deref().map(known_accounts).transpose()?.unwrap_or_default();
    let asked = a.accounts.is_some();
    let (listener, progress) = (stop.clone(), Progress::new(stop, quiet));
    let found = stoppable(stop, move || {
        progress.message("reading and searching");
        let parameters = a.parameters.into_iter().collect();
        let found = search::patterns(given.path(), mapping.as_ref(), &a.kinds, &parameters, &known, now(), &|| !listener.asked())?;
        progress.finish();
        Ok(found)
    })?;
    emit_rows(&output, &found.patterns, String::new)?;
    if !quiet {
        let read = &found.read;
        eprintln!("{} transfers of {} accounts, {} patterns", read.rows, read.accounts.len(), found.patterns.len());
        tell_unread(read);
        if asked {
            eprintln!("of {} of these accounts something is known beforehand", found.known);
        }
        found.bounds.iter().for_each(|bound| eprintln!("a bound was met, so there may be more: {bound}"));
    }
    Ok(())
}

/// Most rows of a file of accounts.
const ACCOUNTS_MAX: usize = 20_000_000;

/// What a CSV file of accounts says of them. Columns that are none of these are not looked at; an account given twice is what it is said to be last.
fn known_accounts(path: &Path) -> Result<search::KnownAccounts, Failure> {
    let fail = |why: String| Failure::input(format!("`{}`: {why}", path.display()));
    let mut reader = csv::ReaderBuilder::new().flexible(false).from_path(path).map_err(|e| fail(e.to_string()))?;
    let header = reader.headers().map_err(|e| fail(e.to_string()))?.clone();
    let column = |name: &str| header.iter().position(|column| column.trim().trim_start_matches('\u{feff}') == name);
    let id = column("account_id").ok_or_else(|| fail("has no column `account_id`".to_owned()))?;
    let [provider, licensed, role] = ["provider", "licensed", "role"].map(column);
    if [provider, licensed, role].iter().all(Option::is_none) {
        return Err(fail("has none of the columns `provider`, `licensed` and `role`, so it says nothing of its accounts".to_owned()));
    }
    let mut known = search::KnownAccounts::new();
    for (row, record) in reader.records().enumerate() {
        if row >= ACCOUNTS_MAX {
            return Err(fail(format!("has more than {ACCOUNTS_MAX} rows")));
        }
        let record = record.map_err(|e| fail(e.to_string()))?;
        let field = |at: Option<usize>| at.and_then(|at| record.get(at)).unwrap_or_default();
        let account = field(Some(id)).trim();
        if account.is_empty() {
            return Err(fail(format!("row {}: `account_id` is empty", row + 1)));
        }
        let facts = search::KnownAccount::new(field(provider), field(licensed), field(role));
        known.insert(account.to_owned(), facts.map_err(|why| fail(format!("row {}: {}", row + 1, crate::output::line(&why))))?);
    }
    Ok(known)
}

/// Rows that could not be read are told on standard error.
fn tell_unread(read: &Read) {
    if read.quarantined > 0 {
        eprintln!("{} rows could not be read: {}", read.quarantined, crate::output::line(&read.problems.join("; ")));
    }
}

/// A day or a time of the command line.
pub(crate) fn moment(text: &str) -> Result<tributary_model::Timestamp, String> {
    let day = || tributary_model::Timestamp::parse(&format!("{text}T00:00:00Z"));
    tributary_model::Timestamp::parse(text).or_else(|_| day()).map_err(|_| "a day or a time, such as 2025-03-01 or 2025-03-01T10:00:00Z".to_owned())
}

pub(crate) fn rank(a: Rank, stop: &Stop, quiet: bool) -> Result<(), Failure> {
    let output = Output { format: Format::Table, out: a.out.clone() };
    for out in [&a.out, &a.save_model, &a.card].into_iter().flatten() {
        not_an_input(&Output { format: Format::Table, out: Some(out.clone()) }, std::iter::once(&a.file).chain(&a.model))?;
    }
    let given = Given::listening(&a.file, stop)?;
    let mapping = a.mapping.as_deref().map(mapping).transpose()?;
    let model = a.model.as_deref().map(model_bytes).transpose()?;
    let threads = a.threads.unwrap_or(0);
    let (listener, progress) = (stop.clone(), Progress::new(stop, quiet));
    let side = if a.before_only { Side::Before } else { Side::Both };
    let (labels, until, seed) = (a.labels.clone(), a.train_until, a.seed);
    let ranked = stoppable(stop, move || {
        progress.message("computing features and ranking");
        let by = match (&labels, &model) {
            (Some(column), _) => By::Labels { column, until, side },
            (None, Some(bytes)) => By::Model(bytes),
            (None, None) => By::Strangeness,
        };
        let ranked = rank_file(given.path(), mapping.as_ref(), &by, seed, threads, now(), &|| !listener.asked())?;
        progress.finish();
        Ok(ranked)
    })?;
    if let Some(drift) = ranked.drift.as_ref().filter(|_| !a.despite_drift) {
        return Err(Failure::input(format!("the model does not fit this file: {drift}; learn a new one, or rank all the same with --despite-drift")));
    }
    if !quiet {
        let read = &ranked.read;
        eprintln!("{} transfers of {} accounts", read.rows, read.accounts.len());
        tell_unread(read);
    }
    let mut done: Vec<Whole> = Vec::new();
    if let Some(model) = &ranked.model {
        if let Some(path) = &a.save_model {
            done.push(Whole::of(path, &model.save().map_err(|e| Failure::input(e.to_string()))?)?);
        }
        if let Some(path) = &a.card {
            done.push(Whole::of(path, model.card().markdown().as_bytes())?);
        }
        if !quiet {
            told(model);
        }
    }
    write(&output, ranks(&ranked)?.as_bytes())?;
    done.into_iter().try_for_each(Whole::finish)
}

fn model_bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let fail = |why: String| Failure::input(format!("`{}`: {why}", path.display()));
    let bytes = std::fs::metadata(path).map_err(|e| fail(format!("cannot be read: {e}")))?.len();
    if bytes > tributary_rank::MODEL_BYTES_MAX as u64 {
        return Err(fail(format!("has {bytes} bytes; at most {} are read", tributary_rank::MODEL_BYTES_MAX)));
    }
    std::fs::read(path).map_err(|e| fail(format!("cannot be read: {e}")))
}

/// What the model was found to be worth on the period it did not learn from.
fn told(model: &tributary_rank::Readings) {
    let card = model.card();
    match &card.figures {
        Some(figures) => eprintln!(
            "{} trees; on the held-out period average precision {:.3}, F1 {:.3} at the threshold chosen before it",
            card.trees, figures.average_precision, figures.f1
        ),
        None => eprintln!("{} trees; no labelled transfers in the held-out period to measure on", card.trees),
    }
}

/// The ranks as CSV, in the order of the file.
fn ranks(ranked: &Ranked) -> Result<String, Failure> {
    let fail = |e: &dyn std::fmt::Display| Failure::input(format!("cannot write CSV: {e}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    let probable = ranked.probabilities.is_some();
    let header: &[&str] = if probable { &["transfer_id", "score", "probability"] } else { &["transfer_id", "score"] };
    writer.write_record(header).map_err(|e| fail(&e))?;
    for (row, (id, score)) in ranked.ids.iter().zip(&ranked.scores).enumerate() {
        let mut record = vec![id.clone(), format!("{score:.6}")];
        record.extend(ranked.probabilities.as_ref().and_then(|all| all.get(row)).map(|p| format!("{p:.6}")));
        writer.write_record(&record).map_err(|e| fail(&e))?;
    }
    String::from_utf8(writer.into_inner().map_err(|e| fail(&e))?).map_err(|e| fail(&e))
}

pub(crate) fn stream(a: &Stream, quiet: bool) -> Result<(), Failure> {
    let threads = a.threads.unwrap_or(0);
    let settings = StreamSettings {
        config: config(&a.chosen),
        patterns: (!a.patterns.is_empty()).then(|| PatternSettings {
            kinds: if a.patterns.iter().any(|kind| kind == "all") { Vec::new() } else { a.patterns.clone() },
            parameters: a.parameters.iter().cloned().collect(),
            window: a.pattern_window,
        }),
        horizon: a.horizon,
        waiting_max: a.waiting_max as usize,
        batch_max: a.batch_max as usize,
        threads,
    };
    let names = std::cell::RefCell::new(Vec::<String>::new());
    let begin = |features: &[tributary_features::Feature]| {
        // Names once as JSON text, each with what comes before its value.
        let named = features.iter().map(|feature| format!("{}:", serde_json::Value::from(feature.name.as_str())));
        names.replace(named.collect());
        Ok(())
    };
    let mut out = std::io::BufWriter::with_capacity(1 << 16, std::io::stdout());
    let mut gone = false;
    let mut emit = |event: StreamEvent<'_>| {
        if a.no_features && matches!(event, StreamEvent::Rows { .. }) {
            return Ok(true);
        }
        let written = lines(&event, &names.borrow()).and_then(|text| out.write_all(text.as_bytes()).and_then(|()| out.flush()));
        match written {
            Ok(()) => Ok(true),
            // Who listened went away: there is nobody to tell.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
                gone = true;
                Ok(false)
            }
            Err(error) => Err(tributary_engine::EngineError::Stage { stage: "stream", problem: format!("cannot write: {error}") }),
        }
    };
    let summary = take_stream(std::io::stdin(), &settings, &now, begin, &mut emit)?;
    if summary.lines > 0 && summary.refused == summary.lines && !gone {
        return Err(Failure::input("no line was a transfer: give one JSON object a line with transfer_id, at, from_account, to_account".to_owned()));
    }
    if !quiet && !gone {
        eprintln!(
            "{} lines, {} rows, {} refused; at most {} transfers remembered at one time",
            summary.lines, summary.rows, summary.refused, summary.remembered_most
        );
        if !a.patterns.is_empty() {
            eprintln!("{} patterns appeared, {} were withdrawn", summary.appeared, summary.withdrawn);
        }
    }
    Ok(())
}

/// What an event says, a line for each row.
fn lines(event: &StreamEvent<'_>, names: &[String]) -> std::io::Result<String> {
    use std::fmt::Write as _;
    let mut text = String::new();
    match event {
        StreamEvent::Refused { line, id, reason } => {
            text = serde_json::json!({ "line": line, "transfer_id": id, "refused": reason }).to_string();
            text.push('\n');
        }
        StreamEvent::Changed(changed) => {
            text = serde_json::to_string(changed)?;
            text.push('\n');
        }
        StreamEvent::Rows { ids, table } => {
            for (row, id) in ids.iter().enumerate() {
                let _ = write!(text, "{{\"transfer_id\":{}", serde_json::Value::from(id.as_str()));
                for (name, column) in names.iter().zip(&table.columns) {
                    let value = column.value(row);
                    // What is not defined is left out: JSON has no NaN.
                    if value.is_finite() {
                        let _ = write!(text, ",{name}{value}");
                    }
                }
                text.push_str("}\n");
            }
        }
    }
    Ok(text)
}
