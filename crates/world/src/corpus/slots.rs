//! What fills the slots of an advert: numbers, handles, addresses, prices and places, in the ways people write them.

use super::Language;
use super::grammar::{Grammar, Slot};
use super::template::coin;
use crate::draw::{Draw, mix};
use crate::names::MEN;
use crate::places::{CURRENCIES, PLACES, PlaceNo, at, mobile_prefix};

/// A sum of money.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Money {
    /// Whole units.
    pub(super) amount: u64,
    /// Index into the currencies.
    pub(super) currency: u8,
}

/// What one post offers and shows.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    /// E.164 digits.
    pub(super) phone: u64,
    pub(super) handle: String,
    pub(super) url: String,
    pub(super) wallet: String,
    pub(super) wage: Money,
    pub(super) fee: Money,
    pub(super) place: PlaceNo,
    pub(super) destination: PlaceNo,
    /// Names the firm.
    pub(super) firm: u64,
    pub(super) licence: u64,
    /// The trade of a job board's row: index into the class of trades.
    pub(super) trade: usize,
    /// Which impossible permit, if the template has one.
    pub(super) permit: usize,
    /// Hours, years and age: the template's own.
    pub(super) key: u64,
}

/// Visas that the labour authorities say do not exist, or may not be worked on.
const PERMITS: &[[&str; 5]] = &[
    ["free visa", "آزاد ویزا", "ازاده وېزه", "ویزای آزاد", "azad visa"],
    ["work on visit visa", "وزٹ ویزا پر کام", "په لیدنه وېزه کار", "کار با ویزای دیدار", "visit visa par kaam"],
    ["open work visa without sponsor", "بغیر کفیل اوپن ورک ویزا", "بې کفیله خلاصه وېزه", "ویزای کار بدون کفیل", "baghair kafeel open work visa"],
];

/// What a permit is called in the data: the same words whatever the language.
pub(super) const PERMIT_TERMS: &[&str] = &["free_visa", "visit_visa_work", "no_sponsor_visa"];

const FIRM_ENDS: &[[&str; 5]] = &[
    ["Services", "سروسز", "خدمتونه", "خدمات", "Services"],
    ["Traders", "ٹریڈرز", "سوداګر", "تجارتی", "Traders"],
    ["Overseas", "اوورسیز", "بهرني چارې", "امور خارج", "Overseas"],
    ["Manpower", "مین پاور", "کاري ځواک", "نیروی کار", "Manpower"],
    ["Group", "گروپ", "ګروپ", "گروپ", "Group"],
    ["Enterprises", "انٹرپرائزز", "تشبثات", "تشبثات", "Enterprises"],
    ["Agency", "ایجنسی", "اژانس", "اژانس", "Agency"],
    ["Brothers", "برادرز", "وروڼه", "برادران", "Brothers"],
];

const TOWNS: &[(&str, &str)] = &[
    ("Quetta", "کوئٹہ"),
    ("Chaman", "چمن"),
    ("Gwadar", "گوادر"),
    ("Turbat", "تربت"),
    ("Khuzdar", "خضدار"),
    ("Taftan", "تفتان"),
    ("Peshawar", "پشاور"),
    ("Mardan", "مردان"),
    ("Swat", "سوات"),
    ("Dera Ismail Khan", "ڈیرہ اسماعیل خان"),
    ("Karachi", "کراچی"),
    ("Hyderabad", "حیدرآباد"),
    ("Sukkur", "سکھر"),
    ("Lahore", "لاہور"),
    ("Faisalabad", "فیصل آباد"),
    ("Gujrat", "گجرات"),
    ("Multan", "ملتان"),
    ("Islamabad", "اسلام آباد"),
    ("Kandahar", "کندھار"),
    ("Spin Boldak", "سپین بولدک"),
    ("Kabul", "کابل"),
    ("Jalalabad", "جلال آباد"),
    ("Herat", "هرات"),
    ("Zaranj", "زرنج"),
    ("Zahedan", "زاهدان"),
    ("Mashhad", "مشهد"),
    ("Tehran", "تهران"),
    ("Dubai", "دبئی"),
    ("Sharjah", "شارجہ"),
    ("Abu Dhabi", "ابوظہبی"),
    ("Muscat", "مسقط"),
    ("Riyadh", "ریاض"),
    ("Jeddah", "جدہ"),
    ("Doha", "دوحہ"),
    ("Istanbul", "استنبول"),
    ("Van", "وان"),
    ("Athens", "ایتھنز"),
    ("Milan", "میلان"),
    ("Birmingham", "برمنگھم"),
    ("Frankfurt", "فرینکفرٹ"),
    ("Bangkok", "بنکاک"),
];

