//! Continuous screening: the parties of the latest run against the workspace's lists, whole or only where a list has changed.
//!
//! Each screening is a file of its own, written whole and never changed; the next one says what came, changed and went.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tributary_lake::Session;
use tributary_model::protection::Protected;
use tributary_model::{Date, ProtectedSet, SubjectType};
use tributary_resolve::PartyKind;
use tributary_screen::{Birth, Customers, Disposition, Hit, Kind, Outcome, Query, Routing, Screener, Settings, WatchList, Weights, delta};

use crate::columns::Columns;
use crate::error::EngineError;
use crate::lists::ListVersion;
use crate::prepare::{PartyRow, party_rows, register_enriched};
use crate::resolution::{Compared, Pair, PairKind};
use crate::workspace::{Workspace, write_whole};
use crate::{alerts, journal};

/// A party that is like an entry of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartyHit {
    /// The pair for people to judge.
    pub pair: Pair,
    /// The list.
    pub list: String,
    /// The entry.
    pub entry: String,
    /// The list's own reference.
    pub reference: String,
    /// Where it goes.
    pub disposition: Disposition,
    /// The evidence as a probability, below 1, for display only.
    pub probability: f64,
    /// Number of the screening that found it first.
    pub since: u64,
}

/// A list's version by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The list.
    pub list: String,
    /// Its version.
    pub version: String,
}

/// One screening of all parties.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Screening {
    /// Counted from 1.
    pub number: u64,
    /// The run whose parties were screened.
    pub run: String,
    /// The day of screening.
    pub as_of: Date,
    /// The versions screened against.
    pub lists: Vec<Held>,
    /// The versions whose names weigh the tokens: frozen between whole screenings, so that a changed list changes its own hits alone.
    pub weights: Vec<Held>,
    /// Was everybody screened against everything? Otherwise only against what had changed.
    pub whole: bool,
    /// Parties asked about.
    pub parties: u64,
    /// Of them under protection: whether they have hits is nowhere in here (SG-032).
    pub protected: u64,
    /// Parties of whom too little is known to say anything.
    pub thin: u64,
    /// Lists too old to be relied on that day (SG-017).
    pub stale: Vec<String>,
    /// Parties with a hit, hit by hit, the strongest evidence first.
    pub hits: Vec<PartyHit>,
    /// Pairs that were not hits in the screening before.
    pub opened: Vec<String>,
    /// Pairs of the screening before that are no hits any more, with the reason.
    pub withdrawn: Vec<Withdrawn>,
}

/// A hit that is no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// The pair's id.
    pub pair: String,
    /// The list.
    pub list: String,
    /// The entry.
    pub entry: String,
    /// Why: `entry_removed` from its list, or `no_longer_alike`.
    pub reason: String,
}

const ENTRY_REMOVED: &str = "entry_removed";

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.root().join("resolution").join("screenings")
}

/// The latest screening, if there is one.
///
/// # Errors
/// Its file cannot be read.
pub fn latest(workspace: &Workspace) -> Result<Option<Screening>, EngineError> {
    let entries = match std::fs::read_dir(folder(workspace)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(EngineError::io("read", &folder(workspace))(error)),
    };
    let paths = entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "json"));
    let Some(path) = paths.max() else { return Ok(None) };
    let bytes = std::fs::read(&path).map_err(EngineError::io("read", &path))?;
    serde_json::from_slice(&bytes).map(Some).map_err(|e| EngineError::Configuration { path, problem: e.to_string() })
}

/// The latest screening as it may be shown: without hits of those who have come under protection since.
///
/// # Errors
/// Its file or the run cannot be read.
pub fn latest_shown(workspace: &Workspace) -> Result<Option<Screening>, EngineError> {
    let under = protected(workspace)?;
    let mut found = latest(workspace)?;
    if let Some(screening) = &mut found {
        screening.hits.retain(|hit| under.reason(SubjectType::Party, &hit.pair.a).is_none());
        let shown: BTreeSet<&str> = screening.hits.iter().map(|hit| hit.pair.id.as_str()).collect();
        screening.opened.retain(|pair| shown.contains(pair.as_str()));
        // Of a hit that is gone only the pair is known, not whose it was.
        screening.withdrawn.retain(|gone| gone.reason == ENTRY_REMOVED);
    }
    Ok(found)
}

