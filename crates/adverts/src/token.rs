//! Text → tokens: words in a comparable form, and typed slots (phones, links, handles, wallets, prices, numbers) for what differs from copy to copy.
//!
//! Undone on the way: spaced-out letters, leetspeak, masks inside words, look-alike letters, spelling variants of Latin-script words
//! (Roman Urdu has no fixed spelling: vowels are compared by place, not by letter).

use crate::fold::{Class, Glyph, glyphs};
use crate::hash::{Hasher, mix};
use crate::slot::{Number, SlotKind, SlotValue, chunk_slot, is_currency, price_band, suffix};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TokenKind {
    /// A word in any script.
    Word,
    /// A typed slot.
    Slot(SlotKind),
}

/// One token of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Hash of the comparable form; of a slot, of its type alone.
    pub hash: u64,
    /// First byte in the text.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
}

/// One piece of a text before slots are typed.
#[derive(Clone, Copy, Debug)]
struct Piece {
    kind: PieceKind,
    /// Glyphs from and to.
    from: usize,
    to: usize,
    /// White space before it: 0, 1, 2 for more.
    gap: u8,
    /// Only joints (which may stand inside a phone number) or white space lie between it and the piece before.
    joined: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PieceKind {
    Word(u64),
    /// One letter.
    Letter,
    Digits,
    Currency,
    Slot(SlotKind),
}

/// Splits texts into tokens; keeps its buffers from text to text.
#[derive(Debug, Default)]
pub struct Tokeniser {
    glyphs: Vec<Glyph>,
    pieces: Vec<Piece>,
    tokens: Vec<Token>,
    slots: Vec<SlotValue>,
    latin: usize,
    arabic: usize,
    end: u32,
}

/// Which script most letters of a text are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum ScriptHint {
    /// No letters of either, or another script.
    Other = 0,
    /// Latin: English, Roman Urdu.
    Latin = 1,
    /// Arabic: Urdu, Pashto, Dari.
    Arabic = 2,
    /// Neither holds nine tenths.
    Mixed = 3,
}

impl Tokeniser {
    /// A tokeniser with empty buffers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The tokens of `text`, in order. The first 65,536 characters count.
    pub fn tokens(&mut self, text: &str) -> &[Token] {
        glyphs(text, &mut self.glyphs);
        self.end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        self.pieces.clear();
        self.tokens.clear();
        self.slots.clear();
        (self.latin, self.arabic) = (0, 0);
        self.split();
        self.type_pieces();
        &self.tokens
    }

    /// The slots of the text read last, with their values, in order of appearance.
    #[must_use]
    pub fn slots(&self) -> &[SlotValue] {
        &self.slots
    }

    /// The script of the text read last.
    #[must_use]
    pub fn script(&self) -> ScriptHint {
        let (latin, arabic) = (self.latin, self.arabic);
        if latin + arabic == 0 {
            ScriptHint::Other
        } else if arabic * 10 <= latin {
            ScriptHint::Latin
        } else if latin * 10 <= arabic {
            ScriptHint::Arabic
        } else {
            ScriptHint::Mixed
        }
    }

    fn class(&self, at: usize) -> Option<Class> {
        self.glyphs.get(at).map(|g| g.class)
    }

    fn c(&self, at: usize) -> char {
        self.glyphs.get(at).map_or(' ', |g| g.c)
    }

    /// Chunks between white space; each is a slot as a whole or is split into runs.
    fn split(&mut self) {
        let (mut at, length) = (0, self.glyphs.len());
        while at < length {
            let mut gap = 0_u8;
            while at < length && self.class(at) == Some(Class::Space) {
                gap = (gap + 1).min(2);
                at += 1;
            }
            let start = at;
            let mut flagged = false;
            while let Some(glyph) = self.glyphs.get(at).filter(|g| g.class != Class::Space) {
                flagged |= matches!(glyph.c, '@' | '/' | '.');
                at += 1;
            }
            if start == at {
                continue;
            }
            let whole = if flagged { chunk_slot(self.glyphs.get(start..at).unwrap_or_default()) } else { None };
            match whole {
                Some((kind, value)) => {
                    self.slots.push(SlotValue { kind, hash: value });
                    self.pieces.push(Piece { kind: PieceKind::Slot(kind), from: start, to: at, gap, joined: false });
                }
                None => self.split_chunk(start, at, gap),
            }
        }
    }

