//! What the tables of romanisation in use say: ALA-LC (Urdu, Pashto, Persian, Arabic), BGN/PCGN, passport habit, French habit.

use tributary_text::names::units::{ARABIC_UNITS, LATIN_UNITS, Script};

use crate::place;

/// Arabic unit, Latin units, the most it may cost in nats.
pub(crate) const ARABIC_LATIN: [(&str, &str, f64); 100] = [
    ("ا", "a â", 0.1),
    ("^ا", "^a", 0.1),
    ("^ا", "^e ^i ^o ^u", 0.3),
    ("ا$", "a$", 0.1),
    ("ا$", "ah$", 0.4),
    ("ب", "b", 0.0),
    ("ب", "bh", 0.3),
    ("پ", "p", 0.0),
    ("پ", "ph", 0.6),
    ("پ", "b", 1.3),
    ("پ", "f", 1.2),
    ("ف", "p", 1.4),
    ("ت", "t t$", 0.0),
    ("ت", "th", 0.6),
    ("ٹ", "t t$", 0.0),
    ("ٹ", "th", 0.6),
    ("ٹ", "d", 2.0),
    ("ث", "s s$", 0.3),
    ("ث", "th", 0.1),
    ("ج", "j ^j", 0.0),
    ("ج", "g dj", 0.5),
    ("ج", "zh", 1.2),
    ("چ", "ch ^ch", 0.0),
    ("چ", "c ^c", 0.9),
    ("چ", "j ^j", 1.6),
    ("چ", "sh", 1.6),
    ("چ", "cz", 0.8),
    ("ح", "h ^h h$", 0.0),
    ("خ", "kh", 0.0),
    ("خ", "x", 0.5),
    ("خ", "k", 1.2),
    ("خ", "h ^h", 1.2),
    ("خ", "ch ^ch", 1.5),
    ("څ", "ts", 0.2),
    ("څ", "s s$", 0.5),
    ("څ", "tz", 0.5),
    ("څ", "ch ^ch c ^c", 1.2),
    ("ځ", "z", 0.3),
    ("ځ", "dz", 0.1),
    ("ځ", "j ^j dj", 0.8),
    ("ځ", "d", 2.0),
    ("د", "d", 0.0),
    ("د", "dh", 0.5),
    ("ڈ", "d", 0.0),
    ("ڈ", "dh", 0.5),
    ("ڈ", "r", 2.0),
    ("ذ", "z", 0.3),
    ("ذ", "dh", 0.2),
    ("ذ", "d", 0.7),
    ("ر", "r", 0.0),
    ("ڑ", "r", 0.0),
    ("ڑ", "d", 1.0),
    ("ژ", "zh", 0.0),
    ("ژ", "j ^j", 0.6),
    ("ژ", "z", 1.2),
    ("ږ", "g", 0.5),
    ("ږ", "zh gh", 0.6),
    ("ږ", "r j ^j", 0.8),
    ("ښ", "sh", 0.2),
    ("ښ", "kh x", 0.4),
    ("ښ", "s s$ h ^h", 1.8),
    ("ش", "sh", 0.0),
    ("ش", "ch ^ch", 0.8),
    ("ص", "s s$", 0.0),
    ("ض", "z", 0.4),
    ("ض", "d", 0.2),
    ("ض", "dh", 0.4),
    ("ط", "t", 0.05),
    ("ط", "th", 0.7),
    ("ف", "f", 0.0),
    ("ظ", "z", 0.2),
    ("ظ", "dh th", 0.7),
    ("غ", "gh", 0.0),
    ("غ", "g", 0.5),
    ("غ", "q", 1.5),
    ("ق", "q", 0.0),
    ("ق", "k", 0.4),
    ("ق", "gh", 0.8),
    ("ق", "g c ^c", 1.2),
    ("گ", "g", 0.0),
    ("گ", "gh", 0.7),
    ("و", "w v o u û ou au aw ow", 0.4),
    ("^و", "^w v", 0.1),
    ("و$", "o$ u$ û ou ow", 0.2),
    ("ڼ", "n", 0.0),
    ("ه$", "a$ ah$", 0.15),
    ("ه$", "e$ eh$ h$", 0.4),
    ("ی$", "i$ y$ î$", 0.1),
    ("ی$", "e$ ie$ ay ai ey$", 0.6),
    ("ی$", "a$", 0.6),
    ("ی", "i y e", 0.35),
    ("ی", "î", 0.05),
    ("^عا", "^a â a", 0.0),
    ("^عی", "^i î ^e ai ei", 0.2),
    ("و", "û ou", 0.1),
    ("ی", "ai ay ei ey ae", 0.45),
    ("^ی", "^y", 0.0),
    ("^ع", "^a", 0.2),
    ("^ع", "^e ^i ^o ^u", 0.35),
    ("ق", "qu", 1.0),
];

