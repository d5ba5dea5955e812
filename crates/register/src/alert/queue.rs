//! The queue: what an agency's people read with the time they have, and how they take an alert in hand, put it aside or read it.

use schemars::JsonSchema;
use serde::Serialize;
use tributary_access::{Action, Resource};
use tributary_cases::{Find, Notes, Page, Stored, Writing};
use tributary_model::time::MICROS_PER_DAY;
use tributary_model::{AlertKind, Timestamp};

use super::mask::Identities;
use super::purge::in_use;
use super::record::{Alert, Claim, Snooze, Stage};
use super::shown::Shown;
use super::unmask;
use super::view::{AlertView, view};
use super::weigh::weighing_of;
use super::{import, reread};
use crate::acting::{Acting, Caller, as_read};
use crate::people::account::Account;
use crate::people::agency::checked_text;
use crate::{Register, RegisterError};

/// The greatest budget of one call.
const BUDGET_MAX: usize = 500;
/// Waiting alerts of an agency that are looked at.
const WAITING_MAX: usize = 20_000;
/// Read from the store at a time.
const PAGE: u32 = 500;
/// Days for which an alert is put aside at most.
const SNOOZE_DAYS: i64 = 90;

/// An alert in the queue: neither whose turn it is nor what it is worth stands in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct QueueItem {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: i64,
    /// What it speaks of.
    pub kind: AlertKind,
    /// Start of the period.
    pub from: Timestamp,
    /// End of it.
    pub to: Timestamp,
    /// ISO 3166 code.
    pub jurisdiction: String,
    /// The caller has it in hand.
    pub claimed: bool,
    /// How many notices are on it.
    pub notices: usize,
}

