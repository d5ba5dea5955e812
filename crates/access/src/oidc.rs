//! Signing in at an identity provider (OpenID Connect Core 1.0): what is said of it, and whether its token holds.
//!
//! Pure: fetching, storing and the clock are the caller's. The one token that is looked at is a signed one in compact form (RFC 7515) by
//! RS256, ES256 or EdDSA with Ed25519; `none` and everything with a shared secret (HS…) have no code here that could take them. A key is
//! used for its own kind of signature alone, so that a public key is never somebody's shared secret.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Verifier as _;
use rsa::pkcs1v15;
use rsa::{BoxedUint, RsaPublicKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256, Sha512};
use webauthn_rs::prelude::Url;

/// How far the provider's clock may be off, in seconds.
pub const SKEW: u64 = 60;
/// The longest token, in bytes.
const TOKEN_MAX: usize = 16 << 10;
/// Keys that a set may have.
const KEYS_MAX: usize = 50;
/// Bits of an RSA key.
const RSA_BITS: std::ops::RangeInclusive<u32> = 2048..=8192;
/// The longest subject, in bytes (OpenID Connect Core 1.0, section 2).
const SUBJECT_MAX: usize = 255;
/// How long before it is shown a token may have been made, in seconds.
const AGE_MAX: u64 = 600;

/// A signature that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// RSA, PKCS #1 v1.5, SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
    /// ECDSA, P-256, SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl Algorithm {
    fn named(word: &str) -> Option<Self> {
        match word {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            "EdDSA" => Some(Self::EdDsa),
            _ => None,
        }
    }
}

/// Why a token is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenRefusal {
    /// It is no signed token of the form that is taken.
    Form,
    /// Its algorithm is not among those that the operator allows.
    Algorithm,
    /// No key of the provider has its key's name.
    Key,
    /// The signature is not the key's.
    Signature,
    /// It is another provider's.
    Issuer,
    /// It is for somebody else.
    Audience,
    /// It has run out.
    Expired,
    /// It was made in the future, or too long ago.
    Age,
    /// It answers another sign-in.
    Nonce,
    /// It does not belong to what came with it.
    AccessToken,
}

impl TokenRefusal {
    /// Its word, as the ledger has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Form => "token_form",
            Self::Algorithm => "token_algorithm",
            Self::Key => "token_key",
            Self::Signature => "token_signature",
            Self::Issuer => "token_issuer",
            Self::Audience => "token_audience",
            Self::Expired => "token_expired",
            Self::Age => "token_age",
            Self::Nonce => "token_nonce",
            Self::AccessToken => "token_access",
        }
    }
}

/// What a token must say.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The provider.
    pub issuer: &'a str,
    /// The id under which the provider knows the register.
    pub client: &'a str,
    /// The nonce of this sign-in.
    pub nonce: &'a str,
    /// What may sign it.
    pub algorithms: &'a [Algorithm],
    /// The access token that came with it: where the token has a hash of it, it must be of this one.
    pub access_token: &'a str,
    /// Seconds since 1970.
    pub at: u64,
}

/// Whom a token names, and how they were recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The provider's name for the person: `sub`, never an address or a name.
    pub subject: String,
    /// The class of how they were recognised, where the provider says so.
    pub acr: Option<String>,
    /// The methods by which they were recognised, where it says so.
    pub amr: Vec<String>,
}

/// The keys of a provider.
#[derive(Debug, Clone)]
pub struct KeySet(Vec<NamedKey>);

#[derive(Debug, Clone)]
struct NamedKey {
    name: Option<String>,
    key: PublicKey,
}

#[derive(Debug, Clone)]
enum PublicKey {
    Rsa(Box<pkcs1v15::VerifyingKey<Sha256>>),
    P256(Box<p256::ecdsa::VerifyingKey>),
    Ed25519(Box<ed25519_dalek::VerifyingKey>),
}

#[derive(Deserialize)]
struct WrittenSet {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct WrittenKey {
    kty: String,
    #[serde(rename = "use")]
    purpose: Option<String>,
    kid: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// The keys of a JSON Web Key Set (RFC 7517) that sign by an algorithm which is taken here; others are passed over, as the standard asks.
    /// `None` for what is no such set, or has more than fifty keys.
    #[must_use]
    pub fn parse(json: &[u8]) -> Option<Self> {
        let written: WrittenSet = serde_json::from_slice(json).ok()?;
        if written.keys.len() > KEYS_MAX {
            return None;
        }
        let known = written.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok());
        Some(Self(known.filter_map(|key| NamedKey::of(&key)).collect()))
    }

