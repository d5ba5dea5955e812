//! The template of a group, where its texts are at hand: which words stay and which parts differ, by minimum description length
//! (Rissanen 1978; for adverts: Lee et al. 2021, `InfoShield`). The texts are read and not kept; what looks like a contact does not come out.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::slot::SlotKind;
use crate::token::{Token, TokenKind, Tokeniser};

/// Members that are aligned; of a larger group evenly many.
pub const MEMBERS_MAX: usize = 64;
/// Tokens of a text that are aligned.
pub const TOKENS_MAX: usize = 400;

/// What differs from copy to copy at one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// The type that most fillings have; `None` for words.
    pub kind: Option<SlotKind>,
    /// Different fillings among the members aligned.
    pub distinct: usize,
    /// Members that fill it.
    pub filled: usize,
    /// Most tokens in a filling.
    pub longest: usize,
}

/// A part of a template, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Words that stay, as one member writes them, and the least share of members that hold each of them, 0..=1.
    Constant {
        /// Words of one member; what looks like a contact is not among them.
        text: String,
        /// Least share of members holding a word of it.
        held: f64,
    },
    /// A part that differs.
    Slot(Slot),
}

/// Constant and slot parts of a group's texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// Parts in the order of the text that stands for the group.
    pub parts: Vec<Part>,
    /// Texts in the group.
    pub members: usize,
    /// Texts aligned: at most [`MEMBERS_MAX`].
    pub aligned: usize,
    /// Bits to write the aligned texts one by one.
    pub bits_alone: f64,
    /// Bits to write the template and then what each text has beside it. Fewer than alone, or they are no group.
    pub bits_together: f64,
}

impl Template {
    /// The share of bits that the template saves, 0..=1 (0 where it saves none).
    #[must_use]
    pub fn saved(&self) -> f64 {
        if self.bits_alone > 0.0 { (1.0 - self.bits_together / self.bits_alone).max(0.0) } else { 0.0 }
    }

    /// Slots of the template.
    pub fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.parts.iter().filter_map(|part| if let Part::Slot(slot) = part { Some(slot) } else { None })
    }

    /// Different fillings for each filling, over all slots: 0 for exact copies, near 1 when every copy says something else.
    #[must_use]
    pub fn variability(&self) -> f64 {
        let (distinct, filled) = self.slots().fold((0, 0), |(d, f), slot| (d + slot.distinct, f + slot.filled));
        if filled == 0 { 0.0 } else { distinct as f64 / filled as f64 }
    }
}

/// Longest word that is shown, in characters: addresses of chains are longer.
const WORD_MAX: usize = 24;
/// Most digits of a word that is shown: phone numbers have more.
const DIGITS_MAX: usize = 6;

/// Might this be a contact that was not read as one? It is not shown then.
fn may_be_contact(word: &str) -> bool {
    let digits = word.chars().filter(|c| c.is_numeric()).count();
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let mixed = digits > 0 && letters > 2;
    let marked = word.contains(['@', '_']) || ["://", "(at)", "[at]", "(dot)", "[dot]"].iter().any(|mark| word.contains(mark));
    word.chars().count() > WORD_MAX || digits > DIGITS_MAX || mixed || marked
}

/// Services whose name stands before a handle.
const SERVICES: [&str; 16] = [
    "telegram",
    "tg",
    "imo",
    "whatsapp",
    "insta",
    "instagram",
    "ig",
    "snapchat",
    "snap",
    "viber",
    "skype",
    "wechat",
    "facebook",
    "fb",
    "tiktok",
    "gmail",
];

fn names_a_service(word: &str) -> bool {
    SERVICES.contains(&word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase().as_str())
}

/// A text as tokens, cut to [`TOKENS_MAX`].
struct Member<'a> {
    text: &'a str,
    tokens: Vec<Token>,
}

/// The template of texts that are a group; `None` without any words. The same texts in another order give the same template.
#[must_use]
pub fn template<T: AsRef<str>>(texts: &[T]) -> Option<Template> {
    let mut sorted: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
    sorted.sort_unstable();
    let step = sorted.len().div_ceil(MEMBERS_MAX).max(1);
    let mut tokeniser = Tokeniser::new();
    let members: Vec<Member> = sorted
        .iter()
        .step_by(step)
        .map(|text| Member { text, tokens: tokeniser.tokens(text).iter().take(TOKENS_MAX).copied().collect() })
        .filter(|m| !m.tokens.is_empty())
        .collect();
    let head = medoid(&members)?;
    let alignment = Alignment::of(head, &members);
    let word = word_bits(&members);
    let constant = alignment.constants(word);
    if !constant.contains(&true) {
        return None;
    }
    let parts = alignment.parts(head, &members, &constant);
    let bits_alone = members.iter().map(|m| length_bits(m.tokens.len()) + m.tokens.len() as f64 * word).sum();
    let bits_together = alignment.bits(&constant, word);
    Some(Template { parts, members: texts.len(), aligned: members.len(), bits_alone, bits_together })
}

