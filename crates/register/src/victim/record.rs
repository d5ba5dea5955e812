//! Opening, reading and keeping the pseudonymous record.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, AgencyClass, Role};
use tributary_cases::{Find, Notes, Page, Stored};
use tributary_model::Timestamp;

use super::{Coerced, DecidingOrg, Decision, Exploitation, Means, Status, Victim, is_victim, on_record};
use crate::acting::{Caller, as_read};
use crate::case::{Case, under_protection};
use crate::people::account::Account;
use crate::people::agency::{checked_jurisdiction, checked_text};
use crate::{Register, RegisterError};

/// What opening a record takes. A status is not among it: it begins as possible (SG-030).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVictim {
    /// The case; none before any case.
    pub case: Option<String>,
    /// ISO 3166 code.
    pub jurisdiction: String,
    /// Under 18, or possibly so.
    pub minor: bool,
    /// The party of the case that this is.
    #[serde(default)]
    pub party: Option<String>,
    /// Means of control; empty for a child (SG-041).
    #[serde(default)]
    pub means: BTreeSet<Means>,
    /// Kinds of exploitation.
    #[serde(default)]
    pub exploitation: BTreeSet<Exploitation>,
    /// What the person was or may have been made to do (SG-033).
    #[serde(default)]
    pub coerced: BTreeSet<Coerced>,
}

/// A decision on a status (SG-030).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusDecision {
    /// What is decided.
    pub status: Status,
    /// For which organisation: there is no default.
    pub org: DecidingOrg,
    /// Why.
    pub reason: String,
}

/// Roles that may be put on a record. None of immigration exists; platforms and banks have no business with it.
const ON_RECORDS: [Role; 4] = [Role::VictimSupport, Role::PoliceAnalyst, Role::TaskForceMember, Role::Prosecutor];

impl Register {
    /// Opens the protective route for a person, who from now on is kept out of the subjects (SG-030, SG-031, SG-033). A party of the case that
    /// was made a subject before is one no more.
    ///
    /// # Errors
    /// [`RegisterError::Missing`] for a party that is none of the case.
    /// [`RegisterError::Invalid`] for means of control of a child, who is not asked for them (SG-041).
    pub async fn open_victim(&self, caller: &Caller, new: NewVictim, at: Timestamp) -> Result<Stored<Victim>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let who = acting.who().to_owned();
        let case = match &new.case {
            Some(id) => Some(acting.tx()?.get::<Case>(id).await?.ok_or(RegisterError::Missing("person"))?.body),
            None => None,
        };
        let victim = fresh(&new, case.as_ref(), &acting.caller().principal.agency.clone(), &who, at);
        acting.permit(Action::VictimOpen, &victim.resource("new")).await?;
        if case.as_ref().is_some_and(|case| !case.has_member(&who)) {
            return Err(RegisterError::Missing("person"));
        }
        checked_jurisdiction("jurisdiction", &new.jurisdiction)?;
        if new.minor && !new.means.is_empty() {
            return Err(RegisterError::invalid("means", "a child is not asked how it was done: leave them out (SG-041)"));
        }
        let mut taken_out = None;
        if let Some(party) = &new.party {
            checked_text("party", party, 64)?;
            let case = new.case.as_deref().ok_or_else(|| RegisterError::invalid("party", "a party is one of a case: state the case"))?;
            taken_out = under_protection(self, &mut acting, case, party).await?;
            if is_victim(acting.tx()?, party).await? {
                return Err(RegisterError::State("the party has a record already; ask who keeps it to put you on it".into()));
            }
        }
        let id = acting.tx()?.new_id();
        let victim = acting.tx()?.add(&id, victim).await?;
        let note = acting.note_on("victim.opened", "victim", &id).tag("status", victim.body.status.as_str());
        let note = note.tag("minor", if victim.body.minor { "yes" } else { "no" }).tag("coerced", if new.coerced.is_empty() { "no" } else { "yes" });
        let notes = Notes::one(note.with(&new));
        acting.done(taken_out.into_iter().fold(notes, Notes::and)).await?;
        Ok(victim)
    }

    /// Reads the pseudonymous record.
    ///
    /// # Errors
    /// [`RegisterError::Missing`] where the caller may not know of it.
    pub async fn read_victim(&self, caller: &Caller, id: &str, at: Timestamp) -> Result<Stored<Victim>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let victim = on_record(&mut acting, id).await?;
        acting.permit(Action::VictimRead, &victim.body.resource(id)).await?;
        let note = acting.note_on("victim.read", "victim", id);
        acting.done(Notes::one(note)).await?;
        Ok(victim)
    }

    /// Records that the caller was put on, by pseudonym. There is no other list and no search (SG-034, SG-037).
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn victims(&self, caller: &Caller, page: &Page, at: Timestamp) -> Result<Vec<Stored<Victim>>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let who = acting.who().to_owned();
        let stub = Victim { members: BTreeSet::from([who.clone()]), ..stub(&acting.caller().principal.agency, at) };
        let stated = acting.caller().case.clone();
        acting.permit(Action::VictimRead, &stub.resource("all")).await?;
        let mut found = acting.tx()?.list::<Victim>(Find::Key("member", &who), page).await?;
        found.retain(|record| record.body.suspended_at.is_none());
        // Where a case is stated, its own records alone are shown; without one, policies leave those who need one with none.
        found.retain(|victim| stated.is_none() || victim.body.case == stated);
        found.retain(|victim| acting.may(Action::VictimRead, &victim.body.resource(&victim.id)));
        let note = acting.note("victim.listed");
        acting.done(Notes::one(note)).await?;
        Ok(found)
    }

    /// Puts somebody on the record, or puts the record to a rights officer. Only who is on it can do so.
    ///
    /// # Errors
    /// [`RegisterError::Duty`] for a role that has no business with victims, or an agency that must not learn of it.
    pub async fn add_to_victim(&self, caller: &Caller, id: &str, account: &str, at: Timestamp) -> Result<Stored<Victim>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut victim = on_record(&mut acting, id).await?;
        acting.permit(Action::VictimOpen, &victim.body.resource(id)).await?;
        if !victim.body.members.contains(acting.who()) {
            return Err(RegisterError::Missing("person"));
        }
        let new = acting.tx()?.get::<Account>(account).await?.filter(|new| new.body.is_active()).ok_or(RegisterError::Missing("account"))?;
        if new.body.class == AgencyClass::Immigration || victim.body.excluded.contains(&new.body.is.agency) {
            return Err(RegisterError::Duty("that account's agency has no access to this person (SG-038, SG-058)"));
        }
        if new.body.is.role == Role::RightsOfficer {
            account.clone_into(&mut victim.body.assigned);
        } else if ON_RECORDS.contains(&new.body.is.role) && victim.body.has_room() {
            victim.body.members.insert(account.to_owned());
        } else {
            return Err(RegisterError::Duty(
                "support workers, police, task forces, prosecutors and a rights officer are put on a record; 50 at most",
            ));
        }
        acting.tx()?.put(&mut victim).await?;
        let note = acting.note_on("victim.member_added", "victim", id).about("member", id, account);
        acting.done(Notes::one(note)).await?;
        Ok(victim)
    }

    /// Sets a status for an organisation that has the duty to decide. The program never does (SG-030).
    ///
    /// # Errors
    /// [`RegisterError::Duty`] where the caller decides for an organisation that is not their own.
    pub async fn set_victim_status(
        &self,
        caller: &Caller,
        id: &str,
        version: i64,
        new: StatusDecision,
        at: Timestamp,
    ) -> Result<Stored<Victim>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut victim = on_record(&mut acting, id).await?;
        acting.permit(Action::VictimStatus, &victim.body.resource(id)).await?;
        as_read(&victim, version)?;
        let reason = checked_text("reason", &new.reason, 2_000)?;
        let class = acting.caller().principal.agency_class;
        if !decides_for(class, new.org) {
            return Err(RegisterError::Duty("a status is decided for the own organisation (SG-030)"));
        }
        let agency = acting.caller().principal.agency.clone();
        let decided = Decision { org: new.org, agency, by: acting.who().to_owned(), at, reason };
        victim.body.status = new.status;
        victim.body.decided = Some(decided.clone());
        acting.tx()?.put(&mut victim).await?;
        let note = acting.note_on("victim.status_set", "victim", id).tag("status", new.status.as_str()).tag("org", new.org.as_str());
        acting.done(Notes::one(note.with(&decided))).await?;
        Ok(victim)
    }
}

