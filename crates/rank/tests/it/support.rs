//! Small made-up data.

use tributary_rank::{Labels, Matrix, Model, Named, Settings, Split, train};

/// No word is protected here.
pub(crate) fn open(_: &str) -> bool {
    false
}

/// One column.
pub(crate) fn column(name: &str, values: impl IntoIterator<Item = f32>) -> Named {
    Named { name: name.into(), family: name.split('_').next().unwrap_or(name).into(), values: values.into_iter().collect() }
}

/// A fixed scrambler of numbers: 0 to 1.
pub(crate) fn noise(seed: u64, row: usize) -> f64 {
    let mut x = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (row as u64).wrapping_mul(0xD1B5_4A32_D192_ED03);
    for _ in 0..3 {
        x ^= x >> 29;
        x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x ^= x >> 32;
    }
    (x >> 11) as f64 / (1_u64 << 53) as f64
}

/// Rows whose label depends on `signal_a` and `signal_b`, with noise; a fifth of `signal_b` is missing. Times are row / 4.
pub(crate) fn made_up(rows: usize, seed: u64) -> (Matrix, Vec<bool>, Vec<i64>) {
    let a = |row: usize| noise(seed, row);
    let b = |row: usize| noise(seed + 1, row);
    let missing = |row: usize| noise(seed + 2, row) < 0.2;
    let labels = (0..rows).map(|row| a(row) + if missing(row) { 0.2 } else { b(row) } + 0.3 * noise(seed + 3, row) > 1.45).collect();
    let columns = vec![
        column("signal_a", (0..rows).map(|row| a(row) as f32)),
        column("signal_b", (0..rows).map(|row| if missing(row) { f32::NAN } else { b(row) as f32 })),
        column("noise_c", (0..rows).map(|row| noise(seed + 4, row) as f32)),
    ];
    (Matrix::new(columns, open).unwrap(), labels, (0..rows).map(|row| row as i64 / 4).collect())
}

/// All rows labelled.
pub(crate) fn labelled(labels: &[bool]) -> Labels {
    Labels::of_set("made up", &labels.iter().map(|label| Some(*label)).collect::<Vec<_>>())
}

/// Settings for a few hundred rows.
pub(crate) fn small(seed: u64) -> Settings {
    Settings { seed, rounds: 30, patience: 10, depth: 4, leaves: 12, bins: 32, columns: 1.0, leaf_weight: 1.0, ..Settings::default() }
}

/// A model of made-up rows with its data.
pub(crate) fn model(rows: usize, seed: u64) -> (Model, Matrix, Vec<bool>, Vec<i64>) {
    let (matrix, labels, times) = made_up(rows, seed);
    let split = Split::shares(&times, 0.4, 0.15, 0.2).unwrap();
    let model = train(&matrix, &labelled(&labels), &times, split, &small(seed)).unwrap();
    (model, matrix, labels, times)
}
