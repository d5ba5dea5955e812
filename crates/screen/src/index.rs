//! The index over names: each distinct token once, the names that hold it, and keys under which tokens that sound alike are found.
//!
//! A query's tokens are held against the list's distinct tokens that share a consonant skeleton (any script, one consonant left out
//! on either side) or differ by one slip of the pen. [`search`](crate::search) gathers from there.

#![expect(clippy::indexing_slicing, reason = "kernel over arrays built here; every index is a token or name number handed out by the builder")]

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use tributary_text::names::units::Script;
use tributary_text::names::{Breadth, NameToken, PersonName, PreparedName, Role, skeleton_keys, slip_keys};

use crate::lookup::{Keyed, Lists};

/// Weight, in nats, up to which a token tells nobody from others: titles, parts of compounds, initials.
const LOW: f64 = 1.0;

/// Is the token looked up? Parts of compounds and initials are not; titles are, since they may stand for names.
pub(crate) fn searched(token: &NameToken) -> bool {
    token.weight > LOW || token.role == Role::Title
}

/// What the bounds of the search need of a name.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Facts {
    /// What its tokens weigh that are looked up, in nats.
    pub(crate) heavy: f32,
    /// What its other tokens weigh.
    pub(crate) low: f32,
    /// How many are looked up that are names of their own.
    pub(crate) names: u8,
    /// How many of the others may stand for a token of any weight: initials.
    pub(crate) loose: u8,
    /// All its tokens.
    pub(crate) tokens: u8,
}

impl Facts {
    pub(crate) fn of(name: &PersonName) -> Self {
        let mut facts = Self::default();
        for token in aligned(name) {
            facts.tokens += 1;
            if searched(token) {
                facts.names += u8::from(token.role == Role::Name);
                facts.heavy += token.weight as f32;
            } else {
                facts.low += token.weight as f32;
                facts.loose += u8::from(token.role != Role::Compound);
            }
        }
        facts
    }
}

/// The index over names.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// The tokens of each name, in order.
    pub(crate) tokens: Lists,
    pub(crate) facts: Vec<Facts>,
    /// Distinct tokens, each as a name of its own, with their weights in nats.
    pub(crate) vocabulary: Vec<PreparedName>,
    pub(crate) weights: Vec<f32>,
    /// Hashes of the words that stand in the vocabulary.
    words: Arc<FxHashSet<u64>>,
    /// Tokens by their skeletons with one consonant left out, and by their letters with one left out.
    pub(crate) by_skeleton: Keyed,
    /// Tokens by their own skeletons, none left out: for runs.
    pub(crate) by_near: Keyed,
    /// Names by token.
    pub(crate) by_token: Lists,
    /// Distinct pairs of adjacent tokens, by the skeleton of the two run together, and the names that hold each.
    pub(crate) runs: Vec<(u32, u32)>,
    pub(crate) by_run: Keyed,
    pub(crate) by_pair: Lists,
}

/// How many tokens of a name tell it from others.
pub(crate) fn telling(name: &PersonName) -> u8 {
    let telling = aligned(name).filter(|token| token.weight > LOW && token.role == Role::Name).count();
    u8::try_from(telling).unwrap_or(u8::MAX)
}

/// A token as a name of its own.
pub(crate) fn alone(token: &NameToken) -> PersonName {
    PersonName { tokens: vec![token.clone()], left_out: 0, folded: Vec::new() }
}

