//! A source turns out to be wrong: what rests on it is looked at again, and whoever was told is told (SG-019).

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, Resource};
use tributary_cases::{Find, Note, Notes, Page, Record, Stored, Writing};
use tributary_model::{AlertKind, Family, Side, Timestamp};

use super::queue::all_by_key;
use super::record::{Alert, AlertState, Notice, Reread};
use crate::acting::{Acting, Caller};
use crate::escalation::finding::of as finding;
use crate::people::agency::checked_text;
use crate::{Register, RegisterError};

/// What an alert needs at least (SG-010): so many families of indicators, and so many sources.
const AT_LEAST: usize = 2;
/// For every agency.
const EVERYBODY: &str = "*";
/// Withdrawn sources that are looked at.
const SOURCES_MAX: u32 = 10_000;
/// Characters of a source's id.
const SOURCE_MAX: usize = 200;

/// A source that was withdrawn: for an agency, or for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawnSource {
    /// Its id.
    pub source: String,
    /// The agency for whose alerts it was withdrawn; `*` for all.
    pub agency: String,
    /// Why.
    pub reason: String,
    /// Who did; nobody where the program that keeps the observations did.
    pub by: String,
}

impl Record for WithdrawnSource {
    const KIND: &'static str = "withdrawn_source";

    fn agency(&self) -> &str {
        &self.agency
    }

    fn sole_keys(&self) -> Vec<(&'static str, String)> {
        vec![("source", format!("{}/{}", self.agency, self.source))]
    }
}

/// An alert that rested on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Affected {
    /// Its id. Escalations that rest on it are found by it.
    pub alert: String,
    /// It stands without the source, and is read anew; otherwise it was withdrawn.
    pub stands: bool,
    /// Cases for which it was unmasked: their members are to be told.
    pub cases: BTreeSet<String>,
}

/// What a withdrawal led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Withdrawal {
    /// The source.
    pub source: String,
    /// Every alert that rested on it, oldest first. Whoever was sent one of them is to be told.
    pub affected: Vec<Affected>,
}

/// The sources that were withdrawn for an agency's alerts.
pub(super) async fn in_force(writing: &mut Writing, agency: &str) -> Result<BTreeSet<String>, RegisterError> {
    let mut all = BTreeSet::new();
    for whose in [agency, EVERYBODY] {
        let found = writing.list::<WithdrawnSource>(Find::Agency(whose), &Page::first(SOURCES_MAX)).await?;
        all.extend(found.into_iter().map(|one| one.body.source));
    }
    Ok(all)
}

/// Whether what stands of an alert is enough for one (SG-010): two families and two sources; where two sides meet, two families for each, to
/// which those that speak for neither side count.
pub(super) fn is_enough(alert: &Alert) -> bool {
    let families = |side: Option<Side>| {
        let speaks = |of: Side| side.is_none_or(|side| of == side || of == Side::Neutral);
        alert.standing().filter(|ground| speaks(ground.side)).map(|ground| ground.family).collect::<BTreeSet<Family>>().len()
    };
    let both = [Side::Trafficking, Side::TerroristFinancing].into_iter().all(|side| families(Some(side)) >= AT_LEAST);
    families(None) >= AT_LEAST && alert.sources().len() >= AT_LEAST && (alert.kind != AlertKind::Convergence || both)
}

