//! The register over HTTP, with real witnesses on real sockets.

mod endpoints;
mod support;
mod witnesses;
