//! The files of a corpus: tables of the contract, and the truth apart from them.

use super::stage::Account;
use super::{AdvertKind, Corpus, CorpusPost};
use crate::draw::scramble;
use crate::places::{PLACES, at};
use crate::render;
use crate::write::{Sheet, WriteError};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use tributary_model::{Table, table::Column};

/// What a corpus holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CorpusSummary {
    /// Posts in all.
    pub posts: u64,
    /// Accounts that exist.
    pub accounts: u64,
    /// Templates by who made them.
    pub groups: BTreeMap<&'static str, u64>,
    /// Posts by language.
    pub languages: BTreeMap<&'static str, u64>,
    /// Templates that say in another language what a first one says.
    pub translations: u64,
}

/// A sheet with the columns of a table and more.
fn sheet(folder: &Path, table: Table, more: &[&str]) -> Result<Sheet, WriteError> {
    let header: Vec<&str> = table.columns().iter().map(|Column { name, .. }| *name).chain(more.iter().copied()).collect();
    Sheet::create(folder, table.name(), &header)
}

fn account_id(corpus: &Corpus, account: usize) -> String {
    format!("A{:09}", scramble(account as u32, corpus.seed ^ 21))
}

fn party_id(corpus: &Corpus, party: usize) -> String {
    format!("P{:09}", scramble(party as u32, corpus.seed ^ 22))
}

fn post_id(post: &CorpusPost) -> String {
    format!("AD{:09}", post.number)
}

/// Writes all files.
pub(super) fn tables(corpus: &Corpus, folder: &Path, truth: &Path) -> Result<CorpusSummary, WriteError> {
    let mut places = sheet(folder, Table::Places, &[])?;
    for place in PLACES {
        places.row(&[place.id, place.country, place.admin1, &place.lat.to_string(), &place.lon.to_string(), place.kind])?;
    }
    places.finish()?;
    parties(corpus, folder)?;
    accounts(corpus, folder)?;
    posts(corpus, folder)?;
    let mut adverts = Sheet::create(truth, "adverts", &["post_id", "group", "kind", "translation_of"])?;
    let number = |group: Option<u32>| group.map_or_else(String::new, |g| g.to_string());
    for post in &corpus.posts {
        adverts.row(&[&post_id(post), &number(post.group), post.kind.name(), &number(post.translation_of)])?;
    }
    adverts.finish()?;
    Ok(summary(corpus))
}

fn parties(corpus: &Corpus, folder: &Path) -> Result<(), WriteError> {
    let mut order: Vec<usize> = (0..corpus.parties.len()).collect();
    order.sort_unstable_by_key(|no| scramble(*no as u32, corpus.seed ^ 22));
    let mut parties = sheet(folder, Table::Parties, &[])?;
    for no in order {
        let party = &corpus.parties[no];
        let (kind, here) = (if party.organisation { "organisation" } else { "person" }, at(party.place));
        let document = if party.licence == 0 { String::new() } else { format!("licence:{:010}", party.licence) };
        let phone = if party.phone == 0 { String::new() } else { format!("+{}", party.phone) };
        parties.row(&[&party_id(corpus, no), kind, &party.name, "", "", "", &document, &phone, "", "", here.country, here.admin1])?;
    }
    parties.finish()
}

fn accounts(corpus: &Corpus, folder: &Path) -> Result<(), WriteError> {
    let mut order: Vec<usize> = (0..corpus.accounts.len()).collect();
    order.sort_unstable_by_key(|no| scramble(*no as u32, corpus.seed ^ 21));
    let mut accounts = sheet(folder, Table::Accounts, &["closed_at"])?;
    let mut sightings = sheet(folder, Table::Sightings, &[])?;
    for no in order {
        let account = &corpus.accounts[no];
        let Account { provider, holder, place, opened, closed, devices } = account;
        let (id, here) = (account_id(corpus, no), at(*place));
        let holder = holder.map_or_else(String::new, |party| party_id(corpus, party));
        let midnight = |day: i32| render::time(i64::from(day) * 86_400);
        accounts.row(&[
            &id,
            "platform",
            provider,
            &holder,
            here.country,
            here.admin1,
            &midnight(*opened),
            &closed.map_or_else(String::new, midnight),
        ])?;
        for device in devices {
            let seen = midnight((*opened).max(0));
            sightings.row(&[&seen, &id, "device", &format!("dev-{device:012x}")])?;
        }
    }
    sightings.finish()?;
    accounts.finish()
}

fn posts(corpus: &Corpus, folder: &Path) -> Result<(), WriteError> {
    let more = ["occupation", "destination", "wage", "wage_currency", "fee", "fee_currency", "terms"];
    let mut sheet = sheet(folder, Table::Posts, &more)?;
    for post in &corpus.posts {
        let sum = |sum: Option<(u64, &'static str)>| sum.map_or_else(Default::default, |(amount, code)| (amount.to_string(), code));
        let terms = post.terms.clone().unwrap_or_default();
        let ((wage, wage_code), (fee, fee_code)): ((String, &str), (String, &str)) = (sum(terms.wage), sum(terms.fee));
        sheet.row(&[
            &post_id(post),
            &render::time(post.at),
            &account_id(corpus, post.account),
            corpus.accounts[post.account].provider,
            post.offer,
            post.language.tag(),
            at(post.place).id,
            &post.text,
            &post.contacts.join("|"),
            &terms.occupation,
            &terms.destination,
            &wage,
            wage_code,
            &fee,
            fee_code,
            terms.permit.unwrap_or(""),
        ])?;
    }
    sheet.finish()
}

fn summary(corpus: &Corpus) -> CorpusSummary {
    let mut groups: BTreeMap<u32, (AdvertKind, bool)> = BTreeMap::new();
    let mut summary = CorpusSummary { posts: corpus.posts.len() as u64, accounts: corpus.accounts.len() as u64, ..CorpusSummary::default() };
    for post in &corpus.posts {
        *summary.languages.entry(post.language.tag()).or_default() += 1;
        if let Some(group) = post.group {
            groups.insert(group, (post.kind, post.translation_of.is_some()));
        }
    }
    for (kind, translated) in groups.values() {
        *summary.groups.entry(kind.name()).or_default() += 1;
        summary.translations += u64::from(*translated);
    }
    summary
}
