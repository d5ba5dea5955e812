//! Questions: SQL, evaluation, and the state of a workspace.

use tributary_engine::Workspace;
use tributary_engine::ask as engine;

use crate::Failure;
use crate::arguments::{Doctor, Evaluate, Format, Sql};
use crate::output::{Table, emit, emit_rows, printable, write};

pub(crate) fn sql(a: &Sql) -> Result<(), Failure> {
    let workspace = Workspace::open(&a.workspace)?;
    let answer = engine::sql(&workspace, &a.query, a.limit, a.timeout)?;
    if a.output.format != Format::Table {
        return emit_rows(&a.output, &answer.rows, String::new);
    }
    let mut text = aligned(&answer.columns, &answer.cells);
    if answer.cut {
        text.push_str(&format!("only the first {} rows are shown; --limit shows more\n", a.limit));
    }
    write(&a.output, text.as_bytes())
}

/// Columns with names known only now.
fn aligned(columns: &[String], cells: &[Vec<String>]) -> String {
    let clean: Vec<Vec<String>> = std::iter::once(columns.to_vec())
        .chain(cells.iter().cloned())
        .map(|row| row.iter().map(|c| printable(c).replace('\n', " ")).collect())
        .collect();
    let widths: Vec<usize> =
        (0..columns.len()).map(|at| clean.iter().filter_map(|r| r.get(at)).map(|c| c.chars().count()).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for row in clean {
        let line: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell}{}", " ".repeat(width.saturating_sub(cell.chars().count())))).collect();
        text.push_str(line.join("  ").trim_end());
        text.push('\n');
    }
    text
}

pub(crate) fn evaluate(a: &Evaluate) -> Result<(), Failure> {
    let Some(workspace) = &a.workspace else {
        let report = engine::evaluate_pooled(&a.pool)?;
        return emit(&a.output, &report, || report.to_text());
    };
    let workspace = Workspace::open(workspace)?;
    match (&a.truth, &a.labels, &a.instances) {
        (Some(truth), _, _) => {
            let report = engine::evaluate(&workspace, truth)?;
            emit(&a.output, &report, || report.to_text())
        }
        (None, Some(labels), Some(instances)) => {
            let report = tributary_engine::ranking::evaluate_amlgentex(&workspace, labels, instances)?;
            emit(&a.output, &report, || {
                let mut table = Table::new(&["typology", "found", "of"]);
                for row in &report.typologies {
                    table.row([row.typology.clone(), row.found.hits.to_string(), row.found.of.to_string()]);
                }
                format!(
                    "{} transfers between accounts, {} of them planted\naverage precision {:.3}, best F1 {:.3} (threshold chosen with the labels in view)\n\n{}",
                    report.transfers,
                    report.base_rate.hits,
                    report.average_precision,
                    report.best_f1,
                    table.render()
                )
            })
        }
        _ => Err(Failure::input("give --truth, or --labels with --instances".to_owned())),
    }
}

pub(crate) fn doctor(a: &Doctor) -> Result<(), Failure> {
    let findings = engine::doctor(&a.workspace, a.quick);
    emit_rows(&a.output, &findings, || {
        let mut table = Table::new(&["check", "state", "detail"]);
        for finding in &findings {
            table.row([finding.check.clone(), if finding.ok { "ok".to_owned() } else { "FAIL".to_owned() }, printable(&finding.detail)]);
        }
        table.render()
    })?;
    if findings.iter().all(|f| f.ok) { Ok(()) } else { Err(Failure::Found) }
}
