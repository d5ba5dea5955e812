//! Patterns of value and movement over windows of time, each with a plain reference that the fast engine equals.
//!
//! Floor 2. Invariants: every search is bounded and says where a bound cut; the result does not depend on the number of threads;
//! no label is read. Definitions: `specs/patterns.md`.
//!
//! Start at [`Request`] and [`search`], or at [`search_all`] for a command.

mod activity;
mod bipartite;
mod chain;
mod chance;
mod collect;
mod cycle;
mod fan;
mod flow;
mod gather;
mod hit;
mod identifiers;
mod legs;
mod lives;
mod mirror;
mod netting;
mod pass;
pub mod reference;
mod rendezvous;
mod request;
mod roles;
mod scores;
mod search;
mod search_all;
mod stream;
mod structuring;
mod travel;
mod window;

pub use flow::{Limits, Roles, UNITS_PER_DOLLAR};
pub use hit::{Bound, BoundHit, Hit, Outcome, Role};
pub use identifiers::{IdentifierUse, shared_identifiers};
pub use rendezvous::{Sighting, rendezvous, rendezvous_plain};
pub use request::{Kind, Request, RequestError, Value};
pub use roles::{HubRole, PEERS_MIN, normalised};
pub use scores::{ranking_requests, transfer_scores};
pub use search::search;
pub use search_all::{AllHits, PatternHit, Settings, search_all};
pub use stream::{Counts, Delta, Reason, Span, Stream, StreamError, Transfer};
pub use travel::{Journey, group_travel};
