//! Review-or-purge clocks of what is no case: alerts, escalations, records of victims, requests of redress, notices, and what stood out among
//! staff (SG-057).
//!
//! What nobody reviews in time is suspended: to everybody it is *not found*, and no list shows it. What is still not reviewed 90 days later is
//! purged, unless a lawful hold of its case lasts or something that is in use rests on it. With it go its keys, and the salts of the ledger's
//! entries about it: the entries and their proofs stay, and say nothing any more (SG-081).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::Action;
use tributary_cases::{Find, Note, Notes, Page, Record, Stored, Writing};
use tributary_model::Timestamp;
use tributary_model::time::MICROS_PER_DAY;

use crate::acting::{Acting, Caller};
use crate::alert::Alert;
use crate::case::{Case, RetentionReport};
use crate::escalation::EscalationFile;
use crate::governance::anomaly::{self, AnomalyFile};
use crate::governance::redress::{self, Notice, Redress};
use crate::people::agency::checked_text;
use crate::victim::Victim;
use crate::{Register, RegisterError, alert, escalation, victim};

/// Days between suspending and purging.
const PURGE_DAYS: i64 = 90;
/// Days until an alert must be reviewed: two years.
const ALERT_DAYS: i64 = 730;
/// Days until a request of redress or a notice must be reviewed: three years.
const REDRESS_DAYS: i64 = 1_096;
/// Days until an escalation must be reviewed: five years, as a case.
const ESCALATION_DAYS: i64 = 1_826;
/// How many of each class one run looks at, so that a run ends.
const RUN_MAX: u32 = 50;

/// A class of records with a clock of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// An alert, a decoy among them.
    Alert,
    /// An escalation and what was made ready for its recipient.
    Escalation,
    /// A victim's record; its clock stands in it.
    Victim,
    /// A request of redress, with who asked.
    Request,
    /// A notice that was delayed.
    Notice,
    /// What stood out in how somebody of the staff searched.
    Finding,
}

impl Class {
    /// Its word, which is also what the ledger's entries call such a thing.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Escalation => "escalation",
            Self::Victim => "victim",
            Self::Request => "request",
            Self::Notice => "notice",
            Self::Finding => "finding",
        }
    }

    const fn days(self) -> i64 {
        match self {
            Self::Alert | Self::Victim | Self::Finding => ALERT_DAYS,
            Self::Request | Self::Notice => REDRESS_DAYS,
            Self::Escalation => ESCALATION_DAYS,
        }
    }
}

/// The clock of something, beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionClock {
    /// Of what class.
    pub class: Class,
    /// Its id.
    pub thing: String,
    /// Its agency.
    pub agency: String,
    /// Reviewed by then, or suspended: microseconds since 1970.
    pub review_by: i64,
    /// Since when it is suspended.
    pub suspended_at: Option<i64>,
}

impl Record for RetentionClock {
    const KIND: &'static str = "retention_clock";

    fn parent(&self) -> &str {
        &self.thing
    }

    fn agency(&self) -> &str {
        &self.agency
    }

    fn state(&self) -> &str {
        if self.suspended_at.is_some() { "suspended" } else { "running" }
    }

    fn due(&self) -> Option<Timestamp> {
        Some(next(Timestamp(self.review_by), self.suspended_at.map(Timestamp)))
    }
}

/// When a clock strikes next: to be reviewed, or, once suspended, to be purged.
pub(crate) fn next(review_by: Timestamp, suspended_at: Option<Timestamp>) -> Timestamp {
    suspended_at.map_or(review_by, |since| Timestamp(since.0 + PURGE_DAYS * MICROS_PER_DAY))
}

fn clock_id(class: Class, thing: &str) -> String {
    format!("{}-{thing}", class.as_str())
}

/// Starts the clock of something new.
pub(crate) async fn start(writing: &mut Writing, class: Class, thing: &str, agency: &str) -> Result<(), RegisterError> {
    let review_by = writing.at().0 + class.days() * MICROS_PER_DAY;
    let clock = RetentionClock { class, thing: thing.to_owned(), agency: agency.to_owned(), review_by, suspended_at: None };
    writing.add(&clock_id(class, thing), clock).await?;
    Ok(())
}

