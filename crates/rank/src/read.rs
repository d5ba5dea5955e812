//! Training of a ranking of one or two readings, each row before the test scored by trees that have not seen its block of time.

use crate::RankError;
use crate::around::{Ends, Reach};
use crate::boost::{rounds, until_best, weight};
use crate::calibrate::{Calibrator, STEPS_NEED};
use crate::card::{Card, Figures};
use crate::draw::{Drawn, draw};
use crate::forest::Forest;
use crate::importance::importances;
use crate::labels::Labels;
use crate::matrix::{Matrix, Named};
use crate::measure::best_f1;
use crate::model::{Model, Ranking};
use crate::plan::Plan;
use crate::readings::{Readings, Second, made};
use crate::settings::Settings;
use crate::split::Split;
use crate::train::{Labelled, ROWS_LEAST, count, measured_on, monitor, refuse_labels, schema};

/// The most rows of either kind that importances are measured on.
const IMPORTANCE_ROWS: (usize, usize) = (600, 2_400);

/// A trained ranking, and what it says of the rows it was trained among.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// The ranking.
    pub readings: Readings,
    /// Of each row of the matrix: rows before the test by trees that had not seen their block of time, others by the ranking's own. The
    /// threshold holds for both.
    pub ranking: Ranking,
    /// Log-odds of the first reading, in the same way.
    pub first: Vec<f64>,
}

/// Rows by what they are for.
struct Rows<'a> {
    labels: &'a Labels,
    times: &'a [i64],
    plan: &'a Plan,
    /// From when on rows before the test give probabilities and threshold.
    calibrate_from: i64,
    /// Where the second and later blocks of time begin.
    edges: Vec<i64>,
    /// Labelled, before the test.
    known: Labelled,
    /// Labelled, of the test.
    test: Labelled,
}

/// The trees of one reading, and their scores.
struct Stage {
    forest: Forest,
    gains: Vec<f64>,
    scores: Vec<f64>,
}

/// Trains a ranking by a plan: `ends` says who paid whom when, one entry a row; rows come in any order.
///
/// For each reading and each block of time trees grow on the other blocks and score the rows of that block; the model that leaves out the latest
/// block says how many trees; then as many grow on all rows before the test. The second reading sees the first one's scores so made: those of
/// rows before the test from rows before the test alone. Scores so made give probabilities and threshold.
///
/// # Errors
/// Lengths that differ, a column that is the label itself, a plan out of range, a block or a calibration period with fewer than [`ROWS_LEAST`]
/// labelled rows of either kind.
pub fn read(matrix: &Matrix, labels: &Labels, ends: Ends<'_>, plan: &Plan) -> Result<Read, RankError> {
    plan.check()?;
    let lengths = [("the labels", labels.len()), ("the payers", ends.from.len()), ("the payees", ends.to.len()), ("the times", ends.times.len())];
    if let Some((what, found)) = lengths.into_iter().find(|(_, found)| *found != matrix.rows()) {
        return Err(RankError::Rows { what: what.into(), found, wanted: matrix.rows() });
    }
    refuse_labels(matrix, labels)?;
    let rows = Rows::new(labels, ends.times, plan)?;
    let columns: Vec<&Named> = matrix.columns().iter().filter(|column| varies(column, &rows.known)).collect();
    let drawn = draw(&columns, &rows.known, plan.negatives, &plan.first)?;
    let first = rows.stage(&columns, &drawn, &plan.first)?;
    let model = rows.model(&first, &columns, &drawn, &plan.first);
    let Some(settings) = plan.second else {
        let ranking = model.ranking(first.scores.clone());
        return Ok(Read { readings: model.into(), ranking, first: first.scores });
    };
    let made = honest(ends, &first.scores, &plan.reaches, plan)?;
    let columns: Vec<&Named> = kept(&columns, &first.gains, plan.columns).into_iter().chain(&made).collect();
    let second = rows.stage(&columns, &drawn, &settings)?;
    let last = rows.model(&second, &columns, &drawn, &settings);
    let ranking = last.ranking(second.scores);
    let second = Some(Second { reaches: plan.reaches.clone(), above: plan.above, model: last });
    Ok(Read { readings: Readings { first: model, second }, ranking, first: first.scores })
}

/// Does the column tell these rows apart at all?
fn varies(column: &Named, rows: &Labelled) -> bool {
    let mut values = rows.iter().filter_map(|(row, _)| column.values.get(*row)).map(|value| if *value == 0.0 { 0 } else { value.to_bits() });
    let first = values.next();
    values.any(|value| Some(value) != first)
}

