//! English country names, as lists of authorities write them, to ISO 3166-1 codes.

/// `CC name|other name`, one country a line.
const NAMES: &str = include_str!("countries.txt");

/// The code of a country's name; None for what is no country.
pub(crate) fn country_code(name: &str) -> Option<&'static str> {
    static INDEX: std::sync::LazyLock<rustc_hash::FxHashMap<String, &'static str>> = std::sync::LazyLock::new(|| {
        let mut index = rustc_hash::FxHashMap::default();
        for line in NAMES.lines() {
            let Some((code, names)) = line.split_once(' ') else {
                continue;
            };
            for name in names.split('|') {
                index.insert(fold(name), code);
            }
        }
        index
    });
    INDEX.get(&fold(name)).copied()
}

/// Letters only, lower-case, without articles.
fn fold(name: &str) -> String {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !matches!(*word, "" | "the" | "of" | "and")).collect();
    words.join(" ")
}
