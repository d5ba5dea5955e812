//! Which listed names can reach a given evidence: an inverted index over tokens that sound alike, with an upper bound a name.
//!
//! A query's tokens are held against the list's distinct tokens that share a consonant skeleton (any script, one consonant left out
//! on either side); each listed name gathers what its tokens could give at most. Rare tokens come first; a common token brings no new name
//! once what is left cannot reach the bound (Turtle and Flood 1995, "Query evaluation: strategies and optimizations", MaxScore).

#![expect(clippy::indexing_slicing, reason = "kernel over arrays built here; every index is a token or name number handed out by the builder")]

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use tributary_text::names::units::Script;
use tributary_text::names::{Breadth, Comparer, NameToken, PersonName, PreparedName, Role, skeleton_keys};

use crate::weights::Weights;

/// Weight, in nats, up to which a token is not looked up: titles, parts of compounds, initials. Names carry a bound for them instead.
const LOW: f64 = 1.0;
/// What rounding may hide of a token's evidence, in nats.
const ROUNDING: f32 = 0.03;
/// Query tokens whose listed likes are remembered between queries.
const REMEMBERED_MAX: usize = 1 << 16;

/// Lists of numbers under one number each.
#[derive(Debug, Default)]
struct Lists {
    starts: Vec<u32>,
    values: Vec<u32>,
}

impl Lists {
    /// From pairs (list, value); values of a list end up in order, each once.
    fn of(count: usize, mut pairs: Vec<(u32, u32)>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let mut starts = vec![0; count + 1];
        for (list, _) in &pairs {
            starts[*list as usize + 1] += 1;
        }
        for at in 0..count {
            starts[at + 1] += starts[at];
        }
        Self { starts, values: pairs.into_iter().map(|(_, value)| value).collect() }
    }

    fn get(&self, list: u32) -> &[u32] {
        &self.values[self.starts[list as usize] as usize..self.starts[list as usize + 1] as usize]
    }

    fn bytes(&self) -> usize {
        (self.starts.len() + self.values.len()) * 4
    }
}

/// Lists of numbers under hashed keys.
#[derive(Debug, Default)]
struct Keyed {
    places: FxHashMap<u64, u32>,
    lists: Lists,
}

impl Keyed {
    fn of(pairs: Vec<(u64, u32)>) -> Self {
        let mut places: FxHashMap<u64, u32> = FxHashMap::default();
        let mut numbered = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            let next = u32::try_from(places.len()).unwrap_or(u32::MAX);
            numbered.push((*places.entry(key).or_insert(next), value));
        }
        Self { lists: Lists::of(places.len(), numbered), places }
    }

    fn get(&self, key: u64) -> &[u32] {
        self.places.get(&key).map_or(&[], |place| self.lists.get(*place))
    }

    fn bytes(&self) -> usize {
        self.places.capacity() * 17 + self.lists.bytes()
    }
}

/// The index over names.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// Each name, ready to compare.
    pub(crate) names: Vec<PreparedName>,
    /// What the tokens of a name that are not looked up weigh together.
    low: Vec<f32>,
    /// Distinct tokens, each as a name of its own.
    vocabulary: Vec<PreparedName>,
    /// Hashes of the words that stand in the vocabulary.
    words: Arc<FxHashSet<u64>>,
    by_skeleton: Keyed,
    /// Tokens by their own skeletons, none left out: for runs.
    by_near: Keyed,
    by_token: Lists,
    /// Names by the skeleton of two adjacent tokens run together.
    by_run: Keyed,
}

/// What one thread keeps between queries; it never shows in a result.
pub(crate) struct Scratch {
    pub(crate) comparer: Comparer,
    bound: Vec<f32>,
    group: Vec<u32>,
    groups: u32,
    touched: Vec<u32>,
    seen: Vec<u32>,
    seens: u32,
    remembered: FxHashMap<String, Box<[(u32, f32)]>>,
}

impl Scratch {
    pub(crate) fn new(index: &Index) -> Self {
        Self {
            comparer: Comparer::new(),
            bound: vec![0.0; index.names.len()],
            group: vec![0; index.names.len()],
            groups: 0,
            touched: Vec::new(),
            seen: vec![0; index.vocabulary.len()],
            seens: 0,
            remembered: FxHashMap::default(),
        }
    }
}

/// How many tokens of a name tell it from others.
pub(crate) fn telling(name: &PersonName) -> u8 {
    let telling = aligned(name).filter(|token| token.weight > LOW && token.role == Role::Name).count();
    u8::try_from(telling).unwrap_or(u8::MAX)
}

/// A token as a name of its own.
fn alone(token: &NameToken) -> PersonName {
    PersonName { tokens: vec![token.clone()], left_out: 0, folded: Vec::new() }
}

