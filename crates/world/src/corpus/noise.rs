//! What goes wrong, or is made to go wrong, between a template and a post: words lost, exchanged and misspelled; letters
//! spaced, swapped for look-alikes and marked. Nothing here is specific to any filter.

use super::grammar::Grammar;
use super::{Language, Level};
use crate::draw::Draw;

/// A word of a text; what fills a slot is left whole.
#[derive(Clone, Debug)]
pub(super) enum Written {
    Word(String),
    Slot(String),
    End,
}

/// Share of words that are touched, of posts reworded, of posts obfuscated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rates {
    pub(super) words: f64,
    pub(super) reworded: f64,
    pub(super) obfuscated: f64,
    /// Chance that sentences are marked off, and how.
    pub(super) marks: f64,
    pub(super) shouting: f64,
    /// Other spellings of Roman Urdu, other code points of Arabic letters: a habit of the writer.
    pub(super) keyboard: f64,
}

impl Rates {
    pub(super) const fn of(level: Level) -> Self {
        match level {
            Level::Clean => Self { words: 0.0, reworded: 0.0, obfuscated: 0.0, marks: 0.3, shouting: 0.0, keyboard: 0.0 },
            Level::Low => Self { words: 0.01, reworded: 0.02, obfuscated: 0.02, marks: 0.1, shouting: 0.01, keyboard: 0.05 },
            Level::Mid => Self { words: 0.05, reworded: 0.06, obfuscated: 0.06, marks: 0.5, shouting: 0.05, keyboard: 0.15 },
            Level::High => Self { words: 0.13, reworded: 0.12, obfuscated: 0.12, marks: 0.5, shouting: 0.1, keyboard: 0.25 },
        }
    }
}

/// Words lost, exchanged, added and misspelled, in the shares 30, 30, 20 and 20 of those touched.
pub(super) fn words(written: Vec<Written>, share: f64, grammar: &Grammar, language: Language, draw: &mut Draw) -> Vec<Written> {
    let vocabulary = &grammar.vocabulary[language as usize];
    let other = |draw: &mut Draw| vocabulary[draw.below(vocabulary.len())].clone();
    let mut out = Vec::with_capacity(written.len() + 4);
    for token in written {
        let Written::Word(word) = token else {
            out.push(token);
            continue;
        };
        let point = draw.unit() / share.max(1e-9);
        if point < 0.3 {
            continue;
        }
        if point < 0.6 {
            out.push(Written::Word(other(draw)));
        } else if point < 0.8 {
            out.push(Written::Word(other(draw)));
            out.push(Written::Word(word));
        } else if point < 1.0 {
            out.push(Written::Word(misspelled(&word, language, draw)));
        } else {
            out.push(Written::Word(word));
        }
    }
    out
}

fn misspelled(word: &str, language: Language, draw: &mut Draw) -> String {
    if language == Language::RomanUrdu && draw.chance(0.5) {
        return respelled(word);
    }
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 3 {
        return word.to_owned();
    }
    let place = draw.below(letters.len() - 1);
    let filler: &[char] = if language.latin() { &['a', 'e', 'i', 'o', 'u', '*', '0'] } else { &['ا', 'و', 'ی', 'ن', 'ر', 'م', '*'] };
    match draw.below(4) {
        0 => letters.swap(place, place + 1),
        1 => letters[place] = draw.pick(filler),
        2 => drop(letters.remove(place)),
        _ => letters.insert(place, letters[place]),
    }
    letters.into_iter().collect()
}

const RESPELLINGS: &[(&str, &str)] = &[
    ("aa", "a"),
    ("ee", "i"),
    ("oo", "u"),
    ("ein", "en"),
    ("ai", "ay"),
    ("iye", "ie"),
    ("kh", "k"),
    ("gh", "g"),
    ("ch", "c"),
    ("w", "v"),
    ("z", "s"),
    ("i", "ee"),
    ("a", "aa"),
];

/// Another customary spelling of Roman Urdu.
fn respelled(word: &str) -> String {
    RESPELLINGS.iter().find(|(from, _)| word.contains(from)).map_or_else(|| word.to_owned(), |(from, to)| word.replacen(from, to, 1))
}

/// The text with marks between sentences.
pub(super) fn join(written: &[Written], rates: Rates, language: Language, draw: &mut Draw) -> String {
    let mut text = String::with_capacity(written.len() * 8);
    let marks: &[&str] = match language {
        Language::English | Language::RomanUrdu => &[".", "!", " !!", " ***", ",", " -", "\u{1F4DE}"],
        Language::Urdu => &["۔", "!", "،", " ***", " -", "۔۔", " \u{2705}"],
        Language::Pashto | Language::Dari => &[".", "!", "،", " ***", " -", "؛", " \u{2705}"],
    };
    for token in written {
        match token {
            Written::End => {
                if draw.chance(rates.marks) {
                    text.push_str(draw.pick(marks));
                }
            }
            Written::Word(word) | Written::Slot(word) => {
                if !text.is_empty() {
                    text.push(' ');
                }
                text.push_str(word);
            }
        }
    }
    text
}

