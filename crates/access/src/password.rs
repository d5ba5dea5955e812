//! Passwords: argon2id hashes, and what a password must be.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::AccessError;

/// The shortest password that is taken, in characters (NIST SP 800-63B rev. 4, section 3.1.1.2, where a password is one of two factors: 8; alone: 15).
pub const SHORTEST: usize = 15;
/// The longest, in bytes: a bound on what is hashed.
pub const LONGEST: usize = 512;

/// The cost of one hash. [`Cost::STANDARD`] is the second recommendation of RFC 9106, section 4 (64 MiB, three passes); tests take less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Cost {
    /// 64 MiB, three passes.
    pub const STANDARD: Self = Self { memory_kib: 65_536, passes: 3 };
}

/// Hashes a password with argon2id and a salt of 16 random bytes, as a PHC string.
///
/// # Errors
/// [`AccessError::Password`] when it is too short, too long or holds the login.
pub fn hash(password: &str, login: &str, salt: &[u8; 16], cost: Cost) -> Result<String, AccessError> {
    acceptable(password, login)?;
    let params = Params::new(cost.memory_kib, cost.passes, 1, None).map_err(|_| AccessError::Stored)?;
    let hashed = Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_with_salt(password.as_bytes(), salt);
    hashed.map(|hash| hash.to_string()).map_err(|_| AccessError::Stored)
}

/// Whether the password is the one that was hashed. The stored string says by which cost.
///
/// # Errors
/// [`AccessError::Stored`] when the stored string is no PHC string of argon2id.
pub fn verify(password: &str, stored: &str) -> Result<bool, AccessError> {
    let stored = PasswordHash::new(stored).map_err(|_| AccessError::Stored)?;
    if password.len() > LONGEST {
        return Ok(false);
    }
    Ok(Argon2::default().verify_password(password.as_bytes(), &stored).is_ok())
}

fn acceptable(password: &str, login: &str) -> Result<(), AccessError> {
    if password.chars().count() < SHORTEST {
        return Err(AccessError::Password("it has fewer than 15 characters; several words that do not belong together are easy to keep"));
    }
    if password.len() > LONGEST {
        return Err(AccessError::Password("it has more than 512 bytes"));
    }
    if login.chars().count() > 2 && password.to_lowercase().contains(&login.to_lowercase()) {
        return Err(AccessError::Password("it contains the login"));
    }
    let kinds = password.chars().collect::<std::collections::BTreeSet<_>>().len();
    if kinds < 5 {
        return Err(AccessError::Password("it repeats fewer than five characters"));
    }
    Ok(())
}
