//! Words of names that are not a name of their own: titles, particles, articles, compounds, abbreviations. All folded.
//!
//! Public knowledge of naming in Pakistan, Afghanistan, Iran and the Arab countries. A word's place here sets how little weight it has
//! in a comparison; it says nothing about a person, and no output tells titles of one kind from another.

use super::units::Script;

/// What a token is in its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A name.
    Name,
    /// A title or honorific, often left out: low weight.
    Title,
    /// "Son of", "father of": set aside in the comparison.
    Particle,
    /// The article, alone or between the parts of a compound: set aside.
    Article,
    /// First or last part of a compound (Abdul …, … ullah, … uddin): low weight.
    Compound,
    /// One letter standing for a name.
    Initial,
}

/// Titles of persons. Many are names as well, hence low weight and no deletion.
const TITLES: [&str; 95] = [
    "haji",
    "hajji",
    "haj",
    "hajj",
    "alhaj",
    "alhajj",
    "hadji",
    "mullah",
    "mulla",
    "molla",
    "mullo",
    "maulana",
    "mawlana",
    "mowlana",
    "molana",
    "maulvi",
    "maulavi",
    "mawlawi",
    "mawlavi",
    "moulvi",
    "molvi",
    "mowlawi",
    "malik",
    "shaikh",
    "sheikh",
    "sheik",
    "shaykh",
    "cheikh",
    "sh",
    "dr",
    "doctor",
    "mr",
    "mrs",
    "ms",
    "miss",
    "madam",
    "prof",
    "professor",
    "eng",
    "engr",
    "engineer",
    "qari",
    "hafiz",
    "hafez",
    "mufti",
    "qazi",
    "kazi",
    "qadi",
    "ustad",
    "ustaz",
    "ustadh",
    "sardar",
    "begum",
    "bibi",
    "syed",
    "sayed",
    "sayyed",
    "sayyid",
    "saiyid",
    "sayid",
    "general",
    "gen",
    "col",
    "colonel",
    "capt",
    "captain",
    "maj",
    "major",
    "commander",
    "pir",
    "peer",
    "mian",
    "agha",
    "aqa",
    "nawab",
    "sahib",
    "saheb",
    "sahibzada",
    "akhund",
    "akhond",
    "akhundzada",
    "akhunzada",
    "advocate",
    "justice",
    "late",
    "mst",
    "mohtarma",
    "janab",
    "khwaja",
    "khawaja",
    "hazrat",
    "imam",
    "ayatollah",
    "hujjat",
    "subedar",
];
const TITLES_ARABIC: [&str; 56] = [
    "حاجی",
    "حاج",
    "الحاج",
    "ملا",
    "مولانا",
    "مولوی",
    "مولای",
    "ملک",
    "شیخ",
    "الشیخ",
    "ڈاکٹر",
    "داکتر",
    "دکتر",
    "دکتور",
    "الدکتور",
    "ډاکټر",
    "پروفیسر",
    "پوهاند",
    "استاد",
    "استاذ",
    "الاستاذ",
    "انجینیر",
    "انجنیر",
    "مهندس",
    "قاری",
    "حافظ",
    "مفتی",
    "قاضی",
    "سردار",
    "بیگم",
    "بیبی",
    "بی",
    "سید",
    "السید",
    "سیده",
    "جناب",
    "محترم",
    "محترمه",
    "پیر",
    "میاں",
    "اغا",
    "اقا",
    "نواب",
    "صاحب",
    "صاحبزاده",
    "اخوند",
    "اخوندزاده",
    "اخند",
    "جنرل",
    "کرنل",
    "کپتان",
    "میجر",
    "قوماندان",
    "خواجه",
    "حضرت",
    "امام",
];
const PARTICLES: [&str; 22] = [
    "bin", "ibn", "ben", "bint", "binte", "ibne", "ould", "walad", "wald", "weld", "veled", "son", "daughter", "wife", "of", "abu", "abou", "abi",
    "umm", "um", "wo", "zauja",
];
const PARTICLES_ARABIC: [&str; 14] = ["بن", "ابن", "بنت", "ولد", "ولدیت", "زوجه", "دختر", "فرزند", "پسر", "زوی", "لور", "ابو", "ابی", "ام"];
const ARTICLES: [&str; 28] = [
    "al", "el", "ul", "il", "ol", "ur", "ar", "er", "or", "us", "as", "es", "os", "ud", "ad", "ed", "od", "uz", "az", "ez", "un", "an", "en", "ut",
    "ush", "ash", "esh", "e",
];
/// Written for the commonest given name.
const MUHAMMAD: [&str; 9] = ["mohd", "md", "muhd", "mhd", "mohmd", "mohamd", "muhmd", "mohammd", "mohm"];
/// Other abbreviations, and what they stand for.
const SHORT: [(&str, &str); 4] = [("abd", "abdul"), ("gh", "ghulam"), ("ghu", "ghulam"), ("kh", "khan")];

