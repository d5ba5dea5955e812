//! Measures the ranking on transfers of a labelled set, split by time, several boundaries and seeds.
//!
//! `cargo run --release -p tributary-rank --example amlgentex -- IN.csv VIEW READINGS SEEDS ROWS [SETTING=VALUE,...]...`
//! IN.csv has the columns `id,time,from,to,amount,kind,label,instance`: seconds, smallest units, label 0 or 1, 4294967295 for the world outside;
//! `instance` parts rows of instances that straddle the boundary and is read by nothing else. VIEW is `before`, `both` (rows before the boundary are
//! computed without those after it) or `whole` (both sides, features of all rows from the whole file). READINGS is 0 (isolation), 1 or 2. SEEDS is a
//! number, or one seed as `=3`; seed s tests from day 78 + s on. ROWS is `inner` (learn from and measure on transfers between accounts; features see
//! all) or `all`. Each further argument is a plan of its own. In the environment: `CARD` prints the card, `SCORES=FOLDER` writes the scores of test rows.

#![allow(clippy::indexing_slicing, reason = "an example: every list has one entry a row")]

use std::collections::BTreeSet;

use tributary_features::{Column, Config, Engine, Families, Family, OUTSIDE, Transfer, View, mirror, schema};
use tributary_rank::measure::{at_threshold, average_precision, best_f1};
use tributary_rank::{Ends, IsolationSettings, Labels, Matrix, Named, Plan, Read, isolation, read};

type Failure = Box<dyn std::error::Error>;
const DAY: i64 = 86_400;

struct Row {
    transfer: Transfer,
    label: bool,
    instance: i64,
}

fn load(path: &str) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for record in csv::Reader::from_path(path)?.deserialize() {
        let (id, time, from, to, amount, kind, label, instance): (u64, i64, u32, u32, i64, u16, u8, i64) = record?;
        rows.push(Row { transfer: Transfer { time, id, from, to, amount, kind }, label: label == 1, instance });
    }
    // Rows come out of the features in the order of (time, id).
    rows.sort_unstable_by_key(|row| row.transfer);
    Ok(rows)
}

fn inner(transfer: &Transfer) -> bool {
    transfer.from != OUTSIDE && transfer.to != OUTSIDE
}

/// Columns of a view for the rows kept, in pieces: never all values of all columns in 8 bytes.
fn view(rows: &[Transfer], after: bool, keep: fn(&Transfer) -> bool) -> Result<Vec<Named>, Failure> {
    let windows = vec![DAY / 2, 3 * DAY, 7 * DAY, 28 * DAY];
    let mut config = Config { windows, cycle_window: 28 * DAY, scatter_gather_window: 28 * DAY, ..Config::default() };
    let mut ordered = rows.to_vec();
    if after {
        config.families = Family::ALL.into_iter().filter(|family| *family != Family::Transfer).collect::<Families>();
        ordered = ordered.iter().rev().map(mirror).collect();
    }
    let mut engine = Engine::new(config.clone(), 1)?;
    let names = schema(&config, if after { View::After } else { View::Before });
    let mut columns: Vec<Named> =
        names.into_iter().map(|feature| Named { name: feature.name, family: feature.family.name().into(), values: Vec::new() }).collect();
    for piece in ordered.chunks(16_384) {
        let table = engine.push(piece)?;
        let kept: Vec<usize> = (0..piece.len()).filter(|row| keep(&piece[*row])).collect();
        for (to, from) in columns.iter_mut().zip(&table.columns) {
            match from {
                Column::Whole(from) => to.values.extend(kept.iter().map(|row| from[*row] as f32)),
                Column::Real(from) => to.values.extend(kept.iter().map(|row| from[*row] as f32)),
            }
        }
    }
    if after {
        columns.iter_mut().for_each(|column| column.values.reverse());
    }
    Ok(columns)
}

