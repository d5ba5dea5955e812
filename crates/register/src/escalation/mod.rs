//! Escalations: from a confirmed finding, under a released protocol, by way of its reviews and signatures, to one recipient.
//!
//! What a protocol asks for is held by the state machine of `tributary-escalation`; here stand who may take a step, what is kept where, and
//! what the ledger is told. Material and content lie sealed; the record holds no more than a hash of them.

mod after;
mod clocks;
mod danger;
mod drafting;
pub(crate) mod finding;
mod outbound;
mod parties;
mod protocols;
mod report;
mod reviews;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, Handling, Principal, Resource};
use tributary_cases::{CasesError, Note, Notes, Record, Stored, Writing};
use tributary_escalation::{Actor, Content, Escalation, Event, Material, Protocol, Refusal, State};
use tributary_model::Timestamp;

pub use after::{NewFeedback, NewReceipt};
pub use clocks::Struck;
pub use danger::{DangerReview, Settled};
pub use drafting::NewEscalation;
pub use outbound::{Outbound, Sent};
pub use protocols::{ProtocolState, ProtocolText};
pub use report::{Count, EscalationReport, Row};
pub use reviews::{EscalationView, Question};

use crate::acting::{Acting, Caller, as_read};
use crate::case::Case;
use crate::retention::take_all;
use crate::{Register, RegisterError};

/// Accounts put on one escalation.
const MEMBERS_MAX: usize = 50;

/// An escalation as the register keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EscalationFile {
    /// The case it hangs on; none for platforms, which have none.
    pub case: Option<String>,
    /// The alert it rests on; for an answer to an order, the order's number.
    pub alert: String,
    /// The sender's agency.
    pub agency: String,
    /// ISO 3166 code.
    pub jurisdiction: String,
    /// 0 to 3.
    pub sensitivity: u8,
    /// How what is in it may be handled: the strictest of its items.
    pub handling: Handling,
    /// Accounts put on it: drafter, signers, the recipient's people once it was sent.
    pub members: BTreeSet<String>,
    /// The rights officer it is put to.
    pub assigned: String,
    /// Accounts of civil society that are asked; they see the question alone.
    pub asked: BTreeSet<String>,
    /// The stored text of its protocol.
    pub protocol_record: String,
    /// The state machine.
    pub machine: Escalation,
    /// When its next clock strikes.
    pub next_due: Option<Timestamp>,
    /// Its clock of retention ran out: it is not used until somebody reviews it (SG-057).
    #[serde(default)]
    pub suspended: bool,
}

impl Record for EscalationFile {
    const KIND: &'static str = "escalation";

    fn parent(&self) -> &str {
        self.case.as_deref().unwrap_or_default()
    }

    fn agency(&self) -> &str {
        &self.agency
    }

    fn state(&self) -> &str {
        self.machine.state.as_str()
    }

    fn due(&self) -> Option<Timestamp> {
        self.next_due
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        let members = self.members.iter().chain(&self.asked).chain([&self.assigned]).filter(|account| !account.is_empty());
        let mut keys: Vec<_> = members.map(|account| ("member", account.clone())).collect();
        keys.push(("alert", self.alert.clone()));
        keys.push(("protocol", self.machine.protocol.id.clone()));
        keys.push(("recipient", self.machine.draft.recipient_agency.clone()));
        keys
    }
}

impl EscalationFile {
    /// What policies see of it. It takes its case's members and exclusions as they are now.
    #[must_use]
    pub fn resource(&self, id: &str, case: Option<&Case>) -> Resource {
        let mut members = self.members.clone();
        let mut excluded = self.machine.draft.excluded.clone();
        if let Some(case) = case {
            members.extend(case.members.keys().cloned());
            excluded.extend(case.excluded.iter().cloned());
        }
        let mut member_agencies = BTreeSet::from([self.agency.clone()]);
        if self.machine.sent.is_some() {
            member_agencies.insert(self.machine.draft.recipient_agency.clone());
        }
        Resource {
            id: id.to_owned(),
            owner: self.agency.clone(),
            jurisdiction: self.jurisdiction.clone(),
            sensitivity: self.sensitivity,
            handling: self.handling,
            members,
            member_agencies,
            excluded_agencies: excluded,
            assigned: self.assigned.clone(),
            author: self.machine.draft.by.account.clone(),
            ..Resource::default()
        }
    }

    /// What policies see of the question that civil society is asked: no personal data, and sensitivity 0 (SG-087).
    #[must_use]
    pub fn question_resource(&self, id: &str) -> Resource {
        Resource {
            id: id.to_owned(),
            owner: self.agency.clone(),
            members: self.asked.clone(),
            excluded_agencies: self.machine.draft.excluded.clone(),
            author: self.machine.draft.by.account.clone(),
            ..Resource::default()
        }
    }

