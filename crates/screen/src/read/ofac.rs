//! OFAC Specially Designated Nationals, legacy CSV: `sdn`, `add`, `alt`, joined by their first column.
//!
//! No header; `-0-` is null; the files end with the control character 0x1A. Weak aliases stand in the remarks as `a.k.a. '…'`.
//! Sources: OFAC, "SDN data formats" (`dat_spec.txt`); OFAC FAQ 122 and 124 on weak aliases.

use std::collections::BTreeMap;

use tributary_ingest::lists::ofac::DOCUMENTS;
use tributary_model::Date;

use super::{Gather, ReadError, Reading, bounded, quotes_closed};
use crate::birth::Birth;
use crate::entry::{Kind, ListEntry, Quality};

/// Fields of a row of `sdn`, `add` and `alt`.
const SDN_FIELDS: usize = 12;
const ADD_FIELDS: usize = 6;
const ALT_FIELDS: usize = 5;

/// Reads the list. The files do not say when they were published: `published` is the caller's, from where they were downloaded.
///
/// # Errors
/// Too large, or no entry at all.
pub fn ofac(sdn: &[u8], add: &[u8], alt: &[u8], published: Option<Date>, loaded: Date) -> Result<Reading, ReadError> {
    let mut gather = Gather::default();
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut aliases: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows(add, ADD_FIELDS, &mut gather)? {
        if let [id, _, street, city, country, ..] = row.as_slice() {
            let parts = [street, city, country].into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>();
            places.entry(id.clone()).or_default().push(parts.join(", "));
        }
    }
    for row in rows(alt, ALT_FIELDS, &mut gather)? {
        if let [id, _, _, name, ..] = row.as_slice() {
            aliases.entry(id.clone()).or_default().push(name.clone());
        }
    }
    let entries = rows(sdn, SDN_FIELDS, &mut gather)?;
    if entries.is_empty() {
        return Err(ReadError::Shape { expected: "the OFAC SDN list", remedy: "give the legacy files sdn.csv, add.csv and alt.csv, in this order" });
    }
    gather.at = 0;
    for row in entries {
        let [id, name, kind, programmes, _, _, _, _, _, _, _, remarks, ..] = row.as_slice() else { continue };
        let person = kind == "individual";
        let kind = match kind.as_str() {
            "individual" => Kind::Person,
            "vessel" | "aircraft" => Kind::Craft,
            _ => Kind::Organisation,
        };
        let programmes = programmes.split("] [").map(|name| name.trim_matches(['[', ']', ' ']).to_owned()).collect();
        let mut entry = ListEntry { id: id.clone(), kind, reference: id.clone(), programmes, ..ListEntry::default() };
        entry.name(&ordered(name, person), Quality::Primary);
        for alias in aliases.remove(id).unwrap_or_default() {
            entry.name(&ordered(&alias, person), Quality::Strong);
        }
        entry.places = places.remove(id).unwrap_or_default();
        for remark in remarks.trim_end_matches('.').split("; ") {
            self::remark(remark, person, &mut entry, &mut gather);
        }
        gather.take(entry)?;
    }
    Ok(gather.finish("ofac", published, loaded))
}

/// Rows of a file that have the fields expected; others are put aside.
fn rows(bytes: &[u8], fields: usize, gather: &mut Gather) -> Result<Vec<Vec<String>>, ReadError> {
    bounded(bytes)?;
    // The files are ASCII; older ones were Windows-1252.
    let text = std::str::from_utf8(bytes).map_or_else(|_| encoding_rs::WINDOWS_1252.decode(bytes).0.into_owned(), str::to_owned);
    quotes_closed(&text)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut found = Vec::new();
    gather.at = 0;
    for record in reader.records() {
        gather.at += 1;
        let record = record.map_err(|error| ReadError::Damaged { message: error.to_string() })?;
        if record.get(0) == Some("\u{1a}") {
            continue;
        }
        if record.len() != fields {
            gather.aside(record.get(0).unwrap_or_default(), "has another number of fields than the list: give sdn, add, alt in this order");
            continue;
        }
        let value = |text: &str| if text.trim() == "-0-" { String::new() } else { text.trim().to_owned() };
        found.push(record.iter().map(value).collect());
    }
    Ok(found)
}

/// `LAST, First` as `First LAST`.
fn ordered(name: &str, person: bool) -> String {
    match name.split_once(", ") {
        Some((last, first)) if person && !first.contains(',') => format!("{first} {last}"),
        _ => name.to_owned(),
    }
}

/// One remark: an alias, an identifier, a date or place of birth, a trait that is dropped, or nothing for screening.
fn remark(remark: &str, person: bool, entry: &mut ListEntry, gather: &mut Gather) {
    let remark = remark.trim().trim_start_matches("alt. ").trim_end_matches('.');
    if let Some((kind, rest)) = DOCUMENTS.iter().find_map(|(start, kind)| Some((kind, remark.strip_prefix(start)?))) {
        let number = rest.split([' ', '(']).next().unwrap_or_default();
        entry.documents.push(if number.is_empty() { String::new() } else { format!("{kind}:{number}") });
    } else if let Some(rest) = remark.strip_prefix("Digital Currency Address - ") {
        entry.wallets.extend(rest.split_once(' ').map(|(_, wallet)| wallet.trim().to_owned()));
    } else if let Some(mail) = remark.strip_prefix("Email Address ") {
        entry.emails.push(mail.to_owned());
    } else if let Some(phone) = remark.strip_prefix("Phone Number ").or_else(|| remark.strip_prefix("Telephone ")) {
        entry.phones.push(phone.to_owned());
    } else if let Some(name) = remark.strip_prefix("a.k.a. ").or_else(|| remark.strip_prefix("f.k.a. ")) {
        let quoted = name.starts_with('\'');
        entry.name(&ordered(name.trim_matches('\''), person), if quoted { Quality::Weak } else { Quality::Strong });
    } else if let Some(text) = remark.strip_prefix("DOB ") {
        match Birth::parse(text) {
            Some(birth) => entry.births.push(birth),
            None => gather.unread += 1,
        }
    } else if let Some(place) = remark.strip_prefix("POB ") {
        entry.places.push(place.to_owned());
    } else if let Some(country) = remark.strip_prefix("nationality ").or_else(|| remark.strip_prefix("citizen ")) {
        entry.nationalities.push(country.to_owned());
    } else if remark.starts_with("Gender ") {
        gather.dropped += 1;
    }
}
