//! An issuer of tokens in software: ES256, EdDSA or RS256, and tokens that are wrong in each way that matters.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use rsa::pkcs1v15;
use rsa::signature::SignatureEncoding as _;
use rsa::traits::PublicKeyParts as _;
use serde_json::{Value, json};

/// A key that signs tokens, and its name.
pub(crate) struct Issuer {
    pub(crate) kid: String,
    key: Key,
}

enum Key {
    P256(p256::ecdsa::SigningKey),
    Ed25519(ed25519_dalek::SigningKey),
    Rsa(Box<rsa::RsaPrivateKey>),
}

pub(crate) fn text(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Issuer {
    pub(crate) fn p256(kid: &str, seed: u8) -> Self {
        Self { kid: kid.into(), key: Key::P256(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap()) }
    }

    pub(crate) fn ed25519(kid: &str, seed: u8) -> Self {
        Self { kid: kid.into(), key: Key::Ed25519(ed25519_dalek::SigningKey::from_bytes(&[seed; 32])) }
    }

    pub(crate) fn rsa(kid: &str, seed: u64) -> Self {
        use rand_chacha::rand_core::SeedableRng as _;
        let mut random = rand_chacha::ChaCha20Rng::seed_from_u64(seed);
        Self { kid: kid.into(), key: Key::Rsa(Box::new(rsa::RsaPrivateKey::new(&mut random, 2048).unwrap())) }
    }

    pub(crate) fn algorithm(&self) -> &'static str {
        match self.key {
            Key::P256(_) => "ES256",
            Key::Ed25519(_) => "EdDSA",
            Key::Rsa(_) => "RS256",
        }
    }

    /// Its public half, as a provider publishes it.
    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = match &self.key {
            Key::P256(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                json!({ "kty": "EC", "crv": "P-256", "x": text(point.x().unwrap()), "y": text(point.y().unwrap()) })
            }
            Key::Ed25519(key) => json!({ "kty": "OKP", "crv": "Ed25519", "x": text(key.verifying_key().to_bytes()) }),
            Key::Rsa(key) => json!({ "kty": "RSA", "n": text(key.n_bytes()), "e": text(key.e_bytes()) }),
        };
        jwk["kid"] = json!(self.kid);
        jwk["use"] = json!("sig");
        jwk["alg"] = json!(self.algorithm());
        jwk
    }

    /// A token with these claims.
    pub(crate) fn token(&self, claims: &Value) -> String {
        self.token_with(&json!({ "alg": self.algorithm(), "kid": self.kid, "typ": "JWT" }), claims)
    }

    /// The same under another header.
    pub(crate) fn token_with(&self, header: &Value, claims: &Value) -> String {
        let signed = format!("{}.{}", text(header.to_string()), text(claims.to_string()));
        let signature = match &self.key {
            Key::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(signed.as_bytes());
                signature.to_bytes().to_vec()
            }
            Key::Ed25519(key) => ed25519_dalek::Signer::sign(key, signed.as_bytes()).to_bytes().to_vec(),
            Key::Rsa(key) => pkcs1v15::SigningKey::<sha2::Sha256>::new((**key).clone()).sign(signed.as_bytes()).to_vec(),
        };
        format!("{signed}.{}", text(signature))
    }
}
