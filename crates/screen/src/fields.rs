//! Evidence of everything but names: dates of birth, places, nationalities, identifiers.

use tributary_text::{normalise_address, normalise_document, normalise_email, normalise_phone};

use crate::birth::{Birth, BirthLevel};
use crate::query::{Reason, birth_words};

/// What a shared place below the country says, in nats.
pub(crate) const PLACE: f64 = 1.2;
/// What a shared nationality says, in nats. Its lack or difference says nothing.
pub(crate) const NATIONALITY: f64 = 0.4;
/// What a shared document or wallet says, in nats: a hard identifier.
pub(crate) const DOCUMENT: f64 = 12.0;
/// What a shared phone or mail address says, in nats: hard, but passed on and shared.
pub(crate) const CONTACT: f64 = 8.0;
/// Fewest letters and digits of a number that is a hard identifier.
const IDENTIFIER_LENGTH_MIN: usize = 5;

/// Words of addresses that are no place of their own.
const PLAIN_WORDS: [&str; 40] = [
    "village",
    "district",
    "province",
    "city",
    "town",
    "area",
    "region",
    "state",
    "street",
    "road",
    "house",
    "flat",
    "block",
    "sector",
    "near",
    "of",
    "the",
    "and",
    "al",
    "el",
    "el",
    "de",
    "la",
    "tehsil",
    "agency",
    "division",
    "governorate",
    "county",
    "north",
    "south",
    "east",
    "west",
    "northern",
    "southern",
    "eastern",
    "western",
    "central",
    "no",
    "po",
    "box",
];

/// Fields of one side made ready, in a form where equal things are equal.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Fields {
    pub(crate) births: Vec<Birth>,
    /// Words of places that are no country and no plain word, sorted.
    pub(crate) places: Vec<String>,
    pub(crate) nationalities: Vec<String>,
    /// Hard identifiers as `field` and comparable value, sorted.
    pub(crate) identifiers: Vec<(&'static str, String)>,
}

/// What either side gives, by reference.
pub(crate) struct Given<'a> {
    pub(crate) births: &'a [Birth],
    pub(crate) places: &'a [String],
    pub(crate) nationalities: &'a [String],
    pub(crate) documents: &'a [String],
    pub(crate) wallets: &'a [String],
    pub(crate) phones: &'a [String],
    pub(crate) emails: &'a [String],
}

