//! Grades and degrees of confidence as texts write them: `B2`, `2C`, "source 2", "information B", "3x5x2", "high confidence", "graded".

use super::tokens::{Kind, Token};

/// Words before which or after which a letter and a number name a place or a paper, and no grade.
const LABELS: [&str; 36] = [
    "house",
    "flat",
    "block",
    "gate",
    "room",
    "street",
    "road",
    "lane",
    "sector",
    "plot",
    "route",
    "motorway",
    "exit",
    "platform",
    "section",
    "sections",
    "article",
    "paragraph",
    "clause",
    "schedule",
    "annex",
    "appendix",
    "form",
    "visa",
    "page",
    "exhibit",
    "box",
    "bag",
    "seat",
    "flight",
    "terminal",
    "building",
    "shop",
    "floor",
    "ward",
    "unit",
];
const LABELS_AFTER: [&str; 8] = ["visa", "visas", "paper", "form", "motorway", "road", "block", "size"];
/// Words that say how sure somebody is.
const LEVELS: [&str; 12] = ["high", "higher", "highest", "moderate", "medium", "low", "lower", "lowest", "limited", "full", "strong", "little"];
/// Words between a noun and its value.
const BETWEEN: [&str; 12] = ["is", "are", "was", "of", "grade", "graded", "grading", "level", "rated", "reliability", "code", "at"];

/// Whether a grade or a degree of confidence stands in a sentence; quoted or not.
pub(super) fn stand_in(tokens: &[Token]) -> bool {
    (0..tokens.len()).any(|at| is_grade(tokens, at))
}

fn is_grade(tokens: &[Token], at: usize) -> bool {
    let Some(token) = tokens.get(at) else { return false };
    match &token.kind {
        Kind::Code(code) => matches!(code.to_ascii_lowercase().as_str(), "3x5x2" | "5x5x5" | "4x4") || (is_code(code) && !labelled(tokens, at)),
        Kind::Word(word) => match word.as_str() {
            "admiralty" => true,
            "confidence" | "confidences" => confidence(tokens, at),
            "confident" => sure(tokens, at),
            "source" | "sources" => {
                valued(tokens, at, |token| matches!(token.kind, Kind::Number(n) if (1.0..=3.0).contains(&n) && token.raw.len() == 1))
            }
            "information" | "intelligence" | "info" => valued(tokens, at, |token| single(token, 'A'..='E')),
            "credibility" | "reliability" => {
                valued(tokens, at, |token| matches!(token.kind, Kind::Number(_)) || single(token, 'A'..='F') || level(token))
            }
            "graded" | "rated" | "grade" | "grading" => {
                valued(tokens, at, |token| matches!(token.kind, Kind::Number(_) | Kind::Code(_)) || single(token, 'A'..='F') || reliable(token))
            }
            _ => false,
        },
        Kind::Number(_) | Kind::Mark(_) => false,
    }
}

/// `B2`, `X4`; `2C`, `1AP`.
fn is_code(code: &str) -> bool {
    let mut chars = code.chars();
    let (first, second, third, more) = (chars.next(), chars.next(), chars.next(), chars.next());
    let admiralty = matches!(first, Some('A'..='F' | 'X')) && matches!(second, Some('1'..='6')) && third.is_none();
    let threefold = matches!(first, Some('1'..='3')) && matches!(second, Some('A'..='E')) && matches!(third, None | Some('P' | 'C'));
    (admiralty || threefold) && more.is_none()
}

fn labelled(tokens: &[Token], at: usize) -> bool {
    let after = tokens.get(at + 1).and_then(as_word);
    word_before(tokens, at).is_some_and(|word| LABELS.contains(&word)) || after.is_some_and(|word| LABELS_AFTER.contains(&word))
}

fn as_word(token: &Token) -> Option<&str> {
    if let Kind::Word(word) = &token.kind { Some(word) } else { None }
}

fn word_before(tokens: &[Token], at: usize) -> Option<&str> {
    at.checked_sub(1).and_then(|before| tokens.get(before)).and_then(as_word)
}

fn level(token: &Token) -> bool {
    as_word(token).is_some_and(|word| LEVELS.contains(&word))
}

fn reliable(token: &Token) -> bool {
    as_word(token).is_some_and(|word| matches!(word, "reliable" | "untested" | "unreliable" | "as"))
}

/// One capital letter.
fn single(token: &Token, letters: std::ops::RangeInclusive<char>) -> bool {
    let mut chars = token.raw.chars();
    chars.next().is_some_and(|c| letters.contains(&c)) && chars.next().is_none()
}

/// Whether a value of the kind asked for follows a noun, with a few small words and marks between.
fn valued(tokens: &[Token], at: usize, is: impl Fn(&Token) -> bool) -> bool {
    let between = |token: &&Token| match &token.kind {
        Kind::Mark(mark) => matches!(mark, ':' | '=' | '(' | '[' | '-' | '\u{2013}' | '"'),
        Kind::Word(word) => BETWEEN.contains(&word.as_str()) && !is(token),
        _ => false,
    };
    tokens.iter().skip(at + 1).take(4).find(|token| !between(token)).is_some_and(is)
}

/// "highly confident", "we are confident"; not what somebody else is told to be.
fn sure(tokens: &[Token], at: usize) -> bool {
    let Some(before) = word_before(tokens, at) else { return false };
    let we = before == "are" && at.checked_sub(1).and_then(|at| word_before(tokens, at)) == Some("we");
    we || matches!(before, "highly" | "moderately" | "fairly" | "very" | "quite")
}

/// "high confidence", "confidence: low", "confidence level", "confidence 70"; not "confidence interval".
fn confidence(tokens: &[Token], at: usize) -> bool {
    let after = tokens.get(at + 1).and_then(as_word);
    if after.is_some_and(|word| matches!(word, "interval" | "intervals" | "limit" | "limits" | "bound" | "bounds")) {
        return false;
    }
    after.is_some_and(|word| matches!(word, "level" | "levels"))
        || word_before(tokens, at).is_some_and(|word| LEVELS.contains(&word))
        || valued(tokens, at, |token| level(token) || matches!(token.kind, Kind::Number(_)))
}
