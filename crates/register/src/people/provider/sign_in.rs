//! Signing in at a provider: the way out with a state of one use, the way back with a code, and the second factor where the provider has none.
//!
//! Nothing is kept between the way out and the way back: state, nonce and PKCE verifier are keyed hashes of the *binder*, a secret that the
//! client keeps and shows on the way back. Who was given another's state has no binder to it, and so cannot be signed in as somebody else.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tributary_access::oidc::{Subject, pkce, same, with_parameters};
use tributary_cases::{CasesError, Find, Note, Notes, Page, Record, Stored};
use tributary_model::Timestamp;
use tributary_model::time::MICROS_PER_SECOND;

use super::binding::{Binding, subject_key};
use super::{Provider, Providers, Unheard};
use crate::acting::Caller;
use crate::people::account::Account;
use crate::people::challenge::{Asked, Ceremony, keep, take};
use crate::people::security_key::{good, keys_of};
use crate::people::session::{Factor, Opened, Session, SignedIn, new_token, refuse, shown_code};
use crate::{Register, RegisterError};

/// How long a way out is good for, in seconds.
const STATE_SECONDS: i64 = 600;
/// The longest code that a provider may give, in bytes.
const CODE_MAX: usize = 4_096;
/// How many states that have run out are thrown away at a time.
const OVER_AT_ONCE: u32 = 16;
const UNKNOWN: &str = "there is no such identity provider here";

/// The way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Where the person's browser goes.
    pub address: String,
    /// The client's secret: shown on the way back, to nobody before.
    pub binder: String,
    /// Good until then.
    pub until: Timestamp,
}

/// The way back: what the provider sent the browser with, and the client's secret.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Back {
    /// The provider's name here.
    pub provider: String,
    /// As the provider gave it back.
    pub state: String,
    /// What is redeemed.
    pub code: String,
    /// Who says so, where the provider tells (RFC 9207).
    #[serde(default)]
    pub iss: Option<String>,
    /// The client's secret.
    pub binder: String,
}

/// A state that was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Used {
    until: Timestamp,
}

impl Record for Used {
    const KIND: &'static str = "used state";

    fn due(&self) -> Option<Timestamp> {
        Some(self.until)
    }
}

/// What is said of everything that is wrong with what a provider gave.
pub(super) const fn not_taken() -> RegisterError {
    RegisterError::SignIn("what the identity provider gave is not taken, or it names nobody here; begin again, or sign in by password")
}

fn seconds(at: Timestamp) -> i64 {
    at.0.div_euclid(MICROS_PER_SECOND)
}

impl Register {
    /// The providers at which people may sign in.
    ///
    /// # Errors
    /// [`RegisterError::State`] where there is none.
    pub(crate) fn providers(&self) -> Result<Arc<Providers>, RegisterError> {
        self.providers_or_none().ok_or_else(|| RegisterError::State("there is no identity provider here; sign in by password".into()))
    }

    /// What they are called.
    #[must_use]
    pub fn provider_names(&self) -> Vec<String> {
        self.providers_or_none().map(|providers| providers.names()).unwrap_or_default()
    }

    /// The way out, to sign in.
    ///
    /// # Errors
    /// [`RegisterError::Provider`] when the provider does not answer.
    pub async fn begin_provider_sign_in(&self, provider: &str, at: Timestamp) -> Result<Way, RegisterError> {
        self.way(provider, "", at).await
    }

    /// Signs in by what the provider gave. Where how it recognised the person does not count as a second factor, the session reaches nothing
    /// but its own account until one is shown.
    ///
    /// # Errors
    /// [`RegisterError::SignIn`] without telling what was wrong, [`RegisterError::Provider`] when the provider does not answer.
    pub async fn finish_provider_sign_in(&self, back: &Back, at: Timestamp) -> Result<SignedIn, RegisterError> {
        let (provider, subject) = self.heard(back, "", at).await?;
        let mut writing = self.store().write(at).await?;
        let key = subject_key(self.keys(), &provider.settings.issuer, &subject.subject);
        let binding = writing.sole::<Binding>("subject", &key).await?;
        let account = match &binding {
            Some(binding) => writing.get::<Account>(&binding.body.account).await?.filter(|account| account.body.is_active()),
            None => None,
        };
        let (Some(binding), Some(account)) = (binding, account) else {
            let note = Note::of("session.refused").tag("why", "unknown_subject").tag("provider", provider.settings.name.as_str());
            let payload = serde_json::json!({"issuer": provider.settings.issuer, "subject": subject.subject});
            writing.commit(Notes::one(note.with(&payload))).await?;
            return Err(not_taken());
        };
        if let Some(closed) = account.body.failures.closed(at) {
            let note = Note::of("session.refused").about("account", "", &account.id).tag("why", "closed");
            writing.commit(Notes::one(note)).await?;
            return Err(RegisterError::Locked(closed));
        }
        let second = provider.shown_second(&subject);
        let factor = if second { Factor::Provider } else { Factor::None };
        self.open_session(writing, account, Opened { factor, key: None, binding: Some(binding.id) }, at).await
    }

