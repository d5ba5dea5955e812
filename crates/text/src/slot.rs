//! Advert text → tokens, with what differs from copy to copy (phones, links, handles, prices, numbers) replaced by typed slots.
//!
//! Tokens are handed on as 64-bit hashes and never leave this crate.

use crate::fold::fold;

/// A token's hash.
pub(crate) type Token = u64;

/// Longest text read, in characters; adverts are far shorter.
const TEXT_LENGTH_MAX: usize = 65_536;
/// Digits from which a number with separators counts as a phone.
const PHONE_DIGITS_MIN: usize = 7;

/// What a slot stands for. The texts begin with a control character, which no folded word has.
const SLOT_URL: &str = "\u{1}url";
const SLOT_EMAIL: &str = "\u{1}email";
const SLOT_HANDLE: &str = "\u{1}handle";
const SLOT_PHONE: &str = "\u{1}phone";
const SLOT_PRICE: &str = "\u{1}price";
const SLOT_NUMBER: &str = "\u{1}number";

/// Words that make a number beside them a price, folded.
const CURRENCY_WORDS: [&str; 34] = [
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
    "riyal",
    "riyals",
    "rupees",
    "rupee",
    "euro",
    "euros",
    "afghani",
    "toman",
    "روپے",
    "درهم",
    "ریال",
    "ڈالر",
    "افغانی",
];

/// A 64-bit hash that is the same on every machine and in every version: FNV-1a over the bytes, then a SplitMix64 finish.
pub(crate) fn hash(text: &str) -> Token {
    let mut state = 0xCBF2_9CE4_8422_2325_u64;
    for byte in text.bytes() {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
    }
    mix(state)
}

/// The finish of SplitMix64 (Steele, Lea, Flood 2014): a bijection that spreads every bit.
pub(crate) const fn mix(state: u64) -> u64 {
    let state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

/// Is it a currency word or sign (after folding)?
fn is_currency(word: &str) -> bool {
    CURRENCY_WORDS.contains(&fold(word).as_str()) || matches!(word, "$" | "€" | "£" | "₨" | "₹" | "﷼" | "¥" | "৳" | "₺")
}

/// Which script a letter counts to: a token never crosses scripts, and scripts written without spaces give one token a character.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Digit,
    Latin,
    Arabic,
    Spaceless,
    Other,
}

fn script(c: char) -> Option<Script> {
    let code = u32::from(c);
    if c.is_ascii_digit() {
        return Some(Script::Digit);
    }
    if !c.is_alphanumeric() && !unicode_normalization::char::is_combining_mark(c) {
        return None;
    }
    Some(match code {
        0..=0x024F | 0x1E00..=0x1EFF => Script::Latin,
        0x0600..=0x077F | 0x08A0..=0x08FF | 0xFB50..=0xFDFF | 0xFE70..=0xFEFF => Script::Arabic,
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF | 0x3400..=0x9FFF | 0x20000..=0x3FFFF => Script::Spaceless,
        _ => Script::Other,
    })
}

/// One piece of a text before slots are typed.
enum Piece {
    Word(String),
    Number(String),
    Currency,
    Slot(&'static str),
    /// A joint that may stand inside a phone number: space, dash, dot, slash, bracket.
    Joint,
    Break,
}

/// The tokens of a text, as hashes.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let bounded: String = text.chars().take(TEXT_LENGTH_MAX).collect();
    let folded = fold(&bounded);
    let mut pieces = Vec::new();
    for chunk in folded.split_whitespace() {
        match chunk_slot(chunk) {
            Some(slot) => pieces.push(Piece::Slot(slot)),
            None => split_chunk(chunk, &mut pieces),
        }
        pieces.push(Piece::Joint);
    }
    typed(pieces)
}

