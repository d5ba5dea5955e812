//! Trains the letter costs and prints `src/names/costs_learned.rs`.
//!
//! `cargo run --release -p tributary-text --example train_costs -- FOLDER > crates/text/src/names/costs_learned.rs`
//! FOLDER holds `ar2en-train.txt` and `wd_arabic_64.txt` (see docs/names.md). Figures go into the table, no name does.
//! Expectation–maximisation of a memoryless stochastic transducer (Ristad and Yianilos 1998) over units of one or two letters.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::expect_used, reason = "a tool run by hand over tables of fixed shape")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use tributary_text::names::spelled;
use tributary_text::names::units::{ARABIC_UNITS, EMPTY_ARABIC, EMPTY_LATIN, LATIN_UNITS, NO_UNIT, Script, Spelling, unit_code};

#[path = "train_costs/tabulated.rs"]
mod tabulated;

const ROUNDS: usize = 12;
/// From this round on, pairs that fit worse than this (nats a letter) are taken for noise and skipped.
const NOISE_ROUND: usize = 4;
const NOISE: f64 = 5.2;
/// Weight of the marginal as a prior of each conditional distribution, in counts.
const SMOOTH: f64 = 2.0;

type Table = Vec<Vec<f64>>;

struct Pair {
    a: Spelling,
    b: Spelling,
    weight: f64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("give the folder with ar2en-train.txt and wd_arabic_64.txt")?;
    let pairs = read(Path::new(&folder))?;
    let cross: Vec<Pair> = pairs.iter().filter_map(|(a, b)| pair(a, Script::Arabic, b, Script::Latin, 1.0)).collect();
    eprintln!("{} Arabic–Latin pairs", cross.len());
    let counts = train(&cross, EMPTY_ARABIC, EMPTY_LATIN);
    let mut arabic_latin = costs(&counts);
    tabulated::regional(&mut arabic_latin);
    tabulated::unwritten(&mut arabic_latin);
    tabulated::lower(&mut arabic_latin, &tabulated::ARABIC_LATIN, Script::Arabic);
    tabulated::level(&mut arabic_latin, Script::Arabic);
    tabulated::telling(&mut arabic_latin, Script::Arabic);

    let mut same: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (arabic, latin) in &pairs {
        same.entry(arabic).or_default().push(latin);
    }
    let mut latin_pairs = Vec::new();
    for forms in same.values_mut() {
        forms.sort_unstable();
        forms.dedup();
        // A few forms of one spelling are enough; many are homographs.
        for (at, a) in forms.iter().enumerate().take(6) {
            for b in forms.iter().take(6).skip(at + 1) {
                latin_pairs.extend(pair(a, Script::Latin, b, Script::Latin, 1.0));
                latin_pairs.extend(pair(b, Script::Latin, a, Script::Latin, 1.0));
            }
        }
    }
    eprintln!("{} Latin–Latin pairs", latin_pairs.len());
    let mut counts = train(&latin_pairs, EMPTY_LATIN, EMPTY_LATIN);
    let transposed: Table = (0..counts.len()).map(|x| counts.iter().map(|row| row[x]).collect()).collect();
    for (row, other) in counts.iter_mut().zip(&transposed) {
        row.iter_mut().zip(other).for_each(|(cell, mirror)| *cell += mirror);
    }
    let mut latin_latin = costs(&counts);
    (0..latin_latin.len()).for_each(|x| latin_latin[x][x] = 0.0);
    latin_latin[0][0] = f64::INFINITY;
    tabulated::lower(&mut latin_latin, &tabulated::LATIN_LATIN, Script::Latin);
    tabulated::level(&mut latin_latin, Script::Latin);
    tabulated::telling(&mut latin_latin, Script::Latin);
    println!("{}", source(&arabic_latin, &latin_latin)?);
    Ok(())
}

