//! Transfers that a program sends one by one or some at a time: kept in the workspace first, then searched for patterns as they come.
//!
//! What was acknowledged is in `events/NNNNNN.ndjson`, in the order of arrival, and on the disk; opening reads it again, so that the windows stand as they did. The
//! files are transfers in the shape of OBSERVATIONS.md and are ingested like any other.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use tributary_features::{Config, Families};
use tributary_model::{ProtectedSet, SubjectType, Table, Timestamp};

use crate::error::EngineError;
use crate::stream::{ChangedPattern, LiveStream, PatternSettings, StreamEvent, StreamSettings};
use crate::workspace::{Workspace, sync_folder};
use crate::{alerts, screening};

/// Folder of the workspace.
const FOLDER: &str = "events";
/// Bytes after which a new file is begun.
const FILE_BYTES_MAX: u64 = 64 << 20;
/// Most lines in one call.
const LINES_MAX: usize = 1_024;
/// Lines read again together: patterns that came and went in between are not searched for.
const REPLAYED: usize = 1 << 16;
/// By how many seconds a transfer may be late.
const HORIZON: i64 = 3_600;
/// How far back patterns are searched, seconds.
const WINDOW: i64 = 28 * 86_400;
/// What stands for somebody under protection.
const PROTECTED: &str = "protected";

/// A line that was not taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusedEvent {
    /// Its number in the call, from 1.
    pub line: u64,
    /// Its `transfer_id`, where it could be read.
    pub transfer_id: Option<String>,
    /// Why, in plain words.
    pub reason: String,
}

/// What one call came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TakenEvents {
    /// Transfers that are kept now.
    pub kept: u64,
    /// Lines that were not taken in.
    pub refused: Vec<RefusedEvent>,
    /// Lines that are kept and could not be searched: they came too late, or too many are held.
    pub not_searched: Vec<RefusedEvent>,
    /// Patterns that changed. Those about somebody under protection are left out, and others do not name them.
    pub patterns: Vec<ChangedPattern>,
}

/// The kept transfers of a workspace and the search over them. One program at a time has it.
pub struct Events {
    folder: PathBuf,
    live: LiveStream,
    file: File,
    number: u32,
    bytes: u64,
    /// A write failed: what is remembered and what is kept may differ, so that nothing more is taken in.
    broken: bool,
    protected: (Option<String>, Arc<ProtectedSet>),
}

fn settings() -> StreamSettings {
    StreamSettings {
        // Rows of features are the work of `tributary stream`; of the families the cheapest keeps order and time.
        config: Config { families: [tributary_features::Family::Transfer].into_iter().collect::<Families>(), ..Config::default() },
        patterns: Some(PatternSettings { window: WINDOW, ..PatternSettings::default() }),
        horizon: HORIZON,
        waiting_max: 1_000_000,
        batch_max: LINES_MAX,
        threads: 1,
    }
}

fn path_of(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("{number:06}.ndjson"))
}

impl Events {
    /// Opens the kept transfers of a workspace and reads them again.
    ///
    /// # Errors
    /// Another program has them open, or a file cannot be read or written.
    pub fn open(workspace: &Workspace) -> Result<Self, EngineError> {
        let folder = workspace.root().join(FOLDER);
        std::fs::create_dir_all(&folder).map_err(EngineError::io("create", &folder))?;
        sync_folder(workspace.root())?;
        let mut live = LiveStream::new(&settings())?;
        let mut number = 1;
        loop {
            let path = path_of(&folder, number);
            let mut file = open_file(&path)?;
            let bytes = replay(&mut file, &path, &mut live)?;
            if !path_of(&folder, number + 1).exists() {
                sync_folder(&folder)?;
                return Ok(Self { folder, live, file, number, bytes, broken: false, protected: (None, Arc::default()) });
            }
            number += 1;
        }
    }

