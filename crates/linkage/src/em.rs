//! Expectation–maximisation over counts of patterns (Winkler 1988; Jaro 1989), with households beside matches and chance.
//!
//! Pairs of rows are of these classes: *the same* (levels follow m), *chance* (levels follow u, which random pairs give) and, where
//! the configuration says which comparisons a household shares, *household* (those follow m, the others u) and *household and one
//! more* (twins share the birth date, namesakes the forename). Without the latter, relatives are taken for matches, because the
//! model takes comparisons as independent within a class.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: levels are below the declared number, classes below theirs")]
#![allow(clippy::needless_range_loop, reason = "one index runs over several arrays")]

use rayon::prelude::*;

use crate::COMPARISONS_MAX;
use crate::compare::{ABSENT, Levels};

/// Households are believed in when pairs of relatives are at least this share of pairs of the same.
const HOUSEHOLDS_LEAST: f64 = 0.05;

/// Entirely different in a comparison: at least this often among the same.
const DIFFERENT_LEAST: f64 = 0.0005;

/// EM has settled when a round changes the log-likelihood by less than this part of it.
const SETTLED: f64 = 1e-8;

/// A level vector and how many candidate pairs show it.
pub(crate) type Pattern = (Levels, f64);

/// One class of pairs: its share of all pairs, and for each comparison whether it follows m (else u).
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Class {
    /// `same`, `chance`, `household`, `household and dob` …
    pub name: String,
    /// Share of all pairs of rows, 0..1.
    pub share: f64,
    /// For each comparison: follows m.
    pub alike: Vec<bool>,
}

/// What EM learns. Probabilities are given that both values are present; the entry of the absent level is 1.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Estimate {
    pub(crate) classes: Vec<Class>,
    pub(crate) m: Vec<Vec<f64>>,
    pub(crate) u: Vec<Vec<f64>>,
    pub(crate) trace: Vec<f64>,
    pub(crate) start: usize,
    pub(crate) converged: bool,
}

pub(crate) struct Task<'a> {
    pub(crate) patterns: &'a [Pattern],
    /// Shares of levels among random pairs, absent left out.
    pub(crate) random: &'a [Vec<f64>],
    pub(crate) household: &'a [bool],
    pub(crate) names: &'a [String],
    /// All pairs of rows divided by the share of candidates looked at.
    pub(crate) all_pairs: f64,
    pub(crate) rounds_max: usize,
    /// How many levels of each comparison stand after `different`, for swapped values.
    pub(crate) swap_levels: &'a [usize],
    /// m given by labels: kept, and only shares are estimated.
    pub(crate) known_m: Option<&'a [Vec<f64>]>,
}

fn classes(task: &Task<'_>) -> Vec<Class> {
    let k = task.random.len();
    let mut out =
        vec![Class { name: "same".into(), share: 0.0, alike: vec![true; k] }, Class { name: "chance".into(), share: 1.0, alike: vec![false; k] }];
    let household = task.household;
    if household.iter().any(|h| *h) && !household.iter().all(|h| *h) {
        out.push(Class { name: "household".into(), share: 0.0, alike: household.to_vec() });
        for own in (0..k).filter(|c| !household[*c]) {
            let mut alike = household.to_vec();
            alike[own] = true;
            if alike.iter().all(|a| *a) {
                continue;
            }
            out.push(Class { name: format!("household and {}", task.names[own]), share: 0.0, alike });
        }
    }
    out
}

/// First m: most of it on exact, less on each level after, little on different.
fn first_m(random: &[Vec<f64>], exact: f64) -> Vec<Vec<f64>> {
    random
        .iter()
        .map(|levels| {
            let n = levels.len();
            let mut m: Vec<f64> = (0..n).map(|l| if l == 1 { exact } else { (1.0 - exact) / n as f64 * 1.5 }).collect();
            if let Some(last) = m.last_mut() {
                *last = 0.02;
            }
            m[0] = 1.0;
            normalise(&mut m);
            m
        })
        .collect()
}

fn normalise(levels: &mut [f64]) {
    let sum: f64 = levels.iter().skip(1).sum();
    for l in levels.iter_mut().skip(1) {
        *l /= sum.max(1e-300);
    }
}

/// Runs EM from several starts and keeps the likeliest.
pub(crate) fn estimate(task: &Task<'_>) -> Estimate {
    let candidates: f64 = task.patterns.iter().map(|p| p.1).sum();
    let starts = [(0.8, 0.3), (0.9, 0.05), (0.6, 0.6)];
    let tried = starts.par_iter().enumerate().map(|(start, (exact, share))| {
        let mut now =
            Estimate { classes: classes(task), m: first_m(task.random, *exact), u: task.random.to_vec(), trace: Vec::new(), start, converged: false };
        if let Some(known) = task.known_m {
            now.m = known.to_vec();
        }
        let each = candidates * share / task.all_pairs;
        for (c, class) in now.classes.iter_mut().enumerate() {
            class.share = match c {
                0 => each,
                1 => 1.0,
                2 => each * 0.2,
                _ => each * 0.005,
            };
        }
        run(task, &mut now);
        now
    });
    let tried: Vec<Estimate> = tried.collect();
    // the first of the likeliest
    let best = tried.into_iter().reduce(|best, now| if now.trace.last() > best.trace.last() { now } else { best });
    best.unwrap_or(Estimate {
        classes: classes(task),
        m: first_m(task.random, 0.8),
        u: task.random.to_vec(),
        trace: vec![],
        start: 0,
        converged: false,
    })
}

