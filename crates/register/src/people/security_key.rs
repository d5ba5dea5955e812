//! Security keys of an account: several, each with a name; added and taken away by their holder, never the last second factor.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tributary_access::Action;
use tributary_access::security_key::{Key, KeyRefusal};
use tributary_cases::{Find, Note, Notes, Page, Record, Stored, Writing};
use tributary_model::Timestamp;
use tributary_vault::hex;

use super::account::{Account, Failures};
use super::agency::checked_text;
use super::challenge::{Asked, Ceremony, keep, take};
use super::provider::binding::{BindingShown, bindings_of};
use super::session::{Factor, end_sessions, refuse, token_hash};
use crate::acting::Caller;
use crate::{Acting, Register, RegisterError};

/// Keys that an account may have.
pub const KEYS_MAX: u32 = 10;
/// The longest name of a key, in characters.
const NAME_MAX: usize = 60;
const GONE: &str = "the challenge is unknown, was answered before or has run out; begin again";

/// A security key of an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SecurityKey {
    /// Whose.
    pub account: String,
    /// What its holder calls it.
    pub name: String,
    /// Its public half.
    pub key: Key,
    /// The counter it showed last.
    pub counter: u32,
    /// When it was last used.
    pub used: Option<Timestamp>,
    /// When its counter went back: there is a copy of it, and neither is taken any more.
    pub copied: Option<Timestamp>,
}

impl Record for SecurityKey {
    const KIND: &'static str = "security key";

    fn parent(&self) -> &str {
        &self.account
    }

    fn state(&self) -> &str {
        if self.copied.is_some() { "copied" } else { "good" }
    }

    fn sole_keys(&self) -> Vec<(&'static str, String)> {
        vec![("credential", credential(self.key.credential()))]
    }
}

impl SecurityKey {
    pub(super) fn new(account: &str, name: String, key: Key) -> Self {
        Self { account: account.to_owned(), name, key, counter: 0, used: None, copied: None }
    }
}

/// By what a credential is found.
pub(super) fn credential(id: &[u8]) -> String {
    hex(&Sha256::digest(id))
}

/// The second factors of an account, as its holder and administrators see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Factors {
    /// Whether an app's codes are taken.
    pub code: bool,
    /// Its security keys.
    pub keys: Vec<KeyShown>,
    /// Subjects of identity providers that are this account.
    pub bindings: Vec<BindingShown>,
}

/// A security key, without what it is checked by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KeyShown {
    /// Its id here.
    pub id: String,
    /// What its holder calls it.
    pub name: String,
    /// When it was added.
    pub added: Timestamp,
    /// When it was last used.
    pub used: Option<Timestamp>,
    /// When a copy of it showed.
    pub copied: Option<Timestamp>,
}

/// All keys of an account, oldest first.
pub(super) async fn keys_of(writing: &mut Writing, account: &str) -> Result<Vec<Stored<SecurityKey>>, RegisterError> {
    Ok(writing.list::<SecurityKey>(Find::Parent(account), &Page::first(KEYS_MAX)).await?)
}

/// Those of them that are taken.
pub(super) fn good(keys: &[Stored<SecurityKey>]) -> Vec<Key> {
    keys.iter().filter(|key| key.body.copied.is_none()).map(|key| key.body.key.clone()).collect()
}

/// A new key's name, which no other of the account has.
fn checked_name(name: &str, keys: &[Stored<SecurityKey>]) -> Result<String, RegisterError> {
    let name = checked_text("name", name, NAME_MAX)?;
    if keys.iter().any(|key| key.body.name == name) {
        return Err(RegisterError::invalid("name", "another of your keys has it"));
    }
    if keys.len() >= KEYS_MAX as usize {
        return Err(RegisterError::State(format!("an account has at most {KEYS_MAX} security keys; take one away first")));
    }
    Ok(name)
}

fn refused(refusal: KeyRefusal) -> RegisterError {
    RegisterError::invalid("credential", refusal.why())
}

