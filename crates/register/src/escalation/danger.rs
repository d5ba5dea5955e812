//! Danger that shortens an escalation: oversight is told at once, and a rights officer of another agency settles within the protocol's hours whether
//! there was the danger that was stated. While one of an agency's own waits beyond its hours, no further danger is taken from that agency.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, Resource};
use tributary_cases::{Find, Note, Notes, Page, Record, Stored, Writing};
use tributary_escalation::{Missing, REVIEW_HOURS_MAX};
use tributary_model::Timestamp;
use tributary_model::time::MICROS_PER_SECOND;

use super::{EscalationFile, Loaded};
use crate::acting::{Acting, Caller, as_read};
use crate::case::Case;
use crate::people::agency::checked_text;
use crate::{Register, RegisterError};

const HOUR: i64 = 3_600 * MICROS_PER_SECOND;
/// Reviews that wait, of one agency, that are looked at; the oldest come first.
const OPEN_MAX: u32 = 1_000;
/// What a compartment's own sensitivity would be: nobody of oversight is a member of one, and the review must be held all the same.
const SENSITIVITY_MAX: u8 = 2;

/// What a rights officer found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "DangerSettled")]
pub struct Settled {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Whether there was the danger that was stated.
    pub justified: bool,
    /// Why.
    pub reason: String,
}

/// The review of a danger that left out a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DangerReview {
    /// The escalation.
    pub escalation: String,
    /// The agency that it is of.
    pub agency: String,
    /// ISO 3166 code.
    pub jurisdiction: String,
    /// The vetting that its reviewer needs: the escalation's own, 2 at the most.
    pub sensitivity: u8,
    /// Agencies that must not learn of it (SG-058).
    pub excluded: BTreeSet<String>,
    /// The protocol that it is under.
    pub protocol: String,
    /// The agency that it goes to.
    pub recipient: String,
    /// The facts of the danger, as they were stated.
    pub facts: String,
    /// Who screened it.
    pub by: String,
    /// Since when the step is left out.
    pub since: Timestamp,
    /// Settled by then.
    pub review_by: Timestamp,
    /// What was found.
    pub settled: Option<Settled>,
    /// That it is late was recorded.
    #[serde(default)]
    pub late: bool,
}

impl Record for DangerReview {
    const KIND: &'static str = "danger_review";

    fn parent(&self) -> &str {
        &self.escalation
    }

    fn agency(&self) -> &str {
        &self.agency
    }

    fn state(&self) -> &str {
        match self.settled.as_ref().map(|one| one.justified) {
            None => "open",
            Some(true) => "justified",
            Some(false) => "unjustified",
        }
    }

    fn due(&self) -> Option<Timestamp> {
        (self.settled.is_none() && !self.late).then_some(self.review_by)
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        if self.settled.is_none() { vec![("open_of", self.agency.clone())] } else { Vec::new() }
    }
}

impl DangerReview {
    fn resource(&self, id: &str) -> Resource {
        Resource {
            id: id.to_owned(),
            owner: self.agency.clone(),
            jurisdiction: self.jurisdiction.clone(),
            sensitivity: self.sensitivity,
            excluded_agencies: self.excluded.clone(),
            author: self.by.clone(),
            ..Resource::default()
        }
    }
}

/// What a review is asked about under, as its case stands now: an agency that was shut out of the case since is shut out of the review (SG-058).
async fn resource_now(acting: &mut Acting, review: &Stored<DangerReview>) -> Result<Resource, RegisterError> {
    let mut resource = review.body.resource(&review.id);
    let case = acting.tx()?.get::<EscalationFile>(&review.body.escalation).await?.and_then(|file| file.body.case);
    if let Some(case) = case {
        resource.excluded_agencies.extend(acting.tx()?.get::<Case>(&case).await?.into_iter().flat_map(|case| case.body.excluded));
    }
    Ok(resource)
}

