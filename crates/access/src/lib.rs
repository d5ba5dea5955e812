//! Who may do what: roles, agencies and purposes, decided by policies that are data; and how somebody shows who they are.
//!
//! Floor 1. No store, clock or random source: times and random bytes are arguments.
//!
//! [`Policies::decide`] answers one question: may this [`Principal`] do this [`Action`] to this [`Resource`] in this [`Context`]? The answer
//! rests on Cedar policies (`policies/` at the repository's root, or a workspace's own released version), is *no* unless a policy says yes,
//! and names the policies it rests on. Duties that need memory (a second reader, two sign-offs, a gate) are not policies: the register
//! holds them.

mod action;
mod decide;
mod error;
mod lacks;
pub mod oidc;
pub mod password;
pub mod second_factor;
pub mod security_key;
pub mod shipped;
pub mod trial;
mod vocabulary;

pub use action::Action;
pub use decide::{Context, Decision, Policies, Principal, Resource};
pub use error::AccessError;
pub use lacks::Lack;
pub use vocabulary::{AgencyClass, Handling, Purpose, ResourceType, Role};