/// Something the run put under protection, as the run's folder keeps it.
#[derive(Serialize, Deserialize)]
pub(crate) struct KeptProtected {
    #[serde(rename = "type")]
    pub(crate) subject_type: SubjectType,
    pub(crate) id: String,
    pub(crate) reason: Protected,
}

/// Who is under protection in the latest run; nobody where there is none.
///
/// # Errors
/// What the run kept cannot be read.
pub(crate) fn protected(workspace: &Workspace) -> Result<ProtectedSet, EngineError> {
    let mut set = ProtectedSet::new();
    match alerts::latest(workspace) {
        Ok(run) => {
            for one in journal::read::<KeptProtected>(&run.join("protected.ndjson"))? {
                set.protect(one.subject_type, &one.id, one.reason);
            }
            Ok(set)
        }
        Err(EngineError::NoRun { .. }) => Ok(set),
        Err(error) => Err(error),
    }
}

/// The parties of a run as queries, by id, those under protection marked.
fn queries(workspace: &Workspace) -> Result<(String, Vec<Query>), EngineError> {
    let run = alerts::latest(workspace)?;
    let session = Session::new(&workspace.session_options(0))?;
    register_enriched(&session, &run.join("enriched"))?;
    let protected = protected(workspace)?;
    let mut all: BTreeMap<String, Query> = BTreeMap::new();
    let sql = "SELECT entity_id, kind, name, birth_date, document, phone, email, address, country, admin1 FROM parties WHERE entity_id IS NOT NULL ORDER BY entity_id, party_id, obs";
    for batch in session.query(sql)? {
        for PartyRow { record, admin1, .. } in party_rows(&batch, "entity_id")? {
            let query = all.entry(record.party_id.clone()).or_insert_with(|| Query { id: record.party_id, ..Query::default() });
            if query.kind == Kind::Unknown {
                query.kind = match record.kind {
                    PartyKind::Person => Kind::Person,
                    PartyKind::Organisation => Kind::Organisation,
                    PartyKind::Unknown => Kind::Unknown,
                };
            }
            query.names.extend(record.names);
            query.documents.extend(record.documents);
            query.phones.extend(record.phones);
            query.emails.extend(record.emails);
            query.places.extend(record.addresses.into_iter().chain(admin1));
            query.births.extend(record.birth_date.and_then(|day| Birth::parse(&day.to_string())));
        }
    }
    for batch in
        session.query("SELECT entity_id, account_id FROM accounts WHERE kind = 'wallet' AND entity_id IS NOT NULL ORDER BY entity_id, account_id")?
    {
        let columns = Columns::new("accounts", &batch);
        let (entity, account) = (columns.text("entity_id")?, columns.text("account_id")?);
        for row in 0..batch.num_rows() {
            if let (Some(query), Some(account)) = (entity.get(row).and_then(|entity| all.get_mut(entity)), account.get(row)) {
                query.wallets.push(account.to_owned());
            }
        }
    }
    let tidy = |mut query: Query| {
        for values in [&mut query.names, &mut query.places, &mut query.documents, &mut query.phones, &mut query.emails, &mut query.wallets] {
            let mut seen = BTreeSet::new();
            values.retain(|value| seen.insert(value.clone()));
        }
        query.births.sort_unstable();
        query.births.dedup();
        query.under(&protected)
    };
    Ok((alerts::latest_id(workspace)?, all.into_values().map(tidy).collect()))
}

/// Reads the versions in force.
fn in_force(workspace: &Workspace) -> Result<(Vec<ListVersion>, Vec<WatchList>), EngineError> {
    let versions = workspace.lists()?;
    if versions.is_empty() {
        return Err(EngineError::NoLists { path: workspace.root().to_path_buf() });
    }
    let lists = versions.iter().map(|version| workspace.watch_list(version)).collect::<Result<_, _>>()?;
    Ok((versions, lists))
}

/// A screener over the workspace's lists in force, and their versions: what a server asks.
///
/// # Errors
/// There are no lists, or one cannot be read.
pub fn screener(workspace: &Workspace, settings: Settings) -> Result<(Vec<ListVersion>, Screener), EngineError> {
    let (versions, lists) = in_force(workspace)?;
    Ok((versions, Screener::new(lists, settings)))
}

fn held(versions: &[ListVersion]) -> Vec<Held> {
    versions.iter().map(|one| Held { list: one.list.clone(), version: one.version.clone() }).collect()
}

