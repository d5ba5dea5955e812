//! Signing in and out. A session is kept under the hash of its token, so that whoever reads the store cannot act as anybody.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tributary_access::{Purpose, password, second_factor};
use tributary_cases::{Keys, Note, Notes, Record, Stored};
use tributary_model::Timestamp;
use tributary_model::time::MICROS_PER_SECOND;
use tributary_vault::{hex, unhex};

use super::account::{Account, Failures};
use crate::acting::Caller;
use crate::{Register, RegisterError};

/// Failures in a row after which an account is closed for a while.
const FAILURES_MAX: u32 = 5;
/// The first such while, in minutes; it doubles with each further failure, up to a day.
const CLOSED_MINUTES: i64 = 15;
const DAY_MINUTES: i64 = 24 * 60;
/// How often the last use of a session is written, in seconds: not at every request.
const TOUCH_SECONDS: i64 = 60;
/// What an unknown login is compared with, so that it takes as long as a known one (made of no password).
const NOBODY: &str = "nobody";

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Whose.
    pub account: String,
    /// Ends then at the latest.
    pub until: Timestamp,
    /// Ends then without a request before.
    pub idle_until: Timestamp,
    /// Both factors were shown.
    pub mfa: bool,
    /// It was ended.
    pub ended: bool,
}

impl Record for Session {
    const KIND: &'static str = "session";

    fn parent(&self) -> &str {
        &self.account
    }

    fn state(&self) -> &str {
        if self.ended { "ended" } else { "open" }
    }

    fn due(&self) -> Option<Timestamp> {
        Some(self.until)
    }
}

impl Session {
    /// Whether it holds at a time.
    #[must_use]
    pub fn holds(&self, at: Timestamp) -> bool {
        !self.ended && at < self.until && at < self.idle_until
    }
}

/// What signing in gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The token: shown once, kept nowhere.
    pub token: String,
    /// The account.
    pub account: String,
    /// When the session ends at the latest.
    pub until: Timestamp,
}

/// 32 random bytes as hexadecimal digits.
pub(crate) fn new_token(keys: &Keys) -> String {
    hex(&keys.random::<32>())
}

/// What is kept of a token.
pub(crate) fn token_hash(token: &str) -> String {
    hex(&Sha256::digest(unhex(token).unwrap_or_default()))
}

fn later(at: Timestamp, minutes: i64) -> Timestamp {
    Timestamp(at.0.saturating_add(minutes.saturating_mul(60 * MICROS_PER_SECOND)))
}

/// Who a token belongs to.
pub(crate) async fn caller(register: &Register, token: &str, purpose: Purpose, at: Timestamp) -> Result<Caller, RegisterError> {
    let ended = RegisterError::SignIn("the session is unknown or has ended");
    let id = token_hash(token);
    let mut reading = register.store().read().await?;
    let Some(session) = reading.get::<Session>(&id).await?.filter(|session| session.body.holds(at)) else { return Err(ended) };
    let account = reading.get::<Account>(&session.body.account).await?.filter(|account| account.body.is_active());
    let Some(account) = account else { return Err(ended) };
    drop(reading);
    touch(register, session.clone(), at).await?;
    let principal = account.body.principal(&account.id, session.body.mfa, at);
    Ok(Caller { principal, session: id, purpose, case: None, legal_basis: None })
}

/// Moves the end of idleness on, at most once a minute.
async fn touch(register: &Register, mut session: Stored<Session>, at: Timestamp) -> Result<(), RegisterError> {
    let idle_until = later(at, i64::from(register.settings().idle_minutes));
    if idle_until.0 - session.body.idle_until.0 < TOUCH_SECONDS * MICROS_PER_SECOND {
        return Ok(());
    }
    session.body.idle_until = idle_until;
    let mut writing = register.store().write(at).await?;
    match writing.put(&mut session).await {
        Ok(()) => writing.commit(Notes::one(Note::of("session.used").about("session", "", &session.id))).await.map(|_| ()).map_err(Into::into),
        // Another request of the same session has just done it.
        Err(tributary_cases::CasesError::Conflict { .. }) => Ok(()),
        Err(other) => Err(other.into()),
    }
}

