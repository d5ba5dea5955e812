//! Sealing of records about people who must not be found: envelope encryption, erasure by key, pseudonyms and blind markers.
//!
//! Floor 0: keys, random bytes and plaintexts are arguments; nothing is read or written here.
//!
//! Each record has a key of its own, and that key is wrapped by a key that the operator keeps outside the store ([`MasterKey`]). Forgetting
//! a record's wrapped key erases the record wherever a copy of its ciphertext lies (crypto-erasure; NIST SP 800-88 rev. 1, section 2.6).
//! Both layers are XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03), whose nonces are long enough to be drawn at random; the record's id is
//! authenticated with both, so that a ciphertext that is moved to another record does not open.

mod error;
mod keyed;
mod seal;

pub use error::VaultError;
pub use keyed::{Marker, Pseudonym};
pub use seal::{MasterKey, Sealed, WrappedKey};

/// Where random bytes come from: the operating system in a program, a seeded generator in a test.
pub trait Entropy {
    /// Fills the whole of `to` with random bytes.
    fn fill(&mut self, to: &mut [u8]);
}

impl<F: FnMut(&mut [u8])> Entropy for F {
    fn fill(&mut self, to: &mut [u8]) {
        self(to);
    }
}

/// Lower-case hexadecimal digits of bytes.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes of hexadecimal digits; `None` where something else stands or the number of digits is odd.
#[must_use]
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}
