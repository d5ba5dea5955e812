//! The model card: what must be known before a ranking is used (Mitchell et al. 2019).

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::importance::Importance;
use crate::labels::Sources;
use crate::measure::{Bin, Step, at_threshold, average_precision, brier, calibration, wilson};
use crate::settings::Settings;
use crate::split::Split;

/// What the ranking must not be used for; part of every card.
pub const NOT_FOR: [&str; 5] = [
    "It ranks what a person then looks at. It never raises an alert alone, and a high rank is no finding.",
    "No freeze, account exit, travel stop or report follows from a rank: each needs a person's own review of the evidence.",
    "It says nothing about a person: rows are transfers, and no protected trait is read.",
    "Outcomes that followed from its own ranks are no labels until somebody has reviewed them.",
    "Beyond the drift limits it abstains, and its figures hold only for data like those it was measured on.",
];

/// Lower ends of the classes of stated probability.
const LOWS: [f64; 8] = [0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9];

/// Rows of one period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Labelled rows.
    pub rows: u64,
    /// Of them positive.
    pub positives: u64,
    /// Time of the first, seconds since 1970 or the caller's own unit.
    pub first: Option<i64>,
    /// Time of the last.
    pub last: Option<i64>,
}

/// How good the ranking is on rows it has not seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Labelled rows.
    pub rows: u64,
    /// Of them positive.
    pub positives: u64,
    /// Area under the precision–recall curve, by steps; chance gives the share of positives.
    pub average_precision: f64,
    /// The score from which a row was called positive, chosen on the calibration period.
    pub threshold: f64,
    /// Precision there.
    pub precision: f64,
    /// Its 95 % interval by Wilson's score.
    pub precision_interval: (f64, f64),
    /// Recall there.
    pub recall: f64,
    /// F1 there.
    pub f1: f64,
    /// Mean squared error of the probabilities.
    pub brier: f64,
    /// Stated against seen.
    pub calibration: Vec<Bin>,
}

impl Figures {
    /// Measures scores and probabilities against labels at a threshold. `None` without a positive row: nothing can be said.
    #[must_use]
    pub fn measure(scores: &[f64], probabilities: &[f64], labels: &[bool], threshold: f64) -> Option<Self> {
        let positives = labels.iter().filter(|label| **label).count() as u64;
        if positives == 0 {
            return None;
        }
        let step: Step = at_threshold(scores, labels, threshold);
        Some(Self {
            rows: labels.len() as u64,
            positives,
            average_precision: average_precision(scores, labels),
            threshold,
            precision: step.precision(),
            precision_interval: wilson(step.true_positives, step.true_positives + step.false_positives),
            recall: step.recall(positives),
            f1: step.f1(positives),
            brier: brier(probabilities, labels),
            calibration: calibration(probabilities, labels, &LOWS),
        })
    }
}

/// The card of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Times of the split.
    pub split: Split,
    /// Learned from.
    pub fit: Count,
    /// Said when to stop.
    pub stop: Count,
    /// Gave probabilities and threshold.
    pub calibrate: Count,
    /// Only measured on.
    pub test: Count,
    /// Where the labels come from.
    pub labels: Sources,
    /// How it was trained.
    pub settings: Settings,
    /// Trees kept.
    pub trees: u64,
    /// How scores become probabilities: `steps` or `line`.
    pub calibrated_by: String,
    /// Columns by name.
    pub features: Vec<String>,
    /// Figures on the test period; none when it holds no positive label.
    pub figures: Option<Figures>,
    /// Losses by column, the greatest first, on the test period (on the calibration period when there is no test).
    pub importances: Vec<Importance>,
    /// Losses by family.
    pub families: Vec<Importance>,
    /// Into how many blocks of time the rows before the test were parted, each scored by trees that had not seen it; the calibration rows are
    /// then learned from too. None where the periods follow one another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocks: Option<u64>,
    /// Rows learned from, where negative rows were drawn or could have been: all positives, and negatives that stand for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawn: Option<u64>,
}

