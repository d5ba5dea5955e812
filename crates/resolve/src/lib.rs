//! Which records are one party: shared strong identifiers, names with a birth date or phone, a fitted model for persons across scripts and
//! spellings, and people's judgements.
//!
//! Floor 2. Invariants: a "not the same" judgement is never overridden, directly or through others; the entities do not depend
//! on the order of the records; every link shows the two values that were compared; protected traits are not in [`Record`].
//!
//! Start at [`resolve`].

mod cluster;
mod compare;
mod em;
mod features;
mod keys;
mod levels;
mod matches;
mod model;
mod party;
mod record;
pub mod reference;
mod resolve;
mod rules;
mod train;

pub use model::ModelReport;
pub use record::{EvidenceKind, Judgement, Link, LinkEvidence, Method, PartyKind, Record, Refusal, RefusalReason, Resolution, Settings};
pub use resolve::resolve;
