//! XML records as small trees, one at a time, within bounds.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::ReadError;

/// Elements and attributes in one record.
const ELEMENTS_MAX: usize = 100_000;
/// Nested elements.
const DEPTH_MAX: usize = 64;

/// One element with what it holds. Attributes are children whose name starts with `@`.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

impl Element {
    /// The children of this name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of a child or attribute, white space folded; empty when it is not there.
    pub(super) fn text(&self, name: &str) -> String {
        self.all(name).next().map_or_else(String::new, Self::folded)
    }

    /// Its own text, white space folded.
    pub(super) fn folded(&self) -> String {
        self.text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

fn damaged(message: impl std::fmt::Display) -> ReadError {
    ReadError::Damaged { message: message.to_string() }
}

/// Walks a document whose root is `root`; its root with attributes alone goes to `take` first, then each record named in `records`.
/// Was the root found?
pub(super) fn walk(bytes: &[u8], root: &str, records: &[&str], take: &mut dyn FnMut(&Element) -> Result<(), ReadError>) -> Result<bool, ReadError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| damaged("bytes that are not UTF-8"))?;
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut stack: Vec<Element> = Vec::new();
    let (mut found, mut depth, mut elements) = (false, 0_usize, 0_usize);
    loop {
        match reader.read_event().map_err(damaged)? {
            Event::Start(start) => {
                depth += 1;
                if depth > DEPTH_MAX {
                    return Err(damaged(format!("elements nested more than {DEPTH_MAX} deep")));
                }
                let element = opened(&start)?;
                elements += 1 + element.children.len();
                if elements > ELEMENTS_MAX {
                    return Err(damaged(format!("a record of more than {ELEMENTS_MAX} elements")));
                }
                if depth == 1 && element.name == root {
                    found = true;
                    take(&element)?;
                } else if !stack.is_empty() || (found && records.contains(&element.name.as_str())) {
                    stack.push(element);
                } else {
                    elements = 0;
                }
            }
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                let Some(ended) = stack.pop() else { continue };
                if let Some(parent) = stack.last_mut() {
                    parent.children.push(ended);
                } else {
                    elements = 0;
                    take(&ended)?;
                }
            }
            Event::Text(text) => push(&mut stack, &text),
            Event::CData(text) => push(&mut stack, &text),
            Event::GeneralRef(reference) => push(&mut stack, &tributary_ingest::lists::xml::resolve(&reference).map_err(damaged)?),
            Event::Eof if depth == 0 => return Ok(found),
            Event::Eof => return Err(damaged("it breaks off")),
            _ => {}
        }
    }
}

fn push(stack: &mut [Element], text: &str) {
    if let Some(element) = stack.last_mut() {
        element.text.push_str(text);
    }
}

fn opened(start: &BytesStart<'_>) -> Result<Element, ReadError> {
    let mut element = Element { name: start.local_name().as_ref().to_owned(), ..Element::default() };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(damaged)?;
        let text = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).map_err(damaged)?.into_owned();
        let name = format!("@{}", attribute.key.local_name().as_ref());
        element.children.push(Element { name, text, children: Vec::new() });
    }
    Ok(element)
}
