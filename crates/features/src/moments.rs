//! Exact power sums of whole numbers in a sliding window, and the moments read from them.
//!
//! Sums are whole numbers, so that what leaves a window leaves no trace: no drift, and the same bits in any order.
//! Moments are those of the population; kurtosis is Pearson's (3 for a normal distribution).

use crate::wide::Wide;

/// Mean, variance, skewness and kurtosis; all NaN when there is no value, skewness and kurtosis 0 when all values are equal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shape {
    pub(crate) mean: f64,
    pub(crate) variance: f64,
    pub(crate) skewness: f64,
    pub(crate) kurtosis: f64,
}

impl Shape {
    const NONE: Self = Self { mean: f64::NAN, variance: f64::NAN, skewness: f64::NAN, kurtosis: f64::NAN };

    /// From sums of powers of differences to `center`, which lies within about one unit of the mean.
    #[inline]
    fn centred(n: u64, center: f64, powers: [f64; 4]) -> Self {
        let n = n as f64;
        let [d1, d2, d3, d4] = powers.map(|power| power / n);
        let variance = (d2 - d1 * d1).max(0.0);
        let third = d3 - 3.0 * d1 * d2 + 2.0 * d1 * d1 * d1;
        let fourth = d4 - 4.0 * d1 * d3 + 6.0 * d1 * d1 * d2 - 3.0 * d1 * d1 * d1 * d1;
        let flat = variance <= 0.0;
        Self {
            mean: center + d1,
            variance,
            skewness: if flat { 0.0 } else { third / (variance * variance.sqrt()) },
            kurtosis: if flat { 0.0 } else { fourth / (variance * variance) },
        }
    }
}

/// Power sums of amounts, each 0 to 2^48, at most 2^28 of them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AmountSums {
    n: u64,
    s1: u128,
    s2: u128,
    s3: Wide,
    s4: Wide,
}

impl AmountSums {
    pub(crate) fn add(&mut self, amount: u64) {
        let (x1, x2) = (u128::from(amount), u128::from(amount) * u128::from(amount));
        self.n += 1;
        self.s1 += x1;
        self.s2 += x2;
        self.s3 = self.s3.add(Wide::product(x2, x1));
        self.s4 = self.s4.add(Wide::product(x2, x2));
    }

    pub(crate) fn remove(&mut self, amount: u64) {
        let (x1, x2) = (u128::from(amount), u128::from(amount) * u128::from(amount));
        self.n -= 1;
        self.s1 -= x1;
        self.s2 -= x2;
        self.s3 = self.s3.sub(Wide::product(x2, x1));
        self.s4 = self.s4.sub(Wide::product(x2, x2));
    }

    pub(crate) const fn n(&self) -> u64 {
        self.n
    }

    pub(crate) const fn sum(&self) -> u128 {
        self.s1
    }

    pub(crate) fn shape(&self) -> Shape {
        if self.n == 0 {
            return Shape::NONE;
        }
        let center = center(self.s1, self.n);
        // With squares that sum to less than 2^60 nothing below exceeds 127 bits.
        if self.s2 < 1 << 60 {
            let (c, n) = (i128::from(center), i128::from(self.n));
            let (s1, s2, s3, s4) = (self.s1 as i128, self.s2 as i128, self.s3.low(), self.s4.low());
            let d = [
                s1 - n * c,
                s2 - c * (2 * s1 - n * c),
                s3 - c * (3 * s2 - c * (3 * s1 - n * c)),
                s4 - c * (4 * s3 - c * (6 * s2 - c * (4 * s1 - n * c))),
            ];
            return Shape::centred(self.n, center as f64, d.map(real));
        }
        let count = Wide::new(u128::from(self.n));
        let (s1, s2) = (Wide::new(self.s1), Wide::new(self.s2));
        let d1 = s1.sub(count.times(center));
        let d2 = s2.sub(s1.times(2).sub(count.times(center)).times(center));
        let d3 = self.s3.sub(s2.times(3).sub(s1.times(3).sub(count.times(center)).times(center)).times(center));
        let inner = s2.times(6).sub(s1.times(4).sub(count.times(center)).times(center));
        let d4 = self.s4.sub(self.s3.times(4).sub(inner.times(center)).times(center));
        Shape::centred(self.n, center as f64, [d1, d2, d3, d4].map(Wide::to_f64))
    }
}

/// A whole number near the mean. Any would do: differences to it are summed exactly.
fn center(sum: u128, n: u64) -> u64 {
    let mean = sum as f64 / n as f64;
    // Half goes up, as `round` has it, which is a call.
    let below = mean as u64;
    below + u64::from(mean - below as f64 >= 0.5)
}

/// Amounts below this are small: fourth powers of few fit into 128 bits.
pub(crate) const SMALL: i64 = 1 << 30;

