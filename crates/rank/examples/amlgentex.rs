//! Measures the ranking on transfers of a labelled set, split by time, several boundaries and seeds.
//!
//! `cargo run --release -p tributary-rank --example amlgentex -- IN.csv VIEW READINGS [SEEDS]`
//! IN.csv has the columns `id,time,from,to,amount,kind,label,instance`: seconds, smallest units, label 0 or 1; `instance` parts rows of instances that
//! straddle the boundary and is read by nothing else. VIEW is `before` or `both` (retrospective), READINGS 0 (isolation), 1, or 2 (scores of the transfers
//! around). Of N seeds, seed s tests from day 78 + s on.

#![allow(clippy::indexing_slicing, reason = "an example: every list has one entry a row")]

use tributary_features::{Config, Transfer, Transfers, batch, retrospective};
use tributary_rank::measure::{average_precision, best_f1};
use tributary_rank::{Ends, IsolationSettings, Labels, Matrix, Model, Reach, Settings, Split, around, isolation, train};

type Failure = Box<dyn std::error::Error>;
const DAY: i64 = 86_400;

#[derive(Default)]
struct Set {
    transfers: Transfers,
    from: Vec<u32>,
    to: Vec<u32>,
    times: Vec<i64>,
    labels: Vec<bool>,
    instances: Vec<i64>,
}

fn read(path: &str) -> Result<Set, Failure> {
    let mut rows = Vec::new();
    for record in csv::Reader::from_path(path)?.deserialize() {
        let row: (u64, i64, u32, u32, i64, u16, u8, i64) = record?;
        rows.push(row);
    }
    // Rows come out of the features in the order of (time, id).
    rows.sort_unstable_by_key(|row| (row.1, row.0));
    let mut set = Set::default();
    for (id, time, from, to, amount, kind, label, instance) in rows {
        set.transfers.push(Transfer { time, id, from, to, amount, kind });
        set.from.push(from);
        set.to.push(to);
        set.times.push(time);
        set.labels.push(label == 1);
        set.instances.push(instance);
    }
    Ok(set)
}

fn until(set: &Set, end: i64) -> Transfers {
    let mut transfers = Transfers::default();
    for row in set.transfers.rows().unwrap_or_default().into_iter().filter(|row| row.time < end) {
        transfers.push(row);
    }
    transfers
}

fn config() -> Config {
    let windows = vec![DAY / 2, 3 * DAY, 7 * DAY, 28 * DAY];
    Config { windows, cycle_window: 28 * DAY, scatter_gather_window: 28 * DAY, ..Config::default() }
}

/// Features of all rows; with both sides of time, rows before the boundary are computed without those after it.
fn features(set: &Set, both: bool, boundary: i64) -> Result<Matrix, Failure> {
    if !both {
        let (schema, table) = batch(&set.transfers, &config(), 2)?;
        return Ok(Matrix::from_features(&schema, &table, |_| false)?);
    }
    let (schema, table) = retrospective(&set.transfers, &config(), 2)?;
    let (_, early) = retrospective(&until(set, boundary), &config(), 2)?;
    let all = Matrix::from_features(&schema, &table, |_| false)?;
    let early = Matrix::from_features(&schema, &early, |_| false)?;
    let mut columns = all.columns().to_vec();
    for (column, early) in columns.iter_mut().zip(early.columns()) {
        for (value, early) in column.values.iter_mut().zip(&early.values) {
            *value = *early;
        }
    }
    Ok(Matrix::new(columns, |_| false)?)
}

fn settings(seed: u64) -> Settings {
    Settings { seed, ..Settings::default() }
}

/// Probabilities of the first reading; rows before the calibration period come from models that did not see their block of time.
fn first_reading(matrix: &Matrix, labels: &Labels, set: &Set, split: Split, seed: u64) -> Result<Vec<f64>, Failure> {
    let model = train(matrix, labels, &set.times, split, &settings(seed))?;
    report(&format!("seed {seed}, first reading"), &model, matrix, set, split.test_from)?;
    let mut probabilities = model.predict(matrix)?.probabilities;
    let first = set.times.first().copied().unwrap_or_default();
    const BLOCKS: i64 = 3;
    let block = |time: i64| ((time - first) * BLOCKS / (split.calibrate_from - first).max(1)).min(BLOCKS - 1);
    for left_out in 0..BLOCKS {
        let seen = |row: usize| set.times[row] >= split.calibrate_from || block(set.times[row]) != left_out;
        let masked: Vec<Option<bool>> = (0..set.times.len()).map(|row| seen(row).then(|| labels.get(row)).flatten()).collect();
        // Rows are learned from in all blocks but one: the periods for stopping lie in the same blocks, parted by a stride of days.
        let masked_times: Vec<i64> = set.times.iter().map(|time| stride(*time, &split)).collect();
        let fold = Settings { refit: false, ..settings(seed) };
        let other = train(matrix, &Labels::of_set("fold", &masked), &masked_times, split, &fold)?;
        for (row, p) in other.predict(matrix)?.probabilities.into_iter().enumerate() {
            if set.times[row] < split.calibrate_from && block(set.times[row]) == left_out {
                probabilities[row] = p;
            }
        }
    }
    Ok(probabilities)
}