    /// Sets the next clock: one that has struck is not set again, but for the reminders of what was sent.
    fn set_due(&mut self, protocol: &Protocol, at: Timestamp) {
        let machine = &self.machine;
        let due = machine.due(protocol).filter(|due| *due > at);
        let expires = machine.state.before_sent().then(|| machine.expires(protocol));
        self.next_due = due.or(expires).or_else(|| machine.reminded_at(protocol, at));
    }
}

/// An escalation that is acted on, with its case and the protocol's text that it keeps to.
struct Loaded {
    file: Stored<EscalationFile>,
    case: Option<Stored<Case>>,
    protocol: Protocol,
    record: Stored<ProtocolText>,
}

impl Loaded {
    fn resource(&self) -> Resource {
        self.file.body.resource(&self.file.id, self.case.as_ref().map(|case| &case.body))
    }

    fn machine(&self) -> &Escalation {
        &self.file.body.machine
    }
}

/// Loads an escalation. Whether the case that the caller states is its own is put into the circumstances.
async fn load(acting: &mut Acting, id: &str) -> Result<Loaded, RegisterError> {
    let loaded = load_any(acting, id).await?;
    if loaded.file.body.suspended { Err(RegisterError::Missing("escalation")) } else { Ok(loaded) }
}

/// What policies see of an escalation, suspended or not.
pub(crate) async fn resource_of(acting: &mut Acting, id: &str) -> Result<Resource, RegisterError> {
    Ok(load_any(acting, id).await?.resource())
}

/// Takes an escalation away with what was sealed for it and made ready of it; the salts of the entries about it go with it, and a receipt goes
/// on proving its entry (SG-057, SG-081).
pub(crate) async fn purge(writing: &mut Writing, id: &str) -> Result<(), RegisterError> {
    writing.erase(&material_name(id)).await?;
    writing.erase(&content_name(id)).await?;
    for ready in take_all::<outbound::Outbound>(writing, id).await? {
        writing.erase(&outbound::package_name(&ready.id)).await?;
        writing.forget_about("outbound", &ready.id).await?;
    }
    for review in take_all::<danger::DangerReview>(writing, id).await? {
        writing.forget_about("review", &review.id).await?;
    }
    if let Some(file) = writing.get::<EscalationFile>(id).await? {
        writing.remove(&file).await?;
    }
    writing.forget_about("escalation", id).await?;
    Ok(())
}

async fn load_any(acting: &mut Acting, id: &str) -> Result<Loaded, RegisterError> {
    let file = acting.tx()?.get::<EscalationFile>(id).await?.ok_or(RegisterError::Missing("escalation"))?;
    let case = match &file.body.case {
        Some(case) => acting.tx()?.get::<Case>(case).await?,
        None => None,
    };
    let own = acting.caller().case.is_some() && acting.caller().case == file.body.case;
    acting.context_mut().case &= own;
    acting.within(file.body.case.as_deref().unwrap_or_default());
    let record = acting.tx()?.need::<ProtocolText>(&file.body.protocol_record).await?;
    let protocol = record.body.read()?;
    Ok(Loaded { file, case, protocol, record })
}

/// Opens an escalation for an action on it as its caller has read it.
async fn open(
    register: &Register,
    caller: &Caller,
    id: &str,
    version: i64,
    action: Action,
    at: Timestamp,
) -> Result<(Acting, Loaded), RegisterError> {
    let mut acting = register.act(caller, at).await?;
    let loaded = load(&mut acting, id).await?;
    acting.permit(action, &loaded.resource()).await?;
    as_read(&loaded.file, version)?;
    Ok((acting, loaded))
}

/// Who acts, in the words of protocols.
fn actor(principal: &Principal) -> Result<Actor, RegisterError> {
    let wrong = |_| RegisterError::State("the account's role or agency class is unknown to protocols".into());
    Ok(Actor {
        account: principal.id.clone(),
        agency: principal.agency.clone(),
        class: principal.agency_class.as_str().parse().map_err(wrong)?,
        unit: principal.unit.clone(),
        role: principal.role.as_str().parse().map_err(wrong)?,
    })
}