const MONEY: &[(&str, &[&str], &str)] = &[
    ("PKR", &["Rs", "PKR", "rupees"], "روپے"),
    ("AFN", &["AFN", "afghani"], "افغانی"),
    ("AED", &["AED", "Dhs", "dirham"], "درہم"),
    ("SAR", &["SAR", "riyal", "SR"], "ریال"),
    ("OMR", &["OMR", "omani riyal"], "عمانی ریال"),
    ("QAR", &["QAR", "qatari riyal"], "قطری ریال"),
    ("TRY", &["TRY", "lira"], "لیرہ"),
    ("EUR", &["EUR", "€", "euro"], "یورو"),
    ("GBP", &["GBP", "£", "pound"], "پاؤنڈ"),
    ("USD", &["USD", "$", "dollar"], "ڈالر"),
];

/// Places where offers may lie, abroad or at home.
pub(super) fn towns(abroad: bool) -> Vec<PlaceNo> {
    let named = |id: &str| TOWNS.iter().any(|(town, _)| *town == id);
    let home = |country: &str| matches!(country, "PK" | "AF");
    let fits = |place: &PlaceNo| named(at(*place).id) && home(at(*place).country) != abroad && !matches!(at(*place).country, "IR" | "TH");
    (0..PLACES.len() as PlaceNo).filter(fits).collect()
}

/// Fresh E.164 digits of a country.
pub(super) fn phone(draw: &mut Draw, country: &str) -> u64 {
    let (prefix, digits) = mobile_prefix(country);
    let space = 10_u64.pow(digits);
    prefix.trim_start_matches('+').parse::<u64>().unwrap_or(0) * space + draw.word() % space
}

/// A made-up handle.
pub(super) fn handle(draw: &mut Draw) -> String {
    let name = coin(draw.word(), Language::English).to_lowercase();
    let tail = draw.pick(&["_jobs", ".work", "", "_office", "hr", "_info"]);
    format!("@{name}{tail}{}", draw.between(1, 999))
}

/// A made-up address under the domain kept for examples.
pub(super) fn url(draw: &mut Draw) -> String {
    let name = coin(draw.word(), Language::English).to_lowercase();
    format!("{name}{}.example", draw.between(1, 99))
}

/// A made-up wallet: the form of a Tron address.
pub(super) fn wallet(draw: &mut Draw) -> String {
    const BASE58: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut text = String::from("T");
    text.extend((0..33).map(|_| char::from(draw.pick(BASE58))));
    text
}

/// What a firm is called.
pub(super) fn firm(key: u64, language: Language) -> String {
    let end = FIRM_ENDS[(mix(key, 5) % FIRM_ENDS.len() as u64) as usize][language as usize];
    format!("{} {end}", coin(key, language))
}

