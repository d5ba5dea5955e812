//! The register over HTTP: one endpoint an act, JSON in and out.
//!
//! Floor 6. Who asks is a session's token in `authorization: Bearer …`; what for is `x-purpose`, for which case `x-case`, on which basis
//! `x-legal-basis`. Everything else is the register's business: this crate reads requests, bounds them, and writes answers.
//! [`ENDPOINTS`] is the table of all of them; a test holds it against the list of actions.

mod answer;
mod asked;
mod endpoints;
mod handlers;
mod keeping;
pub mod openapi;
mod place;
mod providers;
mod transport;

pub use answer::Problem;
pub use endpoints::{ENDPOINTS, Endpoint, NO_ENDPOINT, router};
pub use keeping::{Done, Restore};
pub use place::{DeskError, Place, entropy};
pub use providers::ProviderHttp;
pub use transport::HttpTransport;

use std::sync::Arc;

use tributary_model::Timestamp;
use tributary_register::Register;

/// What every handler has: the register and a clock.
#[derive(Clone)]
pub struct Desk {
    register: Register,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Desk {
    /// A desk over an open register.
    #[must_use]
    pub fn new(register: Register, clock: Arc<dyn Fn() -> Timestamp + Send + Sync>) -> Self {
        Self { register, clock }
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The register.
    #[must_use]
    pub const fn register(&self) -> &Register {
        &self.register
    }
}