/// Units that one script leaves unwritten, and the most that may cost in nats: short vowels, silent letters.
pub(crate) const UNWRITTEN_ARABIC: [(&str, f64); 8] =
    [("a", 0.25), ("i", 0.3), ("u", 0.3), ("e", 0.3), ("o", 0.5), ("h$", 0.3), ("e$", 0.6), ("h", 1.2)];
/// The same for Arabic letters that Latin script leaves out.
pub(crate) const UNWRITTEN_LATIN: [(&str, f64); 5] = [("ع", 0.4), ("ع$", 0.2), ("ا", 0.9), ("ا$", 1.2), ("ت$", 2.0)];

/// Endings that make another name (Hamid, Hamida): leaving them out costs this much at least, in nats.
const TELLING_LATIN: [(&str, f64); 4] = [("a$", 2.6), ("ah$", 4.0), ("e$", 1.0), ("â$", 3.0)];
const TELLING_ARABIC: [(&str, f64); 2] = [("ه$", 2.6), ("ا$", 2.2)];

/// A short vowel written as a long letter: at least this much, in nats, since the long vowel would be likelier.
const LONG: [(&str, &str, f64); 4] = [("ی", "i", 0.25), ("و", "u", 0.2), ("و", "o", 0.1), ("ا", "a", 0.05)];

/// The most a substitution and a left-out letter cost in nats: slips of the pen happen to every letter.
pub(crate) const MOST: (f64, f64) = (2.6, 2.2);
/// Added where a unit bound to the start or end stands for the same unit elsewhere, in nats.
const MOVED: f64 = 0.15;

/// Latin unit, Latin units, the most it may cost in nats; both ways.
pub(crate) const LATIN_LATIN: [(&str, &str, f64); 62] = [
    ("k", "q", 0.35),
    ("k", "c ^c ck", 0.4),
    ("q", "c ^c", 1.0),
    ("q", "qu", 0.5),
    ("kh", "x", 0.5),
    ("kh", "k", 1.0),
    ("kh", "h ^h", 1.2),
    ("kh", "ch ^ch", 1.5),
    ("kh", "q", 1.6),
    ("gh", "g", 0.6),
    ("gh", "q", 1.0),
    ("^w", "v", 0.2),
    ("w", "v", 0.3),
    ("^w", "w", 0.0),
    ("ph", "f", 0.1),
    ("ph", "p", 0.8),
    ("bh", "b", 0.4),
    ("sh", "ch ^ch", 0.9),
    ("sh", "sz", 0.6),
    ("sh", "s", 2.0),
    ("th", "t t$", 0.5),
    ("th", "s s$", 1.0),
    ("dh", "d", 0.5),
    ("dh", "z", 0.9),
    ("d", "z", 2.2),
    ("j", "g", 1.0),
    ("j", "dj zh", 0.4),
    ("^j", "g", 1.0),
    ("^j", "dj zh", 0.4),
    ("^j", "j", 0.0),
    ("j", "y", 1.2),
    ("^j", "^y", 1.0),
    ("z", "s s$", 1.8),
    ("t", "t$", 0.0),
    ("s", "s$", 0.0),
    ("h", "h$ ^h", 0.0),
    ("u", "o", 0.45),
    ("u", "û ou", 0.2),
    ("o", "û ou ow", 0.4),
    ("û", "ou", 0.05),
    ("^u", "^o ^ou ^û", 0.25),
    ("i", "î", 0.25),
    ("i", "e", 0.45),
    ("i", "y", 0.3),
    ("e", "î", 0.6),
    ("e", "a", 0.5),
    ("a", "â", 0.2),
    ("a", "u", 0.7),
    ("a", "o", 1.0),
    ("ai", "ay ei ey ae", 0.1),
    ("ay", "ei ey ae", 0.1),
    ("ei", "ey", 0.05),
    ("au", "aw ow ou", 0.2),
    ("aw", "ow", 0.2),
    ("i$", "y$ î$ ie$", 0.1),
    ("a$", "ah$", 0.15),
    ("a$", "e$ eh$", 0.5),
    ("ah$", "eh$", 0.4),
    ("e$", "eh$ i$ ay", 0.5),
    ("^i", "^e", 0.3),
    ("^a", "^e", 0.6),
    ("ai", "e", 0.6),
];

/// Letters hardly seen in the training data, and the letter whose dropping cost they take over.
const REGIONAL: [(&str, &str); 11] =
    [("پ", "ب"), ("ٹ", "ت"), ("چ", "ج"), ("څ", "س"), ("ځ", "ز"), ("ڈ", "د"), ("ڑ", "ر"), ("ژ", "ز"), ("ږ", "ر"), ("ښ", "ش"), ("گ", "ک")];

