//! Putting a backup back into an empty store, all of it in one transaction: what was erased since is left out, and the log goes on from where
//! it is, not from where it was.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use tributary_ledger::checkpoint::Checkpoint;
use tributary_ledger::entry::Entry;
use tributary_ledger::note::VerifierKey;
use tributary_ledger::store::{TileRead as _, TileStore as _, fetch_bundle};
use tributary_ledger::tile::{WIDTH, width_at};
use tributary_model::Timestamp;

use super::{Backup, CHECKPOINT, Rows};
use crate::store::erasures::{self, Gone};
use crate::store::pool::Link;
use crate::store::published::{next_place, record, write_tiles};
use crate::store::tables::{Column, TABLES, Table};
use crate::store::value::Value;
use crate::{CasesError, Erasures, LedgerFolder, Store, Writing};

const HELD: &str = "SELECT (SELECT COUNT(*) FROM object) + (SELECT COUNT(*) FROM ledger_entry) + (SELECT COUNT(*) FROM erased) + (SELECT COUNT(*) FROM sealed_record)";
const PLACED: &str = "UPDATE ledger_entry SET place = $2 WHERE entry = $1 AND place IS NULL";
const LOST: &str = "INSERT INTO ledger_entry (id, at, entry, salt, payload, place, about) VALUES ($1, $2, $3, NULL, NULL, $4, 1)";

/// What the log holds and the backup does not: it happened after the backup was made, and is lost but for its entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lost {
    /// Entries.
    pub entries: u64,
    /// Of each kind.
    pub kinds: BTreeMap<String, u64>,
}

/// A backup that is being put back. Dropped before it is finished, it leaves the store empty.
pub struct Restoring<'a> {
    store: &'a Store,
    link: Link,
    at: Timestamp,
    erasures: Erasures,
    /// Objects and sealed records that were erased, with what hangs on them.
    gone: BTreeSet<String>,
    repeated: u64,
}

