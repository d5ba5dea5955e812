//! Comparing the candidates and learning from them.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: levels are below the declared number, positions below the number of persons")]

use rayon::prelude::*;
use tributary_text::names::Comparer;

use crate::em::{self, Pattern};
use crate::features::{Features, Person, Values, mix};
use crate::keys::{Candidate, Candidates, RULES};
use crate::levels::{ADDRESS, BIRTH, Compared, DOCUMENT, EMAIL, LEVELS, NAME, PHONE, compare};
use crate::model::{CHANCE, Parameters, Scorer, Table, built_in, normalise};
use crate::party::Party;
use crate::record::Settings;

/// Random pairs from which chance agreement is counted.
const RANDOM_PAIRS: usize = 400_000;
/// Random pairs of one task.
const TASK: usize = 10_000;
/// Built-in chance counts as this many pairs.
const PRIOR_PAIRS: f64 = 20.0;

/// The candidates' comparisons, in their order.
pub(crate) fn compared(features: &Features<'_>, parties: &[Party<'_>], pairs: &[Candidate], gap: i64) -> Vec<Compared> {
    pairs.par_iter().with_min_len(512).map_init(Comparer::new, |comparer, pair| compare(features, parties, gap, comparer, pair.a, pair.b).0).collect()
}

/// Parameters for these records: learnt when there are enough persons, else built in.
pub(crate) fn scorer(features: &Features<'_>, parties: &[Party<'_>], compared: &[Compared], settings: &Settings) -> Scorer {
    let persons = features.count();
    let start = built_in(persons);
    if persons < settings.training_min.max(2) {
        return Scorer::new(start);
    }
    let (random, name_usual) = chance(features, parties, settings.phone_gap_max, &start);
    let all_pairs = persons as f64 * (persons as f64 - 1.0) / 2.0;
    let start = Parameters { name_usual, ..start };
    Scorer::new(em::fit(start, &patterns(compared), &random, all_pairs))
}

/// Counts of level vectors, in their order.
fn patterns(compared: &[Compared]) -> Vec<Pattern> {
    let mut all: Vec<[u8; 6]> = compared.iter().map(|compared| compared.levels).collect();
    all.par_sort_unstable();
    all.chunk_by(|a, b| a == b).filter_map(|same| Some((*same.first()?, same.len() as f64))).collect()
}

/// Shares of levels among random pairs of persons, and what names that agree there say by their tokens on average.
fn chance(features: &Features<'_>, parties: &[Party<'_>], gap: i64, start: &Parameters) -> (Table, [i32; 6]) {
    let persons: Vec<u32> = (0_u32..).zip(&features.persons).filter(|(_, person)| person.person).map(|(at, _)| at).collect();
    let n = persons.len() as u64;
    let counts = (0..RANDOM_PAIRS / TASK)
        .into_par_iter()
        .map_init(Comparer::new, |comparer, task| {
            let mut counts = Counts::default();
            for draw in 0..TASK {
                let random = mix((task * TASK + draw) as u64);
                let (a, b) = ((random >> 32) % n, (random & 0xFFFF_FFFF) % n);
                if a != b {
                    counts.see(&compare(features, parties, gap, comparer, persons[a as usize], persons[b as usize]).0);
                }
            }
            counts
        })
        .reduce(Counts::default, Counts::plus);
    let mut table = start.tables[CHANCE].clone();
    for (field, levels) in table.iter_mut().enumerate() {
        for (level, share) in levels.iter_mut().enumerate().skip(1) {
            *share = counts.levels[field][level] as f64 + PRIOR_PAIRS * *share;
        }
        normalise(levels);
    }
    for (field, share) in exact(features) {
        let levels = &mut table[field];
        levels[1] = share.max(1e-10);
        let rest: f64 = levels.iter().skip(2).sum();
        let left = 1.0 - levels[1];
        levels.iter_mut().skip(2).for_each(|level| *level *= left / rest.max(1e-300));
    }
    let mut usual = start.name_usual;
    for (level, usual) in usual.iter_mut().enumerate().take(4).skip(1) {
        // The built-in figure counts as ten pairs.
        let (sum, seen) = (counts.name[level] + i64::from(*usual) * 10, counts.levels[NAME][level] as i64 + 10);
        *usual = i32::try_from(sum / seen).unwrap_or(*usual);
    }
    (table, usual)
}

