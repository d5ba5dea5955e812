//! Non-punishment, the risk of being trafficked again, and a child's best interest.

use tributary_access::Action;
use tributary_cases::{Notes, Stored};
use tributary_model::Timestamp;
use tributary_model::time::MICROS_PER_DAY;

use super::{BestInterest, GateOutcome, GateRecord, RiskNote, Victim, on_record};
use crate::acting::{Caller, as_read};
use crate::people::agency::checked_text;
use crate::{Register, RegisterError};

/// Entries of one list of a record.
const ENTRIES_MAX: usize = 200;

fn room<T>(list: &[T]) -> Result<(), RegisterError> {
    if list.len() < ENTRIES_MAX { Ok(()) } else { Err(RegisterError::State("the record holds 200 of these; review it".into())) }
}

impl Register {
    /// Records a non-punishment review with outcome and reason (SG-032): by a prosecutor or the victim service, and by another person than opened
    /// the record.
    ///
    /// # Errors
    /// [`RegisterError::Duty`] for who opened the record.
    pub async fn review_punishment(
        &self,
        caller: &Caller,
        id: &str,
        version: i64,
        outcome: GateOutcome,
        reason: &str,
        at: Timestamp,
    ) -> Result<Stored<Victim>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut victim = on_record(&mut acting, id).await?;
        acting.permit(Action::VictimGate, &victim.body.resource(id)).await?;
        as_read(&victim, version)?;
        let reason = checked_text("reason", reason, 2_000)?;
        if victim.body.opened_by == acting.who() {
            return Err(RegisterError::Duty("another person than opened the record holds its non-punishment review (SG-032)"));
        }
        room(&victim.body.gate)?;
        let agency = acting.caller().principal.agency.clone();
        let review = GateRecord { by: acting.who().to_owned(), agency, at, outcome, reason };
        victim.body.gate.push(review.clone());
        acting.tx()?.put(&mut victim).await?;
        let note = acting.note_on("victim.gate_held", "victim", id).tag("outcome", outcome.as_str());
        acting.done(Notes::one(note.with(&review))).await?;
        Ok(victim)
    }

    /// Notes what puts the person at risk of being trafficked again. By whoever may decide on the status.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn note_risk(&self, caller: &Caller, id: &str, text: &str, review_days: u32, at: Timestamp) -> Result<Stored<Victim>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut victim = on_record(&mut acting, id).await?;
        acting.permit(Action::VictimStatus, &victim.body.resource(id)).await?;
        let text = checked_text("text", text, 2_000)?;
        if !(1..=365).contains(&review_days) {
            return Err(RegisterError::invalid("review_days", "1 to 365"));
        }
        room(&victim.body.risks)?;
        let review_by = Timestamp(at.0 + i64::from(review_days) * MICROS_PER_DAY);
        victim.body.risks.push(RiskNote { by: acting.who().to_owned(), at, text, review_by });
        acting.tx()?.put(&mut victim).await?;
        let note = acting.note_on("victim.risk_noted", "victim", id);
        acting.done(Notes::one(note)).await?;
        Ok(victim)
    }

    /// Records a child's guardian and best-interest step, without which nothing of a child is opened or passed on (SG-041).
    ///
    /// # Errors
    /// [`RegisterError::State`] for who is no child.
    pub async fn set_best_interest(
        &self,
        caller: &Caller,
        id: &str,
        guardian: &str,
        finding: &str,
        at: Timestamp,
    ) -> Result<Stored<Victim>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut victim = on_record(&mut acting, id).await?;
        acting.permit(Action::VictimGate, &victim.body.resource(id)).await?;
        let guardian = checked_text("guardian", guardian, 200)?;
        let finding = checked_text("finding", finding, 2_000)?;
        if !victim.body.minor {
            return Err(RegisterError::State("the record is not a child's".into()));
        }
        victim.body.best_interest = Some(BestInterest { by: acting.who().to_owned(), at, guardian, finding });
        acting.tx()?.put(&mut victim).await?;
        let note = acting.note_on("victim.best_interest_set", "victim", id);
        acting.done(Notes::one(note)).await?;
        Ok(victim)
    }
}
