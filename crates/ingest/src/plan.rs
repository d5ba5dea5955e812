//! A plan: which field of a source record becomes which column of which table.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};

use tributary_model::{Column, Table};

use crate::banned::is_banned;
use crate::mapping::{Condition, Declared, Output, Rule};
use crate::record::{Record, Value};

/// Why a source cannot be read at all by a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Columns that the plan cannot do without.
    #[error(
        "the file has no column {columns}, which `{table}` needs: name the columns as in the contract, or say in a mapping file where they come from (the file has: {found})"
    )]
    Missing {
        /// The table.
        table: String,
        /// Those missing, in back-ticks.
        columns: String,
        /// Those found.
        found: String,
    },
    /// A name twice.
    #[error("the header names `{name}` twice: rename one, or say `{name}#2` in a mapping file")]
    Duplicate {
        /// The name.
        name: String,
    },
    /// Too many columns.
    #[error("the file has {found} columns, more than the limit of {limit}")]
    TooMany {
        /// Found.
        found: usize,
        /// Limit.
        limit: usize,
    },
}

/// Where a column's value comes from.
#[derive(Clone, Debug)]
pub(crate) enum From {
    /// Nowhere: always null.
    Nowhere,
    /// A field as it stands.
    Field(usize),
    /// Fields through a mapping's rule.
    Rule(Vec<usize>, Box<Rule>),
}

/// A condition on a field.
#[derive(Clone, Debug)]
pub(crate) struct FieldCondition {
    field: usize,
    condition: Condition,
}

impl FieldCondition {
    /// Does a record fulfil it?
    pub(crate) fn holds(&self, record: &Record<'_>) -> bool {
        let text = match record.column(self.field) {
            Value::Text(text) => text,
            Value::Absent => "",
            Value::List(_) | Value::Nested(_) => return self.condition.present.unwrap_or(true),
        };
        let condition = &self.condition;
        condition.is.as_ref().is_none_or(|words| words.iter().any(|word| word == text))
            && condition.is_not.as_ref().is_none_or(|words| words.iter().all(|word| word != text))
            && condition.starts_with.as_ref().is_none_or(|start| text.starts_with(start.as_str()))
            && condition.present.is_none_or(|present| present != text.is_empty())
    }
}

/// One table that a source gives rows for.
#[derive(Clone, Debug)]
pub(crate) struct OutputPlan {
    /// The table.
    pub(crate) table: Table,
    /// One for each column of the table.
    pub(crate) columns: Vec<(&'static Column, From)>,
    /// Which rows.
    pub(crate) only: Vec<FieldCondition>,
    /// Are unknown fields kept?
    pub(crate) attributes: bool,
    /// Columns of the table (by position) of which equal values are taken once.
    pub(crate) distinct: Vec<usize>,
    /// Position of the column that names the row.
    pub(crate) unique: Option<usize>,
}

/// What a source's records become.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Names of the source's fields.
    pub(crate) fields: Vec<String>,
    /// Tables.
    pub(crate) outputs: Vec<OutputPlan>,
    /// Fields kept as attributes.
    pub(crate) unknown: Vec<usize>,
    /// Fields that are dropped and counted.
    pub(crate) dropped: Vec<usize>,
    /// Names (of fields not in `fields`) that a mapping drops.
    pub(crate) drop_names: Vec<String>,
}

impl Plan {
    /// The plan for a source whose field names are known (CSV, Parquet).
    pub(crate) fn with_header(header: Vec<String>, shape: &Shape, columns_max: usize) -> Result<Self, PlanError> {
        if header.len() > columns_max {
            return Err(PlanError::TooMany { found: header.len(), limit: columns_max });
        }
        let fields = numbered(header, shape)?;
        let mut plan = Self { fields, outputs: Vec::new(), unknown: Vec::new(), dropped: Vec::new(), drop_names: shape.drop().to_vec() };
        let positions: BTreeMap<String, usize> = plan.fields.iter().enumerate().map(|(index, name)| (name.clone(), index)).collect();
        plan.outputs = shape.outputs(&plan.fields, &positions, true)?;
        let used = shape.used();
        for (index, name) in plan.fields.iter().enumerate() {
            if shape.drop().contains(name) || (is_banned(name) && !used.contains(name)) {
                plan.dropped.push(index);
            } else if !used.contains(name) {
                plan.unknown.push(index);
            }
        }
        Ok(plan)
    }

    /// The plan for a source whose records name their fields themselves (NDJSON).
    pub(crate) fn without_header(shape: &Shape) -> Result<Self, PlanError> {
        let fields: Vec<String> = shape.used();
        let positions: BTreeMap<String, usize> = fields.iter().enumerate().map(|(index, name)| (name.clone(), index)).collect();
        let outputs = shape.outputs(&fields, &positions, false)?;
        Ok(Self { fields, outputs, unknown: Vec::new(), dropped: Vec::new(), drop_names: shape.drop().to_vec() })
    }

