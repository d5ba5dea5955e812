//! The table: degrees with their ranges, words outside of it, and words of fixed meaning.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Hit;
use super::tokens::{Kind, Token};
use crate::EscalationError;

pub(super) const SHIPPED: &str = include_str!("../../../../specs/estimative-words.toml");

/// One degree of likelihood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "EstimativeDegree"))]
#[serde(deny_unknown_fields)]
pub struct Degree {
    /// Its id.
    pub id: String,
    /// Its range in per cent, both ends within it.
    pub percent: [u32; 2],
    /// The value of `confidence` that STIX gives it.
    pub stix: u32,
    /// The values that STIX tells by it.
    pub stix_percent: [u32; 2],
    /// The standard's own terms.
    pub terms: Vec<String>,
    /// The same words as sentences bend them.
    pub forms: Vec<String>,
}

/// Words that are not of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "EstimativeOther"))]
#[serde(deny_unknown_fields)]
pub(super) struct Other {
    words: Vec<String>,
    /// What to write instead.
    write: String,
}

/// Words of fixed meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "EstimativeFixed"))]
#[serde(deny_unknown_fields)]
pub(super) struct Fixed {
    words: Vec<String>,
    /// What they mean.
    why: String,
}

/// The table, as its file says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "EstimativeWords"))]
#[serde(deny_unknown_fields)]
pub struct Table {
    v: u32,
    name: String,
    degree: Vec<Degree>,
    other: Vec<Other>,
    fixed: Vec<Fixed>,
    #[serde(skip)]
    by_first: BTreeMap<String, Vec<(Vec<String>, Place)>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Degree(usize),
    Other(usize),
    Fixed,
}

/// What a phrase is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word<'a> {
    /// A degree of likelihood.
    Degree(&'a Degree),
    /// None of the table: what to write instead.
    Other(&'a str),
    /// Of fixed meaning: no estimate.
    Fixed,
}

fn wrong(why: String) -> EscalationError {
    EscalationError::Rule { key: "estimative-words", why }
}

impl Table {
    /// Reads a table.
    ///
    /// # Errors
    /// [`EscalationError`] for another form, a word that stands in it twice, or ranges that are none.
    pub fn parse(text: &str) -> Result<Self, EscalationError> {
        let mut table: Self = toml::from_str(text).map_err(|error| EscalationError::Form(error.to_string()))?;
        if table.v != 1 {
            return Err(wrong(format!("version {} is not known; 1 is", table.v)));
        }
        let range = |[low, high]: [u32; 2]| low < high && high <= 100;
        if let Some(degree) = table.degree.iter().find(|one| !range(one.percent) || !range(one.stix_percent) || one.stix > 100) {
            return Err(wrong(format!("the range of `{}` is none", degree.id)));
        }
        let degrees = table.degree.iter().enumerate();
        let mut all: Vec<(&String, Place)> =
            degrees.flat_map(|(at, one)| one.terms.iter().chain(&one.forms).map(move |word| (word, Place::Degree(at)))).collect();
        all.extend(table.other.iter().enumerate().flat_map(|(at, one)| one.words.iter().map(move |word| (word, Place::Other(at)))));
        all.extend(table.fixed.iter().flat_map(|one| one.words.iter().map(|word| (word, Place::Fixed))));
        let mut seen = BTreeSet::new();
        let mut by_first: BTreeMap<String, Vec<(Vec<String>, Place)>> = BTreeMap::new();
        for (phrase, place) in all {
            let words: Vec<String> = phrase.split(' ').map(ToOwned::to_owned).collect();
            let plain = words.iter().all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase()));
            let Some(first) = words.first().filter(|_| plain && seen.insert(words.clone())) else {
                return Err(wrong(format!("`{phrase}` stands in it twice, or is not of small letters and single spaces")));
            };
            by_first.entry(first.clone()).or_default().push((words.clone(), place));
        }
        for phrases in by_first.values_mut() {
            phrases.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
        }
        table.by_first = by_first;
        Ok(table)
    }

    /// The degrees, from the least to the most likely.
    #[must_use]
    pub fn degrees(&self) -> &[Degree] {
        &self.degree
    }

    /// Phrases of the table in a sentence: at each place the longest, none within another. What is quoted is left out.
    pub(super) fn hits(&self, tokens: &[Token]) -> Vec<Hit<'_>> {
        let mut hits = Vec::new();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let found = match &token.kind {
                Kind::Word(word) if !token.quoted => self.phrase_at(tokens, at, word),
                _ => None,
            };
            let Some((words, place)) = found else {
                at += 1;
                continue;
            };
            let after = at + words.len();
            // The rarer sense of one word: a district may be remote.
            let alone = words.len() == 1 && words.first().is_some_and(|word| word == "remote");
            if let Some(last) = tokens.get(after - 1).filter(|_| !alone) {
                hits.push(Hit { first: at, after, from: token.from, to: last.to, words: words.join(" "), word: self.word(place) });
            }
            at = after;
        }
        hits
    }

    fn phrase_at(&self, tokens: &[Token], at: usize, first: &str) -> Option<(&Vec<String>, Place)> {
        let fits = |words: &Vec<String>| {
            let mut here = tokens.iter().skip(at);
            words.iter().all(|word| here.next().is_some_and(|token| !token.quoted && matches!(&token.kind, Kind::Word(own) if own == word)))
        };
        self.by_first.get(first)?.iter().find(|(words, _)| fits(words)).map(|(words, place)| (words, *place))
    }

    fn word(&self, place: Place) -> Word<'_> {
        match place {
            Place::Degree(at) => self.degree.get(at).map_or(Word::Fixed, Word::Degree),
            Place::Other(at) => self.other.get(at).map_or(Word::Fixed, |one| Word::Other(&one.write)),
            Place::Fixed => Word::Fixed,
        }
    }
}
