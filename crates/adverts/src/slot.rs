//! Typed slots: what an advert template leaves open and a copy fills in.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use crate::fold::{Class, Glyph};
use crate::hash::{Hasher, mix, of};

/// Digits from which a number counts as a phone.
pub(crate) const PHONE_DIGITS_MIN: usize = 7;
/// Digits of a phone number that are compared: without the country's and the trunk prefix.
const PHONE_DIGITS_KEPT: usize = 9;

/// What a slot stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum SlotKind {
    /// A web address.
    Url = 1,
    /// A mail address.
    Email = 2,
    /// `@name`.
    Handle = 3,
    /// A telephone number.
    Phone = 4,
    /// An account of a virtual asset, or another long code.
    Wallet = 5,
    /// An amount beside a currency.
    Price = 6,
    /// Another number.
    Number = 7,
}

impl SlotKind {
    /// All kinds, in order of their codes.
    pub const ALL: [Self; 7] = [Self::Url, Self::Email, Self::Handle, Self::Phone, Self::Wallet, Self::Price, Self::Number];

    /// Its name: `url`, `email`, `handle`, `phone`, `wallet`, `price` or `number`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Email => "email",
            Self::Handle => "handle",
            Self::Phone => "phone",
            Self::Wallet => "wallet",
            Self::Price => "price",
            Self::Number => "number",
        }
    }

    /// Does its value reach somebody? Those are masked wherever a template is shown.
    #[must_use]
    pub const fn is_contact(self) -> bool {
        matches!(self, Self::Url | Self::Email | Self::Handle | Self::Phone | Self::Wallet)
    }

    /// From its code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == code)
    }

    /// The token a slot of this kind leaves, whatever its value.
    pub(crate) const fn hash(self) -> u64 {
        mix(0x736C_6F74_0000_0000 | self as u64)
    }
}

/// A slot's value as a hash: of the digits of a phone (the last nine), of a link without its scheme, of a price's band (a quarter of a doubling).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotValue {
    /// What it stands for.
    pub kind: SlotKind,
    /// Hash of the comparable value.
    pub hash: u64,
}

/// Words that make a number beside them a price, folded.
const CURRENCY_WORDS: [&str; 40] = [
    "rs",
    "pkr",
    "inr",
    "usd",
    "eur",
    "gbp",
    "aed",
    "sar",
    "qar",
    "omr",
    "kwd",
    "bhd",
    "afn",
    "irr",
    "iqd",
    "try",
    "usdt",
    "dollar",
    "dollars",
    "dirham",
    "dirhams",
    "dhs",
    "riyal",
    "riyals",
    "rupees",
    "rupee",
    "rupay",
    "rupaye",
    "euro",
    "euros",
    "afghani",
    "toman",
    "روپے",
    "روپیه",
    "درهم",
    "ریال",
    "ڈالر",
    "ډالر",
    "افغانی",
    "تومان",
];

static CURRENCIES: LazyLock<FxHashSet<u64>> = LazyLock::new(|| {
    let mut out = Vec::new();
    let fold = |word: &&str| {
        crate::fold::glyphs(word, &mut out);
        raw(&out)
    };
    CURRENCY_WORDS.iter().map(fold).collect()
});

fn raw(glyphs: &[Glyph]) -> u64 {
    glyphs.iter().fold(Hasher::new(), |h, g| h.push(g.c)).finish()
}

/// Is this word a currency?
pub(crate) fn is_currency(glyphs: &[Glyph]) -> bool {
    (2..=8).contains(&glyphs.len()) && CURRENCIES.contains(&raw(glyphs))
}

/// Letters that follow a number and are not leetspeak: `9am`, `2nd`, `10km`.
pub(crate) fn suffix(glyphs: &[Glyph]) -> bool {
    let mut letters = glyphs.iter().map(|g| g.c);
    matches!(
        (letters.next(), letters.next(), letters.next(), letters.next()),
        (Some('k' | 'h' | 'm' | 'x' | 'd'), None, _, _)
            | (Some('a' | 'p'), Some('m'), None, _)
            | (Some('k'), Some('g' | 'm'), None, _)
            | (Some('h' | 'y'), Some('r'), None | Some('s'), None)
            | (Some('t'), Some('h'), None, _)
            | (Some('s'), Some('t'), None, _)
            | (Some('n' | 'r'), Some('d'), None, _)
    )
}

/// The digits of one number, which may be written in groups.
#[derive(Debug, Default)]
pub(crate) struct Number {
    digits: Vec<u8>,
    /// Where a group of at most two digits after a point began.
    decimals: Option<usize>,
}

