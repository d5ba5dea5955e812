//! A security key in software: ES256, no attestation. What it says can be made wrong in each way that matters.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const PRESENT: u8 = 1;
const VERIFIED: u8 = 4;
const ATTESTED: u8 = 0x40;

/// A key, and what it will say.
#[derive(Clone)]
pub(crate) struct Authenticator {
    key: SigningKey,
    pub(crate) id: Vec<u8>,
    /// Grows by one with each answer.
    pub(crate) counter: u32,
    pub(crate) origin: String,
    pub(crate) relying_party: String,
    /// Whether it says that it verified its user.
    pub(crate) verifies: bool,
    /// Whose it says to be, where it says so.
    pub(crate) user: Option<Vec<u8>>,
}

impl Authenticator {
    pub(crate) fn new(seed: u8) -> Self {
        let key = SigningKey::from_slice(&[seed; 32]).unwrap();
        let (origin, relying_party) = ("https://register.example".into(), "register.example".into());
        Self { key, id: vec![seed; 24], counter: 0, origin, relying_party, verifies: true, user: None }
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = options["publicKey"]["challenge"].as_str().unwrap();
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false }).to_string().into_bytes()
    }

    fn data(&mut self, more: u8) -> Vec<u8> {
        self.counter += 1;
        let mut data = Sha256::digest(self.relying_party.as_bytes()).to_vec();
        data.push(PRESENT | more | if self.verifies { VERIFIED } else { 0 });
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// Answers `navigator.credentials.create`.
    pub(crate) fn create(&mut self, options: &Value) -> Value {
        let mut data = self.data(ATTESTED);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        let point = self.key.verifying_key().to_sec1_point(false);
        // COSE_Key: kty EC2, alg ES256, crv P-256, x, y.
        data.extend([0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32]);
        data.extend(point.x().unwrap().iter());
        data.extend([0x22, 0x58, 32]);
        data.extend(point.y().unwrap().iter());
        // {"fmt": "none", "attStmt": {}, "authData": bytes}
        let mut object = vec![0xa3, 0x63];
        object.extend(b"fmt");
        object.push(0x64);
        object.extend(b"none");
        object.push(0x67);
        object.extend(b"attStmt");
        object.extend([0xa0, 0x68]);
        object.extend(b"authData");
        object.push(0x59);
        object.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        object.extend(data);
        let client = self.client_data("webauthn.create", options);
        let response = json!({ "attestationObject": text(&object), "clientDataJSON": text(&client) });
        json!({ "id": text(&self.id), "rawId": text(&self.id), "type": "public-key", "response": response, "clientExtensionResults": {} })
    }

    /// Answers `navigator.credentials.get`.
    pub(crate) fn get(&mut self, options: &Value) -> Value {
        let data = self.data(0);
        let client = self.client_data("webauthn.get", options);
        let mut signed = data.clone();
        signed.extend(Sha256::digest(&client));
        let signature: Signature = self.key.sign(&signed);
        let user = self.user.as_ref().map(|user| text(user));
        let response = json!({ "authenticatorData": text(&data), "clientDataJSON": text(&client), "signature": text(signature.to_der().as_bytes()), "userHandle": user });
        json!({ "id": text(&self.id), "rawId": text(&self.id), "type": "public-key", "response": response, "clientExtensionResults": {} })
    }
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
