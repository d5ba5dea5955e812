//! The rules: which values propose a join, and in what order joins are made.

use std::collections::BTreeMap;

use rayon::prelude::*;
use tributary_model::Date;

use crate::cluster::{Clusters, Judged};
use crate::compare::{LICENCE, active_together, birth_dates_differ, estimated, identity_theft, share};
use crate::party::{Party, parties};
use crate::record::{EvidenceKind, Judgement, Link, LinkEvidence, PartyKind, Record, Refusal, RefusalReason, Resolution, Settings};

/// A value under which parties meet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Document(String),
    Email(String),
    NameAndBirthDate(String, Date),
    NameAndPhone(String, String),
}

impl Key {
    fn kind(&self) -> EvidenceKind {
        match self {
            Self::Document(_) => EvidenceKind::Document,
            Self::Email(_) => EvidenceKind::Email,
            Self::NameAndBirthDate(..) => EvidenceKind::NameAndBirthDate,
            Self::NameAndPhone(..) => EvidenceKind::NameAndPhone,
        }
    }

    fn value(&self) -> String {
        match self {
            Self::Document(value) | Self::Email(value) => value.clone(),
            Self::NameAndBirthDate(name, date) => format!("{name} {date}"),
            Self::NameAndPhone(name, phone) => format!("{name} {phone}"),
        }
    }
}

/// Proposed joins between parties (smaller position first) with their evidence.
type Proposals = BTreeMap<(u32, u32), Vec<LinkEvidence>>;

/// Which records are one party.
///
/// Joins are proposed by: one document (a `licence` joins organisations only), one mail address, one name with one birth date,
/// one name with one phone, a judgement. An address or a phone alone joins nobody: families share them. Joins are made from the
/// strongest evidence down (ties by party id); each is refused, and reported, when any two members of the entity it would make contradict each
/// other (kind, birth date, judgement, identity theft) or the entity grows past its bound. Entities do not depend on the order of `records`.
#[must_use]
pub fn resolve(records: &[Record], judgements: &[Judgement], settings: &Settings) -> Resolution {
    let parties = parties(records);
    let mut refused = Vec::new();
    let mut proposals = proposals(&parties, settings, &mut refused);
    let judged = judged(&parties, judgements, &mut proposals);
    let mut order: Vec<((u32, u32), f64)> =
        proposals.iter().map(|(pair, evidence)| (*pair, evidence.iter().map(|evidence| evidence.weight).sum())).collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut clusters = Clusters::new(&parties, &judged, settings.cluster_size_max);
    let mut links = Vec::new();
    for (pair, _) in order {
        let Some(evidence) = proposals.remove(&pair) else {
            continue;
        };
        match clusters.join(pair.0, pair.1) {
            Ok(()) => links.push(link(&parties, pair, evidence)),
            Err(reason) => {
                let shared = evidence.first().map(|evidence| format!("{} {}", evidence.kind.name(), evidence.value_compared_a)).unwrap_or_default();
                refused.push(refusal(&parties, pair, reason, shared, 2));
            }
        }
    }
    for party in &parties {
        links.extend(party.records.windows(2).filter_map(|pair| match pair {
            [a, b] => Some(Link { a: *a, b: *b, evidence: vec![evidence(EvidenceKind::PartyId, party.id, party.id)] }),
            _ => None,
        }));
    }
    links.sort_by_key(|link| (link.a, link.b));
    refused.sort_unstable();
    refused.dedup();
    let (entity_of, entities) = numbered(&parties, &clusters.into_entities(), records.len());
    Resolution { entity_of, entities, links, refused }
}

/// What each shared value proposes.
fn proposals(parties: &[Party<'_>], settings: &Settings, refused: &mut Vec<Refusal>) -> Proposals {
    let mut keys: Vec<(Key, u32)> = Vec::new();
    for (at, party) in (0_u32..).zip(parties) {
        keys.extend(keys_of(party).map(|key| (key, at)));
    }
    keys.par_sort_unstable();
    let mut proposals = Proposals::new();
    for bucket in keys.chunk_by(|a, b| a.0 == b.0) {
        let [(key, first), (_, second), ..] = bucket else {
            continue;
        };
        let shared = || format!("{} {}", key.kind().name(), key.value());
        if bucket.len() > settings.shared_by_max {
            refused.push(refusal(parties, (*first, *second), RefusalReason::SharedByMany, shared(), bucket.len()));
            continue;
        }
        let pairs = || bucket.iter().enumerate().flat_map(|(at, a)| bucket.iter().skip(at + 1).map(move |b| (a.1, b.1)));
        let disputed =
            matches!(key, Key::Document(_)) && pairs().any(|(a, b)| both(parties, a, b).is_some_and(|(a, b)| identity_theft(a, b).is_some()));
        for (a, b) in pairs() {
            let Some((party_a, party_b)) = both(parties, a, b) else {
                continue;
            };
            match objection(key, party_a, party_b, disputed, settings) {
                Some(reason) => refused.push(refusal(parties, (a, b), reason, shared(), bucket.len())),
                None => proposals.entry((a, b)).or_default().push(evidence(key.kind(), &key.value(), &key.value())),
            }
        }
    }
    proposals
}

fn both<'a, 'b>(parties: &'a [Party<'b>], a: u32, b: u32) -> Option<(&'a Party<'b>, &'a Party<'b>)> {
    Some((parties.get(a as usize)?, parties.get(b as usize)?))
}