/// The text of a slot.
pub(super) fn fill(slot: Slot, offer: &Offer, grammar: &Grammar, language: Language, draw: &mut Draw) -> String {
    let latin = language.latin();
    let text = match slot {
        Slot::Phone => return digits(&phone_text(offer.phone, draw), language, draw),
        Slot::Handle => return offer.handle.clone(),
        Slot::Url => {
            let (before, after) = (draw.pick(&["", "", "https://", "www.", "http://"]), draw.pick(&["", "", "/jobs", "/apply"]));
            return format!("{before}{}{after}", offer.url);
        }
        Slot::Wallet => return offer.wallet.clone(),
        Slot::Wage => money(offer.wage, language, draw),
        Slot::Fee => money(offer.fee, language, draw),
        Slot::Place => return town(offer.place, latin),
        Slot::Destination => return town(offer.destination, latin),
        Slot::Firm => return firm(offer.firm, language),
        Slot::Name => {
            let name = &MEN[draw.below(MEN.len())];
            return if latin { draw.pick(name.latin).to_owned() } else { name.urdu.to_owned() };
        }
        Slot::Count => draw.between(2, 60).to_string(),
        Slot::Years => (1 + mix(offer.key, 51) % 6).to_string(),
        Slot::Age => (22 + mix(offer.key, 52) % 16).to_string(),
        Slot::Hours => hours(offer.key, draw),
        Slot::Licence => format!("{:04}/{}", offer.licence % 10_000, ["LHR", "RWP", "KHI", "PWR", "QTA"][(offer.licence % 5) as usize]),
        Slot::Permit => return PERMITS[offer.permit % PERMITS.len()][language as usize].to_owned(),
        Slot::Trade => return grammar.say(grammar.trades, offer.trade, language, draw.word()).join(" "),
    };
    digits(&text, language, draw)
}

/// Local and international forms, and a letter in a digit's place.
fn phone_text(number: u64, draw: &mut Draw) -> String {
    let all = number.to_string();
    let code =
        ["971", "968", "966", "974", "30", "39", "49", "44", "90", "92", "93", "98"].iter().find(|c| all.starts_with(*c)).map_or(2, |c| c.len());
    let (country, own) = all.split_at(code);
    let (first, rest) = own.split_at(own.len().min(3));
    let (middle, last) = rest.split_at(rest.len().min(3));
    match draw.below(10) {
        0 => format!("+{country}{own}"),
        1 => format!("+{country} {first} {rest}"),
        2 => format!("00{country}{own}"),
        3 => format!("+{country}-{first}-{rest}"),
        4 | 5 => format!("0{first}-{rest}"),
        6 => format!("0{first} {rest}"),
        7 => format!("0{first} {middle} {last}"),
        8 => format!("o{first}-{rest}"),
        _ => format!("0{first}{rest}"),
    }
}

fn money(money: Money, language: Language, draw: &mut Draw) -> String {
    let code = CURRENCIES[usize::from(money.currency)].code;
    let (latin, arabic) = MONEY.iter().find(|m| m.0 == code).map_or((&["USD"][..], "ڈالر"), |m| (m.1, m.2));
    let plain = money.amount.to_string();
    let amount = match draw.below(4) {
        0 if plain.len() > 3 => {
            let (thousands, rest) = plain.split_at(plain.len() - 3);
            format!("{thousands},{rest}")
        }
        1 if money.amount >= 1_000 && money.amount.is_multiple_of(1_000) => format!("{}k", money.amount / 1_000),
        _ => plain,
    };
    if !language.latin() && draw.chance(0.7) {
        return format!("{amount} {arabic}");
    }
    let sign = draw.pick(latin);
    if draw.chance(0.5) { format!("{amount} {sign}") } else { format!("{sign} {amount}") }
}

fn hours(key: u64, draw: &mut Draw) -> String {
    let (from, to) = (7 + mix(key, 53) % 4, 4 + mix(key, 54) % 6);
    match draw.below(3) {
        0 => format!("{from}am-{to}pm"),
        1 => format!("{from}:00 - {}:00", to + 12),
        _ => format!("{from}-{to}"),
    }
}

fn town(place: PlaceNo, latin: bool) -> String {
    let id = at(place).id;
    let arabic = TOWNS.iter().find(|(town, _)| *town == id).map_or(id, |(_, arabic)| *arabic);
    if latin { id.to_owned() } else { arabic.to_owned() }
}

/// Digits of the script, where the writer's keyboard has them.
fn digits(text: &str, language: Language, draw: &mut Draw) -> String {
    let share = if language.latin() { 0.01 } else { 0.35 };
    if !draw.chance(share) {
        return text.to_owned();
    }
    // Arabic-Indic or extended Arabic-Indic.
    let zero = if draw.chance(0.4) { 0x0660 } else { 0x06F0 };
    text.chars().map(|c| c.to_digit(10).and_then(|d| char::from_u32(zero + d)).unwrap_or(c)).collect()
}
