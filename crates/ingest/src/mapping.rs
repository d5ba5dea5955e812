//! Mapping files: how the columns of another shape become rows of the tables. Documented in `docs/ingest.md`.

use std::collections::BTreeMap;

use serde::Deserialize;
use tributary_model::amount::SCALE;
use tributary_model::table::ColumnKind;
use tributary_model::time::{MICROS_PER_DAY, MICROS_PER_SECOND};
use tributary_model::{Amount, Column, Date, Table, Timestamp};

use crate::builtin;
use crate::moment::{Clock, is_pattern, zone_minutes};

/// Outputs of one mapping.
const OUTPUTS_MAX: usize = 16;

/// Why a mapping was refused.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// Not TOML, or a key that is not known.
    #[error("the mapping is not understood: {message}")]
    Toml {
        /// What the parser said, with the place.
        message: String,
    },
    /// No such built-in mapping.
    #[error("there is no built-in mapping `{name}`: there are {known}")]
    Unknown {
        /// Asked for.
        name: String,
        /// There are.
        known: String,
    },
    /// A rule that cannot be.
    #[error("{place}: {problem}")]
    Rule {
        /// `output 1, column at`.
        place: String,
        /// What is wrong, with the remedy.
        problem: String,
    },
}

/// How one shape of file is read, and what its columns become.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub(crate) name: String,
    /// The text that made it: part of a batch's identity.
    pub(crate) text: String,
    pub(crate) kind: MappingKind,
}

#[derive(Clone, Debug)]
pub(crate) enum MappingKind {
    /// Declared in TOML.
    Columns(Declared),
    /// A reader of its own.
    Importer(Importer),
}

/// Readers of shapes that are not columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Importer {
    /// OFAC SDN list, legacy CSV: sdn, add, alt.
    OfacSdn,
    /// UN Security Council consolidated list, XML.
    UnConsolidated,
    /// FollowTheMoney entities, JSON lines.
    FollowTheMoney,
}

#[derive(Clone, Debug)]
pub(crate) struct Declared {
    pub(crate) read: ReadSpec,
    pub(crate) drop: Vec<String>,
    pub(crate) outside: Vec<String>,
    pub(crate) outputs: Vec<Output>,
}

/// How the file's text is cut into fields.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadSpec {
    /// One ASCII character between CSV fields.
    pub(crate) delimiter: Option<char>,
    /// WHATWG name of the encoding.
    pub(crate) encoding: Option<String>,
    /// Column names of a CSV file without a header row.
    pub(crate) header: Option<Vec<String>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) table: Table,
    pub(crate) distinct: Vec<String>,
    pub(crate) only: Vec<Condition>,
    pub(crate) attributes: bool,
    /// By column of the table.
    pub(crate) rules: BTreeMap<&'static str, Rule>,
}

/// Which rows an output takes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Condition {
    pub(crate) column: String,
    pub(crate) is: Option<Vec<String>>,
    pub(crate) is_not: Option<Vec<String>>,
    pub(crate) starts_with: Option<String>,
    pub(crate) present: Option<bool>,
}

