//! Evidence: what may be shown in court. It has a hash, a collector, a chain of custody that only grows, and a decision on what the defence
//! receives, what speaks for the accused among it. Intelligence is another type and never becomes evidence (SG-122).

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, Handling, Resource};
use tributary_cases::{Notes, Record, Stored};
use tributary_model::Timestamp;

use super::parts::{Part, Placed, checked_sha256, enter, open_case, reach, room_for, stated_basis, trace, visible, writable};
use super::{Case, Party, Shared};
use crate::acting::{Caller, as_read};
use crate::people::agency::checked_text;
use crate::{Register, RegisterError};

/// How often a piece of evidence is handed over at most.
const CUSTODY_MAX: usize = 1_000;
/// How many parties a piece of evidence is about at most.
const ABOUT_MAX: usize = 200;

/// What a piece of evidence is. All of these exist outside the program: there is no word for a score, a cluster, kinship or likeness to a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// A paper or file, as it was found or handed over.
    Document,
    /// What a device holds.
    Device,
    /// What was seized.
    Seizure,
    /// A statement, by its reference; its text is not held here.
    Statement,
    /// A record of a payment from whoever made it.
    Transaction,
    /// What somebody saw or recorded, by its record.
    Observation,
    /// A record of an authority: a register of travel, licences, vehicles.
    OfficialRecord,
    /// A record of a court.
    CourtRecord,
}

/// The algorithm of a hash.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum HashAlgorithm {
    /// SHA-256 (FIPS 180-4).
    #[default]
    #[serde(rename = "SHA-256")]
    Sha256,
}

/// One handover. It is complete once the receiver has said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Custody {
    /// The account that gave it; nobody for the first entry.
    pub given_by: Option<String>,
    /// The account that is to receive it.
    pub to: String,
    /// When it was given.
    pub given_at: Timestamp,
    /// When the receiver confirmed having it, with the same hash.
    pub received_at: Option<Timestamp>,
    /// Why.
    pub reason: String,
}

/// What the defence receives of a piece of evidence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DefenceStatus {
    /// Nobody has decided.
    #[default]
    Undecided,
    /// It goes into the pack.
    Disclose,
    /// It does not, for this reason. Never for what speaks for the accused.
    Withhold {
        /// Why.
        reason: String,
    },
}

/// A piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// Where it belongs.
    pub placed: Placed,
    /// What it is.
    pub kind: EvidenceKind,
    /// What it is called in the case; no name of a person.
    pub label: String,
    /// What it shows.
    pub description: String,
    /// 64 hexadecimal digits.
    pub hash: String,
    /// Of which algorithm.
    pub algorithm: HashAlgorithm,
    /// Who collected it.
    pub collector: String,
    /// When.
    pub collected_at: Timestamp,
    /// On what legal basis (SG-001).
    pub legal_basis: String,
    /// How it may be handled.
    pub handling: Handling,
    /// Parties that it is about.
    pub about: BTreeSet<String>,
    /// It speaks for the accused. Once said, it stays.
    pub exculpatory: bool,
    /// What the defence receives of it.
    pub defence: DefenceStatus,
    /// The chain of custody, oldest first.
    pub custody: Vec<Custody>,
}

impl Record for Evidence {
    const KIND: &'static str = "evidence";

    fn parent(&self) -> &str {
        &self.placed.case
    }

    fn agency(&self) -> &str {
        &self.placed.agency
    }

    fn state(&self) -> &str {
        match self.defence {
            DefenceStatus::Undecided => "undecided",
            DefenceStatus::Disclose => "disclose",
            DefenceStatus::Withhold { .. } => "withhold",
        }
    }
}

impl Part for Evidence {
    const WORD: &'static str = "evidence";

    fn placed(&self) -> &Placed {
        &self.placed
    }

    fn resource(&self, case: &Case, id: &str) -> Resource {
        let placed = &self.placed;
        // What a source gave under conditions keeps them in a case without any.
        let handling = if self.handling.has_conditions() { self.handling } else { case.handling };
        Resource { handling, ..case.part(id, &placed.by, &placed.agency, &placed.shared) }
    }
}

impl Evidence {
    /// Who has it: the last who confirmed.
    #[must_use]
    pub fn custodian(&self) -> Option<&str> {
        self.custody.iter().rev().find(|entry| entry.received_at.is_some()).map(|entry| entry.to.as_str())
    }

    /// A handover that waits for its receiver.
    #[must_use]
    pub fn on_its_way(&self) -> Option<&Custody> {
        self.custody.last().filter(|entry| entry.received_at.is_none())
    }
}

