//! Break-glass: somebody sees a case without being let in, for an hour, and answers for it (SG-055).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, Resource};
use tributary_cases::{Find, Notes, Page, Record, Stored, Writing};
use tributary_model::Timestamp;
use tributary_model::time::MICROS_PER_SECOND;

use super::Case;
use crate::acting::Caller;
use crate::people::agency::checked_text;
use crate::{Register, RegisterError};

/// How long it lasts.
const MINUTES: i64 = 60;
/// Within how many hours somebody of oversight must have reviewed it.
const REVIEW_HOURS: i64 = 72;

/// One use of break-glass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BreakGlass {
    /// Who.
    pub account: String,
    /// On which case.
    pub case: String,
    /// Why.
    pub reason: String,
    /// Until when it holds.
    pub until: Timestamp,
    /// Reviewed by then.
    pub review_by: Timestamp,
    /// Who reviewed it and with what result.
    pub review: Option<Review>,
}

/// What oversight found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BreakGlassReview")]
pub struct Review {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Whether there was reason enough.
    pub justified: bool,
    /// Why.
    pub reason: String,
}

impl Record for BreakGlass {
    const KIND: &'static str = "break_glass";

    fn parent(&self) -> &str {
        &self.case
    }

    fn state(&self) -> &str {
        if self.review.is_some() { "reviewed" } else { "open" }
    }

    fn due(&self) -> Option<Timestamp> {
        self.review.is_none().then_some(self.review_by)
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        vec![("who_and_what", format!("{}/{}", self.account, self.case))]
    }
}

impl BreakGlass {
    fn resource(&self, id: &str) -> Resource {
        Resource { id: id.to_owned(), author: self.account.clone(), ..Resource::default() }
    }
}

/// Whether an account has broken the glass of a case and it still holds.
pub(crate) async fn in_force(writing: &mut Writing, account: &str, case: &str, at: Timestamp) -> Result<bool, RegisterError> {
    let used = writing.list::<BreakGlass>(Find::Key("who_and_what", &format!("{account}/{case}")), &Page::first(1_000)).await?;
    Ok(used.iter().any(|one| at < one.body.until && one.body.review.is_none()))
}

/// The oldest use of an account's own that nobody has reviewed in time.
async fn overdue_of(writing: &mut Writing, account: &str, at: Timestamp) -> Result<Option<Stored<BreakGlass>>, RegisterError> {
    let mut page = Page::first(1_000);
    loop {
        let part = writing.list::<BreakGlass>(Find::State("open"), &page).await?;
        let Some(last) = part.last() else { return Ok(None) };
        page.after = Some((last.made, last.id.clone()));
        if let Some(late) = part.into_iter().find(|one| one.body.account == account && one.body.review_by < at) {
            return Ok(Some(late));
        }
    }
}

impl Register {
    /// Breaks the glass of a case. Oversight sees it at once in its list, and in the ledger.
    ///
    /// # Errors
    /// [`RegisterError::State`] while a use of the caller's own was not reviewed in time; that it was tried is recorded.
    pub async fn break_glass(&self, caller: &Caller, case: &str, reason: &str, at: Timestamp) -> Result<Stored<BreakGlass>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let file = acting.tx()?.get::<Case>(case).await?.ok_or(RegisterError::Missing("use of break-glass"))?;
        acting.permit(Action::BreakGlassUse, &file.body.resource(case)).await?;
        let reason = checked_text("reason", reason, 2_000)?;
        let who = acting.who().to_owned();
        if let Some(late) = overdue_of(acting.tx()?, &who, at).await? {
            let note = acting.note_on("break_glass.refused", "break_glass", &late.id).about("case_file", "", case).tag("why", "review-overdue");
            acting.done(Notes::one(note)).await?;
            return Err(RegisterError::State(format!(
                "your use `{}` was to be reviewed by {} and is not: ask oversight to review it; until then you break no other glass (SG-055)",
                late.id, late.body.review_by
            )));
        }
        let id = acting.tx()?.new_id();
        let hours = |n: i64| Timestamp(at.0 + n * 3_600 * MICROS_PER_SECOND);
        let until = Timestamp(at.0 + MINUTES * 60 * MICROS_PER_SECOND);
        let used =
            BreakGlass { account: acting.who().to_owned(), case: case.to_owned(), reason, until, review_by: hours(REVIEW_HOURS), review: None };
        let used = acting.tx()?.add(&id, used).await?;
        let note = acting.note_on("break_glass.used", "break_glass", &id).about("case_file", "", case).with(&used.body);
        acting.done(Notes::one(note)).await?;
        Ok(used)
    }

    /// Uses that wait for review, oldest first.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn broken_glass(&self, caller: &Caller, page: &Page, at: Timestamp) -> Result<Vec<Stored<BreakGlass>>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        acting.permit(Action::BreakGlassReview, &Resource { id: "all".into(), ..Resource::default() }).await?;
        let open = acting.tx()?.list::<BreakGlass>(Find::State("open"), page).await?;
        let note = acting.note("break_glass.listed");
        acting.done(Notes::one(note)).await?;
        Ok(open)
    }

    /// Reviews a use: not one's own.
    ///
    /// # Errors
    /// [`RegisterError::Duty`] for one's own, [`RegisterError::State`] where it was reviewed before.
    pub async fn review_break_glass(&self, caller: &Caller, id: &str, justified: bool, reason: &str, at: Timestamp) -> Result<(), RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut used = acting.tx()?.need::<BreakGlass>(id).await?;
        acting.permit(Action::BreakGlassReview, &used.body.resource(id)).await?;
        if used.body.account == acting.who() {
            return Err(RegisterError::Duty("nobody reviews what they did themselves"));
        }
        if used.body.review.is_some() {
            return Err(RegisterError::State("it was reviewed before".into()));
        }
        let reason = checked_text("reason", reason, 2_000)?;
        used.body.review = Some(Review { by: acting.who().to_owned(), at, justified, reason });
        acting.tx()?.put(&mut used).await?;
        let outcome = if justified { "justified" } else { "unjustified" };
        let note = acting.note_on("break_glass.reviewed", "break_glass", id).tag("outcome", outcome).with(&used.body);
        acting.done(Notes::one(note)).await?;
        Ok(())
    }
}
