//! What every XML list needs.

/// The text of a character reference or of one of XML's five entities. A document cannot define others here.
///
/// # Errors
/// Says what is wrong with it.
pub fn resolve(reference: &quick_xml::events::BytesRef<'_>) -> Result<String, String> {
    if let Some(character) = reference.resolve_char_ref().map_err(|error| error.to_string())? {
        return Ok(if character == '\0' { String::from('\u{fffd}') } else { character.to_string() });
    }
    let name: &str = reference;
    let text = match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => return Err(format!("an entity `{name}` that XML does not define")),
    };
    Ok(text.to_owned())
}