/// What entering a piece of evidence takes. The legal basis is the one that is stated with the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEvidence {
    /// What it is.
    pub kind: EvidenceKind,
    /// What it is called in the case; no name of a person.
    pub label: String,
    /// What it shows.
    pub description: String,
    /// SHA-256 of its bytes, 64 hexadecimal digits.
    pub hash: String,
    /// Who collected it.
    pub collector: String,
    /// When; not after now.
    pub collected_at: Timestamp,
    /// How it may be handled.
    pub handling: Handling,
    /// Parties of the case that it is about.
    #[serde(default)]
    pub about: BTreeSet<String>,
    /// It speaks for the accused.
    #[serde(default)]
    pub exculpatory: bool,
    /// Which agencies of a joint case see it.
    #[serde(default)]
    pub shared: Shared,
}

impl Register {
    /// Enters a piece of evidence; who enters it has it, until it is handed over.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn add_evidence(&self, caller: &Caller, case: &str, new: NewEvidence, at: Timestamp) -> Result<Stored<Evidence>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (file, placed) = enter(&mut acting, case, Action::EvidenceAdd, new.shared).await?;
        let legal_basis = stated_basis(&acting)?;
        if new.collected_at > at {
            return Err(RegisterError::invalid("collected_at", "not after now"));
        }
        if new.about.len() > ABOUT_MAX {
            return Err(RegisterError::invalid("about", format!("{ABOUT_MAX} parties at most")));
        }
        for party in &new.about {
            let known = acting.tx()?.get::<Party>(party).await?.filter(|party| party.body.placed.case == case);
            let sees = known.is_some_and(|known| acting.may(Action::PartyRead, &known.body.resource(&file.body, party)));
            if !sees {
                return Err(RegisterError::Missing("party"));
            }
        }
        room_for::<Evidence>(&mut acting, case).await?;
        let by = placed.by.clone();
        let evidence = Evidence {
            placed,
            kind: new.kind,
            label: checked_text("label", &new.label, 120)?,
            description: checked_text("description", &new.description, 4_000)?,
            hash: checked_sha256("hash", &new.hash)?,
            algorithm: HashAlgorithm::Sha256,
            collector: checked_text("collector", &new.collector, 120)?,
            collected_at: new.collected_at,
            legal_basis,
            handling: new.handling,
            about: new.about,
            exculpatory: new.exculpatory,
            defence: DefenceStatus::Undecided,
            custody: vec![Custody { given_by: None, to: by, given_at: at, received_at: Some(at), reason: "entered".into() }],
        };
        let id = acting.tx()?.new_id();
        let evidence = acting.tx()?.add(&id, evidence).await?;
        let note = trace(self, &acting, "evidence.added", case, &evidence);
        acting.done(Notes::one(note)).await?;
        Ok(evidence)
    }

    /// Reads a piece of evidence.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn read_evidence(&self, caller: &Caller, id: &str, at: Timestamp) -> Result<Stored<Evidence>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (evidence, case) = reach::<Evidence>(&mut acting, id, Action::EvidenceRead).await?;
        let note = trace(self, &acting, "evidence.read", &case.id, &evidence);
        acting.done(Notes::one(note)).await?;
        Ok(evidence)
    }

    /// The evidence of a case that the caller may see.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn evidence_of(&self, caller: &Caller, case: &str, at: Timestamp) -> Result<Vec<Stored<Evidence>>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let file = open_case(&mut acting, case, Action::CaseRead).await?;
        let evidence = visible::<Evidence>(&mut acting, &file, Action::EvidenceRead).await?;
        let note = acting.note_on("evidence.listed", "case_file", case);
        acting.done(Notes::one(note)).await?;
        Ok(evidence)
    }

    /// Gives a piece of evidence to another member, who must confirm it. Only who has it gives it.
    ///
    /// # Errors
    /// [`RegisterError::Duty`] for anybody else, or for giving it to oneself.
    pub async fn give_evidence(&self, caller: &Caller, id: &str, to: &str, reason: &str, at: Timestamp) -> Result<Stored<Evidence>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (mut evidence, case) = reach::<Evidence>(&mut acting, id, Action::EvidenceCustody).await?;
        let reason = checked_text("reason", reason, 500)?;
        if evidence.body.on_its_way().is_some() {
            return Err(RegisterError::State("it is on its way already; the receiver confirms it first".into()));
        }
        if evidence.body.custodian() != Some(acting.who()) {
            return Err(RegisterError::Duty("who has a piece of evidence hands it over"));
        }
        if to == acting.who() {
            return Err(RegisterError::Duty("a handover is between two people"));
        }
        if !evidence.body.resource(&case.body, id).members.contains(to) {
            return Err(RegisterError::invalid("to", "a member of the case who may see this evidence"));
        }
        if evidence.body.custody.len() >= CUSTODY_MAX {
            return Err(RegisterError::State(format!("evidence is handed over at most {CUSTODY_MAX} times")));
        }
        let given_by = Some(acting.who().to_owned());
        evidence.body.custody.push(Custody { given_by, to: to.to_owned(), given_at: at, received_at: None, reason });
        acting.tx()?.put(&mut evidence).await?;
        let note = trace(self, &acting, "evidence.given", &case.id, &evidence).about("receiver", id, to);
        acting.done(Notes::one(note)).await?;
        Ok(evidence)
    }

    /// Confirms a handover: by the receiver, who states the hash of what was received.
    ///
    /// # Errors
    /// [`RegisterError::Duty`] for anybody else; [`RegisterError::State`] where the hash is another one: what arrived is not what was
    /// entered, which is recorded.
    pub async fn receive_evidence(&self, caller: &Caller, id: &str, hash: &str, at: Timestamp) -> Result<Stored<Evidence>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (mut evidence, case) = reach::<Evidence>(&mut acting, id, Action::EvidenceCustody).await?;
        let hash = checked_sha256("hash", hash)?;
        let waiting = evidence.body.on_its_way().ok_or_else(|| RegisterError::State("it is not on its way to anybody".into()))?;
        if waiting.to != acting.who() {
            return Err(RegisterError::Duty("whom it was given to confirms it"));
        }
        if hash != evidence.body.hash {
            let note = trace(self, &acting, "evidence.hash_differs", &case.id, &evidence);
            acting.done(Notes::one(note)).await?;
            return Err(RegisterError::State("the hash is not the one at entry: what arrived is not what was entered; this is recorded".into()));
        }
        if let Some(last) = evidence.body.custody.last_mut() {
            last.received_at = Some(at);
        }
        acting.tx()?.put(&mut evidence).await?;
        let note = trace(self, &acting, "evidence.received", &case.id, &evidence);
        acting.done(Notes::one(note)).await?;
        Ok(evidence)
    }

    /// Says that a piece of evidence speaks for the accused. It is not taken back.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn mark_exculpatory(&self, caller: &Caller, id: &str, at: Timestamp) -> Result<Stored<Evidence>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (mut evidence, case) = reach::<Evidence>(&mut acting, id, Action::EvidenceCustody).await?;
        evidence.body.exculpatory = true;
        if matches!(evidence.body.defence, DefenceStatus::Withhold { .. }) {
            evidence.body.defence = DefenceStatus::Undecided;
        }
        acting.tx()?.put(&mut evidence).await?;
        let note = trace(self, &acting, "evidence.marked_exculpatory", &case.id, &evidence);
        acting.done(Notes::one(note)).await?;
        Ok(evidence)
    }

    /// Decides what the defence receives of a piece of evidence: by the prosecutor.
    ///
    /// # Errors
    /// [`RegisterError::Duty`] for keeping back what speaks for the accused.
    pub async fn decide_disclosure(
        &self,
        caller: &Caller,
        id: &str,
        decision: DefenceStatus,
        version: i64,
        at: Timestamp,
    ) -> Result<Stored<Evidence>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (mut evidence, case) = reach::<Evidence>(&mut acting, id, Action::EvidenceDisclose).await?;
        writable(&case.body)?;
        as_read(&evidence, version)?;
        let decision = match decision {
            DefenceStatus::Withhold { .. } if evidence.body.exculpatory => {
                return Err(RegisterError::Duty("what speaks for the accused goes to the defence"));
            }
            DefenceStatus::Withhold { reason } => DefenceStatus::Withhold { reason: checked_text("reason", &reason, 2_000)? },
            DefenceStatus::Undecided => return Err(RegisterError::invalid("decision", "`disclose` or `withhold`")),
            DefenceStatus::Disclose => DefenceStatus::Disclose,
        };
        evidence.body.defence = decision;
        acting.tx()?.put(&mut evidence).await?;
        let outcome = evidence.body.state().to_owned();
        let note = trace(self, &acting, "evidence.disclosure_decided", &case.id, &evidence).tag("outcome", outcome);
        acting.done(Notes::one(note)).await?;
        Ok(evidence)
    }
}
