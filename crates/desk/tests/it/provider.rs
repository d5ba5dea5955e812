//! An identity provider that listens on this machine, and does what a test tells it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tributary_access::oidc::pkce;

use crate::issuer::Issuer;

pub(crate) const CLIENT: &str = "register:1";
pub(crate) const SECRET: &str = "a secret: with / and +";

/// What the provider does next.
pub(crate) struct Doing {
    pub(crate) key: Issuer,
    /// Keys that it publishes.
    pub(crate) published: Vec<Value>,
    /// What it says of somebody who signs in, beside what belongs there.
    pub(crate) claims: Value,
    /// The token it gives, in place of a good one.
    pub(crate) token: Option<fn(&Issuer, &Value) -> String>,
    /// The answer of its token address, in place of one with a token.
    pub(crate) answer: Option<(u16, String)>,
    /// How often its keys were fetched.
    pub(crate) fetched: u32,
    pub(crate) now: i64,
    codes: HashMap<String, HashMap<String, String>>,
}

#[derive(Clone)]
pub(crate) struct Idp {
    pub(crate) issuer: String,
    doing: Arc<Mutex<Doing>>,
    listening: Arc<tokio::task::JoinHandle<()>>,
}

impl Idp {
    pub(crate) async fn start() -> Self {
        let key = Issuer::p256("first", 1);
        let published = vec![key.jwk()];
        let codes = HashMap::new();
        let doing = Doing { key, published, claims: json!({ "sub": "s-1", "amr": ["pwd"] }), token: None, answer: None, fetched: 0, now: 0, codes };
        let doing = Arc::new(Mutex::new(doing));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route("/jwks", get(keys))
            .route("/token", post(token))
            .with_state((issuer.clone(), Arc::clone(&doing)));
        let listening = Arc::new(tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() }));
        Self { issuer, doing, listening }
    }

    /// Changes what it does.
    pub(crate) fn set<T>(&self, change: impl FnOnce(&mut Doing) -> T) -> T {
        change(&mut self.doing.lock().unwrap())
    }

    /// Nobody answers at its address any more.
    pub(crate) fn stop(&self) {
        self.listening.abort();
    }

    /// Somebody signs in at it, sent there by an address: what their browser comes back with.
    pub(crate) fn sent(&self, address: &str) -> Value {
        let uri: Uri = address.parse().unwrap();
        assert!(address.starts_with(&format!("{}/authorize?", self.issuer)), "{address}");
        let Query(asked) = Query::<HashMap<String, String>>::try_from_uri(&uri).unwrap();
        assert_eq!((asked["response_type"].as_str(), asked["code_challenge_method"].as_str()), ("code", "S256"));
        assert_eq!((asked["client_id"].as_str(), asked["scope"].as_str()), (CLIENT, "openid profile"));
        assert_eq!(asked["redirect_uri"], "https://register.example/back");
        let state = asked["state"].clone();
        self.set(|doing| {
            let code = format!("code {}", doing.codes.len());
            doing.codes.insert(code.clone(), asked);
            json!({ "provider": "idp", "state": state, "code": code })
        })
    }
}

type Shared = State<(String, Arc<Mutex<Doing>>)>;

async fn describe(State((issuer, _)): Shared) -> String {
    let [authorize, token, jwks] = ["authorize", "token", "jwks"].map(|path| format!("{issuer}/{path}"));
    json!({ "issuer": issuer, "authorization_endpoint": authorize, "token_endpoint": token, "jwks_uri": jwks, "more": 1 }).to_string()
}

async fn keys(State((_, doing)): Shared) -> String {
    let mut doing = doing.lock().unwrap();
    doing.fetched += 1;
    json!({ "keys": doing.published }).to_string()
}

async fn token(State((issuer, doing)): Shared, headers: HeaderMap, body: String) -> (StatusCode, String) {
    let mut doing = doing.lock().unwrap();
    if let Some((status, answer)) = &doing.answer {
        return (StatusCode::from_u16(*status).unwrap(), answer.clone());
    }
    let encoded = STANDARD.encode("register%3A1:a+secret%3A+with+%2F+and+%2B");
    let uri: Uri = format!("http://localhost/?{body}").parse().unwrap();
    let Query(given) = Query::<HashMap<String, String>>::try_from_uri(&uri).unwrap();
    let asked = doing.codes.remove(&given["code"]);
    let Some(asked) = asked.filter(|_| headers["authorization"] == format!("Basic {encoded}")) else {
        return (StatusCode::BAD_REQUEST, json!({ "error": "invalid_grant" }).to_string());
    };
    let good = given["grant_type"] == "authorization_code" && given["redirect_uri"] == asked["redirect_uri"];
    if !good || pkce(&given["code_verifier"]) != asked["code_challenge"] {
        return (StatusCode::BAD_REQUEST, json!({ "error": "invalid_grant" }).to_string());
    }
    let mut claims = json!({ "iss": issuer, "aud": CLIENT, "exp": doing.now + 300, "iat": doing.now, "nonce": asked["nonce"] });
    for (name, value) in doing.claims.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let token = doing.token.map_or_else(|| doing.key.token(&claims), |token| token(&doing.key, &claims));
    (StatusCode::OK, json!({ "id_token": token, "access_token": "access", "token_type": "Bearer" }).to_string())
}
