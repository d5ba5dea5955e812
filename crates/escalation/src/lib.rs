//! Escalation protocols as data, and the state machine of an escalation (specs/escalation-protocol.md).
//!
//! Floor 1. No clock, store or file: texts, times and pseudonyms are arguments. A protocol is read by [`Protocol::parse`]; what would be
//! sent is made by [`screen`]; [`Escalation::step`] takes one event and gives the next state, or the list of what is missing.

mod canonical;
mod check;
mod clock;
mod content;
mod draft;
mod dry_run;
mod error;
pub mod estimative;
mod event;
mod leak;
mod protocol;
mod redact;
mod reviews;
mod screening;
mod signing;
mod state;
mod step;
pub mod words;

pub use canonical::{canonical, sha256};
pub use content::{Attachment, Content, GivenItem, Grade, Identifier, Item, Material, OutSubject, Party, Place, Promotion, Protected};
pub use draft::{Draft, Finding, Order, Product};
pub use dry_run::{DryRun, Need, dry_run};
pub use error::{EscalationError, Missing, Refusal};
pub use event::{Actor, Event, Moment};
pub use leak::leaks;
pub use protocol::{
    Consultation as ConsultationRule, Danger, Deadlines, DoNotRoute, Evidence, Gate, LegalBasis, Notice, Observers, Output, Process, Protocol,
    REVIEW_HOURS_MAX, Receipt as ReceiptRule, Recipient, Redaction, Reviewer, Sender, SignOff,
};
pub use screening::{Screening, screen};
pub use signing::still_needed;
pub use state::{
    Answered, Consultation, Cosign, Ended, Escalation, Feedback, GateDecision, Objection, ProtocolRef, Receipt, Review, Signature, State,
};
