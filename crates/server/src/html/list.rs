//! The list of alerts: what was asked for, the run they come from, and what was looked at and not reported.

use axum::response::Html;
use maud::{Markup, html};
use tributary_engine::RunSummary;
use tributary_model::alert::AlertRecord;

use super::parts::{badge, code, count, cut, kind_class, kind_words, meter, number, scrolling, text};
use super::{PROVES_NOTHING, layout};
use crate::query::{Filter, KINDS, ListQuery, PAGE_ALERTS};
use crate::source::Kept;

/// Indicator ids shown in a row.
const INDICATORS_SHOWN: usize = 6;
/// Reasons for saying nothing shown.
const ABSTENTIONS_MAX: usize = 200;
/// Values of q offered.
const Q_OFFERED: [f64; 4] = [0.01, 0.05, 0.1, 0.2];

/// The page.
pub(crate) fn page(kept: &Kept, query: &ListQuery) -> Html<String> {
    let matching: Vec<&AlertRecord> = kept.alerts.iter().map(|a| &a.record).filter(|a| query.filter.admits(a.kind, a.q_value)).collect();
    let pages = matching.len().div_ceil(PAGE_ALERTS).max(1);
    let page = query.page.min(pages);
    let start = (page - 1) * PAGE_ALERTS;
    let shown = matching.get(start..matching.len().min(start + PAGE_ALERTS)).unwrap_or_default();
    let main = html! {
        div.lead {
            h1 { "Alerts" }
            p.principle { strong { (PROVES_NOTHING) } " Each line below is a reason for a person to look. Open one and weigh its hypotheses before its score." }
        }
        (run_summary(&kept.run))
        section aria-labelledby="list" {
            h2 #list { "Findings" }
            (filter_form(&query.filter))
            @if shown.is_empty() { p.empty { "No alert matches. " a href="/" { "Show all" } } }
            @else { (scrolling("Findings", &table(shown, start, matching.len()))) (pager(query, page, pages)) }
        }
        (abstentions(&kept.run))
    };
    layout("Alerts", &main)
}

fn figure(value: &str, words: &str) -> Markup {
    html! { div { dt { (words) } dd { (value) } } }
}

fn run_summary(run: &RunSummary) -> Markup {
    let rows: u64 = run.observations.values().sum();
    let [trafficking, financing, neutral] = run.networks;
    html! {
        section.card aria-labelledby="run" {
            h2 #run { "The run behind them" }
            p.muted {
                "Run " (code(&run.run)) " over snapshot " (code(&run.snapshot)) ", which speaks of the time up to "
                time datetime=(run.as_of) { (run.as_of.date()) } "."
            }
            dl.figures {
                (figure(&number(rows), "observations"))
                (figure(&number(run.parties), "parties"))
                (figure(&number(run.protected), "under protection"))
                (figure(&number(run.links), "links"))
                (figure(&number(run.indicators.values().sum()), "indicator findings"))
                (figure(&number(run.pairs_tested), "pairs of networks tested"))
                (figure(&number(run.convergence_at_q10), "convergences at q ≤ 0.1"))
            }
            p {
                "Networks with evidence: " (number(trafficking)) " of trafficking, " (number(financing)) " of terrorist financing, "
                (number(neutral)) " of neither by itself. Alerts: "
                @for (i, (kind, n)) in run.alerts.iter().enumerate() { @if i > 0 { ", " } (number(*n)) " " (text(&kind.replace('_', " "))) }
                @if run.alerts.is_empty() { "none" } "."
            }
        }
    }
}

fn filter_form(filter: &Filter) -> Markup {
    let other = filter.q_max.filter(|q| !Q_OFFERED.contains(q));
    html! {
        form.filter method="get" action="/" role="search" aria-label="Choose alerts" {
            div {
                label for="kind" { "Kind" }
                select #kind name="kind" {
                    option value="" { "all kinds" }
                    @for kind in KINDS { option value=(kind.name()) selected[filter.kind == Some(kind)] { (kind_words(kind)) } }
                }
            }
            div {
                label for="q" { "Expected share of false alerts (q)" }
                select #q name="q" {
                    option value="" { "any" }
                    @for q in Q_OFFERED.into_iter().chain(other) { option value=(q) selected[filter.q_max == Some(q)] { "at most " (q) } }
                }
            }
            button type="submit" { "Show" }
        }
    }
}

