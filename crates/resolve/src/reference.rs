//! The plain resolution: every pair of parties compared, joins tried one after the other. For small inputs in tests only.

use std::collections::{BTreeMap, BTreeSet};

use tributary_text::{normalise_document, normalise_email, normalise_name, normalise_phone};

use crate::compare::{close, estimated};
use crate::features::Features;
use crate::keys::{RULES, keys};
use crate::matches::{Match, Model};
use crate::model::{Scorer, built_in};
use crate::party;
use crate::record::{Judgement, Method, PartyKind, Record, Settings};

/// All that the records of one id say, raw sets after normalisation.
#[derive(Default)]
struct Plain {
    kinds: BTreeSet<PartyKind>,
    names: BTreeSet<String>,
    births: BTreeSet<tributary_model::Date>,
    documents: BTreeSet<String>,
    phones: BTreeSet<String>,
    emails: BTreeSet<String>,
    spans: Vec<(i64, i64)>,
}

impl Plain {
    fn kind(&self) -> PartyKind {
        let known: Vec<&PartyKind> = self.kinds.iter().filter(|kind| **kind != PartyKind::Unknown).collect();
        if let [kind] = known.as_slice() { **kind } else { PartyKind::Unknown }
    }

    fn births_differ(&self, other: &Self) -> bool {
        let near = self.births.iter().any(|a| other.births.iter().any(|b| close(*a, *b)));
        !self.births.is_empty() && !other.births.is_empty() && !near
    }

    fn theft(&self, other: &Self) -> bool {
        let names_differ = !self.names.is_empty() && !other.names.is_empty() && self.names.is_disjoint(&other.names);
        let shared = self.documents.intersection(&other.documents).any(|document| !document.starts_with("licence:"));
        names_differ && self.births_differ(other) && shared
    }

    fn together(&self, other: &Self, gap: i64) -> bool {
        let span = |spans: &[(i64, i64)]| Some((spans.iter().map(|s| s.0).min()?, spans.iter().map(|s| s.1).max()?));
        match (span(&self.spans), span(&other.spans)) {
            (Some(a), Some(b)) => a.0 <= b.1.saturating_add(gap) && b.0 <= a.1.saturating_add(gap),
            _ => true,
        }
    }
}

/// Every pair of persons that the model would join, each compared by itself: those that share a key which few enough share. Under the
/// built-in parameters: nothing is learnt here.
fn matches(model: &mut Model<'_>, settings: &Settings) -> Vec<Match> {
    let features = model.features();
    let keys_of = |rule: usize| {
        let all = features.persons.iter().map(|person| if person.person { keys(features, person, rule) } else { Vec::new() });
        all.collect::<Vec<Vec<u64>>>()
    };
    let all: Vec<Vec<Vec<u64>>> = (0..RULES.len()).map(keys_of).collect();
    let few = |held: &[Vec<u64>], key: &u64| held.iter().filter(|keys| keys.contains(key)).count() <= settings.block_max;
    let met = |a: &usize, b: &usize| {
        let shared = |held: &Vec<Vec<u64>>| match (held.get(*a), held.get(*b)) {
            (Some(one), Some(other)) => one.iter().any(|key| other.contains(key) && few(held, key)),
            _ => false,
        };
        all.iter().any(shared)
    };
    let n = features.persons.len();
    let pairs: Vec<(usize, usize)> = (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b))).filter(|(a, b)| met(a, b)).collect();
    let small = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    pairs.into_iter().filter_map(|(a, b)| model.matched(small(a), small(b), settings)).filter(|found| found.joins).collect()
}

