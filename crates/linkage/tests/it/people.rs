//! Made-up people with errors, for tests.

use tributary_linkage::Table;

/// A seeded generator.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

const FIRST: [&str; 12] = ["amina", "bilal", "careem", "dua", "elham", "farid", "gulnar", "hamza", "imran", "jamila", "kamal", "laila"];
const LAST: [&str; 14] = [
    "rahmani",
    "stanekzai",
    "yousafi",
    "durranai",
    "marwat",
    "bangash",
    "qureshi",
    "satti",
    "khattak",
    "wardaki",
    "noorzai",
    "popal",
    "sahak",
    "tarar",
];
const CITY: [&str; 6] = ["northport", "easthaven", "westbridge", "southfield", "midvale", "lakeside"];

pub(crate) const COLUMNS: [&str; 5] = ["first_name", "surname", "dob", "city", "postcode"];

fn typo(dice: &mut Dice, text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let at = dice.below(letters.len() as u64) as usize;
    match dice.below(3) {
        0 => letters[at] = char::from(b'a' + dice.below(26) as u8),
        1 => letters.insert(at, char::from(b'a' + dice.below(26) as u8)),
        _ => drop(letters.remove(at)),
    }
    letters.into_iter().collect()
}

/// `(values, person)` of each row: one to four records a person, later ones with errors.
pub(crate) fn rows(seed: u64, people: usize) -> Vec<(Vec<String>, usize)> {
    let mut dice = Dice(seed);
    let mut out = Vec::new();
    for person in 0..people {
        let pick = |dice: &mut Dice, from: &[&str]| from[dice.below(from.len() as u64) as usize].to_owned();
        let city = dice.below(6) as usize;
        let clean = vec![
            pick(&mut dice, &FIRST),
            pick(&mut dice, &LAST),
            format!("{}-{:02}-{:02}", 1950 + dice.below(50), 1 + dice.below(12), 1 + dice.below(28)),
            CITY[city].to_owned(),
            format!("{}", 10_000 + city as u64 * 100 + dice.below(60)),
        ];
        for copy in 0..=dice.below(4) {
            let mut values = clean.clone();
            if copy > 0 {
                for value in &mut values {
                    match dice.below(8) {
                        0 => value.clear(),
                        1 => *value = typo(&mut dice, value),
                        _ => {}
                    }
                }
                if dice.below(20) == 0 {
                    values.swap(0, 1);
                }
            }
            out.push((values, person));
        }
    }
    // records of one person do not stand together
    for i in (1..out.len()).rev() {
        out.swap(i, dice.below(i as u64 + 1) as usize);
    }
    out
}

pub(crate) fn table(rows: &[(Vec<String>, usize)]) -> Table {
    let mut out = Table::new(&COLUMNS).unwrap();
    for (values, _) in rows {
        out.push(values.iter().map(String::as_str)).unwrap();
    }
    out
}

/// Pair F1 of a clustering against the truth.
pub(crate) fn f1<T: Eq, C: Eq>(clusters: &[C], truth: &[T]) -> f64 {
    let (mut both, mut made, mut real) = (0, 0, 0);
    for i in 0..truth.len() {
        for j in i + 1..truth.len() {
            let (c, t) = (clusters[i] == clusters[j], truth[i] == truth[j]);
            both += usize::from(c && t);
            made += usize::from(c);
            real += usize::from(t);
        }
    }
    2.0 * both as f64 / (made + real).max(1) as f64
}