fn word(text: &str) -> u64 {
    use std::hash::Hasher;
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// Two adjacent tokens run together, where they read as one token.
fn run(first: &NameToken, second: &NameToken, weights: &Weights) -> Option<NameToken> {
    let fits = |token: &NameToken| token.script != Script::Other && matches!(token.role, Role::Name | Role::Compound | Role::Title);
    if !fits(first) || !fits(second) || first.script != second.script {
        return None;
    }
    let mut parsed = weights.parse(&format!("{}{}", first.text, second.text));
    let mut token = parsed.tokens.pop().filter(|_| parsed.tokens.is_empty())?;
    token.weight = first.weight + second.weight;
    token.role = Role::Name;
    Some(token)
}

/// The tokens that a comparison aligns.
fn aligned(name: &PersonName) -> impl Iterator<Item = &NameToken> {
    name.tokens.iter().filter(|token| !matches!(token.role, Role::Particle | Role::Article))
}

/// Builds an index name by name.
#[derive(Default)]
pub(crate) struct Builder {
    index: Index,
    tokens: FxHashMap<(Script, Role, String), u32>,
    skeletons: Vec<(u64, u32)>,
    nears: Vec<(u64, u32)>,
    words: FxHashSet<u64>,
    holding: Vec<(u32, u32)>,
    runs: Vec<(u64, u32)>,
}

impl Builder {
    /// Adds the next name.
    pub(crate) fn push(&mut self, name: &PersonName, weights: &Weights) {
        let number = u32::try_from(self.index.names.len()).unwrap_or(u32::MAX);
        let mut low = 0.0;
        for token in aligned(name) {
            if token.weight <= LOW {
                low += token.weight;
                continue;
            }
            let vocabulary = &mut self.index.vocabulary;
            let (skeletons, nears, words) = (&mut self.skeletons, &mut self.nears, &mut self.words);
            let key = (token.script, token.role, token.text.clone());
            let at = *self.tokens.entry(key).or_insert_with(|| {
                let at = u32::try_from(vocabulary.len()).unwrap_or(u32::MAX);
                let alone = alone(token);
                skeletons.extend(skeleton_keys(&alone, Breadth::Wide).into_iter().map(|key| (key, at)));
                nears.extend(skeleton_keys(&alone, Breadth::Near).into_iter().map(|key| (key, at)));
                vocabulary.push(PreparedName::of(&alone));
                words.insert(word(&token.text));
                at
            });
            self.holding.push((at, number));
        }
        let tokens: Vec<&NameToken> = aligned(name).collect();
        for pair in tokens.windows(2) {
            if let Some(run) = run(pair[0], pair[1], weights) {
                self.runs.extend(skeleton_keys(&alone(&run), Breadth::Near).into_iter().map(|key| (key, number)));
            }
        }
        self.index.names.push(PreparedName::of(name));
        self.index.low.push(low as f32);
    }

    /// The index.
    pub(crate) fn finish(self) -> Index {
        let Self { mut index, skeletons, nears, words, holding, runs, .. } = self;
        index.words = Arc::new(words);
        index.by_skeleton = Keyed::of(skeletons);
        index.by_near = Keyed::of(nears);
        index.by_token = Lists::of(index.vocabulary.len(), holding);
        index.by_run = Keyed::of(runs);
        index
    }
}

/// What a token or run of the query may meet.
struct Group {
    /// Most it can give.
    most: f32,
    /// Listed tokens with what they would give, most first.
    tokens: Box<[(u32, f32)]>,
    /// The skeletons under which runs of listed tokens are found.
    runs: Vec<u64>,
}

/// A name that can reach the bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Candidate {
    pub(crate) name: u32,
    pub(crate) bound: f32,
}

impl Index {
    /// Bytes held, without the allocator's own.
    pub(crate) fn bytes(&self) -> usize {
        let prepared = std::mem::size_of::<PreparedName>();
        // A prepared token holds its spelling and some 32 bytes.
        let token = std::mem::size_of::<tributary_text::names::units::Spelling>() + 32;
        let names = self.names.len() * (prepared + 4) + self.by_token.values.len() * token;
        let vocabulary = self.vocabulary.len() * (prepared + 8 + 17 + token);
        names + vocabulary + self.by_skeleton.bytes() + self.by_near.bytes() + self.by_token.bytes() + self.by_run.bytes()
    }

    /// Takes the words of another index for its own: readings of slipped spaces are then the same in both.
    pub(crate) fn share_words(&mut self, other: &Self) {
        self.words = Arc::clone(&other.words);
    }

    /// Is every telling token of the name a word of the list, letter for letter?
    pub(crate) fn spells(&self, name: &PersonName) -> bool {
        aligned(name).all(|token| token.weight <= LOW || self.words.contains(&word(&token.text)))
    }

