//! Signing in and out. A session is kept under the hash of its token, so that whoever reads the store cannot act as anybody.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use tributary_access::{Purpose, password, second_factor};
use tributary_cases::{Find, Keys, Note, Notes, Page, Record, Stored, Writing};
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
/// How long failures on a login that is nobody's are remembered, in minutes.
const STRANGER_MINUTES: i64 = 30 * DAY_MINUTES;
/// How many such memories are thrown away at a time.
const STRANGERS_AT_ONCE: u32 = 16;
/// How many sessions are looked at at a time when several end.
const SESSIONS_AT_ONCE: u32 = 500;
/// What an unknown login is compared with, so that it takes as long as a known one (made of no password).
const NOBODY: &str = "nobody";

/// By which second factor a session was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// A one-time code of an app (RFC 6238).
    #[default]
    Code,
    /// A security key (WebAuthn).
    Key,
    /// What an identity provider has seen, where the operator lets it count.
    Provider,
    /// None yet: an identity provider has said who it is, and the session reaches its own account alone.
    None,
}

impl Factor {
    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Key => "key",
            Self::Provider => "provider",
            Self::None => "none",
        }
    }
}

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
    /// The second of them.
    #[serde(default)]
    pub factor: Factor,
    /// The security key it was made with, if it was.
    #[serde(default)]
    pub key: Option<String>,
    /// The binding to a provider's subject it was made by, if it was; else by a password.
    #[serde(default)]
    pub binding: Option<String>,
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

    fn keys(&self) -> Vec<(&'static str, String)> {
        let (key, binding) = (self.key.iter().map(|key| ("security_key", key)), self.binding.iter().map(|binding| ("binding", binding)));
        key.chain(binding).filter(|_| !self.ended).map(|(name, id)| (name, id.clone())).collect()
    }
}

/// Failures on a login that is nobody's. Such a login closes like any other, so that a closed one does not tell that it exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Stranger {
    failures: Failures,
    forget: Timestamp,
}

impl Record for Stranger {
    const KIND: &'static str = "stranger";

    fn due(&self) -> Option<Timestamp> {
        Some(self.forget)
    }
}

impl Failures {
    /// One more, which closes for a while after several.
    fn count_one(&mut self, at: Timestamp) {
        self.count = self.count.saturating_add(1);
        if let Some(beyond) = self.count.checked_sub(FAILURES_MAX) {
            let minutes = CLOSED_MINUTES.checked_shl(beyond.min(7)).unwrap_or(DAY_MINUTES).min(DAY_MINUTES);
            self.closed_until = Some(later(at, minutes));
        }
    }

    /// Until when nothing is tried.
    pub(super) fn closed(&self, at: Timestamp) -> Option<Timestamp> {
        self.closed_until.filter(|until| at < *until)
    }

