//! Traces the links of an alert's path back to the observations behind them.

use std::collections::{BTreeMap, BTreeSet};

use tributary_lake::Session;
use tributary_model::Alert;
use tributary_model::alert::PathLink;

use crate::columns::Columns;
use crate::error::EngineError;
use crate::relation::quoted;

/// `type:id` → (type, id).
fn parts(label: &str) -> Option<(&str, &str)> {
    label.split_once(':')
}

/// The query for one link's observations; `None` for a link that touches someone under protection.
fn query(link: &PathLink, limit: usize) -> Option<String> {
    let ((from_type, from), (to_type, to)) = (parts(&link.from)?, parts(&link.to)?);
    let either = |wanted: &str| -> Option<(&str, &str)> {
        // (the end of the wanted type, the other end)
        if from_type == wanted {
            Some((from, to))
        } else if to_type == wanted {
            Some((to, from))
        } else {
            None
        }
    };
    let tail = format!("ORDER BY obs LIMIT {limit}");
    Some(match link.kind.as_str() {
        "holds" => {
            let (account, _) = either("account")?;
            format!("SELECT obs FROM accounts WHERE account_id = {} {tail}", quoted(account))
        }
        "identifier" => {
            let (identifier, other) = either("identifier")?;
            let (kind, value) = parts(identifier)?;
            let (kind, value, other) = (quoted(kind), quoted(value), quoted(other));
            format!(
                "SELECT obs FROM (SELECT obs FROM sightings WHERE identifier_kind = {kind} AND identifier = {value} AND (subject = {other} OR entity_id = {other}) \
                 UNION SELECT obs FROM identifier_use WHERE identifier_kind = {kind} AND identifier = {value} AND (node_id = {other} OR entity_id = {other})) {tail}"
            )
        }
        "travel" => {
            let (journey, party) = either("journey")?;
            format!("SELECT obs FROM movements WHERE \"group\" = {} AND entity_id = {} {tail}", quoted(journey), quoted(party))
        }
        "post" => match either("template") {
            Some((template, account)) => {
                format!("SELECT obs FROM posts WHERE CAST(template AS VARCHAR) = {} AND account = {} {tail}", quoted(template), quoted(account))
            }
            None => {
                let (post, _) = either("post")?;
                format!("SELECT obs FROM posts WHERE post_id = {} {tail}", quoted(post))
            }
        },
        "case" => {
            let (case, party) = either("case")?;
            let party = quoted(party);
            format!(
                "SELECT obs FROM case_records WHERE agency || '/' || case_id = {} AND (entity_id = {party} OR subject = {party}) {tail}",
                quoted(case)
            )
        }
        _ => return None,
    })
}

/// Two accounts, in order of their ids.
type Pair = (String, String);

fn pair(link: &PathLink) -> Option<Pair> {
    let ((_, from), (_, to)) = (parts(&link.from)?, parts(&link.to)?);
    Some(if from <= to { (from.to_owned(), to.to_owned()) } else { (to.to_owned(), from.to_owned()) })
}

/// Observations of value or contact between pairs of accounts: one pass over the table, whatever the number of links.
fn between(session: &Session, table: &'static str, pairs: &BTreeSet<Pair>, limit: usize) -> Result<BTreeMap<Pair, Vec<String>>, EngineError> {
    let mut found: BTreeMap<Pair, Vec<String>> = BTreeMap::new();
    if pairs.is_empty() {
        return Ok(found);
    }
    let accounts: BTreeSet<String> = pairs.iter().flat_map(|(a, b)| [quoted(a), quoted(b)]).collect();
    let accounts = accounts.into_iter().collect::<Vec<_>>().join(",");
    let sql = format!(
        "SELECT from_account, to_account, obs FROM {table} WHERE from_account IN ({accounts}) AND to_account IN ({accounts}) ORDER BY at, obs"
    );
    for batch in session.query(&sql)? {
        let columns = Columns::new(table, &batch);
        let (from, to, obs) = (columns.text("from_account")?, columns.text("to_account")?, columns.text("obs")?);
        for row in 0..batch.num_rows() {
            let (Some(from), Some(to), Some(obs)) = (from.get(row), to.get(row), obs.get(row)) else { continue };
            let key = if from <= to { (from.to_owned(), to.to_owned()) } else { (to.to_owned(), from.to_owned()) };
            if pairs.contains(&key) {
                let observations = found.entry(key).or_default();
                if observations.len() < limit {
                    observations.push(obs.to_owned());
                }
            }
        }
    }
    Ok(found)
}

/// Fills in the observations of every path, each link asked for once.
///
/// # Errors
/// An enriched table is missing.
pub(crate) fn trace(session: &Session, alerts: &mut [Alert], limit: usize) -> Result<(), EngineError> {
    for (kind, table) in [("transfer", "transfers"), ("contact", "contacts")] {
        let pairs: BTreeSet<Pair> = alerts.iter().flat_map(|a| &a.path).filter(|l| l.kind == kind).filter_map(pair).collect();
        let found = between(session, table, &pairs, limit)?;
        for link in alerts.iter_mut().flat_map(|a| &mut a.path).filter(|l| l.kind == kind) {
            link.observations = pair(link).and_then(|p| found.get(&p).cloned()).unwrap_or_default();
        }
    }
    let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for link in alerts.iter_mut().flat_map(|alert| &mut alert.path) {
        let Some(sql) = query(link, limit) else { continue };
        if let Some(observations) = known.get(&sql) {
            link.observations.clone_from(observations);
            continue;
        }
        let mut observations = Vec::new();
        for batch in session.query(&sql)? {
            let obs = Columns::new("observations of a link", &batch).text("obs")?;
            observations.extend((0..batch.num_rows()).filter_map(|row| obs.get(row)).map(str::to_owned));
        }
        link.observations.clone_from(&observations);
        known.insert(sql, observations);
    }
    Ok(())
}
