//! One alert in full. The order is a safeguard: explanation, hypotheses, and only then figures (SG-012).

use axum::response::Html;
use maud::{Markup, html};
use tributary_model::alert::{AlertIndicator, AlertRecord, Hypothesis};
use tributary_model::{AlertKind, Side};

use super::list::path_segment;
use super::parts::{badge, code, count, cut, family_words, meter, number, observations, scrolling, side_class, side_letter, side_words, text, texts};
use super::{PROVES_NOTHING, graph, layout, map, timeline};
use crate::source::Gazetteer;

/// Findings of one indicator shown; the interface has them all.
const FINDINGS_MAX: usize = 40;
/// Indicators shown.
const INDICATORS_MAX: usize = 60;

/// The page.
pub(crate) fn page(alert: &AlertRecord, gazetteer: &Gazetteer) -> Html<String> {
    let groups = groups(alert);
    let sections: [(&str, &str, Markup); 9] = [
        ("hypotheses", "Hypotheses", hypotheses(&alert.hypotheses)),
        ("path", "Path", graph::section(alert)),
        ("figures", "Figures", figures(alert)),
        ("indicators", "Indicators", indicators(&groups)),
        ("against", "What speaks against it", against(alert)),
        ("time", "Time", timeline::section(alert, &groups)),
        ("places", "Places", map::section(alert, gazetteer)),
        ("subjects", "Subjects", subjects(alert)),
        ("limits", "Limits and ids to quote", limits(alert)),
    ];
    let main = html! {
        article.alert {
            div.lead {
                p.eyebrow { a href="/" { "Alerts" } " / " (code(&alert.alert_id)) }
                h1 { (title(alert.kind)) }
                p.facts {
                    (badge(alert.kind)) " " time datetime=(alert.from) { (alert.from.date()) } " to " time datetime=(alert.to) { (alert.to.date()) }
                    @if !alert.jurisdictions.is_empty() { " · " span { @for (i, c) in alert.jurisdictions.iter().enumerate() { @if i > 0 { ", " } (text(c)) } } }
                }
                p.explanation { (text(&alert.explanation)) }
                p.principle { strong { (PROVES_NOTHING) } " Nobody has reviewed this yet." }
                nav.contents aria-label="On this page" { ul { @for (id, name, _) in &sections { li { a href={ "#" (id) } { (name) } } } } }
            }
            @for (id, name, content) in &sections {
                section aria-labelledby=(id) { h2 id=(id) { (name) } (content) }
            }
        }
    };
    layout(&format!("Alert {}", alert.alert_id), &main)
}

const fn title(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::Convergence => "Two networks may share infrastructure",
        AlertKind::Trafficking => "Signs of human trafficking or migrant smuggling",
        AlertKind::TerroristFinancing => "Signs of terrorist financing",
        AlertKind::Laundering => "Signs of laundering or informal value transfer",
    }
}

fn hypothesis_words(name: &str) -> String {
    match name {
        "trafficking_only" => "Trafficking only".to_owned(),
        "terrorist_financing_only" => "Terrorist financing only".to_owned(),
        "shared_infrastructure" => "Shared infrastructure".to_owned(),
        "lawful" => "Lawful".to_owned(),
        "data_error" => "Error in the data".to_owned(),
        other => other.replace('_', " "),
    }
}

