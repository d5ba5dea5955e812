//! Security keys: what an answer must be, each part of it made wrong once.

use serde_json::{Value, json};
use tributary_access::security_key::{Key, KeyRefusal, RelyingParty};

use crate::authenticator::Authenticator;

const ACCOUNT: &str = "00112233445566778899aabbccddeeff";

fn party() -> RelyingParty {
    RelyingParty::new("register.example", "Register", &["https://register.example".into(), "https://desk.register.example:8443".into()]).unwrap()
}

fn registered(key: &mut Authenticator) -> Key {
    let begun = party().begin_registration(ACCOUNT, "asma", &[]).unwrap();
    party().finish_registration(&begun.state, &key.create(&begun.options)).unwrap()
}

#[test]
fn a_key_is_registered_and_signs() {
    let mut key = Authenticator::new(1);
    let known = registered(&mut key);
    let begun = party().begin_authentication(std::slice::from_ref(&known)).unwrap();
    assert_eq!(begun.options["publicKey"]["userVerification"], "required");
    assert_eq!(begun.options["publicKey"]["rpId"], "register.example");
    let signed = party().finish_authentication(ACCOUNT, &begun.state, &key.get(&begun.options)).unwrap();
    assert_eq!((signed.credential(), signed.counter()), (known.credential(), 2));
    let kept: Key = serde_json::from_str(&serde_json::to_string(&known).unwrap()).unwrap();
    assert_eq!(kept.credential(), known.credential());
}

/// One way in which an answer is wrong, and as what it is refused.
type Wrong = (fn(&mut Authenticator), Option<KeyRefusal>);

const WRONGS: [Wrong; 8] = [
    (|_| (), None),
    (|key| key.origin = "https://desk.register.example:8443".into(), None),
    (|key| key.origin = "https://register.example.evil.example".into(), Some(KeyRefusal::Place)),
    (|key| key.origin = "https://evil.register.example".into(), Some(KeyRefusal::Place)),
    (|key| key.origin = "http://register.example".into(), Some(KeyRefusal::Place)),
    (|key| key.origin = "https://register.example:444".into(), Some(KeyRefusal::Place)),
    (|key| key.relying_party = "evil.example".into(), Some(KeyRefusal::Place)),
    (|key| key.verifies = false, Some(KeyRefusal::Unverified)),
];

#[test]
fn an_answer_that_is_wrong_is_refused_by_what_is_wrong() {
    for (number, (wrong, refusal)) in WRONGS.into_iter().enumerate() {
        let mut key = Authenticator::new(2);
        let known = registered(&mut key);
        let begun = party().begin_authentication(&[known]).unwrap();
        wrong(&mut key);
        assert_eq!(party().finish_authentication(ACCOUNT, &begun.state, &key.get(&begun.options)).err(), refusal, "signs, {number}");
        let begun = party().begin_registration(ACCOUNT, "asma", &[]).unwrap();
        assert_eq!(party().finish_registration(&begun.state, &key.create(&begun.options)).err(), refusal, "is registered, {number}");
    }
}

#[test]
fn only_a_key_of_the_account_that_signed_this_challenge_with_a_counter_that_grew() {
    let mut key = Authenticator::new(3);
    let known = registered(&mut key);
    let begun = party().begin_authentication(std::slice::from_ref(&known)).unwrap();
    let other = party().begin_authentication(std::slice::from_ref(&known)).unwrap();
    let check = |answer: &Value, refusal: KeyRefusal, what: &str| {
        assert_eq!(party().finish_authentication(ACCOUNT, &begun.state, answer).err(), Some(refusal), "{what}");
    };
    check(&key.get(&other.options), KeyRefusal::Challenge, "another challenge");
    check(&key.create(&begun.options), KeyRefusal::Form, "a registration is no signature");
    check(&Authenticator::new(4).get(&begun.options), KeyRefusal::Unknown, "another key");
    let mut forged = Authenticator::new(4);
    forged.id = key.id.clone();
    forged.counter = 90;
    check(&forged.get(&begun.options), KeyRefusal::Signature, "another key under this one's name");
    let mut copy = key.clone();
    copy.counter = 0;
    check(&copy.get(&begun.options), KeyRefusal::Counter, "a counter that stands where it was");
    let mut anothers = key.clone();
    anothers.user = Some(vec![7; 16]);
    check(&anothers.get(&begun.options), KeyRefusal::Unknown, "a key that says to be another account's");
    for answer in [json!(null), json!({}), json!({ "id": "a", "rawId": "%", "type": "public-key" }), json!("x".repeat(1000))] {
        check(&answer, KeyRefusal::Form, "no answer at all");
    }
    let mut long = key.get(&begun.options);
    long["response"]["signature"] = json!("A".repeat(1 << 20));
    check(&long, KeyRefusal::Form, "a signature of a megabyte");
    assert!(party().finish_authentication(ACCOUNT, "no state", &key.get(&begun.options)).is_err());
}

#[test]
fn a_key_that_the_account_has_is_not_registered_again() {
    let mut key = Authenticator::new(6);
    let known = registered(&mut key);
    let begun = party().begin_registration(ACCOUNT, "asma", &[known]).unwrap();
    assert!(party().finish_registration(&begun.state, &key.create(&begun.options)).is_err());
}

#[test]
fn keys_are_bound_to_a_domain_over_https_or_to_this_machine() {
    let check = |id: &str, origins: &[&str], good: bool| {
        let origins: Vec<String> = origins.iter().map(|origin| (*origin).to_owned()).collect();
        assert_eq!(RelyingParty::new(id, "Register", &origins).is_ok(), good, "{id} {origins:?}");
    };
    check("register.example", &["https://register.example"], true);
    check("register.example", &["https://a.register.example:8443", "https://register.example/"], true);
    check("localhost", &["http://localhost:8090"], true);
    check("register.example", &["http://register.example"], false);
    check("register.example", &["https://notregister.example"], false);
    check("register.example", &["https://register.example/path"], false);
    check("register.example", &["https://user@register.example"], false);
    check("register.example", &["https://register.example", "https://evil.example"], false);
    check("register.example", &[], false);
    check("register.example", &["nonsense"], false);
    check("example", &["https://example"], false);
    check("Register.example", &["https://register.example"], false);
    check("127.0.0.1", &["http://127.0.0.1:8090"], false);
    check("register.example", &["https://register.example"; 9], false);
}
