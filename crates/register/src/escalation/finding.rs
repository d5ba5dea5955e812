//! What a protocol's floor of evidence is held against: an alert as its readers left it.

use std::collections::BTreeSet;

use tributary_access::Action;
use tributary_escalation::Finding;
use tributary_escalation::words::Disposition as Taken;
use tributary_model::{Family, Side, Timestamp};

use super::load;
use crate::acting::Caller;
use crate::alert::{Alert, AlertState, Disposition, Stage};
use crate::{Register, RegisterError};

/// The finding of an alert: families and sources that stand, and who has read it blind.
pub(crate) fn of(alert: &Alert) -> Finding {
    let families = |side: Side| {
        let speaks = alert.standing().filter(|ground| ground.side == side || ground.side == Side::Neutral);
        count(speaks.map(|ground| ground.family).collect::<BTreeSet<Family>>().len())
    };
    let first = alert.this_round().find(|reading| reading.stage == Stage::First);
    let blind = alert.this_round().filter(|reading| reading.stage != Stage::First && reading.disposition == Disposition::Confirmed);
    let blind = blind.filter(|reading| first.is_some_and(|first| first.unit != reading.unit && first.disposition == Disposition::Confirmed));
    let confirmed = alert.outcome.is_some_and(|outcome| outcome.agreed && outcome.disposition == Disposition::Confirmed);
    let stands = alert.decoy.is_none() && !alert.pilot && alert.state == AlertState::Closed;
    Finding {
        families_trafficking: families(Side::Trafficking),
        families_financing: families(Side::TerroristFinancing),
        sources: count(alert.sources().len()),
        second_reads: count(blind.map(|reading| &reading.by).collect::<BTreeSet<_>>().len()),
        q: Some(alert.q_value),
        disposition: (confirmed && stands).then_some(Taken::Confirmed),
        withdrawn: alert.state == AlertState::Withdrawn,
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Register {
    /// What a drafted escalation rests on as it stands now; none for the answer to an order.
    ///
    /// # Errors
    /// [`RegisterError::Missing`] for an escalation or alert that the caller may not know of.
    pub async fn finding_of_escalation(&self, caller: &Caller, id: &str, at: Timestamp) -> Result<Option<Finding>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let loaded = load(&mut acting, id).await?;
        if !acting.may(Action::EscalationRead, &loaded.resource()) {
            return Err(RegisterError::Missing("escalation"));
        }
        drop(acting);
        if loaded.machine().draft.order.is_some() {
            return Ok(None);
        }
        self.finding_of(caller, &loaded.file.body.alert, at).await.map(Some)
    }

    /// What an escalation may rest on, of an alert of the caller's: the register's own word, never the caller's.
    ///
    /// # Errors
    /// [`RegisterError::Missing`] for an alert that the caller may not know of.
    pub async fn finding_of(&self, caller: &Caller, alert: &str, at: Timestamp) -> Result<Finding, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let stored = acting.tx()?.get::<Alert>(alert).await?.filter(|found| !found.body.suspended).ok_or(RegisterError::Missing("alert"))?;
        let seen = stored.body.resource(alert, true, acting.who());
        // Reading for this is a part of the escalation, and recorded with it.
        if !acting.may(Action::AlertRead, &seen) && stored.body.agency != acting.caller().principal.agency {
            return Err(RegisterError::Missing("alert"));
        }
        Ok(of(&stored.body))
    }
}
