//! The lake: a folder of append-only batches and the manifest that says which of them count.
//!
//! Commit protocol: every file of a commit is written to `lake/new`, made durable, moved to its place and its folder made durable;
//! then the manifest's lines are appended and made durable: that is the commit point. Whatever a crash leaves behind
//! before that point is removed by the next opener that can take the lock.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tributary_model::Table;

use crate::disk::{Disk, RealDisk};
use crate::error::LakeError;
use crate::manifest::{BatchEntry, Manifest};

/// Hex digits of a snapshot's id.
const SNAPSHOT_DIGITS: usize = 16;
/// Hex digits of a whole SHA-256.
pub(crate) const SHA256_DIGITS: usize = 64;

/// An open lake: `<workspace>/lake`.
#[derive(Clone)]
pub struct Lake {
    folder: PathBuf,
    pub(crate) disk: Arc<dyn Disk>,
}

impl std::fmt::Debug for Lake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lake").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// Exactly which batches something was computed from.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Hash over the batch ids in order: the first 16 hex digits of a SHA-256.
    pub id: String,
    /// The batches, in the order they were committed.
    pub batches: Vec<BatchEntry>,
}

impl Snapshot {
    /// A snapshot of these batches.
    #[must_use]
    pub fn of(batches: Vec<BatchEntry>) -> Self {
        let mut hash = Sha256::new();
        for batch in &batches {
            Self::add(&mut hash, batch);
        }
        Self { id: hex(&hash.finalize(), SNAPSHOT_DIGITS), batches }
    }

    fn add(hash: &mut Sha256, batch: &BatchEntry) {
        hash.update(batch.table.name().as_bytes());
        hash.update(b"/");
        hash.update(batch.id.as_bytes());
        hash.update(b"\n");
    }

    /// The beginning of these batches that has that id, if one has.
    pub(crate) fn beginning(mut batches: Vec<BatchEntry>, id: &str) -> Option<Self> {
        let mut hash = Sha256::new();
        let length = batches.iter().position(|batch| {
            Self::add(&mut hash, batch);
            hex(&hash.clone().finalize(), SNAPSHOT_DIGITS) == id
        })?;
        batches.truncate(length + 1);
        Some(Self { id: id.to_owned(), batches })
    }

    /// The batches of one table, in order.
    pub fn of_table(&self, table: Table) -> impl Iterator<Item = &BatchEntry> {
        self.batches.iter().filter(move |batch| batch.table == table)
    }
}

/// The first `digits` hex digits of some bytes.
pub(crate) fn hex(bytes: &[u8], digits: usize) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text.truncate(digits);
    text
}

/// Names of the lake's folders.
pub(crate) const FOLDERS: [&str; 4] = ["batches", "traits", "quarantine", "new"];

impl Lake {
    /// Makes a lake under a workspace's folder.
    ///
    /// # Errors
    /// There is one already, or the folders cannot be made.
    pub fn create(root: &Path) -> Result<Self, LakeError> {
        Self::create_on(root, Arc::new(RealDisk))
    }

    /// Opens the lake of a workspace, mending what a crash left behind unless another process is writing.
    ///
    /// # Errors
    /// There is none, or its manifest is damaged before its end.
    pub fn open(root: &Path) -> Result<Self, LakeError> {
        Self::open_on(root, Arc::new(RealDisk))
    }

    /// [`Lake::create`] on a given disk.
    ///
    /// # Errors
    /// As [`Lake::create`].
    pub fn create_on(root: &Path, disk: Arc<dyn Disk>) -> Result<Self, LakeError> {
        let folder = root.join("lake");
        let lake = Self { folder, disk };
        if lake.manifest_path().exists() {
            return Err(LakeError::Exists { path: root.to_owned() });
        }
        for name in FOLDERS {
            let path = lake.folder.join(name);
            lake.disk.create_folder(&path).map_err(LakeError::io("make the folder", &path))?;
        }
        let path = lake.manifest_path();
        let mut file = lake.disk.append(&path).map_err(LakeError::io("make", &path))?;
        file.sync().map_err(LakeError::io("make durable", &path))?;
        lake.disk.sync_folder(&lake.folder).map_err(LakeError::io("make durable", &lake.folder))?;
        Ok(lake)
    }

    /// [`Lake::open`] on a given disk.
    ///
    /// # Errors
    /// As [`Lake::open`].
    pub fn open_on(root: &Path, disk: Arc<dyn Disk>) -> Result<Self, LakeError> {
        let lake = Self { folder: root.join("lake"), disk };
        if !lake.manifest_path().is_file() {
            return Err(LakeError::Missing { path: root.to_owned() });
        }
        match lake.lock() {
            Ok(lock) => lake.mend(&lock)?,
            // Whoever holds the lock has mended it.
            Err(LakeError::Busy { .. }) => {}
            Err(error) => return Err(error),
        }
        lake.manifest()?;
        Ok(lake)
    }

