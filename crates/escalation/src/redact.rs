//! Taking out: from the material to the content, as the protocol says and section 4 fixes for all.

use std::collections::{BTreeMap, BTreeSet};

use tributary_model::Date;
use tributary_model::time::{civil_from_days, days_from_civil};

use crate::words::{Field, Named, Redact};
use crate::{Content, Draft, GivenItem, Grade, Item, Material, OutSubject, Party, Protected, Protocol};

/// What every recipient is told with it: signs prove nothing (SG-040), a signal is no proof (SG-071), and no ground to close an account (SG-106).
pub(crate) const CAUTION: &str = "Signs that are present prove nothing, and signs that are absent disprove nothing. This is no proof: \
     record your own review before any measure. It is no ground for ending an account or a service.";
/// How somebody is marked who stays by a decision of the gate.
const MARK: &str = "possible_victim";
/// Where nothing smaller may be told, counts below this are not (SG-039).
const COUNT_MIN: u32 = 11;

/// The content; `out` are the parties that the gate left out, `pseudonym` gives a party's name for this recipient alone.
pub(crate) fn redact(
    protocol: &Protocol,
    draft: &Draft,
    material: &Material,
    out: &BTreeSet<String>,
    pseudonym: &dyn Fn(&str) -> String,
) -> (Content, u32) {
    let nobody = protocol.output.parties == Named::None;
    let mut subjects = Vec::new();
    let mut protected = Vec::new();
    let mut left_out = 0_u32;
    for party in &material.parties {
        if stays(protocol, party, out) {
            let reference = (protocol.redacts(Field::VictimPseudonym) != Some(Redact::Remove)).then(|| pseudonym(&party.id));
            protected.push(Protected { reference, marked: MARK.into() });
        } else if party.is_protected() {
            left_out = left_out.saturating_add(1);
        } else if !nobody {
            subjects.push(subject(protocol, party, pseudonym));
        }
    }
    let text_out = protocol.redacts(Field::NarrativeText).is_some();
    let content = Content {
        protocol: protocol.id.clone(),
        version: protocol.version.clone(),
        recipient: protocol.recipient.id.clone(),
        form: protocol.output.form,
        language: protocol.output.language.clone(),
        basis: draft.basis.clone(),
        side: draft.side,
        subjects,
        protected,
        left_out: suppressed(u64::from(left_out), if nobody { least(protocol) } else { 0 }),
        items: material.items.iter().map(|item| given(protocol, item, text_out)).collect(),
        narrative: if text_out { String::new() } else { material.narrative.clone() },
        attachments: if nobody { Vec::new() } else { material.attachments.clone() },
        counts: material.counts.iter().map(|(what, many)| (what.clone(), suppressed(*many, least(protocol)))).collect(),
        caution: CAUTION.into(),
    };
    (content, left_out)
}

/// Whether somebody under protection is in the content at all, marked: only where the protocol has a gate that can decide so, and names anybody.
pub(crate) fn stays(protocol: &Protocol, party: &Party, out: &BTreeSet<String>) -> bool {
    let guarded = !party.guarded().is_empty();
    let named = protocol.output.parties == Named::Subjects;
    guarded && named && may_stand(party) && !protocol.leaves_out_only() && !out.contains(&party.id)
}

/// Witnesses, workers and others under protection leave whatever a gate would say.
fn may_stand(party: &Party) -> bool {
    use crate::words::Stands;
    matches!(party.stands, Stands::Subject | Stands::PossibleVictim | Stands::ConfirmedVictim)
}

fn subject(protocol: &Protocol, party: &Party, pseudonym: &dyn Fn(&str) -> String) -> OutSubject {
    let replaced = |value: &str| pseudonym(&format!("{}/{value}", party.id));
    let identity = match protocol.redacts(Field::PartyIdentity) {
        None => party.identity.clone(),
        Some(Redact::Pseudonymise) => party.identity.iter().map(|(what, value)| (what.clone(), replaced(value))).collect(),
        // What a name is generalised to would be the origin that it hints at: it goes.
        Some(Redact::Remove | Redact::Generalise) => BTreeMap::new(),
    };
    let identifiers = match protocol.redacts(Field::PartyIdentifier) {
        None => party.identifiers.clone(),
        Some(Redact::Pseudonymise) => {
            party.identifiers.iter().map(|one| crate::Identifier { kind: one.kind.clone(), value: replaced(&one.value) }).collect()
        }
        Some(Redact::Remove | Redact::Generalise) => Vec::new(),
    };
    let offence = party.promotion.as_ref().map(|promotion| promotion.offence.clone()).unwrap_or_default();
    OutSubject { reference: pseudonym(&party.id), offence, identity, identifiers }
}

fn given(protocol: &Protocol, item: &Item, text_out: bool) -> GivenItem {
    let pinned = protocol.redacts(Field::PinningDetail);
    let (when, place, amount) = match pinned {
        None => (
            item.on.map(|day| day.to_string()),
            item.place
                .as_ref()
                .map(|place| if place.detail.is_empty() { place.district.clone() } else { format!("{}, {}", place.detail, place.district) }),
            item.amount.map(|amount| amount.to_string()),
        ),
        Some(Redact::Generalise) => (item.on.map(iso_week), item.place.as_ref().map(|place| place.district.clone()), item.amount.map(band)),
        Some(Redact::Remove | Redact::Pseudonymise) => (None, None, None),
    };
    // Where free text goes, a place's name is free text as well.
    let place = if text_out { None } else { place };
    GivenItem {
        typology: item.typology.clone(),
        text: if text_out { String::new() } else { item.text.clone() },
        grade: item.grade.map(grade).unwrap_or_default(),
        handling: item.handling,
        conditions: if text_out { None } else { item.conditions.clone() },
        when,
        place,
        amount,
    }
}

fn grade(grade: Grade) -> String {
    format!("{}{}", grade.source, grade.information)
}

fn least(protocol: &Protocol) -> u64 {
    u64::from(protocol.output.count_min.unwrap_or(COUNT_MIN))
}

fn suppressed(many: u64, least: u64) -> String {
    if many < least { format!("fewer than {least}") } else { many.to_string() }
}

/// The ISO 8601 week of a day, as `2026-W07`: the week belongs to the year of its Thursday.
pub(crate) fn iso_week(day: Date) -> String {
    // Day 0, 1970-01-01, was a Thursday: Monday is 0 here.
    let weekday = (day.0 + 3).rem_euclid(7);
    let thursday = day.0 - weekday + 3;
    let (year, _, _) = civil_from_days(thursday);
    let week = (thursday - days_from_civil(year, 1, 1)) / 7 + 1;
    format!("{year}-W{week:02}")
}

/// The band of an amount: from a power of ten to below the next.
pub(crate) fn band(amount: u64) -> String {
    let Some(digits) = amount.checked_ilog10() else { return "0".into() };
    let from = 10_u64.pow(digits);
    format!("{from} to {}", from.saturating_mul(10) - 1)
}
