//! Lists and settings in, ranked hits with reasons out.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use tributary_model::Date;
use tributary_text::names::{Agreement, MatchedTokens, NameToken, PersonName, PreparedName, TOKENS_MAX, TokenFrequencies};

use crate::entry::{Delta, Kind, ListEntry, NAMES_MAX, Quality, WatchList, delta};
use crate::fields::{Fields, Given};
use crate::index::{Builder, Index, telling};
use crate::query::{Abstention, Disposition, Hit, NameReason, Outcome, QUERY_NAMES_MAX, Query, Reason, Routing, TokenMatch};
use crate::scope::{Scope, UnknownList};
use crate::search::{Need, Scratch};
use crate::settings::{Settings, probability};
use crate::weights::Weights;

/// Queries that one task of a batch takes at a time.
const TASK: usize = 64;
/// What is lost for reading a space one letter off, in nats: one writer in about three hundred names, some of them unseen.
const SLIP: f64 = 1.0;
/// Names that are taken apart together when an index is built.
const PARSED_AT_ONCE: usize = 1 << 14;
/// Scratch memories kept for queries to come; more are made and dropped.
const POOLED_MAX: usize = 16;
/// Most readings of one name with a space one letter off.
const SLIPS_MAX: usize = 4;
/// Most names of a query whose alignments are written out.
const TOKENS_TOLD_MAX: usize = 24;

/// A listed entry in the screener.
struct Slot {
    list: u32,
    at: u32,
    kind: Kind,
    fields: Fields,
}

/// A listed name in the screener.
struct NameSlot {
    slot: u32,
    at: u16,
    quality: Quality,
    telling: u8,
}

/// Screens names against lists. Built once, used from many threads.
pub struct Screener {
    lists: Vec<WatchList>,
    settings: Settings,
    weights: Weights,
    slots: Vec<Slot>,
    names: Vec<NameSlot>,
    index: Index,
    identifiers: FxHashMap<(&'static str, String), Vec<u32>>,
    pool: Mutex<Vec<Workspace>>,
}

/// What one thread keeps between queries of one screener.
pub struct Workspace {
    scratch: Scratch,
}

/// A name of a query made ready.
struct Asked {
    parsed: PersonName,
    prepared: PreparedName,
    telling: u8,
    /// What is lost for reading the space one letter off, in nats.
    slip: f64,
}

/// A query made ready.
struct Ready {
    names: Vec<Asked>,
    fields: Fields,
}

/// The best pair of names of an entry: evidence, place of the query's name, place of the listed name.
#[derive(Clone, Copy, PartialEq)]
struct Best {
    slot: u32,
    log_odds: f64,
    query: u32,
    name: Option<u32>,
}

impl Asked {
    fn of(parsed: PersonName, slip: f64) -> Self {
        Self { prepared: PreparedName::of(&parsed), telling: telling(&parsed), parsed, slip }
    }
}

/// The name with each space moved by one letter to either side, and the two words that this changes.
fn slipped(name: &str) -> Vec<(String, String)> {
    let separator = |c: char| c.is_whitespace() || matches!(c, '-' | '.' | ',');
    let words: Vec<&str> = name.split(separator).filter(|word| !word.is_empty()).take(TOKENS_MAX).collect();
    let mut readings = Vec::new();
    for at in 1..words.len() {
        let (Some(first), Some(second)) = (words.get(at - 1), words.get(at)) else { continue };
        let letters: Vec<char> = first.chars().chain(second.chars()).collect();
        let border = first.chars().count();
        for moved in [border.saturating_sub(1), border + 1] {
            if moved < 2 || letters.len() < moved + 2 {
                continue;
            }
            let side = |part: &[char]| part.iter().collect::<String>();
            let pair = format!("{} {}", side(letters.get(..moved).unwrap_or_default()), side(letters.get(moved..).unwrap_or_default()));
            let before = words.get(..at - 1).unwrap_or_default();
            let after = words.get(at + 1..).unwrap_or_default();
            readings.push(([before, &[pair.as_str()], after].concat().join(" "), pair));
        }
    }
    readings
}

impl Screener {
    /// Builds a screener over lists; token weights are counted from them and the built-in tables.
    #[must_use]
    pub fn new(lists: Vec<WatchList>, settings: Settings) -> Self {
        let weights = Weights::of(&lists, None);
        Self::with_weights(lists, settings, weights)
    }

