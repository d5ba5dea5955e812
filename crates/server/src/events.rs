//! Transfers that programs send as they happen.

use axum::body::Bytes;
use axum::extract::State as Extract;
use axum::http::Uri;
use axum::response::Response;

use crate::api::{answer, json};
use crate::query;
use crate::schema::{EventSchema, EventsTakenSchema, ProblemSchema};
use crate::state::{State, blocking};

/// Send transfers as they happen, one JSON object a line: they are kept in the workspace, on the disk, before the answer goes out, and searched for patterns. A
/// transfer may be an hour late; a later one is kept and not searched. Sending the same one again keeps it once. A pattern is a reason to look, no finding.
#[utoipa::path(
    post,
    path = "/api/v1/events",
    request_body(content = EventSchema, content_type = "application/x-ndjson", description = "At most 1024 lines and 1 MiB."),
    responses(
        (status = 200, description = "What was kept, what was not and why, and which patterns appeared or went.", body = EventsTakenSchema, content_type = "application/json"),
        (status = 400, description = "Too many lines: none was kept.", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 404, description = "This server takes no events.", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 415, description = "The request is not NDJSON.", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn take(Extract(state): Extract<State>, uri: Uri, body: Bytes) -> Response {
    answer(
        async {
            query::none(&uri)?;
            json(&blocking(&state, move |source| source.take_events(&body)).await?)
        }
        .await,
    )
}