fn word(text: &str) -> u64 {
    use std::hash::Hasher;
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// Two adjacent tokens run together, where they read as one token.
pub(crate) fn run(first: &NameToken, second: &NameToken) -> Option<NameToken> {
    let fits = |token: &NameToken| token.script != Script::Other && matches!(token.role, Role::Name | Role::Compound | Role::Title);
    if !fits(first) || !fits(second) || first.script != second.script {
        return None;
    }
    let mut parsed = PersonName::parse(&format!("{}{}", first.text, second.text));
    let mut token = parsed.tokens.pop().filter(|_| parsed.tokens.is_empty())?;
    token.weight = first.weight + second.weight;
    token.role = Role::Name;
    Some(token)
}

/// The tokens that a comparison aligns.
pub(crate) fn aligned(name: &PersonName) -> impl Iterator<Item = &NameToken> {
    name.tokens.iter().filter(|token| !matches!(token.role, Role::Particle | Role::Article))
}

/// A token's number under its script, role and weight.
type Numbered = (Script, Role, u64, u32);

/// Builds an index name by name.
#[derive(Default)]
pub(crate) struct Builder {
    index: Index,
    tokens: FxHashMap<String, Vec<Numbered>>,
    /// Each distinct token as it was read.
    read: Vec<NameToken>,
    words: FxHashSet<u64>,
    holding: Vec<(u32, u32)>,
    pairs: FxHashMap<(u32, u32), u32>,
    paired: Vec<(u32, u32)>,
}

impl Builder {
    /// Adds the next name.
    pub(crate) fn push(&mut self, name: &PersonName) {
        let number = u32::try_from(self.index.facts.len()).unwrap_or(u32::MAX);
        let tokens: Vec<u32> = aligned(name).map(|token| self.token(token)).collect();
        for (token, at) in aligned(name).zip(&tokens) {
            if searched(token) {
                self.holding.push((*at, number));
            }
        }
        for pair in tokens.windows(2) {
            let next = u32::try_from(self.index.runs.len()).unwrap_or(u32::MAX);
            let run = *self.pairs.entry((pair[0], pair[1])).or_insert(next);
            if run == next {
                self.index.runs.push((pair[0], pair[1]));
            }
            self.paired.push((run, number));
        }
        self.index.tokens.push(tokens.into_iter());
        self.index.facts.push(Facts::of(name));
    }

    /// The number of a token.
    fn token(&mut self, token: &NameToken) -> u32 {
        let weight = token.weight.to_bits();
        if let Some((.., at)) = self
            .tokens
            .get(&token.text)
            .and_then(|known| known.iter().find(|(script, role, known, _)| (*script, *role, *known) == (token.script, token.role, weight)))
        {
            return *at;
        }
        let at = u32::try_from(self.index.vocabulary.len()).unwrap_or(u32::MAX);
        self.index.vocabulary.push(PreparedName::of(&alone(token)));
        self.index.weights.push(token.weight as f32);
        self.read.push(token.clone());
        if token.weight > LOW {
            self.words.insert(word(&token.text));
        }
        self.tokens.entry(token.text.clone()).or_default().push((token.script, token.role, weight, at));
        at
    }

    /// The index.
    pub(crate) fn finish(self) -> Index {
        let Self { mut index, read, words, holding, paired, .. } = self;
        let keyed = |keys: &(dyn Fn(&PersonName) -> Vec<u64> + Sync)| -> Keyed {
            let pairs = (0_u32..).zip(&read).collect::<Vec<_>>().into_par_iter().filter(|(_, token)| searched(token));
            Keyed::of(pairs.flat_map_iter(|(at, token)| keys(&alone(token)).into_iter().map(move |key| (key, at))).collect())
        };
        index.words = Arc::new(words);
        index.by_skeleton = keyed(&|token| [skeleton_keys(token, Breadth::Long), slip_keys(token)].concat());
        index.by_near = keyed(&|token| skeleton_keys(token, Breadth::Near));
        index.by_token = Lists::of(index.vocabulary.len(), holding);
        let runs = (0_u32..).zip(&index.runs).collect::<Vec<_>>().into_par_iter();
        let runs = runs.filter_map(|(at, (first, second))| {
            let run = run(read.get(*first as usize)?, read.get(*second as usize)?)?;
            Some(skeleton_keys(&alone(&run), Breadth::Near).into_iter().map(move |key| (key, at)))
        });
        index.by_run = Keyed::of(runs.flatten_iter().collect());
        index.by_pair = Lists::of(index.runs.len(), paired);
        index
    }
}

impl Index {
    /// Bytes held, without the allocator's own.
    pub(crate) fn bytes(&self) -> usize {
        // A prepared token holds its spelling and some 64 bytes.
        let token = std::mem::size_of::<tributary_text::names::units::Spelling>() + 64;
        let vocabulary = self.vocabulary.len() * (std::mem::size_of::<PreparedName>() + 4 + 17 + token);
        let names = self.facts.len() * std::mem::size_of::<Facts>() + self.tokens.bytes();
        names
            + vocabulary
            + self.by_skeleton.bytes()
            + self.by_near.bytes()
            + self.by_token.bytes()
            + self.by_run.bytes()
            + self.by_pair.bytes()
            + self.runs.len() * 8
    }

    /// The tokens of a name, each ready to compare.
    pub(crate) fn parts(&self, name: u32) -> impl Iterator<Item = &PreparedName> {
        self.tokens.get(name).iter().map(|token| &self.vocabulary[*token as usize])
    }

    /// Takes the words of another index for its own: readings of slipped spaces are then the same in both.
    pub(crate) fn share_words(&mut self, other: &Self) {
        self.words = Arc::clone(&other.words);
    }

    /// Is every telling token of the name a word of the list, letter for letter?
    pub(crate) fn spells(&self, name: &PersonName) -> bool {
        aligned(name).all(|token| token.weight <= LOW || self.words.contains(&word(&token.text)))
    }

    /// Distinct tokens.
    pub(crate) fn vocabulary_len(&self) -> usize {
        self.vocabulary.len()
    }
}