/// Openings of "servant of the …", written together or apart, longest first.
const SERVANT: [&str; 29] = [
    "abdush", "abdesh", "abdosh", "abdash", "abdul", "abdel", "abdal", "abdol", "abdil", "abdur", "abdar", "abder", "abdor", "abdus", "abdes",
    "abdos", "abdas", "abdun", "abden", "abdan", "abdud", "abded", "abduz", "abdoz", "abdut", "abdou", "abdoul", "abdool", "abdu",
];
const SERVANT_ARABIC: [&str; 3] = ["عبدال", "عبدل", "عبد"];
/// The name of God as the end of a compound, longest first.
const GOD: [&str; 12] = ["oullah", "uallah", "ullah", "ollah", "allah", "ulla", "olla", "alla", "ulah", "olah", "alah", "llah"];
const GOD_ARABIC: [&str; 3] = ["الله", "اللہ", "لله"];
/// "Of the faith" as the end of a compound, longest first.
const FAITH: [&str; 24] = [
    "uddeen", "oddeen", "addeen", "eddine", "uddine", "eddeen", "aldeen", "uldeen", "uddin", "oddin", "eddin", "addin", "aldin", "eldin", "uldin",
    "ouddin", "ouddine", "ddin", "udin", "odin", "edin", "oddine", "aldine", "eldine",
];
const FAITH_ARABIC: [&str; 1] = ["الدین"];
const FAITH_ALONE: [&str; 8] = ["din", "deen", "dine", "uddin", "uddeen", "eddin", "eddine", "aldin"];
/// The divine names that close a compound without opening one: … ur Rehman.
const MERCIFUL: [&str; 12] =
    ["urrehman", "urrahman", "orrahman", "arrahman", "errahman", "ulrehman", "ulrahman", "alrahman", "rurrahman", "ulhaq", "ulhaque", "alhaq"];
const CLOSING_ARABIC: [&str; 6] = ["الرحمن", "الرحمان", "الحق", "الرحیم", "الحسن", "الاسلام"];
/// Words that open like a compound and are none.
const WHOLE: [&str; 10] = ["abdali", "abdullahi", "aladin", "aladdin", "aldin", "allah", "ullah", "abdi", "abdo", "abdulla"];

/// A piece of a word: its text and its role.
pub(crate) type Piece = (String, Role);

/// Splits a folded word of letters into pieces with roles.
pub(crate) fn pieces(script: Script, word: &str) -> Vec<Piece> {
    match script {
        Script::Latin => latin(word),
        Script::Arabic => arabic(word),
        Script::Other => vec![(word.to_owned(), Role::Name)],
    }
}

fn owned(text: &str, role: Role) -> Vec<Piece> {
    vec![(text.to_owned(), role)]
}

fn latin(word: &str) -> Vec<Piece> {
    if MUHAMMAD.contains(&word) {
        return owned("muhammad", Role::Name);
    }
    if let Some((_, long)) = SHORT.iter().find(|(short, _)| *short == word) {
        return if *long == "abdul" { owned("abd", Role::Compound) } else { owned(long, Role::Name) };
    }
    if word.chars().count() == 1 {
        return owned(word, Role::Initial);
    }
    for (list, role) in [(TITLES.as_slice(), Role::Title), (&PARTICLES, Role::Particle), (&ARTICLES, Role::Article)] {
        if list.contains(&word) {
            return owned(word, role);
        }
    }
    if FAITH_ALONE.contains(&word) {
        return owned("din", Role::Compound);
    }
    if GOD.contains(&word) {
        return owned("allah", Role::Compound);
    }
    if SERVANT.contains(&word) || word == "abed" {
        return owned("abd", Role::Compound);
    }
    compound_latin(word).unwrap_or_else(|| owned(word, Role::Name))
}

