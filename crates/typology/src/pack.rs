//! What a pack file holds, as read from TOML.

use serde::Deserialize;
use std::collections::BTreeMap;

use crate::parameter::{Parameter, Value};
use tributary_model::{Family, Side, SubjectType};

/// One family's pack.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// Family of all its indicators.
    pub family: Family,
    /// What it covers, in a few words.
    pub title: String,
    /// Semantic version.
    pub version: String,
    /// Who answers for it: a role, never a person.
    pub owner: String,
    /// Its indicators.
    #[serde(default, rename = "indicator")]
    pub indicators: Vec<Indicator>,
    /// File it was read from, relative to the packs folder.
    #[serde(skip)]
    pub file: String,
}

/// How well the documentation of an indicator was seen (typology catalogue, head).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Status {
    /// The source text was opened and read.
    V,
    /// Seen as a web excerpt.
    W,
    /// Our derivation.
    D,
    /// From memory.
    M,
    /// Partly read, partly excerpt.
    #[serde(rename = "V+W")]
    VW,
    /// Read, and derived from it.
    #[serde(rename = "V/D")]
    VD,
}

/// Where an indicator is documented.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The document.
    pub citation: String,
    /// Page or pages, or where in a document without pages.
    pub page: String,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, {}", self.citation, self.page)
    }
}

/// Who may be flagged.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectRule {
    /// What a subject is.
    #[serde(rename = "type")]
    pub subject_type: SubjectType,
    /// Roles its SQL may give a subject.
    pub roles: Vec<String>,
}

/// A floor below which the indicator abstains (R8).
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// Enriched table.
    pub table: String,
    /// Columns that must have a value in the rows that count.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Only rows in which this column is true count.
    #[serde(default)]
    pub when: Option<String>,
    /// Only rows of `areas` with this label, or of `posts` of this kind, count: `column = value`.
    #[serde(default)]
    pub equals: BTreeMap<String, String>,
    /// How many rows must count.
    pub rows_min: u64,
    /// What is missing when they do not, in plain words.
    pub reason: String,
}

/// A pattern the indicator asks for; the engine turns it into a request of the pattern search.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct PatternRequest {
    /// Name within the indicator: `:pattern_<name>` in its SQL.
    pub name: String,
    /// Kind of pattern, e.g. `fan_in`.
    pub kind: String,
    /// Everything else by name. A text beginning with `:` takes a parameter's value.
    #[serde(flatten)]
    pub settings: BTreeMap<String, Value>,
}

/// One indicator.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Catalogue id, e.g. `REC-02`.
    pub id: String,
    /// Short title.
    pub title: String,
    /// What it says, in our own words.
    pub statement: String,
    /// How well its documentation was seen.
    pub status: Status,
    /// Which network it speaks for.
    pub side: Side,
    /// Who may be flagged (R3).
    pub subject: SubjectRule,
    /// It may raise or lower an existing case and never open one (R4).
    #[serde(default)]
    pub context_only: bool,
    /// Its SQL returns `protects`: people it shows as exploited.
    #[serde(default)]
    pub protects: bool,
    /// Log-likelihood ratio at strength 1, natural log.
    pub weight: f64,
    /// Most it may add however often it fires for one subject, natural log.
    pub cap: f64,
    /// Was the weight measured? `false`: set by judgement until a review with labelled data.
    pub calibrated: bool,
    /// Why this weight.
    pub weight_reason: String,
    /// Innocent explanations (R6).
    pub benign: Vec<String>,
    /// Data that would tell the innocent from the other (R6).
    pub discriminates: Vec<String>,
    /// Documentation (R10).
    pub sources: Vec<Source>,
    /// Code in the public UAE goAML list, where one exists.
    #[serde(default)]
    pub goaml: Option<String>,
    /// Observation tables it rests on (R9).
    pub lineage: Vec<String>,
    /// Floors (R8).
    #[serde(default)]
    pub needs: Vec<Need>,
    /// Calendar entries that weaken it (R7).
    #[serde(default)]
    pub suppressors: Vec<String>,
    /// Why none applies, when `suppressors` is empty.
    #[serde(default)]
    pub suppressors_none: Option<String>,
    /// File of its fixtures, relative to the packs folder.
    pub fixtures: String,
    /// Parameters (R5).
    #[serde(default, rename = "parameter")]
    pub parameters: Vec<Parameter>,
    /// Patterns it asks for.
    #[serde(default, rename = "pattern")]
    pub patterns: Vec<PatternRequest>,
    /// One `SELECT`, with `:name` for parameters.
    pub sql: String,
}

/// How indicators may combine to an alert (R1; catalogue section 6).
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Combination {
    /// Semantic version.
    pub version: String,
    /// Who answers for it.
    pub owner: String,
    /// Families that must speak before any alert.
    pub families_min: u32,
    /// Families that must speak on each side before a convergence alert.
    pub families_min_per_side: u32,
    /// Independent sources a convergence alert needs.
    pub sources_min: u32,
    /// Evidence an alert needs, natural log; no single indicator's cap reaches it.
    pub evidence_min: f64,
    /// What a hard list hit alone leads to: a person looks at it; never an alert by itself.
    pub list_hit_alone: String,
}