/// Where a column's value comes from and what is done to it, in this order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rule {
    pub(crate) from: Vec<String>,
    pub(crate) join: String,
    pub(crate) constant: Option<String>,
    pub(crate) row: bool,
    pub(crate) trim: bool,
    pub(crate) upper: bool,
    pub(crate) values: Option<BTreeMap<String, String>>,
    pub(crate) otherwise: Option<String>,
    pub(crate) split: Option<char>,
    pub(crate) keyed_hash: bool,
    pub(crate) prefix: String,
    pub(crate) clock: Option<Clock>,
    /// Numerator and denominator by which amounts are multiplied.
    pub(crate) scale: Option<Amount>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    #[serde(default)]
    #[expect(dead_code, reason = "for people who read the file")]
    about: String,
    #[serde(default)]
    read: ReadSpec,
    #[serde(default)]
    drop: Vec<String>,
    #[serde(default)]
    outside: Vec<String>,
    output: Vec<OutputFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutputFile {
    table: String,
    #[serde(default)]
    distinct: Vec<String>,
    #[serde(default)]
    only: Vec<Condition>,
    attributes: Option<bool>,
    columns: BTreeMap<String, toml::Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    from: Option<OneOrMany>,
    join: Option<String>,
    constant: Option<String>,
    #[serde(default)]
    row: bool,
    #[serde(default)]
    trim: bool,
    #[serde(default)]
    upper: bool,
    values: Option<BTreeMap<String, String>>,
    otherwise: Option<String>,
    split: Option<char>,
    #[serde(default)]
    keyed_hash: bool,
    prefix: Option<String>,
    zone: Option<String>,
    pattern: Option<String>,
    epoch: Option<String>,
    days_since: Option<String>,
    scale: Option<String>,
}

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// Not TOML, or it says something that is not understood; the message names the key.
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        let file: File = toml::from_str(text).map_err(|error| MappingError::Toml { message: one_line(&error.to_string()) })?;
        if let Some(delimiter) = file.read.delimiter
            && (!delimiter.is_ascii() || matches!(delimiter, '"' | '\n' | '\r' | '\0'))
        {
            return Err(rule("read", "`delimiter` must be one ASCII character, not a quote or a line end"));
        }
        if let Some(label) = &file.read.encoding
            && encoding_rs::Encoding::for_label(label.as_bytes()).is_none()
        {
            return Err(rule("read", &format!("encoding `{label}` is not known: use a WHATWG name, such as windows-1256")));
        }
        if file.output.is_empty() || file.output.len() > OUTPUTS_MAX {
            return Err(rule("mapping", &format!("there must be 1 to {OUTPUTS_MAX} [[output]] blocks")));
        }
        let mut outputs = Vec::with_capacity(file.output.len());
        for (index, output) in file.output.into_iter().enumerate() {
            outputs.push(self::output(index, output)?);
        }
        let kind = MappingKind::Columns(Declared { read: file.read, drop: file.drop, outside: file.outside, outputs });
        Ok(Self { name: file.name, text: text.to_owned(), kind })
    }

    /// A mapping or importer that comes with the program.
    ///
    /// # Errors
    /// No such name; the message lists those there are.
    pub fn built_in(name: &str) -> Result<Self, MappingError> {
        if let Some((name, importer)) = builtin::IMPORTERS.iter().find(|(known, _)| *known == name) {
            return Ok(Self { name: (*name).to_owned(), text: (*name).to_owned(), kind: MappingKind::Importer(*importer) });
        }
        match builtin::MAPPINGS.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => Self::parse(text),
            None => Err(MappingError::Unknown { name: name.to_owned(), known: Self::built_in_names().join(", ") }),
        }
    }

    /// Names of the mappings and importers that come with the program.
    #[must_use]
    pub fn built_in_names() -> Vec<&'static str> {
        builtin::MAPPINGS.iter().map(|(name, _)| *name).chain(builtin::IMPORTERS.iter().map(|(name, _)| *name)).collect()
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same mapping, but for one column that it would drop: that one is kept among the attributes. For reading labels that a person named;
    /// the lake never takes in what this gives.
    #[must_use]
    pub fn keeping(mut self, column: &str) -> Self {
        if let MappingKind::Columns(declared) = &mut self.kind {
            declared.drop.retain(|dropped| dropped != column);
        }
        self
    }

    /// Account ids that stand for the world outside the data: salaries, shops, cash. They are no accounts of anybody.
    #[must_use]
    pub fn outside(&self) -> &[String] {
        match &self.kind {
            MappingKind::Columns(declared) => &declared.outside,
            MappingKind::Importer(_) => &[],
        }
    }

    /// The text that is part of a batch's identity.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.text
    }

    /// The importer, where it is one.
    #[must_use]
    pub const fn importer(&self) -> Option<Importer> {
        match self.kind {
            MappingKind::Importer(importer) => Some(importer),
            MappingKind::Columns(_) => None,
        }
    }

    /// Does some rule need a key?
    #[must_use]
    pub fn needs_key(&self) -> bool {
        match &self.kind {
            MappingKind::Importer(_) => false,
            MappingKind::Columns(declared) => declared.outputs.iter().any(|output| output.rules.values().any(|rule| rule.keyed_hash)),
        }
    }
}

fn rule(place: &str, problem: &str) -> MappingError {
    MappingError::Rule { place: place.to_owned(), problem: problem.to_owned() }
}

