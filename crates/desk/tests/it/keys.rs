//! Security keys over HTTP.

use serde_json::json;
use tributary_access::security_key::RelyingParty;

use crate::authenticator::Authenticator;
use crate::support::{Office, PASSWORD, by};

#[test]
fn a_key_is_added_and_signs_in_over_http() {
    for postgres in [false, true] {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let party = RelyingParty::new("register.example", "Register", &["https://register.example".into()]).unwrap();
            let mut office = Office::open_with(postgres, |register| register.with_relying_party(party)).await;
            let (mut key, admin) = (Authenticator::new(1), by("admin-1", "administration"));
            let asked = office.did("/api/v1/account/keys", admin, json!({ "password": PASSWORD })).await;
            let new = json!({ "challenge": asked["challenge"], "name": "blue", "credential": key.create(&asked["options"]) });
            let added = office.did("/api/v1/account/keys/answer", admin, new).await;
            let login = json!({ "login": "admin-1", "password": PASSWORD });
            let (status, asked) = office.post("/api/v1/session/key", None, login.clone()).await;
            assert_eq!(status, 200, "{asked}");
            assert_eq!(asked["options"]["publicKey"]["rpId"], "register.example");
            let credential = json!({ "challenge": asked["challenge"], "credential": key.get(&asked["options"]) });
            let (status, session) = office.post("/api/v1/session/key/answer", None, credential.clone()).await;
            assert_eq!((status, session["factor"].as_str()), (200, Some("key")), "{session}");
            assert_eq!(office.post("/api/v1/session/key/answer", None, credential).await.0, 401, "replayed");
            let factors = office.get(&format!("/api/v1/accounts/{}/factors", office.id("admin-1")), admin).await.1;
            assert_eq!((factors["code"].as_bool(), factors["keys"][0]["name"].as_str()), (Some(true), Some("blue")));
            let removal = format!("/api/v1/account/keys/{}/removal", added["id"].as_str().unwrap());
            office.did(&removal, admin, json!({ "password": PASSWORD })).await;
            assert_eq!(office.post("/api/v1/session/key", None, login).await.0, 401);
        });
    }
}