/// Pairs of (Arabic, Latin) words, one word each.
fn read(folder: &Path) -> Result<Vec<(String, String)>, std::io::Error> {
    let mut pairs = Vec::new();
    for line in std::fs::read_to_string(folder.join("ar2en-train.txt"))?.lines() {
        let mut fields = line.split('\t');
        if let (Some(arabic), Some(latin)) = (fields.next(), fields.next()) {
            pairs.push((arabic.to_owned(), latin.to_owned()));
        }
    }
    for line in std::fs::read_to_string(folder.join("wd_arabic_64.txt"))?.lines() {
        let mut fields = line.split('\t');
        if let (Some(latin), Some(arabic)) = (fields.next(), fields.next()) {
            pairs.push((arabic.replace(' ', ""), latin.to_owned()));
        }
    }
    Ok(pairs)
}

fn pair(a: &str, script_a: Script, b: &str, script_b: Script, weight: f64) -> Option<Pair> {
    let ((found_a, a), (found_b, b)) = (spelled(a), spelled(b));
    (found_a == script_a && found_b == script_b && a.length > 0 && b.length > 0).then_some(Pair { a, b, weight })
}

/// Row or column of a unit in its table.
fn at(unit: u8) -> usize {
    usize::from(if unit >= EMPTY_LATIN { unit - EMPTY_LATIN } else { unit })
}

/// The operations that end at (i, j): letters taken on either side, and the units.
fn operations(pair: &Pair, i: usize, j: usize, empty: (u8, u8)) -> impl Iterator<Item = (usize, usize, u8, u8)> {
    let (a, b) = (pair.a, pair.b);
    [(1, 1), (1, 0), (0, 1), (2, 1), (1, 2), (2, 2)].into_iter().filter_map(move |(wide, high)| {
        if wide > i || high > j {
            return None;
        }
        let left = [empty.0, a.one[i.saturating_sub(1)], a.two[i.saturating_sub(2)]][wide];
        let right = [empty.1, b.one[j.saturating_sub(1)], b.two[j.saturating_sub(2)]][high];
        (left != NO_UNIT && right != NO_UNIT).then_some((wide, high, left, right))
    })
}

/// Expected counts of each operation after the last round.
fn train(pairs: &[Pair], empty_a: u8, empty_b: u8) -> Table {
    let size = |empty: u8| if empty == EMPTY_LATIN { LATIN_UNITS.len() + 1 } else { ARABIC_UNITS.len() + 1 };
    let (rows, columns) = (size(empty_a), size(empty_b));
    let mut joint: Table = vec![vec![1.0; columns]; rows];
    // Nothing against nothing is no operation; dropping is a little dear at first so that letters meet letters.
    joint[0].iter_mut().for_each(|p| *p = 0.3);
    joint.iter_mut().for_each(|row| row[0] = 0.3);
    // Start from what the tables of romanisation say.
    if empty_a == EMPTY_ARABIC {
        tabulated::start(&mut joint);
    } else {
        (1..rows).for_each(|x| joint[x][x] = 60.0);
    }
    joint[0][0] = 0.0;
    normalise(&mut joint);
    for round in 0..ROUNDS {
        let mut counts: Table = vec![vec![0.0; columns]; rows];
        let (mut total, mut skipped) = (0.0, 0_u32);
        for pair in pairs {
            let fit = expect(pair, &joint, (empty_a, empty_b), round >= NOISE_ROUND, &mut counts);
            match fit {
                Some(fit) => total += fit,
                None => skipped += 1,
            }
        }
        eprintln!("round {round}: log-likelihood {total:.0}, {skipped} pairs taken for noise");
        if round + 1 == ROUNDS {
            return counts;
        }
        joint = counts;
        joint.iter_mut().flatten().for_each(|p| *p += 1e-4);
        joint[0][0] = 0.0;
        normalise(&mut joint);
    }
    joint
}

fn normalise(joint: &mut Table) {
    let sum: f64 = joint.iter().flatten().sum();
    joint.iter_mut().flatten().for_each(|p| *p /= sum);
}