impl Card {
    /// The card as Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = String::from("# Model card: learned ranking\n\n");
        // Writing to a string cannot fail.
        let _ = self.data(&mut text).and_then(|()| self.measured(&mut text)).and_then(|()| self.carried(&mut text));
        text.push_str("\n## Not for\n\n");
        for line in NOT_FOR {
            let _ = writeln!(text, "- {line}");
        }
        text
    }

    fn data(&self, text: &mut String) -> std::fmt::Result {
        writeln!(text, "## Data\n\n| period | from | to | labelled rows | positive |\n|---|---|---|---|---|")?;
        let time = |time: Option<i64>| time.map_or_else(|| "–".to_owned(), |time| time.to_string());
        for (name, count) in [("fit", &self.fit), ("stop", &self.stop), ("calibrate", &self.calibrate), ("test", &self.test)] {
            writeln!(text, "| {name} | {} | {} | {} | {} |", time(count.first), time(count.last), count.rows, count.positives)?;
        }
        if let Some(blocks) = self.blocks {
            writeln!(
                text,
                "\nThe first three overlap: rows before the test were scored by trees that had not seen their block of time, {blocks} blocks; those scores gave \
                 probabilities and threshold. The trees kept were grown on all of them."
            )?;
        }
        if let Some(drawn) = self.drawn.filter(|drawn| *drawn < self.fit.rows) {
            writeln!(
                text,
                "\nOf {} rows {drawn} were learned from: every positive one, and negatives drawn by the seed that stand for all.",
                self.fit.rows
            )?;
        }
        let Sources { reviewed, reviewers, sets, .. } = &self.labels;
        write!(text, "\nLabels: {reviewed} reviewed by {reviewers} persons")?;
        for (name, rows) in sets {
            write!(text, "; {rows} of the labelled set `{}`", name.replace(['`', '\n'], " "))?;
        }
        let settings = serde_json::to_string(&self.settings).map_err(|_| std::fmt::Error)?;
        writeln!(
            text,
            ".\n\nSettings: `{settings}`; {} trees kept, {} columns, probabilities by {}.",
            self.trees,
            self.features.len(),
            self.calibrated_by
        )
    }

    fn measured(&self, text: &mut String) -> std::fmt::Result {
        writeln!(text, "\n## Measured on the test period\n")?;
        let Some(figures) = &self.figures else {
            return writeln!(text, "Nothing: no positive label in it. Do not use the ranking before it has been measured.");
        };
        let base = figures.positives as f64 / figures.rows.max(1) as f64;
        writeln!(text, "- average precision {:.4} (chance {base:.4})", figures.average_precision)?;
        let (low, high) = figures.precision_interval;
        writeln!(
            text,
            "- at the threshold {:.4} chosen on the calibration period: precision {:.4} (95 % interval {low:.4} to {high:.4}), recall {:.4}, F1 {:.4}",
            figures.threshold, figures.precision, figures.recall, figures.f1
        )?;
        writeln!(text, "- Brier score {:.5}\n\n| rows | stated | seen |\n|---|---|---|", figures.brier)?;
        for bin in &figures.calibration {
            writeln!(text, "| {} | {:.4} | {:.4} |", bin.rows, bin.stated, bin.seen)?;
        }
        Ok(())
    }

    fn carried(&self, text: &mut String) -> std::fmt::Result {
        writeln!(text, "\n## What carries it\n\nFall of average precision when values are shuffled among rows.\n\n| family | loss |\n|---|---|")?;
        for family in &self.families {
            writeln!(text, "| {} | {:.4} |", family.name.replace(['|', '\n'], " "), family.loss)?;
        }
        writeln!(text, "\n| column | loss |\n|---|---|")?;
        for column in self.importances.iter().take(30) {
            writeln!(text, "| {} | {:.4} |", column.name.replace(['|', '\n'], " "), column.loss)?;
        }
        Ok(())
    }
}
