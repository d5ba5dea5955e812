//! The exact-name key.

use crate::fold::fold;

/// Longest name read, in characters; the rest does not count. A name of a person or firm is far shorter.
const NAME_LENGTH_MAX: usize = 1_024;

/// The key under which two spellings of one name meet exactly: NFKC, Arabic-script code-point variants unified
/// (ہ ه, ی ي, ک ك, گ ګ), zero-width characters removed, diacritics folded, case folded, digits ASCII, apostrophes dropped,
/// split at everything that is neither letter nor digit, tokens sorted and joined by one space.
/// Honorifics stay. Empty when the name has no letter or digit. The first 1,024 characters count.
#[must_use]
pub fn normalise_name(name: &str) -> String {
    let bounded: String = name.chars().take(NAME_LENGTH_MAX).filter(|c| !apostrophe(*c)).collect();
    // Again after folding: U+0374 decomposes into one of them.
    let folded: String = fold(&bounded).chars().filter(|c| !apostrophe(*c)).collect();
    // Marks of class 0 (Indic vowel signs) are not alphanumeric everywhere, yet belong to their word.
    let mut tokens: Vec<&str> =
        folded.split(|c: char| !c.is_alphanumeric() && !unicode_normalization::char::is_combining_mark(c)).filter(|t| !t.is_empty()).collect();
    tokens.sort_unstable();
    tokens.join(" ")
}

/// Apostrophes and the letters that stand for ayn and hamza in transliteration.
pub(crate) const fn apostrophe(c: char) -> bool {
    matches!(c, '\'' | '`' | '´' | '\u{2018}' | '\u{2019}' | '\u{201B}' | '\u{02B9}'..='\u{02BF}' | '\u{02C8}' | '\u{FF07}')
}
