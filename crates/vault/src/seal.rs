//! Envelope encryption: a record's bytes under the record's key, that key under the master key.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{Entropy, VaultError, hex, unhex};

const VERSION: u8 = 1;
const NONCE: usize = 24;
const WRAP: &str = "tributary/vault/wrap/v1";
const RECORD: &str = "tributary/vault/record/v1";

/// The key that wraps all others: 32 random bytes that never lie in the store. It is wiped from memory when dropped, and shows nothing of
/// itself in debug output.
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

impl MasterKey {
    /// Draws a key.
    pub fn generate(entropy: &mut dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        entropy.fill(bytes.as_mut_slice());
        Self(bytes)
    }

    /// Reads the form that [`MasterKey::to_text`] writes: 64 hexadecimal digits, with white space around them.
    ///
    /// # Errors
    /// [`VaultError::KeyForm`] for anything else.
    pub fn parse(text: &str) -> Result<Self, VaultError> {
        let bytes = Zeroizing::new(unhex(text.trim()).ok_or(VaultError::KeyForm)?);
        let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| VaultError::KeyForm)?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// The key as 64 hexadecimal digits and a line end: what a key file holds.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(hex(self.0.as_slice()) + "\n")
    }

    /// A key for one use, by HKDF-SHA256 (RFC 5869) with `purpose` as the info.
    pub(crate) fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        // HKDF-SHA256 refuses only outputs longer than 8,160 bytes.
        let made = Hkdf::<Sha256>::new(None, self.0.as_slice()).expand(purpose.as_bytes(), key.as_mut_slice());
        debug_assert!(made.is_ok(), "32 bytes are within what HKDF gives");
        key
    }
}

/// A record's key under the master key. Losing it erases the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey(Vec<u8>);

impl WrappedKey {
    /// The bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Takes bytes that were stored; they are checked when the record is opened.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The same key under another master key: what changing the master key does to each record, without opening its contents.
    ///
    /// # Errors
    /// [`VaultError::Closed`] when `old` or `id` is not what it was wrapped with.
    pub fn rewrap(&self, id: &str, old: &MasterKey, new: &MasterKey, entropy: &mut dyn Entropy) -> Result<Self, VaultError> {
        let key = self.unwrap(id, old)?;
        wrap(&key, id, new, entropy)
    }

    fn unwrap(&self, id: &str, master: &MasterKey) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        let opened = Zeroizing::new(open(&master.derive(WRAP), WRAP, id, &self.0)?);
        Ok(Zeroizing::new(<[u8; 32]>::try_from(opened.as_slice()).map_err(|_| VaultError::Form)?))
    }
}

/// A sealed record: what may be stored, and copied into backups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The record's key, wrapped. Kept where it can be forgotten for good.
    pub key: WrappedKey,
    /// The record under that key.
    pub bytes: Vec<u8>,
}

impl Sealed {
    /// Seals `plain` as the record `id` under a new key.
    ///
    /// # Errors
    /// [`VaultError::TooLong`] beyond what the cipher takes.
    pub fn seal(id: &str, plain: &[u8], master: &MasterKey, entropy: &mut dyn Entropy) -> Result<Self, VaultError> {
        let mut key = Zeroizing::new([0; 32]);
        entropy.fill(key.as_mut_slice());
        Ok(Self { key: wrap(&key, id, master, entropy)?, bytes: close(&key, RECORD, id, plain, entropy)? })
    }

    /// The record's bytes again, wiped from memory when dropped.
    ///
    /// # Errors
    /// [`VaultError::Closed`] for another key, another id or changed bytes, [`VaultError::Form`] for bytes of another form.
    pub fn open(&self, id: &str, master: &MasterKey) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let key = self.key.unwrap(id, master)?;
        Ok(Zeroizing::new(open(&key, RECORD, id, &self.bytes)?))
    }
}

fn wrap(key: &[u8; 32], id: &str, master: &MasterKey, entropy: &mut dyn Entropy) -> Result<WrappedKey, VaultError> {
    Ok(WrappedKey(close(&master.derive(WRAP), WRAP, id, key, entropy)?))
}

/// `version ‖ nonce ‖ ciphertext and tag`; the layer and the id are authenticated with it.
fn close(key: &[u8; 32], layer: &str, id: &str, plain: &[u8], entropy: &mut dyn Entropy) -> Result<Vec<u8>, VaultError> {
    let mut nonce = [0; NONCE];
    entropy.fill(&mut nonce);
    let aad = bound_to(layer, id);
    let cipher = XChaCha20Poly1305::new(&Key::from(*key));
    let sealed = cipher.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &aad }).map_err(|_| VaultError::TooLong)?;
    Ok([&[VERSION], nonce.as_slice(), &sealed].concat())
}

fn open(key: &[u8; 32], layer: &str, id: &str, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
    let (version, rest) = sealed.split_first().ok_or(VaultError::Form)?;
    let (nonce, bytes) = rest.split_first_chunk::<NONCE>().ok_or(VaultError::Form)?;
    if *version != VERSION {
        return Err(VaultError::Form);
    }
    let aad = bound_to(layer, id);
    let cipher = XChaCha20Poly1305::new(&Key::from(*key));
    cipher.decrypt(&XNonce::from(*nonce), Payload { msg: bytes, aad: &aad }).map_err(|_| VaultError::Closed)
}

fn bound_to(layer: &str, id: &str) -> Vec<u8> {
    [layer.as_bytes(), &[0], id.as_bytes()].concat()
}
