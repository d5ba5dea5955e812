//! Watch lists kept in a workspace: each version as its publisher's bytes, and a journal that says which is in force.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tributary_model::{Date, Timestamp};
use tributary_screen::read::Form;
use tributary_screen::{Delta, WatchList, delta};

use crate::error::EngineError;
use crate::journal;
use crate::run::hex;
use crate::workspace::{Workspace, write_whole};

/// A version of a list, as the journal has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListVersion {
    /// The list's name.
    pub list: String,
    /// Its form.
    pub form: Form,
    /// First 16 hex digits of the SHA-256 over its files.
    pub version: String,
    /// Its files: bytes of each.
    pub files: Vec<u64>,
    /// The day its publisher dates it, where that is known.
    pub published: Option<Date>,
    /// The day it was loaded; its age counts from here where no publisher says a day.
    pub loaded: Date,
    /// When it was loaded.
    pub loaded_at: Timestamp,
    /// Entries that can be screened against.
    pub entries: u64,
    /// Entries put aside while it was read.
    pub put_aside: u64,
}

impl ListVersion {
    /// The day its age counts from.
    #[must_use]
    pub fn dated(&self) -> Date {
        self.published.unwrap_or(self.loaded)
    }
}

/// A list to be loaded.
#[derive(Clone, Debug)]
pub struct ListGiven {
    /// Its name, 1 to 64 characters.
    pub name: String,
    /// Its form.
    pub form: Form,
    /// Its files.
    pub files: Vec<Vec<u8>>,
    /// The day it was published, where the files do not say.
    pub published: Option<Date>,
}

/// What loading did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListLoaded {
    /// The version that is in force now.
    pub version: ListVersion,
    /// Was it in force before?
    pub already: bool,
    /// What changed against the version that was in force; every entry is new where there was none.
    pub changes: Delta,
}

/// How far a list's date may lie after the clock, days: publishers and readers live in different time zones.
const AHEAD_DAYS_MAX: i32 = 1;

/// A list that was read and can be put in force.
#[derive(Clone, Debug)]
pub struct ListRead {
    given: ListGiven,
    list: WatchList,
    put_aside: u64,
    at: Timestamp,
}

impl ListGiven {
    /// Reads it, as loaded at that time.
    ///
    /// # Errors
    /// Its name is too long, it cannot be read, holds nothing to screen against, or is dated after `at`.
    pub fn read(self, at: Timestamp) -> Result<ListRead, EngineError> {
        if self.name.is_empty() || self.name.chars().count() > 64 || self.name.chars().any(char::is_control) {
            return Err(EngineError::List { list: self.name, problem: "a list's name has 1 to 64 characters".to_owned() });
        }
        let (list, put_aside) = read_list(&self, at.date())?;
        Ok(ListRead { given: self, list, put_aside, at })
    }
}

impl Workspace {
    fn lists_folder(&self) -> PathBuf {
        self.root().join("lists")
    }

    fn lists_journal(&self) -> PathBuf {
        self.lists_folder().join("versions.ndjson")
    }

    /// The versions in force, by name of their lists.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub fn lists(&self) -> Result<Vec<ListVersion>, EngineError> {
        let all: Vec<ListVersion> = journal::read(&self.lists_journal())?;
        let latest: BTreeMap<String, ListVersion> = all.into_iter().map(|one| (one.list.clone(), one)).collect();
        Ok(latest.into_values().collect())
    }

    /// Every version that was ever loaded, oldest first.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub fn list_versions(&self) -> Result<Vec<ListVersion>, EngineError> {
        journal::read(&self.lists_journal())
    }

    /// A kept version, read again from its publisher's bytes.
    ///
    /// # Errors
    /// Its files are gone, changed or damaged.
    pub fn watch_list(&self, version: &ListVersion) -> Result<WatchList, EngineError> {
        let folder = self.lists_folder().join(&version.version);
        let read = |at: usize| {
            let path = folder.join(at.to_string());
            std::fs::read(&path).map_err(EngineError::io("read", &path))
        };
        let files: Vec<Vec<u8>> = (0..version.files.len()).map(read).collect::<Result<_, _>>()?;
        if hash(&files) != version.version {
            return Err(EngineError::List {
                list: version.list.clone(),
                problem: format!("its files in `{}` were changed: load it again", folder.display()),
            });
        }
        let given = ListGiven { name: version.list.clone(), form: version.form, files, published: version.published };
        Ok(read_list(&given, version.loaded)?.0)
    }

    /// Puts a version of a list in force. The same bytes again change nothing.
    ///
    /// # Errors
    /// It is older than the version in force, or cannot be kept.
    pub fn load_list(&self, read: ListRead) -> Result<ListLoaded, EngineError> {
        let ListRead { given, list, put_aside, at } = read;
        let fail = |problem: String| EngineError::List { list: given.name.clone(), problem };
        let version = hash(&given.files);
        let before = self.lists()?.into_iter().find(|one| one.list == given.name);
        if let Some(before) = &before {
            if before.version == version && before.published == list.published {
                if self.watch_list(before).is_err() {
                    // Its files were lost or changed: here they are again.
                    self.keep(&version, &given.files)?;
                }
                return Ok(ListLoaded { version: before.clone(), already: true, changes: Delta::default() });
            }
            if let (Some(old), Some(new)) = (before.published, list.published)
                && new < old
            {
                return Err(fail(format!(
                    "it is dated {new}, and the version in force is of {old}: load a newer one, or give the list another name"
                )));
            }
        }
        // Without the earlier bytes nobody knows what changed: all of it is new then.
        let old = before.as_ref().and_then(|before| self.watch_list(before).ok()).unwrap_or_default();
        self.keep(&version, &given.files)?;
        let entry = ListVersion {
            list: given.name.clone(),
            form: given.form,
            version,
            files: given.files.iter().map(|file| file.len() as u64).collect(),
            published: list.published,
            loaded: list.loaded,
            loaded_at: at,
            entries: list.entries.len() as u64,
            put_aside,
        };
        journal::append(&self.lists_journal(), std::slice::from_ref(&entry))?;
        Ok(ListLoaded { version: entry, already: false, changes: delta(&old, &list) })
    }

    /// Puts files in their place before the journal names them.
    fn keep(&self, version: &str, files: &[Vec<u8>]) -> Result<(), EngineError> {
        let folder = self.lists_folder().join(version);
        std::fs::create_dir_all(&folder).map_err(EngineError::io("create", &folder))?;
        files.iter().enumerate().try_for_each(|(at, file)| write_whole(&folder.join(at.to_string()), file))
    }
}

fn hash(files: &[Vec<u8>]) -> String {
    let mut digest = Sha256::new();
    for file in files {
        // The length first, so that no two ways of cutting one content into files agree.
        digest.update((file.len() as u64).to_le_bytes());
        digest.update(file);
    }
    hex(&digest.finalize(), 16)
}

/// Reads a list; the date it states holds. The list, and how many entries were put aside.
fn read_list(given: &ListGiven, loaded: Date) -> Result<(WatchList, u64), EngineError> {
    let fail = |problem: String| EngineError::List { list: given.name.clone(), problem };
    let files: Vec<&[u8]> = given.files.iter().map(Vec::as_slice).collect();
    let reading = given.form.load(&files, &given.name, given.published, loaded).map_err(|e| fail(e.to_string()))?;
    if reading.list.age_days(loaded) < -AHEAD_DAYS_MAX {
        return Err(fail(format!("it is dated {}, after today: no later version could ever replace it", reading.list.dated())));
    }
    Ok((reading.list, reading.put_aside_count))
}
