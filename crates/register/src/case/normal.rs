//! One way of writing for each thing that is compared blind: two agencies that hold the same thing must write it the same.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use crate::RegisterError;

/// What a marker stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MarkerKind {
    /// A party by an identifier of a register: `scheme:number`.
    Party,
    /// A telephone number.
    Phone,
    /// An address of a cryptocurrency.
    Wallet,
    /// An account: an IBAN, or `bank:number`.
    Account,
    /// A typology on a corridor: `typology|FROM>TO`.
    Pattern,
    /// A number plate or a hull's number.
    Vehicle,
    /// An identity or travel document: `COUNTRY:kind:number`.
    Document,
}

impl MarkerKind {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::Party, Self::Phone, Self::Wallet, Self::Account, Self::Pattern, Self::Vehicle, Self::Document];

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Party => "party",
            Self::Phone => "phone",
            Self::Wallet => "wallet",
            Self::Account => "account",
            Self::Pattern => "pattern",
            Self::Vehicle => "vehicle",
            Self::Document => "document",
        }
    }
}

/// The longest value taken, in bytes.
const VALUE_MAX: usize = 200;

/// A value of a kind in the one way of writing. Numbers without a country are of `country`'s (ISO 3166), whose dialling code is known for
/// Pakistan and its neighbours on the corridors; elsewhere the international form is asked for.
///
/// # Errors
/// [`RegisterError::Invalid`] with the form that is asked for.
pub fn normalised(kind: MarkerKind, value: &str, country: &str) -> Result<String, RegisterError> {
    let value = value.trim();
    if value.is_empty() || value.len() > VALUE_MAX {
        return Err(RegisterError::invalid("value", format!("1 to {VALUE_MAX} bytes")));
    }
    let (made, form) = match kind {
        MarkerKind::Phone => (phone(value, country), "a number of 8 to 15 digits in international form, such as `+92 300 0000000`"),
        MarkerKind::Wallet => (wallet(value), "an address of 20 to 110 letters and digits, without spaces"),
        MarkerKind::Account => (account(value), "an IBAN whose check digits hold, or `bank:number`"),
        MarkerKind::Pattern => (pattern(value), "`typology|FROM>TO`, such as `fan-in|PK-PB>AE`"),
        MarkerKind::Vehicle => (vehicle(value), "4 to 20 letters and digits of a plate or hull"),
        MarkerKind::Document => (document(value), "`COUNTRY:kind:number`, such as `PK:passport:AB0000000`; 13 digits for a `cnic`"),
        MarkerKind::Party => (scheme(value), "`scheme:number`"),
    };
    made.ok_or_else(|| RegisterError::invalid("value", form))
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn upper(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// Letters, digits and the signs that people put between them; anything else is another thing than is meant.
fn written_with(text: &str, signs: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || signs.contains(c))
}

fn dialling(country: &str) -> Option<&'static str> {
    match country.get(..2)? {
        "PK" => Some("92"),
        "AE" => Some("971"),
        "AF" => Some("93"),
        "IR" => Some("98"),
        "OM" => Some("968"),
        "SA" => Some("966"),
        "TR" => Some("90"),
        _ => None,
    }
}

/// E.164 (ITU-T, 2010): a plus sign and at most 15 digits.
fn phone(value: &str, country: &str) -> Option<String> {
    if !value.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c)) || value.rfind('+').is_some_and(|at| at > 0) {
        return None;
    }
    let number = digits(value);
    let full = if value.starts_with('+') {
        // `+92 (0)300 …`: the zero of the national form does not belong behind the country's code.
        number
    } else if let Some(rest) = number.strip_prefix("00") {
        rest.to_owned()
    } else if let Some(rest) = number.strip_prefix('0') {
        format!("{}{rest}", dialling(country)?)
    } else {
        return None;
    };
    let full = if value.contains("(0)") { without_trunk_zero(&full, country)? } else { full };
    ((8..=15).contains(&full.len()) && !full.starts_with('0')).then(|| format!("+{full}"))
}

fn without_trunk_zero(full: &str, country: &str) -> Option<String> {
    let code = dialling(country)?;
    let rest = full.strip_prefix(code)?;
    Some(format!("{code}{}", rest.strip_prefix('0').unwrap_or(rest)))
}