/// The values under which a party may meet others.
fn keys_of<'a>(party: &'a Party<'_>) -> impl Iterator<Item = Key> + 'a {
    let documents = party.documents.iter().cloned().map(Key::Document);
    let emails = party.emails.iter().cloned().map(Key::Email);
    let dated = party.names.iter().flat_map(|name| party.birth_dates.iter().map(|date| Key::NameAndBirthDate(name.clone(), *date)));
    let phoned = party.names.iter().flat_map(|name| party.phones.iter().map(|phone| Key::NameAndPhone(name.clone(), phone.clone())));
    documents.chain(emails).chain(dated).chain(phoned)
}

/// Why two parties that share this value are not proposed.
fn objection(key: &Key, a: &Party<'_>, b: &Party<'_>, disputed: bool, settings: &Settings) -> Option<RefusalReason> {
    match key {
        Key::Document(document) if document.starts_with(LICENCE) => {
            (a.kind != PartyKind::Organisation || b.kind != PartyKind::Organisation).then_some(RefusalReason::Kinds)
        }
        // Of a stolen document it is unknown whose it is: it joins only those who agree in name or birth date besides.
        Key::Document(_) if disputed => {
            let agree = share(&a.names, &b.names) || (share(&a.birth_dates, &b.birth_dates) && !birth_dates_differ(a, b));
            (!agree).then_some(RefusalReason::IdentityTheft)
        }
        Key::NameAndBirthDate(_, date) => estimated(*date).then_some(RefusalReason::EstimatedBirthDate),
        Key::NameAndPhone(..) => (!active_together(a, b, settings.phone_gap_max)).then_some(RefusalReason::Recycled),
        Key::Document(_) | Key::Email(_) => None,
    }
}

/// Judgements by position; those that say "the same" propose a join.
fn judged(parties: &[Party<'_>], judgements: &[Judgement], proposals: &mut Proposals) -> Judged {
    let position = |id: &str| parties.binary_search_by(|party| party.id.cmp(id)).ok().and_then(|at| u32::try_from(at).ok());
    let mut judged = Judged::default();
    for judgement in judgements {
        // A judgement on a party that is not in this snapshot waits.
        let (Some(a), Some(b)) = (position(&judgement.a), position(&judgement.b)) else {
            continue;
        };
        let pair = (a.min(b), a.max(b));
        if a != b && judgement.same {
            judged.same.insert(pair);
        } else if a != b {
            judged.apart.insert(pair);
        }
    }
    for pair in &judged.same {
        if let Some((a, b)) = both(parties, pair.0, pair.1) {
            proposals.entry(*pair).or_default().push(evidence(EvidenceKind::Judgement, a.id, b.id));
        }
    }
    judged
}

fn evidence(kind: EvidenceKind, a: &str, b: &str) -> LinkEvidence {
    LinkEvidence { kind, value_compared_a: a.to_owned(), value_compared_b: b.to_owned(), weight: kind.weight() }
}

/// The first record of each of two parties, smaller first.
fn first_records(parties: &[Party<'_>], pair: (u32, u32)) -> (u32, u32) {
    let first = |at: u32| parties.get(at as usize).and_then(|party| party.records.first().copied()).unwrap_or(u32::MAX);
    let (a, b) = (first(pair.0), first(pair.1));
    (a.min(b), a.max(b))
}

fn link(parties: &[Party<'_>], pair: (u32, u32), mut evidence: Vec<LinkEvidence>) -> Link {
    let (a, b) = first_records(parties, pair);
    let turned = both(parties, pair.0, pair.1).is_some_and(|(first, second)| first.records.first() > second.records.first());
    for step in evidence.iter_mut().filter(|_| turned) {
        std::mem::swap(&mut step.value_compared_a, &mut step.value_compared_b);
    }
    evidence.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| (a.kind, &a.value_compared_a).cmp(&(b.kind, &b.value_compared_a))));
    Link { a, b, evidence }
}

fn refusal(parties: &[Party<'_>], pair: (u32, u32), reason: RefusalReason, shared: String, users: usize) -> Refusal {
    let (a, b) = first_records(parties, pair);
    Refusal { a, b, reason, shared, users: users as u64 }
}

/// Entities numbered in the order of their ids.
fn numbered(parties: &[Party<'_>], entities: &[u32], records: usize) -> (Vec<u32>, Vec<String>) {
    // Parties are in the order of their ids and an entity is its smallest party: ascending positions are ascending ids.
    let mut roots: Vec<u32> = entities.to_vec();
    roots.sort_unstable();
    roots.dedup();
    let mut entity_of = vec![0_u32; records];
    for (party, root) in parties.iter().zip(entities) {
        let number = roots.binary_search(root).ok().and_then(|at| u32::try_from(at).ok()).unwrap_or(u32::MAX);
        for record in &party.records {
            if let Some(entity) = entity_of.get_mut(*record as usize) {
                *entity = number;
            }
        }
    }
    let ids = roots.iter().filter_map(|root| parties.get(*root as usize)).map(|party| party.id.to_owned()).collect();
    (entity_of, ids)
}
