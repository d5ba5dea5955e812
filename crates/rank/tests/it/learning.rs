//! Training, prediction, contributions, the model file.

use proptest::prelude::*;
use tributary_rank::measure::average_precision;
use tributary_rank::{Matrix, Model, PositiveWeight, RankError, Settings, Split, train};

use crate::support::{labelled, made_up, model, open, small};

#[test]
fn the_ranking_finds_what_carries_the_label() {
    let (model, matrix, labels, times) = model(2_000, 11);
    let figures = model.card().figures.clone().unwrap();
    let base = figures.positives as f64 / figures.rows as f64;
    assert!(figures.average_precision > 0.8 && figures.average_precision > 3.0 * base, "{figures:?}");
    assert!(figures.f1 > 0.7 && figures.brier < base * (1.0 - base), "{figures:?}");
    assert!(figures.precision_interval.0 < figures.precision && figures.precision < figures.precision_interval.1);
    // The figures are those of the rows from `test_from` on.
    let ranking = model.predict(&matrix).unwrap();
    let from = times.partition_point(|time| *time < model.card().split.test_from);
    assert_eq!(figures.average_precision, average_precision(&ranking.scores[from..], &labels[from..]));
    let losses: Vec<(&str, f64)> = model.card().importances.iter().map(|i| (i.name.as_str(), i.loss)).collect();
    assert!(losses[..2].iter().all(|(name, loss)| name.starts_with("signal") && *loss > 0.2), "{losses:?}");
    assert!(losses.iter().filter(|(name, _)| name.starts_with("noise")).all(|(_, loss)| *loss < 0.05), "{losses:?}");
    assert_eq!(model.card().families[0].name, "signal");
}

#[test]
fn the_same_input_gives_the_same_bytes_and_another_seed_other_ones() {
    let bytes = |seed| model(600, 21).1.rows() as u64 + seed;
    assert_eq!(bytes(0), 600);
    let (matrix, labels, times) = made_up(600, 21);
    let split = Split::shares(&times, 0.4, 0.2, 0.2).unwrap();
    let saved = |seed| train(&matrix, &labelled(&labels), &times, split, &small(seed)).unwrap().save().unwrap();
    assert_eq!(saved(1), saved(1));
    assert_ne!(saved(1), saved(2));
}

#[test]
fn labels_of_the_test_period_are_read_by_no_tree_threshold_or_probability() {
    let (matrix, labels, times) = made_up(800, 31);
    let split = Split::shares(&times, 0.4, 0.2, 0.2).unwrap();
    let turned: Vec<bool> = labels.iter().zip(&times).map(|(label, time)| *label != (*time >= split.test_from)).collect();
    let [one, other] = [&labels, &turned].map(|labels| train(&matrix, &labelled(labels), &times, split, &small(1)).unwrap());
    assert_eq!(one.predict(&matrix).unwrap(), other.predict(&matrix).unwrap());
    assert_eq!(one.threshold(), other.threshold());
}

#[test]
fn a_saved_model_says_the_same_and_needs_its_columns_by_name() {
    let (model, matrix, ..) = model(600, 41);
    let bytes = model.save().unwrap();
    let loaded = Model::load(&bytes, open).unwrap();
    assert_eq!((&loaded, loaded.save().unwrap()), (&model, bytes));
    let ranking = model.predict(&matrix).unwrap();
    assert_eq!(loaded.predict(&matrix).unwrap(), ranking);
    let mut columns = matrix.columns().to_vec();
    columns.reverse();
    assert_eq!(loaded.predict(&Matrix::new(columns.clone(), open).unwrap()).unwrap(), ranking, "columns are found by name");
    columns.retain(|column| column.name != "signal_b");
    let error = loaded.predict(&Matrix::new(columns, open).unwrap()).unwrap_err();
    assert_eq!(error, RankError::Missing { name: "signal_b".into(), missing: 1, needed: 3 });
    assert!(matches!(Model::load(&model.save().unwrap(), |name| name == "signal_a"), Err(RankError::Protected(_))), "SG-004 holds on reading too");
}

#[test]
fn damaged_model_files_are_refused() {
    let text = String::from_utf8(model(400, 51).0.save().unwrap()).unwrap();
    let cases = [
        ("", ""),
        ("\"version\":1", "\"version\":2"),
        ("\"format\":\"tributary-rank\"", "\"format\":\"x\""),
        ("\"column\":", "\"column\":9"),
        ("\"left\":1,", "\"left\":0,"),
        ("\"left\":1,", "\"left\":99999,"),
        ("\"trees\":[[", "\"trees\":[[],["),
        ("\"name\":\"signal_a\"", "\"name\":\"is_sar\""),
        ("\"threshold\":", "\"threshhold\":"),
    ];
    for (from, to) in cases {
        let damaged = if from.is_empty() { text.chars().take(text.len() / 2).collect() } else { text.replace(from, to) };
        assert_ne!(damaged, text, "`{from}` is not there");
        assert!(Model::load(damaged.as_bytes(), open).is_err(), "`{from}` -> `{to}`");
    }
}

#[test]
fn the_card_says_what_it_is_not_for() {
    let card = model(800, 61).0.card().clone();
    let text = card.markdown();
    let said = [
        "never raises an alert alone",
        "no protected trait",
        "average precision",
        "95 % interval",
        "labelled set `made up`",
        "| signal_a |",
        "| calibrate |",
    ];
    for words in said {
        assert!(text.contains(words), "`{words}` is not in:\n{text}");
    }
    assert!(!text.contains("NaN"), "{text}");
}

#[test]
fn weights_move_the_scores_and_calibration_takes_them_back() {
    let (matrix, labels, times) = made_up(2_000, 71);
    let split = Split::shares(&times, 0.4, 0.2, 0.2).unwrap();
    for positive in [PositiveWeight::One, PositiveWeight::Root, PositiveWeight::Balanced, PositiveWeight::Times(3.0)] {
        let settings = Settings { positive, ..small(1) };
        let model = train(&matrix, &labelled(&labels), &times, split, &settings).unwrap();
        let from = times.partition_point(|time| *time < split.test_from);
        let stated = model.predict(&matrix).unwrap().probabilities[from..].iter().sum::<f64>();
        let seen = labels[from..].iter().filter(|label| **label).count() as f64;
        assert!((stated / seen - 1.0).abs() < 0.35, "{positive:?}: {stated} stated, {seen} seen");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    /// Contributions are additive: with the base they sum to the score.
    #[test]
    fn contributions_sum_to_the_score(seed in 0_u64..1_000) {
        let (model, matrix, ..) = model(900, seed);
        let rows: Vec<usize> = (0..matrix.rows()).collect();
        let scores = model.predict(&matrix).unwrap().scores;
        for (explained, score) in model.contributions(&matrix, &rows).unwrap().iter().zip(scores) {
            prop_assert!((explained.score() - score).abs() < 1e-6, "{} {}", explained.score(), score);
            prop_assert!(explained.strongest(&model, 2).len() <= 2);
        }
        prop_assert!(model.contributions(&matrix, &[matrix.rows()]).is_err());
    }
}
