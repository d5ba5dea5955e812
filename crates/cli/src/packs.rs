//! Rule packs: list, check, test, compare.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;
use tributary_engine::packs as engine;

use crate::Failure;
use crate::arguments::{PacksCommand, PacksFolder};
use crate::output::{Table, emit_rows, printable};

pub(crate) fn packs(command: PacksCommand) -> Result<(), Failure> {
    match command {
        PacksCommand::List(a) => list(&a),
        PacksCommand::Check(a) => check(&a),
        PacksCommand::Test(a) => test(&a),
        PacksCommand::Diff { old, new, output } => {
            let changes = engine::diff(&engine::files(Some(&folder(old)))?, &engine::files(Some(&folder(new)))?)?;
            emit_rows(&output, &changes, || {
                if changes.is_empty() { "no difference\n".to_owned() } else { changes.iter().map(|c| format!("{c}\n")).collect() }
            })
        }
    }
}

/// A workspace stands for its packs.
fn folder(path: PathBuf) -> PathBuf {
    let packs = path.join("packs");
    if path.join("tributary.toml").is_file() && packs.is_dir() { packs } else { path }
}

fn files(a: &PacksFolder) -> Result<BTreeMap<String, String>, Failure> {
    Ok(engine::files(a.folder.clone().map(folder).as_deref())?)
}

#[derive(Serialize)]
struct Row {
    id: String,
    version: String,
    family: String,
    side: String,
    weight: f64,
    context_only: bool,
    title: String,
}

fn list(a: &PacksFolder) -> Result<(), Failure> {
    let set = engine::load(&files(a)?)?;
    let rows: Vec<Row> = set
        .indicators()
        .map(|(pack, indicator)| Row {
            id: indicator.id.clone(),
            version: pack.version.clone(),
            family: pack.family.code().to_owned(),
            side: match indicator.side {
                tributary_model::Side::Trafficking => "trafficking",
                tributary_model::Side::TerroristFinancing => "terrorist_financing",
                tributary_model::Side::Neutral => "neutral",
            }
            .to_owned(),
            weight: indicator.weight,
            context_only: indicator.context_only,
            title: indicator.title.clone(),
        })
        .collect();
    emit_rows(&a.output, &rows, || {
        let mut table = Table::new(&["indicator", "version", "side", "weight", "context only", "title"]);
        for row in &rows {
            let context = if row.context_only { "yes" } else { "" };
            table.row([
                row.id.clone(),
                row.version.clone(),
                row.side.clone(),
                format!("{:.2}", row.weight),
                context.to_owned(),
                printable(&row.title),
            ]);
        }
        format!("{}{} indicators, packs {}\n", table.render(), rows.len(), set.hash())
    })
}

#[derive(Serialize)]
struct Problem {
    problem: String,
}

fn check(a: &PacksFolder) -> Result<(), Failure> {
    let problems: Vec<Problem> = engine::check(&files(a)?).into_iter().map(|problem| Problem { problem }).collect();
    emit_rows(&a.output, &problems, || {
        if problems.is_empty() {
            "the packs are in order\n".to_owned()
        } else {
            problems.iter().map(|p| format!("{}\n", printable(&p.problem))).collect()
        }
    })?;
    if problems.is_empty() { Ok(()) } else { Err(Failure::Found) }
}

fn test(a: &PacksFolder) -> Result<(), Failure> {
    let results = engine::test(&files(a)?)?;
    emit_rows(&a.output, &results, || {
        let failed: Vec<_> = results.iter().filter(|r| !r.passed).collect();
        let mut text: String = failed.iter().map(|r| format!("FAIL {} {}: {}\n", r.indicator, r.case, printable(&r.detail))).collect();
        text.push_str(&format!("{} cases, {} failed\n", results.len(), failed.len()));
        text
    })?;
    if results.iter().all(|r| r.passed) { Ok(()) } else { Err(Failure::Found) }
}
