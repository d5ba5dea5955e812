//! An institution's own list as CSV with a header.

use tributary_model::Date;

use super::{Gather, ReadError, Reading, bounded, quotes_closed};
use crate::birth::Birth;
use crate::entry::{Kind, ListEntry, Quality};

/// The columns that are read, in any order; `id` and `name` are needed. Several values in a cell are separated by `;`.
///
/// `kind` is `person`, `organisation`, `craft` or empty. `birth` takes every form of [`Birth::parse`]. `document` is `kind:number`.
/// Any other column is not read.
pub const CSV_COLUMNS: [&str; 14] =
    ["id", "name", "alias", "weak_alias", "kind", "birth", "place", "nationality", "document", "wallet", "phone", "email", "reference", "programme"];

/// Other headings under which a column is found, in files of customers and lists alike.
const SYNONYMS: [(&str, &[&str]); 5] = [
    ("name", &["full_name"]),
    ("alias", &["aliases"]),
    ("birth", &["date_of_birth", "birth_date", "dob"]),
    ("place", &["place_of_birth", "address"]),
    ("document", &["documents"]),
];

/// Where a column stands in a header: under its own name, else under another that means the same. Case does not count.
#[must_use]
pub fn column_of<'h>(column: &str, header: impl Iterator<Item = &'h str> + Clone) -> Option<usize> {
    let stands = |wanted: &str| header.clone().position(|given| given.trim().eq_ignore_ascii_case(wanted));
    let others = SYNONYMS.iter().find(|(name, _)| *name == column).map_or(&[] as &[&str], |(_, others)| others);
    stands(column).or_else(|| others.iter().find_map(|other| stands(other)))
}

/// Reads a list.
///
/// # Errors
/// Too large, no header with `id` and `name`, or damaged.
pub fn csv(bytes: &[u8], name: &str, published: Option<Date>, loaded: Date) -> Result<Reading, ReadError> {
    bounded(bytes)?;
    let shape = ReadError::Shape { expected: "a list as CSV", remedy: "give a header with at least the columns id and name, in UTF-8" };
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return Err(shape) };
    quotes_closed(text)?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| ReadError::Damaged { message: error.to_string() })?.clone();
    let places = CSV_COLUMNS.map(|column| column_of(column, header.iter()));
    if places.iter().take(2).any(Option::is_none) {
        return Err(shape);
    }
    let mut gather = Gather::default();
    for record in reader.records() {
        let record = record.map_err(|error| ReadError::Damaged { message: error.to_string() })?;
        let cells = places.map(|place| place.and_then(|at| record.get(at)).unwrap_or_default());
        if let Some(entry) = self::entry(&cells, &mut gather) {
            gather.take(entry)?;
        }
    }
    Ok(gather.finish(name, published, loaded))
}

fn entry(cells: &[&str; 14], gather: &mut Gather) -> Option<ListEntry> {
    let [id, name, alias, weak, kind, birth, place, nationality, document, wallet, phone, email, reference, programme] = *cells;
    let kind = match kind {
        "person" => Kind::Person,
        "organisation" => Kind::Organisation,
        "craft" => Kind::Craft,
        "" => Kind::Unknown,
        _ => {
            gather.at += 1;
            gather.aside(id, "has a kind that is not person, organisation, craft or empty");
            return None;
        }
    };
    let mut entry = ListEntry { id: id.to_owned(), kind, reference: reference.to_owned(), ..ListEntry::default() };
    for (cell, quality) in [(name, Quality::Primary), (alias, Quality::Strong), (weak, Quality::Weak)] {
        values(cell).for_each(|name| entry.name(name, quality));
    }
    for date in values(birth) {
        match Birth::parse(date) {
            Some(birth) => entry.births.push(birth),
            None => gather.unread += 1,
        }
    }
    for (cell, into) in [
        (place, &mut entry.places),
        (nationality, &mut entry.nationalities),
        (document, &mut entry.documents),
        (wallet, &mut entry.wallets),
        (phone, &mut entry.phones),
        (email, &mut entry.emails),
        (programme, &mut entry.programmes),
    ] {
        into.extend(values(cell).map(str::to_owned));
    }
    Some(entry)
}

fn values(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(';').map(str::trim).filter(|value| !value.is_empty())
}
