//! From two persons to a level in each field: absent, then from agreement to disagreement.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: numbers index the tables that gave them")]

use tributary_model::Date;
use tributary_model::time::civil_from_days;
use tributary_text::names::Comparer;
use tributary_text::{AddressLevel, IdentifierLevel, compare_addresses, compare_documents};

use crate::compare::{active_together, close, estimated};
use crate::features::{Features, Values};
use crate::party::Party;
use crate::record::EvidenceKind;

/// What is compared, in the order of [`Levels`].
pub(crate) const FIELDS: [EvidenceKind; 6] =
    [EvidenceKind::Name, EvidenceKind::BirthDate, EvidenceKind::Document, EvidenceKind::Phone, EvidenceKind::Email, EvidenceKind::Address];
pub(crate) const NAME: usize = 0;
pub(crate) const BIRTH: usize = 1;
pub(crate) const DOCUMENT: usize = 2;
pub(crate) const PHONE: usize = 3;
pub(crate) const EMAIL: usize = 4;
pub(crate) const ADDRESS: usize = 5;

/// Level 0 of every field: a value is absent, and nothing is said.
pub(crate) const LEVELS: [&[&str]; 6] = [
    &["absent", "same", "close", "near", "part", "different"],
    &["absent", "same", "slip", "estimated, same year", "estimated, near year", "same year", "different"],
    &["absent", "same", "one slip", "different"],
    &["absent", "same", "recycled", "different"],
    &["absent", "same", "different"],
    &["absent", "same", "same place", "same number", "different"],
];

/// Least similarity of the name levels 1 to 4.
const NAME_SIMILARITY: [f64; 4] = [0.93, 0.80, 0.61, 0.30];

/// One pair: its levels, and how much rarer than usual the agreed values are, in thousandths of a nat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Compared {
    pub(crate) levels: [u8; 6],
    /// What the names' agreement says by their tokens, in thousandths of a nat.
    pub(crate) name: i32,
    /// Most users of a shared identifier, at least 2 when one is shared; by field document, phone, mail, address.
    pub(crate) users: [u16; 4],
}

/// Which values gave a pair's levels: positions of values, for the account.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Chosen {
    pub(crate) values: [(u32, u32); 6],
}

