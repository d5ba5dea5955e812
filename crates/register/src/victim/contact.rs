//! Safe contact: how a person may be reached, and who must not know (SG-036).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::Action;
use tributary_cases::{Find, Notes, Page, Record, Stored};
use tributary_model::Timestamp;
use tributary_model::time::MICROS_PER_SECOND;

use super::consent::covering;
use super::{Use, Victim, on_record};
use crate::acting::{Acting, Caller};
use crate::people::agency::checked_text;
use crate::{Register, RegisterError};

/// What to mind before anything is sent to a person or about them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Risks {
    /// At which times.
    pub times: String,
    /// Who must not know.
    pub must_not_know: String,
    /// What may happen.
    pub dangers: String,
}

/// How a person is reached.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// By which channel.
    pub channel: String,
    /// The number or address.
    pub address: String,
    /// A word by which the person knows the caller.
    #[serde(default)]
    pub word: Option<String>,
    /// What to mind.
    pub risks: Risks,
}

impl std::fmt::Debug for Risks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Risks(..)")
    }
}

impl std::fmt::Debug for Contact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Contact(..)")
    }
}

/// That somebody has just read a person's risks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RisksRead {
    /// The person's record.
    pub victim: String,
    /// Who.
    pub account: String,
    /// It counts until then.
    pub until: Timestamp,
}

impl Record for RisksRead {
    const KIND: &'static str = "risks_read";

    fn parent(&self) -> &str {
        &self.victim
    }

    fn due(&self) -> Option<Timestamp> {
        Some(self.until)
    }

    fn sole_keys(&self) -> Vec<(&'static str, String)> {
        vec![("who_and_whom", format!("{}/{}", self.account, self.victim))]
    }
}

pub(super) fn sealed(victim: &str) -> String {
    format!("contact/{victim}")
}

fn checked(contact: &Contact) -> Result<(), RegisterError> {
    let risks = &contact.risks;
    let texts = [&contact.channel, &contact.address, &risks.times, &risks.must_not_know, &risks.dangers];
    texts.into_iter().chain(&contact.word).try_for_each(|text| checked_text("contact", text, 500).map(|_| ()))
}

/// Whether the caller has read the person's risks just now.
pub(super) async fn risks_were_read(acting: &mut Acting, victim: &str) -> Result<bool, RegisterError> {
    let (who, at) = (acting.who().to_owned(), acting.at());
    let read = acting.tx()?.sole::<RisksRead>("who_and_whom", &format!("{who}/{victim}")).await?;
    Ok(read.is_some_and(|read| at < read.body.until))
}

async fn open(acting: &mut Acting, record: &Stored<Victim>) -> Result<Contact, RegisterError> {
    if !record.body.has_contact {
        return Err(RegisterError::State("no safe contact is recorded; record it with the person first (SG-036)".into()));
    }
    let plain = acting.tx()?.unseal(&sealed(&record.id)).await?;
    serde_json::from_slice(&plain).map_err(|_| RegisterError::State("the sealed contact does not read back".into()))
}

impl Register {
    /// Seals how a person may be reached, in place of what was there.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn write_contact(&self, caller: &Caller, victim: &str, contact: &Contact, at: Timestamp) -> Result<(), RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut record = on_record(&mut acting, victim).await?;
        let agency = acting.caller().principal.agency.clone();
        acting.context_mut().consent = covering(&mut acting, &record, Use::Contact, &agency).await?.is_some();
        acting.permit(Action::IdentityWrite, &record.body.resource(victim)).await?;
        checked(contact)?;
        let plain = serde_json::to_vec(contact).map_err(|error| RegisterError::invalid("contact", error.to_string()))?;
        acting.tx()?.seal(&sealed(victim), &plain).await?;
        record.body.has_contact = true;
        acting.tx()?.put(&mut record).await?;
        // Who read the risks before has not read these.
        for read in acting.tx()?.list::<RisksRead>(Find::Parent(victim), &Page::first(1_000)).await? {
            acting.tx()?.remove(&read).await?;
        }
        let note = acting.note_on("contact.written", "victim", victim);
        acting.done(Notes::one(note)).await?;
        Ok(())
    }

    /// Reads what to mind. For some minutes after, the caller may see how to reach the person, or refer them (SG-036).
    ///
    /// # Errors
    /// [`RegisterError::State`] where no safe contact is recorded.
    pub async fn read_risks(&self, caller: &Caller, victim: &str, at: Timestamp) -> Result<Risks, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let record = on_record(&mut acting, victim).await?;
        acting.permit(Action::VictimRead, &record.body.resource(victim)).await?;
        let contact = open(&mut acting, &record).await?;
        let who = acting.who().to_owned();
        let until = Timestamp(at.0 + i64::from(self.settings().risk_minutes) * 60 * MICROS_PER_SECOND);
        match acting.tx()?.sole::<RisksRead>("who_and_whom", &format!("{who}/{victim}")).await? {
            Some(mut read) => {
                read.body.until = until;
                acting.tx()?.put(&mut read).await?;
            }
            None => {
                let id = acting.tx()?.new_id();
                acting.tx()?.add(&id, RisksRead { victim: victim.into(), account: who, until }).await?;
            }
        }
        let note = acting.note_on("contact.risks_read", "victim", victim);
        acting.done(Notes::one(note)).await?;
        Ok(contact.risks)
    }

    /// Reads how to reach a person, by a support worker who has read the risks just now.
    ///
    /// # Errors
    /// [`RegisterError`]; without the risks, as the policies say.
    pub async fn read_contact(&self, caller: &Caller, victim: &str, at: Timestamp) -> Result<Contact, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let record = on_record(&mut acting, victim).await?;
        acting.context_mut().risk_ack = risks_were_read(&mut acting, victim).await?;
        acting.permit(Action::ContactRead, &record.body.resource(victim)).await?;
        let contact = open(&mut acting, &record).await?;
        let note = acting.note_on("contact.read", "victim", victim);
        acting.done(Notes::one(note)).await?;
        Ok(contact)
    }
}
