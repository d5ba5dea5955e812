//! Who an alert is about, taken out of what is shown (SG-083).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tributary_model::alert::AlertRecord;

/// Ids shorter than this are looked for as words of their own alone: the letter `a` is in every text.
const WORD_BELOW: usize = 4;
/// What stands for somebody who may not be named even in an alert.
const PROTECTED: &str = "protected";

/// Who is who. It lies sealed in the vault under the alert's id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identities {
    /// Pseudonym to `type:id`.
    pub names: BTreeMap<String, String>,
    /// The observations of each indicator, in the order of what is shown.
    pub observations: Vec<Vec<String>>,
}

/// Puts pseudonyms in the place of ids.
#[derive(Debug, Clone)]
pub struct Masker {
    /// What is looked for, by its first byte in lower case; longest first. With the pseudonym that takes its place.
    needles: BTreeMap<u8, Vec<(String, String)>>,
    /// `type:id` to pseudonym.
    names: BTreeMap<String, String>,
}

impl Masker {
    /// Knows everybody whom an alert names: its subjects first, as `S1`, `S2`; then whoever else stands in indicators and on the path.
    #[must_use]
    pub fn of(record: &AlertRecord) -> Self {
        let subjects = record.subjects.iter().map(|subject| format!("{}:{}", subject.subject_type.name(), subject.id));
        let spoken_of = record.indicators.iter().filter_map(|indicator| indicator.subject.clone());
        let on_the_path = record.path.iter().flat_map(|link| [link.from.clone(), link.to.clone()]);
        let mut names = BTreeMap::new();
        for label in subjects.chain(spoken_of).chain(on_the_path).filter(|label| label != PROTECTED) {
            let next = format!("S{}", names.len() + 1);
            names.entry(label).or_insert(next);
        }
        let mut needles: BTreeMap<u8, Vec<(String, String)>> = BTreeMap::new();
        for (label, name) in &names {
            for needle in parts(label) {
                if let Some(first) = needle.bytes().next() {
                    needles.entry(first.to_ascii_lowercase()).or_default().push((needle.to_owned(), name.clone()));
                }
            }
        }
        for same in needles.values_mut() {
            same.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
        }
        Self { needles, names }
    }

    /// The pseudonym of `type:id`; `protected` stays, and what is unknown is named by nothing.
    #[must_use]
    pub fn name(&self, label: &str) -> String {
        if label == PROTECTED {
            return PROTECTED.to_owned();
        }
        self.names.get(label).cloned().unwrap_or_else(|| "S?".to_owned())
    }

    /// Pseudonym to `type:id`.
    #[must_use]
    pub fn who(&self) -> BTreeMap<String, String> {
        self.names.iter().map(|(label, name)| (name.clone(), label.clone())).collect()
    }

    /// A text with pseudonyms in the place of ids, whatever their case.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        let mut before = None;
        while let Some(next) = rest.chars().next() {
            if let Some((needle, name)) = self.at(rest, before) {
                out.push_str(name);
                before = needle.chars().next_back();
                rest = rest.get(needle.len()..).unwrap_or_default();
            } else {
                out.push(next);
                before = Some(next);
                rest = rest.get(next.len_utf8()..).unwrap_or_default();
            }
        }
        out
    }

    /// Several texts.
    #[must_use]
    pub fn texts(&self, texts: &[String]) -> Vec<String> {
        texts.iter().map(|text| self.text(text)).collect()
    }

    fn at(&self, rest: &str, before: Option<char>) -> Option<&(String, String)> {
        let first = rest.bytes().next()?.to_ascii_lowercase();
        self.needles.get(&first)?.iter().find(|(needle, _)| {
            let there = rest.get(..needle.len()).is_some_and(|here| here.eq_ignore_ascii_case(needle));
            there && (needle.chars().count() >= WORD_BELOW || stands_alone(rest, needle, before))
        })
    }
}

fn stands_alone(rest: &str, needle: &str, before: Option<char>) -> bool {
    let after = rest.get(needle.len()..).and_then(|rest| rest.chars().next());
    ![before, after].into_iter().flatten().any(char::is_alphanumeric)
}

/// What of `type:id` gives somebody away: all of it, the id, and for an identifier `kind:value` the value.
fn parts(label: &str) -> Vec<&str> {
    let mut parts = vec![label];
    let mut rest = label;
    while let Some((_, tail)) = rest.split_once(':') {
        // The id itself always counts; of its own parts those that are long enough to say something.
        if !tail.is_empty() && (parts.len() == 1 || tail.chars().count() >= WORD_BELOW) {
            parts.push(tail);
        }
        rest = tail;
    }
    parts
}
