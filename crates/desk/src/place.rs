//! A register's folder: keys, store, log, and the witnesses that are asked.
//!
//! ```text
//! FOLDER/register.toml    store, jurisdiction, address for security keys, identity providers, witnesses
//! FOLDER/master.key       wraps the keys of sealed records; never in a backup of the store
//! FOLDER/log.key          signs the log's checkpoints
//! FOLDER/log.vkey         its public half: give it to whoever audits
//! FOLDER/witness.policy   whose cosignatures make a quorum (C2SP tlog-policy)
//! FOLDER/tributary.db     the store, unless it is PostgreSQL
//! FOLDER/ledger/          the log (C2SP tlog-tiles)
//! FOLDER/erasures.list    what was erased, by keyed hash: copy it to another place, a restore needs the newest
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tributary_access::Policies;
use tributary_access::oidc::Algorithm;
use tributary_access::security_key::RelyingParty;
use tributary_cases::{CasesError, Keys, LedgerFolder, Place as StorePlace, Store};
use tributary_ledger::note::{Kind, Signer, VerifierKey};
use tributary_ledger::policy::Policy;
use tributary_register::basis::Statutes;
use tributary_register::log::{LogKeeper, Witness};
use tributary_register::people::provider::{Provider, Providers, Settings as ProviderSettings};
use tributary_register::{Register, RegisterError, Settings};
use tributary_vault::MasterKey;

use crate::keeping::ERASURES;
use crate::providers::ProviderHttp;
use crate::transport::HttpTransport;

/// Connections to the store.
const CONNECTIONS: u32 = 16;
/// Identity providers that a register may have.
const PROVIDERS_MAX: usize = 8;

