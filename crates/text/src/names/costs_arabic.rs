//! Costs between units of Arabic script: tabulated, not learned.
//!
//! Public knowledge of how one name is spelled in Urdu, Pashto, Dari and Arabic, and of what is mixed up by ear. Sources: ALA-LC
//! romanisation tables for Urdu, Pashto and Persian, BGN/PCGN systems for Pashto (2017) and Persian (2019).

use super::units::{ARABIC_UNITS, EMPTY_ARABIC, Script, unit_code};

/// Letters taken for one another, in sixteenths of a nat.
const ALIKE: [(&str, &str, u8); 58] = [
    ("ت", "ط", 12),
    ("ت", "ٹ", 5),
    ("ٹ", "ط", 10),
    ("س", "ص", 12),
    ("س", "ث", 12),
    ("ص", "ث", 14),
    ("ز", "ذ", 10),
    ("ز", "ض", 12),
    ("ز", "ظ", 12),
    ("ذ", "ض", 12),
    ("ذ", "ظ", 12),
    ("ض", "ظ", 10),
    ("ذ", "د", 24),
    ("ض", "د", 32),
    ("ح", "ه", 11),
    ("ح", "خ", 36),
    ("ق", "ک", 16),
    ("ق", "غ", 16),
    ("غ", "گ", 16),
    ("ق", "گ", 28),
    ("ک", "گ", 11),
    ("ب", "پ", 12),
    ("ف", "پ", 20),
    ("ف", "و", 30),
    ("ب", "و", 36),
    ("ج", "چ", 14),
    ("ج", "ژ", 20),
    ("ج", "گ", 24),
    ("ز", "ژ", 12),
    ("د", "ڈ", 5),
    ("د", "ت", 32),
    ("ر", "ڑ", 6),
    ("ڈ", "ڑ", 16),
    ("ښ", "ش", 8),
    ("ښ", "خ", 11),
    ("ږ", "گ", 10),
    ("ږ", "ژ", 10),
    ("ږ", "ر", 16),
    ("ځ", "ز", 6),
    ("ځ", "ج", 10),
    ("څ", "س", 8),
    ("څ", "چ", 12),
    ("ڼ", "ن", 3),
    ("چ", "ش", 24),
    ("س", "ش", 36),
    ("ع", "ا", 11),
    ("ا$", "ه$", 10),
    ("ا$", "ی$", 13),
    ("ه$", "ت$", 8),
    ("ی", "و", 36),
    ("ه$", "ی$", 28),
    ("خ", "ک", 30),
    ("خ", "ق", 36),
    ("غ", "خ", 36),
    ("ظ", "ط", 36),
    ("ج", "ز", 36),
    ("ص", "ز", 36),
    ("ع$", "ا$", 11),
];
/// A letter that only one side writes.
const DROPPED: [(&str, u8); 16] = [
    ("ا", 26),
    ("و", 26),
    ("ی", 32),
    ("ع", 18),
    ("ه", 28),
    ("^ا", 24),
    ("^ع", 28),
    ("^و", 36),
    ("^ی", 36),
    ("^ه", 36),
    ("ا$", 34),
    ("ه$", 42),
    ("ی$", 34),
    ("و$", 24),
    ("ع$", 12),
    ("ت$", 36),
];
/// Any other letter taken for any other.
const OTHER: u8 = 42;
/// Any other letter dropped.
const OTHER_DROPPED: u8 = 35;
/// The same letter, at the end on one side only.
const MOVED: u8 = 2;

/// The single letters of the alphabet, without where they stand.
fn bare(unit: &str) -> &str {
    unit.trim_start_matches('^').trim_end_matches('$')
}

/// All pairs of units of one letter with their costs, and each against the empty unit. Pair units are never used within one script.
pub(crate) fn arabic_arabic() -> Vec<(u8, u8, u8)> {
    let mut costs = Vec::new();
    let single: Vec<&str> = ARABIC_UNITS.iter().copied().filter(|unit| bare(unit).chars().count() == 1).collect();
    for (at, a) in single.iter().enumerate() {
        let Some(code_a) = unit_code(a, Script::Arabic) else {
            continue;
        };
        let dropped = DROPPED.iter().find(|(unit, _)| unit == a).map_or(OTHER_DROPPED, |(_, cost)| *cost);
        costs.push((EMPTY_ARABIC, code_a, dropped));
        for b in single.iter().skip(at) {
            if let Some(code_b) = unit_code(b, Script::Arabic) {
                costs.push((code_a, code_b, alike(a, b)));
            }
        }
    }
    costs
}

fn alike(a: &str, b: &str) -> u8 {
    if a == b {
        return 0;
    }
    let find = |a: &str, b: &str| ALIKE.iter().find(|(x, y, _)| (*x == a && *y == b) || (*x == b && *y == a)).map(|(_, _, cost)| *cost);
    match find(a, b) {
        Some(cost) => cost,
        None if bare(a) == bare(b) => MOVED,
        None => find(bare(a), bare(b)).unwrap_or(OTHER),
    }
}
