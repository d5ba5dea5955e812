//! How much a token of a name says: the least of what the built-in table, the lists and the caller's population say of its rarity.

use tributary_text::names::{NameToken, PersonName, Role, TokenFrequencies};

use crate::entry::{Quality, WatchList};

/// Share of names, per ten thousand, that hold a token, where in the world it is commonest, from public knowledge of naming; one spelling stands
/// for all that sound alike. Tokens of one language go together, so that shares among all mankind would take two common ones for rare.
/// It sets how little a shared common name says, nothing about a person.
const COMMON: &str = include_str!("common.txt");
/// Names that the shares are of.
const OUT_OF: u64 = 10_000;

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
        crate::legal::lower(&mut parsed);
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
    let shares = COMMON.lines().filter_map(|line| {
        let (share, tokens) = line.split_once(' ')?;
        let share: u64 = share.parse().ok()?;
        Some(tokens.split(' ').map(move |token| (token, share)))
    });
    TokenFrequencies::from_shares(OUT_OF, shares.flatten())
}
