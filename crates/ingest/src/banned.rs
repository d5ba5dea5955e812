//! Properties that may not enter at all, whatever the format (SG-004, SG-005).

use std::collections::BTreeMap;

/// Words that, in the name of a property, ban it: protected traits and their proxies, and secrets.
/// Properties of the contract itself (`gender`, `nationality`, `language`) are read by their columns and stored apart;
/// under any other name or table they are dropped and counted.
const WORDS: [&str; 67] = [
    "religion",
    "religious",
    "faith",
    "sect",
    "denomination",
    "ethnicity",
    "ethnic",
    "tribe",
    "tribal",
    "clan",
    "caste",
    "race",
    "racial",
    "political",
    "politics",
    "ideology",
    "gender",
    "sex",
    "sexual",
    "nationality",
    "nationalities",
    "citizenship",
    "language",
    "languages",
    "tongue",
    "password",
    "passwd",
    "birthplace",
    "birthcountry",
    "homedistrict",
    "spokenlanguage",
    "disability",
    "health",
    // The same in the words of the corridor and of its diasporas.
    "dialect",
    "biradari",
    "mazhab",
    "maslak",
    "madhhab",
    "firqa",
    "fiqh",
    "qaum",
    "qawm",
    "zat",
    "zaat",
    "khel",
    "jins",
    "hiv",
    "religión",
    "religione",
    "nationalité",
    "nationalidad",
    "ethnie",
    "sexe",
    "langue",
    "idioma",
    "مذہب",
    "مذهب",
    "مسلک",
    "فرقہ",
    "قوم",
    "قبیلہ",
    "قبیله",
    "قومیت",
    "ذات",
    "جنس",
    "زبان",
    "دین",
];

/// Takes banned members out of a structure, however deep, and counts them. Were there any?
pub(crate) fn strip(value: &mut serde_json::Value, dropped: &mut BTreeMap<String, u64>) -> bool {
    match value {
        serde_json::Value::Object(members) => {
            let names: Vec<String> = members.keys().filter(|name| is_banned(name)).cloned().collect();
            let found = !names.is_empty();
            for name in names {
                members.remove(&name);
                *dropped.entry(name).or_insert(0) += 1;
            }
            members.values_mut().fold(found, |found, member| strip(member, dropped) || found)
        }
        serde_json::Value::Array(items) => items.iter_mut().fold(false, |found, item| strip(item, dropped) || found),
        _ => false,
    }
}

/// Is a property of that name banned?
#[must_use]
pub fn is_banned(name: &str) -> bool {
    let whole: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    if WORDS.contains(&whole.as_str()) {
        return true;
    }
    let mut word = String::new();
    let mut lower_before = false;
    for c in name.chars().chain(std::iter::once(' ')) {
        let border = !c.is_alphanumeric() || (c.is_uppercase() && lower_before);
        if border {
            if WORDS.contains(&word.as_str()) {
                return true;
            }
            word.clear();
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        lower_before = c.is_lowercase();
    }
    false
}
