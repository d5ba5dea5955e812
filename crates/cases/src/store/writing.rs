//! A transaction that writes. It ends in [`Writing::commit`], which takes at least one entry for the ledger: nothing changes unrecorded.

use std::sync::Arc;

use tributary_model::Timestamp;
use tributary_vault::{Sealed, WrappedKey, hex, unhex};

use super::entries::Note;
use super::erasures::{Gone, enter_about, remember};
use super::pool::Link;
use super::reading;
use super::record::{Find, Page, Record, Stored};
use super::{Faults, Keys};
use crate::CasesError;

const INSERT: &str = "INSERT INTO object (kind, id, parent, agency, state, due, made, version, body) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8)";
const UPDATE: &str = "UPDATE object SET parent = $3, agency = $4, state = $5, due = $6, version = version + 1, body = $7 \
     WHERE kind = $1 AND id = $2 AND version = $8";
const DELETE: &str = "DELETE FROM object WHERE kind = $1 AND id = $2 AND version = $3";
const ADD_KEY: &str = "INSERT INTO lookup (kind, name, value, id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
const DROP_KEYS: &str = "DELETE FROM lookup WHERE kind = $1 AND id = $2";
const ADD_SOLE: &str = "INSERT INTO sole (kind, name, value, id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
const DROP_SOLE: &str = "DELETE FROM sole WHERE kind = $1 AND id = $2";
const SEAL: &str = "INSERT INTO sealed_record (id, bytes, made) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET bytes = excluded.bytes";
const WRAP: &str = "INSERT INTO wrapped_key (id, bytes, version) VALUES ($1, $2, 1) ON CONFLICT (id) DO UPDATE SET bytes = excluded.bytes, version = wrapped_key.version + 1";
const SEALED: &str = "SELECT r.bytes, k.bytes FROM sealed_record r JOIN wrapped_key k ON k.id = r.id WHERE r.id = $1";
const FORGET_KEY: &str = "DELETE FROM wrapped_key WHERE id = $1";
const FORGET_RECORD: &str = "DELETE FROM sealed_record WHERE id = $1";
const ENTRY: &str = "INSERT INTO ledger_entry (id, at, entry, salt, payload, about) VALUES ($1, $2, $3, $4, $5, 1)";
const FORGET_ENTRY: &str = "UPDATE ledger_entry SET salt = NULL, payload = NULL WHERE id = $1";
const FORGET_ABOUT: &str = "UPDATE ledger_entry SET salt = NULL, payload = NULL WHERE id IN (SELECT entry FROM entry_about WHERE thing = $1)";

/// What a transaction tells the ledger: one note or more.
#[derive(Debug)]
pub struct Notes(Vec<Note>);

impl Notes {
    /// One note.
    #[must_use]
    pub fn one(note: Note) -> Self {
        Self(vec![note])
    }

    /// And another.
    #[must_use]
    pub fn and(mut self, note: Note) -> Self {
        self.0.push(note);
        self
    }
}

/// An open transaction that may write. Dropped without a commit, it changes nothing.
pub struct Writing {
    link: Link,
    at: Timestamp,
    keys: Arc<Keys>,
    faults: Arc<dyn Faults>,
}

impl Writing {
    pub(super) fn new(link: Link, at: Timestamp, keys: Arc<Keys>, faults: Arc<dyn Faults>) -> Self {
        Self { link, at, keys, faults }
    }

    /// The time at which all of this happens.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// A new id: 32 random hexadecimal digits.
    #[must_use]
    pub fn new_id(&self) -> String {
        self.keys.id()
    }

    /// An object, if it is there.
    ///
    /// # Errors
    /// [`CasesError`] of the store.
    pub async fn get<T: Record>(&mut self, id: &str) -> Result<Option<Stored<T>>, CasesError> {
        reading::get(&mut self.link, id).await
    }

    /// An object that must be there.
    ///
    /// # Errors
    /// [`CasesError::Missing`], or of the store.
    pub async fn need<T: Record>(&mut self, id: &str) -> Result<Stored<T>, CasesError> {
        self.get(id).await?.ok_or_else(|| CasesError::Missing { kind: T::KIND, id: id.to_owned() })
    }

    /// The one object with a key that it alone may have.
    ///
    /// # Errors
    /// [`CasesError`] of the store.
    pub async fn sole<T: Record>(&mut self, name: &'static str, value: &str) -> Result<Option<Stored<T>>, CasesError> {
        reading::sole(&mut self.link, name, value).await
    }