/// Do the lists in force, or the latest run, differ from those of the latest screening? So it is, too, when a load was broken off before its screening.
/// Without a run there is nobody to screen.
///
/// # Errors
/// What was kept cannot be read.
pub fn is_due(workspace: &Workspace) -> Result<bool, EngineError> {
    let run = match alerts::latest_id(workspace) {
        Ok(run) => run,
        Err(EngineError::NoRun { .. }) => return Ok(false),
        Err(error) => return Err(error),
    };
    let versions = workspace.lists()?;
    Ok(!versions.is_empty() && latest(workspace)?.is_none_or(|last| last.run != run || last.lists != held(&versions)))
}

/// Held while a screening is made: two at once would take the same number.
fn lock(workspace: &Workspace) -> Result<std::fs::File, EngineError> {
    let folder = folder(workspace);
    std::fs::create_dir_all(&folder).map_err(EngineError::io("create", &folder))?;
    let path = folder.join("lock");
    let file = std::fs::OpenOptions::new().write(true).create(true).truncate(false).open(&path).map_err(EngineError::io("open", &path))?;
    file.lock().map_err(EngineError::io("lock", &path))?;
    Ok(file)
}

/// Screens every party of the latest run against every list in force, and keeps the result.
///
/// # Errors
/// There is no run, there are no lists, or something cannot be read or written.
pub fn screen_all(workspace: &Workspace, as_of: Date, settings: Settings) -> Result<Screening, EngineError> {
    let _lock = lock(workspace)?;
    whole(workspace, as_of, settings)
}

fn whole(workspace: &Workspace, as_of: Date, settings: Settings) -> Result<Screening, EngineError> {
    let (versions, screener) = screener(workspace, settings)?;
    let (run, queries) = queries(workspace)?;
    let outcomes = screener.screen_batch(&queries, as_of);
    let mut found = Screening { run, as_of, lists: held(&versions), weights: held(&versions), whole: true, ..Screening::default() };
    count(&mut found, &queries, &outcomes);
    found.stale = stale(&screener, as_of);
    found.hits = queries.iter().zip(&outcomes).flat_map(|(query, outcome)| outcome.hits.iter().map(|hit| party_hit(query, hit))).collect();
    keep(workspace, found, &screener)
}

/// Screens what changed since the latest screening: only parties that added and changed entries can reach, only against those, under the weights of
/// the last whole screening. Another run, an unknown earlier version, or no earlier screening make it a whole one.
///
/// # Errors
/// As [`screen_all`].
pub fn rescreen(workspace: &Workspace, as_of: Date, settings: Settings) -> Result<Screening, EngineError> {
    let _lock = lock(workspace)?;
    let Some(before) = latest(workspace)? else { return whole(workspace, as_of, settings) };
    let run = alerts::latest_id(workspace)?;
    let (versions, lists) = in_force(workspace)?;
    let all = workspace.list_versions()?;
    let kept = |held: &Held| all.iter().rev().find(|one| one.list == held.list && one.version == held.version);
    let old: Option<Vec<WatchList>> = before.lists.iter().map(|held| kept(held).and_then(|version| workspace.watch_list(version).ok())).collect();
    let weighing: Option<Vec<WatchList>> =
        before.weights.iter().map(|held| kept(held).and_then(|version| workspace.watch_list(version).ok())).collect();
    let (Some(old), Some(weighing), true) = (old, weighing, before.run == run) else { return whole(workspace, as_of, settings) };
    let screener = Screener::with_weights(lists, settings, Weights::of(&weighing, None));
    let (run, queries) = queries(workspace)?;
    let customers = Customers::new(queries, &screener);
    let mut found = Screening { run, as_of, lists: held(&versions), weights: before.weights.clone(), whole: false, ..Screening::default() };
    (found.parties, found.protected, found.thin) = (before.parties, before.protected, before.thin);
    found.stale = stale(&screener, as_of);
    let under = protected(workspace)?;
    found.hits = before.hits;
    found.hits.retain(|hit| under.reason(SubjectType::Party, &hit.pair.a).is_none());
    found.hits.retain(|hit| screener.lists().iter().any(|list| list.name == hit.list));
    for new in screener.lists() {
        let empty = WatchList::default();
        let difference = delta(old.iter().find(|list| list.name == new.name).unwrap_or(&empty), new);
        let touched: BTreeSet<&str> = difference.to_screen().chain(difference.removed.iter().map(String::as_str)).collect();
        found.hits.retain(|hit| hit.list != new.name || !touched.contains(hit.entry.as_str()));
        for one in customers.rescreen(&screener, new, &difference, as_of) {
            let Some(query) = customers.queries().get(one.customer) else { continue };
            found.hits.extend(one.outcome.hits.iter().map(|hit| party_hit(query, hit)));
        }
    }
    keep(workspace, found, &screener)
}

