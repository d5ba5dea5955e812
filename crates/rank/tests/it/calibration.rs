//! Probabilities: pooled steps against a plain reference, the line against its own gradient.

use proptest::prelude::*;
use tributary_rank::calibrate::{Calibrator, STEPS_NEED, isotonic};

use crate::support::noise;

/// Isotonic regression by its minimax formula: the greatest over starts of the least over ends of the mean between.
fn reference(groups: &[(f64, u64, u64)]) -> Vec<f64> {
    let mean = |from: usize, to: usize| {
        let (p, n) = groups[from..=to].iter().fold((0, 0), |sum, group| (sum.0 + group.1, sum.1 + group.2));
        p as f64 / n as f64
    };
    (0..groups.len())
        .map(|at| (0..=at).map(|from| (at..groups.len()).map(|to| mean(from, to)).fold(f64::INFINITY, f64::min)).fold(0.0, f64::max))
        .collect()
}

proptest! {
    #[test]
    fn pooling_is_isotonic_regression(rows in prop::collection::vec((-8_i8..8, any::<bool>()), 1..50)) {
        let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.0) / 2.0).collect();
        let labels: Vec<bool> = rows.iter().map(|row| row.1).collect();
        let blocks = isotonic(&scores, &labels);
        prop_assert!(blocks.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1), "{:?}", blocks);
        let mut groups: Vec<(f64, u64, u64)> = Vec::new();
        let mut sorted = rows.clone();
        sorted.sort_unstable();
        for (score, label) in sorted {
            let score = f64::from(score) / 2.0;
            match groups.last_mut().filter(|last| last.0 == score) {
                Some(last) => *last = (score, last.1 + u64::from(label), last.2 + 1),
                None => groups.push((score, u64::from(label), 1)),
            }
        }
        for (group, expected) in groups.iter().zip(reference(&groups)) {
            let found = blocks.iter().rev().find(|block| block.0 <= group.0).unwrap().1;
            prop_assert!((found - expected).abs() < 1e-12, "{:?} {} {}", group, found, expected);
        }
    }

    /// Whatever the rows: probabilities lie within 0 and 1, ends excluded, and never fall as the score rises.
    #[test]
    fn probabilities_rise_with_the_score(rows in prop::collection::vec((-50_i8..50, any::<bool>()), 2..80), copies in 1_usize..30) {
        let scores: Vec<f64> = rows.iter().cycle().take(rows.len() * copies).map(|row| f64::from(row.0)).collect();
        let labels: Vec<bool> = rows.iter().cycle().take(rows.len() * copies).map(|row| row.1).collect();
        let calibrator = Calibrator::fit(&scores, &labels);
        let stated: Vec<f64> = (-60..60).map(|score| calibrator.probability(f64::from(score))).collect();
        prop_assert!(stated.is_sorted() && stated.iter().all(|p| *p > 0.0 && *p < 1.0), "{:?} {:?}", calibrator, stated);
    }
}

#[test]
fn few_positives_give_a_line_and_many_give_steps() {
    for (rows, line) in [(STEPS_NEED, true), (STEPS_NEED * 4, false)] {
        let scores: Vec<f64> = (0..rows).map(|row| noise(5, row) * 4.0 - 2.0).collect();
        let labels: Vec<bool> = scores.iter().enumerate().map(|(row, score)| noise(6, row) < 1.0 / (1.0 + (-2.0 * score).exp())).collect();
        let calibrator = Calibrator::fit(&scores, &labels);
        assert_eq!(matches!(calibrator, Calibrator::Line { .. }), line, "{rows}");
        // The truth is a logistic curve of slope 2.
        for score in [-1.0_f64, 0.0, 1.0] {
            let truth = 1.0 / (1.0 + (-2.0 * score).exp());
            assert!((calibrator.probability(score) - truth).abs() < 0.2, "{rows} {score} {}", calibrator.probability(score));
        }
    }
}

#[test]
fn a_score_that_falls_with_the_outcome_states_the_base_rate() {
    let labels: Vec<bool> = (0..40).map(|row| row < 10).collect();
    let scores: Vec<f64> = (0..40).map(f64::from).collect();
    let calibrator = Calibrator::fit(&scores, &labels);
    assert!((calibrator.probability(-9.0) - 11.0 / 42.0).abs() < 1e-9 && calibrator.probability(-9.0) == calibrator.probability(99.0));
}