    /// Objects of a kind, oldest first.
    ///
    /// # Errors
    /// [`CasesError`] of the store.
    pub async fn list<T: Record>(&mut self, find: Find<'_>, page: &Page) -> Result<Vec<Stored<T>>, CasesError> {
        reading::list(&mut self.link, find, page).await
    }

    /// A new object under this id.
    ///
    /// # Errors
    /// [`CasesError::Taken`] when the id or a key of its own is another's, or of the store.
    pub async fn add<T: Record>(&mut self, id: &str, body: T) -> Result<Stored<T>, CasesError> {
        self.faults.before("insert")?;
        if self.get::<T>(id).await?.is_some() {
            return Err(CasesError::Taken { kind: T::KIND, name: "id" });
        }
        let stored = Stored { id: id.to_owned(), version: 1, made: self.at, body };
        let text = text_of(&stored)?;
        let body = &stored.body;
        let values = vec![
            T::KIND.into(),
            id.into(),
            body.parent().into(),
            body.agency().into(),
            body.state().into(),
            body.due().map(|due| due.0).into(),
            self.at.0.into(),
            text.into(),
        ];
        self.link.execute(INSERT, values).await?;
        self.write_keys(&stored).await?;
        self.faults.after("insert")?;
        Ok(stored)
    }

    /// The changed body of an object, if nobody else changed it since it was read. Its version grows by one.
    ///
    /// # Errors
    /// [`CasesError::Conflict`] when somebody did, [`CasesError::Taken`] for a key that is another's, or of the store.
    pub async fn put<T: Record>(&mut self, changed: &mut Stored<T>) -> Result<(), CasesError> {
        self.faults.before("update")?;
        let text = text_of(changed)?;
        let body = &changed.body;
        let due = body.due().map(|due| due.0);
        let values = vec![
            T::KIND.into(),
            changed.id.as_str().into(),
            body.parent().into(),
            body.agency().into(),
            body.state().into(),
            due.into(),
            text.into(),
            changed.version.into(),
        ];
        if self.link.execute(UPDATE, values).await? != 1 {
            return Err(CasesError::Conflict { kind: T::KIND, id: changed.id.clone() });
        }
        self.drop_keys::<T>(&changed.id).await?;
        self.write_keys(changed).await?;
        changed.version += 1;
        self.faults.after("update")
    }

    /// Takes an object away for good.
    ///
    /// # Errors
    /// [`CasesError::Conflict`] when it is not as it was read, or of the store.
    pub async fn remove<T: Record>(&mut self, gone: &Stored<T>) -> Result<(), CasesError> {
        self.faults.before("delete")?;
        if self.link.execute(DELETE, vec![T::KIND.into(), gone.id.as_str().into(), gone.version.into()]).await? != 1 {
            return Err(CasesError::Conflict { kind: T::KIND, id: gone.id.clone() });
        }
        self.drop_keys::<T>(&gone.id).await?;
        remember(&mut self.link, &self.keys, Gone::Object(T::KIND, &gone.id), self.at.0).await?;
        self.faults.after("delete")
    }

    async fn write_keys<T: Record>(&mut self, stored: &Stored<T>) -> Result<(), CasesError> {
        for (name, value) in stored.body.keys() {
            self.link.execute(ADD_KEY, vec![T::KIND.into(), name.into(), value.into(), stored.id.as_str().into()]).await?;
        }
        for (name, value) in stored.body.sole_keys() {
            // Another's row would be left as it is: then none is written, and the key is taken.
            if self.link.execute(ADD_SOLE, vec![T::KIND.into(), name.into(), value.into(), stored.id.as_str().into()]).await? != 1 {
                return Err(CasesError::Taken { kind: T::KIND, name });
            }
        }
        Ok(())
    }

    async fn drop_keys<T: Record>(&mut self, id: &str) -> Result<(), CasesError> {
        self.link.execute(DROP_KEYS, vec![T::KIND.into(), id.into()]).await?;
        self.link.execute(DROP_SOLE, vec![T::KIND.into(), id.into()]).await?;
        Ok(())
    }

