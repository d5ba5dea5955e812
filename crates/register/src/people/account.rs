//! Accounts: one person, one role, one unit. Two administrators make one, so that none can make a second self.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, AgencyClass, Principal, Resource, Role, password, second_factor};
use tributary_cases::{Notes, Record, Stored};
use tributary_model::{Date, Timestamp};

use super::agency::{Agency, checked_id, checked_jurisdiction, checked_text};
use crate::acting::Caller;
use crate::{Register, RegisterError};

/// Where an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    /// One administrator has proposed it; another must approve.
    Proposed,
    /// May sign in.
    Active,
    /// May not.
    Suspended,
}

/// What an account is: everything that policies read of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountIs {
    /// By what the person signs in.
    pub login: String,
    /// How the person is called.
    pub name: String,
    /// Agency's id.
    pub agency: String,
    /// Unit within the agency.
    pub unit: String,
    /// The one role.
    pub role: Role,
    /// Vetting, 0 to 3.
    pub vetting: u8,
    /// The last day on which the vetting holds.
    pub vetted_until: Date,
    /// ISO 3166 codes served.
    pub jurisdictions: BTreeSet<String>,
}

/// Failed attempts to sign in, and until when the account is closed for them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failures {
    /// In a row.
    pub count: u32,
    /// Until when nothing is tried.
    pub closed_until: Option<Timestamp>,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// What it is.
    pub is: AccountIs,
    /// The agency's class, kept here because every decision reads it.
    pub class: AgencyClass,
    /// Where it stands.
    pub state: AccountState,
    /// The administrator who proposed it; nobody for the first.
    pub proposed_by: String,
    /// The administrator who approved it.
    pub approved_by: String,
    /// PHC string of the password's hash; none until the person has set it.
    pub password: Option<String>,
    /// The sealed record of the second factor's secret; none until set.
    pub totp: Option<String>,
    /// The last step whose code was used.
    pub totp_step: Option<u64>,
    /// Hash of the token by which the person sets password and second factor, once.
    pub invitation: Option<String>,
    /// Failed attempts.
    pub failures: Failures,
    /// The day on which somebody last signed in with it; not known for what was before this was kept.
    #[serde(default)]
    pub last_sign_in: Option<Date>,
}

impl Record for Account {
    const KIND: &'static str = "account";

    fn agency(&self) -> &str {
        &self.is.agency
    }

    fn state(&self) -> &str {
        match self.state {
            AccountState::Proposed => "proposed",
            AccountState::Active => "active",
            AccountState::Suspended => "suspended",
        }
    }

    fn sole_keys(&self) -> Vec<(&'static str, String)> {
        let invitation = self.invitation.iter().map(|hash| ("invitation", hash.clone()));
        std::iter::once(("login", self.is.login.clone())).chain(invitation).collect()
    }
}

impl Account {
    /// Whether it may sign in and act.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.state == AccountState::Active
    }

    /// What policies see of it at a time.
    #[must_use]
    pub fn principal(&self, id: &str, mfa: bool, at: Timestamp) -> Principal {
        Principal {
            id: id.to_owned(),
            role: self.is.role,
            agency: self.is.agency.clone(),
            agency_class: self.class,
            unit: self.is.unit.clone(),
            vetting: self.is.vetting,
            vetting_valid: at.date() <= self.is.vetted_until,
            jurisdictions: self.is.jurisdictions.clone(),
            mfa,
        }
    }

    pub(super) fn resource(&self, id: &str) -> Resource {
        Resource { id: id.to_owned(), owner: self.is.agency.clone(), author: self.proposed_by.clone(), ..Resource::default() }
    }
}

const UNINVITED: RegisterError = RegisterError::SignIn("the invitation is unknown or was used");

/// What a new account's person gets: by this they set their password and second factor, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The account.
    pub account: String,
    /// The token: shown once, kept nowhere.
    pub token: String,
}

/// What the person gets when the password is set: the secret for an authenticator app, shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// The account.
    pub account: String,
    /// Base32, to type into the app.
    pub secret: String,
}

pub(crate) fn checked(is: &AccountIs) -> Result<(), RegisterError> {
    checked_id("login", &is.login)?;
    checked_text("name", &is.name, 120)?;
    checked_id("unit", &is.unit)?;
    if is.vetting > 3 {
        return Err(RegisterError::invalid("vetting", "0 to 3"));
    }
    is.jurisdictions.iter().try_for_each(|code| checked_jurisdiction("jurisdictions", code))
}

