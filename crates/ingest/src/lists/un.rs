//! UN Security Council consolidated list (XML).
//!
//! Source: the list's own schema, <https://www.un.org/sc/resources/sc-sanctions.xsd>.

use quick_xml::Reader;
use quick_xml::events::Event;
use tributary_model::{Table, country};

use super::rows::{Draft, Rows, count};
use super::{document, tables, xml};
use crate::error::IngestError;
use crate::mapping::Importer;
use crate::read::{Input, Options, Sink, Summary};

/// Elements in one entry.
const ELEMENTS_MAX: usize = 100_000;
/// Lists of terrorist financing: resolutions 1267/1989/2253 (ISIL and Al-Qaida) and 1988 (Taliban).
const FINANCING_LISTS: [&str; 2] = ["Al-Qaida", "Taliban"];

/// One element with what it holds.
#[derive(Debug, Default)]
struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

impl Element {
    fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of a child, white space folded; empty when it is not there.
    fn text(&self, name: &str) -> String {
        self.child(name).map_or_else(String::new, |child| fold(&child.text))
    }
}

fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Reads the list.
pub(super) fn import(inputs: Vec<Input>, options: &Options<'_>, sink: &mut dyn Sink) -> Result<Summary, IngestError> {
    let Some(input) = inputs.into_iter().next() else {
        return Err(IngestError::Empty);
    };
    let (name, bytes) = document(input, options)?;
    let mut rows = Rows::new(&name, tables(Importer::UnConsolidated), options, sink)?;
    let found = entries(&bytes, options, &mut |entry| record(entry, options, &mut rows))?;
    if !found {
        let remedy = "its root must be CONSOLIDATED_LIST: download the XML form of the list".to_owned();
        return Err(IngestError::Shape { expected: "the UN consolidated list", remedy });
    }
    rows.finish()
}

fn damaged(message: impl std::fmt::Display) -> IngestError {
    IngestError::Damaged { kind: "XML", message: message.to_string() }
}

/// Walks the document; each INDIVIDUAL and ENTITY goes to `take`. Is it the list at all?
fn entries(bytes: &[u8], options: &Options<'_>, take: &mut dyn FnMut(&Element) -> Result<(), IngestError>) -> Result<bool, IngestError> {
    let text = std::str::from_utf8(bytes).map_err(|_| damaged("bytes that are not UTF-8"))?;
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut stack: Vec<Element> = Vec::new();
    let (mut found, mut depth, mut elements) = (false, 0_usize, 0_usize);
    loop {
        match reader.read_event().map_err(damaged)? {
            Event::Start(start) => {
                let name = start.local_name().as_ref().to_owned();
                depth += 1;
                if depth > options.limits.depth_max {
                    return Err(damaged(format!("elements nested more than {} deep", options.limits.depth_max)));
                }
                found |= depth == 1 && name == "CONSOLIDATED_LIST";
                if !stack.is_empty() || (found && matches!(name.as_str(), "INDIVIDUAL" | "ENTITY")) {
                    elements += 1;
                    if elements > ELEMENTS_MAX {
                        return Err(damaged(format!("an entry of more than {ELEMENTS_MAX} elements")));
                    }
                    stack.push(Element { name, ..Element::default() });
                }
            }
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                let Some(ended) = stack.pop() else { continue };
                match stack.last_mut() {
                    Some(parent) => parent.children.push(ended),
                    None => {
                        elements = 0;
                        take(&ended)?;
                    }
                }
            }
            Event::Text(text) => {
                if let Some(element) = stack.last_mut() {
                    element.text.push_str(&text);
                }
            }
            Event::CData(text) => {
                if let Some(element) = stack.last_mut() {
                    element.text.push_str(&text);
                }
            }
            Event::GeneralRef(reference) => {
                if let Some(element) = stack.last_mut() {
                    element.text.push_str(&xml::resolve(&reference).map_err(damaged)?);
                }
            }
            Event::Eof if depth == 0 => return Ok(found),
            Event::Eof => return Err(IngestError::Truncated { kind: "XML" }),
            _ => {}
        }
    }
}

/// One listed person or entity.
fn record(entry: &Element, options: &Options<'_>, rows: &mut Rows<'_, '_>) -> Result<(), IngestError> {
    let person = entry.name == "INDIVIDUAL";
    count(&mut rows.counted, if person { "individuals" } else { "entities" });
    let reference = match entry.text("REFERENCE_NUMBER") {
        empty if empty.is_empty() => entry.text("DATAID"),
        reference => reference,
    };
    let party = format!("un-{reference}");
    let mut draft = Draft::default();
    draft.set("party_id", if reference.is_empty() { "" } else { &party });
    draft.set("kind", if person { "person" } else { "organisation" });
    names(entry, person, &mut draft, rows);
    birth(entry, &mut draft);
    draft.set("gender", entry.text("GENDER").to_lowercase());
    for nationality in entry.children("NATIONALITY").flat_map(|list| list.children("VALUE")) {
        code("nationality", &fold(&nationality.text), &mut draft, rows);
    }
    addresses(entry, &mut draft, rows);
    documents(entry, &mut draft);
    let list = entry.text("UN_LIST_TYPE");
    draft.attribute("programme", &list);
    unplaced(entry, rows);
    let raw = format!("{} {reference}", entry.name);
    rows.push(Table::Parties, &draft, &raw)?;
    let listed = entry.text("LISTED_ON");
    let listed_at = listed.get(..10).map(|date| format!("{date}T00:00:00Z")).unwrap_or_default();
    let mut case = Draft::default();
    case.set("case_id", &reference).set("agency", "UN Security Council").set("subject", &party).set("role", "suspect").set("status", "open");
    case.set("kind", if FINANCING_LISTS.contains(&list.as_str()) { "terrorist_financing" } else { "other" });
    case.set("opened_at", &listed_at).attribute("programme", &list);
    rows.push(Table::CaseRecords, &case, &raw)?;
    for document in draft.get("document").to_vec() {
        let mut sighting = Draft::default();
        let at = if listed_at.is_empty() { options.as_of.to_string() } else { listed_at.clone() };
        sighting.set("at", at).set("subject", &party).set("identifier_kind", "document").set("identifier", document);
        rows.push(Table::Sightings, &sighting, &raw)?;
    }
    Ok(())
}

