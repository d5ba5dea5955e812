//! Units of spelling: the letters and letter pairs that the alignment compares, one alphabet for both scripts.
//!
//! A unit is one byte. Arabic script: 1..=126; 127 is "no such pair"; Latin script: 129..=255. 0 and 128 stand for the empty
//! string on the Arabic and on the Latin side. `^` before a unit binds it to the start of a token, `$` after it to the end.
//! The units follow the schemes in use: ALA-LC and BGN/PCGN for Urdu, Pashto, Persian and Arabic, French and English habit.

/// The empty string where the other side is in Arabic script.
pub const EMPTY_ARABIC: u8 = 0;
/// The empty string where the other side is in Latin script.
pub const EMPTY_LATIN: u8 = 128;
/// There is no pair unit at this place.
pub const NO_UNIT: u8 = 127;
/// Most letters of a token that are compared; the rest does not count.
pub const LETTERS_MAX: usize = 24;

/// Units of Arabic script, in order of their codes from 1.
pub const ARABIC_UNITS: [&str; 79] = [
    "ا", "ب", "پ", "ت", "ٹ", "ث", "ج", "چ", "ح", "خ", "څ", "ځ", "د", "ڈ", "ذ", "ر", "ڑ", "ز", "ژ", "ږ", "س", "ش", "ښ", "ص", "ض", "ط", "ظ", "ع", "غ",
    "ف", "ق", "ک", "گ", "ل", "م", "ن", "ڼ", "و", "ه", "ی", "^ا", "^ع", "^و", "^ی", "^ه", "ا$", "ه$", "ی$", "و$", "ع$", "ت$", "تش", "کس", "تس", "دز",
    "دج", "او", "ای", "^ای", "^او", "یا", "وا", "یی", "وو", "اا", "وه$", "ای$", "یا$", "ین$", "ون$", "ان$", "نغ", "اه$", "وی$", "^عا", "^عی", "^عو",
    "عی", "وی",
];

/// Units of Latin script, in order of their codes from 129. `â`, `î`, `û` stand for `aa`, `ee` or `ii`, `oo` or `uu`.
pub const LATIN_UNITS: [&str; 95] = [
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x", "y", "z", "â", "î", "û",
    "^a", "^e", "^i", "^o", "^u", "^y", "^h", "^w", "^j", "^c", "a$", "e$", "i$", "o$", "u$", "h$", "y$", "t$", "s$", "th", "sh", "ch", "kh", "gh",
    "dh", "ph", "bh", "zh", "ck", "ts", "tz", "cz", "sz", "dz", "dj", "qu", "ou", "ow", "au", "aw", "ei", "ey", "ea", "ai", "ay", "ia", "ie", "ue",
    "ae", "oe", "eu", "ah$", "eh$", "î$", "ie$", "ey$", "es$", "ng", "^ai", "^ei", "^ou", "^û", "io", "^ch", "û$", "â$",
];

/// Which script a token is written in. It decides how a token is spelled out, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Script {
    /// Latin letters, or Cyrillic and Greek ones brought to Latin letter by letter.
    Latin,
    /// Arabic letters with those of Urdu, Persian and Pashto.
    Arabic,
    /// Digits, and every other script: compared for equality only.
    Other,
}

/// A token spelled out in units: for each letter the unit of that letter, and the unit of the letter with its follower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spelling {
    /// The unit of each letter.
    pub one: [u8; LETTERS_MAX],
    /// The unit of each letter together with the next, or [`NO_UNIT`].
    pub two: [u8; LETTERS_MAX],
    /// Letters spelled out, 0..=[`LETTERS_MAX`].
    pub length: u8,
}

impl Spelling {
    /// Nothing spelled out.
    pub const EMPTY: Self = Self { one: [NO_UNIT; LETTERS_MAX], two: [NO_UNIT; LETTERS_MAX], length: 0 };

    /// Spells out letters of one script; letters that are no unit are left out. At most [`LETTERS_MAX`] letters count.
    #[must_use]
    pub fn new(script: Script, letters: &str) -> Self {
        let (units, base): (&[&str], u8) = match script {
            Script::Latin => (&LATIN_UNITS, EMPTY_LATIN),
            Script::Arabic => (&ARABIC_UNITS, EMPTY_ARABIC),
            Script::Other => return Self::EMPTY,
        };
        let known: Vec<char> = letters.chars().filter(|c| unit(units, base, &[*c], false, false) != NO_UNIT).take(LETTERS_MAX).collect();
        let mut spelling = Self { length: u8::try_from(known.len()).unwrap_or(0), ..Self::EMPTY };
        let last = known.len().saturating_sub(1);
        for (at, (one, two)) in spelling.one.iter_mut().zip(&mut spelling.two).enumerate().take(known.len()) {
            if let Some(letter) = known.get(at..=at) {
                *one = unit(units, base, letter, at == 0, at == last);
            }
            if let Some(pair) = known.get(at..at + 2) {
                *two = unit(units, base, pair, at == 0, at + 1 == last);
            }
        }
        spelling
    }

    /// The letters' units.
    #[must_use]
    pub fn ones(&self) -> &[u8] {
        self.one.get(..usize::from(self.length)).unwrap_or_default()
    }

    /// The pairs' units; that of the last letter is [`NO_UNIT`].
    #[must_use]
    pub fn twos(&self) -> &[u8] {
        self.two.get(..usize::from(self.length)).unwrap_or_default()
    }
}

/// The code of a unit: bound to the start before bound to the end before free.
fn unit(units: &[&str], base: u8, letters: &[char], starts: bool, ends: bool) -> u8 {
    let find = |before: &str, after: &str| {
        units.iter().position(|unit| {
            let inner = unit.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
            inner.is_some_and(|inner| inner.chars().eq(letters.iter().copied()))
        })
    };
    let bound_start = if starts { find("^", "") } else { None };
    let bound_end = || if ends { find("", "$") } else { None };
    let at = bound_start.or_else(bound_end).or_else(|| find("", ""));
    at.and_then(|at| u8::try_from(at + 1).ok()).map_or(NO_UNIT, |code| base + code)
}

/// The text of a unit (with its `^` or `$`), for tables and accounts; empty for the empty units and for codes in no use.
#[must_use]
pub fn unit_text(code: u8) -> &'static str {
    let text = |units: &[&'static str], base: u8| code.checked_sub(base + 1).and_then(|at| units.get(usize::from(at)).copied());
    if code > EMPTY_LATIN { text(&LATIN_UNITS, EMPTY_LATIN) } else { text(&ARABIC_UNITS, EMPTY_ARABIC) }.unwrap_or_default()
}

/// The code of a unit by its text, the inverse of [`unit_text`]: `("th", Script::Latin)`.
#[must_use]
pub fn unit_code(text: &str, script: Script) -> Option<u8> {
    let (units, base): (&[&str], u8) = match script {
        Script::Latin => (&LATIN_UNITS, EMPTY_LATIN),
        Script::Arabic => (&ARABIC_UNITS, EMPTY_ARABIC),
        Script::Other => return None,
    };
    units.iter().position(|unit| *unit == text).and_then(|at| u8::try_from(at + 1).ok()).map(|code| base + code)
}
