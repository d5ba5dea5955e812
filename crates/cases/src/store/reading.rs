//! Reading objects: the same statements in a transaction that reads and in one that writes.

use tributary_model::Timestamp;

use super::pool::Link;
use super::record::{Find, Page, Record, Stored};
use super::value::{Row, Value};
use crate::CasesError;

const ONE: &str = "SELECT id, version, made, body FROM object WHERE kind = $1 AND id = $2";
const ALL: &str = "SELECT id, version, made, body FROM object WHERE kind = $1 AND (made > $2 OR (made = $2 AND id > $3)) ORDER BY made, id LIMIT $4";
const BY_PARENT: &str = "SELECT id, version, made, body FROM object WHERE kind = $1 AND (made > $2 OR (made = $2 AND id > $3)) AND parent = $5 ORDER BY made, id LIMIT $4";
const BY_AGENCY: &str = "SELECT id, version, made, body FROM object WHERE kind = $1 AND (made > $2 OR (made = $2 AND id > $3)) AND agency = $5 ORDER BY made, id LIMIT $4";
const BY_STATE: &str =
    "SELECT id, version, made, body FROM object WHERE kind = $1 AND (made > $2 OR (made = $2 AND id > $3)) AND state = $5 ORDER BY made, id LIMIT $4";
const BY_DUE: &str =
    "SELECT id, version, made, body FROM object WHERE kind = $1 AND (made > $2 OR (made = $2 AND id > $3)) AND due <= $5 ORDER BY made, id LIMIT $4";
const BY_KEY: &str = "SELECT o.id, o.version, o.made, o.body FROM lookup l JOIN object o ON o.kind = l.kind AND o.id = l.id \
     WHERE l.kind = $1 AND (o.made > $2 OR (o.made = $2 AND o.id > $3)) AND l.name = $5 AND l.value = $6 ORDER BY o.made, o.id LIMIT $4";
const SOLE: &str = "SELECT o.id, o.version, o.made, o.body FROM sole s JOIN object o ON o.kind = s.kind AND o.id = s.id \
     WHERE s.kind = $1 AND s.name = $2 AND s.value = $3";
const COUNT: &str = "SELECT COUNT(*) FROM object WHERE kind = $1 AND state = $2";

/// An open transaction, whatever it may do.
pub(crate) async fn get<T: Record>(link: &mut Link, id: &str) -> Result<Option<Stored<T>>, CasesError> {
    link.row(ONE, vec![T::KIND.into(), id.into()]).await?.map(|row| stored(&row)).transpose()
}

pub(crate) async fn sole<T: Record>(link: &mut Link, name: &'static str, value: &str) -> Result<Option<Stored<T>>, CasesError> {
    link.row(SOLE, vec![T::KIND.into(), name.into(), value.into()]).await?.map(|row| stored(&row)).transpose()
}

pub(crate) async fn list<T: Record>(link: &mut Link, find: Find<'_>, page: &Page) -> Result<Vec<Stored<T>>, CasesError> {
    let (made, id) = page.after.clone().unwrap_or((Timestamp(i64::MIN), String::new()));
    let mut values: Vec<Value> = vec![T::KIND.into(), made.0.into(), id.into(), i64::from(page.limit).into()];
    let sql = match find {
        Find::All => ALL,
        Find::Parent(parent) => with(&mut values, parent.into(), BY_PARENT),
        Find::Agency(agency) => with(&mut values, agency.into(), BY_AGENCY),
        Find::State(state) => with(&mut values, state.into(), BY_STATE),
        Find::Due(by) => with(&mut values, by.0.into(), BY_DUE),
        Find::Key(name, value) => {
            values.push(name.into());
            with(&mut values, value.into(), BY_KEY)
        }
    };
    link.rows(sql, values).await?.iter().map(stored).collect()
}

pub(crate) async fn count<T: Record>(link: &mut Link, state: &str) -> Result<u64, CasesError> {
    let row = link.row(COUNT, vec![T::KIND.into(), state.into()]).await?.ok_or(CasesError::Row(0))?;
    Ok(u64::try_from(row.int(0)?).unwrap_or(0))
}

fn with(values: &mut Vec<Value>, value: Value, sql: &'static str) -> &'static str {
    values.push(value);
    sql
}

fn stored<T: Record>(row: &Row) -> Result<Stored<T>, CasesError> {
    let id = row.text(0)?;
    let body = row.text(3)?;
    match serde_json::from_str(&body) {
        Ok(body) => Ok(Stored { version: row.int(1)?, made: Timestamp(row.int(2)?), body, id }),
        Err(error) => Err(CasesError::Body { kind: T::KIND, id, message: error.to_string() }),
    }
}