    /// Distinct tokens looked up.
    pub(crate) fn vocabulary_len(&self) -> usize {
        self.vocabulary.len()
    }

    /// The listed tokens that can speak for a token of a query, and with how much at most.
    fn likes(&self, token: &NameToken, breadth: Breadth, scratch: &mut Scratch) -> Box<[(u32, f32)]> {
        let key = format!("{breadth:?}{:?}{:?}{:.3}{}", token.script, token.role, token.weight, token.text);
        if let Some(known) = scratch.remembered.get(&key) {
            return known.clone();
        }
        let alone = alone(token);
        let prepared = PreparedName::of(&alone);
        let mut likes = Vec::new();
        scratch.seens += 1;
        let lists = if breadth == Breadth::Wide { &self.by_skeleton } else { &self.by_near };
        for skeleton in skeleton_keys(&alone, breadth) {
            for at in lists.get(skeleton) {
                if std::mem::replace(&mut scratch.seen[*at as usize], scratch.seens) == scratch.seens {
                    continue;
                }
                let listed = &self.vocabulary[*at as usize];
                // Of two names of one token the evidence is what the match of these tokens gives in any pair of names.
                let gives = scratch.comparer.compare(&prepared, listed).log_odds as f32;
                if gives > 0.0 {
                    likes.push((*at, gives + ROUNDING));
                }
            }
        }
        likes.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let likes = likes.into_boxed_slice();
        if scratch.remembered.len() >= REMEMBERED_MAX {
            scratch.remembered.clear();
        }
        scratch.remembered.insert(key, likes.clone());
        likes
    }

    /// The tokens and runs of a query, heaviest first, and what its light tokens weigh together.
    fn groups(&self, name: &PersonName, weights: &Weights, scratch: &mut Scratch) -> (Vec<Group>, f32) {
        let mut groups = Vec::new();
        let mut light = 0.0;
        for token in aligned(name) {
            if token.weight <= LOW {
                light += token.weight as f32;
                continue;
            }
            let tokens = self.likes(token, Breadth::Wide, scratch);
            let runs = skeleton_keys(&alone(token), Breadth::Near);
            groups.push(Group { most: token.weight as f32, tokens, runs });
        }
        let all: Vec<&NameToken> = aligned(name).collect();
        for pair in all.windows(2) {
            if let Some(run) = run(pair[0], pair[1], weights) {
                let tokens = self.likes(&run, Breadth::Near, scratch);
                // Against a listed run the space has slipped and nothing else.
                groups.push(Group { most: run.weight as f32, tokens, runs: skeleton_keys(&alone(&run), Breadth::Near) });
            }
        }
        groups.sort_by(|a, b| b.most.total_cmp(&a.most));
        (groups, light)
    }

    /// The names whose evidence against `name` can reach `bound_min`, likeliest first, and whether more than `most` were cut off.
    pub(crate) fn candidates(
        &self,
        name: &PersonName,
        weights: &Weights,
        bound_min: f64,
        most: usize,
        scratch: &mut Scratch,
    ) -> (Vec<Candidate>, bool) {
        let bound_min = bound_min as f32;
        let (groups, light) = self.groups(name, weights, scratch);
        let mut left: f32 = groups.iter().map(|group| group.most + ROUNDING).sum();
        for group in &groups {
            scratch.groups += 1;
            // A name not met yet can only gather what is left.
            let short = bound_min - light - left;
            for (token, gives) in &group.tokens {
                self.gather(self.by_token.get(*token), *gives, short, scratch);
            }
            for key in &group.runs {
                self.gather(self.by_run.get(*key), group.most, short, scratch);
            }
            left -= group.most + ROUNDING;
        }
        let mut found = Vec::new();
        for name in scratch.touched.drain(..) {
            let bound = std::mem::take(&mut scratch.bound[name as usize]) + light + self.low[name as usize];
            if bound >= bound_min {
                found.push(Candidate { name, bound });
            }
        }
        let order = |a: &Candidate, b: &Candidate| b.bound.total_cmp(&a.bound).then(a.name.cmp(&b.name));
        let cut = found.len() > most;
        if cut {
            found.select_nth_unstable_by(most, order);
            found.truncate(most);
        }
        found.sort_unstable_by(order);
        (found, cut)
    }

    /// Adds what a token gives to the names that hold it, once a group.
    fn gather(&self, names: &[u32], gives: f32, short: f32, scratch: &mut Scratch) {
        for name in names {
            let at = *name as usize;
            if scratch.group[at] == scratch.groups {
                continue;
            }
            if scratch.bound[at] == 0.0 {
                if self.low[at] < short {
                    continue;
                }
                scratch.touched.push(*name);
            }
            scratch.group[at] = scratch.groups;
            scratch.bound[at] += gives;
        }
    }
}