/// Features of all rows kept; with `both`, rows before the boundary are computed without those after it.
fn features(rows: &[Transfer], which: &str, boundary: i64, keep: fn(&Transfer) -> bool) -> Result<Vec<Named>, Failure> {
    let mut columns = view(rows, false, keep)?;
    if which == "before" {
        return Ok(columns);
    }
    let mut after = view(rows, true, keep)?;
    if which == "both" {
        let early = view(&rows[..rows.partition_point(|row| row.time < boundary)], true, keep)?;
        for (column, early) in after.iter_mut().zip(early) {
            column.values[..early.values.len()].copy_from_slice(&early.values);
        }
    }
    columns.extend(after);
    Ok(columns)
}

fn set(plan: &mut Plan, setting: &str) -> Result<(), Failure> {
    let (name, value) = setting.split_once('=').ok_or("a setting reads NAME=VALUE")?;
    match name {
        "blocks" => plan.blocks = value.parse()?,
        "keep" => plan.columns = value.parse()?,
        "above" => plan.above = value.parse()?,
        "negatives" => plan.negatives = value.parse()?,
        "calibrate" => plan.calibrate_from = (value != "all").then(|| value.parse::<i64>().map(|days| plan.test_from - days * DAY)).transpose()?,
        _ => {
            for (reading, settings) in [("first.", Some(&mut plan.first)), ("second.", plan.second.as_mut())] {
                let (Some(settings), name) = (settings, name.trim_start_matches(reading)) else { continue };
                match name {
                    "leaves" => settings.leaves = value.parse()?,
                    "depth" => settings.depth = value.parse()?,
                    "rate" => settings.learning_rate = value.parse()?,
                    "bins" => settings.bins = value.parse()?,
                    "leaf" => settings.leaf_weight = value.parse()?,
                    "l2" => settings.l2 = value.parse()?,
                    "columns" => settings.columns = value.parse()?,
                    "rows" => settings.rows = value.parse()?,
                    "rounds" => settings.rounds = value.parse()?,
                    "patience" => settings.patience = value.parse()?,
                    _ if name.contains('.') => {}
                    _ => return Err(format!("no setting `{name}`").into()),
                }
            }
        }
    }
    Ok(())
}

struct Truth<'a> {
    rows: &'a [&'a Row],
    boundary: i64,
}

impl Truth<'_> {
    /// Figures of the test rows, of all and without instances that had begun before.
    fn report(&self, name: &str, scores: &[f64], threshold: f64) {
        let before = |row: &&Row| row.transfer.time < self.boundary;
        let early: BTreeSet<i64> = self.rows.iter().filter(|row| before(row) && row.label).map(|row| row.instance).collect();
        for (which, straddling) in [("all", true), ("new instances", false)] {
            let counts = |row: &Row| !before(&row) && inner(&row.transfer) && (straddling || !row.label || !early.contains(&row.instance));
            let (s, l): (Vec<f64>, Vec<bool>) =
                self.rows.iter().zip(scores).filter(|(row, _)| counts(row)).map(|(row, score)| (*score, row.label)).unzip();
            let positives = l.iter().filter(|label| **label).count() as u64;
            let at = at_threshold(&s, &l, threshold);
            println!(
                "{name}, {which}: rows {}, positive {positives}, average precision {:.4}, F1 at the threshold {:.4} (precision {:.3}, recall {:.3}), best F1 {:.4}",
                s.len(),
                average_precision(&s, &l),
                at.f1(positives),
                at.precision(),
                at.recall(positives),
                best_f1(&s, &l).map_or(0.0, |step| step.f1(positives)),
            );
        }
    }
}

