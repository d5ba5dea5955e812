//! Clocks of escalations: nobody has to remember them. Silence moves nothing forward.

use tributary_cases::{Find, Note, Notes, Page};
use tributary_escalation::Event;
use tributary_model::Timestamp;

use super::protocols::ProtocolText;
use super::{EscalationFile, protocol_tags};
use crate::{Register, RegisterError};

/// Escalations looked at in one run.
const RUN: u32 = 500;

/// What a run did: ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Struck {
    /// Their life was over before they were sent.
    pub expired: Vec<String>,
    /// Their state lasts longer than its deadline: owner and rights officer are told, recipients reminded.
    pub overdue: Vec<String>,
    /// Reviews of a danger that nobody has settled in time.
    pub dangers_unreviewed: Vec<String>,
}

impl Register {
    /// Ends what has outlived its life and marks what is overdue. Nobody does this; the program does, and it is an entry each.
    ///
    /// # Errors
    /// [`RegisterError`] of the store.
    pub async fn run_escalation_clocks(&self, at: Timestamp) -> Result<Struck, RegisterError> {
        let due = self.store().read().await?.list::<EscalationFile>(Find::Due(at), &Page::first(RUN)).await?;
        let (mut struck, mut failed) = (Struck::default(), None);
        for file in due {
            match self.strike(&file.id, at).await {
                Ok(Some(true)) => struck.expired.push(file.id),
                Ok(Some(false)) => struck.overdue.push(file.id),
                // Somebody acts on it at this moment: the next run looks again.
                Ok(None) | Err(RegisterError::Conflict) => {}
                // One that cannot be read does not stop the clocks of the others.
                Err(other) => failed = failed.or(Some(other)),
            }
        }
        struck.dangers_unreviewed = self.run_danger_clocks(at, RUN).await?;
        failed.map_or(Ok(struck), Err)
    }

    /// One escalation; whether it expired.
    async fn strike(&self, id: &str, at: Timestamp) -> Result<Option<bool>, RegisterError> {
        let mut writing = self.store().write(at).await?;
        let mut file = writing.need::<EscalationFile>(id).await?;
        if file.body.next_due.is_none_or(|due| due > at) {
            return Ok(None);
        }
        let protocol = writing.need::<ProtocolText>(&file.body.protocol_record).await?.body.read()?;
        let from = file.body.machine.state;
        let expired = match file.body.machine.step(&protocol, Event::Tick, at) {
            Ok(next) => {
                file.body.machine = next;
                true
            }
            Err(_) => false,
        };
        file.body.set_due(&protocol, at);
        writing.put(&mut file).await?;
        let kind = if expired { "escalation.expired" } else { "escalation.overdue" };
        let note = Note::of(kind).about("escalation", "", id).tag("from", from.as_str()).tag("to", file.body.machine.state.as_str());
        writing.commit(Notes::one(protocol_tags(note, &file.body.machine))).await?;
        Ok(Some(expired))
    }
}
