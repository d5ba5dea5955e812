//! Hashes that are the same on every machine and in every version.

/// The finish of `SplitMix64` (Steele, Lea, Flood 2014): a bijection that spreads every bit.
pub(crate) const fn mix(state: u64) -> u64 {
    let state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

/// Hashes a sequence of characters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hasher(u64);

impl Hasher {
    pub(crate) const fn new() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }

    /// With one more character.
    pub(crate) const fn push(self, c: char) -> Self {
        Self((self.0.rotate_left(5) ^ c as u64).wrapping_mul(0x517C_C1B7_2722_0A95))
    }

    pub(crate) const fn finish(self) -> u64 {
        mix(self.0)
    }
}

/// The hash of a text, character by character.
pub(crate) fn of(text: &str) -> u64 {
    text.chars().fold(Hasher::new(), Hasher::push).finish()
}