fn run(task: &Task<'_>, now: &mut Estimate) {
    let mut last = f64::NEG_INFINITY;
    for _ in 0..task.rounds_max {
        let likelihood = step(task, now);
        now.trace.push(likelihood);
        if (likelihood - last).abs() < SETTLED * likelihood.abs() {
            now.converged = true;
            break;
        }
        last = likelihood;
    }
}

/// One round. The log-likelihood is that of the pattern counts given the classes' mix, up to a constant.
fn step(task: &Task<'_>, now: &mut Estimate) -> f64 {
    let (k, classes) = (task.random.len(), now.classes.len());
    let mut weight = vec![0.0; classes];
    let empty: Vec<Vec<f64>> = task.random.iter().map(|l| vec![0.0; l.len()]).collect();
    // `outside`: the same, over pairs that no household explains
    let (mut sums, mut outside) = (empty.clone(), empty);
    let mut likelihood = 0.0;
    let mut p = vec![0.0; classes];
    for (levels, count) in task.patterns {
        let total = densities(now, levels, k, &mut p);
        likelihood += count * total.ln();
        for c in 0..classes {
            weight[c] += count * p[c] / total;
        }
        let same = count * p[0] / total;
        for (c, sum) in sums.iter_mut().enumerate() {
            sum[levels[c] as usize] += same;
        }
        if away(task, levels) {
            for (c, sum) in outside.iter_mut().enumerate() {
                sum[levels[c] as usize] += same;
            }
        }
    }
    for (c, class) in now.classes.iter_mut().enumerate() {
        class.share = (weight[c] / task.all_pairs).max(1e-15);
    }
    // twins and namesakes are a small part of relatives; without relatives in the data there are none
    let relatives = now.classes.get(2).map_or(0.0, |c| c.share);
    let households = relatives > HOUSEHOLDS_LEAST * now.classes[0].share;
    for class in now.classes.iter_mut().skip(3) {
        class.share = class.share.min(relatives * 0.1).max(1e-15);
    }
    let others: f64 = now.classes.iter().enumerate().filter(|(c, _)| *c != 1).map(|(_, c)| c.share).sum();
    now.classes[1].share = (1.0 - others).max(0.0);
    if task.known_m.is_none() {
        for (c, (m, sum)) in now.m.iter_mut().zip(&sums).enumerate() {
            renew(m, sum);
            if households && !task.household[c] {
                unconfound(m, &outside[c], &now.u[c]);
            }
        }
    }
    // random pairs hold matches too: what they agree on by being the same is taken out of u
    let share = now.classes[0].share;
    for ((u, random), m) in now.u.iter_mut().zip(task.random).zip(&now.m) {
        for ((u, r), m) in u.iter_mut().zip(random).zip(m).skip(1) {
            *u = (r - share * m).max(r * 0.05);
        }
        normalise(u);
    }
    likelihood
}

/// New m of one comparison from weighted counts, smoothed by two pairs spread over its levels.
fn renew(m: &mut [f64], sum: &[f64]) {
    let levels = sum.len() - 1;
    let total: f64 = sum.iter().skip(1).sum::<f64>() + 2.0;
    for (m, s) in m.iter_mut().zip(sum).skip(1) {
        *m = (s + 2.0 / levels as f64) / total;
    }
}

/// Whether a comparison that a household shares disagrees entirely.
fn away(task: &Task<'_>, levels: &Levels) -> bool {
    task.household.iter().enumerate().any(|(c, household)| *household && levels[c] as usize + 1 + task.swap_levels[c] == task.random[c].len())
}

/// A birth date entirely different within a household is a namesake's or the same person's: the pattern counts cannot tell. Where
/// the household's own comparisons disagree there are no namesakes of that kind, and what looks like chance there is chance. So the
/// share of chance-like levels (u above 0.005) among the same is taken from those pairs.
fn unconfound(m: &mut [f64], outside: &[f64], u: &[f64]) {
    let total: f64 = outside.iter().skip(1).sum::<f64>() + 5.0;
    let chancy = |l: usize| l > 1 && u[l] > 0.005;
    let wanted: Vec<f64> = (0..m.len()).map(|l| if chancy(l) { (outside[l] / total).max(DIFFERENT_LEAST) } else { 0.0 }).collect();
    let rest: f64 = (1..m.len()).filter(|l| !chancy(*l)).map(|l| m[l]).sum();
    let left = 1.0 - wanted.iter().sum::<f64>();
    for l in 1..m.len() {
        m[l] = if chancy(l) { m[l].min(wanted[l]) } else { m[l] * left / rest.max(1e-300) };
    }
    normalise(m);
}

fn densities(now: &Estimate, levels: &Levels, k: usize, p: &mut [f64]) -> f64 {
    debug_assert!(k <= COMPARISONS_MAX);
    let mut total = 0.0;
    for (p, class) in p.iter_mut().zip(&now.classes) {
        let mut density = class.share;
        for c in 0..k {
            let level = levels[c];
            if level != ABSENT {
                density *= if class.alike[c] { now.m[c][level as usize] } else { now.u[c][level as usize] };
            }
        }
        *p = density;
        total += density;
    }
    total.max(1e-300)
}

/// Probability that a pattern is of a pair of the same.
pub(crate) fn posterior(now: &Estimate, levels: &Levels) -> f64 {
    let mut p = vec![0.0; now.classes.len()];
    let total = densities(now, levels, now.m.len(), &mut p);
    p[0] / total
}