    /// The way out to a provider: to sign in (no purpose), or for what a session is about to do.
    pub(super) async fn way(&self, name: &str, purpose: &str, at: Timestamp) -> Result<Way, RegisterError> {
        let providers = self.providers()?;
        let provider = Arc::clone(providers.named(name).ok_or(RegisterError::invalid("provider", UNKNOWN))?);
        let asked = Arc::clone(&provider);
        let known = self.in_turn(move || asked.known(at)).await??;
        let binder = new_token(self.keys());
        let state = self.state(name, purpose, seconds(at), &binder);
        let (nonce, verifier) = self.secrets(&state, &binder);
        let (scope, challenge) = (provider.scope(), pkce(&verifier));
        let parameters = [
            ("response_type", "code"),
            ("client_id", &provider.settings.client),
            ("redirect_uri", &provider.settings.redirect),
            ("scope", &scope),
            ("state", &state),
            ("nonce", &nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let address = with_parameters(&known.authorization_endpoint, &parameters).ok_or(RegisterError::Provider("its address is not understood"))?;
        Ok(Way { address, binder, until: Timestamp(at.0.saturating_add(STATE_SECONDS.saturating_mul(MICROS_PER_SECOND))) })
    }

    /// Whom a provider names, on the way back: the state is the client's, in time and unused; what the provider gives for the code holds.
    /// Everything that does not is recorded.
    pub(super) async fn heard(&self, back: &Back, purpose: &str, at: Timestamp) -> Result<(Arc<Provider>, Subject), RegisterError> {
        let providers = self.providers()?;
        let Some(provider) = providers.named(&back.provider).map(Arc::clone) else { return self.unheard("state", at).await };
        if !self.state_is_good(back, purpose, at) || back.iss.as_ref().is_some_and(|iss| *iss != provider.settings.issuer) {
            return self.unheard("state", at).await;
        }
        if !self.use_state(&back.state, at).await? {
            return self.unheard("state_used", at).await;
        }
        let (nonce, verifier) = self.secrets(&back.state, &back.binder);
        let (asked, code) = (Arc::clone(&provider), back.code.clone());
        match self.in_turn(move || asked.redeem(&code, &verifier, &nonce, at)).await? {
            Ok(subject) => Ok((provider, subject)),
            Err(Unheard::Token(refusal)) => self.unheard(refusal.as_str(), at).await,
            Err(Unheard::Away(why)) => {
                self.record_unheard("provider_away", at).await?;
                Err(RegisterError::Provider(why))
            }
        }
    }

    /// Nonce and PKCE verifier of a state and its binder.
    fn secrets(&self, state: &str, binder: &str) -> (String, String) {
        let secret = format!("{state}/{binder}");
        (self.keyed("nonce", &secret), self.keyed("verifier", &secret))
    }

    /// Records why somebody was not signed in by a provider.
    async fn record_unheard(&self, why: &'static str, at: Timestamp) -> Result<(), RegisterError> {
        let note = Note::of("session.refused").tag("why", why).tag("factor", "provider");
        self.store().write(at).await?.commit(Notes::one(note)).await?;
        Ok(())
    }

    /// Records it and says so.
    async fn unheard<T>(&self, why: &'static str, at: Timestamp) -> Result<T, RegisterError> {
        self.record_unheard(why, at).await?;
        Err(not_taken())
    }

    /// Asks a provider beside the requests that wait, a few at a time.
    async fn in_turn<T: Send + 'static>(&self, ask: impl FnOnce() -> T + Send + 'static) -> Result<T, RegisterError> {
        let providers = self.providers()?;
        let turn =
            Arc::clone(&providers.turns).try_acquire_owned().map_err(|_| RegisterError::Provider("too many people sign in by it at this moment"))?;
        // The turn lasts as long as the asking, also where the one who waits has gone.
        let asking = move || {
            let told = ask();
            drop(turn);
            told
        };
        tokio::task::spawn_blocking(asking).await.map_err(|_| RegisterError::Provider("asking was interrupted"))
    }

    /// `WHEN.HASH`: who has not been given the binder can neither make nor use one.
    fn state(&self, provider: &str, purpose: &str, when: i64, binder: &str) -> String {
        format!("{when}.{}", self.keyed("state", &format!("{provider}/{purpose}/{when}/{binder}")))
    }

    fn state_is_good(&self, back: &Back, purpose: &str, at: Timestamp) -> bool {
        let Some(when) = back.state.split_once('.').and_then(|(when, _)| when.parse::<i64>().ok()) else { return false };
        let in_time = (0..STATE_SECONDS).contains(&seconds(at).saturating_sub(when));
        let fits = back.binder.len() == 64 && !back.code.is_empty() && back.code.len() <= CODE_MAX;
        in_time && fits && same(self.state(&back.provider, purpose, when, &back.binder).as_bytes(), back.state.as_bytes())
    }

    /// Whether a state was not used before; it is from now on.
    async fn use_state(&self, state: &str, at: Timestamp) -> Result<bool, RegisterError> {
        let mut writing = self.store().write(at).await?;
        for over in writing.list::<Used>(Find::Due(at), &Page::first(OVER_AT_ONCE)).await? {
            match writing.remove(&over).await {
                // Another sign-in has just done it.
                Ok(()) | Err(CasesError::Conflict { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
        let until = Timestamp(at.0.saturating_add(2 * STATE_SECONDS * MICROS_PER_SECOND));
        match writing.add(&state_id(state), Used { until }).await {
            Ok(_) => {}
            Err(CasesError::Taken { .. }) => return Ok(false),
            Err(other) => return Err(other.into()),
        }
        writing.commit(Notes::one(Note::of("session.provider_answered"))).await?;
        Ok(true)
    }

    /// A keyed hash of 256 bits for one use.
    fn keyed(&self, name: &str, text: &str) -> String {
        ["1", "2"].map(|half| self.keys().pseudonym(&format!("oidc/{name}/{half}"), text).as_str().to_owned()).concat()
    }

    /// Shows an app's code in a session that a provider's word has opened.
    ///
    /// # Errors
    /// [`RegisterError::SignIn`] for a wrong one, which counts like one at the door.
    pub async fn show_code(&self, caller: &Caller, code: &str, at: Timestamp) -> Result<(), RegisterError> {
        let (mut acting, mut account) = self.bare(caller, at).await?;
        let Some(step) = shown_code(acting.tx()?, &account.body, code, at).await? else {
            refuse(acting.into_writing()?, account, "wrong", at).await?;
            return Err(RegisterError::SignIn("the code is wrong"));
        };
        account.body.totp_step = Some(step);
        let writing = acting.into_writing()?;
        self.raise(writing, account, &caller.session, Factor::Code, None).await
    }

    /// A challenge for one's security keys, in such a session.
    ///
    /// # Errors
    /// [`RegisterError::State`] for an account without a key.
    pub async fn begin_key_step(&self, caller: &Caller, at: Timestamp) -> Result<Asked, RegisterError> {
        let party = self.relying_party()?;
        let (mut acting, account) = self.bare(caller, at).await?;
        let keys = good(&keys_of(acting.tx()?, &account.id).await?);
        if keys.is_empty() {
            return Err(RegisterError::State("the account has no security key; show a code".into()));
        }
        let ceremony = Ceremony::Step { session: caller.session.clone() };
        let asked = keep(acting.tx()?, self.keys(), &account.id, ceremony, party.begin_authentication(&keys)?).await?;
        let note = acting.note_on("session.key_asked", "account", &account.id);
        acting.done(Notes::one(note)).await?;
        Ok(asked)
    }

    /// Shows a security key in such a session.
    ///
    /// # Errors
    /// [`RegisterError::SignIn`] for what is wrong, which counts like what is wrong at the door.
    pub async fn finish_key_step(&self, caller: &Caller, challenge: &str, answer: &Value, at: Timestamp) -> Result<(), RegisterError> {
        let (mut acting, account) = self.bare(caller, at).await?;
        let own = Ceremony::Step { session: caller.session.clone() };
        let found = take(acting.tx()?, challenge).await?;
        let found = found.filter(|found| found.body.ceremony == own && at < found.body.until);
        let Some(found) = found else { return Err(RegisterError::SignIn("the challenge is unknown, was answered before or has run out")) };
        let writing = acting.into_writing()?;
        let (writing, account, key) = self.answered(writing, account, &found.body.state, answer, at).await?;
        self.raise(writing, account, &caller.session, Factor::Key, Some(key)).await
    }

    /// The caller's open account, in a session that lacks a second factor.
    async fn bare(&self, caller: &Caller, at: Timestamp) -> Result<(crate::Acting, Stored<Account>), RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let id = acting.who().to_owned();
        let account = acting.tx()?.need::<Account>(&id).await?;
        acting.permit(tributary_access::Action::AccountUpdate, &account.body.resource(&id)).await?;
        if caller.principal.mfa {
            return Err(RegisterError::State("the session has its second factor".into()));
        }
        account.body.failures.open(at)?;
        Ok((acting, account))
    }

    /// Gives a session its second factor.
    async fn raise(
        &self,
        mut writing: tributary_cases::Writing,
        mut account: Stored<Account>,
        session: &str,
        factor: Factor,
        key: Option<String>,
    ) -> Result<(), RegisterError> {
        account.body.failures = crate::people::account::Failures::default();
        writing.put(&mut account).await?;
        let mut session = writing.need::<Session>(session).await?;
        session.body.mfa = true;
        session.body.factor = factor;
        session.body.key = key;
        writing.put(&mut session).await?;
        let note = Note::of("session.raised").about("account", "", &account.id).tag("factor", factor.as_str());
        writing.commit(Notes::one(note)).await?;
        Ok(())
    }
}

fn state_id(state: &str) -> String {
    use sha2::Digest as _;
    tributary_vault::hex(&sha2::Sha256::digest(state))
}
