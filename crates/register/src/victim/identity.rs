//! Who it is: sealed, and opened once by one person whom another one let (SG-034).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, Purpose, Resource, Role};
use tributary_cases::{Find, Notes, Page, Record, Stored};
use tributary_model::Timestamp;
use tributary_model::time::MICROS_PER_SECOND;

use super::consent::covering;
use super::{Use, Victim, is_held, on_record};
use crate::acting::{Acting, Caller, as_read};
use crate::basis::still_holds;
use crate::people::account::Account;
use crate::people::agency::checked_text;
use crate::{Register, RegisterError};

/// How long an approval may be used, in minutes.
const READ_MINUTES: i64 = 30;
/// How long a request waits for an approval, in minutes.
const WAIT_MINUTES: i64 = 72 * 60;

/// Who a person is. It shows nothing of itself in debug output.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityIs {
    /// Names, as the person gives them.
    pub names: Vec<String>,
    /// Birth date or age, as far as known.
    #[serde(default)]
    pub born: Option<String>,
    /// Documents: kind and number.
    #[serde(default)]
    pub documents: Vec<String>,
    /// What else is needed to know the person.
    #[serde(default)]
    pub more: Option<String>,
}

impl std::fmt::Debug for IdentityIs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IdentityIs(..)")
    }
}

/// That an identity lies in the vault; nothing of it. It has no key that it could be found by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The person's record.
    pub victim: String,
    /// Who wrote it.
    pub written_by: String,
    /// When.
    pub written: Timestamp,
    /// When its key was destroyed.
    pub erased: Option<Timestamp>,
}

impl Record for Identity {
    const KIND: &'static str = "identity";

    fn parent(&self) -> &str {
        &self.victim
    }

    fn state(&self) -> &str {
        if self.erased.is_some() { "erased" } else { "sealed" }
    }
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    /// Somebody else must decide.
    Asked,
    /// It may be read once, for a while.
    Approved,
    /// It may not.
    Refused,
    /// It was.
    Read,
}

/// A request to know who a person is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IdentityRequest {
    /// The person's record.
    pub victim: String,
    /// Who asks.
    pub by: String,
    /// Agency of who asks.
    pub agency: String,
    /// Unit of who asks.
    pub unit: String,
    /// What for.
    pub purpose: Purpose,
    /// On what legal basis, where one was stated.
    pub legal_basis: Option<String>,
    /// Why.
    pub reason: String,
    /// The rights officer it is put to; nobody: any other support worker of the person.
    pub put_to: String,
    /// Where it stands.
    pub state: RequestState,
    /// Who decided.
    pub decided_by: Option<String>,
    /// Why so.
    pub decided_because: Option<String>,
    /// Decided by then, and read by then once approved.
    pub until: Timestamp,
}

/// What asking takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRequest {
    /// Why.
    pub reason: String,
    /// A rights officer's account, where no other support worker is there.
    #[serde(default)]
    pub put_to: Option<String>,
}

impl Record for IdentityRequest {
    const KIND: &'static str = "identity_request";

    fn parent(&self) -> &str {
        &self.victim
    }

    fn agency(&self) -> &str {
        &self.agency
    }

    fn state(&self) -> &str {
        match self.state {
            RequestState::Asked => "asked",
            RequestState::Approved => "approved",
            RequestState::Refused => "refused",
            RequestState::Read => "read",
        }
    }

    fn due(&self) -> Option<Timestamp> {
        matches!(self.state, RequestState::Asked | RequestState::Approved).then_some(self.until)
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        vec![("put_to", self.put_to.clone())]
    }
}

impl IdentityRequest {
    /// What policies see of the request: the person's record, with who asks as author and the officer it is put to.
    fn resource(&self, victim: &Victim, id: &str) -> Resource {
        Resource { author: self.by.clone(), assigned: self.put_to.clone(), ..victim.resource(id) }
    }
}

