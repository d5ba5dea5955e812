//! Intervals against published values, and what holds for all counts.
use proptest::prelude::*;
use tributary_evaluate::{Mean, Rate, ratio};

fn check(rate: Rate, low: f64, high: f64) {
    assert!((rate.low - low).abs() < 5e-4 && (rate.high - high).abs() < 5e-4, "{rate:?} but {low} to {high}");
}

#[test]
fn known_intervals() {
    // R. G. Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    check(Rate::wilson(81, 263), 0.2553, 0.3662);
    check(Rate::wilson(15, 148), 0.0624, 0.1605);
    check(Rate::wilson(0, 20), 0.0, 0.1611);
    check(Rate::wilson(1, 29), 0.0061, 0.1718);
    check(Rate::exact(81, 263), 0.2527, 0.3676);
    check(Rate::exact(15, 148), 0.0578, 0.1617);
    check(Rate::exact(0, 20), 0.0, 0.1684);
    check(Rate::exact(1, 29), 0.0009, 0.1776);
    check(Rate::exact(20, 20), 0.8316, 1.0);
    for empty in [Rate::wilson(0, 0), Rate::exact(0, 0)] {
        assert_eq!((empty.value, empty.low, empty.high), (None, 0.0, 1.0));
    }
}

#[test]
fn ratios() {
    let (value, low, high) = ratio((30, 100), (10, 100)).unwrap();
    assert!((value - 3.0).abs() < 1e-12 && low > 1.5 && low < 1.6 && high > 5.7 && high < 5.9, "{low} {high}");
    assert!(ratio((1, 0), (1, 5)).is_none());
    let (_, low, _) = ratio((0, 100), (0, 100)).unwrap();
    assert!(low < 1.0, "no hits on either side shows nothing");
}

#[test]
fn bootstrap_is_seeded() {
    let values: Vec<f64> = (0..40).map(|i| f64::from(i % 7) / 7.0).collect();
    let first = Mean::bootstrap(&values, 9);
    assert_eq!(first, Mean::bootstrap(&values, 9));
    assert_ne!(first, Mean::bootstrap(&values, 10));
    assert!(first.low < first.value.unwrap() && first.value.unwrap() < first.high);
}

proptest! {
    #[test]
    fn intervals_hold_the_share(of in 1_u64..400, share in 0.0_f64..=1.0) {
        let hits = (of as f64 * share) as u64;
        let (wilson, exact) = (Rate::wilson(hits, of), Rate::exact(hits, of));
        for rate in [wilson, exact] {
            let value = rate.value.unwrap();
            prop_assert!(0.0 <= rate.low && rate.low <= value && value <= rate.high && rate.high <= 1.0);
        }
    }
}
