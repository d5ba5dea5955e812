//! Putting rules in force: what one proposes and two others approve.

mod policies;

pub use policies::{PolicySet, ReleaseState};
