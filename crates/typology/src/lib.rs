//! Rule packs: parse, check, compile.
//!
//! A pack is a versioned TOML file per indicator family. [`PackSet::load`] takes the files as text (this crate opens none),
//! holds them to the ten rules of the typology catalogue (R1 to R10, one named error each, see [`rules`]), and
//! [`PackSet::plan`] turns an indicator into one SQL `SELECT` with typed literals for a jurisdiction and a day.
//!
//! Invariants: a pack that breaks a rule does not load; no outside text reaches SQL but as a typed literal; this crate runs nothing.

pub mod catalogue;
pub mod diff;
pub mod error;
pub mod fixture;
pub mod jurisdiction;
pub mod lock;
pub mod pack;
pub mod parameter;
pub mod rules;
pub mod set;
pub mod sql;
pub mod template;

pub use diff::{Change, diff};
pub use error::PackError;
pub use fixture::{Fixture, FixtureCase, FixtureKind};
pub use jurisdiction::{Area, CalendarWindow, FxRate, Jurisdiction, Threshold};
pub use lock::{Lock, SignOff};
pub use pack::{Combination, Indicator, Need, Pack, PatternRequest, SubjectRule};
pub use parameter::{Value, ValueKind};
pub use set::{PackSet, Plan};
