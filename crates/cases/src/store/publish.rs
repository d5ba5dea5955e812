//! From the store to the log: entries get their places, tiles are written, a checkpoint is signed.
//!
//! Places are given in a transaction of their own before a byte of the log is written, and the log takes an entry at one place only. So a
//! crash at any point leaves either entries that wait, or entries with places that the log has not, and both are made good by publishing
//! again. The log never holds an entry that the store does not. How far it was published stands in the store afterwards: a log that is
//! behind that was cut, and is not made anew in silence.

use std::path::{Path, PathBuf};

use tributary_ledger::append::Log;
use tributary_ledger::note::{Note as SignedNote, Signer};
use tributary_ledger::store::{StoreError, TileRead, TileStore};

use super::Store;
use super::value::Value;
use crate::CasesError;

pub(super) const NEXT_PLACE: &str = "SELECT COALESCE(MAX(place), -1) + 1 FROM ledger_entry";
const WITHOUT_PLACE: &str = "SELECT id FROM ledger_entry WHERE place IS NULL ORDER BY at, id LIMIT $1";
const GIVE_PLACE: &str = "UPDATE ledger_entry SET place = $2 WHERE id = $1 AND place IS NULL";
pub(super) const FROM_PLACE: &str = "SELECT entry FROM ledger_entry WHERE place >= $1 ORDER BY place LIMIT $2";
const WAITING: &str = "SELECT COUNT(*) FROM ledger_entry WHERE place IS NULL";
const ONE: &str = "SELECT place, entry, salt, payload FROM ledger_entry WHERE id = $1";
/// One publisher at a time, also among programs on one PostgreSQL.
pub(super) const PUBLISHER: i64 = 0x7472_6962_6c6f_6701;
/// How many entries are published at once at most: the bound on memory.
pub(super) const BATCH: i64 = 4_096;
const BATCH_LEN: usize = BATCH as usize;

/// What stands in the store of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its index in the log, once it has one.
    pub place: Option<u64>,
    /// The canonical bytes.
    pub entry: String,
    /// Hexadecimal digits of the commitment's salt; none once erased.
    pub salt: Option<String>,
    /// What was committed to; none once erased.
    pub payload: Option<String>,
}

/// What publishing did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Entries in the log now.
    pub size: u64,
    /// Entries that this call wrote.
    pub written: u64,
}

/// A log's folder on this machine's disk: each file is written beside its name, synced, and renamed.
#[derive(Debug, Clone)]
pub struct LedgerFolder {
    root: PathBuf,
}

impl LedgerFolder {
    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// The folder; it is made when the first file is.
    #[must_use]
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Keeps every other publisher on this machine out until it is dropped.
    pub(super) fn hold(&self) -> Result<std::fs::File, CasesError> {
        let held = std::fs::create_dir_all(&self.root).and_then(|()| std::fs::File::create(self.root.join("publisher.lock"))).and_then(|file| {
            file.lock()?;
            Ok(file)
        });
        held.map_err(|error| CasesError::Ledger(format!("`{}` cannot be locked: {error}", self.root.display())))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        use std::io::Write as _;
        let path = self.root.join(name);
        let folder = path.parent().unwrap_or(&self.root);
        std::fs::create_dir_all(folder)?;
        let beside = path.with_extension("part");
        let mut file = std::fs::File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, &path)?;
        // The rename itself is durable once its folder is.
        std::fs::File::open(folder)?.sync_all()
    }
}

impl TileRead for LedgerFolder {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match std::fs::read(self.root.join(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::Failed { name: name.to_owned(), why: error.to_string() }),
        }
    }
}

impl TileStore for LedgerFolder {
    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.write(name, bytes).map_err(|error| StoreError::Failed { name: name.to_owned(), why: error.to_string() })
    }
}

