//! Signing in with a password and a security key.

use serde_json::Value;
use tributary_access::security_key::{KeyRefusal, Signed, answered_by};
use tributary_cases::{Note, Notes, Stored, Writing};
use tributary_model::Timestamp;

use super::account::Account;
use super::challenge::{Asked, Ceremony, keep, take};
use super::security_key::{SecurityKey, credential, good, keys_of};
use super::session::{Factor, Known, Opened, SignedIn, refuse, refuse_and, wrong};
use crate::{Register, RegisterError};

impl Register {
    /// A challenge for the keys of an account, once the password was right. An account without a key is told what a wrong password is told,
    /// and it counts like one.
    ///
    /// # Errors
    /// [`RegisterError::SignIn`] without telling what was wrong; [`RegisterError::Locked`] after too many failures.
    pub async fn begin_key_sign_in(&self, login: &str, password: &str, at: Timestamp) -> Result<Asked, RegisterError> {
        let party = self.relying_party()?;
        let Known::Account(found, right) = self.known(login, password, at).await? else { return Err(wrong()) };
        let mut writing = self.store().write(at).await?;
        let account = writing.need::<Account>(&found.id).await?;
        account.body.failures.open(at)?;
        let keys = good(&keys_of(&mut writing, &account.id).await?);
        if !right || keys.is_empty() {
            refuse(writing, account, "wrong", at).await?;
            return Err(wrong());
        }
        let begun = party.begin_authentication(&keys)?;
        let asked = keep(&mut writing, self.keys(), &account.id, Ceremony::SignIn, begun).await?;
        writing.commit(Notes::one(Note::of("session.key_asked").about("account", "", &account.id))).await?;
        Ok(asked)
    }

    /// Signs in by a key's answer to such a challenge. The challenge is gone afterwards, whatever came of it; what is wrong counts as a
    /// failure of the account.
    ///
    /// # Errors
    /// [`RegisterError::SignIn`] without telling what was wrong; [`RegisterError::Locked`] after too many failures.
    pub async fn finish_key_sign_in(&self, challenge: &str, answer: &Value, at: Timestamp) -> Result<SignedIn, RegisterError> {
        let mut writing = self.store().write(at).await?;
        let found = take(&mut writing, challenge).await?.filter(|found| found.body.ceremony == Ceremony::SignIn);
        let Some(found) = found else { return refuse_challenge(writing, "key_challenge", None).await };
        let account = writing.get::<Account>(&found.body.account).await?.filter(|account| account.body.is_active());
        let Some(account) = account.filter(|_| at < found.body.until) else {
            return refuse_challenge(writing, "key_challenge", Some(&found.body.account)).await;
        };
        if let Some(closed) = account.body.failures.closed(at) {
            return refuse_challenge(writing, "closed", Some(&account.id)).await.or(Err(RegisterError::Locked(closed)));
        }
        let (writing, account, key) = self.answered(writing, account, &found.body.state, answer, at).await?;
        self.open_session(writing, account, Opened { factor: Factor::Key, key: Some(key), binding: None }, at).await
    }

    /// Which key of an account has answered a challenge. What is wrong is recorded, counts as a failure of the account, and ends the
    /// transaction.
    pub(super) async fn answered(
        &self,
        mut writing: Writing,
        account: Stored<Account>,
        state: &str,
        answer: &Value,
        at: Timestamp,
    ) -> Result<(Writing, Stored<Account>, String), RegisterError> {
        match self.relying_party()?.finish_authentication(&account.id, state, answer) {
            Ok(signed) => self.signed(writing, account, &signed, at).await,
            Err(KeyRefusal::Counter) => {
                let told = answered_by(answer).map(|id| credential(&id)).unwrap_or_default();
                let key = writing.sole::<SecurityKey>("credential", &told).await?.filter(|key| key.body.account == account.id);
                copied(writing, account, key, at).await
            }
            Err(refusal) => {
                refuse(writing, account, refusal.as_str(), at).await?;
                Err(wrong())
            }
        }
    }

    /// The signature is right: the key must be there still, and its counter must have grown since its last use, of whatever challenge.
    async fn signed(
        &self,
        mut writing: Writing,
        account: Stored<Account>,
        signed: &Signed,
        at: Timestamp,
    ) -> Result<(Writing, Stored<Account>, String), RegisterError> {
        let key = writing.sole::<SecurityKey>("credential", &credential(signed.credential())).await?;
        let key = key.filter(|key| key.body.account == account.id && key.body.copied.is_none());
        let Some(mut key) = key else {
            refuse(writing, account, KeyRefusal::Unknown.as_str(), at).await?;
            return Err(wrong());
        };
        let counts = signed.counter() > 0 || key.body.counter > 0;
        if counts && signed.counter() <= key.body.counter {
            return copied(writing, account, Some(key), at).await;
        }
        key.body.counter = signed.counter();
        key.body.key.used(signed);
        key.body.used = Some(at);
        writing.put(&mut key).await?;
        Ok((writing, account, key.id))
    }
}

/// A counter that has not grown: somebody has a copy of the key. Neither it nor the copy is taken from now on.
async fn copied<T>(mut writing: Writing, account: Stored<Account>, key: Option<Stored<SecurityKey>>, at: Timestamp) -> Result<T, RegisterError> {
    let mut note = Note::of("account.key_copied").about("account", "", &account.id);
    if let Some(mut key) = key {
        key.body.copied.get_or_insert(at);
        writing.put(&mut key).await?;
        note = note.about("security_key", &account.id, &key.id).with(&serde_json::json!({"key": key.id, "counter": key.body.counter}));
    }
    refuse_and(writing, account, KeyRefusal::Counter.as_str(), Some(note), at).await?;
    Err(wrong())
}

/// Records an answer to a challenge that is not there, is another ceremony's, or came too late. What was taken away stays away.
async fn refuse_challenge(writing: Writing, why: &'static str, account: Option<&str>) -> Result<SignedIn, RegisterError> {
    let note = Note::of("session.refused").tag("why", why);
    let note = account.iter().fold(note, |note, account| note.about("account", "", account));
    writing.commit(Notes::one(note)).await?;
    Err(wrong())
}
