//! The plain way, for tests: every pair, every level worked out from the texts, no cache, no key, no early end.

use crate::LinkageError;
use crate::block::derive;
use crate::cluster::Components;
use crate::compare::{Comparator, Memory};
use crate::config::{Config, Rule};
use crate::parameters::Parameters;
use crate::score::{Fetched, Scorer};
use crate::solve::{CONNECT, KEEP};
use crate::table::Table;

/// Candidates `(low, high, thousandths of a bit)` under `parameters`, found by looking at every pair of rows.
///
/// # Errors
/// Parameters that do not fit the table.
pub fn candidates(table: &Table, parameters: &Parameters) -> Result<Vec<(u32, u32, i32)>, LinkageError> {
    let comparator = Comparator::new(table, &parameters.config)?;
    let scorer = Scorer::new(table, comparator, parameters.estimate.clone(), parameters.frequencies.as_ref());
    let (mut out, mut memory) = (Vec::new(), scorer.comparator.memory());
    for i in 0..table.rows() {
        for j in i + 1..table.rows() {
            let found = parameters.rules.iter().any(|r| agrees(table, r, i, j));
            let bits = score(&scorer, &mut memory, i as u32, j as u32);
            if found && bits >= KEEP {
                out.push((i as u32, j as u32, bits));
            }
        }
    }
    Ok(out)
}

fn score(scorer: &Scorer, memory: &mut Memory, i: u32, j: u32) -> i32 {
    let mut fetched = Fetched::default();
    scorer.fetch(&[i, j], &mut fetched);
    scorer.milli(memory, fetched.row(0), fetched.row(1))
}

/// Whether all keys of `rule` agree, by their texts.
fn agrees(table: &Table, rule: &Rule, i: usize, j: usize) -> bool {
    rule.keys.iter().all(|key| {
        let column = table.position(&key.column).and_then(|at| table.columns().get(at));
        let text = |row: usize| column.and_then(|c| c.text(row)).and_then(|v| derive(v, key.form));
        text(i).is_some() && text(i) == text(j)
    })
}

/// Clusters by joining, again and again, the two groups of highest average log-odds; averages are summed anew each time.
///
/// # Errors
/// Parameters that do not fit the table.
pub fn clusters(table: &Table, parameters: &Parameters) -> Result<Vec<u32>, LinkageError> {
    let edges = candidates(table, parameters)?;
    let comparator = Comparator::new(table, &parameters.config)?;
    let scorer = Scorer::new(table, comparator, parameters.estimate.clone(), parameters.frequencies.as_ref());
    let mut components = Components::new(table.rows());
    edges.iter().filter(|e| e.2 >= CONNECT).for_each(|e| components.join(e.0, e.1));
    let mut groups: Vec<Vec<u32>> = (0..table.rows() as u32).map(|r| vec![r]).collect();
    let mut memory = scorer.comparator.memory();
    let mut score = |a: u32, b: u32| {
        let bits = score(&scorer, &mut memory, a, b);
        i64::from(bits.clamp(-crate::cluster::CLIP, crate::cluster::CLIP))
    };
    loop {
        let mut best: Option<(i64, usize, usize)> = None;
        for (a, left) in groups.iter().enumerate() {
            for (b, right) in groups.iter().enumerate().skip(a + 1) {
                let (Some(x), Some(y)) = (left.first(), right.first()) else { continue };
                if components.root(*x) != components.root(*y) {
                    continue;
                }
                let mut sum = 0;
                for x in left {
                    for y in right {
                        sum += score(*x, *y);
                    }
                }
                let average = sum.div_euclid((left.len() * right.len()) as i64);
                if best.is_none_or(|(v, _, _)| average > v) {
                    best = Some((average, a, b));
                }
            }
        }
        let Some((_, a, b)) = best.filter(|(v, _, _)| *v as f64 >= parameters.threshold_bits * 1000.0) else { break };
        let moved = groups.remove(b);
        if let Some(into) = groups.get_mut(a) {
            into.extend(moved);
            into.sort_unstable();
        }
    }
    let mut out = vec![0; table.rows()];
    for group in &groups {
        for row in group {
            if let (Some(at), Some(first)) = (out.get_mut(*row as usize), group.first()) {
                *at = *first;
            }
        }
    }
    Ok(out)
}

/// Levels of one pair under `config`, by comparison.
///
/// # Errors
/// A configuration that does not fit the table.
pub fn levels(table: &Table, config: &Config, i: u32, j: u32) -> Result<Vec<String>, LinkageError> {
    let comparator = Comparator::new(table, config)?;
    let mut levels = [0; crate::COMPARISONS_MAX];
    comparator.levels(&mut comparator.memory(), comparator.row(i as usize), comparator.row(j as usize), &mut levels);
    let labels = comparator.comparisons.iter().zip(levels).filter_map(|(c, l)| c.labels.get(usize::from(l)));
    Ok(labels.cloned().collect())
}
