//! Accounts that follow one another, and accounts of different people on one device.

use std::collections::{BTreeMap, BTreeSet};

use super::input::{EvidenceInput, Relation, RelationKind};
use super::operators::{Poster, Scene};
use super::settings::{DAY, EvidenceSettings};
use super::signal::{Abstention, Family, Finding, Signal};

/// Most accounts tried as the predecessor of one: so that thousands that end at once cost no more than their number.
const ENDS_TRIED: usize = 256;

/// Pairs of accounts, to be looked up.
pub(super) struct Ties {
    device: BTreeMap<u32, Vec<u32>>,
    audience: BTreeSet<(u32, u32)>,
}

impl Ties {
    pub(super) fn of(input: &EvidenceInput<'_>) -> Self {
        let mut ties = Self { device: BTreeMap::new(), audience: BTreeSet::new() };
        for Relation { one, other, kind } in input.relations {
            match kind {
                RelationKind::Device => {
                    ties.device.entry(*one).or_default().push(*other);
                    ties.device.entry(*other).or_default().push(*one);
                }
                RelationKind::Audience => drop(ties.audience.insert((*one.min(other), *one.max(other)))),
                RelationKind::Declared => {}
            }
        }
        ties
    }
}

/// REC-10, and shared devices.
pub(super) fn identity(input: &EvidenceInput<'_>, ties: &Ties, scene: &Scene<'_>, settings: &EvidenceSettings) -> Finding {
    let mut finding = Finding::silent(Family::Identity);
    let dated: Vec<&Poster<'_>> = scene.open().filter(|poster| opened(input, poster).is_some()).collect();
    let young: Vec<&Poster<'_>> = dated.iter().copied().filter(|poster| is_young(input, poster, settings)).collect();
    let successors = successors(input, ties, scene, &young, settings);
    // Where half the accounts are long known, a new one is a new hire.
    if successors.len() >= settings.successions_min && young.len() * 2 >= dated.len() {
        finding.signals.push(Signal::Succession { successions: successors.len(), young: young.len(), known: dated.len() });
        finding.posts.extend(successors.iter().flat_map(|poster| poster.posts.iter().map(|post| post.number)));
    }
    let tied = on_one_device(ties, scene);
    if tied.len() >= settings.operators_min {
        finding.signals.push(Signal::SharedDevice { operators: tied.len() });
        finding.posts.extend(scene.open().filter(|p| tied.contains(&p.operator)).flat_map(|p| p.posts.iter().map(|post| post.number)));
    }
    if finding.signals.is_empty() && dated.is_empty() {
        return Finding::abstains(Family::Identity, Abstention::NoLifecycle);
    }
    finding
}

fn opened(input: &EvidenceInput<'_>, poster: &Poster<'_>) -> Option<i64> {
    input.accounts.get(poster.account as usize).and_then(|account| account.opened_at)
}

fn is_young(input: &EvidenceInput<'_>, poster: &Poster<'_>, settings: &EvidenceSettings) -> bool {
    opened(input, poster).is_some_and(|at| (poster.first().saturating_sub(at)) as f64 <= settings.young_days * DAY)
}

/// Posters with a new account that begin when another has ended: each end is taken up once. Where it is known whom accounts reach, only those that
/// reach the same people follow one another.
fn successors<'s, 'a>(
    input: &EvidenceInput<'_>,
    ties: &Ties,
    scene: &'s Scene<'a>,
    young: &[&'s Poster<'a>],
    settings: &EvidenceSettings,
) -> Vec<&'s Poster<'a>> {
    let mut ends: Vec<(i64, &Poster<'_>)> = scene
        .open()
        .map(|poster| {
            let closed = input.accounts.get(poster.account as usize).and_then(|account| account.closed_at);
            (closed.map_or(poster.last(), |at| at.max(poster.last())), poster)
        })
        .collect();
    ends.sort_by_key(|(end, poster)| (*end, poster.account));
    let mut beginnings = young.to_vec();
    beginnings.sort_by_key(|poster| (poster.first(), poster.account));
    let mut taken = vec![false; ends.len()];
    let mut found = Vec::new();
    let window = (settings.succession_days * DAY) as i64;
    for new in beginnings {
        let follows = |old: &Poster<'_>| {
            let linked = ties.audience.is_empty() || ties.audience.contains(&(old.account.min(new.account), old.account.max(new.account)));
            old.operator != new.operator && old.first() < new.first() && old.last() <= new.last() && linked
        };
        // The old one may still be open for some days while the new one begins.
        let (from, to) = (new.first().saturating_sub(window), new.first().saturating_add(window / 3));
        let earliest = ends.partition_point(|(end, _)| *end < from);
        let within = ends.iter().enumerate().skip(earliest).take_while(|(_, (end, _))| *end <= to);
        let free = within.filter(|(place, _)| !taken.get(*place).copied().unwrap_or(true)).take(ENDS_TRIED);
        if let Some((place, _)) = free.map(|(place, (_, old))| (place, *old)).find(|(_, old)| follows(old)) {
            if let Some(slot) = taken.get_mut(place) {
                *slot = true;
            }
            found.push(new);
        }
    }
    found
}

/// Operators of the group that share a device with another operator of it.
fn on_one_device(ties: &Ties, scene: &Scene<'_>) -> BTreeSet<u32> {
    let operator: BTreeMap<u32, u32> = scene.open().map(|poster| (poster.account, poster.operator)).collect();
    let mut tied = BTreeSet::new();
    for (account, own) in &operator {
        let others = ties.device.get(account).into_iter().flatten().filter_map(|other| operator.get(other));
        if others.clone().any(|other| other != own) {
            tied.insert(*own);
        }
    }
    tied
}
