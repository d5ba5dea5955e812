//! Expectation–maximisation over counts of level patterns, without labels (Dempster, Laird and Rubin 1977; Winkler 1988).
#![expect(clippy::indexing_slicing, reason = "numeric kernel: levels are below the declared number, classes below theirs")]

use crate::levels::{ADDRESS, BIRTH, NAME, PHONE};
use crate::model::{CHANCE, KIN, Parameters, SAME, Table, kin, kin_factor, normalise};

/// Rounds at most.
const ROUNDS_MAX: usize = 100;
/// The built-in parameters count as this many pairs.
const PRIOR_PAIRS: f64 = 20.0;
/// Names and birth dates that differ entirely are at most this often one person's: a pair that agrees elsewhere is rather kin.
const DIFFERENT_MOST: f64 = 0.02;

/// A vector of levels and how many candidate pairs show it.
pub(crate) type Pattern = ([u8; 6], f64);

/// Learns from candidates. `random` are the shares of levels among all pairs; `all_pairs` their number.
pub(crate) fn fit(start: Parameters, patterns: &[Pattern], random: &Table, all_pairs: f64) -> Parameters {
    let first = start.clone();
    let mut now = start;
    now.tables[CHANCE] = random.clone();
    now.tables[KIN] = kin(random, &first.tables[KIN][PHONE][1..], &first.tables[KIN][ADDRESS][1..]);
    let mut last = f64::NEG_INFINITY;
    for round in 1..=ROUNDS_MAX {
        let likelihood = step(&mut now, &first, patterns, random, all_pairs);
        now.rounds = round;
        if (likelihood - last).abs() < 1e-9 * likelihood.abs() {
            break;
        }
        last = likelihood;
    }
    now.trained = true;
    now
}

fn step(now: &mut Parameters, first: &Parameters, patterns: &[Pattern], random: &Table, all_pairs: f64) -> f64 {
    let empty: Table = random.clone().map(|levels| vec![0.0; levels.len()]);
    let mut sums = [empty.clone(), empty.clone(), empty];
    let mut weight = [0.0; 3];
    let mut likelihood = 0.0;
    for (levels, count) in patterns {
        let mut p = now.shares;
        for (class, p) in p.iter_mut().enumerate() {
            for (field, level) in levels.iter().enumerate() {
                *p *= now.tables[class][field][usize::from(*level)];
            }
        }
        p[KIN] *= kin_factor(levels);
        let total = p.iter().sum::<f64>().max(1e-300);
        likelihood += count * total.ln();
        for (class, p) in p.iter().enumerate() {
            let share = count * p / total;
            weight[class] += share;
            for (field, level) in levels.iter().enumerate() {
                sums[class][field][usize::from(*level)] += share;
            }
        }
    }
    now.shares[SAME] = (weight[SAME] / all_pairs).max(1e-12);
    now.shares[KIN] = (weight[KIN] / all_pairs).max(1e-12);
    now.shares[CHANCE] = 1.0 - now.shares[SAME] - now.shares[KIN];
    for (field, sums) in sums[SAME].iter().enumerate() {
        renew(&mut now.tables[SAME][field], sums, &first.tables[SAME][field]);
        if field == NAME || field == BIRTH {
            capped(&mut now.tables[SAME][field]);
        }
    }
    // Random pairs hold the same, too: what they agree on by being the same is taken out of u.
    let share = now.shares[SAME];
    let [same, chance, _] = &mut now.tables;
    for ((chance, random), same) in chance.iter_mut().zip(random).zip(same.iter()) {
        for ((chance, held), same) in chance.iter_mut().zip(random).zip(same).skip(1) {
            *chance = (held - share * same).max(held * 0.05);
        }
        normalise(chance);
    }
    let (mut phone, mut address) = (now.tables[KIN][PHONE].clone(), now.tables[KIN][ADDRESS].clone());
    renew(&mut phone, &sums[KIN][PHONE], &first.tables[KIN][PHONE]);
    renew(&mut address, &sums[KIN][ADDRESS], &first.tables[KIN][ADDRESS]);
    now.tables[KIN] = kin(&now.tables[CHANCE], &phone[1..], &address[1..]);
    likelihood
}

/// New levels from weighted counts, with the built-in ones as pairs seen before.
fn renew(levels: &mut [f64], sums: &[f64], first: &[f64]) {
    for level in 1..levels.len() {
        levels[level] = sums[level] + PRIOR_PAIRS * first[level];
    }
    normalise(levels);
}

fn capped(levels: &mut [f64]) {
    if let Some(last) = levels.last_mut() {
        *last = last.min(DIFFERENT_MOST);
    }
    normalise(levels);
}