impl Register {
    /// The alerts that are worth most of the caller's time: at most `budget`, 1 to 500, best first by `(1 - q) × Σ evidence` in nats, ties by
    /// id. Left out is what is put aside, in another's hands, or not for this reader. A share of the budget, as large as the share of closed
    /// alerts that is read again, is kept for those and for decoys, which nothing tells from the others (SG-016).
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn queue(&self, caller: &Caller, budget: usize, at: Timestamp) -> Result<Vec<QueueItem>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let agency = caller.principal.agency.clone();
        acting.permit(Action::AlertList, &Resource { id: "all".into(), owner: agency.clone(), masked: true, ..Resource::default() }).await?;
        if !(1..=BUDGET_MAX).contains(&budget) {
            return Err(RegisterError::invalid("budget", format!("1 to {BUDGET_MAX}")));
        }
        let mut waiting = all_by_key(acting.tx()?, "queue", &agency).await?;
        waiting.retain(|alert| alert.body.is_free_for(&caller.principal.id, at) && alert.body.reader_may_be(&caller.principal).is_ok());
        waiting.sort_by(|a, b| b.body.value().total_cmp(&a.body.value()).then_with(|| a.id.cmp(&b.id)));
        let may = |alert: &Stored<Alert>| acting.may(Action::AlertRead, &alert.body.resource(&alert.id, true, &caller.principal.id));
        let checks = self.checks_among(budget, &caller.principal.id, at);
        let chosen = choose(waiting, budget, checks, &may, &|id| reread::share(self.keys(), "queue", id));
        let items = chosen.iter().map(|alert| item(alert, &caller.principal.id)).collect();
        let note = acting.note("alert.listed");
        acting.done(Notes::one(note)).await?;
        Ok(items)
    }

    /// How many places of a budget are kept for checks: the share of it, rounded up or down by a keyed hash of reader and day.
    fn checks_among(&self, budget: usize, who: &str, at: Timestamp) -> usize {
        let places = budget as f64 * f64::from(reread::percent(self.settings())) / 100.0;
        let day = at.0.div_euclid(MICROS_PER_DAY);
        let up = reread::share(self.keys(), "checks", &format!("{who}/{day}")) < places.fract();
        places.floor() as usize + usize::from(up)
    }

    /// Reads an alert: masked, unless the caller has unmasked it for the case that is stated.
    ///
    /// # Errors
    /// [`RegisterError::Missing`] where the caller may not know of it.
    pub async fn read_alert(&self, caller: &Caller, id: &str, at: Timestamp) -> Result<AlertView, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let alert = in_use(&mut acting, id).await?;
        let masked = !unmask::is_open_to(&alert.body, caller);
        acting.permit(Action::AlertRead, &alert.body.resource(id, masked, &caller.principal.id)).await?;
        let seen = seen_by(&mut acting, &alert, masked).await?;
        let note = acting.note_on("alert.read", "alert", id).tag("masked", if masked { "yes" } else { "no" });
        acting.done(Notes::one(note)).await?;
        Ok(seen)
    }

    /// Takes an alert in hand, so that nobody else of the agency reads it meanwhile. Its new version.
    ///
    /// # Errors
    /// [`RegisterError::State`] where another has it, [`RegisterError::Duty`] where the caller may not be its next reader.
    pub async fn claim_alert(&self, caller: &Caller, id: &str, version: i64, at: Timestamp) -> Result<i64, RegisterError> {
        self.assign_alert(caller, id, &caller.principal.id, version, at).await
    }

    /// Puts an alert to a colleague of the agency. Its new version.
    ///
    /// # Errors
    /// As [`Register::claim_alert`], for the colleague.
    pub async fn assign_alert(&self, caller: &Caller, id: &str, to: &str, version: i64, at: Timestamp) -> Result<i64, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut alert = in_use(&mut acting, id).await?;
        acting.permit(Action::AlertWeigh, &alert.body.resource(id, true, &caller.principal.id)).await?;
        as_read(&alert, version)?;
        let colleague = acting.tx()?.get::<Account>(to).await?.filter(|one| one.body.is_active() && one.body.is.agency == alert.body.agency);
        let colleague = colleague.ok_or(RegisterError::Missing("account"))?.body.principal(to, true, at);
        if !self.policies().decide(&colleague, Action::AlertWeigh, &alert.body.resource(id, true, to), acting.context())?.allowed {
            return Err(RegisterError::Missing("account"));
        }
        if alert.body.claim.as_ref().is_some_and(|claim| claim.account != caller.principal.id) {
            return Err(RegisterError::State("somebody else has it in hand".into()));
        }
        alert.body.reader_may_be(&colleague)?;
        alert.body.claim = Some(Claim { account: to.to_owned(), by: acting.who().to_owned(), since: at });
        acting.tx()?.put(&mut alert).await?;
        let note = acting.note_on("alert.assigned", "alert", id).about("reader", id, to);
        acting.done(Notes::one(note)).await?;
        Ok(alert.version)
    }

    /// Gives an alert back to the queue. Its new version.
    ///
    /// # Errors
    /// [`RegisterError::State`] where the caller does not have it.
    pub async fn release_alert(&self, caller: &Caller, id: &str, version: i64, at: Timestamp) -> Result<i64, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut alert = in_use(&mut acting, id).await?;
        acting.permit(Action::AlertWeigh, &alert.body.resource(id, true, &caller.principal.id)).await?;
        as_read(&alert, version)?;
        // Who put it to somebody may take it back: readers fall ill.
        if !alert.body.claim.as_ref().is_some_and(|claim| claim.account == acting.who() || claim.by == acting.who()) {
            return Err(RegisterError::State("you do not have it in hand".into()));
        }
        alert.body.claim = None;
        acting.tx()?.put(&mut alert).await?;
        let note = acting.note_on("alert.released", "alert", id);
        acting.done(Notes::one(note)).await?;
        Ok(alert.version)
    }

    /// Puts an alert aside until a time, at most 90 days on. Its new version.
    ///
    /// # Errors
    /// [`RegisterError::Invalid`] for another time, [`RegisterError::State`] where another has it in hand or it waits for nobody.
    pub async fn snooze_alert(
        &self,
        caller: &Caller,
        id: &str,
        version: i64,
        until: Timestamp,
        reason: &str,
        at: Timestamp,
    ) -> Result<i64, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut alert = in_use(&mut acting, id).await?;
        acting.permit(Action::AlertSnooze, &alert.body.resource(id, true, &caller.principal.id)).await?;
        as_read(&alert, version)?;
        if until <= at || until.0 > at.0.saturating_add(SNOOZE_DAYS * MICROS_PER_DAY) {
            return Err(RegisterError::invalid("until", format!("later than now, and at most {SNOOZE_DAYS} days on")));
        }
        let reason = checked_text("reason", reason, 500)?;
        if alert.body.claim.as_ref().is_some_and(|claim| claim.account != acting.who()) {
            return Err(RegisterError::State("somebody else has it in hand".into()));
        }
        // Only who may be its next reader puts it aside: nobody keeps others from reading what they have read themselves.
        alert.body.reader_may_be(&caller.principal)?;
        alert.body.snooze = Some(Snooze { until, by: acting.who().to_owned(), reason });
        alert.body.claim = None;
        acting.tx()?.put(&mut alert).await?;
        let note = acting.note_on("alert.snoozed", "alert", id).with(&alert.body.snooze);
        acting.done(Notes::one(note)).await?;
        Ok(alert.version)
    }
}

