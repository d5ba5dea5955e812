//! False discovery rate: Benjamini–Hochberg q-values over all tests of a run, those that found nothing included.
//!
//! Source: Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", JRSS B 57 (1995). Under the positive dependence
//! of neighbouring tests the procedure stays valid (Benjamini and Yekutieli, 2001). Weights that are fixed without looking at the
//! p-values and average 1 keep it valid and put the power where the prior evidence is (C. Genovese, K. Roeder and L. Wasserman,
//! "False discovery control with p-value weighting", Biometrika 93, 2006).

/// q-values for `p` out of `tests` tests in all; the tests not listed count as p = 1. Same order as `p`; each in 0..=1.
///
/// For weighted tests divide each p by its weight first; a quotient above 1 counts as 1.
#[must_use]
pub fn q_values(p: &[f64], tests: usize) -> Vec<f64> {
    let tests = tests.max(p.len()) as f64;
    let mut order: Vec<usize> = (0..p.len()).collect();
    let at = |i: usize| p.get(i).copied().unwrap_or(1.0);
    order.sort_by(|x, y| at(*x).total_cmp(&at(*y)).then(x.cmp(y)));
    let mut q = vec![1.0; p.len()];
    let mut least: f64 = 1.0;
    for (rank, index) in order.iter().enumerate().rev() {
        least = least.min((at(*index) * tests / (rank + 1) as f64).max(at(*index)));
        if let Some(slot) = q.get_mut(*index) {
            *slot = least;
        }
    }
    q
}

/// q-values of members of families: the least level q at which R(q) families are found and the member's p is at most q·R(q)/`tests`
/// (Benjamini and Bogomolov, 2014). `family_q` are the families' own q-values ([`q_values`]), in any order. Same order as `p`.
#[must_use]
pub fn family_q_values(p: &[f64], family_q: &[f64], tests: usize) -> Vec<f64> {
    let tests = tests.max(family_q.len()) as f64;
    let mut steps: Vec<f64> = family_q.to_vec();
    steps.sort_by(f64::total_cmp);
    let level = |p: f64| (1_u32..).zip(&steps).map(|(found, q)| q.max(p * tests / f64::from(found))).fold(1.0, f64::min).max(p);
    p.iter().map(|p| level(*p)).collect()
}
