//! Evidence in, findings out: where evidence of trafficking and of terrorist financing meets in the relation graph more closely
//! than comparable networks would by chance.
//!
//! Floor 3. Reads no store, no clock, and no reviewed outcome: a score cannot learn from what people decided.
//!
//! The way: [`evidence`] (additive log-likelihood ratios, capped, echoes counted once) → [`proximity`] (damped symmetric walk) →
//! [`network`] (bounded groups of evidence on one side) → [`null`] (whole networks moved to comparable places) → [`fdr`]
//! (q-values) → [`path`] (smallest joining path) → [`hypotheses`] and [`explain`] → [`report`] (alerts).
//!
//! Invariant: nobody under protection becomes a subject; the only door is [`tributary_model::ProtectedSet::admit`].

pub mod evidence;
pub mod explain;
pub mod fdr;
pub mod hypotheses;
mod meeting;
pub mod network;
pub mod null;
pub mod path;
pub mod proximity;
pub mod report;
pub mod settings;
pub mod strata;

pub use evidence::{Evidence, IndicatorText};
pub use report::{Abstention, Comparison, Outcome, converge};
pub use settings::Settings;
