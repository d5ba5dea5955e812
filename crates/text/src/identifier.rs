//! Comparable forms of phones, documents, mail addresses and postal addresses. An empty result means: nothing usable.

use crate::fold::{ascii_digit, fold, invisible};
use unicode_normalization::UnicodeNormalization;

/// Longest identifier read, in characters.
const LENGTH_MAX: usize = 1_024;

/// NFKC, digits ASCII, invisible characters removed, bounded.
pub(crate) fn plain(text: &str) -> String {
    // Composed once more: marks that a dropped character kept apart may now stand in another order.
    text.chars().take(LENGTH_MAX).nfkc().filter(|c| !invisible(*c)).map(ascii_digit).nfc().collect()
}

/// A phone number as `+` and digits where it was written internationally (`+92…`, `0092…`), else its bare digits: no country is guessed.
/// Empty with fewer than 5 or more than 17 digits (E.164 allows 15; two for a trunk prefix written by habit).
#[must_use]
pub fn normalise_phone(phone: &str) -> String {
    let plain = plain(phone);
    let digits: String = plain.chars().filter(char::is_ascii_digit).collect();
    let (international, digits) = match (plain.trim_start().starts_with('+'), digits.strip_prefix("00")) {
        (true, _) => (true, digits),
        (false, Some(rest)) => (true, rest.to_owned()),
        (false, None) => (false, digits),
    };
    if !(5..=17).contains(&digits.len()) {
        return String::new();
    }
    if international { format!("+{digits}") } else { digits }
}

/// A document `kind:number` as lower-case kind, colon, and the number's letters and digits in upper case (`cnic:35202-1234567-1` becomes
/// `cnic:3520212345671`). Without a colon the kind is empty. Empty when the number has no letter or digit.
#[must_use]
pub fn normalise_document(document: &str) -> String {
    let plain = plain(document);
    let (kind, number) = plain.split_once(':').unwrap_or(("", &plain));
    // Composed again for the same reason as in `plain`.
    let number: String = number.chars().flat_map(char::to_uppercase).filter(|c| c.is_alphanumeric()).collect::<String>().nfc().collect();
    if number.is_empty() {
        return number;
    }
    let kind: String = kind.trim().to_lowercase().nfc().collect();
    format!("{kind}:{number}")
}

/// A mail address in lower case. Empty when it is not one `@` with something on both sides and no space.
#[must_use]
pub fn normalise_email(email: &str) -> String {
    let plain = plain(email).trim().to_lowercase();
    match plain.split_once('@') {
        Some((local, domain)) if !local.is_empty() && !domain.is_empty() && !domain.contains('@') && !plain.contains(char::is_whitespace) => plain,
        _ => String::new(),
    }
}

/// A postal address folded as names are, its tokens in their order and joined by one space.
#[must_use]
pub fn normalise_address(address: &str) -> String {
    let bounded: String = address.chars().take(LENGTH_MAX).collect();
    let folded = fold(&bounded);
    folded
        .split(|c: char| !c.is_alphanumeric() && !unicode_normalization::char::is_combining_mark(c))
        .filter(|t| !t.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