/// The columns that saved most, in their order.
fn kept<'a>(columns: &[&'a Named], gains: &[f64], most: usize) -> Vec<&'a Named> {
    let mut order: Vec<(usize, f64)> = gains.iter().copied().enumerate().filter(|(_, gain)| *gain > 0.0).collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    order.truncate(most);
    order.sort_unstable_by_key(|(column, _)| *column);
    order.into_iter().filter_map(|(column, _)| columns.get(column).copied()).collect()
}

/// Columns made of the first reading's scores, where rows before the test look at rows before the test alone.
fn honest(ends: Ends<'_>, scores: &[f64], reaches: &[Reach], plan: &Plan) -> Result<Vec<Named>, RankError> {
    let mut columns = made(ends, scores, reaches, plan.above)?;
    if reaches.iter().all(|reach| reach.after == 0) {
        return Ok(columns);
    }
    let early: Vec<usize> = ends.times.iter().enumerate().filter(|(_, time)| **time < plan.test_from).map(|(row, _)| row).collect();
    let pick = |all: &[u32]| -> Vec<u32> { early.iter().filter_map(|row| all.get(*row).copied()).collect() };
    let (from, to) = (pick(ends.from), pick(ends.to));
    let times: Vec<i64> = early.iter().filter_map(|row| ends.times.get(*row).copied()).collect();
    let scores: Vec<f64> = early.iter().filter_map(|row| scores.get(*row).copied()).collect();
    let alone = made(Ends { from: &from, to: &to, times: &times }, &scores, reaches, plan.above)?;
    for (column, alone) in columns.iter_mut().zip(alone) {
        for (row, value) in early.iter().zip(alone.values) {
            if let Some(slot) = column.values.get_mut(*row) {
                *slot = value;
            }
        }
    }
    Ok(columns)
}

impl<'a> Rows<'a> {
    fn new(labels: &'a Labels, times: &'a [i64], plan: &'a Plan) -> Result<Self, RankError> {
        let labelled = (0..labels.len()).filter_map(|row| Some((row, labels.get(row)?)));
        let (known, test): (Labelled, Labelled) = labelled.partition(|(row, _)| times.get(*row).is_some_and(|time| *time < plan.test_from));
        // Blocks of as many positives each, as far as rows of one time stay together.
        let mut positive: Vec<i64> = known.iter().filter(|(_, label)| *label).filter_map(|(row, _)| times.get(*row).copied()).collect();
        positive.sort_unstable();
        let mut edges: Vec<i64> = (1..plan.blocks).filter_map(|block| positive.get(positive.len() * block / plan.blocks).copied()).collect();
        edges.dedup();
        // Few positives tell less of a threshold than views of unequal length disturb it.
        let given = plan.calibrate_from.filter(|from| positive.len() - positive.partition_point(|time| time < from) >= STEPS_NEED);
        let earliest = || known.iter().filter_map(|(row, _)| times.get(*row).copied()).min();
        let calibrate_from = given.or_else(earliest).unwrap_or_default();
        let rows = Self { labels, times, plan, calibrate_from, edges, known, test };
        for block in 0..plan.blocks {
            enough("training (one of its blocks)", rows.known.iter().filter(|(row, _)| rows.block(*row) == Some(block)))?;
        }
        enough("calibration", rows.calibrate().iter())?;
        Ok(rows)
    }

    /// The block of time of a row; none of the test.
    fn block(&self, row: usize) -> Option<usize> {
        let time = *self.times.get(row)?;
        (time < self.plan.test_from).then(|| self.edges.partition_point(|edge| *edge <= time))
    }

    fn time(&self, row: usize) -> i64 {
        self.times.get(row).copied().unwrap_or_default()
    }

    fn calibrates(&self, row: usize) -> bool {
        self.time(row) < self.plan.test_from && self.time(row) >= self.calibrate_from
    }

    fn calibrate(&self) -> Labelled {
        self.known.iter().copied().filter(|(row, _)| self.calibrates(*row)).collect()
    }