const fn decides_for(class: AgencyClass, org: DecidingOrg) -> bool {
    match class {
        AgencyClass::Police => matches!(org, DecidingOrg::Police),
        AgencyClass::TaskForce => matches!(org, DecidingOrg::Police | DecidingOrg::NonPoliceGovernmental | DecidingOrg::Other),
        AgencyClass::Prosecution | AgencyClass::Court => matches!(org, DecidingOrg::CourtOrProsecution),
        AgencyClass::VictimService => matches!(org, DecidingOrg::Ngo | DecidingOrg::NonPoliceGovernmental | DecidingOrg::Other),
        AgencyClass::CivilSociety => matches!(org, DecidingOrg::Ngo),
        _ => false,
    }
}

fn stub(agency: &str, at: Timestamp) -> Victim {
    let none = NewVictim {
        case: None,
        jurisdiction: String::new(),
        minor: false,
        party: None,
        means: BTreeSet::new(),
        exploitation: BTreeSet::new(),
        coerced: BTreeSet::new(),
    };
    fresh(&none, None, agency, "", at)
}

/// A new record, with nobody on it but who opens it. Also made by a screening that finds a coerced offence (SG-033).
pub(crate) fn fresh(new: &NewVictim, case: Option<&Case>, agency: &str, who: &str, at: Timestamp) -> Victim {
    Victim {
        case: new.case.clone(),
        agency: agency.to_owned(),
        opened_by: who.to_owned(),
        jurisdiction: new.jurisdiction.clone(),
        // A compartment stays one: who names officials is not told of by its victims.
        sensitivity: case.map_or(1, |case| case.sensitivity.max(1)),
        members: BTreeSet::from([who.to_owned()]),
        assigned: String::new(),
        excluded: case.map(|case| case.excluded.clone()).unwrap_or_default(),
        status: Status::default(),
        decided: None,
        minor: new.minor,
        means: new.means.clone(),
        exploitation: new.exploitation.clone(),
        coerced: new.coerced.clone(),
        party: new.party.clone(),
        gate: Vec::new(),
        risks: Vec::new(),
        best_interest: None,
        has_contact: false,
        review_by: Victim::review_from(new.minor, at),
        suspended_at: None,
    }
}
