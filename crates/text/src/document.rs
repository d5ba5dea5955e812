//! Identity cards and phones of the region in the forms they are written in. Their structure is checked and never read for meaning:
//! no digit of a number is taken for a province, a sex or a place.

use crate::identifier::{normalise_phone, plain};

/// What two identifiers have in common, from most to least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentifierLevel {
    /// The same number.
    Exact,
    /// The same but for one digit, or two neighbours changed over: a slip, or another person's number.
    OneSlip,
    /// One is the tail of the other, six digits at least: a shorter way to write it.
    Tail,
    /// Another number.
    Different,
    /// A number is missing or not of this kind.
    Unknown,
}

/// A Pakistani identity number (CNIC, NICOP): 13 digits, written 5-7-1 or without dashes. `None` for anything else.
#[must_use]
pub fn cnic(text: &str) -> Option<String> {
    grouped(text, &[5, 7, 1])
}

/// An Afghan electronic tazkira number: 13 digits, written 4-4-5 or without dashes. `None` for anything else.
#[must_use]
pub fn e_tazkira(text: &str) -> Option<String> {
    grouped(text, &[4, 4, 5])
}

/// Digits in groups of these lengths with `-`, `/` or space between, or all together.
fn grouped(text: &str, lengths: &[usize]) -> Option<String> {
    let plain = plain(text);
    let groups: Vec<&str> = plain.trim().split(['-', '–', '/', ' ']).filter(|group| !group.is_empty()).collect();
    let digits: String = groups.concat();
    let whole = digits.len() == lengths.iter().sum::<usize>() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let shaped = groups.len() == 1 || groups.iter().map(|group| group.len()).eq(lengths.iter().copied());
    (whole && shaped).then_some(digits)
}

/// An old Afghan paper tazkira: where it stands in the registers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PaperTazkira {
    /// Volume (جلد).
    pub volume: u32,
    /// Page (صفحه).
    pub page: u32,
    /// Registration number (نمبر ثبت).
    pub serial: u64,
}

/// Reads a paper tazkira written `volume/page/serial` (`-`, `/` or `,` between, digits of any script, each with its word or without).
/// `None` for anything else.
#[must_use]
pub fn paper_tazkira(text: &str) -> Option<PaperTazkira> {
    if cnic(text).or_else(|| e_tazkira(text)).is_some() {
        return None;
    }
    let plain = plain(text);
    let mut numbers = plain.split(['-', '/', ',', '،']).map(|part| part.chars().filter(char::is_ascii_digit).collect::<String>());
    let mut next = || numbers.next().filter(|number| !number.is_empty() && number.len() <= 9);
    let (volume, page, serial) = (next()?, next()?, next()?);
    if numbers.next().is_some() {
        return None;
    }
    Some(PaperTazkira { volume: volume.parse().ok()?, page: page.parse().ok()?, serial: serial.parse().ok()? })
}

/// What two numbers of digits have in common.
fn compare_digits(a: &str, b: &str) -> IdentifierLevel {
    if a.is_empty() || b.is_empty() {
        return IdentifierLevel::Unknown;
    }
    if a == b {
        return IdentifierLevel::Exact;
    }
    let tail = |long: &str, short: &str| short.len() >= 6 && long.ends_with(short);
    if tail(a, b) || tail(b, a) {
        return IdentifierLevel::Tail;
    }
    if a.len() == b.len() && one_slip(a.as_bytes(), b.as_bytes()) { IdentifierLevel::OneSlip } else { IdentifierLevel::Different }
}

/// One digit differs, or two neighbours are changed over.
fn one_slip(a: &[u8], b: &[u8]) -> bool {
    let differing: Vec<usize> = a.iter().zip(b).enumerate().filter(|(_, (a, b))| a != b).map(|(at, _)| at).collect();
    match *differing.as_slice() {
        [_] => true,
        [first, second] => second == first + 1 && a.get(first) == b.get(second) && a.get(second) == b.get(first),
        _ => false,
    }
}

