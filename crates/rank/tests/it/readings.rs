//! Rankings of two readings: what they see, how they are kept, what they never read.

use tributary_rank::measure::{at_threshold, average_precision, best_f1};
use tributary_rank::{Ends, Growth, Labels, Matrix, NEAREST_MAX, Plan, RankError, Reach, Read, Readings, Settings, around, read};

use crate::support::{column, labelled, made_up, model, noise, open, small};

/// Transfers of few accounts: suspicious ones come in runs of one account, and each alone shows little.
struct Made {
    matrix: Matrix,
    labels: Vec<bool>,
    from: Vec<u32>,
    to: Vec<u32>,
    times: Vec<i64>,
}

impl Made {
    fn new(rows: usize, seed: u64) -> Self {
        let from: Vec<u32> = (0..rows).map(|row| (noise(seed, row) * 60.0) as u32).collect();
        let to: Vec<u32> =
            (0..rows).map(|row| if noise(seed + 1, row) < 0.3 { u32::MAX } else { 60 + (noise(seed + 2, row) * 60.0) as u32 }).collect();
        let times: Vec<i64> = (0..rows as i64).map(|row| row / 3).collect();
        // An account is bad in one week of five.
        let bad = |row: usize| noise(seed + 3, from[row] as usize * 1_000 + times[row] as usize / 40) < 0.2 && to[row] != u32::MAX;
        let labels: Vec<bool> = (0..rows).map(bad).collect();
        let columns = vec![
            column("signal_a", (0..rows).map(|row| (noise(seed + 4, row) + if labels[row] { 0.35 } else { 0.0 }) as f32)),
            column("noise_b", (0..rows).map(|row| noise(seed + 5, row) as f32)),
            column("same_c", (0..rows).map(|_| 7.0)),
        ];
        Self { matrix: Matrix::new(columns, open).unwrap(), labels, from, to, times }
    }

    fn ends(&self) -> Ends<'_> {
        Ends { from: &self.from, to: &self.to, times: &self.times }
    }

    fn plan(&self, readings: usize) -> Plan {
        let last = *self.times.last().unwrap();
        let settings = Settings { growth: Growth::Leaf, ..small(3) };
        let reaches = vec![Reach { before: 20, after: 0 }, Reach { before: 0, after: 20 }];
        Plan { first: settings, second: (readings == 2).then_some(settings), reaches, ..Plan::both(last * 7 / 10, last, 3) }
    }

    fn read(&self, readings: usize) -> Read {
        read(&self.matrix, &labelled(&self.labels), self.ends(), &self.plan(readings)).unwrap()
    }

    fn test(&self) -> usize {
        self.times.partition_point(|time| *time < self.plan(2).test_from)
    }
}

#[test]
fn the_second_reading_sees_what_is_around_and_its_threshold_is_near_the_best() {
    let made = Made::new(6_000, 5);
    let (read, from) = (made.read(2), made.test());
    let truth = &made.labels[from..];
    let (one, two) = (average_precision(&read.first[from..], truth), average_precision(&read.ranking.scores[from..], truth));
    assert!(two > one + 0.1, "{one} then {two}");
    let positives = truth.iter().filter(|label| **label).count() as u64;
    let best = best_f1(&read.ranking.scores[from..], truth).unwrap().f1(positives);
    let chosen = at_threshold(&read.ranking.scores[from..], truth, read.readings.threshold()).f1(positives);
    assert!(chosen > best - 0.06, "{chosen} of {best}");
    let figures = read.readings.card().figures.clone().unwrap();
    assert_eq!((figures.average_precision, figures.f1), (two, chosen));
    assert!(read.readings.card().families.iter().any(|family| family.name == "around" && family.loss > 0.0));
}

#[test]
fn rows_of_the_test_are_ranked_as_a_loaded_model_ranks_them() {
    let made = Made::new(3_000, 15);
    let (read, from) = (made.read(1), made.test());
    let later = read.readings.predict(&made.matrix, made.ends()).unwrap();
    assert_eq!(read.ranking.scores[from..], later.scores[from..]);
    assert_ne!(read.ranking.scores[..from], later.scores[..from], "rows before were scored by trees that had not seen them");
}

