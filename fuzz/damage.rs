//! Numbers from a seed, and damage done to bytes by them: for the smoke runs.

/// SplitMix64 (Steele, Lea, Flood 2014).
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit.max(1) as u64) as usize
    }
}

/// One to `most` damages: a byte changed, bytes removed, repeated, or a telling piece put in.
pub(crate) fn damage(bytes: &[u8], pieces: &[&[u8]], most: usize, numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=numbers.below(most) {
        let at = numbers.below(bytes.len());
        match numbers.below(5) {
            0 if !bytes.is_empty() => bytes[at] = numbers.below(256) as u8,
            1 => drop(bytes.drain(at..(at + numbers.below(20)).min(bytes.len()))),
            2 => {
                let again = bytes[at..(at + numbers.below(60)).min(bytes.len())].to_vec();
                bytes.splice(at..at, again);
            }
            3 => bytes.truncate(at),
            _ => drop(bytes.splice(at..at, pieces[numbers.below(pieces.len())].iter().copied())),
        }
    }
    bytes
}
