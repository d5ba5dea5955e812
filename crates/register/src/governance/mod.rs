//! What governs the register itself: who stops it, and who lets it go on.

pub mod anomaly;
pub mod pack;
pub mod redress;
pub mod stop;

pub use stop::{InForce, Scope, Stop, StopView, stops_in_force};
