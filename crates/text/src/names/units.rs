//! Units of spelling: the letters and letter pairs that the alignment compares, one alphabet for both scripts.
//!
//! A unit is one byte. Arabic script: 1..=126; 127 is "no such pair"; Latin script: 129..=255. 0 and 128 stand for the empty
//! string on the Arabic and on the Latin side. `^` before a unit binds it to the start of a token, `$` after it to the end.
//! The units follow the schemes in use: ALA-LC and BGN/PCGN for Urdu, Pashto, Persian and Arabic, French and English habit.

use std::sync::OnceLock;

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
        if script == Script::Other {
            return Self::EMPTY;
        }
        let table = Table::get(script);
        let mut known = [NONE; LETTERS_MAX];
        let mut length = 0_usize;
        let letters = letters.chars().filter(|c| *c != NONE && table.code(*c, NONE, false, false) != NO_UNIT);
        for (to, letter) in known.iter_mut().zip(letters) {
            *to = letter;
            length += 1;
        }
        let mut spelling = Self { length: u8::try_from(length).unwrap_or(0), ..Self::EMPTY };
        let last = length.saturating_sub(1);
        let following = known.iter().skip(1).chain(std::iter::once(&NONE));
        let places = spelling.one.iter_mut().zip(&mut spelling.two).zip(known.iter().zip(following)).enumerate().take(length);
        for (at, ((one, two), (letter, next))) in places {
            *one = table.code(*letter, NONE, at == 0, at == last);
            if *next != NONE {
                *two = table.code(*letter, *next, at == 0, at + 1 == last);
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

/// The codes of one letter or pair: free, bound to the start, bound to the end; [`NO_UNIT`] where there is none.
type Codes = [u8; 3];

/// Codes by letters: those of a to z by place, the others in order.
struct Table {
    plain: Vec<Codes>,
    others: Vec<((char, char), Codes)>,
}

/// Letters a to z and "none" for the second of a pair.
const PLAIN: usize = 27;
/// The second letter of a unit of one letter.
const NONE: char = '\0';

fn plain_place(first: char, second: char) -> Option<usize> {
    let place = |c: char| if c == NONE { Some(0) } else { u8::try_from(c).ok().filter(u8::is_ascii_lowercase).map(|c| usize::from(c - b'a') + 1) };
    Some(place(first)? * PLAIN + place(second)?)
}

impl Table {
    fn of(units: &[&str], base: u8) -> Self {
        let mut table = Self { plain: vec![[NO_UNIT; 3]; PLAIN * PLAIN], others: Vec::new() };
        for (unit, code) in units.iter().zip(base + 1..=255) {
            let (inner, bound) = match (unit.strip_prefix('^'), unit.strip_suffix('$')) {
                (Some(inner), _) => (inner, 1),
                (None, Some(inner)) => (inner, 2),
                (None, None) => (*unit, 0),
            };
            let mut letters = inner.chars();
            let letters = (letters.next().unwrap_or(NONE), letters.next().unwrap_or(NONE));
            let codes = match plain_place(letters.0, letters.1) {
                Some(place) => table.plain.get_mut(place),
                None => {
                    let at = table.others.partition_point(|(known, _)| *known < letters);
                    if table.others.get(at).is_none_or(|(known, _)| *known != letters) {
                        table.others.insert(at, (letters, [NO_UNIT; 3]));
                    }
                    table.others.get_mut(at).map(|(_, codes)| codes)
                }
            };
            if let Some(slot) = codes.and_then(|codes| codes.get_mut(bound)) {
                *slot = code;
            }
        }
        table
    }

    fn get(script: Script) -> &'static Self {
        static TABLES: OnceLock<[Table; 2]> = OnceLock::new();
        let [latin, arabic] = TABLES.get_or_init(|| [Self::of(&LATIN_UNITS, EMPTY_LATIN), Self::of(&ARABIC_UNITS, EMPTY_ARABIC)]);
        if script == Script::Latin { latin } else { arabic }
    }

    /// The code of a unit: bound to the start before bound to the end before free.
    fn code(&self, first: char, second: char, starts: bool, ends: bool) -> u8 {
        let codes = match plain_place(first, second) {
            Some(place) => self.plain.get(place),
            None => {
                self.others.binary_search_by(|(known, _)| known.cmp(&(first, second))).ok().and_then(|at| self.others.get(at)).map(|(_, codes)| codes)
            }
        };
        let Some([free, start, end]) = codes.copied() else { return NO_UNIT };
        if starts && start != NO_UNIT {
            start
        } else if ends && end != NO_UNIT {
            end
        } else {
            free
        }
    }
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