/// A chunk without spaces that is a link, a mail address or a handle as a whole.
fn chunk_slot(chunk: &str) -> Option<&'static str> {
    let bare =
        chunk.trim_matches(|c: char| matches!(c, '(' | ')' | '[' | ']' | '<' | '>' | ',' | ';' | ':' | '!' | '?' | '.' | '"' | '،' | '۔' | '؛'));
    if bare.contains("://") || bare.starts_with("www.") {
        return Some(SLOT_URL);
    }
    if let Some((local, domain)) = bare.split_once('@') {
        let wordy = |part: &str| part.chars().any(char::is_alphanumeric);
        return match (wordy(local), domain.contains('.'), wordy(domain)) {
            (true, true, true) => Some(SLOT_EMAIL),
            (false, _, true) => Some(SLOT_HANDLE),
            _ => None,
        };
    }
    // `wa.me/…`, `t.me/…`, `site.example/path`: a Latin host with a dot, then a path.
    let (host, path) = bare.split_once('/')?;
    let host_like = host.contains('.')
        && host.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-')
        && host.chars().any(|c| c.is_ascii_alphabetic());
    (host_like && !path.is_empty()).then_some(SLOT_URL)
}

fn split_chunk(chunk: &str, pieces: &mut Vec<Piece>) {
    let mut run = String::new();
    let mut run_script = None;
    for c in chunk.chars() {
        let now = script(c);
        // A thousands or decimal mark stays inside a number; a combining mark stays inside its word.
        let continues = match (run_script, now) {
            (Some(Script::Digit), None) => matches!(c, ',' | '.' | '٬' | '٫'),
            (Some(before), Some(_)) if unicode_normalization::char::is_combining_mark(c) => before != Script::Digit,
            (Some(before), Some(after)) => before == after && after != Script::Spaceless,
            _ => false,
        };
        if continues {
            run.push(c);
            continue;
        }
        flush(&mut run, run_script, pieces);
        run_script = now;
        match now {
            Some(_) => run.push(c),
            None if matches!(c, '-' | '.' | '/' | '(' | ')' | '+' | '_' | '–') => pieces.push(Piece::Joint),
            None if is_currency(c.encode_utf8(&mut [0; 4])) => pieces.push(Piece::Currency),
            None => pieces.push(Piece::Break),
        }
    }
    flush(&mut run, run_script, pieces);
}

fn flush(run: &mut String, script: Option<Script>, pieces: &mut Vec<Piece>) {
    if run.is_empty() {
        return;
    }
    let word = std::mem::take(run);
    pieces.push(match script {
        Some(Script::Digit) => Piece::Number(word.chars().filter(char::is_ascii_digit).collect()),
        _ if is_currency(&word) => Piece::Currency,
        _ => Piece::Word(word),
    });
}

/// Types the numbers: beside a currency a price, with enough digits a phone, else a number; then hashes.
fn typed(pieces: Vec<Piece>) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(pieces.len());
    let mut after_currency = false;
    let mut pieces = pieces.into_iter().peekable();
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Word(word) => tokens.push(hash(&word)),
            Piece::Slot(slot) => tokens.push(hash(slot)),
            Piece::Currency => {
                after_currency = true;
                // A currency before its number is dropped into the price slot; one alone says nothing.
                continue;
            }
            Piece::Joint => continue,
            Piece::Break => {}
            Piece::Number(digits) => {
                let mut count = digits.len();
                if !after_currency {
                    // Groups of digits with joints between them are one number: 0300 123-4567.
                    while let Some(Piece::Number(_) | Piece::Joint) = pieces.peek() {
                        if let Some(Piece::Number(more)) = pieces.next() {
                            count += more.len();
                        }
                    }
                }
                let price = after_currency || matches!(pieces.peek(), Some(Piece::Currency));
                let slot = if price {
                    SLOT_PRICE
                } else if count >= PHONE_DIGITS_MIN {
                    SLOT_PHONE
                } else {
                    SLOT_NUMBER
                };
                tokens.push(hash(slot));
            }
        }
        after_currency = false;
    }
    tokens
}
