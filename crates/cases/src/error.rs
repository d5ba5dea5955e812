use thiserror::Error;

/// What can go wrong in the store of the register.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CasesError {
    /// The store itself refuses or cannot be reached.
    #[error("the store of the register failed: {0}")]
    Store(#[from] sqlx::Error),
    /// The tables cannot be brought to this version's form.
    #[error(
        "the tables of the register cannot be brought to this version's form: {0}; a register that a later version has opened needs that version"
    )]
    Migration(String),
    /// Tables of a later version.
    #[error("the store has tables of version {found}, and this program knows up to {known}; use the program that wrote it, or a later one")]
    Newer {
        /// The store's version.
        found: i64,
        /// This program's.
        known: i64,
    },
    /// An address of PostgreSQL that is none. The address itself may hold a password and is not shown.
    #[error("the store's address is not understood; write `postgres://USER@HOST/DATABASE`, or a file's path")]
    Address,
    /// A row whose column has another type than this version writes.
    #[error("column {0} of a row holds something else than this version writes; restore the store from a backup")]
    Row(usize),
    /// A body that does not read back.
    #[error("the {kind} `{id}` does not read back: {message}")]
    Body {
        /// Kind of object.
        kind: &'static str,
        /// Its id.
        id: String,
        /// What is wrong.
        message: String,
    },
    /// No such object.
    #[error("there is no {kind} `{id}`")]
    Missing {
        /// Kind of object.
        kind: &'static str,
        /// Its id.
        id: String,
    },
    /// Somebody else changed it since it was read.
    #[error("the {kind} `{id}` was changed by somebody else since it was read; read it again and decide anew")]
    Conflict {
        /// Kind of object.
        kind: &'static str,
        /// Its id.
        id: String,
    },
    /// A second one of what there may be one of.
    #[error("there is already a {kind} with this {name}")]
    Taken {
        /// Kind of object.
        kind: &'static str,
        /// What must be its own.
        name: &'static str,
    },
    /// An erased or unsealed record.
    #[error(transparent)]
    Vault(#[from] tributary_vault::VaultError),
    /// The sealed record is not there, or was erased.
    #[error("the sealed record is not there, or was erased")]
    Erased,
    /// An entry that the ledger does not take.
    #[error("an entry does not have the form of the ledger: {0}")]
    Entry(String),
    /// The ledger's files.
    #[error("the ledger's folder: {0}")]
    Ledger(String),
    /// The log is behind what the store says was published.
    #[error(
        "the log's folder `{folder}` holds {found} entries, and {published} were published: it was cut, exchanged or lost. Put a copy of it back; \
         where there is none, move it away and make it again from the store by `tributary-desk rebuild-log FOLDER`"
    )]
    LogBehind {
        /// Where it lies.
        folder: String,
        /// Entries in it.
        found: u64,
        /// Entries that were published: a number, or words where it is not known.
        published: String,
    },
    /// The log is not the one that was published.
    #[error("the log's folder `{0}` holds another history than was published; put a copy of the right one back")]
    LogParted(String),
    /// The store is behind its log.
    #[error(
        "the log has {log} entries, and the store gave places to {store}: the store is an older copy than its log. Bring it back by \
         `tributary-desk restore`, which keeps the log"
    )]
    StoreBehind {
        /// Entries in the log.
        log: u64,
        /// Places given in the store.
        store: u64,
    },
    /// A backup that is not whole.
    #[error("the backup's `{part}` is not whole: {why}; it is not put back")]
    Damaged {
        /// Which part.
        part: String,
        /// What is wrong.
        why: String,
    },
    /// A backup that cannot be made or put back as asked.
    #[error("{0}")]
    Backup(String),
    /// A test's own failure.
    #[error("a fault was made at `{0}`")]
    Fault(String),
}

impl CasesError {
    pub(crate) const fn row(column: usize) -> Self {
        Self::Row(column)
    }

    pub(crate) fn migration(error: &sqlx::migrate::MigrateError, known: i64) -> Self {
        match error {
            sqlx::migrate::MigrateError::VersionMissing(found) if *found > known => Self::Newer { found: *found, known },
            other => Self::Migration(other.to_string()),
        }
    }

    pub(crate) fn damaged(part: &str, why: impl std::fmt::Display) -> Self {
        Self::Damaged { part: part.to_owned(), why: why.to_string() }
    }

    pub(crate) fn file(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::Backup(format!("`{}`: {error}", path.display()))
    }
}
