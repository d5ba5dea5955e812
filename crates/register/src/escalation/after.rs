//! After sending: the package, receipt, feedback, and taking back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, Role};
use tributary_cases::{Find, Notes, Page, Stored};
use tributary_escalation::words::Came;
use tributary_escalation::{Event, Finding, State};
use tributary_model::Timestamp;

use super::outbound::{Outbound, package_name};
use super::{EscalationFile, Loaded, actor, load, note, open, step};
use crate::acting::{Acting, Caller};
use crate::people::agency::checked_text;
use crate::{Register, RegisterError};

/// Escalations on one alert that a withdrawn source is held against in one call.
const ON_ONE_ALERT: u32 = 1_000;

/// A recipient's receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReceipt {
    /// The recipient's reference.
    pub reference: String,
    /// Person or office that has it.
    pub office: String,
    /// SHA-256 of the document, where the sender records a letter's receipt.
    #[serde(default)]
    pub document: Option<String>,
    /// When it came.
    pub received: Timestamp,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFeedback {
    /// What was done.
    pub came: Came,
    /// The recipient's own review: a measure against somebody names it (SG-071).
    #[serde(default)]
    pub review_reference: Option<String>,
    /// The effect observed (SG-121).
    pub effect: String,
}

impl Register {
    /// The package, byte for byte, for the recipient's people who may record its receipt.
    ///
    /// # Errors
    /// [`RegisterError::State`] once it was taken back.
    pub async fn fetch_package(&self, caller: &Caller, outbound: &str, at: Timestamp) -> Result<String, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let ready = acting.tx()?.get::<Outbound>(outbound).await?.ok_or(RegisterError::Missing("escalation"))?;
        let loaded = load(&mut acting, &ready.body.escalation).await?;
        acting.permit(Action::EscalationReceipt, &loaded.resource()).await?;
        if ready.body.withdrawn {
            return Err(RegisterError::State("it was taken back; confirm that you know".into()));
        }
        let plain = acting.tx()?.unseal(&package_name(outbound)).await?;
        let package = String::from_utf8(plain).map_err(|_| RegisterError::State("the sealed package does not read back".into()))?;
        let entry = note(&acting, "escalation.fetched", &loaded, loaded.machine().state);
        acting.done(Notes::one(entry)).await?;
        Ok(package)
    }

    /// Records the receipt: the recipient, or by letter and portal the sender. Who records it for the recipient is put on it.
    ///
    /// # Errors
    /// [`RegisterError::State`] with what is missing.
    pub async fn record_receipt(
        &self,
        caller: &Caller,
        id: &str,
        version: i64,
        new: NewReceipt,
        at: Timestamp,
    ) -> Result<Stored<EscalationFile>, RegisterError> {
        let (mut acting, mut loaded) = open(self, caller, id, version, Action::EscalationReceipt, at).await?;
        let reference = checked_text("reference", &new.reference, 500)?;
        let office = checked_text("office", &new.office, 500)?;
        let by = actor(&acting.caller().principal)?;
        if by.agency == loaded.machine().draft.recipient_agency {
            loaded.file.body.members.insert(by.account.clone());
        }
        let event = Event::Receive { by, reference, office, document: new.document, received: new.received };
        let before = step(&mut acting, &mut loaded, event).await?;
        let entry = note(&acting, "escalation.received", &loaded, before.state);
        acting.done(Notes::one(entry)).await?;
        Ok(loaded.file)
    }

    /// Records what came of it. A measure against somebody names the recipient's own review where the protocol asks for it (SG-071).
    ///
    /// # Errors
    /// [`RegisterError::State`] with what is missing.
    pub async fn record_feedback(
        &self,
        caller: &Caller,
        id: &str,
        version: i64,
        new: NewFeedback,
        at: Timestamp,
    ) -> Result<Stored<EscalationFile>, RegisterError> {
        let (mut acting, mut loaded) = open(self, caller, id, version, Action::EscalationReceipt, at).await?;
        let effect = checked_text("effect", &new.effect, 2_000)?;
        let by = actor(&acting.caller().principal)?;
        let event = Event::Feedback { by, came: new.came, review_reference: new.review_reference, effect };
        let before = step(&mut acting, &mut loaded, event).await?;
        let entry = note(&acting, "escalation.feedback", &loaded, before.state).tag("outcome", new.came.as_str());
        acting.done(Notes::one(entry)).await?;
        Ok(loaded.file)
    }

    /// Takes it back, as its owner or as the rights officer; a recipient that has it is told within the protocol's hours (SG-019).
    ///
    /// # Errors
    /// [`RegisterError::Duty`] for anybody else.
    pub async fn withdraw_escalation(
        &self,
        caller: &Caller,
        id: &str,
        version: i64,
        reason: &str,
        at: Timestamp,
    ) -> Result<Stored<EscalationFile>, RegisterError> {
        let (mut acting, mut loaded) = open(self, caller, id, version, Action::EscalationWithdraw, at).await?;
        let reason = checked_text("reason", reason, 2_000)?;
        let by = actor(&acting.caller().principal)?;
        let tag = if acting.caller().principal.role == Role::RightsOfficer { "rights" } else { "owner" };
        let before = step(&mut acting, &mut loaded, Event::Withdraw { by, reason }).await?;
        call_back(&mut acting, &loaded).await?;
        let kind = if before.state.is_out() { "escalation.recalled" } else { "escalation.withdrawn" };
        let entry = note(&acting, kind, &loaded, before.state).tag("reason", tag);
        acting.done(Notes::one(entry)).await?;
        Ok(loaded.file)
    }

    /// Records that the recipient knows of the withdrawal.
    ///
    /// # Errors
    /// [`RegisterError::State`] where none waits for it.
    pub async fn confirm_withdrawal(&self, caller: &Caller, id: &str, version: i64, at: Timestamp) -> Result<Stored<EscalationFile>, RegisterError> {
        let (mut acting, mut loaded) = open(self, caller, id, version, Action::EscalationReceipt, at).await?;
        let by = actor(&acting.caller().principal)?;
        let before = step(&mut acting, &mut loaded, Event::WithdrawalConfirmed { by }).await?;
        let entry = note(&acting, "escalation.recall_confirmed", &loaded, before.state);
        acting.done(Notes::one(entry)).await?;
        Ok(loaded.file)
    }

    /// A source of an alert was withdrawn: every escalation on it whose floor does not hold any more is taken back (SG-019). In the transaction of
    /// who withdraws the source; the notes go with that one's.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub(crate) async fn escalations_without_source(
        &self,
        acting: &mut Acting,
        alert: &str,
        finding: &Finding,
        mut notes: Notes,
    ) -> Result<(Notes, Vec<String>), RegisterError> {
        let mut taken_back = Vec::new();
        let found = acting.tx()?.list::<EscalationFile>(Find::Key("alert", alert), &Page::first(ON_ONE_ALERT)).await?;
        for file in found {
            let mut loaded = load(acting, &file.id).await?;
            let before = loaded.machine().state;
            if !before.before_sent() && !before.is_out() {
                continue;
            }
            let next = loaded.machine().step(&loaded.protocol, Event::SourceWithdrawn { finding: finding.clone() }, acting.at());
            // What has outlived its life is the clocks' to end.
            let Ok(next) = next else { continue };
            loaded.file.body.machine = next;
            loaded.file.body.set_due(&loaded.protocol, acting.at());
            acting.tx()?.put(&mut loaded.file).await?;
            if loaded.machine().state == State::Withdrawn {
                call_back(acting, &loaded).await?;
                let kind = if before.is_out() { "escalation.recalled" } else { "escalation.withdrawn" };
                notes = notes.and(note(acting, kind, &loaded, before).tag("reason", "source"));
                taken_back.push(loaded.file.id);
            }
        }
        Ok((notes, taken_back))
    }

    /// The same as one call of its own, for a source that another system withdraws.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn withdraw_finding(&self, caller: &Caller, id: &str, finding: &Finding, at: Timestamp) -> Result<Vec<String>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let loaded = load(&mut acting, id).await?;
        acting.permit(Action::EscalationWithdraw, &loaded.resource()).await?;
        let entry = note(&acting, "source.withdrawn", &loaded, loaded.machine().state).tag("reason", "stated");
        let alert = loaded.file.body.alert.clone();
        let (notes, taken_back) = self.escalations_without_source(&mut acting, &alert, finding, Notes::one(entry)).await?;
        acting.done(notes).await?;
        Ok(taken_back)
    }
}

/// Packages that lie ready are not given out any more.
async fn call_back(acting: &mut Acting, loaded: &Loaded) -> Result<(), RegisterError> {
    for mut ready in acting.tx()?.list::<Outbound>(Find::Parent(&loaded.file.id), &Page::first(10)).await? {
        ready.body.withdrawn = true;
        acting.tx()?.put(&mut ready).await?;
    }
    Ok(())
}
