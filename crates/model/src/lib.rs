//! The words every room shares: the tables of the observation contract, times, amounts, provenance, protection and alerts.
//!
//! Floor 0. This crate does no I/O, reads no clock and draws no random number.
//!
//! Start at [`table`] (what an observation is), then [`protection`] (who may be a subject) and [`alert`] (what comes out).

pub mod alert;
pub mod amount;
pub mod causes;
pub mod country;
pub mod evidence;
pub mod geo;
pub mod identifier;
pub mod protection;
pub mod provenance;
pub mod table;
pub mod time;

pub use alert::{Alert, AlertKind};
pub use amount::Amount;
pub use causes::with_causes;
pub use evidence::{Family, Side, SubjectType};
pub use protection::{Protected, ProtectedSet, Subject};
pub use provenance::{Grading, Handling, InformationGrade, ObservationId, Provenance, SourceGrade, UNDECLARED};
pub use table::{Column, ColumnKind, Table};
pub use time::{Date, Timestamp};
