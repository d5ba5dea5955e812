//! Checks of single values against the observation contract.

use tributary_model::table::ColumnKind;

use crate::problem::Wrong;

/// ISO 3166-1 alpha-2 codes in force, sorted, and `XK`, the user-assigned code for Kosovo in common use.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ \
CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI \
GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI \
LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF \
PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL \
TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

/// Is it a country code?
pub(crate) fn is_country(text: &str) -> bool {
    let [first @ b'A'..=b'Z', second @ b'A'..=b'Z'] = text.as_bytes() else {
        return false;
    };
    // Codes stand three bytes apart; a table of bits answers without a search.
    static BITS: std::sync::LazyLock<[u32; 26]> = std::sync::LazyLock::new(|| {
        let mut bits = [0_u32; 26];
        for code in COUNTRIES.split(' ') {
            if let [a @ b'A'..=b'Z', b @ b'A'..=b'Z'] = code.as_bytes()
                && let Some(row) = bits.get_mut(usize::from(a - b'A'))
            {
                *row |= 1 << (b - b'A');
            }
        }
        bits
    });
    BITS.get(usize::from(first - b'A')).is_some_and(|row| row & (1 << (second - b'A')) != 0)
}

fn is_subdivision(text: &str) -> bool {
    let Some((country, part)) = text.split_once('-') else {
        return false;
    };
    is_country(country) && (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn is_currency(text: &str) -> bool {
    (2..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Shape of a BCP 47 tag: subtags of 1 to 8 letters or digits, the first of 2 to 8 letters (or `x`, `i`).
fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    let first_good = (2..=8).contains(&first.len()) || matches!(first, "x" | "i" | "X" | "I");
    text.len() <= 64
        && first_good
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn is_phone(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else {
        return false;
    };
    (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0')
}

fn is_document(text: &str) -> bool {
    text.split_once(':').is_some_and(|(kind, number)| !kind.trim().is_empty() && !number.trim().is_empty())
}

/// Does it hold a control character, or a mark that turns the direction of writing?
///
/// Either can make two ids look alike or one id forge a line where it is shown. The marks: Unicode 17.0, `Bidi_Control` (UAX #9).
fn deceives(text: &str) -> bool {
    let turns = |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && text.chars().any(|c| c.is_control() || turns(c))
}

/// Checks text that is stored as text.
pub(crate) fn check_text(kind: ColumnKind, text: &str) -> Result<(), Wrong> {
    if matches!(kind, ColumnKind::Id | ColumnKind::Document) && deceives(text) {
        return Err(Wrong::new(
            "holds a control character or a mark that turns the direction of writing",
            "take the character out at the source: an identifier is made of what can be seen",
        ));
    }
    let good = match kind {
        ColumnKind::Country => is_country(text),
        ColumnKind::Subdivision => is_subdivision(text),
        ColumnKind::Currency => is_currency(text),
        ColumnKind::Language => is_language(text),
        ColumnKind::Phone => is_phone(text),
        ColumnKind::Document => is_document(text),
        ColumnKind::OneOf(words) => words.contains(&text),
        _ => true,
    };
    if good { Ok(()) } else { Err(wrong_text(kind)) }
}

#[cold]
fn wrong_text(kind: ColumnKind) -> Wrong {
    match kind {
        ColumnKind::Country => Wrong::new("is not a country code", "write the ISO 3166-1 code of two capital letters, such as PK"),
        ColumnKind::Subdivision => Wrong::new("is not a subdivision code", "write the ISO 3166-2 code, such as PK-BA"),
        ColumnKind::Currency => {
            Wrong::new("is not a currency code", "write the ISO 4217 code or the asset's ticker: 2 to 12 capital letters or digits")
        }
        ColumnKind::Language => Wrong::new("is not a language tag", "write a BCP 47 tag, such as ps or ur-PK"),
        ColumnKind::Phone => Wrong::new("is not an E.164 number", "write `+`, the country's code and the number: 7 to 15 digits without spaces"),
        ColumnKind::Document => Wrong::new("does not say what kind of document it is", "write `kind:number`, such as passport:AB123"),
        ColumnKind::OneOf(words) => Wrong {
            problem: "is not one of the words of this column".into(),
            remedy: format!("write one of {}, or translate it with `values` in a mapping file", words.join(", ")).into(),
        },
        _ => Wrong::new("is not of this column's kind", "see the observation contract"),
    }
}

/// Reads a whole number that is not negative.
pub(crate) fn count(text: &str) -> Result<u64, Wrong> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let wrong = Wrong::new("is not a whole number from 0", "write digits only, such as 12");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong);
    }
    digits.parse().map_err(|_| Wrong::new("is too large", "a count is at most 18446744073709551615"))
}

/// Reads degrees within `-limit..=limit`.
pub(crate) fn degrees(text: &str, limit: f64) -> Result<f64, Wrong> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
    let value: f64 = if plain { text.parse().ok() } else { None }
        .ok_or_else(|| Wrong::new("is not a number of degrees", "write decimal degrees, such as 25.1216"))?;
    if value.abs() <= limit {
        Ok(value)
    } else {
        Err(Wrong::new("is outside the range of degrees", "latitude lies in -90 to 90, longitude in -180 to 180"))
    }
}
