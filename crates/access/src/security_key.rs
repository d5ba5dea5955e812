//! The second factor of local accounts: security keys and passkeys (W3C Web Authentication, level 3), by `webauthn-rs`.
//!
//! A key is bound to one relying party (an address's domain) and answers challenges that come from its origins alone, so that a code which
//! somebody was talked into telling has no counterpart here. The key must have verified its user (PIN, finger); what maker it has is not
//! asked (attestation `none`). Challenges are drawn by `webauthn-rs` from the system's random source; when they end is the caller's business.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use webauthn_rs::prelude::{
    AuthenticationResult, Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Url, Uuid, Webauthn,
    WebauthnBuilder, WebauthnError,
};

use crate::AccessError;

/// How long a challenge is good for, in seconds.
pub const CHALLENGE_SECONDS: u64 = 300;
/// The most origins that a relying party may have.
const ORIGINS_MAX: usize = 8;
/// The longest attestation or signed data that is looked at, in bytes: attestations with certificates have some kilobytes.
const ANSWER_MAX: usize = 32 << 10;

/// The place that keys are bound to.
#[derive(Debug, Clone)]
pub struct RelyingParty(Webauthn);

/// A challenge: what goes to the browser, and what is kept until it answers.
#[derive(Debug, Clone)]
pub struct Begun {
    /// `CredentialCreationOptions` or `CredentialRequestOptions`, as browsers take them.
    pub options: Value,
    /// What the answer is checked against. It never leaves the register.
    pub state: String,
}

/// A registered key's public half and what its maker's rules need beside it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(Passkey);

/// A key that has signed a challenge.
#[derive(Debug, Clone)]
pub struct Signed(AuthenticationResult);

/// Why a key's answer is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyRefusal {
    /// It is not of the form that the standard gives, or the key is of a kind that is not taken.
    Form,
    /// It was made for another origin or another relying party: what phishing looks like.
    Place,
    /// It answers another challenge.
    Challenge,
    /// The key has not verified its user.
    Unverified,
    /// The key is not one of the account's.
    Unknown,
    /// The signature is not the key's.
    Signature,
    /// The counter has not grown: the key has a double.
    Counter,
}

impl KeyRefusal {
    /// Its word, as the ledger has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Form => "key_form",
            Self::Place => "key_place",
            Self::Challenge => "key_challenge",
            Self::Unverified => "key_unverified",
            Self::Unknown => "key_unknown",
            Self::Signature => "key_signature",
            Self::Counter => "key_counter",
        }
    }

    /// What is wrong, and what would do: for somebody who is signed in and adds a key.
    #[must_use]
    pub const fn why(self) -> &'static str {
        match self {
            Self::Form => "the answer is not what a security key gives (W3C WebAuthn), or the key is of a kind that is not taken",
            Self::Place => "the answer was made for another address than this register's; open the register's own address",
            Self::Challenge => "the answer is to another challenge; begin again",
            Self::Unverified => "the key has not verified you; set a PIN or fingerprint on it",
            Self::Unknown => "the key is not registered here",
            Self::Signature => "the signature is not the key's",
            Self::Counter => "the key's counter has not grown: there may be a copy of it",
        }
    }

    const fn of(error: &WebauthnError) -> Self {
        match error {
            WebauthnError::InvalidRPOrigin | WebauthnError::InvalidRPIDHash | WebauthnError::CredentialCrossOrigin => Self::Place,
            WebauthnError::MismatchedChallenge => Self::Challenge,
            WebauthnError::UserNotVerified | WebauthnError::UserNotPresent => Self::Unverified,
            WebauthnError::CredentialNotFound => Self::Unknown,
            WebauthnError::AuthenticationFailure => Self::Signature,
            WebauthnError::CredentialPossibleCompromise => Self::Counter,
            _ => Self::Form,
        }
    }
}

impl Key {
    /// The credential's id, as bytes.
    #[must_use]
    pub fn credential(&self) -> &[u8] {
        self.0.cred_id()
    }

    /// Takes over what a use has told: the counter, whether it is backed up.
    pub fn used(&mut self, signed: &Signed) {
        self.0.update_credential(&signed.0);
    }
}

impl Signed {
    /// The credential's id, as bytes.
    #[must_use]
    pub fn credential(&self) -> &[u8] {
        self.0.cred_id()
    }

    /// The counter it showed; 0 for keys that have none.
    #[must_use]
    pub fn counter(&self) -> u32 {
        self.0.counter()
    }
}

fn wrong(why: impl std::fmt::Display) -> AccessError {
    AccessError::RelyingParty(why.to_string())
}

/// An origin: scheme, host and port, nothing else; encrypted, unless it is this machine.
fn checked_origin(id: &str, origin: &str) -> Result<Url, AccessError> {
    let shown: String = origin.chars().take(100).collect();
    let url = Url::parse(origin).map_err(|error| wrong(format!("origin `{shown}`: {error}")))?;
    let plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    let host = url.domain().unwrap_or_default();
    let encrypted = url.scheme() == "https" || (url.scheme() == "http" && host == "localhost");
    let within = host == id || host.strip_suffix(id).is_some_and(|before| before.ends_with('.'));
    if plain && encrypted && within {
        return Ok(url);
    }
    Err(wrong(format!(
        "origin `{shown}`: write `https://HOST` or `https://HOST:PORT` with a host that is `{id}` or ends in `.{id}` (`http` for localhost alone)"
    )))
}

