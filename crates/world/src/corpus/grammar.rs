//! The words and sentence shapes of the five languages, side by side: one line a concept or a shape, so that an offer can be
//! said in another language. Both tables are of this crate; a test holds that every line is whole.

use super::Language;
use std::collections::BTreeMap;

const WORDS: &str = include_str!("words.txt");
const SHAPES: &str = include_str!("shapes.txt");

/// Ways of saying one thing in one language, each a list of words.
pub(super) type Forms = Vec<Vec<String>>;

/// What differs from post to post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slot {
    Phone,
    Handle,
    Url,
    Wallet,
    Wage,
    Fee,
    Place,
    Destination,
    Firm,
    Name,
    Count,
    Years,
    Age,
    Hours,
    Licence,
    Permit,
    Trade,
}

const SLOTS: &[(&str, Slot)] = &[
    ("phone", Slot::Phone),
    ("handle", Slot::Handle),
    ("url", Slot::Url),
    ("wallet", Slot::Wallet),
    ("wage", Slot::Wage),
    ("fee", Slot::Fee),
    ("place", Slot::Place),
    ("dest", Slot::Destination),
    ("firm", Slot::Firm),
    ("name", Slot::Name),
    ("n", Slot::Count),
    ("years", Slot::Years),
    ("years2", Slot::Age),
    ("hours", Slot::Hours),
    ("licence", Slot::Licence),
    ("permit", Slot::Permit),
    ("trade", Slot::Trade),
];

/// One piece of a sentence shape.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    Word(String),
    /// Words that may stand for one another.
    Choice(Forms),
    /// A concept of that class; the number tells several of one class apart.
    Concept(usize, u64),
    /// A made-up proper name, the same wherever the topic is the same.
    Coin,
    Slot(Slot),
}

/// A sentence shape: its variants in each language.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) variants: [Vec<Vec<Piece>>; 5],
}

/// All words and shapes.
#[derive(Debug)]
pub(super) struct Grammar {
    /// Concepts of each class; each in five languages.
    pub(super) classes: Vec<Vec<[Forms; 5]>>,
    pub(super) shapes: Vec<Shape>,
    parts: BTreeMap<&'static str, Vec<usize>>,
    /// All words of each language, for words written by mistake.
    pub(super) vocabulary: [Vec<String>; 5],
    /// The class of trades.
    pub(super) trades: usize,
}

impl Grammar {
    /// Reads the tables of this crate.
    pub(super) fn load() -> Self {
        let mut names: Vec<&str> = Vec::new();
        let mut classes: Vec<Vec<[Forms; 5]>> = Vec::new();
        let mut vocabulary: [Vec<String>; 5] = Default::default();
        for (class, columns) in lines(WORDS) {
            let number = names.iter().position(|n| *n == class).unwrap_or_else(|| {
                names.push(class);
                classes.push(Vec::new());
                names.len() - 1
            });
            let concept = columns.map(|column| column.split('|').map(words).collect::<Forms>());
            for (known, forms) in vocabulary.iter_mut().zip(&concept) {
                known.extend(forms.iter().flatten().cloned());
            }
            classes[number].push(concept);
        }
        let (mut shapes, mut parts) = (Vec::new(), BTreeMap::<&str, Vec<usize>>::new());
        for (part, columns) in lines(SHAPES) {
            parts.entry(part).or_default().push(shapes.len());
            let variants = columns.map(|column| column.split('|').map(|v| pieces(v, &names)).collect::<Vec<_>>());
            for (known, shape) in vocabulary.iter_mut().zip(&variants) {
                known.extend(shape.iter().flatten().filter_map(|p| if let Piece::Word(w) = p { Some(w.clone()) } else { None }));
            }
            shapes.push(Shape { variants });
        }
        for words in &mut vocabulary {
            words.sort_unstable();
            words.dedup();
        }
        let trades = names.iter().position(|n| *n == "trade").unwrap_or(0);
        Self { classes, shapes, parts, vocabulary, trades }
    }

    /// The shapes that may stand in that part of an advert; none for a part that is not in the table.
    pub(super) fn part(&self, part: &str) -> &[usize] {
        self.parts.get(part).map_or(&[], Vec::as_slice)
    }

    /// The words of a concept in a language, in one of its forms.
    pub(super) fn say(&self, class: usize, concept: usize, language: Language, pick: u64) -> &[String] {
        let forms = &self.classes[class][concept][language as usize];
        &forms[(pick % forms.len() as u64) as usize]
    }
}

/// Lines of a table: its first column, and the five languages.
fn lines(table: &'static str) -> impl Iterator<Item = (&'static str, [&'static str; 5])> {
    table.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut columns = line.split(';').map(str::trim);
        Some((columns.next()?, [columns.next()?, columns.next()?, columns.next()?, columns.next()?, columns.next()?]))
    })
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn pieces(text: &str, classes: &[&str]) -> Vec<Piece> {
    text.split_whitespace().map(|word| piece(word, classes)).collect()
}

fn piece(word: &str, classes: &[&str]) -> Piece {
    let inside = |open, close| word.strip_prefix(open).and_then(|w: &str| w.strip_suffix(close));
    if let Some(choices) = inside('(', ')') {
        return Piece::Choice(choices.split('/').map(|c| c.split('_').map(str::to_owned).collect()).collect());
    }
    if let Some(slot) = inside('<', '>') {
        return SLOTS.iter().find(|(name, _)| *name == slot).map_or_else(|| Piece::Word(word.to_owned()), |(_, slot)| Piece::Slot(*slot));
    }
    let Some(class) = inside('{', '}') else {
        return Piece::Word(word.to_owned());
    };
    if class == "coin" {
        return Piece::Coin;
    }
    let name = class.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = class.trim_start_matches(name).parse().unwrap_or(1);
    classes.iter().position(|n| *n == name).map_or_else(|| Piece::Word(word.to_owned()), |class| Piece::Concept(class, number))
}

#[cfg(test)]
mod tests {
    use super::{Grammar, Piece, SHAPES, WORDS, lines};

    /// The multiset of slots and concepts of each variant, by language.
    fn marks(variants: &[Vec<Piece>]) -> Vec<String> {
        let mut marks: Vec<String> = variants
            .iter()
            .flatten()
            .filter_map(|p| match p {
                Piece::Slot(slot) => Some(format!("{slot:?}")),
                Piece::Concept(class, number) => Some(format!("{class}/{number}")),
                Piece::Coin => Some("coin".to_owned()),
                _ => None,
            })
            .collect();
        marks.sort();
        marks
    }

    #[test]
    fn tables_are_whole() {
        for table in [WORDS, SHAPES] {
            let kept = table.lines().filter(|l| !l.starts_with('#')).count();
            assert_eq!(lines(table).count(), kept, "a line lacks a language");
        }
        let grammar = Grammar::load();
        assert!(grammar.shapes.len() >= 60 && grammar.vocabulary.iter().all(|v| v.len() >= 600), "{:?}", grammar.vocabulary.each_ref().map(Vec::len));
        for (number, shape) in grammar.shapes.iter().enumerate() {
            let english = marks(&shape.variants[0]);
            for variants in &shape.variants {
                assert_eq!(marks(variants), english, "shape {number} says different things in different languages");
                let stray = variants.iter().flatten().find(|p| matches!(p, Piece::Word(w) if w.contains(['{', '}', '<', '>', '(', ')', '/'])));
                assert!(stray.is_none(), "shape {number}: {stray:?}");
            }
        }
    }
}
