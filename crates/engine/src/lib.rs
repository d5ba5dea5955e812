//! The use cases: the only place where stores, analytics and settings meet.
//!
//! Floor 6. [`Workspace`] is the door: make or open one, ingest, [`run::run`], read [`alerts`]; [`prepare`] and [`indicators`] are
//! the stages between the lake and the search.

pub mod alerts;
pub mod ask;
mod columns;
pub mod error;
pub mod events;
pub mod features;
pub mod indicators;
mod journal;
mod links;
pub mod lists;
pub mod packs;
pub mod prepare;
pub mod rank;
pub mod ranking;
pub mod relation;
pub mod resolution;
pub mod run;
pub mod screening;
pub mod search;
pub mod stream;
pub mod transfers;
pub mod workspace;

pub use error::EngineError;
pub use run::{RunObserver, RunOptions, RunSummary, Unobserved};
pub use workspace::Workspace;

/// What the ingest use case takes and gives.
pub mod ingest {
    pub use tributary_ingest::banned::is_banned;
    pub use tributary_ingest::{Flow, HashKey, Mapping};
    pub use tributary_lake::{IngestObserver, IngestReport, IngestRequest};
}

/// Linkage whose candidates the query engine finds, spilling to disk.
pub mod link {
    pub use tributary_lake::SessionOptions;
    pub use tributary_lake::linkage::candidates;
}

/// The simulator.
pub mod world {
    pub use tributary_world::corpus::{CorpusSettings, CorpusSummary, Language, Level, write_corpus};
    pub use tributary_world::{Overlap, WorldOptions, WorldSummary, generate};
}
