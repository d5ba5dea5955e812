//! Tests of protocols, screening, redaction and the state machine.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests stop at the first surprise")]

mod estimative;
mod office;
mod properties;
mod protocols;
mod screening;
mod sources;
mod steps;
