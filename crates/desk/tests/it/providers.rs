//! Signing in at an identity provider, over HTTP on both sides.

use std::sync::Arc;

use hmac::{KeyInit as _, Mac as _};
use serde_json::{Value, json};
use tributary_access::oidc::Algorithm;
use tributary_desk::{Place, ProviderHttp};
use tributary_register::people::provider::{Provider, Providers, Settings};

use crate::issuer::{Issuer, text};
use crate::provider::{CLIENT, Idp, SECRET};
use crate::support::{Office, PASSWORD, by};

/// Runs a story on each store, with a provider at which hardware counts as a second factor.
fn both<F: Future<Output = ()>>(story: impl Fn(Office, Idp) -> F) {
    for postgres in [false, true] {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let idp = Idp::start().await;
            let settings = Settings {
                name: "idp".into(),
                issuer: idp.issuer.clone(),
                client: CLIENT.into(),
                redirect: "https://register.example/back".into(),
                algorithms: vec![Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256],
                scopes: vec!["profile".into()],
                second_factor_acr: ["high".to_owned()].into(),
                second_factor_amr: ["hwk".to_owned()].into(),
            };
            let reached = Arc::new(ProviderHttp::new([].into()).unwrap());
            let provider = Provider::new(settings, SECRET, reached).unwrap();
            let office = Office::open_with(postgres, |register| register.with_providers(Providers::new(vec![provider]))).await;
            idp.set(|doing| doing.now = office.now().0 / 1_000_000);
            story(office, idp).await;
        });
    }
}

/// The way out and, at the provider, back.
async fn out_and_back(office: &Office, idp: &Idp) -> Value {
    let (status, way) = office.post("/api/v1/session/provider", None, json!({ "provider": "idp" })).await;
    assert_eq!(status, 200, "{way}");
    let mut back = idp.sent(way["address"].as_str().unwrap());
    back["binder"] = way["binder"].clone();
    back
}

async fn answer(office: &Office, back: &Value) -> (u16, Value) {
    office.post("/api/v1/session/provider/answer", None, back.clone()).await
}

async fn sign_in(office: &Office, idp: &Idp) -> (u16, Value) {
    answer(office, &out_and_back(office, idp).await).await
}

/// Somebody binds the subject of the moment to their own account.
async fn bind(office: &mut Office, idp: &Idp, who: &str) -> (u16, Value) {
    let way = office.did("/api/v1/account/bindings", by(who, "administration"), json!({ "provider": "idp", "password": PASSWORD })).await;
    let mut back = idp.sent(way["address"].as_str().unwrap());
    back["binder"] = way["binder"].clone();
    office.ask("/api/v1/account/bindings/answer", by(who, "administration"), back).await
}

#[test]
fn somebody_binds_a_subject_and_signs_in_by_it_and_by_a_second_factor() {
    both(|mut office, idp| async move {
        assert_eq!(sign_in(&office, &idp).await.0, 401, "an unknown subject gets nothing");
        idp.set(|doing| doing.claims = json!({ "sub": "s-1", "email": "admin-1@register.example", "preferred_username": "admin-1" }));
        assert_eq!(sign_in(&office, &idp).await.0, 401, "an address or a name binds nothing");
        assert_eq!(bind(&mut office, &idp, "admin-1").await.0, 200);
        assert_eq!(bind(&mut office, &idp, "admin-2").await.0, 409, "one subject, one account");
        let (status, session) = sign_in(&office, &idp).await;
        assert_eq!((status, &session["account"], session["factor"].as_str()), (200, &json!(office.id("admin-1")), Some("none")));
        let bare = || Some((session["token"].as_str().unwrap().to_owned(), by("admin-1", "administration")));
        let new = json!({ "id": "fia", "name": "FIA", "class": "police", "jurisdictions": ["PK"] });
        assert_eq!(office.post("/api/v1/agencies", bare(), new.clone()).await.0, 403, "without a second factor nothing but the own account");
        for open in ["/api/v1/agencies", "/api/v1/stops", "/api/v1/protocols", "/api/v1/cases"] {
            assert_eq!(office.get_with(open, bare()).await.0, 403, "sg_054: {open}, which is open to every other session");
        }
        let add = json!({ "provider": "idp", "password": PASSWORD });
        assert_eq!(office.post("/api/v1/account/bindings", bare(), add).await.0, 403, "nor a change of it");
        let step = "/api/v1/session/second-factor";
        assert_eq!(office.post(step, bare(), json!({ "code": "000000" })).await.0, 401);
        office.wait_minutes(1);
        assert_eq!(office.post(step, bare(), json!({ "code": office.code("admin-1") })).await.0, 200);
        assert_eq!(office.post("/api/v1/agencies", bare(), new).await.0, 200);
        assert_eq!(office.post(step, bare(), json!({ "code": office.code("admin-1") })).await.0, 409, "it has one");
        for counts in [json!({ "sub": "s-1", "amr": ["pwd", "hwk"] }), json!({ "sub": "s-1", "acr": "high" })] {
            idp.set(|doing| doing.claims = counts);
            let session = sign_in(&office, &idp).await.1;
            assert_eq!(session["factor"], "provider");
            let token = Some((session["token"].as_str().unwrap().to_owned(), by("admin-1", "administration")));
            let body = json!({ "id": "fmu", "name": "FMU", "class": "fiu", "jurisdictions": ["PK"] });
            assert_ne!(office.post("/api/v1/agencies", token, body).await.0, 403);
        }
        let ledger = office.ledger().await;
        for kind in
            ["account.bound", "session.raised", "session.provider_answered", "unknown_subject", "\"first\":\"provider\"", "\"factor\":\"none\""]
        {
            assert!(ledger.contains(kind), "{kind}");
        }
        assert!(!ledger.contains("s-1\"") && !ledger.contains("register.example/back"));
    });
}

