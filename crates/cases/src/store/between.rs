//! Reading the entries of a time back: for the register's own looking through what its staff did (SG-083).

use tributary_model::Timestamp;

use super::Store;
use crate::CasesError;

const BETWEEN: &str = "SELECT id, at, entry, salt, payload FROM ledger_entry \
     WHERE at >= $1 AND at < $2 AND (at > $3 OR (at = $3 AND id > $4)) ORDER BY at, id LIMIT $5";

/// An entry with what opens its commitment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its id.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// The canonical bytes.
    pub entry: String,
    /// Hexadecimal digits of the commitment's salt; none once erased.
    pub salt: Option<String>,
    /// What was committed to; none once erased.
    pub payload: Option<String>,
}

impl Store {
    /// Entries from a time on and before another, in time order, after the last of the part before.
    ///
    /// # Errors
    /// [`CasesError`] of the store.
    pub async fn entries_between(&self, from: Timestamp, to: Timestamp, after: Option<&Written>, limit: u32) -> Result<Vec<Written>, CasesError> {
        let (at, id) = after.map_or((i64::MIN, ""), |last| (last.at.0, last.id.as_str()));
        let values = vec![from.0.into(), to.0.into(), at.into(), id.into(), i64::from(limit).into()];
        let rows = self.pool.begin_read().await?.rows(BETWEEN, values).await?;
        rows.iter()
            .map(|row| {
                Ok(Written {
                    id: row.text(0)?,
                    at: Timestamp(row.int(1)?),
                    entry: row.text(2)?,
                    salt: row.maybe_text(3)?,
                    payload: row.maybe_text(4)?,
                })
            })
            .collect()
    }
}
