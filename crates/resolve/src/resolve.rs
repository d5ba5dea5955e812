//! The whole way: proposals of the rules and of the model, and the order in which joins are made.

use crate::cluster::Clusters;
use crate::matches::{Match, Model};
use crate::party::{Party, parties};
use crate::record::RefusalReason;
use crate::record::{EvidenceKind, Judgement, Link, LinkEvidence, Method, Record, Refusal, Resolution, Settings};
use crate::rules::{Proposals, both, evidence, judged, proposals};

/// Which records are one party.
///
/// The rules propose joins by: one document (a `licence` joins organisations only), one mail address, one name with one birth date,
/// one name with one phone, a judgement. An address or a phone alone joins nobody: families share them. Under [`Method::Model`] a fitted
/// model proposes further joins of persons, at high odds alone, and gives what it leaves to people as [`Resolution::possible`]. Joins are made
/// from the strongest evidence down (ties by party id); each is refused, and reported, when any two members of the entity it would make contradict
/// each other (kind, birth date, judgement, identity theft), when the entity grows past its bound, or, if the model alone proposes it,
/// when some members are unlike. Entities do not depend on the order of `records`.
#[must_use]
pub fn resolve(records: &[Record], judgements: &[Judgement], settings: &Settings) -> Resolution {
    let parties = parties(records);
    let mut refused = Vec::new();
    let mut proposed = proposals(&parties, settings, &mut refused);
    let judged = judged(&parties, judgements, &mut proposed);
    let (mut model, matches, report) = match settings.method {
        Method::Rules => (None, Vec::new(), None),
        Method::Model => {
            let (mut model, matches, report) = Model::fit(&parties, settings);
            doubted(&parties, &mut model, &mut proposed, settings, &mut refused);
            (Some(model), matches, Some(report))
        }
    };
    let mut clusters = Clusters::new(&parties, &judged, settings.cluster_size_max);
    let mut links = Vec::new();
    for (pair, _) in order(&proposed, &matches) {
        let by_rules = proposed.remove(&pair);
        let alone = by_rules.is_none();
        let joined = clusters.join(pair.0, pair.1, |a, b| alone && model.as_mut().is_some_and(|model| model.unlike(a, b)));
        match joined {
            Ok(()) => {
                let evidence = by_rules.or_else(|| model.as_mut().map(|model| model.explain(pair))).unwrap_or_default();
                links.push(link(&parties, pair, evidence));
            }
            Err(reason) => {
                let first = by_rules.as_ref().and_then(|evidence| evidence.first());
                let shared = first.map(|evidence| format!("{} {}", evidence.kind.name(), evidence.value_compared_a)).unwrap_or_default();
                refused.push(refusal(&parties, pair, reason, shared, 2));
            }
        }
    }
    let possible = possible(&parties, &clusters, model.as_mut(), matches, settings);
    links.extend(of_one_id(&parties));
    links.sort_by_key(|link| (link.a, link.b));
    refused.sort_unstable();
    refused.dedup();
    let (entity_of, entities) = numbered(&parties, &clusters.into_entities(), records.len());
    Resolution { entity_of, entities, links, refused, possible, model: report }
}

/// Takes back what the rules propose on a name with a birth date or a phone alone where a model that has learnt says less than it would
/// join by itself: two of one name and date with different identity cards, or too common a name for so many records.
pub(crate) fn doubted(parties: &[Party<'_>], model: &mut Model<'_>, proposed: &mut Proposals, settings: &Settings, refused: &mut Vec<Refusal>) {
    if !model.trained() {
        return;
    }
    proposed.retain(|pair, evidence| {
        let weak = evidence.iter().all(|step| matches!(step.kind, EvidenceKind::NameAndBirthDate | EvidenceKind::NameAndPhone));
        let kept = !weak || model.matched(pair.0, pair.1, settings).is_none_or(|found| found.joins);
        if !kept {
            let shared = evidence.first().map(|step| format!("{} {}", step.kind.name(), step.value_compared_a)).unwrap_or_default();
            refused.push(refusal(parties, *pair, RefusalReason::Doubted, shared, 2));
        }
        kept
    });
}

/// Pairs to join, from the strongest evidence down; of a pair that the rules propose, theirs counts.
pub(crate) fn order(proposed: &Proposals, matches: &[Match]) -> Vec<((u32, u32), f64)> {
    let by_rules = proposed.iter().map(|(pair, evidence)| (*pair, evidence.iter().map(|evidence| evidence.weight).sum()));
    let by_model = matches.iter().filter(|found| found.joins && !proposed.contains_key(&found.pair)).map(|found| (found.pair, found.odds));
    let mut order: Vec<((u32, u32), f64)> = by_rules.chain(by_model).collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    order
}

/// Matches that became no entity and that nothing forbids, the likeliest first up to the bound, then by record. Birth dates that differ by a
/// slip of the pen keep a pair from being joined, not from being looked at: the odds have counted them.
fn possible(
    parties: &[Party<'_>],
    clusters: &Clusters<'_>,
    model: Option<&mut Model<'_>>,
    mut matches: Vec<Match>,
    settings: &Settings,
) -> Vec<Link> {
    let Some(model) = model else { return Vec::new() };
    matches.retain(|found| {
        let (a, b) = found.pair;
        clusters.entity_of(a) != clusters.entity_of(b) && matches!(clusters.contradiction(a, b), None | Some(RefusalReason::BirthDates))
    });
    matches.sort_by(|a, b| b.odds.total_cmp(&a.odds).then(a.pair.cmp(&b.pair)));
    matches.truncate(settings.possible_max);
    let mut links: Vec<Link> = matches.iter().map(|found| link(parties, found.pair, model.explain(found.pair))).collect();
    links.sort_by_key(|link| (link.a, link.b));
    links
}

/// Records of one id, each with the next.
fn of_one_id(parties: &[Party<'_>]) -> Vec<Link> {
    let within = |party: &Party<'_>| {
        let pairs = party.records.windows(2).filter_map(|pair| match pair {
            [a, b] => Some(Link { a: *a, b: *b, evidence: vec![evidence(EvidenceKind::PartyId, party.id, party.id)] }),
            _ => None,
        });
        pairs.collect::<Vec<Link>>()
    };
    parties.iter().flat_map(within).collect()
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

pub(crate) fn refusal(parties: &[Party<'_>], pair: (u32, u32), reason: RefusalReason, shared: String, users: usize) -> Refusal {
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