/// Within the rows before calibration, every fourth day says when to stop.
fn stride(time: i64, split: &Split) -> i64 {
    match time {
        t if t >= split.calibrate_from => t,
        t if (t / DAY) % 4 == 3 => split.calibrate_from - 1,
        t => t.min(split.stop_from - 1),
    }
}

fn report(name: &str, model: &Model, matrix: &Matrix, set: &Set, boundary: i64) -> Result<(), Failure> {
    let scores = model.predict(matrix)?.scores;
    let early: std::collections::BTreeSet<i64> =
        (0..scores.len()).filter(|row| set.times[*row] < boundary && set.labels[*row]).map(|row| set.instances[row]).collect();
    for (which, straddling) in [("all", true), ("new instances", false)] {
        let rows: Vec<usize> = (0..scores.len())
            .filter(|row| set.times[*row] >= boundary && (straddling || !set.labels[*row] || !early.contains(&set.instances[*row])))
            .collect();
        let (s, l): (Vec<f64>, Vec<bool>) = rows.iter().map(|row| (scores[*row], set.labels[*row])).unzip();
        let positives = l.iter().filter(|label| **label).count() as u64;
        let at = tributary_rank::measure::at_threshold(&s, &l, model.threshold());
        println!(
            "{name}, {which}: rows {}, positive {positives}, average precision {:.4}, F1 at the calibrated threshold {:.4} (precision {:.4}, recall {:.4}), best F1 {:.4}, trees {}",
            rows.len(),
            average_precision(&s, &l),
            at.f1(positives),
            at.precision(),
            at.recall(positives),
            best_f1(&s, &l).map_or(0.0, |step| step.f1(positives)),
            model.card().trees
        );
    }
    Ok(())
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().collect();
    let argument = |at: usize| arguments.get(at).map(String::as_str).unwrap_or_default();
    let set = read(argument(1))?;
    let (both, readings) = (argument(2) == "both", argument(3));
    let labels = Labels::of_set("labelled set", &set.labels.iter().map(|label| Some(*label)).collect::<Vec<_>>());
    for seed in 0..argument(4).parse().unwrap_or(1) {
        let started = std::time::Instant::now();
        let boundary = (78 + seed as i64) * DAY;
        let split = Split { stop_from: boundary - 22 * DAY, calibrate_from: boundary - 12 * DAY, test_from: boundary }.checked()?;
        let mut matrix = features(&set, both, boundary)?;
        eprintln!("features {:.1} s", started.elapsed().as_secs_f64());
        if readings == "0" {
            let from = set.times.partition_point(|time| *time < boundary);
            let scores = isolation(&matrix, &IsolationSettings { seed, ..IsolationSettings::default() })?;
            println!("seed {seed}, isolation: average precision {:.4}", average_precision(&scores[from..], &set.labels[from..]));
            continue;
        }
        if readings != "2" {
            let model = train(&matrix, &labels, &set.times, split, &settings(seed))?;
            report(&format!("seed {seed}"), &model, &matrix, &set, boundary)?;
            eprintln!("{:.1} s\n{}", started.elapsed().as_secs_f64(), model.card().markdown());
            continue;
        }
        let probabilities = first_reading(&matrix, &labels, &set, split, seed)?;
        let reach = Reach { before: 28 * DAY, after: if both { 28 * DAY } else { 0 } };
        let early = set.times.partition_point(|time| *time < boundary);
        let ends = |end: usize| Ends { from: &set.from[..end], to: &set.to[..end], times: &set.times[..end] };
        let before = around(ends(early), &probabilities[..early], reach, 0.2)?;
        for (mut column, before) in around(ends(set.times.len()), &probabilities, reach, 0.2)?.into_iter().zip(before) {
            column.values[..early].copy_from_slice(&before.values);
            matrix.push(column, |_| false)?;
        }
        let own = probabilities.iter().map(|p| *p as f32).collect();
        matrix.push(tributary_rank::Named { name: "first_reading".into(), family: "first_reading".into(), values: own }, |_| false)?;
        let second = train(&matrix, &labels, &set.times, split, &settings(seed))?;
        report(&format!("seed {seed}, second reading"), &second, &matrix, &set, boundary)?;
        eprintln!("{:.1} s\n{}", started.elapsed().as_secs_f64(), second.card().markdown());
    }
    Ok(())
}
