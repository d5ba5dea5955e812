//! What two administrators change of somebody's account, as two make one: a lost second factor is taken away, a provider's subject is bound.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::Action;
use tributary_cases::{Find, Notes, Record, Stored, Writing};
use tributary_model::Timestamp;

use super::account::{Account, Invitation};
use super::agency::checked_text;
use super::provider::binding::{bind, bindings_of, subject_key, unbind};
use super::security_key::{good, keys_of};
use super::session::{end_sessions, later, new_token, token_hash};
use crate::acting::Caller;
use crate::{Register, RegisterError};

/// How long a proposal waits for another administrator, in minutes.
const WAITS_MINUTES: i64 = 14 * 24 * 60;

/// What is to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ChangeOfAccount")]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// The person has lost a security key.
    LoseKey {
        /// The key's id.
        key: String,
    },
    /// The person has lost the app that shows codes.
    LoseCode {},
    /// A provider's subject is to be this account.
    Bind {
        /// The provider's name here.
        provider: String,
        /// Its `sub` for the person: not an address, not a name.
        subject: String,
    },
    /// A provider's subject is to be this account no longer.
    Unbind {
        /// The binding's id.
        binding: String,
    },
}

impl Change {
    const fn as_str(&self) -> &'static str {
        match self {
            Self::LoseKey { .. } => "lose_key",
            Self::LoseCode {} => "lose_code",
            Self::Bind { .. } => "bind",
            Self::Unbind { .. } => "unbind",
        }
    }
}

/// A proposed change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountChange {
    /// Whose account.
    pub account: String,
    /// What is to change.
    pub change: Change,
    /// Why, and how the person was recognised.
    pub reason: String,
    /// The administrator who proposed it.
    pub proposed_by: String,
    /// The administrator who approved it; nobody yet.
    pub approved_by: Option<String>,
    /// It lapses then.
    pub until: Timestamp,
}

impl Record for AccountChange {
    const KIND: &'static str = "account change";

    fn parent(&self) -> &str {
        &self.account
    }

    fn state(&self) -> &str {
        if self.approved_by.is_some() { "done" } else { "proposed" }
    }

    fn due(&self) -> Option<Timestamp> {
        self.approved_by.is_none().then_some(self.until)
    }
}

