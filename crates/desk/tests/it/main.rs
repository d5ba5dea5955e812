//! The register over HTTP, with real witnesses on real sockets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests stop at the first surprise")]

#[path = "../../../access/tests/it/authenticator.rs"]
mod authenticator;
mod endpoints;
mod insider;
#[path = "../../../access/tests/it/issuer.rs"]
mod issuer;
mod keeping;
mod keys;
mod openapi;
mod provider;
mod providers;
mod story;
mod support;
mod witnesses;
