//! Which listed names can reach a given evidence: what their tokens could give is gathered name by name, heaviest tokens of the query
//! first, under an upper bound that counts what must stay unmatched on either side.
//!
//! A token brings no new name once the rest of the query cannot reach the bound (Turtle and Flood 1995, "Query evaluation: strategies
//! and optimizations", MaxScore).

#![expect(clippy::indexing_slicing, reason = "kernel over arrays built here; every index is a token or name number handed out by the builder")]

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHasher};
use tributary_text::names::{Breadth, Comparer, NameToken, PersonName, PreparedName, Role, against_least, skeleton_keys, slip_keys};

use crate::index::{Facts, Index, aligned, alone, run, searched};
use crate::lookup::Keyed;

/// What rounding may hide of a token's evidence, in nats.
const ROUNDING: f32 = 0.03;
/// Query tokens whose listed likes are remembered between queries.
const REMEMBERED_MAX: usize = 1 << 16;
/// Most that a token weighs, in nats.
const TOKEN_MOST: f32 = 8.0;
/// Names compared in full beside those whose bound suffices: a token of theirs may be like one of the query and share no key with it.
const DOUBTFUL_MAX: usize = 192;
/// Marks a name that was met through two tokens run together: what is unmatched in it is not known.
const RUN: u32 = 1 << 31;

/// A listed token and the most it gives for a token of the query, in nats.
type Like = (u32, f32);

/// What was gathered for one name.
#[derive(Clone, Copy, Default)]
struct Gathered {
    /// Which tokens of the query met one of its tokens.
    groups: u32,
    /// The most they give.
    gives: f32,
    /// The most that its tokens which they met weigh.
    listed: f32,
    /// What the token weighs that the last of them met.
    last: f32,
}

/// What the lists hold that is like a token of a query or two of them run together: tokens, and pairs of adjacent tokens run together.
#[derive(Default)]
struct Likes {
    tokens: Vec<Like>,
    runs: Vec<Like>,
}

/// Likes that were found before, and of which tokens.
struct Remembered {
    asked: Box<[NameToken]>,
    likes: Arc<Likes>,
}

/// What one thread keeps between queries; it never shows in a result.
pub(crate) struct Scratch {
    pub(crate) comparer: Comparer,
    gathered: Vec<Gathered>,
    touched: Vec<u32>,
    remembered: FxHashMap<u64, Remembered>,
}

impl Scratch {
    pub(crate) fn new(index: &Index) -> Self {
        Self {
            comparer: Comparer::with_slips(),
            gathered: vec![Gathered::default(); index.facts.len()],
            touched: Vec::new(),
            remembered: FxHashMap::default(),
        }
    }
}

/// What a name must reach.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Need {
    /// Least evidence, in nats.
    pub(crate) least: f64,
    /// Evidence lost between a whole agreement and none, in nats.
    pub(crate) partial: f64,
}

/// A name that can reach the bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Candidate {
    pub(crate) name: u32,
    pub(crate) bound: f32,
}

/// What a token or run of the query may meet.
struct Group {
    bit: u32,
    /// Is it a name of its own?
    name: bool,
    /// Most it can give.
    most: f32,
    likes: Arc<Likes>,
}

/// A query's tokens, ready to gather by.
struct Asked {
    /// Runs before single tokens, each the heaviest first.
    groups: Vec<Group>,
    facts: Facts,
    need: f32,
    partial: f32,
}

impl Asked {
    /// The most that a name can reach.
    fn bound(&self, gathered: &Gathered, listed: &Facts) -> f32 {
        let (light, low) = (self.facts.low, listed.low);
        if gathered.groups & RUN != 0 || (self.facts.tokens == 1 && listed.tokens == 1) {
            return gathered.gives + light + low;
        }
        // An initial may stand for a token of any weight.
        let (loose, loose_listed) = (self.facts.loose, listed.loose);
        let met = u8::try_from(gathered.groups.count_ones()).unwrap_or(u8::MAX);
        let mut left = self.facts.heavy - TOKEN_MOST * f32::from(loose_listed);
        let mut left_names = self.facts.names.saturating_sub(loose_listed);
        for group in self.groups.iter().filter(|group| gathered.groups & group.bit != 0) {
            left -= group.most;
            left_names = left_names.saturating_sub(u8::from(group.name));
        }
        let right = listed.heavy - gathered.listed - TOKEN_MOST * f32::from(loose);
        let right_names = listed.names.saturating_sub(met).saturating_sub(loose);
        let against = against_least(left.max(0.0), right.max(0.0), u32::from(left_names.min(right_names)));
        let light = if loose == 0 && loose_listed == 0 { light.min(low) } else { light + low };
        self.reached(gathered.gives + light, against)
    }