impl Fields {
    pub(crate) fn of(given: &Given<'_>) -> Self {
        let mut identifiers: Vec<(&'static str, String)> = Vec::new();
        identifiers.extend(given.documents.iter().map(|document| ("document", number(document))));
        identifiers.extend(given.wallets.iter().map(|wallet| ("wallet", wallet.trim().to_owned())));
        identifiers.extend(given.phones.iter().map(|phone| ("phone", normalise_phone(phone).trim_start_matches('+').to_owned())));
        identifiers.extend(given.emails.iter().map(|email| ("email", normalise_email(email))));
        identifiers.retain(|(_, value)| value.chars().count() >= IDENTIFIER_LENGTH_MIN);
        identifiers.sort_unstable();
        identifiers.dedup();
        let mut fields = Self { births: given.births.to_vec(), places: Vec::new(), nationalities: Vec::new(), identifiers };
        for place in given.places {
            fields.places.extend(place_words(place));
        }
        fields.nationalities.extend(given.nationalities.iter().map(|name| country(name)).filter(|name| !name.is_empty()));
        for values in [&mut fields.places, &mut fields.nationalities] {
            values.sort_unstable();
            values.dedup();
        }
        fields
    }

    /// The fields that something is known of.
    pub(crate) fn known(&self) -> [(&'static str, bool); 4] {
        [
            ("birth", !self.births.is_empty()),
            ("place", !self.places.is_empty()),
            ("nationality", !self.nationalities.is_empty()),
            ("identifier", !self.identifiers.is_empty()),
        ]
    }

    /// Identifiers that both hold.
    pub(crate) fn shared<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a (&'static str, String)> {
        self.identifiers.iter().filter(|identifier| other.identifiers.binary_search(identifier).is_ok())
    }

    /// The best level of any two dates of birth.
    fn birth(&self, other: &Self) -> Option<(BirthLevel, Birth, Birth)> {
        let pairs = self.births.iter().flat_map(|a| other.births.iter().map(move |b| (a.level(*b), *a, *b)));
        pairs.min()
    }

    /// What all fields say together, in nats, and whether a hard identifier agrees.
    pub(crate) fn log_odds(&self, other: &Self) -> (f64, bool) {
        let mut sum = self.birth(other).map_or(0.0, |(level, _, _)| level.log_odds());
        if shared(&self.places, &other.places).next().is_some() {
            sum += PLACE;
        }
        if shared(&self.nationalities, &other.nationalities).next().is_some() {
            sum += NATIONALITY;
        }
        let hard = self.shared(other).map(|(field, _)| identifier_log_odds(field)).fold(0.0, f64::max);
        (sum + hard, hard > 0.0)
    }

    /// The same with everything compared, and the fields that one side lacks.
    pub(crate) fn explain(&self, other: &Self) -> (Vec<Reason>, Vec<&'static str>) {
        let mut reasons = Vec::new();
        let mut say = |field, log_odds, query: String, listed: String, note: &str| {
            reasons.push(Reason { field, log_odds, query, listed, note: note.to_owned() });
        };
        let best = self.shared(other).map(|(field, _)| identifier_log_odds(field)).fold(0.0, f64::max);
        let mut counted = false;
        for (field, value) in self.shared(other) {
            // One identifier counts; those beside it are told and add nothing: a document and a phone of one record are no two witnesses.
            let counts = !counted && identifier_log_odds(field) >= best;
            counted |= counts;
            say(
                field,
                if counts { best } else { 0.0 },
                value.clone(),
                value.clone(),
                if counts { "the same" } else { "the same, not counted twice" },
            );
        }
        if let Some((level, a, b)) = self.birth(other) {
            say("birth", level.log_odds(), a.to_string(), b.to_string(), birth_words(level));
        }
        let places: Vec<&str> = shared(&self.places, &other.places).collect();
        if !places.is_empty() {
            say("place", PLACE, self.places.join(" "), other.places.join(" "), &format!("both name {}", places.join(", ")));
        } else if !self.places.is_empty() && !other.places.is_empty() {
            say("place", 0.0, self.places.join(" "), other.places.join(" "), "no place in common, which says nothing");
        }
        let nations: Vec<&str> = shared(&self.nationalities, &other.nationalities).collect();
        if !nations.is_empty() {
            let both = nations.join(", ");
            say("nationality", NATIONALITY, both.clone(), both, "one in common");
        }
        let pairs = self.known().into_iter().zip(other.known());
        let missing = pairs.filter(|((_, a), (_, b))| a != b).map(|((field, _), _)| field).collect();
        (reasons, missing)
    }
}

/// What a shared hard identifier says.
pub(crate) fn identifier_log_odds(field: &str) -> f64 {
    if matches!(field, "phone" | "email") { CONTACT } else { DOCUMENT }
}

fn shared<'a>(a: &'a [String], b: &'a [String]) -> impl Iterator<Item = &'a str> {
    a.iter().filter(|value| b.binary_search(value).is_ok()).map(String::as_str)
}

/// A document's number without its kind, which lists name in many ways.
fn number(document: &str) -> String {
    let normal = normalise_document(document);
    normal.split_once(':').map_or(normal.clone(), |(_, number)| number.to_owned())
}

/// Words of a place that tell it: no country, no plain word, three letters or more.
fn place_words(place: &str) -> Vec<String> {
    let country = country_words();
    let telling = |word: &&str| {
        word.chars().count() >= 3 && !word.chars().all(|c| c.is_ascii_digit()) && !PLAIN_WORDS.contains(word) && !country.contains(*word)
    };
    normalise_address(place).split(' ').filter(telling).take(16).map(str::to_owned).collect()
}

/// A country as its code where it is known, else as folded text.
fn country(name: &str) -> String {
    tributary_model::country::code(name).map_or_else(|| normalise_address(name), str::to_owned)
}

/// Every word of every country's name.
fn country_words() -> &'static std::collections::BTreeSet<String> {
    static WORDS: std::sync::OnceLock<std::collections::BTreeSet<String>> = std::sync::OnceLock::new();
    WORDS.get_or_init(|| {
        tributary_model::country::names().flat_map(|name| normalise_address(name).split(' ').map(str::to_owned).collect::<Vec<_>>()).collect()
    })
}
