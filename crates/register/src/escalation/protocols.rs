//! Protocols as the register holds them: proposed by one, released by a rights officer, with the consultation that went before (SG-054, SG-087).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, Resource};
use tributary_cases::{Find, Notes, Page, Record, Stored, Writing};
use tributary_escalation::{Protocol, REVIEW_HOURS_MAX};
use tributary_model::Timestamp;

use crate::acting::{Caller, as_read};
use crate::people::agency::checked_text;
use crate::{Register, RegisterError};

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProtocolState {
    /// It waits for another person.
    Proposed,
    /// It is the one in force for its id.
    Released,
    /// A later one is.
    Replaced,
}

/// The text of a protocol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProtocolText {
    /// The protocol's id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// The file.
    pub text: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// The agency of who proposed it.
    pub agency: String,
    /// Where it stands.
    pub state: ProtocolState,
    /// Who proposed it.
    pub proposed_by: String,
    /// Who released it.
    pub approved_by: String,
    /// Who was consulted, with objections and answers, or why nobody was (SG-087).
    pub consultation: String,
}

impl Record for ProtocolText {
    const KIND: &'static str = "protocol";

    fn agency(&self) -> &str {
        &self.agency
    }

    fn state(&self) -> &str {
        match self.state {
            ProtocolState::Proposed => "proposed",
            ProtocolState::Released => "released",
            ProtocolState::Replaced => "replaced",
        }
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        vec![("id", self.id.clone())]
    }

    fn sole_keys(&self) -> Vec<(&'static str, String)> {
        if self.state == ProtocolState::Released { vec![("released", self.id.clone())] } else { Vec::new() }
    }
}

impl ProtocolText {
    /// The protocol.
    ///
    /// # Errors
    /// [`RegisterError::State`] when the text does not keep to the rules of this version of the program.
    pub fn read(&self) -> Result<Protocol, RegisterError> {
        Protocol::parse(&self.text).map_err(|error| RegisterError::State(format!("the protocol `{}` does not read any more: {error}", self.id)))
    }

    fn resource(&self, id: &str) -> Resource {
        Resource { id: id.to_owned(), owner: self.agency.clone(), author: self.proposed_by.clone(), ..Resource::default() }
    }
}

/// The text in force for an id.
pub(crate) async fn released_protocol(writing: &mut Writing, id: &str) -> Result<Option<Stored<ProtocolText>>, RegisterError> {
    Ok(writing.sole::<ProtocolText>("released", id).await?)
}

/// The words that stand in the ledger, whose tokens hold eight digits at most.
fn tokens(protocol: &Protocol) -> Result<(), RegisterError> {
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
    if digits(&protocol.id) <= 8 && digits(&protocol.recipient.id) <= 8 {
        return Ok(());
    }
    Err(RegisterError::invalid("protocol", "ids of protocol and recipient hold eight digits at most"))
}

/// A danger's review is held to a week at the most by the audit rules. Asked of what is to be released: what was released before is read as it stands.
fn within_a_week(protocol: &Protocol) -> Result<(), RegisterError> {
    match &protocol.danger {
        Some(danger) if danger.review_hours > REVIEW_HOURS_MAX => {
            Err(RegisterError::invalid("protocol", format!("`danger.review_hours`: 1 to {REVIEW_HOURS_MAX} hours, a week")))
        }
        _ => Ok(()),
    }
}

impl Register {
    /// Proposes a protocol's text, a first or a later one. Another person releases it.
    ///
    /// # Errors
    /// [`RegisterError::Invalid`] with the rule that the text breaks.
    pub async fn propose_protocol(
        &self,
        caller: &Caller,
        text: &str,
        consultation: &str,
        at: Timestamp,
    ) -> Result<Stored<ProtocolText>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let agency = acting.caller().principal.agency.clone();
        acting.permit(Action::ProtocolPropose, &Resource { owner: agency.clone(), ..Resource::default() }).await?;
        let protocol = Protocol::parse(text).map_err(|error| RegisterError::invalid("protocol", error.to_string()))?;
        tokens(&protocol)?;
        within_a_week(&protocol)?;
        let consultation = checked_text("consultation", consultation, 10_000)?;
        let same = acting.tx()?.list::<ProtocolText>(Find::Key("id", &protocol.id), &Page::first(1_000)).await?;
        if same.iter().any(|one| one.body.version == protocol.version && one.body.sha256 != protocol.sha256) {
            return Err(RegisterError::State("another text has this version; count it up".into()));
        }
        let proposed = ProtocolText {
            id: protocol.id.clone(),
            version: protocol.version.clone(),
            text: text.to_owned(),
            sha256: protocol.sha256.clone(),
            agency,
            state: ProtocolState::Proposed,
            proposed_by: acting.who().to_owned(),
            approved_by: String::new(),
            consultation,
        };
        let id = acting.tx()?.new_id();
        let proposed = acting.tx()?.add(&id, proposed).await?;
        let note = acting.note_on("protocol.proposed", "protocol", &id).tag("protocol", protocol.id).tag("protocol_version", protocol.version);
        acting.done(Notes::one(note.with(&proposed.body))).await?;
        Ok(proposed)
    }

    /// Releases a proposed text: it takes the place of the one in force. Drafts under that one are screened anew under this.
    ///
    /// # Errors
    /// [`RegisterError::Duty`] for who proposed it.
    pub async fn approve_protocol(&self, caller: &Caller, id: &str, version: i64, at: Timestamp) -> Result<Stored<ProtocolText>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut text = acting.tx()?.get::<ProtocolText>(id).await?.ok_or(RegisterError::Missing("protocol"))?;
        acting.permit(Action::ProtocolApprove, &text.body.resource(id)).await?;
        as_read(&text, version)?;
        if text.body.proposed_by == acting.who() {
            return Err(RegisterError::Duty("another person than the one who proposed it releases a protocol (SG-054)"));
        }
        if text.body.state != ProtocolState::Proposed {
            return Err(RegisterError::State("the protocol does not wait for release".into()));
        }
        let protocol = text.body.read()?;
        within_a_week(&protocol)?;
        if let Some(mut before) = released_protocol(acting.tx()?, &text.body.id).await? {
            before.body.state = ProtocolState::Replaced;
            acting.tx()?.put(&mut before).await?;
        }
        text.body.state = ProtocolState::Released;
        acting.who().clone_into(&mut text.body.approved_by);
        acting.tx()?.put(&mut text).await?;
        let note = acting.note_on("protocol.released", "protocol", id);
        let note = note.tag("protocol", text.body.id.as_str()).tag("protocol_version", text.body.version.as_str());
        // By this an auditor knows an answer to an order from what needs a second reading.
        let note = note.tag("answers", if protocol.answers_orders() { "orders" } else { "findings" });
        acting.done(Notes::one(note.with(&text.body.sha256))).await?;
        Ok(text)
    }

    /// The texts in force: their existence, version and owner are no secret (red line 7).
    ///
    /// # Errors
    /// [`RegisterError`] of the store.
    pub async fn protocols(&self, page: &Page) -> Result<Vec<Stored<ProtocolText>>, RegisterError> {
        Ok(self.store().read().await?.list(Find::State("released"), page).await?)
    }
}
