//! Identity providers (OpenID Connect): what the operator has set, what a provider says of itself, and asking it.

pub mod binding;
pub mod sign_in;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use tokio::sync::Semaphore;
use tributary_access::oidc::{self, Algorithm, Expected, KeySet, Subject, TokenRefusal, is_guarded};
use tributary_model::Timestamp;
use tributary_model::time::MICROS_PER_SECOND;

use crate::RegisterError;

/// Longest description, key set or token answer, in bytes.
pub const ANSWER_MAX: usize = 256 << 10;
/// How long what a provider says of itself is believed, in seconds.
const KNOWN_SECONDS: i64 = 3_600;
/// How soon keys are fetched again for a name that is not among them, in seconds.
const AGAIN_SECONDS: i64 = 60;
/// How long a provider that did not answer is not asked, in seconds.
const REST_SECONDS: i64 = 15;
/// How many are asked at a time.
const AT_ONCE: usize = 4;

/// How providers are reached. Blocking; time and length of an answer are bounded by whoever implements it.
pub trait Exchange: Send + Sync {
    /// The body of a good answer (status 200) of at most so many bytes.
    ///
    /// # Errors
    /// What went wrong.
    fn get(&self, url: &str, longest: usize) -> Result<Vec<u8>, String>;

    /// The same for a form, sent by a client with its secret (RFC 6749, section 2.3.1: HTTP Basic).
    ///
    /// # Errors
    /// What went wrong.
    fn post(&self, url: &str, form: &str, client: (&str, &str), longest: usize) -> Result<Vec<u8>, String>;
}

/// What the operator sets of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What it is called here.
    pub name: String,
    /// Its issuer's address.
    pub issuer: String,
    /// The id under which it knows the register.
    pub client: String,
    /// Where it sends people back to: the one address that is ever given to it.
    pub redirect: String,
    /// What may sign its tokens.
    pub algorithms: Vec<Algorithm>,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// Values of `acr` that count as a second factor.
    pub second_factor_acr: BTreeSet<String>,
    /// Values of `amr` any of which counts as one.
    pub second_factor_amr: BTreeSet<String>,
}

/// A provider.
pub struct Provider {
    settings: Settings,
    secret: String,
    exchange: Arc<dyn Exchange>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    known: Option<(Timestamp, Arc<Known>)>,
    /// When its keys were last fetched anew for an unknown name.
    again: Option<Timestamp>,
    /// When it last did not answer.
    silent: Option<Timestamp>,
}

/// What a provider says of itself.
struct Known {
    authorization_endpoint: String,
    token_endpoint: String,
    keys: KeySet,
}

#[derive(Deserialize)]
struct Description {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct Redeemed {
    id_token: String,
    #[serde(default)]
    access_token: String,
}

/// Why a provider's word is not taken.
enum Unheard {
    /// The provider could not be asked.
    Away(&'static str),
    /// Its token does not hold.
    Token(TokenRefusal),
}

impl From<Unheard> for RegisterError {
    fn from(unheard: Unheard) -> Self {
        match unheard {
            Unheard::Away(why) => Self::Provider(why),
            Unheard::Token(_) => sign_in::not_taken(),
        }
    }
}

/// All providers, and how many may be asked at a time.
pub struct Providers {
    all: Vec<Arc<Provider>>,
    turns: Arc<Semaphore>,
}

impl Providers {
    /// These providers.
    #[must_use]
    pub fn new(all: Vec<Provider>) -> Self {
        Self { all: all.into_iter().map(Arc::new).collect(), turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// What they are called.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.all.iter().map(|provider| provider.settings.name.clone()).collect()
    }

    pub(super) fn issuer(&self, name: &str) -> Option<String> {
        self.named(name).map(|provider| provider.settings.issuer.clone())
    }

    fn named(&self, name: &str) -> Option<&Arc<Provider>> {
        self.all.iter().find(|provider| provider.settings.name == name)
    }
}

impl Provider {
    /// A provider with its client's secret, reached in this way.
    ///
    /// # Errors
    /// [`RegisterError::Invalid`] for a setting that will not do.
    pub fn new(settings: Settings, secret: &str, exchange: Arc<dyn Exchange>) -> Result<Self, RegisterError> {
        super::agency::checked_id("name", &settings.name)?;
        let issuer_fits = is_guarded(&settings.issuer) && !settings.issuer.contains('?');
        if !issuer_fits {
            return Err(RegisterError::invalid("issuer", "an https address without parameters (http for this machine alone)"));
        }
        if !is_guarded(&settings.redirect) {
            return Err(RegisterError::invalid("redirect", "an https address (http for this machine alone)"));
        }
        let words = |word: &String| !word.is_empty() && word.len() <= 100 && word.bytes().all(|b| b.is_ascii_graphic());
        if settings.algorithms.is_empty() || secret.trim().is_empty() || !words(&settings.client) || settings.scopes.len() > 20 {
            return Err(RegisterError::invalid("provider", "a client id, its secret, at least one algorithm, at most 20 scopes"));
        }
        if !settings.scopes.iter().all(words) {
            return Err(RegisterError::invalid("scopes", "words without spaces"));
        }
        Ok(Self { settings, secret: secret.trim().to_owned(), exchange, state: Mutex::default() })
    }

