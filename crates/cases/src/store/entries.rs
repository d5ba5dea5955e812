//! What a transaction tells the ledger: a kind, public facts, pseudonyms, and a payload of which the ledger sees a salted commitment alone.

use std::collections::BTreeMap;

use serde::Serialize;
use tributary_ledger::entry::{Entry, Pseudonym, commitment};
use tributary_model::Timestamp;
use tributary_vault::unhex;

use super::Keys;
use crate::CasesError;

/// A note for the ledger, before it has a time and a salt.
#[derive(Debug, Clone)]
pub struct Note {
    kind: &'static str,
    refs: Vec<(&'static str, String, String)>,
    tags: Vec<(&'static str, String)>,
    payload: serde_json::Value,
}

/// An entry's bytes, and what opens its commitment.
pub(super) struct SealedNote {
    pub(super) entry: String,
    pub(super) salt: [u8; 32],
    pub(super) payload: String,
}

impl Note {
    /// A note of a kind: dotted lower-case words, as `case.read`.
    #[must_use]
    pub const fn of(kind: &'static str) -> Self {
        Self { kind, refs: Vec::new(), tags: Vec::new(), payload: serde_json::Value::Null }
    }

    /// A thing the note is about. The ledger gets its pseudonym within `scope`, the thing acted on: whoever acts is thus told apart within
    /// one case or escalation, and cannot be followed from one to the next.
    #[must_use]
    pub fn about(mut self, name: &'static str, scope: &str, id: &str) -> Self {
        self.refs.push((name, scope.to_owned(), id.to_owned()));
        self
    }

    /// A public fact that tells of nobody: a role, a version, an outcome.
    #[must_use]
    pub fn tag(mut self, name: &'static str, token: impl Into<String>) -> Self {
        self.tags.push((name, token.into()));
        self
    }

    /// What happened in full. It stays in the register; the ledger sees a commitment to it.
    #[must_use]
    pub fn with(mut self, payload: &impl Serialize) -> Self {
        self.payload = serde_json::to_value(payload).unwrap_or(serde_json::Value::Null);
        self
    }

    pub(super) fn seal(self, at: Timestamp, keys: &Keys) -> Result<SealedNote, CasesError> {
        let wrong = |error: &dyn std::fmt::Display| CasesError::Entry(error.to_string());
        let salt = keys.random::<32>();
        let payload = self.payload.to_string();
        let refs = self
            .refs
            .iter()
            .map(|(name, scope, id)| Ok(((*name).to_owned(), pseudonym(keys, name, scope, id)?)))
            .collect::<Result<_, CasesError>>()?;
        let tags: BTreeMap<String, String> = self.tags.into_iter().map(|(name, token)| (name.to_owned(), token)).collect();
        let millis = u64::try_from(at.0.div_euclid(1_000)).map_err(|error| wrong(&error))?;
        let entry = Entry::new(self.kind, millis, commitment(&salt, payload.as_bytes()), refs, tags).map_err(|error| wrong(&error))?;
        Ok(SealedNote { entry: entry.encode(), salt, payload })
    }
}

fn pseudonym(keys: &Keys, name: &str, scope: &str, id: &str) -> Result<Pseudonym, CasesError> {
    let digits = keys.pseudonym(&format!("{name}/{scope}"), id);
    let bytes = unhex(digits.as_str()).and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
    bytes.map(Pseudonym).ok_or_else(|| CasesError::Entry("a pseudonym has 32 digits".into()))
}
