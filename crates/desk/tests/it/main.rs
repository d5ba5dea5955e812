//! The register over HTTP, with real witnesses on real sockets.

mod endpoints;
mod story;
mod support;
mod witnesses;
