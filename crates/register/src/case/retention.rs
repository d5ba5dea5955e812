//! Review-or-purge clocks and lawful holds (SG-057). What nobody reviews in time is suspended: nothing of it is used. What is still not reviewed
//! 90 days later is purged, unless it is held. What the ledger says of it stays, and holds nothing of what it was.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, Resource};
use tributary_cases::{Find, Note, Notes, Page, Record, Stored, Writing};
use tributary_model::Timestamp;
use tributary_model::time::MICROS_PER_DAY;

use super::parts::{PARTS_MAX, stated_basis, trace_case};
use super::{
    BreakGlass, Case, CaseItem, CaseLink, CaseState, Disclosure, Evidence, Hold, Intelligence, Marker, Match, NamedSearch, Order, Party, Product,
    deconfliction, intelligence, party,
};
use crate::acting::{Acting, Caller, as_read};
use crate::people::agency::checked_text;
use crate::{Register, RegisterError, retention};

/// Days until a case must be reviewed: five years (28 CFR 23.20(h)). Intelligence has a shorter clock of its own.
pub const RETENTION_DAYS: i64 = 1_826;
/// The longest hold, in days; a longer one is set anew, with its reason.
const HOLD_DAYS_MAX: i64 = 366;
/// How many cases and items of intelligence one run looks at, so that a run ends.
const RUN_MAX: u32 = 50;

/// When the next clock of a case strikes; a suspended case that is held waits for the end of the hold.
pub(super) fn next_clock(case: &Case) -> Timestamp {
    let next = retention::next(case.retention.review_by, case.suspended_at);
    match &case.retention.hold {
        Some(hold) if case.suspended_at.is_some() => next.max(hold.until),
        _ => next,
    }
}

/// What one run did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RetentionReport {
    /// Cases that were suspended.
    pub suspended: u32,
    /// Cases that were purged.
    pub purged: u32,
    /// Items of intelligence that were suspended.
    pub items_suspended: u32,
    /// Items of intelligence that were purged.
    pub items_purged: u32,
    /// Alerts that were suspended.
    #[serde(default)]
    pub alerts_suspended: u32,
    /// Alerts that were purged.
    #[serde(default)]
    pub alerts_purged: u32,
    /// Escalations that were suspended.
    #[serde(default)]
    pub escalations_suspended: u32,
    /// Escalations that were purged.
    #[serde(default)]
    pub escalations_purged: u32,
    /// Records of victims that were suspended.
    #[serde(default)]
    pub victims_suspended: u32,
    /// Records of victims that were purged.
    #[serde(default)]
    pub victims_purged: u32,
    /// Requests of redress that were suspended.
    #[serde(default)]
    pub requests_suspended: u32,
    /// Requests of redress that were purged.
    #[serde(default)]
    pub requests_purged: u32,
    /// Notices that were suspended.
    #[serde(default)]
    pub notices_suspended: u32,
    /// Notices that were purged.
    #[serde(default)]
    pub notices_purged: u32,
    /// Findings on staff that were suspended.
    #[serde(default)]
    pub findings_suspended: u32,
    /// Findings on staff that were purged.
    #[serde(default)]
    pub findings_purged: u32,
    /// There is more to do: run again.
    pub more: bool,
}

