//! Patterns in the transfers of a file, without a workspace.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use tributary_features::{OUTSIDE, Transfer, UNKNOWN};
use tributary_graph::{TransferColumns, TransferGraph};
use tributary_ingest::{Flow, Mapping};
use tributary_model::Timestamp;
use tributary_patterns::{HubRole, Kind, PatternHit, Roles, Settings, Value, search_all};

use crate::error::EngineError;
use crate::transfers::{self, Read};

/// A pattern that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FoundPattern {
    /// What it is.
    pub kind: &'static str,
    /// The account it is about, where it is about one.
    pub center: Option<String>,
    /// Its accounts.
    pub accounts: Vec<String>,
    /// Its transfers.
    pub transfers: Vec<String>,
    /// Its first transfer.
    pub from: Timestamp,
    /// Its last transfer.
    pub to: Timestamp,
    /// The value it moved, in the unit of the amounts.
    pub value: f64,
    /// How far it is from what accounts of its kind do, 0..=1.
    pub score: f64,
    /// How likely chance alone makes one, where that is tested.
    pub p: Option<f64>,
    /// Did a bound cut the search for it?
    pub bounded: bool,
}

/// What a search came to.
#[derive(Debug)]
pub struct FoundPatterns {
    /// The patterns, in a total order: kind, best first.
    pub patterns: Vec<FoundPattern>,
    /// What reading the file came to.
    pub read: Read,
    /// Accounts of the file of which something was known beforehand.
    pub known: usize,
    /// Where bounds cut, in words.
    pub bounds: Vec<String>,
}

/// What a register says of an account; nothing of it is read from flows.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct KnownAccount {
    /// The institution that keeps it.
    pub provider: Option<String>,
    /// Is its holder licensed to move value for others?
    pub licensed: bool,
    /// What it is, where it is a hub.
    pub role: Option<HubRole>,
}

impl KnownAccount {
    /// From the fields of a table; empty fields are unknown.
    ///
    /// # Errors
    /// Says what is wrong with a field.
    pub fn new(provider: &str, licensed: &str, role: &str) -> Result<Self, String> {
        let (provider, role) = (provider.trim(), role.trim().to_ascii_lowercase());
        let licensed = match licensed.trim().to_ascii_lowercase().as_str() {
            "" | "0" | "false" | "no" => false,
            "1" | "true" | "yes" => true,
            other => return Err(format!("`{other}` in column `licensed` is neither yes nor no: write 1, true or yes, or 0, false or no")),
        };
        let names = || HubRole::ALL.map(HubRole::name).join(", ");
        let known =
            || HubRole::from_name(&role).ok_or_else(|| format!("`{role}` in column `role` is none of {}; leave it empty for others", names()));
        let role = if role.is_empty() { None } else { Some(known()?) };
        Ok(Self { provider: (!provider.is_empty()).then(|| provider.to_owned()), licensed, role })
    }
}

/// What is known of accounts, by `account_id`.
pub type KnownAccounts = BTreeMap<String, KnownAccount>;

/// What the search is told of the accounts of a file; and of how many anything is known.
fn roles(known: &KnownAccounts, accounts: &[String]) -> (Roles, usize) {
    let providers: BTreeMap<&str, u32> = known.values().filter_map(|account| account.provider.as_deref()).map(|provider| (provider, 0)).collect();
    let providers: BTreeMap<&str, u32> = (0_u32..).zip(providers.into_keys()).map(|(number, provider)| (provider, number)).collect();
    let found: Vec<(u32, &KnownAccount)> =
        (0_u32..).zip(accounts).filter_map(|(node, account)| known.get(account).map(|known| (node, known))).collect();
    let mut institutions = vec![None; accounts.len()];
    for (node, account) in &found {
        if let Some(slot) = institutions.get_mut(*node as usize) {
            *slot = account.provider.as_deref().and_then(|provider| providers.get(provider).copied());
        }
    }
    let licensed = found.iter().filter(|(_, account)| account.licensed).map(|(node, _)| *node);
    let hubs = found.iter().filter_map(|(node, account)| account.role.map(|role| (*node, role)));
    (Roles::licensed(licensed).with_roles(hubs).with_institutions(institutions), found.len())
}

/// The kinds that are searched in transfers.
#[must_use]
pub fn kinds() -> Vec<&'static str> {
    Kind::ALL.into_iter().filter(|kind| kind.in_transfers()).map(Kind::name).collect()
}

/// What is searched: these kinds (all when none is named), with parameters for those that take them. Says what is wrong.
pub(crate) fn settings(named: &[String], parameters: &BTreeMap<String, f64>) -> Result<Settings, String> {
    let kind = |name: &String| {
        let known = || format!("`{name}` is no kind of pattern searched in transfers: {}", kinds().join(", "));
        Kind::from_name(name).filter(|kind| kind.in_transfers()).ok_or_else(known)
    };
    let chosen: Vec<Kind> = if named.is_empty() {
        Kind::ALL.into_iter().filter(|kind| kind.in_transfers()).collect()
    } else {
        named.iter().map(kind).collect::<Result<_, _>>()?
    };
    let parameters: BTreeMap<String, Value> = parameters.iter().map(|(name, value)| (name.clone(), Value::Number(*value))).collect();
    Settings::of_kinds(&chosen, &parameters).map_err(|e| e.to_string())
}

