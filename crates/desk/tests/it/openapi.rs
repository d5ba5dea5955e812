//! The document of the API: it says what the program does, of every endpoint, and its examples are what handlers take.

use std::collections::BTreeSet;

use serde_json::Value;
use tributary_desk::{ENDPOINTS, openapi};

use crate::support::{both, by};

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text is missing: {value}"))
}

/// The operation of an endpoint.
fn operation(method: &str, path: &str) -> &'static Value {
    let found = &openapi::document()["paths"][path][method.to_lowercase()];
    assert!(found.is_object(), "{method} {path} is not in the document");
    found
}

#[test]
fn every_endpoint_is_in_the_document_and_nothing_else() {
    let document = openapi::document();
    let mut said = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            said.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    let there: BTreeSet<String> = ENDPOINTS.iter().map(|endpoint| format!("{} {}", endpoint.method, endpoint.path)).collect();
    assert_eq!(said, there);
    let mut names = BTreeSet::new();
    for endpoint in ENDPOINTS {
        let operation = operation(endpoint.method, endpoint.path);
        assert!(names.insert(text(&operation["operationId"])), "a name of its own: {operation}");
        assert_eq!(text(&operation["summary"]), endpoint.about);
        assert!(!text(&operation["description"]).is_empty());
        assert!(
            operation["responses"]["200"]["content"]["application/json"]["schema"].is_object() || endpoint.path.ends_with("openapi.json"),
            "{operation}"
        );
        let who: Vec<&str> = operation["x-who"].as_array().into_iter().flatten().map(|one| text(&one["action"])).collect();
        let actions: Vec<&str> = endpoint.actions.iter().map(|action| action.as_str()).collect();
        assert_eq!(who, actions, "{} {}", endpoint.method, endpoint.path);
    }
}

#[test]
fn the_headers_that_the_desk_reads_are_asked_for() {
    let asked = |method: &str, path: &str| -> Vec<String> {
        let all = operation(method, path)["parameters"].as_array().unwrap().iter();
        all.map(|one| one["$ref"].as_str().map_or_else(|| text(&one["name"]), |name| name.rsplit('/').next().unwrap()).to_owned()).collect()
    };
    assert_eq!(asked("POST", "/api/v1/cases/{id}/members"), ["id", "purpose", "case", "legal-basis"]);
    assert_eq!(asked("GET", "/api/v1/cases"), ["purpose", "case", "legal-basis", "after", "limit"]);
    assert_eq!(asked("POST", "/api/v1/session"), [""; 0]);
    assert_eq!(operation("POST", "/api/v1/session")["security"], serde_json::json!([]));
    assert_eq!(operation("GET", "/api/v1/cases")["security"], serde_json::json!([{ "session": [] }]));
    let unmask = operation("POST", "/api/v1/alerts/{id}/unmask");
    assert!(text(&unmask["description"]).contains("with a stated case and a stated legal basis"), "{unmask}");
    let read = operation("GET", "/api/v1/victims/{id}");
    assert!(text(&read["description"]).contains("victim_support (for victim_assistance)"), "{read}");
}

#[test]
fn every_example_is_what_its_handler_takes() {
    for endpoint in ENDPOINTS {
        let example = openapi::example(endpoint);
        match (&example, endpoint.takes_something()) {
            (Some(example), true) => {
                endpoint.takes(example).unwrap_or_else(|why| panic!("{} {}: {why}", endpoint.method, endpoint.path));
                // A field too many is refused, and the document says so.
                let mut more = example.clone();
                more["not_a_field"] = "x".into();
                assert!(endpoint.takes(&more).is_err(), "{} {} takes anything", endpoint.method, endpoint.path);
            }
            (None, false) => {}
            (None, true) => panic!("{} {} has no example", endpoint.method, endpoint.path),
            (Some(_), false) => panic!("{} {} takes nothing and has an example", endpoint.method, endpoint.path),
        }
        if endpoint.method == "POST" {
            let shown = &operation("POST", endpoint.path)["requestBody"]["content"]["application/json"]["example"];
            assert_eq!(example.as_ref(), shown.as_object().map(|_| shown));
        }
    }
}

#[test]
fn fields_that_are_not_known_are_refused_and_every_type_has_one_name() {
    let document = openapi::document();
    let types = document["components"]["schemas"].as_object().unwrap();
    for endpoint in ENDPOINTS.iter().filter(|endpoint| endpoint.method == "POST") {
        let Some(name) = operation("POST", endpoint.path)["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str() else { continue };
        let body = &types[name.rsplit('/').next().unwrap()];
        assert_eq!(body["additionalProperties"], Value::Bool(false), "{}: {body}", endpoint.path);
    }
    let counted: Vec<&String> = types.keys().filter(|name| name.ends_with(|last: char| last.is_ascii_digit())).collect();
    assert!(counted.is_empty(), "two types of one name, give one of them another in the document: {counted:?}");
    // Every type that is pointed to is there.
    let all = document.to_string();
    for part in all.split("#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(types.contains_key(name), "{name} is nowhere");
    }
}

#[test]
fn the_page_is_what_the_program_prints() {
    let page = openapi::markdown();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write("../../docs/desk-api.md", &page).unwrap();
    }
    let committed = std::fs::read_to_string("../../docs/desk-api.md").unwrap();
    assert!(committed == page, "docs/desk-api.md is older than the program: tributary-desk openapi --format markdown > docs/desk-api.md");
    for endpoint in ENDPOINTS {
        assert!(page.contains(&format!("\n### {} {}\n", endpoint.method, endpoint.path)), "{}", endpoint.path);
    }
}

#[test]
fn anybody_reads_the_document_and_lists_tell_of_errors_in_one_shape() {
    both(|mut office| async move {
        let (status, served) = office.get_with("/api/v1/openapi.json", None).await;
        assert_eq!(status, 200);
        assert_eq!(&served, openapi::document());
        for wrong in ["/api/v1/agencies?limit=many", "/api/v1/agencies?lmit=3", "/api/v1/accounts?due=perhaps"] {
            let (status, problem) = office.get(wrong, by("admin-1", "administration")).await;
            assert_eq!((status, &problem["status"]), (400, &Value::from(400)), "{wrong}: {problem}");
        }
        let (status, accounts) = office.get("/api/v1/accounts?limit=1", by("admin-1", "administration")).await;
        assert_eq!(status, 200, "{accounts}");
        let next = accounts["next"].as_str().unwrap().to_owned();
        let (_, rest) = office.get(&format!("/api/v1/accounts?after={next}&due=false"), by("admin-1", "administration")).await;
        let mut logins = [&accounts, &rest].map(|part| part["items"][0]["login"].as_str().unwrap());
        logins.sort_unstable();
        assert_eq!((rest["items"].as_array().unwrap().len(), logins), (1, ["admin-1", "admin-2"]));
    });
}