/// Why no further danger is taken from the caller's agency; none where it is. The review is named; its escalation only to who may know of it.
pub(super) async fn refused_to(acting: &mut Acting) -> Result<Option<String>, RegisterError> {
    let (agency, at) = (acting.caller().principal.agency.clone(), acting.at());
    let open = acting.tx()?.list::<DangerReview>(Find::Key("open_of", &agency), &Page::first(OPEN_MAX)).await?;
    let Some(late) = open.into_iter().find(|one| one.body.review_by < at) else { return Ok(None) };
    let file = acting.tx()?.get::<EscalationFile>(&late.body.escalation).await?;
    let case = match file.as_ref().and_then(|file| file.body.case.as_deref()) {
        Some(case) => acting.tx()?.get::<Case>(case).await?,
        None => None,
    };
    let known = file.is_some_and(|file| acting.may(Action::EscalationRead, &file.body.resource(&file.id, case.as_ref().map(|case| &case.body))));
    let of = if known { format!(" of escalation `{}`", late.body.escalation) } else { String::new() };
    Ok(Some(format!(
        "no further danger is taken from your agency: the review `{}`{of} was due {} and is not settled; ask a rights officer of oversight to settle it, or go by \
         the consultation, which a rights officer may close with a reason",
        late.id, late.body.review_by
    )))
}

/// Refuses a danger that is stated while one of the agency's own waits too long. That it was tried is recorded.
pub(super) async fn taken(mut acting: Acting, stated: bool) -> Result<Acting, RegisterError> {
    if !stated {
        return Ok(acting);
    }
    let Some(why) = refused_to(&mut acting).await? else { return Ok(acting) };
    let payload = serde_json::json!({"account": acting.who(), "agency": acting.caller().principal.agency});
    let note = acting.note("escalation.danger_refused").tag("why", "review-overdue").with(&payload);
    acting.done(Notes::one(note)).await?;
    Err(RegisterError::State(why))
}

async fn of_escalation(acting: &mut Acting, id: &str) -> Result<Option<Stored<DangerReview>>, RegisterError> {
    Ok(acting.tx()?.list::<DangerReview>(Find::Parent(id), &Page::first(1)).await?.pop())
}

/// What stands in the way of leaving out a step now.
pub(super) async fn missing(acting: &mut Acting, id: &str) -> Result<Vec<Missing>, RegisterError> {
    let mut missing: Vec<Missing> = refused_to(acting).await?.map(|why| Missing::new("danger_review", why)).into_iter().collect();
    let found = of_escalation(acting, id).await?;
    if found.is_some_and(|one| one.body.settled.is_some_and(|settled| !settled.justified)) {
        missing
            .push(Missing::new("danger", "a rights officer found that there was no such danger: draft it anew without, and hold the consultation"));
    }
    Ok(missing)
}

/// The review of an escalation that was shortened just now; none where it stands already. Its hours begin here and do not begin again.
pub(super) async fn begin(acting: &mut Acting, loaded: &Loaded) -> Result<Option<Note>, RegisterError> {
    let (machine, file) = (loaded.machine(), &loaded.file);
    let Some(rule) = loaded.protocol.danger.as_ref().filter(|_| machine.shortened) else { return Ok(None) };
    if of_escalation(acting, &file.id).await?.is_some() {
        return Ok(None);
    }
    let at = acting.at();
    // A protocol of before may say more than the audit rules hold a review to.
    let hours = rule.review_hours.min(REVIEW_HOURS_MAX);
    let review = DangerReview {
        escalation: file.id.clone(),
        agency: file.body.agency.clone(),
        jurisdiction: file.body.jurisdiction.clone(),
        sensitivity: file.body.sensitivity.min(SENSITIVITY_MAX),
        excluded: loaded.resource().excluded_agencies,
        protocol: machine.protocol.id.clone(),
        recipient: machine.draft.recipient_agency.clone(),
        facts: machine.draft.danger.clone().unwrap_or_default(),
        by: acting.who().to_owned(),
        since: at,
        review_by: Timestamp(at.0.saturating_add(i64::from(hours).saturating_mul(HOUR))),
        settled: None,
        late: false,
    };
    let id = acting.tx()?.new_id();
    let review = acting.tx()?.add(&id, review).await?;
    let note = acting.note_on("escalation.shortened", "escalation", &file.id).about("review", "", &id);
    Ok(Some(super::protocol_tags(note, machine).tag("review_hours", hours.to_string()).with(&review.body)))
}

/// At the moment of sending: what danger shortened has its review, which has not found against it, and none of the agency's own waits too long.
pub(super) async fn at_sending(acting: &mut Acting, loaded: &Loaded) -> Result<(), RegisterError> {
    if !loaded.machine().shortened {
        return Ok(());
    }
    let missing = missing(acting, &loaded.file.id).await?;
    if let Some(first) = missing.into_iter().next() {
        return Err(RegisterError::State(first.says));
    }
    match of_escalation(acting, &loaded.file.id).await? {
        Some(_) => Ok(()),
        None => Err(RegisterError::State("oversight was not told of the danger yet: change the draft and screen it anew".into())),
    }
}