pub(super) fn sealed(victim: &str) -> String {
    format!("identity/{victim}")
}

fn minutes(at: Timestamp, minutes: i64) -> Timestamp {
    Timestamp(at.0 + minutes * 60 * MICROS_PER_SECOND)
}

fn checked(is: &IdentityIs) -> Result<(), RegisterError> {
    if !(1..=10).contains(&is.names.len()) || is.documents.len() > 20 {
        return Err(RegisterError::invalid("names", "1 to 10 names and at most 20 documents"));
    }
    let texts = is.names.iter().chain(&is.documents).chain(&is.born).chain(&is.more);
    for text in texts {
        // What was typed is not repeated in the error.
        checked_text("identity", text, 500)?;
    }
    Ok(())
}

/// Puts into the circumstances whether the person's consent covers an opening by the caller's agency; for a child, that the best-interest step is
/// there beside the legal basis that policies ask for (SG-041).
async fn weigh(acting: &mut Acting, victim: &Stored<Victim>) -> Result<(), RegisterError> {
    let agency = acting.caller().principal.agency.clone();
    let consent = covering(acting, victim, Use::Identity, &agency).await?.is_some();
    let context = acting.context_mut();
    context.consent = consent;
    if victim.body.minor && victim.body.best_interest.is_none() {
        context.legal_basis = false;
    }
    Ok(())
}

/// A prosecution reads an identity under an order that names the person, and under nothing less (SG-034).
fn for_prosecution(acting: &Acting, victim: &str) -> Result<(), RegisterError> {
    let named = acting.basis().is_some_and(|basis| basis.names(victim));
    if acting.caller().purpose == Purpose::Prosecution && !named {
        return Err(RegisterError::Duty(
            "a prosecution needs an order of the case that names this person: record it, have it confirmed, and state `order:ID`",
        ));
    }
    Ok(())
}

/// The identity of a record, if one was ever written.
async fn of(acting: &mut Acting, victim: &str) -> Result<Option<Stored<Identity>>, RegisterError> {
    Ok(acting.tx()?.list::<Identity>(Find::Parent(victim), &Page::first(1)).await?.into_iter().next())
}

