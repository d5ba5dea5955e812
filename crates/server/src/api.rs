//! The interface for programs, `/api/v1`: the same run, as JSON. Alerts go out as the very bytes of the run's file.

use axum::extract::{Path, State as Extract};
use axum::http::header::{ACCEPT, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::problem::Problem;
use crate::query::{self, ApiQuery, Shape};
use crate::schema::{AlertListSchema, AlertSchema, HealthSchema, IndicatorsSchema, ProblemSchema, RunSchema};
use crate::source::Kept;
use crate::state::{State, blocking, latest};

const JSON: &str = "application/json";
const NDJSON: &str = "application/x-ndjson";

pub(crate) fn answer(outcome: Result<Response, Problem>) -> Response {
    outcome.unwrap_or_else(|problem| problem.respond(true))
}

pub(crate) fn json<T: Serialize>(value: &T) -> Result<Response, Problem> {
    let body = serde_json::to_vec(value).map_err(|_| Problem::internal())?;
    Ok(([(CONTENT_TYPE, JSON)], body).into_response())
}

/// Lines, when the caller names their type and does not prefer JSON.
fn accepted(headers: &HeaderMap) -> Shape {
    let accept = headers.get(ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let position = |media: &str| accept.split(',').position(|part| part.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(media));
    match (position(NDJSON).or_else(|| position("application/ndjson")), position(JSON)) {
        (Some(lines), Some(json)) if json < lines => Shape::Json,
        (Some(_), _) => Shape::Ndjson,
        _ => Shape::Json,
    }
}

fn alerts_body(kept: &Kept, query: &ApiQuery, shape: Shape) -> Response {
    let matching: Vec<&str> = kept.alerts.iter().filter(|a| query.filter.admits(a.record.kind, a.record.q_value)).map(|a| a.line.as_str()).collect();
    let total = matching.len();
    let shown = matching.get(..total.min(query.limit)).unwrap_or_default();
    let (media, body) = match shape {
        Shape::Ndjson => (NDJSON, shown.iter().flat_map(|line| [*line, "\n"]).collect::<String>()),
        Shape::Json => {
            let run = serde_json::Value::from(kept.run.run.as_str());
            (JSON, format!("{{\"run\":{run},\"total\":{total},\"alerts\":[{}]}}\n", shown.join(",")))
        }
    };
    ([(CONTENT_TYPE, media), (VARY, "Accept")], body).into_response()
}

/// Alerts of the latest run, best first.
#[utoipa::path(
    get,
    path = "/api/v1/alerts",
    params(
        ("kind" = Option<String>, Query, description = "Only alerts of this kind: `convergence`, `trafficking`, `terrorist_financing` or `laundering`."),
        ("q_max" = Option<f64>, Query, minimum = 0.0, maximum = 1.0, description = "Only alerts whose q-value is at most this."),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 10000, description = "Alerts at the most; 1000 unless given."),
        ("format" = Option<String>, Query, description = "`json` or `ndjson`; stands above the Accept header."),
    ),
    responses(
        (status = 200, description = "The alerts. As NDJSON, each line is one alert.", content((AlertListSchema = "application/json"), (AlertSchema = "application/x-ndjson"))),
        (status = 400, description = "A parameter is not known or out of range.", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 404, description = "There is no finished run.", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn alerts(Extract(state): Extract<State>, uri: Uri, headers: HeaderMap) -> Response {
    answer(
        async {
            let query = query::api(&uri)?;
            let kept = latest(&state).await?;
            Ok(alerts_body(&kept, &query, query.shape.unwrap_or_else(|| accepted(&headers))))
        }
        .await,
    )
}

/// One alert of the latest run.
#[utoipa::path(
    get,
    path = "/api/v1/alerts/{id}",
    params(("id" = String, Path, description = "The alert's id in full.")),
    responses(
        (status = 200, description = "The alert.", body = AlertSchema, content_type = "application/json"),
        (status = 404, description = "There is no such alert, or no finished run.", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn alert(Extract(state): Extract<State>, uri: Uri, Path(id): Path<String>) -> Response {
    answer(
        async {
            query::none(&uri)?;
            let kept = latest(&state).await?;
            let alert = kept.alert(&id).ok_or_else(|| Problem::no_alert(&id))?;
            Ok(([(CONTENT_TYPE, JSON)], format!("{}\n", alert.line)).into_response())
        }
        .await,
    )
}

/// The latest finished run: what it rests on, what it found, and what it looked at and did not report.
#[utoipa::path(
    get,
    path = "/api/v1/run",
    responses(
        (status = 200, description = "The run.", body = RunSchema, content_type = "application/json"),
        (status = 404, description = "There is no finished run.", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn run(Extract(state): Extract<State>, uri: Uri) -> Response {
    answer(
        async {
            query::none(&uri)?;
            json(&latest(&state).await?.run)
        }
        .await,
    )
}

/// The indicators of the packs in force. An indicator that is present proves nothing, and one that is absent disproves nothing.
#[utoipa::path(
    get,
    path = "/api/v1/indicators",
    responses(
        (status = 200, description = "The indicators.", body = IndicatorsSchema, content_type = "application/json"),
        (status = 500, description = "The packs are not in order.", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn indicators(Extract(state): Extract<State>, uri: Uri) -> Response {
    answer(
        async {
            query::none(&uri)?;
            json(&blocking(&state, |source| source.in_force()).await?)
        }
        .await,
    )
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
    version: &'static str,
    run: Option<String>,
}

/// Does the server answer, and is there a run to show?
#[utoipa::path(
    get,
    path = "/api/v1/health",
    responses((status = 200, description = "It answers.", body = HealthSchema, content_type = "application/json"))
)]
pub(crate) async fn health(Extract(state): Extract<State>, uri: Uri) -> Response {
    answer(
        async {
            query::none(&uri)?;
            let run = blocking(&state, |source| Ok(source.latest().ok())).await?;
            json(&Health { status: "ok", version: env!("CARGO_PKG_VERSION"), run })
        }
        .await,
    )
}

pub(crate) async fn openapi() -> Response {
    ([(CONTENT_TYPE, JSON)], crate::openapi::document()).into_response()
}