    /// Did a write fail, so that what is remembered and what is kept may differ?
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Takes lines in: they are on the disk before anything is said of them.
    ///
    /// # Errors
    /// There are too many lines, or they cannot be kept: then none is acknowledged, and the workspace is to be opened anew.
    pub fn take(&mut self, workspace: &Workspace, body: &[u8], now: Timestamp) -> Result<TakenEvents, EngineError> {
        let wrong = |problem: String| EngineError::Stage { stage: "events", problem };
        if self.broken {
            return Err(wrong("an earlier write failed: start the program again, which reads what is kept".to_owned()));
        }
        let lines: Vec<&[u8]> = body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).collect();
        if lines.iter().filter(|line| !line.is_empty()).count() > LINES_MAX {
            return Err(wrong(format!("has more than {LINES_MAX} lines: send fewer at a time")));
        }
        let protected = self.protected(workspace)?;
        let before = self.live.summary().lines;
        let mut out = TakenEvents::default();
        let mut kept: Vec<u8> = Vec::new();
        self.broken = true;
        let mut refuse = |event: StreamEvent<'_>| {
            out.refused.extend(refused(&event, before));
            Ok(true)
        };
        let mut transfers = 0;
        for line in lines {
            let waiting = self.live.waiting();
            self.live.take(line, now, &mut refuse)?;
            if self.live.waiting() > waiting {
                transfers += 1;
                kept.extend(columns_of(line));
                kept.push(b'\n');
            }
        }
        self.keep(&kept)?;
        let mut note = |event: StreamEvent<'_>| {
            out.not_searched.extend(refused(&event, before));
            if let StreamEvent::Changed(changed) = event {
                out.patterns.extend(shown(changed, &protected));
            }
            Ok(true)
        };
        self.live.work(&mut note)?;
        self.broken = false;
        out.kept = transfers;
        Ok(out)
    }

    /// Writes whole lines and returns when they are on the disk.
    fn keep(&mut self, lines: &[u8]) -> Result<(), EngineError> {
        if lines.is_empty() {
            return Ok(());
        }
        if self.bytes > 0 && self.bytes + lines.len() as u64 > FILE_BYTES_MAX {
            self.number += 1;
            self.file = open_file(&path_of(&self.folder, self.number))?;
            self.bytes = 0;
            sync_folder(&self.folder)?;
        }
        let path = path_of(&self.folder, self.number);
        self.file.write_all(lines).and_then(|()| self.file.sync_data()).map_err(EngineError::io("write", &path))?;
        self.bytes += lines.len() as u64;
        Ok(())
    }

    /// Who is under protection in the latest run, read once for each.
    fn protected(&mut self, workspace: &Workspace) -> Result<Arc<ProtectedSet>, EngineError> {
        let run = match alerts::latest_id(workspace) {
            Ok(run) => Some(run),
            Err(EngineError::NoRun { .. }) => None,
            Err(error) => return Err(error),
        };
        if self.protected.0 != run {
            self.protected = (run, Arc::new(screening::protected(workspace)?));
        }
        Ok(Arc::clone(&self.protected.1))
    }
}

/// A line with the columns of the table `transfers` alone: what else was sent is not kept (a message's text has no column).
fn columns_of(line: &[u8]) -> Vec<u8> {
    let Ok(serde_json::Value::Object(mut stated)) = serde_json::from_slice(line) else { return Vec::new() };
    stated.retain(|name, _| Table::Transfers.columns().iter().any(|column| column.name == name));
    serde_json::Value::Object(stated).to_string().into_bytes()
}

/// Opens a file of events for this program alone.
fn open_file(path: &Path) -> Result<File, EngineError> {
    let file = File::options().read(true).write(true).create(true).truncate(false).open(path).map_err(EngineError::io("open", path))?;
    let taken = |_| EngineError::Stage { stage: "events", problem: format!("`{}` is held by another program: end it first", path.display()) };
    file.try_lock().map_err(taken)?;
    Ok(file)
}

/// Takes a file's lines in again and cuts off a torn end, which was never acknowledged; how many bytes are whole.
fn replay(file: &mut File, path: &Path, live: &mut LiveStream) -> Result<u64, EngineError> {
    let (mut whole, mut line) = (0, Vec::new());
    // What was kept was a transfer then: a line that is none now was changed since.
    let mut nothing = |event: StreamEvent<'_>| match event {
        StreamEvent::Refused { line, reason, .. } if reason.starts_with("is no transfer") => {
            let problem = format!("`{}` was changed: event {line} of those kept {reason}; restore the file from a copy", path.display());
            Err(EngineError::Stage { stage: "kept events", problem })
        }
        _ => Ok(true),
    };
    let mut reader = BufReader::with_capacity(1 << 16, &*file);
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line).map_err(EngineError::io("read", path))?;
        if read == 0 || line.last() != Some(&b'\n') {
            break;
        }
        whole += read as u64;
        // What was taken in once was not in the future then.
        live.take(&line, Timestamp(i64::MAX), &mut nothing)?;
        if live.waiting() >= REPLAYED {
            live.work(&mut nothing)?;
        }
    }
    live.work(&mut nothing)?;
    drop(reader);
    file.set_len(whole).and_then(|()| file.seek(SeekFrom::Start(whole)).map(|_| ())).map_err(EngineError::io("write", path))?;
    Ok(whole)
}

/// A line that was refused, by its number in the call.
fn refused(event: &StreamEvent<'_>, before: u64) -> Option<RefusedEvent> {
    let StreamEvent::Refused { line, id, reason } = event else { return None };
    Some(RefusedEvent { line: line.saturating_sub(before), transfer_id: id.clone(), reason: reason.clone() })
}

/// A pattern without the names of people under protection; nothing where it is about one of them.
fn shown(mut changed: ChangedPattern, protected: &ProtectedSet) -> Option<ChangedPattern> {
    let is_protected = |account: &str| protected.reason(SubjectType::Account, account).is_some();
    if changed.pattern.center.as_deref().is_some_and(is_protected) {
        return None;
    }
    for account in changed.pattern.accounts.iter_mut().filter(|account| is_protected(account)) {
        PROTECTED.clone_into(account);
    }
    Some(changed)
}
