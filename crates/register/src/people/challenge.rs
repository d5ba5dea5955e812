//! Challenges that wait for a security key: each for one account and one who asked, for five minutes, once, and a few at a time.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tributary_access::security_key::{Begun, CHALLENGE_SECONDS};
use tributary_cases::{Find, Keys, Page, Record, Stored, Writing};
use tributary_model::Timestamp;
use tributary_model::time::MICROS_PER_SECOND;

use super::session::{new_token, token_hash};
use crate::RegisterError;

/// Challenges that an account may have open; one more takes the place of the oldest.
const OPEN_MAX: usize = 8;
/// How many of an account are read: more than can be there.
const READ_MAX: u32 = 64;

/// What a challenge is for, and what must come with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ceremony {
    /// To sign in: the password was right.
    SignIn,
    /// To add a key in this session, whose id it is.
    Add {
        /// The session's id.
        session: String,
    },
    /// To show a second factor in this session, which has none yet.
    Step {
        /// The session's id.
        session: String,
    },
    /// To set password and second factor by an invitation.
    Enrol {
        /// The invitation's hash.
        invitation: String,
        /// The new password's hash, set when the key has answered.
        password: String,
    },
}

/// A challenge that waits. Its id is the hash of the token that the client shows with the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// Whose.
    pub account: String,
    /// For what.
    pub ceremony: Ceremony,
    /// What the answer is checked against.
    pub state: String,
    /// Good until then.
    pub until: Timestamp,
}

impl Record for Challenge {
    const KIND: &'static str = "challenge";

    fn parent(&self) -> &str {
        &self.account
    }

    fn due(&self) -> Option<Timestamp> {
        Some(self.until)
    }
}

/// What the client gets: options for the browser, and a token to show with the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The token: shown once.
    pub challenge: String,
    /// `CredentialCreationOptions` or `CredentialRequestOptions`.
    pub options: Value,
    /// Good until then.
    pub until: Timestamp,
}

/// Keeps a challenge until it is answered.
pub(super) async fn keep(writing: &mut Writing, keys: &Keys, account: &str, ceremony: Ceremony, begun: Begun) -> Result<Asked, RegisterError> {
    let at = writing.at();
    let open = writing.list::<Challenge>(Find::Parent(account), &Page::first(READ_MAX)).await?;
    let (good, over): (Vec<_>, Vec<_>) = open.into_iter().partition(|challenge| at < challenge.body.until);
    // The oldest come first.
    let surplus = good.len().saturating_sub(OPEN_MAX - 1);
    for gone in over.iter().chain(good.iter().take(surplus)) {
        writing.remove(gone).await?;
    }
    let token = new_token(keys);
    let micros = i64::try_from(CHALLENGE_SECONDS).unwrap_or(0).saturating_mul(MICROS_PER_SECOND);
    let until = Timestamp(at.0.saturating_add(micros));
    writing.add(&token_hash(&token), Challenge { account: account.to_owned(), ceremony, state: begun.state, until }).await?;
    Ok(Asked { challenge: token, options: begun.options, until })
}

/// Takes a challenge away, once: whatever comes of it. None when it is unknown or was taken before; whether it is still good, and whose it
/// is, is for whoever takes it to ask.
pub(super) async fn take(writing: &mut Writing, token: &str) -> Result<Option<Stored<Challenge>>, RegisterError> {
    let Some(found) = writing.get::<Challenge>(&token_hash(token)).await? else { return Ok(None) };
    writing.remove(&found).await?;
    Ok(Some(found))
}