/// Regional letters: dropping as their like, everything else dear until tabulated.
pub(crate) fn regional(table: &mut [Vec<f64>]) {
    for (letter, like) in REGIONAL {
        let drop = table[place(like, Script::Arabic)][0];
        let row = &mut table[place(letter, Script::Arabic)];
        row.iter_mut().for_each(|cost| *cost = 5.0);
        row[0] = drop;
    }
    let nun = table[place("ن", Script::Arabic)].clone();
    table[place("ڼ", Script::Arabic)] = nun;
}

/// Lowers costs to what is tabulated; `rows` is the script of the left units.
pub(crate) fn lower(table: &mut [Vec<f64>], tabulated: &[(&str, &str, f64)], rows: Script) {
    for (left, rights, most) in tabulated {
        for right in rights.split(' ') {
            let (x, y) = (place(left, rows), place(right, Script::Latin));
            table[x][y] = table[x][y].min(*most);
            if rows == Script::Latin {
                table[y][x] = table[x][y];
            }
        }
    }
}

/// Lowers the cost of leaving out what is customarily unwritten.
pub(crate) fn unwritten(table: &mut [Vec<f64>]) {
    for (unit, most) in UNWRITTEN_ARABIC {
        let y = place(unit, Script::Latin);
        table[0][y] = table[0][y].min(most);
    }
    for (unit, most) in UNWRITTEN_LATIN {
        let row = &mut table[place(unit, Script::Arabic)];
        row[0] = row[0].min(most);
    }
}

/// Raises the cost of leaving out a telling ending; column 0 and row 0 are the empty unit.
pub(crate) fn telling(table: &mut [Vec<f64>], rows: Script) {
    for (unit, least) in TELLING_LATIN {
        let at = place(unit, Script::Latin);
        table[0][at] = table[0][at].max(least);
        if rows == Script::Latin {
            table[at][0] = table[0][at];
        }
    }
    if rows == Script::Arabic {
        for (arabic, latin, least) in LONG {
            let cost = &mut table[place(arabic, Script::Arabic)][place(latin, Script::Latin)];
            *cost = cost.max(least);
        }
        for (unit, least) in TELLING_ARABIC {
            let row = &mut table[place(unit, Script::Arabic)];
            row[0] = row[0].max(least);
        }
    }
}

/// A unit bound to a place costs little more than the same unit elsewhere, and nothing costs more than [`MOST`].
pub(crate) fn level(table: &mut [Vec<f64>], rows: Script) {
    let units = |script: Script| -> Vec<&'static str> { if script == Script::Latin { LATIN_UNITS.to_vec() } else { ARABIC_UNITS.to_vec() } };
    let bare = |unit: &str| unit.trim_start_matches('^').trim_end_matches('$').to_owned();
    let alike = |units: &[&str], at: usize| -> Vec<usize> { (0..units.len()).filter(|other| bare(units[*other]) == bare(units[at])).collect() };
    let (left, right) = (units(rows), units(Script::Latin));
    let before = table.to_vec();
    for x in 0..left.len() {
        for y in 0..right.len() {
            for u in alike(&left, x) {
                for v in alike(&right, y) {
                    let moved = f64::from(u8::from(u != x) + u8::from(v != y)) * MOVED;
                    table[x + 1][y + 1] = table[x + 1][y + 1].min(before[u + 1][v + 1] + moved);
                }
            }
        }
    }
    for (x, row) in table.iter_mut().enumerate() {
        for (y, cost) in row.iter_mut().enumerate() {
            let pair = |at: usize, units: &[&str]| at > 0 && bare(units[at - 1]).chars().count() > 1;
            let letters = f64::from(1 + u8::from(pair(x, &left) || pair(y, &right)));
            let most = if x == 0 || y == 0 { MOST.1 } else { MOST.0 };
            if cost.is_finite() && *cost > most {
                *cost = most * letters;
            }
        }
    }
}

/// Starting weights for the training: tabulated pairs are likelier than others.
pub(crate) fn start(joint: &mut [Vec<f64>]) {
    for (left, rights, most) in ARABIC_LATIN {
        for right in rights.split(' ') {
            joint[place(left, Script::Arabic)][place(right, Script::Latin)] += 30.0 * (-most).exp();
        }
    }
    for letter in ["ف f", "ک k", "ل l", "م m", "ن n", "ه h", "س s", "ز z", "ط t"] {
        let (left, right) = letter.split_once(' ').expect("two letters");
        joint[place(left, Script::Arabic)][place(right, Script::Latin)] += 30.0;
    }
}
