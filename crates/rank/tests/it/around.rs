//! Scores of the transfers around, against a plain reference.

use proptest::prelude::*;
use tributary_rank::{Ends, Reach, around};

/// By definition: all other rows, one by one.
fn reference(rows: &[(u32, u32, i64)], p: &[f64], at: usize, reach: Reach, counts: impl Fn(usize) -> bool) -> [f64; 4] {
    let time = rows[at].2;
    let near = |row: &usize| *row != at && rows[*row].2 >= time - reach.before && rows[*row].2 <= time + reach.after;
    let mut found: Vec<f64> = (0..rows.len()).filter(near).filter(|row| counts(*row)).map(|row| p[row]).collect();
    found.sort_by(|a, b| b.total_cmp(a));
    if found.is_empty() {
        return [f64::NAN; 4];
    }
    let second = found.get(1).copied().unwrap_or(f64::NAN);
    [found.iter().sum::<f64>() / found.len() as f64, found[0], second, found.iter().filter(|p| **p > 0.5).sum()]
}

proptest! {
    #[test]
    fn columns_are_their_definition(
        rows in prop::collection::vec((0_u32..5, 0_u32..5, 0_i64..20, 0_u8..9), 0..40),
        before in 0_i64..12,
        after in 0_i64..12,
    ) {
        let p: Vec<f64> = rows.iter().map(|row| f64::from(row.3) / 8.0).collect();
        let rows: Vec<(u32, u32, i64)> = rows.iter().map(|row| (row.0, row.1, row.2)).collect();
        let from: Vec<u32> = rows.iter().map(|row| row.0).collect();
        let to: Vec<u32> = rows.iter().map(|row| row.1).collect();
        let times: Vec<i64> = rows.iter().map(|row| row.2).collect();
        let reach = Reach { before, after };
        let columns = around(Ends { from: &from, to: &to, times: &times }, &p, reach, 0.5).unwrap();
        prop_assert_eq!(columns.len(), 20);
        for at in 0..rows.len() {
            let (f, t, _) = rows[at];
            let same = |row: usize| rows[row].0 == f && rows[row].1 == t;
            let groups: [Box<dyn Fn(usize) -> bool>; 5] = [
                Box::new(|row| rows[row].0 == f && !same(row)),
                Box::new(|row| rows[row].1 == f && !same(row)),
                Box::new(|row| rows[row].0 == t && !same(row)),
                Box::new(|row| rows[row].1 == t && !same(row)),
                Box::new(same),
            ];
            for (group, counts) in groups.iter().enumerate() {
                for (stem, expected) in reference(&rows, &p, at, reach, counts).into_iter().enumerate() {
                    let found = f64::from(columns[group * 4 + stem].values[at]);
                    prop_assert!((found - expected).abs() < 1e-6 || (found.is_nan() && expected.is_nan()), "{} {} {}", columns[group * 4 + stem].name, found, expected);
                }
            }
        }
    }
}

#[test]
fn columns_of_different_lengths_are_refused() {
    let ends = Ends { from: &[1], to: &[2, 3], times: &[0] };
    assert!(around(ends, &[0.5], Reach { before: 1, after: 0 }, 0.5).is_err());
}
