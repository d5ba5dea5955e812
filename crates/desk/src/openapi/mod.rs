//! What the desk's API is, as an OpenAPI 3.1 document: made from the table of endpoints and the types of their handlers, so that it says
//! what is so. [OpenAPI 3.1.1](https://spec.openapis.org/oas/v3.1.1.html).

mod markdown;
mod merge;
pub(crate) mod shape;
mod who;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use tributary_access::{Policies, Purpose};

use self::shape::{PLACE, Schemas, Session, Shape};
use self::who::Hints;
use crate::answer::ProblemBody;
use crate::endpoints::{ENDPOINTS, Endpoint};

pub use markdown::markdown;

/// A body, or what follows the `?`, for each endpoint that takes one: `METHOD PATH` and what is sent.
const EXAMPLES: &str = include_str!("examples.json");

/// Why something is not done, by status.
const PROBLEMS: &[(u16, &str, &str)] = &[
    (400, "NotAsked", "a header or what follows the `?` is missing or not understood"),
    (401, "NotSignedIn", "no session, or it has ended; or login, password, code, key or invitation is wrong"),
    (403, "NotAllowed", "role, purpose, case, legal basis or vetting do not allow it, or somebody else must do it; no second factor was shown"),
    (404, "NotFound", "there is no such thing, or you may not know of it"),
    (409, "NotNow", "it was changed since the version that was read, or cannot be done as it stands"),
    (413, "TooLong", "the body has more than 2 MiB"),
    (415, "NotJson", "the body is no `application/json`"),
    (422, "NotUnderstood", "the body lacks a field, has one too many, or one that is out of its range"),
    (429, "TooManyTries", "too many failed tries: the account is closed for a while"),
    (500, "Trouble", "the register could not do it; its operator finds the cause"),
    (503, "NotNowOutside", "witnesses, or the identity provider, could not be asked: nothing leaves the register meanwhile"),
];

static DOCUMENT: LazyLock<Value> = LazyLock::new(make);

/// The document.
#[must_use]
pub fn document() -> &'static Value {
    &DOCUMENT
}

/// An example of what an endpoint takes: its body, or for a GET what follows the `?`.
#[must_use]
pub fn example(endpoint: &Endpoint) -> Option<Value> {
    let all: Map<String, Value> = serde_json::from_str(EXAMPLES).unwrap_or_default();
    all.get(&format!("{} {}", endpoint.method, endpoint.path)).cloned()
}

/// What follows the `?` in an example.
fn as_query(example: &Value) -> String {
    let pairs = example.as_object().into_iter().flatten();
    pairs.map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default())).collect::<Vec<_>>().join("&")
}

impl Endpoint {
    /// Reads an example as the handler reads it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn takes(&self, example: &Value) -> Result<(), String> {
        let shape = (self.shape)(&mut Schemas::new());
        match (shape.takes_body, shape.takes_query) {
            (Some(takes), _) => takes(&example.to_string()),
            (None, Some(takes)) => takes(&as_query(example)),
            (None, None) => Err("it takes nothing".into()),
        }
    }

    /// Whether it takes a body or, for a GET, a query.
    #[must_use]
    pub fn takes_something(&self) -> bool {
        let shape = (self.shape)(&mut Schemas::new());
        shape.body.is_some() || shape.query.is_some()
    }
}

/// The word of a path that says what it is about: `cases` of `/api/v1/cases/{id}`.
fn about(path: &str) -> &str {
    path.trim_start_matches("/api/v1/").split('/').next().unwrap_or_default()
}

/// A name of its own for each endpoint: `post_cases_members`.
fn operation(endpoint: &Endpoint) -> String {
    let path = endpoint.path.trim_start_matches("/api/v1/").replace("{id}", "one").replace(['/', '-', '.'], "_");
    format!("{}_{path}", endpoint.method.to_lowercase())
}

fn parameters(endpoint: &Endpoint, shape: &Shape, example: Option<&Value>) -> Vec<Value> {
    let mut all = Vec::new();
    if shape.path {
        all.push(json!({ "name": "id", "in": "path", "required": true, "description": "its id", "schema": { "type": "string" } }));
    }
    if shape.session >= Session::Bare {
        all.push(json!({ "$ref": "#/components/parameters/purpose" }));
        all.push(json!({ "$ref": "#/components/parameters/case" }));
        all.push(json!({ "$ref": "#/components/parameters/legal-basis" }));
    }
    let query = shape.query.as_ref().and_then(|query| query.get("properties")).and_then(Value::as_object);
    let required: Vec<&str> =
        shape.query.iter().flat_map(|query| query.get("required").and_then(Value::as_array)).flatten().filter_map(Value::as_str).collect();
    for (name, schema) in query.into_iter().flatten() {
        let mut schema = schema.clone();
        let about = schema.as_object_mut().and_then(|schema| schema.remove("description"));
        not_null(&mut schema);
        let mut one = json!({ "name": name, "in": "query", "required": required.contains(&name.as_str()), "schema": schema });
        let shown = example.filter(|_| endpoint.method == "GET").and_then(|example| example.get(name));
        for (key, value) in [("description", about.as_ref()), ("example", shown)] {
            if let (Some(one), Some(value)) = (one.as_object_mut(), value) {
                one.insert(key.into(), value.clone());
            }
        }
        all.push(one);
    }
    all
}

/// What stands in an address is never null.
fn not_null(schema: &mut Value) {
    if let Some(kind) = schema.get_mut("type")
        && let Some([one, _]) = kind.as_array().map(Vec::as_slice)
    {
        *kind = one.clone();
    }
}