/// What one struck clock did.
enum Struck {
    Suspended,
    Purged,
    /// It is held, or something in use rests on it.
    Waits,
}

/// Strikes the clocks of all classes that are due.
pub(crate) async fn strike(acting: &mut Acting, report: &mut RetentionReport) -> Result<Vec<Note>, RegisterError> {
    let at = acting.at();
    let mut notes = Vec::new();
    let clocks = acting.tx()?.list::<RetentionClock>(Find::Due(at), &Page::first(RUN_MAX)).await?;
    report.more |= clocks.len() == RUN_MAX as usize;
    for clock in clocks {
        let (class, thing) = (clock.body.class, clock.body.thing.clone());
        let struck = strike_clock(acting, clock).await?;
        count(report, &mut notes, acting, class, &thing, &struck);
    }
    let victims = acting.tx()?.list::<Victim>(Find::Due(at), &Page::first(RUN_MAX)).await?;
    report.more |= victims.len() == RUN_MAX as usize;
    for record in victims {
        let thing = record.id.clone();
        let struck = strike_victim(acting, record, &mut notes).await?;
        count(report, &mut notes, acting, Class::Victim, &thing, &struck);
    }
    Ok(notes)
}

fn count(report: &mut RetentionReport, notes: &mut Vec<Note>, acting: &Acting, class: Class, thing: &str, struck: &Struck) {
    let (counter, kind) = match (struck, class) {
        (Struck::Waits, _) => return,
        (Struck::Suspended, Class::Alert) => (&mut report.alerts_suspended, "alert.suspended"),
        (Struck::Suspended, Class::Escalation) => (&mut report.escalations_suspended, "escalation.suspended"),
        (Struck::Suspended, Class::Victim) => (&mut report.victims_suspended, "victim.suspended"),
        (Struck::Suspended, Class::Request) => (&mut report.requests_suspended, "request.suspended"),
        (Struck::Suspended, Class::Notice) => (&mut report.notices_suspended, "notice.suspended"),
        (Struck::Suspended, Class::Finding) => (&mut report.findings_suspended, "finding.suspended"),
        (Struck::Purged, Class::Alert) => (&mut report.alerts_purged, "alert.purged"),
        (Struck::Purged, Class::Escalation) => (&mut report.escalations_purged, "escalation.purged"),
        (Struck::Purged, Class::Victim) => (&mut report.victims_purged, "victim.purged"),
        (Struck::Purged, Class::Request) => (&mut report.requests_purged, "request.purged"),
        (Struck::Purged, Class::Notice) => (&mut report.notices_purged, "notice.purged"),
        (Struck::Purged, Class::Finding) => (&mut report.findings_purged, "finding.purged"),
    };
    *counter += 1;
    notes.push(acting.note_on(kind, class.as_str(), thing));
}

/// The end of the last hold of some cases, while one lasts.
pub(crate) async fn held_until(writing: &mut Writing, cases: &[String], at: Timestamp) -> Result<Option<Timestamp>, RegisterError> {
    let mut last = None;
    for case in cases {
        let hold = writing.get::<Case>(case).await?.and_then(|case| case.body.retention.hold).filter(|hold| at < hold.until);
        last = last.max(hold.map(|hold| hold.until));
    }
    Ok(last)
}

/// What is held is looked at again at the end of the hold; what something rests on, after another while.
pub(crate) fn wait_until(held: Option<Timestamp>, at: Timestamp) -> Timestamp {
    held.map_or(at, |until| Timestamp(until.0 - PURGE_DAYS * MICROS_PER_DAY))
}

/// The cases whose hold holds something, and whether what is in use rests on it.
async fn rests_on(writing: &mut Writing, class: Class, thing: &str) -> Result<(Vec<String>, bool), RegisterError> {
    Ok(match class {
        Class::Alert => {
            let cases = writing.get::<Alert>(thing).await?.map(|found| found.body.unmasked.into_iter().map(|one| one.case).collect());
            let rests = writing.list::<EscalationFile>(Find::Key("alert", thing), &Page::first(1)).await?;
            (cases.unwrap_or_default(), !rests.is_empty())
        }
        Class::Escalation => (writing.get::<EscalationFile>(thing).await?.and_then(|found| found.body.case).into_iter().collect(), false),
        Class::Request | Class::Notice => redress::rests_on(writing, class, thing).await?,
        Class::Victim | Class::Finding => (Vec::new(), false),
    })
}