    /// Evidence at most, of what is given and what is against it.
    fn reached(&self, gives: f32, against: f32) -> f32 {
        if against <= 0.0 {
            return gives;
        }
        // At gain g of weight m, g + 3 gain of 4 parts agree; the most where all of it does.
        let similarity = if gives > 0.0 { gives / (gives + against) } else { 0.25 };
        gives - against - self.partial * (1.0 - similarity) + ROUNDING
    }
}

impl Index {
    /// What can speak for a token of a query, or for two of them run together, and with how much at most; the most first.
    fn likes(&self, asked: &[&NameToken], scratch: &mut Scratch) -> Arc<Likes> {
        let key = key(asked);
        if let Some(known) = scratch.remembered.get(&key)
            && known.asked.iter().eq(asked.iter().copied())
        {
            return Arc::clone(&known.likes);
        }
        let mut likes = Likes::default();
        match asked {
            [token] => {
                let alone = alone(token);
                let wide = skeleton_keys(&alone, Breadth::Long).into_iter().chain(slip_keys(&alone));
                let prepared = PreparedName::of(&alone);
                // A poor match may give nothing and still leave nothing to stand against.
                likes.tokens = self.each(&self.by_skeleton, wide, scratch, |at, comparer| comparer.token_log_odds(&prepared, &self.vocabulary[at]));
                likes.runs = self.runs(&[&prepared], skeleton_keys(&alone, Breadth::Near), scratch);
            }
            [first, second] => {
                let Some(run) = run(first, second) else { return Arc::default() };
                let keys = skeleton_keys(&alone(&run), Breadth::Near);
                let (first, second) = (PreparedName::of(&alone(first)), PreparedName::of(&alone(second)));
                let both = [&first, &second];
                let near = keys.iter().copied();
                likes.tokens =
                    self.each(&self.by_near, near, scratch, |at, comparer| comparer.joined_log_odds(&both, std::iter::once(&self.vocabulary[at])));
                likes.runs = self.runs(&both, keys, scratch);
            }
            _ => {}
        }
        let likes = Arc::new(likes);
        if scratch.remembered.len() >= REMEMBERED_MAX {
            scratch.remembered.clear();
        }
        let asked = asked.iter().map(|token| (*token).clone()).collect();
        scratch.remembered.insert(key, Remembered { asked, likes: Arc::clone(&likes) });
        likes
    }

    /// The listed runs that are like what is asked.
    fn runs(&self, asked: &[&PreparedName], keys: Vec<u64>, scratch: &mut Scratch) -> Vec<Like> {
        self.each(&self.by_run, keys.into_iter(), scratch, |at, comparer| {
            let (first, second) = self.runs[at];
            comparer.joined_log_odds(asked, [first, second].into_iter().map(|token| &self.vocabulary[token as usize]))
        })
    }

    /// What stands under the keys and gives anything.
    fn each(
        &self,
        lists: &Keyed,
        keys: impl Iterator<Item = u64>,
        scratch: &mut Scratch,
        gives: impl Fn(usize, &mut Comparer) -> Option<f64>,
    ) -> Vec<Like> {
        let mut likes = Vec::new();
        let mut under: Vec<u32> = keys.flat_map(|key| lists.get(key)).copied().collect();
        under.sort_unstable();
        under.dedup();
        for at in under {
            if let Some(gives) = gives(at as usize, &mut scratch.comparer) {
                likes.push((at, (gives as f32).max(0.0) + ROUNDING));
            }
        }
        likes.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        likes
    }

    /// The tokens and runs of a query.
    fn asked(&self, name: &PersonName, need: &Need, scratch: &mut Scratch) -> Asked {
        let mut groups = Vec::new();
        let all: Vec<&NameToken> = aligned(name).collect();
        for pair in all.windows(2) {
            let most = pair.iter().map(|token| token.weight as f32).sum();
            groups.push(Group { bit: RUN, name: true, most, likes: self.likes(pair, scratch) });
        }
        for token in all.iter().filter(|token| searched(token)) {
            let likes = self.likes(std::slice::from_ref(token), scratch);
            groups.push(Group { bit: 0, name: token.role == Role::Name, most: token.weight as f32, likes });
        }
        groups.retain(|group| group.bit == 0 || !group.likes.tokens.is_empty() || !group.likes.runs.is_empty());
        groups.sort_by(|a, b| b.bit.cmp(&a.bit).then(b.most.total_cmp(&a.most)));
        for (at, group) in groups.iter_mut().enumerate() {
            // At most 12 tokens and 11 runs of them.
            group.bit |= 1 << at.min(30);
        }
        Asked { groups, facts: Facts::of(name), need: need.least as f32, partial: need.partial as f32 }
    }

