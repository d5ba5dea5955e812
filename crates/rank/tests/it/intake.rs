//! What may be learned from: columns (SG-004), labels (SG-105), periods.

use tributary_rank::{Labels, Matrix, Named, Provenance, RankError, Review, Settings, Split, Unreviewed, not_a_feature, train};

use crate::support::{column, labelled, made_up, noise, open, small};

fn guarded(name: &str) -> bool {
    name.split('_').any(|word| ["tribe", "sect", "gender"].contains(&word))
}

#[test]
fn columns_are_refused_by_name_and_by_what_they_hold() {
    let plain = || (0..40).map(|row| noise(1, row) as f32);
    let cases: [(&str, Named); 12] = [
        ("protected trait", column("payer_tribe", plain())),
        ("protected trait", column("sect", plain())),
        ("an identifier", column("from_account_id", plain())),
        ("an identifier", column("accountId", plain())),
        ("an identifier", column("CUSTOMER_ID", plain())),
        ("a label", column("is_sar", plain())),
        ("a label", column("Label", plain())),
        ("a row number", column("row", plain())),
        ("a row number", column("sum", (0..40).map(|row| row as f32 + 7.0))),
        ("is no column name", column("", plain())),
        ("is no column name", column("a\nb", plain())),
        ("has 39 rows", column("short", plain().take(39))),
    ];
    for (why, named) in cases {
        let name = named.name.clone();
        let error = Matrix::new(vec![column("amount", plain()), named], guarded).unwrap_err().to_string();
        assert!(error.contains(why), "`{name}`: {error}");
    }
    let twice = Matrix::new(vec![column("amount", plain()), column("amount", plain())], guarded);
    assert_eq!(twice.unwrap_err(), RankError::Twice("amount".into()));
}

#[test]
fn every_computed_feature_may_be_learned_from() {
    use tributary_features::{Config, View, schema};
    for view in [View::Before, View::After] {
        for feature in schema(&Config::default(), view) {
            assert_eq!(not_a_feature(&feature.name), None, "{}", feature.name);
        }
    }
}

#[test]
fn the_label_under_another_name_is_refused() {
    let (matrix, labels, times) = made_up(400, 1);
    let split = Split::shares(&times, 0.4, 0.2, 0.2).unwrap();
    for (yes, no) in [(1.0, 0.0), (0.0, 1.0), (7.5, f32::NAN)] {
        let mut leaking = matrix.clone();
        leaking.push(column("harmless", labels.iter().map(|label| if *label { yes } else { no })), open).unwrap();
        let error = train(&leaking, &labelled(&labels), &times, split, &small(1)).unwrap_err();
        assert!(matches!(&error, RankError::NotAFeature { name, .. } if name == "harmless"), "{error}");
    }
}

/// SG-105: what nobody reviewed is no label, and where each label comes from is kept. That an unreviewed outcome is no label by type is
/// held by the documentation test of `Labels`.
#[test]
fn labels_need_a_review_and_keep_its_provenance() {
    for nobody in ["", "  ", "a\u{7}b"] {
        assert_eq!(Review::new(nobody, 0), Err(RankError::Reviewer), "{nobody:?}");
    }
    let mut labels = Labels::of_set("bench", &[None, Some(false), None, None]);
    let alert = Unreviewed::new(true);
    assert!(labels.set(2, alert.overturned(Review::new("reviewer one", 50).unwrap())));
    assert!(labels.set(3, alert.confirmed(Review::new("reviewer two", 70).unwrap())));
    assert!(!labels.set(4, alert.confirmed(Review::new("reviewer two", 90).unwrap())), "a row beyond the last");
    assert_eq!((0..5).map(|row| labels.get(row)).collect::<Vec<_>>(), [None, Some(false), Some(false), Some(true), None]);
    let sources = labels.sources();
    assert_eq!((sources.reviewed, sources.reviewers, sources.latest_review), (2, 2, Some(70)));
    assert_eq!(sources.sets.get("bench"), Some(&1));
    assert!(matches!(Provenance::Reviewed(Review::new("x", 1).unwrap()), Provenance::Reviewed(review) if review.by() == "x"));
}

/// SG-105: rows without a label change nothing but what drift is measured against.
#[test]
fn unlabelled_rows_are_not_learned_from() {
    let (matrix, labels, times) = made_up(600, 3);
    let split = Split::shares(&times, 0.4, 0.2, 0.2).unwrap();
    let known: Vec<Option<bool>> = labels.iter().enumerate().map(|(row, label)| (!row.is_multiple_of(3)).then_some(*label)).collect();
    let model = train(&matrix, &Labels::of_set("s", &known), &times, split, &small(3)).unwrap();
    let kept = |row: &usize| !row.is_multiple_of(3);
    let fewer = matrix.columns().iter().map(|c| column(&c.name, c.values.iter().enumerate().filter(|(row, _)| kept(row)).map(|(_, v)| *v)));
    let fewer = Matrix::new(fewer.collect(), open).unwrap();
    let rows: Vec<usize> = (0..600).filter(kept).collect();
    let (known, times): (Vec<Option<bool>>, Vec<i64>) = rows.iter().map(|row| (Some(labels[*row]), times[*row])).unzip();
    let other = train(&fewer, &Labels::of_set("s", &known), &times, split, &small(3)).unwrap();
    assert_eq!(model.predict(&matrix).unwrap(), other.predict(&matrix).unwrap());
}

#[test]
fn periods_and_settings_out_of_range_are_refused() {
    let (matrix, labels, times) = made_up(400, 2);
    let labels = labelled(&labels);
    let split = Split::shares(&times, 0.4, 0.2, 0.2).unwrap();
    assert!(Split { calibrate_from: split.test_from, ..split }.checked().is_err());
    assert!(Split::shares(&times, 0.5, 0.3, 0.2).is_err() && Split::shares(&[7; 50], 0.4, 0.2, 0.2).is_err());
    let until = Split::until(&times, 80).unwrap();
    assert!(until.test_from == 80 && until.stop_from < until.calibrate_from && until.calibrate_from < 80);
    let empty = Split { stop_from: -20, calibrate_from: -10, test_from: 0 };
    assert!(matches!(train(&matrix, &labels, &times, empty, &small(1)), Err(RankError::TooFew { period: "fit", .. })));
    assert!(matches!(train(&matrix, &labels, &times[1..], split, &small(1)), Err(RankError::Rows { .. })));
    let wrong = [
        Settings { rounds: 0, ..small(1) },
        Settings { rounds: 5_001, ..small(1) },
        Settings { learning_rate: f32::NAN, ..small(1) },
        Settings { columns: 0.0, ..small(1) },
        Settings { bins: 1, ..small(1) },
        Settings { positive: tributary_rank::PositiveWeight::Times(-1.0), ..small(1) },
    ];
    for settings in wrong {
        assert!(matches!(train(&matrix, &labels, &times, split, &settings), Err(RankError::Setting { .. })), "{settings:?}");
    }
}