/// Compares two identity numbers of 13 digits, Pakistani or electronic Afghan, or two paper tazkiras. Numbers of unlike kinds are `Unknown`.
#[must_use]
pub fn compare_documents(a: &str, b: &str) -> IdentifierLevel {
    let kinds: [fn(&str) -> Option<String>; 2] = [cnic, e_tazkira];
    for kind in kinds {
        if let (Some(a), Some(b)) = (kind(a), kind(b)) {
            return compare_digits(&a, &b);
        }
    }
    match (paper_tazkira(a), paper_tazkira(b)) {
        (Some(a), Some(b)) if a == b => IdentifierLevel::Exact,
        (Some(a), Some(b)) => {
            let same = [a.volume == b.volume, a.page == b.page, a.serial == b.serial];
            if same.iter().filter(|same| **same).count() == 2 { IdentifierLevel::OneSlip } else { IdentifierLevel::Different }
        }
        _ => IdentifierLevel::Unknown,
    }
}

/// Country calling codes of the region, the trunk prefix dialled inside, and the digits of a number without it (ITU-T E.164, national plans).
const CALLING: [(&str, &str, std::ops::RangeInclusive<usize>); 10] = [
    ("92", "0", 9..=10),
    ("93", "0", 9..=9),
    ("98", "0", 10..=10),
    ("971", "0", 8..=9),
    ("966", "0", 9..=9),
    ("968", "", 8..=8),
    ("974", "", 8..=8),
    ("965", "", 8..=8),
    ("973", "", 8..=8),
    ("90", "0", 10..=10),
];

/// A phone in international form `+…`: as written when it was international, else with the calling code of `country` (ISO 3166-1 alpha-2;
/// the caller knows it, nothing is guessed). `+92 (0)300 …` and `+920300…` lose the trunk 0. A national number without a known country
/// stays as [`normalise_phone`] gives it. Empty when there is no phone.
#[must_use]
pub fn international_phone(phone: &str, country: Option<&str>) -> String {
    let plain = normalise_phone(phone);
    if let Some(digits) = plain.strip_prefix('+') {
        for (code, trunk, lengths) in &CALLING {
            if let Some(rest) = digits.strip_prefix(code) {
                let rest = if lengths.contains(&rest.len()) { rest } else { rest.strip_prefix(trunk).unwrap_or(rest) };
                return format!("+{code}{rest}");
            }
        }
        return plain;
    }
    let code = match country {
        Some("PK") => "92",
        Some("AF") => "93",
        Some("IR") => "98",
        Some("AE") => "971",
        Some("SA") => "966",
        Some("OM") => "968",
        Some("QA") => "974",
        Some("KW") => "965",
        Some("BH") => "973",
        Some("TR") => "90",
        _ => return plain,
    };
    let Some((_, trunk, lengths)) = CALLING.iter().find(|(known, _, _)| *known == code) else {
        return plain;
    };
    // `92 300 …` without the plus: the code is there already.
    if let Some(rest) = plain.strip_prefix(code)
        && lengths.contains(&rest.len())
    {
        return format!("+{plain}");
    }
    let rest = if trunk.is_empty() { &plain } else { plain.strip_prefix(trunk).unwrap_or(&plain) };
    if lengths.contains(&rest.len()) { format!("+{code}{rest}") } else { plain }
}

/// Compares two phones; `country` is that of numbers written nationally, when the caller knows it. A national number against an
/// international one agrees by its tail.
#[must_use]
pub fn compare_phones(a: &str, b: &str, country: Option<&str>) -> IdentifierLevel {
    let (a, b) = (international_phone(a, country), international_phone(b, country));
    let national = |phone: &str| phone.trim_start_matches('+').trim_start_matches('0').to_owned();
    let international = a.starts_with('+');
    if international == b.starts_with('+') {
        let (a, b) = (a.trim_start_matches('+'), b.trim_start_matches('+'));
        let code = |phone: &str| CALLING.iter().position(|(code, _, _)| phone.starts_with(code));
        // A slip is looked for within one country's numbers.
        if international && code(a) != code(b) {
            return IdentifierLevel::Different;
        }
        // Two international numbers of unlike length are two numbers, whatever their tails.
        return match compare_digits(a, b) {
            IdentifierLevel::Tail => IdentifierLevel::Different,
            level => level,
        };
    }
    compare_digits(&national(&a), &national(&b))
}
