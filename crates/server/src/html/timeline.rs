//! When: the alert's period, and each indicator's where the record keeps it. A drawing, and a table that says the same.

use maud::{Markup, html};
use tributary_model::alert::AlertRecord;
use tributary_model::time::{MICROS_PER_DAY, civil_from_days, days_from_civil};
use tributary_model::{Date, Timestamp};

use super::alert::Group;
use super::parts::{at, code, cut, scrolling, side_class, side_letter, visible};

/// Rows drawn.
const ROWS_MAX: usize = 40;
/// Bars in one row.
const BARS_MAX: usize = 60;
const WIDTH: f64 = 1_000.0;
/// Where the words end and time begins.
const LEFT: f64 = 150.0;
const RIGHT: f64 = 44.0;
const TOP: f64 = 34.0;
const ROW: f64 = 28.0;
/// A bar is never thinner than this, so that one day is seen.
const BAR_MIN: f64 = 4.0;

struct Row<'a> {
    name: &'a str,
    class: &'static str,
    letter: &'static str,
    bars: Vec<(Timestamp, Timestamp)>,
}

fn rows<'a>(groups: &[Group<'a>]) -> Vec<Row<'a>> {
    groups
        .iter()
        .filter_map(|group| {
            let mut bars: Vec<(Timestamp, Timestamp)> =
                group.findings.iter().filter_map(|f| f.from.zip(f.to)).map(|(from, to)| (from.min(to), from.max(to))).collect();
            bars.sort_unstable();
            bars.dedup();
            bars.truncate(BARS_MAX);
            let first = group.first;
            (!bars.is_empty()).then(|| Row { name: &first.id, class: side_class(first.side), letter: side_letter(first.side), bars })
        })
        .take(ROWS_MAX)
        .collect()
}

/// The stretch of time drawn.
struct Scale {
    start: i64,
    length: f64,
}

impl Scale {
    fn new(from: Timestamp, to: Timestamp, rows: &[Row<'_>]) -> Self {
        let bars = || rows.iter().flat_map(|r| &r.bars);
        let start = bars().map(|b| b.0.0).chain([from.0, to.0]).min().unwrap_or_default();
        let end = bars().map(|b| b.1.0).chain([from.0, to.0]).max().unwrap_or_default();
        // A day more on both sides, so that a single day has a width.
        let (start, end) = (start.saturating_sub(MICROS_PER_DAY), end.saturating_add(MICROS_PER_DAY));
        Self { start, length: end.saturating_sub(start).max(1) as f64 }
    }

    fn x(&self, time: Timestamp) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * (time.0.saturating_sub(self.start) as f64 / self.length).clamp(0.0, 1.0)
    }

    /// Starts of months (or of the months of a longer rhythm), at most a dozen.
    fn ticks(&self) -> Vec<Date> {
        let first = Timestamp(self.start).date();
        let months = self.length / (30.44 * MICROS_PER_DAY as f64);
        let rhythm = [1, 2, 3, 6, 12, 24, 60, 120, 240].into_iter().find(|r| months / f64::from(*r) <= 7.0).unwrap_or(480);
        if months < 1.5 {
            let days = (self.length / MICROS_PER_DAY as f64).ceil() as i32;
            let rhythm = (days / 6).max(1);
            return (1..=days / rhythm).map(|i| Date(first.0 + i * rhythm)).take(12).collect();
        }
        let (year, month, _) = civil_from_days(first.0);
        let begin = (year * 12 + month as i32 - 1).div_euclid(rhythm) * rhythm;
        (1..=12)
            .map(|i| begin + i * rhythm)
            .map(|m| Date(days_from_civil(m.div_euclid(12), m.rem_euclid(12) as u32 + 1, 1)))
            .take_while(|day| (day.start().0.saturating_sub(self.start) as f64) < self.length)
            .collect()
    }
}

fn draw_row(scale: &Scale, name: &str, letter: &str, class: &str, bars: &[(Timestamp, Timestamp)], y: f64) -> Markup {
    html! {
        g {
            text.row x="0" y=(at(y + 14.0)) { (cut(name, 14)) @if !letter.is_empty() { " (" (letter) ")" } }
            @for (from, to) in bars {
                rect class={ "bar " (class) } x=(at(scale.x(*from))) y=(at(y + 3.0)) width=(at((scale.x(*to) - scale.x(*from)).max(BAR_MIN))) height=(at(ROW - 12.0)) rx="3" {
                    title { (visible(name)) ": " (from.date()) " to " (to.date()) }
                }
            }
        }
    }
}

fn picture(alert: &AlertRecord, rows: &[Row<'_>]) -> Markup {
    let scale = Scale::new(alert.from, alert.to, rows);
    let height = TOP + ROW * (rows.len() + 1) as f64 + 8.0;
    html! {
        svg.timeline viewBox={ "0 0 " (WIDTH) " " (height) } role="img" aria-labelledby="time-name time-words" {
            title #time-name { "Timeline from " (alert.from.date()) " to " (alert.to.date()) }
            desc #time-words { "One row an indicator; the table below says the same." }
            @for day in scale.ticks() {
                line.grid x1=(at(scale.x(day.start()))) y1=(at(TOP - 10.0)) x2=(at(scale.x(day.start()))) y2=(at(height)) {}
                text.tick x=(at(scale.x(day.start()))) y=(at(TOP - 16.0)) text-anchor="middle" { (day) }
            }
            (draw_row(&scale, "whole period", "", "plain", &[(alert.from.min(alert.to), alert.from.max(alert.to))], TOP))
            @for (index, row) in rows.iter().enumerate() { (draw_row(&scale, row.name, row.letter, row.class, &row.bars, TOP + ROW * (index + 1) as f64)) }
        }
    }
}

fn table(alert: &AlertRecord, rows: &[Row<'_>]) -> Markup {
    html! {
        table {
            caption { "The same periods in figures" }
            thead { tr { th scope="col" { "What" } th scope="col" { "From" } th scope="col" { "To" } th.figure scope="col" { "Stretches" } } }
            tbody {
                tr { th scope="row" { "Whole period" } td.date { (alert.from.date()) } td.date { (alert.to.date()) } td.figure { "1" } }
                @for row in rows {
                    tr {
                        th scope="row" { (code(row.name)) " (" (row.letter) ")" }
                        td.date { @if let Some(from) = row.bars.iter().map(|b| b.0).min() { (from.date()) } }
                        td.date { @if let Some(to) = row.bars.iter().map(|b| b.1).max() { (to.date()) } }
                        td.figure { (row.bars.len()) }
                    }
                }
            }
        }
    }
}

/// The section.
pub(super) fn section(alert: &AlertRecord, groups: &[Group<'_>]) -> Markup {
    let rows = rows(groups);
    html! {
        p { "Each bar is the period of the observations that one finding rests on. " span.letter.trafficking { "T" } " trafficking, " span.letter.financing { "F" } " financing, " span.letter.neutral { "N" } " neither by itself." }
        @if rows.is_empty() { p.muted { "The record keeps the period of the whole alert only, not of its single indicators." } }
        (scrolling("Timeline", &html! { div.card { (picture(alert, &rows)) } }))
        (scrolling("The same periods in figures", &table(alert, &rows)))
    }
}
