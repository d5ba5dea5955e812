//! MinHash sketches of adverts (Broder 1997): 64 numbers that say how alike two texts are and not what they say.
//!
//! The text cannot be read back from a sketch. Who already holds a text can tell whether a sketch is of that text; a sketch is
//! therefore not for publication.

use crate::slot::{Token, mix, tokens};

/// Numbers in a sketch.
pub const SKETCH_LENGTH: usize = 64;
/// Tokens in a shingle.
const SHINGLE: usize = 3;
/// Seed of the permutations. Part of the stored format: changing it makes old and new sketches incomparable.
const SEED: u64 = 0x7472_6962_7574_6172;

/// The sketch of a text: [`SKETCH_LENGTH`] numbers, each the smallest hash of its token 3-shingles under one permutation, after
/// phones, links, mail addresses, handles, prices and numbers became typed slots. Empty for a text without tokens.
/// The first 65,536 characters count.
#[must_use]
pub fn sketch(text: &str) -> Vec<u64> {
    let tokens = tokens(text);
    if tokens.is_empty() {
        return Vec::new();
    }
    let mut shingles: Vec<u64> = if tokens.len() < SHINGLE { vec![shingle(&tokens)] } else { tokens.windows(SHINGLE).map(shingle).collect() };
    shingles.sort_unstable();
    shingles.dedup();
    (0..SKETCH_LENGTH as u64)
        .map(|permutation| {
            let key = mix(SEED ^ permutation.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            shingles.iter().map(|shingle| mix(shingle ^ key)).min().unwrap_or(u64::MAX)
        })
        .collect()
}

fn shingle(tokens: &[Token]) -> u64 {
    tokens.iter().fold(SEED, |state, token| mix(state.rotate_left(17) ^ token))
}

/// How alike two sketches are, 0..=1: an unbiased estimate of the share of shingles in common (standard error at most 0.0625).
/// 0 when either is empty or their lengths differ.
#[must_use]
pub fn similarity(a: &[u64], b: &[u64]) -> f64 {
    if a.is_empty() || a.len() != b.len() {
        return 0.0;
    }
    let equal = a.iter().zip(b).filter(|(a, b)| a == b).count();
    equal as f64 / a.len() as f64
}
