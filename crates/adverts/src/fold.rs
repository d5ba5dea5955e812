//! Characters to glyphs: one comparable letter and one class for each code point, from a table.
//!
//! Letters that look alike (Cyrillic and Greek beside Latin, full-width, mathematical, enclosed), code points that keyboards of Urdu, Pashto,
//! Dari and Arabic give for one letter, digits of all scripts and accents become one form; what is drawn as nothing (zero-width characters,
//! direction marks, the tatweel) goes.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// Longest text read, in characters; adverts are far shorter.
pub const TEXT_LENGTH_MAX: usize = 65_536;

/// What a character counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Drawn as nothing.
    Drop,
    Space,
    Latin,
    Arabic,
    /// A letter of another script.
    Other,
    /// A letter of a script that puts no space between words: a token of its own.
    Spaceless,
    Digit,
    /// May stand inside a phone number: dash, dot, slash, bracket, plus, underscore.
    Joint,
    Currency,
    /// Stands for a letter among letters: `@`, `!`, `|`, `*`.
    Mask,
    /// Ends a token: other marks, emoji.
    Break,
    /// More than one character: see [`spell`].
    Several,
}

/// A folded character and where it stands in the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glyph {
    pub(crate) c: char,
    pub(crate) class: Class,
    /// The byte at which its character begins.
    pub(crate) at: u32,
}

/// Code points of the digit zero of each script; the nine digits follow it (Unicode 16.0, general category Nd).
const ZEROS: [u32; 52] = [
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090,
    0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
    0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1E950,
];

fn digit(c: char) -> Option<char> {
    let code = u32::from(c);
    let zero = ZEROS.partition_point(|zero| *zero <= code);
    zero.checked_sub(1).and_then(|at| ZEROS.get(at)).and_then(|zero| char::from_digit(code - zero, 10))
}

fn invisible(c: char) -> bool {
    matches!(u32::from(c),
        0x00AD | 0x034F | 0x061C | 0x0640 | 0x180E | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x2064 | 0x2066..=0x206F
        | 0x115F..=0x1160 | 0x3164 | 0xFFA0 | 0xFE00..=0xFE0F | 0xFEFF | 0x1F3FB..=0x1F3FF | 0xE0000..=0xE01EF)
}

/// Marks that a careless writer leaves out or an artful one piles up.
fn droppable_mark(c: char) -> bool {
    matches!(canonical_combining_class(c), 1 | 8 | 10..=36 | 200..=240)
        || matches!(u32::from(c), 0x0300..=0x036F | 0x20D0..=0x20FF | 0x0610..=0x061A | 0x06D6..=0x06ED)
}