/// Hexadecimal and bech32 addresses have no case (EIP-55 puts a check into it, BIP 173 forbids mixing); base58 addresses have.
fn wallet(value: &str) -> Option<String> {
    if !(20..=110).contains(&value.len()) || !value.chars().all(|c| c.is_ascii_alphanumeric()) {
        return None;
    }
    let low = value.to_ascii_lowercase();
    let hexadecimal = low.strip_prefix("0x").is_some_and(|rest| rest.len() == 40 && rest.bytes().all(|b| b.is_ascii_hexdigit()));
    let bech32 = ["bc1", "tb1", "ltc1"].iter().any(|prefix| low.starts_with(prefix));
    Some(if hexadecimal || bech32 { low } else { value.to_owned() })
}

/// An IBAN with its check (ISO 13616, ISO 7064 MOD 97-10), or `bank:number`.
fn account(value: &str) -> Option<String> {
    if let Some((bank, number)) = value.split_once(':') {
        let (bank, number) = (upper(bank), upper(number));
        let fits = (2..=20).contains(&bank.len()) && (4..=34).contains(&number.len()) && written_with(value, ": -/");
        return fits.then(|| format!("{bank}:{number}"));
    }
    let iban = upper(value);
    if !(15..=34).contains(&iban.len()) || !written_with(value, " -") {
        return None;
    }
    let (front, rest) = iban.split_at_checked(4)?;
    let rest_of = |sum: u32, c: char| -> Option<u32> {
        let digit = c.to_digit(36)?;
        Some(if digit > 9 { (sum * 100 + digit) % 97 } else { (sum * 10 + digit) % 97 })
    };
    let remainder = rest.chars().chain(front.chars()).try_fold(0, rest_of)?;
    (remainder == 1).then_some(iban)
}

fn place(code: &str) -> Option<String> {
    let code = code.trim().to_ascii_uppercase();
    crate::people::agency::checked_jurisdiction("value", &code).ok().map(|()| code)
}

fn pattern(value: &str) -> Option<String> {
    let (typology, corridor) = value.split_once('|')?;
    let (from, to) = corridor.split_once('>')?;
    let typology = typology.trim().to_ascii_lowercase().replace([' ', '_'], "-");
    let fits = (2..=60).contains(&typology.len()) && typology.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    fits.then_some(format!("{typology}|{}>{}", place(from)?, place(to)?))
}

fn vehicle(value: &str) -> Option<String> {
    let plate = upper(value);
    ((4..=20).contains(&plate.len()) && written_with(value, " -/.")).then_some(plate)
}

fn document(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, ':');
    let (country, kind, number) = (place(parts.next()?)?, parts.next()?.trim().to_ascii_lowercase(), parts.next()?);
    let kind_fits = (2..=20).contains(&kind.len()) && kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let made = upper(number);
    let number_fits = if kind == "cnic" { made.len() == 13 && digits(&made).len() == 13 } else { (4..=24).contains(&made.len()) };
    (kind_fits && number_fits && written_with(number, " -/.")).then_some(format!("{country}:{kind}:{made}"))
}

fn scheme(value: &str) -> Option<String> {
    let (scheme, number) = value.split_once(':')?;
    let scheme = scheme.trim().to_ascii_lowercase();
    let fits = (2..=20).contains(&scheme.len()) && scheme.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let made = upper(number);
    (fits && (3..=60).contains(&made.len()) && written_with(number, " -/.")).then_some(format!("{scheme}:{made}"))
}

/// A name in the one way of writing that a search compares: small letters of any script, words in order, no signs. None where no letter is
/// left. Two spellings of one name stay two: likeness of names is no ground for a search result.
#[must_use]
pub fn normalised_name(name: &str) -> Option<String> {
    // Compatibility forms are one (UAX 15), and what is not seen is not there: neither makes another name of it.
    let lower: String = name.nfkc().filter(|c| !is_unseen(*c)).collect::<String>().to_lowercase();
    let mut words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    (!words.is_empty() && lower.chars().any(char::is_alphabetic)).then(|| words.join(" "))
}

/// Signs that are not seen: joiners, marks of direction, soft hyphens, variation selectors.
const fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}