/// Forward and backward over one pair; adds its expected counts. `None` when it fits so badly that it is taken for noise.
fn expect(pair: &Pair, joint: &Table, empty: (u8, u8), strict: bool, counts: &mut Table) -> Option<f64> {
    let (n, m) = (usize::from(pair.a.length), usize::from(pair.b.length));
    let mut forward = vec![vec![0.0; m + 1]; n + 1];
    let mut backward = vec![vec![0.0; m + 1]; n + 1];
    forward[0][0] = 1.0;
    backward[n][m] = 1.0;
    for i in 0..=n {
        for j in 0..=m {
            for (wide, high, left, right) in operations(pair, i, j, empty) {
                forward[i][j] += forward[i - wide][j - high] * joint[at(left)][at(right)];
            }
        }
    }
    let all: f64 = forward[n][m];
    let fit = all.ln() / (n + m) as f64;
    if all <= 0.0 || (strict && -fit > NOISE) {
        return None;
    }
    for i in (0..=n).rev() {
        for j in (0..=m).rev() {
            for (wide, high, left, right) in operations(pair, i, j, empty) {
                let step = joint[at(left)][at(right)] * backward[i][j];
                counts[at(left)][at(right)] += pair.weight * forward[i - wide][j - high] * step / all;
                backward[i - wide][j - high] += step;
            }
        }
    }
    Some(all.ln())
}

/// Costs in nats from counts, as `names::costs` defines them; the empty unit has no opposite whose likelihood would count.
fn costs(counts: &Table) -> Table {
    let (rows, columns) = (counts.len(), counts[0].len());
    let row_sum: Vec<f64> = counts.iter().map(|row| row.iter().sum()).collect();
    let column_sum: Vec<f64> = (0..columns).map(|y| counts.iter().map(|row| row[y]).sum()).collect();
    let all: f64 = row_sum.iter().sum();
    let given_row = |x: usize, y: usize| ((counts[x][y] + SMOOTH * column_sum[y] / all) / (row_sum[x] + SMOOTH)).max(1e-9).ln();
    let given_column = |x: usize, y: usize| ((counts[x][y] + SMOOTH * row_sum[x] / all) / (column_sum[y] + SMOOTH)).max(1e-9).ln();
    let best_row: Vec<f64> = (0..rows).map(|x| (0..columns).map(|y| given_row(x, y)).fold(f64::MIN, f64::max)).collect();
    let best_column: Vec<f64> = (0..columns).map(|y| (0..rows).map(|x| given_column(x, y)).fold(f64::MIN, f64::max)).collect();
    let cost = |x: usize, y: usize| match (x, y) {
        (0, 0) => f64::INFINITY,
        (_, 0) => best_row[x] - given_row(x, 0),
        (0, _) => best_column[y] - given_column(0, y),
        _ => (best_row[x] - given_row(x, y) + best_column[y] - given_column(x, y)) / 2.0,
    };
    (0..rows).map(|x| (0..columns).map(|y| cost(x, y)).collect()).collect()
}

/// The generated file.
fn source(arabic_latin: &Table, latin_latin: &Table) -> Result<String, std::fmt::Error> {
    let mut text = String::from(
        "//! Letter costs in sixteenths of a nat. Generated by `examples/train_costs.rs`; do not edit.\n//!\n\
         //! Learned from ar2en (Apache-2.0) and the Wikidata names of NETransliteration-COLING2018 (CC0), then lowered where the tables of\n\
         //! romanisation for Urdu, Pashto and Persian say so. Row and column 0: the empty unit; then the units in their order.\n\n",
    );
    for (name, about, table) in [
        ("ARABIC_LATIN", "Arabic unit (row) against Latin unit (column).", arabic_latin),
        ("LATIN_LATIN", "Latin unit against Latin unit.", latin_latin),
    ] {
        let (rows, columns) = (table.len(), table[0].len());
        writeln!(text, "/// {about}\n#[rustfmt::skip]\npub(crate) static {name}: [[u8; {columns}]; {rows}] = [")?;
        for row in table {
            let cells: Vec<String> =
                row.iter().map(|c| if c.is_finite() { (c * 16.0).round().clamp(0.0, 96.0).to_string() } else { "255".into() }).collect();
            writeln!(text, "    [{}],", cells.join(","))?;
        }
        writeln!(text, "];\n")?;
    }
    Ok(text.trim_end().to_owned())
}

/// The place of a unit given by its text.
pub(crate) fn place(text: &str, script: Script) -> usize {
    unit_code(text, script).map_or_else(|| panic!("`{text}` is no unit"), at)
}
