//! The leak check: no value of a removed field is found in what would be sent (section 3, screen).

use std::collections::BTreeSet;

use crate::words::Field;
use crate::{Content, Material, Missing, Protocol};

/// Letters and digits below which a value is looked for as a word of its own, since it would be found within others.
const WITHIN_WORDS: usize = 6;
/// Below this a value says nothing of anybody.
const SHORTEST: usize = 2;

/// Values of a material that may not be in a text: everything of people under protection, sources and statements, and of everybody where
/// `all` is set. Said by rule and never repeated.
#[must_use]
pub fn leaks(material: &Material, text: &str, all: bool) -> bool {
    let folded = Folded::of(text);
    secrets(material, all, all).iter().any(|secret| folded.has(secret))
}

/// What of the removed is in the content.
pub(crate) fn leaks_in(protocol: &Protocol, material: &Material, content: &Content) -> Vec<Missing> {
    let secrets = secrets(material, protocol.redacts(Field::PartyIdentity).is_some(), protocol.redacts(Field::PartyIdentifier).is_some());
    let pinned = pinned(protocol, material);
    let mut found = BTreeSet::new();
    for (place, text) in texts(content) {
        let folded = Folded::of(text);
        if secrets.iter().chain(&pinned).any(|secret| folded.has(secret)) {
            found.insert(place);
        }
    }
    let says = |place: &str| format!("a value that the protocol removes stands in the {place}; write it without");
    found.into_iter().map(|place| Missing::new("leak", says(place))).collect()
}

fn secrets(material: &Material, identities: bool, identifiers: bool) -> Vec<String> {
    let mut all = Vec::new();
    for party in &material.parties {
        if identities || party.is_protected() {
            all.extend(party.identity.values().cloned());
        }
        if identifiers || party.is_protected() {
            all.extend(party.identifiers.iter().map(|one| one.value.clone()));
        }
    }
    all.extend(material.items.iter().flat_map(|item| [&item.source, &item.statement]).flatten().cloned());
    all
}

/// Details that pin a source down, where the protocol takes them out.
fn pinned(protocol: &Protocol, material: &Material) -> Vec<String> {
    if protocol.redacts(Field::PinningDetail).is_none() {
        return Vec::new();
    }
    let details = material.items.iter().filter_map(|item| item.place.as_ref()).map(|place| place.detail.clone());
    details.chain(material.items.iter().filter_map(|item| item.on).map(|day| day.to_string())).collect()
}

/// Every text of a content that somebody wrote.
fn texts(content: &Content) -> Vec<(&'static str, &str)> {
    let mut all = vec![("narrative", content.narrative.as_str())];
    for item in &content.items {
        all.push(("items", &item.text));
        all.push(("items", &item.typology));
        all.extend(item.conditions.iter().chain(&item.place).map(|text| ("items", text.as_str())));
    }
    for subject in &content.subjects {
        all.extend(subject.identity.values().map(|text| ("subjects", text.as_str())));
        all.extend(subject.identifiers.iter().flat_map(|one| [("subjects", one.kind.as_str()), ("subjects", one.value.as_str())]));
    }
    all.extend(content.attachments.iter().map(|one| ("attachments", one.title.as_str())));
    all.extend(content.counts.keys().map(|key| ("counts", key.as_str())));
    all
}

/// A text without case, spaces and signs; and its words.
struct Folded {
    run: String,
    words: Vec<String>,
}

impl Folded {
    fn of(text: &str) -> Self {
        let lower = text.to_lowercase();
        let words: Vec<String> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect();
        Self { run: words.concat(), words }
    }

    fn has(&self, secret: &str) -> bool {
        let secret = Self::of(secret);
        let long = secret.run.chars().count();
        if long < SHORTEST {
            return false;
        }
        if long >= WITHIN_WORDS {
            return self.run.contains(&secret.run);
        }
        let many = secret.words.len().max(1);
        self.words.windows(many).any(|words| words == secret.words) || self.words.contains(&secret.run)
    }
}
