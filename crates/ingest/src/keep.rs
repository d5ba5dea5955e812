//! What quarantine may keep of a row: no protected trait, no banned or dropped property, nothing that is hashed on read, no advert's text.
//!
//! A row that was split into fields is kept field by field, with a mark in place of what may not be kept. A row that could not
//! be split is kept as it stood only where the source has no such field; otherwise its length and a digest stand for it.

use std::collections::BTreeMap;

use tributary_model::{Column, Table};

use crate::banned::is_banned;
use crate::csv;
use crate::limits::Limits;
use crate::mapping::keyed_digest;
use crate::ndjson;
use crate::parse::Lines;
use crate::plan::{From, Plan};
use crate::problem::{Problem, cut};
use crate::record::{Fields, Record, Value};

/// Bytes of a field's name that are kept.
const NAME_BYTES: usize = 256;
/// Bytes that every field may keep, however many there are.
const VALUE_BYTES_MIN: usize = 32;

/// Why something is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Withheld {
    Trait,
    Banned,
    Dropped,
    Hashed,
    Advert,
    /// A structure: what is in it is not known.
    Structure,
}

impl Withheld {
    /// What stands in its place.
    pub(crate) const fn mark(self) -> &'static str {
        match self {
            Self::Trait => "[withheld: trait]",
            Self::Banned => "[withheld: banned]",
            Self::Dropped => "[withheld: dropped]",
            Self::Hashed => "[withheld: hashed on read]",
            Self::Advert => "[withheld: advert text]",
            Self::Structure => "[withheld: structure]",
        }
    }
}

/// What stands in place of a row that was not split into fields.
const WHOLE: &str = "[withheld: not split into fields]";

/// What is kept of one row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Fields by name, where the row was split.
    pub(crate) fields: BTreeMap<String, String>,
    /// The raw row, where it was not split and may be kept.
    pub(crate) raw: String,
    /// Its length.
    pub(crate) bytes: u64,
    /// Its digest under the key of the file.
    pub(crate) digest: String,
}

/// What may be kept of a source, field by field and column by column.
#[derive(Clone, Debug)]
pub(crate) struct Keeping {
    names: Vec<String>,
    fields: Vec<Option<Withheld>>,
    /// By output and column.
    columns: BTreeMap<(usize, &'static str), Withheld>,
    drop_names: Vec<String>,
    lines: Option<Lines>,
    key: [u8; 32],
    limits: Limits,
}

impl Keeping {
    /// For a source read by a plan. `lines` says how its records stand in text; None where an importer cuts them itself.
    pub(crate) fn new(plan: &Plan, lines: Option<Lines>, keep_text: bool, key: [u8; 32], limits: &Limits) -> Self {
        let fields: Vec<Option<Withheld>> = plan.fields.iter().enumerate().map(|(index, name)| of_field(plan, index, name, keep_text)).collect();
        let mut columns = BTreeMap::new();
        for (output, planned) in plan.outputs.iter().enumerate() {
            for (column, from) in &planned.columns {
                let of_source = || sources(from).iter().find_map(|index| fields.get(*index).copied().flatten());
                if let Some(withheld) = of_column(planned.table, column, from, keep_text).or_else(of_source) {
                    columns.insert((output, column.name), withheld);
                }
            }
        }
        Self { names: plan.fields.clone(), fields, columns, drop_names: plan.drop_names.clone(), lines, key, limits: *limits }
    }

    /// Takes out of a problem's value what may not be kept.
    pub(crate) fn screen(&self, output: usize, mut problem: Problem) -> Problem {
        let withheld = self.columns.iter().find(|((of, name), _)| *of == output && *name == problem.column).map(|(_, withheld)| *withheld);
        if let Some(withheld) = withheld.filter(|_| !problem.value.is_empty()) {
            withheld.mark().clone_into(&mut problem.value);
        }
        problem
    }

    /// A row that was split into fields. `bytes` is the row as it stood.
    pub(crate) fn split(&self, record: &Record<'_>, bytes: &[u8]) -> Kept {
        let count = self.names.len() + record.fields.extra.len();
        let room = (self.limits.quarantine_bytes_max / count.max(1)).max(VALUE_BYTES_MIN);
        let mut fields = BTreeMap::new();
        for (index, name) in self.names.iter().enumerate() {
            keep(&mut fields, name, record.column(index), self.fields.get(index).copied().flatten(), room);
        }
        for (name, slot) in &record.fields.extra {
            let name = record.arena(*name);
            keep(&mut fields, name, record.value(*slot), self.of_name(name), room);
        }
        Kept { fields, ..self.stand_in(bytes) }
    }

