//! Alerts for people: the list, and one in full.

use std::fmt::Write as _;

use tributary_engine::{Workspace, alerts as kept};
use tributary_model::alert::AlertRecord;

use crate::Failure;
use crate::arguments::{Alerts, Explain, Format};
use crate::output::{Table, emit, heading, line, write};
use crate::pipeline::caution;

pub(crate) fn alerts(a: &Alerts) -> Result<(), Failure> {
    let workspace = Workspace::open(&a.workspace)?;
    if a.output.format == Format::Ndjson && a.kind.is_none() && a.q_max.is_none() && a.limit.is_none() {
        return write(&a.output, &kept::alerts_ndjson(&workspace)?);
    }
    if let Some(q) = a.q_max
        && !(0.0..=1.0).contains(&q)
    {
        return Err(Failure::input(format!("--q-max `{q}` is not between 0 and 1")));
    }
    let chosen: Vec<AlertRecord> = kept::alerts(&workspace)?
        .into_iter()
        .filter(|alert| a.kind.as_deref().is_none_or(|kind| alert.kind.name() == kind) && a.q_max.is_none_or(|q| alert.q_value <= q))
        .take(a.limit.unwrap_or(usize::MAX))
        .collect();
    match a.output.format {
        Format::Table => write(&a.output, format!("{}{}", list(&chosen), caution(&workspace)).as_bytes()),
        // The file's own lines are kept, so that a filter never changes a byte of an alert.
        Format::Json | Format::Ndjson => {
            let ids: std::collections::BTreeSet<&str> = chosen.iter().map(|c| c.alert_id.as_str()).collect();
            let text = String::from_utf8_lossy(&kept::alerts_ndjson(&workspace)?).into_owned();
            let lines: Vec<&str> = text.lines().filter(|line| id_of(line).is_some_and(|id| ids.contains(id.as_str()))).collect();
            let bytes =
                if a.output.format == Format::Json { format!("[{}]\n", lines.join(",\n")) } else { lines.iter().map(|l| format!("{l}\n")).collect() };
            write(&a.output, bytes.as_bytes())
        }
    }
}

fn id_of(line: &str) -> Option<String> {
    serde_json::from_str::<serde_json::Value>(line).ok()?.get("alert_id")?.as_str().map(str::to_owned)
}