impl Register {
    /// Strikes the clocks that are due. Who runs it sees counts and nothing else.
    ///
    /// # Errors
    /// [`RegisterError`]; then nothing has changed.
    pub async fn run_retention(&self, caller: &Caller, at: Timestamp) -> Result<RetentionReport, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        acting.permit(Action::RetentionRun, &Resource { id: "all".into(), ..Resource::default() }).await?;
        let mut report = RetentionReport::default();
        let mut notes = Vec::new();
        let cases = acting.tx()?.list::<Case>(Find::Due(at), &Page::first(RUN_MAX)).await?;
        report.more |= cases.len() == RUN_MAX as usize;
        for case in cases {
            notes.push(self.strike_retention(&mut acting, case, &mut report).await?);
        }
        let items = acting.tx()?.list::<Intelligence>(Find::Due(at), &Page::first(RUN_MAX)).await?;
        report.more |= items.len() == RUN_MAX as usize;
        for item in items {
            strike_item(&mut acting, item, &mut report).await?;
        }
        notes.extend(crate::retention::strike(&mut acting, &mut report).await?);
        let count = |n: u32| n.to_string();
        let note = acting
            .note("retention.run")
            .tag("suspended", count(report.suspended))
            .tag("purged", count(report.purged))
            .tag("items_suspended", count(report.items_suspended))
            .tag("items_purged", count(report.items_purged))
            .tag("alerts_purged", count(report.alerts_purged))
            .tag("escalations_purged", count(report.escalations_purged))
            .tag("victims_purged", count(report.victims_purged));
        acting.done(notes.into_iter().fold(Notes::one(note), Notes::and)).await?;
        Ok(report)
    }

    /// Strikes the clock of one case.
    async fn strike_retention(&self, acting: &mut Acting, mut case: Stored<Case>, report: &mut RetentionReport) -> Result<Note, RegisterError> {
        if case.body.suspended_at.is_none() {
            case.body.state = CaseState::Suspended;
            case.body.suspended_at = Some(acting.at());
            acting.tx()?.put(&mut case).await?;
            report.suspended += 1;
            return Ok(trace_case(self, acting, "case.suspended", &case));
        }
        purge(acting.tx()?, &case).await?;
        report.purged += 1;
        Ok(acting.note_on("case.purged", "case_file", &case.id))
    }

    /// Reviews a case: it is still needed, for this reason, for another term. A suspended case can be used again.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn review_case(&self, caller: &Caller, id: &str, reason: &str, version: i64, at: Timestamp) -> Result<Stored<Case>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut case = acting.tx()?.need::<Case>(id).await?;
        acting.permit(Action::CaseUpdate, &case.body.resource(id)).await?;
        as_read(&case, version)?;
        let reason = checked_text("reason", reason, 1_000)?;
        case.body.retention.review_by = Timestamp(at.0 + RETENTION_DAYS * MICROS_PER_DAY);
        case.body.suspended_at = None;
        case.body.state = if case.body.closed_because.is_some() { CaseState::Closed } else { CaseState::Open };
        case.body.remark(at, acting.who(), "reviewed", reason);
        acting.tx()?.put(&mut case).await?;
        let note = trace_case(self, &acting, "case.reviewed", &case);
        acting.done(Notes::one(note)).await?;
        Ok(case)
    }

    /// Sets a lawful hold, or prolongs it: nothing of the case is purged until it ends. It ends by itself.
    ///
    /// # Errors
    /// [`RegisterError`]; [`RegisterError::Invalid`] for an end that is past, or too far.
    pub async fn set_hold(&self, caller: &Caller, id: &str, until: Timestamp, reason: &str, at: Timestamp) -> Result<Stored<Case>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut case = acting.tx()?.need::<Case>(id).await?;
        acting.permit(Action::HoldSet, &case.body.resource(id)).await?;
        if until <= at || until.0 > at.0 + HOLD_DAYS_MAX * MICROS_PER_DAY {
            return Err(RegisterError::invalid("until", format!("at most {HOLD_DAYS_MAX} days from now")));
        }
        let reason = checked_text("reason", reason, 1_000)?;
        let legal_basis = stated_basis(&acting)?;
        case.body.retention.hold = Some(Hold { legal_basis, by: acting.who().to_owned(), until });
        case.body.remark(at, acting.who(), "hold set", reason);
        acting.tx()?.put(&mut case).await?;
        let note = trace_case(self, &acting, "hold.set", &case);
        acting.done(Notes::one(note)).await?;
        Ok(case)
    }

    /// Lifts a hold before its end.
    ///
    /// # Errors
    /// [`RegisterError::State`] where there is none.
    pub async fn lift_hold(&self, caller: &Caller, id: &str, reason: &str, at: Timestamp) -> Result<Stored<Case>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut case = acting.tx()?.need::<Case>(id).await?;
        acting.permit(Action::HoldLift, &case.body.resource(id)).await?;
        let reason = checked_text("reason", reason, 1_000)?;
        if case.body.retention.hold.take().is_none() {
            return Err(RegisterError::State("there is no hold".into()));
        }
        case.body.remark(at, acting.who(), "hold lifted", reason);
        acting.tx()?.put(&mut case).await?;
        let note = trace_case(self, &acting, "hold.lifted", &case);
        acting.done(Notes::one(note)).await?;
        Ok(case)
    }
}

