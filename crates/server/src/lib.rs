//! The page and the HTTP interface: one finished run of a workspace, on this machine only.
//!
//! Floor 7. [`serve`] is the door; [`router`] is the same without a socket. Rooms: [`source`] (where runs come from: the only
//! module that calls the engine), `guard` (what every request passes), `query` (what may be asked), `api` (JSON), `pages` and
//! `html` (pages: pure functions from a record to HTML, no script at all).
//!
//! Invariants: nothing is written but the transfers that are sent where the server was started to take them; no address beyond loopback is bound, for there is no sign-in; no text reaches a page but
//! escaped by the HTML builder; hypotheses stand before any score (SG-012).

mod api;
mod error;
mod events;
mod guard;
mod html;
mod openapi;
mod pages;
mod problem;
mod query;
mod schema;
mod serve;
pub mod source;
mod state;
mod who;

pub use error::ServerError;
pub use guard::Limits;
pub use openapi::document as openapi_document;
pub use serve::{Body, ROUTES, Route, router, serve};
pub use source::Served;
