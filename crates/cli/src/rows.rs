//! CSV files of a user's own, row by row: bounded, stoppable, and every error names file, line, column and remedy.

use std::fs::File;
use std::io::{Error, Read};
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Failure;
use crate::progress::{Stop, stoppable};

/// Most bytes of a file.
const FILE_BYTES_MAX: u64 = 1 << 36;
/// Most bytes of one row: beyond it a quote was opened and not closed.
const ROW_BYTES_MAX: u64 = 1 << 22;
/// Bytes read ahead.
const AHEAD_BYTES: u64 = 1 << 18;
/// Most columns.
const COLUMNS_MAX: usize = 2_048;
/// Most rows.
const ROWS_MAX: u64 = 200_000_000;

/// Reads until told to stop, or until a row grows beyond its bound.
struct Guarded {
    file: File,
    since: Arc<AtomicU64>,
    /// Quotes read so far: an odd number at the end tells of one that was never closed.
    quotes: Arc<AtomicU64>,
    stop: Stop,
}

impl Read for Guarded {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.stop.asked() {
            return Err(Error::other("stopped"));
        }
        if self.since.load(Ordering::Relaxed) > ROW_BYTES_MAX + AHEAD_BYTES {
            return Err(Error::other("a row is longer than 4 MiB: a quote is opened and not closed, or this is no CSV file"));
        }
        let read = self.file.read(into)?;
        self.since.fetch_add(read as u64, Ordering::Relaxed);
        let quotes = into.get(..read).unwrap_or_default().iter().filter(|byte| **byte == b'"').count();
        self.quotes.fetch_add(quotes as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// A file as given: itself, or what came on standard input, kept in a file of its own until the command ends.
pub(crate) struct Given {
    path: PathBuf,
    /// Has no name on the disk, so that nothing of it stays whatever ends the command.
    _kept: Option<File>,
}

impl Given {
    /// As [`Given::new`]; a command that is told to stop does not wait for the end of its input.
    pub(crate) fn listening(path: &Path, stop: &Stop) -> Result<Self, Failure> {
        let path = path.to_owned();
        stoppable(stop, move || Self::new(&path))
    }

    /// `-` is standard input, read whole.
    fn new(path: &Path) -> Result<Self, Failure> {
        if path != Path::new("-") {
            return Ok(Self { path: path.to_owned(), _kept: None });
        }
        let fail = |why: String| Failure::input(format!("standard input: {why}"));
        let mut kept = tempfile::tempfile().map_err(|e| fail(format!("cannot be kept: {e}")))?;
        let mut bounded = std::io::stdin().lock().take(FILE_BYTES_MAX + 1);
        let bytes = std::io::copy(&mut bounded, &mut kept).map_err(|e| fail(format!("cannot be read: {e}")))?;
        if bytes > FILE_BYTES_MAX {
            return Err(fail("has more than 64 GiB: split it".to_owned()));
        }
        Ok(Self { path: PathBuf::from(format!("/proc/self/fd/{}", kept.as_raw_fd())), _kept: Some(kept) })
    }

    /// Where it can be read, more than once.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// A CSV file with a header, open for reading.
pub(crate) struct Rows {
    path: PathBuf,
    reader: csv::Reader<Guarded>,
    header: Vec<String>,
    record: csv::ByteRecord,
    since: Arc<AtomicU64>,
    quotes: Arc<AtomicU64>,
    stop: Stop,
    read: u64,
}

impl Rows {
    /// Opens a file and reads its header: names are trimmed, and each is there once.
    pub(crate) fn open(path: &Path, delimiter: u8, stop: &Stop) -> Result<Self, Failure> {
        let fail = |why: String| Failure::input(format!("`{}`: {why}", path.display()));
        let about = std::fs::metadata(path).map_err(|e| fail(format!("cannot be read: {e}")))?;
        if about.is_dir() {
            return Err(fail("is a folder: give a CSV file".to_owned()));
        }
        if about.len() > FILE_BYTES_MAX {
            return Err(fail(format!("has {} bytes, more than 64 GiB: split it", about.len())));
        }
        let file = File::open(path).map_err(|e| fail(format!("cannot be read: {e}")))?;
        let since = Arc::new(AtomicU64::new(0));
        let quotes = Arc::new(AtomicU64::new(0));
        let guarded = Guarded { file, since: Arc::clone(&since), quotes: Arc::clone(&quotes), stop: stop.clone() };
        let mut builder = csv::ReaderBuilder::new();
        let reader = builder.flexible(true).delimiter(delimiter).buffer_capacity(AHEAD_BYTES as usize).from_reader(guarded);
        let record = csv::ByteRecord::new();
        let mut rows = Self { path: path.to_owned(), reader, header: Vec::new(), record, since, quotes, stop: stop.clone(), read: 0 };
        rows.header = rows.read_header()?;
        Ok(rows)
    }

    fn read_header(&mut self) -> Result<Vec<String>, Failure> {
        let header = match self.reader.byte_headers() {
            Ok(header) => header.clone(),
            Err(error) => return Err(self.broken(&error)),
        };
        self.since.store(0, Ordering::Relaxed);
        if header.is_empty() {
            return Err(self.fail("is empty: the first line must name the columns"));
        }
        if header.len() > COLUMNS_MAX {
            return Err(self.fail(&format!("has {} columns; at most {COLUMNS_MAX} are read", header.len())));
        }
        let mut names: Vec<String> = Vec::with_capacity(header.len());
        for (at, name) in header.iter().enumerate() {
            let Ok(name) = std::str::from_utf8(name) else {
                return Err(self.fail(&format!("the name of column {} is not UTF-8: save the file as UTF-8", at + 1)));
            };
            let name = name.trim();
            if names.iter().any(|known| known == name) {
                return Err(self.fail(&format!("the column `{name}` is in the header twice: rename one")));
            }
            names.push(name.to_owned());
        }
        Ok(names)
    }

    /// The columns' names.
    pub(crate) fn header(&self) -> &[String] {
        &self.header
    }

    /// Where this column stands; an unknown one is told with those there are.
    pub(crate) fn column(&self, name: &str) -> Result<usize, Failure> {
        let shown: Vec<&str> = self.header.iter().take(40).map(String::as_str).collect();
        self.header
            .iter()
            .position(|known| known == name)
            .ok_or_else(|| self.fail(&format!("there is no column `{name}`: the header has `{}`", shown.join("`, `"))))
    }

    /// Reads the next row, which then stands in [`Rows::cell`]; false at the end.
    pub(crate) fn advance(&mut self) -> Result<bool, Failure> {
        match self.reader.read_byte_record(&mut self.record) {
            Ok(false) if self.quotes.load(Ordering::Relaxed) % 2 == 1 => {
                return Err(self.fail("a quote is opened and not closed, so that rows would be lost: mend the quotes"));
            }
            Ok(false) => return Ok(false),
            Err(error) => return Err(self.broken(&error)),
            Ok(true) => {}
        }
        self.since.store(0, Ordering::Relaxed);
        if self.record.len() != self.header.len() {
            let (given, wanted) = (self.record.len(), self.header.len());
            return Err(self.at(&format!("has {given} values where the header has {wanted}: mend the row or its quotes")));
        }
        if self.read >= ROWS_MAX {
            return Err(self.fail(&format!("has more than {ROWS_MAX} rows: split it")));
        }
        self.read += 1;
        Ok(true)
    }

    /// Rows read so far.
    pub(crate) const fn read(&self) -> u64 {
        self.read
    }

    /// The value of a column in the row read last.
    pub(crate) fn cell(&self, column: usize) -> Result<&str, Failure> {
        let bytes = self.record.get(column).unwrap_or_default();
        std::str::from_utf8(bytes).map_err(|_| {
            let name = self.header.get(column).map_or("", String::as_str);
            self.at(&format!("column `{name}` is not UTF-8: save the file as UTF-8"))
        })
    }

    /// Where the row read last begins in the file, in bytes; blank lines before it may belong to it.
    pub(crate) fn offset(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::byte)
    }

    /// A failure in the row read last.
    pub(crate) fn at(&self, why: &str) -> Failure {
        let line = self.record.position().map_or(0, csv::Position::line);
        Failure::input(format!("`{}`, line {line}: {why}", self.path.display()))
    }

    /// A failure of the whole file.
    pub(crate) fn fail(&self, why: &str) -> Failure {
        Failure::input(format!("`{}`: {why}", self.path.display()))
    }

    fn broken(&self, error: &csv::Error) -> Failure {
        if self.stop.asked() {
            return Failure::Stopped;
        }
        let line = self.reader.position().line();
        match error.kind() {
            csv::ErrorKind::Io(cause) => Failure::input(format!("`{}`, from line {line} on: {cause}", self.path.display())),
            _ => self.fail(&error.to_string()),
        }
    }
}

/// A small text file (configuration, judgements), whole.
pub(crate) fn text(path: &Path) -> Result<String, Failure> {
    const BYTES_MAX: u64 = 1 << 28;
    let fail = |why: String| Failure::input(format!("`{}`: {why}", path.display()));
    let about = std::fs::metadata(path).map_err(|e| fail(format!("cannot be read: {e}")))?;
    if about.len() > BYTES_MAX {
        return Err(fail(format!("has {} bytes; at most {BYTES_MAX} are read", about.len())));
    }
    let bytes = std::fs::read(path).map_err(|e| fail(format!("cannot be read: {e}")))?;
    String::from_utf8(bytes).map_err(|_| fail("is not UTF-8: save it as UTF-8".to_owned()))
}
