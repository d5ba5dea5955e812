//! Which pairs of persons are compared: those that share a blocking key that not too many share.

use rayon::prelude::*;
use tributary_model::time::civil_from_days;

use crate::features::{Features, Person, hash, mix};

/// The blocking rules, in the order of [`Candidate::rules`]'s bits. Sounds are consonant skeletons of name tokens, the same across scripts.
pub(crate) const RULES: [&str; 7] = [
    "document",
    "mail",
    "birth date and a sound",
    "birth year and two sounds",
    "birthday and two sounds",
    "phone and a sound",
    "address and a sound",
];

/// Sounds of one person's names that make keys, at most.
const SOUNDS_MAX: usize = 8;

/// Two persons worth comparing, smaller position first, and the rules that found them, a bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidate {
    pub(crate) a: u32,
    pub(crate) b: u32,
    pub(crate) rules: u8,
}

/// Candidates by position, and for each rule the pairs it found and the keys that too many shared.
pub(crate) struct Candidates {
    pub(crate) pairs: Vec<Candidate>,
    pub(crate) found: Vec<u64>,
    pub(crate) skipped: Vec<u64>,
}

/// The sounds of a person's names.
fn sounds(features: &Features<'_>, person: &Person) -> Vec<u64> {
    let ready = person.names.iter().filter_map(|name| features.ready.get(*name as usize));
    let mut sounds: Vec<u64> = ready.flat_map(|ready| ready.sounds.iter().copied()).collect();
    sounds.sort_unstable();
    sounds.dedup();
    sounds.truncate(SOUNDS_MAX);
    sounds
}

/// The keys of one person under one rule.
pub(crate) fn keys(features: &Features<'_>, person: &Person, rule: usize) -> Vec<u64> {
    let with = |values: &[u64], sounds: &[u64]| -> Vec<u64> {
        values.iter().flat_map(|value| sounds.iter().map(|sound| mix(mix(*value) ^ *sound))).collect::<Vec<u64>>()
    };
    let own = |values: &[u32]| values.iter().map(|value| u64::from(*value)).collect::<Vec<u64>>();
    let dates = |key: fn((i32, u32, u32)) -> u64| person.births.iter().map(|date| key(civil_from_days(date.0))).collect::<Vec<u64>>();
    let mut keys = match rule {
        0 => own(&person.documents),
        1 => own(&person.emails),
        2 => with(&dates(|(year, month, day)| u64::from(year.unsigned_abs()) * 10_000 + u64::from(month * 100 + day)), &sounds(features, person)),
        3 => with(&dates(|(year, _, _)| u64::from(year.unsigned_abs())), &two(&sounds(features, person))),
        // The 1st of January is nobody's birthday.
        4 => {
            let days = dates(|(_, month, day)| if (month, day) == (1, 1) { 0 } else { u64::from(month * 100 + day) });
            with(&days.into_iter().filter(|day| *day != 0).collect::<Vec<u64>>(), &two(&sounds(features, person)))
        }
        5 => with(&own(&person.phones), &sounds(features, person)),
        _ => {
            let places: Vec<u64> = person.addresses.iter().filter_map(|at| features.places.get(*at as usize)).map(|place| place.hash).collect();
            with(&places, &sounds(features, person))
        }
    };
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Every pair of sounds; of a name with one sound that sound, marked.
fn two(sounds: &[u64]) -> Vec<u64> {
    if let [one] = sounds {
        return vec![mix(*one ^ hash("alone"))];
    }
    let pairs = sounds.iter().enumerate().flat_map(|(at, one)| sounds.iter().skip(at + 1).map(|other| mix(*one) ^ other.rotate_left(1)));
    pairs.collect()
}

/// All candidates; a key that more than `block_max` persons share gives none.
pub(crate) fn candidates(features: &Features<'_>, block_max: usize) -> Candidates {
    let mut all: Vec<Candidate> = Vec::new();
    let (mut found, mut skipped) = (Vec::new(), Vec::new());
    for rule in 0..RULES.len() {
        let mut held: Vec<(u64, u32)> = features
            .persons
            .par_iter()
            .enumerate()
            .filter(|(_, person)| person.person)
            .flat_map_iter(|(at, person)| keys(features, person, rule).into_iter().map(move |key| (key, u32::try_from(at).unwrap_or(u32::MAX))))
            .collect();
        held.par_sort_unstable();
        let mut over = 0;
        for block in held.chunk_by(|a, b| a.0 == b.0) {
            if block.len() > block_max {
                over += 1;
                continue;
            }
            for (at, (_, a)) in block.iter().enumerate() {
                all.extend(block.iter().skip(at + 1).map(|(_, b)| Candidate { a: *a, b: *b, rules: 1 << rule }));
            }
        }
        all = merged(all);
        found.push(all.iter().filter(|pair| pair.rules >> rule & 1 == 1).count() as u64);
        skipped.push(over);
    }
    Candidates { pairs: all, found, skipped }
}

/// Sorted, each pair once, with the rules of all its mentions.
fn merged(mut pairs: Vec<Candidate>) -> Vec<Candidate> {
    pairs.par_sort_unstable();
    pairs.dedup_by(|next, kept| {
        let same = (next.a, next.b) == (kept.a, kept.b);
        if same {
            kept.rules |= next.rules;
        }
        same
    });
    pairs
}
