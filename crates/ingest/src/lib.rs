//! Readers and mappings: bytes in, observation columns or quarantine out.
//!
//! Floor 1. Nothing here opens a file, reads a clock or writes to a store: files, limits, keys and sinks are arguments.
//! Invariant: for every output, rows accepted + rows quarantined + rows a mapping leaves out = rows read; never a panic on any bytes.
//!
//! Start at [`read::ingest`]; [`mapping`] says how other shapes reach the tables, [`lists`] reads sanctions lists.

pub mod banned;
mod blocks;
mod builder;
mod builtin;
mod check;
mod columnar;
mod csv;
mod decode;
pub mod error;
mod keep;
pub mod limits;
pub mod lists;
pub mod mapping;
pub mod moment;
mod ndjson;
mod ordered;
mod parse;
pub mod plan;
mod problem;
pub mod quarantine;
pub mod read;
mod record;
pub mod schema;

pub use error::IngestError;
pub use limits::Limits;
pub use mapping::{HashKey, Importer, Mapping, MappingError};
pub use quarantine::{Flow, QuarantineEntry};
pub use read::{Input, Options, Sink, SinkError, Summary, ingest, output_tables};
