//! Where: dots over a graticule, equirectangular, without any border: disputed ones must not be taken sides on by a drawing.

use maud::{Markup, html};
use tributary_model::alert::AlertRecord;

use super::parts::{at, code, count, scrolling, text, visible};
use crate::source::{Gazetteer, Spot};

const WIDTH: f64 = 1_000.0;
const HEIGHT: f64 = 520.0;
/// Room for the figures at the edge.
const EDGE: f64 = 30.0;
/// Places of an alert drawn.
const SPOTS_MAX: usize = 60;
/// Other places drawn for orientation.
const CONTEXT_MAX: usize = 400;
/// Least stretch shown, degrees.
const SPAN_MIN: f64 = 4.0;
/// Width of a letter, as much as must be known to keep labels apart.
const LETTER: f64 = 7.6;

/// The window of the map.
struct View {
    west: f64,
    south: f64,
    /// Pixels for a degree east.
    across: f64,
    /// Pixels for a degree north.
    up: f64,
    east: f64,
    north: f64,
}

impl View {
    fn around(spots: &[&Spot]) -> Option<Self> {
        let first = spots.first()?;
        let (mut west, mut east, mut south, mut north) = (first.longitude, first.longitude, first.latitude, first.latitude);
        for spot in spots {
            west = west.min(spot.longitude);
            east = east.max(spot.longitude);
            south = south.min(spot.latitude);
            north = north.max(spot.latitude);
        }
        let middle = (f64::midpoint(west, east), f64::midpoint(south, north));
        // A degree east is shorter than a degree north by the cosine of the latitude.
        let squeeze = middle.1.to_radians().cos().max(0.2);
        let (mut wide, mut high) = (((east - west) * 1.3).max(SPAN_MIN) * squeeze, ((north - south) * 1.3).max(SPAN_MIN));
        let shape = (WIDTH - 2.0 * EDGE) / (HEIGHT - 2.0 * EDGE);
        if wide < high * shape {
            wide = high * shape
        } else {
            high = wide / shape
        }
        let up = (HEIGHT - 2.0 * EDGE) / high;
        let half = wide / squeeze / 2.0;
        Some(Self {
            west: middle.0 - half,
            east: middle.0 + half,
            south: middle.1 - high / 2.0,
            north: middle.1 + high / 2.0,
            across: up * squeeze,
            up,
        })
    }

    fn at(&self, longitude: f64, latitude: f64) -> (f64, f64) {
        (EDGE + (longitude - self.west) * self.across, HEIGHT - EDGE - (latitude - self.south) * self.up)
    }

    fn holds(&self, spot: &Spot) -> bool {
        (self.west..=self.east).contains(&spot.longitude) && (self.south..=self.north).contains(&spot.latitude)
    }
}

/// Multiples of a round step between two bounds, about six.
fn round_steps(from: f64, to: f64) -> Vec<f64> {
    let step = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 45.0].into_iter().find(|s| (to - from) / s <= 7.0).unwrap_or(90.0);
    let first = (from / step).ceil() as i64;
    (first..first + 12).map(|i| i as f64 * step).take_while(|v| *v <= to).collect()
}

fn degrees(value: f64, plus: &str, minus: &str) -> String {
    let letter = if value == 0.0 {
        ""
    } else if value > 0.0 {
        plus
    } else {
        minus
    };
    format!("{}°{letter}", value.abs())
}

fn graticule(view: &View) -> Markup {
    html! {
        g.graticule {
            @for meridian in round_steps(view.west, view.east) {
                @let x = at(view.at(meridian, view.south).0);
                line x1=(x) y1=(at(EDGE)) x2=(x) y2=(at(HEIGHT - EDGE)) {}
                text x=(x) y=(at(HEIGHT - 12.0)) text-anchor="middle" { (degrees(meridian, "E", "W")) }
            }
            @for parallel in round_steps(view.south, view.north) {
                @let y = view.at(view.west, parallel).1;
                line x1=(at(EDGE)) y1=(at(y)) x2=(at(WIDTH - EDGE)) y2=(at(y)) {}
                text x=(at(EDGE + 4.0)) y=(at(y - 4.0)) { (degrees(parallel, "N", "S")) }
            }
        }
    }
}