    /// Those that may be meant: of the kind, and of the name where the token has one. A token without a name fits where one key alone is of its kind.
    fn meant(&self, algorithm: Algorithm, name: Option<&str>) -> Option<&PublicKey> {
        let mut fit = self.0.iter().filter(|key| key.key.signs_by(algorithm) && (name.is_none() || key.name.as_deref() == name));
        let first = fit.next()?;
        fit.next().is_none().then_some(&first.key)
    }
}

impl NamedKey {
    fn of(written: &WrittenKey) -> Option<Self> {
        if written.purpose.as_deref().is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let key = match (written.kty.as_str(), written.crv.as_deref()) {
            ("RSA", None) => PublicKey::rsa(&bytes(written.n.as_deref()?)?, &bytes(written.e.as_deref()?)?)?,
            ("EC", Some("P-256")) => PublicKey::p256(&bytes(written.x.as_deref()?)?, &bytes(written.y.as_deref()?)?)?,
            ("OKP", Some("Ed25519")) => {
                let point = <[u8; 32]>::try_from(bytes(written.x.as_deref()?)?).ok()?;
                PublicKey::Ed25519(Box::new(ed25519_dalek::VerifyingKey::from_bytes(&point).ok()?))
            }
            _ => return None,
        };
        // A key that says for which algorithm it is serves no other.
        let fits = written.alg.as_deref().is_none_or(|word| Algorithm::named(word).is_some_and(|algorithm| key.signs_by(algorithm)));
        fits.then(|| Self { name: written.kid.clone(), key })
    }
}

impl PublicKey {
    fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let (n, e) = (unsigned(modulus)?, unsigned(exponent)?);
        if !RSA_BITS.contains(&n.bits()) {
            return None;
        }
        let key = RsaPublicKey::new_with_max_size(n, e, usize::try_from(*RSA_BITS.end()).ok()?).ok()?;
        Some(Self::Rsa(Box::new(pkcs1v15::VerifyingKey::new(key))))
    }

    fn p256(x: &[u8], y: &[u8]) -> Option<Self> {
        if x.len() != 32 || y.len() != 32 {
            return None;
        }
        let point: Vec<u8> = std::iter::once(4).chain(x.iter().copied()).chain(y.iter().copied()).collect();
        p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).ok().map(|key| Self::P256(Box::new(key)))
    }

    const fn signs_by(&self, algorithm: Algorithm) -> bool {
        matches!((self, algorithm), (Self::Rsa(_), Algorithm::Rs256) | (Self::P256(_), Algorithm::Es256) | (Self::Ed25519(_), Algorithm::EdDsa))
    }

    fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rsa(key) => pkcs1v15::Signature::try_from(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Self::P256(key) => p256::ecdsa::Signature::from_slice(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Self::Ed25519(key) => {
                ed25519_dalek::Signature::from_slice(signature).is_ok_and(|signature| key.verify_strict(message, &signature).is_ok())
            }
        }
    }
}

fn unsigned(bytes: &[u8]) -> Option<BoxedUint> {
    let bits = u32::try_from(bytes.len()).ok()?.checked_mul(8)?;
    if bits == 0 || bits > *RSA_BITS.end() {
        return None;
    }
    BoxedUint::from_be_slice(bytes, bits).ok()
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    if text.len() > TOKEN_MAX {
        return None;
    }
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: OneOrMore,
    azp: Option<String>,
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
    nonce: Option<String>,
    at_hash: Option<String>,
    acr: Option<String>,
    #[serde(default)]
    amr: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// Whom a token names, when it is the provider's, for the register, of this sign-in, and in time (OpenID Connect Core 1.0, section 3.1.3.7).
///
/// # Errors
/// [`TokenRefusal`]; [`TokenRefusal::Key`] may mean that the provider has new keys: fetch them once and ask again.
pub fn verify(token: &str, keys: &KeySet, expected: &Expected<'_>) -> Result<Subject, TokenRefusal> {
    if token.len() > TOKEN_MAX {
        return Err(TokenRefusal::Form);
    }
    let mut parts = token.split('.');
    let (Some(header), Some(claims), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(TokenRefusal::Form);
    };
    let read: Header = json(header)?;
    if read.crit.is_some() {
        return Err(TokenRefusal::Form);
    }
    let algorithm = Algorithm::named(&read.alg).filter(|algorithm| expected.algorithms.contains(algorithm)).ok_or(TokenRefusal::Algorithm)?;
    let key = keys.meant(algorithm, read.kid.as_deref()).ok_or(TokenRefusal::Key)?;
    let signature = bytes(signature).ok_or(TokenRefusal::Form)?;
    let signed = format!("{header}.{claims}");
    if !key.has_signed(signed.as_bytes(), &signature) {
        return Err(TokenRefusal::Signature);
    }
    checked(json(claims)?, algorithm, expected)
}

fn json<T: serde::de::DeserializeOwned>(part: &str) -> Result<T, TokenRefusal> {
    let bytes = bytes(part).ok_or(TokenRefusal::Form)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenRefusal::Form)
}