    /// The same, with names counted from the caller's own population: what is common there says little.
    #[must_use]
    pub fn with_population(lists: Vec<WatchList>, settings: Settings, population: TokenFrequencies) -> Self {
        let weights = Weights::of(&lists, Some(population));
        Self::with_weights(lists, settings, weights)
    }

    /// The same, with weights frozen before: a new version of a list then changes the scores of changed entries alone.
    #[must_use]
    pub fn with_weights(lists: Vec<WatchList>, settings: Settings, weights: Weights) -> Self {
        let (mut slots, mut names) = (Vec::new(), Vec::new());
        let mut identifiers: FxHashMap<(&'static str, String), Vec<u32>> = FxHashMap::default();
        let mut texts: Vec<&str> = Vec::new();
        for (list_at, list) in (0_u32..).zip(&lists) {
            for (at, entry) in (0_u32..).zip(&list.entries) {
                let slot = u32::try_from(slots.len()).unwrap_or(u32::MAX);
                let fields = entry_fields(entry);
                for identifier in &fields.identifiers {
                    identifiers.entry(identifier.clone()).or_default().push(slot);
                }
                for (name_at, name) in (0_u16..).zip(entry.names.iter().take(NAMES_MAX)) {
                    texts.push(&name.text);
                    names.push(NameSlot { slot, at: name_at, quality: name.quality, telling: 0 });
                }
                slots.push(Slot { list: list_at, at, kind: entry.kind, fields });
            }
        }
        let mut builder = Builder::default();
        for (texts, names) in texts.chunks(PARSED_AT_ONCE).zip(names.chunks_mut(PARSED_AT_ONCE)) {
            let parsed: Vec<PersonName> = texts.par_iter().map(|text| weights.parse(text)).collect();
            for (parsed, slot) in parsed.iter().zip(names) {
                slot.telling = telling(parsed);
                builder.push(parsed);
            }
        }
        Self { lists, settings, weights, slots, names, index: builder.finish(), identifiers, pool: Mutex::default() }
    }

    /// The screener after a new version of a list: settings and weights stay, the list of that name is replaced, or added where there is
    /// none. And what changed in it, for [`Customers::rescreen`](crate::Customers::rescreen).
    #[must_use]
    pub fn with_list(&self, list: WatchList) -> (Self, Delta) {
        let mut lists = self.lists.clone();
        let changed = match lists.iter_mut().find(|known| known.name == list.name) {
            Some(known) => {
                let changed = delta(known, &list);
                *known = list;
                changed
            }
            None => {
                let changed = delta(&WatchList { name: list.name.clone(), ..WatchList::default() }, &list);
                lists.push(list);
                changed
            }
        };
        (Self::with_weights(lists, self.settings.clone(), self.weights.clone()), changed)
    }

    /// The part of the lists that a request asks for, by their names.
    ///
    /// # Errors
    /// [`UnknownList`] for a name that no list has.
    pub fn scope(&self, names: &[&str]) -> Result<Scope, UnknownList> {
        Scope::of(names, &self.lists.iter().map(|list| list.name.as_str()).collect::<Vec<_>>())
    }

    /// The lists screened.
    #[must_use]
    pub fn lists(&self) -> &[WatchList] {
        &self.lists
    }

    /// The settings in force.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The weights in force, to freeze them for the next version of a list.
    #[must_use]
    pub const fn weights(&self) -> &Weights {
        &self.weights
    }

    /// Names in the index, distinct tokens, and bytes held by the index.
    #[must_use]
    pub fn size(&self) -> (usize, usize, usize) {
        (self.names.len(), self.index.vocabulary_len(), self.index.bytes())
    }

    /// Scratch memory for one thread.
    #[must_use]
    pub fn workspace(&self) -> Workspace {
        Workspace { scratch: Scratch::new(&self.index) }
    }

    /// Screens one query on a day. Scratch memory is kept for the next.
    #[must_use]
    pub fn screen(&self, query: &Query, as_of: Date) -> Outcome {
        self.screen_within(query, as_of, &self.all())
    }

    /// The same against some of the lists: hits and abstentions are theirs alone.
    #[must_use]
    pub fn screen_within(&self, query: &Query, as_of: Date, scope: &Scope) -> Outcome {
        let mut workspace = self.lent();
        let outcome = self.outcome(&mut workspace, query, (as_of, scope), Way::Indexed);
        self.give_back(workspace);
        outcome
    }

    /// Screens many queries on all threads; outcomes in the order of the queries.
    #[must_use]
    pub fn screen_batch(&self, queries: &[Query], as_of: Date) -> Vec<Outcome> {
        self.screen_batch_within(queries, as_of, &self.all())
    }

    /// The same against some of the lists.
    #[must_use]
    pub fn screen_batch_within(&self, queries: &[Query], as_of: Date, scope: &Scope) -> Vec<Outcome> {
        let part = |part: &[Query]| -> Vec<Outcome> {
            let mut workspace = self.lent();
            let outcomes = part.iter().map(|query| self.outcome(&mut workspace, query, (as_of, scope), Way::Indexed)).collect();
            self.give_back(workspace);
            outcomes
        };
        let parts: Vec<Vec<Outcome>> = queries.par_chunks(TASK).map(part).collect();
        parts.into_iter().flatten().collect()
    }

    /// Screens one query with a thread's own scratch memory.
    #[must_use]
    pub fn screen_in(&self, workspace: &mut Workspace, query: &Query, as_of: Date) -> Outcome {
        self.outcome(workspace, query, (as_of, &self.all()), Way::Indexed)
    }

    /// The plain reference: every name of the query against every listed name, no index and no bound on candidates.
    #[must_use]
    pub fn screen_plain(&self, query: &Query, as_of: Date) -> Outcome {
        self.outcome(&mut self.workspace(), query, (as_of, &self.all()), Way::Plain)
    }

    fn all(&self) -> Scope {
        Scope::all(self.lists.len())
    }

    /// Scratch memory from the pool, or new.
    fn lent(&self) -> Workspace {
        let pooled = self.pool.lock().unwrap_or_else(PoisonError::into_inner).pop();
        pooled.unwrap_or_else(|| self.workspace())
    }

    fn give_back(&self, workspace: Workspace) {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.len() < POOLED_MAX {
            pool.push(workspace);
        }
    }

    fn outcome(&self, workspace: &mut Workspace, query: &Query, (as_of, scope): (Date, &Scope), way: Way) -> Outcome {
        let ready = self.ready(query);
        let mut abstained = self.abstentions(&ready, as_of, scope);
        let (mut found, bounded) = self.find(workspace, query, &ready, (way, scope));
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.slot.cmp(&b.0.slot)));
        found.truncate(self.settings.hits_max);
        let thin = abstained.iter().any(|reason| matches!(reason, Abstention::ThinQuery { .. } | Abstention::EmptyQuery));
        let hits: Vec<Hit> = found.iter().filter_map(|(best, total)| self.hit(workspace, &ready, best, *total, (as_of, thin))).collect();
        if hits.iter().any(|hit| hit.disposition == Disposition::StrongMatch) {
            abstained.retain(|reason| !matches!(reason, Abstention::ThinQuery { .. }));
        }
        // Under protection nobody in the ordinary queue learns whether there was a hit.
        let (routing, hits, sealed) =
            if query.protected.is_some() { (Routing::ProtectionFirst, Vec::new(), hits) } else { (Routing::Ordinary, hits, Vec::new()) };
        let bounded = bounded && routing == Routing::Ordinary;
        Outcome { id: query.id.clone(), routing, hits, abstained, bounded, sealed }
    }