    /// All that has been committed until now.
    ///
    /// # Errors
    /// The manifest cannot be read, or a batch it names is gone.
    pub fn snapshot(&self) -> Result<Snapshot, LakeError> {
        let manifest = self.manifest()?;
        for entry in &manifest.entries {
            if !self.batch_path(&entry.id).is_file() {
                return Err(LakeError::BatchGone { id: entry.id.clone() });
            }
        }
        Ok(Snapshot::of(manifest.entries))
    }

    /// All batches that have been committed until now, whether or not their files are still there.
    ///
    /// # Errors
    /// The manifest cannot be read.
    pub fn batches(&self) -> Result<Vec<BatchEntry>, LakeError> {
        Ok(self.manifest()?.entries)
    }

    /// The snapshot that holds the given batches and no others, in the given order.
    ///
    /// # Errors
    /// The lake does not hold one of them.
    pub fn snapshot_of(&self, batch_ids: &[String]) -> Result<Snapshot, LakeError> {
        let entries = self.manifest()?.entries;
        let mut batches = Vec::with_capacity(batch_ids.len());
        for id in batch_ids {
            let found = entries.iter().find(|entry| entry.id == *id);
            batches.push(found.ok_or_else(|| LakeError::UnknownBatch { id: id.clone() })?.clone());
        }
        Ok(Snapshot::of(batches))
    }

    /// The lake's own folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a batch's rows are.
    #[must_use]
    pub fn batch_path(&self, id: &str) -> PathBuf {
        self.folder.join("batches").join(format!("{id}.parquet"))
    }

    /// Where a batch's quarantine is (NDJSON; not there when nothing was quarantined).
    #[must_use]
    pub fn quarantine_path(&self, id: &str) -> PathBuf {
        self.folder.join("quarantine").join(format!("{id}.ndjson"))
    }

    /// Where a batch's protected traits are.
    pub(crate) fn traits_path(&self, id: &str) -> PathBuf {
        self.folder.join("traits").join(format!("{id}.parquet"))
    }

    /// Where files are while they are being written.
    pub(crate) fn new_folder(&self) -> PathBuf {
        self.folder.join("new")
    }

    pub(crate) fn manifest_path(&self) -> PathBuf {
        self.folder.join("manifest.ndjson")
    }

    pub(crate) fn manifest(&self) -> Result<Manifest, LakeError> {
        let path = self.manifest_path();
        let bytes = std::fs::read(&path).map_err(LakeError::io("read", &path))?;
        Manifest::parse(&bytes)
    }

    /// Takes the lake's lock for writing. The system releases it when the process ends, however it ends.
    pub(crate) fn lock(&self) -> Result<Lock, LakeError> {
        let path = self.folder.join("lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(LakeError::io("open the lock", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(std::fs::TryLockError::WouldBlock) => Err(LakeError::Busy { path: self.folder.clone() }),
            Err(std::fs::TryLockError::Error(error)) => Err(LakeError::io("take the lock", &path)(error)),
        }
    }

    /// Puts a file that no committed batch owns out of the way. It is not removed: should the manifest have been damaged, it is all there is.
    fn set_aside(&self, file: &Path) -> Result<(), LakeError> {
        let aside = self.folder.join("aside");
        self.disk.create_folder(&aside).map_err(LakeError::io("make the folder", &aside))?;
        let name = file.file_name().unwrap_or_default();
        self.disk.rename(file, &aside.join(name)).map_err(LakeError::io("set aside the left-over file", file))
    }

    /// Cuts a torn end off the manifest and sets files aside that no committed batch owns.
    pub(crate) fn mend(&self, _lock: &Lock) -> Result<(), LakeError> {
        let path = self.manifest_path();
        let length = std::fs::metadata(&path).map_err(LakeError::io("read", &path))?.len();
        let manifest = self.manifest()?;
        if manifest.committed_bytes < length {
            self.disk.truncate(&path, manifest.committed_bytes).map_err(LakeError::io("mend", &path))?;
        }
        let mut owned = BTreeSet::new();
        for entry in &manifest.entries {
            owned.extend([self.batch_path(&entry.id), self.quarantine_path(&entry.id), self.traits_path(&entry.id)]);
        }
        for name in FOLDERS {
            let folder = self.folder.join(name);
            self.disk.create_folder(&folder).map_err(LakeError::io("make the folder", &folder))?;
            for file in self.disk.list(&folder).map_err(LakeError::io("list", &folder))? {
                if !owned.contains(&file) {
                    self.set_aside(&file)?;
                }
            }
        }
        Ok(())
    }
}

/// The right to write, held while it lives.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}
