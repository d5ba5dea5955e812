//! Probabilistic record linkage over columns, in the model of Fellegi and Sunter (1969).
//!
//! Floor 1. No file, clock, thread setting or query engine: a [`Table`] and a [`Config`] come in, [`Linked`] goes out. The same input
//! gives the same bytes on any number of threads.
//!
//! Start at [`link`] (everything at once), [`detect`] (a configuration from the columns) and [`Linked::explain`].

mod block;
pub mod charts;
mod choose;
mod cluster;
mod compare;
pub mod config;
pub mod date;
mod em;
mod engine;
mod error;
mod judgement;
pub mod kernel;
mod layout;
mod link;
mod parameters;
mod persist;
pub mod reference;
mod scan;
mod schema;
mod score;
mod solve;
mod sort;
mod state;
pub mod strings;
mod table;
mod train;
mod web;

pub use block::RuleReport;
pub use compare::kilometres;
pub use config::{Blocking, Comparison, Config, Form, Key, Limits, Measure, Part, Rule, TextLevel};
pub use em::Class;
pub use error::LinkageError;
pub use judgement::{Judgement, Label, Verdict};
pub use kernel::{Join, Kernel};
pub use link::{Linked, Pair, Progress, link, link_labelled, link_with};
pub use parameters::{Difference, Parameters};
pub use schema::detect;
pub use score::{Frequency, Step, Waterfall};
pub use state::{Entry, Event, State};
pub use table::{Batch, Column, Dictionary, NULL, Table};

/// Comparisons in one configuration at most.
pub const COMPARISONS_MAX: usize = 16;

/// Different blocking keys in one configuration at most.
pub const EXPRESSIONS_MAX: usize = 32;
