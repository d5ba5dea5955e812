//! An office: an empty register with one or two people of each role, and a clock.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use tributary_access::password::Cost;
use tributary_access::security_key::RelyingParty;
use tributary_access::{AgencyClass, Policies, Purpose, Role, second_factor};
use tributary_cases::{Keys, LedgerFolder, Place, Store};
use tributary_ledger::append::Log;
use tributary_ledger::client::Answer;
use tributary_ledger::note::{Kind, Signer, VerifierKey};
use tributary_ledger::policy::Policy;
use tributary_ledger::store::fetch_bundle;
use tributary_ledger::witness::{Known, Seen, add_checkpoint};
use tributary_model::{Date, Timestamp};
use tributary_register::governance::pack::NewPack;
use tributary_register::log::{LogKeeper, Transport, Witness};
use tributary_register::people::account::AccountIs;
use tributary_register::people::agency::Agency;
use tributary_register::people::first::First;
use tributary_register::{Caller, Register, Settings};
use tributary_vault::MasterKey;

pub(crate) const PASSWORD: &str = "seven quiet herons at dusk";

/// Login, role, agency, unit.
const PEOPLE: [(&str, Role, &str, &str); 22] = [
    ("police-1", Role::PoliceAnalyst, "fia", "u1"),
    ("police-2", Role::PoliceAnalyst, "fia", "u2"),
    ("police-3", Role::PoliceAnalyst, "north-police", "u1"),
    ("fiu-1", Role::FiuAnalyst, "fmu", "u1"),
    ("fiu-2", Role::FiuAnalyst, "fmu", "u2"),
    ("bank-1", Role::ComplianceAnalyst, "bank-a", "u1"),
    ("bank-2", Role::ComplianceAnalyst, "bank-a", "u2"),
    ("bank-3", Role::ComplianceAnalyst, "bank-b", "u1"),
    ("platform-1", Role::PlatformAnalyst, "platform-a", "u1"),
    ("platform-2", Role::PlatformAnalyst, "platform-a", "u2"),
    ("taskforce-1", Role::TaskForceMember, "joint-tf", "u1"),
    ("prosecutor-1", Role::Prosecutor, "prosecution", "u1"),
    ("prosecutor-2", Role::Prosecutor, "prosecution", "u2"),
    ("judge-1", Role::Judge, "court", "u1"),
    ("support-1", Role::VictimSupport, "shelter", "u1"),
    ("support-2", Role::VictimSupport, "shelter", "u2"),
    ("rights-1", Role::RightsOfficer, "ombudsperson", "u1"),
    ("rights-2", Role::RightsOfficer, "ombudsperson", "u2"),
    ("auditor-1", Role::Auditor, "audit-office", "u1"),
    ("observer-1", Role::Observer, "civil", "u1"),
    ("police-4", Role::PoliceAnalyst, "fia", "u1"),
    ("police-x", Role::PoliceAnalyst, "border-returns", "u1"),
];

const AGENCIES: [(&str, AgencyClass); 15] = [
    ("fia", AgencyClass::Police),
    ("north-police", AgencyClass::Police),
    ("fmu", AgencyClass::Fiu),
    ("bank-a", AgencyClass::Bank),
    ("bank-b", AgencyClass::Bank),
    ("platform-a", AgencyClass::Platform),
    ("joint-tf", AgencyClass::TaskForce),
    ("prosecution", AgencyClass::Prosecution),
    ("court", AgencyClass::Court),
    ("shelter", AgencyClass::VictimService),
    ("ombudsperson", AgencyClass::Oversight),
    ("audit-office", AgencyClass::Oversight),
    ("civil", AgencyClass::CivilSociety),
    ("border-returns", AgencyClass::Immigration),
    ("operator", AgencyClass::Operator),
];

/// A register with its people.
#[derive(Clone)]
pub(crate) struct Office {
    pub(crate) register: Register,
    accounts: Arc<BTreeMap<String, String>>,
    secrets: Arc<BTreeMap<String, Vec<u8>>>,
    sessions: Arc<Mutex<BTreeMap<String, String>>>,
    folder: Arc<tempfile::TempDir>,
}

