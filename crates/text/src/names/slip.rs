//! Slips of the pen: two words of one script that differ by one letter left out, added, exchanged for another or with its neighbour
//! (Damerau 1964, "A technique for computer detection and correction of spelling errors").
//!
//! The learned costs know how one name is written by people who hear it; a slip is something else, and no costlier for an unlikely letter.

use super::costs::Costs;
use super::parse::PersonName;
use super::units::{EMPTY_LATIN, Spelling, unit_text};
use super::words::Role;
use crate::hash::mix;

/// Fewest letters of a word in which one slip leaves enough to know it by.
pub(crate) const LETTERS_MIN: u8 = 4;
/// What a slip costs, in hundredths of the limit of a match: within a word, and where the first letter is touched, which writers seldom
/// miss and which tells many names apart (Asim, Qasim).
const INNER: u32 = 34;
const FIRST: u32 = 45;

/// What it costs at most to read one word as the other with a slip; `None` where it is no single slip. A vowel at the end that is
/// changed, added or left out is none: it tells a man's name from a woman's and one name from another.
pub(crate) fn slip_cost(costs: &Costs, a: &Spelling, b: &Spelling, limit: u32) -> Option<u32> {
    let (a, b) = if a.length <= b.length { (a, b) } else { (b, a) };
    if a.length < LETTERS_MIN || b.length - a.length > 1 {
        return None;
    }
    let letters = |spelling: &'_ Spelling, at: usize| spelling.ones().get(at).map(|unit| costs.letter(*unit));
    let (short, long) = (usize::from(a.length), usize::from(b.length));
    let front = (0..short).take_while(|at| letters(a, *at) == letters(b, *at)).count();
    let back = (1..=short - front).take_while(|at| letters(a, short - at) == letters(b, long - at)).count();
    let (left_a, left_b) = (short - front - back, long - front - back);
    let one = match (left_a, left_b) {
        (0, 0 | 1) | (1, 1) => true,
        (2, 2) => letters(a, front) == letters(b, front + 1) && letters(a, front + 1) == letters(b, front),
        _ => false,
    };
    let vowel = |spelling: &Spelling, at: usize| spelling.ones().get(at).is_some_and(|unit| is_vowel(*unit));
    let ending = back == 0 && (vowel(b, long - 1) || (left_a > 0 && vowel(a, short - 1)));
    let share = if front == 0 { FIRST } else { INNER };
    (one && !ending).then_some(limit * share / 100)
}

fn is_vowel(unit: u8) -> bool {
    let bare = unit_text(unit).trim_start_matches('^').trim_end_matches('$');
    matches!(bare, "a" | "e" | "i" | "o" | "u" | "y" | "h" | "â" | "î" | "û" | "ا" | "ه" | "ی" | "و")
}

/// Keys under which words are found that differ by one slip at most: the letters, and the letters with each one left out (Garbe 2012,
/// "1000x faster spelling correction"). None for words too short for a slip, and for parts of names that are no name of their own.
#[must_use]
pub fn slip_keys(name: &PersonName) -> Vec<u64> {
    let costs = Costs::get();
    let mut keys = Vec::new();
    for token in name.tokens.iter().filter(|token| token.role == Role::Name && token.spelling.length >= LETTERS_MIN) {
        let ones = token.spelling.ones();
        // Script and purpose apart: a key of Latin letters is none of Arabic ones, and none of a skeleton.
        let seed = mix(0x736C_6970 ^ u64::from(ones.first().is_some_and(|unit| *unit > EMPTY_LATIN)));
        for left_out in 0..=ones.len() {
            let kept = ones.iter().enumerate().filter(|(at, _)| *at != left_out);
            keys.push(kept.fold(seed, |state, (_, unit)| mix(state ^ u64::from(costs.letter(*unit)))));
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}