fn checked(claims: Claims, algorithm: Algorithm, expected: &Expected<'_>) -> Result<Subject, TokenRefusal> {
    if claims.iss != expected.issuer {
        return Err(TokenRefusal::Issuer);
    }
    // For several, the one that it was made for must be told, and be the register.
    let (audience, several) = match &claims.aud {
        OneOrMore::One(one) => (one == expected.client, false),
        OneOrMore::More(more) => (more.iter().any(|one| one == expected.client), more.len() > 1),
    };
    let party = claims.azp.as_deref().map_or(!several, |party| party == expected.client);
    if !audience || !party {
        return Err(TokenRefusal::Audience);
    }
    in_time(&claims, expected.at)?;
    if !claims.nonce.as_deref().is_some_and(|nonce| same(nonce.as_bytes(), expected.nonce.as_bytes())) {
        return Err(TokenRefusal::Nonce);
    }
    if claims.at_hash.as_deref().is_some_and(|hash| hash != at_hash(algorithm, expected.access_token)) {
        return Err(TokenRefusal::AccessToken);
    }
    if claims.sub.is_empty() || claims.sub.len() > SUBJECT_MAX || claims.sub.chars().any(char::is_control) {
        return Err(TokenRefusal::Form);
    }
    Ok(Subject { subject: claims.sub, acr: claims.acr, amr: claims.amr })
}

fn in_time(claims: &Claims, at: u64) -> Result<(), TokenRefusal> {
    let seconds = |time: f64| if time.is_finite() && (0.0..1e12).contains(&time) { Some(time) } else { None };
    let (Some(exp), Some(iat)) = (seconds(claims.exp), seconds(claims.iat)) else { return Err(TokenRefusal::Form) };
    // Exact for every time of these bounds.
    let [now, skew, age] = [at, SKEW, AGE_MAX].map(|time| u32::try_from(time).map_or(f64::MAX, f64::from));
    if now >= exp + skew {
        return Err(TokenRefusal::Expired);
    }
    let early = iat > now + skew || claims.nbf.is_some_and(|nbf| nbf > now + skew || nbf.is_nan());
    if early || iat + age + skew < now { Err(TokenRefusal::Age) } else { Ok(()) }
}

/// The left half of the access token's hash, by the hash of the token's own algorithm: SHA-256, and SHA-512 for Ed25519.
#[must_use]
pub fn at_hash(algorithm: Algorithm, access_token: &str) -> String {
    let hash = match algorithm {
        Algorithm::Rs256 | Algorithm::Es256 => Sha256::digest(access_token.as_bytes()).to_vec(),
        Algorithm::EdDsa => Sha512::digest(access_token.as_bytes()).to_vec(),
    };
    let half = hash.len() / 2;
    URL_SAFE_NO_PAD.encode(hash.into_iter().take(half).collect::<Vec<u8>>())
}

/// Whether an address may carry secrets: https, or this machine itself; no user, no fragment.
#[must_use]
pub fn is_guarded(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let here = match url.host_str() {
        Some("localhost" | "127.0.0.1" | "[::1]") => true,
        Some(_) => false,
        None => return false,
    };
    let guarded = url.scheme() == "https" || (url.scheme() == "http" && here);
    guarded && address.len() <= 2_000 && url.username().is_empty() && url.password().is_none() && url.fragment().is_none()
}

/// An address with parameters behind it.
#[must_use]
pub fn with_parameters(address: &str, parameters: &[(&str, &str)]) -> Option<String> {
    let mut url = Url::parse(address).ok()?;
    url.query_pairs_mut().extend_pairs(parameters);
    Some(url.into())
}

/// Parameters as a form has them.
#[must_use]
pub fn form(parameters: &[(&str, &str)]) -> String {
    let with = with_parameters("http://localhost/", parameters).unwrap_or_default();
    with.split_once('?').map(|(_, form)| form.to_owned()).unwrap_or_default()
}

/// The challenge of a verifier (RFC 7636, section 4.2, `S256`).
#[must_use]
pub fn pkce(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// Whether two secrets are the same, in a time that does not tell where they differ.
#[must_use]
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |different, (a, b)| different | (a ^ b)) == 0
}
