//! Consonant skeletons: one key for what sounds alike in any script, and several coarse keys for finding candidates.

use super::parse::PersonName;
use super::units::{EMPTY_LATIN, Script, Spelling, unit_text};
use super::words::Role;
use crate::hash::mix;

/// Most skeletons of one token before letters are left out, for letters that can be read in two ways.
const READINGS_MAX: usize = 4;
/// Consonants of a skeleton that count.
const SKELETON_MAX: usize = 6;

/// How far apart two spellings may be and still share a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breadth {
    /// The skeletons themselves.
    Near,
    /// Also each skeleton of four or more consonants with one consonant left out; for use beside [`slip_keys`](super::slip_keys).
    Long,
    /// Also each skeleton of three or more consonants with one consonant left out.
    Wide,
}

/// The letters of a unit without where they stand.
fn bare(unit: u8) -> &'static str {
    unit_text(unit).trim_start_matches('^').trim_end_matches('$')
}

/// Pair units that are one consonant.
fn one_consonant(pair: &str) -> bool {
    matches!(
        pair,
        "sh" | "ch"
            | "kh"
            | "gh"
            | "th"
            | "dh"
            | "ph"
            | "bh"
            | "zh"
            | "ck"
            | "ts"
            | "tz"
            | "cz"
            | "sz"
            | "dz"
            | "dj"
            | "qu"
            | "تش"
            | "دج"
            | "تس"
            | "دز"
    )
}

/// The consonants of a spelling, pair units where they are one consonant; vowels are left out except that the first letter always counts.
fn consonants(spelling: &Spelling) -> impl Iterator<Item = (&'static str, bool, bool)> {
    let mut at = 0;
    let length = usize::from(spelling.length);
    let spelling = *spelling;
    std::iter::from_fn(move || {
        let one = spelling.one.get(at).copied().filter(|_| at < length)?;
        let pair = spelling.two.get(at).map(|unit| bare(*unit)).filter(|pair| one_consonant(pair));
        let first = at == 0;
        at += if pair.is_some() { 2 } else { 1 };
        Some((pair.unwrap_or_else(|| bare(one)), first, at >= length))
    })
}

/// The fine class of a consonant for counting how common a token is; `None` for what is dropped.
fn fine(sound: &str, first: bool, last: bool) -> Option<u8> {
    Some(match sound {
        "b" | "p" | "bh" | "ب" | "پ" => b'B',
        "f" | "ph" | "ف" => b'F',
        "t" | "th" | "ت" | "ٹ" | "ط" => b'T',
        "d" | "dh" | "د" | "ڈ" => b'D',
        "s" | "ts" | "tz" | "س" | "ص" | "ث" | "څ" | "تس" => b'S',
        "z" | "zh" | "dz" | "ز" | "ذ" | "ض" | "ظ" | "ژ" | "ځ" | "دز" => b'Z',
        "sh" | "sz" | "ش" | "ښ" => b'X',
        "ch" | "cz" | "چ" | "تش" => b'C',
        "j" | "dj" | "ج" | "دج" => b'J',
        "g" | "gh" | "گ" | "غ" | "ږ" => b'G',
        "k" | "q" | "c" | "ck" | "qu" | "ک" | "ق" => b'K',
        "kh" | "x" | "خ" => b'Q',
        "h" | "ح" | "ه" if !last => b'H',
        "l" | "ل" => b'L',
        "m" | "م" => b'M',
        "n" | "ن" | "ڼ" => b'N',
        "r" | "ر" | "ڑ" => b'R',
        "v" | "w" | "و" if first => b'W',
        "y" | "ی" if first => b'Y',
        _ if first && sound != "h" && sound != "ح" && sound != "ه" => b'A',
        _ => return None,
    })
}

/// One number for what sounds alike: spellings and scripts of a name mostly share it, and a few unlike names do too.
#[must_use]
pub(crate) fn sound_key(spelling: &Spelling) -> u64 {
    let mut state = 0;
    let mut before = 0;
    for (sound, first, last) in consonants(spelling) {
        if let Some(class) = fine(sound, first, last)
            && class != before
        {
            state = mix(state ^ u64::from(class));
            before = class;
        }
    }
    state
}