impl Number {
    pub(crate) fn group(&mut self, glyphs: &[Glyph]) {
        let mut point = None;
        for glyph in glyphs {
            match glyph.c {
                '.' | '٫' => point = Some(self.digits.len()),
                ',' | '٬' => {}
                'o' => self.digits.push(0),
                'l' | 'i' => self.digits.push(1),
                c => self.digits.extend(c.to_digit(10).and_then(|d| u8::try_from(d).ok())),
            }
        }
        self.decimals = point.filter(|at| self.digits.len() - at <= 2);
    }

    pub(crate) fn digits(&self) -> usize {
        self.digits.len()
    }

    /// The whole part; at most 18 digits count.
    pub(crate) fn value(&self) -> u64 {
        let whole = self.decimals.unwrap_or(self.digits.len());
        self.digits.iter().take(whole.min(18)).fold(0, |value, digit| value * 10 + u64::from(*digit))
    }

    pub(crate) fn phone(&self) -> u64 {
        let skipped = self.digits.len().saturating_sub(PHONE_DIGITS_KEPT);
        mix(self.digits.iter().skip(skipped).fold(1, |value: u64, digit| value.wrapping_mul(10).wrapping_add(u64::from(*digit))))
    }
}

/// The band of a price: four to a doubling, so that 1,450 and 1,500 most often share one.
pub(crate) fn price_band(value: u64) -> u64 {
    let doublings = u64::from(value.max(1).ilog2());
    let rest = (value.max(1) - (1 << doublings)) * 4 / (1 << doublings);
    mix(doublings * 4 + rest)
}

/// A chunk without spaces that is a link, a mail address or a handle as a whole, with the hash of its value.
pub(crate) fn chunk_slot(chunk: &[Glyph]) -> Option<(SlotKind, u64)> {
    let edge = |g: &&Glyph| g.class == Class::Break || matches!(g.c, '(' | ')' | ',' | ':' | '!' | '.' | '،' | '*' | '|' | '-');
    let head = chunk.iter().take_while(edge).count();
    let tail = chunk.iter().rev().take_while(edge).count();
    let bare = chunk.get(head..chunk.len().saturating_sub(tail).max(head))?;
    let find = |wanted: char| bare.iter().position(|g| g.c == wanted);
    let wordy = |part: &[Glyph]| part.iter().any(|g| matches!(g.class, Class::Latin | Class::Arabic | Class::Other | Class::Digit));
    let host = |part: &[Glyph]| part.iter().all(|g| g.c.is_ascii_alphanumeric() || matches!(g.c, '.' | '-')) && part.iter().any(|g| g.c == '.');
    if let Some(at) = bare.windows(3).position(|w| matches!(w, [a, b, c] if a.c == ':' && b.c == '/' && c.c == '/')) {
        return Some((SlotKind::Url, address(bare.get(at + 3..).unwrap_or_default())));
    }
    if matches!(bare, [a, b, c, d, ..] if a.c == 'w' && b.c == 'w' && c.c == 'w' && d.c == '.') {
        return Some((SlotKind::Url, address(bare)));
    }
    if let Some(at) = find('@') {
        let (local, domain) = (bare.get(..at)?, bare.get(at + 1..)?);
        return match (wordy(local), domain.iter().any(|g| g.c == '.'), wordy(domain)) {
            (true, true, true) => Some((SlotKind::Email, raw(bare))),
            (false, _, true) if domain.len() >= 3 => Some((SlotKind::Handle, raw(domain))),
            _ => None,
        };
    }
    if let Some(at) = find('/') {
        let (site, path) = (bare.get(..at)?, bare.get(at + 1..)?);
        let letters = site.iter().any(|g| g.class == Class::Latin);
        return (host(site) && letters && !path.is_empty()).then(|| (SlotKind::Url, address(bare)));
    }
    let dot = bare.iter().rposition(|g| g.c == '.')?;
    let label: String = bare.get(dot + 1..)?.iter().take(5).map(|g| g.c).collect();
    let known = matches!(label.as_str(), "com" | "net" | "org" | "info" | "pk" | "af" | "ae" | "biz");
    (known && dot >= 2 && host(bare)).then(|| (SlotKind::Url, address(bare)))
}

/// The hash of an address without `www.` and a last slash.
fn address(glyphs: &[Glyph]) -> u64 {
    let text: String = glyphs.iter().map(|g| g.c).collect();
    of(text.trim_start_matches("www.").trim_end_matches('/'))
}
