//! Whole numbers of 256 bits that wrap: sums of fourth powers of amounts, exactly.
//!
//! Everything is modulo 2^256. A result whose true value lies within ±2^255 is right whatever wrapped on the way.

/// Four digits of 64 bits, lowest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wide([u64; 4]);

impl Wide {
    /// A number of at most 128 bits.
    pub(crate) const fn new(value: u128) -> Self {
        Self([value as u64, (value >> 64) as u64, 0, 0])
    }

    /// The product of two numbers of at most 128 bits.
    pub(crate) const fn product(a: u128, b: u128) -> Self {
        let (a0, a1, b0, b1) = (a as u64 as u128, a >> 64, b as u64 as u128, b >> 64);
        let low = a0 * b0;
        let middle = a0 * b1 + (low >> 64);
        let (middle, carry) = middle.overflowing_add(a1 * b0);
        let high = a1 * b1 + (middle >> 64) + ((carry as u128) << 64);
        Self([low as u64, middle as u64, high as u64, (high >> 64) as u64])
    }

    pub(crate) fn add(self, other: Self) -> Self {
        let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (self.0, other.0);
        let (low, carry) = join(a1, a0).overflowing_add(join(b1, b0));
        let high = join(a3, a2).wrapping_add(join(b3, b2)).wrapping_add(u128::from(carry));
        Self([low as u64, (low >> 64) as u64, high as u64, (high >> 64) as u64])
    }

    pub(crate) fn sub(self, other: Self) -> Self {
        let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (self.0, other.0);
        let (low, borrow) = join(a1, a0).overflowing_sub(join(b1, b0));
        let high = join(a3, a2).wrapping_sub(join(b3, b2)).wrapping_sub(u128::from(borrow));
        Self([low as u64, (low >> 64) as u64, high as u64, (high >> 64) as u64])
    }

    /// Times a factor of 64 bits.
    pub(crate) fn times(self, factor: u64) -> Self {
        let [a0, a1, a2, a3] = self.0;
        let factor = u128::from(factor);
        let p0 = u128::from(a0) * factor;
        let p1 = u128::from(a1) * factor + (p0 >> 64);
        let p2 = u128::from(a2) * factor + (p1 >> 64);
        let p3 = u128::from(a3).wrapping_mul(factor).wrapping_add(p2 >> 64);
        Self([p0 as u64, p1 as u64, p2 as u64, p3 as u64])
    }

    /// The lower 128 bits, read as a signed number.
    pub(crate) const fn low(self) -> i128 {
        join(self.0[1], self.0[0]) as i128
    }

    /// The nearest `f64`, give or take one unit in the last place, read as a signed number.
    pub(crate) fn to_f64(self) -> f64 {
        let [a0, a1, a2, a3] = self.0;
        if a3 >> 63 == 1 {
            return -Self::default().sub(self).to_f64();
        }
        let high = join(a3, a2);
        let low = join(a1, a0) as f64;
        if high == 0 { low } else { (high as f64).mul_add(340_282_366_920_938_463_463_374_607_431_768_211_456.0, low) }
    }
}

const fn join(high: u64, low: u64) -> u128 {
    ((high as u128) << 64) | low as u128
}

#[cfg(test)]
mod tests {
    use super::Wide;

    #[test]
    fn carries_borrows_and_signs() {
        let big = Wide::new(u128::MAX);
        assert_eq!(big.add(Wide::new(1)).sub(Wide::new(1)), big);
        assert_eq!(Wide::product(u128::MAX, u128::MAX), Wide::product(u128::MAX, u128::MAX - 1).add(big));
        assert_eq!(Wide::new(u128::MAX).times(7), Wide::product(u128::MAX, 7));
        assert_eq!(Wide::default().sub(Wide::new(5)), Wide::default().sub(Wide::new(2)).sub(Wide::new(3)));
        assert_eq!(Wide::default().sub(Wide::new(5)).times(3).to_f64(), -15.0);
        assert_eq!(Wide::product(1 << 100, 1 << 100).to_f64(), 2.0_f64.powi(200));
        assert_eq!(Wide::default().sub(Wide::new(1 << 127)).to_f64(), -(2.0_f64.powi(127)));
    }
}
