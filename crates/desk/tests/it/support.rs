//! A desk: a register in a folder of its own, people who sign in over HTTP, two witnesses that listen.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use tributary_access::{Policies, Role, password::Cost, second_factor};
use tributary_cases::{Keys, LedgerFolder, Place, Store};
use tributary_desk::{Desk, HttpTransport, router};
use tributary_ledger::note::{Kind, Signer};
use tributary_ledger::policy::Policy;
use tributary_ledger::witness::Known;
use tributary_model::{Date, Timestamp};
use tributary_register::log::{LogKeeper, Witness};
use tributary_register::people::account::AccountIs;
use tributary_register::people::first::First;
use tributary_register::{Register, Settings};
use tributary_vault::MasterKey;
use tributary_witness::Memory;

pub(crate) const PASSWORD: &str = "seven quiet herons at dusk";
pub(crate) const LOG: &str = "register.example/log";

/// A running register.
pub(crate) struct Office {
    pub(crate) router: Router,
    pub(crate) register: Register,
    pub(crate) folder: tempfile::TempDir,
    /// Seconds since 1970 of the desk's clock.
    clock: Arc<AtomicI64>,
    people: BTreeMap<String, (String, Vec<u8>)>,
    sessions: BTreeMap<String, String>,
    witnesses: Vec<tokio::task::JoinHandle<()>>,
}

/// A request's headers.
#[derive(Clone, Copy)]
pub(crate) struct As<'a> {
    pub(crate) who: &'a str,
    pub(crate) purpose: &'a str,
    pub(crate) case: Option<&'a str>,
}

pub(crate) fn by<'a>(who: &'a str, purpose: &'a str) -> As<'a> {
    As { who, purpose, case: None }
}

impl<'a> As<'a> {
    pub(crate) fn on(self, case: &'a str) -> Self {
        Self { case: Some(case), ..self }
    }
}

fn now() -> i64 {
    i64::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

/// A witness that listens, and its key.
async fn witness(folder: PathBuf, name: &str, log: &Signer, seed: u8) -> (Witness, tokio::task::JoinHandle<()>) {
    std::fs::create_dir_all(&folder).unwrap();
    let signer = Signer::new(name, Kind::Cosignature, &[seed; 32]).unwrap();
    let key = signer.verifier().clone();
    let known = vec![Known { origin: LOG.into(), keys: vec![log.verifier().clone()] }];
    let memory = Arc::new(Memory::open(&folder, known, vec![signer]).unwrap());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move { axum::serve(listener, tributary_witness::router(memory)).await.unwrap() });
    (Witness { name: name.split('.').next().unwrap().into(), url, key }, serving)
}

impl Office {
    pub(crate) async fn open(postgres: bool) -> Self {
        Self::open_with(postgres, |register| register).await
    }