    fn ready(&self, query: &Query) -> Ready {
        let mut names: Vec<Asked> = Vec::new();
        for name in query.names.iter().take(QUERY_NAMES_MAX) {
            names.push(Asked::of(self.weights.parse(name), 0.0));
            names.extend(self.readings(name).into_iter().map(|parsed| Asked::of(parsed, SLIP)));
        }
        names.retain(|asked| !asked.prepared.is_empty());
        Ready { names, fields: crate::rescreen::query_fields(query) }
    }

    /// Readings of a name with a space one letter off, where a word of it is unknown to the lists and the two words that come out are known.
    pub(crate) fn readings(&self, name: &str) -> Vec<PersonName> {
        if self.index.spells(&self.weights.parse(name)) {
            return Vec::new();
        }
        let known = slipped(name).into_iter().filter(|(_, moved)| self.index.spells(&self.weights.parse(moved)));
        known.take(SLIPS_MAX).map(|(name, _)| self.weights.parse(&name)).collect()
    }

    /// A screener over a part of these lists: settings, weights and the words known are the whole's.
    pub(crate) fn part(&self, lists: Vec<WatchList>) -> Self {
        let mut part = Self::with_weights(lists, self.settings.clone(), self.weights.clone());
        part.index.share_words(&self.index);
        part
    }

