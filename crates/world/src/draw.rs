//! Seeded draws. Every sub-system has a stream of its own, so that a change in one does not shift the others.
//!
//! The mappings from raw words to values are written out here, so that a new version of a library cannot change the bytes
//! of a world. `ln`, `exp` and `cos` come from the platform: amounts are rounded to local cash units before they are written.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A stream of draws.
pub(crate) struct Draw(ChaCha8Rng);

/// FNV-1a, 64 bit: a fixed hash of a label or number.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}

/// A fixed mix of two numbers (splitmix64): for stable choices such as somebody's usual shops.
pub(crate) fn mix(a: u64, b: u64) -> u64 {
    let mut z = a.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ b.wrapping_add(0x632b_e59b_d9b4_e019);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A bijection on 0..2^28, so that ids carry no order of making.
pub(crate) fn scramble(n: u32, seed: u64) -> u32 {
    const MASK: u32 = (1 << 28) - 1;
    let key = mix(seed, 28) as u32;
    let mut x = (n ^ key) & MASK;
    for factor in [0x9e3_779b | 1, 0x85e_bca7 | 1, 0xc2b_2ae3 | 1] {
        x = x.wrapping_mul(factor) & MASK;
        x ^= x >> 14;
    }
    x
}

impl Draw {
    /// The stream of that name for that seed.
    pub(crate) fn stream(seed: u64, label: &str, number: u64) -> Self {
        let mut key = [0_u8; 32];
        for (slot, byte) in key.iter_mut().zip(seed.to_le_bytes().into_iter().chain(hash(label.as_bytes()).to_le_bytes()).chain(number.to_le_bytes()))
        {
            *slot = byte;
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// A raw word.
    pub(crate) fn word(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in 0..n; 0 when n is 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.word()) * n as u128) >> 64) as usize
    }

    /// Uniform in low..=high.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low).max(0) as usize + 1) as i64
    }

    /// Uniform in [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in [low, high).
    pub(crate) fn range(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// True with that probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of them. The list is never empty where this is called.
    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// An index with probability in proportion to its weight.
    pub(crate) fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut point = self.unit() * weights.iter().sum::<f64>();
        for (index, weight) in weights.iter().enumerate() {
            point -= weight;
            if point < 0.0 {
                return index;
            }
        }
        weights.len().saturating_sub(1)
    }

    /// Standard normal (Box–Muller).
    pub(crate) fn normal(&mut self) -> f64 {
        let (u, v) = (1.0 - self.unit(), self.unit());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }

    /// Log-normal with that median and that standard deviation of the logarithm.
    pub(crate) fn lognormal(&mut self, median: f64, sigma: f64) -> f64 {
        median * (sigma * self.normal()).exp()
    }

    /// Poisson; the normal approximation above a mean of 40.
    pub(crate) fn poisson(&mut self, mean: f64) -> usize {
        if mean > 40.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as usize;
        }
        let limit = (-mean.max(0.0)).exp();
        let (mut count, mut product) = (0, self.unit());
        while product > limit && count < 400 {
            count += 1;
            product *= self.unit();
        }
        count
    }

    /// Up to `k` different items, in random order.
    pub(crate) fn sample<T: Copy>(&mut self, items: &[T], k: usize) -> Vec<T> {
        let k = k.min(items.len());
        // Few out of many by rejection, else by a partial shuffle: both are uniform.
        if k * 8 < items.len() {
            let mut taken: Vec<usize> = Vec::with_capacity(k);
            while taken.len() < k {
                let index = self.below(items.len());
                if !taken.contains(&index) {
                    taken.push(index);
                }
            }
            return taken.into_iter().map(|index| items[index]).collect();
        }
        let mut pool = items.to_vec();
        for at in 0..k {
            let other = at + self.below(pool.len() - at);
            pool.swap(at, other);
        }
        pool.truncate(k);
        pool
    }
}
