//! Observation batches, snapshots and the query engine.
//!
//! Floor 4: the first floor that touches files. Everything blocks; a session keeps a runtime of its own.
//! Invariants: a batch once committed never changes; a snapshot names exactly which batches count; nothing but
//! [`TraitStore`] reads protected traits.

pub mod disk;
pub mod error;
pub mod intake;
pub mod linkage;
pub mod manifest;
mod parquet_file;
pub mod session;
mod sink;
pub mod store;
pub mod traits;
pub mod verify;
mod views;

pub use error::LakeError;
pub use intake::{BatchReport, IngestObserver, IngestReport, IngestRequest, NoObserver};
pub use manifest::BatchEntry;
pub use parquet_file::ParquetFile;
pub use session::{Session, SessionOptions};
pub use store::{Lake, Snapshot};
pub use traits::{TraitAccess, TraitBatch, TraitStore};
pub use verify::Verified;

/// How many threads are meant: 0 is one for each processor.
#[must_use]
pub fn threads(asked: usize) -> usize {
    if asked == 0 { std::thread::available_parallelism().map_or(1, usize::from) } else { asked }
}
