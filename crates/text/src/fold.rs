//! Character folding: digits of all scripts, Arabic-script code-point variants, diacritics, case, invisible characters.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// Code points of the digit zero of each script; the nine digits follow it (Unicode 16.0, general category Nd).
const ZEROS: [u32; 52] = [
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090,
    0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
    0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1E950,
];

/// The ASCII digit that a decimal digit of any script stands for; other characters as they are.
pub(crate) fn ascii_digit(c: char) -> char {
    let code = u32::from(c);
    if code < 0x0660 {
        return c;
    }
    let zero = ZEROS.partition_point(|zero| *zero <= code);
    match zero.checked_sub(1).and_then(|at| ZEROS.get(at)) {
        Some(zero) => char::from_digit(code - zero, 10).unwrap_or(c),
        None => c,
    }
}

/// The text with the decimal digits of all scripts as ASCII digits.
#[must_use]
pub fn ascii_digits(text: &str) -> String {
    text.chars().map(ascii_digit).collect()
}

/// Is it drawn as nothing: zero-width, a direction mark, a byte-order mark, a soft hyphen, a variation selector, the Arabic tatweel?
pub(crate) fn invisible(c: char) -> bool {
    matches!(u32::from(c),
        0x00AD | 0x034F | 0x061C | 0x0640 | 0x180E | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x2064 | 0x2066..=0x206F
        | 0xFE00..=0xFE0F | 0xFEFF | 0xE0000..=0xE007F)
}

/// Is it a mark that a careless writer leaves out: Hebrew and Arabic vowel points, accents above and below?
/// Vowel signs and the virama of Indic scripts (classes 0, 7, 9) change the word and stay.
fn droppable_mark(c: char) -> bool {
    matches!(canonical_combining_class(c), 10..=36 | 200..=240)
}

/// One letter for the code points that keyboards of Urdu, Pashto, Persian and Arabic give for the same letter.
const fn letter(c: char) -> char {
    match c {
        'ہ' | 'ھ' | 'ە' | 'ۀ' | 'ة' | 'ۃ' => 'ه',
        'ي' | 'ى' | 'ې' | 'ۍ' | 'ے' | 'ێ' => 'ی',
        'ك' | 'ڪ' => 'ک',
        'ګ' | 'ڰ' => 'گ',
        'ٱ' => 'ا',
        _ => c,
    }
}

/// Latin letters that have no canonical decomposition.
const fn latin(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' | 'ẞ' => "ss",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ø' | 'Ø' => "o",
        'ł' | 'Ł' => "l",
        'đ' | 'Đ' | 'ð' | 'Ð' => "d",
        'þ' | 'Þ' => "th",
        'ı' => "i",
        'ς' => "σ",
        _ => return None,
    })
}

/// Folds a text for comparison: NFKC, digits to ASCII, invisible characters removed, diacritics folded,
/// Arabic-script variants unified, lower case, NFC. The result of folding is its own folding.
pub(crate) fn fold(text: &str) -> String {
    // No ASCII character is composed, invisible or marked.
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    // Lower case first: the lower case of `İ` carries a combining dot that must then be dropped.
    let lowered: String = text.nfkc().filter(|c| !invisible(*c)).collect::<String>().to_lowercase();
    for c in lowered.nfkd().filter(|c| !droppable_mark(*c) && !invisible(*c)) {
        match latin(c) {
            Some(letters) => folded.push_str(letters),
            None => folded.push(letter(ascii_digit(c))),
        }
    }
    folded.nfc().collect()
}
