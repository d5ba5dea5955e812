//! Redress (SG-018): who thinks that the register holds something of them asks, has it put right, complains, and appeals to another body.
//!
//! Whatever is held, the outside sees the same: the clocks are the same for every legal basis, an answer never goes out before its first day,
//! and where nothing is held or nothing may be told the answer is one fixed text. What must not be told (reports of suspicion) the
//! oversight body reviews in the person's stead.

mod decide;
mod notice;
mod purge;
mod route;
mod rules;
mod take;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::Resource;
use tributary_cases::Record;
use tributary_model::Timestamp;

pub use decide::{NewDecision, Remedy};
pub use notice::{Notice, NoticeClocks};
pub(crate) use purge::{purge, resource_of, rests_on};
pub use rules::{BasisRule, Clocks, NoticeRule, RedressRules};
pub use take::{NewRedress, RedressView, Requester};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Asks {
    /// To know what is held.
    Access,
    /// To have it put right.
    Correction,
    /// To have it looked into.
    Complaint,
    /// To have a decision looked at by another body.
    Appeal,
}

impl Asks {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Correction => "correction",
            Self::Complaint => "complaint",
            Self::Appeal => "appeal",
        }
    }
}

/// What a request may be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the words say it")]
pub enum AboutKind {
    Alert,
    Case,
    Escalation,
    Party,
}

/// The thing that a request is about, as the person or the officer names it. Taking it in does not look whether there is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// What.
    pub kind: AboutKind,
    /// Its id.
    pub id: String,
}

impl About {
    pub(super) fn key(&self) -> String {
        let kind = match self.kind {
            AboutKind::Alert => "alert",
            AboutKind::Case => "case",
            AboutKind::Escalation => "escalation",
            AboutKind::Party => "party",
        };
        format!("{kind}/{}", self.id)
    }
}

/// How it was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// The person is right.
    Upheld,
    /// In part.
    PartlyUpheld,
    /// No.
    NotUpheld,
}

impl Ruling {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Upheld => "upheld",
            Self::PartlyUpheld => "partly_upheld",
            Self::NotUpheld => "not_upheld",
        }
    }
}

/// A decision on a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RedressDecided")]
pub struct Decided {
    /// Who.
    pub by: String,
    /// For which body.
    pub agency: String,
    /// When.
    pub at: Timestamp,
    /// How.
    pub ruling: Ruling,
    /// Why; for the body's file, not for the person.
    pub reason: String,
    /// What was put right.
    pub remedies: Vec<Remedy>,
}

/// A request. Who asks, how to reach them and what they say lie sealed beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Redress {
    /// What is asked.
    pub asks: Asks,
    /// About what.
    pub about: Option<About>,
    /// ISO 3166 code.
    pub jurisdiction: String,
    /// Rules and their version by which its clocks run.
    pub rules: String,
    /// Who took it in.
    pub taken_by: String,
    /// The victim's record of the person it was taken in for, where victim support did.
    pub victim: Option<String>,
    /// The body that decides.
    pub agency: String,
    /// The judge whom it was put to.
    pub assigned: Option<String>,
    /// When it came.
    pub received: Timestamp,
    /// The person is told by then that it came.
    pub acknowledge_by: Timestamp,
    /// When the person was told.
    pub acknowledged: Option<Timestamp>,
    /// No answer goes out before.
    pub answer_from: Timestamp,
    /// Decided by then.
    pub decide_by: Timestamp,
    /// Why it takes longer, once.
    pub extended: Option<String>,
    /// Recorded as late.
    pub overdue: bool,
    /// The decision.
    pub decided: Option<Decided>,
    /// What the person was told, and when.
    pub answer: Option<(Timestamp, String)>,
    /// The request that an appeal is about.
    pub appeal_of: Option<String>,
    /// Its clock ran out: it is found by nobody until it is reviewed.
    #[serde(default)]
    pub suspended: bool,
}

impl Record for Redress {
    const KIND: &'static str = "redress";

    fn parent(&self) -> &str {
        self.appeal_of.as_deref().unwrap_or_default()
    }

    fn agency(&self) -> &str {
        &self.agency
    }

    fn state(&self) -> &str {
        match (&self.decided, &self.answer) {
            (None, _) => "open",
            (Some(_), None) => "decided",
            (Some(_), Some(_)) => "answered",
        }
    }

    fn due(&self) -> Option<Timestamp> {
        match (&self.decided, &self.answer) {
            (None, _) if self.overdue => None,
            (None, _) => Some(self.decide_by),
            (Some(_), None) => Some(self.answer_from),
            (Some(_), Some(_)) => None,
        }
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        let taken = [("taken_by", self.taken_by.clone())];
        taken.into_iter().chain(self.assigned.iter().map(|account| ("assigned", account.clone()))).collect()
    }

    fn sole_keys(&self) -> Vec<(&'static str, String)> {
        // One appeal against one decision.
        self.appeal_of.iter().map(|first| ("appeal_of", first.clone())).collect()
    }
}

impl Redress {
    /// What policies see of it: it belongs to the body that decides.
    #[must_use]
    pub fn resource(&self, id: &str) -> Resource {
        Resource {
            id: id.to_owned(),
            owner: self.agency.clone(),
            member_agencies: [self.agency.clone()].into(),
            assigned: self.assigned.clone().unwrap_or_default(),
            author: self.taken_by.clone(),
            ..Resource::default()
        }
    }
}

/// The answer wherever nothing is held, or nothing may be told: one text for both, byte for byte.
pub const STANDARD_ANSWER: &str = "We have looked into your request. If anything was held that should not have been, it has been put right. We can neither confirm \
     nor deny that anything is held about anybody. You may appeal to another body; this letter says which and until when.";
