//! OFAC Specially Designated Nationals, legacy CSV: `sdn`, `add`, `alt`, joined by their first column.
//!
//! No header row; `-0-` is null; the files end with the control character 0x1A. Source: OFAC, "SDN data formats" (`dat_spec.txt`).

use std::collections::BTreeMap;

use tributary_model::time::{Date, days_from_civil};
use tributary_model::{Table, country};

use super::rows::{Draft, Rows, count};
use super::{document, tables};
use crate::csv::{End, record_end, split};
use crate::error::IngestError;
use crate::mapping::Importer;
use crate::problem::Problem;
use crate::read::{Input, Options, Sink, Summary};
use crate::record::{Fields, Record, Value};

/// Fields of a row of `sdn`, `add` and `alt`.
const SDN_FIELDS: usize = 12;
const ADD_FIELDS: usize = 6;
const ALT_FIELDS: usize = 5;
/// Programmes of terrorism: global terrorists (E.O. 13224), terrorists (E.O. 12947), foreign terrorist organisations.
const FINANCING_PROGRAMMES: [&str; 3] = ["SDGT", "SDT", "FTO"];

/// Addresses and other names of one entry.
#[derive(Debug, Default)]
struct Beside {
    addresses: Vec<[String; 3]>,
    aliases: Vec<(String, String)>,
}

/// Reads the list.
pub(super) fn import(inputs: Vec<Input>, options: &Options<'_>, sink: &mut dyn Sink) -> Result<Summary, IngestError> {
    let Ok([sdn, add, alt]) = <[Input; 3]>::try_from(inputs) else {
        return Err(IngestError::Files { importer: "ofac-sdn", expected: "the three files sdn.csv, add.csv, alt.csv" });
    };
    let (name, sdn) = document(sdn, options)?;
    let (_, add) = document(add, options)?;
    let (_, alt) = document(alt, options)?;
    let mut rows = Rows::new(&name, tables(Importer::OfacSdn), options, sink)?;
    let mut beside: BTreeMap<String, Beside> = BTreeMap::new();
    let mut found = 0_u64;
    read(&add, ADD_FIELDS, options, &mut rows, "addresses", &mut |fields, _, _| {
        if let [id, _, street, city, country, ..] = fields {
            beside.entry(id.clone()).or_default().addresses.push([street.clone(), city.clone(), country.clone()]);
        }
        Ok(())
    })?;
    read(&alt, ALT_FIELDS, options, &mut rows, "aliases", &mut |fields, _, _| {
        if let [id, _, kind, name, ..] = fields {
            beside.entry(id.clone()).or_default().aliases.push((kind.clone(), name.clone()));
        }
        Ok(())
    })?;
    read(&sdn, SDN_FIELDS, options, &mut rows, "entries", &mut |fields, raw, rows| {
        found += 1;
        let other = fields.first().and_then(|id| beside.remove(id)).unwrap_or_default();
        entry(fields, &other, raw, options, rows)
    })?;
    if found == 0 {
        let remedy = "give the legacy files sdn.csv, add.csv and alt.csv, in this order".to_owned();
        return Err(IngestError::Shape { expected: "the OFAC SDN list", remedy });
    }
    for left in beside.into_values() {
        for _ in 0..left.addresses.len() + left.aliases.len() {
            count(&mut rows.unmapped, "addresses and aliases of no entry");
        }
    }
    rows.finish()
}

type Take<'t, 'a, 'o> = dyn FnMut(&[String], &str, &mut Rows<'a, 'o>) -> Result<(), IngestError> + 't;

/// Reads one file's rows; null becomes empty. Counts its lines, the end mark among them.
fn read<'a, 'o>(
    bytes: &[u8],
    expected: usize,
    options: &Options<'_>,
    rows: &mut Rows<'a, 'o>,
    what: &str,
    take: &mut Take<'_, 'a, 'o>,
) -> Result<(), IngestError> {
    let mut fields = Fields::default();
    let mut position = 0;
    while position < bytes.len() {
        let (end, next) = match record_end(bytes, position, b',') {
            End::At(end, next) => (end, next),
            End::Open(_) => (bytes.len(), bytes.len()),
        };
        let line = bytes.get(position..end).unwrap_or_default();
        position = next;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            continue;
        }
        count(&mut rows.counted, &format!("lines of {what}"));
        if line == [0x1a] {
            continue;
        }
        // The files are ASCII; older ones were Windows-1252.
        let (text, _, _) = encoding_rs::WINDOWS_1252.decode(line);
        let text = std::str::from_utf8(line).map_or_else(|_| text.into_owned(), str::to_owned);
        fields.clear();
        let number = if line.len() > options.limits.record_bytes_max {
            Err(crate::blocks::too_long(options.limits))
        } else {
            split(&text, b',', &mut fields, options.limits.columns_max)
        };
        let problem = match number {
            Err(problem) => problem,
            Ok(number) if number == expected => {
                let values = values(&text, &fields);
                count(&mut rows.counted, what);
                take(&values, &text, rows)?;
                continue;
            }
            Ok(number) => Problem::of_row(
                format!("has {number} fields where the list has {expected}"),
                "download the list again, and give the files in the order sdn, add, alt",
            ),
        };
        rows.refuse(problem, &text)?;
    }
    Ok(())
}