/// The member with the most tokens that the others have too.
fn medoid<'a, 'b>(members: &'a [Member<'b>]) -> Option<&'a Member<'b>> {
    let mut held: FxHashMap<u64, usize> = FxHashMap::default();
    for member in members {
        let own: FxHashSet<u64> = member.tokens.iter().map(|t| t.hash).collect();
        own.into_iter().for_each(|token| *held.entry(token).or_default() += 1);
    }
    let often = |token: &Token| held.get(&token.hash).is_some_and(|n| n * 2 > members.len());
    // Tokens of the many count for a member, its own count against it.
    let worth = |m: &Member| m.tokens.iter().map(|t| if often(t) { 2_i64 } else { -1 }).sum::<i64>();
    members.iter().rev().max_by_key(|m| worth(m))
}

/// Bits of one token: which of the group's words it is.
fn word_bits(members: &[Member]) -> f64 {
    let distinct: FxHashSet<u64> = members.iter().flat_map(|m| m.tokens.iter().map(|t| t.hash)).collect();
    (distinct.len().max(2) as f64).log2().max(1.0)
}

/// Bits of a length (Elias 1975, gamma code).
fn length_bits(length: usize) -> f64 {
    2.0 * ((length + 1) as f64).log2().floor() + 1.0
}

/// Bits of `n` yes-or-no answers, `yes` of them yes.
fn answer_bits(yes: usize, n: usize) -> f64 {
    let part = |k: usize| if k == 0 { 0.0 } else { -(k as f64) * (k as f64 / n as f64).log2() };
    part(yes) + part(n - yes)
}

/// Each member against the head: for each of the head's tokens which token of the member, if any, stands for it.
struct Alignment {
    matched: Vec<Vec<Option<usize>>>,
    lengths: Vec<usize>,
    head: usize,
}

impl Alignment {
    fn of(head: &Member, members: &[Member]) -> Self {
        let matched = members.iter().map(|m| align(&head.tokens, &m.tokens)).collect();
        Self { matched, lengths: members.iter().map(|m| m.tokens.len()).collect(), head: head.tokens.len() }
    }

    fn holding(&self, at: usize) -> usize {
        self.matched.iter().filter(|m| m.get(at).is_some_and(Option::is_some)).count()
    }

    /// Which of the head's tokens are cheaper said once: the token, and for each member whether it is there, against the token for each
    /// member that has it.
    fn constants(&self, word: f64) -> Vec<bool> {
        let n = self.matched.len();
        let cheaper = |at: usize| {
            let held = self.holding(at);
            held * 2 > n && word + answer_bits(held, n) < held as f64 * word
        };
        (0..self.head).map(|at| if n == 1 { true } else { cheaper(at) }).collect()
    }

    /// Bits of the template and of the members given it.
    fn bits(&self, constant: &[bool], word: f64) -> f64 {
        let n = self.matched.len();
        let kept: Vec<usize> = (0..self.head).filter(|at| constant.get(*at) == Some(&true)).collect();
        let template = length_bits(kept.len()) + kept.len() as f64 * word;
        let answers: f64 = kept.iter().map(|at| answer_bits(self.holding(*at), n)).sum();
        let mut own = 0.0;
        for (matched, length) in self.matched.iter().zip(&self.lengths) {
            let said = kept.iter().filter(|at| matched.get(**at).is_some_and(Option::is_some)).count();
            // The other tokens, each with its place between the constants.
            let places = ((kept.len() + 2) as f64).log2();
            own += length_bits(length - said) + (length - said) as f64 * word + places * ((length - said) as f64).min(kept.len() as f64 + 1.0);
        }
        template + answers + own
    }