    fn abstentions(&self, ready: &Ready, as_of: Date, scope: &Scope) -> Vec<Abstention> {
        let limit = self.settings.list_age_days_max;
        let lists = (0..).zip(&self.lists).filter(|(at, _)| scope.holds(*at));
        let mut abstained: Vec<Abstention> = lists.filter_map(|(_, list)| stale(list, as_of, limit)).collect();
        let weight = ready.names.iter().map(|asked| asked.parsed.tokens.iter().map(|token| token.weight).sum::<f64>()).fold(0.0, f64::max);
        if ready.names.is_empty() && ready.fields.identifiers.is_empty() {
            abstained.push(Abstention::EmptyQuery);
        } else if weight < self.settings.query_weight_min && ready.fields.identifiers.is_empty() {
            abstained.push(Abstention::ThinQuery { weight, weight_min: self.settings.query_weight_min });
        }
        abstained
    }

    /// All entries whose evidence reaches the settings' least, and whether candidates were cut off.
    fn find(&self, workspace: &mut Workspace, query: &Query, ready: &Ready, (way, scope): (Way, &Scope)) -> (Vec<(Best, f64)>, bool) {
        let mut best: FxHashMap<u32, Best> = FxHashMap::default();
        let mut bounded = false;
        let enough = self.settings.least(!ready.fields.births.is_empty());
        for (at, asked) in (0_u32..).zip(&ready.names) {
            match way {
                Way::Indexed => {
                    let least = self.settings.name_log_odds_min.max(enough - most_of(&ready.fields));
                    let need = Need { least: least + asked.slip, partial: self.settings.partial_log_odds };
                    let (most, scratch) = (self.settings.candidates_max, &mut workspace.scratch);
                    let admits = |name: u32| self.admits(name, query.kind, scope);
                    let (candidates, cut) = self.index.candidates(&asked.parsed, &need, most, admits, scratch);
                    bounded |= cut;
                    for candidate in candidates {
                        self.consider(workspace, (at, asked), candidate.name, &mut best);
                    }
                }
                Way::Plain => {
                    let names = 0..u32::try_from(self.names.len()).unwrap_or(u32::MAX);
                    for name in names.filter(|name| self.admits(*name, query.kind, scope)) {
                        self.consider(workspace, (at, asked), name, &mut best);
                    }
                }
            }
        }
        self.known_by_identifier(workspace, ready, scope, &mut best);
        let mut found: Vec<(Best, f64)> = best
            .into_values()
            .filter_map(|best| {
                let (others, hard) = self.slots.get(best.slot as usize)?.fields.log_odds(&ready.fields);
                let total = best.log_odds + others;
                let hit = hard || (best.log_odds >= self.settings.name_log_odds_min && total >= enough);
                hit.then_some((best, total))
            })
            .collect();
        found.sort_unstable_by_key(|(best, _)| best.slot);
        (found, bounded)
    }

