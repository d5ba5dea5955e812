//! The path that joins both sides, as a drawing from top to bottom and as a table that says the same.

use maud::{Markup, html};
use tributary_model::alert::{AlertRecord, PathLink};
use tributary_model::{AlertKind, Side};

use super::parts::{at, code, count, cut, observations, scrolling, text, visible};

/// Links drawn; a path is far shorter.
const LINKS_MAX: usize = 40;
const WIDTH: f64 = 460.0;
/// From one node to the next.
const STEP: f64 = 104.0;
const TOP: f64 = 36.0;
/// Where the line of nodes stands.
const AXIS: f64 = 40.0;
const RADIUS: f64 = 17.0;
/// Where words begin.
const WORDS: f64 = 76.0;
/// Characters of an id that fit.
const ID_MOST: usize = 44;

/// A node of the drawing.
struct Node<'a> {
    /// `type:id`, or `protected`.
    label: &'a str,
    trafficking: bool,
    financing: bool,
    shared: bool,
}

/// A link of the drawing, between two nodes by index.
struct Edge<'a> {
    from: usize,
    to: usize,
    link: &'a PathLink,
}

struct Drawing<'a> {
    nodes: Vec<Node<'a>>,
    edges: Vec<Edge<'a>>,
}

fn node<'a>(alert: &AlertRecord, label: &'a str) -> Node<'a> {
    let speaks = |side: Side| alert.indicators.iter().any(|i| i.side == side && i.subject.as_deref() == Some(label));
    let (kind, id) = label.split_once(':').unwrap_or((label, ""));
    let shared = alert.subjects.iter().any(|s| s.role == "shared_infrastructure" && s.id == id && s.subject_type.name() == kind);
    Node { label, trafficking: speaks(Side::Trafficking), financing: speaks(Side::TerroristFinancing), shared }
}

fn drawing(alert: &AlertRecord) -> Drawing<'_> {
    let mut drawing = Drawing { nodes: Vec::new(), edges: Vec::new() };
    for link in alert.path.iter().take(LINKS_MAX) {
        // Two links that follow each other share a node, also where it may not be named.
        let last = drawing.nodes.len().checked_sub(1).filter(|i| drawing.nodes.get(*i).is_some_and(|n| n.label == link.from));
        let known = |label: &str| drawing.nodes.iter().position(|n| n.label == label && label != "protected");
        let from = last.or_else(|| known(&link.from)).unwrap_or_else(|| {
            drawing.nodes.push(node(alert, &link.from));
            drawing.nodes.len() - 1
        });
        let to = drawing.nodes.iter().position(|n| n.label == link.to && link.to != "protected").unwrap_or_else(|| {
            drawing.nodes.push(node(alert, &link.to));
            drawing.nodes.len() - 1
        });
        drawing.edges.push(Edge { from, to, link });
    }
    if alert.kind == AlertKind::Convergence {
        ends(&mut drawing.nodes);
    }
    drawing
}

/// A convergence's path leads from the trafficking side to the financing side, also where an end bears no indicator that may be shown.
fn ends(nodes: &mut [Node<'_>]) {
    if nodes.len() < 2 {
        return;
    }
    if let Some(first) = nodes.first_mut() {
        first.trafficking = true;
    }
    if let Some(last) = nodes.last_mut() {
        last.financing = true;
    }
}

impl Node<'_> {
    fn kind(&self) -> &str {
        self.label.split_once(':').map_or(self.label, |(kind, _)| kind)
    }

    fn id(&self) -> &str {
        self.label.split_once(':').map_or("", |(_, id)| id)
    }

    const fn letter(&self) -> &'static str {
        match (self.trafficking, self.financing) {
            (true, true) => "TF",
            (true, false) => "T",
            (false, true) => "F",
            (false, false) => "",
        }
    }

    const fn class(&self) -> &'static str {
        match (self.trafficking, self.financing) {
            (true, true) => "both",
            (true, false) => "trafficking",
            (false, true) => "financing",
            (false, false) => "plain",
        }
    }

    const fn side_words(&self) -> &'static str {
        match (self.trafficking, self.financing) {
            (true, true) => "evidence of both sides",
            (true, false) => "trafficking side",
            (false, true) => "financing side",
            (false, false) => "",
        }
    }

    /// What stands above the id: kind, side, and whether it is the shared point.
    fn heading(&self) -> String {
        let kind = if self.label == "protected" { "under protection, not named" } else { self.kind() };
        [kind, self.side_words(), if self.shared { "shared point" } else { "" }].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(" · ")
    }
}

