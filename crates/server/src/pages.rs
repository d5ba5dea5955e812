//! Handlers of pages and of what they are dressed in.

use axum::extract::{Path, State as Extract};
use axum::http::Uri;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::html;
use crate::problem::Problem;
use crate::query;
use crate::state::{State, latest};

const STYLE: &str = include_str!("style.css");
const ICON: &str = include_str!("icon.svg");

/// A page, or the page that says why not.
fn page(outcome: Result<Response, Problem>) -> Response {
    outcome.unwrap_or_else(|problem| problem.respond(false))
}

pub(crate) async fn list(Extract(state): Extract<State>, uri: Uri) -> Response {
    page(
        async {
            let query = query::list(&uri)?;
            let kept = latest(&state).await?;
            Ok(html::list::page(&kept, &query).into_response())
        }
        .await,
    )
}

pub(crate) async fn alert(Extract(state): Extract<State>, uri: Uri, Path(id): Path<String>) -> Response {
    page(
        async {
            query::none(&uri)?;
            let kept = latest(&state).await?;
            let alert = kept.alert(&id).ok_or_else(|| Problem::no_alert(&id))?;
            Ok(html::alert::page(&alert.record, &kept.gazetteer).into_response())
        }
        .await,
    )
}

pub(crate) async fn style() -> Response {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
}

pub(crate) async fn icon() -> Response {
    ([(CONTENT_TYPE, "image/svg+xml")], ICON).into_response()
}