impl<'a> Restoring<'a> {
    /// Puts the rows of a backup into an empty store. `erasures` is the list that was kept beside the register: what it names is not put back.
    ///
    /// # Errors
    /// [`CasesError::Backup`] where the store is not empty or the list is older than the backup; [`CasesError::Damaged`] for a part that is
    /// not what the manifest says.
    pub async fn begin(store: &'a Store, backup: &Backup, erasures: Option<Erasures>, at: Timestamp) -> Result<Restoring<'a>, CasesError> {
        let mut link = store.alone().await?;
        if link.row(HELD, Vec::new()).await?.ok_or(CasesError::Row(0))?.int(0)? != 0 {
            return Err(CasesError::Backup("the store is not empty; a backup is put back into a new one".into()));
        }
        let given = erasures.is_some();
        let mut restoring = Self { store, link, at, erasures: erasures.unwrap_or_default(), gone: BTreeSet::new(), repeated: 0 };
        for table in &TABLES {
            restoring.load(backup, table, given).await?;
        }
        Ok(restoring)
    }

    async fn load(&mut self, backup: &Backup, table: &Table, given: bool) -> Result<(), CasesError> {
        let mut rows = Rows::open(backup, table)?;
        while let Some(cells) = rows.next()? {
            let wrong = || CasesError::damaged(&rows.part.name, "a row does not have the columns of its table");
            let mut values = values(table, cells).ok_or_else(wrong)?;
            match table.name {
                "erased" => self.known(&values, given)?,
                "ledger_entry" => self.entry(&mut values).await?,
                _ => {
                    if self.is_gone(table.name, &values) {
                        continue;
                    }
                }
            }
            self.link.execute(table.insert, values).await?;
        }
        if table.name == "erased" {
            // What was erased since goes on being known as erased.
            for (name, at) in self.erasures.iter() {
                erasures::remember_name(&mut self.link, name, *at).await?;
            }
        }
        Ok(())
    }

    /// The list must know of every erasure that the backup knows of: else it is an older one.
    fn known(&mut self, values: &[Value], given: bool) -> Result<(), CasesError> {
        let [Value::Text(name), Value::Int(at)] = values else { return Ok(()) };
        if given && !self.erasures.knows(name, *at) {
            return Err(CasesError::Backup("the list of erasures is older than the backup; give the newest one".into()));
        }
        if !given {
            self.erasures.add(name, *at);
        }
        Ok(())
    }

    /// Whether a row was erased after it was written, or hangs on one that was.
    fn is_gone(&mut self, table: &str, values: &[Value]) -> bool {
        if self.erasures.is_empty() {
            return false;
        }
        let text = |column: usize| match values.get(column) {
            Some(Value::Text(text)) => text.as_str(),
            _ => "",
        };
        let number = |column: usize| match values.get(column) {
            Some(Value::Int(number)) => *number,
            _ => i64::MIN,
        };
        let keys = self.store.keys();
        let (hangs_on, first) = match table {
            "object" => (format!("{}/{}", text(0), text(1)), Some((Gone::Object(text(0), text(1)), number(6)))),
            "sealed_record" => (text(0).to_owned(), Some((Gone::Sealed(text(0)), number(2)))),
            "wrapped_key" => (text(0).to_owned(), None),
            _ => (format!("{}/{}", text(0), text(3)), None),
        };
        let Some((name, made)) = first else { return self.gone.contains(&hangs_on) };
        let gone = self.erasures.holds(keys, name, made);
        if gone {
            self.gone.insert(hangs_on);
            self.repeated += 1;
        }
        gone
    }

    /// An entry about something that was erased after it loses its salt and payload again. What the erasure itself wrote keeps them.
    async fn entry(&mut self, values: &mut [Value]) -> Result<(), CasesError> {
        let [Value::Text(id), Value::Int(at), Value::Text(entry), salt, payload, _] = values else { return Ok(()) };
        erasures::enter_about(&mut self.link, id, entry).await?;
        if self.erasures.is_empty() || *salt == Value::MaybeText(None) {
            return Ok(());
        }
        let keys = self.store.keys();
        let about = erasures::about(entry)?;
        if self.erasures.holds(keys, Gone::Entry(id), *at)
            || about.iter().any(|thing| self.erasures.holds(keys, Gone::About(thing), at.saturating_add(1)))
        {
            (*salt, *payload) = (Value::MaybeText(None), Value::MaybeText(None));
            self.repeated += 1;
        }
        Ok(())
    }

    /// How many erasures were repeated.
    #[must_use]
    pub const fn repeated(&self) -> u64 {
        self.repeated
    }

    /// Takes over what a copy of the log holds beyond the backup: its entries stay at their places, so that the log is not rolled back.
    ///
    /// # Errors
    /// [`CasesError::Ledger`] for a log that does not read; of the store.
    pub async fn take_over(&mut self, log: &LedgerFolder, key: &VerifierKey) -> Result<Lost, CasesError> {
        let wrong = |error: &dyn std::fmt::Display| CasesError::Ledger(format!("`{}`: {error}", log.path().display()));
        let mut lost = Lost::default();
        let Some(bytes) = log.get(CHECKPOINT).map_err(|error| wrong(&error))? else { return Ok(lost) };
        let (checkpoint, _) = Checkpoint::open(&bytes, key).map_err(|error| wrong(&error))?;
        let mut place = next_place(&mut self.link).await?;
        while place < checkpoint.size {
            let bundle = place / WIDTH;
            let entries = fetch_bundle(log, bundle, width_at(checkpoint.size, 0, bundle)).map_err(|error| wrong(&error))?;
            let skipped = usize::try_from(place - bundle * WIDTH).unwrap_or(0);
            for bytes in entries.into_iter().skip(skipped) {
                let text = String::from_utf8(bytes).map_err(|error| wrong(&error))?;
                self.place(text, place, &mut lost).await.map_err(|error| wrong(&error))?;
                place += 1;
            }
        }
        Ok(lost)
    }

    async fn place(&mut self, text: String, place: u64, lost: &mut Lost) -> Result<(), CasesError> {
        let at_place = i64::try_from(place).map_err(|error| CasesError::Ledger(error.to_string()))?;
        // It waited for its place when the backup was made.
        if self.link.execute(PLACED, vec![text.as_str().into(), at_place.into()]).await? > 0 {
            return Ok(());
        }
        let entry = Entry::decode(text.as_bytes()).map_err(|error| CasesError::Ledger(error.to_string()))?;
        lost.entries += 1;
        *lost.kinds.entry(entry.kind().to_owned()).or_default() += 1;
        let at = i64::try_from(entry.at()).unwrap_or(i64::MAX).saturating_mul(1_000);
        let id = self.store.keys().id();
        erasures::enter_about(&mut self.link, &id, &text).await?;
        self.link.execute(LOST, vec![id.into(), at.into(), text.into(), at_place.into()]).await.map(|_| ())
    }

    /// Writes the log's folder: tiles from the entries, which must lead to the signed root, and the checkpoint with its cosignatures. Size of it.
    ///
    /// # Errors
    /// [`CasesError::LogParted`] where they lead elsewhere; of the store and the folder.
    pub async fn write_log(&mut self, folder: &LedgerFolder, checkpoint: &[u8], key: &VerifierKey) -> Result<u64, CasesError> {
        let wrong = |error: &dyn std::fmt::Display| CasesError::Ledger(error.to_string());
        let (signed, _) = Checkpoint::open(checkpoint, key).map_err(|error| wrong(&error))?;
        if write_tiles(&mut self.link, folder, signed.size).await? != signed.root {
            return Err(CasesError::LogParted(folder.path().display().to_string()));
        }
        folder.clone().put(CHECKPOINT, checkpoint).map_err(|error| wrong(&error))?;
        record(&mut self.link, &signed).await?;
        Ok(signed.size)
    }

    /// The open transaction: what is left to do, and to record, happens in it and is committed with it.
    #[must_use]
    pub fn into_writing(self) -> Writing {
        self.store.writing_on(self.link, self.at)
    }
}

/// The cells of a row as parameters, if they are those of the table.
fn values(table: &Table, cells: Vec<Json>) -> Option<Vec<Value>> {
    if cells.len() != table.columns.len() {
        return None;
    }
    let value = |(column, cell): (&Column, Json)| match (column, cell) {
        (Column::Text, Json::String(text)) => Some(Value::Text(text)),
        (Column::MaybeText, Json::String(text)) => Some(Value::MaybeText(Some(text))),
        (Column::MaybeText, Json::Null) => Some(Value::MaybeText(None)),
        (Column::Int, Json::Number(number)) => number.as_i64().map(Value::Int),
        (Column::MaybeInt, Json::Number(number)) => number.as_i64().map(|number| Value::MaybeInt(Some(number))),
        (Column::MaybeInt, Json::Null) => Some(Value::MaybeInt(None)),
        _ => None,
    };
    table.columns.iter().zip(cells).map(value).collect()
}
