//! What leaves the edge: a bounded sample of hashes that says how alike two adverts are, slot values as hashes, and no text.

use crate::hash::mix;
use crate::settings::Settings;
use crate::slot::{SlotKind, SlotValue};
use crate::token::{ScriptHint, Token, TokenKind, Tokeniser};

/// Most slot values in a sketch.
pub const SLOTS_MAX: usize = 32;
/// Words below which a text says too little to be grouped: its sketch is empty.
pub const WORDS_MIN: usize = 3;
/// Version of the layout and of the hashes. Sketches of other versions are not read.
const VERSION: u64 = 1;
/// First word of a sketch: this mark, then the version.
const MARK: u64 = 0x5441_5301;
/// Words in a sketch before its features.
const HEAD: usize = 4;

/// The sketch of an advert: bounded, keyed, without text. See docs/adverts.md for what it reveals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sketch {
    /// Keyed hashes of words and pairs of adjacent words: the smallest ones, ascending, distinct.
    features: Vec<u32>,
    /// Were there more than were kept?
    truncated: bool,
    /// Words, slots not counted; at most 65,535.
    words: u16,
    script: u8,
    /// Concepts named (see `lexicon`), one bit each.
    concepts: u128,
    /// Values of slots, keyed, ascending, distinct.
    slots: Vec<SlotValue>,
}

/// A list of words that is not a sketch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SketchError {
    /// The mark or version is another.
    #[error("not a sketch of version {VERSION}: make it anew from the text")]
    Version,
    /// Its parts do not fit its length, or are out of order.
    #[error("the sketch is damaged: {0}")]
    Damaged(&'static str),
}

impl Sketch {
    /// Keyed hashes of words and word pairs, ascending.
    #[must_use]
    pub fn features(&self) -> &[u32] {
        &self.features
    }

    /// Were there more features than the sketch keeps?
    #[must_use]
    pub const fn truncated(&self) -> bool {
        self.truncated
    }

    /// Words in the text, slots not counted; at most 65,535.
    #[must_use]
    pub const fn words(&self) -> u16 {
        self.words
    }

    /// Concepts of the recruitment domain named, one bit each.
    #[must_use]
    pub const fn concepts(&self) -> u128 {
        self.concepts
    }

    /// The script of most letters.
    #[must_use]
    pub const fn script(&self) -> ScriptHint {
        match self.script {
            1 => ScriptHint::Latin,
            2 => ScriptHint::Arabic,
            3 => ScriptHint::Mixed,
            _ => ScriptHint::Other,
        }
    }

    /// Keyed hashes of slot values, by kind.
    #[must_use]
    pub fn slots(&self) -> &[SlotValue] {
        &self.slots
    }

    /// As 64-bit words, for a column of lists: mark and counts, concepts (two words), features two a word, then slots.
    #[must_use]
    pub fn to_words(&self) -> Vec<u64> {
        let mut out = Vec::with_capacity(HEAD + self.features.len().div_ceil(2) + self.slots.len());
        out.push(MARK << 32 | u64::from(self.script) << 8 | u64::from(self.truncated));
        out.push(u64::from(self.words) << 48 | (self.features.len() as u64) << 16 | self.slots.len() as u64);
        out.push((self.concepts >> 64) as u64);
        out.push(self.concepts as u64);
        out.extend(self.features.chunks(2).map(|pair| {
            let at = |i: usize| u64::from(pair.get(i).copied().unwrap_or(0));
            at(0) << 32 | at(1)
        }));
        out.extend(self.slots.iter().map(|slot| (slot.kind as u64) << 56 | slot.hash & 0x00FF_FFFF_FFFF_FFFF));
        out
    }

    /// From [`Sketch::to_words`].
    ///
    /// # Errors
    /// When the mark is another, or the parts do not fit.
    pub fn from_words(words: &[u64]) -> Result<Self, SketchError> {
        let [head, counts, high, low, rest @ ..] = words else {
            return Err(SketchError::Damaged("too short"));
        };
        if head >> 32 != MARK {
            return Err(SketchError::Version);
        }
        let (features, slots) = ((counts >> 16 & 0xFFFF_FFFF) as usize, (counts & 0xFFFF) as usize);
        if features > crate::settings::FEATURES_MAX || slots > SLOTS_MAX || rest.len() != features.div_ceil(2) + slots {
            return Err(SketchError::Damaged("its length does not fit its counts"));
        }
        let (packed, values) = rest.split_at(features.div_ceil(2));
        let features: Vec<u32> = packed.iter().flat_map(|w| [(w >> 32) as u32, *w as u32]).take(features).collect();
        if !features.is_sorted_by(|a, b| a < b) {
            return Err(SketchError::Damaged("features out of order"));
        }
        let slot = |w: &u64| {
            let kind = SlotKind::from_code((w >> 56) as u8).ok_or(SketchError::Damaged("unknown slot"))?;
            Ok(SlotValue { kind, hash: w & 0x00FF_FFFF_FFFF_FFFF })
        };
        let slots = values.iter().map(slot).collect::<Result<_, _>>()?;
        let concepts = u128::from(*high) << 64 | u128::from(*low);
        Ok(Self { features, truncated: head & 1 == 1, words: (counts >> 48) as u16, script: (head >> 8 & 3) as u8, concepts, slots })
    }

