//! Deciding on an alert. One call takes the reading of the first, the second and the third reader, and of whoever reads a sample again: each
//! does the same, and none is told which it is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::Action;
use tributary_cases::{Keys, Note, Notes, Stored};
use tributary_model::Timestamp;
use tributary_model::time::MICROS_PER_DAY;

use super::import::pack_tag;
use super::purge::in_use;
use super::record::{Alert, AlertState, Disposition, Outcome, OverrideCode, Reading, ReasonCode, Reread, Stage};
use super::view::AlertView;
use super::weigh::{add_counter, weighing_of};
use super::{queue, reread};
use crate::acting::{Acting, Caller, as_read, unit_of};
use crate::people::agency::checked_text;
use crate::{Register, RegisterError};

/// Days in which a third reader decides between two; then it counts as insufficient.
const ADJUDICATE_DAYS: i64 = 30;

/// What a reader decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AlertDecision")]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The version that was read.
    pub version: i64,
    /// What.
    pub disposition: Disposition,
    /// Why: a reason for this disposition.
    pub reason: ReasonCode,
    /// Why, in words.
    pub text: String,
    /// Why against what the program leans to: needed where it is (SG-013).
    #[serde(default)]
    pub overrides: Option<OverrideCode>,
    /// What speaks against the alert (SG-011).
    #[serde(default)]
    pub counter_evidence: Option<String>,
}

impl Register {
    /// Decides on an alert as its next reader. It is closed by a decision other than *confirmed*, by two readings that agree, or by a third;
    /// a share of what is closed is read again.
    ///
    /// # Errors
    /// [`RegisterError::State`] before every hypothesis was weighed (SG-012); [`RegisterError::Denied`] or [`RegisterError::Duty`] for who
    /// has read it, or belongs to the first reader's unit (SG-015); [`RegisterError::Invalid`] for a reason of another disposition, or where
    /// it is not said why the program is wrong; [`RegisterError::Conflict`] when it was changed since it was read.
    pub async fn dispose(&self, caller: &Caller, id: &str, decision: Decision, at: Timestamp) -> Result<AlertView, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut alert = in_use(&mut acting, id).await?;
        let action = alert.body.stage().map_or(Action::AlertDispose, Stage::action);
        acting.permit(action, &alert.body.resource(id, true, &caller.principal.id)).await?;
        as_read(&alert, decision.version)?;
        let stage = self.may_decide(&mut acting, &alert, caller).await?;
        let reading = checked(&alert.body, &decision, caller, stage, at)?;
        if let Some(text) = &decision.counter_evidence {
            add_counter(&mut alert.body, &caller.principal.id, text, at)?;
        }
        let mut notes = reading_notes(&acting, &alert, &reading);
        record(&mut alert.body, reading);
        if settle(&mut alert.body, stage, at) {
            reread::draw(self.keys(), self.settings(), &alert.id, &mut alert.body);
            notes = closing_notes(&alert).into_iter().fold(notes, Notes::and);
        }
        acting.tx()?.put(&mut alert).await?;
        let seen = queue::seen_by(&mut acting, &alert, true).await?;
        acting.done(notes).await?;
        Ok(seen)
    }

    /// The duties that no policy knows.
    async fn may_decide(&self, acting: &mut Acting, alert: &Stored<Alert>, caller: &Caller) -> Result<Stage, RegisterError> {
        let stage = alert.body.reader_may_be(&caller.principal)?;
        if !alert.body.is_free_for(&caller.principal.id, acting.at()) {
            return Err(RegisterError::State("somebody else has it in hand, or it is put aside".into()));
        }
        if weighing_of(acting.tx()?, alert, &caller.principal.id).await?.is_none() {
            return Err(RegisterError::State("weigh each hypothesis before you decide".into()));
        }
        Ok(stage)
    }
}

/// The reading that a decision makes.
fn checked(alert: &Alert, decision: &Decision, caller: &Caller, stage: Stage, at: Timestamp) -> Result<Reading, RegisterError> {
    if decision.reason.disposition() != decision.disposition || decision.reason == ReasonCode::NoAgreement {
        let own = |code: &&ReasonCode| code.disposition() == decision.disposition && **code != ReasonCode::NoAgreement;
        let fitting = ReasonCode::ALL.iter().filter(own).map(|code| code.as_str()).collect::<Vec<_>>().join("`, `");
        return Err(RegisterError::invalid("reason", format!("one of `{fitting}` for this decision")));
    }
    let overridden = alert.leaning.is_overridden(decision.disposition);
    if overridden && decision.overrides.is_none() {
        let codes = OverrideCode::ALL.iter().map(|code| code.as_str()).collect::<Vec<_>>().join("`, `");
        return Err(RegisterError::invalid("overrides", format!("the program leans the other way: say why it is wrong, by one of `{codes}`")));
    }
    Ok(Reading {
        by: caller.principal.id.clone(),
        role: caller.principal.role.as_str().to_owned(),
        unit: unit_of(&caller.principal),
        at,
        stage,
        round: alert.round,
        disposition: decision.disposition,
        reason: decision.reason,
        text: checked_text("text", &decision.text, 4_000)?,
        overrides: decision.overrides.filter(|_| overridden),
    })
}

fn record(alert: &mut Alert, reading: Reading) {
    alert.readings.push(reading);
    alert.claim = None;
    alert.snooze = None;
}

