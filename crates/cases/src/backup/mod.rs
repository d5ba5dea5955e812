//! Backups: one state of a register in a folder, which either store takes back.
//!
//! ```text
//! BACKUP/manifest.json        format and schema, size and root of the log, and of each part rows, bytes and SHA-256
//! BACKUP/manifest.seal        the manifest under the register's key: who has no key cannot write another one
//! BACKUP/TABLE.ndjson         the rows of each table, one JSON array a line
//! BACKUP/checkpoint           the log's signed checkpoint with its cosignatures; none before the first
//! BACKUP/…                    small files of the register's folder, as the caller gives them
//! ```
//! The log's tiles are not in it: they are made again from the entries, and must lead to the root that was signed. The register's keys are
//! never in it: whoever holds a backup alone reads no sealed record. A backup is written beside its name and renamed when it is whole.

mod growing;
mod make;
mod restore;

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tributary_model::Timestamp;
use tributary_vault::hex;

pub use growing::Growing;
pub use restore::{Lost, Restoring};

// The log's checkpoint is a part under the name that it has in the log's folder.
pub use tributary_ledger::tile::CHECKPOINT;

use crate::store::pool::schema;
use crate::store::tables::{TABLES, Table};
use crate::{CasesError, Keys};

/// The form of what is described here.
pub const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";
const SEAL: &str = "manifest.seal";
/// Bytes of a manifest, and of a small part, that are read.
const SMALL_MAX: u64 = 1 << 20;
/// Bytes of one row that are read.
const ROW_MAX: u64 = 64 << 20;
/// Parts that a manifest may name.
const PARTS_MAX: usize = 64;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// Version of the tables.
    pub schema: i64,
    /// When it was made.
    pub made: Timestamp,
    /// The log at that time.
    pub log: LogPoint,
    /// Its parts.
    pub parts: Vec<Part>,
}

/// A log at one size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogPoint {
    /// Its name.
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// Root of the tree, in base64.
    pub root: String,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Lines; none for what is no table.
    pub rows: Option<u64>,
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256 as hexadecimal digits.
    pub sha256: String,
}

/// A backup that was held against its manifest.
#[derive(Debug, Clone)]
pub struct Backup {
    root: PathBuf,
    manifest: Manifest,
}

fn part_of(table: &Table) -> String {
    format!("{}.ndjson", table.name)
}

fn is_name(name: &str) -> bool {
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=64).contains(&name.len()) && !name.starts_with('.') && name.bytes().all(letters) && ![MANIFEST, SEAL].contains(&name)
}

fn seal_of(keys: &Keys, manifest: &[u8]) -> String {
    keys.pseudonym("backup/manifest/1", &hex(&Sha256::digest(manifest))).as_str().to_owned()
}

/// Opens a part. What is no file is refused before it is opened: a pipe would wait for somebody to write into it.
fn part_file(root: &Path, name: &str) -> Result<std::fs::File, CasesError> {
    let path = root.join(name);
    if !std::fs::metadata(&path).map_err(|error| missing(name, &error))?.is_file() {
        return Err(CasesError::damaged(name, "it is no file"));
    }
    std::fs::File::open(path).map_err(|error| missing(name, &error))
}

fn small(path: &Path, name: &str) -> Result<Vec<u8>, CasesError> {
    let file = part_file(path, name)?;
    let mut bytes = Vec::new();
    file.take(SMALL_MAX + 1).read_to_end(&mut bytes).map_err(|error| CasesError::damaged(name, error))?;
    if bytes.len() as u64 > SMALL_MAX {
        return Err(CasesError::damaged(name, "it is too long"));
    }
    Ok(bytes)
}

fn missing(name: &str, error: &std::io::Error) -> CasesError {
    if error.kind() == std::io::ErrorKind::NotFound { CasesError::damaged(name, "it is missing") } else { CasesError::damaged(name, error) }
}