fn table(shown: &[&AlertRecord], start: usize, total: usize) -> Markup {
    html! {
        table.stack role="table" {
            caption { "Alerts " (number(start as u64 + 1)) " to " (number((start + shown.len()) as u64)) " of " (number(total as u64)) ", best first" }
            thead role="rowgroup" {
                tr role="row" {
                    th.figure scope="col" role="columnheader" { "Rank" }
                    @for name in ["Alert", "Kind", "Period", "Centre", "Indicators"] { th scope="col" role="columnheader" { (name) } }
                    th.figure scope="col" role="columnheader" { "Score" }
                    th.figure scope="col" role="columnheader" { abbr title="Expected share of false alerts among those ranked this high or higher" { "q" } }
                }
            }
            tbody role="rowgroup" { @for alert in shown { (row(alert)) } }
        }
    }
}

fn row(alert: &AlertRecord) -> Markup {
    let mut ids: Vec<&str> = alert.indicators.iter().map(|i| i.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let more = ids.len().saturating_sub(INDICATORS_SHOWN);
    html! {
        tr role="row" {
            td.figure role="cell" data-label="Rank" { (number(alert.rank)) }
            th scope="row" role="rowheader" data-label="Alert" { a href={ "/alerts/" (path_segment(&alert.alert_id)) } { bdi { code { (cut(&alert.alert_id, 16)) } } } }
            td role="cell" data-label="Kind" { (badge(alert.kind)) }
            td role="cell" data-label="Period" { span.date { (alert.from.date()) } " to " span.date { (alert.to.date()) } }
            td.centre role="cell" data-label="Centre" {
                @match alert.subjects.first() {
                    Some(subject) => { span.muted { (subject.subject_type) } " " bdi { code { (cut(&subject.id, 28)) } } }
                    None => { span.muted { "under protection" } }
                }
                @if alert.protected.count > 0 { " " span.muted { "and " (number(alert.protected.count)) " under protection" } }
            }
            td.ids role="cell" data-label="Indicators" {
                @for id in ids.iter().take(INDICATORS_SHOWN) { (code(id)) " " }
                @if more > 0 { span.muted { "and " (more) " more" } }
            }
            td.figure role="cell" data-label="Score" { span.value { (format!("{:.2}", alert.score)) } (meter(alert.score, kind_class(alert.kind))) }
            td.figure role="cell" data-label="q" { (format!("{:.3}", alert.q_value)) }
        }
    }
}

/// An id as one segment of a path: whatever is not plain is percent-encoded.
pub(super) fn path_segment(id: &str) -> String {
    id.bytes().map(|b| if b.is_ascii_alphanumeric() || b"-_".contains(&b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

fn address(query: &ListQuery, page: usize) -> String {
    let mut parts = Vec::new();
    if let Some(kind) = query.filter.kind {
        parts.push(format!("kind={}", kind.name()));
    }
    if let Some(q) = query.filter.q_max {
        parts.push(format!("q={q}"));
    }
    parts.push(format!("page={page}"));
    format!("/?{}", parts.join("&"))
}

fn pager(query: &ListQuery, page: usize, pages: usize) -> Markup {
    html! {
        @if pages > 1 {
            nav.pager aria-label="Pages of findings" {
                @if page > 1 { a rel="prev" href=(address(query, page - 1)) { "← Better" } } @else { span.muted { "← Better" } }
                span { "Page " (page) " of " (pages) }
                @if page < pages { a rel="next" href=(address(query, page + 1)) { "Further down →" } } @else { span.muted { "Further down →" } }
            }
        }
    }
}

fn abstentions(run: &RunSummary) -> Markup {
    html! {
        section aria-labelledby="silent" {
            h2 #silent { "Looked at and not reported" }
            p { "Saying nothing is not the same as finding nothing wrong. These are the reasons for which this run kept silent." }
            @if run.abstentions.is_empty() && run.indicators_abstained.is_empty() { p.empty { "There were none." } }
            @if !run.abstentions.is_empty() {
                (scrolling("Findings not reported", &html! {
                    table {
                        caption { "Findings not reported" }
                        thead { tr { th scope="col" { "What" } th scope="col" { "Why nothing is said" } th.figure scope="col" { "How often" } } }
                        tbody {
                            @for a in run.abstentions.iter().take(ABSTENTIONS_MAX) {
                                tr { th scope="row" { (text(&a.what.replace('_', " "))) } td { (text(&a.reason)) } td.figure { (number(a.count)) } }
                            }
                        }
                    }
                }))
            }
            @if !run.indicators_abstained.is_empty() {
                (scrolling("Indicators that abstained", &html! {
                    table {
                        caption { (count(run.indicators_abstained.len() as u64, "indicator that abstained", "indicators that abstained")) }
                        thead { tr { th scope="col" { "Indicator" } th scope="col" { "Why" } } }
                        tbody {
                            @for (id, reason) in run.indicators_abstained.iter().take(ABSTENTIONS_MAX) { tr { th scope="row" { (code(id)) } td { (text(reason)) } } }
                        }
                    }
                }))
            }
        }
    }
}
