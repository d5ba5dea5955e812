//! How far the log was published, as the store remembers it, and the log made again from the store.

use tributary_ledger::append::{Edge, Log};
use tributary_ledger::checkpoint::Checkpoint;
use tributary_ledger::hash::Hash;
use tributary_ledger::note::Signer;
use tributary_ledger::store::{TileRead as _, TileStore as _, Tree};
use tributary_ledger::tile::CHECKPOINT;

use super::pool::Link;
use super::publish::{BATCH, FROM_PLACE, LedgerFolder, NEXT_PLACE, open_log};
use super::{Note, Notes, Store};
use crate::CasesError;

const RECORDED: &str = "SELECT size, root FROM published WHERE log = 'log'";
const RECORD: &str = "UPDATE published SET size = $1, root = $2 WHERE log = 'log'";

fn wrong(error: &dyn std::fmt::Display) -> CasesError {
    CasesError::Ledger(error.to_string())
}

/// Size and root as they were recorded; no size for a store whose log was published by version 1.
async fn recorded(link: &mut Link) -> Result<(Option<u64>, String), CasesError> {
    let row = link.row(RECORDED, Vec::new()).await?.ok_or(CasesError::Row(0))?;
    Ok((u64::try_from(row.int(0)?).ok(), row.text(1)?))
}

pub(crate) async fn record(link: &mut Link, checkpoint: &Checkpoint) -> Result<(), CasesError> {
    let size = i64::try_from(checkpoint.size).map_err(|error| wrong(&error))?;
    link.execute(RECORD, vec![size.into(), checkpoint.root.to_base64().into()]).await.map(|_| ())
}

/// The next free place.
pub(crate) async fn next_place(link: &mut Link) -> Result<u64, CasesError> {
    let next = link.row(NEXT_PLACE, Vec::new()).await?.ok_or(CasesError::Row(0))?.int(0)?;
    u64::try_from(next).map_err(|_| CasesError::Row(0))
}

/// Writes tiles and bundles of the first `size` entries of a store, at most so many in memory; the tree's root.
pub(crate) async fn write_tiles(link: &mut Link, folder: &LedgerFolder, size: u64) -> Result<Hash, CasesError> {
    let mut edge = Edge::empty();
    while edge.size() < size {
        let from = i64::try_from(edge.size()).map_err(|error| wrong(&error))?;
        let limit = i64::try_from(size - edge.size()).unwrap_or(BATCH).min(BATCH);
        let rows = link.rows(FROM_PLACE, vec![from.into(), limit.into()]).await?;
        let entries = rows.iter().map(|row| row.text(0)).collect::<Result<Vec<_>, _>>()?;
        if entries.is_empty() {
            return Err(wrong(&format!("the store has {} of the {size} entries that are to be in it", edge.size())));
        }
        let appended = edge.append(&entries).map_err(|error| wrong(&error))?;
        for object in &appended.objects {
            folder.clone().put(&object.name, &object.bytes).map_err(|error| wrong(&error))?;
        }
        edge = appended.edge;
    }
    Ok(edge.root())
}

impl Store {
    /// Holds the log against what the store says was published: how far it was, where that is known.
    pub(super) async fn held_against(&self, folder: &LedgerFolder, log: &Log) -> Result<Option<u64>, CasesError> {
        let mut link = self.pool.begin_read().await?;
        let (size, root) = recorded(&mut link).await?;
        let given = next_place(&mut link).await?;
        drop(link);
        let name = || folder.path().display().to_string();
        let behind = |published: String| CasesError::LogBehind { folder: name(), found: log.size(), published };
        match size {
            None if log.size() == 0 => return Err(behind("some".into())),
            Some(size) if log.size() < size => return Err(behind(size.to_string())),
            Some(size) if size > 0 => {
                let now = log.checkpoint();
                let then = Tree::new(folder.clone(), now.size, now.root).root_at(size).map_err(|error| wrong(&error))?;
                if then.to_base64() != root {
                    return Err(CasesError::LogParted(name()));
                }
            }
            _ => {}
        }
        if log.size() > given {
            return Err(CasesError::StoreBehind { log: log.size(), store: given });
        }
        Ok(size)
    }

    /// Whether the log in its folder is the one that the store says was published: asked before a register serves.
    ///
    /// # Errors
    /// [`CasesError::LogBehind`], [`CasesError::LogParted`], [`CasesError::StoreBehind`]; of the store and the folder.
    pub async fn check_log(&self, folder: &LedgerFolder, signer: &Signer) -> Result<(), CasesError> {
        let held = folder.hold()?;
        let log = open_log(folder, signer)?;
        let fits = self.held_against(folder, &log).await.map(|_| ());
        drop(held);
        fits
    }

    /// Remembers how far the log was published.
    pub(super) async fn record_published(&self, checkpoint: &Checkpoint) -> Result<(), CasesError> {
        self.faults.before("recorded")?;
        let mut link = self.pool.begin().await?;
        record(&mut link, checkpoint).await?;
        link.commit().await?;
        self.faults.after("recorded")
    }

    /// Makes a log again that was lost: tiles from the store's entries, as far as it was published and to the root it had then. The entries are
    /// the same, so that witnesses and receipts of before hold. That it was made again becomes an entry.
    ///
    /// # Errors
    /// [`CasesError::Backup`] where the folder still holds a log; [`CasesError::LogParted`] where the store's entries lead to another root.
    pub async fn rebuild_log(&self, folder: &LedgerFolder, signer: &Signer, at: tributary_model::Timestamp) -> Result<u64, CasesError> {
        if folder.get(CHECKPOINT).map_err(|error| wrong(&error))?.is_some() {
            return Err(CasesError::Backup(format!("`{}` still holds a log; move it away first", folder.path().display())));
        }
        let held = folder.hold()?;
        let mut link = self.pool.begin_read().await?;
        let (size, root) = recorded(&mut link).await?;
        let known = size.is_some();
        let size = match size {
            Some(size) => size,
            None => next_place(&mut link).await?,
        };
        let found = write_tiles(&mut link, folder, size).await?;
        drop(link);
        if known && size > 0 && found.to_base64() != root {
            return Err(CasesError::LogParted(folder.path().display().to_string()));
        }
        let checkpoint = Checkpoint { origin: signer.verifier().name().to_owned(), size, root: found };
        folder.clone().put(CHECKPOINT, checkpoint.sign(signer).to_string().as_bytes()).map_err(|error| wrong(&error))?;
        drop(held);
        self.record_published(&checkpoint).await?;
        let note = Note::of("log.rebuilt").with(&serde_json::json!({"size": size}));
        self.write(at).await?.commit(Notes::one(note)).await?;
        Ok(size)
    }
}
