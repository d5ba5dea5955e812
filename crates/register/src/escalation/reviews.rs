//! Reading, gate, co-signature, consultation and signatures.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;
use tributary_access::{Action, Role};
use tributary_cases::{Find, Notes, Page, Stored};
use tributary_escalation::words::Outcome;
use tributary_escalation::{Content, Event, State, leaks};
use tributary_model::Timestamp;

use super::{EscalationFile, actor, content_of, load, material_of, note, open, step, voided};
use crate::acting::{Acting, Caller, as_read};
use crate::people::account::Account;
use crate::people::agency::checked_text;
use crate::victim::{Referral, Victim};
use crate::{Register, RegisterError};

/// An escalation as its readers see it.
#[derive(Debug, Clone, PartialEq)]
pub struct EscalationView {
    /// Where it stands.
    pub file: Stored<EscalationFile>,
    /// What would be sent; none before it was screened.
    pub content: Option<Content>,
}

/// What civil society is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Question {
    /// The question.
    pub question: String,
    /// Until when an answer is waited for.
    pub until: Timestamp,
    /// Objections and the owner's answers to them.
    pub objections: Vec<(String, Option<String>)>,
}

/// The record of the person that the gate decides on.
async fn victim_of(acting: &mut Acting, party: &str, case: Option<&str>) -> Result<Stored<Victim>, RegisterError> {
    let found = acting.tx()?.list::<Victim>(Find::Key("party", party), &Page::first(100)).await?;
    found.into_iter().find(|victim| victim.body.case.as_deref() == case).ok_or(RegisterError::Missing("person"))
}

