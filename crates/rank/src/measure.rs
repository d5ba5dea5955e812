//! How good a ranking is. Rows of one score are one step: no order among them is made up.

use serde::{Deserialize, Serialize};

/// One step of a precision–recall curve: rows scored `threshold` or more are called positive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The lowest score called positive.
    pub threshold: f64,
    /// Rows called positive that are.
    pub true_positives: u64,
    /// Rows called positive that are not.
    pub false_positives: u64,
}

impl Step {
    /// Share of rows called positive that are.
    #[must_use]
    pub fn precision(&self) -> f64 {
        ratio(self.true_positives, self.true_positives + self.false_positives)
    }

    /// Share of `positives` rows that are found.
    #[must_use]
    pub fn recall(&self, positives: u64) -> f64 {
        ratio(self.true_positives, positives)
    }

    /// Harmonic mean of precision and recall.
    #[must_use]
    pub fn f1(&self, positives: u64) -> f64 {
        ratio(2 * self.true_positives, self.true_positives + self.false_positives + positives)
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The precision–recall curve from the highest score down, one step for each distinct score. NaN counts as the lowest.
#[must_use]
pub fn curve(scores: &[f64], labels: &[bool]) -> Vec<Step> {
    let key = |score: f64| if score.is_nan() { f64::NEG_INFINITY } else { score + 0.0 };
    let mut rows: Vec<(f64, bool)> = scores.iter().zip(labels).map(|(score, label)| (key(*score), *label)).collect();
    rows.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let mut steps: Vec<Step> = Vec::new();
    let (mut found, mut false_alarms) = (0, 0);
    for (score, label) in rows {
        if label {
            found += 1
        } else {
            false_alarms += 1
        }
        let step = Step { threshold: score, true_positives: found, false_positives: false_alarms };
        match steps.last_mut().filter(|last| last.threshold == score) {
            Some(last) => *last = step,
            None => steps.push(step),
        }
    }
    steps
}

/// Average precision: the sum over the steps of the curve of precision times the recall gained. NaN without positives.
#[must_use]
pub fn average_precision(scores: &[f64], labels: &[bool]) -> f64 {
    let positives = labels.iter().filter(|label| **label).count() as f64;
    let mut before = 0;
    let mut sum = 0.0;
    for step in curve(scores, labels) {
        sum += step.precision() * (step.true_positives - before) as f64;
        before = step.true_positives;
    }
    sum / positives
}

/// The step of the best F1; of equal ones that with the higher threshold. `None` without rows.
#[must_use]
pub fn best_f1(scores: &[f64], labels: &[bool]) -> Option<Step> {
    let positives = labels.iter().filter(|label| **label).count() as u64;
    curve(scores, labels).into_iter().reduce(|best, step| if step.f1(positives) > best.f1(positives) { step } else { best })
}

/// What rows scored `threshold` or more come to.
#[must_use]
pub fn at_threshold(scores: &[f64], labels: &[bool], threshold: f64) -> Step {
    let mut step = Step { threshold, true_positives: 0, false_positives: 0 };
    for (_, label) in scores.iter().zip(labels).filter(|(score, _)| **score >= threshold) {
        if *label { step.true_positives += 1 } else { step.false_positives += 1 }
    }
    step
}

/// Mean squared difference of probability and outcome (Brier 1950); NaN without rows.
#[must_use]
pub fn brier(probabilities: &[f64], labels: &[bool]) -> f64 {
    let sum: f64 = probabilities.iter().zip(labels).map(|(p, label)| (p - f64::from(u8::from(*label))).powi(2)).sum();
    sum / labels.len() as f64
}

/// One class of a calibration table.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Rows in it.
    pub rows: u64,
    /// Mean probability stated.
    pub stated: f64,
    /// Share that was positive.
    pub seen: f64,
}

/// Rows by stated probability in classes of the given lower ends (ascending); classes without rows are left out.
#[must_use]
pub fn calibration(probabilities: &[f64], labels: &[bool], lows: &[f64]) -> Vec<Bin> {
    let mut sums = vec![(0_u64, 0.0, 0_u64); lows.len()];
    for (p, label) in probabilities.iter().zip(labels) {
        let class = lows.partition_point(|low| low <= p).saturating_sub(1);
        if let Some((rows, stated, positives)) = sums.get_mut(class) {
            *rows += 1;
            *stated += p;
            *positives += u64::from(*label);
        }
    }
    sums.into_iter()
        .filter(|(rows, ..)| *rows > 0)
        .map(|(rows, stated, positives)| Bin { rows, stated: stated / rows as f64, seen: ratio(positives, rows) })
        .collect()
}

/// The 95 % interval of a share by Wilson's score (1927); (0, 1) of nothing.
#[must_use]
pub fn wilson(part: u64, whole: u64) -> (f64, f64) {
    if whole == 0 {
        return (0.0, 1.0);
    }
    const Z: f64 = 1.959_963_984_540_054;
    let (n, p) = (whole as f64, part as f64 / whole as f64);
    let middle = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}
