//! Percentages that stand with a word of the table, and those outside of its range.

use super::tokens::{Kind, Token};
use super::{Degree, Hit, Word};

/// Nouns by which a percentage is a likelihood.
const NOUNS: [&str; 8] = ["probability", "probabilities", "likelihood", "chance", "chances", "odds", "certainty", "estimate"];
/// Small words that may stand between a word of the table and its figure.
const FILLERS: [&str; 18] = [
    "at",
    "about",
    "around",
    "some",
    "roughly",
    "approximately",
    "approx",
    "ca",
    "circa",
    "i",
    "e",
    "ie",
    "over",
    "above",
    "under",
    "below",
    "than",
    "more",
];
/// Tokens between them at the most.
const BETWEEN_MAX: usize = 6;
/// How far from its noun a percentage may stand.
const NOUN_MAX: usize = 4;

/// A percentage or a range of two.
struct Percent {
    low: f64,
    high: f64,
    /// Its first token, and the one after its last.
    first: usize,
    after: usize,
}

/// Words of the table beside a percentage outside of their range.
pub(super) fn outside<'h, 'a>(tokens: &[Token], hits: &'h [Hit<'a>]) -> Vec<(&'h Hit<'a>, &'a Degree)> {
    let degrees: Vec<(&Hit<'a>, &'a Degree)> =
        hits.iter().filter_map(|hit| if let Word::Degree(degree) = hit.word { Some((hit, degree)) } else { None }).collect();
    if degrees.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for percent in percentages(tokens) {
        let away = |hit: &Hit<'_>| percent.first.saturating_sub(hit.after).max(hit.first.saturating_sub(percent.after));
        let Some((hit, degree)) = degrees.iter().min_by_key(|(hit, _)| away(hit)).copied() else { continue };
        let [low, high] = degree.percent.map(f64::from);
        let within = percent.low >= low && percent.high <= high;
        if !within && (beside(tokens, &percent, hit) || by_noun(tokens, &percent, hits)) {
            found.push((hit, degree));
        }
    }
    found
}

fn number(tokens: &[Token], at: usize) -> Option<f64> {
    tokens.get(at).filter(|token| !token.quoted).and_then(|token| if let Kind::Number(number) = token.kind { Some(number) } else { None })
}

fn word(tokens: &[Token], at: usize) -> Option<&str> {
    tokens.get(at).and_then(|token| if let Kind::Word(word) = &token.kind { Some(word.as_str()) } else { None })
}

/// The token after a sign or words for per cent, where they stand.
fn sign(tokens: &[Token], at: usize) -> Option<usize> {
    match tokens.get(at).map(|token| &token.kind) {
        Some(Kind::Mark('%' | '\u{66a}' | '\u{ff05}')) => Some(at + 1),
        Some(Kind::Word(word)) if matches!(word.as_str(), "percent" | "pct") => Some(at + 1),
        Some(Kind::Word(per)) if per == "per" && word(tokens, at + 1) == Some("cent") => Some(at + 2),
        _ => None,
    }
}

fn percentages(tokens: &[Token]) -> Vec<Percent> {
    let mut all = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match percent_at(tokens, at) {
            Some(percent) => {
                at = percent.after;
                all.push(percent);
            }
            None => at += 1,
        }
    }
    all
}

/// `70 %`, `55-80 %`, `55 % to 80 %`, `between 55 and 80 per cent`.
fn percent_at(tokens: &[Token], at: usize) -> Option<Percent> {
    let one = number(tokens, at)?;
    let signed = sign(tokens, at + 1);
    let joint = signed.unwrap_or(at + 1);
    let joins = match tokens.get(joint).map(|token| &token.kind) {
        Some(Kind::Mark(mark)) => matches!(mark, '-' | '\u{2013}' | '\u{2014}' | '\u{2212}'),
        Some(Kind::Word(word)) => matches!(word.as_str(), "to" | "and"),
        _ => false,
    };
    let second = if joins { number(tokens, joint + 1).zip(sign(tokens, joint + 2)) } else { None };
    match (second, signed) {
        (Some((other, after)), _) => Some(Percent { low: one.min(other), high: one.max(other), first: at, after }),
        (None, Some(after)) => Some(Percent { low: one, high: one, first: at, after }),
        (None, None) => None,
    }
}

/// Whether it stands right beside the word, and is no share of something.
fn beside(tokens: &[Token], percent: &Percent, hit: &Hit<'_>) -> bool {
    if word(tokens, percent.after) == Some("of") {
        return false;
    }
    let (from, to, fillers) = if percent.first >= hit.after { (hit.after, percent.first, true) } else { (percent.after, hit.first, false) };
    let between = |token: &Token| match &token.kind {
        Kind::Mark(mark) => {
            matches!(mark, '(' | ')' | '[' | ']' | ',' | ':' | '-' | '\u{2013}' | '\u{2014}' | '=' | '~' | '.' | '<' | '>' | '\u{2265}' | '\u{2264}')
        }
        Kind::Word(word) => fillers && FILLERS.contains(&word.as_str()),
        _ => false,
    };
    to.saturating_sub(from) <= BETWEEN_MAX && tokens.iter().take(to).skip(from).all(between)
}

/// Whether a noun near it says that it is a likelihood. A noun that is a part of a phrase of the table says nothing.
fn by_noun(tokens: &[Token], percent: &Percent, hits: &[Hit<'_>]) -> bool {
    let near = percent.first.saturating_sub(NOUN_MAX)..percent.after.saturating_add(2);
    let noun = |at: usize| word(tokens, at).is_some_and(|word| NOUNS.contains(&word)) && !hits.iter().any(|hit| (hit.first..hit.after).contains(&at));
    near.into_iter().any(noun)
}