    fn split_chunk(&mut self, start: usize, end: usize, mut gap: u8) {
        let (mut at, mut joined) = (start, true);
        while at < end {
            let from = at;
            match self.class(at) {
                Some(Class::Latin | Class::Digit) => at = self.run_end(from, end),
                Some(Class::Currency | Class::Mask) if self.class(at + 1) == Some(Class::Latin) && at + 1 < end && self.leads(at) => {
                    at = self.run_end(from, end);
                }
                Some(class @ (Class::Arabic | Class::Other)) => {
                    while at < end && self.class(at) == Some(class) {
                        at += 1;
                    }
                }
                Some(Class::Spaceless) => at += 1,
                Some(Class::Currency) => {
                    at += 1;
                    self.pieces.push(Piece { kind: PieceKind::Currency, from, to: at, gap, joined });
                    (gap, joined) = (0, true);
                    continue;
                }
                other => {
                    joined &= other == Some(Class::Joint);
                    at += 1;
                    continue;
                }
            }
            self.push_run(from, at, gap, joined);
            (gap, joined) = (0, true);
        }
        if !joined && let Some(last) = self.pieces.last_mut().filter(|p| p.to < end && p.from >= start) {
            // A break after the last piece of a chunk parts it from the next.
            last.to = last.to.min(end);
            self.broken();
        }
    }

    /// Marks that a break follows the last piece.
    fn broken(&mut self) {
        if let Some(last) = self.pieces.last_mut() {
            last.gap |= 0x80;
        }
    }

    /// May this sign stand for the first letter of a word (`$alary`, `@gency`)?
    fn leads(&self, at: usize) -> bool {
        matches!(self.c(at), '$' | '@')
    }

    /// The end of a run of Latin letters, digits and the signs that stand for letters among them.
    fn run_end(&self, from: usize, end: usize) -> usize {
        let mut at = from;
        while at < end {
            let inside = match self.class(at) {
                Some(Class::Latin | Class::Digit) => true,
                Some(Class::Mask | Class::Currency) => {
                    at + 1 < end && matches!(self.class(at + 1), Some(Class::Latin | Class::Mask | Class::Digit)) && self.letters_near(from, at, end)
                }
                Some(Class::Joint) => {
                    matches!(self.c(at), ',' | '.' | '٬' | '٫')
                        && at > from
                        && self.class(at - 1) == Some(Class::Digit)
                        && at + 1 < end
                        && self.class(at + 1) == Some(Class::Digit)
                }
                Some(Class::Break) => matches!(self.c(at), '\'' | '’' | '`') && at > from && at + 1 < end && self.class(at + 1) == Some(Class::Latin),
                _ => false,
            };
            if !inside {
                break;
            }
            at += 1;
        }
        at.max(from + 1)
    }

    /// Is there a letter within two places on each side, or is the sign the first of its run?
    fn letters_near(&self, from: usize, at: usize, end: usize) -> bool {
        let letter = |i: usize| self.class(i) == Some(Class::Latin);
        (at == from || letter(at - 1) || (at >= from + 2 && letter(at - 2))) && (letter(at + 1) || (at + 2 < end && letter(at + 2)))
    }

    /// Types a run: a word, a number, both, or a word in leetspeak.
    fn push_run(&mut self, from: usize, to: usize, gap: u8, joined: bool) {
        let (mut letters, mut digits, mut changes, mut masks) = (0_usize, 0_usize, 0_usize, 0_usize);
        let (mut before, mut latin) = (None, false);
        for glyph in self.glyphs.get(from..to).unwrap_or_default() {
            match glyph.class {
                Class::Digit => digits += 1,
                Class::Latin | Class::Arabic | Class::Other | Class::Spaceless => letters += 1,
                Class::Mask | Class::Currency => masks += 1,
                _ => {}
            }
            latin |= glyph.class == Class::Latin;
            if matches!(glyph.class, Class::Digit | Class::Latin) {
                changes += usize::from(before.is_some_and(|b| b != glyph.class));
                before = Some(glyph.class);
            }
        }
        match latin {
            true => self.latin += letters,
            false => self.arabic += if self.class(from) == Some(Class::Arabic) { letters } else { 0 },
        }
        let piece = |kind, from, to| Piece { kind, from, to, gap, joined };
        if letters == 0 && masks == 0 {
            self.pieces.push(piece(PieceKind::Digits, from, to));
        } else if digits == 0 && masks == 0 && letters == 1 && self.class(from) != Some(Class::Spaceless) {
            self.pieces.push(piece(PieceKind::Letter, from, to));
        } else if digits == 0 {
            self.push_word(from, to, gap, joined);
        } else if changes == 1
            && masks == 0
            && let Some(cut) = self.cut(from, to, digits)
        {
            self.push_run(from, cut, gap, joined);
            self.push_run(cut, to, 0, true);
        } else if letters + digits >= 24 && (digits >= 5 || letters + digits >= 26) {
            let value = self.glyphs.get(from..to).unwrap_or_default().iter().fold(Hasher::new(), |h, g| h.push(g.c)).finish();
            self.slots.push(SlotValue { kind: SlotKind::Wallet, hash: value });
            self.pieces.push(piece(PieceKind::Slot(SlotKind::Wallet), from, to));
        } else if digits >= 2 * letters && digits >= 3 {
            self.pieces.push(piece(PieceKind::Digits, from, to));
        } else {
            self.push_word(from, to, gap, joined);
        }
    }