/// The moments of few amounts, with the same bits as [`AmountSums::shape`]; their number and sum before them.
pub(crate) fn amounts(values: impl Iterator<Item = u64> + Clone) -> (u64, u128, Shape) {
    let (mut n, mut sum, mut largest) = (0_u64, 0_u128, 0_u64);
    for value in values.clone() {
        (n, sum, largest) = (n + 1, sum + u128::from(value), largest.max(value));
    }
    if n > 1 && largest >= SMALL.unsigned_abs() {
        let mut sums = AmountSums::default();
        values.for_each(|value| sums.add(value));
        return (n, sum, sums.shape());
    }
    (n, sum, small(values.map(|value| value as i64), n, sum as i64))
}

/// The moments of `n` small amounts of that sum, or of one of any size, with the same bits as [`AmountSums::shape`].
#[inline]
pub(crate) fn small(values: impl Iterator<Item = i64>, n: u64, sum: i64) -> Shape {
    match n {
        0 => Shape::NONE,
        1 => Shape { mean: sum as f64, variance: 0.0, skewness: 0.0, kurtosis: 0.0 },
        _ => {
            let center = center(u128::from(sum.unsigned_abs()), n) as i64;
            Shape::centred(n, center as f64, powers(values.map(|value| value - center)))
        }
    }
}

/// Sums of powers of few small differences, exact.
#[inline]
fn powers(differences: impl Iterator<Item = i64>) -> [f64; 4] {
    let (mut d1, mut d2, mut d3, mut d4) = (0_i64, 0_i128, 0_i128, 0_i128);
    for d in differences {
        let square = i128::from(d * d);
        d1 += d;
        d2 += square;
        d3 += square * i128::from(d);
        d4 += square * square;
    }
    [d1 as f64, real(d2), real(d3), real(d4)]
}

/// The nearest number; most fit into 64 bits, for which the processor has an instruction.
fn real(value: i128) -> f64 {
    let low = value as i64;
    if i128::from(low) == value { low as f64 } else { value as f64 }
}

/// The moments of `n` times of that sum, with the same bits as [`TimeSums::shape`]; few enough that their sum fits.
#[inline]
pub(crate) fn times(values: impl Iterator<Item = i64>, n: u64, sum: i64, now: i64) -> Shape {
    match n {
        0 => Shape::NONE,
        1 => Shape { mean: (now - sum) as f64, variance: 0.0, skewness: 0.0, kurtosis: 0.0 },
        _ => {
            let center = (sum as f64 / n as f64).round() as i64;
            aged(Shape::centred(n, 0.0, powers(values.map(|value| value - center))), center, now)
        }
    }
}

#[inline]
fn aged(shape: Shape, center: i64, now: i64) -> Shape {
    Shape { mean: (now - center) as f64 - shape.mean, ..shape }
}

/// Power sums of times in seconds that lie within a window of at most 2^24 seconds, modulo 2^128: differences to a time within the
/// window sum to less than that, so that they come out exact.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TimeSums {
    s1: i128,
    s2: i128,
    s3: i128,
    s4: i128,
}

impl TimeSums {
    pub(crate) fn add(&mut self, time: i64) {
        let x = i128::from(time);
        let x2 = x.wrapping_mul(x);
        self.s1 = self.s1.wrapping_add(x);
        self.s2 = self.s2.wrapping_add(x2);
        self.s3 = self.s3.wrapping_add(x2.wrapping_mul(x));
        self.s4 = self.s4.wrapping_add(x2.wrapping_mul(x2));
    }

    pub(crate) fn remove(&mut self, time: i64) {
        let x = i128::from(time);
        let x2 = x.wrapping_mul(x);
        self.s1 = self.s1.wrapping_sub(x);
        self.s2 = self.s2.wrapping_sub(x2);
        self.s3 = self.s3.wrapping_sub(x2.wrapping_mul(x));
        self.s4 = self.s4.wrapping_sub(x2.wrapping_mul(x2));
    }

    /// The moments of `n` times, the mean being seconds before `now`.
    pub(crate) fn shape(&self, n: u64, now: i64) -> Shape {
        if n == 0 {
            return Shape::NONE;
        }
        let count = i128::from(n);
        let center = (self.s1 as f64 / n as f64).round() as i128;
        let times = |a: i128, b: i128| a.wrapping_mul(b);
        let less = |a: i128, b: i128| a.wrapping_sub(b);
        let d1 = less(self.s1, times(count, center));
        let d2 = less(self.s2, times(less(times(2, self.s1), times(count, center)), center));
        let inner = less(times(3, self.s1), times(count, center));
        let d3 = less(self.s3, times(less(times(3, self.s2), times(inner, center)), center));
        let inner = less(times(6, self.s2), times(less(times(4, self.s1), times(count, center)), center));
        let d4 = less(self.s4, times(less(times(4, self.s3), times(inner, center)), center));
        aged(Shape::centred(n, 0.0, [d1, d2, d3, d4].map(real)), center as i64, now)
    }
}