    /// Whether anything may be tried: asked again in each transaction, since others try the same account at the same moment.
    ///
    /// # Errors
    /// [`RegisterError::Locked`] until when it may not.
    pub(super) fn open(&self, at: Timestamp) -> Result<(), RegisterError> {
        self.closed(at).map_or(Ok(()), |until| Err(RegisterError::Locked(until)))
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
    /// The second factor that was shown.
    pub factor: Factor,
}

/// 32 random bytes as hexadecimal digits.
pub(crate) fn new_token(keys: &Keys) -> String {
    hex(&keys.random::<32>())
}

/// What is kept of a token.
pub(crate) fn token_hash(token: &str) -> String {
    hex(&Sha256::digest(unhex(token).unwrap_or_default()))
}

pub(super) fn later(at: Timestamp, minutes: i64) -> Timestamp {
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

/// How a session comes about.
pub(super) struct Opened {
    /// The second factor that was shown.
    pub(super) factor: Factor,
    /// The security key that showed it.
    pub(super) key: Option<String>,
    /// The binding to a provider's subject, in place of a password.
    pub(super) binding: Option<String>,
}

/// What a login and a password came to.
pub(super) enum Known {
    /// Nobody's login, or that of somebody who may not sign in; it is recorded.
    Nobody,
    /// Somebody's, and whether the password is theirs.
    Account(Box<Stored<Account>>, bool),
}

impl Register {
    /// Signs in with password and one-time code.
    ///
    /// # Errors
    /// [`RegisterError::SignIn`] without telling which of the three was wrong; [`RegisterError::Locked`] after too many failures.
    pub async fn sign_in(&self, login: &str, password: &str, code: &str, at: Timestamp) -> Result<SignedIn, RegisterError> {
        let Known::Account(found, right) = self.known(login, password, at).await? else { return Err(wrong()) };
        // Who else tries the same account at this moment is counted as well: none of them is lost.
        for _ in 1..TRIES {
            match self.by_code(&found.id, right, code, at).await {
                Err(RegisterError::Conflict) => {}
                other => return other,
            }
        }
        self.by_code(&found.id, right, code, at).await
    }

    /// The second half, in one transaction: an account that was closed since the password was compared stays closed.
    async fn by_code(&self, id: &str, right: bool, code: &str, at: Timestamp) -> Result<SignedIn, RegisterError> {
        let mut writing = self.store().write(at).await?;
        let mut account = writing.need::<Account>(id).await?;
        account.body.failures.open(at)?;
        let step = if right { shown_code(&mut writing, &account.body, code, at).await? } else { None };
        let Some(step) = step else {
            refuse(writing, account, "wrong", at).await?;
            return Err(wrong());
        };
        account.body.totp_step = Some(step);
        self.open_session(writing, account, Opened { factor: Factor::Code, key: None, binding: None }, at).await
    }

    /// Whose login it is and whether the password fits. A login that is nobody's takes as long, closes as soon, and is told in the same words.
    ///
    /// # Errors
    /// [`RegisterError::Locked`] while the login is closed.
    pub(super) async fn known(&self, login: &str, password: &str, at: Timestamp) -> Result<Known, RegisterError> {
        let stranger = self.keys().pseudonym("login", login).as_str().to_owned();
        let mut reading = self.store().read().await?;
        let found = reading.sole::<Account>("login", login).await?.filter(|account| account.body.is_active());
        let failures = match &found {
            Some(account) => Some(account.body.failures),
            None => reading.get::<Stranger>(&stranger).await?.map(|stranger| stranger.body.failures),
        };
        drop(reading);
        failures.unwrap_or_default().open(at)?;
        let stored = found.as_ref().and_then(|account| account.body.password.clone());
        let right = self.password_is_right(password, stored).await?;
        match found {
            Some(found) => Ok(Known::Account(Box::new(found), right)),
            None => match self.refuse_stranger(&stranger, at).await {
                // Somebody else tries the same login at this moment: it is recorded, and not counted twice.
                Err(RegisterError::Conflict | RegisterError::State(_)) => {
                    self.store().write(at).await?.commit(Notes::one(Note::of("session.refused").tag("why", "unknown"))).await?;
                    Ok(Known::Nobody)
                }
                other => other.map(|()| Known::Nobody),
            },
        }
    }

    /// Counts a failure on a login that is nobody's.
    async fn refuse_stranger(&self, id: &str, at: Timestamp) -> Result<(), RegisterError> {
        let mut writing = self.store().write(at).await?;
        for old in writing.list::<Stranger>(Find::Due(at), &Page::first(STRANGERS_AT_ONCE)).await? {
            writing.remove(&old).await?;
        }
        let forget = later(at, STRANGER_MINUTES);
        match writing.get::<Stranger>(id).await? {
            Some(mut known) => {
                known.body.failures.count_one(at);
                known.body.forget = forget;
                writing.put(&mut known).await?;
            }
            None => {
                let mut failures = Failures::default();
                failures.count_one(at);
                writing.add(id, Stranger { failures, forget }).await?;
            }
        }
        writing.commit(Notes::one(Note::of("session.refused").tag("why", "unknown"))).await?;
        Ok(())
    }

    /// Opens a session for somebody who has shown who they are.
    pub(super) async fn open_session(
        &self,
        mut writing: Writing,
        mut account: Stored<Account>,
        opened: Opened,
        at: Timestamp,
    ) -> Result<SignedIn, RegisterError> {
        let Opened { factor, key, binding } = opened;
        let mfa = factor != Factor::None;
        if mfa {
            account.body.failures = Failures::default();
        }
        account.body.last_sign_in = Some(at.date());
        writing.put(&mut account).await?;
        let token = new_token(self.keys());
        let until = later(at, i64::from(self.settings().session_minutes));
        let idle_until = later(at, i64::from(self.settings().idle_minutes));
        let first = if binding.is_some() { "provider" } else { "password" };
        let session = Session { account: account.id.clone(), until, idle_until, mfa, factor, key, binding, ended: false };
        writing.add(&token_hash(&token), session).await?;
        let role = account.body.is.role.as_str();
        let note = Note::of("session.opened").about("account", "", &account.id).tag("role", role).tag("first", first).tag("factor", factor.as_str());
        writing.commit(Notes::one(note)).await?;
        Ok(SignedIn { token, account: account.id, until, factor })
    }

    /// Whether a password fits a stored hash; an unknown account takes as long as a known one.
    pub(super) async fn password_is_right(&self, password: &str, stored: Option<String>) -> Result<bool, RegisterError> {
        let known = stored.is_some();
        let stored = match stored {
            Some(stored) => stored,
            // Made once: comparing with it takes what comparing with a known one takes.
            None => self.nobody().get_or_try_init(|| self.hash("no such account is known here", NOBODY)).await?.clone(),
        };
        let password = password.to_owned();
        let _turn = HASHES.acquire().await.map_err(|_| RegisterError::State("checking was interrupted; try again".into()))?;
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

/// Passwords that are compared at once: each takes 64 MiB.
static HASHES: Semaphore = Semaphore::const_new(8);
/// How often a sign-in is tried again that met another of the same account.
const TRIES: u32 = 8;

/// The step of an account's one-time code, where it has one, the code is right and its step was not used before.
pub(super) async fn shown_code(writing: &mut Writing, account: &Account, code: &str, at: Timestamp) -> Result<Option<u64>, RegisterError> {
    let Some(record) = &account.totp else { return Ok(None) };
    let secret = writing.unseal(record).await?;
    let seconds = u64::try_from(at.0.div_euclid(MICROS_PER_SECOND)).unwrap_or(0);
    Ok(second_factor::matching_step(&secret, code, seconds, account.totp_step)?)
}

/// Counts a failure, and closes the account for a while after several.
pub(super) async fn refuse(writing: Writing, account: Stored<Account>, why: &'static str, at: Timestamp) -> Result<(), RegisterError> {
    refuse_and(writing, account, why, None, at).await
}

/// The same, with something else that is to be recorded.
pub(super) async fn refuse_and(
    mut writing: Writing,
    mut account: Stored<Account>,
    why: &'static str,
    also: Option<Note>,
    at: Timestamp,
) -> Result<(), RegisterError> {
    account.body.failures.count_one(at);
    let closed = if account.body.failures.closed(at).is_some() { "closed" } else { "open" };
    writing.put(&mut account).await?;
    let notes = Notes::one(Note::of("session.refused").about("account", "", &account.id).tag("why", why).tag("account_is", closed));
    writing.commit(also.into_iter().fold(notes, Notes::and)).await?;
    Ok(())
}

/// What is said of everything that is wrong, so that the answer tells nobody what was right.
pub(super) const fn wrong() -> RegisterError {
    RegisterError::SignIn("login, password or second factor is wrong")
}

/// Ends the sessions that hold, of an account or made with a security key; how many.
pub(super) async fn end_sessions(writing: &mut Writing, find: Find<'_>, at: Timestamp) -> Result<u64, RegisterError> {
    let (mut page, mut ended) = (Page::first(SESSIONS_AT_ONCE), 0);
    loop {
        let some = writing.list::<Session>(find, &page).await?;
        let Some(last) = some.last() else { return Ok(ended) };
        page.after = Some((last.made, last.id.clone()));
        for mut session in some {
            if session.body.holds(at) {
                session.body.ended = true;
                writing.put(&mut session).await?;
                ended += 1;
            }
        }
    }
}
