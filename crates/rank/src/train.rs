//! From labelled rows to a model.

use crate::RankError;
use crate::boost::{Part, rounds, until_best, weight};
use crate::calibrate::Calibrator;
use crate::card::{Card, Count, Figures};
use crate::drift::{Limits, Monitor, Profile};
use crate::forest::Forest;
use crate::importance::{Importance, importances};
use crate::labels::Labels;
use crate::matrix::{Matrix, Named};
use crate::measure::best_f1;
use crate::model::{Model, SchemaColumn};
use crate::settings::Settings;
use crate::split::{Period, Split};

/// Labelled rows of either kind that each of the first three periods needs.
pub const ROWS_LEAST: usize = 5;

/// Labelled rows, in the matrix's order.
pub(crate) type Labelled = Vec<(usize, bool)>;

/// Trains a ranking: `times` (one a row, any unit) and `split` part the rows; unlabelled rows are only looked at for drift.
///
/// Trees grow on the fit period until the stop period's loss no longer falls (then, with [`Settings::refit`], once more on both);
/// the calibration period gives probabilities and the threshold; the test period is measured on and read by nothing else.
///
/// # Errors
/// Lengths that differ, a column that is the label itself, settings or split out of range, a period with fewer than [`ROWS_LEAST`]
/// labelled rows of either kind.
pub fn train(matrix: &Matrix, labels: &Labels, times: &[i64], split: Split, settings: &Settings) -> Result<Model, RankError> {
    settings.check()?;
    let split = split.checked()?;
    for (what, found) in [("the labels", labels.len()), ("the times", times.len())] {
        if found != matrix.rows() {
            return Err(RankError::Rows { what: what.into(), found, wanted: matrix.rows() });
        }
    }
    refuse_labels(matrix, labels)?;
    let [fit, stop, calibrate, test] =
        [Period::Fit, Period::Stop, Period::Calibrate, Period::Test].map(|period| labelled(labels, times, &split, period));
    for (period, rows) in [("fit", &fit), ("stop", &stop), ("calibration", &calibrate)] {
        let positives = rows.iter().filter(|(_, label)| *label).count();
        let negatives = rows.len() - positives;
        if positives.min(negatives) < ROWS_LEAST {
            return Err(RankError::TooFew { period, positives, negatives, needed: ROWS_LEAST });
        }
    }
    let columns: Vec<&Named> = matrix.columns().iter().collect();
    let forest = grow(&columns, &fit, &stop, settings)?;
    let (scores, truth) = scored(&forest, &columns, &calibrate);
    let calibrator = Calibrator::fit(&scores, &truth);
    let threshold = best_f1(&scores, &truth).map_or(0.0, |step| step.threshold);
    let (importances, families) = importances(&forest, &columns, measured_on(&test, &calibrate), settings.seed);
    // All rows of the calibration period, labelled or not.
    let rows: Vec<usize> = times.iter().enumerate().filter(|(_, time)| split.period(**time) == Period::Calibrate).map(|(row, _)| row).collect();
    let monitor = monitor(&columns, &rows, &forest.scores(&columns, &rows), &importances);
    let (scores, truth) = scored(&forest, &columns, &test);
    let probabilities: Vec<f64> = scores.iter().map(|score| calibrator.probability(*score)).collect();
    let card = Card {
        split,
        fit: count(&fit, times),
        stop: count(&stop, times),
        calibrate: count(&calibrate, times),
        test: count(&test, times),
        labels: labels.sources(),
        settings: *settings,
        trees: forest.trees.len() as u64,
        calibrated_by: if matches!(calibrator, Calibrator::Steps(_)) { "steps" } else { "line" }.to_owned(),
        features: columns.iter().map(|column| column.name.clone()).collect(),
        figures: Figures::measure(&scores, &probabilities, &truth, threshold),
        importances,
        families,
        blocks: None,
        drawn: None,
    };
    Ok(Model::new(schema(&columns), forest, calibrator, threshold, monitor, card))
}