fn count(found: &mut Screening, queries: &[Query], outcomes: &[Outcome]) {
    use tributary_screen::Abstention;
    found.parties = queries.len() as u64;
    found.protected = outcomes.iter().filter(|outcome| outcome.routing == Routing::ProtectionFirst).count() as u64;
    let thin = |outcome: &&Outcome| outcome.abstained.iter().any(|one| matches!(one, Abstention::ThinQuery { .. } | Abstention::EmptyQuery));
    found.thin = outcomes.iter().filter(thin).count() as u64;
}

fn stale(screener: &Screener, as_of: Date) -> Vec<String> {
    let most = screener.settings().list_age_days_max;
    screener.lists().iter().filter(|list| !(0..=most).contains(&list.age_days(as_of))).map(|list| list.name.clone()).collect()
}

fn party_hit(query: &Query, hit: &Hit) -> PartyHit {
    let name = Compared { field: "name".to_owned(), a: hit.name.query.clone(), b: hit.name.listed.clone(), log_odds: hit.name.log_odds };
    let others = hit.reasons.iter().filter(|reason| reason.field != "name").map(|reason| Compared {
        field: reason.field.to_owned(),
        a: reason.query.clone(),
        b: reason.listed.clone(),
        log_odds: reason.log_odds,
    });
    let compared: Vec<Compared> = std::iter::once(name).filter(|one| !one.a.is_empty()).chain(others).collect();
    let strong = hit.disposition == Disposition::StrongMatch;
    PartyHit {
        pair: Pair::new(PairKind::Listed, &query.id, &format!("{}/{}", hit.list, hit.entry), hit.log_odds, strong, compared),
        list: hit.list.clone(),
        entry: hit.entry.clone(),
        reference: hit.reference.clone(),
        disposition: hit.disposition,
        probability: hit.probability,
        since: 0,
    }
}

/// Puts a screening after the latest one: numbers it, says what came and went, and writes it whole.
fn keep(workspace: &Workspace, mut found: Screening, screener: &Screener) -> Result<Screening, EngineError> {
    let before = latest(workspace)?.unwrap_or_default();
    found.number = before.number + 1;
    found.hits.sort_by(|x, y| y.pair.log_odds.total_cmp(&x.pair.log_odds).then_with(|| x.pair.id.cmp(&y.pair.id)));
    let known: BTreeMap<&str, u64> = before.hits.iter().map(|hit| (hit.pair.id.as_str(), hit.since)).collect();
    for hit in &mut found.hits {
        hit.since = known.get(hit.pair.id.as_str()).copied().unwrap_or(found.number);
        if hit.since == found.number {
            found.opened.push(hit.pair.id.clone());
        }
    }
    let now: BTreeSet<&str> = found.hits.iter().map(|hit| hit.pair.id.as_str()).collect();
    // A hit of somebody who has come under protection since is said nothing of: that it was withdrawn would tell both.
    let under = protected(workspace)?;
    let free = |hit: &&PartyHit| under.reason(SubjectType::Party, &hit.pair.a).is_none();
    for hit in before.hits.iter().filter(|hit| !now.contains(hit.pair.id.as_str())).filter(free) {
        let listed = screener.lists().iter().any(|list| list.name == hit.list && list.entry(&hit.entry).is_some());
        let reason = if listed { "no_longer_alike" } else { ENTRY_REMOVED }.to_owned();
        found.withdrawn.push(Withdrawn { pair: hit.pair.id.clone(), list: hit.list.clone(), entry: hit.entry.clone(), reason });
    }
    let folder = folder(workspace);
    std::fs::create_dir_all(&folder).map_err(EngineError::io("create", &folder))?;
    let bytes = serde_json::to_vec_pretty(&found).map_err(|e| EngineError::Stage { stage: "screening", problem: e.to_string() })?;
    write_whole(&folder.join(format!("{:08}.json", found.number)), &bytes)?;
    Ok(found)
}