    /// An office whose register has something more.
    pub(crate) async fn open_with(postgres: bool, more: impl FnOnce(Register) -> Register) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = if postgres { Place::Postgres(database()) } else { Place::Sqlite(folder.path().join("tributary.db")) };
        let keys = Keys::new(MasterKey::parse(&"5a".repeat(32)).unwrap(), Box::new(tributary_desk::entropy));
        let store = Store::open(&place, 8, Arc::new(keys)).await.unwrap();
        let settings = Settings { cost: Cost { memory_kib: 64, passes: 1 }, ..Settings::default() };
        let signer = Signer::new(LOG, Kind::Ed25519, &[7; 32]).unwrap();
        let (state, state_task) = witness(folder.path().join("state"), "state.example/witness", &signer, 1).await;
        let (civil, civil_task) = witness(folder.path().join("civil"), "civil.example/witness", &signer, 2).await;
        let policy =
            format!("log {}\nwitness state {}\nwitness civil {}\ngroup both all state civil\nquorum both\n", signer.verifier(), state.key, civil.key);
        std::fs::write(folder.path().join("witness.policy"), &policy).unwrap();
        let policy = Policy::parse(policy.as_bytes()).unwrap();
        let keeper =
            LogKeeper::new(LedgerFolder::at(&folder.path().join("ledger")), signer, policy, vec![state, civil], Box::new(HttpTransport::default()));
        let register = Register::new(store, Policies::shipped().unwrap(), settings).with_log(keeper);
        let register = more(register);
        let clock = Arc::new(AtomicI64::new(now()));
        let read = Arc::clone(&clock);
        let desk = Desk::new(register.clone(), Arc::new(move || Timestamp(read.load(Ordering::SeqCst) * 1_000_000)));
        let mut office = Self {
            router: router(desk),
            register,
            folder,
            clock,
            people: BTreeMap::new(),
            sessions: BTreeMap::new(),
            witnesses: vec![state_task, civil_task],
        };
        office.begin().await;
        office
    }

    /// The desk's time.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(self.clock.load(Ordering::SeqCst) * 1_000_000)
    }

    /// Lets the desk's clock run on.
    pub(crate) fn wait_minutes(&mut self, minutes: i64) {
        self.clock.fetch_add(minutes * 60, Ordering::SeqCst);
        // Sessions do not last through the night.
        self.sessions.clear();
    }

    /// Stops one witness: nobody answers at its address any more.
    pub(crate) fn stop_witness(&self, which: usize) {
        self.witnesses[which].abort();
    }

    async fn begin(&mut self) {
        let admin = |login: &str| AccountIs {
            login: login.into(),
            name: login.into(),
            agency: "operator".into(),
            unit: "u1".into(),
            role: Role::Administrator,
            vetting: 2,
            vetted_until: Date::parse("2090-01-01").unwrap(),
            jurisdictions: ["PK".to_owned()].into(),
        };
        let first = First { agency: ("operator".into(), "Operator".into()), administrators: [admin("admin-1"), admin("admin-2")] };
        let invited = self.register.begin(first, self.now()).await.unwrap();
        for (login, invitation) in ["admin-1", "admin-2"].into_iter().zip(invited) {
            self.enrol(login, &invitation.token).await;
        }
    }

    async fn enrol(&mut self, login: &str, invitation: &str) {
        let answer = self.post("/api/v1/enrolment", None, json!({ "invitation": invitation, "password": PASSWORD })).await;
        assert_eq!(answer.0, 200, "{}", answer.1);
        self.people.insert(
            login.into(),
            (answer.1["account"].as_str().unwrap().into(), second_factor::from_base32(answer.1["secret"].as_str().unwrap()).unwrap()),
        );
    }

    /// An account's id.
    pub(crate) fn id(&self, login: &str) -> String {
        self.people[login].0.clone()
    }

    /// Enters an agency.
    pub(crate) async fn agency(&mut self, id: &str, class: &str) {
        let body = json!({ "id": id, "name": format!("Agency {id}"), "class": class, "jurisdictions": ["PK"] });
        self.did("/api/v1/agencies", by("admin-1", "administration"), body).await;
    }

    /// Enters somebody: proposed by one administrator, approved by the other, enrolled by the person.
    pub(crate) async fn person(&mut self, login: &str, role: &str, agency: &str, unit: &str) {
        self.vetted_person(login, role, agency, unit, 2).await;
    }

    /// The same with another vetting.
    pub(crate) async fn vetted_person(&mut self, login: &str, role: &str, agency: &str, unit: &str, vetting: u8) {
        let body = json!({ "login": login, "name": format!("Person {login}"), "agency": agency, "unit": unit, "role": role, "vetting": vetting, "vetted_until": "2090-01-01", "jurisdictions": ["PK"] });
        let proposed = self.did("/api/v1/accounts", by("admin-1", "administration"), body).await;
        let path = format!("/api/v1/accounts/{}/approval", proposed["account"].as_str().unwrap());
        let invited = self.did(&path, by("admin-2", "administration"), json!({})).await;
        self.enrol(login, invited["invitation"].as_str().unwrap()).await;
    }

    /// A second goes by.
    fn tick(&self) {
        self.clock.fetch_add(1, Ordering::SeqCst);
    }

    /// Rules of this hash are released over HTTP, as it must be done: proposed, put to civil society, approved by two others (SG-086, SG-087).
    pub(crate) async fn release_packs(&mut self, digest: &str) {
        self.agency("gate-oversight", "oversight").await;
        self.agency("gate-civil", "civil_society").await;
        self.person("gate-observer", "observer", "gate-civil", "u1").await;
        for (login, unit) in [("gate-rights-1", "u1"), ("gate-rights-2", "u2")] {
            self.person(login, "rights_officer", "gate-oversight", unit).await;
        }
        let admin = by("admin-1", "administration");
        let day = self.now().date();
        let proposed = self.did("/api/v1/packs/releases", admin, pack(digest, &day.to_string())).await;
        self.tick();
        let path = format!("/api/v1/packs/releases/{}", proposed["id"].as_str().unwrap());
        let heard = self.did(&format!("{path}/consultation/answer"), by("gate-observer", "oversight"), json!({ "version": 1 })).await;
        self.tick();
        let closed = self.did(&format!("{path}/consultation/close"), admin, json!({ "version": heard["version"] })).await;
        let mut version = closed["version"].clone();
        for login in ["gate-rights-1", "gate-rights-2"] {
            self.tick();
            version = self.did(&format!("{path}/approval"), by(login, "rights_review"), json!({ "version": version })).await["version"].clone();
        }
    }

    /// The code that somebody's app shows.
    pub(crate) fn code(&self, login: &str) -> String {
        second_factor::code_at(&self.people[login].1, u64::try_from(self.clock.load(Ordering::SeqCst)).unwrap()).unwrap()
    }

    /// All that stands in the published ledger, as text: to look for what was recorded.
    pub(crate) async fn ledger(&self) -> String {
        self.register.publish(self.now()).await.unwrap();
        let mut text = String::new();
        let mut folders = vec![self.folder.path().join("ledger/tile/entries")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    text.push_str(&String::from_utf8_lossy(&std::fs::read(path).unwrap()));
                }
            }
        }
        text
    }

    async fn token(&mut self, login: &str) -> String {
        if let Some(token) = self.sessions.get(login) {
            return token.clone();
        }
        let seconds = u64::try_from(self.clock.load(Ordering::SeqCst)).unwrap();
        let code = second_factor::code_at(&self.people[login].1, seconds).unwrap();
        let answer = self.post("/api/v1/session", None, json!({ "login": login, "password": PASSWORD, "code": code })).await;
        assert_eq!(answer.0, 200, "{login} signs in: {}", answer.1);
        let token = answer.1["token"].as_str().unwrap().to_owned();
        self.sessions.insert(login.into(), token.clone());
        token
    }

    /// The token of somebody who is signed in: what a colleague might copy.
    pub(crate) async fn copied_token(&mut self, login: &str) -> String {
        self.token(login).await
    }

    /// Posts as somebody; status and answer.
    pub(crate) async fn ask(&mut self, path: &str, who: As<'_>, body: Value) -> (u16, Value) {
        let token = self.token(who.who).await;
        self.post(path, Some((token, who)), body).await
    }

    /// Posts as somebody, and it must be done.
    pub(crate) async fn did(&mut self, path: &str, who: As<'_>, body: Value) -> Value {
        let (status, answer) = self.ask(path, who, body).await;
        assert_eq!(status, 200, "{} at {path}: {answer}", who.who);
        answer
    }

    /// Reads as somebody; status and answer.
    pub(crate) async fn get(&mut self, path: &str, who: As<'_>) -> (u16, Value) {
        let token = self.token(who.who).await;
        self.get_with(path, Some((token, who))).await
    }

    /// Reads with a token.
    pub(crate) async fn get_with(&self, path: &str, who: Option<(String, As<'_>)>) -> (u16, Value) {
        self.send(headers(Request::get(path), who).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, who: Option<(String, As<'_>)>, body: Value) -> (u16, Value) {
        let request = headers(Request::post(path), who).header("content-type", "application/json").body(Body::from(body.to_string())).unwrap();
        self.send(request).await
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> (u16, Value) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 22).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }
}

/// A pack with all that its release needs.
pub(crate) fn pack(digest: &str, day: &str) -> Value {
    let tried = json!({ "cases": 100, "alerts": 1 });
    json!({ "pack": "standard", "version": "0.1.0", "digest": digest, "question": "Whom do these rules touch that we forgot?",
        "figures": { "evaluated_on": day, "corpus": "simulated, ten seeds", "precision": { "value": 0.6, "low": 0.5, "high": 0.7 },
            "disparity_ratio": 1.1, "disparity_limit": 1.25, "groups": ["district", "corridor"],
            "benign": { "hawala": tried, "charity": tried, "migrant": tried, "refugee": tried, "freelancer_crypto": tried } },
        "assessment": { "v": 1, "pack": "standard", "version": "0.1.0", "digest": digest, "purpose": "which alerts are read first",
            "legal_basis": "to be confirmed by counsel", "necessity": "reading everything finds less", "data": ["transfers"],
            "affected": ["migrants who send money home"], "alternatives": ["reading by lot"], "oversight": "two people read each alert",
            "redress": "the ombudsperson", "signed_by": "the rights office", "signed_on": day,
            "harms": [{ "what": "a lawful remitter is looked into", "to_whom": "migrants", "likelihood": "medium", "severity": "high",
                "measure": "benign twins", "left": "low" }] } })
}

fn headers(mut request: axum::http::request::Builder, who: Option<(String, As<'_>)>) -> axum::http::request::Builder {
    if let Some((token, who)) = who {
        request = request.header("authorization", format!("Bearer {token}")).header("x-purpose", who.purpose).header("x-legal-basis", "pk-ptpa-2018");
        if let Some(case) = who.case {
            request = request.header("x-case", case);
        }
    }
    request
}

pub(crate) fn database() -> String {
    let made = std::process::Command::new("../../scripts/postgres.sh").arg("database").output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

/// Runs a story on each store.
pub(crate) fn both<F: Future<Output = ()>>(story: impl Fn(Office) -> F) {
    for postgres in [false, true] {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async { story(Office::open(postgres).await).await });
    }
}
