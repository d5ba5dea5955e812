//! Coded terms from a text, where it is at hand: phrases given as data, compared as the tokeniser compares words, so that spelling, spacing and
//! look-alike letters do not hide them. The codes alone leave the edge.

use std::collections::{BTreeMap, BTreeSet};

use crate::{TokenKind, Tokeniser};

/// Most phrases of one book.
pub const PHRASES_MAX: usize = 4_096;
/// Most words of one phrase.
pub const PHRASE_WORDS_MAX: usize = 16;

/// Why a book of phrases cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhraseError {
    /// More than [`PHRASES_MAX`].
    #[error("`{0}` phrases are too many: give at most {PHRASES_MAX}")]
    TooMany(usize),
    /// None or too many words.
    #[error("`{0}` has no words, or more than {PHRASE_WORDS_MAX}: write the phrase as adverts have it")]
    Words(String),
}

/// Phrases with the code that each stands for.
#[derive(Clone, Debug, Default)]
pub struct PhraseBook {
    codes: Vec<String>,
    /// By first word: the rest of the phrase, and its code's place.
    phrases: BTreeMap<u64, Vec<(Vec<u64>, usize)>>,
}

fn words(text: &str, tokeniser: &mut Tokeniser) -> Vec<u64> {
    tokeniser.tokens(text).iter().filter(|token| token.kind == TokenKind::Word).map(|token| token.hash).collect()
}

impl PhraseBook {
    /// A book of (code, phrase); a code may have many phrases, in any language.
    ///
    /// # Errors
    /// Too many phrases, or one without words.
    pub fn new<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, PhraseError> {
        let (mut book, mut tokeniser, mut count) = (Self::default(), Tokeniser::new(), 0);
        for (code, phrase) in entries {
            count += 1;
            let words = words(phrase, &mut tokeniser);
            let Some((first, rest)) = words.split_first().filter(|(_, rest)| rest.len() < PHRASE_WORDS_MAX) else {
                return Err(PhraseError::Words(phrase.to_owned()));
            };
            let place = book.codes.iter().position(|known| known == code).unwrap_or_else(|| {
                book.codes.push(code.to_owned());
                book.codes.len() - 1
            });
            book.phrases.entry(*first).or_default().push((rest.to_vec(), place));
        }
        if count > PHRASES_MAX { Err(PhraseError::TooMany(count)) } else { Ok(book) }
    }

    /// The codes of phrases in `text`, in order and once each.
    #[must_use]
    pub fn codes(&self, text: &str, tokeniser: &mut Tokeniser) -> Vec<&str> {
        let words = words(text, tokeniser);
        let mut found: BTreeSet<&str> = BTreeSet::new();
        for (at, word) in words.iter().enumerate() {
            for (rest, code) in self.phrases.get(word).into_iter().flatten() {
                let next = words.get(at + 1..at + 1 + rest.len());
                found.extend(self.codes.get(*code).filter(|_| next == Some(rest.as_slice())).map(String::as_str));
            }
        }
        found.into_iter().collect()
    }
}