fn hypotheses(hypotheses: &[Hypothesis]) -> Markup {
    let table = html! {
        table.stack.hypotheses role="table" {
            caption { "What else it could be. The order says nothing of the odds." }
            thead role="rowgroup" {
                tr role="row" {
                    @for name in ["Hypothesis", "Speaks for it", "Speaks against it", "Would decide"] { th scope="col" role="columnheader" { (name) } }
                    th.figure scope="col" role="columnheader" { "Log-odds" }
                }
            }
            tbody role="rowgroup" {
                @for h in hypotheses {
                    tr role="row" {
                        th scope="row" role="rowheader" data-label="Hypothesis" { (text(&hypothesis_words(&h.name))) }
                        td role="cell" data-label="Speaks for it" { (texts(&h.evidence_for)) }
                        td role="cell" data-label="Speaks against it" { (texts(&h.evidence_against)) }
                        td role="cell" data-label="Would decide" { (text(&h.would_decide)) }
                        td.figure role="cell" data-label="Log-odds" { (format!("{:+.1}", h.log_odds).replace('-', "−")) }
                    }
                }
            }
        }
    };
    html! {
        p { "Weigh each of these against the records before you read on. Log-odds are against all the others together, in natural logarithms: 0 is even." }
        @if hypotheses.is_empty() { p.empty { "The record holds no hypotheses." } } @else { (scrolling("Hypotheses", &table)) }
    }
}

fn figures(alert: &AlertRecord) -> Markup {
    let share = |v: f64| format!("{v:.2}");
    let rows = [
        ("Score", share(alert.score), Some((alert.score, "both")), "orders alerts within a run; no probability"),
        ("p", format!("{:.4}", alert.p_value), None, "how often chance alone would do as much, in the null model"),
        ("q", format!("{:.3}", alert.q_value), None, "expected share of false alerts among those ranked this high or higher"),
        ("Trafficking", share(alert.trafficking), Some((alert.trafficking, "trafficking")), "evidence of this side, 0 to 1"),
        ("Terrorist financing", share(alert.terrorist_financing), Some((alert.terrorist_financing, "financing")), "evidence of this side, 0 to 1"),
        (
            "Convergence",
            share(alert.convergence),
            Some((alert.convergence, "both")),
            "how much closer the two are than chance would bring them, 0 to 1",
        ),
    ];
    let table = html! {
        table.figures-table {
            caption { "Figures of this alert, rank " (number(alert.rank)) " of its run" }
            thead { tr { th scope="col" { "Figure" } th.figure scope="col" { "Value" } th scope="col" { "What it means" } } }
            tbody {
                @for (name, value, bar, meaning) in &rows {
                    tr {
                        th scope="row" { (name) }
                        td.figure { span.value { (value) } @if let Some((share, class)) = bar { (meter(*share, class)) } }
                        td { (meaning) }
                    }
                }
            }
        }
    };
    scrolling("Figures", &table)
}

/// Findings of one indicator, greatest weight first.
pub(super) struct Group<'a> {
    pub(super) first: &'a AlertIndicator,
    pub(super) findings: Vec<&'a AlertIndicator>,
}

fn groups(alert: &AlertRecord) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for indicator in &alert.indicators {
        let known = groups.iter().position(|g| g.first.id == indicator.id && g.first.side == indicator.side && g.first.version == indicator.version);
        if let Some(group) = known.and_then(|i| groups.get_mut(i)) {
            group.findings.push(indicator);
        } else if groups.len() < INDICATORS_MAX {
            groups.push(Group { first: indicator, findings: vec![indicator] });
        }
    }
    groups
}

