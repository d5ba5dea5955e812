//! What sign-in and policies promise.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests stop at the first surprise")]

mod authenticator;
mod credentials;
mod issuer;
mod keys;
mod matrix;
mod tokens;