/// The coarse classes of a consonant: one or two readings; empty for what is dropped.
fn coarse(sound: &str, first: bool) -> &'static [u8] {
    match sound {
        "b" | "p" | "bh" | "ب" | "پ" => b"B",
        "f" | "ph" | "ف" => b"F",
        "v" | "w" if first => b"WF",
        "v" => b"F-",
        "و" if first => b"W",
        "t" | "d" | "ت" | "ٹ" | "ط" | "د" | "ڈ" => b"T",
        "th" | "dh" | "ث" | "ذ" | "ض" | "ظ" => b"ST",
        "s" | "z" | "sh" | "zh" | "ts" | "tz" | "cz" | "sz" | "dz" | "س" | "ص" | "ز" | "ش" | "ژ" | "څ" | "ځ" | "چ" | "تش" | "تس" | "دز" => {
            b"S"
        }
        "ښ" | "c" => b"SK",
        "ch" => b"SK",
        "j" | "dj" | "دج" => b"J",
        "ج" | "g" => b"JK",
        "k" | "q" | "kh" | "ck" | "qu" | "gh" | "ک" | "ق" | "خ" | "غ" | "گ" | "ږ" => b"K",
        "x" => b"KS",
        "l" | "ل" => b"L",
        "m" | "م" => b"M",
        "n" | "ن" | "ڼ" => b"N",
        "r" | "ر" | "ڑ" => b"R",
        "y" | "ی" if first => b"A",
        "h" | "ح" | "ه" => b"",
        _ if first => b"A",
        _ => b"",
    }
}

/// The coarse skeletons of a spelling, at most [`READINGS_MAX`].
fn skeletons(spelling: &Spelling) -> Vec<Vec<u8>> {
    let mut readings: Vec<Vec<u8>> = vec![Vec::new()];
    for (sound, first, _) in consonants(spelling) {
        let classes = coarse(sound, first);
        let room = readings.len() * classes.len() <= READINGS_MAX;
        let mut next = Vec::new();
        for class in classes.iter().take(if room { 2 } else { 1 }) {
            for reading in &readings {
                let mut reading = reading.clone();
                if *class != b'-' && reading.last() != Some(class) && reading.len() < SKELETON_MAX {
                    reading.push(*class);
                }
                next.push(reading);
            }
        }
        if !next.is_empty() {
            readings = next;
        }
    }
    readings
}

fn hashed(skeleton: impl Iterator<Item = u8>) -> u64 {
    skeleton.fold(0x006E_616D_6573, |state, class| mix(state ^ u64::from(class)))
}

/// Keys under which names are found again, whatever script and romanisation: a pair of names worth comparing shares one.
/// Sorted, each once. Titles, particles, articles and parts of compounds give none unless the name has nothing else.
#[must_use]
pub fn skeleton_keys(name: &PersonName, breadth: Breadth) -> Vec<u64> {
    let mut keys = Vec::new();
    let telling = name.tokens.iter().any(|token| token.role == Role::Name);
    for token in name.tokens.iter().filter(|token| !telling || token.role == Role::Name) {
        if token.script == Script::Other {
            keys.push(crate::hash::hash(&token.text));
            continue;
        }
        for skeleton in skeletons(&token.spelling) {
            keys.push(hashed(skeleton.iter().copied()));
            let shortest = match breadth {
                Breadth::Near => usize::MAX,
                Breadth::Long => 4,
                Breadth::Wide => 3,
            };
            if skeleton.len() >= shortest {
                for left_out in 0..skeleton.len() {
                    keys.push(hashed(skeleton.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, class)| *class)));
                }
            }
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Is the unit of Latin script?
pub(crate) const fn is_latin(unit: u8) -> bool {
    unit > EMPTY_LATIN
}
