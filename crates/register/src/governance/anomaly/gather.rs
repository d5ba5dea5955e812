//! What the report is made from: the register's own entries, each opened against its commitment, so that who edits the store's copy of what
//! was recorded shows instead of vanishing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tributary_access::Role;
use tributary_cases::{Find, Page, Reading, Record, Stored, Written};
use tributary_ledger::entry::{Entry, commitment};
use tributary_model::Timestamp;
use tributary_vault::unhex;

use super::judge::{Channel, Look, Office, Person};
use crate::case::{Case, CaseItem, CaseState, Disclosure, Marker, NamedSearch, Product};
use crate::people::account::Account;
use crate::victim::{IdentityRequest, Victim};
use crate::{Register, RegisterError};

/// Objects of one page.
const PAGE: u32 = 2_000;
/// Entries that are read at the most: a bound on memory, some 300 MB.
const ENTRIES_MAX: usize = 500_000;
/// Objects of one kind.
const OBJECTS_MAX: usize = 500_000;

/// What was found, and what could not be read.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) office: Office,
    /// Looks of whom nobody can tell the account: what they were about is purged or erased.
    pub(super) nobody: u64,
    /// Entries whose stored payload is not what was committed to.
    pub(super) altered: Vec<String>,
}

/// The look that a kind of entry is.
fn channel(kind: &str) -> Option<Channel> {
    Some(match kind {
        "case.searched_named" => Channel::NamedSearch,
        "alert.unmasked" => Channel::Unmasking,
        "vault.requested" => Channel::IdentityRequest,
        "vault.opened" => Channel::IdentityOpened,
        "marker.placed" => Channel::Marker,
        "party.read" | "party.listed" => Channel::PartyRead,
        "case.read" => Channel::CaseRead,
        "victim.read" => Channel::VictimRead,
        "break_glass.used" => Channel::BreakGlass,
        _ => return None,
    })
}

/// Kinds of entries that say that somebody worked on a case: entered, graded, decided, not only looked.
fn is_work(kind: &str) -> bool {
    const WORK: [&str; 7] = ["case.opened", "case.updated", "case.stage_moved", "case.reviewed", "case.closed", "party.added", "party.promoted"];
    const ROOMS: [&str; 8] = ["evidence.", "intelligence.", "task.", "charge.", "hearing.", "deadline.", "product.", "disclosure."];
    let looked = [".read", ".listed", ".stale_listed"];
    WORK.contains(&kind) || (ROOMS.iter().any(|room| kind.starts_with(room)) && !looked.iter().any(|end| kind.ends_with(end)))
}

/// What pseudonyms in entries stand for: digits to the object's id, and the accounts that may have acted.
struct Names<'a> {
    register: &'a Register,
    things: BTreeMap<(&'static str, String), String>,
    accounts: BTreeMap<String, Role>,
    actors: BTreeMap<(String, String), Option<String>>,
}

impl Names<'_> {
    fn add(&mut self, name: &'static str, ids: impl Iterator<Item = String>) {
        for id in ids {
            let digits = self.register.keys().pseudonym(&format!("{name}/"), &id).as_str().to_owned();
            self.things.insert((name, digits), id);
        }
    }

    fn thing(&self, name: &'static str, entry: &Entry) -> Option<String> {
        self.things.get(&(name, entry.reference(name)?.to_string())).cloned()
    }

    /// Who acted on a thing: the account whose pseudonym within it stands in the entry.
    fn actor(&mut self, entry: &Entry, thing: &str) -> Option<String> {
        let digits = entry.reference("actor")?.to_string();
        let key = (thing.to_owned(), digits.clone());
        if let Some(known) = self.actors.get(&key) {
            return known.clone();
        }
        let scope = format!("actor/{thing}");
        let role = entry.tag("role").unwrap_or_default();
        let candidates = self.accounts.iter().filter(|(_, of)| of.as_str() == role);
        let found = candidates.map(|(id, _)| id).find(|id| self.register.keys().pseudonym(&scope, id).as_str() == digits).cloned();
        self.actors.insert(key, found.clone());
        found
    }
}

/// Every object of a kind.
async fn all<T: Record>(reading: &mut Reading) -> Result<Vec<Stored<T>>, RegisterError> {
    let mut found: Vec<Stored<T>> = Vec::new();
    loop {
        let page = Page { after: found.last().map(|last| (last.made, last.id.clone())), limit: PAGE };
        let more = reading.list::<T>(Find::All, &page).await?;
        let ended = more.len() < PAGE as usize;
        found.extend(more);
        if ended {
            return Ok(found);
        }
        if found.len() >= OBJECTS_MAX {
            return Err(RegisterError::State(format!("more than {OBJECTS_MAX} objects of one kind; ask for a shorter period after a purge")));
        }
    }
}

