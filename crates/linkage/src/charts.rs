//! Pictures of a linkage as text: self-contained SVG without scripts, every value escaped.

use std::fmt::Write;

use crate::link::Linked;
use crate::parameters::Parameters;
use crate::score::Waterfall;

const FONT: &str = "font-family=\"sans-serif\" font-size=\"12\"";
const FOR: &str = "#1f6f78";
const AGAINST: &str = "#b4472e";
const INK: &str = "#222222";
const LINE: &str = "#999999";

/// Rows of a cluster shown at most.
const SHOWN_MAX: usize = 40;

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

struct Svg {
    body: String,
    width: f64,
    height: f64,
    title: String,
}

impl Svg {
    fn new(width: f64, height: f64, title: &str) -> Self {
        Self { body: String::new(), width, height, title: escape(title) }
    }

    fn text(&mut self, x: f64, y: f64, anchor: &str, text: &str) {
        let _ = writeln!(self.body, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"{INK}\">{}</text>", escape(text));
    }

    fn bar(&mut self, x: f64, y: f64, width: f64, height: f64, colour: &str) {
        let (x, width) = if width < 0.0 { (x + width, -width) } else { (x, width) };
        let _ = writeln!(self.body, "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{height:.1}\" fill=\"{colour}\"/>", width.max(0.5));
    }

    fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: &str, width: f64) {
        let ((x, y), (u, v)) = (from, to);
        let _ =
            writeln!(self.body, "<line x1=\"{x:.1}\" y1=\"{y:.1}\" x2=\"{u:.1}\" y2=\"{v:.1}\" stroke=\"{colour}\" stroke-width=\"{width:.1}\"/>");
    }

    fn path(&mut self, points: &[(f64, f64)], colour: &str) {
        let d: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(self.body, "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>", d.join(" "));
    }

    fn done(self) -> String {
        let Self { body, width, height, title } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" {FONT}>\n\
             <title>{title}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{body}</svg>\n"
        )
    }
}

/// log2(m/u) of every level of every comparison.
#[must_use]
pub fn match_weights(parameters: &Parameters) -> String {
    levels_chart(parameters, "Match weights in bits", |m, u| vec![((m.max(1e-12) / u.max(1e-12)).log2(), FOR)], 16.0)
}

/// m and u of every level: what the same show, and what chance shows.
#[must_use]
pub fn probabilities(parameters: &Parameters) -> String {
    levels_chart(parameters, "m (left of each pair of bars' centre: chance u) in per cent", |m, u| vec![(m * 16.0, FOR), (-u * 16.0, AGAINST)], 16.0)
}

