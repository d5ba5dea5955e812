//! The tails that the report on staff searches is judged by: negative binomial, Student's t, beta-binomial, and Benjamini–Hochberg.
//!
//! Plain and slow: an office has hundreds of accounts, not millions.

/// Terms that a sum has at most: counts beyond are as rare as can be said.
const TERMS_MAX: u64 = 200_000;

/// ln Γ(x) for x > 0 (Lanczos, g = 7, nine coefficients; relative error below 1e-13).
#[must_use]
pub fn ln_gamma(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        // Reflection keeps the series where it is good.
        return (std::f64::consts::PI / (std::f64::consts::PI * x).sin()).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let mut sum = 0.999_999_999_999_809_9;
    let mut at = x;
    for coefficient in COEFFICIENTS {
        at += 1.0;
        sum += coefficient / at;
    }
    let t = x + 7.5;
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// P(X ≥ k) of a count with this mean and variance: negative binomial where the variance is greater than the mean, Poisson where not.
#[must_use]
pub fn count_tail(k: u64, mean: f64, variance: f64) -> f64 {
    if k == 0 {
        return 1.0;
    }
    if mean <= 0.0 {
        return 0.0;
    }
    let size = if variance > mean * (1.0 + 1e-9) { mean * mean / (variance - mean) } else { f64::INFINITY };
    negative_binomial_tail(k, size, mean)
}

/// P(X ≥ k), by the terms below k; where they leave too little to be told from 0, by the terms from k on.
fn negative_binomial_tail(k: u64, size: f64, mean: f64) -> f64 {
    let term = |i: u64| {
        let i = i as f64;
        if size.is_infinite() {
            return (i * mean.ln() - mean - ln_gamma(i + 1.0)).exp();
        }
        let fail = mean / (mean + size);
        (ln_gamma(i + size) - ln_gamma(size) - ln_gamma(i + 1.0) + size * (1.0 - fail).ln() + i * fail.ln()).exp()
    };
    if k > TERMS_MAX {
        return term(k).min(1.0);
    }
    let below: f64 = (0..k).map(term).sum();
    if below < 0.999 {
        return (1.0 - below).clamp(0.0, 1.0);
    }
    let mut sum = 0.0;
    for i in k..k.saturating_add(TERMS_MAX) {
        let next = term(i);
        sum += next;
        if next <= sum * 1e-12 {
            break;
        }
    }
    f64::min(sum, 1.0)
}

/// P(X ≥ k) where X is Poisson with an unknown rate of which `others` counts, `sum` in all, have been seen (Jeffreys' prior): the
/// predictive negative binomial. With nothing seen it is no certainty that nothing comes.
#[must_use]
pub fn predictive_tail(k: u64, sum: u64, others: u64) -> f64 {
    if k == 0 {
        return 1.0;
    }
    let size = sum as f64 + 0.5;
    negative_binomial_tail(k, size, size / (others.max(1) as f64))
}

/// P(T ≥ t) of Student's t.
#[must_use]
pub fn student_tail(t: f64, degrees: f64) -> f64 {
    let x = degrees / (degrees + t * t);
    let half = 0.5 * incomplete_beta(x, degrees / 2.0, 0.5);
    if t >= 0.0 { half } else { 1.0 - half }
}

/// The regularised incomplete beta function I_x(a, b), by its continued fraction (Lentz).
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    const TINY: f64 = 1e-300;
    let front = (a * x.ln() + b * (1.0 - x).ln() - ln_beta(a, b)).exp() / a;
    let (mut c, mut d) = (1.0, 1.0 - (a + b) * x / (a + 1.0));
    d = 1.0 / if d.abs() < TINY { TINY } else { d };
    let mut fraction = d;
    for m in 1..300 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for step in [even, odd] {
            d = 1.0 + step * d;
            c = 1.0 + step / c;
            d = 1.0 / if d.abs() < TINY { TINY } else { d };
            c = if c.abs() < TINY { TINY } else { c };
            change = c * d;
            fraction *= change;
        }
        if (change - 1.0).abs() < 1e-14 {
            break;
        }
    }
    (front * fraction).clamp(0.0, 1.0)
}

