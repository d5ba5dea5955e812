//! Backups of a register's folder, and the folder made again from one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tributary_cases::backup::{Backup, CHECKPOINT, Growing, Lost, Manifest, Restoring};
use tributary_cases::{CasesError, Erasures, Keys, LedgerFolder, Place as StorePlace, Store};
use tributary_ledger::checkpoint::Checkpoint;
use tributary_ledger::store::TileRead as _;
use tributary_model::Timestamp;
use tributary_register::log::{Asked, Restored, finish_restore};
use tributary_vault::MasterKey;

use crate::place::{DeskError, Place, entropy};

/// Small files of the folder that go into a backup. The keys never do: whoever holds a backup alone reads no sealed record and signs nothing.
const FILES: [&str; 2] = ["log.vkey", "witness.policy"];
/// The settings of a register.
const SETTINGS: &str = "register.toml";
/// The list of erasures beside the store.
pub(crate) const ERASURES: &str = "erasures.list";

/// How a register is put back.
#[derive(Debug, Clone, Default)]
pub struct Restore {
    /// The backup's folder.
    pub backup: PathBuf,
    /// The store: a file in the new folder, or `postgres://…`.
    pub store: String,
    /// Where `master.key` and `log.key` are.
    pub keys: PathBuf,
    /// The newest list of erasures.
    pub erasures: Option<PathBuf>,
    /// Whether it may be done without a list.
    pub without_erasures: bool,
    /// The newest copy of the log's folder.
    pub log: Option<PathBuf>,
    /// Whether it may be done where the log was further than the backup, or nobody knows whether it was.
    pub accept_older: bool,
}

/// What was put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The backup's manifest.
    pub manifest: Manifest,
    /// What the ledger says of it.
    pub restored: Restored,
    /// Sessions that were ended.
    pub sessions: u64,
    /// What happened after the backup and is lost, by kind of entry.
    pub lost: BTreeMap<String, u64>,
    /// What witnesses said.
    pub asked: Asked,
}

fn refused(why: impl Into<String>) -> DeskError {
    DeskError::Store(CasesError::Backup(why.into()))
}

/// What a register's folder holds beside its store.
const RESERVED: [&str; 8] = ["master.key", "log.key", "log.vkey", "witness.policy", SETTINGS, ERASURES, "ledger", "bases.toml"];

/// A store that is a file lies in the register's folder, so that the folder is the whole register.
fn in_the_folder(store: &str) -> Result<(), DeskError> {
    let StorePlace::Sqlite(path) = StorePlace::of(store) else { return Ok(()) };
    let mut parts = path.components();
    if let (Some(std::path::Component::Normal(name)), None) = (parts.next(), parts.next()) {
        return if RESERVED.iter().any(|taken| name.eq_ignore_ascii_case(taken)) {
            Err(refused(format!("`{store}` is another file of the register's: give the store a name such as `tributary.db`")))
        } else {
            Ok(())
        };
    }
    Err(refused(format!("`{store}` is no file of the new folder: give a name such as `tributary.db`, or `postgres://…`")))
}

impl Place {
    /// Makes a backup while the register serves.
    ///
    /// # Errors
    /// [`DeskError`]: the name is taken, the log is not whole, a file cannot be written.
    pub async fn backup(&self, to: &Path, at: Timestamp) -> Result<Manifest, DeskError> {
        let register = self.open().await?;
        let keeper = register.keeper()?;
        self.not_in_the_log(to)?;
        // Its store is named anew when it is put back, and an address may hold a password.
        let mut settings: toml::Table = self.read("register.toml")?.parse().map_err(|error| self.content("register.toml", &error))?;
        settings.remove("store");
        // The list of legal bases goes along where it lies in the folder.
        let bases = settings.get("bases").and_then(toml::Value::as_str).filter(|name| !name.contains(['/', '\\'])).map(str::to_owned);
        let mut extras: Vec<(&str, Vec<u8>)> = Vec::new();
        for name in FILES {
            extras.push((name, self.read(name)?.into_bytes()));
        }
        if let Some(name) = &bases {
            extras.push((name, self.read(name)?.into_bytes()));
        }
        extras.push(("register.toml", settings.to_string().into_bytes()));
        let manifest = register.store().backup(keeper.folder(), keeper.verifier(), to, &extras, at).await?;
        register.store().list_erasures(&self.path(ERASURES)).await?;
        register.store().close().await;
        Ok(manifest)
    }

    /// The log's folder is what is published: nothing of a backup is written into it.
    fn not_in_the_log(&self, to: &Path) -> Result<(), DeskError> {
        let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        let real = |path: &Path| path.canonicalize().map_err(|source| DeskError::File { path: path.to_owned(), source });
        if real(parent)?.starts_with(real(&self.path("ledger"))?) {
            return Err(refused(format!("`{}` is within the log's folder, which is published: name another place", to.display())));
        }
        Ok(())
    }