fn levels_chart(parameters: &Parameters, title: &str, bars: impl Fn(f64, f64) -> Vec<(f64, &'static str)>, most: f64) -> String {
    let rows: usize = parameters.levels.iter().map(Vec::len).sum();
    let mut svg = Svg::new(860.0, rows as f64 * 18.0 + parameters.levels.len() as f64 * 8.0 + 50.0, title);
    svg.text(16.0, 22.0, "start", title);
    let mut y = 40.0;
    let centre = 640.0;
    for (comparison, (labels, (m, u))) in
        parameters.config.comparisons.iter().zip(parameters.levels.iter().zip(parameters.m().iter().zip(parameters.u())))
    {
        svg.text(16.0, y + 12.0, "start", &comparison.name);
        y += 18.0;
        for ((label, m), u) in labels.iter().zip(m).zip(u).skip(1) {
            svg.text(centre - 210.0, y + 12.0, "end", label);
            for (value, colour) in bars(*m, *u) {
                svg.bar(centre, y + 2.0, value.clamp(-most, most) / most * 190.0, 13.0, colour);
            }
            y += 18.0;
        }
        y += 8.0;
    }
    svg.line((centre, 34.0), (centre, y), LINE, 1.0);
    svg.done()
}

/// The steps of one score, each bar starting where the last one ended.
#[must_use]
pub fn waterfall(waterfall: &Waterfall) -> String {
    let mut svg = Svg::new(980.0, waterfall.steps.len() as f64 * 24.0 + 90.0, "Waterfall of one pair");
    svg.text(16.0, 22.0, "start", &format!("{:.1} bits in all", waterfall.bits));
    let (mut at, mut low, mut high) = (0.0f64, 0.0f64, 0.0f64);
    for step in &waterfall.steps {
        at += step.weight_bits + step.rarity_bits;
        low = low.min(at);
        high = high.max(at);
    }
    let scale = 330.0 / (high - low).max(1.0);
    let x = |bits: f64| 620.0 + (bits - low) * scale;
    let (mut y, mut at) = (40.0, 0.0);
    for step in &waterfall.steps {
        let shown = if step.left.is_empty() { String::new() } else { format!(": {} / {} ({})", step.left, step.right, step.level) };
        svg.text(16.0, y + 14.0, "start", &format!("{}{shown}", step.comparison));
        for bits in [step.weight_bits, step.rarity_bits] {
            svg.bar(x(at), y + 3.0, bits * scale, 15.0, if bits >= 0.0 { FOR } else { AGAINST });
            at += bits;
        }
        svg.text(600.0, y + 14.0, "end", &format!("{:+.1}", step.weight_bits + step.rarity_bits));
        y += 24.0;
    }
    svg.line((x(0.0), 34.0), (x(0.0), y), LINE, 1.0);
    svg.done()
}

/// Expected precision, recall (of pairs looked at) and F1 by threshold, from the scores alone.
#[must_use]
pub fn thresholds(linked: &Linked<'_>) -> String {
    let mut pairs: Vec<(f64, f64)> = linked.pairs().iter().map(|p| (p.collective_bits, 1.0 / (1.0 + (-p.collective_bits).exp2()))).collect();
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let total: f64 = pairs.iter().map(|p| p.1).sum::<f64>().max(1e-9);
    let place = |bits: f64, share: f64| (60.0 + (bits + 12.0) / 24.0 * 640.0, 320.0 - share * 270.0);
    let mut curves: [Vec<(f64, f64)>; 3] = Default::default();
    let (mut found, mut next) = (0.0, 0usize);
    for step in 0..=96 {
        let bits = 12.0 - f64::from(step) * 0.25;
        while let Some((_, p)) = pairs.get(next).filter(|p| p.0 >= bits) {
            found += p;
            next += 1;
        }
        let (precision, recall) = (if next == 0 { 1.0 } else { found / next as f64 }, found / total);
        let f1 = 2.0 * precision * recall / (precision + recall).max(1e-9);
        for (curve, share) in curves.iter_mut().zip([precision, recall, f1]) {
            curve.push(place(bits, share));
        }
    }
    let mut svg = Svg::new(760.0, 370.0, "Expected precision, recall and F1 by threshold");
    svg.text(16.0, 22.0, "start", "Expected by the scores themselves: precision (dark), recall (red), F1 (grey)");
    for (curve, colour) in curves.iter().zip([FOR, AGAINST, LINE]) {
        svg.path(curve, colour);
    }
    for bits in [-12.0, -6.0, 0.0, 6.0, 12.0] {
        let (x, y) = place(bits, 0.0);
        svg.text(x, y + 20.0, "middle", &format!("{bits:.0} bits"));
    }
    let chosen = place(linked.parameters().threshold_bits.clamp(-12.0, 12.0), 0.0);
    svg.line(chosen, (chosen.0, 50.0), INK, 1.0);
    svg.done()
}

/// Log-likelihood by round of EM.
#[must_use]
pub fn convergence(parameters: &Parameters) -> String {
    let (trace, settled) = parameters.convergence();
    let low = trace.iter().copied().fold(f64::INFINITY, f64::min);
    let high = trace.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut svg = Svg::new(760.0, 330.0, "Convergence of EM");
    svg.text(16.0, 22.0, "start", &format!("Log-likelihood over {} rounds, {}", trace.len(), if settled { "settled" } else { "not settled" }));
    let across = 680.0 / (trace.len().max(2) - 1) as f64;
    let points: Vec<(f64, f64)> =
        trace.iter().enumerate().map(|(i, v)| (40.0 + i as f64 * across, 300.0 - (v - low) / (high - low).max(1e-9) * 250.0)).collect();
    svg.path(&points, FOR);
    svg.done()
}

/// The cluster of `row`: its rows as a ring, its pairs as lines (red: against). `None` for a row that is not there.
#[must_use]
pub fn cluster(linked: &Linked<'_>, row: u32) -> Option<String> {
    let id = linked.clusters().get(row as usize)?;
    let rows: Vec<u32> = (0..linked.clusters().len() as u32).filter(|r| linked.clusters().get(*r as usize) == Some(id)).take(SHOWN_MAX).collect();
    let mut svg = Svg::new(900.0, 640.0, "One cluster");
    svg.text(16.0, 22.0, "start", &format!("Cluster of row {id}: {} rows shown", rows.len()));
    let place = |i: usize| {
        let angle = i as f64 / rows.len() as f64 * std::f64::consts::TAU;
        (450.0 + 220.0 * angle.cos(), 320.0 + 220.0 * angle.sin())
    };
    for (i, left) in rows.iter().enumerate() {
        for (j, right) in rows.iter().enumerate().skip(i + 1) {
            let bits = linked.explain(*left, *right)?.bits;
            svg.line(place(i), place(j), if bits >= 0.0 { FOR } else { AGAINST }, (bits.abs() / 6.0).clamp(0.5, 4.0));
        }
    }
    for (i, row) in rows.iter().enumerate() {
        let (x, y) = place(i);
        let values: Vec<&str> = linked.table.columns().iter().filter_map(|c| c.text(*row as usize)).take(4).collect();
        svg.bar(x - 4.0, y - 4.0, 8.0, 8.0, INK);
        svg.text(x, y - 8.0, "middle", &format!("{row}: {}", values.join(", ")));
    }
    Some(svg.done())
}

impl Linked<'_> {
    /// The pictures of a whole run by name: `match_weights`, `probabilities`, `thresholds`, `convergence`.
    #[must_use]
    pub fn charts(&self) -> Vec<(&'static str, String)> {
        vec![
            ("match_weights", match_weights(self.parameters())),
            ("probabilities", probabilities(self.parameters())),
            ("thresholds", thresholds(self)),
            ("convergence", convergence(self.parameters())),
        ]
    }

    /// All pictures in one page without scripts.
    #[must_use]
    pub fn page(&self) -> String {
        let body: String = self.charts().into_iter().map(|(_, svg)| svg).collect();
        format!("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Linkage</title></head><body>\n{body}</body></html>\n")
    }
}
