//! `tributary link`: which rows of any CSV file are the same, without a workspace.

mod grow;
mod input;
mod report;

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use tributary_engine::link::{SessionOptions, candidates};
use tributary_linkage::{Judgement, Kernel, LinkageError, Linked, Table, charts, link_labelled, link_with};

use self::input::Plan;
use self::report::{Explained, Summary};
use crate::Failure;
use crate::arguments::{Link, LinkCommand, Output};
use crate::output::{Whole, emit};
use crate::progress::{Progress, Stop, stoppable};
use crate::rows::{Given, Rows};

/// Stages of a run, for the bar.
const STAGES: u64 = 6;

struct Told {
    progress: Progress,
    stage: u64,
}

impl tributary_linkage::Progress for Told {
    fn stage(&mut self, name: &str, size: u64, unit: &str) {
        self.progress.message(&format!("{name}: {size} {unit}"));
        let _ = self.progress.position(self.stage, STAGES);
        self.stage += 1;
    }
}

pub(crate) fn link(a: Link, stop: &Stop, quiet: bool) -> Result<(), Failure> {
    if let Some(LinkCommand::Diff { before, after, output }) = &a.command {
        let (rows, text) = report::differences(&input::parameters(before)?, &input::parameters(after)?);
        return crate::output::emit_rows(output, &rows, || text);
    }
    let Some(file) = a.file.clone() else { return Err(Failure::input("give a CSV file".to_owned())) };
    check_outputs(&a, &file)?;
    let given = Given::listening(&file, stop)?;
    let format = a.format;
    let told = Told { progress: Progress::new(stop, quiet), stage: 0 };
    let listener = stop.clone();
    let output = Output { format, out: None };
    if let Some(kept) = a.state.clone() {
        let added = stoppable(stop, move || grow::add(&a, given.path(), &kept, &listener))?;
        return emit(&output, &added, || added.to_text());
    }
    let (summary, text) = stoppable(stop, move || run(&a, given.path(), &listener, told))?;
    emit(&output, &summary, || text)
}

/// No output may replace the input or another output, and each needs a folder: told before the work, not after it.
fn check_outputs(a: &Link, file: &Path) -> Result<(), Failure> {
    let outputs = [&a.out, &a.pairs, &a.save_parameters, &a.save_settings, &a.charts, &a.save_state, &a.history];
    let mut taken: Vec<PathBuf> =
        [Some(file), a.settings.as_deref(), a.parameters.as_deref(), a.labels.as_deref(), a.judgements.as_deref(), a.state.as_deref()]
            .into_iter()
            .flatten()
            .filter_map(|path| path.canonicalize().ok())
            .collect();
    for path in outputs.into_iter().flatten() {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let (Ok(folder), Some(name)) = (folder.canonicalize(), path.file_name()) else {
            return Err(Failure::input(format!("cannot write `{}`: its folder is not there", path.display())));
        };
        if path.is_dir() {
            return Err(Failure::input(format!("cannot write `{}`: it is a folder", path.display())));
        }
        let whole = path.canonicalize().unwrap_or_else(|_| folder.join(name));
        if taken.contains(&whole) && !whole.starts_with("/dev") {
            return Err(Failure::input(format!("`{}` is read or written by this command already: name another file", path.display())));
        }
        taken.push(whole);
    }
    Ok(())
}

fn run(a: &Link, file: &Path, stop: &Stop, mut told: Told) -> Result<(Summary, String), Failure> {
    use tributary_linkage::Progress as _;
    told.stage("reading", std::fs::metadata(file).map_or(0, |m| m.len()), "bytes");
    let fail = |e: tributary_linkage::LinkageError| Failure::input(format!("`{}`: {e}", file.display()));
    let (table, plan, offsets) = input::read(a, file, stop)?;
    let id_column = id_column(a, Rows::open(file, a.delimiter, stop)?.header(), file)?;
    let judgements = input::judgements(a.judgements.as_deref(), table.rows())?;
    let linked = match &plan {
        _ if a.memory_mib.is_some() => spilling(a, &table, &plan, &judgements, stop, &mut told, &fail)?,
        Plan::Train(config, labels) => link_labelled(&table, config, labels, &judgements, &mut told).map_err(fail)?,
        Plan::Given(parameters) => link_with(&table, parameters, &judgements, &mut told).map_err(fail)?,
    };
    let explained = match a.explain {
        Some((left, right)) => Some(explain(&linked, left, right, table.rows())?),
        None => None,
    };
    let mut done = write_outputs(a, &table, &linked, explained.as_ref(), stop)?;
    let summary = Summary::new(&file.display().to_string(), &table, &linked, explained);
    let text = summary.to_text();
    let ids: Vec<u64> = match &a.save_state {
        None => linked.clusters().iter().map(|cluster| u64::from(*cluster)).collect(),
        Some(path) => {
            let parameters = linked.parameters().clone();
            drop(linked);
            told.stage("keeping", table.rows() as u64, "rows");
            let state = grow::begin(table, parameters, judgements, &mut told)?;
            done.push(grow::keep(&state, path)?);
            (0..state.rows() as u32).map(|row| state.cluster(row).unwrap_or(u64::MAX)).collect()
        }
    };
    if let Some(path) = &a.out {
        done.push(clusters(a, file, &id_column, path, &ids, &offsets, stop)?);
    }
    if stop.asked() {
        return Err(Failure::Stopped);
    }
    done.into_iter().try_for_each(Whole::finish)?;
    told.progress.finish();
    Ok((summary, text))
}

