//! Names given to addresses from outside: who an exchange's hot wallet belongs to.

use std::collections::{BTreeMap, BTreeSet};

/// Who an address is said to belong to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag {
    /// The entity's name.
    pub entity: String,
    /// What it is: `exchange`, `mixer`, `merchant`, `service` and so on, in lower case.
    pub kind: String,
}

/// Tags by address. An address may bear several: that is a conflict, told and not decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    by_address: BTreeMap<String, BTreeSet<Tag>>,
}

impl Tags {
    /// No tag.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn add(&mut self, address: &str, tag: Tag) {
        self.by_address.entry(address.to_owned()).or_default().insert(tag);
    }

    /// The tags of an address.
    pub fn of(&self, address: &str) -> impl Iterator<Item = &Tag> {
        self.by_address.get(address).into_iter().flatten()
    }

    /// All, by address.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tag)> {
        self.by_address.iter().flat_map(|(address, tags)| tags.iter().map(move |tag| (address.as_str(), tag)))
    }
}