/// What follows from the latest reading. Whether the alert is closed by it.
fn settle(alert: &mut Alert, stage: Stage, at: Timestamp) -> bool {
    let all: Vec<Disposition> = alert.this_round().map(|reading| reading.disposition).collect();
    let Some(last) = all.last().copied() else { return false };
    let closes_with = match stage {
        Stage::First => Some(last).filter(|it| *it != Disposition::Confirmed),
        Stage::Second => Some(last).filter(|it| all.first() == Some(it)),
        Stage::Third => Some(majority(&all)),
        Stage::Reread => {
            alert.reread = Reread::Done;
            alert.outcome.map(|outcome| outcome.disposition).filter(|it| *it == last)
        }
    };
    match closes_with {
        Some(disposition) => close(alert, disposition, at),
        // The second reader of a confirmed alert may come in their time; two that differ are given some.
        None if stage == Stage::First => {}
        None => {
            alert.state = AlertState::Waiting;
            alert.outcome = None;
            alert.adjudicate_by = Some(Timestamp(at.0.saturating_add(ADJUDICATE_DAYS * MICROS_PER_DAY)));
        }
    }
    closes_with.is_some()
}

/// What most of several readings say; where no two agree, or as many say one thing as another, nothing can be said.
fn majority(all: &[Disposition]) -> Disposition {
    let count = |it: Disposition| all.iter().filter(|one| **one == it).count();
    let most = Disposition::ALL.iter().map(|it| count(*it)).max().unwrap_or(0);
    let mut leading = Disposition::ALL.iter().filter(|it| count(**it) == most);
    match (leading.next(), leading.next()) {
        (Some(it), None) if most > 1 => *it,
        _ => Disposition::Insufficient,
    }
}

/// Closes an alert.
pub(super) fn close(alert: &mut Alert, disposition: Disposition, at: Timestamp) {
    let agreed = two_units(alert, disposition).len() > 1;
    alert.state = AlertState::Closed;
    alert.outcome = Some(Outcome { disposition, at, agreed });
    alert.adjudicate_by = None;
    alert.claim = None;
    alert.snooze = None;
}

/// A reading in the ledger: who of which unit, and not what, as long as another may have to read. What it says is committed to.
fn reading_notes(acting: &Acting, alert: &Stored<Alert>, reading: &Reading) -> Notes {
    let notes = Notes::one(acting.note_on("alert.read_decided", "alert", &alert.id).tag("stage", reading.stage.as_str()).with(reading));
    match reading.overrides {
        Some(code) => notes.and(acting.note_on("decision.overridden", "alert", &alert.id).tag("reason", code.as_str())),
        None => notes,
    }
}

/// A closed alert in the ledger, as the transparency report counts it (SG-084); and where it was confirmed, the two readings of two units
/// that an auditor looks for before anything is sent (SG-015). A decoy is no alert: it is counted for itself, under a reference that leads
/// to no other entry.
pub(super) fn closing_notes(alert: &Stored<Alert>) -> Vec<Note> {
    let body = &alert.body;
    let outcome = body.outcome.map_or(Disposition::Insufficient, |outcome| outcome.disposition);
    if let Some(decoy) = &body.decoy {
        let right = if decoy.expected == outcome { "right" } else { "wrong" };
        return vec![Note::of("decoy.closed").about("decoy", "", &alert.id).tag("outcome", right)];
    }
    let agreed = body.outcome.is_some_and(|outcome| outcome.agreed);
    let closed = Note::of("alert.disposed")
        .about("alert", "", &alert.id)
        .about("agency", &alert.id, &body.agency)
        .tag("outcome", outcome.as_str())
        .tag("agreed", if agreed { "yes" } else { "no" })
        .tag("kind", body.kind.name())
        .tag("region", body.jurisdiction.to_ascii_lowercase())
        .tag("pack", pack_tag(body));
    let mut notes = vec![closed.with(&body.outcome)];
    if agreed && outcome == Disposition::Confirmed {
        let pair = ["review.first_read", "review.second_read"].into_iter().zip(two_units(body, outcome));
        notes.extend(pair.map(|(kind, reading)| {
            Note::of(kind)
                .about("alert", "", &alert.id)
                .about("actor", &alert.id, &reading.by)
                .about("unit", &alert.id, &reading.unit)
                .tag("role", reading.role.clone())
                .tag("outcome", outcome.as_str())
        }));
    }
    notes
}

/// The first reading that says so, and the first of another unit that does.
fn two_units(alert: &Alert, says: Disposition) -> Vec<&Reading> {
    let saying = || alert.this_round().filter(move |reading| reading.disposition == says);
    let Some(first) = saying().next() else { return Vec::new() };
    std::iter::once(first).chain(saying().find(|other| other.unit != first.unit)).collect()
}

/// Whether a closed alert belongs to the closed ones that are drawn from.
pub(super) fn may_be_drawn(alert: &Alert) -> bool {
    alert.state == AlertState::Closed && alert.decoy.is_none() && alert.reread == Reread::No
}

/// A number in 0..1 that nobody without the register's key can foretell.
pub(super) fn keyed_share(keys: &Keys, scope: &str, id: &str) -> f64 {
    let digits: String = keys.pseudonym(scope, id).as_str().chars().take(8).collect();
    f64::from(u32::from_str_radix(&digits, 16).unwrap_or(0)) / (f64::from(u32::MAX) + 1.0)
}
