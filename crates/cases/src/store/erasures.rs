//! What was erased, and the list of it that lies beside the store.
//!
//! A copy of the store that was made before an erasure still holds what was erased. So each erasure leaves the keyed hash of a name, in the
//! transaction that erases; the list beside the store is written from these, line by line, and goes along when an older copy is put back.
//! Without the register's key nobody learns from it what was erased.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;

use tributary_ledger::entry::Entry;

use super::pool::Link;
use super::{Keys, Store};
use crate::CasesError;

const REMEMBER: &str = "INSERT INTO erased (name, at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET at = excluded.at, listed = NULL";
const UNLISTED: &str = "SELECT name, at FROM erased WHERE listed IS NULL ORDER BY at, name LIMIT 1000";
const LISTED: &str = "UPDATE erased SET listed = 1 WHERE name = $1 AND at = $2";
const ABOUT: &str = "INSERT INTO entry_about (thing, entry) VALUES ($1, $2) ON CONFLICT DO NOTHING";
const WITHOUT_ABOUT: &str = "SELECT id, entry FROM ledger_entry WHERE about IS NULL ORDER BY id LIMIT 500";
const WITH_ABOUT: &str = "UPDATE ledger_entry SET about = 1 WHERE id = $1";
/// The first line of a list.
const HEADER: &str = "tributary erasures 1";
/// Longest line of a list: 20 digits, a space, 32 digits, and some.
const LINE_MAX: u64 = 80;
/// Erasures that a list holds at most: a bound on memory.
const ERASURES_MAX: usize = 20_000_000;
/// Names of those who acted: an entry is not about them, and outlives them.
const WHO: [&str; 3] = ["actor", "unit", "agency"];