    /// As bytes: the words of [`Sketch::to_words`], big-endian.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_words().into_iter().flat_map(u64::to_be_bytes).collect()
    }

    /// From [`Sketch::to_bytes`].
    ///
    /// # Errors
    /// As [`Sketch::from_words`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SketchError> {
        let (words, rest) = bytes.as_chunks::<8>();
        if !rest.is_empty() {
            return Err(SketchError::Damaged("not whole words"));
        }
        let words: Vec<u64> = words.iter().map(|w| u64::from_be_bytes(*w)).collect();
        Self::from_words(&words)
    }

    /// The share of features in common, 0..=1, every feature weighing the same: of the sample both sketches hold.
    #[must_use]
    pub fn similarity(&self, other: &Self) -> f64 {
        let last = |s: &Self| if s.truncated { s.features.last().copied().unwrap_or(0) } else { u32::MAX };
        let bound = last(self).min(last(other));
        let within = |s: &Self| s.features.partition_point(|f| *f <= bound);
        let (a, b) = (within(self), within(other));
        let (mut left, mut right) = (self.features.iter().take(a).peekable(), other.features.iter().take(b).peekable());
        let mut common = 0_usize;
        while let (Some(x), Some(y)) = (left.peek(), right.peek()) {
            let order = x.cmp(y);
            common += usize::from(order.is_eq());
            if order.is_le() {
                left.next();
            }
            if order.is_ge() {
                right.next();
            }
        }
        if common == 0 { 0.0 } else { common as f64 / (a + b - common) as f64 }
    }
}

/// Makes sketches; keeps its buffers from text to text.
#[derive(Debug)]
pub struct Sketcher {
    tokeniser: Tokeniser,
    features: Vec<u32>,
    slots: Vec<SlotValue>,
    key: [u64; 2],
    kept: usize,
}

/// What a sketch holds beside its features and slots.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Brief {
    pub(crate) truncated: bool,
    pub(crate) words: u16,
    pub(crate) script: u8,
    pub(crate) concepts: u128,
}

impl Sketcher {
    /// A maker of sketches with this key and size.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let settings = settings.bounded();
        Self { tokeniser: Tokeniser::new(), features: Vec::new(), slots: Vec::new(), key: settings.key, kept: settings.features }
    }

    /// The sketch of a text. Without features for a text of fewer than [`WORDS_MIN`] words: contacts alone make no template. The first 65,536 characters count.
    #[must_use]
    pub fn sketch(&mut self, text: &str) -> Sketch {
        let brief = self.read(text);
        Sketch {
            features: self.features.clone(),
            truncated: brief.truncated,
            words: brief.words,
            script: brief.script,
            concepts: brief.concepts,
            slots: self.slots.clone(),
        }
    }

    /// The features of the text read last.
    pub(crate) fn features(&self) -> &[u32] {
        &self.features
    }

    /// Reads a text into the buffers.
    pub(crate) fn read(&mut self, text: &str) -> Brief {
        let [first, second] = self.key;
        let tokens = self.tokeniser.tokens(text);
        self.features.clear();
        let mut words = 0_usize;
        let mut before: Option<u64> = None;
        for token in tokens {
            words += usize::from(token.kind == TokenKind::Word);
            self.features.push((mix(token.hash ^ first) >> 32) as u32);
            if let Some(before) = before {
                self.features.push((mix(before.rotate_left(23) ^ token.hash ^ second) >> 32) as u32);
            }
            before = Some(token.hash);
        }
        let concepts = concepts(tokens);
        if words < WORDS_MIN {
            self.features.clear();
        }
        self.features.sort_unstable();
        self.features.dedup();
        let truncated = self.features.len() > self.kept;
        self.features.truncate(self.kept);
        self.slots.clear();
        let keyed = |s: &SlotValue| SlotValue { kind: s.kind, hash: mix(mix(s.hash ^ first) ^ second) & 0x00FF_FFFF_FFFF_FFFF };
        self.slots.extend(self.tokeniser.slots().iter().take(SLOTS_MAX).map(keyed));
        self.slots.sort_unstable();
        self.slots.dedup();
        Brief { truncated, words: u16::try_from(words).unwrap_or(u16::MAX), script: self.tokeniser.script() as u8, concepts }
    }
}

/// The concepts that tokens name.
fn concepts(tokens: &[Token]) -> u128 {
    tokens.iter().filter(|t| t.kind == TokenKind::Word).fold(0, |all, token| all | crate::lexicon::concepts(token.hash))
}
