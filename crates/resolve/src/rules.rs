//! The rules: which values propose a join.

use std::collections::BTreeMap;

use rayon::prelude::*;
use tributary_model::Date;

use crate::cluster::Judged;
use crate::compare::{LICENCE, active_together, birth_dates_differ, estimated, identity_theft, share};
use crate::party::Party;
use crate::record::{EvidenceKind, Judgement, LinkEvidence, PartyKind, Refusal, RefusalReason, Settings};
use crate::resolve::refusal;

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
pub(crate) type Proposals = BTreeMap<(u32, u32), Vec<LinkEvidence>>;

/// What each shared value proposes.
pub(crate) fn proposals(parties: &[Party<'_>], settings: &Settings, refused: &mut Vec<Refusal>) -> Proposals {
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

pub(crate) fn both<'a, 'b>(parties: &'a [Party<'b>], a: u32, b: u32) -> Option<(&'a Party<'b>, &'a Party<'b>)> {
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
pub(crate) fn judged(parties: &[Party<'_>], judgements: &[Judgement], proposals: &mut Proposals) -> Judged {
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

pub(crate) fn evidence(kind: EvidenceKind, a: &str, b: &str) -> LinkEvidence {
    LinkEvidence { kind, value_compared_a: a.to_owned(), value_compared_b: b.to_owned(), weight: kind.weight() }
}
