//! The resolution queue: pairs of which a person must say whether they are one, and what people said.
//!
//! Two kinds of pair: two parties that the run's model holds possible and did not join, and a party that is like an entry of a watch list.
//! Nothing acts upon a pair by itself. Judgements are appended and never undone: one on two parties holds in every later run, one on a
//! party and an entry holds while the values compared are the same. Whoever is under protection is in neither kind (SG-031, SG-032).

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tributary_model::{ProtectedSet, SubjectType, Timestamp};
use tributary_resolve::{Link, Record, Resolution};

use crate::error::EngineError;
use crate::run::hex;
use crate::screening::{self, PartyHit};
use crate::workspace::Workspace;
use crate::{alerts, journal};

/// Longest reason, in characters.
const REASON_MAX: usize = 2_000;

/// What a person said of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// They are one.
    Same,
    /// They are not.
    Different,
    /// What is known does not tell.
    Insufficient,
}

impl Verdict {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Different => "different",
            Self::Insufficient => "insufficient",
        }
    }
}

/// One thing that was compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// What: `name`, `birth_date`, `document`, …
    pub field: String,
    /// The party's value.
    pub a: String,
    /// The other's value.
    pub b: String,
    /// What it says for one identity, log-odds, natural log.
    pub log_odds: f64,
}

/// What a pair is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairKind {
    /// Two parties.
    Parties,
    /// A party and an entry of a watch list.
    Listed,
}

impl PairKind {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Parties => "parties",
            Self::Listed => "listed",
        }
    }
}

/// A pair for people to judge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// 12 hex digits, from what the pair is of: the same pair has the same id in every run.
    pub id: String,
    /// What it is of.
    pub kind: PairKind,
    /// A party: its record's id among two parties, the resolved party's where it is like a listed entry.
    pub a: String,
    /// The other party's record, or `list/entry`.
    pub b: String,
    /// Evidence for one identity, log-odds, natural log.
    pub log_odds: f64,
    /// Does a hard identifier (a document, a wallet) agree?
    #[serde(rename = "identifier_agrees")]
    pub strong: bool,
    /// What was compared.
    pub compared: Vec<Compared>,
    /// 16 hex digits over the values compared: another one when any of them changes.
    pub fingerprint: String,
}

/// A judgement, as the journal has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The pair as it was when it was judged, with the values compared.
    pub pair: Pair,
    /// What was said.
    pub verdict: Verdict,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// A pair with what was said of it last.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Queued {
    /// The pair.
    #[serde(flatten)]
    pub pair: Pair,
    /// Does it wait for a person?
    pub open: bool,
    /// The last judgement on it, if any; with values that have changed since, it no longer holds for a listed pair.
    pub judged: Option<Said>,
}

/// The last judgement on a pair.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Said {
    /// What was said.
    pub verdict: Verdict,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// Were the values compared the same as now?
    pub same_values: bool,
}

/// First hex digits of a hash over texts, each closed by a zero byte so that no two lists of texts agree.
pub(crate) fn digest<'t>(texts: impl IntoIterator<Item = &'t str>, digits: usize) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.as_bytes());
        hash.update([0]);
    }
    hex(&hash.finalize(), digits)
}

impl Pair {
    /// Is neither side under protection?
    fn is_outside(&self, protected: &ProtectedSet) -> bool {
        [&self.a, &self.b].into_iter().all(|id| protected.reason(SubjectType::Party, id).is_none())
    }

    /// A pair and its ids.
    pub(crate) fn new(kind: PairKind, a: &str, b: &str, log_odds: f64, strong: bool, compared: Vec<Compared>) -> Self {
        let values = compared.iter().flat_map(|one| [one.field.as_str(), one.a.as_str(), one.b.as_str()]);
        let fingerprint = digest(values, 16);
        Self { id: digest([kind.name(), a, b], 12), kind, a: a.to_owned(), b: b.to_owned(), log_odds, strong, compared, fingerprint }
    }
}

