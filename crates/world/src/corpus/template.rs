//! Templates: what a text says, apart from any language, and its rendering into words and slots.
//!
//! A clause is a shape with a key. Concepts follow from the key alone, words from the key and the language, so that the same
//! clauses in another language are a translation, and other words for some of them a paraphrase.

use super::Language;
use super::grammar::{Grammar, Piece, Slot};
use crate::draw::{Draw, mix};

/// One sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clause {
    pub(super) shape: usize,
    /// Which concepts and words.
    pub(super) key: u64,
    /// Trade and made-up name: shared by the clauses of one template.
    topic: u64,
}

/// What a text says.
#[derive(Clone, Debug)]
pub(super) struct Template {
    pub(super) language: Language,
    pub(super) clauses: Vec<Clause>,
}

/// What stands where.
#[derive(Clone, Debug)]
pub(super) enum Token {
    Word(String),
    Slot(Slot),
    /// End of a sentence.
    End,
}

/// How a text is laid out: kind of offer, and which special clauses it bears.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// `job`, `travel`, `marriage`, `charity`, `sale` or `board`.
    pub(super) form: &'static str,
    pub(super) licence: bool,
    pub(super) permit: bool,
    pub(super) fee: bool,
    /// Chance of a phrase that stands in many texts.
    pub(super) boiler: f64,
}

impl Layout {
    /// A plain text of that form.
    pub(super) const fn plain(form: &'static str) -> Self {
        Self { form, licence: false, permit: false, fee: false, boiler: 0.55 }
    }
}

impl Template {
    /// A new template.
    pub(super) fn draw(grammar: &Grammar, draw: &mut Draw, language: Language, layout: Layout) -> Self {
        let topic = draw.word();
        let mut clauses = Vec::new();
        let mut add = |draw: &mut Draw, part: &str, count: usize| {
            for shape in draw.sample(grammar.part(part), count) {
                clauses.push(Clause { shape, key: draw.word(), topic });
            }
        };
        let body = draw.between(2, 4) as usize;
        let part = |name: &str| format!("{}.{name}", layout.form);
        if layout.form == "board" {
            add(draw, "board.row", 1);
            add(draw, "board.body", 3);
            add(draw, "job.body", 1 + body / 3);
        } else {
            add(draw, &part("open"), 1);
            add(draw, &part("body"), body);
        }
        if layout.form == "job" && draw.chance(0.85) {
            add(draw, "job.pay", 1);
        }
        for (bears, special) in [(layout.licence, "licence.body"), (layout.permit, "permit.body"), (layout.fee, "fee.body")] {
            if bears {
                add(draw, special, 1);
            }
        }
        if layout.form == "charity" {
            add(draw, "charity.contact", 1);
        } else if layout.form != "board" && draw.chance(0.93) {
            let count = 1 + usize::from(draw.chance(0.2));
            add(draw, "any.contact", count);
        }
        if draw.chance(layout.boiler) {
            add(draw, "any.boiler", 1);
            // Such a phrase is the same in whatever text it stands.
            if let Some(clause) = clauses.last_mut() {
                clause.key = 0;
            }
        }
        Self { language, clauses }
    }

    /// Takes over half the sentences of another template of the same language, but for its opening, and for what only its
    /// makers can say: their licence, permits and fees.
    pub(super) fn borrow(&mut self, other: &Self, grammar: &Grammar, draw: &mut Draw) {
        let own = |clause: &Clause| ["licence.body", "permit.body", "fee.body"].iter().any(|part| grammar.part(part).contains(&clause.shape));
        let places: Vec<usize> = (1..other.clauses.len()).filter(|place| !own(&other.clauses[*place])).collect();
        let taken = draw.sample(&places, other.clauses.len() / 2);
        for (at, place) in taken.into_iter().enumerate() {
            // The own opening stays: what is offered is the template's own.
            match self.clauses.get_mut(at + 1) {
                Some(clause) if !own(clause) => *clause = other.clauses[place],
                _ => self.clauses.push(other.clauses[place]),
            }
        }
    }

    /// The same offer in another language.
    pub(super) fn translated(&self, language: Language) -> Self {
        Self { language, clauses: self.clauses.clone() }
    }

    /// The same offer in other words: sentences in another order, one dropped or one added, some words replaced.
    pub(super) fn reworded(&self, grammar: &Grammar, draw: &mut Draw) -> Vec<Token> {
        let mut clauses = self.clauses.clone();
        if clauses.len() > 3 && draw.chance(0.6) {
            let (one, other) = (draw.below(clauses.len()), draw.below(clauses.len()));
            clauses.swap(one, other);
        }
        if clauses.len() > 4 && draw.chance(0.3) {
            clauses.remove(1 + draw.below(clauses.len() - 1));
        } else if draw.chance(0.3) {
            let topic = clauses.first().map_or(0, |c| c.topic);
            let shape = draw.pick(grammar.part("any.boiler"));
            clauses.insert(draw.below(clauses.len() + 1), Clause { shape, key: 0, topic });
        }
        self.say(grammar, &clauses, Some((draw, 0.3)))
    }

