//! The index against the plain reference: every hit it gives is the reference's, and what it misses is counted.

use proptest::prelude::*;
use tributary_screen::{Outcome, Screener, Settings};

use crate::shared::{asked, list, person, today};

/// A small seeded source of draws.
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

const SYLLABLES: [&str; 24] = [
    "ba", "ra", "mi", "za", "shi", "kha", "lo", "du", "na", "ta", "ghe", "wa", "sa", "fi", "qa", "ro", "mu", "ja", "ki", "pa", "te", "no", "gu", "le",
];
const COMMON: [&str; 8] = ["muhammad", "khan", "ahmad", "ali", "gul", "abdul rahman", "haji", "shah"];

/// An invented name of two to four words, common ones among them.
pub(crate) fn drawn_name(draw: &mut Draw) -> String {
    let mut words = Vec::new();
    for _ in 0..2 + draw.below(3) {
        if draw.below(4) == 0 {
            words.push(COMMON[draw.below(COMMON.len())].to_owned());
        } else {
            words.push((0..2 + draw.below(2)).map(|_| SYLLABLES[draw.below(SYLLABLES.len())]).collect());
        }
    }
    words.join(" ")
}

/// The name with one to three slips: a letter lost, doubled, changed or exchanged, a word moved, lost or run into the next.
pub(crate) fn spoiled(name: &str, draw: &mut Draw) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    for _ in 0..1 + draw.below(3) {
        let at = draw.below(letters.len().saturating_sub(1).max(1));
        match draw.below(7) {
            0 => drop(letters.remove(at)),
            1 => letters.insert(at, letters[at]),
            2 => letters[at] = char::from(b"aeioukhrns"[draw.below(10)]),
            3 => letters.swap(at, at + 1),
            4 => {
                let text: String = letters.iter().collect();
                let mut words: Vec<&str> = text.split(' ').collect();
                words.rotate_left(1);
                letters = words.join(" ").chars().collect();
            }
            5 => {
                if let Some(space) = letters.iter().position(|c| *c == ' ') {
                    letters.remove(space);
                }
            }
            _ => {}
        }
    }
    letters.into_iter().collect()
}

/// Hits by entry with their evidence to the bit.
fn hits(outcome: &Outcome) -> Vec<(String, u64)> {
    let mut hits: Vec<(String, u64)> = outcome.hits.iter().map(|hit| (hit.entry.clone(), hit.log_odds.to_bits())).collect();
    hits.sort();
    hits
}

/// Is every hit one of the reference's, with no more evidence? Evidence is positive, so its bits are in order.
fn within(fast: &[(String, u64)], plain: &[(String, u64)]) -> bool {
    fast.iter().all(|hit| plain.iter().any(|known| known.0 == hit.0 && known.1 >= hit.1))
}

fn random_screener(seed: u64, entries: usize) -> (Screener, Vec<String>) {
    let mut draw = Draw(seed);
    let names: Vec<String> = (0..entries).map(|_| drawn_name(&mut draw)).collect();
    let entries = names.iter().enumerate().map(|(at, name)| person(&format!("E{at:04}"), &[name.as_str(), &spoiled(name, &mut draw)])).collect();
    let settings = Settings { hits_max: 10_000, ..Settings::default() };
    (Screener::new(vec![list(entries)], settings), names)
}

/// Hits of the reference that the index may miss: tokens that match and share no skeleton even with one consonant left out.
const MISSED_PER_MILLE_MAX: usize = 5;

#[test]
fn the_index_finds_what_the_reference_finds() {
    let (screener, names) = random_screener(7, 500);
    let mut draw = Draw(8);
    let (mut reference, mut missed) = (0, 0);
    for at in 0..600 {
        let query = asked(&spoiled(&names[at % names.len()], &mut draw));
        let (fast, plain) = (hits(&screener.screen(&query, today())), hits(&screener.screen_plain(&query, today())));
        assert!(within(&fast, &plain), "{query:?}: {fast:?} {plain:?}");
        reference += plain.len();
        // An entry found by another of its names, with less evidence, counts as missed.
        missed += plain.iter().filter(|hit| !fast.contains(hit)).count();
    }
    assert!(reference > 300, "{reference}");
    assert!(missed * 1_000 <= reference * MISSED_PER_MILLE_MAX, "{missed} of {reference}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Nothing that anyone asks makes it panic, and no hit is beyond the reference.
    #[test]
    fn any_name_is_screened(name in "\\PC{0,40}", seed in 0_u64..1_000) {
        let (screener, names) = random_screener(seed, 40);
        for query in [asked(&name), asked(&format!("{name} {}", names[0]))] {
            let (fast, plain) = (hits(&screener.screen(&query, today())), hits(&screener.screen_plain(&query, today())));
            prop_assert!(within(&fast, &plain));
        }
    }
}
