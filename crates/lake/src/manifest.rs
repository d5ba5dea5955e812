//! The manifest: one line a committed batch, append-only. Its last whole group of lines is what has happened.
//!
//! A file that gives several batches commits them together: their lines carry the same `commit` and say `part` of `parts`.
//! A group that is not whole, or a last line without its end, was never committed; it is ignored and cut off by the next writer.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tributary_model::{Provenance, Table};

use crate::error::LakeError;

/// One committed batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchEntry {
    /// First 12 hex digits of the SHA-256 over table, mapping, the mark of the key where the mapping hashes with one, and file bytes.
    pub id: String,
    /// Which table its rows are of.
    #[serde(with = "table_name")]
    pub table: Table,
    /// Rows accepted.
    pub rows: u64,
    /// Rows in its quarantine.
    pub quarantined: u64,
    /// Rows that a mapping's `where` or `distinct` leaves out.
    #[serde(default)]
    pub left_out: u64,
    /// Source, legal basis, purpose and grading (SG-001, SG-050).
    pub provenance: Provenance,
    /// Name of the file it came from, without folders.
    pub file: String,
    /// Name of the mapping or importer, empty for the table's own shape.
    #[serde(default)]
    pub mapping: String,
    /// Names of unknown columns, kept in `_attributes`, sorted.
    #[serde(default)]
    pub unknown_columns: Vec<String>,
    /// What was dropped on purpose, with counts: banned properties (SG-005), label columns, properties without a place in the tables.
    #[serde(default)]
    pub dropped: BTreeMap<String, u64>,
    /// Bytes of the source file.
    pub bytes: u64,
    /// Does a file of protected traits belong to it?
    #[serde(default)]
    pub traits: bool,
    /// SHA-256 of the batch file in hex. Empty in older manifests, whose files are known by their rows alone.
    #[serde(default)]
    pub sha256: String,
    /// SHA-256 of the file of protected traits in hex; empty where there is none.
    #[serde(default)]
    pub traits_sha256: String,
    /// Says which source bytes it was made of, whatever the table, mapping and key: 32 hex digits. Made by hashing the source's hash once
    /// more, because that hash is the key of quarantine's digests and is nowhere stored.
    #[serde(default)]
    pub content: String,
    /// Which commit it belongs to: first 12 hex digits of the SHA-256 over the batch ids of the commit.
    pub commit: String,
    /// Its place in the commit, from 1.
    pub part: u32,
    /// Batches in the commit.
    pub parts: u32,
}

mod table_name {
    use serde::{Deserialize, Deserializer, Serializer};
    use tributary_model::Table;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape serde asks for")]
    pub(super) fn serialize<S: Serializer>(table: &Table, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(table.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Table, D::Error> {
        let name = String::deserialize(deserializer)?;
        Table::from_name(&name).ok_or_else(|| serde::de::Error::custom(format!("unknown table `{name}`")))
    }
}

/// What a manifest's bytes say.
#[derive(Debug, Default)]
pub(crate) struct Manifest {
    /// Committed batches in order.
    pub(crate) entries: Vec<BatchEntry>,
    /// Length of the part that was committed; what follows is torn.
    pub(crate) committed_bytes: u64,
}

impl Manifest {
    /// Reads a manifest, leaving out a torn end.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, LakeError> {
        let mut manifest = Self::default();
        let mut group: Vec<BatchEntry> = Vec::new();
        let mut position = 0_u64;
        for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            position += line.len() as u64;
            let Some(text) = line.strip_suffix(b"\n") else {
                break;
            };
            let entry: BatchEntry = match serde_json::from_slice(text) {
                Ok(entry) => entry,
                // A crash may leave the end of the file with blocks of zeros or half a line. A whole last line that cannot be read is damage,
                // not a torn end: cutting it off would lose what was acknowledged.
                Err(_) if position == bytes.len() as u64 && text.contains(&0) => break,
                Err(source) => {
                    return Err(LakeError::Manifest { line: index + 1, source });
                }
            };
            if entry.part == 1 {
                group.clear();
            }
            group.push(entry);
            if group.last().is_some_and(|last| last.part == last.parts && group.len() == last.parts as usize) {
                manifest.entries.append(&mut group);
                manifest.committed_bytes = position;
            }
        }
        Ok(manifest)
    }

    /// The lines of one commit.
    pub(crate) fn lines(entries: &[BatchEntry]) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = Vec::new();
        for entry in entries {
            serde_json::to_writer(&mut bytes, entry)?;
            bytes.push(b'\n');
        }
        Ok(bytes)
    }
}
