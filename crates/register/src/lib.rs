//! The register: what people do with alerts, cases, victims and escalations, each act decided by policy, held to its duties, and recorded.
//!
//! Floor 5. Every function here has the same shape: open the store ([`acting`]), read what is acted on, ask the policies, hold the duties
//! that policies cannot know (another reader, another unit, a gate), write, and commit together with an entry for the ledger. A denial is an
//! entry as well. Clock and caller are arguments.
//!
//! `people` is who there is and how they sign in; `alert`, `case`, `victim`, `escalation` and `governance` are what they do.

pub mod acting;
pub mod alert;
pub mod basis;
pub mod case;
mod error;
pub mod escalation;
pub mod governance;
pub mod log;
pub mod people;
mod register;
pub mod release;
pub mod retention;
pub mod victim;

pub use acting::{Acting, Caller};
pub use error::RegisterError;
pub use register::{Register, Settings};