/// Reads entries from a time on and before another, with what they were about.
pub(super) async fn gather(register: &Register, from: Timestamp, to: Timestamp) -> Result<Gathered, RegisterError> {
    let mut reading = register.store().read().await?;
    let accounts = all::<Account>(&mut reading).await?;
    let cases = all::<Case>(&mut reading).await?;
    let mut names = Names {
        register,
        things: BTreeMap::new(),
        accounts: accounts.iter().map(|account| (account.id.clone(), account.body.is.role)).collect(),
        actors: BTreeMap::new(),
    };
    names.add("case_file", cases.iter().map(|case| case.id.clone()));
    names.add("victim", all::<Victim>(&mut reading).await?.into_iter().map(|one| one.id));
    names.add("opening", all::<IdentityRequest>(&mut reading).await?.into_iter().map(|one| one.id));
    let mut gathered = Gathered::default();
    let mut read = 0;
    let mut last: Option<Written> = None;
    loop {
        let part = register.store().entries_between(from, to, last.as_ref(), PAGE).await?;
        read += part.len();
        if read > ENTRIES_MAX {
            return Err(RegisterError::State(format!("more than {ENTRIES_MAX} entries; ask for a shorter period")));
        }
        for written in &part {
            take(&mut reading, &mut names, written, &mut gathered).await?;
        }
        let Some(end) = part.into_iter().next_back() else { break };
        last = Some(end);
    }
    gathered.office.people = accounts.iter().map(person).collect();
    used(&mut reading, &cases, &mut gathered.office).await?;
    Ok(gathered)
}

fn person(account: &Stored<Account>) -> Person {
    let is = &account.body.is;
    Person { account: account.id.clone(), role: is.role, class: account.body.class, agency: is.agency.clone() }
}

/// What an entry was about, if its payload is still there and is what was committed to.
fn payload(written: &Written, entry: &Entry, altered: &mut Vec<String>) -> Value {
    let (Some(salt), Some(text)) = (&written.salt, &written.payload) else { return Value::Null };
    let salt = unhex(salt).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    if salt.is_none_or(|salt| commitment(&salt, text.as_bytes()) != *entry.commit()) {
        altered.push(written.id.clone());
        return Value::Null;
    }
    serde_json::from_str(text).unwrap_or(Value::Null)
}

fn text(payload: &Value, name: &str) -> Option<String> {
    payload.get(name).and_then(Value::as_str).map(ToOwned::to_owned)
}

async fn take(reading: &mut Reading, names: &mut Names<'_>, written: &Written, gathered: &mut Gathered) -> Result<(), RegisterError> {
    let Ok(entry) = Entry::decode(written.entry.as_bytes()) else {
        gathered.altered.push(written.id.clone());
        return Ok(());
    };
    let (channel, work) = (channel(entry.kind()), is_work(entry.kind()));
    if channel.is_none() && !work {
        return Ok(());
    }
    let said = payload(written, &entry, &mut gathered.altered);
    let case = names.thing("case_file", &entry).or_else(|| text(&said, "case"));
    let about = names.thing("victim", &entry).filter(|_| entry.kind() == "victim.read");
    let about = about.or_else(|| names.thing("opening", &entry)).or_else(|| text(&said, "id")).or_else(|| case.clone());
    let stated = text(&said, "account").or_else(|| text(&said, "by"));
    let account = stated.or_else(|| about.as_deref().and_then(|thing| names.actor(&entry, thing)));
    let Some(account) = account else {
        gathered.nobody += u64::from(channel.is_some());
        return Ok(());
    };
    if work {
        gathered.office.worked.extend(case.clone().map(|case| (account.clone(), case)));
    }
    let Some(channel) = channel else { return Ok(()) };
    let (sought, near) = match (channel, text(&said, "id")) {
        (Channel::NamedSearch, Some(id)) => reading.get::<NamedSearch>(&id).await?.map(|one| (Some(one.body.searched), one.body.near)),
        (Channel::Marker, Some(id)) => reading.get::<Marker>(&id).await?.map(|one| (one.body.marks.into_iter().next(), one.body.near)),
        _ => None,
    }
    .unwrap_or_default();
    gathered.office.looks.push(Look { at: written.at, account, channel, entry: written.id.clone(), case, sought, near });
    Ok(())
}

/// Which of the cases that were looked into are closed, and which of them left nothing.
async fn used(reading: &mut Reading, cases: &[Stored<Case>], office: &mut Office) -> Result<(), RegisterError> {
    let looked: BTreeSet<&str> = office.looks.iter().filter_map(|look| look.case.as_deref()).collect();
    let mut closed = BTreeSet::new();
    let mut unused = BTreeSet::new();
    for case in cases.iter().filter(|case| case.body.state == CaseState::Closed && looked.contains(case.id.as_str())) {
        closed.insert(case.id.clone());
        let one = Page::first(1);
        let products = !reading.list::<Product>(Find::Parent(&case.id), &one).await?.is_empty();
        let items = !reading.list::<CaseItem>(Find::Parent(&case.id), &one).await?.is_empty();
        let disclosed = !reading.list::<Disclosure>(Find::Parent(&case.id), &one).await?.is_empty();
        if !products && !items && !disclosed {
            unused.insert(case.id.clone());
        }
    }
    office.closed = closed;
    office.unused = unused;
    Ok(())
}
