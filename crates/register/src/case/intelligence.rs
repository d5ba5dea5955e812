//! Intelligence: graded at entry, its source sealed, apart from evidence by type. No function here makes evidence of it, and the defence's pack
//! is made of evidence alone (SG-050, SG-122).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, Handling as HandlingCode, Resource};
use tributary_cases::{Notes, Record, Stored};
use tributary_model::time::MICROS_PER_DAY;
use tributary_model::{Grading, Handling, Timestamp};

use super::parts::{Part, Placed, enter, open_case, reach, room_for, stated_basis, trace, visible};
use super::{Case, Shared};
use crate::acting::Caller;
use crate::people::agency::checked_text;
use crate::{Register, RegisterError};

/// Days until an item must be looked at again (SG-057): shorter than its case's, for it is weaker than evidence.
const REVIEW_DAYS: i64 = 365;

/// An item of intelligence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Intelligence {
    /// Where it belongs.
    pub placed: Placed,
    /// What it says; nothing by which the source can be told.
    pub text: String,
    /// Source and information, each graded on its own, and handling. There is no default (SG-050).
    pub grading: Grading,
    /// Conditions of the source; always there under `C`.
    pub conditions: Option<String>,
    /// On what legal basis (SG-001).
    pub legal_basis: String,
    /// When it was collected.
    pub collected_at: Timestamp,
    /// Looked at again by then, or not used any more.
    pub review_by: Timestamp,
    /// Since when it is not used.
    pub suspended_at: Option<Timestamp>,
}

impl Record for Intelligence {
    const KIND: &'static str = "intelligence";

    fn parent(&self) -> &str {
        &self.placed.case
    }

    fn agency(&self) -> &str {
        &self.placed.agency
    }

    fn state(&self) -> &str {
        if self.suspended_at.is_some() { "suspended" } else { "open" }
    }

    fn due(&self) -> Option<Timestamp> {
        Some(crate::retention::next(self.review_by, self.suspended_at))
    }
}

impl Part for Intelligence {
    // Policies have no type for it. Who reads or enters it must be one who works the case: no judge, no break-glass.
    const WORD: &'static str = "case";

    fn placed(&self) -> &Placed {
        &self.placed
    }

    fn resource(&self, case: &Case, id: &str) -> Resource {
        let placed = &self.placed;
        let handling = if self.grading.handling == Handling::C { HandlingCode::C } else { case.handling };
        Resource { handling, ..case.part(id, &placed.by, &placed.agency, &placed.shared) }
    }
}

/// What entering an item takes. The legal basis is the one that is stated with the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIntelligence {
    /// What it says; nothing by which the source can be told.
    pub text: String,
    /// Who or what the source is. It is sealed, and only who entered the item reads it again.
    pub source: String,
    /// Source, information, handling.
    pub grading: Grading,
    /// Conditions of the source; needed under `C`.
    #[serde(default)]
    pub conditions: Option<String>,
    /// When it was collected; not after now.
    pub collected_at: Timestamp,
    /// Which agencies of a joint case see it.
    #[serde(default)]
    pub shared: Shared,
}

/// An item as its reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntelligenceView {
    /// The item.
    pub item: Stored<Intelligence>,
    /// The source: for who entered it.
    pub source: Option<String>,
}

/// Where an item's source is sealed.
pub(super) fn seal_of(id: &str) -> String {
    format!("intelligence/{id}")
}

impl Register {
    /// Enters an item of intelligence.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn add_intelligence(
        &self,
        caller: &Caller,
        case: &str,
        new: NewIntelligence,
        at: Timestamp,
    ) -> Result<Stored<Intelligence>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (_, placed) = enter(&mut acting, case, Action::CaseUpdate, new.shared).await?;
        let legal_basis = stated_basis(&acting)?;
        let source = checked_text("source", &new.source, 500)?;
        let conditions = new.conditions.as_deref().map(|text| checked_text("conditions", text, 1_000)).transpose()?;
        if new.grading.handling == Handling::C && conditions.is_none() {
            return Err(RegisterError::invalid("conditions", "what the source allows, under handling code C"));
        }
        if new.collected_at > at {
            return Err(RegisterError::invalid("collected_at", "not after now"));
        }
        room_for::<Intelligence>(&mut acting, case).await?;
        let item = Intelligence {
            placed,
            text: checked_text("text", &new.text, 8_000)?,
            grading: new.grading,
            conditions,
            legal_basis,
            collected_at: new.collected_at,
            review_by: Timestamp(at.0 + REVIEW_DAYS * MICROS_PER_DAY),
            suspended_at: None,
        };
        let id = acting.tx()?.new_id();
        acting.tx()?.seal(&seal_of(&id), source.as_bytes()).await?;
        let item = acting.tx()?.add(&id, item).await?;
        let note = trace(self, &acting, "intelligence.added", case, &item);
        acting.done(Notes::one(note)).await?;
        Ok(item)
    }

    /// Reads an item of intelligence.
    ///
    /// # Errors
    /// [`RegisterError::State`] where its clock ran out.
    pub async fn read_intelligence(&self, caller: &Caller, id: &str, at: Timestamp) -> Result<IntelligenceView, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (item, case) = reach::<Intelligence>(&mut acting, id, Action::CaseUpdate).await?;
        if item.body.suspended_at.is_some() {
            return Err(RegisterError::State("the item's clock ran out; review it before it is used".into()));
        }
        let own = item.body.placed.by == acting.who();
        let source = if own { Some(acting.tx()?.unseal(&seal_of(id)).await?) } else { None };
        let seen = if source.is_some() { "source" } else { "text" };
        let note = trace(self, &acting, "intelligence.read", &case.id, &item).tag("seen", seen);
        acting.done(Notes::one(note)).await?;
        Ok(IntelligenceView { item, source: source.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()) })
    }

    /// The intelligence of a case that the caller may see and use.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn intelligence_of(&self, caller: &Caller, case: &str, at: Timestamp) -> Result<Vec<Stored<Intelligence>>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let file = open_case(&mut acting, case, Action::CaseUpdate).await?;
        let mut items = visible::<Intelligence>(&mut acting, &file, Action::CaseUpdate).await?;
        items.retain(|item| item.body.suspended_at.is_none());
        let note = acting.note_on("intelligence.listed", "case_file", case);
        acting.done(Notes::one(note)).await?;
        Ok(items)
    }

    /// Looks at an item again: it is still needed, for this reason, for another term.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn review_intelligence(
        &self,
        caller: &Caller,
        id: &str,
        grading: Grading,
        reason: &str,
        at: Timestamp,
    ) -> Result<Stored<Intelligence>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (mut item, mut case) = reach::<Intelligence>(&mut acting, id, Action::CaseUpdate).await?;
        let reason = checked_text("reason", reason, 500)?;
        item.body.grading = grading;
        if grading.handling == Handling::C && item.body.conditions.is_none() {
            return Err(RegisterError::invalid("grading", "conditions were not stated at entry; keep the handling code"));
        }
        item.body.review_by = Timestamp(at.0 + REVIEW_DAYS * MICROS_PER_DAY);
        item.body.suspended_at = None;
        case.body.remark(at, acting.who(), "intelligence reviewed", reason);
        acting.tx()?.put(&mut item).await?;
        acting.tx()?.put(&mut case).await?;
        let note = trace(self, &acting, "intelligence.reviewed", &case.id, &item);
        acting.done(Notes::one(note)).await?;
        Ok(item)
    }
}
