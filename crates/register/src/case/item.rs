//! What is to be done in a case, and what comes of it: tasks, deadlines, hearings, charges and their outcomes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::Action;
use tributary_cases::{Notes, Record, Stored};
use tributary_model::Timestamp;

use super::charges::Charges;
use super::parts::{Part, Placed, enter, open_case, reach, room_for, trace, usable, visible, writable};
use super::party::is_protected;
use super::{Case, Offence, Party, Shared, Standing};
use crate::acting::{Acting, Caller, as_read};
use crate::people::agency::checked_text;
use crate::{Register, RegisterError};

/// How many outcomes a charge has at most: one for each instance.
const OUTCOMES_MAX: usize = 20;

/// What came of a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the words of the list say it")]
pub enum Verdict {
    Convicted,
    Acquitted,
    Discharged,
    Withdrawn,
    Pending,
    Transferred,
}

/// One outcome; an appeal adds another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "CourtOutcome")]
pub struct Outcome {
    /// What.
    pub verdict: Verdict,
    /// Of which court or office.
    pub court: String,
    /// On which day.
    pub on: tributary_model::Date,
    /// Who recorded it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A charge as it stands in a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// The subject.
    pub party: String,
    /// The offence.
    pub offence: Offence,
    /// Reference of the non-punishment review; needed where people are often made to do this (SG-032).
    #[serde(default)]
    pub review: Option<String>,
    /// What came of it, oldest first. Empty when it is entered.
    #[serde(default)]
    pub outcomes: Vec<Outcome>,
}

/// What it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ItemIs")]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Item {
    /// Something that somebody does.
    Task,
    /// A day that the law or a court sets.
    Deadline,
    /// A hearing.
    Hearing {
        /// Before which court.
        court: String,
    },
    /// A charge against a subject.
    Charge(Named),
}

impl Item {
    /// Its word.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Deadline => "deadline",
            Self::Hearing { .. } => "hearing",
            Self::Charge(_) => "charge",
        }
    }
}

/// That it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ItemDone")]
pub struct Done {
    /// Who did it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// With what result.
    pub result: String,
}

/// An item of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaseItem {
    /// Where it belongs.
    pub placed: Placed,
    /// What it is.
    pub what: Item,
    /// What it is called; no name of a person.
    pub title: String,
    /// The member who is responsible.
    pub owner: String,
    /// By when.
    pub due: Timestamp,
    /// That it is done.
    pub done: Option<Done>,
}

impl Record for CaseItem {
    const KIND: &'static str = "case_item";

    fn parent(&self) -> &str {
        &self.placed.case
    }

    fn agency(&self) -> &str {
        &self.placed.agency
    }

    fn state(&self) -> &str {
        if self.done.is_some() { "done" } else { "open" }
    }

    fn due(&self) -> Option<Timestamp> {
        self.done.is_none().then_some(self.due)
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        let party = match &self.what {
            Item::Charge(charge) => Some(("party", charge.party.clone())),
            Item::Task | Item::Deadline | Item::Hearing { .. } => None,
        };
        std::iter::once(("owner", self.owner.clone())).chain(party).collect()
    }
}

impl Part for CaseItem {
    const WORD: &'static str = "case";

    fn placed(&self) -> &Placed {
        &self.placed
    }
}

impl CaseItem {
    /// The last outcome of a charge; pending before the first, none for what is no charge.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        match &self.what {
            Item::Charge(charge) => Some(charge.outcomes.last().map_or(Verdict::Pending, |outcome| outcome.verdict)),
            Item::Task | Item::Deadline | Item::Hearing { .. } => None,
        }
    }
}

/// What entering an item takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewItem {
    /// What it is.
    pub what: Item,
    /// What it is called; no name of a person.
    pub title: String,
    /// The member who is responsible.
    pub owner: String,
    /// By when; in the future.
    pub due: Timestamp,
    /// Which agencies of a joint case see it.
    #[serde(default)]
    pub shared: Shared,
}