    /// Is a field that is not in `fields` dropped rather than kept?
    pub(crate) fn drops(&self, name: &str) -> bool {
        is_banned(name) || self.drop_names.iter().any(|dropped| dropped == name)
    }
}

/// A second column of the same name gets `#2`, if the mapping knows that name.
fn numbered(header: Vec<String>, shape: &Shape) -> Result<Vec<String>, PlanError> {
    let known: Vec<String> = shape.used().into_iter().chain(shape.drop().iter().cloned()).collect();
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let mut fields = Vec::with_capacity(header.len());
    for name in header {
        let times = seen.entry(name.clone()).or_insert(0);
        *times += 1;
        if *times == 1 {
            fields.push(name);
            continue;
        }
        let numbered = format!("{name}#{times}");
        if !known.contains(&numbered) || fields.contains(&numbered) {
            return Err(PlanError::Duplicate { name });
        }
        fields.push(numbered);
    }
    Ok(fields)
}

/// What decides a plan: the table's own shape, or a mapping.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    /// The contract's own columns.
    Own(Table),
    /// Declared by a mapping.
    Mapped(Declared),
}

impl Shape {
    fn drop(&self) -> &[String] {
        match self {
            Self::Own(_) => &[],
            Self::Mapped(declared) => &declared.drop,
        }
    }

    /// Names of the source's fields that have a place, sorted.
    fn used(&self) -> Vec<String> {
        let mut names: Vec<String> = match self {
            Self::Own(table) => table.columns().iter().map(|column| column.name.to_owned()).collect(),
            Self::Mapped(declared) => declared.outputs.iter().flat_map(output_fields).collect(),
        };
        names.sort();
        names.dedup();
        names
    }

    fn outputs(&self, fields: &[String], positions: &BTreeMap<String, usize>, all_known: bool) -> Result<Vec<OutputPlan>, PlanError> {
        match self {
            Self::Own(table) => Ok(vec![own(*table, fields, positions, all_known)?]),
            Self::Mapped(declared) => declared.outputs.iter().map(|output| mapped(output, fields, positions)).collect(),
        }
    }
}

fn output_fields(output: &Output) -> Vec<String> {
    let mut names: Vec<String> = output.rules.values().flat_map(|rule| rule.from.clone()).collect();
    names.extend(output.only.iter().map(|condition| condition.column.clone()));
    names
}

fn missing(table: Table, names: &[&str], fields: &[String]) -> PlanError {
    let columns = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let mut found = fields.iter().take(40).cloned().collect::<Vec<_>>().join(", ");
    found.truncate(found.floor_char_boundary(400));
    PlanError::Missing { table: table.name().to_owned(), columns, found }
}

fn own(table: Table, fields: &[String], positions: &BTreeMap<String, usize>, all_known: bool) -> Result<OutputPlan, PlanError> {
    let absent: Vec<&str> = table.columns().iter().filter(|c| c.required && !positions.contains_key(c.name)).map(|c| c.name).collect();
    if all_known && !absent.is_empty() {
        return Err(missing(table, &absent, fields));
    }
    let columns = table.columns().iter().map(|column| (column, positions.get(column.name).map_or(From::Nowhere, |field| From::Field(*field))));
    Ok(OutputPlan { table, columns: columns.collect(), only: Vec::new(), attributes: true, distinct: Vec::new(), unique: unique(table) })
}

fn unique(table: Table) -> Option<usize> {
    let name = table.unique_id()?;
    table.columns().iter().position(|column| column.name == name)
}

fn mapped(output: &Output, fields: &[String], positions: &BTreeMap<String, usize>) -> Result<OutputPlan, PlanError> {
    let names = output_fields(output);
    let absent: Vec<&str> = names.iter().filter(|name| !positions.contains_key(*name)).map(String::as_str).collect();
    if !absent.is_empty() {
        return Err(missing(output.table, &absent, fields));
    }
    let field = |name: &String| positions.get(name).copied().unwrap_or(usize::MAX);
    let mut columns = Vec::new();
    for column in output.table.columns() {
        let from = match output.rules.get(column.name) {
            None => From::Nowhere,
            Some(rule) => match rule.from.as_slice() {
                [name] if *rule == (Rule { from: rule.from.clone(), ..Rule::default() }) => From::Field(field(name)),
                names => From::Rule(names.iter().map(field).collect(), Box::new(rule.clone())),
            },
        };
        columns.push((column, from));
    }
    let only = output.only.iter().map(|condition| FieldCondition { field: field(&condition.column), condition: condition.clone() }).collect();
    let distinct = output.distinct.iter().filter_map(|name| output.table.columns().iter().position(|column| column.name == name)).collect();
    Ok(OutputPlan { table: output.table, columns, only, attributes: output.attributes, distinct, unique: unique(output.table) })
}

/// 64 bits of an id, by which duplicates are found. SipHash with fixed keys.
///
/// Two ids with the same 64 bits are taken for duplicates: the later row goes to quarantine, where nothing is lost. Among
/// five million ids that happens by chance with probability 7e-7.
#[must_use]
pub fn id_hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(id.as_bytes());
    hasher.finish()
}
