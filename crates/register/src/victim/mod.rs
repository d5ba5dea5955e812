//! Victims: a pseudonymous record, who it is in the vault, and what the person consents to.
//!
//! Two records, never one (SG-034). [`Victim`] stands in the case graph and holds no name. The identity lies sealed under a key of its own; there
//! is no list of identities, no search over identities or statements, and no key by which one could be found: an identity is reached from
//! its record alone, by a request that somebody else approves.

mod care;
mod consent;
mod contact;
mod identity;
mod purge;
mod record;
mod referral;
mod words;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Handling, Resource};
use tributary_cases::{Find, Page, Record, Stored, Writing};
use tributary_model::Timestamp;
use tributary_model::time::MICROS_PER_DAY;

pub use consent::{Capacity, Consent, NewConsent, Use};
pub use contact::{Contact, Risks, RisksRead};
pub use identity::{Identity, IdentityIs, IdentityRequest, NewRequest, RequestState};
pub(crate) use purge::purge;
pub(crate) use record::fresh as fresh_victim;
pub use record::{NewVictim, StatusDecision};
pub use referral::{NewReferral, Referral};
pub use words::{Coerced, DecidingOrg, Exploitation, GateOutcome, Means, Status, Support};

use crate::RegisterError;
use crate::acting::Acting;
use crate::case::Case;

/// Days until a record must be reviewed; half for a child (SG-041, SG-057).
const REVIEW_DAYS: i64 = 730;
const REVIEW_DAYS_CHILD: i64 = 365;
/// Accounts on one record.
const MEMBERS_MAX: usize = 50;

/// Who decided on a status, and for which organisation (SG-030).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "StatusDecided")]
pub struct Decision {
    /// Which kind of organisation, as HTCDS asks for it.
    pub org: DecidingOrg,
    /// The agency.
    pub agency: String,
    /// The account.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// The non-punishment review of a person (SG-032).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GateRecord {
    /// The account.
    pub by: String,
    /// Its agency.
    pub agency: String,
    /// When.
    pub at: Timestamp,
    /// What was found.
    pub outcome: GateOutcome,
    /// Why.
    pub reason: String,
}

/// A note on the risk of being trafficked again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RiskNote {
    /// The account.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What puts the person at risk, and what would help; no name of anybody.
    pub text: String,
    /// Looked at again by then.
    pub review_by: Timestamp,
}

/// The guardian and best-interest step of a child (SG-041).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BestInterest {
    /// The account.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Who has guardianship: an office or an order, no name.
    pub guardian: String,
    /// What was found to be best for the child.
    pub finding: String,
}

/// What is known of a victim but who it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Victim {
    /// The case; none where the route was opened before any case.
    pub case: Option<String>,
    /// The agency that opened the record.
    pub agency: String,
    /// Who opened it.
    pub opened_by: String,
    /// ISO 3166 code.
    pub jurisdiction: String,
    /// 0 to 3.
    pub sensitivity: u8,
    /// Accounts put on the record one by one; never the case's members.
    pub members: BTreeSet<String>,
    /// The rights officer it is put to.
    pub assigned: String,
    /// Agencies that must not learn of it (SG-058).
    pub excluded: BTreeSet<String>,
    /// Possible until an organisation with the duty decides (SG-030).
    pub status: Status,
    /// Whose decision the status is; none while it is the one it began with.
    pub decided: Option<Decision>,
    /// Under 18, or possibly so.
    pub minor: bool,
    /// Means of control; always empty for a child, of whom they are not asked (SG-041).
    pub means: BTreeSet<Means>,
    /// Kinds of exploitation.
    pub exploitation: BTreeSet<Exploitation>,
    /// What the person was or may have been made to do (SG-033).
    pub coerced: BTreeSet<Coerced>,
    /// The party of the case that this is. Whoever stands here is not promoted to a subject (SG-031).
    pub party: Option<String>,
    /// Non-punishment reviews, oldest first.
    pub gate: Vec<GateRecord>,
    /// Notes on the risk of being trafficked again, oldest first.
    pub risks: Vec<RiskNote>,
    /// A child's guardian and best-interest step.
    pub best_interest: Option<BestInterest>,
    /// Safe-contact data lies in the vault.
    pub has_contact: bool,
    /// Reviewed by then, or suspended.
    pub review_by: Timestamp,
    /// Since when it is suspended: nothing of it is used until somebody reviews it (SG-057).
    #[serde(default)]
    pub suspended_at: Option<Timestamp>,
}

