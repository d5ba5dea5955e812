//! Who is asked about, and what comes back.

use serde::{Deserialize, Serialize};
use tributary_model::{Protected, ProtectedSet, SubjectType};

use crate::birth::{Birth, BirthLevel};
use crate::entry::{Kind, Quality};

/// Most names of a query that are read.
pub const QUERY_NAMES_MAX: usize = 32;

/// Who is asked about. No field holds a protected trait but nationalities, which can only agree.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Query {
    /// The caller's own id; `party_id` where the workspace has one.
    pub id: String,
    /// Person, organisation, craft or unknown.
    pub kind: Kind,
    /// All names known, at most [`QUERY_NAMES_MAX`].
    pub names: Vec<String>,
    /// Dates of birth.
    pub births: Vec<Birth>,
    /// Places of birth or address.
    pub places: Vec<String>,
    /// ISO 3166-1 codes or country names: they can agree, never disagree, and never count alone.
    pub nationalities: Vec<String>,
    /// Documents as `kind:number`.
    pub documents: Vec<String>,
    /// Wallet addresses.
    pub wallets: Vec<String>,
    /// Phone numbers.
    pub phones: Vec<String>,
    /// Mail addresses.
    pub emails: Vec<String>,
    /// Why the person is under protection, where any record says so.
    #[serde(skip)]
    pub protected: Option<Protected>,
}

impl Query {
    /// A query for one name.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        Self { names: vec![name.to_owned()], ..Self::default() }
    }

    /// Notes whether the party under `id` is protected.
    #[must_use]
    pub fn under(mut self, protected: &ProtectedSet) -> Self {
        self.protected = self.protected.or_else(|| protected.reason(SubjectType::Party, &self.id));
        self
    }

    /// Treats the person as a possible victim.
    #[must_use]
    pub const fn possible_victim(mut self) -> Self {
        self.protected = Some(Protected::Victim);
        self
    }
}

/// Where a hit goes. None of them is a decision about anybody (SG-002, SG-003).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// A hard identifier agrees: first in the queue, still for people to decide.
    StrongMatch,
    /// Names and what goes with them agree: for people who resolve identities.
    ResolutionQueue,
    /// What was compared is no ground for anything: the outcome's abstentions say why.
    Abstain,
}

/// Why a screening, or the part of it over one list, says nothing.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum Abstention {
    /// The list is older than the settings allow (SG-017).
    StaleList {
        /// The list.
        list: String,
        /// Its age.
        age_days: i32,
        /// The limit.
        age_days_max: i32,
    },
    /// The list is dated after the day of screening: the clock or the list is wrong.
    FutureList {
        /// The list.
        list: String,
        /// Days after the day of screening.
        days: i32,
    },
    /// The name says too little to tell anybody by: one common token, or none.
    ThinQuery {
        /// What the name could say at most, in nats.
        weight: f64,
        /// What is asked for.
        weight_min: f64,
    },
    /// Nothing was given to compare.
    EmptyQuery,
}

/// What one field said.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    /// The field: `name`, `birth`, `place`, `nationality`, `document`, `wallet`, `phone`, `email`.
    pub field: &'static str,
    /// What it says for one identity, in nats; negative against.
    pub log_odds: f64,
    /// The value asked about.
    pub query: String,
    /// The value on the list.
    pub listed: String,
    /// How they stand to each other, in plain words.
    pub note: String,
}

/// One pair of name tokens that agree.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TokenMatch {
    /// Tokens asked about.
    pub query: String,
    /// Tokens on the list.
    pub listed: String,
    /// What the agreement says, in nats.
    pub log_odds: f64,
    /// Spelled alike (after folding)?
    pub same: bool,
}

/// How the best pair of names agrees.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NameReason {
    /// The name asked about.
    pub query: String,
    /// The name on the list.
    pub listed: String,
    /// How well the list vouches for it.
    pub quality: Option<Quality>,
    /// Evidence after any discount, in nats.
    pub log_odds: f64,
    /// Share of the names that agrees, 0..=1.
    pub similarity: f64,
    /// Tokens that agree.
    pub matched: Vec<TokenMatch>,
    /// Tokens asked about that agree with nothing.
    pub only_query: Vec<String>,
    /// Listed tokens that agree with nothing.
    pub only_listed: Vec<String>,
}

/// A listed entry that may be who is asked about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hit {
    /// The list.
    pub list: String,
    /// The day the list is dated.
    pub list_dated: tributary_model::Date,
    /// The entry's id in its list.
    pub entry: String,
    /// The list's own reference.
    pub reference: String,
    /// Programmes, as opaque labels.
    pub programmes: Vec<String>,
    /// Evidence for one identity, in nats; unbounded, the order of hits.
    pub log_odds: f64,
    /// The same as a probability, below 1, for display only.
    pub probability: f64,
    /// Where it goes.
    pub disposition: Disposition,
    /// How the names agree.
    pub name: NameReason,
    /// What the other fields say, those that disagree among them.
    pub reasons: Vec<Reason>,
    /// Fields asked about or listed that the other side lacks.
    pub missing: Vec<&'static str>,
}

impl Hit {
    /// How the dates of birth stood to each other, where both sides have one.
    #[must_use]
    pub fn birth(&self) -> Option<&Reason> {
        self.reasons.iter().find(|reason| reason.field == "birth")
    }
}

/// Who sees an outcome first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Routing {
    /// The ordinary queue.
    Ordinary,
    /// The desk that protects possible victims; nobody else sees whether there was a hit (SG-031, SG-032).
    ProtectionFirst,
}

/// What a query gave.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// The query's id.
    pub id: String,
    /// Who sees it first.
    pub routing: Routing,
    /// Hits, strongest evidence first; always empty under protection.
    pub hits: Vec<Hit>,
    /// Why the screening, or a part of it, says nothing. No hit with an abstention is no clearance.
    pub abstained: Vec<Abstention>,
    /// More candidates were left out than the settings allow: the hits are the likeliest, not all.
    pub bounded: bool,
    #[serde(skip)]
    pub(crate) sealed: Vec<Hit>,
}

/// Leave to see what is sealed: who sees it and why, for the log of disclosures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtectionGrant {
    who: String,
    why: String,
}

impl ProtectionGrant {
    /// Leave for a named person with a stated reason; None without either. Whether that person may have it is the caller's to check and to log.
    #[must_use]
    pub fn new(who: &str, why: &str) -> Option<Self> {
        let given = !who.trim().is_empty() && !why.trim().is_empty();
        given.then(|| Self { who: who.trim().to_owned(), why: why.trim().to_owned() })
    }

    /// Who sees it.
    #[must_use]
    pub fn who(&self) -> &str {
        &self.who
    }

    /// Why.
    #[must_use]
    pub fn why(&self) -> &str {
        &self.why
    }
}

impl Outcome {
    /// The hits of somebody under protection, for the protection desk alone.
    #[must_use]
    pub fn unseal(&self, _grant: &ProtectionGrant) -> &[Hit] {
        &self.sealed
    }
}

/// A level of agreement in words.
pub(crate) const fn birth_words(level: BirthLevel) -> &'static str {
    match level {
        BirthLevel::Day => "the same day",
        BirthLevel::Swapped => "the same with day and month exchanged",
        BirthLevel::YearDigit => "the same day and month, the year one digit apart",
        BirthLevel::Year => "the same year",
        BirthLevel::Span => "within the span given",
        BirthLevel::NextYear => "one year apart, where only the year is known",
        BirthLevel::OtherDay => "the same year, another day",
        BirthLevel::Near => "up to five years apart",
        BirthLevel::Far => "more than five years apart",
    }
}
