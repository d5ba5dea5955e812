//! An open register: its store, its policies in force, and the settings it was opened with.

use std::sync::{Arc, PoisonError, RwLock};

use tributary_access::password::Cost;
use tributary_access::security_key::RelyingParty;
use tributary_access::{Policies, Purpose};
use tributary_cases::{Keys, Store};
use tributary_model::Timestamp;

use crate::acting::{Acting, Caller};
use crate::basis::Statutes;
use crate::log::LogKeeper;
use crate::people::provider::Providers;
use crate::{RegisterError, people};

/// What an operator may set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The cost of a password's hash.
    pub cost: Cost,
    /// How long a session lasts at most, in minutes.
    pub session_minutes: u32,
    /// How long it lasts without a request, in minutes.
    pub idle_minutes: u32,
    /// ISO 3166 code of the country whose register this is.
    pub jurisdiction: String,
    /// Minutes between reading a person's safe contact and contacting them (SG-036).
    pub risk_minutes: u32,
    /// Share of closed alerts that are read again, in percent (SG-016 asks for 5 or more).
    pub reread_percent: u32,
    /// What may be stated as a legal basis.
    pub statutes: Statutes,
    /// Days without a sign-in after which an account is shown as due for review.
    pub account_idle_days: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            cost: Cost::STANDARD,
            session_minutes: 12 * 60,
            idle_minutes: 30,
            jurisdiction: "PK".into(),
            risk_minutes: 15,
            reread_percent: 5,
            statutes: Statutes::shipped().unwrap_or_else(|_| Statutes::none("PK")),
            account_idle_days: 90,
        }
    }
}

/// An open register.
#[derive(Clone)]
pub struct Register {
    store: Store,
    policies: Arc<RwLock<Arc<Policies>>>,
    settings: Arc<Settings>,
    keeper: Option<Arc<LogKeeper>>,
    nobody: Arc<tokio::sync::OnceCell<String>>,
    relying_party: Option<Arc<RelyingParty>>,
    providers: Option<Arc<Providers>>,
}

impl Register {
    /// A register over a store, under these policies.
    #[must_use]
    pub fn new(store: Store, policies: Policies, settings: Settings) -> Self {
        Self {
            store,
            policies: Arc::new(RwLock::new(Arc::new(policies))),
            settings: Arc::new(settings),
            keeper: None,
            nobody: Arc::default(),
            relying_party: None,
            providers: None,
        }
    }

    /// The same register with a log. Without one nothing leaves it.
    #[must_use]
    pub fn with_log(self, keeper: LogKeeper) -> Self {
        Self { keeper: Some(Arc::new(keeper)), ..self }
    }

    /// The same register with an address that security keys are bound to. Without one none is taken.
    #[must_use]
    pub fn with_relying_party(self, party: RelyingParty) -> Self {
        Self { relying_party: Some(Arc::new(party)), ..self }
    }

    /// The same register with identity providers at which people may sign in.
    #[must_use]
    pub fn with_providers(self, providers: Providers) -> Self {
        Self { providers: Some(Arc::new(providers)), ..self }
    }

    pub(crate) fn providers_or_none(&self) -> Option<Arc<Providers>> {
        self.providers.clone()
    }

    /// What security keys are bound to.
    ///
    /// # Errors
    /// [`RegisterError::State`] where nothing is.
    pub(crate) fn relying_party(&self) -> Result<Arc<RelyingParty>, RegisterError> {
        let none = || RegisterError::State("security keys are not taken here: the operator has named no address that they are bound to".into());
        self.relying_party.clone().ok_or_else(none)
    }

    /// The hash of nobody's password.
    pub(crate) fn nobody(&self) -> &tokio::sync::OnceCell<String> {
        &self.nobody
    }

    /// Who keeps the log.
    ///
    /// # Errors
    /// [`RegisterError::Quorum`] where nobody does.
    pub fn keeper(&self) -> Result<Arc<LogKeeper>, RegisterError> {
        self.keeper.clone().ok_or_else(|| RegisterError::Quorum("no log is kept".into()))
    }

    /// The store.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// What it was opened with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Keys and random bytes.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        self.store.keys()
    }

    /// The policies in force.
    #[must_use]
    pub fn policies(&self) -> Arc<Policies> {
        Arc::clone(&self.policies.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts released policies in force, for every request that begins from now on.
    pub(crate) fn put_in_force(&self, policies: Policies) {
        *self.policies.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policies);
    }

    /// Opens a transaction in which a caller acts at a time. Whether the session still holds and what the caller's circumstances are
    /// (a case they belong to, break-glass in force) is looked up in it.
    ///
    /// # Errors
    /// [`RegisterError::SignIn`] when the session does not hold.
    pub async fn act(&self, caller: &Caller, at: Timestamp) -> Result<Acting, RegisterError> {
        Acting::open(self, caller, at).await
    }

    /// Who a session's token belongs to, acting for a purpose.
    ///
    /// # Errors
    /// [`RegisterError::SignIn`] when the token is unknown, has run out, or its account is suspended.
    pub async fn caller(&self, token: &str, purpose: Purpose, at: Timestamp) -> Result<Caller, RegisterError> {
        people::session::caller(self, token, purpose, at).await
    }
}