fn indicators(groups: &[Group<'_>]) -> Markup {
    html! {
        p { "Each is documented, each has innocent explanations, and none says anything by itself. What a finding adds is in natural logarithms." }
        @for side in [Side::Trafficking, Side::TerroristFinancing, Side::Neutral] {
            @if groups.iter().any(|g| g.first.side == side) {
                h3.side { span class={ "letter " (side_class(side)) } aria-hidden="true" { (side_letter(side)) } (side_words(side)) }
                @for group in groups.iter().filter(|g| g.first.side == side) { (indicator(group)) }
            }
        }
        @if groups.is_empty() { p.empty { "The record holds no indicators." } }
    }
}

fn indicator(group: &Group<'_>) -> Markup {
    let first = group.first;
    html! {
        article class={ "card indicator " (side_class(first.side)) } {
            h4 { (code(&first.id)) " " span.muted { (family_words(first.family)) ", version " (text(&first.version)) } }
            p { (text(&first.statement)) }
            div.columns {
                div { h5 { "Could also be" } (texts(&first.benign)) }
                div { h5 { "Documented in" } (texts(&first.sources)) }
            }
            (scrolling(&format!("Findings of {}", first.id), &findings(group)))
        }
    }
}

fn findings(group: &Group<'_>) -> Markup {
    html! {
        table {
            caption { (count(group.findings.len() as u64, "finding", "findings")) }
            thead { tr { th scope="col" { "On" } th.figure scope="col" { "Adds" } th scope="col" { "Period" } th scope="col" { "Rests on" } } }
            tbody {
                @for finding in group.findings.iter().take(FINDINGS_MAX) {
                    tr {
                        th scope="row" { @match &finding.subject { Some(subject) => (code(subject)), None => span.muted { "under protection" } } }
                        td.figure { (format!("{:+.2}", finding.weight).replace('-', "−")) }
                        td { @match (finding.from, finding.to) {
                            (Some(from), Some(to)) => { span.date { (from.date()) } " to " span.date { (to.date()) } }
                            _ => span.muted { "not kept" }
                        } }
                        td { (observations(&finding.observations, finding.observations_total)) }
                    }
                }
            }
        }
        @if group.findings.len() > FINDINGS_MAX { p.muted { (group.findings.len() - FINDINGS_MAX) " more in the JSON of this alert." } }
    }
}

/// Everything in the record that speaks against suspicion, in one place.
fn against(alert: &AlertRecord) -> Markup {
    let innocent = |h: &&Hypothesis| h.name == "lawful" || h.name == "data_error";
    let mut lines: Vec<String> = alert.hypotheses.iter().filter(innocent).flat_map(|h| h.evidence_for.iter().cloned()).collect();
    lines.extend(alert.hypotheses.iter().filter(|h| !innocent(h)).flat_map(|h| h.evidence_against.iter().cloned()));
    if let Some(link) = alert.path.iter().find(|l| l.weakest) {
        lines.push(format!("if this link does not hold, the two sides are not joined: {}", link.statement));
    }
    let mut seen = std::collections::BTreeSet::new();
    lines.retain(|line| seen.insert(line.clone()));
    html! {
        p { "Counter-evidence from the hypotheses and the path, and the innocent explanations that the indicators themselves name." }
        (texts(&lines))
        p.muted.after { "A person's own counter-evidence has no place to be written down yet: keep it with the ids below." }
    }
}

fn subjects(alert: &AlertRecord) -> Markup {
    let protected = alert.protected.count;
    let table = html! {
        table {
            caption { (count(alert.subjects.len() as u64, "subject", "subjects")) ", by id" }
            thead { tr { th scope="col" { "Id" } th scope="col" { "What" } th scope="col" { "Role" } th.figure scope="col" { "Share of its side's evidence" } } }
            tbody {
                @for s in &alert.subjects {
                    tr { th scope="row" { (code(&s.id)) } td { (s.subject_type) } td { (text(&s.role.replace('_', " "))) } td.figure { (format!("{:.0} %", s.score * 100.0)) } }
                }
            }
        }
    };
    html! {
        @if !alert.subjects.is_empty() { (scrolling("Subjects", &table)) }
        p.protected { strong { (number(protected)) } " " (if protected == 1 { "is" } else { "are" }) " under protection: possible victims, witnesses, minors. They are counted, never named, and never subjects." }
    }
}

fn limits(alert: &AlertRecord) -> Markup {
    html! {
        (texts(&alert.limits))
        h3 { "To quote this alert" }
        dl.quote {
            dt { "Alert" } dd { (code(&alert.alert_id)) }
            dt { "Snapshot" } dd { (code(&alert.snapshot)) }
            dt { "Program" } dd { (code(&alert.detector.program)) }
            dt { "Packs" } dd { (code(&alert.detector.packs)) }
            dt { "Settings" } dd { (code(&alert.detector.settings)) }
        }
        p { a href={ "/api/v1/alerts/" (path_segment(&alert.alert_id)) } { "This alert as JSON" } span.muted { " (" (cut(&alert.alert_id, 16)) ")" } }
    }
}
