//! Printing: tables for people, JSON for programs, and files written whole.

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::Failure;
use crate::arguments::{Format, Output};

/// Plain columns, as wide as their widest cell; numbers to the right.
#[derive(Debug, Default)]
pub(crate) struct Table {
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(head: &[&'static str]) -> Self {
        Self { head: head.to_vec(), rows: Vec::new() }
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    pub(crate) fn render(&self) -> String {
        let mut widths: Vec<usize> = self.head.iter().map(|h| h.chars().count()).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let numeric: Vec<bool> = (0..self.head.len())
            .map(|at| !self.rows.is_empty() && self.rows.iter().all(|r| r.get(at).is_some_and(|c| c.is_empty() || c.parse::<f64>().is_ok())))
            .collect();
        let line = |cells: &[String]| -> String {
            let padded: Vec<String> = cells
                .iter()
                .enumerate()
                .map(|(at, cell)| {
                    let fill = " ".repeat(widths.get(at).copied().unwrap_or(0).saturating_sub(cell.chars().count()));
                    if numeric.get(at) == Some(&true) { format!("{fill}{cell}") } else { format!("{cell}{fill}") }
                })
                .collect();
            padded.join("  ").trim_end().to_owned()
        };
        let head: Vec<String> = self.head.iter().map(|h| (*h).to_owned()).collect();
        let mut text = line(&head);
        for row in &self.rows {
            text.push('\n');
            text.push_str(&line(row));
        }
        text.push('\n');
        text
    }
}

/// Replaces control characters, so that no outside text can drive the terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// As [`printable`], on one line and without marks that turn the direction of writing: no id can forge a row.
pub(crate) fn line(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if c.is_control() || turns(c) { '\u{fffd}' } else { c }).collect()
}

/// May colour be used? Only on a terminal, and never against `NO_COLOR` (no-color.org).
pub(crate) fn colour() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
}

/// A heading, bold where colour may be used.
pub(crate) fn heading(text: &str) -> String {
    if colour() { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// Writes to the file, whole or not at all, or to standard output.
pub(crate) fn write(output: &Output, bytes: &[u8]) -> Result<(), Failure> {
    match &output.out {
        Some(path) if path != Path::new("-") => Whole::of(path, bytes)?.finish(),
        _ => print(bytes),
    }
}

/// A file being written beside its place: renamed into it by [`Whole::finish`], taken away when dropped before.
pub(crate) struct Whole {
    path: PathBuf,
    /// Where it is written meanwhile; none for a link, a device or a pipe, which is written through.
    part: Option<PathBuf>,
    file: BufWriter<File>,
}

impl Whole {
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        spare(path)?;
        // A link stays, and what it names is replaced; a device or a pipe is written through.
        let named = std::fs::canonicalize(path).ok().filter(|named| named.is_file());
        let path = named.as_deref().unwrap_or(path);
        let through = std::fs::symlink_metadata(path).is_ok_and(|m| !m.is_file());
        let part = (!through).then(|| {
            let mut part = path.as_os_str().to_owned();
            part.push(format!(".{}.part", std::process::id()));
            PathBuf::from(part)
        });
        let file = File::create(part.as_deref().unwrap_or(path)).map_err(|e| Failure::input(format!("cannot write `{}`: {e}", path.display())))?;
        Ok(Self { path: path.to_owned(), part, file: BufWriter::with_capacity(1 << 18, file) })
    }

    /// A file of these bytes.
    pub(crate) fn of(path: &Path, bytes: &[u8]) -> Result<Self, Failure> {
        let mut whole = Self::create(path)?;
        whole.file.write_all(bytes).map_err(|e| Failure::input(format!("cannot write `{}`: {e}", path.display())))?;
        Ok(whole)
    }

    /// Puts it in its place when it is safe on the disk: for what replaces the only copy of something.
    pub(crate) fn finish_synced(mut self) -> Result<(), Failure> {
        let synced = self.file.flush().and_then(|()| if self.part.is_some() { self.file.get_ref().sync_all() } else { Ok(()) });
        synced.map_err(|e| Failure::input(format!("cannot write `{}`: {e}", self.path.display())))?;
        self.finish()
    }

    /// Puts it in its place.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        let renamed = self.file.flush().and_then(|()| self.part.as_ref().map_or(Ok(()), |part| std::fs::rename(part, &self.path)));
        renamed.map_err(|e| Failure::input(format!("cannot write `{}`: {e}", self.path.display())))?;
        self.part = None;
        Ok(())
    }
}

impl Write for Whole {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        if let Some(part) = &self.part {
            // It may never have been made; there is nothing more to do about it.
            let _ = std::fs::remove_file(part);
        }
    }
}

/// A result never replaces what belongs to a workspace: its settings, its manifest, its packs.
///
/// # Errors
/// The path lies in a workspace.
pub(crate) fn spare(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let whole = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf());
    match whole.ancestors().find(|ancestor| ancestor.join("tributary.toml").is_file()) {
        Some(workspace) => {
            Err(Failure::input(format!("`{}` lies in the workspace `{}`: choose a place outside it", path.display(), workspace.display())))
        }
        None => Ok(()),
    }
}

/// Is a file that is written one of those that are read?
///
/// # Errors
/// It is.
pub(crate) fn not_an_input<'p>(output: &Output, inputs: impl IntoIterator<Item = &'p std::path::PathBuf>) -> Result<(), Failure> {
    let Some(out) = output.out.as_ref().and_then(|out| std::fs::canonicalize(out).ok()) else { return Ok(()) };
    match inputs.into_iter().find(|input| std::fs::canonicalize(input).is_ok_and(|input| input == out)) {
        Some(input) => Err(Failure::input(format!("--out would replace the input `{}`: choose another file", input.display()))),
        None => Ok(()),
    }
}

/// Writes to standard output. A reader that went away (`| head`) is no failure.
pub(crate) fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::input(format!("cannot write to standard output: {error}"))),
        _ => Ok(()),
    }
}

/// Prints a value in the asked form; `table` makes the form for people.
pub(crate) fn emit<T: Serialize>(output: &Output, value: &T, table: impl FnOnce() -> String) -> Result<(), Failure> {
    let bytes = match output.format {
        Format::Table => table().into_bytes(),
        Format::Json => json(value, true)?,
        Format::Ndjson => json(value, false)?,
    };
    write(output, &bytes)
}

/// Prints rows in the asked form.
pub(crate) fn emit_rows<T: Serialize>(output: &Output, rows: &[T], table: impl FnOnce() -> String) -> Result<(), Failure> {
    if output.format != Format::Ndjson {
        return emit(output, &rows, table);
    }
    write(output, &ndjson(rows)?)
}

/// Rows as one JSON object a line.
pub(crate) fn ndjson<T: Serialize>(rows: &[T]) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    for row in rows {
        bytes.extend(json(row, false)?);
    }
    Ok(bytes)
}

fn json<T: Serialize>(value: &T, pretty: bool) -> Result<Vec<u8>, Failure> {
    let made = if pretty { serde_json::to_vec_pretty(value) } else { serde_json::to_vec(value) };
    let mut bytes = made.map_err(|error| Failure::input(format!("cannot write JSON: {error}")))?;
    bytes.push(b'\n');
    Ok(bytes)
}
