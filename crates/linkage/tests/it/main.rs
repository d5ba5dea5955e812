//! One binary for all tests of linkage.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail loudly")]

mod kernel;
mod kernels;
mod linking;
mod people;
mod state;