impl Register {
    /// Withdraws a source for the alerts of the caller's agency. Those that do not stand without it are withdrawn; the others go back into
    /// the queue with a notice, to be read anew by anybody.
    ///
    /// # Errors
    /// [`RegisterError::State`] for one that was withdrawn before.
    pub async fn withdraw_source(&self, caller: &Caller, source: &str, reason: &str, at: Timestamp) -> Result<Withdrawal, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let agency = caller.principal.agency.clone();
        let stub = Resource { id: "all".into(), owner: agency.clone(), masked: true, ..Resource::default() };
        acting.permit(Action::AlertWithdraw, &stub).await?;
        let withdrawn =
            WithdrawnSource { source: checked_source(source)?, agency, reason: checked_text("reason", reason, 1_000)?, by: acting.who().to_owned() };
        let note = acting
            .note("source.withdrawn")
            .tag("reason", "stated")
            .about("source", "", source)
            .about("agency", "", &withdrawn.agency)
            .with(&withdrawn);
        let (withdrawal, mut notes) = withdraw(acting.tx()?, withdrawn, Notes::one(note), at).await?;
        // What went up on such an alert is called back, or goes no further, in the same transaction.
        for affected in &withdrawal.affected {
            let finding = finding(&acting.tx()?.need::<Alert>(&affected.alert).await?.body);
            (notes, _) = self.escalations_without_source(&mut acting, &affected.alert, &finding, notes).await?;
        }
        acting.done(notes).await?;
        Ok(withdrawal)
    }

    /// The same by a decision of redress, for the alerts of an agency, in the transaction of who decides (SG-018).
    ///
    /// # Errors
    /// As [`Register::withdraw_source`].
    pub(crate) async fn withdraw_source_by_order(
        &self,
        acting: &mut Acting,
        agency: &str,
        source: &str,
        reason: &str,
        notes: Notes,
        at: Timestamp,
    ) -> Result<Notes, RegisterError> {
        let by = acting.who().to_owned();
        let withdrawn = WithdrawnSource { source: checked_source(source)?, agency: agency.to_owned(), reason: reason.to_owned(), by };
        let note = acting.note("source.withdrawn").tag("reason", "redress").about("source", "", source).about("agency", "", agency).with(&withdrawn);
        let (withdrawal, mut notes) = withdraw(acting.tx()?, withdrawn, notes.and(note), at).await?;
        for affected in &withdrawal.affected {
            let finding = finding(&acting.tx()?.need::<Alert>(&affected.alert).await?.body);
            (notes, _) = self.escalations_without_source(acting, &affected.alert, &finding, notes).await?;
        }
        Ok(notes)
    }

    /// Withdraws a source for everybody's alerts. The program that keeps the observations does this when a batch is withdrawn there.
    ///
    /// # Errors
    /// As [`Register::withdraw_source`].
    pub async fn withdraw_source_for_all(&self, source: &str, reason: &str, at: Timestamp) -> Result<Withdrawal, RegisterError> {
        let reason = checked_text("reason", reason, 1_000)?;
        let withdrawn = WithdrawnSource { source: checked_source(source)?, agency: EVERYBODY.into(), reason, by: String::new() };
        let mut writing = self.store().write(at).await?;
        let note = Note::of("source.withdrawn").tag("reason", "stated").about("source", "", source).with(&withdrawn);
        let (withdrawal, notes) = withdraw(&mut writing, withdrawn, Notes::one(note), at).await?;
        writing.commit(notes).await?;
        Ok(withdrawal)
    }
}

fn checked_source(source: &str) -> Result<String, RegisterError> {
    let fits = (1..=SOURCE_MAX).contains(&source.chars().count()) && !source.chars().any(|c| c.is_control() || c.is_whitespace());
    if fits { Ok(source.to_owned()) } else { Err(RegisterError::invalid("source", format!("1 to {SOURCE_MAX} characters without spaces"))) }
}

async fn withdraw(writing: &mut Writing, withdrawn: WithdrawnSource, mut notes: Notes, at: Timestamp) -> Result<(Withdrawal, Notes), RegisterError> {
    let (source, whose) = (withdrawn.source.clone(), withdrawn.agency.clone());
    let id = writing.new_id();
    writing.add(&id, withdrawn).await?;
    let mut affected = Vec::new();
    let mut resting = all_by_key(writing, "source", &source).await?;
    resting.retain(|alert| whose == EVERYBODY || alert.body.agency == whose);
    for alert in &mut resting {
        if alert.body.this_round().next().is_some() {
            // Readings of evidence that is gone count no more, for an auditor neither.
            notes = notes.and(Note::of("review.withdrawn").about("alert", "", &alert.id));
        }
        let stands = take_away(&mut alert.body, &source, at);
        writing.put(alert).await?;
        let outcome = if stands { "read_anew" } else { "withdrawn" };
        let note = Note::of("alert.source_withdrawn").about("alert", "", &alert.id).tag("outcome", outcome);
        notes = notes.and(note.with(&serde_json::json!({"source": source})));
        affected.push(told(alert, stands));
    }
    Ok((Withdrawal { source, affected }, notes))
}

fn told(alert: &Stored<Alert>, stands: bool) -> Affected {
    Affected { alert: alert.id.clone(), stands, cases: alert.body.unmasked.iter().map(|one| one.case.clone()).collect() }
}

/// Takes a source away from under an alert. Whether the alert stands without it.
fn take_away(alert: &mut Alert, source: &str, at: Timestamp) -> bool {
    alert.withdrawn.insert(source.to_owned());
    let stands = is_enough(alert);
    alert.state = if stands { AlertState::Waiting } else { AlertState::Withdrawn };
    // What was decided was decided on evidence that is gone: it is read anew, by anybody.
    alert.round = alert.round.saturating_add(1);
    alert.outcome = None;
    alert.reread = Reread::No;
    alert.adjudicate_by = None;
    alert.claim = None;
    alert.snooze = None;
    let text = if stands {
        "A source that this rested on was withdrawn. What rests on it alone is marked; the figures still count it."
    } else {
        "A source that this rested on was withdrawn, and without it there is too little."
    };
    alert.notices.push(Notice { at, text: text.into() });
    stands
}
