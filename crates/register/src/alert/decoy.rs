//! Decoys: made-up alerts with a known answer, mixed into a queue to learn how well people read (SG-016).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use tributary_access::{Action, Handling, Resource};
use tributary_cases::{Note, Notes};
use tributary_model::Timestamp;
use tributary_model::alert::AlertRecord;

use super::import::{self, Import, prepare};
use super::record::{Decoy, Disposition};
use crate::acting::Caller;
use crate::governance::stop::checked_pack;
use crate::people::agency::{Agency, checked_jurisdiction, checked_text};
use crate::{Register, RegisterError};

/// A made-up alert.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDecoy {
    /// The agency whose readers it is for.
    pub agency: String,
    /// ISO 3166 code.
    pub jurisdiction: String,
    /// The vetting that a reader needs, as that agency's own alerts.
    pub sensitivity: u8,
    /// Indicator to pack, as its own alerts.
    #[serde(default)]
    pub packs: BTreeMap<String, String>,
    /// The alert: of nobody who lives.
    pub alert: AlertRecord,
    /// The right answer.
    pub expected: Disposition,
    /// Why it is right.
    pub because: String,
}

impl Register {
    /// Mixes a decoy into an agency's queue. Auditors and rights officers do this: it is a part of looking through the staff's work, and
    /// decided as that (`search.anomalies`). Nothing that a reader sees tells it from an alert; its disposition is no label and no case.
    ///
    /// # Errors
    /// [`RegisterError`]; [`RegisterError::Invalid`] for what has not the form of an alert.
    pub async fn place_decoy(&self, caller: &Caller, new: NewDecoy, at: Timestamp) -> Result<String, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        acting.permit(Action::SearchAnomalies, &Resource { id: "all".into(), ..Resource::default() }).await?;
        checked_jurisdiction("jurisdiction", &new.jurisdiction)?;
        new.packs.values().try_for_each(|pack| checked_pack(pack))?;
        if new.sensitivity > 2 {
            return Err(RegisterError::invalid("sensitivity", "0 to 2: an alert lies in no compartment"));
        }
        let because = checked_text("because", &new.because, 2_000)?;
        if acting.tx()?.get::<Agency>(&new.agency).await?.is_none() {
            return Err(RegisterError::Missing("agency"));
        }
        let id = acting.tx()?.new_id();
        let import = Import {
            // No two decoys meet, and none meets an alert, however its id in the run was made up.
            run: format!("decoy-{id}"),
            agency: new.agency,
            jurisdiction: new.jurisdiction,
            sensitivity: new.sensitivity,
            handling: Handling::P,
            packs: new.packs,
            sources: BTreeMap::new(),
            pilot: false,
            alerts: Vec::new(),
        };
        let (mut alert, shown, identities) = prepare(&import, &new.alert).map_err(|why| RegisterError::invalid("alert", why))?;
        alert.decoy = Some(Decoy { expected: new.expected, by: acting.who().to_owned(), because });
        let stated = alert.decoy.clone();
        import::keep(acting.tx()?, &id, alert, shown, &identities).await?;
        let note = Note::of("decoy.placed").about("decoy", "", &id).tag("role", caller.principal.role.as_str()).with(&stated);
        acting.done(Notes::one(note)).await?;
        Ok(id)
    }
}