impl Store {
    /// Publishes every entry that waits: places, tiles, a signed checkpoint. Safe to call again after any failure.
    ///
    /// # Errors
    /// [`CasesError`] of the store or the log's folder; what was not published waits for the next call.
    pub async fn publish(&self, folder: &LedgerFolder, signer: &Signer) -> Result<Published, CasesError> {
        let held = folder.hold()?;
        let mut published = Published { size: 0, written: 0 };
        loop {
            let mut log = open_log(folder, signer)?;
            let before = self.held_against(folder, &log).await?;
            let given = self.give_places().await?;
            let was = log.size();
            // From what is known to be published: what the log has beyond it is held against the store.
            let first = before.unwrap_or(was);
            let entries = self.entries_from(first).await?;
            self.faults.before("publish")?;
            log.publish(&mut folder.clone(), signer, first, &entries).map_err(|error| CasesError::Ledger(error.to_string()))?;
            self.faults.after("publish")?;
            if before != Some(log.size()) {
                self.record_published(&log.checkpoint()).await?;
            }
            published.size = log.size();
            published.written += log.size() - was;
            // A part that is not full was the last: what came since waits for the next call.
            if given < BATCH_LEN && entries.len() < BATCH_LEN {
                drop(held);
                return Ok(published);
            }
        }
    }

    /// The entries from this place on, as many as are published at once.
    async fn entries_from(&self, first: u64) -> Result<Vec<String>, CasesError> {
        let from = i64::try_from(first).map_err(|_| CasesError::Ledger("the log is full".into()))?;
        let rows = self.pool.begin_read().await?.rows(FROM_PLACE, vec![from.into(), BATCH.into()]).await?;
        rows.iter().map(|row| row.text(0)).collect()
    }

    /// Gives the next places to entries that have none; how many.
    async fn give_places(&self) -> Result<usize, CasesError> {
        let mut link = self.pool.begin().await?;
        link.lock(PUBLISHER).await?;
        let mut next = link.row(NEXT_PLACE, Vec::new()).await?.ok_or(CasesError::Row(0))?.int(0)?;
        let waiting = link.rows(WITHOUT_PLACE, vec![BATCH.into()]).await?;
        for row in &waiting {
            link.execute(GIVE_PLACE, vec![row.text(0)?.into(), next.into()]).await?;
            next += 1;
        }
        self.faults.before("places")?;
        link.commit().await?;
        self.faults.after("places")?;
        Ok(waiting.len())
    }

    /// How many entries have no place in the log yet.
    ///
    /// # Errors
    /// [`CasesError`] of the store.
    pub async fn waiting(&self) -> Result<u64, CasesError> {
        let row = self.pool.begin_read().await?.row(WAITING, Vec::new()).await?.ok_or(CasesError::Row(0))?;
        Ok(u64::try_from(row.int(0)?).unwrap_or(0))
    }

    /// What stands in the store of an entry: what a receipt is made of.
    ///
    /// # Errors
    /// [`CasesError`] of the store.
    pub async fn entry(&self, id: &str) -> Result<Option<Waiting>, CasesError> {
        let row = self.pool.begin_read().await?.row(ONE, vec![Value::from(id)]).await?;
        row.map(|row| {
            let place = row.maybe_int(0)?.map(u64::try_from).transpose().map_err(|_| CasesError::Row(0))?;
            Ok(Waiting { place, entry: row.text(1)?, salt: row.maybe_text(2)?, payload: row.maybe_text(3)? })
        })
        .transpose()
    }

    /// The cosignatures of witnesses beside the checkpoint they are of; `false` where the log has gone on meanwhile.
    ///
    /// # Errors
    /// [`CasesError`] of the log's folder.
    pub fn seal_checkpoint(&self, folder: &LedgerFolder, signer: &Signer, cosigned: &SignedNote) -> Result<bool, CasesError> {
        let held = folder.hold()?;
        let fits = open_log(folder, signer)?.seal(&mut folder.clone(), cosigned).map_err(|error| CasesError::Ledger(error.to_string()));
        drop(held);
        fits
    }
}

pub(super) fn open_log(folder: &LedgerFolder, signer: &Signer) -> Result<Log, CasesError> {
    Log::open(folder, signer.verifier()).map_err(|error| CasesError::Ledger(error.to_string()))
}