/// P(K ≥ k) of a beta-binomial: `n` tries whose chance is Beta(a, b).
#[must_use]
pub fn beta_binomial_tail(k: u64, n: u64, a: f64, b: f64) -> f64 {
    if k == 0 {
        return 1.0;
    }
    let whole = n as f64;
    let norm = ln_beta(a, b);
    let choose = ln_gamma(whole + 1.0);
    let term = |i: u64| {
        let i = i as f64;
        (choose - ln_gamma(i + 1.0) - ln_gamma(whole - i + 1.0) + ln_beta(i + a, whole - i + b) - norm).exp()
    };
    (k..=n).map(term).sum::<f64>().min(1.0)
}

/// How a count stands beside those of others: the largest of three tails, so that none of the three models can make somebody stand out alone:
/// negative binomial by the others' moments (widened for how few they are), the predictive tail of a common rate, and, where there is
/// enough to take logarithms of, Student's prediction of ln(1 + count).
#[must_use]
pub fn tail_beside(k: u64, others: &[u64]) -> f64 {
    let n = others.len() as f64;
    if others.is_empty() {
        return 1.0;
    }
    let sum: u64 = others.iter().sum();
    let mean = sum as f64 / n;
    let predictive = predictive_tail(k, sum, others.len() as u64);
    if mean <= 0.0 {
        return predictive;
    }
    let spread = others.iter().map(|x| (*x as f64 - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    let moments = count_tail(k, mean, spread.max(mean) * (1.0 + 1.0 / n));
    let worst = predictive.max(moments);
    if mean < 3.0 || others.len() < 3 { worst } else { worst.max(log_tail(k, others)) }
}

fn log_tail(k: u64, others: &[u64]) -> f64 {
    let n = others.len() as f64;
    let logs: Vec<f64> = others.iter().map(|x| (*x as f64).ln_1p()).collect();
    let mean = logs.iter().sum::<f64>() / n;
    let variance = logs.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / (n - 1.0);
    // Counts alone scatter by this much, however alike people are.
    let floor = 1.0 / (mean.exp_m1() + 1.0);
    let t = ((k as f64).ln_1p() - mean) / (variance.max(floor) * (1.0 + 1.0 / n)).sqrt();
    student_tail(t, n - 1.0)
}

/// Benjamini–Hochberg: the q-value of each p-value, in the order given.
#[must_use]
pub fn q_values(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    let value = |i: usize| p.get(i).copied().unwrap_or(1.0);
    order.sort_by(|a, b| value(*a).total_cmp(&value(*b)).then(a.cmp(b)));
    let mut q = vec![1.0; p.len()];
    let mut least = 1.0_f64;
    for (rank, i) in order.iter().enumerate().rev() {
        least = least.min(value(*i) * p.len() as f64 / (rank + 1) as f64);
        if let Some(place) = q.get_mut(*i) {
            *place = least;
        }
    }
    q
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against closed forms and tables (Abramowitz and Stegun 26.7; R 4.3 `pnbinom`, `pt`, `ppois`).
    #[test]
    fn tails_are_those_of_the_tables() {
        let near = |a: f64, b: f64| assert!((a - b).abs() <= 1e-9 * b.abs().max(1e-3), "{a} is not {b}");
        near(ln_gamma(5.0), 24.0_f64.ln());
        near(ln_gamma(0.5), std::f64::consts::PI.sqrt().ln());
        near(count_tail(1, 2.0, 2.0), 1.0 - (-2.0_f64).exp());
        near(count_tail(3, 2.0, 2.0), 1.0 - 5.0 * (-2.0_f64).exp());
        // size 1 is the geometric: P(X >= k) = (m / (m + 1))^k
        near(count_tail(7, 3.0, 12.0), 0.75_f64.powi(7));
        near(student_tail(1.0, 1.0), 0.25);
        near(student_tail(-1.0, 1.0), 0.75);
        // two degrees: P(T >= t) = 1/2 - t / (2 sqrt(2 + t²))
        near(student_tail(4.0, 2.0), 0.5 - 4.0 / (2.0 * 18.0_f64.sqrt()));
        // Beta(1, 1): every count is as likely
        near(beta_binomial_tail(8, 10, 1.0, 1.0), 3.0 / 11.0);
        assert!(count_tail(60, 2.0, 2.0) < 1e-50, "deep tails do not drown");
    }

    #[test]
    fn q_values_of_the_classic_example() {
        let p = [0.01, 0.04, 0.03, 0.005];
        let q = q_values(&p);
        let want = [0.02, 0.04, 0.04, 0.02];
        assert!(q.iter().zip(want).all(|(q, want)| (q - want).abs() < 1e-12), "{q:?}");
        assert!(q_values(&[]).is_empty());
    }
}
