//! Append-only files of JSON lines that people's decisions are kept in: what was acknowledged survives a crash, and nothing is rewritten.

use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::EngineError;
use crate::workspace::sync_folder;

/// Most bytes of a journal that are read.
const BYTES_MAX: u64 = 1 << 30;

/// All entries in their order; a last line that was torn by a crash was never acknowledged and is left out. No file: no entries.
///
/// # Errors
/// The file cannot be read, is larger than 1 GiB, or a whole line is no entry.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, EngineError> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(EngineError::io("read", path)(error)),
    };
    let damaged = |problem: String| EngineError::Configuration { path: path.to_path_buf(), problem };
    let mut bytes = Vec::new();
    file.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(EngineError::io("read", path))?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(damaged("is larger than 1 GiB".to_owned()));
    }
    let whole = bytes.split_inclusive(|byte| *byte == b'\n').filter_map(|line| line.strip_suffix(b"\n"));
    let entry = |(number, line): (usize, &[u8])| serde_json::from_slice(line).map_err(|e| damaged(format!("line {}: {e}", number + 1)));
    whole.enumerate().filter(|(_, line)| !line.is_empty()).map(entry).collect()
}

/// Appends entries, all of them in one write, and returns when they are on the disk. A torn end is cut off first.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn append<T: Serialize>(path: &Path, entries: &[T]) -> Result<(), EngineError> {
    let mut bytes = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut bytes, entry).map_err(|e| EngineError::Stage { stage: "journal", problem: e.to_string() })?;
        bytes.push(b'\n');
    }
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder).map_err(EngineError::io("create", folder))?;
    let fail = |action| EngineError::io(action, path);
    let mut file = std::fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(fail("open"))?;
    // One writer at a time: two people may decide at once. The lock goes with the file's handle.
    file.lock().map_err(fail("lock"))?;
    let mut kept = Vec::new();
    file.read_to_end(&mut kept).map_err(fail("read"))?;
    let whole = kept.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1) as u64;
    file.set_len(whole).and_then(|()| file.seek(SeekFrom::Start(whole)).map(|_| ())).map_err(fail("write"))?;
    file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(fail("write"))?;
    sync_folder(folder)
}