/// Searches the transfers of a file for patterns of these kinds (all when none is named), with parameters for the kinds that take them. What is known of accounts says whom to
/// measure against their own usual number (licensed) and against their like (role), and which accounts are kept by different institutions (mirror pairs).
///
/// # Errors
/// The file cannot be read, or a kind or parameter is not known.
pub fn patterns(
    path: &Path,
    mapping: Option<&Mapping>,
    named: &[String],
    parameters: &BTreeMap<String, f64>,
    known: &KnownAccounts,
    now: Timestamp,
    go_on: &dyn Fn() -> bool,
) -> Result<FoundPatterns, EngineError> {
    let wrong = |problem: String| EngineError::Stage { stage: "patterns", problem };
    let mut settings = settings(named, parameters).map_err(wrong)?;
    let (mut columns, mut ids) = (TransferColumns::default(), Vec::new());
    let read = transfers::read(path, mapping, now, &mut |piece| {
        // What comes from or goes to the world outside is between no two accounts.
        let inside = |transfer: &&Transfer| transfer.from != OUTSIDE && transfer.to != OUTSIDE;
        for (id, transfer) in piece.ids.into_iter().zip(&piece.transfers).filter(|(_, transfer)| inside(transfer)) {
            let row = u32::try_from(ids.len()).map_err(|_| wrong("more than 2^32 transfers".to_owned()))?;
            let value = if transfer.amount == UNKNOWN { f64::NAN } else { transfer.amount as f64 / 100.0 };
            columns.push(transfer.from, transfer.to, transfer.time * 1_000_000, value, 0, row);
            ids.push(id);
        }
        Ok(if go_on() { Flow::Continue } else { Flow::Stop })
    })?;
    let nodes = u32::try_from(read.accounts.len()).map_err(|_| wrong("more than 2^32 accounts".to_owned()))?;
    let graph = TransferGraph::new(nodes, columns).map_err(|e| wrong(e.to_string()))?;
    let known = {
        let (roles, count) = roles(known, &read.accounts);
        settings.roles = roles;
        count
    };
    let found = search_all(&graph, &settings);
    let bounds = found.bounds_hit.iter().map(|bound| {
        let kind = settings.requests.get(bound.request as usize).map_or("", |request| request.kind.name());
        format!("{kind}: {} cut {} times", bound.bound.name(), bound.count)
    });
    let bounds = bounds.collect();
    let account = |node: u32| read.accounts.get(node as usize).cloned().unwrap_or_default();
    let transfer = |row: u32| ids.get(row as usize).cloned();
    let patterns = found.hits.iter().map(|hit| self::found(hit, &account, &transfer)).collect();
    Ok(FoundPatterns { patterns, read, known, bounds })
}

/// A hit under the names of its accounts and transfers.
pub(crate) fn found(hit: &PatternHit, account: &dyn Fn(u32) -> String, transfer: &dyn Fn(u32) -> Option<String>) -> FoundPattern {
    FoundPattern {
        kind: hit.kind.name(),
        center: hit.center.map(account),
        accounts: hit.accounts.iter().map(|node| account(*node)).collect(),
        transfers: hit.transfers.iter().filter_map(|row| transfer(*row)).collect(),
        from: Timestamp(hit.from),
        to: Timestamp(hit.to),
        value: hit.value,
        score: hit.score,
        p: hit.p,
        bounded: hit.bounded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_accounts_reaches_the_search() {
        let known = KnownAccounts::from([
            ("a".to_owned(), KnownAccount::new("north", "yes", "Broker").unwrap()),
            ("b".to_owned(), KnownAccount::new(" south ", "", "").unwrap()),
            ("elsewhere".to_owned(), KnownAccount::new("west", "no", "utility").unwrap()),
        ]);
        let (roles, count) = roles(&known, &["b".to_owned(), "nobody".to_owned(), "a".to_owned()]);
        assert_eq!(count, 2);
        assert_eq!([0, 1, 2].map(|node| roles.is_licensed(node)), [false, false, true]);
        assert_eq!([0, 1, 2].map(|node| roles.role(node)), [None, None, Some(HubRole::Broker)]);
        assert!(roles.institution(1).is_none() && roles.institution(0).is_some() && roles.institution(0) != roles.institution(2));
    }

    #[test]
    fn a_field_that_makes_no_sense_is_named() {
        assert!(KnownAccount::new("", "perhaps", "").unwrap_err().contains("`perhaps` in column `licensed`"));
        assert!(KnownAccount::new("", "", "bank").unwrap_err().contains("`bank` in column `role` is none of broker, exchange"));
    }
}
