//! FollowTheMoney entities, one JSON object a line.
//!
//! Source: <https://followthemoney.tech/explorer/>. Entities with a place in the tables become rows; links without one are counted;
//! banned properties (SG-005) are dropped and counted.

use std::io::{BufRead, BufReader, Read};

use serde::Deserialize;
use std::collections::BTreeMap;
use tributary_model::Table;

use super::rows::{Draft, Rows, count};
use super::tables;
use crate::banned::is_banned;
use crate::check;
use crate::decode;
use crate::error::IngestError;
use crate::mapping::Importer;
use crate::problem::Problem;
use crate::read::{Input, Options, Sink, Summary};

#[derive(Deserialize)]
struct Entity {
    id: String,
    schema: String,
    #[serde(default)]
    properties: BTreeMap<String, Vec<serde_json::Value>>,
}

/// The text of a property's value; nested entities are named by their id.
fn text(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(text) if !text.contains('\0') => Some(text.trim().to_owned()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Object(object) => object.get("id").and_then(|id| id.as_str()).map(str::to_owned),
        _ => None,
    }
}

/// Reads the entities.
pub(super) fn import(inputs: Vec<Input>, options: &Options<'_>, sink: &mut dyn Sink) -> Result<Summary, IngestError> {
    let Some(input) = inputs.into_iter().next() else {
        return Err(IngestError::Empty);
    };
    let name = input.name.clone();
    let unpacked = decode::unpack(Box::new(input.file), input.count, options.limits)?;
    let packing = unpacked.packing;
    let mut lines = BufReader::new(decode::text(unpacked, None).reader);
    let mut rows = Rows::new(&name, tables(Importer::FollowTheMoney), options, sink)?;
    let mut line = Vec::new();
    let mut any = false;
    loop {
        line.clear();
        let limit = options.limits.record_bytes_max as u64 + 1;
        let read = lines.by_ref().take(limit).read_until(b'\n', &mut line).map_err(|error| IngestError::of_read(error, packing.name()))?;
        if read == 0 {
            break;
        }
        if line.len() > options.limits.record_bytes_max && line.last() != Some(&b'\n') {
            any = true;
            rows.refuse(crate::blocks::too_long(options.limits), &String::from_utf8_lossy(&line))?;
            skip_line(&mut lines).map_err(|error| IngestError::of_read(error, packing.name()))?;
            continue;
        }
        let trimmed = line.trim_ascii();
        if trimmed.is_empty() {
            continue;
        }
        // A table under this mapping would be read to its end, and each of its rows refused.
        if !any && trimmed.first() != Some(&b'{') {
            let remedy = "its first line is no JSON object: leave the mapping out, or name another".to_owned();
            return Err(IngestError::Shape { expected: "FollowTheMoney entities, one JSON object a line", remedy });
        }
        any = true;
        match serde_json::from_slice::<Entity>(trimmed) {
            Ok(entity) => self::entity(&entity, &String::from_utf8_lossy(trimmed), options, &mut rows)?,
            Err(_) => {
                let problem = Problem::of_row("is not a FollowTheMoney entity", "write one JSON object a line, with `id`, `schema` and `properties`");
                rows.refuse(problem, &String::from_utf8_lossy(trimmed))?;
            }
        }
    }
    if any { rows.finish() } else { Err(IngestError::Empty) }
}