impl Register {
    /// Enters a task, deadline, hearing or charge. A charge is against a subject, for an offence of the list that was in force; where people
    /// are often made to do it, the non-punishment review is cited (SG-032).
    ///
    /// # Errors
    /// [`RegisterError`]; [`RegisterError::Duty`] for a charge against who is no subject, or is protected.
    pub async fn add_item(
        &self,
        caller: &Caller,
        case: &str,
        new: NewItem,
        charges: &Charges,
        at: Timestamp,
    ) -> Result<Stored<CaseItem>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (file, placed) = enter(&mut acting, case, Action::TaskAdd, new.shared).await?;
        let title = checked_text("title", &new.title, 120)?;
        if !file.body.has_member(&new.owner) {
            return Err(RegisterError::invalid("owner", "a member of the case"));
        }
        if new.due <= at {
            return Err(RegisterError::invalid("due", "a time to come"));
        }
        match &new.what {
            Item::Charge(charge) => checked_charge(&mut acting, &file, charge, charges).await?,
            Item::Hearing { court } => {
                checked_text("court", court, 120)?;
            }
            Item::Task | Item::Deadline => {}
        }
        room_for::<CaseItem>(&mut acting, case).await?;
        let item = CaseItem { placed, what: new.what, title, owner: new.owner, due: new.due, done: None };
        let id = acting.tx()?.new_id();
        let item = acting.tx()?.add(&id, item).await?;
        let note = trace(self, &acting, "task.added", case, &item).tag("kind", item.body.what.as_str());
        acting.done(Notes::one(note)).await?;
        Ok(item)
    }

    /// Gives an item to another member, or another day.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn move_item(
        &self,
        caller: &Caller,
        id: &str,
        owner: &str,
        due: Timestamp,
        version: i64,
        at: Timestamp,
    ) -> Result<Stored<CaseItem>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (mut item, case) = reach::<CaseItem>(&mut acting, id, Action::TaskUpdate).await?;
        writable(&case.body)?;
        as_read(&item, version)?;
        if item.body.done.is_some() {
            return Err(RegisterError::State("it is done".into()));
        }
        if !case.body.has_member(owner) {
            return Err(RegisterError::invalid("owner", "a member of the case"));
        }
        if due <= at {
            return Err(RegisterError::invalid("due", "a time to come"));
        }
        owner.clone_into(&mut item.body.owner);
        item.body.due = due;
        acting.tx()?.put(&mut item).await?;
        let note = trace(self, &acting, "task.moved", &case.id, &item).tag("kind", item.body.what.as_str());
        acting.done(Notes::one(note)).await?;
        Ok(item)
    }

    /// Says that an item is done, with its result.
    ///
    /// # Errors
    /// [`RegisterError::State`] for what is done already, and for a charge, which ends by an outcome.
    pub async fn finish_item(&self, caller: &Caller, id: &str, result: &str, version: i64, at: Timestamp) -> Result<Stored<CaseItem>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (mut item, case) = reach::<CaseItem>(&mut acting, id, Action::TaskUpdate).await?;
        writable(&case.body)?;
        as_read(&item, version)?;
        if item.body.done.is_some() || matches!(item.body.what, Item::Charge(_)) {
            return Err(RegisterError::State("it is done, or a charge, which ends by an outcome".into()));
        }
        let result = checked_text("result", result, 2_000)?;
        item.body.done = Some(Done { by: acting.who().to_owned(), at, result });
        acting.tx()?.put(&mut item).await?;
        let note = trace(self, &acting, "task.done", &case.id, &item).tag("kind", item.body.what.as_str());
        acting.done(Notes::one(note)).await?;
        Ok(item)
    }

    /// Records what came of a charge; an appeal adds another outcome, and nothing is overwritten.
    ///
    /// # Errors
    /// [`RegisterError::State`] for what is no charge.
    #[expect(clippy::too_many_arguments, reason = "an outcome is made of these, and each is the caller's own")]
    pub async fn record_outcome(
        &self,
        caller: &Caller,
        id: &str,
        verdict: Verdict,
        court: &str,
        on: tributary_model::Date,
        version: i64,
        at: Timestamp,
    ) -> Result<Stored<CaseItem>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (mut item, case) = reach::<CaseItem>(&mut acting, id, Action::TaskUpdate).await?;
        // Verdicts come late: a closed case takes them.
        usable(&case.body)?;
        as_read(&item, version)?;
        let court = checked_text("court", court, 120)?;
        if on > at.date() {
            return Err(RegisterError::invalid("on", "not after today"));
        }
        let by = acting.who().to_owned();
        let Item::Charge(charge) = &mut item.body.what else { return Err(RegisterError::State("only a charge has an outcome".into())) };
        if charge.outcomes.len() >= OUTCOMES_MAX {
            return Err(RegisterError::State(format!("a charge has at most {OUTCOMES_MAX} outcomes")));
        }
        charge.outcomes.push(Outcome { verdict, court, on, by: by.clone(), at });
        let ends = !matches!(verdict, Verdict::Pending);
        item.body.done = ends.then(|| Done { by, at, result: "outcome recorded".into() });
        acting.tx()?.put(&mut item).await?;
        let note = trace(self, &acting, "charge.outcome_recorded", &case.id, &item);
        acting.done(Notes::one(note)).await?;
        Ok(item)
    }

    /// The items of a case that the caller may see, by due time.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn items(&self, caller: &Caller, case: &str, at: Timestamp) -> Result<Vec<Stored<CaseItem>>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let file = open_case(&mut acting, case, Action::CaseRead).await?;
        let mut items = visible::<CaseItem>(&mut acting, &file, Action::CaseRead).await?;
        items.sort_by(|a, b| (a.body.due, &a.id).cmp(&(b.body.due, &b.id)));
        let note = acting.note_on("task.listed", "case_file", case);
        acting.done(Notes::one(note)).await?;
        Ok(items)
    }
}

async fn checked_charge(acting: &mut Acting, case: &Stored<Case>, charge: &Named, charges: &Charges) -> Result<(), RegisterError> {
    let party = acting.tx()?.get::<Party>(&charge.party).await?.filter(|party| party.body.placed.case == case.id);
    let party = party.filter(|party| acting.may(Action::PartyRead, &party.body.resource(&case.body, &party.id)));
    let party = party.ok_or(RegisterError::Missing("party"))?;
    if !matches!(party.body.standing, Standing::Subject(_)) {
        return Err(RegisterError::Duty("only a subject is charged: a member decides that first, citing a fact and an offence"));
    }
    if is_protected(acting.tx()?, &charge.party).await? {
        return Err(RegisterError::Duty("this party is protected: the non-punishment review comes first; ask the prosecutor or the victim service"));
    }
    if !charge.outcomes.is_empty() {
        return Err(RegisterError::invalid("outcomes", "recorded one by one, after the charge"));
    }
    let offence = &charge.offence;
    let line = charges.offence(&offence.charge, case.body.kind, offence.acted_on, offence.confirmed_in_force)?;
    let review = charge.review.as_deref().map(|review| checked_text("review", review, 200)).transpose()?;
    if line.often_coerced && review.is_none() {
        return Err(RegisterError::invalid("review", "people are often made to do this: cite the non-punishment review of this person"));
    }
    Ok(())
}