impl Register {
    /// Begins to add a key to one's own account: by the password, in a session that was made with a second factor.
    ///
    /// # Errors
    /// [`RegisterError::SignIn`] for a wrong password, [`RegisterError::Locked`] after too many.
    pub async fn begin_key(&self, caller: &Caller, password: &str, at: Timestamp) -> Result<Asked, RegisterError> {
        let party = self.relying_party()?;
        self.own_password(caller, password, at).await?;
        let (mut acting, account) = self.own(caller, at).await?;
        let known: Vec<Key> = keys_of(acting.tx()?, &account.id).await?.into_iter().map(|key| key.body.key).collect();
        let begun = party.begin_registration(&account.id, &account.body.is.login, &known)?;
        let ceremony = Ceremony::Add { session: caller.session.clone() };
        let asked = keep(acting.tx()?, self.keys(), &account.id, ceremony, begun).await?;
        let note = acting.note_on("account.key_begun", "account", &account.id);
        acting.done(Notes::one(note)).await?;
        Ok(asked)
    }

    /// Adds the key that answered.
    ///
    /// # Errors
    /// [`RegisterError::State`] when the challenge is gone or another's, [`RegisterError::Invalid`] when the answer is not taken.
    pub async fn finish_key(&self, caller: &Caller, challenge: &str, name: &str, answer: &Value, at: Timestamp) -> Result<KeyShown, RegisterError> {
        let party = self.relying_party()?;
        let (mut acting, account) = self.own(caller, at).await?;
        let keys = keys_of(acting.tx()?, &account.id).await?;
        let name = checked_name(name, &keys)?;
        let own = Ceremony::Add { session: caller.session.clone() };
        let found = acting.tx()?.get(&token_hash(challenge)).await?;
        let found = found.filter(|found: &Stored<super::challenge::Challenge>| found.body.ceremony == own && at < found.body.until);
        let Some(found) = found else { return Err(RegisterError::State(GONE.into())) };
        take(acting.tx()?, challenge).await?;
        match party.finish_registration(&found.body.state, answer) {
            Ok(key) => {
                let id = acting.tx()?.new_id();
                let key = acting.tx()?.add(&id, SecurityKey::new(&account.id, name, key)).await?;
                let note = acting.note_on("account.key_added", "account", &account.id).about("security_key", &account.id, &id);
                acting.done(Notes::one(note.with(&serde_json::json!({"key": id, "name": key.body.name})))).await?;
                Ok(shown(key))
            }
            Err(refusal) => {
                let note = acting.note_on("account.key_refused", "account", &account.id).tag("why", refusal.as_str());
                acting.done(Notes::one(note)).await?;
                Err(refused(refusal))
            }
        }
    }

