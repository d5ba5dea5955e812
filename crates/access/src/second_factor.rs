//! The second factor of local accounts: one-time passwords by time (RFC 6238: SHA-1, six digits, thirty seconds, as every authenticator app has it).

use totp_rs::{Algorithm, Builder, Secret};

use crate::AccessError;

/// How many seconds a code is meant for.
pub const STEP: u64 = 30;
/// The length of a secret in bytes (RFC 4226, section 4, asks for 16 and recommends 20).
pub const SECRET: usize = 20;

/// The step whose code this is, when it is the step of `at` (seconds since 1970) or one beside it and later than `last`: a code is taken once
/// (RFC 6238, section 5.2). `None` for any other code.
///
/// # Errors
/// [`AccessError::Stored`] when the secret has another length than this version writes.
pub fn matching_step(secret: &[u8], code: &str, at: u64, last: Option<u64>) -> Result<Option<u64>, AccessError> {
    let now = at / STEP;
    let mut found = None;
    for step in now.saturating_sub(1)..=now.saturating_add(1) {
        let fresh = last.is_none_or(|last| step > last);
        // Each code is compared whole and all three are, so that time tells nothing of which digit differs.
        if same(&code_at(secret, step.saturating_mul(STEP))?, code) && fresh {
            found = Some(step);
        }
    }
    Ok(found)
}

/// The code of the step that `at` is in: what an authenticator app shows.
///
/// # Errors
/// [`AccessError::Stored`] when the secret has another length than this version writes.
pub fn code_at(secret: &[u8], at: u64) -> Result<String, AccessError> {
    if secret.len() != SECRET {
        return Err(AccessError::Stored);
    }
    let totp = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_step_duration(STEP).with_secret(secret.to_vec());
    Ok(totp.build().map_err(|_| AccessError::Stored)?.generate(at).to_string())
}

/// The secret in the form that people type into an app: base32 without padding (RFC 4648, section 6).
#[must_use]
pub fn to_base32(secret: &[u8]) -> String {
    Secret::from(secret.to_vec()).to_base32()
}

/// The secret of such text: what an authenticator app does with it. `None` for other text.
#[must_use]
pub fn from_base32(text: &str) -> Option<Vec<u8>> {
    Secret::try_from_base32(text).ok().map(|secret| secret.as_bytes().to_vec())
}

fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |different, (a, b)| different | (a ^ b)) == 0
}
