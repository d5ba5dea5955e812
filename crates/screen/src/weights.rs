//! How much a token of a name says: the least of what the built-in table, the lists and the caller's population say of its rarity.

use tributary_text::names::{NameToken, PersonName, Role, TokenFrequencies};

use crate::entry::{Quality, WatchList};

/// Share of names, per ten thousand, that hold a token, from public knowledge of naming in the world; one spelling stands for all that sound alike.
/// It sets how little a shared common name says, nothing about a person.
const COMMON: &str = include_str!("common.txt");
/// Names that the shares are of.
const OUT_OF: usize = 10_000;

/// Frozen weights of tokens. Screening and rescreening use one and the same, so that a new version of a list changes no other entry's score.
#[derive(Clone, Debug)]
pub struct Weights {
    tables: Vec<TokenFrequencies>,
}

impl Weights {
    /// Counts the primary names of lists, beside the built-in tables and the names of the caller's own population where given.
    #[must_use]
    pub fn of(lists: &[WatchList], population: Option<TokenFrequencies>) -> Self {
        let names = lists.iter().flat_map(|list| &list.entries).flat_map(|entry| &entry.names);
        let primary: Vec<&str> = names.filter(|name| name.quality == Quality::Primary).map(|name| name.text.as_str()).collect();
        let mut tables = vec![TokenFrequencies::default_table().clone(), common()];
        // A short list says nothing of how common a name is.
        if primary.len() >= 1_000 {
            tables.push(TokenFrequencies::from_names(primary));
        }
        tables.extend(population.filter(|table| table.names() >= 1_000));
        Self { tables }
    }

    /// Takes a name apart with these weights.
    pub(crate) fn parse(&self, name: &str) -> PersonName {
        let mut parsed = PersonName::parse(name);
        for token in &mut parsed.tokens {
            token.weight = self.weight(token);
        }
        parsed
    }

    fn weight(&self, token: &NameToken) -> f64 {
        // A name of titles alone was given its weight by the parser.
        if token.role == Role::Title && token.weight >= 1.0 {
            return token.weight;
        }
        self.tables.iter().map(|table| table.weight(token)).fold(token.weight.max(1.0), f64::min)
    }
}

/// The built-in shares as a table.
fn common() -> TokenFrequencies {
    let mut names: Vec<&str> = Vec::with_capacity(OUT_OF);
    for line in COMMON.lines() {
        let Some((share, tokens)) = line.split_once(' ') else { continue };
        let share: usize = share.parse().unwrap_or(0);
        for token in tokens.split(' ') {
            names.extend(std::iter::repeat_n(token, share));
        }
    }
    let filled = names.len();
    names.extend(std::iter::repeat_n("", OUT_OF.saturating_sub(filled)));
    TokenFrequencies::from_names(names)
}
