//! Where an escalation stands, and what has been done for it. Nothing of its content is kept here but a hash.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tributary_model::Timestamp;

use crate::draft::draft_missing;
use crate::error::none_missing;
use crate::words::{Came, Category, Class, Outcome};
use crate::{Actor, Draft, Protocol, Refusal};

/// Where it stands (section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the states by their names in the specification")]
pub enum State {
    Draft,
    Gate,
    Rights,
    Consultation,
    Screened,
    Signed,
    Sent,
    Received,
    Feedback,
    Refused,
    Withdrawn,
    Expired,
}

impl State {
    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Gate => "gate",
            Self::Rights => "rights",
            Self::Consultation => "consultation",
            Self::Screened => "screened",
            Self::Signed => "signed",
            Self::Sent => "sent",
            Self::Received => "received",
            Self::Feedback => "feedback",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
        }
    }

    /// Whether nothing has left yet and something still may.
    #[must_use]
    pub const fn before_sent(self) -> bool {
        matches!(self, Self::Draft | Self::Gate | Self::Rights | Self::Consultation | Self::Screened | Self::Signed)
    }

    /// Whether it has left and stands.
    #[must_use]
    pub const fn is_out(self) -> bool {
        matches!(self, Self::Sent | Self::Received | Self::Feedback)
    }
}

/// A review that must be through before anybody signs, in the order in which they are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "EscalationReview"))]
#[serde(rename_all = "snake_case")]
pub enum Review {
    /// Non-punishment (SG-032).
    Gate,
    /// A rights officer's co-signature (SG-006).
    Rights,
    /// Civil society (SG-087).
    Consultation,
}

/// Which text of a protocol an escalation keeps to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProtocolRef {
    /// Id.
    pub id: String,
    /// Version.
    pub version: String,
    /// SHA-256 of its file.
    pub sha256: String,
}

