//! Features of each transfer from the transfers around it, one transfer at a time or all at once.
//!
//! Floor 2. Invariants: a feature of the view [`View::Before`] depends on transfers up to and including its own in the order of (time, id)
//! and on nothing else; the rows depend neither on the size of batches nor on the number of threads; no label and no number of an
//! account is a feature; memory is bounded by what lies within the longest window. Definitions: `docs/features.md`.
//!
//! Start at [`Engine`] or [`batch`]; [`Stream`] takes transfers that come late, [`Sorter`] a file in no order.

mod account;
mod blocks;
mod config;
mod cycle;
mod engine;
mod error;
mod moments;
mod near;
mod pairs;
pub mod reference;
mod retrospective;
mod scatter;
mod schema;
mod sorter;
mod store;
mod stream;
mod table;
mod transfer;
mod view;
mod wide;
mod worker;

pub use config::{CYCLE_LENGTH_MAX, Config, Families, Family, WINDOW_MAX, window_name};
pub use engine::{Cuts, Engine, batch};
pub use error::{FeatureError, SortError};
pub use retrospective::{mirror, retrospective};
pub use schema::{Feature, SCATTER_GATHER_CLASSES, View, schema};
pub use sorter::{Sorted, Sorter};
pub use stream::{Reason, Refused, Stream};
pub use table::{Column, Table};
pub use transfer::{AMOUNT_MAX, OUTSIDE, TIME_MAX, Transfer, Transfers, UNKNOWN};
pub use worker::Worker;
