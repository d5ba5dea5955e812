//! Who can never be a subject, from what the records say (design invariant 2; SG-031).

use std::collections::BTreeMap;

use tributary_lake::Session;
use tributary_model::protection::Protected;
use tributary_model::time::{civil_from_days, days_from_civil};
use tributary_model::{Date, ProtectedSet, SubjectType, Timestamp};
use tributary_resolve::Record;

use super::{batch, texts};
use crate::columns::Columns;
use crate::error::EngineError;

/// Age from which a person is no minor (Convention on the Rights of the Child, Art. 1).
const ADULT_YEARS: i32 = 18;

/// The latest birth date of an adult on the day of `as_of`. On 29 February it is 28 February of a common year.
fn adult_birth(as_of: Timestamp) -> Date {
    let (year, month, day) = civil_from_days(as_of.date().0);
    let day = if month == 2 && day == 29 { 28 } else { day };
    Date(days_from_civil(year - ADULT_YEARS, month, day))
}

/// The protected: victims, witnesses, reporters, minors, every account they hold, every identifier that nobody else uses.
pub(super) fn protected(session: &Session, records: &[Record], entity_of: &[String], as_of: Timestamp) -> Result<ProtectedSet, EngineError> {
    let mut users: BTreeMap<String, (SubjectType, Protected)> = BTreeMap::new();
    let sql = "SELECT coalesce(entity_id, subject) AS id, entity_id, role FROM case_records WHERE role IN ('victim', 'witness', 'reporter') ORDER BY 1, role";
    let mut named_accounts: Vec<(String, Protected)> = Vec::new();
    for rows in session.query(sql)? {
        let columns = Columns::new("case_records", &rows);
        let (id, entity, role) = (columns.text("id")?, columns.text("entity_id")?, columns.text("role")?);
        for row in 0..rows.num_rows() {
            let Some(id) = id.get(row) else { continue };
            let reason = match role.get(row) {
                Some("victim") => Protected::Victim,
                Some("witness") => Protected::Witness,
                _ => Protected::Reporter,
            };
            let subject_type = if entity.get(row).is_some() { SubjectType::Party } else { SubjectType::Account };
            users.entry(id.to_owned()).or_insert((subject_type, reason));
        }
    }
    let adult = adult_birth(as_of);
    for (record, entity) in records.iter().zip(entity_of) {
        if record.birth_date.is_some_and(|birth| birth > adult) {
            users.entry(entity.clone()).or_insert((SubjectType::Party, Protected::Minor));
        }
    }
    let mut set = ProtectedSet::new();
    for (id, (subject_type, reason)) in &users {
        set.protect(*subject_type, id, *reason);
        if *subject_type == SubjectType::Account {
            // A case may name someone of whom no source has a record: the id may be a party's as well as an account's.
            set.protect(SubjectType::Party, id, *reason);
        }
    }
    if users.is_empty() {
        return Ok(set);
    }
    let ids = batch(vec![("user_id", texts(users.keys().map(|id| Some(id.as_str()))))])?;
    session.register_batches("protected_users", ids.schema(), vec![ids])?;
    let reason = |id: &str| users.get(id).map_or(Protected::Victim, |(_, reason)| *reason);
    for rows in session.query(
        "SELECT a.account_id, a.user_id FROM account_holders a JOIN protected_users u ON u.user_id = a.user_id ORDER BY a.account_id, a.user_id",
    )? {
        let columns = Columns::new("account_holders", &rows);
        let (account, entity) = (columns.text("account_id")?, columns.text("user_id")?);
        for row in 0..rows.num_rows() {
            let (Some(account), Some(entity)) = (account.get(row), entity.get(row)) else { continue };
            named_accounts.push((account.to_owned(), reason(entity)));
        }
    }
    for (account, reason) in &named_accounts {
        set.protect(SubjectType::Account, account, *reason);
    }
    let sql = "
SELECT i.identifier_kind || ':' || i.identifier AS id, min(u.user_id) AS user_id
FROM identifier_use i
LEFT JOIN protected_users u ON u.user_id = coalesce(i.entity_id, i.node_id)
GROUP BY i.identifier_kind, i.identifier
HAVING count(*) = count(u.user_id)
ORDER BY 1";
    for rows in session.query(sql)? {
        let columns = Columns::new("identifier_use", &rows);
        let (id, user) = (columns.text("id")?, columns.text("user_id")?);
        for row in 0..rows.num_rows() {
            if let (Some(id), Some(user)) = (id.get(row), user.get(row)) {
                set.protect(SubjectType::Identifier, id, reason(user));
            }
        }
    }
    Ok(set)
}
