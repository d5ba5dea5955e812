//! Joint cases: one agency holds the case, others are invited and accept; an agency that the case names is shut out (SG-058).

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, AgencyClass, Resource, Role};
use tributary_cases::{Find, Notes, Page, Stored};
use tributary_model::Timestamp;
use tributary_model::time::MICROS_PER_DAY;

use super::file::WORKS;
use super::parts::{PARTS_MAX, open_case, stated_basis, trace_case, usable, writable};
use super::{Case, CaseKind, Member};
use crate::acting::{Acting, Caller};
use crate::people::account::Account;
use crate::people::agency::{Agency, checked_text};
use crate::victim::Victim;
use crate::{Register, RegisterError};

/// Days for which an invitation stands.
const INVITED_DAYS: i64 = 30;
/// How many people an invitation names at most.
const NAMED_MAX: usize = 50;
/// Classes whose agencies can be invited. Banks and platforms keep to their own, immigration can do nothing, a court is asked by a prosecutor.
const PARTNERS: [AgencyClass; 4] = [AgencyClass::Fiu, AgencyClass::Police, AgencyClass::TaskForce, AgencyClass::Prosecution];

/// A standing invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "CaseInvitation")]
pub struct Invited {
    /// The people who may accept; empty: anybody of the agency who may work cases. A compartment names them.
    pub people: BTreeSet<String>,
    /// Who invited.
    pub by: String,
    /// Why.
    pub reason: String,
    /// On what legal basis.
    pub legal_basis: String,
    /// It ends then.
    pub until: Timestamp,
}

/// What inviting an agency takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// The agency.
    pub agency: String,
    /// The people who may accept; a compartment (sensitivity 3) needs them.
    #[serde(default)]
    pub people: BTreeSet<String>,
    /// Why.
    pub reason: String,
}

/// An invitation as the invited see it: enough to decide, and no content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct InvitationView {
    /// The case.
    pub case: String,
    /// What it is about.
    pub kind: CaseKind,
    /// The agency that holds it.
    pub from: String,
    /// Why it invites.
    pub reason: String,
    /// On what legal basis.
    pub legal_basis: String,
    /// Until when it stands.
    pub until: Timestamp,
}

/// What policies see of a case to whose people an invitation stands: the invited count as such, for joining alone.
fn invited_resource(case: &Stored<Case>, agency: &str, at: Timestamp) -> Resource {
    let mut resource = case.body.resource(&case.id);
    if let Some(invited) = case.body.invited.get(agency).filter(|invited| at < invited.until) {
        resource.member_agencies.insert(agency.to_owned());
        resource.members.extend(invited.people.iter().cloned());
    }
    resource
}

fn invites(case: &Case, agency: &str, account: &str, at: Timestamp) -> bool {
    let standing = case.invited.get(agency).filter(|invited| at < invited.until);
    standing.is_some_and(|invited| invited.people.is_empty() || invited.people.contains(account))
}

/// Shuts an agency out of a case for good: its people go, its invitation ends, and the case becomes a compartment (SG-058).
pub(super) async fn exclude(acting: &mut Acting, case: &mut Stored<Case>, agency: &str) -> Result<usize, RegisterError> {
    if case.body.excluded.contains(agency) {
        return Ok(0);
    }
    if case.body.agency == agency {
        return Err(RegisterError::Duty(
            "the agency that holds this case would be named in it: have another agency or oversight open a compartment, and write the name there",
        ));
    }
    let before = case.body.members.len();
    case.body.members.retain(|_, member| member.agency != agency);
    case.body.agencies.remove(agency);
    case.body.invited.remove(agency);
    case.body.excluded.insert(agency.to_owned());
    case.body.sensitivity = 3;
    let ids: Vec<String> = case.body.members.keys().cloned().collect();
    let today = acting.at().date();
    let mut can_enter = None;
    for id in ids {
        let account = acting.tx()?.get::<Account>(&id).await?;
        let vetted = |account: &Account| account.is_active() && account.is.vetting >= 3 && today <= account.is.vetted_until;
        if account.is_some_and(|account| account.body.is.agency == case.body.agency && vetted(&account.body)) {
            can_enter = Some(id);
            break;
        }
    }
    let Some(can_enter) = can_enter else {
        return Err(RegisterError::Duty(
            "naming an official makes the case a compartment, and no member of the agency that holds it has the vetting for one: add such a member first",
        ));
    };
    shut_out_of_victims(acting, case, agency, &can_enter).await?;
    if !case.body.members.contains_key(&case.body.stage_owner) {
        case.body.stage_owner = can_enter;
    }
    Ok(before - case.body.members.len())
}

