//! Whom an alert is about is opened for a case and a purpose, and stands in the log (SG-083).

use tributary_access::{Action, Lack, Purpose};
use tributary_cases::{Notes, Stored, Writing};
use tributary_model::Timestamp;

use super::mask::Identities;
use super::purge::in_use;
use super::queue::{identities, seen_by};
use super::record::{Alert, AlertState, Disposition, Unmasked};
use super::view::AlertView;
use crate::acting::Caller;
use crate::people::agency::checked_text;
use crate::{Register, RegisterError};

/// Openings of one alert.
const UNMASKED_MAX: usize = 200;

/// Whether the caller has opened it, for the case and the purpose that are stated now.
pub(super) fn is_open_to(alert: &Alert, caller: &Caller) -> bool {
    let stated = caller.case.as_deref().filter(|_| caller.purpose == Purpose::Investigation);
    stated.is_some_and(|case| alert.unmasked.iter().any(|one| one.by == caller.principal.id && one.case == case))
}

impl Register {
    /// Opens whom an alert is about, for the case that is stated and on the legal basis that is stated. Who has opened it is no blind reader
    /// of it any more.
    ///
    /// # Errors
    /// [`RegisterError::Denied`] without a case that the caller belongs to, the purpose of investigation, or a legal basis.
    pub async fn unmask(&self, caller: &Caller, id: &str, reason: &str, at: Timestamp) -> Result<AlertView, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut alert = in_use(&mut acting, id).await?;
        acting.permit(Action::AlertUnmask, &alert.body.resource(id, false, &caller.principal.id)).await?;
        if alert.body.pilot {
            return Err(RegisterError::State("the alert came in by rules that are tried out: it is read, and opens nobody (SG-086)".into()));
        }
        let reason = checked_text("reason", reason, 1_000)?;
        let (Some(case), Some(legal_basis)) = (caller.case.clone(), acting.basis().map(|basis| basis.stated.clone())) else {
            let lacks = vec![if caller.case.is_none() { Lack::Case } else { Lack::LegalBasis }];
            return Err(RegisterError::Denied { action: Action::AlertUnmask, lacks });
        };
        if alert.body.unmasked.len() >= UNMASKED_MAX {
            return Err(RegisterError::State(format!("an alert is opened at most {UNMASKED_MAX} times")));
        }
        let opening = Unmasked { by: acting.who().to_owned(), case: case.clone(), legal_basis, reason, at };
        let note = acting.note_on("alert.unmasked", "alert", id).about("case_file", "", &case).with(&opening);
        alert.body.unmasked.push(opening);
        acting.tx()?.put(&mut alert).await?;
        let seen = seen_by(&mut acting, &alert, false).await?;
        acting.done(Notes::one(note)).await?;
        Ok(seen)
    }
}

/// What a case may take over of an alert: one that two blind readers confirmed, that stands, that is no decoy, and that was unmasked for this
/// very case (SG-015, SG-016, SG-083). Whether the caller may is for the caller to ask.
///
/// # Errors
/// [`RegisterError::State`] for any other.
pub async fn alert_for_case(writing: &mut Writing, id: &str, case: &str) -> Result<(Stored<Alert>, Identities), RegisterError> {
    let alert = writing.get::<Alert>(id).await?.filter(|alert| !alert.body.suspended).ok_or(RegisterError::Missing("alert"))?;
    let body = &alert.body;
    if !body.unmasked.iter().any(|one| one.case == case) {
        return Err(RegisterError::State("unmask the alert for this case first".into()));
    }
    if body.pilot {
        return Err(RegisterError::State("the alert came in by rules that are tried out: it is read, and becomes no case's (SG-086)".into()));
    }
    let confirmed = body.outcome.is_some_and(|outcome| outcome.agreed && outcome.disposition == Disposition::Confirmed);
    if body.decoy.is_some() || body.state != AlertState::Closed || !confirmed {
        return Err(RegisterError::State("two blind readers must have confirmed the alert".into()));
    }
    let identities = identities(writing, id).await?;
    Ok((alert, identities))
}