/// A pair that the model holds possible, and the resolved parties of its two records.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Possible {
    pair: Pair,
    entities: [String; 2],
}

impl Possible {
    /// The pair, unless either side is under protection.
    pub(crate) fn outside(&self, protected: &ProtectedSet) -> Option<&Pair> {
        let outside = self.entities.iter().all(|id| protected.reason(SubjectType::Party, id).is_none());
        (outside && self.pair.is_outside(protected)).then_some(&self.pair)
    }
}

/// The possible links of a resolution, the likeliest first. Party ids in a pair are in order.
pub(crate) fn possible(records: &[Record], resolution: &Resolution, entity_of: &[String]) -> Vec<Possible> {
    let pair = |link: &Link| {
        let (first, second) = (records.get(link.a as usize)?, records.get(link.b as usize)?);
        let entities = [entity_of.get(link.a as usize)?.clone(), entity_of.get(link.b as usize)?.clone()];
        let turned = first.party_id > second.party_id;
        let compared = link.evidence.iter().map(|step| {
            let (a, b) = (step.value_compared_a.clone(), step.value_compared_b.clone());
            let (a, b) = if turned { (b, a) } else { (a, b) };
            Compared { field: step.kind.name().to_owned(), a, b, log_odds: step.weight }
        });
        let (a, b) = if turned { (second, first) } else { (first, second) };
        let odds = link.evidence.iter().map(|step| step.weight).sum();
        Some(Possible { pair: Pair::new(PairKind::Parties, &a.party_id, &b.party_id, odds, false, compared.collect()), entities })
    };
    let mut found: Vec<Possible> = resolution.possible.iter().filter_map(pair).collect();
    found.sort_by(|x, y| y.pair.log_odds.total_cmp(&x.pair.log_odds).then_with(|| (&x.pair.a, &x.pair.b).cmp(&(&y.pair.a, &y.pair.b))));
    found.dedup_by(|x, y| x.pair.id == y.pair.id);
    found
}

impl Workspace {
    fn judgements_journal(&self) -> PathBuf {
        self.root().join("resolution").join("judgements.ndjson")
    }

