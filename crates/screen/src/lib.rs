//! Watch-list screening: lists with their dates, an index across scripts, hits that say why, and what must not be shown.
//!
//! Floor 2. No file, clock or random number: bytes, the day of screening and limits are arguments.
//! Invariants: a hit is for people to decide and is no fact about anybody (SG-003); no protected trait is read (SG-004); a list beyond its age
//! abstains (SG-017); under protection nobody in the ordinary queue learns whether there was a hit (SG-032).
//!
//! Start at [`Screener`]; [`read`] turns lists' files into [`WatchList`]s.

mod birth;
mod entry;
mod fields;
mod index;
mod legal;
mod lookup;
mod query;
pub mod read;
mod rescreen;
mod scope;
mod screener;
mod search;
mod settings;
mod weights;

pub use birth::{Birth, BirthLevel};
pub use entry::{Change, Delta, Kind, ListEntry, ListName, NAMES_MAX, Quality, VALUE_LENGTH_MAX, VALUES_MAX, WatchList, delta};
pub use query::{Abstention, Disposition, Hit, NameReason, Outcome, ProtectionGrant, QUERY_NAMES_MAX, Query, Reason, Routing, TokenMatch};
pub use rescreen::{Customers, Rescreened};
pub use scope::{Scope, UnknownList};
pub use screener::{Screener, Workspace};
pub use settings::{PROBABILITY_MAX, Settings, probability};
pub use weights::Weights;
