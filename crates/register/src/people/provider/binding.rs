//! Which account a provider's subject is: bound by the account's holder, who shows both, or by two administrators; never by an address or a name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_cases::{Find, Keys, Notes, Page, Record, Stored, Writing};
use tributary_model::Timestamp;

use super::sign_in::{Back, Way};
use crate::acting::Caller;
use crate::people::session::end_sessions;
use crate::{Register, RegisterError};

/// Bindings that an account may have.
pub(in crate::people) const BINDINGS_MAX: u32 = 5;

/// A subject of a provider that is an account here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// Whose.
    pub account: String,
    /// The provider's name here.
    pub provider: String,
    /// Keyed hash of issuer and subject: who the person is there is not kept.
    pub subject: String,
}

impl Record for Binding {
    const KIND: &'static str = "binding";

    fn parent(&self) -> &str {
        &self.account
    }

    fn sole_keys(&self) -> Vec<(&'static str, String)> {
        vec![("subject", self.subject.clone())]
    }
}

/// By what a subject is found: a keyed hash, for its name there means something together with its issuer alone, and may be guessed.
pub(in crate::people) fn subject_key(keys: &Keys, issuer: &str, subject: &str) -> String {
    ["1", "2"].map(|half| keys.pseudonym(&format!("oidc/subject/{half}/{issuer}"), subject).as_str().to_owned()).concat()
}

/// A binding, as its holder and administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BindingShown {
    /// Its id.
    pub id: String,
    /// The provider's name here.
    pub provider: String,
    /// Since when.
    pub since: Timestamp,
}

impl From<Stored<Binding>> for BindingShown {
    fn from(stored: Stored<Binding>) -> Self {
        Self { id: stored.id, provider: stored.body.provider, since: stored.made }
    }
}

/// The bindings of an account.
pub(in crate::people) async fn bindings_of(writing: &mut Writing, account: &str) -> Result<Vec<Stored<Binding>>, RegisterError> {
    Ok(writing.list::<Binding>(Find::Parent(account), &Page::first(BINDINGS_MAX)).await?)
}

/// Binds a subject to an account.
pub(in crate::people) async fn bind(writing: &mut Writing, account: &str, provider: &str, subject: String) -> Result<Stored<Binding>, RegisterError> {
    if bindings_of(writing, account).await?.len() >= BINDINGS_MAX as usize {
        return Err(RegisterError::State(format!("an account is bound to at most {BINDINGS_MAX} subjects; take one away first")));
    }
    let id = writing.new_id();
    Ok(writing.add(&id, Binding { account: account.to_owned(), provider: provider.to_owned(), subject }).await?)
}

impl Register {
    /// The way out to a provider, to bind what it says of oneself to one's own account: by password, in a session with a second factor.
    ///
    /// # Errors
    /// [`RegisterError::SignIn`] for a wrong password, [`RegisterError::Provider`] when the provider does not answer.
    pub async fn begin_binding(&self, caller: &Caller, password: &str, provider: &str, at: Timestamp) -> Result<Way, RegisterError> {
        self.own_password(caller, password, at).await?;
        let (acting, account) = self.own(caller, at).await?;
        let note = acting.note_on("account.binding_begun", "account", &account.id);
        acting.done(Notes::one(note)).await?;
        self.way(provider, &caller.session, at).await
    }

    /// Binds whom the provider names, on the way back in the same session.
    ///
    /// # Errors
    /// [`RegisterError::SignIn`] when what the provider gave is not taken, [`RegisterError::State`] when the subject is bound already.
    pub async fn finish_binding(&self, caller: &Caller, back: &Back, at: Timestamp) -> Result<BindingShown, RegisterError> {
        drop(self.own(caller, at).await?);
        let (provider, subject) = self.heard(back, &caller.session, at).await?;
        let (mut acting, account) = self.own(caller, at).await?;
        let key = subject_key(self.keys(), &provider.settings.issuer, &subject.subject);
        let bound = bind(acting.tx()?, &account.id, &provider.settings.name, key).await?;
        let note = acting.note_on("account.bound", "account", &account.id).about("binding", &account.id, &bound.id).tag("by", "holder");
        acting.done(Notes::one(note.tag("provider", provider.settings.name.as_str()).with(&bound.body))).await?;
        Ok(bound.into())
    }

    /// Takes one's own binding away, and ends the sessions that were made by it.
    ///
    /// # Errors
    /// [`RegisterError::Missing`] for another's.
    pub async fn remove_binding(&self, caller: &Caller, id: &str, password: &str, at: Timestamp) -> Result<(), RegisterError> {
        self.own_password(caller, password, at).await?;
        let (mut acting, account) = self.own(caller, at).await?;
        unbind(acting.tx()?, &account.id, id, at).await?;
        let note = acting.note_on("account.unbound", "account", &account.id).about("binding", &account.id, id).tag("by", "holder");
        acting.done(Notes::one(note)).await?;
        Ok(())
    }
}

/// Takes a binding of an account away, and ends the sessions that were made by it.
pub(in crate::people) async fn unbind(writing: &mut Writing, account: &str, id: &str, at: Timestamp) -> Result<(), RegisterError> {
    let found = writing.get::<Binding>(id).await?.filter(|found| found.body.account == account).ok_or(RegisterError::Missing("binding"))?;
    writing.remove(&found).await?;
    end_sessions(writing, Find::Key("binding", id), at).await?;
    Ok(())
}
