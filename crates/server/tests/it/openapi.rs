//! The committed document, the served one and the answers are one.

use std::path::PathBuf;

use serde_json::Value;
use tributary_server::{ROUTES, openapi_document};

use crate::fixture::{FIRST, Made, get, post};

fn committed() -> PathBuf {
    PathBuf::from("../../openapi/tributary-v1.json")
}

#[test]
fn the_committed_document_is_the_served_one() {
    let served = get("/openapi.json").body;
    assert_eq!(served, openapi_document());
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(committed(), &served).expect("openapi/ can be written");
    }
    let text =
        std::fs::read_to_string(committed()).expect("openapi/tributary-v1.json: make it with UPDATE_EXPECT=1 cargo test -p tributary-server openapi");
    assert_eq!(text, served, "openapi/tributary-v1.json is not what is served: make it anew with UPDATE_EXPECT=1 and look at the difference");
}

#[test]
fn the_document_has_every_documented_route_and_no_other() {
    let document: Value = serde_json::from_str(&openapi_document()).expect("JSON");
    let mut paths: Vec<&str> = document["paths"].as_object().expect("paths").keys().map(String::as_str).collect();
    let mut routes: Vec<&str> = ROUTES.iter().filter(|r| r.documented).map(|r| r.path).collect();
    paths.sort_unstable();
    routes.sort_unstable();
    assert_eq!(paths, routes);
}

/// Holds a value to its schema: names, required ones, types, choices and bounds; unknown names are errors.
fn check(document: &Value, schema: &Value, value: &Value, place: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.strip_prefix("#/components/schemas/").expect("a reference");
        let schema = document["components"]["schemas"].get(name).unwrap_or_else(|| panic!("{place}: no schema {name}"));
        return check(document, schema, value, place);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fitting = choices.iter().find(|choice| (choice["type"] == "null") == value.is_null());
        return check(document, fitting.unwrap_or_else(|| panic!("{place}: {value} is none of the choices")), value, place);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        check(document, part, value, place);
    }
    let types: Vec<&str> =
        schema["type"].as_array().map_or_else(|| schema["type"].as_str().into_iter().collect(), |t| t.iter().filter_map(Value::as_str).collect());
    let fits = types.is_empty()
        || types.iter().any(|t| match *t {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_u64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            other => panic!("{place}: a type {other}"),
        });
    assert!(fits, "{place}: {value} is no {types:?}");
    if let Some(choices) = schema["enum"].as_array() {
        assert!(choices.contains(value), "{place}: {value} is none of {choices:?}");
    }
    if let (Some(greatest), Some(number)) = (schema["maximum"].as_f64(), value.as_f64()) {
        assert!(number <= greatest, "{place}");
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        check(document, &schema["items"], item, &format!("{place}[{index}]"));
    }
    let Some(fields) = value.as_object() else {
        return;
    };
    for (name, field) in fields {
        let known = schema["properties"]
            .get(name)
            .or_else(|| schema.get("additionalProperties"))
            .unwrap_or_else(|| panic!("{place}: the schema has no {name}"));
        check(document, known, field, &format!("{place}.{name}"));
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        assert!(fields.contains_key(name), "{place}: {name} is required and missing");
    }
}

#[test]
fn answers_are_as_the_document_says() {
    let document: Value = serde_json::from_str(&openapi_document()).expect("JSON");
    for route in ROUTES.iter().filter(|r| r.documented) {
        let responses = &document["paths"][route.path][route.method.to_ascii_lowercase()]["responses"];
        let schema = &responses["200"]["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{}: no schema", route.path);
        if route.method == "GET" {
            check(&document, schema, &get(&route.path.replace("{id}", FIRST)).json(), route.path);
            continue;
        }
        if route.path == "/api/v1/events" {
            check(&document, schema, &post(&Made::new(), route.path, "{}\n{}\n").json(), route.path);
            continue;
        }
        for body in [
            "{}",
            r#"{"names":["Yesgat Murovand"],"births":["1960"],"documents":["passport:ZX4481209"],"places":["Shindokai"]}"#,
            r#"{"names":["Yesgat Murovand"],"as_of":"2026-09-01"}"#,
            r#"{"names":["Ali"],"as_of":"2026-01-01"}"#,
        ] {
            check(&document, schema, &post(&Made::new(), route.path, body).json(), body);
        }
    }
    let problem = &document["components"]["schemas"]["Problem"];
    check(&document, problem, &get("/api/v1/alerts?limit=x").json(), "problem");
}

/// A record with every field set has no field that the schema lacks, and the schema none that the record lacks.
#[test]
fn the_schema_of_an_alert_is_that_of_the_model() {
    let document: Value = serde_json::from_str(&openapi_document()).expect("JSON");
    let alert = crate::fixture::convergence();
    let names = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<std::collections::BTreeSet<_>>();
    for (schema, example) in [
        ("Alert", &alert),
        ("AlertIndicator", &alert["indicators"][0]),
        ("PathLink", &alert["path"][0]),
        ("Hypothesis", &alert["hypotheses"][0]),
        ("Subject", &alert["subjects"][0]),
        ("Run", &crate::fixture::run()),
    ] {
        assert_eq!(names(&document["components"]["schemas"][schema]["properties"]), names(example), "{schema}");
    }
}