fn values(text: &str, fields: &Fields) -> Vec<String> {
    let record = Record { text, fields };
    let value = |slot: &crate::record::Slot| match record.value(*slot) {
        Value::Text(text) if text.trim() != "-0-" => text.trim().to_owned(),
        _ => String::new(),
    };
    fields.slots.iter().map(value).collect()
}

/// `LAST, First` as `First LAST`.
fn person_name(name: &str) -> String {
    match name.split_once(", ") {
        Some((last, first)) if !first.contains(',') => format!("{first} {last}"),
        _ => name.to_owned(),
    }
}

fn entry(fields: &[String], beside: &Beside, raw: &str, options: &Options<'_>, rows: &mut Rows<'_, '_>) -> Result<(), IngestError> {
    let [id, name, kind, programmes, title, _, _, _, _, flag, _, remarks, ..] = fields else {
        return Ok(());
    };
    let party = format!("ofac-{id}");
    let person = kind == "individual";
    let mut draft = Draft::default();
    draft.set("party_id", if id.is_empty() { "" } else { &party });
    let (word, counter) = match kind.as_str() {
        "individual" => ("person", "individuals"),
        "vessel" => ("unknown", "vessels"),
        "aircraft" => ("unknown", "aircraft"),
        _ => ("organisation", "entities"),
    };
    count(&mut rows.counted, counter);
    draft.set("kind", word).attribute("type", kind);
    draft.set("name", if person { person_name(name) } else { name.clone() });
    for (kind, alias) in &beside.aliases {
        let alias = if person { person_name(alias) } else { alias.clone() };
        draft.set("name", &alias).attribute("alias_quality", format!("{kind}: {alias}"));
    }
    for [street, city, country] in &beside.addresses {
        let line = [street, city, country].into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(", ");
        if !(street.is_empty() && city.is_empty()) {
            if draft.get("address").is_empty() {
                draft.set("address", line)
            } else {
                draft.attribute("other_address", line)
            };
        }
        match country::named(country) {
            Some(code) if draft.get("country").is_empty() => {
                draft.set("country", code);
            }
            Some(_) => {}
            None if country.is_empty() => {}
            None => count(&mut rows.unmapped, "country without a code"),
        }
    }
    if !title.is_empty() {
        count(&mut rows.unmapped, "title");
    }
    draft.attribute("flag", flag);
    let programmes: Vec<&str> = programmes.split("] [").map(|name| name.trim_matches(['[', ']', ' '])).filter(|name| !name.is_empty()).collect();
    for programme in &programmes {
        draft.attribute("programme", programme);
    }
    let mut seen: Vec<(&'static str, String)> = Vec::new();
    for remark in remarks.trim_end_matches('.').split("; ") {
        self::remark(remark, person, &mut draft, &mut seen, rows);
    }
    rows.push(Table::Parties, &draft, raw)?;
    let financing = programmes.iter().any(|programme| FINANCING_PROGRAMMES.contains(programme));
    let mut case = Draft::default();
    case.set("case_id", &party).set("agency", "OFAC").set("subject", &party).set("role", "suspect").set("status", "open");
    case.set("kind", if financing { "terrorist_financing" } else { "other" });
    for programme in &programmes {
        case.attribute("programme", programme);
    }
    rows.push(Table::CaseRecords, &case, raw)?;
    for (kind, identifier) in seen {
        // The list does not date its identifiers: they stood there when it was taken in.
        let mut sighting = Draft::default();
        sighting.set("at", options.as_of.to_string()).set("subject", &party).set("identifier_kind", kind).set("identifier", identifier);
        rows.push(Table::Sightings, &sighting, raw)?;
    }
    Ok(())
}

/// Remarks that name a document, and what kind of document it is.
pub const DOCUMENTS: [(&str, &str); 20] = [
    ("Passport ", "passport"),
    ("Diplomatic Passport ", "passport"),
    ("Stateless Person Passport ", "passport"),
    ("Cedula No. ", "national_id"),
    ("National ID No. ", "national_id"),
    ("National Foreign ID Number ", "national_id"),
    ("Identification Number ", "national_id"),
    ("D.N.I. ", "national_id"),
    ("C.U.R.P. ", "national_id"),
    ("Citizen's Card Number ", "national_id"),
    ("Personal ID Card ", "national_id"),
    ("SSN ", "national_id"),
    ("Tax ID No. ", "tax"),
    ("NIT # ", "tax"),
    ("RUC # ", "tax"),
    ("R.F.C. ", "tax"),
    ("V.A.T. Number ", "tax"),
    ("Registration ID ", "registration"),
    ("Company Number ", "registration"),
    ("Driver's License No. ", "licence"),
];

/// One remark: an identifier, a date of birth, a trait, a name, or nothing that has a place.
fn remark(remark: &str, person: bool, draft: &mut Draft, seen: &mut Vec<(&'static str, String)>, rows: &mut Rows<'_, '_>) {
    let remark = remark.trim().trim_start_matches("alt. ").trim_end_matches('.');
    if let Some((_, kind, rest)) = DOCUMENTS.iter().find_map(|(start, kind)| Some((start, kind, remark.strip_prefix(start)?))) {
        let number = rest.split([' ', '(']).next().unwrap_or_default();
        if !number.is_empty() {
            let document = format!("{kind}:{number}");
            draft.set("document", &document);
            seen.push(("document", document));
        }
        return;
    }
    if let Some(rest) = remark.strip_prefix("Digital Currency Address - ") {
        if let Some((asset, wallet)) = rest.split_once(' ') {
            draft.attribute("wallet_asset", asset);
            seen.push(("wallet", wallet.trim().to_owned()));
        }
        return;
    }
    let number = remark.strip_prefix("Vessel Registration Identification ").or_else(|| remark.strip_prefix("Aircraft Tail Number "));
    if let Some(number) = number {
        seen.push(("vehicle", number.trim().to_owned()));
        return;
    }
    if let Some(mail) = remark.strip_prefix("Email Address ") {
        draft.set("email", mail);
        seen.push(("email", mail.trim().to_owned()));
        return;
    }
    if let Some(name) = remark.strip_prefix("a.k.a. ").or_else(|| remark.strip_prefix("f.k.a. ")) {
        let name = name.trim_matches('\'');
        draft.set("name", if person { person_name(name) } else { name.to_owned() });
        return;
    }
    traits(remark, draft, rows);
}

fn traits(remark: &str, draft: &mut Draft, rows: &mut Rows<'_, '_>) {
    if let Some(text) = remark.strip_prefix("DOB ") {
        match day(text) {
            Some(date) if draft.get("birth_date").is_empty() => draft.set("birth_date", date.to_string()),
            Some(date) => draft.attribute("other_birth_date", date.to_string()),
            None => draft.attribute("birth_year", text),
        };
    } else if let Some(gender) = remark.strip_prefix("Gender ") {
        draft.set("gender", gender.to_lowercase());
    } else if let Some(country) = remark.strip_prefix("nationality ").or_else(|| remark.strip_prefix("citizen ")) {
        match country::named(country) {
            Some(code) => {
                draft.set("nationality", code);
            }
            None => count(&mut rows.unmapped, "nationality without a code"),
        }
    } else if remark.starts_with("POB ") {
        count(&mut rows.dropped, "POB");
    } else if let Some(linked) = remark.strip_prefix("Linked To: ") {
        draft.attribute("linked_to", linked);
    } else if !remark.is_empty() {
        count(&mut rows.unmapped, "other remarks");
    }
}

/// A date such as `25 Mar 1977`.
fn day(text: &str) -> Option<Date> {
    let mut words = text.split(' ');
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    if words.next().is_some() {
        return None;
    }
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|known| *known == month)? as u32 + 1;
    let (day, year): (u32, i32) = (day.parse().ok()?, year.parse().ok()?);
    let date = Date::parse(&format!("{year:04}-{month:02}-{day:02}")).ok()?;
    debug_assert_eq!(date.0, days_from_civil(year, month, day));
    Some(date)
}