/// The same linkage with the query engine finding the candidates.
fn spilling<'t>(
    a: &Link,
    table: &'t Table,
    plan: &Plan,
    judgements: &[Judgement],
    stop: &Stop,
    told: &mut Told,
    fail: &dyn Fn(LinkageError) -> Failure,
) -> Result<Linked<'t>, Failure> {
    use tributary_linkage::Progress as _;
    let kernel = match plan {
        Plan::Train(config, labels) => Kernel::train(table, config, labels, judgements, told),
        Plan::Given(parameters) => Kernel::with(table, parameters, judgements),
    }
    .map_err(fail)?;
    let options = SessionOptions { memory_limit_bytes: a.memory_mib.map(|mib| (mib as usize) << 20), ..SessionOptions::default() };
    let found = candidates(&options, &kernel.join(), &mut |at, of, pairs| {
        told.stage(&format!("scoring, rule {} of {of}", at + 1), pairs, "pairs");
        !stop.asked()
    });
    let edges = found.map_err(|e| Failure::input(tributary_model::with_causes(&e)))?.ok_or(Failure::Stopped)?;
    told.stage("clustering", edges.len() as u64, "pairs");
    kernel.cluster(edges).map_err(fail)
}

fn explain(linked: &Linked<'_>, left: u32, right: u32, rows: usize) -> Result<Explained, Failure> {
    let waterfall = linked.explain(left, right);
    let waterfall = waterfall
        .ok_or_else(|| Failure::input(format!("--explain `{left},{right}` must be two different rows from 0 to {}", rows.saturating_sub(1))))?;
    let cluster = |row: u32| linked.clusters().get(row as usize);
    Ok(Explained { left, right, same_cluster: cluster(left) == cluster(right), waterfall })
}

/// What the cluster's column is called: as asked; else `cluster`, and where the file has one already (a truth, an earlier run), `cluster_id`.
fn id_column(a: &Link, header: &[String], file: &Path) -> Result<String, Failure> {
    let taken = |name: &str| header.iter().any(|known| known == name);
    let free = match &a.id_column {
        Some(name) => Some(name.as_str()).filter(|name| !taken(name)),
        None => ["cluster", "cluster_id"].into_iter().find(|name| !taken(name)),
    };
    let wanted = a.id_column.as_deref().unwrap_or("cluster_id");
    let clash = || format!("`{}` has a column `{wanted}` already: choose another name with --id-column", file.display());
    free.map(str::to_owned).ok_or_else(|| Failure::input(clash()))
}

/// Writes files beside their places; the caller renames them when all are whole.
fn write_outputs(a: &Link, table: &Table, linked: &Linked<'_>, explained: Option<&Explained>, stop: &Stop) -> Result<Vec<Whole>, Failure> {
    let mut done: Vec<Whole> = Vec::new();
    if let Some(path) = &a.pairs {
        done.push(pairs(path, linked, stop)?);
    }
    if let Some(path) = &a.save_parameters {
        let mut parameters = linked.parameters().clone();
        if parameters.name.is_empty() {
            parameters.name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        }
        if parameters.frequencies.is_none() {
            parameters.freeze(table);
        }
        let text = parameters.to_json().map_err(|e| Failure::input(e.to_string()))?;
        done.push(Whole::of(path, format!("{text}\n").as_bytes())?);
    }
    if let Some(path) = &a.save_settings {
        let text = serde_json::to_string_pretty(&linked.parameters().config).map_err(|e| Failure::input(e.to_string()))?;
        done.push(Whole::of(path, format!("{text}\n").as_bytes())?);
    }
    if let Some(path) = &a.charts {
        done.push(Whole::of(path, page(linked, explained).as_bytes())?);
    }
    Ok(done)
}

