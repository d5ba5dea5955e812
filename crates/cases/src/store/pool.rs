//! The two stores behind one small interface: statements with numbered parameters, which both understand.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};

use super::value::{Row, Value, postgres_row, sqlite_row};
use crate::CasesError;

/// Each step forward runs in a transaction of its own; a store with a step that is not among these is of a later version, and refused.
static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// The version of the tables that this program knows.
pub(crate) fn schema() -> i64 {
    MIGRATIONS.iter().map(|step| step.version).max().unwrap_or(0)
}

/// Where the register lies.
#[derive(Debug, Clone)]
pub enum Place {
    /// A file of its own; one program at a time.
    Sqlite(std::path::PathBuf),
    /// `postgres://…`: many programs and users.
    Postgres(String),
}

impl Place {
    /// A path, or a `postgres://` address.
    #[must_use]
    pub fn of(text: &str) -> Self {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") { Self::Postgres(text.into()) } else { Self::Sqlite(text.into()) }
    }
}

/// Connections. SQLite has one that writes and several that read; PostgreSQL has as many of each.
#[derive(Debug, Clone)]
pub(crate) enum Pool {
    Sqlite { write: SqlitePool, read: SqlitePool },
    Postgres(PgPool),
}

/// How long a request waits for a connection or a lock.
const PATIENCE: Duration = Duration::from_secs(10);

impl Pool {
    /// Opens the place, making it where it does not exist, and brings its tables to this version's form.
    pub(crate) async fn open(place: &Place, connections: u32) -> Result<Self, CasesError> {
        match place {
            Place::Sqlite(path) => Self::open_sqlite(path, connections).await,
            Place::Postgres(address) => Self::open_postgres(address, connections).await,
        }
    }

    async fn open_sqlite(path: &Path, connections: u32) -> Result<Self, CasesError> {
        // FULL: a commit is on the disk before it is acknowledged. Secure delete: what is erased is overwritten with zeros.
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(PATIENCE)
            .foreign_keys(true)
            .pragma("secure_delete", "ON");
        let write = SqlitePoolOptions::new().max_connections(1).acquire_timeout(PATIENCE).connect_with(options.clone()).await?;
        MIGRATIONS.run(&write).await.map_err(|error| CasesError::migration(&error, schema()))?;
        let read =
            SqlitePoolOptions::new().max_connections(connections.max(1)).acquire_timeout(PATIENCE).connect_with(options.read_only(true)).await?;
        Ok(Self::Sqlite { write, read })
    }

    async fn open_postgres(address: &str, connections: u32) -> Result<Self, CasesError> {
        let options = PgConnectOptions::from_str(address).map_err(|_| CasesError::Address)?.application_name("tributary");
        let pool = PgPoolOptions::new().max_connections(connections.max(2)).acquire_timeout(PATIENCE).connect_with(options).await?;
        MIGRATIONS.run(&pool).await.map_err(|error| CasesError::migration(&error, schema()))?;
        Ok(Self::Postgres(pool))
    }

    /// A transaction that may write. SQLite takes the write lock at once, so that none fails half-way for want of it.
    pub(crate) async fn begin(&self) -> Result<Link, CasesError> {
        Ok(match self {
            Self::Sqlite { write, .. } => Link::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => Link::Postgres(pool.begin().await?),
        })
    }

    /// A transaction that only reads, on one state of the store.
    pub(crate) async fn begin_read(&self) -> Result<Link, CasesError> {
        Ok(match self {
            Self::Sqlite { read, .. } => Link::Sqlite(read.begin().await?),
            Self::Postgres(pool) => Link::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?),
        })
    }

    /// Closes every connection.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// An open transaction on either store.
pub(crate) enum Link {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Binds the parameters of a statement in order.
macro_rules! bound {
    ($sql:expr, $values:expr) => {{
        let mut query = sqlx::query($sql);
        for value in $values {
            query = match value {
                Value::Text(text) => query.bind(text),
                Value::Int(number) => query.bind(number),
                Value::MaybeInt(number) => query.bind(number),
                Value::MaybeText(text) => query.bind(text),
            };
        }
        query
    }};
}

impl Link {
    /// Runs a statement; how many rows it touched.
    pub(crate) async fn execute(&mut self, sql: &'static str, values: Vec<Value>) -> Result<u64, CasesError> {
        Ok(match self {
            Self::Sqlite(link) => bound!(sql, values).execute(&mut **link).await?.rows_affected(),
            Self::Postgres(link) => bound!(sql, values).execute(&mut **link).await?.rows_affected(),
        })
    }

    /// The rows of an answer.
    pub(crate) async fn rows(&mut self, sql: &'static str, values: Vec<Value>) -> Result<Vec<Row>, CasesError> {
        match self {
            Self::Sqlite(link) => bound!(sql, values).fetch_all(&mut **link).await?.iter().map(sqlite_row).collect(),
            Self::Postgres(link) => bound!(sql, values).fetch_all(&mut **link).await?.iter().map(postgres_row).collect(),
        }
    }

    /// The one row of an answer, if there is one.
    pub(crate) async fn row(&mut self, sql: &'static str, values: Vec<Value>) -> Result<Option<Row>, CasesError> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// Makes everything permanent.
    pub(crate) async fn commit(self) -> Result<(), CasesError> {
        match self {
            Self::Sqlite(link) => link.commit().await?,
            Self::Postgres(link) => link.commit().await?,
        }
        Ok(())
    }

    /// Holds every other program that asks for the same lock until this transaction ends. SQLite has one writer anyway.
    pub(crate) async fn lock(&mut self, key: i64) -> Result<(), CasesError> {
        if let Self::Postgres(link) = self {
            sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(key).execute(&mut **link).await?;
        }
        Ok(())
    }
}