    /// Where letters and digits written together part: `500rs`, `pkr500`, `9am`, `room204`. Leetspeak and `o300` are not parted.
    fn cut(&self, from: usize, to: usize, digits: usize) -> Option<usize> {
        let run = self.glyphs.get(from..to)?;
        let first = run.first()?.class;
        let at = from + run.iter().position(|g| matches!(g.class, Class::Digit | Class::Latin) && g.class != first)?;
        let letters = if first == Class::Latin { self.glyphs.get(from..at)? } else { self.glyphs.get(at..to)? };
        if first == Class::Latin && letters.len() == 1 && matches!(letters.first()?.c, 'o' | 'l' | 'i') {
            return None;
        }
        (digits >= 3 || is_currency(letters) || (first == Class::Digit && suffix(letters))).then_some(at)
    }

    fn push_word(&mut self, from: usize, to: usize, gap: u8, joined: bool) {
        let run = self.glyphs.get(from..to).unwrap_or_default();
        let kind = if is_currency(run) { PieceKind::Currency } else { PieceKind::Word(word(run.iter())) };
        self.pieces.push(Piece { kind, from, to, gap, joined });
    }

    fn emit(&mut self, kind: TokenKind, hash: u64, from: usize, to: usize) {
        let start = self.glyphs.get(from).map_or(self.end, |g| g.at);
        let end = self.glyphs.get(to).map_or(self.end, |g| g.at);
        self.tokens.push(Token { kind, hash, start, end });
    }

    /// Joins spaced-out letters and grouped digits, types the numbers, and writes the tokens.
    fn type_pieces(&mut self) {
        let mut at = 0;
        let mut currency: Option<usize> = None;
        while let Some(piece) = self.pieces.get(at).copied() {
            let next = match piece.kind {
                PieceKind::Word(hash) => {
                    self.emit(TokenKind::Word, hash, piece.from, piece.to);
                    at + 1
                }
                PieceKind::Slot(kind) => {
                    self.emit(TokenKind::Slot(kind), kind.hash(), piece.from, piece.to);
                    at + 1
                }
                PieceKind::Currency => {
                    currency = Some(piece.from);
                    at += 1;
                    continue;
                }
                PieceKind::Letter => self.letters(at),
                PieceKind::Digits => self.spaced(at).unwrap_or_else(|| self.number(at, currency)),
            };
            currency = None;
            at = next;
        }
    }

    /// How many pieces from `at` on are single letters or digits, evenly spaced.
    fn spaced_run(&self, at: usize) -> usize {
        let mut end = at;
        let mut wide = None;
        while let Some(piece) = self.pieces.get(end) {
            let single = match piece.kind {
                PieceKind::Letter => true,
                PieceKind::Digits => piece.to - piece.from == 1,
                _ => false,
            };
            // Letters spaced by one blank stop at a wider gap: that one is between words.
            if !single || (end > at && (piece.gap & 0x7F == 2 && wide == Some(1))) {
                break;
            }
            if end == at + 1 {
                wide = Some(piece.gap & 0x7F);
            }
            end += 1;
        }
        end - at
    }

