//! From a folded word to the letters that are spelled out, whatever the keyboard or alphabet.

use super::units::Script;

/// Which script a folded word is in, by its first letter.
pub(crate) fn script_of(word: &str) -> Script {
    match word.chars().find(|c| c.is_alphabetic()).map(u32::from) {
        Some(0x0600..=0x077F | 0x08A0..=0x08FF | 0xFB50..=0xFDFF | 0xFE70..=0xFEFF) => Script::Arabic,
        Some(0..=0x024F | 0x1E00..=0x1EFF | 0x0370..=0x052F) => Script::Latin,
        _ => Script::Other,
    }
}

/// The letters of a folded word for spelling out: one letter for regional variants, Cyrillic and Greek brought to Latin,
/// doubled consonants of Latin script once.
pub(crate) fn letters_of(script: Script, word: &str) -> String {
    match script {
        Script::Arabic => arabic_letters(word),
        Script::Latin => latin(word),
        Script::Other => word.to_owned(),
    }
}

/// The letters of a word in Arabic script. A doubled yeh (زئی beside زی) and a doubled lam count once: hardly any name differs by them alone.
fn arabic_letters(word: &str) -> String {
    let mut letters = String::with_capacity(word.len());
    for c in word.chars().filter_map(arabic) {
        if !(matches!(c, 'ی' | 'ل') && letters.ends_with(c)) {
            letters.push(c);
        }
    }
    letters
}

/// One letter for the code points of one letter of Urdu, Pashto, Persian, Arabic; none for marks and the bare hamza.
const fn arabic(c: char) -> Option<char> {
    Some(match c {
        'ټ' | 'ٿ' => 'ٹ',
        'ډ' | 'ڊ' | 'ڌ' => 'ڈ',
        'ړ' | 'ڒ' => 'ڑ',
        'ݢ' | 'ڳ' | 'ڱ' => 'گ',
        'ں' | 'ڻ' => 'ن',
        'ڤ' | 'ڥ' => 'ف',
        'ڨ' => 'گ',
        'ۋ' | 'ۆ' | 'ۇ' | 'ۈ' => 'و',
        'ڵ' => 'ل',
        'ڕ' => 'ر',
        'ڀ' => 'ب',
        'ڃ' | 'ڄ' => 'ج',
        'ڇ' => 'چ',
        'ء' => return None,
        _ => c,
    })
}

/// Latin letters a to z of a word in Latin, Cyrillic or Greek script.
fn latin(word: &str) -> String {
    let mut letters = String::with_capacity(word.len());
    for c in word.chars() {
        match c {
            'a'..='z' => push(&mut letters, c),
            _ => other_alphabet(c).chars().for_each(|letter| push(&mut letters, letter)),
        }
    }
    letters
}

/// A doubled consonant says nothing across romanisations; a doubled vowel is a long one, with a letter of its own.
fn push(letters: &mut String, c: char) {
    let long = match (letters.chars().next_back(), c) {
        (Some('a'), 'a') => Some('â'),
        (Some('e'), 'e') | (Some('i'), 'i') => Some('î'),
        (Some('o'), 'o') | (Some('u'), 'u') => Some('û'),
        _ => None,
    };
    if let Some(long) = long {
        letters.pop();
        letters.push(long);
    } else if !letters.ends_with(c) {
        letters.push(c);
    }
}

/// Latin letters for one of another alphabet: Cyrillic by BGN/PCGN with Tajik and Uzbek letters, Greek by ISO 843, and Latin letters beyond a to z.
const fn other_alphabet(c: char) -> &'static str {
    match c {
        'ə' | 'ǝ' | 'а' | 'α' => "a",
        'ħ' | 'һ' | 'ҳ' => "h",
        'ŋ' | 'н' | 'ν' => "n",
        'ɓ' | 'б' => "b",
        'в' | 'β' => "v",
        'ҷ' => "j",
        'г' | 'ґ' | 'γ' => "g",
        'ғ' => "gh",
        'д' | 'δ' => "d",
        'е' | 'ё' | 'э' | 'є' | 'ε' => "e",
        'ж' => "zh",
        'з' | 'ζ' => "z",
        'и' | 'і' | 'ӣ' | 'ι' | 'η' => "i",
        'й' | 'ї' | 'ј' => "y",
        'к' | 'κ' => "k",
        'қ' => "q",
        'л' | 'λ' => "l",
        'м' | 'μ' => "m",
        'о' | 'ο' | 'ω' => "o",
        'п' | 'π' => "p",
        'р' | 'ρ' => "r",
        'с' | 'σ' => "s",
        'т' | 'τ' => "t",
        'у' | 'ӯ' | 'ў' | 'υ' => "u",
        'ф' | 'φ' => "f",
        'х' | 'χ' => "kh",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ы' => "y",
        'ю' => "yu",
        'я' => "ya",
        'θ' => "th",
        'ξ' => "x",
        'ψ' => "ps",
        _ => "",
    }
}
