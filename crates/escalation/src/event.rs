//! What can happen to an escalation.

use serde::{Deserialize, Serialize};
use tributary_model::Timestamp;

use crate::words::{Came, Class, Outcome, Role};
use crate::{Finding, Missing, ProtocolRef, Screening};

/// Somebody who acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// The account.
    pub account: String,
    /// Its agency.
    pub agency: String,
    /// What kind that is.
    pub class: Class,
    /// Unit within the agency.
    pub unit: String,
    /// Role.
    pub role: Role,
}

impl Actor {
    /// Whether two people work in one unit of one agency.
    #[must_use]
    pub fn shares_unit(&self, other: &Self) -> bool {
        self.agency == other.agency && self.unit == other.unit
    }
}

/// How things stand at the moment of sending.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one fact that is asked about by its name")]
pub struct Moment {
    /// Outbound is stopped (SG-014).
    pub stopped: bool,
    /// Consents and holds are what they were at screening.
    pub unchanged: bool,
    /// The recipient's agency is excluded from the case by now (SG-058).
    pub excluded: bool,
    /// The witnesses' quorum is there (SG-080).
    pub quorum: bool,
    /// The finding as it stands now (SG-019); none for an answer to an order.
    pub finding: Option<Finding>,
    /// SHA-256 of what is about to be sent.
    pub hash: String,
}

/// One event. Each names who does it where somebody does.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are said by their names; the variants say what happens")]
pub enum Event {
    /// The content was made by [`crate::screen`].
    Screened(Box<Screening>),
    /// A reviewer of the gate decides on one person.
    Gate { by: Actor, party: String, outcome: Outcome, reason: String, referral_offered: bool, hash: String },
    /// A rights officer co-signs, or refuses.
    Cosign { by: Actor, accept: bool, reason: String, hash: String },
    /// The owner puts a question to bodies: their agency and its class.
    Ask { by: Actor, question: String, bodies: Vec<(String, Class)>, hash: String },
    /// A body answers.
    Answer { by: Actor, text: String, objections: Vec<String> },
    /// The owner answers an objection, by its place.
    Reply { by: Actor, objection: usize, text: String },
    /// The consultation ends: in time, or by a rights officer's reason.
    CloseConsultation { by: Actor, reason: String },
    /// Somebody opened the content as it is.
    Opened { by: Actor, hash: String },
    /// A signature.
    Sign { by: Actor, hash: String },
    /// It goes out.
    Send { by: Actor, moment: Box<Moment> },
    /// The recipient has it.
    Receive { by: Actor, reference: String, office: String, document: Option<String>, received: Timestamp },
    /// What came of it.
    Feedback { by: Actor, came: Came, review_reference: Option<String>, effect: String },
    /// A reviewer, signer or rights officer refuses.
    Refuse { by: Actor, reason: String },
    /// Owner or rights officer takes it back.
    Withdraw { by: Actor, reason: String },
    /// A source was withdrawn: the finding as it stands now.
    SourceWithdrawn { finding: Finding },
    /// The recipient confirms that it was told of the withdrawal.
    WithdrawalConfirmed { by: Actor },
    /// The content was changed.
    ContentChanged,
    /// Another version of the protocol was put in force.
    ProtocolChanged { to: ProtocolRef },
    /// Time went by.
    Tick,
}

impl Event {
    /// Who does it.
    #[must_use]
    pub const fn by(&self) -> Option<&Actor> {
        match self {
            Self::Gate { by, .. }
            | Self::Cosign { by, .. }
            | Self::Ask { by, .. }
            | Self::Answer { by, .. }
            | Self::Reply { by, .. }
            | Self::CloseConsultation { by, .. }
            | Self::Opened { by, .. }
            | Self::Sign { by, .. }
            | Self::Send { by, .. }
            | Self::Receive { by, .. }
            | Self::Feedback { by, .. }
            | Self::Refuse { by, .. }
            | Self::Withdraw { by, .. }
            | Self::WithdrawalConfirmed { by } => Some(by),
            Self::Screened(_) | Self::SourceWithdrawn { .. } | Self::ContentChanged | Self::ProtocolChanged { .. } | Self::Tick => None,
        }
    }
}

/// A reason that somebody must give.
pub(crate) fn reason_missing(reason: &str) -> Option<Missing> {
    let fits = (1..=2_000).contains(&reason.trim().chars().count());
    (!fits).then(|| Missing::new("reason", "a reason of 1 to 2,000 characters"))
}
