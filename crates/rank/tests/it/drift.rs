//! Drift: by hand, and on data that do and do not move (SG-104).

use tributary_rank::{Level, Matrix, Split, stability, train};

use crate::support::{column, labelled, made_up, model, open, small};

#[test]
fn the_index_by_hand() {
    let cases: [(&[u64], &[u64], f64); 4] = [
        (&[50, 50], &[5, 5], 0.0),
        (&[50, 50], &[80, 20], 0.3 * (1.6_f64).ln() + -0.3 * (0.4_f64).ln()),
        (&[1, 3], &[3, 1], 2.0 * 0.5 * 3.0_f64.ln()),
        // An empty class counts as a share of 1/10,000.
        (&[100, 0], &[50, 50], -0.5 * 0.5_f64.ln() + 0.4999 * 5_000.0_f64.ln()),
    ];
    for (old, new, expected) in cases {
        assert!((stability(old, new) - expected).abs() < 1e-9, "{old:?} {new:?}: {} {expected}", stability(old, new));
        assert!((stability(new, old) - expected).abs() < 1e-9, "it is symmetric");
    }
}

#[test]
fn data_that_moved_make_the_ranking_abstain() {
    let (model, ..) = model(2_000, 5);
    let (alike, ..) = made_up(1_500, 905);
    let calm = model.drift(&alike).unwrap();
    assert!(calm.abstain.is_none() && calm.level == Level::Stable && calm.shifted == 0.0, "{calm:?}");
    let moved = |carries: &str| {
        let columns = alike.columns().iter().map(|c| {
            let by = if c.name == carries { 0.45 } else { 0.0 };
            column(&c.name, c.values.iter().map(|value| value + by))
        });
        model.drift(&Matrix::new(columns.collect(), open).unwrap()).unwrap()
    };
    let drift = moved("signal_a");
    assert!(drift.abstain.as_deref().is_some_and(|why| why.contains("shifted")), "{drift:?}");
    // Missing values are a class of their own.
    let columns = alike.columns().iter().map(|c| column(&c.name, c.values.iter().map(|v| if c.name == "signal_a" { f32::NAN } else { *v })));
    assert!(model.drift(&Matrix::new(columns.collect(), open).unwrap()).unwrap().abstain.is_some());
}

/// A column that carries nothing may move: it is told, and the ranking stands.
#[test]
fn an_idle_column_that_moves_is_told_and_no_more() {
    let (mut matrix, labels, times) = made_up(1_200, 8);
    matrix.push(column("idle", std::iter::repeat_n(4.0, 1_200)), open).unwrap();
    let split = Split::shares(&times, 0.4, 0.2, 0.2).unwrap();
    let model = train(&matrix, &labelled(&labels), &times, split, &small(8)).unwrap();
    for moved in [3.0, 5.0, f32::NAN] {
        let (mut other, ..) = made_up(1_200, 708);
        other.push(column("idle", std::iter::repeat_n(moved, 1_200)), open).unwrap();
        let drift = model.drift(&other).unwrap();
        let idle = drift.columns.iter().find(|c| c.name == "idle").unwrap();
        assert!(idle.level == Level::Shifted && idle.carried == 0.0 && drift.abstain.is_none(), "{moved}: {drift:?}");
    }
}

#[test]
fn a_few_rows_give_no_verdict() {
    let (model, ..) = model(800, 6);
    let few = column("signal_a", [0.9; 5]);
    let matrix = Matrix::new(vec![few, column("signal_b", [0.9; 5]), column("noise_c", [0.5; 5])], open).unwrap();
    assert_eq!(model.drift(&matrix).unwrap().abstain, None);
}
