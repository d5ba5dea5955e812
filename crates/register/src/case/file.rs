//! Opening, reading and changing a case itself.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, Handling, Resource, Role};
use tributary_cases::{Find, Notes, Page, Stored};
use tributary_model::Timestamp;
use tributary_model::time::MICROS_PER_DAY;

use super::parts::{open_case, trace_case, usable, writable};
use super::{Case, CaseKind, CaseState, Member, RETENTION_DAYS, Retention, Stage, StageStep};
use crate::acting::{Caller, as_read};
use crate::people::account::Account;
use crate::people::agency::{Agency, checked_jurisdiction, checked_text};
use crate::{Register, RegisterError};

/// Who may be a member of a case.
pub(super) const WORKS: [Role; 6] =
    [Role::ComplianceAnalyst, Role::FiuAnalyst, Role::PoliceAnalyst, Role::TaskForceMember, Role::Prosecutor, Role::VictimSupport];

/// What opening a case takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

/// A change of what a case says of itself. What is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseChange {
    /// What it is called.
    pub title: Option<String>,
    /// The decision that it is to influence.
    pub decision: Option<String>,
    /// How what is in it may be handled.
    pub handling: Option<Handling>,
    /// Sensitivity, upwards only: what is opened wider needs a new case.
    pub sensitivity: Option<u8>,
}

impl Register {
    /// Opens a case; who opens it is its first member.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn create_case(&self, caller: &Caller, new: NewCase, at: Timestamp) -> Result<Stored<Case>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let agency = acting.caller().principal.agency.clone();
        // Who names officials works in a compartment, and needs the vetting for it from the first moment.
        let sensitivity = if new.excluded.is_empty() { new.sensitivity } else { 3 };
        let who = acting.who().to_owned();
        let asked = Resource { id: "new".into(), jurisdiction: new.jurisdiction.clone(), sensitivity, handling: new.handling, ..acting.own() };
        acting.permit(Action::CaseCreate, &asked).await?;
        checked_jurisdiction("jurisdiction", &new.jurisdiction)?;
        if sensitivity > 3 {
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
        let member = Member { agency: agency.clone(), by: who.clone(), since: at };
        let case = Case {
            title,
            kind: new.kind,
            agency: agency.clone(),
            jurisdiction: new.jurisdiction,
            sensitivity,
            handling: new.handling,
            state: CaseState::Open,
            stage: Stage::Tasking,
            stage_owner: who.clone(),
            stages: vec![StageStep { stage: Stage::Tasking, owner: who.clone(), due: new.stage_due, since: at, by: who.clone(), reason: None }],
            stage_due: new.stage_due,
            decision,
            members: BTreeMap::from([(who, member)]),
            agencies: BTreeSet::from([agency]),
            excluded: new.excluded,
            retention: Retention { class: "case".into(), review_by: Timestamp(at.0 + RETENTION_DAYS * MICROS_PER_DAY), hold: None },
            closed_because: None,
            invited: BTreeMap::new(),
            assigned: None,
            suspended_at: None,
            remarks: Vec::new(),
        };
        let id = acting.tx()?.new_id();
        let case = acting.tx()?.add(&id, case).await?;
        let note = trace_case(self, &acting, "case.opened", &case).tag("kind", case.body.kind.as_str());
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
        acting.within(id);
        acting.permit(Action::CaseRead, &case.body.resource(id)).await?;
        usable(&case.body)?;
        let note = acting.note_on("case.read", "case_file", id);
        acting.done(Notes::one(note)).await?;
        Ok(case)
    }