    /// Is the name of a kind and a list asked about?
    fn admits(&self, name: u32, kind: Kind, scope: &Scope) -> bool {
        let slot = self.names.get(name as usize).and_then(|name| self.slots.get(name.slot as usize));
        slot.is_some_and(|slot| slot.kind.meets(kind) && scope.holds(slot.list))
    }

    /// Compares one pair of names and keeps it where it is its entry's best.
    fn consider(&self, workspace: &mut Workspace, query: (u32, &Asked), name: u32, best: &mut FxHashMap<u32, Best>) {
        let Some(slot_of) = self.names.get(name as usize) else { return };
        let log_odds = self.evidence(workspace, query.1, name, slot_of);
        let found = Best { slot: slot_of.slot, log_odds, query: query.0, name: Some(name) };
        if log_odds < self.settings.name_log_odds_min {
            return;
        }
        let known = best.entry(slot_of.slot).or_insert(found);
        let better = log_odds > known.log_odds || (log_odds == known.log_odds && (query.0, Some(name)) < (known.query, known.name));
        if better {
            *known = found;
        }
    }

    /// Entries that share a hard identifier are hits whatever their names; their best names are compared for the account.
    fn known_by_identifier(&self, workspace: &mut Workspace, ready: &Ready, scope: &Scope, best: &mut FxHashMap<u32, Best>) {
        let slots = ready.fields.identifiers.iter().filter_map(|identifier| self.identifiers.get(identifier)).flatten();
        let within = |slot: &&u32| self.slots.get(**slot as usize).is_some_and(|slot| scope.holds(slot.list));
        for slot in slots.filter(within) {
            if best.contains_key(slot) {
                continue;
            }
            let mut found = Best { slot: *slot, log_odds: 0.0, query: 0, name: None };
            let first = self.names.partition_point(|name| name.slot < *slot);
            let places = (first..).filter_map(|name| u32::try_from(name).ok());
            for (name, listed) in places.zip(self.names.iter().skip(first).take_while(|name| name.slot == *slot)) {
                for (at, asked) in (0_u32..).zip(&ready.names) {
                    let log_odds = self.evidence(workspace, asked, name, listed);
                    if found.name.is_none() || log_odds > found.log_odds {
                        found = Best { slot: *slot, log_odds, query: at, name: Some(name) };
                    }
                }
            }
            best.insert(*slot, found);
        }
    }

    /// Evidence of a pair of names: what their tokens say, less what is lacking to a whole agreement. A weak alias, and a listed name or a query of
    /// one telling token against a longer one, keep only a share of it; evidence against counts in full.
    fn evidence(&self, workspace: &mut Workspace, asked: &Asked, name: u32, slot: &NameSlot) -> f64 {
        let (score, agreement) = workspace.scratch.comparer.compare_parts(&asked.prepared, self.index.parts(name));
        let settings = &self.settings;
        let chance = settings.choice_share * ways(&agreement);
        let log_odds = score.log_odds - settings.partial_log_odds * (1.0 - score.similarity) - asked.slip - chance;
        let thin = asked.telling.min(slot.telling) <= 1 && asked.telling.max(slot.telling) > 1;
        let share = if slot.quality == Quality::Weak || thin { settings.weak_alias_share } else { 1.0 };
        if log_odds > 0.0 { log_odds * share } else { log_odds }
    }

