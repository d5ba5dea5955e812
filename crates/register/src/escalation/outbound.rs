//! Sending: the second check at the moment itself, and what lies ready for the recipient.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tributary_access::Action;
use tributary_cases::{Notes, Record, Stored};
use tributary_escalation::{Actor, Content, Event, Finding, Moment, Review, canonical};
use tributary_model::Timestamp;

use super::protocols::ProtocolState;
use super::{EscalationFile, Loaded, actor, content_of, danger, note, open, step};
use crate::acting::{Acting, Caller};
use crate::alert::Alert;
use crate::governance::stops_in_force;
use crate::{Register, RegisterError};

/// What lies ready for a recipient. The package itself is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbound {
    /// The escalation.
    pub escalation: String,
    /// The recipient's agency.
    pub recipient: String,
    /// SHA-256 of the package.
    pub sha256: String,
    /// When it was sent.
    pub sent: Timestamp,
    /// It was taken back: it is not given out any more (SG-019).
    pub withdrawn: bool,
}

impl Record for Outbound {
    const KIND: &'static str = "outbound";

    fn parent(&self) -> &str {
        &self.escalation
    }

    fn agency(&self) -> &str {
        &self.recipient
    }

    fn state(&self) -> &str {
        if self.withdrawn { "withdrawn" } else { "ready" }
    }
}

/// What sending gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// The escalation.
    pub file: Stored<EscalationFile>,
    /// What lies ready.
    pub outbound: String,
    /// SHA-256 of the package, which the receipt names.
    pub sha256: String,
    /// Entries of the ledger for which receipts are made (SG-080).
    pub entries: Vec<String>,
}

/// What a recipient gets: content, and by which text of which protocol.
#[derive(Serialize)]
struct Package<'a> {
    content: &'a Content,
    content_sha256: &'a str,
    protocol_sha256: &'a str,
    sent: Timestamp,
    signed_by: Vec<&'a str>,
}

pub(super) fn package_name(outbound: &str) -> String {
    format!("outbound/{outbound}")
}

/// The roles of those who signed, as the tag that an auditor holds the signatures against.
fn roles(signers: &[&Actor]) -> String {
    let mut roles: Vec<&str> = signers.iter().map(|by| by.role.as_str()).collect();
    roles.sort_unstable();
    roles.dedup();
    // A tag holds 64 characters: roles beyond are left to the number of signatures.
    let mut tag = String::new();
    for role in roles {
        if tag.len() + role.len() < 64 {
            if !tag.is_empty() {
                tag.push(':');
            }
            tag.push_str(role);
        }
    }
    tag
}

/// Whether a stop is in force of everything, of the sender's agency, or of a pack that the alert was made with (SG-014).
pub(super) async fn stopped(acting: &mut Acting, alert: &str) -> Result<bool, RegisterError> {
    let agency = acting.caller().principal.agency.clone();
    let alert = acting.tx()?.get::<Alert>(alert).await?;
    let packs: BTreeSet<String> = alert.map(|alert| alert.body.packs.into_keys().collect()).unwrap_or_default();
    Ok(stops_in_force(acting.tx()?).await?.halts(&agency, &packs).is_some())
}

impl Register {
    /// Sends: everything is asked again now. `finding` is the register's own word on the alert as it stands.
    ///
    /// # Errors
    /// [`RegisterError::State`] with all that is missing; [`RegisterError::Quorum`] while nothing may leave.
    pub async fn send_escalation(
        &self,
        caller: &Caller,
        id: &str,
        version: i64,
        finding: Option<Finding>,
        at: Timestamp,
    ) -> Result<Sent, RegisterError> {
        let (mut acting, mut loaded) = open(self, caller, id, version, Action::EscalationSend, at).await?;
        self.outbound_open(at)?;
        let alert = loaded.file.body.alert.clone();
        if stopped(&mut acting, &alert).await? {
            return Err(RegisterError::State("a stop is in force: nothing of it leaves the register until it is lifted (SG-014)".into()));
        }
        if loaded.record.body.state != ProtocolState::Released {
            return Err(RegisterError::State("the protocol's text was replaced; change the draft and screen it under the text in force".into()));
        }
        if loaded.case.as_ref().is_some_and(|case| !case.body.is_open()) {
            return Err(RegisterError::State("the case is not open any more".into()));
        }
        danger::at_sending(&mut acting, &loaded).await?;
        let content = content_of(&mut acting, id).await?;
        let hash = content.hash().map_err(|error| RegisterError::State(error.to_string()))?;
        let unchanged = self.hash_now(&mut acting, &loaded).await? == hash;
        let excluded = loaded.case.as_ref().is_some_and(|case| case.body.excluded.contains(&loaded.machine().draft.recipient_agency));
        let moment = Moment { stopped: false, unchanged, excluded, quorum: true, finding, hash };
        let by = actor(&acting.caller().principal)?;
        let before = step(&mut acting, &mut loaded, Event::Send { by, moment: Box::new(moment) }).await?;
        let package = package(&loaded, &content, at)?;
        let sha256 = tributary_escalation::sha256(package.as_bytes());
        let outbound = acting.tx()?.new_id();
        acting.tx()?.seal(&package_name(&outbound), package.as_bytes()).await?;
        let recipient = loaded.machine().draft.recipient_agency.clone();
        let ready = Outbound { escalation: id.into(), recipient, sha256: sha256.clone(), sent: at, withdrawn: false };
        acting.tx()?.add(&outbound, ready).await?;
        let entry = sent_note(note(&acting, "escalation.sent", &loaded, before.state), &loaded);
        let entries = acting.done(Notes::one(entry)).await?;
        Ok(Sent { file: loaded.file, outbound, sha256, entries })
    }
}

fn package(loaded: &Loaded, content: &Content, at: Timestamp) -> Result<String, RegisterError> {
    let machine = loaded.machine();
    let package = Package {
        content,
        content_sha256: machine.hash.as_deref().unwrap_or_default(),
        protocol_sha256: &machine.protocol.sha256,
        sent: at,
        // Roles, not people: who signed is in the register, and in the ledger as a pseudonym.
        signed_by: machine.signatures.iter().map(|one| one.by.role.as_str()).collect(),
    };
    canonical(&package).map_err(|error| RegisterError::State(error.to_string()))
}

/// What an auditor holds a sending against: how many signatures, by which roles, and which reviews were due.
fn sent_note(note: tributary_cases::Note, loaded: &Loaded) -> tributary_cases::Note {
    let machine = loaded.machine();
    let due = |review: Review| if machine.needs.contains(&review) { "required" } else { "none" };
    let signers: Vec<&Actor> = machine.signatures.iter().map(|one| &one.by).collect();
    note.about("alert", "", &loaded.file.body.alert)
        .about("protocol", "", &loaded.record.id)
        // What it rests on: the protocol says, not the drafter (SG-072).
        .tag("ground", if loaded.protocol.answers_orders() { "order" } else { "finding" })
        .tag("recipient", loaded.protocol.recipient.id.as_str())
        .tag("signoffs_required", loaded.protocol.signatures(machine.names_a_person).to_string())
        .tag("signoff_roles", roles(&signers))
        .tag("rights_cosign", due(Review::Rights))
        .tag("gate", due(Review::Gate))
        .tag("consultation", if machine.shortened { "danger" } else { due(Review::Consultation) })
}