    fn scope(&self) -> String {
        let others = self.settings.scopes.iter().map(String::as_str).filter(|scope| *scope != "openid");
        std::iter::once("openid").chain(others).collect::<Vec<_>>().join(" ")
    }

    /// Whether how somebody was recognised counts as a second factor.
    fn shown_second(&self, subject: &Subject) -> bool {
        subject.acr.as_ref().is_some_and(|acr| self.settings.second_factor_acr.contains(acr))
            || subject.amr.iter().any(|amr| self.settings.second_factor_amr.contains(amr))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it says of itself, as fetched within the hour; blocking.
    fn known(&self, at: Timestamp) -> Result<Arc<Known>, Unheard> {
        {
            let state = self.lock();
            if let Some((fetched, known)) = &state.known
                && within(*fetched, at, KNOWN_SECONDS)
            {
                return Ok(Arc::clone(known));
            }
            if state.silent.is_some_and(|silent| within(silent, at, REST_SECONDS)) {
                return Err(Unheard::Away("it did not answer a moment ago"));
            }
        }
        self.fetch(at)
    }

    /// The same, fetched now: for a key that is not among those that are known; once a minute at the most.
    fn known_anew(&self, at: Timestamp) -> Result<Arc<Known>, Unheard> {
        {
            let mut state = self.lock();
            if state.again.is_some_and(|again| within(again, at, AGAIN_SECONDS)) {
                return Err(Unheard::Token(TokenRefusal::Key));
            }
            state.again = Some(at);
        }
        self.fetch(at)
    }

    fn fetch(&self, at: Timestamp) -> Result<Arc<Known>, Unheard> {
        let fetched = self.describe();
        let mut state = self.lock();
        match fetched {
            Ok(known) => {
                let known = Arc::new(known);
                state.known = Some((at, Arc::clone(&known)));
                state.silent = None;
                Ok(known)
            }
            Err(why) => {
                state.silent = Some(at);
                Err(Unheard::Away(why))
            }
        }
    }

    fn describe(&self) -> Result<Known, &'static str> {
        let url = format!("{}/.well-known/openid-configuration", self.settings.issuer.trim_end_matches('/'));
        let body = self.exchange.get(&url, ANSWER_MAX).map_err(|_| "it does not answer")?;
        let said: Description = serde_json::from_slice(&body).map_err(|_| "what it says of itself is not understood")?;
        if said.issuer != self.settings.issuer {
            return Err("it says that it is another");
        }
        if ![&said.authorization_endpoint, &said.token_endpoint, &said.jwks_uri].iter().all(|address| is_guarded(address)) {
            return Err("one of its addresses is not encrypted");
        }
        let keys = self.exchange.get(&said.jwks_uri, ANSWER_MAX).map_err(|_| "it does not give its keys")?;
        let keys = KeySet::parse(&keys).ok_or("its keys are not understood")?;
        Ok(Known { authorization_endpoint: said.authorization_endpoint, token_endpoint: said.token_endpoint, keys })
    }

    /// Redeems a code and verifies whom the token names; blocking.
    fn redeem(&self, code: &str, verifier: &str, nonce: &str, at: Timestamp) -> Result<Subject, Unheard> {
        let known = self.known(at)?;
        let parameters =
            [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", self.settings.redirect.as_str()), ("code_verifier", verifier)];
        let client = (self.settings.client.as_str(), self.secret.as_str());
        let body = self.exchange.post(&known.token_endpoint, &oidc::form(&parameters), client, ANSWER_MAX);
        let body = body.map_err(|_| Unheard::Away("it does not redeem the code"))?;
        let redeemed: Redeemed = serde_json::from_slice(&body).map_err(|_| Unheard::Away("what it gives for the code is not understood"))?;
        let expected = Expected {
            issuer: &self.settings.issuer,
            client: &self.settings.client,
            nonce,
            algorithms: &self.settings.algorithms,
            access_token: &redeemed.access_token,
            at: u64::try_from(at.0.div_euclid(MICROS_PER_SECOND)).unwrap_or(0),
        };
        match oidc::verify(&redeemed.id_token, &known.keys, &expected) {
            Err(TokenRefusal::Key) => oidc::verify(&redeemed.id_token, &self.known_anew(at)?.keys, &expected).map_err(Unheard::Token),
            other => other.map_err(Unheard::Token),
        }
    }
}

fn within(then: Timestamp, now: Timestamp, seconds: i64) -> bool {
    let passed = now.0.saturating_sub(then.0);
    (0..seconds.saturating_mul(MICROS_PER_SECOND)).contains(&passed)
}