/// Scores of the test rows by both readings, and which reach the threshold chosen before, for `bench/rank_instances.py`.
fn write(path: &std::path::Path, rows: &[&Row], trained: &Read, boundary: i64) -> Result<(), Failure> {
    let mut to = csv::Writer::from_path(path)?;
    to.write_record(["id", "first", "score", "chosen"])?;
    let threshold = trained.readings.threshold();
    let of_row = rows.iter().zip(trained.first.iter().zip(&trained.ranking.scores));
    for (row, (first, score)) in of_row.filter(|(row, _)| row.transfer.time >= boundary) {
        to.serialize((row.transfer.id, first, score, u8::from(*score >= threshold)))?;
    }
    Ok(to.flush()?)
}

fn cpu() -> f64 {
    // Ticks of user and system time, a hundredth of a second each; fields 14 and 15.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<f64> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().filter_map(|field| field.parse().ok()).collect();
    fields.get(10).zip(fields.get(11)).map_or(f64::NAN, |(user, system)| (user + system) / 100.0)
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().collect();
    let argument = |at: usize| arguments.get(at).map(String::as_str).unwrap_or_default();
    let all = load(argument(1))?;
    let transfers: Vec<Transfer> = all.iter().map(|row| row.transfer).collect();
    let (which, readings) = (argument(2), argument(3));
    let seeds = match argument(4).strip_prefix('=') {
        Some(one) => one.parse()?..one.parse::<u64>()? + 1,
        None => 0..argument(4).parse()?,
    };
    let keep: fn(&Transfer) -> bool = if argument(5) == "all" { |_| true } else { inner };
    let rows: Vec<&Row> = all.iter().filter(|row| keep(&row.transfer)).collect();
    let labels = Labels::of_set("labelled set", &rows.iter().map(|row| Some(row.label)).collect::<Vec<_>>());
    let (from, to): (Vec<u32>, Vec<u32>) = rows.iter().map(|row| (row.transfer.from, row.transfer.to)).unzip();
    let times: Vec<i64> = rows.iter().map(|row| row.transfer.time).collect();
    let ends = Ends { from: &from, to: &to, times: &times };
    for seed in seeds {
        let boundary = (78 + seed as i64) * DAY;
        let truth = Truth { rows: &rows, boundary };
        let matrix = Matrix::new(features(&transfers, which, boundary, keep)?, |_| false)?;
        eprintln!("features: {:.1} CPU s", cpu());
        if readings == "0" {
            let scores = isolation(&matrix, &IsolationSettings { seed, ..IsolationSettings::default() })?;
            truth.report(&format!("{which}, seed {seed}, isolation"), &scores, f64::INFINITY);
            continue;
        }
        let plans: Vec<&str> = if arguments.len() > 6 { arguments[6..].iter().map(String::as_str).collect() } else { vec![""] };
        for (plan_number, settings) in plans.into_iter().enumerate() {
            let last = times.last().copied().unwrap_or_default();
            let mut plan = if which == "before" { Plan::before(boundary, seed) } else { Plan::both(boundary, last, seed) };
            if readings == "1" {
                plan.second = None;
            }
            settings.split(',').filter(|setting| !setting.is_empty()).try_for_each(|setting| set(&mut plan, setting))?;
            let started = cpu();
            let trained = read(&matrix, &labels, ends, &plan)?;
            let name = format!("{which}, seed {seed} {settings}");
            let first = trained.readings.first_card();
            truth.report(
                &format!("{name}, first reading, {} trees", first.trees),
                &trained.first,
                first.figures.as_ref().map_or(0.0, |f| f.threshold),
            );
            if readings == "2" {
                let name = format!("{name}, second reading, {} trees", trained.readings.card().trees);
                truth.report(&name, &trained.ranking.scores, trained.readings.threshold());
            }
            println!("  {:.1} CPU s, {} bytes", cpu() - started, trained.readings.save()?.len());
            if let Some(folder) = std::env::var_os("SCORES") {
                let path = std::path::Path::new(&folder).join(format!("{which}_{seed}_{plan_number}.csv"));
                write(&path, &rows, &trained, boundary)?;
            }
            if std::env::var_os("CARD").is_some() {
                println!("{}", trained.readings.card().markdown());
            }
        }
    }
    Ok(())
}
