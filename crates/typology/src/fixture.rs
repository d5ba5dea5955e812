//! Fixtures: tiny observation tables with what an indicator must say of them.

use serde::Deserialize;
use std::collections::BTreeMap;

use crate::error::{At, PackError};

/// What a fixture case shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FixtureKind {
    /// The indicator must speak of exactly the expected subjects.
    Positive,
    /// Near the line, on the innocent side: it must be silent.
    Negative,
    /// Ordinary life that looks the same at first sight: it must be silent.
    Benign,
    /// Too little data: it must abstain.
    Abstain,
}

/// The fixtures of one indicator.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixture {
    /// Indicator.
    pub indicator: String,
    /// Rows that every case has, by table, as CSV with a header row.
    #[serde(default)]
    pub common: BTreeMap<String, String>,
    /// The cases.
    #[serde(rename = "case")]
    pub cases: Vec<FixtureCase>,
}

/// One case.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FixtureCase {
    /// What it shows.
    pub kind: FixtureKind,
    /// In words.
    pub name: String,
    /// Subjects it must speak of, `type:id`, sorted; empty for all but positive cases.
    #[serde(default)]
    pub expect: Vec<String>,
    /// What it must put under protection, `type:id`, sorted.
    #[serde(default)]
    pub protects: Vec<String>,
    /// Rows by table, as CSV with a header row; added after the common rows.
    #[serde(default)]
    pub rows: BTreeMap<String, String>,
}

impl Fixture {
    /// Reads a fixture file.
    ///
    /// # Errors
    /// Not TOML of this shape.
    pub fn parse(file: &str, text: &str) -> Result<Self, PackError> {
        toml::from_str(text).map_err(|error| PackError::Syntax {
            at: At::file(file),
            found: error.to_string().trim().to_owned(),
            problem: "write it as in docs/packs.md, section fixtures",
        })
    }

    /// The CSV texts of one case by table: one or two a table, common rows first.
    #[must_use]
    pub fn tables<'a>(&'a self, case: &'a FixtureCase) -> BTreeMap<&'a str, Vec<&'a str>> {
        let mut tables: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (table, csv) in self.common.iter().chain(&case.rows) {
            tables.entry(table).or_default().push(csv);
        }
        tables
    }
}
