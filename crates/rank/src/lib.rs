//! Learned ranking of rows (transfers) by their features.
//!
//! Floor 3. Invariants: an outcome that nobody reviewed cannot become a label (SG-105); no column names a protected trait (SG-004), an
//! identifier, a label or a row number; what is learned lies before what it is measured on; the same rows, labels, settings and seed give
//! the same bytes; a ranking orders what is looked at and raises no alert. No file, clock or random source: bytes, times and seeds
//! are arguments. Definitions and figures: `docs/rank.md`.
//!
//! Start at [`train`] and [`Model`].

mod around;
mod boost;
pub mod calibrate;
mod card;
mod draw;
mod drift;
mod error;
mod forest;
mod importance;
mod isolation;
mod labels;
mod matrix;
pub mod measure;
mod model;
mod plan;
mod read;
mod readings;
mod settings;
mod split;
mod train;

pub use around::{Ends, NEAREST_MAX, Reach, around};
pub use card::{Card, Count, Figures, NOT_FOR};
pub use drift::{ColumnDrift, Drift, Level, Limits, stability};
pub use error::RankError;
pub use importance::Importance;
pub use isolation::{IsolationSettings, isolation};
pub use labels::{Label, Labels, Provenance, Review, Sources, Unreviewed};
pub use matrix::{COLUMNS_MAX, Matrix, Named, ROWS_MAX, not_a_feature};
pub use model::{Contributions, MODEL_BYTES_MAX, Model, Ranking, SchemaColumn, VERSION};
pub use plan::Plan;
pub use read::{Read, read};
pub use readings::{FILE_VERSION, Readings};
pub use settings::{Growth, PositiveWeight, Settings};
pub use split::{Period, Split};
pub use train::{ROWS_LEAST, train};
