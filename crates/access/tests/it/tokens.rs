//! Tokens of identity providers: what one must be, each part of it made wrong once.

use hmac::{KeyInit as _, Mac as _};
use serde_json::{Value, json};
use tributary_access::oidc::{Algorithm, Expected, KeySet, TokenRefusal, at_hash, is_guarded, pkce, verify};

use crate::issuer::{Issuer, text};

const NOW: u64 = 1_790_000_000;
const ALL: &[Algorithm] = &[Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa];

fn expected() -> Expected<'static> {
    Expected { issuer: "https://idp.example", client: "register", nonce: "n-1", algorithms: ALL, access_token: "access", at: NOW }
}

fn claims() -> Value {
    json!({ "iss": "https://idp.example", "sub": "s-7", "aud": "register", "exp": NOW + 300, "iat": NOW - 1, "nonce": "n-1", "amr": ["pwd"] })
}

fn set(issuers: &[&Issuer]) -> KeySet {
    let keys: Vec<Value> = issuers.iter().map(|issuer| issuer.jwk()).collect();
    KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

#[test]
fn a_token_by_each_algorithm_is_taken() {
    let issuers = [Issuer::p256("a", 1), Issuer::ed25519("b", 2), Issuer::rsa("c", 3)];
    let keys = set(&issuers.iter().collect::<Vec<_>>());
    for (issuer, algorithm) in issuers.iter().zip([Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256]) {
        let mut claims = claims();
        claims["at_hash"] = json!(at_hash(algorithm, "access"));
        let subject = verify(&issuer.token(&claims), &keys, &expected()).unwrap();
        assert_eq!((subject.subject.as_str(), subject.amr), ("s-7", vec!["pwd".to_owned()]), "{}", issuer.algorithm());
        claims["at_hash"] = json!(at_hash(algorithm, "another"));
        assert_eq!(verify(&issuer.token(&claims), &keys, &expected()).err(), Some(TokenRefusal::AccessToken), "{}", issuer.algorithm());
        let none = Expected { algorithms: &[], ..expected() };
        assert_eq!(verify(&issuer.token(&claims), &keys, &none).err(), Some(TokenRefusal::Algorithm), "not allowed by the operator");
    }
    // The example of OpenID Connect Core 1.0, appendix A.3, and of RFC 7636, appendix B.
    assert_eq!(at_hash(Algorithm::Rs256, "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), "77QmUPtjPfzWtF2AnpK9RQ");
    assert_eq!(pkce("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#[test]
fn a_token_whose_words_are_wrong_is_refused_by_what_is_wrong() {
    let issuer = Issuer::p256("a", 1);
    let keys = set(&[&issuer]);
    let check = |field: &str, value: Value, refusal: Option<TokenRefusal>| {
        let mut claims = claims();
        claims[field] = value.clone();
        assert_eq!(verify(&issuer.token(&claims), &keys, &expected()).err(), refusal, "{field} {value}");
    };
    check("iss", json!("https://idp.example/"), Some(TokenRefusal::Issuer));
    check("iss", json!("https://evil.example"), Some(TokenRefusal::Issuer));
    check("aud", json!("another"), Some(TokenRefusal::Audience));
    check("aud", json!(["register"]), None);
    check("aud", json!(["register", "another"]), Some(TokenRefusal::Audience));
    check("aud", json!([]), Some(TokenRefusal::Audience));
    check("azp", json!("another"), Some(TokenRefusal::Audience));
    check("azp", json!("register"), None);
    check("exp", json!(NOW - 60), Some(TokenRefusal::Expired));
    check("exp", json!(NOW - 59), None);
    check("exp", json!("tomorrow"), Some(TokenRefusal::Form));
    check("exp", json!(1e300), Some(TokenRefusal::Form));
    check("iat", json!(NOW + 60), None);
    check("iat", json!(NOW + 61), Some(TokenRefusal::Age));
    check("iat", json!(NOW - 660), None);
    check("iat", json!(NOW - 661), Some(TokenRefusal::Age));
    check("nbf", json!(NOW + 61), Some(TokenRefusal::Age));
    check("nonce", json!("n-2"), Some(TokenRefusal::Nonce));
    check("nonce", json!(null), Some(TokenRefusal::Nonce));
    check("sub", json!(""), Some(TokenRefusal::Form));
    check("sub", json!("s".repeat(256)), Some(TokenRefusal::Form));
    check("email", json!("asma@register.example"), None);
    let mut both = claims();
    both["aud"] = json!(["register", "another"]);
    both["azp"] = json!("register");
    assert!(verify(&issuer.token(&both), &keys, &expected()).is_ok());
    for gone in ["iss", "sub", "aud", "exp", "iat"] {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(gone);
        assert_eq!(verify(&issuer.token(&claims), &keys, &expected()).err(), Some(TokenRefusal::Form), "without {gone}");
    }
}

#[test]
fn only_a_signature_by_the_providers_own_key_and_in_its_own_way() {
    let (issuer, rsa, stranger) = (Issuer::p256("a", 1), Issuer::rsa("r", 3), Issuer::p256("a", 9));
    let keys = set(&[&issuer, &rsa]);
    let check = |token: &str, refusal: TokenRefusal, what: &str| {
        assert_eq!(verify(token, &keys, &expected()).err(), Some(refusal), "{what}");
    };
    check(&stranger.token(&claims()), TokenRefusal::Signature, "another key under the same name");
    check(&Issuer::p256("b", 1).token(&claims()), TokenRefusal::Key, "an unknown name");
    check(&issuer.token_with(&json!({ "alg": "RS256", "kid": "a" }), &claims()), TokenRefusal::Key, "a key of another kind");
    check(
        &issuer.token_with(&json!({ "alg": "ES256", "kid": "a", "crit": ["b64"] }), &claims()),
        TokenRefusal::Form,
        "an extension that must be understood",
    );
    for none in ["none", "None", "NONE", ""] {
        let unsigned = format!("{}.{}.", text(json!({ "alg": none }).to_string()), text(claims().to_string()));
        check(&unsigned, TokenRefusal::Algorithm, "not signed");
    }
    // The public key as a shared secret: its text, and its bytes.
    for secret in [rsa.jwk().to_string().into_bytes(), rsa.jwk()["n"].as_str().unwrap().as_bytes().to_vec()] {
        let signed = format!("{}.{}", text(json!({ "alg": "HS256", "kid": "r" }).to_string()), text(claims().to_string()));
        let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(&secret).unwrap();
        mac.update(signed.as_bytes());
        check(&format!("{signed}.{}", text(mac.finalize().into_bytes())), TokenRefusal::Algorithm, "HS256 with the public key");
    }
    let token = issuer.token(&claims());
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let other = text(claims().to_string().replace("s-7", "s-8"));
    check(&format!("{}.{other}.{signature}", signed.split_once('.').unwrap().0), TokenRefusal::Signature, "other words");
    check(&format!("{signed}."), TokenRefusal::Signature, "no signature");
    check(&format!("{token}."), TokenRefusal::Form, "four parts");
    check(&format!("{token}.a.b"), TokenRefusal::Form, "five parts: encrypted");
    check(&format!("{signed}=.{signature}"), TokenRefusal::Signature, "padding: other bytes than were signed");
    check(&"a".repeat(20_000), TokenRefusal::Form, "too long");
    for junk in ["", "..", "a.b.c", "e30.e30.e30"] {
        assert!(verify(junk, &keys, &expected()).is_err(), "{junk}");
    }
    // Without a name it is taken where one key alone can be meant.
    let nameless = issuer.token_with(&json!({ "alg": "ES256" }), &claims());
    assert!(verify(&nameless, &keys, &expected()).is_ok());
    assert_eq!(verify(&nameless, &set(&[&issuer, &Issuer::p256("b", 4)]), &expected()).err(), Some(TokenRefusal::Key));
}

#[test]
fn a_set_of_keys_is_bounded_and_keys_that_are_not_understood_are_passed_over() {
    assert!(KeySet::parse(b"{}").is_none() && KeySet::parse(b"no json").is_none());
    assert!(KeySet::parse(json!({ "keys": vec![json!({}); 51] }).to_string().as_bytes()).is_none());
    let issuer = Issuer::p256("a", 1);
    let with = |field: &str, value: Value| {
        let mut jwk = issuer.jwk();
        jwk[field] = value;
        let keys = KeySet::parse(json!({ "keys": [1, { "kty": "oct", "k": "AAAA" }, jwk] }).to_string().as_bytes()).unwrap();
        verify(&issuer.token(&claims()), &keys, &expected()).err()
    };
    assert_eq!(with("more", json!(1)), None);
    assert_eq!(with("use", json!("enc")), Some(TokenRefusal::Key));
    assert_eq!(with("alg", json!("RS256")), Some(TokenRefusal::Key));
    assert_eq!(with("crv", json!("P-521")), Some(TokenRefusal::Key));
    assert_eq!(with("x", json!("AAAA")), Some(TokenRefusal::Key));
    // A short RSA key is none.
    let short = json!({ "kty": "RSA", "kid": "a", "n": text([0xff; 128]), "e": "AQAB" });
    let keys = KeySet::parse(json!({ "keys": [short] }).to_string().as_bytes()).unwrap();
    assert_eq!(verify(&issuer.token_with(&json!({ "alg": "RS256", "kid": "a" }), &claims()), &keys, &expected()).err(), Some(TokenRefusal::Key));
}

#[test]
fn secrets_travel_encrypted_or_on_this_machine() {
    for (address, guarded) in [
        ("https://idp.example/token", true),
        ("http://127.0.0.1:8100/token", true),
        ("http://[::1]:8100/token", true),
        ("http://localhost/token", true),
        ("http://idp.example/token", false),
        ("http://127.0.0.1.evil.example/", false),
        ("https://user:secret@idp.example/", false),
        ("https://idp.example/#here", false),
        ("file:///etc/passwd", false),
        ("idp.example", false),
        ("", false),
    ] {
        assert_eq!(is_guarded(address), guarded, "{address}");
    }
}
