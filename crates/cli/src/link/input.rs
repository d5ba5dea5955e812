//! What `tributary link` reads: the table, the configuration, labels and judgements.

use std::path::Path;

use tributary_linkage::{Config, Judgement, Label, Parameters, Table, detect};

use crate::Failure;
use crate::arguments::Link;
use crate::progress::Stop;
use crate::rows::{self, Rows};

/// How the table is linked.
pub(crate) enum Plan {
    /// It is trained on the table.
    Train(Config, Vec<Label>),
    /// It was trained before.
    Given(Box<Parameters>),
}

/// Does this column's name say that it holds a protected trait? Such a column is never compared (SG-004); the words are those of ingest.
fn trait_named(column: &str) -> bool {
    tributary_engine::ingest::is_banned(column)
}

fn named(path: &Path, why: impl std::fmt::Display) -> Failure {
    Failure::input(format!("`{}`: {why}", path.display()))
}

/// The columns a configuration needs, each once.
fn columns_of(config: &Config, rules: &[tributary_linkage::Rule]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let compared = config.comparisons.iter().flat_map(|c| &c.parts).map(|p| &p.column);
    let given = if let tributary_linkage::Blocking::Rules(rules) = &config.blocking { rules.as_slice() } else { &[] };
    let keys = given.iter().chain(rules).flat_map(|r| &r.keys).map(|k| &k.column);
    for name in compared.chain(keys) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// Configuration and table. What the header or the configuration gets wrong is told before a row is read.
pub(crate) fn read(a: &Link, file: &Path, stop: &Stop) -> Result<(Table, Plan, Vec<u64>), Failure> {
    let mut source = Rows::open(file, a.delimiter, stop)?;
    let parameters = match &a.parameters {
        Some(path) => Some(Box::new(parameters(path)?)),
        None => None,
    };
    let config: Option<Config> = match &a.settings {
        Some(path) => {
            Some(serde_json::from_str(&rows::text(path)?).map_err(|e| named(path, format!("{e}: --save-settings writes them to start from")))?)
        }
        None => None,
    };
    let wanted = match (&parameters, &config) {
        (Some(p), _) => columns_of(&p.config, &p.rules),
        (None, Some(c)) => columns_of(c, &[]),
        (None, None) if !a.columns.is_empty() => a.columns.clone(),
        (None, None) => source.header().iter().filter(|name| !trait_named(name)).cloned().collect(),
    };
    if let Some(name) = wanted.iter().find(|name| trait_named(name)) {
        return Err(Failure::input(format!("the column `{name}` names a protected trait, which is never compared: leave it out")));
    }
    let (table, offsets) = table(&mut source, &wanted)?;
    let plan = match (parameters, config) {
        (Some(p), _) => Plan::Given(p),
        (None, Some(config)) => Plan::Train(config, labels(a, &table, stop)?),
        (None, None) => Plan::Train(detect(&table).map_err(|e| named(file, e))?, labels(a, &table, stop)?),
    };
    Ok((table, threshold(plan, a.threshold_bits), offsets))
}

fn threshold(mut plan: Plan, bits: Option<f64>) -> Plan {
    match (&mut plan, bits) {
        (Plan::Train(config, _), Some(bits)) => config.threshold_bits = Some(bits),
        (Plan::Given(parameters), Some(bits)) => parameters.threshold_bits = bits,
        (_, None) => {}
    }
    plan
}

/// Rows taken in at a time.
const BATCH_ROWS: usize = 20_000;

/// Why a table could not be read.
enum Wrong {
    Row(Failure),
    Table(tributary_linkage::LinkageError),
}

impl From<tributary_linkage::LinkageError> for Wrong {
    fn from(error: tributary_linkage::LinkageError) -> Self {
        Self::Table(error)
    }
}

/// The table, and where each row begins in the file.
fn table(source: &mut Rows, wanted: &[String]) -> Result<(Table, Vec<u64>), Failure> {
    let mut offsets = Vec::new();
    let places: Vec<usize> = wanted.iter().map(|name| source.column(name)).collect::<Result<_, _>>()?;
    let mut table = Table::new(wanted).map_err(|e| source.fail(&e.to_string()))?;
    // One thread reads while the others take the columns in.
    let read = table.read(|batch| -> Result<(), Wrong> {
        while batch.rows() < BATCH_ROWS && source.advance().map_err(Wrong::Row)? {
            for place in &places {
                source.cell(*place).map_err(Wrong::Row)?;
            }
            let values = places.iter().map(|place| source.cell(*place).unwrap_or_default());
            batch.push(values).map_err(|e| Wrong::Row(source.at(&e.to_string())))?;
            offsets.push(source.offset());
        }
        Ok(())
    });
    match read {
        Ok(()) => {}
        Err(Wrong::Row(failure)) => return Err(failure),
        Err(Wrong::Table(error)) => return Err(source.fail(&error.to_string())),
    }
    if table.rows() == 0 {
        return Err(source.fail("has no rows below its header: there is nothing to link"));
    }
    Ok((table, offsets))
}

/// Parameters saved before.
pub(crate) fn parameters(path: &Path) -> Result<Parameters, Failure> {
    Parameters::from_json(&rows::text(path)?).map_err(|e| named(path, e))
}

/// A row's number as the files write it.
fn row(text: &str, rows: usize) -> Option<u32> {
    text.trim().parse::<u32>().ok().filter(|row| (*row as usize) < rows)
}

/// Labels: a CSV file with the columns left, right and same.
fn labels(a: &Link, table: &Table, stop: &Stop) -> Result<Vec<Label>, Failure> {
    let Some(path) = &a.labels else { return Ok(Vec::new()) };
    let mut source = Rows::open(path, b',', stop)?;
    let places = [source.column("left")?, source.column("right")?, source.column("same")?];
    let mut labels = Vec::new();
    while source.advance()? {
        let [left, right, same] = [source.cell(places[0])?, source.cell(places[1])?, source.cell(places[2])?];
        let (Some(left), Some(right)) = (row(left, table.rows()), row(right, table.rows())) else {
            return Err(source.at(&format!("`{left}` and `{right}` must be rows from 0 to {}", table.rows() - 1)));
        };
        let same = match same.trim().to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "same" => true,
            "0" | "false" | "no" | "apart" => false,
            other => return Err(source.at(&format!("column `same` has `{other}`: write true or false"))),
        };
        if left == right {
            return Err(source.at("a row is labelled with itself: name two rows"));
        }
        labels.push(Label { left, right, same });
    }
    Ok(labels)
}

/// Judgements: one JSON object a line.
pub(crate) fn judgements(path: Option<&Path>, rows_given: usize) -> Result<Vec<Judgement>, Failure> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for (number, line) in rows::text(path)?.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let fail = |why: String| Failure::input(format!("`{}`, line {}: {why}", path.display(), number + 1));
        let one: Judgement = serde_json::from_str(line).map_err(|e| fail(format!("{e}: a judgement has left, right, verdict, by, at, compared")))?;
        if one.left == one.right || one.left.max(one.right) as usize >= rows_given {
            return Err(fail(format!("`{}` and `{}` must be two rows from 0 to {}", one.left, one.right, rows_given.saturating_sub(1))));
        }
        found.push(one);
    }
    Ok(found)
}