/// Whole numbers only, so that the order of sums does not show.
#[derive(Clone, Default)]
struct Counts {
    levels: [[u64; 8]; 6],
    name: [i64; 8],
}

impl Counts {
    fn see(&mut self, compared: &Compared) {
        for (field, level) in compared.levels.iter().enumerate() {
            self.levels[field][usize::from(*level)] += 1;
        }
        self.name[usize::from(compared.levels[NAME])] += i64::from(compared.name);
    }

    fn plus(mut self, other: Self) -> Self {
        self.levels.iter_mut().flatten().zip(other.levels.iter().flatten()).for_each(|(a, b)| *a += b);
        self.name.iter_mut().zip(other.name).for_each(|(a, b)| *a += b);
        self
    }
}

/// How often two persons share a value, counted and not sampled, for fields where that is rare.
fn exact(features: &Features<'_>) -> Vec<(usize, f64)> {
    let of = |values: &Values<'_>, held: fn(&Person) -> bool| {
        let holders = features.persons.iter().filter(|person| held(person)).count() as f64;
        let pairs: f64 = values.users.iter().map(|users| f64::from(*users) * (f64::from(*users) - 1.0)).sum();
        (pairs / (holders * (holders - 1.0)).max(1.0)).min(0.5)
    };
    let mut dates: Vec<i32> = features.persons.iter().flat_map(|person| person.births.iter().map(|date| date.0)).collect();
    dates.sort_unstable();
    let born: f64 = dates.len() as f64;
    let shared = |date: i32| if crate::compare::estimated(tributary_model::Date(date)) { 0.0 } else { 1.0 };
    let births: f64 = dates.chunk_by(|a, b| a == b).map(|same| shared(same[0]) * same.len() as f64 * (same.len() as f64 - 1.0)).sum();
    vec![
        (BIRTH, (births / (born * (born - 1.0)).max(1.0)).min(0.5)),
        (DOCUMENT, of(&features.documents, |person| !person.documents.is_empty())),
        (PHONE, of(&features.phones, |person| !person.phones.is_empty())),
        (EMAIL, of(&features.emails, |person| !person.emails.is_empty())),
        (ADDRESS, of(&features.addresses, |person| !person.addresses.is_empty())),
    ]
}

/// Estimated share of pairs of one person that some rule finds: each rule's recall is what it finds of what the others find, pairs counted
/// by their probability (in millionths, so that sums do not depend on order); rules are taken as independent.
pub(crate) fn recall(candidates: &Candidates, odds: &[f64]) -> Option<f64> {
    let (mut both, mut others) = ([0_u64; RULES.len()], [0_u64; RULES.len()]);
    for (pair, odds) in candidates.pairs.iter().zip(odds) {
        let weight = (1_000_000.0 / (1.0 + (-odds).exp())) as u64;
        for rule in 0..RULES.len() {
            if pair.rules & !(1 << rule) != 0 {
                others[rule] += weight;
                both[rule] += if pair.rules >> rule & 1 == 1 { weight } else { 0 };
            }
        }
    }
    let missed = both.iter().zip(others).filter(|(_, others)| *others > 0).map(|(both, others)| 1.0 - *both as f64 / others as f64);
    let any = others.iter().any(|others| *others > 0);
    any.then(|| 1.0 - missed.product::<f64>())
}

/// Every field has its levels counted in full.
const _: () = {
    let mut field = 0;
    while field < LEVELS.len() {
        assert!(LEVELS[field].len() <= 8);
        field += 1;
    }
};
