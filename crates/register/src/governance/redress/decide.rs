//! Deciding a request, putting right what was wrong, and answering without telling what may not be told.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::Action;
use tributary_cases::{Notes, Stored};
use tributary_model::Timestamp;

use super::notice::{holders, may_tell};
use super::rules::RedressRules;
use super::take::days;
use super::{About, AboutKind, Asks, Decided, Redress, Ruling, STANDARD_ANSWER};
use crate::acting::{Acting, Caller};
use crate::case::Party;
use crate::escalation::EscalationFile;
use crate::people::agency::checked_text;
use crate::{Register, RegisterError};

/// Things that one decision puts right.
const REMEDIES_MAX: usize = 20;

/// What a decision puts right, by what the register has for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Remedy {
    /// A source is wrong: alerts that rest on it are withdrawn or read anew, escalations on them recalled (SG-019).
    Source {
        /// The agency whose alerts rest on it.
        agency: String,
        /// Its id.
        source: String,
    },
    /// A party is no subject any more.
    Party {
        /// The party.
        party: String,
    },
    /// An escalation is taken back, and its recipient told.
    Escalation {
        /// The escalation.
        escalation: String,
        /// The version that was read.
        version: i64,
    },
}

/// What deciding takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDecision {
    /// The version that was read.
    pub version: i64,
    /// How.
    pub ruling: Ruling,
    /// Why; for the file.
    pub reason: String,
    /// What is put right; with a ruling for the person alone.
    #[serde(default)]
    pub remedies: Vec<Remedy>,
}

/// What keeps the caller from deciding, if anything does.
async fn may_decide(acting: &mut Acting, request: &Redress) -> Result<(), RegisterError> {
    if request.decided.is_some() {
        return Err(RegisterError::State("it was decided before".into()));
    }
    let own = acting.caller().principal.agency.clone();
    let Some(first) = &request.appeal_of else { return Ok(()) };
    let first = acting.tx()?.need::<Redress>(first).await?;
    let decided = first.body.decided.as_ref();
    if decided.is_some_and(|decided| decided.agency == own || decided.by == acting.who()) || request.taken_by == acting.who() {
        return Err(RegisterError::Duty("another body than the one that decided hears an appeal, and another person than who took it in"));
    }
    if holders(acting, request.about.as_ref()).await?.include(&own, Some(acting.who())) {
        return Err(RegisterError::Duty("no body that holds what it is about hears an appeal"));
    }
    Ok(())
}

/// A remedy puts right what the request is about, and nothing else; what it names beside that is as if it were not there.
async fn fits(acting: &mut Acting, about: Option<&About>, remedy: &Remedy) -> Result<(), RegisterError> {
    let other = || RegisterError::invalid("remedies", "a remedy is of what the request is about");
    let about = about.ok_or_else(other)?;
    let holds = match remedy {
        // A source is named by who looked into what the request is about; withdrawing it opens nothing.
        Remedy::Source { .. } => true,
        Remedy::Party { party } => match about.kind {
            AboutKind::Party => *party == about.id,
            AboutKind::Case => acting.tx()?.get::<Party>(party).await?.is_some_and(|one| one.body.placed.case == about.id),
            AboutKind::Alert | AboutKind::Escalation => false,
        },
        Remedy::Escalation { escalation, .. } => match about.kind {
            AboutKind::Escalation => *escalation == about.id,
            AboutKind::Case => {
                let file = acting.tx()?.get::<EscalationFile>(escalation).await?;
                file.is_some_and(|one| one.body.case.as_deref() == Some(about.id.as_str()))
            }
            AboutKind::Alert | AboutKind::Party => false,
        },
    };
    if holds { Ok(()) } else { Err(other()) }
}