/// Which problems an endpoint may answer with.
fn problems(endpoint: &Endpoint, shape: &Shape) -> BTreeSet<u16> {
    let mut all = BTreeSet::from([500]);
    if shape.session != Session::None {
        all.extend([400, 401]);
    }
    if shape.session >= Session::Bare {
        all.extend([403, 404, 409]);
    }
    if shape.query.is_some() {
        all.extend([400, 422]);
    }
    if endpoint.method == "POST" {
        all.extend([401, 409, 429, 503]);
    }
    if shape.body.is_some() {
        all.extend([413, 415, 422]);
    }
    all
}

fn responses(endpoint: &Endpoint, shape: &Shape) -> Value {
    let mut all = Map::new();
    let good = json!({ "description": "done", "content": { "application/json": { "schema": shape.answer } } });
    all.insert("200".into(), good);
    for (status, name, _) in PROBLEMS.iter().filter(|(status, _, _)| problems(endpoint, shape).contains(status)) {
        all.insert(status.to_string(), json!({ "$ref": format!("#/components/responses/{name}") }));
    }
    Value::Object(all)
}

fn one(endpoint: &Endpoint, shape: &Shape, hints: &Hints) -> Value {
    let example = example(endpoint);
    let who = match shape.session {
        Session::None => "Open: no session is needed.".to_owned(),
        Session::Token => "Whose session it is.".to_owned(),
        _ if endpoint.actions.is_empty() => "Everybody who is signed in.".to_owned(),
        Session::Bare => format!("Who has not shown a second factor yet. By {}.", hints.sentence(endpoint.actions)),
        Session::Full => format!("By {}.", hints.sentence(endpoint.actions)),
    };
    let mut all = Map::new();
    let mut put = |key: &str, value: Value| drop(all.insert(key.to_owned(), value));
    put("operationId", operation(endpoint).into());
    put("tags", json!([about(endpoint.path)]));
    put("summary", endpoint.about.into());
    put("description", who.into());
    put("security", if shape.session == Session::None { json!([]) } else { json!([{ "session": [] }]) });
    put("parameters", parameters(endpoint, shape, example.as_ref()).into());
    if let Some(body) = &shape.body {
        let mut content = json!({ "schema": body });
        if let (Some(content), Some(example)) = (content.as_object_mut(), &example) {
            content.insert("example".into(), example.clone());
        }
        put("requestBody", json!({ "required": true, "content": { "application/json": content } }));
    }
    put("responses", responses(endpoint, shape));
    if shape.session >= Session::Bare {
        put("x-who", hints.data(endpoint.actions));
    }
    Value::Object(all)
}

fn components(types: Map<String, Value>) -> Value {
    let header = |name: &str, required: bool, about: &str, schema: Value| json!({ "name": name, "in": "header", "required": required, "description": about, "schema": schema });
    let purposes: Vec<&str> = Purpose::ALL.iter().map(|purpose| purpose.as_str()).collect();
    let text = |example: &str| json!({ "type": "string", "minLength": 1, "maxLength": 128, "examples": [example] });
    let problem =
        |about: &str| json!({ "description": about, "content": { "application/problem+json": { "schema": { "$ref": format!("{PLACE}Problem") } } } });
    let responses: Map<String, Value> = PROBLEMS.iter().map(|(_, name, about)| ((*name).to_owned(), problem(about))).collect();
    json!({
        "securitySchemes": { "session": { "type": "http", "scheme": "bearer", "description": "the token of `POST /api/v1/session`" } },
        "parameters": {
            "purpose": header("x-purpose", true, "What for. It is checked and logged (SG-007).", json!({ "type": "string", "enum": purposes })),
            "case": header("x-case", false, "The case it is for, where one is needed: you belong to it.", text("0f3c9a7be1d24c55a1b2c3d4e5f60718")),
            "legal-basis": header("x-legal-basis", false, "The legal basis, where one is needed: a code of `GET /api/v1/bases` that counts for your agency and purpose, or `order:ID` of an order of the case.", text("pk-ptpa-2018")),
        },
        "responses": responses,
        "schemas": types,
    })
}

fn make() -> Value {
    let mut schemas = Schemas::new();
    let hints = Policies::shipped().map_or_else(|_| Hints::none(), |policies| Hints::new(&policies));
    let problem = schemas.given.subschema_for::<ProblemBody>();
    drop(problem);
    let shapes: Vec<Shape> = ENDPOINTS.iter().map(|endpoint| (endpoint.shape)(&mut schemas)).collect();
    let (types, renamed) = merge::merge(schemas.asked.take_definitions(true), schemas.given.take_definitions(true));
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let mut tags: BTreeSet<&str> = BTreeSet::new();
    for (endpoint, mut shape) in ENDPOINTS.iter().zip(shapes) {
        merge::rename(&mut shape.answer, &renamed);
        tags.insert(about(endpoint.path));
        paths.entry(endpoint.path).or_default().insert(endpoint.method.to_lowercase(), one(endpoint, &shape, &hints));
    }
    let tags: Vec<Value> = tags.into_iter().map(|name| json!({ "name": name })).collect();
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "tributary-desk",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "The register: review, cases, victim protection and escalation.",
            "description": "JSON in and out. A changing request names the `version` that was read; 409 says that somebody changed it meanwhile. \
                404 is also the answer for what exists and is not yours to know. Who may ask is what the policies of this version allow; a register \
                may have released others. What is allowed still hangs on the thing itself: its agency, members, sensitivity and jurisdiction.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "http://127.0.0.1:8090", "description": "as `tributary-desk serve` listens" }],
        "tags": tags,
        "paths": paths,
        "components": components(types),
    })
}