    /// Every judgement, in the order in which they were made.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub fn judgements(&self) -> Result<Vec<Judgement>, EngineError> {
        journal::read(&self.judgements_journal())
    }

    /// The judgements that may be shown: none on a pair of which a side has come under protection. They go on holding.
    ///
    /// # Errors
    /// The journal or the run cannot be read.
    pub fn judgements_shown(&self) -> Result<Vec<Judgement>, EngineError> {
        let under = screening::protected(self)?;
        Ok(self.judgements()?.into_iter().filter(|judgement| judgement.pair.is_outside(&under)).collect())
    }

    /// Pairs of the latest run and the latest screening, and those judged before; those that wait for a person first, then by evidence.
    ///
    /// # Errors
    /// A journal or a result cannot be read.
    pub fn resolution_queue(&self) -> Result<Vec<Queued>, EngineError> {
        let mut pairs: Vec<Pair> = match alerts::latest(self) {
            Ok(run) => journal::read(&run.join("possible.ndjson"))?,
            Err(EngineError::NoRun { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        pairs.extend(screening::latest(self)?.into_iter().flat_map(|screening| screening.hits).map(|PartyHit { pair, .. }| pair));
        let under = screening::protected(self)?;
        pairs.retain(|pair| pair.is_outside(&under));
        let mut last: BTreeMap<String, Judgement> = BTreeMap::new();
        for judgement in self.judgements()?.into_iter().filter(|judgement| judgement.pair.is_outside(&under)) {
            last.insert(judgement.pair.id.clone(), judgement);
        }
        let queued = |pair: Pair| {
            let judged = last.get(&pair.id).map(|judgement| Said {
                verdict: judgement.verdict,
                by: judgement.by.clone(),
                at: judgement.at,
                reason: judgement.reason.clone(),
                same_values: judgement.pair.fingerprint == pair.fingerprint,
            });
            // A judgement on two parties holds whatever their records say later; one on a listed entry while the values are the same.
            let holds =
                judged.as_ref().is_some_and(|said| said.verdict != Verdict::Insufficient && (pair.kind == PairKind::Parties || said.same_values));
            Queued { pair, open: !holds, judged }
        };
        let current: BTreeSet<String> = pairs.iter().map(|pair| pair.id.clone()).collect();
        let mut queue: Vec<Queued> = pairs.into_iter().map(queued).collect();
        // A judged pair leaves the results of later runs; it stays here, so that it can be looked at and judged again.
        let gone = last.values().filter(|judgement| !current.contains(&judgement.pair.id)).map(|judgement| judgement.pair.clone());
        queue.extend(gone.map(queued).map(|one| Queued { open: false, ..one }));
        queue.sort_by(|x, y| {
            let order = |one: &Queued| (!one.open, !one.pair.strong);
            order(x).cmp(&order(y)).then(y.pair.log_odds.total_cmp(&x.pair.log_odds)).then_with(|| x.pair.id.cmp(&y.pair.id))
        });
        Ok(queue)
    }

    /// Appends a person's judgement on a pair of the queue, named by its id or by a start of it that names only one.
    ///
    /// # Errors
    /// There is no such pair, nobody or no reason is named, or the journal cannot be written.
    pub fn judge(&self, id: &str, verdict: Verdict, by: &str, reason: &str, at: Timestamp) -> Result<Judgement, EngineError> {
        let (by, reason) = (by.trim(), reason.trim());
        let named = !by.is_empty() && by.chars().count() <= 200 && !reason.is_empty() && reason.chars().count() <= REASON_MAX;
        if !named || by.chars().chain(reason.chars()).any(|c| c.is_control() && c != '\n') {
            return Err(EngineError::Stage { stage: "judgement", problem: format!("say who judges, and why in 1 to {REASON_MAX} characters") });
        }
        let pair = self.pair(id)?.pair;
        let judgement = Judgement { pair, verdict, by: by.to_owned(), at, reason: reason.to_owned() };
        journal::append(&self.judgements_journal(), std::slice::from_ref(&judgement))?;
        Ok(judgement)
    }

    /// One pair of the queue, by its id or by a start of it (four characters or more) that names only one.
    ///
    /// # Errors
    /// There is no such pair, or the queue cannot be read.
    pub fn pair(&self, id: &str) -> Result<Queued, EngineError> {
        let mut named = self.resolution_queue()?.into_iter().filter(|one| one.pair.id == id || (id.len() >= 4 && one.pair.id.starts_with(id)));
        match (named.next(), named.next()) {
            (Some(one), None) => Ok(one),
            _ => Err(EngineError::NoPair { id: id.to_owned() }),
        }
    }
}

/// What the judgements on parties say to the resolution: the last one on each pair, unless it left the pair open.
pub(crate) fn for_resolution(judgements: &[Judgement]) -> Vec<tributary_resolve::Judgement> {
    let mut last: BTreeMap<(&str, &str), Verdict> = BTreeMap::new();
    for judgement in judgements.iter().filter(|judgement| judgement.pair.kind == PairKind::Parties) {
        last.insert((&judgement.pair.a, &judgement.pair.b), judgement.verdict);
    }
    let said = last.into_iter().filter(|(_, verdict)| *verdict != Verdict::Insufficient);
    said.map(|((a, b), verdict)| tributary_resolve::Judgement { a: a.to_owned(), b: b.to_owned(), same: verdict == Verdict::Same }).collect()
}

/// What a run's id says of the judgements it held to: nothing where there are none.
pub(crate) fn judged(judgements: &[tributary_resolve::Judgement]) -> String {
    if judgements.is_empty() {
        return String::new();
    }
    let said = judgements.iter().flat_map(|one| [one.a.as_str(), one.b.as_str(), if one.same { "same" } else { "different" }]);
    format!("|{}", digest(said, 16))
}