#[test]
fn a_saved_ranking_says_the_same() {
    let made = Made::new(3_000, 25);
    for readings in [1, 2] {
        let trained = made.read(readings).readings;
        let bytes = trained.save().unwrap();
        let loaded = Readings::load(&bytes, open).unwrap();
        assert_eq!((&loaded, loaded.save().unwrap()), (&trained, bytes.clone()));
        assert_eq!((loaded.readings(), made.read(readings).readings.save().unwrap()), (readings, bytes.clone()), "the same input, the same bytes");
        let (ranking, drift) = loaded.rank(&made.matrix, made.ends()).unwrap();
        assert_eq!(ranking, trained.predict(&made.matrix, made.ends()).unwrap());
        assert_eq!(drift, trained.drift(&made.matrix, made.ends()).unwrap());
        let explained = loaded.contributions(&made.matrix, made.ends(), &[0, 17, 2_999]).unwrap();
        for (row, explained) in [0, 17, 2_999].into_iter().zip(&explained) {
            assert!((explained.score() - ranking.scores[row]).abs() < 1e-6);
            assert!(!explained.strongest(loaded.last(), 3).is_empty());
        }
        let needed: Vec<&str> = loaded.schema().iter().map(|column| column.name.as_str()).collect();
        assert_eq!(needed, ["signal_a", "noise_b"], "a column of one value is not learned from");
        assert!(matches!(Readings::load(&bytes, |name| name == "signal_a"), Err(RankError::Protected(_))), "SG-004 holds on reading too");
    }
}

#[test]
fn a_file_of_version_1_is_read() {
    let (model, matrix, labels, times) = model(800, 35);
    let loaded = Readings::load(&model.save().unwrap(), open).unwrap();
    assert_eq!(loaded.readings(), 1);
    let nobody = vec![u32::MAX; labels.len()];
    let ends = Ends { from: &nobody, to: &nobody, times: &times };
    assert_eq!(loaded.predict(&matrix, ends).unwrap(), model.predict(&matrix).unwrap());
    assert_eq!(loaded.card(), model.card());
}

#[test]
fn damaged_files_are_refused() {
    let text = String::from_utf8(Made::new(3_000, 45).read(2).readings.save().unwrap()).unwrap();
    let cases = [
        ("", ""),
        ("\"version\":2", "\"version\":3"),
        ("{\"format\":\"tributary-rank\",\"version\":2", "{\"format\":\"x\",\"version\":2"),
        ("\"version\":1", "\"version\":2"),
        ("\"above\":0.2", "\"above\":7.0"),
        ("\"before\":20", "\"before\":-20"),
        ("\"left\":1,", "\"left\":0,"),
        ("\"name\":\"around_from_out_mean_20_0\"", "\"name\":\"is_sar\""),
    ];
    for (from, to) in cases {
        let damaged = if from.is_empty() { text.chars().take(text.len() / 2).collect() } else { text.replace(from, to) };
        assert_ne!(damaged, text, "`{from}` is not there");
        assert!(Readings::load(damaged.as_bytes(), open).is_err(), "`{from}` -> `{to}`");
    }
}

#[test]
fn neither_labels_nor_scores_of_the_test_reach_what_is_learned() {
    let made = Made::new(3_000, 55);
    let from = made.test();
    let one = made.read(2);
    let turned: Vec<bool> = made.labels.iter().enumerate().map(|(row, label)| *label != (row >= from)).collect();
    let other = read(&made.matrix, &labelled(&turned), made.ends(), &made.plan(2)).unwrap();
    assert_eq!(one.ranking, other.ranking);
    assert_eq!(one.readings.threshold(), other.readings.threshold());
    // Without the rows of the test, what is said of those before is the same.
    let columns = made.matrix.columns().iter().map(|all| column(&all.name, all.values[..from].iter().copied()));
    let alone = Matrix::new(columns.collect(), open).unwrap();
    let ends = Ends { from: &made.from[..from], to: &made.to[..from], times: &made.times[..from] };
    let alone = read(&alone, &labelled(&made.labels[..from]), ends, &made.plan(2)).unwrap();
    assert_eq!(alone.ranking.scores, one.ranking.scores[..from]);
    assert_eq!(alone.readings.threshold(), one.readings.threshold());
}

#[test]
fn a_row_is_scored_by_trees_that_have_not_seen_its_block() {
    let made = Made::new(3_000, 65);
    let mut plan = made.plan(1);
    (plan.blocks, plan.first.rounds) = (2, 1);
    // Labels change places among rows of one time, so that the blocks stay where they were, in the earlier half of the positives.
    let before: Vec<usize> = (0..made.test()).filter(|row| made.labels[*row]).collect();
    let edge = made.times.partition_point(|time| *time < made.times[before[before.len() / 2]]);
    let mut labels = made.labels.clone();
    labels[..edge].chunks_mut(3).for_each(<[bool]>::reverse);
    let [one, other] = [&made.labels, &labels].map(|labels| read(&made.matrix, &labelled(labels), made.ends(), &plan).unwrap().ranking.scores);
    assert_eq!(one[..edge], other[..edge], "trees that saw these labels did not score these rows");
    assert_ne!(one[edge..made.test()], other[edge..made.test()]);
    assert_ne!(one[made.test()..], other[made.test()..]);
}