fn names(entry: &Element, person: bool, draft: &mut Draft, rows: &mut Rows<'_, '_>) {
    let parts = ["FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME"].map(|part| entry.text(part));
    draft.set("name", fold(&parts.join(" ")));
    for original in entry.children("NAME_ORIGINAL_SCRIPT").map(|element| fold(&element.text)).filter(|text| !text.is_empty()) {
        count(&mut rows.counted, "original_script_names");
        draft.set("name", original);
    }
    let (element, counter) = if person { ("INDIVIDUAL_ALIAS", "individual_aliases") } else { ("ENTITY_ALIAS", "entity_aliases") };
    for alias in entry.children(element) {
        count(&mut rows.counted, counter);
        let name = alias.text("ALIAS_NAME");
        if name.is_empty() {
            count(&mut rows.counted, "aliases_without_a_name");
            continue;
        }
        draft.set("name", &name);
        // Quality beside the name it speaks of: a low-quality alias is weak evidence.
        draft.attribute("alias_quality", format!("{}: {name}", alias.text("QUALITY")));
    }
}

fn birth(entry: &Element, draft: &mut Draft) {
    for date in entry.children("INDIVIDUAL_DATE_OF_BIRTH") {
        let day = date.text("DATE");
        let exact = date.text("TYPE_OF_DATE") == "EXACT";
        match day.get(..10).filter(|day| exact && tributary_model::Date::parse(day).is_ok()) {
            Some(day) if draft.get("birth_date").is_empty() => {
                draft.set("birth_date", day);
            }
            Some(day) => {
                draft.attribute("other_birth_date", day);
            }
            None => {
                let range = [date.text("FROM_YEAR"), date.text("TO_YEAR")].join("-");
                let year = [date.text("YEAR"), day, range].into_iter().find(|text| text.len() > 1).unwrap_or_default();
                draft.attribute("birth_year", year);
            }
        }
    }
}

/// Sets a country's code; a name that is no country is counted and kept beside, unless it is a trait.
fn code(column: &'static str, name: &str, draft: &mut Draft, rows: &mut Rows<'_, '_>) {
    match country::named(name) {
        Some(code) => {
            draft.set(column, code);
        }
        None if name.is_empty() => {}
        None => count(&mut rows.unmapped, &format!("{column} without a code")),
    }
}

fn addresses(entry: &Element, draft: &mut Draft, rows: &mut Rows<'_, '_>) {
    for address in entry.children.iter().filter(|child| matches!(child.name.as_str(), "INDIVIDUAL_ADDRESS" | "ENTITY_ADDRESS")) {
        let parts = ["STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE", "COUNTRY"].map(|part| address.text(part));
        let line = parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(", ");
        // A country alone is no address: it would join everyone in it.
        if parts.iter().take(3).any(|part| !part.is_empty()) {
            if draft.get("address").is_empty() {
                draft.set("address", line)
            } else {
                draft.attribute("other_address", line)
            };
        }
        if draft.get("country").is_empty() {
            code("country", &address.text("COUNTRY"), draft, rows);
        }
    }
}

fn documents(entry: &Element, draft: &mut Draft) {
    for document in entry.children("INDIVIDUAL_DOCUMENT") {
        let kind = document.text("TYPE_OF_DOCUMENT").to_lowercase();
        let kind = if kind.contains("pass") || kind.contains("pasaporte") {
            "passport"
        } else if kind.contains("national identification") {
            "national_id"
        } else {
            "document"
        };
        let number = document.text("NUMBER");
        if !number.is_empty() {
            draft.set("document", format!("{kind}:{number}"));
        }
    }
}

/// Counts what has no place, and what may not have one.
fn unplaced(entry: &Element, rows: &mut Rows<'_, '_>) {
    for child in &entry.children {
        let full = !fold(&child.text).is_empty() || child.children.iter().any(|inner| !fold(&inner.text).is_empty());
        match child.name.as_str() {
            "INDIVIDUAL_PLACE_OF_BIRTH" if full => count(&mut rows.dropped, "INDIVIDUAL_PLACE_OF_BIRTH"),
            name @ ("COMMENTS1" | "DESIGNATION" | "TITLE" | "LAST_DAY_UPDATED" | "SUBMITTED_BY") if full => count(&mut rows.unmapped, name),
            _ => {}
        }
    }
}