    /// A letter: the first of a spaced-out word, or a word of one letter.
    fn letters(&mut self, at: usize) -> usize {
        let count = self.spaced_run(at);
        let pieces = self.pieces.get(at..at + count.max(1)).unwrap_or_default();
        let from = pieces.first().map_or(0, |p| p.from);
        if count >= 3 {
            let to = pieces.last().map_or(from, |p| p.to);
            let hash = word(pieces.iter().filter_map(|p| self.glyphs.get(p.from)));
            self.emit(TokenKind::Word, hash, from, to);
            return at + count;
        }
        let to = pieces.first().map_or(from, |p| p.to);
        let hash = word(self.glyphs.get(from..to).unwrap_or_default().iter());
        self.emit(TokenKind::Word, hash, from, to);
        at + 1
    }

    /// A single digit at the head of a spaced-out word, most of which is letters.
    fn spaced(&mut self, at: usize) -> Option<usize> {
        let piece = self.pieces.get(at)?;
        if piece.to - piece.from != 1 {
            return None;
        }
        let count = self.spaced_run(at);
        let run = self.pieces.get(at..at + count)?;
        let letters = run.iter().filter(|p| p.kind == PieceKind::Letter).count();
        (count >= 4 && letters * 3 >= count * 2).then(|| self.letters(at))
    }

    /// A number with the digits that belong to it: a price beside a currency, with seven digits a phone, else a number.
    fn number(&mut self, at: usize, currency: Option<usize>) -> usize {
        let mut number = Number::default();
        let (mut end, mut from, mut to) = (at, 0, 0);
        while let Some(piece) = self.pieces.get(end) {
            let parted = end > at && (!piece.joined || self.pieces.get(end - 1).is_some_and(|p| p.gap & 0x80 != 0));
            if piece.kind != PieceKind::Digits || parted || (end > at && currency.is_some()) {
                break;
            }
            if end == at {
                from = piece.from;
            }
            to = piece.to;
            number.group(self.glyphs.get(piece.from..piece.to).unwrap_or_default());
            end += 1;
        }
        let after = currency.is_none() && self.pieces.get(end).is_some_and(|p| p.kind == PieceKind::Currency);
        let (kind, value) = if currency.is_some() || (after && number.digits() < 11) {
            (SlotKind::Price, price_band(number.value()))
        } else if number.digits() >= crate::slot::PHONE_DIGITS_MIN {
            (SlotKind::Phone, number.phone())
        } else {
            (SlotKind::Number, mix(number.value()))
        };
        self.slots.push(SlotValue { kind, hash: value });
        if after && let Some(sign) = self.pieces.get(end) {
            to = sign.to;
            end += 1;
        }
        self.emit(TokenKind::Slot(kind), kind.hash(), currency.unwrap_or(from), to);
        end
    }
}

/// The hash of a word's comparable form.
///
/// Latin letters: leet signs as letters, doubled letters once, vowels as one class and a run of them once, `w` as `v`, `q` and hard `c` as
/// `k`, an `h` after a consonant other than `c` and `s` and a last `h` left out. Other scripts: the folded letters as they are.
fn word<'a>(glyphs: impl Iterator<Item = &'a Glyph>) -> u64 {
    let mut hasher = Hasher::new();
    let mut before = '\0';
    let mut held_h = false;
    for glyph in glyphs {
        let letter = match glyph.class {
            Class::Latin | Class::Digit | Class::Mask | Class::Currency => match latin_letter(glyph.c, before) {
                Some(letter) => letter,
                None => continue,
            },
            Class::Break | Class::Joint => continue,
            _ => glyph.c,
        };
        if letter == 'h' && !held_h && before != '\0' {
            // Written only if a vowel follows, or after c and s.
            held_h = true;
            continue;
        }
        if held_h {
            held_h = false;
            if (letter == 'a' && before == 'a') || matches!(before, 'k' | 's') {
                hasher = hasher.push('h');
                before = 'h';
            }
        }
        if letter != before {
            hasher = hasher.push(letter);
        }
        before = letter;
    }
    hasher.finish()
}

fn latin_letter(c: char, before: char) -> Option<char> {
    Some(match c {
        'a' | 'e' | 'i' | 'o' | 'u' | '0' | '3' | '4' | '@' => 'a',
        'y' if before != '\0' => 'a',
        '1' | '!' | '|' => {
            if before == 'a' {
                'l'
            } else {
                'a'
            }
        }
        'w' => 'v',
        'q' | 'c' => 'k',
        '5' | '$' | 'z' => 's',
        '7' => 't',
        '8' => 'b',
        '9' | '6' => 'g',
        '2' => 's',
        '*' => return None,
        _ => c,
    })
}