    /// Makes this folder from a backup. It gets its name when everything is in it; the store's rows become permanent in one transaction
    /// before that.
    ///
    /// # Errors
    /// [`DeskError`] that says what is wrong and what would do; then this folder is not there.
    pub async fn restore(&self, how: &Restore, at: Timestamp) -> Result<Done, DeskError> {
        if self.root().symlink_metadata().is_ok_and(|found| !found.is_dir())
            || std::fs::read_dir(self.root()).is_ok_and(|mut inside| inside.next().is_some())
        {
            return Err(refused(format!("`{}` is not empty; a backup is put back into a new folder", self.root().display())));
        }
        if how.erasures.is_none() && !how.without_erasures {
            let why = "what was erased after the backup would come back: give the newest list with --erasures FILE (`erasures.list` of the register's \
                 folder), or say --without-erasures, which is recorded";
            return Err(refused(why));
        }
        in_the_folder(&how.store)?;
        let from = Self::at(&how.keys);
        let master = MasterKey::parse(&from.secret("master.key")?).map_err(|error| from.content("master.key", &error))?;
        let keys = Arc::new(Keys::new(master, Box::new(entropy)));
        let backup = Backup::verify(&how.backup, Some(&keys))?;
        let erasures = how.erasures.as_deref().map(Erasures::read).transpose()?;

        let name = self.root().file_name().and_then(|name| name.to_str()).ok_or_else(|| refused("the new folder needs a name"))?;
        let beside = self.root().with_file_name(format!(".{name}.{}.part", keys.id()));
        let growing = Growing::at(beside.clone());
        let new = Self::at(&beside);
        new.lay_out(&from, &backup, &how.store)?;
        let store = new.open_store(&how.store, keys).await?;
        let done = fill(&new, &store, &backup, erasures, how, at).await;
        store.close().await;
        let done = done?;
        growing.finish(self.root()).map_err(|source| DeskError::File { path: self.root().to_owned(), source })?;
        Ok(done)
    }

    /// The files of a new folder: keys as they are kept apart, the rest as the backup has it.
    fn lay_out(&self, keys: &Self, backup: &Backup, store: &str) -> Result<(), DeskError> {
        self.make_folder()?;
        for name in ["master.key", "log.key"] {
            self.write(name, &keys.secret(name)?, true)?;
        }
        let text = |name: &str| -> Result<String, DeskError> {
            let bytes = backup.file(name)?.ok_or_else(|| refused(format!("the backup has no `{name}`")))?;
            String::from_utf8(bytes).map_err(|error| self.content(name, &error))
        };
        for name in backup.files().filter(|name| ![SETTINGS, CHECKPOINT].contains(name)) {
            self.write(name, &text(name)?, false)?;
        }
        let mut settings: toml::Table = text(SETTINGS)?.parse().map_err(|error| self.content(SETTINGS, &error))?;
        settings.insert("store".into(), store.into());
        self.write(SETTINGS, &settings.to_string(), false)
    }
}

/// Puts the rows back, makes the log's folder, asks the witnesses, and records it: permanent all at once or not at all.
async fn fill(new: &Place, store: &Store, backup: &Backup, erasures: Option<Erasures>, how: &Restore, at: Timestamp) -> Result<Done, DeskError> {
    let keeper = Arc::new(new.keeper()?);
    let manifest = backup.manifest().clone();
    if keeper.verifier().name() != manifest.log.origin {
        return Err(refused(format!("the backup is of the log `{}`, and log.key signs for `{}`", manifest.log.origin, keeper.verifier().name())));
    }
    let given = erasures.is_some();
    let mut restoring = Restoring::begin(store, backup, erasures, at).await?;
    let mut checkpoint = backup.file(CHECKPOINT)?;
    let mut lost = Lost::default();
    let mut known = how.log.is_some();
    if let Some(log) = &how.log {
        let copy = LedgerFolder::at(log);
        let no_log = || refused(format!("`{}` holds no log: give the folder `ledger`, which has a file `checkpoint`", log.display()));
        let theirs = copy.get(CHECKPOINT).map_err(|error| refused(error.to_string()))?.ok_or_else(no_log)?;
        let (found, _) = Checkpoint::open(&theirs, keeper.verifier()).map_err(|error| refused(format!("`{}`: {error}", log.display())))?;
        lost = restoring.take_over(&copy, keeper.verifier()).await?;
        known = found.size >= manifest.log.size;
        if known && found.size > 0 {
            checkpoint = Some(theirs);
        }
    }
    let mut log_size = manifest.log.size;
    if let Some(bytes) = &checkpoint {
        log_size = restoring.write_log(keeper.folder(), bytes, keeper.verifier()).await?;
    }
    let asking = Arc::clone(&keeper);
    let asked = tokio::task::spawn_blocking(move || asking.ask_before_use()).await.map_err(|error| refused(error.to_string()))??;
    let confirmed = known || !asked.agree.is_empty();
    if let Some(why) = objection(&manifest, &lost, &asked, confirmed).filter(|_| !how.accept_older) {
        return Err(refused(format!("{why}; to do it all the same, and have that recorded, say --accept-older")));
    }
    let log_size = log_size.max(asked.ahead.unwrap_or(0));
    let restored = Restored {
        backup_size: manifest.log.size,
        log_size,
        lost: lost.entries,
        erasures: given.then(|| restoring.repeated()),
        confirmed: confirmed && asked.parted.is_empty(),
    };
    let sessions = finish_restore(restoring.into_writing(), &restored).await?;
    store.list_erasures(&new.path(ERASURES)).await?;
    Ok(Done { manifest, restored, sessions, lost: lost.kinds, asked })
}

/// Why the log would be rolled back, if it would, or nobody can tell.
fn objection(manifest: &Manifest, lost: &Lost, asked: &Asked, confirmed: bool) -> Option<String> {
    let size = manifest.log.size;
    if let Some(parted) = asked.parted.first() {
        return Some(format!("a witness has cosigned another history of this log: {parted}"));
    }
    if let Some(ahead) = asked.ahead {
        return Some(format!(
            "a witness has cosigned {ahead} entries, more than there are here (the backup has {size}): give a copy of the log with --log FOLDER, or its witnesses \
             will not cosign again"
        ));
    }
    if lost.entries > 0 {
        let kinds: Vec<String> = lost.kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        return Some(format!("{} entries were written after the backup, and what they record would be lost ({})", lost.entries, kinds.join(", ")));
    }
    (!confirmed).then(|| "nobody says that the log was no further than the backup: give a copy of it with --log FOLDER".to_owned())
}