impl Register {
    /// Reads it with its content; that it was opened as it is counts for a signature (SG-015).
    ///
    /// # Errors
    /// [`RegisterError::Missing`] where the caller may not know of it.
    pub async fn read_escalation(&self, caller: &Caller, id: &str, at: Timestamp) -> Result<EscalationView, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut loaded = load(&mut acting, id).await?;
        acting.permit(Action::EscalationRead, &loaded.resource()).await?;
        let content = match loaded.machine().hash.clone() {
            None => None,
            Some(hash) => {
                let content = content_of(&mut acting, id).await?;
                if content.hash().ok().as_ref() != Some(&hash) {
                    return Err(RegisterError::State("the sealed content is not the one that was screened".into()));
                }
                if loaded.machine().state.before_sent() && acting.at() < loaded.machine().expires(&loaded.protocol) {
                    let by = actor(&acting.caller().principal)?;
                    step(&mut acting, &mut loaded, Event::Opened { by, hash }).await?;
                }
                Some(content)
            }
        };
        let entry = note(&acting, "escalation.read", &loaded, loaded.machine().state);
        acting.done(Notes::one(entry)).await?;
        Ok(EscalationView { file: loaded.file, content })
    }

    /// Escalations that the caller was put on.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn escalations(&self, caller: &Caller, page: &Page, at: Timestamp) -> Result<Vec<Stored<EscalationFile>>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let who = acting.who().to_owned();
        let own = tributary_access::Resource { assigned: who.clone(), ..acting.own() };
        acting.permit(Action::EscalationRead, &own).await?;
        let mut found = acting.tx()?.list::<EscalationFile>(Find::Key("member", &who), page).await?;
        found.retain(|file| !file.body.suspended);
        found.retain(|file| acting.may(Action::EscalationRead, &file.body.resource(&file.id, None)));
        let entry = acting.note("escalation.listed");
        acting.done(Notes::one(entry)).await?;
        Ok(found)
    }

    /// Decides in the non-punishment gate on one person: by a prosecutor or the victim service on the person's own record (SG-032).
    ///
    /// # Errors
    /// [`RegisterError::Duty`] for who drafted it, [`RegisterError::State`] with what is missing.
    #[expect(clippy::too_many_arguments, reason = "each is a part of the decision")]
    pub async fn gate_escalation(
        &self,
        caller: &Caller,
        id: &str,
        version: i64,
        party: &str,
        outcome: Outcome,
        reason: &str,
        at: Timestamp,
    ) -> Result<Stored<EscalationFile>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut loaded = load(&mut acting, id).await?;
        let victim = victim_of(&mut acting, party, loaded.file.body.case.as_deref()).await?;
        acting.permit(Action::VictimGate, &victim.body.resource(&victim.id)).await?;
        as_read(&loaded.file, version)?;
        let reason = checked_text("reason", reason, 2_000)?;
        let offered = !acting.tx()?.list::<Referral>(Find::Parent(&victim.id), &Page::first(1)).await?.is_empty();
        let by = actor(&acting.caller().principal)?;
        let hash = loaded.machine().hash.clone().unwrap_or_default();
        let event = Event::Gate { by, party: party.into(), outcome, reason, referral_offered: offered, hash };
        let before = step(&mut acting, &mut loaded, event).await?;
        let through = outcome == Outcome::Proceed && loaded.machine().state != State::Gate;
        let kind = if through { "gate.passed" } else { "gate.decided" };
        let entry = note(&acting, kind, &loaded, before.state).tag("outcome", outcome.as_str()).about("victim", "", &victim.id);
        acting.done(voided(Notes::one(entry), id, &before, loaded.machine())).await?;
        Ok(loaded.file)
    }

    /// Co-signs, or refuses, as the rights officer it was put to, who has opened it as it is (SG-006).
    ///
    /// # Errors
    /// [`RegisterError::Duty`] for who has not opened it.
    pub async fn cosign_escalation(
        &self,
        caller: &Caller,
        id: &str,
        version: i64,
        accept: bool,
        reason: &str,
        at: Timestamp,
    ) -> Result<Stored<EscalationFile>, RegisterError> {
        let (mut acting, mut loaded) = open(self, caller, id, version, Action::EscalationCosign, at).await?;
        let reason = checked_text("reason", reason, 2_000)?;
        let hash = loaded.machine().hash.clone().unwrap_or_default();
        if loaded.machine().opened.get(acting.who()) != Some(&hash) {
            return Err(RegisterError::Duty("open the content as it is before you co-sign it (SG-006)"));
        }
        let by = actor(&acting.caller().principal)?;
        let before = step(&mut acting, &mut loaded, Event::Cosign { by, accept, reason, hash }).await?;
        let kind = if accept { "rights.cosigned" } else { "rights.refused" };
        // The audit rules' word for the role.
        let entry = note(&acting, kind, &loaded, before.state).tag("role", "rights-officer");
        acting.done(Notes::one(entry.tag("outcome", if accept { "accepted" } else { "refused" }))).await?;
        Ok(loaded.file)
    }

    /// Signs the content as it is (SG-015).
    ///
    /// # Errors
    /// [`RegisterError::Duty`] for the drafter, a shared unit or a second time; [`RegisterError::State`] with what is missing.
    pub async fn sign_escalation(
        &self,
        caller: &Caller,
        id: &str,
        version: i64,
        hash: &str,
        at: Timestamp,
    ) -> Result<Stored<EscalationFile>, RegisterError> {
        let (mut acting, mut loaded) = open(self, caller, id, version, Action::EscalationSign, at).await?;
        let by = actor(&acting.caller().principal)?;
        let before = step(&mut acting, &mut loaded, Event::Sign { by, hash: hash.to_owned() }).await?;
        let entry = note(&acting, "escalation.signed", &loaded, before.state).tag("outcome", "accepted");
        acting.done(Notes::one(entry)).await?;
        Ok(loaded.file)
    }

    /// Refuses it, as somebody who was to sign or to co-sign.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn refuse_escalation(
        &self,
        caller: &Caller,
        id: &str,
        version: i64,
        reason: &str,
        at: Timestamp,
    ) -> Result<Stored<EscalationFile>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut loaded = load(&mut acting, id).await?;
        let officer = acting.caller().principal.role == Role::RightsOfficer;
        acting.permit(if officer { Action::EscalationCosign } else { Action::EscalationSign }, &loaded.resource()).await?;
        as_read(&loaded.file, version)?;
        let reason = checked_text("reason", reason, 2_000)?;
        let by = actor(&acting.caller().principal)?;
        let before = step(&mut acting, &mut loaded, Event::Refuse { by, reason }).await?;
        let entry = note(&acting, "escalation.refused", &loaded, before.state).tag("reason", if officer { "rights" } else { "signer" });
        acting.done(Notes::one(entry)).await?;
        Ok(loaded.file)
    }

    /// Asks civil society a question without personal data (SG-087).
    ///
    /// # Errors
    /// [`RegisterError::Invalid`] for a question in which a party's name or number stands.
    pub async fn ask_consultation(
        &self,
        caller: &Caller,
        id: &str,
        version: i64,
        question: &str,
        accounts: &BTreeSet<String>,
        at: Timestamp,
    ) -> Result<Stored<EscalationFile>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut loaded = load(&mut acting, id).await?;
        let resource = loaded.resource();
        acting.permit(Action::EscalationConsult, &resource).await?;
        as_read(&loaded.file, version)?;
        let question = checked_text("question", question, 2_000)?;
        let material = material_of(&mut acting, id).await?;
        if leaks(&material, &question, true) {
            return Err(RegisterError::invalid("question", "it holds a name, a number or a statement of the material; ask without (SG-087)"));
        }
        if !(1..=50).contains(&accounts.len()) {
            return Err(RegisterError::invalid("accounts", "1 to 50 accounts"));
        }
        let mut bodies = Vec::new();
        for account in accounts {
            let asked = acting.tx()?.get::<Account>(account).await?.filter(|one| one.body.is_active()).ok_or(RegisterError::Missing("account"))?;
            if asked.body.is.role != Role::Observer || resource.excluded_agencies.contains(&asked.body.is.agency) {
                return Err(RegisterError::Duty("observers of agencies that the case does not exclude are asked"));
            }
            let class = asked.body.class.as_str().parse().map_err(|_| RegisterError::invalid("accounts", "of a known class"))?;
            bodies.push((asked.body.is.agency, class));
        }
        let by = actor(&acting.caller().principal)?;
        let hash = loaded.machine().hash.clone().unwrap_or_default();
        loaded.file.body.asked.clone_from(accounts);
        let before = step(&mut acting, &mut loaded, Event::Ask { by, question, bodies, hash }).await?;
        let entry = note(&acting, "consultation.asked", &loaded, before.state).tag("asked", accounts.len().to_string());
        acting.done(Notes::one(entry)).await?;
        Ok(loaded.file)
    }

    /// The question, for those who are asked: they see nothing else of the escalation.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn consultation(&self, caller: &Caller, id: &str, at: Timestamp) -> Result<Question, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let loaded = load(&mut acting, id).await?;
        acting.permit(Action::EscalationConsult, &loaded.file.body.question_resource(id)).await?;
        let asked = loaded.machine().consultation.clone().ok_or_else(|| RegisterError::State("nothing is asked any more".into()))?;
        let entry = acting.note_on("consultation.read", "escalation", id);
        acting.done(Notes::one(entry)).await?;
        let objections = asked.objections.into_iter().map(|one| (one.text, one.reply)).collect();
        Ok(Question { question: asked.question, until: asked.until, objections })
    }

    /// Answers for one's body, with objections (SG-087).
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn answer_consultation(
        &self,
        caller: &Caller,
        id: &str,
        text: &str,
        objections: Vec<String>,
        at: Timestamp,
    ) -> Result<(), RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut loaded = load(&mut acting, id).await?;
        acting.permit(Action::EscalationConsult, &loaded.file.body.question_resource(id)).await?;
        let text = checked_text("text", text, 2_000)?;
        let by = actor(&acting.caller().principal)?;
        let count = objections.len();
        let before = step(&mut acting, &mut loaded, Event::Answer { by, text, objections }).await?;
        let entry = note(&acting, "consultation.answered", &loaded, before.state).tag("objections", count.min(99).to_string());
        acting.done(Notes::one(entry)).await?;
        Ok(())
    }

    /// Answers an objection, by its place, as the owner (SG-087). The answer is read by civil society: it holds no personal data either.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn reply_objection(
        &self,
        caller: &Caller,
        id: &str,
        version: i64,
        objection: usize,
        text: &str,
        at: Timestamp,
    ) -> Result<Stored<EscalationFile>, RegisterError> {
        let (mut acting, mut loaded) = open(self, caller, id, version, Action::EscalationConsult, at).await?;
        let text = checked_text("text", text, 2_000)?;
        let material = material_of(&mut acting, id).await?;
        if leaks(&material, &text, true) {
            return Err(RegisterError::invalid("text", "it holds a name, a number or a statement of the material; answer without (SG-087)"));
        }
        let by = actor(&acting.caller().principal)?;
        let before = step(&mut acting, &mut loaded, Event::Reply { by, objection, text }).await?;
        let entry = note(&acting, "consultation.replied", &loaded, before.state);
        acting.done(Notes::one(entry)).await?;
        Ok(loaded.file)
    }

    /// Closes the consultation: as the owner when its days are over and enough have answered, or as the rights officer with a reason.
    ///
    /// # Errors
    /// [`RegisterError::State`] while an objection has no answer.
    pub async fn close_consultation(
        &self,
        caller: &Caller,
        id: &str,
        version: i64,
        reason: &str,
        at: Timestamp,
    ) -> Result<Stored<EscalationFile>, RegisterError> {
        let (mut acting, mut loaded) = open(self, caller, id, version, Action::EscalationConsult, at).await?;
        let reason = checked_text("reason", reason, 2_000)?;
        let by = actor(&acting.caller().principal)?;
        let before = step(&mut acting, &mut loaded, Event::CloseConsultation { by, reason }).await?;
        let entry = note(&acting, "consultation.closed", &loaded, before.state);
        acting.done(Notes::one(entry)).await?;
        Ok(loaded.file)
    }
}
