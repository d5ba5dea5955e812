//! How common a token is, and so how much it says when two names share it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::keys::sound_key;
use super::parse::{NameToken, PersonName};
use super::units::{Script, Spelling};
use super::words::Role;

/// Weight of a token never seen, in nats: one name in about 1,100.
const UNSEEN: f64 = 7.0;
/// Least and most weight of a name token, in nats.
const WEIGHT_RANGE: (f64, f64) = (1.0, 8.0);
/// Weights of what is often left out or shared, in nats.
const WEIGHT_TITLE: f64 = 0.7;
const WEIGHT_COMPOUND: f64 = 1.0;
const WEIGHT_INITIAL: f64 = 0.7;

/// Share of names that hold a token, per mille, from public knowledge of naming in the region; spelled one way, valid for all that sound alike.
const COMMON: [(&str, u16); 112] = [
    ("muhammad", 180),
    ("khan", 120),
    ("ahmad", 60),
    ("ali", 60),
    ("hussain", 40),
    ("abd", 60),
    ("allah", 40),
    ("gul", 25),
    ("shah", 30),
    ("hassan", 25),
    ("rahman", 20),
    ("iqbal", 10),
    ("khalid", 10),
    ("bibi", 40),
    ("begum", 15),
    ("akhtar", 10),
    ("jan", 20),
    ("noor", 15),
    ("din", 15),
    ("ghulam", 15),
    ("mahmood", 10),
    ("malik", 12),
    ("sayed", 15),
    ("ullah", 20),
    ("rasool", 5),
    ("nabi", 5),
    ("karim", 7),
    ("rahim", 7),
    ("hamid", 7),
    ("rashid", 7),
    ("wali", 5),
    ("aziz", 7),
    ("habib", 6),
    ("nasir", 6),
    ("naseer", 4),
    ("tariq", 5),
    ("imran", 5),
    ("usman", 6),
    ("umar", 7),
    ("bilal", 4),
    ("asif", 5),
    ("javed", 6),
    ("fatima", 10),
    ("zahra", 4),
    ("ayesha", 6),
    ("maryam", 5),
    ("zainab", 5),
    ("khadija", 4),
    ("amina", 4),
    ("parveen", 6),
    ("kausar", 3),
    ("nasreen", 4),
    ("shahida", 2),
    ("rubina", 2),
    ("saima", 2),
    ("sana", 3),
    ("hina", 2),
    ("nadia", 2),
    ("ibrahim", 7),
    ("ismail", 6),
    ("yusuf", 6),
    ("yaqub", 4),
    ("daud", 3),
    ("musa", 3),
    ("isa", 2),
    ("haroon", 3),
    ("sulaiman", 4),
    ("mustafa", 6),
    ("abdullah", 8),
    ("amin", 5),
    ("anwar", 5),
    ("akbar", 6),
    ("asghar", 4),
    ("afzal", 4),
    ("akram", 4),
    ("aslam", 4),
    ("arif", 3),
    ("bashir", 4),
    ("nazir", 4),
    ("saleem", 5),
    ("salim", 3),
    ("shafi", 2),
    ("sharif", 5),
    ("siddiq", 3),
    ("qasim", 3),
    ("latif", 3),
    ("majid", 3),
    ("zahir", 3),
    ("zaman", 3),
    ("mir", 6),
    ("sher", 4),
    ("haq", 4),
    ("haider", 4),
    ("abbas", 6),
    ("raza", 5),
    ("qadir", 4),
    ("jabbar", 2),
    ("ghaffar", 3),
    ("sattar", 3),
    ("hakim", 3),
    ("jamil", 3),
    ("kamal", 3),
    ("jamal", 3),
    ("faisal", 3),
    ("saeed", 6),
    ("sayeed", 2),
    ("zia", 3),
    ("tahir", 4),
    ("yasin", 2),
    ("younas", 3),
    ("chaudhry", 6),
    ("butt", 3),
];

/// How often tokens occur among names, by how they sound, so that every spelling and script of a name shares one figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TokenFrequencies {
    names: u64,
    holding: BTreeMap<u64, u64>,
}

impl TokenFrequencies {
    /// The small table that is built in.
    #[must_use]
    pub fn default_table() -> &'static Self {
        static TABLE: OnceLock<TokenFrequencies> = OnceLock::new();
        TABLE.get_or_init(|| {
            let mut table = Self { names: 1_000, holding: BTreeMap::new() };
            for (text, share) in COMMON {
                let key = sound_key(&Spelling::new(Script::Latin, text));
                let held = table.holding.entry(key).or_insert(0);
                *held = (*held).max(u64::from(share));
            }
            table
        })
    }

    /// Counts a list of names: for each token, how many names hold it.
    #[must_use]
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut table = Self::default();
        for name in names {
            table.names += 1;
            let parsed = PersonName::parse(name);
            let mut keys: Vec<u64> = parsed.tokens.iter().map(key).collect();
            keys.sort_unstable();
            keys.dedup();
            for key in keys {
                *table.holding.entry(key).or_insert(0) += 1;
            }
        }
        table
    }

    /// A table of stated shares: of so many names, how many hold each token. Of tokens that sound alike the greatest share holds for all.
    #[must_use]
    pub fn from_shares<'a>(names: u64, shares: impl IntoIterator<Item = (&'a str, u64)>) -> Self {
        let mut table = Self { names, holding: BTreeMap::new() };
        for (text, share) in shares {
            for token in PersonName::parse(text).tokens.iter().filter(|token| token.role == Role::Name) {
                let held = table.holding.entry(key(token)).or_insert(0);
                *held = (*held).max(share);
            }
        }
        table
    }

    /// How many names the table was counted from.
    #[must_use]
    pub const fn names(&self) -> u64 {
        self.names
    }

    /// What a match on this token says, in nats: `ln(names / names that hold it)`, within 1 to 8; fixed and low for titles, initials and compounds.
    #[must_use]
    pub fn weight(&self, token: &NameToken) -> f64 {
        let rare = match self.holding.get(&key(token)) {
            Some(held) if *held > 0 => (self.names as f64 / *held as f64).ln(),
            _ if self.names == 0 => UNSEEN,
            _ => (self.names as f64).ln().max(UNSEEN - 1.0) + 1.0,
        }
        .clamp(WEIGHT_RANGE.0, WEIGHT_RANGE.1);
        match token.role {
            Role::Name => rare,
            Role::Title => rare.min(WEIGHT_TITLE),
            Role::Compound => rare.min(WEIGHT_COMPOUND),
            Role::Initial => WEIGHT_INITIAL,
            Role::Particle | Role::Article => 0.0,
        }
    }
}

fn key(token: &NameToken) -> u64 {
    if token.script == Script::Other { crate::hash::hash(&token.text) } else { sound_key(&token.spelling) }
}