/// Whether somebody still waits for something: a person for an answer or a notice, one of the staff for a settlement. It is not suspended.
async fn still_open(writing: &mut Writing, class: Class, thing: &str) -> Result<bool, RegisterError> {
    Ok(match class {
        Class::Request => writing.get::<Redress>(thing).await?.is_some_and(|one| one.body.answer.is_none()),
        Class::Notice => writing.get::<Notice>(thing).await?.is_some_and(|one| one.body.done.is_none()),
        Class::Finding => writing.get::<AnomalyFile>(thing).await?.is_some_and(|one| one.body.settled.is_none()),
        Class::Alert | Class::Escalation | Class::Victim => false,
    })
}

async fn strike_clock(acting: &mut Acting, mut clock: Stored<RetentionClock>) -> Result<Struck, RegisterError> {
    let at = acting.at();
    let thing = clock.body.thing.clone();
    let writing = acting.tx()?;
    if clock.body.suspended_at.is_none() {
        if still_open(writing, clock.body.class, &thing).await? {
            clock.body.review_by = at.0 + PURGE_DAYS * MICROS_PER_DAY;
            writing.put(&mut clock).await?;
            return Ok(Struck::Waits);
        }
        clock.body.suspended_at = Some(at.0);
        writing.put(&mut clock).await?;
        set_suspended(writing, clock.body.class, &thing, true).await?;
        return Ok(Struck::Suspended);
    }
    let (cases, in_use) = rests_on(writing, clock.body.class, &thing).await?;
    let held = held_until(writing, &cases, at).await?;
    if held.is_some() || in_use {
        clock.body.suspended_at = Some(wait_until(held, at).0);
        writing.put(&mut clock).await?;
        return Ok(Struck::Waits);
    }
    match clock.body.class {
        Class::Alert => alert::purge(writing, &thing).await?,
        Class::Escalation => escalation::purge(writing, &thing).await?,
        Class::Request | Class::Notice => redress::purge(writing, clock.body.class, &thing).await?,
        Class::Finding => anomaly::purge(writing, &thing).await?,
        Class::Victim => {}
    }
    writing.remove(&clock).await?;
    Ok(Struck::Purged)
}

async fn strike_victim(acting: &mut Acting, mut record: Stored<Victim>, notes: &mut Vec<Note>) -> Result<Struck, RegisterError> {
    let at = acting.at();
    let writing = acting.tx()?;
    if record.body.suspended_at.is_none() {
        record.body.suspended_at = Some(at);
        writing.put(&mut record).await?;
        return Ok(Struck::Suspended);
    }
    let cases: Vec<String> = record.body.case.iter().cloned().collect();
    if let Some(held) = held_until(writing, &cases, at).await? {
        record.body.suspended_at = Some(wait_until(Some(held), at));
        writing.put(&mut record).await?;
        return Ok(Struck::Waits);
    }
    let mut in_case = false;
    if let (Some(case), Some(_)) = (&record.body.case, &record.body.party) {
        in_case = writing.get::<Case>(case).await?.is_some();
    }
    let id = record.id.clone();
    let gone = victim::purge(writing, record, in_case).await?;
    // Each thing that hung on the person has an entry of its own: what went, and when, can be counted without the person.
    if gone.identity {
        notes.push(acting.note_on("identity.purged", "victim", &id));
    }
    if gone.contact {
        notes.push(acting.note_on("contact.purged", "victim", &id));
    }
    let parts = [
        ("consent.purged", "consent", &gone.consents),
        ("referral.purged", "referral", &gone.referrals),
        ("vault.purged", "opening", &gone.openings),
    ];
    for (kind, thing, ids) in parts {
        notes.extend(ids.iter().map(|one| acting.note_on(kind, thing, one).about("victim", "", &id)));
    }
    Ok(if in_case { Struck::Waits } else { Struck::Purged })
}