    fn hit(&self, workspace: &mut Workspace, ready: &Ready, best: &Best, total: f64, (as_of, thin): (Date, bool)) -> Option<Hit> {
        let slot = self.slots.get(best.slot as usize)?;
        let list = self.lists.get(slot.list as usize)?;
        let entry = list.entries.get(slot.at as usize)?;
        let (reasons, missing) = ready.fields.explain(&slot.fields);
        let hard = slot.fields.log_odds(&ready.fields).1;
        let stale = stale(list, as_of, self.settings.list_age_days_max).is_some();
        let disposition = match (stale, hard, thin) {
            (true, _, _) | (false, false, true) => Disposition::Abstain,
            (false, true, _) => Disposition::StrongMatch,
            (false, false, false) => Disposition::ResolutionQueue,
        };
        Some(Hit {
            list: list.name.clone(),
            list_dated: list.dated(),
            entry: entry.id.clone(),
            reference: entry.reference.clone(),
            programmes: entry.programmes.clone(),
            log_odds: total,
            probability: probability(total, self.settings.prior_log_odds),
            disposition,
            name: self.name_reason(workspace, ready, best, entry).unwrap_or_default(),
            reasons,
            missing,
        })
    }

    fn name_reason(&self, workspace: &mut Workspace, ready: &Ready, best: &Best, entry: &ListEntry) -> Option<NameReason> {
        let asked = &ready.names.get(best.query as usize)?.parsed;
        let slot = self.names.get(best.name? as usize)?;
        let name = entry.names.get(usize::from(slot.at))?;
        let account = workspace.scratch.comparer.explain(asked, &self.weights.parse(&name.text));
        Some(NameReason {
            query: words(&asked.tokens),
            listed: name.text.clone(),
            quality: Some(name.quality),
            log_odds: best.log_odds,
            similarity: account.score.similarity,
            matched: account.matched.iter().take(TOKENS_TOLD_MAX).map(token_match).collect(),
            only_query: account.only_left.iter().map(|token| token.text.clone()).collect(),
            only_listed: account.only_right.iter().map(|token| token.text.clone()).collect(),
        })
    }
}

/// ln of the number of ways in which as many names of either side could have agreed.
fn ways(agreement: &Agreement) -> f64 {
    let choose = |of: u8, left: u8| (1..=of.min(left)).map(|at| (f64::from(of + left + 1 - at) / f64::from(at)).ln()).sum::<f64>();
    let [a, b] = [0, 1].map(|side| {
        let (matched, left) = (agreement.names.get(side), agreement.names_left.get(side));
        choose(matched.copied().unwrap_or(0), left.copied().unwrap_or(0))
    });
    a + b
}

/// Which way names are found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Indexed,
    Plain,
}

/// Most that fields other than names and identifiers can add to this query.
fn most_of(fields: &Fields) -> f64 {
    let birth = if fields.births.is_empty() { 0.0 } else { crate::birth::BirthLevel::Day.log_odds() };
    let place = if fields.places.is_empty() { 0.0 } else { crate::fields::PLACE };
    let nationality = if fields.nationalities.is_empty() { 0.0 } else { crate::fields::NATIONALITY };
    birth + place + nationality
}

fn stale(list: &WatchList, as_of: Date, limit: i32) -> Option<Abstention> {
    let age = list.age_days(as_of);
    if age > limit {
        return Some(Abstention::StaleList { list: list.name.clone(), age_days: age, age_days_max: limit });
    }
    // A list dated tomorrow is one of another time zone.
    (age < -1).then(|| Abstention::FutureList { list: list.name.clone(), days: -age })
}

pub(crate) fn entry_fields(entry: &ListEntry) -> Fields {
    Fields::of(&Given {
        births: &entry.births,
        places: &entry.places,
        nationalities: &entry.nationalities,
        documents: &entry.documents,
        wallets: &entry.wallets,
        phones: &entry.phones,
        emails: &entry.emails,
    })
}

fn words(tokens: &[NameToken]) -> String {
    tokens.iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" ")
}

fn token_match(matched: &MatchedTokens) -> TokenMatch {
    let (query, listed) = (words(&matched.left), words(&matched.right));
    let same = query == listed;
    TokenMatch { query, listed, log_odds: 2.0 * matched.gain - matched.weight, same }
}

/// How a reason reads in one line.
impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:+.1}: `{}` and `{}`, {}", self.field, self.log_odds, self.query, self.listed, self.note)
    }
}
