//! A name as written → its tokens, each with script, role and spelling.

use super::frequency::TokenFrequencies;
use super::letters::{letters_of, script_of};
use super::units::{Script, Spelling};
use super::words::{Role, pieces};
use crate::fold::fold;

/// Most tokens of a name that are read; more are counted as left out.
pub const TOKENS_MAX: usize = 12;
/// Longest name read, in characters.
const NAME_LENGTH_MAX: usize = 1_024;

/// A token of a name, as compared.
#[derive(Clone, Debug, PartialEq)]
pub struct NameToken {
    /// The folded text: lower case, no marks, one code point a letter.
    pub text: String,
    /// The script it was written in.
    pub script: Script,
    /// What it is in the name.
    pub role: Role,
    /// How much a match says, in nats: the logarithm of one over its share among names; lower for titles and parts of compounds.
    pub weight: f64,
    pub(crate) spelling: Spelling,
}

/// A name taken apart. Nothing about the bearer is inferred.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonName {
    /// At most [`TOKENS_MAX`] tokens in their order.
    pub tokens: Vec<NameToken>,
    /// Tokens beyond [`TOKENS_MAX`] that were not read.
    pub left_out: usize,
    /// What folding did, in plain words, each at most once: for accounts.
    pub folded: Vec<&'static str>,
}

impl PersonName {
    /// Takes a name apart with the default token frequencies.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        Self::parse_with(name, TokenFrequencies::default_table())
    }

    /// Takes a name apart; token weights come from `frequencies`. The first 1,024 characters count.
    #[must_use]
    pub fn parse_with(name: &str, frequencies: &TokenFrequencies) -> Self {
        let bounded: String = name.chars().take(NAME_LENGTH_MAX).filter(|c| !crate::name::apostrophe(*c)).collect();
        let mut notes = Vec::new();
        let folded = relations(&fold(&bounded));
        if bounded.chars().any(crate::fold::invisible) {
            notes.push("invisible characters removed");
        }
        let mut parsed = Self { tokens: Vec::new(), left_out: 0, folded: notes };
        for word in folded.split(|c: char| !c.is_alphanumeric() && !unicode_normalization::char::is_combining_mark(c)).filter(|w| !w.is_empty()) {
            parsed.word(word, frequencies);
        }
        parsed.keep_something();
        parsed
    }

    fn word(&mut self, word: &str, frequencies: &TokenFrequencies) {
        let script = script_of(word);
        let all = letters_in_role(script, word);
        let split = pieces(script, &all);
        if split.len() > 1 {
            self.note("a compound taken apart");
        } else if split.first().is_some_and(|(text, _)| *text != all) {
            self.note("an abbreviation read in full");
        }
        for (text, role) in split {
            if self.tokens.len() >= TOKENS_MAX {
                self.left_out += 1;
                continue;
            }
            let spelling = Spelling::new(script, &letters_of(script, &text));
            let mut token = NameToken { text, script, role, weight: 0.0, spelling };
            token.weight = frequencies.weight(&token);
            self.tokens.push(token);
        }
    }

    /// A name of nothing but titles and particles is compared by them.
    fn keep_something(&mut self) {
        if self.tokens.iter().all(|token| matches!(token.role, Role::Particle | Role::Article)) {
            for token in &mut self.tokens {
                token.role = Role::Title;
                token.weight = 1.0;
            }
        }
    }

    fn note(&mut self, note: &'static str) {
        if !self.folded.contains(&note) {
            self.folded.push(note);
        }
    }
}

/// `s/o`, `d/o`, `w/o` as one particle.
fn relations(folded: &str) -> String {
    let mut text = folded.to_owned();
    for short in ["s/o", "d/o", "w/o"] {
        if text.contains(short) {
            text = text.replace(short, " bin ");
        }
    }
    text
}

/// The word as the word lists know it: Cyrillic and Greek brought to Latin, doubled letters kept.
fn letters_in_role(script: Script, word: &str) -> String {
    if script == Script::Latin && !word.is_ascii() { letters_of(script, word) } else { word.to_owned() }
}