/// Escalations whose danger was found to be none.
pub(super) async fn unjustified(writing: &mut Writing) -> Result<BTreeSet<String>, RegisterError> {
    let mut found = BTreeSet::new();
    let mut page = Page::first(OPEN_MAX);
    loop {
        let part = writing.list::<DangerReview>(Find::State("unjustified"), &page).await?;
        let Some(last) = part.last() else { return Ok(found) };
        page.after = Some((last.made, last.id.clone()));
        found.extend(part.into_iter().map(|one| one.body.escalation));
    }
}

impl Register {
    /// Dangers that wait for review, oldest first: for rights officers of other agencies than those that stated them.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn danger_reviews(&self, caller: &Caller, page: &Page, at: Timestamp) -> Result<Vec<Stored<DangerReview>>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        acting.permit(Action::EscalationReviewDanger, &Resource { id: "all".into(), ..Resource::default() }).await?;
        let mut open = Vec::new();
        let mut page = page.clone();
        // What is others' to review stands in nobody's way.
        while open.is_empty() {
            let part = acting.tx()?.list::<DangerReview>(Find::State("open"), &page).await?;
            let Some(last) = part.last() else { break };
            page.after = Some((last.made, last.id.clone()));
            for one in part {
                let resource = resource_now(&mut acting, &one).await?;
                if acting.may(Action::EscalationReviewDanger, &resource) {
                    open.push(one);
                }
            }
        }
        let seen: Vec<&str> = open.iter().map(|one| one.id.as_str()).collect();
        let note = acting.note("escalation.dangers_listed").with(&serde_json::json!({"account": acting.who(), "reviews": seen}));
        acting.done(Notes::one(note)).await?;
        Ok(open)
    }

    /// Settles whether there was the danger that was stated. Where there was none, what it shortened is not sent any more, and it is counted in the
    /// report on escalations.
    ///
    /// # Errors
    /// [`RegisterError::Duty`] for the agency's own people, [`RegisterError::State`] where it was settled before.
    pub async fn settle_danger(
        &self,
        caller: &Caller,
        id: &str,
        version: i64,
        justified: bool,
        reason: &str,
        at: Timestamp,
    ) -> Result<Stored<DangerReview>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut review = acting.tx()?.get::<DangerReview>(id).await?.ok_or(RegisterError::Missing("escalation"))?;
        let resource = resource_now(&mut acting, &review).await?;
        acting.permit(Action::EscalationReviewDanger, &resource).await?;
        if review.body.agency == acting.caller().principal.agency {
            return Err(RegisterError::Duty("a rights officer of another agency reviews it"));
        }
        as_read(&review, version)?;
        if review.body.settled.is_some() {
            return Err(RegisterError::State("it was settled before".into()));
        }
        let reason = checked_text("reason", reason, 2_000)?;
        review.body.settled = Some(Settled { by: acting.who().to_owned(), at, justified, reason });
        acting.tx()?.put(&mut review).await?;
        let escalation = review.body.escalation.clone();
        let note = acting.note_on("escalation.danger_reviewed", "escalation", &escalation).about("review", "", id);
        let note = note.tag("outcome", if justified { "justified" } else { "unjustified" }).with(&review.body);
        acting.done(Notes::one(note)).await?;
        Ok(review)
    }

    /// Records, once each, which reviews are late: the program does this.
    pub(super) async fn run_danger_clocks(&self, at: Timestamp, most: u32) -> Result<Vec<String>, RegisterError> {
        let mut writing = self.store().write(at).await?;
        let mut late = Vec::new();
        let mut notes: Vec<Note> = Vec::new();
        for mut review in writing.list::<DangerReview>(Find::Due(at), &Page::first(most)).await? {
            review.body.late = true;
            writing.put(&mut review).await?;
            notes.push(Note::of("escalation.danger_overdue").about("escalation", "", &review.body.escalation).about("review", "", &review.id));
            late.push(review.id);
        }
        let mut notes = notes.into_iter();
        if let Some(first) = notes.next() {
            writing.commit(notes.fold(Notes::one(first), Notes::and)).await?;
        }
        Ok(late)
    }
}
