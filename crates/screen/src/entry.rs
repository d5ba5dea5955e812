//! What a watch list says of one listed person, organisation or thing.
//!
//! No field holds a protected trait but `nationalities`, which is evidence of agreement where the list gives it, never of
//! disagreement and never alone (SG-004).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::birth::Birth;

/// What is listed, or asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A natural person.
    Person,
    /// A firm, group, body.
    Organisation,
    /// A ship or an aircraft.
    Craft,
    /// Not said: compared with every kind.
    #[default]
    Unknown,
}

impl Kind {
    /// The kind of that word, nothing being unknown; `None` for any other word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "person" => Some(Self::Person),
            "organisation" => Some(Self::Organisation),
            "craft" => Some(Self::Craft),
            "" | "unknown" => Some(Self::Unknown),
            _ => None,
        }
    }

    /// May the two be one thing?
    #[must_use]
    pub fn meets(self, other: Self) -> bool {
        self == Self::Unknown || other == Self::Unknown || self == other
    }
}

/// How well the list vouches for a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// The name the entry stands under, in Latin or in its own script.
    Primary,
    /// A name the list vouches for: UN "Good", OFAC alias, a former name.
    Strong,
    /// A broad or common alias: UN "Low", OFAC weak a.k.a. It weighs less and makes no hit by itself.
    Weak,
}

/// One name of an entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ListName {
    /// As the list writes it.
    pub text: String,
    /// How well the list vouches for it.
    pub quality: Quality,
}

/// One entry of a list. Lists of values are sorted and hold each once after [`ListEntry::tidy`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ListEntry {
    /// Identifier within its list, stable between its versions.
    pub id: String,
    /// What is listed.
    pub kind: Kind,
    /// Its names, at most [`NAMES_MAX`].
    pub names: Vec<ListName>,
    /// Dates of birth, or of a firm's founding.
    #[serde(default)]
    pub births: Vec<Birth>,
    /// Places of birth and of address, as written.
    #[serde(default)]
    pub places: Vec<String>,
    /// ISO 3166-1 codes, or names where there is no code. Evidence of agreement only.
    #[serde(default)]
    pub nationalities: Vec<String>,
    /// Documents as `kind:number`.
    #[serde(default)]
    pub documents: Vec<String>,
    /// Wallet addresses.
    #[serde(default)]
    pub wallets: Vec<String>,
    /// Phone numbers.
    #[serde(default)]
    pub phones: Vec<String>,
    /// Mail addresses.
    #[serde(default)]
    pub emails: Vec<String>,
    /// The list's own reference.
    #[serde(default)]
    pub reference: String,
    /// Programmes or regimes, as opaque labels.
    #[serde(default)]
    pub programmes: Vec<String>,
}

/// Most names of an entry that are read.
pub const NAMES_MAX: usize = 256;
/// Most values of any other field of an entry that are read.
pub const VALUES_MAX: usize = 128;
/// Longest value read, in characters.
pub const VALUE_LENGTH_MAX: usize = 1_024;

impl ListEntry {
    /// Adds a name unless it is empty, there already, or beyond the bound. A name vouched for twice keeps the better quality.
    pub fn name(&mut self, text: &str, quality: Quality) {
        let text = plain(text);
        if let Some(known) = self.names.iter_mut().find(|known| known.text == text) {
            known.quality = known.quality.min(quality);
        } else if !text.is_empty() && self.names.len() < NAMES_MAX {
            self.names.push(ListName { text, quality });
        }
    }

    /// Takes in what another entry of the same id says. Nothing that either says is lost, but for a second kind or reference.
    fn absorb(&mut self, other: Self) {
        if self.kind == Kind::Unknown {
            self.kind = other.kind;
        }
        if self.reference.is_empty() {
            self.reference = other.reference;
        }
        other.names.iter().for_each(|name| self.name(&name.text, name.quality));
        self.births.extend(other.births);
        for (own, more) in [
            (&mut self.places, other.places),
            (&mut self.nationalities, other.nationalities),
            (&mut self.documents, other.documents),
            (&mut self.wallets, other.wallets),
            (&mut self.phones, other.phones),
            (&mut self.emails, other.emails),
            (&mut self.programmes, other.programmes),
        ] {
            own.extend(more);
        }
    }

