//! Fewer negative rows to learn from, that stand for all.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::RankError;
use crate::boost::{Part, rounds};
use crate::calibrate::sigmoid;
use crate::importance::shuffle;
use crate::matrix::Named;
use crate::settings::{Growth, Settings};
use crate::train::Labelled;

/// So few negative rows are never thinned out.
const NEGATIVES_LEAST: f64 = 20_000.0;

/// Labelled rows to learn from, ascending, with what each weighs: 1, or how many it stands for.
pub(crate) struct Drawn {
    pub(crate) rows: Labelled,
    pub(crate) weights: Vec<f64>,
}

impl Drawn {
    /// The rows of which this holds, as a part to learn from.
    pub(crate) fn part(&self, columns: &[&Named], positive: f64, holds: impl Fn(usize) -> bool) -> Part {
        let (rows, weights): (Labelled, Vec<f64>) =
            self.rows.iter().zip(&self.weights).filter(|((row, _), _)| holds(*row)).map(|(row, weight)| (*row, *weight)).unzip();
        Part::new(columns, &rows, positive).weighing(weights.into_iter())
    }
}

/// All positive rows and about `most` negatives for each of them. A few quick trees on an even draw say which negatives look like positives; half of
/// the chance of being drawn is even, half in proportion to the probability those trees give, and a drawn row weighs one over its chance
/// (Horvitz & Thompson 1952): sums over negatives stay what they were, on average.
///
/// # Errors
/// What the library says.
pub(crate) fn draw(columns: &[&Named], known: &[(usize, bool)], most: f64, settings: &Settings) -> Result<Drawn, RankError> {
    let (positives, mut negatives): (Labelled, Labelled) = known.iter().partition(|(_, label)| *label);
    let wanted = (most * positives.len() as f64).max(NEGATIVES_LEAST);
    let all = negatives.len() as f64;
    if all <= wanted {
        return Ok(Drawn { rows: known.to_vec(), weights: vec![1.0; known.len()] });
    }
    let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
    let order = negatives.clone();
    shuffle(&mut negatives, &mut random);
    negatives.truncate(wanted as usize);
    let mut even = Drawn { rows: [positives, negatives].concat(), weights: Vec::new() };
    even.rows.sort_unstable();
    even.weights = even.rows.iter().map(|(_, label)| if *label { 1.0 } else { all / wanted }).collect();
    let quick = Settings { learning_rate: 0.2, depth: 6, leaves: 24, bins: 32, growth: Growth::Leaf, ..*settings };
    let quick = rounds(&even.part(columns, 1.0, |_| true), 30, &quick)?.forest;
    let rows: Vec<usize> = order.iter().map(|(row, _)| *row).collect();
    let probabilities: Vec<f64> = quick.scores(columns, &rows).into_iter().map(sigmoid).collect();
    let sum: f64 = probabilities.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let mut drawn: Vec<((usize, bool), f64)> = known.iter().filter(|(_, label)| *label).map(|row| (*row, 1.0)).collect();
    for (row, probability) in rows.into_iter().zip(probabilities) {
        let chance = (wanted * (0.5 / all + 0.5 * probability / sum)).min(1.0);
        if random.random::<f64>() < chance {
            drawn.push(((row, false), 1.0 / chance));
        }
    }
    drawn.sort_unstable_by_key(|(row, _)| *row);
    let (rows, weights) = drawn.into_iter().unzip();
    Ok(Drawn { rows, weights })
}