#[test]
fn two_administrators_bind_a_subject_and_a_suspended_account_stays_out() {
    both(|mut office, idp| async move {
        office.agency("fia", "police").await;
        office.person("police-1", "police_analyst", "fia", "u1").await;
        idp.set(|doing| doing.claims = json!({ "sub": "s-9", "amr": ["hwk"] }));
        let (changes, admin) = (format!("/api/v1/accounts/{}/changes", office.id("police-1")), |login| by(login, "administration"));
        let change = json!({ "change": { "bind": { "provider": "idp", "subject": "s-9" } }, "reason": "seen in person" });
        let proposed = office.did(&changes, admin("admin-1"), change).await;
        assert!(!proposed.to_string().contains("s-9"), "who somebody is at the provider is not kept: {proposed}");
        assert_eq!(sign_in(&office, &idp).await.0, 401, "nobody has approved it");
        let approval = format!("/api/v1/account-changes/{}/approval", proposed["id"].as_str().unwrap());
        assert_eq!(office.ask(&approval, admin("admin-1"), json!({})).await.0, 403, "not by oneself");
        office.did(&approval, admin("admin-2"), json!({})).await;
        let (status, session) = sign_in(&office, &idp).await;
        assert_eq!((status, &session["account"]), (200, &json!(office.id("police-1"))));
        let factors = office.get(&format!("/api/v1/accounts/{}/factors", office.id("police-1")), admin("admin-1")).await.1;
        let binding = factors["bindings"][0]["id"].as_str().unwrap().to_owned();
        let change = json!({ "change": { "unbind": { "binding": binding } }, "reason": "left the provider" });
        let proposed = office.did(&changes, admin("admin-2"), change).await;
        office.did(&format!("/api/v1/account-changes/{}/approval", proposed["id"].as_str().unwrap()), admin("admin-1"), json!({})).await;
        assert_eq!(sign_in(&office, &idp).await.0, 401, "bound no longer");
        assert_eq!(bind(&mut office, &idp, "police-1").await.0, 200);
        let back = out_and_back(&office, &idp).await;
        // Closed by wrong passwords, then suspended: out either way, whatever the provider says.
        for _ in 0..5 {
            office.post("/api/v1/session", None, json!({ "login": "police-1", "password": "a wrong password", "code": "000000" })).await;
        }
        assert_eq!(answer(&office, &back).await.0, 429);
        office.wait_minutes(20);
        idp.set(|doing| doing.now = office.now().0 / 1_000_000);
        assert_eq!(sign_in(&office, &idp).await.0, 200);
        office.did(&format!("/api/v1/accounts/{}/suspension", office.id("police-1")), admin("admin-1"), json!({ "reason": "left" })).await;
        assert_eq!(sign_in(&office, &idp).await.0, 401);
    });
}