/// Spells the words of a text the way one writer does: other code points of the same letters, other Roman spellings.
pub(super) fn keyboard(written: &mut [Written], language: Language, draw: &mut Draw) {
    let table: &[(char, char)] = match draw.below(3) {
        0 => &[('ی', 'ي'), ('ک', 'ك'), ('ہ', 'ه'), ('ګ', 'گ')],
        1 => &[('ی', 'ي'), ('ې', 'ی'), ('ه', 'ہ'), ('گ', 'ګ')],
        _ => &[('ک', 'ك'), ('ہ', 'ه'), ('ې', 'ي'), ('ۍ', 'ی')],
    };
    for token in written {
        let Written::Word(word) = token else { continue };
        if language == Language::RomanUrdu {
            if draw.chance(0.25) {
                *word = respelled(word);
            }
        } else if !language.latin() {
            *word = word.chars().map(|c| table.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to)).collect();
        }
    }
}

/// Makes words hard to match letter by letter, in one or two ways.
pub(super) fn obfuscate(written: &mut [Written], language: Language, draw: &mut Draw) {
    for _ in 0..1 + draw.below(2) {
        let way = draw.below(7);
        let share = draw.range(0.08, 0.3);
        for token in written.iter_mut() {
            match token {
                Written::Word(word) if draw.chance(share) => *word = changed(word, way, language, draw),
                Written::Slot(value) if way == 0 && draw.chance(0.3) && value.chars().all(|c| c.is_ascii_digit() || c == '+') => {
                    *value = spaced(value)
                }
                _ => {}
            }
        }
    }
}

fn spaced(word: &str) -> String {
    let mut out = String::with_capacity(word.len() * 2);
    for letter in word.chars() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push(letter);
    }
    out
}

const LOOK_ALIKES: &[(char, char)] = &[
    ('a', '\u{430}'),
    ('e', '\u{435}'),
    ('o', '\u{43E}'),
    ('c', '\u{441}'),
    ('p', '\u{440}'),
    ('x', '\u{445}'),
    ('i', '\u{456}'),
    ('s', '\u{455}'),
    ('y', '\u{443}'),
    ('v', '\u{3BD}'),
    ('ی', 'ى'),
    ('ک', 'ڪ'),
    ('ہ', 'ة'),
    ('ا', 'ٱ'),
    ('ه', 'ە'),
    ('و', 'ۋ'),
];
const LEET: &[(char, char)] = &[('a', '4'), ('e', '3'), ('i', '1'), ('o', '0'), ('s', '5'), ('t', '7'), ('b', '8')];
const HIDDEN: &[char] =
    &['\u{200B}', '\u{200C}', '\u{200D}', '\u{200E}', '\u{200F}', '\u{2060}', '\u{FEFF}', '\u{202B}', '\u{202C}', '\u{2067}', '\u{2069}'];
const PICTURES: &[&str] =
    &["\u{1F525}", "\u{2705}", "\u{1F4DE}", "\u{1F30D}", "\u{2708}\u{FE0F}", "\u{1F449}", "\u{2B50}", "\u{1F4BC}", "\u{1F1E6}\u{1F1EA}"];

fn changed(word: &str, way: usize, language: Language, draw: &mut Draw) -> String {
    let swapped =
        |table: &[(char, char)]| word.chars().map(|c| table.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to)).collect::<String>();
    match way {
        0 => spaced(word),
        1 => swapped(LOOK_ALIKES),
        2 if language.latin() => swapped(LEET),
        // Tatweel lengthens a word on the line; in Latin letters a vowel is repeated.
        2 | 3 => lengthened(word, language, draw),
        4 => format!("{word} {}", draw.pick(PICTURES)),
        5 => {
            let mut letters: Vec<char> = word.chars().collect();
            letters.insert(draw.below(letters.len() + 1), draw.pick(HIDDEN));
            letters.into_iter().collect()
        }
        _ if language.latin() => word.chars().map(fullwidth).collect(),
        _ => swapped(LOOK_ALIKES),
    }
}

fn lengthened(word: &str, language: Language, draw: &mut Draw) -> String {
    let letters: Vec<char> = word.chars().collect();
    let place = draw.below(letters.len());
    let times = draw.between(2, 4) as usize;
    let mut out = String::with_capacity(word.len() + 8);
    for (at, letter) in letters.iter().enumerate() {
        out.push(*letter);
        if at == place {
            let more = if language.latin() { *letter } else { 'ـ' };
            out.extend(std::iter::repeat_n(more, times));
        }
    }
    out
}

/// The full-width form of a Latin letter.
fn fullwidth(letter: char) -> char {
    if letter.is_ascii_alphanumeric() { char::from_u32(letter as u32 + 0xFEE0).unwrap_or(letter) } else { letter }
}
