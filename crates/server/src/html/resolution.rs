//! Pairs of which a person must say whether they are one, and the watch lists in force.

use axum::response::Html;
use maud::{Markup, html};
use tributary_engine::lists::ListVersion;
use tributary_model::Date;

use super::layout;
use super::parts::{code, count, cut, number, scrolling, text};
use crate::query::PAGE_ALERTS;
use crate::who::PairShown;

/// The page.
pub(crate) fn page(pairs: &[PairShown], judged: usize, versions: &[ListVersion], day: Date, at: usize) -> Html<String> {
    let pages = pairs.len().div_ceil(PAGE_ALERTS).max(1);
    let at = at.min(pages);
    let start = (at - 1) * PAGE_ALERTS;
    let shown = pairs.get(start..pairs.len().min(start + PAGE_ALERTS)).unwrap_or_default();
    let main = html! {
        div.lead {
            h1 { "Who is who" }
            p.principle {
                strong { "A likeness is no identity." }
                " Each line below asks a person whether two records speak of one. Nothing acts upon a pair by itself, and nobody under protection is in it."
            }
        }
        section aria-labelledby="pairs" {
            h2 #pairs { "Pairs that wait for a person" }
            @if shown.is_empty() { p.empty { "Nothing waits." } }
            @else { (scrolling("Pairs", &table(shown, start, pairs.len()))) (pager(at, pages)) }
            p.muted {
                @if judged > 0 { (count(judged as u64, "pair was judged", "pairs were judged")) " before. " }
                "The values compared are shown and judged at the terminal: " code { "tributary resolution show" } ", " code { "tributary resolution judge" } "."
            }
        }
        section aria-labelledby="lists" {
            h2 #lists { "Watch lists in force" }
            @if versions.is_empty() { p.empty { "None. Load one with " code { "tributary lists load" } "." } }
            @else { (scrolling("Watch lists", &lists(versions, day))) }
        }
    };
    layout("Who is who", &main)
}

fn table(shown: &[PairShown], start: usize, total: usize) -> Markup {
    html! {
        table.stack role="table" {
            caption { "Pairs " (number(start as u64 + 1)) " to " (number((start + shown.len()) as u64)) " of " (number(total as u64)) ", those with an agreeing identifier first, then by evidence" }
            thead role="rowgroup" {
                tr role="row" {
                    @for name in ["Pair", "Of", "Party", "Other", "What was compared"] { th scope="col" role="columnheader" { (name) } }
                    th.figure scope="col" role="columnheader" { abbr title="Evidence for one identity, natural logarithm" { "Log-odds" } }
                }
            }
            tbody role="rowgroup" { @for pair in shown { (row(pair)) } }
        }
    }
}

fn row(pair: &PairShown) -> Markup {
    html! {
        tr role="row" {
            th scope="row" role="rowheader" data-label="Pair" { (code(&pair.id)) }
            td role="cell" data-label="Of" { @if pair.kind == "listed" { "party and listed entry" } @else { "two parties" } }
            td role="cell" data-label="Party" { bdi { code { (cut(&pair.a, 28)) } } }
            td role="cell" data-label="Other" { bdi { code { (cut(&pair.b, 28)) } } }
            td role="cell" data-label="What was compared" {
                @for (at, step) in pair.compared.iter().enumerate() {
                    @if at > 0 { ", " }
                    (text(&step.field.replace('_', " "))) " " span.muted { (format!("{:+.1}", step.log_odds)) }
                }
                @if pair.identifier_agrees { ". " strong { "An identifier agrees." } }
                @if let Some(said) = &pair.judged { " " span.muted { "Judged " (said.verdict) " before" @if !said.same_values { ", on other values" } "." } }
            }
            td.figure role="cell" data-label="Log-odds" { (format!("{:.1}", pair.log_odds)) }
        }
    }
}

fn pager(at: usize, pages: usize) -> Markup {
    html! {
        @if pages > 1 {
            nav.pager aria-label="Pages of pairs" {
                @if at > 1 { a rel="prev" href=(format!("/resolution?page={}", at - 1)) { "← Stronger" } } @else { span.muted { "← Stronger" } }
                span { "Page " (at) " of " (pages) }
                @if at < pages { a rel="next" href=(format!("/resolution?page={}", at + 1)) { "Weaker →" } } @else { span.muted { "Weaker →" } }
            }
        }
    }
}

fn lists(versions: &[ListVersion], day: Date) -> Markup {
    let age_max = tributary_screen::Settings::default().list_age_days_max;
    let age = |one: &ListVersion| day.0.saturating_sub(one.dated().0);
    html! {
        table {
            caption { (count(versions.len() as u64, "list", "lists")) }
            thead {
                tr {
                    @for name in ["List", "Dated"] { th scope="col" { (name) } }
                    @for name in ["Age in days", "Entries"] { th.figure scope="col" { (name) } }
                }
            }
            tbody {
                @for one in versions {
                    tr {
                        th scope="row" { (text(&one.list)) }
                        td { span.date { (one.dated()) } @if one.published.is_none() { " " span.muted { "when it was loaded: it states no date" } } }
                        td.figure {
                            (age(one))
                            @if age(one) > age_max { " " strong { "too old: screening abstains" } }
                        }
                        td.figure { (number(one.entries)) }
                    }
                }
            }
        }
    }
}
