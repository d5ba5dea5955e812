//! How good the alerts are, against a truth: precision, recall, calibration, protection and fairness, with intervals.
//!
//! Floor 5. The one reader of protected traits. Nothing here can change a rule or a score.
//! Definitions of every figure are in `docs/evaluate.md`.

mod fairness;
mod judge;
mod rate;
mod report;
mod text;
mod transfers;
mod truth;

use std::io::BufRead;
use std::path::Path;

pub use fairness::{CELL_MIN, DISPARITY_MAX, Disparity, GroupRate, TraitReport, TwinReport};
pub use rate::{Mean, Rate, ratio};
pub use report::{
    AtRank, BaseRate, Calibration, CalibrationBin, Caveat, ConvergenceReport, FoundOfKind, KindReport, ProtectedReport, Q_EDGES, RANKS, Report,
};
pub use transfers::{AmlgentexInstances, Instance, LabelledTransfer, TransferReport, TransferSettings, TypologyFound, evaluate_transfers};
pub use truth::{EvaluateError, Groups};

/// Judges alerts (NDJSON, one a line) against the truth folder of a simulated world. Groups come from the truth.
///
/// # Errors
/// A truth file is missing or lacks a column, or a line is not an alert.
pub fn evaluate(alerts: impl BufRead, truth: &Path) -> Result<Report, EvaluateError> {
    evaluate_with(alerts, truth, None)
}

/// As [`evaluate`], with the groups of persons from a caller who may open protected traits, in place of the truth's.
///
/// # Errors
/// As [`evaluate`].
pub fn evaluate_with(alerts: impl BufRead, truth: &Path, traits: Option<&Groups>) -> Result<Report, EvaluateError> {
    let records = judge::read_alerts(alerts)?;
    let truth = truth::Truth::read(truth)?;
    let tally = judge::judge(&records, &truth, traits.unwrap_or(&truth.groups));
    Ok(Report::over(vec![tally]))
}

/// One report over the worlds of several: counts are added, intervals made anew, small cells withheld by the sums.
#[must_use]
pub fn pool(reports: &[Report]) -> Report {
    Report::over(reports.iter().flat_map(|r| r.tallies.iter().cloned()).collect())
}