impl RelyingParty {
    /// A relying party by its id (a domain such as `register.example`), its name for people, and the origins its pages come from.
    ///
    /// # Errors
    /// [`AccessError::RelyingParty`] when the id is no domain, or an origin is not within it or not encrypted.
    pub fn new(id: &str, name: &str, origins: &[String]) -> Result<Self, AccessError> {
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
        let domain =
            id == "localhost" || (id.contains('.') && id.len() <= 253 && id.chars().all(letters) && !id.starts_with('.') && !id.ends_with('.'));
        if !domain {
            return Err(wrong("the id is a domain in small letters such as `register.example`, or `localhost`"));
        }
        if origins.is_empty() || origins.len() > ORIGINS_MAX {
            return Err(wrong(format!("1 to {ORIGINS_MAX} origins")));
        }
        let origins = origins.iter().map(|origin| checked_origin(id, origin)).collect::<Result<Vec<Url>, AccessError>>()?;
        let Some((first, others)) = origins.split_first() else { return Err(wrong("no origin")) };
        let mut builder = WebauthnBuilder::new(id, first).map_err(wrong)?.rp_name(name).timeout(std::time::Duration::from_secs(CHALLENGE_SECONDS));
        for other in others {
            builder = builder.append_allowed_origin(other);
        }
        builder.build().map(Self).map_err(wrong)
    }

    /// A challenge for a new key of an account (32 hexadecimal digits), which knows these keys already.
    ///
    /// # Errors
    /// [`AccessError::RelyingParty`] when the account's id is none.
    pub fn begin_registration(&self, account: &str, login: &str, known: &[Key]) -> Result<Begun, AccessError> {
        let account = Uuid::try_parse(account).map_err(wrong)?;
        let known = known.iter().map(|key| key.0.cred_id().clone()).collect();
        let (options, state) = self.0.start_passkey_registration(account, login, login, Some(known)).map_err(wrong)?;
        begun(&options, &state)
    }

    /// The key that answered such a challenge.
    ///
    /// # Errors
    /// [`KeyRefusal`].
    pub fn finish_registration(&self, state: &str, answer: &Value) -> Result<Key, KeyRefusal> {
        let state: PasskeyRegistration = serde_json::from_str(state).map_err(|_| KeyRefusal::Challenge)?;
        let answer = RegisterPublicKeyCredential::deserialize(answer).map_err(|_| KeyRefusal::Form)?;
        if answer.response.attestation_object.len() > ANSWER_MAX || answer.response.client_data_json.len() > ANSWER_MAX {
            return Err(KeyRefusal::Form);
        }
        self.0.finish_passkey_registration(&answer, &state).map(Key).map_err(|error| KeyRefusal::of(&error))
    }

    /// A challenge that one of these keys is to sign.
    ///
    /// # Errors
    /// [`AccessError::RelyingParty`] when there is no key.
    pub fn begin_authentication(&self, keys: &[Key]) -> Result<Begun, AccessError> {
        let keys: Vec<Passkey> = keys.iter().map(|key| key.0.clone()).collect();
        let (options, state) = self.0.start_passkey_authentication(&keys).map_err(wrong)?;
        begun(&options, &state)
    }

    /// Which key of an account has signed such a challenge. Its counter is compared with what it was when the challenge was made: whoever
    /// keeps keys compares it with what it is now.
    ///
    /// # Errors
    /// [`KeyRefusal`].
    pub fn finish_authentication(&self, account: &str, state: &str, answer: &Value) -> Result<Signed, KeyRefusal> {
        let state: PasskeyAuthentication = serde_json::from_str(state).map_err(|_| KeyRefusal::Challenge)?;
        let answer = PublicKeyCredential::deserialize(answer).map_err(|_| KeyRefusal::Form)?;
        let response = &answer.response;
        if [&response.authenticator_data, &response.client_data_json, &response.signature].iter().any(|part| part.len() > ANSWER_MAX) {
            return Err(KeyRefusal::Form);
        }
        // A key that says whose it is must say this account's (WebAuthn level 3, section 7.2, step 6).
        let account = Uuid::try_parse(account).map_err(|_| KeyRefusal::Unknown)?;
        if response.user_handle.as_deref().is_some_and(|handle| handle != account.as_bytes()) {
            return Err(KeyRefusal::Unknown);
        }
        self.0.finish_passkey_authentication(&answer, &state).map(Signed).map_err(|error| KeyRefusal::of(&error))
    }
}

/// The credential's id that an answer names, as bytes; whether it is true is not asked here.
#[must_use]
pub fn answered_by(answer: &Value) -> Option<Vec<u8>> {
    PublicKeyCredential::deserialize(answer).ok().map(|answer| answer.raw_id)
}

fn begun(options: &impl Serialize, state: &impl Serialize) -> Result<Begun, AccessError> {
    let options = serde_json::to_value(options).map_err(wrong)?;
    Ok(Begun { options, state: serde_json::to_string(state).map_err(wrong)? })
}