/// Where a label stands, and which part of it stands there: `start`, `middle` or `end`.
type Anchor = (f64, f64, &'static str);

/// A box: left, top, right, bottom.
type Area = (f64, f64, f64, f64);

fn overlaps(a: Area, b: Area) -> bool {
    a.0 < b.2 && b.0 < a.2 && a.1 < b.3 && b.1 < a.3
}

/// Where a label may stand without touching what is there already: right, left, above, below; else nowhere.
fn place_label(taken: &mut Vec<Area>, x: f64, y: f64, letters: usize) -> Option<Anchor> {
    let width = letters as f64 * LETTER;
    let choices = [
        (x + 10.0, y + 5.0, "start", (x + 9.0, y - 9.0, x + 11.0 + width, y + 9.0)),
        (x - 10.0, y + 5.0, "end", (x - 11.0 - width, y - 9.0, x - 9.0, y + 9.0)),
        (x, y - 11.0, "middle", (x - width / 2.0, y - 25.0, x + width / 2.0, y - 8.0)),
        (x, y + 22.0, "middle", (x - width / 2.0, y + 9.0, x + width / 2.0, y + 26.0)),
    ];
    let (x, y, anchor, area) =
        choices.into_iter().find(|(_, _, _, area)| area.0 >= 2.0 && area.2 <= WIDTH - 2.0 && !taken.iter().any(|other| overlaps(*area, *other)))?;
    taken.push(area);
    Some((x, y, anchor))
}

fn mark(spot: &Spot, x: f64, y: f64) -> Markup {
    html! {
        @if spot.middle_of > 0 { rect.spot.area x=(at(x - 6.0)) y=(at(y - 6.0)) width="12" height="12" { title { (visible(&spot.name)) } } }
        @else { circle.spot cx=(at(x)) cy=(at(y)) r="6" { title { (visible(&spot.name)) } } }
    }
}

fn label(name: &str, class: &str, position: Option<Anchor>) -> Markup {
    html! { @if let Some((x, y, anchor)) = position { text class=(class) x=(at(x)) y=(at(y)) text-anchor=(anchor) { (visible(name)) } } }
}

fn picture(view: &View, spots: &[&Spot], gazetteer: &Gazetteer) -> Markup {
    let dot = |x: f64, y: f64| (x - 7.0, y - 7.0, x + 7.0, y + 7.0);
    let mut taken: Vec<Area> = Vec::new();
    for spot in spots {
        let (x, y) = view.at(spot.longitude, spot.latitude);
        taken.push(dot(x, y));
    }
    let named: Vec<(f64, f64, &Spot, Option<Anchor>)> = spots
        .iter()
        .map(|spot| {
            let (x, y) = view.at(spot.longitude, spot.latitude);
            (x, y, *spot, place_label(&mut taken, x, y, spot.name.chars().count()))
        })
        .collect();
    let context: Vec<(f64, f64, &Spot, Option<Anchor>)> = gazetteer
        .places()
        .filter(|place| view.holds(place) && !spots.iter().any(|s| s.name == place.name))
        .take(CONTEXT_MAX)
        .map(|place| {
            let (x, y) = view.at(place.longitude, place.latitude);
            (x, y, place, place_label(&mut taken, x, y, place.name.chars().count()))
        })
        .collect();
    html! {
        svg.map viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-labelledby="map-name map-words" {
            title #map-name { "Map of the places this alert touches" }
            desc #map-words { "Dots over lines of latitude and longitude, without borders; the table below says the same." }
            (graticule(view))
            @for (x, y, place, position) in &context {
                circle.context cx=(at(*x)) cy=(at(*y)) r="2.5" { title { (visible(&place.name)) } }
                (label(&place.name, "context", *position))
            }
            @for (x, y, spot, position) in &named { (mark(spot, *x, *y)) (label(&spot.name, "named", *position)) }
        }
    }
}

fn position(spot: &Spot) -> String {
    let one = |value: f64, plus: &str, minus: &str| format!("{:.2}° {}", value.abs(), if value < 0.0 { minus } else { plus });
    format!("{}, {}", one(spot.latitude, "N", "S"), one(spot.longitude, "E", "W"))
}

fn table(alert: &AlertRecord, gazetteer: &Gazetteer) -> Markup {
    html! {
        table {
            caption { "The same places in figures" }
            thead { tr { th scope="col" { "Place" } th scope="col" { "Country" } th scope="col" { "Position" } } }
            tbody {
                @for name in alert.places.iter().take(SPOTS_MAX) {
                    tr {
                        th scope="row" { (text(name)) }
                        @match gazetteer.spot(name) {
                            Some(spot) => {
                                td { (code(&spot.country)) }
                                td { (position(spot)) @if spot.middle_of > 0 { span.muted { ", middle of " (count(u64::from(spot.middle_of), "known place", "known places")) } } }
                            }
                            None => { td {} td { span.muted { "not known to this workspace" } } }
                        }
                    }
                }
            }
        }
    }
}

/// The section.
pub(super) fn section(alert: &AlertRecord, gazetteer: &Gazetteer) -> Markup {
    if alert.places.is_empty() {
        return html! { p { "The record names no place." } };
    }
    let spots: Vec<&Spot> = alert.places.iter().take(SPOTS_MAX).filter_map(|name| gazetteer.spot(name)).collect();
    html! {
        p {
            "Where the parties and accounts of this alert are recorded, which need not be where anything happened. A dot is a place, a square the middle of a "
            "subdivision's known places. Borders are not drawn: some are disputed, and the map takes no side."
        }
        @match View::around(&spots) {
            Some(view) => (scrolling("Map", &html! { div.card { (picture(&view, &spots, gazetteer)) } })),
            None => p.muted { "No position of these places is known to this workspace: ingest `places` to see them on a map." },
        }
        (scrolling("The same places in figures", &table(alert, gazetteer)))
        @if alert.places.len() > SPOTS_MAX { p.muted { (alert.places.len() - SPOTS_MAX) " more in the JSON of this alert." } }
    }
}