    /// Seals bytes in the vault under this id, in place of what was there.
    ///
    /// # Errors
    /// [`CasesError`] of the vault or the store.
    pub async fn seal(&mut self, id: &str, plain: &[u8]) -> Result<(), CasesError> {
        self.faults.before("seal")?;
        let sealed = self.keys.seal(id, plain)?;
        self.link.execute(SEAL, vec![id.into(), hex(&sealed.bytes).into(), self.at.0.into()]).await?;
        self.link.execute(WRAP, vec![id.into(), hex(sealed.key.as_bytes()).into()]).await?;
        self.faults.after("seal")
    }

    /// Opens what is sealed under this id.
    ///
    /// # Errors
    /// [`CasesError::Erased`] when it is not there, or of the vault or the store.
    pub async fn unseal(&mut self, id: &str) -> Result<Vec<u8>, CasesError> {
        let row = self.link.row(SEALED, vec![id.into()]).await?.ok_or(CasesError::Erased)?;
        let (bytes, key) = (unhex(&row.text(0)?).ok_or(CasesError::Row(0))?, unhex(&row.text(1)?).ok_or(CasesError::Row(1))?);
        let sealed = Sealed { key: WrappedKey::from_bytes(key), bytes };
        Ok(self.keys.open(id, &sealed)?)
    }

    /// Forgets the key and the bytes of a sealed record. Copies of its bytes elsewhere stay closed for good; one that has its key as well, a
    /// backup, loses both when it is put back with the list of erasures.
    ///
    /// # Errors
    /// [`CasesError`] of the store.
    pub async fn erase(&mut self, id: &str) -> Result<(), CasesError> {
        self.faults.before("erase")?;
        self.link.execute(FORGET_KEY, vec![id.into()]).await?;
        if self.link.execute(FORGET_RECORD, vec![id.into()]).await? > 0 {
            remember(&mut self.link, &self.keys, Gone::Sealed(id), self.at.0).await?;
        }
        self.faults.after("erase")
    }

    /// Forgets what an entry of the ledger was made over; the entry and its proofs stay (SG-081).
    ///
    /// # Errors
    /// [`CasesError`] of the store.
    pub async fn forget_payload(&mut self, entry: &str) -> Result<(), CasesError> {
        self.link.execute(FORGET_ENTRY, vec![entry.into()]).await?;
        remember(&mut self.link, &self.keys, Gone::Entry(entry), self.at.0).await
    }

    /// Forgets what the entries about a thing were made over, all that were written until now; how many. `name` is what the notes call it
    /// (`victim`, `case_file`). Entries and proofs stay (SG-081), and so does who acted: that stands in the entry itself.
    ///
    /// # Errors
    /// [`CasesError`] of the store.
    pub async fn forget_about(&mut self, name: &str, id: &str) -> Result<u64, CasesError> {
        self.faults.before("forget")?;
        let thing = self.keys.pseudonym(&format!("{name}/"), id).as_str().to_owned();
        let forgotten = self.link.execute(FORGET_ABOUT, vec![thing.as_str().into()]).await?;
        remember(&mut self.link, &self.keys, Gone::About(&thing), self.at.0).await?;
        self.faults.after("forget")?;
        Ok(forgotten)
    }

    /// Makes everything permanent, together with its entries. Their ids, by which receipts are asked for.
    ///
    /// # Errors
    /// [`CasesError`]: then nothing has changed, unless the connection broke while the store answered.
    pub async fn commit(mut self, notes: Notes) -> Result<Vec<String>, CasesError> {
        let mut ids = Vec::with_capacity(notes.0.len());
        // The log takes entries by time: those of one transaction keep the order in which they were noted.
        for (at, note) in (self.at.0..).zip(notes.0) {
            self.faults.before("entry")?;
            let id = self.keys.id();
            let sealed = note.seal(self.at, &self.keys)?;
            enter_about(&mut self.link, &id, &sealed.entry).await?;
            let values = vec![id.as_str().into(), at.into(), sealed.entry.into(), hex(&sealed.salt).into(), sealed.payload.into()];
            self.link.execute(ENTRY, values).await?;
            self.faults.after("entry")?;
            ids.push(id);
        }
        self.faults.before("commit")?;
        self.link.commit().await?;
        self.faults.after("commit")?;
        Ok(ids)
    }
}

fn text_of<T: Record>(stored: &Stored<T>) -> Result<String, CasesError> {
    serde_json::to_string(&stored.body).map_err(|error| CasesError::Body { kind: T::KIND, id: stored.id.clone(), message: error.to_string() })
}