/// Strikes the clock of an item of intelligence; its case's hold holds it as well.
async fn strike_item(acting: &mut Acting, mut item: Stored<Intelligence>, report: &mut RetentionReport) -> Result<(), RegisterError> {
    let at = acting.at();
    if item.body.suspended_at.is_none() {
        item.body.suspended_at = Some(at);
        acting.tx()?.put(&mut item).await?;
        report.items_suspended += 1;
        return Ok(());
    }
    let held = retention::held_until(acting.tx()?, std::slice::from_ref(&item.body.placed.case), at).await?;
    if held.is_some() {
        // Its clock begins anew at the end of the hold, so that what is held does not stand in the way of what is not.
        item.body.suspended_at = Some(retention::wait_until(held, at));
        acting.tx()?.put(&mut item).await?;
        return Ok(());
    }
    acting.tx()?.erase(&intelligence::seal_of(&item.id)).await?;
    acting.tx()?.remove(&item).await?;
    acting.tx()?.forget_about(Intelligence::KIND, &item.id).await?;
    report.items_purged += 1;
    Ok(())
}

/// Takes a case and all of its parts away, and what is sealed of them. Records of victims are not among the parts: they have clocks and keys
/// of their own.
async fn purge(writing: &mut Writing, case: &Stored<Case>) -> Result<(), RegisterError> {
    let id = case.id.as_str();
    for part in all::<Party>(writing, Find::Parent(id)).await? {
        writing.erase(&party::seal_of(&part.id)).await?;
        writing.remove(&part).await?;
    }
    for part in all::<Intelligence>(writing, Find::Parent(id)).await? {
        writing.erase(&intelligence::seal_of(&part.id)).await?;
        writing.remove(&part).await?;
    }
    for marker in all::<Marker>(writing, Find::Parent(id)).await? {
        deconfliction::forget(writing, &marker).await?;
    }
    take_away::<Evidence>(writing, Find::Parent(id)).await?;
    take_away::<CaseItem>(writing, Find::Parent(id)).await?;
    take_away::<Product>(writing, Find::Parent(id)).await?;
    take_away::<Disclosure>(writing, Find::Parent(id)).await?;
    take_away::<NamedSearch>(writing, Find::Parent(id)).await?;
    take_away::<Order>(writing, Find::Parent(id)).await?;
    take_away::<CaseLink>(writing, Find::Key("case", id)).await?;
    take_away::<Match>(writing, Find::Key("case", id)).await?;
    // What was done in haste stays until oversight has looked at it.
    for used in all::<BreakGlass>(writing, Find::Parent(id)).await? {
        if used.body.review.is_some() {
            writing.remove(&used).await?;
        }
    }
    // Entries about the case, and about its parts, which name the case as well, lose their salts; the entries and their proofs stay (SG-081).
    writing.forget_about("case_file", id).await?;
    Ok(writing.remove(case).await?)
}

async fn take_away<T: Record>(writing: &mut Writing, find: Find<'_>) -> Result<(), RegisterError> {
    for part in all::<T>(writing, find).await? {
        writing.remove(&part).await?;
    }
    Ok(())
}

/// All of a case's parts of a kind: entering keeps them below the limit.
async fn all<T: Record>(writing: &mut Writing, find: Find<'_>) -> Result<Vec<Stored<T>>, RegisterError> {
    Ok(writing.list::<T>(find, &Page::first(PARTS_MAX)).await?)
}