    /// Cases that the caller belongs to; for a judge or rights officer those put to them. Suspended ones are among them, to be reviewed.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn cases(&self, caller: &Caller, page: &Page, at: Timestamp) -> Result<Vec<Stored<Case>>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let who = acting.who().to_owned();
        let own = Resource { assigned: who.clone(), ..acting.own() };
        acting.permit(Action::CaseList, &own).await?;
        let key = if acting.caller().principal.role == Role::Judge { "assigned" } else { "member" };
        let mut cases = acting.tx()?.list::<Case>(Find::Key(key, &who), page).await?;
        cases.retain(|case| acting.may(Action::CaseRead, &case.body.resource(&case.id)));
        let note = acting.note("case.listed");
        acting.done(Notes::one(note)).await?;
        Ok(cases)
    }

    /// Changes what a case says of itself.
    ///
    /// # Errors
    /// [`RegisterError`]; [`RegisterError::Conflict`] when it is not the version that was read.
    pub async fn update_case(
        &self,
        caller: &Caller,
        id: &str,
        change: CaseChange,
        version: i64,
        at: Timestamp,
    ) -> Result<Stored<Case>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut case = open_case(&mut acting, id, Action::CaseUpdate).await?;
        writable(&case.body)?;
        as_read(&case, version)?;
        if let Some(title) = &change.title {
            case.body.title = checked_text("title", title, 120)?;
        }
        if let Some(decision) = &change.decision {
            case.body.decision = checked_text("decision", decision, 500)?;
        }
        if let Some(handling) = change.handling {
            if case.body.handling.has_conditions() && !handling.has_conditions() {
                return Err(RegisterError::Duty("conditions that a source set are not lifted by who received them"));
            }
            case.body.handling = handling;
        }
        if let Some(sensitivity) = change.sensitivity {
            if sensitivity > 3 || sensitivity < case.body.sensitivity {
                return Err(RegisterError::invalid("sensitivity", "at least what it is, and 3 at most"));
            }
            case.body.sensitivity = sensitivity;
            // Whoever sets a compartment must still be able to enter it.
            if !acting.may(Action::CaseUpdate, &case.body.resource(id)) {
                return Err(RegisterError::Duty("your own vetting does not reach that sensitivity; a member's whose does sets it"));
            }
        }
        acting.tx()?.put(&mut case).await?;
        let note = trace_case(self, &acting, "case.updated", &case);
        acting.done(Notes::one(note)).await?;
        Ok(case)
    }

    /// Closes a case: by a member of the agency that holds it, with a reason.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn close_case(&self, caller: &Caller, id: &str, reason: &str, version: i64, at: Timestamp) -> Result<Stored<Case>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut case = open_case(&mut acting, id, Action::CaseClose).await?;
        writable(&case.body)?;
        as_read(&case, version)?;
        case.body.closed_because = Some(checked_text("reason", reason, 2_000)?);
        case.body.state = CaseState::Closed;
        case.body.invited.clear();
        acting.tx()?.put(&mut case).await?;
        let note = trace_case(self, &acting, "case.closed", &case);
        acting.done(Notes::one(note)).await?;
        Ok(case)
    }

    /// Lets an account into a case.
    ///
    /// # Errors
    /// [`RegisterError`]; [`RegisterError::Duty`] for an account of an agency that the case excludes (SG-058).
    pub async fn add_member(&self, caller: &Caller, id: &str, account: &str, at: Timestamp) -> Result<Stored<Case>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut case = open_case(&mut acting, id, Action::CaseUpdate).await?;
        writable(&case.body)?;
        let new = acting.tx()?.get::<Account>(account).await?.filter(|new| new.body.is_active()).ok_or(RegisterError::Missing("account"))?;
        if case.body.excluded.contains(&new.body.is.agency) {
            return Err(RegisterError::Duty("the case names that account's agency, which must not learn of it"));
        }
        if !case.body.agencies.contains(&new.body.is.agency) {
            return Err(RegisterError::State("the account's agency does not share the case; share it with the agency first".into()));
        }
        if !WORKS.contains(&new.body.is.role) {
            return Err(RegisterError::Duty(
                "members of a case are analysts, task-force members and prosecutors; a judge is asked by the prosecutor",
            ));
        }
        let member = Member { agency: new.body.is.agency, by: acting.who().to_owned(), since: at };
        case.body.members.insert(account.to_owned(), member);
        acting.tx()?.put(&mut case).await?;
        let note = trace_case(self, &acting, "case.member_added", &case).about("member", id, account);
        acting.done(Notes::one(note)).await?;
        Ok(case)
    }

    /// Takes an account out of a case: oneself, one of the own agency, or, for the agency that holds the case, anybody.
    ///
    /// # Errors
    /// [`RegisterError`]; [`RegisterError::State`] for the last member of the agency that holds the case.
    pub async fn remove_member(&self, caller: &Caller, id: &str, account: &str, reason: &str, at: Timestamp) -> Result<Stored<Case>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut case = open_case(&mut acting, id, Action::CaseUpdate).await?;
        let reason = checked_text("reason", reason, 500)?;
        let gone = case.body.members.remove(account).ok_or(RegisterError::Missing("account"))?;
        let own = acting.caller().principal.agency.clone();
        if gone.agency != own && case.body.agency != own {
            return Err(RegisterError::Duty("a partner takes out its own people; the agency that holds the case may take out anybody"));
        }
        if !case.body.members.values().any(|member| member.agency == case.body.agency) {
            return Err(RegisterError::State("the agency that holds a case keeps a member in it; add another first".into()));
        }
        if case.body.stage_owner == account {
            return Err(RegisterError::State("this account is responsible for the present stage; give the stage to another member first".into()));
        }
        case.body.remark(at, acting.who(), "member removed", reason);
        acting.tx()?.put(&mut case).await?;
        let note = trace_case(self, &acting, "case.member_removed", &case).about("member", id, account);
        acting.done(Notes::one(note)).await?;
        Ok(case)
    }
}