    /// The words as the template has them.
    pub(super) fn tokens(&self, grammar: &Grammar) -> Vec<Token> {
        self.say(grammar, &self.clauses, None)
    }

    fn say(&self, grammar: &Grammar, clauses: &[Clause], mut other: Option<(&mut Draw, f64)>) -> Vec<Token> {
        let mut tokens = Vec::with_capacity(clauses.len() * 14);
        // Which words: the template's own, or now and then some other.
        let mut pick = |own: u64| match &mut other {
            Some((draw, share)) => {
                if draw.chance(*share) {
                    draw.word()
                } else {
                    own
                }
            }
            None => own,
        };
        for clause in clauses {
            let own = mix(clause.key, 1 + self.language as u64);
            let variants = &grammar.shapes[clause.shape].variants[self.language as usize];
            let variant = &variants[(pick(own) % variants.len() as u64) as usize];
            for (place, piece) in variant.iter().enumerate() {
                match piece {
                    Piece::Word(word) => push(&mut tokens, word),
                    Piece::Choice(forms) => {
                        let form = &forms[(pick(mix(own, place as u64)) % forms.len() as u64) as usize];
                        form.iter().for_each(|word| push(&mut tokens, word));
                    }
                    Piece::Concept(class, number) => {
                        let concept = clause.concept(grammar, *class, *number);
                        let words = grammar.say(*class, concept, self.language, pick(mix(own, concept as u64)));
                        words.iter().for_each(|word| push(&mut tokens, word));
                    }
                    Piece::Coin => tokens.push(Token::Word(coin(mix(clause.topic, 3), self.language))),
                    Piece::Slot(slot) => tokens.push(Token::Slot(*slot)),
                }
            }
            tokens.push(Token::End);
        }
        tokens
    }

    /// The trade the offer is for: index into the class of trades.
    pub(super) fn trade(&self, grammar: &Grammar) -> usize {
        self.clauses.first().map_or(0, |clause| clause.concept(grammar, grammar.trades, 1))
    }
}

/// Adds a word, but not the same particle twice where a phrase brings its own.
fn push(tokens: &mut Vec<Token>, word: &str) {
    if !matches!(tokens.last(), Some(Token::Word(last)) if last == word) {
        tokens.push(Token::Word(word.to_owned()));
    }
}

impl Clause {
    /// The concept that stands for the `number`-th of a class: the first of a class is the topic's for trades.
    fn concept(&self, grammar: &Grammar, class: usize, number: u64) -> usize {
        let count = grammar.classes[class].len() as u64;
        let first = if class == grammar.trades { mix(self.topic, class as u64) } else { mix(self.key, class as u64 + 7) };
        let step = 1 + mix(self.key, class as u64 + 31) % count.saturating_sub(1).max(1);
        ((first % count + (number - 1) * step) % count) as usize
    }
}

const SYLLABLES: &[(&str, &str)] = &[
    ("za", "زا"),
    ("mi", "می"),
    ("ro", "رو"),
    ("ka", "کا"),
    ("lu", "لو"),
    ("ta", "تا"),
    ("ni", "نی"),
    ("sho", "شو"),
    ("ba", "با"),
    ("vi", "وی"),
    ("fa", "فا"),
    ("gu", "گو"),
    ("ra", "را"),
    ("si", "سی"),
    ("do", "دو"),
    ("ma", "ما"),
    ("pe", "پی"),
    ("cha", "چا"),
    ("ju", "جو"),
    ("li", "لی"),
    ("na", "نا"),
    ("bo", "بو"),
    ("ki", "کی"),
    ("sa", "سا"),
    ("tu", "تو"),
    ("ri", "ری"),
    ("ga", "گا"),
    ("mo", "مو"),
    ("di", "دی"),
    ("pa", "پا"),
];

const ENDS: &[(&str, &str)] = &[("", ""), ("n", "ن"), ("r", "ر"), ("l", "ل"), ("sh", "ش"), ("m", "م"), ("z", "ز"), ("d", "د")];

/// A made-up proper name that belongs to nobody, in the script of the language.
pub(super) fn coin(key: u64, language: Language) -> String {
    let (mut latin, mut arabic) = (String::new(), String::new());
    for place in 0..2 + mix(key, 90) % 2 {
        let (l, a) = SYLLABLES[(mix(key, place) % SYLLABLES.len() as u64) as usize];
        latin.push_str(l);
        arabic.push_str(a);
    }
    let (l, a) = ENDS[(mix(key, 91) % ENDS.len() as u64) as usize];
    if language.latin() {
        latin.push_str(l);
        let mut letters = latin.chars();
        return letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect());
    }
    arabic + a
}
