//! English country names, as lists of authorities write them, to ISO 3166-1 alpha-2 codes.

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// `CC name|other name`, one country a line.
const NAMES: &str = include_str!("countries.txt");

/// The code of a country's name; None for what is no country.
#[must_use]
pub fn named(name: &str) -> Option<&'static str> {
    static INDEX: OnceLock<BTreeMap<String, &'static str>> = OnceLock::new();
    let index = INDEX.get_or_init(|| lines().flat_map(|(code, names)| names.split('|').map(move |name| (fold(name), code))).collect());
    index.get(&fold(name)).copied()
}

/// The code of a country's name, or of a code in any case; None for what is no country.
#[must_use]
pub fn code(name: &str) -> Option<&'static str> {
    let folded = fold(name);
    named(name).or_else(|| lines().map(|(code, _)| code).find(|code| fold(code) == folded))
}

fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
    NAMES.lines().filter_map(|line| line.split_once(' '))
}

/// Every name known, in the order of the codes.
pub fn names() -> impl Iterator<Item = &'static str> {
    lines().flat_map(|(_, names)| names.split('|'))
}

/// Letters and digits only, lower case, without articles.
fn fold(name: &str) -> String {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !matches!(*word, "" | "the" | "of" | "and")).collect();
    words.join(" ")
}