    /// A row of an importer: the columns it would have had.
    pub(crate) fn columns<'v>(&self, output: usize, values: impl Iterator<Item = (&'static str, &'v [String])>, stand_in: Kept) -> Kept {
        let mut fields = BTreeMap::new();
        for (name, values) in values {
            let joined = values.join("|");
            keep(&mut fields, name, Value::Text(&joined), self.columns.get(&(output, name)).copied(), self.limits.quarantine_bytes_max);
        }
        Kept { fields, ..stand_in }
    }

    /// A row that could not be split into fields: kept as it stood where the source has nothing to withhold.
    ///
    /// A JSON line names its fields itself, so that nobody knows what is in one that cannot be read.
    pub(crate) fn whole(&self, bytes: &[u8]) -> Kept {
        let plain = matches!(self.lines, Some(Lines::Csv { .. })) && self.fields.iter().all(Option::is_none);
        let raw = if plain { raw_text(bytes, self.limits.quarantine_bytes_max) } else { WHOLE.to_owned() };
        Kept { raw, ..self.stand_in(bytes) }
    }

    /// A row of text that is split once more, since only later something was found wrong with it.
    pub(crate) fn again(&self, bytes: &[u8]) -> Kept {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return self.whole(bytes);
        };
        let mut fields = Fields::default();
        let split = match &self.lines {
            Some(Lines::Csv { delimiter, .. }) => csv::split(text, *delimiter, &mut fields, self.limits.columns_max).map(|_| ()),
            Some(Lines::Json(positions)) => ndjson::parse(text, positions, &mut fields, self.limits.columns_max),
            None => return self.whole(bytes),
        };
        match split {
            Ok(()) => self.split(&Record { text, fields: &fields }, bytes),
            Err(_) => self.whole(bytes),
        }
    }

    /// Length and digest alone.
    pub(crate) fn stand_in(&self, bytes: &[u8]) -> Kept {
        Kept { fields: BTreeMap::new(), raw: String::new(), bytes: bytes.len() as u64, digest: keyed_digest(&self.key, bytes) }
    }

    /// A field that the plan does not know.
    fn of_name(&self, name: &str) -> Option<Withheld> {
        if self.drop_names.iter().any(|dropped| dropped == name) {
            return Some(Withheld::Dropped);
        }
        is_banned(name).then_some(Withheld::Banned)
    }
}

fn sources(from: &From) -> &[usize] {
    match from {
        From::Nowhere => &[],
        From::Field(field) => std::slice::from_ref(field),
        From::Rule(fields, _) => fields,
    }
}

fn of_column(table: Table, column: &Column, from: &From, keep_text: bool) -> Option<Withheld> {
    if column.protected {
        return Some(Withheld::Trait);
    }
    if matches!(from, From::Rule(_, rule) if rule.keyed_hash) {
        return Some(Withheld::Hashed);
    }
    (table == Table::Posts && column.name == "text" && !keep_text).then_some(Withheld::Advert)
}

fn of_field(plan: &Plan, index: usize, name: &str, keep_text: bool) -> Option<Withheld> {
    let uses = plan.outputs.iter().flat_map(|output| output.columns.iter().map(move |(column, from)| (output.table, *column, from)));
    let used = uses.filter(|(_, _, from)| sources(from).contains(&index)).find_map(|(table, column, from)| of_column(table, column, from, keep_text));
    if used.is_some() {
        return used;
    }
    if is_banned(name) {
        return Some(Withheld::Banned);
    }
    (plan.dropped.contains(&index) || plan.drop_names.iter().any(|dropped| dropped == name)).then_some(Withheld::Dropped)
}

fn keep(fields: &mut BTreeMap<String, String>, name: &str, value: Value<'_>, withheld: Option<Withheld>, room: usize) {
    let text = match (value, withheld) {
        (Value::Absent, _) => return,
        (_, Some(withheld)) => withheld.mark().to_owned(),
        (Value::Text(text), None) => printable(text, room),
        (Value::List(items), None) => printable(&items.iter().collect::<Vec<_>>().join("|"), room),
        (Value::Nested(_), None) => Withheld::Structure.mark().to_owned(),
    };
    fields.insert(cut(name, NAME_BYTES).to_owned(), text);
}

fn printable(text: &str, bytes_max: usize) -> String {
    cut(text, bytes_max).replace('\0', "\u{fffd}")
}

/// Raw bytes as text: NULs and bytes that are not UTF-8 become U+FFFD.
fn raw_text(bytes: &[u8], bytes_max: usize) -> String {
    let text = String::from_utf8_lossy(bytes.get(..bytes_max.min(bytes.len())).unwrap_or_default()).replace('\0', "\u{fffd}");
    cut(&text, bytes_max).to_owned()
}
