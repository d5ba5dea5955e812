//! From log-odds to probabilities that mean what they say.

use serde::{Deserialize, Serialize};

use crate::RankError;
use crate::model::VERSION;

/// Below this many rows of either kind a line is fitted instead of steps.
pub const STEPS_NEED: usize = 100;
const BLOCKS_MAX: usize = 1 << 20;
/// A line fitted on few rows states nothing nearer to 0 or 1.
const LINE_END: f64 = 1e-6;

/// A monotone map from raw score to probability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calibrator {
    /// Isotonic regression by pool-adjacent-violators (Ayer et al. 1955; Zadrozny & Elkan 2002).
    Steps(Vec<Block>),
    /// A logistic curve (Platt 1999; Lin, Lin & Weng 2007): probability = 1 / (1 + exp(−(`slope` × score + `shift`))).
    Line {
        /// Not below 0, so that order is kept.
        slope: f64,
        /// Log-odds at score 0.
        shift: f64,
    },
}

/// Scores from `from` up to the next block's share one probability.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// The lowest score; the first block also holds what is below.
    pub from: f64,
    /// Its probability.
    pub probability: f64,
}

impl Calibrator {
    /// Fits steps when there are [`STEPS_NEED`] rows of either kind, else a line.
    #[must_use]
    pub fn fit(scores: &[f64], labels: &[bool]) -> Self {
        let positives = labels.iter().filter(|label| **label).count();
        if positives.min(labels.len() - positives) >= STEPS_NEED { Self::Steps(steps(scores, labels)) } else { line(scores, labels) }
    }

    /// The probability of a score.
    #[must_use]
    pub fn probability(&self, score: f64) -> f64 {
        match self {
            Self::Steps(blocks) => {
                let at = blocks.partition_point(|block| block.from <= score).saturating_sub(1);
                blocks.get(at).map_or(f64::NAN, |block| block.probability)
            }
            Self::Line { slope, shift } => sigmoid(slope * score + shift).clamp(LINE_END, 1.0 - LINE_END),
        }
    }

    /// Ascending, within bounds.
    pub(crate) fn check(&self) -> Result<(), RankError> {
        let holds = match self {
            Self::Steps(blocks) => {
                !blocks.is_empty()
                    && blocks.len() <= BLOCKS_MAX
                    && blocks.iter().all(|block| block.from.is_finite() && (0.0..=1.0).contains(&block.probability))
                    && blocks.is_sorted_by(|a, b| a.from < b.from && a.probability <= b.probability)
            }
            Self::Line { slope, shift } => slope.is_finite() && *slope >= 0.0 && shift.is_finite(),
        };
        if holds { Ok(()) } else { Err(RankError::Model { version: VERSION, why: "its calibration does not ascend".into() }) }
    }
}

pub(crate) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Blocks of equal probability, by pooling neighbours that are out of order. Ends are kept off 0 and 1 by 1 / (rows + 2): no outcome that was
/// not seen is called impossible.
fn steps(scores: &[f64], labels: &[bool]) -> Vec<Block> {
    let edge = 1.0 / (labels.len() as f64 + 2.0);
    isotonic(scores, labels).into_iter().map(|(from, probability)| Block { from, probability: probability.clamp(edge, 1.0 - edge) }).collect()
}

/// Isotonic regression of outcomes on scores: (lowest score, mean outcome) of each block, ascending in both. Rows of one score share a block.
#[must_use]
pub fn isotonic(scores: &[f64], labels: &[bool]) -> Vec<(f64, f64)> {
    let mut rows: Vec<(f64, bool)> = scores.iter().copied().zip(labels.iter().copied()).collect();
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    // (lowest score, positives, rows)
    let mut blocks: Vec<(f64, u64, u64)> = Vec::new();
    for (score, label) in rows {
        match blocks.last_mut().filter(|last| last.0 == score) {
            Some(last) => *last = (last.0, last.1 + u64::from(label), last.2 + 1),
            None => {
                pool(&mut blocks);
                blocks.push((score, u64::from(label), 1));
            }
        }
    }
    pool(&mut blocks);
    blocks.into_iter().map(|(from, positives, rows)| (from, positives as f64 / rows as f64)).collect()
}

/// Merges the last block into the one before while that is not below it. Shares are compared by whole numbers.
fn pool(blocks: &mut Vec<(f64, u64, u64)>) {
    while let [.., before, last] = blocks.as_slice() {
        if u128::from(before.1) * u128::from(last.2) < u128::from(last.1) * u128::from(before.2) {
            break;
        }
        let merged = (before.0, before.1 + last.1, before.2 + last.2);
        blocks.pop();
        if let Some(end) = blocks.last_mut() {
            *end = merged;
        }
    }
}

/// Newton's method on Platt's smoothed targets.
fn line(scores: &[f64], labels: &[bool]) -> Calibrator {
    let positives = labels.iter().filter(|label| **label).count() as f64;
    let negatives = labels.len() as f64 - positives;
    let (high, low) = ((positives + 1.0) / (positives + 2.0), 1.0 / (negatives + 2.0));
    let loss = |slope: f64, shift: f64| -> f64 {
        let row = |(score, label): (&f64, &bool)| {
            let (x, target) = (slope * score + shift, if *label { high } else { low });
            // log(1 + exp(x)) without overflow
            x.max(0.0) + (-x.abs()).exp().ln_1p() - target * x
        };
        scores.iter().zip(labels).map(row).sum()
    };
    let (mut slope, mut shift) = (0.0, ((positives + 1.0) / (negatives + 1.0)).ln());
    for _ in 0..100 {
        let (mut g, mut h) = ((0.0, 0.0), (1e-12, 0.0, 1e-12));
        for (score, label) in scores.iter().zip(labels) {
            let p = sigmoid(slope * score + shift);
            let (d, w) = (p - if *label { high } else { low }, p * (1.0 - p));
            g = (g.0 + d * score, g.1 + d);
            h = (h.0 + w * score * score, h.1 + w * score, h.2 + w);
        }
        let determinant = h.0 * h.2 - h.1 * h.1;
        if g.0.abs() + g.1.abs() < 1e-9 || determinant <= 0.0 {
            break;
        }
        let step = ((h.2 * g.0 - h.1 * g.1) / determinant, (h.0 * g.1 - h.1 * g.0) / determinant);
        let (now, mut size) = (loss(slope, shift), 1.0);
        while size > 1e-10 && loss(slope - size * step.0, shift - size * step.1) >= now {
            size /= 2.0;
        }
        if size <= 1e-10 {
            break;
        }
        (slope, shift) = (slope - size * step.0, shift - size * step.1);
    }
    // A falling line would turn the ranking round: then the score says nothing, and the base rate is all there is.
    if slope.is_finite() && shift.is_finite() && slope > 0.0 {
        Calibrator::Line { slope, shift }
    } else {
        Calibrator::Line { slope: 0.0, shift: ((positives + 1.0) / (negatives + 1.0)).ln() }
    }
}
