//! Measures against cases computed by hand and against plain definitions.

use proptest::prelude::*;
use tributary_rank::measure::{at_threshold, average_precision, best_f1, brier, calibration, curve, wilson};

fn flags(text: &str) -> Vec<bool> {
    text.chars().map(|c| c == '+').collect()
}

#[test]
fn average_precision_and_best_f1_of_cases_by_hand() {
    // (scores, labels, average precision, best F1, its threshold)
    let cases: [(&[f64], &str, f64, f64, f64); 7] = [
        (&[4.0, 3.0, 2.0, 1.0], "++--", 1.0, 1.0, 3.0),
        (&[4.0, 3.0, 2.0, 1.0], "+-+-", (1.0 + 2.0 / 3.0) / 2.0, 0.8, 2.0),
        (&[4.0, 3.0, 2.0, 1.0], "--++", (1.0 / 3.0 + 0.5) / 2.0, 2.0 / 3.0, 1.0),
        // All alike: one step, the share of positives.
        (&[1.0, 1.0, 1.0, 1.0], "+---", 0.25, 0.4, 1.0),
        // A tie of one positive and one negative counts as one step, whatever the order of rows.
        (&[2.0, 2.0, 1.0], "-++", 0.5 * 0.5 + 2.0 / 3.0 * 0.5, 0.8, 1.0),
        (&[2.0, 2.0, 1.0], "+-+", 0.5 * 0.5 + 2.0 / 3.0 * 0.5, 0.8, 1.0),
        // NaN is the lowest.
        (&[f64::NAN, 1.0], "-+", 1.0, 1.0, 1.0),
    ];
    for (scores, labels, precision, f1, threshold) in cases {
        let labels = flags(labels);
        assert!((average_precision(scores, &labels) - precision).abs() < 1e-12, "{scores:?} {labels:?}");
        let best = best_f1(scores, &labels).unwrap();
        let positives = labels.iter().filter(|l| **l).count() as u64;
        assert!((best.f1(positives) - f1).abs() < 1e-12 && best.threshold == threshold, "{scores:?} {labels:?} {best:?}");
    }
    assert!(average_precision(&[1.0], &[false]).is_nan() && best_f1(&[], &[]).is_none());
}

#[test]
fn brier_bins_and_intervals_by_hand() {
    assert!((brier(&[0.8, 0.4], &[true, false]) - (0.04 + 0.16) / 2.0).abs() < 1e-12);
    let bins = calibration(&[0.1, 0.3, 0.7, 0.9], &flags("-+++"), &[0.0, 0.5]);
    assert_eq!(bins.iter().map(|bin| (bin.rows, bin.seen)).collect::<Vec<_>>(), [(2, 0.5), (2, 1.0)]);
    assert!((bins[0].stated - 0.2).abs() < 1e-12 && (bins[1].stated - 0.8).abs() < 1e-12);
    // Wilson's interval of 5 in 10 (e.g. Brown, Cai & DasGupta 2001).
    let (low, high) = wilson(5, 10);
    assert!((low - 0.2366).abs() < 1e-4 && (high - 0.7634).abs() < 1e-4);
    assert_eq!(wilson(0, 0), (0.0, 1.0));
}

proptest! {
    /// Average precision by its definition: over all thresholds, precision times the recall gained.
    #[test]
    fn average_precision_is_its_definition(rows in prop::collection::vec((0_u8..12, any::<bool>()), 1..60)) {
        let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
        let labels: Vec<bool> = rows.iter().map(|row| row.1).collect();
        let positives = labels.iter().filter(|label| **label).count();
        prop_assume!(positives > 0);
        let (mut sum, mut before, mut best) = (0.0, 0.0, 0.0_f64);
        for threshold in (0..12).rev().map(f64::from) {
            let step = at_threshold(&scores, &labels, threshold);
            let recall = step.true_positives as f64 / positives as f64;
            sum += (recall - before) * step.precision();
            best = best.max(step.f1(positives as u64));
            before = recall;
        }
        prop_assert!((average_precision(&scores, &labels) - sum).abs() < 1e-9);
        prop_assert!((best_f1(&scores, &labels).unwrap().f1(positives as u64) - best).abs() < 1e-12);
    }

    /// Neither the order of rows nor a rising map of scores changes the curve's counts.
    #[test]
    fn order_of_rows_and_rising_maps_do_not_matter(rows in prop::collection::vec((-20_i8..20, any::<bool>()), 0..60)) {
        let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
        let labels: Vec<bool> = rows.iter().map(|row| row.1).collect();
        let counts = |scores: &[f64], labels: &[bool]| -> Vec<(u64, u64)> { curve(scores, labels).iter().map(|s| (s.true_positives, s.false_positives)).collect() };
        let turned: (Vec<f64>, Vec<bool>) = rows.iter().rev().map(|row| (f64::from(row.0).exp(), row.1)).unzip();
        prop_assert_eq!(counts(&scores, &labels), counts(&turned.0, &turned.1));
    }
}
