//! Keyed hashes: pseudonyms of people outside the vault, and blind markers by which agencies learn that they hold the same thing.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{MasterKey, hex};

/// Who or what a record is about, to those who may not know: 32 hexadecimal digits. The same thing has the same pseudonym within a scope
/// and another one in every other, so that scopes cannot be joined by it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pseudonym(String);

impl Pseudonym {
    /// HMAC-SHA256 of `scope` and `id`, cut to 128 bits (RFC 2104 section 5).
    #[must_use]
    pub fn of(master: &MasterKey, scope: &str, id: &str) -> Self {
        Self(hex(keyed(master, "tributary/vault/pseudonym/v1", &[scope, id]).first_chunk::<16>().unwrap_or(&[0; 16])))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What stands in the index of blind deconfliction in place of a phone, wallet, document or pattern: 64 hexadecimal digits. Equal values have
/// equal markers; without the key a marker cannot be tried against guesses. Whoever holds the key can: it stays with the operator.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Marker(String);

impl Marker {
    /// The marker of a value that its caller has normalised, of one kind (`phone`, `wallet`, …), in one epoch of the key.
    #[must_use]
    pub fn of(master: &MasterKey, epoch: u32, kind: &str, value: &str) -> Self {
        Self(hex(&keyed(master, "tributary/vault/marker/v1", &[&epoch.to_string(), kind, value])))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Each part goes in with its length before it, so that parts cannot flow into one another.
fn keyed(master: &MasterKey, purpose: &str, parts: &[&str]) -> [u8; 32] {
    let key = master.derive(purpose);
    // A key of 32 bytes is one block or less: HMAC takes every length, and the type says otherwise for other MACs.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_slice()) else { return [0; 32] };
    for part in parts {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().into()
}