/// What is erased.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Gone<'a> {
    /// A sealed record.
    Sealed(&'a str),
    /// An object: kind, id.
    Object(&'a str, &'a str),
    /// What one entry was made over.
    Entry(&'a str),
    /// What the entries about a thing were made over, by its pseudonym.
    About(&'a str),
}

impl Gone<'_> {
    /// What the list says of it.
    pub(crate) fn name(self, keys: &Keys) -> String {
        let plain = match self {
            Self::Sealed(id) => format!("sealed/{id}"),
            Self::Object(kind, id) => format!("object/{kind}/{id}"),
            Self::Entry(id) => format!("entry/{id}"),
            Self::About(thing) => format!("about/{thing}"),
        };
        keys.pseudonym("erased", &plain).as_str().to_owned()
    }
}

/// Remembers an erasure in the transaction that erases.
pub(crate) async fn remember(link: &mut Link, keys: &Keys, gone: Gone<'_>, at: i64) -> Result<(), CasesError> {
    remember_name(link, &gone.name(keys), at).await
}

/// Remembers an erasure by its name on the list.
pub(crate) async fn remember_name(link: &mut Link, name: &str, at: i64) -> Result<(), CasesError> {
    link.execute(REMEMBER, vec![name.into(), at.into()]).await.map(|_| ())
}

/// The pseudonyms of the things that an entry is about.
pub(crate) fn about(entry: &str) -> Result<Vec<String>, CasesError> {
    let entry = Entry::decode(entry.as_bytes()).map_err(|error| CasesError::Entry(error.to_string()))?;
    Ok(entry.refs().iter().filter(|(name, _)| !WHO.contains(&name.as_str())).map(|(_, thing)| tributary_vault::hex(&thing.0)).collect())
}

/// Enters what an entry is about.
pub(crate) async fn enter_about(link: &mut Link, id: &str, entry: &str) -> Result<(), CasesError> {
    for thing in about(entry)? {
        link.execute(ABOUT, vec![thing.into(), id.into()]).await?;
    }
    Ok(())
}

/// A list of erasures: name to the last time it was erased.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erasures(BTreeMap<String, i64>);

impl Erasures {
    /// Reads a list. A last line without its end was being written when the program stopped, and is left out.
    ///
    /// # Errors
    /// [`CasesError::Damaged`] for anything else than a list.
    pub fn read(path: &Path) -> Result<Self, CasesError> {
        let name = path.display().to_string();
        let mut lines = BufReader::new(std::fs::File::open(path).map_err(|error| CasesError::file(path, &error))?);
        let mut found = Self::default();
        let (mut line, mut number) = (String::new(), 0_u64);
        loop {
            line.clear();
            let read = lines.by_ref().take(LINE_MAX).read_line(&mut line).map_err(|error| CasesError::damaged(&name, error))?;
            number += 1;
            let Some(text) = line.strip_suffix('\n') else {
                // Nothing more, or a line that was being written when it was copied.
                if number > 1 && (read as u64) < LINE_MAX {
                    return Ok(found);
                }
                return Err(CasesError::damaged(&name, format!("line {number} is no line of a list of erasures")));
            };
            match (number, text.split_once(' ')) {
                (1, _) if text == HEADER => {}
                (2.., Some((at, gone))) if gone.len() == 32 && gone.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                    let at = at.parse().map_err(|_| CasesError::damaged(&name, format!("line {number} has no time")))?;
                    found.add(gone, at);
                }
                _ => return Err(CasesError::damaged(&name, format!("line {number} is no line of a list of erasures"))),
            }
            if found.0.len() > ERASURES_MAX {
                return Err(CasesError::damaged(&name, format!("it has more than {ERASURES_MAX} erasures")));
            }
        }
    }

    pub(crate) fn add(&mut self, gone: &str, at: i64) {
        let last = self.0.entry(gone.to_owned()).or_insert(at);
        *last = (*last).max(at);
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether something that came into being at a time was erased at or after it.
    pub(crate) fn holds(&self, keys: &Keys, gone: Gone<'_>, made: i64) -> bool {
        self.0.get(&gone.name(keys)).is_some_and(|at| *at >= made)
    }

    /// Whether it knows of an erasure that another list or copy holds.
    pub(crate) fn knows(&self, name: &str, at: i64) -> bool {
        self.0.get(name).is_some_and(|last| *last >= at)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &i64)> {
        self.0.iter()
    }
}

impl Store {
    /// Brings the list beside the store up to what was erased; how many lines it got. A line may stand there twice after a crash.
    ///
    /// # Errors
    /// [`CasesError`] of the store or the file; what was not written is by the next call.
    pub async fn list_erasures(&self, path: &Path) -> Result<u64, CasesError> {
        let mut written = 0;
        loop {
            let rows = self.pool.begin_read().await?.rows(UNLISTED, Vec::new()).await?;
            let gone = rows.iter().map(|row| Ok((row.text(0)?, row.int(1)?))).collect::<Result<Vec<_>, CasesError>>()?;
            append(path, &gone).map_err(|error| CasesError::file(path, &error))?;
            if gone.is_empty() {
                return Ok(written);
            }
            let mut link = self.pool.begin().await?;
            written += gone.len() as u64;
            for (name, at) in gone {
                link.execute(LISTED, vec![name.into(), at.into()]).await?;
            }
            link.commit().await?;
        }
    }

    /// Enters what the entries of version 1 are about, some at a time.
    pub(super) async fn enter_all_about(&self) -> Result<(), CasesError> {
        loop {
            let rows = self.pool.begin_read().await?.rows(WITHOUT_ABOUT, Vec::new()).await?;
            if rows.is_empty() {
                return Ok(());
            }
            let mut link = self.pool.begin().await?;
            for row in &rows {
                let id = row.text(0)?;
                enter_about(&mut link, &id, &row.text(1)?).await?;
                link.execute(WITH_ABOUT, vec![id.into()]).await?;
            }
            link.commit().await?;
        }
    }
}

/// Appends lines to the list, and makes it where there is none; on the disk before it returns.
fn append(path: &Path, gone: &[(String, i64)]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.lock()?;
    let mut text = String::new();
    let length = file.metadata()?.len();
    if length == 0 {
        text = format!("{HEADER}\n");
    } else if !ends_a_line(&file, length)? {
        // The line that was being written when the program stopped is written anew: its row was not yet marked.
        let whole = std::fs::read(path)?;
        let end = whole.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        file.set_len(end as u64)?;
        if end == 0 {
            text = format!("{HEADER}\n");
        }
    }
    for (name, at) in gone {
        text += &format!("{at} {name}\n");
    }
    if text.is_empty() {
        return Ok(());
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn ends_a_line(mut file: &std::fs::File, length: u64) -> std::io::Result<bool> {
    use std::io::Seek as _;
    let mut last = [0];
    file.seek(std::io::SeekFrom::Start(length - 1))?;
    file.read_exact(&mut last)?;
    Ok(last == [b'\n'])
}
