//! The store: objects with versions, the vault's sealed records, and the entries of the ledger, in one transaction.

mod between;
mod entries;
pub(crate) mod erasures;
mod faults;
pub(crate) mod pool;
mod publish;
pub(crate) mod published;
mod reading;
mod record;
pub(crate) mod tables;
pub(crate) mod value;
mod writing;

use std::sync::{Arc, Mutex, PoisonError};

use tributary_model::Timestamp;
use tributary_vault::{Entropy, Marker, MasterKey, Pseudonym, Sealed, VaultError, hex};

pub use between::Written;
pub use entries::Note;
pub use erasures::Erasures;
pub use faults::{Faults, NoFaults};
pub use pool::Place;
pub use publish::{LedgerFolder, Published, Waiting};
pub use record::{Find, Page, Record, Stored};
pub use writing::{Notes, Writing};

use crate::CasesError;
use pool::{Link, Pool};

/// The operator's key and the source of random bytes.
pub struct Keys {
    master: MasterKey,
    entropy: Mutex<Box<dyn Entropy + Send>>,
}

impl Keys {
    /// The key of a register, and where its random bytes come from.
    #[must_use]
    pub fn new(master: MasterKey, entropy: Box<dyn Entropy + Send>) -> Self {
        Self { master, entropy: Mutex::new(entropy) }
    }

    /// So many random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.lock().unwrap_or_else(PoisonError::into_inner).fill(&mut bytes);
        bytes
    }

    /// A new id: 32 random hexadecimal digits.
    #[must_use]
    pub fn id(&self) -> String {
        hex(&self.random::<16>())
    }

    /// What stands in the ledger for `id`, to those who know of `scope` alone.
    #[must_use]
    pub fn pseudonym(&self, scope: &str, id: &str) -> Pseudonym {
        Pseudonym::of(&self.master, scope, id)
    }

    /// What stands in the index of deconfliction for a normalised value.
    #[must_use]
    pub fn marker(&self, epoch: u32, kind: &str, value: &str) -> Marker {
        Marker::of(&self.master, epoch, kind, value)
    }

    fn seal(&self, id: &str, plain: &[u8]) -> Result<Sealed, VaultError> {
        let mut entropy = self.entropy.lock().unwrap_or_else(PoisonError::into_inner);
        Sealed::seal(id, plain, &self.master, entropy.as_mut())
    }

    fn open(&self, id: &str, sealed: &Sealed) -> Result<Vec<u8>, VaultError> {
        Ok(sealed.open(id, &self.master)?.to_vec())
    }
}

/// An open register's store.
#[derive(Clone)]
pub struct Store {
    pool: Pool,
    keys: Arc<Keys>,
    faults: Arc<dyn Faults>,
}

impl Store {
    /// Opens the place with at most so many connections, making its tables where there are none.
    ///
    /// # Errors
    /// [`CasesError`] when the place cannot be reached, or was opened by a later version.
    pub async fn open(place: &Place, connections: u32, keys: Arc<Keys>) -> Result<Self, CasesError> {
        let store = Self { pool: Pool::open(place, connections).await?, keys, faults: Arc::new(NoFaults) };
        store.enter_all_about().await?;
        Ok(store)
    }

    /// The version of the tables that this program knows, and to which opening brings every older store.
    #[must_use]
    pub fn schema() -> i64 {
        pool::schema()
    }

    /// The same store with faults: for tests of what a failure leaves behind.
    #[must_use]
    pub fn with_faults(self, faults: Arc<dyn Faults>) -> Self {
        Self { faults, ..self }
    }

    /// Keys and random bytes.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// A transaction that may write; everything in it happens at `at`.
    ///
    /// # Errors
    /// [`CasesError`] of the store.
    pub async fn write(&self, at: Timestamp) -> Result<Writing, CasesError> {
        Ok(Writing::new(self.pool.begin().await?, at, Arc::clone(&self.keys), Arc::clone(&self.faults)))
    }

    /// A transaction that reads one state of the store.
    ///
    /// # Errors
    /// [`CasesError`] of the store.
    pub async fn read(&self) -> Result<Reading, CasesError> {
        Ok(Reading { link: self.pool.begin_read().await? })
    }

    /// One state of the store, to be read.
    pub(crate) async fn snapshot(&self) -> Result<Link, CasesError> {
        self.pool.begin_read().await
    }

    /// A transaction beside which no other program publishes or restores.
    pub(crate) async fn alone(&self) -> Result<Link, CasesError> {
        let mut link = self.pool.begin().await?;
        link.lock(publish::PUBLISHER).await?;
        Ok(link)
    }

    /// What is written in an open transaction goes on as any other writing.
    pub(crate) fn writing_on(&self, link: Link, at: Timestamp) -> Writing {
        Writing::new(link, at, Arc::clone(&self.keys), Arc::clone(&self.faults))
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// An open transaction that reads one state of the store.
pub struct Reading {
    link: Link,
}

impl Reading {
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

    /// How many objects of a kind are in a state.
    ///
    /// # Errors
    /// [`CasesError`] of the store.
    pub async fn count<T: Record>(&mut self, state: &str) -> Result<u64, CasesError> {
        reading::count::<T>(&mut self.link, state).await
    }
}
