//! Hashes that are the same on every machine and in every version.

/// A 64-bit hash of a text: FNV-1a over the bytes, then a SplitMix64 finish.
pub(crate) fn hash(text: &str) -> u64 {
    let mut state = 0xCBF2_9CE4_8422_2325_u64;
    for byte in text.bytes() {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
    }
    mix(state)
}

/// The finish of SplitMix64 (Steele, Lea, Flood 2014): a bijection that spreads every bit.
pub(crate) const fn mix(state: u64) -> u64 {
    let state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}
