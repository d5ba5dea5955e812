//! Which records are one party: shared strong identifiers, exact names with a birth date or phone, and people's judgements.
//!
//! Floor 2. Invariants: a "not the same" judgement is never overridden, directly or through others; the entities do not depend
//! on the order of the records; every link shows the two values that were compared; protected traits are not in [`Record`].
//!
//! Start at [`resolve`].

mod cluster;
mod compare;
mod party;
mod record;
pub mod reference;
mod rules;

pub use record::{EvidenceKind, Judgement, Link, LinkEvidence, PartyKind, Record, Refusal, RefusalReason, Resolution, Settings};
pub use rules::resolve;
