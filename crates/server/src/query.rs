//! What may be asked: every parameter named, bounded and refused in plain words.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::http::Uri;
use tributary_model::AlertKind;

use crate::problem::Problem;

/// Alerts on one page.
pub(crate) const PAGE_ALERTS: usize = 25;
/// Alerts in one answer at the most.
pub(crate) const LIMIT_MAX: usize = 10_000;
/// Alerts in one answer unless asked otherwise.
pub(crate) const LIMIT_DEFAULT: usize = 1_000;
const PAGE_MAX: usize = 1_000_000;

/// All kinds, in the order in which they are offered.
pub(crate) const KINDS: [AlertKind; 4] = [AlertKind::Convergence, AlertKind::Trafficking, AlertKind::TerroristFinancing, AlertKind::Laundering];

/// Which alerts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Filter {
    pub(crate) kind: Option<AlertKind>,
    pub(crate) q_max: Option<f64>,
}

impl Filter {
    pub(crate) fn admits(&self, kind: AlertKind, q: f64) -> bool {
        self.kind.is_none_or(|k| k == kind) && self.q_max.is_none_or(|q_max| q <= q_max)
    }
}

/// What the list page was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ListQuery {
    pub(crate) filter: Filter,
    /// From 1.
    pub(crate) page: usize,
}

/// The shape of an answer with alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Json,
    Ndjson,
}

/// What the interface was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ApiQuery {
    pub(crate) filter: Filter,
    pub(crate) limit: usize,
    pub(crate) shape: Option<Shape>,
}

/// The parameters, each at most once and none that is not known. An empty value is as good as none: forms send them.
fn parameters(uri: &Uri, known: &[&str]) -> Result<BTreeMap<String, String>, Problem> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
        .map_err(|_| Problem::bad_query("the query string cannot be read: write `name=value&name=value`"))?;
    let mut found = BTreeMap::new();
    for (name, value) in pairs {
        if !known.contains(&name.as_str()) {
            let shown: String = name.chars().take(40).collect();
            let remedy = if known.is_empty() { "none is known here".to_owned() } else { format!("known here: {}", known.join(", ")) };
            return Err(Problem::bad_query(format!("the parameter `{shown}` is not known; {remedy}")));
        }
        if found.contains_key(&name) {
            return Err(Problem::bad_query(format!("the parameter `{name}` is given twice")));
        }
        if !value.is_empty() {
            found.insert(name, value);
        }
    }
    Ok(found)
}

fn shown(value: &str) -> String {
    value.chars().take(40).collect()
}

fn kind(parameters: &BTreeMap<String, String>) -> Result<Option<AlertKind>, Problem> {
    let Some(value) = parameters.get("kind") else {
        return Ok(None);
    };
    let names: Vec<&str> = KINDS.iter().map(|k| k.name()).collect();
    KINDS
        .into_iter()
        .find(|k| k.name() == value)
        .map(Some)
        .ok_or_else(|| Problem::bad_query(format!("`{}` is no kind of alert: choose one of {}", shown(value), names.join(", "))))
}

fn share(parameters: &BTreeMap<String, String>, name: &str) -> Result<Option<f64>, Problem> {
    let Some(value) = parameters.get(name) else {
        return Ok(None);
    };
    value
        .parse()
        .ok()
        .filter(|q| (0.0..=1.0).contains(q))
        .map(Some)
        .ok_or_else(|| Problem::bad_query(format!("`{name}` is `{}`: write a number from 0 to 1, such as 0.1", shown(value))))
}

fn whole(parameters: &BTreeMap<String, String>, name: &str, default: usize, max: usize) -> Result<usize, Problem> {
    let Some(value) = parameters.get(name) else {
        return Ok(default);
    };
    value
        .parse()
        .ok()
        .filter(|n| (1..=max).contains(n))
        .ok_or_else(|| Problem::bad_query(format!("`{name}` is `{}`: write a whole number from 1 to {max}", shown(value))))
}

pub(crate) fn none(uri: &Uri) -> Result<(), Problem> {
    parameters(uri, &[]).map(|_| ())
}

pub(crate) fn list(uri: &Uri) -> Result<ListQuery, Problem> {
    let given = parameters(uri, &["kind", "q", "page"])?;
    Ok(ListQuery { filter: Filter { kind: kind(&given)?, q_max: share(&given, "q")? }, page: whole(&given, "page", 1, PAGE_MAX)? })
}

/// A page's number alone.
pub(crate) fn page(uri: &Uri) -> Result<usize, Problem> {
    whole(&parameters(uri, &["page"])?, "page", 1, PAGE_MAX)
}

pub(crate) fn api(uri: &Uri) -> Result<ApiQuery, Problem> {
    let given = parameters(uri, &["kind", "q_max", "limit", "format"])?;
    let shape = match given.get("format").map(String::as_str) {
        None => None,
        Some("json") => Some(Shape::Json),
        Some("ndjson") => Some(Shape::Ndjson),
        Some(other) => {
            return Err(Problem::bad_query(format!("`format` is `{}`: choose json or ndjson", shown(other))));
        }
    };
    Ok(ApiQuery {
        filter: Filter { kind: kind(&given)?, q_max: share(&given, "q_max")? },
        limit: whole(&given, "limit", LIMIT_DEFAULT, LIMIT_MAX)?,
        shape,
    })
}
