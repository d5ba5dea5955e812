//! Policies are released data: proposed by one person, tried against their own tests and the red lines, approved by two others.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tributary_access::{Action, Policies, Resource, trial};
use tributary_cases::{Find, Notes, Page, Record, Stored};
use tributary_model::Timestamp;
use tributary_vault::hex;

use crate::acting::{Caller, as_read};
use crate::people::agency::checked_text;
use crate::{Register, RegisterError};

/// Bytes of a policy set at the most.
const BYTES_MAX: usize = 1 << 20;
/// Who must approve beside the one who proposes.
const APPROVALS: usize = 2;

/// Where a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseState {
    /// Waits for approvals.
    Proposed,
    /// Holds, or held until a later one did.
    Released,
}

/// A set of policies as it was proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PolicySet {
    /// The schema.
    pub schema: String,
    /// Policy files by name.
    pub files: BTreeMap<String, String>,
    /// Its tests (tests.toml).
    pub tests: String,
    /// SHA-256 over all of it.
    pub digest: String,
    /// Why it is changed.
    pub reason: String,
    /// Where it stands.
    pub state: ReleaseState,
    /// Who proposed it.
    pub proposed_by: String,
    /// Who approved it, in order.
    pub approved_by: Vec<String>,
    /// When it came into force.
    pub in_force_since: Option<Timestamp>,
}

impl Record for PolicySet {
    const KIND: &'static str = "policy";

    fn state(&self) -> &str {
        match self.state {
            ReleaseState::Proposed => "proposed",
            ReleaseState::Released => "released",
        }
    }
}

impl PolicySet {
    fn parse(&self) -> Result<Policies, RegisterError> {
        let files: Vec<(String, String)> = self.files.iter().map(|(name, text)| (name.clone(), text.clone())).collect();
        Policies::parse(&self.schema, &files).map_err(|error| RegisterError::invalid("files", error.to_string()))
    }

    fn resource(&self, id: &str) -> Resource {
        Resource { id: id.to_owned(), author: self.proposed_by.clone(), ..Resource::default() }
    }

    /// The version that the ledger names: the first letters of the digest, spelled without digits.
    fn version(&self) -> String {
        self.digest.chars().take(16).map(|c| c.to_digit(16).and_then(|d| char::from_digit(d + 10, 36)).unwrap_or('a')).collect()
    }
}

fn digest(schema: &str, files: &BTreeMap<String, String>, tests: &str) -> String {
    let mut hash = Sha256::new();
    let parts = files.iter().flat_map(|(name, text)| [name.as_str(), text.as_str()]);
    for part in [schema, tests].into_iter().chain(parts) {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize())
}

impl Register {
    /// Proposes policies. They must parse, agree with their schema, pass their own tests, and keep to the red lines that no release may cross.
    ///
    /// # Errors
    /// [`RegisterError::Invalid`] with the tests and red lines that fail.
    pub async fn propose_policies(
        &self,
        caller: &Caller,
        schema: String,
        files: BTreeMap<String, String>,
        tests: String,
        reason: &str,
        at: Timestamp,
    ) -> Result<Stored<PolicySet>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        acting.permit(Action::PolicyPropose, &Resource::default()).await?;
        let reason = checked_text("reason", reason, 2_000)?;
        if schema.len() + tests.len() + files.values().map(String::len).sum::<usize>() > BYTES_MAX || files.len() > 100 {
            return Err(RegisterError::invalid("files", "at most 1 MiB and 100 files"));
        }
        let set = PolicySet {
            digest: digest(&schema, &files, &tests),
            schema,
            files,
            tests,
            reason,
            state: ReleaseState::Proposed,
            proposed_by: acting.who().to_owned(),
            approved_by: Vec::new(),
            in_force_since: None,
        };
        let tried = set.clone();
        let failed = tokio::task::spawn_blocking(move || try_out(&tried)).await;
        let failed = failed.map_err(|_| RegisterError::State("trying the policies was interrupted".into()))??;
        if !failed.is_empty() {
            return Err(RegisterError::invalid(
                "files",
                format!("{} fail: {}", failed.len(), failed.into_iter().take(5).collect::<Vec<_>>().join("; ")),
            ));
        }
        let id = acting.tx()?.new_id();
        let set = acting.tx()?.add(&id, set).await?;
        let note = acting.note_on("policy.proposed", "policy", &id).tag("version", set.body.version()).with(&set.body);
        acting.done(Notes::one(note)).await?;
        Ok(set)
    }

    /// Approves policies that somebody else proposed. With the second approval they are in force at once.
    ///
    /// # Errors
    /// [`RegisterError::Duty`] for who proposed or has approved already.
    pub async fn approve_policies(&self, caller: &Caller, id: &str, version: i64, at: Timestamp) -> Result<Stored<PolicySet>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut set = acting.tx()?.need::<PolicySet>(id).await?;
        acting.permit(Action::PolicyApprove, &set.body.resource(id)).await?;
        as_read(&set, version)?;
        if set.body.state != ReleaseState::Proposed {
            return Err(RegisterError::State("these policies are not waiting for approval".into()));
        }
        let who = acting.who().to_owned();
        if set.body.proposed_by == who || set.body.approved_by.contains(&who) {
            return Err(RegisterError::Duty("two people other than the one who proposed them approve policies"));
        }
        set.body.approved_by.push(who);
        let mut notes = Notes::one(acting.note_on("policy.approved", "policy", id).tag("version", set.body.version()));
        let released = set.body.approved_by.len() >= APPROVALS;
        if released {
            set.body.state = ReleaseState::Released;
            set.body.in_force_since = Some(at);
            notes = notes.and(acting.note_on("policy.in_force", "policy", id).tag("version", set.body.version()));
        }
        acting.tx()?.put(&mut set).await?;
        acting.done(notes).await?;
        if released {
            self.put_in_force(set.body.parse()?);
        }
        Ok(set)
    }

    /// Puts the policies in force that were released last, when the register is opened; those it was opened with hold where none were.
    ///
    /// # Errors
    /// [`RegisterError`] of the store.
    pub async fn load_policies(&self) -> Result<(), RegisterError> {
        let mut reading = self.store().read().await?;
        let mut page = Page::first(100);
        let mut latest: Option<Stored<PolicySet>> = None;
        loop {
            let sets = reading.list::<PolicySet>(Find::State("released"), &page).await?;
            let Some(last) = sets.last() else { break };
            page.after = Some((last.made, last.id.clone()));
            latest = sets.into_iter().chain(latest).max_by_key(|set| set.body.in_force_since);
        }
        if let Some(latest) = latest {
            self.put_in_force(latest.body.parse()?);
        }
        Ok(())
    }
}

/// What of its own tests and of the red lines a set fails.
fn try_out(set: &PolicySet) -> Result<Vec<String>, RegisterError> {
    let policies = set.parse()?;
    let files: Vec<(String, String)> = set.files.iter().map(|(name, text)| (name.clone(), text.clone())).collect();
    let mut failed = trial::tests(&set.schema, &files, &set.tests).map_err(|error| RegisterError::invalid("tests", error.to_string()))?;
    failed.extend(trial::red_lines(&policies));
    Ok(failed)
}