/// Why a register's folder cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DeskError {
    /// A file.
    #[error("`{path}`: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// There is a register already.
    #[error("`{0}` holds a register already; a new one needs an empty folder")]
    NotEmpty(PathBuf),
    /// There is none.
    #[error("`{0}` holds no register; make one with `tributary-desk init FOLDER`")]
    NoRegister(PathBuf),
    /// A file that is not understood.
    #[error("`{path}` is not understood: {why}")]
    Content {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A key that others may read.
    #[error("`{0}` may be read by others; take their rights away: `chmod 600 {0}`")]
    Open(PathBuf),
    /// The register.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// The store.
    #[error(transparent)]
    Store(#[from] CasesError),
}

/// register.toml.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// A path in the folder, or `postgres://…`.
    store: String,
    /// ISO 3166 code.
    jurisdiction: String,
    /// The log's name.
    log: String,
    /// A file with the list of legal bases; none: the one of this version (`bases/pk.toml`).
    #[serde(default)]
    bases: Option<String>,
    /// Days without a sign-in after which an account is shown as due for review, 1 to 3650; 90 where none are named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account_idle_days: Option<u32>,
    /// The address that security keys are bound to; this machine's where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    security_keys: Option<WrittenParty>,
    /// For practice: its clock may be put back. Set when it is made, and said at every start.
    #[serde(default)]
    exercise: bool,
    /// Where people may sign in beside here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    provider: Vec<WrittenProvider>,
    /// Who is asked to cosign.
    #[serde(default)]
    witness: Vec<WrittenWitness>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenParty {
    /// A domain: keys made for it answer no other.
    relying_party: String,
    /// Where the register's pages come from: `https://HOST[:PORT]`.
    origins: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenProvider {
    name: String,
    issuer: String,
    client: String,
    /// A file of the folder that nobody else may read.
    secret_file: String,
    redirect: String,
    algorithms: Vec<Algorithm>,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    second_factor_acr: BTreeSet<String>,
    #[serde(default)]
    second_factor_amr: BTreeSet<String>,
    /// Host → a tunnel on this machine that adds TLS.
    #[serde(default)]
    tunnels: BTreeMap<String, String>,
}

impl Default for WrittenParty {
    fn default() -> Self {
        Self { relying_party: "localhost".into(), origins: vec!["http://localhost:8090".into()] }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenWitness {
    name: String,
    url: String,
    vkey: String,
}

/// A register's folder.
#[derive(Debug, Clone)]
pub struct Place {
    root: PathBuf,
}

/// Random bytes of the operating system.
///
/// # Errors
/// Never: a system that gives none stops the program, for nothing could be kept secret there.
pub fn entropy(to: &mut [u8]) {
    let filled = std::fs::File::open("/dev/urandom").and_then(|mut file| std::io::Read::read_exact(&mut file, to));
    if filled.is_err() {
        eprintln!("tributary-desk: the system gives no random bytes");
        std::process::exit(70);
    }
}

impl Place {
    /// The folder.
    #[must_use]
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Result<String, DeskError> {
        let path = self.path(name);
        std::fs::read_to_string(&path).map_err(|source| DeskError::File { path, source })
    }

    pub(crate) fn write(&self, name: &str, text: &str, secret: bool) -> Result<(), DeskError> {
        use std::io::Write as _;
        let path = self.path(name);
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, if secret { 0o600 } else { 0o644 });
        let done = options.open(&path).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        done.map_err(|source| DeskError::File { path, source })
    }

    /// A key file, which nobody else may read.
    pub(crate) fn secret(&self, name: &str) -> Result<String, DeskError> {
        let path = self.path(name);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&path).map_err(|source| DeskError::File { path: path.clone(), source })?.permissions().mode();
            if mode & 0o077 != 0 {
                return Err(DeskError::Open(path));
            }
        }
        self.read(name)
    }

    /// Makes a new register's folder: keys, and a file that says where its store is. No witness is asked until `register.toml` and
    /// `witness.policy` name some; until then nothing can leave the register.
    ///
    /// # Errors
    /// [`DeskError::NotEmpty`] where there is one; of the disk.
    pub fn make(&self, store: &str, jurisdiction: &str, log: &str) -> Result<(), DeskError> {
        if self.path("register.toml").exists() {
            return Err(DeskError::NotEmpty(self.root.clone()));
        }
        self.make_folder()?;
        let mut seed = [0; 32];
        entropy(&mut seed);
        let signer = Signer::new(log, Kind::Ed25519, &seed).map_err(|error| self.content("register.toml", &error))?;
        self.write("master.key", &MasterKey::generate(&mut entropy).to_text(), true)?;
        self.write("log.key", &format!("{}\n", signer.to_secret_text()), true)?;
        self.write("log.vkey", &format!("{}\n", signer.verifier()), false)?;
        self.write("witness.policy", &format!("log {}\nquorum none\n", signer.verifier()), false)?;
        let written = Written {
            store: store.to_owned(),
            jurisdiction: jurisdiction.to_owned(),
            log: log.to_owned(),
            exercise: false,
            bases: None,
            account_idle_days: None,
            security_keys: None,
            provider: Vec::new(),
            witness: Vec::new(),
        };
        let text = toml::to_string(&written).map_err(|error| self.content("register.toml", &error))?;
        self.write("register.toml", &text, false)
    }

    /// Makes the folder. Nobody else on this machine looks into the store or the keys.
    pub(crate) fn make_folder(&self) -> Result<(), DeskError> {
        let mut folder = std::fs::DirBuilder::new();
        folder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        folder.create(&self.root).map_err(|source| DeskError::File { path: self.root.clone(), source })
    }

    /// Opens the store that the settings name: a file in the folder, or PostgreSQL.
    pub(crate) async fn open_store(&self, store: &str, keys: Arc<Keys>) -> Result<Store, DeskError> {
        let place = match StorePlace::of(store) {
            StorePlace::Sqlite(path) => StorePlace::Sqlite(self.root.join(path)),
            postgres @ StorePlace::Postgres(_) => postgres,
        };
        Ok(Store::open(&place, CONNECTIONS, keys).await?)
    }

    fn written(&self) -> Result<Written, DeskError> {
        toml::from_str(&self.read("register.toml")?).map_err(|error| self.content("register.toml", &error))
    }

    pub(crate) fn content(&self, name: &str, why: &dyn std::fmt::Display) -> DeskError {
        DeskError::Content { path: self.path(name), why: why.to_string() }
    }

    /// Opens the register: its store, the policies in force, its log. A log that was cut, exchanged or lost is no register's: it does not open.
    ///
    /// # Errors
    /// [`DeskError`] that names the file, and what would do.
    pub async fn open(&self) -> Result<Register, DeskError> {
        let register = self.open_unchecked().await?;
        register.check_log().await?;
        Ok(register)
    }

    /// Makes a register that was just made one for practice, whose clock may be put back.
    ///
    /// # Errors
    /// [`DeskError`] of the file.
    pub fn make_exercise(&self) -> Result<(), DeskError> {
        let written = Written { exercise: true, ..self.written()? };
        let text = toml::to_string(&written).map_err(|error| self.content("register.toml", &error))?;
        let path = self.path("register.toml");
        std::fs::write(&path, text).map_err(|source| DeskError::File { path, source })
    }

    /// Whether it was made for practice.
    ///
    /// # Errors
    /// [`DeskError`] of the file.
    pub fn is_exercise(&self) -> Result<bool, DeskError> {
        Ok(self.written()?.exercise)
    }

    /// Makes the log's folder again from the store; entries in it.
    ///
    /// # Errors
    /// [`DeskError`]: the folder still holds a log, or the store leads to another root than was published.
    pub async fn rebuild_log(&self, at: tributary_model::Timestamp) -> Result<u64, DeskError> {
        let register = self.open_unchecked().await?;
        let size = register.rebuild_log(at).await?;
        register.publish(at).await?;
        register.store().close().await;
        Ok(size)
    }

    async fn open_unchecked(&self) -> Result<Register, DeskError> {
        if !self.path("register.toml").exists() {
            return Err(DeskError::NoRegister(self.root.clone()));
        }
        let written = self.written()?;
        let master = MasterKey::parse(&self.secret("master.key")?).map_err(|error| self.content("master.key", &error))?;
        let store = self.open_store(&written.store, Arc::new(Keys::new(master, Box::new(entropy)))).await?;
        let statutes = match &written.bases {
            None => Statutes::shipped()?,
            Some(name) => Statutes::parse(&self.read(name)?).map_err(|error| self.content(name, &error))?,
        };
        let account_idle_days = written.account_idle_days.unwrap_or(Settings::default().account_idle_days);
        if !(1..=3_650).contains(&account_idle_days) {
            return Err(self.content("register.toml", &"`account_idle_days` is 1 to 3650"));
        }
        let settings = Settings { jurisdiction: written.jurisdiction.clone(), statutes, account_idle_days, ..Settings::default() };
        let party = written.security_keys.clone().unwrap_or_default();
        let party = RelyingParty::new(&party.relying_party, &written.log, &party.origins).map_err(|error| self.content("register.toml", &error))?;
        let register = Register::new(store, Policies::shipped().map_err(RegisterError::from)?, settings);
        let register = register.with_log(self.keeper()?).with_relying_party(party).with_providers(self.providers(&written)?);
        register.load_policies().await?;
        Ok(register)
    }

    fn providers(&self, written: &Written) -> Result<Providers, DeskError> {
        let mut all = Vec::new();
        for provider in &written.provider {
            let wrong = |error: &dyn std::fmt::Display| self.content("register.toml", &format!("provider `{}`: {error}", provider.name));
            if all.len() >= PROVIDERS_MAX || written.provider.iter().filter(|other| other.name == provider.name).count() > 1 {
                return Err(wrong(&"a name is used once, and there are at most eight"));
            }
            let secret = self.secret(&provider.secret_file)?;
            let exchange = ProviderHttp::new(provider.tunnels.clone()).map_err(|error| wrong(&error))?;
            let settings = ProviderSettings {
                name: provider.name.clone(),
                issuer: provider.issuer.clone(),
                client: provider.client.clone(),
                redirect: provider.redirect.clone(),
                algorithms: provider.algorithms.clone(),
                scopes: provider.scopes.clone(),
                second_factor_acr: provider.second_factor_acr.clone(),
                second_factor_amr: provider.second_factor_amr.clone(),
            };
            all.push(Provider::new(settings, &secret, Arc::new(exchange)).map_err(|error| wrong(&error))?);
        }
        Ok(Providers::new(all))
    }

    pub(crate) fn keeper(&self) -> Result<LogKeeper, DeskError> {
        let written = self.written()?;
        let signer = Signer::parse(self.secret("log.key")?.trim()).map_err(|error| self.content("log.key", &error))?;
        let policy = Policy::parse(self.read("witness.policy")?.as_bytes()).map_err(|error| self.content("witness.policy", &error))?;
        let witnesses = written.witness.iter().map(|witness| {
            let key = VerifierKey::parse(&witness.vkey).map_err(|error| self.content("register.toml", &error))?;
            Ok(Witness { name: witness.name.clone(), url: witness.url.clone(), key })
        });
        let witnesses = witnesses.collect::<Result<Vec<_>, DeskError>>()?;
        let folder = LedgerFolder::at(&self.path("ledger"));
        let keeper = LogKeeper::new(folder, signer, policy, witnesses, Box::new(HttpTransport::default()));
        Ok(keeper.with_erasures(&self.path(ERASURES)))
    }
}
