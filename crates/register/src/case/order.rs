//! Orders: a court's or a prosecutor's decision that lets something be done, as a record with a scope and an end (SG-034, SG-056, SG-072).
//!
//! One person records it from its document, another compares and confirms it; until then it opens nothing. It is stated with a request as
//! `order:ID`, and counts in its case, for its purposes, until its end.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, AgencyClass, Handling, Purpose, Resource};
use tributary_cases::{Notes, Record, Stored};
use tributary_model::{Date, Timestamp};

use super::parts::{Part, Placed, enter, open_case, reach, room_for, trace, usable, visible};
use super::{Case, Evidence, EvidenceKind, Shared};
use crate::acting::{Caller, as_read};
use crate::basis::checked_persons;
use crate::people::agency::checked_text;
use crate::{Register, RegisterError};

/// The longest term, in days.
const DAYS_MAX: i64 = 366;
/// How often it may be asked that one order be revoked.
const ASKED_MAX: usize = 20;
/// Persons of one order.
const PERSONS_MAX: usize = 200;

/// That somebody else compared it with its document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Confirmation {
    /// The account.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// That it does not hold any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Revocation {
    /// The account.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Order {
    /// Where it belongs.
    pub placed: Placed,
    /// Unit of who recorded it.
    pub unit: String,
    /// Its number.
    pub number: String,
    /// Who made it: an office.
    pub authority: String,
    /// What kind of authority that is.
    pub authority_class: AgencyClass,
    /// Under which line of the list of bases.
    pub basis: String,
    /// For what.
    pub purposes: BTreeSet<Purpose>,
    /// Whom it names: parties and victims' records of the case. None: the case, and nobody's identity.
    pub persons: BTreeSet<String>,
    /// The day it was made.
    pub made: Date,
    /// Its last day.
    pub until: Date,
    /// The document: a piece of evidence of the case.
    pub document: String,
    /// Who confirmed it.
    pub confirmed: Option<Confirmation>,
    /// Who revoked it.
    pub revoked: Option<Revocation>,
    /// Who asked that it be revoked.
    #[serde(default)]
    pub revocation_asked: Vec<Revocation>,
}

impl Order {
    /// Whether it counts on a day.
    #[must_use]
    pub fn in_force(&self, today: Date) -> bool {
        self.confirmed.is_some() && self.revoked.is_none() && self.made <= today && today <= self.until
    }
}

impl Record for Order {
    const KIND: &'static str = "order";

    fn parent(&self) -> &str {
        &self.placed.case
    }

    fn agency(&self) -> &str {
        &self.placed.agency
    }

    fn state(&self) -> &str {
        match (&self.revoked, &self.confirmed) {
            (Some(_), _) => "revoked",
            (None, Some(_)) => "confirmed",
            (None, None) => "recorded",
        }
    }
}

impl Part for Order {
    // Policies see a document of the case.
    const WORD: &'static str = "evidence";

    fn placed(&self) -> &Placed {
        &self.placed
    }

    fn resource(&self, case: &Case, id: &str) -> Resource {
        Resource { handling: Handling::P, ..case.part(id, &self.placed.by, &self.placed.agency, &self.placed.shared) }
    }
}

/// What recording an order takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    /// Its number.
    pub number: String,
    /// Who made it: an office.
    pub authority: String,
    /// What kind of authority that is.
    pub authority_class: AgencyClass,
    /// Under which line of the list of bases.
    pub basis: String,
    /// For what.
    pub purposes: BTreeSet<Purpose>,
    /// Whom it names.
    #[serde(default)]
    pub persons: BTreeSet<String>,
    /// The day it was made; not after today.
    pub made: Date,
    /// Its last day; 366 days later at most.
    pub until: Date,
    /// The document: a piece of evidence of the case, of the kind court or official record.
    pub document: String,
    /// Which agencies of a joint case may rely on it.
    #[serde(default)]
    pub shared: Shared,
}

fn checked_term(new: &NewOrder, today: Date) -> Result<(), RegisterError> {
    let days = i64::from(new.until.0) - i64::from(new.made.0);
    if new.made > today || new.until < today || !(0..=DAYS_MAX).contains(&days) {
        return Err(RegisterError::invalid("until", format!("an order has been made, has not ended, and runs {DAYS_MAX} days at most")));
    }
    let bodies = [AgencyClass::Court, AgencyClass::Prosecution, AgencyClass::Oversight];
    if !bodies.contains(&new.authority_class) {
        return Err(RegisterError::invalid("authority_class", "court, prosecution or oversight"));
    }
    if new.purposes.is_empty() || new.persons.len() > PERSONS_MAX {
        return Err(RegisterError::invalid("purposes", format!("one at least, and {PERSONS_MAX} persons at most")));
    }
    Ok(())
}