/// All columns of the input, with the cluster first: each row as it stands in the file, from where it began when it was read.
fn clusters(a: &Link, file: &Path, id_column: &str, path: &Path, ids: &[u64], offsets: &[u64], stop: &Stop) -> Result<Whole, Failure> {
    let source = Rows::open(file, a.delimiter, stop)?;
    let mut whole = Whole::create(path)?;
    let fail = |e: std::io::Error| Failure::input(format!("cannot write `{}`: {e}", path.display()));
    let changed = || Failure::input(format!("`{}` changed while it was read: start again", file.display()));
    let mut header = csv::WriterBuilder::new().delimiter(a.delimiter).from_writer(Vec::new());
    let names = std::iter::once(id_column).chain(source.header().iter().map(String::as_str));
    header.write_record(names).map_err(|e| fail(e.into()))?;
    whole.write_all(&header.into_inner().map_err(|e| fail(e.into_error()))?).map_err(fail)?;
    let opened = File::open(file).map_err(|_| changed())?;
    let length = opened.metadata().map_err(|_| changed())?.len();
    let mut input = BufReader::with_capacity(1 << 20, opened);
    input.seek(SeekFrom::Start(offsets.first().copied().unwrap_or(0))).map_err(|_| changed())?;
    let ends = offsets.iter().skip(1).copied().chain([length]);
    let mut row = Vec::new();
    for (at, ((id, start), end)) in ids.iter().zip(offsets).zip(ends).enumerate() {
        if at % 65_536 == 0 && stop.asked() {
            return Err(Failure::Stopped);
        }
        row.resize(usize::try_from(end.checked_sub(*start).ok_or_else(changed)?).map_err(|_| changed())?, 0);
        input.read_exact(&mut row).map_err(|_| changed())?;
        let blank = row.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(0);
        write!(whole, "{id}").map_err(fail)?;
        whole.write_all(&[a.delimiter]).map_err(fail)?;
        // The row itself may end in blanks or tabs, which belong to its last value: only the ends of lines are taken off.
        let end = row.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1);
        whole.write_all(row.get(blank..end).unwrap_or_default()).map_err(fail)?;
        whole.write_all(b"\n").map_err(fail)?;
    }
    Ok(whole)
}

fn pairs(path: &Path, linked: &Linked<'_>, stop: &Stop) -> Result<Whole, Failure> {
    let mut whole = Whole::create(path)?;
    let fail = |e: std::io::Error| Failure::input(format!("cannot write `{}`: {e}", path.display()));
    writeln!(whole, "left,right,bits,collective_bits,same_cluster").map_err(fail)?;
    let cluster = |row: u32| linked.clusters().get(row as usize);
    for (at, p) in linked.pairs().iter().enumerate() {
        if at % 65_536 == 0 && stop.asked() {
            return Err(Failure::Stopped);
        }
        let same = cluster(p.left) == cluster(p.right);
        writeln!(whole, "{},{},{:.3},{:.3},{same}", p.left, p.right, p.bits, p.collective_bits).map_err(fail)?;
    }
    Ok(whole)
}

/// The pictures of the run, and of one pair: the one asked for, else the weakest bridge, else the pair nearest the threshold.
fn page(linked: &Linked<'_>, explained: Option<&Explained>) -> String {
    let threshold = linked.parameters().threshold_bits;
    let pair = explained.map(|e| (e.left, e.right)).or_else(|| {
        let nearest = |pairs: &[tributary_linkage::Pair]| {
            pairs.iter().min_by(|a, b| (a.bits - threshold).abs().total_cmp(&(b.bits - threshold).abs())).map(|p| (p.left, p.right))
        };
        nearest(linked.bridges()).or_else(|| nearest(linked.pairs()))
    });
    let mut more = String::new();
    if let Some((left, right)) = pair {
        more.push_str(&format!("<h2>Rows {left} and {right}</h2>\n"));
        more.push_str(&linked.explain(left, right).map(|w| charts::waterfall(&w)).unwrap_or_default());
        more.push_str(&charts::cluster(linked, left).unwrap_or_default());
    }
    linked.page().replace("</body></html>", &format!("{more}</body></html>"))
}

/// `LEFT,RIGHT` of the command line.
pub(crate) fn two_rows(text: &str) -> Result<(u32, u32), String> {
    let rows = text.split_once(',').and_then(|(left, right)| Some((left.trim().parse().ok()?, right.trim().parse().ok()?)));
    rows.ok_or_else(|| "two rows, counted from 0, such as 3,17".to_owned())
}

/// A delimiter of the command line.
pub(crate) fn delimiter(text: &str) -> Result<u8, String> {
    match (text, text.as_bytes()) {
        ("tab" | "\\t", _) => Ok(b'\t'),
        (_, [one]) if one.is_ascii_punctuation() && *one != b'"' || text == "\t" => Ok(*one),
        _ => Err("one sign such as `;`, or tab".to_owned()),
    }
}

/// A threshold of the command line, in bits.
pub(crate) fn bits(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|bits: &f64| bits.abs() <= 1_000.0).ok_or_else(|| "bits from -1000 to 1000".to_owned())
}