impl Register {
    /// Signs in with password and one-time code.
    ///
    /// # Errors
    /// [`RegisterError::SignIn`] without telling which of the three was wrong; [`RegisterError::Locked`] after too many failures.
    pub async fn sign_in(&self, login: &str, password: &str, code: &str, at: Timestamp) -> Result<SignedIn, RegisterError> {
        let wrong = RegisterError::SignIn("login, password or code is wrong");
        let found = self.store().read().await?.sole::<Account>("login", login).await?;
        if let Some(closed) = found.as_ref().and_then(|account| account.body.failures.closed_until).filter(|closed| at < *closed) {
            return Err(RegisterError::Locked(closed));
        }
        let stored = found.as_ref().and_then(|account| account.body.password.clone());
        let right = self.password_is_right(password, stored).await?;
        let Some(found) = found.filter(|account| account.body.is_active()) else {
            self.store().write(at).await?.commit(Notes::one(Note::of("session.refused").tag("why", "unknown"))).await?;
            return Err(wrong);
        };
        let mut writing = self.store().write(at).await?;
        let mut account = writing.need::<Account>(&found.id).await?;
        let step = match &account.body.totp {
            Some(record) if right => {
                let secret = writing.unseal(record).await?;
                let seconds = u64::try_from(at.0.div_euclid(MICROS_PER_SECOND)).unwrap_or(0);
                second_factor::matching_step(&secret, code, seconds, account.body.totp_step)?
            }
            _ => None,
        };
        let Some(step) = step else {
            refuse(writing, account, at).await?;
            return Err(wrong);
        };
        account.body.totp_step = Some(step);
        account.body.failures = Failures::default();
        writing.put(&mut account).await?;
        let token = new_token(self.keys());
        let until = later(at, i64::from(self.settings().session_minutes));
        let idle_until = later(at, i64::from(self.settings().idle_minutes));
        writing.add(&token_hash(&token), Session { account: account.id.clone(), until, idle_until, mfa: true, ended: false }).await?;
        let note = Note::of("session.opened").about("account", "", &account.id).tag("role", account.body.is.role.as_str());
        writing.commit(Notes::one(note)).await?;
        Ok(SignedIn { token, account: account.id, until })
    }

    /// Whether a password fits a stored hash; an unknown account takes as long as a known one.
    async fn password_is_right(&self, password: &str, stored: Option<String>) -> Result<bool, RegisterError> {
        let known = stored.is_some();
        let stored = match stored {
            Some(stored) => stored,
            // Made once: comparing with it takes what comparing with a known one takes.
            None => self.nobody().get_or_try_init(|| self.hash("no such account is known here", NOBODY)).await?.clone(),
        };
        let password = password.to_owned();
        let right = tokio::task::spawn_blocking(move || password::verify(&password, &stored)).await;
        Ok(right.map_err(|_| RegisterError::State("checking was interrupted; try again".into()))?? && known)
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`RegisterError`] of the store.
    pub async fn sign_out(&self, token: &str, at: Timestamp) -> Result<(), RegisterError> {
        let mut writing = self.store().write(at).await?;
        let Some(mut session) = writing.get::<Session>(&token_hash(token)).await? else { return Ok(()) };
        session.body.ended = true;
        writing.put(&mut session).await?;
        writing.commit(Notes::one(Note::of("session.ended").about("account", "", &session.body.account))).await?;
        Ok(())
    }
}

/// Counts a failure, and closes the account for a while after several.
async fn refuse(mut writing: tributary_cases::Writing, mut account: Stored<Account>, at: Timestamp) -> Result<(), RegisterError> {
    let failures = &mut account.body.failures;
    failures.count = failures.count.saturating_add(1);
    if let Some(beyond) = failures.count.checked_sub(FAILURES_MAX) {
        let minutes = CLOSED_MINUTES.checked_shl(beyond.min(7)).unwrap_or(DAY_MINUTES).min(DAY_MINUTES);
        failures.closed_until = Some(later(at, minutes));
    }
    let closed = if failures.closed_until.is_some_and(|until| at < until) { "closed" } else { "open" };
    writing.put(&mut account).await?;
    let note = Note::of("session.refused").about("account", "", &account.id).tag("why", "wrong").tag("account_is", closed);
    writing.commit(Notes::one(note)).await?;
    Ok(())
}