    /// The second factors of an account: one's own, or any as an administrator.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn factors(&self, caller: &Caller, account: &str, at: Timestamp) -> Result<Factors, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let account = acting.tx()?.need::<Account>(account).await?;
        acting.permit(Action::AccountUpdate, &account.body.resource(&account.id)).await?;
        let keys = keys_of(acting.tx()?, &account.id).await?;
        let bindings = bindings_of(acting.tx()?, &account.id).await?;
        let note = acting.note_on("account.factors_read", "account", &account.id);
        acting.done(Notes::one(note)).await?;
        Ok(Factors {
            code: account.body.totp.is_some(),
            keys: keys.into_iter().map(shown).collect(),
            bindings: bindings.into_iter().map(Into::into).collect(),
        })
    }

    /// Takes one's own key away, and ends the sessions that were made with it. The last second factor stays.
    ///
    /// # Errors
    /// [`RegisterError::State`] for the last one; [`RegisterError::Missing`] for another's key.
    pub async fn remove_key(&self, caller: &Caller, id: &str, password: &str, at: Timestamp) -> Result<(), RegisterError> {
        self.own_password(caller, password, at).await?;
        let (mut acting, mut account) = self.own(caller, at).await?;
        let keys = keys_of(acting.tx()?, &account.id).await?;
        let gone = keys.iter().find(|key| key.id == id).ok_or(RegisterError::Missing("security key"))?;
        let others = keys.iter().any(|key| key.id != id && key.body.copied.is_none());
        if !others && account.body.totp.is_none() {
            return Err(RegisterError::State("it is the account's last second factor; add another first".into()));
        }
        acting.tx()?.remove(gone).await?;
        // Written anew, so that of two removals at once one finds that the account has changed: not both of the last two go.
        acting.tx()?.put(&mut account).await?;
        let ended = end_sessions(acting.tx()?, Find::Key("security_key", id), at).await?;
        let note = acting.note_on("account.key_removed", "account", &account.id).about("security_key", &account.id, id).tag("by", "holder");
        let payload = serde_json::json!({"key": id, "name": gone.body.name, "sessions_ended": ended});
        acting.done(Notes::one(note.with(&payload))).await?;
        Ok(())
    }

    /// The caller's own account, which they may change, once they have shown a second factor.
    pub(super) async fn own(&self, caller: &Caller, at: Timestamp) -> Result<(Acting, Stored<Account>), RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let id = acting.who().to_owned();
        let account = acting.tx()?.need::<Account>(&id).await?;
        acting.permit(Action::AccountUpdate, &account.body.resource(&id)).await?;
        if !caller.principal.mfa {
            return Err(RegisterError::Duty("show the second factor that the account has before you change any"));
        }
        Ok((acting, account))
    }

    /// Goes on when this is the caller's password: a session that somebody left open, or that was stolen, changes no factor. A wrong one
    /// counts like one at the door.
    pub(super) async fn own_password(&self, caller: &Caller, password: &str, at: Timestamp) -> Result<(), RegisterError> {
        let account = self.store().read().await?.need::<Account>(&caller.principal.id).await?;
        account.body.failures.open(at)?;
        let right = self.password_is_right(password, account.body.password).await?;
        // Others have tried meanwhile: a right guess after too many wrong ones is none.
        let mut writing = self.store().write(at).await?;
        let account = writing.need::<Account>(&caller.principal.id).await?;
        account.body.failures.open(at)?;
        if right {
            return Ok(());
        }
        refuse(writing, account, "wrong", at).await?;
        Err(RegisterError::SignIn("the password is wrong"))
    }

    /// Begins to set password and a security key by an invitation, where the key is to be the second factor.
    ///
    /// # Errors
    /// [`RegisterError::SignIn`] for a token that is unknown or used.
    pub async fn begin_enrolment(&self, invitation: &str, password: &str, at: Timestamp) -> Result<Asked, RegisterError> {
        let party = self.relying_party()?;
        let account = self.invited(invitation).await?;
        let password = self.hash(password, &account.body.is.login).await?;
        let begun = party.begin_registration(&account.id, &account.body.is.login, &[])?;
        let mut writing = self.store().write(at).await?;
        let ceremony = Ceremony::Enrol { invitation: token_hash(invitation), password };
        let asked = keep(&mut writing, self.keys(), &account.id, ceremony, begun).await?;
        writing.commit(Notes::one(Note::of("account.key_begun").about("account", "", &account.id))).await?;
        Ok(asked)
    }

    /// Sets password and key when the key has answered: from then on the account has them and no code of an app.
    ///
    /// # Errors
    /// [`RegisterError::State`] when the challenge is gone, [`RegisterError::Invalid`] when the answer is not taken.
    pub async fn finish_enrolment(
        &self,
        invitation: &str,
        challenge: &str,
        name: &str,
        answer: &Value,
        at: Timestamp,
    ) -> Result<String, RegisterError> {
        let party = self.relying_party()?;
        let name = checked_name(name, &[])?;
        let invited = self.invited(invitation).await?;
        let mut writing = self.store().write(at).await?;
        let mut account = writing.need::<Account>(&invited.id).await?;
        let found = take(&mut writing, challenge).await?.filter(|found| found.body.account == account.id && at < found.body.until);
        let hash = token_hash(invitation);
        let set = found.and_then(|found| match found.body.ceremony {
            Ceremony::Enrol { invitation, password } if invitation == hash => Some((password, found.body.state)),
            _ => None,
        });
        let Some((password, state)) = set.filter(|_| account.body.invitation.as_ref() == Some(&hash)) else {
            return Err(RegisterError::State(GONE.into()));
        };
        let key = match party.finish_registration(&state, answer) {
            Ok(key) => key,
            Err(refusal) => {
                let note = Note::of("account.key_refused").about("account", "", &account.id).tag("why", refusal.as_str());
                writing.commit(Notes::one(note)).await?;
                return Err(refused(refusal));
            }
        };
        let id = writing.new_id();
        writing.add(&id, SecurityKey::new(&account.id, name, key)).await?;
        account.body.password = Some(password);
        account.body.invitation = None;
        account.body.failures = Failures::default();
        writing.put(&mut account).await?;
        let role = account.body.is.role.as_str();
        let note = Note::of("account.enrolled").about("account", "", &account.id).tag("role", role).tag("factor", Factor::Key.as_str());
        writing.commit(Notes::one(note)).await?;
        Ok(account.id)
    }
}

fn shown(key: Stored<SecurityKey>) -> KeyShown {
    KeyShown { id: key.id, name: key.body.name, added: key.made, used: key.body.used, copied: key.body.copied }
}