impl Backup {
    /// Holds a backup against its manifest, every byte of it; with the register's key the manifest against its seal as well.
    ///
    /// # Errors
    /// [`CasesError::Damaged`] with the part's name; [`CasesError::Newer`] for tables of a later version.
    pub fn verify(root: &Path, keys: Option<&Keys>) -> Result<Self, CasesError> {
        let bytes = small(root, MANIFEST)?;
        let seal = small(root, SEAL)?;
        if keys.is_some_and(|keys| seal_of(keys, &bytes).as_bytes() != seal.trim_ascii()) {
            let why = "it does not fit the manifest under this key: another register's key, or a manifest that was changed";
            return Err(CasesError::damaged(SEAL, why));
        }
        let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|error| CasesError::damaged(MANIFEST, error))?;
        check(&manifest)?;
        for part in &manifest.parts {
            check_part(root, part)?;
        }
        Ok(Self { root: root.to_owned(), manifest })
    }

    /// What it holds.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// A small part that is no table, if the backup has it.
    ///
    /// # Errors
    /// [`CasesError::Damaged`] when it is not what the manifest says.
    pub fn file(&self, name: &str) -> Result<Option<Vec<u8>>, CasesError> {
        let Some(part) = self.manifest.parts.iter().find(|part| part.name == name) else { return Ok(None) };
        let bytes = small(&self.root, name)?;
        if hex(&Sha256::digest(&bytes)) == part.sha256 { Ok(Some(bytes)) } else { Err(CasesError::damaged(name, "it was changed")) }
    }

    /// Its parts that are no tables.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.manifest.parts.iter().filter(|part| part.rows.is_none()).map(|part| part.name.as_str())
    }
}

fn check(manifest: &Manifest) -> Result<(), CasesError> {
    let wrong = |why: String| Err(CasesError::damaged(MANIFEST, why));
    if manifest.format != FORMAT {
        return wrong(format!("it has form {}, and this program knows {FORMAT}", manifest.format));
    }
    if manifest.schema > schema() {
        return Err(CasesError::Newer { found: manifest.schema, known: schema() });
    }
    if manifest.schema < schema() {
        return wrong(format!(
            "its tables are of version {}, this program's of version {}: restore it with the program that made it, and open that register with this one",
            manifest.schema,
            schema()
        ));
    }
    if manifest.parts.len() > PARTS_MAX {
        return wrong("it names too many parts".into());
    }
    if let Some(part) = manifest.parts.iter().find(|part| !is_name(&part.name)) {
        return wrong(format!("`{}` is no name of a part", part.name));
    }
    for table in &TABLES {
        let name = part_of(table);
        if manifest.parts.iter().filter(|part| part.name == name && part.rows.is_some()).count() != 1 {
            return Err(CasesError::damaged(&name, "the manifest does not name it once"));
        }
    }
    Ok(())
}

fn check_part(root: &Path, part: &Part) -> Result<(), CasesError> {
    let mut file = part_file(root, &part.name)?;
    let (mut hash, mut length, mut lines) = (Sha256::new(), 0_u64, 0_u64);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer).map_err(|error| CasesError::damaged(&part.name, error))?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        hash.update(bytes);
        length += bytes.len() as u64;
        lines += bytes.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
    }
    if length != part.bytes {
        return Err(CasesError::damaged(&part.name, format!("it has {length} bytes, and the manifest says {}", part.bytes)));
    }
    if hex(&hash.finalize()) != part.sha256 {
        return Err(CasesError::damaged(&part.name, "its bytes are not those of the manifest's SHA-256"));
    }
    if part.rows.is_some_and(|rows| rows != lines) {
        return Err(CasesError::damaged(&part.name, format!("it has {lines} rows, and the manifest says otherwise")));
    }
    Ok(())
}

/// Reads the rows of a part, and holds what was read against the manifest once more when it ends.
struct Rows<'a> {
    part: &'a Part,
    lines: BufReader<std::fs::File>,
    hash: Sha256,
}

impl<'a> Rows<'a> {
    fn open(backup: &'a Backup, table: &Table) -> Result<Self, CasesError> {
        let name = part_of(table);
        let part = backup.manifest.parts.iter().find(|part| part.name == name);
        let part = part.ok_or_else(|| CasesError::damaged(&name, "it is missing"))?;
        let file = part_file(&backup.root, &name)?;
        Ok(Self { part, lines: BufReader::new(file), hash: Sha256::new() })
    }

    fn next(&mut self) -> Result<Option<Vec<serde_json::Value>>, CasesError> {
        let mut line = Vec::new();
        let wrong = |why: &dyn std::fmt::Display| CasesError::damaged(&self.part.name, why);
        let read = self.lines.by_ref().take(ROW_MAX).read_until(b'\n', &mut line).map_err(|error| wrong(&error))?;
        if read == 0 {
            let same = hex(&self.hash.finalize_reset()) == self.part.sha256;
            return if same { Ok(None) } else { Err(wrong(&"it was changed while it was read")) };
        }
        self.hash.update(&line);
        serde_json::from_slice(&line).map(Some).map_err(|error| wrong(&error))
    }
}
