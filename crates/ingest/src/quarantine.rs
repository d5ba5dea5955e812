//! What is kept of a row that was not accepted: enough to mend it and ingest it again, or to find it at its source.
//!
//! Protected traits, banned and dropped properties, values that a mapping hashes on read and advert texts are never in it (SG-004, SG-005).

use std::collections::BTreeMap;

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
    /// The value, cut to a bound; a mark such as `[withheld: trait]` where it may not be kept.
    pub value: String,
    /// What is wrong with it, in plain words.
    pub problem: String,
    /// What to do.
    pub remedy: String,
    /// The row's fields by the names they have in the source, cut to a bound, with a mark in place of each that may not be kept.
    /// Empty where the row could not be split into fields.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// The raw row, cut to a bound, where it could not be split and its source has no field that may not be kept; a mark
    /// where it has. Empty where `fields` speaks.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub raw: String,
    /// Length of the raw row in bytes; of a row too long to be read, of the part that was looked at.
    #[serde(default)]
    pub bytes: u64,
    /// HMAC-SHA-256 of those bytes (first 32 hex digits) under a key made from the whole file: whoever has the file can find the row by
    /// it, and nobody else can try out what was withheld.
    #[serde(default)]
    pub digest: String,
}

/// Does a reader go on?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Continue,
    /// Stop: nothing of this file is committed.
    Stop,
}