/// A refusal of the state machine: a duty where somebody else must act, else how things stand.
fn refused(refusal: &Refusal) -> RegisterError {
    let duty = |rule: &str| match rule {
        "drafter" => Some("who drafted or owns an escalation neither judges nor signs it (SG-015)"),
        "unit" => Some("signers are of units that differ from each other's and from the drafter's (SG-015)"),
        "twice" => Some("nobody signs or answers twice"),
        "gate" => Some("who decided in the gate does not sign (SG-032)"),
        "reviewer" => Some("the protocol names other reviewers for its gate (SG-032)"),
        "role" => Some("your role is not asked for here, or has done its part"),
        "owner" => Some("the escalation's owner does this"),
        "agency" => Some("the rights officer is of another agency than the sender (SG-006)"),
        "body" => Some("your body was not asked"),
        "recipient" => Some("the recipient does this"),
        _ => None,
    };
    let all: Option<Vec<&'static str>> = refusal.missing.iter().map(|one| duty(one.rule)).collect();
    match all.and_then(|all| all.first().copied()) {
        Some(why) => RegisterError::Duty(why),
        None => RegisterError::State(refusal.to_string()),
    }
}

fn material_name(id: &str) -> String {
    format!("escalation/{id}/material")
}

fn content_name(id: &str) -> String {
    format!("escalation/{id}/content")
}

async fn material_of(acting: &mut Acting, id: &str) -> Result<Material, RegisterError> {
    let plain = acting.tx()?.unseal(&material_name(id)).await?;
    serde_json::from_slice(&plain).map_err(|_| RegisterError::State("the sealed material does not read back".into()))
}

async fn content_of(acting: &mut Acting, id: &str) -> Result<Content, RegisterError> {
    let plain = match acting.tx()?.unseal(&content_name(id)).await {
        Err(CasesError::Erased) => return Err(RegisterError::State("there is no screened content; screen it first".into())),
        other => other?,
    };
    serde_json::from_slice(&plain).map_err(|_| RegisterError::State("the sealed content does not read back".into()))
}

async fn seal(acting: &mut Acting, name: &str, what: &impl Serialize) -> Result<(), RegisterError> {
    let plain = serde_json::to_vec(what).map_err(|error| RegisterError::State(error.to_string()))?;
    Ok(acting.tx()?.seal(name, &plain).await?)
}

/// Takes one step of the machine and stores it. What stood before is given back.
async fn step(acting: &mut Acting, loaded: &mut Loaded, event: Event) -> Result<Escalation, RegisterError> {
    let at = acting.at();
    let next = loaded.machine().step(&loaded.protocol, event, at).map_err(|refusal| refused(&refusal))?;
    let before = std::mem::replace(&mut loaded.file.body.machine, next);
    loaded.file.body.set_due(&loaded.protocol, at);
    acting.tx()?.put(&mut loaded.file).await?;
    Ok(before)
}

/// The note of a step: what an auditor needs to hold it against the protocol, and to whom the rest is committed.
fn note(acting: &Acting, kind: &'static str, loaded: &Loaded, from: State) -> Note {
    let machine = loaded.machine();
    let full = serde_json::json!({
        "escalation": loaded.file.id, "by": acting.who(), "from": from.as_str(), "to": machine.state.as_str(), "hash": machine.hash,
        "protocol": machine.protocol, "at": acting.at(),
    });
    let note = acting.note_on(kind, "escalation", &loaded.file.id).tag("from", from.as_str()).tag("to", machine.state.as_str());
    protocol_tags(note, machine).with(&full)
}

fn protocol_tags(note: Note, machine: &Escalation) -> Note {
    note.tag("protocol", machine.protocol.id.as_str()).tag("protocol_version", machine.protocol.version.as_str())
}

/// Notes that what was bound to an earlier content or text is void: by these an auditor does not count it any more.
fn void_notes(id: &str, before: &Escalation, now: &Escalation) -> Vec<Note> {
    if before.hash.is_none() || now.hash.is_some() {
        return Vec::new();
    }
    let about = |kind: &'static str| Note::of(kind).about("escalation", "", id);
    let withdrawn = |account: &str| about("escalation.sign_withdrawn").about("actor", id, account);
    let mut notes: Vec<Note> = before.signatures.iter().map(|one| withdrawn(&one.by.account)).collect();
    if before.cosign.is_some() {
        notes.push(about("rights.withdrawn"));
    }
    if before.gated.values().any(Option::is_some) {
        notes.push(about("gate.reopened"));
    }
    notes
}

/// The same, after other notes.
fn voided(notes: Notes, id: &str, before: &Escalation, now: &Escalation) -> Notes {
    void_notes(id, before, now).into_iter().fold(notes, Notes::and)
}

impl Register {
    /// The pseudonym of a party for one recipient: two recipients cannot join what they hold.
    fn party_pseudonym(&self, protocol: &Protocol, recipient: &str, party: &str) -> String {
        self.keys().pseudonym(&format!("escalation/{}/{recipient}", protocol.recipient.id), party).as_str().to_owned()
    }
}