    /// The names whose evidence against `name` can reach what is needed, likeliest first, and whether more than `most` were cut off.
    /// Names that `admits` refuses are left out before.
    pub(crate) fn candidates(
        &self,
        name: &PersonName,
        need: &Need,
        most: usize,
        admits: impl Fn(u32) -> bool,
        scratch: &mut Scratch,
    ) -> (Vec<Candidate>, bool) {
        let asked = self.asked(name, need, scratch);
        let single = |group: &&Group| group.bit & RUN == 0;
        let mut left: f32 = asked.groups.iter().filter(single).map(|group| group.most + ROUNDING).sum();
        let mut missed = 0.0;
        for group in &asked.groups {
            // A plain name not met yet can only gather what is left, against what it has missed.
            let plain = group.bit & RUN != 0 || asked.reached(left + asked.facts.low, against_least(missed, 0.0, 0)) >= asked.need;
            for (token, gives) in &group.likes.tokens {
                self.gather(self.by_token.get(*token), (group.bit, *gives, self.weights[*token as usize]), plain, scratch);
            }
            for (run, gives) in &group.likes.runs {
                self.gather(self.by_pair.get(*run), (group.bit | RUN, *gives, 0.0), plain, scratch);
            }
            if group.bit & RUN == 0 {
                left -= group.most + ROUNDING;
                missed += group.most;
            }
        }
        let (mut found, mut doubtful) = (Vec::new(), Vec::new());
        for name in scratch.touched.drain(..) {
            let gathered = std::mem::take(&mut scratch.gathered[name as usize]);
            let bound = asked.bound(&gathered, &self.facts[name as usize]);
            if bound >= asked.need {
                if admits(name) {
                    found.push(Candidate { name, bound });
                }
            } else if gathered.gives >= asked.need {
                doubtful.push(Candidate { name, bound: gathered.gives });
            }
        }
        let order = |a: &Candidate, b: &Candidate| b.bound.total_cmp(&a.bound).then(a.name.cmp(&b.name));
        if doubtful.len() > DOUBTFUL_MAX && most < usize::MAX {
            doubtful.select_nth_unstable_by(DOUBTFUL_MAX, order);
            doubtful.truncate(DOUBTFUL_MAX);
        }
        found.extend(doubtful.into_iter().filter(|doubtful| admits(doubtful.name)));
        let cut = found.len() > most;
        if cut {
            found.select_nth_unstable_by(most, order);
            found.truncate(most);
        }
        found.sort_unstable_by(order);
        (found, cut)
    }

    /// Adds what a token gives to the names that hold it, once a group; names not met before only where `plain` or where an initial may
    /// stand for what was missed.
    fn gather(&self, names: &[u32], (bit, gives, weight): (u32, f32, f32), plain: bool, scratch: &mut Scratch) {
        let group = bit & !RUN;
        for name in names {
            let gathered = &mut scratch.gathered[*name as usize];
            if gathered.groups & group != 0 {
                gathered.groups |= bit;
                if weight == 0.0 {
                    // A run, which may give more than the token met before.
                    gathered.gives += gives;
                }
                if weight > gathered.last {
                    gathered.listed += weight - gathered.last;
                    gathered.last = weight;
                }
                continue;
            }
            if gathered.groups == 0 {
                if !plain && self.facts[*name as usize].loose == 0 {
                    continue;
                }
                scratch.touched.push(*name);
            }
            gathered.groups |= bit;
            gathered.gives += gives;
            gathered.listed += weight;
            gathered.last = weight;
        }
    }
}

fn key(asked: &[&NameToken]) -> u64 {
    use std::hash::{Hash, Hasher};
    let mut hasher = FxHasher::default();
    for token in asked {
        (token.script, token.role, token.weight.to_bits(), &token.text).hash(&mut hasher);
    }
    hasher.finish()
}
