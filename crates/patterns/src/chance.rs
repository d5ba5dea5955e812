//! How likely something is by chance: tails of the binomial distribution, and a seeded source of shuffles.

/// SplitMix64 (Steele, Lea, Flood 2014): the same seed gives the same shuffles everywhere.
pub(crate) struct Shuffler(u64);

impl Shuffler {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n` (0 when `n` is 0); the bias is below `n` in 2^64.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    /// Fisher–Yates.
    pub(crate) fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            values.swap(last, self.below(last + 1));
        }
    }
}

/// Shuffles of one permutation test: the least p-value is 1 in 1,000.
pub(crate) const SHUFFLES: u32 = 999;

/// The permutation p-value `(1 + as many or more) / (1 + shuffles)` of Davison and Hinkley (1997); `at_least` says of one shuffle whether it shows as much.
/// It ends early when the p-value must exceed `p_max`, and is then the least that it can be.
pub(crate) fn permutation_p(seed: u64, p_max: f64, mut at_least: impl FnMut(&mut Shuffler) -> bool) -> f64 {
    let mut shuffler = Shuffler::new(seed);
    let mut count = 0_u32;
    let p = |count: u32| f64::from(1 + count) / f64::from(1 + SHUFFLES);
    for _ in 0..SHUFFLES {
        count += u32::from(at_least(&mut shuffler));
        if p(count) > p_max {
            break;
        }
    }
    p(count)
}

/// ln Γ(x) for x of at least 1 (Stirling's series after moving x beyond 10; error below 10^-12).
fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut less) = (x, 0.0);
    while x < 10.0 {
        less += x.ln();
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let series = (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0))) / x;
    (x - 0.5) * x.ln() - x + 0.918_938_533_204_672_8 + series - less
}

/// P(X ≥ x) of `n` draws that each succeed with the chance `q`.
pub(crate) fn binomial_tail(n: u64, x: u64, q: f64) -> f64 {
    if x == 0 || q >= 1.0 {
        return if x <= n { 1.0 } else { 0.0 };
    }
    if x > n || q <= 0.0 {
        return 0.0;
    }
    let (total, least) = (n as f64, x as f64);
    let ln_first = ln_gamma(total + 1.0) - ln_gamma(least + 1.0) - ln_gamma(total - least + 1.0) + least * q.ln() + (total - least) * (1.0 - q).ln();
    let (mut sum, mut term, odds) = (1.0, 1.0, q / (1.0 - q));
    for i in x..n {
        let i = i as f64;
        term *= (total - i) / (i + 1.0) * odds;
        sum += term;
        // Past the mode terms only fall.
        if term < sum * 1e-17 && i > total * q {
            break;
        }
    }
    (ln_first + sum.ln()).exp().min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tail summed term by term from Pascal's triangle.
    fn plain(n: usize, x: usize, q: f64) -> f64 {
        let mut row = vec![1.0_f64];
        for _ in 0..n {
            let mut next = vec![0.0; row.len() + 1];
            for (at, value) in row.iter().enumerate() {
                next[at] += value * (1.0 - q);
                next[at + 1] += value * q;
            }
            row = next;
        }
        row.iter().skip(x).sum()
    }

    #[test]
    fn tails_equal_the_triangle() {
        for n in [0_usize, 1, 2, 7, 40, 200] {
            for x in 0..=n + 1 {
                for q in [0.0, 0.001, 0.3, 0.77, 1.0] {
                    let (fast, slow) = (binomial_tail(n as u64, x as u64, q), plain(n, x, q));
                    assert!((fast - slow).abs() < 1e-10, "{n} {x} {q}: {fast} {slow}");
                }
            }
        }
    }

    #[test]
    fn permutation_p_counts_and_stops_early() {
        assert!((permutation_p(1, 1.0, |_| false) - 0.001).abs() < 1e-12);
        assert!((permutation_p(1, 1.0, |_| true) - 1.0).abs() < 1e-12);
        let mut asked = 0;
        let p = permutation_p(1, 0.01, |_| {
            asked += 1;
            true
        });
        assert!(p > 0.01 && asked == 10, "{p} {asked}");
        // Every order of three comes up about as often.
        let mut shuffler = Shuffler::new(7);
        let mut counts = std::collections::BTreeMap::new();
        for _ in 0..6_000 {
            let mut order = [0, 1, 2];
            shuffler.shuffle(&mut order);
            *counts.entry(order).or_insert(0) += 1;
        }
        assert!(counts.len() == 6 && counts.values().all(|count| (850..1_150).contains(count)), "{counts:?}");
    }
}