impl Register {
    /// Puts an identity into the vault, in place of what was there. To write is not to read.
    ///
    /// # Errors
    /// [`RegisterError`]; without consent or a legal basis, as the policies say.
    pub async fn write_identity(&self, caller: &Caller, victim: &str, is: &IdentityIs, at: Timestamp) -> Result<(), RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let record = on_record(&mut acting, victim).await?;
        weigh(&mut acting, &record).await?;
        // A child's identity may be written down before the best-interest step: not to would be worse. It is not opened without it.
        let stated = acting.basis().is_some();
        acting.context_mut().legal_basis |= stated;
        acting.permit(Action::IdentityWrite, &record.body.resource(victim)).await?;
        checked(is)?;
        let plain = serde_json::to_vec(is).map_err(|error| RegisterError::invalid("identity", error.to_string()))?;
        acting.tx()?.seal(&sealed(victim), &plain).await?;
        let who = acting.who().to_owned();
        match of(&mut acting, victim).await? {
            Some(mut before) => {
                before.body = Identity { victim: victim.into(), written_by: who, written: at, erased: None };
                acting.tx()?.put(&mut before).await?;
            }
            None => {
                let id = acting.tx()?.new_id();
                acting.tx()?.add(&id, Identity { victim: victim.into(), written_by: who, written: at, erased: None }).await?;
            }
        }
        let note = acting.note_on("identity.written", "victim", victim);
        acting.done(Notes::one(note)).await?;
        Ok(())
    }

    /// Asks to know who a person is.
    ///
    /// # Errors
    /// [`RegisterError`]; [`RegisterError::State`] where there is no identity in the vault.
    pub async fn request_identity(
        &self,
        caller: &Caller,
        victim: &str,
        new: NewRequest,
        at: Timestamp,
    ) -> Result<Stored<IdentityRequest>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let record = on_record(&mut acting, victim).await?;
        weigh(&mut acting, &record).await?;
        acting.permit(Action::IdentityRequest, &record.body.resource(victim)).await?;
        for_prosecution(&acting, victim)?;
        let reason = checked_text("reason", &new.reason, 2_000)?;
        let put_to = new.put_to.unwrap_or_default();
        if !put_to.is_empty() {
            let officer = acting.tx()?.get::<Account>(&put_to).await?.filter(|one| one.body.is_active() && one.body.is.role == Role::RightsOfficer);
            officer.ok_or(RegisterError::invalid("put_to", "the account of a rights officer"))?;
        }
        if of(&mut acting, victim).await?.is_none_or(|one| one.body.erased.is_some()) {
            return Err(RegisterError::State("no identity lies in the vault".into()));
        }
        let who = acting.caller().principal.clone();
        let request = IdentityRequest {
            victim: victim.into(),
            by: who.id,
            agency: who.agency,
            unit: who.unit,
            purpose: acting.caller().purpose,
            legal_basis: acting.basis().map(|basis| basis.stated.clone()),
            reason,
            put_to,
            state: RequestState::Asked,
            decided_by: None,
            decided_because: None,
            until: minutes(at, WAIT_MINUTES),
        };
        let id = acting.tx()?.new_id();
        let request = acting.tx()?.add(&id, request).await?;
        let note = acting.note_on("vault.requested", "opening", &id).about("victim", "", victim).with(&request.body);
        acting.done(Notes::one(note)).await?;
        Ok(request)
    }

    /// Approves or refuses a request, as somebody else: of another unit or agency than who asks (SG-034).
    ///
    /// # Errors
    /// [`RegisterError::Duty`] for who asks, or a colleague of the same unit.
    pub async fn decide_identity(
        &self,
        caller: &Caller,
        id: &str,
        version: i64,
        approve: bool,
        reason: &str,
        at: Timestamp,
    ) -> Result<Stored<IdentityRequest>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut request = acting.tx()?.get::<IdentityRequest>(id).await?.ok_or(RegisterError::Missing("person"))?;
        let record = on_record(&mut acting, &request.body.victim.clone()).await?;
        // Who asks was asked for consent or legal basis; the approver approves on those of the request.
        let statutes = &self.settings().statutes;
        let holds = match &request.body.legal_basis {
            None => false,
            Some(stated) => still_holds(acting.tx()?, statutes, stated, at.date()).await?,
        };
        acting.context_mut().legal_basis = holds;
        acting.permit(Action::IdentityApprove, &request.body.resource(&record.body, id)).await?;
        as_read(&request, version)?;
        let reason = checked_text("reason", reason, 2_000)?;
        let who = acting.caller().principal.clone();
        if who.id == request.body.by || (who.agency == request.body.agency && who.unit == request.body.unit) {
            return Err(RegisterError::Duty("somebody of another unit or agency than who asks approves (SG-034)"));
        }
        if acting.caller().purpose != request.body.purpose {
            return Err(RegisterError::Duty("a request is approved for the purpose it was made for (SG-007)"));
        }
        if request.body.state != RequestState::Asked || at >= request.body.until {
            return Err(RegisterError::State("the request does not wait any more; make a new one".into()));
        }
        request.body.state = if approve { RequestState::Approved } else { RequestState::Refused };
        request.body.decided_by = Some(who.id);
        request.body.decided_because = Some(reason);
        if approve {
            request.body.until = minutes(at, READ_MINUTES);
        }
        acting.tx()?.put(&mut request).await?;
        let note = acting.note_on(if approve { "vault.approved" } else { "vault.refused" }, "opening", id);
        acting.done(Notes::one(note.about("victim", "", &record.id).with(&request.body))).await?;
        Ok(request)
    }

    /// Reads who a person is: once, by who asked, for what it was asked for, within minutes of the approval (SG-034).
    ///
    /// # Errors
    /// [`RegisterError::State`] when it was not approved, was read, or the time is over.
    pub async fn read_identity(&self, caller: &Caller, id: &str, at: Timestamp) -> Result<IdentityIs, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut request = acting.tx()?.get::<IdentityRequest>(id).await?.ok_or(RegisterError::Missing("person"))?;
        let record = on_record(&mut acting, &request.body.victim.clone()).await?;
        // Consent is asked again: what was withdrawn since opens nothing (SG-035).
        weigh(&mut acting, &record).await?;
        // What the second person approved counts, and not what the reader states now.
        let same = request.body.legal_basis.is_some() && request.body.legal_basis.as_deref() == acting.basis().map(|basis| basis.stated.as_str());
        acting.context_mut().legal_basis &= same;
        acting.permit(Action::IdentityRead, &record.body.resource(&record.id)).await?;
        for_prosecution(&acting, &record.id)?;
        if request.body.by != acting.who() {
            return Err(RegisterError::Duty("who asked reads it, and nobody else"));
        }
        if acting.caller().purpose != request.body.purpose {
            return Err(RegisterError::Duty("it is read for the purpose it was asked for (SG-007)"));
        }
        if request.body.state != RequestState::Approved || at >= request.body.until {
            return Err(RegisterError::State("it is not approved, was read, or its time is over; make a new request".into()));
        }
        let plain = acting.tx()?.unseal(&sealed(&record.id)).await?;
        let is = serde_json::from_slice(&plain).map_err(|_| RegisterError::State("the sealed identity does not read back".into()))?;
        request.body.state = RequestState::Read;
        acting.tx()?.put(&mut request).await?;
        let note = acting.note_on("vault.opened", "opening", id).about("victim", "", &record.id);
        acting.done(Notes::one(note)).await?;
        Ok(is)
    }

    /// Requests of a person, with who asked and who let them: for those who look after the person.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn identity_requests(
        &self,
        caller: &Caller,
        victim: &str,
        page: &Page,
        at: Timestamp,
    ) -> Result<Vec<Stored<IdentityRequest>>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let record = on_record(&mut acting, victim).await?;
        acting.permit(Action::VictimRead, &record.body.resource(victim)).await?;
        let requests = acting.tx()?.list::<IdentityRequest>(Find::Parent(victim), page).await?;
        let note = acting.note_on("vault.requests_listed", "victim", victim);
        acting.done(Notes::one(note)).await?;
        Ok(requests)
    }

    /// Destroys the keys of identity and safe contact: nobody reads them again, here or in a copy (SG-035, SG-057).
    ///
    /// # Errors
    /// [`RegisterError::State`] while a lawful hold lasts.
    pub async fn erase_identity(&self, caller: &Caller, victim: &str, reason: &str, at: Timestamp) -> Result<(), RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut record = on_record(&mut acting, victim).await?;
        acting.permit(Action::IdentityErase, &record.body.resource(victim)).await?;
        let reason = checked_text("reason", reason, 500)?;
        if is_held(&mut acting, &record.body).await? {
            return Err(RegisterError::State("a lawful hold is in force; erase when it has ended".into()));
        }
        acting.tx()?.erase(&sealed(victim)).await?;
        acting.tx()?.erase(&super::contact::sealed(victim)).await?;
        if let Some(mut identity) = of(&mut acting, victim).await? {
            identity.body.erased = Some(at);
            acting.tx()?.put(&mut identity).await?;
        }
        record.body.has_contact = false;
        acting.tx()?.put(&mut record).await?;
        // What the ledger's entries about the person were made over goes as well; entries and proofs stay (SG-081).
        acting.tx()?.forget_about("victim", victim).await?;
        let note = acting.note_on("identity.erased", "victim", victim).with(&serde_json::json!({"reason": reason}));
        acting.done(Notes::one(note)).await?;
        Ok(())
    }
}
