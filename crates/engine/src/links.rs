//! Traces the links of an alert's path back to the observations behind them.

use std::collections::BTreeMap;

use arrow::array::AsArray;
use tributary_lake::Session;
use tributary_model::Alert;
use tributary_model::alert::PathLink;

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
        if from_type == wanted { Some((from, to)) } else if to_type == wanted { Some((to, from)) } else { None }
    };
    let (a, b) = (quoted(from), quoted(to));
    let tail = format!("ORDER BY obs LIMIT {limit}");
    Some(match link.kind.as_str() {
        table @ ("transfer" | "contact") => format!(
            "SELECT obs FROM {table}s WHERE (from_account = {a} AND to_account = {b}) OR (from_account = {b} AND to_account = {a}) {tail}"
        ),
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
            Some((template, account)) => format!("SELECT obs FROM posts WHERE CAST(template AS VARCHAR) = {} AND account = {} {tail}", quoted(template), quoted(account)),
            None => {
                let (post, _) = either("post")?;
                format!("SELECT obs FROM posts WHERE post_id = {} {tail}", quoted(post))
            }
        },
        "case" => {
            let (case, party) = either("case")?;
            let party = quoted(party);
            format!("SELECT obs FROM case_records WHERE agency || '/' || case_id = {} AND (entity_id = {party} OR subject = {party}) {tail}", quoted(case))
        }
        _ => return None,
    })
}

/// Fills in the observations of every path, each link asked for once.
///
/// # Errors
/// An enriched table is missing.
pub fn trace(session: &Session, alerts: &mut [Alert], limit: usize) -> Result<(), EngineError> {
    let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for link in alerts.iter_mut().flat_map(|alert| &mut alert.path) {
        let Some(sql) = query(link, limit) else { continue };
        if let Some(observations) = known.get(&sql) {
            link.observations.clone_from(observations);
            continue;
        }
        let mut observations = Vec::new();
        for batch in session.query(&sql)? {
            if let Some(column) = batch.columns().first().and_then(|c| c.as_string_opt::<i32>()) {
                observations.extend(column.iter().flatten().map(str::to_owned));
            }
        }
        link.observations.clone_from(&observations);
        known.insert(sql, observations);
    }
    Ok(())
}
