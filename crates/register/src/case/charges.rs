//! Offences as data: a pick-list with dates of validity, read from a text. It is no statement of the law.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_model::Date;

use super::CaseKind;
use crate::RegisterError;

/// The longest text read, in bytes.
const BYTES_MAX: usize = 1 << 20;
/// How many lines a list has at most.
const CHARGES_MAX: usize = 2_000;

/// What a line of the list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargeKind {
    /// May be charged.
    Offence,
    /// For reference: what an authority may order.
    Measure,
    /// For reference: what an offence is punished with.
    Penalty,
    /// For reference: what a word means in the act.
    Definition,
}

/// How well a line is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SourceMark")]
pub enum Mark {
    /// The text was opened.
    V,
    /// From an excerpt.
    W,
    /// From memory.
    M,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charge {
    /// Its id, such as `pk-ptpa-adult`.
    pub id: String,
    /// The act.
    pub act: String,
    /// The section.
    pub section: String,
    /// What it is, in our words.
    pub title: String,
    /// What kind of line it is.
    pub kind: ChargeKind,
    /// The cases it is for.
    pub case_kinds: Vec<CaseKind>,
    /// The greatest penalty, as the source says it.
    #[serde(default)]
    pub max_penalty: Option<String>,
    /// The first day on which an act may come under it; none: counsel confirms it for each charge.
    #[serde(default)]
    pub valid_from: Option<Date>,
    /// The last such day; none: it is in force, as far as is known.
    #[serde(default)]
    pub valid_until: Option<Date>,
    /// People who are trafficked are often made to do this: a non-punishment review comes first (SG-032).
    #[serde(default)]
    pub often_coerced: bool,
    /// How well it is known.
    pub mark: Mark,
    /// From where.
    pub source: String,
    /// What else to know.
    #[serde(default)]
    pub note: Option<String>,
}

/// The list of one country.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charges {
    /// ISO 3166 code.
    pub jurisdiction: String,
    /// Version of the list.
    pub version: String,
    /// Who keeps it.
    pub owner: String,
    /// Looked through again by then.
    pub review_on: Date,
    /// The lines, under `[[charge]]`.
    #[serde(rename = "charge")]
    pub charges: Vec<Charge>,
}

impl Charges {
    /// Reads a list.
    ///
    /// # Errors
    /// [`RegisterError::Invalid`] with the line of what is not understood, or the id that stands twice.
    pub fn parse(text: &str) -> Result<Self, RegisterError> {
        if text.len() > BYTES_MAX {
            return Err(RegisterError::invalid("charges", format!("{BYTES_MAX} bytes at most")));
        }
        let list: Self = toml::from_str(text).map_err(|error| RegisterError::invalid("charges", error.to_string()))?;
        if list.charges.len() > CHARGES_MAX {
            return Err(RegisterError::invalid("charges", format!("{CHARGES_MAX} lines at most")));
        }
        let mut ids = BTreeSet::new();
        for charge in &list.charges {
            if !ids.insert(charge.id.as_str()) {
                return Err(RegisterError::invalid("charges", format!("`{}` stands twice", charge.id)));
            }
            if charge.valid_from.zip(charge.valid_until).is_some_and(|(from, until)| until < from) {
                return Err(RegisterError::invalid("charges", format!("`{}` ends before it begins", charge.id)));
            }
        }
        Ok(list)
    }

    /// A line by its id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Charge> {
        self.charges.iter().find(|charge| charge.id == id)
    }

    /// The offence of that id, if an act of that day may come under it in a case of that kind. Where the list does not know since when an
    /// offence is in force, somebody must have confirmed it.
    ///
    /// # Errors
    /// [`RegisterError::Invalid`] with what is wrong.
    pub fn offence(&self, id: &str, kind: CaseKind, acted_on: Date, confirmed: bool) -> Result<&Charge, RegisterError> {
        let wrong = |why: String| RegisterError::invalid("offence", why);
        let charge = self.get(id).ok_or_else(|| wrong(format!("`{id}` is not in the list of {}", self.jurisdiction)))?;
        if charge.kind != ChargeKind::Offence {
            return Err(wrong(format!("`{id}` is no offence: it stands in the list for reference")));
        }
        if !charge.case_kinds.contains(&kind) {
            return Err(wrong(format!("`{id}` is not for {} cases", kind.as_str())));
        }
        if charge.valid_from.is_some_and(|from| acted_on < from) || charge.valid_until.is_some_and(|until| until < acted_on) {
            return Err(wrong(format!("`{id}` was not in force on {acted_on}")));
        }
        if charge.valid_from.is_none() && !confirmed {
            return Err(wrong(format!("since when `{id}` is in force is not known to the list: have counsel confirm it for {acted_on}")));
        }
        Ok(charge)
    }
}