#[test]
fn a_token_that_does_not_hold_signs_nobody_in() {
    type Wrong = (&'static str, Value, Option<fn(&Issuer, &Value) -> String>);
    both(|mut office, idp| async move {
        assert_eq!(bind(&mut office, &idp, "admin-1").await.0, 200);
        let wrongs: [Wrong; 9] = [
            ("token_audience", json!({ "aud": "another" }), None),
            ("token_issuer", json!({ "iss": "https://evil.example" }), None),
            ("token_expired", json!({ "exp": 1_700_000_000 }), None),
            ("token_age", json!({ "iat": 4_000_000_000_u32 }), None),
            ("token_nonce", json!({ "nonce": "another" }), None),
            ("token_access", json!({ "at_hash": "another" }), None),
            ("token_algorithm", json!({}), Some(|_, claims| format!("{}.{}.", text(json!({ "alg": "none" }).to_string()), text(claims.to_string())))),
            ("token_algorithm", json!({}), Some(with_the_public_key)),
            ("token_signature", json!({}), Some(|_, claims| Issuer::p256("first", 66).token(claims))),
        ];
        let mut said = vec![answer(&office, &json!({ "provider": "none", "state": "1.a", "code": "c", "binder": "b" })).await.1];
        for (why, claims, token) in wrongs {
            idp.set(|doing| {
                doing.claims = claims;
                doing.claims["sub"] = json!("s-1");
                doing.token = token;
            });
            let (status, told) = sign_in(&office, &idp).await;
            assert_eq!(status, 401, "{why}: {told}");
            said.push(told);
            assert!(office.ledger().await.contains(&format!("\"why\":\"{why}\"")), "{why}");
        }
        said.dedup();
        assert_eq!(said.len(), 1, "the same words for all: {said:?}");
        idp.set(|doing| (doing.claims, doing.token) = (json!({ "sub": "s-1" }), None));
        assert_eq!(sign_in(&office, &idp).await.0, 200);
    });
}

fn with_the_public_key(issuer: &Issuer, claims: &Value) -> String {
    let signed = format!("{}.{}", text(json!({ "alg": "HS256", "kid": issuer.kid }).to_string()), text(claims.to_string()));
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(issuer.jwk().to_string().as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", text(mac.finalize().into_bytes()))
}

#[test]
fn a_state_is_for_one_client_once_and_for_ten_minutes() {
    both(|mut office, idp| async move {
        assert_eq!(bind(&mut office, &idp, "admin-1").await.0, 200);
        let back = out_and_back(&office, &idp).await;
        let other = out_and_back(&office, &idp).await;
        let with = |field: &str, value: Value| {
            let mut back = back.clone();
            back[field] = value;
            back
        };
        // An attacker's own answer given to somebody else's client: its binder does not fit.
        assert_eq!(answer(&office, &with("binder", other["binder"].clone())).await.0, 401);
        assert_eq!(answer(&office, &with("state", other["state"].clone())).await.0, 401);
        assert_eq!(answer(&office, &with("iss", json!("https://evil.example"))).await.0, 401, "an answer of another provider");
        assert_eq!(answer(&office, &with("code", json!("x".repeat(5_000)))).await.0, 401);
        for state in ["", "1", ".", "9223372036854775807.a", "-1.a"] {
            assert_eq!(answer(&office, &with("state", json!(state))).await.0, 401, "{state}");
        }
        assert_eq!(
            office.ask("/api/v1/account/bindings/answer", by("admin-2", "administration"), back.clone()).await.0,
            401,
            "to bind is another way out"
        );
        assert_eq!(answer(&office, &with("iss", json!(idp.issuer))).await.0, 200);
        let (status, _) = answer(&office, &back).await;
        assert_eq!(status, 401, "replayed");
        assert!(office.ledger().await.contains("state_used"));
        office.wait_minutes(10);
        assert_eq!(answer(&office, &other).await.0, 401, "too late");
        assert_eq!(office.post("/api/v1/session/provider", None, json!({ "provider": "another" })).await.0, 422);
    });
}

#[test]
fn a_provider_changes_its_keys_and_is_asked_for_them_once_a_minute() {
    both(|mut office, idp| async move {
        assert_eq!(bind(&mut office, &idp, "admin-1").await.0, 200);
        assert_eq!(idp.set(|doing| doing.fetched), 1, "kept");
        idp.set(|doing| {
            doing.key = Issuer::ed25519("second", 2);
            doing.published = vec![doing.key.jwk()];
        });
        assert_eq!(sign_in(&office, &idp).await.0, 200, "its new key");
        assert_eq!(idp.set(|doing| doing.fetched), 2);
        office.wait_minutes(2);
        idp.set(|doing| {
            doing.now = office.now().0 / 1_000_000;
            doing.key = Issuer::rsa("third", 3);
            doing.published = vec![doing.key.jwk()];
        });
        assert_eq!(sign_in(&office, &idp).await.0, 200, "of another kind");
        assert_eq!(idp.set(|doing| doing.fetched), 3);
        idp.set(|doing| doing.key = Issuer::p256("nowhere", 3));
        for _ in 0..3 {
            assert_eq!(sign_in(&office, &idp).await.0, 401, "a key that it does not publish");
        }
        assert_eq!(idp.set(|doing| doing.fetched), 3, "not asked again within the minute");
        office.wait_minutes(2);
        idp.set(|doing| doing.now = office.now().0 / 1_000_000);
        assert_eq!(sign_in(&office, &idp).await.0, 401);
        assert_eq!(idp.set(|doing| doing.fetched), 4);
    });
}

#[test]
fn a_provider_that_is_down_or_says_too_much_leaves_passwords_as_they_are() {
    both(|mut office, idp| async move {
        assert_eq!(bind(&mut office, &idp, "admin-1").await.0, 200);
        for wrong in [(200, "x".repeat(300 << 10)), (200, "{}".into()), (500, "{}".into()), (302, String::new())] {
            let status = wrong.0;
            idp.set(|doing| doing.answer = Some(wrong));
            assert_eq!(sign_in(&office, &idp).await.0, 503, "{status}");
        }
        let back = out_and_back(&office, &idp).await;
        idp.stop();
        office.wait_minutes(1);
        assert_eq!(answer(&office, &back).await.0, 503, "nobody answers");
        assert!(office.ledger().await.contains("provider_away"));
        office.wait_minutes(90);
        assert_eq!(office.post("/api/v1/session/provider", None, json!({ "provider": "idp" })).await.0, 503);
        let code = office.code("admin-1");
        let local = json!({ "login": "admin-1", "password": PASSWORD, "code": code });
        assert_eq!(office.post("/api/v1/session", None, local).await.0, 200, "local passwords do not ask it");
    });
}

#[test]
fn what_an_operator_may_write_of_a_provider() {
    let good = Settings {
        name: "idp".into(),
        issuer: "https://idp.example".into(),
        client: "register".into(),
        redirect: "https://register.example/back".into(),
        algorithms: vec![Algorithm::Es256],
        scopes: Vec::new(),
        second_factor_acr: [].into(),
        second_factor_amr: [].into(),
    };
    let tunnels = |host: &str, to: &str| ProviderHttp::new([(host.to_owned(), to.to_owned())].into());
    let made = |settings: Settings, secret: &str| Provider::new(settings, secret, Arc::new(ProviderHttp::new([].into()).unwrap())).is_ok();
    assert!(made(good.clone(), "secret"));
    assert!(!made(good.clone(), " "));
    for bad in [
        Settings { issuer: "http://idp.example".into(), ..good.clone() },
        Settings { issuer: "https://idp.example?tenant=1".into(), ..good.clone() },
        Settings { redirect: "http://register.example/back".into(), ..good.clone() },
        Settings { algorithms: Vec::new(), ..good.clone() },
        Settings { name: "Not A Name".into(), ..good.clone() },
        Settings { scopes: vec!["two words".into()], ..good },
    ] {
        assert!(!made(bad.clone(), "secret"), "{bad:?}");
    }
    assert!(tunnels("idp.example", "http://127.0.0.1:8444").is_ok());
    for away in ["https://127.0.0.1:8444", "http://idp.example", "http://127.0.0.1:8444/path", "127.0.0.1:8444"] {
        assert!(tunnels("idp.example", away).is_err(), "{away}");
    }
    for algorithm in ["HS256", "none", "RS512", ""] {
        assert!(serde_json::from_value::<Algorithm>(json!(algorithm)).is_err(), "{algorithm}");
    }
}

#[test]
fn register_toml_names_what_keys_are_bound_to_and_providers() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("register");
    let place = Place::at(&root);
    place.make("tributary.db", "PK", "register.example/log").unwrap();
    let written = std::fs::read_to_string(root.join("register.toml")).unwrap();
    let opens = |more: &str| {
        std::fs::write(root.join("register.toml"), format!("{written}\n{more}")).unwrap();
        runtime.block_on(async { place.open().await.map(|register| register.provider_names()) })
    };
    assert_eq!(opens("").unwrap(), Vec::<String>::new());
    let keys = "[security_keys]\nrelying_party = \"register.example\"\norigins = [\"https://register.example\"]\n";
    assert!(opens(keys).is_ok());
    assert!(opens(&keys.replace("https:", "http:")).is_err());
    assert!(opens(&keys.replace("relying_party = \"register.example\"", "")).is_err(), "no default beside this machine's");
    let provider = "[[provider]]\nname = \"staff\"\nissuer = \"https://idp.example\"\nclient = \"tributary\"\nsecret_file = \"staff.secret\"\nredirect = \"https://register.example/back\"\nalgorithms = [\"ES256\"]\ntunnels = { \"idp.example\" = \"http://127.0.0.1:8444\" }\n";
    assert!(opens(provider).is_err(), "there is no secret");
    std::fs::write(root.join("staff.secret"), "a secret\n").unwrap();
    let rights = |mode| std::fs::set_permissions(root.join("staff.secret"), std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    rights(0o644);
    assert!(opens(provider).is_err(), "others may read it");
    rights(0o600);
    assert_eq!(opens(provider).unwrap(), ["staff"]);
    for (good, bad) in [("ES256", "HS256"), ("ES256", "none"), ("https://idp.example", "http://idp.example"), ("127.0.0.1", "idp.example")] {
        assert!(opens(&provider.replace(good, bad)).is_err(), "{bad}");
    }
    assert!(opens(&format!("{provider}{provider}")).is_err(), "a name twice");
}