impl Office {
    /// Where the log lies, and the policy of its witness.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Minutes after the register was opened for work.
    pub(crate) fn at(&self, minutes: i64) -> Timestamp {
        start(minutes)
    }

    /// An account's id.
    pub(crate) fn id(&self, login: &str) -> String {
        self.accounts[login].clone()
    }

    /// The code that somebody's app shows.
    pub(crate) fn code(&self, login: &str, at: Timestamp) -> String {
        second_factor::code_at(&self.secrets[login], u64::try_from(at.0 / 1_000_000).unwrap()).unwrap()
    }

    /// Somebody who is signed in, for a purpose.
    pub(crate) async fn caller(&self, login: &str, purpose: Purpose) -> Caller {
        let known = self.sessions.lock().unwrap().get(login).cloned();
        let token = match known {
            Some(token) => token,
            None => {
                let token = self.register.sign_in(login, PASSWORD, &self.code(login, start(0)), start(0)).await.unwrap().token;
                self.sessions.lock().unwrap().insert(login.to_owned(), token.clone());
                token
            }
        };
        self.register.caller(&token, purpose, start(0)).await.unwrap()
    }

    /// All that stands in the published ledger, as text: to look for what was recorded.
    pub(crate) async fn ledger(&self) -> String {
        self.register.publish(start(0)).await.unwrap();
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

    /// The entries of the published ledger, in its order.
    pub(crate) async fn ledger_in_order(&self) -> Vec<Vec<u8>> {
        self.register.publish(start(0)).await.unwrap();
        let keeper = self.register.keeper().unwrap();
        let log = Log::open(keeper.folder(), keeper.verifier()).unwrap();
        let mut entries = Vec::new();
        while (entries.len() as u64) < log.size() {
            let index = entries.len() as u64 / 256;
            let width = u16::try_from((log.size() - index * 256).min(256)).unwrap();
            entries.extend(fetch_bundle(keeper.folder(), index, width).unwrap());
        }
        entries
    }

    /// Somebody who joins later, signed in for a purpose: entered by both administrators, enrolled, and signed in at a time.
    pub(crate) async fn newcomer(&self, login: &str, role: Role, (agency, class): (&str, AgencyClass), purpose: Purpose, at: Timestamp) -> Caller {
        let (one, two) = (self.caller("admin-1", Purpose::Administration).await, self.caller("admin-2", Purpose::Administration).await);
        let entered = Agency::new(agency, class, BTreeSet::from(["PK".into()])).unwrap();
        // It may be there already.
        drop(self.register.create_agency(&one, agency, entered, at).await);
        let proposed = self.register.propose_account(&one, is(login, role, agency, "u9"), at).await.unwrap();
        let invited = self.register.approve_account(&two, &proposed.id, at).await.unwrap();
        let enrolled = self.register.enrol(&invited.token, PASSWORD, at).await.unwrap();
        let secret = second_factor::from_base32(&enrolled.secret).unwrap();
        let code = second_factor::code_at(&secret, u64::try_from(at.0 / 1_000_000).unwrap()).unwrap();
        let token = self.register.sign_in(login, PASSWORD, &code, at).await.unwrap().token;
        self.register.caller(&token, purpose, at).await.unwrap()
    }

    async fn open(place: &Place, folder: tempfile::TempDir) -> Self {
        let keys = Keys::new(MasterKey::parse(&"5a".repeat(32)).unwrap(), Box::new(from_system));
        let store = Store::open(place, 8, Arc::new(keys)).await.unwrap();
        // Sessions last for the whole of a story.
        let settings =
            Settings { cost: Cost { memory_kib: 64, passes: 1 }, session_minutes: 10_000_000, idle_minutes: 10_000_000, ..Settings::default() };
        let party = RelyingParty::new("register.example", "Register", &["https://register.example".into()]).unwrap();
        let register = Register::new(store, Policies::shipped().unwrap(), settings).with_log(keeper(folder.path())).with_relying_party(party);
        let mut accounts = BTreeMap::new();
        let mut secrets = BTreeMap::new();
        for (login, enrolled) in first_two(&register).await {
            accounts.insert(login.clone(), enrolled.0);
            secrets.insert(login, enrolled.1);
        }
        let mut office =
            Self { register, accounts: Arc::new(accounts), secrets: Arc::new(secrets), sessions: Arc::default(), folder: Arc::new(folder) };
        office.enter_people().await;
        office.release_packs("aa11", start(-15)).await;
        // Published once a day, or nothing may leave: stories last a few days at the most.
        office.register.publish(start(0)).await.unwrap();
        office
    }

    /// Rules of this hash are released: proposed, put to civil society, approved by two rights officers (SG-086).
    pub(crate) async fn release_packs(&self, digest: &str, at: Timestamp) {
        let (admin, observer) = (self.caller("admin-1", Purpose::Administration).await, self.caller("observer-1", Purpose::Oversight).await);
        let proposed = self.register.propose_pack(&admin, pack(digest, at), at).await.unwrap();
        let heard = self.register.consulted_on_pack(&observer, &proposed.id, proposed.version, None, at).await.unwrap();
        let mut version = self.register.close_pack_consultation(&admin, &proposed.id, heard.version, at).await.unwrap().version;
        for login in ["rights-1", "rights-2"] {
            let rights = self.caller(login, Purpose::RightsReview).await;
            version = self.register.approve_pack(&rights, &proposed.id, version, at).await.unwrap().version;
        }
    }

    /// Two administrators enter agencies and people, as they would.
    async fn enter_people(&mut self) {
        let (one, two) = (self.caller("admin-1", Purpose::Administration).await, self.caller("admin-2", Purpose::Administration).await);
        for (id, class) in AGENCIES.into_iter().filter(|(id, _)| *id != "operator") {
            let agency = Agency::new(id, class, BTreeSet::from(["PK".into()])).unwrap();
            self.register.create_agency(&one, id, agency, start(-50)).await.unwrap();
        }
        let (mut accounts, mut secrets) = ((*self.accounts).clone(), (*self.secrets).clone());
        for (login, role, agency, unit) in PEOPLE {
            let proposed = self.register.propose_account(&one, is(login, role, agency, unit), start(-40)).await.unwrap();
            let invited = self.register.approve_account(&two, &proposed.id, start(-30)).await.unwrap();
            let enrolled = self.register.enrol(&invited.token, PASSWORD, start(-20)).await.unwrap();
            accounts.insert(login.to_owned(), proposed.id);
            secrets.insert(login.to_owned(), second_factor::from_base32(&enrolled.secret).unwrap());
        }
        self.accounts = Arc::new(accounts);
        self.secrets = Arc::new(secrets);
    }
}

/// A pack with all that its release needs.
pub(crate) fn pack(digest: &str, at: Timestamp) -> NewPack {
    let figures = serde_json::json!({
        "evaluated_on": at.date(), "corpus": "simulated, ten seeds", "precision": {"value": 0.6, "low": 0.5, "high": 0.7},
        "disparity_ratio": 1.1, "disparity_limit": 1.25, "groups": ["district", "corridor"],
        "benign": {"hawala": {"cases": 100, "alerts": 2}, "charity": {"cases": 100, "alerts": 0}, "migrant": {"cases": 100, "alerts": 1},
            "refugee": {"cases": 100, "alerts": 1}, "freelancer_crypto": {"cases": 100, "alerts": 3}}
    });
    let assessment = serde_json::json!({
        "v": 1, "pack": "standard", "version": "0.1.0", "digest": digest, "purpose": "which alerts the police read first",
        "legal_basis": "to be confirmed by counsel", "necessity": "reading everything finds less", "data": ["transfers"],
        "affected": ["migrants who send money home"], "alternatives": ["reading by lot"], "oversight": "two people read each alert",
        "redress": "the ombudsperson", "signed_by": "the rights office", "signed_on": at.date(),
        "harms": [{"what": "a lawful remitter is looked into", "to_whom": "migrants", "likelihood": "medium", "severity": "high",
            "measure": "benign twins, masked reading", "left": "low"}]
    });
    NewPack {
        pack: "standard".into(),
        version: "0.1.0".into(),
        digest: digest.into(),
        assessment: serde_json::from_value(assessment).unwrap(),
        figures: serde_json::from_value(figures).unwrap(),
        question: "Whom do these rules touch that we forgot?".into(),
    }
}

/// A witness in this very program, which remembers what it cosigned.
struct Beside {
    log: VerifierKey,
    signer: Signer,
    seen: Mutex<Option<Seen>>,
}

impl Transport for Beside {
    fn post(&self, _url: &str, body: &[u8]) -> Result<Answer, String> {
        let mut seen = self.seen.lock().unwrap();
        let known = [Known { origin: self.log.name().to_owned(), keys: vec![self.log.clone()] }];
        let now = u64::try_from(start(0).0 / 1_000_000).unwrap();
        let outcome = add_checkpoint(body, &known, |_| *seen, now, std::slice::from_ref(&self.signer));
        if let Some((_, keep)) = outcome.keep {
            *seen = Some(keep);
        }
        Ok(Answer { status: outcome.reply.status, content_type: outcome.reply.content_type.to_owned(), body: outcome.reply.body.into_bytes() })
    }
}

/// A log with one witness, whose cosignature is the quorum.
fn keeper(folder: &Path) -> LogKeeper {
    let signer = Signer::new("register.example/log", Kind::Ed25519, &[7; 32]).unwrap();
    let witness = Signer::new("witness.example/one", Kind::Cosignature, &[9; 32]).unwrap();
    let key = witness.verifier().clone();
    let policy = format!("log {}\nwitness one {key}\nquorum one\n", signer.verifier());
    std::fs::write(folder.join("witness.policy"), &policy).unwrap();
    let transport = Beside { log: signer.verifier().clone(), signer: witness, seen: Mutex::new(None) };
    let witnesses = vec![Witness { name: "one".into(), url: "http://beside".into(), key }];
    LogKeeper::new(LedgerFolder::at(&folder.join("ledger")), signer, Policy::parse(policy.as_bytes()).unwrap(), witnesses, Box::new(transport))
}

/// What an account of the office is.
pub(crate) fn is(login: &str, role: Role, agency: &str, unit: &str) -> AccountIs {
    AccountIs {
        login: login.into(),
        name: format!("Person {login}"),
        agency: agency.into(),
        unit: unit.into(),
        role,
        vetting: 2,
        vetted_until: Date::parse("2090-01-01").unwrap(),
        jurisdictions: BTreeSet::from(["PK".into()]),
    }
}

/// The first two administrators, whom the operator enters when the register is made.
async fn first_two(register: &Register) -> Vec<(String, (String, Vec<u8>))> {
    let admin = |login: &str, unit: &str| is(login, Role::Administrator, "operator", unit);
    let first = First { agency: ("operator".into(), "Operator".into()), administrators: [admin("admin-1", "u1"), admin("admin-2", "u2")] };
    let invited = register.begin(first, start(-60)).await.unwrap();
    let mut out = Vec::new();
    for (login, invited) in ["admin-1", "admin-2"].into_iter().zip(invited) {
        let enrolled = register.enrol(&invited.token, PASSWORD, start(-55)).await.unwrap();
        out.push((login.to_owned(), (invited.account, second_factor::from_base32(&enrolled.secret).unwrap())));
    }
    out
}

fn start(minutes: i64) -> Timestamp {
    Timestamp((1_790_000_000 + minutes * 60) * 1_000_000)
}

fn from_system(to: &mut [u8]) {
    use std::io::Read as _;
    std::fs::File::open("/dev/urandom").unwrap().read_exact(to).unwrap();
}

/// Runs a story in a new office on each store.
pub(crate) fn both<F: Future<Output = ()>>(story: impl Fn(Office) -> F) {
    for on_postgres in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let place = if on_postgres { Place::Postgres(postgres()) } else { Place::Sqlite(folder.path().join("tributary.db")) };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async { story(Office::open(&place, folder).await).await });
    }
}

fn postgres() -> String {
    let made = std::process::Command::new(Path::new("../../scripts/postgres.sh")).arg("database").output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}
