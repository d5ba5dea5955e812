//! Opening, reading and changing a case itself.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tributary_access::{Action, Handling, Resource};
use tributary_cases::{Find, Notes, Page, Stored};
use tributary_model::Timestamp;
use tributary_model::time::MICROS_PER_DAY;

use super::{Case, CaseKind, CaseState, Member, Retention, Stage};
use crate::acting::Caller;
use crate::people::account::Account;
use crate::people::agency::{Agency, checked_jurisdiction, checked_text};
use crate::{Register, RegisterError};

/// Days until a case must be reviewed, unless its class says otherwise: five years (28 CFR 23.20(h)), which a register may shorten.
const REVIEW_DAYS: i64 = 1_826;

/// What opening a case takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCase {
    /// What it is called; no name of a person.
    pub title: String,
    /// What it is about.
    pub kind: CaseKind,
    /// ISO 3166 code.
    pub jurisdiction: String,
    /// 0 to 3.
    pub sensitivity: u8,
    /// How what is in it may be handled.
    pub handling: Handling,
    /// The decision that it is to influence (SG-121).
    pub decision: String,
    /// When the first stage is to be done.
    pub stage_due: Timestamp,
    /// Agencies whose people it names (SG-058).
    #[serde(default)]
    pub excluded: BTreeSet<String>,
}

impl Register {
    /// Opens a case; who opens it is its first member.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn create_case(&self, caller: &Caller, new: NewCase, at: Timestamp) -> Result<Stored<Case>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let agency = acting.caller().principal.agency.clone();
        let asked = Resource {
            id: "new".into(),
            jurisdiction: new.jurisdiction.clone(),
            sensitivity: new.sensitivity,
            handling: new.handling,
            ..acting.own()
        };
        acting.permit(Action::CaseCreate, &asked).await?;
        checked_jurisdiction("jurisdiction", &new.jurisdiction)?;
        if new.sensitivity > 3 {
            return Err(RegisterError::invalid("sensitivity", "0 to 3"));
        }
        let title = checked_text("title", &new.title, 120)?;
        let decision = checked_text("decision", &new.decision, 500)?;
        if new.excluded.contains(&agency) {
            return Err(RegisterError::Duty("a case that names your own agency is opened by another one, or by oversight"));
        }
        for other in &new.excluded {
            acting.tx()?.need::<Agency>(other).await?;
        }
        let who = acting.who().to_owned();
        let member = Member { agency: agency.clone(), by: who.clone(), since: at };
        let case = Case {
            title,
            kind: new.kind,
            agency: agency.clone(),
            jurisdiction: new.jurisdiction,
            // Who names officials works in a compartment.
            sensitivity: if new.excluded.is_empty() { new.sensitivity } else { 3 },
            handling: new.handling,
            state: CaseState::Open,
            stage: Stage::Tasking,
            stage_owner: who.clone(),
            stage_due: new.stage_due,
            decision,
            members: BTreeMap::from([(who, member)]),
            agencies: BTreeSet::from([agency]),
            excluded: new.excluded,
            retention: Retention { class: "case".into(), review_by: Timestamp(at.0 + REVIEW_DAYS * MICROS_PER_DAY), hold: None },
            closed_because: None,
        };
        let id = acting.tx()?.new_id();
        let case = acting.tx()?.add(&id, case).await?;
        let note = acting.note_on("case.opened", "case_file", &id).tag("kind", case.body.kind.as_str()).with(&case.body);
        acting.done(Notes::one(note)).await?;
        Ok(case)
    }

    /// Reads a case.
    ///
    /// # Errors
    /// [`RegisterError::Missing`] where the caller may not know of it.
    pub async fn read_case(&self, caller: &Caller, id: &str, at: Timestamp) -> Result<Stored<Case>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let case = acting.tx()?.need::<Case>(id).await?;
        acting.permit(Action::CaseRead, &case.body.resource(id)).await?;
        let note = acting.note_on("case.read", "case_file", id);
        acting.done(Notes::one(note)).await?;
        Ok(case)
    }

    /// Cases that the caller belongs to.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn cases(&self, caller: &Caller, page: &Page, at: Timestamp) -> Result<Vec<Stored<Case>>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let own = acting.own();
        acting.permit(Action::CaseList, &own).await?;
        let who = acting.who().to_owned();
        let mut cases = acting.tx()?.list::<Case>(Find::Key("member", &who), page).await?;
        cases.retain(|case| acting.may(Action::CaseRead, &case.body.resource(&case.id)));
        let note = acting.note("case.listed");
        acting.done(Notes::one(note)).await?;
        Ok(cases)
    }

    /// Lets an account into a case.
    ///
    /// # Errors
    /// [`RegisterError`]; [`RegisterError::Missing`] for an account of an agency that the case excludes.
    pub async fn add_member(&self, caller: &Caller, id: &str, account: &str, at: Timestamp) -> Result<Stored<Case>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut case = acting.tx()?.need::<Case>(id).await?;
        acting.permit(Action::CaseUpdate, &case.body.resource(id)).await?;
        let new = acting.tx()?.get::<Account>(account).await?.filter(|new| new.body.is_active()).ok_or(RegisterError::Missing("account"))?;
        if case.body.excluded.contains(&new.body.is.agency) {
            return Err(RegisterError::Duty("the case names that account's agency, which must not learn of it"));
        }
        if !case.body.agencies.contains(&new.body.is.agency) {
            return Err(RegisterError::State("the account's agency does not share the case; share it with the agency first".into()));
        }
        let member = Member { agency: new.body.is.agency, by: acting.who().to_owned(), since: at };
        case.body.members.insert(account.to_owned(), member);
        acting.tx()?.put(&mut case).await?;
        let note = acting.note_on("case.member_added", "case_file", id).about("member", id, account);
        acting.done(Notes::one(note)).await?;
        Ok(case)
    }
}