/// The records of the case's victims are shut to the agency as well; one that it opened goes to the agency that holds the case.
async fn shut_out_of_victims(acting: &mut Acting, case: &Stored<Case>, agency: &str, can_enter: &str) -> Result<(), RegisterError> {
    for mut victim in acting.tx()?.list::<Victim>(Find::Parent(&case.id), &Page::first(PARTS_MAX)).await? {
        victim.body.excluded.insert(agency.to_owned());
        victim.body.sensitivity = case.body.sensitivity;
        for account in victim.body.members.clone() {
            let of_agency = acting.tx()?.get::<Account>(&account).await?.is_none_or(|one| one.body.is.agency == agency);
            if of_agency {
                victim.body.members.remove(&account);
            }
        }
        if victim.body.agency == agency {
            victim.body.agency.clone_from(&case.body.agency);
        }
        if victim.body.members.is_empty() {
            victim.body.members.insert(can_enter.to_owned());
        }
        acting.tx()?.put(&mut victim).await?;
    }
    Ok(())
}

impl Register {
    /// Invites an agency to share a case.
    ///
    /// # Errors
    /// [`RegisterError`]; [`RegisterError::Duty`] for an agency that the case names, or of a class that keeps no joint cases.
    pub async fn share_case(&self, caller: &Caller, id: &str, new: NewInvitation, at: Timestamp) -> Result<Stored<Case>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut case = open_case(&mut acting, id, Action::CaseShare).await?;
        writable(&case.body)?;
        let legal_basis = stated_basis(&acting)?;
        let reason = checked_text("reason", &new.reason, 500)?;
        let agency = acting.tx()?.get::<Agency>(&new.agency).await?.ok_or(RegisterError::Missing("agency"))?;
        if case.body.excluded.contains(&new.agency) {
            return Err(RegisterError::Duty("the case names that agency, which must not learn of it"));
        }
        if !PARTNERS.contains(&agency.body.class) {
            return Err(RegisterError::Duty("joint cases are of police, task forces, the financial intelligence unit and prosecution"));
        }
        if case.body.agencies.contains(&new.agency) {
            return Err(RegisterError::State("that agency shares the case already".into()));
        }
        if new.people.len() > NAMED_MAX {
            return Err(RegisterError::invalid("people", format!("{NAMED_MAX} at most")));
        }
        if case.body.sensitivity >= 3 && new.people.is_empty() {
            return Err(RegisterError::invalid("people", "a compartment names the people whom it invites"));
        }
        for person in &new.people {
            let account = acting.tx()?.get::<Account>(person).await?.filter(|account| account.body.is_active());
            if account.is_none_or(|account| account.body.is.agency != new.agency || !WORKS.contains(&account.body.is.role)) {
                return Err(RegisterError::Missing("account"));
            }
        }
        let until = Timestamp(at.0 + INVITED_DAYS * MICROS_PER_DAY);
        let invited = Invited { people: new.people, by: acting.who().to_owned(), reason, legal_basis, until };
        case.body.invited.insert(new.agency.clone(), invited);
        acting.tx()?.put(&mut case).await?;
        let class = agency.body.class.as_str();
        let note = trace_case(self, &acting, "case.shared", &case).about("invited", id, &new.agency).tag("class", class);
        acting.done(Notes::one(note)).await?;
        Ok(case)
    }

    /// Invitations that stand for the caller.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn invitations(&self, caller: &Caller, page: &Page, at: Timestamp) -> Result<Vec<InvitationView>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (who, agency) = (acting.who().to_owned(), acting.caller().principal.agency.clone());
        let own = Resource { id: "all".into(), member_agencies: BTreeSet::from([agency.clone()]), ..Resource::default() };
        acting.permit(Action::CaseJoin, &own).await?;
        let mut cases = acting.tx()?.list::<Case>(Find::Key("invited", &agency), page).await?;
        cases.retain(|case| {
            case.body.is_open() && invites(&case.body, &agency, &who, at) && acting.may(Action::CaseJoin, &invited_resource(case, &agency, at))
        });
        let note = acting.note("case.invitations_listed");
        acting.done(Notes::one(note)).await?;
        let view = |case: Stored<Case>| {
            let invited = case.body.invited.get(&agency)?;
            let (reason, legal_basis) = (invited.reason.clone(), invited.legal_basis.clone());
            Some(InvitationView { case: case.id, kind: case.body.kind, from: case.body.agency, reason, legal_basis, until: invited.until })
        };
        Ok(cases.into_iter().filter_map(view).collect())
    }

    /// Accepts an invitation to a joint case for the own agency; who accepts becomes a member.
    ///
    /// # Errors
    /// [`RegisterError::Missing`] where no invitation stands: that there is a case is then none of the caller's business.
    pub async fn join_case(&self, caller: &Caller, id: &str, at: Timestamp) -> Result<Stored<Case>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut case = acting.tx()?.need::<Case>(id).await?;
        let (who, agency) = (acting.who().to_owned(), acting.caller().principal.agency.clone());
        acting.permit(Action::CaseJoin, &invited_resource(&case, &agency, at)).await?;
        if !invites(&case.body, &agency, &who, at) {
            return Err(RegisterError::Missing("case"));
        }
        writable(&case.body)?;
        let by = if let Some(invited) = case.body.invited.get_mut(&agency) {
            invited.people.remove(&who);
            invited.by.clone()
        } else {
            String::new()
        };
        if case.body.invited.get(&agency).is_some_and(|invited| invited.people.is_empty()) {
            case.body.invited.remove(&agency);
        }
        case.body.agencies.insert(agency.clone());
        case.body.members.insert(who, Member { agency, by, since: at });
        acting.tx()?.put(&mut case).await?;
        let note = trace_case(self, &acting, "case.joined", &case);
        acting.done(Notes::one(note)).await?;
        Ok(case)
    }

    /// Shuts an agency out of a case, before its officials are named in it (SG-058). It is not taken back.
    ///
    /// # Errors
    /// [`RegisterError`]; [`RegisterError::Duty`] for the agency that holds the case, or where nobody is vetted for a compartment.
    pub async fn exclude_agency(&self, caller: &Caller, id: &str, agency: &str, at: Timestamp) -> Result<Stored<Case>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut case = open_case(&mut acting, id, Action::CaseUpdate).await?;
        writable(&case.body)?;
        acting.tx()?.get::<Agency>(agency).await?.ok_or(RegisterError::Missing("agency"))?;
        exclude(&mut acting, &mut case, agency).await?;
        acting.tx()?.put(&mut case).await?;
        let note = trace_case(self, &acting, "case.agency_excluded", &case);
        acting.done(Notes::one(note)).await?;
        Ok(case)
    }

    /// Brings a case before a judge: by its prosecutor. The judge reads it from then on, and does nothing else in it.
    ///
    /// # Errors
    /// [`RegisterError`]; [`RegisterError::Duty`] for anybody but a prosecutor, or an account that is no judge's.
    pub async fn bring_to_court(&self, caller: &Caller, id: &str, judge: &str, reason: &str, at: Timestamp) -> Result<Stored<Case>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut case = open_case(&mut acting, id, Action::CaseShare).await?;
        if acting.caller().principal.role != Role::Prosecutor {
            return Err(RegisterError::Duty("a case is brought before a court by its prosecutor"));
        }
        let reason = checked_text("reason", reason, 500)?;
        let account = acting.tx()?.get::<Account>(judge).await?.filter(|account| account.body.is_active());
        let account = account.ok_or(RegisterError::Missing("account"))?;
        if account.body.class != AgencyClass::Court || account.body.is.role != Role::Judge {
            return Err(RegisterError::Duty("a case is brought before a judge"));
        }
        if case.body.excluded.contains(&account.body.is.agency) {
            return Err(RegisterError::Duty("the case names that court, which must not learn of it"));
        }
        case.body.assigned = Some(judge.to_owned());
        case.body.remark(at, acting.who(), "brought before a court", reason);
        acting.tx()?.put(&mut case).await?;
        let note = trace_case(self, &acting, "case.brought_to_court", &case).about("judge", id, judge);
        acting.done(Notes::one(note)).await?;
        Ok(case)
    }

    /// Ends an invitation that was not accepted.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn take_back_invitation(&self, caller: &Caller, id: &str, agency: &str, at: Timestamp) -> Result<Stored<Case>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut case = acting.tx()?.need::<Case>(id).await?;
        acting.permit(Action::CaseShare, &case.body.resource(id)).await?;
        usable(&case.body)?;
        case.body.invited.remove(agency).ok_or(RegisterError::Missing("agency"))?;
        acting.tx()?.put(&mut case).await?;
        let note = trace_case(self, &acting, "case.invitation_ended", &case).about("invited", id, agency);
        acting.done(Notes::one(note)).await?;
        Ok(case)
    }
}