/// The list of alerts.
pub(crate) fn list(alerts: &[AlertRecord]) -> String {
    if alerts.is_empty() {
        return "no alerts\n".to_owned();
    }
    let mut table = Table::new(&["rank", "alert", "kind", "score", "q", "period", "centre", "indicators"]);
    for alert in alerts {
        let mut ids: Vec<&str> = alert.indicators.iter().map(|i| i.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut shown = ids.iter().take(6).copied().collect::<Vec<_>>().join(" ");
        if ids.len() > 6 {
            let _ = write!(shown, " +{}", ids.len() - 6);
        }
        let centre = alert.subjects.first().map(|s| format!("{} {}", s.subject_type, s.id)).unwrap_or_default();
        table.row([
            alert.rank.to_string(),
            alert.alert_id.chars().take(8).collect(),
            alert.kind.name().to_owned(),
            format!("{:.2}", alert.score),
            format!("{:.3}", alert.q_value),
            format!("{}..{}", alert.from.date(), alert.to.date()),
            line(&centre),
            shown,
        ]);
    }
    table.render()
}

pub(crate) fn explain(a: &Explain) -> Result<(), Failure> {
    let workspace = Workspace::open(&a.workspace)?;
    let alert = kept::alert(&workspace, &a.alert)?;
    if a.output.format != Format::Table {
        let text = String::from_utf8_lossy(&kept::alerts_ndjson(&workspace)?).into_owned();
        let value: serde_json::Value = text
            .lines()
            .find(|line| id_of(line).as_deref() == Some(alert.alert_id.as_str()))
            .and_then(|line| serde_json::from_str(line).ok())
            .unwrap_or_default();
        return emit(&a.output, &value, String::new);
    }
    write(&a.output, full(&alert).as_bytes())
}

/// One alert in full. Hypotheses come before any score (SG-012).
///
/// Outside text has its control characters replaced before colour is added.
pub(crate) fn full(alert: &AlertRecord) -> String {
    let alert = &clean(alert);
    let mut text = format!("{}\n{}\n", heading(&format!("Alert {} (rank {}, {})", alert.alert_id, alert.rank, alert.kind.name())), alert.explanation);
    let _ = writeln!(text, "\n{}", heading("Hypotheses (log-odds against the others, natural log)"));
    for hypothesis in &alert.hypotheses {
        let _ = writeln!(text, "  {:<26} {:+.1}", hypothesis.name.replace('_', " "), hypothesis.log_odds);
        for line in &hypothesis.evidence_for {
            let _ = writeln!(text, "      for      {line}");
        }
        for line in &hypothesis.evidence_against {
            let _ = writeln!(text, "      against  {line}");
        }
        let _ = writeln!(text, "      decides  {}", hypothesis.would_decide);
    }
    if !alert.path.is_empty() {
        let _ = writeln!(text, "\n{}", heading("Path that joins both sides"));
        for (number, link) in alert.path.iter().enumerate() {
            let mark = if link.weakest { "   <- weakest link" } else { "" };
            let _ = writeln!(text, "  {}. {}{mark}", number + 1, link.statement);
            let _ = writeln!(text, "     {}", observations(&link.observations, link.observations.len() as u64));
        }
    }
    let _ = writeln!(text, "\n{}", heading("Indicators"));
    for indicator in &alert.indicators {
        let _ = writeln!(text, "  {} v{} {:+.2}  {}", indicator.id, indicator.version, indicator.weight, indicator.statement);
        let _ = writeln!(text, "      on       {}", indicator.subject.as_deref().unwrap_or("someone under protection"));
        let _ = writeln!(text, "      source   {}", indicator.sources.join("; "));
        let _ = writeln!(text, "      benign   {}", indicator.benign.join("; "));
        let _ = writeln!(text, "      rests on {}", observations(&indicator.observations, indicator.observations_total));
    }
    let _ = writeln!(text, "\n{}", heading("Subjects"));
    for subject in &alert.subjects {
        let _ = writeln!(
            text,
            "  {:<10} {}  ({}, {:.0} % of its side's evidence)",
            subject.subject_type.name(),
            subject.id,
            subject.role.replace('_', " "),
            subject.score * 100.0
        );
    }
    let _ = writeln!(text, "  {} under protection, never named", alert.protected.count);
    let _ = writeln!(text, "\n{}", heading("Limits"));
    for limit in &alert.limits {
        let _ = writeln!(text, "  {limit}");
    }
    let _ = writeln!(
        text,
        "\nscore {:.3}, p {:.4}, q {:.4}; trafficking {:.2}, terrorist financing {:.2}, convergence {:.2}; {} to {}; {}",
        alert.score,
        alert.p_value,
        alert.q_value,
        alert.trafficking,
        alert.terrorist_financing,
        alert.convergence,
        alert.from.date(),
        alert.to.date(),
        if alert.jurisdictions.is_empty() { "no jurisdiction known".to_owned() } else { alert.jurisdictions.join(", ") }
    );
    text
}

fn observations(shown: &[String], total: u64) -> String {
    if total == 0 {
        return "observations withheld: they concern someone under protection".to_owned();
    }
    let more = total.saturating_sub(shown.len().min(3) as u64);
    let head = shown.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{head} and {more} more") } else { head }
}

/// The alert with every control character in it replaced: nothing that came from outside can drive the terminal.
fn clean(alert: &AlertRecord) -> AlertRecord {
    let mut alert = alert.clone();
    let clean = |text: &mut String| *text = line(text);
    clean(&mut alert.explanation);
    alert.limits.iter_mut().for_each(clean);
    for subject in &mut alert.subjects {
        clean(&mut subject.id);
        clean(&mut subject.role);
    }
    for link in &mut alert.path {
        clean(&mut link.statement);
        link.observations.iter_mut().for_each(clean);
    }
    for hypothesis in &mut alert.hypotheses {
        hypothesis.evidence_for.iter_mut().chain(&mut hypothesis.evidence_against).for_each(clean);
        clean(&mut hypothesis.would_decide);
    }
    for indicator in &mut alert.indicators {
        clean(&mut indicator.statement);
        indicator.subject.iter_mut().for_each(clean);
        indicator.sources.iter_mut().chain(&mut indicator.benign).chain(&mut indicator.observations).for_each(clean);
    }
    alert
}
