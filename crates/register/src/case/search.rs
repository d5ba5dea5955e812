//! Searching for a named person: within a case, for a purpose, on a legal basis, among what the searcher may see; each search is recorded with
//! a keyed hash of what was searched, so that browsing shows (SG-083).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, Purpose};
use tributary_cases::{Find, Notes, Page, Record};
use tributary_model::Timestamp;

use super::normal::normalised_name;
use super::parts::{Part as _, open_case, stated_basis, trace};
use super::party::name_key;
use super::{Case, CaseState, Party, PartyRole};
use crate::acting::Caller;
use crate::people::agency::checked_text;
use crate::{Register, RegisterError};

/// How many named searches one account may make in a day.
const SEARCHES_MAX: usize = 100;
/// How many parties of one name are looked at.
const FOUND_MAX: u32 = 500;

/// What a search takes. Case and legal basis are those that are stated with the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NameSearch {
    /// The name.
    pub name: String,
    /// Why this person is searched for, in this case.
    pub reason: String,
}

/// The record of a search. What was searched for stands in it as a keyed hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedSearch {
    /// Who searched.
    pub account: String,
    /// For which agency.
    pub agency: String,
    /// In which case.
    pub case: String,
    /// What for.
    pub purpose: Purpose,
    /// On what legal basis.
    pub legal_basis: String,
    /// Why.
    pub reason: String,
    /// Keyed hash of the normalised name: the same name has the same one.
    pub searched: String,
    /// Keyed hashes that it shares with names that differ in one word: so that going through them shows (SG-083).
    #[serde(default)]
    pub near: Vec<String>,
    /// How many parties were shown.
    pub hits: u32,
    /// When.
    pub at: Timestamp,
}

impl Record for NamedSearch {
    const KIND: &'static str = "named_search";

    fn parent(&self) -> &str {
        &self.case
    }

    fn agency(&self) -> &str {
        &self.agency
    }

    fn state(&self) -> &str {
        if self.hits == 0 { "empty" } else { "found" }
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        vec![("account", self.account.clone()), ("searched", self.searched.clone()), ("day", format!("{}/{}", self.account, self.at.date()))]
    }
}

/// A party of that name which the searcher may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Hit {
    /// The case it is in.
    pub case: String,
    /// The party.
    pub party: String,
    /// Its pseudonym there.
    pub label: String,
    /// What it does there.
    pub role: PartyRole,
}

impl Register {
    /// Searches for a named person among the parties that the caller may see. Every search is recorded, found or not.
    ///
    /// # Errors
    /// [`RegisterError`]; [`RegisterError::Invalid`] without a stated case or reason; [`RegisterError::State`] after too many in one day.
    pub async fn search_named(&self, caller: &Caller, search: NameSearch, at: Timestamp) -> Result<Vec<Hit>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let case = caller.case.clone().ok_or_else(|| RegisterError::invalid("case", "a search for a person stands in a case: state it"))?;
        open_case(&mut acting, &case, Action::CaseSearchNamed).await?;
        let reason = checked_text("reason", &search.reason, 500)?;
        let name = checked_text("name", &search.name, 200)?;
        let searched = name_key(self, &name).ok_or_else(|| RegisterError::invalid("name", "a name with a letter in it"))?;
        let near = near_names(self, &name);
        let (who, agency) = (acting.who().to_owned(), acting.caller().principal.agency.clone());
        let day = format!("{who}/{}", at.date());
        let today = acting.tx()?.list::<NamedSearch>(Find::Key("day", &day), &Page::first(FOUND_MAX)).await?.len();
        if today >= SEARCHES_MAX {
            let note = acting.note_on("search.refused", "case_file", &case).tag("why", "too-many");
            acting.done(Notes::one(note)).await?;
            return Err(RegisterError::State(format!("{SEARCHES_MAX} named searches a day; this is recorded")));
        }
        let mut hits = Vec::new();
        for party in acting.tx()?.list::<Party>(Find::Key("name", &searched), &Page::first(FOUND_MAX)).await? {
            let Some(file) = acting.tx()?.get::<Case>(&party.body.placed.case).await? else { continue };
            // A search goes over many cases: broken glass opens none of them here.
            acting.within("");
            let seen = acting.may(Action::PartyRead, &party.body.resource(&file.body, &party.id));
            if seen && file.body.state != CaseState::Suspended {
                hits.push(Hit { case: file.id, party: party.id, label: party.body.label, role: party.body.role });
            }
        }
        let count = u32::try_from(hits.len()).unwrap_or(u32::MAX);
        let legal_basis = stated_basis(&acting)?;
        let purpose = acting.caller().purpose;
        let made = NamedSearch { account: who, agency, case: case.clone(), purpose, legal_basis, reason, searched, near, hits: count, at };
        let id = acting.tx()?.new_id();
        let made = acting.tx()?.add(&id, made).await?;
        let found = if count == 0 { "nothing" } else { "something" };
        let note = trace(self, &acting, "case.searched_named", &case, &made).tag("found", found);
        acting.done(Notes::one(note)).await?;
        Ok(hits)
    }
}

/// Keyed hashes of a name without one of its words, of six words at most; none for a single word.
fn near_names(register: &Register, name: &str) -> Vec<String> {
    let Some(name) = normalised_name(name) else { return Vec::new() };
    let words: Vec<&str> = name.split(' ').take(6).collect();
    if words.len() < 2 {
        return Vec::new();
    }
    let without = |left_out: usize| {
        let rest: Vec<&str> = words.iter().enumerate().filter(|(i, _)| *i != left_out).map(|(_, word)| *word).collect();
        register.keys().pseudonym("near/name", &rest.join(" ")).as_str().to_owned()
    };
    (0..words.len()).map(without).collect()
}