    fn stage(&self, columns: &[&Named], drawn: &Drawn, settings: &Settings) -> Result<Stage, RankError> {
        let mut scores = vec![0.0; self.times.len()];
        let mut score = |forest: &Forest, block: Option<usize>| {
            let rows: Vec<usize> = (0..self.times.len()).filter(|row| self.block(*row) == block).collect();
            for (row, score) in rows.iter().zip(forest.scores(columns, &rows)) {
                if let Some(slot) = scores.get_mut(*row) {
                    *slot = score;
                }
            }
        };
        let positive = weight(settings.positive, &self.known);
        let mut trees = None;
        for block in (0..self.plan.blocks).rev() {
            let fit = drawn.part(columns, positive, |row| self.block(row) != Some(block));
            let grown = match trees {
                Some(trees) => rounds(&fit, trees, settings)?,
                None => until_best(&fit, &drawn.part(columns, positive, |row| self.block(row) == Some(block)), settings)?,
            };
            trees = Some(grown.forest.trees.len().max(1));
            score(&grown.forest, Some(block));
        }
        let grown = rounds(&drawn.part(columns, positive, |_| true), trees.unwrap_or(1), settings)?;
        score(&grown.forest, None);
        Ok(Stage { forest: grown.forest, gains: grown.gains, scores })
    }

    fn scored(&self, stage: &Stage, rows: &Labelled) -> (Vec<f64>, Vec<bool>) {
        rows.iter().filter_map(|(row, label)| Some((*stage.scores.get(*row)?, *label))).unzip()
    }

    /// The model of a reading, with its card.
    fn model(&self, stage: &Stage, columns: &[&Named], drawn: &Drawn, settings: &Settings) -> Model {
        let calibrate = self.calibrate();
        let (scores, truth) = self.scored(stage, &calibrate);
        let calibrator = Calibrator::fit(&scores, &truth);
        let threshold = best_f1(&scores, &truth).map_or(0.0, |step| step.threshold);
        let (importances, families) = importances(&stage.forest, columns, &thinned(measured_on(&self.test, &calibrate)), settings.seed);
        let rows: Vec<usize> = (0..self.times.len()).filter(|row| self.calibrates(*row)).collect();
        let seen: Vec<f64> = rows.iter().filter_map(|row| stage.scores.get(*row).copied()).collect();
        let monitor = monitor(columns, &rows, &seen, &importances);
        let (scores, truth) = self.scored(stage, &self.test);
        let probabilities: Vec<f64> = scores.iter().map(|score| calibrator.probability(*score)).collect();
        let latest: Labelled = self.known.iter().copied().filter(|(row, _)| self.block(*row) == Some(self.plan.blocks - 1)).collect();
        let card = Card {
            split: Split {
                stop_from: self.edges.last().copied().unwrap_or_default(),
                calibrate_from: self.calibrate_from,
                test_from: self.plan.test_from,
            },
            fit: count(&self.known, self.times),
            stop: count(&latest, self.times),
            calibrate: count(&calibrate, self.times),
            test: count(&self.test, self.times),
            labels: self.labels.sources(),
            settings: *settings,
            trees: stage.forest.trees.len() as u64,
            calibrated_by: if matches!(calibrator, Calibrator::Steps(_)) { "steps" } else { "line" }.to_owned(),
            features: columns.iter().map(|column| column.name.clone()).collect(),
            figures: Figures::measure(&scores, &probabilities, &truth, threshold),
            importances,
            families,
            blocks: Some(self.plan.blocks as u64),
            drawn: Some(drawn.rows.len() as u64),
        };
        Model::new(schema(columns), stage.forest.clone(), calibrator, threshold, monitor, card)
    }
}

fn enough<'r>(period: &'static str, rows: impl Iterator<Item = &'r (usize, bool)>) -> Result<(), RankError> {
    let (mut positives, mut negatives) = (0, 0);
    for (_, label) in rows {
        *if *label { &mut positives } else { &mut negatives } += 1;
    }
    if positives.min(negatives) < ROWS_LEAST {
        return Err(RankError::TooFew { period, positives, negatives, needed: ROWS_LEAST });
    }
    Ok(())
}

/// Rows at even distances, so that rare positives are among those that importances are measured on.
fn thinned(rows: &Labelled) -> Labelled {
    let (yes, no): (Labelled, Labelled) = rows.iter().partition(|(_, label)| *label);
    let thin = |rows: Labelled, most: usize| -> Labelled {
        let step = rows.len().div_ceil(most).max(1);
        rows.into_iter().step_by(step).collect()
    };
    let mut both = [thin(yes, IMPORTANCE_ROWS.0), thin(no, IMPORTANCE_ROWS.1)].concat();
    both.sort_unstable();
    both
}