/// The entity id of each party id. With fewer records than `training_min`: the model's parameters are the built-in ones.
#[must_use]
pub fn entities(records: &[Record], judgements: &[Judgement], settings: &Settings) -> BTreeMap<String, String> {
    let parties = plain(records);
    let judged = |a: &str, b: &str, same: bool| judgements.iter().any(|j| j.same == same && ((j.a == a && j.b == b) || (j.a == b && j.b == a)));
    let merged = party::parties(records);
    let features = Features::new(&merged);
    let scorer = Scorer::new(built_in(features.count()));
    let mut model = Model::plain(features, &merged, scorer, settings.phone_gap_max);
    let found = if settings.method == Method::Model { matches(&mut model, settings) } else { Vec::new() };
    let mut proposals: Vec<(f64, &str, &str, bool)> = Vec::new();
    for (a, one) in &parties {
        for (b, other) in parties.iter().filter(|(b, _)| *b > a) {
            let weight = weight(&parties, one, other, settings) + if judged(a, b, true) { 20.0 } else { 0.0 };
            if weight > 0.0 {
                proposals.push((weight, a, b, false));
            }
        }
    }
    for one in found {
        if let (Some(a), Some(b)) = (merged.get(one.pair.0 as usize), merged.get(one.pair.1 as usize))
            && !proposals.iter().any(|known| (known.1, known.2) == (a.id, b.id))
        {
            proposals.push((one.odds, a.id, b.id, true));
        }
    }
    proposals.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    let mut entities: Vec<BTreeSet<&str>> = parties.keys().map(|id| BTreeSet::from([id.as_str()])).collect();
    for (_, a, b, by_model) in proposals {
        let holding = |id: &str| entities.iter().position(|entity| entity.contains(id)).unwrap_or(usize::MAX);
        let (at_a, at_b) = (holding(a), holding(b));
        let (Some(of_a), Some(of_b)) = (entities.get(at_a), entities.get(at_b)) else {
            continue;
        };
        let contradict = |x: &str, y: &str| {
            let (Some(one), Some(other)) = (parties.get(x), parties.get(y)) else {
                return true;
            };
            let differ = !one.kind().compatible(other.kind()) || one.births_differ(other) || one.theft(other);
            judged(x, y, false) || (!judged(x, y, true) && differ)
        };
        let bad = of_a.iter().any(|x| of_b.iter().any(|y| contradict(x, y)));
        if at_a == at_b || bad || of_a.len() + of_b.len() > settings.cluster_size_max {
            continue;
        }
        let position = |id: &str| merged.binary_search_by(|party| party.id.cmp(id)).ok().and_then(|at| u32::try_from(at).ok()).unwrap_or(u32::MAX);
        let mut unlike = |x: &str, y: &str| !judged(x, y, true) && model.unlike(position(x).min(position(y)), position(x).max(position(y)));
        if by_model && of_a.iter().any(|x| of_b.iter().any(|y| unlike(x, y))) {
            continue;
        }
        let given = of_b.clone();
        if let Some(kept) = entities.get_mut(at_a) {
            kept.extend(given);
        }
        entities.remove(at_b);
    }
    let named = |entity: &BTreeSet<&str>| {
        let name = entity.first().copied().unwrap_or_default().to_owned();
        entity.iter().map(|id| ((*id).to_owned(), name.clone())).collect::<Vec<_>>()
    };
    entities.iter().flat_map(named).collect()
}

fn plain(records: &[Record]) -> BTreeMap<String, Plain> {
    let mut parties: BTreeMap<String, Plain> = BTreeMap::new();
    for record in records {
        let party = parties.entry(record.party_id.clone()).or_default();
        let usable = |values: &[String], form: fn(&str) -> String| values.iter().map(|v| form(v)).filter(|v| !v.is_empty()).collect::<Vec<_>>();
        party.kinds.insert(record.kind);
        party.names.extend(usable(&record.names, normalise_name));
        party.births.extend(record.birth_date);
        party.documents.extend(usable(&record.documents, normalise_document));
        party.phones.extend(usable(&record.phones, normalise_phone));
        party.emails.extend(usable(&record.emails, normalise_email));
        party.spans.extend(record.active);
    }
    parties
}

/// What speaks for two parties, before anything speaks against them.
fn weight(parties: &BTreeMap<String, Plain>, a: &Plain, b: &Plain, settings: &Settings) -> f64 {
    let few = |holds: &dyn Fn(&Plain) -> bool| parties.values().filter(|party| holds(party)).count() <= settings.shared_by_max;
    let mut weight = 0.0;
    for document in a.documents.intersection(&b.documents) {
        let users: Vec<&Plain> = parties.values().filter(|party| party.documents.contains(document)).collect();
        let licence = document.starts_with("licence:");
        let organisations = a.kind() == PartyKind::Organisation && b.kind() == PartyKind::Organisation;
        let disputed = users.iter().any(|x| users.iter().any(|y| x.theft(y)));
        let agree = !a.names.is_disjoint(&b.names) || !a.births.is_disjoint(&b.births);
        let good = if licence { organisations } else { !disputed || agree };
        if good && users.len() <= settings.shared_by_max {
            weight += 12.0;
        }
    }
    for email in a.emails.intersection(&b.emails) {
        weight += if few(&|party| party.emails.contains(email)) { 8.0 } else { 0.0 };
    }
    for name in a.names.intersection(&b.names) {
        for birth in a.births.intersection(&b.births).filter(|birth| !estimated(**birth)) {
            weight += if few(&|party| party.names.contains(name) && party.births.contains(birth)) { 9.0 } else { 0.0 };
        }
        for phone in a.phones.intersection(&b.phones) {
            let good = few(&|party| party.names.contains(name) && party.phones.contains(phone)) && a.together(b, settings.phone_gap_max);
            weight += if good { 7.0 } else { 0.0 };
        }
    }
    weight
}