    /// Brings every list of values to one order and bound, so that equal entries compare equal.
    pub fn tidy(&mut self) {
        self.names.sort_by(|a, b| (a.quality, &a.text).cmp(&(b.quality, &b.text)));
        self.births.sort_unstable();
        self.births.dedup();
        self.births.truncate(VALUES_MAX);
        for values in [
            &mut self.places,
            &mut self.nationalities,
            &mut self.documents,
            &mut self.wallets,
            &mut self.phones,
            &mut self.emails,
            &mut self.programmes,
        ] {
            values.iter_mut().for_each(|value| *value = plain(value));
            values.retain(|value| !value.is_empty());
            values.sort_unstable();
            values.dedup();
            values.truncate(VALUES_MAX);
        }
    }

    /// The names of the fields in which two versions of an entry differ.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        let pairs: [(&'static str, bool); 11] = [
            ("kind", self.kind != other.kind),
            ("names", self.names != other.names),
            ("births", self.births != other.births),
            ("places", self.places != other.places),
            ("nationalities", self.nationalities != other.nationalities),
            ("documents", self.documents != other.documents),
            ("wallets", self.wallets != other.wallets),
            ("phones", self.phones != other.phones),
            ("emails", self.emails != other.emails),
            ("reference", self.reference != other.reference),
            ("programmes", self.programmes != other.programmes),
        ];
        pairs.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
    }
}

/// White space folded, NUL removed, bounded.
fn plain(text: &str) -> String {
    let bounded: String = text.chars().filter(|c| *c != '\0').take(VALUE_LENGTH_MAX).collect();
    bounded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A watch list as loaded at one time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WatchList {
    /// Its name, such as `un` or `ofac`.
    pub name: String,
    /// The day its publisher dates it, where it says so.
    pub published: Option<tributary_model::Date>,
    /// The day it was loaded.
    pub loaded: tributary_model::Date,
    /// Its entries in order of their ids, each id once.
    pub entries: Vec<ListEntry>,
}

/// An entry that is in both versions of a list and differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// The entry's identifier.
    pub id: String,
    /// The names of the fields that differ.
    pub fields: Vec<&'static str>,
}

/// What changed between two versions of a list, in order of ids.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Delta {
    /// Ids that are new.
    pub added: Vec<String>,
    /// Ids in both, with what differs.
    pub changed: Vec<Change>,
    /// Ids that are gone.
    pub removed: Vec<String>,
}

impl Delta {
    /// Is there nothing in it?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }

    /// The ids whose hits can be other than before: added and changed.
    pub fn to_screen(&self) -> impl Iterator<Item = &str> {
        self.added.iter().map(String::as_str).chain(self.changed.iter().map(|change| change.id.as_str()))
    }
}

impl WatchList {
    /// A list of entries: tidied, in order of their ids. Entries with one id are one: their names and values are taken together. How many
    /// there were besides.
    #[must_use]
    pub fn new(name: &str, published: Option<tributary_model::Date>, loaded: tributary_model::Date, entries: Vec<ListEntry>) -> (Self, usize) {
        let given = entries.len();
        let mut by_id: BTreeMap<String, ListEntry> = BTreeMap::new();
        for entry in entries {
            match by_id.get_mut(&entry.id) {
                Some(known) => known.absorb(entry),
                None => {
                    by_id.insert(entry.id.clone(), entry);
                }
            }
        }
        by_id.values_mut().for_each(ListEntry::tidy);
        let twice = given - by_id.len();
        (Self { name: name.to_owned(), published, loaded, entries: by_id.into_values().collect() }, twice)
    }

    /// The day that its age counts from: published, else loaded.
    #[must_use]
    pub fn dated(&self) -> tributary_model::Date {
        self.published.unwrap_or(self.loaded)
    }

    /// Its age in days on a day; negative when it is dated later.
    #[must_use]
    pub fn age_days(&self, as_of: tributary_model::Date) -> i32 {
        as_of.0.saturating_sub(self.dated().0)
    }

    /// The entry with this id.
    #[must_use]
    pub fn entry(&self, id: &str) -> Option<&ListEntry> {
        self.entries.binary_search_by(|entry| entry.id.as_str().cmp(id)).ok().and_then(|at| self.entries.get(at))
    }
}

/// What changed from `old` to `new`.
#[must_use]
pub fn delta(old: &WatchList, new: &WatchList) -> Delta {
    let mut delta = Delta::default();
    for entry in &new.entries {
        match old.entry(&entry.id) {
            None => delta.added.push(entry.id.clone()),
            Some(before) => {
                let fields = before.differences(entry);
                if !fields.is_empty() {
                    delta.changed.push(Change { id: entry.id.clone(), fields });
                }
            }
        }
    }
    delta.removed = old.entries.iter().filter(|entry| new.entry(&entry.id).is_none()).map(|entry| entry.id.clone()).collect();
    delta
}
