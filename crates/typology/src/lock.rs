//! `pack.lock.json`: the bytes of every pack file and the two roles that signed for them (R10).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

use crate::error::{At, PackError};

/// Name of the lock file in the packs folder.
pub const LOCK_FILE: &str = "pack.lock.json";

/// A role's agreement to the bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignOff {
    /// The role, never a person's name.
    pub role: String,
    /// Day.
    pub on: String,
}

/// One locked file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedFile {
    /// SHA-256 of the file's bytes, hex.
    pub sha256: String,
    /// Who signed: two different roles for packs and jurisdictions; fixtures need none of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sign_offs: Vec<SignOff>,
}

/// The lock file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// By file, relative to the packs folder.
    pub files: BTreeMap<String, LockedFile>,
}

/// SHA-256 of a text, hex.
#[must_use]
pub fn sha256_hex(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Is this file a fixture, which the pack's own sign-off covers by hash?
#[must_use]
pub fn is_fixture(file: &str) -> bool {
    file.starts_with("fixtures/")
}

impl Lock {
    /// Reads the lock file.
    ///
    /// # Errors
    /// Not JSON of this shape.
    pub fn parse(text: &str) -> Result<Self, PackError> {
        serde_json::from_str(text).map_err(|error| PackError::Syntax {
            at: At::file(LOCK_FILE),
            found: error.to_string(),
            problem: "make it again with the lock example of tributary-typology",
        })
    }

    /// A lock over `files` (path to text), signed by `sign_offs`.
    #[must_use]
    pub fn over(files: &BTreeMap<String, String>, sign_offs: &[SignOff]) -> Self {
        let locked = |file: &String, text: &String| LockedFile {
            sha256: sha256_hex(text),
            sign_offs: if is_fixture(file) { Vec::new() } else { sign_offs.to_vec() },
        };
        Self { files: files.iter().filter(|(file, _)| *file != LOCK_FILE).map(|(file, text)| (file.clone(), locked(file, text))).collect() }
    }

    /// The file's text.
    #[must_use]
    pub fn render(&self) -> String {
        serde_json::to_string_pretty(self).map(|text| text + "\n").unwrap_or_default()
    }

    /// Holds `files` to the lock (R10).
    #[must_use]
    pub fn check(&self, files: &BTreeMap<String, String>) -> Vec<PackError> {
        let error = |file: &str, found: String, problem| PackError::Versioning { at: At::file(file), found, problem };
        let mut errors = Vec::new();
        for (file, text) in files.iter().filter(|(file, _)| *file != LOCK_FILE) {
            let Some(locked) = self.files.get(file) else {
                errors.push(error(file, LOCK_FILE.to_owned(), "the file is not in the lock: have two roles sign it and lock it"));
                continue;
            };
            if locked.sha256 != sha256_hex(text) {
                errors.push(error(
                    file,
                    locked.sha256.clone(),
                    "the file is not the one that was signed: have two roles sign the change and lock it",
                ));
            }
            let mut roles: Vec<&str> = locked.sign_offs.iter().map(|sign_off| sign_off.role.trim()).filter(|role| !role.is_empty()).collect();
            roles.sort_unstable();
            roles.dedup();
            if !is_fixture(file) && roles.len() < 2 {
                errors.push(error(file, roles.join(", "), "two different roles must have signed"));
            }
        }
        for file in self.files.keys().filter(|file| !files.contains_key(*file)) {
            errors.push(error(file, LOCK_FILE.to_owned(), "the lock names a file that is not there: restore it or lock again"));
        }
        errors
    }
}