fn one_line(message: &str) -> String {
    message.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

fn output(index: usize, file: OutputFile) -> Result<Output, MappingError> {
    let place = format!("output {}", index + 1);
    let table = Table::from_name(&file.table).ok_or_else(|| {
        let names: Vec<&str> = Table::ALL.iter().map(|table| table.name()).collect();
        rule(&place, &format!("there is no table `{}`: there are {}", file.table, names.join(", ")))
    })?;
    let mut rules = BTreeMap::new();
    for (name, value) in file.columns {
        let place = format!("{place}, column {name}");
        let column = table.column(&name).ok_or_else(|| rule(&place, &format!("`{table}` has no such column")))?;
        rules.insert(column.name, column_rule(&place, column, value)?);
    }
    for name in &file.distinct {
        if table.column(name).is_none() {
            return Err(rule(&place, &format!("`distinct` names `{name}`, which `{table}` does not have")));
        }
    }
    let missing: Vec<&str> = table.columns().iter().filter(|c| c.required && !rules.contains_key(c.name)).map(|c| c.name).collect();
    if !missing.is_empty() {
        return Err(rule(&place, &format!("`{table}` needs rules for {}", missing.join(", "))));
    }
    Ok(Output { table, distinct: file.distinct, only: file.only, attributes: file.attributes.unwrap_or(index == 0), rules })
}

fn column_rule(place: &str, column: &'static Column, value: toml::Value) -> Result<Rule, MappingError> {
    if let toml::Value::String(from) = value {
        return Ok(Rule { from: vec![from], ..Rule::default() });
    }
    let file: RuleFile = value.try_into().map_err(|error: toml::de::Error| rule(place, &one_line(&error.to_string())))?;
    let clock = clock(place, &file)?;
    let from = match file.from {
        None => Vec::new(),
        Some(OneOrMany::One(name)) => vec![name],
        Some(OneOrMany::Many(names)) => names,
    };
    if usize::from(!from.is_empty()) + usize::from(file.constant.is_some()) + usize::from(file.row) != 1 {
        return Err(rule(place, "say exactly one of `from`, `constant`, `row = true`"));
    }
    if from.len() > 1 && column.list && file.join.is_none() {
        // Several sources of a list column are several items.
    } else if from.len() > 1 && file.join.is_none() {
        return Err(rule(place, "several columns in `from` need `join`, the text between them"));
    }
    if clock.is_some() && !matches!(column.kind, ColumnKind::Time | ColumnKind::Date) {
        return Err(rule(place, "`zone`, `pattern`, `epoch` and `days_since` are for times and dates"));
    }
    if file.split.is_some() && !column.list {
        return Err(rule(place, "`split` is for list columns"));
    }
    let scale = match file.scale {
        None => None,
        Some(_) if column.kind != ColumnKind::Amount => {
            return Err(rule(place, "`scale` is for amounts"));
        }
        Some(text) => {
            let scale = Amount::parse(&text).map_err(|error| rule(place, &format!("`scale` {error}")))?;
            if scale.0 == 0 || scale.0 > 10_i128.pow(u32::from(SCALE) * 2) {
                return Err(rule(place, "`scale` must be above 0 and at most 1000000000"));
            }
            Some(scale)
        }
    };
    Ok(Rule {
        from,
        join: file.join.unwrap_or_default(),
        constant: file.constant,
        row: file.row,
        trim: file.trim,
        upper: file.upper,
        values: file.values,
        otherwise: file.otherwise,
        split: file.split,
        keyed_hash: file.keyed_hash,
        prefix: file.prefix.unwrap_or_default(),
        clock,
        scale,
    })
}

fn clock(place: &str, file: &RuleFile) -> Result<Option<Clock>, MappingError> {
    let zone = match &file.zone {
        None => None,
        Some(zone) => Some(zone_minutes(zone).ok_or_else(|| {
            rule(place, &format!("zone `{zone}` is not known or changes its clocks with the season: give a fixed offset such as +05:00"))
        })?),
    };
    let clock = match (&file.pattern, &file.epoch, &file.days_since) {
        (None, None, None) => zone.map(Clock::Zone),
        (Some(pattern), None, None) if is_pattern(pattern) => Some(Clock::Pattern(pattern.clone(), zone.unwrap_or(0))),
        (Some(_), None, None) => {
            return Err(rule(place, "`pattern` may hold %Y %m %d %H %M %S %f %b %%"));
        }
        (None, Some(unit), None) => {
            let micros = match unit.as_str() {
                "seconds" => MICROS_PER_SECOND,
                "milliseconds" => 1_000,
                "microseconds" => 1,
                _ => {
                    return Err(rule(place, "`epoch` is seconds, milliseconds or microseconds"));
                }
            };
            Some(Clock::Since(Timestamp(0), micros))
        }
        (None, None, Some(date)) => {
            let date = Date::parse(date).map_err(|error| rule(place, &format!("`days_since` {error}")))?;
            let shift = i64::from(zone.unwrap_or(0)) * 60 * MICROS_PER_SECOND;
            Some(Clock::Since(Timestamp(date.start().0 - shift), MICROS_PER_DAY))
        }
        _ => return Err(rule(place, "say one of `pattern`, `epoch`, `days_since`")),
    };
    if matches!(clock, Some(Clock::Pattern(..))) && zone.is_none() {
        return Err(rule(place, "`pattern` needs `zone`: whose clock is it?"));
    }
    Ok(clock)
}

/// A key for hash-on-read. Never stored, never shown.
#[derive(Clone)]
pub struct HashKey(Vec<u8>);

impl HashKey {
    /// Takes a key of at least 16 bytes; None for a shorter one.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        (bytes.len() >= 16).then(|| Self(bytes.to_vec()))
    }

    /// HMAC-SHA-256 of a text under this key, as 32 hex digits (the first 128 bits).
    pub(crate) fn hash(&self, text: &str) -> String {
        keyed_digest(&self.0, text.as_bytes())
    }

    /// What tells this key from others without telling the key: the digest of a fixed text that is no identifier.
    #[must_use]
    pub fn mark(&self) -> String {
        keyed_digest(&self.0, b"tributary: which key is this?\0")
    }
}

/// HMAC-SHA-256 of some bytes as 32 hex digits (the first 128 bits). Source: RFC 2104.
pub(crate) fn keyed_digest(key: &[u8], bytes: &[u8]) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    use std::fmt::Write;
    let mut hex = String::with_capacity(32);
    // HMAC takes keys of any length.
    if let Ok(mut mac) = <Hmac<sha2::Sha256> as KeyInit>::new_from_slice(key) {
        mac.update(bytes);
        for byte in mac.finalize().into_bytes().iter().take(16) {
            let _ = write!(hex, "{byte:02x}");
        }
    }
    hex
}

impl std::fmt::Debug for HashKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HashKey({} bytes)", self.0.len())
    }
}
