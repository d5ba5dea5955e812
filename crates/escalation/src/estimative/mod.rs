//! How likely something is, told by the words of one published table and by no others, and never in one claim with a grade (SG-123).
//!
//! The table is data (`specs/estimative-words.toml`); `specs/estimative-words.md` says how a text is held against it. English alone is read.

mod claim;
mod grades;
mod table;
mod tokens;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Serialize;

pub use table::{Degree, Table, Word};

use crate::{EscalationError, Missing};
use tokens::{Token, tokens};

/// Findings of one text; more are not told.
const FOUND_MAX: usize = 50;

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// A text by itself.
    Text,
    /// The words of something that bears a grade of its own, such as an item of intelligence: an estimate there stands with the grade.
    Graded,
}

/// Which rule a text breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "EstimativeRule"))]
#[serde(rename_all = "snake_case")]
pub enum Broken {
    /// A word for a likelihood that is not of the table.
    Unlisted,
    /// A word of the table beside a percentage outside of its range.
    Percent,
    /// A word of the table in one sentence with a grade or a degree of confidence.
    Mixed,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "EstimativeFinding"))]
pub struct Found {
    /// Where it begins, in characters (Unicode scalar values) from the beginning of the text.
    pub from: usize,
    /// Where it ends: the first character after it.
    pub to: usize,
    /// Which rule.
    pub broken: Broken,
    /// The word as the table has it; nothing else of the text is repeated.
    pub word: String,
    /// What to do.
    pub remedy: String,
}

impl Found {
    /// What to do and where, in a line.
    #[must_use]
    pub fn says(&self) -> String {
        format!("character {}: {}", self.from.saturating_add(1), self.remedy)
    }
}

static SHIPPED: LazyLock<Result<Table, EscalationError>> = LazyLock::new(|| Table::parse(table::SHIPPED));

/// The table that is shipped.
///
/// # Errors
/// Never; a test holds it.
pub fn table() -> Result<&'static Table, EscalationError> {
    SHIPPED.as_ref().map_err(Clone::clone)
}

/// Holds a text against the shipped table. Without a table nothing passes.
#[must_use]
pub fn lint(text: &str, claim: Claim) -> Vec<Found> {
    match table() {
        Ok(table) => table.lint(text, claim),
        Err(error) => vec![Found { from: 0, to: 0, broken: Broken::Unlisted, word: String::new(), remedy: error.to_string() }],
    }
}

/// The same as what stands in the way of an escalation: which text, where in it, and what to do.
pub(crate) fn words_missing(place: &str, text: &str, claim: Claim) -> Vec<Missing> {
    lint(text, claim).iter().map(|found| Missing::new("words", format!("{place}, {}", found.says()))).collect()
}

impl Table {
    /// What of a text does not keep to the table, in the order of the text; at most 50 findings. What is quoted is left alone.
    #[must_use]
    pub fn lint(&self, text: &str, claim: Claim) -> Vec<Found> {
        let tokens = tokens(text);
        let mut found = BTreeSet::new();
        for sentence in tokens.chunk_by(|a, b| a.sentence == b.sentence) {
            self.sentence(sentence, claim, &mut found);
        }
        found.into_iter().take(FOUND_MAX).collect()
    }

    fn sentence(&self, tokens: &[Token], claim: Claim, found: &mut BTreeSet<Found>) {
        let hits = self.hits(tokens);
        let graded = claim == Claim::Graded || grades::stand_in(tokens);
        for hit in &hits {
            let mut tell = |broken: Broken, remedy: String| {
                found.insert(Found { from: hit.from, to: hit.to, broken, word: hit.words.clone(), remedy });
            };
            match hit.word {
                Word::Fixed => {}
                Word::Other(write) => {
                    tell(
                        Broken::Unlisted,
                        format!("`{}` is not of the table of estimative words; write {write}; or quote who said it (SG-123)", hit.words),
                    );
                }
                Word::Degree(_) if claim == Claim::Graded => tell(
                    Broken::Mixed,
                    format!(
                        "`{}` stands in the words of a graded item: say there what was seen or said, or quote it, and how likely something is in the narrative (SG-123)",
                        hit.words
                    ),
                ),
                Word::Degree(_) if graded => tell(
                    Broken::Mixed,
                    format!(
                        "`{}` stands in one sentence with a grade or a confidence: say the likelihood in one sentence and the grade in another (SG-123)",
                        hit.words
                    ),
                ),
                Word::Degree(_) => {}
            }
        }
        for (hit, degree) in claim::outside(tokens, &hits) {
            let [low, high] = degree.percent;
            let remedy = format!(
                "`{}` means {low} to {high} %, and another figure stands with it: write the word of that figure, or leave the figure out (SG-123)",
                hit.words
            );
            found.insert(Found { from: hit.from, to: hit.to, broken: Broken::Percent, word: hit.words.clone(), remedy });
        }
    }
}

/// A word or phrase of the table, found in a sentence.
#[derive(Debug)]
pub(crate) struct Hit<'a> {
    /// The first of its tokens, by place in the sentence.
    first: usize,
    /// The token after its last one.
    after: usize,
    /// Characters.
    from: usize,
    to: usize,
    words: String,
    word: Word<'a>,
}
