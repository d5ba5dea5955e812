//! What is kept of a row that was not accepted: enough to mend it and ingest it again.

use serde::{Deserialize, Serialize};

/// One row that was not accepted. Serialised as one NDJSON line of the batch's quarantine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantineEntry {
    /// Name of the file.
    pub file: String,
    /// Row number, 1 is the first row after the header.
    pub row: u64,
    /// Column with the problem; empty where the whole row has it.
    pub column: String,
    /// The value, cut to a bound.
    pub value: String,
    /// What is wrong with it, in plain words.
    pub problem: String,
    /// What to do.
    pub remedy: String,
    /// The raw row, cut to a bound.
    pub raw: String,
}

/// Does a reader go on?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Continue,
    /// Stop: nothing of this file is committed.
    Stop,
}
