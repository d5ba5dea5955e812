//! EU consolidated financial sanctions list (XML, "full sanctions list" 1.1).
//!
//! Source: the list's own schema (`xmlFullSanctionsList_1_1`): `sanctionEntity` with `nameAlias`, `birthdate`, `address`, `citizenship`,
//! `identification`, values in attributes.

use tributary_model::Date;

use super::xml::{Element, walk};
use super::{Gather, ReadError, Reading, bounded};
use crate::birth::Birth;
use crate::entry::{Kind, ListEntry, Quality};

/// Reads the list.
///
/// # Errors
/// Too large, not this list, or damaged.
pub fn eu(bytes: &[u8], loaded: Date) -> Result<Reading, ReadError> {
    bounded(bytes)?;
    let mut gather = Gather::default();
    let mut published = None;
    let found = walk(bytes, "export", &["sanctionEntity"], &mut |element| {
        if element.name == "export" {
            published = element.text("@generationDate").get(..10).and_then(|day| Date::parse(day).ok());
            return Ok(());
        }
        let entry = entry(element, &mut gather);
        gather.take(entry)
    })?;
    if !found {
        return Err(ReadError::Shape {
            expected: "the EU consolidated list",
            remedy: "its root must be export: download the full XML form, version 1.1",
        });
    }
    Ok(gather.finish("eu", published, loaded))
}

fn entry(element: &Element, gather: &mut Gather) -> ListEntry {
    let kind = match element.all("subjectType").next().map(|kind| kind.text("@code")).unwrap_or_default().as_str() {
        "person" => Kind::Person,
        "enterprise" => Kind::Organisation,
        _ => Kind::Unknown,
    };
    let mut entry = ListEntry { id: element.text("@logicalId"), kind, reference: element.text("@euReferenceNumber"), ..ListEntry::default() };
    let mut first = true;
    for alias in element.all("nameAlias") {
        let whole = Some(alias.text("@wholeName")).filter(|name| !name.is_empty());
        let name = whole.unwrap_or_else(|| ["@firstName", "@middleName", "@lastName"].map(|part| alias.text(part)).join(" "));
        let quality = match (alias.text("@strong") == "false", first) {
            (true, _) => Quality::Weak,
            (false, true) => Quality::Primary,
            (false, false) => Quality::Strong,
        };
        first = false;
        entry.name(&name, quality);
        gather.dropped += u64::from(!alias.text("@gender").is_empty());
    }
    for date in element.all("birthdate") {
        match birth(date) {
            Some(birth) => entry.births.push(birth),
            None => gather.unread += 1,
        }
        entry.places.push(joined(date, &["@city", "@region", "@place", "@countryDescription"]));
    }
    entry.places.extend(element.all("address").map(|address| joined(address, &["@street", "@city", "@region", "@place", "@countryDescription"])));
    entry.nationalities.extend(element.all("citizenship").map(|country| country.text("@countryIso2Code")).filter(|code| code != "00"));
    for document in element.all("identification") {
        let number = Some(document.text("@latinNumber")).filter(|number| !number.is_empty()).unwrap_or_else(|| document.text("@number"));
        let kind = match document.text("@identificationTypeCode").as_str() {
            "passport" => "passport",
            "id" => "national_id",
            "fiscalcode" => "tax",
            "regnumber" => "registration",
            _ => "document",
        };
        entry.documents.push(if number.is_empty() { String::new() } else { format!("{kind}:{number}") });
    }
    entry.programmes.extend(element.all("regulation").map(|regulation| regulation.text("@programme")));
    entry
}

fn joined(element: &Element, names: &[&str]) -> String {
    names.iter().map(|name| element.text(name)).filter(|text| !text.is_empty() && text != "UNKNOWN").collect::<Vec<_>>().join(", ")
}

fn birth(date: &Element) -> Option<Birth> {
    let year_from = Birth::parse(&date.text("@yearRangeFrom"));
    let birth = match (year_from, Birth::parse(&date.text("@yearRangeTo"))) {
        (Some(from), Some(to)) => Birth::span(from, to),
        _ => Birth::parse(&date.text("@birthdate")).or_else(|| Birth::parse(&date.text("@year"))),
    }?;
    Some(if date.text("@circa") == "true" { birth.circa() } else { birth })
}