impl Register {
    /// Decides a request. What it puts right is put right in the same transaction; an escalation is taken back just before.
    ///
    /// # Errors
    /// [`RegisterError::Duty`] for an appeal before the body that decided; [`RegisterError::Invalid`] for remedies without a ruling for them.
    pub async fn decide_redress(&self, caller: &Caller, id: &str, new: NewDecision, at: Timestamp) -> Result<Stored<Redress>, RegisterError> {
        let (mut acting, request) = self.redress_for(caller, id, Some(new.version), Action::RedressDecide, at).await?;
        may_decide(&mut acting, &request.body).await?;
        let reason = checked_text("reason", &new.reason, 4_000)?;
        if new.remedies.len() > REMEDIES_MAX || (new.ruling == Ruling::NotUpheld && !new.remedies.is_empty()) {
            return Err(RegisterError::invalid("remedies", format!("at most {REMEDIES_MAX}, and none where nothing was wrong")));
        }
        for remedy in &new.remedies {
            fits(&mut acting, request.body.about.as_ref(), remedy).await?;
        }
        // An escalation is recalled by its own rules and its own entry. If what follows fails, it stays recalled: the safe side.
        drop(acting);
        for remedy in &new.remedies {
            if let Remedy::Escalation { escalation, version } = remedy {
                self.withdraw_escalation(caller, escalation, *version, &reason, at).await?;
            }
        }
        let (mut acting, mut request) = self.redress_for(caller, id, Some(new.version), Action::RedressDecide, at).await?;
        may_decide(&mut acting, &request.body).await?;
        let (by, agency) = (acting.who().to_owned(), caller.principal.agency.clone());
        request.body.decided = Some(Decided { by, agency, at, ruling: new.ruling, reason: reason.clone(), remedies: new.remedies.clone() });
        acting.tx()?.put(&mut request).await?;
        let late = if at > request.body.decide_by { "late" } else { "in_time" };
        let mut notes = Notes::one(acting.note_on("request.decided", "request", id).tag("clock", late).with(&request.body.decided));
        if request.body.asks == Asks::Appeal {
            notes = notes.and(acting.note_on("appeal.decided", "appeal", id).tag("outcome", new.ruling.as_str()));
        }
        for remedy in &new.remedies {
            notes = self.put_right(&mut acting, remedy, &reason, notes, at).await?;
        }
        acting.done(notes).await?;
        Ok(request)
    }

    async fn put_right(&self, acting: &mut Acting, remedy: &Remedy, reason: &str, notes: Notes, at: Timestamp) -> Result<Notes, RegisterError> {
        match remedy {
            Remedy::Source { agency, source } => self.withdraw_source_by_order(acting, agency, source, reason, notes, at).await,
            Remedy::Party { party } => Ok(notes.and(self.clear_party_by_order(acting, party, reason, at).await?)),
            Remedy::Escalation { .. } => Ok(notes),
        }
    }

    /// Takes longer, once, with a reason.
    ///
    /// # Errors
    /// [`RegisterError::State`] for a second time, or after it was decided.
    pub async fn extend_redress(
        &self,
        caller: &Caller,
        id: &str,
        version: i64,
        reason: &str,
        at: Timestamp,
    ) -> Result<Stored<Redress>, RegisterError> {
        let (mut acting, mut request) = self.redress_for(caller, id, Some(version), Action::RedressDecide, at).await?;
        if request.body.extended.is_some() || request.body.decided.is_some() || at > request.body.decide_by {
            return Err(RegisterError::State("it is extended once, before its time is over".into()));
        }
        request.body.extended = Some(checked_text("reason", reason, 2_000)?);
        request.body.decide_by = days(request.body.decide_by, RedressRules::of(&request.body.jurisdiction)?.clocks.extend_days);
        acting.tx()?.put(&mut request).await?;
        let note = acting.note_on("request.extended", "request", id).with(&request.body.extended);
        acting.done(Notes::one(note)).await?;
        Ok(request)
    }

    /// The answer to the person. In the officer's words only where what is held may be told; otherwise, and where nothing is held, the one
    /// standard text goes out, whatever was written. Never before its first day.
    ///
    /// # Errors
    /// [`RegisterError::State`] before it is decided, before its first day, and after it was answered.
    pub async fn answer_redress(
        &self,
        caller: &Caller,
        id: &str,
        version: i64,
        words: &str,
        at: Timestamp,
    ) -> Result<Stored<Redress>, RegisterError> {
        let (mut acting, mut request) = self.redress_for(caller, id, Some(version), Action::RedressDecide, at).await?;
        if request.body.decided.is_none() || request.body.answer.is_some() {
            return Err(RegisterError::State("an answer goes out once, after the decision".into()));
        }
        if at < request.body.answer_from {
            return Err(RegisterError::State(format!(
                "no answer goes out before {}: how fast it comes must tell nothing",
                request.body.answer_from.date()
            )));
        }
        let words = checked_text("answer", words, 10_000)?;
        let text = if may_tell(&mut acting, &request.body).await? { words } else { STANDARD_ANSWER.to_owned() };
        request.body.answer = Some((at, text));
        acting.tx()?.put(&mut request).await?;
        let requester = if request.body.victim.is_some() { "representative" } else { "person" };
        // The public part is the same whatever was held: what was ruled stands with appeals alone, in counts.
        let note = acting.note_on("request.answered", "request", id).tag("requester", requester).tag("outcome", "answered");
        acting.done(Notes::one(note.with(&request.body.answer))).await?;
        Ok(request)
    }
}