/// Compares the persons at two positions.
pub(crate) fn compare(features: &Features<'_>, parties: &[Party<'_>], gap: i64, comparer: &mut Comparer, a: u32, b: u32) -> (Compared, Chosen) {
    let (one, other) = (&features.persons[a as usize], &features.persons[b as usize]);
    let (mut out, mut chosen) = (Compared::default(), Chosen::default());
    (out.levels[NAME], out.name, chosen.values[NAME]) = names(features, comparer, &one.names, &other.names);
    (out.levels[BIRTH], chosen.values[BIRTH]) = best(&one.births, &other.births, |a, b| birth(*a, *b));
    (out.levels[DOCUMENT], chosen.values[DOCUMENT]) = best(&one.documents, &other.documents, |a, b| document(&features.documents, *a, *b));
    let together = || active_together(&parties[a as usize], &parties[b as usize], gap);
    (out.levels[PHONE], chosen.values[PHONE]) = best(&one.phones, &other.phones, |a, b| match a == b {
        true if together() => 1,
        true => 2,
        false => 3,
    });
    (out.levels[EMAIL], chosen.values[EMAIL]) = best(&one.emails, &other.emails, |a, b| if a == b { 1 } else { 2 });
    (out.levels[ADDRESS], chosen.values[ADDRESS]) = best(&one.addresses, &other.addresses, |a, b| address(features, *a, *b));
    let shared: [(usize, &[u32], &Values<'_>); 4] = [
        (DOCUMENT, &one.documents, &features.documents),
        (PHONE, &one.phones, &features.phones),
        (EMAIL, &one.emails, &features.emails),
        (ADDRESS, &one.addresses, &features.addresses),
    ];
    for (at, (field, values, table)) in shared.into_iter().enumerate() {
        if out.levels[field] == 1 {
            let users = table.users(values[chosen.values[field].0 as usize]);
            out.users[at] = u16::try_from(users.max(2)).unwrap_or(u16::MAX);
        }
    }
    (out, chosen)
}

/// The least level (most agreement) over all pairs of values, 0 without any, and which gave it.
fn best<T>(a: &[T], b: &[T], mut level: impl FnMut(&T, &T) -> u8) -> (u8, (u32, u32)) {
    let mut least = (u8::MAX, (0, 0));
    for (x, one) in (0_u32..).zip(a) {
        for (y, other) in (0_u32..).zip(b) {
            let found = level(one, other);
            if found != 0 && found < least.0 {
                least = (found, (x, y));
            }
        }
    }
    if least.0 == u8::MAX { (0, (0, 0)) } else { least }
}

fn names(features: &Features<'_>, comparer: &mut Comparer, a: &[u32], b: &[u32]) -> (u8, i32, (u32, u32)) {
    let mut most: Option<(f64, f64, (u32, u32))> = None;
    for (x, one) in (0_u32..).zip(a) {
        for (y, other) in (0_u32..).zip(b) {
            let (one, other) = (&features.ready[*one as usize].name, &features.ready[*other as usize].name);
            if one.is_empty() || other.is_empty() {
                continue;
            }
            let score = comparer.compare(one, other);
            let better = most.is_none_or(|most| (score.similarity, score.log_odds) > (most.0, most.1));
            if better {
                most = Some((score.similarity, score.log_odds, (x, y)));
            }
        }
    }
    let Some((similarity, log_odds, values)) = most else { return (0, 0, (0, 0)) };
    let level = NAME_SIMILARITY.iter().position(|least| similarity >= *least).unwrap_or(NAME_SIMILARITY.len()) + 1;
    (level as u8, (log_odds * 1000.0).round().clamp(-60_000.0, 60_000.0) as i32, values)
}

/// The level of two birth dates, in the manner of [`tributary_text::compare_birth_dates`] on dates already read; what the contradictions count as close is a slip.
pub(crate) fn birth(a: Date, b: Date) -> u8 {
    let year = |date: Date| civil_from_days(date.0).0;
    let apart = (year(a) - year(b)).abs();
    if estimated(a) || estimated(b) {
        return match apart {
            0 => 3,
            1 => 4,
            _ => 6,
        };
    }
    match a == b {
        true => 1,
        false if close(a, b) || one_digit(a, b) => 2,
        false if apart == 0 => 5,
        false => 6,
    }
}

/// Does one digit differ as the dates are written?
fn one_digit(a: Date, b: Date) -> bool {
    let digits = |date: Date| {
        let (year, month, day) = civil_from_days(date.0);
        [i64::from(year), i64::from(month), i64::from(day)].into_iter().flat_map(|part| [part / 1000, part / 100 % 10, part / 10 % 10, part % 10])
    };
    digits(a).zip(digits(b)).filter(|(a, b)| a != b).count() == 1
}

/// Numbers of different kinds say nothing: a person has a card and a passport.
fn document(documents: &Values<'_>, a: u32, b: u32) -> u8 {
    if a == b {
        return 1;
    }
    let (a, b) = (documents.text(a).split_once(':'), documents.text(b).split_once(':'));
    match (a, b) {
        (Some((kind_a, a)), Some((kind_b, b))) if kind_a == kind_b => {
            if compare_documents(a, b) == IdentifierLevel::OneSlip {
                2
            } else {
                3
            }
        }
        _ => 0,
    }
}

fn address(features: &Features<'_>, a: u32, b: u32) -> u8 {
    let (one, other) = (&features.places[a as usize], &features.places[b as usize]);
    if one.hash == other.hash {
        return 1;
    }
    // Addresses are read word by word only where they may be one place: it is the dearest comparison.
    let numbered = !one.numbers.is_empty() && !other.numbers.is_empty();
    if numbered && !one.numbers.iter().any(|number| other.numbers.binary_search(number).is_ok()) {
        return 4;
    }
    match compare_addresses(features.addresses.text(a), features.addresses.text(b)) {
        AddressLevel::Exact => 1,
        AddressLevel::SamePlace => 2,
        AddressLevel::SameArea | AddressLevel::OtherNumber => 3,
        AddressLevel::Different => 4,
        AddressLevel::Unknown => 0,
    }
}
