//! The score without labels.

use proptest::prelude::*;
use tributary_rank::{IsolationSettings, Matrix, isolation};

use crate::support::{column, noise, open};

#[test]
fn strange_rows_come_first() {
    // A cloud, and three rows beside it; the last one by a column that all others miss.
    let rows = 400;
    let wild = |row: usize| row >= rows - 3;
    let value = |seed| (0..rows).map(move |row| if wild(row) { 9.0 + noise(seed, row) as f32 } else { noise(seed, row) as f32 });
    let matrix = Matrix::new(vec![column("a", value(1)), column("b", value(2)), column("c", (0..rows).map(|r| noise(3, r) as f32))], open).unwrap();
    let scores = isolation(&matrix, &IsolationSettings::default()).unwrap();
    let calm = (0..rows).filter(|row| !wild(*row)).map(|row| scores[row]).fold(0.0, f64::max);
    assert!((rows - 3..rows).all(|row| scores[row] > calm && scores[row] > 0.6), "{calm} {:?}", &scores[rows - 3..]);
    assert_eq!(scores, isolation(&matrix, &IsolationSettings::default()).unwrap());
}

#[test]
fn settings_out_of_range_are_refused() {
    let matrix = Matrix::new(vec![column("a", [1.0, 2.0])], open).unwrap();
    for (trees, rows) in [(0, 10), (10_001, 10), (10, 1), (10, 70_000)] {
        assert!(isolation(&matrix, &IsolationSettings { seed: 1, trees, rows }).is_err(), "{trees} {rows}");
    }
}

#[test]
fn two_rows_are_told_apart_in_one_step_and_equal_rows_never() {
    // By hand: c(2) = 1, each of two rows is alone after one step: 2^(-1/1). Equal rows are one leaf of two: 0 steps + c(2) = 1.
    for values in [[1.0, 2.0], [3.0, 3.0], [f32::NAN, f32::NAN]] {
        let matrix = Matrix::new(vec![column("a", values)], open).unwrap();
        assert_eq!(isolation(&matrix, &IsolationSettings::default()).unwrap(), [0.5, 0.5], "{values:?}");
    }
}

proptest! {
    /// Any numbers, missing ones too: scores lie within 0 and 1, equal rows have equal scores, an empty matrix none.
    #[test]
    fn scores_hold_their_range(values in prop::collection::vec(prop::option::of(-1e30_f32..1e30), 0..60), seed in any::<u64>()) {
        let values: Vec<f32> = values.into_iter().map(|value| value.unwrap_or(f32::NAN)).collect();
        let matrix = Matrix::new(vec![column("a", values.clone()), column("b", values.iter().map(|v| v * 0.5))], open).unwrap();
        let scores = isolation(&matrix, &IsolationSettings { seed, trees: 20, rows: 16 }).unwrap();
        prop_assert_eq!(scores.len(), values.len());
        for (a, score) in scores.iter().enumerate() {
            prop_assert!(*score > 0.0 && *score <= 1.0);
            for (b, other) in scores.iter().enumerate() {
                prop_assert!(values[a].to_bits() != values[b].to_bits() || score == other);
            }
        }
    }
}