/// Corners of a regular polygon, or of the like, around a middle.
fn corners(points: &[(f64, f64)], x: f64, y: f64, radius: f64) -> String {
    points.iter().map(|(dx, dy)| format!("{:.1},{:.1}", x + dx * radius, y + dy * radius)).collect::<Vec<_>>().join(" ")
}

/// The shape of a kind of node.
fn shape(kind: &str, class: &str, x: f64, y: f64, radius: f64) -> Markup {
    let polygon = |points: &[(f64, f64)]| html! { polygon class={ "node " (class) } points=(corners(points, x, y, radius)) {} };
    match kind {
        "party" => {
            html! { rect class={ "node " (class) } x=(at(x - radius)) y=(at(y - radius)) width=(at(2.0 * radius)) height=(at(2.0 * radius)) rx="4" {} }
        }
        "identifier" => polygon(&[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)]),
        "place" => polygon(&[(0.0, -1.2), (1.2, 0.95), (-1.2, 0.95)]),
        "post" | "template" => polygon(&[(-0.55, -1.1), (0.55, -1.1), (1.15, 0.0), (0.55, 1.1), (-0.55, 1.1), (-1.15, 0.0)]),
        "journey" => polygon(&[(0.0, -1.15), (1.1, -0.35), (0.7, 0.95), (-0.7, 0.95), (-1.1, -0.35)]),
        "case" => polygon(&[(-1.15, -1.0), (1.15, -1.0), (0.0, 1.25)]),
        "protected" => {
            html! { circle class={ "node veiled " (class) } cx=(at(x)) cy=(at(y)) r=(at(radius)) {} }
        }
        _ => html! { circle class={ "node " (class) } cx=(at(x)) cy=(at(y)) r=(at(radius)) {} },
    }
}

fn draw_node(node: &Node<'_>, y: f64) -> Markup {
    html! {
        g {
            title { (visible(node.label)) }
            @if node.shared { circle.halo cx=(at(AXIS)) cy=(at(y)) r=(at(RADIUS + 8.0)) {} }
            (shape(node.kind(), node.class(), AXIS, y, RADIUS))
            @if !node.letter().is_empty() { text.letter x=(at(AXIS)) y=(at(y + 5.0)) text-anchor="middle" { (node.letter()) } }
            text.heading x=(at(WORDS)) y=(at(if node.id().is_empty() { y + 5.0 } else { y - 3.0 })) { (visible(&node.heading())) }
            @if !node.id().is_empty() { text.id x=(at(WORDS)) y=(at(y + 15.0)) { (cut(node.id(), ID_MOST)) } }
        }
    }
}

fn draw_edge(edge: &Edge<'_>) -> Markup {
    let y = |index: usize| TOP + STEP * index as f64;
    let (top, bottom) = (y(edge.from.min(edge.to)), y(edge.from.max(edge.to)));
    let class = if edge.link.weakest { "link weakest" } else { "link" };
    let next = edge.from.abs_diff(edge.to) == 1;
    let middle = f64::midpoint(top, bottom);
    // A rarer link is drawn thicker.
    let width = at(1.5 + 4.0 * edge.link.weight.clamp(0.0, 1.0));
    let words = format!("{}, strength {:.2}", edge.link.kind, edge.link.weight);
    html! {
        g {
            title { (visible(&edge.link.statement)) }
            @if next { line class=(class) x1=(at(AXIS)) y1=(at(top + RADIUS + 6.0)) x2=(at(AXIS)) y2=(at(bottom - RADIUS - 6.0)) stroke-width=(width) {} }
            @else { path class=(class) d=(format!("M{AXIS:.1} {top:.1} C0 {top:.1} 0 {bottom:.1} {AXIS:.1} {bottom:.1}")) stroke-width=(width) {} }
            @if next {
                text class={ "words " (if edge.link.weakest { "weakest" } else { "" }) } x=(at(WORDS)) y=(at(middle + 5.0)) {
                    (visible(&words)) @if edge.link.weakest { " · weakest link" }
                }
            }
        }
    }
}

