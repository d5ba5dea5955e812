//! What goes back when a request cannot be answered: a page for people, `application/problem+json` (RFC 9457) for programs.

use axum::http::StatusCode;
use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::html;
use crate::source::SourceError;

/// A request that cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    /// Plain words, with the remedy.
    pub(crate) detail: String,
    /// The methods that are answered to, where another one was used.
    allowed: Option<&'static str>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), allowed: None }
    }

    pub(crate) fn wrong_method(allowed: &'static str, detail: impl Into<String>) -> Self {
        Self { allowed: Some(allowed), ..Self::new(StatusCode::METHOD_NOT_ALLOWED, detail) }
    }

    pub(crate) fn bad_query(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    pub(crate) fn no_alert(id: &str) -> Self {
        let shown: String = id.chars().take(64).collect();
        Self::new(StatusCode::NOT_FOUND, format!("there is no alert `{shown}` in the latest run: a new run may have replaced it"))
    }

    pub(crate) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the request could not be worked through: this is an error in the program")
    }

    /// As a page or as problem+json.
    pub(crate) fn respond(&self, wants_json: bool) -> Response {
        let mut response = if wants_json {
            let title = self.status.canonical_reason().unwrap_or("problem");
            let body = serde_json::json!({ "type": "about:blank", "title": title, "status": self.status.as_u16(), "detail": self.detail });
            ([(CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
        } else {
            html::problem(self.status.as_u16(), self.status.canonical_reason().unwrap_or("Problem"), &self.detail).into_response()
        };
        *response.status_mut() = self.status;
        if let Some(allowed) = self.allowed {
            response.headers_mut().insert(ALLOW, axum::http::HeaderValue::from_static(allowed));
        }
        response
    }
}

impl From<SourceError> for Problem {
    fn from(error: SourceError) -> Self {
        let status = match &error {
            SourceError::NoRun(_) | SourceError::NoLists(_) | SourceError::NotTaken(_) => StatusCode::NOT_FOUND,
            SourceError::Wrong(_) => StatusCode::BAD_REQUEST,
            SourceError::Damaged(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string())
    }
}

/// Paths whose callers are programs.
pub(crate) fn is_for_programs(path: &str) -> bool {
    path.starts_with("/api/") || path == "/openapi.json"
}