/// What the caller sees of an alert that policies let them see.
pub(super) async fn seen_by(acting: &mut Acting, alert: &Stored<Alert>, masked: bool) -> Result<AlertView, RegisterError> {
    let who = acting.who().to_owned();
    let shown = acting.tx()?.need::<Shown>(&alert.id).await?;
    let weighing = weighing_of(acting.tx()?, alert, &who).await?;
    let identities = if masked { None } else { Some(identities(acting.tx()?, &alert.id).await?) };
    Ok(view((&alert.id, alert.version), &alert.body, &shown.body, &who, weighing.as_ref(), identities.as_ref()))
}

/// Who an alert is about, out of the vault.
pub(super) async fn identities(writing: &mut Writing, id: &str) -> Result<Identities, RegisterError> {
    let sealed = writing.unseal(&import::sealed_id(id)).await?;
    serde_json::from_slice(&sealed).map_err(|_| RegisterError::State("who the alert is about does not read back; restore it from a backup".into()))
}

/// Every alert with a key, oldest first.
pub(super) async fn all_by_key(writing: &mut Writing, name: &str, value: &str) -> Result<Vec<Stored<Alert>>, RegisterError> {
    let mut all: Vec<Stored<Alert>> = Vec::new();
    loop {
        let page = Page { after: all.last().map(|last| (last.made, last.id.clone())), limit: PAGE };
        let more = writing.list::<Alert>(Find::Key(name, value), &page).await?;
        let ended = more.len() < PAGE as usize;
        all.extend(more);
        if ended || all.len() >= WAITING_MAX {
            return Ok(all);
        }
    }
}

fn item(alert: &Stored<Alert>, who: &str) -> QueueItem {
    QueueItem {
        id: alert.id.clone(),
        version: alert.version,
        kind: alert.body.kind,
        from: alert.body.from,
        to: alert.body.to,
        jurisdiction: alert.body.jurisdiction.clone(),
        claimed: alert.body.claim.as_ref().is_some_and(|claim| claim.account == who),
        notices: alert.body.notices.len(),
    }
}

fn is_check(alert: &Alert) -> bool {
    alert.decoy.is_some() || alert.stage() == Some(Stage::Reread)
}

/// The first `budget` of a sorted list that may be seen, at least `checks` of them checks where there are so many; in the same order.
fn choose(
    sorted: Vec<Stored<Alert>>,
    budget: usize,
    checks: usize,
    may: &dyn Fn(&Stored<Alert>) -> bool,
    share: &dyn Fn(&str) -> f64,
) -> Vec<Stored<Alert>> {
    let mut rest = sorted.into_iter();
    let mut chosen: Vec<Stored<Alert>> = rest.by_ref().filter(|alert| may(alert)).take(budget).collect();
    let missing = checks.saturating_sub(chosen.iter().filter(|alert| is_check(&alert.body)).count());
    let mut left: Vec<Stored<Alert>> = if missing == 0 { Vec::new() } else { rest.filter(|alert| is_check(&alert.body) && may(alert)).collect() };
    left.sort_by(|a, b| share(&a.id).total_cmp(&share(&b.id)).then_with(|| a.id.cmp(&b.id)));
    left.truncate(missing);
    for check in left {
        if chosen.len() >= budget
            && let Some(last) = chosen.iter().rposition(|alert| !is_check(&alert.body))
        {
            chosen.remove(last);
        }
        chosen.push(check);
    }
    chosen.sort_by(|a, b| b.body.value().total_cmp(&a.body.value()).then_with(|| a.id.cmp(&b.id)));
    chosen
}
