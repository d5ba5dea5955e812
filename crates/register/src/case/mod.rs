//! Cases: the register's files on trafficking, on financing and on where they meet.

mod break_glass;
pub mod charges;
mod deconfliction;
mod disclosure;
mod evidence;
mod file;
mod funnel;
pub mod grading;
mod intelligence;
mod item;
mod joint;
mod link;
mod normal;
mod order;
mod parts;
mod party;
mod product;
mod retention;
mod search;
mod stage;
mod suppress;
mod timeline;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Handling, Resource};
use tributary_cases::Record;
use tributary_model::Timestamp;

pub use break_glass::BreakGlass;
pub(crate) use break_glass::in_force as break_glass_in_force;
pub use deconfliction::{Agreed, Marker, Match, MatchState, MatchView, NewMarker, OtherSide, Side};
pub use disclosure::{Alternative, DefencePack, Disclosure, DisclosureState, InputUsed, NewDisclosure, NewPack, PackItem, Receipt, RuleUsed};
pub use evidence::{Custody, DefenceStatus, Evidence, EvidenceKind, HashAlgorithm, NewEvidence};
pub use file::{CaseChange, NewCase};
pub use funnel::{Funnel, FunnelRow};
pub use intelligence::{Intelligence, IntelligenceView, NewIntelligence};
pub use item::{CaseItem, Done, Item, Named, NewItem, Outcome, Verdict};
pub use joint::{InvitationView, Invited, NewInvitation};
pub use link::{CaseLink, LinkKind, LinkState, LinkTo};
pub use normal::{MarkerKind, normalised, normalised_name};
pub use order::{Confirmation, NewOrder, Order, Revocation};
pub use parts::Placed;
pub use party::{NewParty, ObjectiveFact, Offence, Official, Party, PartyKind, PartyRole, PartyView, Promotion, Standing};
pub(crate) use party::{name_key, under_protection};
pub use product::{Effect, NewProduct, Product};
pub use retention::{RETENTION_DAYS, RetentionReport};
pub use search::{Hit, NameSearch, NamedSearch};
pub use stage::{MoveStage, StageStep};
pub use suppress::{SMALLEST, Suppressed, suppress};
pub use timeline::Event;

/// What a case is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseKind {
    /// Human trafficking or migrant smuggling.
    Trafficking,
    /// Terrorist financing.
    Financing,
    /// Both, and what they share.
    Intersecting,
}

impl CaseKind {
    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trafficking => "trafficking",
            Self::Financing => "financing",
            Self::Intersecting => "intersecting",
        }
    }
}

/// Where a case stands in the cycle of intelligence-led policing (SG-120).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "CaseStage")]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the steps of the cycle by their names")]
pub enum Stage {
    Tasking,
    Collection,
    Evaluation,
    Collation,
    Analysis,
    Dissemination,
    Review,
}

/// Whether it is worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseState {
    /// It is.
    Open,
    /// Its clock ran out: nothing may be used until somebody reviews it (SG-057).
    Suspended,
    /// It is not any more.
    Closed,
}

/// Somebody who works on a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "CaseMember")]
pub struct Member {
    /// The agency they act for.
    pub agency: String,
    /// Who let them in.
    pub by: String,
    /// Since when.
    pub since: Timestamp,
}

/// A lawful hold: nothing is purged while it lasts (SG-057).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hold {
    /// On what basis.
    pub legal_basis: String,
    /// Who set it.
    pub by: String,
    /// It ends by itself then.
    pub until: Timestamp,
}