impl Register {
    /// Proposes a change of somebody's account. Another administrator approves it.
    ///
    /// # Errors
    /// [`RegisterError::Duty`] for one's own account; [`RegisterError::Missing`] for a factor that is not there.
    pub async fn propose_change(
        &self,
        caller: &Caller,
        account: &str,
        change: Change,
        reason: &str,
        at: Timestamp,
    ) -> Result<Stored<AccountChange>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let account = acting.tx()?.need::<Account>(account).await?;
        acting.permit(Action::AccountCreate, &account.body.resource(&account.id)).await?;
        if account.id == acting.who() {
            return Err(RegisterError::Duty("two other administrators change your account"));
        }
        let reason = checked_text("reason", reason, 500)?;
        let change = self.hashed(change)?;
        there(acting.tx()?, &account, &change).await?;
        let id = acting.tx()?.new_id();
        let proposed_by = acting.who().to_owned();
        let until = later(at, WAITS_MINUTES);
        let new = AccountChange { account: account.id.clone(), change, reason, proposed_by, approved_by: None, until };
        let new = acting.tx()?.add(&id, new).await?;
        let note = acting.note_on("account.change_proposed", "account", &account.id).about("change", &account.id, &id);
        acting.done(Notes::one(note.tag("change", new.body.change.as_str()).with(&new.body))).await?;
        Ok(new)
    }

    /// Approves a proposed change: by another administrator than proposed it, and not whose account it is. All sessions of the account end.
    /// Where no second factor is left, its password goes too, and the person gets an invitation to set both anew.
    ///
    /// # Errors
    /// [`RegisterError::Duty`] for the same administrator or one's own account; [`RegisterError::State`] when it was done or has lapsed.
    pub async fn approve_change(&self, caller: &Caller, id: &str, at: Timestamp) -> Result<Option<Invitation>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut change = acting.tx()?.need::<AccountChange>(id).await?;
        let mut account = acting.tx()?.need::<Account>(&change.body.account).await?;
        acting.permit(Action::AccountCreate, &account.body.resource(&account.id)).await?;
        if change.body.approved_by.is_some() || at >= change.body.until || !account.body.is_active() {
            return Err(RegisterError::State("the change is not waiting for approval".into()));
        }
        if change.body.proposed_by == acting.who() || account.id == acting.who() {
            return Err(RegisterError::Duty("another administrator than the one who proposed it, or whose account it is, approves a change"));
        }
        there(acting.tx()?, &account, &change.body.change).await?;
        change.body.approved_by = Some(acting.who().to_owned());
        acting.tx()?.put(&mut change).await?;
        make(acting.tx()?, &mut account, &change.body.change, at).await?;
        let keys = keys_of(acting.tx()?, &account.id).await?;
        let loses = matches!(change.body.change, Change::LoseKey { .. } | Change::LoseCode {});
        let bare = loses && account.body.totp.is_none() && good(&keys).is_empty();
        let token = bare.then(|| new_token(self.keys()));
        if let Some(token) = &token {
            account.body.password = None;
            account.body.invitation = Some(token_hash(token));
        }
        acting.tx()?.put(&mut account).await?;
        end_sessions(acting.tx()?, Find::Parent(&account.id), at).await?;
        let note = acting.note_on("account.changed", "account", &account.id).about("change", &account.id, id);
        let note = note.tag("change", change.body.change.as_str()).tag("invited", if bare { "yes" } else { "no" });
        acting.done(Notes::one(note.with(&change.body))).await?;
        Ok(token.map(|token| Invitation { account: account.id, token }))
    }
}

impl Register {
    /// The change with the hash of a subject in place of the subject: who the person is at the provider is not kept.
    fn hashed(&self, change: Change) -> Result<Change, RegisterError> {
        let Change::Bind { provider, subject } = change else { return Ok(change) };
        let subject = checked_text("subject", &subject, 255)?;
        let issuer = self.providers()?.issuer(&provider).ok_or(RegisterError::invalid("provider", "there is no such identity provider here"))?;
        Ok(Change::Bind { provider, subject: subject_key(self.keys(), &issuer, &subject) })
    }
}

/// Goes on when what is to change is there.
async fn there(writing: &mut Writing, account: &Stored<Account>, change: &Change) -> Result<(), RegisterError> {
    match change {
        Change::LoseKey { key } => {
            let known = keys_of(writing, &account.id).await?.iter().any(|known| known.id == *key);
            if known { Ok(()) } else { Err(RegisterError::Missing("security key")) }
        }
        Change::LoseCode {} if account.body.totp.is_some() => Ok(()),
        Change::LoseCode {} => Err(RegisterError::State("the account has no app that shows codes".into())),
        Change::Bind { .. } => Ok(()),
        Change::Unbind { binding } => {
            let known = bindings_of(writing, &account.id).await?.iter().any(|known| known.id == *binding);
            if known { Ok(()) } else { Err(RegisterError::Missing("binding")) }
        }
    }
}

async fn make(writing: &mut Writing, account: &mut Stored<Account>, change: &Change, at: Timestamp) -> Result<(), RegisterError> {
    match change {
        Change::Bind { provider, subject } => {
            bind(writing, &account.id, provider, subject.clone()).await?;
        }
        Change::Unbind { binding } => unbind(writing, &account.id, binding, at).await?,
        Change::LoseKey { key } => {
            for gone in keys_of(writing, &account.id).await?.iter().filter(|known| known.id == *key) {
                writing.remove(gone).await?;
            }
        }
        Change::LoseCode {} => {
            if let Some(record) = account.body.totp.take() {
                writing.erase(&record).await?;
                account.body.totp_step = None;
            }
        }
    }
    Ok(())
}