    /// Runs of constants, with a slot wherever members have something between.
    fn parts(&self, head: &Member, members: &[Member], constant: &[bool]) -> Vec<Part> {
        let kept: Vec<usize> = (0..self.head).filter(|at| constant.get(*at) == Some(&true)).collect();
        let mut parts = Vec::new();
        let mut run: Vec<usize> = Vec::new();
        for (index, at) in kept.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|i| kept.get(i).copied());
            if let Some(slot) = self.between(members, before, Some(*at)) {
                self.close(head, &mut run, &mut parts);
                parts.push(Part::Slot(slot));
            }
            match head.tokens.get(*at) {
                // A slot token that all copies have is a slot, whatever its value.
                Some(Token { kind: TokenKind::Slot(kind), .. }) => {
                    self.close(head, &mut run, &mut parts);
                    parts.push(Part::Slot(self.typed(members, *at, *kind)));
                }
                _ => run.push(*at),
            }
        }
        self.close(head, &mut run, &mut parts);
        if let Some(slot) = self.between(members, kept.last().copied(), None) {
            parts.push(Part::Slot(slot));
        }
        parts
    }

    fn close(&self, head: &Member, run: &mut Vec<usize>, parts: &mut Vec<Part>) {
        let words = run.iter().filter_map(|at| head.tokens.get(*at)).filter_map(|t| head.text.get(t.start as usize..t.end as usize));
        let mut named = false;
        let shown = words.flat_map(str::split_whitespace).map(|word| {
            let hidden = named || may_be_contact(word);
            named = names_a_service(word);
            if hidden { "…" } else { word }
        });
        let text = shown.collect::<Vec<_>>().join(" ");
        let held = run.iter().map(|at| self.holding(*at)).min().unwrap_or(0) as f64 / self.matched.len().max(1) as f64;
        if !text.is_empty() {
            parts.push(Part::Constant { text, held });
        }
        run.clear();
    }

    /// A typed slot at one of the head's tokens.
    fn typed(&self, members: &[Member], at: usize, kind: SlotKind) -> Slot {
        let mut values = FxHashSet::default();
        let mut filled = 0;
        for (matched, member) in self.matched.iter().zip(members) {
            let token = matched.get(at).copied().flatten().and_then(|i| member.tokens.get(i));
            if let Some(value) = token.and_then(|t| member.text.get(t.start as usize..t.end as usize)) {
                values.insert(value);
                filled += 1;
            }
        }
        Slot { kind: Some(kind), distinct: values.len(), filled, longest: 1 }
    }

    /// What members have between two constants; `None` unless a quarter of them, and at least two, have something.
    fn between(&self, members: &[Member], before: Option<usize>, after: Option<usize>) -> Option<Slot> {
        let (mut values, mut kinds) = (FxHashSet::default(), FxHashMap::default());
        let (mut filled, mut longest) = (0, 0);
        for (matched, member) in self.matched.iter().zip(members) {
            let place = |at: usize| matched.get(at).copied().flatten();
            let from = match before {
                Some(at) => place(at).map(|i| i + 1),
                None => Some(0),
            };
            let to = match after {
                Some(at) => place(at),
                None => Some(member.tokens.len()),
            };
            let Some(tokens) = from.zip(to).and_then(|(from, to)| member.tokens.get(from..to)).filter(|t| !t.is_empty()) else {
                continue;
            };
            filled += 1;
            longest = longest.max(tokens.len());
            values.insert(tokens.iter().map(|t| t.hash).collect::<Vec<_>>());
            let kind = tokens.iter().find_map(|t| if let TokenKind::Slot(kind) = t.kind { Some(kind) } else { None });
            *kinds.entry(kind).or_insert(0_usize) += 1;
        }
        let kind = kinds.into_iter().max_by_key(|(kind, count)| (*count, *kind)).and_then(|(kind, _)| kind);
        (filled >= 2 && filled * 4 >= members.len()).then_some(Slot { kind, distinct: values.len(), filled, longest })
    }
}

/// A longest common subsequence of tokens: for each of `a` the place in `b`.
fn align(a: &[Token], b: &[Token]) -> Vec<Option<usize>> {
    let width = b.len() + 1;
    let mut table = vec![0_u16; (a.len() + 1) * width];
    let get = |table: &[u16], i: usize, j: usize| table.get(i * width + j).copied().unwrap_or(0);
    for (i, x) in a.iter().enumerate().rev() {
        for (j, y) in b.iter().enumerate().rev() {
            let best = if x.hash == y.hash { get(&table, i + 1, j + 1) + 1 } else { get(&table, i + 1, j).max(get(&table, i, j + 1)) };
            if let Some(cell) = table.get_mut(i * width + j) {
                *cell = best;
            }
        }
    }
    let mut out = vec![None; a.len()];
    let (mut i, mut j) = (0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        if x.hash == y.hash {
            if let Some(place) = out.get_mut(i) {
                *place = Some(j);
            }
            (i, j) = (i + 1, j + 1);
        } else if get(&table, i + 1, j) >= get(&table, i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    out
}
