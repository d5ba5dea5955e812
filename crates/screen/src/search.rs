//! Which listed names can reach a given evidence: what their tokens could give is gathered name by name, heaviest tokens of the query
//! first, under an upper bound that counts what must stay unmatched on either side.
//!
//! A token brings no new name once the rest of the query cannot reach the bound (Turtle and Flood 1995, "Query evaluation: strategies
//! and optimizations", MaxScore).

#![expect(clippy::indexing_slicing, reason = "kernel over arrays built here; every index is a token or name number handed out by the builder")]

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHasher};
use tributary_text::names::units::Script;
use tributary_text::names::{Breadth, Comparer, NameToken, PersonName, PreparedName, Role, against_least, skeleton_keys, slip_keys};

use crate::index::{Facts, Index, LOW, aligned, alone, run};
use crate::weights::Weights;

/// What rounding may hide of a token's evidence, in nats.
const ROUNDING: f32 = 0.03;
/// Query tokens whose listed likes are remembered between queries.
const REMEMBERED_MAX: usize = 1 << 16;
/// Most that a token weighs, in nats.
const TOKEN_MOST: f32 = 8.0;
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

/// The listed tokens that a token of a query was found to be like, and of which token.
struct Remembered {
    text: Box<str>,
    sort: (Script, Role, u64, Breadth),
    likes: Arc<[Like]>,
}

/// What one thread keeps between queries; it never shows in a result.
pub(crate) struct Scratch {
    pub(crate) comparer: Comparer,
    gathered: Vec<Gathered>,
    touched: Vec<u32>,
    seen: Vec<u32>,
    seens: u32,
    remembered: FxHashMap<u64, Remembered>,
}

impl Scratch {
    pub(crate) fn new(index: &Index) -> Self {
        Self {
            comparer: Comparer::with_slips(),
            gathered: vec![Gathered::default(); index.facts.len()],
            touched: Vec::new(),
            seen: vec![0; index.vocabulary.len()],
            seens: 0,
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
    /// Most it can give.
    most: f32,
    /// Listed tokens with what they would give, most first.
    tokens: Arc<[Like]>,
    /// The skeletons under which runs of listed tokens are found.
    runs: Vec<u64>,
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
        // A title or an initial may stand for a token of any weight.
        let (loose, loose_listed) = (self.facts.loose, listed.loose);
        let met = u8::try_from(gathered.groups.count_ones()).unwrap_or(u8::MAX);
        let mut left = self.facts.heavy - TOKEN_MOST * f32::from(loose_listed);
        for group in self.groups.iter().filter(|group| gathered.groups & group.bit != 0) {
            left -= group.most;
        }
        let right = listed.heavy - gathered.listed - TOKEN_MOST * f32::from(loose);
        let left_names = self.facts.names.saturating_sub(met).saturating_sub(loose_listed);
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
    /// The listed tokens that can speak for a token of a query, and with how much at most.
    fn likes(&self, token: &NameToken, breadth: Breadth, scratch: &mut Scratch) -> Arc<[Like]> {
        let sort = (token.script, token.role, token.weight.to_bits(), breadth);
        let key = key(&token.text, token.weight.to_bits() ^ u64::from(breadth == Breadth::Wide));
        if let Some(known) = scratch.remembered.get(&key)
            && known.sort == sort
            && *known.text == *token.text
        {
            return Arc::clone(&known.likes);
        }
        let alone = alone(token);
        let prepared = PreparedName::of(&alone);
        let mut likes = Vec::new();
        scratch.seens += 1;
        let wide = breadth == Breadth::Wide;
        let lists = if wide { &self.by_skeleton } else { &self.by_near };
        let slips = if wide { slip_keys(&alone) } else { Vec::new() };
        for skeleton in skeleton_keys(&alone, breadth).into_iter().chain(slips) {
            for at in lists.get(skeleton) {
                if std::mem::replace(&mut scratch.seen[*at as usize], scratch.seens) == scratch.seens {
                    continue;
                }
                // A poor match may give nothing and still leave nothing to stand against.
                if let Some(gives) = scratch.comparer.token_log_odds(&prepared, &self.vocabulary[*at as usize]) {
                    likes.push((*at, (gives as f32).max(0.0) + ROUNDING));
                }
            }
        }
        likes.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let likes: Arc<[Like]> = likes.into();
        if scratch.remembered.len() >= REMEMBERED_MAX {
            scratch.remembered.clear();
        }
        scratch.remembered.insert(key, Remembered { text: token.text.as_str().into(), sort, likes: Arc::clone(&likes) });
        likes
    }

    /// The tokens and runs of a query.
    fn asked(&self, name: &PersonName, weights: &Weights, need: &Need, scratch: &mut Scratch) -> Asked {
        let mut groups = Vec::new();
        for token in aligned(name).filter(|token| token.weight > LOW) {
            let tokens = self.likes(token, Breadth::Wide, scratch);
            groups.push((false, Group { bit: 0, most: token.weight as f32, tokens, runs: skeleton_keys(&alone(token), Breadth::Near) }));
        }
        let all: Vec<&NameToken> = aligned(name).collect();
        for pair in all.windows(2) {
            if let Some(run) = run(pair[0], pair[1], weights) {
                let tokens = self.likes(&run, Breadth::Near, scratch);
                // Against a listed run the space has slipped and nothing else.
                groups.push((true, Group { bit: RUN, most: run.weight as f32, tokens, runs: skeleton_keys(&alone(&run), Breadth::Near) }));
            }
        }
        groups.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.most.total_cmp(&a.1.most)));
        let mut groups: Vec<Group> = groups.into_iter().map(|(_, group)| group).collect();
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
        weights: &Weights,
        need: &Need,
        most: usize,
        admits: impl Fn(u32) -> bool,
        scratch: &mut Scratch,
    ) -> (Vec<Candidate>, bool) {
        let asked = self.asked(name, weights, need, scratch);
        let single = |group: &&Group| group.bit & RUN == 0;
        let mut left: f32 = asked.groups.iter().filter(single).map(|group| group.most + ROUNDING).sum();
        let mut missed = 0.0;
        for group in &asked.groups {
            // A plain name not met yet can only gather what is left, against what it has missed.
            let plain = group.bit & RUN != 0 || asked.reached(left + asked.facts.low, against_least(missed, 0.0, 0)) >= asked.need;
            for (token, gives) in group.tokens.iter() {
                self.gather(self.by_token.get(*token), (group.bit, *gives, self.weights[*token as usize]), plain, scratch);
            }
            for key in &group.runs {
                self.gather(self.by_run.get(*key), (group.bit | RUN, group.most, 0.0), plain, scratch);
            }
            if group.bit & RUN == 0 {
                left -= group.most + ROUNDING;
                missed += group.most;
            }
        }
        let mut found = Vec::new();
        for name in scratch.touched.drain(..) {
            let gathered = std::mem::take(&mut scratch.gathered[name as usize]);
            let bound = asked.bound(&gathered, &self.facts[name as usize]);
            if bound >= asked.need && admits(name) {
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

    /// Adds what a token gives to the names that hold it, once a group; names not met before only where `plain` or where a title or an
    /// initial may stand for what was missed.
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

fn key(text: &str, seed: u64) -> u64 {
    use std::hash::Hasher;
    let mut hasher = FxHasher::default();
    hasher.write_u64(seed);
    hasher.write(text.as_bytes());
    hasher.finish()
}
