//! FollowTheMoney entities, one JSON object a line: any list published in that form, the EU's among them.
//!
//! Source: <https://followthemoney.tech/explorer/>. Passports and identifications that stand as entities of their own are joined to their holder.

use std::collections::BTreeMap;

use serde::Deserialize;
use tributary_model::Date;

use super::{Gather, ReadError, Reading, bounded};
use crate::birth::Birth;
use crate::entry::{Kind, ListEntry, Quality};

/// Longest line, in bytes.
const LINE_BYTES_MAX: usize = 1 << 20;
/// Properties that hold a protected trait: dropped unread, counted. `nationality` is read as evidence of agreement, `country` too.
const TRAITS: [&str; 6] = ["gender", "religion", "ethnicity", "political", "spokenLanguage", "title"];

#[derive(Deserialize)]
struct Entity {
    #[serde(default)]
    id: String,
    #[serde(default)]
    schema: String,
    #[serde(default)]
    properties: BTreeMap<String, Vec<serde_json::Value>>,
}

impl Entity {
    fn all<'a>(&'a self, property: &str) -> impl Iterator<Item = String> + 'a {
        self.properties.get(property).into_iter().flatten().filter_map(text).filter(|text| !text.is_empty())
    }
}

/// The text of a value; an entity in place of a text is named by its id.
fn text(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(text) => Some(text.trim().to_owned()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Object(object) => object.get("id").and_then(|id| id.as_str()).map(str::to_owned),
        _ => None,
    }
}

/// Reads a list. The form carries no date: `published` is the caller's.
///
/// # Errors
/// Too large, or no line is an entity.
pub fn follow_the_money(bytes: &[u8], name: &str, published: Option<Date>, loaded: Date) -> Result<Reading, ReadError> {
    bounded(bytes)?;
    let mut gather = Gather::default();
    let mut documents: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut listed = Vec::new();
    let mut any = false;
    for line in bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()) {
        gather.at += 1;
        let entity = if line.len() > LINE_BYTES_MAX { None } else { serde_json::from_slice::<Entity>(line).ok().filter(|e| !e.schema.is_empty()) };
        let Some(entity) = entity else {
            gather.aside("", "is not a FollowTheMoney entity: write one JSON object a line with id, schema and properties");
            continue;
        };
        any = true;
        gather.dropped += TRAITS.iter().map(|name| entity.properties.get(*name).map_or(0, Vec::len) as u64).sum::<u64>();
        match entity.schema.as_str() {
            "Passport" | "Identification" => {
                let kind = if entity.schema == "Passport" { "passport" } else { "national_id" };
                let number = entity.all("number").chain(entity.all("passportNumber")).next();
                for holder in entity.all("holder") {
                    documents.entry(holder).or_default().extend(number.iter().map(|number| format!("{kind}:{number}")));
                }
            }
            _ => listed.extend(self::entry(&entity, &mut gather)),
        }
    }
    if !any {
        return Err(ReadError::Shape { expected: "FollowTheMoney entities", remedy: "write one JSON object a line with id, schema and properties" });
    }
    gather.at = 0;
    for mut entry in listed {
        entry.documents.extend(documents.remove(&entry.id).unwrap_or_default());
        gather.take(entry)?;
    }
    Ok(gather.finish(name, published, loaded))
}

/// The entry of a thing that can be listed; None for links between things.
fn entry(entity: &Entity, gather: &mut Gather) -> Option<ListEntry> {
    let kind = match entity.schema.as_str() {
        "Person" => Kind::Person,
        "Organization" | "Company" | "PublicBody" => Kind::Organisation,
        "Vessel" | "Airplane" => Kind::Craft,
        "LegalEntity" | "CryptoWallet" => Kind::Unknown,
        _ => return None,
    };
    let mut entry = ListEntry { id: entity.id.clone(), kind, reference: entity.all("sourceUrl").next().unwrap_or_default(), ..ListEntry::default() };
    for (property, quality) in
        [("name", Quality::Primary), ("alias", Quality::Strong), ("previousName", Quality::Strong), ("weakAlias", Quality::Weak)]
    {
        entity.all(property).for_each(|name| entry.name(&name, quality));
    }
    if entry.names.is_empty() {
        let parts = ["firstName", "secondName", "middleName", "fatherName", "lastName"].map(|part| entity.all(part).next().unwrap_or_default());
        entry.name(&parts.join(" "), Quality::Primary);
    }
    for date in entity.all("birthDate").chain(entity.all("incorporationDate")) {
        match Birth::parse(&date) {
            Some(birth) => entry.births.push(birth),
            None => gather.unread += 1,
        }
    }
    entry.places.extend(entity.all("birthPlace").chain(entity.all("address")));
    entry.nationalities.extend(entity.all("nationality"));
    for (property, kind) in [
        ("passportNumber", "passport"),
        ("idNumber", "national_id"),
        ("registrationNumber", "registration"),
        ("taxNumber", "tax"),
        ("imoNumber", "imo"),
    ] {
        entry.documents.extend(entity.all(property).map(|number| format!("{kind}:{number}")));
    }
    entry.wallets.extend(entity.all("publicKey"));
    entry.phones.extend(entity.all("phone"));
    entry.emails.extend(entity.all("email"));
    entry.programmes.extend(entity.all("programId").chain(entity.all("program")));
    Some(entry)
}
