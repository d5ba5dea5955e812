//! Persons in the form in which pairs of them are compared: every distinct value once, a number for each.

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use tributary_model::Date;
use tributary_text::names::{Breadth, PersonName, PreparedName, TokenFrequencies, skeleton_keys};
use tributary_text::normalise_address;

use crate::compare::LICENCE;
use crate::party::Party;
use crate::record::PartyKind;

/// Most values of one field of one person that are compared; further ones, in order, are not.
const VALUES_MAX: usize = 8;
/// Names that token frequencies are counted from, at most; spread evenly over all.
const NAMES_COUNTED: usize = 200_000;

/// The distinct texts of one field and how many persons show each.
#[derive(Default)]
pub(crate) struct Values<'a> {
    numbers: FxHashMap<&'a str, u32>,
    pub(crate) texts: Vec<&'a str>,
    pub(crate) users: Vec<u32>,
}

impl<'a> Values<'a> {
    fn number(&mut self, text: &'a str) -> u32 {
        let next = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(text).or_insert(next);
        if number == next {
            self.texts.push(text);
            self.users.push(0);
        }
        if let Some(users) = self.users.get_mut(number as usize) {
            *users += 1;
        }
        number
    }

    pub(crate) fn text(&self, number: u32) -> &'a str {
        self.texts.get(number as usize).copied().unwrap_or_default()
    }

    /// Persons who show the value; 1 for a number that is not there.
    pub(crate) fn users(&self, number: u32) -> u32 {
        self.users.get(number as usize).copied().unwrap_or(1)
    }
}

/// A name made ready, and the keys under which it is found.
pub(crate) struct ReadyName {
    pub(crate) name: PreparedName,
    pub(crate) sounds: Box<[u64]>,
}

/// An address: its normalised text, and the numbers in it (hashed, sorted).
pub(crate) struct ReadyAddress {
    pub(crate) hash: u64,
    pub(crate) numbers: Box<[u64]>,
}

/// One person: numbers of values, at most [`VALUES_MAX`] a field.
#[derive(Default)]
pub(crate) struct Person {
    pub(crate) names: Box<[u32]>,
    pub(crate) births: Box<[Date]>,
    pub(crate) documents: Box<[u32]>,
    pub(crate) phones: Box<[u32]>,
    pub(crate) emails: Box<[u32]>,
    pub(crate) addresses: Box<[u32]>,
    /// An organisation has no place in the model.
    pub(crate) person: bool,
}

/// All parties with the values of those that may be persons.
pub(crate) struct Features<'a> {
    /// By position of the party.
    pub(crate) persons: Vec<Person>,
    pub(crate) names: Values<'a>,
    pub(crate) ready: Vec<ReadyName>,
    pub(crate) documents: Values<'a>,
    pub(crate) phones: Values<'a>,
    pub(crate) emails: Values<'a>,
    pub(crate) addresses: Values<'a>,
    pub(crate) places: Vec<ReadyAddress>,
}

/// FNV-1a with a SplitMix64 finish: the same on every machine.
pub(crate) fn hash(text: &str) -> u64 {
    mix(text.bytes().fold(0xCBF2_9CE4_8422_2325, |state: u64, byte| (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)))
}

pub(crate) const fn mix(state: u64) -> u64 {
    let state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

impl<'a> Features<'a> {
    pub(crate) fn new(parties: &'a [Party<'a>]) -> Self {
        let (mut names, mut documents, mut phones) = (Values::default(), Values::default(), Values::default());
        let (mut emails, mut addresses) = (Values::default(), Values::default());
        let persons: Vec<Person> = parties
            .iter()
            .map(|party| {
                if party.kind == PartyKind::Organisation {
                    return Person::default();
                }
                let documented = party.documents.iter().filter(|document| !document.starts_with(LICENCE));
                Person {
                    names: numbered(&mut names, party.written.iter().copied()),
                    births: party.birth_dates.iter().take(VALUES_MAX).copied().collect(),
                    documents: numbered(&mut documents, documented.map(String::as_str)),
                    phones: numbered(&mut phones, party.phones.iter().map(String::as_str)),
                    emails: numbered(&mut emails, party.emails.iter().map(String::as_str)),
                    addresses: numbered(&mut addresses, party.addresses.iter().copied()),
                    person: true,
                }
            })
            .collect();
        let frequencies = frequencies(&names.texts);
        let ready = names.texts.par_iter().map(|text| ready_name(text, &frequencies)).collect();
        let places = addresses.texts.par_iter().map(|text| ready_address(text)).collect();
        Self { persons, names, ready, documents, phones, emails, addresses, places }
    }

    /// How many may be persons.
    pub(crate) fn count(&self) -> usize {
        self.persons.iter().filter(|person| person.person).count()
    }
}

fn numbered<'a>(values: &mut Values<'a>, texts: impl Iterator<Item = &'a str>) -> Box<[u32]> {
    let mut numbers: Vec<u32> = texts.take(VALUES_MAX).map(|text| values.number(text)).collect();
    numbers.sort_unstable();
    numbers.into()
}

/// Token frequencies of the records themselves; with few names the built-in table says more.
fn frequencies(texts: &[&str]) -> TokenFrequencies {
    if texts.len() < 1_000 {
        return TokenFrequencies::default_table().clone();
    }
    let step = texts.len().div_ceil(NAMES_COUNTED);
    TokenFrequencies::from_names(texts.iter().step_by(step).copied())
}

fn ready_name(text: &str, frequencies: &TokenFrequencies) -> ReadyName {
    let parsed = PersonName::parse_with(text, frequencies);
    ReadyName { name: PreparedName::of(&parsed), sounds: skeleton_keys(&parsed, Breadth::Near).into() }
}

fn ready_address(text: &str) -> ReadyAddress {
    let normal = normalise_address(text);
    let mut numbers: Vec<u64> = normal.split(' ').filter(|word| word.starts_with(|c: char| c.is_ascii_digit())).map(hash).collect();
    numbers.sort_unstable();
    ReadyAddress { hash: hash(&normal), numbers: numbers.into() }
}