fn grow(columns: &[&Named], fit: &Labelled, stop: &Labelled, settings: &Settings) -> Result<Forest, RankError> {
    let positive = weight(settings.positive, fit);
    let best = until_best(&Part::new(columns, fit, positive), &Part::new(columns, stop, positive), settings)?.forest;
    if !settings.refit {
        return Ok(best);
    }
    let both: Labelled = merged(fit, stop);
    Ok(rounds(&Part::new(columns, &both, weight(settings.positive, &both)), best.trees.len().max(1), settings)?.forest)
}

pub(crate) fn schema(columns: &[&Named]) -> Vec<SchemaColumn> {
    columns.iter().map(|column| SchemaColumn { name: column.name.clone(), family: column.family.clone() }).collect()
}

fn merged(fit: &Labelled, stop: &Labelled) -> Labelled {
    let mut both = [fit.as_slice(), stop.as_slice()].concat();
    both.sort_unstable();
    both
}

fn labelled(labels: &Labels, times: &[i64], split: &Split, period: Period) -> Labelled {
    times.iter().enumerate().filter(|(_, time)| split.period(**time) == period).filter_map(|(row, _)| Some((row, labels.get(row)?))).collect()
}

fn scored(forest: &Forest, columns: &[&Named], rows: &Labelled) -> (Vec<f64>, Vec<bool>) {
    let (rows, labels): (Vec<usize>, Vec<bool>) = rows.iter().copied().unzip();
    (forest.scores(columns, &rows), labels)
}

/// Importances need a positive row: without one in the test, the calibration period stands in.
pub(crate) fn measured_on<'a>(test: &'a Labelled, calibrate: &'a Labelled) -> &'a Labelled {
    if test.iter().any(|(_, label)| *label) { test } else { calibrate }
}

pub(crate) fn count(rows: &Labelled, times: &[i64]) -> Count {
    let at = || rows.iter().filter_map(|(row, _)| times.get(*row).copied());
    Count { rows: rows.len() as u64, positives: rows.iter().filter(|(_, label)| *label).count() as u64, first: at().min(), last: at().max() }
}

/// Profiles of these rows and of their scores: probabilities and threshold hold for what looks like them.
pub(crate) fn monitor(columns: &[&Named], rows: &[usize], scores: &[f64], importances: &[Importance]) -> Monitor {
    let profile = |column: &&Named| {
        let values: Vec<f64> = rows.iter().filter_map(|row| column.values.get(*row)).map(|value| f64::from(*value)).collect();
        Profile::of(&values)
    };
    let all: f64 = importances.iter().map(|importance| importance.loss.max(0.0)).sum();
    let share = |column: &&Named| {
        let loss = importances.iter().find(|importance| importance.name == column.name).map_or(0.0, |importance| importance.loss.max(0.0));
        if all > 0.0 { loss / all } else { 0.0 }
    };
    Monitor {
        limits: Limits::default(),
        score: Profile::of(scores),
        columns: columns.iter().map(profile).collect(),
        carried: columns.iter().map(share).collect(),
    }
}

/// A column of two values that follow the labels without exception is the labels under another name.
pub(crate) fn refuse_labels(matrix: &Matrix, labels: &Labels) -> Result<(), RankError> {
    let known: Labelled = (0..labels.len()).filter_map(|row| Some((row, labels.get(row)?))).collect();
    for column in matrix.columns() {
        let mut seen: [Option<u32>; 2] = [None, None];
        let follows = known.iter().all(|(row, label)| {
            let value = column.values.get(*row).copied().unwrap_or(f32::NAN);
            let bits = if value == 0.0 { 0 } else { value.to_bits() };
            match seen.get_mut(usize::from(*label)) {
                Some(seen) => *seen.get_or_insert(bits) == bits,
                None => false,
            }
        });
        if let ([Some(no), Some(yes)], true) = (seen, follows)
            && no != yes
        {
            return Err(RankError::NotAFeature {
                name: column.name.clone(),
                what: "the label under another name: its two values follow it without exception",
            });
        }
    }
    Ok(())
}
