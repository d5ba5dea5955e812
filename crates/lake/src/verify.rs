//! Is what is stored still what was committed?

use std::fs::File;
use std::io::Read;
use std::path::Path;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use sha2::{Digest, Sha256};

use crate::error::LakeError;
use crate::manifest::BatchEntry;
use crate::store::{Lake, SHA256_DIGITS, Snapshot, hex};

/// Bytes hashed at a time.
const HASH_BYTES: usize = 1 << 20;

/// What a look at every stored file found.
#[derive(Debug, Default)]
pub struct Verified {
    /// Batches in the manifest.
    pub batches: u64,
    /// Rows in them, as the manifest says.
    pub rows: u64,
    /// Batches whose manifest line has no digest: only their rows were counted.
    pub undigested: u64,
    /// One for each file that is gone or damaged; each names the file and the remedy.
    pub faults: Vec<LakeError>,
}

impl Lake {
    /// Holds every stored file against the manifest: that it is there, how many rows it has, and with `digests` every byte of it.
    ///
    /// # Errors
    /// The manifest cannot be read. What is wrong with single files is in [`Verified::faults`].
    pub fn verify(&self, digests: bool) -> Result<Verified, LakeError> {
        let mut verified = Verified::default();
        for entry in self.manifest()?.entries {
            verified.batches += 1;
            verified.rows += entry.rows;
            verified.undigested += u64::from(entry.sha256.is_empty());
            verified.faults.extend(self.check_batch(&entry, digests).err());
            if entry.traits {
                let path = self.traits_path(&entry.id);
                verified.faults.extend(check_bytes(&path, &entry.traits_sha256, &entry, digests).err());
            }
        }
        Ok(verified)
    }

    /// The snapshot of that id, if the lake can still build it: the manifest only grows, so it is one of its beginnings.
    ///
    /// # Errors
    /// The manifest cannot be read.
    pub fn find_snapshot(&self, id: &str) -> Result<Option<Snapshot>, LakeError> {
        Ok(Snapshot::beginning(self.manifest()?.entries, id))
    }

    fn check_batch(&self, entry: &BatchEntry, digests: bool) -> Result<(), LakeError> {
        let path = self.batch_path(&entry.id);
        // The bytes first: the Parquet reader is given nothing that is known to be damaged.
        check_bytes(&path, &entry.sha256, entry, digests)?;
        let file = File::open(&path).map_err(LakeError::io("open", &path))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| damaged(&path, entry, error.to_string()))?;
        let held = u64::try_from(reader.metadata().file_metadata().num_rows()).unwrap_or(0);
        if held == entry.rows { Ok(()) } else { Err(damaged(&path, entry, format!("it has {held} rows, the manifest says {}", entry.rows))) }
    }
}

fn damaged(path: &Path, entry: &BatchEntry, problem: String) -> LakeError {
    LakeError::BatchDamaged { path: path.to_owned(), problem, file: entry.file.clone() }
}

/// Is the file there, and does it hold the bytes that were committed?
fn check_bytes(path: &Path, sha256: &str, entry: &BatchEntry, digests: bool) -> Result<(), LakeError> {
    if !path.is_file() {
        return Err(damaged(path, entry, "it is gone".to_owned()));
    }
    if !digests || sha256.is_empty() {
        return Ok(());
    }
    let mut file = File::open(path).map_err(LakeError::io("open", path))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; HASH_BYTES];
    loop {
        let read = file.read(&mut buffer).map_err(LakeError::io("read", path))?;
        if read == 0 {
            break;
        }
        hash.update(buffer.get(..read).unwrap_or_default());
    }
    let same = hex(&hash.finalize(), SHA256_DIGITS) == sha256;
    if same { Ok(()) } else { Err(damaged(path, entry, "its SHA-256 is not the one in the manifest".to_owned())) }
}