macro_rules! facts {
    ($($(#[$about:meta])* $name:ident { $($field:ident: $kind:ty,)+ })+) => {
        $(
            #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
            #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
            $(#[$about])*
            #[allow(missing_docs, reason = "the fields are said by their names")]
            pub struct $name { $(pub $field: $kind,)+ }
        )+
    };
}

facts! {
    /// What a reviewer of the gate decided on one person.
    GateDecision { by: Actor, at: Timestamp, outcome: Outcome, reason: String, hash: String, }

    /// A rights officer's co-signature.
    Cosign { by: Actor, at: Timestamp, reason: String, hash: String, }

    /// A body's answer.
    #[cfg_attr(feature = "schema", schemars(rename = "ConsultationAnswered"))]
    Answered { by: Actor, at: Timestamp, text: String, }

    /// An objection, and the owner's answer to it.
    #[cfg_attr(feature = "schema", schemars(rename = "ConsultationObjection"))]
    Objection { by: String, text: String, reply: Option<String>, }

    /// A consultation.
    #[cfg_attr(feature = "schema", schemars(rename = "EscalationConsultation"))]
    Consultation {
        question: String,
        bodies: BTreeMap<String, Class>,
        asked: Timestamp,
        until: Timestamp,
        hash: String,
        answers: Vec<Answered>,
        objections: Vec<Objection>,
        closed: Option<String>,
    }

    /// A signature.
    #[cfg_attr(feature = "schema", schemars(rename = "EscalationSigned"))]
    Signature { by: Actor, at: Timestamp, hash: String, }

    /// What the recipient said when it came.
    #[cfg_attr(feature = "schema", schemars(rename = "EscalationReceived"))]
    Receipt { by: Actor, recorded: Timestamp, received: Timestamp, reference: String, office: String, document: Option<String>, }

    /// What came of it.
    #[cfg_attr(feature = "schema", schemars(rename = "EscalationFedBack"))]
    Feedback { by: Actor, at: Timestamp, came: Came, review_reference: Option<String>, effect: String, }

    /// How it ended before its time.
    Ended { by: String, at: Timestamp, reason: String, after_sent: bool, }
}

/// An escalation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// The protocol's text that it keeps to.
    pub protocol: ProtocolRef,
    /// What its drafter stated.
    pub draft: Draft,
    /// Where it stands.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// When it was first drafted.
    pub started: Timestamp,
    /// Microseconds spent in `draft` before this time in it: returning does not set the clock back.
    pub drafted_for: i64,
    /// SHA-256 of the content; none in `draft`.
    pub hash: Option<String>,
    /// Whether the content names a natural person.
    pub names_a_person: bool,
    /// How many were left out of it.
    pub left_out: u32,
    /// Reviews that the screening found due.
    pub needs: BTreeSet<Review>,
    /// Reviews that are through.
    pub done: BTreeSet<Review>,
    /// Parties the gate must decide on, and its last decision on each.
    pub gated: BTreeMap<String, Option<GateDecision>>,
    /// Parties that a gate left out. This alone stays when the content changes.
    pub out: BTreeSet<String>,
    /// Categories that were answered yes or unknown for anybody.
    pub hits: BTreeSet<Category>,
    /// The co-signature.
    pub cosign: Option<Cosign>,
    /// The consultation.
    pub consultation: Option<Consultation>,
    /// Who opened which content: account, hash.
    pub opened: BTreeMap<String, String>,
    /// Signatures on the content as it is.
    pub signatures: Vec<Signature>,
    /// When it was sent.
    pub sent: Option<Timestamp>,
    /// The receipt.
    pub receipt: Option<Receipt>,
    /// The feedback.
    pub feedback: Option<Feedback>,
    /// How it ended before its time.
    pub ended: Option<Ended>,
    /// The recipient must have been told of a withdrawal by then; none once it confirmed.
    pub tell_by: Option<Timestamp>,
    /// Whether a step was left out for danger, which a rights officer reviews.
    pub shortened: bool,
}

impl Escalation {
    /// A new draft under a protocol.
    ///
    /// # Errors
    /// [`Refusal`] with all that is missing.
    pub fn draft(protocol: &Protocol, draft: Draft, stopped: bool, at: Timestamp) -> Result<Self, Refusal> {
        none_missing(draft_missing(protocol, &draft, stopped, at.date()))?;
        Ok(Self {
            protocol: protocol.reference(),
            draft,
            state: State::Draft,
            since: at,
            started: at,
            drafted_for: 0,
            hash: None,
            names_a_person: false,
            left_out: 0,
            needs: BTreeSet::new(),
            done: BTreeSet::new(),
            gated: BTreeMap::new(),
            out: BTreeSet::new(),
            hits: BTreeSet::new(),
            cosign: None,
            consultation: None,
            opened: BTreeMap::new(),
            signatures: Vec::new(),
            sent: None,
            receipt: None,
            feedback: None,
            ended: None,
            tell_by: None,
            shortened: false,
        })
    }

    /// Reviews that are due and not through, in the order in which they are held.
    pub fn open(&self) -> impl Iterator<Item = Review> + '_ {
        self.needs.difference(&self.done).copied()
    }

    /// Whether somebody is its drafter or its owner.
    pub(crate) fn is_of(&self, account: &str) -> bool {
        self.draft.by.account == account || self.draft.owner == account
    }

    /// Goes to a state; time in `draft` is counted up.
    pub(crate) fn go(&mut self, to: State, at: Timestamp) {
        if self.state == to {
            return;
        }
        if self.state == State::Draft {
            self.drafted_for = self.drafted_for.saturating_add(at.0.saturating_sub(self.since.0));
        }
        self.state = to;
        self.since = at;
    }

    /// To the first open review, or to `screened`.
    pub(crate) fn go_on(&mut self, at: Timestamp) {
        let next = match self.open().next() {
            Some(Review::Gate) => State::Gate,
            Some(Review::Rights) => State::Rights,
            Some(Review::Consultation) => State::Consultation,
            None => State::Screened,
        };
        self.go(next, at);
    }

    /// Back to `draft`: whatever was bound to the content is void.
    pub(crate) fn void(&mut self, at: Timestamp) {
        self.go(State::Draft, at);
        self.hash = None;
        self.names_a_person = false;
        self.needs.clear();
        self.done.clear();
        self.gated.clear();
        self.hits.clear();
        self.cosign = None;
        self.consultation = None;
        self.opened.clear();
        self.signatures.clear();
        self.shortened = false;
    }
}