impl Record for Victim {
    const KIND: &'static str = "victim";

    fn parent(&self) -> &str {
        self.case.as_deref().unwrap_or_default()
    }

    fn agency(&self) -> &str {
        &self.agency
    }

    fn state(&self) -> &str {
        self.status.as_str()
    }

    fn due(&self) -> Option<Timestamp> {
        Some(crate::retention::next(self.review_by, self.suspended_at))
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        let members = self.members.iter().map(|account| ("member", account.clone()));
        members.chain(self.party.iter().map(|party| ("party", party.clone()))).collect()
    }
}

impl Victim {
    /// What policies see of the record, and of everything that hangs on it.
    #[must_use]
    pub fn resource(&self, id: &str) -> Resource {
        Resource {
            id: id.to_owned(),
            owner: self.agency.clone(),
            jurisdiction: self.jurisdiction.clone(),
            sensitivity: self.sensitivity,
            handling: Handling::C,
            members: self.members.clone(),
            member_agencies: BTreeSet::from([self.agency.clone()]),
            excluded_agencies: self.excluded.clone(),
            assigned: self.assigned.clone(),
            author: self.opened_by.clone(),
            minor: self.minor,
            ..Resource::default()
        }
    }

    /// When it is reviewed next.
    pub(crate) fn review_from(minor: bool, at: Timestamp) -> Timestamp {
        Timestamp(at.0 + if minor { REVIEW_DAYS_CHILD } else { REVIEW_DAYS } * MICROS_PER_DAY)
    }

    /// Whether more people may be put on it.
    pub(crate) fn has_room(&self) -> bool {
        self.members.len() < MEMBERS_MAX
    }
}

/// Whether a party of a case is recorded as a victim, possible or confirmed: then nobody makes a subject of it (SG-031).
///
/// # Errors
/// [`RegisterError`] of the store.
pub(crate) async fn is_victim(writing: &mut Writing, party: &str) -> Result<bool, RegisterError> {
    let found = writing.list::<Victim>(Find::Key("party", party), &Page::first(100)).await?;
    Ok(found.iter().any(|victim| victim.body.status != Status::NotAVictim))
}

/// A victim's record. Whether the case that the caller states is the record's own is put into the circumstances: membership of another case
/// opens nothing. What is not there and what may not be known of have one answer.
pub(crate) async fn on_record(acting: &mut Acting, id: &str) -> Result<Stored<Victim>, RegisterError> {
    let victim = any_record(acting, id).await?;
    if victim.body.suspended_at.is_some() { Err(RegisterError::Missing("person")) } else { Ok(victim) }
}

/// What policies see of a record, suspended or not.
pub(crate) async fn resource_of(acting: &mut Acting, id: &str) -> Result<Resource, RegisterError> {
    Ok(any_record(acting, id).await?.body.resource(id))
}

async fn any_record(acting: &mut Acting, id: &str) -> Result<Stored<Victim>, RegisterError> {
    let victim = acting.tx()?.get::<Victim>(id).await?.ok_or(RegisterError::Missing("person"))?;
    let own = acting.caller().case.is_some() && acting.caller().case == victim.body.case;
    acting.context_mut().case &= own;
    acting.within(victim.body.case.as_deref().unwrap_or_default());
    Ok(victim)
}

/// Whether the case of a record is under a lawful hold.
pub(crate) async fn is_held(acting: &mut Acting, victim: &Victim) -> Result<bool, RegisterError> {
    let at = acting.at();
    let Some(case) = &victim.case else { return Ok(false) };
    let case = acting.tx()?.get::<Case>(case).await?;
    Ok(case.and_then(|case| case.body.retention.hold).is_some_and(|hold| at < hold.until))
}