#[test]
fn negatives_are_drawn_and_stand_for_all_and_positives_are_kept() {
    let (matrix, labels, times) = made_up(60_000, 75);
    let nobody = vec![u32::MAX; labels.len()];
    let ends = Ends { from: &nobody, to: &nobody, times: &times };
    let test_from = times[labels.len() * 7 / 10];
    let plan = |negatives| Plan { first: small(1), second: None, negatives, ..Plan::before(test_from, 1) };
    // One in 40 is labelled positive: the others of them are left without a label.
    let thin: Vec<Option<bool>> = labels.iter().enumerate().map(|(row, label)| (!*label || row % 10 == 0).then_some(*label)).collect();
    let labels = Labels::of_set("thin", &thin);
    let [few, all] = [0.1, 1e6].map(|negatives| read(&matrix, &labels, ends, &plan(negatives)).unwrap());
    let (drawn, known) = (few.readings.card().drawn.unwrap(), few.readings.card().fit);
    assert!(drawn < 22_500 + known.positives && drawn > 12_000, "{drawn} of {known:?}");
    assert_eq!(all.readings.card().drawn, Some(known.rows));
    let [few, all] = [few, all].map(|read| read.readings.card().figures.clone().unwrap());
    assert!((few.average_precision - all.average_precision).abs() < 0.03, "{} and {}", few.average_precision, all.average_precision);
    let stated = |figures: &tributary_rank::Figures| figures.calibration.iter().map(|bin| bin.stated * bin.rows as f64).sum::<f64>();
    assert!((stated(&few) / few.positives as f64 - 1.0).abs() < 0.1, "calibrated on all rows, drawn or not");
}

#[test]
fn plans_out_of_range_and_too_few_labels_are_refused() {
    let made = Made::new(900, 85);
    type Change = fn(&mut Plan);
    let cases: [(&str, Change); 8] = [
        ("blocks", |plan| plan.blocks = 1),
        ("reaches", |plan| plan.reaches.clear()),
        ("reaches", |plan| plan.reaches = vec![Reach { before: -1, after: 0 }]),
        ("above", |plan| plan.above = f64::NAN),
        ("columns", |plan| plan.columns = 0),
        ("negatives", |plan| plan.negatives = 0.0),
        ("calibrate_from", |plan| plan.calibrate_from = Some(plan.test_from)),
        ("rounds", |plan| plan.first.rounds = 0),
    ];
    for (name, change) in cases {
        let mut plan = made.plan(2);
        change(&mut plan);
        let error = read(&made.matrix, &labelled(&made.labels), made.ends(), &plan).unwrap_err();
        assert!(matches!(error, RankError::Setting { setting, .. } if setting == name), "{name}: {error}");
    }
    let none = labelled(&vec![false; made.labels.len()]);
    assert!(matches!(read(&made.matrix, &none, made.ends(), &made.plan(2)), Err(RankError::TooFew { .. })));
    let short = Ends { from: &made.from[1..], ..made.ends() };
    assert!(matches!(read(&made.matrix, &labelled(&made.labels), short, &made.plan(2)), Err(RankError::Rows { .. })));
}

#[test]
fn the_world_outside_is_nobody_and_a_busy_account_is_bounded() {
    // Rows 0 and 1 are with the outside; 2 and 3 are between accounts and see each other alone.
    let ends = Ends { from: &[u32::MAX, 1, 1, 1], to: &[1, u32::MAX, 2, 3], times: &[1, 1, 1, 1] };
    let columns = around(ends, &[0.9, 0.8, 0.2, 0.4], Reach { before: 1, after: 1 }, 0.5).unwrap();
    let greatest = columns.iter().find(|column| column.name == "around_from_out_max").unwrap();
    assert!(greatest.values[0].is_nan());
    assert_eq!(greatest.values[1..], [0.4, 0.4, 0.2]);
    // Every transfer of one account at its own time: the farthest are not looked at.
    let rows = 2 * NEAREST_MAX;
    let (from, to): (Vec<u32>, Vec<u32>) = (vec![1; rows], (2..rows as u32 + 2).collect());
    let times: Vec<i64> = (0..rows as i64).collect();
    let mut p = vec![0.0; rows];
    p[0] = 1.0;
    let columns = around(Ends { from: &from, to: &to, times: &times }, &p, Reach { before: 10_000, after: 10_000 }, 0.5).unwrap();
    let greatest = columns.iter().find(|column| column.name == "around_from_out_max").unwrap();
    assert_eq!((greatest.values[NEAREST_MAX], greatest.values[NEAREST_MAX + 1]), (1.0, 0.0));
}
