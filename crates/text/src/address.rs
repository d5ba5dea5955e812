//! Postal addresses by their parts, in the words of the region.

use crate::identifier::normalise_address;

/// What two addresses have in common, from most to least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AddressLevel {
    /// The same words and numbers.
    Exact,
    /// The same numbers, and half the other words or more.
    SamePlace,
    /// Half the other words or more; a number is missing on one side.
    SameArea,
    /// Half the other words or more, and numbers that contradict each other: neighbours at best.
    OtherNumber,
    /// Fewer words in common.
    Different,
    /// An address is missing.
    Unknown,
}

/// Words for one part of an address, folded, the first standing for all.
const PARTS: [&[&str]; 13] = [
    &["house", "h", "hno", "makan", "مکان", "خانه", "کور"],
    &["street", "st", "str", "gali", "galli", "kucha", "گلی", "کوچه", "کوڅه"],
    &["mohalla", "muhalla", "mohallah", "mahalla", "محله"],
    &[
        "village", "vill", "chak", "goth", "killi", "kili", "kalay", "kaly", "kelay", "dih", "deh", "qarya", "گاوں", "چک", "گوٹه", "کلی", "کلے",
        "قریه", "ده",
    ],
    &["tehsil", "tahsil", "taluka", "teh", "تحصیل", "تعلقه"],
    &["district", "dist", "distt", "zila", "zilla", "ضلع", "ولسوالی", "woleswali", "uluswali"],
    &["province", "prov", "wilayat", "velayat", "صوبه", "ولایت"],
    &["road", "rd", "sarak", "سڑک", "سرک", "روڈ"],
    &["block", "blk", "بلاک"],
    &["sector", "sec", "سیکٹر"],
    &["near", "nazd", "نزد"],
    &["post", "office", "po", "dakkhana", "ڈاکخانه"],
    &["number", "no", "num", "نمبر", "شماره"],
];

/// The words of an address: part words brought to one, `number` and `near` dropped, numbers apart.
fn parts(address: &str) -> (Vec<String>, Vec<String>) {
    let (mut words, mut numbers) = (Vec::new(), Vec::new());
    for word in normalise_address(address).split(' ').filter(|word| !word.is_empty()) {
        let known = PARTS.iter().find(|same| same.contains(&word)).and_then(|same| same.first());
        match known {
            Some(&"number" | &"near") => {}
            Some(part) => words.push((*part).to_owned()),
            None if word.starts_with(|c: char| c.is_ascii_digit()) => numbers.push(word.to_owned()),
            None => words.push(word.to_owned()),
        }
    }
    for list in [&mut words, &mut numbers] {
        list.sort_unstable();
        list.dedup();
    }
    (words, numbers)
}

/// Compares two postal addresses by their parts; order does not matter. Symmetric.
#[must_use]
pub fn compare_addresses(a: &str, b: &str) -> AddressLevel {
    let ((words_a, numbers_a), (words_b, numbers_b)) = (parts(a), parts(b));
    if (words_a.is_empty() && numbers_a.is_empty()) || (words_b.is_empty() && numbers_b.is_empty()) {
        return AddressLevel::Unknown;
    }
    if (&words_a, &numbers_a) == (&words_b, &numbers_b) {
        return AddressLevel::Exact;
    }
    // Part words alone agree everywhere: they do not count as words in common.
    let telling = |words: &[String]| words.iter().filter(|word| !PARTS.iter().any(|same| same.contains(&word.as_str()))).cloned().collect::<Vec<_>>();
    let (telling_a, telling_b) = (telling(&words_a), telling(&words_b));
    let shared = telling_a.iter().filter(|word| telling_b.binary_search(word).is_ok()).count();
    let fewer = telling_a.len().min(telling_b.len());
    if fewer == 0 || shared * 2 < fewer {
        return AddressLevel::Different;
    }
    let inside = |few: &[String], many: &[String]| few.iter().all(|number| many.contains(number));
    match numbers_a == numbers_b {
        true => AddressLevel::SamePlace,
        false if inside(&numbers_a, &numbers_b) || inside(&numbers_b, &numbers_a) => AddressLevel::SameArea,
        false => AddressLevel::OtherNumber,
    }
}