fn picture(alert: &AlertRecord) -> Markup {
    let drawing = drawing(alert);
    let height = TOP * 2.0 + STEP * (drawing.nodes.len().max(1) - 1) as f64;
    html! {
        svg.graph viewBox={ "0 0 " (WIDTH) " " (height) } role="img" aria-labelledby="path-name path-words" {
            title #path-name { "Path of " (count(drawing.edges.len() as u64, "link", "links")) }
            desc #path-words { "From top to bottom; the table below says the same." }
            @for edge in &drawing.edges { (draw_edge(edge)) }
            @for (index, node) in drawing.nodes.iter().enumerate() { (draw_node(node, TOP + STEP * index as f64)) }
        }
    }
}

/// What shapes, letters and lines mean.
fn legend() -> Markup {
    let sample = |kind: &str, class: &str| html! { svg.sample viewBox="0 0 28 28" aria-hidden="true" { (shape(kind, class, 14.0, 14.0, 9.0)) } };
    html! {
        div.legend {
            h3 { "How to read it" }
            ul.plain {
                li { span.letter.trafficking { "T" } " evidence of trafficking or smuggling" }
                li { span.letter.financing { "F" } " evidence of terrorist financing" }
                @for (kind, words) in [("account", "account, wallet, handle or number"), ("party", "party: a person or organisation"), ("identifier", "shared identifier"),
                    ("post", "advert, or a group of like ones"), ("journey", "journey"), ("place", "place"), ("case", "agency case"), ("protected", "under protection: never named")] {
                    li { (sample(kind, "plain")) " " (words) }
                }
                li { svg.sample viewBox="0 0 28 28" aria-hidden="true" { line.link.weakest x1="14" y1="2" x2="14" y2="26" stroke-width="3" {} } " weakest link: the finding hangs on it" }
            }
            p.muted { "The thicker a line, the rarer such a link is." }
        }
    }
}

fn label(label: &str) -> Markup {
    if label == "protected" {
        html! { span.muted { "protected" } }
    } else {
        code(label)
    }
}

fn table(alert: &AlertRecord) -> Markup {
    html! {
        table.stack role="table" {
            caption { "The same path, link by link" }
            thead role="rowgroup" { tr role="row" { @for name in ["Link", "From", "To", "In words", "Strength", "Rests on"] { th scope="col" role="columnheader" { (name) } } } }
            tbody role="rowgroup" {
                @for (index, link) in alert.path.iter().enumerate().take(LINKS_MAX) {
                    tr role="row" class=[link.weakest.then_some("weakest")] {
                        th scope="row" role="rowheader" data-label="Link" { (index + 1) " " (text(&link.kind)) @if link.weakest { " " strong.weak { "weakest link" } } }
                        td role="cell" data-label="From" { (label(&link.from)) }
                        td role="cell" data-label="To" { (label(&link.to)) }
                        td role="cell" data-label="In words" { (text(&link.statement)) }
                        td.figure role="cell" data-label="Strength" { (format!("{:.2}", link.weight)) }
                        td role="cell" data-label="Rests on" { (observations(&link.observations, link.observations.len() as u64)) }
                    }
                }
            }
        }
    }
}

/// The section.
pub(super) fn section(alert: &AlertRecord) -> Markup {
    if !alert.path.is_empty() {
        return html! {
            p { "The smallest set of links that joins the two sides." }
            div.split { div.card { (picture(alert)) } (legend()) }
            (scrolling("The same path, link by link", &table(alert)))
        };
    }
    match alert.subjects.iter().find(|s| s.role == "shared_infrastructure") {
        Some(point) => {
            html! { p { "The two sides meet in one point, with no link between: " (text(point.subject_type.name())) " " (code(&point.id)) ", which bears evidence of both." } }
        }
        None => {
            html! { p { "This alert speaks of one network alone, so there is no path between two." } }
        }
    }
}