/// The clock of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Retention {
    /// Which class of records; each has its own clock.
    pub class: String,
    /// Reviewed by then, or suspended.
    pub review_by: Timestamp,
    /// A hold in force.
    pub hold: Option<Hold>,
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Case {
    /// What it is called; no name of a person.
    pub title: String,
    /// What it is about.
    pub kind: CaseKind,
    /// The agency that owns it.
    pub agency: String,
    /// ISO 3166 code.
    pub jurisdiction: String,
    /// 0 to 3; 3 is a compartment.
    pub sensitivity: u8,
    /// How what is in it may be handled.
    pub handling: Handling,
    /// Whether it is worked on.
    pub state: CaseState,
    /// Where it stands in the cycle, who is responsible for that step and by when (SG-120).
    pub stage: Stage,
    /// Account responsible for the stage.
    pub stage_owner: String,
    /// When the stage is to be done.
    pub stage_due: Timestamp,
    /// The decision that this case is to influence (SG-121).
    pub decision: String,
    /// Accounts that work on it.
    pub members: BTreeMap<String, Member>,
    /// Agencies that share it, the owner among them.
    pub agencies: BTreeSet<String>,
    /// Agencies whose people it names: they may not learn of it (SG-058).
    pub excluded: BTreeSet<String>,
    /// Its clock.
    pub retention: Retention,
    /// Why it was closed.
    pub closed_because: Option<String>,
    /// The steps of the cycle that it has been through, the present one last (SG-120).
    #[serde(default)]
    pub stages: Vec<StageStep>,
    /// Agencies that were invited and have not answered.
    #[serde(default)]
    pub invited: BTreeMap<String, Invited>,
    /// The judge it was brought before, or the rights officer who looks into it; none otherwise.
    #[serde(default)]
    pub assigned: Option<String>,
    /// Since when it is suspended.
    #[serde(default)]
    pub suspended_at: Option<Timestamp>,
    /// What was decided about the case itself, and why.
    #[serde(default)]
    pub remarks: Vec<Remark>,
}

/// A decision about a case, with its reason. The ledger says that there was one; what it says goes when the case goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Remark {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// What was done, in a word or two.
    pub what: String,
    /// Why.
    pub reason: String,
}

impl Record for Case {
    const KIND: &'static str = "case";

    fn agency(&self) -> &str {
        &self.agency
    }

    fn state(&self) -> &str {
        match self.state {
            CaseState::Open => "open",
            CaseState::Suspended => "suspended",
            CaseState::Closed => "closed",
        }
    }

    fn due(&self) -> Option<Timestamp> {
        Some(retention::next_clock(self))
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        let members = self.members.keys().map(|account| ("member", account.clone()));
        let invited = self.invited.keys().map(|agency| ("invited", agency.clone()));
        members.chain(invited).chain(self.assigned.iter().map(|account| ("assigned", account.clone()))).collect()
    }
}

/// Which agencies of a joint case may see a part of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shared {
    /// The agency that entered it alone.
    #[default]
    Own,
    /// These as well.
    With(BTreeSet<String>),
    /// All that share the case.
    All,
}

impl Case {
    /// Whether it may be used.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state == CaseState::Open
    }

    pub(crate) fn remark(&mut self, at: Timestamp, by: &str, what: &str, reason: String) {
        self.remarks.push(Remark { at, by: by.to_owned(), what: what.to_owned(), reason });
    }

    /// Whether an account works on it.
    #[must_use]
    pub fn has_member(&self, account: &str) -> bool {
        self.members.contains_key(account)
    }

    /// What policies see of the case.
    #[must_use]
    pub fn resource(&self, id: &str) -> Resource {
        Resource {
            id: id.to_owned(),
            owner: self.agency.clone(),
            jurisdiction: self.jurisdiction.clone(),
            sensitivity: self.sensitivity,
            handling: self.handling,
            members: self.members.keys().cloned().collect(),
            member_agencies: self.agencies.clone(),
            excluded_agencies: self.excluded.clone(),
            assigned: self.assigned.clone().unwrap_or_default(),
            ..Resource::default()
        }
    }

    /// What policies see of a part of it (a party, a piece of evidence) that one agency entered and shares: only members of agencies that
    /// may see the part count as members.
    #[must_use]
    pub fn part(&self, id: &str, entered_by: &str, agency: &str, shared: &Shared) -> Resource {
        let sees = |other: &str| match shared {
            Shared::Own => other == agency,
            Shared::With(others) => other == agency || others.contains(other),
            Shared::All => true,
        };
        Resource {
            id: id.to_owned(),
            owner: agency.to_owned(),
            members: self.members.iter().filter(|(_, member)| sees(&member.agency)).map(|(account, _)| account.clone()).collect(),
            member_agencies: self.agencies.iter().filter(|other| sees(other)).cloned().collect(),
            author: entered_by.to_owned(),
            ..self.resource(id)
        }
    }
}
