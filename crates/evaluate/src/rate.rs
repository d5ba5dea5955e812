//! Shares with their uncertainty.
//!
//! Sources: E. B. Wilson, "Probable inference", JASA 22 (1927), for the score interval; C. J. Clopper and E. S. Pearson,
//! Biometrika 26 (1934), for the exact one; D. Katz et al., Biometrics 34 (1978), for the ratio of two shares.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

/// 97.5 % point of the standard normal: all intervals are 95 %, two-sided.
const Z: f64 = 1.959_963_984_540_054;
/// Resamples of a bootstrap.
const RESAMPLES: usize = 1_000;

/// `hits` out of `of`, with a 95 % interval. With `of` 0 there is no value and the interval is all of 0..=1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rate {
    /// How many.
    pub hits: u64,
    /// Out of how many.
    pub of: u64,
    /// The share, 0..=1; absent when there was nothing to count.
    pub value: Option<f64>,
    /// Lower end, 95 %.
    pub low: f64,
    /// Upper end, 95 %.
    pub high: f64,
}

impl Rate {
    /// With Wilson's score interval: for shares that are compared.
    #[must_use]
    pub fn wilson(hits: u64, of: u64) -> Self {
        if of == 0 {
            return Self { hits, of, value: None, low: 0.0, high: 1.0 };
        }
        let (n, p) = (of as f64, hits as f64 / of as f64);
        let scale = 1.0 + Z * Z / n;
        let centre = (p + Z * Z / (2.0 * n)) / scale;
        let half = Z / scale * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        // At the ends the formula gives 0 and 1 up to rounding.
        let low = if hits == 0 { 0.0 } else { (centre - half).max(0.0) };
        let high = if hits == of { 1.0 } else { (centre + half).min(1.0) };
        Self { hits, of, value: Some(p), low, high }
    }

    /// With Clopper and Pearson's exact interval: for claims that must not be exceeded.
    #[must_use]
    pub fn exact(hits: u64, of: u64) -> Self {
        if of == 0 {
            return Self { hits, of, value: None, low: 0.0, high: 1.0 };
        }
        let low = if hits == 0 { 0.0 } else { bisect(|p| upper_tail(hits, of, p) - 0.025) };
        let high = if hits == of { 1.0 } else { bisect(|p| upper_tail(hits + 1, of, p) - 0.975) };
        Self { hits, of, value: Some(hits as f64 / of as f64), low, high }
    }
}

/// The root of a function that rises from below zero at 0 to above zero at 1.
fn bisect(f: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if f(middle) < 0.0 { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// Probability of at least `k` hits in `n` trials of probability `p`, summed in logarithms.
fn upper_tail(k: u64, n: u64, p: f64) -> f64 {
    if p <= 0.0 {
        return if k == 0 { 1.0 } else { 0.0 };
    }
    if p >= 1.0 {
        return 1.0;
    }
    let (log_p, log_q) = (p.ln(), (-p).ln_1p());
    let mut log_term = n as f64 * log_q;
    let mut sum = 0.0;
    for i in 0..=n {
        if i >= k {
            sum += log_term.exp();
        }
        if i < n {
            log_term += ((n - i) as f64 / (i + 1) as f64).ln() + log_p - log_q;
        }
    }
    sum.min(1.0)
}

/// A mean with an interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Mean {
    /// The mean; absent when there was nothing to average.
    pub value: Option<f64>,
    /// Lower end, 95 %.
    pub low: f64,
    /// Upper end, 95 %.
    pub high: f64,
    /// How many values.
    pub of: u64,
}

impl Mean {
    /// The mean of `values` with a percentile bootstrap interval; the same seed gives the same interval.
    #[must_use]
    pub fn bootstrap(values: &[f64], seed: u64) -> Self {
        if values.is_empty() {
            return Self { value: None, low: 0.0, high: 1.0, of: 0 };
        }
        let n = values.len();
        let mut draw = ChaCha8Rng::seed_from_u64(seed);
        let mut means: Vec<f64> = (0..RESAMPLES)
            .map(|_| {
                let index = |draw: &mut ChaCha8Rng| ((u128::from(draw.next_u64()) * n as u128) >> 64) as usize;
                (0..n).map(|_| values.get(index(&mut draw)).copied().unwrap_or(0.0)).sum::<f64>() / n as f64
            })
            .collect();
        means.sort_by(f64::total_cmp);
        let at = |share: f64| means.get((share * (RESAMPLES - 1) as f64).round() as usize).copied().unwrap_or(0.0);
        Self { value: Some(values.iter().sum::<f64>() / n as f64), low: at(0.025), high: at(0.975), of: n as u64 }
    }
}

/// How many times one share is the other, with Katz's interval; half a hit is added on each side where one has none.
#[must_use]
pub fn ratio(upper: (u64, u64), lower: (u64, u64)) -> Option<(f64, f64, f64)> {
    if upper.1 == 0 || lower.1 == 0 {
        return None;
    }
    let soften = if upper.0 == 0 || lower.0 == 0 { 0.5 } else { 0.0 };
    let (a, n) = (upper.0 as f64 + soften, upper.1 as f64 + soften);
    let (b, m) = (lower.0 as f64 + soften, lower.1 as f64 + soften);
    let value = (a / n) / (b / m);
    let spread = Z * (1.0 / a - 1.0 / n + 1.0 / b - 1.0 / m).max(0.0).sqrt();
    Some((value, value * (-spread).exp(), value * spread.exp()))
}
