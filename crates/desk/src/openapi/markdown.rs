//! The document as a page to read.

use serde_json::{Map, Value};

use super::shape::PLACE;
use super::{PROBLEMS, document};

const HEAD: &str = "# The desk's API\n
Made by `tributary-desk openapi --format markdown` from the program's own types; a test holds this page equal to it. The same as data, for programs: `GET /api/v1/openapi.json`, or `tributary-desk openapi` (OpenAPI 3.1).
How one signs in, and what the acts mean, is in [register.md](register.md).\n
- JSON in and out. Every request but those that are open has `authorization: Bearer TOKEN` and `x-purpose`, and where they are needed `x-case` and `x-legal-basis`.
- A changing request names the `version` that was read. Lists take `limit` (1 to 1000) and `after`, which is the `next` of the part before.
- *By* says which action decides it and what the policies of this version allow at the most; a register may have released others. What is allowed still hangs on the thing itself: its agency, members, sensitivity and jurisdiction.
- Times are RFC 3339 in UTC, days `YYYY-MM-DD`. A field that is not in the table is refused. *?* marks what may be left out.\n";

/// The document as Markdown.
#[must_use]
pub fn markdown() -> String {
    let document = document();
    let mut page = String::from(HEAD);
    page.push_str("\nErrors are `application/problem+json`, of the type [`Problem`](#problem); which of them an address answers with is in the document:\n\n| status | when |\n|---|---|\n");
    for (status, _, about) in PROBLEMS {
        page.push_str(&format!("| {status} | {about} |\n"));
    }
    for tag in items(document.get("tags")) {
        let tag = text(tag.get("name"));
        page.push_str(&format!("\n## {tag}\n"));
        for (path, methods) in fields(document.get("paths")) {
            for (method, operation) in methods.as_object().into_iter().flatten() {
                if items(operation.get("tags")).any(|one| one.as_str() == Some(tag)) {
                    endpoint(&mut page, path, method, operation);
                }
            }
        }
    }
    page.push_str("\n## Types\n");
    for (name, schema) in fields(document.pointer("/components/schemas")) {
        declared(&mut page, name, schema);
    }
    page
}

fn endpoint(page: &mut String, path: &str, method: &str, operation: &Value) {
    page.push_str(&format!(
        "\n### {} {path}\n\n{}. {}\n",
        method.to_uppercase(),
        capital(text(operation.get("summary"))),
        text(operation.get("description"))
    ));
    let asked: Vec<String> = items(operation.get("parameters"))
        .filter(|one| text(one.get("in")) == "query")
        .map(|one| {
            let left_out = if one.get("required").and_then(Value::as_bool) == Some(true) { "" } else { "?" };
            format!("`{}`{left_out} {}", text(one.get("name")), one.get("schema").map(kind).unwrap_or_default())
        })
        .collect();
    if !asked.is_empty() {
        page.push_str(&format!("\nAfter the `?`: {}.\n", asked.join(", ")));
    }
    if let Some(content) = operation.pointer("/requestBody/content/application~1json") {
        let body = content.get("schema").map(kind).unwrap_or_default();
        let example = content.get("example").and_then(|example| serde_json::to_string_pretty(example).ok()).unwrap_or_default();
        page.push_str(&format!("\nBody: {body}, such as\n\n```json\n{example}\n```\n"));
    }
    let answer = operation.pointer("/responses/200/content/application~1json/schema").map(kind).unwrap_or_default();
    page.push_str(&format!("\nAnswer: {answer}.\n"));
}

fn declared(page: &mut String, name: &str, schema: &Value) {
    page.push_str(&format!("\n### {name}\n\n"));
    if let Some(about) = schema.get("description").and_then(Value::as_str) {
        page.push_str(&format!("{}\n\n", line(about)));
    }
    if schema.get("properties").is_some() {
        page.push_str("| field | type | |\n|---|---|---|\n");
        for (field, of) in fields(schema.get("properties")) {
            let left_out = if items(schema.get("required")).any(|one| one.as_str() == Some(field)) { "" } else { "?" };
            page.push_str(&format!(
                "| `{field}`{left_out} | {} | {} |\n",
                kind(of).replace('|', "or"),
                line(text(of.get("description"))).replace('|', "or")
            ));
        }
        if let Some(more) = schema.get("oneOf").or_else(|| schema.get("anyOf")) {
            page.push_str(&format!("\nand {}.\n", variants(more)));
        }
    } else {
        page.push_str(&format!("{}.\n", capital(&kind(schema))));
    }
}

/// What a schema asks for, in a few words.
fn kind(schema: &Value) -> String {
    let Some(of) = schema.as_object() else { return "anything".into() };
    if let Some(name) = of.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix(PLACE)) {
        return format!("[`{name}`](#{})", name.to_lowercase());
    }
    if let Some(word) = of.get("const") {
        return format!("`{word}`");
    }
    if let Some(words) = of.get("enum") {
        return items(Some(words)).map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    }
    if let Some(all) = of.get("oneOf").or_else(|| of.get("anyOf")) {
        return variants(all);
    }
    match of.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().map(|one| simple(text(Some(one)), of)).collect::<Vec<_>>().join(" or "),
        one => simple(text(one), of),
    }
}

fn variants(all: &Value) -> String {
    items(Some(all)).map(kind).collect::<Vec<_>>().join(" or ")
}

fn simple(name: &str, of: &Map<String, Value>) -> String {
    match name {
        "null" => "nothing".into(),
        "string" => match of.get("format").and_then(Value::as_str) {
            Some("date-time") => "time".into(),
            Some("date") => "day".into(),
            _ => "text".into(),
        },
        "integer" => "whole number".into(),
        "boolean" => "`true` or `false`".into(),
        "array" => {
            let places: Vec<String> = items(of.get("prefixItems")).map(kind).collect();
            match of.get("items") {
                Some(one) if places.is_empty() => format!("list of {}", kind(one)),
                _ => format!("list: {}", places.join(", ")),
            }
        }
        "object" => match (of.get("properties"), of.get("additionalProperties")) {
            (Some(all), _) => {
                let all: Vec<String> = fields(Some(all)).map(|(name, one)| format!("`{name}`: {}", kind(one))).collect();
                format!("{{ {} }}", all.join(", "))
            }
            (None, Some(one)) if one.is_object() => format!("names, each with {}", kind(one)),
            _ => "an object".into(),
        },
        "" => "anything".into(),
        other => other.into(),
    }
}

fn text(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).unwrap_or_default()
}

fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn fields(value: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

fn line(text: &str) -> String {
    // Links between items of the source mean nothing on the page.
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace("[`", "`").replace("`]", "`")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}
