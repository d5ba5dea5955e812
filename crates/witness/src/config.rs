//! The witness's settings and its key's file.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tributary_ledger::note::{Kind, Signer, VerifierKey};
use tributary_ledger::witness::Known;

/// Why the settings are refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file.
    #[error("`{path}`: {why}")]
    File {
        /// Which.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// A setting.
    #[error("settings: {0}")]
    Setting(String),
}

/// The settings file, TOML.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The witness's name, which its key bears.
    pub name: String,
    /// The key's file, beside the settings unless the path is absolute.
    pub key: PathBuf,
    /// The folder of what was cosigned.
    pub state: PathBuf,
    /// Where to listen; a port of 0 takes a free one.
    pub listen: SocketAddr,
    /// May it listen elsewhere than on this machine? Put a TLS proxy before it.
    #[serde(default)]
    pub public: bool,
    /// The logs it serves.
    #[serde(default)]
    pub log: Vec<Log>,
}

/// A log in the settings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Its name.
    pub origin: String,
    /// Its verifier keys.
    pub vkeys: Vec<String>,
}

fn fault(path: &Path) -> impl Fn(&dyn std::fmt::Display) -> ConfigError + '_ {
    move |why| ConfigError::File { path: path.display().to_string(), why: why.to_string() }
}

impl Config {
    /// Reads a settings file; its paths are then absolute or from where it lies.
    ///
    /// # Errors
    /// Where it is none, or asks for what is not allowed.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let mut text = String::new();
        std::fs::File::open(path).and_then(|file| file.take(1 << 20).read_to_string(&mut text)).map_err(|error| fault(path)(&error))?;
        let mut config: Self = toml::from_str(&text).map_err(|error| fault(path)(&error.message()))?;
        let beside = path.parent().unwrap_or(Path::new("."));
        config.key = beside.join(&config.key);
        config.state = beside.join(&config.state);
        if !config.public && !config.listen.ip().is_loopback() {
            let why = format!("`listen = \"{}\"` is not this machine; put a TLS proxy before it and set `public = true`", config.listen);
            return Err(ConfigError::Setting(why));
        }
        Ok(config)
    }

    /// The logs with their keys read.
    ///
    /// # Errors
    /// Where a key is none, or two logs have one name.
    pub fn known(&self) -> Result<Vec<Known>, ConfigError> {
        let mut logs: Vec<Known> = Vec::new();
        for log in &self.log {
            let parse = |text: &String| VerifierKey::parse(text).map_err(|error| ConfigError::Setting(format!("`{text}` is {error}")));
            let keys = log.vkeys.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
            if keys.is_empty() || keys.iter().any(|key| key.kind() != Kind::Ed25519) {
                return Err(ConfigError::Setting(format!("log `{}` needs at least one key, and log keys have type 01", log.origin)));
            }
            if logs.iter().any(|other| other.origin == log.origin) {
                return Err(ConfigError::Setting(format!("log `{}` is there twice", log.origin)));
            }
            logs.push(Known { origin: log.origin.clone(), keys });
        }
        Ok(logs)
    }

    /// The witness's own key.
    ///
    /// # Errors
    /// Where its file is missing, open to others, another's, or no cosigning key.
    pub fn signer(&self) -> Result<Signer, ConfigError> {
        let signer = read_key(&self.key)?;
        if signer.verifier().name() != self.name || signer.verifier().kind() != Kind::Cosignature {
            return Err(fault(&self.key)(&format!("it is not a cosigning key of `{}`; make one with `keygen`", self.name)));
        }
        Ok(signer)
    }
}

/// Reads a key's file, which only its owner may be able to read.
///
/// # Errors
/// Where it is missing, open to others, or no key.
pub fn read_key(path: &Path) -> Result<Signer, ConfigError> {
    let fault = fault(path);
    let file = std::fs::File::open(path).map_err(|error| fault(&error))?;
    let mode = file.metadata().map_err(|error| fault(&error))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(fault(&"others may read the key: `chmod 600` it, and make a new one if they did"));
    }
    let mut text = String::new();
    file.take(4096).read_to_string(&mut text).map_err(|error| fault(&error))?;
    Signer::parse(text.trim()).map_err(|error| fault(&error))
}

/// Makes a key from a secret seed and writes it to a new file that only its owner may read.
///
/// # Errors
/// Where the file is there already or cannot be written.
pub fn keygen(path: &Path, name: &str, kind: Kind, seed: &[u8; 32]) -> Result<VerifierKey, ConfigError> {
    let fault = fault(path);
    let signer = Signer::new(name, kind, seed).map_err(|error| fault(&error))?;
    let written = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).and_then(|mut file| {
        file.write_all(format!("{}\n", signer.to_secret_text()).as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| fault(&error))?;
    Ok(signer.verifier().clone())
}
