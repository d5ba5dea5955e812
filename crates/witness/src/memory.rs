//! What a witness cosigned last, on the disk: one small file a log, replaced whole, synced before anything is answered.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tributary_ledger::checkpoint::{CheckpointError, ORIGIN_MAX};
use tributary_ledger::hash::to_hex;
use tributary_ledger::note::{Note, Signer};
use tributary_ledger::witness::{AddCheckpoint, Known, Outcome, Reply, Seen, add_checkpoint};
use tributary_ledger::{Checkpoint, Hash};

/// Checkpoints kept as evidence of each log's misbehaviour.
const EVIDENCE_MAX: usize = 64;

/// Why the memory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// The disk.
    #[error("`{path}`: {why}")]
    Disk {
        /// Which file.
        path: String,
        /// What it says.
        why: std::io::Error,
    },
    /// What is there is not what was written.
    #[error("`{path}` is damaged ({why}); a witness that forgot must not sign: restore it, or begin anew under a new key")]
    Damaged {
        /// Which file.
        path: String,
        /// What is wrong.
        why: CheckpointError,
    },
    /// It is another's.
    #[error("`{path}` is of another log; restore it, or begin anew under a new key")]
    Foreign {
        /// Which file.
        path: String,
    },
    /// Somebody else uses it.
    #[error("`{path}` is in use by another witness")]
    InUse {
        /// The folder.
        path: String,
    },
}

/// The memory of one witness; it holds its folder alone.
pub struct Memory {
    folder: PathBuf,
    logs: Vec<Known>,
    signers: Vec<Signer>,
    seen: BTreeMap<String, Mutex<Option<Seen>>>,
    _lock: File,
}

fn disk(path: &Path) -> impl Fn(std::io::Error) -> MemoryError + '_ {
    move |why| MemoryError::Disk { path: path.display().to_string(), why }
}

/// The name of a log's file: an origin may hold anything.
fn stem(origin: &str) -> String {
    to_hex(&Hash::leaf(origin.as_bytes()).0).chars().take(32).collect()
}

impl Memory {
    /// Opens a folder, making it where there is none.
    ///
    /// # Errors
    /// Where it is in use, or what is in it cannot be trusted.
    pub fn open(folder: &Path, logs: Vec<Known>, signers: Vec<Signer>) -> Result<Self, MemoryError> {
        std::fs::create_dir_all(folder.join("evidence")).map_err(disk(folder))?;
        let lock = File::create(folder.join("lock")).map_err(disk(folder))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(MemoryError::InUse { path: folder.display().to_string() }),
            Err(TryLockError::Error(error)) => return Err(disk(folder)(error)),
        }
        let mut seen = BTreeMap::new();
        for log in &logs {
            seen.insert(log.origin.clone(), Mutex::new(recall(folder, &log.origin)?));
        }
        Ok(Self { folder: folder.to_owned(), logs, signers, seen, _lock: lock })
    }

    /// The witness's keys.
    #[must_use]
    pub fn signers(&self) -> &[Signer] {
        &self.signers
    }

    /// Answers a request at a time (seconds since 1970). A 200 is returned only after what it says is on the disk.
    ///
    /// # Errors
    /// Where the disk failed; then nothing was cosigned that anybody has.
    pub fn answer(&self, body: &[u8], now: u64) -> Result<Reply, MemoryError> {
        let origin = AddCheckpoint::parse(body).ok().map(|request| request.checkpoint.origin);
        let Some(state) = origin.as_ref().and_then(|origin| self.seen.get(origin)) else {
            return Ok(add_checkpoint(body, &self.logs, |_| None, now, &self.signers).reply);
        };
        // Held from before the last size is read until the new one is on the disk: two requests never race. A holder that panicked left the
        // state as the disk has it or older, and then the disk is asked.
        let mut state = match state.lock() {
            Ok(state) => state,
            Err(poisoned) => {
                let mut state = poisoned.into_inner();
                *state = recall(&self.folder, origin.as_deref().unwrap_or_default())?;
                state
            }
        };
        let Outcome { reply, keep, misbehaved } = add_checkpoint(body, &self.logs, |_| *state, now, &self.signers);
        if let Some(note) = misbehaved {
            self.evidence(&note)?;
        }
        if let Some((origin, seen)) = keep {
            // Were it written and not synced, the state is unknown: what memory says must then not be older than what the disk may say.
            let written = remember(&self.folder, &origin, seen);
            if written.is_err() {
                *state = recall(&self.folder, &origin)?;
            }
            written?;
            *state = Some(seen);
        }
        Ok(reply)
    }

    /// Keeps a checkpoint that its log should not have signed.
    fn evidence(&self, note: &Note) -> Result<(), MemoryError> {
        let folder = self.folder.join("evidence");
        let text = note.to_string();
        let origin = note.text.lines().next().unwrap_or_default();
        let begins = stem(origin);
        let path = folder.join(format!("{begins}-{}.note", stem(&text)));
        let kept = std::fs::read_dir(&folder).map_err(disk(&folder))?.flatten();
        let kept = kept.filter(|entry| entry.file_name().to_string_lossy().starts_with(&begins)).count();
        if path.exists() || kept >= EVIDENCE_MAX {
            return Ok(());
        }
        replace(&path, text.as_bytes())
    }
}

fn recall(folder: &Path, origin: &str) -> Result<Option<Seen>, MemoryError> {
    let path = folder.join(format!("{}.checkpoint", stem(origin)));
    let shown = || path.display().to_string();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(disk(&path)(error)),
    };
    let checkpoint = Checkpoint::parse_text(&text).map_err(|why| MemoryError::Damaged { path: shown(), why })?;
    if checkpoint.origin != origin || origin.len() > ORIGIN_MAX {
        return Err(MemoryError::Foreign { path: shown() });
    }
    Ok(Some(Seen { size: checkpoint.size, root: checkpoint.root }))
}

fn remember(folder: &Path, origin: &str, seen: Seen) -> Result<(), MemoryError> {
    let checkpoint = Checkpoint { origin: origin.to_owned(), size: seen.size, root: seen.root };
    replace(&folder.join(format!("{}.checkpoint", stem(origin))), checkpoint.text().as_bytes())
}

/// Replaces a file whole: written beside, synced, renamed, and the folder synced.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), MemoryError> {
    let beside = path.with_extension("new");
    let write = || {
        let mut file = File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)?;
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    };
    write().map_err(disk(path))
}