fn compound_latin(word: &str) -> Option<Vec<Piece>> {
    // `Abdullah` before `Abdul lah`.
    if let Some(rest) = word.strip_prefix("abd").or_else(|| word.strip_prefix("abed"))
        && GOD.contains(&rest)
    {
        return Some(vec![("abd".to_owned(), Role::Compound), ("allah".to_owned(), Role::Name)]);
    }
    if WHOLE.contains(&word) {
        return None;
    }
    if let Some(rest) = SERVANT.iter().find_map(|opening| stem(word.strip_prefix(opening))) {
        return Some(vec![("abd".to_owned(), Role::Compound), (rest.to_owned(), Role::Name)]);
    }
    if let Some(front) = GOD.iter().find_map(|end| stem(word.strip_suffix(end))) {
        return Some(vec![(front.to_owned(), Role::Name), ("allah".to_owned(), Role::Compound)]);
    }
    if let Some(front) = FAITH.iter().find_map(|end| stem(word.strip_suffix(end))) {
        return Some(vec![(front.to_owned(), Role::Name), ("din".to_owned(), Role::Compound)]);
    }
    if let Some(end) = MERCIFUL.iter().find(|end| word.ends_with(**end)) {
        let front = stem(word.strip_suffix(end))?;
        let back = end.trim_start_matches("rurr").trim_start_matches("ur").trim_start_matches("or").trim_start_matches("ul");
        return Some(vec![(front.to_owned(), Role::Name), (back.trim_start_matches("al").to_owned(), Role::Name)]);
    }
    None
}

/// What is left of a compound is a stem when it has three letters at least.
fn stem(rest: Option<&str>) -> Option<&str> {
    rest.filter(|rest| rest.chars().count() >= 3)
}

fn arabic(word: &str) -> Vec<Piece> {
    if word.chars().count() == 1 {
        return owned(word, Role::Initial);
    }
    for (list, role) in [(TITLES_ARABIC.as_slice(), Role::Title), (&PARTICLES_ARABIC, Role::Particle)] {
        if list.contains(&word) {
            return owned(word, role);
        }
    }
    match word {
        "ال" => return owned(word, Role::Article),
        "دین" | "الدین" => return owned("دین", Role::Compound),
        "الله" => return owned(word, Role::Compound),
        "عبد" | "عبدال" | "عبدل" => return owned("عبد", Role::Compound),
        _ => {}
    }
    if let Some(rest) = word.strip_prefix("عبد")
        && GOD_ARABIC.contains(&rest)
    {
        return vec![("عبد".to_owned(), Role::Compound), ("الله".to_owned(), Role::Name)];
    }
    if let Some(rest) = SERVANT_ARABIC.iter().find_map(|opening| stem(word.strip_prefix(opening))) {
        return vec![("عبد".to_owned(), Role::Compound), (rest.to_owned(), Role::Name)];
    }
    for (ends, text) in [(GOD_ARABIC.as_slice(), "الله"), (&FAITH_ARABIC, "دین")] {
        if let Some(front) = ends.iter().find_map(|end| word.strip_suffix(end)).filter(|front| front.chars().count() >= 2) {
            return vec![(front.to_owned(), Role::Name), (text.to_owned(), Role::Compound)];
        }
    }
    if let Some((front, end)) = CLOSING_ARABIC.iter().find_map(|end| word.strip_suffix(end).map(|front| (front, end)))
        && front.chars().count() >= 2
    {
        return vec![(front.to_owned(), Role::Name), (end.trim_start_matches("ال").to_owned(), Role::Name)];
    }
    match word.strip_prefix("ال").filter(|rest| rest.chars().count() >= 3) {
        Some(rest) => vec![("ال".to_owned(), Role::Article), (rest.to_owned(), Role::Name)],
        None => owned(word, Role::Name),
    }
}