impl Register {
    /// Proposes an account. Another administrator approves it.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn propose_account(&self, caller: &Caller, is: AccountIs, at: Timestamp) -> Result<Stored<Account>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        acting.permit(Action::AccountCreate, &Resource { owner: is.agency.clone(), ..Resource::default() }).await?;
        checked(&is)?;
        let agency = acting.tx()?.get::<Agency>(&is.agency).await?.ok_or(RegisterError::Missing("agency"))?;
        let id = acting.tx()?.new_id();
        let proposed_by = acting.who().to_owned();
        let account = acting.tx()?.add(&id, Account::new(is, agency.body.class, proposed_by)).await?;
        let note = acting.note_on("account.proposed", "account", &id).tag("granted", account.body.is.role.as_str());
        acting.done(Notes::one(note.with(&account.body.is))).await?;
        Ok(account)
    }

    /// Approves a proposed account: by another administrator than proposed it.
    ///
    /// # Errors
    /// [`RegisterError::Duty`] for the same administrator, or for an account of one's own.
    pub async fn approve_account(&self, caller: &Caller, id: &str, at: Timestamp) -> Result<Invitation, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut account = acting.tx()?.need::<Account>(id).await?;
        acting.permit(Action::AccountCreate, &account.body.resource(id)).await?;
        if account.body.state != AccountState::Proposed {
            return Err(RegisterError::State("the account is not waiting for approval".into()));
        }
        if account.body.proposed_by == acting.who() {
            return Err(RegisterError::Duty("another administrator than the one who proposed it approves an account"));
        }
        acting.who().clone_into(&mut account.body.approved_by);
        account.body.state = AccountState::Active;
        let token = super::session::new_token(self.keys());
        account.body.invitation = Some(super::session::token_hash(&token));
        acting.tx()?.put(&mut account).await?;
        let note = acting.note_on("account.approved", "account", id).tag("granted", account.body.is.role.as_str());
        acting.done(Notes::one(note)).await?;
        Ok(Invitation { account: id.to_owned(), token })
    }

    /// Closes an account; its sessions end with it.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn suspend_account(&self, caller: &Caller, id: &str, reason: &str, at: Timestamp) -> Result<(), RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut account = acting.tx()?.need::<Account>(id).await?;
        acting.permit(Action::AccountSuspend, &account.body.resource(id)).await?;
        let reason = checked_text("reason", reason, 500)?;
        account.body.state = AccountState::Suspended;
        account.body.invitation = None;
        acting.tx()?.put(&mut account).await?;
        let note = acting.note_on("account.suspended", "account", id).with(&serde_json::json!({"account": id, "reason": reason}));
        acting.done(Notes::one(note)).await?;
        Ok(())
    }

    /// Sets password and second factor by an invitation, once. The person does this, not the administrator.
    ///
    /// # Errors
    /// [`RegisterError::SignIn`] for a token that is unknown or used.
    pub async fn enrol(&self, token: &str, password: &str, at: Timestamp) -> Result<Enrolled, RegisterError> {
        let hash = super::session::token_hash(token);
        let found = self.invited(token).await?;
        // Hashing takes long by design: no transaction is open meanwhile.
        let hashed = self.hash(password, &found.body.is.login).await?;
        let secret: [u8; second_factor::SECRET] = self.keys().random();
        let mut writing = self.store().write(at).await?;
        let mut account = writing.need::<Account>(&found.id).await?;
        if account.body.invitation.as_deref() != Some(hash.as_str()) {
            return Err(UNINVITED);
        }
        let record = format!("totp/{}", account.id);
        writing.seal(&record, &secret).await?;
        account.body.password = Some(hashed);
        account.body.totp = Some(record);
        account.body.totp_step = None;
        account.body.invitation = None;
        account.body.failures = Failures::default();
        writing.put(&mut account).await?;
        let note = tributary_cases::Note::of("account.enrolled").about("account", "", &account.id).tag("role", account.body.is.role.as_str());
        let note = note.tag("factor", super::session::Factor::Code.as_str());
        writing.commit(Notes::one(note)).await?;
        Ok(Enrolled { account: account.id, secret: second_factor::to_base32(&secret) })
    }

    /// The account that an invitation is for.
    pub(super) async fn invited(&self, token: &str) -> Result<Stored<Account>, RegisterError> {
        let found = self.store().read().await?.sole::<Account>("invitation", &super::session::token_hash(token)).await?;
        found.filter(|account| account.body.is_active()).ok_or(UNINVITED)
    }

    /// Hashes a password beside the requests that wait.
    pub(crate) async fn hash(&self, password: &str, login: &str) -> Result<String, RegisterError> {
        let (password, login, cost) = (password.to_owned(), login.to_owned(), self.settings().cost);
        let salt = self.keys().random::<16>();
        let hashed = tokio::task::spawn_blocking(move || password::hash(&password, &login, &salt, cost)).await;
        match hashed.map_err(|_| RegisterError::State("hashing was interrupted; try again".into()))? {
            Err(tributary_access::AccessError::Password(why)) => Err(RegisterError::invalid("password", why)),
            other => Ok(other?),
        }
    }
}

impl Account {
    pub(crate) fn new(is: AccountIs, class: AgencyClass, proposed_by: String) -> Self {
        Self {
            is,
            class,
            state: AccountState::Proposed,
            proposed_by,
            approved_by: String::new(),
            password: None,
            totp: None,
            totp_step: None,
            invitation: None,
            failures: Failures::default(),
            last_sign_in: None,
        }
    }
}