/// Passes over the rest of a line.
fn skip_line(lines: &mut impl BufRead) -> std::io::Result<()> {
    loop {
        let buffer = lines.fill_buf()?;
        let (used, ended) = match memchr::memchr(b'\n', buffer) {
            Some(end) => (end + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        lines.consume(used);
        if ended {
            return Ok(());
        }
    }
}

/// A walk over an entity's properties that keeps account of what was used.
struct Taken<'e> {
    entity: &'e Entity,
    used: Vec<&'static str>,
}

impl Taken<'_> {
    fn all(&mut self, property: &'static str) -> Vec<String> {
        self.used.push(property);
        self.entity.properties.get(property).into_iter().flatten().filter_map(text).filter(|text| !text.is_empty()).collect()
    }

    fn first(&mut self, properties: &[&'static str]) -> String {
        for property in properties {
            if let Some(value) = self.all(property).into_iter().next() {
                return value;
            }
        }
        String::new()
    }
}

fn entity(entity: &Entity, raw: &str, options: &Options<'_>, rows: &mut Rows<'_, '_>) -> Result<(), IngestError> {
    count(&mut rows.counted, &format!("entities of {}", entity.schema));
    let mut taken = Taken { entity, used: Vec::new() };
    match entity.schema.as_str() {
        "Person" => party(&mut taken, "person", raw, rows)?,
        "Organization" | "Company" | "PublicBody" => party(&mut taken, "organisation", raw, rows)?,
        "LegalEntity" => party(&mut taken, "unknown", raw, rows)?,
        "BankAccount" => account(&mut taken, "bank", raw, options, rows)?,
        "CryptoWallet" => account(&mut taken, "wallet", raw, options, rows)?,
        "Payment" => payment(&mut taken, raw, rows)?,
        "Passport" | "Identification" => document(&mut taken, raw, options, rows)?,
        schema => {
            count(&mut rows.unmapped, schema);
            for (property, values) in &entity.properties {
                if is_banned(property) && !values.is_empty() {
                    *rows.dropped.entry(property.clone()).or_insert(0) += values.len() as u64;
                }
            }
            return Ok(());
        }
    }
    for (property, values) in &entity.properties {
        if taken.used.contains(&property.as_str()) || values.is_empty() {
            continue;
        }
        let counts = if is_banned(property) { &mut rows.dropped } else { &mut rows.unmapped };
        let name = if is_banned(property) { property.clone() } else { format!("{}.{property}", entity.schema) };
        *counts.entry(name).or_insert(0) += values.len() as u64;
    }
    Ok(())
}

fn party(taken: &mut Taken<'_>, kind: &str, raw: &str, rows: &mut Rows<'_, '_>) -> Result<(), IngestError> {
    let mut draft = Draft::default();
    draft.set("party_id", &taken.entity.id).set("kind", kind);
    for property in ["name", "alias", "previousName"] {
        for name in taken.all(property) {
            draft.set("name", name);
        }
    }
    for name in taken.all("weakAlias") {
        draft.set("name", &name).attribute("alias_quality", format!("weak: {name}"));
    }
    if draft.get("name").is_empty() {
        let name = format!("{} {}", taken.first(&["firstName"]), taken.first(&["lastName"]));
        draft.set("name", name);
    }
    for date in taken.all("birthDate") {
        let exact = tributary_model::Date::parse(&date).is_ok() && draft.get("birth_date").is_empty();
        if exact {
            draft.set("birth_date", date)
        } else {
            draft.attribute("birth_year", date)
        };
    }
    draft.set("gender", taken.first(&["gender"]).to_lowercase());
    for country in taken.all("nationality") {
        code("nationality", &country, &mut draft, rows);
    }
    for country in taken.all("country").into_iter().chain(taken.all("jurisdiction")) {
        if draft.get("country").is_empty() {
            code("country", &country, &mut draft, rows);
        }
    }
    for (property, kind) in
        [("passportNumber", "passport"), ("idNumber", "national_id"), ("registrationNumber", "registration"), ("taxNumber", "tax")]
    {
        for number in taken.all(property) {
            draft.set("document", format!("{kind}:{number}"));
        }
    }
    for phone in taken.all("phone") {
        match check::check_text(tributary_model::table::ColumnKind::Phone, &phone) {
            Ok(()) => {
                draft.set("phone", phone);
            }
            Err(_) => count(&mut rows.unmapped, "phone that is not E.164"),
        }
    }
    for email in taken.all("email") {
        draft.set("email", email);
    }
    draft.set("address", taken.first(&["address"]));
    for topic in taken.all("topics").into_iter().filter(|topic| !topic.contains("pol") && !topic.contains("relig")) {
        draft.attribute("topics", topic);
    }
    rows.push(Table::Parties, &draft, raw)
}

fn code(column: &'static str, country: &str, draft: &mut Draft, rows: &mut Rows<'_, '_>) {
    let upper = country.to_uppercase();
    if check::is_country(&upper) {
        draft.set(column, upper);
    } else {
        count(&mut rows.unmapped, &format!("{column} without a code"));
    }
}

fn account(taken: &mut Taken<'_>, kind: &str, raw: &str, options: &Options<'_>, rows: &mut Rows<'_, '_>) -> Result<(), IngestError> {
    let mut draft = Draft::default();
    draft.set("account_id", &taken.entity.id).set("kind", kind).set("provider", taken.first(&["bankName", "bank", "managingExchange"]));
    draft.set("holder", taken.first(&["holder", "owner"]));
    let country = taken.first(&["country"]);
    if !country.is_empty() {
        code("country", &country, &mut draft, rows);
    }
    rows.push(Table::Accounts, &draft, raw)?;
    for key in taken.all("publicKey") {
        let mut sighting = Draft::default();
        sighting.set("at", options.as_of.to_string()).set("subject", &taken.entity.id).set("identifier_kind", "wallet").set("identifier", key);
        rows.push(Table::Sightings, &sighting, raw)?;
    }
    Ok(())
}

fn payment(taken: &mut Taken<'_>, raw: &str, rows: &mut Rows<'_, '_>) -> Result<(), IngestError> {
    let mut draft = Draft::default();
    let date = taken.first(&["date", "startDate"]);
    // A day without a time is its midnight in UTC.
    let at = if date.len() == 10 { format!("{date}T00:00:00Z") } else { date };
    draft.set("transfer_id", &taken.entity.id).set("at", at);
    draft.set("from_account", taken.first(&["payerAccount", "payer"])).set("to_account", taken.first(&["beneficiaryAccount", "beneficiary"]));
    draft.set("amount", taken.first(&["amount"])).set("currency", taken.first(&["currency"])).set("purpose", taken.first(&["purpose"]));
    rows.push(Table::Transfers, &draft, raw)
}

fn document(taken: &mut Taken<'_>, raw: &str, options: &Options<'_>, rows: &mut Rows<'_, '_>) -> Result<(), IngestError> {
    let kind = if taken.entity.schema == "Passport" { "passport" } else { "national_id" };
    let date = taken.first(&["startDate"]);
    let at = if date.len() == 10 { format!("{date}T00:00:00Z") } else { options.as_of.to_string() };
    let number = taken.first(&["number", "passportNumber"]);
    let mut draft = Draft::default();
    draft.set("at", at).set("subject", taken.first(&["holder"])).set("identifier_kind", "document");
    draft.set("identifier", if number.is_empty() { String::new() } else { format!("{kind}:{number}") });
    rows.push(Table::Sightings, &draft, raw)
}