/// Letters of other scripts and letter-like signs, with the Latin letters they are taken for. Upper case has its own look.
const LOOKALIKES: [(&str, &str); 11] = [
    ("АВЕЅІЈКМНОРСТУХҮԌԚԜҺӀӠЗЬ", "abesijkmhopctyxygqwhl33b"),
    ("авеѕіјкмнорстухүԍԛԝһӏзьԁїєѓ", "abesijkmhopctyxygqwhl3bdier"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹ", "abezhikmnoptyxc"),
    ("αβγεηικνορτυχϲϳωςμ", "abyenikvoptuxcjwsu"),
    ("ԱՍՏՕՈԼ", "ustonl"),
    ("աոսօհզցյ", "unuohqgj"),
    ("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz"),
    ("ɑɐʋɡɩıȷʀɾƖǀƠơƯư", "aavgiijrrlloouu"),
    ("æÆœŒøØłŁđĐðÐþÞŧŦħĦ", "aaoooollddddpptthh"),
    ("⓪①②③④⑤⑥⑦⑧⑨", "0123456789"),
    ("ƒ℮∂ſ×", "fedsx"),
];

static LOOKALIKE: LazyLock<FxHashMap<char, char>> = LazyLock::new(|| LOOKALIKES.iter().flat_map(|(from, to)| from.chars().zip(to.chars())).collect());

fn lookalike(c: char) -> Option<char> {
    LOOKALIKE.get(&c).copied()
}

/// Enclosed letters that have no decomposition.
fn enclosed(c: char) -> Option<char> {
    let code = u32::from(c);
    let zero = match code {
        0x1F150..=0x1F169 => 0x1F150,
        0x1F170..=0x1F189 => 0x1F170,
        _ => return None,
    };
    char::from_u32(code - zero + u32::from('a'))
}

/// One letter for the code points that keyboards of Urdu, Pashto, Persian and Arabic give for the same or a like letter.
const fn arabic(c: char) -> char {
    match c {
        'ہ' | 'ھ' | 'ە' | 'ۀ' | 'ة' | 'ۃ' | 'ۂ' | 'ۿ' => 'ه',
        'ي' | 'ى' | 'ې' | 'ۍ' | 'ے' | 'ێ' | 'ۓ' | 'ئ' | 'ؽ' | 'ؾ' | 'ؿ' | 'ٸ' | 'ۑ' => 'ی',
        'ك' | 'ڪ' | 'ګ' | 'ڬ' | 'ػ' | 'ڮ' => {
            if c == 'ګ' {
                'گ'
            } else {
                'ک'
            }
        }
        'ڰ' | 'ڱ' | 'ڲ' | 'ڳ' | 'ڴ' => 'گ',
        'ٱ' | 'أ' | 'إ' | 'آ' | 'ٲ' | 'ٳ' | 'ٵ' => 'ا',
        'ؤ' | 'ٶ' | 'ۇ' | 'ۆ' | 'ۈ' | 'ۄ' | 'ۊ' | 'ۋ' => 'و',
        'ں' | 'ڼ' | 'ڻ' | 'ڹ' => 'ن',
        'ټ' | 'ٹ' | 'ٿ' => 'ت',
        'ډ' | 'ڈ' | 'ڊ' => 'د',
        'ړ' | 'ڑ' | 'ڕ' => 'ر',
        'ږ' => 'ژ',
        'ښ' => 'ش',
        'څ' | 'ځ' => 'ح',
        _ => c,
    }
}

/// The folded characters of one character: none, one or several.
fn spell(c: char) -> Vec<char> {
    if invisible(c) {
        return Vec::new();
    }
    let mut out = Vec::new();
    if let Some(letter) = lookalike(c).or_else(|| enclosed(c)) {
        out.push(letter);
        return out;
    }
    if matches!(c, '€' | '£' | '₨' | '₹' | '﷼' | '¥' | '৳' | '₺' | '﹩' | '＄') {
        out.push('$');
        return out;
    }
    for lowered in c.nfkc().flat_map(char::to_lowercase).nfkd().filter(|c| !droppable_mark(*c) && !invisible(*c)) {
        let letter = lookalike(lowered).unwrap_or(lowered);
        out.push(digit(letter).unwrap_or_else(|| arabic(letter)));
    }
    // A hamza alone is left out as often as it is written.
    out.retain(|c| *c != 'ء');
    out
}

fn class(c: char) -> Class {
    if c.is_ascii_digit() {
        return Class::Digit;
    }
    if c.is_whitespace() || c.is_control() {
        return Class::Space;
    }
    match c {
        '-' | '.' | '/' | '(' | ')' | '+' | '_' | '–' | '—' | ':' | '٫' | '٬' | ',' | '،' => return Class::Joint,
        '$' => return Class::Currency,
        '@' | '!' | '|' | '*' => return Class::Mask,
        _ => {}
    }
    if !c.is_alphanumeric() && canonical_combining_class(c) == 0 {
        return Class::Break;
    }
    match u32::from(c) {
        0..=0x024F | 0x0250..=0x02AF | 0x1E00..=0x1EFF => Class::Latin,
        0x0600..=0x077F | 0x08A0..=0x08FF | 0xFB50..=0xFDFF | 0xFE70..=0xFEFF => Class::Arabic,
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF | 0x3400..=0x9FFF | 0x20000..=0x3FFFF => Class::Spaceless,
        _ => Class::Other,
    }
}

fn entry(c: char) -> (char, Class) {
    // Pictographs and emoji, by far the most common characters beyond the basic plane.
    if matches!(u32::from(c), 0x1F000..=0x1F0FF | 0x1F18A..=0x1F3FA | 0x1F400..=0x1FAFF) {
        return (c, Class::Break);
    }
    match spell(c).as_slice() {
        [] => (c, Class::Drop),
        [one] => (*one, class(*one)),
        _ => (c, Class::Several),
    }
}

/// The scripts most met with, computed once; the others are computed as they come.
static TABLE: LazyLock<Vec<(char, Class)>> =
    LazyLock::new(|| (0..0x3000).map(|code| char::from_u32(code).map_or(('\u{FFFD}', Class::Break), entry)).collect());

/// The glyphs of a text, into `out`; the first [`TEXT_LENGTH_MAX`] characters count.
pub(crate) fn glyphs(text: &str, out: &mut Vec<Glyph>) {
    out.clear();
    let table = TABLE.as_slice();
    for (at, c) in text.char_indices().take(TEXT_LENGTH_MAX) {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        let (folded, class_of) = table.get(c as usize).copied().unwrap_or_else(|| entry(c));
        match class_of {
            Class::Drop => {}
            Class::Several => out.extend(spell(c).into_iter().map(|c| Glyph { c, class: class(c), at })),
            _ => out.push(Glyph { c: folded, class: class_of, at }),
        }
    }
}
