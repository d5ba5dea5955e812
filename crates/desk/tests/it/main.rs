//! The register over HTTP, with real witnesses on real sockets.

mod endpoints;
mod insider;
mod keeping;
mod story;
mod support;
mod witnesses;
