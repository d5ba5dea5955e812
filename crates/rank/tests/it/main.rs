//! What holds for the ranking.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "a test fails by panic")]

mod around;
mod calibration;
mod drift;
mod intake;
mod isolation;
mod learning;
mod measures;
mod support;
