//! Readers and mappings: bytes in, observation columns or quarantine out.
//!
//! Floor 1. Nothing here opens a file, reads a clock or writes to a store: readers, limits, keys and sinks are arguments.
//! Invariant: for every output, rows accepted + rows quarantined + rows a mapping leaves out = rows read; never a panic on any bytes.

pub mod limits;
pub mod mapping;
pub mod quarantine;
pub mod schema;

pub use limits::Limits;
pub use mapping::{HashKey, Mapping, MappingError};
pub use quarantine::{Flow, QuarantineEntry};