async fn set_suspended(writing: &mut Writing, class: Class, thing: &str, suspended: bool) -> Result<(), RegisterError> {
    match class {
        Class::Alert => {
            if let Some(mut found) = writing.get::<Alert>(thing).await? {
                found.body.suspended = suspended;
                writing.put(&mut found).await?;
            }
        }
        Class::Escalation => {
            if let Some(mut found) = writing.get::<EscalationFile>(thing).await? {
                found.body.suspended = suspended;
                writing.put(&mut found).await?;
            }
        }
        Class::Request => {
            if let Some(mut found) = writing.get::<Redress>(thing).await? {
                found.body.suspended = suspended;
                writing.put(&mut found).await?;
            }
        }
        Class::Notice => {
            if let Some(mut found) = writing.get::<Notice>(thing).await? {
                found.body.suspended = suspended;
                writing.put(&mut found).await?;
            }
        }
        Class::Finding => {
            if let Some(mut found) = writing.get::<AnomalyFile>(thing).await? {
                found.body.suspended = suspended;
                writing.put(&mut found).await?;
            }
        }
        Class::Victim => {}
    }
    Ok(())
}

impl Register {
    /// Reviews something whose clock runs: it is still needed, for this reason, for another term. What was suspended can be
    /// used again. By who works with it: a reader of the alert's agency, a drafter of the escalation, who may decide on the person's status, the
    /// body that decides the request or finishes the notice, and of what stood out among staff an auditor of another agency.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn review_record(&self, caller: &Caller, class: Class, id: &str, reason: &str, at: Timestamp) -> Result<(), RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (action, resource) = match class {
            Class::Alert => {
                let found = acting.tx()?.get::<Alert>(id).await?.ok_or(RegisterError::Missing("alert"))?;
                (Action::AlertWeigh, found.body.resource(id, true, &caller.principal.id))
            }
            Class::Escalation => (Action::EscalationDraft, escalation::resource_of(&mut acting, id).await?),
            Class::Victim => (Action::VictimStatus, victim::resource_of(&mut acting, id).await?),
            Class::Request | Class::Notice => (Action::RedressDecide, redress::resource_of(&mut acting, class, id).await?),
            Class::Finding => (Action::SearchAnomalies, anomaly::resource_of(&mut acting, id).await?),
        };
        acting.permit(action, &resource).await?;
        let reason = checked_text("reason", reason, 1_000)?;
        let writing = acting.tx()?;
        if class == Class::Victim {
            let mut record = writing.need::<Victim>(id).await?;
            record.body.review_by = Victim::review_from(record.body.minor, at);
            record.body.suspended_at = None;
            writing.put(&mut record).await?;
        } else {
            let mut clock = writing.need::<RetentionClock>(&clock_id(class, id)).await?;
            clock.body.review_by = at.0 + class.days() * MICROS_PER_DAY;
            clock.body.suspended_at = None;
            writing.put(&mut clock).await?;
            set_suspended(writing, class, id, false).await?;
        }
        let kind = match class {
            Class::Alert => "alert.reviewed",
            Class::Escalation => "escalation.reviewed",
            Class::Victim => "victim.reviewed",
            Class::Request => "request.reviewed",
            Class::Notice => "notice.purge_reviewed",
            Class::Finding => "finding.reviewed",
        };
        let note = acting.note_on(kind, class.as_str(), id).with(&serde_json::json!({"reason": reason}));
        acting.done(Notes::one(note)).await?;
        Ok(())
    }
}

/// Takes away everything of a kind that belongs to something, as many as there are; what else goes with each is `of`'s.
pub(crate) async fn take_all<T: Record>(writing: &mut Writing, parent: &str) -> Result<Vec<Stored<T>>, RegisterError> {
    let mut gone = Vec::new();
    loop {
        let part = writing.list::<T>(Find::Parent(parent), &Page::first(500)).await?;
        if part.is_empty() {
            return Ok(gone);
        }
        for one in part {
            writing.remove(&one).await?;
            gone.push(one);
        }
    }
}