impl Register {
    /// Records an order from its document. It counts once somebody else has confirmed it.
    ///
    /// # Errors
    /// [`RegisterError::Invalid`] for a term, basis, purpose or person that does not fit; [`RegisterError::Missing`] for a document that is
    /// no evidence of the case.
    pub async fn record_order(&self, caller: &Caller, case: &str, new: NewOrder, at: Timestamp) -> Result<Stored<Order>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (file, placed) = enter(&mut acting, case, Action::OrderRecord, new.shared.clone()).await?;
        checked_term(&new, at.date())?;
        let class = acting.caller().principal.agency_class;
        if !self.settings().statutes.takes_order(&new.basis, class, &new.purposes, at.date()) {
            return Err(RegisterError::invalid(
                "basis",
                "a line of the list of bases that is in force and has these purposes and your class of agency",
            ));
        }
        checked_persons(acting.tx()?, case, &new.persons).await?;
        let document = acting.tx()?.get::<Evidence>(&new.document).await?.filter(|one| one.body.placed.case == case);
        let document = document.ok_or(RegisterError::Missing("evidence"))?;
        if !acting.may(Action::EvidenceRead, &document.body.resource(&file.body, &document.id)) {
            return Err(RegisterError::Missing("evidence"));
        }
        if !matches!(document.body.kind, EvidenceKind::CourtRecord | EvidenceKind::OfficialRecord) {
            return Err(RegisterError::invalid("document", "a court's or an official record"));
        }
        room_for::<Order>(&mut acting, case).await?;
        let order = Order {
            placed,
            unit: acting.caller().principal.unit.clone(),
            number: checked_text("number", &new.number, 80)?,
            authority: checked_text("authority", &new.authority, 200)?,
            authority_class: new.authority_class,
            basis: new.basis,
            purposes: new.purposes,
            persons: new.persons,
            made: new.made,
            until: new.until,
            document: new.document,
            confirmed: None,
            revoked: None,
            revocation_asked: Vec::new(),
        };
        let id = acting.tx()?.new_id();
        let order = acting.tx()?.add(&id, order).await?;
        let note = trace(self, &acting, "order.recorded", case, &order);
        acting.done(Notes::one(note)).await?;
        Ok(order)
    }

    /// Confirms an order against its document: by another person, of another unit or agency, than who recorded it.
    ///
    /// # Errors
    /// [`RegisterError::Duty`] for who recorded it, or a colleague of the same unit.
    pub async fn confirm_order(&self, caller: &Caller, id: &str, version: i64, at: Timestamp) -> Result<Stored<Order>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (mut order, case) = reach::<Order>(&mut acting, id, Action::OrderConfirm).await?;
        as_read(&order, version)?;
        let who = acting.caller().principal.clone();
        if who.id == order.body.placed.by || (who.agency == order.body.placed.agency && who.unit == order.body.unit) {
            return Err(RegisterError::Duty("somebody of another unit or agency than who recorded an order confirms it"));
        }
        let document = acting.tx()?.get::<Evidence>(&order.body.document).await?;
        let compared = document.is_some_and(|one| acting.may(Action::EvidenceRead, &one.body.resource(&case.body, &one.id)));
        if !compared {
            return Err(RegisterError::Duty("an order is confirmed against its document: have it shared with you first"));
        }
        if order.body.confirmed.is_some() || order.body.revoked.is_some() {
            return Err(RegisterError::State("it was confirmed or revoked before".into()));
        }
        order.body.confirmed = Some(Confirmation { by: who.id, at });
        acting.tx()?.put(&mut order).await?;
        let note = trace(self, &acting, "order.confirmed", &case.id, &order);
        acting.done(Notes::one(note)).await?;
        Ok(order)
    }

    /// Revokes an order: it opens nothing from this moment. By who recorded or confirmed it, a prosecutor of the case, or its judge.
    ///
    /// # Errors
    /// [`RegisterError::Denied`] for another member, who may ask for it ([`Register::ask_revocation`]).
    pub async fn revoke_order(&self, caller: &Caller, id: &str, reason: &str, at: Timestamp) -> Result<Stored<Order>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let missing = || RegisterError::Missing(Order::WORD);
        let mut order = acting.tx()?.get::<Order>(id).await?.ok_or_else(missing)?;
        let case = acting.tx()?.get::<Case>(&order.body.placed.case).await?.ok_or_else(missing)?;
        acting.within(&case.id);
        let mut resource = order.body.resource(&case.body, id);
        if order.body.confirmed.as_ref().is_some_and(|confirmed| confirmed.by == acting.who()) {
            acting.who().clone_into(&mut resource.assigned);
        }
        acting.permit(Action::OrderRevoke, &resource).await?;
        usable(&case.body)?;
        if order.body.revoked.is_some() {
            return Err(RegisterError::State("it was revoked before".into()));
        }
        order.body.revoked = Some(Revocation { by: acting.who().to_owned(), at, reason: checked_text("reason", reason, 500)? });
        acting.tx()?.put(&mut order).await?;
        let note = trace(self, &acting, "order.revoked", &case.id, &order);
        acting.done(Notes::one(note)).await?;
        Ok(order)
    }

    /// Asks that an order be revoked, by a member who may not revoke it: it stands with the order, for those who may.
    ///
    /// # Errors
    /// [`RegisterError::State`] for one that was revoked, or that was asked about too often.
    pub async fn ask_revocation(&self, caller: &Caller, id: &str, reason: &str, at: Timestamp) -> Result<Stored<Order>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (mut order, case) = reach::<Order>(&mut acting, id, Action::OrderRecord).await?;
        if order.body.revoked.is_some() || order.body.revocation_asked.len() >= ASKED_MAX {
            return Err(RegisterError::State(format!("it was revoked before, or that was asked for {ASKED_MAX} times")));
        }
        order.body.revocation_asked.push(Revocation { by: acting.who().to_owned(), at, reason: checked_text("reason", reason, 500)? });
        acting.tx()?.put(&mut order).await?;
        let note = trace(self, &acting, "order.revocation_asked", &case.id, &order);
        acting.done(Notes::one(note)).await?;
        Ok(order)
    }

    /// The orders of a case that the caller may see.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn orders(&self, caller: &Caller, case: &str, at: Timestamp) -> Result<Vec<Stored<Order>>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let file = open_case(&mut acting, case, Action::CaseRead).await?;
        let orders = visible::<Order>(&mut acting, &file, Action::EvidenceRead).await?;
        let note = acting.note_on("order.listed", "case_file", case);
        acting.done(Notes::one(note)).await?;
        Ok(orders)
    }
}
