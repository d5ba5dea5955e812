//! UN Security Council consolidated list (XML). Source: the list's own schema, <https://www.un.org/sc/resources/sc-sanctions.xsd>.

use tributary_model::Date;

use super::xml::{Element, walk};
use super::{Gather, ReadError, Reading, bounded};
use crate::birth::Birth;
use crate::entry::{Kind, ListEntry, Quality};

/// Reads the list.
///
/// # Errors
/// Too large, not this list, or damaged.
pub fn un(bytes: &[u8], loaded: Date) -> Result<Reading, ReadError> {
    bounded(bytes)?;
    let mut gather = Gather::default();
    let mut published = None;
    let found = walk(bytes, "CONSOLIDATED_LIST", &["INDIVIDUAL", "ENTITY"], &mut |element| {
        if element.name == "CONSOLIDATED_LIST" {
            published = element.text("@dateGenerated").get(..10).and_then(|day| Date::parse(day).ok());
            return Ok(());
        }
        let entry = entry(element, &mut gather);
        gather.take(entry)
    })?;
    if !found {
        return Err(ReadError::Shape { expected: "the UN consolidated list", remedy: "its root must be CONSOLIDATED_LIST: download its XML form" });
    }
    Ok(gather.finish("un", published, loaded))
}

fn entry(element: &Element, gather: &mut Gather) -> ListEntry {
    let person = element.name == "INDIVIDUAL";
    let reference = Some(element.text("REFERENCE_NUMBER")).filter(|text| !text.is_empty()).unwrap_or_else(|| element.text("DATAID"));
    let kind = if person { Kind::Person } else { Kind::Organisation };
    let mut entry = ListEntry { id: reference.clone(), kind, reference, programmes: vec![element.text("UN_LIST_TYPE")], ..ListEntry::default() };
    let parts = ["FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME"].map(|part| element.text(part));
    entry.name(&parts.join(" "), Quality::Primary);
    for original in element.all("NAME_ORIGINAL_SCRIPT") {
        entry.name(&original.folded(), Quality::Primary);
    }
    for alias in element.children.iter().filter(|child| matches!(child.name.as_str(), "INDIVIDUAL_ALIAS" | "ENTITY_ALIAS")) {
        let quality = if alias.text("QUALITY").eq_ignore_ascii_case("low") { Quality::Weak } else { Quality::Strong };
        entry.name(&alias.text("ALIAS_NAME"), quality);
        // An alias may carry a date and place of birth of its own.
        if let Some(birth) = Birth::parse(&alias.text("DATE_OF_BIRTH")) {
            entry.births.push(birth);
        }
        entry.places.extend([alias.text("CITY_OF_BIRTH"), alias.text("COUNTRY_OF_BIRTH")]);
    }
    for date in element.all("INDIVIDUAL_DATE_OF_BIRTH") {
        match birth(date) {
            Some(birth) => entry.births.push(birth),
            None => gather.unread += u64::from(date.children.iter().any(|child| child.name != "TYPE_OF_DATE" && !child.folded().is_empty())),
        }
    }
    for place in
        element.children.iter().filter(|child| matches!(child.name.as_str(), "INDIVIDUAL_PLACE_OF_BIRTH" | "INDIVIDUAL_ADDRESS" | "ENTITY_ADDRESS"))
    {
        let parts = ["STREET", "CITY", "STATE_PROVINCE", "COUNTRY"].map(|part| place.text(part));
        entry.places.push(parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(", "));
    }
    entry.nationalities.extend(element.all("NATIONALITY").flat_map(|list| list.all("VALUE")).map(Element::folded));
    for document in element.all("INDIVIDUAL_DOCUMENT").filter(|document| !document.text("NUMBER").is_empty()) {
        entry.documents.push(format!("{}:{}", document_kind(&document.text("TYPE_OF_DOCUMENT")), document.text("NUMBER")));
    }
    gather.dropped += u64::from(!element.text("GENDER").is_empty());
    entry
}

fn document_kind(text: &str) -> &'static str {
    let text = text.to_lowercase();
    if text.contains("pass") || text.contains("pasaporte") {
        "passport"
    } else if text.contains("national identification") {
        "national_id"
    } else {
        "document"
    }
}

fn birth(date: &Element) -> Option<Birth> {
    let (kind, day, year) = (date.text("TYPE_OF_DATE"), date.text("DATE"), date.text("YEAR"));
    let birth = match (Birth::parse(&date.text("FROM_YEAR")), Birth::parse(&date.text("TO_YEAR"))) {
        (Some(from), Some(to)) => Birth::span(from, to),
        _ => Birth::parse(&day).or_else(|| Birth::parse(&year)),
    }?;
    Some(if kind == "APPROXIMATELY" { birth.circa() } else { birth })
}
